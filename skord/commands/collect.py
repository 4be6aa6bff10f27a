"""``skord collect``: one run now, of every source or of those named."""

from __future__ import annotations

import sys
from argparse import Namespace
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from campaign.errors import InputError, SkordError
from skord.wiring import House

if TYPE_CHECKING:
    from collector.run import RunResult

_BAR = 30


def collect(house: House, args: Namespace) -> int:
    """Ask the sources and print a line for each. 1 where any failed."""
    from collector.run import collect as ask

    known = house.settings.sources
    for name in args.sources:
        if name not in known:
            raise InputError("source", "source_unknown", source=name, known=", ".join(known))
    wanted = args.sources or list(known)
    from storage.sources import sync_sources

    sync_sources(house.store, house.settings, now=house.clock())
    bar = _Bar(house, len(wanted))
    results = ask(
        house.store,
        house.fetcher,
        house.settings,
        sources=wanted,
        dry_run=args.dry_run,
        clock=house.clock,
        rng=SystemRandom(),
        progress=bar.step,
    )
    bar.end()
    print_results(house, results)
    return 1 if any(result.error is not None for result in results) else 0


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
    }


def told(house: House, error: SkordError | None) -> dict[str, str] | None:
    """Return an error's key and words, None where there is none."""
    if error is None:
        return None
    words = house.language.explain(error)
    return {"key": error.key, "what": words.what, "wait": words.wait, "do": words.do}


class _Bar:
    """How many sources have answered, on stderr, where somebody is looking."""

    def __init__(self, house: House, total: int) -> None:
        self._house = house
        self._total = total
        self._done = 0
        self._shown = sys.stderr.isatty() and not house.as_json
        self._draw("")

    def step(self, result: RunResult) -> None:
        """Count one more source."""
        self._done += 1
        self._draw(result.source)

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            print(file=sys.stderr)

    def _draw(self, name: str) -> None:
        if self._shown:
            filled = _BAR * self._done // max(self._total, 1)
            line = f"\r[{'█' * filled}{'░' * (_BAR - filled)}] {self._done}/{self._total} {name}"
            print(f"{line[:100]:<100}", end="", file=sys.stderr, flush=True)
