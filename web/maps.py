"""A map of municipalities as plain paths. Pure: codes and names in, geometry out; colours and words are the template's.

The map is fitted to the municipalities that are asked for. What lies around them is drawn beneath, so that a coast is
told from a border. A name is written where it fits; the list beside the map has them all.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaign.outlines import STEP_KM, Outlines, outlines

#: The most that a map takes, in units of the drawing, and the space around what it is fitted to.
WIDTH, HEIGHT, MARGIN = 640.0, 660.0, 30.0
#: Points closer than this are drawn as one; far outside the picture much less is needed.
_NEAR, _FAR = 1.1, 18.0
#: The size of a name; on a small screen it is written so much larger, in units of the drawing, where there is room.
LETTER, SMALL_SCREEN = 15.0, 2.0
_LETTER_WIDTH = 0.56
#: So much of a name's width may stand outside its municipality.
_OUTSIDE = 0.4
#: So much of the way to the next point a corner's rounding takes.
_ROUND = 0.32

Place = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One municipality: its closed outlines as a path, and where the middle of its name stands.

    ``room`` is "all" where the name fits on small screens too, "wide" where it fits on larger ones, "" where nowhere.
    """

    code: str
    path: str
    x: float
    y: float
    room: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """The length of some kilometres on the map, as a path and the place of its words."""

    km: int
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """``regions`` stand in the order that was asked for. ``around`` is the land next to them, ``edge`` the edge of them
    all, ``borders`` are the lines between them.
    """

    width: float
    height: float
    regions: tuple[Region, ...]
    around: str
    edge: str
    borders: str
    ruler: Ruler


def draw(names: Mapping[str, str], *, around: bool = True, known: Outlines | None = None) -> Map | None:
    """Return the map of the municipalities whose codes are given, with their names; None where none has an outline.

    A name that is "" is not written. ``around`` False leaves out the land next to them.
    """
    known = known or outlines()
    codes = [code for code in names if code in known.rings]
    if not codes:
        return None
    paper = _Paper(known, codes)
    used = Counter(abs(line) for code in codes for ring in known.rings[code] for line in ring)
    others = (ring for code, rings in known.rings.items() if code not in names for ring in rings if paper.shows(ring))
    return Map(
        width=paper.width,
        height=paper.height,
        regions=_regions(paper, {code: names[code] for code in codes}),
        around="".join(paper.closed(ring) for ring in others) if around else "",
        edge="".join(paper.open(line) for line, times in used.items() if times == 1),
        borders="".join(paper.open(line) for line, times in used.items() if times > 1),
        ruler=_ruler(paper),
    )


class _Paper:
    """Where the points of the country lie on the map. A line is softened the same way for both whom it parts."""

    def __init__(self, known: Outlines, codes: Sequence[str]) -> None:
        self.known = known
        spots = [spot for code in codes for ring in known.rings[code] for spot in known.ring(ring)]
        self._left, self._top = min(x for x, _ in spots), max(y for _, y in spots)
        wide, tall = max(x for x, _ in spots) - self._left, self._top - min(y for _, y in spots)
        self.scale = min((WIDTH - 2 * MARGIN) / max(wide, 1), (HEIGHT - 2 * MARGIN) / max(tall, 1))
        self.width = round(wide * self.scale + 2 * MARGIN, 1)
        self.height = round(tall * self.scale + 2 * MARGIN, 1)
        self._lines: dict[int, list[Place]] = {}

    def shows(self, ring: tuple[int, ...]) -> bool:
        """Return whether anything of an outline can lie in the picture."""
        left, top, right, bottom = _box([place for line in ring for place in self.line(line)])
        return right > 0 and left < self.width and bottom > 0 and top < self.height

    def line(self, number: int) -> list[Place]:
        """Return a line's points on the map, in the direction in which a ring follows it."""
        found = self._lines.get(abs(number))
        if found is None:
            found = self._lines[abs(number)] = self._thinned(
                [
                    (MARGIN + (x - self._left) * self.scale, MARGIN + (self._top - y) * self.scale)
                    for x, y in self.known.line(abs(number))
                ]
            )
        return found if number > 0 else found[::-1]

    def _thinned(self, places: list[Place]) -> list[Place]:
        left, top, right, bottom = _box(places)
        far = _FAR * 2
        inside = right > -far and left < self.width + far and bottom > -far and top < self.height + far
        least = _NEAR if inside else _FAR
        kept = [places[0]]
        for place in places[1:-1]:
            if math.dist(place, kept[-1]) >= least and math.dist(place, places[-1]) >= least:
                kept.append(place)
        closed = places[0] == places[-1]
        # An island keeps the shape of one, however small.
        return [*kept, places[-1]] if not closed or len(kept) > 2 else places

    def closed(self, ring: Iterable[int]) -> str:
        """Return a closed outline as a path."""
        pen = _Pen()
        for number in ring:
            pen.follow(self.line(number))
        return f"{pen.path}z"

    def open(self, number: int) -> str:
        """Return a line as a path."""
        pen = _Pen()
        pen.follow(self.line(number))
        return pen.path


class _Pen:
    """Writes a path in steps from point to point, which takes half as much as the points would."""

    def __init__(self) -> None:
        self.path = ""
        self._at = (0, 0)

    def follow(self, line: Sequence[Place]) -> None:
        """Draw a line with its corners rounded. Its ends stay, and who follows it backwards draws the same."""
        if not self.path:
            self._at = _tenths(line[0])
            self.path = f"M{_number(self._at[0])}{_number(self._at[1], after=True)}"
        for before, corner, after in zip(line, line[1:], line[2:], strict=False):
            self._to("l", _between(corner, before))
            self._to("q", corner, _between(corner, after))
        self._to("l", line[-1])

    def _to(self, step: str, *places: Place) -> None:
        ends = [_tenths(place) for place in places]
        numbers = [number for x, y in ends for number in (x - self._at[0], y - self._at[1])]
        self.path += step + _number(numbers[0]) + "".join(_number(each, after=True) for each in numbers[1:])
        self._at = ends[-1]


