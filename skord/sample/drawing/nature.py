"""What most pictures share: sky, sea, trees, birds, weather, houses and people far off."""

from __future__ import annotations

import math
from collections.abc import Callable

from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import Ink, mix


def sky(c: Canvas, bottom: float, *, sun: bool = True, clouds: int = 3) -> tuple[float, float]:
    """Print the sky down to ``bottom`` and return where the sun or moon stands."""
    inks = c.inks
    c.bands(inks.sky, 0, bottom)
    x = c.w * c.random.choice((0.2, 0.3, 0.68, 0.78)) + c.random.uniform(-30, 30)
    low = {"dawn": 0.78, "day": 0.3, "dusk": 0.82, "night": 0.28}[inks.hour]
    y = bottom * low
    if inks.night:
        _stars(c, bottom)
    if sun:
        radius = c.u * {"dawn": 56, "day": 44, "dusk": 66, "night": 34}[inks.hour]
        base = inks.sky[min(4, int(low * 5))]
        for ring in (2.1, 1.5) if not inks.night else (1.7,):
            c.disc(x, y, radius * ring, mix(base, inks.sun, 0.24 if ring > 2 else 0.42))
        c.disc(x, y, radius, inks.sun)
        if inks.night:
            c.disc(x + radius * 0.45, y - radius * 0.2, radius * 0.85, mix(base, inks.sun, 0.42))
    for _ in range(clouds):
        cloud(c, c.random.uniform(0, c.w), c.random.uniform(0.08, 0.62) * bottom)
    return x, y


def _stars(c: Canvas, bottom: float) -> None:
    for _ in range(70):
        size = c.random.choice((1.0, 1.3, 1.3, 2.2))
        c.disc(c.random.uniform(0, c.w), c.random.uniform(0, bottom * 0.85), size, mix(c.inks.sun, c.inks.sky[0], 0.2))


def cloud(c: Canvas, x: float, y: float, size: float = 1.0) -> None:
    """Print one flat-bottomed cloud with a carved underside."""
    width = c.u * size * c.random.uniform(110, 210)
    colour = mix(c.inks.cloud, c.inks.sky[2], 0.18)
    shade = mix(colour, c.inks.sky[1], 0.35)
    for part in range(5):
        at = x + (part - 2) * width * 0.34
        rise = (0.16, 0.26, 0.34, 0.24, 0.13)[part] * width * c.random.uniform(0.7, 1.1)
        c.blob(at, y - rise * 0.25, width * 0.3, rise * 0.62, colour, 0.1)
    c.poly(
        [
            (x - width * 0.98, y),
            (x + width * 0.98, y),
            (x + width * 0.6, y + 16 * c.u),
            (x - width * 0.7, y + 13 * c.u),
        ],
        colour,
    )
    c.gouges((x - width * 0.7, y - 2, x + width * 0.7, y + 12 * c.u), 9, shade, length=70 * c.u, width=3)


def water(c: Canvas, top: float, bottom: float, glint_at: float | None = None) -> None:
    """Print water from ``top`` down: three inks, carved ripples, a path of light below the sun."""
    deep, face, glint = c.inks.water
    far = mix(face, c.inks.sky[-1], 0.35)
    c.rect(-5, top, c.w + 10, bottom - top + 5, far)
    height = bottom - top
    c.ridge(top + height * 0.2, 3, face, waves=3, floor=bottom + 5)
    c.ridge(top + height * 0.62, 6, mix(face, deep, 0.6), waves=3, floor=bottom + 5)
    for row in range(26):
        share = (row + c.random.random()) / 26
        y = top + height * share**1.3
        for _ in range(4):
            c.gouge(c.random.uniform(0, c.w), y, (30 + 130 * share) * c.u, 0, mix(face, glint, 0.45), 1.6 + 3 * share)
        for _ in range(2):
            c.gouge(
                c.random.uniform(0, c.w), y + 5, (30 + 130 * share) * c.u, 0, mix(face, deep, 0.75), 1.6 + 3 * share
            )
    if glint_at is not None:
        for row in range(34):
            share = (row + 0.5) / 34
            spread = (26 + 90 * share) * c.u
            c.gouge(
                glint_at + c.random.uniform(-1, 1) * spread,
                top + height * share**1.15,
                spread * 1.5,
                0,
                mix(glint, c.inks.sun, 0.55),
                2 + 4 * share,
            )


