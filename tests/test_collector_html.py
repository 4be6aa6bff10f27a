"""Foreign HTML: what is kept, what a reader sees, and that nothing dangerous or slow survives."""

from __future__ import annotations

import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import nh3
import pytest

from campaign import hashtags
from collector import html, tidy

BASE = "https://www.example.se/nyheter/2026/"

TEXTS = [
    ("#<span>hallandväxer</span>", "#hallandväxer"),
    ("#<b>halland</b><i>växer</i>", "#hallandväxer"),
    ("#halland<wbr>växer", "#hallandväxer"),
    ("#halland&shy;växer", "#hallandväxer"),
    ("#hallandv&auml;xer &#228;r h&#xE4;r", "#hallandväxer är här"),
    ("ett<br>två<br/>tre", "ett\ntvå\ntre"),
    ("<p>ett</p><p>två</p>", "ett\n\ntvå"),
    ("ett<div>två</div>tre", "ett\ntvå\ntre"),
    ("<ul><li>ett</li><li>två</li></ul>slut", "ett\ntvå\n\nslut"),
    ("  ett \n\t två  ", "ett två"),
    ("ett<br><br>två<br></p>", "ett\n\ntvå"),
    ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
    ("<pre>a  b\n  c</pre>", "a  b\n  c"),
    ("1 &lt; 2 &amp;&amp; 3", "1 < 2 && 3"),
    ("före<script>alert(1)</script>efter", "föreefter"),
    ("före<style>p{}</style><!-- dolt -->efter", "föreefter"),
    ('<img class="emoji" alt="🌱" src="/1f331.png">gro', "🌱gro"),
    ("\x00ett\x07 två\ud800", "ett två"),
    ("oavslutat <b>fet <i>kursiv", "oavslutat fet kursiv"),
    ("", ""),
]


@pytest.mark.parametrize(("source", "expected"), TEXTS)
def test_text_is_what_a_reader_sees(source: str, expected: str) -> None:
    """Inline elements join, blocks break, entities are decoded, and nothing invisible is left."""
    assert html.text(source) == expected


def test_a_mastodon_link_is_shortened_as_its_reader_sees_it() -> None:
    """Invisible parts go, an ellipsis stands for the cut, and the link keeps its whole address."""
    found = html.clean(
        '<a href="https://example.se/en/lang/adress"><span class="invisible">https://</span>'
        '<span class="ellipsis">example.se/en</span><span class="invisible">/lang/adress</span></a>'
    )
    assert found.text == "example.se/en…"
    assert found.html == f'<a href="https://example.se/en/lang/adress" rel="{html.REL}">example.se/en…</a>'


def test_a_tag_split_over_elements_is_found() -> None:
    """Mastodon's own markup of a hashtag gives the hashtag."""
    source = '<p>Nytt <a href="/tags/x" class="mention hashtag" rel="tag">#<span>HallandVäxer</span></a>!</p>'
    assert hashtags.find(html.text(source)) == ("HallandVäxer",)


LINKS = [
    ("/om", "https://www.example.se/om"),
    ("sida.html", "https://www.example.se/nyheter/2026/sida.html"),
    ("//annan.se/x", "https://annan.se/x"),
    (" https://a.se/å ", "https://a.se/å"),
    ("mailto:a@b.se", "mailto:a@b.se"),
    ("javascript:alert(1)", None),
    ("JaVaScRiPt:alert(1)", None),
    ("&#1;javascript:alert(1)", None),
    ("java\nscript:alert(1)", None),
    ("data:text/html,x", None),
    ("file:///etc/passwd", None),
    ("ftp://a.se/", None),
    ("http://[::1", None),
]


@pytest.mark.parametrize(("href", "expected"), LINKS)
def test_links_are_resolved_and_of_the_web(href: str, expected: str | None) -> None:
    """A link is absolute with http, https or mailto, or it is no link."""
    found = html.clean(f'<a href="{href}">x</a>', BASE).html
    assert found == ("x" if expected is None else f'<a href="{expected}" rel="{html.REL}">x</a>')


def test_pictures_leave_the_html_with_their_words() -> None:
    """An <img> becomes a picture with its author's alt text; missing and empty alt are told apart."""
    found = html.clean(
        '<p>a<img src="/1.jpg" alt="En åker" width="640" height="480"><img src=2.jpg alt=""><img src=3.jpg>b', BASE
    )
    assert found.html == "<p>ab</p>"
    assert [(image.url, image.alt, image.width, image.height) for image in found.images] == [
        ("https://www.example.se/1.jpg", "En åker", 640, 480),
        ("https://www.example.se/nyheter/2026/2.jpg", "", None, None),
        ("https://www.example.se/nyheter/2026/3.jpg", None, None, None),
    ]


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="/p.gif" width="1" height="1">',
        '<img src="/p.gif" width="0" height="0">',
        '<img src="/p.gif" width=1>',
        '<img src="/p.gif" height="1px">',
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
        '<img src="javascript:alert(1)">',
    ],
)
def test_pixels_that_count_readers_are_dropped(pixel: str) -> None:
    """A picture of one pixel, or of no web address, is none."""
    assert html.clean(pixel, BASE).images == ()


