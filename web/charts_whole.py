"""The charts of the whole over time: columns, strips, bars and tracks. Pure: rows in, shapes and words out.

What could not be heard is left open in all of them: the ground that stories stand on is broken there, and pale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from web.marks import LETTER, Drawing, Shape, Word, box, joined, line, runs, steps, wrapped
from web.whole import Row, Time

WIDE, NARROW = 880.0, 360.0
#: The size of words in both; on a narrow page they are drawn larger than they are.
SIZE = 14.0
_LEAST = 1.6
_YEAR_ROOM, _MONTH_ROOM = 40.0, 34.0
_FOOT = 26.0

Numbers = Callable[[float], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a drawing says beside names: numbers, the short names of months, and sentences of its own."""

    number: Numbers
    months: Sequence[str]
    tip: Callable[[Row, Time, int], str]
    quiet: Callable[[int | None], str] = lambda _: ""
    open: str = ""
    none: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """Where times stand: each in a slot of one width."""

    left: float
    right: float
    count: int

    @property
    def slot(self) -> float:
        return (self.right - self.left) / max(1, self.count)

    @property
    def bar(self) -> float:
        return self.slot - min(2.0, self.slot * 0.22)

    def x(self, at: float) -> float:
        return self.left + at * self.slot


def columns(rows: Sequence[Row], known: Sequence[Time], words: Words, *, wide: bool) -> Drawing:
    """Draw stories by time as columns, the rows upon each other in their order from below."""
    width, height = (WIDE, 330.0) if wide else (NARROW, 250.0)
    totals = [sum(row.counts[at] for row in rows) for at in range(len(known))]
    ups = steps(max(totals, default=0))
    left = 6.0 + max(len(words.number(each)) for each in ups) * SIZE * 0.6
    axis, top, base = _Axis(left=left, right=width - 2, count=len(known)), 14.0, height - _FOOT
    each = (base - top) / ups[-1]
    shapes = [Shape(role="grid", path=line(left, base - up * each, axis.right, base - up * each)) for up in ups[1:]]
    shapes += _open([not totals[at] and when.open for at, when in enumerate(known)], axis, top, base)
    shapes += _ground([not totals[at] and when.open for at, when in enumerate(known)], axis, base)
    foot = [base] * len(known)
    for row in rows:
        for at, count in enumerate(row.counts):
            if count:
                foot[at] -= count * each
                shapes.append(_bar(axis, at, foot[at], count * each, row))
    marks = [Word(role="axis", x=left - 6, y=base - up * each + 5, text=words.number(up), anchor="end") for up in ups]
    lines, below = _foot(known, axis, base, words)
    return Drawing(width=width, height=height, shapes=joined([*shapes, *lines]), words=(*marks, *below))


def strips(rows: Sequence[Row], known: Sequence[Time], words: Words, *, wide: bool) -> Drawing:
    """Draw each row as a strip of columns of its own, all to one scale, with its name before and its number after."""
    width = WIDE if wide else NARROW
    tall, left = (40.0, _before([row.name for row in rows], 190.0)) if wide else (56.0, 0.0)
    axis = _Axis(left=left, right=width - (58 if wide else 0), count=len(known))
    most = max((count for row in rows for count in row.counts), default=0) or 1
    room = tall - 9 if wide else tall - 28
    shapes: list[Shape] = []
    marks: list[Word] = []
    for number, row in enumerate(rows):
        base = (number + 1) * tall
        gaps = [row.is_gap(at) for at in range(len(known))]
        shapes += [*_open(gaps, axis, base - room, base), *_ground(gaps, axis, base)]
        for at, count in enumerate(row.counts):
            if count:
                high = max(_LEAST, count / most * room)
                shapes.append(_bar(axis, at, base - high, high, row))
        marks += _names(row, base, tall, width, wide=wide, left=left)
        marks.append(_number(row, base - 3 if wide else base - tall + 18, width, words))
    height = len(rows) * tall + _FOOT
    lines, below = _foot(known, axis, height - _FOOT, words)
    return Drawing(width=width, height=height, shapes=joined([*shapes, *lines]), words=(*marks, *below))


