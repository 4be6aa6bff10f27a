"""Reading one of Meta's lists, newest first, without gaps: stretches that are read downwards, each from where it stood.

The first stretch goes from now to the wanted past; every run then opens one from now to a little below the newest
post seen, for what was edited or put there late. What a run does not finish stays in the state of the list:

    {"newest": "2026-11-20T…", "goal": "2026-10-21T…",
     "refused": "graph_no_permission",                       where the last run was not let in
     "spans": [{"since": "2026-10-21T…", "after": "QVFI…", "reached": "2026-11-02T…", "fill": true}]}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from campaign.collecting import Filled
from campaign.errors import CollectError
from campaign.records import Candidate
from collector import tidy
from collector.networks.graph import Graph, token_word
from collector.networks.graph_errors import OF_ONE
from collector.networks.page import Page

LIMIT = 50
FEWEST = 5
MOST_PAGES = 25
"""Pages of one list in one run; what is left waits for the next run."""

OVERLAP = timedelta(days=3)
_MOST_EMPTY = 3
_MOST_SPANS = 6
_LONGEST_CURSOR = 4000
_UNTIL = "until:"
_NEXT_UNTIL = re.compile(r"[?&]until=([0-9]{1,12})(?:&|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which page of a list is asked for. ``until`` is given only where a cursor could not be used any more."""

    fields: str
    limit: int
    since: datetime
    after: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page: its items, and the cursor of the next, "" where it is the last."""

    items: list[Any]
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A list of Meta's. ``fields`` is what we would like of each item, ``plain`` what every version gives.

    ``timed`` says that it takes ``since`` and ``until``; ``born`` and ``changed`` are its fields of time.
    """

    path: str
    fields: str
    plain: str
    needs: str
    what: str
    timed: bool = False
    born: str = "timestamp"
    changed: str = "timestamp"
    more: tuple[tuple[str, str], ...] = ()

    def page(self, way: Graph, where: Where) -> Listing:
        """Return one page of the list."""
        asked = {"fields": where.fields, "limit": str(where.limit), **dict(self.more)}
        if self.timed:
            asked["since"] = str(int(where.since.timestamp()))
            asked |= {"until": str(int(where.until.timestamp()))} if where.until else {}
        if where.after.startswith(_UNTIL):
            asked["until"] = where.after.removeprefix(_UNTIL)
        elif where.after:
            asked["after"] = where.after
        return listing(way.get(self.path, needs=self.needs, what=self.what, **asked), way)


def listing(answer: Mapping[str, Any], way: Graph, *, always: bool = False) -> Listing:
    """Return a page of an answer. Only ``next`` says that there is more, except inside another object (``always``).

    Some lists are paged by time alone: of the address of their next page, which holds the token, the time is taken.
    """
    if not isinstance(answer.get("data"), list):
        raise CollectError("answer_odd", host=way.host)
    paging = tidy.mapping(answer.get("paging"))
    after, following = tidy.mapping(paging.get("cursors")).get("after"), paging.get("next")
    if isinstance(after, str) and 0 < len(after) <= _LONGEST_CURSOR and (always or isinstance(following, str)):
        return Listing(items=answer["data"], after=after)
    until = _NEXT_UNTIL.search(following) if isinstance(following, str) else None
    return Listing(items=answer["data"], after=f"{_UNTIL}{until.group(1)}" if until else "")


class Run(Protocol):
    """One asking of one source of Meta's: its lists, and where they stand."""

    way: Graph
    state: dict[str, Any]
    expires_at: datetime | None

    def lists(self) -> Iterator[Iterator[Page]]:
        """Return the lists to read, each as its pages."""

    def page(self, found: Sequence[Candidate | None], *, errors: Sequence[CollectError] = ()) -> Page:
        """Return a page with all that is to be said beside its candidates."""


def read_all(run: Run) -> Iterator[Page]:
    """Yield the pages of every list, and one at last with what went wrong beside them.

    A list that is refused by itself does not stop the others. Raises CollectError where none answered.
    """
    errors: list[CollectError] = []
    answered = False
    for pages in run.lists():
        try:
            yield from pages
            answered = True
        except CollectError as error:
            errors += [error] if str(error) not in map(str, errors) else []
            if error.key not in OF_ONE:
                run.state |= {"until": error.retry_at.isoformat()} if error.retry_at else {}
                break
    if errors and not answered:
        raise errors[0]
    if all(error.key in OF_ONE for error in errors):
        run.expires_at = token_word(run.way, run.state)
    yield run.page([], errors=errors)


def read(way: Graph, edge: Edge, state: dict[str, Any], *, goal: datetime) -> Iterator[list[Any]]:
    """Yield a list's items page by page, as far back as ``goal``; ``state`` then says where the list stands."""
    state["spans"] = spans = _spans(state, goal)
    state.pop("refused", None)
    reading = _Reading(way=way, edge=edge, state=state, left=MOST_PAGES)
    while spans and reading.left and not (reading.left < MOST_PAGES and way.spent):
        span = spans[0]
        try:
            yield from reading.down(span)
        except CollectError as error:
            state["refused"] = error.key
            raise
        if spans and spans[0] is span:
            return


