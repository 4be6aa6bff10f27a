"""Who grazes, and who hums."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.fields import farm, marks
from skord.sample.drawing.palette import mix


def _cow(c: Canvas, x: float, y: float, size: float, *, grazing: bool, flip: bool) -> None:
    s, inks = size * c.u, c.inks
    side = -1 if flip else 1
    white = (226, 212, 184) if inks.night else mix(inks.paper, inks.land[1], 0.04)
    black = mix(inks.dark, inks.red, 0.12)

    def at(dx: float, dy: float) -> tuple[float, float]:
        return (x + side * dx * s, y - dy * s)

    for leg in (-0.52, -0.38, 0.34, 0.46):
        c.line([at(leg, 0.5), at(leg + 0.01, 0.02)], white, s * 0.085)
        c.line([at(leg + 0.01, 0.06), at(leg + 0.01, 0.0)], black, s * 0.09)
    c.poly(
        [
            at(-0.62, 0.84),
            at(-0.5, 0.92),
            at(0.1, 0.87),
            at(0.45, 0.92),
            at(0.6, 0.78),
            at(0.52, 0.42),
            at(0.1, 0.34),
            at(-0.4, 0.36),
            at(-0.6, 0.5),
        ],
        white,
    )
    for dx, dy, rx, ry in ((-0.35, 0.68, 0.17, 0.15), (0.12, 0.7, 0.15, 0.13), (0.42, 0.74, 0.1, 0.12)):
        c.blob(*at(dx, dy), rx * s, ry * s, black, 0.35)
    head = (0.84, 0.32) if grazing else (0.84, 0.98)
    c.poly(
        [at(0.48, 0.88), at(0.58, 0.6), at(head[0] - 0.08, head[1] - 0.04), at(head[0] - 0.04, head[1] + 0.14)], black
    )
    tip = (head[0] + 0.16, head[1] - 0.18)
    c.poly(
        [
            at(head[0] - 0.1, head[1] + 0.12),
            at(head[0] + 0.06, head[1] + 0.13),
            at(tip[0] + 0.03, tip[1] + 0.04),
            at(tip[0] - 0.1, tip[1] - 0.05),
            at(head[0] - 0.12, head[1] - 0.06),
        ],
        black,
    )
    c.oval(*at(tip[0] - 0.03, tip[1]), s * 0.075, s * 0.055, mix(white, inks.red, 0.25))
    c.poly(
        [at(head[0] - 0.1, head[1] + 0.1), at(head[0] - 0.26, head[1] + 0.14), at(head[0] - 0.12, head[1] + 0.02)],
        black,
    )
    c.line([at(-0.6, 0.82), at(-0.7, 0.6), at(-0.68, 0.32)], white, s * 0.04)
    c.oval(*at(-0.16, 0.36), s * 0.14, s * 0.07, mix(white, inks.red, 0.22))


def cows(c: Canvas) -> None:
    """Cows in a pasture, or in the barn when it is night or winter."""
    inks, u = c.inks, c.u
    if inks.night:
        _barn(c)
        return
    nature.sky(c, c.h * 0.5, clouds=5)
    far = c.ridge(c.h * 0.46, 26, inks.land[0], waves=3)
    farm(c, c.w * 0.66, far(c.w * 0.7) + 22, 78)
    mid = c.ridge(c.h * 0.54, 22, inks.land[1], waves=2)
    marks(c, mid, c.h * 0.54, c.h, mix(inks.land[1], inks.land[3], 0.4), 150)
    spots = [(0.22, 0.68, 130), (0.78, 0.66, 120), (0.52, 0.62, 90), (0.36, 0.9, 250), (0.8, 0.93, 225)]
    for number, (x, y, size) in enumerate(spots):
        shade = mix(inks.land[1], inks.land[3], 0.55)
        c.oval(c.w * x, c.h * y, size * 0.7 * u, size * 0.07 * u, shade)
        _cow(c, c.w * x, c.h * y, size, grazing=(number + len(c.seed)) % 2 == 0, flip=(number + len(c.seed)) % 3 == 0)
    near = c.ridge(c.h * 0.985, 10, inks.land[2], waves=2)
    nature.grass(c, lambda x: near(x) - 30, 70, (inks.land[2], inks.leaf[1], inks.land[3]), 40)
    nature.flowers(c, lambda x: mid(x) + 110, 110, (inks.yellow, inks.paper))


def _barn(c: Canvas) -> None:
    inks, u = c.inks, c.u
    wall = mix(inks.dark, (112, 66, 40), 0.55)
    c.rect(0, 0, c.w, c.h, wall)
    for board in range(25):
        c.line([(c.w * board / 24, 0), (c.w * board / 24, c.h * 0.66)], mix(wall, inks.dark, 0.45), 3 * u)
    nature.lamp_glow(c, c.w * 0.5, c.h * 0.2, 330 * u)
    c.line([(c.w * 0.5, 0), (c.w * 0.5, c.h * 0.16)], inks.dark, 4 * u)
    c.poly([(c.w * 0.5 - 46 * u, c.h * 0.2), (c.w * 0.5, c.h * 0.14), (c.w * 0.5 + 46 * u, c.h * 0.2)], inks.dark)
    c.disc(c.w * 0.5, c.h * 0.21, 16 * u, inks.window)
    straw = (214, 172, 86)
    c.ridge(c.h * 0.68, 10, mix(straw, inks.dark, 0.25), waves=3)
    c.gouges((0, c.h * 0.69, c.w, c.h), 420, mix(straw, inks.paper, 0.2), length=50, angle=0.3, width=3)
    c.gouges((0, c.h * 0.69, c.w, c.h), 300, mix(straw, inks.dark, 0.5), length=44, angle=-0.5, width=3)
    _cow(c, c.w * 0.38, c.h * 0.88, 270, grazing=False, flip=False)
    _cow(c, c.w * 0.74, c.h * 0.9, 130, grazing=True, flip=True)
    _cow(c, c.w * 0.16, c.h * 0.92, 120, grazing=False, flip=False)
    for post in (0.06, 0.94):
        c.rect(c.w * post - 14 * u, 0, 28 * u, c.h, mix(wall, inks.dark, 0.4))


def horses(c: Canvas) -> None:
    """A work horse by a fence."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.55)
    c.ridge(c.h * 0.5, 26, inks.land[0], waves=3)
    for x in (0.1, 0.9, 0.82):
        nature.leafy(c, c.w * x, c.h * 0.6, 220)
    field = c.ridge(c.h * 0.58, 18, inks.land[1], waves=2)
    marks(c, field, c.h * 0.6, c.h, mix(inks.land[1], inks.land[0], 0.6), 120)
    coat, mane = mix((122, 74, 40), inks.dark, 0.25), mix(inks.sand, inks.paper, 0.2)
    x, y, s = c.w * 0.46, c.h * 0.88, 330 * u

    def at(dx: float, dy: float) -> tuple[float, float]:
        return (x + dx * s, y - dy * s)

    for leg, knee in ((-0.5, -0.54), (-0.36, -0.33), (0.3, 0.28), (0.42, 0.46)):
        c.line([at(leg, 0.6), at(knee, 0.32), at(leg, 0.04)], coat, s * 0.085)
        c.poly([at(leg - 0.07, 0.14), at(leg + 0.07, 0.14), at(leg + 0.08, 0.0), at(leg - 0.08, 0.0)], mane)
    c.poly(
        [
            at(-0.6, 0.86),
            at(-0.42, 0.98),
            at(-0.1, 0.9),
            at(0.22, 0.96),
            at(0.5, 0.84),
            at(0.48, 0.56),
            at(0.2, 0.48),
            at(-0.3, 0.5),
            at(-0.56, 0.56),
        ],
        coat,
    )
    c.poly([at(0.2, 0.95), at(0.52, 0.62), at(0.78, 1.12), at(0.66, 1.36), at(0.5, 1.3)], coat)
    c.poly([at(0.62, 1.36), at(0.76, 1.3), at(1.02, 1.04), at(0.96, 0.94), at(0.72, 1.02)], coat)
    c.poly([at(0.62, 1.34), at(0.64, 1.46), at(0.7, 1.34)], coat)
    c.poly([at(0.66, 1.42), at(0.5, 1.3), at(0.16, 0.94), at(0.26, 0.88), at(0.5, 1.12)], mane)
    c.poly([at(-0.58, 0.9), at(-0.74, 0.74), at(-0.76, 0.28), at(-0.66, 0.3), at(-0.58, 0.72)], mane)
    c.disc(*at(0.74, 1.22), s * 0.018, inks.dark)
    c.poly([at(0.3, 0.96), at(0.4, 0.9), at(0.52, 0.6), at(0.4, 0.52)], inks.red)
    nature.fence(c, c.h * 0.97, mix(inks.dark, inks.sand, 0.35), 120)
    nature.snowfall(c, 70)


