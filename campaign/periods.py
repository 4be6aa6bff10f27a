"""Weeks, and when an issue is drafted and sent in them.

A newsletter says "thursday 14:00" in the site's zone; here that becomes one moment in UTC, exactly one also in the
weeks when the clocks change, and here pauses and Swedish public holidays move or skip an issue.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

import holidays as public_holidays

from campaign.errors import Fact, InputError
from campaign.language import Language
from campaign.settings import NewsletterSettings, WeekTime

HOLIDAY_RULES = ("skip", "move", "ignore")

_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Week:
    """An ISO week. ``year`` is the ISO year, which differs from the calendar's around New Year."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"

    @property
    def monday(self) -> date:
        """The first day of the week."""
        return date.fromisocalendar(self.year, self.number, 1)

    def plus(self, weeks: int) -> Week:
        """Return the week that many weeks later, earlier for a negative number."""
        return week_of(self.monday + timedelta(weeks=weeks))


def week_of(day: date) -> Week:
    """Return the ISO week that holds a day (a datetime counts by its own zone's day)."""
    year, number, _ = day.isocalendar()
    return Week(year=year, number=number)


def parse_week(text: str) -> Week:
    """Return the week that "2026-W47" names. Raises InputError for anything else and for weeks that do not exist."""
    match = _WEEK.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        week = Week(year=int(match[1]), number=int(match[2]))
        _ = week.monday
    except ValueError as error:
        raise InputError("week", "week_unknown", text=text) from error
    return week


def moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the one moment, in UTC, when the wall clock of the zone shows this.

    A time that the spring change leaves out counts with the old offset (02:30 becomes 03:30); of a time that
    comes twice in autumn the first is meant.
    """
    return datetime.combine(day, clock, zone).replace(fold=0).astimezone(UTC)


@cache
def _holidays(year: int, language: str) -> dict[date, str]:
    """Return the days of a year when a Swedish authority is closed, the eves of the big feasts included."""
    found = public_holidays.country_holidays(
        "SE", years=year, categories=("public", "de_facto"), language="en_US" if language == "en" else language
    )
    return dict(found.items())


def holiday(day: date, language: str = "sv") -> str:
    """Return the name of a Swedish public holiday or big eve ("Långfredagen"), "" for any other day."""
    return _holidays(day.year, language).get(day, "")


class PlanStatus(StrEnum):
    """What becomes of a week's issue. Only ``NORMAL`` and ``MOVED`` are sent."""

    NORMAL = "normal"
    MOVED = "moved"
    PAUSED = "paused"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One week's issue as planned. ``draft_at`` and ``send_at`` are UTC, also where nothing will be sent.

    ``why`` is a catalogue key under ``digest.plan.why``, "" where there is nothing to explain; ``holiday_on`` is
    the day that moved or skipped it, and ``facts`` hold ISO dates.
    """

    week: Week
    draft_at: datetime
    send_at: datetime
    status: PlanStatus
    why: str = ""
    holiday_on: date | None = None
    facts: dict[str, Fact] = field(default_factory=dict)

    @property
    def goes_out(self) -> bool:
        """Whether an issue is meant to be sent in this week."""
        return self.status in (PlanStatus.NORMAL, PlanStatus.MOVED)


def plan(newsletter: NewsletterSettings, zone: ZoneInfo, week: Week) -> Planned:
    """Return when the week's issue is drafted and sent, or why none is.

    The week is the one of the regular sending day; an issue moved by a holiday stays in it. A draft time that
    falls on a holiday is taken on the working day before, so that somebody is there to read it.
    """
    send_on = week.monday + timedelta(days=newsletter.send.weekday)
    send_at = moment(send_on, _clock(newsletter.send), zone)
    draft_on = _draft_day(newsletter, send_on)
    draft_at = moment(draft_on, _clock(newsletter.draft), zone)
    for first, last in newsletter.pause:
        if first <= send_on <= last:
            facts: dict[str, Fact] = {"first": first.isoformat(), "last": last.isoformat()}
            return Planned(
                week=week, draft_at=draft_at, send_at=send_at, status=PlanStatus.PAUSED, why="paused", facts=facts
            )
    if newsletter.holidays != "ignore" and holiday(send_on):
        return _around_holiday(newsletter, zone, week, send_on)
    working = _working_day_before(draft_on)
    if newsletter.holidays != "ignore" and working != draft_on:
        moved = moment(working, _clock(newsletter.draft), zone)
        return Planned(
            week=week,
            draft_at=moved,
            send_at=send_at,
            status=PlanStatus.NORMAL,
            why="draft_earlier",
            holiday_on=draft_on,
        )
    return Planned(week=week, draft_at=draft_at, send_at=send_at, status=PlanStatus.NORMAL)


def _around_holiday(newsletter: NewsletterSettings, zone: ZoneInfo, week: Week, send_on: date) -> Planned:
    instead = _other_day(week, send_on) if newsletter.holidays == "move" else None
    draft_on = _draft_day(newsletter, send_on)
    if instead is not None:
        # The draft keeps its distance to the sending, so that the time to read it does not shrink.
        draft_on = _working_day_before(draft_on + (instead - send_on))
    return Planned(
        week=week,
        draft_at=moment(draft_on, _clock(newsletter.draft), zone),
        send_at=moment(instead or send_on, _clock(newsletter.send), zone),
        status=PlanStatus.SKIPPED if instead is None else PlanStatus.MOVED,
        why="skipped" if instead is None else "moved",
        holiday_on=send_on,
    )


def _other_day(week: Week, send_on: date) -> date | None:
    """Return the working day of the same week nearest before the holiday, else nearest after, else none."""
    days = [week.monday + timedelta(days=number) for number in range(5)]
    working = [day for day in days if not holiday(day)]
    before = [day for day in working if day < send_on]
    after = [day for day in working if day > send_on]
    return before[-1] if before else after[0] if after else None


def _working_day_before(day: date) -> date:
    """Return the day itself unless it is a holiday, else the nearest earlier day that is a working day."""
    if not holiday(day):
        return day
    while holiday(day) or day.isoweekday() > 5:
        day -= timedelta(days=1)
    return day


def _draft_day(newsletter: NewsletterSettings, send_on: date) -> date:
    """Return the last day of the drafting weekday whose draft time is before the sending time."""
    back = (send_on.weekday() - newsletter.draft.weekday) % 7
    if back == 0 and _clock(newsletter.draft) >= _clock(newsletter.send):
        back = 7
    return send_on - timedelta(days=back)


def _clock(when: WeekTime) -> time:
    return time(when.hour, when.minute)


def iter_plans(newsletter: NewsletterSettings, zone: ZoneInfo, after: datetime) -> Iterator[Planned]:
    """Yield the plans of all weeks, endlessly, whose regular sending is after a moment; paused ones too."""
    week = week_of(after.astimezone(zone)).plus(-1)
    while True:
        planned = plan(newsletter, zone, week)
        if planned.send_at > after:
            yield planned
        week = week.plus(1)


def next_planned(newsletter: NewsletterSettings, zone: ZoneInfo, after: datetime) -> Planned | None:
    """Return the next plan that will be sent, None where the pauses cover the next two years."""
    for number, planned in enumerate(iter_plans(newsletter, zone, after)):
        if planned.goes_out:
            return planned
        if number > 104:
            break
    return None


def next_working_time(newsletter: NewsletterSettings, zone: ZoneInfo, after: datetime) -> datetime:
    """Return when the newsletter's sending clock next shows on a working day that no pause covers."""
    day = after.astimezone(zone).date()
    for _ in range(800):
        at = moment(day, _clock(newsletter.send), zone)
        paused = any(first <= day <= last for first, last in newsletter.pause)
        if at > after and day.isoweekday() <= 5 and not holiday(day) and not paused:
            return at
        day += timedelta(days=1)
    return moment(day, _clock(newsletter.send), zone)


def words(planned: Planned, language: Language) -> str:
    """Return a plan as one or two sentences that a person can check before saving a setting."""
    facts: dict[str, Fact] = {
        "week": planned.week.number,
        "year": planned.week.year,
        "day": language.day(planned.send_at),
        "time": language.time(planned.send_at),
        "draft_day": language.day(planned.draft_at),
        "draft_time": language.time(planned.draft_at),
    }
    said = language.t(f"digest.plan.{planned.status}", **facts)
    if not planned.why:
        return said
    return f"{said} {language.t(f'digest.plan.why.{planned.why}', **facts, **_why_facts(planned, language))}"


def _why_facts(planned: Planned, language: Language) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        name: language.date(date.fromisoformat(str(value))) for name, value in planned.facts.items()
    }
    if planned.holiday_on is not None:
        facts["holiday"] = holiday(planned.holiday_on, language.code)
        facts["holiday_day"] = language.day(planned.holiday_on)
    return facts
