"""The round that asks for figures: what is due, what is stored, what a failure leaves, when it is asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaign.errors import CollectError, NotFoundError
from campaign.figures import Indicator, Origin, Sex
from campaign.settings import FetchSettings, IndicatorSettings, Settings
from collecting import settings as plain_settings
from collector.indicators.refresh import Refreshed, next_night, refresh
from conftest import NOW
from measured import add_indicator
from net.http import Fetcher
from servers import Reply, Request, Server
from skord.sample.statistics import Revision, Series, Statistics, read_series
from storage.indicators import claim_indicators, get_indicator
from storage.measurements import revisions, series
from storage.store import Store, public_revision

DAY = timedelta(days=1)
STOCKHOLM = ZoneInfo("Europe/Stockholm")

PEOPLE = Indicator(code="M1", title="Invånare", origin=Origin.KOLADA, kpi="N01951", areas=("1380", "13"), by_sex=True)
JOBS = Indicator(
    code="M2", title="Sysselsatta", origin=Origin.SCB, table="TAB5616", areas=("1380",), selection=(), by_sex=False
)

YEARS = {str(year): 100_000.0 + year for year in range(2015, 2027)}
SERIES = (
    Series(
        id="N01951",
        title="Invånare totalt, antal",
        values={
            "total": {"1380": YEARS, "13": YEARS | {"2024": "Ej inrapporterat"}},
            "women": {"1380": YEARS, "13": YEARS},
            "men": {"1380": YEARS, "13": YEARS},
        },
        revisions=(
            Revision(area="1380", period="2025", at=date(2026, 12, 1), value=102_030.0),
            Revision(area="1380", period="2015", at=date(2026, 12, 1), deleted=True),
        ),
    ),
    Series(id="TAB5616", title="Sysselsatta 20-64 år", source="scb", values={"total": {"1380": YEARS}}),
)


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the moment."""
        return self.now


def configured(kolada: str, scb: str, *, allow: tuple[str, ...] = ()) -> Settings:
    return replace(
        plain_settings(),
        fetch=FetchSettings(allow=allow, per_host=timedelta(0), total=timedelta(seconds=5)),
        indicators=IndicatorSettings(kolada=kolada, scb=scb),
    )


@contextmanager
def asking(store: Store, settings: Settings, clock: Clock) -> Iterator[Callable[..., list[Refreshed]]]:
    """Give what asks: ``ask(number, …)`` by id, ``ask()`` for what is due."""
    with Fetcher(settings.fetch, version="0", clock=clock) as fetcher:

        def ask(*numbers: int, **more: Any) -> list[Refreshed]:
            given = {"indicators": list(numbers) or None, "sleep": lambda _: None} | more
            return refresh(store, fetcher, settings, clock=clock, rng=Random(1), **given)

        yield ask


@contextmanager
def statistics(store: Store, clock: Clock, *given: Series) -> Iterator[Callable[..., list[Refreshed]]]:
    """Give what asks a server of invented figures."""
    with Statistics(given or SERIES, clock=clock) as server:
        settings = configured(server.kolada, server.scb, allow=(f"127.0.0.1:{server.port}",))
        with asking(store, settings, clock) as ask:
            yield ask


def values(store: Store, number: int, **narrow: Any) -> dict[str, float | None]:
    return {each.period: each.value for each in series(store, number, area="1380", **narrow)}


def test_due_figures_are_asked_for_and_stored(store: Store) -> None:
    """Both sources are read whole the first time, with what they call the figure and when it is asked next."""
    people, jobs = add_indicator(store, PEOPLE), add_indicator(store, JOBS)
    clock = Clock()
    with statistics(store, clock) as ask:
        found = {each.indicator: each for each in ask()}
        assert ask() == []
    assert {each.status for each in found.values()} == {"ok"}
    assert found[people].stored.new == 66
    assert values(store, people, sex=Sex.WOMEN)["2025"] == 102_025.0
    assert values(store, jobs)["2025"] == 102_025.0
    (none,) = [each for each in series(store, people, area="13", missing=True) if each.value is None]
    assert (none.period, none.status) == ("2024", "Ej inrapporterat")
    kept = get_indicator(store, people)
    assert (kept.told, kept.error, kept.last_ok_at) == ("Invånare totalt, antal", None, NOW)
    assert kept.next_attempt_at is not None
    assert kept.next_attempt_at > NOW + DAY / 4


