"""A hundred waiting stories of the sample year reviewed with the keyboard alone, in a real browser.

The sample servers answer on loopback, the program's own collector stores what they have, and the program serves its
desk in a process of its own, which is killed twice in the middle. Counted: the keys, by kind. Measured: how long the
next card takes to have the focus after a key. Beside: a page that does nothing but move the focus when a key is
pressed, in the same browser, which is the limit of browser and machine.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from bench.measure import Result
from campaign.language import Language
from campaign.records import Role
from skord.sample import calendar, config, documents, year
from skord.sample.case import find
from skord.sample.feeds import Feeds
from skord.sample.mastodon import Mastodon
from skord.sample.servers import Pictures, Year
from skord.sample.statistics import Statistics
from skord.wiring import House, utc_now
from storage import schema

CHROMIUM = "/usr/bin/chromium"

#: What is pressed on the cards, ten by ten: mostly approved, some put aside, some hidden.
PRESSES = "aaaahaalaa"

#: Milliseconds between two cards: somebody who knows at a glance. Faster than older cards can come, nobody reads.
PACE = 200

#: What is written for pictures that have no words.
WORDS = "Människor i arbete en höstdag vid havet"

_WATCH = """
(() => {
  let pressed = null;
  window.waits = [];
  addEventListener("keydown", (event) => { pressed = "ahl".includes(event.key) ? event.timeStamp : null; }, true);
  addEventListener("focusin", (event) => {
    if (pressed !== null && event.target.matches(".queue-card, [data-limit]")) {
      window.waits.push(performance.now() - pressed);
      pressed = null;
    }
  }, true);
})();
"""

_LIMIT = """<!doctype html><title>limit</title><ol>{}</ol><script>
const cards = [...document.querySelectorAll("[data-limit]")];
let at = 0;
cards[0].focus();
addEventListener("keydown", () => cards[++at]?.focus());
</script>"""


#: Whether the picture that ``t`` opens has neither alt text, the author's or ours, nor the choice that it needs none.
_LACKING = """
(() => {
  const form = document.activeElement.closest(".queue-card").querySelector('[data-key="t"]')?.closest("details");
  if (!form || form.querySelector("[name=decorative]").checked) return false;
  return !form.querySelector("[name=alt]").value.trim();
})()
"""


@dataclass(slots=True)
class Walked:
    """What a walk did: keys by kind, milliseconds from a key to the focus on the next card, and what went wrong."""

    keys: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    pressed: dict[int, str] = field(default_factory=dict)
    attached: set[int] = field(default_factory=set)
    described: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Desk:
    """An installation with the sample year waiting, and its server, which can be killed and started again."""

    folder: Path
    port: int
    house: House
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        """Where the desk is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve, and return when somebody answers."""
        words = [sys.executable, "-m", "skord.cli", "--config", str(self.folder / "config.toml")]
        words += ["serve", "--no-schedule", "--port", str(self.port)]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise TimeoutError("the server did not start")

    def kill(self) -> None:
        """End the server as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def login(self, name: str) -> str:
        """Return a browser's token for an editor of this name."""
        from storage.logins import begin_login
        from storage.people import add_account, find_account

        found = find_account(self.house.store, name)
        found = found or add_account(self.house.store, name, role=Role.EDITOR, password=None, now=utc_now())
        return begin_login(self.house.store, found.id, now=utc_now())


@contextlib.contextmanager
def sample_desk(folder: Path) -> Iterator[Desk]:
    """Collect the sample year from its servers with nobody reviewing, and serve it."""
    now = utc_now()
    since = calendar.year_start(now, year.ZONE)
    language = Language("sv", year.ZONE)
    case = find("halland")
    sample, pictures = Year(case, since, lambda: now), Pictures(folder / "drawn")
    with contextlib.ExitStack() as stack:
        feeds = Feeds(sample, pictures, language).start()
        stack.callback(feeds.stop)
        mastodon = Mastodon(sample, pictures, language).start()
        stack.callback(mastodon.stop)
        statistics = Statistics([], clock=lambda: now).start()
        stack.callback(statistics.stop)
        port = _free_port()
        path = folder / "config.toml"
        address = f"http://127.0.0.1:{port}"
        config.write(
            path,
            case,
            base_url=address,
            smtp_port=1,
            feeds=feeds,
            mastodon=mastodon,
            statistics=statistics,
            strategies=documents.write(folder / "strategies", case, since=since),
            since=since,
            until=now,
        )
        house = House(config=path, clock=lambda: now)
        stack.callback(house.close)
        _collect(house, now)
        desk = Desk(folder=folder, port=port, house=house)
        desk.start()
        stack.callback(desk.kill)
        yield desk


