"""The types: a folder of verbs, a drop-in in it, and an obstacle that keeps it from running."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.dropins.index_text import Index, Stamp

BOM = b"\xef\xbb\xbf"  # some editors write it in front of the first line


def place_of_indexes(verbs: str) -> str:
    """The folder of the indexes that belong to a folder of verbs; "" if there is none."""
    return verbs and f"{verbs.rpartition('/')[0]}/adopted"


class VerbFolder:
    """A folder of drop-ins. The content of a `personal` folder is private to its owner, and so are
    its names. `name` is `personal` or `system` for the usual two folders, else the path. An adopted
    checkout has an `index` and a `prefix`: the words in front of its verbs, which are its name."""

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
    """A drop-in on this host: its words, its file, and its folder. `head` is the beginning of the
    file if it has been read; `beside` is false if there is no `.verb` file; `kept` is the stamp in
    the index of its checkout, if that is enough to describe it."""

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
        """The words of the drop-in, as they are typed."""
        return " ".join(self.words)

    @property
    def own_name(self) -> str:
        """The words of the drop-in without the prefix of its checkout."""
        return " ".join(self.words[len(self.folder.prefix) :])

    @property
    def below(self) -> str:
        """The path of the file below its folder of verbs."""
        return self.path[len(self.folder.path) + 1 :]


class Obstacle:
    """Why a drop-in does not run: the `path` of the file or folder with the problem, the reason,
    and what fixes it (a command if there is one). `kind` and `subject`: see `problems.Problem`."""

    __slots__ = ("fix", "kind", "path", "subject", "why")

    def __init__(self, path: str, why: str, fix: str, kind: str = "", subject: str = "") -> None:
        self.path = path
        self.why = why
        self.fix = fix
        self.kind = kind
        self.subject = subject

    @property
    def sentence(self) -> str:
        """The reason and the fix, as words that follow the name of the file."""
        return f"{self.why}; {self.fix}" if self.fix else self.why
