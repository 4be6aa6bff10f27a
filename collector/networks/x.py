"""X: recent search for the tags, behind a cap on how many posts a month may be paid for.

Search gives the last seven days, newest first. A run goes through its pages down to the newest post of the run
before; killed in the middle, it goes on with the page it had in hand. The cursor:

    {"since_id": "2050…", "asked_at": "…", "names": "tweet",
     "page": {"token": "b26v…", "newest": "2050…"}}     while a run's pages are not all read

What was read this month stands in the session, because re-checks pay too: {"month": "2026-11", "read": "57"}.

Source: the interface's OpenAPI description of August 2026, which renames ``tweet`` to ``post`` in parameters and
answers; both spellings are read, and the one that the network takes is remembered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from campaign.collecting import Forecast, Found, Known, Missed, Quota, Rechecked
from campaign.errors import CollectError
from campaign.settings import SourceSettings
from collector import tidy
from collector.networks.page import Page, Visit, as_json
from collector.networks.x_posts import candidate, number
from net.answers import StatusError

API = "https://api.x.com"
LIMIT = 100
FEWEST = 10
"""The smallest page that search gives: with less than that left of the month's cap nothing can be asked."""

WINDOW = timedelta(days=7)
_MARGIN = timedelta(minutes=5)
LONGEST_QUERY = 512
USD_PER_POST = "0.015"
"""A post at 0.005 and its author at 0.010 US dollars: the price list of August 2026, read at its dearest."""

_FIELDS = (
    "created_at,author_id,lang,entities,attachments,possibly_sensitive,in_reply_to_user_id,edit_history_{0}_ids,"
    "note_{0},withheld,public_metrics"
)
_ASKED = {
    "user.fields": "name,username,protected",
    "media.fields": "media_key,type,url,preview_image_url,width,height,alt_text,variants",
    "expansions": "author_id,attachments.media_keys",
}
_MOST_EMPTY = 5
"""Pages in a row without any post that are followed to the next one."""

_STATUS = re.compile(r"/status/([0-9]{1,25})(?:[/?#]|$)")


def pages(visit: Visit) -> Iterator[Page]:
    """Yield the posts since the last run, newest first, page by page, as far as the month's cap reaches.

    Raises CollectError ``x_no_token``, ``x_bad_token``, ``x_no_access``, ``x_no_credits``, ``x_budget``,
    ``x_query_long``, and as ``net.http`` does.
    """
    search = _Search(visit)
    state: dict[str, Any] = dict(visit.cursor)
    missed = _missed(state, visit.now)
    seen: set[str] = set()
    empty = 0
    while True:
        answer, resumed = search.page(state)
        under_way = tidy.mapping(state.get("page")) if resumed else {}
        given = tidy.items(answer.get("data"))
        numbers = {own for each in given if (own := number(tidy.mapping(each)))}
        meta = tidy.mapping(answer.get("meta"))
        token = meta.get("next_token")
        newest = _newest(state.get("since_id"), under_way.get("newest"), meta.get("newest_id"), *numbers)
        empty = 0 if given else empty + 1
        leads_on = isinstance(token, str) and token not in ("", under_way.get("token")) and empty < _MOST_EMPTY
        if leads_on and (numbers - seen or not given):
            state = state | {"page": {"token": token, "newest": newest}}
        else:
            state = state | {"since_id": newest, "asked_at": visit.now.isoformat(), "page": None}
        seen |= numbers
        state["names"] = search.names
        found = tuple(filter(None, (candidate(each, answer) for each in given)))
        yield Page(candidates=found, cursor=dict(state), quotas=(search.budget.quota(),), missed=missed)
        missed = ()
        if state["page"] is None:
            return


