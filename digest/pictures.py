"""Pictures as a letter carries them: small, without metadata, and the ornament of the mast-head."""

from __future__ import annotations

import io
import math
import random
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from digest.colour import as_hex

#: Shown widths in CSS pixels: across the letter, and beside a text.
WIDE, NARROW = 536, 176

_QUALITY = 70
_RINGS = 7


class Frame(IntEnum):
    """How a picture stands in a letter: beside words, across the letter whole, or across it as a band."""

    BESIDE = 0
    WHOLE = 1
    BAND = 2

    @property
    def width(self) -> int:
        """The width that it is shown in, in CSS pixels."""
        return WIDE if self else NARROW

    @property
    def ratio(self) -> float | None:
        """How wide it is at least for its height, None where nothing is cut."""
        return {Frame.BESIDE: 3 / 2, Frame.BAND: 2.2}.get(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPicture:
    """A picture ready to be a part of a mail. ``subtype`` is that of image/*; sizes are the file's own pixels."""

    data: bytes
    subtype: str
    width: int
    height: int


def for_mail(
    data: bytes, shown_width: int, *, ratio: float | None = None, focus: tuple[int, int] | None = None
) -> MailPicture:
    """Return our own copy of a picture for a given shown width, sharp on dense screens, as JPEG.

    ``data`` is a file that we re-encoded ourselves; a picture narrower than wanted keeps its size. One that is higher
    than ``ratio`` allows is cut around its ``focus``, per cent from left and top, the middle where it has none.
    Raises OSError (also PIL's own) where it cannot be read.
    """
    with Image.open(io.BytesIO(data)) as opened:
        upright = ImageOps.exif_transpose(opened)
        flat = Image.new("RGB", upright.size, "white")
        layered = upright.convert("RGBA")
        flat.paste(layered, mask=layered.getchannel("A"))
    if is_cut(flat.width, flat.height, ratio):
        flat = flat.crop(_band(flat.width, flat.height, ratio or 1, focus))
    wanted = shown_width * 2
    flat.thumbnail((wanted, wanted * 3), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return MailPicture(data=out.getvalue(), subtype="jpeg", width=flat.width, height=flat.height)


def is_cut(width: int | None, height: int | None, ratio: float | None) -> bool:
    """Return whether a picture of this size is higher than a ratio of width to height allows."""
    return ratio is not None and bool(width and height) and round((width or 0) / ratio) < (height or 0)


def _band(width: int, height: int, ratio: float, focus: tuple[int, int] | None) -> tuple[int, int, int, int]:
    """Return what is left of a picture that is too high: left, top, right and bottom."""
    high = max(1, round(width / ratio))
    middle = height * (focus[1] if focus else 50) / 100
    top = round(min(max(middle - high / 2, 0), height - high))
    return 0, top, width, top + high


def copy_of(folder: Path, file: str, wanted_width: int) -> Path | None:
    """Return the smallest of our copies that is at least as wide as wanted, else the widest; None without any."""
    widths = {}
    for path in (folder / file[:2]).glob(f"{file}-*.jpg"):
        width = path.stem.rpartition("-")[2]
        if width.isdigit():
            widths[int(width)] = path
    if not widths:
        return None
    enough = [width for width in widths if width >= wanted_width]
    return widths[min(enough) if enough else max(widths)]


def shown_size(
    width: int | None, height: int | None, shown_width: int, *, ratio: float | None = None
) -> tuple[int, int | None]:
    """Return the width and height to write into the letter; a tall picture is kept to the height of a square.

    With a ``ratio`` it is the size of what ``for_mail`` cuts.
    """
    if not width or not height:
        return shown_width, None
    across = min(shown_width, width)
    if ratio is not None and is_cut(width, height, ratio):
        return across, max(1, round(across / ratio))
    down = round(across * height / width)
    if down > shown_width:
        across, down = max(1, round(across * shown_width / down)), shown_width
    return across, down


@lru_cache(maxsize=8)  # an issue is drawn for its preview, its approval and its sending
def rings(accent: str, sent_on: date, size: int = 168) -> MailPicture:
    """Return the growth rings of an issue as PNG: whole rings for what has been, the outermost grown week by week
    to the week of this issue.

    The strokes are mid-tones on a transparent ground, so that they stand on paper and at night.
    """
    scale = 4
    side = size * scale
    image = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(image)
    red, green, blue = _middle(as_hex(accent) or "#2f6b3c")
    wobble = random.Random(17)  # noqa: S311 - the same gentle unevenness in every letter
    step = side * 0.46 / _RINGS
    week = sent_on.isocalendar().week
    for number in range(1, _RINGS + 1):
        share = 1.0 if number < _RINGS else min(week / 52, 1.0)
        thickness = step * wobble.uniform(0.14, 0.46) if number < _RINGS else step * 0.5
        shape = _ring(
            radius=step * number,
            thickness=thickness,
            # The pith lies a little off the middle, as in wood that has grown in wind.
            centre=(side / 2 - step * 0.35 * (1 - number / _RINGS), side / 2 + step * 0.2 * (1 - number / _RINGS)),
            phase=wobble.uniform(0, 0.9),
            share=share,
        )
        draw.polygon(shape, fill=255)
    # One colour in sixteen strengths: a palette with transparency is a fifth of the bytes.
    strength = image.resize((size, size), Image.Resampling.LANCZOS).point(lambda value: round(value / 17))
    strength.putpalette([red, green, blue] * 16)
    out = io.BytesIO()
    strength.save(out, "PNG", optimize=True, bits=4, transparency=bytes(level * 17 for level in range(16)))
    return MailPicture(data=out.getvalue(), subtype="png", width=size, height=size)


def _ring(
    *, radius: float, thickness: float, centre: tuple[float, float], phase: float, share: float
) -> list[tuple[float, float]]:
    """Return the outline of a ring that is not quite round, grown clockwise from the top to its share of the turn."""
    steps = max(2, round(360 * share))
    inner: list[tuple[float, float]] = []
    outer: list[tuple[float, float]] = []
    for index in range(steps + 1):
        turn = math.tau * share * index / steps
        angle = turn - math.pi / 2
        reach = radius * (1 + 0.022 * math.sin(2 * angle + phase) + 0.011 * math.sin(3 * angle - phase))
        half = thickness / 2 * (1 + 0.25 * math.sin(angle * 2 + phase * 3))
        for points, at in ((inner, reach - half), (outer, reach + half)):
            points.append((centre[0] + at * math.cos(angle), centre[1] + at * math.sin(angle)))
    return outer + inner[::-1]


def _middle(colour: str) -> tuple[int, int, int]:
    """Return the colour's hue at a lightness that is seen on paper and at night."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    lightness = (max(red, green, blue) + min(red, green, blue)) / 2
    lift = 120 - lightness
    return (_clamped(red + lift), _clamped(green + lift), _clamped(blue + lift))


def _clamped(channel: float) -> int:
    return max(0, min(255, round(channel)))
