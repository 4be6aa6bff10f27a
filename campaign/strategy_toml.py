"""Writes a strategy as a file that reads back to the same: what a planner can go on writing in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date

from campaign.figures import Indicator, Origin, Target
from campaign.strategy import Node, Strategy

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NOT_SHOWN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
_WIDTH = 100


def as_toml(strategy: Strategy) -> str:
    """Return a strategy as its file. A colour that a node has from its parent is left to the parent."""
    colours = {node.code: node.colour for node in strategy.nodes}
    tables = [_head(strategy)]
    tables += [_node(node, colours.get(node.parent or "", "")) for node in strategy.nodes]
    tables += [_indicator(indicator) for indicator in strategy.indicators]
    return "\n".join("".join(f"{line}\n" for line in table) for table in tables)


def _head(strategy: Strategy) -> Iterator[str]:
    yield "[strategy]"
    for name in ("id", "title", "owner"):
        yield f"{name} = {_text(getattr(strategy, name))}"
    yield f"period = {_text(_period(strategy.period_from, strategy.period_to))}"
    yield from _texts(summary=strategy.summary, note=strategy.note)
    yield from _pairs("strategy.names", strategy.names)


def _period(first: date, last: date) -> str:
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return f"{first.year:04}-{last.year:04}"
    return f"{first.isoformat()}/{last.isoformat()}"


def _node(node: Node, inherited: str) -> Iterator[str]:
    yield f"[node.{_key(node.code)}]"
    yield f"kind = {_text(str(node.kind))}"
    yield from _texts(parent=node.parent or "", title=node.title)
    yield from _texts(colour="" if node.colour == inherited else node.colour)
    yield from _texts(text=node.text, why=node.why, success=node.success)
    yield from _lists(how=node.how, responsible=node.responsible)
    if node.agenda:
        yield f"agenda = [{', '.join(map(str, node.agenda))}]"
    yield from _lists(serves=node.serves, was=node.was, words=node.words)


def _indicator(indicator: Indicator) -> Iterator[str]:
    table = f"indicator.{_key(indicator.code)}"
    yield f"[{table}]"
    yield from _texts(title=indicator.title)
    yield from _lists(nodes=indicator.nodes)
    yield from _texts(unit=indicator.unit)
    if indicator.decimals:
        yield f"decimals = {indicator.decimals}"
    yield f"direction = {_text(str(indicator.direction))}"
    if indicator.origin is Origin.KOLADA:
        yield from _texts(kolada=indicator.kpi)
    if indicator.origin is Origin.SCB:
        yield from _texts(scb=indicator.table)
        yield from _texts(region="" if indicator.region == "Region" else indicator.region)
        yield from _texts(time="" if indicator.time == "Tid" else indicator.time)
    yield from _lists(areas=indicator.areas)
    if indicator.by_sex:
        yield "by_sex = true"
    if indicator.baseline:
        yield f"baseline = {indicator.baseline}"
    alone = indicator.targets if len(indicator.targets) == 1 and not indicator.targets[0].area else ()
    for target in alone:
        yield from (f"target = {_number(target.value)}", f"target_year = {target.year}")
    yield from _texts(source=indicator.source, note=indicator.note)
    if not indicator.public:
        yield "public = false"
    yield from _pairs(f"{table}.area_names", indicator.area_names)
    if indicator.selection:
        yield from ("", f"[{table}.selection]")
        yield from (f"{_key(variable)} = {_list(codes)}" for variable, codes in indicator.selection)
    if not alone:
        for target in indicator.targets:
            yield from _target(table, target)


def _target(table: str, target: Target) -> Iterator[str]:
    yield from ("", f"[[{table}.target]]", f"value = {_number(target.value)}", f"year = {target.year}")
    yield from _texts(area=target.area)


def _texts(**texts: str) -> Iterator[str]:
    return (f"{name} = {_text(text)}" for name, text in texts.items() if text)


def _lists(**lists: Iterable[str]) -> Iterator[str]:
    return (f"{name} = {_list(items)}" for name, items in lists.items() if items)


def _pairs(table: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    lines = [f"{_key(name)} = {_text(word)}" for name, word in pairs]
    return iter(["", f"[{table}]", *lines] if lines else [])


def _list(items: Iterable[str]) -> str:
    written = [_quoted(item) for item in items]
    line = f"[{', '.join(written)}]"
    return line if len(line) <= _WIDTH else "".join(["[\n", *(f"    {item},\n" for item in written), "]"])


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _text(text: str) -> str:
    """Return a text in quotes; one of several lines as such, which its reader strips at both ends."""
    if "\n" not in text:
        return _quoted(text)
    lines = [_quoted(line)[1:-1].replace('\\"', '"').replace('"""', '""\\"') for line in text.split("\n")]
    # A quote that ends a line could close the text.
    return '"""\n' + "\n".join(lines) + '\n"""'


def _quoted(text: str) -> str:
    return _NOT_SHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
