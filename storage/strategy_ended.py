"""What a node was when it ended: whoever takes it up again gets it back whole."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from campaign.strategy import Node, Strategy, from_json
from storage import schema
from storage.store import Store
from storage.strategy_serving import _as_called_now

_NODE = schema.node.c
_VERSION = schema.strategy_version.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of a node: as it last was, and the documents before and after."""

    node: Node
    before: Strategy
    after: Strategy


def ending(store: Store, node_id: int) -> Ending | None:
    """Return the end of a node, with what it served by the codes of today.

    None for one in force, or of which no document is kept.
    """
    was = schema.node_was.c
    with store.read() as connection:
        row = connection.execute(select(schema.node).where(_NODE.id == node_id)).one_or_none()
        if row is None or row.ended_at is None:
            return None
        # Another node may have its code by now; then its own was remembered.
        names = connection.execute(select(was.code).where(was.node_id == node_id)).scalars()
        codes = {row.code, *names}
        query = select(_VERSION.id, _VERSION.number, _VERSION.document, _VERSION.changes)
        own = query.where(_VERSION.strategy_id == row.strategy_id)
        ended = connection.execute(own.where(_VERSION.at == row.ended_at).order_by(_VERSION.number.desc()))
        for after in ended.all():
            code = next((each for each in after.changes.get("ended", ()) if each in codes), "")
            before = connection.execute(own.where(_VERSION.number == after.number - 1)).one_or_none()
            if code and before is not None:
                document = _as_called_now(connection, row.campaign, from_json(before.document), saved=before.id)
                node = next((each for each in document.nodes if each.code == code), None)
                if node is not None:
                    return Ending(node=node, before=document, after=from_json(after.document))
    return None
