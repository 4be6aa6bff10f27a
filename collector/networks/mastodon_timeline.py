"""One tag or account on one server, read forward from the newest post seen and backward to the wanted day.

Its state: ``newest``, the newest id seen; ``fill``, the id from which the past is still to be read, and ``back``, how
far that has come; ``gap``, ids between which a server that cannot be read forward left something out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from campaign.records import Candidate
from collector.networks import statuses
from collector.networks.mastodon_server import Server

MOST_PAGES = 25
"""Pages of one stream in one run; what is left waits for the next run."""

FULL = 20
"""A page of so many statuses may have left some out; servers that do not know our limit give so many."""

Found = tuple[Candidate, ...]


def read(server: Server, name: str, state: dict[str, Any], since: datetime) -> Iterator[Found]:
    """Yield a stream's new candidates page by page; ``state`` then says where it stands after each."""
    path = server.path(name, state)
    if state.get("newest"):
        yield from _between(server, path, state)
        yield from _forward(server, path, state)
        yield from _between(server, path, state)
    else:
        page = server.page(path)
        if not page:
            return
        state["newest"], state["fill"] = statuses.newest(page), statuses.oldest(page)
        _reach(page, state, since)
        yield _candidates(page, server, since)
    yield from _back(server, path, state, since)


def _forward(server: Server, path: str, state: dict[str, Any]) -> Iterator[Found]:
    known = state["newest"]
    for number in range(MOST_PAGES):
        if server.spent:
            return
        page = server.page(path) if server.backwards else server.page(path, min_id=state["newest"])
        newest = statuses.newest(page)
        fresh, reached = statuses.newer(page, known)
        if not fresh or newest == state["newest"]:
            return
        if number == 0 and not reached and (server.backwards or len(page) >= FULL):
            # Some servers take min_id for since_id and give the newest: what lies between is looked for from above.
            gap = state.get("gap") or {}
            state["gap"] = {"from": statuses.oldest(page), "to": gap.get("to", known)}
        state["newest"] = newest
        yield _candidates(fresh, server, None)
        if server.backwards:
            return


def _between(server: Server, path: str, state: dict[str, Any]) -> Iterator[Found]:
    """Yield what lies in the gap, however old it is by now."""
    for _ in range(MOST_PAGES):
        gap = state.get("gap")
        if server.spent or not gap:
            return
        page = server.page(path, max_id=gap["from"])
        oldest = statuses.oldest(page)
        fresh, reached = statuses.newer(page, gap["to"])
        if reached or not oldest or oldest == gap["from"]:
            del state["gap"]
        else:
            state["gap"] = {"from": oldest, "to": gap["to"]}
        yield _candidates(fresh, server, None)


def _back(server: Server, path: str, state: dict[str, Any], since: datetime) -> Iterator[Found]:
    for _ in range(MOST_PAGES):
        if server.spent or "fill" not in state:
            return
        page = server.page(path, max_id=state["fill"])
        oldest = statuses.oldest(page)
        if oldest and oldest != state["fill"]:
            state["fill"] = oldest
            _reach(page, state, since)
        else:
            _end(state)
        yield _candidates(page, server, since)


def _reach(page: list[Any], state: dict[str, Any], since: datetime) -> None:
    """Note how far back a page has come, and end the filling where it is far enough."""
    if _is_before(page, since):
        _end(state)
    elif moments := _moments(page):
        state["back"] = min(moments).isoformat()


def _end(state: dict[str, Any]) -> None:
    state.pop("fill", None)
    state.pop("back", None)


def _candidates(page: list[Any], server: Server, since: datetime | None) -> Found:
    found = (statuses.candidate(status, server=server.url) for status in page)
    return tuple(each for each in found if each and not (since and each.published_at and each.published_at < since))


def _moments(page: list[Any]) -> list[datetime]:
    return [found for status in page if (found := statuses.written_at(status)) is not None]


def _is_before(page: list[Any], since: datetime) -> bool:
    """Return whether a page holds only posts from before the moment from which a stream is filled."""
    moments = _moments(page)
    return bool(moments) and max(moments) < since
