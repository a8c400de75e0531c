"""Entries of a shell history that count as secret, and everyday entries that do not."""

from __future__ import annotations

import re
import string
import sys
from pathlib import Path
from random import Random
from types import FrameType

import pytest
from support.planted_secrets import SHAPES, commands_of, planted

from homelab.habits import secrets
from homelab.habits.commands import MOST, REDIRECTED, pipelines
from homelab.habits.secrets import has_secret

_HERE = Path(__file__).parent
INNOCENT = (_HERE / "innocent_entries.txt").read_text(encoding="utf-8").splitlines()
_SOURCE = Path(secrets.__file__).read_text(encoding="utf-8")
# Entries that the shapes do not make; \\n is a new line in a here-document.
SECRET = (_HERE / "secret_entries.txt").read_text(encoding="utf-8").splitlines()


def _entries(lines: list[str]) -> list[str]:
    return [line.replace("\\n", "\n") if "<<E" in line or "<<'" in line else line for line in lines]


def _commands(entry: str) -> list[list[str]]:
    """The words of an entry, split as in `reading`."""
    pipes = [words for pipeline in pipelines(entry) for words in pipeline]
    return [[word.lstrip(REDIRECTED) for word in words] for words in pipes]


def _has_secret(entry: str) -> bool:
    return has_secret(entry, _commands(entry))


@pytest.mark.parametrize("name", SHAPES)
def test_a_secret_is_recognised_in_this_shape(name: str) -> None:
    for seed in range(25):
        entry, secret = SHAPES[name](Random(seed))
        assert secret in entry
        assert _has_secret(entry), entry
        assert has_secret(entry, commands_of(entry)), entry


def test_there_are_many_shapes() -> None:
    assert len({each.shape for each in planted(1000)}) == len(SHAPES) >= 40


def test_what_people_type_all_day_has_no_secret() -> None:
    assert len(INNOCENT) >= 400
    assert [entry for entry in _entries(INNOCENT) if _has_secret(entry)] == []


def test_the_file_behind_a_redirection_is_no_value() -> None:
    for entry in (
        "gh secret set TOKEN < token.txt",
        "wpa_passphrase HomeNet >> wpa_supplicant.conf",
        "ansible-vault encrypt_string 2> errors.txt",
        "docker login --password < ~/.registry 2>&1",
    ):
        assert not _has_secret(entry), entry
    assert _has_secret("redis-cli ACL SETUSER me on '>zebra77quartz' '~*'")


def test_secrets_of_other_programs_and_in_other_quotes_are_recognised() -> None:
    assert len(SECRET) >= 500
    assert [entry for entry in _entries(SECRET) if not _has_secret(entry)] == []


@pytest.mark.parametrize("sign", "=;(|<>?#/@&[{!,:%~+")
def test_a_password_in_a_url_may_have_this_sign(sign: str) -> None:
    for password in (f"{sign}Sommer24", f"Som{sign}mer24", f"Sommer{sign}{sign}24", f"Som24{sign}"):
        for entry in (
            f"curl 'http://admin:{password}@nas/'",
            f"psql 'postgresql://app:{password}@db:5432/app'",
            f'ffmpeg -i "rtsp://admin:{password}@cam1/stream" o.mp4',
            f"git clone https://me:{password}@git.lan/x",
        ):
            assert _has_secret(entry), entry


def test_a_port_and_an_empty_password_in_a_url_are_no_secrets() -> None:
    for entry in (
        "curl 'http://nas:8123/api/a@b'",
        "curl 'http://nas:8123?mail=me@b.lan'",
        "curl http://$HOST:$PORT/x@2",
        "git clone http://me:@git.lan/x@2",
        'psql "postgresql://app:$PW@db/app"',
        "pip install 'a@git+https://git.lan:3000/me/a@v1.2=2'",
    ):
        assert not _has_secret(entry), entry


