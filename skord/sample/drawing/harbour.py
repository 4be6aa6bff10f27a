"""Piers, boats and cranes."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import Ink, mix


def bathhouse(c: Canvas) -> None:
    """A cold-bath house on poles with a ramp into the sea."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.52)
    c.ridge(c.h * 0.5, 14, mix(inks.land[0], inks.sky[-1], 0.3), waves=4, floor=c.h * 0.53)
    nature.water(c, c.h * 0.52, c.h, sun)
    x, deck = c.w * 0.3, c.h * 0.58
    wall = mix(inks.red, inks.yellow, 0.25) if c.random.random() < 0.4 else mix(inks.wall, inks.blue, 0.35)
    dark = mix(inks.dark, inks.water[0], 0.25)
    for pole in range(15):
        at = x - 190 * u + pole * 46 * u
        c.rect(at, deck, 9 * u, 74 * u, dark)
        c.gouge(at + 4 * u, deck + 92 * u, 40 * u, 0, dark, 4)
    nature.house(c, x - 130 * u, deck, 330 * u, 104 * u, wall, columns=6)
    for tower in (-170, 190):
        c.rect(x + tower * u, deck - 150 * u, 70 * u, 150 * u, mix(wall, inks.dark, 0.12))
        nature.window(c, x + (tower + 21) * u, deck - 110 * u, 28 * u, 40 * u)
        roof = inks.land[2] if inks.snow else mix(inks.dark, inks.blue, 0.4)
        c.poly(
            [
                (x + (tower - 10) * u, deck - 150 * u),
                (x + (tower + 35) * u, deck - 240 * u),
                (x + (tower + 80) * u, deck - 150 * u),
            ],
            roof,
        )
        c.line([(x + (tower + 35) * u, deck - 240 * u), (x + (tower + 35) * u, deck - 275 * u)], dark, 3 * u)
        c.poly(
            [
                (x + (tower + 36) * u, deck - 275 * u),
                (x + (tower + 74) * u, deck - 266 * u),
                (x + (tower + 36) * u, deck - 255 * u),
            ],
            inks.red,
        )
    c.rect(x - 220 * u, deck - 4 * u, 700 * u, 14 * u, mix(inks.sand, inks.dark, 0.2))
    end = x + 480 * u
    c.poly(
        [
            (end - 20 * u, deck - 4 * u),
            (end, deck - 4 * u),
            (end + 130 * u, deck + 104 * u),
            (end + 100 * u, deck + 104 * u),
        ],
        mix(inks.sand, inks.dark, 0.1),
    )
    c.line(
        [(end - 10 * u, deck - 48 * u), (end + 16 * u, deck - 48 * u), (end + 128 * u, deck + 52 * u)],
        inks.paper,
        5 * u,
    )
    for number in range(c.random.randint(3, 6)):
        nature.person(
            c, end - (70 + number * 52) * u, deck - 4 * u, 74, inks.dark, arms=c.random.choice(("down", "up"))
        )
    if not inks.night:
        c.disc(end + 190 * u, c.h * 0.8, 11 * u, inks.red)
        c.gouge(end + 190 * u, c.h * 0.8 + 12 * u, 70 * u, 0, inks.paper, 5)
    nature.birds(c, c.w * 0.7, c.h * 0.2, 4, inks.paper)


