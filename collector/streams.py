"""Keeps streams open: one thread a source, opened again when it breaks, ended when the house stops."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from random import Random

from campaign.errors import StorageError
from campaign.settings import Settings, SourceSettings
from collector.networks.page import Ask, is_stream
from collector.run import RunResult, Work, run_source
from storage import sources as stored
from storage.store import Store

log = logging.getLogger("skord.collector")

#: How often it is looked which streams are to be opened, in seconds.
LOOK_SECONDS = 1.0

#: How long an ending waits for the streams. A thread that has not come back by then dies with its process; what it
#: had stored is whole, and its claim is freed at the next start.
PATIENCE_SECONDS = 5.0


def keep_streams(
    store: Store,
    fetcher: Ask,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    rng: Random,
    stopping: Callable[[], bool],
    ended: Callable[[RunResult], None] = lambda _: None,
) -> None:
    """Keep every stream of the configuration open until ``stopping`` says yes; return when all have ended.

    Which are to be opened is asked of the database: a stream that broke comes back after a growing delay, one that was
    paused ends within seconds. ``ended`` hears of each that ended, in its thread.
    """
    work = Work(store=store, ask=fetcher, settings=settings, clock=clock, rng=rng, stopping=stopping, live=True)
    wanted = {name: source for name, source in settings.sources.items() if is_stream(source)}
    running: dict[str, threading.Thread] = {}
    while wanted and not stopping():
        running = {name: thread for name, thread in running.items() if thread.is_alive()}
        stored.free_dead_claims(store, now=clock())
        for name in stored.due_sources(store, now=clock()):
            if name in wanted and name not in running:
                running[name] = _opened(work, wanted[name], ended)
        _wait(LOOK_SECONDS, stopping)
    until = time.monotonic() + PATIENCE_SECONDS
    for thread in running.values():
        thread.join(max(0.0, until - time.monotonic()))


def _opened(work: Work, source: SourceSettings, ended: Callable[[RunResult], None]) -> threading.Thread:
    # A daemon: a server that neither answers nor hangs up must not keep the process from ending.
    thread = threading.Thread(target=_keep, args=(work, source, ended), name=f"stream-{source.id}", daemon=True)
    thread.start()
    return thread


def _keep(work: Work, source: SourceSettings, ended: Callable[[RunResult], None]) -> None:
    """Read one stream until it ends. What the database cannot take is told; the stream is opened again later."""
    try:
        result = run_source(work, source)
        if result.status != "busy":
            ended(result)
    except StorageError as error:
        told = {"action": "stream_unstorable", "source": source.id, "key": error.key}
        log.error("%s: %s", source.id, error, extra=told)
    except Exception:
        # What a thread raises nobody hears: it must be told here, or the stream would end without a word.
        log.exception("the stream of %s failed", source.id, extra={"action": "stream_failed", "source": source.id})


def _wait(seconds: float, stopping: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while not stopping() and (left := until - time.monotonic()) > 0:
        time.sleep(min(0.1, left))
