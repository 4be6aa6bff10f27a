"""The pictures whose right needs somebody, and the words that ask for one."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.asking import Asking, Question, ask, language_for, length
from campaign.errors import InputError
from campaign.language import Language
from campaign.records import SHOWING, Media, Post, Story, Use
from storage.picture_desk import Show, count_pictures, list_pictures
from web.auth import safe_next
from web.desk.picture_cards import Picture, picture, siblings
from web.desk.pictures import picture_of, read_until, read_uses
from web.desk.trail import headline
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/desk/pictures")
def pictures_at_desk(desk: AtDesk) -> Response:
    """Show the pictures that need somebody, newest first."""
    asked = desk.asked("show")
    show = Show(asked) if asked in list(Show) else Show.MISSING
    before = desk.asked("before")
    key = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    page = list_pictures(desk.store, desk.campaign.id, show, now=desk.now, before=key)
    rows = [(_picture(desk, each.story, each.media_id), each.story) for each in page.pictures]
    return desk.page(
        "desk/pictures.html",
        show=show,
        shows=list(Show),
        counts=count_pictures(desk.store, desk.campaign.id, now=desk.now),
        rows=[(found, story, headline(story.lead, desk.language)) for found, story in rows if found is not None],
        before=page.before,
        back=desk.url("/desk/pictures", show=show).removeprefix(desk.view.base),
    )


@router.get("/desk/media/{media_id}/ask")
def ask_for_picture(desk: AtDesk, media_id: Id) -> Response:
    """Show the words that ask for a picture, ready to be copied."""
    story, media = picture_of(desk, media_id)
    post = next(each for each in story.posts if each.id == media.post_id)
    others = [each for each in siblings(story, media) if each.right not in SHOWING]
    chosen = dict(desk.request.query_params)
    uses = read_uses(chosen) or tuple(Use)
    problem = None
    try:
        until = read_until(desk, chosen.get("until", ""))
    except InputError as error:
        until, problem = None, desk.explain(error)
    day = chosen.get("until", "").strip() if until is not None else ""
    made = _asking(desk, post, count=1 + len(others), uses=uses, day=day)
    return desk.page(
        "desk/ask.html",
        status=422 if problem else 200,
        media=media,
        post=post,
        story=story,
        others=len(others),
        made=made,
        size=length(made.short, post.network),
        uses=uses,
        until=chosen.get("until", ""),
        problem=problem,
        words_language=language_for(post.language, desk.settings.site.language),
        back=safe_next(chosen.get("back") or f"/desk/stories/{story.id}"),
    )


def _asking(desk: Desk, post: Post, *, count: int, uses: tuple[Use, ...], day: str) -> Asking:
    site = desk.settings.site
    code = language_for(post.language, site.language)
    handle = post.author_handle.lstrip("@")
    prefix = "" if code == site.language else f"/{code}"
    question = Question(
        network=post.network,
        author=f"@{handle}" if handle else post.author_name,
        who=site.owner,
        post=post.url,
        terms=f"{site.base_url}{prefix}/privacy",
        count=count,
        uses=uses,
        until=date.fromisoformat(day) if day else None,
    )
    return ask(question, Language(code, site.timezone))


def _picture(desk: Desk, story: Story, media_id: int) -> Picture | None:
    found: Media | None = next((each for post in story.posts for each in post.media if each.id == media_id), None)
    return picture(found, now=desk.now) if found is not None else None
