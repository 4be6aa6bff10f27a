"""What bad intent, or a broken file, tries with strategies, spreadsheets, figures and measuring points."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from campaign.cells import csv_line, number
from campaign.errors import ConfigError, InputError
from campaign.figure_sheet import area_of, parse_figures
from campaign.figures import Indicator, Target
from campaign.sheet_words import plain
from campaign.sheets import Sheet, read, rows_of, write_excel
from campaign.strategy import Node, Strategy, parse
from campaign.strategy_check import faults
from campaign.strategy_sheet import new_strategy, parse_sheet
from conftest import HALLAND, NOW
from desk import Running, running
from frozen import STRATEGY, Laid, frozen, lay
from storage.snapshots import publish
from storage.store import Store
from storage.strategy import save_strategy
from web.desk.figure_forms import _targets

_EXCEL = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TODAY = NOW.date()


def excel(name: str, body: str) -> bytes:
    """An Excel file with one of its parts as somebody else wrote it."""
    out = io.BytesIO()
    made = write_excel([Sheet(name="Blad", rows=rows_of([["a", "b"], ["c", "d"]]))])
    with ZipFile(io.BytesIO(made)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, body if part.filename == name else old.read(part))
        if name not in old.namelist():
            new.writestr(name, body)
    return out.getvalue()


def page(inside: str) -> bytes:
    """An Excel file with a sheet of this data."""
    body = f"<worksheet {_EXCEL}><sheetData>{inside}</sheetData></worksheet>"
    return excel("xl/worksheets/sheet1.xml", body)


# --- files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (
            "xl/worksheets/sheet1.xml",
            f"<worksheet {_EXCEL}><sheetData><row>{'<c/>' * 400_000}</row></sheetData></worksheet>",
        ),
        ("xl/worksheets/sheet1.xml", f"<worksheet {_EXCEL}>{'<a/>' * 400_000}</worksheet>"),
        ("xl/worksheets/sheet1.xml", f"<worksheet {_EXCEL}><sheetData>{'<row/>' * 2_600_000}</sheetData></worksheet>"),
        ("xl/styles.xml", f"<styleSheet {_EXCEL}>{'<a/>' * 400_000}</styleSheet>"),
        ("xl/worksheets/sheet1.xml", f"<worksheet {_EXCEL}>{'<a>' * 200_000}{'</a>' * 200_000}</worksheet>"),
    ],
)
def test_a_small_file_that_becomes_a_large_tree_is_not_unfolded(name: str, body: str) -> None:
    """An Excel file of some kilobytes whose XML would take gigabytes of memory is refused before it is parsed."""
    data = excel(name, body)
    assert len(data) < 100_000
    with pytest.raises(InputError) as refused:
        read(data, "mål.xlsx")
    assert refused.value.key == "sheet_large"


def test_a_large_honest_file_is_read() -> None:
    """Fifteen thousand rows of twelve columns are within what a file may hold."""
    data = write_excel([Sheet(name="Blad", rows=rows_of([[f"mål {row}", *range(11)] for row in range(15_000)]))])
    assert len(read(data, "mål.xlsx")[0].rows) == 15_000


@pytest.mark.parametrize("written", ["9" * 400, "1E999", "1E308", "-1E16"])
def test_a_number_that_nothing_measures_is_no_number(written: str) -> None:
    """A cell with a number that cannot be reckoned with is told of, and neither stored nor a crash."""
    cell = read(page(f'<row r="1"><c r="A1"><v>{written}</v></c></row>'), "mål.xlsx")[0].rows[0].cells[0]
    for each in (cell, written):
        with pytest.raises(ValueError, match=r"too large|no number"):
            number(each)


def test_a_target_that_nothing_measures_is_a_fault() -> None:
    """A strategy file cannot wish for a number that no chart could draw."""
    huge = replace(STRATEGY.indicators[0], targets=(Target(value=1e300, year=2028),))
    assert "strategy_number" in [each.key for each in faults(replace(STRATEGY, indicators=(huge,)))]


@pytest.mark.parametrize("start", ["＝", "＋", "－", "＠", "\ufeff=", "\u200b=", "\u202e=", "\x00=", "\u3000=", "\n@"])
def test_no_cell_of_a_table_runs(start: str) -> None:
    """What a spreadsheet would reckon is made text also where its first letter is wide or stands behind unseen ones."""
    (row,) = csv.reader(io.StringIO(csv_line([f"{start}HYPERLINK(1)"]), newline=""), delimiter=";")
    assert row[0].startswith("'")


# --- words that take their time --------------------------------------------------------------------------


def test_a_line_of_blanks_is_no_target_and_is_told_at_once() -> None:
    """The field of targets is read in one go, however many blanks stand in it: the pattern cannot go back and forth."""
    made = Indicator(code="a", title="A", areas=("17",))
    with pytest.raises(InputError):
        _targets(f"2030:{' ' * 60_000};", made)
    assert _targets("2030: 82,5 ; 17", made) == (Target(value=82.5, year=2030, area="17"),)


def test_areas_and_heads_of_blanks_and_brackets_are_read_at_once() -> None:
    """Cells of 32,000 blanks or brackets are read in one go."""
    for _ in range(40):
        area_of(f"a{' ' * 32_000}b")
        plain("(" * 32_000)
    assert area_of("Mitt område (mitt-eget)") == ("mitt-eget", "Mitt område")
    assert area_of("Karlstad (1780)") == ("1780", "")


def test_a_table_that_is_wrong_all_over_is_told_of_soon() -> None:
    """Of twenty thousand rows of unknown measures so many are told that somebody reads them, and no more."""
    known = [Indicator(code=f"{at}.1", title=f"Andel med gymnasieexamen i grupp {at}") for at in range(100)]
    rows = [["Mått", "Område", "Kön", "År", "Värde"]]
    rows += [[f"Andel med eftergymnasial {at}", "17", "", "2024", "1"] for at in range(20_000)]
    found = parse_figures([Sheet(name="a", rows=rows_of(rows))], known, today=TODAY)
    assert (len(found.problems), found.count) == (500, 0)


def test_a_strategy_has_as_many_parts_as_somebody_can_follow() -> None:
    """A spreadsheet of ten thousand goals is refused in words, before they are compared with each other."""
    rows = [["Kod", "Typ", "Rubrik", "Ligger under"], *[[str(at), "mål", f"Mål {at}", ""] for at in range(10_000)]]
    base = new_strategy("a", "A", "B", date(2020, 1, 1), date(2030, 1, 1))
    found = parse_sheet([Sheet(name="Mål", rows=rows_of(rows))], base, TODAY)
    assert "config.strategy_too_many" in [each.key for each in found.problems]
    many = replace(STRATEGY, nodes=tuple(Node(code=str(at), title="a") for at in range(2_001)))
    assert [each.key for each in faults(many)] == ["strategy_too_many"]


@pytest.mark.parametrize(
    "text", ["x=" + "[" * 5_000, "x=" + "[" * 5_000 + "]" * 5_000, "x=" + "{a=" * 5_000, f"{'.'.join('a' * 60_000)}=1"]
)
def test_a_strategy_file_that_is_a_trap_is_refused_in_words(text: str) -> None:
    """Brackets in brackets without end, and keys of sixty thousand parts, are faults of the file and no crash."""
    with pytest.raises(ConfigError):
        parse(text, "plan.toml")


# --- what readers may not see ----------------------------------------------------------------------------


@pytest.fixture
def laid(store: Store) -> Laid:
    """A strategy of two goals with figures, two stories and an analysis."""
    return lay(store)


@pytest.fixture
def site(store: Store, laid: Laid) -> Iterator[Running]:
    """The site over it."""
    with running(store, campaigns={HALLAND.id: replace(HALLAND, strategies=(Path("plan.toml"),))}) as made:
        yield made


def public(site: Running, *paths: str) -> str:
    """What public pages say together."""
    answers = [site.client(None).get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(answer.text for answer in answers)


def test_why_a_story_was_chosen_stays_at_the_desk(site: Running, laid: Laid) -> None:
    """The reason of evidence, which its form says is for the desk, stands on no public page and in no public file."""
    point = publish(site.store, frozen(site.store).id, by=laid.by, now=NOW)
    assert "Hundra nya jobb" not in public(site, f"/followup/{point.id}", f"/followup/{point.id}.json")


def hide_measure(store: Store, laid: Laid, code: str) -> None:
    """Keep a measure from readers, as an editor does."""
    kept = tuple(replace(each, public=each.public and each.code != code) for each in STRATEGY.indicators)
    document: Strategy = replace(STRATEGY, indicators=kept)
    save_strategy(store, "hallandvaxer", document, origin="desk", by=laid.by, now=NOW)


def test_a_measure_kept_from_readers_later_is_gone_from_published_points_too(site: Running, laid: Laid) -> None:
    """What is no longer public stands neither on a point's page, in its file nor in a comparison; its hash stays."""
    first = publish(site.store, frozen(site.store).id, by=laid.by, now=NOW)
    second = publish(site.store, frozen(site.store, title="Halvtid").id, by=laid.by, now=NOW)
    paths = [f"/followup/{first.id}", f"/followup/{first.id}.json", f"/followup/{second.id}/{first.id}",
             f"/followup/{second.id}/{first.id}.csv"]  # fmt: skip
    assert public(site, *paths).count("Utsläpp av växthusgaser") > 3
    hide_measure(site.store, laid, "utslapp")
    told = public(site, *paths)
    assert "Utsläpp av växthusgaser" not in told
    assert "1300" not in re.sub(r"[0-9a-f]{64}", "", told)
    assert first.hash in told
