"""Draws a letter: HTML that survives mail programs, and a plain text written from the same content.

One template, laid out in tables, its sheet inlined once per issue. What a mail program must know by itself (dark
colours, narrow screens) stays in a second, small sheet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from campaign.language import Language
from campaign.newsletter import EVENTS, YEAR_AGO
from digest import markdown, night, wording
from digest.colour import NIGHT, TINT, readable
from digest.encoding import quoted_printable
from digest.letter import Figure, Item, Letter, Picture, Section
from digest.marks import Piece, for_everybody, marks_of
from digest.pictures import Frame, is_cut, shown_size

#: Gmail shows no more than about 102 KB of a message's HTML part, as encoded; beyond this we cut ourselves.
BUDGET_BYTES = 90_000

PictureSource = Callable[[Picture, Frame], str]

_NARROWEST_TITLES = 12
_AUTO = Markup(' dir="auto"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A letter's two parts. ``size_bytes`` is that of the HTML part as encoded; ``full`` of its ``items`` stories are
    told in the HTML, the rest is links to the web copy. ``html`` and ``text`` are what those get who chose no areas;
    the pieces, in order, are what a reader's own letter is made of.
    """

    html: str
    text: str
    size_bytes: int
    items: int
    full: int
    html_pieces: tuple[Piece, ...] = ()
    text_pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A section as the templates want it: ``items`` in full, ``more`` as lines, ``all`` for the text part.

    ``kind`` is "events" or "year_ago" for the special ones, "" for a focus area's. ``first`` says that the letter's
    lead story is its first, ``opens`` that it is the first itself, ``across`` that its first picture stands as wide as
    the letter.
    """

    title: str
    kind: str
    ink: str
    edge: str
    night: str
    mark: str
    node: int
    first: bool
    opens: bool
    across: bool
    intro: str
    lines: tuple[str, ...]
    items: tuple[Item, ...]
    more: tuple[Item, ...]
    all: tuple[Item, ...]
    figures: tuple[Figure, ...]


def render(
    letter: Letter,
    language: Language,
    *,
    picture: PictureSource | None = None,
    ornament: str = "",
    leave: str = "",
    banner: str = "",
    budget_bytes: int = BUDGET_BYTES,
) -> Rendered:
    """Return the letter's HTML and text parts.

    ``picture`` gives the address of a picture in its frame, "" where it cannot be had; left out, the letter has no
    pictures. One that the mail carries itself ("cid:") is cut to its frame; a linked one is where a program can.
    ``ornament`` is the address of the mast-head's growth rings. Where the HTML would exceed the budget the last
    stories become lines that lead to the web, never the footer. ``leave`` is the address in the footer of a letter for
    nobody in particular; left out, the letter's own mark stands there.
    """
    total = len(letter.items)
    source = picture or (lambda _picture, _frame: "")
    facts = _facts(letter, language, picture=source, ornament=ornament, leave=leave, banner=banner)
    html, full = _fitting(letter, facts, budget_bytes)
    text = _environment().get_template("letter.txt").render(
        **facts, intro=markdown.to_text(letter.intro), sections=_sections(letter, total, 0)
    )  # fmt: skip
    marks = marks_of(letter)
    html_pieces, text_pieces = marks.cut(html), marks.lines(text.strip())
    html = for_everybody(html_pieces)
    return Rendered(
        html=html, text=for_everybody(text_pieces), size_bytes=_size(html), items=total, full=full,
        html_pieces=html_pieces, text_pieces=text_pieces,
    )  # fmt: skip


def _fitting(letter: Letter, facts: dict[str, Any], budget_bytes: int) -> tuple[str, int]:
    """Return the HTML that keeps to the budget, and how many items it tells in full."""
    total = len(letter.items)
    html = _html(letter, facts, total, 0)
    whole = _size(html)
    if whole <= budget_bytes:
        return html, total
    full = _most(lambda count: _size(_html(letter, facts, count, 0)), budget_bytes, total, whole)
    html, left = _html(letter, facts, full, 0), 0
    # Even the lines are too many: then one line tells how many more there are.
    while _size(html) > budget_bytes and left < total:
        left = min(total, left + max(1, total // _NARROWEST_TITLES))
        html = _html(letter, facts, full, left)
    if _size(html) > budget_bytes:
        # Nothing but notes and figures is left to give: the web copy has them too.
        bare = tuple(replace(each, intro="", lines=()) for each in letter.sections)
        html = _html(replace(letter, sections=bare, figures=()), {**facts, "figures": ()}, full, left)
    return html, full


def _size(html: str) -> int:
    return len(quoted_printable(html))


def _most(size: Callable[[int], int], budget: int, total: int, whole: int) -> int:
    """Return the largest count below ``total`` whose size keeps to the budget; 0 where not even that does.

    Sizes grow evenly with the count, so that a look between two known ones soon finds it; ``whole`` is all's size.
    """
    low, high = (0, size(0)), (total, whole)
    while high[0] - low[0] > 1:
        share = (budget - low[1]) / max(1, high[1] - low[1])
        middle = min(high[0] - 1, max(low[0] + 1, low[0] + int((high[0] - low[0]) * share)))
        found = (middle, size(middle))
        low, high = (found, high) if found[1] <= budget else (low, found)
    return low[0]


def _html(letter: Letter, facts: dict[str, Any], full: int, left: int) -> str:
    sections = [each for each in _sections(letter, full, left) if each.items or each.more or each.intro or each.lines]
    areas = [(each.mark, each.night) for each in sections if not each.kind]
    page = _environment().get_template("letter.html").render(
        **facts,
        intro=_clean(letter.intro),
        sections=sections,
        left=left,
        night=night.rules(letter.accent, areas),
        outlook=night.rules(letter.accent, areas, "[data-ogsc] "),
    )  # fmt: skip
    inlined: str = _inliner().inline(page)
    return inlined


def _clean(text: str) -> Markup:
    """Return an editor's Markdown as HTML."""
    return Markup(markdown.to_html(text))  # noqa: S704 - cleaned by nh3 in to_html


