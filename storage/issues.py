"""Issues of newsletters as they are read: what they hold, where they stand, what the next one can choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from campaign.errors import ConflictError, Fact, NotFoundError
from campaign.newsletter import YEAR_AGO, Issue, IssueItem, IssueKind, IssueState, ItemKind, Why
from campaign.periods import Week
from campaign.records import Review
from storage import schema
from storage.lines import _line
from storage.store import Actor, Store

_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_STORY = schema.story.c

#: What an issue loses when its approval falls.
UNAPPROVED: dict[str, Any] = dict.fromkeys(("approved_at", "approved_by", "approved_hash", "first_by", "first_hash"))

_OPEN = [str(state) for state in IssueState if state.open]
_OUT = [str(state) for state in IssueState if state.out]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What a draft can choose from: ids of approved stories told in no issue, and the draft time before.

    ``left_out`` are the stories that an editor took out of a letter, each with the number of the latest.
    """

    story_ids: tuple[int, ...]
    previous: datetime | None
    left_out: Mapping[int, int] = field(default_factory=dict)


def get_issue(store: Store, issue_id: int) -> Issue:
    """Return an issue. NotFoundError ``issue_missing``."""
    with store.read() as connection:
        return _issue(_row(connection, issue_id, lock=False))


def find_issue(store: Store, newsletter: str, number: int) -> Issue | None:
    """Return an issue by its number, None where there is none."""
    query = select(schema.issue).where(_ISSUE.newsletter == newsletter, _ISSUE.number == number)
    with store.read() as connection:
        row = connection.execute(query).one_or_none()
    return _issue(row) if row else None


def list_issues(store: Store, newsletter: str, *, limit: int = 100) -> list[Issue]:
    """Return the issues of a newsletter, newest first."""
    query = select(schema.issue).where(_ISSUE.newsletter == newsletter).order_by(_ISSUE.number.desc()).limit(limit)
    with store.read() as connection:
        return [_issue(row) for row in connection.execute(query)]


def issues_in(store: Store, *states: IssueState) -> list[Issue]:
    """Return every issue in one of these states, oldest first."""
    query = select(schema.issue).where(_ISSUE.state.in_([str(state) for state in states])).order_by(_ISSUE.id)
    with store.read() as connection:
        return [_issue(row) for row in connection.execute(query)]


def open_issue(store: Store, newsletter: str) -> Issue | None:
    """Return the letter of a newsletter that people still work on; there is never more than one. A yearbook is made
    beside it (``storage.yearbook.open_yearbook``).
    """
    with store.read() as connection:
        row = connection.execute(_open(newsletter)).first()
    return _issue(row) if row else None


def list_public(store: Store, newsletter: str, *, limit: int = 1000) -> list[tuple[Issue, dict[str, Any]]]:
    """Return the issues that have left the house with their frozen content, newest first."""
    query = select(schema.issue).where(_ISSUE.newsletter == newsletter, _ISSUE.state.in_(_OUT))
    query = query.where(_ISSUE.frozen.is_not(None)).order_by(_ISSUE.number.desc()).limit(limit)
    with store.read() as connection:
        return [(_issue(row), dict(row.frozen)) for row in connection.execute(query)]


def frozen(store: Store, issue_id: int) -> dict[str, Any] | None:
    """Return the content that was frozen when sending began, None before."""
    with store.read() as connection:
        kept = connection.execute(select(_ISSUE.frozen).where(_ISSUE.id == issue_id)).scalar()
    return dict(kept) if kept is not None else None


def items(store: Store, issue_id: int) -> list[IssueItem]:
    """Return the stories of an issue in the editors' order, those left out too."""
    with store.read() as connection:
        return _items(connection, issue_id)


def render(store: Store, issue_id: int, kind: str) -> bytes:
    """Return a frozen render ("master", "html", "text"). NotFoundError ``issue_missing``."""
    made = schema.issue_render.c
    query = select(made.body).where(made.issue_id == issue_id, made.kind == kind)
    with store.read() as connection:
        body = connection.execute(query).scalar()
    if body is None:
        raise NotFoundError("issue_missing", issue=issue_id)
    return bytes(body)


def renders_like(store: Store, issue_id: int, start: str) -> dict[str, bytes]:
    """Return an issue's frozen renders whose kind begins so, by kind: "master", "master.en"."""
    made = schema.issue_render.c
    query = select(made.kind, made.body).where(made.issue_id == issue_id, made.kind.startswith(start, autoescape=True))
    with store.read() as connection:
        return {row.kind: bytes(row.body) for row in connection.execute(query)}