def bars(rows: Sequence[Row], words: Words, *, wide: bool) -> Drawing:
    """Draw the number of each row as a bar; rows of one group stand under its name. A row without any has a ring."""
    width = WIDE if wide else NARROW
    left = _before([_titled(row) for row in rows], 400.0) if wide else 0.0
    room = width - left - 60
    most = max((row.total for row in rows), default=0) or 1
    shapes: list[Shape] = []
    marks: list[Word] = []
    y, group = 0.0, ""
    for row in rows:
        if row.group and row.group != group:
            group = row.group
            y += 36.0 if y else 20.0
            marks.append(Word(role="group", x=0, y=y, text=_one(group, width, 15.0), own=True))
            shapes.append(Shape(role="rule", path=line(0, y + 8, width, y + 8)))
            y += 10.0
        names = wrapped(_titled(row), (left - 20) if wide else width - 4, SIZE)
        middle = y + (18.0 if wide else 18.0 * len(names) + 18)
        marks += _lines(names, 0, y + 22.0)
        shapes.append(_measure(row, left, middle, room, most))
        marks.append(_count(row, left, middle, words, long=row.total / most * room))
        y += (18.0 * len(names) + 12.0) if wide else 18.0 * len(names) + 30.0
    return Drawing(width=width, height=y + 6, shapes=joined(shapes), words=tuple(marks))


def tracks(
    rows: Sequence[Row], known: Sequence[Time], words: Words, weeks: Sequence[int | None], *, wide: bool
) -> Drawing:
    """Draw each row as a track on which every time with stories is a mark; what is quiet since is a dotted line.

    ``weeks`` are the whole weeks that each row has been quiet, None for one that was never told of.
    """
    width = WIDE if wide else NARROW
    left = _before([_titled(row) for row in rows], 330.0) if wide else 0.0
    axis = _Axis(left=left, right=width - (96 if wide else 0), count=len(known))
    shapes: list[Shape] = []
    marks: list[Word] = []
    y = 0.0
    for row, quiet in zip(rows, weeks, strict=True):
        names = wrapped(_titled(row), left - 24 if wide else width - 100, SIZE)
        middle = y + (22.0 if wide else 18.0 * len(names) + 16)
        shapes += _track(row, known, axis, middle, words)
        marks += _lines(names, 0, middle + 5 - 9 * (len(names) - 1) if wide else y + 18.0)
        says = words.quiet(quiet)
        marks.append(Word(role="value", x=width, y=middle + 5 if wide else y + 18.0, text=says, anchor="end"))
        y += 44.0 if wide else 18.0 * len(names) + 32
    height = y + _FOOT + 4
    lines, below = _foot(known, axis, height - _FOOT, words)
    return Drawing(width=width, height=height, shapes=joined([*shapes, *lines]), words=(*marks, *below))


def _track(row: Row, known: Sequence[Time], axis: _Axis, middle: float, words: Words) -> list[Shape]:
    last = row.last
    heard = [at for at in range(len(known)) if not row.is_gap(at)]
    until = -1 if last is None else last
    found = [
        Shape(role="ground", path=line(axis.x(a), middle, axis.x(b), middle))
        for a, b in runs([at in set(heard) and at <= until for at in range(len(known))])
    ]
    found += [
        Shape(role="silent", path=line(axis.x(a), middle, axis.x(b), middle))
        for a, b in runs([at in set(heard) and at > until for at in range(len(known))])
    ]
    found += _open([row.is_gap(at) for at in range(len(known))], axis, middle - 8, middle + 8)
    for at, count in enumerate(row.counts):
        if count:
            path = box(axis.x(at), middle - 8, max(axis.bar, 1.2), 16)
            found.append(Shape(role="bar", path=path, colour=row.colour, tip=words.tip(row, known[at], count)))
    return found


def _bar(axis: _Axis, at: int, y: float, high: float, row: Row) -> Shape:
    role = "bar" if row.key else "bar-none"
    return Shape(role=role, path=box(axis.x(at), y, max(axis.bar, 0.6), high), colour=row.colour)


