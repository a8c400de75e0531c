"""The descriptions of the verbs `service …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "service check",
        "whether services answer over HTTP as expected, and how fast",
        "homelab.verbs.service.check:check",
        arguments=(
            Argument("URL", "url", "a service, like https://nas.lan/ or nas.lan", many=True),
            Argument(
                "--file",
                "file",
                "also the services in this list; - is stdin",
                aliases=("-f",),
                value="FILE",
            ),
            Argument(
                "--expect",
                "text",
                "the expected statuses: 200, 2xx, 200-299 (default: 2xx,3xx)",
                many=True,
                value="STATUS",
            ),
            Argument("--contains", "text", "text that the answer must contain", value="TEXT"),
            Argument("--follow", "flag", "follow redirects, at most 10"),
            Argument(
                "--connect",
                "address",
                "connect to this host, whatever the URL names",
                value="HOST[:PORT]",
            ),
            Argument("--ca-file", "file", "also trust the CAs in this file", value="FILE"),
            Argument("--insecure", "flag", "go on if a certificate is not trusted, and say so"),
            Argument(
                "--warn",
                "span",
                "warn if a certificate expires sooner (default: 21d or 1/4 of its lifetime)",
            ),
            Argument("--timeout", "span", "how long each service may take in all", default="10s"),
            Argument("--jobs", "count", "how many services to ask concurrently", default="100"),
            *CHECK,
        ),
        details=(
            "A host without https:// or http:// is asked over https and, if its port has no TLS,"
            " over http; its row has the URL that answered. Each phase is measured: name lookup,"
            " connect, TLS, first byte (from the request to the start of the answer). The total"
            " includes the body, of which 1 MiB is read. A redirect counts as an answer, and its"
            " target is shown. A line of --file is a URL, optionally followed by expect=2xx,401"
            " and, last, contains=TEXT (to the end of the line); # begins a comment. Services that"
            " are fine are folded into one sentence; JSON and CSV have all, in the order given."
            " User name and password in a URL are sent but never shown, nor are the values of a"
            " query. Proxies of the environment are not used."
        ),
        examples=(
            "homelab service check https://nas.lan/ http://pi.lan:8080/admin",
            "homelab service check nas.lan pve1.lan:8006",
            "homelab service check --expect 200 --contains Welcome https://cloud.lan/",
            "homelab service check --file services.txt --ca-file /etc/ssl/lab-ca.pem",
        ),
        exits=(
            (0, "all services answer as expected"),
            (1, "a service does not, or its certificate expires soon"),
            (69, "no problem found, but a service could not be asked"),
        ),
        answers=CHECK_ANSWERS,
        network=True,
        core=True,
    ),
)
