"""Press rooms and news search: addresses that are put together from what a person knows, read as feeds.

Its posts are named as those of a plain feed at the same address: whoever had the room as a ``feed`` before and writes
``press`` now gets no post twice. Google News, whose address holds the question, names its posts by Google's own id, so
that another question doubles nothing either; of its entries only headline, source and link are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from campaign.collecting import Forecast
from campaign.errors import CollectError
from campaign.kinds import KINDS
from campaign.records import Candidate
from campaign.settings import SourceSettings
from collector import tidy
from collector.networks import feed
from collector.networks.page import Page, Visit
from net.answers import StatusError

SERVICES = ("mynewsdesk", "cision", "sitevision", "google-news")

_MYNEWSDESK = "https://www.mynewsdesk.com"
_CISION = "https://news.cision.com"
_GOOGLE = "https://news.google.com"
_MYNEWSDESK_SORTS = frozenset({"pressrelease", "news", "blog_post", "event", "image", "video"})
_SITEVISION = {"state": "rss", "sv.contenttype": "text/xml;charset=UTF-8"}


def pages(visit: Visit) -> Iterator[Page]:
    """Yield the entries of a press room as one page.

    Raises CollectError: ``press_service`` and ``press_incomplete`` for what the configuration lacks, ``press_consent``
    where Google shows its consent page, ``press_rebuilt`` and ``press_no_room`` for an address that leads nowhere.
    """
    source = visit.source
    service = _service(source)
    url = address(source)
    try:
        for page in feed.pages(replace(visit, source=_as_feed(source, url))):
            leads = service == "google-news"
            yield replace(page, candidates=tuple(map(_headline, page.candidates))) if leads else page
    except CollectError as error:
        told = _told(service, source, error)
        if told is error:
            raise
        raise told from error


def forecast(source: SourceSettings, spellings: tuple[str, ...], per_week: float) -> Forecast:  # noqa: ARG001
    """Return how often the room is asked in a month: once a run."""
    runs = timedelta(days=30) / max(source.every, KINDS["press"].floor)
    return Forecast(calls=round(runs), notes=("press",))


def address(source: SourceSettings) -> str:
    """Return the address of the feed that a source means. Raises CollectError where something is missing."""
    service = _service(source)
    room, query, url = (str(source.options.get(name) or "").strip() for name in ("room", "query", "url"))
    if service == "mynewsdesk":
        return _mynewsdesk(source, room)
    if service == "cision":
        if not room and not query:
            raise CollectError("press_incomplete", permanent=True, service=service, option="room")
        path = f"/se/{quote(room, safe='')}/ListItems" if room else "/se/ListItems"
        more = {"format": "rss"} | ({"q": query} if query else {})
        return f"{_base(source, _CISION)}{path}?{urlencode(more)}"
    if service == "google-news":
        if not query:
            raise CollectError("press_incomplete", permanent=True, service=service, option="query")
        asked = {"q": query, "hl": "sv", "gl": "SE", "ceid": "SE:sv"}
        return f"{_base(source, _GOOGLE)}/rss/search?{urlencode(asked)}"
    return _sitevision(url)


def _service(source: SourceSettings) -> str:
    service = str(source.options.get("service") or "").strip().lower()
    if service not in SERVICES:
        raise CollectError("press_service", permanent=True, service=service, known=", ".join(SERVICES))
    return service


def _mynewsdesk(source: SourceSettings, room: str) -> str:
    number, _, sort = room.partition("/")
    if not (number.isascii() and number.isdigit()) or (sort and sort not in _MYNEWSDESK_SORTS):
        raise CollectError("press_incomplete", permanent=True, service="mynewsdesk", option="room")
    path = f"/se/rss/source/{number}/{sort}" if sort else f"/se/rss/current_news/{number}"
    return _base(source, _MYNEWSDESK) + path


def _sitevision(url: str) -> str:
    """Return the address of a Sitevision list's feed; one without its parameters is given them."""
    found = tidy.address(url)
    if not found:
        raise CollectError("press_incomplete", permanent=True, service="sitevision", option="url")
    parts = urlsplit(found)
    if "state=rss" in parts.query or not parts.path.endswith(".portlet"):
        return found
    return urlunsplit(parts._replace(query=urlencode(_SITEVISION, safe="/;=")))


def _base(source: SourceSettings, usual: str) -> str:
    return str(source.options.get("api") or usual).rstrip("/")


def _as_feed(source: SourceSettings, url: str) -> SourceSettings:
    return replace(source, kind="feed", options={"url": url})


def _headline(found: Candidate) -> Candidate:
    """Return an entry of a news search as a lead: its headline, whose it is, and where. Never its words."""
    headline, _, paper = found.title.rpartition(" - ")
    guid = dict(found.local).get("guid") or found.url
    return replace(
        found,
        identity=tidy.name(f"news.google.com {guid}"),
        title=headline or found.title,
        text="",
        html="",
        author_name=paper if headline else found.author_name,
        author_handle="",
        author_url="",
        media=(),
        tags=(),
    )


def _told(service: str, source: SourceSettings, error: CollectError) -> CollectError:
    """Return what a failure means for this service, where it means more than for any feed."""
    if service == "google-news" and error.key == "feed_is_html":
        return CollectError("press_consent", host="news.google.com")
    if isinstance(error, StatusError) and error.status in (404, 410):
        if service == "sitevision":
            return CollectError("press_rebuilt", permanent=True, host=str(error.facts.get("host") or ""))
        room = str(source.options.get("room") or source.options.get("query") or "")
        return CollectError("press_no_room", permanent=True, service=service, room=room)
    return error
