"""What Mastodon streams: server-sent events of each hashtag, one connection each, all read by one reader.

A stream repeats nothing. So the tags are asked for once more when the connections stand, and again at the usual
interval: what a stream missed comes then, and what came twice is the same post.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, Full, Queue
from typing import Any
from urllib.parse import urlencode, urlsplit

from campaign import hashtags
from campaign.collecting import Signal, Withdrawal
from campaign.errors import CollectError
from campaign.records import Candidate
from collector import tidy
from collector.networks import statuses
from collector.networks.mastodon_server import Server
from collector.networks.page import Page, Visit
from net.answers import StatusError

BATCH = 100
"""Events stored at once, where so many come at once."""

LONGEST_QUIET = timedelta(hours=1)
"""A source whose stream stays open gives at least a sign of life in this time."""

_EVENT_CHARACTERS = 1_000_000
_WAIT_SECONDS = 1.0

Poll = Callable[[datetime], Iterator[Page]]


@dataclass(frozen=True, slots=True)
class Event:
    """One event: "update" or "status.update" (edited) with a status as JSON, "delete" with an id, or one of no use."""

    name: str
    payload: str


class _Open:
    """Says that a connection stands."""


def pages(visit: Visit, server: Server, cursor: Callable[[], dict[str, Any]], poll: Poll) -> Iterator[Page]:
    """Yield what the server streams until ``visit.stopping``; ``poll`` asks for all that is new.

    A stream that cannot be opened is told beside a page, and the source is then asked as usual. Raises CollectError
    where one breaks, after what came before.
    """
    if not visit.spellings:
        return
    clock = visit.clock or (lambda: visit.now)
    every = min(visit.source.every, LONGEST_QUIET)
    with _Streams(visit, server) as streams:
        waiting, due, batch = len(streams.tags), None, _Batch(server)
        while not visit.stopping():
            item = streams.next()
            if isinstance(item, Event):
                batch.add(item)
            if batch.count and (batch.count >= BATCH or streams.idle or isinstance(item, CollectError)):
                yield batch.page(cursor())
                batch = _Batch(server)
            if isinstance(item, CollectError):
                if waiting:
                    yield Page(candidates=(), cursor=cursor(), errors=(_told(server, item),))
                    return
                raise item
            if isinstance(item, _Open):
                waiting -= 1
                due = due if waiting else clock()
            if due is not None and clock() >= due:
                due = clock() + every
                yield from _polled(poll, clock(), cursor)
        if batch.count:
            yield batch.page(cursor())


def _polled(poll: Poll, now: datetime, cursor: Callable[[], dict[str, Any]]) -> Iterator[Page]:
    """Ask as usual; where nothing answers the stream may still, and goes on."""
    try:
        yield from poll(now)
    except CollectError as error:
        yield Page(candidates=(), cursor=cursor(), errors=(error,))


def _told(server: Server, error: CollectError) -> CollectError:
    """Return what it means that a stream could not be opened."""
    told = server.told(error) if isinstance(error, StatusError) else error
    if told.key in ("http_not_found", "http_client", "bad_redirect", "stream_other"):
        return CollectError("mastodon_no_stream", permanent=True, host=server.host)
    return told


def read_events(lines: Iterator[bytes | None]) -> Iterator[Event]:
    """Yield the events among the lines of a stream; comments, heartbeats and what is too long are passed over."""
    name, size = "", 0
    parts: list[str] = []
    for line in lines:
        if line is None or line.startswith(b":"):
            continue
        if not line.strip(b"\r\n"):
            if name and parts and size <= _EVENT_CHARACTERS:
                yield Event(name, "\n".join(parts))
            name, parts, size = "", [], 0
            continue
        key, _, value = line.decode("utf-8", "replace").rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if key == "event":
            name = value[:100]
        elif key == "data":
            size += len(value) + 1  # an empty line takes its place too
            if size <= _EVENT_CHARACTERS:
                parts.append(value)


def streamed_tags(server: Server, spellings: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags to open a stream for: one for those that the server itself takes for one."""
    if not server.facts.folds:
        return spellings
    return tuple({hashtags.fold(tag): tag for tag in reversed(spellings)}.values())[::-1]


def address(server: Server, tag: str) -> str:
    """Return where a tag is streamed; never without encryption where the server is asked with it."""
    base = server.facts.streaming or server.url
    if urlsplit(server.url).scheme == "https":
        base = base.replace("http://", "https://", 1)
    side = "/local" if server.feed == "local" else ""
    return f"{base}/api/v1/streaming/hashtag{side}?{urlencode({'tag': tag})}"


@dataclass(slots=True)
class _Batch:
    """Events that are stored together, in the order in which they came."""

    server: Server
    count: int = 0
    candidates: list[Candidate] = field(default_factory=list)
    withdrawals: list[Withdrawal] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Take one event in. What cannot be read counts for nothing."""
        if event.name == "delete":
            found = tidy.line(event.payload, 100).strip('"')
            if found:
                self.count += 1
                self.withdrawals.append(_deleted(self.server, found))
        elif event.name in ("update", "status.update"):
            try:
                status = json.loads(event.payload, parse_int=tidy.json_number)
            except (ValueError, RecursionError):
                return
            if candidate := statuses.candidate(status, server=self.server.url):
                self.count += 1
                self.candidates.append(candidate)

    def page(self, cursor: dict[str, Any]) -> Page:
        """Return the page that stores them. The cursor is that of the last asking: a stream moves none."""
        return Page(candidates=tuple(self.candidates), withdrawals=tuple(self.withdrawals), cursor=cursor)


def _deleted(server: Server, name: str) -> Withdrawal:
    return Withdrawal(network="mastodon", signal=Signal.GONE, reason="deleted", local=(server.url, name))


class _Streams:
    """The connections, each read by a thread of its own into one small queue. Leaving the block ends them all.

    The threads never ask the visit whether to stop: that is the reader's, who is one thread.
    """

    def __init__(self, visit: Visit, server: Server) -> None:
        self.tags = streamed_tags(server, visit.spellings)
        self._visit, self._server = visit, server
        self._ended = threading.Event()
        self._queue: Queue[Event | _Open | CollectError | Exception] = Queue(maxsize=BATCH)
        self._threads = [
            threading.Thread(target=self._read, args=(tag,), name=f"tag-{number}", daemon=True)
            for number, tag in enumerate(self.tags)
        ]

    def __enter__(self) -> _Streams:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def next(self) -> Event | _Open | CollectError | None:
        """Return what came next, None where nothing did within a second. Raises what is a fault of ours."""
        try:
            item = self._queue.get(timeout=_WAIT_SECONDS)
        except Empty:
            return None
        if isinstance(item, Exception) and not isinstance(item, CollectError):
            raise item
        return item

    @property
    def idle(self) -> bool:
        """Whether nothing more waits to be read."""
        return self._queue.empty()

    def _read(self, tag: str) -> None:
        try:
            url = address(self._server, tag)
            with self._visit.ask.lines(url, token=self._server.token, stopping=self._ended.is_set) as lines:
                self._put(_Open())
                for event in read_events(lines):
                    self._put(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader meets it again
            self._put(error)

    def _put(self, item: Event | _Open | Exception) -> None:
        while not self._ended.is_set():
            try:
                self._queue.put(item, timeout=_WAIT_SECONDS)
            except Full:
                continue
            return
