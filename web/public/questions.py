"""What was typed into the search field, read with the names that a campaign knows, and put to the archive.

Places bring what lies in them, areas what stands below them. A part that is chosen beside the field and one that is
typed narrow together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from campaign.credit import picks_out
from campaign.language import LANGUAGES, Language
from campaign.places import offer
from campaign.question import Names, Question, read
from campaign.settings import CampaignSettings, Settings, SourceSettings
from storage.archive import Wanted
from storage.keys import key_range
from storage.search import facet_token
from storage.shelf import Kind
from storage.strategy import StrategyTree
from web.rendering import network_name

_Value = TypeVar("_Value", str, int)

#: Networks that posts may be from whatever the configuration has now.
_NETWORKS = frozenset({"mastodon", "bluesky", "facebook", "instagram", "x", "youtube", "desk"})


def answered_sources(settings: Settings, campaign: CampaignSettings) -> list[SourceSettings]:
    """Return the sources of a campaign that readers may ask for alone: none that picks out single authors."""
    found = [source for source in settings.sources.values() if campaign.id in source.campaigns]
    return [source for source in found if not picks_out(source)]


def names_of(settings: Settings, campaign: CampaignSettings, known: Iterable[StrategyTree]) -> Names:
    """Return what places, areas, networks and sources are called in a campaign, in every language of the site."""
    sources = answered_sources(settings, campaign)
    namers = [network_name(Language(code, settings.site.timezone)) for code in LANGUAGES]
    networks = sorted({source.kind for source in sources} | _NETWORKS)
    return Names(
        places=offer(campaign.places),
        areas=tuple(
            (written, node.code) for tree in known for node in tree.nodes for written in (node.code, node.title)
        ),
        networks=tuple((written, each) for each in networks for written in (each, *(name(each) for name in namers))),
        sources=tuple((written, source.id) for source in sources for written in (source.id, source.name) if written),
    )


def question_of(settings: Settings, campaign: CampaignSettings, known: Sequence[StrategyTree], text: str) -> Question:
    """Return what was typed, read. Plain words are read without looking anything up."""
    if ":" not in text and "：" not in text:
        return Question(text=text)
    return read(text, names_of(settings, campaign, known))


def narrowed(
    wanted: Wanted, question: Question, campaign: CampaignSettings, known: Sequence[StrategyTree], zone: ZoneInfo
) -> Wanted:
    """Return what is wanted with what was typed: words are what remains, every named part narrows."""
    if question.is_plain:
        return replace(wanted, text=question.text)
    register = offer(campaign.places).register
    places = tuple(each for place in question.places for each in register.below(place)) if question.places else None
    nodes = _nodes(known, question.areas) if question.areas else None
    first, end = _span(question.years, zone)
    return replace(
        wanted,
        text=question.text,
        first_key=_later(wanted.first_key, first),
        end_key=_earlier(wanted.end_key, end),
        networks=_both(wanted.networks, question.networks or None),
        nodes=_both(wanted.nodes, nodes),
        places=_both(wanted.places, places),
        sources=_both(wanted.sources, question.sources or None),
        kinds=question.kinds or wanted.kinds,
        without=tuple(_without(question, campaign, known)),
    )


def _nodes(known: Sequence[StrategyTree], codes: Iterable[str]) -> tuple[int, ...]:
    """Return the ids of nodes and of all below them, the first strategy that has a code winning."""
    found: list[int] = []
    for code in codes:
        tree, node = next(((tree, node) for tree in known if (node := tree.find(code))), (None, None))
        if tree is not None and node is not None:
            found += tree.below(node.id)
    return tuple(dict.fromkeys(found))


def _without(question: Question, campaign: CampaignSettings, known: Sequence[StrategyTree]) -> Iterable[str]:
    for name, value in question.without:
        match name:
            case "place":
                yield from (facet_token("place", each) for each in offer(campaign.places).register.below(value))
            case "area":
                yield from (facet_token("node", str(each)) for each in _nodes(known, [value]))
            case "kind":
                yield facet_token("kind", str(Kind(value)))
            case _:
                yield facet_token(name, value)


def _span(years: Sequence[tuple[int, int]], zone: ZoneInfo) -> tuple[int | None, int | None]:
    """Return the keys from the first to the last year that was named; years between two named ones are among them."""
    if not years:
        return None, None
    first, last = min(year for year, _ in years), max(year for _, year in years)
    return key_range(*(datetime(year, 1, 1, tzinfo=zone).astimezone(UTC) for year in (first, last + 1)))


def _both(chosen: tuple[_Value, ...] | None, typed: tuple[_Value, ...] | None) -> tuple[_Value, ...] | None:
    if chosen is None or typed is None:
        return typed if chosen is None else chosen
    return tuple(each for each in chosen if each in typed)


def _later(first: int | None, second: int | None) -> int | None:
    return max((each for each in (first, second) if each is not None), default=None)


def _earlier(first: int | None, second: int | None) -> int | None:
    return min((each for each in (first, second) if each is not None), default=None)
