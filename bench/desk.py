"""How fast the desk answers with five thousand stories waiting.

The queue's first page is asked for through the whole application, in process: login, piles, numbers, twenty cards. A
decision is the press on a card as a script sends it: recorded, and answered with what changed around it. Beside: the
bare statements on the same rows of the same database, a plain SELECT of twenty stories with their posts, versions and
pictures, and a plain UPDATE of one story and its post in a transaction of its own. The ratio is what everything around
them costs; the rates are what the promise is about: at least 10 pages and 20 decisions a second, one after another.
A pulse is what every open page asks each four seconds, here with nothing new: beside it a plain SELECT of the counters
of the twenty stories that the page shows.
"""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import insert, select

from bench.material import NOW, settings, text
from bench.measure import Result, compare, rate
from campaign.records import Candidate, CandidateMedia, Judged, Role, StoredPost, Verdict
from campaign.settings import Settings, SourceSettings
from campaign.strategy import parse
from storage import schema
from storage.decisions import Action, decide_together
from storage.ingest import _ingest
from storage.logins import begin_login
from storage.people import add_account, find_account
from storage.sources import sync_sources
from storage.store import JOB, Store, open_store, sync_campaigns
from storage.strategy import load_strategy
from web.app import create_app

CAMPAIGN = "hallandvaxer"
WAITING = 5_000
DECIDED = 1_000
TURNS = 7
PAGES = 8
DECISIONS = 20
PULSES = 20

NETWORKS = ("mastodon", "bluesky", "feed", "instagram")
PLACES = ("1380", "1383", "1382", "1384", "1381", "1315")

HTMX = {"HX-Request": "true"}


def run() -> list[Result]:
    """Return the queue's first page beside a plain SELECT, and a decision beside a plain UPDATE."""
    with tempfile.TemporaryDirectory(prefix="skord-bench-") as folder:
        told = _settings(Path(folder))
        store = open_store(told.storage.url, media=told.storage.media, secret=told.site.secret, create=True)
        try:
            fill(store, told)
            with Desk(store, told) as desk, sqlite3.connect(Path(folder) / "skord.db", isolation_level=None) as plain:
                return [
                    compare(
                        f"the queue's first page, {WAITING:,} stories waiting",
                        "a plain SELECT of the same rows",
                        lambda: rate(lambda: [desk.page() for _ in range(PAGES)], PAGES),
                        lambda: rate(lambda: [_select(plain) for _ in range(PAGES)], PAGES),
                        turns=TURNS,
                        goal="ours ≥ 10/s",
                    ),
                    compare(
                        f"a decision with its answer, {WAITING:,} stories waiting",
                        "a plain UPDATE of the same rows",
                        lambda: rate(desk.decide_some(DECISIONS), DECISIONS),
                        lambda: rate(_updating(plain, DECISIONS), DECISIONS),
                        turns=TURNS,
                        goal="ours ≥ 20/s",
                    ),
                    compare(
                        "the pulse of a page with twenty cards, nothing new",
                        "a plain SELECT of their counters",
                        lambda: rate(desk.pulse_some(PULSES), PULSES),
                        lambda: rate(lambda: [_counters(plain) for _ in range(PULSES)], PULSES),
                        turns=TURNS,
                    ),
                ]
        finally:
            store.close()


class Desk:
    """A person at the desk, asking the whole application in process."""

    def __init__(self, store: Store, told: Settings) -> None:
        account = find_account(store, "anna") or add_account(
            store, "anna", role=Role.EDITOR, password="skördetid i Laholm", now=NOW
        )
        self._loop = asyncio.new_event_loop()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(told, store, clock=lambda: NOW, version="0")),
            base_url=told.site.base_url,
            cookies={"skord": begin_login(store, account.id, now=NOW)},
        )

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()

    def page(self, address: str = "/desk") -> str:
        """Return a page of the desk."""
        return self._ask("GET", address).text

    def decide_some(self, count: int) -> Callable[[], object]:
        """Return the work of approving so many of the stories that wait, as a script does it."""
        forms: list[tuple[str, dict[str, str]]] = []
        address = "/desk"
        while len(forms) < count:
            page = self.page(address)
            forms += _forms(page)
            address = re.search(r'hx-get="([^"]+)" hx-target="#pager"', page)[1].replace("&amp;", "&")  # type: ignore[index]
        return lambda: [
            self._ask("POST", action, data=fields | {"press": "approve"}, headers=HTMX)
            for action, fields in forms[:count]
        ]

    def pulse_some(self, count: int) -> Callable[[], object]:
        """Return the work of asking so often what happened around a first page that has just been opened."""
        page = self.page()
        cards = re.findall(r'data-story="(\d+)"[^>]*data-changes="(\d+)"', page)
        fields = {
            "token": re.search(r'name="token" value="([^"]+)"', page)[1],  # type: ignore[index]
            "shown": ",".join(f"{story_id}:{changes}" for story_id, changes in cards),
            "story": cards[0][0],
            "back": "/desk",
            "more": "yes",
            "before": re.search(r"before=([-0-9.]+)", page)[1],  # type: ignore[index]
            "since": "",
        }
        return lambda: [self._ask("POST", "/desk/pulse", data=fields, headers=HTMX) for _ in range(count)]

    def _ask(self, method: str, address: str, **more: object) -> httpx.Response:
        answer = self._loop.run_until_complete(self._client.request(method, address, **more))  # type: ignore[arg-type]
        if answer.status_code != 200:
            raise RuntimeError(f"{method} {address}: {answer.status_code}")
        return answer


