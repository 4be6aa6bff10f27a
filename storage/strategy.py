"""Strategies in the database: saved as documents, version after version, and read as trees.

Whatever changes a strategy makes a new document and saves it here; nodes, what they serve and what is measured are
drawn from the latest (``strategy_drawing``). A node that a later one leaves out has ended and keeps its evidence.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from campaign.errors import ConflictError, NotFoundError
from campaign.strategy import Node, Strategy, as_json, coloured, from_json
from campaign.strategy_check import check
from storage import schema
from storage.store import JOB, Actor, Store, _alone, _bump, _mark
from storage.strategy_drawing import Drawn, Writing, _draw_indicators, _draw_nodes
from storage.strategy_serving import _as_called_now, _draw_mappings
from storage.strategy_tree import StrategyTree, TreeNode, _tree

__all__ = [
    "Loaded",
    "StrategyTree",
    "TreeNode",
    "Version",
    "find_strategy",
    "heirs",
    "list_nodes",
    "load_strategy",
    "moved_to",
    "place_strategy",
    "read_document",
    "read_strategies",
    "save_strategy",
    "versions",
]

_STRATEGY = schema.strategy.c
_NODE = schema.node.c
_VERSION = schema.strategy_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What saving a document changed, in codes. ``version`` is the number that holds.

    ``is_new``: it was made now. ``renamed`` are old and new codes, ``heirs`` an ended code and one that it became.
    ``is_reordered``: the nodes that stay have another order among themselves; where that is all, none has changed.
    ``measures_…`` are codes of indicators: one that has another code is another one, and the old one has ended.
    """

    strategy: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    heirs: tuple[tuple[str, str], ...] = ()
    measures_added: tuple[str, ...] = ()
    measures_ended: tuple[str, ...] = ()
    unchanged: int = 0
    version: int = 0
    is_new: bool = False
    is_reordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One wording of a strategy. ``who`` is "" where a command or the program saved it; ``changes`` as ``Loaded``."""

    strategy: str
    number: int
    origin: str
    changes: Mapping[str, Any]
    reason: str
    who: str
    at: datetime


def save_strategy(
    store: Store,
    campaign: str,
    strategy: Strategy,
    *,
    origin: str,
    by: Actor,
    now: datetime,
    reason: str = "",
    file_hash: str = "",
    position: int | None = None,
    expected: int | None = None,
) -> Loaded:
    """Make a document the one that holds, as a new version with its line in the trail. The same again changes nothing.

    ``origin`` is "file", "desk" or "sheet"; ``file_hash`` is of the file that says so. ``position`` None leaves it
    where it is, or puts it last. ``expected`` is the version that the editor saw: ConflictError ``strategy_newer``
    where another has been saved since.
    ConflictError ``strategy_elsewhere`` where another campaign has a strategy of that id; ConfigError with every
    fault of the document.
    """
    with store.write() as connection:
        _alone(connection)
        row = connection.execute(select(schema.strategy).where(_STRATEGY.id == strategy.id)).one_or_none()
        _check_turn(row, campaign, strategy, expected)
        before = _document(connection, strategy.id, row.version) if row else None
        told = _settled(strategy, before)
        check(told)
        writing = Writing(campaign=campaign, strategy=told.id, number=(row.version if row else 0) + 1, now=now)
        if before is not None and told in (before, _as_called_now(connection, campaign, before)):
            values = _file(file_hash, writing.number - 1) | ({} if position is None else {"position": position})
            _put_strategy(connection, writing, values, row)
            return Loaded(strategy=told.id, unchanged=len(told.nodes), version=writing.number - 1)
        place = _place(connection, campaign, row) if position is None else position
        values = _head(told, writing) | _file(file_hash, writing.number)
        _put_strategy(connection, writing, values | {"position": place}, row)
        drawn = _draw_nodes(connection, writing, told, before, _meant(connection, told, writing.number))
        loaded = _loaded(told, before, writing, drawn)
        _keep(connection, writing, told, loaded, origin=origin, by=by, reason=reason)
        _draw_indicators(connection, writing, told)
        _draw_mappings(connection, campaign)
        _mark(connection, "strategy", [writing.strategy])
        return loaded


def place_strategy(store: Store, strategy_id: str, position: int) -> None:
    """Put a strategy at its place among those of its campaign: 0 is the campaign's own."""
    with store.write() as connection:
        one = (_STRATEGY.id == strategy_id, _STRATEGY.position != position)
        if connection.execute(update(schema.strategy).where(*one).values(position=position)).rowcount:
            _bump(connection)


def load_strategy(store: Store, campaign: str, strategy: Strategy, *, now: datetime) -> Loaded:
    """Save a strategy as its file says it, without the file's own hash."""
    return save_strategy(store, campaign, strategy, origin="file", by=JOB, now=now)


