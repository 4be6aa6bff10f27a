"""Settings, servers and runs for tests of collecting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

from sqlalchemy import select

from campaign.settings import FetchSettings, Settings, Site, SourceSettings, StorageSettings
from collector.run import RunResult, collect
from conftest import HALLAND, NOW
from net.http import Fetcher
from servers import Request
from storage import schema
from storage.store import Store


def source(name: str, kind: str = "feed", **changes: Any) -> SourceSettings:
    """A source of the campaign hallandvaxer; what is no setting is an option of its kind."""
    own = {"keep", "rights", "token", "every", "campaigns", "timezone"} & changes.keys()
    made: dict[str, Any] = {"every": timedelta(hours=1), "campaigns": ("hallandvaxer",)}
    made |= {key: changes.pop(key) for key in own}
    return SourceSettings(id=name, kind=kind, options=changes, **made)


def settings(*sources: SourceSettings, allow: tuple[str, ...] = ()) -> Settings:
    """A configuration with these sources that may ask these private addresses."""
    return Settings(
        file=Path("config.toml"),
        site=Site(name="Halland växer", owner="Region Halland", base_url="http://127.0.0.1", contact="a@example.se"),
        storage=StorageSettings(url="", media=Path("media")),
        campaigns={HALLAND.id: HALLAND},
        sources={each.id: each for each in sources},
        newsletters={},
        fetch=FetchSettings(allow=allow, per_host=timedelta(0)),
    )


def run(store: Store, given: Settings, *names: str, now: datetime = NOW, **more: Any) -> dict[str, RunResult]:
    """Ask these sources, or all of the configuration, and return how each run ended."""
    with Fetcher(given.fetch, version="0", clock=lambda: now) as fetcher:
        results = collect(
            store,
            fetcher,
            given,
            clock=lambda: now,
            rng=Random(1),
            **({"sources": names or tuple(given.sources)} | more),
        )
    return {result.source: result for result in results}


def posts(store: Store) -> list[Any]:
    """Every post with its latest version, oldest first; ``local`` has its names by place."""
    query = (
        select(schema.version, schema.post.c.identity, schema.post.c.review, schema.post.c.source_id)
        .join(schema.post, schema.post.c.version_id == schema.version.c.id)
        .order_by(schema.post.c.sort_key)
    )
    local: dict[int, dict[str, str]] = {}
    with store.read() as connection:
        for named in connection.execute(select(schema.post_name)):
            local.setdefault(named.post_id, {})[named.place] = named.name
        rows = connection.execute(query).mappings()
        return [SimpleNamespace(**row, local=local.get(row["post_id"], {})) for row in rows]


def rows(store: Store, table: str) -> list[Mapping[str, Any]]:
    """Every row of a table."""
    found = schema.metadata.tables[table]
    with store.read() as connection:
        return [dict(row) for row in connection.execute(select(found).order_by(*found.primary_key)).mappings()]


@contextmanager
def counting(store: Store) -> Iterator[list[int]]:
    """Count the posts that are new when the block ends."""
    before, found = len(posts(store)), [0]
    yield found
    found[0] = len(posts(store)) - before


def rss(*items: str, title: str = "Nyheter") -> str:
    """An RSS feed of items."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f"<rss version='2.0'><channel><title>{title}</title>{inside}</channel></rss>"


def item(number: int, words: str = "#hallandväxer") -> str:
    """The inside of an RSS item."""
    return (
        f"<guid>https://www.example.se/{number}</guid><link>https://www.example.se/{number}</link>"
        f"<title>Nyhet {number}</title><description>{words}</description>"
        f"<pubDate>{(NOW - timedelta(hours=number)).strftime('%a, %d %b %Y %H:%M:%S +0000')}</pubDate>"
    )


def status(number: int, **changes: Any) -> dict[str, Any]:
    """A public Mastodon status with the hashtag."""
    made = {
        "id": str(10**17 + number),
        "uri": f"https://social.example.se/users/anna/statuses/{number}",
        "url": f"https://social.example.se/@anna/{number}",
        "created_at": (NOW - timedelta(days=9) + timedelta(minutes=number)).isoformat(),
        "visibility": "public",
        "content": f"<p>Inlägg {number} #<span>hallandväxer</span></p>",
        "account": {"acct": "anna", "display_name": "Anna", "url": "https://social.example.se/@anna"},
        "media_attachments": [],
        "tags": [{"name": "hallandvaxer"}],
    }
    return made | changes


class Timeline:
    """A Mastodon server with one timeline per tag, which pages as Mastodon does."""

    def __init__(self, *statuses: dict[str, Any], tag: str = "hallandväxer") -> None:
        self.posts = {tag: list(statuses)}

    def __call__(self, request: Request) -> list[Any]:
        """Answer one page of the tag in the path."""
        tag = unquote(request.path.rpartition("/")[2])
        found = sorted(self.posts.get(tag, []), key=lambda each: int(each["id"]), reverse=True)
        query = request.query
        limit = min(int(query.get("limit", 20)), 40)
        if "min_id" in query:
            return [each for each in found if int(each["id"]) > int(query["min_id"])][-limit:]
        if "max_id" in query:
            found = [each for each in found if int(each["id"]) < int(query["max_id"])]
        return found[:limit]
