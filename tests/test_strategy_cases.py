"""The strategies of the five cases: they read, and are built as their own documents are."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import select

from campaign.figures import Origin
from campaign.strategy import NodeKind, Strategy, as_toml, parse
from campaign.strategy_file import _KEYS
from conftest import NOW
from skord.config import load
from storage import schema
from storage.store import Store
from storage.strategy import list_nodes, load_strategy

FOLDER = Path(__file__).parents[1] / "strategies"
NAMES = sorted(file.stem for file in FOLDER.glob("*.toml"))


def read(name: str) -> Strategy:
    """Return a shipped strategy."""
    file = FOLDER / f"{name}.toml"
    return parse(file.read_text(encoding="utf-8"), file.name)


def titles(strategy: Strategy, kind: NodeKind) -> list[str]:
    """Return the titles of one kind, in order."""
    return [node.title for node in strategy.nodes if node.kind is kind]


def test_every_case_has_its_file() -> None:
    """Five cases and the larger strategy that one of them serves, each with the id of its file."""
    assert NAMES == [
        "blekinge",
        "halland-2014-2020",
        "halmstad-2020-2024",
        "sjuharad-2021-2030",
        "varmland-2014-2020",
        "vastra-gotaland-2021-2030",
    ]
    assert [read(name).id for name in NAMES] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_holds_is_written_as_a_file_that_says_the_same(name: str) -> None:
    """A planner who prints a shipped strategy can go on from there."""
    assert parse(as_toml(read(name)), name) == read(name)


@pytest.mark.parametrize("name", NAMES)
def test_no_word_points_two_ways(name: str) -> None:
    """A word that proposes two parts would propose none."""
    words = [word for node in read(name).nodes for word in node.words]
    assert [word for word, count in Counter(words).items() if count > 1] == []


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", NAMES)
def test_colours_are_seen_on_light_and_dark_and_told_apart(name: str) -> None:
    """Every colour has a contrast of 3:1 on both pages; no two focus areas are alike."""
    nodes = read(name).nodes
    assert [
        node.code
        for node in nodes
        if node.colour and min(_contrast(node.colour, page) for page in ("#ffffff", "#1b1a17")) < 3
    ] == []
    areas = [node.colour for node in nodes if node.kind in (NodeKind.AREA, NodeKind.GOAL) and node.colour]
    for one, other in combinations(sorted(set(areas)), 2):
        assert sum((int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) ** 2 for at in (1, 3, 5)) ** 0.5 > 60


@pytest.mark.parametrize("name", NAMES)
def test_only_ids_that_were_looked_up_are_asked_for(name: str) -> None:
    """Kolada's number of inhabitants and SCB's population are the official figures that a shipped file names."""
    asked = [each for each in read(name).indicators if each.origin is not Origin.TABLE]
    assert {each.kpi or each.table for each in asked} <= {"N01951", "TAB638"}
    assert {each.selection for each in asked if each.table} <= {(("ContentsCode", ("BE0101N1",)),)}


def test_sjuharad_has_its_five_areas_and_digitalisation_through_all() -> None:
    """The titles are the document's own, in its order."""
    strategy = read("sjuharad-2021-2030")
    assert titles(strategy, NodeKind.AREA) == [
        "En innovativ och konkurrenskraftig delregion",
        "Strategisk kompetensförsörjning",
        "En socialt hållbar delregion",
        "En cirkulär och hållbar framtid",
        "Hållbar samhällsplanering",
    ]
    assert titles(strategy, NodeKind.THEME) == ["Digitalisering"]


def test_vastra_gotaland_has_its_four_priorities_and_the_known_initiatives() -> None:
    """Priorities are areas, kraftsamlingar are of a kind of their own."""
    strategy = read("vastra-gotaland-2021-2030")
    assert titles(strategy, NodeKind.AREA) == [
        "Stärka innovationskraften",
        "Bygga kompetens",
        "Öka inkluderingen",
        "Knyta samman Västra Götaland",
    ]
    assert titles(strategy, NodeKind.INITIATIVE) == [
        "Fullföljda studier",
        "Cirkulära affärsmodeller",
        "Elektrifiering",
        "Digitalisering",
    ]


def test_sjuharads_areas_serve_the_larger_strategy(store: Store) -> None:
    """First to first, second to second, third to third, fifth to fourth, the circular area to its initiative."""
    for name in ("sjuharad-2021-2030", "vastra-gotaland-2021-2030"):
        load_strategy(store, "hallandvaxer", read(name), now=NOW)
    codes = {node.id: node.code for node in list_nodes(store, "hallandvaxer")}
    with store.read() as connection:
        rows = connection.execute(select(schema.mapping)).all()
    assert {(codes[row.node_id], codes[row.serves_id]) for row in rows} == {
        ("innovativ", "starka-innovationskraften"),
        ("kompetens", "bygga-kompetens"),
        ("kompetens", "fullfoljda-studier"),
        ("social", "oka-inkluderingen"),
        ("cirkular", "cirkulara-affarsmodeller"),
        ("samhalle", "knyta-samman"),
        ("digitalisering", "digitalisering"),
    }