def _tenths(place: Place) -> tuple[int, int]:
    return round(place[0] * 10), round(place[1] * 10)


def _number(tenths: int, *, after: bool = False) -> str:
    """Return tenths as a path writes them: "-3.5", ".2", and with a space where another number stands before it."""
    whole, part = divmod(abs(tenths), 10)
    text = (str(whole) if whole or not part else "") + (f".{part}" if part else "")
    return f"-{text}" if tenths < 0 else f" {text}" if after else text


def _between(corner: Place, other: Place) -> Place:
    """Return where a corner's rounding begins on the way to the next point."""
    return corner[0] + (other[0] - corner[0]) * _ROUND, corner[1] + (other[1] - corner[1]) * _ROUND


def _box(places: Iterable[Place]) -> Box:
    own = list(places)
    return min(x for x, _ in own), min(y for _, y in own), max(x for x, _ in own), max(y for _, y in own)


def _regions(paper: _Paper, names: Mapping[str, str]) -> tuple[Region, ...]:
    """Return every municipality; names are placed in the largest first, and never on another's."""
    shapes = {code: _largest(paper, paper.known.rings[code]) for code in names}
    placed: dict[str, tuple[Place, str]] = {}
    taken: dict[str, list[Box]] = {"wide": [], "all": []}
    for code in sorted(names, key=lambda code: -_area(shapes[code])):
        placed[code] = _name_place(paper, shapes[code], names[code], taken)
    return tuple(
        Region(
            code=code,
            path="".join(paper.closed(ring) for ring in paper.known.rings[code]),
            x=round(placed[code][0][0], 1),
            y=round(placed[code][0][1], 1),
            room=placed[code][1],
        )
        for code in names
    )


def _name_place(paper: _Paper, shape: Sequence[Place], name: str, taken: dict[str, list[Box]]) -> tuple[Place, str]:
    """Return where a name stands and on which screens; what it takes is remembered."""
    wide = len(name) * LETTER * _LETTER_WIDTH
    (x, y), room = _roomiest(shape, wide)
    found = ""
    if not name:
        return (x, y), ""
    for screen, size in (("wide", 1.0), ("all", SMALL_SCREEN)):
        box = _name_box(x, y, wide * size, size)
        inside = box[0] > 0 and box[2] < paper.width and box[1] > 0 and box[3] < paper.height
        free = not any(_meet(box, other) for other in taken[screen])
        if not (inside and free and room >= wide * size * (1 - _OUTSIDE)):
            break
        taken[screen].append(box)
        found = screen
    return (x, y), found


def _name_box(x: float, y: float, wide: float, size: float) -> Box:
    """Return what a name with its number beneath takes."""
    tall = LETTER * size
    return x - wide / 2, y - tall, x + wide / 2, y + tall * 1.2


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _roomiest(shape: Sequence[Place], wide: float) -> tuple[Place, float]:
    """Return the place in a shape with most room for words of this width, near its middle, and how much there is."""
    left, top, right, bottom = _box(shape)
    best, best_room, best_worth = ((left + right) / 2, (top + bottom) / 2), 0.0, -math.inf
    steps = 24
    for step in range(1, steps):
        y = top + (bottom - top) * step / steps
        for first, last in _common(_spans(shape, y - LETTER), _spans(shape, y + LETTER)):
            room = last - first
            off = abs(y - (top + bottom) / 2) / max(bottom - top, 1)
            worth = min(room, wide * SMALL_SCREEN) - off * wide
            if worth > best_worth:
                best, best_room, best_worth = ((first + last) / 2, y), room, worth
    return best, best_room


def _spans(shape: Sequence[Place], y: float) -> list[Place]:
    """Return from where to where a level line runs inside a shape."""
    crossed = sorted(
        x1 + (y - y1) / (y2 - y1) * (x2 - x1)
        for (x1, y1), (x2, y2) in zip(shape, [*shape[1:], shape[0]], strict=True)
        if (y1 > y) != (y2 > y)
    )
    return list(zip(crossed[::2], crossed[1::2], strict=True))


def _common(one: Sequence[Place], other: Sequence[Place]) -> list[Place]:
    both = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return [(first, last) for first, last in both if first < last]


def _largest(paper: _Paper, rings: Iterable[tuple[int, ...]]) -> list[Place]:
    """Return the points of the largest of a municipality's outlines."""
    shapes = [[place for line in ring for place in paper.line(line)[:-1]] for ring in rings]
    return max(shapes, key=_area)


def _area(shape: Sequence[Place]) -> float:
    turned = [*shape[1:], shape[0]]
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(shape, turned, strict=True))) / 2


def _ruler(paper: _Paper) -> Ruler:
    """Return a round number of kilometres, about a fifth of the map's width, in the corner at the bottom."""
    kilometre = paper.scale / STEP_KM
    fits = [km for km in (1, 2, 5, 10, 20, 50, 100, 200, 500) if km * kilometre <= paper.width / 4]
    km = fits[-1] if fits else 1
    y = paper.height - 8
    long = round(km * kilometre, 1)
    return Ruler(km=km, path=f"M8 {y - 5:.1f}v5h{long}v-5", x=8 + long + 7, y=y)
