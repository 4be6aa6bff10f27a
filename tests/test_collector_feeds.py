"""Feeds of every kind, as candidates: names, links, words, pictures, and refusals by name."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from campaign.errors import CollectError
from campaign.records import Candidate
from collector import feeds
from collector.entries import Parsed

URL = "https://www.example.se/nyheter.rss"
STOCKHOLM = ZoneInfo("Europe/Stockholm")
MEDIA = "xmlns:media='http://search.yahoo.com/mrss/'"


def parse(body: str | bytes, *, url: str = URL, content_type: str = "application/xml", final_url: str = "") -> Parsed:
    data = body.encode() if isinstance(body, str) else body
    return feeds.parse(data, url=url, content_type=content_type, zone=STOCKHOLM, final_url=final_url)


def item(inside: str, *, channel: str = "<title>Nytt</title>", attributes: str = "") -> Candidate:
    """The one candidate of an RSS feed with this inside its item."""
    body = f"<rss version='2.0' {attributes}><channel>{channel}<item>{inside}</item></channel></rss>"
    (found,) = parse(body).candidates
    return found


def atom(inside: str, *, attributes: str = "") -> Candidate:
    body = f"<feed xmlns='http://www.w3.org/2005/Atom' {attributes}><title>Nytt</title><entry>{inside}</entry></feed>"
    (found,) = parse(body).candidates
    return found


def test_an_rss_item_becomes_a_candidate() -> None:
    """Every field that RSS has finds its place."""
    found = item(
        "<guid isPermaLink='false'>17</guid><link>/2026/skogaby</link><title>Ny cykelväg &amp;amp; bro</title>"
        "<pubDate>Mon, 04 May 2026 11:12:00 +0200</pubDate><category>hallandväxer</category><category>cykel</category>"
        "<description>&lt;p&gt;Tre mil blev &lt;b&gt;fyra&lt;/b&gt;."
        "&lt;img src='/i.jpg' alt='Bron'&gt;&lt;/p&gt;</description>"
        "<author>anna@example.se (Anna Ek)</author>",
        channel="<title>Näringslivsnytt</title><link>https://www.example.se/</link><language>sv-SE</language>",
    )
    assert (found.network, found.identity) == ("feed", "www.example.se/nyheter.rss 17")
    assert found.url == "https://www.example.se/2026/skogaby"
    assert (found.title, found.text) == ("Ny cykelväg & bro", "Tre mil blev fyra.")
    assert found.html == "<p>Tre mil blev <b>fyra</b>.</p>"
    assert found.published_at == datetime(2026, 5, 4, 9, 12, tzinfo=UTC)
    assert found.tags == ("hallandväxer", "cykel")
    assert not found.tags_folded
    assert (found.author_name, found.author_handle) == ("Anna Ek", "example.se")
    assert found.language == "sv"
    assert [(media.url, media.alt) for media in found.media] == [("https://www.example.se/i.jpg", "Bron")]
    assert dict(found.local) == {"guid": "17"}


def test_an_atom_entry_becomes_a_candidate() -> None:
    """Links are resolved against xml:base, the language is the entry's, an edit is told from a publication."""
    found = atom(
        "<id>tag:example.se,2026:1</id><link href='skogaby'/><title type='text'>1 &lt; 2</title>"
        "<published>2026-05-04T11:12:00+02:00</published><updated>2026-05-05T08:00:00+02:00</updated>"
        "<category term='cykel'/><author><name>Redaktionen</name><uri>https://www.example.se/om</uri></author>"
        "<content type='html' xml:lang='en'>&lt;a href='x'&gt;Läs&lt;/a&gt;</content>",
        attributes="xml:base='https://annan.se/nytt/'",
    )
    assert found.url == "https://annan.se/nytt/skogaby"
    assert found.title == "1 < 2"
    assert found.edited_at == datetime(2026, 5, 5, 6, tzinfo=UTC)
    assert (found.author_name, found.author_url) == ("Redaktionen", "https://www.example.se/om")
    assert found.language == "en"
    assert 'href="https://annan.se/nytt/x"' in found.html


