"""The inks of a season and an hour."""

from __future__ import annotations

from dataclasses import dataclass

Ink = tuple[int, int, int]


def ink(code: str) -> Ink:
    """Return a colour written as six hexadecimal digits."""
    return (int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16))


def mix(one: Ink, other: Ink, share: float) -> Ink:
    """Return ``one`` with ``share`` (0 to 1) of ``other`` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return (red, green, blue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """What a picture may be printed with. ``sky`` runs from the top down, ``land`` from far to near."""

    season: str
    hour: str
    sky: tuple[Ink, ...]
    sun: Ink
    cloud: Ink
    land: tuple[Ink, Ink, Ink, Ink]
    leaf: tuple[Ink, Ink, Ink]
    needle: Ink
    plant: tuple[Ink, Ink, Ink]
    water: tuple[Ink, Ink, Ink]
    crop: Ink
    sand: Ink
    dark: Ink
    paper: Ink
    red: Ink
    yellow: Ink
    blue: Ink
    window: Ink
    wall: Ink

    @property
    def night(self) -> bool:
        """Whether lamps are lit and stars are out."""
        return self.hour == "night"

    @property
    def dim(self) -> bool:
        """Whether windows shine."""
        return self.hour in ("night", "dusk")

    @property
    def snow(self) -> bool:
        """Whether snow lies."""
        return self.season == "winter"


_SKIES = {
    "dawn": {
        "spring": "5f8596 93aaa6 d4b9a4 efcfae f7e3bd",
        "summer": "5b8a9c 96b6ad e2c4a0 f3d8a6 fae9bd",
        "autumn": "5d6f85 8f8b93 c79d8c e6bb94 f3d9ae",
        "winter": "56708c 8296aa b9aab2 e2bdae f1d9c3",
    },
    "day": {
        "spring": "6fa9bd 92c0c6 b6d3cb d5e2cd efecd3",
        "summer": "3f8fb0 6badc0 97c6ca c4dccf ebebd2",
        "autumn": "7c9cab 9db3b6 bfc7bb dbd6bd efe3c6",
        "winter": "8ba6b8 a6bcc8 c0d0d6 d8e1e1 eeeee6",
    },
    "dusk": {
        "spring": "2f4a66 5d5f7c a0737c dd9470 f6c27a",
        "summer": "2a5271 5b6c88 a57b84 e59a68 f9c873",
        "autumn": "2c3a55 5a4b68 9b5b62 d67b4d f2ad58",
        "winter": "2a3d5c 4f5c7e 86728e c38d8c ecbf9a",
    },
    "night": {
        "spring": "0f2033 15293f 1d354c 27445a 345668",
        "summer": "16304a 1f4059 2b5268 3f697a 5c8489",
        "autumn": "0e1b2c 142437 1b2f43 253c50 34505f",
        "winter": "0e1c31 152741 1e3551 2a4664 3d5d79",
    },
}
_LAND = {
    "spring": "a3bb9c 8bb06e 659a4f 3f7446",
    "summer": "93b08f 77a05a 4f843f 2f6238",
    "autumn": "b6ab88 c79a4b a16a30 6a4528",
    "winter": "b8c7d2 dde5e8 eef1ef c6d3dc",
}
_LEAF = {
    "spring": "b8cf5d 8db84a 5f953f",
    "summer": "7fa948 568a3d 346a35",
    "autumn": "e3a436 cc7028 97432a",
    "winter": "8f9c99 6b7f80 4d666b",
}
_NEEDLE = {"spring": "3c6b48", "summer": "2f5d40", "autumn": "385c47", "winter": "4a666a"}
_WATER = {
    "dawn": "5d8491 89a3a3 e9c9a7",
    "day": "2f7186 4e92a0 a5cdca",
    "dusk": "30496a 5c5d7d f0a566",
    "night": "10273c 1b3a52 7c9aa0",
}
_TINT = {"dawn": ("d99d84", 0.16), "day": ("ffffff", 0.0), "dusk": ("47304f", 0.36), "night": ("12233a", 0.66)}
_CROP = {"spring": "e6cf45", "summer": "dcb552", "autumn": "d9a441", "winter": "d7d6c5"}
_SUN = {"dawn": "fff0cd", "day": "fff6dc", "dusk": "ffdf8e", "night": "f3ecd0"}
_CLOUD = {"dawn": "f6dcc8", "day": "f7f4e6", "dusk": "d98a72", "night": "31485c"}


def _inks(codes: str) -> tuple[Ink, ...]:
    return tuple(ink(code) for code in codes.split())


def palette(season: str, hour: str) -> Palette:
    """Return the inks of "spring", "summer", "autumn" or "winter" at "dawn", "day", "dusk" or "night"."""
    tint, share = _TINT[hour]

    def lit(code: str, part: float = 1.0) -> Ink:
        return mix(ink(code), ink(tint), share * part)

    far, mid, near, front = (lit(code) for code in _LAND[season].split())
    sky = _inks(_SKIES[hour][season])
    light, body, shade = (lit(code) for code in _LEAF[season].split())
    deep, face, glint = _inks(_WATER[hour])
    if season == "winter" and hour == "day":
        deep, face = ink("4d7387"), ink("7396a5")
    return Palette(
        season=season,
        hour=hour,
        sky=sky,
        sun=ink(_SUN[hour]),
        cloud=ink(_CLOUD[hour]),
        land=(mix(far, sky[-1], 0.25), mid, near, front),
        leaf=(light, body, shade),
        needle=lit(_NEEDLE[season]),
        plant=(lit("9dba5a", 0.7), lit("5f9a44", 0.7), lit("3a7040", 0.7)),
        water=(deep, face, glint),
        crop=lit(_CROP[season]),
        sand=lit("ead9ae" if season != "winter" else "e9e4d6"),
        dark=lit("22313a", 0.6),
        paper=lit("f8f2e2", 0.75),
        red=lit("b5402f", 0.8),
        yellow=lit("eab543", 0.6),
        blue=lit("2f6484", 0.8),
        window=ink("ffd777") if hour in ("night", "dusk") else lit("44606b"),
        wall=lit("efe3c8", 0.8),
    )
