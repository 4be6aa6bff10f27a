"""Mastodon and its kin: a tag's timeline in every spelling, on several servers, and named accounts.

A stream (one tag or account on one server) is read as ``mastodon_timeline`` says; the cursor holds a state for each:

    {"https://mastodon.nu": {"tag:hallandväxer": {"newest": "1165…", "fill": "1164…"}, "account:…": {"id": …, …}}}

"local:" and "remote:" stand in place of "tag:" where a server shows only that side of its hashtags. Beside the streams
of a server, ``facts`` is what it says about itself, and ``until`` that it asked not to be asked before then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from campaign.collecting import Filled, Forecast, Known, Rechecked
from campaign.errors import CollectError
from campaign.kinds import KINDS
from campaign.records import Candidate
from campaign.settings import SourceSettings
from collector import tidy
from collector.networks import mastodon_facts, mastodon_recheck, mastodon_stream, mastodon_timeline
from collector.networks.mastodon_server import LIMIT, Server
from collector.networks.page import Page, Visit, is_stream
from collector.networks.since import since
from net.answers import LONGEST_WAIT

_CLOSED = frozenset({"mastodon_closed", "mastodon_off"})
_MONTH = timedelta(days=30)
_PACE = timedelta(minutes=15) / 300
"""How often Mastodon as it is shipped lets one address ask for pages: 300 in a quarter of an hour."""


def pages(visit: Visit) -> Iterator[Page]:
    """Yield what is new in the source, one page at a time; while ``visit.live`` also what the first server streams.

    A server that fails does not stop the others: its error comes with the last page. Raises CollectError where
    nothing answered at all, and where a stream breaks.
    """
    state: dict[str, Any] = deepcopy(dict(visit.cursor))
    servers = _servers(visit.source)
    yield from _poll(visit, servers, state, visit.now)
    if visit.live and is_stream(visit.source):
        first = _server(visit, servers[0], state)
        yield from mastodon_stream.pages(
            visit, first, lambda: deepcopy(state), lambda now: _poll(visit, servers, state, now)
        )


def recheck(visit: Visit, known: Sequence[Known]) -> Iterator[Rechecked]:
    """Say what became of stored posts, asking each at the server nearest to its author among the source's own."""
    servers = [_server(visit, url, {}) for url in _servers(visit.source)]
    return mastodon_recheck.recheck(servers, known, stopping=visit.stopping)


def forecast(source: SourceSettings, spellings: tuple[str, ...], per_week: float) -> Forecast:
    """Return how often the servers are asked in a month; ``per_week`` is how many posts are expected."""
    servers = _servers(source)
    streams = sum(len(spellings) + len(_accounts(source, url, servers)) for url in servers)
    runs = _MONTH / max(source.every, KINDS[source.kind].floor)
    extra = len(servers) * per_week * (_MONTH / timedelta(weeks=1)) / LIMIT
    calls = ceil(runs * streams + extra + len(servers) * _MONTH / mastodon_facts.FRESH)
    notes = ("mastodon_rules", "mastodon_stream") if is_stream(source) else ("mastodon_rules",)
    return Forecast(calls=calls, allowed=len(servers) * int(_MONTH / _PACE), notes=notes)


@dataclass(slots=True)
class _Heard:
    """What became of one asking of all servers, beside the posts."""

    failures: list[CollectError] = field(default_factory=list)
    notices: list[CollectError] = field(default_factory=list)
    answered: bool = False


