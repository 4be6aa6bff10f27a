"""The drawn place-holders: each story its own, light enough to stand in every row of a list."""

from __future__ import annotations

import re

from web.drawings import HEIGHT, field


def test_a_story_keeps_its_drawing_and_no_neighbour_has_the_same() -> None:
    """The same number draws the same land, and a hundred numbers a hundred lands."""
    assert field(7) == field(7)
    assert len({field(seed).land for seed in range(100)}) == 100


def test_a_drawing_is_light() -> None:
    """No drawing's line weighs 850 bytes, so that a row's whole drawing stays under a kilobyte."""
    assert max(len(field(seed).land) for seed in range(500)) < 850


def test_furrows_run_from_the_horizon_to_the_lower_edge() -> None:
    """Every furrow starts on the land and ends exactly where the drawing does."""
    for seed in range(50):
        furrows = re.findall(r"M-?\d+ (\d+)q\S* ?-?\d+[ -]\d+ (\d+)", field(seed).land)
        assert len(furrows) > 3
        assert {int(top) + int(fall) for top, fall in furrows} == {HEIGHT}
