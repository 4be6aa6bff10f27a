"""The campaign's colour can be read, whatever it is."""

from __future__ import annotations

import pytest

from digest.colour import contrast
from web.colours import DARK, LIGHT, accent, area_class, sheet, until

COLOURS = [
    "#2f6b3c",
    "#ffee00",
    "#ffffff",
    "#000000",
    "#808080",
    "#ff00ff",
    "#00ffcc",
    "rebeccapurple",
    "no colour",
    "",
]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("papers", [LIGHT, DARK])
def test_any_accent_can_be_read(colour: str, papers: tuple[str, str]) -> None:
    """Text, fills and what stands on them keep WCAG's contrasts in light and dark."""
    made = accent(colour, papers)
    for ground in (*papers, made.wash):
        assert contrast(made.text, ground) >= 4.5
    assert all(contrast(made.fill, ground) >= 3 for ground in papers)
    assert contrast(made.on_fill, made.fill) >= 4.5


def test_a_colour_that_can_be_read_is_left_alone() -> None:
    """What needs no help stays what the campaign chose."""
    assert until("#2f6b3c", LIGHT, 4.5) == "#2f6b3c"


def test_the_sheet_holds_tokens_only() -> None:
    """A hostile colour cannot write a rule of its own."""
    made = sheet("red;}body{display:none", ["#b37a1e", "}x{", "#b37a1e"])
    assert "display" not in made
    assert made.count(".area-b37a1e{") == 2
    assert area_class("}x{") == ""
