"""The archive to take along: /archive.jsonl and /archive.csv, by the archive's own query string.

Written while it is read, a slice of stories at a time, so that nobody's slow line holds the database; after so many
stories it says that there are more, and where they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from starlette.responses import Response, StreamingResponse

from campaign.cells import csv_line
from campaign.errors import NotFoundError
from campaign.exported import Around, Telling, head_line, public_story, story_rows
from campaign.figures import Weight
from campaign.places import offer
from campaign.records import Story
from campaign.settings import Settings
from storage.archive import browse
from storage.beside import beside
from storage.shelf import Kind
from web.house import Visit
from web.public.asked import Asked, asked_of, wanted_of

#: Stories that are read at once, and that one answer has.
_SLICE, _MOST = 100, 2_000


def telling_of(settings: Settings, campaign: str, now: datetime) -> Telling:
    """Return what a campaign's stories are told with outside the site."""
    site = settings.site.base_url.rstrip("/")
    known = settings.campaigns.get(campaign)
    return Telling(
        site=f"{site}/c/{campaign}" if len(settings.campaigns) > 1 else site,
        base=site,
        sources=settings.sources,
        register=offer(known.places if known else ()).register,
        now=now,
    )


def around_of(
    story: Story, weights: Mapping[tuple[int, int], Weight], told: Mapping[int, list[tuple[str, int]]]
) -> Around:
    """Return what stands beside one story of many (``storage.beside``)."""
    own = {node.id: weights[story.id, node.id] for node in story.nodes if (story.id, node.id) in weights}
    return Around(weights=own, told=told.get(story.id, ()))


def jsonl(visit: Visit) -> Response:
    """Answer with one story a line."""
    asked, older = _asked(visit)
    return _answer(visit, _lines(visit, asked, older), "application/jsonl; charset=utf-8", "jsonl")


def csv(visit: Visit) -> Response:
    """Answer with one post a line, as a table that opens right in a Swedish Excel."""
    asked, older = _asked(visit)
    return _answer(visit, _table(visit, asked, older), "text/csv; charset=utf-8", "csv")


def _asked(visit: Visit) -> tuple[Asked, int | None]:
    """Return what is asked for and beyond which key. NotFoundError ``page`` for what cannot be, or is no story."""
    asked = asked_of(visit)
    if asked.kind not in ("", Kind.STORY):
        raise NotFoundError("page")
    return asked, visit.asked_number("older", 0, 2**62)


def _answer(visit: Visit, parts: Iterator[bytes], kind: str, ending: str) -> Response:
    name = f"{visit.campaign.id}-{visit.view.now.astimezone(visit.house.settings.site.timezone):%Y-%m-%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(parts, media_type=kind, headers=headers)


def _lines(visit: Visit, asked: Asked, older: int | None) -> Iterator[bytes]:
    telling = telling_of(visit.house.settings, visit.campaign.id, visit.view.now)
    for story, around, more in _stories(visit, asked, older):
        yield _line(public_story(telling, story, around))
        if more is not None:
            yield _line({"more": visit.view.absolute("/archive.jsonl", **asked.query(older=more)), "after": _MOST})


def _table(visit: Visit, asked: Asked, older: int | None) -> Iterator[bytes]:
    telling, language = telling_of(visit.house.settings, visit.campaign.id, visit.view.now), visit.view.language
    yield head_line(language, inner=False).encode()
    for story, _, more in _stories(visit, asked, older):
        for line in story_rows(telling, language, story):
            yield line.encode("utf-8", "replace")
        if more is not None:
            address = visit.view.absolute("/archive.csv", **asked.query(older=more))
            yield csv_line([language.t("export.more", count=_MOST, address=address)]).encode()


def _stories(visit: Visit, asked: Asked, older: int | None) -> Iterator[tuple[Story, Around, int | None]]:
    """Yield stories, newest first; the last one of an answer that is full has the key to ask beyond."""
    wanted, count = wanted_of(visit, asked), 0
    while count < _MOST:
        found = browse(visit.store, visit.campaign.id, wanted, limit=_SLICE, older_than=older)
        known = beside(visit.store, [story.id for story in found.stories])
        count, older = count + len(found.stories), found.older
        for at, story in enumerate(found.stories, 1):
            is_last = count >= _MOST and at == len(found.stories)
            yield story, around_of(story, known.weights, known.told), older if is_last else None
        if older is None:
            return


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
