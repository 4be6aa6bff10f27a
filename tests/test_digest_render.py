"""The drawn letter."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from campaign.language import Language
from digest.colour import NIGHT, PAPER, contrast, readable
from digest.letter import Item, Letter, Picture
from digest.markdown import to_html
from digest.marks import marks_of
from digest.render import BUDGET_BYTES, Rendered, render
from digest_samples import letter

SV = Language("sv", ZoneInfo("Europe/Stockholm"))
HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(1)>" onmouseover="x'


class Outline(HTMLParser):
    """Collects headings, tables, links and pictures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.tables: list[dict[str, str | None]] = []
        self.images: list[dict[str, str | None]] = []
        self.links: list[dict[str, str | None]] = []
        self.root: dict[str, str | None] = {}
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Sort a tag into its list."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        kept = {"table": self.tables, "img": self.images, "a": self.links}.get(tag)
        if kept is not None:
            kept.append(dict(attrs))
        if tag == "html":
            self.root = dict(attrs)


def drawn(told: Letter | None = None) -> Rendered:
    """The letter with linked pictures."""
    return render(told or letter(), SV, picture=lambda picture, _wide: f"https://x.example/{picture.file}")


def with_item(**changed: object) -> Letter:
    """A letter whose first story has one thing changed."""
    whole = letter(2)
    section = whole.sections[0]
    first: Item = replace(section.items[0], **changed)  # type: ignore[arg-type]  # the test names fields of Item
    return replace(whole, sections=(replace(section, items=(first, *section.items[1:])),))


def test_letter_is_accessible_by_its_structure() -> None:
    """Language, one h1, no skipped heading level, layout tables marked, every picture with alt."""
    page = Outline(drawn(letter(8)).html)
    assert page.root["lang"] == "sv"
    assert page.headings.count("h1") == 1
    levels = [int(heading[1]) for heading in page.headings]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(table["role"] == "presentation" for table in page.tables)
    assert page.images
    assert all("alt" in image for image in page.images)


def test_forty_items_fit_the_budget() -> None:
    """A big issue stays under what Gmail shows, with few tables and a small sheet."""
    rendered = drawn(letter(40))
    assert rendered.size_bytes <= BUDGET_BYTES
    assert rendered.full == 40
    assert rendered.html.count("<table") <= 10
    assert len(re.findall(r"<style[^>]*>(.*?)</style>", rendered.html, re.DOTALL)[0]) < 8000


@pytest.mark.parametrize("budget", [40_000, 25_000, 14_000])
def test_beyond_the_budget_the_last_items_become_lines_and_the_footer_stays(budget: int) -> None:
    """Too long a letter loses the end of its stories to the web, never the way out of the list."""
    rendered = render(letter(40), SV, budget_bytes=budget)
    assert rendered.size_bytes <= budget
    assert rendered.full < 40
    assert marks_of(letter(40)).leave in rendered.html
    assert rendered.text.count("* Rubrik nummer") == 40


def test_leave_link_is_in_both_parts() -> None:
    """Both parts name the way out, the web version, the sender and the notice on personal data."""
    rendered = drawn()
    for part in (rendered.html, rendered.text):
        assert marks_of(letter()).leave in part
        assert "https://hallandvaxer.example.se/issues/veckobrevet/12" in part
        assert "https://hallandvaxer.example.se/privacy" in part
        assert "Region Halland" in part
        assert "anmält dig" in " ".join(part.split())


@pytest.mark.parametrize("field", ["title", "text", "author", "tags", "warning", "url", "original_url"])
def test_foreign_text_is_never_markup(field: str) -> None:
    """Whatever a post says, no element and no attribute of the letter comes from it."""
    plain, page = Outline(drawn(letter(2)).html), Outline(drawn(with_item(**{field: HOSTILE})).html)
    assert page.tags == plain.tags
    assert page.attributes == plain.attributes
    assert len(page.images) == len(plain.images)


def test_picture_words_are_never_markup() -> None:
    """A picture's alt and credit cannot leave their place either."""
    picture = Picture(file="a" * 64, alt=HOSTILE, width=10, height=10, credit=HOSTILE)
    page = Outline(drawn(with_item(picture=picture)).html)
    assert "script" not in page.tags
    assert not page.attributes & {"onerror", "onmouseover"}
    assert page.images[0]["alt"] == HOSTILE


