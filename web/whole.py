"""A campaign over time in numbers: the weeks or months, and what of them each place, network, area and goal has. Pure.

Every chart of the whole, its sentence, its table and its files are made of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage.counts import Tally
from web.timeline import Stretch

#: So many weeks stand one by one; a longer time is told by months.
MOST_WEEKS = 106


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A week or a month: its key ("2026-W47", "2026-11"), its first day and the day after its last.

    ``open``: for more than half of it no source could be asked. Whether it is a gap is for those to say that count:
    where there are stories all the same, there is none.
    """

    key: str
    first: date
    end: date
    open: bool = False

    @property
    def is_week(self) -> bool:
        """Whether it is a week."""
        return "W" in self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one area, place, network or goal has of each time. ``open`` are the times in which it could not be heard.

    ``group`` is the focus area of a goal; ``path`` leads to its own page, "" for none.
    """

    key: str
    name: str
    counts: tuple[int, ...]
    open: tuple[bool, ...]
    colour: str = ""
    code: str = ""
    group: str = ""
    path: str = ""
    own: bool = False

    @property
    def total(self) -> int:
        """All its stories."""
        return sum(self.counts)

    @property
    def first(self) -> int | None:
        """The place of the first time that has stories."""
        return next((at for at, count in enumerate(self.counts) if count), None)

    @property
    def last(self) -> int | None:
        """The place of the last time that has stories."""
        return next((len(self.counts) - 1 - at for at, count in enumerate(reversed(self.counts)) if count), None)

    def is_gap(self, at: int) -> bool:
        """Return whether a time is a gap: it could not be heard, and has nothing."""
        return self.open[at] and not self.counts[at]


def times(first: date, last: date, *, weekly: bool) -> list[Time]:
    """Return the weeks or months from the one with one day to the one with another."""
    found: list[Time] = []
    at = first - timedelta(days=first.weekday()) if weekly else first.replace(day=1)
    while at <= last:
        if weekly:
            end = at + timedelta(days=7)
            iso = at.isocalendar()
            key = f"{iso.year}-W{iso.week:02}"
        else:
            end = (at + timedelta(days=32)).replace(day=1)
            key = f"{at.year}-{at.month:02}"
        found.append(Time(key=key, first=at, end=end))
        at = end
    return found


def heard(known: Sequence[Time], silent: Sequence[Stretch], *, now: datetime, zone: ZoneInfo) -> list[Time]:
    """Return times with those marked in which nothing could be heard for more than half of what has passed of them."""
    found = []
    for each in known:
        start, end = _moment(each.first, zone), min(_moment(each.end, zone), now)
        lost = sum((max(timedelta(), min(end, b) - max(start, a)) for a, b in silent), timedelta())
        found.append(replace(each, open=timedelta() < end - start < lost * 2))
    return found


def row(key: str, name: str, counted: Mapping[str, int], known: Sequence[Time], **more: str | bool) -> Row:
    """Return a row of counts by the key of their time; nothing that lies outside of the times is counted."""
    return Row(
        key=key,
        name=name,
        counts=tuple(counted.get(each.key, 0) for each in known),
        open=tuple(each.open for each in known),
        **more,  # type: ignore[arg-type] # colour, code, group, path and own
    )


def by_value(told: Iterable[Tally], values: Callable[[str], Iterable[str]]) -> dict[str, dict[str, int]]:
    """Count by what ``values`` makes of a tally's value, each once: {value: {key of the time: stories}}."""
    found: dict[str, dict[str, int]] = {}
    for each in told:
        for value in dict.fromkeys(values(each.value)):
            own = found.setdefault(value, {})
            own[each.period] = own.get(each.period, 0) + each.count
    return found


def quiet_weeks(counts: Sequence[int]) -> int | None:
    """Return how many whole weeks lie between the last with stories and the present one, the last of ``counts``.

    None where none has any.
    """
    back = next((at for at, count in enumerate(reversed(counts)) if count), None)
    return None if back is None else max(0, back - 1)


def _moment(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
