"""``skord indicator``: the figures of the strategies, asking for them now, and their values with every revision."""

from __future__ import annotations

import time
from argparse import Namespace
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from campaign.errors import InputError, SkordError
from campaign.figure_words import area_words, period_words, sex_words, value_words
from campaign.figures import Measurement, Origin
from skord.commands.collect import told
from skord.wiring import House

if TYPE_CHECKING:
    from collector.indicators.refresh import Refreshed
    from storage.indicators import StoredIndicator


def refresh(house: House, args: Namespace) -> int:
    """Ask for the named indicators now, or for all that have a source. 1 where any failed."""
    from collector.indicators.refresh import refresh as ask

    wanted = [_find(house, code) for code in args.codes] if args.codes else _with_a_source(house)
    if not wanted:
        house.tell("cli.official.none_due")
        return 0
    results = ask(
        house.store,
        house.fetcher,
        house.settings,
        indicators=[each.id for each in wanted],
        dry_run=args.dry_run,
        clock=house.clock,
        rng=SystemRandom(),
        sleep=time.sleep,
    )
    _print(house, results)
    return 1 if any(result.error is not None for result in results) else 0


def list_(house: House, args: Namespace) -> int:
    """Print every indicator in force, and how asking for it goes."""
    from storage.indicators import list_indicators

    wanted = [args.campaign] if args.campaign else list(house.settings.campaigns)
    found = [each for campaign in wanted for each in list_indicators(house.store, campaign)]
    house.table(
        ("strategy", "code", "title", "source", "status", "last_ok", "next_run", "error"),
        [
            (
                each.strategy,
                each.code,
                each.wording.title,
                each.wording.origin if house.as_json else house.language.t(f"official.source_{each.wording.origin}"),
                status(house, each),
                each.last_ok_at,
                each.next_attempt_at,
                _error(house, each),
            )
            for each in found
        ],
    )
    return 1 if any(each.error for each in found) else 0


def show(house: House, args: Namespace) -> int:
    """Print the values of one indicator, oldest period first; with ``--revisions`` everything that was ever known."""
    from storage.measurements import history, series

    indicator = _find(house, args.code)
    values = history(house.store, indicator.id) if args.revisions else None
    rows = values if values is not None else series(house.store, indicator.id, sex=None, missing=True)
    if not house.as_json:
        _head(house, indicator)
    house.table(
        ("area", "sex", "period", "value", "known_from", "known_to", "told"),
        [(*_told(house, indicator, each), each.known_from, each.known_to, _mark(house, each)) for each in rows],
    )
    if not rows:
        house.tell("official.never")
    return 0


def status(house: House, indicator: StoredIndicator) -> str:
    """Return how asking for an indicator goes: its name with --json, else in words."""
    if indicator.wording.origin is Origin.TABLE:
        name = "hand"
    elif indicator.error is not None:
        name = "failed"
    elif indicator.discontinued:
        name = "discontinued"
    else:
        name = "ok" if indicator.last_ok_at is not None else "waiting"
    return name if house.as_json else house.language.t(f"official.status.{name}")


def as_object(house: House, result: Refreshed) -> dict[str, Any]:
    """Return how one asking went, as the outer surface promises it."""
    stored = result.stored
    return {
        "strategy": result.strategy,
        "code": result.code,
        "source": str(result.origin),
        "status": result.status,
        "new": stored.new,
        "revised": stored.revised,
        "deleted": stored.deleted,
        "unchanged": stored.unchanged,
        "error": told(house, result.error),
    }


def _print(house: House, results: list[Refreshed]) -> None:
    if house.as_json:
        for result in results:
            house.give(as_object(house, result))
        return
    house.table(
        ("strategy", "code", "source", "status", "new", "revised", "deleted", "unchanged"),
        [
            (
                result.strategy,
                result.code,
                house.language.t(f"official.source_{result.origin}"),
                house.language.t(f"official.status.{result.status}"),
                result.stored.new,
                result.stored.revised,
                result.stored.deleted,
                result.stored.unchanged,
            )
            for result in results
        ],
    )
    for result in results:
        if result.error is not None:
            house.print(f"\n{result.code}: {house.language.explain(result.error)}")
        elif result.status == "off":
            house.tell("official.off", code=result.code)


def _head(house: House, indicator: StoredIndicator) -> None:
    house.print(f"{indicator.code} {indicator.wording.title}")
    if indicator.told:
        house.print(house.language.t("official.told", title=indicator.told))
    if indicator.discontinued:
        house.print(house.language.t("official.discontinued"))
    house.print("")


def _told(house: House, indicator: StoredIndicator, each: Measurement) -> tuple[object, ...]:
    """Return area, sex, period and value: as they are kept with --json, else in words."""
    if house.as_json:
        return each.area, each.sex, each.period, each.value
    wording, language = indicator.wording, house.language
    return (
        area_words(each.area, wording, language),
        sex_words(each.sex, language),
        period_words(each.period, language),
        value_words(each.value, wording, language),
    )


def _mark(house: House, value: Any) -> str:
    """Return what there is to say of a value that is none: why it is missing, or that it was taken away."""
    if value.deleted:
        return "deleted" if house.as_json else house.language.t("official.deleted")
    if value.value is None and not value.status:
        return "missing" if house.as_json else house.language.t("official.missing")
    return str(value.status)


def _error(house: House, indicator: StoredIndicator) -> Any:
    if indicator.error is None:
        return None
    error = SkordError(indicator.error["key"], **indicator.error["facts"])
    return told(house, error) if house.as_json else house.language.explain(error).what


def _with_a_source(house: House) -> list[StoredIndicator]:
    from storage.indicators import list_indicators

    found = (each for campaign in house.settings.campaigns for each in list_indicators(house.store, campaign))
    return [each for each in found if each.wording.origin is not Origin.TABLE]


def _find(house: House, code: str) -> StoredIndicator:
    """Return the one indicator of a code. InputError ``indicator_unknown`` or ``indicator_many``."""
    from storage.indicators import find_indicators

    found = find_indicators(house.store, code)
    if not found:
        raise InputError("code", "indicator_unknown", code=code)
    if len(found) > 1:
        raise InputError(
            "code", "indicator_many", code=code, known=", ".join(f"{each.strategy}/{each.code}" for each in found)
        )
    return found[0]
