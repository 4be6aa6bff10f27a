"""Who gets the newsletter: counts, a list, one address in or out, a whole list from a file."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from campaign.errors import InputError, NotFoundError, SkordError
from campaign.newsletter import SubscriberState
from campaign.settings import NewsletterSettings
from digest.subscribe import Row, add, count, export_csv, import_csv, remove
from storage.issue_desk import list_subscribers
from storage.subscribers import Added
from web.desk.uploads import NOT_TEXT, TOO_BIG
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

_SOURCE_MAX = 500

#: So many lines of an import that were not taken are shown one by one.
_MOST_LINES = 200


@router.get("/desk/subscribers")
def subscribers(desk: AtDesk) -> Response:
    """Show the counts and the list."""
    return _page(desk)


@router.post("/desk/subscribers")
def change_subscribers(desk: AtDesk) -> Response:
    """Add one address, or take one away."""
    newsletter = _newsletter(desk)
    press, address = desk.form["press"], desk.form["email"].strip()
    try:
        if press == "add":
            said = str(
                add(
                    desk.store, newsletter, address, source=_source(desk), language=desk.settings.site.language,
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


@router.post("/desk/subscribers/import")
def import_subscribers(desk: AtDesk) -> Response:
    """Read a file and tell what became of each line; addresses that left before are never brought back."""
    newsletter = _newsletter(desk)
    try:
        rows = list(
            import_csv(
                desk.store, newsletter, _file(desk), source=_source(desk), language=desk.settings.site.language,
                now=desk.now,
            )
        )  # fmt: skip
    except InputError as problem:
        return _page(desk, problem=problem, press="import")
    return _page(desk, rows=rows)


@router.get("/desk/subscribers/export")
def export_subscribers(desk: AtDesk) -> Response:
    """Answer with every address as CSV, to who has just proved who they are."""
    desk.prove()
    newsletter = _newsletter(desk)
    headers = {"Content-Disposition": f'attachment; filename="{newsletter.id}.csv"'}
    return StreamingResponse(export_csv(desk.store, newsletter), media_type="text/csv; charset=utf-8", headers=headers)


def _page(desk: Desk, *, problem: SkordError | None = None, press: str = "", rows: list[Row] | None = None) -> Response:
    newsletter = _newsletter(desk)
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
        report=Counter(str(row.result) for row in rows) if rows is not None else None,
        refused=[row for row in rows or [] if row.result in (Added.INVALID, Added.SUPPRESSED)][:_MOST_LINES],
        SubscriberState=SubscriberState,
    )


def _newsletter(desk: Desk) -> NewsletterSettings:
    """Return the newsletter that is asked for, else the campaign's first. NotFoundError where there is none."""
    asked = desk.form["newsletter"] or desk.asked("newsletter")
    own = {newsletter.id: newsletter for newsletter in desk.view.newsletters}
    found = own.get(asked) if asked else next(iter(own.values()), None)
    if found is None:
        raise NotFoundError("page_missing")
    return found


def _source(desk: Desk) -> str:
    source = desk.form["source"].strip()[:_SOURCE_MAX]
    if not source:
        raise InputError("source", "source_of_address")
    return source


def _file(desk: Desk) -> str:
    text = desk.form["file"]
    if text == TOO_BIG:
        raise InputError("file", "file_too_big")
    if text == NOT_TEXT:
        raise InputError("file", "file_not_text")
    if not text.strip():
        raise InputError("file", "file_missing")
    return text
