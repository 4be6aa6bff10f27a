"""The yearbook as it is stored: an issue of its own kind, numbered with the letters, open beside the weekly draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from campaign.errors import ConflictError
from campaign.newsletter import YEAR_AGO, Issue, IssueKind, IssueState
from campaign.periods import Week
from storage import schema
from storage.issue_changing import NewItem, _changed, _insert_items
from storage.issues import _issue
from storage.pairs import _in_turn
from storage.store import Actor, Store

_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_EVIDENCE = schema.evidence.c

_OPEN = [str(state) for state in IssueState if state.open]
_OUT = [str(state) for state in IssueState if state.out]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """A story that a letter told. ``number`` is the letter's, the first where several did."""

    story_id: int
    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBook:
    """What a yearbook is drafted with. ``kept`` is what it counted, as JSON; ``notes`` stand over its chapters."""

    subject: str
    intro: str
    notes: Mapping[str, str]
    items: Sequence[NewItem]
    kept: Mapping[str, Any]


def letters_of(store: Store, newsletter: str, first: datetime, end: datetime) -> int:
    """Return how many letters of a newsletter left in a time."""
    query = select(func.count()).select_from(schema.issue).where(*_left(newsletter, first, end))
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def retold(store: Store, newsletter: str, first: datetime, end: datetime) -> list[Retold]:
    """Return the stories that the letters of a time told, in the order of telling; what was taken up, as what it is."""
    story = schema.story.c
    home = func.coalesce(story.merged_into, story.id)
    query = (
        select(home.label("story_id"), _ISSUE.number, _ISSUE.sent_from)
        .join(schema.issue_item, _ITEM.issue_id == _ISSUE.id)
        .join(schema.story, story.id == _ITEM.story_id)
        .where(*_left(newsletter, first, end), _ITEM.left_out.is_(False), _ITEM.section != YEAR_AGO)
        .order_by(_ISSUE.number, _ITEM.position)
    )
    found: dict[int, Retold] = {}
    with store.read() as connection:
        for row in connection.execute(query):
            found.setdefault(row.story_id, Retold(story_id=row.story_id, number=row.number, at=row.sent_from))
    return list(found.values())


def strongest(store: Store, campaign: str) -> dict[int, int]:
    """Return how much each story says about the node that it says most of (``campaign.figures.Weight``)."""
    query = select(_EVIDENCE.story_id, func.max(_EVIDENCE.weight).label("most"))
    query = query.where(_EVIDENCE.campaign == campaign).group_by(_EVIDENCE.story_id)
    with store.read() as connection:
        return {row.story_id: int(row.most) for row in connection.execute(query)}


def book_kept(store: Store, issue_id: int) -> dict[str, Any]:
    """Return what a yearbook counted when it was drafted, nothing for a letter."""
    with store.read() as connection:
        kept = connection.execute(select(_ISSUE.selection).where(_ISSUE.id == issue_id)).scalar()
    return dict((kept or {}).get("book") or {})


def save_yearbook(
    store: Store,
    *,
    campaign: str,
    newsletter: str,
    week: Week,
    send_at: datetime,
    book: NewBook,
    by: Actor,
    now: datetime,
) -> Issue:
    """Make the draft of a yearbook. ConflictError ``yearbook_open`` where one of the newsletter is still worked on."""
    with store.write() as connection:
        _in_turn(connection)  # nobody moves a story that is put in
        mine = select(_ISSUE.number).where(_ISSUE.newsletter == newsletter, _ISSUE.kind == IssueKind.YEARBOOK)
        waiting = connection.execute(mine.where(_ISSUE.state.in_(_OPEN)).limit(1)).scalar()
        if waiting is not None:
            raise ConflictError("yearbook_open", number=waiting)
        last = connection.execute(select(func.max(_ISSUE.number)).where(_ISSUE.newsletter == newsletter)).scalar() or 0
        values = {
            "campaign": campaign,
            "newsletter": newsletter,
            "number": last + 1,
            "kind": str(IssueKind.YEARBOOK),
            "state": str(IssueState.DRAFT),
            "year": week.year,
            "week": week.number,
            "subject": book.subject,
            "intro": book.intro,
            "selected_to": now,
            "drafted_at": now,
            "send_at": send_at,
            "announced_at": now if by.kind == "person" else None,
            "selection": {"omitted": [], "kept_items": 0, "book": dict(book.kept)},
        }
        try:
            with connection.begin_nested():
                done = connection.execute(insert(schema.issue).values(values))
        except IntegrityError as problem:
            # On PostgreSQL somebody else can have drafted the same number at this very moment.
            raise ConflictError("issue_open", newsletter=newsletter) from problem
        issue_id = int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one
        _insert_items(connection, campaign, issue_id, book.items)
        notes = [
            {"issue_id": issue_id, "section": code, "campaign": campaign, "intro": words}
            for code, words in book.notes.items()
            if words
        ]
        if notes:
            connection.execute(insert(schema.issue_section), notes)
        facts = {"stories": len(book.items), "year": int(book.kept["year"])}
        return _changed(connection, issue_id, "issue_draft", by=by, now=now, facts=facts)


def open_yearbook(store: Store, newsletter: str) -> Issue | None:
    """Return the yearbook of a newsletter that people still work on; there is never more than one."""
    query = select(schema.issue).where(_ISSUE.newsletter == newsletter, _ISSUE.kind == IssueKind.YEARBOOK)
    with store.read() as connection:
        row = connection.execute(query.where(_ISSUE.state.in_(_OPEN)).order_by(_ISSUE.number.desc())).first()
    return _issue(row) if row else None


def _left(newsletter: str, first: datetime, end: datetime) -> tuple[Any, ...]:
    return (
        _ISSUE.newsletter == newsletter,
        _ISSUE.kind == IssueKind.LETTER,
        _ISSUE.state.in_(_OUT),
        _ISSUE.sent_from >= first,
        _ISSUE.sent_from < end,
    )
