"""Instagram's hashtag search: at most thirty different tags in seven days, and only what is younger than 24 hours.

Each spelling is a tag of its own. The state, in the cursor under "tags" and "counted":

    {"hallandväxer": {"id": "17843…", "read": "2026-11-20T12:00…", "top": "read"}}
    {"hallandväxer": "2026-11-14T…"}                    when a tag began to count, by our own book
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from campaign import hashtags
from campaign.collecting import Missed, Quota
from campaign.errors import CollectError
from collector import tidy
from collector.networks.graph import Graph
from collector.networks.graph_errors import TAG_ACCESS
from collector.networks.graph_reading import FEWEST, LIMIT, MOST_PAGES, Listing, listing

MOST_TAGS = 30
WEEK = timedelta(days=7)
WINDOW = timedelta(hours=24)
MOST_TOP_PAGES = 4
_MOST_EMPTY = 3

FIELDS = (
    "id,caption,media_type,media_url,permalink,timestamp,like_count,comments_count,"
    "children{id,media_type,media_url,permalink}"
)
PLAIN = "id,caption,media_type,media_url,permalink"


@dataclass(slots=True, kw_only=True)
class Tags:
    """The tags of one account as they are asked for; ``state`` is the source's cursor."""

    way: Graph
    account: str
    state: dict[str, Any]
    used: int | None = None
    _asked: bool = False
    _theirs: frozenset[str] | None = None
    _read: set[str] = field(default_factory=set)
    _granted: set[str] = field(default_factory=set)
    _unused: set[str] = field(default_factory=set)

    def top(self, tag: str) -> Iterator[list[Any]]:
        """Yield the most popular media of a tag, of any age: once, because there is no other way to what is older."""
        kept = self._kept(tag)
        if kept.get("top") == "read":
            return
        for items, more in self._pages(tag, "top_media", MOST_TOP_PAGES):
            if not more:
                kept["top"] = "read"
            yield items
        if not self.way.spent:
            kept["top"] = "read"  # the four pages are a choice: what is popular is no list that has an end

    def recent(self, tag: str) -> Iterator[tuple[list[Any], Missed | None]]:
        """Yield the media of the last 24 hours, and with the last page what has been missed since the last reading.

        A reading that is broken off counts for nothing: the next begins at the top again.
        """
        kept = self._kept(tag)
        before = tidy.moment(kept.get("read"))
        if (own := self._id(tag)) in self._read:
            kept["read"] = self.way.now.isoformat()  # two spellings that are one tag to Instagram
            return
        for items, more in self._pages(tag, "recent_media", MOST_PAGES):
            missed = None
            if not more:
                self._read.add(own)
                kept["read"] = self.way.now.isoformat()
                missed = _missed(before, self.way.now)
            yield items, missed

    def quota(self) -> Quota:
        """Return how many of the thirty tags are used, by Instagram's list where it was asked, else by our book."""
        book = self._book()
        back_at = min((tidy.moment(at) or self.way.now for at in book.values()), default=None)
        used = len(book) if self.used is None else max(self.used, len(book))
        return Quota(
            name="instagram_hashtags", used=used, limit=MOST_TAGS, resets_at=back_at + WEEK if back_at else None
        )

    def _pages(self, tag: str, edge: str, most: int) -> Iterator[tuple[list[Any], bool]]:
        """Yield pages of a tag's media and whether more of them will be read.

        The cursor may look the same on every page and still lead on; the end shows in media that repeat themselves.
        """
        seen, after, empty = set[str](), "", 0
        own = self._id(tag)
        if not own:
            yield [], False
            return
        for number in range(1, most + 1):
            found = self._listing(tag, own, edge, after)
            fresh = [each for each in found.items if tidy.line(tidy.mapping(each).get("id"), 100) not in seen]
            seen.update(tidy.line(tidy.mapping(each).get("id"), 100) for each in fresh)
            empty = empty + 1 if not found.items else 0
            after = found.after
            if not after or empty == _MOST_EMPTY or (found.items and not fresh):
                yield fresh, False
                return
            yield fresh, True
            if number > 1 and self.way.spent:
                return

    def _listing(self, tag: str, own: str, edge: str, after: str) -> Listing:
        """Return a page; where Meta takes the question ill, ask for less. Each of the two lists has its own fields."""
        kept, plain = self._kept(tag), f"plain_{edge}"
        while True:
            limit = min(max(kept.get("limit", LIMIT), FEWEST), LIMIT)
            asked = {"user_id": self.account, "fields": PLAIN if kept.get(plain) else FIELDS, "limit": str(limit)}
            asked |= {"after": after} if after else {}
            try:
                return listing(self.way.get(f"{own}/{edge}", needs=TAG_ACCESS, what=f"#{tag}", **asked), self.way)
            except CollectError as error:
                if error.key == "graph_too_much" and limit > FEWEST:
                    kept["limit"] = limit // 2
                elif error.key == "graph_bad_question" and not kept.get(plain):
                    kept[plain] = True
                else:
                    raise

    def _id(self, tag: str) -> str:
        """Return a tag's number, which never changes and holds for everybody: it is asked for once.

        Empty for a tag that nobody has used yet. Raises CollectError ``instagram_tags_spent`` before the thirty would
        be exceeded.
        """
        kept = self._kept(tag)
        own = tidy.line(kept.get("id"), 100)
        if tag in self._unused:
            return ""
        self._afford(tag, own)
        if not own:
            asked = {"user_id": self.account, "q": tag}
            try:
                answer = self.way.get("ig_hashtag_search", needs=TAG_ACCESS, what=f"#{tag}", **asked)
            except CollectError as error:
                if error.key != "instagram_no_tag":
                    raise
                answer = {"data": []}
            if not isinstance(answer.get("data"), list):
                raise CollectError("answer_odd", host=self.way.host)
            first = next(iter(answer["data"]), None)
            own = tidy.line(tidy.mapping(first).get("id"), 100)
            if own:
                kept["id"] = own
            else:
                self._unused.add(tag)
        return own

    def _afford(self, tag: str, own: str) -> None:
        """Refuse a tag that would be one too many; one that counts already is free for its seven days."""
        theirs, book = self._counted(tag), self._book()
        counts = tag in book if theirs is None else own in theirs or f"#{hashtags.key(tag)}" in theirs
        if counts or tag in self._granted:
            book.setdefault(tag, self.way.now.isoformat())
            return
        quota = self.quota()
        if quota.used is not None and quota.used >= MOST_TAGS:
            raise CollectError("instagram_tags_spent", retry_at=quota.resets_at, tag=f"#{tag}")
        self.used = None if self.used is None else self.used + 1
        self._granted.add(tag)
        book[tag] = self.way.now.isoformat()

    def _counted(self, tag: str) -> frozenset[str] | None:
        """Return the numbers and #names that Instagram counts, asked for once a run; None where it does not tell."""
        if not self._asked:
            try:
                answer = self.way.get(
                    f"{self.account}/recently_searched_hashtags",
                    needs=TAG_ACCESS, what=f"#{tag}", fields="id,name", limit=str(MOST_TAGS),
                )  # fmt: skip
            except CollectError as error:
                if error.key != "graph_bad_question":
                    raise
                answer = {}  # an account that may not see the list: our own book counts
            self._asked = True
            given = [tidy.mapping(each) for each in tidy.items(answer.get("data"))]
            if isinstance(answer.get("data"), list):
                names = [f"#{hashtags.key(name)}" for each in given if (name := tidy.line(each.get("name"), 200))]
                self._theirs = frozenset((*(tidy.line(each.get("id"), 100) for each in given), *names))
                self.used = len(given)
        return self._theirs

    def _kept(self, tag: str) -> dict[str, Any]:
        found: dict[str, Any] = self.state.setdefault("tags", {}).setdefault(tag, {})
        return found

    def _book(self) -> dict[str, Any]:
        """Return when each tag began to count, without those whose seven days are over."""
        book: dict[str, Any] = self.state.setdefault("counted", {})
        for tag in [tag for tag, at in book.items() if not _is_within(tidy.moment(at), self.way.now)]:
            del book[tag]
        return book


def _is_within(at: datetime | None, now: datetime) -> bool:
    return at is not None and now - at < WEEK


def _missed(before: datetime | None, now: datetime) -> Missed | None:
    """Return the time that no answer covers any more; None at the first reading and where it was asked in time."""
    if before is None or now - before <= WINDOW:
        return None
    return Missed(from_at=before, to_at=now - WINDOW, reason="instagram_day")
