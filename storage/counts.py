"""How many public stories there are, by week and month, of each network, place, source and set of nodes.

The numbers are kept as stories come and go (``storage.shelf``): reading them costs the same however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import func, select

from storage import schema
from storage.store import Store

_COUNT = schema.shelf_count.c
_SHELF = schema.shelf.c

#: What the outside may count by. Sets of places are kept beside them, for counting what lies inside another place.
FACETS = ("all", "network", "nodes", "place", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many stories of one sort a week ("2026-W47") or a month ("2026-11") of the site's zone has."""

    period: str
    value: str
    count: int

    @property
    def year(self) -> int:
        """The year of the month, or the ISO year of the week."""
        return int(self.period[:4])

    @property
    def number(self) -> int:
        """The number of the week or of the month."""
        return int(self.period[-2:])

    @property
    def nodes(self) -> tuple[int, ...]:
        """The nodes that these stories stand under, where sets of nodes are counted."""
        return tuple(int(each) for each in self.value.split("+") if each)


def tally(store: Store, campaign: str, facet: str, *, period: str = "week", value: str | None = None) -> list[Tally]:
    """Return every week or month that has stories, the oldest first, with how many of each value of a facet.

    ``facet`` is "all" (value ""), "network", "place", "source", or "nodes": the ids of a story's nodes in order,
    "12+15", "" for none; "places" are sets in the same way, "halmstad+laholm". A story told on two networks counts in
    both, one in two places too. ``value`` asks for one.
    """
    assert facet in (*FACETS, "places")
    assert period in ("week", "month")
    query = select(_COUNT.period, _COUNT.value, _COUNT.stories).where(
        _COUNT.campaign == campaign, _COUNT.facet == facet, _COUNT.stories > 0
    )
    query = query.where(_COUNT.period.like("%-W%") if period == "week" else _COUNT.period.not_like("%-W%"))
    if value is not None:
        query = query.where(_COUNT.value == value)
    with store.read() as connection:
        rows = connection.execute(query.order_by(_COUNT.period, _COUNT.value)).all()
    return [Tally(period=row.period, value=row.value, count=row.stories) for row in rows]


def total(store: Store, campaign: str) -> int:
    """Return how many public stories a campaign has."""
    query = select(func.coalesce(func.sum(_COUNT.stories), 0)).where(
        _COUNT.campaign == campaign, _COUNT.facet == "all", _COUNT.period.not_like("%-W%")
    )
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def between(store: Store, campaign: str, bounds: list[int]) -> list[int]:
    """Return how many stories stand between each two of these keys, one number fewer than there are keys."""
    with store.read() as connection:
        return [
            int(
                connection.execute(
                    select(func.count()).where(
                        _SHELF.campaign == campaign, _SHELF.kind == "story", _SHELF.key >= first, _SHELF.key < end
                    )
                ).scalar_one()
            )
            for first, end in pairwise(bounds)
        ]
