"""Moves posts from story to story, with what points at a story, and back again. Decisions stay where they were made.

What is moved is written down in the decision's ``before``, whole, so that an undo puts back exactly that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, delete, insert, select, update

from campaign.errors import ConflictError
from storage import schema
from storage.flags import _join_flags, _part_flags
from storage.follows import _join_follows, _part_follows
from storage.pairs import Verdict, _across, _key, _say, _unsay
from storage.store import Actor, _mark

#: Decisions about where posts belong; they are undone by moving back.
MOVES = ("join", "split", "apart")

_POST = schema.post.c
_STORY = schema.story.c
_EVIDENCE = schema.evidence.c
_ITEM = schema.issue_item.c
_CASE = schema.person_case.c
_PLACE = schema.story_place.c
_NOTE = schema.note.c


def _move_all(connection: Connection, story: Row[Any], into: Row[Any]) -> dict[str, Any]:
    """Move everything of one story to another, which takes it up, and return what an undo needs.

    Where both are evidence for a node, both stand in an issue or both have a place, one row is enough: the other is
    written down.
    """
    posts = _ids(connection, _POST.story_id, story.id)
    before = {
        "from": story.id,
        "into": into.id,
        "posts": posts,
        "marks": {"featured": into.featured, "coming": into.coming},
        "left": {"featured": story.featured, "coming": story.coming, "waiting": story.waiting},
        "dropped_evidence": _drop(connection, schema.evidence, _EVIDENCE.node_id, story.id, into.id),
        "dropped_items": _drop(connection, schema.issue_item, _ITEM.issue_id, story.id, into.id),
        "dropped_places": _drop(connection, schema.story_place, _PLACE.place, story.id, into.id),
        "evidence": _ids(connection, _EVIDENCE.story_id, story.id),
        "items": _ids(connection, _ITEM.story_id, story.id),
        "cases": _ids(connection, _CASE.story_id, story.id),
        "places": _ids(connection, _PLACE.story_id, story.id),
        "notes": _ids(connection, _NOTE.story_id, story.id),
        "flags": _join_flags(connection, story, into),
        "follows": _join_follows(connection, story.id, into.id),
        "taken_up": list(connection.execute(select(_STORY.id).where(_STORY.merged_into == story.id)).scalars()),
    }
    for table in (schema.story_place, schema.post, schema.evidence, schema.issue_item, schema.person_case, schema.note):
        connection.execute(update(table).where(table.c.story_id == story.id).values(story_id=into.id))
    # Every address leads to where the posts are, in one step.
    connection.execute(update(schema.story).where(_STORY.merged_into == story.id).values(merged_into=into.id))
    gone = {"merged_into": into.id, "waiting": False, "featured": False, "coming": False}
    connection.execute(update(schema.story).where(_STORY.id == story.id).values(gone))
    marks = {"featured": story.featured or into.featured, "coming": story.coming or into.coming}
    connection.execute(update(schema.story).where(_STORY.id == into.id).values(marks))
    _mark(connection, "story", [story.id, into.id])
    return before


def _move_back(connection: Connection, before: dict[str, Any]) -> None:
    """Undo ``_move_all``: what came from a story returns there, unless somebody has taken it away since."""
    story_id, into_id = before["from"], before["into"]
    _part_flags(connection, before)
    _part_follows(connection, before)
    for table, name in (
        (schema.post, "posts"),
        (schema.evidence, "evidence"),
        (schema.issue_item, "items"),
        (schema.person_case, "cases"),
        (schema.story_place, "places"),
        (schema.note, "notes"),
    ):
        mine = table.c.id.in_(before.get(name, [])) & (table.c.story_id == into_id)
        connection.execute(update(table).where(mine).values(story_id=story_id))
    connection.execute(update(schema.story).where(_STORY.id.in_(before["taken_up"])).values(merged_into=story_id))
    taken = {name: False for name, had in before["marks"].items() if before["left"][name] and not had}
    if taken:
        connection.execute(update(schema.story).where(_STORY.id == into_id).values(taken))
    _mark(connection, "story", [story_id, into_id])
    connection.execute(update(schema.story).where(_STORY.id == story_id).values(merged_into=None, **before["left"]))
    for table, name in (
        (schema.evidence, "dropped_evidence"),
        (schema.issue_item, "dropped_items"),
        (schema.story_place, "dropped_places"),
    ):
        for row in before.get(name, []):  # what was joined before there were places has none
            _restore(connection, table, row)


def _drop(
    connection: Connection, table: Table, column: Column[Any], story_id: int, into_id: int
) -> list[dict[str, Any]]:
    """Take away one of two rows where both stories have one, and return what was taken.

    Of two places in an issue the one that is shown stays.
    """
    query = select(table).where(table.c.story_id.in_((story_id, into_id))).order_by(table.c.id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    kept = {row[column.name]: row for row in rows if row["story_id"] == into_id}
    dropped = []
    for row in rows:
        twin = kept.get(row[column.name])
        if row["story_id"] != story_id or twin is None:
            continue
        worse = twin if twin.get("left_out") and not row["left_out"] else row
        connection.execute(delete(table).where(table.c.id == worse["id"]))
        dropped.append(worse | {"at": worse["at"].isoformat()} if "at" in worse else worse)
    return dropped


def _restore(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    values = row | {"at": datetime.fromisoformat(row["at"])} if "at" in row else dict(row)
    mark = {schema.evidence.name: "node_id", schema.story_place.name: "place"}.get(table.name, "issue_id")
    same = (table.c.story_id == row["story_id"]) & (table.c[mark] == row[mark])
    if connection.execute(select(table.c.id).where(same)).first() is not None:
        return
    if connection.execute(select(table.c.id).where(table.c.id == row["id"])).first() is not None:
        del values["id"]  # SQLite gave it to another since
    connection.execute(insert(table).values(values))


def _ids(connection: Connection, column: Column[int], story_id: int) -> list[int]:
    return list(
        connection.execute(select(column.table.c.id).where(column == story_id).order_by(column.table.c.id)).scalars()
    )


def _revivable(connection: Connection, story_id: int, post_ids: Sequence[int]) -> Row[Any] | None:
    """Return the decision by which exactly these posts came from a story of their own, which stands empty since."""
    decision = schema.decision.c
    emptied = select(_STORY.id).where(_STORY.merged_into == story_id)
    query = (
        select(schema.decision)
        .where(decision.story_id.in_(emptied), decision.action == "join", decision.undone_by.is_(None))
        .order_by(decision.id.desc())
    )
    for row in connection.execute(query):
        if row.before["from"] == row.story_id and sorted(row.before["posts"]) == sorted(post_ids):
            return row
    return None


def _check_movable(connection: Connection, row: Row[Any]) -> None:
    """Refuse to undo a join or a split that later ones have overtaken: ConflictError ``undo_overtaken``."""
    before = row.before
    if row.action == "apart":
        return
    here, there = (before["into"], before["from"]) if row.action == "join" else (before["made"], before["from"])
    at = select(_POST.story_id).where(_POST.id.in_(before["posts"]))
    merged = select(_STORY.id, _STORY.merged_into).where(_STORY.id.in_((here, there)))
    into = {story.id: story.merged_into for story in connection.execute(merged)}
    expected = {here: None, there: here if row.action == "join" else None}
    if set(connection.execute(at).scalars()) != {here} or into != expected:
        raise ConflictError("undo_overtaken", story=row.story_id)


def _take_back(connection: Connection, row: Row[Any], *, by: Actor, now: datetime) -> list[int]:
    """Undo a join, a split or a word about two stories, and return the stories that it touched.

    Whoever takes back what a rule joined has said that it is not the same.
    """
    before = row.before
    if row.action == "join":
        _move_back(connection, before)
        pairs, said = before["pairs"], before["said"]
        if row.actor == "rule":
            _say(
                connection,
                _across(before["posts"], _posts_of(connection, before["into"])),
                Verdict.APART,
                by=by,
                now=now,
            )
        else:
            _unsay(connection, [_key(*pair) for pair in pairs], said)
        return [before["from"], before["into"]]
    _unsay(connection, [_key(*pair) for pair in before["pairs"]], before["said"])
    if row.action == "split":
        _move_all(connection, _row(connection, before["made"]), _row(connection, before["from"]))
        return [before["from"], before["made"]]
    return [before["from"], before["other"]]


def _row(connection: Connection, story_id: int) -> Row[Any]:
    return connection.execute(select(schema.story).where(_STORY.id == story_id)).one()


def _posts_of(connection: Connection, story_id: int) -> list[int]:
    return _ids(connection, _POST.story_id, story_id)
