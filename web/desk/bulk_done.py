"""What a press about many stories did, in words: what was done, what was left out and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from campaign.errors import NotFoundError
from storage.bulk import Done, Why, read_press
from storage.stories import get_stories
from web.desk.trail import headline
from web.desk.visit import Desk

#: So many that were left out are named.
NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A story by its title."""

    id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Stories that are left out for one reason, the first of them by their titles."""

    why: Why
    count: int
    stories: tuple[Named, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a press did, as the list that it came from tells it."""

    done: Done
    left: tuple[Left, ...]


def result_of(desk: Desk, bulk: str) -> Result | None:
    """Return the press that an address names, None where it names none of this campaign."""
    if not re.fullmatch("[0-9a-f]{32}", bulk):
        return None
    try:
        done = done_of(desk, bulk)
    except NotFoundError:
        return None
    return Result(done=done, left=left_of(desk, done.left))


def done_of(desk: Desk, bulk: str) -> Done:
    """Return what a press did. NotFoundError ``decision_missing``, for another campaign's too."""
    done = read_press(desk.store, bulk)
    if done.campaign != desk.campaign.id:
        raise NotFoundError("decision_missing")
    return done


def left_of(desk: Desk, left: Mapping[Why, tuple[int, ...]]) -> tuple[Left, ...]:
    """Return what was left out by its reasons."""
    return tuple(
        Left(why=why, count=len(ids), stories=named_of(desk, list(ids)[:NAMED])) for why, ids in left.items() if ids
    )


def named_of(desk: Desk, ids: list[int] | tuple[int, ...]) -> tuple[Named, ...]:
    """Return stories by their titles; one of another campaign has none here, whatever a form says."""
    stories = [each for each in get_stories(desk.store, list(ids), public=False) if each.campaign == desk.campaign.id]
    return tuple(Named(id=story.id, title=headline(story.lead, desk.language, most=70)) for story in stories)
