"""A pasted link: whose post it is, and what its page and its network tell anybody of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from campaign.errors import CollectError, InputError
from campaign.pasted import place, tidied
from campaign.records import Candidate
from campaign.settings import FetchSettings
from collector import heads
from collector.links import OEMBED, look
from conftest import NOW
from faults import FAULTS, Fault
from net.answers import Answer
from net.http import Fetcher
from servers import Reply, Server, redirect

DATA = Path(__file__).parent / "data/networks/link"
HTML = {"Content-Type": "text/html; charset=utf-8"}
ARTICLE = "https://www.exempelposten.example.se/nyheter/cykelvag"


class Relay(Fetcher):
    """Asks for every host at one server on loopback, as a relay in front of the machine would: /HOST/PATH."""

    def __init__(self, server: Server, *, seconds: float) -> None:
        settings = FetchSettings(allow=(server.address,), per_host=timedelta(0), total=timedelta(seconds=seconds))
        super().__init__(settings, version="0", clock=lambda: NOW)
        self.server = server

    def fetch(self, url: str, **more: Any) -> Answer:
        """Ask, and give the answer its own address back."""
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        answer = super().fetch(self.server.url(f"/{parts.netloc}{parts.path}{query}"), **more)
        host, _, path = urlsplit(answer.url).path.lstrip("/").partition("/")
        return replace(answer, url=f"https://{host}/{path}")


def looked(server: Server, url: str, *, seconds: float = 5) -> Candidate:
    """Look at a link whose host the server plays."""
    with Relay(server, seconds=seconds) as relay:
        return look(relay, url, now=NOW)


def played(**answers: str) -> dict[str, Any]:
    """Routes from host and path to a file of the folder."""
    kinds = {".json": "application/json", ".html": HTML["Content-Type"]}
    return {
        path: Reply(body=(DATA / name).read_bytes(), headers={"Content-Type": kinds[Path(name).suffix]})
        for path, name in answers.items()
    }


def oembed(network: str) -> str:
    """The path of a network's own door."""
    parts = urlsplit(OEMBED[network])
    return f"/{parts.netloc}{parts.path}"


ROUTES: Mapping[str, Mapping[str, str]] = {
    ARTICLE + "?utm_source=x": {"/www.exempelposten.example.se/nyheter/cykelvag": "article.html"},
    "https://social.example.se/@byalaget/1165": {
        "/social.example.se/@byalaget/1165": "mastodon.html",
        "/social.example.se/api/oembed": "mastodon.oembed.json",
    },
    "https://www.linkedin.com/posts/anna-ek_vi-vaxer-activity-7300000000000000000-AbCd?utm_source=share": {
        "/www.linkedin.com/posts/anna-ek_vi-vaxer-activity-7300000000000000000-AbCd": "posting.html"
    },
    "https://twitter.com/byalaget/status/1990000000000000000?s=20": {oembed("x"): "x.oembed.json"},
    "https://bsky.app/profile/byalaget.example.se/post/3l5x": {oembed("bluesky"): "bluesky.oembed.json"},
    "https://youtu.be/dQw4w9WgXcQ?si=abc": {oembed("youtube"): "youtube.oembed.json"},
    "https://www.tiktok.com/@byalaget/video/7570000000000000000": {oembed("tiktok"): "tiktok.oembed.json"},
}


@pytest.mark.parametrize("url", ROUTES)
def test_links_become_posts(url: str) -> None:
    """What each network and page tells is the record beside it: words, author, date, picture, its own name for it."""
    with Server(played(**ROUTES[url])) as server:
        found = json.loads(json.dumps(asdict(looked(server, url)), default=str))
    assert found == json.loads((DATA / "expected.json").read_text(encoding="utf-8"))[url]


