"""How the sources are: those that need somebody first, and everything about one.

A source is asked and tried outside, as a task; its page shows how far that has come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from campaign.channels import spaced
from campaign.errors import NotFoundError, SkordError
from campaign.kinds import KINDS, Way
from campaign.language import Explanation
from campaign.settings import SourceSettings
from storage.rechecks import list_doubted
from storage.runs import Run, list_runs
from storage.sources import Gap, Health, list_gaps, list_health
from storage.tasks import Task, add_task, get_task
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

#: Gaps older than this are history: the archive shows them.
_GAPS_SINCE = timedelta(days=60)

#: A token that ends within this time is told of while there is time to renew it.
TOKEN_SOON = timedelta(days=14)

#: So many sources with one and the same trouble are told of once.
_MANY = 3

#: So many of the posts that a source says are gone are named on its page.
_SOME = 10

_TASKS = {"collect", "try"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source as a page shows it. ``state`` is "running", "paused", "failing", "waiting", "brought" or "fine".

    ``token_days`` are the days until its token ends, None where it does not soon; ``spent`` names the allowances
    that are used up; ``needs_somebody`` says that a person must act, or look.
    """

    health: Health
    name: str
    kind: str
    asks: str
    state: str
    told: Explanation | None
    beside: tuple[Explanation, ...]
    gaps: tuple[Gap, ...]
    token_days: int | None
    spent: tuple[str, ...]

    @property
    def needs_somebody(self) -> bool:
        """Whether it stands at the top of the page."""
        return self.state == "failing" or self.token_days is not None or bool(self.beside) or self.health.doubted > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """How far the past is read: ``share`` of the way in percent, None where nobody knows how far it goes."""

    reached: datetime
    share: int | None


@router.get("/desk/sources")
def sources(desk: AtDesk) -> Response:
    """List the sources of the campaigns that the person sees, those that need somebody first."""
    gaps = list_gaps(desk.store, since=desk.now - _GAPS_SINCE)
    found = [health for health in list_health(desk.store, now=desk.now) if desk.sees(health.campaigns)]
    rows = [_row(desk, health, gaps) for health in found]
    rows.sort(key=lambda row: row.name.casefold())
    needing = [row for row in rows if row.needs_somebody]
    shared, alone = _shared(needing)
    return desk.page(
        "desk/sources.html",
        needing=needing,
        shared=shared,
        alone=alone,
        rows=[row for row in rows if not row.needs_somebody],
        total=len(rows),
    )


@router.get("/desk/sources/{source_id}")
def one(desk: AtDesk, source_id: str) -> Response:
    """Show everything about one source, and what a task about it is doing."""
    health = _find(desk, source_id)
    row = _row(desk, health, list_gaps(desk.store, since=desk.now - _GAPS_SINCE))
    settings = desk.settings.sources.get(source_id)
    task = _task(desk, source_id)
    return desk.page(
        "desk/source.html",
        row=row,
        settings=settings,
        doubted=list_doubted(desk.store, source_id, limit=_SOME) if health.doubted else [],
        options=_options(desk, settings),
        every=spaced(health.interval, desk.language) if health.interval else "",
        filling=_filling(health, desk.now),
        runs=list_runs(desk.store, source_id),
        why=lambda run: _why(desk, run),
        explain=desk.explain,
        task=task,
        failed=_failed(desk, task),
    )


@router.post("/desk/sources/{source_id}/collect")
def collect_now(desk: AtDesk, source_id: str) -> Response:
    """Ask for one source to be asked now; the schedule does it."""
    return _begin(desk, source_id, "collect")


@router.post("/desk/sources/{source_id}/try")
def try_now(desk: AtDesk, source_id: str) -> Response:
    """Ask for one source to be tried: what it gives is shown with the verdict on each, and nothing is stored."""
    return _begin(desk, source_id, "try")


def _shared(needing: list[SourceRow]) -> tuple[list[list[SourceRow]], list[SourceRow]]:
    """Return the troubles that three sources or more have in common, and the sources whose trouble is their own."""
    by_words: dict[str, list[SourceRow]] = {}
    for row in needing:
        if row.told is not None and row.token_days is None:
            by_words.setdefault(str(row.told), []).append(row)
    shared = [rows for rows in by_words.values() if len(rows) >= _MANY]
    told = {row.health.id for rows in shared for row in rows}
    return shared, [row for row in needing if row.health.id not in told]