def sheep(c: Canvas) -> None:
    """Sheep and lambs on a heath."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.46)
    nature.water(c, c.h * 0.44, c.h * 0.5, sun)
    c.ridge(c.h * 0.5, 18, inks.land[0], waves=3)
    heath = c.ridge(c.h * 0.56, 24, inks.land[1], waves=2)
    purple = mix((140, 92, 120), inks.land[1], 0.35)
    for _ in range(70):
        x = c.random.uniform(0, c.w)
        c.blob(x, c.random.uniform(heath(x) + 10, c.h), 60 * u, 16 * u, purple, 0.4)
    marks(c, heath, c.h * 0.56, c.h, mix(inks.land[2], inks.land[3], 0.5), 170, 0.2)
    for x, y, size in (
        (0.2, 0.68, 70),
        (0.6, 0.66, 64),
        (0.8, 0.76, 96),
        (0.38, 0.82, 128),
        (0.54, 0.88, 66),
        (0.66, 0.92, 62),
        (0.15, 0.9, 70),
    ):
        s, px, py = size * u, c.w * x, c.h * y
        wool = mix(inks.paper, inks.sand, 0.25)
        for leg in (-0.4, -0.2, 0.25, 0.42):
            c.rect(px + leg * s, py - 0.35 * s, s * 0.09, s * 0.36, inks.dark)
        c.blob(px, py - s * 0.62, s * 0.72, s * 0.46, wool, 0.3)
        c.gouges(
            (px - s * 0.5, py - s * 0.9, px + s * 0.5, py - s * 0.35),
            12,
            mix(wool, inks.dark, 0.25),
            length=s * 0.2,
            angle=0.6,
            width=2.4,
        )
        c.oval(px + s * 0.76, py - s * 0.72, s * 0.2, s * 0.26, inks.dark)
        c.poly(
            [(px + s * 0.6, py - s * 0.9), (px + s * 0.42, py - s * 0.84), (px + s * 0.62, py - s * 0.76)], inks.dark
        )


def hives(c: Canvas) -> None:
    """Bright hives in a meadow."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.52)
    c.ridge(c.h * 0.46, 24, inks.land[0], waves=3)
    for number in range(12):
        nature.leafy(c, c.w * number / 11, c.h * 0.55, c.random.uniform(120, 210))
    meadow = c.ridge(c.h * 0.55, 16, inks.land[1], waves=2)
    marks(c, meadow, c.h * 0.55, c.h, mix(inks.land[1], inks.land[3], 0.4), 160, 1.4)
    nature.flowers(
        c, lambda x: meadow(x) + 20, 200, (inks.yellow, inks.paper, inks.red, mix(inks.blue, inks.paper, 0.3))
    )
    colours = [inks.blue, inks.yellow, inks.red, mix(inks.paper, inks.blue, 0.35), mix(inks.leaf[1], inks.paper, 0.25)]
    c.random.shuffle(colours)
    count = c.random.choice((4, 5))
    for number in range(count):
        x, y = c.w * (0.15 + number * 0.76 / count), c.h * (0.8 + 0.05 * math.sin(number * 2 + len(c.seed)))
        colour, wide = colours[number], 126 * u
        boxes = c.random.choice((2, 3))
        for leg in (0.1, 0.8):
            c.rect(x + wide * leg, y - 5, 12 * u, 34 * u, inks.dark)
        for box in range(boxes):
            shade = mix(colour, inks.dark, 0.13 * (box % 2))
            c.rect(x, y - (box + 1) * 62 * u, wide, 60 * u, shade)
            c.rect(x + wide * 0.78, y - (box + 1) * 62 * u, wide * 0.22, 60 * u, mix(shade, inks.dark, 0.25))
            c.rect(x + wide * 0.3, y - (box + 0.62) * 62 * u, wide * 0.26, 8 * u, mix(shade, inks.dark, 0.45))
        c.rect(x + wide * 0.2, y - 12 * u, wide * 0.46, 9 * u, inks.dark)
        roof = inks.land[2] if inks.snow else mix(inks.paper, inks.dark, 0.3)
        c.poly(
            [
                (x - 12 * u, y - boxes * 62 * u),
                (x + wide + 12 * u, y - boxes * 62 * u),
                (x + wide + 4 * u, y - boxes * 62 * u - 24 * u),
                (x - 4 * u, y - boxes * 62 * u - 24 * u),
            ],
            roof,
        )
    if not inks.snow and not inks.night:
        for _ in range(36):
            x, y, s = (
                c.random.uniform(0.08, 0.92) * c.w,
                c.random.uniform(0.34, 0.78) * c.h,
                c.random.uniform(4, 7.5) * u,
            )
            c.oval(x - s * 0.2, y - s * 0.8, s * 0.7, s * 0.4, inks.paper)
            c.oval(x, y, s, s * 0.62, inks.yellow)
            c.rect(x - s * 0.25, y - s * 0.56, s * 0.34, s * 1.12, inks.dark)
    near = c.ridge(c.h * 0.97, 12, inks.land[2], waves=2)
    nature.grass(c, lambda x: near(x) - 26, 80, (inks.land[2], inks.leaf[0], inks.land[3]), 50)
    nature.snowfall(c, 70)
