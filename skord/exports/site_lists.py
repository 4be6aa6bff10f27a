"""Lists of stories in a site, written while the stories pass by: of each list only the page being filled is held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

#: Stories on one page of a list.
PER_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One story of a list as it is drawn, and the day on which it stands."""

    day: date
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One page of a list. ``number`` counts from 1; ``newer`` and ``older`` are the files beside it, "" at an end."""

    kind: str
    value: str
    number: int
    pages: int
    rows: tuple[Row, ...]

    @property
    def days(self) -> list[tuple[date, list[Row]]]:
        """Its rows by day."""
        return [(day, list(own)) for day, own in groupby(self.rows, key=lambda row: row.day)]

    @property
    def months(self) -> list[tuple[date, list[Row]]]:
        """Its rows by month."""
        return [(day, list(own)) for day, own in groupby(self.rows, key=lambda row: row.day.replace(day=1))]


@dataclass(slots=True)
class _Open:
    rows: list[Row] = field(default_factory=list)
    number: int = 0


class Lists:
    """All lists at once. ``total`` says how many stories a list will have; ``write`` gets each full page."""

    def __init__(self, total: Callable[[str, str], int], write: Callable[[ListPage], None]) -> None:
        self._total, self._write = total, write
        self._open: dict[tuple[str, str], _Open] = {}

    def add(self, kind: str, value: str, row: Row) -> None:
        """Add a story to a list, the newest first."""
        mine = self._open.setdefault((kind, value), _Open())
        mine.rows.append(row)
        if len(mine.rows) == PER_PAGE:
            self._put(kind, value, mine)

    def finish(self) -> None:
        """Write what is left."""
        for (kind, value), mine in self._open.items():
            if mine.rows:
                self._put(kind, value, mine)

    @property
    def held(self) -> int:
        """How many rows wait."""
        return sum(len(each.rows) for each in self._open.values())

    def _put(self, kind: str, value: str, mine: _Open) -> None:
        mine.number += 1
        pages = -(-self._total(kind, value) // PER_PAGE)
        self._write(ListPage(kind=kind, value=value, number=mine.number, pages=pages, rows=tuple(mine.rows)))
        mine.rows.clear()


def paged(file: str, number: int) -> str:
    """Return the file of a page of a list, by that of its first one."""
    return file if number == 1 else f"{file.removesuffix('.html')}.{number}.html"
