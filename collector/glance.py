"""A look at the raw body of a feed: can it hold one of these hashtags at all? Saves parsing those that cannot.

"No" must be certain. Hence everything that could hide a tag is undone first: references, written twice or once;
markup between its letters; soft hyphens; other forms of the same letters. What is left may say yes too often, never no.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

from campaign import hashtags
from campaign.errors import CollectError
from collector import bodies

_ROOTS = frozenset({"rss", "feed", "rdf:rdf"})
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\ufeff\u202d\u202e]")
_OTHER_REFERENCE = re.compile("&(?!(?:lt|gt|quot|amp);)")
_SMALL = 4_000

# In UTF-8: all but ASCII, the letters À to ÿ without ß, the hard space, dashes, quotation marks and dots. None of those
# hides, or becomes an ASCII letter when forms of letters are made equal, as "ﬁ", "ſ" and "ß" do.
_NOT_PLAIN = re.compile(rb"[\xc4-\xe1\xe3-\xff]|\xe2(?!\x80[\x93-\xa6])|\xc2(?!\xa0)|\xc3\x9f")
_CONTROLS = bytes([*range(32), 127])
_ASCII = bytes(range(128))


def may_hold(body: bytes, content_type: str, tags: Iterable[str]) -> bool:
    """Return False only where a feed in XML certainly holds none of these tags, in its text or among its categories."""
    wanted = [hashtags.key(tag) for tag in tags]
    if len(body) < _SMALL or any(_is_plainly_there(body, tag) for tag in wanted):
        return True
    try:
        document = bodies.document(bodies.decode(body, content_type))
    except CollectError:
        return True  # the parser says why
    whole = document.text[-40:].rstrip().lower().endswith(f"</{document.root}>")
    if document.root not in _ROOTS or not whole or "base64" in document.text:
        return True
    decoded = _unescaped(_unescaped(_unescaped(document.text)))
    forms = (decoded, _without_markup(_without_comments(decoded)))
    runs = [hashtags.ascii_run(tag).encode() for tag in wanted]
    plain = [_in_plain_letters(form) for form in forms]
    return any(
        any(run in quick for run in runs) if quick is not None else any(key in _bare(form) for key in wanted)
        for form, quick in zip(forms, plain, strict=True)
    )


def _in_plain_letters(text: str) -> bytes | None:
    """Return a text in small letters where its ASCII ones are all that a reader sees; None where others may be."""
    written = text.encode("utf-8", "replace").translate(None, _CONTROLS).lower()
    return None if _NOT_PLAIN.search(written.translate(None, _ASCII)) else written


def _without_markup(text: str) -> str:
    """Return a text without tags and the marks of CDATA; a "<" that no ">" follows stays."""
    first, *others = text.split("<")
    pieces = [first.replace("]]>", "")]
    for piece in others:
        if piece.startswith("![CDATA["):
            pieces.append(piece[8:].replace("]]>", ""))
        else:
            tag, closed, after = piece.partition(">")
            pieces.append(after.replace("]]>", "") if closed else f"<{tag}")
    return "".join(pieces)


def _unescaped(text: str) -> str:
    """Return a text with its references undone once; where only those of markup stand in it, quickly."""
    if "&" not in text:
        return text
    if _OTHER_REFERENCE.search(text):
        return html.unescape(text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def _without_comments(text: str) -> str:
    pieces, at = [], 0
    while (begin := text.find("<!--", at)) >= 0 and (end := text.find("-->", begin)) >= 0:
        pieces.append(text[at:begin])
        at = end + 3
    return "".join([*pieces, text[at:]])


def _is_plainly_there(body: bytes, tag: str) -> bool:
    run = hashtags.ascii_run(tag)
    return not run or run.encode() in body.lower()


def _bare(text: str) -> str:
    """Return a text as keys are compared. NFKC joins what decomposed letters spread."""
    seen = text.replace("\n", "").replace("\t", "").replace("\r", "")
    if not seen.isprintable():
        seen = _HIDDEN.sub("", seen)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
