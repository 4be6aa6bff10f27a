"""What is this address? A feed, a site with feeds, WordPress, a server, an account, a press room; or a closed network.

``recognise`` reads the address alone; ``discover`` asks where it must. Both offer ready sources, best first, and name
the sentence (``discover.told.<told>``) that says what can be done and what cannot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from campaign.errors import CollectError
from campaign.pasted import place, tidied
from collector import feeds, heads, tidy
from collector.heads import Head
from collector.networks.feed import ACCEPT
from collector.networks.page import Ask
from collector.networks.wordpress_site import named_root
from net.answers import Answer, StatusError

Value = str | int | bool | tuple[str, ...]

_USUAL_FEEDS = ("/feed/", "/rss", "/rss.xml", "/atom.xml", "/feed.json", "/index.xml")
_MOST = 12
_ZONE = ZoneInfo("Europe/Stockholm")
_MASTODON_API = frozenset(
    ("mastodon", "hometown", "glitchcafe", "pleroma", "akkoma", "gotosocial", "pixelfed", "friendica", "takahe")
)
_CLOSED = frozenset({"linkedin", "tiktok", "threads"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A source that could be added. ``options`` are what its kind needs, besides ``keep`` where it is not usual."""

    kind: str
    title: str
    options: Mapping[str, Value]
    keep: str = ""

    @property
    def needs_token(self) -> bool:
        """Whether it asks for a secret before it can be asked."""
        return self.kind in ("facebook", "x", "youtube", "instagram")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What an address is. Without suggestions ``told`` says what to do instead."""

    url: str
    told: str
    suggestions: tuple[Suggestion, ...] = ()


def discover(ask: Ask, written: str) -> Discovery:
    """Return what an address is, asking it where its letters do not tell.

    Raises InputError ``link_wrong`` for no address, CollectError where nothing answered.
    """
    url = tidied(written)
    known = recognise(url)
    if known is not None:
        return known
    if (server := _mastodon(ask, url)) is not None and _is_server_path(url):
        return server
    answer = ask.fetch(url, accept=ACCEPT)
    if (feed := _as_feed(answer, url)) is not None:
        return Discovery(url=url, told="feed", suggestions=(feed,))
    head = heads.read(answer.body, answer.headers.get("content-type", ""), answer.url)
    found = (*_wordpress(answer, head), *_rooms(head), *_feeds(head))
    if found:
        return Discovery(url=url, told=_told(found), suggestions=found[:_MOST])
    if server is not None:
        return server
    guessed = _guessed(ask, answer.url)
    return Discovery(url=url, told="feed" if guessed else "nothing", suggestions=guessed)


def recognise(url: str) -> Discovery | None:
    """Return what the letters of an address alone tell, None where it must be asked."""
    parts = urlsplit(url)
    host, steps = (parts.hostname or "").removeprefix("www."), [step for step in parts.path.split("/") if step]
    where = place(url)
    if where.is_named:
        return Discovery(url=url, told="post")
    if where.network in _CLOSED:
        return Discovery(url=url, told=where.network)
    if where.network == "bluesky" and len(steps) > 1 and steps[0] == "profile":
        return _one(url, "bluesky", f"Bluesky @{steps[1]}", {"accounts": (steps[1],)})
    if where.network == "instagram":
        return Discovery(url=url, told="instagram")
    if where.network == "facebook":
        return _facebook(url, steps, parse_qs(parts.query))
    if where.network == "x":
        return _one(url, "x", "X", {"posts_per_month": 200})
    if where.network == "youtube":
        return _youtube(url, steps, parse_qs(parts.query))
    if host == "mynewsdesk.com":
        return _mynewsdesk(url, steps)
    if host == "news.cision.com":
        return _cision(url, steps, parse_qs(parts.query))
    if host == "news.google.com" and (query := " ".join(parse_qs(parts.query).get("q", []))):
        leads = Suggestion(
            kind="press",
            title=f"Google Nyheter: {query}",
            options={"service": "google-news", "query": query},
            keep="all",
        )
        return Discovery(url=url, told="google", suggestions=(leads,))
    return None


def _one(url: str, kind: str, title: str, options: Mapping[str, Value], *, keep: str = "") -> Discovery:
    made = Suggestion(kind=kind, title=tidy.line(unquote(title), 100), options=options, keep=keep)
    return Discovery(url=url, told=kind, suggestions=(made,))


def _facebook(url: str, steps: list[str], query: Mapping[str, list[str]]) -> Discovery:
    page = next(iter(query.get("id", [])), "") if steps[:1] == ["profile.php"] else (steps or [""])[0]
    if steps[:1] in (["groups"], ["share"], ["watch"], ["hashtag"]) or not page:
        return Discovery(url=url, told="facebook_closed")
    return _one(url, "facebook", f"Facebook: {page}", {"pages": (page,)})


def _youtube(url: str, steps: list[str], query: Mapping[str, list[str]]) -> Discovery | None:
    channel = ""
    if len(steps) > 1 and steps[0] == "channel":
        channel = steps[1]
    elif steps[:1] == ["feeds"]:
        channel = next(iter(query.get("channel_id", [])), "")
    elif steps and steps[0].startswith("@"):
        channel = unquote(steps[0])
    if not channel:
        return None
    with_key = Suggestion(kind="youtube", title=f"YouTube {tidy.line(channel, 80)}", options={"channels": (channel,)})
    if not channel.startswith("UC"):
        return Discovery(url=url, told="youtube", suggestions=(with_key,))
    address = f"https://www.youtube.com/feeds/videos.xml?channel_id={channel}"
    feed = Suggestion(kind="feed", title=f"YouTube {tidy.line(channel, 80)}", options={"url": address})
    return Discovery(url=url, told="youtube", suggestions=(with_key, feed))


def _mynewsdesk(url: str, steps: list[str]) -> Discovery | None:
    """Return the room of an address of its feeds; a room's page, which hides the number, must be asked."""
    if len(steps) > 3 and steps[1:3] == ["rss", "current_news"]:
        room = steps[3]
    elif len(steps) > 3 and steps[1:3] == ["rss", "source"]:
        room = "/".join(steps[3:5])
    else:
        return None
    made = Suggestion(kind="press", title=f"Mynewsdesk {room}", options={"service": "mynewsdesk", "room": room})
    return Discovery(url=url, told="press", suggestions=(made,))