def _forms(page: str) -> list[tuple[str, dict[str, str]]]:
    """Return the address and the hidden fields of every card's first form of decisions."""
    found: dict[str, dict[str, str]] = {}
    for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        action = re.search(r'action="([^"]+/decide)"', form)
        if action:
            pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
            found.setdefault(action[1], {name: value.replace("&amp;", "&") for name, value in pairs})
    return list(found.items())


def fill(store: Store, told: Settings, *, waiting: int = WAITING, decided: int = DECIDED) -> None:
    """Store stories with pictures, from several sources, with evidence and places; all but some wait."""
    sync_campaigns(store, list(told.campaigns.values()), NOW)
    sync_sources(store, told, now=NOW)
    strategy = Path(__file__).parents[1] / "strategies" / "halland-2014-2020.toml"
    load_strategy(store, CAMPAIGN, parse(strategy.read_text(encoding="utf-8"), strategy.name), now=NOW)
    choose = random.Random(4)
    for start in range(0, waiting + decided, 100):
        source = choose.choice(list(told.sources))
        candidates = [_candidate(choose, number) for number in range(start, min(start + 100, waiting + decided))]
        with store.write() as connection:
            _ingest(
                connection, campaign=CAMPAIGN, source_id=source, candidates=candidates, judge=_judge, now=NOW, own=False
            )
    with store.read() as connection:
        ids = list(connection.execute(select(schema.story.c.id)).scalars())
        nodes = list(connection.execute(select(schema.node.c.id)).scalars())
    decide_together(store, ids[waiting:], Action.HIDE, by=JOB, now=NOW)
    _attach(store, choose, ids, nodes)


def _attach(store: Store, choose: random.Random, ids: list[int], nodes: list[int]) -> None:
    own = {"campaign": CAMPAIGN, "at": NOW}
    with store.write() as connection:
        for story_id in choose.sample(ids, len(ids) // 2):
            connection.execute(
                insert(schema.evidence).values(**own, story_id=story_id, node_id=choose.choice(nodes), reason="")
            )
            connection.execute(insert(schema.story_place).values(**own, story_id=story_id, place=choose.choice(PLACES)))


def _candidate(choose: random.Random, number: int) -> Candidate:
    network = choose.choice(NETWORKS)
    pictures = tuple(
        CandidateMedia(url=f"https://bild.example/{number}/{each}.jpg", alt=text(number, 8) if each else None)
        for each in range(choose.choice((0, 0, 1, 3)))
    )
    return Candidate(
        network=network,
        identity=f"https://{network}.example/{number}",
        url=f"https://{network}.example/{number}",
        published_at=NOW - timedelta(minutes=number * 7 + 1),
        title=text(number + 90_000, 6) if network == "feed" else "",
        text=f"{text(number, choose.randint(20, 90))} {choose.getrandbits(48):x} #hallandväxer",
        author_name=f"Avsändare {number % 300}",
        author_handle=f"avsandare{number % 300}",
        language="sv",
        tags=("hallandväxer",),
        media=pictures,
    )


def _judge(stored: StoredPost | None, candidate: Candidate) -> Judged:  # noqa: ARG001 - what the storage hands over
    return Judged(verdict=Verdict.ADD, reason="new")


def _settings(folder: Path) -> Settings:
    told = settings(
        folder,
        sources={
            f"kalla{number}": SourceSettings(
                id=f"kalla{number}",
                kind="feed",
                campaigns=(CAMPAIGN,),
                every=timedelta(hours=1),
                name=f"Källa nummer {number}",
                options={"url": f"https://kalla{number}.example/"},
            )
            for number in range(12)
        },
    )
    return replace(told, site=replace(told.site, base_url="http://127.0.0.1"))


def _select(plain: sqlite3.Connection) -> object:
    """Read what twenty cards show with as few statements as possible."""
    stories = plain.execute(
        "SELECT * FROM story WHERE campaign = ? AND waiting = 1 AND merged_into IS NULL "
        "ORDER BY rank DESC, sort_key DESC LIMIT 20",
        (CAMPAIGN,),
    ).fetchall()
    ids = [story[0] for story in stories]
    marks = ",".join("?" * len(ids))
    posts = plain.execute(
        "SELECT * FROM post JOIN version ON version.id = post.version_id "
        f"LEFT JOIN media ON media.post_id = post.id WHERE post.story_id IN ({marks})",
        ids,
    )
    return posts.fetchall()


def _counters(plain: sqlite3.Connection) -> object:
    """Read the counters of the first twenty stories that wait."""
    return plain.execute(
        "SELECT id, changes FROM story WHERE campaign = ? AND waiting = 1 AND merged_into IS NULL "
        "ORDER BY rank DESC, sort_key DESC LIMIT 20",
        (CAMPAIGN,),
    ).fetchall()


_APPROVE = (
    "UPDATE story SET review = 'approved', waiting = 0, changes = changes + 1 WHERE id = ?",
    "UPDATE post SET review = 'approved', approved_version_id = version_id WHERE story_id = ?",
)


def _updating(plain: sqlite3.Connection, count: int) -> Callable[[], object]:
    """Return the work of marking so many waiting stories and their posts as approved, each in its transaction."""
    ids = [
        found[0]
        for found in plain.execute("SELECT id FROM story WHERE waiting = 1 ORDER BY sort_key LIMIT ?", (count,))
    ]

    def work() -> None:
        for story_id in ids:
            plain.execute("BEGIN IMMEDIATE")
            for statement in _APPROVE:
                plain.execute(statement, (story_id,))
            plain.execute("COMMIT")

    return work