_TYPED = [
    "PGPASSWORD='@@' psql -h nas",
    "mysql -uroot -p'@@' app",
    "docker run -e 'DB_PASSWORD=@@' x",
    "docker run -e DB_PASSWORD='@@' x",
    "sshpass -p '@@' ssh nas",
    "helm upgrade app app/app --set 'auth.password=@@'",
    "curl -u 'me:@@' http://nas/",
    "curl 'http://me:@@@nas/'",
    "echo '@@' | docker login -u me --password-stdin",
    "7z x -p'@@' a.7z",
    "smbclient -U 'me%@@' //nas/share",
    "gh api --token '@@' /user",
    "wpa_passphrase HomeNet '@@'",
    "sed -i 's/^password=.*/password=@@/' app.conf",
]


@pytest.mark.parametrize("sign", "@$-=;#")
def test_a_password_may_begin_with_this_sign(sign: str) -> None:
    for entry in (each.replace("@@", f"{sign}Sommer24") for each in _TYPED):
        assert _has_secret(entry), entry


def test_a_dollar_that_a_shell_does_not_read_is_a_sign_of_a_password() -> None:
    for entry in (
        'mysql -uroot -p"\\$ecret99" app',
        "sshpass -p \\$ecret99 ssh nas",
        "smbclient //nas/share -U 'me%$ecret99'",
        'curl "http://me:\\$ecret99@nas/"',
    ):
        assert _has_secret(entry), entry
    for entry in (
        'mysql -uroot -p"$ecret99" app',
        "ssh nas 'mysql -uroot -p$ecret99 app'",
        "docker exec db sh -c 'mysql -uroot -p$PW app'",
        "jq --arg token \"$t\" '.token=$token' a.json",
        "ssh nas mysql -uroot -p\\$PW app",
        "envsubst '$DB_PASSWORD' < a.in > a.conf",
        "grep '$password' index.php",
        "awk '{print $1}' passwords.txt",
    ):
        assert not _has_secret(entry), entry


def test_a_file_behind_an_at_sign_is_no_secret() -> None:
    for entry in (
        "curl -F key=@id_rsa.pub https://paste.lan",
        "curl --data-urlencode token@token.txt http://nas/",
        "http POST nas/login password=@~/.secrets/nas",
        "vault write auth/jwt/login jwt=@token.jwt",
        "curl -d password=@- http://nas/login",
    ):
        assert not _has_secret(entry), entry


_CHARACTERS = {
    "base62": string.ascii_letters + string.digits,
    "small letters and digits": string.ascii_lowercase + string.digits,
    "base32": string.ascii_uppercase + "234567",
    "hexadecimal": "0123456789abcdef",
    "letters": string.ascii_letters,
}


@pytest.mark.parametrize(
    ("kind", "size", "at_least"),
    [
        ("base62", 12, 80),
        ("base62", 16, 93),
        ("small letters and digits", 16, 82),
        ("small letters and digits", 20, 92),
        ("base32", 16, 70),
        ("base32", 26, 92),
        ("hexadecimal", 16, 90),
        ("hexadecimal", 32, 98),
        ("letters", 20, 85),
    ],
)
@pytest.mark.parametrize(
    "entry", ["./deploy.sh @", "mytool login @", "ssh nas './x @'", "docker run -e FOO=@ app"]
)
def test_of_random_words_this_share_is_recognised(
    entry: str, kind: str, size: int, at_least: int
) -> None:
    chance = Random(21)
    words = ("".join(chance.choices(_CHARACTERS[kind], k=size)) for _ in range(200))
    assert sum(_has_secret(entry.replace("@", word)) for word in words) >= 2 * at_least


def test_the_name_of_a_program_of_this_host_is_no_password() -> None:
    for name in ("esp32cam", "getIP4", "btop++", "My_Tool3"):
        assert has_secret(name, [[name]])
        assert not has_secret(name, [[name]], frozenset((name,)))
        assert not has_secret(f"{name}&", [[name]], frozenset((name,)))
    assert has_secret("Zebra77quartz", [["Zebra77quartz"]], frozenset(("esp32cam",)))


def test_a_secret_is_recognised_where_the_entry_could_not_be_split() -> None:
    for each in planted(len(SHAPES)):
        assert has_secret(each.entry, []), each.entry


