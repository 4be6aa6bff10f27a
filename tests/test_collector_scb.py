"""Statistics Sweden: tables become the readings that stand beside them, and limits and refusals are obeyed and told."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaign.errors import CollectError
from campaign.figures import Indicator, Origin
from campaign.strategy import parse
from collector.indicators.answers import Told, Wanted
from collector.indicators.jsonstat import read_dataset, read_metadata
from collector.indicators.kolada import unit_of
from collector.indicators.scb import Scb, Window, period_of
from collector.indicators.selecting import questions
from conftest import NOW
from measured import asking, expected, told
from servers import Reply, Request, Server

DATA = Path(__file__).parent / "data" / "scb"


def load(name: str) -> dict[str, Any]:
    """Return an answer of the folder."""
    found: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return found


def metadata(**changes: Any) -> dict[str, Any]:
    """Return the recorded metadata, with the years that the made answers have."""
    found = load("metadata.json")
    years = {"index": {"2023": 0, "2024": 1, "2025": 2}, "label": {"2023": "2023", "2024": "2024", "2025": "2025"}}
    found["dimension"]["Tid"]["category"] = years
    for name, side in changes.items():
        found["dimension"][name] = found["dimension"].get(name, {}) | side
    return found


def codes(*names: str) -> dict[str, Any]:
    """Return a side's category with these codes."""
    return {"category": {"index": {name: place for place, name in enumerate(names)}, "label": {n: n for n in names}}}


class Tables:
    """A server of one table. ``data`` answers every question for values; None: it answers what was asked, with 1.5."""

    def __init__(self, data: Any = None, *, about: dict[str, Any] | None = None, **table: Any) -> None:
        self.server = Server(
            {
                "/config": load("config.json"),
                "/tables/TAB638": load("table.json") | table,
                "/tables/TAB638/metadata": about or metadata(),
                "/tables/TAB638/data": self.give if data is None else data,
            }
        )
        self.most = 10_000
        self.asked: list[dict[str, list[str]]] = []

    def give(self, request: Request) -> Any:
        """Answer a question for values, or refuse it as too large."""
        chosen = {each["variableCode"]: each["valueCodes"] for each in json.loads(request.body)["selection"]}
        self.asked.append(chosen)
        count = 1
        for values in chosen.values():
            count *= len(values)
        if count > self.most:
            return problem(403, "Too many cells selected")
        made = load("made-list.json")
        return made | {
            "id": list(chosen),
            "size": [len(values) for values in chosen.values()],
            "dimension": {name: codes(*values) for name, values in chosen.items()},
            "value": [1.5] * count,
            "status": None,
        }

    def read(self, *asked: Wanted, sleep: Any = lambda _: None) -> dict[int, Told | CollectError]:
        """Ask for these indicators."""
        with self.server, asking(self.server) as fetcher:
            scb = Scb(fetcher, self.server.url("/").rstrip("/"), clock=lambda: NOW, sleep=sleep)
            return dict(scb.read(asked))

    def one(self, **changes: Any) -> Told | CollectError:
        """Ask for one indicator."""
        return self.read(wanted(**changes))[1]

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.path for request in self.server.requests]


def problem(status: int, detail: str, title: str = "Bad Request") -> Reply:
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    return Reply(status=status, body=body, headers={"Content-Type": "application/problem+json"})


def wanted(number: int = 1, *, since: date | None = None, cursor: Any = None, **changes: Any) -> Wanted:
    made: dict[str, Any] = {
        "origin": Origin.SCB, "table": "TAB638", "areas": ("00", "13", "1380"), "by_sex": True,
        "selection": (("ContentsCode", ("BE0101N1",)), ("Alder", ("tot",))),
    }  # fmt: skip
    return Wanted(
        id=number, wording=Indicator(code="M", title="M", **(made | changes)), since=since, cursor=cursor or {}
    )


def failure(found: Told | CollectError) -> CollectError:
    assert isinstance(found, CollectError)
    return found


