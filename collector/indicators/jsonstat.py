"""JSON-stat 2, the form in which tables come: a cube of values in row-major order, and what its sides are called.

Values and their marks may stand as lists or as objects by position, one mark for all as a bare string; a side's codes
as an object of positions, a list, or, where there is but one, only as its label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from collector import tidy
from collector.indicators.answers import malformed, value_of

#: Cells of one answer that are read; a source's own limit is far below.
_MOST_CELLS = 2_000_000

#: Marks of a value that is not there, where they stand in the value's own place.
_MARK = re.compile(r"[.:\-–…]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One side of a table. ``codes`` in their order, ``labels`` by code; ``optional``: left out, it is summed up."""

    id: str
    label: str
    codes: tuple[str, ...]
    labels: Mapping[str, str]
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A table, or what there is to say of one. ``values`` and ``marks`` are as they came."""

    title: str
    updated: str
    dimensions: tuple[Dimension, ...]
    time: str
    geo: str
    discontinued: bool
    values: Any
    marks: Any
    host: str

    def dimension(self, name: str) -> Dimension | None:
        """Return the side of a name, in any case of its letters; None where there is none."""
        return next((each for each in self.dimensions if each.id.casefold() == name.casefold()), None)

    def cells(self) -> Iterator[tuple[dict[str, str], float | None, str]]:
        """Yield the codes of each cell by side, its value (None: there is none) and its mark.

        Raises CollectError ``figures_malformed`` where there are more or fewer values than cells.
        """
        count = prod(len(each.codes) for each in self.dimensions)
        values, marks = self._in_order(self.values, count, "value"), self._in_order(self.marks, count, "status")
        names = [each.id for each in self.dimensions]
        for place, codes in enumerate(product(*(each.codes for each in self.dimensions))):
            given, mark = values.get(place), tidy.line(marks.get(place), 40)
            if isinstance(given, str) and _MARK.fullmatch(given.strip()):
                mark, given = mark or given.strip(), None
            yield dict(zip(names, codes, strict=True)), value_of(given, self.host), mark

    def _in_order(self, given: Any, count: int, part: str) -> dict[int, Any]:
        if given is None and part == "status":
            return {}
        if isinstance(given, str) and part == "status":
            return dict.fromkeys(range(count), given)
        if isinstance(given, list):
            if len(given) != count:
                malformed(self.host, part, f"{len(given)} ≠ {count}")
            return dict(enumerate(given))
        if not isinstance(given, dict):
            malformed(self.host, part, given)
        found = {int(place): value for place, value in given.items() if place.isdecimal() and len(place) < 12}
        if len(found) != len(given) or any(place >= count for place in found):
            malformed(self.host, part, next(iter(given)))
        return found


def read_metadata(given: Mapping[str, Any], host: str) -> Dataset:
    """Return what there is to say of a table, whose sizes nobody needs to trust. Raises as ``read_dataset``."""
    names = tidy.items(given.get("id"))
    sides = tidy.mapping(given.get("dimension"))
    sizes = [len(_dimension(name, tidy.mapping(sides.get(str(name))), host).codes) for name in names]
    return _dataset({**given, "size": sizes}, host)


def read_dataset(given: Mapping[str, Any], host: str) -> Dataset:
    """Return a table with its values from its JSON. Raises CollectError ``figures_malformed``."""
    found = _dataset(given, host)
    count = prod(len(each.codes) for each in found.dimensions)
    if count > _MOST_CELLS:
        malformed(host, "size", count)
    return found


def _dataset(given: Mapping[str, Any], host: str) -> Dataset:
    names, sizes = given.get("id"), given.get("size")
    if not isinstance(names, list) or not isinstance(sizes, list) or len(names) != len(sizes) or not names:
        malformed(host, "id", names)
    sides = tidy.mapping(given.get("dimension"))
    dimensions = tuple(_dimension(name, tidy.mapping(sides.get(str(name))), host) for name in names)
    if [len(each.codes) for each in dimensions] != sizes:
        malformed(host, "size", sizes)
    role, more = tidy.mapping(given.get("role")), tidy.mapping(given.get("extension"))
    return Dataset(
        title=tidy.line(given.get("label"), 300),
        updated=tidy.line(given.get("updated"), 40),
        dimensions=dimensions,
        time=_first(role.get("time")),
        geo=_first(role.get("geo")),
        discontinued=more.get("discontinued") is True,
        values=given.get("value"),
        marks=given.get("status"),
        host=host,
    )


def _dimension(name: object, given: Mapping[str, Any], host: str) -> Dimension:
    category = tidy.mapping(given.get("category"))
    labels = {code: tidy.line(label, 300) for code, label in tidy.mapping(category.get("label")).items()}
    index = category.get("index")
    if isinstance(index, dict):
        if not all(type(place) is int for place in index.values()):
            malformed(host, "index", name)
        codes = sorted(index, key=index.__getitem__)
        if [index[code] for code in codes] != list(range(len(codes))):
            malformed(host, "index", name)
    elif isinstance(index, list):
        codes = [str(code) for code in index]
    else:
        codes = list(labels)
        if len(codes) != 1:
            malformed(host, "index", name)
    if len(set(codes)) != len(codes):
        malformed(host, "index", name)
    optional = tidy.mapping(given.get("extension")).get("elimination") is True
    label = tidy.line(given.get("label"), 300)
    return Dimension(id=str(name), label=label, codes=tuple(codes), labels=labels, optional=optional)


def _first(names: object) -> str:
    found = tidy.items(names)
    return str(found[0]) if found else ""
