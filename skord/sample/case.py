"""The cases that a demo can show, each written by hand in its own folder: who posts, what and when, and who edits.

    cases/<case>/case.toml           the campaign, its newsletter, its strategies, where to look first
    cases/<case>/organisations.toml  who posts
    cases/<case>/posts*.toml         what they told, in weeks that come back every year
    cases/<case>/people.toml         editors and subscribers
    cases/<case>/letters.toml        what the editors wrote in each week's letter
    cases/<case>/figures.toml        indicators, goals of the sample, and invented values
    cases/<case>/followup.toml       analyses and measuring points

This file only reads them and puts the posts on a calendar.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from campaign.errors import InputError
from skord.sample import calendar, year
from skord.sample.year import Dated, Organisation, Written

CASES = ("halland", "sjuharad", "halmstad", "varmland", "blekinge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Editorial:
    """What the editors wrote for one week's letter; "" where they took what was proposed.

    ``notes`` are words over sections by their codes, ``goes_on`` the post that another goes on from, ``written`` what
    else they wrote for the letter alone; its events have moments of the year that they ``starts`` and ``ends``.
    """

    lead: str = ""
    subject: str = ""
    intro: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    goes_on: Mapping[str, str] = field(default_factory=dict)
    written: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Where a case's own thing is seen: what is said (``demo.look.<says>``), and at which address."""

    says: str
    at: str


@dataclass(frozen=True, eq=False)
class Case:
    """What is written down of one case; read when it is first asked for."""

    id: str

    @property
    def folder(self) -> Traversable:
        """Where the case is written down."""
        return files("skord.sample").joinpath("cases").joinpath(self.id)

    def read(self, name: str) -> dict[str, Any]:
        """Return what a file of the case says, nothing where the case has no such file."""
        file = self.folder.joinpath(name)
        return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}

    @cached_property
    def head(self) -> dict[str, Any]:
        """The campaign, its newsletter and its strategies, as written down."""
        return self.read("case.toml")

    @property
    def campaign(self) -> str:
        """The id of its campaign."""
        return str(self.head["campaign"]["id"])

    @property
    def newsletter(self) -> str:
        """The id of its newsletter."""
        return str(self.head["newsletter"]["id"])

    @property
    def strategies(self) -> tuple[str, ...]:
        """The ids of its strategies, the one that posts are attached to first."""
        return tuple(self.head["campaign"]["strategies"])

    @property
    def unseen(self) -> timedelta:
        """How old a post is that the editors may not have come to yet."""
        return timedelta(days=self.head["campaign"].get("unseen_days", 14))

    @property
    def seen(self) -> int:
        """How much of those the editors have seen all the same, in percent."""
        return int(self.head["campaign"].get("seen", 45))

    @property
    def look(self) -> tuple[Look, ...]:
        """Where to look first."""
        return tuple(Look(**each) for each in self.head.get("look", ()))

    @cached_property
    def points(self) -> tuple[dict[str, Any], ...]:
        """The measuring points that its planners freeze, as written down."""
        return tuple(self.read("followup.toml").get("point", ()))

    def begins(self, since: datetime) -> datetime:
        """Return when a demo begins whose year began at ``since``: with an early measuring point, years before."""
        return since + timedelta(weeks=min((0, *(point["week"] for point in self.points))))

    @cached_property
    def people(self) -> dict[str, Any]:
        """Editors and subscribers, as written down."""
        return self.read("people.toml")

    @cached_property
    def organisations(self) -> dict[str, Organisation]:
        """The organisations by id, in the order of their file."""
        return {name: year.organisation(name, table) for name, table in self.read("organisations.toml").items()}

    @cached_property
    def posts(self) -> tuple[Written, ...]:
        """Every post as written down."""
        names = sorted(file.name for file in self.folder.iterdir() if file.name.startswith("posts"))
        return tuple(year.written(table, self.organisations) for name in names for table in self.read(name)["post"])

    @cached_property
    def editorials(self) -> dict[str, Editorial]:
        """What was written for each week, by "W47", or by another name for the letter that tells its lead."""
        return {week: Editorial(**words) for week, words in self.read("letters.toml").items()}

    def between(self, since: datetime, until: datetime) -> list[Dated]:
        """Return the posts that exist from ``since`` to ``until``, oldest first."""
        found = [
            Dated(id=f"{at.astimezone(year.ZONE).year}-{post.id}", at=at, written=post)
            for post in self.posts
            for at in calendar.between(post.when, since, until, year.ZONE)
        ]
        return sorted(found, key=lambda dated: (dated.at, dated.id))


@cache
def find(case_id: str) -> Case:
    """Return a case. InputError ``demo_case_unknown`` names those that there are."""
    if case_id not in CASES:
        raise InputError("case", "demo_case_unknown", case=case_id, known=", ".join(CASES))
    return Case(case_id)
