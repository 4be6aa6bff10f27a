"""The outlines of Sweden's municipalities, generalised, for drawing (``data/municipalities.txt``, read when asked for).

They stand in SWEREF 99 TM on a grid of 100 metres, east and north. Neighbours share their lines, so that a line may be
softened or thinned and they still meet. Where they come from is told in docs/places.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate

#: A point: steps of a hundred metres east and north.
Spot = tuple[int, int]

#: So many kilometres is one step.
STEP_KM = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    """``lines`` run from corner to corner. ``rings`` are each municipality's closed outlines by its official code:
    the numbers of lines, counted from 1, negative for one that is followed backwards.
    """

    lines: tuple[tuple[Spot, ...], ...]
    rings: Mapping[str, tuple[tuple[int, ...], ...]]

    def line(self, number: int) -> tuple[Spot, ...]:
        """Return a line in the direction in which a ring follows it."""
        found = self.lines[abs(number) - 1]
        return found if number > 0 else found[::-1]

    def ring(self, numbers: tuple[int, ...]) -> Iterator[Spot]:
        """Return the points of a closed outline, each once."""
        for number in numbers:
            yield from self.line(number)[:-1]


def outlines() -> Outlines:
    """Return every municipality's outlines, read at the first call."""
    return _outlines()


@cache
def _outlines() -> Outlines:
    lines: list[tuple[Spot, ...]] = []
    rings: dict[str, tuple[tuple[int, ...], ...]] = {}
    text = files("campaign").joinpath("data/municipalities.txt").read_text(encoding="utf-8")
    for row in text.splitlines():
        kind, _, rest = row.partition("\t")
        if kind == "a":
            numbers = [int(each) for each in rest.split()]
            lines.append(tuple(zip(accumulate(numbers[::2]), accumulate(numbers[1::2]), strict=True)))
        elif kind == "m":
            code, _, found = rest.partition("\t")
            rings[code] = tuple(tuple(int(each) for each in ring.split()) for ring in found.split(";"))
    return Outlines(lines=tuple(lines), rings=rings)
