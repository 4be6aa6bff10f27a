"""Taking the archive out at the desk: what, how much, asked for as a task; and what was taken out before.

The file is made outside (``skord.exports``), lies in the folder of exports for a while, and is handed to who has just
proved who they are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import FileResponse, Response

from campaign.errors import InputError, NotFoundError, SkordError
from campaign.exported import named_node
from campaign.places import offer
from campaign.records import Role
from storage.exporting import count_stories
from storage.exports import Export, exports_with, get_export, list_exports
from storage.spans import totals
from storage.strategy import list_nodes
from storage.tasks import Task, add_task, get_task
from web.desk.answers import number
from web.desk.visit import AtDesk, Desk, DeskRoute
from web.public.asked import asked_from, wanted_from
from web.public.place_counts import alphabetical

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, InPath(ge=1, le=2**31 - 1)]

FORMATS = ("csv", "jsonl", "package", "html")
_FIELDS = ("q", "year", "area", "network", "place", "from")
_MOST_COUNTED = 100_000
_FILE = re.compile(r"[a-z0-9_-]{1,120}\.(?:csv|jsonl|zip)")


def folder(media: Path) -> Path:
    """Return where exports lie: beside the pictures, never among them."""
    return media.parent / "exports"


@router.get("/desk/export")
def exports(desk: AtDesk) -> Response:
    """Show what can be taken out, how many stories a choice has, how a task goes, and what was taken out before."""
    return _page(desk, {name: desk.asked(name)[:200] for name in _FIELDS}, inner=desk.asked("inner") == "yes")


@router.post("/desk/export")
def ask(desk: AtDesk) -> Response:
    """Have an export made, or its stories counted. What is not published leaves with a reason and after proof."""
    asked = {name: desk.form[name].strip()[:200] for name in _FIELDS}
    inner, reason = desk.form["inner"] == "yes", desk.form["reason"].strip()[:500]
    format_ = desk.form["format"]
    if desk.form["see"]:
        told: dict[str, str | int | None] = {**_given(asked), "inner": "yes" if inner else None, "format": format_}
        return desk.go(desk.url("/desk/export", **told))
    if format_ not in FORMATS:
        raise NotFoundError("page_missing")
    try:
        _count(desk, asked, inner=inner)
        if inner and format_ == "html":
            raise InputError("format", "export_public")
        if inner and not reason:
            raise InputError("reason", "export_reason")
    except InputError as problem:
        return _page(desk, asked, inner=inner, format_=format_, problem=problem)
    if inner:
        desk.prove()
    order = {"format": format_, "asked": _given(asked), "inner": inner, "reason": reason, "account": desk.account.id}
    task = add_task(desk.store, "export", order, now=desk.now, account_id=desk.account.id, campaign=desk.campaign.id)
    kept: dict[str, str | int | None] = {**_given(asked), "inner": "yes" if inner else None, "format": format_}
    return desk.go(desk.url("/desk/export", **kept, task=task))


@router.get("/desk/export/{export_id}/file")
def file(desk: AtDesk, export_id: Id) -> Response:
    """Hand out a finished file to who has just proved who they are; what is not public to who took it out alone."""
    desk.prove()
    found = get_export(desk.store, export_id)
    of = found.campaign
    may = desk.may_everywhere(Role.EDITOR) if of is None else desk.account.may(Role.EDITOR, of)
    # With a reason it left for one person, whom the trail names: another takes out their own.
    may = may and (not found.inner or found.account_id == desk.account.id)
    path = folder(desk.settings.storage.media) / found.file
    if not may or not _FILE.fullmatch(found.file) or not path.is_file():
        raise NotFoundError("export_missing")
    return FileResponse(
        path, media_type="application/octet-stream", filename=found.file, headers={"Cache-Control": "no-store"}
    )


def _page(
    desk: Desk, asked: dict[str, str], *, inner: bool, format_: str = "", problem: InputError | None = None
) -> Response:
    count, wrong = 0, {}
    if problem is None:
        try:
            count = _count(desk, asked, inner=inner)
        except InputError as found:
            problem = found
    if problem is not None:
        told = desk.explain(problem)
        wrong[problem.field] = f"{told.what} {told.do}".strip()
    task = _task(desk)
    story = number(desk.asked("story"))
    listed = list_exports(desk.store, desk.campaign.id)
    if story is not None:
        listed = exports_with(desk.store, desk.campaign.id, story)
    return desk.page(
        "desk/exports.html",
        status=422 if wrong else 200,
        asked=asked,
        inner=inner,
        format_=format_ or desk.asked("format") or FORMATS[0],
        reason=desk.form["reason"] if problem else "",
        formats=FORMATS,
        count=count,
        most=_MOST_COUNTED,
        wrong=wrong,
        task=task,
        failed=_failed(desk, task),
        made=next((each for each in listed if task and task.result and each.id == task.result.get("export")), None),
        listed=listed,
        story=story,
        choice=lambda each: _choice(desk, each),
        poll=desk.url("/desk/export", **_given(asked), task=task.id) if task else "",
        nodes=_nodes(desk),
        places=_places(desk, asked["place"], inner=inner),
        sources=_sources(desk),
        keep_days=desk.settings.export.keep.days,
    )


def _given(asked: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in asked.items() if value}


def _count(desk: Desk, asked: dict[str, str], *, inner: bool) -> int:
    """Return how many stories a choice has. InputError ``export_query`` for what cannot be."""
    try:
        wanted = wanted_from(desk.settings, desk.store, desk.campaign, asked_from(_given(asked)))
    except NotFoundError as problem:
        raise InputError("year" if asked["year"] else "q", "export_query", name=urlencode(_given(asked))) from problem
    return count_stories(desk.store, desk.campaign.id, wanted, inner=inner, most=_MOST_COUNTED)


def _nodes(desk: Desk) -> list[tuple[str, str]]:
    return [(node.code, named_node(node.code, node.title)) for node in list_nodes(desk.store, desk.campaign.id)]


def _places(desk: Desk, chosen: str, *, inner: bool) -> list[tuple[str, str]]:
    """Return the places that have stories, in themselves or in what lies in them, by name.

    Where more than the public is asked for they are all there: what waits or is hidden is counted nowhere.
    """
    known = offer(desk.campaign.places)
    sets = totals(desk.store, desk.campaign.id).get("place", {})
    told = {place for each in sets for place in each.split("+")}
    found = [
        (each.id, known.register.label(each))
        for each in known.places
        if inner or each.id == chosen or not told.isdisjoint(known.register.below(each.id))
    ]
    return sorted(found, key=lambda pair: alphabetical(pair[1]))


def _sources(desk: Desk) -> list[tuple[str, str]]:
    own = [each for each in desk.settings.sources.values() if desk.campaign.id in each.campaigns]
    return sorted(((each.id, each.name or each.id) for each in own), key=lambda pair: alphabetical(pair[1]))


def _choice(desk: Desk, export: Export) -> str:
    """Return what an export was narrowed to, in words."""
    named = {"area": dict(_nodes(desk)), "place": dict(_places(desk, "", inner=True)), "from": dict(_sources(desk))}
    return ", ".join(
        f"{desk.t(f'export.field.{name}')}: {named.get(name, {}).get(value, value)}"
        for name, value in export.asked.items()
    )


def _task(desk: Desk) -> Task | None:
    """Return the task that the address names, where it is an export of this campaign."""
    asked = number(desk.asked("task"))
    if asked is None:
        return None
    try:
        found = get_task(desk.store, asked)
    except NotFoundError:
        return None
    return found if found.kind == "export" and found.campaign == desk.campaign.id else None


def _failed(desk: Desk, task: Task | None) -> object:
    if task is None or task.error is None:
        return None
    return desk.explain(SkordError(task.error["key"], **task.error["facts"]))
