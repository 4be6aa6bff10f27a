"""The open sea, its shores and what grows in it."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas, Point
from skord.sample.drawing.harbour import boat
from skord.sample.drawing.palette import Ink, mix


def _rocks(c: Canvas, x: float, y: float, width: float, height: float, colour: Ink) -> None:
    light, dark = mix(colour, c.inks.paper, 0.25), mix(colour, c.inks.dark, 0.45)
    for part in range(7):
        at = x + width * (part / 6 - 0.5)
        rise = height * (1 - abs(part / 6 - 0.5) * 1.5) * c.random.uniform(0.75, 1.1)
        half = width * c.random.uniform(0.13, 0.2)
        c.poly(
            [
                (at - half, y),
                (at - half * 0.7, y - rise * 0.7),
                (at - half * 0.1, y - rise),
                (at + half * 0.6, y - rise * 0.8),
                (at + half, y),
            ],
            colour,
        )
        c.poly(
            [
                (at + half * 0.1, y),
                (at + half * 0.2, y - rise * 0.7),
                (at + half * 0.6, y - rise * 0.8),
                (at + half, y),
            ],
            dark,
        )
        c.gouges((at - half * 0.6, y - rise * 0.7, at, y - 6), 5, light, length=half * 0.6, angle=0.3, width=3 * c.u)


def lighthouse(c: Canvas) -> None:
    """A lighthouse on its rocks."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.62)
    nature.water(c, c.h * 0.62, c.h, sun)
    x = c.w * (0.36 if sun > c.w / 2 else 0.64)
    foot, top = c.h * 0.7, c.h * 0.22
    if inks.dim:
        for side in (-1, 1):
            glow = mix(inks.sky[2], inks.window, 0.2)
            c.poly([(x, top + 4 * u), (x + side * c.w * 0.7, top - 70 * u), (x + side * c.w * 0.7, top + 60 * u)], glow)
    _rocks(c, x, c.h * 0.76, 560 * u, 130 * u, mix(inks.dark, inks.sand, 0.3))
    wide, slim = 52 * u, 34 * u
    bands = 5
    for number in range(bands):
        a, b = number / bands, (number + 1) / bands
        left, right = wide + (slim - wide) * a, wide + (slim - wide) * b
        low, high = foot + (top - foot) * a, foot + (top - foot) * b
        colour = inks.red if number % 2 else inks.paper
        c.poly([(x - left, low), (x + left, low), (x + right, high), (x - right, high)], colour)
        c.poly(
            [(x + left * 0.35, low), (x + left, low), (x + right, high), (x + right * 0.35, high)],
            mix(colour, inks.dark, 0.22),
        )
    c.rect(x - 50 * u, top - 8 * u, 100 * u, 10 * u, inks.dark)
    c.rect(x - 24 * u, top - 52 * u, 48 * u, 46 * u, inks.window if inks.dim else inks.yellow)
    c.rect(x - 2 * u, top - 52 * u, 4 * u, 46 * u, inks.dark)
    c.poly([(x - 32 * u, top - 52 * u), (x, top - 86 * u), (x + 32 * u, top - 52 * u)], inks.red)
    side = 1 if x < c.w / 2 else -1
    nature.house(c, x + side * 100 * u - 60 * u, c.h * 0.69, 130 * u, 52 * u, inks.red, columns=2)
    _rocks(c, x - side * 420 * u, c.h * 0.86, 380 * u, 70 * u, mix(inks.dark, inks.sand, 0.2))
    nature.birds(c, x + side * 300 * u, c.h * 0.3, 6, inks.paper if not inks.night else inks.cloud, 1.3)


