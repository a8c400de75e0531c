"""The descriptions of the verbs `service …`."""

from __future__ import annotations

from homelab.catalogue.common import CHECK, CHECK_ANSWERS
from homelab.catalogue.verb import Argument, Verb

VERBS = (
    Verb(
        "service check",
        "whether services answer over HTTP as they should, and how fast",
        "homelab.verbs.service.check:check",
        arguments=(
            Argument("URL", "url", "a service, like https://nas.lan/ or nas.lan", many=True),
            Argument(
                "--file",
                "file",
                "the services in this list, too; - is stdin",
                aliases=("-f",),
                value="FILE",
            ),
            Argument(
                "--expect",
                "text",
                "the statuses that are right: 200, 2xx, 200-299 (default: 2xx,3xx)",
                many=True,
                value="STATUS",
            ),
            Argument("--contains", "text", "what the answer must have in it", value="TEXT"),
            Argument("--follow", "flag", "go where redirects lead, up to 10 of them"),
            Argument(
                "--connect", "address", "connect there, whatever the URL names", value="HOST[:PORT]"
            ),
            Argument("--ca-file", "file", "trust the CAs in this file, too", value="FILE"),
            Argument("--insecure", "flag", "go on where a certificate is not trusted, and say so"),
            Argument(
                "--warn",
                "span",
                "warn when a certificate has less left (default: 21d or 1/4 of its lifetime)",
            ),
            Argument("--timeout", "span", "wait so long for a service in all", default="10s"),
            Argument("--jobs", "count", "how many are asked at once", default="100"),
            *CHECK,
        ),
        details=(
            "A host without https:// or http:// is asked by https and, if no TLS is spoken there,"
            " by http; its row has the URL that answered. Each phase by itself: lookup of the name,"
            " connect, TLS, first byte (from the request to the answer's beginning); the total has"
            " the text, too, of which 1 MiB is read. A redirect is an answer, and where it leads is"
            " shown. A line of --file is a URL, which expect=2xx,401 may follow and, as the last,"
            " contains= and text to the line's end; # begins a comment. Services that are fine are"
            " one sentence; JSON and CSV have all, in the order given. User name and password in a"
            " URL are sent, and never shown, nor are the values of a query. No proxy is asked,"
            " whatever the environment says."
        ),
        examples=(
            "homelab service check https://nas.lan/ http://pi.lan:8080/admin",
            "homelab service check nas.lan pve1.lan:8006",
            "homelab service check --expect 200 --contains Welcome https://cloud.lan/",
            "homelab service check --file services.txt --ca-file /etc/ssl/lab-ca.pem",
        ),
        exits=(
            (0, "all answer as they should"),
            (1, "one does not, or its certificate ends soon"),
            (69, "of those that could be asked none is wrong, but one could not"),
        ),
        answers=CHECK_ANSWERS,
        network=True,
        core=True,
    ),
)
