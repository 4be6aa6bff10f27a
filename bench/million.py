"""An archive of as many posts as wanted: made once in a folder and used again, the same each time.

Posts are written as rows, as the collectors would have left them, each approved; then the shelf is drawn by the
program itself. Words are drawn from some ten thousand, common ones often and rare ones seldom, as people write.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select

from bench.material import _said
from campaign.settings import CampaignSettings
from campaign.strategy import Node, NodeKind, Strategy
from storage import schema
from storage.engine import make_engine, upgrade
from storage.shelf import bring_up, is_drawn
from storage.store import Store, open_store, sync_campaigns
from storage.strategy import load_strategy

CAMPAIGN = CampaignSettings(id="hallandvaxer", name="Halland växer", hashtags=("#hallandväxer",))
FIRST, LAST = datetime(2016, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
NETWORKS = ("mastodon", "bluesky", "instagram", "feed", "facebook", "youtube")
PLACES = ("falkenberg", "halmstad", "hylte", "kungsbacka", "laholm", "varberg")
#: How common the words are that are looked for: of a hundred posts so many say them.
COMMON = {"region": 98.0, "hallandväxer": 30.0, "kompetens": 11.0, "klimat": 12.0, "skog": 12.0, "fjärrvärme": 0.1}
_AT_ONCE = 5_000
WHERE = "SKORD_BENCH_ARCHIVES"
"""Names a folder in which archives are kept from one run to the next; without it they are made anew."""


def folder() -> Path:
    """Return the folder of the archives."""
    kept = os.environ.get(WHERE)
    made = Path(kept) if kept else Path(tempfile.mkdtemp(prefix="skord-bench-archive-"))
    made.mkdir(parents=True, exist_ok=True)
    return made


def sqlite_archive(where: Path, posts: int) -> Store:
    """Return an archive of so many posts on SQLite, made where it is missing."""
    home = where / f"archive-{posts}"
    home.mkdir(exist_ok=True)
    return archive(f"sqlite:///{home / 'skord.db'}", home / "media", posts)


def archive(url: str, media: Path, posts: int) -> Store:
    """Return an archive of so many posts at an address, filled where it is empty."""
    upgrade(make_engine(url))  # what an older program made stays of use
    store = open_store(url, media=media, secret=b"for benchmarks, never used elsewhere")
    with store.read() as connection:
        is_empty = connection.execute(select(schema.post.c.id).limit(1)).first() is None
    if is_empty:
        sync_campaigns(store, [CAMPAIGN], FIRST)
        _fill(store, posts)
    if not is_drawn(store):
        bring_up(store, progress=_tell)
        print(file=sys.stderr)
    return store


def _tell(done: int, total: int) -> None:
    print(f"\rdrawn {done:,} of {total:,}", end="", file=sys.stderr, flush=True)


def _fill(store: Store, posts: int) -> None:
    areas = [
        Node(code=f"{number}", kind=NodeKind.AREA, title=f"Område {number}", text=_said(random.Random(number), 20))
        for number in range(1, 6)
    ]
    goals = [
        Node(code=f"{area.code}.{number}", kind=NodeKind.GOAL, parent=area.code, title=f"Mål {area.code}.{number}")
        for area in areas
        for number in range(1, 4)
    ]
    strategy = Strategy(
        id="halland",
        title="Strategi",
        owner="Prov",
        period_from=date(2016, 1, 1),
        period_to=date(2026, 12, 31),
        nodes=(*areas, *goals),
    )
    load_strategy(store, CAMPAIGN.id, strategy, now=FIRST)
    with store.read() as connection:
        nodes = list(connection.execute(select(schema.node.c.id).order_by(schema.node.c.id)).scalars())
    batch: list[dict[str, Any]] = []
    for row in _posts(posts):
        batch.append(row)
        if len(batch) == _AT_ONCE:
            _write(store, batch, nodes)
            batch = []
    _write(store, batch, nodes)


def _posts(count: int) -> Iterator[dict[str, Any]]:
    choose = random.Random(11)
    step = (LAST - FIRST) / max(1, count)
    for number in range(1, count + 1):
        at = FIRST + step * number + timedelta(milliseconds=choose.randrange(1000))
        said = [word for word, share in COMMON.items() if choose.random() * 100 < share]
        yield {
            "id": number,
            "at": at,
            "key": (int(at.timestamp() * 1000) << 10),
            "network": choose.choices(NETWORKS, (30, 20, 20, 20, 8, 2))[0],
            "text": f"{_said(choose, 22)} {' '.join(said)} #hallandväxer",
            "place": choose.choice(PLACES) if choose.random() < 0.6 else None,
            "node": choose.randrange(20) if choose.random() < 0.7 else None,
        }


def _write(store: Store, rows: list[dict[str, Any]], nodes: list[int]) -> None:
    tables: dict[Table, list[dict[str, Any]]] = {
        schema.story: [_story(row) for row in rows],
        schema.post: [_post(row) for row in rows],
        schema.version: [_version(row) for row in rows],
        schema.story_place: [_under(row, place=row["place"]) for row in rows if row["place"]],
        schema.evidence: [_under(row, node_id=nodes[row["node"]]) for row in rows if row["node"] is not None],
    }
    with store.write() as connection:
        for table, values in tables.items():
            if values:
                connection.execute(insert(table), values)


def _story(row: dict[str, Any]) -> dict[str, Any]:
    own = {"id": row["id"], "campaign": CAMPAIGN.id, "sort_key": row["key"]}
    return own | {"review": "approved", "approved_at": row["at"]}


def _post(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "campaign": CAMPAIGN.id,
        "story_id": row["id"],
        "network": row["network"],
        "identity": f"https://exempel.se/{row['id']}",
        "sort_key": row["key"],
        "state": "live",
        "review": "approved",
        "version_id": row["id"],
        "approved_version_id": row["id"],
        "first_seen_at": row["at"],
        "last_seen_at": row["at"],
    }


def _version(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "campaign": CAMPAIGN.id,
        "post_id": row["id"],
        "number": 1,
        "seen_at": row["at"],
        "published_at": row["at"],
        "digest": str(row["id"]),
        "text": row["text"],
        "url": f"https://exempel.se/{row['id']}",
        "author_name": f"Avsändare {row['id'] % 400}",
        "language": "sv",
        "tags": ["hallandväxer"],
        "media": [],
    }


def _under(row: dict[str, Any], **what: Any) -> dict[str, Any]:
    return {"campaign": CAMPAIGN.id, "story_id": row["id"], "at": row["at"], **what}
