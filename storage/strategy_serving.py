"""What serves what: which nodes the codes mean that a strategy names of others, drawn from the latest documents.

A code means the node that had it when the document which names it was saved, whatever that one is called since, and
whichever has the code by now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, delete, insert, select

from campaign.strategy import Strategy, from_json
from storage import schema

_NODE = schema.node.c
_WAS = schema.node_was.c
_MAPPING = schema.mapping.c
_VERSION = schema.strategy_version.c


def _draw_mappings(connection: Connection, campaign: str) -> None:
    """Bring what serves what to what the latest documents of a campaign say.

    A node that is named before its strategy is there is found when that one comes: every document is gone through.
    """
    found = _served(connection, campaign)
    rows = connection.execute(select(_MAPPING.node_id, _MAPPING.serves_id).where(_MAPPING.campaign == campaign))
    standing = {(row.node_id, row.serves_id) for row in rows}
    for node_id, serves_id in standing - found:
        one = (_MAPPING.node_id == node_id, _MAPPING.serves_id == serves_id)
        connection.execute(delete(schema.mapping).where(*one))
    for node_id, serves_id in sorted(found - standing):
        values = {"node_id": node_id, "serves_id": serves_id, "campaign": campaign}
        connection.execute(insert(schema.mapping).values(values))


def _served(connection: Connection, campaign: str) -> set[tuple[int, int]]:
    """Return the pairs of nodes of which the first serves the second."""
    codes = _codes(connection, campaign)
    found: set[tuple[int, int]] = set()
    for saved, strategy in _latest(connection, campaign):
        for node in strategy.nodes:
            node_id = codes.ids[strategy.id, node.code.casefold()]
            for each in node.serves:
                serves_id = codes.meant(each, saved)
                if serves_id is not None and serves_id != node_id:
                    found.add((node_id, serves_id))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Codes:
    """What codes mean in a campaign. ``ids`` and ``now``: of the nodes of today; ``lost``: who lost a code, and when.

    Moments are the ids of versions, which rise across strategies.
    """

    ids: Mapping[tuple[str, str], int]
    now: Mapping[int, str]
    lost: Mapping[tuple[str, str], Sequence[tuple[int, int]]]

    def meant(self, serves: str, saved: int) -> int | None:
        """Return the node that "strategy/code" means in the document of a version: the one that had the code then.

        Of a strategy that came later, or a code long gone, whoever has or had the code last.
        """
        strategy, _, code = serves.partition("/")
        key = (strategy, code.casefold())
        lost = self.lost.get(key, ())
        since = next((node_id for at, node_id in lost if at > saved), None)
        return since or self.ids.get(key) or (lost[-1][1] if lost else None)


def _as_called_now(connection: Connection, campaign: str, strategy: Strategy, *, saved: int = 0) -> Strategy:
    """Return the document that holds with what it serves by the codes of today.

    Whoever saves it again means the same parts by them. ``saved`` is the id of another version whose document it is.
    """
    if not any(node.serves for node in strategy.nodes):
        return strategy
    codes = _codes(connection, campaign)
    held = (version for version, each in _latest(connection, campaign) if each.id == strategy.id)
    saved = saved or next(held, 0)

    def named(serves: str) -> str:
        now = codes.now.get(codes.meant(serves, saved) or 0, "")
        return now if now.casefold() != serves.casefold() and now else serves

    return replace(
        strategy,
        nodes=tuple(
            replace(node, serves=tuple(dict.fromkeys(named(each) for each in node.serves))) for node in strategy.nodes
        ),
    )


def _codes(connection: Connection, campaign: str) -> _Codes:
    rows = connection.execute(select(schema.node).where(_NODE.campaign == campaign).order_by(_NODE.id)).all()
    return _Codes(
        ids={(row.strategy_id, row.code.casefold()): row.id for row in rows},
        now={row.id: f"{row.strategy_id}/{row.code}" for row in rows},
        lost=_lost(connection, campaign),
    )


def _lost(connection: Connection, campaign: str) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Return which nodes lost a code, each with the version that took it from them, the first first."""
    query = (
        select(_NODE.strategy_id, _WAS.node_id, _WAS.code, _VERSION.id)
        .join(schema.node, _NODE.id == _WAS.node_id)
        .join(
            schema.strategy_version,
            (_VERSION.strategy_id == _NODE.strategy_id) & (_VERSION.number == _WAS.version + 1),
        )
        .where(_WAS.campaign == campaign)
        .order_by(_VERSION.id, _WAS.id)
    )
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in connection.execute(query):
        found.setdefault((row.strategy_id, row.code.casefold()), []).append((row.id, row.node_id))
    return found


def _latest(connection: Connection, campaign: str) -> list[tuple[int, Strategy]]:
    """Return the document that holds of each strategy of a campaign that has one, with the id of its version."""
    strategy = schema.strategy.c
    rows = connection.execute(
        select(_VERSION.id, _VERSION.document)
        .join(schema.strategy, (strategy.id == _VERSION.strategy_id) & (strategy.version == _VERSION.number))
        .where(strategy.campaign == campaign)
        .order_by(strategy.position, strategy.id)
    )
    return [(row.id, from_json(row.document)) for row in rows]
