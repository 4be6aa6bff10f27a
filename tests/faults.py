"""How networks fail: what every network file must survive, each as a route of a server on loopback.

``FAULTS`` is meant for ``pytest.mark.parametrize``: each fault says what the server does instead of answering, and the
names that the error may carry. A network may have its own, better name for a refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from conftest import NOW
from servers import Reply, Route, drip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to fail. ``keys`` are the general names of the error; ``refusal`` that the network may name it itself.

    ``retry_at`` is when the server wants to be asked again, None where it did not say.
    """

    name: str
    make: Callable[[], Route]
    keys: frozenset[str]
    refusal: bool = False
    retry_at: datetime | None = None

    def __str__(self) -> str:
        return self.name


def _reply(status: int, body: str, kind: str = "application/json", **headers: str) -> Callable[[], Route]:
    return lambda: Reply(
        status=status,
        body=body.encode(),
        headers={"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}},
    )


_LATER = NOW + timedelta(minutes=10)
_PAGE = "<!doctype html><html><head><title>Access denied</title></head><body>Checking your browser</body></html>"


def _cut() -> Route:
    return Reply(status=200, body=b'{"data": [{"id": "1", "tex', headers={"Content-Type": "application/json"})


def _short() -> Route:
    """Fewer bytes than were promised, then the line goes dead."""
    return Reply(
        status=200,
        headers={"Content-Type": "application/json", "Content-Length": "5000"},
        chunks=iter([b'{"data": [']),
    )


def _drips() -> Route:
    return Reply(status=200, headers={"Content-Type": "application/json"}, chunks=drip(b" " * 10_000, 0.05))


FAULTS: tuple[Fault, ...] = (
    Fault(
        name="401", make=_reply(401, '{"error": "unauthorized"}'), keys=frozenset({"http_unauthorized"}), refusal=True
    ),
    Fault(name="403", make=_reply(403, '{"error": "forbidden"}'), keys=frozenset({"http_forbidden"}), refusal=True),
    Fault(
        name="400 in plain text",
        make=_reply(400, "Invalid Bearer token", "text/plain"),
        keys=frozenset({"http_client"}),
        refusal=True,
    ),
    Fault(
        name="429 with seconds",
        make=_reply(429, '{"error": "Too many requests"}', Retry_After="600"),
        keys=frozenset({"http_too_many"}),
        refusal=True,
        retry_at=_LATER,
    ),
    Fault(
        name="429 with a date",
        make=_reply(429, "slow down", "text/plain", Retry_After=format_datetime(_LATER, usegmt=True)),
        keys=frozenset({"http_too_many"}),
        refusal=True,
        retry_at=_LATER,
    ),
    Fault(name="500", make=_reply(500, "oops", "text/plain"), keys=frozenset({"http_server"})),
    Fault(name="503", make=_reply(503, _PAGE, "text/html"), keys=frozenset({"http_server"})),
    Fault(name="HTML instead of JSON", make=_reply(200, _PAGE, "text/html"), keys=frozenset({"not_json"})),
    Fault(name="403 as HTML", make=_reply(403, _PAGE, "text/html"), keys=frozenset({"http_forbidden"}), refusal=True),
    Fault(name="truncated JSON", make=_cut, keys=frozenset({"not_json"})),
    Fault(name="connection cut", make=_short, keys=frozenset({"cut_off", "bad_answer", "not_json"})),
    Fault(name="slow drip", make=_drips, keys=frozenset({"dripped", "timed_out"})),
    Fault(
        name="another shape",
        make=_reply(200, '[[null, 3, {"x": ["y"]}], "text", 7]'),
        keys=frozenset({"answer_odd"}),
        refusal=True,
    ),
)
"""Ask with a short ``total`` (``FetchSettings(total=timedelta(seconds=0.5))``), or the drip is slow indeed."""
