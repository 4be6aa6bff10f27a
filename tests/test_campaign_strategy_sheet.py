"""A strategy from a spreadsheet, and back into one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from campaign.figures import Direction, Indicator, Origin, Reading, Sex, Target
from campaign.language import LANGUAGES, Language
from campaign.sheet_changes import changes
from campaign.sheet_words import tell
from campaign.sheets import Sheet, read, rows_of, write_csv
from campaign.strategy import Node, NodeKind, Strategy
from campaign.strategy_sheet import SheetResult, new_strategy, parse_sheet
from campaign.strategy_template import template, template_sheets

SWEDISH, ENGLISH = (Language(code, ZoneInfo("Europe/Stockholm")) for code in LANGUAGES)
TODAY = date(2026, 11, 22)
EMPTY = new_strategy("varmland", "Värmlandsstrategin", "Region Värmland", date(2014, 1, 1), date(2020, 12, 31))

WHOLE = replace(
    EMPTY,
    summary="Fyra områden.\nTrettiotre mål.",
    note="Påhittat exempel",
    nodes=(
        Node(code="1", kind=NodeKind.AREA, title="Livskvalitet för alla", text="Ett län att leva i.", colour="#3a8c98"),
        Node(
            code="1.10", parent="1", kind=NodeKind.GOAL, title="Fler mår bra", why="Hälsa först.\n\nSedan resten.",
            success="Alla hjälps åt", how=("Mötesplatser", "= inga formler", "Stöd, till alla"), agenda=(3, 10),
            responsible=("Nämnden för vård, skola och omsorg",), serves=("vgr-2021-2030/1", "vgr-2021-2030/2"),
            was=("1.9",), words=("hälsa", "vård"), colour="#3a8c98",
        ),
        Node(code="2", kind=NodeKind.STRENGTH, title="Skog", colour="#112233"),
    ),
    indicators=(
        Indicator(
            code="halsa", title="God hälsa", nodes=("1.10",), unit="procent", decimals=1, areas=("17", "1780", "byn"),
            area_names=(("byn", "Vår by"),), by_sex=True, baseline=2014, source="Egen enkät", note="Vartannat år",
            targets=(Target(value=75.5, year=2020),),
        ),
        Indicator(
            code="N1", title="Jobb", nodes=("1.10", "2"), direction=Direction.DOWN, origin=Origin.KOLADA, kpi="N00945",
            areas=("00",), public=False,
        ),
        Indicator(code="lost", title="Utan mål", nodes=()),
    ),
)  # fmt: skip
READINGS = {
    "halsa": (
        Reading(area="17", period="2014", value=69.5),
        Reading(area="17", period="2016", value=70.25),
        Reading(area="17", period="2018", value=71.0),
        Reading(area="17", period="2018", value=72.0, sex=Sex.WOMEN),
        Reading(area="byn", period="2018K1", value=None),
        Reading(area="1780", period="2018M03", value=0.0, preliminary=True),
    )
}


def parsed(*rows: list[object], base: Strategy | None = EMPTY, name: str = "Strategi") -> SheetResult:
    """What one sheet says."""
    return parse_sheet([Sheet(name=name, rows=rows_of(rows))], base, TODAY)


def told(result: SheetResult) -> list[str]:
    """The problems in Swedish words."""
    return [str(tell(note, SWEDISH)) for note in result.problems]


def keys(result: SheetResult) -> list[str]:
    """The keys of the problems."""
    return [note.key for note in result.problems]


@pytest.mark.parametrize("language", [SWEDISH, ENGLISH], ids=LANGUAGES)
@pytest.mark.parametrize("base", [None, EMPTY, WHOLE], ids=["new", "empty", "same"])
def test_what_is_written_of_a_strategy_gives_it_back(language: Language, base: Strategy | None) -> None:
    """Export, then import: the same document and the same values."""
    result = parse_sheet(read(template(WHOLE, language, READINGS), "s.xlsx"), base, TODAY)
    assert told(result) == []
    wanted = WHOLE if base is not None else replace(WHOLE, id="varmlandsstrategin")
    assert result.strategy == wanted
    assert set(result.readings["halsa"]) == set(READINGS["halsa"])


def test_the_shipped_strategy_survives_the_round() -> None:
    """The strategy of Halland, exported and imported, is the same."""
    from pathlib import Path

    from campaign.strategy import parse

    file = Path(__file__).parents[1] / "strategies" / "halland-2014-2020.toml"
    strategy = parse(file.read_text(encoding="utf-8"), str(file))
    result = parse_sheet(read(template(strategy, SWEDISH), "s.xlsx"), strategy, TODAY)
    assert told(result) == []
    assert result.strategy == strategy


def test_an_empty_template_has_only_examples_that_are_ignored() -> None:
    """The template says itself how it is filled, and nothing of that is read."""
    result = parse_sheet(read(template(None, SWEDISH), "s.xlsx"), EMPTY, TODAY)
    assert keys(result) == ["tree_empty"]
    assert result.strategy is None
    assert result.readings == {}
    assert not [note.key for note in result.warnings]


def test_a_planner_fills_one_row_a_goal() -> None:
    """Goal, measure, baseline, latest value and target stand on one row."""
    result = parsed(
        ["Kod", "Typ", "Rubrik", "Mått", "Enhet", "Riktning", "Område", "Nolläge år", "Nollvärde", "Senaste år",
         "Senaste värde", "Mål år", "Målvärde"],
        ["1", "insatsområde", "Livskvalitet för alla"],
        ["1.1", "mål", "Fler mår bra", "God hälsa", "procent", "öka", "Värmland", 2014, "69,5", 2018,
         "71,25", 2020, 75],
    )  # fmt: skip
    assert told(result) == []
    assert result.strategy is not None
    (indicator,) = result.strategy.indicators
    assert (indicator.code, indicator.nodes, indicator.areas, indicator.baseline) == ("1.1", ("1.1",), ("17",), 2014)
    assert (indicator.decimals, indicator.target()) == (2, Target(value=75, year=2020))
    assert result.strategy.nodes[1].parent == "1"
    assert [(each.period, each.value) for each in result.readings["1.1"]] == [("2014", 69.5), ("2018", 71.25)]


def test_headers_come_in_any_order_case_and_with_small_errors() -> None:
    """A misspelled heading is forgiven and told with what it was taken for; a title above the head does no harm."""
    result = parsed(
        ["Våra mål 2014-2020"],
        ["RUBRIKK", "typ*", "Kod (som i strategin)", "Eget"],
        ["Fler mår bra", "Mål", 1, "x"],
    )
    assert told(result) == []
    assert result.strategy is not None
    assert (result.strategy.nodes[0].code, result.strategy.nodes[0].title) == ("1", "Fler mår bra")
    words = [str(tell(note, SWEDISH)) for note in result.warnings]
    assert any("Strategi, rad 2, kolumn A (RUBRIKK)" in each and "«rubrik»" in each for each in words)
    assert any("«Eget» läses inte" in each for each in words)


def test_every_problem_is_told_at_once_with_row_and_column() -> None:
    """Nobody mends a sheet one error at a time."""
    result = parsed(
        ["Kod", "Typ", "Överordnad", "Rubrik", "Agenda 2030", "Mått", "Nollvärde", "Riktning", "Mål år"],
        ["1", "område", "", "Ett"],
        ["1", "mål", "1", "Två"],
        ["", "mål", "1", "Tre"],
        ["a b", "mål", "1", "Fyra"],
        ["1.5", "sak", "1", "Fem"],
        ["1.6", "mål", "9", "Sex"],
        ["1.7", "mål", "1", ""],
        ["1.8", "mål", "1", "Åtta", "18"],
        ["1.9", "mål", "1", "Nio", "", "M", "mycket", "framåt", "2020"],
        [date(2026, 1, 2), "mål", "1", "Tio"],
    )
    assert sorted(keys(result)) == sorted([
        "code_twice", "code_missing", "code_bad", "kind_unknown", "parent_unknown", "title_missing", "agenda_bad",
        "number_bad", "direction_unknown", "target_half", "code_date",
    ])  # fmt: skip
    assert "Strategi, rad 10, kolumn G (Nollvärde). «mycket» är inget tal." in " ".join(told(result))


def test_every_note_has_words_in_both_languages() -> None:
    """What a sheet can be told is said with every fact filled in, in Swedish and English."""
    result = parsed(["Kod", "Typ", "Rubrik"], ["x", "sak", "A"])
    assert [str(tell(note, language)) for note in result.problems for language in (SWEDISH, ENGLISH)] == [
        "Strategi, rad 2, kolumn B (Typ). Typen «sak» finns inte. Skriv någon av: Fokusområde, Mål, Åtgärd, Del, Tema,"
        " Styrka, Kraftsamling.",
        "Strategi, row 2, column B (Typ). There is no kind “sak”. Write one of: Focus area, Goal, Action, Part, Theme,"
        " Strength, Initiative.",
    ]


@pytest.mark.parametrize(
    ("word", "kind"),
    [("Del", "part"), ("fokusområde", "area"), ("Insatsområde", "area"), ("MÅL", "goal"), ("åtgärd", "action"),
     ("styrka", "strength"), ("tema", "theme"), ("kraftsamling", "initiative"), ("Ambition", "goal"), ("goal", "goal"),
     ("Åtgärdd", "action")],
)  # fmt: skip
def test_kinds_are_written_as_planners_call_them(word: str, kind: str) -> None:
    """Swedish and English words for kinds are understood, and nearly right ones are taken with a word."""
    result = parsed(["Kod", "Typ", "Rubrik"], ["1", word, "A"])
    assert told(result) == []
    assert result.strategy is not None
    assert result.strategy.nodes[0].kind == kind


def test_a_strategys_own_word_for_a_kind_is_understood() -> None:
    """Where its planners call an area something of their own, the sheet may too."""
    base = replace(EMPTY, names=(("area", "Hjärtefråga"),))
    result = parsed(["Kod", "Typ", "Rubrik"], ["1", "hjärtefråga", "A"], base=base)
    assert result.strategy is not None
    assert result.strategy.nodes[0].kind is NodeKind.AREA


def test_columns_that_are_left_out_change_nothing() -> None:
    """A sheet with only code, kind and title keeps texts, colours, measures and everything else."""
    rows = [[node.code, node.kind, node.title] for node in WHOLE.nodes]
    result = parsed(["Kod", "Typ", "Rubrik"], *rows, base=WHOLE)
    assert told(result) == []
    assert result.strategy == WHOLE


def test_a_target_of_another_area_is_kept() -> None:
    """What a sheet has no room for stays as it was when the rest is edited."""
    indicator = replace(
        WHOLE.indicators[0],
        targets=(Target(value=80, year=2020, area="1780"), Target(value=75.5, year=2020)),
        selection=(("ContentsCode", ("BE0101N1",)),),
    )
    base = replace(WHOLE, indicators=(indicator,))
    sheets = read(template(base, SWEDISH, READINGS), "s.xlsx")
    result = parse_sheet(sheets, base, TODAY)
    assert result.strategy == base


def test_a_code_that_changed_is_proposed_as_a_rename() -> None:
    """A new code with the title of one that is gone is told, so that its evidence comes along."""
    result = parsed(["Kod", "Typ", "Rubrik"], ["1", "Område", "Livskvalitet för alla"], ["2.1", "Mål", "Fler mår bra"],
                    base=WHOLE)  # fmt: skip
    words = [str(tell(note, SWEDISH)) for note in result.warnings]
    assert any("Skriv 1.10 under Tidigare kod" in each for each in words)


def test_two_values_for_the_same_are_a_problem() -> None:
    """The row says one thing and the sheet of values another: nobody chooses for the planner."""
    tree = Sheet(name="Strategi", rows=rows_of([
        ["Kod", "Typ", "Rubrik", "Mått", "Senaste år", "Senaste värde"], ["1", "Mål", "A", "M", 2020, 5],
    ]))  # fmt: skip
    values = Sheet(name="Mätvärden", rows=rows_of([["Mått", "Period", "Värde"], ["M", 2020, 6]]))
    assert keys(parse_sheet([tree, values], EMPTY, TODAY)) == ["value_twice"]


def test_a_goal_may_have_several_measures() -> None:
    """Rows without a code below a goal are further measures of it, each with a code of its own."""
    result = parsed(
        ["Kod", "Typ", "Rubrik", "Mått", "Målvärde", "Mål år"],
        ["1.1", "Mål", "A", "Första", 1, 2020],
        ["", "", "", "Andra", 2, 2020],
    )
    assert told(result) == []
    assert result.strategy is not None
    assert [(each.code, each.nodes) for each in result.strategy.indicators] == [("1.1", ("1.1",)), ("1.1-2", ("1.1",))]


def test_a_new_strategy_says_itself_what_it_is_called() -> None:
    """Without a document before, the sheet about the strategy must have its name, owner and period."""
    tree = Sheet(name="Strategi", rows=rows_of([["Kod", "Typ", "Rubrik"], ["1", "Mål", "A"]]))
    about = [["Strategins namn", "Vår plan"], ["Ägare", "Kommunen"], ["Period", "2024-2028"]]
    whole = parse_sheet([tree, Sheet(name="Om", rows=rows_of(about))], None, TODAY)
    assert whole.strategy is not None
    assert (whole.strategy.id, whole.strategy.owner, whole.strategy.period_to) == (
        "var-plan",
        "Kommunen",
        date(2028, 12, 31),
    )
    assert keys(parse_sheet([tree], None, TODAY)) == ["about_missing"]


def test_a_csv_file_is_enough() -> None:
    """The sheet of the strategy alone, as CSV, gives the same nodes and measures."""
    tree = template_sheets(WHOLE, SWEDISH, {})[0]
    result = parse_sheet(read(write_csv([row.cells for row in tree.rows]), "s.csv"), WHOLE, TODAY)
    assert told(result) == []
    assert result.strategy == WHOLE


def test_a_sheet_of_nothing_known_is_told() -> None:
    """A file that is no strategy says which headings it lacks."""
    result = parsed(["Namn", "Telefon"], ["Anna", "046"])
    assert "Kod, Typ, Rubrik" in told(result)[0]


def test_a_column_that_nobody_filled_in_changes_nothing_and_an_emptied_cell_does() -> None:
    """The empty template with two old rows keeps their words, colours, measures and head; it says which say nothing."""
    sheets = template_sheets(None, SWEDISH)
    head = list(sheets[0].rows[0].cells)
    rows: list[list[object]] = [head]
    for node in WHOLE.nodes:
        row: list[object] = [""] * len(head)
        row[0], row[1], row[3] = node.code, SWEDISH.t(f"sheet.kind.{node.kind}"), node.title
        rows.append(row)
    filled = replace(sheets[0], rows=rows_of(rows))
    found = parse_sheet([filled, *sheets[1:]], WHOLE, TODAY)
    assert not found.problems
    assert found.strategy == WHOLE
    said = {note.head for note in found.warnings if note.key == "column_empty"}
    assert {"Beskrivning", "Färg", "Ord", "Agenda 2030", "Mått"} <= said
    some = parsed(["Kod", "Typ", "Rubrik", "Beskrivning"], ["1", "Fokusområde", "Liv", ""],
                  ["2", "Styrka", "Skog", "Tall"], base=replace(WHOLE, indicators=()))  # fmt: skip
    assert some.strategy is not None
    assert [node.text for node in some.strategy.nodes] == ["", "Tall"]
    assert [(each.code, each.emptied) for each in changes(WHOLE, some.strategy).changed] == [
        ("1", ("text",)),
        ("2", ()),
    ]


def test_measures_follow_a_goal_that_changes_its_code_where_no_column_tells_of_measures() -> None:
    """A sheet of codes alone keeps the words of a renamed goal and what measures it; of one left out the tie goes."""
    found = parsed(["Kod", "Typ", "Rubrik", "Tidigare kod"], ["1", "Fokusområde", "Liv", ""],
                   ["1.1", "Mål", "Fler mår bra", "1.10"], base=WHOLE)  # fmt: skip
    assert not found.problems
    assert found.strategy is not None
    assert found.strategy.nodes[1].why == WHOLE.nodes[1].why
    assert [each.nodes for each in found.strategy.indicators] == [("1.1",), ("1.1",), ()]


def test_the_parent_that_was_meant_is_the_one_that_the_code_begins_with() -> None:
    """A goal 3.3 below a "33" that is not there lies below 3, not below itself or a sibling."""
    found = parsed(["Kod", "Typ", "Rubrik", "Överordnad"], ["3", "Fokusområde", "Kunskap", ""],
                   ["3.2", "Mål", "Fler lär", "3"], ["3.3", "Mål", "Fler kan", "33"])  # fmt: skip
    assert [str(each).rpartition("Menade du ")[2] for each in told(found)] == ["«3»?"]
