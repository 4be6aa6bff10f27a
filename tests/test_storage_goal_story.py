"""What the page of a goal asks: only what anybody may read, in few statements; and what serves what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import event, insert

from builders import account, approved, story
from campaign.figures import Indicator, Reading, Weight
from campaign.newsletter import IssueState
from campaign.strategy import Node, NodeKind, Strategy
from conftest import NOW
from storage import schema
from storage.archive import Wanted, browse, weights
from storage.areas import areas, focus_areas
from storage.evidence import attach
from storage.goal_story import milestones, past, revised_of, tellings, values_of, weights_of
from storage.indicators import list_indicators
from storage.mapping import larger, mappings, served, serving, through
from storage.measurements import put_readings
from storage.places import set_place
from storage.store import JOB, Actor, Store
from storage.strategy import StrategyTree, read_strategies, save_strategy

TIME: dict[str, Any] = {"owner": "Regionen", "period_from": date(2021, 1, 1), "period_to": date(2030, 12, 31)}
OWN = Strategy(
    id="sjuharad",
    title="Sjuhärad",
    **TIME,
    nodes=(
        Node(code="1", kind=NodeKind.PART, title="Del ett"),
        Node(code="1.1", kind=NodeKind.GOAL, parent="1", title="Skola", serves=("vgr/kompetens",)),
        Node(code="1.1.1", kind=NodeKind.ACTION, parent="1.1", title="Praktik"),
        Node(code="1.2", kind=NodeKind.GOAL, parent="1", title="Jobb"),
        Node(code="digitalt", kind=NodeKind.THEME, title="Digitalisering"),
    ),
    indicators=(Indicator(code="b", title="Behöriga", nodes=("1.1",), areas=("1490",)),),
)
LARGER = Strategy(
    id="vgr",
    title="Västra Götaland",
    **TIME,
    nodes=(Node(code="kompetens", title="Kompetens"), Node(code="x", title="X")),
)


def loaded(store: Store) -> tuple[list[StrategyTree], dict[str, int]]:
    """Both strategies, and the ids of their nodes by code."""
    for each in (OWN, LARGER):
        save_strategy(store, "hallandvaxer", each, origin="file", by=JOB, now=NOW)
    trees = read_strategies(store, "hallandvaxer", ended=True)
    return trees, {node.code: node.id for tree in trees for node in tree.nodes}


def person(store: Store) -> Actor:
    """Somebody at the desk."""
    return Actor(kind="person", account_id=account(store))


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """Every statement while inside."""
    found: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            found.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def sent(store: Store, number: int, state: IssueState, *story_ids: int, left_out: bool = False) -> None:
    """An issue of a week that tells these stories."""
    with store.write() as connection:
        done = connection.execute(
            insert(schema.issue).values(
                campaign="hallandvaxer", newsletter="veckobrevet", number=number, year=2026, week=number,
                state=str(state), selected_to=NOW, drafted_at=NOW, send_at=NOW, selection={}, subject="Ämne",
                sent_from=NOW + timedelta(days=number) if state.out else None,
            )
        )  # fmt: skip
        issue_id = done.inserted_primary_key[0]
        for story_id in story_ids:
            post = connection.execute(schema.post.select().where(schema.post.c.story_id == story_id)).first()
            assert post is not None
            connection.execute(
                insert(schema.issue_item).values(
                    campaign="hallandvaxer", issue_id=issue_id, story_id=story_id,
                    reason={"key": "approved", "facts": {}}, left_out=left_out, post_id=post.id if state.out else None,
                )
            )  # fmt: skip


def test_only_what_anybody_may_read_is_told(store: Store) -> None:
    """Milestones are public stories of the goal; one that waits or is elsewhere is none."""
    _, ids = loaded(store)
    seen, hidden, elsewhere = approved(store), story(store), approved(store)
    for each, node in ((seen, "1.1"), (hidden, "1.1"), (elsewhere, "1.2")):
        attach(store, each.id, ids[node], by=person(store), now=NOW, weight=Weight.MILESTONE)
    assert milestones(store, [ids["1.1"], ids["1.1.1"]], limit=10) == [seen.id]
    assert milestones(store, [], limit=10) == []


def test_the_newest_milestones_come_first(store: Store) -> None:
    """However many there are, so many of the newest are given; what only touches the goal is none."""
    _, ids = loaded(store)
    made = [approved(store, published_at=NOW - timedelta(days=day)) for day in range(4)]
    for each in made:
        attach(store, each.id, ids["1.1"], by=person(store), now=NOW, weight=Weight.MILESTONE)
    touching = approved(store)
    attach(store, touching.id, ids["1.1"], by=person(store), now=NOW, weight=Weight.TOUCHES)
    assert milestones(store, [ids["1.1"]], limit=2) == [made[0].id, made[1].id]


def test_the_heaviest_weight_counts(store: Store) -> None:
    """A story at the goal and at an action below it weighs what it weighs most."""
    _, ids = loaded(store)
    made = approved(store)
    attach(store, made.id, ids["1.1"], by=person(store), now=NOW, weight=Weight.TOUCHES)
    attach(store, made.id, ids["1.1.1"], by=person(store), now=NOW, weight=Weight.MILESTONE)
    assert weights_of(store, [ids["1.1"], ids["1.1.1"]], [made.id]) == {made.id: Weight.MILESTONE}
    assert weights_of(store, [ids["1.1"]], []) == {}
    assert weights(store, made.id) == {ids["1.1"]: Weight.TOUCHES, ids["1.1.1"]: Weight.MILESTONE}


def test_issues_that_told_it_are_those_that_left(store: Store) -> None:
    """Newest first with how many stories of the goal; drafts and what was left out do not count."""
    _, ids = loaded(store)
    one, two = approved(store), approved(store)
    for each in (one, two):
        attach(store, each.id, ids["1.1"], by=person(store), now=NOW)
    sent(store, 1, IssueState.SENT, one.id, two.id)
    sent(store, 2, IssueState.SENT, two.id)
    sent(store, 3, IssueState.DRAFT, one.id)
    sent(store, 4, IssueState.SENT, one.id, left_out=True)
    found = tellings(store, [ids["1.1"]])
    assert [(each.number, each.stories, each.subject) for each in found] == [(2, 1, "Ämne"), (1, 2, "Ämne")]


def test_a_goal_is_asked_in_as_many_statements_whatever_it_has(store: Store) -> None:
    """Ten stories with places and issues take what one takes."""
    _, ids = loaded(store)
    numbers = []
    for wave in (1, 9):
        made = [approved(store) for _ in range(wave)]
        for each in made:
            attach(store, each.id, ids["1.1"], by=person(store), now=NOW)
            set_place(store, each.id, "halmstad", by=person(store), now=NOW)
        sent(store, wave, IssueState.SENT, *(each.id for each in made))
        with counted(store) as statements:
            weights_of(store, [ids["1.1"]], [each.id for each in made])
            milestones(store, [ids["1.1"]], limit=10)
            tellings(store, [ids["1.1"]])
            past(store, ids["1.1"])
            values_of(store, [1, 2, 3])
        numbers.append(len(statements))
    assert numbers == [6, 6]


def test_a_renamed_node_tells_its_old_name_and_a_split_one_its_heirs(store: Store) -> None:
    """Names stand newest first; heirs lead both ways."""
    _, ids = loaded(store)
    nodes = [
        replace(node, code="1.3", title="Arbete", was=("1.2",)) if node.code == "1.2" else node for node in OWN.nodes
    ]
    save_strategy(store, "hallandvaxer", replace(OWN, nodes=tuple(nodes)), origin="desk", by=JOB, now=NOW)
    assert [(each.code, each.title) for each in past(store, ids["1.2"]).was] == [("1.2", "Jobb")]
    split = [node for node in nodes if node.code != "1.3"]
    split += [Node(code=code, kind=NodeKind.GOAL, parent="1", title=code, was=("1.3",)) for code in ("1.4", "1.5")]
    save_strategy(store, "hallandvaxer", replace(OWN, nodes=tuple(split)), origin="desk", by=JOB, now=NOW)
    tree = read_strategies(store, "hallandvaxer", ended=True)[0]
    after = {node.code: node.id for node in tree.nodes}
    assert set(past(store, ids["1.2"]).heirs) == {after["1.4"], after["1.5"]}
    assert past(store, after["1.4"]).came_from == (ids["1.2"],)


def test_a_name_is_told_no_longer_than_the_remark_it_stood_under(store: Store) -> None:
    """An invented example's titles are no past of the goals that replaced them once the remark is gone."""
    _, ids = loaded(store)

    def saved(note: str, title: str) -> list[str]:
        nodes = tuple(replace(node, title=title) if node.code == "1.2" else node for node in OWN.nodes)
        made = replace(OWN, note=note, nodes=nodes)
        save_strategy(store, "hallandvaxer", made, origin="sheet", by=JOB, now=NOW)
        return [each.title for each in past(store, ids["1.2"]).was]

    assert saved("Påhittat exempel", "Uppfunnet") == ["Jobb"]
    assert saved("Påhittat exempel", "Också uppfunnet") == ["Uppfunnet", "Jobb"]
    assert saved("", "Vårt mål") == ["Jobb"]
    assert saved("", "Vårt nya mål") == ["Vårt mål", "Jobb"]


