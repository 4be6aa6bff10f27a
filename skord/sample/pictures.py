"""The pictures of the sample year, drawn when somebody asks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from skord.sample.drawing import (
    animals,
    baking,
    feasts,
    fields,
    forest,
    harbour,
    houses,
    learning,
    making,
    power,
    sea,
    together,
    town,
    water,
    ways,
)
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import palette

HOURS = ("dawn", "day", "dusk", "night")
SEASONS = ("winter", "spring", "summer", "autumn")
MOTIFS: dict[str, Callable[[Canvas], None]] = {
    motif.__name__: motif
    for motif in (
        animals.cows, animals.hives, animals.horses, animals.sheep, baking.bakery, baking.kitchen, feasts.bonfire,
        feasts.dinner, feasts.lucia, feasts.midsummer, fields.apples, fields.cottage, fields.fields, fields.harvester,
        fields.turbines, forest.beech, forest.timber, forest.winterforest, harbour.bathhouse, harbour.boats,
        harbour.port, houses.building, houses.street, learning.classroom, learning.laptop, learning.library,
        making.pottery, making.robot, making.workshop, power.charger, power.greenhouse, power.servers, power.solar,
        sea.dunes, sea.kayak, sea.lighthouse, sea.seaweed, sea.surf, sea.waves, together.cafe, together.crowd,
        together.football, together.stage, town.market, town.skyline, town.square, water.lake, water.river,
        water.wetland, ways.bus, ways.cyclepath, ways.fibre, ways.train,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What to draw: a motif in a season at an hour, its details chosen by ``seed``."""

    motif: str
    season: str
    hour: str
    seed: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels: mostly landscape, one in six square.

        Sized so that the widest copy that the archive keeps is the picture itself: a whole year must be quick.
        """
        square = hashlib.sha256(self.seed.encode()).digest()[0] % 6 == 0
        return (800, 800) if square else (960, 640)

    def draw(self) -> bytes:
        """Return the picture as JPEG. The same picture is the same bytes every time."""
        width, height = self.size
        canvas = Canvas(width, height, palette(self.season, self.hour), self.seed)
        MOTIFS[self.motif](canvas)
        return canvas.print()
