"""Stories: many by the archive's own query string, one by its number, and what a search finds of every kind."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from campaign.errors import NotFoundError
from campaign.language import Language
from storage.archive import Hit, Wanted, browse, was_removed
from storage.beside import story_keys
from storage.keys import moment_of
from storage.shelf import Kind
from storage.stories import merged_into
from web.api import models
from web.api.call import Call, sealed
from web.api.problems import Trouble
from web.api.writing import Kept, kept_for, written
from web.public.asked import asked_from, for_readers, wanted_from
from web.public.growth import trees
from web.public.titles import title_of_hit

_MOST_ID = 2**31 - 1

#: The parts of the archive's query string that narrow.
FILTERS = ("q", "year", "month", "week", "day", "area", "network", "place", "from")


class RawPage(msgspec.Struct, frozen=True, kw_only=True):
    """``models.StoryPage`` with stories that are JSON already."""

    items: list[msgspec.Raw]
    next: str | None


def stories(call: Call, kept: Kept) -> RawPage:
    """Answer with one page of the stories that the query string asks for."""
    ids, older = story_keys(
        call.store,
        call.campaign.id,
        _wanted(call, call.params),
        limit=call.limit,
        known=kept_for(call, kept).ids,
        older_than=_older(call),
    )
    return RawPage(items=written(call, kept, ids), next=_next(call, older))


def search(call: Call, kept: Kept) -> models.FoundPage:  # noqa: ARG001 - every answer has the same shape
    """Answer with what a search finds in stories, issues, yearbooks and pages of the strategy, by its head."""
    if not call.params.get("q", "").strip():
        raise Trouble("parameter", parameter="q")
    found = browse(
        call.store, call.campaign.id, _wanted(call, call.params, every_kind=True), limit=call.limit,
        older_than=_older(call),
    )  # fmt: skip
    return models.FoundPage(items=[_item(call, hit) for hit in found.hits], next=_next(call, found.older))


def story(call: Call, kept: Kept) -> msgspec.Raw:
    """Answer with one story. Trouble ``gone`` for one that was taken away, ``missing`` for one that never was."""
    story_id = int(call.part["id"])
    if story_id > _MOST_ID:
        raise Trouble("missing")
    found = written(call, kept, [story_id])
    if not found:
        into = merged_into(call.store, story_id)
        found = written(call, kept, [into]) if into is not None else []
    if not found:
        raise Trouble("gone" if was_removed(call.store, call.campaign.id, story_id) else "missing")
    return found[0]


def _wanted(call: Call, params: Mapping[str, str], *, every_kind: bool = False) -> Wanted:
    try:
        asked = asked_from(params)
        known = trees(call.house, call.campaign.id)
        found = wanted_from(call.settings, call.store, call.campaign, asked, known=known, every_kind=every_kind)
    except NotFoundError as error:
        raise Trouble("parameter", parameter=_wrong(params)) from error
    return for_readers(call.settings, found)


def _wrong(params: Mapping[str, str]) -> str:
    """Return which part of the query string cannot be: each is tried by itself; a month needs its year."""
    for name in (*FILTERS, "kind"):
        if name in params:
            try:
                asked_from({name: params[name]} | ({"year": "2020"} if name == "month" else {}))
            except NotFoundError:
                return name
    return "month" if "month" in params else next(iter(params), "q")


def _older(call: Call) -> int | None:
    found = call.cursor(1)
    return found[0] if found else None


def _next(call: Call, older: int | None) -> str | None:
    return call.onward(sealed(older)) if older is not None else None


def _item(call: Call, hit: Hit) -> models.FoundItem:
    if hit.story is not None:
        lead = hit.story.lead
        title, text, path, language = lead.warning or lead.title, lead.text, f"/stories/{hit.story.id}", lead.language
        where = call.api(path)
    else:
        told = title_of_hit(call.settings, Language("sv", call.settings.site.timezone), hit)
        title, text, path, language, where = told, hit.text, hit.path, hit.language, _where(call, hit)
    return models.FoundItem(
        kind=str(hit.kind),  # type: ignore[arg-type] # the kinds of the shelf are those of the type
        id=hit.subject,
        url=call.site(path),
        api_url=where,
        title=title,
        text=text,
        language=language or "",
        at=moment_of(hit.key),
    )


def _where(call: Call, hit: Hit) -> str:
    """Return where the API tells more of what is no story."""
    if hit.kind is Kind.NODE:
        return call.api(f"/strategies/{hit.path.split('/')[2]}/nodes")
    return call.api(hit.path)
