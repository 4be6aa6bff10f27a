"""Where people meet."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import mix
from skord.sample.drawing.rooms import bust, cup, pendant, room, view


def cafe(c: Canvas) -> None:
    """A table with cups, a coffee pot and buns; people around it."""
    inks, u = c.inks, c.u
    room(c, (216, 178, 138), (150, 104, 74), 0.62)
    view(c, c.w * 0.07, c.h * 0.07, 300 * u, 300 * u)
    view(c, c.w * 0.93 - 300 * u, c.h * 0.07, 300 * u, 300 * u)
    pendant(c, c.w * 0.5, c.h * 0.12, inks.red)
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
        bust(c, c.w * (0.1 + number * 0.8 / (count - 1)), c.h * 0.66, 200, shirts[(number + len(c.seed)) % 6])
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
        cup(
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


def crowd(c: Canvas) -> None:
    """Many people between stands, under hanging banners."""
    inks, u = c.inks, c.u
    wall = room(c, (208, 202, 188), (158, 150, 138), 0.56)
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