@pytest.mark.parametrize(
    ("url", "network", "identity"),
    [
        ("https://x.com/a/status/20?s=1", "x", "20"),
        ("https://mobile.twitter.com/i/web/status/20", "x", "20"),
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3", "youtube", "dQw4w9WgXcQ"),
        ("https://m.youtube.com/shorts/dQw4w9WgXcQ", "youtube", "dQw4w9WgXcQ"),
        ("https://www.instagram.com/byalaget/reel/Cxyz_-1/?igsh=1", "instagram", "instagram.com/p/Cxyz_-1"),
        ("https://instagram.com/p/Cxyz_-1", "instagram", "instagram.com/p/Cxyz_-1"),
        ("https://m.facebook.com/story.php?story_fbid=200&id=100&mibextid=x", "facebook", "100_200"),
        ("https://www.facebook.com/100/posts/en-rubrik/200", "facebook", "100_200"),
        ("https://www.facebook.com/Byalaget/posts/pfbid02", "facebook", "facebook.com/Byalaget/posts/pfbid02"),
        ("https://www.linkedin.com/feed/update/urn:li:share:7/?x=1", "linkedin", "urn:li:share:7"),
        ("https://www.tiktok.com/@a/video/757?is_from=1", "tiktok", "757"),
        ("https://www.threads.net/@a/post/C_1-x", "threads", "threads.com/post/C_1-x"),
        ("https://bsky.app/profile/did:plc:abc/post/3l5x", "bluesky", "at://did:plc:abc/app.bsky.feed.post/3l5x"),
        ("https://vimeo.com/channels/x/12345", "vimeo", "12345"),
        ("https://www.flickr.com/photos/12@N00/345/in/pool", "flickr", "345"),
        ("https://notx.com/a/status/20", "web", "notx.com/a/status/20"),
        ("https://x.com.evil.example/a/status/20", "web", "x.com.evil.example/a/status/20"),
        ("https://www.example.se/a/?utm_medium=x&b=1#c", "web", "example.se/a?b=1"),
    ],
)
def test_the_address_names_the_post(url: str, network: str, identity: str) -> None:
    """Each network's own name for a post is read from every form of its address; strangers' hosts are the web."""
    found = place(tidied(url))
    assert (found.network, found.identity) == (network, identity)


def test_the_numbers_of_x_and_tiktok_tell_when() -> None:
    """A post's number holds its moment, which their own doors give by the day or not at all."""
    assert place("https://x.com/a/status/1990000000000000000").published_at == datetime(
        2025, 11, 16, 10, 12, 27, 69000, tzinfo=UTC
    )
    assert place("https://x.com/a/status/20").published_at is None  # of 2006, when posts were counted
    assert place("https://www.tiktok.com/@a/video/1").published_at is None


@pytest.mark.parametrize(
    "written", ["", "  ", "hej", "ftp://a.se/x", "https://anna:hemligt@a.se/", "http://a b.se", "//"]
)
def test_what_is_no_address_is_refused(written: str) -> None:
    """Words, other schemes, and addresses with a password in them are no links."""
    with pytest.raises(InputError) as caught:
        tidied(written)
    assert (caught.value.field, caught.value.key) == ("url", "link_wrong")


def test_a_scheme_may_be_missing_and_dress_falls_off() -> None:
    """What a person copies is put right: quotes and brackets around it, an upper-case host, no scheme."""
    assert tidied(" <WWW.Exempel.se/A> ") == "https://www.exempel.se/A"


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("https://www.instagram.com/p/Cx/", redirect("/www.instagram.com/accounts/login/?next=/p/Cx/")),
        ("https://www.instagram.com/p/Cx/", Reply(body="<title>Instagram</title>", headers=HTML)),
        ("https://www.facebook.com/a/posts/pfbid02", redirect("/www.facebook.com/login/?next=x")),
        ("https://www.facebook.com/a/posts/pfbid02", Reply(status=400, body="error")),
        ("https://www.linkedin.com/posts/a-activity-7-x", Reply(status=999)),
        ("https://www.linkedin.com/posts/a-activity-7-x", redirect("/www.linkedin.com/authwall?x=1")),
        ("https://www.threads.com/@a/post/Cx", Reply(body="<title>Threads • Log in</title>", headers=HTML)),
    ],
)
def test_a_door_that_asks_for_a_login_is_said(url: str, answer: Reply) -> None:
    """A closed network's login page is no post; the person who pasted the link types it."""
    door = Reply(body='<meta property="og:title" content="Logga in"><title>Logga in</title>', headers=HTML)
    with Server({f"/{urlsplit(url).netloc}{urlsplit(url).path}": answer, "*": door}) as server:
        with pytest.raises(CollectError) as caught:
            looked(server, url)
        assert (caught.value.key, caught.value.facts["host"]) == ("link_closed", place(url).host)


