"""A feed as feedparser read it, made into entries: titles, words, moments, authors, pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from time import struct_time
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from campaign.records import CandidateMedia
from collector import dates, html, tidy
from collector.entries import Entry, Parsed, assemble

_MARKUP = re.compile(r"<[A-Za-z/!]|&#?\w{1,32};")
_HTML_TYPES = ("text/html", "application/xhtml+xml")


class Read(Protocol):
    """What feedparser made of a document."""

    feed: Mapping[str, Any]
    entries: list[dict[str, Any]]


def candidates(read: Read, *, url: str, base: str, zone: ZoneInfo) -> Parsed:
    """Return the entries of a feed as candidates."""
    feed = read.feed
    return assemble(
        (_entry(entry, base, zone) for entry in read.entries),
        url=url,
        title=_title(feed)[:200],
        home=tidy.address(feed.get("link"), base),
        language=tidy.line(feed.get("language"), 35),
        final_url=base,
    )


def _entry(entry: dict[str, Any], base: str, zone: ZoneInfo) -> Entry:
    link = _link(entry, base)
    published_at, edited_at = _moments(entry, zone)
    body, language = _body(entry, link or base)
    author_name, author_url = _author(entry, base)
    return Entry(
        id=tidy.line(entry.get("id"), 4000),
        link=link,
        title=_title(entry),
        body=body,
        published_at=published_at,
        edited_at=edited_at,
        author_name=author_name,
        author_url=author_url,
        language=language,
        sensitive=tidy.line(_dict(entry.get("media_rating")).get("content")).lower() == "adult",
        tags=tuple(tidy.line(_dict(tag).get("term"), 100) for tag in tidy.items(entry.get("tags"))),
        media=tuple(_media(entry, base)),
    )


def _link(entry: dict[str, Any], base: str) -> str:
    found = tidy.address(entry.get("link"), base)
    others = (_dict(link) for link in tidy.items(entry.get("links")))
    return found or next(
        (
            address
            for link in others
            if link.get("rel") == "alternate" and (address := tidy.address(link.get("href"), base))
        ),
        "",
    )


def _moments(entry: dict[str, Any], zone: ZoneInfo) -> tuple[Any, Any]:
    """Return when an entry was published and, where it says so, last edited after that."""

    # Past feedparser's own look-up, which answers for "updated" with "published" and a warning.
    def read(name: str) -> Any:
        parsed, written = dict.get(entry, f"{name}_parsed"), dict.get(entry, name)
        return dates.moment(written, parsed if isinstance(parsed, struct_time) else None, zone)

    updated = read("updated")
    published = read("published") or read("created")
    if published is None:
        return updated, None
    return published, updated if updated is not None and updated > published else None


def _title(holder: Mapping[str, Any]) -> str:
    value = holder.get("title")
    marked = _dict(holder.get("title_detail")).get("type") in _HTML_TYPES
    return tidy.line(html.text(value) if marked and isinstance(value, str) and _MARKUP.search(value) else value)


def _body(entry: dict[str, Any], base: str) -> tuple[html.Cleaned, str]:
    """Return an entry's words and their language: its content, HTML before plain, else its summary."""
    contents = [part for part in map(_dict, tidy.items(entry.get("content"))) if isinstance(part.get("value"), str)]
    contents.sort(key=lambda part: part.get("type") not in _HTML_TYPES)
    summary = {"value": entry.get("summary"), **_dict(entry.get("summary_detail"))}
    for part in (*contents, summary):
        value = part.get("value")
        if (
            isinstance(value, str)
            and value.strip()
            and str(part.get("type", "text/html")) in (*_HTML_TYPES, "text/plain")
        ):
            # RSS calls every description HTML; one without markup is plain text, whose line breaks are meant.
            marked = part.get("type") != "text/plain" and _MARKUP.search(value)
            told = tidy.address(part.get("base"), base) or base
            return html.clean(value, told) if marked else html.from_text(value), tidy.line(part.get("language"), 35)
    return html.from_text(""), ""


def _author(entry: dict[str, Any], base: str) -> tuple[str, str]:
    """Return the author's name and page; never the mail address that RSS wants in their place."""
    detail = _dict(entry.get("author_detail"))
    name = tidy.line(detail.get("name") or entry.get("author"), 200)
    return "" if "@" in name else html.text(name) if _MARKUP.search(name) else name, tidy.address(
        detail.get("href"), base
    )


def _media(entry: dict[str, Any], base: str) -> Iterator[CandidateMedia]:
    """Yield what stands in the entry itself: enclosures, Media RSS; a thumbnail only where there is no picture."""
    pictures = 0
    for item in map(_dict, tidy.items(entry.get("media_content"))):
        made = _medium(item, item.get("url"), base)
        if made:
            pictures += made.kind == "image"
            yield made
    for link in map(_dict, tidy.items(entry.get("links"))):
        if link.get("rel") == "enclosure" and (made := _medium(link, link.get("href"), base)):
            pictures += made.kind == "image"
            yield made
    thumbnails = [] if pictures else tidy.items(entry.get("media_thumbnail"))
    for item in map(_dict, thumbnails[:1]):
        if made := _medium({**item, "medium": "image"}, item.get("url"), base):
            yield made


def _medium(item: Mapping[str, Any], address: object, base: str) -> CandidateMedia | None:
    kind = (tidy.line(item.get("medium")) or tidy.line(item.get("type")).split("/")[0]).lower()
    url = tidy.address(address, base)
    if not kind and re.search(r"\.(jpe?g|png|webp|gif|avif)$", url.partition("?")[0], re.IGNORECASE):
        kind = "image"
    width, height = tidy.number(item.get("width")), tidy.number(item.get("height"))
    if not url or kind not in ("image", "video", "audio") or 1 in (width, height):
        return None
    alt = tidy.line(item["skord_alt"], 1500) if isinstance(item.get("skord_alt"), str) else None
    return CandidateMedia(url=url, kind=kind, alt=alt, width=width, height=height)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
