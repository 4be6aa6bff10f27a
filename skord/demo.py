"""``skord demo``: a sample year on this machine alone, made by the program's own parts.

Sample servers answer on loopback with a case's invented posts. A clock runs through 52 weeks
(``skord/sample/life.py``). Then it is the real one, and the program serves. What has been lived through stays in the
folder, which remembers its case; the next start goes on there.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from campaign.errors import InputError
from campaign.language import Language
from skord.commands import serve
from skord.sample import calendar, case, config, documents, figures, year
from skord.sample.case import Case
from skord.sample.catcher import Letters, Mailbox, Post
from skord.sample.feeds import Feeds
from skord.sample.life import Clock, Life
from skord.sample.mastodon import Mastodon
from skord.sample.servers import Pictures, Year
from skord.sample.statistics import Statistics
from skord.wiring import House, utc_now

STATE = "demo.json"
_PORTS = {"feeds": 11, "mastodon": 12, "statistics": 13, "smtp": 25, "mailbox": 26}
"""What is added to the web server's port at the first start, where that is free."""

Made = TypeVar("Made")


@dataclass(slots=True)
class State:
    """What a demo's folder remembers: whose year it is, when it began, how far it has come, and its servers' ports."""

    case: str
    since: datetime
    until: datetime
    ports: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, case_id: str, now: datetime) -> State:
        """Return what stands in the folder, or a new year that ends with this week.

        InputError ``demo_folder_foreign`` where the folder holds other things, ``demo_folder_case`` another case.
        """
        path = folder / STATE
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            since, until = (datetime.fromisoformat(kept[name]) for name in ("since", "until"))
            known = kept.get("case", "halland")  # older folders do not say: there was one case
            if known != case_id:
                raise InputError("case", "demo_folder_case", folder=str(folder), known=known, case=case_id)
            return cls(case=known, since=since, until=until, ports=kept["ports"])
        if folder.exists() and any(folder.iterdir()):
            raise InputError("folder", "demo_folder_foreign", folder=str(folder))
        since = calendar.year_start(now, year.ZONE)
        return cls(case=case_id, since=since, until=since)

    def write(self, folder: Path) -> None:
        """Remember it, whole or not at all."""
        kept = {
            "case": self.case,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "ports": self.ports,
        }
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


def default_folder(case_id: str) -> Path:
    """Return where a case's demo lives unless a folder is named."""
    return Path("data/demo" if case_id == "halland" else f"data/demo-{case_id}")


def run(case_id: str, folder: Path | None, *, host: str, port: int) -> int:
    """Bring a case's year to today and serve it until stopped. InputError ``demo_case_unknown``."""
    started = time.monotonic()
    wanted = case.find(case_id)
    listening = serve.listen(host, port)
    port = listening.getsockname()[1]
    address = f"http://{host}:{port}"
    with opened(folder or default_folder(case_id), case_id=case_id, host=host, port=port) as demo:
        house = demo.house
        house.tell("demo.ready", seconds=round(time.monotonic() - started))
        house.tell("demo.front", address=f"{address}/")
        house.tell("demo.desk", address=f"{address}/desk")
        _tell_first_login(house, address)
        house.tell("demo.mailbox", address=f"{demo.mailbox.url}/")
        _tell_where_to_look(house, wanted, address)
        house.tell("demo.stop")
        serve.run(house, listening, schedule=True, address=address)
    return 0


def _tell_where_to_look(house: House, shown: Case, address: str) -> None:
    """Say what is this case's own, and where it is seen."""
    from storage.snapshots import snapshots

    house.tell(f"demo.case.{shown.id}")
    points = {str(each.kind): str(each.id) for each in snapshots(house.store, shown.strategies[0])}
    for look in shown.look:
        house.tell(f"demo.look.{look.says}", address=address + look.at.format_map(points))


def _tell_first_login(house: House, address: str) -> None:
    from storage.logins import make_setup_token

    token = make_setup_token(house.store, now=house.clock())
    if token is not None:
        house.tell("demo.first_login", address=f"{address}/desk/setup/{token}")


