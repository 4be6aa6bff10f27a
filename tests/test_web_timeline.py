"""The story of a goal over time: quarters, and quiet that is told apart from not hearing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from campaign.language import Language
from storage.archive import Silence
from web.timeline import by_quarter, quarters, quiet_after, unheard
from web.timeline_words import activity_words, quarter_words, quiet_words

ZONE = ZoneInfo("Europe/Stockholm")
SWEDISH = Language("sv", ZONE)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(year: int, month: int, day: int = 1) -> datetime:
    """A moment at noon."""
    return datetime(year, month, day, 12, tzinfo=UTC)


def silence(source: str, start: datetime, end: datetime | None) -> Silence:
    """A time when a source could not be asked."""
    return Silence(source=source, from_at=start, to_at=end)


def test_nothing_is_heard_only_where_no_source_could_be_asked() -> None:
    """One that answers is enough; a gap that lasts reaches to now; overlapping gaps are one."""
    gaps = [
        silence("a", at(2026, 1), at(2026, 3)),
        silence("a", at(2026, 2), at(2026, 5)),
        silence("b", at(2026, 4), at(2026, 6)),
        silence("b", at(2026, 10), None),
        silence("a", at(2026, 11), None),
        silence("elsewhere", at(2020, 1), None),
    ]
    assert unheard(gaps, ["a", "b"], NOW) == [(at(2026, 4), at(2026, 5)), (at(2026, 11), NOW)]
    assert unheard(gaps, ["a", "b", "c"], NOW) == []
    assert unheard(gaps, [], NOW) == []


def test_quiet_stands_between_two_stories_and_after_the_last() -> None:
    """Only what is long enough counts, and what goes on says so."""
    moments = [at(2026, 6), at(2026, 5, 25), at(2026, 2)]
    quiet = quiet_after(moments, [], least=13, until=NOW, zone=ZONE)
    assert sorted(quiet) == [-1, 1]
    assert quiet[1].weeks == 16
    assert not quiet[1].lasting
    assert quiet[-1].lasting
    assert quiet_words(quiet[1], SWEDISH) == "Tyst i 16 veckor våren 2026."
    assert quiet_words(quiet[-1], SWEDISH) == "Tyst sedan juni 2026, i 24 veckor."
    assert quiet_after(moments[:1], [], least=13, until=at(2026, 6), zone=ZONE) == {}


def test_what_could_not_be_collected_is_not_called_quiet() -> None:
    """A few lost weeks are told beside the quiet; where most were lost nobody can know."""
    moments = [at(2026, 6), at(2026, 1)]
    some = quiet_after(moments, [(at(2026, 2), at(2026, 2, 20))], least=13, until=at(2026, 6), zone=ZONE)
    assert quiet_words(some[0], SWEDISH).endswith("Under 2 av veckorna kunde inget hämtas.")
    lost = quiet_after(moments, [(at(2026, 1), at(2026, 5))], least=13, until=at(2026, 6), zone=ZONE)
    told = quiet_words(lost[0], SWEDISH)
    assert told.startswith("Inget hämtat under 17 av 21 veckor")
    assert "Tyst" not in told


def test_a_winter_has_two_years_and_long_quiet_its_months() -> None:
    """December belongs to the winter that begins, and more than a season is told from month to month."""
    winter = quiet_after([at(2026, 2, 20), at(2025, 11, 10)], [], least=13, until=at(2026, 2, 20), zone=ZONE)
    assert quiet_words(winter[0], SWEDISH) == "Tyst i 14 veckor vintern 2025–2026."
    long = quiet_after([at(2026, 9), at(2026, 1)], [], least=13, until=at(2026, 9), zone=ZONE)
    assert quiet_words(long[0], SWEDISH) == "Tyst i 34 veckor, från januari 2026 till september 2026."


def test_every_quarter_from_the_first_story_is_there() -> None:
    """Silent ones have no stories, those that were not collected are open, and the newest are kept."""
    silent = [(at(2026, 3, 30), at(2026, 7, 2))]
    made = quarters([at(2025, 12, 31), at(2026, 8)], silent, now=NOW, zone=ZONE)
    assert [(each.year, each.number, each.count, each.open) for each in made] == [
        (2025, 4, 1, False),
        (2026, 1, 0, False),
        (2026, 2, 0, True),
        (2026, 3, 1, False),
        (2026, 4, 0, False),
    ]
    assert len(quarters([at(1990, 1)], [], now=NOW, zone=ZONE, most=12)) == 12
    assert quarters([], [], now=NOW, zone=ZONE) == []
    told = activity_words(made, SWEDISH, total=2, since=date(2025, 12, 31))
    assert told.startswith("2 berättelser sedan december 2025.")
    assert told.endswith("2 kvartal utan berättelser. Under 1 kvartal kunde inget hämtas.")


def test_a_story_late_on_new_years_eve_is_told_in_its_local_quarter() -> None:
    """Half past eleven in UTC is the new year in Sweden."""
    made = quarters([datetime(2025, 12, 31, 23, 30, tzinfo=UTC)], [], now=NOW, zone=ZONE)
    assert (made[0].year, made[0].number) == (2026, 1)


def test_days_are_grouped_by_year_and_quarter() -> None:
    """Newest first, each place once."""
    days = [date(2026, 5, 1), date(2026, 4, 1), date(2026, 1, 1), date(2025, 12, 31)]
    assert by_quarter(days) == [(2026, [(2, [0, 1]), (1, [2])]), (2025, [(4, [3])])]
    assert by_quarter([]) == []
    assert quarter_words(2, SWEDISH) == "april–juni"
