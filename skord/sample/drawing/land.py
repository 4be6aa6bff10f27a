"""Fields, forests, animals and what stands out of doors in the country."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import Ink, mix


def _marks(c: Canvas, line: object, top: float, bottom: float, colour: Ink, count: int, angle: float = 0.0) -> None:
    assert callable(line)
    c.gouges((0, top, c.w, bottom), count, colour, length=60, angle=angle, inside=lambda x, y: y > line(x) + 6)


def turbines(c: Canvas) -> None:
    """Wind turbines on hills."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.72, clouds=5)
    c.ridge(c.h * 0.6, 40, mix(inks.land[0], inks.sky[-1], 0.35), waves=3)
    far = c.ridge(c.h * 0.67, 46, inks.land[0], waves=2)
    for x, size in ((0.13, 0.5), (0.39, 0.62), (0.9, 0.56)):
        _turbine(c, c.w * x, far(c.w * x), 480 * size * u)
    mid = c.ridge(c.h * 0.74, 50, inks.land[1], waves=2)
    _marks(c, mid, c.h * 0.7, c.h * 0.9, mix(inks.land[1], inks.paper, 0.3), 90, 0.1)
    for number in range(26):
        x = c.w * number / 25
        nature.spruce(
            c,
            x + c.random.uniform(-18, 18),
            mid(x) + 30 * u,
            c.random.uniform(50, 96),
            mix(inks.needle, inks.dark, 0.3),
        )
    near = c.ridge(c.h * 0.84, 42, inks.land[2], waves=1.5)
    x = c.w * c.random.choice((0.66, 0.7, 0.3))
    _turbine(c, x, near(x) + 10, 560 * u)
    _marks(c, near, c.h * 0.8, c.h, mix(inks.land[2], inks.leaf[0], 0.5), 130, -0.1)
    nature.flowers(c, near, 130, (inks.yellow, inks.paper, inks.red))
    nature.snowfall(c, 60)


def _turbine(c: Canvas, x: float, y: float, high: float) -> None:
    colour, shade = mix(c.inks.paper, c.inks.sky[2], 0.06), mix(c.inks.paper, c.inks.dark, 0.3)
    c.poly(
        [(x - high * 0.018, y), (x - high * 0.008, y - high), (x + high * 0.008, y - high), (x + high * 0.018, y)],
        colour,
    )
    c.poly(
        [(x + high * 0.004, y), (x + high * 0.002, y - high), (x + high * 0.008, y - high), (x + high * 0.018, y)],
        shade,
    )
    turn = c.random.uniform(0, 2.1)
    for blade in range(3):
        angle = turn + blade * math.tau / 3
        tip = (x + math.cos(angle) * high * 0.52, y - high + math.sin(angle) * high * 0.52)
        root = (x + math.cos(angle + 0.28) * high * 0.13, y - high + math.sin(angle + 0.28) * high * 0.13)
        c.poly([(x, y - high), root, tip], colour)
        c.line([(x, y - high), tip], shade, max(1.5, high * 0.005))
    c.disc(x, y - high, high * 0.022, shade)
    if c.inks.dim:
        c.disc(x, y - high * 1.0 - high * 0.03, high * 0.012, c.inks.red)


def _farm(c: Canvas, x: float, y: float, size: float) -> None:
    inks = c.inks
    nature.leafy(c, x - size * 1.0 * c.u, y + 4, size * 1.3)
    nature.house(c, x, y, size * 1.25 * c.u, size * 0.42 * c.u, inks.red, columns=4)
    nature.house(c, x + size * 1.5 * c.u, y + 5, size * 0.8 * c.u, size * 0.5 * c.u, inks.wall, columns=3)
    nature.leafy(c, x + size * 2.5 * c.u, y + 6, size * 1.1)


def _furrows(c: Canvas, top: object, centre: float, colour: Ink, count: int = 34) -> None:
    assert callable(top)
    for number in range(count):
        share = number / (count - 1)
        foot = c.w * (share * 2.6 - 0.8)
        head = centre + (share - 0.5) * c.w * 0.9
        start = top(min(max(head, 0), c.w))
        width = 5 * c.u
        c.poly(
            [
                (head - width * 0.2, start),
                (head + width * 0.2, start),
                (foot + width * 1.6, c.h + 5),
                (foot - width * 1.6, c.h + 5),
            ],
            colour,
        )


def fields(c: Canvas) -> None:
    """Rolling fields with a farm and a lone tree."""
    inks = c.inks
    nature.sky(c, c.h * 0.56, clouds=5)
    c.ridge(c.h * 0.5, 26, mix(inks.land[0], inks.sky[-1], 0.4), waves=3)
    far = c.ridge(c.h * 0.56, 30, inks.land[0], waves=2)
    _marks(c, far, c.h * 0.5, c.h * 0.66, mix(inks.land[0], inks.land[2], 0.35), 70)
    crop = c.ridge(c.h * 0.6, 34, inks.crop, waves=1.4)
    _marks(c, crop, c.h * 0.56, c.h * 0.74, mix(inks.crop, inks.dark, 0.16), 120)
    x = c.w * c.random.choice((0.2, 0.62))
    _farm(c, x, crop(x) + 14, 88)
    near = c.ridge(c.h * 0.72, 40, inks.land[1], waves=1.2)
    _furrows(c, near, c.w * c.random.uniform(0.35, 0.65), mix(inks.land[1], inks.land[3], 0.6))
    tree = c.w * (0.84 if x < c.w / 2 else 0.14)
    nature.leafy(c, tree, near(tree) + 40, 330)
    nature.birds(c, c.w * 0.5, c.h * 0.22, 7, inks.dark if not inks.night else inks.cloud)
    nature.snowfall(c, 50)


