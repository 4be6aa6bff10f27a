"""Rails, roads, paths and cables."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import mix


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
