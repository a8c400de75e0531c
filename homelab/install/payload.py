"""Gather what `self push` carries beside the copy: this account's settings file and its own
verbs."""

from __future__ import annotations

import os
import stat

from homelab import settings
from homelab.dropins.listing import RUNS
from homelab.dropins.names import fold, word_of
from homelab.errors import NO, Failure
from homelab.findings import few
from homelab.install import bundle
from homelab.install.bundle import CONFIG, VERBS, BundleFile
from homelab.system import ownership, paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from homelab.dropins.listing import Found, Listed

# The places on the other host, for root and for other accounts.
CONFIG_THERE = f"{paths.SYSTEM_SETTINGS} for root, ~/.config/homelab/config.ini for others"
VERBS_THERE = f"{paths.SYSTEM_VERBS} for root, ~/.local/share/homelab/verbs for others"
# Settings whose value is the path of a file: it stays here.
_BESIDE = tuple(setting.name for setting in settings.SETTINGS if setting.name.endswith("_file"))
_NAMED = 5  # names in a sentence


class Payload:
    """The `files`. `config` is the settings file here ("" if it is not carried), `needs` the files
    that it names, by setting, and `beside` another settings file here that is not carried. `verbs`
    is the folder of verbs here ("" if they are not carried), `left` the names of its files and
    folders that are not carried, and `checkouts` the added folders."""

    __slots__ = ("beside", "checkouts", "config", "files", "left", "needs", "verbs")

    def __init__(self) -> None:
        self.files: list[BundleFile] = []
        self.config = ""
        self.needs: dict[str, str] = {}
        self.beside = ""
        self.verbs = ""
        self.left: list[str] = []
        self.checkouts: list[str] = []

    @property
    def scripts(self) -> list[str]:
        """The paths of the scripts below the folder of verbs."""
        return [file.name[len(VERBS) :] for file in self.files if file.is_verb]

    @property
    def names(self) -> list[str]:
        """The paths of all files below the folder of verbs, with those that describe verbs."""
        return [file.name[len(VERBS) :] for file in self.files if file.name != CONFIG]

    def add_config(self, env: Mapping[str, str]) -> None:
        """Carry the settings file: root's is the system's, that of others their own, and if there
        is none the other one. Raises Failure: 78 if it is broken, 1 if there is none."""
        places = [paths.user_settings(env), paths.SYSTEM_SETTINGS]
        if os.geteuid() == 0:
            places.reverse()
        texts = {}
        for place in places:
            text, why = settings.contents(place)
            if why:
                raise Failure(NO, why)
            if text:
                texts[place] = text
        if not texts:
            looked = " nor ".join(place for place in places if place)
            raise Failure(NO, f"no settings to carry: there is neither {looked}")
        self.config, *others = texts
        self.beside = others[0] if others else ""
        text = texts[self.config]
        values = settings.parse(text, self.config)
        url = values.get("loki.url", ("", 0))[0]
        if "@" in url.partition("://")[2].partition("/")[0]:
            what = f"the url in {self.config} has a password in it, which must not be copied"
            raise Failure(NO, f"{what}; set username and password_file instead")
        for number, line in enumerate(text.splitlines(), 1):  # of [checks], and comments too
            if any(_has_password(word) for word in line.split()):
                what = "an address has a password in it, which must not be copied"
                raise Failure(NO, f"{self.config}:{number}: {what}; remove it from the file")
        self.needs = {name: values[name][0] for name in _BESIDE if values.get(name, ("",))[0]}
        mode = stat.S_IMODE(os.stat(self.config).st_mode)
        self.files.append(BundleFile(CONFIG, text.encode("utf-8"), mode))

    def add_verbs(self, found: Found) -> None:
        """Carry the own verbs that run here: of root those of the system's folder; of others, and
        of a root without such verbs, the personal ones. Raises Failure (1)."""
        wanted = ["system", "personal"] if os.geteuid() == 0 else ["personal"]
        mine: Sequence[Listed] = ()
        for name in wanted:
            mine = [each for each in found.listed if each.dropin.folder.name == name]
            if mine:
                break
        self.checkouts = sorted(
            {each.dropin.folder.name for each in found.listed if each.dropin.folder.adopted}
        )
        if not mine:
            raise Failure(NO, f"no own verbs to carry{self._elsewhere()}; see homelab verbs --own")
        folder = mine[0].dropin.folder.path
        self.verbs = folder
        known: dict[str, str] = {}
        for each in mine:
            path = each.dropin.path
            if each.state != RUNS:
                self.left.append(each.dropin.below)
                continue
            self._add(path, folder, known)
            for name in _descriptions(path):
                self._add(f"{os.path.dirname(path)}/{name}", folder, known)
        self.left += [
            path[len(folder) + 1 :]
            for path, _ in found.skipped
            if path.startswith(f"{folder}/") and not path.endswith(".verb")
        ]
        self.left.sort()
        if not self.scripts:
            raise Failure(NO, f"no own verb in {folder} runs here; homelab verbs check says why")

    def _elsewhere(self) -> str:
        if not self.checkouts:
            return ""
        return f": those of added folders ({', '.join(self.checkouts)}) come from their checkouts"

    def _add(self, path: str, folder: str, known: dict[str, str]) -> None:
        name = VERBS + path[len(folder) + 1 :]
        try:
            with open(ownership.opened(path, known=known), "rb") as file:
                data = file.read(bundle.LARGEST + 1)
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        except OSError as error:
            raise Failure(NO, f"{path} can't be read: {error.strerror}") from None
        if not bundle.is_name(name):
            raise Failure(
                NO, f"{path} can't be carried: its name is too long, hidden or unprintable"
            )
        self.files.append(BundleFile(name, data, mode))
        if sum(len(each.data) for each in self.files) > bundle.LARGEST:
            raise Failure(NO, f"own verbs have more than {bundle.LARGEST >> 20} MiB; {path} is one")
        if len(self.files) > bundle.MOST:
            raise Failure(NO, f"{folder} has more than {bundle.MOST} files of verbs")

    def sentences(self, whole: bool = False) -> list[str]:
        """The sentences that say which files go where, and which stay here. `whole`: all files are
        named."""
        most = len(self.files) + len(self.left) if whole else _NAMED
        said = []
        if self.config:
            said.append(f"settings: {self.config} goes to {CONFIG_THERE}")
            if self.beside:
                said.append(f"{self.beside} is not carried")
            if self.needs:
                named = [f"{key.partition('.')[2]} {path}" for key, path in self.needs.items()]
                said.append(f"not carried, and must exist there: {', '.join(named)}")
        if self.verbs:
            count = len(self.scripts)
            number = "1 own verb goes" if count == 1 else f"{count} own verbs go"
            said.append(f"verbs: {number} from {self.verbs} to {VERBS_THERE}")
            if whole:
                said.append(f"files of verbs: {', '.join(self.names)}")
            if self.left:
                said.append(f"not carried, because they do not run here: {few(self.left, most)}")
            if self.checkouts:
                added = few(self.checkouts, most)
                said.append(
                    f"added folders are not carried, as they have their own source: {added}"
                )
        return said

    def facts(self) -> dict[str, object]:
        """The facts for JSON."""
        facts: dict[str, object] = {}
        if self.config:
            facts["carried_config"] = {"from": self.config, "needs": self.needs}
        if self.verbs:
            facts["carried_verbs"] = {
                "from": self.verbs,
                "files": self.names,
                "left_out": self.left,
                "added_folders": self.checkouts,
            }
        return facts


def _has_password(word: str) -> bool:
    """Whether a word has an address with a password, `https://me:secret@nas.lan/` or
    `rest:https://me:secret@nas.lan/`."""
    account, at, _ = word.partition("://")[2].partition("/")[0].rpartition("@")
    return bool(at) and ":" in account


def _descriptions(path: str) -> list[str]:
    """The names of the `.verb` files beside a script that describe it."""
    folder, name = os.path.split(path)
    word = word_of(name)
    return sorted(
        each
        for each in os.listdir(folder)
        if each.endswith(".verb") and each != ".verb" and fold(each[: -len(".verb")]) == word
    )
