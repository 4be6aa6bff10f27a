"""Kolada: answers become the readings that are written beside them, and what is not as agreed becomes a clear error."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaign.errors import CollectError
from campaign.figures import Indicator, Origin
from collector.indicators import kolada
from collector.indicators.answers import Told, Wanted
from conftest import NOW
from measured import asking, expected, told
from servers import Reply, Request, Server

DATA = Path(__file__).parent / "data" / "kolada"
AREAS = ("00", "13", "1380", "G39001")


def answer(name: str, server: Server) -> Reply:
    """Return an answer of the folder as the server would give it."""
    return Reply(body=(DATA / name).read_text(encoding="utf-8").replace("{base}", server.url("/v3")))


def wanted(number: int = 1, *, since: date | None = None, **changes: Any) -> Wanted:
    made: dict[str, Any] = {"origin": Origin.KOLADA, "kpi": "N01951", "areas": AREAS, "by_sex": True}
    return Wanted(id=number, wording=Indicator(code="M", title="M", **(made | changes)), since=since)


def values(*given: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an answer with these values of Halmstad in 2024."""
    row = {"kpi": "N01951", "municipality": "1380", "period": 2024, "values": list(given)}
    return {"count": 1, "next_url": None, "previous_url": None, "values": [row]} | more


def value(**changes: Any) -> dict[str, Any]:
    return {"gender": "T", "value": 1.5, "status": "", "count": 1, "isdeleted": False} | changes


def read(server: Server, *asked: Wanted) -> dict[int, Told | CollectError]:
    with asking(server) as fetcher:
        return dict(kolada.read(fetcher, server.url("/v3"), asked))


def serving(data: Any) -> Server:
    """Return a server that knows one key figure and answers every question for values with ``data``."""
    server = Server({"*": data})
    server.routes["/v3/kpi/N01951"] = answer("kpi.json", server)
    return server


def one(data: Any, **changes: Any) -> Told | CollectError:
    """Return what becomes of one indicator where the values are ``data``."""
    with serving(data) as server:
        return read(server, wanted(**changes))[1]


def failure(data: Any, **changes: Any) -> CollectError:
    found = one(data, **changes)
    assert isinstance(found, CollectError)
    return found


def paged(server: Server) -> Any:
    def give(request: Request) -> Reply:
        return answer("population-2.json" if request.query.get("page") == "2" else "population-1.json", server)

    return give


def test_pages_become_the_readings_that_stand_beside_them() -> None:
    """Every area, sex, missing and deleted value of both pages is told, and an empty ``next_url`` ends them."""
    server = serving(b"")
    server.routes["*"] = paged(server)
    with server:
        found = read(server, wanted())[1]
    assert isinstance(found, Told)
    assert told(found.readings) == expected(DATA / "population.expected.tsv")
    assert found.whole
    assert (found.title, found.cursor["divided"]) == ("Invånare totalt, antal", True)
    assert found.cursor["publication_date"] == "2026-02-20"
    data = [request.target for request in server.requests if "/data/" in request.target]
    assert data == [
        "/v3/data/kpi/N01951/municipality/0000,0013,1380,G39001?per_page=5000",
        "/v3/data/kpi/N01951/municipality/0000,0013,1380,G39001?page=2&per_page=5000",
    ]


def test_what_changed_since_a_day_is_asked_for_with_that_day() -> None:
    """A later asking sends ``from_date`` and is not taken for the whole."""
    server = serving(b"")
    server.routes["*"] = answer("population-since.json", server)
    with server:
        found = read(server, wanted(since=date(2026, 11, 18)))[1]
        assert server.requests[-1].query["from_date"] == "2026-11-18"
    assert isinstance(found, Told)
    assert not found.whole
    assert told(found.readings) == expected(DATA / "population-since.expected.tsv")


def test_sexes_are_left_out_where_they_are_not_wanted() -> None:
    """An indicator that is not divided by sex gets the values of everybody alone."""
    found = one(values(value(), value(gender="K"), value(gender="M")), by_sex=False)
    assert isinstance(found, Told)
    assert [each[1] for each in told(found.readings)] == ["total"]


@pytest.mark.parametrize("leads", [{"next_url": None}, {"next_url": ""}, {}])
def test_a_missing_or_empty_next_page_is_the_end(leads: dict[str, Any]) -> None:
    """Null, the empty string and no ``next_url`` at all mean the same: one question for values."""
    data = {key: told for key, told in values(value()).items() if key != "next_url"} | leads
    with serving(data) as server:
        assert isinstance(read(server, wanted())[1], Told)
        assert len(server.requests) == 2


