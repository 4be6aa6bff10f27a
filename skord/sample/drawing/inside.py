"""Rooms where things are made, learnt, eaten and said."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import Ink, mix

_SKIN = ((226, 178, 140), (190, 134, 96), (140, 92, 64), (98, 66, 50), (236, 196, 164))


def _room(c: Canvas, wall: Ink, floor: Ink, line: float = 0.7) -> Ink:
    share = {"day": 0.0, "dawn": 0.08, "dusk": 0.24, "night": 0.5}[c.inks.hour]
    shade = (34, 36, 56)
    wall, floor = mix(wall, shade, share), mix(floor, shade, share)
    c.rect(0, 0, c.w, c.h, wall)
    c.gouges((0, 0, c.w, c.h * line), 150, mix(wall, c.inks.paper, 0.1), length=60, angle=1.571, width=2)
    c.rect(0, c.h * line, c.w, c.h, floor)
    for board in range(9):
        y = c.h * line + (c.h * (1 - line)) * (board / 9) ** 1.4
        c.line([(0, y), (c.w, y)], mix(floor, shade, 0.22), (1 + board * 0.4) * c.u)
    return wall


def _view(c: Canvas, x: float, y: float, width: float, height: float) -> None:
    """Print a window with the weather outside."""
    inks = c.inks
    colours = inks.sky
    for number, colour in enumerate(colours):
        c.rect(x, y + height * number / len(colours), width, height / len(colours) + 1, colour)
    if inks.hour in ("dawn", "dusk"):
        c.disc(x + width * 0.7, y + height * 0.66, width * 0.1, inks.sun)
    if inks.night:
        c.disc(x + width * 0.7, y + height * 0.25, width * 0.07, inks.sun)
    hill = [
        (x + width * step / 10, y + height * (0.78 + 0.06 * math.sin(step * 0.9 + len(c.seed)))) for step in range(11)
    ]
    c.poly([*hill, (x + width, y + height), (x, y + height)], inks.land[1])
    for tree in (0.14, 0.3, 0.84):
        c.poly(
            [
                (x + width * (tree - 0.05), y + height * 0.86),
                (x + width * tree, y + height * 0.52),
                (x + width * (tree + 0.05), y + height * 0.86),
            ],
            inks.needle,
        )
    if inks.snow:
        for _ in range(18):
            c.disc(x + c.random.random() * width, y + c.random.random() * height, 2.4 * c.u, inks.paper)
    edge = 9 * c.u
    for bar in (
        (x - edge, y - edge, width + 2 * edge, edge),
        (x - edge, y + height, width + 2 * edge, edge * 1.6),
        (x - edge, y, edge, height),
        (x + width, y, edge, height),
        (x + width / 2 - edge / 3, y, edge * 0.66, height),
        (x, y + height * 0.42, width, edge * 0.66),
    ):
        c.rect(*bar, inks.paper)


def _pendant(c: Canvas, x: float, y: float, colour: Ink) -> None:
    u = c.u
    if c.inks.hour != "day":
        nature.lamp_glow(c, x, y + 20 * u, 190 * u)
    c.line([(x, 0), (x, y)], c.inks.dark, 3 * u)
    c.poly(
        [(x - 62 * u, y + 30 * u), (x - 24 * u, y - 22 * u), (x + 24 * u, y - 22 * u), (x + 62 * u, y + 30 * u)], colour
    )
    c.oval(x, y + 31 * u, 30 * u, 11 * u, (255, 232, 168))


def _bust(c: Canvas, x: float, y: float, size: float, shirt: Ink) -> None:
    """Print somebody's head and shoulders, faceless, shoulders resting on y."""
    s = size * c.u
    c.poly(
        [
            (x - s * 0.62, y),
            (x - s * 0.52, y - s * 0.44),
            (x - s * 0.2, y - s * 0.58),
            (x + s * 0.2, y - s * 0.58),
            (x + s * 0.52, y - s * 0.44),
            (x + s * 0.62, y),
        ],
        shirt,
    )
    skin = mix(c.random.choice(_SKIN), c.inks.dark, 0.2 if c.inks.dim else 0.04)
    c.rect(x - s * 0.1, y - s * 0.7, s * 0.2, s * 0.18, mix(skin, c.inks.dark, 0.18))
    c.oval(x, y - s * 0.88, s * 0.25, s * 0.3, skin)
    hair = c.random.choice(((60, 42, 34), (34, 30, 32), (186, 146, 84), (150, 84, 46), (206, 202, 196)))
    c.poly(
        [
            (x - s * 0.28, y - s * 0.84),
            (x - s * 0.25, y - s * 1.14),
            (x, y - s * 1.27),
            (x + s * 0.26, y - s * 1.12),
            (x + s * 0.27, y - s * 0.86),
            (x + s * 0.1, y - s * 1.06),
            (x - s * 0.14, y - s * 1.02),
        ],
        hair,
    )


def library(c: Canvas) -> None:
    """Bookshelves from floor to ceiling, an armchair and a lamp."""
    inks, u = c.inks, c.u
    _room(c, (196, 160, 118), (150, 104, 70), 0.78)
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
    view = c.w * c.random.choice((0.36, 0.56))
    for shelf in range(6):
        y = c.h * (0.14 + shelf * 0.128)
        x = 14 * u
        while x < c.w - 20 * u:
            if view - 20 * u < x < view + 250 * u and 0 < shelf < 4:
                x = view + 252 * u
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
    _view(c, view, c.h * 0.17, 220 * u, 300 * u)
    side = 0.2 if view > c.w * 0.45 else 0.78
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
    _room(c, (214, 204, 168), (176, 132, 90), 0.66)
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
    _view(c, c.w * 0.66, c.h * 0.08, 320 * u, 400 * u)
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


