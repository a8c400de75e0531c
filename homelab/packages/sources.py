"""Pure: parse the sources in the settings of package managers: sources.list(5) of apt, dnf.conf(5),
apk-repositories(5) and pacman.conf(5); and the Release file of apt's lists."""

from __future__ import annotations

from homelab import times
from homelab.texts import fields, lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCAL = ("cdrom:", "copy:", "file:")
_ESCAPED = '\\|{}[]<>"^~_=!@#$%^&*'  # characters that apt writes like %5f in names of lists
_NO = ("no", "false", "without", "off", "disable", "0")  # apt's words for off (StringToBool)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


class Source:
    """A source of apt: its `url`, the `suite` (a flat one ends with a slash), and whether apt
    refuses expired lists of it (`timed`). Its packages are in `components` and for `architectures`
    (empty: the host's own)."""

    __slots__ = ("architectures", "components", "suite", "timed", "url")

    def __init__(
        self,
        url: str,
        suite: str,
        timed: bool = True,
        components: tuple[str, ...] = (),
        architectures: tuple[str, ...] = (),
    ) -> None:
        self.url = url if url.endswith("/") else url + "/"
        self.suite = suite
        self.timed = timed
        self.components = components
        self.architectures = architectures

    def indexes(self, architecture: str) -> list[tuple[str, str]]:
        """The lists of packages that apt fetches from it on a host of this architecture: pairs of a
        name in words and a path next to the Release file."""
        if self.suite.endswith("/"):
            return [("", "Packages")]
        return [
            (component, f"{component}/binary-{each}/Packages")
            for component in self.components
            for each in self.architectures or (architecture,)
        ]

    @property
    def name(self) -> str:
        """The source as in apt's own messages, without a password."""
        scheme, mark, rest = self.url.partition("://")
        host, slash, path = rest.partition("/")
        url = f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}" if mark else self.url
        return f"{url.rstrip('/')} {self.suite}"

    @property
    def local(self) -> bool:
        """Whether its lists are files of this host, which no other host renews."""
        return self.url.startswith(_LOCAL)

    def beginnings(self) -> tuple[str, ...]:
        """The prefixes of its lists' file names, in both forms that apt has for mirror+file."""
        folder = self.suite.lstrip("/") if self.suite.endswith("/") else f"dists/{self.suite}/"
        scheme, _, rest = self.url.partition(":")
        if rest.startswith("//"):
            host, slash, path = rest[2:].partition("/")
            host = (
                host.rpartition("@")[2].replace("[", "").replace("]", "")
            )  # brackets of an IPv6 address
            rest = host + slash + path
        plain = _file_name(rest + folder)
        return (plain, f"{scheme}:{plain}") if "+" in scheme else (plain,)


def _file_name(url: str) -> str:
    """The file name that apt makes of a URL without its scheme (apt's URItoFileName)."""
    signs = (
        sign if 0x20 < code < 0x7F and sign not in _ESCAPED else f"%{code:02x}"
        for code, sign in ((byte, chr(byte)) for byte in url.encode("utf-8", "surrogateescape"))
    )
    return "".join(signs).replace("/", "_")


def one_line_sources(text: str, architecture: str = "") -> list[Source]:
    """The sources of packages in a sources.list: lines `deb [option=value …] URL SUITE COMPONENT…`.
    CDs are left out, since nothing is fetched from them."""
    found = []
    for line in lines(text):
        words = fields(line.split(" #")[0].split("\t#")[0])
        if not words or words[0] != "deb":
            continue
        words, options = words[1:], ""
        if words and words[0].startswith("["):
            last = next((i for i, word in enumerate(words) if word.endswith("]")), len(words))
            options, words = " ".join(words[: last + 1]), words[last + 1 :]
        if len(words) >= 2 and _fetched(words[0]):
            options = options.strip("[] ").lower()
            switch = _option(options, "check-valid-until")
            suite = words[1].replace("$(ARCH)", architecture)
            only = tuple(each for each in _option(options, "arch").split(",") if each)
            found.append(Source(words[0], suite, switch not in _NO, tuple(words[2:]), only))
    return found


def _fetched(url: str) -> bool:
    """Whether apt fetches from this URL: it is not a CD, and apt does not refuse it."""
    scheme, mark, _ = url.partition(":")
    plain = scheme.replace("+", "").replace("-", "")
    return bool(mark) and plain.isascii() and plain.isalnum() and scheme != "cdrom"


def _option(options: str, name: str) -> str:
    pairs = (word.partition("=") for word in options.split(" "))
    return next((value for key, _, value in pairs if key == name), "")


def deb822_sources(text: str, architecture: str = "") -> list[Source]:
    """The sources of packages in a `.sources` file, whose stanzas may name several URLs and
    suites."""
    found = []
    for stanza in _stanzas(text):
        if "deb" not in fields(stanza.get("types", "")):
            continue
        if stanza.get("enabled", "yes").strip().lower() in _NO:
            continue
        timed = stanza.get("check-valid-until", "yes").strip().lower() not in _NO
        components = tuple(fields(stanza.get("components", "")))
        only = tuple(fields(stanza.get("architectures", "")))
        for url in fields(stanza.get("uris", "")):
            if not _fetched(url):
                continue
            for suite in fields(stanza.get("suites", "")):
                suite = suite.replace("$(ARCH)", architecture)
                found.append(Source(url, suite, timed, components, only))
    return found


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    """The stanzas of `Field: value` (deb822(5)), with field names in lower case."""
    stanza: dict[str, str] = {}
    field = ""
    for line in [*lines(text), ""]:
        line = line.rstrip("\r")
        if line.startswith("#"):
            continue
        if not line.strip():
            if stanza:
                yield stanza
            stanza, field = {}, ""
        elif line[0] in " \t":
            if field:
                stanza[field] += " " + line.strip()
        else:
            field, _, value = line.partition(":")
            field = field.strip().lower()
            stanza[field] = value.strip()


