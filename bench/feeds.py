"""How fast feeds are taken in, from the network to the database.

Beside: the same feeds by httpx and feedparser in the same number of threads, which neither guards, matches nor
stores anything: what a short script would do. Ours guards each connection, keeps the entries with the hashtag (every
tenth, or none) and stores them in SQLite with a run record a feed. Server, ours and peer share the machine's cores;
all feeds are on one loopback host, of some 50 kB and 30 entries each, without pace.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from random import Random

import feedparser
import httpx

from bench import material
from bench.measure import Result, compare, port_told, rate, running
from campaign.settings import Settings, SourceSettings
from collector.run import collect
from net.http import Fetcher
from storage.store import Store, open_store, sync_campaigns

FEEDS, THREADS, TURNS = 40, 8, 3

SERVER = """
import asyncio
from bench.material import feed
kept = {}
def answer(head):
    path = head.split(b" ", 2)[1].decode()
    _, kind, number = path.split("/")
    body = kept.setdefault(path, feed(int(number), tagged=kind != "untagged"))
    tag = b"" if kind == "same" else b'ETag: "1"\\r\\n'
    if tag and b'if-none-match: "1"' in head.lower():
        return b"HTTP/1.1 304 Not Modified\\r\\n" + tag + b"\\r\\n"
    length = b"Content-Type: application/rss+xml\\r\\nContent-Length: %d\\r\\n" % len(body)
    return b"HTTP/1.1 200 OK\\r\\n" + length + tag + b"\\r\\n" + body
async def talk(reader, writer):
    try:
        while True:
            writer.write(answer(await reader.readuntil(b"\\r\\n\\r\\n")))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def run() -> list[Result]:
    """Return four kinds of refresh beside the short script."""
    with contextlib.ExitStack() as stack:
        port = port_told(stack.enter_context(running([sys.executable, "-c", SERVER])), "")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="skord-bench-")))
        house = {kind: _settings(folder / kind, port, kind) for kind in ("tagged", "untagged", "same")}
        warm = {kind: stack.enter_context(_warm(house[kind])) for kind in ("tagged", "same")}
        peer = {kind: _Script(port, kind) for kind in house}
        lines: list[tuple[str, Callable[[], float], Callable[[], float], str]] = [
            ("first time, 3 of 30 entries kept", lambda: _cold(house["tagged"]), peer["tagged"].cold, ""),
            ("first time, the hashtag nowhere", lambda: _cold(house["untagged"]), peer["untagged"].cold, "≥ 5"),
            ("unchanged, 304", lambda: _again(*warm["tagged"]), peer["tagged"].again, ""),
            ("unchanged body, no ETag", lambda: _again(*warm["same"]), peer["same"].again, "≥ 10"),
        ]
        for each in peer.values():
            each.again()
        return [
            compare(f"feeds, {what}", "httpx + feedparser, nothing stored", ours, theirs, turns=TURNS, goal=goal)
            for what, ours, theirs, goal in lines
        ]


class _Script:
    """The peer: asks with the ETag it was given, parses what comes, keeps nothing."""

    def __init__(self, port: int, kind: str) -> None:
        self._urls = [f"http://127.0.0.1:{port}/{kind}/{number}" for number in range(FEEDS)]
        self._etags: dict[str, str] = {}

    def cold(self) -> float:
        """Ask for everything as if for the first time."""
        self._etags = {}
        return self.again()

    def again(self) -> float:
        """Ask for everything, and return feeds a second."""
        with httpx.Client() as client, ThreadPoolExecutor(THREADS) as pool:
            return rate(lambda: list(pool.map(lambda url: self._one(client, url), self._urls)), FEEDS)

    def _one(self, client: httpx.Client, url: str) -> int:
        answer = client.get(url, headers={"If-None-Match": self._etags[url]} if url in self._etags else {})
        if answer.status_code == 304:
            return 0
        if "etag" in answer.headers:
            self._etags[url] = answer.headers["etag"]
        return len(feedparser.parse(answer.content).entries)


def _settings(folder: Path, port: int, kind: str) -> Settings:
    folder.mkdir()
    names = [f"feed{number}" for number in range(FEEDS)]
    sources = {
        name: SourceSettings(
            id=name,
            kind="feed",
            campaigns=("hallandvaxer",),
            every=timedelta(hours=1),
            options={"url": f"http://127.0.0.1:{port}/{kind}/{number}"},
        )
        for number, name in enumerate(names)
    }
    return material.settings(folder, sources=sources, allow=(f"127.0.0.1:{port}",))


@contextlib.contextmanager
def _warm(settings: Settings) -> Iterator[tuple[Settings, Store, Fetcher]]:
    """Give a store that has taken in every feed once, and the way out that did it."""
    with _open(settings, settings.storage.url) as store, _fetcher(settings) as fetcher:
        _again(settings, store, fetcher)
        yield settings, store, fetcher


def _cold(settings: Settings) -> float:
    with (
        tempfile.TemporaryDirectory(prefix="skord-bench-") as folder,
        _open(settings, f"sqlite:///{folder}/skord.db") as store,
        _fetcher(settings) as fetcher,
    ):
        return _again(settings, store, fetcher)


def _again(settings: Settings, store: Store, fetcher: Fetcher) -> float:
    def once() -> None:
        results = collect(
            store, fetcher, settings, sources=list(settings.sources), clock=lambda: material.NOW, rng=Random(1),
            workers=THREADS,
        )  # fmt: skip
        if failed := [str(result.error) for result in results if result.error]:
            raise RuntimeError(failed[0])

    return rate(once, FEEDS)


@contextlib.contextmanager
def _open(settings: Settings, url: str) -> Iterator[Store]:
    with contextlib.closing(
        open_store(url, media=settings.storage.media, secret=settings.site.secret, create=True)
    ) as store:
        sync_campaigns(store, list(settings.campaigns.values()), material.NOW)
        yield store


def _fetcher(settings: Settings) -> contextlib.closing[Fetcher]:
    return contextlib.closing(Fetcher(settings.fetch, version="bench", clock=lambda: material.NOW))
