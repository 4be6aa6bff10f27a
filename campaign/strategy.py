"""A strategy as one document: focus areas, goals, actions and what is measured. Pure.

The file that a planner writes is read by ``strategy_file`` and written by ``strategy_toml``; what must hold of every
document, wherever it came from, stands in ``strategy_check``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any

from campaign.figures import Direction, Indicator, Origin, Target


class NodeKind(StrEnum):
    """What a node of a strategy is."""

    AREA = "area"
    GOAL = "goal"
    ACTION = "action"
    PART = "part"
    THEME = "theme"  # runs through all of it
    STRENGTH = "strength"
    INITIATIVE = "initiative"  # kraftsamling


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One focus area, goal, action or part.

    ``colour`` is "#rrggbb", the nearest parent's where it has none of its own, "" where none above has.
    ``words`` are what its stories often say, as the planner wrote them. ``text``, ``why`` and ``success`` (what must
    succeed) are Markdown, ``how`` are action points. ``agenda`` are Agenda 2030 goals, 1 to 17. ``serves`` are nodes of
    another strategy, "strategy/code". ``was`` are codes that it had, or that became it, in earlier versions: none
    means that it is the node that had its code before; its own among them means that the others became part of it.
    """

    code: str
    parent: str | None = None
    kind: NodeKind = NodeKind.AREA
    title: str
    text: str = ""
    colour: str = ""
    words: tuple[str, ...] = ()
    why: str = ""
    success: str = ""
    how: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    agenda: tuple[int, ...] = ()
    serves: tuple[str, ...] = ()
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A whole strategy; ``nodes`` in the order of the file. Both days of the period are included.

    ``note`` is shown wherever the strategy is ("Påhittat exempel"). ``names`` are what its planners call a kind
    of node: (("goal", "Ambition"),).
    """

    id: str
    title: str
    owner: str
    period_from: date
    period_to: date
    summary: str = ""
    note: str = ""
    names: tuple[tuple[str, str], ...] = ()
    nodes: tuple[Node, ...] = ()
    indicators: tuple[Indicator, ...] = ()


def parse(text: str, file: str) -> Strategy:
    """Read a strategy file's text; ``file`` is its name in messages. Raises ConfigError with every problem."""
    from campaign.strategy_file import parse as read  # which needs the records above

    return read(text, file)


def as_toml(strategy: Strategy) -> str:
    """Return a strategy as a file that says the same."""
    from campaign.strategy_toml import as_toml as write

    return write(strategy)


def as_json(strategy: Strategy) -> dict[str, Any]:
    """Return a strategy as plain lists, objects and text; ``from_json`` gives the same strategy back."""
    return {
        **{name: getattr(strategy, name) for name in ("id", "title", "owner", "summary", "note")},
        "period_from": strategy.period_from.isoformat(),
        "period_to": strategy.period_to.isoformat(),
        "names": [list(pair) for pair in strategy.names],
        "nodes": [_plain(asdict(node)) for node in strategy.nodes],
        "indicators": [indicator_as_json(indicator) for indicator in strategy.indicators],
    }


def from_json(kept: Mapping[str, Any]) -> Strategy:
    """Return the strategy that ``as_json`` made plain."""
    return Strategy(
        **{name: kept[name] for name in ("id", "title", "owner")},
        **{name: kept.get(name, "") for name in ("summary", "note")},
        period_from=date.fromisoformat(kept["period_from"]),
        period_to=date.fromisoformat(kept["period_to"]),
        names=tuple((kind, word) for kind, word in kept.get("names", ())),
        nodes=tuple(_node(each) for each in kept.get("nodes", ())),
        indicators=tuple(indicator_from_json(each) for each in kept.get("indicators", ())),
    )


def indicator_as_json(indicator: Indicator) -> dict[str, Any]:
    """Return an indicator as plain lists, objects and text."""
    found: dict[str, Any] = _plain(asdict(indicator))
    return found


def indicator_from_json(kept: Mapping[str, Any]) -> Indicator:
    """Return the indicator that ``indicator_as_json`` made plain."""
    known = _known(Indicator, kept)
    known |= {name: tuple(known.get(name, ())) for name in ("nodes", "areas")}
    known["selection"] = tuple((variable, tuple(codes)) for variable, codes in known.get("selection", ()))
    known["area_names"] = tuple((area, name) for area, name in known.get("area_names", ()))
    known["targets"] = tuple(Target(**_known(Target, each)) for each in known.get("targets", ()))
    known["direction"] = Direction(known.get("direction", Direction.UP))
    known["origin"] = Origin(known.get("origin", Origin.TABLE))
    return Indicator(**known)


def coloured(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """Return the nodes, each without a colour having taken that of the nearest parent with one."""
    standing = list(nodes)
    by_code = {node.code: node for node in standing}

    def colour(node: Node) -> str:
        shades = [node.colour, *(by_code[code].colour for code in above(node, by_code))]
        return next((shade for shade in shades if shade), "")

    return tuple(replace(node, colour=colour(node)) for node in standing)


def above(node: Node, nodes: Mapping[str, Node]) -> list[str]:
    """Return the codes above a node, nearest first; ends where a circle closes."""
    found: list[str] = []
    parent = node.parent
    while parent is not None and parent in nodes and parent not in found:
        found.append(parent)
        parent = nodes[parent].parent
    return found


def _node(kept: Mapping[str, Any]) -> Node:
    known = _known(Node, kept)
    lists = ("words", "how", "responsible", "agenda", "serves", "was")
    known |= {name: tuple(known.get(name, ())) for name in lists}
    return Node(**{**known, "kind": NodeKind(known.get("kind", NodeKind.AREA))})


def _known(record: Any, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a record of this version knows of what an older or a newer one kept."""
    return {field.name: kept[field.name] for field in fields(record) if field.name in kept}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, StrEnum) else value