def success(found: Told | CollectError) -> Told:
    assert isinstance(found, Told), found
    return found


def test_the_recorded_metadata_has_the_sides_that_stand_beside_it() -> None:
    """Names, codes, labels and what may be left out are read from the recorded answer, wrong as its sizes are."""
    found = read_metadata(load("metadata.json"), "scb")
    rows = [line.split("\t") for line in (DATA / "metadata.expected.tsv").read_text("utf-8").splitlines()[1:]]
    assert [
        [each.id, str(len(each.codes)), each.codes[0], each.codes[-1], "optional" if each.optional else "",
         each.labels[each.codes[-1]]]
        for each in found.dimensions
    ] == rows  # fmt: skip
    assert (found.time, found.geo, found.updated) == ("Tid", "Region", "2022-02-07T14:32:00Z")


@pytest.mark.parametrize("name", ["made-list.json", "made-sparse.json"])
def test_values_become_the_readings_that_stand_beside_them(name: str) -> None:
    """Lists and objects of values, marks and codes say the same: what is missing is none, with its mark."""
    tables = Tables(load(name))
    tables.server.routes["/tables/TAB638/metadata"] = metadata(Kon={"extension": {"elimination": False}})
    found = success(tables.one(selection=(("ContentsCode", ("BE0101N1",)), ("Alder", ("tot",)))))
    assert told(found.readings) == expected(DATA / "made.expected.tsv")
    assert found.whole
    assert found.cursor == {"updated": "2022-01-08T07:00:00.000Z"}


def test_everybody_is_asked_for_by_leaving_the_sexes_out() -> None:
    """A table that sums its sexes up has no code for everybody: two questions, one without that side."""
    tables = Tables()
    found = success(tables.one())
    assert [sorted(each.get("Kon", [])) for each in tables.asked] == [[], ["1", "2"]]
    assert {str(each.sex) for each in found.readings} == {"total", "women", "men"}
    assert len(found.readings) == 27


def test_a_code_for_everybody_is_asked_for_with_the_sexes() -> None:
    """Where the table has one (1+2, or a label that says so), one question gives all three."""
    both = codes("1", "2", "1+2") | {"extension": {"elimination": False}}
    tables = Tables(about=metadata(Kon=both))
    found = success(tables.one())
    assert [each["Kon"] for each in tables.asked] == [["1+2", "1", "2"]]
    assert len(found.readings) == 27
    named = codes("A", "B", "C") | {"extension": {"elimination": False}}
    named["category"]["label"] = {"A": "kvinnor", "B": "män", "C": "totalt"}
    tables = Tables(about=metadata(Kon=named))
    success(tables.one(by_sex=False))
    assert [each["Kon"] for each in tables.asked] == [["C"]]


def test_a_sex_that_was_chosen_is_the_whole_of_it() -> None:
    """An indicator about women alone has their values, and no division."""
    tables = Tables()
    chosen = (("ContentsCode", ("BE0101N1",)), ("Alder", ("tot",)), ("Kon", ("2",)))
    found = success(tables.one(selection=chosen))
    assert [each["Kon"] for each in tables.asked] == [["2"]]
    assert {str(each.sex) for each in found.readings} == {"total"}


def test_a_question_that_is_too_large_is_asked_in_parts() -> None:
    """Cells are counted before asking; parts of areas and years have no more than the interface allows."""
    tables = Tables()
    tables.server.routes["/config"] = load("config.json") | {"maxDataCells": 4}
    found = success(tables.one(by_sex=False))
    assert all(len(each["Region"]) * len(each["Tid"]) <= 4 for each in tables.asked)
    pairs = [(area, year) for each in tables.asked for area in each["Region"] for year in each["Tid"]]
    assert len(pairs) == len(set(pairs)) == len(found.readings) == 9


