"""The round that asks for official figures: takes what is due, asks each source politely, stores what was told.

An indicator is read whole the first time, when what is asked of it has changed, and once a month; in between only what
changed since the last time. Asking goes on at night, spread by chance, so that nobody waits for anybody.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from campaign.errors import CollectError, SkordError
from campaign.figures import Origin
from campaign.settings import Settings
from collector.decide import Outcome, next_attempt
from collector.indicators import kolada
from collector.indicators.answers import Told, Wanted
from collector.indicators.scb import Scb
from collector.networks.page import Ask
from collector.tidy import moment
from storage import indicators as stored
from storage.indicators import StoredIndicator
from storage.measurements import Stored, put_readings, rehearse_readings
from storage.store import Store

log = logging.getLogger("skord.indicators")

#: Everything is read anew after this: what changed unnoticed is noticed then.
WHOLE_AGAIN = timedelta(days=30)

#: So far back a source is asked again for what changed: its day is not ours, and it may tell late.
_MARGIN = timedelta(days=2)

#: A table that comes no more is asked this much more seldom.
_DISCONTINUED_TIMES = 7

#: When at night figures are asked for, in the site's zone; before it, no nightly work of the sources' own is done.
_NIGHT_HOUR, _NIGHT_HOURS = 1, 4

#: Indicators taken at once: few enough to be asked within a claim's term.
_AT_ONCE = 40

#: A whole answer that takes away more than half of so many values is believed the second time it comes.
_MANY = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """How asking for one indicator went. ``status`` is "ok", "unchanged", "failed", "busy" or "off".

    "busy": somebody else has it in hand. "off": its source is not asked (``[indicators]``), it is brought by hand, or
    it has ended.
    ``next_attempt_at`` None: nothing was recorded.
    """

    indicator: int
    strategy: str
    code: str
    origin: Origin
    status: str
    stored: Stored = field(default_factory=Stored)
    whole: bool = False
    error: SkordError | None = None
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    store: Store
    ask: Ask
    settings: Settings
    clock: Callable[[], datetime]
    rng: Random
    stopping: Callable[[], bool]
    dry_run: bool
    scb: Scb


def refresh(
    store: Store,
    fetcher: Ask,
    settings: Settings,
    *,
    indicators: Sequence[int] | None = None,
    dry_run: bool = False,
    clock: Callable[[], datetime],
    rng: Random,
    stopping: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Refreshed]:
    """Ask for the indicators of these ids now, or for those that are due, and return how each went.

    One that fails leaves the others alone and loses nothing; it is asked again later, ever more seldom. With
    ``dry_run`` nothing is stored. Once ``stopping`` says yes, what was not asked yet stays due. Raises NotFoundError
    ``indicator_missing``, and StorageError.
    """
    scb = Scb(fetcher, settings.indicators.scb, clock=clock, sleep=sleep)
    round_ = _Round(
        store=store, ask=fetcher, settings=settings, clock=clock, rng=rng, stopping=stopping, dry_run=dry_run, scb=scb
    )
    if indicators is not None:
        return _named(round_, list(dict.fromkeys(indicators)))
    found: list[Refreshed] = []
    origins = [each for each in (Origin.KOLADA, Origin.SCB) if address(settings, each)]
    while not stopping() and stored.any_due(store, now=clock(), origins=origins):
        taken = stored.claim_indicators(store, now=clock(), origins=origins, most=_AT_ONCE)
        if not taken:
            break
        found += _taken(round_, taken)
    return found


def address(settings: Settings, origin: Origin) -> str:
    """Return where a source of figures is asked, "" where it is not."""
    known = {Origin.KOLADA: settings.indicators.kolada, Origin.SCB: settings.indicators.scb}
    return known.get(origin, "")


def _named(round_: _Round, ids: list[int]) -> list[Refreshed]:
    """Ask for the named ones, in parts that fit into a claim's term; return how each went in the order of the names."""
    known = {number: stored.get_indicator(round_.store, number) for number in ids}
    found: dict[int, Refreshed] = {}
    asked = [
        number
        for number in ids
        if known[number].ended_at is None and address(round_.settings, known[number].wording.origin)
    ]
    for number in (each for each in ids if each not in asked):
        found[number] = _ended(known[number], "off")
    for start in range(0, len(asked), _AT_ONCE):
        part = asked[start : start + _AT_ONCE]
        if round_.dry_run:
            taken = [known[number] for number in part]
        else:
            taken = stored.claim_indicators(round_.store, now=round_.clock(), ids=part)
        found |= {each.indicator: each for each in _taken(round_, taken)}
    return [found.get(number) or _ended(known[number], "busy") for number in ids]


