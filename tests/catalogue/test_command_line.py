"""The words of a command line become values, in every form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homelab.catalogue import argument_types, arguments, option_words
from homelab.catalogue.verb import Argument, Verb
from homelab.errors import Failure
from homelab.verbs import BUILT_IN

SEE = "see homelab help time"
VERB = Verb(
    "x",
    "",
    arguments=(
        Argument("PLACE", "text", ""),
        Argument("--app", "text", ""),
        Argument("--grep", "text", "", many=True),
        Argument("--limit", "count", "", "20", aliases=("-n", "--lines")),
        Argument("--key", "file", ""),
        Argument("--host", "text", "", many=True, value="NAME"),
        Argument("--form", "text", "", "raw", choices=("raw", "json")),
        Argument("--all", "flag", "", aliases=("-a",)),
    ),
)


def read(*words: str) -> dict[str, object]:
    """The values that differ from those of an empty command line."""
    before = vars(arguments.parse(VERB, [], 0))
    after = vars(arguments.parse(VERB, list(words), 0))
    return {name: value for name, value in after.items() if value != before[name]}


def refused(*words: str) -> str:
    with pytest.raises(Failure) as caught:
        arguments.parse(VERB, list(words), 0)
    assert caught.value.code == 2
    return caught.value.sentence


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["--app=--"], {"app": "--"}),
        (["--grep=--", "--grep=-x", "--grep", "y"], {"grep": ["--", "-x", "y"]}),
        (["--", "--"], {"place": "--"}),
        (["--", "--app"], {"place": "--app"}),
        (["--"], {}),
        (["a", "--"], {"place": "a"}),
        (["--limit", "5", "--"], {"limit": 5}),
        (["-"], {"place": "-"}),
        (["--app", "-"], {"app": "-"}),
        (["--app==x"], {"app": "=x"}),
        (["--app=a b"], {"app": "a b"}),
        (["--app", "a\nb"], {"app": "a\nb"}),
        (["--grep", "--- FAIL: x"], {"grep": ["--- FAIL: x"]}),
        (["--grep", "-5"], {"grep": ["-5"]}),
        (["--grep", " "], {"grep": [" "]}),
        (["-n5"], {"limit": 5}),
        (["-n=5", "p"], {"limit": 5, "place": "p"}),
        (["p", "-an", "5"], {"limit": 5, "place": "p", "all": True}),
        (["--limit", "3", "--limit", "5"], {"limit": 5}),
        (["--lines", "3"], {"limit": 3}),
        (["--host", "a", "--host=b"], {"host": ["a", "b"]}),  # A11
        (["--app", "a", "--app", "a"], {"app": "a"}),
        (["--form", "json", "--form=raw"], {}),
    ],
)
def test_values_are_read_as_they_are(words: list[str], values: dict[str, object]) -> None:
    assert read(*words) == values


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--app"], "--app: a value is missing"),
        (["--app", "--"], "--app: a value is missing; write --app=-- if that is meant"),
        (["--app", "--", "x"], "--app: a value is missing; write --app=-- if that is meant"),
        (["--app", "--all"], "--app: a value is missing; write --app=--all if that is meant"),
        (["-n", "--"], "-n/--lines/--limit: a value is missing"),  # which is not a count
        (["--limit", "--", "5"], "-n/--lines/--limit: a value is missing"),
        (["--form", "--all"], "--form: a value is missing"),
        (["-n--"], "-n/--lines/--limit: '--' is not a whole number from 1 to 999999999"),
        (["--app="], "--app: the value is empty"),
        (["--app", ""], "--app: the value is empty"),
        (["--app", " \t"], "--app: the value is empty"),
        (["--grep="], "--grep: the value is empty"),
        ([""], "PLACE: the value is empty"),
        (["--app", "\udcff"], "--app: '\\udcff' is not valid UTF-8"),
        (["--app", "a", "--app", "b"], "--app: it takes one value, not 'a' and 'b'"),
        (["--key", "a", "--key", "b"], "--key: it takes one value, not 'a' and 'b'"),  # A11
        (["--host", "a", "--host= "], "--host: the value is empty"),
        (["--all=yes"], "-a/--all takes no value"),
        (["-a=yes"], "-a/--all takes no value"),
        (["-ax"], "no such option: -x"),
        (["--ap", "x"], "no such option: --ap; did you mean --app?"),
        (["-grep", "x"], "no such option: -grep; did you mean --grep?"),
        (["--gerp=x"], "no such option: --gerp; did you mean --grep?"),
        (["--LIMIT", "5"], "no such option: --LIMIT; did you mean --limit?"),
        (["--limits", "5"], "no such option: --limits; did you mean --limit?"),
        (["--nosuch=a b"], "no such option: --nosuch"),
        (["--form", "xml"], "--form: 'xml' is not one of raw, json"),
        (["--form", "jsn"], "--form: 'jsn' is not one of raw, json; did you mean json?"),
        (["--form", "RAW"], "--form: 'RAW' is not one of raw, json; did you mean raw?"),
        (["a", "b"], "unexpected argument: b"),
        (["a", "--", "--"], "unexpected argument: --"),
    ],
)  # fmt: skip
def test_an_unreadable_file_is_refused_with_a_sentence(words: list[str], sentence: str) -> None:
    assert refused(*words) == sentence


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--since 30", "--since: '30' has no unit (use 30d, 30h)"),
        ("--since -30", "--since: '-30' has no unit (use 30d, 30h)"),
        ("--since 3M", "--since: 'M' is ambiguous: 3mo (months) or 3m (minutes)"),
        ("--since=last|month", f"--since: not a time: 'last month' (use 1mo; {SEE})"),
        ("--since=past|3|Weeks", f"--since: not a time: 'past 3 Weeks' (use 3w; {SEE})"),
        ("--since=an|hour|ago", f"--since: not a time: 'an hour ago' (use 1h; {SEE})"),
        ("--since soon", f"--since: not a time: 'soon' (use {argument_types.WHEN}; {SEE})"),
        ("--since 0", f"--since: not a time: '0' (use {argument_types.WHEN}; {SEE})"),
        ("--since 90 d", "--since takes one word; quote it: --since '90 d'"),
        ("--since=90 days", "--since takes one word; quote it: --since '90 days'"),
        (
            "--since 1 hour 5 min --fresh",
            "--since takes one word; quote it: --since '1 hour 5 min'",
        ),
        ("--since 10 minutes ago", "--since takes one word; quote it: --since '10 minutes ago'"),
        ("--since yesterday 13:00", "--since takes one word; quote it: --since 'yesterday 13:00'"),
        ("--since last week", "--since takes one word; use --since 1w"),
        ("--since 90 --fresh d", "--since: '90' has no unit (use 90d, 90h)"),
        ("--since 1d --limit x d", "-n/--limit: 'x' is not a whole number from 1 to 999999999"),
        ("--since 7d d", "unexpected argument: d"),
    ],
)
def test_a_time_that_is_nearly_right_gets_the_right_one(words: str, sentence: str) -> None:
    given = [word.replace("|", " ") for word in words.split()]
    with pytest.raises(Failure) as caught:
        arguments.parse(BUILT_IN.verb("usage top"), given, 10**18)
    assert caught.value.sentence == sentence


def test_a_duration_without_a_unit() -> None:
    with pytest.raises(Failure) as caught:
        arguments.parse(BUILT_IN.verb("service check"), ["http://x", "--timeout", "30"], 10**18)
    assert caught.value.sentence == "--timeout: '30' has no unit (use 30s, 30m)"


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ([], ""),
        (["-o", "json"], "json"),
        (["-ojson"], "json"),
        (["--output=csv"], "csv"),
        (["-o", "table"], ""),
        (["--json", "-o", "json"], "json"),
        (["--json", "-o", "csv"], "--json and --output csv exclude each other"),
        (["-o", "table", "--csv"], "--csv and --output table exclude each other"),
        (["--json", "--csv"], "--json and --csv exclude each other"),
        (["-o", "jsn"],
         "-o/--output: 'jsn' is not one of json, csv, table; did you mean json?"),
        (["-o", "yaml"], "-o/--output: 'yaml' is not one of json, csv, table"),
        (["-o"], "-o/--output: a value is missing"),
        (["--all", "--problems"], "--all and --problems exclude each other"),
    ],
)  # fmt: skip
def test_the_format_is_chosen_as_other_tools_do(words: list[str], printed: str) -> None:
    """Point 2 of the reports: `-o json` from habit."""
    for path in ("host status", "container list"):
        try:
            values = arguments.parse(BUILT_IN.verb(path), words, 0)
        except Failure as failure:
            assert (failure.code, failure.sentence) == (2, printed)
        else:
            assert [name for name in ("json", "csv") if getattr(values, name)] == printed.split()


def test_an_output_option_of_the_verbs_own_is_unchanged() -> None:
    for path, words in (("usage report", ["-o", "json"]), ("logs query", ["-o", "json"])):
        values = arguments.parse(BUILT_IN.verb(path), words, 10**18)
        assert (values.output, getattr(values, "json", False)) == ("json", False)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--json", "disk"], 1),
        (["-o", "json", "disk"], 2),
        (["--output=csv", "--no-header", "host", "status"], 2),
        (["-ocsv", "disk"], 1),
        (["--color", "never", "disk"], 2),
        (["--color=always", "disk"], 1),
        (["--color", "disk"], 0),
        (["--json"], 0),
        (["-o", "json"], 0),
        (["-o", "disk"], 0),
        (["--all", "disk"], 0),
        (["disk", "--json"], 0),
    ],
)
def test_a_format_may_stand_before_the_verb(words: list[str], count: int) -> None:
    assert option_words.formats(words) == count


def test_n_is_the_number_of_every_verb_that_has_one() -> None:
    """head, tail and journalctl have -n for this."""
    for verb in BUILT_IN.every():
        if verb.path.startswith("logs "):
            continue
        for argument in verb.arguments:
            if argument.name in ("--limit", "--lines"):
                assert argument.aliases == ("-n",), verb.path


@given(st.text(min_size=1).filter(lambda text: not text.isspace()))
def test_a_value_behind_its_option_is_that_value_or_refused(text: str) -> None:
    try:
        assert read(f"--app={text}") == {"app": text}
        assert read("--", text) == {"place": text}
    except Failure as failure:
        assert "is not valid UTF-8" in failure.sentence


@given(st.lists(st.text(), max_size=4))
def test_any_words_are_read_or_refused_with_2(words: list[str]) -> None:
    for verb in (VERB, BUILT_IN.verb("logs query"), BUILT_IN.verb("job run")):
        try:
            arguments.parse(verb, words, 10**18)
        except Failure as failure:
            assert failure.code == 2


VALUED = [
    (verb, argument)
    for verb in BUILT_IN.every()
    for argument in verb.arguments
    if argument.option and argument.kind != "flag"
]


@pytest.mark.parametrize(
    ("verb", "option"), VALUED, ids=[f"{verb.path} {option.name}" for verb, option in VALUED]
)
def test_no_value_of_an_option_vanishes(verb: Verb, option: Argument) -> None:
    """Each option of each verb: `--` is a value or refused by name, an empty one is refused."""
    others = [
        word
        for each in verb.arguments
        if each.required and each is not option
        for word in ([each.name, "1d"] if each.option else ["1d"])
    ]
    for value in ("--", "", " "):
        try:
            values = arguments.parse(verb, [f"{option.name}={value}", *others], 10**18)
        except Failure as failure:
            assert option.name in failure.sentence
            assert failure.code == 2
        else:
            assert value
            assert getattr(values, option.attribute) in (value, [value])
    with pytest.raises(Failure, match="a value is missing"):
        arguments.parse(verb, [option.name, "--", *others], 10**18)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--json", "no verb after --json"),
        ("-o json", "no verb after -o"),
        ("--color", "no verb after --color"),
        ("--color host status", "--color: 'host' is not one of auto, always, never"),
        ("-o yaml disk", "-o: 'yaml' is not one of json, csv, table"),
        ("--xyz disk", "unknown option --xyz; options of a verb come after it"),
    ],
)  # fmt: skip
def test_an_option_before_the_verb_that_is_wrong(words: str, sentence: str) -> None:
    assert option_words.misplaced(words.split()) == sentence
