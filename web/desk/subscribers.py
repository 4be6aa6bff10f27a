"""Who gets the newsletter: counts, a list, one address in or out."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from campaign.errors import InputError, NotFoundError, SkordError
from campaign.newsletter import SubscriberState
from campaign.settings import NewsletterSettings
from digest.subscribe import add, count, export_csv, remove
from storage.issue_desk import list_subscribers
from storage.subscribers import Added
from web.desk.issue_outcome import mailbox_trouble
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

_SOURCE_MAX = 500


@router.get("/desk/subscribers")
def subscribers(desk: AtDesk) -> Response:
    """Show the counts and the list."""
    return _page(desk)


@router.post("/desk/subscribers")
def change_subscribers(desk: AtDesk) -> Response:
    """Add one address, or take one away."""
    newsletter = chosen_newsletter(desk)
    press, address = desk.form["press"], desk.form["email"].strip()
    try:
        if press == "add":
            said = str(
                add(
                    desk.store, newsletter, address, source=source_of(desk), language=desk.settings.site.language,
                    now=desk.now,
                )
            )  # fmt: skip
            if said == Added.INVALID:
                raise InputError("email", "email_invalid", text=address[:100])
        elif press == "remove":
            remove(desk.store, newsletter, address, now=desk.now)
            said = "removed"
        else:
            raise NotFoundError("press_unknown")
    except InputError as problem:
        return _page(desk, problem=problem, press=press)
    return desk.go(desk.url("/desk/subscribers", newsletter=newsletter.id, said=said))


@router.get("/desk/subscribers/export")
def export_subscribers(desk: AtDesk) -> Response:
    """Answer with every address as CSV, to who has just proved who they are."""
    desk.prove()
    newsletter = chosen_newsletter(desk)
    headers = {"Content-Disposition": f'attachment; filename="{newsletter.id}.csv"'}
    return StreamingResponse(export_csv(desk.store, newsletter), media_type="text/csv; charset=utf-8", headers=headers)


def _page(desk: Desk, *, problem: SkordError | None = None, press: str = "") -> Response:
    newsletter = chosen_newsletter(desk)
    asked = desk.asked("state")
    state = SubscriberState(asked) if asked in list(SubscriberState) else None
    if not asked:
        state = SubscriberState.ACTIVE
    before = desk.asked("before")
    found, older = list_subscribers(
        desk.store, newsletter.id, state=state, part=desk.asked("part")[:100],
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None,
    )  # fmt: skip
    told = desk.explain(problem) if problem else None
    return desk.page(
        "desk/subscribers.html",
        status=422 if problem else 200,
        newsletter=newsletter,
        counts=count(desk.store, newsletter),
        states=list(SubscriberState),
        state=state,
        found=found,
        older=older,
        part=desk.asked("part")[:100],
        wrong={problem.field: f"{told.what} {told.do}"} if told and isinstance(problem, InputError) else {},
        press=press,
        form=desk.form,
        unread=mailbox_trouble(desk),
        SubscriberState=SubscriberState,
    )


def chosen_newsletter(desk: Desk) -> NewsletterSettings:
    """Return the newsletter that is asked for, else the campaign's first. NotFoundError where there is none."""
    asked = desk.form["newsletter"] or desk.asked("newsletter")
    own = {newsletter.id: newsletter for newsletter in desk.view.newsletters}
    found = own.get(asked) if asked else next(iter(own.values()), None)
    if found is None:
        raise NotFoundError("page_missing")
    return found


def source_of(desk: Desk) -> str:
    """Return how the person, or the list, has asked for letters. InputError ``source``."""
    source = desk.form["source"].strip()[:_SOURCE_MAX]
    if not source:
        raise InputError("source", "source_of_address")
    return source
