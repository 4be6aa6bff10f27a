"""Mastodon and its kin: a tag's timeline in every spelling, on several servers, and named accounts.

A stream (one tag or account on one server) is read forward from the newest id seen, page after page without gaps
(``min_id``); at first it is filled backwards (``max_id``) to ``since``. The cursor holds a state for each stream:

    {"https://mastodon.nu": {"tag:hallandväxer": {"newest": "1165…", "fill": "1164…"}, "account:…": {"id": …, …}}}

Beside them ``until`` says that a server asked not to be asked before then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from campaign.errors import CollectError
from campaign.records import Candidate
from campaign.settings import SourceSettings
from collector.networks import statuses
from collector.networks.page import Ask, Page, Visit, as_json
from net.answers import StatusError

LIMIT = 40
MOST_PAGES = 25
"""Pages of one stream in one run; what is left waits for the next run."""

SINCE = timedelta(days=30)
_SINCE = re.compile(r"(\d{1,4})\s*([hdw])")
_CLOSED = frozenset({401, 403, 422})


def pages(visit: Visit) -> Iterator[Page]:
    """Yield what is new in the source, one page at a time.

    A server that fails does not stop the others: its error comes with the last page. Raises CollectError where
    nothing answered at all.
    """
    source, ask, now = visit.source, visit.ask, visit.now
    servers = _servers(source)
    since = _since(source, now)
    state: dict[str, Any] = deepcopy(dict(visit.cursor))
    errors: list[CollectError] = []
    answered = False
    for number, url in enumerate(servers):
        # A token is one server's; the first is meant, and no other ever sees it.
        server = _Server(ask=ask, url=url, token=source.token if number == 0 else "")
        streams = state.setdefault(url, {})
        if waiting := _waits(streams, server, now):
            errors.append(waiting)
            continue
        for name in (*(f"tag:{tag}" for tag in visit.spellings), *_accounts(source, url, servers)):
            try:
                for candidates in _stream(server, name, streams.setdefault(name, {}), since):
                    yield Page(candidates=candidates, cursor=deepcopy(state))
                answered = True
            except CollectError as error:
                errors.append(error)
                if error.retry_at is not None:
                    streams["until"] = error.retry_at.isoformat()
                if error.key != "mastodon_no_account":
                    break  # what failed for one tag of a server fails for the next
    if errors and not answered:
        raise errors[0]
    yield Page(candidates=(), cursor=state, errors=tuple(errors))


def _waits(streams: dict[str, Any], server: _Server, now: datetime) -> CollectError | None:
    """Return the error of a server that asked us to stay away until later, None where it may be asked."""
    until = streams.pop("until", None)
    if until is None or datetime.fromisoformat(until) <= now:
        return None
    streams["until"] = until
    return CollectError("server_waits", retry_at=datetime.fromisoformat(until), host=server.host)


def _stream(server: _Server, name: str, state: dict[str, Any], since: datetime) -> Iterator[tuple[Candidate, ...]]:
    """Yield a stream's new candidates page by page; ``state`` then says where it stands after each."""
    path = server.path(name, state)
    if "newest" not in state:
        page = server.page(path)
        if not page:
            return
        state["newest"], state["fill"] = statuses.newest(page), statuses.oldest(page)
        yield _candidates(page, server, since)
        if _is_before(page, since):
            del state["fill"]
    else:
        yield from _forward(server, path, state)
    yield from _back(server, path, state, since)


def _forward(server: _Server, path: str, state: dict[str, Any]) -> Iterator[tuple[Candidate, ...]]:
    for _ in range(MOST_PAGES):
        page = [] if server.spent else server.page(path, min_id=state["newest"])
        newest = statuses.newest(page)
        if not newest or newest == state["newest"]:
            return
        state["newest"] = newest
        yield _candidates(page, server, None)


def _back(server: _Server, path: str, state: dict[str, Any], since: datetime) -> Iterator[tuple[Candidate, ...]]:
    for _ in range(MOST_PAGES):
        if server.spent or "fill" not in state:
            return
        page = server.page(path, max_id=state["fill"])
        oldest = statuses.oldest(page)
        if not oldest or oldest == state["fill"] or _is_before(page, since):
            del state["fill"]
        else:
            state["fill"] = oldest
        yield _candidates(page, server, since)


