"""The trail of a campaign: everything that was decided, narrowed, and as a file to keep."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from campaign.cells import BOM, csv_line
from campaign.errors import NotFoundError
from campaign.language import Language
from campaign.records import Role
from storage.people import list_accounts
from storage.stories import get_leads, get_stories
from storage.strategy import list_nodes
from storage.trail import (
    DecisionRecord,
    TrailFilter,
    find_trail,
    iter_trail,
    picture_rows,
    record_export,
    trail_actions,
)
from web.desk.answers import number
from web.desk.trail import Line, headline, lines, sentence, why
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

ACTORS = ("person", "rule", "job", "subscriber", "visitor")
FORMATS = ("csv", "jsonl")

#: A row of the file with its story's headline, "" where it is about none.
Titled = tuple[DecisionRecord, str]

#: So many rows are given their headlines at once.
_AT_ONCE = 500

_NAMES = ("person", "kind", "action", "story", "first", "last", "words")
_COLUMNS = (
    "at", "who", "kind", "what", "reason", "action", "campaign", "story", "title", "post", "picture", "issue", "about",
    "press", "undone",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A press, with where it leads: the issue (0: none), the account that it concerns ("": none)."""

    line: Line
    issue_id: int
    about: str
    in_house: bool


@router.get("/desk/log")
def log_at_desk(desk: AtDesk) -> Response:
    """Show the trail, narrowed as the address asks."""
    asked = read(desk.request.query_params)
    wanted = filters(desk, asked)
    page = find_trail(desk.store, wanted, before=number(desk.asked("before")))
    return desk.page(
        "desk/log.html",
        asked=asked,
        found=_lines(desk, page.lines),
        before=page.before,
        people=[(account.id, account.called) for account in list_accounts(desk.store)],
        kinds=[(name, desk.t(f"log.kinds.{name}")) for name in ACTORS],
        actions=_actions(desk, wanted),
        formats=FORMATS,
        back=desk.url("/desk/log", **asked).removeprefix(desk.view.base),
    )