def test_what_serves_is_read_both_ways(store: Store) -> None:
    """Ties by either end; what stands under a node that serves, serves through it."""
    trees, ids = loaded(store)
    (tie,) = serving(store, [ids["kompetens"]])
    assert (tie.node_id, tie.serves_id) == (ids["1.1"], ids["kompetens"])
    assert served(store, [ids["1.1"]]) == mappings(store, "hallandvaxer") == (tie,)
    assert serving(store, [ids["x"]]) == serving(store, []) == ()
    assert through(trees, [tie], [ids["kompetens"]]) == {ids["1.1"]: ids["1.1"], ids["1.1.1"]: ids["1.1"]}
    assert through(trees, [tie], [ids["1.2"]]) == {}
    both = larger(trees, [tie], [ids["1.1.1"], ids["1.2"]])
    assert both == {ids["1.1.1"]: (ids["kompetens"],)}


def test_only_the_own_strategy_has_focus_areas(store: Store) -> None:
    """Parts hold areas and are none; what runs through it is none; a larger strategy colours nothing."""
    trees, ids = loaded(store)
    found = focus_areas(trees)
    assert {node: area.code for node, area in found.items()} == {
        ids["1.1"]: "1.1",
        ids["1.1.1"]: "1.1",
        ids["1.2"]: "1.2",
    }
    assert [area.code for area in dict.fromkeys(areas(store, "hallandvaxer").values())] == ["1.1", "1.2"]
    assert focus_areas([]) == {}


