"""Days that people keep together."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.fields import marks
from skord.sample.drawing.palette import mix


def bonfire(c: Canvas) -> None:
    """A bonfire on a point, people around it."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6, sun=False)
    nature.water(c, c.h * 0.58, c.h, c.w * 0.5)
    ground = c.ridge(c.h * 0.76, 20, mix(inks.land[3], inks.dark, 0.55), waves=1.3)
    x, y = c.w * 0.52, c.h * 0.8
    for size, share in ((330.0, 0.12), (240.0, 0.16), (160.0, 0.24)):
        c.glow(x, y - 110 * u, size * u, (240, 150, 60), share)
    for number in range(26):
        angle = -0.35 - number * 0.094
        c.line(
            [
                (x + math.cos(angle) * 190 * u, y + 8 * u),
                (x - math.cos(angle) * 40 * u, y - c.random.uniform(90, 170) * u),
            ],
            inks.dark,
            11 * u,
        )
    for colour, size in (((196, 66, 36), 1.0), ((232, 124, 42), 0.74), ((250, 196, 84), 0.46)):
        points = [(x - 120 * size * u, y)]
        for tongue in range(7):
            left = x + (-110 + tongue * 36) * size * u
            points += [
                (left, y - c.random.uniform(190, 330) * size * u * (1 - abs(tongue - 3) * 0.16)),
                (left + 20 * size * u, y - 100 * size * u),
            ]
        c.poly([*points, (x + 130 * size * u, y)], colour)
    for _ in range(60):
        c.disc(
            x + c.random.gauss(20, 110) * u,
            y - c.random.uniform(180, 520) * u,
            c.random.uniform(1.5, 5) * u,
            (250, 196, 84),
        )
    for number in range(18):
        at = c.w * (0.03 + number * 0.056)
        if abs(at - x) > 150 * u:
            nature.person(
                c,
                at,
                ground(at) + c.random.uniform(40, 110) * u,
                c.random.uniform(95, 150),
                mix(inks.dark, (0, 0, 0), 0.35),
            )


def _steps(c: Canvas) -> list[float]:
    return [float(x) for x in range(0, c.w + 20, 20)]


