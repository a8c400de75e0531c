"""The verbs about the file itself: what it can do, how it is set, who may use it."""

from __future__ import annotations

from homelab.catalogue.common import JSON, ROWS
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "completion",
        "TAB completion for bash, zsh and fish",
        "homelab.verbs.about.completion:answer",
        arguments=(
            Argument("SHELL", "text", "the shell", choices=("bash", "zsh", "fish"), required=True),
        ),
        details=(
            "Prints what the shell is to read at its start. The candidates come from the program"
            " itself, your own verbs' among them; nothing is asked of Loki at a TAB, unless"
            " HOMELAB_COMPLETE_LOKI=1 allows 0.3 s for its labels."
        ),
        examples=(
            "source <(homelab completion bash)",
            "source <(homelab completion zsh)",
            "homelab completion fish | source",
        ),
        discovery=True,
        tool=False,
    ),
    Verb(
        "config",
        "every setting, its value and where it came from",
        "homelab.verbs.about.config:show",
        arguments=ROWS,
        details="Secrets are masked. A broken settings file is named with its line.",
        examples=("homelab config", "homelab config --json"),
        exits=((0, "done"), (78, "a settings file is broken")),
    ),
    Verb(
        "help",
        "what a verb does and takes",
        "homelab.verbs.about.help:answer",
        arguments=(
            Argument("VERB", "verb", "a verb or a group", many=True),
            Argument("--all", "flag", "every verb, one line each"),
            Argument("--man", "flag", "the manual page, in roff"),
        ),
        examples=("homelab help", "homelab help logs query", "homelab help --man | man -l -"),
        exits=((0, "done"), (2, "no such verb")),
        discovery=True,
    ),
    Verb(
        "manifest",
        "all verbs as an OpenCLI document, for programs",
        "homelab.verbs.about.manifest:answer",
        arguments=(
            Argument("VERB", "verb", "only this verb or group", many=True),
            Argument("--brief", "flag", "one line a verb, for agents"),
            Argument("--mcp", "flag", "a tools/list result of the Model Context Protocol"),
        ),
        examples=("homelab manifest", "homelab manifest usage --brief"),
        exits=((0, "done"), (2, "no such verb")),
        discovery=True,
    ),
    Verb(
        "mcp",
        "serve the verbs to an agent over the Model Context Protocol",
        "homelab.verbs.about.mcp:serve",
        arguments=(
            Argument(
                "--allow",
                "text",
                "offer verbs up to this effect; destructive includes write",
                default="read",
                choices=("read", "write", "destructive"),
            ),
        ),
        details=(
            "For an agent's configuration, not for a terminal: it reads JSON-RPC on stdin until"
            " that ends. Each verb is a tool, and each call a run of its own, counted like any"
            " other. A verb that does not say what it changes is offered as destructive. With"
            " HOMELAB_READ_ONLY set, only verbs that read are offered."
        ),
        # `read`: by itself it changes nothing, and each call is held to its own verb's effect
        examples=("homelab mcp", "homelab mcp --allow write"),
        tool=False,
    ),
    Verb(
        "version",
        "version, build, Python and path of this file",
        "homelab.verbs.about.version:answer",
        arguments=(JSON,),
        examples=("homelab version", "homelab version --json"),
        discovery=True,
    ),
)