def test_a_short_link_is_what_it_leads_to() -> None:
    """A film shared by its short address is the film, told by its network's own door."""
    routes = played(**{oembed("tiktok"): "tiktok.oembed.json"})
    long = "/www.tiktok.com/@byalaget/video/7570000000000000000"
    routes |= {"/vm.tiktok.com/ZM1": redirect(long), long: Reply(body="<p>", headers=HTML)}
    with Server(routes) as server:
        found = looked(server, "https://vm.tiktok.com/ZM1")
    assert (found.network, found.identity, found.author_name) == ("tiktok", "7570000000000000000", "Byalaget")


def test_a_page_may_not_name_another_s_post() -> None:
    """A canonical address and an ActivityPub name count only for the page's own host."""
    page = (
        '<title>Fälla</title><link rel="canonical" href="https://www.exempelposten.example.se/nyheter/cykelvag">'
        '<meta property="og:url" content="https://x.com/a/status/20">'
        '<link rel="alternate" type="application/activity+json" href="https://social.example.se/users/a/statuses/1">'
    )
    with Server({"/ond.example/x": Reply(body=page, headers=HTML)}) as server:
        found = looked(server, "https://ond.example/x")
    assert (found.network, found.identity, found.url) == ("web", "ond.example/x", "https://ond.example/x")


def test_plain_pages_tell_what_they_can() -> None:
    """Without any of the three, title, description, author and date of the old meta names are taken."""
    page = (
        '<html lang="sv"><title>Protokoll  2026</title><meta name="description" content="Beslut om hamnen.">'
        '<meta name="DC.Creator" content="Laholms kommun"><meta name="dcterms.issued" content="2026-11-02">'
        '<meta name="twitter:image" content="/hamn.jpg">'
    )
    with Server(
        {"/laholm.example.se/p": Reply(body=page.encode("cp1252"), headers={"Content-Type": "text/html"})}
    ) as server:
        found = looked(server, "https://laholm.example.se/p")
    assert (found.title, found.text, found.author_name) == ("Protokoll 2026", "Beslut om hamnen.", "Laholms kommun")
    assert found.published_at == datetime(2026, 11, 1, 23, tzinfo=UTC)
    assert (found.language, found.media[0].url) == ("sv", "https://laholm.example.se/hamn.jpg")


def test_a_date_in_the_future_is_none() -> None:
    """A page that dates itself next year is sorted under the day it was brought."""
    page = '<title>Hej</title><meta property="article:published_time" content="2031-01-01T00:00:00Z">'
    with Server({"/a.example.se/x": Reply(body=page, headers=HTML)}) as server:
        assert looked(server, "https://a.example.se/x").published_at is None


def test_a_file_and_an_empty_page_have_their_own_words() -> None:
    """A link to a picture is no page; a page without words says so."""
    pdf = Reply(body=b"%PDF", headers={"Content-Type": "application/pdf"})
    with Server({"/a.example.se/x.pdf": pdf, "/a.example.se/tom": Reply(body="<p>hej", headers=HTML)}) as server:
        for path, key in (("x.pdf", "link_not_page"), ("tom", "link_empty")):
            with pytest.raises(CollectError) as caught:
                looked(server, f"https://a.example.se/{path}")
            assert caught.value.key == key


