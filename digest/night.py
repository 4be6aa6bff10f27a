"""The rules that a letter keeps for dark grounds: true colours, each of them readable."""

from __future__ import annotations

from collections.abc import Iterable

from digest.colour import NIGHT, readable

#: Behind the letter, of tinted bands, of lines, of words, of small words.
GROUND, BAND, LINE, INK, SOFT = "#141210", "#27241f", "#4a443b", "#ece6db", "#b8ae9f"


def rules(accent: str, areas: Iterable[tuple[str, str]], before: str = "") -> str:
    """Return the rules for a dark ground; ``before`` stands before every selector.

    ``areas`` are the classes of the sections' headings with their colours.
    """
    shade = readable(accent, NIGHT)
    told = [
        (".ground, .foot", f"background-color: {GROUND}"),
        (".sheet", f"background-color: {NIGHT}"),
        (".tint, .narrow, .wide", f"background-color: {BAND}"),
        (".sheet, h1, h2, .title, .title a, .more a, .leaf, .value, .invite", f"color: {INK}"),
        (".line, .line a, .credit, .small, .small a, .narrow, .wide, .foot, .foot p, .foot a, .year, .month",
         f"color: {SOFT}"),
        ("h2, .hair, .join, .counts li, blockquote", f"border-color: {LINE}"),
        (".title a", "border-color: #857b6c"),
        (".more a", f"color: {INK}"),
        (".edge, .tip, .button", f"background-color: {shade}"),
        (".stem", "background-color: #6f675b"),
        (".kicker, .intro a, .note a, .own a", f"color: {shade}"),
        (".banner", "background-color: #4d3f14; color: #f6e7b8"),
        (".press", f"color: {NIGHT}"),
        *((f".{mark}", f"color: {colour}; border-color: {colour}") for mark, colour in areas),
    ]  # fmt: skip
    return "\n".join(_rule(before, selectors, declarations) for selectors, declarations in told)


def _rule(before: str, selectors: str, declarations: str) -> str:
    chosen = ", ".join(before + each.strip() for each in selectors.split(","))
    forced = "; ".join(f"{each.strip()} !important" for each in declarations.split(";"))
    return f"{chosen} {{ {forced} }}"
