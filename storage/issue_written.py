"""What an editor writes for one issue alone: events, links, numbers and notes, and words over its sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from campaign.errors import ConflictError, Fact
from campaign.newsletter import Issue, ItemKind, Why
from storage import schema
from storage.issue_bases import _merged
from storage.issue_changing import NewItem, _changed, _editable, _facts, _insert_items, _item
from storage.issues import _issue
from storage.store import Actor, Store

_ITEM = schema.issue_item.c
_SECTION = schema.issue_section.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is written of an item that is no story. ``text`` is Markdown.

    An event has ``starts_at``. Where it lasts all day, ``starts_at`` and ``ends_at`` are the first moments of its
    first and its last day in the site's zone, and ``ends_at`` is None for one day.
    """

    title: str = ""
    text: str = ""
    url: str = ""
    value: str = ""
    place: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: bool = False


def write_item(
    store: Store,
    issue_id: int,
    *,
    kind: ItemKind,
    section: str,
    by: Actor,
    now: datetime,
    title: str = "",
    text: str = "",
    url: str = "",
    value: str = "",
    place: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    all_day: bool = False,
    changes: int | None = None,
) -> int:
    """Put something of an editor's own last into a section of the issue, and return its item's id."""
    if kind is ItemKind.STORY:
        raise ValueError("a story is added, not written")
    new = NewItem(
        story_id=0, section=section, position=0, reason=Why(key="by_hand"), kind=kind, title=title.strip(),
        text=text.strip(), url=url.strip(), value=value.strip(), place=place.strip(), starts_at=starts_at,
        ends_at=ends_at, all_day=all_day,
    )  # fmt: skip
    with store.write() as connection:
        row = _editable(connection, issue_id, changes)
        made = _insert_items(connection, row.campaign, issue_id, [new])[0]
        facts: dict[str, Fact] = {"item": made, "kind": str(kind), "title": new.title}
        _changed(connection, issue_id, "issue_write", by=by, now=now, facts=facts)
    return made


def edit_written(
    store: Store,
    issue_id: int,
    item_id: int,
    *,
    written: Written,
    by: Actor,
    now: datetime,
    changes: int | None = None,
    bases: Mapping[str, str] | None = None,
) -> Issue:
    """Write an item of an editor's own anew; ``bases`` as in ``edit``. ConflictError ``item_is_story`` for a story."""
    values: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in asdict(written).items()
    }
    with store.write() as connection:
        row = _editable(connection, issue_id, changes)
        item = _item(connection, issue_id, item_id)
        if item.kind is ItemKind.STORY:
            raise ConflictError("item_is_story")
        values = _merged(values, {name: getattr(item, name) for name in values}, bases, number=row.number)
        if not values:
            return _issue(row)
        connection.execute(update(schema.issue_item).where(_ITEM.id == item.id).values(values))
        return _changed(connection, issue_id, "issue_edit_written", by=by, now=now, facts=_facts(item))


def write_note(
    store: Store,
    issue_id: int,
    section: str,
    intro: str,
    *,
    by: Actor,
    now: datetime,
    changes: int | None = None,
    bases: Mapping[str, str] | None = None,
) -> Issue:
    """Write the words over a section of the issue, in Markdown; "" for none. ``bases`` of "note": as ``edit``."""
    words = intro.strip()
    with store.write() as connection:
        row = _editable(connection, issue_id, changes)
        kept = {"note": _note(connection, issue_id, section)}
        if not _merged({"note": words}, kept, bases, number=row.number):
            return _issue(row)
        connection.execute(delete(schema.issue_section).where(*_over(issue_id, section)))
        if words:
            made = insert(schema.issue_section)
            connection.execute(made.values(issue_id=issue_id, section=section, campaign=row.campaign, intro=words))
        return _changed(connection, issue_id, "issue_note", by=by, now=now, facts={"section": section})


def _note(connection: Connection, issue_id: int, section: str) -> str:
    return connection.execute(select(_SECTION.intro).where(*_over(issue_id, section))).scalar() or ""


def _over(issue_id: int, section: str) -> tuple[Any, ...]:
    return (_SECTION.issue_id == issue_id, _SECTION.section == section)
