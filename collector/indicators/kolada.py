"""Kolada's interface, third version: key figures of municipalities and regions.

    GET /kpi/{kpi,…}                                                  what the figures are called
    GET /data/kpi/{kpi,…}/municipality/{unit,…}?from_date=2026-11-01  their values, page by page along ``next_url``

At most 25 names stand in a part; figures with the same areas are asked for together. Kolada names areas with four
characters: the nation 0000, a region 0013, a municipality 1380, a group of municipalities G…. Values are of everybody
(T), women (K) and men (M). A value that it took away says ``isdeleted``; one that it has not is null.

Revisions are not announced and figures may vanish without notice, so what is told is compared with what is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from campaign.errors import CollectError
from campaign.figures import Reading, Sex
from collector import tidy
from collector.indicators.answers import PERIOD, Told, Wanted, is_down, malformed, read_json, value_of
from collector.networks.page import Ask
from net.answers import StatusError

MOST = 25
"""Names in one part of an address."""

PER_PAGE = 5000
MOST_PAGES = 200
"""Pages that one asking is followed through; 25 figures of 25 areas since 1970 are about twenty."""

#: Values that one asking is followed through: 25 figures of 25 areas since 1970, each of three sexes, are 110,000.
_MOST_VALUES = 400_000

_KPI = re.compile(r"[A-Za-z][A-Za-z0-9]{1,15}")
_GROUP = re.compile(r"G[0-9A-Za-z]{1,15}")
_SEXES = {"T": Sex.TOTAL, "K": Sex.WOMEN, "M": Sex.MEN}

Outcome = tuple[int, Told | CollectError]


def unit_of(area: str) -> str:
    """Return Kolada's name of an area: "00" is 0000, "13" is 0013. Raises CollectError ``kolada_area``."""
    if re.fullmatch(r"\d\d", area):
        return f"00{area}"
    if re.fullmatch(r"\d{4}", area) or _GROUP.fullmatch(area):
        return area
    raise CollectError("kolada_area", permanent=True, area=area)


def area_of(unit: str) -> str:
    """Return our name of one of Kolada's areas."""
    return unit[2:] if re.fullmatch(r"00\d\d", unit) else unit


def read(ask: Ask, base: str, wanted: Sequence[Wanted]) -> Iterator[Outcome]:
    """Yield what Kolada tells of each of the indicators, or why it could not be had. ``base`` has no slash at its end.

    Errors: ``kolada_kpi``, ``kolada_area``, ``kolada_gone`` (the figure is no more), ``kolada_no_values``,
    ``figures_malformed``, ``figures_paging``, ``not_json``, and as ``net.http`` raises.
    """
    source = _Kolada(ask, base.rstrip("/"))
    sound: list[Wanted] = []
    for each in wanted:
        try:
            _check(each)
        except CollectError as error:
            yield each.id, error
        else:
            sound.append(each)
    down: CollectError | None = None
    for together in _together(sound):
        if down is not None:
            yield from ((each.id, down) for each in together)
            continue
        for number, told in source.batch(together):
            down = told if isinstance(told, CollectError) and is_down(told) else down
            yield number, told


def _check(wanted: Wanted) -> None:
    if not _KPI.fullmatch(wanted.wording.kpi):
        raise CollectError("kolada_kpi", permanent=True, kpi=wanted.wording.kpi)
    if not wanted.wording.areas:
        raise CollectError("figures_no_areas", permanent=True, code=wanted.wording.code)
    for area in wanted.wording.areas:
        unit_of(area)


