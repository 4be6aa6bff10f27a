from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from builders import account, story
from campaign.errors import ConflictError
from campaign.settings import CampaignSettings
from campaign.strategy import Node, NodeKind, Strategy, parse
from campaign.suggestions import suggest
from conftest import NOW
from storage.evidence import attach
from storage.store import Actor, Store, public_revision, sync_campaigns
from storage.strategy import find_strategy, load_strategy, read_strategies

STRATEGIES = Path(__file__).parents[1] / "strategies"


def strategy(*nodes: Node) -> Strategy:
    return Strategy(
        id="plan", title="Planen", owner="Regionen", period_from=date(2014, 1, 1), period_to=date(2020, 12, 31),
        nodes=nodes,
    )  # fmt: skip


AREA = Node(code="A", title="Ett område", colour="#3a8c98", words=("cykel",))
GOAL = Node(code="A.1", parent="A", kind=NodeKind.GOAL, title="Ett mål", colour="#3a8c98")
OTHER = Node(code="B", title="Ett annat område")


def test_a_file_becomes_a_tree(store: Store) -> None:
    """The shipped strategy of Halland is read back with its three directions in their order."""
    file = STRATEGIES / "halland-2014-2020.toml"
    load_strategy(store, "hallandvaxer", parse(file.read_text(encoding="utf-8"), file.name), now=NOW)
    (tree,) = read_strategies(store, "hallandvaxer")
    assert tree.period_from == date(2014, 1, 1)
    assert [node.code for node in tree.nodes] == ["attraktiv", "konkurrenskraftig", "inkluderande"]
    assert tree.nodes[0].colour == "#3a8c98"


def test_loading_again_changes_nothing(store: Store) -> None:
    """The same file a second time leaves every node as it was, with its id."""
    first = load_strategy(store, "hallandvaxer", strategy(AREA, GOAL, OTHER), now=NOW)
    before = read_strategies(store, "hallandvaxer")
    again = load_strategy(store, "hallandvaxer", strategy(AREA, GOAL, OTHER), now=NOW)
    assert first.added == ("A", "B", "A.1")
    assert (again.added, again.changed, again.ended, again.unchanged) == ((), (), (), 3)
    assert read_strategies(store, "hallandvaxer") == before


def test_children_stand_under_their_parents_whatever_the_order(sqlite_store: Store) -> None:
    """A file may name a goal before its area; the tree is read depth first."""
    load_strategy(sqlite_store, "hallandvaxer", strategy(GOAL, OTHER, AREA), now=NOW)
    (tree,) = read_strategies(sqlite_store, "hallandvaxer")
    assert [(node.code, node.depth) for node in tree.nodes] == [("B", 0), ("A", 0), ("A.1", 1)]
    top, goal = tree.nodes[1], tree.nodes[2]
    assert tree.below(top.id) == (top.id, goal.id)
    assert tree.above(goal.id) == (top,)
    assert tree.find("a.1") == goal


def test_a_node_left_out_has_ended_and_keeps_its_evidence(store: Store) -> None:
    """It is not offered any more, can still be read, and comes back with the same id."""
    load_strategy(store, "hallandvaxer", strategy(AREA, OTHER), now=NOW)
    (tree,) = read_strategies(store, "hallandvaxer")
    node = tree.nodes[0]
    attach(store, story(store).id, node.id, by=Actor(kind="person", account_id=account(store)), now=NOW)
    done = load_strategy(store, "hallandvaxer", strategy(OTHER), now=NOW + timedelta(days=1))
    assert done.ended == ("A",)
    assert [found.code for found in read_strategies(store, "hallandvaxer")[0].nodes] == ["B"]
    whole = find_strategy(store, "plan")
    assert whole is not None
    ended = whole.find("A")
    assert ended is not None
    assert (ended.stories, ended.ended_at) == (1, NOW + timedelta(days=1))
    load_strategy(store, "hallandvaxer", strategy(AREA, OTHER), now=NOW)
    assert read_strategies(store, "hallandvaxer")[0].nodes[0].id == node.id


def test_a_changed_title_keeps_the_node_and_is_told_to_caches(sqlite_store: Store) -> None:
    """A node is known by its code; readers see the new title at once."""
    load_strategy(sqlite_store, "hallandvaxer", strategy(AREA), now=NOW)
    before = public_revision(sqlite_store)
    done = load_strategy(sqlite_store, "hallandvaxer", strategy(replace(AREA, title="Nytt namn")), now=NOW)
    assert done.changed == ("A",)
    assert public_revision(sqlite_store) > before


def test_two_campaigns_do_not_share_a_strategy(sqlite_store: Store) -> None:
    """An id that another campaign uses is refused."""
    sync_campaigns(sqlite_store, [CampaignSettings(id="annan", name="Annan", hashtags=("#annan",))], NOW)
    load_strategy(sqlite_store, "hallandvaxer", strategy(AREA), now=NOW)
    with pytest.raises(ConflictError, match="strategy_elsewhere"):
        load_strategy(sqlite_store, "annan", strategy(AREA), now=NOW)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ny cykelväg till stranden", ("cykelväg",)),
        ("Cyklar och cykeln", ("cykeln",)),
        ("Naturligtvis är matematik viktigt", ()),
        ("Naturen i Tylösand", ("naturen",)),
        ("Mat från gården", ("mat",)),
        ("", ()),
    ],
)
def test_nodes_are_proposed_by_their_words(text: str, found: tuple[str, ...]) -> None:
    """Word forms and compounds count, look-alikes do not, and the reason is the text's own word."""
    proposed = suggest(text, {1: ("cykel", "natur", "mat")})
    assert (proposed[0].found if proposed else ()) == found


def test_the_node_with_most_words_is_proposed_first() -> None:
    """Three of its words weigh more than one of another's."""
    proposed = suggest("Företag och forskning på högskolan vid kusten", {1: ("kust",), 2: ("företag", "forskning")})
    assert [suggestion.node_id for suggestion in proposed] == [2, 1]
