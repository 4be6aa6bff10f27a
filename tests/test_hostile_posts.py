"""Posts that were written to break something: each arrives tamed or is left out, and keeps no other post away."""

from __future__ import annotations

import json
import logging
import random
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, insert
from sqlalchemy.exc import IntegrityError, OperationalError

from builders import candidate, ingest, judge
from campaign.errors import StorageError
from collecting import item, rss, run, settings, source, status
from collector import feeds
from collector.networks import statuses
from conftest import NOW
from servers import Request, Server
from storage import schema
from storage.pages import Page, save_page
from storage.sources import claim_source, due_sources, free_dead_claims, get_cursor, sync_sources
from storage.store import Store
from storage.stories import find_ids

STOCKHOLM = ZoneInfo("Europe/Stockholm")
_CHANCE = random.Random(1)
#: Letters of four bytes each that no database can pack.
RARE = "".join(chr(_CHANCE.randrange(0x20000, 0x2A6D0)) for _ in range(100_000))
#: Letters that become eighteen when their spelling is made one.
SWELLING = "".join(chr(0x3300 + number % 88) for number in range(100_000))

ENTRIES: dict[str, dict[str, Any]] = {
    "one word of 100 000 letters": {"content_text": "a" * 100_000},
    "one rare word of 100 000 letters": {"content_text": RARE},
    "words that swell": {"content_text": " ".join(SWELLING[at : at + 17] + str(at) for at in range(0, 100_000, 18))},
    "an id of 4 000 rare letters": {"id": RARE[:4000]},
    "5 000 tags": {"tags": [RARE[at : at + 100] for at in range(0, 100_000, 20)]},
    "1 000 pictures": {"content_html": "".join(f'<img src="https://a.se/{n}.jpg" alt="{n}">' for n in range(1000))},
    "a picture's address of 1 900 rare letters": {"content_html": f'<img src="https://a.se/{RARE[:1900]}.jpg">'},
    "NUL everywhere": {
        "id": "a\0b", "url": "https://a.se/\0x", "title": "a\0b", "content_html": "<p>a\0b&#0;</p>", "tags": ["a\0"],
        "authors": [{"name": "a\0b"}],
    },
    "lone surrogates": {"id": "a\ud800", "title": "\ud800", "content_html": "\ud800&#xd800;", "tags": ["\udfff"]},
    "an id of 5 000 digits": {"id": 0},
    "a date before all calendars": {"date_published": "0001-01-01T00:00:00+14:00"},
    "a date after all calendars": {"date_published": "9999-12-31T23:59:59-14:00"},
    "100 000 open elements": {"content_html": "<div>" * 100_000 + "x"},
    "100 000 marks on one letter": {"content_text": "a" + "\u0301" * 99_000},
    "an author of ten megabytes": {"authors": [{"name": "x" * 10_000_000, "url": "javascript:alert(1)"}]},
    "other types than promised": {
        "title": 5, "content_html": ["x"], "content_text": {"a": 1}, "authors": "x", "tags": "x", "attachments": {},
        "image": 5, "date_published": 5, "language": 7, "summary": "x",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ENTRIES)
def test_a_hostile_entry_of_a_feed_is_stored_and_its_neighbour_too(store: Store, name: str) -> None:
    """Whatever one entry holds, both databases take it, bounded, and the entry beside it."""
    hostile = {"id": "hostile", "content_text": "x", **ENTRIES[name]}
    body = json.dumps({
        "version": "https://jsonfeed.org/version/1.1", "items": [hostile, {"id": "good", "content_text": "Bra"}],
    })  # fmt: skip
    if "digits" in name:
        body = body.replace('"id": 0', '"id": ' + "9" * 5000)
    found = feeds.parse(body.encode(), url="https://a.se/feed.json", zone=STOCKHOLM).candidates
    assert ingest(store, *found).new == 2
    for kept in found:
        assert len(kept.tags) <= 100
        assert len(kept.media) <= 20
        assert "\0" not in repr(kept)
    assert find_ids(store, "hallandvaxer", review="all", query="bra")


STATUSES: dict[str, dict[str, Any]] = {
    "a uri of 980 rare letters": {"uri": "https://a.se/" + RARE[:980]},
    "5 000 tags": {"tags": [{"name": RARE[at : at + 200]} for at in range(0, 100_000, 20)]},
    "pictures at endless addresses": {
        "media_attachments": [{"type": "image", "url": f"https://a.se/{RARE[:1900]}{n}"} for n in range(1000)]
    },
    "other types than promised": {
        "account": 5, "tags": 5, "content": 5, "spoiler_text": [], "language": {},
        "media_attachments": [5, {"meta": 5}],
    },
    "absurd dates": {"created_at": "9999-12-31T23:59:59-14:00", "edited_at": "0001-01-01T00:00:00+14:00"},
    "absurd sizes": {
        "media_attachments": [{"type": "image", "url": "https://a.se/1", "meta": {"width": 10**400, "height": -1}}]
    },
}  # fmt: skip


@pytest.mark.parametrize("name", STATUSES)
def test_a_hostile_status_is_stored(store: Store, name: str) -> None:
    """Whatever a status holds, both databases take it, bounded."""
    found = statuses.candidate({**status(1), **STATUSES[name]}, server="https://a.se")
    assert found is not None
    assert ingest(store, found).new == 1
    assert len(found.tags) <= 100


def test_a_number_of_5_000_digits_does_not_hide_a_page_of_statuses(sqlite_store: Store) -> None:
    """One number that Python refuses to read costs its own field, not the page that it stands in."""
    body = json.dumps([status(2, replies_count=0), status(1)]).replace('"replies_count": 0', f'"n": {"9" * 5000}')

    def answer(request: Request) -> str:
        return body if "hallandv%C3%A4xer" in request.target and "max_id" not in request.target else "[]"

    with Server({"*": answer}) as server:
        asked = source("social", "mastodon", server=server.url("").rstrip("/"))
        result = run(sqlite_store, settings(asked, allow=(server.address,)))["social"]
    assert (result.status, result.new) == ("ok", 2)


def test_one_post_that_the_database_refuses_does_not_keep_its_page_away(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """What no bound foresaw is left out, counted and said; the others and the cursor are stored."""
    sync_sources(store, settings(source("nyheter", url="https://a.se/feed")), now=NOW)
    claim = claim_source(store, "nyheter", now=NOW)
    assert claim is not None
    bad = candidate(text="\ud800" if store.dialect == "sqlite" else "a\0b")
    page = Page(candidates=(candidate(), bad, candidate()), campaigns=("hallandvaxer",), cursor={"etag": "1"})
    with caplog.at_level(logging.ERROR):
        counts = save_page(store, claim, page, judge={"hallandvaxer": judge}, now=NOW, own=False)
    assert (counts.new, counts.skipped_why) == (2, {"unstorable": 1})
    assert get_cursor(store, "nyheter") == {"etag": "1"}
    assert [record.getMessage() for record in caplog.records] == ["a post cannot be stored"]


def test_a_value_too_long_for_postgresql_is_no_trouble_of_the_database(store: Store) -> None:
    """What PostgreSQL refuses because of the value is no "database cannot be reached"."""
    if store.dialect == "sqlite":
        return
    with pytest.raises(OperationalError):
        ingest(store, candidate(identity=RARE[:2000]))


def test_an_error_of_postgresql_does_not_quote_addresses(store: Store) -> None:
    """The line that quotes the row is taken out of errors before anybody can log them."""
    values = {
        "campaign": "hallandvaxer", "newsletter": "veckobrevet", "email": "anna@example.se",
        "email_key": "anna@example.se", "state": "active", "language": "sv", "created_at": NOW, "asked": 0,
    }  # fmt: skip
    twice = [{"token": token, **values} for token in "ab"]
    with store.write() as connection, pytest.raises(IntegrityError) as caught:
        connection.execute(insert(schema.subscriber).values(twice))
    assert "anna" not in "".join(traceback.format_exception(caught.value))
    assert "unique" in str(caught.value).lower()


def test_a_run_that_the_database_broke_is_asked_again_at_the_next_look(sqlite_store: Store) -> None:
    """A source is not lost for hours because the disk was full when its run was to be recorded."""
    with Server({"/feed": rss(*(item(number, "#hallandväxer " + "å" * 50_000) for number in range(20)))}) as server:
        given = settings(source("nyheter", url=server.url("/feed")), allow=(server.address,))
        sync_sources(sqlite_store, given, now=NOW)
        with _full_disk(sqlite_store), pytest.raises(StorageError, match="disk_full"):
            run(sqlite_store, given)
        assert free_dead_claims(sqlite_store, now=NOW) == ["nyheter"]
        assert due_sources(sqlite_store, now=NOW) == ["nyheter"]
        assert run(sqlite_store, given)["nyheter"].new == 20


@contextmanager
def _full_disk(store: Store) -> Iterator[None]:
    """Let the database grow no more until the block ends."""

    def bound(connection: Any, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 100")

    store.engine.dispose()
    event.listen(store.engine, "connect", bound)
    try:
        yield
    finally:
        event.remove(store.engine, "connect", bound)
        store.engine.dispose()
