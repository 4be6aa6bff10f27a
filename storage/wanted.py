"""Pictures that came with the posts in an archive: which of them still want their file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from campaign.records import PostState
from storage import schema
from storage.store import Store

_MEDIA = schema.media.c
_POST = schema.post.c


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFile:
    """A picture of a stored post without a copy of ours."""

    media_id: int
    network: str
    identity: str
    url: str


def wanted_files(store: Store, network: str, identities: Sequence[str]) -> list[WantedFile]:
    """Return the pictures of these posts, in every campaign, that have no copy yet; none of posts that are gone."""
    found: list[WantedFile] = []
    with store.read() as connection:
        for start in range(0, len(identities), 500):
            query = (
                select(_MEDIA.id, _POST.network, _POST.identity, _MEDIA.url)
                .join(schema.post, _POST.id == _MEDIA.post_id)
                .where(_POST.network == network, _POST.identity.in_(identities[start : start + 500]))
                .where(_MEDIA.file.is_(None), _MEDIA.kind == "image", _POST.state != PostState.GONE)
                .order_by(_MEDIA.id)
            )
            found += [
                WantedFile(media_id=row.id, network=row.network, identity=row.identity, url=row.url)
                for row in connection.execute(query)
            ]
    return found
