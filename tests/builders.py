"""Valid records with one thing changed, and the short way to a story in a store."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from campaign.records import Candidate, CandidateMedia, Judged, StoredPost, Story, Verdict
from conftest import NOW
from storage import schema
from storage.decisions import Action, decide
from storage.ingest import Counts, _ingest
from storage.store import Actor, Store
from storage.stories import get_stories

_number = itertools.count(1)


def candidate(**changes: Any) -> Candidate:
    """A public Mastodon post that carries the hashtag, unlike every other one made here."""
    number = next(_number)
    made: dict[str, Any] = {
        "network": "mastodon",
        "identity": f"https://exempel.social/users/vastkusten/statuses/{number}",
        "url": f"https://exempel.social/@vastkusten/{number}",
        "published_at": NOW - timedelta(hours=number % 200 + 1),
        "text": f"Ny cykelväg invigd i Skogaby, nummer {number}! #hallandväxer",
        "html": f"<p>Ny cykelväg invigd i Skogaby, nummer {number}! #hallandväxer</p>",
        "author_name": "Västkustens cykelförening",
        "author_handle": "vastkusten@exempel.social",
        "author_url": "https://exempel.social/@vastkusten",
        "language": "sv",
        "tags": ("hallandvaxer",),
        "tags_folded": True,
    }
    return Candidate(**(made | changes))


def picture(**changes: Any) -> CandidateMedia:
    """A picture with the author's alt text."""
    made: dict[str, Any] = {"url": f"https://exempel.social/m/{next(_number)}.jpg", "alt": "Tre barn klipper ett band."}
    return CandidateMedia(**(made | changes))


def judge(stored: StoredPost | None, arrived: Candidate) -> Judged:
    """Take everything in; a changed text is a new version."""
    if stored is None:
        return Judged(verdict=Verdict.ADD, reason="new")
    same = stored.digest == arrived.digest
    return Judged(verdict=Verdict.UNCHANGED if same else Verdict.REVISE, reason="same" if same else "edited")


def ingest(store: Store, *candidates: Candidate, now: datetime = NOW, own: bool = False) -> Counts:
    """Store candidates in the campaign hallandvaxer, without a source."""
    with store.write() as connection:
        return _ingest(
            connection, campaign="hallandvaxer", source_id=None, candidates=candidates, judge=judge, now=now, own=own
        )


def story(store: Store, *, now: datetime = NOW, own: bool = False, **changes: Any) -> Story:
    """Store one post and return its story as the desk sees it."""
    made = candidate(**changes)
    ingest(store, made, now=now, own=own)
    found = [entry for entry in newest(store) if entry.lead.identity == made.identity]
    return found[0]


def approved(store: Store, *, at: datetime = NOW, by: Actor | None = None, **changes: Any) -> Story:
    """Store one post, approve its story at a moment, and return it as the desk sees it."""
    made = story(store, now=min(at, NOW), **changes)
    decide(store, made.id, Action.APPROVE, by=by or Actor(kind="person", account_id=account(store)), now=at)
    return get_stories(store, [made.id], public=False)[0]


def newest(store: Store) -> Sequence[Story]:
    """Every story, newest first, as the desk sees it."""
    with store.read() as connection:
        ids = connection.execute(
            schema.story.select().with_only_columns(schema.story.c.id).order_by(schema.story.c.sort_key.desc())
        ).scalars()
        found = list(ids)
    return get_stories(store, found, public=False)


def account(store: Store, *, name: str = "anna", role: str = "editor") -> int:
    """The id of an account, made where it is missing."""
    with store.write() as connection:
        known = connection.execute(
            schema.account.select().with_only_columns(schema.account.c.id).where(schema.account.c.name == name)
        ).scalar()
        if known is not None:
            return int(known)
        done = connection.execute(
            insert(schema.account).values(name=name, display_name=name.title(), role=role, created_at=NOW)
        )
        return int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one


def node(store: Store, *, code: str = "attraktiv", title: str = "En attraktiv region", position: int = 0) -> int:
    """The id of a focus area of the strategy halland-2014-2020, both made where they are missing."""
    with store.write() as connection:
        if connection.execute(schema.strategy.select()).first() is None:
            connection.execute(
                insert(schema.strategy).values(
                    id="halland-2014-2020",
                    campaign="hallandvaxer",
                    title="Tillväxtstrategi för Halland 2014-2020",
                    period_from="2014-01-01",
                    period_to="2020-12-31",
                    loaded_at=NOW,
                )
            )
        known = connection.execute(schema.node.select().where(schema.node.c.code == code)).first()
        if known is not None:
            return int(known.id)
        done = connection.execute(
            insert(schema.node).values(
                campaign="hallandvaxer",
                strategy_id="halland-2014-2020",
                code=code,
                kind="area",
                title=title,
                colour="#2f6b3c",
                words=[],
                position=position,
            )
        )
        return int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one
