import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from builders import account, node, story
from campaign.errors import ConfigError, ConflictError, NotFoundError
from campaign.figures import Indicator, Origin
from campaign.settings import CampaignSettings
from campaign.strategy import Node, NodeKind, Strategy, parse
from campaign.suggestions import suggest
from conftest import NOW
from storage import schema
from storage.evidence import attach
from storage.store import Actor, Store, public_revision, sync_campaigns
from storage.strategy import (
    Loaded,
    find_strategy,
    heirs,
    load_strategy,
    moved_to,
    place_strategy,
    read_document,
    read_strategies,
    save_strategy,
    versions,
)

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


def test_a_node_that_only_stands_at_another_number_has_not_changed(store: Store) -> None:
    """Ending the first of three says one ended and nothing of the rest; two that change places are told as an order."""
    third = Node(code="C", title="Ett tredje")
    saved(store, AREA, OTHER, third)
    done = saved(store, OTHER, third, days=1)
    assert (done.ended, done.changed, done.is_reordered) == (("A",), (), False)
    done = saved(store, third, OTHER, days=2)
    assert (done.changed, done.is_reordered) == ((), True)
    assert [found.code for found in read_strategies(store, "hallandvaxer")[0].nodes] == ["C", "B"]
    assert versions(store, "plan")[0].changes["reordered"] is True


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


def saved(store: Store, *nodes: Node, days: int = 0, **changes: Any) -> Loaded:
    """Save the strategy of these nodes as somebody at the desk would."""
    options = {name: changes.pop(name) for name in ("expected", "origin", "by", "reason") if name in changes}
    document = replace(strategy(*nodes), **changes)
    given = {"origin": "desk", "by": Actor(kind="person", account_id=account(store))} | options
    return save_strategy(store, "hallandvaxer", document, now=NOW + timedelta(days=days), **given)


def ids(store: Store, strategy_id: str = "plan") -> dict[str, int]:
    """The ids of all nodes by code, ended ones too."""
    tree = find_strategy(store, strategy_id)
    assert tree is not None
    return {node.code: node.id for node in tree.nodes}


def in_force(store: Store) -> list[str]:
    """The codes in force."""
    return [node.code for node in read_strategies(store, "hallandvaxer")[0].nodes]


def test_a_document_is_kept_as_a_version_with_its_line_in_the_trail(store: Store) -> None:
    """Number, origin, reason, who and what changed are there; the document reads back as it was saved."""
    saved(store, AREA, GOAL)
    done = saved(store, AREA, replace(GOAL, title="Ett nytt mål"), OTHER, days=1, reason="Beslut i nämnden")
    assert (done.version, done.added, done.changed, done.is_new) == (2, ("B",), ("A.1",), True)
    latest, first = versions(store, "plan")
    assert (latest.number, latest.origin, latest.reason, latest.who) == (2, "desk", "Beslut i nämnden", "Anna")
    assert latest.changes["added"] == ["B"]
    assert (first.number, first.at) == (1, NOW)
    assert read_document(store, "plan", 1) == strategy(AREA, GOAL)
    assert [node.title for node in read_document(store, "plan").nodes][1] == "Ett nytt mål"
    with store.read() as connection:
        rows = connection.execute(select(schema.decision).order_by(schema.decision.c.id)).all()
    assert [(row.action, row.facts["version"], row.actor) for row in rows] == [
        ("strategy_saved", 1, "person"),
        ("strategy_saved", 2, "person"),
    ]
    with pytest.raises(NotFoundError, match="strategy_missing"):
        read_document(store, "plan", 3)


def test_the_same_document_makes_no_version(store: Store) -> None:
    """Nothing is written, nothing said in the trail, and no cache is told."""
    saved(store, AREA, GOAL)
    before = public_revision(store)
    again = saved(store, AREA, GOAL, days=1)
    assert (again.version, again.is_new, again.unchanged) == (1, False, 2)
    assert len(versions(store, "plan")) == 1
    assert public_revision(store) == before


