"""The claims and ends of one collecting's runs, some at a time: a thousand quiet sources need few commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from campaign.kinds import KINDS, Way
from campaign.settings import Settings
from storage import sources as stored
from storage.rounds import Ending, claim_sources, finish_runs, release_claims
from storage.sources import Claim
from storage.store import Store

#: Runs begun or ended at once.
_MOST = 32

#: An ended run waits so long at most for others that end, if any does.
_LONGEST_SECONDS = 1.0


class Round:
    """Begins and ends the runs of one collecting. Safe to share between its threads; ``close`` it in the end.

    What is claimed beforehand is little, and no more than each thread's share: another process may want it.
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
        self._tried: set[str] = set()
        self._endings: list[Ending] = []
        self._since = 0.0

    def claim(self, name: str) -> Claim | None:
        """Begin a source's run, and those of the next ones; None where it is being asked already."""
        with self._lock:
            if name not in self._claims:
                place = self._places[name]
                wanted = [each for each in self._names[place : place + self._size] if each not in self._tried]
                self._claims |= claim_sources(self._store, wanted, now=self._clock())
                self._tried.update(wanted)
            return self._claims.pop(name)

    def end(self, ending: Ending) -> None:
        """End a run that went well, now or together with others."""
        with self._lock:
            if not self._endings:
                self._since = time.monotonic()
            self._endings.append(ending)
            ripe = len(self._endings) >= self._size or time.monotonic() - self._since > _LONGEST_SECONDS
            endings = self._taken() if ripe else []
        self._write(endings)

    def close(self) -> None:
        """End what is left, and give back what was claimed and never asked."""
        with self._lock:
            endings = self._taken()
            unasked = [claim for claim in self._claims.values() if claim is not None]
            self._claims.clear()
        self._write(endings)
        if unasked:
            release_claims(self._store, unasked)
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
