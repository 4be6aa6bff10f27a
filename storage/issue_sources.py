"""What has become of an issue's stories at their sources since they were approved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, select

from campaign.records import PostState, Review
from storage import schema
from storage.posts import _slices
from storage.store import Store

_POST = schema.post.c


class Turn(StrEnum):
    """What has become of a post at its source."""

    EDITED = "edited"
    MISSING = "missing"
    GONE = "gone"
    DOUBTED = "doubted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A post of a story that is not any more what was approved. ``at`` is when that was seen, None where not kept."""

    story_id: int
    post_id: int
    network: str
    turn: Turn
    at: datetime | None


def turned(store: Store, story_ids: Iterable[int]) -> dict[int, list[Turned]]:
    """Return by story the approved posts that were edited at their source and not looked at, that are missing or gone,
    or of which the source says so without being believed yet; stories without any are left out.
    """
    newest = schema.version.c
    found: dict[int, list[Turned]] = {}
    with store.read() as connection:
        for ids in _slices(story_ids):
            query: Select[Any] = (
                select(
                    _POST.id, _POST.story_id, _POST.network, _POST.state, _POST.version_id, _POST.approved_version_id,
                    _POST.missing_at, _POST.doubted_at, newest.seen_at,
                )
                .join(schema.version, newest.id == _POST.version_id)
                .where(_POST.story_id.in_(ids), _POST.review == Review.APPROVED)
                .order_by(_POST.id)
            )  # fmt: skip
            for row in connection.execute(query):
                for turn, at in _turns(row):
                    found.setdefault(row.story_id, []).append(
                        Turned(story_id=row.story_id, post_id=row.id, network=row.network, turn=turn, at=at)
                    )
    return found


def _turns(row: Row[Any]) -> list[tuple[Turn, datetime | None]]:
    if row.state != PostState.LIVE:
        return [(Turn.GONE if row.state == PostState.GONE else Turn.MISSING, row.missing_at)]
    found: list[tuple[Turn, datetime | None]] = []
    if row.approved_version_id not in (None, row.version_id):
        found.append((Turn.EDITED, row.seen_at))
    if row.doubted_at is not None:
        found.append((Turn.DOUBTED, row.doubted_at))
    return found
