"""Rivers, lakes and wetlands."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import Ink, mix


def river(c: Canvas) -> None:
    """A river with stones and a leaping salmon."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.42)
    c.ridge(c.h * 0.36, 34, mix(inks.land[0], inks.sky[-1], 0.3), waves=3)
    bank = c.ridge(c.h * 0.44, 22, inks.land[1], waves=2)
    for number in range(17):
        x = c.w * number / 16
        if abs(x - c.w * 0.52) > 70 * u:
            if number % 3:
                nature.leafy(c, x, bank(x) + 14, c.random.uniform(90, 165))
            else:
                nature.spruce(c, x, bank(x) + 14, c.random.uniform(130, 190), mix(inks.needle, inks.dark, 0.35))
    deep, face, glint = inks.water
    c.ridge(c.h * 0.5, 8, inks.land[2], waves=1)
    mid = c.w * 0.5
    stream = [
        (mid + 20 * u, c.h * 0.475),
        (mid + 62 * u, c.h * 0.475),
        (mid + 120 * u, c.h * 0.53),
        (mid + 80 * u, c.h * 0.6),
        (mid + 190 * u, c.h * 0.71),
        (mid + 420 * u, c.h * 0.84),
        (c.w * 1.02, c.h * 1.06),
        (-c.w * 0.02, c.h * 1.06),
        (mid - 330 * u, c.h * 0.84),
        (mid - 110 * u, c.h * 0.69),
        (mid - 20 * u, c.h * 0.6),
        (mid + 60 * u, c.h * 0.53),
    ]
    c.smooth([(x + 9 * u, y - 12 * u) for x, y in stream], mix(inks.land[3], inks.dark, 0.35))
    c.smooth([(x - 9 * u, y - 5 * u) for x, y in stream], mix(inks.land[3], inks.dark, 0.2))
    c.smooth(stream, face)
    c.smooth(
        [
            (mid + 20 * u, c.h * 0.66),
            (mid + 100 * u, c.h * 0.72),
            (mid + 250 * u, c.h * 0.88),
            (mid + 230 * u, c.h * 1.05),
            (mid - 210 * u, c.h * 1.05),
            (mid - 170 * u, c.h * 0.86),
            (mid - 40 * u, c.h * 0.72),
        ],
        mix(face, deep, 0.6),
    )
    for _ in range(120):
        y = c.random.uniform(0.5, 1.0)
        half = (30 + (y - 0.47) * 780) * u
        c.gouge(
            mid + 40 * u + c.random.uniform(-0.8, 0.8) * half,
            c.h * y,
            (20 + 160 * (y - 0.45)) * u,
            c.random.uniform(-0.15, 0.15),
            mix(glint, inks.paper, 0.3),
            2 + 5 * (y - 0.45),
        )
    for x, y, size in ((0.33, 0.8, 52), (0.62, 0.72, 36), (0.73, 0.9, 66), (0.45, 0.93, 40), (0.56, 0.6, 20)):
        stone = mix(inks.dark, inks.sand, 0.35)
        c.blob(c.w * x, c.h * y, size * u, size * 0.6 * u, stone, 0.2)
        c.blob(
            c.w * x - size * 0.2 * u,
            c.h * y - size * 0.18 * u,
            size * 0.55 * u,
            size * 0.28 * u,
            inks.land[2] if inks.snow else mix(stone, inks.paper, 0.3),
            0.2,
        )
        for _ in range(4):
            c.gouge(
                c.w * x + c.random.uniform(-1, 1) * size * u,
                c.h * y + size * 0.58 * u,
                size * 1.3 * u,
                0,
                inks.paper,
                4,
            )
    _salmon(c, c.w * 0.47, c.h * 0.68, 118 * u)
    near = c.ridge(c.h * 1.0, 26, inks.land[3] if not inks.snow else inks.land[2], waves=1)
    nature.grass(c, lambda x: near(x) - 12, 60, (inks.leaf[2], inks.land[2], inks.leaf[0]), 56)
    _ = sun