def test_pages_that_lead_round_are_cut() -> None:
    """A next page that was read already ends the asking with an error, and nothing of it is told."""
    server = serving(b"")
    server.routes["*"] = lambda request: values(value(), next_url=server.url(request.target))
    with server:
        found = read(server, wanted())[1]
        assert isinstance(found, CollectError)
        assert found.key == "figures_paging"
        assert len(server.requests) == 2


def test_pages_without_end_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many new pages it leads on to, so many are read at most."""
    monkeypatch.setattr(kolada, "MOST_PAGES", 5)
    server = serving(b"")

    def give(request: Request) -> dict[str, Any]:
        number = int(request.query.get("page", "1")) + 1
        return values(value(), next_url=server.url(f"/v3/data/kpi/N01951/municipality/1380?page={number}"))

    server.routes["*"] = give
    with server:
        found = read(server, wanted())[1]
        assert isinstance(found, CollectError)
        assert (found.key, found.facts["pages"]) == ("figures_paging", 5)
        assert len(server.requests) == 6


def test_a_next_page_elsewhere_is_not_asked() -> None:
    """Another host, or another port, is never asked in the source's name."""
    with Server({"*": values(value())}) as other:
        found = failure(values(value(), next_url=other.url("/v3/data")))
        assert found.key == "figures_elsewhere"
        assert other.requests == []


def test_a_next_page_may_be_named_by_its_path_alone() -> None:
    """A relative ``next_url`` is one of the same server."""
    server = serving(b"")

    def give(request: Request) -> dict[str, Any]:
        return values(value()) if request.query.get("page") else values(value(), next_url="?page=2")

    server.routes["*"] = give
    with server:
        assert isinstance(read(server, wanted())[1], Told)
        assert server.requests[-1].query == {"page": "2"}


@pytest.mark.parametrize(
    "given",
    ["105,3", "105.3", "..", True, [1], {"a": 1}, 1e300],
)
def test_what_is_no_number_spoils_the_answer(given: Any) -> None:
    """A text, also one with a decimal comma, is never guessed at: nothing of that answer is told."""
    assert failure(values(value(value=2.0), value(gender="K", value=given))).key == "figures_malformed"


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 60, "9" * 5000])
def test_numbers_that_no_figure_is_spoil_the_answer(literal: str) -> None:
    """NaN, infinities and numbers beyond all sense are refused, and never read as a missing value."""
    body = json.dumps(values(value(value=123456.75))).replace("123456.75", literal)
    assert failure(body).key == "figures_malformed"


def test_a_missing_value_is_none_and_a_zero_is_zero() -> None:
    """Null keeps its status and becomes no number; 0 stays 0."""
    found = one(values(value(value=None, status="Sekretess"), value(gender="K", value=0)))
    assert isinstance(found, Told)
    assert told(found.readings) == [("1380", "total", "2024", None, "Sekretess", False),
                                    ("1380", "women", "2024", 0.0, "", False)]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        {"values": None},
        {"count": 0},
        {"values": ["N01951"]},
        {"values": [{"kpi": "N01951", "municipality": "1380", "period": 2024}]},
        {"values": [{"kpi": "N01951", "municipality": 1380, "period": 2024, "values": []}]},
        {"values": [{"kpi": "N01951", "municipality": "1380", "period": "2024-2025", "values": []}]},
        {"values": [{"kpi": "N01951", "municipality": "1380", "period": 2024, "values": [{"gender": "T"}]}]},
        {"values": [{"kpi": "N01951", "municipality": "1380", "period": 2024, "values": [7]}]},
    ],
)
def test_an_answer_of_another_shape_is_an_error(data: Any) -> None:
    """Whatever is missing or of another kind is told, instead of being taken for no values."""
    assert failure(data).key == "figures_malformed"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"<!doctype html><html><body>Underh\xc3\xa5ll</body></html>", "not_json"),
        (b"", "not_json"),
        (b"[]", "not_json"),
        (b'{"count":1,"values":[{"kpi":"N01951","mun', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"values":"' + b"x" * 10_000_000 + b'"}', "too_large"),
    ],
)
def test_what_is_not_its_json_is_an_error(body: bytes, key: str) -> None:
    """A web page, half an answer, nothing, or ten megabytes of it: each has its own words."""
    assert failure(body).key == key


