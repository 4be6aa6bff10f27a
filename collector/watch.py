"""Watches over a run while it lasts: says when it is to stop, and shows that it is alive."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from campaign.errors import CollectError
from collector.results import MOST_ERRORS
from storage import sources as stored
from storage.sources import Claim
from storage.store import Store

#: How often a run looks whether its source was paused, removed, or given to another.
LOOK_SECONDS = 2.0
#: How often it shows that it is alive. Less than any claim lasts; a stream is told well within as much.
BEAT_SECONDS = 60.0


#: A stream asks its other servers at least once an hour; an error that has not come again for so long is over.
_ERROR_SECONDS = 2 * 3600.0


class Watch:
    """The ``stopping`` of one run. Whoever asks it is alive: a network file does so about every second.

    ``heard`` says that a page came: a stream without one may be waiting for a server that never answers. Used by
    one thread.
    """

    def __init__(
        self,
        store: Store,
        claim: Claim,
        *,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        live: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.heard = False
        self.ended = False
        self._store = store
        self._claim = claim
        self._clock = clock
        self._stopping = stopping
        self._live = live
        self._monotonic = monotonic
        self._looked_at = self._beat_at = monotonic()
        self._told_well = False
        self._errors: dict[str, tuple[CollectError, float]] = {}

    def hear(self, errors: Sequence[CollectError]) -> None:
        """Take note of a page, and of what went wrong beside it: a stream may stand for months and never end."""
        self.heard = True
        for error in errors[:MOST_ERRORS]:
            self._errors[str(error)] = (error, self._monotonic())

    def __call__(self) -> bool:
        """Return whether the run is to end after what it has in hand."""
        if self.ended or self._stopping():
            self.ended = True
            return True
        now = self._monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self.ended = not stored.may_go_on(self._store, self._claim)
            if not self.ended:
                self._beat(now)
        return self.ended

    def _beat(self, now: float) -> None:
        well = self._live and self.heard
        if now - self._beat_at >= BEAT_SECONDS or (well and not self._told_well):
            self._beat_at = now
            self._told_well = self._told_well or well
            since = now - _ERROR_SECONDS
            self._errors = {name: known for name, known in self._errors.items() if known[1] >= since}
            errors = [error for error, _ in self._errors.values()][:MOST_ERRORS]
            stored.keep_claim(self._store, self._claim, now=self._clock(), well=well, errors=errors)