def _cision(url: str, steps: list[str], query: Mapping[str, list[str]]) -> Discovery | None:
    room = steps[1] if len(steps) > 1 and steps[1] != "ListItems" else ""
    words = " ".join(query.get("q", []))
    if not room and not words:
        return None
    options: dict[str, Value] = {"service": "cision"}
    if room:
        options["room"] = room
    made = Suggestion(
        kind="press", title=f"Cision {room or words}", options=options | ({"query": words} if words else {})
    )
    return Discovery(url=url, told="press", suggestions=(made,))


def _is_server_path(url: str) -> bool:
    """Return whether an address looks like an account or a tag of a server, or its front door."""
    steps = [step for step in urlsplit(url).path.split("/") if step]
    return not steps or steps[0].startswith("@") or steps[0] in ("tags", "users", "explore", "about", "public")


def _mastodon(ask: Ask, url: str) -> Discovery | None:
    """Return the server that an address belongs to, with its account if it names one; None for any other software."""
    if not _is_server_path(url):
        return None
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    software = _software(ask, origin)
    if software not in _MASTODON_API:
        return None
    options: dict[str, Value] = {"server": origin}
    steps = [step for step in parts.path.split("/") if step]
    title = parts.netloc
    if steps and steps[0].startswith("@"):
        name = unquote(steps[0]).strip("@")
        title = f"@{name}" if "@" in name else f"@{name}@{parts.netloc}"
        options["accounts"] = (title,)
    return _one(url, "mastodon", title, options)


