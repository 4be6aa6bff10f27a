"""Never more often than agreed: the pace at which one host is asked, across all threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta


class Pace:
    """Gives each host its next free moment. Safe to share between threads; waiters do not hold each other up."""

    def __init__(
        self,
        interval: timedelta,
        exceptions: Mapping[str, timedelta],
        *,
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._interval = interval
        self._exceptions = {host.lower(): pause for host, pause in exceptions.items()}
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}

    def wait(self, host: str) -> float:
        """Wait until ``host`` may be asked, and return how long that took, in seconds."""
        host = host.lower().rstrip(".")
        started = self._monotonic()
        pause = self._reserve(host, started)
        if pause > 0:
            self._sleep(pause)
        return self._monotonic() - started

    def _reserve(self, host: str, now: float) -> float:
        interval = self._exceptions.get(host, self._interval).total_seconds()
        with self._lock:
            if len(self._free_at) > 1000:  # redirects lead to ever new hosts
                self._free_at = {name: free for name, free in self._free_at.items() if free > now}
            at = max(now, self._free_at.get(host, now))
            self._free_at[host] = at + interval
        return at - now
