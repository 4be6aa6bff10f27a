"""A pasted link made into a post: what its network or its page tells anybody about it, and nothing more.

In this order: the network's own door for links (oEmbed), then the page (JSON-LD, Open Graph, plain meta). A page that
asks for a login is an error with a name: the person who pasted the link types what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from campaign import hashtags
from campaign.errors import CollectError
from campaign.links import canonical
from campaign.pasted import CLOSED, WEB, Place, place
from campaign.records import Candidate, CandidateMedia
from collector import heads, html, tidy
from collector.dates import rfc3339
from collector.heads import Head
from collector.linked_data import Told, from_data
from collector.networks.page import Ask, as_json
from net.answers import StatusError

OEMBED: Mapping[str, str] = {
    "youtube": "https://www.youtube.com/oembed",
    "vimeo": "https://vimeo.com/api/oembed.json",
    "bluesky": "https://embed.bsky.app/oembed",
    "x": "https://publish.x.com/oembed",
    "tiktok": "https://www.tiktok.com/oembed",
    "flickr": "https://www.flickr.com/services/oembed/",
}
"""Where networks tell anybody about a link. Meta's want a token of an examined app and are not asked."""

_MORE: Mapping[str, Mapping[str, str]] = {
    "x": {"omit_script": "1", "dnt": "true", "lang": "sv"},
    "flickr": {"format": "json"},
    "youtube": {"format": "json"},
}

#: Networks whose page tells a program nothing that their own door does not.
_NO_PAGE = frozenset({"x", "tiktok"})
#: Networks whose posts are words and pictures; a title there is the program's own making.
_SOCIAL = frozenset({"x", "instagram", "facebook", "threads", "bluesky", "linkedin", "tiktok", "mastodon"})

_ACTIVITY = "application/activity+json"
_LOGIN = ("login", "signin", "accounts/login", "authwall", "checkpoint", "uas/login", "consent")
_ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"
_WORDS_LIMIT = 5_000
_STOCKHOLM = ZoneInfo("Europe/Stockholm")


def look(
    ask: Ask, url: str, *, now: datetime, zone: ZoneInfo = _STOCKHOLM, oembed: Mapping[str, str] = OEMBED
) -> Candidate:
    """Return what a link tells of its post. ``zone`` is for dates that name none.

    Raises CollectError: ``link_closed`` where a login is asked for, ``link_empty`` where nothing is told,
    ``link_not_page`` for a file, and what ``net.http`` raises.
    """
    where, page, failed = place(url), None, None
    if where.network not in _NO_PAGE or not where.is_named:
        try:
            page = _page(ask, where)
        except CollectError as error:
            failed = error
        else:
            where = _named(where, page)
    embedded, refused = _embed(ask, where, oembed.get(where.network, ""))
    failed = refused or failed
    if embedded is None and (page is None or where.network in _NO_PAGE):
        raise failed or CollectError("link_empty", host=where.host)
    if embedded is None and page is not None:
        embedded = _discovered(ask, page)
    made = _candidate(where, page, embedded or {}, zone)
    if not (made.title or made.text):
        raise failed or CollectError("link_empty", host=where.host)
    return replace(made, published_at=made.published_at if _is_past(made.published_at, now) else None)


def _embed(ask: Ask, where: Place, endpoint: str) -> tuple[Mapping[str, Any] | None, CollectError | None]:
    """Return what the network's own door says about a link, or why it says nothing."""
    if not endpoint or not where.is_named:
        return None, None
    asked = urlencode({"url": where.url, **_MORE.get(where.network, {})})
    try:
        found = as_json(ask.fetch(f"{endpoint}?{asked}", accept="application/json"), host=where.host)
    except CollectError as error:
        gone = isinstance(error, StatusError) and error.status in (401, 403)
        return None, CollectError("link_closed", host=where.host) if gone else error
    return (found, None) if isinstance(found, dict) else (None, None)


