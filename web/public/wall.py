"""The wall: the campaign on a screen at a conference or in an entrance, one story at a time or several side by side.

The page is whole without a script and renews itself then; with one (``web/static/wall.js``) it asks every second, of an
address that takes no thread, whether anything public has changed, and takes in what came and what went.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from campaign.errors import StorageError
from campaign.records import Story
from storage.archive import Wanted, browse
from storage.shelf import Kind
from storage.wall import WallMessage, lately_approved, wall_message
from web.house import House, Visit, house_of
from web.public.asked import asked_of, wanted_of
from web.public.cards import Card
from web.public.embed import number, theme_of
from web.public.growth import shown
from web.qr import Code, qr_code

LAYOUTS = ("one", "mosaic")

EACH = (3, 600)
REST = (0, 600)

_EXCERPT = 300

#: What was approved within so long comes first, however old it is itself.
_LATELY, _MOST_LATE = timedelta(hours=1), 6

#: Read beyond what is shown, in place of those that a wall leaves out.
_SPARE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """One story on the wall. ``mark`` is another when it looks otherwise; ``size`` says how long its words are."""

    card: Card
    mark: str
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a wall goes; ``each`` and ``rest`` are seconds. ``theme`` is "" where the screen's own choice decides."""

    layout: str
    theme: str
    each: int
    rest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """What stands on a wall. ``left`` are the seconds for which the message stands yet, None where it has no end."""

    slides: list[Slide]
    message: WallMessage | None
    left: int | None
    code: Code
    address: str
    hashtag: str


def wall(visit: Visit) -> Response:
    """Show the wall that the query string asks for."""
    made = wall_of(visit, wanted_of(visit, asked_of(visit)))
    # With a message that ends by itself the page is another one then: it is made anew for whoever asks.
    return visit.page("public/wall.html", keep=made.left is None, wall=made, look=look_of(visit))


def wall_of(visit: Visit, wanted: Wanted) -> Wall:
    """Return what stands on a wall now."""
    house, now = visit.house, visit.view.now
    message = wall_message(visit.store, visit.campaign.id, now=now)
    left = int((message.until - now).total_seconds()) + 1 if message and message.until else None
    address = visit.view.absolute("/")
    parts = urlsplit(address)
    return Wall(
        slides=_slides(visit, wanted, most=house.settings.wall.stories),
        message=message,
        left=left,
        code=house.keep(("qr", address), lambda: qr_code(address)),
        address=f"{parts.netloc}{parts.path}".rstrip("/"),
        hashtag=visit.campaign.hashtags[0],
    )


def look_of(visit: Visit) -> Look:
    """Read how a wall shall go; what cannot be is as the configuration says."""
    usual = visit.house.settings.wall
    layout = visit.asked("layout")
    return Look(
        layout=layout if layout in LAYOUTS else LAYOUTS[0],
        theme=theme_of(visit),
        each=number(visit.asked("each"), *EACH, int(usual.each.total_seconds())),
        rest=number(visit.asked("rest"), *REST, int(usual.rest.total_seconds())),
    )


def _slides(visit: Visit, wanted: Wanted, *, most: int) -> list[Slide]:
    if Kind.STORY not in wanted.kinds:
        return []
    wanted = replace(wanted, kinds=(Kind.STORY,))
    page = browse(visit.store, visit.campaign.id, wanted, limit=most + _SPARE)
    late = _late(visit, wanted, known=set(page.keys))
    fit = [story for story in (*late, *page.stories) if _may_stand(story)]
    return [_slide(visit, story) for story in fit[:most]]


def _late(visit: Visit, wanted: Wanted, *, known: set[int]) -> list[Story]:
    """Return stories that were approved just now though they are too old to be among the newest."""
    found: list[Story] = []
    since = visit.view.now - _LATELY
    for key in lately_approved(visit.store, visit.campaign.id, since=since, limit=_MOST_LATE):
        first, end = wanted.first_key, wanted.end_key
        if key in known or (first is not None and key < first) or (end is not None and key >= end):
            continue
        alone = replace(wanted, first_key=key, end_key=key + 1)
        found += browse(visit.store, visit.campaign.id, alone, limit=1).stories
    return found


def _may_stand(story: Story) -> bool:
    """Return whether a story may be shown to a room that did not choose to see it: nothing in it carries a warning."""
    return not any(post.warning or post.sensitive for post in story.posts)


def _slide(visit: Visit, story: Story) -> Slide:
    made = shown(visit, story, excerpt=_EXCERPT)
    length = len(made.title)
    size = next((name for name, most in (("short", 50), ("middle", 100), ("long", 170)) if length <= most), "longest")
    picture = made.picture.file[:12] if made.picture and made.picture.file else ""
    return Slide(card=made, mark=f"{story.changes}-{picture}", size=size)


async def pulse(request: Request) -> Response:
    """Tell the number that rises with every public change: a wall that knows another one asks for its page.

    It is asked every second by every open wall, so it waits for nothing and takes no thread.
    """
    house = house_of(request)
    headers = {"Cache-Control": "no-store"}
    try:
        return JSONResponse({"revision": house.revision.now()}, headers=headers)
    except StorageError:
        return JSONResponse({"revision": None}, 503, headers)


def ends_at(text: str, house: House) -> datetime | None:
    """Return the moment that a person wrote in the site's own time, None for no text. ValueError for what is none."""
    if not text:
        return None
    written = datetime.fromisoformat(text)
    return written if written.tzinfo else written.replace(tzinfo=house.settings.site.timezone)
