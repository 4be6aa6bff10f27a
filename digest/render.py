"""Draws a letter: HTML that survives mail programs, and a plain text written from the same content.

One template, laid out in tables, its sheet inlined once per issue. What a mail program must know by itself (dark
colours, narrow screens) stays in a second, small sheet.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from campaign.language import Language
from digest import markdown
from digest.colour import NIGHT, PAPER, readable
from digest.encoding import quoted_printable
from digest.excerpt import ELLIPSIS
from digest.letter import Figure, Item, Letter, Picture
from digest.pictures import NARROW, WIDE, shown_size

#: Gmail shows no more than about 102 KB of a message's HTML part, as encoded; beyond this we cut ourselves.
BUDGET_BYTES = 90_000

#: Says where a subscriber's own leave link goes; a letter for nobody in particular keeps another address there.
LEAVE_MARK = "https://leave.invalid/"

PictureSource = Callable[[Picture, bool], str]

_NARROWEST_TITLES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A letter's two parts. ``size_bytes`` is that of the HTML part as encoded; ``full`` of its ``items`` stories are
    told in the HTML, the rest is links to the web copy.
    """

    html: str
    text: str
    size_bytes: int
    items: int
    full: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A section as the templates want it: ``items`` in full, ``more`` as lines, ``all`` for the text part."""

    title: str
    ink: str
    edge: str
    night: str
    mark: str
    first: bool
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
    leave: str = LEAVE_MARK,
    banner: str = "",
    budget_bytes: int = BUDGET_BYTES,
) -> Rendered:
    """Return the letter's HTML and text parts.

    ``picture`` gives the address of a picture (and whether it is shown across), "" where it cannot be had; left out,
    the letter has no pictures. ``ornament`` is the address of the mast-head's growth rings. Where the HTML would
    exceed the budget the last stories become lines that lead to the web, never the footer.
    """
    total = len(letter.items)
    source = picture or (lambda _picture, _wide: "")
    facts = _facts(letter, language, picture=source, ornament=ornament, leave=leave, banner=banner)
    html, full = _html(letter, facts, total, 0), total
    if _size(html) > budget_bytes:
        full = _most(lambda count: _size(_html(letter, facts, count, 0)) <= budget_bytes, total)
        html, left = _html(letter, facts, full, 0), 0
        # Even the lines are too many: then one line tells how many more there are.
        while _size(html) > budget_bytes and left < total:
            left += max(1, total // _NARROWEST_TITLES)
            html = _html(letter, facts, full, min(left, total))
    text = (
        _environment()
        .get_template("letter.txt")
        .render(**facts, intro=markdown.to_text(letter.intro), sections=_sections(letter, total, 0))
    )
    return Rendered(html=html, text=_calm(text), size_bytes=_size(html), items=total, full=full)


def _size(html: str) -> int:
    return len(quoted_printable(html))


def _most(fits: Callable[[int], bool], high: int) -> int:
    """Return the largest count, from 0 to below ``high``, that fits; 0 where not even that does."""
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _html(letter: Letter, facts: dict[str, Any], full: int, left: int) -> str:
    sections = _sections(letter, full, left)
    intro = Markup(markdown.to_html(letter.intro))  # noqa: S704 - cleaned by nh3 in to_html
    page = (
        _environment()
        .get_template("letter.html")
        .render(**facts, intro=intro, sections=[each for each in sections if each.items or each.more], left=left)
    )
    accent = readable(letter.accent, PAPER)
    page = (
        page.replace("ACCENT", accent)
        .replace("DARK", _dark(letter, sections, ""))
        .replace("[OGSC]", _dark(letter, sections, "[data-ogsc] "))
    )
    inlined: str = _inliner().inline(page)
    return inlined


def _facts(
    letter: Letter, language: Language, *, picture: PictureSource, ornament: str, leave: str, banner: str
) -> dict[str, Any]:
    def foreign(item: Item) -> Markup:
        other = item.language if item.quoted else None
        return Markup(' lang="{}"').format(other) if other and other != letter.language else Markup("")

    return {
        "letter": letter,
        "figures": letter.figures_in(""),
        "lang": language,
        "t": language.t,
        "src": picture,
        "size": lambda pic, wide: shown_size(pic.width, pic.height, WIDE if wide else NARROW),
        "by": lambda item: _by(item, letter.sent_on, language),
        "foreign": foreign,
        "paragraphs": paragraphs,
        "ornament": ornament,
        "leave": leave,
        "banner": banner,
        "accent": readable(letter.accent, PAPER),
        # Keeps mail programs from showing the beginning of the letter after the preview line.
        "filler": "\u034f\u200c\xa0" * 40,
        "wrap": _wrapped,
    }


def _sections(letter: Letter, full: int, left: int) -> list[_Drawn]:
    """Return the sections with the first ``full`` stories whole, the last ``left`` dropped, lines between."""
    drawn, seen, last = [], 0, len(letter.items) - left
    for number, section in enumerate(letter.sections):
        whole = section.items[: max(0, full - seen)]
        more = section.items[len(whole) : max(len(whole), last - seen)]
        seen += len(section.items)
        colour = section.colour or letter.accent
        drawn.append(
            _Drawn(
                title=section.title,
                ink=readable(colour, PAPER),
                edge=readable(colour, PAPER, 3),
                night=readable(colour, NIGHT),
                mark=f"area{number}",
                first=number == 0,
                items=whole,
                more=more,
                all=section.items,
                figures=letter.figures_in(section.code) if section.code else (),
            )
        )
    return drawn


def _dark(letter: Letter, sections: list[_Drawn], before: str) -> str:
    """Return the rules for a dark ground; ``before`` stands before every selector."""
    accent = readable(letter.accent, NIGHT)
    rules = [
        (".ground, .foot", "background-color: #141210"),
        (".sheet", f"background-color: {NIGHT}"),
        (".sheet, h1, .title a, .more a, .words, .intro, .invite, .figure-title, .figure-title a", "color: #ece6db"),
        (".line, .credit, .small, .small a, .narrow, .wide, .foot, .foot p, .foot a, .year", "color: #b8ae9f"),
        (".figure", "background-color: #27241f; border-color: #4a443b"),
        (".tip", f"background-color: {accent}"),
        (".intro a", f"color: {accent}"),
        (".join", "background-color: #27241f; border-color: #4a443b"),
        (".hair", "border-color: #4a443b"),
        (".button", f"background-color: {accent}"),
        (".press", f"color: {NIGHT}"),
        *((f".{each.mark}", f"color: {each.night}; border-color: {each.night}") for each in sections),
    ]
    lines = []
    for selectors, declarations in rules:
        chosen = ", ".join(before + each.strip() for each in selectors.split(","))
        forced = "; ".join(f"{each.strip()} !important" for each in declarations.split(";"))
        lines.append(f"{chosen} {{ {forced} }}")
    return "\n".join(lines)


def paragraphs(item: Item) -> list[str]:
    """Return an item's text as paragraphs, with the marks that say where words were left out."""
    parts = [" ".join(part.split()) for part in item.text.split("\n") if part.strip()]
    if parts and item.opened:
        parts[0] = f"{ELLIPSIS} {parts[0]}"
    if parts and item.shortened:
        parts[-1] = f"{parts[-1]} {ELLIPSIS}"
    return parts


