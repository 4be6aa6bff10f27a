"""What pages ask for and the schedule does, one function a kind of task; ``storage.tasks`` keeps the rows.

Each takes the house, the task and ``stopping``, and returns what the page is to show, as JSON. Raises SkordError for
what a person is told. A task can be repeated: a process that died in the middle leaves it queued.
"""

from __future__ import annotations

from collections.abc import Callable
from random import SystemRandom
from typing import Any

from campaign.credit import named
from campaign.errors import SkordError
from campaign.records import Candidate, Role
from skord.wiring import House
from storage.tasks import Task

Stopping = Callable[[], bool]

#: So many letters of a post are shown of what a source would give.
_SHOWN = 280


def collect(house: House, task: Task, stopping: Stopping) -> dict[str, Any]:
    """Ask the source of the payload now."""
    from collector.run import collect as run
    from skord.commands.collect import as_object

    results = run(
        house.store,
        house.fetcher,
        house.settings,
        sources=[str(task.payload["source"])],
        clock=house.clock,
        rng=SystemRandom(),
        stopping=stopping,
    )
    return {"results": [as_object(house, result) for result in results]}


def try_(house: House, task: Task, stopping: Stopping) -> dict[str, Any]:  # noqa: ARG001 - one page, and bounded
    """Ask the source of the payload once, store nothing, and tell of each entry what would become of it."""
    from collector.run import try_source
    from skord.commands.collect import told

    found = try_source(house.store, house.fetcher, house.settings, str(task.payload["source"]), clock=house.clock)
    language = house.language
    return {
        "error": told(house, found.error),
        "entries": [
            {
                "verdict": str(entry.verdict),
                "why": language.t(f"collect.skipped.{entry.reason}")
                if language.has(f"collect.skipped.{entry.reason}")
                else "",
                "author": named(entry.candidate, house.settings.sources.get(str(task.payload["source"]))),
                "at": language.moment(entry.candidate.published_at) if entry.candidate.published_at else "",
                "text": _beginning(entry.candidate),
            }
            for entry in found.entries[:100]
        ],
    }


def _beginning(candidate: Candidate) -> str:
    """Return the first words of a post, its title before them."""
    words = " ".join(": ".join(part for part in (candidate.title, candidate.text) if part).split())
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN].rsplit(' ', 1)[0]}…"


def link(house: House, task: Task, stopping: Stopping) -> dict[str, Any]:  # noqa: ARG001 - one page, and bounded
    """Look at the link of the payload and return what it tells of its post; nothing is stored."""
    from campaign.pasted import as_json
    from collector.links import look

    zone = house.settings.site.timezone
    return {"found": as_json(look(house.fetcher, str(task.payload["url"]), now=house.clock(), zone=zone))}


def refresh_indicator(house: House, task: Task, stopping: Stopping) -> dict[str, Any]:
    """Ask the source of the payload's ``indicator`` (its id) now."""
    from collector.indicators.refresh import refresh
    from skord.commands.indicator import as_object

    results = refresh(
        house.store,
        house.fetcher,
        house.settings,
        indicators=[int(task.payload["indicator"])],
        clock=house.clock,
        rng=SystemRandom(),
        stopping=stopping,
    )
    return {"results": [as_object(house, result) for result in results]}


def export(house: House, task: Task, stopping: Stopping) -> dict[str, Any]:
    """Take out what the payload asks for, into the folder of exports."""
    from skord.exports.order import FORMATS, Order, carry_out
    from storage.people import get_account
    from storage.store import Actor
    from storage.tasks import report_progress
    from web.desk.exports import folder

    told = task.payload
    who = get_account(house.store, int(told["account"]))
    order = Order(
        format=str(told["format"]), campaign=task.campaign, asked=told["asked"], inner=bool(told["inner"]),
        reason=str(told["reason"]), house=who.may(Role.ADMINISTRATOR),
    )  # fmt: skip
    place = folder(house.settings.storage.media)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    day = f"{house.clock().astimezone(house.settings.site.timezone):%Y-%m-%d}"
    name = f"skord-{task.campaign}-{day}-{task.id}.{FORMATS[order.format].ending}"

    def progress(done: int, total: int) -> None:
        if done:
            report_progress(house.store, task.id, done, total)

    made = carry_out(
        house, order, place / name, by=Actor(kind="person", account_id=who.id), who=who.called, progress=progress,
        stopping=stopping, kept_as=name,
    )  # fmt: skip
    return {"export": made.number}


TASKS: dict[str, Callable[[House, Task, Stopping], dict[str, Any]]] = {
    "collect": collect,
    "export": export,
    "link": link,
    "refresh_indicator": refresh_indicator,
    "try": try_,
}


def do(house: House, task: Task, stopping: Stopping) -> dict[str, Any]:
    """Do one task and return its result. Raises SkordError ``task_unknown``, and what the task itself raises."""
    if task.kind not in TASKS:
        raise SkordError("task_unknown", kind=task.kind)
    return TASKS[task.kind](house, task, stopping)
