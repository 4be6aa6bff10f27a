"""Pictures as browsers ask for them: WebP by its name, JPEG where there is none."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from builders import account, approved, picture
from campaign.records import Right
from conftest import NOW
from storage import schema
from storage.media import write_renditions
from storage.rights import set_right
from storage.store import Actor, Store
from website import Website, settings

FILE = "b" * 64


def test_a_name_in_webp_gets_the_smaller_copy(sqlite_store: Store, tmp_path: Path) -> None:
    """With its own type and its own mark for caches; a width that has none gets JPEG under the same name."""
    media = approved(sqlite_store, media=(picture(),)).lead.media[0]
    with sqlite_store.write() as connection:
        values = {"file": FILE, "width": 960, "height": 640}
        connection.execute(update(schema.media).where(schema.media.c.id == media.id).values(values))
    write_renditions(sqlite_store, FILE, {480: b"small", 960: b"large"}, {480: b"tiny"})
    person = Actor(kind="person", account_id=account(sqlite_store))
    set_right(sqlite_store, media.id, Right.PERMISSION, by=person, now=NOW, right_from="Anna")
    with Website(settings(tmp_path), sqlite_store) as site:
        answers = [site.get(f"/media/{FILE}-{name}") for name in ("480.webp", "480.jpg", "960.webp")]
    assert [(answer.body, answer.headers["content-type"]) for answer in answers] == [
        (b"tiny", "image/webp"),
        (b"small", "image/jpeg"),
        (b"large", "image/jpeg"),
    ]
    assert len({answer.headers["etag"] for answer in answers}) == 3
