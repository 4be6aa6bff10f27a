"""Writes the configuration of a case's campaign: sources on loopback, pauses of this year, a mail server of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from skord.sample.case import Case
from skord.sample.feeds import Feeds
from skord.sample.mastodon import HOST, Mastodon
from skord.sample.statistics import Statistics
from skord.sample.year import Organisation

SOCIAL = "exempel-social"
"""The source that asks the Mastodon server."""

_HOLE = re.compile(r"\{([a-z_.]+)\}")


def refused(case: Case) -> list[str]:
    """Return the subscribers' addresses that our mail server says do not exist."""
    return [row["address"] for row in case.people["subscriber"] if row.get("bounces")]


def write(
    path: Path,
    case: Case,
    *,
    base_url: str,
    smtp_port: int,
    feeds: Feeds,
    mastodon: Mastodon,
    statistics: Statistics,
    strategies: Sequence[Path],
    since: datetime,
    until: datetime,
) -> Path:
    """Write the configuration and return where it stands."""
    text = files("skord.sample").joinpath("config.toml").read_text(encoding="utf-8")
    feeding = [who for who in case.organisations.values() if who.feed]
    named = [str(file) for file in strategies]
    values: dict[str, Any] = {
        "base_url": base_url,
        "smtp_port": smtp_port,
        "strategies": named[0] if len(named) == 1 else named,
        "pause": list(_pauses(since, until)),
        "allow": [f"127.0.0.1:{server.port}" for server in (feeds, mastodon, statistics)],
        "kolada": statistics.kolada,
        "scb": statistics.scb,
    }
    values |= {f"{table}.{key}": value for table, told in _tables(case).items() for key, value in told.items()}
    # Words for tables' names and the sources' tables stand as they are, everything else as a value.
    plain = {
        "campaign.id": case.campaign,
        "newsletter.id": case.newsletter,
        "sources": "\n".join([_mastodon(case, mastodon), *(_feed(case, who, feeds) for who in feeding)]),
    }

    def filled(hole: re.Match[str]) -> str:
        return plain[hole[1]] if hole[1] in plain else _toml(values[hole[1]])

    path.write_text(_HOLE.sub(filled, text), encoding="utf-8")
    return path


def _tables(case: Case) -> dict[str, dict[str, Any]]:
    return {name: case.head[name] for name in ("site", "privacy", "campaign", "newsletter")}


def _toml(value: object) -> str:
    """Return text, a number or a list as TOML writes it, which JSON does alike."""
    return json.dumps(value, ensure_ascii=False)


def _pauses(since: datetime, until: datetime) -> Iterator[str]:
    """Yield the letter's rests: Christmas and July, in every year that the demo touches."""
    for number in range(since.year - 1, until.year + 1):
        first = date.fromisocalendar(number, 28, 1)
        yield f"{first}/{first + timedelta(weeks=4, days=-1)}"
        yield f"{number}-12-22/{number + 1}-01-06"


def _mastodon(case: Case, mastodon: Mastodon) -> str:
    return (
        f'[source.{SOCIAL}]\nkind = "mastodon"\nname = "{HOST}"\nserver = "{mastodon.url}"\nevery = "15m"\n'
        f'campaign = "{case.campaign}"\n'
    )


def _feed(case: Case, who: Organisation, feeds: Feeds) -> str:
    rights = f'rights = "{who.rights}"\n' if who.rights else ""
    return (
        f'[source.{who.id}]\nkind = "feed"\nname = {_toml(who.name)}\nurl = "{feeds.feed_url(who)}"\nevery = "1h"\n'
        f'keep = "{who.keep}"\ncampaign = "{case.campaign}"\n{rights}place = {_toml(who.place)}\n'
    )
