"""Coverage: what of a strategy is told about, what is silent and since when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert, update

from builders import account, approved, node, story
from campaign.errors import NotFoundError
from campaign.figures import Weight
from campaign.strategy import NodeKind
from conftest import NOW
from storage import schema
from storage.coverage import QUARTERS, SILENT_WEEKS, Coverage, NodeCoverage, coverage
from storage.evidence import attach
from storage.places import set_place
from storage.store import Actor, Store

HALLAND, OWN, OTHER = "hallandvaxer", "halland-2014-2020", "vastra-gotaland"


def person(store: Store) -> Actor:
    """Somebody who attaches."""
    return Actor(kind="person", account_id=account(store))


def look(store: Store, **asked: tuple[str, ...]) -> Coverage:
    """The coverage of the campaign's own strategy as it is now."""
    return coverage(store, HALLAND, OWN, now=NOW, **asked)


def at(found: Coverage, code: str) -> NodeCoverage:
    """What is told of the node of a code."""
    return next(each for each in found.nodes if each.node.code == code)


def goal(store: Store, code: str, parent: int) -> int:
    """A goal below a node."""
    made = node(store, code=code, title=f"Mål {code}")
    with store.write() as connection:
        values = {"parent_id": parent, "kind": str(NodeKind.GOAL)}
        connection.execute(update(schema.node).where(schema.node.c.id == made).values(values))
    return made


def other_node(store: Store, code: str, serves: tuple[int, ...] = ()) -> int:
    """A node of another strategy of the campaign, which serves nodes of its own one."""
    span = {"period_from": "2021-01-01", "period_to": "2030-12-31", "loaded_at": NOW}
    with store.write() as connection:
        known = connection.execute(schema.strategy.select().where(schema.strategy.c.id == OTHER)).first()
        if known is None:
            connection.execute(insert(schema.strategy).values(id=OTHER, campaign=HALLAND, title="Den större", **span))
        values = {"campaign": HALLAND, "strategy_id": OTHER, "code": code, "kind": "area", "title": code, "words": []}
        made = int(connection.execute(insert(schema.node).values(values)).inserted_primary_key[0])  # type: ignore[index]
        for each in serves:
            connection.execute(insert(schema.mapping).values(campaign=HALLAND, node_id=made, serves_id=each))
    return made


def indicator(store: Store, code: str, node_id: int, value: float | None) -> None:
    """A figure of a node, with one value, or with one that is missing."""
    with store.write() as connection:
        made = connection.execute(
            insert(schema.indicator).values(
                campaign=HALLAND, strategy_id=OWN, code=code, title=code, wording={}, asked_hash=""
            )
        ).inserted_primary_key[0]  # type: ignore[index]
        connection.execute(insert(schema.indicator_node).values(campaign=HALLAND, indicator_id=made, node_id=node_id))
        connection.execute(
            insert(schema.measurement).values(
                campaign=HALLAND, indicator_id=made, area="13", sex="total", period="2025", value=value, known_from=NOW
            )
        )


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """Every statement that the database is asked."""
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def test_only_stories_that_anybody_may_see_are_counted(store: Store) -> None:
    """A story that waits at the desk is evidence but tells nobody anything yet."""
    area, by = node(store), person(store)
    attach(store, story(store).id, area, by=by, now=NOW)
    attach(store, approved(store).id, area, by=by, now=NOW)
    assert look(store).nodes[0].own.stories == 1


def test_a_parent_counts_what_is_below_it_each_story_once(store: Store) -> None:
    """A story at two goals of an area is one story of the area, with the greater weight."""
    area, by = node(store), person(store)
    first, second = goal(store, "1.1", area), goal(store, "1.2", area)
    made = approved(store)
    attach(store, made.id, first, by=by, now=NOW, weight=Weight.TOUCHES)
    attach(store, made.id, second, by=by, now=NOW, weight=Weight.MILESTONE)
    found = at(look(store), "attraktiv")
    assert (found.own.stories, found.whole.stories) == (0, 1)
    assert found.whole.weights == {Weight.TOUCHES: 0, Weight.SHOWS: 0, Weight.MILESTONE: 1}