def test_a_node_is_read_with_all_that_its_planner_wrote(store: Store) -> None:
    """Why, what must succeed, how, who answers, and the words for kinds arrive in the tree."""
    whole = replace(
        AREA, why="Därför.", success="Det här.", how=("Ett", "Två"), responsible=("Nämnden",), agenda=(4, 8)
    )
    saved(store, whole, note="Påhittat", names=(("goal", "Ambition"),))
    tree = read_strategies(store, "hallandvaxer")[0]
    node = tree.nodes[0]
    assert (node.why, node.success, node.how) == ("Därför.", "Det här.", ("Ett", "Två"))
    assert (node.responsible, node.agenda) == (("Nämnden",), (4, 8))
    assert (tree.note, tree.names, tree.version, tree.position) == ("Påhittat", (("goal", "Ambition"),), 1, 0)
    assert (tree.name_of(NodeKind.GOAL), tree.name_of(NodeKind.AREA)) == ("Ambition", "")


def test_a_renamed_node_is_the_same_node(store: Store) -> None:
    """Id and evidence stay, the old code leads to the new one, and another change afterwards does not undo it."""
    saved(store, AREA, GOAL)
    node_id = ids(store)["A.1"]
    attach(store, story(store).id, node_id, by=Actor(kind="person", account_id=account(store)), now=NOW)
    renamed = replace(GOAL, code="A.2", was=("A.1",))
    done = saved(store, AREA, renamed)
    assert done.renamed == (("A.1", "A.2"),)
    saved(store, AREA, replace(renamed, title="Ny rubrik"))
    assert ids(store)["A.2"] == node_id
    found = moved_to(store, "plan", "a.1")
    assert found is not None
    assert (found.id, found.code, found.stories) == (node_id, "A.2", 1)
    assert moved_to(store, "plan", "A.2") is None
    assert moved_to(store, "plan", "Z") is None
    with store.read() as connection:
        was = connection.execute(select(schema.node_was).order_by(schema.node_was.c.id)).all()
    assert [(row.code, row.title, row.version) for row in was] == [("A.1", "Ett mål", 1), ("A.2", "Ett mål", 2)]


def test_two_nodes_change_codes_with_each_other(store: Store) -> None:
    """Each keeps its id under the other's code, and the same document again changes nothing back."""
    saved(store, AREA, OTHER)
    before = ids(store)
    swapped = (replace(AREA, code="B", was=("A",)), replace(OTHER, code="A", was=("B",)))
    saved(store, *swapped)
    assert ids(store) == {"A": before["B"], "B": before["A"]}
    saved(store, *swapped, summary="Något annat ändras")
    assert ids(store) == {"A": before["B"], "B": before["A"]}


def test_codes_move_up_when_one_is_left_out(store: Store) -> None:
    """1.2 becomes 1.1 and 1.3 becomes 1.2; what was 1.1 has ended and keeps its evidence under a code of its own."""
    first, second, third = (Node(code=f"1.{number}", title=f"Mål {number}") for number in (1, 2, 3))
    saved(store, first, second, third)
    before = ids(store)
    attach(store, story(store).id, before["1.1"], by=Actor(kind="person", account_id=account(store)), now=NOW)
    done = saved(store, replace(second, code="1.1", was=("1.2",)), replace(third, code="1.2", was=("1.3",)))
    assert done.ended == ("1.1",)
    assert ids(store) == {"1.1": before["1.2"], "1.2": before["1.3"], "1.1-1": before["1.1"]}
    tree = find_strategy(store, "plan")
    assert tree is not None
    assert [node.stories for node in tree.nodes if node.code == "1.1-1"] == [1]


def test_a_split_node_ends_and_names_its_heirs(store: Store) -> None:
    """Two new nodes say that they were it; it keeps its evidence, and its code leads to itself, with both named."""
    saved(store, AREA)
    before = ids(store)["A"]
    parts = [Node(code=code, title=code, was=("A",)) for code in ("A1", "A2")]
    done = saved(store, *parts, days=1)
    after = ids(store)
    assert (done.ended, done.heirs) == (("A",), (("A", "A1"), ("A", "A2")))
    assert after["A"] == before
    assert set(heirs(store, before)) == {after["A1"], after["A2"]}
    assert moved_to(store, "plan", "A") is None


def test_merged_nodes_lead_to_the_one_they_became(store: Store) -> None:
    """Of two that one names the first goes on under the new code, the other ends and leads there."""
    saved(store, AREA, OTHER)
    before = ids(store)
    saved(store, Node(code="C", title="Båda", was=("A", "B")))
    assert ids(store) == {"C": before["A"], "B": before["B"]}
    assert heirs(store, before["B"]) == (before["A"],)
    assert [found.id for code in "AB" if (found := moved_to(store, "plan", code))] == [before["A"]] * 2


