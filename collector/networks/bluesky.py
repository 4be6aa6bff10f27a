"""Bluesky: search for the tag in every spelling with an app password, and named accounts without any login.

Each door ("tag:hallandväxer", "account:anna.bsky.social") is read newest first. ``newest`` is the latest moment that
was seen; a later run asks back to a day before it, because the index sorts late posts in where they belong. What has
not been read yet stands in ``gaps``: from ``since`` up to ``before``, which every page moves. An account's cursor is a
moment and is kept in its gap; that of search counts posts and holds for one run, so that a later run goes on from the
moment instead.

    {"tag:hallandväxer": {"goal": "2026-…", "newest": "2026-…", "gaps": [{"since": "…", "before": "…"}]}}

Posts are known by their URI: two posts with the same words at the same time have the same CID.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaign.collecting import Filled, Forecast, Found, Known, Rechecked
from campaign.errors import CollectError
from campaign.records import Candidate
from campaign.settings import SourceSettings
from collector import tidy
from collector.networks import atproto
from collector.networks.appview import REQUESTS_PER_FIVE_MINUTES, AppView, appview, batches
from collector.networks.page import Page, Visit
from collector.networks.since import since
from net.answers import LONGEST_WAIT

LIMIT = 100
OVERLAP = timedelta(days=1)
MOST_PAGES = 25
"""Pages of one door in one run that lead further back; what is left waits for the next run."""

_MOST_ASKINGS = 200
_MOST_GAPS = 10
_MONTH = timedelta(days=30)

#: Errors of one tag or account alone: the next one may well be answered.
_ALONE = frozenset({"bluesky_no_such_account", "bluesky_bad_query"})


def pages(visit: Visit) -> Iterator[Page]:
    """Yield what is new, a page at a time. Where search is closed accounts are read all the same, and the other way.

    Raises CollectError where nothing answered at all.
    """
    view = appview(visit)
    state: dict[str, Any] = deepcopy(dict(visit.cursor))
    doors = [_Door(name=name, visit=visit, view=view, state=state.setdefault(name, {})) for name in _names(visit)]
    errors: list[CollectError] = []
    closed: set[str] = set()
    answered = False
    for door in doors:
        if door.kind in closed or visit.stopping():
            continue
        try:
            door.check_wait()
            for candidates in door.read():
                answered = True
                yield _page(candidates, state, doors, view)
        except CollectError as error:
            errors.append(error)
            door.wait_until(error.retry_at)
            closed |= set() if error.key in _ALONE else {door.kind}
    if errors and not answered:
        raise errors[0]
    yield _page((), state, doors, view, tuple(errors))


def recheck(visit: Visit, known: Sequence[Known]) -> Iterator[Rechecked]:
    """Yield what became of stored posts, 25 in a question.

    What a whole answer leaves out is believed only where the network still answers for one of its authors.
    """
    view = appview(visit)
    failed = False
    yield from (Rechecked(identity=post.identity, found=Found.UNKNOWN) for post in known if not _is_post(post))
    for uris in batches(post.identity for post in known if _is_post(post)):
        if visit.stopping():
            return
        views: Mapping[str, Any] | None = None
        if not failed:
            try:
                views = view.posts(uris)
                failed = not views and not view.knows(uris[0].removeprefix("at://").partition("/")[0])
            except CollectError:
                failed = True  # the rest would fare no better, and nobody knows is all that it says
        for uri in uris:
            yield _rechecked(uri, None if failed else views)


def forecast(source: SourceSettings, spellings: tuple[str, ...], per_week: float) -> Forecast:
    """Return what a month of this source asks: every spelling and account each time, and pages of what is found."""
    runs = _MONTH / source.every
    doors = (len(spellings) if source.options.get("identifier") else 0) + len(_accounts(source))
    # With a day of overlap a page of a hundred is full where more than that is written in a day.
    more = per_week / 7 / LIMIT * runs
    return Forecast(
        calls=round(runs * doors + more),
        allowed=round(REQUESTS_PER_FIVE_MINUTES * (_MONTH / timedelta(minutes=5))),
        notes=("bluesky_modest",) if source.options.get("identifier") else (),
    )


def _names(visit: Visit) -> list[str]:
    """Return the doors of a source: every spelling where an account logs in or was meant to, and named accounts."""
    searched = visit.spellings if visit.source.options.get("identifier") or visit.source.token else ()
    return [*(f"tag:{tag}" for tag in searched), *(f"account:{name}" for name in _accounts(visit.source))]


def _accounts(source: SourceSettings) -> list[str]:
    given = source.options.get("accounts")
    names = (tidy.line(name).removeprefix("@") for name in (given if isinstance(given, tuple) else ()))
    return list(dict.fromkeys(name for name in names if name))


def _page(
    candidates: tuple[Candidate, ...],
    state: Mapping[str, Any],
    doors: Sequence[_Door],
    view: AppView,
    errors: tuple[CollectError, ...] = (),
) -> Page:
    return Page(
        candidates=candidates,
        cursor=deepcopy(dict(state)),
        errors=errors,
        quotas=(view.quota,) if view.quota else (),
        filled=_filled(doors),
    )


def _filled(doors: Sequence[_Door]) -> Filled | None:
    """Return how far back all doors have been read: as far as the one that has come least far."""
    past = [door.past() for door in doors]
    goals = [goal for _, goal in past]
    if not past:
        return None
    return Filled(
        reached=max(reached for reached, _ in past),
        goal=min(goals),
        done=all(reached == goal for reached, goal in past),
    )


def _is_post(known: Known) -> bool:
    return known.network == atproto.NETWORK and atproto.is_uri(known.identity)


def _rechecked(uri: str, views: Mapping[str, Any] | None) -> Rechecked:
    if views is None:
        return Rechecked(identity=uri, found=Found.UNKNOWN)
    if uri not in views:
        return Rechecked(identity=uri, found=Found.ABSENT)
    candidate = atproto.from_view(views[uri])
    # Hidden by moderation, it is there and cannot be seen.
    return Rechecked(identity=uri, found=Found.LIVE if candidate else Found.ABSENT, candidate=candidate)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    """One tag or account, and where reading it stands; ``state`` is part of the source's cursor."""

    name: str
    visit: Visit
    view: AppView
    state: dict[str, Any]

    @property
    def kind(self) -> str:
        """Return "tag" or "account"."""
        return self.name.partition(":")[0]

    def past(self) -> tuple[datetime, datetime]:
        """Return how far back the door has been read, and how far back it shall be."""
        goal = atproto.moment(self.state.get("goal")) or since(self.visit.source, self.visit.now)
        if "goal" not in self.state:
            return self.visit.now, goal
        open_ends = [atproto.moment(gap.get("before")) for gap in self.state.get("gaps", []) if gap.get("past")]
        return max([goal, *(each or self.visit.now for each in open_ends)]), goal

    def check_wait(self) -> None:
        """Raise CollectError where the network asked to be left alone until later."""
        until = atproto.moment(self.state.pop("until", None))
        # What lies farther ahead than anybody is waited for was written by a clock that has been put right since.
        if until is not None and self.visit.now < until <= self.visit.now + LONGEST_WAIT:
            self.state["until"] = until.isoformat()
            raise CollectError("server_waits", retry_at=until, host="bsky.social")

    def wait_until(self, moment: datetime | None) -> None:
        """Remember that the network wants to be left alone until then."""
        if moment is not None:
            self.state["until"] = moment.isoformat()

    def read(self) -> Iterator[tuple[Candidate, ...]]:
        """Yield what is new since the last run, then what older runs have left; ``state`` stands after each page."""
        first = "goal" not in self.state
        goal = atproto.moment(self.state.get("goal")) or since(self.visit.source, self.visit.now)
        newest = atproto.moment(self.state.get("newest"))
        begin = goal if newest is None else max(goal, newest - OVERLAP)
        older = list(self.state.get("gaps", []))
        fresh = {"since": begin.isoformat(), "past": first or newest is None}
        # What is new has pages of its own, so that a busy tag does not keep its past from being read, nor the reverse.
        for gaps in ([fresh], older[:]):
            left = MOST_PAGES
            for gap in gaps:
                for candidates, moved in self._close(gap, older, goal):
                    self.state["goal"] = goal.isoformat()
                    yield candidates
                    # A page that leads no further back was given again; it costs nothing of the run.
                    left -= moved
                    if left <= 0 or self.visit.stopping():
                        break
                if left <= 0 or self.visit.stopping():
                    break

    def _close(
        self, gap: dict[str, Any], older: list[dict[str, Any]], goal: datetime
    ) -> Iterator[tuple[tuple[Candidate, ...], bool]]:
        """Read one gap from its newer end, and say of each page whether it leads further back."""
        begin, before = atproto.moment(gap["since"]) or goal, atproto.moment(gap.get("before"))
        resumed = before
        cursor, seen = str(gap.get("cursor") or ""), set[str]()
        for _ in range(_MOST_ASKINGS):
            views, following = self._ask(begin, resumed, cursor)
            moments = [found for view in views if (found := _sorted_at(view)) is not None]
            moved = before is None or (bool(moments) and min(moments) < before)
            before = min([*moments, *([before] if before else [])], default=None)
            self._saw(moments)
            over = not following or following in seen or (bool(moments) and max(moments) < begin)
            self._keep(gap, older, before=before, cursor=following, over=over)
            yield self._candidates(views, goal), moved
            if over:
                return
            seen.add(following)
            cursor = following

    def _ask(self, begin: datetime, before: datetime | None, cursor: str) -> tuple[list[Any], str]:
        """Return a page of views, newest first, and the cursor of the next, "" where there is none."""
        what = self.name.partition(":")[2]
        if self.kind == "account":
            found = self.view.feed(what, cursor)
            items = found.get("feed")
            views = [_own(item) for item in items] if isinstance(items, list) else None
        else:
            params: list[tuple[str, str | int]] = [("q", f"#{what}"), ("tag", what), ("sort", "latest")]
            params += [("limit", LIMIT), ("since", _written(begin))]
            params += [("until", _written(before + timedelta(seconds=1)))] if before else []
            params += [("cursor", cursor)] if cursor else []
            found = self.view.search(params)
            given = found.get("posts")
            views = given if isinstance(given, list) else None
        if views is None:
            raise CollectError("bluesky_odd", host=self.view.server)
        following = found.get("cursor")
        return [view for view in views if isinstance(view, dict)], following if isinstance(following, str) else ""

    def _saw(self, moments: Sequence[datetime]) -> None:
        known = atproto.moment(self.state.get("newest"))
        latest = max((min(each, self.visit.now) for each in moments), default=None)
        if latest is not None and (known is None or latest > known):
            self.state["newest"] = latest.isoformat()

    def _keep(
        self, gap: dict[str, Any], older: list[dict[str, Any]], *, before: datetime | None, cursor: str, over: bool
    ) -> None:
        """Write down what of a gap is left, and beside it the gaps that have not been come to."""
        if before is not None:
            gap["before"] = before.isoformat()
        if self.kind == "account":
            gap["cursor"] = cursor
        if gap in older:
            older.remove(gap)
        if not over:
            older.insert(0, gap)
        self.state["gaps"] = _joined(older)

    def _candidates(self, views: Sequence[Any], goal: datetime) -> tuple[Candidate, ...]:
        found = filter(None, map(atproto.from_view, views))
        return tuple(each for each in found if each.published_at is None or each.published_at >= goal)


def _own(item: object) -> object:
    """Return the post of a feed's item; None for what the account only passed on, or pinned."""
    return item.get("post") if isinstance(item, dict) and not item.get("reason") else None


def _sorted_at(view: Mapping[str, Any]) -> datetime | None:
    """Return the moment by which the network sorts a post: the earlier of when it was written and indexed."""
    record = view.get("record")
    written = atproto.moment(record.get("createdAt")) if isinstance(record, dict) else None
    known = [each for each in (written, atproto.moment(view.get("indexedAt"))) if each is not None]
    return min(known, default=None)


def _joined(gaps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return gaps as they are kept; too many of them become one that spans them all."""
    if len(gaps) <= _MOST_GAPS:
        return list(gaps)
    begin, end = min(gap["since"] for gap in gaps), max(gap.get("before", "") for gap in gaps)
    return [{"since": begin, "past": any(gap.get("past") for gap in gaps), **({"before": end} if end else {})}]


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