def _taken(round_: _Round, taken: Sequence[StoredIndicator]) -> list[Refreshed]:
    """Ask for what was taken, and give back what was not asked after all."""
    left = {each.id: each for each in taken}
    found = []
    try:
        for number, told in _told(round_, taken):
            found.append(_one(round_, left.pop(number), told))
            if round_.stopping():
                break
    finally:
        if left and not round_.dry_run:
            stored.free_indicators(round_.store, left)
    return found


def _told(round_: _Round, taken: Sequence[StoredIndicator]) -> Iterator[tuple[int, Told | CollectError]]:
    """Yield what the sources tell, one by one. A fault of ours ends the asking of its source, and is told."""
    now = round_.clock()
    for origin, read in (
        (Origin.KOLADA, lambda wanted: kolada.read(round_.ask, round_.settings.indicators.kolada, wanted)),
        (Origin.SCB, round_.scb.read),
    ):
        wanted = [_wanted(round_, each, now) for each in taken if each.wording.origin is origin]
        heard: set[int] = set()
        try:
            for number, told in read(wanted):
                heard.add(number)
                yield number, told
        except Exception:
            log.exception("asking %s for figures failed", origin, extra={"action": "figures_crashed", "source": origin})
            yield from (
                (each.id, CollectError("figures_crashed", source=str(origin)))
                for each in wanted
                if each.id not in heard
            )


def _wanted(round_: _Round, indicator: StoredIndicator, now: datetime) -> Wanted:
    cursor = indicator.cursor if indicator.cursor.get("asked") == _asked(round_.settings, indicator) else {}
    return Wanted(id=indicator.id, wording=indicator.wording, cursor=cursor, since=_since(cursor, now))


def _since(cursor: Mapping[str, Any], now: datetime) -> date | None:
    """Return from which day on changes are wanted, None where everything is."""
    whole_at, asked_at = moment(cursor.get("whole_at")), moment(cursor.get("asked_at"))
    if whole_at is None or asked_at is None or not (now - WHOLE_AGAIN < whole_at <= now) or asked_at > now:
        return None
    return (asked_at - _MARGIN).date()