def dunes(c: Canvas) -> None:
    """Dunes with marram grass, the sea behind."""
    inks = c.inks
    sun, _ = nature.sky(c, c.h * 0.46)
    nature.water(c, c.h * 0.46, c.h * 0.64, sun)
    c.ridge(c.h * 0.6, 10, mix(inks.sand, inks.paper, 0.35), waves=1)
    shade = mix(inks.sand, inks.dark, 0.22)
    far = c.ridge(c.h * 0.66, 40, mix(inks.sand, inks.land[1], 0.25), waves=3)
    nature.grass(c, far, 60, (inks.land[1], inks.land[2] if not inks.snow else inks.leaf[0]), 30)
    mid = c.ridge(c.h * 0.74, 55, inks.sand, waves=2)
    c.gouges(
        (0, c.h * 0.68, c.w, c.h), 120, shade, length=90, angle=-0.1, width=2.4, inside=lambda x, y: y > mid(x) + 12
    )
    front = c.ridge(c.h * 0.88, 70, mix(inks.sand, inks.paper, 0.3), waves=1.6)
    c.gouges(
        (0, c.h * 0.8, c.w, c.h), 90, shade, length=110, angle=0.12, width=3, inside=lambda x, y: y > front(x) + 10
    )
    straw = mix(inks.crop, inks.land[3], 0.35)
    side = c.random.choice((0.12, 0.86))
    for spot in (side, side + 0.1, side - 0.07, 0.5):
        _marram(c, spot * c.w, front(spot * c.w) + 40, (straw, inks.land[3], inks.leaf[1], inks.leaf[2]))
    path = c.w * (0.42 if side > 0.5 else 0.6)
    for post in range(6):
        x, y = path + post * 26 * c.u, c.h * (0.97 - post * 0.045)
        c.rect(x, y - (60 - post * 7) * c.u, (9 - post) * c.u, (64 - post * 7) * c.u, mix(inks.dark, inks.sand, 0.25))
    nature.birds(c, c.w * 0.5, c.h * 0.2, 5, inks.dark if not inks.night else inks.cloud)


def _marram(c: Canvas, x: float, y: float, colours: tuple[Ink, ...]) -> None:
    for _ in range(46):
        lean = c.random.uniform(-0.75, 0.75)
        far = c.random.uniform(80, 190) * c.u
        root = x + c.random.uniform(-45, 45) * c.u
        tip = (root + math.sin(lean) * far, y - math.cos(lean) * far)
        c.poly([(root - 3 * c.u, y), tip, (root + 3 * c.u, y)], c.random.choice(colours))


