"""What rules may know of stored posts, a few queries for many posts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from campaign.flags import propose_for_text
from campaign.records import Review
from campaign.rules import CAP_HOURS, Effect, Facts, Rule, author_key
from storage import schema
from storage.keys import key_range, moment_of
from storage.posts import _slices

_POST = schema.post.c
_VERSION = schema.version.c
_STORY = schema.story.c
_DECISION = schema.decision.c

#: Letters of a text that rules read.
_READ = 50_000

#: So many spans of time one query asks for.
_SPANS = 200

_CAP = timedelta(hours=CAP_HOURS)

_Author = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored post as rules see it. ``row`` has its columns, those of its latest version and of its story."""

    row: Row[Any]
    facts: Facts


def _known(
    connection: Connection, post_ids: Iterable[int], *, rules: Sequence[Rule], own: Collection[str],
    for_acting: bool = True,
) -> list[Known]:  # fmt: skip
    """Return posts with what rules may know of them, oldest first.

    ``own`` are the ids of sources that are channels of one's own. Without ``for_acting`` nobody asks what people have
    decided: a rule is tried on what it would have met.
    """
    rows = [row for ids in _slices(post_ids) for row in connection.execute(_query(ids))]
    rows.sort(key=lambda row: row.sort_key)
    ids = [row.id for row in rows]
    days = _that_day(connection, rows) if any(rule.conditions.more_than for rule in rules) else {}
    decided = _decided_by_people(connection, ids) if for_acting else set()
    apart = _set_aside(connection, {row.story_id for row in rows})
    publishes = any(rule.effect is Effect.PUBLISH for rule in rules)
    return [
        Known(
            row=row,
            facts=_facts(
                row, own=row.source_id in own, that_day=days.get(row.id, 1), decided=row.id in decided,
                among_others=bool(apart.get(row.story_id, set()) - {row.id}), publishes=publishes,
            ),
        )
        for row in rows
    ]  # fmt: skip


def _query(ids: Sequence[int]) -> Any:
    return (
        select(
            _POST.id,
            _POST.story_id,
            _POST.campaign,
            _POST.source_id,
            _POST.network,
            _POST.sort_key,
            _POST.review,
            _POST.version_id,
            _POST.approved_version_id,
            _VERSION.number,
            _VERSION.published_at,
            _VERSION.title,
            func.substr(_VERSION.text, 1, _READ).label("text"),
            _VERSION.warning,
            _VERSION.sensitive,
            _VERSION.author_name,
            _VERSION.author_handle,
            _VERSION.language,
            _VERSION.reply,
            _VERSION.tags,
            _VERSION.media,
            _STORY.flags,
            schema.source.c.trusted_at,
        )
        .join(schema.version, _VERSION.id == _POST.version_id)
        .join(schema.story, _STORY.id == _POST.story_id)
        .outerjoin(schema.source, schema.source.c.id == _POST.source_id)
        .where(_POST.id.in_(ids))
    )


def _facts(row: Row[Any], *, own: bool, that_day: int, decided: bool, among_others: bool, publishes: bool) -> Facts:
    text = "\n".join(part for part in (row.title, row.warning, row.text) if part)
    against = {
        "flagged": bool(row.flags),
        # Nobody has looked yet: what the words speak for keeps a post from being published as a flag would.
        "may_flag": publishes and not row.flags and bool(propose_for_text(text, language=row.language or "sv")),
        "sensitive": bool(row.sensitive or row.warning),
        "edited": row.number > 1,
        "among_others": among_others,
    }
    return Facts(
        text=text,
        tags=tuple(row.tags),
        source=row.source_id or "",
        network=row.network,
        author_name=row.author_name,
        author_handle=row.author_handle,
        language=row.language,
        reply=row.reply,
        pictures=len(row.media),
        that_day=that_day,
        own=own,
        trusted=row.trusted_at is not None,
        against=tuple(name for name, holds in against.items() if holds),
        decided=decided,
    )


def _decided_by_people(connection: Connection, post_ids: Iterable[int]) -> set[int]:
    """Return the posts that a person has decided about, taken back or not: what was undone stands too."""
    found: set[int] = set()
    for ids in _slices(post_ids):
        query = select(_DECISION.post_id).where(
            _DECISION.post_id.in_(ids),
            _DECISION.actor == "person",
            _DECISION.media_id.is_(None),
            _DECISION.action.not_in(("credit", "undo_credit")),
        )
        found |= set(connection.execute(query).scalars())
    return found


def _set_aside(connection: Connection, story_ids: Collection[int]) -> Mapping[int, set[int]]:
    """Return the posts of stories that were hidden or put off: a story that holds one comes back by people only."""
    found: dict[int, set[int]] = defaultdict(set)
    for ids in _slices(story_ids):
        query = select(_POST.story_id, _POST.id).where(
            _POST.story_id.in_(ids), _POST.review.in_((Review.HIDDEN, Review.LATER))
        )
        for row in connection.execute(query):
            found[row.story_id].add(row.id)
    return found


def _that_day(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, int]:
    """Return how many posts each post's author had in the day that ended with it, itself counted."""
    handles = {row.author_handle for row in rows if row.author_handle}
    names = {row.author_name for row in rows if row.author_name and not row.author_handle}
    keys: dict[_Author, list[int]] = defaultdict(list)
    for row in _by_authors(connection, rows, handles, names):
        keys[_author(row)].append(row.sort_key)
    for of_author in keys.values():
        of_author.sort()
    counted = {}
    for row in rows:
        theirs = keys.get(_author(row), []) if _author(row)[1] else []
        first, _ = key_range(moment_of(row.sort_key) - _CAP, moment_of(row.sort_key))
        counted[row.id] = max(1, bisect_right(theirs, row.sort_key) - bisect_left(theirs, first))
    return counted


def _author(row: Row[Any]) -> _Author:
    return row.network, author_key(row.author_handle) or author_key(row.author_name)


def _by_authors(connection: Connection, rows: Sequence[Row[Any]], handles: set[str], names: set[str]) -> Iterable[Any]:
    """Yield the posts of these authors from the days that end with ``rows``, each once."""
    if not rows or not (handles or names):
        return
    spans = _spans(sorted(row.sort_key for row in rows))
    for start in range(0, len(spans), _SPANS):
        some_spans = spans[start : start + _SPANS]
        within = [and_(_POST.sort_key >= first, _POST.sort_key <= last) for first, last in some_spans]
        for chosen, column in ((handles, _VERSION.author_handle), (names, _VERSION.author_name)):
            for some in _cut(sorted(chosen)):
                query = (
                    select(_POST.id, _POST.network, _POST.sort_key, _VERSION.author_handle, _VERSION.author_name)
                    .join(schema.version, _VERSION.id == _POST.version_id)
                    .where(_POST.campaign == rows[0].campaign, or_(*within), column.in_(some))
                )
                if column is _VERSION.author_name:
                    query = query.where(_VERSION.author_handle == "")
                yield from connection.execute(query).all()


def _spans(keys: Sequence[int]) -> list[tuple[int, int]]:
    """Return the days that end with sorted keys, those that overlap as one."""
    spans: list[tuple[int, int]] = []
    for key in keys:
        first, _ = key_range(moment_of(key) - _CAP, moment_of(key))
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], key)
        else:
            spans.append((first, key))
    return spans


def _cut(names: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
