"""Draws nodes and what is measured from a strategy's document.

A node is one row for ever: a new code or title leaves the row, its evidence and its address where they are. Which row a
node of the document is, its own code says, or ``was``; see ``_drawn_nodes``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from campaign.figures import Indicator, Origin
from campaign.strategy import Node, Strategy, indicator_as_json
from storage import schema

_NODE = schema.node.c
_WAS = schema.node_was.c
_HEIR = schema.node_heir.c
_INDICATOR = schema.indicator.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One writing of a document: the campaign, the version's number, the moment."""

    campaign: str
    strategy: str
    number: int
    now: datetime


@dataclass(slots=True, kw_only=True)
class Drawn:
    """What was done to nodes, in codes. ``renamed`` are old and new; ``heirs`` an ended code and what it became.

    One that only stands at another number because others came or went has not changed; ``is_reordered`` says whether
    those that stay have another order among themselves.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    heirs: list[tuple[str, str]] = field(default_factory=list)
    is_reordered: bool = False


@dataclass(slots=True, kw_only=True)
class _Fates:
    """What becomes of the rows: ``kept`` by the code of the new document, ``heirs`` a row and the code it goes into."""

    kept: dict[str, int] = field(default_factory=dict)
    heirs: list[tuple[int, str]] = field(default_factory=list)


def _draw_nodes(
    connection: Connection, writing: Writing, strategy: Strategy, before: Strategy | None, meant: Mapping[str, int]
) -> Drawn:
    """Bring the nodes to what the document says and return what changed.

    A row whose code nobody has or claims has ended; it keeps its evidence, and its code unless another node took it.
    ``meant`` are the rows that an earlier document with the very same nodes was about, by code.
    """
    rows = {row.id: row for row in connection.execute(select(schema.node).where(_NODE.strategy_id == writing.strategy))}
    fates = _fates(strategy, before, rows, meant)
    drawn = Drawn()
    _free_codes(connection, writing, strategy, rows, fates)
    ids: dict[str, int] = {}
    positions = {node.code: position for position, node in enumerate(strategy.nodes)}
    for node in _parents_first(strategy.nodes):
        values = _values(node, positions[node.code], ids)
        row = rows.get(fates.kept.get(node.code, 0))
        if row is None:
            ids[node.code] = _add(connection, writing, values)
            drawn.added.append(node.code)
        else:
            ids[node.code] = row.id
            _change(connection, writing, row, values, drawn)
    standing = set(fates.kept.values())
    _end(connection, writing, [row for row in rows.values() if row.id not in standing], drawn)
    _inherit(connection, writing, {(row_id, ids[code]) for row_id, code in fates.heirs}, standing)
    drawn.heirs = [(rows[row_id].code, code) for row_id, code in fates.heirs]
    stay = sorted((rows[row_id].position, positions[code]) for code, row_id in fates.kept.items()
                  if rows[row_id].ended_at is None)  # fmt: skip
    drawn.is_reordered = stay != sorted(stay, key=lambda at: at[1])
    return drawn


def _fates(
    strategy: Strategy, before: Strategy | None, rows: Mapping[int, Row[Any]], meant: Mapping[str, int]
) -> _Fates:
    """Say which row each node is. One that a single node claims goes on as it, one that several claim is split.

    Of several rows that one node claims its own goes on, else the first; the rest are taken into it.
    """
    by_code = {row.code.casefold(): row_id for row_id, row in rows.items()}
    own_rows = by_code | {code.casefold(): row_id for code, row_id in meant.items()}
    done = {node.code: node.was for node in before.nodes} if before else {}
    claims = {
        node.code: _claims(node, done.get(node.code, ()), by_code, own_rows.get(node.code.casefold()), meant)
        for node in strategy.nodes
    }
    many = [row_id for found in claims.values() for row_id in found]
    fates = _Fates()
    for node in strategy.nodes:
        mine = [row_id for row_id in claims[node.code] if many.count(row_id) == 1]
        own = own_rows.get(node.code.casefold())
        keeper = own if own in mine else next(iter(mine), None)
        if keeper is not None:
            fates.kept[node.code] = keeper
        fates.heirs += [(row_id, node.code) for row_id in claims[node.code] if row_id != keeper]
    return fates


def _claims(
    node: Node, done: Sequence[str], by_code: Mapping[str, int], own: int | None, meant: Mapping[str, int]
) -> list[int]:
    """Return the rows that a node says it is. What the version before said already is the row of its own code."""
    fresh = {code: by_code.get(code.casefold()) for code in node.was if code not in done and code != node.code}
    if meant:
        # What an earlier document was about is known: ``was`` can only name what became part of it since.
        found = [own, *(row_id for row_id in fresh.values() if row_id not in meant.values())]
    else:
        found = [fresh.get(code, own) for code in node.was]
    known = list(dict.fromkeys(row_id for row_id in found if row_id is not None))
    # Codes of a time before this database lead nowhere; then its own code says which it is.
    return known or ([own] if own is not None else [])


def _free_codes(
    connection: Connection, writing: Writing, strategy: Strategy, rows: Mapping[int, Row[Any]], fates: _Fates
) -> None:
    """Take the codes from rows that lose them, so that two may change codes with each other."""
    ending = {node_id: code for code, node_id in fates.kept.items()}
    wanted = {node.code.casefold() for node in strategy.nodes}
    taken = wanted | {row.code.casefold() for row in rows.values()}
    for row in rows.values():
        if row.id in ending:
            if ending[row.id] != row.code:
                _put(connection, row.id, code=f"~{row.id}")
        elif row.code.casefold() in wanted:
            number = next(each for each in range(1, len(taken) + 2) if f"{row.code}-{each}".casefold() not in taken)
            taken.add(f"{row.code}-{number}".casefold())
            _remember(connection, writing, row)
            _put(connection, row.id, code=f"{row.code}-{number}")


def _change(connection: Connection, writing: Writing, row: Row[Any], values: dict[str, Any], drawn: Drawn) -> None:
    differs = {name for name, value in values.items() if getattr(row, name) != value}
    if not differs:
        return
    _put(connection, row.id, **values)
    if differs == {"position"}:
        return
    drawn.changed.append(values["code"])
    if row.code != values["code"]:
        drawn.renamed.append((row.code, values["code"]))
    if (row.code, row.title) != (values["code"], values["title"]):
        _remember(connection, writing, row)


def _end(connection: Connection, writing: Writing, rows: Sequence[Row[Any]], drawn: Drawn) -> None:
    for row in rows:
        if row.ended_at is None:
            _put(connection, row.id, ended_at=writing.now)
            drawn.ended.append(row.code)


def _inherit(connection: Connection, writing: Writing, heirs: set[tuple[int, int]], standing: set[int]) -> None:
    """Write what came after the rows that ended; one that is in force again has nothing after it."""
    connection.execute(delete(schema.node_heir).where(_HEIR.node_id.in_(standing)))
    for node_id, heir_id in sorted(heirs):
        one = (_HEIR.node_id == node_id, _HEIR.heir_id == heir_id)
        if connection.execute(select(_HEIR.at).where(*one)).first() is None:
            values = {"node_id": node_id, "heir_id": heir_id, "campaign": writing.campaign, "at": writing.now}
            connection.execute(insert(schema.node_heir).values(values))


def _remember(connection: Connection, writing: Writing, row: Row[Any]) -> None:
    connection.execute(
        insert(schema.node_was).values(
            campaign=writing.campaign,
            node_id=row.id,
            code=row.code,
            title=row.title,
            until_at=writing.now,
            version=writing.number - 1,
        )
    )


def _put(connection: Connection, node_id: int, **values: Any) -> None:
    connection.execute(update(schema.node).where(_NODE.id == node_id).values(values))


def _add(connection: Connection, writing: Writing, values: dict[str, Any]) -> int:
    done = connection.execute(
        insert(schema.node).values(campaign=writing.campaign, strategy_id=writing.strategy, **values)
    )
    return int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one


def _parents_first(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes so that each stands after its parent; the document may have them in any order."""
    waiting, done, codes = list(nodes), [], set[str]()
    while waiting:
        ready = [node for node in waiting if node.parent is None or node.parent in codes]
        if not ready:
            raise ValueError("a circle of parents")  # campaign.strategy_check refuses such a document
        done += ready
        codes |= {node.code for node in ready}
        waiting = [node for node in waiting if node.code not in codes]
    return done


