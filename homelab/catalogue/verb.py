"""The description of a verb, built-in or drop-in alike: parser, help, completion, manifest and
tools are made from it. It imports nothing."""

from __future__ import annotations

_COMPLETIONS = {
    "address": "hosts",
    "file": "files",
    "folder": "files",
    "host": "hosts",
    "ports": "ports",
    "selector": "labels",
    "server": "servers",
    "since": "moments",
    "socket": "files",
    "until": "moments",
    "verb": "verbs",
    "when": "moments",
    "words": "files",
}


# Kinds whose text names something to open on this host, and kinds whose text names a host to
# contact. Agents may use neither unless a person allows it (`homelab.mcp`).
FILES = ("file", "folder", "socket")
TARGETS = ("address", "host", "ports", "server", "url")
# Kinds whose text is a moment; `argument_types.WRITTEN` lists its forms.
MOMENTS = ("since", "until", "when")


class Argument:
    """An argument of a verb. `name` is `SELECTOR` (positional) or `--since` (an option).

    `kind` is the type of its text: `flag` (has no text), `text`, `count` (an integer from 1),
    `whole` (an integer from 0), `percent` (0 to 100), `number` (a float from 0), `since` (a moment
    in the past: 7d, today, 2026-11-01, …), `until` (the end of a window, which may be in the
    future), `when` (any moment), `span` (a length of time: 30s, 7d), `selector` (LogQL), `verb`
    (the words of a verb), `words` (all words that follow, passed on unchanged), `folder`, `file`,
    `socket` (a path), `host` (as ssh takes it), `url` (http or https), `ports` (nas.lan:22,80),
    `address` (HOST or HOST:PORT), `server` (a TLS server: an address or a URL; a person may give a
    file instead).

    An argument that is `many` can be repeated; if it also has `choices`, one word may hold several,
    separated by commas. `aliases` are an option's other names. `value` is the placeholder in help
    if it is not the word of the kind (`TEXT`: a text to look for, which may be blanks or bytes).
    `completion` names what a shell offers for it: `verbs`, `help` (verbs and topics), `scripts`,
    `hosts`, `servers` (hosts and files), `ports` (of a host), `labels`, `moments`, `jobs`,
    `adopted` (checkouts), `sources` (of verbs) or `files`; the default follows from the kind.
    """

    __slots__ = (
        "aliases", "choices", "completion", "default", "kind", "many", "name", "required",
        "summary", "value",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        kind: str,
        summary: str,
        default: str = "",
        choices: tuple[str, ...] = (),
        required: bool = False,
        many: bool = False,
        aliases: tuple[str, ...] = (),
        value: str = "",
        completion: str = "",
    ) -> None:
        self.name = name
        self.kind = kind
        self.summary = summary
        self.default = default
        self.choices = choices
        self.required = required
        self.many = many
        self.aliases = aliases
        self.value = value
        self.completion = completion or _COMPLETIONS.get(kind, "")

    @property
    def option(self) -> bool:
        """Whether the argument is an option; otherwise it is positional."""
        return self.name[0] == "-"

    @property
    def attribute(self) -> str:
        """The name of its value in a verb's values: `no_header`, `selector`."""
        return self.name.lstrip("-").replace("-", "_").lower()


class Verb:
    """A verb. `source` is `built-in`, or the folder of a drop-in; `function` is the place of a
    built-in's code (`homelab.verbs.host.status:status`), imported only when it runs.

    `effect` is `read`, `write` or `destructive`, or "" if a drop-in does not declare one.
    `idempotent`: a second run changes nothing more. `network`: it contacts hosts other than the
    configured Loki, so that agents need --allow network or --hosts for it. `loki`: it queries the
    configured Loki. `tool`: agents may call it; set it to False if a person must decide, as in
    turning telemetry on. `core`: it is one of the few in an agent's list of tools, with its
    arguments; a search finds the others, so that the list stays within `mcp.tools.LIST_BYTES`.
    `outside`: its output may hold text that others wrote (log lines, names, answers of servers),
    which agents are told not to obey; False if all of the text is ours. `exits` lists its exit
    codes with their meaning; `answers` lists the exit codes that are an answer, all others being
    failures (`usage.outcome` has the rule). A verb that `passes_on` another program's exit code has
    no answers of its own. `schema` names the shape of its JSON, with its `version`, "" if it has
    none. `usage` is a drop-in's own usage line, `needs` the programs it requires. A verb that
    `carries` takes the verb behind `--` to other hosts, and checks that verb's effect itself.

    A `discovery` verb is answered before dispatch and is never recorded; its function takes the
    words themselves and returns text, because parsing them would cost `version` more than the verb
    itself. `recorded` is false for verbs that read the records: they must not add to their own
    data.
    """

    __slots__ = (
        "answers", "arguments", "carries", "core", "details", "discovery", "effect", "examples",
        "exits", "function", "idempotent", "loki", "needs", "network", "outside", "passes_on",
        "path", "recorded", "schema", "since", "source", "summary", "tool", "usage",
    )  # fmt: skip

    def __init__(
        self,
        path: str,
        summary: str,
        function: str = "",
        arguments: tuple[Argument, ...] = (),
        details: str = "",
        effect: str = "read",
        examples: tuple[str, ...] = (),
        exits: tuple[tuple[int, str], ...] = ((0, "done"),),
        answers: tuple[int, ...] = (0,),
        since: str = "0.6.0",
        recorded: bool = True,
        discovery: bool = False,
        idempotent: bool = True,
        network: bool = False,
        loki: bool = False,
        tool: bool = True,
        outside: bool = True,
        source: str = "built-in",
        usage: str = "",
        needs: tuple[str, ...] = (),
        passes_on: bool = False,
        core: bool = False,
        version: int = 1,
        carries: bool = False,
    ) -> None:
        self.path = path
        self.summary = summary
        self.function = function
        self.arguments = arguments
        self.details = details
        self.effect = effect
        self.examples = examples
        self.exits = exits
        self.answers = answers
        self.schema = ""
        if source == "built-in" and any(argument.name == "--json" for argument in arguments):
            self.schema = f"homelab.{path.replace(' ', '-')}/{version}"
        self.since = since
        self.recorded = recorded
        self.discovery = discovery
        self.idempotent = idempotent
        self.network = network
        self.loki = loki
        self.tool = tool
        self.outside = outside
        self.source = source
        self.usage = usage
        self.needs = needs
        self.passes_on = passes_on
        self.core = core
        self.carries = carries
