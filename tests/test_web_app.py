"""What holds for every answer: headers, no cookies, nothing changed by reading, errors that look like the rest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from builders import account, approved, node, picture
from campaign.figures import Indicator
from campaign.settings import PrivacySettings, Site, SourceSettings
from campaign.snapshots import SnapshotKind
from conftest import HALLAND, NOW
from measured import add_indicator
from storage import schema
from storage.cases import open_case
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.snapshots import freeze, publish
from storage.store import Actor, Store
from web.cache import Form, Kept, Page
from web.public.routes import PAGES
from website import Website, settings

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


#: An organisation that feeds the campaign.
KOMMUNEN = SourceSettings(
    id="kommunen", kind="feed", campaigns=("hallandvaxer",), every=timedelta(hours=1), name="Kommunen"
)


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site with three stories, one of them attached to the strategy, a measure and two published points."""
    for number in range(3):
        approved(sqlite_store, text=f"Berättelse nummer {number} om det som växer. #hallandväxer", media=(picture(),))
    attach(sqlite_store, 1, node(sqlite_store), by=Actor(kind="person", account_id=account(sqlite_store)), now=NOW)
    by = Actor(kind="person", account_id=account(sqlite_store))
    add_indicator(sqlite_store, Indicator(code="attraktiv", title="Trivs"), strategy="halland-2014-2020")
    for kind in (SnapshotKind.BASELINE, SnapshotKind.PRESENT):
        made = freeze(sqlite_store, "halland-2014-2020", kind=kind, title=str(kind), as_of=NOW.date(), by=by, now=NOW)
        publish(sqlite_store, made.id, by=by, now=NOW)
    with Website(settings(tmp_path, sources={"kommunen": KOMMUNEN}), sqlite_store) as website:
        yield website


def addresses(store: Store) -> list[str]:
    """Every kind of public address, in both languages, with what it needs filled in."""
    receipt = open_case(store, "hallandvaxer", now=NOW, story_id=1).receipt
    known = {
        "{story_id:int}": "1",
        "{year:int}": "2026",
        "{week}": "2026-W47",
        "{day}": "2026-11-20",
        "{strategy}": "halland-2014-2020",
        "{code}": "attraktiv",
        "{chart}": "activity",
        "{receipt}": receipt,
        "{snapshot:int}": "1",
        "{earlier:int}": "1",
        "{later:int}": "2",
        "{newsletter}": "veckobrevet",
        "{number:int}": "1",
        "{item:int}": "1",
        "{part:int}": "1",
        "{place}": "halmstad",
        "{network}": "mastodon",
        "{source}": "kommunen",
    }
    found = []
    for path, _ in PAGES:
        for name, value in known.items():
            path = path.replace(name, value)  # noqa: PLW2901 - filled in step by step
        found += [path, "/en" + path]
    found += ["/api/docs", "/en/api/docs", "/api/v1/openapi.json", "/api/v1/stories", "/api/v1/changes"]
    return [
        *found,
        "/robots.txt",
        "/colours/hallandvaxer.css",
        "/embed.js",
        "/wall/pulse",
        "/healthz",
        "/readyz",
        "/nowhere",
        "/en/nowhere",
    ]


