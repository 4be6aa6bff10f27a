"""Values of indicators, each with the time in which it was what was known. Nothing is overwritten or erased.

A source that tells another value ends the row that held and begins a new one; what it takes away is ended by a row
that says so. A value that is missing is a row like any other: missing is not zero.

What a person corrected stands against a source that says what it said before (``storage.hand_corrections``), and gives
way to one that tells something new; that is a line of the trail.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from campaign.errors import NotFoundError
from campaign.figures import Measurement, Reading, Sex
from storage import schema
from storage.hand_corrections import Corrections, Overruled, _corrections, _tell_overruled
from storage.store import Actor, Store, _bump

_MEASUREMENT = schema.measurement.c
_INDICATOR = schema.indicator.c

_Key = tuple[str, str, str]

#: A revision is known after what it revises, whatever the clock says.
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """How many values came, were revised, were taken away by their source, and say what they said."""

    new: int = 0
    revised: int = 0
    deleted: int = 0
    unchanged: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything is otherwise than before."""
        return bool(self.new or self.revised or self.deleted)


@dataclass(slots=True)
class _Plan:
    """What is to be written: rows that end, each with its moment, and rows that begin."""

    ends: list[dict[str, Any]]
    begins: list[dict[str, Any]]
    stored: Stored
    overruled: tuple[Overruled, ...] = ()


def put_readings(
    store: Store,
    indicator_id: int,
    readings: Iterable[Reading],
    *,
    now: datetime,
    whole: bool = False,
    areas: Collection[str] | None = None,
    origin: str = "",
    by: Actor | None = None,
) -> Stored:
    """Store what a source told of an indicator, in one transaction; what says the same changes nothing.

    With ``whole`` the source told everything it has, so what it does not tell any more is marked as deleted: of
    ``areas``, whatever the sex, or where those are left out, of each area with each sex that it told. Of one value
    told twice the last counts. ``origin`` is the file it came in, ``by`` the person who brought it. NotFoundError
    ``indicator_missing``; ValueError for a number that is none.
    """
    told = {_key(each): _checked(each) for each in readings}
    with store.write() as connection:
        return _put(connection, indicator_id, told, now=now, whole=whole, areas=areas, origin=origin, by=by)


def rehearse_readings(
    store: Store,
    indicator_id: int,
    readings: Iterable[Reading],
    *,
    now: datetime,
    whole: bool = False,
    areas: Collection[str] | None = None,
) -> Stored:
    """Return what ``put_readings`` would do, and store nothing."""
    told = {_key(each): _checked(each) for each in readings}
    with store.read() as connection:
        return _intended(connection, indicator_id, told, now=now, whole=whole, areas=areas, by_source=True).stored


def series(
    store: Store,
    indicator_id: int,
    *,
    area: str | None = None,
    sex: Sex | None = Sex.TOTAL,
    known_at: datetime | None = None,
    missing: bool = False,
) -> list[Measurement]:
    """Return the values of an indicator, oldest period first, area by area where ``area`` is None.

    ``known_at`` gives what was known then; None what is known now. ``missing`` also those that the source says it has
    not; ``sex`` None those of everybody. What the source took away is never among them.
    """
    query = select(schema.measurement).where(_MEASUREMENT.indicator_id == indicator_id, ~_MEASUREMENT.deleted)
    if area is not None:
        query = query.where(_MEASUREMENT.area == area)
    if sex is not None:
        query = query.where(_MEASUREMENT.sex == str(sex))
    if not missing:
        query = query.where(_MEASUREMENT.value.is_not(None))
    with store.read() as connection:
        found = [_measurement(row) for row in connection.execute(query.where(_known(known_at)))]
    return sorted(found, key=lambda each: (each.area, each.sex, each.period))


