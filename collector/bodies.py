"""The bytes of a feed made into text from its root element on: the right encoding, and no declarations before it.

What a parser is given afterwards begins with the root element, so that no entity can be declared, whichever of
two parsers reads it and however they differ about comments and quotes. Every step is linear.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from campaign.errors import CollectError

# Byte order marks and the first letters of a document in encodings that are no superset of ASCII.
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STARTS = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_DECLARED = re.compile(r"\s*<\?xml\s[^>]{0,300}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']", re.IGNORECASE)
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)

# Never taken on a server's word: they take quadratic time, or read letters as commands.
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf_7", "utf-7", "undefined"})
_TOKEN = re.compile(r"<!--|[\"'\[\]<>]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text from its root element on. ``root`` is that element's name in lower case, "" where there is none."""

    text: str
    root: str
    html: bool


def decode(body: bytes, content_type: str) -> str:
    """Return the text of an XML or JSON body.

    In order: a byte order mark or wide letters, the server's charset, the document's own word, UTF-8, and
    Windows-1252, which fits nearly everything.
    """
    mark = next(((name, len(bom)) for bom, name in _BOMS if body.startswith(bom)), None)
    if mark:
        body = body[mark[1] :]
    wide = mark[0] if mark else next((name for start, name in _STARTS if body.startswith(start)), "")
    for name in _names(body, content_type, wide):
        try:
            if codecs.lookup(name).name not in _REFUSED:
                return body.decode(name)
        except (UnicodeError, LookupError):
            continue
    return body.decode("iso-8859-1")


def _names(body: bytes, content_type: str, wide: str) -> Iterator[str]:
    if wide:
        yield wide
    charset = _CHARSET.search(content_type)
    declared = _DECLARED.match(body[:500].decode("latin-1"))
    for found in (charset, declared):
        # A declaration that could be read byte by byte is not in an encoding of two or four.
        if found and not re.match(r"(utf|u|ucs|iso-10646-ucs|csucs|csunicode)[-_]?(16|32|2|4)", found.group(1).lower()):
            yield {"gb2312": "gb18030"}.get(found.group(1).lower(), found.group(1))
    yield from ("utf-8", "windows-1252", "iso-8859-2")


def document(text: str) -> Document:
    """Return a text from its root element on. Raises CollectError ``feed_entities`` where entities are declared."""
    at, html = 0, False
    while (at := text.find("<", at)) >= 0:
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4)
        elif text.startswith("<?", at):
            end = text.find("?>", at + 2)
        elif text.startswith("<!", at):
            end = _declaration_end(text, at)
            html = html or bool(re.match(r"<!doctype\s+html", text[at : at + 40], re.IGNORECASE))
        elif name := re.compile(r"<([A-Za-z_][\w.:-]{0,80})", re.ASCII).match(text, at):
            return Document(text=text[at:], root=name.group(1).lower(), html=html)
        else:
            end = at + 1
        if end < 0:
            break
        at = max(end, at + 1)
    return Document(text="", root="", html=html)


def _declaration_end(text: str, start: int) -> int:
    """Return where a declaration (<!DOCTYPE …[ … ]>) ends, -1 where it does not; refuse it if it declares entities."""
    depth, inside, at, end = 0, False, start + 2, -1
    while token := _TOKEN.search(text, at):
        at = token.end()
        kind = token.group()
        if kind in ("<!--", '"', "'"):
            closing = "-->" if kind == "<!--" else kind
            closed = text.find(closing, at)
            at = at if closed < 0 else closed + len(closing)
        elif kind in "[]":
            inside = kind == "["
        elif kind == "<":
            depth += 1
        elif depth:
            depth -= 1
        elif not inside:
            end = at
            break
    if re.compile("<!entity", re.IGNORECASE).search(text, start, end if end >= 0 else len(text)):
        raise CollectError("feed_entities", permanent=True)
    return end