def _values(node: Node, position: int, ids: Mapping[str, int]) -> dict[str, Any]:
    texts = {name: getattr(node, name) for name in ("code", "title", "text", "why", "success", "colour")}
    lists = {name: list(getattr(node, name)) for name in ("words", "how", "responsible", "agenda")}
    return {
        **texts,
        **lists,
        "parent_id": ids[node.parent] if node.parent else None,
        "kind": str(node.kind),
        "position": position,
        "ended_at": None,
    }


def _draw_indicators(connection: Connection, writing: Writing, strategy: Strategy) -> None:
    """Bring what is measured to what the document says; one that it leaves out has ended and keeps its values.

    What is asked for in another way than before is asked for at once.
    """
    # In the order of their numbers, as whoever brings values of many takes them: so neither waits in a circle.
    mine = select(schema.indicator).where(_INDICATOR.strategy_id == writing.strategy)
    standing = mine.order_by(_INDICATOR.id).with_for_update()
    rows = {row.code.casefold(): row for row in connection.execute(standing)}
    nodes = connection.execute(
        select(_NODE.id, _NODE.code).where(_NODE.strategy_id == writing.strategy, _NODE.ended_at.is_(None))
    )
    ids = {row.code: row.id for row in nodes}
    for position, indicator in enumerate(strategy.indicators):
        row = rows.pop(indicator.code.casefold(), None)
        indicator_id = _put_indicator(connection, writing, indicator, position, row)
        _measure(connection, writing, indicator_id, [ids[code] for code in indicator.nodes])
    gone = [row.id for row in rows.values() if row.ended_at is None]
    ended = {"ended_at": writing.now, "next_attempt_at": None}
    connection.execute(update(schema.indicator).where(_INDICATOR.id.in_(gone)).values(ended))


