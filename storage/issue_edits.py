"""What is done to an issue that has not left: drafted, filled, ordered, written. Each change ends an approval.

Each function is one transaction that refuses to run where somebody changed the issue since it was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from campaign.errors import ConflictError, Fact, NotFoundError
from campaign.newsletter import YEAR_AGO, Issue, IssueKind, IssueState, Why
from campaign.periods import Week
from campaign.records import Review
from storage import schema
from storage.issue_bases import _merged, order_of
from storage.issue_changing import NewItem, _changed, _editable, _facts, _insert_items, _item
from storage.issue_written import Written, edit_written, write_item, write_note
from storage.issues import UNAPPROVED, _expect, _issue, _items, _open, _row, _why_json
from storage.pairs import _in_turn
from storage.store import Actor, Store

#: What is written for an issue alone has its own module.
__all__ = (
    "NewItem",
    "Schedule",
    "Written",
    "add_item",
    "edit",
    "edit_item",
    "edit_written",
    "leave_out",
    "move_item",
    "save_draft",
    "take_back",
    "write_item",
    "write_note",
)

_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_STORY = schema.story.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When an issue is made and sent, and up to when stories were asked."""

    week: Week
    selected_to: datetime
    send_at: datetime


def save_draft(
    store: Store,
    *,
    campaign: str,
    newsletter: str,
    schedule: Schedule,
    new: Sequence[NewItem],
    selection: Mapping[str, Any],
    by: Actor,
    now: datetime,
    issue_id: int | None = None,
    announced: bool = False,
) -> Issue:
    """Make a draft, or take the open one on to another week with new stories added to those it has.

    ``announced`` says that the editors know already. ConflictError ``issue_open`` where another issue is still
    worked on, ``issue_state`` where ``issue_id`` is not open any more.
    """
    with store.write() as connection:
        _in_turn(connection)  # nobody moves a story that is put in
        values = {
            "year": schedule.week.year,
            "week": schedule.week.number,
            "state": str(IssueState.DRAFT),
            "selected_to": schedule.selected_to,
            "send_at": schedule.send_at,
            "announced_at": now if announced else None,
            "reminded_at": None,
            "missed_told_at": None,
            "why": None,
            "selection": dict(selection),
            **UNAPPROVED,
        }
        if issue_id is None:
            issue_id = _create(connection, campaign, newsletter, values, now)
        else:
            _expect(_row(connection, issue_id), IssueState.DRAFT, IssueState.HELD, IssueState.MISSED)
            connection.execute(update(schema.issue).where(_ISSUE.id == issue_id).values(values))
        known = {item.story_id for item in _items(connection, issue_id) if item.story_id}
        made = _insert_items(connection, campaign, issue_id, [item for item in new if item.story_id not in known])
        facts: dict[str, Fact] = {"stories": len(new)}
        facts |= {"first": made[0], "last": made[-1]} if made else {}
        return _changed(connection, issue_id, "issue_draft", by=by, now=now, facts=facts)


def _create(connection: Connection, campaign: str, newsletter: str, values: dict[str, Any], now: datetime) -> int:
    if connection.execute(_open(newsletter)).first() is not None:
        raise ConflictError("issue_open", newsletter=newsletter)
    last = connection.execute(select(func.max(_ISSUE.number)).where(_ISSUE.newsletter == newsletter)).scalar() or 0
    made = insert(schema.issue).values(
        campaign=campaign, newsletter=newsletter, number=last + 1, drafted_at=now, **values
    )
    try:
        with connection.begin_nested():
            done = connection.execute(made)
    except IntegrityError as problem:
        # On PostgreSQL somebody else can have drafted the same number at this very moment.
        raise ConflictError("issue_open", newsletter=newsletter) from problem
    return int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one


def edit(
    store: Store,
    issue_id: int,
    *,
    by: Actor,
    now: datetime,
    subject: str | None = None,
    preview: str | None = None,
    intro: str | None = None,
    changes: int | None = None,
    bases: Mapping[str, str] | None = None,
) -> Issue:
    """Write the issue's own words; None leaves one as it is. ``bases`` are marks of what each was written from.

    ConflictError ``issue_changed``, ``issue_words_changed`` or ``issue_state``.
    """
    given = {"subject": subject, "preview": preview, "intro": intro}
    values = {name: value.strip() for name, value in given.items() if value is not None}
    with store.write() as connection:
        row = _editable(connection, issue_id, changes)
        values = _merged(values, {name: getattr(row, name) for name in values}, bases, number=row.number)
        if not values:
            return _issue(row)
        connection.execute(update(schema.issue).where(_ISSUE.id == issue_id).values(values))
        facts: dict[str, Fact] = dict.fromkeys(values, True)
        return _changed(connection, issue_id, "issue_edit", by=by, now=now, facts=facts)


def edit_item(
    store: Store,
    issue_id: int,
    item_id: int,
    *,
    by: Actor,
    now: datetime,
    title: str | None = None,
    text: str | None = None,
    changes: int | None = None,
    bases: Mapping[str, str] | None = None,
) -> Issue:
    """Write an editor's title or text for a story of the issue; "" takes the story's own again. As ``edit``.

    NotFoundError ``item_missing`` for what is no item of this issue, as in all that take one.
    """
    values = {name: value.strip() for name, value in (("title", title), ("text", text)) if value is not None}
    with store.write() as connection:
        row = _editable(connection, issue_id, changes)
        item = _item(connection, issue_id, item_id)
        values = _merged(values, {name: getattr(item, name) for name in values}, bases, number=row.number)
        if not values:
            return _issue(row)
        connection.execute(update(schema.issue_item).where(_ITEM.id == item.id).values(values))
        return _changed(connection, issue_id, "issue_edit_item", by=by, now=now, facts=_facts(item))


