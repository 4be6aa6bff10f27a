"""What is known of a picture: why it may be shown, for what and until when, its words, what stays in view."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import InputError, NotFoundError
from campaign.records import SHOWING, Media, Right, Story, Use
from storage.media import retry_media
from storage.posts import find_media_story
from storage.rights import Grant, Words, describe, set_asked, withdraw
from storage.stories import find_story
from web.desk.answers import CardProblem, card_answer, number
from web.desk.picture_cards import siblings
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_TEXT_MAX = 500
_ALT_MAX = 2_000

#: What a person can choose; a right that ended is chosen again or not.
CHOICES = (Right.OWN, Right.PERMISSION, Right.NONE, Right.REFUSED)


@router.post("/desk/media/{media_id}")
def describe_picture(desk: AtDesk, media_id: Id) -> Response:
    """Record why a picture may be shown, its words, and what stays in view of it: one press."""
    story, media = picture_of(desk, media_id)
    try:
        group = describe(
            desk.store, media_id, by=desk.actor, now=desk.now, press=desk.once or uuid.uuid4().hex,
            grant=_grant(desk, media), words=_words(desk, media), focus=_focus(desk),
            also=[each.id for each in siblings(story, media)] if desk.form["all"] == "yes" else (),
        )  # fmt: skip
    except InputError as error:
        problem = CardProblem(where=f"picture-{media_id}", field=error.field, told=desk.explain(error))
        return card_answer(desk, story.id, said=problem.told.what, problem=problem, status=422)
    return _done(desk, story.id, group, "picture" if group else "saved")


@router.post("/desk/media/{media_id}/withdraw")
def withdraw_picture(desk: AtDesk, media_id: Id) -> Response:
    """Take a picture out everywhere at once."""
    story, _ = picture_of(desk, media_id)
    group = withdraw(desk.store, media_id, by=desk.actor, now=desk.now, press=desk.once)
    return _done(desk, story.id, group, "withdraw")


@router.post("/desk/media/{media_id}/asked")
def ask_was_sent(desk: AtDesk, media_id: Id) -> Response:
    """Record that the owner was asked just now, for this picture or for all of the same sender."""
    story, media = picture_of(desk, media_id)
    more = [each for each in siblings(story, media) if each.right not in SHOWING] if desk.form["all"] == "yes" else []
    ids = [media_id, *(each.id for each in more)]
    group = set_asked(desk.store, ids, by=desk.actor, now=desk.now, press=desk.once)
    return _done(desk, story.id, group, "asked_owner")


@router.post("/desk/media/{media_id}/fetch")
def fetch_again(desk: AtDesk, media_id: Id) -> Response:
    """Let a picture be fetched again that could not be had."""
    story, _ = picture_of(desk, media_id)
    retry_media(desk.store, media_id)
    return _done(desk, story.id, "", "fetch")


def picture_of(desk: Desk, media_id: int) -> tuple[Story, Media]:
    """Return a picture with its story as the desk sees them. NotFoundError ``media_missing``."""
    story_id = find_media_story(desk.store, media_id)
    story = find_story(desk.store, story_id, public=False) if story_id is not None else None
    pictures = (media for post in story.posts for media in post.media) if story else iter(())
    media = next((each for each in pictures if each.id == media_id), None)
    if story is None or media is None:
        raise NotFoundError("media_missing")
    return story, media


def read_until(desk: Desk, day: str) -> datetime | None:
    """Return the moment at which a day ends in the site's zone, None for an empty one. InputError ``right_until``."""
    if not day.strip():
        return None
    try:
        after = date.fromisoformat(day.strip()) + timedelta(days=1)
        return datetime.combine(after, time(), desk.language.zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError("right_until", "day_unknown") from error


def read_uses(form: dict[str, str]) -> tuple[Use, ...]:
    """Return the uses that are ticked."""
    return tuple(use for use in Use if form.get(f"use_{use}") == "yes")


def _grant(desk: Desk, media: Media) -> Grant | None:
    """Return the right that the form records, None where it says what is known already."""
    form = desk.form
    if form["right"] not in CHOICES:
        return None
    right = Right(form["right"])
    if right not in SHOWING and right is media.right and form["right_from"].strip() == media.right_from:
        return None
    return Grant(
        right=right,
        right_from=form["right_from"][:_TEXT_MAX],
        proof=form["proof"][:_TEXT_MAX],
        uses=read_uses(form) if right in SHOWING else media.right_uses,
        until=read_until(desk, form["until"]) if right in SHOWING else None,
    )


def _words(desk: Desk, media: Media) -> Words:
    """Return the alt text that the form records: what reads like the author's own stays the author's."""
    alt, authors = desk.form["alt"].strip(), (media.alt_by_author or "").strip()
    if len(alt) > _ALT_MAX:
        raise InputError("alt", "text_long", most=_ALT_MAX)
    if desk.form["press"] == "authors" and authors:
        return Words(alt=None)
    same = not alt or " ".join(alt.split()) == " ".join(authors.split())
    return Words(alt=None if same else alt, decorative=desk.form["decorative"] == "yes")


def _focus(desk: Desk) -> tuple[int, int] | None:
    """Return what is to stay in view, None where the fields are empty. InputError ``focus``."""
    given = [desk.form[name].strip() for name in ("focus_x", "focus_y")]
    if not any(given):
        return None
    x, y = (number(each) for each in given)
    if x is None or y is None:
        raise InputError("focus", "focus_outside")
    return x, y


def _done(desk: Desk, story_id: int, group: str, said: str) -> Response:
    if not desk.is_htmx:
        return desk.back(done=group) if group else desk.back(said=said)
    return card_answer(desk, story_id, said=desk.t(f"desk.said.{said}"), group=group, keep=True, did=bool(group))
