"""What of a strategy is told about and what is silent, since when: by node, by place, by quarter.

Counted are stories that anybody may see (``storage.posts.public``). A node's own numbers are of the stories attached to
itself, its whole numbers also of all below it, each story once. How many statements it takes does not depend on them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from campaign.credit import voice_key
from campaign.errors import NotFoundError
from campaign.figures import Weight
from campaign.newsletter import YEAR_AGO, IssueState
from campaign.places import Offer, Place, PlaceKind, offer
from campaign.strategy import NodeKind
from storage import schema
from storage.posts import public
from storage.store import Store
from storage.strategy import StrategyTree, TreeNode, find_strategy

_EVIDENCE = schema.evidence.c
_POST = schema.post.c
_NODE = schema.node.c
_ITEM = schema.issue_item.c
_ISSUE = schema.issue.c

#: A node of which nothing was told for so many weeks is silent: a quarter of a year.
SILENT_WEEKS = 13

#: So many quarters are counted one by one, the present one last.
QUARTERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LastIssue:
    """The latest sent issue that told one of some stories."""

    id: int
    newsletter: str
    number: int
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What some stories tell. ``weights`` counts them by weight, the greatest where one has several.

    ``last_at`` is the date of the newest, None where there are none, ``weeks`` how long ago that is. ``quarters`` has
    QUARTERS numbers, the present quarter last. ``places`` are ids of the campaign's municipalities, in their order.
    """

    stories: int = 0
    weights: Mapping[Weight, int] = field(default_factory=dict)
    last_at: datetime | None = None
    last_story: int | None = None
    weeks: int | None = None
    quarters: tuple[int, ...] = (0,) * QUARTERS
    places: tuple[str, ...] = ()
    voices: int = 0
    issue: LastIssue | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing was told for a quarter of a year, or ever."""
        return self.weeks is None or self.weeks >= SILENT_WEEKS


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCoverage:
    """A node with what is told of it.

    ``through`` is told at nodes of other strategies that serve it, or what is below it, and not in ``whole``.
    ``figures`` counts the indicators of it and of what is below, ``measured`` those of them that have any value.
    """

    node: TreeNode
    own: Told
    whole: Told
    through: Told
    figures: int
    measured: int

    @property
    def bare(self) -> bool:
        """Whether it is a goal that has neither evidence nor a figure with a value."""
        return self.node.kind is NodeKind.GOAL and not (self.whole.stories or self.through.stories or self.measured)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What of a strategy is told about. ``nodes`` in the order of the tree, ended ones with their evidence last.

    ``quarters`` are "2026K4", the present one last. ``unattached`` counts public stories at no node of it in force.
    ``places`` are the campaign's municipalities, ``silent_places`` those of which no story of the strategy tells.
    """

    tree: StrategyTree
    nodes: tuple[NodeCoverage, ...]
    whole: Told
    stories: int
    unattached: int
    quarters: tuple[str, ...]
    places: tuple[Place, ...]
    silent_places: tuple[Place, ...]

    @property
    def standing(self) -> tuple[NodeCoverage, ...]:
        """The nodes in force."""
        return tuple(each for each in self.nodes if each.node.ended_at is None)

    @property
    def ended(self) -> tuple[NodeCoverage, ...]:
        """The nodes that have ended."""
        return tuple(each for each in self.nodes if each.node.ended_at is not None)

    @property
    def bare(self) -> tuple[NodeCoverage, ...]:
        """The goals in force that have neither evidence nor a figure."""
        return tuple(each for each in self.standing if each.bare)


def coverage(store: Store, campaign: str, strategy: str, *, now: datetime, places: tuple[str, ...] = ()) -> Coverage:
    """Return what of a strategy is told about. ``places`` are as in the campaign's settings: without, none is silent.

    NotFoundError ``strategy_missing`` where the campaign has no strategy of that id.
    """
    tree = find_strategy(store, strategy)
    if tree is None or tree.campaign != campaign:
        raise NotFoundError("strategy_missing", strategy=strategy)
    known = offer(places)
    with store.read() as connection:
        facts = _facts(connection, campaign, tree, known, now)
    own = {node.id: facts.at.get(node.id, {}) for node in tree.nodes}
    nodes = [_node(tree, node, own, facts) for node in tree.nodes]
    everything = _merged(own[node.id] for node in tree.nodes if node.ended_at is None)
    whole = facts.told(everything)
    municipalities = known.municipalities if known.is_chosen else ()
    return Coverage(
        tree=tree,
        nodes=tuple(nodes),
        whole=whole,
        stories=len(facts.stories),
        unattached=len(set(facts.stories) - set(everything)),
        quarters=tuple(_quarter_name(facts.quarter - back) for back in reversed(range(QUARTERS))),
        places=municipalities,
        silent_places=tuple(place for place in municipalities if place.id not in whole.places),
    )