def _candidates(page: list[Any], server: _Server, since: datetime | None) -> tuple[Candidate, ...]:
    found = (statuses.candidate(status, server=server.url) for status in page)
    return tuple(each for each in found if each and not (since and each.published_at and each.published_at < since))


def _is_before(page: list[Any], since: datetime) -> bool:
    """Return whether a page holds only posts from before the moment from which a stream is filled."""
    moments = [found for status in page if (found := statuses.written_at(status)) is not None]
    return bool(moments) and max(moments) < since


@dataclass(slots=True, kw_only=True)
class _Server:
    """One server and how it is asked. ``spent`` says that it allows no more questions for now."""

    ask: Ask
    url: str
    token: str = field(repr=False)
    spent: bool = False

    @property
    def host(self) -> str:
        """The server's name, as errors tell it."""
        return urlsplit(self.url).netloc

    def path(self, name: str, state: dict[str, Any]) -> str:
        """Return where a stream is read; an account's number on this server is looked up once."""
        kind, _, what = name.partition(":")
        if kind == "tag":
            return f"/api/v1/timelines/tag/{quote(what, safe='')}?"
        if not state.get("id"):
            found = self._get(f"/api/v1/accounts/lookup?{urlencode({'acct': what})}")
            if not isinstance(found, dict) or not isinstance(found.get("id"), str | int):
                raise CollectError("mastodon_no_account", permanent=True, host=self.host, account=what)
            state["id"] = str(found["id"])
        return f"/api/v1/accounts/{quote(state['id'], safe='')}/statuses?exclude_reblogs=true&"

    def page(self, path: str, **where: str) -> list[Any]:
        """Return up to 40 statuses, newest first; a tag that nobody used yet has none."""
        found = self._get(path + urlencode({"limit": LIMIT, **where}))
        if found is None:
            return []
        if not isinstance(found, list):
            raise CollectError("answer_odd", host=self.host)
        return found

    def _get(self, path: str) -> Any:
        try:
            answer = self.ask.fetch(self.url + path, token=self.token, accept="application/json")
        except StatusError as error:
            if error.status == 404 and not error.body.lstrip().startswith(b"<"):
                return None
            raise self._told(error) from error
        self.spent = answer.headers.get("x-ratelimit-remaining") == "0"
        return as_json(answer, host=self.host)

    def _told(self, error: StatusError) -> CollectError:
        """Return what a refusal means here. A web page in place of JSON is somebody else's refusal."""
        if error.body.lstrip().startswith(b"<"):
            return error
        if error.status in (400, 401) and (self.token or (b"token" in error.body.lower() and error.status == 400)):
            return CollectError("mastodon_bad_token", permanent=True, host=self.host)
        if error.status in _CLOSED:
            return CollectError("mastodon_closed", permanent=True, host=self.host)
        return error


def _servers(source: SourceSettings) -> tuple[str, ...]:
    """Return the addresses of the source's servers, each once, the one that a token belongs to first."""
    given = source.options.get("servers")
    named = (source.options.get("server"), *(given if isinstance(given, tuple) else ()))
    found = (_server(each) for each in named if isinstance(each, str) and each.strip())
    return tuple(dict.fromkeys(found))


def _server(written: str) -> str:
    bare = written.strip().rstrip("/")
    return bare if "://" in bare else f"https://{bare}"


def _accounts(source: SourceSettings, url: str, servers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the streams of the accounts that this server is asked for: its own, and as the first also strangers."""
    given = source.options.get("accounts")
    hosts = {urlsplit(server).netloc.lower(): server for server in servers}
    asked = []
    for written in given if isinstance(given, tuple) else ():
        name, _, host = written.strip().lstrip("@").partition("@")
        if hosts.get(host.lower(), servers[0]) == url:
            asked.append(f"account:{name}@{host}" if host else f"account:{name}")
    return tuple(asked)


def _since(source: SourceSettings, now: datetime) -> datetime:
    """Return from when a stream is filled: "30d", "12h", "4w" before now, or from a day ("2026-01-01")."""
    written = str(source.options.get("since") or "").strip().lower()
    if not written:
        return now - SINCE
    if span := _SINCE.fullmatch(written):
        hours = {"h": 1, "d": 24, "w": 168}[span.group(2)]
        return now - timedelta(hours=int(span.group(1)) * hours)
    try:
        return datetime.fromisoformat(written).replace(tzinfo=source.timezone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CollectError("since_bad", permanent=True, since=written) from error
