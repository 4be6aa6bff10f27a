"""A drawing as a file that stands by itself: its own colours, title, legend, source and date. Pure.

Everything is said by attributes: a style sheet inside the file would be refused where it is opened from our own site,
and is lost on many programs. The faces are named with others that most machines have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from web.colours import LIGHT, accent, until
from web.marks import Drawing, Legend, Shape, Word, wrapped

SERIF = "Newsreader, Georgia, 'Times New Roman', serif"
SANS = "'Schibsted Grotesk', 'Segoe UI', Helvetica, Arial, sans-serif"
PAPER, PAPER_2, INK, INK_2, LINE, LINE_2 = "#fcfaf6", "#f3f1e9", "#221c17", "#554e47", "#d9d4ca", "#837a71"

_PAD, _TITLE, _UNDER, _KEY, _SOURCE = 44.0, 30.0, 16.0, 14.0, 13.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What stands round a drawing: title, what it is, what its colours mean, and where it comes from."""

    title: str
    about: str
    legend: Sequence[Legend]
    source: Sequence[str]
    says: str
    language: str


def alone(drawing: Drawing, sheet: Sheet, *, own: str, centred: bool = False) -> str:
    """Return an SVG file of a drawing. ``own`` is the campaign's colour, which stands where no focus area's does."""
    width = max(drawing.width, 640.0) + 2 * _PAD
    inner = width - 2 * _PAD
    colours = _Colours(own)
    body: list[str] = []
    y = _PAD
    for words in wrapped(sheet.title, inner, _TITLE * 0.92, most=3):
        y += _TITLE
        body.append(_text(_PAD, y, words, size=_TITLE, face=SERIF, weight=500, fill=INK))
        y += 6
    for words in wrapped(sheet.about, inner, _UNDER, most=2):
        y += _UNDER + 6
        body.append(_text(_PAD, y, words, size=_UNDER, face=SANS, fill=INK_2))
    y += 26
    x = _PAD + (inner - drawing.width) / 2 if centred else _PAD
    inside = [_shape(each, colours) for each in drawing.shapes] + [_word(each) for each in drawing.words]
    # The months of the rings stand outside of their square.
    rim = 14.0 if centred else 0.0
    body.append(f'<g transform="translate({x:.1f} {y + rim:.1f})">{"".join(inside)}</g>')
    y += drawing.height + 2 * rim + 22
    y = _legend(body, sheet.legend, y, inner, colours)
    y += 12
    body.append(f'<path d="M{_PAD} {y:.1f}h{inner:.1f}" stroke="{INK}" stroke-width="1"/>')
    for part in sheet.source:
        for words in wrapped(part, inner, _SOURCE, most=4):
            y += _SOURCE + 7
            body.append(_text(_PAD, y, words, size=_SOURCE, face=SANS, fill=INK_2))
    return _file(width, y + _PAD * 0.7, sheet, body)


def _file(width: float, height: float, sheet: Sheet, body: Sequence[str]) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-labelledby="t d" xml:lang="{sheet.language}">\n'
        f'<title id="t">{_safe(sheet.title)}</title>\n<desc id="d">{_safe(sheet.says)}</desc>\n'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


@dataclass(slots=True)
class _Colours:
    """The colours of shapes on paper."""

    own: str

    def of(self, colour: str, role: str) -> str:
        if colour:
            return until(colour, LIGHT, 3.0)
        return LINE_2 if role == "grain" or role.endswith("-none") else accent(self.own, LIGHT).fill


_Paint = Callable[[Shape, _Colours], str]


def _stroke(colour: str, width: float, dashes: str = "") -> _Paint:
    more = f' stroke-dasharray="{dashes}" stroke-linecap="round"' if dashes else ""
    return lambda _shape, _colours: f'fill="none" stroke="{colour}" stroke-width="{width}"{more}'


def _fill(colour: str) -> _Paint:
    return lambda _shape, _colours: f'fill="{colour}"'


def _grain(shape: Shape, colours: _Colours) -> str:
    return f'fill="none" stroke="{colours.of(shape.colour, shape.role)}" stroke-width="{shape.width}"'