def midsummer(c: Canvas) -> None:
    """A midsummer pole with dancers."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.55, clouds=5)
    c.ridge(c.h * 0.47, 24, inks.land[0], waves=3)
    for number in range(15):
        nature.leafy(c, c.w * number / 14, c.h * 0.58, c.random.uniform(130, 220))
    lawn = c.ridge(c.h * 0.58, 10, inks.land[1], waves=2)
    marks(c, lawn, c.h * 0.58, c.h, mix(inks.land[1], inks.leaf[0], 0.6), 160)
    x, top, foot = c.w * 0.5, c.h * 0.08, c.h * 0.76
    c.line([(x, foot), (x, top)], inks.leaf[2], 17 * u)
    c.line([(x - 190 * u, top + 90 * u), (x + 190 * u, top + 90 * u)], inks.leaf[2], 15 * u)
    colours = (inks.yellow, inks.paper, inks.red, mix(inks.blue, inks.paper, 0.2))
    for side in (-1, 1):
        ring = (x + side * 150 * u, top + 162 * u)
        c.arc(*ring, 62 * u, 0, 360, inks.leaf[2], 20 * u)
        for bloom in range(16):
            angle = bloom * math.tau / 16
            c.disc(ring[0] + math.cos(angle) * 54 * u, ring[1] + math.sin(angle) * 54 * u, 7.5 * u, colours[bloom % 4])
    for _ in range(120):
        y = c.random.uniform(top, foot)
        c.blob(x + c.random.uniform(-13, 13) * u, y, 11 * u, 8 * u, c.random.choice(inks.leaf), 0.4)
    for _ in range(80):
        c.blob(
            x + c.random.uniform(-190, 190) * u,
            top + 90 * u + c.random.uniform(-9, 9) * u,
            10 * u,
            8 * u,
            c.random.choice(inks.leaf),
            0.4,
        )
    for bloom in range(20):
        c.disc(x + c.random.uniform(-10, 10) * u, top + bloom * (foot - top) / 20, 8 * u, colours[bloom % 4])
    for ring_y, count, size in ((0.74, 13, 92), (0.86, 12, 135)):
        for number in range(count):
            at = c.w * (0.06 + number * 0.88 / (count - 1))
            nature.person(
                c,
                at,
                c.h * ring_y + abs(number - count / 2) * -3 * u,
                size,
                c.random.choice((inks.blue, inks.red, inks.dark, inks.paper, inks.yellow)),
                arms="out",
            )
    nature.flowers(c, lambda a: lawn(a) + 160, 120, colours)


def dinner(c: Canvas) -> None:
    """A long table outdoors with guests and garlands."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.5)
    for number in range(9):
        nature.leafy(c, c.w * number / 8, c.h * 0.6, c.random.uniform(280, 400))
    c.rect(-5, c.h * 0.58, c.w + 10, c.h, inks.land[1])
    c.gouges((0, c.h * 0.6, c.w, c.h), 160, mix(inks.land[1], inks.land[3], 0.45), length=44)
    for strand in range(3):
        y = c.h * (0.1 + strand * 0.09)
        path = [(x, y + 52 * u * math.sin(x / c.w * math.pi * 2.5 + strand * 1.4)) for x in _steps(c)]
        c.line(path, inks.dark, 2.4 * u)
        for number, (x, high) in enumerate(path[::3]):
            colour = (inks.red, inks.yellow, inks.blue, inks.paper)[number % 4]
            c.poly([(x - 12 * u, high), (x + 12 * u, high), (x, high + 26 * u)], colour)
    people = (
        inks.red,
        inks.blue,
        inks.yellow,
        inks.leaf[2],
        mix(inks.dark, inks.red, 0.3),
        mix(inks.wall, inks.dark, 0.3),
    )
    for number in range(11):
        x = c.w * (0.09 + number * 0.082)
        colour = people[number % 6]
        c.disc(x, c.h * 0.545, 25 * u, mix((150, 102, 70), inks.dark, 0.1 + 0.5 * ((number * 3) % 5) / 5))
        c.poly(
            [(x - 40 * u, c.h * 0.66), (x - 32 * u, c.h * 0.585), (x + 32 * u, c.h * 0.585), (x + 40 * u, c.h * 0.66)],
            colour,
        )
    c.poly(
        [(c.w * 0.04, c.h * 0.65), (c.w * 0.96, c.h * 0.65), (c.w * 1.04, c.h * 0.8), (-c.w * 0.04, c.h * 0.8)],
        inks.paper,
    )
    c.rect(-5, c.h * 0.8, c.w + 10, 46 * u, mix(inks.paper, inks.dark, 0.14))
    for fold in range(14):
        c.line(
            [(c.w * fold / 13, c.h * 0.8), (c.w * fold / 13, c.h * 0.8 + 46 * u)],
            mix(inks.paper, inks.dark, 0.28),
            3 * u,
        )
    for number in range(12):
        x = c.w * (0.06 + number * 0.08)
        c.oval(x, c.h * 0.745, 31 * u, 13 * u, mix(inks.blue, inks.paper, 0.45))
        c.oval(x, c.h * 0.743, 21 * u, 8 * u, c.random.choice((inks.yellow, inks.leaf[1], inks.red, inks.sand)))
        if number % 3 == 1:
            c.rect(x + 40 * u, c.h * 0.65, 21 * u, 54 * u, mix(inks.leaf[2], inks.blue, 0.35))
            for bloom in range(5):
                c.disc(
                    x + (38 + bloom * 7) * u,
                    c.h * 0.64 - (bloom % 2) * 14 * u,
                    9 * u,
                    (inks.yellow, inks.red, inks.paper)[bloom % 3],
                )
    for number in range(6):
        x = c.w * (0.1 + number * 0.165)
        colour = people[(number + 2) % 6]
        c.rect(x - 44 * u, c.h * 0.86, 88 * u, 12 * u, mix(inks.sand, inks.dark, 0.4))
        c.blob(x, c.h * 0.93, 62 * u, 78 * u, colour, 0.08)
        c.disc(x, c.h * 0.81, 38 * u, mix((120, 80, 56), inks.dark, 0.2 + 0.4 * (number % 3) / 2))


