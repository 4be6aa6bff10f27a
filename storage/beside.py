"""What stands beside stories where many are told at once: how much each says of its nodes, and which issues tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from campaign.figures import Weight
from campaign.newsletter import IssueState
from storage import schema
from storage.archive import Wanted, _keys
from storage.posts import _slices
from storage.shelf import Kind
from storage.store import Store

_EVIDENCE = schema.evidence.c
_ITEM = schema.issue_item.c
_ISSUE = schema.issue.c
_OUT = [str(state) for state in IssueState if state.out]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """``weights`` by (story, node); ``told`` the issues that have left and tell a story, (newsletter, number), the
    oldest first.
    """

    weights: dict[tuple[int, int], Weight] = field(default_factory=dict)
    told: dict[int, list[tuple[str, int]]] = field(default_factory=dict)


def beside(store: Store, story_ids: Sequence[int]) -> Beside:
    """Return what stands beside stories, with two statements for every five hundred."""
    weights: dict[tuple[int, int], Weight] = {}
    told: dict[int, list[tuple[str, int]]] = defaultdict(list)
    with store.read() as connection:
        for ids in _slices(story_ids):
            found = select(_EVIDENCE.story_id, _EVIDENCE.node_id, _EVIDENCE.weight).where(_EVIDENCE.story_id.in_(ids))
            weights |= {(row.story_id, row.node_id): Weight(row.weight) for row in connection.execute(found)}
            issues = (
                select(_ITEM.story_id, _ISSUE.newsletter, _ISSUE.number)
                .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
                .where(_ITEM.story_id.in_(ids), _ITEM.left_out.is_(False))
                .where(_ISSUE.state.in_(_OUT), _ISSUE.frozen.is_not(None))
                .order_by(_ISSUE.send_at, _ISSUE.id)
            )
            for row in connection.execute(issues):
                told[row.story_id].append((row.newsletter, row.number))
    return Beside(weights=weights, told=dict(told))


def story_keys(
    store: Store,
    campaign: str,
    wanted: Wanted,
    *,
    limit: int,
    known: dict[int, int],
    older_than: int | None = None,
) -> tuple[list[int], int | None]:
    """Return the ids of one page of the stories that are wanted, newest first, and the key to ask beyond.

    For whoever has the stories themselves already; ``storage.archive.browse`` gives them whole. ``known`` are ids by
    key, as found before at the same public revision; what is found now is added.
    """
    end = wanted.end_key if older_than is None else min(older_than, wanted.end_key or older_than)
    shelf = schema.shelf.c
    with store.read() as connection:
        keys = _keys(connection, campaign, wanted, limit=limit + 1, first=wanted.first_key, end=end)
        here = keys[:limit]
        for part in _slices(key for key in here if key not in known):
            # By their keys alone: asked for the kind too, SQLite goes through every story there is.
            query = select(shelf.key, shelf.subject, shelf.kind).where(shelf.key.in_(part))
            known |= {row.key: row.subject for row in connection.execute(query) if row.kind == Kind.STORY}
    return [known[key] for key in here if key in known], here[-1] if len(keys) > limit else None


def shelf_paths(store: Store, subjects: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return where things of the archive are read, below language and campaign, by (kind, subject)."""
    shelf = schema.shelf.c
    found: dict[tuple[str, int], str] = {}
    with store.read() as connection:
        for kind in sorted({kind for kind, _ in subjects}):
            for ids in _slices([subject for each, subject in subjects if each == kind]):
                query = select(shelf.subject, shelf.path).where(shelf.kind == kind, shelf.subject.in_(ids))
                found |= {(kind, row.subject): row.path for row in connection.execute(query)}
    return found
