"""``skord demo``: a sample year on this machine alone, made by the program's own parts.

Sample servers answer on loopback with invented posts. A clock runs through 52 weeks: the collectors ask, invented
editors review, the letter is drafted, approved and sent to a mail server that keeps everything. Then the clock is
the real one, and the program serves. What has been lived through stays in the folder; the next start goes on there.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from random import Random
from typing import TypeVar

from campaign.errors import InputError
from campaign.language import Language
from campaign.periods import Week, moment, plan, week_of
from skord.commands import serve
from skord.sample import calendar, config, editors, year
from skord.sample.catcher import Letters, Mailbox, Post
from skord.sample.config import SOCIAL
from skord.sample.editors import CAMPAIGN, NEWSLETTER, Editors
from skord.sample.feeds import Feeds
from skord.sample.mastodon import Mastodon
from skord.sample.servers import Pictures, Year
from skord.wiring import House, utc_now

STATE = "demo.json"
_PORTS = {"feeds": 11, "mastodon": 12, "smtp": 25, "mailbox": 26}
"""What is added to the web server's port at the first start, where that is free."""

Made = TypeVar("Made")


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


@dataclass(slots=True)
class State:
    """What a demo's folder remembers: when its year began, how far it has come, which ports its addresses have."""

    since: datetime
    until: datetime
    ports: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, now: datetime) -> State:
        """Return what stands in the folder, or a new year that ends with this week.

        InputError ``demo_folder_foreign`` where the folder holds other things.
        """
        path = folder / STATE
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            since, until = (datetime.fromisoformat(kept[name]) for name in ("since", "until"))
            return cls(since=since, until=until, ports=kept["ports"])
        if folder.exists() and any(folder.iterdir()):
            raise InputError("folder", "demo_folder_foreign", folder=str(folder))
        since = calendar.year_start(now, year.ZONE)
        return cls(since=since, until=since)

    def write(self, folder: Path) -> None:
        """Remember it, whole or not at all."""
        kept = {"since": self.since.isoformat(), "until": self.until.isoformat(), "ports": self.ports}
        part = folder / f"{STATE}.part"
        part.write_text(json.dumps(kept), encoding="utf-8")
        part.replace(folder / STATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A sample year that has been lived through, its servers running, ready to be served."""

    house: House
    feeds: Feeds
    mastodon: Mastodon
    mailbox: Mailbox
    letters: Letters


def run(folder: Path, *, host: str, port: int) -> int:
    """Bring the sample year to today and serve it until stopped."""
    started = time.monotonic()
    listening = serve.listen(host, port)
    port = listening.getsockname()[1]
    address = f"http://{host}:{port}"
    with opened(folder, host=host, port=port) as demo:
        house = demo.house
        house.tell("demo.ready", seconds=round(time.monotonic() - started))
        house.tell("demo.front", address=f"{address}/")
        house.tell("demo.desk", address=f"{address}/desk")
        _tell_first_login(house, address)
        house.tell("demo.mailbox", address=f"{demo.mailbox.url}/")
        house.tell("demo.stop")
        serve.run(house, listening, schedule=True, address=address)
    return 0


def _tell_first_login(house: House, address: str) -> None:
    from storage.logins import make_setup_token

    token = make_setup_token(house.store, now=house.clock())
    if token is not None:
        house.tell("demo.first_login", address=f"{address}/desk/setup/{token}")


@contextmanager
def opened(
    folder: Path, *, host: str, port: int, now: datetime | None = None, since: datetime | None = None
) -> Iterator[Demo]:
    """Start the servers, live through what is left of the year, and hand over the whole; end everything after.

    ``now`` stands for the real time in tests; ``since`` begins a shorter year.
    """
    clock = Clock()
    today = now or utc_now()
    state = State.read(folder, today)
    if since is not None and not state.ports:
        state.since = state.until = since
    folder.mkdir(parents=True, exist_ok=True)
    language = Language("sv", year.ZONE)
    with ExitStack() as stack:
        clock.set(state.until)
        sample, pictures = Year(state.since, clock), Pictures(folder / "drawn")
        letters = Letters(folder / "letters")
        feeds = stack.enter_context(
            _at(state, "feeds", folder, port, lambda at: Feeds(sample, pictures, language, port=at))
        )
        mastodon = stack.enter_context(
            _at(state, "mastodon", folder, port, lambda at: Mastodon(sample, pictures, language, port=at))
        )
        refused = frozenset(config.refused())
        post = stack.enter_context(_at(state, "smtp", folder, port, lambda at: Post(letters, port=at, refused=refused)))
        mailbox = stack.enter_context(
            _at(
                state,
                "mailbox",
                folder,
                port,
                lambda at: Mailbox(letters, language, pictures=folder / "media", host=host, port=at),
            )
        )
        state.ports = {"feeds": feeds.port, "mastodon": mastodon.port, "smtp": post.port, "mailbox": mailbox.port}
        state.write(folder)
        written = config.write(
            folder / "config.toml",
            base_url=f"http://{host}:{port}",
            smtp_port=post.port,
            feeds=feeds,
            mastodon=mastodon,
            since=state.since,
            until=today,
        )
        stack.enter_context(_drawing(pictures.folder, state.until, today))
        house = House(config=written, clock=clock)
        stack.callback(house.close)
        house.open_store(create=True)
        serve.load_strategies(house)
        _live(house, clock, sample, state, folder=folder, letters=letters, today=today)
        clock.set(now)
        yield Demo(house=house, feeds=feeds, mastodon=mastodon, mailbox=mailbox, letters=letters)


@contextmanager
def _drawing(folder: Path, since: datetime, until: datetime) -> Iterator[None]:
    """Let another process draw the pictures ahead of their being asked for; what it has not come to is drawn then."""
    command = [sys.executable, "-m", "skord.sample.ahead", str(folder), since.isoformat(), until.isoformat()]
    drawing = subprocess.Popen(command)  # noqa: S603 - our own module
    try:
        yield
    finally:
        drawing.terminate()
        drawing.wait()


def _at(state: State, name: str, folder: Path, port: int, make: Callable[[int], Made]) -> Made:
    """Make a server on the port that it had before, else on one beside the web server's, else on any."""
    known = state.ports.get(name)
    for wanted in (known,) if known else (port + _PORTS[name], 0):
        if wanted and not _free(wanted):
            if known:
                raise InputError("port", "demo_port_taken", port=known, folder=str(folder))
            continue
        return make(wanted)
    raise AssertionError(name)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


# --- living through the year --------------------------------------------------------------------------------


def _live(
    house: House, clock: Clock, sample: Year, state: State, *, folder: Path, letters: Letters, today: datetime
) -> None:
    """Do week after week what the schedule and the editors do, from where the state stands until ``today``."""
    from storage.sources import sync_sources

    sync_sources(house.store, house.settings, now=clock())
    life = _Life(house, clock, sample, today)
    if state.until > state.since:
        house.tell("demo.resume", folder=str(folder), since=house.language.moment(state.until))
    else:
        house.tell("demo.begin", posts=len(year.posts()), organisations=len(year.organisations()))
    month, posts, sent = "", 0, len(letters.newest())
    for at, act in life.events():
        if at <= state.until or at > today:
            continue
        named = house.language.month(at.astimezone(year.ZONE))
        if named != month:
            if month:
                house.tell("demo.month", month=month, posts=posts, letters=len(letters.newest()) - sent)
            month, posts, sent = named, 0, len(letters.newest())
        clock.set(at)
        posts += act() or 0
        state.until = at
        state.write(folder)
    clock.set(today)
    posts += life.end()
    house.tell(
        "demo.month", month=month or house.language.month(today), posts=posts, letters=len(letters.newest()) - sent
    )
    state.until = today
    state.write(folder)


class _Life:
    """The acts of a week, and when they happen."""

    def __init__(self, house: House, clock: Clock, sample: Year, today: datetime) -> None:
        self.house, self.clock, self.sample, self.today = house, clock, sample, today
        self.editors = Editors(house.store, house.settings, house.language, now=sample.since)
        self._random = Random(1)  # noqa: S311 - spreads the askings, keeps no secret
        self._newsletter = house.settings.newsletters[NEWSLETTER]
        self._asked: datetime | None = None
        # Asked weekly or when they have something, sources that want it hourly would leave gaps in the record.
        rare = {name: replace(each, every=timedelta(weeks=60)) for name, each in house.settings.sources.items()}
        self._settings = replace(house.settings, sources=rare)

    def events(self) -> Iterator[tuple[datetime, Callable[[], int | None]]]:
        """Yield what happens from the first week to this one, in order."""
        week, last, number = week_of(self.sample.since.astimezone(year.ZONE)), week_of(self.today), 0
        while week <= last:
            yield from self._week(week, number)
            week, number = week.plus(1), number + 1

    def _week(self, week: Week, number: int) -> Iterator[tuple[datetime, Callable[[], int | None]]]:
        monday = moment(week.monday, clock_time(0, 1), year.ZONE)
        planned = plan(self._newsletter, year.ZONE, week)
        yield monday, lambda: self._subscribers(number)
        if number == 0:
            yield monday + timedelta(minutes=5), self._collect
        yield planned.draft_at - timedelta(minutes=25), self._collect
        if planned.goes_out:
            yield planned.draft_at + timedelta(minutes=1), self._letters
            yield planned.draft_at + timedelta(minutes=75), lambda: self.editors.approve_open(now=self.clock())
            yield planned.send_at + timedelta(minutes=1), self._letters

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
        down = {name for name, who in year.organisations().items() if who.down}
        return [name for name in self.house.settings.sources if name in told | down or name == SOCIAL]

    def _letters(self) -> None:
        from digest.outbox import send_due
        from digest.work import tick

        tick(self.house.store, self.house.settings, clock=self.clock)
        send_due(self.house.store, self.house.settings, clock=self.clock)

    def _subscribers(self, number: int) -> None:
        """Let those come, and go, whose week it is."""
        from storage import subscribers
        from storage.addresses import Home

        home = Home(campaign=CAMPAIGN, newsletter=NEWSLETTER)
        language = self.house.language
        for row in editors.people_of_the_year()["subscriber"]:
            if row["weeks"] == number:
                words = subscribers.Wording(text=language.t("demo.consent"), version="demo", language=language.code)
                subscribers.add(self.house.store, home, row["address"], wording=words, now=self.clock())
            if row.get("left") == number:
                found = subscribers.find_by_address(self.house.store, NEWSLETTER, row["address"])
                if found is not None:
                    subscribers.leave(self.house.store, found.token, now=self.clock())
