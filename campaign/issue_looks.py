"""What an issue looked like when somebody saw it, and what has changed since. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from campaign.newsletter import Issue, IssueItem

#: The fields that hold an item's words; one of them other than it was is a rewording.
WORDS = ("title", "text", "value", "place", "url", "when")


class Mark(StrEnum):
    """What has become of an item since it was seen."""

    NEW = "new"
    REWORDED = "reworded"
    MOVED = "moved"
    OUT = "out"
    BACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenItem:
    """An item as it was seen. ``when`` is an event's time as words that are the same only for the same time."""

    section: str
    left_out: bool = False
    title: str = ""
    text: str = ""
    value: str = ""
    place: str = ""
    url: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An issue as it was seen: its items by their id in the order in which they stood, its own words, those over its
    sections by their code.
    """

    items: Mapping[int, SeenItem] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reworded:
    """Words that are others than they were; ``field`` is "subject", "title" …, or the code of a section."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What has changed: marks by item, most telling first, and words by item and of the issue itself."""

    marks: Mapping[int, tuple[Mark, ...]] = field(default_factory=dict)
    reworded: Mapping[int, tuple[Reworded, ...]] = field(default_factory=dict)
    words: tuple[Reworded, ...] = ()
    notes: tuple[Reworded, ...] = ()

    @property
    def count(self) -> int:
        """How many things are others than they were; an item that is both reworded and moved is one."""
        return len(self.marks) + len(self.words) + len(self.notes)


def seen_of(issue: Issue, items: Iterable[IssueItem], notes: Mapping[str, str]) -> Seen:
    """Return an issue as it is seen now."""
    return Seen(
        items={item.id: _item(item) for item in items},
        words={"subject": issue.subject, "preview": issue.preview, "intro": issue.intro},
        notes={code: text for code, text in notes.items() if text},
    )


def _item(item: IssueItem) -> SeenItem:
    times = (item.starts_at.isoformat() if item.starts_at else "", item.ends_at.isoformat() if item.ends_at else "")
    return SeenItem(
        section=item.section,
        left_out=item.left_out,
        title=item.title,
        text=item.text,
        value=item.value,
        place=item.place,
        url=item.url,
        when=" – ".join(each for each in times if each) + (" ·" if item.all_day and item.starts_at else ""),
    )


def changes(before: Seen, now: Seen) -> Changes:
    """Return what has changed between two looks.

    Moved are as few items as can explain the new order within a section: what others slid past has not moved.
    """
    slid = _moved(before, now)
    marks = {key: _marks(before.items.get(key), item, key in slid) for key, item in now.items.items()}
    return Changes(
        marks={key: found for key, found in marks.items() if found},
        reworded={
            key: _reworded(before.items[key], item, WORDS) for key, item in now.items.items()
            if Mark.REWORDED in marks[key]
        },
        words=_others(before.words, now.words),
        notes=_others(before.notes, now.notes),
    )  # fmt: skip


def _marks(before: SeenItem | None, now: SeenItem, slid: bool) -> tuple[Mark, ...]:
    if before is None:
        return () if now.left_out else (Mark.NEW,)
    if now.left_out:
        return () if before.left_out else (Mark.OUT,)
    found = [Mark.BACK] if before.left_out else []
    found += [Mark.REWORDED] if _reworded(before, now, WORDS) else []
    return tuple([*found, Mark.MOVED] if slid or before.section != now.section else found)


def _reworded(before: SeenItem, now: SeenItem, names: Sequence[str]) -> tuple[Reworded, ...]:
    pairs = ((name, getattr(before, name), getattr(now, name)) for name in names)
    return tuple(Reworded(field=name, before=old, after=new) for name, old, new in pairs if old != new)


def _others(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Reworded, ...]:
    pairs = ((name, before.get(name, ""), now.get(name, "")) for name in {**now, **before})
    return tuple(Reworded(field=name, before=old, after=new) for name, old, new in pairs if old != new)


def _moved(before: Seen, now: Seen) -> set[int]:
    """Return the items that stand elsewhere among those of their section that were there before, too."""
    places = {key: at for at, key in enumerate(before.items)}
    sections: dict[str, list[int]] = {}
    for key, item in now.items.items():
        old = before.items.get(key)
        if old is not None and not old.left_out and not item.left_out and old.section == item.section:
            sections.setdefault(item.section, []).append(key)
    return {key for keys in sections.values() for key in set(keys) - _steady(keys, places)}


def _steady(keys: Sequence[int], places: Mapping[int, int]) -> set[int]:
    """Return the longest run of keys whose old places still rise."""
    longest: list[tuple[int, int]] = []  # for each key: how long a run ends there, and the index before it
    for at, key in enumerate(keys):
        best = max(
            ((longest[back][0], back) for back in range(at) if places[keys[back]] < places[key]), default=(0, -1)
        )
        longest.append((best[0] + 1, best[1]))
    at = max(range(len(keys)), key=lambda index: longest[index][0], default=-1)
    found = set()
    while at >= 0:
        found.add(keys[at])
        at = longest[at][1]
    return found


def to_json(seen: Seen) -> dict[str, Any]:
    """Return a look as JSON can keep it. A list keeps the order, which keys of an object need not."""
    return {
        "items": [{"id": key, **asdict(item)} for key, item in seen.items.items()],
        "words": dict(seen.words),
        "notes": dict(seen.notes),
    }


def from_json(kept: Mapping[str, Any]) -> Seen:
    """Return the look that ``to_json`` kept."""
    return Seen(
        items={
            entry["id"]: SeenItem(**{name: value for name, value in entry.items() if name != "id"})
            for entry in kept["items"]
        },
        words=dict(kept["words"]),
        notes=dict(kept["notes"]),
    )
