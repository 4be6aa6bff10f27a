"""Jetstream: every event of Bluesky as it happens, looked through for our tags; no account is needed.

The stream is read from ``time_us``, microseconds since 1970, which is true at every server of the network, so that one
that is lost is followed by the next. What was read is kept every few seconds, and reading begins five seconds before
it: posts of that overlap are known by ``recent``. A post in the stream has no author's name, and does not say whether
its author wants to be seen by strangers; both are asked for in small batches, a second time for posts that the index
does not know yet.

    {"time_us": 1777885953120000, "recent": {"at://…": ["bafy…", 1777885953120000]}, "dids": {"anna.se": "did:plc:…"}}
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from campaign.collecting import Forecast, Missed, Signal, Withdrawal
from campaign.errors import CollectError
from campaign.records import Candidate
from campaign.settings import SourceSettings
from collector import tidy
from collector.networks import atproto
from collector.networks.appview import appview, batches
from collector.networks.bluesky import recheck
from collector.networks.jetstream_match import Matcher, parsed
from collector.networks.page import Page, Visit

__all__ = ["forecast", "pages", "recheck"]

SERVERS = (
    "https://jetstream2.us-east.bsky.network",
    "https://jetstream1.us-west.bsky.network",
    "https://jetstream1.us-east.bsky.network",
    "https://jetstream2.us-west.bsky.network",
)

WINDOW = timedelta(hours=36)
"""How far back the servers replay; what is older they leave out without a word."""

OVERLAP = timedelta(seconds=5)
SAVE_SECONDS = 5.0
QUIET_SECONDS = 5
"""A stream that is not kept open has caught up when nothing has come for so long."""

_MOST_WITHDRAWALS = 500
_MOST_HITS = 25
_MOST_DIDS = 100
"""So many accounts fit in an address; of more the whole network is read."""

_LOOK_EVERY = 500
_GAP = timedelta(minutes=10)
_CALM = timedelta(seconds=30)
_TIME = re.compile(rb'"time_us":(\d{10,18})')
#: What an account that is not active is told as.
_CLOSED = {
    "takendown": "bluesky_takendown",
    "suspended": "bluesky_suspended",
    "deactivated": "bluesky_deactivated",
    "deleted": "bluesky_account_deleted",
}


def pages(visit: Visit) -> Iterator[Page]:
    """Yield what concerns us; live until told to stop, else until the moment at which the run began.

    A server that is lost is followed by the next of the list. Raises CollectError when all of them in a row gave
    nothing.
    """
    source = visit.source
    if source.keep == "all" and not _accounts(source):
        raise CollectError("jetstream_everything", permanent=True, source=source.id)
    listener = _Listener(visit)
    listener.find_accounts()
    servers = _servers(source)
    failed: list[CollectError] = []
    turn = 0
    while True:
        listener.heard = False
        try:
            yield from listener.listen(servers[turn % len(servers)])
        except CollectError as error:
            failed = [error] if listener.heard else [*failed, error]
        else:
            return
        turn += 1
        if page := listener.page(last=False):
            yield page
        if len(failed) >= len(servers):
            raise failed[0]


def forecast(source: SourceSettings, spellings: tuple[str, ...], per_week: float) -> Forecast:  # noqa: ARG001 - shape
    """Return what a month costs: a connection a day and a question for every few posts; the traffic is in the note."""
    return Forecast(calls=round(30 + per_week / 7 * 30), notes=("jetstream_traffic",))


def _servers(source: SourceSettings) -> tuple[str, ...]:
    given = source.options.get("servers")
    named = tuple(each.strip().rstrip("/") for each in given if each.strip()) if isinstance(given, tuple) else ()
    return named or SERVERS


def _accounts(source: SourceSettings) -> tuple[str, ...]:
    given = source.options.get("accounts")
    names = (tidy.line(name).removeprefix("@") for name in (given if isinstance(given, tuple) else ()))
    return tuple(dict.fromkeys(name for name in names if name))


@dataclass(slots=True, kw_only=True)
class _Hit:
    """A post of ours that has been heard of, at a moment of this machine; ``asked`` says that the index was asked."""

    did: str
    rkey: str
    cid: str
    at: int
    record: Mapping[str, Any]
    heard_at: float
    asked: bool = False

    def bare(self) -> Candidate | None:
        """Return the post as the stream alone tells it."""
        return atproto.from_record(self.did, self.rkey, self.record, seen_at=atproto.from_microseconds(self.at))

    def named(self, view: Mapping[str, Any]) -> Candidate | None:
        """Return the post with what the index knows of it, in the words of the stream, which are newer."""
        if view.get("cid") == self.cid:
            return atproto.from_view(view)
        bare, found = self.bare(), atproto.from_view({**view, "record": self.record})
        return replace(found, media=bare.media) if found and bare else found


class _Listener:
    """What one run has heard. ``heard`` says whether anything came since it was last set to False."""

    def __init__(self, visit: Visit) -> None:
        self.heard = False
        self._visit = visit
        self._view = appview(visit)
        self._matcher = Matcher(visit.spellings, everything=visit.source.keep == "all")
        self._began = _microseconds(visit.now)
        self._at = _whole(visit.cursor.get("time_us"))
        self._recent = _recent(visit.cursor.get("recent"))
        self._dids: dict[str, str] = _names(visit.cursor.get("dids"))
        self._only: frozenset[str] = frozenset()
        self._hits: dict[str, _Hit] = {}
        self._withdrawals: list[Withdrawal] = []
        self._missed: list[Missed] = []
        self._errors: list[CollectError] = []
        self._last = b""
        self._kept: dict[str, Any] = self._cursor()
        self._kept_at = time.monotonic()

    def find_accounts(self) -> None:
        """Look up the permanent names of the accounts that alone are wanted. Raises CollectError where none has one."""
        wanted = _accounts(self._visit.source)
        for name in wanted:
            if name in self._dids:
                continue
            try:
                did = name if atproto.is_did(name) else self._view.did(name)
            except CollectError as error:
                self._errors.append(error)
                continue
            if atproto.is_did(did):
                self._dids[name] = did
            else:
                self._errors.append(CollectError("bluesky_no_such_account", permanent=True, account=name))
        self._only = frozenset(self._dids[name] for name in wanted if name in self._dids)
        if wanted and not self._only:
            raise self._errors[0]

    def listen(self, server: str) -> Iterator[Page]:
        """Yield pages of one server until it is time to end. Raises CollectError when the server is lost."""
        visit = self._visit
        if self._at is None and not visit.live:
            self._at = self._began  # nothing was wanted before this run
        first, quiet, count = self._at is not None, 0, 0
        self._note_window()
        with visit.ask.messages(self._address(server), stopping=visit.stopping) as messages:
            for message in messages:
                if message is None:
                    quiet += 1
                    self._rest(quiet)
                else:
                    quiet, count = 0, count + 1
                    self._take(message)
                    first = first and self._note_gap(message)
                if message is None or count % _LOOK_EVERY == 0 or self._is_full():
                    done = not visit.live and (quiet >= QUIET_SECONDS or self._caught_up())
                    if (self._is_due() or done) and (page := self.page(last=done)):
                        yield page
                    if done:
                        return
        if page := self.page(last=False):
            yield page

    def page(self, *, last: bool) -> Page | None:
        """Return what is to be stored now, None where nothing is. The ``last`` waits for no author's name."""
        candidates = tuple(self._candidates(last=last))
        self._read_time()
        cursor = self._cursor()
        self._kept_at = time.monotonic()
        if not last and cursor == self._kept and not (candidates or self._withdrawals or self._missed or self._errors):
            return None
        page = Page(
            candidates=candidates,
            cursor=cursor,
            withdrawals=tuple(self._withdrawals),
            missed=tuple(self._missed),
            errors=tuple(self._errors),
        )
        self._kept, self._withdrawals, self._missed, self._errors = cursor, [], [], []
        return page

    # What comes

    def _take(self, message: bytes) -> None:
        self.heard = True
        self._last = message
        if not self._matcher.concerns(message):
            return
        event = parsed(message)
        did, commit, account = event.get("did"), event.get("commit"), event.get("account")
        if not isinstance(did, str) or not atproto.is_did(did) or (self._only and did not in self._only):
            return
        if isinstance(commit, dict):
            self._take_commit(did, commit, _whole(event.get("time_us")) or self._at or self._began)
        elif isinstance(account, dict):
            self._take_account(did, account)

    def _take_commit(self, did: str, commit: Mapping[str, Any], at: int) -> None:
        rkey, record = commit.get("rkey"), commit.get("record")
        uri = f"at://{did}/{atproto.COLLECTION}/{rkey}"
        if not atproto.is_uri(uri):
            return
        if commit.get("operation") == "delete":
            self._hits.pop(uri, None)
            told = Withdrawal(network=atproto.NETWORK, signal=Signal.GONE, reason="bluesky_deleted", identity=uri)
            self._withdrawals.append(told)
        elif isinstance(record, dict):
            cid = tidy.line(commit.get("cid"), 200)
            if self._recent.get(uri, ("", 0))[0] != cid or not cid:
                self._hits[uri] = _Hit(
                    did=did, rkey=str(rkey), cid=cid, at=at, record=record, heard_at=time.monotonic()
                )

    def _take_account(self, did: str, account: Mapping[str, Any]) -> None:
        if account.get("active") is True:
            signal, reason = Signal.BACK, "bluesky_back"
        elif account.get("active") is False:
            signal, reason = Signal.HIDDEN, _CLOSED.get(str(account.get("status")), "bluesky_account_closed")
        else:
            return
        told = Withdrawal(network=atproto.NETWORK, signal=signal, reason=reason, prefix=f"at://{did}/")
        self._withdrawals.append(told)

    # Names

    def _candidates(self, *, last: bool) -> Iterator[Candidate]:
        """Yield the posts of which the index knows the author, and those that have waited long enough."""
        if self._visit.stopping():
            return  # the next run hears of them again; asking now could take long
        views: dict[str, Mapping[str, Any]] = {}
        with suppress(CollectError):  # the stream's words are enough; the look at published posts finds the names
            for uris in batches(self._hits):
                views |= self._view.posts(uris)
        soon = time.monotonic() - SAVE_SECONDS
        for uri, hit in list(self._hits.items()):
            hit.asked = True
            if uri not in views and hit.heard_at > soon and not last:
                continue
            del self._hits[uri]
            self._recent[uri] = (hit.cid, hit.at)
            found = hit.named(views[uri]) if uri in views else hit.bare()
            if found is not None:
                yield found

    # Where reading stands

    def _address(self, server: str) -> str:
        params = [("wantedCollections", atproto.COLLECTION)]
        if 0 < len(self._only) <= _MOST_DIDS:
            params += [("wantedDids", did) for did in sorted(self._only)]
        if self._at is not None:
            params.append(("cursor", str(self._at - _whole_microseconds(OVERLAP))))
        plain = re.sub("^http", "ws", server)
        path = "" if urlsplit(plain).path else "/subscribe"
        return f"{plain}{path}?{urlencode(params)}"

    def _cursor(self) -> dict[str, Any]:
        """Return where the next run begins: never after a post that still waits for its author's name."""
        at = min([each.at for each in self._hits.values()] + ([self._at] if self._at is not None else []), default=None)
        if at is None:
            return {"dids": self._dids} if self._dids else {}
        oldest = at - 2 * _whole_microseconds(OVERLAP)
        self._recent = {uri: known for uri, known in self._recent.items() if known[1] >= oldest}
        recent = {uri: list(known) for uri, known in self._recent.items()}
        return {"time_us": at, "recent": recent, "dids": dict(self._dids)}

    def _read_time(self) -> None:
        """Take over the time of the last event; it is looked for only when it is needed."""
        found = _TIME.search(self._last)
        at = int(found.group(1)) if found else _whole(parsed(self._last).get("time_us")) if self._last else None
        if at is not None and at <= self._latest():
            self._at = at if self._at is None else max(self._at, at)
        self._last = b""

    def _latest(self) -> int:
        """Return the latest time that is believed; a server whose clock runs ahead must not make us skip an hour."""
        now = self._visit.clock() if self._visit.clock is not None else self._visit.now
        return max(_microseconds(now), self._began) + _whole_microseconds(_GAP)

    def _caught_up(self) -> bool:
        self._read_time()
        return self._at is not None and self._at >= self._began and self.heard

    def _rest(self, quiet: int) -> None:
        """Move on through a time in which a connection that stands brought nothing: there was nothing."""
        if quiet >= _CALM.total_seconds() and self._visit.clock is not None and self._visit.live:
            self._at = max(self._at or 0, _microseconds(self._visit.clock() - _CALM))

    def _is_full(self) -> bool:
        fresh = sum(not hit.asked for hit in self._hits.values())
        return len(self._withdrawals) >= _MOST_WITHDRAWALS or fresh >= _MOST_HITS

    def _is_due(self) -> bool:
        return self._is_full() or time.monotonic() - self._kept_at >= SAVE_SECONDS

    def _note_window(self) -> None:
        """Note what the servers no longer replay."""
        begin = self._visit.now - WINDOW
        if self._at is not None and self._at > self._latest():
            self._at = _microseconds(
                begin
            )  # by a clock that has been put right; from where on we listened nobody knows
        if self._at is not None and (at := atproto.from_microseconds(self._at)) is not None and at < begin:
            self._missed.append(Missed(from_at=at, to_at=begin, reason="jetstream_window"))
            self._at = _microseconds(begin)

    def _note_gap(self, message: bytes) -> bool:
        """Note where the first event is much later than what was asked for; return False: it is looked at once."""
        at = atproto.from_microseconds(_whole(parsed(message).get("time_us")))
        begin = atproto.from_microseconds(self._at)
        if not self._only and at is not None and begin is not None and at - begin > _GAP:
            self._missed.append(Missed(from_at=begin, to_at=min(at, self._visit.now), reason="jetstream_window"))
        return False


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def _whole_microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _whole(value: object) -> int | None:
    """Return a time as the stream counts it; None for anything else."""
    return value if isinstance(value, int) and atproto.from_microseconds(value) is not None else None


def _recent(value: object) -> dict[str, tuple[str, int]]:
    """Return what a cursor says about the posts of the overlap."""
    given = value if isinstance(value, dict) else {}
    pairs = {uri: each for uri, each in given.items() if isinstance(each, list) and len(each) == 2}
    return {uri: (str(each[0]), _whole(each[1]) or 0) for uri, each in pairs.items()}


def _names(value: object) -> dict[str, str]:
    given = value if isinstance(value, dict) else {}
    return {str(name): did for name, did in given.items() if atproto.is_did(did)}
