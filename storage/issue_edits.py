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
from campaign.newsletter import Issue, IssueItem, IssueState, ItemKind, Why
from campaign.periods import Week
from campaign.records import Review
from storage import schema
from storage.issues import UNAPPROVED, _check_changes, _expect, _issue, _items, _open, _record, _row, _why_json
from storage.pairs import _in_turn
from storage.store import Actor, Store

_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_STORY = schema.story.c

#: What an editor writes of an item that is no story.
_WRITTEN = ("title", "text", "url", "value", "place", "starts_at", "ends_at", "all_day")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """A story, or what is written for the letter alone, to put into an issue; as in ``IssueItem``."""

    story_id: int
    section: str
    position: int
    reason: Why
    kind: ItemKind = ItemKind.STORY
    title: str = ""
    text: str = ""
    url: str = ""
    value: str = ""
    place: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: bool = False


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
        _insert_items(connection, campaign, issue_id, [item for item in new if item.story_id not in known])
        return _changed(connection, issue_id, "issue_draft", by=by, now=now, facts={"stories": len(new)})


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


def _insert_items(connection: Connection, campaign: str, issue_id: int, new: Sequence[NewItem]) -> None:
    last = connection.execute(select(func.max(_ITEM.position)).where(_ITEM.issue_id == issue_id)).scalar()
    start = -1 if last is None else int(last)
    for number, item in enumerate(sorted(new, key=lambda item: item.position), start + 1):
        connection.execute(
            insert(schema.issue_item).values(
                campaign=campaign,
                issue_id=issue_id,
                story_id=item.story_id or None,
                section=item.section,
                position=number,
                reason=_why_json(item.reason),
                kind=str(item.kind),
                **{name: getattr(item, name) for name in _WRITTEN},
            )
        )


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
) -> Issue:
    """Write the issue's own words; None leaves one as it is. ConflictError ``issue_changed`` or ``issue_state``."""
    given = {"subject": subject, "preview": preview, "intro": intro}
    values = {name: value.strip() for name, value in given.items() if value is not None}
    with store.write() as connection:
        row = _editable(connection, issue_id, changes)
        if all(getattr(row, name) == value for name, value in values.items()):
            return _issue(row)
        connection.execute(update(schema.issue).where(_ISSUE.id == issue_id).values(values))
        facts: dict[str, Fact] = dict.fromkeys(values, True)
        return _changed(connection, issue_id, "issue_edit", by=by, now=now, facts=facts)


def edit_item(
    store: Store,
    issue_id: int,
    story_id: int,
    *,
    by: Actor,
    now: datetime,
    title: str | None = None,
    text: str | None = None,
    changes: int | None = None,
) -> Issue:
    """Write an editor's title or text for a story of the issue; "" takes the story's own again."""
    values = {name: value.strip() for name, value in (("title", title), ("text", text)) if value is not None}
    with store.write() as connection:
        _editable(connection, issue_id, changes)
        item = _item(connection, issue_id, story_id)
        if all(getattr(item, name) == value for name, value in values.items()):
            return _issue(_row(connection, issue_id))
        connection.execute(update(schema.issue_item).where(_ITEM.id == item.id).values(values))
        return _changed(connection, issue_id, "issue_edit_item", by=by, now=now, facts={"story": story_id})


def add_item(
    store: Store, issue_id: int, story_id: int, *, section: str, by: Actor, now: datetime, changes: int | None = None
) -> Issue:
    """Put a story last into a section of the issue, or take back one that was left out.

    NotFoundError ``story_missing`` unless it is approved; ConflictError ``story_told`` where another issue tells it.
    """
    with store.write() as connection:
        _in_turn(connection)
        row = _editable(connection, issue_id, changes)
        story = connection.execute(select(schema.story).where(_STORY.id == story_id)).one_or_none()
        if story is None or story.review != Review.APPROVED or story.campaign != row.campaign:
            raise NotFoundError("story_missing", story=story_id)
        other = _told_elsewhere(connection, row, story_id)
        if other is not None:
            raise ConflictError("story_told", story=story_id, number=other)
        by_hand = _why_json(Why(key="by_hand"))
        known = select(_ITEM.id).where(_ITEM.issue_id == issue_id, _ITEM.story_id == story_id)
        item_id = connection.execute(known).scalar()
        if item_id is None:
            new = NewItem(story_id=story_id, section=section, position=0, reason=Why(key="by_hand"))
            _insert_items(connection, row.campaign, issue_id, [new])
        else:
            connection.execute(
                update(schema.issue_item).where(_ITEM.id == item_id).values(left_out=False, reason=by_hand)
            )
        return _changed(connection, issue_id, "issue_add", by=by, now=now, facts={"story": story_id})


