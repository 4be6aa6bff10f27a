"""A strategy as its planner writes it in a file, read and checked; no I/O.

Problems are reported together, with the same words (``config.<key>``) as those of ``config.toml``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from campaign.errors import ConfigError, Fact, Problem
from campaign.figures import Direction, Indicator, Origin, Target
from campaign.strategy import Node, NodeKind, Strategy, coloured
from campaign.strategy_check import Fault, dotted, faults, problem, short
from campaign.toml_file import TomlPath, Written, nearest
from campaign.toml_file import parse as parse_toml

_Choice = TypeVar("_Choice", bound=StrEnum)

_TABLES = ("strategy", "node", "indicator")
_NODE_TEXTS = ("parent", "title", "text", "why", "success")
_NODE_LISTS = ("how", "responsible", "serves", "was", "words")
_INDICATOR_TEXTS = ("title", "unit", "kolada", "scb", "region", "time", "source", "note")
_KEYS = {
    "strategy": ("id", "title", "owner", "period", "summary", "note", "names"),
    "node": (*_NODE_TEXTS, *_NODE_LISTS, "kind", "colour", "agenda"),
    "indicator": (
        *_INDICATOR_TEXTS, "nodes", "decimals", "direction", "selection", "areas", "area_names", "by_sex", "baseline",
        "target", "target_year", "public",
    ),
    "target": ("value", "year", "area"),
}  # fmt: skip
_REQUIRED = {"strategy": ("id", "title", "owner", "period"), "node": ("title",), "indicator": ("title",), "target": ()}
_YEARS = re.compile(r"(\d{4})\s*[-–]\s*(\d{4})")
_COMMA = re.compile(r"\s*[-−]?\d[\d \u00a0]*,\d+\s*")


def parse(text: str, file: str) -> Strategy:
    """Read a strategy file's text; ``file`` is its name in messages. Raises ConfigError with every problem."""
    return _Reading(parse_toml(text.removeprefix("\ufeff"), file)).strategy()


