"""Carries out what rules say of posts: in the transaction that stores them, and on what waits when a person asks.

Rules touch posts that are new and that no person has decided about, nothing else. Each of their decisions is a line
of the trail in the name of the rule, with what it saw, and is undone like a person's; what was undone stands.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from campaign.errors import ConflictError, NotFoundError
from campaign.records import Review
from campaign.rules import Effect, Hit, Rule, judge, put_off_until
from storage import schema
from storage.deciding import _finish, _record, _story
from storage.keys import _rekey
from storage.pairs import _in_turn
from storage.posts import _slices
from storage.rule_facts import Known, _known
from storage.rules import _acting, _records, _standing, _tell
from storage.store import Actor, Store
from storage.undoing import undo

_POST = schema.post.c
_STORY = schema.story.c
_HIT = schema.rule_hit.c
_DECISION = schema.decision.c

RULE = Actor(kind="rule")

#: So many posts one press puts a rule to; the newest that wait.
MOST_APPLIED = 500

_ACTIONS = {
    Effect.HIDE: ("hide", Review.HIDDEN),
    Effect.LATER: ("later", Review.LATER),
    Effect.PUBLISH: ("approve", Review.APPROVED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What putting a rule to what waits did: ``looked`` at so many posts, ``met`` and ``acted`` on so many.

    ``group`` undoes it, "" where nothing was done. ``left`` says that more waits than one press looks at.
    """

    looked: int
    met: int
    acted: int
    group: str
    left: bool


def _apply_rules(
    connection: Connection, campaign: str, *, added: Iterable[int], revised: Iterable[int], own: bool,
    source_id: str | None, now: datetime,
) -> None:  # fmt: skip
    """Let the campaign's rules judge posts that were just stored or have just changed. ``own`` is about the source."""
    posts = {*added, *revised}
    rules = _acting(connection, campaign) if posts else []
    if not rules:
        return
    _take_stories(connection, posts)
    known = _known(connection, posts, rules=rules, own=[source_id] if own and source_id is not None else [])
    fresh = [each for each in known if each.row.review == Review.NEW and not each.facts.decided]
    _forget_hits(connection, {each.row.id for each in fresh} & set(revised))
    _carry_out(connection, fresh, rules, now)


def apply_to_waiting(store: Store, rule_id: int, *, own: Collection[str], by: Actor, now: datetime) -> Applied:
    """Put one rule to the newest posts that wait, in a person's name, in one transaction.

    ``own`` are the sources that are channels of one's own. ConflictError ``rule_ended``.
    """
    with store.write() as connection:
        _in_turn(connection)
        row = _standing(connection, rule_id)
        (record,) = _records(connection, [schema.rule.c.id == rule_id])
        waiting = select(_POST.id).where(_POST.campaign == row.campaign, _POST.review == Review.NEW)
        found = connection.execute(waiting.order_by(_POST.sort_key.desc()).limit(MOST_APPLIED + 1)).scalars().all()
        ids = found[:MOST_APPLIED]
        _take_stories(connection, ids)
        known = [each for each in _known(connection, ids, rules=[record.rule], own=own) if not each.facts.decided]
        _forget_hits(connection, [each.row.id for each in known], rule_id)
        met, groups = _carry_out(connection, known, [record.rule], now)
        group = uuid.uuid4().hex if met else ""
        if met:
            facts = {"met": met, "groups": groups}
            _tell(connection, row.campaign, "rule_apply", rule_id, row.name, by=by, now=now, facts=facts, group=group)
        return Applied(looked=len(ids), met=met, acted=len(groups), group=group, left=len(found) > MOST_APPLIED)


def undo_applied(store: Store, group: str, *, by: Actor, now: datetime) -> tuple[int, int]:
    """Take back what a press put a rule to, and return how many decisions were taken back and how many stand.

    What somebody has decided about since stands. NotFoundError ``decision_missing``.
    """
    with store.read() as connection:
        query = select(_DECISION.facts).where(_DECISION.group == group, _DECISION.action == "rule_apply")
        facts = connection.execute(query).scalar()
    if facts is None:
        raise NotFoundError("decision_missing")
    undone = 0
    for each in facts["groups"]:
        try:
            undo(store, each, by=by, now=now)
        except (ConflictError, NotFoundError):
            continue  # decided about since, or taken back already: counted as standing
        undone += 1
    return undone, len(facts["groups"]) - undone


