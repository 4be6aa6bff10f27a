"""Small charts of figures over time. Pure: values in, paths and places out; the words are the template's.

A value is a dot, and a line goes from one to the next; where a period in between has none the line stops, and a thin
bridge leads over to the next value: nothing is drawn as known that is not, and no value stands alone. The baseline is
ringed, the target a short rule at its year, a forecast a dotted line in a band of its uncertainty. The axis begins at
zero where the values let it, and says so where it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from campaign.figures import Measurement, Target
from web.axes import DOT, Frame, Tick, frame_of, rhythm_of, when

WIDTH, HEIGHT = 360, 210
#: Space on the right for the words at the ends of lines.
_ENDS, _END_LETTER = 12.0, 7.6
#: Words at the ends of lines stand at least this far from each other.
_LINE_APART = 15.0


class LineKind(StrEnum):
    """Whose values a line has; each looks different without its colour too."""

    MAIN = "main"
    WOMEN = "women"
    MEN = "men"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value of a period ("2025", "2025K3", "2025M06"). ``value`` None: nobody knows it, which is not zero."""

    period: str
    value: float | None
    preliminary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Values to be drawn as one line, oldest first; ``name`` stands at its end."""

    kind: LineKind = LineKind.MAIN
    points: Sequence[Point] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a forecast says of one year, and between which values it is likely to be."""

    year: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A value at its place. ``shape`` is a path round it."""

    x: float
    y: float
    shape: str
    period: str
    value: float
    preliminary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The word at the end of a line."""

    x: float
    y: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One line as drawn: a path in as many parts as the values leave, bridges between, dots, a word at its end."""

    kind: LineKind
    path: str
    bridge: str
    dots: tuple[Dot, ...]
    end: End | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A short horizontal line round a place: the target."""

    x: float
    y: float
    x1: float
    x2: float
    value: float
    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything a page draws.

    ``scale`` divides the words at the axis: 0, or 3, 6, 9 for thousands, millions, milliards. ``decimals`` is how many
    they need. ``cut``: the axis does not begin at zero, ``cut_path`` is its sign. ``zero`` is the height of zero where
    values lie on both sides of it.
    """

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    lines: tuple[Drawn, ...]
    ups: tuple[Tick, ...]
    years: tuple[Tick, ...]
    scale: int
    decimals: int
    cut: bool
    cut_path: str
    zero: float | None
    baseline: Dot | None
    target: Rule | None
    outlook: str
    band: str

    @property
    def is_empty(self) -> bool:
        """Whether there is no value to draw."""
        return not any(line.dots for line in self.lines)


def line_chart(
    points: Sequence[Point],
    *,
    name: str = "",
    women: Sequence[Point] = (),
    men: Sequence[Point] = (),
    others: Sequence[Line] = (),
    names: tuple[str, str] = ("", ""),
    target: Target | None = None,
    baseline: int = 0,
    forecast: Sequence[Outlook] = (),
    width: float = WIDTH,
    height: float = HEIGHT,
) -> Chart:
    """Draw values over time, oldest first.

    ``names`` are the words at the ends of the lines of women and of men, ``name`` the one of ``points``, "" for none.
    ``baseline`` is the year that later ones are set against, 0 for the first that has a value.
    """
    lines = [
        *others,
        Line(kind=LineKind.WOMEN, points=women, name=names[0]),
        Line(kind=LineKind.MEN, points=men, name=names[1]),
        Line(points=points, name=name),
    ]
    lines = [line for line in lines if any(point.value is not None for point in line.points)]
    heights = [point.value for line in lines for point in line.points if point.value is not None]
    if target is not None:
        heights.append(target.value)
    heights += [value for each in forecast for value in (each.low, each.high)]
    frame = frame_of(
        [point.period for line in lines for point in line.points],
        heights,
        ahead=[each.year for each in forecast] + ([target.year] if target is not None else []),
        size=(width, height),
        beside=_ENDS + max((len(line.name) for line in lines), default=0) * _END_LETTER,
    )
    drawn = _apart([_beside(_line(line, frame), forecast) for line in lines], frame)
    return Chart(
        width=width,
        height=height,
        left=frame.left,
        right=frame.right,
        top=frame.top,
        bottom=frame.bottom,
        lines=tuple(drawn),
        ups=frame.ups,
        years=frame.years,
        scale=frame.scale,
        decimals=frame.decimals,
        cut=frame.cut,
        cut_path=_cut(frame) if frame.cut else "",
        zero=round(frame.y(0.0), 1) if frame.low < 0 < frame.high else None,
        baseline=_baseline(drawn, baseline),
        target=_rule(target, frame) if target is not None and lines else None,
        outlook=_outlook(points, forecast, frame),
        band=_band(points, forecast, frame),
    )


def points_of(measurements: Sequence[Measurement]) -> list[Point]:
    """Return values as they are drawn, oldest first; what its source took away is not there."""
    found = [
        Point(period=each.period, value=each.value, preliminary=each.preliminary)
        for each in measurements
        if not each.deleted
    ]
    return sorted(found, key=lambda point: when(point.period))


def _line(line: Line, frame: Frame) -> Drawn:
    known = [(when(point.period), point) for point in line.points if point.value is not None]
    rhythm = rhythm_of([point.period for point in line.points])
    parts: list[str] = []
    bridges: list[str] = []
    dots: list[Dot] = []
    before: float | None = None
    for at, point in known:
        assert point.value is not None
        x, y = round(frame.x(at), 1), round(frame.y(point.value), 1)
        # A missing period in between is a gap in the line.
        joined = before is not None and at - before < rhythm * 1.5
        parts.append(f"{'L' if joined else 'M'}{x} {y}")
        if dots and not joined:
            bridges.append(f"M{dots[-1].x} {dots[-1].y}L{x} {y}")
        before = at
        shape = _shape(line.kind, x, y)
        dots.append(Dot(x=x, y=y, shape=shape, period=point.period, value=point.value, preliminary=point.preliminary))
    end = End(x=round(dots[-1].x + DOT + 4, 1), y=dots[-1].y, name=line.name) if dots and line.name else None
    return Drawn(kind=line.kind, path="".join(parts), bridge="".join(bridges), dots=tuple(dots), end=end)


def _beside(line: Drawn, forecast: Sequence[Outlook]) -> Drawn:
    """Return a line with its word out of the way of the forecast that goes on from it."""
    if line.end is None or line.kind is not LineKind.MAIN or not forecast:
        return line
    rises = forecast[-1].value >= line.dots[-1].value
    end = End(x=line.end.x, y=line.end.y + (_LINE_APART if rises else -_LINE_APART), name=line.end.name)
    return replace(line, end=end)


def _shape(kind: LineKind, x: float, y: float) -> str:
    """Return the path of a dot: a circle, for women a larger one, for men a square, for others a short stroke."""
    if kind is LineKind.MEN:
        half = DOT
        return f"M{x - half:.1f} {y - half:.1f}h{2 * half:.1f}v{2 * half:.1f}h{-2 * half:.1f}Z"
    radius = {LineKind.OTHER: 1.6, LineKind.WOMEN: DOT + 0.6}.get(kind, DOT)
    arc = f"a{radius:.1f} {radius:.1f} 0 1 0"
    return f"M{x - radius:.1f} {y:.1f}{arc} {2 * radius:.1f} 0{arc} {-2 * radius:.1f} 0Z"


def _apart(lines: Sequence[Drawn], frame: Frame) -> list[Drawn]:
    """Return the lines with the words at their ends moved until none stands on another."""
    ends = sorted((line.end.y, number) for number, line in enumerate(lines) if line.end is not None)
    places = {number: y for y, number in ends}
    order = [number for _, number in ends]
    for above, below in pairwise(order):
        places[below] = max(places[below], places[above] + _LINE_APART)
    over = max((places[number] for number in order), default=0.0) - frame.bottom
    if over > 0:
        limit = frame.bottom
        for number in reversed(order):
            places[number] = min(places[number], limit)
            limit = places[number] - _LINE_APART
    return [
        replace(line, end=End(x=line.end.x, y=round(places[number], 1), name=line.end.name) if line.end else None)
        for number, line in enumerate(lines)
    ]


def _baseline(lines: Sequence[Drawn], year: int) -> Dot | None:
    """Return the dot that later ones are set against, None where its year has no value or nothing is later."""
    main = next((line for line in lines if line.kind is LineKind.MAIN), None)
    if main is None or len(main.dots) < 2:
        return None
    found = next((dot for dot in main.dots if not year or dot.period[:4] == str(year)), None)
    return found if found is not main.dots[-1] else None


def _rule(target: Target, frame: Frame) -> Rule:
    x, y = frame.x(target.year + 1 - frame.step), round(frame.y(target.value), 1)
    return Rule(x=round(x, 1), y=y, x1=round(x - 9, 1), x2=round(x + 9, 1), value=target.value, year=target.year)


def _outlook(points: Sequence[Point], forecast: Sequence[Outlook], frame: Frame) -> str:
    start = _from(points, forecast, frame)
    steps = [f"{x} {y}" for x, y in ([start] if start else []) + [_at(each, each.value, frame) for each in forecast]]
    return "M" + "L".join(steps) if len(steps) > 1 else ""


def _band(points: Sequence[Point], forecast: Sequence[Outlook], frame: Frame) -> str:
    start = _from(points, forecast, frame)
    high = [_at(each, each.high, frame) for each in forecast]
    low = [_at(each, each.low, frame) for each in reversed(forecast)]
    edge = [*([start] if start else []), *high, *low]
    return "M" + "L".join(f"{x} {y}" for x, y in edge) + "Z" if len(edge) > 2 else ""


def _from(points: Sequence[Point], forecast: Sequence[Outlook], frame: Frame) -> tuple[float, float] | None:
    """Return the place of the last value, from which a forecast goes on; None where it begins earlier."""
    known = [point for point in points if point.value is not None]
    if not known or not forecast or when(known[-1].period) >= forecast[0].year + 1 - frame.step:
        return None
    last = known[-1]
    return round(frame.x(when(last.period)), 1), round(frame.y(last.value or 0.0), 1)


def _at(each: Outlook, value: float, frame: Frame) -> tuple[float, float]:
    return round(frame.x(each.year + 1 - frame.step), 1), round(frame.y(value), 1)


def _cut(frame: Frame) -> str:
    """Return the sign that an axis does not begin at zero: two short strokes across its foot."""
    x, y = frame.left - DOT, frame.bottom
    return f"M{x - 5:.1f} {y - 3:.1f}l10 -4M{x - 5:.1f} {y - 8:.1f}l10 -4"
