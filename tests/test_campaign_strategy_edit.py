"""Changes to a strategy's document, and what they are called afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from campaign.figures import Indicator
from campaign.strategy import Node, NodeKind, Strategy
from campaign.strategy_changes import Change, changes
from campaign.strategy_edit import add, below, end, find, move, ordered, put, reinstate, serve, split


def document() -> Strategy:
    """Two areas, the first with two goals, one of which has an action and a figure."""
    return Strategy(
        id="halland",
        title="Strategi",
        owner="Region Halland",
        period_from=date(2014, 1, 1),
        period_to=date(2020, 12, 31),
        nodes=(
            Node(code="1", title="Attraktiv", colour="#2f6b3c"),
            Node(code="1.1", parent="1", kind=NodeKind.GOAL, title="Bo", colour="#2f6b3c", serves=("vg/A",)),
            Node(code="1.1.1", parent="1.1", kind=NodeKind.ACTION, title="Bygga", colour="#2f6b3c"),
            Node(code="1.2", parent="1", kind=NodeKind.GOAL, title="Leva", colour="#aa0000"),
            Node(code="2", title="Stark", colour="#b4632a"),
        ),
        indicators=(Indicator(code="hus", title="Hus", nodes=("1.1",)),),
    )


def codes(strategy: Strategy) -> list[str]:
    """The codes in the order of the document."""
    return [node.code for node in strategy.nodes]


def goal(strategy: Strategy, code: str) -> Node:
    """The node of a code, which is there."""
    found = find(strategy, code)
    assert found is not None
    return found


def test_a_new_code_is_remembered_and_followed() -> None:
    """A renamed node keeps its old code in ``was``; what lies below it and what measures it follow."""
    made = put(document(), "1.1", replace(goal(document(), "1.1"), code="1.3"))
    assert goal(made, "1.3").was == ("1.1",)
    assert goal(made, "1.1.1").parent == "1.3"
    assert made.indicators[0].nodes == ("1.3",)


def test_a_code_that_is_given_back_is_not_its_own_past() -> None:
    """Renamed there and back, a node has not been what it is."""
    there = put(document(), "1.1", replace(goal(document(), "1.1"), code="1.3"))
    back = put(there, "1.3", replace(goal(there, "1.3"), code="1.1"))
    assert goal(back, "1.1").was == ("1.3",)


def test_a_colour_that_was_inherited_follows() -> None:
    """What had its area's colour gets the new one, what had its own keeps it."""
    made = put(document(), "1", replace(goal(document(), "1"), colour="#000099"))
    assert (goal(made, "1.1.1").colour, goal(made, "1.2").colour) == ("#000099", "#aa0000")


def test_a_new_node_stands_last_below_its_parent() -> None:
    """It comes after everything that lies under its parent, before the next area."""
    made = add(document(), Node(code="1.9", parent="1", title="Ny"))
    assert codes(made) == ["1", "1.1", "1.1.1", "1.2", "1.9", "2"]


def test_a_split_node_is_named_by_all_that_came_of_it() -> None:
    """The new ones stand in its place, serve what it served and are measured by what measured it."""
    made = split(document(), "1.1", [("1.1a", "Bo i stad"), ("1.1b", "Bo på land")])
    assert codes(made) == ["1", "1.1a", "1.1b", "1.1.1", "1.2", "2"]
    assert [goal(made, code).was for code in ("1.1a", "1.1b")] == [("1.1",), ("1.1",)]
    assert goal(made, "1.1b").serves == ("vg/A",)
    assert goal(made, "1.1.1").parent == "1.1a"
    assert made.indicators[0].nodes == ("1.1a", "1.1b")


def test_what_lies_below_moves_up_when_a_node_ends() -> None:
    """Without the ended node its children lie under what it lay under, and a figure of it is of no node."""
    made = end(document(), "1.1", with_below=False)
    assert goal(made, "1.1.1").parent == "1"
    assert made.indicators[0].nodes == ()


def test_what_lies_below_may_end_too() -> None:
    """With what is below, nothing of it stays."""
    assert codes(end(document(), "1", with_below=True)) == ["2"]


