"""Queries typed the way people type, with the answers that were written down before anybody saw the search's own.

``data/search/stories.tsv`` is the archive: id, date, network, source, places, areas, title, text, tags.
``data/search/queries.tsv`` is the table: query, ids that must be found, ids that must not, what is proposed, why.
"""

from __future__ import annotations

import csv
import shutil
import tomllib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet
from sqlalchemy import text

from builders import account, candidate, judge, node
from campaign.places import offer, slug
from campaign.records import Candidate
from campaign.settings import Settings, Site, SourceSettings, StorageSettings
from conftest import HALLAND, NOW
from storage import schema
from storage.archive import browse
from storage.deciding import _story
from storage.decisions import Action, decide_together
from storage.engine import make_engine
from storage.evidence import _attach
from storage.ingest import _ingest
from storage.search import propose
from storage.sources import sync_sources
from storage.store import Actor, Store, open_store, sync_campaigns
from storage.strategy import StrategyTree, read_strategies
from storage.ties import _put
from web.public.asked import asked_from, wanted_from

_DATA = Path(__file__).parent / "data" / "search"
_STRATEGY = Path(__file__).parents[1] / "strategies" / "halland-2014-2020.toml"


def _table(name: str) -> list[dict[str, str]]:
    """Return the rows of a table as they stand there: a query may begin with "#", and its spaces are part of it."""
    rows = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


_STORIES, _QUERIES = _table("stories.tsv"), _table("queries.tsv")


def _listed(value: str) -> list[str]:
    return [each for each in value.split(",") if each]


#: Rows that ask for what no fair search does, and why.
DISAGREED = {
    "place:varberg place:falkenberg": "docs/search.md: several of one name are alternatives, as chosen filters are",
    "area:A area:K": "docs/search.md: several of one name are alternatives, as chosen filters are",
    "-year:2024 ai": "a span of years is asked for, none is cut out of it; the page tells that it was not understood",
}


def _marked(row: dict[str, str]) -> ParameterSet:
    """Return a row as a test of its own; those that are disagreed with must fail."""
    why = DISAGREED.get(row["query"])
    marks = [pytest.mark.xfail(reason=why, strict=True)] if why else []
    return pytest.param(row, id=row["query"][:40] or "nothing", marks=marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The archive of the table. ``names`` are the table's ids of stories by ours, ``known`` its strategies."""

    store: Store
    settings: Settings
    names: dict[int, str]
    known: Sequence[StrategyTree]


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
    names = _told(store)
    yield Archive(
        store=store, settings=settings, names=names, known=read_strategies(store, HALLAND.id, ended=True)
    )  # fmt: skip
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


def _told(store: Store) -> dict[int, str]:
    """Store the stories of the table, set their places and areas, approve them all; return the table's ids by ours."""
    by = Actor(kind="person", account_id=account(store))
    places, areas = offer(("Hallands län",)), _areas(store)
    names: dict[int, str] = {}
    with store.write() as connection:
        for row in _STORIES:
            made = _candidate(row)
            _ingest(
                connection, campaign=HALLAND.id, source_id=slug(row["source"]) if row["source"] else None,
                candidates=[made], judge=judge, now=NOW,
            )  # fmt: skip
            found = connection.execute(schema.post.select().where(schema.post.c.identity == made.identity)).one()
            names[found.story_id] = row["id"]
        for story_id, row in zip(names, _STORIES, strict=True):
            story = _story(connection, story_id)
            how = {"reason": "", "account_id": by.account_id, "at": NOW}
            for place in _listed(row["places"]):
                _put(connection, schema.story_place.c.place, story, places.named(place)[0].id, how)
            for area in _listed(row["areas"]):
                _attach(connection, story, areas[area], by=by, now=NOW)
    decide_together(store, names, Action.APPROVE, by=by, now=NOW)
    return names


def _candidate(row: dict[str, str]) -> Candidate:
    return candidate(
        network=row["network"],
        published_at=datetime.fromisoformat(row["date"]).replace(hour=12, tzinfo=UTC),
        title=row["title"],
        text=row["text"],
        html="",
        tags=tuple(_listed(row["tags"])),
    )


def _areas(store: Store) -> dict[str, int]:
    """Make the focus areas of the strategy; return their ids by code, which is their first letter in the table."""
    areas = tomllib.loads(_STRATEGY.read_text(encoding="utf-8"))["node"]
    return {key[0].upper(): node(store, code=key[0].upper(), title=area["title"]) for key, area in areas.items()}


@pytest.mark.parametrize("row", [_marked(row) for row in _QUERIES])
def test_a_query_finds_what_its_writer_meant(archive: Archive, row: dict[str, str]) -> None:
    """What was written down as meant is found, what was written down as not meant is not, and slips are proposed."""
    campaign = archive.settings.campaigns[HALLAND.id]
    asked = asked_from({"q": row["query"]})
    wanted = wanted_from(archive.settings, archive.store, campaign, asked, known=archive.known, every_kind=True)
    hits = browse(archive.store, campaign.id, wanted, limit=500).hits
    found = {archive.names[hit.story.id] for hit in hits if hit.story is not None}
    assert set(_listed(row["finds"])) <= found, row["why"]
    if row["not"] == "*":
        assert not hits, row["why"]
    assert not set(_listed(row["not"])) & found, row["why"]
    if row["proposes"] or row["not"] == "*":
        proposed = propose(archive.store, campaign.id, wanted.text)
        assert (proposed or "").casefold() == row["proposes"], row["why"]