def _take_stories(connection: Connection, post_ids: Iterable[int]) -> None:
    """Take the stories of posts before anything is read of them: what a person decides at this moment is seen."""
    if connection.dialect.name == "sqlite":
        return  # nobody else writes
    for ids in _slices(sorted(post_ids)):
        theirs = select(_POST.story_id).where(_POST.id.in_(ids))
        connection.execute(select(_STORY.id).where(_STORY.id.in_(theirs)).order_by(_STORY.id).with_for_update()).all()


def _carry_out(
    connection: Connection, known: Sequence[Known], rules: Sequence[Rule], now: datetime
) -> tuple[int, list[str]]:
    """Judge posts, keep what met them, carry out what was decided; return how many were met and the decisions."""
    judged = [(each, judge(rules, each.facts)) for each in known]
    met = [(each, outcome) for each, outcome in judged if outcome.hits]
    if met:
        rows = [_hit_row(each, hit, now) for each, outcome in met for hit in outcome.hits]
        connection.execute(insert(schema.rule_hit), rows)
    groups = []
    # In the order of the stories, so that two who act never wait for each other.
    for each, outcome in sorted(met, key=lambda pair: (pair[0].row.story_id, pair[0].row.id)):
        if outcome.decision is not None:
            groups.append(_act(connection, each, outcome.decision, now))
    if any(rule.effect in (Effect.FIRST, Effect.LAST) for rule in rules):
        _rank(connection, {each.row.story_id for each in known})
    return len(met), groups


def _hit_row(known: Known, hit: Hit, now: datetime) -> dict[str, Any]:
    return {
        "rule_id": hit.rule.id,
        "post_id": known.row.id,
        "effect": str(hit.did),
        "why": hit.why.as_data(),
        "at": now,
    }


def _act(connection: Connection, known: Known, hit: Hit, now: datetime) -> str:
    """Carry out a rule's decision about one post and return its press. The posts beside it stay as they are."""
    row, group = known.row, uuid.uuid4().hex
    story = _story(connection, row.story_id)
    action, review = _ACTIONS[Effect(hit.did)]
    before = {
        "review": row.review,
        "approved_version_id": row.approved_version_id,
        "later_until": story.later_until.isoformat() if story.later_until else None,
        "approved_at": story.approved_at.isoformat() if story.approved_at else None,
    }
    approved = row.version_id if review is Review.APPROVED else None
    connection.execute(
        update(schema.post).where(_POST.id == row.id).values(review=review, approved_version_id=approved)
    )
    if review is Review.APPROVED:
        _rekey(connection, row.id, row.sort_key, row.published_at)
    if review is Review.LATER and story.later_until is None:
        until = put_off_until(hit.rule, now)
        connection.execute(update(schema.story).where(_STORY.id == story.id).values(later_until=until))
    facts = {"rule": hit.rule.id, "name": hit.rule.name, "why": hit.why.as_data()}
    _record(
        connection, story, action, by=RULE, now=now, group=group, before=before, facts=facts, post_id=row.id,
        version_id=row.version_id,
    )  # fmt: skip
    _finish(connection, story.id, group, action, now)
    return group


def _rank(connection: Connection, story_ids: Iterable[int]) -> None:
    """Put stories where rules want them: first for one of their posts that is, last where all of them are."""
    first = func.count().filter(_HIT.effect == Effect.FIRST)
    last = func.count(_POST.id.distinct()).filter(_HIT.effect == Effect.LAST)
    posts = func.count(_POST.id.distinct())
    for ids in _slices(sorted(story_ids)):
        query = (
            select(_POST.story_id, _STORY.rank, first.label("first"), last.label("last"), posts.label("posts"))
            .join(schema.story, _STORY.id == _POST.story_id)
            .outerjoin(schema.rule_hit, (_HIT.post_id == _POST.id) & _HIT.effect.in_((Effect.FIRST, Effect.LAST)))
            .where(_POST.story_id.in_(ids))
            .group_by(_POST.story_id, _STORY.rank)
        )
        for row in connection.execute(query).all():
            rank = 1 if row.first else -1 if row.last == row.posts else 0
            if rank != row.rank:
                connection.execute(update(schema.story).where(_STORY.id == row.story_id).values(rank=rank))


def _forget_hits(connection: Connection, post_ids: Iterable[int], rule_id: int | None = None) -> None:
    """Forget what rules, or one of them, saw in posts that are looked at anew."""
    of_rule = _HIT.rule_id == rule_id if rule_id is not None else _HIT.rule_id.is_not(None)
    for ids in _slices(sorted(post_ids)):
        connection.execute(delete(schema.rule_hit).where(_HIT.post_id.in_(ids), of_rule))
