"""How many hits of a search come from where and tell of what: the numbers beside a list of the archive.

The newest hits are counted, exactly where there are no more of them; ``capped`` says that there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from storage import schema
from storage.archive import Wanted, ask_of
from storage.keys import key_range, moment_of
from storage.matches import Ask, facet_values, found, statement_of
from storage.store import Store

_SHELF = schema.shelf.c

#: So many of the newest hits are counted.
MOST = 5_000

#: Where there are more hits than are counted, each year is asked for so many at most.
MOST_OF_YEAR = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetCounts:
    """The numbers of a search, each value with how many hits have it, the most frequent first.

    ``capped``: there are more hits than ``total``, and only these were counted. ``nodes`` are sets of ids in order,
    "12+15", so that a story under two nodes of an area can be counted once. ``years`` are of the site's zone, newest
    first; where ``capped``, a year that has ``MOST_OF_YEAR`` has that or more.
    """

    total: int = 0
    capped: bool = False
    networks: Mapping[str, int] = field(default_factory=dict)
    nodes: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    years: Mapping[int, int] = field(default_factory=dict)


def facet_counts(store: Store, campaign: str, wanted: Wanted) -> FacetCounts:
    """Return the numbers of a search, with one query for them all and one a year where there are many."""
    with store.read() as connection:
        ask = ask_of(connection, campaign, wanted)
        if ask is None:
            return FacetCounts()
        rows = _rows(connection, ask)
        capped = len(rows) > MOST
        rows = rows[:MOST]
        years = _years(connection, ask, store.zone) if capped else _years_of(rows, store.zone)
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("kind", "network", "node", "place", "source")}
    # What is counted often is told by few different facets: each of them is read once.
    for (kind, facets), count in Counter((kind, facets) for _, kind, facets in rows).items():
        values = facet_values(facets.split())
        counts["kind"][kind] += count
        if values["node"]:
            counts["node"]["+".join(values["node"])] += count
        for name in ("network", "place", "source"):
            for value in values[name]:
                counts[name][value] += count
    return FacetCounts(
        total=len(rows),
        capped=capped,
        networks=_ordered(counts["network"]),
        nodes=_ordered(counts["node"]),
        places=_ordered(counts["place"]),
        sources=_ordered(counts["source"]),
        kinds=_ordered(counts["kind"]),
        years=years,
    )


def _ordered(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


def count_hits(store: Store, campaign: str, wanted: Wanted, *, most: int) -> int:
    """Return how many hits there are; one more than ``most`` where there are more."""
    with store.read() as connection:
        ask = ask_of(connection, campaign, wanted)
        return len(found(connection, ask, limit=most + 1)) if ask else 0


def _rows(connection: Connection, ask: Ask) -> list[tuple[int, str, str]]:
    """Return key, kind and facets of the newest hits, one more than is counted."""
    inner, parameters = statement_of(connection.dialect.name, ask, limit=MOST + 1)
    statement = (
        f"SELECT s.key, s.kind, s.facets FROM ({inner}) AS f "  # noqa: S608 - own names
        "JOIN shelf AS s ON s.key = f.found_key ORDER BY s.key DESC"
    )
    return [(row[0], row[1], row[2]) for row in connection.exec_driver_sql(statement, parameters)]


def _years_of(rows: list[tuple[int, str, str]], zone: ZoneInfo) -> dict[int, int]:
    return dict(sorted(Counter(moment_of(key).astimezone(zone).year for key, _, _ in rows).items(), reverse=True))


def _years(connection: Connection, ask: Ask, zone: ZoneInfo) -> dict[int, int]:
    """Return how many hits each year has, counted as far as ``MOST_OF_YEAR``."""
    # The ends of the whole shelf, each by itself: two steps on its key. Those of one campaign would be a long walk.
    oldest, newest = (connection.execute(select(end(_SHELF.key))).scalar_one() for end in (func.min, func.max))
    if oldest is None:
        return {}
    counted = {}
    for year in range(moment_of(newest).astimezone(zone).year, moment_of(oldest).astimezone(zone).year - 1, -1):
        first, end = key_range(*(datetime(each, 1, 1, tzinfo=zone).astimezone(UTC) for each in (year, year + 1)))
        inside = replace(ask, first_key=max(first, ask.first_key or first), end_key=min(end, ask.end_key or end))
        count = len(found(connection, inside, limit=MOST_OF_YEAR))
        if count:
            counted[year] = count
    return counted
