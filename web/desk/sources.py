"""How the sources are: when each was last asked and will be next, what broke in plain words, where the gaps are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from campaign.errors import NotFoundError
from campaign.language import Explanation
from storage.sources import Gap, Health, list_gaps, list_health
from storage.tasks import add_task
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

#: Gaps older than this are history: the archive shows them.
_GAPS_SINCE = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source as the page shows it. ``state`` is "running", "paused", "failing", "waiting" or "fine"."""

    health: Health
    name: str
    kind: str
    asks: str
    state: str
    told: Explanation | None
    gaps: tuple[Gap, ...]


@router.get("/desk/sources")
def sources(desk: AtDesk) -> Response:
    """List every source, those that need somebody first."""
    gaps = list_gaps(desk.store, since=desk.now - _GAPS_SINCE)
    rows = [_row(desk, health, gaps) for health in list_health(desk.store, now=desk.now)]
    order = ("failing", "waiting", "paused", "running", "fine")
    rows.sort(key=lambda row: (order.index(row.state), row.name.casefold()))
    return desk.page("desk/sources.html", rows=rows)


@router.post("/desk/sources/{source_id}/collect")
def collect_now(desk: AtDesk, source_id: str) -> Response:
    """Ask for one source to be asked now; the schedule does it."""
    if source_id not in {health.id for health in list_health(desk.store, now=desk.now)}:
        raise NotFoundError("source_missing", source=source_id)
    add_task(desk.store, "collect", {"source": source_id}, now=desk.now, account_id=desk.account.id)
    return desk.go(desk.url("/desk/sources", said="asked") + f"#source-{source_id}")


def _row(desk: Desk, health: Health, gaps: list[Gap]) -> SourceRow:
    settings = desk.settings.sources.get(health.id)
    kind = f"kind.{health.kind}.title"
    return SourceRow(
        health=health,
        name=(settings.name if settings else "") or health.id,
        kind=desk.t(kind) if desk.language.has(kind) else health.kind,
        asks=_asks(settings.options if settings else {}),
        state=_state(health),
        told=desk.explain(health.error) if health.error is not None else None,
        gaps=tuple(gap for gap in gaps if gap.source_id == health.id and gap.to_at is not None),
    )


def _state(health: Health) -> str:
    if health.paused:
        return "paused"
    if health.error is not None:
        return "failing"
    if health.running:
        return "running"
    return "fine" if health.last_ok_at is not None else "waiting"


def _asks(options: dict[str, str | int | bool | tuple[str, ...]]) -> str:
    """Return where a source asks, as the configuration has it."""
    told = options.get("url") or options.get("server") or options.get("servers") or ""
    return ", ".join(told) if isinstance(told, tuple) else str(told)
