"""What one wording of a strategy changed in the one before it, thing by thing. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from campaign.figures import Indicator
from campaign.strategy import Node, Strategy

_HEAD = ("title", "owner", "period_from", "period_to", "summary", "note", "names")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that changed.

    ``kind`` is "added", "ended", "renamed", "split", "changed", "head", "order", or of what is measured
    "indicator_added", "indicator_ended", "indicator_changed". ``code`` and ``title`` are as they are now, of what ended
    as they were; ``was`` is the code before, ``into`` what it was split into, ``fields`` what differs.
    """

    kind: str
    code: str = ""
    title: str = ""
    was: str = ""
    into: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


def changes(before: Strategy | None, after: Strategy) -> tuple[Change, ...]:
    """Return what changed, the head first, then nodes in their order, then what is measured."""
    if before is None:
        return tuple(Change(kind="added", code=node.code, title=node.title) for node in after.nodes)
    head = tuple(name for name in _HEAD if getattr(before, name) != getattr(after, name))
    found = [Change(kind="head", fields=head)] if head else []
    return (*found, *_nodes(before, after), *_indicators(before, after))


def differing(before: Node, after: Node) -> tuple[str, ...]:
    """Return the fields in which two wordings of a node differ; codes that it had are no wording."""
    return tuple(each.name for each in fields(Node) if each.name != "was" and _differs(before, after, each.name))


def _differs(before: object, after: object, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))


def _nodes(before: Strategy, after: Strategy) -> Iterator[Change]:
    old = {node.code: node for node in before.nodes}
    heirs = _heirs(old, after)
    gone = [node for node in before.nodes if all(node.code != each.code for each in after.nodes)]
    matched: dict[str, Node] = {}
    for node in after.nodes:
        was = next((code for code in node.was if code in heirs and len(heirs[code]) == 1), "")
        known = old.get(was or node.code) if was or not (set(node.was) & set(heirs)) else None
        if known is None:
            yield Change(kind="added", code=node.code, title=node.title)
            continue
        matched[known.code] = node
        if was:
            yield Change(kind="renamed", code=node.code, title=node.title, was=was)
        differs = tuple(
            name for name in differing(known, node) if name != "code" and not _followed(name, known, node, heirs)
        )
        if differs:
            yield Change(kind="changed", code=node.code, title=node.title, fields=differs)
    for node in gone:
        if len(heirs.get(node.code, ())) > 1:
            yield Change(kind="split", code=node.code, title=node.title, into=heirs[node.code])
        elif node.code not in matched:
            yield Change(kind="ended", code=node.code, title=node.title)
    standing = [node.code for node in before.nodes if node.code in matched]
    order = {node.code: at for at, node in enumerate(after.nodes)}
    if standing != sorted(standing, key=lambda code: order[matched[code].code]):
        yield Change(kind="order")


def _followed(name: str, before: Node, after: Node, heirs: dict[str, tuple[str, ...]]) -> bool:
    """Return whether a node lies elsewhere only because what it lies under has another code."""
    return name == "parent" and after.parent in heirs.get(before.parent or "", ())


def _heirs(old: dict[str, Node], after: Strategy) -> dict[str, tuple[str, ...]]:
    """Return the nodes that say now, and did not before, that they were a code of the document before."""
    known = {node.code: set(node.was) for node in old.values()}
    found: dict[str, tuple[str, ...]] = {}
    for node in after.nodes:
        for code in node.was:
            if code in old and code != node.code and code not in known.get(node.code, ()):
                found[code] = (*found.get(code, ()), node.code)
    return found


def _indicators(before: Strategy, after: Strategy) -> Iterator[Change]:
    old = {each.code: each for each in before.indicators}
    new = {each.code for each in after.indicators}
    for each in after.indicators:
        known = old.get(each.code)
        if known is None:
            yield Change(kind="indicator_added", code=each.code, title=each.title)
        elif known != each:
            names = tuple(field.name for field in fields(Indicator) if _differs(known, each, field.name))
            yield Change(kind="indicator_changed", code=each.code, title=each.title, fields=names)
    for code, each in old.items():
        if code not in new:
            yield Change(kind="indicator_ended", code=code, title=each.title)