def test_a_part_that_is_refused_as_too_large_is_halved() -> None:
    """A lower limit than the interface says is found by asking for less."""
    tables = Tables()
    tables.most = 3
    found = success(tables.one(by_sex=False))
    assert len(found.readings) == 9
    tables = Tables(problem(403, "Too many cells selected"))
    refused = failure(tables.one(by_sex=False))
    assert refused.key == "scb_too_many_cells"
    assert tables.paths.count("/tables/TAB638/data") <= 5


def test_another_refusal_is_not_taken_for_too_many_cells() -> None:
    """A 403 that does not come from the interface itself is asked once, and told as what it is."""
    tables = Tables(Reply(status=403, body=b"<html>blocked</html>"))
    assert failure(tables.one()).key == "http_forbidden"
    assert tables.paths.count("/tables/TAB638/data") == 1


def test_a_table_that_says_the_same_is_not_read() -> None:
    """An unchanged ``updated`` ends the asking after one question about the table."""
    cursor = {"updated": "2022-01-08T07:00:00.000Z"}
    tables = Tables()
    found = success(tables.read(wanted(since=date(2026, 11, 1), cursor=cursor))[1])
    assert found.unchanged
    assert tables.paths == ["/config", "/tables/TAB638"]
    tables = Tables(updated="2026-11-20T07:00:00Z")
    assert success(tables.read(wanted(since=date(2026, 11, 1), cursor=cursor))[1]).whole


def test_a_table_is_asked_about_once_for_all_its_indicators() -> None:
    """Several indicators of one table share what is said of it."""
    tables = Tables()
    tables.read(wanted(1, by_sex=False), wanted(2, by_sex=False, areas=("13",)))
    assert tables.paths == ["/config", "/tables/TAB638", "/tables/TAB638/metadata", *["/tables/TAB638/data"] * 2]


def test_a_discontinued_table_is_told_and_still_read() -> None:
    """The flag comes with the values."""
    found = success(Tables(discontinued=True).one())
    assert (found.discontinued, bool(found.readings)) == (True, True)


@pytest.mark.parametrize("status", [404, 410])
def test_a_table_that_is_gone_is_told(status: int) -> None:
    """404 on the table is its end, for each of its indicators, with one question."""
    tables = Tables()
    tables.server.routes["/tables/TAB638"] = problem(status, "Non-existent table")
    found = tables.read(wanted(1), wanted(2))
    assert [failure(each).key for each in found.values()] == ["scb_table_gone"] * 2
    assert tables.paths.count("/tables/TAB638") == 1


def test_a_refusal_names_the_code() -> None:
    """What the interface does not take is told with its own words and the code that they name."""
    refused = failure(Tables(problem(400, "Non-existent value BE0101N1")).one())
    assert (refused.key, refused.facts["code"]) == ("scb_refused", "BE0101N1")
    assert "Non-existent value" in str(refused.facts["told"])


@pytest.mark.parametrize(("headers", "waits"), [({"Retry-After": "30"}, timedelta(seconds=30)), ({}, None)])
def test_a_quota_answer_is_heeded(headers: dict[str, str], waits: timedelta | None) -> None:
    """429 tells when to come back where the server says so; the rest of the round is not asked for."""
    tables = Tables(Reply(status=429, headers=headers))
    found = tables.read(wanted(1), wanted(2), wanted(3))
    assert [failure(each).key for each in found.values()] == ["http_too_many"] * 3
    assert {failure(each).retry_at for each in found.values()} == {NOW + waits if waits else None}
    assert tables.paths.count("/tables/TAB638/data") == 1


def test_no_more_calls_than_the_interface_allows() -> None:
    """With two calls in ten seconds the third waits until the first is ten seconds old."""
    now = [NOW]
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += timedelta(seconds=seconds)

    window = Window(lambda: now[0], sleep, calls=2, seconds=10)
    moments: list[datetime] = []
    for _ in range(5):
        window.wait()
        moments.append(now[0])
        now[0] += timedelta(seconds=1)
    assert [(each - NOW).total_seconds() for each in moments] == [0, 1, 10, 11, 20]
    assert waits == [8, 8]


