"""What a story goes on from: shown on its page with proposals and a search, set and taken away by a press."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.continuing import Continuing, continuings
from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.places import offer
from campaign.records import Role, Story
from storage.follows import earlier_of, follow, later_of, unfollow
from storage.stories import find_ids, get_stories
from storage.tellings import told_in_numbers, told_near
from web.desk.answers import number
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_FIND_MAX = 200
_MOST_FOUND = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A story beside another. ``newsletter`` and ``number`` are those of the letter that told it, "" and 0 for none.

    ``why`` are the reasons for which it is proposed, in words.
    """

    story: Story
    newsletter: str = ""
    number: int = 0
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What a story's page shows of its way: what it goes on from, what went on from it, what is proposed and found."""

    earlier: tuple[Row, ...]
    later: tuple[Row, ...]
    proposed: tuple[Row, ...]
    words: str
    found: tuple[Row, ...]


@router.post("/desk/stories/{story_id}/follows")
def follow_story(desk: AtDesk, story_id: Id) -> Response:
    """Let a story go on from an earlier one, or take that away: what the pressed button says."""
    press = desk.form["press"]
    deeds = {"follow": follow, "unfollow": unfollow}
    if press not in deeds:
        raise NotFoundError("press_unknown")
    other = number(desk.form["other"]) or 0
    try:
        group = deeds[press](desk.store, story_id, other, by=desk.actor, now=desk.now, press=desk.once)
    except (ConflictError, InputError, NotFoundError) as error:
        return desk.back(problem=error.key)
    return desk.back(done=group) if group else desk.back(said="saved")


def followed(desk: Desk, story: Story) -> Followed:
    """Return what a story's page shows of its way."""
    earlier, later = earlier_of(desk.store, story.id), later_of(desk.store, story.id)
    may = desk.may(Role.REVIEWER)
    near = [each for each in told_near(desk.store, story.id) if each not in (*earlier, *later)] if may else []
    proposed = {each.story_id: each for each in _continuing(desk, story, near)}
    words = desk.asked("begun")[:_FIND_MAX].strip()
    found = [each for each in _found(desk, story, words) if each not in earlier] if may and words else []
    rows = _rows(desk, {*earlier, *later, *proposed, *found})
    why = {story_id: _why(desk, story, each) for story_id, each in proposed.items()}
    return Followed(
        earlier=tuple(rows[each] for each in earlier if each in rows),
        later=tuple(rows[each] for each in later if each in rows),
        proposed=tuple(
            Row(story=rows[each].story, newsletter=rows[each].newsletter, number=rows[each].number, why=why[each])
            for each in proposed
            if each in rows
        ),
        words=words,
        found=tuple(rows[each] for each in found if each in rows),
    )


def _continuing(desk: Desk, story: Story, near: list[int]) -> list[Continuing]:
    if not near:
        return []
    campaign = desk.campaign
    said = [place.name for place in offer(campaign.places).places]
    names = [*said, campaign.name, *(tag.lstrip("#") for tag in (*campaign.hashtags, *campaign.aliases))]
    return continuings(story, get_stories(desk.store, near, public=False), names=names)


def _found(desk: Desk, story: Story, words: str) -> list[int]:
    """Return the stories that a person looks for, by words or by number, but not the story itself."""
    typed = words.removeprefix("#")
    by_number = [int(typed)] if typed.isascii() and typed.isdigit() and len(typed) < 10 else []
    ids = find_ids(desk.store, story.campaign, review="approved", query=words, limit=_MOST_FOUND + 1)
    return [each for each in dict.fromkeys((*by_number, *ids)) if each != story.id][:_MOST_FOUND]


def _rows(desk: Desk, story_ids: Iterable[int]) -> dict[int, Row]:
    ids = sorted(story_ids)
    numbers = told_in_numbers(desk.store, ids)
    rows = {}
    for story in get_stories(desk.store, ids, public=False):
        if story.campaign == desk.campaign.id:
            newsletter, told = numbers.get(story.id, ("", 0))
            rows[story.id] = Row(story=story, newsletter=newsletter, number=told)
    return rows


def _why(desk: Desk, story: Story, each: Continuing) -> tuple[str, ...]:
    register = offer(desk.campaign.places).register
    nodes = {node.id: node.title for node in story.nodes}
    said = []
    if each.same_voice:
        said.append(desk.t("follows.why.voice"))
    if each.places:
        said.append(desk.t("follows.why.place", place=register.label_of(each.places[0])))
    if each.nodes:
        said.append(desk.t("follows.why.node", node=nodes[each.nodes[0]]))
    return (*said, desk.t("follows.why.words", words=", ".join(each.words)))
