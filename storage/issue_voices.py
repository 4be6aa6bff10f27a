"""Who told what in a newsletter lately, so that one voice does not come to fill it; and what could be told instead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from campaign.newsletter import YEAR_AGO, IssueKind, IssueState
from campaign.records import Post
from storage import schema
from storage.narrowing import standing, waits
from storage.posts import _load, _slices, desk_query
from storage.store import Store

_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_POST = schema.post.c
_STORY = schema.story.c
_EVIDENCE = schema.evidence.c

_OUT = [str(state) for state in IssueState if state.out]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story as an issue told it: the post whose words it took, the places of its story, the section it stood in."""

    post: Post
    places: tuple[str, ...]
    section: str


def told_lately(store: Store, newsletter: str, *, before: int, issues: int = 8) -> tuple[int, list[Told]]:
    """Return what the latest issues before a number told, and how many issues that is.

    Counted are letters that have left; what was told again a year later is not.
    """
    latest = (
        select(_ISSUE.id)
        .where(_ISSUE.newsletter == newsletter, _ISSUE.number < before, _ISSUE.state.in_(_OUT))
        .where(_ISSUE.kind == IssueKind.LETTER)
        .order_by(_ISSUE.number.desc())
        .limit(issues)
    )
    with store.read() as connection:
        ids = list(connection.execute(latest).scalars())
        query = select(_ITEM.post_id, _ITEM.section).where(
            _ITEM.issue_id.in_(ids), _ITEM.left_out.is_(False), _ITEM.post_id.is_not(None), _ITEM.section != YEAR_AGO
        )
        sections = {row.post_id: row.section for row in connection.execute(query)}
        posts = [
            post for some in _slices(sections) for post in _load(connection, desk_query().where(_POST.id.in_(some)))
        ]
        places: dict[int, tuple[str, ...]] = {}
        lies = schema.story_place.c
        for some in _slices({post.story_id for post in posts}):
            for row in connection.execute(select(lies.story_id, lies.place).where(lies.story_id.in_(some))):
                places[row.story_id] = (*places.get(row.story_id, ()), row.place)
    told = [Told(post=post, places=places.get(post.story_id, ()), section=sections[post.id]) for post in posts]
    return len(ids), told


def attached(store: Store, node_ids: Iterable[int], story_ids: Collection[int]) -> dict[int, set[int]]:
    """Return which of some stories are evidence for each node itself."""
    found: dict[int, set[int]] = {}
    with store.read() as connection:
        for some in _slices(node_ids):
            query = select(_EVIDENCE.node_id, _EVIDENCE.story_id).where(_EVIDENCE.node_id.in_(some))
            for row in connection.execute(query):
                if row.story_id in story_ids:
                    found.setdefault(row.node_id, set()).add(row.story_id)
    return found


def waiting_words(store: Store, campaign: str, *, now: datetime, limit: int = 200) -> Mapping[int, str]:
    """Return title and text of the newest stories that wait for a person, by story."""
    newest = (
        select(_STORY.id).where(standing(campaign), waits(now)).order_by(_STORY.sort_key.desc()).limit(limit).subquery()
    )
    words = schema.version.c
    query = (
        select(_POST.story_id, words.title, words.text)
        .join(schema.version, words.id == _POST.version_id)
        .where(_POST.story_id.in_(select(newest.c.id)))
    )
    found: dict[int, str] = {}
    with store.read() as connection:
        for row in connection.execute(query):
            found[row.story_id] = f"{found.get(row.story_id, '')}\n{row.title}\n{row.text}"
    return found
