"""What every chart of the whole is drawn with: shapes and words at places, on a page and in a file alike. Pure.

A drawing knows roles and the colours of focus areas, never the colours of a screen: the page's style sheet colours it
there (``web/static/skord.css``), ``web.alone`` in a file that stands by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

#: How wide a letter is on average, of the size of its words.
LETTER = 0.54


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A path. ``role`` says what it means and so how it looks; ``colour`` is a focus area's ("#2f6b3c"), "" for none.

    ``width`` is that of its stroke, 0 for the role's own; ``tip`` is what it tells when it is pointed at.
    """

    role: str
    path: str
    colour: str = ""
    width: float = 0.0
    tip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Words at a place. ``anchor`` is "start", "middle" or "end"; ``size`` 0 is the role's own."""

    role: str
    x: float
    y: float
    text: str
    anchor: str = "start"
    size: float = 0.0
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A whole chart. Shapes are drawn in their order, words over them."""

    width: float
    height: float
    shapes: tuple[Shape, ...] = ()
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """What a colour or a sign means: ``role`` and ``colour`` as they are drawn."""

    role: str
    colour: str
    words: str
    own: bool = False


def box(x: float, y: float, width: float, height: float) -> str:
    """Return the path of a rectangle."""
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}Z"


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    """Return the path of a straight line."""
    return f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"


def joined(shapes: Iterable[Shape]) -> tuple[Shape, ...]:
    """Return shapes with those that look alike and tell nothing made one, in the order of the first of each."""
    paths: dict[tuple[str, str, float], list[str]] = {}
    told: list[Shape] = []
    for shape in shapes:
        if shape.tip:
            told.append(shape)
        else:
            paths.setdefault((shape.role, shape.colour, shape.width), []).append(shape.path)
    one = (
        Shape(role=role, colour=colour, width=width, path="".join(found))
        for (role, colour, width), found in paths.items()
    )
    return (*one, *told)


def runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the first and the end of every run of true ones."""
    found, at = [], 0
    for value, group in groupby(flags):
        length = len(list(group))
        if value:
            found.append((at, at + length))
        at += length
    return found


def steps(most: int) -> list[int]:
    """Return the few whole numbers at an axis that reaches so far: from 0 to the first that is not below."""
    if most <= 0:
        return [0, 1]
    rough = max(1.0, most / 3)
    power = 10 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough * (1 - 1e-9))
    return list(range(0, math.ceil(most / step) * step + 1, step))


def wrapped(text: str, room: float, size: float, *, most: int = 2) -> list[str]:
    """Return words in at most so many lines of a width; what does not fit ends with a mark."""
    letters = max(6, int(room / (size * LETTER)))
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < most:
        own = rest.pop(0)
        while rest and len(own) + 1 + len(rest[0]) <= letters:
            own += " " + rest.pop(0)
        lines.append(own)
    if lines and (rest or any(len(each) > letters for each in lines)):
        last = " ".join([lines[-1], *rest])
        lines[-1] = last if len(last) <= letters else last[: letters - 1].rstrip(" ,.-–") + "…"
        lines = [each if len(each) <= letters else each[: letters - 1] + "…" for each in lines]
    return lines