def test_limits_are_read_from_the_interface() -> None:
    """Calls wait as its configuration says, also where that writes its names in capitals."""
    waits: list[float] = []
    tables = Tables()
    tables.server.routes["/config"] = {"MaxDataCells": 10000, "MaxCalls": 1, "TimeWindow": 5}
    tables.read(wanted(by_sex=False), sleep=waits.append)
    assert len(waits) == 3
    assert set(waits) == {5.0}


@pytest.mark.parametrize(
    ("code", "period"),
    [("2025", "2025"), ("2025K3", "2025K3"), ("2025M06", "2025M06"), ("2025M6", "2025M06"), ("2025Q4", "2025K4")],
)
def test_periods_have_one_name(code: str, period: str) -> None:
    """Years, quarters and months, also as the interface sometimes writes them."""
    assert period_of(code) == period


@pytest.mark.parametrize("code", ["2024-2025", "2025V07", "2025H1", "2025M13", "2025K5", "", "25", "2024/25"])
def test_other_periods_are_refused_before_the_table_is_read(code: str) -> None:
    """Several years in one, weeks and halves are told in words, and no value is asked for."""
    tables = Tables(about=metadata(Tid=codes("2023", code)))
    assert failure(tables.one()).key == "figures_period"
    assert "/tables/TAB638/data" not in tables.paths


@pytest.mark.parametrize(
    ("changes", "key", "named"),
    [
        ({"selection": (("Alder", ("tot",)),)}, "scb_choose", "ContentsCode"),
        ({"selection": (("ContentsCode", ("BE0101N1", "BE0101N2")),)}, "scb_choose", "ContentsCode"),
        ({"selection": (("ContentsCode", ("BE0101N9",)),)}, "scb_code", "ContentsCode"),
        ({"selection": (("Innehall", ("BE0101N1",)),)}, "scb_variable", "Innehall"),
        ({"selection": (("Tid", ("2024",)),)}, "scb_variable", "Tid"),
        ({"areas": ("9999",)}, "scb_code", "Region"),
    ],
)
def test_a_question_that_the_table_cannot_answer_is_told(changes: dict[str, Any], key: str, named: str) -> None:
    """What is missing, unknown or many is named with its variable before anything is asked for."""
    tables = Tables()
    found = failure(tables.one(**changes))
    assert (found.key, found.facts["variable"], found.permanent) == (key, named, True)
    assert "/tables/TAB638/data" not in tables.paths


@pytest.mark.parametrize(
    ("areas", "table", "key"), [((), "TAB638", "figures_no_areas"), (("13",), "../x", "scb_table")]
)
def test_what_cannot_be_asked_is_told(areas: tuple[str, ...], table: str, key: str) -> None:
    """No area, or what is no table."""
    assert failure(Tables().one(areas=areas, table=table)).key == key


@pytest.mark.parametrize(
    "changes",
    [
        {"value": [1.0] * 17},
        {"value": [1.0] * 19},
        {"value": "1,5"},
        {"value": {"99": 1.0}},
        {"value": {"x": 1.0}},
        {"value": None},
        {"value": ["105,3", *[1.0] * 17]},
        {"value": ["105.3", *[1.0] * 17]},
        {"value": [True, *[1.0] * 17]},
        {"size": [3, 2, 1, 4]},
        {"size": [3, 2]},
        {"id": ["Region"]},
        {"id": []},
        {"status": ["."] * 3},
        {"dimension": {}},
        {"dimension": None},
    ],
)
def test_a_dataset_of_another_shape_is_an_error(changes: dict[str, Any]) -> None:
    """Wrong counts, texts for numbers (a decimal comma among them) and missing sides are refused whole."""
    with pytest.raises(CollectError, match="figures_malformed"):
        list(read_dataset(load("made-list.json") | changes, "scb").cells())