def workshop(c: Canvas) -> None:
    """A workbench, tools on the wall, bicycle wheels and a bicycle in a stand."""
    inks, u = c.inks, c.u
    wall = _room(c, (168, 176, 164), (138, 118, 98), 0.74)
    board = mix(inks.red, inks.dark, 0.15)
    c.rect(c.w * 0.05, c.h * 0.12, c.w * 0.47, c.h * 0.38, board)
    c.gouges((c.w * 0.06, c.h * 0.13, c.w * 0.51, c.h * 0.49), 60, mix(board, inks.dark, 0.2), length=70, width=2)
    steel, wood = mix(inks.paper, inks.dark, 0.25), mix((206, 152, 92), inks.dark, 0.1)
    for number in range(9):
        x = c.w * (0.085 + number * 0.05)
        high = c.h * (0.17 + 0.02 * (number % 2))
        kind = (number + len(c.seed)) % 4
        if kind == 0:
            c.rect(x - 6 * u, high, 12 * u, 150 * u, wood)
            c.rect(x - 30 * u, high - 4 * u, 60 * u, 30 * u, steel)
        elif kind == 1:
            c.rect(x - 7 * u, high, 14 * u, 170 * u, steel)
            c.arc(x, high, 22 * u, 120, 60 + 360, steel, 12 * u)
        elif kind == 2:
            c.rect(x - 11 * u, high, 22 * u, 72 * u, inks.yellow)
            c.rect(x - 4 * u, high + 70 * u, 8 * u, 90 * u, steel)
        else:
            c.poly(
                [(x - 20 * u, high), (x + 20 * u, high), (x + 5 * u, high + 170 * u), (x - 4 * u, high + 170 * u)],
                steel,
            )
            c.rect(x - 20 * u, high - 8 * u, 40 * u, 32 * u, wood)
    _pendant(c, c.w * 0.28, c.h * 0.08, inks.plant[2] if not inks.snow else inks.blue)
    for number, r in enumerate((92, 76, 88)):
        x, y = c.w * (0.62 + number * 0.15), c.h * 0.2 + (number % 2) * 22 * u
        c.line([(x, 0), (x, y - r * u)], inks.dark, 3 * u)
        c.arc(x, y, r * u, 0, 360, inks.dark, 10 * u)
        for spoke in range(12):
            angle = spoke * math.pi / 6
            c.line([(x, y), (x + math.cos(angle) * r * u, y + math.sin(angle) * r * u)], mix(steel, wall, 0.3), 2 * u)
        c.disc(x, y, 9 * u, inks.red)
    bench = c.h * 0.62
    c.rect(c.w * 0.03, bench, c.w * 0.52, 30 * u, wood)
    c.rect(c.w * 0.03, bench + 28 * u, c.w * 0.52, 12 * u, mix(wood, inks.dark, 0.4))
    for leg in (0.05, 0.29, 0.51):
        c.rect(c.w * leg, bench + 40 * u, 26 * u, c.h * 0.26, mix(wood, inks.dark, 0.3))
    for drawer in range(3):
        c.rect(c.w * 0.075, bench + (52 + drawer * 52) * u, c.w * 0.2, 46 * u, mix(inks.blue, inks.dark, 0.2))
        c.rect(c.w * 0.155, bench + (70 + drawer * 52) * u, 46 * u, 8 * u, steel)
    c.rect(c.w * 0.1, bench - 54 * u, 90 * u, 54 * u, mix(inks.plant[2], inks.blue, 0.4))
    for tin in range(4):
        c.rect(
            c.w * 0.22 + tin * 42 * u, bench - 40 * u, 34 * u, 40 * u, (inks.yellow, inks.red, steel, inks.blue)[tin]
        )
    for _ in range(16):
        c.gouge(c.w * c.random.uniform(0.32, 0.54), bench - 5 * u, 26 * u, c.random.uniform(0, 3), steel, 5)
    x, y, s = c.w * 0.77, c.h * 0.86, 118 * u
    colour = (inks.yellow, inks.red, mix(inks.blue, inks.paper, 0.2))[(len(c.seed) + 1) % 3]
    c.line([(x - 10 * u, c.h * 0.95), (x - 10 * u, y - 1.2 * s)], inks.dark, 12 * u)
    c.line([(x - 110 * u, c.h * 0.95), (x + 90 * u, c.h * 0.95)], inks.dark, 12 * u)
    for wheel in (-1.1, 1.1):
        c.arc(x + wheel * s, y - s * 0.95, s * 0.74, 0, 360, inks.dark, 9 * u)
        for spoke in range(10):
            angle = spoke * math.pi / 5
            c.line(
                [
                    (x + wheel * s, y - s * 0.95),
                    (x + wheel * s + math.cos(angle) * s * 0.68, y - s * 0.95 + math.sin(angle) * s * 0.68),
                ],
                steel,
                1.6 * u,
            )
    back, crank, seat, head, front = (
        (x - 1.1 * s, y - 0.95 * s),
        (x - 0.1 * s, y - 0.9 * s),
        (x - 0.42 * s, y - 1.9 * s),
        (x + 0.75 * s, y - 2.0 * s),
        (x + 1.1 * s, y - 0.95 * s),
    )
    c.line([back, seat, crank, back], colour, 10 * u)
    c.line([crank, head, front], colour, 10 * u)
    c.line([(seat[0], seat[1] + 0.16 * s), (head[0], head[1] + 0.12 * s)], colour, 10 * u)
    c.oval(seat[0] - 0.06 * s, seat[1] - 0.12 * s, 0.28 * s, 0.07 * s, inks.dark)
    c.line([head, (head[0] - 0.02 * s, head[1] - 0.3 * s), (head[0] - 0.3 * s, head[1] - 0.36 * s)], inks.dark, 8 * u)
    c.disc(*crank, 16 * u, inks.dark)
    if c.random.random() < 0.6:
        nature.person(c, c.w * 0.56, c.h * 0.95, 330, mix(inks.dark, inks.blue, 0.3))