def test_silence_is_counted_in_weeks_since_the_newest_story_by_its_own_date(store: Store) -> None:
    """Not when it was attached but when it was told counts."""
    area, by = node(store), person(store)
    told_at = NOW - timedelta(weeks=SILENT_WEEKS, days=3)
    attach(store, approved(store, published_at=told_at).id, area, by=by, now=NOW)
    found = at(look(store), "attraktiv").own
    assert (found.weeks, found.silent) == (SILENT_WEEKS, True)
    assert found.last_at is not None
    assert abs(found.last_at - told_at) < timedelta(seconds=1)


def test_what_was_told_last_week_is_not_silent_and_what_never_was_is(store: Store) -> None:
    """Silent is a quarter of a year without a story, or none at all."""
    area, by = node(store), person(store)
    never = node(store, code="2", position=1)
    attach(store, approved(store, published_at=NOW - timedelta(days=8)).id, area, by=by, now=NOW)
    found = look(store)
    assert not at(found, "attraktiv").own.silent
    assert at(found, "2").own.silent
    assert at(found, "2").own.weeks is None
    assert never


def test_stories_are_counted_by_quarter_the_present_one_last(store: Store) -> None:
    """A story of this quarter stands last, one of the quarter before beside it, an older one than all in none."""
    area, by = node(store), person(store)
    now = datetime(2026, 11, 20, 11, tzinfo=UTC)
    for day in (datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 9, 30, tzinfo=UTC), datetime(2019, 1, 1, tzinfo=UTC)):
        attach(store, approved(store, published_at=day).id, area, by=by, now=NOW)
    found = coverage(store, HALLAND, OWN, now=now)
    assert found.quarters[-2:] == ("2026K3", "2026K4")
    assert found.nodes[0].own.quarters == (0,) * (QUARTERS - 2) + (1, 1)


def test_a_story_in_a_town_tells_of_its_municipality_and_the_others_are_silent(store: Store) -> None:
    """Places are counted by municipality; those that no story of the strategy tells of are named."""
    area, by = node(store), person(store)
    made = approved(store)
    attach(store, made.id, area, by=by, now=NOW)
    set_place(store, made.id, "torup", by=by, now=NOW, name="Torup")
    elsewhere = approved(store)
    set_place(store, elsewhere.id, "laholm", by=by, now=NOW, name="Laholm")
    found = look(store, places=("Hallands län",))
    assert found.nodes[0].own.places == ("hylte",)
    assert [place.name for place in found.silent_places] == [
        place.name for place in found.places if place.id != "hylte"
    ]
    assert "Laholm" in [place.name for place in found.silent_places]


def test_a_campaign_that_names_no_places_has_no_silent_ones(store: Store) -> None:
    """Without places in the settings nobody is told that 290 municipalities are silent."""
    node(store)
    assert look(store).silent_places == ()


def test_evidence_of_what_serves_a_node_is_counted_apart(store: Store) -> None:
    """A story of a serving node stands under ``through``, unless the node has it itself."""
    area, by = node(store), person(store)
    serving = other_node(store, "A", serves=(area,))
    both, alone = approved(store), approved(store)
    attach(store, both.id, area, by=by, now=NOW)
    for made in (both, alone):
        attach(store, made.id, serving, by=by, now=NOW)
    found = at(look(store), "attraktiv")
    assert (found.whole.stories, found.through.stories) == (1, 1)


def test_an_area_is_served_through_its_goals(store: Store) -> None:
    """What serves a goal is told through the area above it too."""
    area, by = node(store), person(store)
    serving = other_node(store, "A", serves=(goal(store, "1.1", area),))
    attach(store, approved(store).id, serving, by=by, now=NOW)
    assert at(look(store), "attraktiv").through.stories == 1