def _spans(state: dict[str, Any], goal: datetime) -> list[dict[str, Any]]:
    """Return the stretches that are to be read, the newest first."""
    newest = tidy.moment(state.get("newest"))
    if newest is None:
        # Nothing was there, or nothing with a date: from the top again.
        state["goal"] = goal.isoformat()
        return [{"since": goal.isoformat(), "fill": True}]
    known = [dict(span) for span in tidy.items(state.get("spans")) if isinstance(span, dict)]
    begun = [span for span in known if span.get("fill") or span.get("after")]
    if len(begun) > _MOST_SPANS:
        # While the allowance is nearly used each run leaves one behind: together they are read again from the top.
        begun = [span for span in begun if span.get("fill")]
    # One that never got further than its first page is read again as a part of the new one.
    since = [str(span.get("since")) for span in known if span not in begun]
    return [{"since": min([(newest - OVERLAP).isoformat(), *since])}, *begun]


def filled(states: Iterable[Mapping[str, Any]], *, goal: datetime, now: datetime) -> Filled:
    """Return how far back a source of several lists has been read: as far as the one that is furthest behind.

    A list that is refused does not count: nobody knows whether it will ever be read.
    """
    behind: list[datetime] = []
    for state in (state for state in states if not state.get("refused")):
        open_spans = [span for span in tidy.items(state.get("spans")) if tidy.mapping(span).get("fill")]
        if open_spans or "goal" not in state:
            behind.append((tidy.moment(open_spans[0].get("reached")) if open_spans else None) or now)
    return Filled(reached=max(behind, default=goal), goal=goal, done=not behind)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One run's reading of one list; ``left`` counts the pages that it may still ask for."""

    way: Graph
    edge: Edge
    state: dict[str, Any]
    left: int

    def down(self, span: dict[str, Any]) -> Iterator[list[Any]]:
        """Yield the pages of the first stretch; it leaves the state with its last page, else says where it stands."""
        since = _since(span)
        seen: set[str] = set()
        empty = pages = 0
        while self.left and not (pages and self.way.spent):
            self.left -= 1
            found, pages = self._page(span, resumed=pages == 0), pages + 1
            fresh = [item for item in found.items if _id(item) not in seen]
            repeats = bool(found.items) and not fresh
            if repeats and pages == 2:
                span.pop("after", None)
                raise CollectError("graph_repeats", host=self.way.host, what=self.edge.what)
            seen.update(_id(item) for item in fresh)
            empty = 0 if fresh else empty + 1
            self._note(span, fresh)
            times = [time for item in fresh if (time := self._changed(item)) is not None]
            span["after"] = found.after
            if not found.after or repeats or empty == _MOST_EMPTY or (times and max(times) < since):
                del self.state["spans"][0]
            yield [item for item in fresh if self._is_wanted(item, since)]
            if not any(each is span for each in self.state["spans"]):
                return

    def _page(self, span: dict[str, Any], *, resumed: bool) -> Listing:
        """Return the next page; where Meta takes a question ill, ask for less, or again from where the dates say."""
        since = _since(span)
        while True:
            after = str(span.get("after") or "")
            limit = min(max(self.state.get("limit", LIMIT), FEWEST), LIMIT)
            where = Where(
                fields=self.edge.plain if self.state.get("plain") else self.edge.fields,
                limit=limit, since=since, after=after,
                until=tidy.moment(span.get("until")),
            )  # fmt: skip
            try:
                return self.edge.page(self.way, where)
            except CollectError as error:
                if error.key == "graph_too_much" and limit > FEWEST:
                    self.state["limit"] = limit // 2
                elif error.key == "graph_bad_question" and after and resumed:
                    # Cursors grow old: from the top again, or where dates are taken from the date where it stood.
                    del span["after"]
                    span |= {"until": until.isoformat()} if (until := self._until(span)) else {}
                elif error.key == "graph_bad_question" and not self.state.get("plain") and self.edge.plain:
                    self.state["plain"] = True
                else:
                    raise

    def _until(self, span: dict[str, Any]) -> datetime | None:
        reached = tidy.moment(span.get("reached"))
        return reached + timedelta(seconds=1) if reached and self.edge.timed else None

    def _note(self, span: dict[str, Any], items: list[Any]) -> None:
        born = [time for item in items if (time := self._born(item)) is not None]
        changed = [time for item in items if (time := self._changed(item)) is not None]
        if born:
            # The youngest of a page, not the oldest: one that stands out of its order must not hide what comes next.
            span["reached"] = min(max(born), tidy.moment(span.get("reached")) or max(born)).isoformat()
        # A date in the future would make everything before it look old.
        newest = [min(time, self.way.now) for time in changed]
        known = tidy.moment(self.state.get("newest"))
        if newest:
            self.state["newest"] = max([*newest, known] if known else newest).isoformat()

    def _is_wanted(self, item: object, since: datetime) -> bool:
        goal = tidy.moment(self.state.get("goal"))
        born, changed = self._born(item), self._changed(item)
        return not ((goal and born and born < goal) or (changed and changed < since))

    def _born(self, item: object) -> datetime | None:
        return tidy.moment(tidy.mapping(item).get(self.edge.born))

    def _changed(self, item: object) -> datetime | None:
        changed, born = tidy.moment(tidy.mapping(item).get(self.edge.changed)), self._born(item)
        return max(changed, born) if changed and born else changed or born


def _since(span: Mapping[str, Any]) -> datetime:
    return tidy.moment(span.get("since")) or datetime(1990, 1, 1, tzinfo=UTC)


def _id(item: object) -> str:
    return tidy.line(tidy.mapping(item).get("id"), 200)
