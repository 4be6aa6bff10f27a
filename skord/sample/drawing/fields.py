"""Open land and what is built on it."""

from __future__ import annotations

import math
from collections.abc import Callable

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import Ink, mix


def marks(
    c: Canvas, line: Callable[[float], float], top: float, bottom: float, colour: Ink, count: int, angle: float = 0.0
) -> None:
    """Carve marks into the land below ``line``, between two heights."""
    c.gouges((0, top, c.w, bottom), count, colour, length=60, angle=angle, inside=lambda x, y: y > line(x) + 6)


def turbines(c: Canvas) -> None:
    """Wind turbines on hills."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.72, clouds=5)
    c.ridge(c.h * 0.6, 40, mix(inks.land[0], inks.sky[-1], 0.35), waves=3)
    far = c.ridge(c.h * 0.67, 46, inks.land[0], waves=2)
    for x, size in ((0.13, 0.5), (0.39, 0.62), (0.9, 0.56)):
        _turbine(c, c.w * x, far(c.w * x), 480 * size * u)
    mid = c.ridge(c.h * 0.74, 50, inks.land[1], waves=2)
    marks(c, mid, c.h * 0.7, c.h * 0.9, mix(inks.land[1], inks.paper, 0.3), 90, 0.1)
    for number in range(26):
        x = c.w * number / 25
        nature.spruce(
            c,
            x + c.random.uniform(-18, 18),
            mid(x) + 30 * u,
            c.random.uniform(50, 96),
            mix(inks.needle, inks.dark, 0.3),
        )
    near = c.ridge(c.h * 0.84, 42, inks.land[2], waves=1.5)
    x = c.w * c.random.choice((0.66, 0.7, 0.3))
    _turbine(c, x, near(x) + 10, 560 * u)
    marks(c, near, c.h * 0.8, c.h, mix(inks.land[2], inks.leaf[0], 0.5), 130, -0.1)
    nature.flowers(c, near, 130, (inks.yellow, inks.paper, inks.red))
    nature.snowfall(c, 60)


def _turbine(c: Canvas, x: float, y: float, high: float) -> None:
    colour, shade = mix(c.inks.paper, c.inks.sky[2], 0.06), mix(c.inks.paper, c.inks.dark, 0.3)
    c.poly(
        [(x - high * 0.018, y), (x - high * 0.008, y - high), (x + high * 0.008, y - high), (x + high * 0.018, y)],
        colour,
    )
    c.poly(
        [(x + high * 0.004, y), (x + high * 0.002, y - high), (x + high * 0.008, y - high), (x + high * 0.018, y)],
        shade,
    )
    turn = c.random.uniform(0, 2.1)
    for blade in range(3):
        angle = turn + blade * math.tau / 3
        tip = (x + math.cos(angle) * high * 0.52, y - high + math.sin(angle) * high * 0.52)
        root = (x + math.cos(angle + 0.28) * high * 0.13, y - high + math.sin(angle + 0.28) * high * 0.13)
        c.poly([(x, y - high), root, tip], colour)
        c.line([(x, y - high), tip], shade, max(1.5, high * 0.005))
    c.disc(x, y - high, high * 0.022, shade)
    if c.inks.dim:
        c.disc(x, y - high * 1.0 - high * 0.03, high * 0.012, c.inks.red)


def farm(c: Canvas, x: float, y: float, size: float) -> None:
    """Print a farm far off: two houses between two trees."""
    inks = c.inks
    nature.leafy(c, x - size * 1.0 * c.u, y + 4, size * 1.3)
    nature.house(c, x, y, size * 1.25 * c.u, size * 0.42 * c.u, inks.red, columns=4)
    nature.house(c, x + size * 1.5 * c.u, y + 5, size * 0.8 * c.u, size * 0.5 * c.u, inks.wall, columns=3)
    nature.leafy(c, x + size * 2.5 * c.u, y + 6, size * 1.1)


def _furrows(c: Canvas, top: Callable[[float], float], centre: float, colour: Ink, count: int = 34) -> None:
    for number in range(count):
        share = number / (count - 1)
        foot = c.w * (share * 2.6 - 0.8)
        head = centre + (share - 0.5) * c.w * 0.9
        start = top(min(max(head, 0), c.w))
        width = 5 * c.u
        c.poly(
            [
                (head - width * 0.2, start),
                (head + width * 0.2, start),
                (foot + width * 1.6, c.h + 5),
                (foot - width * 1.6, c.h + 5),
            ],
            colour,
        )


def fields(c: Canvas) -> None:
    """Rolling fields with a farm and a lone tree."""
    inks = c.inks
    nature.sky(c, c.h * 0.56, clouds=5)
    c.ridge(c.h * 0.5, 26, mix(inks.land[0], inks.sky[-1], 0.4), waves=3)
    far = c.ridge(c.h * 0.56, 30, inks.land[0], waves=2)
    marks(c, far, c.h * 0.5, c.h * 0.66, mix(inks.land[0], inks.land[2], 0.35), 70)
    crop = c.ridge(c.h * 0.6, 34, inks.crop, waves=1.4)
    marks(c, crop, c.h * 0.56, c.h * 0.74, mix(inks.crop, inks.dark, 0.16), 120)
    x = c.w * c.random.choice((0.2, 0.62))
    farm(c, x, crop(x) + 14, 88)
    near = c.ridge(c.h * 0.72, 40, inks.land[1], waves=1.2)
    _furrows(c, near, c.w * c.random.uniform(0.35, 0.65), mix(inks.land[1], inks.land[3], 0.6))
    tree = c.w * (0.84 if x < c.w / 2 else 0.14)
    nature.leafy(c, tree, near(tree) + 40, 330)
    nature.birds(c, c.w * 0.5, c.h * 0.22, 7, inks.dark if not inks.night else inks.cloud)
    nature.snowfall(c, 50)


def harvester(c: Canvas) -> None:
    """A combine on a golden field."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.58, clouds=5)
    c.ridge(c.h * 0.54, 24, inks.land[0], waves=3)
    for number in range(16):
        x = c.w * number / 15
        nature.leafy(c, x + c.random.uniform(-20, 20), c.h * 0.58, c.random.uniform(60, 110), bare=False)
    gold = inks.crop
    c.ridge(c.h * 0.58, 8, gold, waves=1)
    c.gouges((0, c.h * 0.59, c.w, c.h * 0.75), 420, mix(gold, inks.dark, 0.2), length=26, angle=1.5, width=2.4)
    c.gouges((0, c.h * 0.59, c.w, c.h * 0.75), 220, mix(gold, inks.paper, 0.45), length=24, angle=1.6, width=2.4)
    stubble = mix(gold, inks.sand, 0.5)
    cut = c.ridge(c.h * 0.77, 10, stubble, waves=1)
    _furrows(c, cut, c.w * 0.5, mix(stubble, inks.land[3], 0.3), 40)
    x, y = c.w * 0.46, c.h * 0.78
    for _ in range(34):
        c.blob(
            x + c.random.uniform(170, 520) * u,
            y - abs(c.random.gauss(20, 52)) * u,
            46 * u,
            30 * u,
            mix(gold, inks.sky[3], c.random.uniform(0.35, 0.7)),
            0.3,
        )
    body = inks.red if len(c.seed) % 2 else mix(inks.leaf[2], inks.dark, 0.1)
    c.poly(
        [
            (x - 120 * u, y - 130 * u),
            (x + 170 * u, y - 150 * u),
            (x + 220 * u, y - 60 * u),
            (x + 150 * u, y - 30 * u),
            (x - 120 * u, y - 30 * u),
        ],
        body,
    )
    c.poly(
        [(x - 130 * u, y - 50 * u), (x + 180 * u, y - 64 * u), (x + 180 * u, y - 46 * u), (x - 130 * u, y - 30 * u)],
        mix(body, inks.dark, 0.35),
    )
    c.rect(x - 130 * u, y - 212 * u, 110 * u, 100 * u, mix(inks.dark, inks.blue, 0.35))
    c.poly(
        [(x - 122 * u, y - 204 * u), (x - 40 * u, y - 204 * u), (x - 40 * u, y - 130 * u), (x - 122 * u, y - 130 * u)],
        inks.window if inks.dim else mix(inks.sky[3], inks.paper, 0.3),
    )
    c.rect(x - 142 * u, y - 222 * u, 134 * u, 14 * u, body)
    c.line([(x + 20 * u, y - 150 * u), (x + 230 * u, y - 232 * u)], mix(body, inks.paper, 0.3), 17 * u)
    for wheel, size in ((-70, 64), (140, 44)):
        c.disc(x + wheel * u, y - size * 0.55 * u, size * u, inks.dark)
        c.disc(x + wheel * u, y - size * 0.55 * u, size * 0.5 * u, inks.yellow)
        c.disc(x + wheel * u, y - size * 0.55 * u, size * 0.2 * u, inks.dark)
    reel = (x - 235 * u, y - 44 * u)
    for spoke in range(6):
        angle = spoke * math.tau / 6 + 0.3
        c.line([reel, (reel[0] + math.cos(angle) * 52 * u, reel[1] + math.sin(angle) * 52 * u)], inks.yellow, 6 * u)
    c.arc(*reel, 52 * u, 0, 360, inks.yellow, 6 * u)
    c.poly(
        [
            (reel[0] - 74 * u, y + 4 * u),
            (x - 110 * u, y - 58 * u),
            (x - 100 * u, y - 24 * u),
            (reel[0] + 40 * u, y + 8 * u),
        ],
        mix(body, inks.dark, 0.2),
    )
    if inks.night:
        c.poly([(x - 130 * u, y - 170 * u), (0, y - 120 * u), (0, y + 60 * u)], mix(gold, inks.window, 0.35))


