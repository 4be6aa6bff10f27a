"""Values that people bring in tables."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from campaign.figure_sheet import FigureResult, area_of, parse_figures, period_of
from campaign.figures import Indicator, Origin, Reading, Sex
from campaign.language import Language
from campaign.sheet_words import tell
from campaign.sheets import Sheet, read, rows_of

SWEDISH = Language("sv", ZoneInfo("Europe/Stockholm"))
TODAY = date(2026, 11, 22)
HEALTH = Indicator(code="halsa", title="God hälsa", areas=("17",), area_names=(("byn", "Vår by"),))
JOBS = Indicator(code="jobb", title="Jobb", areas=("00",), origin=Origin.SCB, table="TAB1")


def parsed(*rows: list[object], only: str = "") -> FigureResult:
    """What one sheet of values says."""
    return parse_figures([Sheet(name="Värden", rows=rows_of(rows))], (HEALTH, JOBS), today=TODAY, only=only)


def told(result: FigureResult) -> list[str]:
    """The problems in Swedish words."""
    return [str(tell(note, SWEDISH)) for note in result.problems]


def test_one_value_a_row() -> None:
    """Measure by name or code, area by name or code, sex and period in Swedish words."""
    result = parsed(
        ["Mått", "Område", "Kön", "År", "Värde", "Preliminär"],
        ["God hälsa", "Karlstad", "kvinnor", 2024, "70,5"],
        ["halsa", "", "", "2025", 71, "ja"],
        ["HALSA", "Vår by", "Män", "2025 kvartal 3", ".."],
    )
    assert told(result) == []
    assert result.readings["halsa"] == (
        Reading(area="1780", sex=Sex.WOMEN, period="2024", value=70.5),
        Reading(area="17", period="2025", value=71, preliminary=True),
        Reading(area="byn", sex=Sex.MEN, period="2025K3", value=None),
    )


def test_one_column_a_year() -> None:
    """The wide form gives the same values; an empty cell tells nothing, a mark for missing is stored as missing."""
    result = parsed(["Kommun", "Kön", 2023, 2024, 2025], ["Värmlands län", "", "1 070,5", "", "…"], only="halsa")
    assert told(result) == []
    assert result.readings["halsa"] == (
        Reading(area="17", period="2023", value=1070.5),
        Reading(area="17", period="2025", value=None),
    )


def test_a_csv_of_a_swedish_office_is_read() -> None:
    """Semicolons, Windows letters, decimal commas and thousands parted by no-break spaces."""
    body = "Mått;Område;Period;Värde\nGod hälsa;Hela riket;2024;1\u00a0234,5\n".encode("cp1252")
    result = parse_figures(read(body, "v.csv"), (HEALTH,), today=TODAY)
    assert result.readings["halsa"] == (Reading(area="00", period="2024", value=1234.5),)


def test_every_problem_has_its_place() -> None:
    """All that is wrong is told at once, each with row and column."""
    result = parsed(
        ["Mått", "Kön", "Period", "Värde"],
        ["God hälssa", "", "2024", 1],
        ["Något annat", "", "2024", 1],
        ["", "", "2024", 1],
        ["halsa", "hund", "2024", 1],
        ["halsa", "", "i fjol", 1],
        ["halsa", "", "2024", "många"],
        ["halsa", "", "2023", 1],
        ["halsa", "", "2023", 2],
    )
    assert [(note.key, note.row, note.column) for note in result.problems] == [
        ("measure_near", 2, 0), ("measure_unknown", 3, 0), ("measure_empty", 4, 0), ("sex_unknown", 5, 1),
        ("period_bad", 6, 2), ("number_bad", 7, 3), ("value_twice", 9, 3),
    ]  # fmt: skip
    assert "Menade du «God hälsa»?" in told(result)[0]


def test_without_a_measure_nobody_can_tell_whose_values_they_are() -> None:
    """A table without that column is refused, unless it is brought to one measure."""
    rows: list[list[object]] = [["År", "Värde"], [2024, 5]]
    assert [note.key for note in parsed(*rows).problems] == ["measure_column"]
    assert parsed(*rows, only="halsa").readings["halsa"][0].value == 5


def test_values_of_an_official_figure_are_taken_with_a_word() -> None:
    """The source says otherwise at its next answer, and the planner is told so once."""
    result = parsed(["Mått", "År", "Värde"], ["Jobb", 2023, 5], ["Jobb", 2024, 5])
    assert [note.key for note in result.warnings] == ["official"]


def test_a_period_that_has_not_been_is_told() -> None:
    """A value of next year is a warning: it may be a target in the wrong place."""
    assert [note.key for note in parsed(["Mått", "År", "Värde"], ["halsa", 2030, 5]).warnings] == ["period_ahead"]


def test_a_table_without_headings_is_told() -> None:
    """What is no table of values says which headings it needs."""
    assert [note.key for note in parsed(["hej"], ["du"]).problems] == ["values_head"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("2024", "2024"), (2024, "2024"), (2024.0, "2024"), ("2024K3", "2024K3"), ("2024 kv 3", "2024K3"),
     ("2024-06", "2024M06"), ("2024M06", "2024M06"), (date(2024, 6, 1), "2024M06"), ("24", ""), ("2024K5", ""),
     ("2024-13", ""), ("i fjol", ""), (None, "")],
)  # fmt: skip
def test_periods(written: str | float | date | None, meant: str) -> None:
    """Years, quarters and months are read as people write them."""
    assert period_of(written) == meant


@pytest.mark.parametrize(
    ("written", "code", "name"),
    [("17", "17", ""), ("1", "01", ""), ("114", "0114", ""), ("Riket", "00", ""), ("Värmland", "17", ""),
     ("Region Halland", "13", ""), ("Karlstads kommun", "1780", ""), ("Värmlands län (17)", "17", ""),
     ("g39001", "G39001", ""), ("Liknande kommuner (G39001)", "G39001", "Liknande kommuner"),
     ("Centralorten", "centralorten", "Centralorten"), ("Norra  byn", "norra-byn", "Norra byn")],
)  # fmt: skip
def test_areas(written: str, code: str, name: str) -> None:
    """Areas are read by code or name; what no register knows becomes a word of one's own."""
    assert area_of(written) == (code, name)