def boat(c: Canvas, x: float, y: float, size: float, hull: Ink) -> None:
    """Print a small fishing boat with a wheelhouse; (x, y) is the middle of its waterline."""
    inks, s = c.inks, size * c.u
    c.poly(
        [
            (x - s, y - s * 0.3),
            (x - s * 0.8, y + s * 0.06),
            (x + s * 0.72, y + s * 0.06),
            (x + s * 1.08, y - s * 0.44),
            (x + s * 0.5, y - s * 0.26),
        ],
        hull,
    )
    c.poly(
        [
            (x - s * 0.98, y - s * 0.29),
            (x + s * 0.5, y - s * 0.25),
            (x + s * 1.08, y - s * 0.44),
            (x + s * 1.06, y - s * 0.36),
            (x + s * 0.5, y - s * 0.18),
            (x - s * 0.96, y - s * 0.22),
        ],
        inks.paper,
    )
    c.rect(x - s * 0.1, y - s * 0.68, s * 0.46, s * 0.44, inks.paper)
    c.rect(x - s * 0.15, y - s * 0.74, s * 0.56, s * 0.08, inks.red)
    c.rect(x + s * 0.12, y - s * 0.6, s * 0.18, s * 0.16, inks.window)
    c.line([(x - s * 0.5, y - s * 0.26), (x - s * 0.5, y - s * 1.2), (x - s * 0.12, y - s * 0.6)], inks.dark, 4 * c.u)
    c.line([(x - s * 0.5, y - s * 1.2), (x - s * 0.98, y - s * 0.3)], inks.dark, 2 * c.u)
    c.gouge(x, y + s * 0.12, s * 2.2, 0, mix(inks.water[1], inks.water[2], 0.6), 6 * c.u)
    c.gouge(x, y + s * 0.2, s * 1.5, 0, mix(inks.water[0], inks.dark, 0.3), 5 * c.u)


def boats(c: Canvas) -> None:
    """Fishing boats off a pier with red sheds."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.5)
    c.ridge(c.h * 0.485, 16, mix(inks.land[0], inks.sky[-1], 0.4), waves=3, floor=c.h * 0.52)
    nature.water(c, c.h * 0.5, c.h, sun)
    left = sun > c.w / 2
    stone = mix(inks.dark, inks.sand, 0.35)
    for number in range(4):
        width = 92 * u
        at = (20 + number * 112) * u if left else c.w - (110 + number * 112) * u
        colour = (inks.red, mix(inks.red, inks.dark, 0.25), inks.red, mix(inks.yellow, inks.wall, 0.3))[number]
        nature.house(c, at, c.h * 0.56, width, c.random.uniform(62, 88) * u, colour, columns=2, door=number % 2 == 0)
    edge = 520 * u if left else c.w - 520 * u
    ends = [(-10, c.h * 0.56), (edge, c.h * 0.57), (edge + 40 * u, c.h * 0.62), (-10, c.h * 0.63)]
    if not left:
        ends = [(c.w + 10, c.h * 0.56), (edge, c.h * 0.57), (edge - 40 * u, c.h * 0.62), (c.w + 10, c.h * 0.63)]
    c.poly(ends, stone)
    c.gouges(
        (min(edge, c.w - 500 * u) if not left else 0, c.h * 0.57, edge if left else c.w, c.h * 0.62),
        60,
        mix(stone, inks.paper, 0.25),
        length=30,
        width=3,
    )
    boat(c, c.w * (0.7 if left else 0.3), c.h * 0.74, 150, inks.blue)
    boat(c, c.w * (0.4 if left else 0.62), c.h * 0.66, 88, mix(inks.leaf[2], inks.blue, 0.4))
    for number in range(9):
        c.disc(
            c.w * (0.12 + number * 0.095),
            c.h * (0.87 + 0.012 * math.sin(number)),
            7 * u,
            inks.red if number % 2 else inks.yellow,
        )
    nature.birds(c, c.w * 0.5, c.h * 0.24, 7, inks.paper if inks.hour != "day" else inks.dark)


def port(c: Canvas) -> None:
    """Harbour cranes, a ship and containers."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.66)
    c.ridge(c.h * 0.62, 16, mix(inks.land[0], inks.sky[-1], 0.35), waves=4, floor=c.h * 0.7)
    quay, steel = c.h * 0.72, mix(inks.dark, inks.blue, 0.25)
    back = c.w * 0.02
    for number in range(3):
        nature.house(
            c,
            back + number * 178 * u,
            c.h * 0.71,
            168 * u,
            96 * u,
            mix(inks.red, inks.dark, 0.12 * number),
            columns=4,
            trim=False,
        )
    for number, x in enumerate((0.55, 0.84)):
        _crane(c, c.w * x, quay, (430 - number * 70) * u, (inks.yellow, inks.red)[(number + len(c.seed)) % 2])
    colours = (inks.blue, inks.red, inks.yellow, mix(inks.leaf[2], inks.blue, 0.3), mix(inks.paper, inks.dark, 0.2))
    for column in range(9):
        for row in range(c.random.randint(1, 3)):
            colour = c.random.choice(colours)
            x, y = c.w * 0.36 + column * 74 * u, quay - (row + 1) * 32 * u
            c.rect(x, y, 71 * u, 30 * u, colour)
            for stripe in range(6):
                c.rect(x + (6 + stripe * 11) * u, y + 5 * u, 3 * u, 20 * u, mix(colour, inks.dark, 0.3))
    c.rect(-5, quay, c.w + 10, 26 * u, mix(inks.sand, inks.dark, 0.35))
    c.rect(-5, quay + 22 * u, c.w + 10, 16 * u, steel)
    nature.water(c, quay + 36 * u, c.h, sun)
    x = c.w * 0.3
    hull = mix(inks.blue, inks.dark, 0.35)
    c.poly(
        [
            (x - 300 * u, quay + 4 * u),
            (x - 262 * u, quay + 92 * u),
            (x + 260 * u, quay + 92 * u),
            (x + 352 * u, quay - 20 * u),
            (x + 250 * u, quay + 8 * u),
        ],
        hull,
    )
    c.poly(
        [
            (x - 272 * u, quay + 70 * u),
            (x - 262 * u, quay + 92 * u),
            (x + 260 * u, quay + 92 * u),
            (x + 280 * u, quay + 70 * u),
        ],
        inks.red,
    )
    for deck in range(3):
        c.rect(x - (270 - deck * 14) * u, quay - (36 + deck * 40) * u, (120 - deck * 22) * u, 42 * u, inks.paper)
        for hole in range(4 - deck):
            c.rect(x - (258 - deck * 14 - hole * 26) * u, quay - (24 + deck * 40) * u, 14 * u, 13 * u, inks.window)
    c.rect(x - 236 * u, quay - 168 * u, 34 * u, 52 * u, inks.red)
    nature.birds(c, c.w * 0.3, c.h * 0.25, 6, inks.paper if inks.hour != "day" else inks.dark)
    if inks.dim:
        for lamp in (0.1, 0.48, 0.7, 0.94):
            c.disc(c.w * lamp, quay - 150 * u, 9 * u, inks.window)
            c.line([(c.w * lamp, quay), (c.w * lamp, quay - 150 * u)], steel, 4 * u)