def revisions(store: Store, indicator_id: int, area: str, sex: Sex, period: str) -> list[Measurement]:
    """Return everything that was ever known of one value, the first first, its deletion included."""
    query = select(schema.measurement).where(
        _MEASUREMENT.indicator_id == indicator_id,
        _MEASUREMENT.area == area,
        _MEASUREMENT.sex == str(sex),
        _MEASUREMENT.period == period,
    )
    with store.read() as connection:
        return [_measurement(row) for row in connection.execute(query.order_by(_MEASUREMENT.known_from))]


def history(store: Store, indicator_id: int) -> list[Measurement]:
    """Return everything that was ever known of an indicator: by area, sex and period, the first known first."""
    query = select(schema.measurement).where(_MEASUREMENT.indicator_id == indicator_id)
    with store.read() as connection:
        found = [_measurement(row) for row in connection.execute(query)]
    return sorted(found, key=lambda each: (each.area, each.sex, each.period, each.known_from))


def moved_since(store: Store, campaign: str, since: datetime) -> list[Measurement]:
    """Return the newest values that were not known at ``since``: of a new period, or revised.

    One for each indicator in force, area and sex, in the order of the strategy. A figure that was read for the first
    time after ``since`` has not moved, neither has one whose old years alone were put right, nor one that says the
    same number as then: no longer preliminary, or taken away by mistake and back again.
    """
    query = (
        select(schema.measurement, _INDICATOR.position)
        .join(schema.indicator, _INDICATOR.id == _MEASUREMENT.indicator_id)
        .where(_MEASUREMENT.campaign == campaign, _INDICATOR.ended_at.is_(None), _INDICATOR.changed_at > since)
        .where(~_MEASUREMENT.deleted, _MEASUREMENT.value.is_not(None))
        .order_by(_INDICATOR.position, _INDICATOR.id, _MEASUREMENT.area, _MEASUREMENT.sex, _MEASUREMENT.period)
    )
    newest: dict[tuple[int, str, str], Row[Any]] = {}
    had: set[tuple[int, str, str]] = set()
    then: dict[tuple[int, str, str, str], float] = {}
    with store.read() as connection:
        for row in connection.execute(query):
            figure = (row.indicator_id, row.area, row.sex)
            if row.known_from <= since:
                had.add(figure)
                if row.known_to is None or row.known_to > since:
                    then[*figure, row.period] = row.value
            if row.known_to is None:
                newest[figure] = row
    return [
        _measurement(row)
        for figure, row in newest.items()
        if figure in had and then.get((*figure, row.period)) != row.value
    ]


def _put(
    connection: Connection,
    indicator_id: int,
    told: dict[_Key, Reading],
    *,
    now: datetime,
    whole: bool,
    areas: Collection[str] | None,
    origin: str,
    by: Actor | None,
) -> Stored:
    """Store in a transaction that is already open, with the same few statements however many values there are."""
    # Two that bring values to one indicator come one after the other: each must see what the other wrote.
    query = select(_INDICATOR.campaign).where(_INDICATOR.id == indicator_id).with_for_update()
    campaign = connection.execute(query).scalar_one_or_none()
    if campaign is None:
        raise NotFoundError("indicator_missing")
    by_source = by is None and not origin
    plan = _intended(connection, indicator_id, told, now=now, whole=whole, areas=areas, by_source=by_source)
    if not plan.stored.changed:
        return plan.stored
    if plan.ends:
        ending = update(schema.measurement).where(_MEASUREMENT.id == bindparam("row")).values(known_to=bindparam("at"))
        connection.execute(ending, plan.ends)
    same = {
        "campaign": campaign,
        "indicator_id": indicator_id,
        "account_id": by.account_id if by else None,
        "origin": origin,
    }
    if plan.begins:
        connection.execute(insert(schema.measurement), [same | each for each in plan.begins])
    connection.execute(update(schema.indicator).where(_INDICATOR.id == indicator_id).values(changed_at=now))
    _tell_overruled(connection, indicator_id, plan.overruled, now=now)
    _bump(connection)
    return plan.stored


