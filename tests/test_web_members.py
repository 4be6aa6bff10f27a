"""Posts whose authors do not want to be seen by strangers: at the desk with the reason, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from builders import approved, candidate, ingest
from campaign.records import Candidate
from conftest import NOW
from desk import Running, running
from storage.store import Store
from storage.stories import get_stories

PUBLIC = (
    "/",
    "/archive",
    "/archive?q=varggata",
    "/feed.atom",
    "/feed.json",
    "/sitemaps/2026-1.xml",
    "/wall",
    "/embed",
    "/years/2026",
    "/stories/{id}",
    "/api/v1/stories",
)


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store, on a socket."""
    with running(sqlite_store) as found:
        yield found


def seen(site: Running, story_id: int, word: str) -> list[str]:
    """The public addresses that show a word of a story."""
    client = site.client(None)
    answers = {path: client.get(path.format(id=story_id)) for path in PUBLIC}
    return [path for path, answer in answers.items() if word in answer.text.replace(f'value="{word}"', "")]


def test_members_only_posts_stay_inside(site: Running, sqlite_store: Store) -> None:
    """An approved post of such an author is on no public surface, and the desk says why."""
    made = approved(sqlite_store, network="bluesky", text="Varggata i Skogaby #hallandväxer", members_only=True)
    assert seen(site, made.id, "Skogaby") == []
    assert get_stories(sqlite_store, [made.id], public=True) == []
    page = site.client().get("/desk?pile=approved").text
    assert "Visas inte publikt" in page
    assert "Skogaby" in page


def test_the_authors_latest_word_counts(site: Running, sqlite_store: Store) -> None:
    """Who asks later to be kept inside disappears at once, though the text was approved; who takes it back returns."""
    first = candidate(network="bluesky", text="Varggata i Skogaby #hallandväxer")
    made = approved(sqlite_store, **fields(first))
    assert "/archive" in seen(site, made.id, "Skogaby")
    ingest(sqlite_store, replace(first, members_only=True), now=NOW)
    assert seen(site, made.id, "Skogaby") == []
    ingest(sqlite_store, first, now=NOW)
    assert "/archive" in seen(site, made.id, "Skogaby")


def fields(made: Candidate) -> dict[str, Any]:
    """A candidate as the changes that make it."""
    return {name: getattr(made, name) for name in made.__dataclass_fields__}