def test_a_later_asking_brings_only_what_changed(store: Store) -> None:
    """A revised and a deleted value come by ``from_date``; both are rows, and what stood before them is kept."""
    people = add_indicator(store, PEOPLE)
    clock = Clock()
    with statistics(store, clock) as ask:
        ask()
        before = public_revision(store)
        clock.now += DAY
        (same,) = ask()
        assert (same.status, same.whole, same.stored.changed) == ("unchanged", False, False)
        assert public_revision(store) == before
        clock.now = datetime(2026, 12, 2, 2, 0, tzinfo=NOW.tzinfo)
        (changed,) = ask()
    assert (changed.stored.revised, changed.stored.deleted, changed.stored.new) == (1, 1, 0)
    assert [each.value for each in revisions(store, people, "1380", Sex.TOTAL, "2025")] == [102_025.0, 102_030.0]
    assert "2015" not in values(store, people)
    assert values(store, people, known_at=NOW)["2015"] == 102_015.0


def test_a_month_later_everything_is_read_anew(store: Store) -> None:
    """What a source dropped without saying so is noticed at the next whole reading, and marked."""
    people = add_indicator(store, PEOPLE)
    clock = Clock()
    with statistics(store, clock) as ask:
        ask()
    fewer = {year: value for year, value in YEARS.items() if year != "2016"}
    left = Series(id="N01951", title="Invånare", values={"total": {"1380": fewer, "13": YEARS}})
    with statistics(store, clock, left) as ask:
        clock.now += 20 * DAY
        (soon,) = ask(people)
        # Another address is another question: it is read whole, and so much less is believed the second time.
        assert soon.error is not None
        assert soon.error.key == "figures_fewer"
        assert "2016" in values(store, people)
        (again,) = ask(people)
        assert (again.status, again.whole) == ("ok", True)
        assert "2016" not in values(store, people)
        clock.now += 29 * DAY
        assert not ask(people)[0].whole
        clock.now += 2 * DAY
        assert ask(people)[0].whole


def test_another_question_is_asked_whole(store: Store) -> None:
    """With another key figure or other areas everything is read, whatever was asked before."""
    people = add_indicator(store, PEOPLE)
    clock = Clock()
    with statistics(store, clock) as ask:
        ask()
        from dataclasses import asdict

        from sqlalchemy import update

        from storage import schema

        with store.write() as connection:
            wording = asdict(replace(PEOPLE, areas=("1380",)))
            connection.execute(update(schema.indicator).values(wording=wording))
        clock.now += DAY
        assert ask(people)[0].whole


def test_a_rehearsal_stores_nothing(store: Store) -> None:
    """A dry run tells what would come, and leaves values, claims and plans as they were."""
    people = add_indicator(store, PEOPLE)
    clock = Clock()
    with statistics(store, clock) as ask:
        (found,) = ask(people, dry_run=True)
    assert (found.stored.new, found.next_attempt_at) == (66, None)
    assert values(store, people) == {}
    kept = get_indicator(store, people)
    assert (kept.last_run_at, kept.last_ok_at, kept.next_attempt_at) == (None, None, NOW)


def test_a_failure_loses_nothing_and_is_asked_again_later(store: Store) -> None:
    """An error stands with its words, values stay, and each failure in a row waits longer; a good asking clears it."""
    people = add_indicator(store, PEOPLE)
    clock = Clock()
    with statistics(store, clock) as ask:
        ask()
    before = values(store, people)
    with Server({"*": Reply(status=500)}) as server:
        settings = configured(server.url("/v3"), "", allow=(server.address,))
        with asking(store, settings, clock) as ask:
            waits = []
            for _ in range(3):
                (found,) = ask(people)
                assert found.next_attempt_at is not None
                waits.append(found.next_attempt_at - clock.now)
    assert found.error is not None
    assert found.error.key == "http_server"
    assert waits[0] < waits[1] < waits[2]
    kept = get_indicator(store, people)
    assert (kept.failures, kept.error and kept.error["key"], kept.last_ok_at) == (3, "http_server", NOW)
    assert values(store, people) == before
    with statistics(store, clock) as ask:
        ask(people)
    assert (get_indicator(store, people).error, get_indicator(store, people).failures) == (None, 0)


