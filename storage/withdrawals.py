"""Posts that were taken away at their source, and that came back: what a channel said, carried out and recorded.

A post is live, missing (shown to nobody but the desk, and asked for again) or gone (for good: never collected again).
Every step is a line of the trail, by the job that took it, with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from campaign.collecting import Signal, Withdrawal
from campaign.records import PostState, Review
from storage import schema
from storage.corrections import _correct
from storage.deciding import _record, _refresh, _story
from storage.posts import _slices
from storage.search import _index_posts
from storage.store import JOB, _mark

_POST = schema.post.c
_NAME = schema.post_name.c
_STORY = schema.story.c

#: The reason of a verdict on a missing post that stands at its source again, word for word as it was.
BACK = "back"

#: Why a post is missing that its network did not know when it was asked for again.
ABSENT = "absent"

#: When a post that was hidden by its network is asked for again.
_LOOK_AGAIN = timedelta(days=1)

#: So many names are looked up one by one.
_FEW = 100

#: The names of the steps in the trail.
_STEPS = {PostState.LIVE: "post_back", PostState.MISSING: "post_missing", PostState.GONE: "post_gone"}

_Moves = list[tuple[Row[Any], dict[str, Any]]]


def _withdraw(connection: Connection, withdrawals: Sequence[Withdrawal], *, now: datetime) -> None:
    """Carry out what a channel said about posts that are known, in the order it said it; others are passed over."""
    if not withdrawals:
        return
    named = _by_identity(connection, withdrawals)
    local = _by_local(connection, withdrawals)
    prefixed = _by_prefix(connection, withdrawals)
    told: list[tuple[int, Withdrawal]] = []
    for each in withdrawals:
        if each.identity:
            found: Iterable[int] = named.get((each.network, each.identity), ())
        elif each.prefix:
            found = prefixed.get((each.network, each.prefix), ())
        else:
            found = local.get((each.network, *each.local), ()) if each.local else ()
        told += [(post_id, each) for post_id in found]
    posts = _locked(connection, {post_id for post_id, _ in told})
    after: dict[int, dict[str, Any]] = {}
    for post_id, each in told:
        values = _signalled(posts[post_id], after.get(post_id, {}), each, now)
        if values is not None:
            after[post_id] = values
    _move(connection, [(posts[post_id], values) for post_id, values in after.items()], now=now)


def _signalled(post: Row[Any], before: Mapping[str, Any], told: Withdrawal, now: datetime) -> dict[str, Any] | None:
    """Return what a signal makes of a post, None where it changes nothing. A tombstone is never lifted."""
    state = PostState(before.get("state", post.state))
    reason = before.get("state_reason", post.state_reason)
    if told.signal is Signal.GONE and state is not PostState.GONE:
        return {"state": PostState.GONE, "state_reason": told.reason, "recheck_at": None}
    if told.signal is Signal.HIDDEN and state is PostState.LIVE:
        return {"state": PostState.MISSING, "state_reason": told.reason, "recheck_at": now + _LOOK_AGAIN}
    # An account that is open again says nothing about a single post of it that was deleted.
    if told.signal is Signal.BACK and state is PostState.MISSING and reason != ABSENT:
        return {"state": PostState.LIVE, "state_reason": told.reason, "recheck_at": None}
    return None


def _bring_back(connection: Connection, returned: Mapping[int, bool], *, now: datetime) -> None:
    """Make missing posts live again, by id and whether they came back with other words.

    What came back as it was is shown again; what came back changed waits for a person, whatever was approved before.
    """
    posts = _locked(connection, returned)
    moves: _Moves = []
    for post_id, post in posts.items():
        if post.state != PostState.MISSING:
            continue
        values: dict[str, Any] = {"state": PostState.LIVE, "state_reason": "seen", "recheck_at": None}
        if returned[post_id] and post.review == Review.APPROVED:
            values |= {"review": Review.NEW, "approved_version_id": None}
        moves.append((post, values))
    _move(connection, moves, now=now)


def _locked(connection: Connection, post_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Return posts by id, their stories locked in one order, so that two never wait for each other."""
    ids = sorted(post_ids)
    stories: set[int] = set()
    for part in _slices(ids):
        stories |= set(connection.execute(select(_POST.story_id).where(_POST.id.in_(part))).scalars())
    for story_id in sorted(stories):
        _story(connection, story_id)
    found: dict[int, Row[Any]] = {}
    for part in _slices(ids):
        found |= {row.id: row for row in connection.execute(select(schema.post).where(_POST.id.in_(part)))}
    return found


