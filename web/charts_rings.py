"""The growth rings as a drawing like the other charts of the whole. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from web.marks import Drawing, Shape, Word
from web.rings import Rings


def ring_drawing(rings: Rings, colours: Mapping[int, str], *, months: Sequence[str], total: str, under: str) -> Drawing:
    """Draw the rings. ``colours`` are those of the focus areas by their ids, ``months`` the short names of months."""
    middle = rings.size / 2
    shapes = [Shape(role="disc", path=_circle(middle, middle, rings.outer))]
    shapes += [Shape(role="base", path=base) for base in rings.bases]
    shapes += [Shape(role="ahead", path=_circle(dot.x, dot.y, 1.6)) for dot in rings.ahead]
    shapes += [
        Shape(role="grain", path=each.path, width=each.width, colour=colours.get(each.area or 0, ""))
        for each in rings.grains
    ]
    words = [
        Word(role="month", x=each.x, y=each.y, text=months[each.value - 1], anchor="middle") for each in rings.months
    ]
    words += [Word(role="year", x=middle, y=each.y, text=str(each.value), anchor="middle") for each in rings.years]
    lift = rings.core * 0.2
    words.append(Word(role="core", x=middle, y=middle + lift, text=total, anchor="middle", size=_core(rings, total)))
    if rings.core > 50:
        words.append(Word(role="under", x=middle, y=middle + lift + 30, text=under, anchor="middle"))
    return Drawing(width=rings.size, height=rings.size, shapes=tuple(shapes), words=tuple(words))


def _core(rings: Rings, total: str) -> float:
    """Return the size of the number in the middle: it must stay inside of the innermost ring."""
    room = {76: 230.0, 56: 160.0}.get(rings.core, 130.0)
    return round(min(float(rings.core), room / (max(1, len(total)) * 0.56)), 1)


def _circle(x: float, y: float, radius: float) -> str:
    arc = f"a{radius:.1f} {radius:.1f} 0 1 0"
    return f"M{x - radius:.1f} {y:.1f}{arc} {2 * radius:.1f} 0{arc} {-2 * radius:.1f} 0Z"
