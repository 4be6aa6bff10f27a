"""What a web page says about itself in its head: names and addresses for machines, its feeds, its structured data.

nh3 parses and keeps nothing but the elements asked for; what it writes is well-formed, so that the walk over it is
linear however the page was written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import nh3

from collector import bodies, html, tidy
from collector.entries import MOST_TAGS

PAGE_LIMIT = 1_500_000
"""Characters of a page that are read; what it says about itself stands near its beginning."""

FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})

_READ = {
    "base": {"href"},
    "meta": {"name", "property", "itemprop", "content", "http-equiv"},
    "link": {"rel", "href", "type", "title"},
    "title": set[str](),
    "h1": set[str](),
    "script": {"type"},
}
# What stands inside these is never the page's own word.
_DROPPED_WHOLE = {"style", "svg", "math", "template", "noscript", "textarea", "iframe", "select", "object"}
_LANGUAGE = re.compile(r"<html\b[^>]{0,500}?\blang\s*=\s*[\"']?([A-Za-z]{2,3})\b", re.IGNORECASE)
_MOST = 2_000
_LD_LIMIT = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One ``<link>``. ``rel`` are its words in lower case, ``href`` is absolute, ``type`` has no parameters."""

    rel: frozenset[str]
    href: str
    type: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A page's word about itself. ``metas`` are (name, content) in their order, names in lower case.

    ``data`` are the objects of its JSON-LD, those inside others included.
    """

    url: str
    title: str
    heading: str
    language: str
    metas: tuple[tuple[str, str], ...]
    links: tuple[Link, ...]
    data: tuple[Mapping[str, Any], ...]

    def meta(self, *names: str) -> str:
        """Return the first content of the first of these names that has one; "" where none has."""
        return next((content for name in names for found, content in self.metas if found == name and content), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Return every content of a name."""
        return tuple(content for found, content in self.metas if found == name and content)

    def link(self, rel: str, type_: str = "") -> str:
        """Return the address of the first link of a kind, "" where there is none."""
        found = (link.href for link in self.links if rel in link.rel and (not type_ or link.type == type_))
        return next(found, "")

    @property
    def feeds(self) -> tuple[Link, ...]:
        """The feeds that the page offers, each address once."""
        offered = (link for link in self.links if "alternate" in link.rel and link.type in FEED_TYPES)
        return tuple({link.href: link for link in offered}.values())


def read(body: bytes, content_type: str, url: str) -> Head:
    """Return what a page says about itself; empty where it says nothing or is no page. ``url`` is where it stood."""
    text = _bounded(tidy.lines(bodies.decode(body[: 4 * PAGE_LIMIT], content_type), PAGE_LIMIT))
    walk = _Walk()
    walk.feed(
        nh3.clean(
            text,
            tags=set(_READ),
            clean_content_tags=_DROPPED_WHOLE,
            attributes={tag: set(names) for tag, names in _READ.items() if names},
            link_rel=None,
        )
    )
    walk.close()
    base = tidy.address(walk.base, url) or url
    language = _LANGUAGE.search(text[:20_000])
    return Head(
        url=url,
        title=tidy.line(walk.words.get("title")),
        heading=tidy.line(walk.words.get("h1")),
        language=language.group(1).lower() if language else "",
        metas=tuple(walk.metas),
        links=tuple(link for given in walk.links if (link := _link(given, base)) is not None),
        data=tuple(_objects(walk.scripts)),
    )


def _bounded(text: str) -> str:
    """Return a page, or what stands before its body where that nests deeper than a parser can take."""
    if not html.too_deep(text):
        return text
    head = re.split(r"<(?:body|div|main|p|table)\b", text, maxsplit=1, flags=re.IGNORECASE)[0]
    return "" if html.too_deep(head) else head


def first_attribute(source: str, tag: str, name: str) -> str:
    """Return the first value of an attribute of an element in a piece of foreign HTML, "" where there is none."""
    walk = _First(tag, name)
    source = "" if html.too_deep(source[:100_000]) else source[:100_000]
    walk.feed(nh3.clean(source, tags={tag}, attributes={tag: {name}}, link_rel=None))
    return tidy.line(walk.found, 1000)


def _link(given: Mapping[str, str], base: str) -> Link | None:
    href = tidy.address(given.get("href"), base)
    if not href:
        return None
    return Link(
        rel=frozenset(given.get("rel", "").lower().split()),
        href=href,
        type=given.get("type", "").partition(";")[0].strip().lower(),
        title=tidy.line(given.get("title"), 200),
    )


def _objects(scripts: list[str]) -> Iterator[Mapping[str, Any]]:
    """Yield every object of the JSON-LD of a page that says what it is, outer ones first, a hundred at most."""
    waiting: list[Any] = []
    for script in scripts[:20]:
        try:
            waiting.append(json.loads(script, parse_int=tidy.json_number))
        except (ValueError, RecursionError):
            continue  # a page's broken script is no reason to say nothing about the page
    for _ in range(1_000):
        if not waiting:
            return
        found = waiting.pop(0)
        if isinstance(found, list):
            waiting += found[:MOST_TAGS]
        elif isinstance(found, dict):
            if found.get("@type"):
                yield found
            waiting += [value for value in found.values() if isinstance(value, list | dict)][:MOST_TAGS]


@dataclass
class _Walk(HTMLParser):
    """Collects what nh3 left of a page."""

    base: str = ""
    metas: list[tuple[str, str]] = field(default_factory=list)
    links: list[Mapping[str, str]] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    _inside: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an element says in its attributes."""
        given = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.base = self.base or given.get("href", "")
        elif tag == "meta" and len(self.metas) < _MOST:
            name = given.get("property") or given.get("name") or given.get("itemprop") or ""
            self.metas.append((tidy.line(name, 100).lower(), tidy.lines(given.get("content"), 20_000).strip()))
        elif tag == "link" and len(self.links) < _MOST:
            self.links.append(given)
        elif tag in ("title", "h1") and tag not in self.words:
            self.words[tag] = ""
            self._inside = tag
        elif tag == "script" and given.get("type", "").partition(";")[0].strip().lower() == "application/ld+json":
            self.scripts.append("")
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep the words of a title and of structured data."""
        if self._inside == "script":
            self.scripts[-1] = (self.scripts[-1] + data)[:_LD_LIMIT]
        elif self._inside:
            self.words[self._inside] = (self.words[self._inside] + data)[:2_000]


class _First(HTMLParser):
    """Finds the first attribute of a name."""

    def __init__(self, tag: str, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self._wanted = (tag, name)
        self.found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the value if it is the first."""
        if tag == self._wanted[0] and not self.found:
            self.found = dict(attrs).get(self._wanted[1]) or ""
