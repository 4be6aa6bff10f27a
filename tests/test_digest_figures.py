"""Figures in a letter: which are chosen, how they are told, what an editor can do, and that they need an approval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builders import account, approved, node
from campaign.figures import Indicator, Measurement, Origin, Reading, Sex, Target
from campaign.language import Language
from campaign.newsletter import IssueState
from campaign.settings import Settings
from digest import desk, edition
from digest.figures import choose, tell
from digest.letter import Figure, from_json, to_json
from digest.render import render
from digest_samples import settings
from measured import add_indicator
from storage import schema
from storage.areas import areas
from storage.evidence import attach
from storage.indicators import StoredIndicator
from storage.issue_figures import change_figure, issue_figures
from storage.measurements import put_readings
from storage.store import JOB, Actor, Store

DRAFT_TIME = datetime(2026, 11, 19, 13, 0, tzinfo=UTC)
SWEDISH = Language("sv", ZoneInfo("Europe/Stockholm"))
WORK = Indicator(
    code="jobb", title="Förvärvsarbetande 20–64 år", unit="procent", decimals=1, areas=("13", "1380"),
    origin=Origin.KOLADA, kpi="N00914", targets=(Target(value=85.0, year=2030),), nodes=("1.2",),
)  # fmt: skip


def stored(id_: int = 1, wording: Indicator = WORK, nodes: tuple[int, ...] = (7,)) -> StoredIndicator:
    return StoredIndicator(
        id=id_, campaign="hallandvaxer", strategy="s", code=wording.code, position=id_, wording=wording, nodes=nodes
    )


def value(period: str, number: float | None, **changes: Any) -> Measurement:
    made: dict[str, Any] = {
        "id": int(period[:4]), "indicator": 1, "area": "13", "sex": Sex.TOTAL, "period": period, "value": number,
        "status": "", "preliminary": False, "known_from": DRAFT_TIME, "known_to": None, "deleted": False,
    }  # fmt: skip
    return Measurement(**(made | changes))


def told(*values: Measurement, wording: Indicator = WORK, **how: Any) -> Figure | None:
    return tell(stored(wording=wording), values, SWEDISH, **({"moved": True} | how))


def sentence(*values: Measurement, **how: Any) -> str:
    made = told(*values, **how)
    assert made is not None
    return made.sentence.replace("\u00a0", " ")


# --- which -------------------------------------------------------------------------------------------------


def test_what_moved_comes_first_and_once() -> None:
    """A figure that moved is news; the same one does not stand beside its goal as well."""
    found = choose(
        [stored(1), stored(2, nodes=(8,))], [value("2025", 82.0)], touched={7, 8}, areas={7: 1, 8: 2}, shown=()
    )
    assert [(each.indicator, each.measurement, each.reason.key) for each in found] == [
        (1, 2025, "figure_moved"),
        (2, None, "figure_beside"),
    ]


def test_only_the_first_area_and_both_sexes_together_are_news() -> None:
    """A municipality's or the women's value alone does not make news of the region's figure."""
    moved = [value("2025", 82.0, area="1380"), value("2025", 81.0, sex=Sex.WOMEN)]
    assert choose([stored()], moved, touched=(), areas={7: 1}, shown=()) == ()


def test_one_figure_a_focus_area_stands_beside() -> None:
    """Of two figures under the same area one is shown, and none whose goal the letter does not touch."""
    three = [stored(1), stored(2, nodes=(8,)), stored(3, nodes=(9,))]
    found = choose(three, [], touched={7, 8}, areas={7: 1, 8: 1, 9: 3}, shown=())
    assert [each.indicator for each in found] == [1]


def test_what_a_recent_issue_had_is_not_shown_again() -> None:
    """A figure beside its goal waits; one that moved is told all the same."""
    assert choose([stored()], [], touched={7}, areas={7: 1}, shown={1}) == ()
    assert len(choose([stored()], [value("2025", 82.0)], touched={7}, areas={7: 1}, shown={1})) == 1


def test_a_letter_is_no_report() -> None:
    """However many moved, four are told."""
    many = [stored(number) for number in range(1, 9)]
    moved = [value("2025", 82.0, indicator=number) for number in range(1, 9)]
    assert len(choose(many, moved, touched=(), areas={}, shown=())) == 4