def test_values_are_read_for_many_measures_at_once(store: Store) -> None:
    """What holds now of each, and of one what it was before."""
    loaded(store)
    (measure,) = list_indicators(store, "hallandvaxer")
    put_readings(store, measure.id, [Reading(area="1490", period="2024", value=1.0)], now=NOW)
    put_readings(
        store,
        measure.id,
        [Reading(area="1490", period="2024", value=2.0), Reading(area="1490", period="2025", value=None)],
        now=NOW + timedelta(days=1),
    )
    found = values_of(store, [measure.id, 999])
    assert [(each.period, each.value) for each in found[measure.id]] == [("2024", 2.0), ("2025", None)]
    assert found[999] == []
    revised = revised_of(store, measure.id)
    assert [each.value for each in revised["1490", "total", "2024"]] == [1.0, 2.0]
    assert len(revised) == 1


def test_the_archive_can_be_asked_for_a_place(store: Store) -> None:
    """Stories of any of the places; no places find nothing."""
    made, _ = approved(store), approved(store)
    set_place(store, made.id, "laholm", by=person(store), now=NOW)
    page = browse(store, "hallandvaxer", Wanted(places=("laholm", "halmstad")), limit=5)
    assert [each.id for each in page.stories] == [made.id]
    assert browse(store, "hallandvaxer", Wanted(places=()), limit=5).stories == []
