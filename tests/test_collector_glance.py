"""The look at a raw body must never say no to a feed that holds the tag."""

from __future__ import annotations

from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from campaign import hashtags
from campaign.errors import CollectError
from collector import feeds, glance
from collector.decide import belongs
from conftest import HALLAND

TAGS = hashtags.spellings(HALLAND.hashtags)
FILLING = "<item><title>En annan nyhet om något helt annat</title></item>" * 100

HOLDS = [
    "#hallandväxer",
    "#HALLANDVÄXER",
    "#hallandva\u0308xer",
    "#ｈａｌｌａｎｄväxer",
    "&#35;h&#97;llandv&#228;xer",
    "#hallandv&auml;xer",
    "#h&amp;#97;llandv&amp;auml;xer",
    "#hall&shy;and&amp;shy;växer",
    "#hall<b>and</b>växer",
    "#hall&lt;b class='x'&gt;and&lt;/b&gt;växer",
    "#hall<!-- < -->andväxer",
    "<![CDATA[#hall]]><![CDATA[andväxer]]>",
    "#HALLANDVAXER",
]


def _feed(inside: str) -> str:
    return f"<rss version='2.0'><channel>{FILLING}<item><guid>1</guid>{inside}</item></channel></rss>"


@pytest.mark.parametrize("words", HOLDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_tag_is_seen_however_it_is_written(words: str, encoding: str) -> None:
    """References, markup between letters, other forms of letters and wide encodings hide nothing."""
    assert glance.may_hold(_feed(f"<description>{words}</description>").encode(encoding), "", TAGS)


def test_a_tag_among_the_categories_is_seen() -> None:
    """A tag may stand in an attribute."""
    body = f"<feed xmlns='http://www.w3.org/2005/Atom'>{FILLING}<entry><category term='Hallandväxer'/></entry></feed>"
    assert glance.may_hold(body.encode(), "", TAGS)


@pytest.mark.parametrize(
    "body",
    [
        "<html>" + "x" * 9000 + "</html>",
        _feed("") + "<",
        _feed("")[:-20],
        '{"items": []}' + " " * 9000,
        "<rss>base64</rss>",
    ],
)
def test_what_cannot_be_judged_is_read(body: str) -> None:
    """Only a whole feed in XML is passed over; all else is parsed, and refused there if it must be."""
    assert glance.may_hold(body.encode(), "", TAGS)


def test_a_feed_without_the_tag_is_passed_over() -> None:
    """A feed about other things need not be parsed."""
    assert not glance.may_hold(_feed("<title>Halland växer</title>").encode(), "", TAGS)


def test_no_feed_of_the_corpus_is_passed_over_wrongly(corpus: Path) -> None:
    """For two words that stand in many feeds: whatever holds the word as a tag is read."""

    passed = 0
    for path in sorted((corpus / "feeds").rglob("*.[xra][mst]*")):
        body = path.read_bytes()
        for word in ("example", "google"):
            if glance.may_hold(body, "application/xml", (word,)):
                continue
            passed += 1
            try:
                found = feeds.parse(body, url="http://a.se/", content_type="application/xml", zone=ZoneInfo("UTC"))
            except CollectError:
                pytest.fail(f"{path.name} is refused, and was passed over")
            assert not any(
                hashtags.belongs(f"{each.title}\n{each.text}", each.tags, (word,)) for each in found.candidates
            ), path.name
    assert passed > 10


def test_no_way_to_hide_a_tag_that_the_parser_sees_through_hides_it_from_a_glance() -> None:
    """Letters of four hundred tags written in odd forms, with odd things between them: what is found is seen."""
    choose, found = Random(7), 0
    for _ in range(400):
        word = "".join(_oddly(letter, choose) for letter in "hallandväxer")
        body = _feed(f"<description>#{word} {choose.choice(BETWEEN)} slut</description>").encode()
        try:
            parsed = feeds.parse(body, url="http://a.se/", content_type="application/xml", zone=ZoneInfo("UTC"))
        except CollectError:
            continue
        if any(belongs(candidate, HALLAND) for candidate in parsed.candidates):
            found += 1
            assert glance.may_hold(body, "application/xml", TAGS), word
    assert found > 50


BETWEEN = (
    "", "<b>", "</b>", "&lt;b&gt;", "&lt;/b&gt;", "&amp;lt;i&amp;gt;", "<![CDATA[", "]]>", "<!-- x -->",
    "&lt;!-- --&gt;", "&#173;", "\u00ad", "&shy;", "\n", "\t", "&#104;", "&amp;#97;", "\ufb01", "\u00df", "\u017f",
)  # fmt: skip
ODD = {"h": ("H", "&#104;", "\uff48", "&amp;#x68;"), "a": ("A", "&#97;", "\uff41"), "v": ("V", "\u2174", "&#118;")}


def _oddly(letter: str, choose: Random) -> str:
    written = choose.choice(ODD.get(letter, (letter.upper(),))) if choose.random() < 0.2 else letter
    return written + (choose.choice(BETWEEN) if choose.random() < 0.08 else "")
