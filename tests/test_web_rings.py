"""The growth rings: what was told when, drawn so that weeks, areas and silence can be told apart."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from storage.archive import Silence
from storage.counts import Tally
from storage.shelf import periods_of
from web.rings import Rings, RingWeek, WeekState, grow

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def entry(moment: datetime, *nodes: int) -> Tally:
    """A story told at a moment, under these nodes."""
    week = periods_of(int(moment.timestamp() * 1000) << 10, ZONE)[0]
    return Tally(period=week, value="+".join(map(str, nodes)), count=1)


def drawn(*entries: Tally, silences: tuple[Silence, ...] = (), only: int | None = None) -> Rings:
    """The rings of two areas (10 and 20, the node 11 standing under 10) and one source."""
    return grow(entries, {10: 10, 11: 10, 20: 20}, silences, ["nyheter"], zone=ZONE, now=NOW, only=only)


def silent(start: datetime, end: datetime) -> Silence:
    """A time when the source could not be asked."""
    return Silence(source="nyheter", from_at=start, to_at=end)


def week(rings: Rings, year: int, number: int) -> RingWeek:
    """One week of the rings."""
    return next(each for each in rings.weeks if (each.year, each.week) == (year, number))


def test_a_story_counts_in_its_local_week_under_its_first_area() -> None:
    """Late on Sunday in UTC is Monday in Sweden, and a node counts for the area over it."""
    rings = drawn(entry(datetime(2026, 5, 3, 22, 30, tzinfo=UTC), 11, 20), entry(datetime(2026, 5, 5, tzinfo=UTC)))
    assert week(rings, 2026, 19).counts == ((10, 1), (None, 1))
    assert rings.total == 2
    assert rings.has_unattached


def test_every_year_from_the_first_story_has_its_weeks() -> None:
    """Two years are two rings, of 52 weeks or 53."""
    rings = drawn(entry(datetime(2025, 6, 1, tzinfo=UTC)))
    assert [sum(each.year == year for each in rings.weeks) for year in (2025, 2026)] == [52, 53]
    assert [mark.value for mark in rings.years] == [2025, 2026]


def test_a_week_says_why_nothing_grew() -> None:
    """Before the first story, silent, not collected, and still to come are four different things."""
    silence = Silence(
        source="nyheter", from_at=datetime(2026, 7, 5, tzinfo=UTC), to_at=datetime(2026, 7, 14, tzinfo=UTC)
    )
    rings = drawn(entry(datetime(2026, 5, 5, tzinfo=UTC)), silences=(silence,))
    assert week(rings, 2026, 18).state is WeekState.BEFORE
    assert week(rings, 2026, 20).state is WeekState.STILL
    assert week(rings, 2026, 28).state is WeekState.OPEN
    assert week(rings, 2026, 29).state is WeekState.STILL
    assert week(rings, 2026, 47).state is WeekState.STILL
    assert week(rings, 2026, 48).state is WeekState.AHEAD
    assert rings.open_weeks == 1


def test_one_source_that_answers_keeps_a_week_closed() -> None:
    """A week is open only where every source was silent."""
    silence = Silence(source="nyheter", from_at=datetime(2026, 6, 1, tzinfo=UTC), to_at=None)
    both = grow([entry(datetime(2026, 5, 5, tzinfo=UTC))], {}, [silence], ["nyheter", "mastodon"], zone=ZONE, now=NOW)
    assert both.open_weeks == 0
    assert drawn(entry(datetime(2026, 5, 5, tzinfo=UTC)), silences=(silence,)).open_weeks == 25


def test_the_inner_line_is_broken_where_nothing_was_collected() -> None:
    """An open week divides the thin line of its ring in two."""
    silence = Silence(
        source="nyheter", from_at=datetime(2026, 7, 6, tzinfo=UTC), to_at=datetime(2026, 7, 13, tzinfo=UTC)
    )
    story = entry(datetime(2026, 5, 5, tzinfo=UTC))
    assert len(drawn(story).bases) == 1
    assert len(drawn(story, silences=(silence,)).bases) == 2


def test_all_lines_stay_inside_the_drawing() -> None:
    """However many stories one week has, nothing is drawn outside the picture."""
    many = [entry(datetime(2026, 5, 5, tzinfo=UTC) + timedelta(minutes=each), 10) for each in range(400)]
    for rings in (drawn(*many), drawn(*many, entry(datetime(2022, 1, 4, tzinfo=UTC), 20))):
        numbers = [
            float(number)
            for grain in rings.grains
            for number in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", grain.path)
            for number in number
        ]
        assert numbers
        assert all(0 <= number <= rings.size for number in numbers)
        assert all(grain.width > 0 for grain in rings.grains)


def test_a_campaign_without_stories_has_rings_without_growth() -> None:
    """The first day is drawn too."""
    rings = drawn()
    assert (rings.total, rings.grains, rings.busiest) == (0, (), None)


def test_a_busy_week_is_the_latest_of_equals() -> None:
    """Of two weeks with as many stories the later is named."""
    rings = drawn(entry(datetime(2026, 5, 5, tzinfo=UTC)), entry(datetime(2026, 9, 5, tzinfo=UTC)))
    assert rings.busiest is not None
    assert rings.busiest.week == 36