# --- how ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "how", "words"),
    [
        ([("2024", 81.1), ("2025", 82.4)], {}, "Hallands län 2025: 82,4 %, upp från 81,1 % (2024)."),
        ([("2024", 82.4), ("2025", 81.1)], {}, "Hallands län 2025: 81,1 %, ner från 82,4 % (2024)."),
        ([("2024", 82.41), ("2025", 82.39)], {}, "Hallands län 2025: 82,4 %, samma som 2024."),
        ([("2025", 82.4)], {}, "Hallands län 2025: 82,4 %."),
        ([("2024", None), ("2025", 82.4)], {}, "Hallands län 2025: 82,4 %."),
        ([("2024", 81.1), ("2025", 82.4)], {"earlier": value("2025", 82.0)},
         "Hallands län 2025: nu 82,4 %, tidigare angett som 82,0 %."),
    ],
)  # fmt: skip
def test_the_sentence_says_what_moved(values: list[Any], how: dict[str, Any], words: str) -> None:
    """Up, down, the same, first, after a missing one, revised: each in a plain sentence, and the goal after it."""
    goal = "Målet är 85,0 % år 2030."
    assert sentence(*(value(*each) for each in values), **how) == f"{words} {goal}"


def test_a_figure_without_value_is_not_told() -> None:
    """An indicator that nobody has a value of makes no box."""
    assert told() is None
    assert told(value("2025", None)) is None


def test_the_source_is_named_and_never_for_own_values() -> None:
    """Kolada stands under Kolada's figures; those from a table carry the name that the planner gave, or none."""
    shown = [
        told(value("2025", 1.0)),
        told(value("2025", 1.0), wording=Indicator(code="x", title="X")),
        told(value("2025", 1.0), wording=Indicator(code="x", title="X", source="Region Halland")),
    ]
    assert [each.source for each in shown if each] == ["Källa: Kolada.", "", "Källa: Region Halland."]


def test_bars_are_those_of_the_last_eight_years() -> None:
    """The tallest is whole, the smallest can still be seen, and values below zero are not drawn as bars."""
    made = told(*(value(str(year), float(year - 2010)) for year in range(2011, 2026)))
    assert made is not None
    assert [bar.label for bar in made.bars] == [str(year) for year in range(2018, 2026)]
    assert made.bars[-1].share == 100
    low = told(value("2024", 0.01), value("2025", 100.0))
    assert low is not None
    assert low.bars[0].share >= 5
    below = told(value("2024", -1.0), value("2025", 100.0))
    assert below is not None
    assert below.bars == ()


# --- in an issue -------------------------------------------------------------------------------------------


@pytest.fixture
def house(store: Store, tmp_path: Path) -> tuple[Store, Settings, Actor, int]:
    """A campaign with a goal that is told about and measured."""
    by = Actor(kind="person", account_id=account(store))
    goal = node(store, code="1.2", title="Ett stärkt företagsklimat")
    for number in range(4):
        made = approved(store, at=DRAFT_TIME - timedelta(days=2), title=f"Berättelse {number}")
        attach(store, made.id, goal, by=by, now=DRAFT_TIME - timedelta(days=1))
    indicator = add_indicator(store, WORK)
    with store.write() as connection:
        connection.execute(
            schema.indicator_node.insert().values(indicator_id=indicator, node_id=goal, campaign="hallandvaxer")
        )
    readings = [Reading(area="13", period=str(year), value=70.0 + year - 2015) for year in range(2016, 2026)]
    put_readings(store, indicator, readings, now=DRAFT_TIME - timedelta(days=40))
    return store, settings(tmp_path), by, indicator


def revise(store: Store, indicator: int, number: float, *, now: datetime) -> None:
    put_readings(store, indicator, [Reading(area="13", period="2025", value=number)], now=now)


def test_a_draft_tells_its_goals_and_the_figure_beside_them(house: tuple[Store, Settings, Actor, int]) -> None:
    """The letter says which goals it touched and shows the goal's figure, in HTML and in the plain text."""
    store, made, by, _ = house
    issue = desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME)
    letter = edition.load(store, made, issue.id, now=DRAFT_TIME).letter
    assert letter.touched == ("1.2 Ett stärkt företagsklimat",)
    drawn = render(letter, SWEDISH)
    for part in (drawn.html, drawn.text):
        plain = " ".join(part.replace("\u00a0", " ").replace("&nbsp;", " ").split())
        assert "Veckans brev rör 1.2 Ett stärkt företagsklimat." in plain
        assert "Hallands län 2025: 80,0 %, upp från 79,0 % (2024)." in plain
        assert "Källa: Kolada." in plain


def test_a_figure_that_moved_since_the_last_issue_is_news(house: tuple[Store, Settings, Actor, int]) -> None:
    """A value revised after the last draft is told as revised, with the reason for the editor."""
    store, made, by, indicator = house
    revise(store, indicator, 80.5, now=DRAFT_TIME - timedelta(days=1))
    issue = desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME)
    (figure,) = issue_figures(store, issue.id)
    assert figure.reason.key == "figure_moved"
    (shown,) = edition.load(store, made, issue.id, now=DRAFT_TIME).letter.figures
    assert "nu 80,5\u00a0%, tidigare angett som 80,0\u00a0%" in shown.sentence


