"""Whose voices an issue carries: how many of its stories each sender, place, network and focus area has. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: A voice with more than one story in so many is pointed out.
ONE_IN = 3


class By(StrEnum):
    """What stories are counted by."""

    VOICE = "voice"
    PLACE = "place"
    NETWORK = "network"
    AREA = "area"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One story of an issue. ``voice`` tells senders apart, "" for one nobody knows; ``name`` is what it is called.

    ``places`` are ids of the register, ``area`` the code of the section it stands under, "" for none.
    """

    story: int
    voice: str = ""
    name: str = ""
    places: tuple[str, ...] = ()
    network: str = ""
    area: str = ""

    def keys(self, by: By) -> tuple[str, ...]:
        """Return what it counts for; nothing where that is not known."""
        match by:
            case By.VOICE:
                found: tuple[str, ...] = (self.voice,)
            case By.PLACE:
                found = self.places
            case By.NETWORK:
                found = (self.network,)
            case By.AREA:
                found = (self.area,)
        return tuple(dict.fromkeys(key for key in found if key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of an issue's stories are of one kind, and of those in the issues before it. ``name`` is a sender's, ""
    where the key has its name elsewhere.
    """

    key: str
    name: str
    count: int
    of: int
    before: int
    before_of: int

    @property
    def percent(self) -> int:
        """The share in this issue, in whole per cent."""
        return round(100 * self.count / self.of) if self.of else 0

    @property
    def percent_before(self) -> int:
        """The share in the issues before it, in whole per cent."""
        return round(100 * self.before / self.before_of) if self.before_of else 0

    @property
    def is_large(self) -> bool:
        """Whether it is more than a third; one story alone never is."""
        return self.count > 1 and self.count * ONE_IN > self.of


def calm(stories: int) -> str:
    """Return what holds of an issue of so many stories in which no share is large, as a key under ``signs.voices``.

    Of fewer than three even one story is more than a third.
    """
    return "calm" if stories >= ONE_IN else "calm_few"


def shares(now: Sequence[Telling], before: Sequence[Telling], by: By) -> tuple[Share, ...]:
    """Return the share of each key, the largest first; one that only the issues before it have stands last, with 0.

    A story of two places counts for both, once each; one without any counts in the whole alone.
    """
    here, there = _counted(now, by), _counted(before, by)
    names = {each.voice: each.name for each in (*before, *now)} if by is By.VOICE else {}
    found = [
        Share(key=key, name=names.get(key, ""), count=here[key], of=len(now), before=there[key], before_of=len(before))
        for key in {**here, **there}
    ]
    return tuple(sorted(found, key=lambda each: (-each.count, -each.before, each.name.casefold(), each.key)))


def _counted(tellings: Iterable[Telling], by: By) -> Counter[str]:
    return Counter(key for each in tellings for key in each.keys(by))