def birds(c: Canvas, x: float, y: float, count: int, colour: Ink, size: float = 1.0) -> None:
    """Print a few gulls as two strokes each."""
    for _ in range(count):
        at, high = x + c.random.uniform(-150, 150) * c.u, y + c.random.uniform(-60, 60) * c.u
        span = c.random.uniform(10, 19) * c.u * size
        c.line(
            [
                (at - span, high - span * 0.45),
                (at - span * 0.4, high - span * 0.5),
                (at, high),
                (at + span * 0.4, high - span * 0.5),
                (at + span, high - span * 0.35),
            ],
            colour,
            2.4 * c.u,
        )


def leafy(
    c: Canvas,
    x: float,
    y: float,
    size: float,
    *,
    bare: bool | None = None,
    colours: tuple[Ink, Ink, Ink] | None = None,
) -> None:
    """Print a broad-leaved tree standing at (x, y); bare in winter unless said otherwise."""
    light, body, shade = colours or c.inks.leaf
    trunk = mix(c.inks.dark, c.inks.land[3], 0.25)
    size *= c.u
    c.poly(
        [
            (x - size * 0.06, y),
            (x - size * 0.03, y - size * 0.6),
            (x + size * 0.03, y - size * 0.6),
            (x + size * 0.07, y),
        ],
        trunk,
    )
    if c.inks.snow if bare is None else bare:
        _branches(c, x, y - size * 0.4, size * 0.42, -math.pi / 2, trunk, 4)
        return
    for dx, dy, part, colour in (
        (-0.22, -0.72, 0.34, shade),
        (0.24, -0.7, 0.34, shade),
        (0.0, -0.95, 0.38, body),
        (-0.16, -0.98, 0.24, body),
        (-0.1, -1.08, 0.2, light),
    ):
        c.blob(x + dx * size, y + dy * size, part * size, part * size * 0.82, colour, 0.22)
    c.gouges(
        (x - size * 0.4, y - size * 1.2, x + size * 0.35, y - size * 0.6),
        int(8 + size / 12),
        light,
        length=size * 0.09,
        angle=0.5,
        width=2,
        inside=lambda a, b: ((a - x) / 0.45) ** 2 + ((b - y + size * 0.88) / 0.34) ** 2 < size**2,
    )


def _branches(c: Canvas, x: float, y: float, length: float, angle: float, colour: Ink, depth: int) -> None:
    end = (x + math.cos(angle) * length, y + math.sin(angle) * length)
    c.line([(x, y), end], colour, max(1.2, depth * 1.5 * c.u))
    if depth:
        for turn in (-0.5, 0.1, 0.55):
            _branches(
                c,
                *end,
                length * c.random.uniform(0.5, 0.68),
                angle + turn + c.random.uniform(-0.15, 0.15),
                colour,
                depth - 1,
            )


def spruce(c: Canvas, x: float, y: float, size: float, colour: Ink) -> None:
    """Print a spruce of three to five skirts, with snow on them in winter."""
    size *= c.u
    c.rect(x - size * 0.03, y - size * 0.12, size * 0.06, size * 0.14, mix(c.inks.dark, colour, 0.3))
    skirts = 5
    for number in range(skirts):
        base = y - size * (0.08 + number * 0.17)
        half = size * (0.27 - number * 0.045) * c.random.uniform(0.92, 1.08)
        peak = base - size * 0.34
        c.poly(
            [
                (x - half, base),
                (x - half * 0.4, base - size * 0.035),
                (x, base + size * 0.015),
                (x + half * 0.45, base - size * 0.03),
                (x + half, base),
                (x, peak),
            ],
            colour,
        )
        if c.inks.snow:
            c.poly(
                [
                    (x - half * 0.95, base - size * 0.01),
                    (x - half * 0.2, base - size * 0.07),
                    (x + half * 0.1, peak),
                    (x - half * 0.15, peak + size * 0.08),
                ],
                mix(c.inks.land[2], colour, 0.12),
            )


def grass(c: Canvas, top: Callable[[float], float], count: int, colours: tuple[Ink, ...], height: float = 34) -> None:
    """Print tufts along a line of land."""
    for _ in range(count):
        x = c.random.uniform(0, c.w)
        y = top(x) + c.random.uniform(0, (c.h - top(x)) * 0.9)
        far = height * c.u * (0.4 + 0.9 * (y / c.h))
        for _ in range(3):
            lean = c.random.uniform(-0.55, 0.75)
            c.gouge(x + c.random.uniform(-5, 5), y - far / 2, far, -math.pi / 2 + lean, c.random.choice(colours), 2.6)


def flowers(c: Canvas, top: Callable[[float], float], count: int, colours: tuple[Ink, ...]) -> None:
    """Print dots of flowers over a meadow; none in winter."""
    if c.inks.snow:
        return
    for _ in range(count):
        x = c.random.uniform(0, c.w)
        y = c.random.uniform(top(x) + 6, c.h)
        c.disc(x, y, c.random.uniform(1.6, 4.6) * c.u * (0.5 + y / c.h * 0.7), c.random.choice(colours))