def read_document(store: Store, strategy_id: str, number: int | None = None) -> Strategy:
    """Return the document that holds, or that of a version. NotFoundError ``strategy_missing``.

    In the one that holds, what it serves stands by the codes of today; an older one is as it was saved.
    """
    with store.read() as connection:
        row = connection.execute(select(schema.strategy).where(_STRATEGY.id == strategy_id)).one_or_none()
        found = _document(connection, strategy_id, (row.version if row else 0) if number is None else number)
        if row is None or found is None:
            raise NotFoundError("strategy_missing", strategy=strategy_id)
        return _as_called_now(connection, row.campaign, found) if number in (None, row.version) else found


def versions(store: Store, strategy_id: str) -> list[Version]:
    """Return the versions of a strategy, the latest first."""
    account = schema.account.c
    query = (
        select(schema.strategy_version, account.name, account.display_name)
        .join(schema.account, account.id == _VERSION.account_id, isouter=True)
        .where(_VERSION.strategy_id == strategy_id)
        .order_by(_VERSION.number.desc())
    )
    with store.read() as connection:
        return [
            Version(
                strategy=row.strategy_id,
                number=row.number,
                origin=row.origin,
                changes=row.changes,
                reason=row.reason,
                who=row.display_name or row.name or "",
                at=row.at,
            )
            for row in connection.execute(query)
        ]


def moved_to(store: Store, strategy: str, code: str) -> TreeNode | None:
    """Return the node that an old code leads to: the one that had it, or the one that an ended one went into.

    None for a code that is in force, that never was, or of a node that ended without a single heir.
    """
    tree = find_strategy(store, strategy)
    if tree is None:
        return None
    here = tree.find(code)
    if here is not None and here.ended_at is None:
        return None
    by_id = {node.id: node for node in tree.nodes}
    with store.read() as connection:
        at = here or by_id.get(_former(connection, strategy, code))
        seen: set[int] = set()
        while at is not None and at.ended_at is not None and at.id not in seen:
            seen.add(at.id)
            at = by_id.get(_only_heir(connection, at.id), at)
    return None if at is None or at == here else at


def heirs(store: Store, node_id: int) -> tuple[int, ...]:
    """Return the nodes that an ended one was split or taken into."""
    heir = schema.node_heir.c
    with store.read() as connection:
        rows = connection.execute(select(heir.heir_id).where(heir.node_id == node_id).order_by(heir.heir_id))
        return tuple(rows.scalars())


def read_strategies(store: Store, campaign: str, *, ended: bool = False) -> list[StrategyTree]:
    """Return the strategies of a campaign, its own first; with ``ended`` also nodes no longer in force."""
    query = select(schema.strategy).where(_STRATEGY.campaign == campaign)
    with store.read() as connection:
        rows = connection.execute(query.order_by(_STRATEGY.position, _STRATEGY.period_from, _STRATEGY.id)).all()
        return [_tree(connection, row, ended=ended) for row in rows]


def list_nodes(store: Store, campaign: str) -> list[TreeNode]:
    """Return the nodes in force of all strategies of a campaign, each tree depth first."""
    return [node for tree in read_strategies(store, campaign) for node in tree.nodes]


def find_strategy(store: Store, strategy_id: str, *, ended: bool = True) -> StrategyTree | None:
    """Return a strategy, None where none of that id was loaded."""
    with store.read() as connection:
        row = connection.execute(select(schema.strategy).where(_STRATEGY.id == strategy_id)).one_or_none()
        return _tree(connection, row, ended=ended) if row else None


def _check_turn(row: Row[Any] | None, campaign: str, strategy: Strategy, expected: int | None) -> None:
    if row is not None and row.campaign != campaign:
        raise ConflictError("strategy_elsewhere", strategy=strategy.id, campaign=row.campaign)
    if expected is not None and (row.version if row else 0) != expected:
        raise ConflictError("strategy_newer", strategy=strategy.title, version=row.version if row else 0)


def _settled(strategy: Strategy, before: Strategy | None) -> Strategy:
    """Return a document without what ``was`` said and is done, where the old code means another node by now."""
    done = {node.code: node.was for node in before.nodes} if before else {}
    here = {node.code.casefold() for node in strategy.nodes if not node.was}

    def settled(node: Node) -> Node:
        kept = tuple(code for code in node.was if not (code in done.get(node.code, ()) and code.casefold() in here))
        return node if kept == node.was else replace(node, was=kept)

    return replace(strategy, nodes=coloured(settled(node) for node in strategy.nodes))


def _meant(connection: Connection, strategy: Strategy, number: int) -> dict[str, int]:
    """Return the rows that a document is about which says of all its nodes what an earlier one said, by their codes.

    Nothing for any other, nor for one whose nodes are those of the version that holds: then codes and ``was`` say it.
    """
    query = select(_VERSION.number, _VERSION.document).where(_VERSION.strategy_id == strategy.id)
    wanted = _bare(strategy)
    earlier = connection.execute(query.where(_VERSION.number < number).order_by(_VERSION.number.desc()))
    same = next((row.number for row in earlier if _bare(from_json(row.document)) == wanted), number)
    if same >= number - 1:
        return {}
    was = schema.node_was.c
    held = select(_NODE.id, _NODE.code).where(_NODE.strategy_id == strategy.id)
    lost = (
        select(was.node_id, was.code)
        .join(schema.node, _NODE.id == was.node_id)
        .where(_NODE.strategy_id == strategy.id, was.version >= same)
        .order_by(was.version.desc(), was.id.desc())
    )
    # Whoever lost a code first after that version had it then; what nobody lost has the code still.
    rows = {row.code.casefold(): int(row.id) for row in connection.execute(held)}
    rows |= {row.code.casefold(): int(row.node_id) for row in connection.execute(lost)}
    return {node.code: rows[node.code.casefold()] for node in strategy.nodes if node.code.casefold() in rows}