def bakery(c: Canvas) -> None:
    """A glowing oven and shelves of loaves."""
    inks, u = c.inks, c.u
    wall = _room(c, (222, 196, 160), (150, 118, 92), 0.76)
    brick = mix((170, 84, 58), inks.dark, 0.2 + 0.15 * inks.dim)
    left = len(c.seed) % 2 == 0
    x = c.w * (0.26 if left else 0.74)
    c.rect(x - 250 * u, 0, 500 * u, c.h * 0.78, brick)
    for row in range(22):
        y = row * c.h * 0.78 / 22
        c.line([(x - 250 * u, y), (x + 250 * u, y)], mix(brick, inks.paper, 0.22), 2.4 * u)
        for joint in range(8):
            at = x - 250 * u + (joint + 0.5 * (row % 2)) * 63 * u
            c.line([(at, y), (at, y + c.h * 0.78 / 22)], mix(brick, inks.paper, 0.22), 2.4 * u)
    mouth = c.h * 0.47
    for size, share in ((240, 0.16), (196, 0.3)):
        c.disc(x, mouth, size * u, mix(brick, (250, 170, 70), share))
    for size, colour in ((158, inks.dark), (136, (206, 84, 36)), (100, (240, 150, 50)), (56, (255, 214, 110))):
        c.oval(x, mouth + (158 - size) * 0.5 * u, size * u, size * 0.8 * u, colour)
    c.rect(x - 180 * u, mouth + 78 * u, 360 * u, 90 * u, brick)
    c.rect(x - 190 * u, mouth + 72 * u, 380 * u, 26 * u, mix(inks.dark, inks.sand, 0.4))
    crusts = ((176, 108, 54), (204, 140, 76), (146, 84, 44), (120, 72, 40))
    for loaf in range(3):
        c.blob(x + (loaf - 1) * 82 * u, mouth + 56 * u, 42 * u, 25 * u, crusts[loaf], 0.06)
    side = 1 if left else -1
    other = c.w * (0.76 if left else 0.24)
    wood = mix((150, 104, 66), inks.dark, 0.15 + 0.2 * inks.dim)
    for shelf in range(4):
        y = c.h * (0.2 + shelf * 0.145)
        c.rect(other - 260 * u, y, 520 * u, 14 * u, wood)
        kind = (shelf + len(c.seed)) % 3
        if kind == 0:
            for loaf in range(5):
                px = other - 208 * u + loaf * 104 * u
                c.blob(px, y - 28 * u, 47 * u, 31 * u, mix(crusts[loaf % 3], inks.dark, 0.15 * inks.dim), 0.07)
                for slash in (-16, 0, 16):
                    c.gouge(px + slash * u, y - 38 * u, 26 * u, 1.1, (236, 206, 160), 5)
        elif kind == 1:
            for loaf in range(11):
                c.blob(other - 232 * u + loaf * 46 * u, y - 17 * u, 22 * u, 19 * u, crusts[loaf % 4], 0.08)
                c.arc(other - 232 * u + loaf * 46 * u, y - 18 * u, 9 * u, 0, 300, (236, 206, 160), 3 * u)
        else:
            for loaf in range(7):
                px = other - 216 * u + loaf * 72 * u
                c.poly(
                    [(px - 20 * u, y), (px - 6 * u, y - 96 * u), (px + 12 * u, y - 100 * u), (px + 24 * u, y)],
                    crusts[(loaf + 1) % 3],
                )
                for slash in range(4):
                    c.gouge(px + 2 * u, y - (18 + slash * 21) * u, 20 * u, 0.6, (236, 206, 160), 4)
    c.line([(x + side * 270 * u, c.h * 0.92), (x + side * 330 * u, c.h * 0.18)], wood, 9 * u)
    c.blob(x + side * 336 * u, c.h * 0.13, 46 * u, 60 * u, wood, 0.04)
    table = c.h * 0.82
    c.rect(0, table, c.w, 34 * u, (232, 210, 172) if not inks.dim else mix((232, 210, 172), inks.dark, 0.3))
    c.rect(0, table + 34 * u, c.w, c.h, mix(wood, inks.dark, 0.2))
    for number in range(6):
        c.blob(c.w * (0.1 + number * 0.155), table - 12 * u, 58 * u, 28 * u, mix((240, 224, 192), wall, 0.15), 0.08)
    for _ in range(60):
        c.disc(c.random.uniform(0, c.w), table + c.random.uniform(-6, 30) * u, c.random.uniform(1, 4) * u, inks.paper)


