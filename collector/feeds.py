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
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import feedparser.api

from campaign.errors import CollectError
from collector import bodies, jsonfeed, quick, reading
from collector.entries import MOST_TAGS, Parsed

_FEED_ROOTS = frozenset({"rss", "feed", "channel", "rdf", "rdf:rdf", "atom:feed"})
_HTML_ROOTS = frozenset({"html", "head", "body", "div", "p", "h1", "img", "table", "a", "script", "meta", "center"})

# More than any feed holds, and what keeps the time for a hostile body of ten megabytes within seconds.
_MOST_BRACKETS = 600_000
_MOST_PREFIXES = 200


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
    return reading.candidates(read, url=url, base=final_url or url, zone=zone)


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


_Strict = type("_Strict", (quick.Quick, _Careful, feedparser.api.StrictFeedParser), {})
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
    # Nothing stands before the root element: no entity can be declared.
    reader = quick.Driver()
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