def _discovered(ask: Ask, page: Head) -> Mapping[str, Any] | None:
    """Return what a page's own oEmbed says, asked only where the page itself names neither title nor author."""
    endpoint = page.link("alternate", "application/json+oembed")
    if not endpoint or (page.meta("og:title") and page.meta("author", "article:author")):
        return None
    try:
        found = as_json(
            ask.fetch(endpoint, accept="application/json", max_bytes=500_000), host=urlsplit(page.url).netloc
        )
    except CollectError:
        return None  # an extra beside the page, which has said enough by itself
    return found if isinstance(found, dict) else None


def _page(ask: Ask, where: Place) -> Head:
    try:
        answer = ask.fetch(where.url, accept=_ACCEPT)
    except StatusError as error:
        if where.network in CLOSED and error.status in (400, 401, 403, 404, 429, 999):
            raise CollectError("link_closed", host=where.host) from error
        raise
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and not kind.startswith("text/") and "html" not in kind and "xml" not in kind:
        raise CollectError("link_not_page", host=where.host)
    page = heads.read(answer.body, answer.headers.get("content-type", ""), answer.url)
    if _asks_for_login(where, page):
        raise CollectError("link_closed", host=where.host)
    return page


def _asks_for_login(where: Place, page: Head) -> bool:
    """Return whether a page is the door of a network, not the post behind it."""
    path, host = urlsplit(page.url).path.strip("/").lower(), urlsplit(page.url).hostname or ""
    was = urlsplit(where.url).path.strip("/").lower()
    if (path != was and path.startswith(_LOGIN)) or host.startswith("consent."):
        return True
    # A closed network's page that names no post is its front door, whatever its title.
    return where.network in CLOSED and not page.meta("og:title", "og:description")


def _named(where: Place, page: Head) -> Place:
    """Return where a link leads after all redirects, by the page's own word if it speaks for its own host."""
    found = where if where.is_named else place(page.url)
    if found.network != WEB:
        return found
    host = urlsplit(page.url).hostname
    activity = page.link("alternate", _ACTIVITY)
    own = next(
        (each for each in (page.link("canonical"), page.meta("og:url")) if each and _same_site(each, page.url)), ""
    )
    if own and canonical(own).partition("/")[2]:
        found = place(tidy.address(own, page.url))
    if activity and urlsplit(activity).hostname == host:
        # What speaks ActivityPub names its posts so everywhere, and so they are collected.
        return replace(found, network="mastodon", identity=tidy.name(activity))
    return found


def _same_site(one: str, other: str) -> bool:
    """Return whether two addresses are of one site: a page's word about another's must not name its post."""
    return canonical(one).partition("/")[0] == canonical(other).partition("/")[0] != ""


def _candidate(where: Place, page: Head | None, embedded: Mapping[str, Any], zone: ZoneInfo) -> Candidate:
    told = from_data(page.data, zone) if page is not None else Told()
    social = where.network in _SOCIAL or told.is_posting
    words, author = _words(where, page, embedded, told, social=social), _author(where, page, embedded, told)
    identity = _embedded_identity(where, embedded)
    return Candidate(
        network=where.network,
        identity=identity,
        url=where.url,
        published_at=told.published_at or (_published(page, zone) if page else None) or where.published_at,
        edited_at=told.edited_at,
        title="" if social and words.text else _title(page, embedded, told),
        text=words.text,
        html=words.html,
        author_name=author[0],
        author_handle=_handle(where, author[1]),
        author_url=author[1],
        language=told.language or (page.language if page else "") or None,
        tags=hashtags.find(words.text),
        media=_pictures(page, embedded, told),
    )


def _title(page: Head | None, embedded: Mapping[str, Any], told: Told) -> str:
    if told.title:
        return told.title
    named = page.meta("og:title", "twitter:title", "dc.title") if page else ""
    return tidy.line(named) or tidy.line(embedded.get("title")) or (page.title or page.heading if page else "")