def _put_indicator(
    connection: Connection, writing: Writing, indicator: Indicator, position: int, row: Row[Any] | None
) -> int:
    asked = asked_hash(indicator)
    values: dict[str, Any] = {
        "code": indicator.code,
        "title": indicator.title,
        "wording": indicator_as_json(indicator),
        "position": position,
        "ended_at": None,
        "asked_hash": asked,
    }
    if indicator.origin is Origin.TABLE:
        values["next_attempt_at"] = None
    elif row is None or row.asked_hash != asked or row.ended_at is not None:
        values["next_attempt_at"] = writing.now
    if row is None:
        done = connection.execute(
            insert(schema.indicator).values(campaign=writing.campaign, strategy_id=writing.strategy, **values)
        )
        return int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one
    if row.asked_hash != asked:
        # What went wrong, or had ended, was said of another question.
        values |= {"failures": 0, "error": None, "discontinued": False}
    connection.execute(update(schema.indicator).where(_INDICATOR.id == row.id).values(values))
    return int(row.id)


def asked_hash(indicator: Indicator) -> str:
    """Return what stands for the question that an indicator's source is asked."""
    kept = indicator_as_json(indicator)
    names = ("origin", "kpi", "table", "selection", "region", "time", "areas", "by_sex")
    asked = json.dumps({name: kept[name] for name in names}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _measure(connection: Connection, writing: Writing, indicator_id: int, nodes: Sequence[int]) -> None:
    """Tie an indicator to nodes; what has ended keeps what measured it when it did."""
    pair = schema.indicator_node.c
    query = select(pair.node_id).join(schema.node, _NODE.id == pair.node_id)
    mine = query.where(pair.indicator_id == indicator_id, _NODE.ended_at.is_(None))
    standing = set(connection.execute(mine).scalars())
    gone = [pair.node_id == node_id for node_id in standing - set(nodes)]
    if gone:
        connection.execute(delete(schema.indicator_node).where(pair.indicator_id == indicator_id, or_(*gone)))
    for node_id in dict.fromkeys(each for each in nodes if each not in standing):
        values = {"indicator_id": indicator_id, "node_id": node_id, "campaign": writing.campaign}
        connection.execute(insert(schema.indicator_node).values(values))