def _crane(c: Canvas, x: float, y: float, high: float, colour: Ink) -> None:
    shade = mix(colour, c.inks.dark, 0.35)
    for side in (-1, 1):
        c.line(
            [(x + side * high * 0.17, y), (x + side * high * 0.11, y - high * 0.56)],
            colour if side < 0 else shade,
            15 * c.u,
        )
    for row in range(3):
        level = y - high * (0.14 + 0.19 * row)
        half = high * (0.155 - 0.022 * row)
        c.line([(x - half, level), (x + half, level - high * 0.17)], shade, 5 * c.u)
        c.line([(x - half, level), (x + half, level)], shade, 7 * c.u)
    c.rect(x - high * 0.15, y - high * 0.64, high * 0.32, high * 0.1, colour)
    c.rect(x - high * 0.12, y - high * 0.62, high * 0.09, high * 0.06, c.inks.window)
    tip = (x - high * 0.66, y - high * 1.02)
    c.line([(x + high * 0.1, y - high * 0.64), tip], colour, 12 * c.u)
    c.line([(x + high * 0.12, y - high * 0.64), (x + high * 0.08, y - high * 0.95), tip], shade, 5 * c.u)
    c.line([(x + high * 0.08, y - high * 0.95), (x + high * 0.17, y - high * 0.6)], shade, 6 * c.u)
    c.line([tip, (tip[0], y - high * 0.5)], c.inks.dark, 2.4 * c.u)
    c.rect(tip[0] - high * 0.045, y - high * 0.5, high * 0.09, high * 0.05, c.inks.dark)
