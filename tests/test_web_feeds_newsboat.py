"""Newsboat, a feed reader that is none of ours, subscribes to the served feeds and keeps what they tell."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from builders import account, approved, node
from conftest import NOW
from desk import Running, running
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.places import set_place
from storage.store import Actor, Store


@dataclass(frozen=True)
class Kept:
    """One entry as newsboat keeps it."""

    guid: str
    title: str
    author: str
    url: str
    at: datetime
    content: str


class Newsboat:
    """A reader with its own folder, subscribed to some addresses."""

    def __init__(self, folder: Path, *addresses: str) -> None:
        found = shutil.which("newsboat")
        if found is None:
            pytest.skip("newsboat: the feed reader is not installed")
        self._program = found
        self._folder = folder
        folder.mkdir()
        (folder / "urls").write_text("".join(f"{each}\n" for each in addresses), encoding="utf-8")
        (folder / "config").write_text("suppress-first-reload yes\n", encoding="utf-8")

    def reload(self) -> None:
        """Let it ask every feed."""
        files = ("-u", "urls", "-c", "cache.db", "-C", "config")
        environment = {**os.environ, "HOME": str(self._folder), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [self._program, *files, "-x", "reload"],
            cwd=self._folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def feeds(self) -> dict[str, str]:
        """What it calls its feeds, by address."""
        return dict(self._ask("SELECT rssurl, title FROM rss_feed"))

    def entries(self, address: str) -> list[Kept]:
        """What it keeps of a feed, newest first."""
        columns = "guid, title, author, url, pubDate, content"
        rows = self._ask(f"SELECT {columns} FROM rss_item WHERE feedurl = ? ORDER BY pubDate DESC, id", address)
        return [Kept(*row[:4], at=datetime.fromtimestamp(row[4], UTC), content=row[5]) for row in rows]

    def _ask(self, query: str, *values: str) -> list[tuple]:  # type: ignore[type-arg]
        database = sqlite3.connect(self._folder / "cache.db")
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A site with four stories: in a focus area, in a place, with letters and signs that feeds stumble over."""
    by = Actor(kind="person", account_id=account(sqlite_store))
    told = ("Ny cykelväg & bro <invigd>", "Åäö – “citat” och 100 %", "Skördetid i Halmstad", "Inget märkvärdigt")
    for number, title in enumerate(told):
        approved(
            sqlite_store, title=title, text=f"Text nummer {number}. #hallandväxer", html="", tags=("hallandväxer",),
            published_at=NOW - timedelta(days=number),
        )  # fmt: skip
    attach(sqlite_store, 1, node(sqlite_store), by=by, now=NOW)
    set_place(sqlite_store, 3, "halmstad", by=by, now=NOW)
    with running(sqlite_store) as made:
        yield made


def test_newsboat_keeps_titles_moments_authors_and_categories(site: Running, tmp_path: Path) -> None:
    """What it keeps is what the stories say, in the archive's order; what they are about stands in the text."""
    address = f"{site.address}/feed.atom"
    reader = Newsboat(tmp_path / "newsboat", address)
    reader.reload()
    kept = reader.entries(address)
    assert reader.feeds() == {address: "Halland växer"}
    assert [each.title for each in kept] == [
        "Ny cykelväg & bro <invigd>", "Åäö – “citat” och 100 %", "Skördetid i Halmstad", "Inget märkvärdigt",
    ]  # fmt: skip
    assert [each.at for each in kept] == [NOW - timedelta(days=number) for number in range(4)]
    assert {each.author for each in kept} == {"Västkustens cykelförening"}
    assert [each.url for each in kept] == [f"{site.address}/stories/{number}" for number in (1, 2, 3, 4)]
    assert "En attraktiv region" in kept[0].content
    assert "Halmstad" in kept[2].content
    assert all(f"Text nummer {number}." in each.content for number, each in enumerate(kept))


def test_newsboat_follows_each_category_by_its_own_feed(site: Running, tmp_path: Path) -> None:
    """A feed narrowed to an area, a place or words is a feed of its own, with a name that tells which."""
    addresses = [f"{site.address}/feed.atom?{query}" for query in ("area=attraktiv", "place=halmstad", "q=citat")]
    reader = Newsboat(tmp_path / "newsboat", *addresses)
    reader.reload()
    assert [[each.url.rpartition("/")[2] for each in reader.entries(address)] for address in addresses] == [
        ["1"], ["3"], ["2"],
    ]  # fmt: skip
    assert [reader.feeds()[address] for address in addresses] == [
        "Halland växer: En attraktiv region",
        "Halland växer: Halmstad",
        "Halland växer: ”citat”",
    ]


def test_newsboat_sees_a_story_once_however_often_it_asks(site: Running, tmp_path: Path) -> None:
    """Asked again, and after a new story came, nothing is kept twice; the new one is there."""
    address = f"{site.address}/feed.atom"
    reader = Newsboat(tmp_path / "newsboat", address)
    reader.reload()
    reader.reload()
    assert len(reader.entries(address)) == 4
    approved(site.store, title="Nyss godkänd", published_at=NOW - timedelta(minutes=5))
    by = Actor(kind="person", account_id=account(site.store))
    decide(site.store, 4, Action.HIDE, by=by, now=NOW)
    reader.reload()
    titles = [each.title for each in reader.entries(address)]
    assert titles.count("Nyss godkänd") == 1
    assert len(titles) == len(set(titles))
