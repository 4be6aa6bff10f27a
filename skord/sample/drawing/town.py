"""Streets, squares, rails and people out together."""

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


def train(c: Canvas) -> None:
    """A train on a bridge over water."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.6)
    c.ridge(c.h * 0.5, 30, mix(inks.land[0], inks.sky[-1], 0.35), waves=3)
    far = c.ridge(c.h * 0.57, 18, inks.land[1], waves=3)
    for number in range(18):
        x = c.w * number / 17
        nature.leafy(c, x, far(x) + 20, c.random.uniform(80, 150))
    nature.water(c, c.h * 0.64, c.h, sun)
    if inks.snow:
        for _ in range(26):
            c.blob(
                c.random.uniform(0, c.w),
                c.random.uniform(c.h * 0.7, c.h),
                80 * u,
                14 * u,
                mix(inks.land[2], inks.water[1], 0.15),
                0.4,
            )
    stone, deck = mix(inks.sand, inks.dark, 0.4), c.h * 0.56
    for pier in range(5):
        x = c.w * (0.02 + pier * 0.24)
        c.poly([(x - 20 * u, deck), (x + 20 * u, deck), (x + 32 * u, c.h * 0.8), (x - 32 * u, c.h * 0.8)], stone)
        c.poly(
            [(x + 6 * u, deck), (x + 20 * u, deck), (x + 32 * u, c.h * 0.8), (x + 10 * u, c.h * 0.8)],
            mix(stone, inks.dark, 0.35),
        )
        c.gouge(x, c.h * 0.81, 130 * u, 0, mix(inks.water[2], inks.paper, 0.3), 5)
    c.rect(-5, deck - 4, c.w + 10, 30 * u, mix(stone, inks.paper, 0.12))
    c.rect(-5, deck + 20 * u, c.w + 10, 10 * u, inks.dark)
    for post in range(5):
        x = c.w * (0.12 + post * 0.2)
        c.line([(x, deck), (x, deck - 190 * u), (x + 46 * u, deck - 190 * u)], inks.dark, 4 * u)
    c.line([(0, deck - 168 * u), (c.w, deck - 168 * u)], inks.dark, 2 * u)
    body = (mix(inks.blue, inks.paper, 0.1), inks.red, inks.yellow)[len(c.seed) % 3]
    nose = c.w * c.random.uniform(0.68, 0.86)
    for car in range(4):
        right = nose - car * 292 * u
        left = right - 286 * u
        top = deck - 118 * u
        front = 52 * u if car == 0 else 0
        c.poly(
            [
                (left, deck - 10 * u),
                (left, top),
                (right - front, top),
                (right - front * 0.3, top + 40 * u),
                (right, deck - 34 * u),
                (right, deck - 10 * u),
            ],
            inks.paper,
        )
        c.poly(
            [
                (left, deck - 10 * u),
                (left, deck - 46 * u),
                (right - front * 0.1, deck - 46 * u),
                (right, deck - 34 * u),
                (right, deck - 10 * u),
            ],
            body,
        )
        c.rect(left + 8 * u, top + 22 * u, 270 * u - front * 1.25, 40 * u, mix(inks.dark, inks.blue, 0.3))
        for pane in range(8 if not front else 6):
            if inks.dim or c.random.random() < 0.4:
                c.rect(
                    left + (14 + pane * 34) * u,
                    top + 26 * u,
                    26 * u,
                    32 * u,
                    inks.window if inks.dim else mix(inks.sky[3], inks.blue, 0.35),
                )
        if front:
            c.poly(
                [
                    (right - front * 1.15, top + 22 * u),
                    (right - front * 0.55, top + 22 * u),
                    (right - front * 0.22, top + 60 * u),
                    (right - front * 1.15, top + 60 * u),
                ],
                inks.dark,
            )
            c.disc(right - 12 * u, deck - 40 * u, 6 * u, inks.window)
        c.rect(left + 20 * u, deck - 12 * u, 60 * u, 12 * u, inks.dark)
        c.rect(right - 90 * u, deck - 12 * u, 60 * u, 12 * u, inks.dark)
    if inks.dim:
        for _ in range(70):
            c.gouge(
                c.random.uniform(0, nose),
                c.random.uniform(c.h * 0.7, c.h * 0.84),
                40 * u,
                0,
                mix(inks.window, inks.water[1], 0.25),
                4,
            )
    nature.snowfall(c, 60)


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
            path = [(x, y + 46 * u * math.sin(x / c.w * math.pi * 3 + strand)) for x in range(0, c.w + 20, 20)]
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


def cyclepath(c: Canvas) -> None:
    """A bicycle on a path through the landscape."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.5)
    if len(c.seed) % 2:
        nature.water(c, c.h * 0.47, c.h * 0.56, sun)
    else:
        c.ridge(c.h * 0.46, 26, mix(inks.land[0], inks.sky[-1], 0.3), waves=3)
    mid = c.ridge(c.h * 0.54, 20, inks.land[1], waves=2)
    crop = c.ridge(c.h * 0.6, 18, inks.crop, waves=1.4)
    c.gouges(
        (0, c.h * 0.56, c.w, c.h * 0.8),
        120,
        mix(inks.crop, inks.land[3], 0.3),
        length=40,
        inside=lambda x, y: y > crop(x) + 5,
    )
    near = c.ridge(c.h * 0.7, 16, inks.land[2], waves=1.2)
    for x, size in ((0.06, 170), (0.16, 210), (0.92, 240)):
        nature.leafy(c, c.w * x, near(c.w * x) + 12, size)
    road = mix(inks.sand, inks.dark, 0.28)
    c.poly(
        [
            (c.w * 0.6, mid(c.w * 0.6) + 12),
            (c.w * 0.615, mid(c.w * 0.6) + 12),
            (c.w * 0.7, c.h * 0.64),
            (c.w * 0.56, c.h * 0.74),
            (c.w * 0.92, c.h + 5),
            (c.w * 0.1, c.h + 5),
            (c.w * 0.46, c.h * 0.74),
            (c.w * 0.67, c.h * 0.64),
        ],
        road,
    )
    for dash in range(7):
        share = dash / 7
        c.gouge(
            c.w * (0.51 + 0.0 * share),
            c.h * (0.76 + share * 0.25),
            (12 + 46 * share) * u,
            1.57,
            inks.paper,
            3 + 7 * share,
        )
    colour = inks.yellow if "gul" in c.seed or len(c.seed) % 3 == 0 else inks.red
    x, y, s = c.w * 0.42, c.h * 0.88, 100 * u
    for wheel in (-1.15, 1.15):
        c.arc(x + wheel * s, y - s * 0.8, s * 0.8, 0, 360, inks.dark, 8 * u)
        for spoke in range(8):
            angle = spoke * math.pi / 4
            c.line(
                [
                    (x + wheel * s, y - s * 0.8),
                    (x + wheel * s + math.cos(angle) * s * 0.72, y - s * 0.8 + math.sin(angle) * s * 0.72),
                ],
                mix(inks.dark, inks.paper, 0.45),
                1.6 * u,
            )
    back, crank, seat, head, front = (
        (x - 1.15 * s, y - 0.8 * s),
        (x - 0.1 * s, y - 0.75 * s),
        (x - 0.45 * s, y - 1.85 * s),
        (x + 0.8 * s, y - 1.95 * s),
        (x + 1.15 * s, y - 0.8 * s),
    )
    c.line([back, seat, crank, back], colour, 9 * u)
    c.line([crank, head, front], colour, 9 * u)
    c.line([(seat[0] + 0.06 * s, seat[1] + 0.16 * s), (head[0] - 0.05 * s, head[1] + 0.1 * s)], colour, 9 * u)
    c.line([seat, (seat[0] - 0.06 * s, seat[1] - 0.2 * s)], inks.dark, 7 * u)
    c.oval(seat[0] - 0.08 * s, seat[1] - 0.26 * s, 0.3 * s, 0.08 * s, inks.dark)
    c.line([head, (head[0] - 0.04 * s, head[1] - 0.36 * s), (head[0] - 0.34 * s, head[1] - 0.44 * s)], inks.dark, 8 * u)
    c.poly(
        [
            (head[0] + 0.14 * s, head[1] - 0.28 * s),
            (head[0] + 0.72 * s, head[1] - 0.28 * s),
            (head[0] + 0.62 * s, head[1] + 0.2 * s),
            (head[0] + 0.22 * s, head[1] + 0.2 * s),
        ],
        mix(inks.sand, (140, 90, 50), 0.5),
    )
    for bloom in range(9):
        c.disc(
            head[0] + (0.18 + bloom * 0.06) * s,
            head[1] - (0.32 + 0.08 * (bloom % 3)) * s,
            10 * u,
            (inks.yellow, inks.paper, inks.red)[bloom % 3],
        )
    c.disc(*crank, 13 * u, inks.dark)
    c.line([(crank[0] - 0.1 * s, crank[1] + 0.3 * s), (crank[0] + 0.1 * s, crank[1] - 0.3 * s)], inks.dark, 6 * u)
    nature.grass(c, lambda a: near(a) + 120, 60, (inks.land[2], inks.land[3], inks.leaf[0]), 40)
    nature.flowers(
        c, lambda a: near(a) + 130, 100, inks.leaf if inks.season == "autumn" else (inks.paper, inks.yellow, inks.blue)
    )
    nature.snowfall(c, 70)


