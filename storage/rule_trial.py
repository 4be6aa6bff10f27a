"""Trying a rule on what is stored: whom it would have met, and how people decided about them. Nothing is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from campaign.records import Review
from campaign.rules import Effect, Hit, Rule, Why, judge, nearly
from storage import schema
from storage.keys import key_range
from storage.posts import _slices
from storage.rule_facts import Known, _known
from storage.store import Store

_POST = schema.post.c
_DECISION = schema.decision.c
_EVIDENCE = schema.evidence.c

#: A trial looks at so many posts, the newest.
MOST_TRIED = 2000

#: With more words than this nobody looks for those that almost met.
MOST_NEAR = 200

#: So many stories are named for each word that almost met.
_SOME = 3

#: Letters of a post that a trial shows.
_SHOWN = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A post that a rule would have met. ``said`` is what a person decided about it, None where nobody has.

    ``agrees`` is None where that says nothing about the rule.
    """

    post_id: int
    story_id: int
    words: str
    author: str
    network: str
    published_at: datetime
    did: str
    why: Why
    said: Review | None
    agrees: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearWord:
    """A word that almost met: it holds ``entry``, stands in so many posts that the rule let be, in these stories."""

    word: str
    entry: str
    count: int
    story_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a rule would have done with ``looked`` posts, newest first. ``near`` is None where nobody looked."""

    looked: int
    since: datetime | None
    hits: tuple[Tried, ...]
    near: tuple[NearWord, ...] | None

    @property
    def friends(self) -> tuple[Tried, ...]:
        """The hits about which people decided the opposite."""
        return tuple(hit for hit in self.hits if hit.agrees is False)

    @property
    def agreed(self) -> int:
        """How many hits people decided about as the rule would."""
        return sum(hit.agrees is True for hit in self.hits)

    @property
    def undecided(self) -> int:
        """How many hits nobody has said anything about that tells for or against the rule."""
        return sum(hit.agrees is None for hit in self.hits)


def try_rules(
    store: Store, campaign: str, rules: Sequence[Rule], *, own: Collection[str], limit: int = MOST_TRIED,
    start: datetime | None = None, end: datetime | None = None,
) -> list[Trial]:  # fmt: skip
    """Return what each rule by itself would have done with the latest posts, of a span of time where one is given.

    ``own`` are the sources that are channels of one's own. ``start`` is inside, ``end`` is not.
    """
    query = select(_POST.id).where(_POST.campaign == campaign)
    if start is not None:
        query = query.where(_POST.sort_key >= key_range(start, start)[0])
    if end is not None:
        query = query.where(_POST.sort_key < key_range(end, end)[0])
    with store.read() as connection:
        ids = connection.execute(query.order_by(_POST.sort_key.desc()).limit(min(limit, MOST_TRIED))).scalars().all()
        known = _known(connection, ids, rules=rules, own=own, for_acting=False)
        known.reverse()
        return [_trial(connection, known, rule) for rule in rules]


def _trial(connection: Connection, known: Sequence[Known], rule: Rule) -> Trial:
    met: list[tuple[Known, Hit]] = []
    passed: list[Known] = []
    for each in known:
        hits = judge([rule], each.facts).hits
        met += [(each, hit) for hit in hits]
        passed += [each] if not hits else []
    said = _said(connection, [each.row.id for each, _ in met])
    nodes = _nodes(connection, {each.row.story_id for each, _ in met}) if rule.effect is Effect.SUGGEST else {}
    return Trial(
        looked=len(known),
        since=known[-1].row.published_at if known else None,
        hits=tuple(_tried(each, hit, said.get(each.row.id), nodes.get(each.row.story_id, set())) for each, hit in met),
        near=_near(rule, passed) if len(rule.conditions.words) <= MOST_NEAR else None,
    )


def _tried(known: Known, hit: Hit, said: Review | None, nodes: set[int]) -> Tried:
    row = known.row
    return Tried(
        post_id=row.id,
        story_id=row.story_id,
        words=(row.title or row.text or row.warning)[:_SHOWN],
        author=row.author_name or row.author_handle,
        network=row.network,
        published_at=row.published_at,
        did=str(hit.did),
        why=hit.why,
        said=said,
        agrees=_agrees(hit.rule, said, nodes),
    )


_FOR = {
    Effect.HIDE: Review.HIDDEN,
    Effect.LAST: Review.HIDDEN,
    Effect.PUBLISH: Review.APPROVED,
    Effect.PROPOSE: Review.APPROVED,
    Effect.FIRST: Review.APPROVED,
}


def _agrees(rule: Rule, said: Review | None, nodes: set[int]) -> bool | None:
    """Return whether a person decided as the rule would, None where that cannot be told."""
    if rule.effect is Effect.SUGGEST:
        node = rule.facts.get("node")
        return None if node is None or not nodes else node in nodes
    if rule.effect is Effect.LATER:
        return True if said is Review.LATER else None
    if said not in (Review.APPROVED, Review.HIDDEN, Review.NEW):
        return None
    if said is Review.NEW:
        return False if rule.effect in (Effect.HIDE, Effect.PUBLISH) else None
    return said is _FOR[rule.effect]


_SAID = {
    "approve": Review.APPROVED,
    "hide": Review.HIDDEN,
    "later": Review.LATER,
    "restore": Review.NEW,
    "undo_hide": Review.NEW,
    "undo_approve": Review.NEW,
}


def _said(connection: Connection, post_ids: Iterable[int]) -> Mapping[int, Review]:
    """Return what people last said about posts, NEW where they took back what a rule had decided."""
    found: dict[int, Review] = {}
    for ids in _slices(post_ids):
        query = (
            select(_DECISION.post_id, _DECISION.action, _DECISION.facts)
            .where(_DECISION.post_id.in_(ids), _DECISION.actor == "person", _DECISION.undone_by.is_(None))
            .where(_DECISION.action.in_(_SAID))
            .order_by(_DECISION.id)
        )
        for row in connection.execute(query):
            # That a person took back a press of a person's own says nothing.
            if not row.action.startswith("undo_") or "rule" in row.facts:
                found[row.post_id] = _SAID[row.action]
    return found


def _nodes(connection: Connection, story_ids: Collection[int]) -> Mapping[int, set[int]]:
    """Return what stories are evidence for."""
    found: dict[int, set[int]] = defaultdict(set)
    for ids in _slices(story_ids):
        query = select(_EVIDENCE.story_id, _EVIDENCE.node_id).where(_EVIDENCE.story_id.in_(ids))
        for row in connection.execute(query):
            found[row.story_id].add(row.node_id)
    return found


def _near(rule: Rule, passed: Sequence[Known]) -> tuple[NearWord, ...]:
    """Return the words for which posts were almost met, the most frequent first."""
    counted: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], list[int]] = defaultdict(list)
    for known in passed:
        for near in nearly(rule.conditions, known.facts):
            name = (near.word, near.entry)
            counted[name] += 1
            if known.row.story_id not in where[name]:
                where[name].append(known.row.story_id)
    return tuple(
        NearWord(word=word, entry=entry, count=count, story_ids=tuple(where[word, entry][:_SOME]))
        for (word, entry), count in counted.most_common()
    )
