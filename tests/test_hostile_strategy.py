"""What bad intent, or a broken file, tries with strategies, spreadsheets, figures and measuring points."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from campaign.cells import csv_line, number
from campaign.errors import CollectError, ConfigError, InputError
from campaign.figure_sheet import area_of, parse_figures
from campaign.figures import Indicator, Sex, Target
from campaign.records import Role
from campaign.sheet_words import plain
from campaign.sheets import Sheet, read, rows_of, write_excel
from campaign.snapshots import Content, FrozenIndicator, FrozenNode, FrozenValue, Head, SnapshotKind
from campaign.strategy import Node, NodeKind, Strategy, parse
from campaign.strategy_check import faults
from campaign.strategy_sheet import new_strategy, parse_sheet
from collector.indicators.jsonstat import read_dataset
from collector.indicators.kolada import _Kolada
from conftest import HALLAND, NOW
from desk import Running, running
from frozen import PLAN, STRATEGY, Laid, frozen, lay
from net.answers import Answer
from storage.logins import begin_login
from storage.memberships import set_membership
from storage.people import add_account
from storage.snapshots import publish
from storage.store import Store, sync_campaigns
from storage.strategy import save_strategy
from test_collector_scb import Tables, wanted
from web.auth import ROLES
from web.compared import compared
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


# --- strategies of many goals ----------------------------------------------------------------------------


def test_points_of_a_thousand_goals_are_compared_by_looking_each_up_once() -> None:
    """Comparing two points looks at no more values than there are, a few times over: not at all of them for each."""
    looked = 0

    class Watched(FrozenValue):
        """A value that counts how often it is asked whose it is."""

        def __getattribute__(self, name: str) -> object:
            nonlocal looked
            looked += name == "indicator"
            return super().__getattribute__(name)

    many = range(1, 301)
    known = [Indicator(code=f"m{at}", title="x", areas=("17",)) for at in many]
    told = Content(
        head=Head(kind=SnapshotKind.BASELINE, title="t", as_of=TODAY, strategy="s", strategy_title="s",
                  period_from=TODAY, period_to=TODAY),
        nodes=tuple(FrozenNode(id=at, code=str(at), parent=None, kind=NodeKind.GOAL, title="m") for at in many),
        indicators=tuple(FrozenIndicator(id=at, nodes=(at,), wording=known[at - 1]) for at in many),
        values=tuple(
            Watched(indicator=at, area="17", sex=Sex.TOTAL, period=str(year), value=1.0, known_from=NOW)
            for at in many for year in range(2015, 2025)
        ),
    )  # fmt: skip
    found = compared(told, told, public=True)
    assert len(found.goals) == 300
    assert looked < 20 * len(told.values)


# --- sources of figures ----------------------------------------------------------------------------------


def test_a_table_that_names_a_code_twice_is_refused() -> None:
    """A side that says the same year again and again cannot make values without end of one small question."""
    year = {"category": {"index": ["2024"] * 1_000}}
    given = {"id": ["Tid"], "size": [1_000], "dimension": {"Tid": year}, "value": [1.0] * 1_000}
    with pytest.raises(CollectError, match="figures_malformed"):
        read_dataset(given, "scb")


def test_nobody_waits_for_days_because_a_source_says_so() -> None:
    """A source that allows one call in eleven days is asked at our pace instead."""
    waits: list[float] = []
    tables = Tables()
    tables.server.routes["/config"] = {"maxDataCells": 10_000, "maxCallsPerTimeWindow": 1, "timeWindow": 999_999}
    tables.read(wanted(by_sex=False), sleep=waits.append)
    assert set(waits) == {120.0}


def test_names_of_figures_are_not_followed_through_pages_without_end() -> None:
    """Kolada's names of 25 figures are on as many pages at most, however many it leads on to."""
    asked: list[str] = []

    class Endless:
        """Leads on for ever."""

        def fetch(self, address: str, **_: object) -> Answer:
            asked.append(address)
            body = json.dumps({"values": [], "next_url": f"https://kolada.exempel/kpi/N15428?page={len(asked)}"})
            return Answer(
                url=address, status=200, headers={}, body=body.encode(), not_modified=False, moved_to=None, etag="",
                last_modified="", fetched_at=NOW,
            )  # fmt: skip

    source = _Kolada(Endless(), "https://kolada.exempel")  # type: ignore[arg-type] # asks nobody
    assert source._named({"N15428"}) == {}
    assert len(asked) <= 26


# --- another campaign's ----------------------------------------------------------------------------------


def test_nothing_of_another_campaign_is_reached_by_its_name_or_number(store: Store, laid: Laid) -> None:
    """Whoever edits one campaign neither sees nor changes another's strategy, part, measure or measuring point."""
    another = replace(HALLAND, id="annan", hashtags=("#annan",), aliases=())
    sync_campaigns(store, [HALLAND, another], NOW)
    person = add_account(store, "gast", role=Role.NONE, password=None, now=NOW)
    set_membership(store, person.id, "annan", Role.EDITOR, now=NOW)
    named = {
        "strategy": PLAN,
        "number": "1",
        "node_id": str(laid.nodes["1.1"]),
        "snapshot_id": str(frozen(store).id),
        "indicator_id": str(laid.indicators["utslapp"]),
    }
    tried = [each for each in ROLES if re.search(r"\{(strategy|node_id|snapshot_id|indicator_id)\}", each[1])]
    assert len(tried) > 25
    with running(store, campaigns={HALLAND.id: HALLAND, "annan": another}) as site:
        client = site.client(None)
        client.cookies.set("skord", begin_login(store, person.id, now=NOW), domain="127.0.0.1", path="/desk")
        assert client.get("/desk/strategy?campaign=annan").status_code == 200
        for how, path in tried:
            answer = client.request(how, f"{path.format(**named)}?campaign=annan")
            assert answer.status_code in (403, 404), (how, path, answer.status_code)
            assert STRATEGY.title not in answer.text


@pytest.mark.parametrize("path", ["/desk/strategy/%00", "/desk/strategy/%00/followup", "/desk/strategy/%ED%A0%80/sheet",
                                  "/desk/strategy?strategy=%00", "/strategy/%00/1", "/figures/%00/%00",
                                  f"/desk/strategy/{PLAN}/snapshots?earlier=%00&later=%00"])  # fmt: skip
def test_an_address_with_what_no_database_keeps_names_nothing(site: Running, path: str) -> None:
    """Letters that PostgreSQL refuses are no fault of ours: there is no such page."""
    assert site.client().get(path).status_code < 500
