"""The drawn place-holder for a picture that may not be shown: ploughed land under a sun, each story with its own.

Pure and the same for the same number, so that a story keeps its drawing.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Lines of furrows, and a sun: its place and radius."""

    furrows: tuple[str, ...]
    sun_x: float
    sun_y: float
    sun_radius: float


def field(seed: int) -> Field:
    """Return the land that belongs to a number."""
    chance = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    horizon = chance.uniform(150, 205)
    swell, phase = chance.uniform(10, 26), chance.uniform(0, math.tau)
    vanishing = chance.uniform(-120, 720)
    return Field(
        furrows=(_skyline(horizon, swell, phase), *_furrows(horizon, swell, phase, vanishing)),
        sun_x=round(chance.uniform(110, 490), 1),
        sun_y=round(horizon - chance.uniform(20, 70), 1),
        sun_radius=round(chance.uniform(38, 74), 1),
    )


def _ground(x: float, horizon: float, swell: float, phase: float) -> float:
    return horizon + swell * math.sin(x / WIDTH * math.tau * 0.8 + phase)


def _skyline(horizon: float, swell: float, phase: float) -> str:
    points = [f"{x} {_ground(x, horizon, swell, phase):.1f}" for x in range(0, WIDTH + 1, 30)]
    return "M" + "L".join(points)


def _furrows(horizon: float, swell: float, phase: float, vanishing: float) -> list[str]:
    """Return furrows that part from one point on the horizon and widen toward the reader."""
    lines = []
    for number in range(-14, 15):
        foot = vanishing + number * 96
        head = vanishing + number * 15
        if not -40 <= head <= WIDTH + 40:
            continue
        top = _ground(head, horizon, swell, phase)
        bend = (head + foot) / 2 - number * 14
        lines.append(f"M{head:.1f} {top:.1f}Q{bend:.1f} {(top + HEIGHT) / 2 - 12:.1f} {foot:.1f} {HEIGHT}")
    return lines
