"""Reads RSS, Atom and RDF through feedparser, the only file that knows it; JSON Feed goes to its own reader.

feedparser's own door is not used: it decides on encodings and entities by patterns that a hostile body can hold up
for hours or slip past. Bodies are decoded and cut to their root element first (``bodies``); its parsers then read
that text, the strict one first and the loose one where the XML is broken. Its sanitising and resolving stay off.
"""

from __future__ import annotations

import io
import re
import xml.sax
import xml.sax.handler
from collections.abc import Iterator, Mapping
from time import struct_time
from typing import Any
from zoneinfo import ZoneInfo

import feedparser.api

from campaign.errors import CollectError
from campaign.records import CandidateMedia
from collector import bodies, dates, html, jsonfeed, tidy
from collector.entries import MOST_TAGS, Entry, Parsed, assemble

_FEED_ROOTS = frozenset({"rss", "feed", "channel", "rdf", "rdf:rdf", "atom:feed"})
_HTML_ROOTS = frozenset({"html", "head", "body", "div", "p", "h1", "img", "table", "a", "script", "meta", "center"})
_MARKUP = re.compile(r"<[A-Za-z/!]|&#?\w{1,32};")
_HTML_TYPES = ("text/html", "application/xhtml+xml")

# More than any feed holds, and what keeps the time for a hostile body of ten megabytes within seconds.
_MOST_BRACKETS = 600_000
_MOST_PREFIXES = 200
_MOST_ATTRIBUTES = 200


def parse(body: bytes, *, url: str, content_type: str = "", zone: ZoneInfo, final_url: str = "") -> Parsed:
    """Return a feed's entries as candidates; a feed without entries is a feed.

    ``url`` is the source's address, which names its posts; ``final_url`` is where the body was found and what
    relative links are resolved against; ``zone`` is for dates that name none. Raises CollectError: ``feed_empty_body``,
    ``feed_entities``, ``feed_is_html``, ``feed_is_opml``, ``feed_json_bad``, ``feed_unreadable``.
    """
    text = bodies.decode(body, content_type)
    begin = text.lstrip("\ufeff \t\r\n\0")[:1]
    if not begin:
        raise CollectError("feed_empty_body")
    if begin in "{[":
        return jsonfeed.parse(text.lstrip("\ufeff"), url=url, final_url=final_url or url, zone=zone)
    document = bodies.document(text)
    read = _read(document)
    if not read.entries and not read.version and document.root not in _FEED_ROOTS:
        key = _what_else(document, content_type)
        raise CollectError(key, permanent=key == "feed_is_opml")
    return _parsed(read, url=url, base=final_url or url, zone=zone)


def _what_else(document: bodies.Document, content_type: str) -> str:
    """Return the error's key for a body that is no feed."""
    if document.root == "opml":
        return "feed_is_opml"
    if document.html or document.root in _HTML_ROOTS or (not document.root and "html" in content_type):
        return "feed_is_html"
    return "feed_unreadable"


class _Careful:
    """Goes in front of feedparser's parsers: bounds what would take quadratic time, and keeps words of pictures.

    feedparser takes ``media:description`` for the entry's own text; inside ``media:content`` it describes the
    picture, and so it does beside an entry that has a text already.
    """

    _medium: dict[str, Any] | None = None

    def _add_tag(self, term: str, scheme: str, label: str) -> None:
        if len(self._get_context().setdefault("tags", [])) < MOST_TAGS:  # type: ignore[attr-defined]  # of feedparser
            super()._add_tag(term, scheme, label)  # type: ignore[misc]  # of feedparser

    def _sync_author_detail(self, key: str = "author") -> None:
        context = self._get_context()  # type: ignore[attr-defined]  # of feedparser
        if isinstance(context.get(key), str):
            context[key] = context[key][:300]
        super()._sync_author_detail(key)  # type: ignore[misc]  # of feedparser

    def _start_media_content(self, attributes: dict[str, Any]) -> None:
        super()._start_media_content(attributes)  # type: ignore[misc]  # of feedparser
        self._medium = attributes

    def _end_media_content(self) -> None:
        self._medium = None

    def _start_media_description(self, attributes: dict[str, Any]) -> None:
        if self._described() is None:
            super()._start_media_description(attributes)  # type: ignore[misc]  # of feedparser
        else:
            self.push("media_alt", 0)  # type: ignore[attr-defined]  # of feedparser

    def _end_media_description(self) -> None:
        medium, stack = self._described(), self.elementstack  # type: ignore[attr-defined]  # of feedparser
        if stack and stack[-1][0] == "media_alt":
            words = self.pop("media_alt")  # type: ignore[attr-defined]  # of feedparser
            if medium is not None and words:
                medium.setdefault("skord_alt", words)
        else:
            super()._end_media_description()  # type: ignore[misc]  # of feedparser

    def _described(self) -> dict[str, Any] | None:
        """Return the picture that a description here is about, None where it is about the entry."""
        context = self._get_context()  # type: ignore[attr-defined]  # of feedparser
        if self._medium is None and ("summary" in context or "content" in context):
            known = context.get("media_content")
            return known[-1] if isinstance(known, list) and known else {}
        return self._medium


