"""The measures of a strategy's spreadsheet: on a goal's own row, more on the rows under it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from campaign.cells import is_missing, number, text
from campaign.figure_sheet import area_of, period_of
from campaign.figures import Direction, Indicator, Origin, Reading, Target
from campaign.sheet_words import Head, Notes, Place, meaning, plain
from campaign.sheets import Row
from campaign.strategy import Node, Strategy

MEASURE_COLUMNS = (
    "measure", "measure_code", "measures", "unit", "decimals", "direction", "area", "by_sex", "baseline_year",
    "baseline_value", "latest_year", "latest_value", "target_year", "target_value", "source", "kpi", "table",
    "comment", "public",
)  # fmt: skip

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_MOST_DECIMALS = 4


class Measures:
    """Gathers indicators, and the values that stand on their rows, while a sheet is read."""

    def __init__(self, base: Strategy | None, notes: Notes, today: date) -> None:
        self.notes, self.today = notes, today
        self.readings: list[tuple[str, Reading, Place]] = []
        self._before = {each.code: each for each in (base.indicators if base else ())}
        self._is_told = False
        self._found: dict[str, tuple[Indicator, Head, Row]] = {}
        self._names: dict[str, dict[str, str]] = {}

    def take(self, head: Head, row: Row, code: str) -> None:
        """Read the measure of a row, where it has one; ``code`` is the node that it is of."""
        self._is_told = self._is_told or "measure" in head.columns
        title = " ".join(head.text(row, "measure").split())
        if not title or is_missing(title):
            told = [key for key in MEASURE_COLUMNS if not is_missing(head.text(row, key)) and key not in _FAINT]
            if told:
                self.notes.problem(head.at(row, "measure"), "measure_missing", column=head.at(row, told[0]).head)
            return
        own = self._own_code(head, row, title, code)
        if not own:
            return
        before = self._before.get(own)
        base = before or Indicator(code=own, title=title)
        of = self._nodes(head, row, code)
        if before is not None and "measures" not in head.columns and code in before.nodes:
            of = before.nodes
        made = self._with_source(head, row, replace(base, title=title, nodes=of))
        made = self._with_wording(head, row, made)
        made = self._with_areas(head, row, made)
        made = self._with_years(head, row, made)
        if made.origin is not Origin.TABLE and not made.areas:
            self.notes.problem(head.at(row, "area"), "area_needed", measure=title[:60])
        self._found[own] = (made, head, row)

    def done(self, nodes: Mapping[str, Node]) -> tuple[Indicator, ...]:
        """Return the indicators, in the order of the document before, new ones last as they stand.

        A sheet without a column for measures changes none.
        """
        if not self._is_told:
            return tuple(replace(each, nodes=_standing(each.nodes, nodes)) for each in self._before.values())
        for own, (indicator, head, row) in self._found.items():
            if "measures" not in head.columns:
                self._found[own] = (replace(indicator, nodes=_standing(indicator.nodes, nodes)), head, row)
                continue
            for code in indicator.nodes:
                if code not in nodes:
                    self.notes.problem(head.at(row, "measures"), "measures_unknown", value=code[:60])
        order = {code: at for at, code in enumerate(self._before)}
        found = [indicator for indicator, _, _ in self._found.values()]
        if order:
            found.sort(key=lambda each: order.get(each.code, len(order)))
        return tuple(self._decimals(each) for each in found)

    def named(self, indicators: Sequence[Indicator], areas: Mapping[str, str]) -> tuple[Indicator, ...]:
        """Return the indicators with the names of areas that no register knows; ``areas`` came with the values."""
        made = []
        for each in indicators:
            known = dict(each.area_names)
            told = {area for code, reading, _ in self.readings if code == each.code for area in (reading.area,)}
            more = self._names.get(each.code, {}) | {code: name for code, name in areas.items() if code in told}
            added = tuple((code, name) for code, name in more.items() if code not in known)
            made.append(replace(each, area_names=each.area_names + added))
        return tuple(made)

    def place(self, code: str) -> Place | None:
        """Return where a measure stands, None for one that no row has."""
        found = self._found.get(code)
        return found[1].at(found[2], "measure") if found else None

    def _own_code(self, head: Head, row: Row, title: str, node: str) -> str:
        place, code = head.at(row, "measure_code"), head.text(row, "measure_code")
        if not code:
            code = self._free(title, node)
        if not code or not _CODE.fullmatch(code):
            key = "measure_code_bad" if code else "measure_without_node"
            self.notes.problem(place if code else head.at(row, "measure"), key, value=(code or title)[:60])
            return ""
        if any(code.casefold() == each.casefold() for each in self._found):
            self.notes.problem(place, "measure_twice", value=code)
            return ""
        return code

    def _free(self, title: str, node: str) -> str:
        """Return the code that a measure had by its title, else one made of its node's."""
        known = [each.code for each in self._before.values() if plain(each.title) == plain(title)]
        left = [code for code in known if code not in self._found]
        if left or not node:
            return left[0] if left else ""
        taken = {code.casefold() for code in self._found} | {code.casefold() for code in self._before}
        if node.casefold() not in taken:
            return node
        return next(code for at in range(2, 1_000_000) if (code := f"{node}-{at}").casefold() not in taken)

    def _nodes(self, head: Head, row: Row, code: str) -> tuple[str, ...]:
        words = head.text(row, "measures")
        if not words:
            return (code,) if code else ()
        return tuple(dict.fromkeys(part for part in re.split(r"[,;\s]+", words) if not is_missing(part)))

    def _with_source(self, head: Head, row: Row, made: Indicator) -> Indicator:
        asked = {"kpi", "table"} & head.columns.keys()
        if not asked:
            return made
        kpi, table = (head.text(row, key) if not is_missing(head.text(row, key)) else "" for key in ("kpi", "table"))
        if kpi and table:
            self.notes.problem(head.at(row, "table"), "source_both")
        if table and table != made.table:
            # a table is asked in its own variables, which no sheet has: they are chosen at the desk
            self.notes.warn(head.at(row, "table"), "table_new", value=table[:60])
            made = replace(made, selection=())
        origin = Origin.KOLADA if kpi else Origin.SCB if table else Origin.TABLE
        return replace(made, kpi=kpi, table=table, origin=origin)

    def _with_wording(self, head: Head, row: Row, made: Indicator) -> Indicator:
        for key, name in (("unit", "unit"), ("source", "source"), ("comment", "note")):
            if key in head.columns:
                changes: dict[str, Any] = {name: head.text(row, key)}
                made = replace(made, **changes)
        if words := head.text(row, "direction"):
            found, meant = meaning(words, "direction")
            if not found:
                allowed = " ".join(f"direction.{each}" for each in Direction)
                self.notes.problem(head.at(row, "direction"), "direction_unknown", value=words[:40], allowed=allowed)
            elif meant:
                self.notes.warn(head.at(row, "direction"), "word_near", value=words[:40], proposal=meant)
            made = replace(made, direction=Direction(found or made.direction))
        for key in ("by_sex", "public"):
            if words := head.text(row, key):
                answer = meaning(words, "answer")[0]
                if not answer:
                    self.notes.problem(head.at(row, key), "answer_bad", value=words[:40])
                said: dict[str, Any] = {key: answer == "yes"}
                made = replace(made, **said)
        decimals = self._number(head, row, "decimals")
        if decimals is not None:
            made = replace(made, decimals=max(0, min(_MOST_DECIMALS, int(decimals))))
        return made

    def _with_areas(self, head: Head, row: Row, made: Indicator) -> Indicator:
        words = head.text(row, "area")
        if "area" not in head.columns or is_missing(words):
            return made if "area" not in head.columns else replace(made, areas=())
        own = {plain(name): code for code, name in made.area_names}
        found: list[str] = []
        for part in (each.strip() for each in re.split(r"[;\n]", words)):
            if not part:
                continue
            code, name = (own[plain(part)], "") if plain(part) in own else area_of(part)
            found.append(code)
            if name:
                self._names.setdefault(made.code, {})[code] = name
        return replace(made, areas=tuple(dict.fromkeys(found)))

    def _with_years(self, head: Head, row: Row, made: Indicator) -> Indicator:
        if {"baseline_year", "baseline_value"} & head.columns.keys():
            made = replace(made, baseline=self._value(head, row, "baseline", made))
        self._value(head, row, "latest", made)
        if not {"target_year", "target_value"} & head.columns.keys():
            return made
        year, value = self._year(head, row, "target_year"), self._number(head, row, "target_value")
        if (year == 0) != (value is None):
            self.notes.problem(head.at(row, "target_value" if year else "target_year"), "target_half")
        old = made.target()
        kept = tuple(each for each in made.targets if each is not old)
        if not year or value is None:
            return replace(made, targets=kept)
        told = Target(value=value, year=year, area=old.area if old else "")
        at = made.targets.index(old) if old is not None else len(kept)
        return replace(made, targets=(*kept[:at], told, *kept[at:]))

    def _value(self, head: Head, row: Row, which: str, made: Indicator) -> int:
        """Take a value with its year and return the year, 0 where there is none."""
        cell, place = head.cell(row, f"{which}_year"), head.at(row, f"{which}_year")
        value = self._number(head, row, f"{which}_value")
        if is_missing(cell):
            if value is not None:
                self.notes.problem(place, f"{which}_half")
            return 0
        found = period_of(cell)
        if not found:
            self.notes.problem(place, "year_bad", value=text(cell)[:40])
            return 0
        if int(found[:4]) > self.today.year:
            self.notes.warn(place, "period_ahead", value=found)
        if value is not None:
            area = made.areas[0] if made.areas else ""
            told = Reading(area=area, period=found, value=value)
            self.readings.append((made.code, told, head.at(row, f"{which}_value")))
        return int(found[:4])

    def _year(self, head: Head, row: Row, key: str) -> int:
        cell = head.cell(row, key)
        if is_missing(cell):
            return 0
        found = period_of(cell)
        if len(found) != 4:
            self.notes.problem(head.at(row, key), "year_bad", value=text(cell)[:40])
            return 0
        return int(found)

    def _number(self, head: Head, row: Row, key: str) -> float | None:
        try:
            return number(head.cell(row, key))
        except ValueError:
            self.notes.problem(head.at(row, key), "number_bad", value=head.text(row, key)[:40])
            return None

    def _decimals(self, made: Indicator) -> Indicator:
        """Return a new measure with as many decimals as its values have, where nobody said how many."""
        _, head, row = self._found[made.code]
        if made.code in self._before or head.text(row, "decimals"):
            return made
        values = [each.value for code, each, _ in self.readings if code == made.code]
        values += [each.value for each in made.targets]
        return replace(made, decimals=max((_places(each) for each in values if each is not None), default=0))


#: Columns that say nothing of a measure by themselves: a planner fills them all the way down.
_FAINT = frozenset(("measures", "area", "by_sex", "public", "source", "comment", "unit", "decimals", "direction"))


def _standing(codes: Sequence[str], nodes: Mapping[str, Node]) -> tuple[str, ...]:
    """Return codes as they are now: without those that are gone, and what a renamed or split one became."""
    found = [[code] if code in nodes else [each.code for each in nodes.values() if code in each.was] for code in codes]
    return tuple(dict.fromkeys(code for many in found for code in many))


def _places(value: float) -> int:
    words = f"{value:.{_MOST_DECIMALS}f}".rstrip("0")
    return len(words.rpartition(".")[2])