def _move(connection: Connection, moves: _Moves, *, now: datetime) -> None:
    """Give posts their new states, record each step, and let readers and search know.

    The reason of a post that is live again stands in the trail alone. Who moves it doubts no more, unless it says so.
    """
    touched: dict[int, list[int]] = defaultdict(list)
    for post, given in moves:
        values: dict[str, Any] = {"doubted_at": None, "doubts": 0} | given
        state, reason = values["state"], values["state_reason"]
        if state is PostState.LIVE:
            values |= {"missing_at": None, "state_reason": ""}
        elif post.missing_at is None:
            values["missing_at"] = now
        connection.execute(update(schema.post).where(_POST.id == post.id).values(values))
        if state == post.state:
            continue
        story = _story(connection, post.story_id)
        _record(
            connection, story, _STEPS[state], by=JOB, now=now, reason=reason, post_id=post.id,
            version_id=post.version_id,
        )  # fmt: skip
        touched[post.story_id].append(post.id)
    for story_id, ids in touched.items():
        _refresh(connection, story_id, now)
        connection.execute(update(schema.story).where(_STORY.id == story_id).values(changes=_STORY.changes + 1))
        _index_posts(connection, ids)
        _correct(connection, story_id)
    if touched:
        _mark(connection, "story", touched)


def _by_identity(connection: Connection, withdrawals: Sequence[Withdrawal]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    campaigns = connection.execute(select(schema.campaign.c.id)).scalars().all()
    for network in {each.network for each in withdrawals}:
        names = sorted({each.identity for each in withdrawals if each.network == network and each.identity})
        for start in range(0, len(names), 500):
            query = select(
                _POST.id, _POST.identity
            ).where(
                _POST.campaign.in_(campaigns),  # so that the index on all three is used
                _POST.network == network,
                _POST.identity.in_(names[start : start + 500]),
            )
            for row in connection.execute(query):
                found[(network, row.identity)].append(row.id)
    return found


def _by_local(connection: Connection, withdrawals: Sequence[Withdrawal]) -> dict[tuple[str, str, str], list[int]]:
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    given = {each.local for each in withdrawals if each.local is not None}
    for place in sorted({each[0] for each in given}):
        names = sorted({each[1] for each in given if each[0] == place})
        for start in range(0, len(names), 500):
            query = (
                select(_NAME.post_id, _NAME.name, _POST.network)
                .join(schema.post, _POST.id == _NAME.post_id)
                .where(_NAME.place == place, _NAME.name.in_(names[start : start + 500]))
            )
            for row in connection.execute(query):
                found[(row.network, place, row.name)].append(row.post_id)
    return found


def _by_prefix(connection: Connection, withdrawals: Sequence[Withdrawal]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for network in {each.network for each in withdrawals if each.prefix}:
        prefixes = sorted({each.prefix for each in withdrawals if each.network == network and each.prefix})
        if connection.dialect.name == "sqlite" and len(prefixes) <= _FEW:
            # SQLite compares names by their characters' numbers: a span of the index, where LIKE reads every post.
            campaigns = select(schema.campaign.c.id)
            here = select(_POST.id).where(_POST.campaign.in_(campaigns), _POST.network == network)
            for prefix in prefixes:
                query = here.where(_POST.identity >= prefix, _POST.identity < prefix + "\U0010ffff")
                found[(network, prefix)] += connection.execute(query).scalars()
            continue
        # One look at all posts for all names of one length; those of a network are mostly equally long.
        for length in sorted({len(prefix) for prefix in prefixes}):
            start = func.substr(_POST.identity, 1, length)
            equal = [prefix for prefix in prefixes if len(prefix) == length]
            for at in range(0, len(equal), 5000):
                query = select(_POST.id, start).where(_POST.network == network, start.in_(equal[at : at + 5000]))
                for post_id, prefix in connection.execute(query):
                    found[(network, prefix)].append(post_id)
    return found
