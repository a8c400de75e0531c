"""The steps of `usage doctor`: their rows, and the steps up to the first request (settings, name
lookup, connect, TLS)."""

from __future__ import annotations

import time

from homelab import times
from homelab.errors import Failure
from homelab.loki import diagnosis
from homelab.loki.configured import configured
from homelab.loki.deadline import Deadline
from homelab.net import connect, failures
from homelab.net.trust import unverified
from homelab.system import paths
from homelab.telemetry import sinks
from homelab.telemetry.sender import REQUEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from homelab.context import Context
    from homelab.loki.client import Loki
    from homelab.output.answer import Cell
    from homelab.settings import Value

STEPS = (
    "settings",
    "name lookup",
    "connect",
    "TLS",
    "route",
    "auth",
    "push",
    "read back",
    "clock",
    "limits",
)
OK, FAIL, SKIPPED = "ok", "FAIL", "skipped"
WHOLE = 28.0  # s
LOOKUP = CONNECT = TLS = 5.0  # s
_RENEW = 14 * times.DAY


class OutOfTime(Exception):
    """The time for all steps is over."""


class Steps:
    """The outcome of each step. A step without one was not reached, and its row says so."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[str, str]] = {}
        self._end = time.monotonic() + WHOLE
        self.unreached = ""
        self.spent: dict[str, float] = {}  # s, spent on things that the sender does as well

    def tell(self, step: str, state: str, detail: str) -> None:
        """Note the outcome of a step."""
        self._told[step] = (state, detail)

    def left(self, seconds: float) -> float:
        """This many seconds, or fewer if the whole run has fewer left. Raises OutOfTime below 0.5
        s."""
        left = self._end - time.monotonic()
        if left < 0.5:
            raise OutOfTime
        return min(seconds, left)

    def stop(self) -> None:
        """Fail the first step without an outcome: the time is up."""
        step = next((step for step in STEPS if step not in self._told), STEPS[-1])
        self.tell(step, FAIL, f"not reached within {WHOLE:.0f} s; fix the slow step before it")

    def rows(self) -> list[tuple[Cell, ...]]:
        """The (state, step, detail) of every step."""
        rows: list[tuple[Cell, ...]] = []
        failed = ""
        for step in STEPS:
            why = self.unreached or f"after {failed} failed"
            state, detail = self._told.get(step, (SKIPPED, why))
            failed = step if state == FAIL else failed
            rows.append((state, step, detail))
        return rows


def reach(context: Context, steps: Steps) -> Loki | None:
    """The Loki to send requests to, after the steps up to the first request; None if a step failed
    or no Loki is configured."""
    loki = _settings(context, steps)
    if loki is None:
        return None
    found = _look_up(loki, steps)
    place = _connect(loki, steps, found) if found else None
    if place is None:
        return None
    # the address that was reached, so that the name is not looked up again, which has no time limit
    loki.address.dial = (str(place), loki.address.dial[1])
    return loki if _tls(context, loki, steps, place) else None


def credentials(context: Context, loki: Loki) -> str:
    """The credentials that requests have, in words; "" if there are none."""
    found = [loki.sent.who] if loki.sent.who else []
    if context.settings.text("loki.client_cert_file"):
        found.append("a client certificate")
    return " and ".join(found)


def _settings(context: Context, steps: Steps) -> Loki | None:
    settings = context.settings
    try:
        ignored = settings.refused()
        if ignored:
            steps.tell("settings", FAIL, ignored)
            return None
        sink = sinks.chosen(settings)
        url, lb, tenant = (settings.value(f"loki.{name}") for name in ("url", "lb", "tenant"))
        if sink.setting == "loki.url":
            loki = configured(settings)
            parts = [loki.address.shown]
            parts += [f"through {lb.text}"] if lb.text else []
            parts += [f"tenant {tenant.text}"] if tenant.text else []
            given = credentials(context, loki)
            parts += [f"with {given}"] if given else []
            steps.tell("settings", OK, f"{', '.join(parts)} ({_origins(url, lb, tenant)})")
            return loki
    except Failure as failure:
        steps.tell("settings", FAIL, failure.sentence)
        return None
    folder = paths.state(context.env)
    place, trouble = sink.writer().place(settings, folder), sink.writer().trouble(folder)
    if lb.text:
        what = f"loki.lb is set ({lb.origin}) and loki.url is not, so no Loki is configured"
        steps.tell("settings", FAIL, f"{what}; set loki.url to the name that it routes")
    elif not place:
        what = f"no Loki is configured, and there is no home directory to keep a {sink.name} in"
        steps.tell("settings", FAIL, f"{what}; set HOMELAB_LOKI_URL, or HOME")
    elif trouble:
        steps.tell("settings", FAIL, trouble)
    else:
        kept = f"runs are kept in the {sink.name} {place}"
        steps.tell("settings", OK, f"no Loki is configured: {kept}")
        steps.unreached = "no Loki is configured"
    return None


def _origins(*values: Value) -> str:
    """Where settings are set: each variable, and each file once."""
    places = (
        value.origin.rpartition(":")[0] if value.source in ("user", "system") else value.origin
        for value in values
        if value.text
    )
    return ", ".join(dict.fromkeys(places))


def _look_up(loki: Loki, steps: Steps) -> list[connect.SocketAddress] | None:
    host = loki.address.dial[0]
    begun = time.monotonic()
    try:
        found = connect.look_up(loki.address.dial, steps.left(LOOKUP))
    except TimeoutError:
        why = f"no answer for {host} within {LOOKUP:.0f} s; fix this host's DNS (resolv.conf)"
        steps.tell("name lookup", FAIL, f"{why}, or set loki.lb to an address")
        return None
    except OSError as error:
        whose = "loki.lb" if loki.address.dialled else "loki.url"
        what = f"{host} can't be looked up ({error.strerror or error}); check {whose} and"
        steps.tell("name lookup", FAIL, f"{what} this host's DNS, or set loki.lb to an address")
        return None
    if connect.is_address(host):
        whose = "loki.lb is" if loki.address.dialled else "loki.url has"
        steps.tell("name lookup", SKIPPED, f"not needed: {whose} an address")
    else:
        took = steps.spent["name lookup"] = time.monotonic() - begun
        steps.tell("name lookup", OK, f"{host} is {_listed(found)}, in {spoken(took)}")
    return found


def _connect(
    loki: Loki, steps: Steps, found: list[connect.SocketAddress]
) -> connect.SocketAddress | None:
    port = loki.address.dial[1]
    begun = time.monotonic()
    try:
        connection, place = connect.connect(found, steps.left(CONNECT))
    except OSError as error:
        why = diagnosis.without(loki.address, diagnosis.of_error(loki.address, error, loki.sent))
        steps.tell("connect", FAIL, f"{_listed(found)}, port {port}: {why}")
        return None
    connection.close()
    took = time.monotonic() - begun
    before = found[: found.index(place)]
    detail = f"{place}, port {port}, in {spoken(took)}"
    if not before:
        steps.tell("connect", OK, detail)
    elif took < REQUEST / 2:
        steps.tell("connect", OK, f"{detail}, after {_listed(before)} did not accept it")
    else:
        what = f"{detail}: {_listed(before)} was tried first, and counting has {REQUEST} s in all"
        steps.tell("connect", FAIL, f"{what}; set loki.lb to {place}, or fix the name's addresses")
    return place


def _tls(context: Context, loki: Loki, steps: Steps, place: connect.SocketAddress) -> bool:
    trust, address = loki.trust, loki.address
    if trust is None:
        detail = "not needed: loki.url is http"
        if loki.sent.who and not _is_loopback(place):
            whose = loki.sent.secret.partition(" in ")[0].removeprefix("the ")
            detail = f"loki.url is http: the {whose} goes unencrypted to {place}; use https"
        steps.tell("TLS", SKIPPED, detail)
        return True
    advice = "check that this port speaks https"
    try:
        with Deadline(steps.left(TLS), str(address), advice):
            connection, _ = connect.connect([place], WHOLE)
            shown = connect.handshake(connection, trust, address.name)
    except (OSError, Failure) as error:
        failure = (
            error if isinstance(error, Failure) else diagnosis.of_error(address, error, loki.sent)
        )
        why = diagnosis.without(address, failure)
        network = failures.of(error)
        if isinstance(network, failures.NameMismatch):
            why += _names(loki, steps, place)
        elif type(network) is failures.CertificateRefused:
            why += _issuers(loki, steps, place)
        steps.tell("TLS", FAIL, why)
        return False
    rest = shown.until - context.clock()
    days = rest // times.DAY
    until = times.local(shown.until)[:10]
    lasts = f"{days} {'day' if days == 1 else 'days'} left (until {until})"
    renew = "; renew it" if rest < _RENEW else ""
    detail = f"{shown.version}, certificate for {address.name} by {shown.issuer}, {lasts}{renew}"
    steps.tell("TLS", OK, detail)
    return True


def _is_loopback(place: connect.SocketAddress) -> bool:
    return str(place).startswith("127.") or str(place) == "::1"


def _names(loki: Loki, steps: Steps, place: connect.SocketAddress) -> str:
    """The names in the certificate, to append to a sentence; "" if they can't be read."""
    try:
        with Deadline(steps.left(TLS), ""):
            connection, _ = connect.connect([place], WHOLE)
            assert loki.trust
            found = connect.names_in_certificate(connection, loki.trust, loki.address.name)
    except (OSError, Failure):
        return ""
    shown = ", ".join(name for name in found[:5] if name.isprintable())
    return f" (it is for {shown})" if shown else ""


def _issuers(loki: Loki, steps: Steps, place: connect.SocketAddress) -> str:
    """The issuer of the server's certificate, and the CAs of loki.ca_file, to append to a sentence;
    "" if they can't be read."""
    from homelab.certificates import der, x509  # late: most Lokis have a certificate that fits

    try:
        with Deadline(steps.left(TLS), ""):
            connection, _ = connect.connect([place], WHOLE)
            sent = connect.certificate(connection, unverified(), loki.address.name)
        shown = f"; {x509.read(sent).issuer} issued it"
        if not loki.sent.ca or not loki.trust:
            return shown
        held = [str(x509.read(ca).subject) for ca in loki.trust.get_ca_certs(binary_form=True)]
        return f"{shown}, and that file holds {'; '.join(held[:3])}"
    except (OSError, Failure, der.Malformed):
        return ""


def spoken(seconds: float) -> str:
    """A short time for people: `4 ms`, `1.2 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _listed(found: list[connect.SocketAddress]) -> str:
    return ", ".join(dict.fromkeys(map(str, found)))