def test_a_node_that_takes_another_in_stays_itself(store: Store) -> None:
    """One that names its own code beside another's keeps its id; the other is in force again when it returns."""
    saved(store, AREA, OTHER)
    before = ids(store)
    saved(store, replace(AREA, was=("A", "B")))
    assert (in_force(store), heirs(store, before["B"])) == (["A"], (before["A"],))
    saved(store, AREA, OTHER)
    assert (in_force(store), ids(store), heirs(store, before["B"])) == (["A", "B"], before, ())


def test_a_renamed_nodes_old_code_may_be_given_to_a_new_node(store: Store) -> None:
    """Once done, what a node was does not stand in the way of another with that code."""
    saved(store, AREA)
    renamed = replace(AREA, code="C", was=("A",))
    saved(store, renamed)
    before = ids(store)["C"]
    saved(store, renamed, Node(code="A", title="En helt annan"))
    assert ids(store)["C"] == before
    assert read_document(store, "plan").nodes[0].was == ()


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_renamed_ended_and_returned_no_evidence_is_lost(sqlite_store: Store, seed: int) -> None:
    """Over made versions each node is the one whose code it says it had, and every story stays at its node."""
    store, chance = sqlite_store, random.Random(seed)
    alive = ["a", "b", "c", "d"]
    saved(store, *(Node(code=code, title=code) for code in alive))
    by = Actor(kind="person", account_id=account(store))
    told = {node_id: story(store).id for node_id in ids(store).values()}
    for node_id, story_id in told.items():
        attach(store, story_id, node_id, by=by, now=NOW)
    spare = [f"{letter}{number}" for letter in "abcd" for number in range(3)]
    for _ in range(10):
        new: list[Node] = []
        old = chance.sample(alive, chance.randint(1, len(alive)))
        codes = old[:]
        chance.shuffle(codes)
        for code, was in zip(codes, old, strict=True):
            moves = chance.random() < 0.3
            free = [each for each in spare if each not in alive and each not in [node.code for node in new]]
            new.append(Node(code=chance.choice(free) if moves else code, title=was, was=(was,)))
        before = ids(store)
        done = {node.code: node.was for node in read_document(store, "plan").nodes}
        saved(store, *new)
        if not any(node.was == done.get(node.code) for node in new):  # the same words again say nothing new
            assert {node.code: ids(store)[node.code] for node in new} == {n.code: before[n.was[0]] for n in new}
        alive = [node.code for node in new]
        assert sorted(in_force(store)) == sorted(alive)
        with store.read() as connection:
            rows = connection.execute(select(schema.evidence.c.node_id, schema.evidence.c.story_id)).all()
        assert {row.node_id: row.story_id for row in rows} == told


def test_a_later_editor_is_told_that_another_was_first(store: Store) -> None:
    """Who saw version 1 cannot write over version 2, and nothing of theirs is kept."""
    saved(store, AREA)
    saved(store, AREA, OTHER, expected=1)
    with pytest.raises(ConflictError, match="strategy_newer"):
        saved(store, AREA, GOAL, expected=1)
    assert in_force(store) == ["A", "B"]


def test_a_document_with_faults_is_refused_whole(sqlite_store: Store) -> None:
    """Nothing is written of a document that names a parent that is not there."""
    with pytest.raises(ConfigError):
        saved(sqlite_store, GOAL)
    assert find_strategy(sqlite_store, "plan") is None


def test_a_new_node_at_the_desk_takes_its_parents_colour(sqlite_store: Store) -> None:
    """A goal without a colour of its own has that of its area."""
    saved(sqlite_store, AREA, replace(GOAL, colour=""))
    assert read_document(sqlite_store, "plan").nodes[1].colour == AREA.colour


LARGER = Node(code="X", title="En prioritering")


def larger(*nodes: Node) -> Strategy:
    return replace(strategy(*nodes), id="storre", title="Den större")


def mapped(store: Store) -> set[tuple[int, int]]:
    """Which node serves which."""
    with store.read() as connection:
        return {(row.node_id, row.serves_id) for row in connection.execute(select(schema.mapping))}