def _begin(desk: Desk, source_id: str, kind: str) -> Response:
    _find(desk, source_id)
    number = add_task(desk.store, kind, {"source": source_id}, now=desk.now, account_id=desk.account.id)
    return desk.go(desk.url(f"/desk/sources/{source_id}", task=number))


def _find(desk: Desk, source_id: str) -> Health:
    for health in list_health(desk.store, now=desk.now):
        if health.id == source_id:
            return health
    raise NotFoundError("source_missing", source=source_id)


def _task(desk: Desk, source_id: str) -> Task | None:
    """Return the task that the address names, where it is about this source."""
    asked = desk.asked("task")
    if not asked.isdecimal() or len(asked) > 18:
        return None
    try:
        found = get_task(desk.store, int(asked))
    except NotFoundError:
        return None
    return found if found.kind in _TASKS and found.payload.get("source") == source_id else None


def _failed(desk: Desk, task: Task | None) -> Explanation | None:
    if task is None or task.error is None:
        return None
    return desk.explain(SkordError(task.error["key"], **task.error["facts"]))


def _row(desk: Desk, health: Health, gaps: list[Gap]) -> SourceRow:
    settings = desk.settings.sources.get(health.id)
    kind = f"kind.{health.kind}.title"
    ends = health.token_expires_at
    return SourceRow(
        health=health,
        name=(settings.name if settings else "") or health.id,
        kind=desk.t(kind) if desk.language.has(kind) else health.kind,
        asks=_asks(settings.options if settings else {}),
        state=_state(health),
        told=desk.explain(health.error) if health.error is not None and _is_failing(health) else None,
        beside=tuple(desk.explain(error) for error in _beside(health)),
        gaps=tuple(gap for gap in gaps if gap.source_id == health.id and gap.to_at is not None),
        token_days=max(0, (ends - desk.now).days) if ends is not None and ends - desk.now < TOKEN_SOON else None,
        spent=tuple(quota.name for quota in health.quotas if quota.used is not None and quota.used >= quota.limit),
    )


def _is_failing(health: Health) -> bool:
    """Return whether the last run gave nothing at all; one of several servers may fail beside a good run."""
    return health.error is not None and health.failures > 0


def _beside(health: Health) -> list[SkordError]:
    told = [health.error] if health.error is not None and not _is_failing(health) else []
    return [*told, *health.beside]


def _state(health: Health) -> str:
    if health.kind in KINDS and KINDS[health.kind].way is Way.BROUGHT:
        return "brought"
    if health.paused:
        return "paused"
    if _is_failing(health):
        return "failing"
    if health.running:
        return "running"
    return "fine" if health.last_ok_at is not None else "waiting"


def _filling(health: Health, now: datetime) -> Filling | None:
    found = health.filled
    if found is None or found.done:
        return None
    if found.goal is None or found.goal >= now:
        return Filling(reached=found.reached, share=None)
    share = (now - found.reached) / (now - found.goal)
    return Filling(reached=found.reached, share=round(100 * min(1.0, max(0.0, share))))


def _why(desk: Desk, run: Run) -> str:
    """Return why posts of a run were passed over, in words."""
    return ", ".join(
        f"{desk.language.number(count)} {desk.t(f'collect.skipped.{reason}')}"
        for reason, count in sorted(run.skipped_why.items(), key=lambda each: -each[1])
        if desk.language.has(f"collect.skipped.{reason}")
    )


def _options(desk: Desk, settings: SourceSettings | None) -> list[tuple[str, str]]:
    """Return what the configuration says of a source, in words."""
    if settings is None:
        return []
    told: list[tuple[str, Any]] = [
        (f"kind.{settings.kind}.option.{name}", value) for name, value in settings.options.items()
    ]
    return [
        (desk.t(key) if desk.language.has(key) else key.rpartition(".")[2], _shown(desk, value)) for key, value in told
    ]


def _shown(desk: Desk, value: Any) -> str:
    if isinstance(value, bool):
        return desk.t("desk.source.yes" if value else "desk.source.no")
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _asks(options: dict[str, str | int | bool | tuple[str, ...]]) -> str:
    """Return where a source asks, as the configuration has it."""
    names = (
        "url",
        "server",
        "servers",
        "channels",
        "account",
        "pages",
        "accounts",
        "identifier",
        "host",
        "room",
        "query",
    )
    told = next((options[name] for name in names if options.get(name)), "")
    return ", ".join(told) if isinstance(told, tuple) else str(told)
