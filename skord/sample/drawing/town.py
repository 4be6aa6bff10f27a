"""Squares, markets and skylines."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import Ink, mix


def _facades(c: Canvas) -> tuple[Ink, ...]:
    inks = c.inks
    return (
        mix(inks.yellow, inks.wall, 0.45),
        mix(inks.red, inks.wall, 0.35),
        inks.wall,
        mix(inks.blue, inks.wall, 0.5),
        mix(inks.leaf[2], inks.wall, 0.55),
        mix(inks.red, inks.yellow, 0.4),
    )


def _cobbles(c: Canvas, top: float, colour: Ink) -> None:
    c.rect(-5, top, c.w + 10, c.h - top + 5, colour)
    shade, light = mix(colour, c.inks.dark, 0.2), mix(colour, c.inks.paper, 0.3)
    rows = 11
    for row in range(rows):
        share = row / rows
        y = top + (c.h - top) * share**1.4
        step = (16 + 46 * share) * c.u
        x = -step * c.random.random()
        while x < c.w:
            c.gouge(x, y + step * 0.3, step * 0.72, 0, shade if c.random.random() < 0.6 else light, 3 + 5 * share)
            x += step


def _row(c: Canvas, foot: float, low: float, high: float) -> None:
    x, number, colours = -30.0, len(c.seed), _facades(c)
    while x < c.w:
        width, tall = c.random.uniform(150, 240) * c.u, c.random.uniform(low, high) * c.u
        rows = 3 if tall > (low + high) / 2 * c.u else 2
        nature.house(c, x, foot, width, tall, colours[number % len(colours)], rows=rows, columns=3, door=True)
        x += width + c.random.uniform(2, 10)
        number += 1


def _lamp(c: Canvas, x: float, y: float, high: float) -> None:
    if c.inks.dim:
        nature.lamp_glow(c, x, y - high, 60 * c.u)
    c.line([(x, y), (x, y - high)], c.inks.dark, 6 * c.u)
    c.disc(x, y - high, 12 * c.u, c.inks.window if c.inks.dim else c.inks.paper)
    c.poly(
        [(x - 17 * c.u, y - high - 8 * c.u), (x, y - high - 26 * c.u), (x + 17 * c.u, y - high - 8 * c.u)], c.inks.dark
    )


def square(c: Canvas) -> None:
    """A town square with a row of houses, limes and a bench."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6)
    tower = c.w * c.random.choice((0.25, 0.7))
    stone = mix(inks.wall, inks.dark, 0.2)
    c.rect(tower - 46 * u, c.h * 0.2, 92 * u, c.h * 0.45, stone)
    c.poly(
        [(tower - 56 * u, c.h * 0.2), (tower, c.h * 0.03), (tower + 56 * u, c.h * 0.2)],
        mix(inks.leaf[2], inks.blue, 0.5),
    )
    c.disc(tower, c.h * 0.27, 26 * u, inks.paper)
    c.line([(tower, c.h * 0.27), (tower, c.h * 0.27 - 17 * u)], inks.dark, 3.4 * u)
    c.line([(tower, c.h * 0.27), (tower + 12 * u, c.h * 0.27 + 6 * u)], inks.dark, 3.4 * u)
    _row(c, c.h * 0.66, 150, 240)
    ground = mix(inks.sand, inks.dark, 0.22) if not inks.snow else mix(inks.land[2], inks.blue, 0.08)
    _cobbles(c, c.h * 0.66, ground)
    for x, size in ((0.12, 300), (0.88, 330)):
        nature.leafy(c, c.w * x, c.h * 0.82, size)
    for x in (0.32, 0.66):
        _lamp(c, c.w * x, c.h * 0.82, 190 * u)
    bench = c.w * 0.5
    for slat in range(3):
        c.rect(bench - 90 * u, c.h * 0.79 + slat * 15 * u, 180 * u, 9 * u, mix(inks.leaf[2], inks.dark, 0.4))
    for leg in (-76, 66):
        c.rect(bench + leg * u, c.h * 0.79, 9 * u, 84 * u, inks.dark)
    for number in range(c.random.randint(4, 7)):
        at = c.w * (0.08 + 0.13 * number) + c.random.uniform(-20, 20)
        nature.person(
            c,
            at,
            c.h * c.random.uniform(0.74, 0.95),
            c.random.uniform(90, 120),
            c.random.choice((inks.dark, inks.red, inks.blue)),
        )
    if inks.season == "autumn":
        for _ in range(110):
            c.oval(
                c.random.uniform(0, c.w), c.random.uniform(c.h * 0.7, c.h), 6 * u, 3.4 * u, c.random.choice(inks.leaf)
            )
    nature.snowfall(c)


