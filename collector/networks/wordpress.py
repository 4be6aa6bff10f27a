"""WordPress: the posts of a site that carry the tag, by its REST interface; by the tag's feed where that is closed.

Each list (one term, one spelling in the text, or all posts) is read three ways: forward from the newest post that was
seen, by the time of edits, and backwards through its past. Pages begin at the moment where the last one ended, never
at a number that shifts when something is added in between. The cursor:

    {"root": where the interface stands, "terms": {"27": ["hallandväxer"]}, "looked_at": when terms were looked up,
     "lists": {"tag:27": {"date": newest seen, "modified": latest edit seen, "fill": how far back it is read, …}},
     "feeds": {"hallandvaxer": {…}}}

Dates are the site's own, in its own time, as the interface compares them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from campaign import hashtags
from campaign.collecting import Filled, Forecast, Found, Known, Rechecked
from campaign.errors import CollectError
from campaign.kinds import KINDS
from campaign.records import Candidate
from campaign.settings import SourceSettings
from collector.networks import since, wordpress_feeds, wordpress_posts
from collector.networks.page import Page, Visit
from collector.networks.wordpress_site import ClosedError, PastEnd, Site, address

PER_PAGE = 100
MOST_PAGES = 25
"""Pages of one list, one way, in one run; what is left waits for the next run."""

OVERLAP = timedelta(days=2)
"""What is read again every time: a post that was planned for a moment appears only when somebody visits the site."""

_FIRST = "1990"
_LOOK_AGAIN = timedelta(days=1)
_EMBED = "author,wp:featuredmedia,wp:term"


def pages(visit: Visit) -> Iterator[Page]:
    """Yield what is new on the site, page by page.

    Where its interface is closed the tag's feeds are read instead, and the last page says so. Raises CollectError
    where neither answered.
    """
    site = Site(ask=visit.ask, url=address(visit.source), root=str(visit.cursor.get("root") or ""))
    state: dict[str, Any] = deepcopy(dict(visit.cursor))
    reading = _Reading(visit=visit, site=site, state=state, until=_until(visit))
    try:
        yield from reading.pages()
    except ClosedError as closed:
        state.pop("root", None)  # it may have moved: the next run looks for it
        read = False
        for page in wordpress_feeds.pages(visit, site, state, closed, until=_until(visit)):
            read = True
            yield page
        if not read:
            raise


def recheck(visit: Visit, known: Sequence[Known]) -> Iterator[Rechecked]:
    """Say of each post whether its site still shows it: many in one question, those not shown one by one."""
    site = Site(ask=visit.ask, url=address(visit.source), root=str(visit.cursor.get("root") or ""))
    numbered = {each.local[site.url]: each for each in known if each.local.get(site.url, "").isdigit()}
    belongs = _belongs(visit.cursor)
    for each in known:
        if each not in numbered.values():
            yield Rechecked(identity=each.identity, found=Found.UNKNOWN)
    numbers = list(numbered)
    for start in range(0, len(numbers), PER_PAGE):
        some = numbers[start : start + PER_PAGE]
        try:
            answered, _ = site.get("posts", include=",".join(some), per_page=PER_PAGE, _embed=_EMBED)
        except PastEnd:
            answered = []
        shown = {wordpress_posts.identifier(post): post for post in answered}
        for number in some:
            yield _rechecked(site, numbered[number], number, shown.get(number), belongs)


def forecast(source: SourceSettings, spellings: tuple[str, ...], per_week: float) -> Forecast:
    """Return how often the site is asked in a month: two questions a list, and once a day for the terms."""
    lists = 1 if source.keep == "all" else 1 + len(spellings)
    runs = timedelta(days=30) / max(source.every, KINDS["wordpress"].floor)
    more = per_week * 30 / 7 / PER_PAGE
    looks = 0 if source.keep == "all" else 30 * len(spellings)
    return Forecast(calls=round(runs * 2 * lists + more + looks), notes=("wordpress",))


def _rechecked(site: Site, known: Known, number: str, post: object, belongs: dict[int, tuple[str, ...]]) -> Rechecked:
    if post is not None:
        found = wordpress_posts.candidate(post, site=site.url, belongs=belongs)
        # Behind a password now: its owner has closed it.
        return Rechecked(
            identity=known.identity, found=Found.LIVE if found else Found.ABSENT, candidate=_as(found, known)
        )
    try:
        status, code = site.one(f"posts/{number}")
    except CollectError:
        return Rechecked(identity=known.identity, found=Found.UNKNOWN)
    absent = (status == 404 and code == "rest_post_invalid_id") or (status == 401 and code == "rest_forbidden")
    return Rechecked(identity=known.identity, found=Found.ABSENT if absent else Found.UNKNOWN)


def _as(found: Candidate | None, known: Known) -> Candidate | None:
    """Return a post under the name by which it is known: a feed without a guid gave it another."""
    return None if found is None else replace(found, identity=known.identity)


def _until(visit: Visit) -> datetime | None:
    """Return how far back the past is read. Tagged posts are few: all of them; of everything, a month."""
    if visit.source.options.get("since") or visit.source.keep == "all":
        return since.since(visit.source, visit.now)
    return None


def _belongs(cursor: Any) -> dict[int, tuple[str, ...]]:
    kept = cursor.get("terms")
    pairs = kept.items() if isinstance(kept, dict) else ()
    return {int(number): tuple(map(str, tags)) for number, tags in pairs if str(number).isdigit()}


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One run over a site's interface. ``state`` becomes the cursor of each page."""

    visit: Visit
    site: Site
    state: dict[str, Any]
    until: datetime | None

    def pages(self) -> Iterator[Page]:
        wanted = {"all": {}} if self.visit.source.keep == "all" else self._tagged()
        lists = self.state.setdefault("lists", {})
        self.state["lists"] = lists = {name: lists.get(name, {}) for name in wanted}
        for name, query in wanted.items():
            for candidates in self._list(query, lists[name]):
                yield self._page(candidates)
        yield self._page(())

    def _page(self, candidates: tuple[Candidate, ...]) -> Page:
        self.state["root"] = self.site.root
        self.state.pop("feeds", None)
        return Page(candidates=candidates, cursor=deepcopy(self.state), filled=self._filled())

    def _tagged(self) -> dict[str, dict[str, str | int]]:
        """Return what is asked for: each term that is one of the tags, and each spelling in the text itself."""
        terms = self._terms()
        found: dict[str, dict[str, str | int]] = {f"tag:{number}": {"tags": number} for number in terms}
        return found | {f"text:{tag}": {"search": f"#{tag}"} for tag in self.visit.spellings}

    def _terms(self) -> dict[int, tuple[str, ...]]:
        """Return the site's terms for the tags, looked up once a day, and every time while there is none."""
        kept = _belongs(self.state)
        looked_at = str(self.state.get("looked_at") or "")
        asked = sorted(self.visit.spellings)
        fresh = looked_at > (self.visit.now - _LOOK_AGAIN).isoformat()
        if kept and fresh and self.state.get("asked") == asked:
            return kept
        found = self._look_up({"slug": ",".join(dict.fromkeys(map(hashtags.fold, self.visit.spellings)))})
        for tag in self.visit.spellings:
            if hashtags.fold(tag) != tag:
                found |= self._look_up({"search": tag})
        self.state["terms"] = {str(number): list(tags) for number, tags in found.items()}
        self.state |= {"looked_at": self.visit.now.isoformat(), "asked": asked}
        return found

    def _look_up(self, query: dict[str, str | int]) -> dict[int, tuple[str, ...]]:
        try:
            answered, _ = self.site.get("tags", **query, per_page=PER_PAGE)
        except PastEnd:
            return {}
        return wordpress_posts.terms(answered, self.visit.spellings)

    def _list(self, query: dict[str, str | int], state: dict[str, Any]) -> Iterator[tuple[Candidate, ...]]:
        if "date" not in state:
            yield from self._begin(query, state)
        else:
            yield from self._forward(query, state, "date", "after")
            yield from self._forward(query, state, "modified", "modified_after")
        yield from self._back(query, state)

    def _begin(self, query: dict[str, str | int], state: dict[str, Any]) -> Iterator[tuple[Candidate, ...]]:
        """Read the newest page, from which the list is read both ways afterwards; nothing stands while it is empty."""
        posts, last = self._ask(query, orderby="date", order="desc", page=1)
        dates = self._moments(posts, "date")
        if not dates:
            yield self._candidates(posts, query)
            return
        state["date"] = max(dates)
        state["modified"] = max(self._moments(posts, "modified"), default=max(dates))
        if not last:
            state["fill"] = {"moment": _shifted(min(dates), 1), "page": 1}
            self._reach(state)
        yield self._candidates(posts, query)

    def _forward(
        self, query: dict[str, str | int], state: dict[str, Any], name: str, after: str
    ) -> Iterator[tuple[Candidate, ...]]:
        """Read on from the newest that was seen, by date or by edit; ``state["on"]`` is where a cut run goes on."""
        going: dict[str, Any] = state.setdefault("on", {}).setdefault(
            name, {"moment": _earlier(state[name]), "page": 1}
        )
        for _ in range(MOST_PAGES):
            posts, last = self._ask(query, orderby=name, order="asc", page=going["page"], **{after: going["moment"]})
            moments = self._moments(posts, name)
            if moments and min(moments) < going["moment"] and name == "modified":
                posts, last = self._latest_edits(query)  # an old site, which takes the question and passes over it
                moments, last = self._moments(posts, name), True
            state[name] = max([state[name], *moments])
            if last:
                del state["on"][name]
            else:
                _go_on(going, max(moments, default=""), forward=True)
            yield self._candidates(posts, query)
            if last:
                return

    def _latest_edits(self, query: dict[str, str | int]) -> tuple[list[Any], bool]:
        return self._ask(query, orderby="modified", order="desc", page=1)

    def _back(self, query: dict[str, str | int], state: dict[str, Any]) -> Iterator[tuple[Candidate, ...]]:
        for _ in range(MOST_PAGES):
            fill = state.get("fill")
            if not isinstance(fill, dict):
                return
            posts, last = self._ask(query, orderby="date", order="desc", page=fill["page"], before=fill["moment"])
            moments = self._moments(posts, "date")
            if last or not moments:
                state["fill"] = None
            else:
                _go_on(fill, min(moments), forward=False)
                self._reach(state)
            yield self._candidates(posts, query)

    def _reach(self, state: dict[str, Any]) -> None:
        """End the way back where it has come as far as is wanted."""
        if self.until is not None and _as_utc(state["fill"]["moment"]) < self.until - timedelta(days=1):
            state["fill"] = None

    def _ask(self, query: dict[str, str | int], **more: str | int) -> tuple[list[Any], bool]:
        """Return one page of posts, and whether it is the last."""
        try:
            posts, answer = self.site.get("posts", **query, **more, per_page=PER_PAGE, _embed=_EMBED)
        except PastEnd:
            return [], True
        total = answer.headers.get("x-wp-totalpages", "")
        if total.isdecimal():
            return posts, int(more["page"]) >= int(total)
        return posts, len(posts) < PER_PAGE

    def _moments(self, posts: list[Any], name: str) -> list[str]:
        """Return the dates of a page; what no site can mean would hold up all that comes after it."""
        latest = (self.visit.now + OVERLAP).replace(tzinfo=None).isoformat()
        found = (wordpress_posts.local_moment(post, name) for post in posts)
        return [moment for moment in found if _FIRST < moment < latest]

    def _candidates(self, posts: list[Any], query: dict[str, str | int]) -> tuple[Candidate, ...]:
        """Return a page's posts. A site that passes over the question gives posts of other tags too: not ours."""
        belongs = _belongs(self.state)
        wanted = query.get("tags")
        kept = [post for post in posts if wanted is None or wanted in _numbers(post)]
        found = (wordpress_posts.candidate(post, site=self.site.url, belongs=belongs) for post in kept)
        until = self.until
        return tuple(each for each in found if each and not wordpress_feeds.is_before(each, until))

    def _filled(self) -> Filled | None:
        """Return how far back the lists are read: as far as the one that has come least far."""
        lists = [each for each in self.state.get("lists", {}).values() if "date" in each]
        if not lists:
            return None
        open_ = [each["fill"]["moment"] for each in lists if isinstance(each.get("fill"), dict)]
        reached = _as_utc(max(open_)) if open_ else self.until or _as_utc(min(each["date"] for each in lists))
        return Filled(reached=reached, goal=self.until, done=not open_)


def _go_on(going: dict[str, Any], edge: str, *, forward: bool) -> None:
    """Move a reading to where its page ended. A second that holds more than a page is read by page numbers."""
    start = _shifted(edge, -1 if forward else 1)
    if start and (start > going["moment"] if forward else start < going["moment"]):
        going["moment"], going["page"] = start, 1
    else:
        going["page"] += 1


def _numbers(post: object) -> list[Any]:
    found = post.get("tags") if isinstance(post, dict) else None
    return found if isinstance(found, list) else []


def _earlier(moment: str) -> str:
    return _shifted(moment, -int(OVERLAP.total_seconds()))


def _shifted(moment: str, seconds: int) -> str:
    """Return a moment so much later; "" where there is none or the calendar ends."""
    try:
        return (datetime.fromisoformat(moment) + timedelta(seconds=seconds)).isoformat()
    except (ValueError, OverflowError):
        return ""


def _as_utc(moment: str) -> datetime:
    """Return a moment of the site's own time as if it were UTC: within a day of the truth, for progress alone."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)