def _facts(
    letter: Letter, language: Language, *, picture: PictureSource, ornament: str, leave: str, banner: str
) -> dict[str, Any]:
    def foreign(item: Item, title: bool) -> Markup:
        theirs = not item.own_title if title else item.quoted
        other = item.language if theirs and item.is_story else None
        return Markup(' lang="{}"').format(other) if other and other != letter.language else Markup("")

    return {
        "letter": letter,
        "figures": letter.figures_in(""),
        "lang": language,
        "t": language.t,
        "src": picture,
        "size": _size_in,
        "look": _look,
        "credit": wording.credit,
        "beside": Frame.BESIDE,
        "whole": Frame.WHOLE,
        "band": Frame.BAND,
        "by": lambda item: wording.by(item, letter.sent_on, language),
        "by_line": lambda item: wording.by_line(item, letter.sent_on, language),
        "when": lambda item: wording.when(item, letter.sent_on, language),
        "leaf": lambda item: wording.leaf(item, language),
        "tags": lambda item: wording.tags(item, letter.hashtags),
        "headline": wording.headline(letter, language),
        "host": wording.host,
        "clean": _clean,
        "written": lambda item: _clean(item.text),
        "plain": markdown.to_text,
        "Markup": Markup,
        "foreign": foreign,
        "direction": lambda text: _AUTO if wording.runs_left(text) else "",
        "paragraphs": wording.paragraphs,
        "together": wording.together,
        "ornament": ornament,
        "leave": leave or marks_of(letter).leave,
        "banner": banner,
        "accent": readable(letter.accent, TINT),
        # Keeps mail programs from showing the beginning of the letter after the preview line.
        "filler": "\u034f\u200c\xa0" * 40,
        "wrap": wording.wrapped,
        "marks": marks_of(letter),
    }


def _size_in(picture: Picture, address: str, frame: Frame) -> tuple[int, int | None]:
    """Return the size to write; that of a linked picture is its own, since it is not cut where it lies."""
    ratio = frame.ratio if address.startswith("cid:") else None
    return shown_size(picture.width, picture.height, frame.width, ratio=ratio)


def _look(picture: Picture, address: str, frame: Frame) -> Markup:
    """Return class and style of a picture; one that is not cut where it lies is cut by programs that can."""
    name = "wide" if frame else "narrow"
    if address.startswith("cid:") or not is_cut(picture.width, picture.height, frame.ratio):
        return Markup('class="{}"').format(name)
    across, down = picture.focus or (50, 50)
    placed = Markup(' style="object-position:{}% {}%"').format(across, down) if picture.focus else ""
    return Markup('class="{} {}"{}').format(name, "band" if frame else "three", placed)


def _sections(letter: Letter, full: int, left: int) -> list[_Drawn]:
    """Return the sections with the first ``full`` stories whole, the last ``left`` dropped, lines between."""
    drawn, seen, last = [], 0, len(letter.items) - left
    for number, section in enumerate(letter.sections):
        whole = section.items[: max(0, full - seen)]
        more = section.items[len(whole) : max(len(whole), last - seen)]
        seen += len(section.items)
        drawn.append(_drawn(letter, section, number, whole=whole, more=more))
    return drawn


def _drawn(letter: Letter, section: Section, number: int, *, whole: tuple[Item, ...], more: tuple[Item, ...]) -> _Drawn:
    colour = section.colour or letter.accent
    kind = {EVENTS: "events", YEAR_AGO: "year_ago"}.get(section.code, "")
    return _Drawn(
        title=section.title,
        kind=kind,
        ink=readable(colour, TINT),
        edge=readable(colour, TINT, 3),
        night=readable(colour, NIGHT),
        mark=f"area{number}",
        node=section.node,
        first=number == 0 and not kind,
        opens=number == 0,
        across=not kind and len(section.items) > 1 and _lies(section.items[0].picture),
        intro=section.intro,
        lines=section.lines,
        items=whole,
        more=more,
        all=section.items,
        figures=letter.figures_in(section.code) if section.code else (),
    )


def _lies(picture: Picture | None) -> bool:
    """Return whether a picture is a good deal wider than high, so that it may stand across the letter."""
    return picture is not None and (picture.width or 0) >= (picture.height or 0) * 1.25 > 0


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("digest"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False, minify_css=True)
