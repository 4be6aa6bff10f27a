"""Among trees."""

from __future__ import annotations

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.fields import marks
from skord.sample.drawing.palette import mix


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
    marks(c, ground, c.h * 0.6, c.h, mix(inks.land[1], inks.land[3], 0.5), 140, 0.1)
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
