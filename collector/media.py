"""Fetches the pictures of stored posts and keeps our own copies: re-encoded, without metadata, in a few widths.

Taking the bytes is ``net.http``'s work, judging and re-encoding them ``collector.picture``'s, keeping them and
knowing which are due ``storage.media``'s. What goes wrong with one picture is recorded with it and stops no other.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from campaign.errors import CollectError
from collector.picture import prepare
from net.http import Fetcher
from storage.media import DueMedia, media_due, set_failed, set_file, write_renditions
from storage.store import Store

#: The largest picture that is taken, in bytes: what phones make today, with some room.
MOST_BYTES = 15_000_000

_ACCEPT = "image/avif,image/webp,image/png,image/jpeg,image/gif;q=0.8,*/*;q=0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureResult:
    """How it went with one picture: the name of our copy, or why there is none. Both None: it was not wanted any more."""

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

    Once ``stopping`` says yes, what is in hand is finished and the rest stays due.
    """

    def one(due: DueMedia) -> PictureResult | None:
        return None if stopping() else _fetch(store, fetcher, due, clock)

    waiting = media_due(store, now=clock(), limit=limit)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="picture") as pool:
        return [result for result in pool.map(one, waiting) if result is not None]


def _fetch(store: Store, fetcher: Fetcher, due: DueMedia, clock: Callable[[], datetime]) -> PictureResult:
    try:
        answer = fetcher.fetch(due.url, max_bytes=MOST_BYTES, accept=_ACCEPT)
        prepared = prepare(answer.body)
    except CollectError as error:
        set_failed(store, due.id, error, now=clock())
        return PictureResult(media_id=due.id, url=due.url, error=error)
    write_renditions(store, prepared.sha256, prepared.renditions)
    kept = set_file(store, due.id, prepared.sha256, width=prepared.width, height=prepared.height)
    return PictureResult(media_id=due.id, url=due.url, file=prepared.sha256 if kept else None)
