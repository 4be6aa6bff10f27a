"""Posts as the desk and the public read them. ``public()`` alone says what may be seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, select

from campaign.records import Media, Post, PostState, Review, Right, Use
from storage import schema
from storage.store import Store

_POST = schema.post.c
_VERSION = schema.version.c


def public() -> ColumnElement[bool]:
    """Return the condition under which a post may be seen by anybody.

    It is approved, it stands at its source, and its author has not asked to be kept from strangers. What is seen is
    the approved version, never the latest. Every public surface uses this one function.
    """
    return and_(
        _POST.review == Review.APPROVED,
        _POST.approved_version_id.is_not(None),
        _POST.state == PostState.LIVE,
        _POST.members_only.is_(False),
    )


def get_post(store: Store, post_id: int) -> Post | None:
    """Return a post with its latest version, None where there is none."""
    with store.read() as connection:
        return next(iter(_load(connection, desk_query().where(_POST.id == post_id))), None)


def homes(store: Store, post_ids: Iterable[int]) -> dict[int, int]:
    """Return the stories that posts belong to now, by post."""
    found: dict[int, int] = {}
    with store.read() as connection:
        for ids in _slices(post_ids):
            rows = connection.execute(select(_POST.id, _POST.story_id).where(_POST.id.in_(ids)))
            found |= {row.id: row.story_id for row in rows}
    return found


def media_file(store: Store, media_id: int) -> str | None:
    """Return the name (SHA-256) of our own copy of a picture, None where there is no picture or no copy."""
    with store.read() as connection:
        return connection.execute(select(schema.media.c.file).where(schema.media.c.id == media_id)).scalar()


def find_media_story(store: Store, media_id: int) -> int | None:
    """Return the story that a picture belongs to now, None where there is no such picture."""
    query = select(_POST.story_id).join(schema.media, schema.media.c.post_id == _POST.id)
    with store.read() as connection:
        return connection.execute(query.where(schema.media.c.id == media_id)).scalar()


def desk_query() -> Select[Any]:
    """Return the query of posts with their latest versions."""
    return _query(_POST.version_id)


def public_query() -> Select[Any]:
    """Return the query of posts that may be seen, with their approved versions."""
    return _query(_POST.approved_version_id).where(public())


def _query(version_column: ColumnElement[int | None]) -> Select[Any]:
    kept = [column for column in schema.version.c if column.name not in ("id", "campaign", "post_id", "digest")]
    return select(schema.post, _VERSION.id.label("shown_version_id"), *kept).join(
        schema.version, _VERSION.id == version_column
    )


def _load(connection: Connection, query: Select[Any], asked: dict[str, Any] | None = None) -> list[Post]:
    rows = connection.execute(query, asked).all()
    pictures = _media(connection, [row.id for row in rows])
    return [_post(row, pictures.get(row.id, {})) for row in rows]


def _post(row: Row[Any], pictures: dict[int, Row[Any]]) -> Post:
    shown = [(pictures[entry["id"]], entry["alt"]) for entry in row.media if entry["id"] in pictures]
    return Post(
        id=row.id,
        campaign=row.campaign,
        story_id=row.story_id,
        source=row.source_id or "",
        network=row.network,
        identity=row.identity,
        sort_key=row.sort_key,
        state=PostState(row.state),
        review=Review(row.review),
        version_id=row.shown_version_id,
        version_number=row.number,
        newest=row.shown_version_id == row.version_id,
        url=row.url,
        published_at=row.published_at,
        first_seen_at=row.first_seen_at,
        title=row.title,
        text=row.text,
        html=row.html,
        author_name=row.author_name,
        author_handle=row.author_handle,
        author_url=row.author_url,
        language=row.language,
        warning=row.warning,
        sensitive=row.sensitive,
        shy=row.shy,
        members_only=row.members_only,
        tags=tuple(row.tags),
        media=tuple(_picture(media, alt) for media, alt in shown),
        credit=row.credit,
        engagement=row.engagement,
    )


_PICTURES = select(schema.media).where(schema.media.c.post_id.in_(bindparam("ids", expanding=True)))


def _media(connection: Connection, post_ids: Sequence[int]) -> dict[int, dict[int, Row[Any]]]:
    found: dict[int, dict[int, Row[Any]]] = defaultdict(dict)
    for ids in _slices(post_ids):
        for row in connection.execute(_PICTURES, {"ids": ids}):
            found[row.post_id][row.id] = row
    return found


def _picture(row: Row[Any], alt_by_author: str | None) -> Media:
    return Media(
        id=row.id,
        post_id=row.post_id,
        url=row.url,
        kind=row.kind,
        alt=row.alt if row.alt is not None else alt_by_author,
        alt_by_author=alt_by_author,
        decorative=row.decorative,
        right=Right(row.right),
        right_from=row.right_from,
        width=row.width,
        height=row.height,
        file=row.file,
        right_proof=row.right_proof,
        right_uses=tuple(Use(use) for use in row.right_uses),
        right_until=row.right_until,
        asked_at=row.asked_at,
        focus=(row.focus_x, row.focus_y) if row.focus_x is not None else None,
    )


def _slices(ids: Iterable[int], size: int = 500) -> Iterable[list[int]]:
    """Cut ids into lists that both databases take as parameters; no ids give no list."""
    everything = list(ids)
    return (everything[start : start + size] for start in range(0, len(everything), size))