def _standing(connection: Connection, indicator_id: int) -> dict[_Key, Measurement]:
    query = select(schema.measurement).where(_MEASUREMENT.indicator_id == indicator_id, _MEASUREMENT.known_to.is_(None))
    found = (_measurement(row) for row in connection.execute(query))
    return {_key(each): each for each in found}


def _gone(
    told: dict[_Key, Reading], standing: dict[_Key, Measurement], areas: Collection[str] | None
) -> list[Measurement]:
    """Return what a source that told everything did not tell any more."""
    pairs = {key[:2] for key in told}
    return [
        each
        for key, each in standing.items()
        if key not in told and not each.deleted and (key[:2] in pairs if areas is None else each.area in areas)
    ]


def _intended(
    connection: Connection,
    indicator_id: int,
    told: dict[_Key, Reading],
    *,
    now: datetime,
    whole: bool,
    areas: Collection[str] | None,
    by_source: bool,
) -> _Plan:
    """Return what is to be written of what was told; ``by_source``: no person told it."""
    standing = _standing(connection, indicator_id)
    gone = _gone(told, standing, areas) if whole else []
    corrected = _corrections(connection, indicator_id) if by_source and standing else Corrections(last={})
    all_of_it = [*told.values(), *(_taken_away(each) for each in gone if not corrected.fill(_key(each)))]
    return _plan(all_of_it, standing, corrected, now=now)


def _plan(
    all_of_it: Iterable[Reading], standing: dict[_Key, Measurement], corrected: Corrections, *, now: datetime
) -> _Plan:
    counts = {"new": 0, "revised": 0, "deleted": 0, "unchanged": 0}
    ends, begins, overruled = [], [], []
    for reading in all_of_it:
        key = _key(reading)
        before = standing.get(key)
        nothing = reading.deleted if before is None else before.says(reading)
        if nothing or corrected.stand(key, reading):
            counts["unchanged"] += 1
            continue
        at = now if before is None else max(now, before.known_from + _MOMENT)
        if before is not None:
            ends.append({"row": before.id, "at": at})
            if key in corrected.last:
                overruled.append(Overruled(before=before, told=reading))
        begins.append(_row(reading, at))
        again = before is None or before.deleted
        counts["deleted" if reading.deleted else "new" if again else "revised"] += 1
    return _Plan(ends=ends, begins=begins, stored=Stored(**counts), overruled=tuple(overruled))


def _taken_away(known: Measurement) -> Reading:
    return Reading(area=known.area, sex=known.sex, period=known.period, value=None, deleted=True)


def _checked(reading: Reading) -> Reading:
    if reading.deleted:
        return replace(reading, value=None, status="", preliminary=False)
    if reading.value is not None and not math.isfinite(reading.value):
        raise ValueError(f"no number: {reading.value}")
    return reading


def _key(each: Reading | Measurement) -> _Key:
    return each.area, str(each.sex), each.period


def _row(reading: Reading, at: datetime) -> dict[str, Any]:
    return {
        "area": reading.area,
        "sex": str(reading.sex),
        "period": reading.period,
        "value": reading.value,
        "status": reading.status,
        "preliminary": reading.preliminary,
        "deleted": reading.deleted,
        "known_from": at,
    }


def _known(at: datetime | None) -> Any:
    if at is None:
        return _MEASUREMENT.known_to.is_(None)
    return (_MEASUREMENT.known_from <= at) & (_MEASUREMENT.known_to.is_(None) | (_MEASUREMENT.known_to > at))


def _measurement(row: Row[Any]) -> Measurement:
    return Measurement(
        id=row.id,
        indicator=row.indicator_id,
        area=row.area,
        sex=Sex(row.sex),
        period=row.period,
        value=row.value,
        status=row.status,
        preliminary=row.preliminary,
        known_from=row.known_from,
        known_to=row.known_to,
        deleted=row.deleted,
        origin=row.origin,
    )