def skyline(c: Canvas) -> None:
    """A town's towers and roofs mirrored in the river."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.62)
    line = c.h * 0.62
    for layer, (share, low, high) in enumerate(((0.45, 60, 150), (0.2, 40, 110))):
        colour = mix(inks.dark, inks.sky[3], share)
        x = -20.0
        while x < c.w:
            width, tall = c.random.uniform(50, 110) * u, c.random.uniform(low, high) * u
            c.rect(x, line - tall, width, tall, colour)
            if c.random.random() < 0.6:
                c.poly(
                    [(x - 3, line - tall), (x + width / 2, line - tall - 36 * u), (x + width + 3, line - tall)], colour
                )
            for _ in range(7 if inks.dim else 3):
                c.rect(
                    x + c.random.uniform(0.12, 0.75) * width,
                    line - c.random.uniform(0.15, 0.85) * tall,
                    7 * u,
                    11 * u,
                    inks.window if inks.dim else mix(colour, inks.paper, 0.35),
                )
            x += width + c.random.uniform(-6, 14)
        if layer == 0:
            for at, tall in ((0.24, 330), (0.58, 260), (0.83, 210)):
                _tower(c, c.w * at, line, tall * u, mix(inks.dark, inks.sky[2], 0.3))
            chimney = c.w * 0.93
            c.poly(
                [
                    (chimney - 16 * u, line),
                    (chimney - 10 * u, line - 290 * u),
                    (chimney + 10 * u, line - 290 * u),
                    (chimney + 16 * u, line),
                ],
                mix(inks.dark, inks.red, 0.3),
            )
            for puff in range(6):
                c.blob(
                    chimney - puff * 40 * u,
                    line - (305 + puff * 24) * u,
                    (24 + puff * 8) * u,
                    (14 + puff * 4) * u,
                    mix(inks.cloud, inks.sky[2], 0.25),
                    0.3,
                )
    nature.water(c, line, c.h, sun)
    dark = mix(inks.dark, inks.water[0], 0.45)
    for _ in range(190):
        y = c.random.uniform(line, line + c.h * 0.2)
        c.gouge(c.random.uniform(0, c.w), y, 56 * u, 0, dark, 4)
    if inks.dim:
        for _ in range(60):
            c.gouge(c.random.uniform(0, c.w), c.random.uniform(line + 6, line + c.h * 0.25), 22 * u, 0, inks.window, 4)
    for arch in range(4):
        x = c.w * (0.05 + arch * 0.13)
        c.arc(x + 70 * u, line + 34 * u, 62 * u, 180, 360, mix(inks.dark, inks.sand, 0.3), 15 * u)
    c.rect(-5, line - 34 * u, c.w * 0.58, 16 * u, mix(inks.dark, inks.sand, 0.3))
    nature.birds(c, c.w * 0.5, c.h * 0.2, 5, inks.dark if not inks.night else inks.cloud)


def _tower(c: Canvas, x: float, foot: float, tall: float, colour: Ink) -> None:
    half = tall * 0.1
    c.rect(x - half, foot - tall * 0.62, half * 2, tall * 0.62, colour)
    c.poly(
        [
            (x - half * 1.15, foot - tall * 0.62),
            (x - half * 0.5, foot - tall * 0.72),
            (x, foot - tall),
            (x + half * 0.5, foot - tall * 0.72),
            (x + half * 1.15, foot - tall * 0.62),
        ],
        mix(colour, c.inks.leaf[2], 0.3),
    )


def market(c: Canvas) -> None:
    """Market stalls with striped awnings."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.5, sun=False)
    _row(c, c.h * 0.56, 130, 210)
    ground = mix(inks.sand, inks.dark, 0.25) if not inks.snow else mix(inks.land[2], inks.blue, 0.1)
    _cobbles(c, c.h * 0.56, ground)
    if inks.dim or inks.season in ("winter",):
        for strand in range(3):
            y = c.h * (0.16 + strand * 0.07)
            path = [
                (x, y + 46 * u * math.sin(x / c.w * math.pi * 3 + strand)) for x in map(float, range(0, c.w + 20, 20))
            ]
            c.line(path, inks.dark, 2 * u)
            for x, high in path[::3]:
                c.disc(x, high + 9 * u, 6.5 * u, inks.window if inks.dim else inks.yellow)
    goods = {
        "winter": (inks.leaf[2], inks.red, inks.yellow),
        "spring": (inks.yellow, inks.leaf[0], inks.red, inks.paper),
        "summer": (inks.red, inks.red, inks.leaf[1], inks.yellow),
        "autumn": ((206, 116, 42), inks.leaf[2], inks.yellow, (150, 60, 70)),
    }[inks.season]
    stripes = [(inks.red, inks.paper), (inks.blue, inks.paper), (inks.yellow, inks.paper), (inks.leaf[2], inks.paper)]
    c.random.shuffle(stripes)
    for row, (foot, size, count) in enumerate(((0.72, 0.72, 4), (0.93, 1.12, 3))):
        for number in range(count):
            x = c.w * (number + 0.5) / count + (-40 if row else 30) * u
            _stall(c, x, c.h * foot, size * u * 1.15, stripes[(number + row) % 4], goods)
        for number in range(6 - row * 2):
            at = c.w * (0.04 + (number + 0.5 * row) * (0.19 + row * 0.08))
            nature.person(
                c,
                at,
                c.h * (foot + 0.035),
                104 + row * 52,
                c.random.choice((inks.dark, mix(inks.dark, inks.blue, 0.4), mix(inks.dark, inks.red, 0.35))),
            )
    nature.snowfall(c)


