"""Instagram, for a professional account: its own media, those it is tagged in, partners' media, and hashtag search.

Named lists come before hashtag search, because a hit of a hashtag has no author: what a named list has shown is
never taken from a hashtag again. The cursor holds a state for each list beside what ``instagram_tags`` keeps:

    {"own": {…}, "tagged": {…}, "partner:namn": {…}, "tags": {…}, "counted": {…}, "named": {"DExempel": "2026-…"},
     "account": {"asked": "2026-…", "handle": "hallandvaxer", "name": "Halland växer"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from campaign.collecting import Forecast, Found, Known, Missed, Rechecked
from campaign.errors import CollectError
from campaign.records import Candidate
from campaign.settings import SourceSettings
from collector import tidy
from collector.networks.graph import Graph, check_rights, check_wait, graph, listed
from collector.networks.graph_reading import LIMIT, Edge, Listing, Where, filled, listing, read, read_all
from collector.networks.graph_recheck import again
from collector.networks.instagram_media import candidate, handle_of, shortcode
from collector.networks.instagram_tags import MOST_TAGS, WINDOW, Tags
from collector.networks.page import Page, Visit
from collector.networks.since import since

READ = ("hashtag", "own", "tagged", "partners")
_USUAL = ("own", "tagged")
_DAY = timedelta(days=1)

_BASIC = "id,caption,media_type,media_url,permalink,timestamp,username"
_CHILDREN = "children{{id,media_type,media_url,thumbnail_url{}}}"
_COUNTS = "like_count,comments_count"
_OWN = f"{_BASIC},{_COUNTS},thumbnail_url,alt_text,{_CHILDREN.format(',alt_text')}"
_OWN_PLAIN = f"{_BASIC},thumbnail_url,{_CHILDREN.format('')}"
_TAGGED = f"{_OWN_PLAIN},{_COUNTS}"
_PARTNER = f"{_BASIC},{_COUNTS},{_CHILDREN.format('')}"
_PARTNER_PLAIN = "id,caption,media_type,media_url,permalink,timestamp"


def pages(visit: Visit) -> Iterator[Page]:
    """Yield what is new, list by list. A list that is refused does not stop the others: its error comes at the end.

    Raises CollectError where nothing could be had, and for settings that cannot be followed.
    """
    run = _Run(visit=visit, plan=_plan(visit.source), way=graph(visit), state=deepcopy(dict(visit.cursor)))
    check_wait(run.way, run.state)
    run.look_up_account()
    yield from read_all(run)


def recheck(visit: Visit, known: Sequence[Known]) -> Iterator[Rechecked]:
    """Yield what became of posts. Only the account's own can be asked for one by one; of others nobody can say."""
    plan, way = _plan(visit.source), graph(visit)
    account = tidy.mapping(visit.cursor.get("account"))
    plain = tidy.mapping(visit.cursor.get("own")).get("plain")

    def read_own(item: object) -> Candidate | None:
        return candidate(
            item, door="own", handle=handle_of(account.get("handle")), name=_name(account), account=plan.account
        )

    own = [each for each in known if f"instagram:own:{plan.account}" in each.local]
    yield from again(
        way, own, account=plan.account, mine=lambda _: True,
        fields=_OWN_PLAIN if plain else _OWN, candidate=read_own,
    )  # fmt: skip
    yield from (Rechecked(identity=each.identity, found=Found.UNKNOWN) for each in known if each not in own)


