"""Which campaign a request is about: told by the ids in its address and its form, before any handler sees them.

An id is never trusted to be of the campaign that is shown: somebody with a role in one campaign reaches nothing of
another by its number. A handler that takes several ids at once narrows them to ``desk.campaign`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from campaign.records import Role
from storage.belonging import (
    TABLES,
    campaigns_of,
    campaigns_of_press,
    campaigns_of_source,
    campaigns_of_stories,
    campaigns_of_strategy,
)
from storage.people import Account
from storage.store import Store

#: Parts of an address that name nothing of a campaign, or (``bulk``, a press) what its handler looks up in its own;
#: ``number`` is a version of the strategy that the address names too.
UNPLACED = frozenset(("account_id", "token_id", "secret", "bulk", "number"))

#: What a field of a form, or of a query string, names beside the address.
FIELDS = {
    "story": "story",
    "other": "story",
    "post": "post",
    "media": "media",
    "node": "node",
    "rule": "rule",
    "view": "view",
    "case": "case",
    "task": "task",
    "issue": "issue",
    "item": "item",
    "delivery": "delivery",
    "group": "press",
    "done": "press",
    "of": "post",
    "strategy": "strategy",
    "indicator": "indicator",
    "snapshot": "snapshot",
    "earlier": "snapshot",
}

#: Fields that name many stories, each with what was seen of it: "12:34,13:40", "12.0f3e~13.77aa".
LISTS = ("marks", "shown")
#: A ticked story is a field of its own.
_TICKED = re.compile(r"(?:story|pick|choose|chosen)-\s*([0-9]{1,9})\s*")
_LISTED = re.compile(r"(?:^|[,~])\s*([0-9]{1,9})(?=\s*(?:[.:,~]|$))")
_NUMBER = re.compile(r"[0-9]{1,9}")
_GROUP = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The campaigns of what a request names.

    ``address`` are those of the first thing that its address names, None where it names nothing; ``fields`` has one
    entry for each thing that it names beside that one, and for each field.
    """

    address: tuple[str, ...] | None
    fields: tuple[tuple[str, ...], ...]

    def may(self, account: Account, least: Role) -> Role | None:
        """Return None where the account may reach all of it with this role, else the role that it has too little of.

        ``Role.NONE`` means that the account may not know of it at all.
        """
        for places in (*(() if self.address is None else (self.address,)), *self.fields):
            best = max((account.role_in(place) for place in places or ("",)), key=list(Role).index)
            if best is Role.NONE:
                return Role.NONE
            if not any(account.may(least, place) for place in places or ("",)):
                return least
        return None


def reach_of(store: Store, params: Mapping[str, object], fields: Mapping[str, str]) -> Reach:
    """Return the campaigns of what an address (``params``, its parts) and a form or query (``fields``) name."""
    parts = (
        _placed(store, name.removesuffix("_id"), str(each)) for name, each in params.items() if name not in UNPLACED
    )
    named = [each for each in parts if each is not None]
    found = (_placed(store, kind, fields[name]) for name, kind in FIELDS.items() if fields.get(name))
    many = campaigns_of_stories(store, _stories(fields))
    beside = (each for each in found if each is not None)
    return Reach(address=named[0] if named else None, fields=(*named[1:], *beside, *((one,) for one in many)))


def _stories(fields: Mapping[str, str]) -> set[int]:
    """Return the stories that a form names beside others: ticked, or in a list."""
    ticked = {int(match[1]) for name in fields if (match := _TICKED.fullmatch(name))}
    return ticked.union(*({int(number) for number in _LISTED.findall(fields.get(name, ""))} for name in LISTS))


def _placed(store: Store, kind: str, text: str) -> tuple[str, ...] | None:
    """Return the campaigns of one thing, None where there is none: its handler says so."""
    if kind == "source":
        return campaigns_of_source(store, text)
    if kind == "strategy":
        return campaigns_of_strategy(store, text)
    if kind == "press":
        return campaigns_of_press(store, text) if _GROUP.fullmatch(text) else None
    if kind not in TABLES or not _NUMBER.fullmatch(text.strip()):
        return None
    return campaigns_of(store, kind, int(text))