def test_json_feed_becomes_candidates() -> None:
    """JSON Feed gives the same as the same words in XML would."""
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Näringslivsnytt",
        "home_page_url": "https://www.example.se/",
        "language": "sv",
        "items": [
            {
                "id": 17,
                "url": "/2026/skogaby",
                "title": "Cykelväg invigd",
                "content_html": "<p>Tre mil blev fyra.</p>",
                "image": "/i/1.jpg",
                "date_published": "2026-05-04T11:12:00+02:00",
                "date_modified": "2026-05-05T08:00:00+02:00",
                "authors": [{"name": "Redaktionen", "url": "https://www.example.se/om"}],
                "tags": ["hallandväxer", 3],
                "attachments": [{"url": "/film.mp4", "mime_type": "video/mp4"}, "x", {"url": "/a.zip"}],
            },
            "no item",
        ],
    }
    (found,) = parse(json.dumps(body), content_type="application/feed+json").candidates
    assert found.identity == "www.example.se/nyheter.rss 17"
    assert found.url == "https://www.example.se/2026/skogaby"
    assert (found.title, found.text, found.language) == ("Cykelväg invigd", "Tre mil blev fyra.", "sv")
    assert found.published_at == datetime(2026, 5, 4, 9, 12, tzinfo=UTC)
    assert found.edited_at == datetime(2026, 5, 5, 6, tzinfo=UTC)
    assert found.tags == ("hallandväxer",)
    assert [(media.url, media.kind) for media in found.media] == [
        ("https://www.example.se/film.mp4", "video"),
        ("https://www.example.se/i/1.jpg", "image"),
    ]


NAMES = [
    ("<guid>https://example.se/1</guid><link>https://example.se/2</link>", "https://example.se/1"),
    ("<guid>/1</guid><link>https://example.se/2</link>", "/1"),
    ("<link>https://example.se/2?utm_source=rss&amp;a=1&amp;utm_medium=x#topp</link>", "https://example.se/2?a=1"),
    ("<link>https://example.se/2?utm_source=rss</link>", "https://example.se/2"),
]


@pytest.mark.parametrize(("inside", "name"), NAMES)
def test_a_post_is_named_by_its_guid_else_by_its_link(inside: str, name: str) -> None:
    """The guid counts as written, though it be relative; of a link, what only counts readers does not."""
    assert item(inside).identity == f"www.example.se/nyheter.rss {name}"


def test_a_nameless_post_is_named_by_its_words() -> None:
    """Without guid and link the words and the date make the name, the same each time."""
    first, second = item("<title>Ett</title>"), item("<title>Två</title>")
    assert first.identity == item("<title>Ett</title>").identity != second.identity
    assert first.identity.startswith("www.example.se/nyheter.rss sha256:")


def test_an_entry_of_nothing_is_no_post() -> None:
    """What has neither name, words nor pictures is left out."""
    assert parse("<rss version='2.0'><channel><item></item></channel></rss>").candidates == ()


def test_a_name_belongs_to_its_feed_whatever_the_scheme() -> None:
    """Two feeds may use one id for two posts; the move of a feed to https makes no new posts."""
    body = "<rss version='2.0'><channel><item><guid>1</guid></item></channel></rss>"
    names = {parse(body, url=url).candidates[0].identity for url in ("http://a.se/f", "https://A.se/f")}
    assert names == {"a.se/f 1"}
    assert parse(body, url="https://a.se/g").candidates[0].identity == "a.se/g 1"
    assert "hemligt" not in parse(body, url="https://a.se/g?token=hemligt").candidates[0].identity


def test_of_two_entries_with_one_name_the_first_counts() -> None:
    """A feed that repeats itself gives each post once."""
    body = "<rss version='2.0'><channel>" + "".join(
        f"<item><guid>1</guid><title>{title}</title></item>" for title in ("Ett", "Två")
    )
    assert [found.title for found in parse(body + "</channel></rss>").candidates] == ["Ett"]