def test_a_server_that_wants_time_gets_it(store: Store) -> None:
    """Retry-After wins over the plan, as far as it goes."""
    people = add_indicator(store, PEOPLE)
    clock = Clock()
    with Server({"*": Reply(status=503, headers={"Retry-After": str(3 * 24 * 3600)})}) as server:
        settings = configured(server.url("/v3"), "", allow=(server.address,))
        with asking(store, settings, clock) as ask:
            ask()
    assert get_indicator(store, people).next_attempt_at == NOW + 3 * DAY


def test_one_that_vanished_is_marked_and_keeps_its_values(store: Store) -> None:
    """A key figure that Kolada knows no more is discontinued, with words that say so."""
    people = add_indicator(store, PEOPLE)
    clock = Clock()
    with statistics(store, clock) as ask:
        ask()
        before, revision = values(store, people), public_revision(store)
    gone = Server({"*": {"count": 0, "next_url": None, "values": []}})
    with gone, asking(store, configured(gone.url("/v3"), "", allow=(gone.address,)), clock) as ask:
        (found,) = ask(people)
    assert found.error is not None
    assert found.error.key == "kolada_gone"
    assert get_indicator(store, people).discontinued
    assert values(store, people) == before
    assert public_revision(store) == revision + 1
    with statistics(store, clock) as ask:
        ask(people)
    assert not get_indicator(store, people).discontinued


def test_a_discontinued_table_is_asked_more_seldom(store: Store) -> None:
    """It is read, marked, and asked again in about a week."""
    jobs = add_indicator(store, JOBS)
    clock = Clock()
    with statistics(store, clock, replace(SERIES[1], discontinued=True)) as ask:
        (found,) = ask()
    kept = get_indicator(store, jobs)
    assert (found.status, kept.discontinued, kept.error) == ("ok", True, None)
    assert kept.next_attempt_at is not None
    assert kept.next_attempt_at > NOW + 6 * DAY


def test_one_that_fails_leaves_the_others_alone(store: Store) -> None:
    """A key figure without values, and one that nobody can ask, stand beside one that is read."""
    numbers = [
        add_indicator(store, replace(PEOPLE, code="a", areas=("9999",))),
        add_indicator(store, replace(PEOPLE, code="b", areas=("centralorten",))),
        add_indicator(store, PEOPLE),
        add_indicator(store, replace(JOBS, code="c", table="TAB1")),
    ]
    with statistics(store, Clock()) as ask:
        found = {each.indicator: each for each in ask()}
    assert [found[number].error and found[number].error.key for number in numbers] == [
        "kolada_no_values", "kolada_area", None, "scb_table_gone",
    ]  # fmt: skip


def test_a_source_that_is_off_is_not_asked(store: Store) -> None:
    """With "" for its address its figures wait, are not due, and say so where they are named."""
    people = add_indicator(store, PEOPLE)
    hand = add_indicator(store, Indicator(code="hand", title="För hand"), due=None)
    with asking(store, configured("", ""), Clock()) as ask:
        assert ask() == []
        assert [each.status for each in ask(people, hand)] == ["off", "off"]
    assert get_indicator(store, people).last_run_at is None


def test_two_do_not_ask_at_once(store: Store) -> None:
    """What somebody has in hand is left, and told as such where it is named."""
    people = add_indicator(store, PEOPLE)
    claim_indicators(store, now=NOW)
    with statistics(store, Clock()) as ask:
        assert ask() == []
        assert [each.status for each in ask(people)] == ["busy"]
    assert values(store, people) == {}


def test_what_is_left_when_the_house_stops_stays_due(store: Store) -> None:
    """The asking in hand ends; the others are given back and asked for by the next process."""
    for code in ("a", "b", "c"):
        add_indicator(store, replace(PEOPLE, code=code))
    stops = iter([False, True, True, True])
    clock = Clock()
    with statistics(store, clock) as ask:
        assert len(ask(stopping=lambda: next(stops))) == 1
        assert len(ask()) == 2


