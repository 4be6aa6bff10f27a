"""``skord source``: how the sources are, and trying one."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from campaign.credit import named
from campaign.errors import InputError
from skord.commands.collect import told, warn_of_cost
from skord.wiring import House

if TYPE_CHECKING:
    from storage.sources import Health


def list_(house: House, args: Namespace) -> int:  # noqa: ARG001
    """Print the health of every source."""
    from storage.sources import list_health, sync_sources

    sync_sources(house.store, house.settings, now=house.clock())
    health = list_health(house.store, now=house.clock())
    house.table(
        ("source", "kind", "status", "last_ok", "next_run", "error"),
        [
            (
                entry.id,
                entry.kind,
                _status(house, entry),
                entry.last_ok_at,
                None if entry.paused else entry.next_attempt_at,
                told(house, entry.error) if house.as_json else entry.error and house.language.explain(entry.error).what,
            )
            for entry in health
        ],
    )
    return 1 if any(entry.error for entry in health) else 0


def _status(house: House, health: Health) -> str:
    """Return how a source is; one that gave something beside its error, from several servers, failed in part."""
    if health.paused:
        name = "paused"
    elif health.error is not None:
        name = "failed" if health.failures else "partial"
    else:
        name = "ok" if health.last_ok_at is not None else "waiting"
    return name if house.as_json else house.language.t(f"cli.run.{name}")


def test(house: House, args: Namespace) -> int:
    """Ask once without storing; print what would be kept, and why what would not."""
    from collector.run import try_source

    _known(house, args.source)
    warn_of_cost(house, [args.source])
    tried = try_source(house.store, house.fetcher, house.settings, args.source, clock=house.clock)
    house.table(
        ("at", "verdict", "reason", "author", "text", "url"),
        [
            (
                entry.candidate.published_at,
                entry.verdict,
                entry.reason,
                named(entry.candidate, house.settings.sources[args.source]),
                " ".join((entry.candidate.title or entry.candidate.text).split())[:60],
                entry.candidate.url,
            )
            for entry in tried.entries
        ],
    )
    if tried.error is not None:
        house.print(f"\n{args.source}: {house.language.explain(tried.error)}")
    return 1 if tried.error is not None else 0


def pause(house: House, args: Namespace) -> int:
    """Stop asking a source."""
    return _pause(house, args.source, paused=True)


def resume(house: House, args: Namespace) -> int:
    """Ask a paused source again."""
    return _pause(house, args.source, paused=False)


def _pause(house: House, source: str, *, paused: bool) -> int:
    from storage.sources import set_paused, sync_sources

    _known(house, source)
    sync_sources(house.store, house.settings, now=house.clock())
    set_paused(house.store, source, paused, now=house.clock())
    house.tell("cli.source_paused" if paused else "cli.source_resumed", source=source)
    return 0


def _known(house: House, source: str) -> None:
    if source not in house.settings.sources:
        raise InputError("source", "source_unknown", source=source, known=", ".join(house.settings.sources))
