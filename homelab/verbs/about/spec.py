"""The verbs about homelab itself: its help, its settings, and its use by agents."""

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
            "Prints the script for the shell's start-up file. The candidates come from the program"
            " itself, your own verbs included. A TAB never asks Loki, unless"
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
        "every setting, its value and where it comes from",
        "homelab.verbs.about.config:show",
        arguments=ROWS,
        details="Secrets are masked. A broken settings file is reported with its line.",
        examples=("homelab config", "homelab config --json"),
        exits=((0, "done"), (78, "a settings file is broken")),
        outside=False,
    ),
    Verb(
        "help",
        "help on a verb or a topic",
        "homelab.verbs.about.help:answer",
        arguments=(
            Argument("VERB", "verb", "a verb, a group or a topic", many=True, completion="help"),
            Argument("--all", "flag", "every verb, one line each"),
            Argument("--man", "flag", "the manual page, in roff"),
        ),
        details=(
            "homelab help topics lists the pages of the documentation, which are part of this file."
            " If a verb has the name of a page, homelab help NAME explains the verb, and"
            " homelab help topics NAME shows the page."
        ),
        examples=(
            "homelab help",
            "homelab help logs query",
            "homelab help time",
            "homelab help --man | man -l -",
        ),
        exits=(
            (0, "done"),
            (2, "no such verb or topic"),
            (78, "homelab's own file was overwritten"),
        ),
        discovery=True,  # and no text of ours alone: it holds what scripts say of themselves
    ),
    Verb(
        "manifest",
        "all verbs as an OpenCLI document, for programs",
        "homelab.verbs.about.manifest:answer",
        arguments=(
            Argument("VERB", "verb", "only this verb or group", many=True),
            Argument("--brief", "flag", "one line per verb, for agents"),
            Argument("--mcp", "flag", "a tools/list result of the Model Context Protocol"),
        ),
        examples=("homelab manifest", "homelab manifest usage --brief"),
        exits=((0, "done"), (2, "no such verb")),
        discovery=True,  # untrusted text: it includes the scripts' own descriptions
    ),
    Verb(
        "mcp",
        "serve the verbs to an agent over the Model Context Protocol",
        "homelab.verbs.about.mcp:serve",
        arguments=(
            Argument(
                "--allow",
                "text",
                "highest effect that verbs may have (default: read); network adds verbs that ask"
                " other hosts; combine as in write,network",
                choices=("read", "write", "destructive", "network"),
                many=True,
            ),
            Argument(
                "--hosts",
                "text",
                "allow checks of other hosts, but only of these: HOST or HOST:PORT, separated by"
                " commas",
                many=True,
                value="HOST,...",
                completion="hosts",
            ),
        ),
        details=(
            "This is for an agent's configuration, not for a terminal: it reads JSON-RPC on stdin"
            " until stdin ends. The most common verbs are tools; two more tools, findVerb and"
            " runVerb, reach every other verb, your own too. Each call is a separate run and is"
            " counted like any other. read: verbs that change nothing; write: also verbs that"
            " change something; destructive: also verbs that delete or overwrite, and scripts that"
            " declare no effect. HOMELAB_READ_ONLY allows read only. At every level, asking a host"
            " other than the configured Loki takes --allow network or --hosts; and no level lets"
            " an agent name a file, folder or socket, or call a verb that a person must decide on"
            " (usage on and off, self install, job run). A script is judged by the effect that it"
            " declares, and may read and connect to anything. Text that others may have written"
            " (log lines, names, answers) is marked as untrusted."
        ),
        # `read`: mcp itself changes nothing, and each call is checked against the effect of its own
        # verb
        examples=(
            "homelab mcp",
            "homelab mcp --allow write,network",
            "homelab mcp --hosts nas.lan,pve1.lan:8006",
        ),
        tool=False,
    ),
    Verb(
        "version",
        "version and build (with --json: Python and path, too)",
        "homelab.verbs.about.version:answer",
        arguments=(JSON,),
        examples=("homelab version", "homelab version --json"),
        discovery=True,
        outside=False,
    ),
)
