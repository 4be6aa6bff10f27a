"""The drawn letter against the standards that mail programs and readers hold it to."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from digest.letter import Letter, Section
from digest.render import BUDGET_BYTES
from digest_samples import letter
from letter_checks import dark_rules, faults
from letter_samples import SITE, drawn, full


def many() -> Letter:
    """Forty items in ten sections of different colours, with notes, figures and events."""
    told = full(38)
    colours = ("#ffee00", "#000000", "#ffffff", "#ff0000", "#00ffff", "#777777", "#2f6b3c", "#cccccc")
    stories = [item for item in told.items if item.is_story][:38]
    areas = tuple(
        Section(code=str(number), title=f"Inriktning {number}", colour=colour, items=tuple(stories[number::8]))
        for number, colour in enumerate(colours)
    )
    return replace(told, sections=(*areas, *told.sections[2:]))


LETTERS = {
    "plain": letter(),
    "full": full(),
    "many": many(),
    "yearbook": replace(full(), kind="yearbook"),
    "english": replace(full(), language="en"),
    "light accent": replace(full(), accent="#ffee00"),
    "cut": full(60),
    "gap": replace(full(), sections=(replace(full().sections[0], items=(replace(full().items[0], removed=True),)),)),
}


@pytest.mark.parametrize("name", LETTERS)
def test_letter_has_no_fault(name: str) -> None:
    """No parse error, headings in order, everything named, readable by day and at night, nothing from elsewhere."""
    budget = 30_000 if name == "cut" else BUDGET_BYTES
    made = drawn(LETTERS[name], budget_bytes=budget, banner="Provutskick." if name == "full" else "")
    assert faults(made.html, own=SITE) == []
    assert made.size_bytes <= budget


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ("</h1>", "</h2>", "parse error"),
        ('role="presentation" ', "", "table without role"),
        ("<h3", "<h4", "parse error"),
        (' alt="En bro."', "", "picture without alt"),
        (f'src="{SITE}/media', 'src="https://elsewhere.example/p', "picture from elsewhere"),
        ("color:#655d51", "color:#a8a296", "day: #a8a296"),
        ("color: #b8ae9f !important", "color: #6b655c !important", "night: #6b655c"),
        ("text-decoration:underline", "", "not underlined"),
        ("</style>", "@import 'x';</style>", "loads something"),
        ('lang="sv" dir="ltr" role', "role", "language"),
        ("<h2", '<h2><a href="https://x.example/">Läs mer</a></h2><h2', "link without words"),
    ],
)
def test_checks_see_what_is_wrong(wrong: str, right: str, told: str) -> None:
    """Each check finds the fault that it is there for."""
    page = drawn(full()).html
    assert wrong in page
    assert any(told in fault for fault in faults(page.replace(wrong, right), own=SITE))


def test_outlook_apps_get_the_same_night_as_the_others() -> None:
    """The rules under [data-ogsc] are those for dark grounds, one for one."""
    page = drawn(full()).html
    style = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL).partition("<style")[2].partition("</style>")[0]
    night = style.partition("(prefers-color-scheme: dark) {\n")[2].partition("\n}\n")[0]
    outlook = "[data-ogsc]" + style.partition("[data-ogsc]")[2]
    assert outlook.replace("[data-ogsc] ", "").strip() == night.strip()
    assert len(dark_rules(style)) > 20


def test_every_heading_colour_has_a_night_colour() -> None:
    """Sections of any colour keep a rule of their own for dark grounds."""
    page = drawn(many()).html
    for mark in re.findall(r'<h2 class="(area\d+)"', page):
        assert f".{mark} {{" in page


def test_classic_outlook_finds_what_it_needs() -> None:
    """A frame of 600 px, exact line heights, grounds as attributes, and padding where Word understands it."""
    page = drawn(full()).html
    assert '<!--[if mso]><table role="presentation" width="600"' in page
    assert "mso-line-height-rule:exactly" in page
    assert re.search(r'<td class="button" bgcolor="#[0-9a-f]{6}"[^>]*mso-padding-alt:13px 22px', page)
    tinted = re.findall(r"<td[^>]*background-color:#f4efe4[^>]*>", page)
    assert tinted
    assert all('bgcolor="#f4efe4"' in cell for cell in tinted)
    assert all(re.search(r'\swidth="\d+"', image) for image in re.findall(r"<img[^>]*>", page))
    assert not re.search(r"<div[^>]*padding", page)
