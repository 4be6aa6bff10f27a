"""``skord source forecast``: what a month of a source costs in questions and money, before it is switched on."""

from __future__ import annotations

from argparse import Namespace
from datetime import timedelta
from typing import TYPE_CHECKING

from campaign.errors import InputError
from skord.wiring import House

if TYPE_CHECKING:
    from campaign.collecting import Forecast
    from campaign.settings import SourceSettings

#: Posts a week of a source that has not been asked yet, unless told otherwise.
_GUESS = 20.0


def forecast(house: House, args: Namespace) -> int:
    """Print what a month of each source costs. Nothing is asked, and no database need stand."""
    known = house.settings.sources
    for name in args.sources:
        if name not in known:
            raise InputError("source", "source_unknown", source=name, known=", ".join(known))
    found = [(known[name], _foretell(house, known[name], args.posts_per_week)) for name in args.sources or known]
    house.table(
        ("source", "kind", "every", "per_week", "calls", "allowed", "usd"),
        [
            (source.id, source.kind, _every(house, source), told[0], told[1].calls, told[1].allowed, told[1].usd)
            for source, told in found
        ],
    )
    if not house.as_json:
        for note in dict.fromkeys(note for _, (_, told) in found for note in told.notes):
            house.print("")
            house.print(house.language.t(f"forecast.{note}"))
    return 0


def _foretell(house: House, source: SourceSettings, told: float | None) -> tuple[float, Forecast]:
    """Return how many posts a week are reckoned with, and what comes of it."""
    from campaign import hashtags
    from campaign.collecting import Forecast
    from campaign.kinds import KINDS, Way
    from collector.networks.page import network

    per_week = told if told is not None else _measured(house).get(source.id, _GUESS)
    if KINDS[source.kind].way is Way.BROUGHT:
        return per_week, Forecast(calls=0)
    campaigns = [house.settings.campaigns[name] for name in source.campaigns]
    spellings = hashtags.spellings(
        [tag for campaign in campaigns for tag in campaign.hashtags],
        [tag for campaign in campaigns for tag in campaign.aliases],
    )
    foretell = network(source.kind).forecast
    if foretell is None:
        return per_week, Forecast(calls=int(timedelta(days=30) / source.every))
    return per_week, foretell(source, spellings, per_week)


def _measured(house: House) -> dict[str, float]:
    """Return how often each source that has been asked really posts."""
    from campaign.errors import StorageError
    from storage.sources import list_health

    try:
        health = list_health(house.store, now=house.clock())
    except StorageError:
        return {}  # nothing is collected yet: a forecast is made before that
    return {each.id: each.posts_per_week for each in health if each.last_ok_at is not None}


def _every(house: House, source: SourceSettings) -> str:
    from campaign.channels import interval
    from campaign.kinds import KINDS, Way

    if KINDS[source.kind].way is Way.BROUGHT:
        return ""
    return interval(source.every, house.language)
