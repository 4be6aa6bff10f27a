"""What is measured and what came of it: indicators, readings, targets. Pure.

Areas have the codes of Statistics Sweden: "00" the nation, two figures a region ("13"), four a municipality
("1380"). A comparison group has Kolada's own ("G39001"), anything else an own word ("centralorten").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Self


class Direction(StrEnum):
    """Where the value is wanted to go. ``NONE``: it is only told, without a wish."""

    UP = "up"
    DOWN = "down"
    KEEP = "keep"
    NONE = "none"


class Sex(StrEnum):
    """Whom a value is of. ``TOTAL`` is everybody, also where the source does not divide."""

    TOTAL = "total"
    WOMEN = "women"
    MEN = "men"


class Origin(StrEnum):
    """Where values come from. ``TABLE``: brought by hand, in a CSV or Excel file or a form."""

    KOLADA = "kolada"
    SCB = "scb"
    TABLE = "table"


class Status(StrEnum):
    """How a person judges that a goal goes."""

    ON_TRACK = "on_track"  # på väg
    UNSURE = "unsure"  # osäkert
    MISSED = "missed"  # nås inte


class Weight(IntEnum):
    """How much a story says about a node."""

    TOUCHES = 1  # berör
    SHOWS = 2  # visar
    MILESTONE = 3  # milstolpe


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is wanted: a value in a year. ``area`` "" is the indicator's first."""

    value: float
    year: int
    area: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """What is measured. ``nodes`` are codes of its strategy; the first of ``areas`` is the one that is told first.

    ``kpi`` is Kolada's id. ``table`` is SCB's, ``selection`` its value codes by variable, without region and time.
    ``region`` and ``time`` name SCB's variables where they are not Region and Tid. ``area_names`` are words for areas
    that are neither nation, region nor municipality. ``baseline`` is the year that later ones are set against, 0: the
    first that is known.
    """

    code: str
    title: str
    nodes: tuple[str, ...] = ()
    unit: str = ""
    decimals: int = 0
    direction: Direction = Direction.UP
    origin: Origin = Origin.TABLE
    kpi: str = ""
    table: str = ""
    selection: tuple[tuple[str, tuple[str, ...]], ...] = ()
    region: str = "Region"
    time: str = "Tid"
    areas: tuple[str, ...] = ()
    area_names: tuple[tuple[str, str], ...] = ()
    by_sex: bool = False
    baseline: int = 0
    targets: tuple[Target, ...] = ()
    source: str = ""
    note: str = ""
    public: bool = True

    def target(self, area: str = "") -> Target | None:
        """Return the last target for an area ("": the first of ``areas``), None where there is none."""
        wanted = area or (self.areas[0] if self.areas else "")
        first = self.areas[0] if self.areas else ""
        found = [each for each in self.targets if (each.area or first) == wanted]
        return max(found, key=lambda each: each.year, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value as a source told it. ``value`` None: the source has none, which is not zero; ``status`` may say why.

    ``period`` is "2025", "2025K3" (a quarter) or "2025M06" (a month). ``deleted``: the source took it away.
    """

    area: str
    period: str
    value: float | None
    sex: Sex = Sex.TOTAL
    status: str = ""
    preliminary: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A reading as stored, with the time in which it was what was known. ``known_to`` None: it holds."""

    id: int
    indicator: int
    area: str
    sex: Sex
    period: str
    value: float | None
    status: str
    preliminary: bool
    known_from: datetime
    known_to: datetime | None
    deleted: bool
    origin: str = ""

    @property
    def year(self) -> int:
        """The year of its period."""
        return int(self.period[:4])

    def says(self, other: Self | Reading) -> bool:
        """Return whether another tells the same of the same."""
        mine = (self.value, self.status, self.preliminary, self.deleted)
        return mine == (other.value, other.status, other.preliminary, other.deleted)