def test_a_picture_loaded_late_is_found_by_its_own_address() -> None:
    """The place-holder of a lazily loaded picture gives way to the address that waits beside it."""
    found = html.clean('<img src="/tom.gif" data-src="/riktig.jpg" alt="x">', BASE)
    assert [image.url for image in found.images] == ["https://www.example.se/riktig.jpg"]


def test_plain_text_becomes_paragraphs_and_links() -> None:
    """Plain text is escaped; empty lines part paragraphs; punctuation after an address is no part of it."""
    found = html.from_text("Läs <mer>: https://a.se/b?c=1&d=2).\nRad två\n\n\n\nNytt stycke")
    assert found.text == "Läs <mer>: https://a.se/b?c=1&d=2).\nRad två\n\nNytt stycke"
    assert found.html == (
        f'<p>Läs &lt;mer&gt;: <a href="https://a.se/b?c=1&amp;d=2" rel="{html.REL}">https://a.se/b?c=1&amp;d=2</a>).'
        "<br>Rad två</p><p>Nytt stycke</p>"
    )


HOSTILE = {
    "nested blocks": "<div>" * 40_000,
    "nested lists": "<ul><li>" * 25_000,
    "wrong ends": "<div></x>" * 22_000,
    "unclosed formatting": "<b></p>" * 28_000,
    "opening brackets": "<" * 200_000,
    "half tags": "<a" * 100_000,
    "open comments": "<!--" * 50_000,
    "ampersands": "&" * 200_000,
    "attributes": "<a " + "x " * 99_000 + ">",
    "spaces": "a" + " " * 199_000 + "b",
    "breaks": "<br> " * 40_000,
    "declarations": "<![CDATA[" * 22_000,
    "misnested": "<a><b>" * 199 + "</b></a>" * 199,
    "over the limit": "<p>ord</p>" * 1_000_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_markup_costs_no_time(source: str) -> None:
    """However it is built, the HTML of one post is read in well under a second."""
    began = time.process_time()
    html.clean(source, BASE)
    assert time.process_time() - began < 1.5


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def _check_harmless(source: str) -> None:
    found = html.clean(source, BASE)
    seen = _Seen()
    seen.feed(found.html)
    for tag, attributes in seen.tags:
        assert tag in html.KEPT, source
        assert set(attributes) <= ({"href", "rel"} if tag == "a" else set()), source
        if "href" in attributes:
            assert urlsplit(str(attributes["href"])).scheme in ("http", "https", "mailto"), source
    for image in found.images:
        assert image.url.startswith(("http://", "https://")), source
    again = nh3.clean(found.html, tags=set(html.KEPT), attributes={"a": {"href"}}, link_rel=html.REL)
    assert again.count("<") == found.html.count("<"), source


def test_known_attacks_leave_nothing_behind(corpus: Path) -> None:
    """Of every known attack only allowed elements, web links and text are left, and nh3 finds no more to take."""
    area = corpus / "xss"
    sources = [
        case["input"] for case in json.loads((area / "html5lib-python/sanitizer-testdata/tests1.dat").read_text())
    ]
    sources += json.loads((area / "blns/blns.json").read_text())
    for page in sorted((area / "owasp-cheatsheets").glob("*.md")):
        sources += re.findall(r"^(?!```)(.*<.*)$", page.read_text(), re.MULTILINE)
    sources += [
        path.read_text(errors="replace") for path in sorted((corpus / "feeds/feedparser/wellformed/sanitize").iterdir())
    ]
    assert len(sources) > 1000
    for source in sources:
        _check_harmless(source)


ADDRESSES = [
    ("http://a.se", "", "http://a.se"),
    ("/b", "http://a.se/c", "http://a.se/b"),
    ("/b", "", ""),
    ("HTTP://A.se/x y", "", "http://A.se/x%20y"),
    ("http://a.se:99999/", "", ""),
    ("http://", "", ""),
    ("javascript:x", "http://a.se", ""),
    ("x" * 3000, "http://a.se", ""),
    (None, "", ""),
    (12, "", ""),
]


@pytest.mark.parametrize(("value", "base", "expected"), ADDRESSES)
def test_an_address_is_absolute_and_of_the_web_or_empty(value: object, base: str, expected: str) -> None:
    """What is no web address comes out empty."""
    assert tidy.address(value, base) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(640, 640), ("640", 640), ("640px", 640), (640.5, 640), ("50%", None), (0, None), (-1, None), (True, None),
     (None, None), ("٣", None), (10**9, None), (float("nan"), None), ("9" * 5000, None)],
)  # fmt: skip
def test_a_size_is_a_sensible_number_of_pixels_or_unknown(value: object, expected: int | None) -> None:
    """Sizes come as numbers, words and nonsense."""
    assert tidy.number(value) == expected