def forecast(source: SourceSettings, spellings: tuple[str, ...], per_week: float) -> Forecast:
    """Return a month's askings. Meta names no number for what it allows: that grows with the account's audience."""
    plan = _plan(source)
    runs = timedelta(days=30) / source.every
    lists = sum(each in plan.read for each in _USUAL) + len(plan.partners if "partners" in plan.read else ())
    tags = 1 + len(spellings) if "hashtag" in plan.read else 0
    notes = ["graph_allowance"]
    if tags:
        notes.append("instagram_no_author")
        notes += ["instagram_slow"] if source.every > WINDOW / 2 else []
        notes += ["instagram_many_tags"] if len(spellings) > MOST_TAGS else []
    # Once a day the account and the token are looked at; each fifty posts are a page more.
    return Forecast(calls=round(runs * (lists + tags) + 60 + per_week * 30 / 7 / LIMIT), notes=tuple(notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What a source wants read."""

    account: str
    read: tuple[str, ...]
    partners: tuple[str, ...]


def _plan(source: SourceSettings) -> _Plan:
    """Return what a source wants. Raises CollectError for what no list of Instagram can be."""
    account = str(source.options.get("account") or "").strip()
    partners = listed(source, "partners")
    wanted = tuple(each.lower() for each in listed(source, "read")) or (*_USUAL, *(["partners"] if partners else []))
    if not re.fullmatch(r"[0-9]{3,25}", account):
        raise CollectError("instagram_account_bad", permanent=True, account=tidy.line(account, 60))
    if odd := [each for each in wanted if each not in READ]:
        raise CollectError("instagram_read_bad", permanent=True, word=tidy.line(odd[0], 40), known=", ".join(READ))
    check_rights(source, wanted)
    if "partners" in wanted and not partners:
        raise CollectError("instagram_partners_missing", permanent=True)
    if bad := [each for each in partners if not handle_of(each)]:
        raise CollectError("instagram_no_partner", permanent=True, partner=tidy.line(bad[0], 60))
    handles = tuple(dict.fromkeys(handle_of(each).lower() for each in partners))
    return _Plan(account=account, read=wanted, partners=handles)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Partner(Edge):
    """A partner's media, inside an answer about our own account. ``names`` keeps what partners are called."""

    handle: str
    names: dict[str, str] = field(default_factory=dict)

    def page(self, way: Graph, where: Where) -> Listing:
        """Return one page of the partner's media."""
        after = f".after({where.after})" if where.after else ""
        media = f"media{after}.limit({where.limit}){{{where.fields}}}"
        fields = f"business_discovery.username({self.handle}){{username,name,{media}}}"
        answer = way.get(self.path, needs=self.needs, what=self.what, fields=fields)
        partner = tidy.mapping(answer.get("business_discovery"))
        self.names[self.handle] = tidy.line(partner.get("name"), 200)
        if "media" not in partner:
            return Listing(items=[], after="")  # one that has posted nothing has no list
        found = listing(tidy.mapping(partner["media"]), way, always=True)
        return found if found.items else Listing(items=[], after="")


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run: where it stands, and how its pages are made."""

    visit: Visit
    plan: _Plan
    way: Graph
    state: dict[str, Any]
    expires_at: datetime | None = None
    tags: Tags | None = None
    told: set[str] = field(default_factory=set)
    """The accounts whose own lists have answered in this run."""

    def look_up_account(self) -> None:
        """Learn what the account is called, once a day. Raises CollectError where the token does not reach it."""
        asked = tidy.moment(self._account.get("asked"))
        if asked is not None and timedelta(0) <= self.way.now - asked < _DAY:
            return
        try:
            found = self.way.get(
                self.plan.account, needs="instagram_basic", what=self.plan.account, fields="id,username,name"
            )
        except CollectError as error:
            if error.key not in ("graph_not_there", "graph_bad_question"):
                raise
            raise CollectError("instagram_no_account", permanent=True, account=self.plan.account) from error
        if not isinstance(found.get("id"), str):
            raise CollectError("answer_odd", host=self.way.host)
        self.state["account"] = {
            "asked": self.way.now.isoformat(),
            "handle": handle_of(found.get("username")),
            "name": tidy.line(found.get("name"), 200),
        }

    def lists(self) -> Iterator[Iterator[Page]]:
        """Yield the lists of the plan in their order, none of them asked yet."""
        account, wanted = self.plan.account, self.plan.read
        if "hashtag" in wanted:
            self.tags = Tags(way=self.way, account=account, state=self.state)
            yield from (self._top(tag) for tag in self.visit.spellings)
        if "own" in wanted:
            handle = handle_of(self._account.get("handle"))
            edge = _edge(f"{account}/media", _OWN, _OWN_PLAIN, "instagram_basic", "media")
            yield self._named("own", edge, {handle: _name(self._account)}, handle)
        for handle in self.plan.partners if "partners" in wanted else ():
            partner = _Partner(
                path=account, fields=_PARTNER, plain=_PARTNER_PLAIN, handle=handle, what=f"@{handle}",
                needs="instagram_manage_insights, pages_read_engagement",
            )  # fmt: skip
            yield self._named(f"partner:{handle}", partner, partner.names, handle)
        # After those that know their authors best: what they have shown is left to them.
        if "tagged" in wanted:
            edge = _edge(f"{account}/tags", _TAGGED, _BASIC, "instagram_manage_comments", "tags")
            yield self._named("tagged", edge, {}, "")
        if "hashtag" in wanted:
            yield from (self._recent(tag) for tag in self.visit.spellings)

    def page(
        self, found: Sequence[Candidate | None], *, missed: Missed | None = None, errors: Sequence[CollectError] = ()
    ) -> Page:
        """Return a page with all that is to be said beside its candidates."""
        states = [each for name in self._names() if isinstance(each := self.state.get(name), dict)]
        goal = min((at for each in states if (at := tidy.moment(each.get("goal")))), default=None)
        return Page(
            candidates=tuple(each for each in found if each is not None),
            cursor=deepcopy(self.state),
            errors=tuple(errors),
            quotas=(*self.way.quotas(), *([self.tags.quota()] if self.tags else [])),
            missed=(missed,) if missed else (),
            filled=filled(states, goal=goal, now=self.way.now) if goal else None,
            token_expires_at=self.expires_at,
        )

    def _named(self, door: str, edge: Edge, names: Mapping[str, str], handle: str) -> Iterator[Page]:
        state = self.state.setdefault(door, {})
        for items in read(self.way, edge, state, goal=since(self.visit.source, self.way.now)):
            for item in items:
                self._remember(item)
            untold = [item for item in items if not self._is_told_by_its_author(item, handle)]
            name, owner = names.get(handle, ""), self.plan.account if door == "own" else ""
            yield self.page([candidate(item, door=door, handle=handle, name=name, account=owner) for item in untold])

        self.told.add(handle.lower())

    def _is_told_by_its_author(self, item: object, handle: str) -> bool:
        """Return whether the list of a medium's own author has told it: two lists tell it differently, each time."""
        author = handle_of(tidy.mapping(item).get("username")).lower()
        return author != handle.lower() and author in self.told

    def _top(self, tag: str) -> Iterator[Page]:
        assert self.tags is not None
        for items in self.tags.top(tag):
            yield self.page(self._hits(items))

    def _recent(self, tag: str) -> Iterator[Page]:
        assert self.tags is not None
        for items, missed in self.tags.recent(tag):
            yield self.page(self._hits(items), missed=missed)

    def _hits(self, items: list[Any]) -> list[Candidate | None]:
        named = self.state.get("named", {})
        return [candidate(item, door="hashtag") for item in items if shortcode(item) not in named]

    def _remember(self, item: object) -> None:
        """Remember what a named list shows for as long as hashtag search could show it again."""
        named: dict[str, str] = self.state.setdefault("named", {})
        for code, told in list(named.items()):
            if self.way.now - (tidy.moment(told) or self.way.now) > 2 * WINDOW:
                del named[code]
        at, code = tidy.moment(tidy.mapping(item).get("timestamp")), shortcode(item)
        if code and at and self.way.now - at < 2 * WINDOW:
            named[code] = at.isoformat()

    def _names(self) -> tuple[str, ...]:
        """Return the names of the lists that are read back into the past."""
        partners = (f"partner:{handle}" for handle in self.plan.partners)
        return (
            *(name for name in _USUAL if name in self.plan.read),
            *(partners if "partners" in self.plan.read else ()),
        )

    @property
    def _account(self) -> Mapping[str, Any]:
        return tidy.mapping(self.state.get("account"))


def _edge(path: str, fields: str, plain: str, needs: str, what: str) -> Edge:
    return Edge(path=path, fields=fields, plain=plain, needs=needs, what=what)


def _name(account: Mapping[str, Any]) -> str:
    return tidy.line(account.get("name"), 200)
