"""The words of a letter, rid of everything that points at who received it.

Newsletters carry our mailbox's name in many places: pictures that count readers, links with a number for each
reader, ways to unsubscribe us. None of it may be stored, let alone shown.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import nh3

from collector import html, tidy

_LEAVE = re.compile(
    r"avregistrer|avprenumer|avanm[äa]l|avsluta (?:din )?prenumeration|s[äa]g upp prenumeration|unsubscribe|opt[ -]?out"
    r"|uppdatera (?:dina|profil)|[äa]ndra (?:dina )?(?:uppgifter|inst[äa]llningar)|hantera (?:din )?prenumeration"
    r"|update (?:your )?(?:profile|preferences)|manage (?:your )?(?:subscription|preferences)|email preferences",
    re.IGNORECASE,
)
_LEAVE_ADDRESS = re.compile(
    r"unsubscri|avregistrer|avprenumer|opt-?out|/unsub\b|/profile\?|preferences|forward-to-friend", re.IGNORECASE
)
_ONLINE = re.compile(
    r"webbl[äa]sare|webbversion|(?:visa|l[äa]s|se|[öo]ppna)\b.{0,40}\b(?:online|p[åa] (?:webben|n[äa]tet))"
    r"|view (?:this |the )?(?:e-?mail |message |newsletter )?(?:in|online|as)|in (?:your |a )?(?:web )?browser"
    r"|web version",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?![.\d])|font-size\s*:\s*[01]px", re.IGNORECASE
)
_TINY = re.compile(r"(?:^|[;\s])(?:width|height)\s*:\s*[01](?:px)?\s*(?:!important\s*)?(?:;|$)", re.IGNORECASE)
_COUNTING = re.compile(
    r"^(?:utm_|mc_|mtm_|pk_|matomo_|_hs|__hs|hsctatracking|fbclid|gclid|msclkid|mkt_tok|vero_|ck_subscriber|trk|elq|sc_"
    r"|spmailingid|spuserid|spjobid|wt_?mc|at_medium|at_campaign|recipient|subscriber|contact_?id|e-?mail|epost|mail$)",
    re.IGNORECASE,
)
_CLICKED = re.compile(r"/track/click|/ls/click|/wf/click|/CL0/|/click/|/trk/|/lt\.php|/linkclick|/redir", re.IGNORECASE)
_CLICK_HOST = re.compile(r"^(?:click|track|tracking|trk|link|links|email|e|t|r|go|ct|url\d*)\.", re.IGNORECASE)
_OPAQUE = re.compile(r"(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_=~.+%-]+")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u17b4\u17b5\u180e\u200b-\u200d\u2060\ufeff]+")
_URL = re.compile(r"https?://[^\s<>\"]+")

_TABLES = frozenset(["table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption"])
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_KEPT = (html.KEPT - _TABLES - {"abbr", "dl", "dt", "dd"}) | _TABLES | _HEADINGS | {"span", "img", "center"}
_VOID = frozenset({"br", "hr", "img"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A letter's words. ``online`` is where everybody can read it, "" where nobody but us could.

    ``inside`` counts pictures that travelled inside the letter: they have no address that others could open.
    """

    cleaned: html.Cleaned
    online: str
    inside: int


