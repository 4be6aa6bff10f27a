"""The events that public issues tell of, as calendar files: one event, or all of a campaign's."""

from __future__ import annotations

from starlette.responses import Response

from campaign.errors import NotFoundError
from digest.calendar import KIND, Occasion, calendar, occasion
from digest.letter import Item
from digest.published import Published, published_issues
from web.house import KEEP, Visit
from web.public.corrections import place_of
from web.public.issues import wanted


def event(visit: Visit) -> Response:
    """Answer with one event of an issue that has left. NotFoundError ``page`` for what is none of its events."""
    newsletter, found = wanted(visit)
    asked = int(visit.request.path_params["item"])
    for item in found.letter.items:
        made = _occasion(visit, found, item) if item.item_id == asked else None
        if made is not None:
            return _file(calendar([made]), f"{newsletter.id}-{found.issue.number}-{asked}.ics")
    raise NotFoundError("page")


def every(visit: Visit) -> Response:
    """Answer with every event of the campaign's issues that have left, past and to come, each once."""
    if not visit.view.newsletters:
        raise NotFoundError("page")
    known: dict[tuple[object, ...], Occasion] = {}
    for found in _public(visit):
        for item in found.letter.items:
            made = _occasion(visit, found, item)
            if made is not None:
                # What two letters remind of is one event: it keeps the name by which calendars know it.
                known.setdefault((made.title, made.starts_at, made.all_day, made.place), made)
    name = visit.view.language.t("after.calendar_name", name=visit.view.name)
    ordered = sorted(known.values(), key=lambda each: (each.starts_at, each.uid))
    return _file(calendar(ordered, name=name), f"{visit.campaign.id}.ics")


def _public(visit: Visit) -> list[Published]:
    """Return the issues that have left, the oldest first."""
    found = [
        each
        for newsletter in visit.view.newsletters
        for each in published_issues(visit.store, newsletter.id, now=visit.view.now)
        if each.issue.campaign == visit.campaign.id
    ]
    return sorted(found, key=lambda each: (each.at, each.issue.id))


def _occasion(visit: Visit, found: Published, item: Item) -> Occasion | None:
    page = visit.view.absolute(f"/issues/{found.issue.newsletter}/{found.issue.number}")
    return occasion(
        item,
        stamp=found.at,
        # What is corrected so far are stories; a correction that concerns none concerns the letter and its events.
        sequence=sum(not each.story_id for each in found.corrections),
        zone=visit.house.settings.site.timezone,
        page=f"{page}#{place_of(item)}",
    )


def _file(body: bytes, name: str) -> Response:
    headers = {KEEP: "1", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, media_type=KIND)