def test_an_index_with_holes_is_an_error() -> None:
    """Two codes on one place, or a place left out, would put values at the wrong year."""
    for index in (
        {"2023": 0, "2024": 0, "2025": 1},
        {"2023": 0, "2024": 1, "2025": 3},
        {"2023": 0, "2024": "1", "2025": 2},
    ):
        given = load("made-list.json")
        given["dimension"]["Tid"]["category"]["index"] = index
        with pytest.raises(CollectError, match="figures_malformed"):
            read_dataset(given, "scb")


def test_marks_in_the_place_of_values_are_missing_values() -> None:
    """Two dots where a number should be mean that there is none; one mark may also stand for all."""
    given = load("made-list.json") | {"value": ["..", ".", None, *[0] * 15], "status": None}
    cells = list(read_dataset(given, "scb").cells())
    assert [(value, mark) for _, value, mark in cells[:4]] == [(None, ".."), (None, "."), (None, ""), (0.0, "")]
    given = load("made-list.json") | {"value": [None] * 18, "status": "x"}
    assert {mark for _, _, mark in read_dataset(given, "scb").cells()} == {"x"}


def test_a_side_of_one_code_may_have_only_its_label() -> None:
    """JSON-stat lets a single code go without an index."""
    given = load("made-list.json")
    given["dimension"]["ContentsCode"]["category"] = {"label": {"BE0101N1": "Folkmängd"}}
    assert read_dataset(given, "scb").dimensions[2].codes == ("BE0101N1",)


def test_preliminary_values_are_marked() -> None:
    """The mark p is of a value that will be put right."""
    given = load("made-list.json") | {"status": {"0": "p"}}
    tables = Tables(given, about=metadata(Kon={"extension": {"elimination": False}}))
    found = success(tables.one())
    assert [each.preliminary for each in found.readings].count(True) == 1


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"<html>Underh\xc3\xa5ll</html>", "not_json"),
        (b'{"version":"2.0","value":[1,2', "not_json"),
        (b'{"version":"2.0","value":"' + b"9" * 10_000_000 + b'"}', "too_large"),
        (b'{"class":"error"}', "figures_malformed"),
    ],
)
def test_what_is_not_its_json_is_an_error(body: bytes, key: str) -> None:
    """A web page, half an answer or ten megabytes: each has its own words."""
    assert failure(Tables(body).one()).key == key


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "1e999", "9" * 60])
def test_numbers_that_no_figure_is_are_refused(literal: str) -> None:
    """They are never read as missing."""
    body = (DATA / "made-list.json").read_text("utf-8").replace("5300000", literal)
    tables = Tables(body, about=metadata(Kon={"extension": {"elimination": False}}))
    assert failure(tables.one()).key == "figures_malformed"


def test_a_table_without_areas_is_the_nation() -> None:
    """Where a table has no region its values are of the one area that the indicator has."""
    about = load("made-list.json")
    about = about | {"id": ["ContentsCode", "Tid"], "size": [1, 3], "role": {"time": ["Tid"]}}
    tables = Tables(about=about)
    found = success(tables.one(areas=("00",), selection=()))
    assert {each.area for each in found.readings} == {"00"}
    assert failure(Tables(about=about).one(areas=("00", "13"), selection=())).key == "scb_variable"


@pytest.mark.parametrize(
    "file", sorted((Path(__file__).parents[1] / "strategies").glob("*.toml")), ids=lambda f: f.stem
)
def test_what_the_shipped_strategies_ask_can_be_answered(file: Path) -> None:
    """Every indicator of a shipped strategy is a question that the recorded table takes, or one for Kolada."""
    for indicator in parse(file.read_text(encoding="utf-8"), file.name).indicators:
        if indicator.origin is Origin.SCB:
            assert indicator.table == "TAB638"
            (question,) = questions(indicator, read_metadata(metadata(), "scb"))
            assert question.areas == indicator.areas
            assert {name for name, _ in question.chosen} == {"Region", "ContentsCode", "Tid"}
        elif indicator.origin is Origin.KOLADA:
            assert [unit_of(area) for area in indicator.areas]