class Traces:
    """What would tell who received a letter: our addresses, as they are and as newsletters hide them."""

    def __init__(self, addresses: Iterable[str], leave: Iterable[str] = ()) -> None:
        self.addresses = tuple(sorted({each.lower() for each in addresses if "@" in each}, key=len, reverse=True))
        self.leave = frozenset(leave)
        marks: set[str] = set()
        for each in self.addresses:
            raw = each.encode()
            marks |= {each, raw.hex(), base64.b64encode(raw).decode().rstrip("=").lower()}
            marks |= {hashlib.new(name, raw, usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256")}
        self._marks = marks
        self._named = re.compile("|".join(map(re.escape, self.addresses)), re.IGNORECASE) if self.addresses else None

    def marked(self, text: str) -> bool:
        """Return whether a text holds one of our addresses in any disguise that is known."""
        low = unquote(text).lower()
        return any(mark in low for mark in self._marks)

    def without(self, text: str) -> str:
        """Return a text with our addresses left out."""
        return self._named.sub("…", text) if self._named else text


def public_link(url: str, traces: Traces, *, depth: int = 0) -> str:
    """Return an address as everybody may have it; "" for one that is ours alone and leads nowhere without us."""
    found = tidy.address(url, "", ("http", "https", "mailto"))
    if not found or found.startswith("mailto:"):
        found = found.partition("?")[0]
        return "" if traces.marked(found) else found
    parts = urlsplit(found)
    pairs = parse_qsl(parts.query, keep_blank_values=True)[:60]
    target = next((value for _, value in pairs if re.match(r"https?://[^/]", value)), "")
    if target and depth < 3:
        return public_link(target, traces, depth=depth + 1)
    if _is_personal(parts.hostname or "", parts.path, traces):
        return ""
    kept = [(name, value) for name, value in pairs if not _counts(name, value, traces)]
    query = parts.query if kept == pairs else urlencode(kept)
    fragment = "" if traces.marked(parts.fragment) or "=" in parts.fragment else parts.fragment
    return tidy.address(urlunsplit(parts._replace(query=query, fragment=fragment)))


def _is_personal(host: str, path: str, traces: Traces) -> bool:
    if _CLICKED.search(path) or traces.marked(path):
        return True
    most = 20 if _CLICK_HOST.match(host) else 40
    return any(len(piece) >= most and _is_opaque(piece) for piece in path.split("/"))


def _is_opaque(piece: str) -> bool:
    """Return whether no person chose this row of signs: letters and digits mixed, and no words between dashes."""
    if not _OPAQUE.fullmatch(piece):
        return False
    words = [word for word in re.split(r"[-_.]", piece) if word]
    return max((len(word) for word in words), default=0) >= 16 and bool(re.search(r"\d[A-Za-z]|[A-Za-z]\d", piece))


def _counts(name: str, value: str, traces: Traces) -> bool:
    opaque = len(value) >= 24 and _is_opaque(value)
    return bool(_COUNTING.match(name)) or opaque or traces.marked(value)


def from_html(source: str, traces: Traces) -> Body:
    """Return the words of a letter in HTML."""
    bounded = tidy.lines(source, html.HTML_LIMIT)
    if html._too_deep(bounded):
        return Body(cleaned=_bare(html.clean(bounded), traces), online="", inside=0)
    walk = _Walk(traces)
    walk.feed(_cut_down(bounded))
    walk.close()
    written = "".join(walk.out)
    for _ in range(6):  # layout leaves boxes inside boxes with nothing in them
        written, emptied = re.subn(r"<(div|span|p|a)>\s*</\1>", " ", written)
        if not emptied:
            break
    return Body(cleaned=_bare(html.clean(written), traces), online=walk.online, inside=walk.inside)


def from_text(source: str, traces: Traces) -> Body:
    """Return the words of a letter in plain text, without the lines that unsubscribe us."""
    online, before = "", ""
    kept: list[str] = []
    for line in _INVISIBLE.sub("", tidy.lines(source)).split("\n"):
        links = _URL.findall(line)
        if links and (
            _LEAVE.search(line) or any(_LEAVE_ADDRESS.search(link) or link in traces.leave for link in links)
        ):
            continue
        if links and _ONLINE.search(f"{before} {line}"):
            online = online or public_link(links[0].rstrip(".,;:!?)]>"), traces)
            continue
        before = line.strip() or before
        kept.append(_URL.sub(lambda match: public_link(match.group(), traces) or "…", line))
    return Body(cleaned=_bare(html.from_text("\n".join(kept)), traces), online=online, inside=0)


def _leaves(link: str, traces: Traces) -> bool:
    """Return whether an address unsubscribes us, or shows our settings."""
    return bool(_LEAVE_ADDRESS.search(link)) or link in traces.leave


def _bare(cleaned: html.Cleaned, traces: Traces) -> html.Cleaned:
    return html.Cleaned(
        html=traces.without(cleaned.html),
        text=traces.without(re.sub(r"\n{3,}", "\n\n", cleaned.text)),
        images=cleaned.images,
    )


def _cut_down(source: str) -> str:
    """Return well-formed HTML that still says what is hidden and how large pictures are."""
    return nh3.clean(
        source,
        tags=set(_KEPT),
        clean_content_tags=set(html._DROPPED_WHOLE),
        attributes={"*": {"style", "hidden"}, "a": {"href"}, "img": {"src", "alt", "width", "height"}},
        url_schemes={"http", "https", "mailto", "cid"},
        link_rel=None,
        strip_comments=True,
    )


class _Walk(HTMLParser):
    """Writes a letter anew: what is hidden, what counts readers and what leads only us somewhere stays out."""

    def __init__(self, traces: Traces) -> None:
        super().__init__(convert_charrefs=True)
        self.traces = traces
        self.out: list[str] = []
        self.online = ""
        self.inside = 0
        self._skipped = 0
        self._link: tuple[str, int] | None = None
        self._said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write an opening tag; from a hidden one on nothing is written until it closes."""
        given = {name: value or "" for name, value in attrs}
        if self._skipped or (tag not in _VOID and ("hidden" in given or _HIDDEN.search(given.get("style", "")))):
            self._skipped += tag not in _VOID
        elif tag == "img":
            self._picture(given)
        elif tag == "a":
            self._link = (given.get("href", ""), len(self.out))
        else:
            self.out.append(_box(tag, "<{}>"))

    def handle_endtag(self, tag: str) -> None:
        """Write a closing tag, and judge a link once its words are known."""
        if self._skipped:
            self._skipped -= tag not in _VOID
        elif tag == "a":
            self._end_link()
        elif tag not in _VOID:
            self.out.append(_box(tag, "</{}>"))

    def handle_data(self, data: str) -> None:
        """Write words."""
        if not self._skipped:
            shown = _INVISIBLE.sub("", data)
            self._said = (self._said + shown)[-120:]
            self.out.append(escape(shown, quote=False))

    def _end_link(self) -> None:
        if self._link is None:
            return
        href, start = self._link
        self._link = None
        inner = "".join(self.out[start:])
        del self.out[start:]
        words = re.sub(r"<[^>]*>", " ", inner)
        if _LEAVE.search(words) or _leaves(href, self.traces):
            return
        if _ONLINE.search(words) or (len(words) < 40 and _ONLINE.search(self._said[-100:]) and not self.online):
            self.online = self.online or public_link(href, self.traces)
            return
        target = public_link(href, self.traces)
        self.out.append(f'<a href="{escape(target)}">{inner}</a>' if target else inner)

    def _picture(self, given: dict[str, str]) -> None:
        source = given.get("src", "")
        if source.lower().startswith("cid:"):
            self.inside += 1
            return
        style = given.get("style", "")
        target = "" if _TINY.search(style) or _HIDDEN.search(style) else public_link(source, self.traces)
        if target.startswith("http"):
            sides = "".join(f' {name}="{escape(given[name])}"' for name in ("width", "height") if name in given)
            alt = f' alt="{escape(given["alt"])}"' if "alt" in given else ""
            self.out.append(f'<img src="{escape(target)}"{alt}{sides}>')


def _box(tag: str, form: str) -> str:
    """Return a tag as it is written: tables carry the layout of letters, and read as boxes."""
    if tag in _HEADINGS:
        inner, outer = form.format("strong"), form.format("p")
        return inner + outer if form.startswith("</") else outer + inner
    if tag in ("td", "th", "table", "center", "caption"):
        return form.format("div")
    return "" if tag in _TABLES else form.format(tag)
