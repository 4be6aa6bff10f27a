"""The kinds of source: what each needs, gives and costs. Adding a network is one file and one entry here.

Words for people stand in the catalogues, in a file of each network's own, under ``kind.<name>``: ``title``,
``needs``, ``gives``, ``costs``, ``tags`` (how a hashtag is found), ``history`` (how far back it reaches),
``deletes`` (how a removed post is noticed), and ``option.<option>`` for each option.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any


class Way(StrEnum):
    """How posts come: asked for on schedule, through a connection that stays open, or brought by a person."""

    ASKED = "asked"
    STREAM = "stream"
    BROUGHT = "brought"


class Door(StrEnum):
    """What it takes to be let in, as the truth table sorts it."""

    OPEN = "open"  # nothing, or an address
    ACCOUNT = "account"  # a free account or key, in minutes
    REVIEW = "review"  # the network examines the organisation, in weeks
    PAID = "paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting of a kind. ``type`` is "url", "urls", "text", "list", "flag" or "number"."""

    name: str
    type: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of source. ``every`` is the default interval, ``floor`` the shortest that its network allows.

    ``token`` is "no", "maybe" or "yes". ``any_of`` names options of which at least one must be given. ``refresh`` is
    how long the network lets its data be kept before it is asked for again; None where it does not say.
    """

    name: str
    network: str
    every: timedelta
    floor: timedelta
    options: tuple[Option, ...]
    token: str = "no"  # noqa: S105 - says whether a token is wanted, is none
    any_of: tuple[str, ...] = ()
    way: Way = Way.ASKED
    door: Door = Door.OPEN
    refresh: timedelta | None = None


def _minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def _hours(number: int) -> timedelta:
    return timedelta(hours=number)


#: Where the interface answers when it is not at its usual address: through a relay of the organisation's own.
_API = Option(name="api", type="url")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="feed",
            network="feed",
            every=_hours(1),
            floor=_minutes(15),
            options=(Option(name="url", type="url", required=True),),
        ),
        Kind(
            name="press",
            # As a plain feed's: a room that was a feed before gives no post twice.
            network="feed",
            every=_hours(1),
            floor=_minutes(15),
            options=(
                Option(name="service", type="text", required=True),
                Option(name="room", type="text"),
                Option(name="query", type="text"),
                Option(name="url", type="url"),
                _API,
            ),
            any_of=("room", "query", "url"),
        ),
        Kind(
            name="wordpress",
            network="wordpress",
            every=_hours(1),
            floor=_minutes(15),
            options=(Option(name="url", type="url", required=True), Option(name="since", type="text")),
        ),
        Kind(
            name="mastodon",
            network="mastodon",
            every=_minutes(15),
            floor=_minutes(5),
            options=(
                Option(name="server", type="url"),
                Option(name="servers", type="urls"),
                Option(name="accounts", type="list"),
                Option(name="since", type="text"),
                Option(name="stream", type="flag"),
            ),
            token="maybe",  # noqa: S106 - says whether a token is wanted, is none
            any_of=("server", "servers"),
        ),
        Kind(
            name="bluesky",
            network="bluesky",
            every=_minutes(30),
            floor=_minutes(15),
            options=(
                Option(name="identifier", type="text"),
                Option(name="accounts", type="list"),
                Option(name="since", type="text"),
                _API,
            ),
            token="maybe",  # noqa: S106 - says whether a token is wanted, is none
            any_of=("identifier", "accounts"),
            door=Door.ACCOUNT,
        ),
        Kind(
            name="jetstream",
            network="bluesky",
            every=_minutes(1),
            floor=_minutes(1),
            options=(Option(name="servers", type="urls"), Option(name="accounts", type="list"), _API),
            way=Way.STREAM,
        ),
        Kind(
            name="instagram",
            network="instagram",
            every=_hours(6),
            floor=_hours(1),
            options=(
                Option(name="account", type="text", required=True),
                Option(name="read", type="list"),
                Option(name="partners", type="list"),
                Option(name="since", type="text"),
                Option(name="version", type="text"),
                _API,
            ),
            token="yes",  # noqa: S106 - says whether a token is wanted, is none
            door=Door.REVIEW,
        ),
        Kind(
            name="facebook",
            network="facebook",
            every=_hours(1),
            floor=_minutes(15),
            options=(
                Option(name="pages", type="list", required=True),
                Option(name="read", type="list"),
                Option(name="since", type="text"),
                Option(name="version", type="text"),
                _API,
            ),
            token="yes",  # noqa: S106 - says whether a token is wanted, is none
            door=Door.ACCOUNT,
        ),
        Kind(
            name="x",
            network="x",
            every=_hours(8),
            floor=_hours(1),
            options=(
                Option(name="posts_per_month", type="number", required=True),
                Option(name="usd_per_post", type="text"),
                Option(name="names", type="text"),
                _API,
            ),
            token="yes",  # noqa: S106 - says whether a token is wanted, is none
            door=Door.PAID,
        ),
        Kind(
            name="youtube",
            network="youtube",
            every=_hours(6),
            floor=_minutes(30),
            options=(
                Option(name="channels", type="list"),
                Option(name="search", type="flag"),
                Option(name="since", type="text"),
                Option(name="searches_per_day", type="number"),
                Option(name="units_per_day", type="number"),
                _API,
            ),
            token="yes",  # noqa: S106 - says whether a token is wanted, is none
            any_of=("channels", "search"),
            door=Door.ACCOUNT,
            refresh=timedelta(days=30),
        ),
        Kind(
            name="mailbox",
            network="mail",
            every=_minutes(15),
            floor=_minutes(1),
            options=(
                Option(name="host", type="text", required=True),
                Option(name="user", type="text", required=True),
                Option(name="senders", type="list", required=True),
                Option(name="port", type="number"),
                Option(name="security", type="text"),
                Option(name="folder", type="text"),
                Option(name="verified_by", type="text"),
            ),
            token="yes",  # noqa: S106 - says whether a token is wanted, is none
            door=Door.ACCOUNT,
        ),
        Kind(
            name="link",
            network="web",
            every=_hours(24),
            floor=_hours(24),
            options=(),
            way=Way.BROUGHT,
        ),
        Kind(
            name="import",
            network="import",
            every=_hours(24),
            floor=_hours(24),
            options=(),
            way=Way.BROUGHT,
        ),
    )
}

#: Kinds that bring the posts of anybody who writes a hashtag, or do so where this option is given.
_OF_ANYBODY = {"x": "", "mastodon": "", "bluesky": "identifier", "youtube": "search"}


def brings_strangers(kind: str, options: Mapping[str, Any]) -> bool:
    """Return whether a source with these options brings posts of people whom nobody has named."""
    if kind == "jetstream":
        return not options.get("accounts")
    wanted = _OF_ANYBODY.get(kind)
    return wanted is not None and (not wanted or bool(options.get(wanted)))


#: Places from which nobody is let to collect what others post there; words under ``channel.closed.<name>``.
UNREACHABLE: tuple[str, ...] = (
    "facebook_people",
    "instagram_stories",
    "linkedin",
    "tiktok",
    "threads",
    "snapchat",
    "reddit",
)