class Release:
    """The content of a Release file: its `origin`, `label` and `suite` ("": missing), its `date`,
    and the time until which it is `valid` (ns since the epoch; 0: missing)."""

    __slots__ = ("date", "label", "origin", "suite", "valid")

    def __init__(self, text: str = "") -> None:
        told: dict[str, str] = {}
        for line in lines(text):
            if line[:1] != " ":  # other lines are the checksums of files, often thousands
                name, _, value = line.partition(":")
                told.setdefault(name, value.strip())
        self.origin = told.get("Origin", "")
        self.label = told.get("Label", "")
        self.suite = told.get("Suite", "")
        self.date = moment(told.get("Date", ""))
        self.valid = moment(told.get("Valid-Until", ""))


def lacks(release: str, beginning: str, index: str, names: list[str]) -> bool:
    """Whether a list that a Release file names is missing among the files `names`; those of this
    source begin with `beginning`. apt stores no empty list, and skips a list that the Release file
    does not name, unless the file names none."""
    if "Packages" not in release:
        return not any(each.startswith(beginning) and "Packages" in each for each in names)
    if not any(size for size in _sizes(release, index)):
        return False
    name = beginning + _file_name(index)
    return not any(each == name or each.startswith(f"{name}.") for each in names)


def _sizes(release: str, index: str) -> Iterator[int]:
    at = release.find(f" {index}\n")
    while at >= 0:  # one for each kind of checksum
        size = release[release.rfind("\n", 0, at) + 1 : at].split()[-1:]
        yield int(size[0]) if size and size[0].isascii() and size[0].isdigit() else 0
        at = release.find(f" {index}\n", at + 1)


def is_security(suite: str, release: Release) -> bool:
    """Whether a suite is a distribution's own archive of security updates: `bookworm-security`,
    before Debian 11 `buster/updates`. Archives of a subscription (Ubuntu's ESM) do not count."""
    if release.origin.startswith("UbuntuESM"):
        return False
    names = (suite.strip("/"), release.suite)
    of_label = release.label.lower() in ("debian-security", "security")
    return of_label or any(
        name.endswith("-security") and not name.endswith(("-apps-security", "-infra-security"))
        for name in names
    )


def is_read(name: str) -> bool:
    """Whether apt reads a file of this name in its folder of sources (apt_preferences(5))."""
    plain = name.replace("-", "").replace("_", "").replace(".", "")
    return plain.isascii() and plain.isalnum() and name[0] != "."


def moment(text: str) -> int:
    """`Thu, 26 Nov 2026 21:03:35 UTC` → ns since the epoch; 0 if it is not a date."""
    from datetime import datetime, timedelta, timezone

    words = text.replace(",", " ").split()
    if words and words[0].isalpha():
        del words[0]
    try:
        day, month, year, clock, zone = words
        hour, minute, second = clock.split(":")
        ahead = 0
        if zone[0] in "+-" and len(zone) == 5:
            ahead = int(zone[0] + "1") * (60 * int(zone[1:3]) + int(zone[3:]))
        at = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second),
            tzinfo=timezone(timedelta(minutes=ahead)),
        )  # fmt: skip
        since = at - datetime(1970, 1, 1, tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        return 0
    return max(0, (since.days * 86_400 + since.seconds) * times.SECOND)


class Repository:
    """A repository of dnf: its `name` (the id), and the age (ns) at which its lists are fetched
    again (`expires`)."""

    __slots__ = ("expires", "name")

    def __init__(self, name: str, expires: int) -> None:
        self.name = name
        self.expires = expires


def sections(text: str) -> list[tuple[str, dict[str, str]]]:
    """The sections of an INI file of dnf or pacman, in order. A key without a value has ""; of a
    repeated key the last counts."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in lines(text):
        line = line.strip()
        if line.startswith("[") and "]" in line:
            found.append((line[1 : line.index("]")].strip(), {}))
        elif found and line and line[0] not in "#;":
            key, _, value = line.partition("=")
            found[-1][1][key.strip().lower()] = value.strip()
    return found


def dnf_repositories(text: str, expires: int = 2 * times.DAY) -> list[Repository]:
    """The enabled repositories of a `.repo` file; `expires` is dnf's own default, 48 hours."""
    found = []
    for name, told in sections(text):
        if name == "main" or told.get("enabled", "1").lower() in ("0", "no", "false", "off"):
            continue
        found.append(Repository(name, _dnf_span(told.get("metadata_expire", ""), expires)))
    return found


def _dnf_span(text: str, usual: int) -> int:
    """`6h`, `7d`, `90` (s), `never` (36,500 d) → ns; `usual` for other texts."""
    if text.lower() in ("-1", "never"):
        return 36_500 * times.DAY
    units = {"m": 60, "h": 3600, "d": 86_400, "s": 1}
    number = text[:-1] if text[-1:].lower() in units else text
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return usual
    return int(number) * units.get(text[-1].lower(), 1) * times.SECOND


def apk_repositories(text: str) -> list[str]:
    """The URLs of other hosts in /etc/apk/repositories: lines are `URL` or `@TAG URL`."""
    found = []
    for line in lines(text):
        words = fields(line.strip())
        if words and words[0].startswith("@"):
            del words[0]
        if words and words[0].startswith(("http://", "https://", "ftp://")):
            found.append(words[0].rstrip("/"))
    return found