def _salmon(c: Canvas, x: float, y: float, size: float) -> None:
    silver, back = mix(c.inks.paper, c.inks.red, 0.12), mix(c.inks.dark, c.inks.blue, 0.35)
    spine = [(-1.0, 0.42), (-0.6, 0.02), (-0.1, -0.26), (0.4, -0.3), (0.85, -0.12)]
    half = (0.04, 0.13, 0.2, 0.17, 0.05)
    top = [(x + a * size, y + (b - h) * size) for (a, b), h in zip(spine, half, strict=True)]
    low = [(x + a * size, y + (b + h) * size) for (a, b), h in zip(spine, half, strict=True)]
    c.poly([*top, (x + 0.95 * size, y - 0.06 * size), *reversed(low)], silver)
    ridge = [(a, b + size * 0.11) for a, b in top]
    c.poly([*top, *reversed(ridge)], back)
    c.poly(
        [
            (x - 0.96 * size, y + 0.4 * size),
            (x - 1.3 * size, y + 0.42 * size),
            (x - 1.14 * size, y + 0.58 * size),
            (x - 1.1 * size, y + 0.8 * size),
        ],
        back,
    )
    c.poly(
        [(x - 0.15 * size, y - 0.44 * size), (x + 0.08 * size, y - 0.66 * size), (x + 0.2 * size, y - 0.46 * size)],
        back,
    )
    c.disc(x + 0.7 * size, y - 0.16 * size, size * 0.03, c.inks.dark)
    for spot in range(9):
        c.disc(x + (-0.5 + spot * 0.13) * size, y + (-0.1 - 0.12 * math.sin(spot * 0.5)) * size, size * 0.018, back)
    for _ in range(26):
        c.disc(
            x + c.random.gauss(-0.95, 0.35) * size,
            y + c.random.gauss(0.75, 0.2) * size,
            c.random.uniform(1.5, 6) * c.u,
            c.inks.paper,
        )


def wetland(c: Canvas) -> None:
    """Reeds, still water, swans and flocks."""
    inks, u = c.inks, c.u
    sun, high = nature.sky(c, c.h * 0.46)
    c.ridge(c.h * 0.42, 16, mix(inks.land[0], inks.sky[-1], 0.35), waves=3, floor=c.h * 0.5)
    c.ridge(c.h * 0.455, 10, inks.land[2] if not inks.snow else inks.land[0], waves=4, floor=c.h * 0.49)
    nature.water(c, c.h * 0.475, c.h, sun)
    if inks.hour in ("dawn", "dusk"):
        c.disc(sun, c.h * 0.475 + (c.h * 0.46 - high) * 0.6, 40 * u, mix(inks.water[1], inks.sun, 0.5))
    reed = (mix(inks.crop, inks.dark, 0.1), mix(inks.crop, inks.land[3], 0.4), mix(inks.sand, inks.crop, 0.5))
    for island in (0.18, 0.74):
        _reeds(c, island * c.w, c.h * 0.58, 150, 30, 70, reed)
    for number in range(c.random.randint(3, 6)):
        _swan(
            c,
            c.w * (0.26 + number * 0.11),
            c.h * (0.64 + 0.07 * ((number * 7) % 3)),
            c.random.uniform(44, 66) * u,
            flip=number % 2 == 0,
        )
    for number in range(17):
        arm = (number + 1) // 2 * (-1 if number % 2 else 1)
        x, y = c.w * 0.44 + arm * 27 * u, c.h * 0.15 + abs(arm) * 13 * u
        c.line(
            [(x - 11 * u, y - 5 * u), (x, y), (x + 11 * u, y - 6 * u)],
            inks.dark if not inks.night else inks.cloud,
            3 * u,
        )
    _reeds(c, c.w * 0.05, c.h * 1.02, 190, 70, 300, reed)
    _reeds(c, c.w * 0.96, c.h * 1.02, 190, 70, 280, reed)


def _reeds(c: Canvas, x: float, y: float, spread: float, count: int, high: float, colours: tuple[Ink, ...]) -> None:
    for number in range(count):
        root = x + c.random.gauss(0, spread * 0.5) * c.u
        far = high * c.random.uniform(0.5, 1.1) * c.u
        tip = (root + c.random.uniform(-0.18, 0.24) * far, y - far)
        c.line([(root, y), tip], c.random.choice(colours), max(1.5, high * 0.014 * c.u))
        if number % 3 == 0:
            c.oval(tip[0], tip[1], max(2, high * 0.022 * c.u), high * 0.085 * c.u, mix(c.inks.dark, (120, 70, 40), 0.6))


