"""The claims and ends of one collecting's runs, some at a time: a thousand quiet sources need few commits."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from campaign.errors import StorageError
from campaign.kinds import KINDS, Way
from campaign.settings import Settings
from storage import sources as stored
from storage.rounds import Ending, claim_sources, finish_runs, release_claims
from storage.sources import Claim
from storage.store import Store

log = logging.getLogger("skord.collector")

#: Runs begun or ended at once.
_MOST = 32

#: An ended run waits so long for others that end; a source that was claimed beforehand so long to be asked.
_END_SECONDS, _CLAIM_SECONDS = 1.0, 5.0


class Round:
    """Begins and ends the runs of one collecting. Safe to share between its threads; ``close`` it in the end.

    What is claimed beforehand is little, no more than each thread's share, and given back where it has to wait:
    another process may want it. Small rounds begin and end each run by itself.
    """

    def __init__(
        self, store: Store, names: Sequence[str], settings: Settings, *, clock: Callable[[], datetime], workers: int
    ) -> None:
        self._store = store
        # What people bring is never asked.
        self._names = [name for name in names if KINDS[settings.sources[name].kind].way is not Way.BROUGHT]
        self._clock = clock
        self._size = max(1, min(_MOST, len(names) // max(workers, 1)))
        self._lock = threading.Lock()
        self._places = {name: place for place, name in enumerate(self._names)}
        self._claims: dict[str, Claim | None] = {}
        self._asked: set[str] = set()
        self._endings: list[Ending] = []
        self._claimed_at = self._ended_at = 0.0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._tick, name="round", daemon=True)
        if self._size > 1:
            self._watch.start()

    def claim(self, name: str) -> Claim | None:
        """Begin a source's run, and those of the next ones; None where it is being asked already."""
        with self._lock:
            self._asked.add(name)
            if name not in self._claims:
                place = self._places[name]
                following = self._names[place + 1 : place + self._size]
                wanted = [name, *(each for each in following if each not in self._asked | self._claims.keys())]
                self._claims |= claim_sources(self._store, wanted, now=self._clock())
                self._claimed_at = time.monotonic()
            return self._claims.pop(name)

    def end(self, ending: Ending) -> None:
        """End a run that went well, now or together with others."""
        with self._lock:
            if not self._endings:
                self._ended_at = time.monotonic()
            self._endings.append(ending)
            endings = self._taken() if len(self._endings) >= self._size else []
        self._write(endings)

    def close(self) -> None:
        """End what is left, and give back what was claimed and never asked."""
        self._over.set()
        if self._watch.is_alive():
            self._watch.join()
        with self._lock:
            endings = self._taken()
            self._release()
        self._write(endings)

    def _tick(self) -> None:
        """Let nobody wait for a source that takes long: a history may take hours."""
        while not self._over.wait(_END_SECONDS / 2):
            now = time.monotonic()
            try:
                with self._lock:
                    endings = self._taken() if self._endings and now - self._ended_at > _END_SECONDS else []
                    if self._claims and now - self._claimed_at > _CLAIM_SECONDS:
                        self._release()
                self._write(endings)
            except StorageError:
                # Whoever asks next meets it too, and tells it; what was not written is known to be lost.
                log.exception("runs could not be ended", extra={"action": "round_failed"})

    def _release(self) -> None:
        unasked = [claim for claim in self._claims.values() if claim is not None]
        self._claims.clear()
        try:
            if unasked:
                release_claims(self._store, unasked)
        finally:
            for claim in unasked:
                stored.drop_claim(self._store, claim)

    def _taken(self) -> list[Ending]:
        endings, self._endings = self._endings, []
        return endings

    def _write(self, endings: Sequence[Ending]) -> None:
        try:
            if endings:
                finish_runs(self._store, endings)
        finally:
            for ending in endings:
                stored.drop_claim(self._store, ending.claim)
