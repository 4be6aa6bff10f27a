"""What machines read: the feeds of stories, robots.txt."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import PlainTextResponse, Response

from campaign.places import offer
from storage.archive import browse
from storage.shelf_times import drawn_at
from web.house import KEEP, House, Visit
from web.public.asked import Asked, asked_of, find_node, wanted_of
from web.public.entries import Entry, entry_of
from web.public.growth import trees
from web.rendering import iso, network_name

_ENTRIES = 50
_MOST_KEY = 2**62
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_JSON_FEED = "https://jsonfeed.org/version/1.1"
_KINDS = {"/feed.atom": "application/atom+xml", "/feed.json": "application/feed+json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed of what a page shows, for its head and for people. ``name`` is the format, ``title`` what it follows."""

    path: str
    href: str
    kind: str
    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feed:
    """One page of a feed, in no format yet. ``next`` is the address of the page with what is older, "" at the end."""

    title: str
    address: str
    here: str
    next: str
    first: str
    home: str
    updated: datetime
    entries: Sequence[Entry]


def feed_links(visit: Visit, asked: Asked | None = None) -> list[FeedLink]:
    """Return the feeds of what a query string asks for; without one, those of the whole campaign."""
    of = asked or Asked()
    name, t = feed_name(visit, of), visit.view.language.t
    return [
        FeedLink(
            path=path,
            href=visit.view.url(path, **of.query(sort=None)),
            kind=kind,
            name=t(f"out.feed.{path.rpartition('.')[2]}"),
            title=t(f"out.feed.{path.rpartition('.')[2]}_of", name=name),
        )
        for path, kind in _KINDS.items()
    ]


def feed_name(visit: Visit, asked: Asked) -> str:
    """Return what a feed follows, in words: the campaign, and what it is narrowed to."""
    language = visit.view.language
    found = find_node(trees(visit.house, visit.campaign.id), asked.area) if asked.area else None
    source = visit.house.settings.sources.get(asked.source)
    when = asked.day or asked.week or "-".join(f"{each:02}" for each in (asked.year, asked.month) if each)
    parts = (
        f"”{asked.text}”" if asked.text else "",
        found[1].title if found else asked.area,
        offer(visit.campaign.places).register.label_of(asked.place) if asked.place else "",
        network_name(language)(asked.network) if asked.network else "",
        source.name if source else "",
        when,
    )
    told = ", ".join(part for part in parts if part)
    return language.t("out.feed.narrowed", name=visit.view.name, what=told) if told else visit.view.name


def _read(visit: Visit, path: str) -> _Feed:
    asked = asked_of(visit)
    older = visit.asked_number("older", 0, _MOST_KEY)
    page = browse(visit.store, visit.campaign.id, wanted_of(visit, asked), limit=_ENTRIES, older_than=older)
    drawn = drawn_at(visit.store, page.keys)
    entries = [entry_of(visit, hit, drawn=drawn.get(hit.key)) for hit in page.hits]
    view, query = visit.view, asked.query(sort=None)
    today = view.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return _Feed(
        title=feed_name(visit, asked),
        address=view.absolute(path, **query),
        here=view.absolute(path, **query, older=older),
        next=view.absolute(path, **query, older=page.older) if page.older else "",
        first=view.absolute(path, **query) if older else "",
        home=view.absolute("/archive", **query),
        updated=max((each.updated for each in entries), default=today),
        entries=entries,
    )


def atom(visit: Visit) -> Response:
    """Answer with the newest stories as Atom; the query string filters as on the archive's page.

    What is older stands on pages of its own, linked as RFC 5005 says.
    """
    feed, code = _read(visit, "/feed.atom"), visit.view.language.code
    pages = [(rel, href) for rel, href in (("next", feed.next), ("first", feed.first)) if href]
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(code)}>',
        f"<id>{escape(feed.address)}</id>",
        f"<title>{_clean(feed.title)}</title>",
        f"<updated>{iso(feed.updated)}</updated>",
        f"<author><name>{_clean(visit.house.settings.site.owner)}</name></author>",
        "<generator>Skörd</generator>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(feed.here)}/>',
        f'<link rel="alternate" type="text/html" hreflang={quoteattr(code)} href={quoteattr(feed.home)}/>',
        *(f'<link rel="{rel}" type="application/atom+xml" href={quoteattr(href)}/>' for rel, href in pages),
        *(_entry(visit, each) for each in feed.entries),
        "</feed>",
    ]
    return Response("\n".join(lines) + "\n", headers={KEEP: "1"}, media_type="application/atom+xml")


