"""What a query string asks of the archive: the same for pages, feeds, wall, embed, API and export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaign.credit import picks_out
from campaign.errors import NotFoundError
from campaign.places import offer
from campaign.settings import CampaignSettings, Settings
from storage.archive import Wanted
from storage.keys import key_range
from storage.shelf import Kind
from storage.store import Store
from storage.strategy import StrategyTree, TreeNode, read_strategies
from web.house import Visit
from web.public.growth import trees
from web.public.questions import narrowed, question_of

_MOST_WORDS = 200
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_FIRST_YEAR, _LAST_YEAR = 1990, 2200

#: The names of the query string that say what is asked; "older" and "newer" say which page of it.
NAMES = ("q", "year", "month", "week", "day", "area", "network", "place", "from", "kind", "sort")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a query string asks. ``area`` is a node's code, in the first strategy that has it; ``place`` and ``source``
    (in the query "from") are ids; ``week`` is "2026-W47" and ``day`` "2026-11-20"; ``sort`` is "" or "relevance".
    """

    text: str = ""
    year: int | None = None
    month: int | None = None
    week: str = ""
    day: str = ""
    area: str = ""
    network: str = ""
    place: str = ""
    source: str = ""
    kind: str = ""
    sort: str = ""

    def query(self, **changes: str | int | None) -> dict[str, str | int | None]:
        """Return the query string's parts with some changed; None takes one away. ``from_`` stands for "from"."""
        own: dict[str, str | int | None] = {
            "q": self.text,
            "year": self.year,
            "month": self.month,
            "week": self.week,
            "day": self.day,
            "area": self.area,
            "network": self.network,
            "place": self.place,
            "from": self.source,
            "kind": self.kind,
            "sort": self.sort,
        }
        return own | {name.removesuffix("_"): value for name, value in changes.items()}

    @property
    def is_plain(self) -> bool:
        """Whether nothing is asked."""
        return not any(value not in (None, "") for value in self.query().values())


def asked_of(visit: Visit) -> Asked:
    """Read the query string of a visit. NotFoundError ``page`` for what cannot be: years, weeks, days that are none."""
    return asked_from(visit.request.query_params)


def asked_from(told: Mapping[str, str]) -> Asked:
    """Read the parts of a query string. NotFoundError ``page`` for what cannot be."""
    given = {name: told.get(name, "").strip() for name in NAMES}
    asked = Asked(
        text=given["q"][:_MOST_WORDS],
        year=_number(given["year"], _FIRST_YEAR, _LAST_YEAR),
        month=_number(given["month"], 1, 12),
        week=given["week"],
        day=given["day"],
        area=given["area"][:100],
        network=given["network"][:40],
        place=given["place"][:100],
        source=given["from"][:100],
        kind=given["kind"],
        sort=given["sort"],
    )
    if asked.month and not asked.year:
        raise NotFoundError("page")
    if asked.kind and asked.kind not in set(Kind):
        raise NotFoundError("page")
    if asked.sort not in ("", "relevance"):
        raise NotFoundError("page")
    if asked.week or asked.day:
        days_of(asked)
    return asked


def _number(text: str, first: int, last: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19 and first <= int(text) <= last):
        raise NotFoundError("page")
    return int(text)


def wanted_of(visit: Visit, asked: Asked, *, every_kind: bool = False) -> Wanted:
    """Return what storage is asked for. An area that no strategy has finds nothing; see ``wanted_from``."""
    known = trees(visit.house, visit.campaign.id)
    found = wanted_from(visit.house.settings, visit.store, visit.campaign, asked, known=known, every_kind=every_kind)
    return for_readers(visit.house.settings, found)


def for_readers(settings: Settings, wanted: Wanted) -> Wanted:
    """Return what is wanted without sources that pick out single authors: asked for alone they find nothing."""
    known = settings.sources
    kept = tuple(each for each in wanted.sources or () if each not in known or not picks_out(known[each]))
    return wanted if wanted.sources is None else replace(wanted, sources=kept)


def wanted_from(
    settings: Settings,
    store: Store,
    campaign: CampaignSettings,
    asked: Asked,
    *,
    known: Sequence[StrategyTree] | None = None,
    every_kind: bool = False,
) -> Wanted:
    """Return what storage is asked for, without a visit.

    ``known`` are the campaign's strategies, read when not given. Stories are asked for where no kind is; with
    ``every_kind`` words are looked for in all kinds.
    """
    nodes = None
    trees_known = known
    if trees_known is None and (asked.area or ":" in asked.text):
        trees_known = read_strategies(store, campaign.id, ended=True)
    if asked.area:
        found = find_node(trees_known or (), asked.area)
        nodes = found[0].below(found[1].id) if found else ()
    first, end = span(asked, settings.site.timezone)
    kinds: tuple[str, ...] = (asked.kind,) if asked.kind else (Kind.STORY,)
    if every_kind and not asked.kind and asked.text:
        kinds = tuple(Kind)
    chosen = Wanted(
        first_key=first,
        end_key=end,
        networks=(asked.network,) if asked.network else None,
        nodes=nodes,
        places=offer(campaign.places).register.below(asked.place) if asked.place else None,
        sources=(asked.source,) if asked.source else None,
        kinds=kinds,
        order=asked.sort,
    )
    question = question_of(settings, campaign, trees_known or (), asked.text)
    return narrowed(chosen, question, campaign, trees_known or (), settings.site.timezone)


def find_node(known: Iterable[StrategyTree], code: str) -> tuple[StrategyTree, TreeNode] | None:
    """Return a node and its strategy by the node's code, the first strategy that has it winning."""
    for tree in known:
        node = tree.find(code)
        if node is not None:
            return tree, node
    return None


def days_of(asked: Asked) -> tuple[date, date] | None:
    """Return the first day that is asked for and the first one after, None for all time.

    NotFoundError ``page`` for days and weeks that the calendar does not have.
    """
    try:
        if asked.day:
            first = date.fromisoformat(asked.day)
            return _within(first, first + timedelta(days=1))
        if asked.week:
            found = _WEEK.fullmatch(asked.week)
            if found is None:
                raise NotFoundError("page")
            first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return _within(first, first + timedelta(days=7))
    except (ValueError, OverflowError) as problem:
        raise NotFoundError("page") from problem
    if not asked.year:
        return None
    after = date(asked.year + 1, 1, 1) if asked.month in (None, 12) else date(asked.year, asked.month + 1, 1)
    return date(asked.year, asked.month or 1, 1), after


def _within(first: date, after: date) -> tuple[date, date]:
    if not _FIRST_YEAR <= first.year <= _LAST_YEAR:
        raise NotFoundError("page")
    return first, after


def span(asked: Asked, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """Return the keys of the days that are asked for, in the site's time zone; None and None for all time."""
    days = days_of(asked)
    return keys_of(*days, zone) if days else (None, None)


def keys_of(first: date, after: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return the keys from the beginning of one local day to the beginning of another."""
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, after))
    return key_range(start, end)
