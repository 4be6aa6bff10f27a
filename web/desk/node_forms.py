"""The form of one part of a strategy: read from what was sent, compared with what a colleague wrote. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from campaign.strategy import Node, NodeKind
from campaign.strategy_changes import differing

#: So long a title, a text and a line may be.
_TITLE, _TEXT, _LINE = 300, 8000, 400

#: So many lines, and new parts of a split, at most.
_MOST_LINES = 60
MOST_HEIRS = 8

AGENDA = tuple(range(1, 18))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """A part that a split makes, as it was written."""

    code: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A field that a colleague changed since the form was shown: what stands there now, and what stood there."""

    field: str
    theirs: str
    before: str


def read_node(form: Mapping[str, str], before: Node, served: Mapping[int, str], colours: Mapping[str, str]) -> Node:
    """Return the part that a form describes.

    ``served`` are the parts of other strategies by number, ``colours`` those of this one by code: without a colour of
    its own a part has that of what it lies under. What the form does not hold (codes that it had) stays as it was.
    """

    def line(name: str, most: int = _TITLE) -> str:
        return " ".join(form.get(name, "").split())[:most]

    kind = form.get("kind", "")
    parent = line("parent", 64) or None
    colour = line("colour", 7).lower() if form.get("own_colour") else colours.get(parent or "", "")
    offered = set(served.values())
    return replace(
        before,
        code=line("code", 64),
        title=line("title"),
        kind=NodeKind(kind) if kind in list(NodeKind) else before.kind,
        parent=parent,
        text=_prose(form.get("text", "")),
        why=_prose(form.get("why", "")),
        success=_prose(form.get("success", "")),
        how=lines(form.get("how", "")),
        responsible=lines(form.get("responsible", "")),
        words=tuple(dict.fromkeys(word.strip() for word in re.split(r"[,\n]", form.get("words", "")) if word.strip())),
        agenda=tuple(goal for goal in AGENDA if form.get(f"agenda-{goal}")),
        colour=colour,
        serves=(
            *(each for each in before.serves if each not in offered),
            *(each for number, each in served.items() if form.get(f"serves-{number}")),
        ),
    )


def read_heirs(form: Mapping[str, str]) -> list[Heir]:
    """Return the parts that a split makes, those that say nothing left out."""
    found = []
    for at in range(1, MOST_HEIRS + 1):
        code, title = (" ".join(form.get(f"{name}-{at}", "").split()) for name in ("heir_code", "heir_title"))
        if code or title:
            found.append(Heir(code=code[:64], title=title[:_TITLE]))
    return found


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of a field, one thing a line, without dashes that people put before them."""
    found = (re.sub(r"^\s*(?:[-*•–]\s+)?", "", each).strip()[:_LINE] for each in text.split("\n"))
    return tuple(each for each in found if each)[:_MOST_LINES]


def clashes(seen: Node | None, here: Node | None, written: Node) -> list[Clash]:
    """Return the fields that a colleague and this person changed in different ways. None: there is no such part."""
    if seen is None or here is None:
        return []
    mine, theirs = set(differing(seen, written)), differing(seen, here)
    both = [name for name in theirs if name in mine and getattr(here, name) != getattr(written, name)]
    return [Clash(field=name, theirs=said(here, name), before=said(seen, name)) for name in both]


def merged(seen: Node, here: Node, written: Node) -> Node:
    """Return a part with what this person changed upon what holds now."""
    return replace(here, **{name: getattr(written, name) for name in differing(seen, written)})


def said(node: Node, field: str) -> str:
    """Return one field of a part as text."""
    value = getattr(node, field)
    if isinstance(value, tuple):
        return "\n".join(str(each) for each in value)
    return str(value or "")


def texts(node: Node) -> dict[str, str]:
    """Return the fields of a part as the form shows them."""
    names: Iterable[str] = ("code", "title", "text", "why", "success", "colour", "how", "responsible")
    return {name: said(node, name) for name in names} | {"words": ", ".join(node.words), "parent": node.parent or ""}


def _prose(text: str) -> str:
    return text.strip()[:_TEXT]
