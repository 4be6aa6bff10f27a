"""Writes the configuration of the sample campaign: sources on loopback, pauses of this year, a mail server of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from skord.files import shipped
from skord.sample import editors, year
from skord.sample.feeds import Feeds
from skord.sample.mastodon import HOST, Mastodon
from skord.sample.year import Organisation

SOCIAL = "exempel-social"
"""The source that asks the Mastodon server."""


def refused() -> list[str]:
    """Return the subscribers' addresses that our mail server says do not exist."""
    return [row["address"] for row in editors.people_of_the_year()["subscriber"] if row.get("bounces")]


def write(
    path: Path, *, base_url: str, smtp_port: int, feeds: Feeds, mastodon: Mastodon, since: datetime, until: datetime
) -> Path:
    """Write the configuration and return where it stands."""
    text = files("skord.sample").joinpath("config.toml").read_text(encoding="utf-8")
    strategy = shipped("strategies/halland-2014-2020.toml").resolve()
    sources = [_mastodon(mastodon), *(_feed(who, feeds) for who in year.organisations().values() if who.feed)]
    values = {
        "base_url": base_url,
        "smtp_port": str(smtp_port),
        "strategy": json.dumps(str(strategy)),
        "pause": json.dumps(list(_pauses(since, until))),
        "allow": json.dumps([f"127.0.0.1:{feeds.port}", f"127.0.0.1:{mastodon.port}"]),
        "sources": "\n".join(sources),
    }
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    path.write_text(text, encoding="utf-8")
    return path


def _pauses(since: datetime, until: datetime) -> Iterator[str]:
    """Yield the letter's rests: Christmas and July, in every year that the demo touches."""
    for number in range(since.year - 1, until.year + 1):
        first = date.fromisocalendar(number, 28, 1)
        yield f"{first}/{first + timedelta(weeks=4, days=-1)}"
        yield f"{number}-12-22/{number + 1}-01-06"


def _mastodon(mastodon: Mastodon) -> str:
    return (
        f'[source.{SOCIAL}]\nkind = "mastodon"\nname = "{HOST}"\nserver = "{mastodon.url}"\nevery = "15m"\n'
        'campaign = "hallandvaxer"\n'
    )


def _feed(who: Organisation, feeds: Feeds) -> str:
    rights = f'rights = "{who.rights}"\n' if who.rights else ""
    place = f"place = {json.dumps(who.place, ensure_ascii=False)}\n"
    return (
        f'[source.{who.id}]\nkind = "feed"\nname = {json.dumps(who.name, ensure_ascii=False)}\n'
        f'url = "{feeds.feed_url(who)}"\nevery = "1h"\nkeep = "{who.keep}"\ncampaign = "hallandvaxer"\n{rights}{place}'
    )
