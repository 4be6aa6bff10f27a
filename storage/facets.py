"""How many stories of a pile come from where and tell of what: the numbers beside the queue.

Each dimension is counted under all other filters and without its own, so that a number says what a press on it would
show. A story that two networks tell counts at both, and once at each however often one tells it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, String, Table, case, cast, func, literal, null, select, union_all

from storage import schema
from storage.narrowing import Filters, wanted
from storage.store import Store

_STORY = schema.story.c
_POST = schema.post.c
_VERSION = schema.version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value that a filter can take, and how many stories it would show."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The numbers of a pile, the most frequent first. ``nodes`` has ids of the strategy as its values.

    ``unattached`` and ``unplaced`` count the stories that belong to no node and to no place.
    """

    sources: tuple[Choice, ...]
    networks: tuple[Choice, ...]
    places: tuple[Choice, ...]
    nodes: tuple[Choice, ...]
    unattached: int
    unplaced: int


def facets(
    store: Store, filters: Filters, *, now: datetime, tops: Mapping[int, int], around: Mapping[str, str]
) -> Facets:
    """Return the numbers of a pile under its filters, with one query.

    ``tops`` says at the top of which part of the strategy each node stands, ``around`` what a place is counted as:
    a part has what its nodes have, a municipality what its towns have.
    """
    with store.read() as connection:
        rows = connection.execute(union_all(*_parts(store.dialect, filters, now, tops, around))).all()
    found: dict[str, list[Choice]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (-row.stories, row.value or "")):
        if row.stories:
            found[row.what].append(Choice(value=row.value or "", count=int(row.stories)))
    return Facets(
        sources=tuple(found["source"]),
        networks=tuple(found["network"]),
        places=tuple(found["place"]),
        nodes=tuple(found["node"]),
        unattached=sum(each.count for each in found["unattached"]),
        unplaced=sum(each.count for each in found["unplaced"]),
    )


def networks(store: Store, campaign: str) -> list[Choice]:
    """Return the networks that a campaign's stories came from, the most frequent first."""
    count = func.count(_POST.story_id.distinct())
    query = select(_POST.network, count).where(_POST.campaign == campaign).group_by(_POST.network)
    with store.read() as connection:
        rows = connection.execute(query.order_by(count.desc(), _POST.network)).all()
    return [Choice(value=row[0], count=row[1]) for row in rows]


def languages(store: Store, campaign: str) -> list[str]:
    """Return the languages that a campaign's posts are written in, by their codes."""
    # From each code to the next along the index: as many steps as there are languages, however many posts.
    of_campaign = select(func.min(_VERSION.language).label("code")).where(_VERSION.campaign == campaign)
    codes = of_campaign.cte("codes", recursive=True)
    following = of_campaign.where(_VERSION.language > codes.c.code).correlate(codes).scalar_subquery()
    codes = codes.union_all(select(following).where(codes.c.code.is_not(None)))
    with store.read() as connection:
        found = connection.execute(select(codes.c.code)).scalars().all()
    return sorted({str(code).partition("-")[0] for code in found if code})


def places(store: Store, campaign: str) -> list[str]:
    """Return the ids of the places that a campaign's stories have."""
    place = schema.story_place.c
    with store.read() as connection:
        return list(connection.execute(select(place.place).where(place.campaign == campaign).distinct()).scalars())


def _parts(
    dialect: str, filters: Filters, now: datetime, tops: Mapping[int, int], around: Mapping[str, str]
) -> list[Select[*tuple[Any, ...]]]:
    known: dict[Filters, CTE] = {}

    def stories(**own: Any) -> CTE:
        """Return the stories under all filters but a dimension's own; those that are the same are found once."""
        asked = replace(filters, **own)
        if asked not in known:
            query = select(_STORY.id).where(wanted(dialect, asked, now))
            known[asked] = query.cte(f"stories_{len(known)}")
        return known[asked]

    evidence, place = schema.evidence, schema.story_place
    of_node, of_place = stories(nodes=(), unattached=False), stories(places=(), unplaced=False)
    counted_as = case(dict(around), value=place.c.place, else_=place.c.place) if around else place.c.place
    parts = [
        _counted("source", _POST.source_id, schema.post, stories(source="")),
        _counted("network", _POST.network, schema.post, stories(network="")),
        # A story has a place or a node once: only where several of them are counted as one can it come twice.
        _counted("place", counted_as, place, of_place, once=not around),
        _left("unplaced", place, of_place),
    ]
    if tops:
        top = case(dict(tops), value=evidence.c.node_id)
        once = all(node == above for node, above in tops.items())
        parts += [_counted("node", top, evidence, of_node, once=once), _left("unattached", evidence, of_node)]
    return parts


def _counted(
    what: str, value: ColumnElement[Any], table: Table, stories: CTE, *, once: bool = False
) -> Select[*tuple[Any, ...]]:
    """Return the query of how many stories have each value in a table that points at them, at most ``once`` or more."""
    count = (func.count() if once else func.count(table.c.story_id.distinct())).label("stories")
    query = select(literal(what).label("what"), cast(value, String).label("value"), count)
    return query.join_from(stories, table, table.c.story_id == stories.c.id).where(value.is_not(None)).group_by(value)


def _left(what: str, table: Table, stories: CTE) -> Select[*tuple[Any, ...]]:
    """Return the query of how many stories no row of a table points at."""
    pointed = select(table.c.id).where(table.c.story_id == stories.c.id).correlate(stories).exists()
    query = select(literal(what).label("what"), cast(null(), String).label("value"), func.count().label("stories"))
    return query.select_from(stories).where(~pointed)
