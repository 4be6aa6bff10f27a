"""A sample server of official figures: it answers as Kolada's third version and as PxWebApi 2, with invented series.

    with Statistics(series, clock=clock, port=0) as server:
        settings.indicators.kolada == server.kolada      # http://127.0.0.1:PORT/kolada/v3
        settings.indicators.scb == server.scb            # http://127.0.0.1:PORT/scb/v2

``series`` are made by hand, or read with ``read_series`` from a table of TOML:

    [series.N01951]                    # a key figure of Kolada, or a table of Statistics Sweden ("TAB638")
    source = "kolada"                  # or "scb"
    title = "Invånare totalt, antal"
    unit = "antal"
    decimals = 0
    published = "03-15"                # each year's value is there from this day of the year after on
    discontinued = false

    [series.N01951.total]              # and .women, .men where it is divided by sex
    1380 = { 2019 = 101000, 2020 = 101800, 2021 = "Sekretess" }    # words: there is no value, and why

    [[series.N01951.revision]]         # the value is another from ``at`` on; "deleted" takes it away
    area = "1380"
    period = "2020"
    value = 101950
    at = 2026-10-01

The series grow with the clock: what is not published yet is not there. A period may be a quarter ("2025K3") or a month
("2025M06"); its value is there two months after it ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from math import prod
from typing import Any
from urllib.parse import SplitResult, unquote

from skord.sample.servers import NOTHING, Answer, Clock, Serving, query

_PER_PAGE = 1000
_MOST_CELLS = 150_000
_GENDERS = {"T": "total", "K": "women", "M": "men"}
_KON = {"1": "men", "2": "women", "1+2": "total"}
_KON_LABELS = {"1": "män", "2": "kvinnor", "1+2": "totalt"}
_LAG = timedelta(days=61)

_WORDS = ("title", "source", "unit", "decimals", "published", "discontinued")

Value = float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One value that is another from ``at`` on. ``deleted``: it is taken away."""

    area: str
    period: str
    at: date
    value: Value = None
    sex: str = "total"
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One key figure or table. ``values``: by sex ("total", "women", "men"), area and period; words are a mark."""

    id: str
    title: str
    values: Mapping[str, Mapping[str, Mapping[str, Value]]]
    source: str = "kolada"
    unit: str = ""
    decimals: int = 0
    published: str = "03-15"
    discontinued: bool = False
    revisions: tuple[Revision, ...] = ()

    @property
    def areas(self) -> list[str]:
        """The areas that it has values of, in order."""
        return sorted({area for areas in self.values.values() for area in areas})

    def periods(self, today: date) -> list[str]:
        """The periods that are published, the oldest first."""
        found = {period for areas in self.values.values() for periods in areas.values() for period in periods}
        return sorted(period for period in found if self.day_of(period) <= today)

    def day_of(self, period: str) -> date:
        """Return when a period's values are published."""
        year = int(period[:4])
        if len(period) == 4:
            return date.fromisoformat(f"{year + 1}-{self.published}")
        month = int(period[5:]) * (3 if period[4] == "K" else 1)
        return date(year + month // 12, month % 12 + 1, 1) + _LAG

    def at(self, sex: str, area: str, period: str, today: date) -> Told | None:
        """Return what is told of one value today, None where nothing is."""
        given = self.values.get(sex, {}).get(area, {})
        if period not in given or self.day_of(period) > today:
            return None
        told = Told(value=given[period], since=self.day_of(period))
        for each in sorted(self.revisions, key=lambda each: each.at):
            if (each.sex, each.area, each.period) == (sex, area, period) and each.at <= today:
                told = Told(value=each.value, since=each.at, deleted=each.deleted)
        return told

    def changed(self, today: date) -> date:
        """Return when it last changed."""
        days = [self.day_of(period) for period in self.periods(today)]
        return max([*days, *(each.at for each in self.revisions if each.at <= today)], default=date(2000, 1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A value as it is told on a day, and since when. Words in the value's place say why there is none."""

    value: Value
    since: date
    deleted: bool = False

    @property
    def number(self) -> float | None:
        """The value, None where there is none."""
        return None if self.deleted or isinstance(self.value, str) else self.value

    @property
    def mark(self) -> str:
        """Why there is none, "" where there is one or nobody says."""
        return self.value if isinstance(self.value, str) else ""


def read_series(table: Mapping[str, Any]) -> list[Series]:
    """Return the series of a table of TOML, as the top of this file shows it."""
    return [_series(name, given) for name, given in table.items()]


def _series(name: str, given: Mapping[str, Any]) -> Series:
    words = {
        key: given[key] for key in ("title", "source", "unit", "decimals", "published", "discontinued") if key in given
    }
    values = {
        sex: {area: {str(period): value for period, value in periods.items()} for area, periods in given[sex].items()}
        for sex in ("total", "women", "men")
        if sex in given
    }
    revisions = tuple(
        Revision(
            area=each["area"],
            period=str(each["period"]),
            at=each["at"],
            sex=each.get("sex", "total"),
            value=None if each["value"] == "deleted" else each["value"],
            deleted=each["value"] == "deleted",
        )
        for each in given.get("revision", ())
    )
    return Series(id=name, values=values, revisions=revisions, **words)


class Statistics(Serving):
    """The server. ``kolada`` and ``scb`` are the addresses for ``[indicators]``."""

    def __init__(self, series: Iterable[Series], *, clock: Clock, port: int = 0) -> None:
        self.series = {each.id: each for each in series}
        self.clock = clock
        super().__init__(port=port)

    @property
    def kolada(self) -> str:
        """Where it answers as Kolada."""
        return f"{self.url}/kolada/v3"

    @property
    def scb(self) -> str:
        """Where it answers as PxWebApi 2."""
        return f"{self.url}/scb/v2"

    @property
    def today(self) -> date:
        """The clock's day."""
        return self.clock().astimezone(UTC).date()

    def answer(self, path: SplitResult) -> Answer:
        """Answer to GET."""
        parts = [unquote(part) for part in path.path.strip("/").split("/")]
        if parts[:2] == ["kolada", "v3"]:
            return self._kolada(parts[2:], path)
        if parts[:2] == ["scb", "v2"]:
            return self._scb(parts[2:])
        return NOTHING

    def take(self, path: SplitResult, body: bytes) -> Answer:
        """Answer to POST: the cells of a table."""
        parts = [unquote(part) for part in path.path.strip("/").split("/")]
        series = self._of("scb").get(parts[3]) if len(parts) == 5 else None
        if parts[:3] != ["scb", "v2", "tables"] or parts[4:] != ["data"]:
            return NOTHING
        if series is None:
            return _problem(404, "Not Found", "Non-existent table")
        try:
            chosen = {each["variableCode"]: tuple(each["valueCodes"]) for each in json.loads(body)["selection"]}
        except (ValueError, KeyError, TypeError):
            return _problem(400, "Bad Request", "Selection could not be read")
        return self._data(series, chosen)

    def _of(self, source: str) -> dict[str, Series]:
        return {name: each for name, each in self.series.items() if each.source == source}

    # --- Kolada ---

    def _kolada(self, parts: Sequence[str], path: SplitResult) -> Answer:
        known = self._of("kolada")
        if parts[:1] == ["kpi"] and len(parts) == 2:
            rows = [_as_kpi(known[name], self.today) for name in parts[1].split(",") if name in known]
            return _json({"values": rows, "count": len(rows), "next_url": None, "previous_url": None})
        named = dict(zip(parts[1::2], parts[2::2], strict=False))
        if parts[:1] != ["data"] or len(named.keys() & {"kpi", "municipality", "year"}) < 2:
            return NOTHING
        kpis, units = named.get("kpi", "").split(","), named.get("municipality", "").split(",")
        if len(kpis) > 25 or len(units) > 25:
            return _problem(400, "Bad Request", "at most 25")
        asked = query(path)
        since = date.fromisoformat(asked["from_date"]) if "from_date" in asked else date(1900, 1, 1)
        rows = [row for name in kpis if name in known for row in _rows(known[name], units, self.today, since)]
        return self._page(rows, path, asked)

    def _page(self, rows: Sequence[Mapping[str, Any]], path: SplitResult, asked: Mapping[str, str]) -> Answer:
        page, size = int(asked.get("page", "1")), min(int(asked.get("per_page", "5000")), _PER_PAGE)
        shown = rows[(page - 1) * size : page * size]
        kept = "&".join(f"{name}={value}" for name, value in asked.items() if name not in ("page", "per_page"))

        def link(number: int) -> str:
            return f"{self.url}{path.path}?page={number}&per_page={size}{'&' + kept if kept else ''}"

        following = link(page + 1) if page * size < len(rows) else None
        before = link(page - 1) if page > 1 else None
        return _json({"count": len(shown), "next_url": following, "previous_url": before, "values": list(shown)})

    # --- Statistics Sweden ---

    def _scb(self, parts: Sequence[str]) -> Answer:
        if list(parts) == ["config"]:
            limits = {"maxDataCells": _MOST_CELLS, "maxCallsPerTimeWindow": 30, "timeWindow": 10}
            return _json({"apiVersion": "2.0.0", "defaultLanguage": "sv", **limits})
        series = self._of("scb").get(parts[1]) if len(parts) > 1 else None
        if series is None:
            return _problem(404, "Not Found", "Non-existent table")
        if len(parts) == 2:
            return _json(_as_table(series, self.today))
        sides = _sides(series, self.today)
        return _json(_dataset(series, {name: tuple(labels) for name, labels in sides.items()}, self.today))

    def _data(self, series: Series, chosen: Mapping[str, tuple[str, ...]]) -> Answer:
        sides = _sides(series, self.today)
        for name, codes in chosen.items():
            wrong = [code for code in codes if code not in sides.get(name, {})]
            if name not in sides or wrong:
                return _problem(400, "Bad Request", f"Non-existent value {wrong[0] if wrong else name}")
        if len(chosen) < len(sides):
            return _problem(400, "Bad Request", "Missing selection for mandatory variable")
        taken = {name: chosen[name] for name in sides}
        if prod(len(codes) for codes in taken.values()) > _MOST_CELLS:
            return _problem(403, "Forbidden", "Too many cells selected")
        found = _dataset(series, taken, self.today)
        cells = []
        for codes in product(*taken.values()):
            here = dict(zip(taken, codes, strict=True))
            cells.append(series.at(_KON[here.get("Kon", "1+2")], here["Region"], here["Tid"], self.today))
        found["value"] = [cell.number if cell else None for cell in cells]
        found["status"] = {
            str(place): (cell.mark if cell else "") or ".."
            for place, cell in enumerate(cells)
            if cell is None or cell.number is None
        }
        return _json(found)


def _rows(series: Series, units: Sequence[str], today: date, since: date) -> Iterable[dict[str, Any]]:
    """Yield the rows of a key figure that changed since a day."""
    for unit in units:
        area = unit[2:] if unit.startswith("00") else unit
        for period in series.periods(today):
            told = {gender: series.at(sex, area, period, today) for gender, sex in _GENDERS.items()}
            values = [_as_value(gender, each) for gender, each in told.items() if each and each.since >= since]
            if values:
                yield {"kpi": series.id, "municipality": unit, "period": int(period), "values": values}


def _as_value(gender: str, told: Told) -> dict[str, Any]:
    return {"gender": gender, "value": told.number, "status": told.mark, "count": 1, "isdeleted": told.deleted}


def _as_kpi(series: Series, today: date) -> dict[str, Any]:
    return {
        "id": series.id,
        "title": series.title,
        "description": "",
        "municipality_type": "A",
        "is_divided_by_gender": len(series.values) > 1,
        "has_ou_data": False,
        "publication_date": series.changed(today).isoformat(),
        "prel_publication_date": None,
    }


def _as_table(series: Series, today: date) -> dict[str, Any]:
    periods = series.periods(today)
    return {
        "type": "Table",
        "id": series.id,
        "label": series.title,
        "updated": _updated(series, today),
        "firstPeriod": periods[0] if periods else "",
        "lastPeriod": periods[-1] if periods else "",
        "discontinued": series.discontinued,
        "variableNames": [*_sides(series, today)],
    }


def _updated(series: Series, today: date) -> str:
    changed = series.changed(today)
    return datetime(changed.year, changed.month, changed.day, 7, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _sides(series: Series, today: date) -> dict[str, dict[str, str]]:
    """Return the labels of the codes of each side of a table."""
    sexes = {code: label for code, label in _KON_LABELS.items() if _KON[code] in series.values}
    periods = series.periods(today)
    return {
        "Region": {area: area for area in series.areas},
        **({"Kon": sexes} if len(sexes) > 1 else {}),
        "ContentsCode": {f"{series.id}A": series.title},
        "Tid": {period: period for period in periods},
    }


def _dataset(series: Series, taken: Mapping[str, Sequence[str]], today: date) -> dict[str, Any]:
    labels = _sides(series, today)
    dimensions: dict[str, Any] = {}
    for name, codes in taken.items():
        category: dict[str, Any] = {
            "index": {code: place for place, code in enumerate(codes)},
            "label": {code: labels[name][code] for code in codes},
        }
        if name == "ContentsCode":
            category["unit"] = {code: {"base": series.unit, "decimals": series.decimals} for code in codes}
        dimensions[name] = {"label": name.lower(), "category": category, "extension": {"elimination": False}}
    return {
        "version": "2.0",
        "class": "dataset",
        "label": series.title,
        "source": "SCB",
        "updated": _updated(series, today),
        "id": list(taken),
        "size": [len(codes) for codes in taken.values()],
        "role": {"time": ["Tid"], "geo": ["Region"], "metric": ["ContentsCode"]},
        "dimension": dimensions,
        "extension": {"px": {"tableid": series.id}, "discontinued": series.discontinued},
    }


def _json(value: Mapping[str, Any], status: int = 200, kind: str = "application/json; charset=utf-8") -> Answer:
    return Answer(body=json.dumps(value, ensure_ascii=False).encode(), kind=kind, status=status)


def _problem(status: int, title: str, detail: str) -> Answer:
    return _json({"title": title, "status": status, "detail": detail}, status, "application/problem+json")
