"""Values that a person corrected where a source tells its own: whose word holds.

A correction stands as long as the source says what it said before; nobody's work is undone by reading everything anew.
A source that tells something new is believed, for a revision must not be hidden, and the trail says whose value it
replaced.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, insert, or_, select

from campaign.figures import Measurement, Reading
from storage import schema
from storage.store import JOB

_INDICATOR = schema.indicator.c

#: So many values are told one by one in the trail; of more only how many they were.
_TOLD = 5

_Key = tuple[str, str, str]
_Word = tuple[float | None, str, bool, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruled:
    """A value that a person brought, and what its source tells in its place."""

    before: Measurement
    told: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """What holds by a person's word, with what the source last said of the same, None where it never said anything."""

    last: Mapping[_Key, _Word | None]

    def stand(self, key: _Key, told: Reading) -> bool:
        """Return whether a source only says again what a person has corrected."""
        return self.last.get(key) == (told.value, told.status, told.preliminary, told.deleted)

    def fill(self, key: _Key) -> bool:
        """Return whether a person's value stands where the source had nothing: it can take nothing away there."""
        word = self.last.get(key)
        return key in self.last and (word is None or word[3])


def _corrections(connection: Connection, indicator_id: int) -> Corrections:
    """Return what holds of an indicator by a person's word. One statement."""
    hand, source = schema.measurement.alias("hand"), schema.measurement.alias("source")
    same = (hand.c[name] == source.c[name] for name in ("indicator_id", "area", "sex", "period"))
    words = (source.c.value, source.c.status, source.c.preliminary, source.c.deleted)
    query = (
        select(hand.c.area, hand.c.sex, hand.c.period, source.c.id, *words)
        .select_from(hand.outerjoin(source, and_(*same, source.c.account_id.is_(None), source.c.origin == "")))
        .where(hand.c.indicator_id == indicator_id, hand.c.known_to.is_(None))
        .where(or_(hand.c.account_id.is_not(None), hand.c.origin != ""))
        .order_by(source.c.known_from)
    )
    last: dict[_Key, _Word | None] = {}
    for row in connection.execute(query):
        word = None if row.id is None else (row.value, row.status, row.preliminary, row.deleted)
        last[row.area, row.sex, row.period] = word
    return Corrections(last=last)


def _tell_overruled(
    connection: Connection, indicator_id: int, overruled: Sequence[Overruled], *, now: datetime
) -> None:
    """Write into the trail that a source's new values took the place of ones that people had brought."""
    if not overruled:
        return
    row = connection.execute(select(schema.indicator).where(_INDICATOR.id == indicator_id)).one()
    values = [
        [each.told.area, str(each.told.sex), each.told.period, each.before.value, each.told.value]
        for each in overruled[:_TOLD]
    ]
    facts = {
        "strategy": row.strategy_id, "indicator": row.id, "code": row.code, "name": row.title,
        "count": len(overruled), "values": values,
    }  # fmt: skip
    connection.execute(
        insert(schema.decision).values(
            campaign=row.campaign, at=now, actor=JOB.kind, account_id=None, group=uuid.uuid4().hex,
            action="figures_overruled", facts=facts,
        )
    )  # fmt: skip
