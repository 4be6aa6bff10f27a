"""The feeds of a WordPress site whose interface is closed: what they hold, as the same posts."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from campaign import hashtags
from campaign.errors import CollectError
from campaign.records import Candidate
from collector.networks import feed, wordpress_posts
from collector.networks.page import Page, Visit
from collector.networks.wordpress_site import ClosedError, Site
from net.answers import StatusError

MOST_PAGES = 20
"""Pages of older entries of one feed."""


def pages(
    visit: Visit, site: Site, state: dict[str, Any], closed: ClosedError, *, until: datetime | None
) -> Iterator[Page]:
    """Yield the entries of the site's feeds for the tags, the error beside them; nothing where none answered.

    ``state`` becomes the cursor. Raises CollectError where a feed says what waiting or a person can help.
    """
    states = state.setdefault("feeds", {})
    read: list[Page] = []
    for slug, path in _wanted(visit).items():
        spellings = tuple(tag for tag in visit.spellings if slug and hashtags.fold(tag) == slug)
        reading = _Feed(visit=visit, site=site, url=f"{site.url}/{path}", spellings=spellings, until=until)
        for found in reading.pages(states.setdefault(slug, {})):
            read.append(found)
            yield replace(found, cursor=deepcopy(state))
    if read:
        status = closed.facts.get("status", 0)
        yield Page(
            candidates=(),
            cursor=deepcopy(state),
            unchanged=all(page.unchanged for page in read),
            errors=(CollectError("wordpress_only_feed", host=site.host, status=status),),
        )


def is_before(candidate: Candidate, until: datetime | None) -> bool:
    """Return whether a post is older than what is wanted."""
    return until is not None and candidate.published_at is not None and candidate.published_at < until


def _wanted(visit: Visit) -> dict[str, str]:
    """Return the paths of the feeds by the slug of their tag, "" for that of all posts."""
    if visit.source.keep == "all":
        return {"": "feed/"}
    slugs = dict.fromkeys(map(hashtags.fold, visit.spellings))
    return {slug: f"tag/{quote(slug, safe='')}/feed/" for slug in slugs}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feed:
    """One feed of a site."""

    visit: Visit
    site: Site
    url: str
    spellings: tuple[str, ...]
    until: datetime | None

    def pages(self, state: dict[str, Any]) -> Iterator[Page]:
        """Yield the newest entries where they changed, and at first the older ones, page after page."""
        newest = self._read(self.url, state.get("newest") or {})
        if newest is None:
            return
        state["newest"] = newest.cursor
        state.setdefault("paged", 2)
        yield newest
        while isinstance(state["paged"], int):
            older = self._read(f"{self.url}?paged={state['paged']}", {})
            ended = older is None or not older.candidates or state["paged"] >= MOST_PAGES
            state["paged"] = None if ended else state["paged"] + 1
            if older is not None:
                yield older

    def _read(self, url: str, cursor: dict[str, Any]) -> Page | None:
        """Return one page of the feed, None where there is none: a tag that nobody used, the end, a web page."""
        source = replace(self.visit.source, keep="all", options={"url": url})
        try:
            (found,) = feed.pages(replace(self.visit, source=source, cursor=cursor))
        except StatusError as error:
            if error.status in (401, 403, 404, 410):
                return None
            raise
        except CollectError as error:
            if error.key.startswith("feed_"):
                return None
            raise
        made = (
            wordpress_posts.from_feed(each, site=self.site.url, spellings=self.spellings) for each in found.candidates
        )
        return replace(found, candidates=tuple(each for each in made if not is_before(each, self.until)))