def harvester(c: Canvas) -> None:
    """A combine on a golden field."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.58, clouds=5)
    c.ridge(c.h * 0.54, 24, inks.land[0], waves=3)
    for number in range(16):
        x = c.w * number / 15
        nature.leafy(c, x + c.random.uniform(-20, 20), c.h * 0.58, c.random.uniform(60, 110), bare=False)
    gold = inks.crop
    c.ridge(c.h * 0.58, 8, gold, waves=1)
    c.gouges((0, c.h * 0.59, c.w, c.h * 0.75), 420, mix(gold, inks.dark, 0.2), length=26, angle=1.5, width=2.4)
    c.gouges((0, c.h * 0.59, c.w, c.h * 0.75), 220, mix(gold, inks.paper, 0.45), length=24, angle=1.6, width=2.4)
    stubble = mix(gold, inks.sand, 0.5)
    cut = c.ridge(c.h * 0.77, 10, stubble, waves=1)
    _furrows(c, cut, c.w * 0.5, mix(stubble, inks.land[3], 0.3), 40)
    x, y = c.w * 0.46, c.h * 0.78
    for _ in range(34):
        c.blob(
            x + c.random.uniform(170, 520) * u,
            y - abs(c.random.gauss(20, 52)) * u,
            46 * u,
            30 * u,
            mix(gold, inks.sky[3], c.random.uniform(0.35, 0.7)),
            0.3,
        )
    body = inks.red if len(c.seed) % 2 else mix(inks.leaf[2], inks.dark, 0.1)
    c.poly(
        [
            (x - 120 * u, y - 130 * u),
            (x + 170 * u, y - 150 * u),
            (x + 220 * u, y - 60 * u),
            (x + 150 * u, y - 30 * u),
            (x - 120 * u, y - 30 * u),
        ],
        body,
    )
    c.poly(
        [(x - 130 * u, y - 50 * u), (x + 180 * u, y - 64 * u), (x + 180 * u, y - 46 * u), (x - 130 * u, y - 30 * u)],
        mix(body, inks.dark, 0.35),
    )
    c.rect(x - 130 * u, y - 212 * u, 110 * u, 100 * u, mix(inks.dark, inks.blue, 0.35))
    c.poly(
        [(x - 122 * u, y - 204 * u), (x - 40 * u, y - 204 * u), (x - 40 * u, y - 130 * u), (x - 122 * u, y - 130 * u)],
        inks.window if inks.dim else mix(inks.sky[3], inks.paper, 0.3),
    )
    c.rect(x - 142 * u, y - 222 * u, 134 * u, 14 * u, body)
    c.line([(x + 20 * u, y - 150 * u), (x + 230 * u, y - 232 * u)], mix(body, inks.paper, 0.3), 17 * u)
    for wheel, size in ((-70, 64), (140, 44)):
        c.disc(x + wheel * u, y - size * 0.55 * u, size * u, inks.dark)
        c.disc(x + wheel * u, y - size * 0.55 * u, size * 0.5 * u, inks.yellow)
        c.disc(x + wheel * u, y - size * 0.55 * u, size * 0.2 * u, inks.dark)
    reel = (x - 235 * u, y - 44 * u)
    for spoke in range(6):
        angle = spoke * math.tau / 6 + 0.3
        c.line([reel, (reel[0] + math.cos(angle) * 52 * u, reel[1] + math.sin(angle) * 52 * u)], inks.yellow, 6 * u)
    c.arc(*reel, 52 * u, 0, 360, inks.yellow, 6 * u)
    c.poly(
        [
            (reel[0] - 74 * u, y + 4 * u),
            (x - 110 * u, y - 58 * u),
            (x - 100 * u, y - 24 * u),
            (reel[0] + 40 * u, y + 8 * u),
        ],
        mix(body, inks.dark, 0.2),
    )
    if inks.night:
        c.poly([(x - 130 * u, y - 170 * u), (0, y - 120 * u), (0, y + 60 * u)], mix(gold, inks.window, 0.35))


def beech(c: Canvas) -> None:
    """Inside a beech forest."""
    inks, u = c.inks, c.u
    light, body, shade = inks.leaf
    if inks.snow:
        light, body, shade = inks.land[2], inks.land[1], inks.land[0]
    c.bands([shade, body, light, mix(light, inks.sun, 0.55), mix(light, inks.sun, 0.7)], 0, c.h * 0.75)
    ground = c.ridge(c.h * 0.7, 22, mix(light, inks.land[1], 0.4), waves=2)
    trunk = mix(inks.dark, inks.paper, 0.36)
    for layer in range(3):
        for _ in range((11, 7, 4)[layer]):
            x = c.random.uniform(-0.02, 1.02) * c.w
            wide = c.random.uniform(8, 13) * (1, 2.1, 4)[layer] * u
            foot = ground(x) + (0.01, 0.07, 0.22)[layer] * c.h
            colour = mix(mix(trunk, light, 0.5), trunk, layer / 2)
            if layer == 2:
                colour = mix(trunk, inks.dark, 0.28)
            lean = c.random.uniform(-20, 20) * u
            c.poly(
                [
                    (x - wide * 0.85, foot),
                    (x - wide * 0.5, foot - 90 * u),
                    (x - wide * 0.4 + lean, -5),
                    (x + wide * 0.4 + lean, -5),
                    (x + wide * 0.5, foot - 90 * u),
                    (x + wide * 0.95, foot),
                ],
                colour,
            )
            c.gouges(
                (x - wide * 0.4, 0, x + wide * 0.1, foot - 60),
                7 + layer * 5,
                mix(colour, inks.paper, 0.35),
                length=50 * u,
                angle=1.55,
                width=2.5,
            )
        if layer < 2:
            ground = c.ridge(
                c.h * (0.78 + layer * 0.1), 20, mix(inks.land[1 + layer], light, 0.3 - layer * 0.2), waves=1.5
            )
        for _ in range(26):
            c.blob(
                c.random.uniform(0, c.w),
                c.random.uniform(-0.02, 0.2 + 0.1 * (2 - layer)) * c.h,
                72 * u,
                30 * u,
                c.random.choice((light, body, shade)),
                0.4,
            )
    c.gouges((0, 0, c.w, c.h * 0.42), 260, mix(light, inks.sun, 0.4), length=18, angle=0.6, width=6 * u)
    path = c.w * 0.5
    c.poly(
        [
            (path - 12 * u, c.h * 0.76),
            (path + 12 * u, c.h * 0.76),
            (path + 170 * u, c.h + 5),
            (path - 120 * u, c.h + 5),
        ],
        mix(inks.sand, inks.land[2], 0.35),
    )
    dots = {
        "spring": (inks.paper, inks.blue),
        "autumn": (light, body, inks.red),
        "summer": (light, inks.sun),
        "winter": (inks.paper,),
    }
    for _ in range(170):
        c.oval(
            c.random.uniform(0, c.w),
            c.random.uniform(c.h * 0.8, c.h),
            4.5 * u,
            2.8 * u,
            c.random.choice(dots[inks.season]),
        )


def river(c: Canvas) -> None:
    """A river with stones and a leaping salmon."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.42)
    c.ridge(c.h * 0.36, 34, mix(inks.land[0], inks.sky[-1], 0.3), waves=3)
    bank = c.ridge(c.h * 0.44, 22, inks.land[1], waves=2)
    for number in range(17):
        x = c.w * number / 16
        if abs(x - c.w * 0.52) > 70 * u:
            if number % 3:
                nature.leafy(c, x, bank(x) + 14, c.random.uniform(90, 165))
            else:
                nature.spruce(c, x, bank(x) + 14, c.random.uniform(130, 190), mix(inks.needle, inks.dark, 0.35))
    deep, face, glint = inks.water
    c.ridge(c.h * 0.5, 8, inks.land[2], waves=1)
    mid = c.w * 0.5
    stream = [
        (mid + 20 * u, c.h * 0.475),
        (mid + 62 * u, c.h * 0.475),
        (mid + 120 * u, c.h * 0.53),
        (mid + 80 * u, c.h * 0.6),
        (mid + 190 * u, c.h * 0.71),
        (mid + 420 * u, c.h * 0.84),
        (c.w * 1.02, c.h * 1.06),
        (-c.w * 0.02, c.h * 1.06),
        (mid - 330 * u, c.h * 0.84),
        (mid - 110 * u, c.h * 0.69),
        (mid - 20 * u, c.h * 0.6),
        (mid + 60 * u, c.h * 0.53),
    ]
    c.smooth([(x + 9 * u, y - 12 * u) for x, y in stream], mix(inks.land[3], inks.dark, 0.35))
    c.smooth([(x - 9 * u, y - 5 * u) for x, y in stream], mix(inks.land[3], inks.dark, 0.2))
    c.smooth(stream, face)
    c.smooth(
        [
            (mid + 20 * u, c.h * 0.66),
            (mid + 100 * u, c.h * 0.72),
            (mid + 250 * u, c.h * 0.88),
            (mid + 230 * u, c.h * 1.05),
            (mid - 210 * u, c.h * 1.05),
            (mid - 170 * u, c.h * 0.86),
            (mid - 40 * u, c.h * 0.72),
        ],
        mix(face, deep, 0.6),
    )
    for _ in range(120):
        y = c.random.uniform(0.5, 1.0)
        half = (30 + (y - 0.47) * 780) * u
        c.gouge(
            mid + 40 * u + c.random.uniform(-0.8, 0.8) * half,
            c.h * y,
            (20 + 160 * (y - 0.45)) * u,
            c.random.uniform(-0.15, 0.15),
            mix(glint, inks.paper, 0.3),
            2 + 5 * (y - 0.45),
        )
    for x, y, size in ((0.33, 0.8, 52), (0.62, 0.72, 36), (0.73, 0.9, 66), (0.45, 0.93, 40), (0.56, 0.6, 20)):
        stone = mix(inks.dark, inks.sand, 0.35)
        c.blob(c.w * x, c.h * y, size * u, size * 0.6 * u, stone, 0.2)
        c.blob(
            c.w * x - size * 0.2 * u,
            c.h * y - size * 0.18 * u,
            size * 0.55 * u,
            size * 0.28 * u,
            inks.land[2] if inks.snow else mix(stone, inks.paper, 0.3),
            0.2,
        )
        for _ in range(4):
            c.gouge(
                c.w * x + c.random.uniform(-1, 1) * size * u,
                c.h * y + size * 0.58 * u,
                size * 1.3 * u,
                0,
                inks.paper,
                4,
            )
    _salmon(c, c.w * 0.47, c.h * 0.68, 118 * u)
    near = c.ridge(c.h * 1.0, 26, inks.land[3] if not inks.snow else inks.land[2], waves=1)
    nature.grass(c, lambda x: near(x) - 12, 60, (inks.leaf[2], inks.land[2], inks.leaf[0]), 56)
    _ = sun


