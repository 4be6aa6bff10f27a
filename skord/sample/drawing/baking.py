"""Where food is made."""

from __future__ import annotations

import math

from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import mix
from skord.sample.drawing.rooms import room

_CRUSTS = ((176, 108, 54), (204, 140, 76), (146, 84, 44), (120, 72, 40))


def bakery(c: Canvas) -> None:
    """A glowing oven and shelves of loaves."""
    inks, u = c.inks, c.u
    wall = room(c, (222, 196, 160), (150, 118, 92), 0.76)
    left = len(c.seed) % 2 == 0
    x = c.w * (0.26 if left else 0.74)
    _oven(c, x)
    side = 1 if left else -1
    other = c.w * (0.76 if left else 0.24)
    wood = mix((150, 104, 66), inks.dark, 0.15 + 0.2 * inks.dim)
    for shelf in range(4):
        y = c.h * (0.2 + shelf * 0.145)
        c.rect(other - 260 * u, y, 520 * u, 14 * u, wood)
        _loaves(c, other, y, (shelf + len(c.seed)) % 3)
    c.line([(x + side * 270 * u, c.h * 0.92), (x + side * 330 * u, c.h * 0.18)], wood, 9 * u)
    c.blob(x + side * 336 * u, c.h * 0.13, 46 * u, 60 * u, wood, 0.04)
    table = c.h * 0.82
    c.rect(0, table, c.w, 34 * u, (232, 210, 172) if not inks.dim else mix((232, 210, 172), inks.dark, 0.3))
    c.rect(0, table + 34 * u, c.w, c.h, mix(wood, inks.dark, 0.2))
    for number in range(6):
        c.blob(c.w * (0.1 + number * 0.155), table - 12 * u, 58 * u, 28 * u, mix((240, 224, 192), wall, 0.15), 0.08)
    for _ in range(60):
        c.disc(c.random.uniform(0, c.w), table + c.random.uniform(-6, 30) * u, c.random.uniform(1, 4) * u, inks.paper)


def _oven(c: Canvas, x: float) -> None:
    inks, u = c.inks, c.u
    brick = mix((170, 84, 58), inks.dark, 0.2 + 0.15 * inks.dim)
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
    for loaf in range(3):
        c.blob(x + (loaf - 1) * 82 * u, mouth + 56 * u, 42 * u, 25 * u, _CRUSTS[loaf], 0.06)


def _loaves(c: Canvas, other: float, y: float, kind: int) -> None:
    """Print a shelf's bread: round loaves, buns or tall ones, standing on y."""
    inks, u = c.inks, c.u
    if kind == 0:
        for loaf in range(5):
            px = other - 208 * u + loaf * 104 * u
            c.blob(px, y - 28 * u, 47 * u, 31 * u, mix(_CRUSTS[loaf % 3], inks.dark, 0.15 * inks.dim), 0.07)
            for slash in (-16, 0, 16):
                c.gouge(px + slash * u, y - 38 * u, 26 * u, 1.1, (236, 206, 160), 5)
    elif kind == 1:
        for loaf in range(11):
            c.blob(other - 232 * u + loaf * 46 * u, y - 17 * u, 22 * u, 19 * u, _CRUSTS[loaf % 4], 0.08)
            c.arc(other - 232 * u + loaf * 46 * u, y - 18 * u, 9 * u, 0, 300, (236, 206, 160), 3 * u)
    else:
        for loaf in range(7):
            px = other - 216 * u + loaf * 72 * u
            c.poly(
                [(px - 20 * u, y), (px - 6 * u, y - 96 * u), (px + 12 * u, y - 100 * u), (px + 24 * u, y)],
                _CRUSTS[(loaf + 1) % 3],
            )
            for slash in range(4):
                c.gouge(px + 2 * u, y - (18 + slash * 21) * u, 20 * u, 0.6, (236, 206, 160), 4)


def kitchen(c: Canvas) -> None:
    """Steaming pots and stacked plates."""
    inks, u = c.inks, c.u
    wall = room(c, (206, 214, 204), (150, 150, 144), 0.86)
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
