"""Never more often than agreed: the pace at which a host is asked, and with one credential, across all threads."""

from __future__ import annotations

import hashlib
import math
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from campaign.errors import CollectError

#: So long a wait is waited; a longer one is told.
_MOMENT_SECONDS = 2.0

#: Redirects lead to ever new hosts: what is free again is forgotten when there are so many.
_MOST_REMEMBERED = 1000


class Pace:
    """Gives each host and each credential its next free moment. Safe to share between threads; waiters do not hold each
    other up.

    A credential is known by a hash with a key that dies with the process: what is kept here tells nobody a token.
    """

    def __init__(
        self,
        interval: timedelta,
        exceptions: Mapping[str, timedelta],
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._interval = interval
        self._exceptions = {host.lower(): pause for host, pause in exceptions.items()}
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}
        self._held_until: dict[str, float] = {}

    def wait(self, host: str, *, place: str = "", credential: str = "") -> float:
        """Wait until ``host`` may be asked, with this credential, and return how long that took, in seconds.

        Raises CollectError ``server_waits`` where ``place`` (host and port) has asked, of whomever, to be left alone
        for longer than a moment: whoever waits should do something else meanwhile.
        """
        host = host.lower().rstrip(".")
        left = self._held(place)
        if left > _MOMENT_SECONDS:
            raise CollectError("server_waits", retry_at=self._clock() + timedelta(seconds=left), host=host)
        names = [host, *([self._hashed(credential)] if credential else [])]
        started = self._monotonic()
        interval = self._exceptions.get(host, self._interval).total_seconds()
        pause = max(left, self._reserve(names, interval, started))
        if pause > 0:
            self._sleep(pause)
        return self._monotonic() - started

    def heed(self, place: str, until: datetime | None) -> None:
        """Remember until when a place wants to be left alone; a longer word that it gave before stands."""
        if until is None:
            return
        now = self._monotonic()
        ends = now + (until - self._clock()).total_seconds()
        with self._lock:
            self._held_until = _alive(self._held_until, now)
            self._held_until[place.lower()] = max(ends, self._held_until.get(place.lower(), ends))

    def _held(self, place: str) -> float:
        with self._lock:
            return max(0.0, self._held_until.get(place.lower(), -math.inf) - self._monotonic())

    def _reserve(self, names: list[str], interval: float, now: float) -> float:
        with self._lock:
            self._free_at = _alive(self._free_at, now)
            at = max(now, *(self._free_at.get(name, now) for name in names))
            for name in names:
                self._free_at[name] = at + interval
        return at - now

    def _hashed(self, credential: str) -> str:
        return "credential " + hashlib.blake2b(credential.encode(), key=self._key, digest_size=16).hexdigest()


def _alive(moments: dict[str, float], now: float) -> dict[str, float]:
    """Return the moments that are still to come, once there are many."""
    if len(moments) <= _MOST_REMEMBERED:
        return moments
    return {name: moment for name, moment in moments.items() if moment > now}