@dataclass(slots=True, kw_only=True)
class _Story:
    """What is known of one public story."""

    at: datetime
    voices: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    issue: LastIssue | None = None


@dataclass(slots=True, kw_only=True)
class _Facts:
    """What the database told: stories, their weights by node, what serves which node, figures by node."""

    now: datetime
    order: tuple[str, ...]
    stories: dict[int, _Story]
    at: dict[int, dict[int, int]]
    serving: dict[int, set[int]]
    figures: dict[int, set[int]]
    measured: set[int]

    @property
    def quarter(self) -> int:
        """The present quarter, counted from year nought."""
        return _quarter(self.now)

    def told(self, weights: Mapping[int, int]) -> Told:
        """Return what stories tell; ``weights`` by story."""
        found = {story_id: self.stories[story_id] for story_id in weights if story_id in self.stories}
        if not found:
            return Told()
        last = max(found, key=lambda story_id: (found[story_id].at, story_id))
        back = [self.quarter - _quarter(story.at) for story in found.values()]
        places = {place for story in found.values() for place in story.places}
        issues = [story.issue for story in found.values() if story.issue is not None]
        return Told(
            stories=len(found),
            weights={weight: sum(weights[story_id] == weight for story_id in found) for weight in Weight},
            last_at=found[last].at,
            last_story=last,
            weeks=max(0, (self.now - found[last].at) // timedelta(weeks=1)),
            quarters=tuple(back.count(each) for each in reversed(range(QUARTERS))),
            places=tuple(place for place in self.order if place in places),
            voices=len({voice for story in found.values() for voice in story.voices}),
            issue=max(issues, key=lambda issue: issue.sent_at, default=None),
        )


def _facts(connection: Connection, campaign: str, tree: StrategyTree, known: Offer, now: datetime) -> _Facts:
    stories = _stories(connection, campaign)
    _place(connection, campaign, known, stories)
    _tell(connection, campaign, stories)
    figures, measured = _figures(connection, tree.id)
    return _Facts(
        now=now,
        order=tuple(place.id for place in known.municipalities),
        stories=stories,
        at=_weights(connection, campaign),
        serving=_serving(connection, campaign),
        figures=figures,
        measured=measured,
    )


def _stories(connection: Connection, campaign: str) -> dict[int, _Story]:
    """Return the stories of which anybody may see something, each with the date of its newest public post."""
    shown = schema.version.c
    query = (
        select(_POST.story_id, _POST.id, _POST.sort_key, _POST.network, _POST.credit, _POST.source_id,
               shown.author_name, shown.author_handle)
        .join(schema.version, shown.id == _POST.approved_version_id)
        .where(_POST.campaign == campaign, public())
    )  # fmt: skip
    found: dict[int, _Story] = {}
    for row in connection.execute(query):
        at = datetime.fromtimestamp((row.sort_key >> 10) / 1000, UTC)
        story = found.setdefault(row.story_id, _Story(at=at))
        story.at = max(story.at, at)
        voice = voice_key(
            network=row.network,
            source=row.source_id or "",
            credit=row.credit,
            name=row.author_name,
            handle=row.author_handle,
        )
        story.voices.add(voice or (row.source_id or f"post {row.id}").casefold())
    return found


def _place(connection: Connection, campaign: str, known: Offer, stories: Mapping[int, _Story]) -> None:
    """Give stories the municipalities that they tell of, also through towns in them."""
    columns = schema.story_place.c
    for row in connection.execute(select(columns.story_id, columns.place).where(columns.campaign == campaign)):
        if row.story_id in stories:
            stories[row.story_id].places |= _municipality(known, row.place)


def _municipality(known: Offer, place_id: str) -> set[str]:
    place = known.register.find(place_id)
    around = (place, *known.register.above(place_id)) if place is not None else ()
    return {each.id for each in around if each.kind is PlaceKind.MUNICIPALITY}


def _tell(connection: Connection, campaign: str, stories: Mapping[int, _Story]) -> None:
    """Give stories the latest issue that was sent with them."""
    query = (
        select(_ITEM.story_id, _ISSUE.id, _ISSUE.newsletter, _ISSUE.number, _ISSUE.sent_at, _ISSUE.sent_from)
        .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
        .where(
            _ITEM.campaign == campaign,
            _ITEM.left_out.is_(False),
            _ITEM.section != YEAR_AGO,  # told again, of a year ago
            _ISSUE.state.in_([str(state) for state in IssueState if state.out]),
        )
        .order_by(_ISSUE.sent_from, _ISSUE.id)
    )
    for row in connection.execute(query):
        sent = row.sent_at or row.sent_from
        if row.story_id in stories and sent is not None:
            stories[row.story_id].issue = LastIssue(
                id=row.id, newsletter=row.newsletter, number=row.number, sent_at=sent
            )


def _weights(connection: Connection, campaign: str) -> dict[int, dict[int, int]]:
    """Return the weight of each story at each node of the campaign, of all its strategies."""
    query = select(_EVIDENCE.node_id, _EVIDENCE.story_id, _EVIDENCE.weight).where(_EVIDENCE.campaign == campaign)
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.node_id][row.story_id] = row.weight
    return found


