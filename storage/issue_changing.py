"""What every change of an issue does: looks whether it may be, counts it, ends an approval, stands in the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from campaign.errors import Fact, NotFoundError
from campaign.newsletter import Issue, IssueItem, IssueState, ItemKind, Why
from storage import schema
from storage.issues import UNAPPROVED, _check_changes, _expect, _issue, _items, _record, _row, _why_json
from storage.store import Actor

_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c

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


def _insert_items(connection: Connection, campaign: str, issue_id: int, new: Sequence[NewItem]) -> list[int]:
    """Put items last into an issue, in the order of their positions, and return their ids."""
    last = connection.execute(select(func.max(_ITEM.position)).where(_ITEM.issue_id == issue_id)).scalar()
    start = -1 if last is None else int(last)
    made = []
    for number, item in enumerate(sorted(new, key=lambda item: item.position), start + 1):
        done = connection.execute(
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
        made.append(int(done.inserted_primary_key[0]))  # type: ignore[index] # an insert of one row has one
    return made


def _item(connection: Connection, issue_id: int, item_id: int) -> IssueItem:
    found = [item for item in _items(connection, issue_id) if item.id == item_id]
    if not found:
        raise NotFoundError("item_missing", item=item_id)
    return found[0]


def _facts(item: IssueItem) -> dict[str, Fact]:
    """Return what the trail keeps of an item: its story, or what else it is."""
    facts: dict[str, Fact] = {"item": item.id}
    return facts | ({"story": item.story_id} if item.story_id else {"kind": str(item.kind), "title": item.title})


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
