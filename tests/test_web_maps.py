"""The map: every municipality once, closed, inside the picture, meeting its neighbours; names that never collide."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from importlib.resources import files
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from campaign.outlines import outlines
from campaign.places import PlaceKind, offer, register
from web.maps import HEIGHT, LETTER, WIDTH, Map, draw
from web.steps import MOST_STEPS, steps_of

COUNTIES = [place.id for place in register() if place.kind is PlaceKind.COUNTY]
CASES = sorted(Path("skord/sample/cases").glob("*/case.toml"))


def county(place_id: str) -> dict[str, str]:
    """The municipalities of a county: names by their codes."""
    return {place.code: place.name for place in register().children(place_id)}


def drawn(names: dict[str, str]) -> Map:
    """The map of some municipalities."""
    found = draw(names)
    assert found is not None
    return found


def points(path: str) -> list[tuple[float, float]]:
    """The points at which the steps of a path end."""
    x = y = 0.0
    found = []
    for step, rest in re.findall(r"([Mlq])([^Mlqz]*)", path):
        numbers = [float(each) for each in re.findall(r"-?(?:\d+\.\d+|\.\d+|\d+)", rest)]
        x, y = (numbers[-2], numbers[-1]) if step == "M" else (x + numbers[-2], y + numbers[-1])
        found.append((x, y))
    return found


def test_every_municipality_of_the_register_has_an_outline() -> None:
    """Codes of the register and of the outlines are the same 290."""
    codes = {place.code for place in register() if place.kind is PlaceKind.MUNICIPALITY}
    assert set(outlines().rings) == codes
    assert len(codes) == 290


def test_the_outlines_are_small_enough_to_travel() -> None:
    """What the wheel carries stays well under 150 kB."""
    assert len(files("campaign").joinpath("data/municipalities.txt").read_bytes()) < 80_000


def test_the_lines_of_an_outline_follow_each_other() -> None:
    """Each line begins where the one before it ended, and the last ends where the first began."""
    known = outlines()
    for code, rings in known.rings.items():
        for ring in rings:
            lines = [known.line(number) for number in ring]
            assert all(a[-1] == b[0] for a, b in zip(lines, [*lines[1:], lines[0]], strict=True)), code


def test_a_line_lies_between_two_municipalities_at_most() -> None:
    """No line is followed by three outlines."""
    used = Counter(abs(number) for rings in outlines().rings.values() for ring in rings for number in ring)
    assert set(used.values()) == {1, 2}


@pytest.mark.parametrize("place_id", COUNTIES)
def test_a_county_is_drawn_whole(place_id: str) -> None:
    """Each municipality once, in closed outlines that lie inside the picture."""
    names = county(place_id)
    found = drawn(names)
    assert [region.code for region in found.regions] == list(names)
    assert len({region.path for region in found.regions}) == len(names)
    assert (found.width <= WIDTH, found.height <= HEIGHT) == (True, True)
    for region in found.regions:
        for ring in re.findall(r"M[^M]+", region.path):
            assert ring.endswith("z")
            ends = points(ring)
            assert abs(ends[0][0] - ends[-1][0]) < 0.01, region.code
            assert abs(ends[0][1] - ends[-1][1]) < 0.01, region.code
            assert all(0 <= x <= found.width and 0 <= y <= found.height for x, y in ends), region.code


@pytest.mark.parametrize("place_id", COUNTIES)
def test_names_stand_inside_and_apart(place_id: str) -> None:
    """A written name stands in the picture and on no other."""
    names = county(place_id)
    found = drawn(names)
    told = [region for region in found.regions if region.room]
    assert all(0 < region.x < found.width and 0 < region.y < found.height for region in told)
    for one, other in combinations(told, 2):
        half = (len(names[one.code]) + len(names[other.code])) * LETTER * 0.5 / 2
        assert abs(one.x - other.x) > half or abs(one.y - other.y) > LETTER * 1.5, (one.code, other.code)


def test_islands_are_drawn() -> None:
    """A municipality of islands has an outline for each, and none is thinned away."""
    ockero = next(region for region in drawn(county("vastra-gotaland-lan")).regions if region.code == "1407")
    rings = re.findall(r"M[^M]+", ockero.path)
    assert len(rings) == len(outlines().rings["1407"]) > 1
    assert all(len(set(points(ring))) >= 3 for ring in rings)


def test_neighbours_meet() -> None:
    """A border is drawn between two municipalities of the map, and never as its edge."""
    pair = drawn({"1380": "Halmstad", "1381": "Laholm"})
    assert pair.borders
    alone = drawn({"1380": "Halmstad"})
    assert not alone.borders
    assert len(points(alone.edge)) > len(points(pair.borders))


def test_land_around_is_drawn_beneath_unless_it_is_left_out() -> None:
    """Neighbours that the campaign does not have are drawn, without being regions."""
    assert drawn(county("halland-lan")).around
    found = draw(county("halland-lan"), around=False)
    assert found is not None
    assert not found.around


def test_what_has_no_outline_has_no_map() -> None:
    """A campaign of places that are no municipalities gets None: the list alone."""
    assert draw({}) is None
    assert draw({"9999": "Nowhere"}) is None


def test_a_name_that_is_not_to_be_written_is_not() -> None:
    """An empty name leaves a region without a place for words."""
    assert not any(region.room for region in drawn(dict.fromkeys(county("halland-lan"), "")).regions)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.parent.name)
def test_each_case_has_its_map(case: Path) -> None:
    """The places of every shipped case draw a map that is small enough for a page."""
    named = re.search(r"^places = (\[.*\])$", case.read_text(encoding="utf-8"), re.MULTILINE)
    assert named is not None
    places = offer(tuple(tomllib.loads(f"places = {named[1]}")["places"])).municipalities
    found = drawn({place.code: place.name for place in places})
    assert len(found.regions) == len(places) >= 1
    size = len(found.around) + len(found.edge) + len(found.borders) + sum(len(each.path) for each in found.regions)
    assert size < 40_000


def test_the_whole_country_can_be_drawn() -> None:
    """All 290 stand on one map, and those without room go unnamed."""
    every = {place.code: place.name for place in register() if place.kind is PlaceKind.MUNICIPALITY}
    found = drawn(every)
    assert len(found.regions) == 290
    assert any(not region.room for region in found.regions)


def test_a_ruler_is_a_round_number_of_kilometres() -> None:
    """The ruler's length on the map is what its words say: Halland is about 150 km long."""
    found = drawn(county("halland-lan"))
    long = float(re.search(r"h([\d.]+)", found.ruler.path)[1])  # type: ignore[index]
    north, south = found.height - 60, 0
    assert found.ruler.km == 20
    assert 120 < (north - south) / long * found.ruler.km < 180


@pytest.mark.parametrize(
    "amounts",
    [
        [31, 4, 0, 12],
        [3, 1],
        [1, 1, 1],
        [400, 30, 2, 1],
        [120_000, 500, 3],
        [7, 6, 5],
        [1],
        [0, 0, 9],
        [33, 64, 41, 42, 44, 46],
        [100, 799],
        [5, 50],
    ],
)
def test_steps_hold_every_amount_once(amounts: list[int]) -> None:
    """Steps follow each other without hole or overlap, the most has the last colour, nothing has none."""
    found = steps_of(amounts)
    assert found.steps[0].first == min(amount for amount in amounts if amount)
    assert found.steps[-1].last == max(amounts)
    assert found.of(max(amounts)) == MOST_STEPS
    assert all(a.last + 1 == b.first and a.number + 1 == b.number for a, b in pairwise(found.steps))
    assert all(bool(found.of(amount)) is (amount > 0) for amount in amounts)
    assert found.has_none is (0 in amounts)


def test_no_amounts_have_no_steps() -> None:
    """Where nothing is told there is no colour to explain."""
    assert steps_of([]).steps == ()
    assert steps_of([0, 0]).of(0) == 0