#: How a shape of each role looks on paper.
_PAINTS: dict[str, _Paint] = {
    "bar": lambda shape, colours: f'fill="{colours.of(shape.colour, shape.role)}"',
    "bar-none": lambda shape, colours: f'fill="{colours.of(shape.colour, shape.role)}"',
    "grain": _grain,
    "grid": _stroke(LINE, 1),
    "ground": _stroke(LINE_2, 1.25),
    "silent": _stroke(LINE_2, 1.75, "0.1 5"),
    "tick": _stroke(LINE_2, 1),
    "rule": _stroke(LINE, 1),
    "base": _stroke(LINE_2, 1),
    "hollow": _stroke(LINE_2, 1.5),
    "open": _fill("#ece8dd"),
    "disc": _fill(PAPER_2),
    "ahead": _fill(LINE),
}


def _shape(shape: Shape, colours: _Colours) -> str:
    tip = f"<title>{_safe(shape.tip)}</title>" if shape.tip else ""
    return f'<path d="{shape.path}" {_PAINTS[shape.role](shape, colours)}>{tip}</path>'


#: Size, face, weight and colour of words of each role.
_FACES: dict[str, tuple[float, str, int, str]] = {
    "axis": (14, SANS, 400, INK_2),
    "month": (14, SANS, 400, INK_2),
    "name": (14, SANS, 400, INK),
    "group": (15, SANS, 600, INK),
    "value": (14, SANS, 600, INK),
    "none": (14, SANS, 400, INK_2),
    "year": (14, SANS, 600, INK),
    "core": (44, SERIF, 500, INK),
    "under": (17, SANS, 400, INK_2),
}


def _word(word: Word) -> str:
    size, face, weight, fill = _FACES[word.role]
    return _text(
        word.x, word.y, word.text, size=word.size or size, face=face, weight=weight, fill=fill, anchor=word.anchor,
        halo=word.role == "year",
    )  # fmt: skip


def _text(
    x: float, y: float, text: str, *, size: float, face: str, fill: str, weight: int = 400, anchor: str = "start",
    halo: bool = False,
) -> str:  # fmt: skip
    more = f' stroke="{PAPER_2}" stroke-width="3" paint-order="stroke"' if halo else ""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family={quoteattr(face)} font-size="{size:g}" font-weight="{weight}" '
        f'fill="{fill}"{place}{more}>{_safe(text)}</text>'
    )


def _legend(body: list[str], legend: Sequence[Legend], y: float, room: float, colours: _Colours) -> float:
    """Write what colours and signs mean, side by side as far as there is room; return where the next may begin."""
    x = _PAD
    for each in legend:
        words = next(iter(wrapped(each.words, room - 30, _KEY, most=1)), "")
        width = 22 + len(words) * _KEY * 0.5 + 18
        if x > _PAD and x + width > _PAD + room:
            x, y = _PAD, y + _KEY + 10
        role = "bar" if each.role == "grain" else each.role
        if role == "bar" and not each.colour and each.role == "grain":
            role = "bar-none"
        body.append(_shape(Shape(role=role, colour=each.colour, path=sign(role, x, y + 4)), colours))
        body.append(_text(x + 22, y + 15, words, size=_KEY, face=SANS, fill=INK_2))
        x += width
    return y + (_KEY + 10 if legend else 0)


def sign(role: str, x: float, y: float) -> str:
    """Return the path of the sign of a legend in a square of 14."""
    if role in ("silent", "ground", "base"):
        return f"M{x:.1f} {y + 7:.1f}h14"
    if role == "hollow":
        return f"M{x + 3:.1f} {y + 7:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z"
    if role == "ahead":
        return f"M{x + 5:.1f} {y + 7:.1f}a2 2 0 1 0 4 0a2 2 0 1 0 -4 0Z"
    return f"M{x:.1f} {y:.1f}h14v14h-14Z" if role == "open" else f"M{x + 1:.1f} {y + 1:.1f}h12v12h-12Z"


def _safe(text: str) -> str:
    """Return foreign words as they may stand in the file: letters that XML does not know are left out."""
    return escape("".join(each for each in text if each in "\t\n" or (each >= " " and each not in "\ufffe\uffff")))
