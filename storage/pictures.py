"""The pictures that posts show, known again under new addresses: some networks sign theirs anew with every answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, null, select, update

from campaign.records import Candidate, CandidateMedia, lasting_address
from storage import schema
from storage.posts import _slices

_MEDIA = schema.media.c

#: What is wrong with a picture itself: no new address heals it.
_OF_ITS_OWN = frozenset(
    {"picture_heavy", "picture_svg", "picture_scans", "picture_small", "picture_shape", "picture_pixels"}
)
_UNTRIED = {"tries": 0, "retry_at": None, "error": null()}


def _show(
    connection: Connection, campaign: str, post_id: int, given: Sequence[CandidateMedia], now: datetime, *, own: bool
) -> list[dict[str, Any]]:
    """Return what a version shows of its pictures; those that the post did not have yet are stored.

    A picture keeps its row, and with it right, words and copy, for as long as its address means the same file.
    """
    rows = connection.execute(select(schema.media).where(_MEDIA.post_id == post_id).order_by(_MEDIA.id)).all()
    known = {row.url: row.id for row in rows}
    lasting = {lasting_address(row.url): row.id for row in rows}
    fresh = {row.id: _fresh(row) for row in rows}
    right = {"right": "own", "right_at": now} if own else {}
    shown = []
    for media in given:
        media_id = known.get(media.url) or lasting.get(lasting_address(media.url))
        if media_id is None:
            values = {"url": media.url, "kind": media.kind, "width": media.width, "height": media.height, **right}
            done = connection.execute(insert(schema.media).values(campaign=campaign, post_id=post_id, **values))
            media_id = int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one
        elif media.url not in known:
            renewed = {"url": media.url, **fresh[media_id]}
            connection.execute(update(schema.media).where(_MEDIA.id == media_id).values(renewed))
        known[media.url] = lasting[lasting_address(media.url)] = media_id
        fresh.setdefault(media_id, {})
        shown.append({"id": media_id, "alt": media.alt})
    return shown


def is_signed(candidate: Candidate) -> bool:
    """Return whether a picture of a candidate stands at an address that expires."""
    return any(lasting_address(media.url) != media.url for media in candidate.media)


def _freshen(connection: Connection, seen: Iterable[tuple[int, Candidate]]) -> None:
    """Give pictures without a copy the addresses that hold now, of posts that were seen again unchanged."""
    given = {(post_id, lasting_address(media.url)): media.url for post_id, post in seen for media in post.media}
    for ids in _slices({post_id for post_id, _ in given}):
        rows = connection.execute(select(schema.media).where(_MEDIA.post_id.in_(ids)).order_by(_MEDIA.id)).all()
        taken = {(row.post_id, row.url) for row in rows}
        for untried in (True, False):
            renewed = []
            for row in rows:
                url = given.get((row.post_id, lasting_address(row.url)))
                if url and row.file is None and (row.post_id, url) not in taken and bool(_fresh(row)) is untried:
                    taken.add((row.post_id, url))
                    renewed.append({"of": row.id, "to": url})
            if renewed:
                values: dict[str, Any] = {"url": bindparam("to"), **(_UNTRIED if untried else {})}
                connection.execute(update(schema.media).where(_MEDIA.id == bindparam("of")).values(values), renewed)


def _fresh(row: Any) -> dict[str, Any]:
    """Return what a new address changes beside itself: a picture that could not be had is tried again."""
    hopeless = row.file is not None or (row.error is not None and row.error.get("key") in _OF_ITS_OWN)
    return {} if hopeless else _UNTRIED