def _salmon(c: Canvas, x: float, y: float, size: float) -> None:
    silver, back = mix(c.inks.paper, c.inks.red, 0.12), mix(c.inks.dark, c.inks.blue, 0.35)
    spine = [(-1.0, 0.42), (-0.6, 0.02), (-0.1, -0.26), (0.4, -0.3), (0.85, -0.12)]
    half = (0.04, 0.13, 0.2, 0.17, 0.05)
    top = [(x + a * size, y + (b - h) * size) for (a, b), h in zip(spine, half, strict=True)]
    low = [(x + a * size, y + (b + h) * size) for (a, b), h in zip(spine, half, strict=True)]
    c.poly([*top, (x + 0.95 * size, y - 0.06 * size), *reversed(low)], silver)
    ridge = [(a, b + size * 0.11) for a, b in top]
    c.poly([*top, *reversed(ridge)], back)
    c.poly(
        [
            (x - 0.96 * size, y + 0.4 * size),
            (x - 1.3 * size, y + 0.42 * size),
            (x - 1.14 * size, y + 0.58 * size),
            (x - 1.1 * size, y + 0.8 * size),
        ],
        back,
    )
    c.poly(
        [(x - 0.15 * size, y - 0.44 * size), (x + 0.08 * size, y - 0.66 * size), (x + 0.2 * size, y - 0.46 * size)],
        back,
    )
    c.disc(x + 0.7 * size, y - 0.16 * size, size * 0.03, c.inks.dark)
    for spot in range(9):
        c.disc(x + (-0.5 + spot * 0.13) * size, y + (-0.1 - 0.12 * math.sin(spot * 0.5)) * size, size * 0.018, back)
    for _ in range(26):
        c.disc(
            x + c.random.gauss(-0.95, 0.35) * size,
            y + c.random.gauss(0.75, 0.2) * size,
            c.random.uniform(1.5, 6) * c.u,
            c.inks.paper,
        )