def test_a_fault_of_ours_is_told_and_leaves_the_values(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in reading one source ends that source's asking with an error of its own."""
    from collector.indicators import kolada

    people, jobs = add_indicator(store, PEOPLE), add_indicator(store, JOBS)

    def broken(*_: Any) -> Iterator[Any]:
        yield from ()
        raise KeyError("värde")

    monkeypatch.setattr(kolada, "read", broken)
    with statistics(store, Clock()) as ask:
        found = {each.indicator: each for each in ask()}
    assert found[people].error is not None
    assert found[people].error.key == "figures_crashed"
    assert found[jobs].status == "ok"


def test_an_unknown_indicator_is_refused(sqlite_store: Store) -> None:
    """A task for one that is not there ends with its name."""
    with statistics(sqlite_store, Clock()) as ask, pytest.raises(NotFoundError, match="indicator_missing"):
        ask(99)


def test_a_dead_host_is_not_asked_forty_times(sqlite_store: Store) -> None:
    """Where nobody answers, the others of the round are told so at once."""
    for number in range(5):
        add_indicator(sqlite_store, replace(JOBS, code=f"m{number}", table=f"TAB{number}"))
    asked: list[str] = []

    class Dead:
        def fetch(self, url: str, **_: Any) -> Any:
            asked.append(url)
            raise CollectError("timed_out", host="scb", seconds=30)

    settings = configured("", "http://127.0.0.1:9")
    found = refresh(sqlite_store, Dead(), settings, clock=Clock(), rng=Random(1))  # type: ignore[arg-type]
    assert [each.error and each.error.key for each in found] == ["timed_out"] * 5
    assert len(asked) == 1


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("hour", [0, 2, 3, 9, 14, 23])
def test_figures_are_asked_for_at_night(month: int, hour: int) -> None:
    """Between one and five in the site's zone, about a day later, whatever the season and the hour."""
    now = datetime(2026, month, 28, hour, 17, tzinfo=STOCKHOLM).astimezone(NOW.tzinfo)
    for seed in range(20):
        found = next_night(now, every=DAY, zone=STOCKHOLM, rng=Random(seed))
        assert 1 <= found.astimezone(STOCKHOLM).hour <= 5
        assert timedelta(hours=6) < found - now < timedelta(hours=42)


def test_nights_are_spread_by_chance() -> None:
    """Installations do not all ask in the same minute."""
    found = {next_night(NOW, every=DAY, zone=STOCKHOLM, rng=Random(seed)).hour for seed in range(50)}
    assert len(found) >= 4


def test_what_is_asked_often_is_asked_by_day() -> None:
    """An hour is an hour, and a little by chance."""
    found = next_night(NOW, every=timedelta(hours=1), zone=STOCKHOLM, rng=Random(1))
    assert timedelta(hours=1) <= found - NOW <= timedelta(minutes=66)


def test_the_sample_server_is_read_from_a_table() -> None:
    """Series of TOML become what the server tells, with their missing values and revisions."""
    given = {
        "N01951": {
            "title": "Invånare",
            "total": {"1380": {"2024": 1.5, "2025": "Sekretess"}},
            "revision": [{"area": "1380", "period": "2024", "value": "deleted", "at": date(2026, 1, 1)}],
        }
    }
    (found,) = read_series(given)
    told = found.at("total", "1380", "2024", date(2025, 12, 31))
    assert told is not None
    assert (told.number, told.deleted) == (1.5, False)
    later = found.at("total", "1380", "2024", date(2026, 1, 2))
    assert later is not None
    assert later.deleted
    assert found.at("total", "1380", "2025", date(2026, 1, 2)) is None


def test_a_wrong_question_to_the_sample_server_is_refused(sqlite_store: Store) -> None:
    """It refuses what the real one refuses, so that the demo shows how that is told."""
    jobs = add_indicator(sqlite_store, replace(JOBS, selection=(("ContentsCode", ("XX",)),)))
    with statistics(sqlite_store, Clock()) as ask:
        (found,) = ask(jobs)
    assert found.error is not None
    assert found.error.key == "scb_code"


def test_requests_are_made_as_agreed(sqlite_store: Store) -> None:
    """Kolada is asked for its figure's name and then its values; JSON is asked for, and nothing else goes out."""
    add_indicator(sqlite_store, PEOPLE)

    def give(request: Request) -> dict[str, Any]:
        if "/kpi/N01951" in request.path and "/data/" not in request.path:
            return {"values": [{"id": "N01951", "title": "Invånare"}]}
        value = {"gender": "T", "value": 1.0, "status": "", "isdeleted": False}
        return {"values": [{"kpi": "N01951", "municipality": "1380", "period": 2024, "values": [value]}]}

    with Server({"*": give}) as server:
        settings = configured(server.url("/v3"), "", allow=(server.address,))
        with asking(sqlite_store, settings, Clock()) as ask:
            ask()
        assert [request.target for request in server.requests] == [
            "/v3/kpi/N01951", "/v3/data/kpi/N01951/municipality/0013,1380?per_page=5000",
        ]  # fmt: skip
        assert {request.headers["accept"] for request in server.requests} == {"application/json"}