def kitchen(c: Canvas) -> None:
    """Steaming pots and stacked plates."""
    inks, u = c.inks, c.u
    wall = _room(c, (206, 214, 204), (150, 150, 144), 0.86)
    tile = mix(wall, inks.paper, 0.5)
    for row in range(6):
        for column in range(18):
            if (row * 7 + column * 3 + len(c.seed)) % 11 == 0:
                c.rect(c.w * column / 18, c.h * (0.3 + row * 0.06), c.w / 18, c.h * 0.06, mix(inks.blue, tile, 0.4))
    for row in range(7):
        c.line([(0, c.h * (0.3 + row * 0.06)), (c.w, c.h * (0.3 + row * 0.06))], tile, 3 * u)
    for column in range(19):
        c.line([(c.w * column / 18, c.h * 0.3), (c.w * column / 18, c.h * 0.66)], tile, 3 * u)
    steel = mix((188, 196, 198), inks.dark, 0.08 + 0.2 * inks.dim)
    c.poly([(c.w * 0.16, c.h * 0.2), (c.w * 0.26, 0), (c.w * 0.66, 0), (c.w * 0.76, c.h * 0.2)], steel)
    c.rect(c.w * 0.15, c.h * 0.2, c.w * 0.62, 24 * u, mix(steel, inks.dark, 0.25))
    counter = c.h * 0.66
    for number, (x, size) in enumerate(((0.24, 1.0), (0.46, 1.25), (0.68, 0.9))):
        s, px = size * u, c.w * x
        pot = (steel, inks.red, mix(inks.blue, inks.dark, 0.15))[(number + len(c.seed)) % 3]
        for puff in range(6):
            c.blob(
                px + math.sin(puff * 1.4 + number) * 38 * s,
                counter - (190 + puff * 44) * s,
                (46 - puff * 4) * s,
                (22 - puff) * s,
                mix(wall, inks.paper, 0.65 - puff * 0.06),
                0.3,
            )
        c.rect(px - 104 * s, counter - 150 * s, 208 * s, 150 * s, pot)
        c.rect(px + 44 * s, counter - 150 * s, 60 * s, 150 * s, mix(pot, inks.dark, 0.22))
        c.oval(px, counter - 150 * s, 104 * s, 20 * s, mix(pot, inks.dark, 0.3))
        c.oval(px, counter - 148 * s, 92 * s, 15 * s, ((214, 128, 54), (150, 160, 74), (200, 80, 50))[number])
        for handle in (-1, 1):
            c.arc(px + handle * 108 * s, counter - 100 * s, 26 * s, 0, 360, inks.dark, 9 * s)
        c.line(
            [(px + 30 * s, counter - 150 * s), (px + 92 * s, counter - 262 * s)],
            mix((170, 120, 74), inks.dark, 0.1),
            11 * s,
        )
    c.rect(0, counter, c.w, 26 * u, steel)
    c.rect(0, counter + 26 * u, c.w, c.h, mix(steel, inks.dark, 0.3))
    for knob in range(7):
        c.disc(c.w * (0.2 + knob * 0.09), counter + 56 * u, 15 * u, inks.dark)
        c.line(
            [(c.w * (0.2 + knob * 0.09), counter + 56 * u), (c.w * (0.2 + knob * 0.09), counter + 43 * u)],
            inks.paper,
            3 * u,
        )
    c.rect(0, c.h * 0.84, c.w, c.h, mix((214, 170, 116), inks.dark, 0.1 + 0.2 * inks.dim))
    bowls = (
        mix(inks.blue, inks.paper, 0.25),
        mix(inks.blue, inks.paper, 0.5),
        mix(inks.dark, inks.paper, 0.55),
        inks.paper,
    )
    for stack in range(6):
        x = c.w * (0.09 + stack * 0.165)
        for plate in range(c.random.randint(4, 9)):
            y = c.h * 0.93 - plate * 15 * u
            c.poly(
                [
                    (x - 68 * u, y - 12 * u),
                    (x + 68 * u, y - 12 * u),
                    (x + 40 * u, y + 12 * u),
                    (x - 40 * u, y + 12 * u),
                ],
                bowls[(plate + stack) % 4],
            )
            c.line(
                [(x - 68 * u, y - 12 * u), (x + 68 * u, y - 12 * u)],
                mix(bowls[(plate + stack) % 4], inks.dark, 0.3),
                3 * u,
            )
    for hook in range(6):
        x = c.w * (0.82 + hook * 0.032)
        c.line([(x, c.h * 0.1), (x, c.h * 0.26)], steel, 5 * u)
        c.oval(x, c.h * 0.28, 17 * u, 23 * u, steel)
    c.line([(c.w * 0.8, c.h * 0.1), (c.w, c.h * 0.1)], inks.dark, 6 * u)


def _cup(c: Canvas, x: float, y: float, s: float, colour: Ink) -> None:
    c.oval(x, y + 4 * s, 74 * s, 17 * s, mix(colour, c.inks.paper, 0.55))
    c.arc(x + 48 * s, y - 36 * s, 22 * s, 250, 110 + 360, colour, 10 * s)
    c.poly([(x - 50 * s, y - 68 * s), (x + 50 * s, y - 68 * s), (x + 34 * s, y), (x - 34 * s, y)], colour)
    c.oval(x, y - 68 * s, 50 * s, 13 * s, mix(colour, c.inks.dark, 0.25))
    c.oval(x, y - 67 * s, 42 * s, 9 * s, (86, 54, 36))
    for puff in range(3):
        c.arc(
            x + (-8 + puff * 8) * s,
            y - (100 + puff * 26) * s,
            15 * s,
            90 + 180 * (puff % 2),
            270 + 180 * (puff % 2),
            c.inks.paper,
            5 * s,
        )