def kayak(c: Canvas) -> None:
    """Small boats with bright sails among islets."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.44)
    nature.water(c, c.h * 0.44, c.h, sun)
    for x, y, size in ((0.1, 0.47, 300.0), (0.9, 0.5, 380.0), (0.52, 0.455, 200.0)):
        _rocks(c, c.w * x, c.h * y, size * u, size * 0.2 * u, mix(inks.dark, inks.sand, 0.45))
        nature.spruce(c, c.w * x, c.h * y - size * 0.12 * u, size * 0.24, inks.needle)
    colours = (inks.red, inks.paper, inks.yellow, inks.blue)
    for number in range(6):
        x = c.w * (0.12 + 0.155 * number) + c.random.uniform(-30, 30)
        y = c.h * c.random.choice((0.58, 0.67, 0.78))
        size = u * (30 + 95 * (y / c.h - 0.45) * 3)
        sail = colours[(number + len(c.seed)) % 4]
        c.poly([(x, y - size * 1.9), (x + size * 0.95, y - size * 0.34), (x, y - size * 0.26)], sail)
        c.poly(
            [(x - size * 0.06, y - size * 1.7), (x - size * 0.5, y - size * 0.3), (x - size * 0.06, y - size * 0.26)],
            mix(sail, inks.paper, 0.45),
        )
        c.poly(
            [
                (x - size * 0.75, y - size * 0.2),
                (x + size * 0.85, y - size * 0.22),
                (x + size * 0.62, y + size * 0.08),
                (x - size * 0.6, y + size * 0.08),
            ],
            inks.dark,
        )
        c.disc(x - size * 0.32, y - size * 0.34, size * 0.13, mix(inks.dark, inks.red, 0.4))
        c.gouge(x, y + size * 0.16, size * 1.9, 0, mix(inks.water[2], inks.paper, 0.3), 5 * u)
    nature.birds(c, c.w * 0.4, c.h * 0.16, 6, inks.paper)


def waves(c: Canvas) -> None:
    """Storm waves over a breakwater."""
    inks, u = c.inks, c.u
    nature.sky(c, c.h * 0.46, sun=inks.hour == "dawn", clouds=8)
    foam = mix(inks.paper, inks.water[1], 0.1)
    c.rect(-5, c.h * 0.45, c.w + 10, c.h, mix(inks.water[0], inks.dark, 0.1))
    for row in range(3):
        _swell(c, c.h * (0.48 + row * 0.075), (16 + row * 9) * u, (120 + row * 50) * u, row / 5, foam)
    pier, at = c.h * 0.7, c.w * c.random.choice((0.3, 0.64))
    _spray(c, at, pier + 10 * u, 300 * u, foam)
    for stone in range(24):
        x = c.w * stone / 23
        high = pier + 26 * u * math.sin(stone * 1.7)
        c.blob(x, high + 40 * u, 62 * u, 50 * u, mix(inks.dark, inks.sand, 0.12 + 0.1 * (stone % 3)), 0.3)
        c.gouge(x - 14 * u, high + 8 * u, 50 * u, 0.2, mix(inks.dark, inks.sand, 0.5), 4)
    lamp = c.w * (0.86 if at < c.w / 2 else 0.12)
    c.poly(
        [
            (lamp - 22 * u, pier + 20 * u),
            (lamp - 14 * u, pier - 150 * u),
            (lamp + 14 * u, pier - 150 * u),
            (lamp + 22 * u, pier + 20 * u),
        ],
        inks.red,
    )
    c.rect(lamp - 18 * u, pier - 104 * u, 36 * u, 40 * u, inks.paper)
    c.disc(lamp, pier - 164 * u, 15 * u, inks.window if inks.dim else inks.yellow)
    _spray(c, at + 30 * u, pier + 40 * u, 170 * u, mix(foam, inks.sky[2], 0.1))
    for row in range(3, 6):
        _swell(c, c.h * (0.62 + row * 0.075), (18 + row * 13) * u, (100 + row * 62) * u, row / 5, foam)
    c.gouges((0, 0, c.w, c.h), 90, mix(inks.paper, inks.sky[1], 0.45), length=70, angle=2.8, width=1.8)


def _spray(c: Canvas, x: float, y: float, high: float, foam: Ink) -> None:
    """Print a fan of water thrown up: dense at its foot, torn at its edge."""
    for _ in range(75):
        angle, far = c.random.gauss(-1.45, 0.55), abs(c.random.gauss(0.42, 0.3))
        size = high * 0.15 * max(0.12, 1.05 - far)
        c.blob(x + math.cos(angle) * far * high, y + math.sin(angle) * far * high, size, size * 0.85, foam, 0.5)
    for _ in range(60):
        angle, far = c.random.gauss(-1.45, 0.5), c.random.uniform(0.5, 1.25)
        c.gouge(x + math.cos(angle) * far * high, y + math.sin(angle) * far * high, high * 0.09, angle, foam, 5 * c.u)


def _swell(c: Canvas, y: float, high: float, long: float, share: float, foam: Ink) -> None:
    """Print one row of pointed seas with white crests and carved flanks."""
    body = mix(c.inks.water[1], mix(c.inks.water[0], c.inks.dark, 0.25), share)
    light, x = mix(body, c.inks.water[2], 0.35), -c.random.uniform(0, long)
    points: list[Point] = [(-10.0, c.h + 10)]
    crests: list[tuple[float, float, float]] = []
    while x < c.w + long:
        far, top = long * c.random.uniform(0.75, 1.3), high * c.random.uniform(0.65, 1.15)
        for step in range(9):
            part = step / 9
            points.append((x + far * part, y - top * (1 - abs(part * 2 - 1)) ** 1.6))
        crests.append((x + far * 0.5, far, top))
        x += far
    c.poly([*points, (x, y), (c.w + 10, c.h + 10)], body)
    for middle, far, top in crests:
        crest = [
            (middle - far * 0.2, y - top * 0.5),
            (middle - far * 0.06, y - top * 0.93),
            (middle, y - top * 1.08),
            (middle + far * 0.1, y - top * 0.88),
            (middle + far * 0.26, y - top * 0.42),
            (middle + far * 0.14, y - top * 0.52),
            (middle + far * 0.08, y - top * 0.3),
            (middle, y - top * 0.6),
            (middle - far * 0.08, y - top * 0.38),
        ]
        c.poly(crest, foam)
        for line in range(4):
            c.gouge(
                middle + (line - 1.5) * far * 0.16, y + top * (0.12 + 0.2 * line), far * 0.34, 0.1, light, 3 + 3 * share
            )
        for _ in range(4):
            c.disc(
                middle + c.random.uniform(0, 0.25) * far,
                y - top * c.random.uniform(0.9, 1.25),
                c.random.uniform(1.5, 4) * c.u,
                foam,
            )


def _breakers(c: Canvas, y: float, high: float, long: float, body: Ink, foam: Ink) -> None:
    start = -c.random.uniform(0, long)
    points: list[Point] = [(-10.0, c.h + 10)]
    x, crests = start, []
    while x < c.w + long:
        points += [
            (x, y),
            (x + long * 0.3, y - high * 0.35),
            (x + long * 0.55, y - high),
            (x + long * 0.74, y - high * 0.92),
            (x + long * 0.7, y - high * 0.5),
            (x + long * 0.82, y - high * 0.1),
        ]
        crests.append(x)
        x += long
    c.poly([*points, (c.w + 10, c.h + 10)], body)
    for x in crests:
        c.poly(
            [
                (x + long * 0.36, y - high * 0.5),
                (x + long * 0.55, y - high * 1.06),
                (x + long * 0.79, y - high * 0.95),
                (x + long * 0.71, y - high * 0.55),
                (x + long * 0.62, y - high * 0.8),
                (x + long * 0.5, y - high * 0.72),
            ],
            foam,
        )


def surf(c: Canvas) -> None:
    """A surfer on a wave, boards stuck in the sand."""
    inks, u = c.inks, c.u
    sun, _ = nature.sky(c, c.h * 0.42)
    nature.water(c, c.h * 0.42, c.h, sun)
    foam = mix(inks.paper, inks.water[2], 0.15)
    _breakers(c, c.h * 0.52, 26 * u, 300 * u, inks.water[1], foam)
    peak, y = c.w * 0.56, c.h * 0.66
    c.poly(
        [
            (-10, y + 70 * u),
            (peak - 420 * u, y + 24 * u),
            (peak - 160 * u, y - 90 * u),
            (peak + 40 * u, y - 170 * u),
            (peak + 190 * u, y - 150 * u),
            (peak + 130 * u, y - 40 * u),
            (peak + 260 * u, y + 40 * u),
            (c.w + 10, y + 64 * u),
            (c.w + 10, c.h),
            (-10, c.h),
        ],
        inks.water[0],
    )
    for number in range(16):
        share = number / 16
        c.gouge(
            peak - 330 * u + share * 400 * u,
            y - 10 * u - share * 90 * u + 30 * u,
            150 * u,
            -0.42,
            mix(inks.water[1], inks.water[2], 0.5),
            4,
        )
    for number in range(46):
        share = number / 45
        x, high = peak + (30 + share * 190) * u, y - (168 - share * 150 + 40 * math.sin(share * 3)) * u
        c.blob(
            x + c.random.uniform(-16, 16) * u,
            high + c.random.uniform(-14, 20) * u,
            c.random.uniform(16, 34) * u,
            c.random.uniform(12, 24) * u,
            foam,
            0.4,
        )
    _spray(c, peak + 190 * u, y - 40 * u, 120 * u, foam)
    rider = peak - 90 * u
    c.poly(
        [
            (rider - 78 * u, y - 42 * u),
            (rider + 70 * u, y - 84 * u),
            (rider + 92 * u, y - 84 * u),
            (rider - 60 * u, y - 30 * u),
        ],
        inks.yellow,
    )
    nature.person(c, rider, y - 60 * u, 118, inks.dark, arms="out")
    shore = c.ridge(c.h * 0.87, 14, inks.sand, waves=1)
    c.gouges((0, c.h * 0.88, c.w, c.h), 60, mix(inks.sand, inks.dark, 0.2), length=80, width=3)
    for number, colour in enumerate((inks.red, inks.paper, inks.blue, inks.yellow)):
        x = c.w * (0.07 + 0.055 * number) if sun > c.w / 2 else c.w * (0.93 - 0.055 * number)
        foot = shore(x) + 30 * u
        c.oval(x, foot - 92 * u, 19 * u, 108 * u, colour)
        c.rect(x - 1.5 * u, foot - 190 * u, 3 * u, 180 * u, mix(colour, inks.dark, 0.4))


def seaweed(c: Canvas) -> None:
    """Kelp hanging from ropes below a boat's keel."""
    inks, u = c.inks, c.u
    green = mix(inks.water[0], (30, 96, 84), 0.55)
    top = c.h * 0.17
    nature.sky(c, top, sun=False, clouds=0)
    shades = [mix(mix(green, inks.water[2], 0.5), mix(green, inks.dark, 0.55), step / 5) for step in range(6)]
    c.bands(shades, top, c.h)
    for ray in range(4):
        x = c.w * (0.2 + ray * 0.24) + c.random.uniform(-40, 40)
        for part in range(30):
            a, b = part / 30, (part + 1) / 30
            light = mix(mix(shades[part // 6], shades[part // 6 + 1], part % 6 / 6), shades[0], 0.34 - 0.009 * part)
            left = [(x - 210 * u * share, top + (c.h - top) * share) for share in (a, b)]
            wide = [(40 + 70 * share) * u for share in (a, b)]
            c.poly([left[0], (left[0][0] + wide[0], left[0][1]), (left[1][0] + wide[1], left[1][1]), left[1]], light)
    c.ridge(top, 5, mix(green, inks.paper, 0.6), waves=6, floor=top + 12)
    boat(c, c.w * 0.68, top + 2, 105, inks.red)
    rope = mix(inks.sand, inks.dark, 0.15)
    y = c.h * 0.33
    c.line([(x, y + 26 * u * math.sin(x / c.w * math.pi * 3)) for x in range(-10, c.w + 20, 15)], rope, 5 * u)
    browns = (
        ink_mix := mix((112, 96, 38), green, 0.25),
        mix((150, 128, 50), green, 0.2),
        mix((84, 76, 36), green, 0.3),
        ink_mix,
    )
    length = {"winter": 0.25, "spring": 0.85, "summer": 0.6, "autumn": 0.45}[inks.season]
    for number in range(30):
        x = c.w * (number + 0.5) / 30
        start = y + 26 * u * math.sin(x / c.w * math.pi * 3)
        _frond(c, x, start, c.h * length * c.random.uniform(0.45, 0.95), c.random.choice(browns))
    for buoy in (0.16, 0.42, 0.92):
        c.line([(c.w * buoy, top), (c.w * buoy, y + 26 * u * math.sin(buoy * math.pi * 3))], rope, 3 * u)
        c.disc(c.w * buoy, top, 17 * u, inks.yellow)
    for _ in range(15):
        x, deep = c.random.uniform(0, c.w), c.random.uniform(0.45, 0.95) * c.h
        size = c.random.uniform(9, 20) * u
        colour = mix(inks.paper, shades[3], 0.35)
        c.oval(x, deep, size, size * 0.36, colour)
        c.poly(
            [(x + size * 0.8, deep), (x + size * 1.5, deep - size * 0.4), (x + size * 1.5, deep + size * 0.4)], colour
        )
    for _ in range(26):
        c.disc(
            c.random.uniform(0, c.w),
            c.random.uniform(top, c.h),
            c.random.uniform(1.5, 5) * u,
            mix(shades[1], inks.paper, 0.5),
        )


def _frond(c: Canvas, x: float, y: float, length: float, colour: Ink) -> None:
    wide, phase = c.random.uniform(8, 15) * c.u, c.random.uniform(0, 6)
    left, right = [], []
    for step in range(15):
        share = step / 14
        sway = math.sin(share * 5 + phase) * 24 * c.u * share
        half = wide * math.sin(math.pi * min(1, 0.12 + share * 0.88)) * (1 + 0.25 * math.sin(step * 2.1))
        left.append((x + sway - half, y + length * share))
        right.append((x + sway + half, y + length * share))
    c.poly([*left, *reversed(right)], colour)
    c.line(
        [((a[0] + b[0]) / 2, a[1]) for a, b in zip(left, right, strict=True)], mix(colour, c.inks.paper, 0.28), 2 * c.u
    )
