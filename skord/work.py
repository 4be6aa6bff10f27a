"""What is done on schedule. Each job finds its own work in the database and can be repeated at any time.

Each takes the house and a question ``stopping`` that long work asks between its steps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from random import SystemRandom

from skord.wiring import House

log = logging.getLogger("skord.work")

Stopping = Callable[[], bool]


def sources(house: House, stopping: Stopping) -> None:
    """Ask every source that is due."""
    from collector.run import collect

    results = collect(
        house.store, house.fetcher, house.settings, clock=house.clock, rng=SystemRandom(), stopping=stopping
    )
    for result in results:
        log.info(
            "%s: %s, %d new",
            result.source,
            result.status,
            result.new,
            extra={"action": "collected", "source": result.source, "status": result.status},
        )


def tidy(house: House, stopping: Stopping) -> None:  # noqa: ARG001 - every job has the same shape
    """Remove what has had its time: logins that ended, sign-ups that nobody confirmed."""
    from storage.subscribers import forget_unconfirmed

    from storage.logins import forget_ended

    forget_ended(house.store, now=house.clock())
    forget_unconfirmed(house.store, now=house.clock())
