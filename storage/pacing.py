"""How fast letters may leave: so many a minute, in all and to each receiving domain, and domains that asked for time.

Counted from the deliveries themselves, so that a restart forgets nothing and several processes share one measure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, exists, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from storage import schema

#: A domain that asked for time is left alone so long, ever longer while it goes on.
DOMAIN_WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 240))

_MINUTE = timedelta(minutes=1)
_SHORTEST = timedelta(milliseconds=50)
#: Two processes that both saw room for one letter more would send two: they count one after the other.
_PACE_KEY = 0x536B7270

_DELIVERY = schema.delivery.c
_PAUSE = schema.domain_pause.c

#: Letters begun in the last minute. One begun in the future belongs to a clock that was wrong: it counts for nothing,
#: or nothing would leave until that moment.
_RECENT = (_DELIVERY.started_at > bindparam("since")) & (_DELIVERY.started_at <= bindparam("until"))
_BEGUN = select(_DELIVERY.started_at).where(_RECENT).order_by(_DELIVERY.started_at.desc())
_BEGUN_AT_DOMAIN = _BEGUN.where(_DELIVERY.domain == bindparam("name"))
_BY_DOMAIN = select(_DELIVERY.domain, func.count()).where(_RECENT).group_by(_DELIVERY.domain)

#: Whether the domain of a delivery's address has asked for time, at the moment ``at``.
_WAITING_DOMAIN = exists().where(_PAUSE.domain == _DELIVERY.domain, _PAUSE.until > bindparam("at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The most letters a minute: in all, to each domain, and to domains of their own. 0 means as many as go."""

    per_minute: int = 0
    per_domain: int = 0
    domains: Mapping[str, int] = field(default_factory=dict)

    def at(self, domain: str) -> int:
        """Return the most letters a minute to one domain."""
        return self.domains.get(domain, self.per_domain) if domain else 0

    @property
    def is_free(self) -> bool:
        """Whether nothing is limited."""
        return not self.per_minute and not self.per_domain and not any(self.domains.values())


def _in_pace(connection: Connection, pace: Pace) -> None:
    """Let the processes on one database count one after the other where anything is limited."""
    if not pace.is_free and connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PACE_KEY})


def _wait(connection: Connection, pace: Pace, now: datetime) -> timedelta | None:
    """Return how long no letter at all may begin, None where one may now."""
    return _until_room(connection, pace.per_minute, now, None)


def _wait_for(connection: Connection, pace: Pace, domain: str, now: datetime) -> timedelta | None:
    """Return how long no letter to a domain may begin, None where one may now."""
    return _until_room(connection, pace.at(domain), now, domain)


def _until_room(connection: Connection, limit: int, now: datetime, domain: str | None) -> timedelta | None:
    if not limit:
        return None
    values: dict[str, object] = {"since": now - _MINUTE, "until": now + _MINUTE}
    query = _BEGUN
    if domain is not None:
        query, values["name"] = _BEGUN_AT_DOMAIN, domain
    # The letter that must leave the window before another may begin.
    oldest = connection.execute(query.offset(limit - 1).limit(1), values).scalar()
    return None if oldest is None else min(max(oldest - (now - _MINUTE), _SHORTEST), _MINUTE)


def _full_domains(connection: Connection, pace: Pace, now: datetime) -> list[str]:
    """Return the domains to which no letter more may begin in this minute."""
    if not pace.per_domain and not any(pace.domains.values()):
        return []
    found = connection.execute(_BY_DOMAIN, {"since": now - _MINUTE, "until": now + _MINUTE})
    begun = Counter({row[0]: int(row[1]) for row in found})
    return sorted(domain for domain, count in begun.items() if 0 < pace.at(domain) <= count)


def _failing(connection: Connection) -> set[str]:
    """Return the domains that asked for time and have taken no letter since."""
    return set(connection.execute(select(_PAUSE.domain)).scalars())


def _rest(connection: Connection, domain: str, words: str, now: datetime) -> None:
    """Leave a domain alone for a while, longer than the last time; what several letters hear at once counts once."""
    row = connection.execute(select(schema.domain_pause).where(_PAUSE.domain == domain)).one_or_none()
    if not domain or (row is not None and row.until > now):
        return
    failures = (row.failures if row is not None else 0) + 1
    wait = DOMAIN_WAITS[min(failures, len(DOMAIN_WAITS)) - 1]
    values = {"until": now + wait, "failures": failures, "text": words}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(schema.domain_pause).values(domain=domain, **values)
    connection.execute(made.on_conflict_do_update(index_elements=["domain"], set_=values))


def _forgive(connection: Connection, domain: str, delivery_id: int) -> None:
    """Forget that a domain asked for time, if the letter that it took was begun after that time: one that was under
    way when it asked says nothing.
    """
    begun = select(_DELIVERY.started_at).where(_DELIVERY.id == delivery_id).scalar_subquery()
    connection.execute(delete(schema.domain_pause).where(_PAUSE.domain == domain, _PAUSE.until <= begun))
