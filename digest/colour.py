"""Colours that can be read: contrast is computed, never trusted."""

from __future__ import annotations

import re

from PIL import ImageColor

_HEX = re.compile(r"#[0-9a-fA-F]{6}")

PAPER = "#fffdf8"
#: Behind bands of a letter: what can be read here can be read on paper too.
TINT = "#f4efe4"
NIGHT = "#1d1b18"


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2) of a "#rrggbb" colour, 0 black to 1 white."""

    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = _channels(colour)
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable(colour: str, background: str, least: float = 4.5) -> str:
    """Return the colour, darkened on a light ground or lightened on a dark one until it can be read.

    ``colour`` is any that CSS can name; one that cannot be understood becomes black or white.
    """
    target = "#000000" if luminance(background) > 0.18 else "#ffffff"
    shade = as_hex(colour) or target
    for step in range(1, 21):
        if contrast(shade, background) >= least:
            break
        shade = _mix(as_hex(colour) or target, target, step / 20)
    return shade


def as_hex(colour: str) -> str:
    """Return a CSS colour as "#rrggbb", "" where it is none that we know."""
    try:
        red, green, blue, *_ = ImageColor.getrgb(colour.strip())
    except ValueError:
        return ""
    return f"#{red:02x}{green:02x}{blue:02x}"


def _channels(colour: str) -> tuple[int, int, int]:
    if not _HEX.fullmatch(colour):
        raise ValueError(f"not a #rrggbb colour: {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(one: str, other: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_channels(one), _channels(other), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
