"""The sample year: invented organisations, what they told and when, and what the editors made of it.

Posts come back every year in their weeks, so that a demo started in May has spring at its end. Where they are written
down, and which case has which, stands in ``skord/sample/case.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaign.figures import Weight
from campaign.records import Review
from skord.sample import calendar
from skord.sample.pictures import HOURS, SEASONS, Picture

ZONE = ZoneInfo("Europe/Stockholm")
FEEDS = ("rss", "atom", "json")
_TIE = re.compile(r"(?P<code>\S+?)(?: (?P<weight>touches|shows|milestone))?(?:: (?P<reason>.+))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who posts. ``networks`` are of "mastodon", "rss", "atom", "json"; ``permission`` is "" where none was given.

    ``down`` are the two moments of a year between which its feed answers nothing. Who does not ``describes`` posts
    pictures without words, for the editors to write them. ``decides`` is the editor who alone decides about its posts,
    "" where the campaign's own do; ``trusted``: an administrator has said that it is trusted.
    """

    id: str
    name: str
    place: str
    about: str
    networks: tuple[str, ...]
    permission: str = ""
    rights: str = ""
    keep: str = "tagged"
    language: str = "sv"
    down: tuple[str, ...] = ()
    describes: bool = True
    decides: str = ""
    trusted: bool = False

    @property
    def feed(self) -> str:
        """The form of its feed, "" where it has none."""
        return next((network for network in self.networks if network in FEEDS), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What the author changed in a post some hours later."""

    after: timedelta
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A node that the editors attached a post to. Written "1.2", "1.2 touches" or "1.2 milestone: why it is one"."""

    code: str
    weight: Weight = Weight.SHOWS
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A post as written down, without a year.

    ``text`` is Markdown; ``place`` is its own where it is not its organisation's; ``review`` is what the editors made
    of it ("" of the campaign's opinion does not exist);
    ``outside`` says that it lacks the hashtag and is not to be collected.
    """

    id: str
    who: Organisation
    when: str
    on: tuple[str, ...]
    title: str
    text: str
    picture: str
    alt: str
    place: str
    ties: tuple[Tie, ...]
    review: Review
    reason: str
    language: str
    outside: bool
    corrected: Correction | None

    @property
    def focus(self) -> tuple[str, ...]:
        """The codes of the nodes that it is attached to."""
        return tuple(tie.code for tie in self.ties)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A post in its year. ``id`` names it for good ("2026-rep-i-vattnet")."""

    id: str
    at: datetime
    written: Written = field(repr=False)

    @property
    def picture(self) -> Picture | None:
        """What its picture shows, None where it has none. Season and hour are the post's own unless it says."""
        if not self.written.picture:
            return None
        motif, *words = self.written.picture.split()
        hour = next((word for word in words if word in HOURS), calendar.hour(self.at, ZONE))
        season = next((word for word in words if word in SEASONS), calendar.season(self.at, ZONE))
        return Picture(motif=motif, season=season, hour=hour, seed=self.written.id)

    @property
    def alt(self) -> str:
        """What its author says that its picture shows, "" where its author says nothing."""
        return self.written.alt if self.written.who.describes else ""

    def text(self, now: datetime) -> str:
        """Return its words as they stood at a moment: corrected once the author had done so."""
        words, corrected = self.written.text, self.written.corrected
        if corrected is not None and now >= self.at + corrected.after:
            return words.replace(corrected.old, corrected.new)
        return words

    def edited_at(self, now: datetime) -> datetime | None:
        """Return when it was last changed, None where it stands as first written."""
        corrected = self.written.corrected
        return self.at + corrected.after if corrected is not None and now >= self.at + corrected.after else None


def organisation(name: str, table: Mapping[str, Any]) -> Organisation:
    """Return an organisation as a table of its case tells it."""
    told: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Organisation(id=name, **told)


def written(table: Mapping[str, Any], organisations: Mapping[str, Organisation]) -> Written:
    """Return a post as a table of its case tells it. ValueError for what is no moment of a year or no node."""
    who = organisations[table["who"]]
    calendar.check(table["when"])
    return Written(
        id=table["id"],
        who=who,
        when=table["when"],
        on=tuple(table.get("on", ())) or _network(who, table),
        title=table.get("title", ""),
        text=table["text"].strip(),
        picture=table.get("picture", ""),
        alt=table.get("alt", ""),
        place=table.get("place", who.place),
        ties=tuple(_tie(told) for told in table.get("focus", ())),
        review=Review(table.get("review", "approved")),
        reason=table.get("reason", ""),
        language=table.get("language", who.language),
        outside=table.get("outside", False),
        corrected=_correction(table),
    )


def _tie(told: str) -> Tie:
    found = _TIE.fullmatch(told)
    if found is None:
        raise ValueError(told)
    return Tie(
        code=found["code"], weight=Weight[(found["weight"] or "shows").upper()], reason=(found["reason"] or "").strip()
    )


def _correction(table: Mapping[str, Any]) -> Correction | None:
    told = table.get("corrected")
    if told is None:
        return None
    return Correction(after=timedelta(hours=told["after_hours"]), old=told["old"], new=told["new"])


def _network(who: Organisation, table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where a post stands that does not say: with a title in the feed, else on Mastodon."""
    wanted = who.feed if table.get("title") and who.feed else "mastodon"
    return (wanted if wanted in who.networks else who.networks[0],)
