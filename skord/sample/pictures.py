"""The pictures of the sample year, drawn when somebody asks for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from skord.sample.drawing import coast, inside, land, town
from skord.sample.drawing.canvas import Canvas
from skord.sample.drawing.palette import palette

HOURS = ("dawn", "day", "dusk", "night")
SEASONS = ("winter", "spring", "summer", "autumn")
MOTIFS: dict[str, Callable[[Canvas], None]] = {
    motif.__name__: motif
    for motif in (
        coast.lighthouse, coast.dunes, coast.bathhouse, coast.boats, coast.waves, coast.kayak, coast.surf,
        coast.seaweed, coast.port, land.turbines, land.fields, land.harvester, land.beech, land.river, land.cottage,
        land.cows, land.horses, land.sheep, land.hives, land.wetland, land.lake, land.winterforest, land.timber,
        land.apples, land.bonfire, land.midsummer, land.greenhouse, land.solar, town.square, town.skyline, town.train,
        town.market, town.cyclepath, town.football, town.building, town.street, town.bus, town.charger, town.fibre,
        town.dinner, town.lucia, inside.library, inside.classroom, inside.workshop, inside.bakery, inside.kitchen,
        inside.cafe, inside.laptop, inside.robot, inside.servers, inside.stage, inside.pottery, inside.crowd,
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