def test_halmstads_ambitions_stand_under_its_two_parts() -> None:
    """Each has why, what must succeed and how; what is our own example is marked so; goals are called ambitions."""
    strategy = read("halmstad-2020-2024")
    assert titles(strategy, NodeKind.PART) == ["Utveckling som möjliggör", "En levande plats"]
    goals = [node for node in strategy.nodes if node.kind is NodeKind.GOAL]
    assert [(node.parent, node.code) for node in goals] == [("1", "1.1"), ("1", "1.2"), ("1", "1.3"), ("2", "2.1")]
    assert [len(node.how) for node in goals] == [4, 3, 3, 3]
    assert all(node.why.startswith("*Exempeltext.*") and node.success and node.responsible for node in goals)
    assert dict(strategy.names)["goal"] == "Ambition"
    assert titles(strategy, NodeKind.THEME) == ["Delaktighet", "Jämställdhet", "Kunskap", "Agenda 2030"]
    target = strategy.indicators[0].target()
    assert target is not None
    assert (target.value, target.year) == (150_000, 2050)


def test_varmland_has_four_areas_eight_strengths_and_33_marked_goals() -> None:
    """The areas' titles are its own; every goal, strength and measure says that it is invented."""
    strategy = read("varmland-2014-2020")
    assert titles(strategy, NodeKind.AREA) == [
        "Livskvalitet för alla",
        "Fler och starkare företag",
        "Höjd kompetens på alla nivåer",
        "Bättre kommunikationer",
    ]
    goals = [node for node in strategy.nodes if node.kind is NodeKind.GOAL]
    strengths = [node for node in strategy.nodes if node.kind is NodeKind.STRENGTH]
    assert (len(goals), len(strengths)) == (33, 8)
    assert all(node.text.startswith("*Påhittat mål.*") for node in goals)
    assert all(node.text.startswith("*Påhittad styrka.*") for node in strengths)
    assert strategy.note.startswith("Påhittat exempel")
    assert [each.nodes for each in strategy.indicators] == [(node.code,) for node in goals]
    for each in strategy.indicators:
        target = each.target()
        assert target is not None
        assert (target.year, each.baseline, each.origin) == (2020, 2013, Origin.TABLE)
        assert "påhittat" in each.title
        assert "Påhittat" in each.note


def test_blekinge_has_its_two_lines_and_what_it_shows() -> None:
    """A common brand and one way in; homes, work, education, culture, leisure and service; partners answer for it."""
    strategy = read("blekinge")
    assert titles(strategy, NodeKind.AREA) == ["Ett gemensamt varumärke för platsen", "En väg in"]
    assert titles(strategy, NodeKind.THEME) == ["Boende", "Arbete", "Utbildning", "Kultur", "Fritid", "Service"]
    partners = {body for node in strategy.nodes for body in node.responsible}
    assert {"Region Blekinge", "Techtank", "Visit Blekinge", "Sölvesborgs kommun"} <= partners


PAGES = sorted(file for file in (FOLDER.parent / "docs/cases").glob("*.md") if file.name != "README.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_sample_configuration_of_a_case_is_right(page: Path, tmp_path: Path) -> None:
    """A case's page says a whole configuration, which names its own strategy first, and none that is invented."""
    (written,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "strategies").symlink_to(FOLDER)
    (tmp_path / "config.toml").write_text(written, encoding="utf-8")
    (campaign,) = load(tmp_path / "config.toml", {}).campaigns.values()
    (name,) = [each for each in NAMES if each.startswith(page.stem)]
    own = [] if read(name).note.startswith("Påhittat exempel") else [name]
    assert [file.stem for file in campaign.strategies][:1] == own


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_case_is_told_with_the_titles_of_its_file(page: Path) -> None:
    """Every part, area and goal that is the organisation's own stands on its page by name."""
    text = page.read_text(encoding="utf-8")
    (name,) = [each for each in NAMES if each.startswith(page.stem)]
    nodes = [node for node in read(name).nodes if "*Påhitta" not in node.text]
    missing = [node.title for node in nodes if node.title.casefold() not in text.casefold()]
    assert (len(PAGES), missing) == (5, [])


def test_the_example_of_the_manual_is_right() -> None:
    """The file that docs/strategy.md shows reads without a problem and has every key that it lists."""
    text = (FOLDER.parent / "docs/strategy.md").read_text(encoding="utf-8")
    (example,) = [block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "[strategy]" in block]
    assert len(parse(example, "strategy.md").indicators) == 1
    for keys in _KEYS.values():
        assert [
            key for key in keys if f"`{key}`" not in text and f"{key} = " not in text and f".{key}]" not in text
        ] == []
