"""Requests that were made to break something, and words that must be nowhere once they are hidden."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import select, update

from builders import account, approved, picture
from conftest import NOW
from storage import schema
from storage.decisions import Action, decide
from storage.media import set_file, write_renditions
from storage.store import Actor, Store
from test_web_public import issue
from website import Website, settings

ODD = (
    "/stories/" + "1" * 5000,
    "/years/" + "9" * 5000,
    "/issues/veckobrevet/" + "1" * 5000,
    "/archive?network=%00",
    "/feed.atom?network=%00",
    "/u/%00",
    "/subscribe/confirm/%00",
    "/issues/%00/1",
    "/desk/setup/%00",
)


def test_an_address_that_cannot_be_is_not_found(store: Store, tmp_path: Path) -> None:
    """Numbers without end and NUL, which PostgreSQL refuses, lead to the page that says "not here"."""
    with Website(settings(tmp_path), store) as site:
        for path in ODD:
            answer = site.get(path)
            assert answer.status == 404, path[:40]
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert site.ask("POST", "/u/%00", b"").status == 404


def test_a_form_of_a_thousand_fields_is_too_large(sqlite_store: Store, tmp_path: Path) -> None:
    """Too many fields are refused like too many bytes, and are no fault of ours."""
    body = b"&".join([b"a=1"] * 2000)
    with Website(settings(tmp_path), sqlite_store) as site:
        for path in ("/subscribe", "/report", "/desk/login"):
            assert site.ask("POST", path, body, content_type="application/x-www-form-urlencoded").status == 413


def test_a_hidden_story_is_not_quoted_in_the_list_of_letters(sqlite_store: Store, tmp_path: Path) -> None:
    """The subject and preview of a letter that told of a story do not outlive it, on any page that lists letters."""
    made = approved(sqlite_store)
    issue(sqlite_store, made.id)
    quoted = "Rubrik nummer 1 på åker"
    with sqlite_store.write() as connection:
        kept = dict(connection.execute(select(schema.issue.c.frozen)).scalar_one())
        kept |= {"subject": f"Halland växer 12: {quoted}", "preview": f"{quoted} · Mer"}
        connection.execute(update(schema.issue).values(frozen=kept))
    with Website(settings(tmp_path), sqlite_store) as site:
        before = {path: site.get(path).text for path in ("/", "/issues", "/en/issues", "/issues/veckobrevet/12")}
        assert all(quoted in page for page in before.values())
        by = Actor(kind="person", account_id=account(sqlite_store))
        decide(sqlite_store, made.id, Action.HIDE, by=by, now=NOW)
        for path in before:
            assert quoted not in site.get(path).text, path


def test_a_database_that_is_gone_is_said_on_a_page(sqlite_store: Store, tmp_path: Path) -> None:
    """Whatever happens to the file while serving, readers get a page that says so, never a bare error."""
    approved(sqlite_store)
    with Website(settings(tmp_path), sqlite_store) as site:
        assert site.get("/archive").status == 200
        path = tmp_path / "skord.db"
        with path.open("r+b") as file:
            file.truncate(8192)
        sqlite_store.engine.dispose()
        answer = site.get("/archive?q=annat")
        assert answer.status == 503
        assert "<html" in answer.text


def test_a_picture_is_kept_nowhere_for_a_minute_after_it_was_hidden(sqlite_store: Store, tmp_path: Path) -> None:
    """Browsers and proxies ask again within half a minute, and who asks again gets no answer from memory."""
    made = approved(sqlite_store, own=True, media=(picture(),))
    sha256 = "ab" * 32
    write_renditions(sqlite_store, sha256, {480: b"narrow", 960: b"wide"})
    set_file(sqlite_store, made.lead.media[0].id, sha256, width=960, height=640)
    with Website(settings(tmp_path), sqlite_store) as site:
        first = site.get(f"/media/{sha256}-960.jpg")
        assert (first.status, first.body) == (200, b"wide")
        age = re.search(r"max-age=(\d+)", first.headers["cache-control"])
        assert age is not None
        assert int(age[1]) < 60
        again = site.get(f"/media/{sha256}-960.jpg", if_none_match=first.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        decide(sqlite_store, made.id, Action.HIDE, by=Actor(kind="person", account_id=account(sqlite_store)), now=NOW)
        assert site.get(f"/media/{sha256}-960.jpg", if_none_match=first.headers["etag"]).status == 404
