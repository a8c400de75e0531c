"""What a folder of verbs is, a drop-in in it, and what keeps it from running."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.index_text import Index, Stamp

BOM = b"\xef\xbb\xbf"  # which some editors write in front of the first line


def place_of_indexes(verbs: str) -> str:
    """The folder of the indexes that belong to a folder of verbs; "" where there is none."""
    return verbs and f"{verbs.rpartition('/')[0]}/adopted"


class VerbFolder:
    """A folder of drop-ins. What is in a `personal` one is its owner's affair, by name too.
    `name` is `personal` or `system` for the usual two, else the folder; an adopted checkout has an
    `index`, and the words of its `prefix` in front of its verbs, which are its name."""

    __slots__ = ("index", "name", "path", "personal", "prefix")

    def __init__(
        self,
        path: str,
        personal: bool,
        name: str = "",
        prefix: tuple[str, ...] = (),
        index: Index | None = None,
    ) -> None:
        self.path = path
        self.personal = personal
        self.name = name or " ".join(prefix) or path
        self.prefix = prefix
        self.index = index

    @property
    def adopted(self) -> bool:
        """Whether it is a checkout that `verbs add` points to."""
        return self.index is not None


class Dropin:
    """A drop-in that was found: its words, its file, the folder it is in; `head` is the
    beginning of the file, where it has been read; `beside` is false where there is no `.verb`;
    `kept` is what the index of its checkout says of it, where that is good enough."""

    __slots__ = ("beside", "folder", "head", "kept", "path", "rivals", "words")

    def __init__(self, words: tuple[str, ...], files: list[str], folder: VerbFolder) -> None:
        self.words = words
        self.path, *self.rivals = files  # more than one file for one verb: none of them runs
        self.folder = folder
        self.head: bytes | None = None
        self.beside = True
        self.kept: Stamp | None = None

    @property
    def verb(self) -> str:
        """Its words, as they are typed."""
        return " ".join(self.words)

    @property
    def own_name(self) -> str:
        """Its words without those in front of all verbs of its checkout."""
        return " ".join(self.words[len(self.folder.prefix) :])

    @property
    def below(self) -> str:
        """Its file's path below its folder."""
        return self.path[len(self.folder.path) + 1 :]


class Obstacle:
    """Why a drop-in does not run: the file or folder that it is about, the reason, what fixes it
    (a command where there is one). `kind` and `subject` are those of `problems.Problem`."""

    __slots__ = ("kind", "mend", "path", "subject", "why")

    def __init__(self, path: str, why: str, mend: str, kind: str = "", subject: str = "") -> None:
        self.path = path
        self.why = why
        self.mend = mend
        self.kind = kind
        self.subject = subject

    @property
    def sentence(self) -> str:
        """What is wrong and what fixes it, to follow the name of the file."""
        return f"{self.why}; {self.mend}" if self.mend else self.why