def _words(where: Place, page: Head | None, embedded: Mapping[str, Any], told: Told, *, social: bool) -> html.Cleaned:
    """Return a post's own words; of an article what it says of itself, never the whole: that is its owner's."""
    if where.network in ("x", "bluesky") and isinstance(embedded.get("html"), str):
        return _quoted(embedded["html"])
    if where.network == "tiktok" and embedded:
        return html.from_text(tidy.lines(embedded.get("title"), _WORDS_LIMIT))
    own = told.text if social else ""
    said = page.meta("og:description", "twitter:description", "description", "dc.description") if page else ""
    plain = own or tidy.lines(said, _WORDS_LIMIT) or told.summary or tidy.lines(embedded.get("description"), 2_000)
    return html.from_text(plain)


def _quoted(markup: str) -> html.Cleaned:
    """Return the words of a quoted post: the first paragraph of the quotation, without who wrote it and when."""
    begin = markup.find("<p")
    end = markup.find("</p>", begin)
    return html.clean(markup[begin : end + 4] if 0 <= begin < end else markup)


def _author(where: Place, page: Head | None, embedded: Mapping[str, Any], told: Told) -> tuple[str, str]:
    """Return who wrote it and their page; the site's own name where nobody is named."""
    name = told.author_name or tidy.line(embedded.get("author_name"), 200)
    url = told.author_url or tidy.address(embedded.get("author_url"))
    if where.network == "bluesky" and name.endswith(")"):
        name = name.rpartition(" (@")[0] or name
    if page is not None and not name:
        written = page.meta("author", "article:author", "dc.creator", "dcterms.creator")
        name = "" if "://" in written else tidy.line(written, 200)
        name = name or tidy.line(page.meta("og:site_name"), 200)
    return name or tidy.line(embedded.get("provider_name"), 200) or where.host, url


def _handle(where: Place, url: str) -> str:
    """Return the name of an account from the address of its page, the host of a web page."""
    if where.network not in _SOCIAL or not url:
        return where.host
    last = urlsplit(url).path.strip("/").rpartition("/")[2].lstrip("@")
    return f"{last}@{urlsplit(url).hostname}" if where.network == "mastodon" and last else last or where.host


def _embedded_identity(where: Place, embedded: Mapping[str, Any]) -> str:
    """Return a post's name; Bluesky's, which the address may hide behind a name that can change, from its quotation."""
    markup = embedded.get("html")
    if where.network == "bluesky" and isinstance(markup, str):
        uri = heads.first_attribute(markup, "blockquote", "data-bluesky-uri")
        if uri.startswith("at://did:") and uri.rpartition("/")[2] == where.url.rpartition("/")[2]:
            return tidy.name(uri)
    return tidy.name(where.identity)


def _published(page: Head, zone: ZoneInfo) -> datetime | None:
    names = (
        "article:published_time", "og:published_time", "datepublished", "date", "pubdate", "publishdate", "dc.date",
        "dc.date.issued", "dcterms.issued", "dcterms.created", "dcterms.date", "video:release_date",
    )  # fmt: skip
    return next((found for name in names if (found := rfc3339(page.meta(name), zone)) is not None), None)


def _pictures(page: Head | None, embedded: Mapping[str, Any], told: Told) -> tuple[CandidateMedia, ...]:
    """Return the one picture that stands for the post, with the words that its owner gave it."""
    if page is not None:
        url = tidy.address(page.meta("og:image:secure_url", "og:image", "og:image:url", "twitter:image"), page.url)
        if url:
            return (
                CandidateMedia(
                    url=url,
                    alt=tidy.line(page.meta("og:image:alt", "twitter:image:alt"), 1500) or None,
                    width=tidy.number(page.meta("og:image:width")),
                    height=tidy.number(page.meta("og:image:height")),
                ),
            )
    if told.picture is not None:
        return (told.picture,)
    url = tidy.address(embedded.get("thumbnail_url"))
    size = (tidy.number(embedded.get(f"thumbnail_{name}")) for name in ("width", "height"))
    return (CandidateMedia(url=url, width=next(size), height=next(size)),) if url else ()


def _is_past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now