@contextmanager
def opened(
    folder: Path,
    *,
    host: str,
    port: int,
    case_id: str = "halland",
    now: datetime | None = None,
    since: datetime | None = None,
) -> Iterator[Demo]:
    """Start the servers, live through what is left of the year, and hand over the whole; end everything after.

    ``now`` stands for the real time in tests; ``since`` begins a shorter year.
    """
    clock, shown, today = Clock(), case.find(case_id), now or utc_now()
    state = State.read(folder, case_id, today)
    if not state.ports:
        state.since = since or state.since
        state.until = shown.begins(state.since)
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        clock.set(state.until)
        sample = Year(shown, state.since, clock)
        servers = _serving(stack, sample, state, folder, host=host, port=port)
        state.write(folder)
        written = config.write(
            folder / "config.toml",
            shown,
            base_url=f"http://{host}:{port}",
            smtp_port=servers.post.port,
            feeds=servers.feeds,
            mastodon=servers.mastodon,
            statistics=servers.statistics,
            strategies=documents.write(folder / "strategies", shown, since=state.since),
            since=state.since,
            until=today,
        )
        stack.enter_context(_drawing(shown, servers.pictures.folder, max(state.until, state.since), today))
        house = House(config=written, clock=clock)
        stack.callback(house.close)
        house.open_store(create=True)
        serve.load_strategies(house)
        _live(house, clock, sample, state, folder=folder, letters=servers.letters, today=today)
        clock.set(now)
        yield Demo(
            house=house,
            feeds=servers.feeds,
            mastodon=servers.mastodon,
            mailbox=servers.mailbox,
            letters=servers.letters,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Servers:
    pictures: Pictures
    feeds: Feeds
    mastodon: Mastodon
    statistics: Statistics
    letters: Letters
    post: Post
    mailbox: Mailbox


def _serving(stack: ExitStack, sample: Year, state: State, folder: Path, *, host: str, port: int) -> _Servers:
    """Start everything that answers beside the program itself, on the ports that the folder remembers."""
    language, pictures, letters = Language("sv", year.ZONE), Pictures(folder / "drawn"), Letters(folder / "letters")
    refused = frozenset(config.refused(sample.case))

    def start(name: str, make: Callable[[int], AbstractContextManager[Made]]) -> Made:
        return stack.enter_context(_at(state, name, folder, port, make))

    feeds = start("feeds", lambda at: Feeds(sample, pictures, language, port=at))
    mastodon = start("mastodon", lambda at: Mastodon(sample, pictures, language, port=at))
    told = [each.series for each in figures.of(sample.case, sample.since)]
    statistics = start("statistics", lambda at: Statistics(told, clock=sample.clock, port=at))
    post = start("smtp", lambda at: Post(letters, port=at, refused=refused))
    media = folder / "media"
    mailbox = start("mailbox", lambda at: Mailbox(letters, language, pictures=media, host=host, port=at))
    state.ports = {
        "feeds": feeds.port,
        "mastodon": mastodon.port,
        "statistics": statistics.port,
        "smtp": post.port,
        "mailbox": mailbox.port,
    }
    return _Servers(
        pictures=pictures,
        feeds=feeds,
        mastodon=mastodon,
        statistics=statistics,
        letters=letters,
        post=post,
        mailbox=mailbox,
    )


@contextmanager
def _drawing(shown: Case, folder: Path, since: datetime, until: datetime) -> Iterator[None]:
    """Let another process draw the pictures ahead of their being asked for; what it has not come to is drawn then."""
    command = [sys.executable, "-m", "skord.sample.ahead", shown.id, str(folder), since.isoformat(), until.isoformat()]
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


def _live(
    house: House, clock: Clock, sample: Year, state: State, *, folder: Path, letters: Letters, today: datetime
) -> None:
    """Do week after week what the schedule and the editors do, from where the state stands until ``today``."""
    life = Life(house, clock, sample, today)
    if state.until > sample.case.begins(state.since):
        house.tell("demo.resume", folder=str(folder), since=house.language.moment(state.until))
    else:
        house.tell("demo.begin", posts=len(sample.case.posts), organisations=len(sample.case.organisations))
    month, posts, sent = "", 0, len(letters.newest())
    for at, act in life.events():
        if at <= state.until or at > today:
            continue
        named = house.language.month(at.astimezone(year.ZONE))
        if named != month and at >= state.since:
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
