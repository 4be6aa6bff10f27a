"""The campaign's own colours as tokens that can be read in light and dark. Pure: a colour in, a style sheet out.

Lightness is moved in OKLCH until the contrast holds, so that hue and character of the colour stay.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from digest.colour import as_hex, contrast

#: The paper of skord.css in light and dark, and the second paper, on which text of the accent may stand too.
LIGHT = ("#fcfaf6", "#f3f1e9")
DARK = ("#171411", "#211e19")

_FALLBACK = "#2f6b3c"
_NOT_A_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accent:
    """One scheme's tokens: ``fill`` stands on paper at 3:1 or more, ``text`` at 4.5:1, ``on_fill`` on ``fill``."""

    fill: str
    text: str
    on_fill: str
    wash: str


def accent(colour: str, papers: tuple[str, str]) -> Accent:
    """Return a colour's tokens on these papers. What is no colour becomes the house's green."""
    own = as_hex(colour) or _FALLBACK
    fill = until(own, papers, 4.5)
    on_fill = max(("#ffffff", "#14120f"), key=lambda ink: contrast(ink, fill))
    ground = _to_oklch(papers[0])[0]
    _, chroma, hue = _to_oklch(own)
    wash = _to_hex(ground + (-0.026 if _is_light(papers[0]) else 0.055), min(chroma * 0.2, 0.016), hue)
    return Accent(fill=fill, text=until(own, (*papers, wash), 5.0), on_fill=on_fill, wash=wash)


def until(colour: str, papers: Iterable[str], least: float) -> str:
    """Return the colour, made darker on light papers or lighter on dark ones until it reaches ``least`` on all."""
    shade = as_hex(colour) or _FALLBACK
    grounds = tuple(papers)
    lightness, chroma, hue = _to_oklch(shade)
    end = 0.0 if _is_light(grounds[0]) else 1.0
    while not all(contrast(shade, ground) >= least for ground in grounds) and lightness != end:
        lightness = max(end, lightness - 0.01) if end == 0.0 else min(end, lightness + 0.01)
        shade = _to_hex(lightness, chroma, hue)
    return shade


def area_class(colour: str) -> str:
    """Return the class that carries an area's colour ("area-2f6b3c"), "" where the colour is none."""
    found = as_hex(colour)
    return f"area-{_NOT_A_NAME.sub('', found)}" if found else ""


def sheet(own: str, areas: Iterable[str], *, theme: str = "") -> str:
    """Return the campaign's style sheet: accent and areas, for light and dark, or for one of them alone."""
    known = sorted({found for found in map(as_hex, areas) if found})

    def block(papers: tuple[str, str]) -> str:
        made = accent(own, papers)
        own_tokens = (
            f"--accent:{made.fill};--accent-text:{made.text};--on-accent:{made.on_fill};--accent-wash:{made.wash}"
        )
        return f":root{{{own_tokens}}}" + "".join(
            f".{area_class(each)}{{--area:{until(each, papers, 3.0)}}}" for each in known
        )

    if theme:
        return block(DARK if theme == "dark" else LIGHT) + "\n"
    # Print is on white: the light tokens hold there too.
    return f"{block(LIGHT)}\n@media screen and (prefers-color-scheme:dark){{{block(DARK)}}}\n"


def _is_light(paper: str) -> bool:
    return contrast(paper, "#000000") > contrast(paper, "#ffffff")


def _to_oklch(colour: str) -> tuple[float, float, float]:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _to_hex(lightness: float, chroma: float, hue: float) -> str:
    """Return the nearest colour that a screen can show: chroma is given up before lightness."""
    while True:
        channels = _to_linear(lightness, chroma, hue)
        if chroma < 0.001 or all(-0.0005 <= channel <= 1.0005 for channel in channels):
            return "#" + "".join(f"{round(_gamma(min(1.0, max(0.0, each))) * 255):02x}" for each in channels)
        chroma *= 0.96


def _to_linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