def _entry(visit: Visit, entry: Entry) -> str:
    language = f" xml:lang={quoteattr(entry.language)}" if entry.language else ""
    via = _NOT_IN_XML.sub("", entry.via)
    links = [f'<link rel="alternate" type="text/html" href={quoteattr(entry.address)}/>']
    links += [f'<link rel="via" href={quoteattr(via)}/>'] if via else []
    links += [f'<link rel="enclosure" type="image/jpeg" href={quoteattr(entry.picture)}/>'] if entry.picture else []
    categories = (
        f"<category term={_quoted(each.term)}{f' scheme={_quoted(each.scheme)}' if each.scheme else ''}"
        f" label={_quoted(each.label)}/>"
        for each in entry.categories
    )
    return (
        f"<entry{language}><id>{escape(entry.id)}</id><title>{_clean(entry.title)}</title>"
        f"<published>{iso(entry.published)}</published><updated>{iso(entry.updated)}</updated>{''.join(links)}"
        f"<author><name>{_clean(entry.author or visit.view.language.t('credit.nobody'))}</name></author>"
        f'{"".join(categories)}<content type="html">{_clean(entry.html)}</content></entry>'
    )


def json_feed(visit: Visit) -> Response:
    """Answer with the same as JSON Feed 1.1."""
    feed = _read(visit, "/feed.json")
    icon = visit.house.settings.site.base_url + visit.house.renderer.static("icon.svg").removeprefix(visit.view.base)
    made: dict[str, object] = {
        "version": _JSON_FEED,
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.here,
        "icon": icon,
        "language": visit.view.language.code,
        "authors": [{"name": visit.house.settings.site.owner}],
    }
    made |= {"next_url": feed.next} if feed.next else {}
    made["items"] = [_item(visit, each) for each in feed.entries]
    body = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    return Response(body, headers={KEEP: "1"}, media_type="application/feed+json")


def _item(visit: Visit, entry: Entry) -> dict[str, object]:
    told: dict[str, object] = {
        "id": entry.id,
        "url": entry.address,
        "external_url": entry.via,
        "title": entry.title,
        "content_html": entry.html,
        "image": entry.picture,
        "date_published": iso(entry.published),
        "date_modified": iso(entry.updated),
        "authors": [{"name": entry.author or visit.view.language.t("credit.nobody")}],
        "tags": [each.label for each in entry.categories],
        "language": entry.language,
    }
    if entry.picture:
        told["attachments"] = [{"url": entry.picture, "mime_type": "image/jpeg"}]
    return {name: value for name, value in told.items() if value}


def _quoted(text: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("", text))


def _clean(text: str) -> str:
    """Return text for XML: escaped, without the control characters that XML has no place for."""
    return escape(_NOT_IN_XML.sub("", text))


def robots(house: House) -> Response:
    """Answer what robots may fetch: everything public once the site is open, nothing before."""
    base, site = house.renderer.base, house.settings.site.base_url
    if not house.is_open:
        return PlainTextResponse("User-agent: *\nDisallow: /\n")
    campaigns = house.settings.campaigns
    maps = [f"{site}/sitemap.xml"] if len(campaigns) == 1 else [f"{site}/c/{each}/sitemap.xml" for each in campaigns]
    lines = [
        "User-agent: *",
        f"Disallow: {base}/desk",
        f"Disallow: {base}/receipts",
        *(f"Sitemap: {each}" for each in maps),
    ]
    return PlainTextResponse("\n".join(lines) + "\n")
