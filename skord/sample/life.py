"""Lives through a case's year: a clock runs through its weeks, and the program's own parts do what they do in them.

The collectors ask, invented editors review, the letter is drafted, approved and sent to a mail server that keeps
everything, invented planners judge how the goals go and freeze their measuring points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from datetime import time as clock_time
from random import Random

from campaign.periods import Week, moment, plan, week_of
from campaign.records import Review
from skord.sample import year
from skord.sample.config import SOCIAL
from skord.sample.editors import Editors
from skord.sample.planners import Planners
from skord.sample.servers import Year
from skord.wiring import House, utc_now

Act = Callable[[], int | None]


class Clock:
    """A clock that a demo can set; left alone it is the real one."""

    def __init__(self) -> None:
        self._set: datetime | None = None

    def __call__(self) -> datetime:
        """Return the moment that it shows, in UTC."""
        return self._set or utc_now()

    def set(self, at: datetime | None) -> None:
        """Let it show a moment and stand still; None lets it run."""
        self._set = at


class Life:
    """The acts of a year, and when they happen. An act returns how many posts were new, if it asked for any."""

    def __init__(self, house: House, clock: Clock, sample: Year, today: datetime) -> None:
        self.house, self.clock, self.sample, self.today = house, clock, sample, today
        self.case = sample.case
        self.editors = Editors(self.case, house.store, house.settings, house.language, now=clock())
        self.planners = Planners(house, sample, self.editors)
        self._random = Random(1)
        self._newsletter = house.settings.newsletters[self.case.newsletter]
        self._asked: datetime | None = None
        # Asked weekly or when they have something, sources that want it hourly would leave gaps in the record.
        rare = {name: replace(each, every=timedelta(weeks=60)) for name, each in house.settings.sources.items()}
        self._settings = replace(house.settings, sources=rare)

    def events(self) -> Iterator[tuple[datetime, Act]]:
        """Yield what happens from the first week to this one, in order."""
        yield from sorted([*self._weeks(), *self.planners.events()], key=lambda event: event[0])

    def _weeks(self) -> Iterator[tuple[datetime, Act]]:
        week, last, number = week_of(self.sample.since.astimezone(year.ZONE)), week_of(self.today), 0
        while week <= last:
            yield from self._week(week, number)
            week, number = week.plus(1), number + 1

    def _week(self, week: Week, number: int) -> Iterator[tuple[datetime, Act]]:
        monday = moment(week.monday, clock_time(0, 1), year.ZONE)
        planned = plan(self._newsletter, year.ZONE, week)
        if number == 0:
            yield monday, self._sources
        yield monday, lambda: self._subscribers(number)
        if number == 0:
            yield monday + timedelta(minutes=2), lambda: self.editors.trust(now=self.clock())
            yield monday + timedelta(minutes=5), self._collect
        yield planned.draft_at - timedelta(minutes=25), self._collect
        if planned.goes_out:
            yield planned.draft_at + timedelta(minutes=1), self._letters_if_any
            yield planned.draft_at + timedelta(minutes=75), lambda: self.editors.approve_open(now=self.clock())
            yield planned.send_at + timedelta(minutes=1), self._letters_if_any

    def _sources(self) -> None:
        from storage.sources import sync_sources

        sync_sources(self.house.store, self.house.settings, now=self.clock())

    def end(self) -> int:
        """Bring everything to today, and leave the next draft on the table."""
        found = self._collect()
        self._letters()
        self.editors.begin_next(now=self.today)
        return found

    def _collect(self) -> int:
        """Ask what is due, fetch the pictures, review; return how many posts were new."""
        from collector.media import fetch_pictures
        from collector.run import collect

        house = self.house
        at_the_end = self.clock() >= self.today
        results = collect(
            house.store,
            house.fetcher,
            house.settings if at_the_end else self._settings,
            sources=list(house.settings.sources) if at_the_end else self._worth_asking(),
            clock=self.clock,
            rng=self._random,
            workers=4,
        )
        while len(fetch_pictures(house.store, house.fetcher, clock=self.clock)) >= 50:
            pass
        now = self.clock()
        self.editors.review(self.sample.posts(), now=now, today=self.today)
        return sum(result.new for result in results)

    def _worth_asking(self) -> list[str]:
        """Return the sources that have something since they were last asked, and those that answer nothing at times.

        Asking every feed in each of 52 weeks would be half of the waiting, for a year that nobody watched.
        """
        now, last, self._asked = self.clock(), self._asked, self.clock()
        if last is None:
            return list(self.house.settings.sources)
        told = {
            post.written.who.id
            for post in self.sample.posts()
            if (post.edited_at(now) or post.at) > last and post.written.who.feed in post.written.on
        }
        down = {name for name, who in self.case.organisations.items() if who.down}
        return [name for name in self.house.settings.sources if name in told | down or name == SOCIAL]

    def _letters_if_any(self) -> None:
        """Do the letter's work where one is open, or enough has been told since the last.

        Weeks whose draft would only be put off to the next would be half of the waiting in a small case.
        """
        from storage import issues

        name = self.case.newsletter
        if issues.open_issue(self.house.store, name) is not None:
            self._letters()
            return
        last = max(
            (issue.selected_to for issue in issues.list_issues(self.house.store, name)), default=self.sample.since
        )
        told = [
            post
            for post in self.sample.posts()
            if post.at > last and post.written.review is Review.APPROVED and not post.written.outside
        ]
        if len(told) >= self._newsletter.min_items:
            self._letters()

    def _letters(self) -> None:
        from digest.outbox import send_due
        from digest.work import tick

        tick(self.house.store, self.house.settings, clock=self.clock)
        send_due(self.house.store, self.house.settings, clock=self.clock)

    def _subscribers(self, number: int) -> None:
        """Let those come, and go, whose week it is."""
        from storage import subscribers
        from storage.addresses import Home

        home = Home(campaign=self.case.campaign, newsletter=self.case.newsletter)
        language = self.house.language
        for row in self.case.people["subscriber"]:
            if row["weeks"] == number:
                words = subscribers.Wording(text=language.t("demo.consent"), version="demo", language=language.code)
                subscribers.add(self.house.store, home, row["address"], wording=words, now=self.clock())
            if row.get("left") == number:
                found = subscribers.find_by_address(self.house.store, self.case.newsletter, row["address"])
                if found is not None:
                    subscribers.leave(self.house.store, found.token, now=self.clock())