def recheck(visit: Visit, known: Sequence[Known]) -> Iterator[Rechecked]:
    """Yield what became of posts, a hundred at a time. Each that stands is paid for within the month's cap."""
    search = _Search(visit)
    ids = {_asked_by(each): each for each in known if _asked_by(each)}
    wanted = list(ids)
    for start in range(0, len(wanted), LIMIT):
        part = wanted[start : start + min(LIMIT, search.budget.left)]
        if not part:
            return
        answer = search.get("/2/tweets", {"ids": ",".join(part)})
        told: dict[str, Rechecked] = {}
        for given in tidy.items(answer.get("data")):
            now = candidate(given, answer)
            own = number(tidy.mapping(given))
            if own in ids:
                # A post whose account was closed to the public is not to be seen, though it stands.
                found = Found.LIVE if now is not None else Found.ABSENT
                told[own] = Rechecked(identity=ids[own].identity, found=found, candidate=now)
        for error in tidy.items(answer.get("errors")):
            own = str(tidy.mapping(error).get("resource_id") or tidy.mapping(error).get("value") or "")
            if own in ids and own not in told and _is_absent(tidy.mapping(error)):
                told[own] = Rechecked(identity=ids[own].identity, found=Found.ABSENT)
        yield from told.values()


def forecast(source: SourceSettings, spellings: tuple[str, ...], per_week: float) -> Forecast:  # noqa: ARG001
    """Return a month's askings and what the posts cost; nothing found costs nothing."""
    calls = int(timedelta(days=30) / source.every)
    cap = _cap(source)
    posts = min(per_week * 30 / 7, float(cap))
    notes = ("x_prices", "x_rechecks") + (("x_capped",) if per_week * 30 / 7 > cap else ())
    return Forecast(calls=calls, usd=round(posts * _price(source), 2), notes=notes)


@dataclass(slots=True)
class _Budget:
    """How many posts have been paid for this month. What is read is noted before it is used: never too little."""

    visit: Visit
    cap: int
    month: str = field(init=False)
    read: int = field(init=False)

    def __post_init__(self) -> None:
        kept = self.visit.session.get()
        self.month = f"{self.visit.now:%Y-%m}"
        count = kept.get("read", "")
        self.read = int(count) if kept.get("month") == self.month and count.isdecimal() else 0

    @property
    def left(self) -> int:
        return max(0, self.cap - self.read)

    def spend(self, posts: int) -> None:
        """Note that so many posts were read."""
        self.read += posts
        self.visit.session.put({"month": self.month, "read": str(self.read)})

    def quota(self) -> Quota:
        return Quota(name="x_posts", used=self.read, limit=self.cap, resets_at=self.resets_at)

    @property
    def resets_at(self) -> datetime:
        first = self.visit.now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return (first + timedelta(days=32)).replace(day=1)