def cottage(c: Canvas) -> None:
    """A red cottage with a flagpole and an apple tree."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6)
    c.ridge(c.h * 0.5, 22, mix(inks.land[0], inks.sky[-1], 0.3), waves=3)
    for number in range(22):
        nature.spruce(
            c,
            c.w * number / 21,
            c.h * 0.585,
            c.random.uniform(110, 210),
            mix(mix(inks.needle, inks.dark, 0.45), inks.sky[2], 0.15),
        )
    yard = c.ridge(c.h * 0.6, 18, inks.land[1], waves=1.2)
    _marks(c, yard, c.h * 0.6, c.h, mix(inks.land[1], inks.land[3], 0.5), 120)
    flip = len(c.seed) % 2 == 0
    x, y = c.w * (0.28 if flip else 0.4), c.h * 0.72
    nature.house(c, x, y, 380 * u, 136 * u, inks.red, columns=5, door=True)
    c.gouges(
        (x + 8, y - 104 * u, x + 372 * u, y - 34 * u),
        60,
        mix(inks.red, inks.dark, 0.3),
        length=50 * u,
        angle=1.571,
        width=2,
    )
    chimney = x + 270 * u
    c.rect(chimney, y - 240 * u, 36 * u, 62 * u, mix(inks.red, inks.sand, 0.3))
    if inks.season in ("winter", "autumn"):
        for puff in range(5):
            c.blob(
                chimney + (20 + puff * 26) * u,
                y - (262 + puff * 34) * u,
                (17 + puff * 8) * u,
                (13 + puff * 5) * u,
                mix(inks.cloud, inks.paper, 0.4),
                0.3,
            )
    pole = c.w * (0.84 if flip else 0.2)
    c.line([(pole, c.h * 0.76), (pole, c.h * 0.2)], inks.paper, 6 * u)
    if inks.season == "summer" and not inks.night:
        c.rect(pole + 4 * u, c.h * 0.21, 120 * u, 76 * u, inks.blue)
        c.rect(pole + 40 * u, c.h * 0.21, 15 * u, 76 * u, inks.yellow)
        c.rect(pole + 4 * u, c.h * 0.21 + 31 * u, 120 * u, 15 * u, inks.yellow)
    nature.leafy(c, c.w * (0.13 if flip else 0.86), c.h * 0.78, 290)
    c.poly(
        [(x + 190 * u, y), (x + 230 * u, y), (c.w * 0.62, c.h + 5), (c.w * 0.36, c.h + 5)],
        mix(inks.sand, inks.land[1], 0.25),
    )
    nature.flowers(
        c, lambda a: yard(a) + 90, 120, (inks.paper, inks.yellow, inks.red) if inks.season != "autumn" else inks.leaf
    )
    if inks.dim:
        for step in range(5):
            nature.lamp_glow(
                c, c.w * (0.49 + 0.03 * math.sin(step * 2)), c.h * (0.78 + step * 0.045), (9 + step * 3) * u
            )
    nature.fence(c, c.h * 0.99, mix(inks.paper, inks.land[2], 0.15))
    nature.snowfall(c)


def _cow(c: Canvas, x: float, y: float, size: float, *, grazing: bool, flip: bool) -> None:
    s, inks = size * c.u, c.inks
    side = -1 if flip else 1
    white = (226, 212, 184) if inks.night else mix(inks.paper, inks.land[1], 0.04)
    black = mix(inks.dark, inks.red, 0.12)

    def at(dx: float, dy: float) -> tuple[float, float]:
        return (x + side * dx * s, y - dy * s)

    for leg in (-0.52, -0.38, 0.34, 0.46):
        c.line([at(leg, 0.5), at(leg + 0.01, 0.02)], white, s * 0.085)
        c.line([at(leg + 0.01, 0.06), at(leg + 0.01, 0.0)], black, s * 0.09)
    c.poly(
        [
            at(-0.62, 0.84),
            at(-0.5, 0.92),
            at(0.1, 0.87),
            at(0.45, 0.92),
            at(0.6, 0.78),
            at(0.52, 0.42),
            at(0.1, 0.34),
            at(-0.4, 0.36),
            at(-0.6, 0.5),
        ],
        white,
    )
    for dx, dy, rx, ry in ((-0.35, 0.68, 0.17, 0.15), (0.12, 0.7, 0.15, 0.13), (0.42, 0.74, 0.1, 0.12)):
        c.blob(*at(dx, dy), rx * s, ry * s, black, 0.35)
    head = (0.84, 0.32) if grazing else (0.84, 0.98)
    c.poly(
        [at(0.48, 0.88), at(0.58, 0.6), at(head[0] - 0.08, head[1] - 0.04), at(head[0] - 0.04, head[1] + 0.14)], black
    )
    tip = (head[0] + 0.16, head[1] - 0.18)
    c.poly(
        [
            at(head[0] - 0.1, head[1] + 0.12),
            at(head[0] + 0.06, head[1] + 0.13),
            at(tip[0] + 0.03, tip[1] + 0.04),
            at(tip[0] - 0.1, tip[1] - 0.05),
            at(head[0] - 0.12, head[1] - 0.06),
        ],
        black,
    )
    c.oval(*at(tip[0] - 0.03, tip[1]), s * 0.075, s * 0.055, mix(white, inks.red, 0.25))
    c.poly(
        [at(head[0] - 0.1, head[1] + 0.1), at(head[0] - 0.26, head[1] + 0.14), at(head[0] - 0.12, head[1] + 0.02)],
        black,
    )
    c.line([at(-0.6, 0.82), at(-0.7, 0.6), at(-0.68, 0.32)], white, s * 0.04)
    c.oval(*at(-0.16, 0.36), s * 0.14, s * 0.07, mix(white, inks.red, 0.22))


def cows(c: Canvas) -> None:
    """Cows in a pasture, or in the barn when it is night or winter."""
    inks, u = c.inks, c.u
    if inks.night:
        _barn(c)
        return
    nature.sky(c, c.h * 0.5, clouds=5)
    far = c.ridge(c.h * 0.46, 26, inks.land[0], waves=3)
    _farm(c, c.w * 0.66, far(c.w * 0.7) + 22, 78)
    mid = c.ridge(c.h * 0.54, 22, inks.land[1], waves=2)
    _marks(c, mid, c.h * 0.54, c.h, mix(inks.land[1], inks.land[3], 0.4), 150)
    spots = [(0.22, 0.68, 130), (0.78, 0.66, 120), (0.52, 0.62, 90), (0.36, 0.9, 250), (0.8, 0.93, 225)]
    for number, (x, y, size) in enumerate(spots):
        shade = mix(inks.land[1], inks.land[3], 0.55)
        c.oval(c.w * x, c.h * y, size * 0.7 * u, size * 0.07 * u, shade)
        _cow(c, c.w * x, c.h * y, size, grazing=(number + len(c.seed)) % 2 == 0, flip=(number + len(c.seed)) % 3 == 0)
    near = c.ridge(c.h * 0.985, 10, inks.land[2], waves=2)
    nature.grass(c, lambda x: near(x) - 30, 70, (inks.land[2], inks.leaf[1], inks.land[3]), 40)
    nature.flowers(c, lambda x: mid(x) + 110, 110, (inks.yellow, inks.paper))


def _barn(c: Canvas) -> None:
    inks, u = c.inks, c.u
    wall = mix(inks.dark, (112, 66, 40), 0.55)
    c.rect(0, 0, c.w, c.h, wall)
    for board in range(25):
        c.line([(c.w * board / 24, 0), (c.w * board / 24, c.h * 0.66)], mix(wall, inks.dark, 0.45), 3 * u)
    nature.lamp_glow(c, c.w * 0.5, c.h * 0.2, 330 * u)
    c.line([(c.w * 0.5, 0), (c.w * 0.5, c.h * 0.16)], inks.dark, 4 * u)
    c.poly([(c.w * 0.5 - 46 * u, c.h * 0.2), (c.w * 0.5, c.h * 0.14), (c.w * 0.5 + 46 * u, c.h * 0.2)], inks.dark)
    c.disc(c.w * 0.5, c.h * 0.21, 16 * u, inks.window)
    straw = (214, 172, 86)
    c.ridge(c.h * 0.68, 10, mix(straw, inks.dark, 0.25), waves=3)
    c.gouges((0, c.h * 0.69, c.w, c.h), 420, mix(straw, inks.paper, 0.2), length=50, angle=0.3, width=3)
    c.gouges((0, c.h * 0.69, c.w, c.h), 300, mix(straw, inks.dark, 0.5), length=44, angle=-0.5, width=3)
    _cow(c, c.w * 0.38, c.h * 0.88, 270, grazing=False, flip=False)
    _cow(c, c.w * 0.74, c.h * 0.9, 130, grazing=True, flip=True)
    _cow(c, c.w * 0.16, c.h * 0.92, 120, grazing=False, flip=False)
    for post in (0.06, 0.94):
        c.rect(c.w * post - 14 * u, 0, 28 * u, c.h, mix(wall, inks.dark, 0.4))


def horses(c: Canvas) -> None:
    """A work horse by a fence."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.55)
    c.ridge(c.h * 0.5, 26, inks.land[0], waves=3)
    for x in (0.1, 0.9, 0.82):
        nature.leafy(c, c.w * x, c.h * 0.6, 220)
    field = c.ridge(c.h * 0.58, 18, inks.land[1], waves=2)
    _marks(c, field, c.h * 0.6, c.h, mix(inks.land[1], inks.land[0], 0.6), 120)
    coat, mane = mix((122, 74, 40), inks.dark, 0.25), mix(inks.sand, inks.paper, 0.2)
    x, y, s = c.w * 0.46, c.h * 0.88, 330 * u

    def at(dx: float, dy: float) -> tuple[float, float]:
        return (x + dx * s, y - dy * s)

    for leg, knee in ((-0.5, -0.54), (-0.36, -0.33), (0.3, 0.28), (0.42, 0.46)):
        c.line([at(leg, 0.6), at(knee, 0.32), at(leg, 0.04)], coat, s * 0.085)
        c.poly([at(leg - 0.07, 0.14), at(leg + 0.07, 0.14), at(leg + 0.08, 0.0), at(leg - 0.08, 0.0)], mane)
    c.poly(
        [
            at(-0.6, 0.86),
            at(-0.42, 0.98),
            at(-0.1, 0.9),
            at(0.22, 0.96),
            at(0.5, 0.84),
            at(0.48, 0.56),
            at(0.2, 0.48),
            at(-0.3, 0.5),
            at(-0.56, 0.56),
        ],
        coat,
    )
    c.poly([at(0.2, 0.95), at(0.52, 0.62), at(0.78, 1.12), at(0.66, 1.36), at(0.5, 1.3)], coat)
    c.poly([at(0.62, 1.36), at(0.76, 1.3), at(1.02, 1.04), at(0.96, 0.94), at(0.72, 1.02)], coat)
    c.poly([at(0.62, 1.34), at(0.64, 1.46), at(0.7, 1.34)], coat)
    c.poly([at(0.66, 1.42), at(0.5, 1.3), at(0.16, 0.94), at(0.26, 0.88), at(0.5, 1.12)], mane)
    c.poly([at(-0.58, 0.9), at(-0.74, 0.74), at(-0.76, 0.28), at(-0.66, 0.3), at(-0.58, 0.72)], mane)
    c.disc(*at(0.74, 1.22), s * 0.018, inks.dark)
    c.poly([at(0.3, 0.96), at(0.4, 0.9), at(0.52, 0.6), at(0.4, 0.52)], inks.red)
    nature.fence(c, c.h * 0.97, mix(inks.dark, inks.sand, 0.35), 120)
    nature.snowfall(c, 70)