def test_a_long_name_is_bounded_and_still_its_own() -> None:
    """An id of any length gives a name that a database can index."""
    first, second = (item(f"<guid isPermaLink='false'>{'x' * 3000}{end}</guid>").identity for end in "ab")
    assert len(first) < 800
    assert first != second


def test_links_that_are_not_of_the_web_give_way_to_the_feeds_own_page() -> None:
    """A javascript: link is none; the reader is led to the page of the feed."""
    found = item("<guid>1</guid><link>javascript:alert(1)</link>", channel="<link>https://www.example.se/</link>")
    assert found.url == "https://www.example.se/"


def test_relative_links_are_resolved_against_where_the_feed_was_found() -> None:
    """After a redirect the final address counts; the name stays that of the source."""
    body = "<rss version='2.0'><channel><item><guid isPermaLink='false'>1</guid><link>b</link></item></channel></rss>"
    (found,) = parse(body, final_url="https://ny.example.se/flode/rss").candidates
    assert (found.url, found.identity) == ("https://ny.example.se/flode/b", "www.example.se/nyheter.rss 1")


WORDS = [
    ("<description>rad ett\nrad två</description>", "rad ett\nrad två"),
    ("<description>a &lt;br&gt; b</description>", "a\nb"),
    ("<description><![CDATA[<p>#<span>hallandväxer</span></p>]]></description>", "#hallandväxer"),
    ("<description>kort</description><content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
     "&lt;p&gt;lång&lt;/p&gt;</content:encoded>", "lång"),
    ("<description>hallandv&auml;xer &amp; mer</description>", "hallandväxer & mer"),
    ("<description>Halland & Skåne</description>", "Halland & Skåne"),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "text"), WORDS)
def test_the_words_are_those_a_reader_sees(inside: str, text: str) -> None:
    """Plain or HTML, whole or broken, the words arrive, and with them the hashtag."""
    assert item("<guid>1</guid>" + inside).text == text


ENCODINGS = [
    ("utf-8", "utf-8", ""),
    ("iso-8859-1", "iso-8859-1", ""),
    ("utf-8", "iso-8859-1", ""),
    ("windows-1252", "windows-1252", ""),
    ("utf-16", "utf-16", ""),
    ("utf-16", "utf-16-le", ""),
    ("utf-16", "utf-16-be", ""),
    ("utf-32", "utf-32", ""),
    ("utf-16", "utf-8", ""),
    ("punycode", "utf-8", ""),
    ("finns-inte", "utf-8", ""),
    ("utf-8", "utf-8", "; charset=iso-8859-1"),
    ("iso-8859-1", "iso-8859-1", "; charset=utf-8"),
    ("utf-8", "utf-8-sig", "; charset=us-ascii"),
]


@pytest.mark.parametrize(("declared", "actual", "charset"), ENCODINGS)
def test_letters_survive_every_encoding_and_every_lie_about_it(declared: str, actual: str, charset: str) -> None:
    """å, ä and ö arrive whatever the declaration says and the server adds."""
    body = (
        f"<?xml version='1.0' encoding='{declared}'?><rss version='2.0'><channel><item><guid>1</guid>"
        "<title>Åäö i #hallandväxer</title></item></channel></rss>"
    )
    (found,) = parse(body.encode(actual), content_type="application/rss+xml" + charset).candidates
    assert found.title == "Åäö i #hallandväxer"


def test_words_of_a_picture_are_its_alt_text_not_the_entrys_text() -> None:
    """Mastodon's feeds describe each picture inside it."""
    found = item(
        "<guid>1</guid><description>&lt;p&gt;Invigt&lt;/p&gt;</description>"
        "<media:content url='https://f.se/o.jpg' type='image/jpeg' medium='image' width='640' height='480'>"
        "<media:rating scheme='urn:simple'>adult</media:rating>"
        "<media:description type='plain'>Tre barn och ett band</media:description></media:content>",
        attributes=MEDIA,
    )
    assert found.text == "Invigt"
    (media,) = found.media
    assert (media.url, media.alt, media.width) == ("https://f.se/o.jpg", "Tre barn och ett band", 640)
    assert found.sensitive


