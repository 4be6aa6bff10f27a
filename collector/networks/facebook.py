"""Facebook: the posts of Pages, own ones and those that public access has been granted to, and posts that tag them.

Facebook has no search for hashtags, for anybody: a Page's posts are read and filtered by their words. The cursor holds
a state for each Page, in it one for each of its lists:

    {"pages": {"hallandvaxer": {"id": "1000…", "own": {…}, "tagged": {…}}}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from campaign.collecting import Forecast, Known, Rechecked
from campaign.errors import CollectError
from campaign.records import Candidate
from campaign.settings import SourceSettings
from collector import tidy
from collector.networks.facebook_posts import candidate
from collector.networks.graph import Graph, check_rights, check_wait, graph, listed
from collector.networks.graph_errors import OF_ONE, PAGE_ACCESS
from collector.networks.graph_reading import LIMIT, Edge, filled, read, read_all
from collector.networks.graph_recheck import again
from collector.networks.page import Page, Visit
from collector.networks.since import since

READ = ("own", "tagged")
_USUAL = ("own",)
_LISTS = {"own": ("published_posts", PAGE_ACCESS), "tagged": ("tagged", "pages_read_user_content")}

_PLAIN = "id,message,story,permalink_url,created_time,updated_time,full_picture"
_ATTACHED = "media_type,type,title,description,unshimmed_url,media"
_COUNTS = "shares,reactions.limit(0).summary(true),comments.limit(0).summary(true)"
FIELDS = (
    f"{_PLAIN},from,is_hidden,is_published,is_expired,{_COUNTS},"
    f"attachments{{{_ATTACHED},subattachments{{{_ATTACHED}}}}}"
)
_PAGE = re.compile(r"[A-Za-z0-9.\-]{1,100}")


def pages(visit: Visit) -> Iterator[Page]:
    """Yield what is new, Page by Page and list by list. One that is refused does not stop the others.

    Raises CollectError where nothing could be had, and for settings that cannot be followed.
    """
    wanted, names = _wanted(visit.source), _pages(visit.source)
    run = _Run(visit=visit, way=graph(visit), state=deepcopy(dict(visit.cursor)), names=names, wanted=wanted)
    check_wait(run.way, run.state)
    yield from read_all(run)


def recheck(visit: Visit, known: Sequence[Known]) -> Iterator[Rechecked]:
    """Yield what became of posts, Page by Page. Of posts by others than the source's Pages an absence says nothing.

    Raises CollectError where Meta as a whole refuses; what it did not come to is unknown.
    """
    run = _Run(
        visit=visit, way=graph(visit), state=deepcopy(dict(visit.cursor)),
        names=_pages(visit.source), wanted=_wanted(visit.source),
    )  # fmt: skip
    ours = run.reachable()
    for number, (name, (way, title)) in enumerate(ours.items()):
        own = run.kept(name)["id"]
        part = [each for each in known if each.identity.startswith(f"{own}_")]
        # What others wrote is asked for with the first Page's token, which may see it or not.
        part += [] if number else [each for each in known if not run.is_own(each)]
        yield from again(
            way, part, account=own, candidate=partial(_as_posted, page_id=own, page_name=title),
            mine=partial(_is_by, page_id=own), fields=_PLAIN if run.is_plain(name) else FIELDS,
        )  # fmt: skip


def forecast(source: SourceSettings, spellings: tuple[str, ...], per_week: float) -> Forecast:  # noqa: ARG001
    """Return a month's askings. Meta names no number for what it allows: that grows with the Page's audience."""
    runs = timedelta(days=30) / source.every
    names, wanted = _pages(source), _wanted(source)
    # Each run asks who a Page is and for its lists; once a day about the token; each fifty posts are a page more.
    calls = round(runs * len(names) * (1 + len(wanted)) + 30 + per_week * 30 / 7 / LIMIT)
    return Forecast(calls=calls, notes=("graph_allowance", "facebook_no_search"))


def _wanted(source: SourceSettings) -> tuple[str, ...]:
    """Return which lists are read. Raises CollectError; hashtag search has a sentence of its own."""
    wanted = tuple(dict.fromkeys(each.lower() for each in listed(source, "read"))) or _USUAL
    if any(each.startswith("hashtag") or each.startswith("#") for each in wanted):
        raise CollectError("facebook_no_hashtag", permanent=True)
    if odd := [each for each in wanted if each not in READ]:
        raise CollectError("facebook_read_bad", permanent=True, word=tidy.line(odd[0], 40), known=", ".join(READ))
    check_rights(source, wanted)
    return wanted


def _pages(source: SourceSettings) -> tuple[str, ...]:
    """Return the Pages of a source as numbers or names, of addresses their last part. Raises CollectError."""
    found = []
    for written in listed(source, "pages"):
        name = _page(written)
        if not name:
            raise CollectError("facebook_page_bad", permanent=True, page=tidy.line(written, 100))
        found.append(name)
    if not found:
        raise CollectError("facebook_page_bad", permanent=True, page="")
    return tuple(dict.fromkeys(found))


def _page(written: str) -> str:
    if "/" in written:
        try:
            parts = [part for part in urlsplit(written if "//" in written else f"//{written}").path.split("/") if part]
        except ValueError:
            return ""
        # Long addresses end in the number: /people/Halland-Vaxer/1000…/, /Halland-Vaxer-1000…/
        written = parts[-1] if parts else ""
    bare = written.lstrip("@")
    return bare if _PAGE.fullmatch(bare) and not bare.startswith(".") else ""


def _is_by(known: Known, *, page_id: str) -> bool:
    return known.identity.startswith(f"{page_id}_")


def _as_posted(item: object, *, page_id: str, page_name: str) -> Candidate | None:
    """Return a post as the list would have given it that it came from."""
    is_own = tidy.line(tidy.mapping(item).get("id"), 64).startswith(f"{page_id}_")
    return candidate(item, page_id=page_id, page_name=page_name) if is_own else candidate(item)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run: where it stands, and how its pages are made. The Pages' own tokens are nowhere kept."""

    visit: Visit
    way: Graph
    state: dict[str, Any]
    names: tuple[str, ...]
    wanted: tuple[str, ...]
    expires_at: datetime | None = None

    def lists(self) -> Iterator[Iterator[Page]]:
        """Yield the lists of the Pages in their order, none of them asked yet."""
        for name in self.names:
            ways: list[tuple[Graph, str]] = []
            for what in self.wanted:
                yield self._read(name, what, ways)

    def kept(self, name: str) -> dict[str, Any]:
        """Return the state of a Page."""
        found: dict[str, Any] = self.state.setdefault("pages", {}).setdefault(name, {})
        return found

    def reachable(self) -> dict[str, tuple[Graph, str]]:
        """Return how each Page is asked that can be asked at all, and what it is called."""
        found = {}
        for name in self.names:
            try:
                found[name] = self._page_of(name)
            except CollectError as error:
                if error.key not in OF_ONE:
                    raise
        return found

    def is_own(self, known: Known) -> bool:
        """Return whether a post is by one of the source's Pages."""
        ids = [tidy.line(self.kept(name).get("id"), 64) for name in self.names]
        return any(own and _is_by(known, page_id=own) for own in ids)

    def is_plain(self, name: str) -> bool:
        """Return whether a Page's posts are read with the fewest fields, because it refused more."""
        return bool(tidy.mapping(self.kept(name).get("own")).get("plain"))

    def page(self, found: Sequence[Candidate | None], *, errors: Sequence[CollectError] = ()) -> Page:
        """Return a page with all that is to be said beside its candidates."""
        lists = [self.kept(name).get(what) for name in self.names for what in self.wanted]
        states = [each for each in lists if isinstance(each, dict)]
        goal = min((at for each in states if (at := tidy.moment(each.get("goal")))), default=None)
        return Page(
            candidates=tuple(each for each in found if each is not None),
            cursor=deepcopy(self.state),
            errors=tuple(errors),
            quotas=self.way.quotas(),
            filled=filled(states, goal=goal, now=self.way.now) if goal else None,
            token_expires_at=self.expires_at,
        )

    def _read(self, name: str, what: str, ways: list[tuple[Graph, str]]) -> Iterator[Page]:
        """Yield one list of one Page; ``ways`` keeps the Page's own token between its lists, and no longer."""
        if not ways:
            ways.append(self._page_of(name))
        way, title = ways[0]
        own = self.kept(name)["id"]
        edge, needs = _LISTS[what]
        asked = Edge(
            path=f"{own}/{edge}", fields=FIELDS, plain=_PLAIN, needs=needs, what=name,
            timed=True, born="created_time", changed="updated_time",
        )  # fmt: skip
        state = self.kept(name).setdefault(what, {})
        by = {"page_id": own, "page_name": title} if what == "own" else {}
        for items in read(way, asked, state, goal=since(self.visit.source, self.way.now)):
            yield self.page([candidate(item, **by) for item in items])

    def _page_of(self, name: str) -> tuple[Graph, str]:
        """Return how a Page is asked, and what it is called.

        Where the token is a person's or the organisation's, the Page gives its own: with any other Facebook shows even
        an own Page only through the reviewed access to public content.
        """
        try:
            found = self.way.get(name, needs=PAGE_ACCESS, what=name, fields="id,name,access_token")
        except CollectError as error:
            if error.key not in ("graph_bad_question", "graph_no_permission"):
                raise self._told(error, name) from error
            try:
                found = self.way.get(name, needs=PAGE_ACCESS, what=name, fields="id,name")
            except CollectError as second:
                raise self._told(second, name) from second
        own, token = tidy.line(found.get("id"), 64), found.get("access_token")
        if not re.fullmatch(r"[0-9]{1,25}", own):
            raise CollectError("answer_odd", host=self.way.host)
        kept = self.kept(name)
        if kept.get("id") not in (None, own):
            kept.clear()  # the name has gone to another Page
        kept["id"] = own
        fits = isinstance(token, str) and re.fullmatch(r"[!-~]{1,1000}", token)
        return (self.way.as_page(str(token)) if fits else self.way), tidy.line(found.get("name"), 200)

    def _told(self, error: CollectError, name: str) -> CollectError:
        if error.key == "graph_not_there":
            return CollectError("facebook_no_page", permanent=True, page=name)
        return error
