"""The texts that a post has had, for the desk: an edit is seen beside what was approved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storage import schema
from storage.posts import _slices
from storage.store import Store

_POST = schema.post.c
_VERSION = schema.version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One text of a post. ``alts`` are the author's words for its pictures, in order, "" where there were none."""

    id: int
    post_id: int
    number: int
    seen_at: datetime
    edited_at: datetime | None
    published_at: datetime
    title: str
    text: str
    warning: str
    author_name: str
    tags: tuple[str, ...]
    alts: tuple[str, ...]
    pictures: tuple[int, ...]
    approved: bool
    newest: bool


def versions(store: Store, post_ids: Sequence[int]) -> dict[int, list[Version]]:
    """Return all versions of each post, the newest first."""
    found: dict[int, list[Version]] = {}
    with store.read() as connection:
        for ids in _slices(post_ids):
            query = (
                select(schema.version, _POST.approved_version_id, _POST.version_id.label("newest_id"))
                .join(schema.post, _POST.id == _VERSION.post_id)
                .where(_VERSION.post_id.in_(ids))
                .order_by(_VERSION.post_id, _VERSION.number.desc())
            )
            for row in connection.execute(query):
                found.setdefault(row.post_id, []).append(
                    Version(
                        id=row.id,
                        post_id=row.post_id,
                        number=row.number,
                        seen_at=row.seen_at,
                        edited_at=row.edited_at,
                        published_at=row.published_at,
                        title=row.title,
                        text=row.text,
                        warning=row.warning,
                        author_name=row.author_name,
                        tags=tuple(row.tags),
                        alts=tuple(entry["alt"] or "" for entry in row.media),
                        pictures=tuple(entry["id"] for entry in row.media),
                        approved=row.id == row.approved_version_id,
                        newest=row.id == row.newest_id,
                    )
                )
    return found