def leave_out(
    store: Store,
    issue_id: int,
    story_id: int,
    *,
    by: Actor,
    now: datetime,
    for_good: bool = False,
    changes: int | None = None,
) -> Issue:
    """Take a story out of the issue: the next draft proposes it again, unless ``for_good``."""
    reason = Why(key="for_good" if for_good else "left_out")
    with store.write() as connection:
        _editable(connection, issue_id, changes)
        item = _item(connection, issue_id, story_id)
        connection.execute(
            update(schema.issue_item).where(_ITEM.id == item.id).values(left_out=True, reason=_why_json(reason))
        )
        return _changed(connection, issue_id, f"issue_{reason.key}", by=by, now=now, facts={"story": story_id})


def move_item(
    store: Store,
    issue_id: int,
    story_id: int,
    *,
    by: Actor,
    now: datetime,
    place: int,
    section: str | None = None,
    changes: int | None = None,
) -> Issue:
    """Put a story at a place among those shown in its section, 0 the first; with ``section`` into another one."""
    with store.write() as connection:
        _editable(connection, issue_id, changes)
        everything = _items(connection, issue_id)
        item = _item(connection, issue_id, story_id)
        target = item.section if section is None else section
        rest = [each for each in everything if each.story_id != story_id]
        mates = [each for each in rest if each.section == target and not each.left_out]
        at = rest.index(mates[place]) if 0 <= place < len(mates) else rest.index(mates[-1]) + 1 if mates else len(rest)
        order = [each.id for each in rest[:at]] + [item.id] + [each.id for each in rest[at:]]
        for position, item_id in enumerate(order):
            connection.execute(update(schema.issue_item).where(_ITEM.id == item_id).values(position=position))
        connection.execute(update(schema.issue_item).where(_ITEM.id == item.id).values(section=target))
        return _changed(connection, issue_id, "issue_move", by=by, now=now, facts={"story": story_id})


def _item(connection: Connection, issue_id: int, story_id: int) -> IssueItem:
    found = [item for item in _items(connection, issue_id) if item.story_id == story_id]
    if not found:
        raise NotFoundError("story_missing", story=story_id)
    return found[0]


def _told_elsewhere(connection: Connection, row: Row[Any], story_id: int) -> int | None:
    query = (
        select(_ISSUE.number)
        .join(schema.issue_item, _ITEM.issue_id == _ISSUE.id)
        .where(_ITEM.story_id == story_id, _ITEM.left_out.is_(False), _ISSUE.id != row.id)
        .where(_ISSUE.newsletter == row.newsletter, _ISSUE.state != IssueState.CANCELLED)
    )
    return connection.execute(query.limit(1)).scalar()


def _editable(connection: Connection, issue_id: int, changes: int | None) -> Row[Any]:
    row = _row(connection, issue_id)
    _expect(row, IssueState.DRAFT, IssueState.APPROVED, IssueState.HELD, IssueState.MISSED)
    _check_changes(row, changes)
    return row


def _changed(
    connection: Connection, issue_id: int, action: str, *, by: Actor, now: datetime, facts: Mapping[str, Fact]
) -> Issue:
    """Count a change, end an approval that it overtook, and put it into the trail."""
    row = _row(connection, issue_id)
    values: dict[str, Any] = {"changes": row.changes + 1, **UNAPPROVED}
    if row.state == IssueState.APPROVED:
        values |= {"state": str(IssueState.DRAFT), "why": _why_json(Why(key="approval_fell"))}
    connection.execute(update(schema.issue).where(_ISSUE.id == issue_id).values(values))
    _record(connection, row, action, by=by, now=now, facts=facts)
    return _issue(_row(connection, issue_id))
