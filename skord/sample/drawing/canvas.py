"""A sheet to print on: shapes in logical points, twice as fine as they are shown, with the grain of paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageDraw

from skord.sample.drawing.palette import Ink, Palette, mix

Point = tuple[float, float]
_FINE = 2
_GRAIN = 1400


@cache
def _grain() -> Image.Image:
    """Return the sheet's grain: mostly even, with specks where the ink did not take."""
    random = Random("grain")
    fine = Image.frombytes("L", (_GRAIN, _GRAIN), random.randbytes(_GRAIN * _GRAIN))
    fine = fine.point([128 + round((value - 128) * 0.13) for value in range(256)])
    side = _GRAIN // 3
    coarse = Image.frombytes("L", (side, side), random.randbytes(side * side)).resize((_GRAIN, _GRAIN))
    specks = coarse.point([128 + (46 if value > 250 else 14 if value > 225 else 0) for value in range(256)])
    return ImageChops.add(fine, specks, scale=1, offset=-128)


def _curve(a: float, b: float, c: float, d: float, t: float) -> float:
    """Return the Catmull-Rom curve from b (t = 0) to c (t = 1)."""
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)


class Canvas:
    """One picture in the making. ``w`` and ``h`` are its size in points, ``u`` scales things to it."""

    def __init__(self, width: int, height: int, inks: Palette, seed: str) -> None:
        self.w, self.h, self.inks = width, height, inks
        self.u = min(width / 1200, height / 800)
        self.random = Random(seed)
        self.seed = seed
        self.image = Image.new("RGB", (width * _FINE, height * _FINE), inks.paper)
        self._pen = ImageDraw.Draw(self.image)

    # ---- plain shapes -------------------------------------------------------------------------------------------

    def poly(self, points: Iterable[Point], colour: Ink) -> None:
        """Fill a shape."""
        self._pen.polygon([(x * _FINE, y * _FINE) for x, y in points], fill=colour)

    def rect(self, x: float, y: float, width: float, height: float, colour: Ink) -> None:
        """Fill a rectangle from its upper left corner."""
        self.poly([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Ink) -> None:
        """Fill an ellipse around its middle."""
        box = ((x - rx) * _FINE, (y - ry) * _FINE, (x + rx) * _FINE, (y + ry) * _FINE)
        self._pen.ellipse(box, fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Ink) -> None:
        """Fill a circle."""
        self.oval(x, y, radius, radius, colour)

    def line(self, points: Sequence[Point], colour: Ink, width: float) -> None:
        """Draw a line of even width with round joints."""
        path = [(x * _FINE, y * _FINE) for x, y in points]
        self._pen.line(path, fill=colour, width=max(1, round(width * _FINE)), joint="curve")

    def arc(self, x: float, y: float, radius: float, start: float, end: float, colour: Ink, width: float) -> None:
        """Draw a part of a circle; degrees clockwise from three o'clock."""
        box = ((x - radius) * _FINE, (y - radius) * _FINE, (x + radius) * _FINE, (y + radius) * _FINE)
        self._pen.arc(box, start, end, fill=colour, width=max(1, round(width * _FINE)))

    def smooth(self, points: Sequence[Point], colour: Ink) -> None:
        """Fill a shape whose outline curves through the points."""
        outline, count = [], len(points)
        for number in range(count):
            before, here, there, after = (points[(number + step) % count] for step in (-1, 0, 1, 2))
            for step in range(8):
                t = step / 8
                outline.append(
                    (
                        _curve(before[0], here[0], there[0], after[0], t),
                        _curve(before[1], here[1], there[1], after[1], t),
                    )
                )
        self.poly(outline, colour)

    def glow(self, x: float, y: float, radius: float, colour: Ink, share: float) -> None:
        """Lay a circle of light over what is there; ``share`` is how much of it is the light's colour."""
        box = tuple(round(at * _FINE) for at in (x - radius, y - radius, x + radius, y + radius))
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        ImageDraw.Draw(mask).ellipse((0, 0, mask.width - 1, mask.height - 1), fill=round(255 * share))
        self.image.paste(colour, (box[0], box[1]), mask)

    # ---- a hand's shapes ----------------------------------------------------------------------------------------

    def blob(self, x: float, y: float, rx: float, ry: float, colour: Ink, rough: float = 0.12) -> None:
        """Fill a roundish shape that a knife cut."""
        turns = 22
        phase = self.random.uniform(0, math.tau)
        points = []
        for step in range(turns):
            angle = math.tau * step / turns
            far = 1 + rough * (self.random.random() - 0.5) + rough * 0.6 * math.sin(3 * angle + phase)
            points.append((x + math.cos(angle) * rx * far, y + math.sin(angle) * ry * far))
        self.poly(points, colour)

    def gouge(self, x: float, y: float, length: float, angle: float, colour: Ink, width: float = 2.2) -> None:
        """Draw one carved mark: thin ends, a thicker middle; the angle in radians."""
        dx, dy = math.cos(angle) * length / 2, math.sin(angle) * length / 2
        nx, ny = -math.sin(angle) * width / 2, math.cos(angle) * width / 2
        self.poly([(x - dx, y - dy), (x + nx, y + ny), (x + dx, y + dy), (x - nx, y - ny)], colour)

    def gouges(
        self,
        area: tuple[float, float, float, float],
        count: int,
        colour: Ink,
        *,
        length: float = 40,
        angle: float = 0.0,
        width: float = 2.2,
        inside: Callable[[float, float], bool] | None = None,
    ) -> None:
        """Scatter carved marks over ``area`` (left, top, right, bottom), only where ``inside`` says so."""
        left, top, right, bottom = area
        for _ in range(count):
            x, y = self.random.uniform(left, right), self.random.uniform(top, bottom)
            if inside is None or inside(x, y):
                far = length * self.random.uniform(0.4, 1.3)
                self.gouge(x, y, far, angle + self.random.uniform(-0.12, 0.12), colour, width)

    def ridge(
        self, y: float, swing: float, colour: Ink, *, waves: float = 2.0, rough: float = 0.0, floor: float | None = None
    ) -> Callable[[float], float]:
        """Fill the land below a hilly line and return that line: the height at an x."""
        phases = [self.random.uniform(0, math.tau) for _ in range(3)]
        width = self.w

        def line(x: float) -> float:
            turn = math.tau * x / width
            return y + swing * (
                0.6 * math.sin(turn * waves * 0.5 + phases[0])
                + 0.3 * math.sin(turn * waves + phases[1])
                + 0.1 * math.sin(turn * waves * 2.7 + phases[2])
            )

        step = 12
        top = [(x, line(x) + self.random.uniform(-rough, rough)) for x in range(-step, width + 2 * step, step)]
        bottom = self.h + 5 if floor is None else floor
        self.poly([*top, (width + step, bottom), (-step, bottom)], colour)
        return line

    def bands(self, colours: Sequence[Ink], top: float, bottom: float) -> None:
        """Fill a sky: one ink under the other, with soft carved edges between them."""
        self.rect(-5, top - 5, self.w + 10, bottom - top + 10, colours[0])
        height = (bottom - top) / len(colours)
        for number in range(1, len(colours)):
            y = top + number * height + self.random.uniform(-0.15, 0.15) * height
            between = mix(colours[number - 1], colours[number], 0.5)
            self.ridge(y - height * 0.22, height * 0.16, between, waves=1.5, floor=bottom)
            self.ridge(y + height * 0.22, height * 0.16, colours[number], waves=1.5, floor=bottom)

    # ---- the print ----------------------------------------------------------------------------------------------

    def print(self, quality: int = 82) -> bytes:
        """Return the finished picture as JPEG: brought to size, with grain and a breath of paper at the edges."""
        sheet = self.image.reduce(_FINE)
        random = Random(f"{self.seed}/grain")
        left, top = random.randrange(_GRAIN - self.w + 1), random.randrange(_GRAIN - self.h + 1)
        grain = _grain().crop((left, top, left + self.w, top + self.h))
        sheet = ImageChops.overlay(sheet, Image.merge("RGB", (grain, grain, grain)))
        file = BytesIO()
        sheet.save(file, "JPEG", quality=quality)
        return file.getvalue()