def _serving(connection: Connection, campaign: str) -> dict[int, set[int]]:
    """Return which nodes serve each node, those below a serving one too."""
    mapped = schema.mapping.c
    under: dict[int, set[int]] = defaultdict(set)
    for row in connection.execute(select(_NODE.id, _NODE.parent_id).where(_NODE.campaign == campaign)):
        under[row.parent_id or 0].add(row.id)
    found: dict[int, set[int]] = defaultdict(set)
    for pair in connection.execute(select(mapped.node_id, mapped.serves_id).where(mapped.campaign == campaign)):
        waiting = [pair.node_id]
        while waiting:
            each = waiting.pop()
            if each not in found[pair.serves_id]:
                found[pair.serves_id].add(each)
                waiting += under[each]
    return found


def _figures(connection: Connection, strategy: str) -> tuple[dict[int, set[int]], set[int]]:
    """Return the indicators in force by node, and those of them that have any value."""
    indicator, tie, value = schema.indicator.c, schema.indicator_node.c, schema.measurement.c
    has_value = select(func.count()).where(
        value.indicator_id == indicator.id, value.known_to.is_(None), value.value.is_not(None)
    )
    query = (
        select(tie.node_id, indicator.id, has_value.scalar_subquery().label("values"))
        .join(schema.indicator, indicator.id == tie.indicator_id)
        .where(indicator.strategy_id == strategy, indicator.ended_at.is_(None))
    )
    found: dict[int, set[int]] = defaultdict(set)
    measured: set[int] = set()
    for row in connection.execute(query):
        found[row.node_id].add(row.id)
        if row[2]:
            measured.add(row.id)
    return found, measured


def _node(tree: StrategyTree, node: TreeNode, own: Mapping[int, Mapping[int, int]], facts: _Facts) -> NodeCoverage:
    below = _below(tree, node)
    whole = _merged(own[each] for each in below)
    others = {each for at in below for each in facts.serving.get(at, ())} - set(below)
    through = _merged(facts.at.get(each, {}) for each in others)
    figures = {each for at in below for each in facts.figures.get(at, ())}
    return NodeCoverage(
        node=node,
        own=facts.told(own[node.id]),
        whole=facts.told(whole),
        through=facts.told({story: weight for story, weight in through.items() if story not in whole}),
        figures=len(figures),
        measured=len(figures & facts.measured),
    )


def _below(tree: StrategyTree, node: TreeNode) -> tuple[int, ...]:
    """Return a node and what is under it in force; of one that has ended also what has."""
    ended = {each.id for each in tree.nodes if each.ended_at is not None}
    return tuple(each for each in tree.below(node.id) if each not in ended or node.ended_at is not None)


def _merged(parts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Return the weights of all stories, of one that stands in several parts the greatest."""
    found: dict[int, int] = {}
    for part in parts:
        for story, weight in part.items():
            found[story] = max(weight, found.get(story, 0))
    return found


def _quarter(at: datetime) -> int:
    return at.year * 4 + (at.month - 1) // 3


def _quarter_name(quarter: int) -> str:
    return f"{quarter // 4}K{quarter % 4 + 1}"