def _open(gaps: Sequence[bool], axis: _Axis, top: float, base: float) -> list[Shape]:
    """Return a pale field for every run of times that could not be heard."""
    return [Shape(role="open", path=box(axis.x(a), top, (b - a) * axis.slot - 0.5, base - top)) for a, b in runs(gaps)]


def _ground(gaps: Sequence[bool], axis: _Axis, base: float) -> list[Shape]:
    solid = runs([not gap for gap in gaps])
    return [Shape(role="ground", path=line(axis.x(a), base, axis.x(b), base)) for a, b in solid]


def _foot(known: Sequence[Time], axis: _Axis, base: float, words: Words) -> tuple[list[Shape], list[Word]]:
    """Return the ticks of years, and of months where there is room, with their words."""
    years: list[tuple[int, int]] = []
    months: list[tuple[int, int]] = []
    for at, each in enumerate(known):
        year = int(each.key[:4])
        if not years or years[-1][1] != year:
            years.append((at, year))
        month = each.first.month
        if each.is_week and (at == 0 or known[at - 1].first.month != month) and at != years[-1][0]:
            months.append((at, month))
    shapes = [Shape(role="tick", path=line(axis.x(at), base, axis.x(at), base + 6)) for at, _ in years]
    marks = _spaced([(at, str(year)) for at, year in years], axis, base, _YEAR_ROOM, role="axis")
    if months and axis.slot * 4.3 >= _MONTH_ROOM / 3:
        taken = [mark.x for mark in marks]
        for at, month in months:
            x = axis.x(at)
            if month in (1, 4, 7, 10) and all(abs(x - each) > _YEAR_ROOM + 4 for each in taken) and x < axis.right - 24:
                marks.append(Word(role="month", x=round(x, 1), y=base + 20, text=words.months[month - 1]))
                shapes.append(Shape(role="tick", path=line(x, base, x, base + 4)))
                taken.append(x)
    return shapes, marks


def _spaced(found: Sequence[tuple[int, str]], axis: _Axis, base: float, room: float, *, role: str) -> list[Word]:
    """Return as many words as have room beside each other, the newest always."""
    marks: list[Word] = []
    right = axis.right + 20
    for at, text in reversed(found):
        x = min(axis.x(at), axis.right - len(text) * SIZE * 0.6)
        if x + room <= right:
            marks.append(Word(role=role, x=round(x, 1), y=base + 20, text=text))
            right = x
    return marks


def _names(row: Row, base: float, tall: float, width: float, *, wide: bool, left: float) -> list[Word]:
    room = left - 16 if wide else width - 70
    names = wrapped(row.name, room, SIZE, most=1)
    return _lines(names, 0, base - 3 if wide else base - tall + 18.0, own=row.own)


def _lines(names: Sequence[str], x: float, y: float, *, own: bool = True) -> list[Word]:
    return [Word(role="name", x=x, y=round(y + 18 * at, 1), text=each, own=own) for at, each in enumerate(names)]


def _number(row: Row, y: float, width: float, words: Words) -> Word:
    return Word(role="value", x=width, y=round(y, 1), text=words.number(row.total), anchor="end")


def _titled(row: Row) -> str:
    return f"{row.code} {row.name}" if row.code else row.name


def _before(names: Sequence[str], most: float) -> float:
    """Return the room that names need before what is drawn beside them, at most so much."""
    return min(most, max((len(name) for name in names), default=0) * SIZE * LETTER + 24)


def _one(text: str, room: float, size: float) -> str:
    return next(iter(wrapped(text, room, size, most=1)), "")


def _measure(row: Row, left: float, middle: float, room: float, most: int) -> Shape:
    if not row.total:
        return Shape(role="hollow", path=f"M{left + 0.8:.1f} {middle:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z")
    long = max(2.0, row.total / most * room)
    return Shape(role="bar", path=box(left, middle - 7, long, 14), colour=row.colour)


def _count(row: Row, left: float, middle: float, words: Words, *, long: float) -> Word:
    if not row.total:
        return Word(role="none", x=left + 16, y=middle + 5, text=words.none)
    return Word(role="value", x=round(left + max(2.0, long) + 8, 1), y=middle + 5, text=words.number(row.total))
