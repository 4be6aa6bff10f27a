"""One story with everything that is known of it; and our own copies of pictures, for the desk alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path as File
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import FileResponse, Response

from campaign.errors import InputError, NotFoundError
from campaign.records import Role, Story
from storage.cases import PersonCase, cases_of
from storage.posts import media_file
from storage.stories import find_ids, find_story, get_stories, merged_into
from storage.trail import trail
from storage.versions import Version, versions
from web.desk.asked import Asked
from web.desk.cards import changes
from web.desk.corrections import of_story
from web.desk.differences import Piece
from web.desk.follows import followed
from web.desk.queue import PROBLEMS, Queue, pressed
from web.desk.trail import headline, lines
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_SMALL = 480
_FIND_MAX = 200
_MOST_FOUND = 8
_COPY = re.compile(r"[0-9a-f]{64}-(\d+)\.jpg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of a post, and what changed from the one before it."""

    version: Version
    changed: tuple[Piece, ...]
    title_changed: tuple[Piece, ...]
    pictures_changed: bool


@router.get("/desk/stories/{story_id}")
def story_at_desk(desk: AtDesk, story_id: Id) -> Response:
    """Show a story whole: its posts, every text they had, its cases, its trail."""
    story = find_story(desk.store, story_id, public=False)
    if story is None:
        taken_up_by = merged_into(desk.store, story_id)
        if taken_up_by is None:
            raise NotFoundError("story_missing", story=story_id)
        return desk.go(desk.view.plain(f"/desk/stories/{taken_up_by}"))
    if story.campaign != desk.campaign.id and story.campaign in desk.settings.campaigns:
        return desk.go(desk.view.plain(f"/desk/stories/{story_id}", campaign=story.campaign))
    queue = Queue(desk=desk, asked=Asked())
    (card,) = queue.make([story])
    found = versions(desk.store, [post.id for post in story.posts])
    problem = desk.asked("problem")
    told = desk.explain(InputError("", problem)) if problem in PROBLEMS else None
    return desk.page(
        "desk/story.html",
        **queue.told(
            card=card,
            title=headline(story.lead, desk.language),
            texts={post.id: _texts(found.get(post.id, [])) for post in story.posts},
            trail=lines(
                trail(desk.store, story_id=story_id, limit=300),
                desk.language,
                nodes={node.id: node.title for node in queue.tree},
            ),
            cases=_cases(desk, story_id),
            corrections=of_story(desk, story_id),
            find=desk.asked("find")[:_FIND_MAX],
            others=_others(desk, story),
            followed=followed(desk, story),
            done=pressed(desk, desk.asked("done")),
            told=told,
            live=False,
            back=desk.url(f"/desk/stories/{story_id}").removeprefix(desk.view.base),
        ),
    )


@router.get("/desk/media/{media_id}")
def picture_at_desk(desk: AtDesk, media_id: Id) -> Response:
    """Answer with our own copy of a picture, whether the public may see it or not."""
    name = media_file(desk.store, media_id)
    copies = _copies(desk.store.media, name) if name else []
    if not copies:
        raise NotFoundError("media_missing")
    large_enough = [copy for width, copy in copies if width >= _SMALL]
    chosen = copies[-1][1] if desk.asked("size") == "large" or not large_enough else large_enough[0]
    return FileResponse(chosen, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


def _others(desk: Desk, story: Story) -> list[Story]:
    """Return the stories that a person looks for to join with this one, by words or by number."""
    words = desk.asked("find")[:_FIND_MAX].strip()
    if not words or not desk.may(Role.REVIEWER):
        return []
    number = words.removeprefix("#")
    by_number = [int(number)] if number.isascii() and number.isdigit() and len(number) < 10 else []
    ids = find_ids(desk.store, story.campaign, review="all", query=words, limit=_MOST_FOUND + 1)
    found = get_stories(desk.store, list(dict.fromkeys((*by_number, *ids))), public=False)
    return [each for each in found if each.id != story.id and each.campaign == story.campaign][:_MOST_FOUND]


def _copies(folder: File, name: str) -> list[tuple[int, File]]:
    """Return the copies of a picture with their widths, the narrowest first."""
    found = []
    for file in (folder / name[:2]).glob(f"{name}-*.jpg"):
        match = _COPY.fullmatch(file.name)
        if match is not None:
            found.append((int(match[1]), file))
    return sorted(found)


def _cases(desk: Desk, story_id: int) -> list[PersonCase]:
    return cases_of(desk.store, story_id) if desk.may(Role.EDITOR) else []


def _texts(found: list[Version]) -> list[Text]:
    """Return a post's texts, the newest first, each with what changed from the one before."""
    texts = [
        Text(
            version=after,
            changed=changes(before.text, after.text),
            title_changed=changes(before.title, after.title),
            pictures_changed=(before.pictures, before.alts) != (after.pictures, after.alts),
        )
        for after, before in pairwise(found)
    ]
    first = [Text(version=found[-1], changed=(), title_changed=(), pictures_changed=False)] if found else []
    return texts + first
