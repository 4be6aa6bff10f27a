"""What was said of two posts: that they may be, are, or are not the same thing. A rule never overrules a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select

from campaign.records import PostState
from storage import schema
from storage.posts import _slices
from storage.store import Actor, Store

_PAIR = schema.pair.c

#: "skrd", the lock under which posts are taken in and moved on PostgreSQL.
_LOCK = 0x736B7264

Key = tuple[int, int]


class Verdict(StrEnum):
    """A word about two posts. ``MAYBE`` is a rule's question, the others stand until a person says otherwise."""

    MAYBE = "maybe"
    SAME = "same"
    APART = "apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A story that may tell the same as another; ``why`` is "text", "link" or "picture", ``percent`` what is equal."""

    story_id: int
    why: str
    percent: int


def proposals(store: Store, story_ids: Iterable[int]) -> dict[int, list[Proposal]]:
    """Return which stories a rule would ask a person to join with each of these, the likest first."""
    one, other = schema.post.alias("one"), schema.post.alias("other")
    found: dict[int, dict[int, Proposal]] = {}
    with store.read() as connection:
        for ids in _slices(story_ids):
            wanted = set(ids)
            query = (
                select(one.c.story_id, other.c.story_id, _PAIR.why, _PAIR.percent)
                .join(one, one.c.id == _PAIR.post_id)
                .join(other, other.c.id == _PAIR.other_id)
                .where(
                    _PAIR.verdict == Verdict.MAYBE,
                    one.c.story_id != other.c.story_id,
                    or_(one.c.story_id.in_(ids), other.c.story_id.in_(ids)),
                    and_(one.c.state != PostState.GONE, other.c.state != PostState.GONE),
                )
                .order_by(_PAIR.percent)
            )
            for first, second, why, percent in connection.execute(query):
                for here, there in ((first, second), (second, first)):
                    if here in wanted:
                        found.setdefault(here, {})[there] = Proposal(story_id=there, why=why, percent=percent)
    return {
        here: sorted(there.values(), key=lambda each: (-each.percent, each.story_id)) for here, there in found.items()
    }


def _in_turn(connection: Connection) -> None:
    """Let one transaction at a time store posts or move them, as SQLite does by itself: two that touch several stories
    would wait for each other, and two posts that are alike would not see each other.

    Comes before anything that a transaction changes.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _key(one: int, other: int) -> Key:
    return (one, other) if one < other else (other, one)


def _across(some: Iterable[int], others: Iterable[int]) -> list[Key]:
    """Return every pair of a post of one side with one of the other."""
    return sorted({_key(one, other) for one, other in product(some, others) if one != other})


def _verdicts(connection: Connection, post_ids: Iterable[int]) -> dict[Key, Verdict]:
    """Return what was said of pairs of which both are among these posts."""
    ids = sorted(set(post_ids))
    found: dict[Key, Verdict] = {}
    for part in _slices(ids):
        query = select(_PAIR.post_id, _PAIR.other_id, _PAIR.verdict).where(_PAIR.post_id.in_(part))
        for row in connection.execute(query):
            found[(row.post_id, row.other_id)] = Verdict(row.verdict)
    return {key: verdict for key, verdict in found.items() if key[1] in set(ids)}


def _say(
    connection: Connection,
    pairs: Iterable[Key],
    verdict: Verdict,
    *,
    by: Actor,
    now: datetime,
    why: str = "",
    percent: int = 0,
) -> list[dict[str, Any]]:
    """Record a word about pairs of posts and return what stood there before, for ``_unsay``."""
    keys = list(pairs)
    before = _rows(connection, keys)
    _unsay(connection, keys, [])
    values = {"verdict": str(verdict), "account_id": by.account_id, "at": now, "why": why, "percent": percent}
    if keys:
        connection.execute(insert(schema.pair), [{"post_id": one, "other_id": other, **values} for one, other in keys])
    return before


def _unsay(connection: Connection, pairs: Iterable[Key], before: Iterable[dict[str, Any]]) -> None:
    """Put back what stood about pairs before a word was recorded."""
    for one, other in pairs:
        connection.execute(delete(schema.pair).where(_PAIR.post_id == one, _PAIR.other_id == other))
    rows = [row | {"at": datetime.fromisoformat(row["at"])} for row in before]
    if rows:
        connection.execute(insert(schema.pair), rows)


def _rows(connection: Connection, keys: list[Key]) -> list[dict[str, Any]]:
    """Return what stands about pairs of posts, as it can be kept in a decision."""
    wanted = set(keys)
    found: list[dict[str, Any]] = []
    for ids in _slices({one for one, _ in keys}):
        for row in connection.execute(select(schema.pair).where(_PAIR.post_id.in_(ids))).mappings():
            if (row["post_id"], row["other_id"]) in wanted:
                found.append(dict(row) | {"at": row["at"].isoformat()})
    return found
