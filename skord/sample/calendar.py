"""When a sample post was written: weeks and days that come back every year, so that the seasons stay right."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WEEK = re.compile(r"W(\d\d)-([1-7]) (\d\d):(\d\d)")
_DAY = re.compile(r"(\d\d)-(\d\d) (\d\d):(\d\d)")
_SEASONS = ((9, "winter"), (22, "spring"), (34, "summer"), (48, "autumn"), (53, "winter"))


def check(when: str) -> None:
    """Raise ValueError for what is no moment of a year."""
    if not (_WEEK.fullmatch(when) or _DAY.fullmatch(when)):
        raise ValueError(when)


def in_year(when: str, year: int, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, that ``when`` means in an (ISO) year: "W47-4 12:15" or "12-24 17:45"."""
    if week := _WEEK.fullmatch(when):
        day = date.fromisocalendar(year, int(week[1]), int(week[2]))
        clock = time(int(week[3]), int(week[4]))
    elif fixed := _DAY.fullmatch(when):
        day = date(year, int(fixed[1]), int(fixed[2]))
        clock = time(int(fixed[3]), int(fixed[4]))
    else:
        raise ValueError(when)
    return datetime.combine(day, clock, zone).astimezone(UTC)


def between(when: str, since: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return every moment from ``since`` to ``until``, both included, that ``when`` means, oldest first."""
    years = range(since.year - 1, until.year + 2)
    return [moment for year in years if since <= (moment := in_year(when, year, zone)) <= until]


def year_start(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the Monday midnight, in UTC, from which 52 weeks end with the week of ``now``."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday(), weeks=51)
    return datetime.combine(monday, time(), zone).astimezone(UTC)


def season(moment: datetime, zone: ZoneInfo) -> str:
    """Return the season by week: winter to week 9, spring to 22, summer to 34, autumn to 48."""
    week = moment.astimezone(zone).isocalendar().week
    return next(name for last, name in _SEASONS if week <= last)


def hour(moment: datetime, zone: ZoneInfo) -> str:
    """Return "dawn", "day", "dusk" or "night" by the clock and the length of the day."""
    local = moment.astimezone(zone)
    shift = {"winter": 1, "spring": 0, "summer": -2, "autumn": 0}[season(moment, zone)]
    if local.hour < 5 + shift or local.hour >= 21 - shift:
        return "night"
    if local.hour < 8 + shift:
        return "dawn"
    return "dusk" if local.hour >= 18 - 2 * shift else "day"