def _stall(c: Canvas, x: float, y: float, s: float, stripe: tuple[Ink, Ink], goods: tuple[Ink, ...]) -> None:
    inks = c.inks
    if inks.dim:
        nature.lamp_glow(c, x, y - 120 * s, 130 * s)
    for side in (-1, 1):
        c.rect(x + side * 112 * s - 4 * s, y - 178 * s, 8 * s, 178 * s, inks.dark)
    c.rect(x - 112 * s, y - 66 * s, 224 * s, 66 * s, mix(inks.sand, inks.dark, 0.35))
    for plank in range(4):
        c.line(
            [(x - 112 * s, y - (14 + plank * 15) * s), (x + 112 * s, y - (14 + plank * 15) * s)],
            mix(inks.sand, inks.dark, 0.55),
            2 * s,
        )
    for box in range(5):
        colour = goods[(box + int(x)) % len(goods)]
        left = x - 106 * s + box * 43 * s
        for ball in range(9):
            c.disc(
                left + (6 + (ball % 4) * 9 + (ball // 4) * 3) * s,
                y - (72 + (ball // 4) * 8) * s,
                7 * s,
                mix(colour, inks.dark, 0.08 * (ball % 3)),
            )
        c.rect(left, y - 74 * s, 40 * s, 14 * s, mix(inks.sand, inks.dark, 0.15))
    nature.person(c, x + 20 * s, y - 34 * s, 108 * s / c.u, mix(inks.dark, inks.red, 0.15))
    c.rect(x - 112 * s, y - 64 * s, 224 * s, 10 * s, mix(inks.sand, inks.dark, 0.15))
    count = 8
    for number in range(count):
        a, b = number / count, (number + 1) / count
        colour = stripe[number % 2]
        top = [(x + (a - 0.5) * 200 * s, y - 224 * s), (x + (b - 0.5) * 200 * s, y - 224 * s)]
        low = [(x + (b - 0.5) * 258 * s, y - 166 * s), (x + (a - 0.5) * 258 * s, y - 166 * s)]
        c.poly([*top, *low], colour)
        c.disc((low[0][0] + low[1][0]) / 2, y - 166 * s, 16 * s, mix(colour, inks.dark, 0.15))
    if inks.dim:
        c.disc(x, y - 140 * s, 9 * s, inks.window)
