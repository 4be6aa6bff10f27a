"""What readers may see of a measuring point now: what was hidden or kept back since it was frozen is left out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection, select

from campaign.snapshots import Content
from storage import schema
from storage.posts import _slices, public

_POST = schema.post.c


def _for_readers(connection: Connection, told: Content) -> Content:
    seen = _seen(connection, {each.post for each in told.evidence})
    kept_back = _kept_back(connection, [each.id for each in told.indicators])
    shown = {each.id for each in told.indicators if each.wording.public} - kept_back
    kept = tuple(replace(each, reason="") for each in told.evidence if each.post in seen)
    return replace(
        told,
        indicators=tuple(each for each in told.indicators if each.id in shown),
        values=tuple(each for each in told.values if each.indicator in shown),
        evidence=kept,
        away=len({each.story for each in told.evidence} - {each.story for each in kept}),
    )


def _kept_back(connection: Connection, indicator_ids: Collection[int]) -> set[int]:
    """Return those of the indicators that are kept from readers now, whatever held when they were frozen."""
    indicator = schema.indicator.c
    found: set[int] = set()
    for part in _slices(sorted(indicator_ids)):
        rows = connection.execute(select(indicator.id, indicator.wording).where(indicator.id.in_(part)))
        found |= {row.id for row in rows if not row.wording.get("public", True)}
    return found


def _seen(connection: Connection, post_ids: Collection[int]) -> set[int]:
    """Return those of the posts that anybody may see now."""
    found: set[int] = set()
    for part in _slices(sorted(post_ids)):
        found |= set(connection.execute(select(_POST.id).where(_POST.id.in_(part), public())).scalars())
    return found
