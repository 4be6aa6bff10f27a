"""The kinds of source: what each needs, gives and costs. Adding a network is one file and one entry here.

Words for people stand in the catalogues under ``kind.<name>.title``, ``.needs``, ``.gives`` and ``.costs``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting of a kind. ``type`` is "url", "urls", "text", "list", "flag" or "number"."""

    name: str
    type: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of source. ``every`` is the default interval, ``floor`` the shortest that its network allows.

    ``token`` is "no", "maybe" or "yes". ``any_of`` names options of which at least one must be given.
    """

    name: str
    network: str
    every: timedelta
    floor: timedelta
    options: tuple[Option, ...]
    token: str = "no"  # noqa: S105 - says whether a token is wanted, is none
    any_of: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="feed",
            network="feed",
            every=timedelta(hours=1),
            floor=timedelta(minutes=15),
            options=(Option(name="url", type="url", required=True),),
        ),
        Kind(
            name="mastodon",
            network="mastodon",
            every=timedelta(minutes=15),
            floor=timedelta(minutes=5),
            options=(
                Option(name="server", type="url"),
                Option(name="servers", type="urls"),
                Option(name="accounts", type="list"),
                Option(name="since", type="text"),
            ),
            token="maybe",  # noqa: S106 - says whether a token is wanted, is none
            any_of=("server", "servers"),
        ),
    )
}