def fingerprint(store: Store) -> str:
    """A hash of every row of every table."""
    with store.read() as connection:
        rows = [
            (table.name, sorted(map(repr, connection.execute(table.select()))))
            for table in schema.metadata.sorted_tables
        ]
        rows += [
            (name, [str(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar())])
            for name in schema.SEARCH_TABLES
        ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_every_page_answers_with_strict_headers_and_no_cookie(site: Website, sqlite_store: Store) -> None:
    """No public address sets a cookie or lacks the policy that keeps foreign code out, errors included."""
    unsent = "/issues/veckobrevet/1"
    missing = {unsent, f"{unsent}/print.css", f"{unsent}/events/1.ics"}
    missing = {"/nowhere", "/en/nowhere", *missing, *(f"/en{path}" for path in missing)}
    for path in addresses(sqlite_store):
        answer = site.get(path)
        assert answer.status == (404 if path in missing else 200), (path, answer.text[:200])
        assert answer.headers["content-security-policy"] == CSP, path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert "set-cookie" not in answer.headers, path
        assert "x-skord-keep" not in answer.headers, path


def test_reading_changes_no_row(site: Website, sqlite_store: Store) -> None:
    """Every public address read by GET and HEAD leaves every row as it was."""
    paths = addresses(sqlite_store)
    before = fingerprint(sqlite_store)
    for path in paths:
        site.get(path)
        site.ask("HEAD", path)
    assert fingerprint(sqlite_store) == before


def test_head_has_the_headers_and_no_body(site: Website) -> None:
    """HEAD answers as GET does, without a body, whether or not the page is kept."""
    for _ in range(2):
        answer = site.ask("HEAD", "/archive")
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_nothing_is_loaded_from_elsewhere_or_written_inline(site: Website, sqlite_store: Store) -> None:
    """No page refers to another host's file, and none holds inline style or code."""
    for path in addresses(sqlite_store):
        if path.endswith(".png"):
            continue  # a picture loads nothing
        page = site.get(path).text
        if page.startswith("<?xml"):
            continue  # a feed's links lead on, and load nothing
        loaded = re.findall(r'<(?:link|img|script|iframe|source)\b[^>]*?(?:srcset|src|href)="([^"]+)"', page)
        own = ("/", "https://hallandvaxer.example.se/")
        assert all(each.startswith(own) and not each.startswith("//") for each in loaded), (path, loaded)
        assert " style=" not in page, path
        assert "<style" not in page, path
        assert not re.search(r"<script(?![^>]*(?:src=|type=\"application/ld\+json\"))", page), path
        assert not re.search(r"\son\w+=", page), path


def test_pages_name_their_language(site: Website) -> None:
    """A page says which language it is in, and the address alone decides."""
    assert '<html lang="sv">' in site.get("/archive", accept_language="en").text
    assert '<html lang="en">' in site.get("/en/archive", accept_language="sv").text


def test_files_have_their_content_in_the_address(site: Website) -> None:
    """The style sheet may be kept for ever, since its address changes with it."""
    path = re.search(r'href="(/static/[0-9a-f]{12}/skord\.css)"', site.get("/").text)
    assert path is not None
    answer = site.get(path[1], accept_encoding="gzip")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert "--paper" in answer.text
    assert site.get("/static/x/../../app.py").status == 404


def test_an_unknown_address_looks_like_the_rest(site: Website) -> None:
    """A wrong address is told in the language of its place, with a way on."""
    swedish, english = site.get("/nowhere"), site.get("/en/nowhere")
    assert "Sidan finns inte" in swedish.text
    assert "There is no such page" in english.text
    assert 'href="/en/archive"' in english.text


def test_a_page_that_is_no_form_cannot_be_posted_to(site: Website) -> None:
    """POST to a page that only shows something is refused and says which methods stand."""
    answer = site.post("/archive")
    assert answer.status == 405
    assert "GET" in answer.headers["allow"]


def test_a_bug_is_a_calm_page_with_the_headers(site: Website, sqlite_store: Store) -> None:
    """Where a page breaks the reader gets the usual page, the usual headers and no word of the code."""
    with sqlite_store.write() as connection:
        connection.execute(text("ALTER TABLE node RENAME TO gone"))
    answer = site.get("/strategy")
    assert answer.status == 500
    assert "Något gick sönder hos oss" in answer.text
    assert answer.headers["content-security-policy"] == CSP
    assert "sqlite" not in answer.text.lower()


def test_the_public_side_is_closed_until_people_are_told(sqlite_store: Store, tmp_path: Path) -> None:
    """Without the fields about personal data every public page says which are missing, and health stays good."""
    approved(sqlite_store)
    with Website(settings(tmp_path, privacy=PrivacySettings(controller="Regionen")), sqlite_store) as site:
        for path in ("/", "/archive", "/stories/1", "/feed.atom", "/sitemap.xml", "/en/privacy"):
            answer = site.get(path)
            assert answer.status == 503, path
            for name in ("purpose", "legal_basis", "contact", "retention"):
                assert f"<code>{name}</code>" in answer.text
            assert "<code>controller</code>" not in answer.text
            assert "Skogaby" not in answer.text
        assert site.get("/healthz").status == 200
        assert "Disallow: /\n" in site.get("/robots.txt").text


def test_readiness_tells_what_fails(sqlite_store: Store, tmp_path: Path) -> None:
    """A failing check makes the installation not ready, while it stays alive."""
    with Website(settings(tmp_path), sqlite_store, checks=lambda: {"scheduler": False}) as site:
        answer = site.get("/readyz")
        assert answer.status == 503
        assert '"scheduler":false' in answer.text
        assert site.get("/healthz").status == 200


def test_several_campaigns_have_their_own_pages(sqlite_store: Store, tmp_path: Path) -> None:
    """With two campaigns the root leads to both, and each has its pages under its id."""
    approved(sqlite_store, text="Bara i Halland. #hallandväxer")
    other = replace(HALLAND, id="sjuharad", name="Sjuhärad 2030")
    both = {"hallandvaxer": HALLAND, "sjuharad": other}
    with Website(settings(tmp_path, campaigns=both), sqlite_store) as site:
        assert 'href="/c/sjuharad/"' in site.get("/").text
        assert "Bara i Halland" in site.get("/c/hallandvaxer/archive").text
        assert "Bara i Halland" not in site.get("/en/c/sjuharad/archive").text
        assert site.get("/c/hallandvaxer/stories/1").status == 200
        assert site.get("/c/sjuharad/stories/1").status == 404
        assert site.get("/archive").headers["location"] == "/c/hallandvaxer/archive"
        assert site.get("/c/unknown/archive").status == 404


def test_a_site_below_a_path_writes_its_links_there(sqlite_store: Store, tmp_path: Path) -> None:
    """With a base address that has a path, pages answer below it and link below it."""
    approved(sqlite_store)
    made = settings(tmp_path)
    below = Site(name="x", owner="y", base_url="https://example.se/tillvaxt", contact="")
    with Website(replace(made, site=below), sqlite_store) as site:
        page = site.get("/tillvaxt/archive")
        assert page.status == 200
        assert 'href="/tillvaxt/stories/1"' in page.text
        assert re.search(r'href="/tillvaxt/static/[0-9a-f]+/skord.css"', page.text)
        assert 'href="/tillvaxt/en/archive"' in page.text


def test_hiding_takes_effect_with_the_next_request(site: Website, sqlite_store: Store) -> None:
    """A story that was on a kept page is on none of them right after it was hidden."""
    paths = ("/", "/archive", "/feed.atom", "/sitemaps/2026-1.xml", "/archive?q=nummer")
    for path in paths:
        assert "/stories/2" in site.get(path).text, path
    decide(sqlite_store, 2, Action.HIDE, by=Actor(kind="person", account_id=account(sqlite_store)), now=NOW)
    for path in paths:
        assert "/stories/2" not in site.get(path).text, path
    assert site.get("/stories/2").status == 410
    assert "Borttagen på begäran" in site.get("/stories/2").text


def test_a_kept_page_is_not_sent_twice(site: Website, sqlite_store: Store) -> None:
    """Who has a page gets 304 until something public changes."""
    first = site.get("/archive")
    assert first.headers["cache-control"] == "no-cache"
    again = site.get("/archive", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["content-security-policy"] == CSP
    approved(sqlite_store, text="En helt ny berättelse om Laholm. #hallandväxer")
    assert site.get("/archive", if_none_match=first.headers["etag"]).status == 200


def test_a_page_is_packed_for_those_who_unpack(site: Website) -> None:
    """The packed page is the same page, under a tag of its own."""
    plain, packed = site.get("/archive"), site.get("/archive", accept_encoding="gzip, br")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == "Accept-Encoding"


def test_a_long_question_is_part_of_what_a_kept_page_weighs(site: Website) -> None:
    """Thousands of endless questions with small answers do not fill the memory: the oldest go."""
    kept, house = Kept(site.app.state.house), site.app.state.house
    mark = (house.revision.now(), house.clock().date())
    small = Page(mark=mark, kind="text/html", own=(), tag="x", plain=Form(tag="x", headers=[], unchanged=[], body=b"x"))

    def scope(number: int) -> dict[str, Any]:
        question = b"%08d" % number + b"q" * 992_000
        return {"type": "http", "method": "GET", "path": "/archive", "query_string": question, "headers": []}

    for number in range(100):
        kept.keep(scope(number), small)
    assert kept.find(scope(0)) is None
    assert kept.find(scope(99)) is not None
