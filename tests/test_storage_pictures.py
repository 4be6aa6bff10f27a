"""Pictures whose addresses are signed anew with every answer, and posts that several doors show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from builders import account, candidate, ingest, picture
from campaign.errors import CollectError
from campaign.records import Candidate, Right
from collecting import rows
from conftest import NOW
from storage.media import MOST_TRIES, media_due, set_failed, set_file
from storage.rights import set_alt, set_right
from storage.store import Actor, Store

DAY = timedelta(days=1)
META = "https://scontent-arn2-1.cdninstagram.com/v/t51/skord_n.jpg"


def post(signature: str, **changes: Any) -> Candidate:
    """A post of Instagram with one picture, signed so."""
    made: dict[str, Any] = {
        "network": "instagram",
        "identity": "17",
        "url": "https://www.instagram.com/p/DExempel123/",
        "published_at": NOW,
        "text": "Skörd",
        "html": "",
        "media": (picture(url=f"{META}?oe={signature}", alt=None),),
    }
    return candidate(**(made | changes))


def test_an_edit_keeps_a_picture_under_its_new_signature(store: Store) -> None:
    """Right, words and our own copy stay with the picture: an edit makes no second row."""
    ingest(store, post("1"))
    (before,) = rows(store, "media")
    by = Actor(kind="person", account_id=account(store))
    set_right(store, before["id"], Right.PERMISSION, by=by, now=NOW, right_from="Anna")
    set_alt(store, before["id"], "En traktor", by=by, now=NOW)
    set_file(store, before["id"], "a" * 64, width=10, height=10)
    assert ingest(store, post("2", text="Skörden är här"), now=NOW + DAY).revised == 1
    (after,) = rows(store, "media")
    kept = ("id", "right", "right_from", "alt", "file")
    assert [after[name] for name in kept] == [before["id"], "permission", "Anna", "En traktor", "a" * 64]
    assert rows(store, "version")[-1]["media"] == [{"id": before["id"], "alt": None}]


def test_another_picture_is_another(store: Store) -> None:
    """An edit that shows another file has a picture of its own; the old one stays for the older text."""
    ingest(store, post("1"))
    ingest(store, post("1", media=(picture(url=META.replace("skord", "host")),)))
    assert len(rows(store, "media")) == 2


def test_a_picture_without_a_copy_is_tried_at_the_address_that_holds_now(store: Store) -> None:
    """A post seen again unchanged brings its picture's new address, and the tries begin anew."""
    ingest(store, post("1"))
    (waiting,) = media_due(store, now=NOW, limit=9)
    for _ in range(MOST_TRIES):
        set_failed(store, waiting.id, CollectError("picture_closed"), now=NOW)
    assert media_due(store, now=NOW + DAY, limit=9) == []
    assert ingest(store, post("2"), now=NOW + DAY).unchanged == 1
    (again,) = media_due(store, now=NOW + DAY, limit=9)
    assert (again.id, again.url) == (waiting.id, f"{META}?oe=2")


def test_a_new_address_does_not_heal_what_is_wrong_with_the_picture(sqlite_store: Store) -> None:
    """A picture that is too small stays so: it is not fetched at every asking."""
    ingest(sqlite_store, post("1"))
    (waiting,) = media_due(sqlite_store, now=NOW, limit=9)
    set_failed(sqlite_store, waiting.id, CollectError("picture_small", permanent=True), now=NOW)
    ingest(sqlite_store, post("2"), now=NOW + DAY)
    assert media_due(sqlite_store, now=NOW + DAY, limit=9) == []


def test_a_picture_with_a_copy_is_left_alone_by_an_unchanged_post(sqlite_store: Store) -> None:
    """What we have needs no address: nothing is written."""
    ingest(sqlite_store, post("1"))
    set_file(sqlite_store, rows(sqlite_store, "media")[0]["id"], "a" * 64, width=10, height=10)
    before = rows(sqlite_store, "media")
    ingest(sqlite_store, post("2"), now=NOW + DAY)
    assert rows(sqlite_store, "media") == before