def _day(moment: datetime, sent_on: date, language: Language) -> str:
    """Return the day with its week day while it is near, else with its year."""
    near = abs(sent_on - moment.astimezone(language.zone).date()) < timedelta(days=90)
    return language.day(moment) if near else language.date(moment)


def _by(item: Item, sent_on: date, language: Language) -> str:
    day = _day(item.published_at, sent_on, language) if item.published_at else ""
    if not item.author:
        return _unknown(item, day, language)
    if item.network in ("", "feed"):
        return language.t("letter.from_feed", author=item.author, date=day)
    key = f"network.{item.network}"
    network = language.t(key) if language.has(key) else item.network
    return language.t("letter.on_network", author=item.author, network=network, date=day)


def _unknown(item: Item, day: str, language: Language) -> str:
    """Return where the author is named, of a post of which we do not know it."""
    key = f"network.{item.network}"
    if item.network not in ("", "feed") and language.has(key):
        told = language.t("credit.see_post", network=language.t(key))
    else:
        told = language.t("credit.see_original")
    return f"{told}, {day}" if day else told


def _wrapped(text: str, width: int = 72) -> str:
    """Return text wrapped for mail programs that show it as it is; addresses are never broken."""
    lines = text.split("\n")
    return "\n".join(
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) if line.strip() else ""
        for line in lines
    )


def _calm(text: str) -> str:
    """Return the text part with no more than two empty lines together."""
    return re.sub(r"\n{4,}", "\n\n\n", text).strip() + "\n"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("digest"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)