@pytest.mark.parametrize(("headers", "waits"), [({"Retry-After": "600"}, timedelta(minutes=10)), ({}, None)])
def test_a_quota_answer_is_heeded(headers: dict[str, str], waits: timedelta | None) -> None:
    """429 tells when to come back where the server says so, and the others are not even asked."""
    refused = Reply(status=429, headers=headers)
    with serving(refused) as server:
        found = read(server, wanted(), wanted(2, areas=("13",)), wanted(3, areas=("14",)))
    errors = [each for each in found.values() if isinstance(each, CollectError)]
    assert [each.key for each in errors] == ["http_too_many"] * 3
    assert {each.retry_at for each in errors} == {NOW + waits if waits else None}
    assert len([request for request in server.requests if "/data/" in request.target]) == 1


def test_a_figure_that_is_no_more_is_told_and_the_others_are_asked() -> None:
    """Kolada leaves out what it does not know; the rest of that question is read all the same."""
    server = serving(values(value()))
    server.routes["/v3/kpi/N01951,N99999"] = answer("kpi.json", server)
    with server:
        found = read(server, wanted(), wanted(2, kpi="N99999"))
    assert isinstance(found[1], Told)
    assert isinstance(found[2], CollectError)
    assert (found[2].key, found[2].permanent) == ("kolada_gone", True)


def test_a_question_refused_for_one_is_asked_for_each() -> None:
    """Where the whole question is answered with 404 each figure is asked for by itself."""
    with serving(values(value())) as server:
        server.routes["/v3/kpi/N01951,N99999"] = Reply(status=404)
        server.routes["/v3/kpi/N99999"] = Reply(status=404)
        found = read(server, wanted(), wanted(2, kpi="N99999"))
    assert isinstance(found[1], Told)
    assert isinstance(found[2], CollectError)
    assert found[2].key == "kolada_gone"


def test_no_values_at_all_is_a_wrong_question() -> None:
    """A first asking that gives nothing is an error with words, a later one that gives nothing is news of nothing."""
    assert failure({"count": 0, "next_url": None, "values": []}).key == "kolada_no_values"
    later = one({"count": 0, "next_url": None, "values": []}, since=date(2026, 11, 18))
    assert isinstance(later, Told)
    assert later.readings == ()


def test_many_are_asked_for_together_at_most_25_in_a_part() -> None:
    """Thirty figures of thirty areas take two questions each for their names, and parts of at most 25 names."""
    areas = tuple(f"{1380 + number}" for number in range(30))

    def give(request: Request) -> dict[str, Any]:
        if "/data/" not in request.path:
            return {"values": [{"id": name, "title": name} for name in request.path.split("/")[-1].split(",")]}
        kpis, units = request.path.split("/")[4].split(","), request.path.split("/")[6].split(",")
        assert len(kpis) <= 25
        assert len(units) <= 25
        rows = [
            {"kpi": kpi, "municipality": unit, "period": 2024, "values": [value()]} for kpi in kpis for unit in units
        ]
        return {"next_url": None, "values": rows}

    with Server({"*": give}) as server:
        asked = [wanted(number, kpi=f"N{number:05}", areas=areas) for number in range(30)]
        found = read(server, *asked)
        assert len(server.requests) == 2 + 4
    assert all(isinstance(each, Told) and len(each.readings) == 30 for each in found.values())


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"areas": ("centralorten",)}, "kolada_area"),
        ({"areas": ()}, "figures_no_areas"),
        ({"kpi": "N01951/../x"}, "kolada_kpi"),
        ({"kpi": ""}, "kolada_kpi"),
    ],
)
def test_what_cannot_be_asked_is_told_without_asking(changes: dict[str, Any], key: str) -> None:
    """An area of our own, no area, or what is no key figure never reaches the server."""
    with serving(values(value())) as server:
        found = read(server, wanted(**changes))[1]
        assert isinstance(found, CollectError)
        assert (found.key, found.permanent) == (key, True)
        assert server.requests == []


def test_areas_have_two_names() -> None:
    """The nation and the regions have four characters at Kolada and two here; both ways lead back."""
    pairs = {"00": "0000", "13": "0013", "1380": "1380", "G39001": "G39001"}
    assert {area: kolada.unit_of(area) for area in pairs} == pairs
    assert [kolada.area_of(unit) for unit in pairs.values()] == list(pairs)


def test_areas_and_figures_that_nobody_asked_for_are_left() -> None:
    """What a server adds beside what was asked for is not taken in."""
    data = values(value())
    data["values"] += [
        {"kpi": "N00001", "municipality": "1380", "period": 2024, "values": [value()]},
        {"kpi": "N01951", "municipality": "0180", "period": 2024, "values": [value()]},
    ]
    found = one(data)
    assert isinstance(found, Told)
    assert [each.area for each in found.readings] == ["1380"]
