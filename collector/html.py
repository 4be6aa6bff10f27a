"""Foreign HTML made into two safe things: clean HTML, and the plain text that a reader sees.

nh3 parses and cuts down to an allow-list first; what it writes is well-formed, so that the walk over it is linear.
Pictures leave the HTML (nothing is loaded from elsewhere) and come out beside it, with their words.
"""

from __future__ import annotations

import html
import re
import threading
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

import nh3

from campaign.records import CandidateMedia
from collector import tidy

HTML_LIMIT = 200_000
"""Characters of one post's HTML that are read; the rest is cut."""

DEPTH_LIMIT = 400
"""Open elements at once; deeper nesting costs an HTML parser quadratic time and is read as text alone."""

TAG_LIMIT = 20_000


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


KEPT = _names(
    "a abbr b blockquote br caption cite code dd del div dl dt em figcaption figure hr i ins li ol p pre q s small"
    " strong sub sup table tbody td tfoot th thead tr u ul"
)
REL = "noopener noreferrer nofollow ugc"

# svg and math must never be allowed: every hole of the library under nh3 needed one of them.
_DROPPED_WHOLE = _names(
    "applet audio button canvas embed frameset head iframe map math noembed noframes noscript object script select"
    " style svg template textarea title video"
)
_READ = KEPT | {"span", "img"}
_ATTRIBUTES = {
    "a": {"href"},
    "span": {"class"},
    "img": {"src", "data-src", "data-lazy-src", "alt", "width", "height", "class"},
}
_PARAGRAPHS = _names("p ul ol dl blockquote pre figure table hr")
_BLOCKS = _names("li div dt dd tr figcaption caption thead tbody tfoot")
_VOID = frozenset(("br", "hr"))
_OPEN_OR_CLOSE = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_NEVER_CLOSED = _names("area base br col embed hr img input link meta param source track wbr")

# Marks inside the text while it is built; control characters cannot come from outside.
_BLOCK, _PARAGRAPH, _SPACE = "\x02", "\x03", "\x04"
_HTML_SPACE = re.compile(r"[ \t\n\r\f]+")
_BREAKS = re.compile(rf" ?[\n{_BLOCK}{_PARAGRAPH}][ \n{_BLOCK}{_PARAGRAPH}]*")
_WRITTEN = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>|([^<]+)')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_BARE_URL = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What is left of foreign HTML: itself without pictures, its text, and its pictures in their order."""

    html: str
    text: str
    images: tuple[CandidateMedia, ...] = ()


def clean(source: str, base: str = "") -> Cleaned:
    """Return what may be kept of ``source``, links and pictures resolved against ``base``.

    Links keep http, https and mailto; an ``<img>`` of 1 × 1 counts readers and is dropped; one that stands for an
    emoji becomes the emoji.
    """
    bounded = tidy.lines(source, HTML_LIMIT)
    if too_deep(bounded):
        return from_text(html.unescape(re.sub(r"<[^<>]*>", " ", bounded)))
    walk = _Walk(base)
    walk.read(_cut_down(bounded, base))
    return Cleaned(html="".join(walk.out).strip(), text=walk.text(), images=tuple(walk.images))


def text(source: str) -> str:
    """Return the plain text of ``source`` alone."""
    return clean(source).text


def from_text(plain: str) -> Cleaned:
    """Return a plain text as HTML: paragraphs at empty lines, breaks kept, web addresses made links."""
    kept = tidy.lines(plain).strip()
    blocks = [block.strip("\n") for block in re.split(r"\n[ \t]*\n", kept) if block.strip()]
    made = "".join(f"<p>{_linked(block)}</p>" for block in blocks)
    return Cleaned(html=made.replace("\n", "<br>"), text=re.sub(r"\n{3,}", "\n\n", kept))


def _linked(plain: str) -> str:
    pieces, end = [], 0
    for match in _BARE_URL.finditer(plain):
        found = match.group().rstrip(".,;:!?)]}'”’»")
        target = tidy.address(found)
        if target:
            pieces += [html.escape(plain[end : match.start()], quote=False), _link(target), html.escape(found, False)]
            pieces.append("</a>")
            end = match.start() + len(found)
    return "".join([*pieces, html.escape(plain[end:], quote=False)])


def _link(target: str) -> str:
    return f'<a href="{html.escape(target)}" rel="{REL}">'


def too_deep(source: str) -> bool:
    """Return whether tags nest so deep, or are so many, that no person can have meant it."""
    unclosed: Counter[str] = Counter()
    depth = 0
    for count, match in enumerate(_OPEN_OR_CLOSE.finditer(source)):
        name = match.group(2).lower()
        if not match.group(1) and name not in _NEVER_CLOSED:
            unclosed[name] += 1
            depth += 1
        elif match.group(1) and unclosed[name]:
            unclosed[name] -= 1
            depth -= 1
        if depth > DEPTH_LIMIT or count > TAG_LIMIT:
            return True
    return False


_too_deep = too_deep  # as it is called elsewhere still


def _cut_down(source: str, base: str) -> str:
    _RESOLVED.against = base
    return _cleaner().clean(source)


class _Resolved(threading.local):
    """What this thread resolves addresses against."""

    against = ""