def test_a_network_s_own_door_is_enough() -> None:
    """Where the page is away, or asks for consent first, what the network itself tells is taken."""
    consent = Reply(body="<title>Innan du fortsätter till YouTube</title>", headers=HTML)
    routes = played(**{oembed("youtube"): "youtube.oembed.json"})
    routes |= {"/www.youtube.com/watch": redirect("/consent.youtube.com/m"), "/consent.youtube.com/m": consent}
    with Server(routes) as server:
        assert looked(server, "https://www.youtube.com/watch?v=dQw4w9WgXcQ").title == "Så invigdes cykelvägen"


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_film_that_is_private_or_gone_is_no_post(status: int) -> None:
    """The network's refusal is the error, not the empty page around it."""
    page = Reply(body="<title>- YouTube</title>", headers=HTML)
    with Server({oembed("youtube"): Reply(status=status), "/www.youtube.com/watch": page}) as server:
        found = looked(server, "https://youtu.be/dQw4w9WgXcQ")
        assert found.title == "- YouTube"
    with Server({oembed("x"): Reply(status=status)}) as server, pytest.raises(CollectError) as caught:
        looked(server, "https://x.com/a/status/2050000000000000001")
    assert caught.value.key == ("http_not_found" if status == 404 else "link_closed")


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize(
    ("route", "url"),
    [
        ("/a.example.se/x", "https://a.example.se/x"),
        (oembed("x"), "https://x.com/a/status/2050000000000000001"),
    ],
)
def test_faults_have_names(route: str, url: str, fault: Fault) -> None:
    """However a page or a network's door fails, the error has a name; a page that says something is what it says."""
    with Server({route: fault.make()}) as server:
        if fault.name == "HTML instead of JSON" and "x.com" not in url:
            assert looked(server, url).title == "Access denied"
            return
        with pytest.raises(CollectError) as caught:
            looked(server, url, seconds=0.6)
    assert caught.value.key in fault.keys | {"link_closed", "link_empty", "link_not_page"}
    assert caught.value.key.startswith("link_") or caught.value.retry_at == fault.retry_at


LD = '<script type="application/ld+json">{}</script><title>T</title>'


@pytest.mark.parametrize(
    "body",
    [
        LD.replace(
            "{}", '{"@type": ["Article", 7], "headline": {"x": 1}, "author": [null, {"name": 3}], "image": [[]]}'
        ),
        LD.replace("{}", '[[[{"@type": "Article", "datePublished": 99999999999999999999}]]]'),
        LD.replace("{}", "[" * 5000),
        '<title>T</title><meta property="og:image" content="data:image/png;base64,xx">',
        '<title>T</title><meta property="og:image" content="/a.png"><meta property="og:image:width" content="1e9">',
        "<title>T</title>" + "<div>" * 5000,
        "<title>T</title>" + '<meta name="description" content="' + "x" * 300_000 + '">',
        '<base href="javascript:x"><link rel="canonical" href="http://[">' + "<title>T</title>",
    ],
)
def test_hostile_pages_are_survived(body: str) -> None:
    """Wrong types, deep nesting and endless words in every place leave a title and nothing that could act."""
    with Server({"/a.example.se/x": Reply(body=body, headers=HTML)}) as server:
        found = looked(server, "https://a.example.se/x")
    assert (found.title, found.published_at, len(found.text) <= 20_000) == ("T", None, True)
    assert all(each.url.startswith("https://") for each in found.media)


def test_what_stands_in_scripts_and_comments_is_not_the_page_s_word() -> None:
    """Elements inside scripts, comments, templates and noscript are not read."""
    page = (
        '<script>var x = "<meta property=og:title content=Fel>"</script><!-- <title>Fel</title> -->'
        "<noscript><title>Fel</title></noscript><svg><title>Fel</title></svg><title>R&auml;tt</title>"
    )
    assert heads.read(page.encode(), "text/html", "https://a.se/").title == "Rätt"