def test_intro_shows_html_as_text() -> None:
    """Markdown may emphasise and link; HTML in it is shown, scripts and pictures are not understood."""
    shown = to_html("**fet** <b>nej</b> [x](javascript:alert(1)) ![b](http://x/y.png) [ja](https://a.se/)")
    assert "<strong>fet</strong>" in shown
    assert "&lt;b&gt;" in shown
    assert "<img" not in shown
    assert [link["href"] for link in Outline(shown).links] == ["http://x/y.png", "https://a.se/"]


def test_lines_of_a_wrapped_file_flow_together() -> None:
    """An editor's line breaks stand; those of a file that is wrapped by hand do not, and paragraphs and lists stay."""
    text = "Ett\ntvå\n\ntre\n\n- a\n- b"
    assert "<br>" in to_html(text)
    flowing = to_html(text, breaks=False)
    assert "<br>" not in flowing
    assert (flowing.count("<p>"), flowing.count("<li>")) == (2, 2)


def test_foreign_language_is_marked() -> None:
    """A quote in another language than the letter's says which, and so does its title; an editor's own words do not."""
    assert drawn(with_item(language="de")).html.count('lang="de"') == 2
    assert drawn(with_item(language="de", quoted=False)).html.count('lang="de"') == 1
    assert 'lang="de"' not in drawn(with_item(language="de", quoted=False, own_title=True)).html


def test_dark_sheet_stays_and_the_rest_is_inlined() -> None:
    """The rules for dark grounds survive the inlining, in both spellings; no class depends on a sheet for light."""
    page = drawn().html
    assert "prefers-color-scheme: dark" in page
    assert "[data-ogsc] .sheet" in page
    # What cuts linked pictures stands in a sheet of its own: programs that do not know it drop the whole sheet.
    assert re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL).count("<style") == 2
    assert re.search(r'<td class="side mast"[^>]*style="[^"]*padding', page)


def test_nothing_is_loaded_from_elsewhere_without_pictures() -> None:
    """A letter has no pixel, no font and no sheet from anywhere."""
    page = render(letter(), SV).html
    assert not Outline(page).images
    assert "url(" not in page
    assert "<link" not in page


@pytest.mark.parametrize("accent", ["#ffff00", "#2f6b3c", "white", "#111111", "rebeccapurple", "nonsense"])
def test_any_accent_can_be_read(accent: str) -> None:
    """Whatever colour the campaign has, words in it reach 4.5:1 on paper and at night."""
    assert contrast(readable(accent, PAPER), PAPER) >= 4.5
    assert contrast(readable(accent, NIGHT), NIGHT) >= 4.5


def test_text_part_holds_every_word() -> None:
    """The plain text is the whole letter: titles, words, senders and addresses, wrapped."""
    text = drawn(letter(5)).text
    for number in range(1, 6):
        assert f"Rubrik nummer {number}" in text
        assert f"https://hallandvaxer.example.se/stories/{number}" in text
        assert f"Avsändare {number} på Mastodon" in text
    assert max(len(line) for line in text.splitlines()) <= 78


@pytest.mark.parametrize("code", ["sv", "en"])
def test_both_languages_are_complete(code: str) -> None:
    """The letter can be drawn in both languages."""
    language = Language(code, ZoneInfo("Europe/Stockholm"))
    rendered = render(replace(letter(), language=code), language, banner="x")
    assert f'lang="{code}"' in rendered.html


@pytest.mark.parametrize(
    ("network", "words"),
    [("instagram", "Avsändaren framgår av inlägget på Instagram"), ("feed", "Avsändaren framgår av inlägget")],
)
def test_an_unknown_author_is_said_and_can_be_looked_up(network: str, words: str) -> None:
    """Both parts say where the author is named and lead there."""
    made = drawn(with_item(author="", network=network, original_url="https://instagram.example/p/1/"))
    assert '<a href="https://instagram.example/p/1/" style="' in made.html
    assert f">{words}</a>, måndag&nbsp;16&nbsp;november" in made.html
    assert words in made.text
    assert "https://instagram.example/p/1/" in made.text
    assert "https://instagram.example/p/1/" in [link["href"] for link in Outline(made.html).links]
