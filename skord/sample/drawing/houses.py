"""What is being built, and who lives there."""

from __future__ import annotations

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import mix


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
