"""What a person began from when they wrote in an issue, so that nobody's words are written over by another's.

A form carries a mark of each field as it stood when its writing began. Where the field still stands so it is written;
where only the other one changed it, theirs stays; where both did, nothing is written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from campaign.errors import ConflictError
from campaign.newsletter import IssueItem

#: An event's times are one thing: an end without its start says nothing.
_GROUPS = {"starts_at": "when", "ends_at": "when", "all_day": "when"}


def mark_of(*values: object) -> str:
    """Return a short mark that is the same only for the same values."""
    return hashlib.sha256("\x1f".join(_plain(value) for value in values).encode()).hexdigest()[:16]


def order_of(items: Iterable[IssueItem]) -> str:
    """Return a mark of the order in which an issue shows its items."""
    return mark_of(*(f"{item.id}:{item.section}" for item in items if not item.left_out))


def base_of(item: IssueItem) -> dict[str, str]:
    """Return the marks of an item's fields as they are saved."""
    names = ("title", "text", "url", "value", "place")
    marks = {name: mark_of(getattr(item, name)) for name in names}
    return marks | {"when": mark_of(item.starts_at, item.ends_at, item.all_day)}


def _merged(
    given: Mapping[str, Any], kept: Mapping[str, Any], bases: Mapping[str, str] | None, *, number: int
) -> dict[str, Any]:
    """Return what is to be written of ``given``: what differs from what is ``kept``, and is not somebody else's work.

    A field without a base is written. ConflictError ``issue_words_changed`` where two changed the same.
    """
    groups: dict[str, list[str]] = {}
    for name in given:
        groups.setdefault(_GROUPS.get(name, name), []).append(name)
    found: dict[str, Any] = {}
    for group, names in groups.items():
        mine, theirs = [given[name] for name in names], [kept[name] for name in names]
        base = (bases or {}).get(group)
        if mine == theirs or (base is not None and mark_of(*mine) == base):
            continue
        if base is not None and mark_of(*theirs) != base:
            raise ConflictError("issue_words_changed", number=number)
        found |= {name: given[name] for name in names}
    return found


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
