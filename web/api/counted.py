"""The archive in numbers: its places, its networks, and stories counted by week and month."""

from __future__ import annotations

from collections import Counter

from campaign.credit import picks_out
from campaign.places import offer
from storage.counts import FACETS, tally
from web.api import models
from web.api.call import Call
from web.api.writing import Kept
from web.rendering import network_name


def places(call: Call, kept: Kept) -> models.PlaceList:  # noqa: ARG001 - every answer has the same shape
    """Answer with the places that stories tell of, those with most first."""
    register = offer(call.campaign.places).register
    found = []
    for place_id, count in _whole(call, "place"):
        place = register.find(place_id)
        found.append(
            models.Place(
                id=place_id,
                name=register.label_of(place_id),
                kind=str(place.kind) if place else "",
                parent=place.parent if place else "",
                stories=count,
                url=call.view.absolute("/archive", place=place_id),
            )
        )
    return models.PlaceList(items=found)


def networks(call: Call, kept: Kept) -> models.NetworkList:  # noqa: ARG001 - as above
    """Answer with the networks that stories were told on, those with most first."""
    name = network_name(call.view.language)
    return models.NetworkList(
        items=[models.Network(id=each, name=name(each), stories=count) for each, count in _whole(call, "network")]
    )


def counts(call: Call, kept: Kept) -> models.CountList:  # noqa: ARG001 - as above
    """Answer with how many stories there are in each week or month, of each value of a facet."""
    facet, period = call.choice("facet", FACETS), call.choice("period", ("week", "month"))
    year = call.number("year", 1990, 2200, 0)
    found = tally(call.store, call.campaign.id, facet, period=period)
    return models.CountList(
        facet=facet,  # type: ignore[arg-type] # one of FACETS
        period=period,  # type: ignore[arg-type] # one of the two
        items=[
            models.Count(period=each.period, value=each.value, count=each.count)
            for each in found
            if (not year or each.year == year) and (facet != "source" or _is_told(call, each.value))
        ],
    )


def _is_told(call: Call, source: str) -> bool:
    known = call.settings.sources.get(source)
    return known is None or not picks_out(known)


def _whole(call: Call, facet: str) -> list[tuple[str, int]]:
    """Return how many stories each value of a facet has over all time, the most first."""

    def count() -> list[tuple[str, int]]:
        counted: Counter[str] = Counter()
        for each in tally(call.store, call.campaign.id, facet, period="month"):
            counted[each.value] += each.count
        return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))

    return call.house.keep(("api whole", call.campaign.id, facet), count)
