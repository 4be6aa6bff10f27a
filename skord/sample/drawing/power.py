"""Light, heat and current."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.fields import marks
from skord.sample.drawing.palette import mix


def greenhouse(c: Canvas) -> None:
    """A glasshouse with rows of plants."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6)
    c.ridge(c.h * 0.52, 24, inks.land[0], waves=3)
    yard = c.ridge(c.h * 0.6, 10, inks.land[1], waves=2)
    marks(c, yard, c.h * 0.6, c.h, mix(inks.land[1], inks.land[3], 0.4), 120)
    glow = (
        mix(inks.window, inks.plant[0], 0.3)
        if inks.dim or inks.hour == "dawn"
        else mix(inks.sky[3], inks.plant[0], 0.3)
    )
    left, right, foot, eave, peak = c.w * 0.09, c.w * 0.91, c.h * 0.82, c.h * 0.42, c.h * 0.24
    if inks.dim:
        for grow, share in ((70, 0.12), (34, 0.22)):
            g = grow * u
            c.poly(
                [
                    (left - g, foot),
                    (left - g, eave - g * 0.5),
                    ((left + right) / 2, peak - g),
                    (right + g, eave - g * 0.5),
                    (right + g, foot),
                ],
                mix(inks.sky[1], inks.window, share),
            )
    middle = (left + right) / 2
    c.poly([(left, foot), (left, eave), (middle, peak), (right, eave), (right, foot)], glow)
    c.poly(
        [
            (left, eave),
            (middle, peak),
            (right, eave),
            (right, eave + 14 * u),
            (middle, peak + 16 * u),
            (left, eave + 14 * u),
        ],
        mix(glow, inks.paper, 0.5),
    )
    fruit = c.random.choice((inks.red, inks.yellow, inks.red))
    for row in range(3):
        y = foot - (2 - row) * 30 * u
        size = 0.8 + row * 0.3
        for number in range(15 - row * 2):
            x = left + 30 * u + number * (right - left - 60 * u) / (14 - row * 2)
            high = 190 * u * size * 0.75
            c.line([(x, y), (x, y - high)], inks.plant[2], 4 * u)
            for leaf in range(9):
                at = y - high * (0.12 + leaf * 0.1)
                c.blob(
                    x + (-1) ** leaf * 15 * u * size, at, 20 * u * size, 9 * u * size, c.random.choice(inks.plant), 0.3
                )
            for _ in range(3):
                c.disc(x + c.random.uniform(-15, 15) * u, y - c.random.uniform(0.15, 0.8) * high, 8.5 * u * size, fruit)
    frame = mix(inks.paper, inks.dark, 0.1)
    for bar in range(13):
        x = left + bar * (right - left) / 12
        high = eave + (peak - eave) * (1 - abs(x - middle) / (middle - left))
        c.line([(x, foot), (x, high)], frame, 4 * u)
    for level in (0.0, 0.4):
        c.line([(left, eave + (foot - eave) * level), (right, eave + (foot - eave) * level)], frame, 4 * u)
    c.line([(left, foot), (left, eave), (middle, peak), (right, eave), (right, foot)], frame, 9 * u)
    c.rect(left - 6 * u, foot - 8 * u, right - left + 12 * u, 22 * u, mix(inks.dark, inks.sand, 0.4))
    c.rect(middle - 46 * u, foot - 150 * u, 92 * u, 150 * u, mix(glow, inks.paper, 0.35))
    c.line(
        [
            (middle - 46 * u, foot),
            (middle - 46 * u, foot - 150 * u),
            (middle + 46 * u, foot - 150 * u),
            (middle + 46 * u, foot),
        ],
        frame,
        7 * u,
    )
    for number in range(5):
        x, y = c.w * (0.16 + number * 0.17), c.h * 0.94
        c.rect(x, y - 30 * u, 96 * u, 44 * u, mix(inks.sand, inks.dark, 0.25))
        for ball in range(6):
            c.disc(x + (12 + ball * 15) * u, y - 32 * u, 12 * u, c.random.choice((fruit, inks.leaf[1], inks.red)))
    nature.snowfall(c, 80)