def test_a_description_beside_the_picture_is_the_text_where_there_is_none() -> None:
    """A film's feed has its words in the group of its media; the thumbnail stands for the film."""
    found = item(
        "<guid>1</guid><media:group><media:content url='https://f.se/f.mp4' type='video/mp4'/>"
        "<media:thumbnail url='https://f.se/t.jpg' width='480' height='360'/>"
        "<media:description>Om filmen</media:description></media:group>",
        attributes=MEDIA,
    )
    assert found.text == "Om filmen"
    assert [(media.url, media.kind) for media in found.media] == [
        ("https://f.se/f.mp4", "video"),
        ("https://f.se/t.jpg", "image"),
    ]


def test_enclosures_are_pictures_films_and_sounds_each_once() -> None:
    """Other files are left out; a picture that also stands in the text counts once, with its words."""
    found = item(
        "<guid>1</guid><enclosure url='https://f.se/1.jpg' type='image/jpeg' length='1'/>"
        "<enclosure url='https://f.se/2.mp3' type='audio/mpeg'/>"
        "<enclosure url='https://f.se/3.pdf' type='application/pdf'/>"
        "<enclosure url='file:///etc/passwd' type='image/png'/>"
        "<description>&lt;img src='https://f.se/1.jpg' alt='En bild'&gt;</description>"
    )
    assert [(media.url, media.kind, media.alt) for media in found.media] == [
        ("https://f.se/1.jpg", "image", "En bild"),
        ("https://f.se/2.mp3", "audio", None),
    ]


def test_a_mail_address_is_no_author() -> None:
    """RSS asks for a mail address as author; it is not published; the feed stands for its author."""
    assert item("<guid>1</guid><author>anna@example.se</author>").author_name == "Nytt"


def test_a_feed_without_entries_is_a_feed() -> None:
    """Nothing new is no error."""
    assert parse("<rss version='2.0'><channel><title>Tomt</title></channel></rss>").candidates == ()
    assert parse('{"version": "https://jsonfeed.org/version/1", "items": []}').candidates == ()


BOMB = "<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>"
ROOT = "<rss version='2.0'><channel><title>&b;</title></channel></rss>"
REFUSED = [
    ("", "feed_empty_body"),
    (" \n\t", "feed_empty_body"),
    ("\ufeff", "feed_empty_body"),
    ("<!doctype html><title>x</title>", "feed_is_html"),
    ("<html><body><p>Hej</p></body></html>", "feed_is_html"),
    ("<h1>502 Bad Gateway</h1>", "feed_is_html"),
    ("bara ord", "feed_unreadable"),
    ("<!-- aldrig stängd <rss>", "feed_unreadable"),
    ("<unknown/>", "feed_unreadable"),
    ("<opml version='2.0'><body/></opml>", "feed_is_opml"),
    ("{}", "feed_json_bad"),
    ("[]", "feed_json_bad"),
    ("{", "feed_json_bad"),
    ("[" * 100_000, "feed_json_bad"),
    ('{"version": "https://jsonfeed.org/version/1"}', "feed_json_bad"),
    (f"<!DOCTYPE rss [{BOMB}]>{ROOT}", "feed_entities"),
    (f"<!DOCTYPE rss [\n<!-- ' ]> -->{BOMB}]>{ROOT}", "feed_entities"),
    (f"<!DOCTYPE rss [<!ATTLIST rss x CDATA ']>'>{BOMB}]>{ROOT}", "feed_entities"),
    (f"<?pi ?>\n<!-- <rss> --><!DOCTYPE rss SYSTEM \"x>y\" [<?pi ]> ?>{BOMB}]>{ROOT}", "feed_entities"),
    ("<!DOCTYPE rss [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>" + ROOT, "feed_entities"),
    (f"<!doctype rss [{BOMB.lower()}]>{ROOT}", "feed_entities"),
    (f"<!DOCTYPE rss [{BOMB}", "feed_entities"),
    ((f"<!DOCTYPE rss [{BOMB}]>{ROOT}").encode("utf-16"), "feed_entities"),
    ((f"<!DOCTYPE rss [{BOMB}]>{ROOT}").encode("utf-16-be"), "feed_entities"),
    ((f"<!DOCTYPE rss [{BOMB}]>{ROOT}").encode("utf-32"), "feed_entities"),
    ((f"<?xml version='1.0' encoding='utf-7'?><!DOCTYPE rss [{BOMB}]>{ROOT}"), "feed_entities"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "key"), REFUSED)
