"""The sample year: invented organisations, what they told and when, and what the editors made of it.

Posts come back every year in their weeks, so that a demo started in May has spring at its end. Everything here is
written by hand in ``organisations.toml`` and ``posts/*.toml``; this file only reads it and puts it on a calendar.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from campaign.records import Review
from skord.sample import calendar
from skord.sample.pictures import HOURS, SEASONS, Picture

ZONE = ZoneInfo("Europe/Stockholm")
FEEDS = ("rss", "atom", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who posts. ``networks`` are of "mastodon", "rss", "atom", "json"; ``permission`` is "" where none was given.

    ``down`` are the two moments of a year between which its feed answers nothing. Who does not ``describes`` posts
    pictures without words, for the editors to write them.
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
class Written:
    """A post as written down, without a year.

    ``text`` is Markdown; ``review`` is what the editors made of it ("" of the campaign's opinion does not exist);
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
    focus: tuple[str, ...]
    review: Review
    reason: str
    language: str
    outside: bool
    corrected: Correction | None


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


@cache
def organisations() -> dict[str, Organisation]:
    """Return the organisations by id, in the order of their file."""
    found = tomllib.loads(files("skord.sample").joinpath("organisations.toml").read_text(encoding="utf-8"))
    return {name: Organisation(id=name, **_tuples(table)) for name, table in found.items()}


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


@cache
def posts() -> tuple[Written, ...]:
    """Return every post as written down."""
    found = []
    for file in sorted(files("skord.sample").joinpath("posts").iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            found += [_written(table) for table in tomllib.loads(file.read_text(encoding="utf-8"))["post"]]
    return tuple(found)


def _written(table: dict[str, Any]) -> Written:
    who = organisations()[table["who"]]
    calendar.check(table["when"])
    corrected = table.get("corrected")
    return Written(
        id=table["id"],
        who=who,
        when=table["when"],
        on=tuple(table.get("on", ())) or _network(who, table),
        title=table.get("title", ""),
        text=table["text"].strip(),
        picture=table.get("picture", ""),
        alt=table.get("alt", ""),
        focus=tuple(table.get("focus", ())),
        review=Review(table.get("review", "approved")),
        reason=table.get("reason", ""),
        language=table.get("language", who.language),
        outside=table.get("outside", False),
        corrected=Correction(
            after=timedelta(hours=corrected["after_hours"]), old=corrected["old"], new=corrected["new"]
        )
        if corrected
        else None,
    )


def _network(who: Organisation, table: dict[str, Any]) -> tuple[str, ...]:
    """Return where a post stands that does not say: with a title in the feed, else on Mastodon."""
    wanted = who.feed if table.get("title") and who.feed else "mastodon"
    return (wanted if wanted in who.networks else who.networks[0],)


def between(since: datetime, until: datetime) -> list[Dated]:
    """Return the posts that exist from ``since`` to ``until``, oldest first."""
    found = [
        Dated(id=f"{at.astimezone(ZONE).year}-{post.id}", at=at, written=post)
        for post in posts()
        for at in calendar.between(post.when, since, until, ZONE)
    ]
    return sorted(found, key=lambda dated: (dated.at, dated.id))