class _FewAttributes:
    """Goes in front of the strict parser, which looks every attribute up among all others."""

    def startElementNS(self, name: tuple[str, str], qname: str, attributes: Mapping[Any, str]) -> None:
        if len(attributes) > _MOST_ATTRIBUTES:
            raise ValueError(f"{len(attributes)} attributes")
        super().startElementNS(name, qname, attributes)  # type: ignore[misc]  # of feedparser


_Strict = type("_Strict", (_FewAttributes, _Careful, feedparser.api.StrictFeedParser), {})
_Loose = type("_Loose", (_Careful, feedparser.api.LooseFeedParser), {})


class _Read:
    """What feedparser made of a document."""

    def __init__(self, parser: Any) -> None:
        self.version: str = parser.version
        self.feed: Mapping[str, Any] = parser.feeddata
        self.entries: list[dict[str, Any]] = parser.entries


def _read(document: bodies.Document) -> _Read:
    """Return what feedparser's parsers make of a document. They may stumble over hostile ones: ``feed_unreadable``."""
    if not document.root:
        return _Read(_Loose())
    prefixes = set(re.findall(r"\bxmlns:([\w.-]{1,100})", document.text))
    if len(prefixes) > _MOST_PREFIXES or document.text.count("<") > _MOST_BRACKETS:
        raise CollectError("feed_unreadable")
    try:
        return _Read(_strictly(document.text) or _loosely(document.text))
    except Exception as error:
        raise CollectError("feed_unreadable") from error


def _strictly(text: str) -> Any:
    """Return the strict parser after its work, None where the text is no XML."""
    parser = _prepared(_Strict("", None, "utf-8"))
    reader = xml.sax.make_parser()  # noqa: S317 - nothing stands before the root element: no entity can be declared
    reader.setFeature(xml.sax.handler.feature_namespaces, True)
    reader.setFeature(xml.sax.handler.feature_external_ges, False)
    reader.setContentHandler(parser)
    reader.setErrorHandler(parser)
    source = xml.sax.xmlreader.InputSource()
    source.setEncoding("utf-8")
    source.setByteStream(io.BytesIO(text.encode("utf-8", "replace")))
    try:
        reader.parse(source)
    except xml.sax.SAXException:
        return None
    return parser


def _loosely(text: str) -> Any:
    parser = _prepared(_Loose("", None, "utf-8", {}))
    parser.feed(text)
    return parser


def _prepared(parser: Any) -> Any:
    parser.resolve_relative_uris = False
    parser.sanitize_html = False
    return parser


def _parsed(read: _Read, *, url: str, base: str, zone: ZoneInfo) -> Parsed:
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
        tags=tuple(tidy.line(_dict(tag).get("term"), 100) for tag in _list(entry.get("tags"))),
        media=tuple(_media(entry, base)),
    )


def _link(entry: dict[str, Any], base: str) -> str:
    found = tidy.address(entry.get("link"), base)
    others = (_dict(link) for link in _list(entry.get("links")))
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
    contents = [part for part in map(_dict, _list(entry.get("content"))) if isinstance(part.get("value"), str)]
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
    for item in map(_dict, _list(entry.get("media_content"))):
        made = _medium(item, item.get("url"), base)
        if made:
            pictures += made.kind == "image"
            yield made
    for link in map(_dict, _list(entry.get("links"))):
        if link.get("rel") == "enclosure" and (made := _medium(link, link.get("href"), base)):
            pictures += made.kind == "image"
            yield made
    thumbnails = [] if pictures else _list(entry.get("media_thumbnail"))
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


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
