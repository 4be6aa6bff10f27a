"""Values that people bring in a table: one value a row, or one column a year. Pure.

Whose values they are is told by a column, or by whoever asks (``only``). Nothing is ever taken for zero: what a table
marks as missing is stored as missing, an empty cell under a year tells nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from campaign.cells import Cell, is_missing, number, text
from campaign.figures import Indicator, Origin, Reading, Sex
from campaign.places import PlaceKind, register
from campaign.sheet_words import Head, Notes, Place, SheetNote, body, find_head, is_example, meaning, plain
from campaign.sheets import Row, Sheet
from campaign.toml_file import nearest

#: The columns of a table of values.
COLUMNS = ("measure", "area", "sex", "period", "value", "preliminary")
_NEEDED = ("period", "value")

_YEAR = re.compile(r"(?:19|20|21)\d\d")
_QUARTER = re.compile(r"(?P<year>\d{4})[\s-]*(?:k|q|kv|kvartal|quarter)\.?\s*(?P<part>[1-4])", re.IGNORECASE)
_MONTH = re.compile(r"(?P<year>\d{4})(?:\s*m\s*|-)(?P<part>0[1-9]|1[0-2])(?:-\d\d)?", re.IGNORECASE)
_CODED = re.compile(r"\(([\w-]{1,64})\)\Z")
_GROUP = re.compile(r"G\d{3,7}", re.IGNORECASE)
_NATION = frozenset(("riket", "sverige", "sweden", "hela landet", "hela riket", "nation", "the nation"))
_MOST_AREA = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureResult:
    """The values of a table by the code of their indicator, and everything that is to be said of it.

    ``areas`` are names of areas that the register of places does not know, by code.
    """

    readings: Mapping[str, tuple[Reading, ...]]
    problems: tuple[SheetNote, ...]
    warnings: tuple[SheetNote, ...]
    areas: Mapping[str, str]

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(map(len, self.readings.values()))


def parse_figures(
    sheets: Sequence[Sheet], indicators: Sequence[Indicator], *, today: date, only: str = ""
) -> FigureResult:
    """Return the values of a table; ``only`` is the code of the indicator that all are of where no column says so."""
    reading = Figures(indicators, today=today, only=only, notes=Notes())
    for sheet in sheets:
        if not reading.take(sheet):
            key = "values_head_only" if only else "values_head"
            reading.notes.problem(Place(sheet=sheet.name), key)
    return reading.result()


class Figures:
    """Reads tables of values into one result; ``put`` takes values that stand elsewhere."""

    def __init__(self, indicators: Sequence[Indicator], *, today: date, notes: Notes, only: str = "") -> None:
        self.indicators = {each.code: each for each in indicators}
        self.today, self.notes, self.only = today, notes, only
        self.found: dict[str, dict[tuple[str, str, str], Reading]] = {}
        self.areas: dict[str, str] = {}
        self._names = {plain(each.code): each.code for each in reversed(indicators)}
        for each in indicators:
            self._names.setdefault(plain(each.title), each.code)
        self._official: set[str] = set()

    def take(self, sheet: Sheet) -> bool:
        """Read a sheet; False where it is no table of values."""
        years = _wide(sheet)
        head = find_head(sheet, COLUMNS)
        if years is not None and (head is None or head.missing(("value",))):
            self._read_wide(sheet, years)
            return True
        if head is None or head.missing(_NEEDED):
            return False
        head = find_head(sheet, COLUMNS, self.notes) or head
        if not self.only and head.missing(("measure",)):
            self.notes.problem(Place(sheet=sheet.name, row=head.row), "measure_column")
            return True
        for row in body(sheet, head):
            if not is_example(head.text(row, "measure")):
                self._read_row(head, row)
        return True

    def result(self) -> FigureResult:
        """Return everything that was read."""
        return FigureResult(
            readings={code: tuple(found.values()) for code, found in self.found.items()},
            problems=tuple(self.notes.problems),
            warnings=tuple(self.notes.warnings),
            areas=self.areas,
        )

    def put(self, code: str, reading: Reading, place: Place) -> None:
        """Add a value. Told twice alike it counts once, told twice otherwise it is a problem."""
        of, known = (reading.area, str(reading.sex), reading.period), self.found.setdefault(code, {})
        before = known.get(of)
        if before is not None and before.value != reading.value:
            self.notes.problem(place, "value_twice", measure=code, period=reading.period)
        known[of] = reading
        indicator = self.indicators.get(code)
        if indicator is not None and indicator.origin is not Origin.TABLE and code not in self._official:
            self._official.add(code)
            self.notes.warn(place, "official", measure=indicator.title[:60], source=str(indicator.origin).capitalize())

    def area(self, words: str, indicator: Indicator | None) -> str:
        """Return the code of an area by its code or name; "" written is the indicator's first."""
        if not words:
            return indicator.areas[0] if indicator is not None and indicator.areas else ""
        own = {plain(name): code for code, name in (indicator.area_names if indicator else ())}
        if plain(words) in own:
            return own[plain(words)]
        code, name = area_of(words)
        if name:
            self.areas.setdefault(code, name)
        return code

    def period(self, cell: Cell, place: Place) -> str:
        """Return a period as it is stored, "" for what is none, which is told."""
        found = period_of(cell)
        if not found:
            self.notes.problem(place, "period_bad", value=text(cell)[:40])
        elif int(found[:4]) > self.today.year:
            self.notes.warn(place, "period_ahead", value=found)
        return found

    def _read_row(self, head: Head, row: Row) -> None:
        indicator = self._indicator(head, row)
        period = self.period(head.cell(row, "period"), head.at(row, "period"))
        sex = self._sex(head, row)
        try:
            value = number(head.cell(row, "value"))
        except ValueError:
            self.notes.problem(head.at(row, "value"), "number_bad", value=head.text(row, "value")[:40])
            return
        if indicator is None or not period or sex is None:
            return
        told = Reading(
            area=self.area(head.text(row, "area"), indicator),
            sex=sex,
            period=period,
            value=value,
            preliminary=meaning(head.text(row, "preliminary"), "answer")[0] == "yes",
        )
        self.put(indicator.code, told, head.at(row, "value"))

    def _read_wide(self, sheet: Sheet, head: Head) -> None:
        if not self.only and head.missing(("measure",)):
            self.notes.problem(Place(sheet=sheet.name, row=head.row), "measure_column")
            return
        years = {name: at for name, at in head.columns.items() if name not in COLUMNS}
        for row in body(sheet, head):
            if is_example(head.text(row, "measure")):
                continue
            indicator, sex = self._indicator(head, row), self._sex(head, row)
            area = self.area(head.text(row, "area"), indicator)
            for period in years:
                self._cell(head, row, period, (indicator, sex, area))

    def _cell(self, head: Head, row: Row, period: str, of: tuple[Indicator | None, Sex | None, str]) -> None:
        cell, place = head.cell(row, period), head.at(row, period)
        indicator, sex, area = of
        if cell is None or text(cell) == "":
            return
        try:
            value = number(cell)
        except ValueError:
            self.notes.problem(place, "number_bad", value=text(cell)[:40])
            return
        if indicator is not None and sex is not None:
            self.put(indicator.code, Reading(area=area, sex=sex, period=period, value=value), place)

    def _indicator(self, head: Head, row: Row) -> Indicator | None:
        words = head.text(row, "measure") or self.only
        code = self._names.get(plain(words))
        if code is not None:
            return self.indicators[code]
        near = nearest(plain(words), self._names) if words and not self.notes.is_many else ""
        place = head.at(row, "measure")
        if not words:
            self.notes.problem(place, "measure_empty")
        elif near:
            self.notes.problem(
                place, "measure_near", value=words[:60], proposal=self.indicators[self._names[near]].title
            )
        else:
            self.notes.problem(place, "measure_unknown", value=words[:60])
        return None

    def _sex(self, head: Head, row: Row) -> Sex | None:
        words = head.text(row, "sex")
        if is_missing(words):
            return Sex.TOTAL
        found, _ = meaning(words, "sex")
        if not found:
            self.notes.problem(
                head.at(row, "sex"), "sex_unknown", value=words[:40], allowed="sex.total sex.women sex.men"
            )
            return None
        return Sex(found)


