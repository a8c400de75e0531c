"""The table of fuzz targets, and which pure modules need none because nobody else writes what they
take."""

from __future__ import annotations

from fuzz import (
    of_catalogue,
    of_certificates,
    of_host,
    of_listings,
    of_loki,
    of_network,
    of_output,
    of_releases,
    of_telemetry,
)
from fuzz.target import Target

TARGETS: tuple[Target, ...] = (
    *of_certificates.TARGETS,
    *of_network.TARGETS,
    *of_host.TARGETS,
    *of_loki.TARGETS,
    *of_telemetry.TARGETS,
    *of_catalogue.TARGETS,
    *of_listings.TARGETS,
    *of_output.TARGETS,
    *of_releases.TARGETS,
)
BY_NAME = {target.name: target for target in TARGETS}

# Pure modules without a target of their own: by the target that runs them, or "" for those that
# take nothing but our own values.
WITHOUT = {
    "errors": "", "findings": "", "spec": "", "verbs": "", "certificates.algorithms": "",
    "describe.known_words": "", "describe.shell_completion": "", "dropins.dropin": "",
    "dropins.template": "",
    "dropins.file_words": "dropins.header",
    "dropins.programs": "dropins.header",
    "dropins.usage_line": "dropins.header",
    "dropins.verb_file": "dropins.own_help",
    "logs.time_steps": "", "net.failures": "",
    "telemetry.vocabulary": "", "usage.day_tiles": "", "usage.grafana": "",
    "usage.outcome": "", "usage.release": "",
    "certificates.judge": "certificates.x509",
    "containers.judge": "containers.container",
    "describe.candidates": "catalogue.arguments",
    "describe.help": "dropins.header",
    "describe.manpage": "dropins.header",
    "describe.opencli": "dropins.header",
    "jobs.notify": "jobs.web_request:address",
    "jobs.switch": "jobs.web_request:address",
    "net.web_page": "jobs.web_request:answer",
    "logs.levels": "logs.similar",
    "net.body_text": "net.http",
    "net.cookies": "net.http",
    "logs.rendering": "loki.answer_shape",
    "logs.seen": "loki.answer_shape",
    "loki.answer_size": "net.bounded_json",
    "loki.diagnosis": "loki.refusals",
    "loki.halving": "loki.answer_shape",
    "mcp.find_and_run": "mcp.protocol",
    "mcp.tools": "mcp.protocol",
    "mcp.values": "mcp.protocol",
    "output.answer": "output",
    "output.as_text": "output",
    "output.colours": "",
    "output.columns": "output",
    "output.document": "output",
    "output.separated": "output",
    "usage.counts": "loki.answer_shape",
    "usage.decisions": "loki.answer_shape",
    "usage.evidence": "loki.answer_shape",
    "usage.few": "loki.answer_shape",
    "usage.merge": "usage.release_file",
    "usage.report": "loki.answer_shape",
    "usage.top": "loki.answer_shape",
    "usage.trend": "loki.answer_shape",
    "usage.by_hand": "loki.answer_shape",
    "usage.wilson": "loki.answer_shape",
    "usage.loki_queries": "loki.answer_shape",
}  # fmt: skip
