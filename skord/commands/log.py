"""``skord log``: what was decided, by whom, when and why."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from campaign.errors import InputError
from skord.commands.account import find
from skord.wiring import House

if TYPE_CHECKING:
    from storage.trail import TrailFilter


def log(house: House, args: Namespace) -> int:
    """Print decisions, newest first, in the site's words; with --json every row by its names."""
    from storage.strategy import list_nodes
    from storage.trail import iter_trail
    from web.desk.trail import sentence, why

    wanted = _filter(house, args)
    rows = iter_trail(house.store, wanted)
    nodes = {node.id: node.title for campaign in house.settings.campaigns for node in list_nodes(house.store, campaign)}
    house.table(
        ("at", "who", "action", "story", "reason"),
        (
            (
                line.at,
                line.who or line.actor,
                line.action if house.as_json else sentence(line, house.language, nodes),
                line.story_id,
                line.reason if house.as_json else why(line, house.language),
            )
            for line in (islice(rows, args.limit) if args.limit > 0 else rows)
        ),
    )
    return 0


def _filter(house: House, args: Namespace) -> TrailFilter:
    from storage.trail import TrailFilter

    campaign = house.campaign(args.campaign) if args.campaign else None
    return TrailFilter(
        campaign=campaign,
        house=campaign is None,
        account_id=find(house, args.person).id if args.person else None,
        actor=args.kind or "",
        action=args.action,
        story_id=args.story,
        start=_midnight(house, "since", args.since),
        end=_midnight(house, "until", args.until, days=1),
        words=args.words,
    )


def _midnight(house: House, field: str, text: str, *, days: int = 0) -> datetime | None:
    """Return when a day begins in the site's zone, so many days later. InputError ``day_unknown``."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InputError(field, "day_unknown") from error
    return datetime.combine(day + timedelta(days=days), time(), house.settings.site.timezone).astimezone(UTC)