def sheep(c: Canvas) -> None:
    """Sheep and lambs on a heath."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.46)
    nature.water(c, c.h * 0.44, c.h * 0.5, sun)
    c.ridge(c.h * 0.5, 18, inks.land[0], waves=3)
    heath = c.ridge(c.h * 0.56, 24, inks.land[1], waves=2)
    purple = mix((140, 92, 120), inks.land[1], 0.35)
    for _ in range(70):
        x = c.random.uniform(0, c.w)
        c.blob(x, c.random.uniform(heath(x) + 10, c.h), 60 * u, 16 * u, purple, 0.4)
    _marks(c, heath, c.h * 0.56, c.h, mix(inks.land[2], inks.land[3], 0.5), 170, 0.2)
    for x, y, size in (
        (0.2, 0.68, 70),
        (0.6, 0.66, 64),
        (0.8, 0.76, 96),
        (0.38, 0.82, 128),
        (0.54, 0.88, 66),
        (0.66, 0.92, 62),
        (0.15, 0.9, 70),
    ):
        s, px, py = size * u, c.w * x, c.h * y
        wool = mix(inks.paper, inks.sand, 0.25)
        for leg in (-0.4, -0.2, 0.25, 0.42):
            c.rect(px + leg * s, py - 0.35 * s, s * 0.09, s * 0.36, inks.dark)
        c.blob(px, py - s * 0.62, s * 0.72, s * 0.46, wool, 0.3)
        c.gouges(
            (px - s * 0.5, py - s * 0.9, px + s * 0.5, py - s * 0.35),
            12,
            mix(wool, inks.dark, 0.25),
            length=s * 0.2,
            angle=0.6,
            width=2.4,
        )
        c.oval(px + s * 0.76, py - s * 0.72, s * 0.2, s * 0.26, inks.dark)
        c.poly(
            [(px + s * 0.6, py - s * 0.9), (px + s * 0.42, py - s * 0.84), (px + s * 0.62, py - s * 0.76)], inks.dark
        )


def hives(c: Canvas) -> None:
    """Bright hives in a meadow."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.52)
    c.ridge(c.h * 0.46, 24, inks.land[0], waves=3)
    for number in range(12):
        nature.leafy(c, c.w * number / 11, c.h * 0.55, c.random.uniform(120, 210))
    meadow = c.ridge(c.h * 0.55, 16, inks.land[1], waves=2)
    _marks(c, meadow, c.h * 0.55, c.h, mix(inks.land[1], inks.land[3], 0.4), 160, 1.4)
    nature.flowers(
        c, lambda x: meadow(x) + 20, 200, (inks.yellow, inks.paper, inks.red, mix(inks.blue, inks.paper, 0.3))
    )
    colours = [inks.blue, inks.yellow, inks.red, mix(inks.paper, inks.blue, 0.35), mix(inks.leaf[1], inks.paper, 0.25)]
    c.random.shuffle(colours)
    count = c.random.choice((4, 5))
    for number in range(count):
        x, y = c.w * (0.15 + number * 0.76 / count), c.h * (0.8 + 0.05 * math.sin(number * 2 + len(c.seed)))
        colour, wide = colours[number], 126 * u
        boxes = c.random.choice((2, 3))
        for leg in (0.1, 0.8):
            c.rect(x + wide * leg, y - 5, 12 * u, 34 * u, inks.dark)
        for box in range(boxes):
            shade = mix(colour, inks.dark, 0.13 * (box % 2))
            c.rect(x, y - (box + 1) * 62 * u, wide, 60 * u, shade)
            c.rect(x + wide * 0.78, y - (box + 1) * 62 * u, wide * 0.22, 60 * u, mix(shade, inks.dark, 0.25))
            c.rect(x + wide * 0.3, y - (box + 0.62) * 62 * u, wide * 0.26, 8 * u, mix(shade, inks.dark, 0.45))
        c.rect(x + wide * 0.2, y - 12 * u, wide * 0.46, 9 * u, inks.dark)
        roof = inks.land[2] if inks.snow else mix(inks.paper, inks.dark, 0.3)
        c.poly(
            [
                (x - 12 * u, y - boxes * 62 * u),
                (x + wide + 12 * u, y - boxes * 62 * u),
                (x + wide + 4 * u, y - boxes * 62 * u - 24 * u),
                (x - 4 * u, y - boxes * 62 * u - 24 * u),
            ],
            roof,
        )
    if not inks.snow and not inks.night:
        for _ in range(36):
            x, y, s = (
                c.random.uniform(0.08, 0.92) * c.w,
                c.random.uniform(0.34, 0.78) * c.h,
                c.random.uniform(4, 7.5) * u,
            )
            c.oval(x - s * 0.2, y - s * 0.8, s * 0.7, s * 0.4, inks.paper)
            c.oval(x, y, s, s * 0.62, inks.yellow)
            c.rect(x - s * 0.25, y - s * 0.56, s * 0.34, s * 1.12, inks.dark)
    near = c.ridge(c.h * 0.97, 12, inks.land[2], waves=2)
    nature.grass(c, lambda x: near(x) - 26, 80, (inks.land[2], inks.leaf[0], inks.land[3]), 50)
    nature.snowfall(c, 70)


