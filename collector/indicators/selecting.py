"""Which cells of a table an indicator wants, written out in codes. Pure.

Areas, periods and sexes may be many; every other side of the table must come down to one value: by the wording, because
the table has but one, or because the table sums it up when it is left out. We add nothing up ourselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from campaign.errors import CollectError
from campaign.figures import Indicator, Sex
from collector import tidy
from collector.indicators.jsonstat import Dataset, Dimension

_SEX_NAMES = ("kon", "kön", "sex")
_SEX_CODES = {"1": Sex.MEN, "2": Sex.WOMEN, "1+2": Sex.TOTAL, "tot": Sex.TOTAL, "t": Sex.TOTAL}
_SEX_LABELS = {
    "män": Sex.MEN, "kvinnor": Sex.WOMEN, "totalt": Sex.TOTAL, "båda könen": Sex.TOTAL, "män och kvinnor": Sex.TOTAL,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to a table. ``region`` and ``sex`` are "" where the table, or the question, has no such side.

    ``area`` is whose the values are where there is no region; ``sexes`` says whom the codes of ``sex`` mean.
    """

    chosen: tuple[tuple[str, tuple[str, ...]], ...]
    time: str
    region: str = ""
    sex: str = ""
    area: str = ""
    sexes: Mapping[str, Sex] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """How many cells it asks for."""
        return prod(len(codes) for _, codes in self.chosen)

    @property
    def selection(self) -> list[dict[str, Any]]:
        """The question as the interface takes it."""
        return [{"variableCode": name, "valueCodes": list(codes)} for name, codes in self.chosen]

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas that it asks for, none where the table has no region."""
        return self.codes(self.region) if self.region else ()

    def codes(self, name: str) -> tuple[str, ...]:
        """Return what it asks for of one side."""
        return dict(self.chosen)[name]

    def halves(self) -> Iterator[Question]:
        """Yield two questions that ask for the same together, none where it cannot be cut."""
        for name in (self.region, self.time):
            codes = self.codes(name) if name else ()
            if len(codes) > 1:
                middle = len(codes) // 2
                for part in (codes[:middle], codes[middle:]):
                    yield replace(self, chosen=tuple((one, part if one == name else had) for one, had in self.chosen))
                return


def questions(wording: Indicator, table: Dataset) -> list[Question]:
    """Return what is to be asked of a table: one question, or two where everybody and each sex stand apart.

    Raises CollectError ``scb_variable``, ``scb_code``, ``scb_choose`` or ``figures_no_areas``.
    """
    time = _time(wording, table)
    region, areas = _region(wording, table)
    chosen = _chosen(wording, table, {time.id, region.id if region else ""})
    sex = next((each for each in table.dimensions if _is_sex(each) and each.id not in chosen), None)
    fixed = {time.id: time.codes} | ({region.id: areas} if region else {}) | chosen
    for each in table.dimensions:
        if each.id in fixed or each is sex or (each.optional and len(each.codes) > 1):
            continue
        if len(each.codes) != 1:
            raise _choose(wording, each)
        fixed[each.id] = each.codes
    whole = Question(
        chosen=_in_order(table, fixed),
        time=time.id,
        region=region.id if region else "",
        area="" if region else (wording.areas or ("00",))[0],
    )
    return [whole] if sex is None else _by_sex(wording, table, sex, whole)


def _by_sex(wording: Indicator, table: Dataset, sex: Dimension, whole: Question) -> list[Question]:
    """Return the question, or questions, that give everybody, and each sex where that is wanted."""
    means = {code: found for code in sex.codes if (found := _sex_of(sex, code)) is not None}
    total = [code for code in means if means[code] is Sex.TOTAL][:1]
    apart = [code for code in means if means[code] is not Sex.TOTAL] if wording.by_sex else []

    def of(codes: list[str]) -> Question:
        chosen = _in_order(table, dict(whole.chosen) | {sex.id: tuple(codes)})
        return replace(whole, chosen=chosen, sex=sex.id, sexes={code: means[code] for code in codes})

    if total:
        return [of([*total, *apart])]
    if not sex.optional and not apart:
        raise _choose(wording, sex)
    summed = [whole] if sex.optional else []
    return summed + ([of(apart)] if apart else [])


def _time(wording: Indicator, table: Dataset) -> Dimension:
    found = table.dimension(wording.time) or (table.dimension(table.time) if table.time else None)
    if found is None:
        raise _unknown(wording, wording.time, table)
    return found


def _region(wording: Indicator, table: Dataset) -> tuple[Dimension | None, tuple[str, ...]]:
    """Return the side of the areas, None for a table of one area only, and the wanted areas."""
    found = table.dimension(wording.region) or (table.dimension(table.geo) if table.geo else None)
    if found is None:
        if len(wording.areas) > 1:
            raise _unknown(wording, wording.region, table)
        return None, ()
    if not wording.areas:
        raise CollectError("figures_no_areas", permanent=True, code=wording.code)
    for area in wording.areas:
        if area not in found.codes:
            raise CollectError("scb_code", permanent=True, table=wording.table, variable=found.id, code=area)
    return found, tuple(dict.fromkeys(wording.areas))


def _chosen(wording: Indicator, table: Dataset, taken: set[str]) -> dict[str, tuple[str, ...]]:
    """Return what the wording chooses, each a single value that the table has."""
    found = {}
    for name, codes in wording.selection:
        side = table.dimension(name)
        if side is None or side.id in taken:
            raise _unknown(wording, name, table)
        for code in codes:
            if code not in side.codes:
                raise CollectError(
                    "scb_code", permanent=True, table=wording.table, variable=side.id, code=tidy.line(code, 80)
                )
        if len(codes) != 1:
            raise _choose(wording, side)
        found[side.id] = tuple(codes)
    return found


def _in_order(table: Dataset, chosen: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((each.id, chosen[each.id]) for each in table.dimensions if each.id in chosen)


def _is_sex(side: Dimension) -> bool:
    return side.id.casefold() in _SEX_NAMES or side.label.casefold() in _SEX_NAMES


def _sex_of(side: Dimension, code: str) -> Sex | None:
    """Return whom a code means: by its label where that says so, else by the code that is usual."""
    return _SEX_LABELS.get(side.labels.get(code, "").casefold()) or _SEX_CODES.get(code.casefold())


def _unknown(wording: Indicator, name: str, table: Dataset) -> CollectError:
    known = ", ".join(each.id for each in table.dimensions)
    return CollectError("scb_variable", permanent=True, table=wording.table, variable=name, known=known[:300])


def _choose(wording: Indicator, side: Dimension) -> CollectError:
    some = ", ".join(f"{code} ({side.labels.get(code, '')})" for code in side.codes[:8])
    return CollectError(
        "scb_choose", permanent=True, table=wording.table, variable=side.id, count=len(side.codes), some=some[:300]
    )