def test_what_is_no_feed_is_refused_by_name(body: str | bytes, key: str) -> None:
    """Each body that cannot be used says which way it is wrong."""
    with pytest.raises(CollectError) as refused:
        parse(body)
    assert refused.value.key == key


def test_words_about_entities_are_no_entities() -> None:
    """An article about XML is read; what it quotes declares nothing."""
    found = item(
        "<guid>1</guid><title>Om DTD</title><description><![CDATA[<!DOCTYPE x [<!ENTITY a 'b'>]>]]></description>"
    )
    assert found.title == "Om DTD"


def test_a_comment_cannot_smuggle_a_declaration_in() -> None:
    """Before the root nothing is left for a second parser to read otherwise than the first."""
    body = f"<!--\n<!DOCTYPE a -->\n<rss><channel><title>x</title></channel></rss>--><!DOCTYPE rss [{BOMB}]>{ROOT}"
    began = time.process_time()
    assert parse(body).candidates == ()
    assert time.process_time() - began < 1


def _inside(words: str) -> str:
    return f"<rss version='2.0' {MEDIA}><channel><item><guid>1</guid>{words}</item></channel></rss>"


HOSTILE = {
    "declared encodings": "<?" + "encoding='" * 20_000,
    "open comments": "<!--" * 50_000,
    "quotes in a doctype": "<!DOCTYPE x [ " + "\"'" * 100_000,
    "brackets in a doctype": "<!DOCTYPE x " + "[<" * 100_000,
    "namespaces": "<rss " + " ".join(f"xmlns:a{i}='u{i}'" for i in range(10_000)) + "/>",
    "attributes": "<rss " + " ".join(f"x{i}='>'" for i in range(20_000)) + "/>",
    "categories": _inside("".join(f"<category>t{i}</category>" for i in range(9_000))),
    "keywords": _inside("<media:keywords>" + "a," * 50_000 + "</media:keywords>"),
    "an author": _inside("<author>" + "a" * 300_000 + "</author>"),
    "nesting": "<rss>" + "<a>" * 40_000,
    "charrefs": "<rss><item><title>" + "&#x" * 50_000 + "</title>",
    "a huge charref": "<rss><item><title>&#99999999999;</title>",
    "a date": _inside("<pubDate>" + "1:" * 100_000 + "T</pubDate>"),
    "open cdata": "<rss><item><description>" + "<![CDATA[" * 20_000,
    "a base": "<rss xml:base='" + "../" * 60_000 + "'><channel><item><link>../x</link></item></channel></rss>",
    "fields of another shape": _inside("<links a='b'/><link>http://a.se</link><authors a='b'/><author>x</author>"
                                       "<published_parsed a='b'/><title_detail a='b'/><content a='b'/><tags a='b'/>"),
    "a number": '{"version":"https://jsonfeed.org/version/1","items":[{"id":' + "1" * 200_000 + "}]}",
    "half a letter": '{"version":"https://jsonfeed.org/version/1","items":[{"id":"\\ud800","title":"\\ud800\\u0000x"}]}',
}  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies_cost_no_time_and_end_in_a_name(body: str) -> None:
    """Whatever a body does, it is read or refused by name within seconds, and what is kept can be stored."""
    began = time.process_time()
    try:
        found = parse(body).candidates
    except CollectError as error:
        assert error.key.startswith("feed_")  # noqa: PT017 - both ends are right
    else:
        for candidate in found:
            assert "\0" not in candidate.title + candidate.identity
            (candidate.title + candidate.identity + candidate.text).encode()
    assert time.process_time() - began < 4
