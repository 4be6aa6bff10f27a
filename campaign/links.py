"""Addresses of pages, written one way: two that lead to the same page are equal."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit

#: What is added to an address to count readers, and changes nothing about the page.
_COUNTING = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|hsa|mc|at|oly|vero|ga)_.*"
    r"|_hs.*|_ga|_gl|fbclid|gclid|dclid|gbraid|wbraid|msclkid|twclid|ttclid|li_fat_id|yclid|igsh|igshid|si|feature"
    r"|ref|ref_src|ref_url|referrer|cmpid|ncid|share|shared|mibextid|rdid|xtor|trk|trackingid|amp",
    re.IGNORECASE,
)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)
_HOST = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")
#: No part runs over the next "<": markup of nothing but beginnings of links would else take minutes.
_ANCHOR = re.compile(r'<a\b[^<>]*?\bhref="([^"<>]++)"[^<>]*+>(?:\s|<[^<>]*+>)*+(.?)', re.IGNORECASE)
_BARE = re.compile(r"https?://[^\s<>\"“”»]+[^\s<>\"“”».,:;!?)\]…']", re.IGNORECASE)

#: Characters of a text in which links are looked for, and how many links of one post count.
_READ, _MOST = 20_000, 3


def canonical(url: str) -> str:
    """Return a page's address without scheme, counting parameters, fragment and other dress; "" for no web page."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host:
        return ""
    host = _HOST.sub("", host.lower())
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True, max_num_fields=None)
        if not _COUNTING.fullmatch(name)
    )
    path = _INDEX.sub("/", parts.path).rstrip("/")
    where = host if port in (None, 80, 443) else f"{host}:{port}"
    return where + path + (f"?{urlencode(kept)}" if kept else "")


def is_counting(name: str) -> bool:
    """Return whether a part of a query counts readers and changes nothing about the page."""
    return _COUNTING.fullmatch(name) is not None


def is_page(link: str) -> bool:
    """Return whether a canonical address names one page of a site, not its front door."""
    _, slash, rest = link.partition("/")
    return bool(slash and rest) or "?" in link


def outward(text: str, markup: str) -> tuple[str, ...]:
    """Return the pages that a post links to, in order; its mentions and hashtags are no such links."""
    found: Iterable[str]
    anchors = _ANCHOR.findall(markup[:_READ])
    if anchors:
        found = [html.unescape(url) for url, first in anchors if first not in ("#", "@")]
    else:
        found = _BARE.findall(text[:_READ])
    pages = dict.fromkeys(link for link in map(canonical, found) if is_page(link))
    return tuple(pages)[:_MOST]
