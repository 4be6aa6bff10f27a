"""Changes to a strategy's document, each giving a new one: what the forms of the desk mean. Pure.

What a change takes along is settled here: a new code follows into what lies below it and into what measures it; a
colour that was inherited follows the one it was inherited from. Nothing is checked; ``strategy_check`` does that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from campaign.strategy import Node, Strategy


def find(strategy: Strategy, code: str) -> Node | None:
    """Return the node of a code, None where the document has none."""
    return next((node for node in strategy.nodes if node.code == code), None)


def ordered(strategy: Strategy) -> tuple[Node, ...]:
    """Return the nodes depth first, siblings in the order of the document."""
    codes = {node.code for node in strategy.nodes}
    under: dict[str | None, list[Node]] = {}
    for node in strategy.nodes:
        under.setdefault(node.parent if node.parent in codes else None, []).append(node)
    found: list[Node] = []
    waiting = list(reversed(under.get(None, [])))
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += reversed(under.get(node.code, []))
    return tuple(found)


def below(strategy: Strategy, code: str) -> tuple[str, ...]:
    """Return the codes of everything under a node, without its own."""
    found: list[str] = []
    for node in ordered(strategy):
        if node.parent == code or node.parent in found:
            found.append(node.code)
    return tuple(found)


def put(strategy: Strategy, code: str, node: Node) -> Strategy:
    """Return the document with another wording of a node; a new code is remembered in ``was``."""
    old = find(strategy, code)
    if old is None:
        return add(strategy, node)
    if node.code != code:
        node = replace(node, was=tuple(each for each in (*old.was, code) if each != node.code))
    else:
        node = replace(node, was=old.was)
    nodes = (node if each.code == code else each for each in strategy.nodes)
    changed = _renamed(replace(strategy, nodes=tuple(nodes)), {code: (node.code,)})
    return _recoloured(changed, node.code, old.colour, node.colour)


def add(strategy: Strategy, node: Node) -> Strategy:
    """Return the document with one node more, after the last one of its parent."""
    nodes = list(ordered(strategy))
    family = (node.parent, *below(strategy, node.parent)) if node.parent else ()
    last = max((at for at, each in enumerate(nodes) if each.code in family), default=len(nodes) - 1)
    return replace(strategy, nodes=(*nodes[: last + 1], node, *nodes[last + 1 :]))


def split(strategy: Strategy, code: str, into: Sequence[tuple[str, str]]) -> Strategy:
    """Return the document with a node split into several, each a code and a title; the old one ends.

    The new ones take its place with its kind, words, colour and what they serve. What lies below goes to the first;
    what measures it measures all of them.
    """
    old = find(strategy, code)
    if old is None or not into:
        return strategy
    heirs = [replace(old, code=new, title=title, was=(code,)) for new, title in into]
    nodes: list[Node] = []
    for each in strategy.nodes:
        nodes += heirs if each.code == code else [each]
    return _renamed(replace(strategy, nodes=tuple(nodes)), {code: tuple(new for new, _ in into)})


def end(strategy: Strategy, code: str, *, with_below: bool) -> Strategy:
    """Return the document without a node; what lies below ends with it, or moves up to what it lay under."""
    old = find(strategy, code)
    if old is None:
        return strategy
    gone = {code, *(below(strategy, code) if with_below else ())}
    nodes = tuple(
        replace(each, parent=old.parent) if each.parent == code else each
        for each in strategy.nodes
        if each.code not in gone
    )
    indicators = tuple(
        replace(each, nodes=tuple(at for at in each.nodes if at not in gone)) for each in strategy.indicators
    )
    return replace(strategy, nodes=nodes, indicators=indicators)


def reinstate(strategy: Strategy, node: Node, code: str, before: Strategy, after: Strategy) -> Strategy:
    """Return the document with a node that had ended, at the place where it was and with what measured it.

    ``before`` and ``after`` are the documents between which it ended, by ``code``. A measure that ended with it is in
    force again; one that ended for itself since is not.
    """
    return _measured_again(_placed(strategy, node, code, before), node.code, code, before, after)


def _placed(strategy: Strategy, node: Node, code: str, before: Strategy) -> Strategy:
    """Put a node after the nearest one that stood before it there, else before the nearest that stood after it."""
    old = find(before, code)
    family = [each.code for each in ordered(before) if old is not None and each.parent == old.parent]
    at = family.index(code) if code in family else 0
    nodes = ordered(strategy)
    here = {name: each for each in nodes if each.parent == node.parent for name in (*each.was, each.code)}
    first = next((here[name] for name in reversed(family[:at]) if name in here), None)
    if first is not None:
        taken = {first.code, *below(strategy, first.code)}
        start = max(number for number, each in enumerate(nodes) if each.code in taken) + 1
    elif (after := next((here[name] for name in family[at + 1 :] if name in here), None)) is not None:
        start = nodes.index(after)
    else:
        return add(strategy, node)
    return replace(strategy, nodes=(*nodes[:start], node, *nodes[start:]))


def _measured_again(strategy: Strategy, now: str, code: str, before: Strategy, after: Strategy) -> Strategy:
    """Let what measured a node by its old code measure it again by its code of now."""
    codes = {node.code for node in strategy.nodes}
    left = {each.code for each in after.indicators}
    did = {each.code: each for each in before.indicators if code in each.nodes}

    def again(nodes: Sequence[str], measured: Sequence[str]) -> tuple[str, ...]:
        old = [now if each == code else each for each in measured]
        return tuple(dict.fromkeys([*(each for each in old if each == now or each in nodes), *nodes]))

    standing = [
        replace(each, nodes=again(each.nodes, did[each.code].nodes)) if each.code in did else each
        for each in strategy.indicators
    ]
    known = {each.code for each in standing}
    back = [
        replace(each, nodes=again([at for at in each.nodes if at in codes and at != code], each.nodes))
        for each in did.values()
        if each.code not in known | left
    ]
    return replace(strategy, indicators=(*standing, *back))


def move(strategy: Strategy, code: str, *, up: bool) -> Strategy:
    """Return the document with a node before or after the sibling beside it; at the edge nothing changes."""
    nodes = ordered(strategy)
    here = find(strategy, code)
    if here is None:
        return strategy
    siblings = [each.code for each in nodes if each.parent == here.parent]
    at = siblings.index(code) + (-1 if up else 1)
    if not 0 <= at < len(siblings):
        return strategy
    first, second = (siblings[at], code) if up else (code, siblings[at])
    family = {each: {each, *below(strategy, each)} for each in (first, second)}
    one, two = ([each for each in nodes if each.code in family[name]] for name in (first, second))
    start = nodes.index(one[0])
    rest = nodes[start + len(one) + len(two) :]
    return replace(strategy, nodes=(*nodes[:start], *two, *one, *rest))


def serve(strategy: Strategy, other: str, chosen: Mapping[str, Sequence[str]]) -> Strategy:
    """Return the document in which nodes serve those codes of another strategy, and no others of it."""

    def serving(node: Node) -> Node:
        kept = [each for each in node.serves if each.partition("/")[0] != other]
        return replace(node, serves=(*kept, *(f"{other}/{code}" for code in chosen.get(node.code, ()))))

    return replace(strategy, nodes=tuple(serving(node) for node in strategy.nodes))


def _renamed(strategy: Strategy, codes: Mapping[str, tuple[str, ...]]) -> Strategy:
    """Let what names a code name what came of it: what lies below the first, what measures all of them."""

    def measured(code: str) -> tuple[str, ...]:
        return codes.get(code, (code,))

    nodes = tuple(
        replace(each, parent=codes[each.parent][0]) if each.parent is not None and each.parent in codes else each
        for each in strategy.nodes
    )
    indicators = tuple(
        replace(each, nodes=tuple(dict.fromkeys(new for code in each.nodes for new in measured(code))))
        for each in strategy.indicators
    )
    return replace(strategy, nodes=nodes, indicators=indicators)


def _recoloured(strategy: Strategy, code: str, before: str, now: str) -> Strategy:
    """Let everything below that had a node's old colour have its new one."""
    family = set(below(strategy, code)) if before != now else set()
    nodes = tuple(
        replace(each, colour=now) if each.code in family and each.colour == before else each for each in strategy.nodes
    )
    return replace(strategy, nodes=nodes)


def restored(wanted: Strategy, latest: Strategy) -> Strategy:
    """Return an earlier document so that each of its parts is the same part as in the latest, by whatever code.

    One that has another code by now gets its old one back; one that was split stands again, and what it was split into
    becomes part of it.
    """
    codes = {node.code for node in wanted.nodes}
    standing = {node.code: node for node in latest.nodes}

    def one(node: Node) -> Node:
        if node.code in standing:
            return replace(node, was=standing[node.code].was)
        heirs = tuple(each.code for each in latest.nodes if node.code in each.was and each.code not in codes)
        return replace(node, was=(node.code, *heirs) if len(heirs) > 1 else heirs)

    return replace(wanted, nodes=tuple(one(node) for node in wanted.nodes))