def snowfall(c: Canvas, count: int = 90) -> None:
    """Print falling snow where it is winter."""
    if c.inks.snow:
        for _ in range(count):
            c.disc(c.random.uniform(0, c.w), c.random.uniform(0, c.h), c.random.uniform(1, 3.4) * c.u, c.inks.paper)


def house(
    c: Canvas,
    x: float,
    y: float,
    width: float,
    height: float,
    wall: Ink,
    *,
    roof: Ink | None = None,
    rows: int = 1,
    columns: int = 3,
    door: bool = False,
    trim: bool = True,
) -> None:
    """Print a gabled house whose foot's left corner is (x, y)."""
    inks = c.inks
    top = inks.land[2] if inks.snow else roof or mix(inks.dark, inks.red, 0.25)
    c.rect(x, y - height, width, height, wall)
    c.poly(
        [
            (x - width * 0.05, y - height),
            (x + width * 0.08, y - height * 1.48),
            (x + width * 0.92, y - height * 1.48),
            (x + width * 1.05, y - height),
        ],
        top,
    )
    if trim:
        white = mix(inks.paper, wall, 0.08)
        for corner in (x, x + width - width * 0.035):
            c.rect(corner, y - height, width * 0.035, height, white)
        c.rect(x - width * 0.05, y - height - 2 * c.u, width * 1.1, 5 * c.u, white)
    cell = width / (columns + 0.6)
    for row in range(rows):
        for column in range(columns):
            at = x + cell * (column + 0.5)
            high = height / (rows + 0.5)
            if door and row == rows - 1 and column == columns // 2:
                c.rect(at, y - high * 0.95, cell * 0.52, high * 0.95, mix(inks.dark, wall, 0.25))
                continue
            window(c, at, y - height + high * (row + 0.42), cell * 0.54, high * 0.55)


def window(c: Canvas, x: float, y: float, width: float, height: float) -> None:
    """Print a window with its cross, lit after dark, mostly."""
    lit = c.inks.window if not c.inks.dim or c.random.random() < 0.78 else mix(c.inks.dark, c.inks.blue, 0.3)
    frame = c.inks.paper
    edge = max(1.5, width * 0.09)
    c.rect(x - edge, y - edge, width + 2 * edge, height + 2 * edge, frame)
    c.rect(x, y, width, height, lit)
    c.rect(x + width / 2 - edge / 2, y, edge, height, frame)
    c.rect(x, y + height * 0.42, width, edge * 0.9, frame)


def person(c: Canvas, x: float, y: float, size: float, colour: Ink, *, arms: str = "down") -> None:
    """Print somebody as a silhouette, standing at (x, y), without a face."""
    size *= c.u
    lean = c.random.uniform(-0.03, 0.03) * size
    c.disc(x + lean, y - size * 0.9, size * 0.095, colour)
    c.poly(
        [
            (x - size * 0.13 + lean, y - size * 0.76),
            (x + size * 0.13 + lean, y - size * 0.76),
            (x + size * 0.11, y - size * 0.4),
            (x - size * 0.11, y - size * 0.4),
        ],
        colour,
    )
    stride = c.random.uniform(0.04, 0.13) * size
    for side in (-1, 1):
        c.line([(x + side * size * 0.05, y - size * 0.42), (x + side * stride, y)], colour, size * 0.085)
        hand = {"up": (0.24, -1.05), "out": (0.32, -0.62), "down": (0.19, -0.42)}[arms]
        reach = (x + side * size * hand[0], y + size * hand[1])
        c.line([(x + side * size * 0.12 + lean, y - size * 0.72), reach], colour, size * 0.06)


def fence(c: Canvas, y: float, colour: Ink, step: float = 70) -> None:
    """Print a fence of posts and two rails across the picture."""
    x = -20.0
    while x < c.w + 40:
        c.rect(x, y - 52 * c.u + c.random.uniform(-3, 3), 8 * c.u, 60 * c.u, colour)
        x += step * c.u
    for high in (40, 20):
        c.line([(0, y - high * c.u), (c.w * 0.5, y - (high - 4) * c.u), (c.w, y - high * c.u)], colour, 5 * c.u)


def lamp_glow(c: Canvas, x: float, y: float, radius: float) -> None:
    """Lay a lamp's light over what is there, as three flat rings."""
    for share, part in ((1.0, 0.13), (0.66, 0.16), (0.36, 0.24)):
        c.glow(x, y, radius * share, (255, 214, 130), part)