def test_unattached_are_public_stories_at_no_node_of_this_strategy(store: Store) -> None:
    """A story of another strategy only is unattached here; one that is not public is nobody's."""
    area, by = node(store), person(store)
    attach(store, approved(store).id, area, by=by, now=NOW)
    attach(store, approved(store).id, other_node(store, "A"), by=by, now=NOW)
    approved(store)
    story(store)
    assert look(store).unattached == 2


def test_a_goal_is_bare_without_a_story_and_without_a_value(store: Store) -> None:
    """A figure that has no value yet does not cover a goal, and an area is never bare."""
    area, by = node(store), person(store)
    told, measured, promised = (goal(store, code, area) for code in ("1.1", "1.2", "1.3"))
    attach(store, approved(store).id, told, by=by, now=NOW)
    indicator(store, "jobb", measured, 3.5)
    indicator(store, "hus", promised, None)
    found = look(store)
    assert [each.node.code for each in found.bare] == ["1.3"]
    assert (at(found, "attraktiv").figures, at(found, "attraktiv").measured) == (2, 1)


def test_the_last_sent_issue_is_named_and_a_draft_is_not(store: Store) -> None:
    """Of the issues that hold a story the latest that went out counts."""
    area, by = node(store), person(store)
    made = approved(store)
    attach(store, made.id, area, by=by, now=NOW)
    with store.write() as connection:
        for number, state in ((7, "sent"), (8, "draft")):
            values = {
                "campaign": HALLAND, "newsletter": "veckobrevet", "number": number, "year": 2026, "week": number,
                "state": state, "selected_to": NOW, "drafted_at": NOW, "send_at": NOW, "selection": {},
                "sent_from": NOW if state == "sent" else None, "sent_at": NOW if state == "sent" else None,
            }  # fmt: skip
            issue = connection.execute(insert(schema.issue).values(values)).inserted_primary_key[0]  # type: ignore[index]
            item = {"campaign": HALLAND, "issue_id": issue, "story_id": made.id, "reason": {}}
            connection.execute(insert(schema.issue_item).values(item))
    issue_of = look(store).nodes[0].own.issue
    assert issue_of is not None
    assert issue_of.number == 7


def test_an_ended_node_keeps_its_numbers_and_leaves_its_area(store: Store) -> None:
    """What ended stands last with its own evidence, and is not told about in what is in force above it."""
    area, by = node(store), person(store)
    gone = goal(store, "1.1", area)
    attach(store, approved(store).id, gone, by=by, now=NOW)
    with store.write() as connection:
        connection.execute(update(schema.node).where(schema.node.c.id == gone).values(ended_at=NOW))
    found = look(store)
    assert [(each.node.code, each.own.stories) for each in found.ended] == [("1.1", 1)]
    assert at(found, "attraktiv").whole.stories == 0
    assert found.unattached == 1


def test_the_number_of_statements_does_not_grow(store: Store) -> None:
    """Coverage of many nodes, stories and places asks the database as often as that of one."""
    area, by = node(store), person(store)
    with counted(store) as few:
        look(store, places=("Hallands län",))
    for number in range(12):
        below = goal(store, f"1.{number}", area)
        made = approved(store)
        attach(store, made.id, below, by=by, now=NOW)
        set_place(store, made.id, "laholm", by=by, now=NOW, name="Laholm")
        indicator(store, f"i{number}", below, 1.0)
    with counted(store) as many:
        look(store, places=("Hallands län",))
    assert len(many) == len(few)


def test_a_strategy_of_another_campaign_is_not_there(store: Store) -> None:
    """Coverage is asked for within one campaign."""
    node(store)
    with pytest.raises(NotFoundError, match="strategy_missing"):
        coverage(store, "annan", OWN, now=NOW)