def football(c: Canvas) -> None:
    """A pitch with a goal and players in silhouette."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.46, clouds=4)
    c.ridge(c.h * 0.42, 16, inks.land[0], waves=3)
    for number in range(18):
        nature.leafy(c, c.w * number / 17, c.h * 0.47, c.random.uniform(90, 170))
    stand = c.w * 0.62
    c.poly(
        [(stand, c.h * 0.4), (stand + 330 * u, c.h * 0.4), (stand + 350 * u, c.h * 0.49), (stand - 20 * u, c.h * 0.49)],
        mix(inks.sand, inks.dark, 0.3),
    )
    c.poly(
        [
            (stand - 24 * u, c.h * 0.33),
            (stand + 360 * u, c.h * 0.33),
            (stand + 340 * u, c.h * 0.36),
            (stand - 10 * u, c.h * 0.36),
        ],
        mix(inks.dark, inks.red, 0.3),
    )
    for dot in range(26):
        c.disc(
            stand + (8 + dot * 12.5) * u,
            c.h * (0.41 + 0.018 * (dot % 4)),
            6 * u,
            c.random.choice((inks.red, inks.paper, inks.yellow, inks.blue)),
        )
    grass = mix(inks.plant[1], inks.land[2], 0.25) if not inks.snow else mix(inks.sand, inks.dark, 0.18)
    c.rect(-5, c.h * 0.48, c.w + 10, c.h, grass)
    for stripe in range(0, 9, 2):
        a, b = stripe / 9, (stripe + 1) / 9
        c.poly(
            [
                (c.w * (0.2 + 0.6 * a), c.h * 0.48),
                (c.w * (0.2 + 0.6 * b), c.h * 0.48),
                (c.w * (-0.7 + 2.4 * b), c.h),
                (c.w * (-0.7 + 2.4 * a), c.h),
            ],
            mix(grass, inks.plant[0] if not inks.snow else inks.sand, 0.22),
        )
    white = inks.paper
    c.line([(-5, c.h * 0.62), (c.w + 5, c.h * 0.62)], white, 5 * u)
    c.line(
        [(c.w * 0.14, c.h * 0.62), (c.w * 0.03, c.h * 0.78), (c.w * 0.97, c.h * 0.78), (c.w * 0.86, c.h * 0.62)],
        white,
        6 * u,
    )
    goal = (c.w * 0.3, c.h * 0.36, c.w * 0.4, c.h * 0.26)
    for line in range(15):
        x = goal[0] + goal[2] * line / 14
        c.line([(x, goal[1]), (x + (0.5 - line / 14) * 50 * u, goal[1] + goal[3])], mix(white, grass, 0.35), 1.6 * u)
    for line in range(8):
        y = goal[1] + goal[3] * line / 8
        c.line([(goal[0], y), (goal[0] + goal[2], y)], mix(white, grass, 0.35), 1.6 * u)
    c.line(
        [
            (goal[0], goal[1] + goal[3]),
            (goal[0], goal[1]),
            (goal[0] + goal[2], goal[1]),
            (goal[0] + goal[2], goal[1] + goal[3]),
        ],
        white,
        10 * u,
    )
    shirt, other = mix(inks.red, inks.dark, 0.1), mix(inks.blue, inks.dark, 0.2)
    nature.person(
        c, c.w * 0.5 + c.random.uniform(-80, 80) * u, c.h * 0.63, 140, mix(inks.yellow, inks.dark, 0.3), arms="up"
    )
    for number in range(c.random.randint(5, 8)):
        x, y = c.w * (0.08 + number * 0.125), c.h * c.random.uniform(0.7, 0.95)
        size = 150 + (y / c.h - 0.7) * 420
        c.oval(x + 12 * u, y, size * 0.3 * u, size * 0.05 * u, mix(grass, inks.dark, 0.3))
        nature.person(c, x, y, size, (shirt, other, shirt)[number % 3], arms=c.random.choice(("out", "up", "down")))
    bx, by = c.w * c.random.uniform(0.35, 0.65), c.h * c.random.uniform(0.5, 0.9)
    c.disc(bx, by, 24 * u, white)
    for patch in range(5):
        angle = patch * math.tau / 5
        c.disc(bx + math.cos(angle) * 16 * u, by + math.sin(angle) * 16 * u, 6 * u, inks.dark)
    c.disc(bx, by, 7 * u, inks.dark)


def building(c: Canvas) -> None:
    """A timber frame rising under a crane."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.72, clouds=5)
    c.ridge(c.h * 0.64, 24, inks.land[0], waves=3)
    for number in range(14):
        nature.spruce(
            c,
            c.w * number / 13,
            c.h * 0.76,
            c.random.uniform(110, 200),
            mix(mix(inks.needle, inks.dark, 0.3), inks.sky[3], 0.2),
        )
    ground = c.ridge(c.h * 0.78, 10, mix(inks.sand, inks.land[2], 0.4), waves=2)
    _ = ground
    wood, light, shade = (
        mix((206, 150, 88), inks.dark, 0.12),
        mix((236, 196, 136), inks.paper, 0.1),
        mix((140, 92, 52), inks.dark, 0.2),
    )
    if inks.dim:
        wood, light, shade = mix(wood, inks.sky[1], 0.3), mix(light, inks.sky[2], 0.25), mix(shade, inks.sky[0], 0.35)
    left, foot, floor_high, bay = c.w * 0.12, c.h * 0.86, 128 * u, 96 * u
    floors, bays = c.random.choice((3, 3, 4)), 6
    for floor in range(floors):
        y = foot - floor * floor_high
        done = bays - floor if floor else bays
        for number in range(bays if floor < floors - 1 else bays - 2):
            x = left + number * bay
            if number < done - 1 - floor and c.random.random() < 0.85:
                c.rect(x, y - floor_high, bay, floor_high, light)
                c.gouges((x + 6, y - floor_high + 8, x + bay - 6, y - 6), 8, wood, length=90 * u, angle=1.571, width=2)
                c.rect(
                    x + bay * 0.28,
                    y - floor_high * 0.78,
                    bay * 0.44,
                    floor_high * 0.46,
                    inks.window if inks.dim else mix(inks.dark, inks.blue, 0.4),
                )
            else:
                c.line([(x, y), (x + bay, y - floor_high)], shade, 7 * u)
            c.rect(x - 6 * u, y - floor_high, 12 * u, floor_high, wood)
        c.rect(
            left - 10 * u,
            y - floor_high - 8 * u,
            bay * (bays if floor < floors - 1 else bays - 2) + 20 * u,
            16 * u,
            shade,
        )
        c.rect(
            left + (bays if floor < floors - 1 else bays - 2) * bay - 6 * u, y - floor_high, 12 * u, floor_high, wood
        )
    mast = c.w * 0.8
    steel = inks.yellow
    c.line([(mast - 14 * u, c.h * 0.88), (mast - 14 * u, c.h * 0.09)], steel, 6 * u)
    c.line([(mast + 14 * u, c.h * 0.88), (mast + 14 * u, c.h * 0.09)], steel, 6 * u)
    for step in range(24):
        y = c.h * (0.1 + step * 0.033)
        c.line([(mast - 14 * u, y), (mast + 14 * u, y + c.h * 0.033)], mix(steel, inks.dark, 0.3), 3 * u)
    c.line([(mast - 560 * u, c.h * 0.11), (mast + 170 * u, c.h * 0.11)], steel, 12 * u)
    c.line([(mast - 540 * u, c.h * 0.11), (mast, c.h * 0.03), (mast + 160 * u, c.h * 0.11)], inks.dark, 3 * u)
    c.rect(mast + 110 * u, c.h * 0.11, 60 * u, 46 * u, mix(inks.dark, inks.sand, 0.3))
    c.rect(mast - 30 * u, c.h * 0.12, 44 * u, 48 * u, inks.paper)
    hook = mast - 350 * u
    c.line([(hook, c.h * 0.11), (hook, c.h * 0.2)], inks.dark, 3 * u)
    c.line([(hook - 70 * u, c.h * 0.25), (hook, c.h * 0.2), (hook + 70 * u, c.h * 0.25)], inks.dark, 3 * u)
    c.rect(hook - 90 * u, c.h * 0.25, 180 * u, 82 * u, light)
    c.rect(hook - 26 * u, c.h * 0.25 + 18 * u, 52 * u, 44 * u, mix(inks.dark, inks.blue, 0.4))
    for x in (0.1, 0.6, 0.7, 0.9):
        nature.person(
            c,
            c.w * x,
            c.h * c.random.uniform(0.9, 0.96),
            104,
            mix(inks.yellow, inks.red, 0.35) if x > 0.5 else inks.dark,
        )
    nature.snowfall(c, 60)


