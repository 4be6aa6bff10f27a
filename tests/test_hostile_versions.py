"""Strategies under pressure, on both databases: parts stay what they are, whoever writes and whatever is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from campaign.errors import ConflictError
from campaign.figures import Indicator, Reading
from campaign.strategy import Node, Strategy
from campaign.strategy_edit import restored
from conftest import NOW
from frozen import PLAN, STRATEGY, ids, lay, person
from storage.by_hand import put_many_by_hand
from storage.indicators import get_indicator, list_indicators
from storage.mapping import mappings
from storage.measurements import series
from storage.store import Store
from storage.strategy import Loaded, list_nodes, read_document, save_strategy, versions
from test_hostile_races import at_once


def save(store: Store, strategy: Strategy, *, expected: int | None = None) -> Loaded:
    return save_strategy(store, "hallandvaxer", strategy, origin="desk", by=person(store), now=NOW, expected=expected)


def changed(strategy: Strategy, at: str, **values: object) -> Strategy:
    """A document with one node otherwise."""
    nodes = tuple(replace(node, **values) if node.code == at else node for node in strategy.nodes)  # type: ignore[arg-type]
    return replace(strategy, nodes=nodes)


def renamed(strategy: Strategy, old: str, new: str) -> Strategy:
    document = changed(strategy, old, code=new, was=(old,))
    measured = tuple(
        replace(each, nodes=tuple(new if code == old else code for code in each.nodes)) for each in document.indicators
    )
    return replace(document, indicators=measured)


def take_back(store: Store, number: int) -> Loaded:
    """What the desk does with an earlier version."""
    latest = read_document(store, PLAN)
    return save(store, restored(read_document(store, PLAN, number), latest))


def test_an_old_version_is_taken_back_over_two_renames(store: Store) -> None:
    """A part that got a new code twice is itself again under its first one."""
    laid = lay(store)
    save(store, renamed(STRATEGY, "1.1", "1.5"))
    save(store, renamed(read_document(store, PLAN), "1.5", "1.9"))
    take_back(store, 1)
    assert ids(store) == laid.nodes


def test_an_old_version_is_taken_back_over_a_change_of_codes(store: Store) -> None:
    """Two parts that changed codes with each other are themselves again, each with its own title."""
    laid = lay(store)
    swapped = {"1.1": "2.1", "2.1": "1.1"}
    nodes = tuple(
        replace(node, code=swapped[node.code], was=(node.code,)) if node.code in swapped else node
        for node in STRATEGY.nodes
    )
    save(store, replace(STRATEGY, nodes=nodes))
    assert ids(store)["2.1"] == laid.nodes["1.1"]
    take_back(store, 1)
    assert ids(store) == laid.nodes
    save(store, changed(read_document(store, PLAN), "1", title="Livskvalitet"))
    assert ids(store) == laid.nodes
    take_back(store, 2)
    assert ids(store)["2.1"] == laid.nodes["1.1"]


def test_an_old_version_is_taken_back_when_its_code_is_another_parts_by_now(store: Store) -> None:
    """A part that was renamed gets its code back from one that was given it since, and that one ends."""
    laid = lay(store)
    save(store, renamed(STRATEGY, "1.1", "1.5"))
    latest = read_document(store, PLAN)
    newcomer = replace(STRATEGY.nodes[1], title="Något annat")
    save(store, replace(latest, nodes=(*latest.nodes, newcomer)))
    other = ids(store)["1.1"]
    take_back(store, 1)
    assert ids(store) == laid.nodes
    assert other not in ids(store).values()


def test_an_old_file_that_is_loaded_again_means_the_parts_of_its_day(store: Store) -> None:
    """The same document as once before, as its file says it, brings back the same parts under their codes."""
    laid = lay(store)
    save(store, renamed(STRATEGY, "1.1", "1.5"))
    save(store, renamed(changed(read_document(store, PLAN), "1.5", was=()), "2.1", "2.9"))
    save(store, STRATEGY)
    assert ids(store) == laid.nodes


def test_of_two_who_save_what_both_saw_one_is_told(store: Store) -> None:
    """Nobody writes over another: one version is made, the other is refused."""
    lay(store)
    for number in range(1, 6):
        found = at_once(
            *(partial(save, store, changed(read_document(store, PLAN), "1", title=f"{number} {who}"), expected=number)
              for who in ("Anna", "Bo"))
        )  # fmt: skip
        assert sorted(type(each) for each in found if isinstance(each, Exception)) == [ConflictError]
    assert [each.number for each in versions(store, PLAN)] == [6, 5, 4, 3, 2, 1]


def test_files_that_are_loaded_at_the_same_moment_are_versions_one_by_one(store: Store) -> None:
    """Without a version that they saw, both are kept, and nothing breaks."""
    lay(store)
    documents = [changed(STRATEGY, "1", title=f"Titel {number}") for number in range(4)]
    found = at_once(*(partial(save, store, each) for each in documents))
    assert sorted(each.version for each in found) == [2, 3, 4, 5]


def test_an_indicator_that_ends_or_comes_is_told_with_the_version(store: Store) -> None:
    """A new code is a new measure: both are named, and the old one keeps its values and can be read."""
    laid = lay(store)
    measured = tuple(
        replace(each, code="i-arbete") if each.code == "sysselsatta" else each for each in STRATEGY.indicators
    )
    done = save(store, replace(STRATEGY, indicators=measured))
    assert (done.measures_added, done.measures_ended) == (("i-arbete",), ("sysselsatta",))
    assert versions(store, PLAN)[0].changes["measures_ended"] == ["sysselsatta"]
    old = laid.indicators["sysselsatta"]
    assert get_indicator(store, old).ended_at == NOW
    assert len(series(store, old)) == 8
    assert old in [each.id for each in list_indicators(store, "hallandvaxer", PLAN, ended=True)]


def test_values_and_versions_that_come_at_once_do_not_lock_each_other_out(store: Store) -> None:
    """Whoever brings values of many measures and whoever turns their order round are both served."""
    many = tuple(Indicator(code=f"m{number}", title=f"Mått {number}", areas=("17",)) for number in range(12))
    lay(store, strategy=replace(STRATEGY, indicators=(*STRATEGY.indicators, *many)))
    by = person(store)
    for number in range(6):
        order = many if number % 2 else many[::-1]
        told = {each.code: [Reading(area="17", period="2024", value=float(number))] for each in many}
        document = changed(replace(STRATEGY, indicators=(*STRATEGY.indicators, *order)), "1", title=f"T{number}")
        found = at_once(
            partial(save, store, document),
            partial(put_many_by_hand, store, PLAN, told, by=by, now=NOW + timedelta(days=number)),
        )
        assert not [each for each in found if isinstance(each, Exception)]


def serving(store: Store) -> list[tuple[str, int]]:
    """Which nodes of the other strategy serve which of the plan."""
    by_id = {node.id: node.code for node in list_nodes(store, "hallandvaxer")}
    return [(by_id[tie.node_id], tie.serves_id) for tie in mappings(store, "hallandvaxer")]


def test_what_serves_a_part_goes_on_serving_it_when_codes_move_up(store: Store) -> None:
    """A code that another strategy names means the part that had it then, also when it is another part's by now."""
    laid = lay(store)
    nodes = (Node(code="K", title="Kommunens mål", serves=(f"{PLAN}/1.1", f"{PLAN}/2.1")),)
    town = replace(STRATEGY, id="kommunen", title="Kommunen", nodes=nodes, indicators=())
    save(store, town)
    wanted = [("K", laid.nodes["1.1"]), ("K", laid.nodes["2.1"])]
    assert serving(store) == wanted
    swapped = {"1.1": "2.1", "2.1": "1.1"}
    plan = tuple(
        replace(node, code=swapped[node.code], was=(node.code,)) if node.code in swapped else node
        for node in STRATEGY.nodes
    )
    nodes = (replace(nodes[0], serves=(f"{PLAN}/1.1",)),)
    save(store, replace(town, nodes=nodes))
    save(store, replace(STRATEGY, nodes=plan))
    assert serving(store) == wanted[:1]
    # The town's own document, read and saved again with another title, means the same part.
    document = read_document(store, "kommunen")
    save(store, changed(document, "K", title="Ett annat namn"))
    assert serving(store) == wanted[:1]
    assert read_document(store, "kommunen").nodes[0].serves == (f"{PLAN}/2.1",)
    assert read_document(store, "kommunen", 2).nodes[0].serves == (f"{PLAN}/1.1",)
