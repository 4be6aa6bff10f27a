"""What rooms have in common."""

from __future__ import annotations

import math

from skord.sample.drawing import nature
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import Ink, mix

_SKIN = ((226, 178, 140), (190, 134, 96), (140, 92, 64), (98, 66, 50), (236, 196, 164))


def room(c: Canvas, wall: Ink, floor: Ink, line: float = 0.7) -> Ink:
    """Print wall and floor, darker by the hour, and return the wall's ink."""
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


def view(c: Canvas, x: float, y: float, width: float, height: float) -> None:
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


def pendant(c: Canvas, x: float, y: float, colour: Ink) -> None:
    """Print a lamp that hangs from the ceiling."""
    u = c.u
    if c.inks.hour != "day":
        nature.lamp_glow(c, x, y + 20 * u, 190 * u)
    c.line([(x, 0), (x, y)], c.inks.dark, 3 * u)
    c.poly(
        [(x - 62 * u, y + 30 * u), (x - 24 * u, y - 22 * u), (x + 24 * u, y - 22 * u), (x + 62 * u, y + 30 * u)], colour
    )
    c.oval(x, y + 31 * u, 30 * u, 11 * u, (255, 232, 168))


def bust(c: Canvas, x: float, y: float, size: float, shirt: Ink) -> None:
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


def cup(c: Canvas, x: float, y: float, s: float, colour: Ink) -> None:
    """Print a steaming cup standing at (x, y)."""
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
