"""Weeks, sending times, holidays and pauses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from campaign.errors import InputError
from campaign.language import Language
from campaign.periods import PlanStatus, Week, iter_plans, moment, next_planned, parse_week, plan, week_of, words
from campaign.settings import NewsletterSettings, WeekTime

STOCKHOLM = ZoneInfo("Europe/Stockholm")
LETTER = NewsletterSettings(
    id="veckobrevet",
    campaign="hallandvaxer",
    name="Halland växer",
    draft=WeekTime(weekday=3, hour=14, minute=0),
    send=WeekTime(weekday=4, hour=8, minute=0),
    sender_name="Halland växer",
    sender_address="nyhetsbrev@example.se",
    holidays="move",
)


def test_week_belongs_to_its_iso_year() -> None:
    """The days around New Year belong to the week that ISO gives them."""
    assert week_of(date(2027, 1, 3)) == Week(year=2026, number=53)
    assert week_of(date(2024, 12, 30)) == Week(year=2025, number=1)
    assert str(Week(year=2026, number=7)) == "2026-W07"


@pytest.mark.parametrize("text", ["2025-W53", "2026-W54", "2026-W00", "47", "2026-47", ""])
def test_impossible_week_is_refused(text: str) -> None:
    """A week that no calendar has is refused by field."""
    with pytest.raises(InputError) as refused:
        parse_week(text)
    assert refused.value.field == "week"


def test_sending_keeps_the_wall_clock_over_the_year() -> None:
    """Eight o'clock is eight o'clock in summer and in winter."""
    assert plan(LETTER, STOCKHOLM, parse_week("2026-W47")).send_at == datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert plan(LETTER, STOCKHOLM, parse_week("2026-W34")).send_at == datetime(2026, 8, 21, 6, 0, tzinfo=UTC)


def test_time_that_comes_twice_is_meant_once() -> None:
    """On the autumn night with two half past twos the letter leaves at the first of them only."""
    night = replace(LETTER, draft=WeekTime(weekday=5, hour=9, minute=0), send=WeekTime(weekday=6, hour=2, minute=30))
    moments = [
        planned.send_at for planned in islice(iter_plans(night, STOCKHOLM, datetime(2027, 10, 20, tzinfo=UTC)), 3)
    ]
    assert moments[1] == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert len({week_of(at.astimezone(STOCKHOLM)) for at in moments}) == 3


def test_time_that_never_comes_is_taken_an_hour_later() -> None:
    """On the spring night without half past two the letter leaves at half past three."""
    at = moment(date(2027, 3, 28), time(2, 30), STOCKHOLM)
    assert at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert at.astimezone(STOCKHOLM).hour == 3


def test_draft_is_the_last_one_before_sending() -> None:
    """A letter sent on Monday is drafted in the week before, and still named by the week it is sent in."""
    monday = replace(LETTER, draft=WeekTime(weekday=4, hour=14, minute=0), send=WeekTime(weekday=0, hour=8, minute=0))
    planned = plan(monday, STOCKHOLM, parse_week("2026-W47"))
    assert planned.draft_at == datetime(2026, 11, 13, 13, 0, tzinfo=UTC)
    assert planned.week == parse_week("2026-W47")


def test_draft_on_the_day_of_sending_is_before_it() -> None:
    """Draft and sending on one weekday are hours apart, or a week where the draft's clock is the later."""
    same = replace(LETTER, draft=WeekTime(weekday=4, hour=6, minute=0))
    late = replace(LETTER, draft=WeekTime(weekday=4, hour=9, minute=0))
    assert plan(same, STOCKHOLM, parse_week("2026-W47")).draft_at == datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
    assert plan(late, STOCKHOLM, parse_week("2026-W47")).draft_at == datetime(2026, 11, 13, 8, 0, tzinfo=UTC)