def test_a_number_that_is_no_longer_preliminary_was_not_revised(house: tuple[Store, Settings, Actor, int]) -> None:
    """A new year that was preliminary first and then the same is told as new, not as corrected from itself."""
    store, made, by, indicator = house
    for days, preliminary in ((2, True), (1, False)):
        told = [Reading(area="13", period="2026", value=81.0, preliminary=preliminary)]
        put_readings(store, indicator, told, now=DRAFT_TIME - timedelta(days=days))
    issue = desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME)
    (shown,) = edition.load(store, made, issue.id, now=DRAFT_TIME).letter.figures
    assert shown.moved
    assert "tidigare angett" not in shown.sentence


def test_an_approval_falls_out_of_step_when_the_figure_is_revised(house: tuple[Store, Settings, Actor, int]) -> None:
    """What was approved is not what would be sent: the content has another hash, and the same value has the same."""
    store, made, by, indicator = house
    issue = desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME)
    before = edition.load(store, made, issue.id, now=DRAFT_TIME).content
    assert edition.load(store, made, issue.id, now=DRAFT_TIME).content == before
    revise(store, indicator, 79.9, now=DRAFT_TIME + timedelta(hours=1))
    assert edition.load(store, made, issue.id, now=DRAFT_TIME).content != before


def test_an_editor_leaves_a_figure_out_and_no_draft_brings_it_back(house: tuple[Store, Settings, Actor, int]) -> None:
    """What was left out stays out when the draft is brought up to now, and can be taken back by hand."""
    store, made, by, _ = house
    issue = desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME)
    (figure,) = issue_figures(store, issue.id)
    change_figure(store, issue.id, figure.id, by=by, now=DRAFT_TIME, left_out=True)
    desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME + timedelta(hours=1))
    assert edition.load(store, made, issue.id, now=DRAFT_TIME).letter.figures == ()
    change_figure(store, issue.id, figure.id, by=by, now=DRAFT_TIME, left_out=False)
    assert len(edition.load(store, made, issue.id, now=DRAFT_TIME).letter.figures) == 1


def test_own_words_stand_in_place_of_the_made_sentence(house: tuple[Store, Settings, Actor, int]) -> None:
    """An editor's sentence is told; an empty one gives the made one back; each change counts against an approval."""
    store, made, by, _ = house
    issue = desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME)
    (figure,) = issue_figures(store, issue.id)
    changed = change_figure(store, issue.id, figure.id, by=by, now=DRAFT_TIME, text="Fler har jobb än i fjol.")
    assert changed.changes > issue.changes
    assert changed.state is IssueState.DRAFT
    (shown,) = edition.load(store, made, issue.id, now=DRAFT_TIME).letter.figures
    assert shown.sentence == "Fler har jobb än i fjol."
    change_figure(store, issue.id, figure.id, by=by, now=DRAFT_TIME, text="")
    (shown,) = edition.load(store, made, issue.id, now=DRAFT_TIME).letter.figures
    assert shown.sentence.startswith("Hallands län 2025")


def test_a_letter_with_figures_is_kept_whole(house: tuple[Store, Settings, Actor, int]) -> None:
    """What is frozen comes back the same, and a letter frozen before there were figures still can be read."""
    store, made, by, _ = house
    issue = desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME)
    letter = edition.load(store, made, issue.id, now=DRAFT_TIME).letter
    kept = to_json(letter)
    assert from_json(kept) == letter
    del kept["touched"], kept["figures"]
    assert from_json(kept).figures == ()


def test_a_figure_shown_beside_its_goal_rests(house: tuple[Store, Settings, Actor, int]) -> None:
    """The next issue does not show the same unmoved figure again."""
    store, made, by, _ = house
    first = desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME)
    desk.cancel(store, first.id, by=by, now=DRAFT_TIME)
    second = desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME + timedelta(hours=1))
    assert len(issue_figures(store, second.id)) == 1  # a cancelled issue told nothing
    with store.write() as connection:
        connection.execute(schema.issue.update().where(schema.issue.c.id == second.id).values(state="sent"))
    goal = areas(store, "hallandvaxer")
    made_story = approved(store, at=DRAFT_TIME + timedelta(days=5), title="Nästa")
    attach(store, made_story.id, next(iter(goal)), by=by, now=DRAFT_TIME + timedelta(days=5))
    third = desk.draft_now(store, made, "veckobrevet", by=JOB, now=DRAFT_TIME + timedelta(days=7))
    assert issue_figures(store, third.id) == []
