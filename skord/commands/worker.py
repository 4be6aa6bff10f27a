"""``skord worker``: one process more that sends letters, beside ``skord serve``, on PostgreSQL."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import Namespace
from types import FrameType

from campaign.errors import InputError, StorageError
from skord import log, work
from skord.wiring import House

logger = logging.getLogger("skord.worker")

#: How often it looks whether letters are due.
_EVERY_SECONDS = 2.0


def worker(house: House, args: Namespace) -> int:  # noqa: ARG001
    """Send what is due until stopped; the letters in hand are finished. InputError ``worker_sqlite`` where one process
    is enough.
    """
    if house.store.dialect == "sqlite":
        raise InputError("storage", "worker_sqlite")
    asked = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler is given
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    log.set_up()
    house.tell("sending.worker.ready")
    while not asked.is_set():
        try:
            work.outbox(house, asked.is_set)
        except StorageError as error:
            told = {"action": "job_failed", "job": "outbox", "key": error.key}
            logger.error("%s", house.language.explain(error), extra=told)
        asked.wait(_EVERY_SECONDS)
    return 0
