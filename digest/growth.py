"""How a campaign grew, week by week: what was told, what was silent, what could not be collected. Pure.

The growth rings are drawn from it (``web.rings``), and a yearbook keeps the weeks of its year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from storage.archive import Silence
from storage.counts import Tally


class WeekState(StrEnum):
    """What a week's segment says."""

    GROWN = "grown"
    STILL = "still"
    OPEN = "open"
    AHEAD = "ahead"
    BEFORE = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class RingWeek:
    """One ISO week. ``counts`` are stories by focus area in the areas' order; None stands for "no area"."""

    year: int
    week: int
    state: WeekState
    counts: tuple[tuple[int | None, int], ...] = ()

    @property
    def total(self) -> int:
        """All stories of the week."""
        return sum(count for _, count in self.counts)

    @property
    def monday(self) -> date:
        """The first day of the week."""
        return date.fromisocalendar(self.year, self.week, 1)


def ring_week_from_json(kept: Mapping[str, Any]) -> RingWeek:
    """Return a week that was kept as JSON."""
    counts = tuple((area, int(count)) for area, count in kept["counts"])
    return RingWeek(year=kept["year"], week=kept["week"], state=WeekState(kept["state"]), counts=counts)


def grown_weeks(
    told: Iterable[Tally],
    areas: Mapping[int, int],
    silences: Sequence[Silence],
    sources: Sequence[str],
    *,
    zone: ZoneInfo,
    now: datetime,
    only: int | None = None,
) -> tuple[RingWeek, ...]:
    """Count stories by week, from the first year with a story to this one, or in one year alone.

    ``told`` are weeks with their stories by sets of nodes (``storage.counts``, facet "nodes"). ``areas`` maps every
    node to its focus area, in the areas' order; a story counts under the first of its areas.
    A week is open where every one of ``sources`` was silent for more than half of it.
    """
    counted: dict[tuple[int, int], Counter[int | None]] = {}
    for each in told:
        area = next((areas[node] for node in each.nodes if node in areas), None)
        counted.setdefault((each.year, each.number), Counter())[area] += each.count
    this_year = now.astimezone(zone).isocalendar().year
    soil = _Soil(
        counted=counted,
        order=(*dict.fromkeys(areas.values()), None),
        first=min(counted, default=(this_year, 1)),
        silences=silences,
        sources=sources,
        zone=zone,
        now=now,
    )
    last = max(this_year, *(year for year, _ in counted), 0)
    years = [only] if only is not None else list(range(soil.first[0], last + 1))
    return tuple(soil.week(year, week) for year in years for week in range(1, _weeks_in(year) + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Soil:
    """What a week's state depends on. ``first`` is the year and week of the first story."""

    counted: Mapping[tuple[int, int], Counter[int | None]]
    order: tuple[int | None, ...]
    first: tuple[int, int]
    silences: Sequence[Silence]
    sources: Sequence[str]
    zone: ZoneInfo
    now: datetime

    def week(self, year: int, week: int) -> RingWeek:
        """Return one week with what grew in it, or why nothing did."""
        found = self.counted.get((year, week))
        if found:
            counts = tuple((area, found[area]) for area in self.order if found[area])
            return RingWeek(year=year, week=week, state=WeekState.GROWN, counts=counts)
        return RingWeek(year=year, week=week, state=self._without(year, week))

    def _without(self, year: int, week: int) -> WeekState:
        start = datetime.combine(date.fromisocalendar(year, week, 1), time(), self.zone).astimezone(UTC)
        if (year, week) < self.first:
            return WeekState.BEFORE
        if start > self.now:
            return WeekState.AHEAD
        return WeekState.OPEN if _silent(start, self.silences, self.sources, self.now) else WeekState.STILL


def _silent(start: datetime, silences: Sequence[Silence], sources: Sequence[str], now: datetime) -> bool:
    """Return whether every source was silent for more than half of the week that has passed."""
    end = min(start + timedelta(days=7), now)
    length = (end - start).total_seconds()
    if not sources or length <= 0:
        return False
    lost: Counter[str] = Counter()
    for silence in silences:
        overlap = (min(end, silence.to_at or now) - max(start, silence.from_at)).total_seconds()
        lost[silence.source] += int(max(0.0, overlap))
    return all(lost[source] > length / 2 for source in sources)


def _weeks_in(year: int) -> int:
    return date(year, 12, 28).isocalendar().week
