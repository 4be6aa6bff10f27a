"""The trail: who decided what about which story, when and why. Read here, written by ``storage.deciding``.

``trail`` is what a story's page and the queue tell; ``find_trail`` and ``iter_trail`` go through all of it, narrowed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, and_, insert, or_, select

from storage import schema
from storage.store import Actor, Store

_POST = schema.post.c
_STORY = schema.story.c
_DECISION = schema.decision.c


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """One line of the trail. ``who`` is an account's display name, "" for rules, jobs and visitors.

    ``undoable`` says that it can still be taken back, unless somebody has decided on the same again since. ``about``
    is the account that a line concerns, by its name, "" for a line that concerns none.
    """

    id: int
    group: str
    at: datetime
    actor: str
    who: str
    action: str
    reason: str
    story_id: int | None
    facts: dict[str, Any]
    undone: bool
    post_id: int | None = None
    media_id: int | None = None
    undoable: bool = False
    campaign: str | None = None
    issue_id: int | None = None
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFilter:
    """What of the trail is wanted; empty fields do not narrow.

    ``campaign`` None means all. ``house`` takes in the lines that concern the whole installation. ``start`` is inside,
    ``end`` is not. ``words`` stand in the reason, in any case of their letters.
    """

    campaign: str | None = None
    house: bool = False
    account_id: int | None = None
    actor: str = ""
    action: str = ""
    story_id: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPage:
    """Some presses, newest first, each by its first row. ``before`` opens the next page, None on the last one."""

    lines: tuple[DecisionRecord, ...]
    before: int | None


def trail(
    store: Store, *, story_id: int | None = None, campaign: str | None = None, group: str = "", rules: bool = True,
    limit: int = 100, actions: Collection[str] = (),
) -> list[DecisionRecord]:  # fmt: skip
    """Return the latest decisions, newest first; of one story, one campaign, one press, or of all.

    Without ``rules`` those that no person took are left out; with ``actions`` all others than these.
    """
    account = schema.account.c
    query = (
        select(schema.decision, account.display_name, account.name)
        .outerjoin(schema.account, account.id == _DECISION.account_id)
        .order_by(_DECISION.id.desc())
        .limit(limit)
    )
    if story_id is not None:
        # With what was decided about its posts, and about stories that it took up, when they were elsewhere.
        taken_up = select(_STORY.id).where(_STORY.merged_into == story_id)
        posts = select(_POST.id).where(_POST.story_id == story_id)
        own = or_(_DECISION.story_id == story_id, _DECISION.story_id.in_(taken_up), _DECISION.post_id.in_(posts))
        query = query.where(own)
    if campaign is not None:
        query = query.where(_DECISION.campaign == campaign)
    if group:
        query = query.where(_DECISION.group == group)
    if not rules:
        query = query.where(_DECISION.actor != "rule")
    if actions:
        query = query.where(_DECISION.action.in_(actions))
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [_line(row) for row in rows]


def find_trail(store: Store, wanted: TrailFilter, *, before: int | None = None, limit: int = 50) -> TrailPage:
    """Return presses of the trail, newest first: rows of one press are one line, that of its first row."""
    earlier = schema.decision.alias("earlier")
    first = ~(
        select(earlier.c.id)
        .where(earlier.c.group == _DECISION.group, earlier.c.id < _DECISION.id, _wanted(earlier, wanted))
        .correlate(schema.decision)
        .exists()
    )
    query = _rows().where(_wanted(schema.decision, wanted), first)
    if before is not None:
        query = query.where(_DECISION.id < before)
    with store.read() as connection:
        rows = connection.execute(query.limit(limit + 1)).all()
        found = _with_accounts(connection, [_line(row) for row in rows[:limit]])
    return TrailPage(lines=tuple(found), before=rows[limit - 1].id if len(rows) > limit else None)


def picture_rows(store: Store, groups: Collection[str], *, campaign: str, limit: int = 500) -> list[DecisionRecord]:
    """Return what presses recorded about pictures, in the order of their rows: one form may record several things."""
    query = _rows().where(_DECISION.group.in_(groups), _DECISION.campaign == campaign, _DECISION.media_id.is_not(None))
    with store.read() as connection:
        return [_line(row) for row in reversed(connection.execute(query.limit(limit)).all())]


def iter_trail(store: Store, wanted: TrailFilter, *, batch: int = 500) -> Iterator[DecisionRecord]:
    """Yield every row that stands now, newest first, read in batches: what comes meanwhile is not in it."""
    before: int | None = None
    while True:
        query = _rows().where(_wanted(schema.decision, wanted))
        if before is not None:
            query = query.where(_DECISION.id < before)
        with store.read() as connection:
            rows = connection.execute(query.limit(batch)).all()
            found = _with_accounts(connection, [_line(row) for row in rows])
        yield from found
        if len(rows) < batch:
            return
        before = rows[-1].id


def trail_actions(store: Store, wanted: TrailFilter) -> list[str]:
    """Return the names of everything that was done, for a filter to offer."""
    query = select(_DECISION.action).distinct().where(_in_reach(schema.decision, wanted)).order_by(_DECISION.action)
    with store.read() as connection:
        return list(connection.execute(query).scalars())


def record_export(
    store: Store, wanted: TrailFilter, *, by: Actor, now: datetime, format_: str, facts: Mapping[str, str]
) -> None:
    """Put into the trail that somebody took a copy of it: in which form, and narrowed how."""
    with store.write() as connection:
        connection.execute(
            insert(schema.decision).values(
                campaign=wanted.campaign, at=now, actor=by.kind, account_id=by.account_id, group=uuid.uuid4().hex,
                action="log_export", facts={"format": format_, "filters": dict(facts)},
            )
        )  # fmt: skip


def _rows() -> Any:
    account = schema.account.c
    return (
        select(schema.decision, account.display_name, account.name)
        .outerjoin(schema.account, account.id == _DECISION.account_id)
        .order_by(_DECISION.id.desc())
    )


def _in_reach(table: FromClause, wanted: TrailFilter) -> ColumnElement[bool]:
    """Return the condition for the campaign, and for the lines of the whole installation."""
    column: ColumnElement[str | None] = table.c.campaign
    here = column == wanted.campaign if wanted.campaign is not None else column.is_not(None)
    return or_(here, column.is_(None)) if wanted.house else here


def _wanted(table: FromClause, wanted: TrailFilter) -> ColumnElement[bool]:
    column = table.c
    parts = [_in_reach(table, wanted)]
    if wanted.account_id is not None:
        parts.append(column.account_id == wanted.account_id)
    if wanted.actor:
        parts.append(column.actor == wanted.actor)
    if wanted.action:
        parts.append(column.action == wanted.action)
    if wanted.story_id is not None:
        posts = select(_POST.id).where(_POST.story_id == wanted.story_id)
        parts.append(or_(column.story_id == wanted.story_id, column.post_id.in_(posts)))
    if wanted.start is not None:
        parts.append(column.at >= wanted.start)
    if wanted.end is not None:
        parts.append(column.at < wanted.end)
    if words := wanted.words.strip():
        # SQLite folds the case of ASCII alone: a word with å, ä or ö is looked for in the ways people write it.
        ways = dict.fromkeys((words, words.lower(), words.upper(), words.capitalize()))
        parts.append(or_(*(column.reason.icontains(way, autoescape=True) for way in ways)))
    return and_(*parts)


def _with_accounts(connection: Connection, found: list[DecisionRecord]) -> list[DecisionRecord]:
    """Name the accounts that lines concern."""
    ids = {line.facts["account"] for line in found if isinstance(line.facts.get("account"), int)}
    if not ids:
        return found
    account = schema.account.c
    query = select(account.id, account.display_name, account.name).where(account.id.in_(ids))
    names = {row.id: row.display_name or row.name for row in connection.execute(query)}
    return [replace(line, about=names.get(line.facts.get("account"), "")) for line in found]


def _line(row: Row[Any]) -> DecisionRecord:
    return DecisionRecord(
        id=row.id,
        group=row.group,
        at=row.at,
        actor=row.actor,
        who=row.display_name or row.name or "",
        action=row.action,
        reason=row.reason,
        story_id=row.story_id,
        facts=dict(row.facts),
        undone=row.undone_by is not None,
        post_id=row.post_id,
        media_id=row.media_id,
        undoable=row.before is not None and row.undone_by is None,
        campaign=row.campaign,
        issue_id=row.issue_id,
    )