class _Reading:
    def __init__(self, written: Written) -> None:
        self.written = written
        self.problems: list[Problem] = []

    def strategy(self) -> Strategy:
        for name, content in self.written.data.items():
            if name not in _TABLES:
                self._unknown((name,), name, _TABLES)
            elif not isinstance(content, dict):
                self.report((name,), "strategy_not_table", table=name)
        head = self._head()
        nodes = [self._node(code, raw) for code, raw in self._content("node").items()]
        read = [self._indicator(code, raw) for code, raw in self._content("indicator").items()]
        indicators = tuple(indicator for indicator in read if indicator is not None)
        strategy = Strategy(**head, nodes=tuple(nodes), indicators=indicators)
        for fault in faults(strategy):
            self._tell(fault)
        if self.problems:
            raise ConfigError(sorted(self.problems, key=lambda problem: problem.line))
        return Strategy(**head, nodes=coloured(nodes), indicators=indicators)

    def _head(self) -> dict[str, Any]:
        table = _Table(self, ("strategy",), self._content("strategy"), "strategy")
        first, last = self._period(table.text("period"))
        return {
            **{name: table.text(name) for name in ("id", "title", "owner", "summary", "note")},
            "period_from": first,
            "period_to": last,
            "names": table.pairs("names"),
        }

    def _period(self, text: str) -> tuple[date, date]:
        """Return the days of "2014-2020" or "2014-07-01/2020-12-31"."""
        if not text:
            return date.min, date.max  # told as missing already
        years = _YEARS.fullmatch(text)
        first, _, last = text.partition("/")
        try:
            if years:
                return date(int(years[1]), 1, 1), date(int(years[2]), 12, 31)
            return date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
        except ValueError:
            self.report(("strategy", "period"), "strategy_period", value=short(text))
            return date.min, date.max

    def _node(self, code: str, raw: object) -> Node:
        path = ("node", code)
        if not isinstance(raw, dict):
            self.report(path, "strategy_node_not_table", code=short(code))
            return Node(code=code, title="")
        table = _Table(self, path, raw, "node")
        values: dict[str, Any] = {name: table.text(name) for name in _NODE_TEXTS}
        values |= {name: table.texts(name) for name in _NODE_LISTS}
        values["parent"] = values["parent"] or None
        return Node(
            code=code,
            kind=table.choice("kind", NodeKind, NodeKind.AREA),
            colour=table.text("colour").lower(),
            agenda=table.integers("agenda"),
            **values,
        )

    def _indicator(self, code: str, raw: object) -> Indicator | None:
        path = ("indicator", code)
        if not isinstance(raw, dict):
            self.report(path, "strategy_indicator_not_table", code=short(code))
            return None
        table = _Table(self, path, raw, "indicator")
        texts = {name: table.text(name) for name in _INDICATOR_TEXTS}
        kpi, scb = texts.pop("kolada").upper(), texts.pop("scb").upper()
        texts |= {"region": texts["region"] or "Region", "time": texts["time"] or "Tid"}
        return Indicator(
            code=code,
            nodes=table.texts("nodes"),
            decimals=table.integer("decimals"),
            direction=table.choice("direction", Direction, Direction.UP),
            origin=Origin.KOLADA if kpi else Origin.SCB if scb else Origin.TABLE,
            kpi=kpi,
            table=scb,
            selection=self._selection(path, raw.get("selection")),
            areas=table.texts("areas"),
            area_names=table.pairs("area_names"),
            by_sex=table.flag("by_sex", default=False),
            baseline=table.integer("baseline"),
            targets=self._targets(table, raw),
            public=table.flag("public", default=True),
            **texts,
        )

    def _selection(self, path: TomlPath, raw: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return SCB's value codes by variable; one alone may stand without brackets."""
        if raw is None:
            return ()
        if not isinstance(raw, dict):
            self.report((*path, "selection"), "strategy_selection_shape")
            return ()
        table = _Table(self, (*path, "selection"), {name: [v] if isinstance(v, str) else v for name, v in raw.items()})
        return tuple((name, table.texts(name)) for name in raw)

    def _targets(self, table: _Table, raw: dict[str, Any]) -> tuple[Target, ...]:
        """Return targets, written as [[…target]] or as ``target`` and ``target_year``."""
        written = raw.get("target")
        if not isinstance(written, list):
            value, year = table.number("target"), table.integer("target_year")
            if written is not None and "target_year" not in raw:
                self.report((*table.path, "target"), "strategy_target_year")
            if written is None and "target_year" in raw:
                self.report((*table.path, "target_year"), "strategy_target_value")
            return (Target(value=value, year=year),) if value is not None and year else ()
        if "target_year" in raw:
            self.report((*table.path, "target_year"), "strategy_target_both")
        found = [self._target((*table.path, "target", number), each) for number, each in enumerate(written)]
        return tuple(target for target in found if target is not None)

    def _target(self, path: TomlPath, raw: object) -> Target | None:
        if not isinstance(raw, dict):
            self.report(path, "strategy_target_value")
            return None
        table = _Table(self, path, raw, "target")
        value, year, area = table.number("value"), table.integer("year"), table.text("area")
        if "year" not in raw:
            self.report(path, "strategy_target_year")
        if "value" not in raw:
            self.report(path, "strategy_target_value")
        return Target(value=value, year=year, area=area) if value is not None and year else None

    def _content(self, name: str) -> dict[str, Any]:
        content = self.written.data.get(name)
        return content if isinstance(content, dict) else {}

    def _unknown(self, path: TomlPath, name: str, known: tuple[str, ...]) -> None:
        proposal = nearest(name, known)
        if proposal:
            self.report(path, "unknown_key_near", proposal=proposal)
        else:
            self.report(path, "unknown_key", known=", ".join(known))

    def report(self, path: TomlPath, key: str, /, **facts: Fact) -> None:
        self._tell(Fault(path=path, key=key, facts=facts))

    def _tell(self, fault: Fault) -> None:
        self.problems.append(problem(fault, file=self.written.file, line=self.written.line(*fault.path)))

    def keys(self, path: TomlPath, raw: dict[str, Any], shape: str) -> None:
        """Report keys that are not known, and required ones that are missing; a misspelled one is told once."""
        known = _KEYS[shape]
        for name in raw:
            if name not in known:
                self._unknown((*path, name), name, known)
        for name in _REQUIRED[shape]:
            if name not in raw and not any(nearest(key, known) == name for key in raw if key not in known):
                self.report(path, "missing", name=name, table=dotted(path))


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of the file; what is of another type than wanted is reported and read as left out."""

    reading: _Reading
    path: TomlPath
    raw: dict[str, Any]
    shape: str = ""

    def __post_init__(self) -> None:
        if self.shape:
            self.reading.keys(self.path, self.raw, self.shape)

    def text(self, name: str) -> str:
        raw = self.raw.get(name)
        if raw is None:
            return ""
        if not isinstance(raw, str):
            self._wrong(name, "type_text", raw)
            return ""
        if not raw.strip() and name in _REQUIRED[self.shape]:
            self.reading.report((*self.path, name), "empty")
        return raw.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        raw = self.raw.get(name, [])
        if not isinstance(raw, list):
            self._wrong(name, "type_list", raw)
            return ()
        for number, item in enumerate(raw):
            if not isinstance(item, str):
                self.reading.report((*self.path, name, number), "type_item", value=short(item))
            elif not item.strip():
                self.reading.report((*self.path, name, number), "empty")
        sound = all(isinstance(item, str) and item.strip() for item in raw)
        return tuple(item.strip() for item in raw) if sound else ()

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        raw = self.raw.get(name, {})
        if not isinstance(raw, dict):
            self._wrong(name, "strategy_pairs", raw)
            return ()
        for key, word in raw.items():
            if not isinstance(word, str):
                self.reading.report((*self.path, name, key), "type_text", value=short(word))
            elif not word.strip():
                self.reading.report((*self.path, name, key), "empty")
        return tuple((key, word.strip()) for key, word in raw.items() if isinstance(word, str) and word.strip())

    def integer(self, name: str) -> int:
        raw = self.raw.get(name, 0)
        if isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        self._wrong(name, "type_number", raw)
        return 0

    def integers(self, name: str) -> tuple[int, ...]:
        raw = self.raw.get(name, [])
        if not isinstance(raw, list):
            self._wrong(name, "strategy_number_list", raw)
            return ()
        wrong = [number for number, each in enumerate(raw) if not isinstance(each, int) or isinstance(each, bool)]
        for number in wrong:
            self.reading.report((*self.path, name, number), "strategy_number_item", value=short(raw[number]))
        return () if wrong else tuple(raw)

    def number(self, name: str) -> float | None:
        raw = self.raw.get(name)
        if raw is None:
            return None
        if isinstance(raw, (int, float)) and not isinstance(raw, bool) and math.isfinite(raw):
            return float(raw)
        comma = isinstance(raw, str) and _COMMA.fullmatch(raw)
        self._wrong(name, "strategy_comma" if comma else "strategy_number", raw)
        return None

    def flag(self, name: str, *, default: bool) -> bool:
        raw = self.raw.get(name, default)
        if isinstance(raw, bool):
            return raw
        self._wrong(name, "type_flag", raw)
        return default

    def choice(self, name: str, among: type[_Choice], default: _Choice) -> _Choice:
        written = self.text(name)
        if written and written not in list(among):
            allowed = ", ".join(f"«{each}»" for each in among)
            self.reading.report((*self.path, name), "choice", value=short(written), allowed=allowed)
            return default
        return among(written) if written else default

    def _wrong(self, name: str, key: str, raw: object) -> None:
        self.reading.report((*self.path, name), key, value=short(raw))
