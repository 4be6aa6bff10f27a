"""Where things are made."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import Ink, mix
from skord.sample.drawing.rooms import pendant, room, view


def workshop(c: Canvas) -> None:
    """A workbench, tools on the wall, bicycle wheels and a bicycle in a stand."""
    inks, u = c.inks, c.u
    wall = room(c, (168, 176, 164), (138, 118, 98), 0.74)
    board = mix(inks.red, inks.dark, 0.15)
    c.rect(c.w * 0.05, c.h * 0.12, c.w * 0.47, c.h * 0.38, board)
    c.gouges((c.w * 0.06, c.h * 0.13, c.w * 0.51, c.h * 0.49), 60, mix(board, inks.dark, 0.2), length=70, width=2)
    steel, wood = mix(inks.paper, inks.dark, 0.25), mix((206, 152, 92), inks.dark, 0.1)
    _tools(c, steel, wood)
    pendant(c, c.w * 0.28, c.h * 0.08, inks.plant[2] if not inks.snow else inks.blue)
    for number, r in enumerate((92, 76, 88)):
        x, y = c.w * (0.62 + number * 0.15), c.h * 0.2 + (number % 2) * 22 * u
        c.line([(x, 0), (x, y - r * u)], inks.dark, 3 * u)
        c.arc(x, y, r * u, 0, 360, inks.dark, 10 * u)
        for spoke in range(12):
            angle = spoke * math.pi / 6
            c.line([(x, y), (x + math.cos(angle) * r * u, y + math.sin(angle) * r * u)], mix(steel, wall, 0.3), 2 * u)
        c.disc(x, y, 9 * u, inks.red)
    _bench(c, steel, wood)
    _bicycle(c, steel)
    if c.random.random() < 0.6:
        nature.person(c, c.w * 0.56, c.h * 0.95, 330, mix(inks.dark, inks.blue, 0.3))


def _tools(c: Canvas, steel: Ink, wood: Ink) -> None:
    inks, u = c.inks, c.u
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


def _bench(c: Canvas, steel: Ink, wood: Ink) -> None:
    inks, u = c.inks, c.u
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


def _bicycle(c: Canvas, steel: Ink) -> None:
    inks, u = c.inks, c.u
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


def pottery(c: Canvas) -> None:
    """Pots on shelves and a wheel."""
    inks, u = c.inks, c.u
    room(c, (214, 200, 178), (146, 116, 92), 0.78)
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
    view(c, c.w * 0.68, c.h * 0.1, 300 * u, 300 * u)
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