def street(c: Canvas) -> None:
    """A row of new timber houses with balconies."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6)
    ground = c.h * 0.8
    woods = [
        mix((196, 138, 78), inks.wall, 0.2),
        mix((224, 188, 130), inks.wall, 0.2),
        mix(inks.leaf[2], inks.wall, 0.45),
        mix(inks.red, inks.wall, 0.2),
    ]
    share = {"day": 0.0, "dawn": 0.1, "dusk": 0.38, "night": 0.6}[inks.hour]
    x = c.w * 0.02
    coral_at = c.random.randrange(5, 11)
    number = 0
    for block in range(4):
        width, floors = 280 * u, (3, 4, 3, 4)[(block + len(c.seed)) % 4]
        high = floors * 122 * u
        wall = mix(woods[block], inks.sky[0], share)
        c.rect(x, ground - high, width, high, wall)
        c.poly(
            [(x - 8 * u, ground - high), (x + width * 0.5, ground - high - 92 * u), (x + width + 8 * u, ground - high)],
            inks.land[2] if inks.snow else mix(inks.dark, wall, 0.2),
        )
        c.gouges(
            (x + 5, ground - high + 60 * u, x + width - 5, ground - 60 * u),
            50,
            mix(wall, inks.dark, 0.16),
            length=110 * u,
            angle=1.571,
            width=2,
        )
        for floor in range(floors):
            y = ground - floor * 122 * u
            nature.window(c, x + 34 * u, y - 96 * u, 58 * u, 66 * u)
            nature.window(c, x + 190 * u, y - 96 * u, 58 * u, 66 * u)
            if floor:
                number += 1
                colour = (
                    mix((232, 110, 88), inks.sky[0], share * 0.6)
                    if number == coral_at
                    else mix((70, 128, 92), inks.sky[0], share)
                )
                nature.window(c, x + 112 * u, y - 100 * u, 54 * u, 96 * u)
                c.rect(x + 96 * u, y - 44 * u, 88 * u, 44 * u, colour)
                c.gouges(
                    (x + 100 * u, y - 40 * u, x + 180 * u, y - 6 * u),
                    10,
                    mix(colour, inks.dark, 0.3),
                    length=30 * u,
                    angle=1.571,
                    width=3,
                )
                for plant in range(4):
                    c.blob(x + (104 + plant * 22) * u, y - 48 * u, 10 * u, 8 * u, c.random.choice(inks.leaf), 0.4)
            else:
                c.rect(x + 112 * u, y - 96 * u, 56 * u, 96 * u, mix(inks.dark, inks.red, 0.3))
        x += width + 8 * u
    c.rect(-5, ground, c.w + 10, c.h, inks.land[1])
    c.rect(-5, c.h * 0.86, c.w + 10, c.h, mix(inks.sand, inks.dark, 0.25))
    for at, size in ((0.27, 190), (0.51, 170), (0.76, 200), (0.98, 220)):
        nature.leafy(c, c.w * at, c.h * 0.84, size)
    for at in range(c.random.randint(3, 6)):
        nature.person(
            c,
            c.w * (0.1 + at * 0.16),
            c.h * c.random.uniform(0.9, 0.97),
            c.random.uniform(80, 125),
            c.random.choice((inks.dark, inks.blue, inks.red)),
        )
    if inks.season == "autumn":
        for _ in range(90):
            c.oval(
                c.random.uniform(0, c.w), c.random.uniform(c.h * 0.83, c.h), 6 * u, 3.4 * u, c.random.choice(inks.leaf)
            )
    nature.snowfall(c, 70)


def bus(c: Canvas) -> None:
    """A bus at a stop on a country road."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.56, clouds=4)
    c.ridge(c.h * 0.5, 26, mix(inks.land[0], inks.sky[-1], 0.3), waves=3)
    mid = c.ridge(c.h * 0.57, 22, inks.land[1], waves=2)
    _marks_at = c.w * 0.14
    nature.house(c, _marks_at, mid(_marks_at) + 26, 150 * u, 58 * u, inks.red, columns=3)
    nature.leafy(c, c.w * 0.1, c.h * 0.66, 200)
    nature.leafy(c, c.w * 0.93, c.h * 0.7, 300)
    c.ridge(c.h * 0.68, 10, inks.land[2], waves=1.5)
    c.rect(-5, c.h * 0.78, c.w + 10, c.h, mix(inks.dark, inks.sand, 0.3))
    for dash in range(7):
        c.rect(c.w * dash / 6.5, c.h * 0.93, 96 * u, 9 * u, inks.paper)
    body = (inks.yellow, inks.red, mix(inks.leaf[2], inks.blue, 0.4))[len(c.seed) % 3]
    x, y = c.w * 0.26, c.h * 0.85
    c.rect(x, y - 218 * u, 560 * u, 190 * u, body)
    c.rect(x + 12 * u, y - 230 * u, 536 * u, 18 * u, mix(body, inks.dark, 0.2))
    c.rect(x, y - 84 * u, 560 * u, 14 * u, inks.paper)
    for pane in range(5):
        c.rect(
            x + (22 + pane * 88) * u,
            y - 196 * u,
            78 * u,
            84 * u,
            inks.window if inks.dim else mix(inks.sky[2], inks.blue, 0.3),
        )
        if pane % 2 == 0:
            c.disc(x + (60 + pane * 88) * u, y - 142 * u, 17 * u, inks.dark)
            c.rect(x + (42 + pane * 88) * u, y - 128 * u, 36 * u, 17 * u, inks.dark)
    c.rect(x + 468 * u, y - 196 * u, 74 * u, 160 * u, mix(inks.sky[3], inks.dark, 0.3))
    c.line([(x + 505 * u, y - 196 * u), (x + 505 * u, y - 36 * u)], body, 5 * u)
    for wheel in (110, 400):
        c.disc(x + wheel * u, y - 26 * u, 44 * u, inks.dark)
        c.disc(x + wheel * u, y - 26 * u, 19 * u, mix(inks.paper, inks.dark, 0.3))
    c.disc(x + 548 * u, y - 52 * u, 9 * u, inks.window)
    stop = c.w * 0.82
    c.line([(stop, c.h * 0.88), (stop, c.h * 0.5)], inks.dark, 7 * u)
    c.rect(stop - 34 * u, c.h * 0.47, 68 * u, 62 * u, inks.blue)
    c.rect(stop - 20 * u, c.h * 0.49, 40 * u, 26 * u, inks.paper)
    for number in range(3):
        nature.person(
            c,
            stop + (34 + number * 52) * u,
            c.h * 0.885,
            c.random.uniform(92, 140),
            c.random.choice((inks.dark, inks.red, inks.blue)),
        )
    nature.snowfall(c)


