"""What pages say of themselves to those who link: one address, both languages, title, picture, data."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders import approved
from campaign.records import Right
from conftest import NOW
from storage.evidence import attach
from storage.store import Store
from test_web_public import issue, node, person, with_picture
from web.head import described, json_ld
from website import Website, settings

SITE = "https://hallandvaxer.example.se"


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site on the store of the test."""
    with Website(settings(tmp_path), sqlite_store) as website:
        yield website


def head_of(site: Website, path: str) -> str:
    """The head of a page that is there."""
    answer = site.get(path)
    assert answer.status == 200, (path, answer.status)
    return answer.text[: answer.text.index("</head>")]


def said(head: str, name: str) -> str:
    """What one of the meta elements says, "" where it is missing."""
    found = re.search(rf'<meta (?:property|name)="{name}" content="([^"]*)">', head)
    return html.unescape(found[1]) if found else ""


def data_of(head: str) -> list[dict[str, Any]]:
    """The things of schema.org that a page tells."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', head, re.DOTALL)
    assert len(found) == 1
    told = json.loads(found[0])
    assert told["@context"] == "https://schema.org"
    return list(told["@graph"])


def test_every_page_has_one_address_in_each_language(site: Website, sqlite_store: Store) -> None:
    """Each kind of page names its own address once, both languages, and the one for everybody else."""
    made = approved(sqlite_store)
    attach(sqlite_store, made.id, node(sqlite_store), by=person(sqlite_store), now=NOW)
    issue(sqlite_store, made.id)
    paths = (
        "/", "/archive", "/archive?year=2026", f"/stories/{made.id}", "/years/2026", "/strategy", "/issues",
        "/strategy/halland-2014-2020/attraktiv", "/issues/veckobrevet/12", "/about", "/privacy", "/accessibility",
    )  # fmt: skip
    for path in paths:
        for prefix in ("", "/en"):
            head = head_of(site, prefix + path)
            assert re.findall(r'<link rel="canonical" href="([^"]+)">', head) == [f"{SITE}{prefix}{path}"], path
            pairs = re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', head)
            assert pairs == [("sv", SITE + path), ("en", f"{SITE}/en{path}"), ("x-default", SITE + path)], path
            assert said(head, "og:url") == f"{SITE}{prefix}{path}"
            assert said(head, "og:locale") == ("en_GB" if prefix else "sv_SE")
            for name in ("description", "og:title", "og:description", "og:type", "og:site_name", "twitter:card"):
                assert said(head, name), (path, name)
            assert len(re.findall('<meta name="description"', head)) == 1
            assert data_of(head)


def test_what_a_query_adds_by_itself_is_no_other_page(site: Website, sqlite_store: Store) -> None:
    """Only what a page can be asked is part of its one address, in one order."""
    approved(sqlite_store)
    head = head_of(site, "/archive?utm_source=mail&network=mastodon&year=2026&fbclid=1")
    assert f'<link rel="canonical" href="{SITE}/archive?year=2026&amp;network=mastodon">' in head


def test_hostile_words_stay_words_in_every_part_of_the_head(site: Website, sqlite_store: Store) -> None:
    """Nothing in a foreign text ends an attribute, an element or a line of the head."""
    evil = '"></script><script>alert(1)</script><!--<script> \u2028 \u2029 </title>&amp;'
    made = approved(sqlite_store, title=evil, text=evil + " #hallandväxer", author_name=evil, tags=(evil,))
    page = site.get(f"/stories/{made.id}").text
    assert page.count("<script") == 1
    assert "<!--" not in page[: page.index("</head>")]
    block = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)[0]
    assert not set(block) & set("<>\u2028\u2029")
    story = data_of(page)[0]
    assert "</script><script>alert(1)" in story["headline"]
    assert story["author"]["name"] == " ".join(evil.split()) or evil in story["author"]["name"]


def test_data_for_a_script_element_has_no_letter_of_html() -> None:
    """What is put into the element reads back as it was."""
    data = {"a": "</script>\u2028<!-- & å"}
    made = json_ld(data)
    assert not set(made) & set("<>&\u2028\u2029")
    assert json.loads(made) == data


def test_a_story_says_what_it_is(site: Website, sqlite_store: Store) -> None:
    """A posting has author, day, language, what it is based on and what it is evidence for; an article is one."""
    made = approved(sqlite_store)
    attach(sqlite_store, made.id, node(sqlite_store), by=person(sqlite_store), now=NOW)
    told, crumbs = data_of(head_of(site, f"/stories/{made.id}"))
    assert told["@type"] == "SocialMediaPosting"
    assert told["author"] == {"@type": "Person", "name": "Västkustens cykelförening"}
    assert told["isBasedOn"] == [made.lead.url]
    assert told["about"][0]["url"] == f"{SITE}/strategy/halland-2014-2020/attraktiv"
    assert [each["item"] for each in crumbs["itemListElement"]] == [
        f"{SITE}/", f"{SITE}/archive", f"{SITE}/years/2026", f"{SITE}/stories/{made.id}",
    ]  # fmt: skip
    article = approved(sqlite_store, network="feed", identity="https://x.example/a")
    assert data_of(head_of(site, f"/stories/{article.id}"))[0]["@type"] == "Article"


def test_who_wants_to_be_left_alone_is_not_named_to_machines(site: Website, sqlite_store: Store) -> None:
    """The data about a story of a shy author names nobody, and the page asks not to be found."""
    made = approved(sqlite_store, shy=True)
    head = head_of(site, f"/stories/{made.id}")
    assert "author" not in data_of(head)[0]
    assert "noindex" in said(head, "robots")


@pytest.mark.parametrize(
    ("right", "alt", "changes", "shown"),
    [
        (Right.OWN, "Tre barn.", {}, True),
        (Right.NONE, "Tre barn.", {}, False),
        (Right.REFUSED, "Tre barn.", {}, False),
        (Right.OWN, None, {}, False),
    ],
)
def test_a_picture_stands_beside_a_link_only_where_it_may_be_shown(
    site: Website, sqlite_store: Store, right: Right, alt: str | None, changes: dict[str, Any], shown: bool
) -> None:
    """Without a right for the web, or without words, no preview has the picture."""
    made = with_picture(sqlite_store, right=right, alt=alt)
    head = head_of(site, f"/stories/{made}")
    assert bool(said(head, "og:image")) is shown
    assert said(head, "twitter:card") == ("summary_large_image" if shown else "summary")
    if shown:
        assert said(head, "og:image").startswith(f"{SITE}/media/")
        assert said(head, "og:image:alt") == "Tre barn."
        assert (said(head, "og:image:width"), said(head, "og:image:height")) == ("960", "640")
        assert site.get(said(head, "og:image").removeprefix(SITE)).status == 200


def test_an_error_and_a_receipt_say_nothing_of_themselves(site: Website, sqlite_store: Store) -> None:
    """What is not there, and what one person alone can open, has no address to cite."""
    made = approved(sqlite_store)
    receipt = site.post(f"/stories/{made.id}/removal", message="x").headers["location"]
    for path in ("/nowhere", receipt):
        page = site.get(path).text
        assert "canonical" not in page
        assert "og:" not in page
        assert "ld+json" not in page


def test_the_front_page_offers_its_search_to_machines(site: Website, sqlite_store: Store) -> None:
    """The front page is the site, with where to ask it."""
    approved(sqlite_store)
    told = data_of(head_of(site, "/"))
    assert [each["@type"] for each in told] == ["WebSite"]
    assert told[0]["potentialAction"]["target"]["urlTemplate"] == f"{SITE}/archive?q={{search_term_string}}"


def test_a_description_is_cut_at_a_word() -> None:
    """Long words are one line and end whole."""
    assert described("Ett\n\n två") == "Ett två"
    cut = described("ord " * 100)
    assert len(cut) <= 202
    assert cut.endswith("ord …")
