"""What networks renew by themselves is kept encrypted."""

from __future__ import annotations

from sqlalchemy import select

from collecting import settings, source
from conftest import NOW
from storage import schema
from storage.sessions import SourceSession
from storage.sources import sync_sources
from storage.store import Store


def session(store: Store, secret: bytes | None = None) -> SourceSession:
    """The session of a stored source, sealed with the store's secret or another."""
    sync_sources(store, settings(source("nyheter", url="https://example.se/rss")), now=NOW)
    other = store if secret is None else Store(store.engine, media=store.media, secret=secret)
    return SourceSession(other, "nyheter", lambda: NOW)


def test_what_was_kept_is_read_again_and_replaced_whole(store: Store) -> None:
    """The last values stand, and none of those before."""
    session(store).put({"access": "a", "refresh": "b"})
    session(store).put({"access": "c"})
    assert session(store).get() == {"access": "c"}


def test_the_database_alone_does_not_tell_a_token(store: Store) -> None:
    """What lies in the table holds neither the token nor its name."""
    session(store).put({"access": "hemlig-nyckel"})
    with store.read() as connection:
        sealed = bytes(connection.execute(select(schema.session.c.sealed)).scalar_one())
    assert b"hemlig" not in sealed
    assert b"access" not in sealed


def test_another_secret_reads_nothing(store: Store) -> None:
    """A session that was sealed with another secret counts as none."""
    session(store).put({"access": "a"})
    assert session(store, secret=b"another secret").get() == {}


def test_a_session_can_be_forgotten(store: Store) -> None:
    """No values leave no row."""
    session(store).put({"access": "a"})
    session(store).put({})
    with store.read() as connection:
        assert connection.execute(select(schema.session)).all() == []