def wetland(c: Canvas) -> None:
    """Reeds, still water, swans and flocks."""
    inks, u = c.inks, c.u
    sun, high = nature.sky(c, c.h * 0.46)
    c.ridge(c.h * 0.42, 16, mix(inks.land[0], inks.sky[-1], 0.35), waves=3, floor=c.h * 0.5)
    c.ridge(c.h * 0.455, 10, inks.land[2] if not inks.snow else inks.land[0], waves=4, floor=c.h * 0.49)
    nature.water(c, c.h * 0.475, c.h, sun)
    if inks.hour in ("dawn", "dusk"):
        c.disc(sun, c.h * 0.475 + (c.h * 0.46 - high) * 0.6, 40 * u, mix(inks.water[1], inks.sun, 0.5))
    reed = (mix(inks.crop, inks.dark, 0.1), mix(inks.crop, inks.land[3], 0.4), mix(inks.sand, inks.crop, 0.5))
    for island in (0.18, 0.74):
        _reeds(c, island * c.w, c.h * 0.58, 150, 30, 70, reed)
    for number in range(c.random.randint(3, 6)):
        _swan(
            c,
            c.w * (0.26 + number * 0.11),
            c.h * (0.64 + 0.07 * ((number * 7) % 3)),
            c.random.uniform(44, 66) * u,
            flip=number % 2 == 0,
        )
    for number in range(17):
        arm = (number + 1) // 2 * (-1 if number % 2 else 1)
        x, y = c.w * 0.44 + arm * 27 * u, c.h * 0.15 + abs(arm) * 13 * u
        c.line(
            [(x - 11 * u, y - 5 * u), (x, y), (x + 11 * u, y - 6 * u)],
            inks.dark if not inks.night else inks.cloud,
            3 * u,
        )
    _reeds(c, c.w * 0.05, c.h * 1.02, 190, 70, 300, reed)
    _reeds(c, c.w * 0.96, c.h * 1.02, 190, 70, 280, reed)


def _reeds(c: Canvas, x: float, y: float, spread: float, count: int, high: float, colours: tuple[Ink, ...]) -> None:
    for number in range(count):
        root = x + c.random.gauss(0, spread * 0.5) * c.u
        far = high * c.random.uniform(0.5, 1.1) * c.u
        tip = (root + c.random.uniform(-0.18, 0.24) * far, y - far)
        c.line([(root, y), tip], c.random.choice(colours), max(1.5, high * 0.014 * c.u))
        if number % 3 == 0:
            c.oval(tip[0], tip[1], max(2, high * 0.022 * c.u), high * 0.085 * c.u, mix(c.inks.dark, (120, 70, 40), 0.6))


def _swan(c: Canvas, x: float, y: float, s: float, *, flip: bool) -> None:
    side = -1 if flip else 1
    white, shade = c.inks.paper, mix(c.inks.paper, c.inks.water[0], 0.3)

    def at(dx: float, dy: float) -> tuple[float, float]:
        return (x + side * dx * s, y - dy * s)

    c.poly([at(-1.1, 0.5), at(-0.7, 0.46), at(0.2, 0.5), at(0.72, 0.3), at(0.6, 0.0), at(-0.6, 0.0)], white)
    c.poly([at(-0.9, 0.44), at(-0.2, 0.44), at(0.3, 0.2), at(-0.4, 0.12)], shade)
    c.line([at(0.55, 0.2), at(0.7, 0.6), at(0.56, 0.95), at(0.62, 1.2)], white, s * 0.15)
    c.oval(*at(0.68, 1.24), s * 0.16, s * 0.1, white)
    c.poly([at(0.78, 1.28), at(1.02, 1.16), at(0.78, 1.16)], c.inks.yellow)
    c.gouge(x, y + s * 0.1, s * 2.4, 0, mix(c.inks.water[2], white, 0.4), 4)


