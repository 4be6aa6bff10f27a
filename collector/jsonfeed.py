"""Reads JSON Feed (https://www.jsonfeed.org/version/1.1/), which feedparser does not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from campaign.errors import CollectError
from campaign.records import CandidateMedia
from collector import dates, html, tidy
from collector.entries import Entry, Parsed, assemble

_VERSIONS = ("https://jsonfeed.org/version/", "http://jsonfeed.org/version/", "https://www.jsonfeed.org/version/")


def parse(text: str, *, url: str, final_url: str, zone: ZoneInfo) -> Parsed:
    """Return a JSON Feed's entries. Raises CollectError ``feed_json_bad`` for any other JSON, or none."""
    try:
        feed = json.loads(text, parse_int=tidy.json_number)
    except (ValueError, RecursionError) as error:
        raise CollectError("feed_json_bad") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not str(feed.get("version")).startswith(_VERSIONS):
        raise CollectError("feed_json_bad")
    return assemble(
        _entries(items, feed, final_url, zone),
        url=url,
        title=tidy.line(feed.get("title"), 200),
        home=tidy.address(feed.get("home_page_url"), final_url),
        language=tidy.line(feed.get("language"), 35),
        final_url=final_url,
    )


def _entries(items: list[Any], feed: Mapping[str, Any], base: str, zone: ZoneInfo) -> Iterator[Entry]:
    for item in items:
        if isinstance(item, dict):
            author = _author(item)
            yield _entry(item, author if author[0] else _author(feed), base, zone)


def _entry(item: Mapping[str, Any], author: tuple[str, str], base: str, zone: ZoneInfo) -> Entry:
    link = tidy.address(item.get("url"), base) or tidy.address(item.get("external_url"), base)
    published_at = dates.rfc3339(item.get("date_published"), zone)
    edited_at = dates.rfc3339(item.get("date_modified"), zone)
    return Entry(
        id=_id(item.get("id")),
        link=link,
        title=tidy.line(item.get("title")),
        body=_body(item, link or base),
        published_at=published_at or edited_at,
        edited_at=edited_at if published_at and edited_at and edited_at > published_at else None,
        author_name=author[0],
        author_url=author[1],
        language=tidy.line(item.get("language"), 35),
        tags=tuple(tidy.line(tag, 100) for tag in tidy.items(item.get("tags"))),
        media=tuple(_media(item, base)),
    )


def _id(value: object) -> str:
    """Return an id as text; version 1 allowed numbers."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return tidy.line(value, 2000)


def _body(item: Mapping[str, Any], base: str) -> html.Cleaned:
    if isinstance(item.get("content_html"), str) and item["content_html"].strip():
        return html.clean(item["content_html"], base)
    return html.from_text(tidy.lines(item.get("content_text")) or tidy.lines(item.get("summary")))


def _author(holder: Mapping[str, Any]) -> tuple[str, str]:
    """Return the first author with a name, and that author's page, both "" without one; "author" is version 1.0."""
    for author in (*tidy.items(holder.get("authors")), holder.get("author")):
        if isinstance(author, dict) and tidy.line(author.get("name")):
            return tidy.line(author["name"], 200), tidy.address(author.get("url"))
    return "", ""


def _media(item: Mapping[str, Any], base: str) -> Iterator[CandidateMedia]:
    for attachment in tidy.items(item.get("attachments")):
        if isinstance(attachment, dict):
            kind = tidy.line(attachment.get("mime_type")).split("/")[0].lower()
            address = tidy.address(attachment.get("url"), base)
            if address and kind in ("image", "video", "audio"):
                yield CandidateMedia(url=address, kind=kind)
    for name in ("image", "banner_image"):
        if address := tidy.address(item.get(name), base):
            yield CandidateMedia(url=address)