def test_good_friday_moves_to_the_working_day_before() -> None:
    """The letter of Easter week leaves on Thursday, its draft a day earlier too, and the words say why."""
    planned = plan(LETTER, STOCKHOLM, parse_week("2026-W14"))
    assert planned.status is PlanStatus.MOVED
    assert planned.send_at.astimezone(STOCKHOLM) == datetime(2026, 4, 2, 8, 0, tzinfo=STOCKHOLM)
    assert planned.draft_at.astimezone(STOCKHOLM) == datetime(2026, 4, 1, 14, 0, tzinfo=STOCKHOLM)
    said = words(planned, Language("sv", STOCKHOLM))
    assert "flyttat till torsdag 2 april kl. 08:00" in said
    assert "fredag 3 april är Långfredagen" in said


def test_holiday_skips_where_that_is_the_rule() -> None:
    """With the rule "skip" there is no letter in Easter week, and the next one is in the week after."""
    planned = plan(replace(LETTER, holidays="skip"), STOCKHOLM, parse_week("2026-W14"))
    assert planned.status is PlanStatus.SKIPPED
    following = next_planned(replace(LETTER, holidays="skip"), STOCKHOLM, datetime(2026, 3, 30, tzinfo=UTC))
    assert following is not None
    assert following.week == parse_week("2026-W15")


def test_holiday_is_ignored_where_that_is_the_rule() -> None:
    """With the rule "ignore" Good Friday is a Friday."""
    assert plan(replace(LETTER, holidays="ignore"), STOCKHOLM, parse_week("2026-W14")).status is PlanStatus.NORMAL


def test_eve_of_midsummer_is_a_holiday() -> None:
    """Midsummer Eve is no public holiday by law, but no desk is manned: the letter moves."""
    assert plan(LETTER, STOCKHOLM, parse_week("2026-W25")).holiday_on == date(2026, 6, 19)


def test_draft_on_a_holiday_is_made_the_day_before() -> None:
    """On Ascension Day nobody reads a draft: it is ready on Wednesday, and the letter leaves on Friday as usual."""
    planned = plan(LETTER, STOCKHOLM, parse_week("2026-W20"))
    assert planned.status is PlanStatus.NORMAL
    assert planned.draft_at.astimezone(STOCKHOLM).date() == date(2026, 5, 13)
    assert planned.send_at.astimezone(STOCKHOLM).date() == date(2026, 5, 15)
    assert "Kristi himmelsfärdsdag" in words(planned, Language("sv", STOCKHOLM))


def test_pause_covers_first_and_last_day() -> None:
    """No letter leaves on any day of a pause, its first and last included, and the next one is after it."""
    summer = replace(LETTER, pause=((date(2026, 7, 10), date(2026, 7, 31)),))
    states = [plan(summer, STOCKHOLM, Week(year=2026, number=number)).status for number in range(27, 33)]
    assert states == ["normal", "paused", "paused", "paused", "paused", "normal"]
    following = next_planned(summer, STOCKHOLM, datetime(2026, 7, 4, tzinfo=UTC))
    assert following is not None
    assert following.week.number == 32
    assert "vilar 10 juli 2026–31 juli 2026" in words(
        plan(summer, STOCKHOLM, Week(year=2026, number=28)), Language("sv", STOCKHOLM)
    )


def test_endless_pause_has_no_next_issue() -> None:
    """A pause over the coming years gives none instead of searching for ever."""
    resting = replace(LETTER, pause=((date(2026, 1, 1), date(2036, 1, 1)),))
    assert next_planned(resting, STOCKHOLM, datetime(2026, 7, 4, tzinfo=UTC)) is None


@pytest.mark.parametrize("code", ["sv", "en"])
@pytest.mark.parametrize("number", range(1, 54))
def test_every_week_can_be_said(code: str, number: int) -> None:
    """Each week of a year has words in both languages."""
    assert words(plan(LETTER, STOCKHOLM, Week(year=2026, number=number)), Language(code, STOCKHOLM))
