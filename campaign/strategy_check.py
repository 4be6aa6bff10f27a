"""What must hold of every strategy, whether a file, a spreadsheet or a form made it. Pure.

A fault has the path of what is wrong as the file has it, so that a reader of the file can name the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from campaign.cells import LARGEST
from campaign.errors import ConfigError, Fact, Problem
from campaign.figures import Indicator, Origin
from campaign.strategy import Node, NodeKind, Strategy, above, as_json
from campaign.toml_file import TomlPath, nearest

#: Nodes, and indicators, of one strategy: far more than anybody follows up.
MOST_PARTS = 2_000

_ID = re.compile(r"[a-z0-9-]{1,64}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_SERVES = re.compile(r"[a-z0-9-]{1,64}/[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_KPI = re.compile(r"N\d{5}")
_TABLE = re.compile(r"TAB\d{1,8}")
#: The nation, a region, a municipality, or a comparison group at Kolada.
_OFFICIAL = re.compile(r"\d{2}|\d{4}|G\d{1,8}")
#: An area of one's own: a word without blanks.
_OWN = re.compile(r"[^\s/;,\"]{1,40}")

_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")

#: What is said of a name that is not there, alone and with the one that was probably meant.
_PARENT = ("strategy_parent", "strategy_parent_near")
_MEASURED = ("strategy_indicator_node", "strategy_indicator_node_near")
_AREA = ("strategy_area_unknown", "strategy_area_unknown_near")

#: Years that a baseline or a target may have.
YEARS = (1900, 2100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong; ``path`` as in the file: ("node", "1.2", "serves", 0)."""

    path: TomlPath
    key: str
    facts: dict[str, Fact]


def check(strategy: Strategy) -> None:
    """Raise ConfigError with every fault of a document that no file was read for."""
    found = [*_empty(strategy), *faults(strategy)]
    if found:
        raise ConfigError([problem(fault, file=f"{strategy.id}.toml", line=0) for fault in found])


def problem(fault: Fault, *, file: str, line: int) -> Problem:
    """Return a fault as it is told to a person."""
    place = fault.path[:-1] if isinstance(fault.path[-1], int) else fault.path
    return Problem(file=file, line=line, path=dotted(place), key=fault.key, facts=fault.facts)


def dotted(path: TomlPath) -> str:
    """Return a path as it is written in TOML."""
    return ".".join(f'"{part}"' if "." in str(part) else str(part) for part in path)


