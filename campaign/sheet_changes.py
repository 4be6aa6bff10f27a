"""What a new document of a strategy changes in the one before: for whoever decides whether to save it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields

from campaign.figures import Indicator
from campaign.strategy import Node, Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that changes. ``old`` is its code before, ``parts`` the fields that say something else.

    ``emptied`` are those that said something and say nothing now.
    """

    code: str
    title: str
    old: str = ""
    parts: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything that changes, in the order of the new document; what ends in that of the old one."""

    head: tuple[str, ...] = ()
    added: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    renamed: tuple[Change, ...] = ()
    ended: tuple[Change, ...] = ()
    measures_added: tuple[Change, ...] = ()
    measures_changed: tuple[Change, ...] = ()
    measures_ended: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the two say the same."""
        return not any(getattr(self, field.name) for field in fields(self))


_HEAD = ("title", "owner", "period_from", "period_to", "summary", "note", "names")


def changes(before: Strategy | None, after: Strategy) -> Changes:
    """Return what saving ``after`` would change."""
    nodes = {node.code: node for node in (before.nodes if before else ())}
    measures = {each.code: each for each in (before.indicators if before else ())}
    here = {node.code for node in after.nodes}
    added, changed, renamed = [], [], []
    carried: set[str] = set()
    for node in after.nodes:
        old = next((code for code in node.was if code in nodes and code not in here), "")
        known = nodes.get(node.code)
        if known is None and old and old not in carried:
            carried.add(old)
            renamed.append(_changed(nodes[old], node, old=old))
        elif known is None:
            added.append(Change(code=node.code, title=node.title))
        elif known != node:
            changed.append(_changed(known, node))
    now = {each.code: each for each in after.indicators}
    return Changes(
        head=tuple(name for name in _HEAD if before and getattr(before, name) != getattr(after, name)),
        added=tuple(added),
        changed=tuple(changed),
        renamed=tuple(renamed),
        ended=tuple(_named(node) for code, node in nodes.items() if code not in here and code not in carried),
        measures_added=tuple(_named(each) for code, each in now.items() if code not in measures),
        measures_changed=tuple(
            _changed(measures[code], each) for code, each in now.items() if code in measures and measures[code] != each
        ),
        measures_ended=tuple(_named(each) for code, each in measures.items() if code not in now),
    )


def _named(each: Node | Indicator) -> Change:
    return Change(code=each.code, title=each.title)


def _changed(before: Node | Indicator, after: Node | Indicator, *, old: str = "") -> Change:
    names = [field.name for field in fields(before) if field.name != "code"]
    differ = tuple(name for name in names if getattr(before, name) != getattr(after, name))
    # A measure that is shown or split no longer has lost no words; nor has a part whose old codes are done with.
    gone = (name for name in differ if name != "was" and isinstance(getattr(before, name), (str, tuple)))
    emptied = tuple(name for name in gone if not getattr(after, name))
    return Change(code=after.code, title=after.title, old=old, parts=differ, emptied=emptied)
