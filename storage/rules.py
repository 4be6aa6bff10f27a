"""The rules that people make: kept, put in order, paused, ended. A new wording is a new row, so that what an old one
did can always be read in its own words.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.records import Review
from campaign.rules import CAP_HOURS, MOST_ENTRIES, NAME_MAX, Conditions, Effect, Rule, Why
from storage import schema
from storage.posts import _slices
from storage.store import Actor, Store
from storage.trail import DecisionRecord, trail

_RULE = schema.rule.c
_HIT = schema.rule_hit.c
_POST = schema.post.c
_DECISION = schema.decision.c

#: So many rules one campaign may have in force; each is looked at for every post.
MOST_RULES = 200

#: So many lines of the trail are gone through for those of one rule.
_TRAIL = 1000

#: What the trail calls what is done with rules, and with the trust that they need.
RULE_ACTIONS = ("rule_add", "rule_change", "rule_pause", "rule_resume", "rule_end", "rule_move", "rule_apply")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecord:
    """A rule as it is kept. ``who`` made it ("" for a command); ``ended_at`` None while it is in force."""

    rule: Rule
    campaign: str
    position: int
    paused: bool
    who: str
    created_at: datetime
    ended_at: datetime | None
    replaces: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """How often a rule met posts, how often it decided, and how many of its decisions people took back."""

    met: int = 0
    acted: int = 0
    undone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRecord:
    """A post that a rule met. ``did`` as ``campaign.rules.Hit`` has it; ``undone`` where a person said otherwise."""

    rule: Rule
    post_id: int
    story_id: int
    did: str
    why: Why
    at: datetime
    review: Review
    undone: bool


def list_rules(store: Store, campaign: str) -> list[RuleRecord]:
    """Return the rules in force, paused ones too, in their order."""
    with store.read() as connection:
        return _records(connection, _in_force(campaign))


def get_rule(store: Store, rule_id: int) -> RuleRecord:
    """Return a rule, also one that has ended. NotFoundError ``rule_missing``."""
    with store.read() as connection:
        found = _records(connection, [_RULE.id == rule_id])
    if not found:
        raise NotFoundError("rule_missing", rule=rule_id)
    return found[0]


def wordings(store: Store, rule_id: int) -> list[RuleRecord]:
    """Return a rule with the wordings that it had before, the latest first."""
    found: list[RuleRecord] = []
    with store.read() as connection:
        next_id: int | None = rule_id
        while next_id is not None:
            records = _records(connection, [_RULE.id == next_id])
            found += records
            next_id = records[0].replaces if records else None
    return found


def successor(store: Store, rule_id: int) -> int | None:
    """Return the rule that a reworded one became, None where it is the latest wording."""
    with store.read() as connection:
        return connection.execute(select(_RULE.id).where(_RULE.replaces == rule_id).limit(1)).scalar()


def add_rule(store: Store, campaign: str, rule: Rule, *, by: Actor, now: datetime) -> int:
    """Keep a new rule behind all others and return its id; the record's own id does not count.

    InputError as ``check``, and ``name`` (``rules_too_many``).
    """
    with store.write() as connection:
        check(rule)
        _check_node(connection, campaign, rule)
        standing = connection.execute(select(func.count(), func.max(_RULE.position)).where(*_in_force(campaign))).one()
        if standing[0] >= MOST_RULES:
            raise InputError("name", "rules_too_many", most=MOST_RULES)
        rule_id = _insert(connection, campaign, rule, position=(standing[1] or 0) + 1, by=by, now=now)
        _tell(connection, campaign, "rule_add", rule_id, rule.name, by=by, now=now, facts={"effect": rule.effect})
        return rule_id


def change_rule(store: Store, rule_id: int, rule: Rule, *, by: Actor, now: datetime) -> int:
    """Put a new wording in a rule's place and return its id; the old one has ended.

    InputError as ``check``; ConflictError ``rule_ended`` where it has ended or been reworded meanwhile.
    """
    with store.write() as connection:
        old = _standing(connection, rule_id)
        check(rule)
        _check_node(connection, old.campaign, rule)
        connection.execute(update(schema.rule).where(_RULE.id == rule_id).values(ended_at=now))
        made = _insert(
            connection, old.campaign, rule, position=old.position, by=by, now=now, replaces=rule_id, paused=old.paused
        )
        facts = {"effect": rule.effect, "replaces": rule_id}
        _tell(connection, old.campaign, "rule_change", made, rule.name, by=by, now=now, facts=facts)
        return made


def pause_rule(store: Store, rule_id: int, *, paused: bool, by: Actor, now: datetime) -> None:
    """Let a rule rest, or act again on what comes from now on. ConflictError ``rule_ended``."""
    with store.write() as connection:
        old = _standing(connection, rule_id)
        if old.paused == paused:
            return
        connection.execute(update(schema.rule).where(_RULE.id == rule_id).values(paused=paused))
        action = "rule_pause" if paused else "rule_resume"
        _tell(connection, old.campaign, action, rule_id, old.name, by=by, now=now)


def end_rule(store: Store, rule_id: int, *, by: Actor, now: datetime) -> None:
    """End a rule for good; what it did stays as it is. ConflictError ``rule_ended``."""
    with store.write() as connection:
        old = _standing(connection, rule_id)
        connection.execute(update(schema.rule).where(_RULE.id == rule_id).values(ended_at=now))
        _tell(connection, old.campaign, "rule_end", rule_id, old.name, by=by, now=now)


def move_rule(store: Store, rule_id: int, *, up: bool, by: Actor, now: datetime) -> None:
    """Let a rule change places with the one before or behind it; at the end of the list nothing happens."""
    with store.write() as connection:
        old = _standing(connection, rule_id)
        ids = [record.rule.id for record in _records(connection, _in_force(old.campaign))]
        at = ids.index(rule_id)
        to = at - 1 if up else at + 1
        if not 0 <= to < len(ids):
            return
        ids[at], ids[to] = ids[to], ids[at]
        for position, each in enumerate(ids, 1):
            connection.execute(update(schema.rule).where(_RULE.id == each).values(position=position))
        _tell(connection, old.campaign, "rule_move", rule_id, old.name, by=by, now=now, facts={"to": to + 1})


def check(rule: Rule) -> None:
    """Refuse what is no rule. InputError ``name`` (``rule_nameless``), ``conditions`` (``rule_empty``), ``more_than``
    (``rule_cap``), or ``words``, ``without``, ``authors`` (``rule_long``), ``node`` (``rule_aimless``).
    """
    conditions = rule.conditions
    if not rule.name.strip():
        raise InputError("name", "rule_nameless")
    for field in ("words", "without", "authors"):
        if len(getattr(conditions, field)) > MOST_ENTRIES:
            raise InputError(field, "rule_long", most=MOST_ENTRIES)
    if not 0 <= conditions.more_than <= 1000:
        raise InputError("more_than", "rule_cap", most=1000, hours=CAP_HOURS)
    if conditions.is_empty:
        raise InputError("conditions", "rule_empty")
    if rule.effect is Effect.SUGGEST and not (rule.facts.get("node") or rule.facts.get("place")):
        raise InputError("node", "rule_aimless")


def rule_counts(store: Store, rule_ids: Iterable[int], *, since: datetime) -> dict[int, RuleCount]:
    """Return what became of rules since a moment; rules that met nothing are left out."""
    acted = _HIT.effect.in_((Effect.HIDE, Effect.LATER, Effect.PUBLISH))
    taken_back = and_(acted, _is_taken_back())
    found: dict[int, RuleCount] = {}
    with store.read() as connection:
        for ids in _slices(rule_ids):
            query = (
                select(
                    _HIT.rule_id,
                    func.count().label("met"),
                    func.count().filter(acted).label("acted"),
                    func.count().filter(taken_back).label("undone"),
                )
                .join(schema.post, _POST.id == _HIT.post_id)
                .where(_HIT.rule_id.in_(ids), _HIT.at >= since)
                .group_by(_HIT.rule_id)
            )
            for row in connection.execute(query):
                found[row.rule_id] = RuleCount(met=row.met, acted=row.acted, undone=row.undone)
    return found


def hits_of(store: Store, rule_id: int, *, limit: int = 50) -> list[HitRecord]:
    """Return the latest posts that a rule met, newest first."""
    with store.read() as connection:
        return _hits(connection, _HIT.rule_id == rule_id, limit=limit)


def hits_on(store: Store, post_ids: Iterable[int]) -> dict[int, list[HitRecord]]:
    """Return what rules made of posts, in the order of the rules; posts that no rule met are left out."""
    found: dict[int, list[HitRecord]] = defaultdict(list)
    with store.read() as connection:
        for ids in _slices(post_ids):
            for hit in _hits(connection, _HIT.post_id.in_(ids), limit=None):
                found[hit.post_id].append(hit)
    return dict(found)


def _is_taken_back() -> Any:
    """Return the condition under which people said otherwise than a rule that decided: by undoing, or by deciding."""
    undone = (
        select(_DECISION.id)
        .where(
            _DECISION.post_id == _HIT.post_id,
            _DECISION.actor == "rule",
            _DECISION.undone_by.is_not(None),
            _DECISION.action.in_(("hide", "later", "approve")),
        )
        .correlate(schema.rule_hit)
        .exists()
    )
    return or_(
        undone,
        and_(_HIT.effect == Effect.HIDE, _POST.review != Review.HIDDEN),
        and_(_HIT.effect == Effect.PUBLISH, _POST.review != Review.APPROVED),
    )


def _hits(connection: Connection, which: Any, *, limit: int | None) -> list[HitRecord]:
    query = (
        select(schema.rule_hit, schema.rule, _POST.story_id, _POST.review, _is_taken_back().label("undone"))
        .join(schema.rule, _RULE.id == _HIT.rule_id)
        .join(schema.post, _POST.id == _HIT.post_id)
        .where(which)
        .order_by(_HIT.at.desc(), _RULE.position, _HIT.post_id.desc())
        .limit(limit)
    )
    return [_hit_of(row) for row in connection.execute(query)]


def _hit_of(row: Row[Any]) -> HitRecord:
    told = row._mapping
    did = str(told[_HIT.effect])
    acted = did in (Effect.HIDE, Effect.LATER, Effect.PUBLISH)
    return HitRecord(
        rule=_rule_of(told),
        post_id=told[_HIT.post_id],
        story_id=row.story_id,
        did=did,
        why=Why.of(told[_HIT.why]),
        at=told[_HIT.at],
        review=Review(row.review),
        undone=acted and bool(row.undone),
    )


def _rule_of(told: Mapping[Any, Any]) -> Rule:
    return Rule(
        id=told[_RULE.id],
        name=told[_RULE.name],
        conditions=Conditions.of(told[_RULE.conditions]),
        effect=Effect(told[_RULE.effect]),
        facts=dict(told[_RULE.facts]),
    )


def _acting(connection: Connection, campaign: str) -> list[Rule]:
    """Return the rules that act on what comes in, in their order."""
    query = select(schema.rule).where(*_in_force(campaign), _RULE.paused.is_(False))
    rows = connection.execute(query.order_by(_RULE.position, _RULE.id))
    return [_rule_of(row._mapping) for row in rows]


def _in_force(campaign: str) -> list[Any]:
    return [_RULE.campaign == campaign, _RULE.ended_at.is_(None)]


def _records(connection: Connection, which: list[Any]) -> list[RuleRecord]:
    account = schema.account.c
    query = (
        select(schema.rule, account.display_name, account.name.label("account_name"))
        .outerjoin(schema.account, account.id == _RULE.account_id)
        .where(*which)
        .order_by(_RULE.position, _RULE.id)
    )
    return [
        RuleRecord(
            rule=_rule_of(row._mapping),
            campaign=row.campaign,
            position=row.position,
            paused=row.paused,
            who=row.display_name or row.account_name or "",
            created_at=row.created_at,
            ended_at=row.ended_at,
            replaces=row.replaces,
        )
        for row in connection.execute(query)
    ]


def _standing(connection: Connection, rule_id: int) -> Row[Any]:
    row = connection.execute(select(schema.rule).where(_RULE.id == rule_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFoundError("rule_missing", rule=rule_id)
    if row.ended_at is not None:
        raise ConflictError("rule_ended", rule=rule_id)
    return row


def _check_node(connection: Connection, campaign: str, rule: Rule) -> None:
    node = rule.facts.get("node")
    if node is None:
        return
    known = select(schema.node.c.id).where(schema.node.c.id == node, schema.node.c.campaign == campaign)
    if connection.execute(known).first() is None:
        raise InputError("node", "node_missing")


def _insert(
    connection: Connection, campaign: str, rule: Rule, *, position: int, by: Actor, now: datetime,
    replaces: int | None = None, paused: bool = False,
) -> int:  # fmt: skip
    done = connection.execute(
        insert(schema.rule).values(
            campaign=campaign,
            name=" ".join(rule.name.split())[:NAME_MAX],
            conditions=rule.conditions.as_data(),
            effect=rule.effect,
            facts=dict(rule.facts),
            position=position,
            paused=paused,
            account_id=by.account_id,
            created_at=now,
            replaces=replaces,
        )
    )
    return int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one


def _tell(
    connection: Connection, campaign: str | None, action: str, rule_id: int, name: str, *, by: Actor, now: datetime,
    facts: Mapping[str, Any] | None = None, group: str = "",
) -> str:  # fmt: skip
    """Put what was done with a rule into the trail and return the press."""
    press = group or uuid.uuid4().hex
    connection.execute(
        insert(schema.decision).values(
            campaign=campaign,
            at=now,
            actor=by.kind,
            account_id=by.account_id,
            group=press,
            action=action,
            reason="",
            facts={"rule": rule_id, "name": name, **(facts or {})},
        )
    )
    return press


def rule_trail(
    store: Store, campaign: str, rule_ids: Collection[int] | None, *, limit: int = 100
) -> list[DecisionRecord]:
    """Return what people did with rules, newest first: with these, or with any and the trust in sources for None."""
    actions = RULE_ACTIONS if rule_ids is not None else (*RULE_ACTIONS, "source_trust", "source_distrust")
    found = trail(store, campaign=campaign, actions=actions, limit=_TRAIL if rule_ids is not None else limit)
    return [line for line in found if rule_ids is None or line.facts.get("rule") in rule_ids][:limit]