_RESOLVED = _Resolved()


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    """Return what cuts down, made once: making it costs more than using it."""
    return nh3.Cleaner(
        tags=set(_READ),
        clean_content_tags=set(_DROPPED_WHOLE),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
        strip_comments=True,
    )


def _kept(tag: str, name: str, value: str) -> str | None:
    """Return what nh3 asks about every attribute: the value to keep, or None."""
    if name == "href":
        return tidy.address(value, _RESOLVED.against, ("http", "https", "mailto")) or None
    if name in ("src", "data-src", "data-lazy-src"):
        return tidy.address(value, _RESOLVED.against) or None
    if name == "class":
        return _told_class(tag, value)
    return value


def _told_class(tag: str, value: str) -> str | None:
    """Return the one class that changes what a reader sees: Mastodon's shortened links, and emoji as pictures."""
    names = value.lower().split()
    if tag == "span":
        return next((name for name in ("invisible", "ellipsis") if name in names), None)
    return "emoji" if any("emoji" in name or "smiley" in name for name in names) else None


class _Walk(HTMLParser):
    """Writes clean HTML and text while reading what nh3 wrote."""

    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.out: list[str] = []
        self.images: list[CandidateMedia] = []
        self._text: list[str] = []
        self._spans: list[str] = []
        self._links: list[bool] = []
        self._hidden = 0
        self._pre = 0

    def read(self, cut_down: str) -> None:
        """Read what nh3 wrote: by the few forms that it writes, or, should it ever write others, as any HTML."""
        pieces = list(_WRITTEN.finditer(cut_down))
        if sum(len(piece.group()) for piece in pieces) != len(cut_down):
            self.feed(cut_down)
            self.close()
            return
        for piece in pieces:
            closing, tag, attributes, words = piece.groups()
            if words is not None:
                self.handle_data(html.unescape(words))
            elif closing:
                self.handle_endtag(tag)
            else:
                given: list[tuple[str, str | None]] = [
                    (name, html.unescape(value)) for name, value in _ATTRIBUTE.findall(attributes)
                ]
                self.handle_starttag(tag, given)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write an opening tag, or remember what a span means."""
        given = {name: value or "" for name, value in attrs}
        if tag == "span":
            self._spans.append(given.get("class", ""))
            self._hidden += given.get("class") == "invisible"
        elif self._hidden:
            return
        elif tag == "img":
            self._picture(given)
        else:
            self._open(tag, given)

    def handle_endtag(self, tag: str) -> None:
        """Write a closing tag; a shortened link gets its three dots."""
        if tag == "span":
            kind = self._spans.pop() if self._spans else ""
            self._hidden -= kind == "invisible"
            if kind == "ellipsis" and not self._hidden:
                self._say("…")
        elif not self._hidden and tag not in _VOID and tag != "img":
            self._close(tag)

    def handle_data(self, data: str) -> None:
        """Write text that a reader sees."""
        if not self._hidden:
            self._say(data)

    def text(self) -> str:
        """Return the text so far: blocks on lines of their own, paragraphs apart, inline elements joined."""
        joined = re.sub(" +", " ", "".join(self._text))
        return _BREAKS.sub(_break, joined).replace(_SPACE, " ").strip()

    def _open(self, tag: str, given: dict[str, str]) -> None:
        if tag == "a":
            self._links.append("href" in given)
            self.out.append(_link(given["href"]) if "href" in given else "")
        else:
            self.out.append(f"<{tag}>")
        self._pre += tag == "pre"
        self._mark(tag)

    def _close(self, tag: str) -> None:
        if tag == "a":
            self.out.append("</a>" if self._links and self._links.pop() else "")
        else:
            self.out.append(f"</{tag}>")
        self._pre -= tag == "pre"
        self._mark(tag)
        if tag in ("td", "th"):
            self._text.append(" ")

    def _mark(self, tag: str) -> None:
        if tag == "br":
            self._text.append("\n")
        elif tag in _PARAGRAPHS:
            self._text.append(_PARAGRAPH)
        elif tag in _BLOCKS:
            self._text.append(_BLOCK)

    def _say(self, data: str) -> None:
        data = tidy.lines(data)
        self.out.append(html.escape(data, quote=False))
        self._text.append(data.replace(" ", _SPACE) if self._pre else _HTML_SPACE.sub(" ", data))

    def _picture(self, given: dict[str, str]) -> None:
        alt = tidy.line(given["alt"], 1500) if "alt" in given else None
        if given.get("class") == "emoji" and alt and len(alt) <= 12:
            self._say(alt)
            return
        width, height = (_pixels(given.get(name)) for name in ("width", "height"))
        url = next((given[name] for name in ("data-src", "data-lazy-src", "src") if given.get(name)), "")
        if url and not (width in (0, 1) or height in (0, 1)):
            self.images.append(CandidateMedia(url=url, alt=alt, width=width, height=height))


def _break(run: re.Match[str]) -> str:
    """Return the line breaks that a run of marks means: two between paragraphs, else as many as were written."""
    found = run.group()
    if _PARAGRAPH in found or found.count("\n") > 1:
        return "\n\n"
    return "\n"


def _pixels(value: str | None) -> int | None:
    """Return a width or height, 0 included, since that hides a picture; None for percentages and nonsense."""
    return 0 if value is not None and value.strip() in ("0", "0px") else tidy.number(value)