def _asked(settings: Settings, indicator: StoredIndicator) -> str:
    """Return a name for what is asked: with another one everything is read anew."""
    wording = indicator.wording
    parts = [
        str(wording.origin), address(settings, wording.origin), wording.kpi, wording.table, wording.region,
        wording.time, wording.selection, wording.areas, wording.by_sex,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _one(round_: _Round, indicator: StoredIndicator, told: Told | CollectError) -> Refreshed:
    """Store what was told of an indicator, and record how it went."""
    counts = Stored()
    cursor: dict[str, Any] | None = None
    error: CollectError | None = told if isinstance(told, CollectError) else None
    if isinstance(told, Told):
        try:
            counts, cursor = _kept(round_, indicator, told)
        except CollectError as doubt:
            error, cursor = doubt, {"doubt": doubt.facts.get("left")}
    planned = _planned(round_, indicator, told, error)
    if not round_.dry_run:
        gone = error is not None and error.key in ("kolada_gone", "scb_table_gone")
        stored.note_asked(
            round_.store,
            indicator.id,
            now=round_.clock(),
            next_attempt_at=planned,
            asked_hash=indicator.asked_hash,
            error=error,
            permanent=error is not None and error.permanent,
            discontinued=told.discontinued if isinstance(told, Told) else (True if gone else None),
            told=(told.title or None) if isinstance(told, Told) else None,
            cursor=cursor,
        )
    status = "failed" if error else "ok" if counts.changed else "unchanged"
    result = _ended(indicator, status)
    return replace(
        result,
        stored=counts,
        whole=isinstance(told, Told) and told.whole,
        error=error,
        next_attempt_at=None if round_.dry_run else planned,
    )


def _kept(round_: _Round, indicator: StoredIndicator, told: Told) -> tuple[Stored, dict[str, Any]]:
    """Store what was told; return what changed and the next asking's cursor. Raises CollectError ``figures_fewer``."""
    now = round_.clock()
    whole_at = now.isoformat() if told.whole else indicator.cursor.get("whole_at")
    cursor = {"asked": _asked(round_.settings, indicator), "asked_at": now.isoformat(), "whole_at": whole_at}
    if told.unchanged:
        return Stored(), cursor | dict(told.cursor)
    if told.whole:
        _doubt(round_, indicator, told, now)
    if round_.dry_run:
        counts = rehearse_readings(
            round_.store, indicator.id, told.readings, now=now, whole=told.whole, areas=told.areas
        )
    else:
        counts = put_readings(round_.store, indicator.id, told.readings, now=now, whole=told.whole, areas=told.areas)
    return counts, cursor | dict(told.cursor)


def _doubt(round_: _Round, indicator: StoredIndicator, told: Told, now: datetime) -> None:
    """Refuse an answer that would take away most of what is known, unless it comes a second time."""
    would = rehearse_readings(round_.store, indicator.id, told.readings, now=now, whole=True, areas=told.areas)
    left = would.unchanged + would.revised
    if would.deleted > max(_MANY, left) and indicator.cursor.get("doubt") != left:
        raise CollectError("figures_fewer", gone=would.deleted, left=left)


def _planned(
    round_: _Round, indicator: StoredIndicator, told: Told | CollectError, error: CollectError | None
) -> datetime:
    now, every = round_.clock(), round_.settings.indicators.every
    if error is not None:
        outcome = Outcome(failures=indicator.failures + 1, permanent=error.permanent, retry_at=error.retry_at)
        return next_attempt(outcome, now, every=every, rng=round_.rng)
    if isinstance(told, Told) and told.discontinued:
        every *= _DISCONTINUED_TIMES
    return next_night(now, every=every, zone=round_.settings.site.timezone, rng=round_.rng)


def next_night(now: datetime, *, every: timedelta, zone: ZoneInfo, rng: Random) -> datetime:
    """Return when figures are asked for next, in UTC: some time in the night that is nearest to ``every`` from now.

    What is asked more often than twice a day is asked by day as well.
    """
    if every < timedelta(hours=12):
        return now + every * rng.uniform(1.0, 1.1)
    local = (now + every).astimezone(zone)
    middle = timedelta(hours=_NIGHT_HOUR + _NIGHT_HOURS / 2)
    day = (local.replace(tzinfo=None) - middle + timedelta(hours=12)).date()
    begins = datetime(day.year, day.month, day.day, _NIGHT_HOUR, tzinfo=zone).astimezone(UTC)
    planned = begins + timedelta(hours=_NIGHT_HOURS) * rng.random()
    return planned if planned > now + every / 4 else planned + timedelta(days=1)


def _ended(indicator: StoredIndicator, status: str) -> Refreshed:
    return Refreshed(
        indicator=indicator.id,
        strategy=indicator.strategy,
        code=indicator.code,
        origin=indicator.wording.origin,
        status=status,
    )