def test_a_node_serves_another_strategy_whichever_is_loaded_first(store: Store) -> None:
    """What is named before it is there is found when it comes, follows a new code, and goes with the line."""
    saved(store, replace(AREA, serves=("storre/X", "storre/finns-inte")), OTHER)
    assert mapped(store) == set()
    save_strategy(store, "hallandvaxer", larger(LARGER), origin="file", by=Actor(kind="job"), now=NOW)
    pair = (ids(store)["A"], ids(store, "storre")["X"])
    assert mapped(store) == {pair}
    renamed = larger(replace(LARGER, code="Y", was=("X",)))
    save_strategy(store, "hallandvaxer", renamed, origin="file", by=Actor(kind="job"), now=NOW)
    assert mapped(store) == {pair}
    saved(store, AREA, OTHER)
    assert mapped(store) == set()


def test_strategies_stand_in_the_order_of_the_configuration(sqlite_store: Store) -> None:
    """The campaign's own is first, whichever came first; a place can be changed by itself."""
    save_strategy(sqlite_store, "hallandvaxer", larger(LARGER), origin="file", by=Actor(kind="job"), now=NOW)
    saved(sqlite_store, AREA)
    assert [tree.id for tree in read_strategies(sqlite_store, "hallandvaxer")] == ["storre", "plan"]
    place_strategy(sqlite_store, "storre", 2)
    assert [tree.id for tree in read_strategies(sqlite_store, "hallandvaxer")] == ["plan", "storre"]


COUNT = Indicator(
    code="m", title="Invånare", nodes=("A",), origin=Origin.KOLADA, kpi="N01951", areas=("1380",), unit="personer"
)


def measure(store: Store) -> Any:
    """The row of the only indicator."""
    with store.read() as connection:
        return connection.execute(select(schema.indicator)).one()


def test_what_is_measured_is_asked_anew_only_when_the_question_changes(store: Store) -> None:
    """A new title leaves the next asking alone, another area asks at once, one that is left out is asked no more."""
    saved(store, AREA, OTHER, indicators=(COUNT,))
    assert measure(store).next_attempt_at == NOW
    later = NOW + timedelta(days=30)
    with store.write() as connection:
        connection.execute(update(schema.indicator).values(next_attempt_at=later, failures=3))
    saved(store, AREA, OTHER, indicators=(replace(COUNT, title="Folkmängd", nodes=("A", "B")),), days=1)
    row = measure(store)
    assert (row.title, row.next_attempt_at, row.failures, row.wording["kpi"]) == ("Folkmängd", later, 3, "N01951")
    with store.read() as connection:
        pairs = connection.execute(select(schema.indicator_node.c.node_id)).scalars().all()
    assert set(pairs) == set(ids(store).values())
    saved(store, AREA, OTHER, indicators=(replace(COUNT, areas=("1380", "00")),), days=2)
    assert (measure(store).next_attempt_at, measure(store).failures) == (NOW + timedelta(days=2), 0)
    saved(store, AREA, OTHER, days=3)
    row = measure(store)
    assert (row.ended_at, row.next_attempt_at) == (NOW + timedelta(days=3), None)


def test_what_is_brought_by_hand_is_never_asked_for(sqlite_store: Store) -> None:
    """An indicator without a source has no next asking; one that is given up for hand loses its."""
    by_hand = replace(COUNT, origin=Origin.TABLE, kpi="")
    saved(sqlite_store, AREA, indicators=(by_hand,))
    assert measure(sqlite_store).next_attempt_at is None
    saved(sqlite_store, AREA, indicators=(COUNT,))
    assert measure(sqlite_store).next_attempt_at == NOW
    saved(sqlite_store, AREA, indicators=(by_hand,))
    assert measure(sqlite_store).next_attempt_at is None


def test_nodes_of_an_older_program_go_on_as_they_are(store: Store) -> None:
    """A database from before versions has nodes and no document: the first load keeps their ids and makes version 1."""
    old = node(store, code="A")
    attach(store, story(store).id, old, by=Actor(kind="person", account_id=account(store)), now=NOW)
    document = replace(strategy(AREA, OTHER), id="halland-2014-2020")
    done = save_strategy(store, "hallandvaxer", document, origin="file", by=Actor(kind="job"), now=NOW)
    assert (done.version, done.added, ids(store, "halland-2014-2020")["A"]) == (1, ("B",), old)
