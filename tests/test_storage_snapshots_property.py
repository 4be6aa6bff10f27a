"""Whatever happens after a measuring point was frozen, it stays byte for byte as it was; only erasing leaves a mark."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from builders import approved, candidate, ingest
from campaign.errors import SkordError
from campaign.figures import Direction, Reading, Status, Target, Weight
from campaign.snapshots import Part
from campaign.strategy import Node, NodeKind, Strategy
from conftest import NOW
from frozen import STRATEGY, Laid, frozen, ids, lay
from storage.analyses import write_analysis
from storage.decisions import Action, decide
from storage.evidence import attach, detach
from storage.measurements import put_readings
from storage.merging import join, split
from storage.snapshots import content, erase_story, parts, publish, unpublish, verify, withdraw
from storage.store import Store
from storage.stories import get_stories
from storage.strategy import read_document, save_strategy

STEPS = 32


@dataclass
class World:
    """A store with everything laid out, the points frozen so far as they were, and a clock that runs."""

    store: Store
    laid: Laid
    chance: random.Random
    now: datetime = NOW
    stories: list[int] = field(default_factory=list)
    points: dict[int, tuple[Part, ...]] = field(default_factory=dict)
    erased: set[tuple[int, int]] = field(default_factory=set)
    done: list[str] = field(default_factory=list)

    def story(self) -> int:
        """One of the stories that stand by themselves."""
        return self.chance.choice(self.stories)

    def node(self) -> int:
        """One of the nodes in force."""
        return self.chance.choice(sorted(ids(self.store).values()))

    def document(self) -> Strategy:
        """The strategy as it stands."""
        return read_document(self.store, STRATEGY.id)

    def save(self, strategy: Strategy) -> None:
        """Save a new wording of it."""
        save_strategy(self.store, "hallandvaxer", strategy, origin="desk", by=self.laid.by, now=self.now)


def freeze_again(world: World) -> None:
    """Freeze one more point, and remember it as it is."""
    made = frozen(world.store, now=world.now, title=f"Punkt {len(world.points)}")
    world.points[made.id] = parts(world.store, made.id)


def edit_post(world: World) -> None:
    """A source edits a post, and the edit is approved at once or waits."""
    story = get_stories(world.store, [world.story()], public=False)[0]
    post = world.chance.choice(story.posts)
    text = f"Ändrad {len(world.done)} gånger. #hallandväxer"
    edited = candidate(identity=post.identity, url=post.url, text=text, published_at=post.published_at)
    ingest(world.store, edited, now=world.now)
    if world.chance.random() < 0.5:
        decide(world.store, story.id, Action.APPROVE, by=world.laid.by, now=world.now)


def hide_or_restore(world: World) -> None:
    """A story is hidden, or approved again."""
    action = world.chance.choice((Action.HIDE, Action.APPROVE))
    decide(world.store, world.story(), action, by=world.laid.by, now=world.now)


def new_story(world: World) -> None:
    """A new story is approved and attached."""
    made = approved(world.store, published_at=world.now - timedelta(days=world.chance.randint(1, 40)))
    world.stories.append(made.id)
    attach(world.store, made.id, world.node(), by=world.laid.by, now=world.now)


def merge(world: World) -> None:
    """One story takes up another."""
    if len(world.stories) < 3:
        return
    one, other = world.chance.sample(world.stories, 2)
    stands = join(world.store, one, other, by=world.laid.by, now=world.now).story_id
    world.stories.remove(other if stands == one else one)


def part_again(world: World) -> None:
    """A post is taken out of a story that has several."""
    several = [each for each in get_stories(world.store, world.stories, public=False) if len(each.posts) > 1]
    if several:
        story = world.chance.choice(several)
        away = split(world.store, story.id, [story.posts[0].id], by=world.laid.by, now=world.now)
        world.stories.append(away.story_id)


def tie(world: World) -> None:
    """A story is attached to a node, with any weight, or the weight it has is changed."""
    weight = world.chance.choice(list(Weight))
    attach(world.store, world.story(), world.node(), by=world.laid.by, now=world.now, weight=weight, reason="Nytt")


def cut_tie(world: World) -> None:
    """A story is detached from a node."""
    detach(world.store, world.story(), world.node(), by=world.laid.by, now=world.now)


def rename_node(world: World) -> None:
    """A node gets another code and title."""
    found = world.document()
    at = world.chance.randrange(len(found.nodes))
    old = found.nodes[at]
    code = f"{old.code}x" if len(old.code) < 20 else f"n{len(world.done)}"
    nodes = [replace(each, parent=code if each.parent == old.code else each.parent, was=()) for each in found.nodes]
    nodes[at] = replace(nodes[at], code=code, title=f"{old.title}.", was=(old.code,))
    measured = tuple(
        replace(each, nodes=tuple(code if node == old.code else node for node in each.nodes))
        for each in found.indicators
    )
    world.save(replace(found, nodes=tuple(nodes), indicators=measured))


def split_node(world: World) -> None:
    """A goal becomes two."""
    found = world.document()
    goals = [node for node in found.nodes if node.kind is NodeKind.GOAL]
    if not goals:
        return
    old = world.chance.choice(goals)
    codes = [f"s{len(world.done)}a", f"s{len(world.done)}b"]
    heirs = [replace(old, code=code, title=f"{old.title} {code}", was=(old.code,)) for code in codes]
    rest = [replace(node, was=()) for node in found.nodes if node.code != old.code]
    measured = tuple(
        replace(each, nodes=tuple(codes[0] if node == old.code else node for node in each.nodes))
        for each in found.indicators
    )
    world.save(replace(found, nodes=(*rest, *heirs), indicators=measured))


def end_node(world: World) -> None:
    """A goal ends, and another begins."""
    found = world.document()
    goals = [node for node in found.nodes if node.kind is NodeKind.GOAL]
    if len(goals) < 2:
        return
    gone = world.chance.choice(goals).code
    new = Node(code=f"e{len(world.done)}", kind=NodeKind.GOAL, title="Nytt mål")
    kept = tuple(replace(node, was=()) for node in found.nodes if node.code != gone)
    measured = tuple(
        replace(each, nodes=tuple(node for node in each.nodes if node != gone) or (new.code,))
        for each in found.indicators
    )
    world.save(replace(found, nodes=(*kept, new), indicators=measured))


def rename_strategy(world: World) -> None:
    """The strategy is called otherwise."""
    world.save(replace(world.document(), title=f"Strategin {len(world.done)}", note="Påhittat"))


def change_indicator(world: World) -> None:
    """A target, a direction or a unit is changed."""
    found = world.document()
    changes = world.chance.choice(
        (
            {"targets": (Target(value=float(world.chance.randint(1, 99)), year=2029),)},
            {"direction": world.chance.choice(list(Direction))},
            {"unit": "antal"},
            {"public": False},
        )
    )
    measured = [replace(each) for each in found.indicators]
    at = world.chance.randrange(len(measured))
    measured[at] = replace(measured[at], **changes)  # type: ignore[arg-type]
    world.save(replace(found, indicators=tuple(measured)))


def revise_values(world: World) -> None:
    """A source tells other values, takes some away, or brings a year."""
    readings = [
        Reading(
            area="17",
            period=str(world.chance.randint(2018, 2026)),
            value=None if world.chance.random() < 0.2 else round(world.chance.uniform(0, 100), 1),
            deleted=world.chance.random() < 0.2,
        )
        for _ in range(3)
    ]
    indicator = world.chance.choice(sorted(world.laid.indicators.values()))
    put_readings(world.store, indicator, readings, now=world.now, whole=world.chance.random() < 0.2)


def analyse(world: World) -> None:
    """Somebody judges a goal anew."""
    status = world.chance.choice(list(Status))
    words = f"Ord {len(world.done)}"
    write_analysis(world.store, world.node(), status=status, text=words, by=world.laid.by, now=world.now)


def turn(world: World) -> None:
    """A point is published, taken back or withdrawn."""
    point = world.chance.choice(sorted(world.points))
    act = world.chance.choice((publish, publish, unpublish, withdraw))
    act(world.store, point, by=world.laid.by, now=world.now)


def erase(world: World) -> None:
    """A story is erased from every point, on request."""
    told = [
        part.story
        for point in sorted(world.points)
        for part in parts(world.store, point)
        if part.story is not None and part.body is not None
    ]
    story = world.chance.choice(told or world.stories)
    gone = {
        (point, part.position) for point in world.points for part in parts(world.store, point) if part.body is not None
    }
    erase_story(world.store, story, why="Begärt", by=world.laid.by, now=world.now)
    world.erased |= gone - {
        (point, part.position) for point in world.points for part in parts(world.store, point) if part.body is not None
    }


ALL: tuple[Callable[[World], None], ...] = (
    freeze_again, edit_post, hide_or_restore, new_story, merge, part_again, tie, cut_tie, rename_node, split_node,
    end_node, rename_strategy, change_indicator, revise_values, analyse, turn,
)  # fmt: skip


def stands(world: World) -> None:
    """Check that every point frozen so far is as it was, and that what was erased says so."""
    for point, before in world.points.items():
        now = parts(world.store, point)
        assert len(now) == len(before)
        for was, found in zip(before, now, strict=True):
            assert (found.position, found.kind, found.sha256) == (was.position, was.kind, was.sha256)
            if (point, found.position) in world.erased:
                assert found.body is None
                assert (found.erased_at is not None, found.erased_why) == (True, "Begärt")
            else:
                assert found.body == was.body
        checked = verify(world.store, point)
        assert checked.whole, world.done
        assert content(world.store, point).hash == checked.snapshot.hash


@pytest.mark.parametrize("seed", range(3))
def test_nothing_changes_what_is_frozen(store: Store, seed: int) -> None:
    """After every step of a random life each point has the bytes and the hash that it was frozen with."""
    laid = lay(store)
    world = World(store=store, laid=laid, chance=random.Random(seed), stories=list(laid.stories))
    freeze_again(world)
    refused = 0
    for step in range(STEPS):
        world.now += timedelta(hours=1)
        act = erase if step in (12, 24) else world.chance.choice(ALL)
        try:
            act(world)
        except SkordError:
            refused += 1  # a random step may be one that the house refuses; what matters is what it left
        world.done.append(act.__name__)
        stands(world)
    freeze_again(world)
    stands(world)
    assert refused < STEPS / 3
    assert len(world.points) >= 2
    assert world.erased