def test_a_node_moves_with_everything_below_it() -> None:
    """Two siblings change places, each with its family; at the edge nothing happens."""
    made = move(document(), "1.1", up=False)
    assert codes(made) == ["1", "1.2", "1.1", "1.1.1", "2"]
    assert codes(move(made, "1.1", up=True)) == codes(document())
    assert move(document(), "1", up=True) == document()


def test_order_is_depth_first_whatever_the_file_says() -> None:
    """A child that stands before its parent in the file is shown below it."""
    mixed = replace(document(), nodes=tuple(reversed(document().nodes)))
    assert [node.code for node in ordered(mixed)] == ["2", "1", "1.2", "1.1", "1.1.1"]
    assert below(mixed, "1") == ("1.2", "1.1", "1.1.1")


def test_serving_one_strategy_leaves_what_serves_another() -> None:
    """The choices for one strategy replace those for it alone."""
    made = serve(document(), "rup", {"1.1": ["B"], "2": ["C"]})
    assert goal(made, "1.1").serves == ("vg/A", "rup/B")
    assert goal(serve(made, "vg", {}), "1.1").serves == ("rup/B",)


def test_nothing_changed_is_nothing_said() -> None:
    """The same document has no changes."""
    assert changes(document(), document()) == ()


def test_a_renamed_node_is_told_as_one_and_its_children_not_at_all() -> None:
    """Only the new code is a change; that what lies below follows is no change of its own."""
    made = put(document(), "1.1", replace(goal(document(), "1.1"), code="1.3"))
    assert changes(document(), made)[0] == Change(kind="renamed", code="1.3", title="Bo", was="1.1")
    assert [each.kind for each in changes(document(), made)] == ["renamed", "indicator_changed"]


def test_a_split_is_told_with_what_came_of_it() -> None:
    """The new nodes are added, the old one was split into them, and it is not told as ended."""
    made = split(document(), "1.2", [("1.2a", "Leva"), ("1.2b", "Trivas")])
    found = changes(document(), made)
    assert Change(kind="split", code="1.2", title="Leva", into=("1.2a", "1.2b")) in found
    assert [each.kind for each in found] == ["added", "added", "split"]


def test_a_changed_wording_names_its_fields() -> None:
    """What differs is named, and nothing else."""
    made = put(document(), "2", replace(goal(document(), "2"), title="Starkare", why="För att"))
    assert changes(document(), made) == (Change(kind="changed", code="2", title="Starkare", fields=("title", "why")),)


def test_another_order_is_told_once() -> None:
    """Two siblings that changed places are one change."""
    assert changes(document(), move(document(), "1.1", up=False)) == (Change(kind="order"),)


def test_an_earlier_rename_is_not_told_again() -> None:
    """A node that says of old what it was has not been renamed by the next version."""
    renamed = put(document(), "1.2", replace(goal(document(), "1.2"), code="1.3"))
    made = put(renamed, "1.3", replace(goal(renamed, "1.3"), title="Trivas"))
    assert [each.kind for each in changes(renamed, made)] == ["changed"]


def test_a_measure_that_ended_with_its_goal_is_back_and_one_that_ended_since_is_not() -> None:
    """What measures a goal taken up again is what left with it, not what somebody ended for itself."""
    before = document()
    both = (*before.indicators, Indicator(code="hyra", title="Hyra", nodes=("1.1", "1.2")))
    before = replace(before, indicators=both)
    with_it = replace(end(before, "1.1", with_below=True), indicators=())
    back = reinstate(with_it, goal(before, "1.1"), "1.1", before, with_it)
    assert [(each.code, each.nodes) for each in back.indicators] == [("hus", ("1.1",)), ("hyra", ("1.1", "1.2"))]
    after = end(before, "1.1", with_below=True)
    since = replace(after, indicators=after.indicators[1:])
    back = reinstate(since, goal(before, "1.1"), "1.1", before, after)
    assert [(each.code, each.nodes) for each in back.indicators] == [("hyra", ("1.1", "1.2"))]
    assert codes(back) == ["1", "1.1", "1.2", "2"]
