"""Tokens of one's own for the API, and how the campaign's receiver of changes fares."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import InputError
from campaign.records import Role
from storage.hooks import hook_state
from storage.tokens import end_token, list_tokens, make_token
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/desk/account/tokens")
def own_tokens(desk: AtDesk) -> Response:
    """Show one's own tokens, never what they are."""
    return _page(desk)


@router.post("/desk/account/tokens")
def make(desk: AtDesk) -> Response:
    """Make a token and show it, this once."""
    desk.prove()
    try:
        made, _ = make_token(
            desk.store, desk.account.id, name=desk.form["name"], ends_at=_end(desk), now=desk.now, by=desk.actor
        )
    except InputError as problem:
        return _page(desk, problem=problem)
    return _page(desk, made=made)


@router.post("/desk/account/tokens/{token_id}")
def take_back(desk: AtDesk, token_id: Id) -> Response:
    """Take back a token of one's own."""
    desk.prove()
    end_token(desk.store, token_id, now=desk.now, by=desk.actor, account_id=desk.account.id)
    return desk.go(desk.url("/desk/account/tokens", said="token_taken"))


def _end(desk: Desk) -> datetime | None:
    """Return when the token that is asked for ends: with the day that was written. InputError ``ends``."""
    text = desk.form["ends"]
    return last_moment(text, desk) if text else None


def last_moment(text: str, desk: Desk) -> datetime:
    """Return the end of a day in the site's zone. InputError ``ends``, ``day_unknown``."""
    try:
        after = date.fromisoformat(text) + timedelta(days=1)
    except (ValueError, OverflowError) as problem:
        raise InputError("ends", "day_unknown") from problem
    return datetime.combine(after, time(), desk.settings.site.timezone)


def _page(desk: Desk, *, made: str = "", problem: InputError | None = None) -> Response:
    told = desk.explain(problem) if problem else None
    hook = desk.settings.hooks.get(desk.campaign.id) if desk.may(Role.EDITOR) else None
    return desk.page(
        "desk/tokens.html",
        status=422 if problem else 200,
        made=made,
        tokens=list_tokens(desk.store, desk.account.id),
        wrong={problem.field: f"{told.what} {told.do}"} if problem and told else {},
        hook=hook_state(desk.store, desk.campaign.id) if hook else None,
        host=urlsplit(hook.url).hostname if hook else "",
    )
