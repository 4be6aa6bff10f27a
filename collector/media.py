"""Fetches the pictures of stored posts and keeps our own copies: re-encoded, without metadata, in a few widths.

Taking the bytes is ``net.http``'s work, judging and re-encoding them ``collector.picture``'s, keeping them and
knowing which are due ``storage.media``'s. What goes wrong with one picture is recorded with it and stops no other.
Pictures that people uploaded at the desk lie in a folder instead of at an address, and go the same way from there.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from campaign.errors import CollectError
from campaign.writing import uploaded
from collector.picture import Prepared, prepare
from net.http import Fetcher
from storage.finding import note_look
from storage.media import DueMedia, media_due, set_failed, set_file, write_renditions
from storage.store import Store
from storage.uploads import drop_upload, find_copy, read_upload

#: The largest picture that is taken, in bytes: what phones make today, with some room.
MOST_BYTES = 15_000_000

_ACCEPT = "image/jpeg,image/png,image/webp,image/avif,image/gif;q=0.9,*/*;q=0.1"

#: What an error of the way out means for a picture; all others are troubles that often pass.
_MEANINGS = {
    "too_large": "picture_heavy",
    "http_gone": "picture_gone",
    "http_not_found": "picture_gone",
    "http_forbidden": "picture_closed",
    "http_unauthorized": "picture_closed",
    "bad_url": "picture_address",
    "bad_redirect": "picture_address",
    "private_address": "picture_address",
}
#: What cannot change: more tries would only trouble the server.
_FOR_GOOD = frozenset({"too_large", "http_gone", "bad_url"})

#: What is wrong with a picture that somebody here uploaded, in words for them; whatever else it is, it is broken.
_OF_UPLOADS = {
    "picture_pixels": "upload_pixels",
    "picture_small": "upload_small",
    "picture_shape": "upload_shape",
    "upload_gone": "upload_gone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureResult:
    """How it went with one picture: ``file`` names our copy, ``error`` says why there is none.

    Both are None where the post went away while its picture was on the way.
    """

    media_id: int
    url: str
    file: str | None = None
    error: CollectError | None = None


def fetch_pictures(
    store: Store,
    fetcher: Fetcher,
    *,
    clock: Callable[[], datetime],
    limit: int = 50,
    workers: int = 2,
    stopping: Callable[[], bool] = lambda: False,
) -> list[PictureResult]:
    """Fetch up to ``limit`` pictures that are due and return how it went with each.

    Once ``stopping`` says yes, what is in hand is finished and the rest stays due. Raises StorageError where no
    picture could be kept at all: the disk is full, or the database cannot be used.
    """

    def one(due: DueMedia) -> PictureResult | None:
        if stopping():
            return None
        return _take(store, due, clock) if uploaded(due.url) else _fetch(store, fetcher, due, clock)

    waiting = media_due(store, now=clock(), limit=limit)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="picture") as pool:
        return [result for result in pool.map(one, waiting) if result is not None]


def _fetch(store: Store, fetcher: Fetcher, due: DueMedia, clock: Callable[[], datetime]) -> PictureResult:
    try:
        prepared = prepare(_taken(fetcher, due.url))
    except CollectError as error:
        set_failed(store, due.id, error, now=clock())
        return PictureResult(media_id=due.id, url=due.url, error=error)
    return _keep(store, due, prepared, clock)


def _keep(store: Store, due: DueMedia, prepared: Prepared, clock: Callable[[], datetime]) -> PictureResult:
    write_renditions(store, prepared.sha256, prepared.renditions, prepared.modern)
    kept = set_file(store, due.id, prepared.sha256, width=prepared.width, height=prepared.height)
    if kept and prepared.look is not None:
        note_look(store, due.id, prepared.look, now=clock())
    return PictureResult(media_id=due.id, url=due.url, file=prepared.sha256 if kept else None)


def _take(store: Store, due: DueMedia, clock: Callable[[], datetime]) -> PictureResult:
    """Make our own copies of a file that was uploaded, and remove it: also where nothing can be made of it."""
    name = uploaded(due.url)
    try:
        body = read_upload(store, name)
        if body is None:
            return _shared(store, due, name)
        result = _keep(store, due, prepare(body), clock)
    except CollectError as error:
        told = CollectError(_OF_UPLOADS.get(error.key, "upload_damaged"), permanent=True)
        told.facts.update(error.facts)
        set_failed(store, due.id, told, now=clock())
        result = PictureResult(media_id=due.id, url=due.url, error=told)
    drop_upload(store, name)
    return result


def _shared(store: Store, due: DueMedia, name: str) -> PictureResult:
    """Give a picture the copies that were made of the very same file for another story."""
    copy = find_copy(store, name)
    if copy is None:
        raise CollectError("upload_gone", permanent=True)
    kept = set_file(store, due.id, copy.file, width=copy.width, height=copy.height)
    return PictureResult(media_id=due.id, url=due.url, file=copy.file if kept else None)


def _taken(fetcher: Fetcher, url: str) -> bytes:
    """Return the bytes at a picture's address; what fails is told as it concerns a picture, not a source."""
    try:
        return fetcher.fetch(url, max_bytes=MOST_BYTES, accept=_ACCEPT).body
    except CollectError as error:
        key = _MEANINGS.get(error.key, "picture_unreachable")
        host = str(error.facts.get("host", ""))
        permanent = error.key in _FOR_GOOD or (error.key == "private_address" and error.permanent)
        raise CollectError(
            key,
            permanent=permanent,
            retry_at=error.retry_at,
            host=host,
            reason=error.key,
            limit=MOST_BYTES // 1_000_000,
        ) from error