def solar(c: Canvas) -> None:
    """A roof with solar panels."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.66, clouds=4)
    c.ridge(c.h * 0.6, 24, inks.land[0], waves=3)
    yard = c.ridge(c.h * 0.7, 12, inks.land[1], waves=2)
    marks(c, yard, c.h * 0.7, c.h, mix(inks.land[1], inks.land[3], 0.45), 120)
    nature.leafy(c, c.w * 0.08, c.h * 0.84, 330)
    nature.leafy(c, c.w * 0.95, c.h * 0.82, 280)
    wall = inks.red if len(c.seed) % 2 else inks.wall
    left, right, foot, eave, peak = c.w * 0.16, c.w * 0.84, c.h * 0.86, c.h * 0.58, c.h * 0.27
    c.rect(left, eave, right - left, foot - eave, wall)
    c.gouges(
        (left + 6, eave + 60 * u, right - 6, foot - 56 * u),
        110,
        mix(wall, inks.dark, 0.25),
        length=80 * u,
        angle=1.571,
        width=2.4,
    )
    roof = [
        (left - 40 * u, eave + 12 * u),
        (left + 60 * u, peak),
        (right - 60 * u, peak),
        (right + 40 * u, eave + 12 * u),
    ]
    c.poly(roof, inks.land[2] if inks.snow else mix(inks.dark, inks.red, 0.35))
    panel, glint = mix((28, 52, 92), inks.dark, 0.2), mix((86, 128, 178), inks.sky[3], 0.35)
    rows, columns = 3, c.random.choice((8, 9, 10))
    for row in range(rows):
        for column in range(columns):
            y0, y1 = row / rows + 0.05, (row + 1) / rows - 0.03

            def at(share: float, down: float) -> tuple[float, float]:
                y = peak + (eave - peak) * down
                a, b = left + 60 * u - 100 * u * down, right - 60 * u + 100 * u * down
                return (a + (b - a) * (0.07 + 0.86 * share), y)

            x0, x1 = (column + 0.06) / columns, (column + 0.94) / columns
            corners = [at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1)]
            c.poly(corners, panel)
            c.poly([at(x0, y0), at(x0 + (x1 - x0) * 0.5, y0), at(x0, y0 + (y1 - y0) * 0.6)], glint)
            c.line([at((x0 + x1) / 2, y0), at((x0 + x1) / 2, y1)], glint, 1.5 * u)
            c.line([at(x0, (y0 + y1) / 2), at(x1, (y0 + y1) / 2)], glint, 1.5 * u)
    for number in range(5):
        nature.window(c, left + (60 + number * 150) * u, eave + 64 * u, 62 * u, 84 * u)
    c.line([(left - 40 * u, eave + 12 * u), (right + 40 * u, eave + 12 * u)], inks.paper, 8 * u)
    nature.flowers(c, lambda _: foot, 90, inks.leaf if inks.season == "autumn" else (inks.yellow, inks.paper, inks.red))


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


def servers(c: Canvas) -> None:
    """Racks with blue lamps, warm pipes going out."""
    inks, u = c.inks, c.u
    back = mix((26, 40, 58), inks.blue, 0.12)
    c.rect(0, 0, c.w, c.h, back)
    c.bands([mix(back, (90, 140, 190), 0.18), back, mix(back, (10, 14, 24), 0.4)], 0, c.h * 0.8)
    c.poly([(0, c.h * 0.8), (c.w, c.h * 0.8), (c.w, c.h), (0, c.h)], mix(back, (220, 140, 80), 0.18))
    lamps = ((110, 196, 240), (130, 230, 190), (250, 200, 110), (240, 120, 90))
    count = 6
    for number in range(count):
        x, width = c.w * (0.04 + number * 0.157), c.w * 0.142
        top, foot = c.h * 0.16, c.h * 0.84
        rack = mix(back, (10, 14, 22), 0.45)
        c.rect(x, top, width, foot - top, rack)
        c.rect(x, top, width, 10 * u, mix(rack, inks.paper, 0.3))
        for shelf in range(14):
            y = top + 22 * u + shelf * (foot - top - 34 * u) / 14
            c.rect(x + 9 * u, y, width - 18 * u, (foot - top) / 14 - 9 * u, mix(rack, (90, 120, 150), 0.24))
            for lamp in range(c.random.randint(3, 9)):
                c.rect(x + (18 + lamp * 16) * u, y + 9 * u, 9 * u, 7 * u, c.random.choices(lamps, (8, 4, 2, 1))[0])
            c.gouges(
                (x + width * 0.4, y + 6, x + width - 22, y + 24 * u),
                5,
                mix(rack, (90, 120, 150), 0.5),
                length=30,
                width=2,
            )
    warm, hot = (222, 120, 56), (246, 178, 92)
    for pipe in range(3):
        y = c.h * (0.05 + pipe * 0.036)
        c.line([(-10, y), (c.w * (0.86 + pipe * 0.035), y), (c.w * (0.86 + pipe * 0.035), c.h + 10)], warm, 19 * u)
        c.line([(-10, y - 4 * u), (c.w * (0.86 + pipe * 0.035), y - 4 * u)], hot, 5 * u)
    for number in range(6):
        x = c.w * (0.11 + number * 0.157)
        c.line([(x, c.h * 0.16), (x, c.h * 0.06)], warm, 12 * u)
    for _ in range(13):
        x = c.w * c.random.uniform(0.1, 0.82)
        c.arc(x, c.h * c.random.uniform(0.86, 0.97), 26 * u, 190, 350, mix(hot, back, 0.45), 5 * u)
    glow = c.random.choice((0.3, 0.5, 0.68))
    nature.person(c, c.w * glow, c.h * 0.93, 250, mix((10, 14, 24), inks.blue, 0.1))
    pots = c.h * 0.93
    for plant in range(3):
        x = c.w * (0.05 + plant * 0.06)
        for leaf in range(6):
            c.blob(
                x + math.cos(leaf) * 17 * u,
                pots - (40 + leaf * 13) * u,
                21 * u,
                10 * u,
                ((86, 150, 80), (120, 176, 84))[leaf % 2],
                0.3,
            )
        c.disc(x + 12 * u, pots - 62 * u, 10 * u, (214, 64, 50))
        c.poly(
            [
                (x - 26 * u, pots - 32 * u),
                (x + 26 * u, pots - 32 * u),
                (x + 18 * u, pots + 22 * u),
                (x - 18 * u, pots + 22 * u),
            ],
            (190, 104, 70),
        )
