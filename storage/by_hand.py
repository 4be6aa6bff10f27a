"""Values that people bring, in a form or a table: stored as any other, with a line in the trail that says who and why.

A value that a person takes away is one that its source took away: it can be entered again, and what was known stays.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select

from campaign.errors import NotFoundError
from campaign.figures import Reading, Sex
from storage import schema
from storage.measurements import Stored, _checked, _key, _put
from storage.store import Actor, Store

_INDICATOR = schema.indicator.c

#: So many values are told one by one in the trail; of more only how many they were.
_TOLD = 5


def put_by_hand(
    store: Store,
    indicator_id: int,
    readings: Sequence[Reading],
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
    origin: str = "",
) -> Stored:
    """Store values that a person brought, and say in the trail which and why. What changes nothing leaves no line."""
    with store.write() as connection:
        query = select(schema.indicator).where(_INDICATOR.id == indicator_id)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError("indicator_missing")
        return _bring(connection, row, readings, by=by, now=now, reason=reason, origin=origin, group=uuid.uuid4().hex)


def put_many_by_hand(
    store: Store,
    strategy_id: str,
    readings: Mapping[str, Sequence[Reading]],
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
    origin: str = "",
) -> dict[str, Stored]:
    """Store values of many indicators of one strategy, by code, all or none. NotFoundError ``indicator_missing``."""
    group = uuid.uuid4().hex
    with store.write() as connection:
        query = select(schema.indicator).where(_INDICATOR.strategy_id == strategy_id, _INDICATOR.ended_at.is_(None))
        rows = {row.code: row for row in connection.execute(query.order_by(_INDICATOR.id))}
        if missing := readings.keys() - rows.keys():
            raise NotFoundError("indicator_missing", code=min(missing))
        # in the order of their numbers, so that two who bring many never wait for each other in a circle
        return {
            code: _bring(connection, row, readings[code], by=by, now=now, reason=reason, origin=origin, group=group)
            for code, row in rows.items()
            if code in readings
        }


def _bring(
    connection: Connection,
    row: Row[tuple[object, ...]],
    readings: Sequence[Reading],
    *,
    by: Actor,
    now: datetime,
    reason: str,
    origin: str,
    group: str,
) -> Stored:
    told = {_key(each): _checked(each) for each in readings}
    stored = _put(connection, row.id, told, now=now, whole=False, areas=None, origin=origin, by=by)
    if not stored.changed:
        return stored
    values = [[each.area, str(each.sex), each.period, each.value] for each in told.values()]
    facts = {
        "strategy": row.strategy_id, "indicator": row.id, "code": row.code, "name": row.title, "origin": origin,
        "new": stored.new, "revised": stored.revised, "deleted": stored.deleted, "values": values[:_TOLD],
    }  # fmt: skip
    action = "figures_removed" if stored.deleted and not (stored.new or stored.revised) else "figures_put"
    line = {"campaign": row.campaign, "at": now, "actor": by.kind, "account_id": by.account_id, "group": group}
    line |= {"action": action, "reason": reason.strip(), "facts": facts}
    connection.execute(insert(schema.decision).values(line))
    return stored


def readings_of(store: Store, strategy_id: str) -> dict[str, list[Reading]]:
    """Return everything that is known now of a strategy's indicators in force, by their codes, oldest period first."""
    measured = schema.measurement.c
    query = (
        select(schema.measurement, _INDICATOR.code)
        .join(schema.indicator, _INDICATOR.id == measured.indicator_id)
        .where(_INDICATOR.strategy_id == strategy_id, _INDICATOR.ended_at.is_(None))
        .where(measured.known_to.is_(None), ~measured.deleted)
        .order_by(_INDICATOR.position, measured.area, measured.sex, measured.period)
    )
    found: dict[str, list[Reading]] = {}
    with store.read() as connection:
        for row in connection.execute(query):
            told = Reading(
                area=row.area, sex=Sex(row.sex), period=row.period, value=row.value, status=row.status,
                preliminary=row.preliminary,
            )  # fmt: skip
            found.setdefault(row.code, []).append(told)
    return found
