"""The drawn place-holder for a picture that may not be shown: ploughed land under a sun, each story with its own.

Pure and the same for the same number, so that a story keeps its drawing. A list shows many of them, so each is one
line of steps in whole numbers.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 400
_PIECES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Skyline and furrows as one path, and a sun: its place and radius."""

    land: str
    sun_x: int
    sun_y: int
    sun_radius: int


def field(seed: int) -> Field:
    """Return the land that belongs to a number."""
    chance = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    horizon = chance.uniform(150, 205)
    swell, phase = chance.uniform(10, 26), chance.uniform(0, math.tau)
    vanishing = chance.uniform(-120, 720)
    return Field(
        land=_skyline(horizon, swell, phase) + _furrows(horizon, swell, phase, vanishing),
        sun_x=round(chance.uniform(110, 490)),
        sun_y=round(horizon - chance.uniform(20, 70)),
        sun_radius=round(chance.uniform(38, 74)),
    )


def _ground(x: float, horizon: float, swell: float, phase: float) -> float:
    return horizon + swell * math.sin(x / WIDTH * math.tau * 0.8 + phase)


def _skyline(horizon: float, swell: float, phase: float) -> str:
    """Return the wave of the horizon in a few curves, each leaving where the one before arrives."""
    step = WIDTH // _PIECES

    def slope(x: float) -> float:
        return swell * math.cos(x / WIDTH * math.tau * 0.8 + phase) * math.tau * 0.8 / WIDTH

    line = f"M0 {_ground(0, horizon, swell, phase):.0f}"
    for start in range(0, WIDTH, step):
        here, there = (_ground(x, horizon, swell, phase) for x in (start, start + step))
        pulls = (slope(start) * step / 3, there - here - slope(start + step) * step / 3, there - here)
        first, second, end = (_steps(pull) for pull in pulls)
        line += f"c{step // 3}{first} {step * 2 // 3}{second} {step}{end}"
    return line


def _furrows(horizon: float, swell: float, phase: float, vanishing: float) -> str:
    """Return furrows that part from one point on the horizon and widen toward the reader."""
    lines = ""
    for number in range(-14, 15):
        foot = vanishing + number * 96
        head = vanishing + number * 15
        if not -40 <= head <= WIDTH + 40:
            continue
        top = round(_ground(head, horizon, swell, phase))
        bend = (head + foot) / 2 - number * 14 - head
        fall = (HEIGHT - top) / 2 - 12
        lines += f"M{head:.0f} {top}q{bend:.0f}{_steps(fall)}{_steps(foot - head)} {HEIGHT - top}"
    return lines


def _steps(value: float) -> str:
    """Return a whole number as it stands after another in a path: a minus parts them already."""
    whole = round(value)
    return f"{whole}" if whole < 0 else f" {whole}"