def _software(ask: Ask, origin: str) -> str:
    """Return what a server says that it runs (nodeinfo), "" where it says nothing."""
    found: object = None
    address = f"{origin}/.well-known/nodeinfo"
    for _ in range(2):
        try:
            answer = ask.fetch(address, accept="application/json", max_bytes=200_000)
            found = json.loads(answer.body)
        except (CollectError, ValueError, RecursionError):
            return ""  # most addresses have none, and what they are is found another way
        links = found.get("links") if isinstance(found, dict) else None
        if not isinstance(links, list):
            break
        hrefs = [tidy.address(link.get("href"), address) for link in links if isinstance(link, dict)]
        address = next((href for href in reversed(hrefs) if urlsplit(href).netloc == urlsplit(origin).netloc), "")
        if not address:
            return ""
    software = found.get("software") if isinstance(found, dict) else None
    name = software.get("name") if isinstance(software, dict) else None
    return name.lower() if isinstance(name, str) else ""


def _as_feed(answer: Answer, url: str) -> Suggestion | None:
    try:
        parsed = feeds.parse(answer.body, url=url, content_type=answer.headers.get("content-type", ""), zone=_ZONE)
    except CollectError:
        return None
    if _is_sitevision(url):
        return Suggestion(kind="press", title=parsed.title, options={"service": "sitevision", "url": url})
    return Suggestion(kind="feed", title=parsed.title, options={"url": url})


def _wordpress(answer: Answer, head: Head) -> tuple[Suggestion, ...]:
    root = named_root(answer.headers, head)
    if not root and not head.meta("generator").lower().startswith("wordpress"):
        return ()
    parts = urlsplit(root or answer.url)
    path = parts.path.partition("/wp-json")[0] if root else ""
    site = urlunsplit((parts.scheme, parts.netloc, path.rstrip("/"), "", ""))
    return (Suggestion(kind="wordpress", title=head.meta("og:site_name") or head.title, options={"url": site}),)


def _rooms(head: Head) -> tuple[Suggestion, ...]:
    """Return the press rooms among a page's feeds."""
    found: list[Suggestion] = []
    for link in head.feeds:
        parts = urlsplit(link.href)
        steps = [step for step in parts.path.split("/") if step]
        title = link.title or head.title
        if _is_sitevision(link.href):
            found.append(Suggestion(kind="press", title=title, options={"service": "sitevision", "url": link.href}))
        elif (parts.hostname or "").removeprefix("www.") == "mynewsdesk.com":
            room = _mynewsdesk(link.href, steps)
            found += [
                Suggestion(kind="press", title=title, options=each.options)
                for each in (room.suggestions if room else ())
            ]
    return tuple(found)


def _feeds(head: Head) -> tuple[Suggestion, ...]:
    """Return all feeds that a page offers, with its words for them, but those that are press rooms."""
    rooms = {urlsplit(link.href).path for link in head.feeds if _is_sitevision(link.href)}
    return tuple(
        Suggestion(kind="feed", title=link.title or head.title, options={"url": link.href})
        for link in head.feeds
        if urlsplit(link.href).path not in rooms
        and (urlsplit(link.href).hostname or "").removeprefix("www.") != "mynewsdesk.com"
    )


def _is_sitevision(url: str) -> bool:
    return ".portlet" in urlsplit(url).path and "state=rss" in urlsplit(url).query


def _told(found: tuple[Suggestion, ...]) -> str:
    if found[0].kind != "feed":
        return found[0].kind
    return "feed" if len(found) == 1 else "feeds"


def _guessed(ask: Ask, url: str) -> tuple[Suggestion, ...]:
    """Return the feed at the first of the usual places that has one."""
    parts = urlsplit(url)
    for path in _USUAL_FEEDS:
        address = f"{parts.scheme}://{parts.netloc}{path}"
        try:
            found = _as_feed(ask.fetch(address, accept=ACCEPT), address)
        except StatusError:
            continue
        if found is not None:
            return (found,)
    return ()