# Pieces that the module's expressions repeat, and words that make it go on searching.
_REPEATED = [
    "$a_", "%a_", "{{:}}", "${a}.", "${", "$(", "/a", "a,b/", "a-", "a.", "a:", "a@", "Ab1", "Ab1/",
    "A1-", "f0", "4711 ", "SG.", "'", '"', "\\", "password=", "password='", "'password", "key=",
    '"key":', "curl ", "mysql sshpass vault ", "password ", "set password ", "login ", "secret ",
    "--from-literal ", "identified with ", "bearer ", "wifi:p", "crypt(", "https://ntfy.", "ntfy.",
    "http://a:b", "://:", "://a:b;@", "'$a'", "\\$a", "'=;'", "a=bcde;", "$a ",
    "mount -o user=a% ",
    "rtmp://a/", "/hook", "cmnd=", "<<< ", "cat <(", "> ", "| nc ", "echo x | sudo -",
    "S", "s/a/a/", "<a>b</", "?key=", "PASS\'\'=", "docker ", "./x ", "ssh a ", "-p ", "--token ",
    "peer ", "@", " ", "\n", "%", "=", "4", "-", "_", ".", ":", "/", "{", "[", "0x", "A", "a",
]  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [name for name, value in vars(secrets).items() if isinstance(value, re.Pattern)],
)
def test_an_expression_comes_to_its_end_on_hostile_entries(expression: str) -> None:
    """An expression that tries all ways to divide an entry would never end."""
    pattern: re.Pattern[str] = getattr(secrets, expression)
    of_whole = set(re.findall(rf"\b{expression}\.(\w+)", _SOURCE)) <= {"fullmatch", "match"}
    for piece in _REPEATED:
        entry = (piece * MOST)[: MOST - 1] + "!"
        found = [pattern.match(entry), pattern.fullmatch(entry)]
        assert len(found if of_whole else pattern.findall(entry)) <= MOST


def _calls(entry: str) -> int:
    """The number of function calls to check an entry."""
    count = 0

    def called(_frame: FrameType, event: str, _of: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    commands = [entry.split()]
    before = sys.getprofile()
    sys.setprofile(called)
    try:
        has_secret(entry, commands)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("begin", ["", "password ", "mysql -e 'key ", "./x http://a | nc < "])
def test_the_work_grows_with_the_length_of_an_entry(begin: str) -> None:
    for piece in _REPEATED:
        short, long = (begin + (piece * MOST)[:size] + "!" for size in (MOST // 4, MOST))
        assert _calls(long) <= 6 * _calls(short) + 400, piece


@pytest.mark.parametrize(
    "entry",
    [
        "password='+'" + "$a_" * 1360 + "!'",
        "password=" + "$a_" * 1360 + "!",
        "password=" + "%a_" * 1360 + "!",
        "password=" + "{{:}}" * 800 + "x}",
        "password=${" * 370,
        "password=$(" * 370,
        'mytool "password=' + "${a}." * 800 + '!"',
        "password " + "/a" * 2000 + "!",
        "password='" + "a,b/" * 1000,
        "a-" * 2000 + "!",
        "key=" * 1024,
        "curl " * 819,
        "mysql sshpass vault " * 200,
        "https://ntfy." + "ntfy." * 800 + "/",
        "echo x | sudo -" + "S" * 4000 + "!",
        "authorization: basic " + "Ab1/" * 1000,
        "x" * 4 + ("A" * 42 + "/") * 94,
        "SG." + "SG." * 1300,
        "secret --from-literal " * 180,
        "'password" * 450,
        "login " * 680 + "'",
        "identified with " * 250,
        "<<< " * 1000,
        "cat <(" * 680,
        "> " * 2000,
        "a,b" * 60 + ":" + "a,b" * 60 + "!@x",
        "a" * 100_000 + "@",
        "{{a}}" * 60 + "!=password={{a}}" * 60 + "x",
        "%a%" * 60 + "password=" + "%a%" * 60 + "!",
        "secret " * 20_000,
        "authorization: " + "bearer " * 5000,
        "password='" * 5000,
        'key="' * 20_000,
        "://a:b" * 20_000 + "@",
        "echo " * 20_000 + "|" * 1000,
    ],
    ids=lambda entry: entry[:12],
)
def test_no_entry_takes_more_than_its_length(entry: str) -> None:
    """A regular expression that tries all ways would never end."""
    assert has_secret(entry, [entry.split()]) in (True, False)