def _poll(visit: Visit, servers: tuple[str, ...], state: dict[str, Any], now: datetime) -> Iterator[Page]:
    """Ask these servers for what is new. ``state`` is the cursor and says after each page where they stand."""
    begin = since(visit.source, now)
    heard = _Heard()
    for url in servers:
        server, streams = _server(visit, url, state), state[url]
        if waiting := _waits(streams, server, now):
            heard.failures.append(waiting)
            continue
        try:
            server.look(now)
        except CollectError as error:
            heard.failures.append(_noted(error, streams))
            continue
        finally:
            streams["facts"] = server.facts.as_cursor()
        for found in _read(visit, server, streams, begin, heard):
            yield Page(candidates=found, cursor=deepcopy(state), filled=_filled(state, servers, begin))
        streams["facts"] = server.facts.as_cursor()
        heard.notices += filter(None, [server.notice])
    if heard.failures and not heard.answered:
        if state != visit.cursor:
            yield Page(candidates=(), cursor=deepcopy(state), unchanged=True)
        raise heard.failures[0]
    errors = (*heard.failures, *heard.notices)
    yield Page(candidates=(), cursor=deepcopy(state), errors=errors, filled=_filled(state, servers, begin))


def _read(
    visit: Visit, server: Server, streams: dict[str, Any], begin: datetime, heard: _Heard
) -> Iterator[tuple[Candidate, ...]]:
    """Yield what is new in each stream of one server, until one fails in a way that the next would share."""
    closed = False
    for name in _streams(visit, server):
        is_account = name.startswith("account:")
        if closed and not is_account:
            continue
        try:
            yield from mastodon_timeline.read(server, name, streams.setdefault(name, {}), begin)
            heard.answered = True
        except CollectError as error:
            heard.failures.append(_noted(error, streams))
            closed = not is_account and error.key in _CLOSED  # accounts may be open where hashtags are not
            if not closed and error.key != "mastodon_no_account":
                return


def _server(visit: Visit, url: str, state: dict[str, Any]) -> Server:
    """Return a server of the source. A token is one server's; the first is meant, and no other ever sees it."""
    token = visit.source.token if url == _servers(visit.source)[0] else ""
    facts = mastodon_facts.from_cursor(state.setdefault(url, {}).get("facts"))
    return Server(ask=visit.ask, url=url, token=token, facts=facts)


def _streams(visit: Visit, server: Server) -> Iterator[str]:
    """Yield the names of the streams to read: each spelling of each tag, and the accounts of this server."""
    side = server.feed or "tag"
    yield from (f"{side}:{tag}" for tag in visit.spellings)
    yield from _accounts(visit.source, server.url, _servers(visit.source))


def _noted(error: CollectError, streams: dict[str, Any]) -> CollectError:
    """Return the error, having noted until when its server wants to be left alone."""
    if error.retry_at is not None:
        streams["until"] = error.retry_at.isoformat()
    return error


def _waits(streams: dict[str, Any], server: Server, now: datetime) -> CollectError | None:
    """Return the error of a server that asked us to stay away until later, None where it may be asked."""
    until = tidy.moment(streams.pop("until", None))
    # What lies farther ahead than anybody is waited for was written by a clock that has been put right since.
    if until is None or not now < until <= now + LONGEST_WAIT:
        return None
    streams["until"] = until.isoformat()
    return CollectError("server_waits", retry_at=until, host=server.host)


def _filled(state: dict[str, Any], servers: tuple[str, ...], begin: datetime) -> Filled | None:
    """Return how far back everything has been read; None where nothing has been read yet."""
    read = [each for url in servers for each in state.get(url, {}).values() if isinstance(each, dict)]
    read = [each for each in read if each.get("newest")]
    backs = [max(datetime.fromisoformat(each["back"]), begin) for each in read if "fill" in each and "back" in each]
    if any("fill" in each for each in read):
        return Filled(reached=max(backs), goal=begin, done=False) if backs else None
    return Filled(reached=begin, goal=begin, done=True) if read else None


def _servers(source: SourceSettings) -> tuple[str, ...]:
    """Return the addresses of the source's servers, each once, the one that a token belongs to first."""
    given = source.options.get("servers")
    named = (source.options.get("server"), *(given if isinstance(given, tuple) else ()))
    found = (_address(each) for each in named if isinstance(each, str) and each.strip())
    return tuple(dict.fromkeys(found))


def _address(written: str) -> str:
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