def lake(c: Canvas) -> None:
    """A forest lake with a rowing boat; ice and skaters in winter."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.42)
    c.ridge(c.h * 0.36, 36, mix(inks.land[0], inks.sky[-1], 0.25), waves=3)
    dark = mix(inks.needle, inks.dark, 0.4)
    for number in range(34):
        nature.spruce(
            c,
            c.w * number / 33 + c.random.uniform(-8, 8),
            c.h * 0.475,
            c.random.uniform(90, 190),
            mix(dark, inks.sky[2], c.random.uniform(0, 0.18)),
        )
    if inks.snow:
        c.rect(-5, c.h * 0.47, c.w + 10, c.h, mix(inks.land[2], inks.water[1], 0.2))
        c.gouges((0, c.h * 0.49, c.w, c.h), 150, mix(inks.water[1], inks.paper, 0.35), length=160, angle=0.04, width=3)
        for x, y, size in ((0.3, 0.6, 70), (0.42, 0.62, 64), (0.66, 0.66, 84), (0.75, 0.58, 56), (0.52, 0.8, 130)):
            nature.person(c, c.w * x, c.h * y, size, c.random.choice((inks.dark, inks.red, inks.blue)), arms="out")
    else:
        nature.water(c, c.h * 0.47, c.h, sun)
        for number in range(40):
            x = c.w * number / 39
            c.poly(
                [
                    (x - 18 * u, c.h * 0.475),
                    (x + 18 * u, c.h * 0.475),
                    (x, c.h * 0.475 + c.random.uniform(40, 110) * u),
                ],
                mix(inks.water[0], dark, 0.5),
            )
        x, y = c.w * 0.4, c.h * 0.74
        c.poly(
            [
                (x - 130 * u, y - 34 * u),
                (x - 96 * u, y + 14 * u),
                (x + 100 * u, y + 14 * u),
                (x + 140 * u, y - 34 * u),
                (x, y - 16 * u),
            ],
            inks.red,
        )
        c.poly(
            [(x - 130 * u, y - 34 * u), (x, y - 16 * u), (x + 140 * u, y - 34 * u), (x, y - 28 * u)],
            mix(inks.dark, inks.sand, 0.4),
        )
        c.line([(x - 30 * u, y - 24 * u), (x + 170 * u, y + 40 * u)], inks.sand, 6 * u)
        c.gouge(x, y + 26 * u, 330 * u, 0, inks.water[2], 6)
    near = c.ridge(c.h * 0.95, 24, inks.land[3] if not inks.snow else inks.land[2], waves=1)
    nature.grass(c, lambda a: near(a) - 20, 60, (inks.leaf[2], inks.leaf[0], inks.land[2]), 60)
    nature.snowfall(c, 60)


def winterforest(c: Canvas) -> None:
    """A spruce forest with a trodden path."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.7, clouds=1)
    green = mix(inks.needle, inks.dark, 0.25)
    for layer in range(4):
        y = c.h * (0.56 + layer * 0.1)
        ground = c.ridge(
            y,
            16,
            inks.land[min(3, layer)] if not inks.snow else mix(inks.land[2], inks.land[0], 0.6 - layer * 0.18),
            waves=2,
        )
        count = (30, 20, 12, 7)[layer]
        for number in range(count):
            x = c.w * (number + c.random.uniform(-0.3, 0.3)) / (count - 1)
            if layer > 1 and abs(x - c.w * 0.5) < (60 + layer * 45) * u:
                continue
            size = (130, 210, 330, 520)[layer] * c.random.uniform(0.8, 1.2)
            nature.spruce(
                c,
                x,
                ground(x) + (6, 16, 40, 110)[layer] * u,
                size,
                mix(green, inks.sky[3], (0.5, 0.3, 0.12, 0.0)[layer]),
            )
    snow = inks.land[2]
    path = mix(snow, inks.blue, 0.18) if inks.snow else mix(inks.sand, inks.land[2], 0.4)
    c.poly(
        [
            (c.w * 0.48, c.h * 0.77),
            (c.w * 0.53, c.h * 0.77),
            (c.w * 0.5, c.h * 0.86),
            (c.w * 0.68, c.h + 5),
            (c.w * 0.36, c.h + 5),
            (c.w * 0.45, c.h * 0.86),
        ],
        path,
    )
    c.gouges((c.w * 0.4, c.h * 0.84, c.w * 0.64, c.h), 40, mix(path, inks.dark, 0.25), length=30, width=3)
    nature.snowfall(c, 130)


def timber(c: Canvas) -> None:
    """Stacks of logs by the forest's edge."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.56)
    for number in range(26):
        nature.spruce(
            c,
            c.w * number / 25 + c.random.uniform(-14, 14),
            c.h * 0.62,
            c.random.uniform(190, 330),
            mix(mix(inks.needle, inks.dark, 0.35), inks.sky[3], c.random.uniform(0, 0.25)),
        )
    ground = c.ridge(c.h * 0.61, 12, inks.land[1], waves=2)
    _marks(c, ground, c.h * 0.6, c.h, mix(inks.land[1], inks.land[3], 0.5), 140, 0.1)
    bark, wood = mix((96, 64, 44), inks.dark, 0.25), mix((222, 178, 120), inks.paper, 0.1)
    for left, base, rows, radius in ((0.06, 0.8, 6, 27), (0.52, 0.86, 7, 31)):
        r = radius * u
        for row in range(rows):
            for number in range(9 - row):
                x = c.w * left + (number * 2 + row) * r * 0.98 + r
                y = c.h * base - row * r * 1.74 - r
                c.disc(x, y, r, bark)
                c.disc(x, y, r * 0.84, mix(wood, inks.dark, c.random.uniform(0, 0.18)))
                for ring in (0.6, 0.36):
                    c.arc(x, y, r * ring, 0, 360, mix(wood, bark, 0.5), 1.6 * u)
                if inks.snow and number == 0:
                    c.oval(x, y - r * 0.8, r * 0.9, r * 0.3, inks.paper)
    road = mix(inks.sand, inks.land[1], 0.35)
    c.poly([(0, c.h * 0.93), (c.w, c.h * 0.9), (c.w, c.h), (0, c.h)], road)
    c.gouges((0, c.h * 0.93, c.w, c.h), 60, mix(road, inks.dark, 0.25), length=140, angle=-0.03, width=4)
    nature.snowfall(c, 60)


def apples(c: Canvas) -> None:
    """An apple tree and baskets of fruit."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6)
    c.ridge(c.h * 0.54, 22, inks.land[0], waves=3)
    lawn = c.ridge(c.h * 0.63, 12, inks.land[1], waves=2)
    _farm(c, c.w * 0.7, c.h * 0.64, 80)
    _marks(c, lawn, c.h * 0.63, c.h, mix(inks.land[1], inks.land[3], 0.45), 160, 0.2)
    nature.leafy(c, c.w * 0.34, c.h * 0.88, 520, bare=False, colours=inks.plant)
    for _ in range(58):
        angle, far = c.random.uniform(0, math.tau), math.sqrt(c.random.random())
        x, y = c.w * 0.34 + math.cos(angle) * far * 215 * u, c.h * 0.88 - 450 * u + math.sin(angle) * far * 150 * u
        c.disc(x, y, 13 * u, inks.red)
        c.disc(x - 4 * u, y - 4 * u, 4 * u, mix(inks.red, inks.paper, 0.5))
    c.line([(c.w * 0.5, c.h * 0.9), (c.w * 0.43, c.h * 0.34)], mix(inks.sand, inks.dark, 0.3), 9 * u)
    c.line([(c.w * 0.56, c.h * 0.89), (c.w * 0.48, c.h * 0.34)], mix(inks.sand, inks.dark, 0.3), 9 * u)
    for step in range(7):
        y = c.h * (0.4 + step * 0.07)
        x = c.w * (0.437 + step * 0.0088)
        c.line([(x, y), (x + c.w * 0.056, y)], mix(inks.sand, inks.dark, 0.3), 7 * u)
    for x, y, colour in ((0.66, 0.86, inks.red), (0.8, 0.9, inks.yellow), (0.14, 0.93, inks.red)):
        px, py = c.w * x, c.h * y
        for _ in range(26):
            c.disc(
                px + c.random.uniform(-64, 64) * u,
                py - c.random.uniform(56, 92) * u,
                17 * u,
                mix(colour, inks.dark, c.random.uniform(0, 0.25)),
            )
        c.poly(
            [
                (px - 92 * u, py - 62 * u),
                (px + 92 * u, py - 62 * u),
                (px + 72 * u, py + 30 * u),
                (px - 72 * u, py + 30 * u),
            ],
            mix(inks.sand, (140, 90, 50), 0.5),
        )
        for row in range(4):
            c.gouges(
                (px - 70 * u, py - (50 - row * 22) * u, px + 70 * u, py - (44 - row * 22) * u),
                9,
                inks.dark,
                length=30 * u,
                width=4,
            )