def period_of(cell: Cell) -> str:
    """Return a period as it is stored ("2025", "2025K3", "2025M06") from what people write, "" for what is none."""
    if isinstance(cell, date):
        return f"{cell.year}M{cell.month:02}"
    words = text(cell)
    if _YEAR.fullmatch(words):
        return words
    if found := _QUARTER.fullmatch(words):
        return f"{found['year']}K{found['part']}"
    if found := _MONTH.fullmatch(words):
        return f"{found['year']}M{found['part']}"
    return ""


def area_of(words: str) -> tuple[str, str]:
    """Return the code of an area, and its name where no register has it: "17", "Värmlands län", "Karlstad (1780)"."""
    words = words.strip()
    found = _CODED.search(words)
    if found and words[: found.start()].strip():
        code, name = area_of(found[1])[0], words[: found.start()].strip()
        return code, "" if _known(code) else name
    plainly = " ".join(words.split())
    if plainly.isascii() and plainly.isdigit() and len(plainly) <= 4:
        return plainly.zfill(2 if len(plainly) <= 2 else 4), ""
    if plainly.casefold() in _NATION:
        return "00", ""
    if _GROUP.fullmatch(plainly):
        return plainly.upper(), ""
    named = register().named(plainly.removeprefix("Region ")) or register().named(plainly)
    coded = [place for place in named if place.code and place.kind in (PlaceKind.COUNTY, PlaceKind.MUNICIPALITY)]
    if coded:
        return coded[0].code, ""
    code = re.sub(r"[^\w]+", "-", plainly.casefold()).strip("-")[:_MOST_AREA]
    return code, plainly if plainly != code else ""


def _known(code: str) -> bool:
    return code == "00" or any(place.code == code for place in register())


def _wide(sheet: Sheet) -> Head | None:
    """Return a head that has a column a period, None where no row near the top is one."""
    for row in sheet.rows[:20]:
        periods = {period_of(cell): at for at, cell in enumerate(row.cells) if period_of(cell)}
        if not periods:
            continue
        others: dict[str, int] = {}
        for at, cell in enumerate(row.cells):
            key = meaning(text(cell), "column")[0] if isinstance(cell, str) else ""
            if key in ("measure", "area", "sex") and at not in periods.values():
                others.setdefault(key, at)
        if others or len(periods) > 1:
            titles = tuple(map(text, row.cells))
            return Head(sheet=sheet.name, row=row.number, columns={**others, **periods}, titles=titles)
    return None