def cafe(c: Canvas) -> None:
    """A table with cups, a coffee pot and buns; people around it."""
    inks, u = c.inks, c.u
    _room(c, (216, 178, 138), (150, 104, 74), 0.62)
    _view(c, c.w * 0.07, c.h * 0.07, 300 * u, 300 * u)
    _view(c, c.w * 0.93 - 300 * u, c.h * 0.07, 300 * u, 300 * u)
    _pendant(c, c.w * 0.5, c.h * 0.12, inks.red)
    shirts = (
        inks.blue,
        inks.yellow,
        mix(inks.plant[2], inks.blue, 0.2),
        inks.red,
        mix(inks.wall, inks.dark, 0.25),
        mix(inks.red, inks.blue, 0.5),
    )
    count = c.random.choice((5, 6))
    for number in range(count):
        _bust(c, c.w * (0.1 + number * 0.8 / (count - 1)), c.h * 0.66, 200, shirts[(number + len(c.seed)) % 6])
    words = ("mysa", "lagom", "kaffe", "hej", "tack", "sisu")
    _ = words
    for number in range(3):
        x, y = c.w * (0.22 + number * 0.27), c.h * (0.27 + 0.05 * (number % 2))
        c.blob(x, y, 66 * u, 38 * u, inks.paper, 0.05)
        c.poly([(x - 16 * u, y + 28 * u), (x + 12 * u, y + 32 * u), (x - 24 * u, y + 64 * u)], inks.paper)
        for dot in range(3):
            c.disc(x + (dot - 1) * 28 * u, y, 8 * u, (inks.red, inks.blue, inks.plant[2])[number])
    cloth = (inks.paper, mix(inks.yellow, inks.paper, 0.55), mix(inks.blue, inks.paper, 0.65))[len(c.seed) % 3]
    if inks.dim:
        cloth = mix(cloth, inks.dark, 0.12)
    c.poly([(c.w * 0.02, c.h * 0.68), (c.w * 0.98, c.h * 0.68), (c.w * 1.08, c.h + 5), (-c.w * 0.08, c.h + 5)], cloth)
    for stripe in range(9):
        a = stripe / 8
        c.line(
            [(c.w * (0.02 + 0.96 * a), c.h * 0.68), (c.w * (-0.08 + 1.16 * a), c.h)], mix(cloth, inks.red, 0.35), 5 * u
        )
    c.line([(0, c.h * 0.8), (c.w, c.h * 0.8)], mix(cloth, inks.red, 0.35), 5 * u)
    pot = (inks.red, mix(inks.plant[2], inks.blue, 0.4), inks.blue)[len(c.seed) % 3]
    x, y = c.w * 0.5, c.h * 0.84
    c.poly([(x - 62 * u, y), (x - 44 * u, y - 170 * u), (x + 44 * u, y - 170 * u), (x + 62 * u, y)], pot)
    c.poly(
        [(x + 46 * u, y - 110 * u), (x + 106 * u, y - 176 * u), (x + 118 * u, y - 166 * u), (x + 56 * u, y - 60 * u)],
        pot,
    )
    c.arc(x - 56 * u, y - 92 * u, 48 * u, 80, 280, mix(pot, inks.dark, 0.3), 13 * u)
    c.oval(x, y - 172 * u, 46 * u, 15 * u, mix(pot, inks.dark, 0.3))
    c.disc(x, y - 192 * u, 13 * u, mix(pot, inks.dark, 0.3))
    for at, high, size in ((0.16, 0.8, 0.8), (0.31, 0.93, 1.1), (0.7, 0.92, 1.1), (0.87, 0.81, 0.8)):
        _cup(
            c,
            c.w * at,
            c.h * high,
            size * u,
            c.random.choice((inks.paper, inks.yellow, mix(inks.blue, inks.paper, 0.4))),
        )
    plate = c.w * 0.5
    c.oval(plate, c.h * 0.94, 132 * u, 30 * u, inks.paper)
    for bun in range(7):
        px, py = plate + (-84 + (bun % 4) * 56 + (bun // 4) * 26) * u, c.h * 0.925 - (bun // 4) * 30 * u
        c.blob(px, py, 36 * u, 26 * u, (190, 122, 62), 0.08)
        c.arc(px, py, 20 * u, 0, 290, (120, 70, 36), 6 * u)
        c.arc(px, py, 9 * u, 180, 400, (120, 70, 36), 5 * u)


def laptop(c: Canvas) -> None:
    """A laptop on a table with a cup and a plant, before a window."""
    inks, u = c.inks, c.u
    _room(c, (206, 196, 180), (160, 112, 72), 0.7)
    _view(c, c.w * 0.2, c.h * 0.06, 700 * u if c.w > 1050 else c.w * 0.6, c.h * 0.48)
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
    _cup(c, c.w * 0.85, c.h * 0.9, 1.1 * u, (inks.red, inks.yellow, inks.blue)[len(c.seed) % 3])
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


def robot(c: Canvas) -> None:
    """A robot's arm over rows of plants."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.62)
    frame = mix(inks.paper, inks.sky[2], 0.25)
    for bar in range(9):
        x = c.w * bar / 8
        c.line([(x, c.h * 0.62), (x, c.h * 0.16)], frame, 5 * u)
        c.line([(x, c.h * 0.16), (x + (c.w / 2 - x) * 0.5, -10)], frame, 5 * u)
    c.line([(0, c.h * 0.16), (c.w, c.h * 0.16)], frame, 7 * u)
    c.line([(0, c.h * 0.4), (c.w, c.h * 0.4)], frame, 4 * u)
    green = ((86, 138, 61), (127, 169, 72), (52, 106, 53))
    share = {"day": 0.0, "dawn": 0.08, "dusk": 0.22, "night": 0.42}[inks.hour]
    green_lit = tuple(mix(colour, (20, 34, 60), share) for colour in green)
    berry = mix((206, 52, 44), (20, 34, 60), share * 0.6)
    for row in range(4):
        y = c.h * (0.62 + row * 0.115)
        s = (0.55 + row * 0.26) * u
        c.rect(-5, y, c.w + 10, c.h * 0.12, mix(mix((120, 90, 66), inks.dark, 0.2), inks.sky[2], 0.3 - row * 0.08))
        for number in range(20 - row * 3):
            x = c.w * (number + 0.5) / (20 - row * 3)
            for _ in range(8):
                c.blob(
                    x + c.random.uniform(-40, 40) * s,
                    y - c.random.uniform(0, 62) * s,
                    26 * s,
                    13 * s,
                    c.random.choice(green_lit),
                    0.3,
                )
            for _ in range(3):
                bx, by = x + c.random.uniform(-36, 36) * s, y - c.random.uniform(-8, 30) * s
                c.poly([(bx - 11 * s, by - 8 * s), (bx + 11 * s, by - 8 * s), (bx, by + 17 * s)], berry)
                c.disc(bx, by - 5 * s, 10 * s, berry)
    side = 1 if len(c.seed) % 2 else -1
    base = (c.w * 0.5 - side * c.w * 0.26, c.h * 0.86)
    steel, joint = mix(inks.paper, inks.dark, 0.12 + 0.1 * inks.dim), (226, 120, 44)
    c.poly(
        [
            (base[0] - 96 * u, base[1] + 70 * u),
            (base[0] - 70 * u, base[1] - 40 * u),
            (base[0] + 70 * u, base[1] - 40 * u),
            (base[0] + 96 * u, base[1] + 70 * u),
        ],
        mix(inks.dark, inks.blue, 0.3),
    )
    for wheel in (-70, 70):
        c.disc(base[0] + wheel * u, base[1] + 74 * u, 28 * u, inks.dark)
    elbow = (base[0] + side * 40 * u, c.h * 0.34)
    wrist = (base[0] + side * 400 * u, c.h * 0.4)
    hand = (wrist[0] + side * 46 * u, c.h * 0.58)
    for start, end, width in ((base, elbow, 62), (elbow, wrist, 48), (wrist, hand, 34)):
        c.line([start, end], steel, width * u)
        c.line(
            [(start[0] + 10 * u, start[1] + 10 * u), (end[0] + 10 * u, end[1] + 10 * u)],
            mix(steel, inks.dark, 0.22),
            width * 0.3 * u,
        )
    for at, r in ((base, 56), (elbow, 48), (wrist, 36)):
        c.disc(*at, r * u, joint)
        c.disc(*at, r * 0.45 * u, mix(joint, inks.dark, 0.4))
    for finger in (-1, 1):
        c.line(
            [hand, (hand[0] + finger * 46 * u, hand[1] + 36 * u), (hand[0] + finger * 26 * u, hand[1] + 88 * u)],
            joint,
            15 * u,
        )
    c.poly(
        [(hand[0] - 22 * u, hand[1] + 66 * u), (hand[0] + 22 * u, hand[1] + 66 * u), (hand[0], hand[1] + 112 * u)],
        berry,
    )
    c.disc(hand[0], hand[1] + 70 * u, 21 * u, berry)
    for leaf in (-1, 0, 1):
        c.gouge(hand[0] + leaf * 10 * u, hand[1] + 52 * u, 26 * u, 1.57 + leaf * 0.8, green_lit[1], 9)
    if c.random.random() < 0.5:
        for number in range(3):
            nature.person(
                c, c.w * (0.5 + side * (0.32 + number * 0.06)), c.h * 0.63, 150, mix(inks.dark, inks.sky[2], 0.25)
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


def stage(c: Canvas) -> None:
    """A stage with curtains, spotlights and instruments."""
    inks, u = c.inks, c.u
    back = {"day": (70, 84, 104), "dawn": (110, 74, 78), "dusk": (62, 44, 76), "night": (24, 36, 62)}[inks.hour]
    c.rect(0, 0, c.w, c.h, back)
    lamps = ((255, 214, 130), (240, 150, 120), (150, 200, 236))
    for number in range(3):
        x = c.w * (0.22 + number * 0.28)
        light = lamps[(number + len(c.seed)) % 3]
        for spread, share in ((230, 0.12), (140, 0.14)):
            c.poly(
                [(x - 16 * u, 0), (x + 16 * u, 0), (x + spread * u, c.h * 0.78), (x - spread * u, c.h * 0.78)],
                mix(back, light, share + 0.08),
            )
        c.oval(x, c.h * 0.79, 210 * u, 36 * u, mix(back, light, 0.4))
    wood = mix((150, 98, 62), back, 0.2)
    c.rect(0, c.h * 0.77, c.w, c.h, wood)
    for number in range(3):
        c.oval(
            c.w * (0.22 + number * 0.28), c.h * 0.83, 180 * u, 34 * u, mix(wood, lamps[(number + len(c.seed)) % 3], 0.4)
        )
    for board in range(8):
        y = c.h * (0.77 + 0.23 * (board / 8) ** 1.3)
        c.line([(0, y), (c.w, y)], mix(wood, inks.dark, 0.3), 3 * u)
    for number in range(5):
        _cello(
            c, c.w * (0.2 + number * 0.15), c.h * (0.86 + 0.035 * (number % 2)), (250 - 40 * (number % 2)) * u, number
        )
    drum = (c.w * 0.86, c.h * 0.84)
    c.oval(drum[0], drum[1], 70 * u, 62 * u, inks.paper)
    c.arc(drum[0], drum[1], 66 * u, 0, 360, inks.red, 11 * u)
    for cymbal in (-70, 76):
        c.line([(drum[0] + cymbal * u, drum[1] + 50 * u), (drum[0] + cymbal * u, drum[1] - 130 * u)], inks.dark, 5 * u)
        c.oval(drum[0] + cymbal * u, drum[1] - 132 * u, 52 * u, 9 * u, (236, 190, 90))
    curtain = mix((170, 44, 44), (30, 20, 50), 0.1 if inks.hour == "day" else 0.28)
    for side in (0, 1):
        for fold in range(6):
            width = 34 * u
            x = fold * width * 0.82 if not side else c.w - (fold + 1) * width * 0.82
            sway = 30 * u * (fold / 5)
            c.poly(
                [
                    (x, 0),
                    (x + width, 0),
                    (x + width - sway * (1 if not side else -1), c.h * 0.84),
                    (x - sway * (1 if not side else -1), c.h * 0.84),
                ],
                mix(curtain, inks.dark, 0.3 * (fold % 2)),
            )
    for scallop in range(9):
        x = c.w * (scallop + 0.5) / 9
        c.oval(x, 0, c.w / 16, 76 * u, mix(curtain, inks.dark, 0.18 * (scallop % 2)))
    heads = mix((14, 16, 28), back, 0.2)
    for number in range(17):
        x = c.w * number / 16 + c.random.uniform(-14, 14)
        c.disc(x, c.h * 0.965, 36 * u, heads)
        c.blob(x, c.h * 1.03, 66 * u, 50 * u, heads, 0.05)


def _cello(c: Canvas, x: float, y: float, s: float, number: int) -> None:
    wood = ((150, 78, 38), (178, 104, 50), (124, 60, 34), (196, 124, 62), (140, 70, 40))[number]
    lean = (-0.1, 0.08, -0.05, 0.12, 0.0)[number] * s
    c.blob(x, y - s * 0.22, s * 0.2, s * 0.2, wood, 0.03)
    c.blob(x + lean * 0.4, y - s * 0.5, s * 0.155, s * 0.16, wood, 0.03)
    c.rect(x + lean * 0.2 - s * 0.1, y - s * 0.46, s * 0.2, s * 0.16, wood)
    c.line([(x, y - s * 0.2), (x + lean, y - s * 1.12)], c.inks.dark, s * 0.045)
    c.disc(x + lean, y - s * 1.13, s * 0.04, wood)
    c.line([(x, y - s * 0.04), (x - lean * 0.1, y + s * 0.05)], c.inks.dark, s * 0.02)
    for side in (-1, 1):
        c.gouge(x + side * s * 0.08 + lean * 0.1, y - s * 0.3, s * 0.14, 1.5, c.inks.dark, s * 0.025)
    c.rect(x - s * 0.05 + lean * 0.1, y - s * 0.3, s * 0.1, s * 0.018, c.inks.paper)


def pottery(c: Canvas) -> None:
    """Pots on shelves and a wheel."""
    inks, u = c.inks, c.u
    _room(c, (214, 200, 178), (146, 116, 92), 0.78)
    wood = mix((164, 118, 76), inks.dark, 0.15 + 0.2 * inks.dim)
    glazes = [
        (58, 98, 128),
        (96, 138, 156),
        (142, 166, 170),
        (74, 112, 104),
        (206, 196, 172),
        (178, 112, 78),
        (52, 70, 96),
    ]
    if inks.dim:
        glazes = [mix(colour, (34, 36, 56), 0.25) for colour in glazes]
    _view(c, c.w * 0.68, c.h * 0.1, 300 * u, 300 * u)
    for shelf in range(4):
        y = c.h * (0.21 + shelf * 0.152)
        right = c.w * 0.6 if shelf < 3 else c.w * 0.52
        x = c.w * 0.06
        kind = (shelf + len(c.seed)) % 4
        while x < right - 40 * u:
            colour = c.random.choice(glazes)
            if kind == 0:
                wide, high = 58 * u, c.random.uniform(62, 84) * u
                c.poly([(x, y - high), (x + wide, y - high), (x + wide * 0.92, y), (x + wide * 0.08, y)], colour)
                c.arc(x + wide, y - high * 0.5, 18 * u, 260, 100 + 360, colour, 8 * u)
            elif kind == 1:
                wide, high = 96 * u, 46 * u
                for bowl in range(c.random.randint(1, 3)):
                    c.poly(
                        [
                            (x, y - high - bowl * 22 * u),
                            (x + wide, y - high - bowl * 22 * u),
                            (x + wide * 0.68, y - bowl * 22 * u),
                            (x + wide * 0.32, y - bowl * 22 * u),
                        ],
                        glazes[(bowl + shelf) % 7],
                    )
            elif kind == 2:
                wide, high = 66 * u, c.random.uniform(78, 106) * u
                c.blob(x + wide / 2, y - high * 0.4, wide * 0.5, high * 0.42, colour, 0.03)
                c.rect(x + wide * 0.34, y - high, wide * 0.32, high * 0.4, colour)
                c.rect(x + wide * 0.26, y - high, wide * 0.48, 8 * u, mix(colour, inks.paper, 0.3))
            else:
                wide, high = 84 * u, 88 * u
                c.oval(x + wide / 2, y - high / 2, wide * 0.48, high * 0.5, colour)
                c.oval(x + wide / 2, y - high / 2, wide * 0.3, high * 0.32, mix(colour, inks.paper, 0.3))
            c.gouge(x + wide * 0.3, y - high * 0.5, high * 0.5, 1.5, mix(colour, inks.paper, 0.5), 5)
            x += wide + c.random.uniform(8, 24) * u
        c.rect(c.w * 0.03, y, right - c.w * 0.03, 14 * u, wood)
    x, y = c.w * 0.76, c.h * 0.84
    c.poly([(x - 190 * u, y), (x + 190 * u, y), (x + 150 * u, c.h * 0.98), (x - 150 * u, c.h * 0.98)], wood)
    c.rect(x - 210 * u, y - 14 * u, 420 * u, 26 * u, mix(wood, inks.paper, 0.2))
    c.oval(x, y - 22 * u, 130 * u, 24 * u, mix(inks.dark, inks.paper, 0.3))
    clay = (156, 146, 138)
    c.poly(
        [(x - 118 * u, y - 168 * u), (x + 118 * u, y - 168 * u), (x + 62 * u, y - 30 * u), (x - 62 * u, y - 30 * u)],
        clay,
    )
    c.oval(x, y - 168 * u, 118 * u, 25 * u, mix(clay, inks.dark, 0.3))
    c.oval(x, y - 30 * u, 62 * u, 13 * u, clay)
    for ring in range(5):
        c.gouge(x - 20 * u, y - (56 + ring * 24) * u, (100 + ring * 24) * u, 0.03, mix(clay, inks.paper, 0.35), 5)
    for side in (-1, 1):
        skin = (206, 156, 120)
        c.line(
            [(x + side * 330 * u, y - 90 * u), (x + side * 190 * u, y - 130 * u)],
            (inks.red, inks.blue)[len(c.seed) % 2],
            54 * u,
        )
        c.line([(x + side * 200 * u, y - 128 * u), (x + side * 112 * u, y - 112 * u)], skin, 36 * u)
        c.blob(x + side * 102 * u, y - 106 * u, 32 * u, 24 * u, skin, 0.1)


def crowd(c: Canvas) -> None:
    """Many people between stands, under hanging banners."""
    inks, u = c.inks, c.u
    wall = _room(c, (208, 202, 188), (158, 150, 138), 0.56)
    for beam in range(7):
        c.line([(c.w * beam / 6, 0), (c.w * (0.3 + beam * 0.066), c.h * 0.3)], mix(wall, inks.dark, 0.14), 7 * u)
    colours = (
        inks.red,
        inks.blue,
        inks.yellow,
        inks.plant[2],
        mix(inks.red, inks.yellow, 0.5),
        mix(inks.blue, inks.plant[1], 0.4),
    )
    for number in range(7):
        x = c.w * (0.03 + number * 0.142)
        colour = colours[(number + len(c.seed)) % 6]
        c.line([(x + 50 * u, 0), (x + 50 * u, c.h * 0.06)], inks.dark, 3 * u)
        c.poly(
            [
                (x, c.h * 0.06),
                (x + 106 * u, c.h * 0.06),
                (x + 106 * u, c.h * 0.26),
                (x + 53 * u, c.h * 0.31),
                (x, c.h * 0.26),
            ],
            colour,
        )
        c.disc(x + 53 * u, c.h * 0.15, 27 * u, mix(colour, inks.paper, 0.7))
        c.blob(x + 53 * u, c.h * 0.15, 13 * u, 15 * u, colour, 0.3)
    for number in range(4):
        x = c.w * (0.04 + number * 0.25)
        colour = colours[(number * 2 + 1) % 6]
        c.rect(x, c.h * 0.4, 220 * u, 130 * u, mix(wall, inks.paper, 0.5))
        c.rect(x, c.h * 0.4, 220 * u, 34 * u, colour)
        for line in range(3):
            c.rect(
                x + 24 * u, c.h * 0.4 + (54 + line * 22) * u, (150 - line * 34) * u, 9 * u, mix(wall, inks.dark, 0.25)
            )
        c.rect(x - 6 * u, c.h * 0.56, 232 * u, 56 * u, mix(colour, inks.dark, 0.25))
    shades = (
        mix(inks.dark, inks.blue, 0.25),
        mix(inks.dark, inks.red, 0.3),
        inks.dark,
        mix(inks.dark, inks.plant[2], 0.3),
        mix(inks.dark, inks.paper, 0.25),
    )
    for row, (y, size, count) in enumerate(((0.7, 190, 15), (0.84, 270, 11), (1.03, 390, 8))):
        for number in range(count):
            x = c.w * (number + 0.5) / count + c.random.uniform(-26, 26) * u
            colour = mix(c.random.choice((*shades, *colours)), wall, (0.3, 0.12, 0.0)[row])
            arms = "up" if c.random.random() < 0.18 else "down"
            nature.person(
                c, x, c.h * y + c.random.uniform(-12, 12) * u, size * c.random.uniform(0.85, 1.1), colour, arms=arms
            )