def _collect(house: House, now: datetime) -> None:
    from collector.run import collect
    from skord.commands import serve
    from storage.sources import sync_sources

    house.open_store(create=True)
    serve.load_strategies(house)
    sync_sources(house.store, house.settings, now=now)
    collect(
        house.store, house.fetcher, house.settings, sources=list(house.settings.sources),
        clock=lambda: now + timedelta(seconds=1), rng=Random(1), workers=2,
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def browser(desk: Desk, name: str = "anna") -> Iterator[Any]:
    """A page of a real browser, logged in."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = opened.new_context(locale="sv-SE", viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "skord", "value": desk.login(name), "domain": "127.0.0.1", "path": "/desk"}])
        yield context.new_page()
        opened.close()


def walk(desk: Desk, page: Any, *, stories: int = 100, attach: int = 20, describe: int = 5, kills: int = 2) -> Walked:
    """Review with keys alone: one key a decision, one more to attach, ``t`` and words for pictures without."""
    done = Walked()
    page.add_init_script(_WATCH)
    page.goto(f"{desk.address}/desk")
    _press(page, done, "j", "move")
    ends = {round(stories * (turn + 1) / (kills + 1)) for turn in range(kills)}
    belong = {round(stories * turn / attach) for turn in range(attach)}
    for number in range(stories):
        if number in ends:
            desk.kill()
        if number - 6 in ends:
            desk.start()
        story = _here(page)
        if story is None or story in done.pressed:
            done.wrong.append(f"card {number}: the focus is at {story}")
            break
        if number in belong:
            _press(page, done, str(1 + number % 3), "attach")
            done.attached.add(story)
        if done.described < describe and _lacks_words(page):
            _press(page, done, "t", "alt text")
            page.keyboard.type(WORDS)
            done.keys["letters of alt text"] += len(WORDS)
            _press(page, done, "Control+Enter", "alt text")
            done.described += 1
            _at_card(page, story)
        page.wait_for_timeout(PACE)
        key = PRESSES[number % len(PRESSES)]
        _press(page, done, key, "decide")
        done.pressed[story] = key
        _leave(page, story, done)
    _settle(page, done)
    done.waits = page.evaluate("window.waits")
    done.limits = _limits(page)
    done.wrong += _compare(desk, done)
    return done


def _press(page: Any, done: Walked, key: str, kind: str) -> None:
    page.keyboard.press(key)
    done.keys[kind] += 1


def _here(page: Any) -> int | None:
    """Return the story whose card has the focus."""
    found = page.evaluate("document.activeElement?.closest('.queue-item')?.id ?? ''")
    return int(found.removeprefix("story-")) if found else None


def _lacks_words(page: Any) -> bool:
    """Return whether the chosen card has a picture without alt text."""
    return bool(page.evaluate(_LACKING))


def _at_card(page: Any, story: int) -> None:
    """Wait until the card has the focus again."""
    _until(page, "id => document.activeElement?.closest('.queue-item')?.id === `story-${id}`", story, seconds=20)


def _leave(page: Any, story: int, done: Walked) -> None:
    """Wait until another card has the focus."""
    elsewhere = "document.activeElement?.closest('.queue-item')"
    asked = f"id => {{ const at = {elsewhere}; return at && at.id !== `story-${{id}}`; }}"
    if not _until(page, asked, story, seconds=20):
        done.wrong.append(f"story {story}: no next card had the focus")


def _settle(page: Any, done: Walked) -> None:
    """Wait until the server has acknowledged every press."""
    if not _until(page, "() => !Number(document.getElementById('presses').dataset.count ?? 0)", None, seconds=90):
        done.wrong.append("presses were still waiting at the end")


def _until(page: Any, expression: str, about: object, *, seconds: float) -> bool:
    """Wait until something holds in the page; return whether it came to."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if page.evaluate(expression, about):
            return True
        time.sleep(0.005)
    return False


def _limits(page: Any, turns: int = 60) -> list[float]:
    cards = "".join(f'<li tabindex="-1" data-limit>{number}</li>' for number in range(turns + 1))
    page.goto("about:blank")
    page.set_content(f"<script>{_WATCH}</script>" + _LIMIT.format(cards))
    for _ in range(turns):
        page.keyboard.press("a")
    found: list[float] = page.evaluate("window.waits")
    return found


def _compare(desk: Desk, done: Walked) -> list[str]:
    """Return where the database differs from what was pressed: a decision lost, doubled or another."""
    wanted = {"a": "approve", "h": "hide", "l": "later"}
    decision, evidence = schema.decision.c, schema.evidence.c
    with desk.house.store.read() as connection:
        of_people = select(decision.story_id, decision.action, decision.group).where(decision.actor == "person")
        rows = connection.execute(of_people).all()
        attached = set(connection.execute(select(evidence.story_id)).scalars())
    wrong = []
    for story, key in done.pressed.items():
        groups = {row.group for row in rows if row.story_id == story and row.action in wanted.values()}
        actions = {row.action for row in rows if row.story_id == story and row.action in wanted.values()}
        if len(groups) != 1 or actions != {wanted[key]}:
            wrong.append(f"story {story}: pressed {key}, stored {sorted(actions)} in {len(groups)} presses")
    wrong += [f"story {story}: not attached" for story in done.attached - attached]
    alts = {row.group for row in rows if row.action == "alt"}
    if len(alts) != done.described:
        wrong.append(f"{done.described} alt texts written, {len(alts)} stored")
    return wrong


def run() -> list[Result]:
    """Return the focus beside the browser's own limit; keys and faults are printed."""
    if shutil.which(CHROMIUM) is None:
        print("review: no browser is installed", file=sys.stderr)
        return []
    with (
        tempfile.TemporaryDirectory(prefix="skord-bench-") as folder,
        sample_desk(Path(folder)) as desk,
        browser(desk) as page,
    ):
        done = walk(desk, page)
    print(told(done), file=sys.stderr)
    ours, limit = statistics.median(done.waits), statistics.median(done.limits)
    ratio = limit / ours
    return [
        Result(
            what=f"next card has the focus (median {ours:.1f} ms, slowest {max(done.waits):.0f} ms)",
            peer="a page that only moves the focus",
            ours=1000 / ours, theirs=1000 / limit, ratio=ratio, low=ratio, high=ratio, goal="slowest < 100 ms",
        )
    ]  # fmt: skip


def told(done: Walked) -> str:
    """Return what a walk did, in lines."""
    keys = ", ".join(f"{kind} {count}" for kind, count in done.keys.most_common())
    waits = f"focus: median {statistics.median(done.waits):.1f} ms, slowest {max(done.waits):.1f} ms"
    wrong = "\n".join(done.wrong) or "nothing lost, nothing doubled"
    return f"{len(done.pressed)} stories, {sum(done.keys.values())} keys: {keys}\n{waits}\n{wrong}"