def _together(wanted: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    """Yield those that one asking serves: of the same areas, all whole or all since a day, at most 25 figures."""

    def kind(each: Wanted) -> tuple[bool, tuple[str, ...]]:
        return each.since is None, tuple(sorted(set(each.wording.areas)))

    for _, group in groupby(sorted(wanted, key=kind), key=kind):
        waiting = list(group)
        while waiting:
            kpis = sorted({each.wording.kpi for each in waiting})[:MOST]
            yield [each for each in waiting if each.wording.kpi in kpis]
            waiting = [each for each in waiting if each.wording.kpi not in kpis]


@dataclass(frozen=True, slots=True)
class _Kolada:
    ask: Ask
    base: str

    @property
    def host(self) -> str:
        return urlsplit(self.base).netloc

    def batch(self, wanted: list[Wanted]) -> Iterator[Outcome]:
        """Yield what becomes of indicators that are asked for together."""
        try:
            known = self._named({each.wording.kpi for each in wanted})
        except CollectError as error:
            yield from ((each.id, error) for each in wanted)
            return
        for each in wanted:
            if each.wording.kpi not in known:
                yield each.id, CollectError("kolada_gone", permanent=True, kpi=each.wording.kpi)
        there = [each for each in wanted if each.wording.kpi in known]
        if not there:
            return
        try:
            values = self._values(there)
        except CollectError as error:
            yield from ((each.id, error) for each in there)
            return
        for each in there:
            yield each.id, self._told(each, values.get(each.wording.kpi, []), known[each.wording.kpi])

    def _told(self, wanted: Wanted, values: list[Reading], known: Mapping[str, Any]) -> Told | CollectError:
        if wanted.since is None and not any(not each.deleted for each in values):
            # An empty answer to a first question is a wrong question far more often than a loss of every value.
            areas = ", ".join(wanted.wording.areas[:10])
            return CollectError("kolada_no_values", permanent=True, kpi=wanted.wording.kpi, areas=areas)
        by_sex = wanted.wording.by_sex
        dates = {name: tidy.line(known.get(name), 40) for name in ("publication_date", "prel_publication_date")}
        return Told(
            readings=tuple(each for each in values if by_sex or each.sex is Sex.TOTAL),
            areas=wanted.wording.areas,
            whole=wanted.since is None,
            title=tidy.line(known.get("title"), 300),
            cursor=dates | {"divided": bool(known.get("is_divided_by_gender"))},
        )

    def _named(self, kpis: set[str]) -> dict[str, Mapping[str, Any]]:
        """Return what Kolada says of figures; those that it does not know are left out."""
        names = sorted(kpis)
        try:
            pages = list(islice(self._pages(f"{self.base}/kpi/{_listed(names)}"), MOST))
        except StatusError as error:
            if error.status not in (400, 404, 410):
                raise
            if len(names) == 1:
                return {}
            return {name: told for one in names for name, told in self._named({one}).items()}
        found: dict[str, Mapping[str, Any]] = {}
        for page in pages:
            given = page.get("values", [page] if "id" in page else None)
            if not isinstance(given, list):
                malformed(self.host, "values", given)
            found |= {str(tidy.mapping(each).get("id")): tidy.mapping(each) for each in given}
        return {name: told for name, told in found.items() if name in kpis}

    def _values(self, wanted: list[Wanted]) -> dict[str, list[Reading]]:
        """Return every value of the wanted figures and areas, by figure."""
        kpis = sorted({each.wording.kpi for each in wanted})
        units = sorted({unit_of(area) for each in wanted for area in each.wording.areas})
        days = [each.since for each in wanted if each.since is not None]
        found: dict[str, list[Reading]] = {}
        for start in range(0, len(units), MOST):
            part = units[start : start + MOST]
            address = f"{self.base}/data/kpi/{_listed(kpis)}/municipality/{_listed(part)}?{_query(days)}"
            for page in self._pages(address):
                if sum(map(len, found.values())) > _MOST_VALUES:
                    raise CollectError("figures_paging", host=self.host, pages=MOST_PAGES)
                for kpi, reading in self._readings(page):
                    if kpi in kpis and unit_of(reading.area) in part:
                        found.setdefault(kpi, []).append(reading)
        return found

    def _readings(self, page: Mapping[str, Any]) -> Iterator[tuple[str, Reading]]:
        rows = page.get("values")
        if not isinstance(rows, list):
            malformed(self.host, "values", rows)
        for row in rows:
            given = tidy.mapping(row)
            kpi, unit, period = given.get("kpi"), given.get("municipality"), str(given.get("period"))
            values = given.get("values")
            if not isinstance(kpi, str) or not isinstance(unit, str) or not isinstance(values, list):
                malformed(self.host, "values", str(row))
            if not PERIOD.fullmatch(period):
                malformed(self.host, "period", period)
            if not re.fullmatch(r"\d{4}", unit) and not _GROUP.fullmatch(unit):
                continue  # an area of a kind that cannot have been asked for
            for each in values:
                reading = self._reading(area_of(unit), period, tidy.mapping(each))
                if reading is not None:
                    yield kpi, reading

    def _reading(self, area: str, period: str, given: Mapping[str, Any]) -> Reading | None:
        if "gender" not in given or ("value" not in given and not given.get("isdeleted")):
            malformed(self.host, "value", str(dict(given)))
        sex = _SEXES.get(str(given["gender"]).upper())
        if sex is None:
            return None
        deleted = bool(given.get("isdeleted"))
        value = None if deleted else value_of(given["value"], self.host)
        status = "" if deleted else tidy.line(given.get("status"), 100)
        return Reading(area=area, period=period, sex=sex, value=value, status=status, deleted=deleted)

    def _pages(self, address: str) -> Iterator[Mapping[str, Any]]:
        """Yield an answer and those that it leads on to, on this host only."""
        seen: set[str] = set()
        while address:
            if address in seen or len(seen) >= MOST_PAGES:
                raise CollectError("figures_paging", host=self.host, pages=len(seen))
            seen.add(address)
            page = read_json(self.ask.fetch(address, accept="application/json"), self.host)
            yield page
            address = self._next(address, page.get("next_url"))

    def _next(self, address: str, given: object) -> str:
        if given is None or given == "":
            return ""
        found = urlsplit(tidy.address(given, address))
        ours = urlsplit(self.base)
        if _place(found.netloc) != _place(ours.netloc):
            raise CollectError("figures_elsewhere", host=self.host, other=tidy.line(found.netloc, 80))
        # Behind a proxy it may name itself without encryption.
        return urljoin(self.base, found._replace(scheme=ours.scheme, netloc=ours.netloc, fragment="").geturl())


def _place(netloc: str) -> str:
    return netloc.lower().removesuffix(":443").removesuffix(":80")


def _listed(names: Iterable[str]) -> str:
    return ",".join(quote(name, safe="") for name in names)


def _query(days: Sequence[date]) -> str:
    since = {"from_date": min(days).isoformat()} if days else {}
    return urlencode({"per_page": PER_PAGE} | since)
