"""A story's own page: what it is, where it was told, what stands around it, and how it is cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from builders import account, approved, node, picture
from campaign.language import Language
from conftest import NOW
from storage.evidence import attach
from storage.merging import join
from storage.store import Actor, Store
from test_web_public import with_picture
from web.public.citing import Source, bibtex, harvard, plain, ris, titled
from website import Website, settings

SOURCE = Source(
    key="hallandvaxer-7", author="Västkustens cykelförening", title="Ny cykelväg invigd", network="Mastodon", own=False,
    published_on=date(2026, 11, 19), read_on=date(2026, 11, 20), archive="Halland växer", owner="Region Halland",
    address="https://hallandvaxer.example.se/stories/7", language="sv",
)  # fmt: skip


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site on the store of the test."""
    with Website(settings(tmp_path), sqlite_store) as website:
        yield website


@pytest.fixture
def swedish() -> Language:
    """Swedish in Sweden."""
    return Language("sv", ZoneInfo("Europe/Stockholm"))


def person(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def test_a_story_is_cited_in_words_and_in_the_harvard_way(swedish: Language) -> None:
    """Both references name author, title, where it was told, when, the archive and the permanent address."""
    assert plain(SOURCE, swedish) == (
        "Västkustens cykelförening: ”Ny cykelväg invigd”. Mastodon, 19 november 2026. I Halland växer, "
        "https://hallandvaxer.example.se/stories/7."
    )
    assert harvard(SOURCE, swedish) == (
        "Västkustens cykelförening (2026). ”Ny cykelväg invigd” [Mastodon]. I Halland växer. Region Halland. "
        "https://hallandvaxer.example.se/stories/7 [hämtad 20 november 2026]."
    )


def test_an_author_whom_nobody_knows_is_said_to_be_unknown(swedish: Language) -> None:
    """No reference puts another name in the place of one that is missing."""
    nobody = replace(SOURCE, author="")
    for reference in (plain, harvard, bibtex, ris):
        assert "Okänd avsändare" in reference(nobody, swedish)


def test_foreign_words_cannot_end_a_field_of_a_record(swedish: Language) -> None:
    """Braces, commands, tags and line breaks of an author's stay inside the author's field."""
    evil = "A} , url = {http://evil.example\\input{x}\nTY  - BOOK\r\nER  - \u2028%"
    hostile = replace(SOURCE, author=evil, title=titled(evil))
    lines = bibtex(hostile, swedish).splitlines()
    assert [line.split(" = ")[0].strip() for line in lines[1:-1]] == [
        "author", "title", "year", "date", "howpublished", "organization", "note", "url", "urldate", "langid",
    ]  # fmt: skip
    assert all(re.sub(r"\\[{}]", "", line).count("{") == re.sub(r"\\[{}]", "", line).count("}") for line in lines[1:-1])
    assert [line[:2] for line in ris(hostile, swedish).split("\r\n")] == [
        "TY", "AU", "TI", "T2", "PY", "DA", "PB", "M3", "LA", "UR", "Y2", "ER", "",
    ]  # fmt: skip


def test_records_are_files_with_the_permanent_address(site: Website, sqlite_store: Store) -> None:
    """A reference manager gets a file with a name of its own, in UTF-8, kept until something changes."""
    made = approved(sqlite_store)
    for suffix, kind in (("bib", "application/x-bibtex"), ("ris", "application/x-research-info-systems")):
        answer = site.get(f"/stories/{made.id}/cite.{suffix}")
        assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
        assert answer.headers["content-disposition"] == f'attachment; filename="hallandvaxer-{made.id}.{suffix}"'
        assert f"https://hallandvaxer.example.se/stories/{made.id}" in answer.text
        assert "Västkustens cykelförening" in answer.text


def test_every_place_where_it_was_told_is_named(site: Website, sqlite_store: Store) -> None:
    """A story of two posts names both networks with their days and links, the first one first."""
    one = approved(sqlite_store, published_at=NOW - timedelta(days=2), text="Först här. #hallandväxer", html="")
    other = approved(
        sqlite_store, network="bluesky", identity="at://x/1", url="https://bsky.app/profile/x/post/1",
        published_at=NOW - timedelta(days=1), text="Sedan där. #hallandväxer", html="",
    )  # fmt: skip
    into = join(sqlite_store, one.id, other.id, by=person(sqlite_store), now=NOW).story_id
    page = site.get(f"/stories/{into}").text
    told = page[page.index("Berättat på") :]
    told = told[: told.index("</ul>")]
    assert told.index("Mastodon") < told.index("Bluesky")
    assert 'href="https://bsky.app/profile/x/post/1"' in told
    assert "18 november 2026" in told
    assert "19 november 2026" in told


def test_what_was_told_twice_in_the_same_words_is_shown_once(site: Website, sqlite_store: Store) -> None:
    """The same words on another network lie in a fold, whatever tags and title stand around them."""
    one = approved(sqlite_store, text="Bryggan är öppen. #hallandväxer", html="")
    other = approved(
        sqlite_store, network="feed", identity="https://x.example/1", title="Bryggan är öppen.",
        text="Bryggan är öppen.\n\n#hallandväxer #bad", html="",
    )  # fmt: skip
    apart = approved(sqlite_store, network="bluesky", identity="at://x/2", text="Något annat. #hallandväxer", html="")
    # A rule has seen that they are the same.
    assert one.id == other.id
    into = one.id
    assert "Med samma ord" in site.get(f"/stories/{into}").text
    assert "Med samma ord" not in site.get(f"/stories/{apart.id}").text


def test_before_and_after_in_the_archive_and_under_the_same_node(site: Website, sqlite_store: Store) -> None:
    """Around a story stand its neighbours in the archive, and those under what it is evidence for."""
    days = [approved(sqlite_store, published_at=NOW - timedelta(days=10 - number)) for number in range(5)]
    for number in (0, 2, 4):
        attach(sqlite_store, days[number].id, node(sqlite_store), by=person(sqlite_store), now=NOW)
    page = site.get(f"/stories/{days[2].id}").text
    around = re.findall(r'<nav class="around.*?</nav>', page, re.DOTALL)
    assert [re.findall(r'href="/stories/(\d+)"', each) for each in around] == [
        [str(days[1].id), str(days[3].id)],
        [str(days[0].id), str(days[4].id)],
    ]


def test_its_day_and_week_and_place_lead_on(site: Website, sqlite_store: Store) -> None:
    """A story's day and week are those of the site's clock, also around New Year and midnight."""
    made = approved(sqlite_store, published_at=NOW.replace(year=2025, month=12, day=31, hour=23, minute=30))
    page = site.get(f"/stories/{made.id}").text
    assert 'href="/days/2026-01-01"' in page
    assert 'href="/weeks/2026-W01"' in page


def test_a_warning_keeps_words_and_title_from_the_head(site: Website, sqlite_store: Store) -> None:
    """Of a story with a warning nothing but the warning leaves its page, and no heading says more."""
    made = approved(
        sqlite_store, warning="Olycka", title="Bilen låg i diket", text="Föraren klarade sig. #hallandväxer", html="",
        media=(picture(),),
    )  # fmt: skip
    page = site.get(f"/stories/{made.id}").text
    head = page[: page.index("</head>")]
    assert "Olycka" in head
    for words in ("diket", "Föraren", "og:image"):
        assert words not in head
    assert "<h1" in page
    assert "diket" not in re.findall(r"<h1.*?</h1>", page, re.DOTALL)[0]


def test_the_first_picture_is_fetched_first_and_in_the_width_shown(site: Website, sqlite_store: Store) -> None:
    """A picture says how wide it is and stands, and only the first is asked for at once."""
    page = site.get(f"/stories/{with_picture(sqlite_store)}").text
    shown = re.findall(r"<img[^>]+>", page)
    assert len(shown) == 1
    assert 'width="960" height="640"' in shown[0]
    assert 'fetchpriority="high"' in shown[0]
    assert "480w" in shown[0]
    assert "960w" in shown[0]
    assert "1600w" not in shown[0]
    assert "sizes=" in shown[0]
