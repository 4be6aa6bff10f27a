"""Pages cost the same however large the archive is: statements, the database's steps and its plans are compared.

What is counted once for every change (months, facets of the whole archive) is asked for before: a page rendered anew
is what a reader waits for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bench.million import CAMPAIGN, FIRST, _fill, _posts, _write
from conftest import NOW
from storage import facets_public
from storage.archive import Wanted, latest
from storage.shelf import draw_all
from storage.spans import lifted
from storage.store import Store, open_store, sync_campaigns
from website import Website, settings

SIZES = (300, 3_000)
#: Said by so many stories, whatever else there is.
RARE, SAID = "kantarell", 40
LARGE = ("shelf", "story", "post", "version", "evidence", "story_place", "decision", "media")
#: log 3,000 is 1.4 times log 300.
GROWN = 1.5


@dataclass
class Cost:
    """What SQLite did: its steps, in tens, and every statement with its values written out."""

    steps: int = 0
    statements: list[str] = field(default_factory=list)


@contextmanager
def counted(store: Store) -> Iterator[Cost]:
    """Count on every connection, the driver's own statements too."""
    cost = Cost()

    def step() -> int:
        cost.steps += 1
        return 0

    def begin(driver: sqlite3.Connection, *_: Any) -> None:
        driver.set_progress_handler(step, 10)
        driver.set_trace_callback(cost.statements.append)

    def end(driver: sqlite3.Connection, *_: Any) -> None:
        driver.set_progress_handler(None, 10)
        driver.set_trace_callback(None)

    event.listen(store.engine, "checkout", begin)
    event.listen(store.engine, "checkin", end)
    try:
        yield cost
    finally:
        event.remove(store.engine, "checkout", begin)
        event.remove(store.engine, "checkin", end)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Store]]:
    """The same archive in two sizes."""
    made = {size: _made(tmp_path_factory.mktemp(str(size)), size) for size in SIZES}
    yield made
    for store in made.values():
        store.close()


def _made(folder: Path, size: int) -> Store:
    store = open_store(f"sqlite:///{folder / 'skord.db'}", media=folder / "media", secret=b"test", create=True)
    sync_campaigns(store, [CAMPAIGN], FIRST)
    _fill(store, 0)
    with store.read() as connection:
        nodes = [row[0] for row in connection.exec_driver_sql("SELECT id FROM node ORDER BY id")]
    rows = list(_posts(size))
    for row in rows[-SAID:]:
        row["text"] += f" {RARE}"
    _write(store, rows, nodes)
    draw_all(store)
    return store


def _costs(store: Store, folder: Path, warm: str, path: str) -> Cost:
    """Return what a page costs that is rendered anew, after another of its kind."""
    site = settings(folder, campaigns={CAMPAIGN.id: CAMPAIGN})
    with Website(site, store, clock=lambda: NOW) as web:
        assert web.get(warm).status == 200
        with counted(store) as cost:
            assert web.get(path).status == 200
    return cost


def _page(kind: str, size: int, store: Store) -> tuple[str, str]:
    """Return two addresses of a kind, in the middle of an archive."""
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT key FROM shelf WHERE kind = 'story' ORDER BY key").fetchall()
    middle = rows[size // 2][0]
    return {
        "list": (f"/archive?older={middle + 1}", f"/archive?older={middle}"),
        "story": (f"/stories/{size // 2 - 20}", f"/stories/{size // 2}"),
        "search": (f"/archive?q={RARE}&older={rows[-1][0] + 1}", f"/archive?q={RARE}"),
        "api": ("/api/v1/stories?limit=20", f"/api/v1/stories?limit=30&q={RARE}"),
    }[kind]


@pytest.mark.parametrize("kind", ["list", "story", "search", "api"])
def test_a_page_costs_the_same_in_ten_times_as_large_an_archive(
    archives: dict[int, Store], tmp_path: Path, kind: str
) -> None:
    """As many statements are asked, and their steps grow no faster than the depth of an index."""
    small, large = (_costs(archives[size], tmp_path / str(size), *_page(kind, size, archives[size])) for size in SIZES)
    assert len(large.statements) <= len(small.statements)
    assert large.steps <= max(small.steps, 20) * GROWN


@pytest.mark.parametrize("kind", ["list", "story", "search", "api"])
def test_no_page_goes_through_a_whole_table(archives: dict[int, Store], tmp_path: Path, kind: str) -> None:
    """SQLite finds all that a page shows by an index, by its own plans."""
    store = archives[SIZES[-1]]
    cost = _costs(store, tmp_path, *_page(kind, SIZES[-1], store))
    assert cost.statements
    assert _scanned(store, cost.statements) == []


def test_the_numbers_beside_a_search_stop_where_they_say(
    archives: dict[int, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more is found than is counted, ten times as many hits cost no more to count."""
    monkeypatch.setattr(facets_public, "MOST", 50)
    monkeypatch.setattr(facets_public, "MOST_OF_YEAR", 5)
    steps = []
    for size in SIZES:
        facets_public.facet_counts(archives[size], CAMPAIGN.id, Wanted(text="region"))
        with counted(archives[size]) as cost:
            assert facets_public.facet_counts(archives[size], CAMPAIGN.id, Wanted(text="region")).capped
        steps.append(cost.steps)
    assert steps[1] <= steps[0] * 1.1


def test_what_the_desk_lifted_is_found_by_an_index(archives: dict[int, Store]) -> None:
    """The newest lifted stories of the campaign, or of a span, are few and are found without looking at the others."""
    store = archives[SIZES[-1]]
    with counted(store) as cost:
        assert latest(store, CAMPAIGN.id, limit=5, featured=True) == []
        assert lifted(store, CAMPAIGN.id, (0, 2**62), limit=5) == []
    assert cost.steps < 20


def _scanned(store: Store, statements: list[str]) -> list[str]:
    found = []
    with store.read() as connection:
        for statement in statements:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}".replace("%", "%%")):
                    plan = str(row[-1])
                    if any(plan == f"SCAN {name}" or plan.startswith(f"SCAN {name} ") for name in LARGE):
                        found.append(f"{plan}: {statement}")
                    if plan.startswith("SCAN search_public") and ":M" not in plan:
                        found.append(f"{plan}: {statement}")
    return found