def cottage(c: Canvas) -> None:
    """A red cottage with a flagpole and an apple tree."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6)
    c.ridge(c.h * 0.5, 22, mix(inks.land[0], inks.sky[-1], 0.3), waves=3)
    for number in range(22):
        nature.spruce(
            c,
            c.w * number / 21,
            c.h * 0.585,
            c.random.uniform(110, 210),
            mix(mix(inks.needle, inks.dark, 0.45), inks.sky[2], 0.15),
        )
    yard = c.ridge(c.h * 0.6, 18, inks.land[1], waves=1.2)
    marks(c, yard, c.h * 0.6, c.h, mix(inks.land[1], inks.land[3], 0.5), 120)
    flip = len(c.seed) % 2 == 0
    x, y = c.w * (0.28 if flip else 0.4), c.h * 0.72
    nature.house(c, x, y, 380 * u, 136 * u, inks.red, columns=5, door=True)
    c.gouges(
        (x + 8, y - 104 * u, x + 372 * u, y - 34 * u),
        60,
        mix(inks.red, inks.dark, 0.3),
        length=50 * u,
        angle=1.571,
        width=2,
    )
    chimney = x + 270 * u
    c.rect(chimney, y - 240 * u, 36 * u, 62 * u, mix(inks.red, inks.sand, 0.3))
    if inks.season in ("winter", "autumn"):
        for puff in range(5):
            c.blob(
                chimney + (20 + puff * 26) * u,
                y - (262 + puff * 34) * u,
                (17 + puff * 8) * u,
                (13 + puff * 5) * u,
                mix(inks.cloud, inks.paper, 0.4),
                0.3,
            )
    pole = c.w * (0.84 if flip else 0.2)
    c.line([(pole, c.h * 0.76), (pole, c.h * 0.2)], inks.paper, 6 * u)
    if inks.season == "summer" and not inks.night:
        c.rect(pole + 4 * u, c.h * 0.21, 120 * u, 76 * u, inks.blue)
        c.rect(pole + 40 * u, c.h * 0.21, 15 * u, 76 * u, inks.yellow)
        c.rect(pole + 4 * u, c.h * 0.21 + 31 * u, 120 * u, 15 * u, inks.yellow)
    nature.leafy(c, c.w * (0.13 if flip else 0.86), c.h * 0.78, 290)
    c.poly(
        [(x + 190 * u, y), (x + 230 * u, y), (c.w * 0.62, c.h + 5), (c.w * 0.36, c.h + 5)],
        mix(inks.sand, inks.land[1], 0.25),
    )
    nature.flowers(
        c, lambda a: yard(a) + 90, 120, (inks.paper, inks.yellow, inks.red) if inks.season != "autumn" else inks.leaf
    )
    if inks.dim:
        for step in range(5):
            nature.lamp_glow(
                c, c.w * (0.49 + 0.03 * math.sin(step * 2)), c.h * (0.78 + step * 0.045), (9 + step * 3) * u
            )
    nature.fence(c, c.h * 0.99, mix(inks.paper, inks.land[2], 0.15))
    nature.snowfall(c)


def apples(c: Canvas) -> None:
    """An apple tree and baskets of fruit."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6)
    c.ridge(c.h * 0.54, 22, inks.land[0], waves=3)
    lawn = c.ridge(c.h * 0.63, 12, inks.land[1], waves=2)
    farm(c, c.w * 0.7, c.h * 0.64, 80)
    marks(c, lawn, c.h * 0.63, c.h, mix(inks.land[1], inks.land[3], 0.45), 160, 0.2)
    nature.leafy(c, c.w * 0.34, c.h * 0.88, 520, bare=False, colours=inks.plant)
    for _ in range(58):
        angle, far = c.random.uniform(0, math.tau), math.sqrt(c.random.random())
        x, y = c.w * 0.34 + math.cos(angle) * far * 215 * u, c.h * 0.88 - 450 * u + math.sin(angle) * far * 150 * u
        c.disc(x, y, 13 * u, inks.red)
        c.disc(x - 4 * u, y - 4 * u, 4 * u, mix(inks.red, inks.paper, 0.5))
    c.line([(c.w * 0.5, c.h * 0.9), (c.w * 0.43, c.h * 0.34)], mix(inks.sand, inks.dark, 0.3), 9 * u)
    c.line([(c.w * 0.56, c.h * 0.89), (c.w * 0.48, c.h * 0.34)], mix(inks.sand, inks.dark, 0.3), 9 * u)
    for step in range(7):
        y = c.h * (0.4 + step * 0.07)
        x = c.w * (0.437 + step * 0.0088)
        c.line([(x, y), (x + c.w * 0.056, y)], mix(inks.sand, inks.dark, 0.3), 7 * u)
    for x, y, colour in ((0.66, 0.86, inks.red), (0.8, 0.9, inks.yellow), (0.14, 0.93, inks.red)):
        px, py = c.w * x, c.h * y
        for _ in range(26):
            c.disc(
                px + c.random.uniform(-64, 64) * u,
                py - c.random.uniform(56, 92) * u,
                17 * u,
                mix(colour, inks.dark, c.random.uniform(0, 0.25)),
            )
        c.poly(
            [
                (px - 92 * u, py - 62 * u),
                (px + 92 * u, py - 62 * u),
                (px + 72 * u, py + 30 * u),
                (px - 72 * u, py + 30 * u),
            ],
            mix(inks.sand, (140, 90, 50), 0.5),
        )
        for row in range(4):
            c.gouges(
                (px - 70 * u, py - (50 - row * 22) * u, px + 70 * u, py - (44 - row * 22) * u),
                9,
                inks.dark,
                length=30 * u,
                width=4,
            )