def bonfire(c: Canvas) -> None:
    """A bonfire on a point, people around it."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6, sun=False)
    nature.water(c, c.h * 0.58, c.h * 0.75, c.w * 0.5)
    ground = c.ridge(c.h * 0.76, 20, mix(inks.land[3], inks.dark, 0.55), waves=1.3)
    x, y = c.w * 0.52, c.h * 0.8
    for size, share in ((330, 0.12), (240, 0.24), (160, 0.4)):
        c.disc(x, y - 110 * u, size * u, mix(inks.sky[3], (240, 150, 60), share))
    for number in range(26):
        angle = -0.35 - number * 0.094
        c.line(
            [
                (x + math.cos(angle) * 190 * u, y + 8 * u),
                (x - math.cos(angle) * 40 * u, y - c.random.uniform(90, 170) * u),
            ],
            inks.dark,
            11 * u,
        )
    for colour, size in (((196, 66, 36), 1.0), ((232, 124, 42), 0.74), ((250, 196, 84), 0.46)):
        points = [(x - 120 * size * u, y)]
        for tongue in range(7):
            left = x + (-110 + tongue * 36) * size * u
            points += [
                (left, y - c.random.uniform(190, 330) * size * u * (1 - abs(tongue - 3) * 0.16)),
                (left + 20 * size * u, y - 100 * size * u),
            ]
        c.poly([*points, (x + 130 * size * u, y)], colour)
    for _ in range(60):
        c.disc(
            x + c.random.gauss(20, 110) * u,
            y - c.random.uniform(180, 520) * u,
            c.random.uniform(1.5, 5) * u,
            (250, 196, 84),
        )
    for number in range(18):
        at = c.w * (0.03 + number * 0.056)
        if abs(at - x) > 150 * u:
            nature.person(
                c,
                at,
                ground(at) + c.random.uniform(40, 110) * u,
                c.random.uniform(95, 150),
                mix(inks.dark, (0, 0, 0), 0.35),
            )


def midsummer(c: Canvas) -> None:
    """A midsummer pole with dancers."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.55, clouds=5)
    c.ridge(c.h * 0.47, 24, inks.land[0], waves=3)
    for number in range(15):
        nature.leafy(c, c.w * number / 14, c.h * 0.58, c.random.uniform(130, 220))
    lawn = c.ridge(c.h * 0.58, 10, inks.land[1], waves=2)
    _marks(c, lawn, c.h * 0.58, c.h, mix(inks.land[1], inks.leaf[0], 0.6), 160)
    x, top, foot = c.w * 0.5, c.h * 0.08, c.h * 0.76
    c.line([(x, foot), (x, top)], inks.leaf[2], 17 * u)
    c.line([(x - 190 * u, top + 90 * u), (x + 190 * u, top + 90 * u)], inks.leaf[2], 15 * u)
    colours = (inks.yellow, inks.paper, inks.red, mix(inks.blue, inks.paper, 0.2))
    for side in (-1, 1):
        ring = (x + side * 150 * u, top + 162 * u)
        c.arc(*ring, 62 * u, 0, 360, inks.leaf[2], 20 * u)
        for bloom in range(16):
            angle = bloom * math.tau / 16
            c.disc(ring[0] + math.cos(angle) * 54 * u, ring[1] + math.sin(angle) * 54 * u, 7.5 * u, colours[bloom % 4])
    for _ in range(120):
        y = c.random.uniform(top, foot)
        c.blob(x + c.random.uniform(-13, 13) * u, y, 11 * u, 8 * u, c.random.choice(inks.leaf), 0.4)
    for _ in range(80):
        c.blob(
            x + c.random.uniform(-190, 190) * u,
            top + 90 * u + c.random.uniform(-9, 9) * u,
            10 * u,
            8 * u,
            c.random.choice(inks.leaf),
            0.4,
        )
    for bloom in range(20):
        c.disc(x + c.random.uniform(-10, 10) * u, top + bloom * (foot - top) / 20, 8 * u, colours[bloom % 4])
    for ring_y, count, size in ((0.74, 13, 92), (0.86, 12, 135)):
        for number in range(count):
            at = c.w * (0.06 + number * 0.88 / (count - 1))
            nature.person(
                c,
                at,
                c.h * ring_y + abs(number - count / 2) * -3 * u,
                size,
                c.random.choice((inks.blue, inks.red, inks.dark, inks.paper, inks.yellow)),
                arms="out",
            )
    nature.flowers(c, lambda a: lawn(a) + 160, 120, colours)


def greenhouse(c: Canvas) -> None:
    """A glasshouse with rows of plants."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.6)
    c.ridge(c.h * 0.52, 24, inks.land[0], waves=3)
    yard = c.ridge(c.h * 0.6, 10, inks.land[1], waves=2)
    _marks(c, yard, c.h * 0.6, c.h, mix(inks.land[1], inks.land[3], 0.4), 120)
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
    _marks(c, yard, c.h * 0.7, c.h, mix(inks.land[1], inks.land[3], 0.45), 120)
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
