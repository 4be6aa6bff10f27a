"""Where things are read, learnt and tried."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import mix
from skord.sample.drawing.rooms import cup, room, view


def library(c: Canvas) -> None:
    """Bookshelves from floor to ceiling, an armchair and a lamp."""
    inks, u = c.inks, c.u
    room(c, (196, 160, 118), (150, 104, 70), 0.78)
    wood = mix((118, 78, 50), inks.dark, 0.2 + 0.25 * inks.dim)
    books = [
        inks.red,
        inks.blue,
        inks.yellow,
        inks.plant[2],
        mix(inks.wall, inks.dark, 0.1),
        mix(inks.red, inks.yellow, 0.5),
        mix(inks.dark, inks.blue, 0.4),
        (168, 96, 84),
    ]
    if inks.dim:
        books = [mix(colour, inks.dark, 0.25) for colour in books]
    glass = c.w * c.random.choice((0.36, 0.56))
    for shelf in range(6):
        y = c.h * (0.14 + shelf * 0.128)
        x = 14 * u
        while x < c.w - 20 * u:
            if glass - 20 * u < x < glass + 250 * u and 0 < shelf < 4:
                x = glass + 252 * u
                continue
            width = c.random.uniform(11, 27) * u
            high = c.random.uniform(60, 92) * u
            if c.random.random() < 0.08:
                x += c.random.uniform(20, 50) * u
                continue
            colour = c.random.choice(books)
            lean = c.random.uniform(0, 8) * u if c.random.random() < 0.08 else 0
            c.poly([(x + lean, y - high), (x + width + lean, y - high), (x + width, y), (x, y)], colour)
            c.rect(x + lean * 0.7 + 2, y - high * 0.8, max(1.0, width - 4), 4 * u, mix(colour, inks.paper, 0.5))
            x += width + 1.5
        c.rect(0, y, c.w, 13 * u, wood)
    for post in range(5):
        c.rect(c.w * post / 4 - 8 * u, 0, 16 * u, c.h * 0.79, mix(wood, inks.dark, 0.2))
    view(c, glass, c.h * 0.17, 220 * u, 300 * u)
    side = 0.2 if glass > c.w * 0.45 else 0.78
    x, y = c.w * side, c.h * 0.9
    nature.lamp_glow(c, x + 150 * u, c.h * 0.5, 210 * u)
    c.line([(x + 150 * u, y), (x + 150 * u, c.h * 0.48)], inks.dark, 7 * u)
    c.poly(
        [(x + 92 * u, c.h * 0.52), (x + 118 * u, c.h * 0.41), (x + 182 * u, c.h * 0.41), (x + 208 * u, c.h * 0.52)],
        (244, 206, 120),
    )
    chair = (mix(inks.plant[2], inks.blue, 0.3), inks.red, inks.blue)[len(c.seed) % 3]
    c.blob(x, y - 150 * u, 108 * u, 118 * u, chair, 0.06)
    c.rect(x - 108 * u, y - 150 * u, 216 * u, 120 * u, chair)
    c.blob(x - 104 * u, y - 82 * u, 36 * u, 58 * u, mix(chair, inks.dark, 0.25), 0.06)
    c.blob(x + 104 * u, y - 82 * u, 36 * u, 58 * u, mix(chair, inks.dark, 0.25), 0.06)
    c.rect(x - 76 * u, y - 86 * u, 152 * u, 46 * u, mix(chair, inks.paper, 0.15))
    for leg in (-92, 78):
        c.rect(x + leg * u, y - 30 * u, 13 * u, 40 * u, inks.dark)
    c.oval(c.w * 0.5, c.h * 0.93, 380 * u, 40 * u, mix(inks.red, inks.dark, 0.3))
    c.oval(c.w * 0.5, c.h * 0.93, 330 * u, 30 * u, mix(inks.red, inks.wall, 0.2))
    for number in range(5):
        width = c.random.uniform(70, 100) * u
        c.rect(
            c.w * 0.5 - width / 2 + c.random.uniform(-8, 8), c.h * 0.92 - number * 19 * u, width, 17 * u, books[number]
        )


def classroom(c: Canvas) -> None:
    """A blackboard, desks and a tall window."""
    inks, u = c.inks, c.u
    room(c, (214, 204, 168), (176, 132, 90), 0.66)
    board = mix((38, 76, 62), inks.dark, 0.25)
    c.rect(c.w * 0.08, c.h * 0.1, c.w * 0.5, c.h * 0.4, mix((150, 104, 64), inks.dark, 0.1))
    c.rect(c.w * 0.09, c.h * 0.115, c.w * 0.48, c.h * 0.37, board)
    chalk = mix(inks.paper, board, 0.18)
    kind = len(c.seed) % 3
    if kind == 0:
        path = [
            (c.w * (0.12 + step * 0.021), c.h * (0.42 - 0.09 * (1 + math.sin(step * 0.55)) - 0.004 * step))
            for step in range(20)
        ]
        c.line(path, chalk, 4 * u)
        c.line([(c.w * 0.11, c.h * 0.15), (c.w * 0.11, c.h * 0.44), (c.w * 0.54, c.h * 0.44)], chalk, 4 * u)
    elif kind == 1:
        for number in range(4):
            x, y = c.w * (0.16 + number * 0.11), c.h * (0.25 + 0.08 * (number % 2))
            for wing in (-1, 1):
                c.oval(x + wing * 18 * u, y - 18 * u, 17 * u, 11 * u, chalk)
            c.oval(x, y, 30 * u, 19 * u, chalk)
            c.line([(x - 8 * u, y - 19 * u), (x - 8 * u, y + 19 * u)], board, 6 * u)
            c.line([(x + 8 * u, y - 19 * u), (x + 8 * u, y + 19 * u)], board, 6 * u)
    else:
        for row in range(5):
            y = c.h * (0.17 + row * 0.062)
            x = c.w * 0.12
            while x < c.w * 0.52:
                far = c.random.uniform(20, 70) * u
                c.gouge(x + far / 2, y, far, c.random.uniform(-0.05, 0.05), chalk, 7)
                x += far + 14 * u
    view(c, c.w * 0.66, c.h * 0.08, 320 * u, 400 * u)
    c.poly(
        [(c.w * 0.66, c.h * 0.72), (c.w * 0.92, c.h * 0.72), (c.w * 0.84, c.h), (c.w * 0.5, c.h)],
        mix(inks.sun, (176, 132, 90), 0.55),
    )
    top, shade = mix((222, 176, 116), inks.dark, 0.2 * inks.dim), mix((120, 82, 54), inks.dark, 0.25)
    for row, (y, size, count) in enumerate(((0.74, 0.7, 5), (0.93, 1.05, 4))):
        for number in range(count):
            x, s = c.w * (number + 0.5) / count + (20 if row else -10) * u, size * u
            for leg in (-84, 74):
                c.line([(x + leg * s, c.h * y), (x + leg * s, c.h * y + 90 * s)], inks.dark, 6 * s)
            c.poly(
                [
                    (x - 92 * s, c.h * y - 22 * s),
                    (x + 92 * s, c.h * y - 22 * s),
                    (x + 108 * s, c.h * y + 12 * s),
                    (x - 108 * s, c.h * y + 12 * s),
                ],
                top,
            )
            c.rect(x - 108 * s, c.h * y + 12 * s, 216 * s, 12 * s, shade)
            c.rect(
                x - 34 * s,
                c.h * y - 16 * s,
                60 * s,
                17 * s,
                c.random.choice((inks.paper, inks.red, inks.blue, inks.yellow)),
            )
            c.rect(
                x - 56 * s,
                c.h * y + 34 * s,
                112 * s,
                46 * s,
                c.random.choice((inks.red, inks.blue, mix(inks.plant[2], inks.blue, 0.3))),
            )
    for flag in range(10):
        colour = (inks.red, inks.yellow, inks.blue, inks.plant[1])[flag % 4]
        x = c.w * (0.05 + flag * 0.06)
        c.poly([(x, c.h * 0.03), (x + 52 * u, c.h * 0.03), (x + 26 * u, c.h * 0.085)], colour)


def laptop(c: Canvas) -> None:
    """A laptop on a table with a cup and a plant, before a window."""
    inks, u = c.inks, c.u
    room(c, (206, 196, 180), (160, 112, 72), 0.7)
    view(c, c.w * 0.2, c.h * 0.06, 700 * u if c.w > 1050 else c.w * 0.6, c.h * 0.48)
    table = mix((196, 140, 86), inks.dark, 0.1 + 0.3 * inks.dim)
    c.rect(0, c.h * 0.7, c.w, c.h, table)
    c.gouges((0, c.h * 0.71, c.w, c.h), 90, mix(table, inks.dark, 0.22), length=190, width=3)
    x, y = c.w * c.random.uniform(0.42, 0.54), c.h * 0.82
    if inks.dim:
        nature.lamp_glow(c, x, y - 150 * u, 330 * u)
    shell = mix(inks.dark, inks.paper, 0.4)
    c.poly([(x - 230 * u, y - 300 * u), (x + 230 * u, y - 300 * u), (x + 246 * u, y), (x - 246 * u, y)], shell)
    screen = mix((24, 40, 54), inks.blue, 0.25)
    c.poly(
        [(x - 214 * u, y - 284 * u), (x + 214 * u, y - 284 * u), (x + 228 * u, y - 16 * u), (x - 228 * u, y - 16 * u)],
        screen,
    )
    for row in range(10):
        left = x - (190 - c.random.choice((0, 26, 52))) * u
        for _ in range(c.random.randint(1, 4)):
            far = c.random.uniform(24, 82) * u
            c.rect(
                left,
                y - (262 - row * 24) * u,
                far,
                10 * u,
                c.random.choice(
                    (inks.yellow, (130, 190, 150), inks.paper, (222, 130, 100), mix(inks.blue, inks.paper, 0.5))
                ),
            )
            left += far + 12 * u
    c.poly(
        [(x - 262 * u, y), (x + 262 * u, y), (x + 310 * u, y + 82 * u), (x - 310 * u, y + 82 * u)],
        mix(shell, inks.paper, 0.25),
    )
    for row in range(4):
        for number in range(13):
            c.rect(
                x - (222 + row * 8 - number * (35 + row * 1.3)) * u,
                y + (8 + row * 14) * u,
                27 * u,
                9 * u,
                mix(shell, inks.dark, 0.35),
            )
    c.rect(x - 60 * u, y + 66 * u, 120 * u, 13 * u, mix(shell, inks.dark, 0.2))
    cup(c, c.w * 0.85, c.h * 0.9, 1.1 * u, (inks.red, inks.yellow, inks.blue)[len(c.seed) % 3])
    px, py = c.w * 0.12, c.h * 0.86
    for leaf in range(11):
        angle = -math.pi / 2 + (leaf - 5) * 0.24
        c.poly(
            [
                (px, py - 90 * u),
                (px + math.cos(angle - 0.16) * 120 * u, py - 90 * u + math.sin(angle - 0.16) * 130 * u),
                (px + math.cos(angle) * 210 * u, py - 90 * u + math.sin(angle) * 210 * u),
                (px + math.cos(angle + 0.16) * 120 * u, py - 90 * u + math.sin(angle + 0.16) * 130 * u),
            ],
            c.random.choice(((86, 138, 61), (60, 110, 62), (120, 160, 80))),
        )
    c.poly(
        [
            (px - 68 * u, py - 96 * u),
            (px + 68 * u, py - 96 * u),
            (px + 48 * u, py + 12 * u),
            (px - 48 * u, py + 12 * u),
        ],
        mix(inks.red, inks.sand, 0.35),
    )
    for sheet in range(4):
        c.poly(
            [
                (c.w * 0.66 + sheet * 22 * u, c.h * 0.93 - sheet * 6 * u),
                (c.w * 0.66 + (110 + sheet * 20) * u, c.h * 0.91 - sheet * 7 * u),
                (c.w * 0.66 + (130 + sheet * 18) * u, c.h * 0.97),
                (c.w * 0.66 + (14 + sheet * 14) * u, c.h * 0.99),
            ],
            (inks.paper, inks.yellow, inks.paper, mix(inks.red, inks.paper, 0.6))[sheet],
        )
