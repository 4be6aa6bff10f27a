"""When things are done. APScheduler only ticks; what is due, and what was missed, stands in the database.

Over all processes on one database exactly one works: the holder of the lease "scheduler". The others look
again every few seconds and take over when it is gone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from campaign.errors import StorageError
from skord import work
from skord.wiring import House
from storage import leases
from storage.sources import free_dead_claims
from storage.tasks import requeue_running

log = logging.getLogger("skord.schedule")

#: How often each job looks whether it has something to do, in seconds.
EVERY = {
    "sources": 5,
    "streams": 5,
    "rechecks": 60,
    "indicators": 30,
    "pictures": 10,
    "letters": 5,
    "outbox": 5,
    "returns": 180,
    "tasks": 1,
    "rights": 30,
    "tidy": 3600,
    "troubles": 300,
    "waiting": 30,
    "hooks": 5,
}

#: Runs side by side: one that reads a long history does not keep the next ones waiting. Claims keep them apart.
_SIDE_BY_SIDE = {"sources": 4}

_RENEW_SECONDS = 8

#: One for each run that can be under way at once, the renewing of the lease included: streams hold theirs for good.
_THREADS = sum(_SIDE_BY_SIDE.get(name, 1) for name in EVERY) + 2


#: So long an ending waits for what is under way; a server that answers nobody would take its time otherwise.
PATIENCE_SECONDS = 8.0

#: So long it waits for the letter that is being handed over, since nobody would know whether it has left.
LETTER_SECONDS = 60.0


class Schedule:
    """The jobs of one process. ``start`` returns at once; ``stop`` waits a while for what is under way to end."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lease: leases.Lease | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._ticker = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(_THREADS)},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )

    @property
    def holds_lease(self) -> bool:
        """Whether this process is the one that works."""
        return self._lease is not None

    def start(self) -> None:
        """Try for the lease, and start ticking."""
        self._hold()
        self._ticker.add_job(self._hold, "interval", seconds=_RENEW_SECONDS, id="lease")
        for name, seconds in EVERY.items():
            job = getattr(work, name)
            self._ticker.add_job(
                self._run,
                "interval",
                (name, job),
                seconds=seconds,
                id=name,
                next_run_time=_soon(self._house),
                max_instances=_SIDE_BY_SIDE.get(name, 1),
            )
        self._ticker.start()

    def stop(self, *, patience: float = PATIENCE_SECONDS) -> bool:
        """Let running jobs finish what they have in hand, then give the lease back.

        Returns whether all of them have; the process had better end at once where one has not. What such a job had
        stored is whole, and the next process goes on from there.
        """
        self._stopping.set()
        self._ticker.shutdown(wait=False)
        began = time.monotonic()
        while left := self._left():
            if time.monotonic() - began > (max(patience, LETTER_SECONDS) if "outbox" in left else patience):
                log.warning(
                    "ends with unfinished jobs: %s", ", ".join(left), extra={"action": "jobs_left", "jobs": left}
                )
                break
            time.sleep(0.05)
        if self._lease is not None:
            leases.release(self._house.store, self._lease, now=self._house.clock())
        return not left

    def _left(self) -> list[str]:
        with self._lock:
            return sorted(name for name, count in self._under_way.items() if count)

    def _hold(self) -> None:
        try:
            found = leases.take(self._house.store, "scheduler", now=self._house.clock(), term=timedelta(seconds=30))
        except StorageError as error:
            # The trouble is the operator's to mend; until then another process may be at work.
            log.error("%s", self._house.language.explain(error), extra={"action": "lease_failed", "key": error.key})
            self._lease = None
            return
        except Exception:
            # Not being able to renew means that another process may have taken over: stop working.
            log.exception("the scheduler's lease could not be renewed", extra={"action": "lease_failed"})
            self._lease = None
            return
        if found is not None and self._lease is None:
            self._pick_up()
        if (found is None) != (self._lease is None):
            action = "lease_taken" if found else "lease_elsewhere"
            log.info("this process %s the schedule", "runs" if found else "waits for", extra={"action": action})
        self._lease = found

    def _pick_up(self) -> None:
        """Go on with what a process that died had in hand."""
        requeue_running(self._house.store)
        free_dead_claims(self._house.store, now=self._house.clock())

    def _is_over(self) -> bool:
        """Return whether this process is to let go of what it has in hand: it ends, or another works in its place."""
        return self._stopping.is_set() or self._lease is None

    def _run(self, name: str, job: Callable[[House, Callable[[], bool]], None]) -> None:
        with self._lock:
            if self._is_over():
                return
            self._under_way[name] += 1
        try:
            job(self._house, self._is_over)
        except StorageError as error:
            told = {"action": "job_failed", "job": name, "key": error.key}
            log.error("%s: %s", name, self._house.language.explain(error), extra=told)
        except Exception:
            # One job's fault must not end the others; it is looked at again at the next tick.
            log.exception("the job %s failed", name, extra={"action": "job_failed", "job": name})
        finally:
            with self._lock:
                self._under_way[name] -= 1


def _soon(house: House) -> object:
    return house.clock() + timedelta(seconds=0.2)