def candidates(store: Store, campaign: str, newsletter: str, *, drafting: int | None = None) -> Candidates:
    """Return the approved stories that no issue of the newsletter tells, or wants told in none.

    Cancelled issues do not count, nor does the issue ``drafting`` itself.
    """
    told = (
        select(_ITEM.story_id, _ITEM.left_out, _ITEM.reason, _ISSUE.number)
        .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
        .where(_ISSUE.newsletter == newsletter, _ISSUE.kind == IssueKind.LETTER)
        .where(_ITEM.story_id.is_not(None), _ITEM.section != YEAR_AGO)
    )
    counted = told.where(_ISSUE.state != IssueState.CANCELLED, _ISSUE.id != (drafting or 0))
    with store.read() as connection:
        gone = {row.story_id for row in connection.execute(counted) if not row.left_out}
        # "In no letter at all" is a person's word about the story, so it outlives the issue it was said in.
        gone |= {row.story_id for row in connection.execute(told) if row.left_out and row.reason["key"] == "for_good"}
        others = told.where(_ISSUE.id != (drafting or 0)).order_by(_ISSUE.number)
        out = {row.story_id: row.number for row in connection.execute(others) if row.left_out}
        # What a story took up with it has been told too.
        merged = select(_STORY.id, _STORY.merged_into).where(_STORY.merged_into.is_not(None))
        gone |= {row.merged_into for row in connection.execute(merged) if row.id in gone}
        approved = select(_STORY.id).where(
            _STORY.campaign == campaign, _STORY.review == Review.APPROVED, _STORY.merged_into.is_(None)
        )
        ids = list(connection.execute(approved.order_by(_STORY.id)).scalars())
        before = select(func.max(_ISSUE.selected_to)).where(_ISSUE.kind == IssueKind.LETTER)
        before = before.where(
            _ISSUE.newsletter == newsletter, _ISSUE.state != IssueState.CANCELLED, _ISSUE.id != (drafting or 0)
        )
        previous = connection.execute(before).scalar()
    free = tuple(story_id for story_id in ids if story_id not in gone)
    return Candidates(story_ids=free, previous=previous, left_out=out)


def _open(newsletter: str) -> Any:
    query = select(schema.issue).where(_ISSUE.newsletter == newsletter, _ISSUE.state.in_(_OPEN))
    query = query.where(_ISSUE.kind == IssueKind.LETTER)
    return query.order_by(_ISSUE.number.desc())


def _row(connection: Connection, issue_id: int, *, lock: bool = True) -> Row[Any]:
    query = select(schema.issue).where(_ISSUE.id == issue_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError("issue_missing", issue=issue_id)
    return row


def _items(connection: Connection, issue_id: int) -> list[IssueItem]:
    query = select(schema.issue_item).where(_ITEM.issue_id == issue_id).order_by(_ITEM.position, _ITEM.id)
    return [
        IssueItem(
            id=row.id,
            issue_id=row.issue_id,
            story_id=row.story_id or 0,
            section=row.section,
            position=row.position,
            left_out=row.left_out,
            title=row.title,
            text=row.text,
            reason=_why(row.reason) or Why(key="approved"),
            kind=ItemKind(row.kind),
            url=row.url,
            value=row.value,
            place=row.place,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            all_day=row.all_day,
        )
        for row in connection.execute(query)
    ]


def section_notes(store: Store, issue_id: int) -> dict[str, str]:
    """Return what the editors wrote over the sections of an issue, in Markdown, by the section's code."""
    made = schema.issue_section.c
    with store.read() as connection:
        rows = connection.execute(select(made.section, made.intro).where(made.issue_id == issue_id, made.intro != ""))
        return {row.section: row.intro for row in rows}


def _expect(row: Row[Any], *states: IssueState) -> None:
    if row.state not in [str(state) for state in states]:
        raise ConflictError("issue_state", number=row.number, state=str(row.state))


def _check_changes(row: Row[Any], changes: int | None) -> None:
    if changes is not None and changes != row.changes:
        raise ConflictError("issue_changed", number=row.number)


def _record(
    connection: Connection, row: Row[Any], action: str, *, by: Actor, now: datetime, facts: Mapping[str, Fact]
) -> None:
    known = {**facts, "number": row.number}
    _line(connection, row.campaign, action=action, by=by, now=now, facts=known, issue_id=row.id)


def _issue(row: Row[Any]) -> Issue:
    return Issue(
        id=row.id,
        campaign=row.campaign,
        newsletter=row.newsletter,
        number=row.number,
        week=Week(year=row.year, number=row.week),
        state=IssueState(row.state),
        subject=row.subject,
        preview=row.preview,
        intro=row.intro,
        selected_to=row.selected_to,
        drafted_at=row.drafted_at,
        send_at=row.send_at,
        announced_at=row.announced_at,
        reminded_at=row.reminded_at,
        missed_told_at=row.missed_told_at,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        approved_hash=row.approved_hash,
        sent_from=row.sent_from,
        sent_at=row.sent_at,
        audience=row.audience,
        why=_why(row.why),
        changes=row.changes,
        kind=IssueKind(row.kind),
        first_by=row.first_by,
        first_hash=row.first_hash,
    )


def _why(kept: Mapping[str, Any] | None) -> Why | None:
    return Why(key=str(kept["key"]), facts=dict(kept["facts"])) if kept else None


def _why_json(why: Why) -> dict[str, Any]:
    return {"key": why.key, "facts": dict(why.facts)}