def _swan(c: Canvas, x: float, y: float, s: float, *, flip: bool) -> None:
    side = -1 if flip else 1
    white, shade = c.inks.paper, mix(c.inks.paper, c.inks.water[0], 0.3)

    def at(dx: float, dy: float) -> tuple[float, float]:
        return (x + side * dx * s, y - dy * s)

    c.poly([at(-1.1, 0.5), at(-0.7, 0.46), at(0.2, 0.5), at(0.72, 0.3), at(0.6, 0.0), at(-0.6, 0.0)], white)
    c.poly([at(-0.9, 0.44), at(-0.2, 0.44), at(0.3, 0.2), at(-0.4, 0.12)], shade)
    c.line([at(0.55, 0.2), at(0.7, 0.6), at(0.56, 0.95), at(0.62, 1.2)], white, s * 0.15)
    c.oval(*at(0.68, 1.24), s * 0.16, s * 0.1, white)
    c.poly([at(0.78, 1.28), at(1.02, 1.16), at(0.78, 1.16)], c.inks.yellow)
    c.gouge(x, y + s * 0.1, s * 2.4, 0, mix(c.inks.water[2], white, 0.4), 4)


def lake(c: Canvas) -> None:
    """A forest lake with a rowing boat; ice and skaters in winter."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.42)
    c.ridge(c.h * 0.36, 36, mix(inks.land[0], inks.sky[-1], 0.25), waves=3)
    dark = mix(inks.needle, inks.dark, 0.4)
    for number in range(34):
        nature.spruce(
            c,
            c.w * number / 33 + c.random.uniform(-8, 8),
            c.h * 0.475,
            c.random.uniform(90, 190),
            mix(dark, inks.sky[2], c.random.uniform(0, 0.18)),
        )
    if inks.snow:
        c.rect(-5, c.h * 0.47, c.w + 10, c.h, mix(inks.land[2], inks.water[1], 0.2))
        c.gouges((0, c.h * 0.49, c.w, c.h), 150, mix(inks.water[1], inks.paper, 0.35), length=160, angle=0.04, width=3)
        for x, y, size in ((0.3, 0.6, 70), (0.42, 0.62, 64), (0.66, 0.66, 84), (0.75, 0.58, 56), (0.52, 0.8, 130)):
            nature.person(c, c.w * x, c.h * y, size, c.random.choice((inks.dark, inks.red, inks.blue)), arms="out")
    else:
        nature.water(c, c.h * 0.47, c.h, sun)
        for number in range(40):
            x = c.w * number / 39
            c.poly(
                [
                    (x - 18 * u, c.h * 0.475),
                    (x + 18 * u, c.h * 0.475),
                    (x, c.h * 0.475 + c.random.uniform(40, 110) * u),
                ],
                mix(inks.water[0], dark, 0.5),
            )
        x, y = c.w * 0.4, c.h * 0.74
        c.poly(
            [
                (x - 130 * u, y - 34 * u),
                (x - 96 * u, y + 14 * u),
                (x + 100 * u, y + 14 * u),
                (x + 140 * u, y - 34 * u),
                (x, y - 16 * u),
            ],
            inks.red,
        )
        c.poly(
            [(x - 130 * u, y - 34 * u), (x, y - 16 * u), (x + 140 * u, y - 34 * u), (x, y - 28 * u)],
            mix(inks.dark, inks.sand, 0.4),
        )
        c.line([(x - 30 * u, y - 24 * u), (x + 170 * u, y + 40 * u)], inks.sand, 6 * u)
        c.gouge(x, y + 26 * u, 330 * u, 0, inks.water[2], 6)
    near = c.ridge(c.h * 0.95, 24, inks.land[3] if not inks.snow else inks.land[2], waves=1)
    nature.grass(c, lambda a: near(a) - 20, 60, (inks.leaf[2], inks.leaf[0], inks.land[2]), 60)
    nature.snowfall(c, 60)