def add_item(
    store: Store, issue_id: int, story_id: int, *, section: str, by: Actor, now: datetime, changes: int | None = None
) -> Issue:
    """Put a story last into a section of the issue, or take back one that was left out.

    NotFoundError ``story_missing`` unless it is approved; ConflictError ``story_told`` where another issue tells it.
    """
    with store.write() as connection:
        _in_turn(connection)
        row = _editable(connection, issue_id, changes)
        _may_be_told(connection, row, story_id)
        known = select(_ITEM.id).where(_ITEM.issue_id == issue_id, _ITEM.story_id == story_id)
        item_id = connection.execute(known).scalar()
        if item_id is None:
            new = NewItem(story_id=story_id, section=section, position=0, reason=Why(key="by_hand"))
            _insert_items(connection, row.campaign, issue_id, [new])
        else:
            _take_in(connection, item_id)
        return _changed(connection, issue_id, "issue_add", by=by, now=now, facts={"story": story_id})


def take_back(
    store: Store, issue_id: int, item_id: int, *, by: Actor, now: datetime, changes: int | None = None
) -> Issue:
    """Take back an item that was left out, to where it stood; a story under the same terms as ``add_item``."""
    with store.write() as connection:
        _in_turn(connection)
        row = _editable(connection, issue_id, changes)
        item = _item(connection, issue_id, item_id)
        if not item.left_out:
            return _issue(row)
        # It was taken in although an earlier issue told it: it goes on, or was a year ago.
        if item.story_id and item.section != YEAR_AGO:
            _may_be_told(connection, row, item.story_id, since=row.number)
        _take_in(connection, item.id)
        return _changed(connection, issue_id, "issue_add", by=by, now=now, facts=_facts(item))


def leave_out(
    store: Store,
    issue_id: int,
    item_id: int,
    *,
    by: Actor,
    now: datetime,
    for_good: bool = False,
    changes: int | None = None,
) -> Issue:
    """Take an item out of the issue: the next draft proposes its story again, unless ``for_good``."""
    reason = Why(key="for_good" if for_good else "left_out")
    with store.write() as connection:
        _editable(connection, issue_id, changes)
        item = _item(connection, issue_id, item_id)
        connection.execute(
            update(schema.issue_item).where(_ITEM.id == item.id).values(left_out=True, reason=_why_json(reason))
        )
        return _changed(connection, issue_id, f"issue_{reason.key}", by=by, now=now, facts=_facts(item))


def move_item(
    store: Store,
    issue_id: int,
    item_id: int,
    *,
    by: Actor,
    now: datetime,
    place: int,
    section: str | None = None,
    changes: int | None = None,
    order: str | None = None,
) -> Issue:
    """Put an item at a place among those shown in its section, 0 the first; with ``section`` into another one.

    ``order`` is the mark of the order that the place was chosen in. ConflictError ``issue_order_changed`` for another.

    ConflictError ``year_ago_fixed`` where a story would come into, or out of, what was told a year ago: there it
    counts as told by nobody, and elsewhere as told by this issue.
    """
    with store.write() as connection:
        row = _editable(connection, issue_id, changes)
        everything = _items(connection, issue_id)
        if order is not None and order != order_of(everything):
            raise ConflictError("issue_order_changed", number=row.number)
        item = _item(connection, issue_id, item_id)
        target = item.section if section is None else section
        if item.story_id and (item.section == YEAR_AGO) != (target == YEAR_AGO):
            raise ConflictError("year_ago_fixed")
        rest = [each for each in everything if each.id != item.id]
        mates = [each for each in rest if each.section == target and not each.left_out]
        at = rest.index(mates[place]) if 0 <= place < len(mates) else rest.index(mates[-1]) + 1 if mates else len(rest)
        placed = [each.id for each in rest[:at]] + [item.id] + [each.id for each in rest[at:]]
        if target == item.section and placed == [each.id for each in everything]:
            return _issue(row)
        for position, each in enumerate(placed):
            connection.execute(update(schema.issue_item).where(_ITEM.id == each).values(position=position))
        connection.execute(update(schema.issue_item).where(_ITEM.id == item.id).values(section=target))
        return _changed(connection, issue_id, "issue_move", by=by, now=now, facts=_facts(item))


def _take_in(connection: Connection, item_id: int) -> None:
    by_hand = _why_json(Why(key="by_hand"))
    connection.execute(update(schema.issue_item).where(_ITEM.id == item_id).values(left_out=False, reason=by_hand))


def _may_be_told(connection: Connection, row: Row[Any], story_id: int, *, since: int = 0) -> None:
    story = connection.execute(select(schema.story).where(_STORY.id == story_id)).one_or_none()
    if story is None or story.review != Review.APPROVED or story.campaign != row.campaign:
        raise NotFoundError("story_missing", story=story_id)
    other = _told_elsewhere(connection, row, story_id)
    if other is not None and other > since:
        raise ConflictError("story_told", story=story_id, number=other)


def _told_elsewhere(connection: Connection, row: Row[Any], story_id: int) -> int | None:
    """Return the number of the latest other issue that tells a story, None where none does."""
    if row.kind == IssueKind.YEARBOOK:
        return None  # A yearbook tells again what letters told.
    query = (
        select(_ISSUE.number)
        .join(schema.issue_item, _ITEM.issue_id == _ISSUE.id)
        .where(_ITEM.story_id == story_id, _ITEM.left_out.is_(False), _ITEM.section != YEAR_AGO)
        .where(_ISSUE.id != row.id, _ISSUE.kind == IssueKind.LETTER)
        .where(_ISSUE.newsletter == row.newsletter, _ISSUE.state != IssueState.CANCELLED)
    )
    return connection.execute(query.order_by(_ISSUE.number.desc()).limit(1)).scalar()
