"""``skord collect``: one run now, of every source or of those named."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from random import SystemRandom
from types import FrameType
from typing import TYPE_CHECKING, Any

from campaign.errors import InputError, SkordError
from campaign.kinds import KINDS, Door, Way
from skord.wiring import House

if TYPE_CHECKING:
    from campaign.collecting import Filled
    from collector.run import Progress, RunResult

_BAR = 30


def collect(house: House, args: Namespace) -> int:
    """Ask the sources and print a line for each. 1 where any failed."""
    from collector.run import collect as ask

    known = house.settings.sources
    for name in args.sources:
        if name not in known:
            raise InputError("source", "source_unknown", source=name, known=", ".join(known))
    wanted = args.sources or [name for name, source in known.items() if KINDS[source.kind].way is not Way.BROUGHT]
    from storage.sources import sync_sources

    sync_sources(house.store, house.settings, now=house.clock())
    if args.dry_run:
        warn_of_cost(house, wanted)
    bar = _Bar(house, len(wanted))
    with _stoppable(house) as stopping:
        results = ask(
            house.store,
            house.fetcher,
            house.settings,
            sources=wanted,
            dry_run=args.dry_run,
            clock=house.clock,
            rng=SystemRandom(),
            progress=bar.step,
            paging=bar.page,
            stopping=stopping,
        )
    bar.end()
    print_results(house, results)
    return 1 if any(result.error is not None for result in results) else 0


def warn_of_cost(house: House, sources: Iterable[str]) -> None:
    """Say which of the sources are read for money, though nothing of what they give is stored."""
    paid = [name for name in sources if KINDS[house.settings.sources[name].kind].door is Door.PAID]
    if paid:
        house.tell("collect.paid", sources=", ".join(paid))


def print_results(house: House, results: list[RunResult]) -> None:
    """Print one object a source with --json; else a table, and below it what failed, in words."""
    if house.as_json:
        for result in results:
            house.give(as_object(house, result))
        return
    house.table(
        ("source", "status", "new", "revised", "unchanged", "skipped"),
        [
            (
                result.source,
                house.language.t(f"cli.run.{result.status}"),
                result.new,
                result.revised,
                result.unchanged,
                result.skipped,
            )
            for result in results
        ],
    )
    for result in results:
        if result.filled is not None and not result.filled.done:
            day = house.language.date(result.filled.reached)
            house.print("\n" + house.language.t("collect.filled", source=result.source, day=day))
        if result.error is not None:
            house.print(f"\n{result.source}: {house.language.explain(result.error)}")


def as_object(house: House, result: RunResult) -> dict[str, Any]:
    """Return a run's result as the outer surface promises it."""
    return {
        "source": result.source,
        "status": str(result.status),
        "new": result.new,
        "revised": result.revised,
        "unchanged": result.unchanged,
        "skipped": result.skipped,
        "error": told(house, result.error),
        "filled": _filled(result.filled),
    }


def _filled(filled: Filled | None) -> dict[str, Any] | None:
    """Return how far back a source has been read, None where its network does not say."""
    if filled is None:
        return None
    goal = filled.goal.isoformat() if filled.goal else None
    return {"reached": filled.reached.isoformat(), "goal": goal, "done": filled.done}


def told(house: House, error: SkordError | None) -> dict[str, str] | None:
    """Return an error's key and words, None where there is none."""
    if error is None:
        return None
    words = house.language.explain(error)
    return {"key": error.key, "what": words.what, "wait": words.wait, "do": words.do}


class _Bar:
    """How much has been done, on stderr, where somebody is looking: sources answered, and how far back in each."""

    def __init__(self, house: House, total: int) -> None:
        self._house = house
        self._total = total
        self._done: set[str] = set()
        self._parts: dict[str, float] = {}
        self._lock = threading.Lock()
        self._shown = sys.stderr.isatty() and not house.as_json
        self._draw("")

    def step(self, result: RunResult) -> None:
        """Count one more source."""
        with self._lock:
            self._done.add(result.source)
            self._draw(result.source)

    def page(self, progress: Progress) -> None:
        """Show how far a source has come; threads may tell at once."""
        with self._lock:
            self._parts[progress.source] = share(progress.filled, self._house.clock())
            self._draw(self._words(progress))

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            print(file=sys.stderr)

    def _words(self, progress: Progress) -> str:
        say = self._house.language
        told = say.t("collect.progress.new", source=progress.source, count=progress.new)
        if progress.filled is None or progress.filled.done:
            return told
        return told + say.t("collect.progress.back", day=say.date(progress.filled.reached))

    def _draw(self, words: str) -> None:
        if self._shown:
            done = len(self._done) + sum(part for name, part in self._parts.items() if name not in self._done)
            filled = min(_BAR, int(_BAR * done / max(self._total, 1)))
            line = f"\r[{'█' * filled}{'░' * (_BAR - filled)}] {len(self._done)}/{self._total} {words}"
            print(f"{line[:110]:<110}", end="", file=sys.stderr, flush=True)


def share(filled: Filled | None, now: datetime) -> float:
    """Return how much of a source's past has been read, from 0 to 1; 0 where nobody knows how much there is."""
    if filled is None:
        return 0.0
    if filled.done:
        return 1.0
    if filled.goal is None or filled.goal >= now:
        return 0.0
    return min(1.0, max(0.0, (now - filled.reached) / (now - filled.goal)))


@contextlib.contextmanager
def _stoppable(house: House) -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C, or a friendly end from outside, into a stop after the page in hand; a second one ends."""
    told = threading.Event()
    before: dict[int, Any] = {}

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler is given
        told.set()
        house.tell("collect.stopping")
        _put_back(before)

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, stop)
    try:
        yield told.is_set
    finally:
        _put_back(before)


def _put_back(handlers: dict[int, Any]) -> None:
    while handlers:
        number, handler = handlers.popitem()
        signal.signal(number, handler)