def lucia(c: Canvas) -> None:
    """A Lucia procession."""
    inks, u = c.inks, c.u
    wall = mix((20, 34, 52), inks.dark, 0.3)
    c.rect(0, 0, c.w, c.h, wall)
    for step in range(6):
        c.ridge(c.h * (0.75 - step * 0.0), 2, mix(wall, (90, 66, 48), 0.25), waves=1)
    gold, white = (255, 208, 112), (240, 232, 214)
    for size, share in ((430.0, 0.07), (320.0, 0.13), (220.0, 0.2)):
        c.disc(c.w * 0.5, c.h * 0.36, size * u, mix(wall, gold, share))
    arch = mix(wall, (150, 120, 90), 0.25)
    for side in (0.06, 0.94):
        c.rect(c.w * side - 50 * u, 0, 100 * u, c.h, arch)
        c.gouges((c.w * side - 46 * u, 0, c.w * side + 46 * u, c.h), 30, mix(arch, wall, 0.6), length=60, width=4)
    order = sorted(range(11), key=lambda number: abs(number - 5), reverse=True)
    for number in order:
        away = abs(number - 5)
        x, y = c.w * (0.5 + (number - 5) * 0.078), c.h * (0.98 - away * 0.026)
        size = (480 - away * 32) * u
        shade = mix(white, wall, 0.08 + away * 0.07)
        c.poly(
            [
                (x - size * 0.19, y),
                (x - size * 0.1, y - size * 0.56),
                (x - size * 0.07, y - size * 0.72),
                (x + size * 0.07, y - size * 0.72),
                (x + size * 0.1, y - size * 0.56),
                (x + size * 0.19, y),
            ],
            shade,
        )
        for fold in (-0.08, 0.0, 0.08):
            c.line([(x + fold * size * 0.6, y - size * 0.4), (x + fold * size * 1.5, y)], mix(shade, wall, 0.25), 3 * u)
        c.poly(
            [
                (x - size * 0.11, y - size * 0.42),
                (x + size * 0.11, y - size * 0.42),
                (x + size * 0.1, y - size * 0.39),
                (x - size * 0.1, y - size * 0.39),
            ],
            (170, 50, 40),
        )
        c.poly(
            [
                (x - size * 0.02, y - size * 0.4),
                (x + size * 0.03, y - size * 0.4),
                (x + size * 0.05, y - size * 0.16),
                (x, y - size * 0.15),
            ],
            (170, 50, 40),
        )
        c.oval(x, y - size * 0.8, size * 0.062, size * 0.075, mix((196, 150, 112), wall, 0.15 + away * 0.05))
        hair = mix(((120, 80, 40), (50, 36, 30), (190, 150, 84))[number % 3], wall, 0.2)
        c.arc(x, y - size * 0.81, size * 0.068, 160, 380, hair, size * 0.035)
        if away:
            c.rect(x + size * 0.045, y - size * 0.62, size * 0.028, size * 0.13, white)
            nature.lamp_glow(c, x + size * 0.058, y - size * 0.66, size * 0.09)
            c.oval(x + size * 0.058, y - size * 0.655, size * 0.016, size * 0.03, gold)
        else:
            for candle in range(5):
                at = x + (candle - 2) * size * 0.028
                c.rect(at - size * 0.008, y - size * 0.95, size * 0.016, size * 0.07, white)
                c.oval(at, y - size * 0.975, size * 0.013, size * 0.027, gold)
            c.arc(x, y - size * 0.86, size * 0.066, 190, 350, (70, 110, 60), size * 0.028)
    for _ in range(40):
        c.disc(
            c.random.uniform(0, c.w), c.random.uniform(0, c.h * 0.5), c.random.uniform(1, 2.6) * u, mix(wall, gold, 0.5)
        )