def _bare(strategy: Strategy) -> list[Node]:
    return [replace(node, was=()) for node in strategy.nodes]


def _document(connection: Connection, strategy_id: str, number: int) -> Strategy | None:
    query = select(_VERSION.document).where(_VERSION.strategy_id == strategy_id, _VERSION.number == number)
    kept = connection.execute(query).scalar()
    return from_json(kept) if kept is not None else None


def _place(connection: Connection, campaign: str, row: Row[Any] | None) -> int:
    if row is not None:
        return int(row.position)
    last = connection.execute(select(func.max(_STRATEGY.position)).where(_STRATEGY.campaign == campaign)).scalar()
    return 0 if last is None else int(last) + 1


def _head(strategy: Strategy, writing: Writing) -> dict[str, Any]:
    return {
        **{name: getattr(strategy, name) for name in ("title", "owner", "summary", "note")},
        "period_from": strategy.period_from.isoformat(),
        "period_to": strategy.period_to.isoformat(),
        "names": dict(strategy.names),
        "version": writing.number,
        "loaded_at": writing.now,
    }


def _file(file_hash: str, number: int) -> dict[str, Any]:
    """Return what is kept of a file that was loaded, nothing where there was none."""
    return {"file_hash": file_hash, "file_version": number} if file_hash else {}


def _put_strategy(connection: Connection, writing: Writing, values: dict[str, Any], row: Row[Any] | None) -> None:
    if row is None:
        connection.execute(insert(schema.strategy).values(id=writing.strategy, campaign=writing.campaign, **values))
    elif any(getattr(row, name) != value for name, value in values.items()):
        connection.execute(update(schema.strategy).where(_STRATEGY.id == writing.strategy).values(values))
        _bump(connection)


def _loaded(strategy: Strategy, before: Strategy | None, writing: Writing, drawn: Drawn) -> Loaded:
    old, new = ({each.code.casefold(): each.code for each in (one.indicators if one else ())}
                for one in (before, strategy))  # fmt: skip
    return Loaded(
        strategy=strategy.id,
        added=tuple(drawn.added),
        changed=tuple(drawn.changed),
        ended=tuple(drawn.ended),
        renamed=tuple(drawn.renamed),
        heirs=tuple(drawn.heirs),
        measures_added=tuple(code for key, code in new.items() if key not in old),
        measures_ended=tuple(code for key, code in old.items() if key not in new),
        unchanged=len(strategy.nodes) - len(drawn.added) - len(drawn.changed),
        version=writing.number,
        is_new=True,
        is_reordered=drawn.is_reordered,
    )


def _keep(
    connection: Connection, writing: Writing, strategy: Strategy, loaded: Loaded, *, origin: str, by: Actor, reason: str
) -> None:
    """Write the version and its line in the trail."""
    changes = {name: [list(each) if isinstance(each, tuple) else each for each in value]
               for name, value in asdict(loaded).items() if isinstance(value, tuple)}  # fmt: skip
    common = {"campaign": writing.campaign, "at": writing.now, "account_id": by.account_id, "reason": reason.strip()}
    connection.execute(
        insert(schema.strategy_version).values(
            **common,
            strategy_id=writing.strategy,
            number=writing.number,
            origin=origin,
            document=as_json(strategy),
            changes=changes | {"unchanged": loaded.unchanged, "reordered": loaded.is_reordered},
        )
    )
    facts = {"strategy": strategy.id, "name": strategy.title, "version": writing.number, "origin": origin}
    connection.execute(
        insert(schema.decision).values(
            **common, actor=by.kind, group=uuid.uuid4().hex, action="strategy_saved", facts=facts | changes
        )
    )


def _former(connection: Connection, strategy_id: str, code: str) -> int:
    """Return the node that last had a code before it got another, 0 where none had."""
    was = schema.node_was.c
    rows = connection.execute(
        select(was.node_id, was.code)
        .join(schema.node, _NODE.id == was.node_id)
        .where(_NODE.strategy_id == strategy_id)
        .order_by(was.id.desc())
    )
    return next((int(row.node_id) for row in rows if row.code.casefold() == code.casefold()), 0)


def _only_heir(connection: Connection, node_id: int) -> int:
    heir = schema.node_heir.c
    found = connection.execute(select(heir.heir_id).where(heir.node_id == node_id)).scalars().all()
    return int(found[0]) if len(found) == 1 else 0
