"""What an address of the queue asks for, read forgivingly: what cannot be understood does not narrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from campaign.places import offer
from campaign.settings import CampaignSettings
from storage.queue import Filters, Lack, Pile
from storage.strategy import TreeNode

#: The area of stories that belong to none, and the place of those that have none.
UNATTACHED = "none"

#: What an address can narrow by, in the order in which the filters are named.
NARROWING = (
    "words", "area", "place", "network", "source", "language", "author", "lacks", "flagged", "written", "visible",
    "rule", "first", "last",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The queue's filters as the address has them. Days are ISO dates or ""; both are inside."""

    pile: Pile = Pile.WAITING
    source: str = ""
    network: str = ""
    area: str = ""
    place: str = ""
    language: str = ""
    author: str = ""
    lacks: str = ""
    flagged: str = ""
    written: str = ""
    visible: str = ""
    rule: str = ""
    words: str = ""
    first: str = ""
    last: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything beyond the pile is asked."""
        return any(getattr(self, name) for name in NARROWING)

    def query(self, **changes: str) -> dict[str, str]:
        """Return the query of the same filters with something changed; "" takes a filter away."""
        own = {"pile": "" if self.pile is Pile.WAITING else str(self.pile)}
        own |= {name: getattr(self, name) for name in NARROWING}
        return {name: value for name, value in (own | changes).items() if value}

    def filters(self, campaign: CampaignSettings, tree: Sequence[TreeNode], zone: ZoneInfo) -> Filters:
        """Return what the storage is asked for."""
        return Filters(
            campaign=campaign.id,
            pile=self.pile,
            source=self.source,
            network=self.network,
            nodes=nodes_below(tree, self.area),
            unattached=self.area == UNATTACHED,
            places=_places(campaign, self.place),
            unplaced=self.place == UNATTACHED,
            language=self.language,
            author=self.author,
            lacks=Lack(self.lacks) if self.lacks else None,
            flagged=bool(self.flagged),
            written=bool(self.written),
            visible=bool(self.visible),
            rule=int(self.rule) if self.rule else None,
            words=self.words,
            named=_named(campaign, self.words),
            start=_midnight(self.first, zone),
            end=_midnight(self.last, zone, days=1),
        )


def read(params: Mapping[str, str]) -> Asked:
    """Return what a query string asks for."""

    def text(name: str) -> str:
        return params.get(name, "").strip().replace("\0", "")[:200]

    pile, lacks, rule = text("pile"), text("lacks"), text("rule")
    return Asked(
        pile=Pile(pile) if pile in list(Pile) else Pile.WAITING,
        source=text("source"),
        network=text("network"),
        area=text("area"),
        place=text("place"),
        language=text("language"),
        author=text("author"),
        lacks=lacks if lacks in list(Lack) else "",
        flagged="1" if text("flagged") else "",
        written="1" if text("written") else "",
        visible="1" if text("visible") else "",
        rule=rule if rule.isascii() and rule.isdigit() and len(rule) < 10 else "",
        words=text("words"),
        first=_day(text("first")),
        last=_day(text("last")),
    )


def read_address(address: str) -> Asked:
    """Return what the query string of an address asks for."""
    return read(dict(parse_qsl(address.partition("?")[2])))


def known(asked: Asked, tree: Sequence[TreeNode]) -> Asked:
    """Return what is asked, without an area that is not in the strategy."""
    is_known = asked.area in ("", UNATTACHED) or any(node.code == asked.area for node in tree)
    return asked if is_known else replace(asked, area="")


def nodes_below(tree: Sequence[TreeNode], code: str) -> tuple[int, ...]:
    """Return the ids of the nodes of a code and of all under them; none for a code that is not there."""
    found: list[int] = []
    for node in tree:
        if node.code == code or node.parent_id in found:
            found.append(node.id)
    return tuple(found)


def _places(campaign: CampaignSettings, place: str) -> tuple[str, ...]:
    """Return the ids of a place and of all that lie in it."""
    return offer(campaign.places).register.below(place) if place not in ("", UNATTACHED) else ()


def _named(campaign: CampaignSettings, words: str) -> tuple[str, ...]:
    """Return the ids of the places that words are the whole name of, and of all that lie in them."""
    known = offer(campaign.places)
    found = known.named(words) if words else ()
    return tuple(dict.fromkeys(each for place in found for each in known.register.below(place.id)))


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _midnight(day: str, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    """Return when a day begins in the zone, so many days later; outside what posts can have, nothing."""
    if not day or not "1990" <= day < "2200":
        return None
    return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone).astimezone(UTC)