def short(raw: object) -> str:
    """Return a value as a message may quote it."""
    text = " ".join(str(raw).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def faults(strategy: Strategy) -> list[Fault]:
    """Return what is wrong between the parts of a document and inside them; what is left out is not told here."""
    head = [*_head(strategy)]
    if any(fault.key == "strategy_too_many" for fault in head):
        return head
    return [*head, *_nodes(strategy), *_indicators(strategy), *_unwritable(strategy)]


def _unwritable(strategy: Strategy) -> Iterator[Fault]:
    """What no database keeps in a text: the letter zero, and halves of letters."""
    kept = as_json(strategy)
    parts: list[tuple[TomlPath, object]] = [
        (("strategy",), {name: each for name, each in kept.items() if name not in ("nodes", "indicators")})
    ]
    parts += [(("node", each["code"]), each) for each in kept["nodes"]]
    parts += [(("indicator", each["code"]), each) for each in kept["indicators"]]
    for path, part in parts:
        if _UNWRITABLE.search("".join(_strings(part))):
            yield _fault(path, "strategy_letter")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def _empty(strategy: Strategy) -> Iterator[Fault]:
    for name in ("id", "title", "owner"):
        if not getattr(strategy, name).strip():
            yield _fault(("strategy", name), "empty")
    for node in strategy.nodes:
        if not node.title.strip():
            yield _fault(("node", node.code, "title"), "empty")
    for indicator in strategy.indicators:
        if not indicator.title.strip():
            yield _fault(("indicator", indicator.code, "title"), "empty")


def _head(strategy: Strategy) -> Iterator[Fault]:
    if strategy.id and not _ID.fullmatch(strategy.id):
        yield _fault(("strategy", "id"), "id", value=short(strategy.id))
    if strategy.period_to < strategy.period_from:
        written = f"{strategy.period_from.year}-{strategy.period_to.year}"
        yield _fault(("strategy", "period"), "strategy_period_backwards", value=written)
    for kind, _ in strategy.names:
        if kind not in list(NodeKind):
            allowed = ", ".join(f"«{each}»" for each in NodeKind)
            yield _fault(("strategy", "names", kind), "strategy_names_kind", value=short(kind), allowed=allowed)
    if not strategy.nodes:
        yield _fault(("node",), "strategy_no_nodes")
    for table, count in (("node", len(strategy.nodes)), ("indicator", len(strategy.indicators))):
        if count > MOST_PARTS:
            yield _fault((table,), "strategy_too_many", count=count, most=MOST_PARTS)


def _nodes(strategy: Strategy) -> Iterator[Fault]:
    nodes = {node.code: node for node in strategy.nodes}
    yield from _codes("node", [node.code for node in strategy.nodes])
    for node in strategy.nodes:
        path = ("node", node.code)
        if node.colour and not _COLOUR.fullmatch(node.colour):
            yield _fault((*path, "colour"), "colour", value=short(node.colour))
        yield from _parent(node, nodes)
        yield from _serves(node, strategy.id)
        for number, goal in enumerate(node.agenda):
            if not 1 <= goal <= 17:
                yield _fault((*path, "agenda", number), "strategy_agenda", value=goal)
    yield from _was(strategy)


def _codes(table: str, codes: list[str]) -> Iterator[Fault]:
    """Codes stand in addresses, where "A1" and "a1" must not be two things."""
    seen: dict[str, str] = {}
    for code in codes:
        if not _CODE.fullmatch(code):
            yield _fault((table, code), "strategy_code", value=short(code))
        other = seen.get(code.casefold())
        if other == code:
            yield _fault((table, code), "strategy_code_twice", value=short(code))
        elif other is not None:
            yield _fault((table, code), "strategy_duplicate", value=short(code), other=short(other))
        seen.setdefault(code.casefold(), code)


def _parent(node: Node, nodes: dict[str, Node]) -> Iterator[Fault]:
    path = ("node", node.code, "parent")
    if node.parent is None:
        return
    if node.parent not in nodes:
        yield _missing(path, _PARENT, node.parent, nodes)
    elif node.code in above(node, nodes):
        yield _fault(path, "strategy_circle", code=node.code)


def _serves(node: Node, strategy_id: str) -> Iterator[Fault]:
    for number, each in enumerate(node.serves):
        path = ("node", node.code, "serves", number)
        if not _SERVES.fullmatch(each):
            yield _fault(path, "strategy_serves", value=short(each))
        elif each.partition("/")[0] == strategy_id:
            yield _fault(path, "strategy_serves_itself", value=short(each))


def _was(strategy: Strategy) -> Iterator[Fault]:
    """A code that still means its own node cannot be what another one was."""
    staying = {node.code.casefold() for node in strategy.nodes if not node.was or node.code in node.was}
    for node in strategy.nodes:
        for number, code in enumerate(node.was):
            path = ("node", node.code, "was", number)
            if not _CODE.fullmatch(code):
                yield _fault(path, "strategy_code", value=short(code))
            elif code.casefold() != node.code.casefold() and code.casefold() in staying:
                yield _fault(path, "strategy_was_here", value=short(code), code=node.code)


def _indicators(strategy: Strategy) -> Iterator[Fault]:
    codes = [node.code for node in strategy.nodes]
    yield from _codes("indicator", [indicator.code for indicator in strategy.indicators])
    for indicator in strategy.indicators:
        path = ("indicator", indicator.code)
        for number, code in enumerate(indicator.nodes):
            if code not in codes:
                yield _missing((*path, "nodes", number), _MEASURED, code, codes)
        if not 0 <= indicator.decimals <= 6:
            yield _fault((*path, "decimals"), "strategy_decimals", value=indicator.decimals)
        if indicator.baseline and not YEARS[0] <= indicator.baseline <= YEARS[1]:
            yield _fault((*path, "baseline"), "strategy_year", value=indicator.baseline)
        yield from _origin(indicator, path)
        yield from _areas(indicator, path)
        yield from _targets(indicator, path)


def _origin(indicator: Indicator, path: TomlPath) -> Iterator[Fault]:
    if indicator.kpi and indicator.table:
        yield _fault((*path, "scb"), "strategy_two_origins")
        return
    wanted = {Origin.KOLADA: indicator.kpi, Origin.SCB: indicator.table, Origin.TABLE: ""}[indicator.origin]
    if indicator.kpi + indicator.table != wanted or (indicator.origin is not Origin.TABLE and not wanted):
        yield _fault(path, "strategy_origin", code=indicator.code)
    if indicator.kpi and not _KPI.fullmatch(indicator.kpi):
        yield _fault((*path, "kolada"), "strategy_kpi", value=short(indicator.kpi))
    if indicator.table and not _TABLE.fullmatch(indicator.table):
        yield _fault((*path, "scb"), "strategy_table", value=short(indicator.table))
    if indicator.selection and not indicator.table:
        yield _fault((*path, "selection"), "strategy_selection", code=indicator.code)
    if indicator.origin is not Origin.TABLE and not indicator.areas:
        yield _fault(path, "strategy_no_areas", code=indicator.code)


def _areas(indicator: Indicator, path: TomlPath) -> Iterator[Fault]:
    for number, area in enumerate(indicator.areas):
        shape = _OWN if indicator.origin is Origin.TABLE else _OFFICIAL
        if not shape.fullmatch(area) or (area.isdecimal() and not _OFFICIAL.fullmatch(area)):
            key = "strategy_area" if indicator.origin is Origin.TABLE else "strategy_area_official"
            yield _fault((*path, "areas", number), key, value=short(area))
        elif indicator.origin is Origin.SCB and area.startswith("G"):
            yield _fault((*path, "areas", number), "strategy_area_group", value=short(area))
        elif area in indicator.areas[:number]:
            yield _fault((*path, "areas", number), "strategy_area_twice", value=short(area))
    for area, _ in indicator.area_names:
        if area not in indicator.areas:
            yield _missing(
                (*path, "area_names", area),
                ("strategy_area_unknown", "strategy_area_unknown_near"),
                area,
                indicator.areas,
            )


def _targets(indicator: Indicator, path: TomlPath) -> Iterator[Fault]:
    seen: set[tuple[str, int]] = set()
    for number, target in enumerate(indicator.targets):
        place = (*path, "target", number)
        first = indicator.areas[0] if indicator.areas else ""
        one = (target.area or first, target.year)
        if not YEARS[0] <= target.year <= YEARS[1]:
            yield _fault((*place, "year"), "strategy_year", value=target.year)
        if not -LARGEST <= target.value <= LARGEST:
            yield _fault((*place, "value"), "strategy_number", value=short(target.value))
        if target.area and target.area not in indicator.areas:
            yield _missing((*place, "area"), _AREA, target.area, indicator.areas)
        elif one in seen:
            yield _fault(place, "strategy_target_twice", value=target.year)
        seen.add(one)


def _missing(path: TomlPath, keys: tuple[str, str], value: str, known: Iterable[str]) -> Fault:
    proposal = nearest(value, known)
    if proposal:
        return _fault(path, keys[1], value=short(value), proposal=proposal)
    return _fault(path, keys[0], value=short(value))


def _fault(path: TomlPath, key: str, /, **facts: Fact) -> Fault:
    return Fault(path=path, key=key, facts=facts)