class _Search:
    """How X is asked: the token, the spelling of its fields, the month's cap."""

    def __init__(self, visit: Visit) -> None:
        if not visit.source.token:
            raise CollectError("x_no_token", permanent=True, source=visit.source.id)
        self.visit = visit
        self.budget = _Budget(visit, _cap(visit.source))
        self.base = str(visit.source.options.get("api") or API).rstrip("/")
        self.host = urlsplit(self.base).netloc
        told = visit.cursor.get("names") or visit.source.options.get("names")
        self.names = told if told in ("tweet", "post") else "tweet"

    def page(self, state: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
        """Return one page of the search, and whether it goes on from where ``state`` stands.

        A place that the network does not know any more is given up: first that in the search, then the newest post
        that was read, for the whole window. Each step back may mean paying again.
        """
        if self.budget.left < FEWEST:
            raise CollectError("x_budget", retry_at=self.budget.resets_at, cap=self.budget.cap, read=self.budget.read)
        asked: dict[str, str] = {
            "query": _query(self.visit.spellings),
            "max_results": str(min(LIMIT, self.budget.left)),
            "sort_order": "recency",
        }
        window = {"start_time": (self.visit.now - WINDOW + _MARGIN).strftime("%Y-%m-%dT%H:%M:%SZ")}
        is_recent = bool(state.get("since_id")) and not _too_old(state, self.visit.now)
        place = {"since_id": str(state["since_id"])} if is_recent else window
        token = tidy.mapping(state.get("page")).get("token")
        tries = [place | {"next_token": str(token)}] if token else []
        tries += [place, window] if is_recent else [place]
        for tried, where in enumerate(tries, start=1):
            try:
                return self.get("/2/tweets/search/recent", asked | where), "next_token" in where
            except StatusError as error:
                if error.status != 400 or tried == len(tries):
                    raise
        raise AssertionError("unreachable")

    def get(self, path: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        """Return an answer; where the network refuses the names of the fields, the other names are tried once."""
        try:
            return self._get(path, asked, self.names)
        except StatusError as error:
            other = "post" if self.names == "tweet" else "tweet"
            if error.status != 400 or f"{self.names}.fields".encode() not in error.body:
                raise
        found = self._get(path, asked, other)
        self.names = other
        return found

    def _get(self, path: str, asked: Mapping[str, str], names: str) -> Mapping[str, Any]:
        query = urlencode({**asked, **_ASKED, f"{names}.fields": _FIELDS.format(names)})
        try:
            answer = self.visit.ask.fetch(
                f"{self.base}{path}?{query}", token=self.visit.source.token, accept="application/json"
            )
        except StatusError as error:
            raise self._told(error) from error
        found = as_json(answer, host=self.host)
        if not isinstance(found, dict):
            raise CollectError("answer_odd", host=self.host)
        self.budget.spend(len(tidy.items(found.get("data"))))
        if not ({"data", "meta"} & found.keys()) and found.get("errors"):
            raise self._refused(found)
        return found

    def _refused(self, found: Mapping[str, Any]) -> CollectError:
        """Return the error of an answer that says 200 and holds nothing but complaints."""
        first = tidy.mapping(tidy.items(found.get("errors"))[0] if tidy.items(found.get("errors")) else {})
        if "usage-capped" in str(first.get("type")):
            return CollectError("x_no_credits", permanent=True, host=self.host)
        said = tidy.line(first.get("detail") or first.get("message") or first.get("title"), 200)
        return CollectError("x_refused", host=self.host, said=said)

    def _told(self, error: StatusError) -> CollectError:
        """Return what a refusal means here. A web page in place of JSON is somebody else's refusal."""
        body = error.body.lower()
        if body.lstrip().startswith(b"<"):
            return error
        if error.status == 402 or b"usage-capped" in body or b"creditsdepleted" in body.replace(b" ", b""):
            return CollectError("x_no_credits", permanent=True, host=self.host)
        if error.status == 401:
            return CollectError("x_bad_token", permanent=True, host=self.host)
        if error.status == 403:
            return CollectError("x_no_access", permanent=True, host=self.host)
        return error


def _newest(*numbers: object) -> str:
    """Return the highest of these ids, "" where none is one."""
    fits = [each for each in numbers if isinstance(each, str) and re.fullmatch(r"[0-9]{1,25}", each)]
    return max(fits, key=int, default="")


def _query(spellings: tuple[str, ...]) -> str:
    tags = " OR ".join(f"#{tag}" for tag in spellings)
    query = f"({tags}) -is:retweet" if len(spellings) > 1 else f"{tags} -is:retweet"
    if len(query) > LONGEST_QUERY:
        raise CollectError("x_query_long", permanent=True, limit=LONGEST_QUERY)
    return query


def _cap(source: SourceSettings) -> int:
    given = source.options.get("posts_per_month")
    return given if isinstance(given, int) and not isinstance(given, bool) else 0


def _price(source: SourceSettings) -> float:
    given = str(source.options.get("usd_per_post") or USD_PER_POST).replace(",", ".")
    try:
        price = float(given)
    except ValueError:
        price = -1.0
    if not 0 <= price < 1000:  # nan is none of these either
        raise CollectError("x_price_bad", permanent=True, price=given)
    return price


def _asked_at(state: Mapping[str, Any]) -> datetime | None:
    return tidy.moment(state.get("asked_at"))


def _too_old(state: Mapping[str, Any], now: datetime) -> bool:
    asked = _asked_at(state)
    return asked is not None and now - asked >= WINDOW - _MARGIN


def _missed(state: Mapping[str, Any], now: datetime) -> tuple[Missed, ...]:
    """Return the time that search does not reach any more, because the last asking was too long ago."""
    asked = _asked_at(state)
    if asked is None or now - asked <= WINDOW:
        return ()
    return (Missed(from_at=asked, to_at=now - WINDOW, reason="x_window"),)


def _asked_by(known: Known) -> str:
    """Return the id to ask for: that of the latest edit, which is the one in the address."""
    found = _STATUS.search(known.url)
    return found.group(1) if found else known.local.get("x.com", "")


def _is_absent(error: Mapping[str, Any]) -> bool:
    """Return whether an error about one post says that nobody may see it. Others say nothing about the post."""
    return str(error.get("type") or "").rpartition("/")[2] in ("resource-not-found", "not-authorized-for-resource")
