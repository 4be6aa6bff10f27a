"""Where stories come from: the networks as they come and go, and the organisations that tell, each with its page.

What counts as an organisation stands in ``web.public.organisations``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from campaign.errors import NotFoundError
from campaign.kinds import KINDS
from storage.archive import Wanted, browse
from storage.counts import tally
from web.head import Meta
from web.house import Visit
from web.months import Row
from web.public.asked import Asked
from web.public.feeds import feed_links
from web.public.growth import shown
from web.public.narrower import narrower
from web.public.organisations import feeding, organisations
from web.public.over_time import Activity, activity, busiest, step_words
from web.public.place_counts import alphabetical
from web.public.places import MOST_KEY, PAGE
from web.rendering import network_name, web_address

Months = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A network or an organisation in the list. ``note`` says what sort it is, "" for nothing to say."""

    id: str
    name: str
    over: Activity
    note: str = ""


def networks(visit: Visit) -> Response:
    """Show on which networks the stories were told, and since when."""
    told, name = _told(visit, "network"), network_name(visit.view.language)
    ids = dict.fromkeys([*told, *_asked_networks(visit)])
    voices = _voices(visit, {each: told.get(each, {}) for each in ids}, {each: name(each) for each in ids})
    return visit.page("public/networks.html", voices=voices, axis=_axis(voices))


def network(visit: Visit) -> Response:
    """Show what was told on a network. NotFoundError ``page`` for one that the campaign has nothing to do with."""
    asked = str(visit.request.path_params["network"])
    months = _told(visit, "network").get(asked, {})
    kinds = [each.kind for each in feeding(visit) if KINDS[each.kind].network == asked]
    if not months and not kinds:
        raise NotFoundError("page")
    language = visit.view.language
    return _page(
        visit,
        "public/network.html",
        Wanted(networks=(asked,)),
        meta=Meta(crumbs=((language.t("voices.networks"), "/networks"),)),
        network=asked,
        name=network_name(language)(asked),
        over=activity(visit, months, _of_network(visit, asked)),
        feeds=feed_links(visit, Asked(network=asked)),
        **narrower(visit, Asked(network=asked), ("area", "place", "from", "year")),
        gives=[language.t(f"kind.{kind}.gives") for kind in dict.fromkeys(kinds)],
    )


def partners(visit: Visit) -> Response:
    """Show the organisations whose own channels feed the campaign."""
    told, known = _told(visit, "source"), organisations(visit)
    language = visit.view.language
    voices = _voices(
        visit,
        {each: told.get(each, {}) for each in known},
        {each: source.name for each, source in known.items()},
        notes={each: network_name(language)(KINDS[source.kind].network) for each, source in known.items()},
        of_sources=True,
    )
    return visit.page("public/partners.html", voices=voices, axis=_axis(voices))


def partner(visit: Visit) -> Response:
    """Show what an organisation has told. NotFoundError ``page`` for what is none."""
    asked = str(visit.request.path_params["source"])
    source = organisations(visit).get(asked)
    if source is None:
        raise NotFoundError("page")
    language = visit.view.language
    return _page(
        visit,
        "public/partner.html",
        Wanted(sources=(asked,)),
        meta=Meta(crumbs=((language.t("voices.partners"), "/from"),)),
        source=source,
        name=source.name,
        network=KINDS[source.kind].network,
        address=web_address(str(source.options.get("url", ""))),
        over=activity(visit, _told(visit, "source").get(asked, {}), [asked]),
        feeds=feed_links(visit, Asked(source=asked)),
        **narrower(visit, Asked(source=asked), ("area", "place", "year")),
    )


def _page(visit: Visit, template: str, wanted: Wanted, **told: Any) -> Response:
    page = browse(
        visit.store,
        visit.campaign.id,
        wanted,
        limit=PAGE,
        older_than=visit.asked_number("older", 0, MOST_KEY),
        newer_than=visit.asked_number("newer", 0, MOST_KEY),
    )
    cards = [shown(visit, story) for story in page.stories]
    return visit.page(template, page=page, cards=cards, step_words=step_words, **told)


def _told(visit: Visit, facet: str) -> dict[str, Months]:
    """Return how many stories each network or source has by month, kept until something changes."""

    def read() -> dict[str, Months]:
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for each in tally(visit.store, visit.campaign.id, facet, period="month"):
            found[each.value][each.period] += each.count
        return dict(found)

    return visit.house.keep(("told", visit.campaign.id, facet), read)


def _voices(
    visit: Visit,
    told: Mapping[str, Months],
    names: Mapping[str, str],
    *,
    notes: Mapping[str, str] | None = None,
    of_sources: bool = False,
) -> list[Voice]:
    """Return those with stories first, the most of them first, all drawn from one beginning; then the silent ones."""
    since = _first(told.values())
    order = sorted(names, key=lambda each: (-sum(told[each].values()), alphabetical(names[each])))
    top = busiest(visit, [told[each] for each in order], since)
    return [
        Voice(
            id=each,
            name=names[each],
            note=(notes or {}).get(each, ""),
            over=activity(
                visit,
                told[each],
                [each] if of_sources else _of_network(visit, each),
                since=since,
                top=top,
                small=True,
            ),
        )
        for each in order
    ]


def _axis(voices: Iterable[Voice]) -> Row | None:
    """Return a row whose years are those of all the others."""
    return next((each.over.row for each in voices if each.over.row is not None), None)


def _first(every: Iterable[Months]) -> str:
    """Return the first month in which any of these has a story, "" where none has."""
    return min((min(months) for months in every if months), default="")


def _of_network(visit: Visit, network: str) -> list[str]:
    return [each.id for each in feeding(visit) if KINDS[each.kind].network == network]


def _asked_networks(visit: Visit) -> list[str]:
    """Return the networks that are asked for the campaign; what people bring has none of its own until it is there."""
    return [KINDS[each.kind].network for each in feeding(visit)]