def charger(c: Canvas) -> None:
    """A charging post with a car, a barn with panels behind."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6, clouds=4)
    c.ridge(c.h * 0.52, 24, inks.land[0], waves=3)
    c.ridge(c.h * 0.6, 14, inks.land[1], waves=2)
    nature.house(c, c.w * 0.1, c.h * 0.7, 430 * u, 120 * u, inks.red, columns=5, roof=mix((28, 52, 92), inks.dark, 0.2))
    for line in range(9):
        c.line(
            [(c.w * 0.13 + line * 44 * u, c.h * 0.7 - 122 * u), (c.w * 0.13 + line * 44 * u, c.h * 0.7 - 176 * u)],
            mix(inks.sky[3], inks.blue, 0.3),
            2.4 * u,
        )
    nature.leafy(c, c.w * 0.9, c.h * 0.76, 300)
    c.rect(-5, c.h * 0.74, c.w + 10, c.h, mix(inks.dark, inks.sand, 0.35))
    x, y = c.w * 0.5, c.h * 0.86
    c.poly(
        [
            (x - 10 * u, y),
            (x - 10 * u, y - 70 * u),
            (x + 70 * u, y - 84 * u),
            (x + 140 * u, y - 150 * u),
            (x + 320 * u, y - 150 * u),
            (x + 400 * u, y - 80 * u),
            (x + 440 * u, y - 64 * u),
            (x + 440 * u, y),
        ],
        inks.blue,
    )
    c.poly(
        [(x + 90 * u, y - 84 * u), (x + 150 * u, y - 138 * u), (x + 226 * u, y - 138 * u), (x + 226 * u, y - 84 * u)],
        mix(inks.sky[3], inks.paper, 0.2),
    )
    c.poly(
        [(x + 238 * u, y - 84 * u), (x + 238 * u, y - 138 * u), (x + 312 * u, y - 138 * u), (x + 366 * u, y - 84 * u)],
        mix(inks.sky[3], inks.paper, 0.2),
    )
    for wheel in (90, 350):
        c.disc(x + wheel * u, y, 46 * u, inks.dark)
        c.disc(x + wheel * u, y, 20 * u, inks.paper)
    post = c.w * 0.38
    c.rect(post - 36 * u, c.h * 0.5, 72 * u, c.h * 0.38, inks.paper)
    c.rect(post - 24 * u, c.h * 0.53, 48 * u, 50 * u, inks.leaf[2])
    c.poly(
        [
            (post + 5 * u, c.h * 0.535),
            (post - 12 * u, c.h * 0.565),
            (post, c.h * 0.565),
            (post - 6 * u, c.h * 0.59),
            (post + 13 * u, c.h * 0.557),
            (post + 1 * u, c.h * 0.557),
        ],
        inks.yellow,
    )
    c.line(
        [
            (post + 36 * u, c.h * 0.64),
            (post + 96 * u, c.h * 0.8),
            (post + 130 * u, c.h * 0.84),
            (x + 8 * u, y - 40 * u),
        ],
        inks.dark,
        9 * u,
    )


def fibre(c: Canvas) -> None:
    """A cable drum by an open trench with an orange conduit."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.5)
    c.ridge(c.h * 0.45, 24, mix(inks.land[0], inks.sky[-1], 0.25), waves=3)
    for number in range(20):
        nature.spruce(
            c,
            c.w * number / 19,
            c.h * 0.55,
            c.random.uniform(90, 170),
            mix(mix(inks.needle, inks.dark, 0.3), inks.sky[3], 0.15),
        )
    field = c.ridge(c.h * 0.54, 14, inks.land[1], waves=2)
    c.gouges(
        (0, c.h * 0.55, c.w, c.h),
        150,
        mix(inks.land[1], inks.land[3], 0.5),
        length=50,
        inside=lambda a, b: b > field(a) + 8,
    )
    nature.house(c, c.w * 0.68, c.h * 0.6, 170 * u, 64 * u, inks.red, columns=3)
    soil = mix((92, 62, 42), inks.dark, 0.25)
    orange = mix((226, 110, 36), inks.dark, 0.2 if inks.dim else 0.0)
    c.poly(
        [
            (c.w * 0.7, c.h * 0.6),
            (c.w * 0.72, c.h * 0.6),
            (c.w * 0.78, c.h * 0.76),
            (c.w * 0.7, c.h + 5),
            (c.w * 0.4, c.h + 5),
            (c.w * 0.68, c.h * 0.76),
        ],
        soil,
    )
    c.line(
        [(c.w * 0.71, c.h * 0.6), (c.w * 0.735, c.h * 0.76), (c.w * 0.6, c.h * 0.94), (c.w * 0.55, c.h + 10)],
        orange,
        15 * u,
    )
    for _ in range(46):
        share = c.random.random()
        c.blob(
            c.w * (0.76 - 0.02 * share) + c.random.uniform(0, 130 * share + 20) * u,
            c.h * (0.64 + 0.36 * share),
            (14 + 34 * share) * u,
            (8 + 17 * share) * u,
            mix(soil, inks.sand, c.random.uniform(0.05, 0.3)),
            0.4,
        )
    x, y, r = c.w * 0.27, c.h * 0.7, 178 * u
    wood = mix((184, 134, 84), inks.dark, 0.15)
    c.oval(x + 70 * u, y, r * 0.94, r, mix(wood, inks.dark, 0.4))
    for turn in range(8):
        c.oval(x + (64 - turn * 8) * u, y, r * 0.66, r * 0.72, mix(orange, inks.dark, 0.25 * (turn % 2)))
    c.oval(x, y, r * 0.94, r, wood)
    for plank in range(-4, 5):
        half = math.sqrt(max(0.0, 1 - (plank / 4.6) ** 2)) * r
        c.line([(x + plank * r * 0.2, y - half), (x + plank * r * 0.2, y + half)], mix(wood, inks.dark, 0.35), 3 * u)
    c.oval(x, y, r * 0.34, r * 0.36, mix(wood, inks.dark, 0.18))
    c.oval(x, y, r * 0.12, r * 0.13, inks.dark)
    c.line(
        [(x + 60 * u, y - r * 0.7), (c.w * 0.5, y - r * 0.2), (c.w * 0.57, c.h * 0.86), (c.w * 0.565, c.h * 0.96)],
        orange,
        11 * u,
    )
    for spade in (0.86, 0.92):
        c.line([(c.w * spade, c.h * 0.9), (c.w * spade + 26 * u, c.h * 0.62)], wood, 9 * u)
        c.poly(
            [(c.w * spade - 22 * u, c.h * 0.88), (c.w * spade + 22 * u, c.h * 0.89), (c.w * spade - 4 * u, c.h * 0.97)],
            mix(inks.dark, inks.paper, 0.3),
        )
    nature.snowfall(c, 60)


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
        path = [(x, y + 52 * u * math.sin(x / c.w * math.pi * 2.5 + strand * 1.4)) for x in range(0, c.w + 20, 20)]
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
    for size, share in ((430, 0.07), (320, 0.13), (220, 0.2)):
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
