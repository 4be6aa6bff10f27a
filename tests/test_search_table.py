"""Queries typed the way people type, with the answers that were written down before anybody saw the search's own.

``data/search/stories.tsv`` is the archive: id, date, network, source, places, areas, title, text, tags.
``data/search/queries.tsv`` is the table: query, ids that must be found, ids that must not, what is proposed, why.
"""

from __future__ import annotations

import csv
import re
import shutil
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from builders import account, candidate, judge, node
from campaign.places import offer, slug
from campaign.settings import Settings, Site, SourceSettings, StorageSettings
from conftest import HALLAND, NOW
from storage import schema
from storage.archive import browse
from storage.decisions import Action, decide
from storage.engine import make_engine
from storage.evidence import attach
from storage.ingest import _ingest
from storage.places import set_place
from storage.search import propose
from storage.sources import sync_sources
from storage.store import Actor, Store, open_store, sync_campaigns
from storage.strategy import read_strategies
from web.public.asked import asked_from, wanted_from

_DATA = Path(__file__).parent / "data" / "search"
_STRATEGY = Path(__file__).parents[1] / "strategies" / "halland-2014-2020.toml"


def _table(name: str) -> list[dict[str, str]]:
    path = _DATA / name
    if not path.is_file():
        return []
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"]
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [{key: (value or "").strip() for key, value in row.items() if key} for row in rows]


_STORIES, _QUERIES = _table("stories.tsv"), _table("queries.tsv")


def _listed(value: str) -> list[str]:
    return [each.strip() for each in re.split("[,;]", value) if each.strip() not in ("", "-")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The archive of the table. ``names`` are the table's ids of stories by ours."""

    store: Store
    settings: Settings
    names: dict[int, str]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The stories of the table, approved, on each database once for all queries."""
    folder = tmp_path_factory.mktemp("searched")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "skord.db")
        url = f"sqlite:///{folder / 'skord.db'}"
    else:
        server = request.getfixturevalue("postgres_url")
        name = f"t{uuid.uuid4().hex}"
        admin = make_engine(server).execution_options(isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template_skord"))
        admin.dispose()
        url = server.replace("/postgres?", f"/{name}?")
    store = open_store(url, media=folder / "media", secret=b"test secret, never used elsewhere")
    settings = _settings(folder)
    sync_campaigns(store, list(settings.campaigns.values()), NOW)
    sync_sources(store, settings, now=NOW)
    yield Archive(store=store, settings=settings, names=dict(_told(store, row) for row in _STORIES))
    store.close()


def _settings(folder: Path) -> Settings:
    sources = {
        slug(name): SourceSettings(
            id=slug(name), kind="feed", campaigns=(HALLAND.id,), every=timedelta(hours=1), name=name,
            options={"url": f"https://exempel.se/{slug(name)}"},
        )
        for name in dict.fromkeys(row["source"] for row in _STORIES if row["source"])
    }  # fmt: skip
    return Settings(
        file=folder / "config.toml",
        site=Site(name="Halland", owner="Region", base_url="http://127.0.0.1", contact="a@example.se"),
        storage=StorageSettings(url="", media=folder / "media"),
        campaigns={HALLAND.id: replace(HALLAND, places=("Hallands län",))},
        sources=sources,
        newsletters={},
    )


def _told(store: Store, row: dict[str, str]) -> tuple[int, str]:
    """Store and approve one story of the table; return our id and the table's."""
    made = candidate(
        network=row["network"] or "mastodon",
        published_at=_moment(row["date"]),
        title=row["title"],
        text=row["text"].replace("\\n", "\n"),
        html="",
        tags=tuple(each.lstrip("#") for each in _listed(row["tags"].replace(" ", ","))),
    )
    with store.write() as connection:
        _ingest(
            connection, campaign=HALLAND.id, source_id=slug(row["source"]) if row["source"] else None,
            candidates=[made], judge=judge, now=NOW,
        )  # fmt: skip
        post = schema.post.c
        found = connection.execute(schema.post.select().where(post.identity == made.identity)).one()
    by = Actor(kind="person", account_id=account(store))
    decide(store, found.story_id, Action.APPROVE, by=by, now=NOW)
    for place in _listed(row["places"]):
        for each in offer(("Hallands län",)).named(place)[:1]:
            set_place(store, found.story_id, each.id, by=by, now=NOW)
    for area in _listed(row["areas"]):
        code, title = _area(area)
        attach(store, found.story_id, node(store, code=code, title=title), by=by, now=NOW)
    return found.story_id, row["id"]


def _moment(day: str) -> datetime:
    moment = datetime.fromisoformat(day)
    return moment if moment.tzinfo else moment.replace(hour=moment.hour or 12, tzinfo=UTC)


def _area(name: str) -> tuple[str, str]:
    """Return code and title of an area that the table names by either."""

    def parts(found: object) -> Iterator[tuple[str, str]]:
        if isinstance(found, dict):
            if "code" in found and "title" in found:
                yield str(found["code"]), str(found["title"])
            for each in found.values():
                yield from parts(each)
        elif isinstance(found, list):
            for each in found:
                yield from parts(each)

    known = list(parts(tomllib.loads(_STRATEGY.read_text(encoding="utf-8"))))
    found = next((pair for pair in known if name.casefold() in (each.casefold() for each in pair)), None)
    return found or (slug(name), name)


@pytest.mark.parametrize("row", _QUERIES, ids=[row["query"][:40] for row in _QUERIES])
def test_a_query_finds_what_its_writer_meant(archive: Archive, row: dict[str, str]) -> None:
    """What was written down as meant is found, what was written down as not meant is not, and slips are proposed."""
    campaign = archive.settings.campaigns[HALLAND.id]
    known = read_strategies(archive.store, campaign.id, ended=True)
    wanted = wanted_from(
        archive.settings, archive.store, campaign, asked_from({"q": row["query"]}), known=known, every_kind=True
    )
    hits = browse(archive.store, campaign.id, wanted, limit=500).hits
    found = {archive.names[hit.story.id] for hit in hits if hit.story is not None}
    meant, not_meant = set(_listed(row["finds"])), set(_listed(row["not"]))
    assert meant <= found, row["why"]
    assert not not_meant & found, row["why"]
    if row["proposes"] and row["proposes"] != "-":
        assert propose(archive.store, campaign.id, wanted.text) == row["proposes"], row["why"]
