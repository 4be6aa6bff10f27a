"""What every network file gives and takes: a visit in, pages of candidates out, each with the cursor after it.

A network file is ``collector/networks/<kind>.py`` and has

``pages(visit)``            yields what is new, page by page; raises CollectError where nothing could be had
``recheck(visit, known)``   optional: says what became of stored posts, in the network's own batches
``forecast(source, spellings, per_week)``   optional: what a month of this source costs

It asks only through ``visit.ask``. A stream is a file whose pages do not end while ``visit.live``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Protocol, cast

from campaign.collecting import Filled, Forecast, Known, Missed, Quota, Rechecked, Withdrawal
from campaign.errors import CollectError
from campaign.kinds import KINDS, Way
from campaign.records import Candidate
from campaign.settings import SourceSettings
from collector import tidy
from net.answers import Answer

Cursor = Mapping[str, Any]


class Ask(Protocol):
    """The way out, as a network file needs it; ``net.http.Fetcher`` is one."""

    def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = ...,
        token: str = ...,
        etag: str = ...,
        last_modified: str = ...,
        max_bytes: int | None = ...,
        accept: str = ...,
        json: Any = ...,
        form: Mapping[str, str] | None = ...,
    ) -> Answer:
        """Return the answer to a GET, or with ``json`` or ``form`` to a POST. Raises CollectError."""

    def lines(
        self, url: str, *, token: str = ..., stopping: Callable[[], bool] = ...
    ) -> AbstractContextManager[Iterator[bytes | None]]:
        """Open a stream of server-sent events: its lines, and None about every second. Raises CollectError."""

    def messages(
        self, url: str, *, stopping: Callable[[], bool] = ...
    ) -> AbstractContextManager[Iterator[bytes | None]]:
        """Open a WebSocket: its messages, and None about every second. Raises CollectError."""


class Session(Protocol):
    """What a network renews by itself (login tokens), kept encrypted and shared by all runs of one source."""

    def get(self) -> dict[str, str]:
        """Return what was kept last; empty where nothing was, or where its key has changed."""

    def put(self, values: Mapping[str, str]) -> None:
        """Keep these values from now on, at once and whatever becomes of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One asking of one source: who is asked, from where on, for which spellings of the tags, and how.

    ``live`` says that a stream stays open until ``stopping`` says yes; otherwise it ends when it has caught up.
    """

    source: SourceSettings
    ask: Ask
    cursor: Cursor
    spellings: tuple[str, ...]
    now: datetime
    session: Session
    live: bool = False
    stopping: Callable[[], bool] = lambda: False
    clock: Callable[[], datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some candidates of one source, to be stored together with ``cursor``, from where the next asking goes on.

    ``unchanged`` says that the source has nothing new and was not even read. ``errors`` are what went wrong
    beside it: a source of several servers goes on where one of them fails. ``every`` is the network's own word on
    how often it wants to be asked. What is None or empty says nothing, and leaves what was known.
    """

    candidates: tuple[Candidate, ...]
    cursor: dict[str, Any]
    unchanged: bool = False
    errors: tuple[CollectError, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    quotas: tuple[Quota, ...] = ()
    missed: tuple[Missed, ...] = ()
    filled: Filled | None = None
    token_expires_at: datetime | None = None
    every: timedelta | None = None


Pages = Callable[[Visit], Iterator[Page]]
Recheck = Callable[[Visit, Sequence[Known]], Iterator[Rechecked]]
Forecasting = Callable[[SourceSettings, tuple[str, ...], float], Forecast]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The functions of one network file. ``recheck`` and ``forecast`` are None where it has none."""

    pages: Pages
    recheck: Recheck | None
    forecast: Forecasting | None


def network(kind: str) -> Network:
    """Return the network file of a kind that is asked; what no source uses is not even read."""
    if KINDS[kind].way is Way.BROUGHT:
        raise CollectError("source_brought", permanent=True, kind=kind)
    module = import_module(f"collector.networks.{kind}")
    return Network(
        pages=cast(Pages, module.pages),
        recheck=getattr(module, "recheck", None),
        forecast=getattr(module, "forecast", None),
    )


def is_stream(source: SourceSettings) -> bool:
    """Return whether a source is read through a connection that stays open."""
    return KINDS[source.kind].way is Way.STREAM or (bool(source.options.get("stream")) and bool(source.token))


@dataclass(slots=True)
class Forgetful:
    """A session that lasts as long as its object: for trying a source that is not stored, and for tests."""

    values: dict[str, str] = field(default_factory=dict)

    def get(self) -> dict[str, str]:
        """Return what was kept last."""
        return dict(self.values)

    def put(self, values: Mapping[str, str]) -> None:
        """Keep these values until the object is gone."""
        self.values = dict(values)


def as_json(answer: Answer, *, host: str) -> Any:
    """Return an answer's JSON. Raises CollectError ``not_json`` for a web page in its place, or any other nonsense."""
    try:
        return json.loads(answer.body, parse_int=tidy.json_number)
    except (ValueError, RecursionError) as error:
        raise CollectError("not_json", host=host) from error
