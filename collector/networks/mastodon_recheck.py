"""What became of stored posts, asked for again by their ids at servers that know them.

Absence is believed only where a server says it about the post itself: 404 or 410, or left out of a batch that holds
others of the batch. Everything else (a server that is down, refuses, or answers something odd) says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from campaign.collecting import Found, Known, Rechecked
from campaign.errors import CollectError
from campaign.records import Candidate
from collector.networks import mastodon_facts, statuses
from collector.networks.mastodon_server import Server
from net.answers import StatusError

BATCH = 40
"""Posts in one question."""

_GONE = frozenset({404, 410})
_HIDDEN = frozenset({"private", "direct"})

Verdict = tuple[Found, Candidate | None]
_NOBODY_KNOWS: Verdict = (Found.UNKNOWN, None)
_ABSENT: Verdict = (Found.ABSENT, None)


def recheck(servers: Sequence[Server], known: Sequence[Known], *, stopping: Callable[[], bool]) -> Iterator[Rechecked]:
    """Yield what became of each post, in batches; those that are left when ``stopping`` says yes are not answered.

    The author's own server alone is asked where it is among ours; else every one of ours that knows the post, and
    it is absent only where all of them say so.
    """
    asked = [_Asked(server) for server in servers]
    groups: dict[tuple[int, ...], list[Known]] = {}
    for post in known:
        groups.setdefault(_whom(servers, post), []).append(post)
    for whom, posts in groups.items():
        for some in _batches(posts):
            if stopping():
                return
            heard = [asked[number].look(some) for number in whom]
            for post in some:
                found, candidate = _together([each[post.identity] for each in heard])
                yield Rechecked(identity=post.identity, found=found, candidate=candidate)


def _batches(posts: list[Known]) -> Iterator[list[Known]]:
    for start in range(0, len(posts), BATCH):
        yield posts[start : start + BATCH]


def _whom(servers: Sequence[Server], post: Known) -> tuple[int, ...]:
    """Return which servers are asked about a post: its author's own alone, or all that know it."""
    knowing = [number for number, server in enumerate(servers) if post.local.get(server.url)]
    homes = {urlsplit(address).netloc.lower() for address in (post.identity, post.url)} - {""}
    home = [number for number in knowing if servers[number].host.lower() in homes]
    return tuple(home[:1] or knowing)


def _together(heard: list[Verdict]) -> Verdict:
    for verdict in heard:
        if verdict[0] is Found.LIVE:
            return verdict
    return _ABSENT if heard and all(found is Found.ABSENT for found, _ in heard) else _NOBODY_KNOWS


class _Asked:
    """One server in one re-check. It is trusted about absences once it has shown that it still stands."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.batches = True
        self.silent = False
        self.stands: bool | None = None

    def look(self, posts: list[Known]) -> Mapping[str, Verdict]:
        """Return what the server says about each of up to forty posts, by identity."""
        names = {post.local[self.server.url]: post for post in posts}
        heard = self._batch(names) if self.batches and len(names) > 1 else {}
        for name, post in names.items():
            if post.identity not in heard:
                heard[post.identity] = self._single(name, post)
        if any(found is Found.LIVE for found, _ in heard.values()):
            self.stands = True
        absent = [identity for identity, verdict in heard.items() if verdict == _ABSENT]
        if absent and not self._is_there():
            heard |= dict.fromkeys(absent, _NOBODY_KNOWS)
        # Two posts under one name is nonsense of ours or theirs, and says nothing about either.
        return {post.identity: heard.get(post.identity, _NOBODY_KNOWS) for post in posts}

    def _batch(self, names: Mapping[str, Known]) -> dict[str, Verdict]:
        """Return what one question for all of them settles. What it leaves open is asked one by one."""
        if self.silent:
            return {}
        told = self._ask(partial(self.server.statuses, list(names)))
        if isinstance(told, StatusError) and told.status in (*_GONE, 400, 405, 422):
            self.batches = False  # a server from before 4.3, or of another make
        if not isinstance(told, list):
            return {}
        found = {statuses.local_id(status): status for status in told}
        if not found or not found.keys() <= names.keys():
            self.batches = False  # it did not understand which ones were meant
            return {}
        heard = {
            post.identity: _judged(found[name], post, self.server) for name, post in names.items() if name in found
        }
        return {post.identity: _ABSENT for post in names.values()} | heard

    def _single(self, name: str, post: Known) -> Verdict:
        if self.silent:
            return _NOBODY_KNOWS
        told = self._ask(partial(self.server.status, name))
        if isinstance(told, StatusError):
            is_page = told.body.lstrip().startswith(b"<")
            return _ABSENT if told.status in _GONE and not is_page else _NOBODY_KNOWS
        if isinstance(told, CollectError) or statuses.local_id(told) != name:
            return _NOBODY_KNOWS
        return _judged(told, post, self.server)

    def _is_there(self) -> bool:
        """Return whether the server still speaks this interface: one that does not says 404 to everything."""
        if self.stands is None and not self.silent:
            for path in ("/api/v2/instance", "/api/v1/instance"):
                told = self._ask(partial(self.server.fetch, path))
                if not isinstance(told, CollectError) and mastodon_facts.parse_instance(told):
                    self.stands = True
                    break
            else:
                self.stands = False
        return bool(self.stands)

    def _ask(self, ask: Callable[[], Any]) -> Any:
        """Return an answer or the error in its place; after one that others would share the server is left alone."""
        try:
            told = ask()
        except CollectError as error:
            refused = isinstance(error, StatusError) and error.status < 500 and error.status not in (401, 429)
            self.silent = not refused
            return error
        self.silent = self.server.spent
        return told


def _judged(status: Any, post: Known, server: Server) -> Verdict:
    """Return what a status under a post's name says about the post."""
    if isinstance(status, dict) and status.get("visibility") in _HIDDEN:
        return _ABSENT  # its author took it out of the public eye
    candidate = statuses.candidate(status, server=server.url)
    if candidate is not None:
        return (Found.LIVE, candidate) if candidate.identity == post.identity else _NOBODY_KNOWS
    return (Found.LIVE, None) if statuses.identity(status) == post.identity else _NOBODY_KNOWS