@router.post("/desk/log/export")
def export_log(desk: AtDesk) -> Response:
    """Answer with the narrowed trail as a file, written as it is read; that it was taken is recorded first."""
    format_ = desk.form["format"]
    if format_ not in FORMATS:
        raise NotFoundError("page_missing")
    asked = read(desk.form)
    wanted = filters(desk, asked)
    record_export(desk.store, wanted, by=desk.actor, now=desk.now, format_=format_, facts=asked)
    nodes = {node.id: node.title for node in list_nodes(desk.store, desk.campaign.id)}
    rows = _titled(desk, iter_trail(desk.store, wanted))
    parts = as_csv(rows, desk.language, nodes) if format_ == "csv" else as_jsonl(rows, desk.language, nodes)
    name = f"historik-{desk.campaign.id}-{desk.now.astimezone(desk.language.zone):%Y-%m-%d}.{format_}"
    return StreamingResponse(
        (part.encode() for part in parts),
        media_type="text/csv; charset=utf-8" if format_ == "csv" else "application/jsonl; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def read(given: Mapping[str, str]) -> dict[str, str]:
    """Return what an address or a form asks for; what cannot be understood does not narrow."""
    asked = {name: (given.get(name) or "").strip()[:200] for name in _NAMES}
    asked |= {"first": _day(asked["first"]), "last": _day(asked["last"])}
    asked["kind"] = asked["kind"] if asked["kind"] in ACTORS else ""
    asked |= {name: asked[name] if number(asked[name]) is not None else "" for name in ("person", "story")}
    return {name: value for name, value in asked.items() if value}


def filters(desk: Desk, asked: Mapping[str, str]) -> TrailFilter:
    """Return what the storage is asked for; lines of the whole installation are for administrators of all of it."""
    zone = desk.settings.site.timezone
    return TrailFilter(
        campaign=desk.campaign.id,
        house=desk.may_everywhere(Role.ADMINISTRATOR),
        account_id=number(asked.get("person", "")),
        actor=asked.get("kind", ""),
        action=asked.get("action", ""),
        story_id=number(asked.get("story", "")),
        start=_midnight(asked.get("first", ""), zone),
        end=_midnight(asked.get("last", ""), zone, days=1),
        words=asked.get("words", ""),
    )


def as_csv(rows: Iterable[Titled], language: Language, nodes: Mapping[int, str]) -> Iterator[str]:
    """Yield a table that a Swedish Excel opens as one: byte order mark, semicolons, local times.

    A cell that a spreadsheet would take for a formula is made text.
    """
    yield BOM + csv_line(language.t(f"log.head.{column}") for column in _COLUMNS)
    for row, title in rows:
        yield csv_line(_row(row, title, language, nodes).values())


def as_jsonl(rows: Iterable[Titled], language: Language, nodes: Mapping[int, str]) -> Iterator[str]:
    """Yield one JSON object a row, its moment in UTC."""
    for row, title in rows:
        told: dict[str, object] = dict(_row(row, title, language, nodes))
        at = row.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        told |= {"at": at, "kind": row.actor, "undone": row.undone}
        told |= {"story": row.story_id, "post": row.post_id, "picture": row.media_id, "issue": row.issue_id}
        yield json.dumps(told, ensure_ascii=False) + "\n"


def _row(row: DecisionRecord, title: str, language: Language, nodes: Mapping[int, str]) -> dict[str, str]:
    return {
        "at": f"{row.at.astimezone(language.zone):%Y-%m-%d %H:%M:%S}",
        "who": row.who,
        "kind": language.t(f"log.kinds.{row.actor}") if language.has(f"log.kinds.{row.actor}") else row.actor,
        "what": sentence(row, language, nodes),
        "reason": why(row, language),
        "action": row.action,
        "campaign": row.campaign or "",
        "story": str(row.story_id or ""),
        "title": title,
        "post": str(row.post_id or ""),
        "picture": str(row.media_id or ""),
        "issue": str(row.issue_id or ""),
        "about": row.about,
        "press": row.group,
        "undone": language.t("log.head.yes") if row.undone else "",
    }


def _titled(desk: Desk, rows: Iterable[DecisionRecord]) -> Iterator[Titled]:
    """Yield rows with the headlines of their stories, as the desk shows them: of this campaign's stories alone."""
    left = iter(rows)
    while some := list(islice(left, _AT_ONCE)):
        ids = {row.story_id for row in some if row.story_id is not None and row.campaign == desk.campaign.id}
        leads = get_leads(desk.store, sorted(ids))
        titles = {story_id: headline(post, desk.language, most=60) for story_id, post in leads.items()}
        for row in some:
            yield row, titles.get(row.story_id or 0, "") if row.campaign == desk.campaign.id else ""


def _day(text: str) -> str:
    """Return a day as it is written in an address, "" for what is none that decisions can have."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return ""
    return found.isoformat() if 2000 <= found.year < 2200 else ""


def _midnight(day: str, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone).astimezone(UTC)


def _lines(desk: Desk, records: Iterable[DecisionRecord]) -> list[LogLine]:
    records = list(records)
    known = {record.group: record for record in records}
    groups = [record.group for record in records if record.media_id is not None]
    told = picture_rows(desk.store, groups, campaign=desk.campaign.id) if groups else []
    first = {record.id for record in records}
    nodes = {node.id: node.title for node in list_nodes(desk.store, desk.campaign.id)}
    ids = list(dict.fromkeys(record.story_id for record in records if record.story_id is not None))
    titles = {
        story.id: headline(story.lead, desk.language, most=60) for story in get_stories(desk.store, ids, public=False)
    }
    return [
        LogLine(
            line=replace(line, title=titles.get(line.story_id or 0, "")),
            issue_id=known[line.group].issue_id or 0,
            about=known[line.group].about,
            in_house=known[line.group].campaign is None,
        )
        for line in lines([*records, *(each for each in told if each.id not in first)], desk.language, nodes=nodes)
    ]


def _actions(desk: Desk, wanted: TrailFilter) -> list[tuple[str, str]]:
    """Return what can be chosen, each in the words of its lines without who did it and to what, by those words."""
    told = [(name, _plain(sentence(_bare(name), desk.language, {}))) for name in trail_actions(desk.store, wanted)]
    return sorted(told, key=lambda pair: pair[1].casefold())


def _plain(words: str) -> str:
    """Return a bare sentence as the name of a choice: "Skapade regeln" for "… skapade regeln ”…”"."""
    kept = " ".join(words.removeprefix("…").replace("”…”", "").replace("“…”", "").lstrip(": ").split())
    return kept[:1].upper() + kept[1:]


def _bare(action: str) -> DecisionRecord:
    return DecisionRecord(
        id=0, group="", at=datetime(2000, 1, 1, tzinfo=UTC), actor="person", who="…", action=action, reason="",
        story_id=None, facts={"name": "…", "flag": "…", "number": "…", "source": "…", "from": 0, "into": 0},
        undone=False, about="…",
    )  # fmt: skip
