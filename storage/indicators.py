"""What is measured, as the database knows it: the wording of its strategy's latest version, and how asking goes.

The rows are drawn from the strategy's document (``storage.strategy``); here they are read, and claimed by whoever asks
their source. A claim runs out by itself, so that a process that died leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from campaign.errors import NotFoundError, SkordError
from campaign.figures import Indicator, Origin
from campaign.strategy import indicator_from_json
from storage import schema
from storage.store import Store, _bump

_INDICATOR = schema.indicator.c
_NODES = schema.indicator_node.c

#: A claim this old is nobody's any more.
TERM = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredIndicator:
    """An indicator with its nodes' ids, in the order of its wording, and how asking for it goes.

    ``next_attempt_at`` None: it is not asked for. ``error`` None: the last asking went well; else {"key", "facts",
    "permanent"}. ``told`` is what its source calls it, ``cursor`` what the last asking left to the next.
    """

    id: int
    campaign: str
    strategy: str
    code: str
    position: int
    wording: Indicator
    nodes: tuple[int, ...] = ()
    ended_at: datetime | None = None
    next_attempt_at: datetime | None = None
    last_run_at: datetime | None = None
    last_ok_at: datetime | None = None
    changed_at: datetime | None = None
    failures: int = 0
    error: dict[str, Any] | None = None
    discontinued: bool = False
    told: str = ""
    cursor: Mapping[str, Any] = field(default_factory=dict)
    asked_hash: str = ""


def list_indicators(
    store: Store, campaign: str, strategy: str | None = None, *, ended: bool = False, public: bool = False
) -> list[StoredIndicator]:
    """Return the indicators of a campaign or of one of its strategies, in the order of their documents.

    ``ended`` also those no longer in force, ``public`` only those that readers may see.
    """
    query = select(schema.indicator).where(_INDICATOR.campaign == campaign)
    if strategy is not None:
        query = query.where(_INDICATOR.strategy_id == strategy)
    if not ended:
        query = query.where(_INDICATOR.ended_at.is_(None))
    found = _read(store, query.order_by(_INDICATOR.strategy_id, _INDICATOR.position, _INDICATOR.id))
    return [each for each in found if each.wording.public or not public]


def get_indicator(store: Store, indicator_id: int) -> StoredIndicator:
    """Return an indicator, ended or not. NotFoundError ``indicator_missing``."""
    found = _read(store, select(schema.indicator).where(_INDICATOR.id == indicator_id))
    if not found:
        raise NotFoundError("indicator_missing")
    return found[0]


def find_indicators(store: Store, code: str) -> list[StoredIndicator]:
    """Return the indicators in force of a code, or "strategy/code", in any case of its letters."""
    strategy, _, own = code.rpartition("/")
    query = select(schema.indicator).where(_INDICATOR.ended_at.is_(None))
    if strategy:
        query = query.where(_INDICATOR.strategy_id == strategy)
    found = _read(store, query.order_by(_INDICATOR.strategy_id, _INDICATOR.position))
    return [each for each in found if each.code.casefold() == own.casefold()]


def failing_indicators(store: Store) -> list[StoredIndicator]:
    """Return the indicators in force whose last asking failed, in the order of their strategies."""
    query = select(schema.indicator).where(_INDICATOR.ended_at.is_(None), _INDICATOR.error.is_not(None))
    return _read(store, query.order_by(_INDICATOR.strategy_id, _INDICATOR.position))


def asked_indicators(store: Store) -> int:
    """Return how many indicators in force have been asked for."""
    query = select(func.count()).where(_INDICATOR.ended_at.is_(None), _INDICATOR.last_run_at.is_not(None))
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def claim_indicators(
    store: Store,
    *,
    now: datetime,
    ids: Sequence[int] | None = None,
    origins: Iterable[str] = (Origin.KOLADA, Origin.SCB),
    most: int = 500,
) -> list[StoredIndicator]:
    """Take the indicators of ``origins`` that are due, the longest overdue first, or the named ones; nobody else gets
    them while the claim lasts.

    Those that somebody has in hand are left out, and so are those that are not asked for.
    """
    query = select(schema.indicator).where(_free(now))
    query = query.where(_due(now, origins)) if ids is None else query.where(_INDICATOR.id.in_(ids))
    query = query.order_by(_INDICATOR.next_attempt_at, _INDICATOR.id).limit(most)
    with store.write() as connection:
        rows = connection.execute(query.with_for_update(skip_locked=True)).all()
        if not rows:
            return []
        mine = _INDICATOR.id.in_([row.id for row in rows])
        connection.execute(update(schema.indicator).where(mine).values(claimed_until=now + TERM, last_run_at=now))
        return _stored(connection, rows)


def any_due(store: Store, *, now: datetime, origins: Iterable[str] = (Origin.KOLADA, Origin.SCB)) -> bool:
    """Return whether an indicator of ``origins`` is to be asked for. Reads only: the schedule looks often."""
    due = select(_INDICATOR.id).where(_free(now), _due(now, origins))
    with store.read() as connection:
        return connection.execute(due.limit(1)).first() is not None


def _free(now: datetime) -> Any:
    return and_(
        _INDICATOR.ended_at.is_(None),
        _INDICATOR.next_attempt_at.is_not(None),
        or_(_INDICATOR.claimed_until.is_(None), _INDICATOR.claimed_until <= now),
    )


def _due(now: datetime, origins: Iterable[str]) -> Any:
    asked = _INDICATOR.wording["origin"].as_string().in_([str(each) for each in origins])
    return and_(_INDICATOR.next_attempt_at <= now, asked)


def free_indicators(store: Store, ids: Iterable[int]) -> None:
    """Give back what was taken and not asked for after all; it is due as before."""
    with store.write() as connection:
        mine = _INDICATOR.id.in_(list(ids))
        connection.execute(update(schema.indicator).where(mine).values(claimed_until=None))


def note_asked(
    store: Store,
    indicator_id: int,
    *,
    now: datetime,
    next_attempt_at: datetime,
    asked_hash: str | None = None,
    error: SkordError | None = None,
    permanent: bool = False,
    discontinued: bool | None = None,
    told: str | None = None,
    cursor: Mapping[str, Any] | None = None,
) -> None:
    """Record how an asking went and give the indicator back. What is None leaves what was known.

    One that was brought by hand from now on, or ended meanwhile, stays so: it is not planned again. ``asked_hash`` is
    of what was asked: where another version of the strategy asks otherwise since, its own plan stands.
    """
    values: dict[str, Any] = {"claimed_until": None}
    if error is None:
        values |= {"last_ok_at": now, "failures": 0, "error": None}
    else:
        told_error = {"key": error.key, "facts": error.facts, "permanent": permanent}
        values |= {"failures": _INDICATOR.failures + 1, "error": told_error}
    given = {"discontinued": discontinued, "told": told, "cursor": cursor}
    values |= {name: value for name, value in given.items() if value is not None}
    with store.write() as connection:
        mine = _INDICATOR.id == indicator_id
        before = connection.execute(select(_INDICATOR.discontinued).where(mine)).scalar_one_or_none()
        connection.execute(update(schema.indicator).where(mine).values(values))
        planned = mine & _INDICATOR.next_attempt_at.is_not(None) & _INDICATOR.ended_at.is_(None)
        if asked_hash is not None:
            planned &= _INDICATOR.asked_hash == asked_hash
        connection.execute(update(schema.indicator).where(planned).values(next_attempt_at=next_attempt_at))
        if discontinued is not None and before != discontinued:
            _bump(connection)  # the page of the figure says that it comes no more


def _read(store: Store, query: Any) -> list[StoredIndicator]:
    with store.read() as connection:
        return _stored(connection, connection.execute(query).all())


def _stored(connection: Connection, rows: Sequence[Row[Any]]) -> list[StoredIndicator]:
    """Return rows as indicators, their nodes read with one query."""
    if not rows:
        return []
    nodes: dict[int, list[tuple[str, int]]] = {}
    query = (
        select(_NODES.indicator_id, _NODES.node_id, schema.node.c.code)
        .join(schema.node, schema.node.c.id == _NODES.node_id)
        .where(_NODES.indicator_id.in_([row.id for row in rows]))
        .order_by(schema.node.c.position, _NODES.node_id)
    )
    for row in connection.execute(query):
        nodes.setdefault(row.indicator_id, []).append((row.code, row.node_id))
    return [_indicator(row, nodes.get(row.id, [])) for row in rows]


def _indicator(row: Row[Any], nodes: list[tuple[str, int]]) -> StoredIndicator:
    wording = indicator_from_json(row.wording)
    places = {code: place for place, code in enumerate(wording.nodes)}
    ordered = sorted(nodes, key=lambda node: places.get(node[0], len(places)))
    return StoredIndicator(
        id=row.id,
        campaign=row.campaign,
        strategy=row.strategy_id,
        code=row.code,
        position=row.position,
        wording=wording,
        nodes=tuple(node_id for _, node_id in ordered),
        ended_at=row.ended_at,
        next_attempt_at=row.next_attempt_at,
        last_run_at=row.last_run_at,
        last_ok_at=row.last_ok_at,
        changed_at=row.changed_at,
        failures=row.failures,
        error=row.error,
        discontinued=row.discontinued,
        told=row.told,
        cursor=dict(row.cursor or {}),
        asked_hash=row.asked_hash,
    )
