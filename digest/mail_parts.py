"""Takes a mail from outside apart without trusting it: bounded in parts, depth and lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser

TEXT_CHARACTERS = 20_000
_MOST_PARTS = 60
_DEEPEST = 8
_HEAD_BYTES = 64_000
_LINE_CHARACTERS = 300
#: What the standard library's reader lets through for mails that are broken in ways it did not expect.
_BROKEN = (MessageError, ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)

#: Where a server writes to whom a mail came, the surest first. Anybody can write "To"; the hash decides.
_ENVELOPE = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to", "cc")


def parsed(body: bytes) -> Message:
    """Return the mail; one that cannot be taken apart has no parts, only its header."""
    try:
        return BytesParser(policy=policy.compat32).parsebytes(body)
    except _BROKEN:
        return BytesParser(policy=policy.compat32).parsebytes(body[:_HEAD_BYTES], headersonly=True)


def envelope(message: Message) -> list[str]:
    """Return the addresses that the header gives for whom the mail came to, the surest first."""
    found = []
    for name in _ENVELOPE:
        found += [str(value)[:1000] for value in (message.get_all(name) or [])[:10]]
    return found


def parts(message: Message) -> Iterator[Message]:
    """Yield the parts from the outside in, so many and so deep as an honest mail has."""
    waiting, seen = [(message, 0)], 0
    while waiting and seen < _MOST_PARTS:
        part, depth = waiting.pop(0)
        seen += 1
        yield part
        if depth < _DEEPEST:
            waiting += [(each, depth + 1) for each in inside(part)[:_MOST_PARTS]]


def inside(part: Message) -> list[Message]:
    """Return the parts that a part is made of, none for one that is text."""
    # Only of a list: the standard library decodes text as the mail says, and a mail can say what makes it raise.
    inner = part.get_payload() if part.is_multipart() else []
    return [each for each in inner if isinstance(each, Message)] if isinstance(inner, list) else []


def kind_of(part: Message) -> str:
    """Return a part's type, such as "text/plain"."""
    return part.get_content_type().lower()


def header(part: Message, name: str) -> str:
    """Return a header's text on one line, encoded words read; "" where it is missing."""
    raw = str(part.get(name, ""))[:4000]
    try:
        pieces = decode_header(raw)
        text = "".join(
            piece.decode(charset or "ascii", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in pieces
        )
    except _BROKEN:
        text = raw
    return one_line(text)


def words(part: Message) -> str:
    """Return the text of a part, whatever it claims to be written in."""
    try:
        payload = part.get_payload(decode=True)
    except _BROKEN:
        return ""
    raw = payload[: 4 * TEXT_CHARACTERS] if isinstance(payload, bytes) else b""
    try:
        return raw.decode(part.get_content_charset() or "utf-8", "replace")[:TEXT_CHARACTERS]
    except _BROKEN:
        return raw.decode("utf-8", "replace")[:TEXT_CHARACTERS]


def text_of(message: Message) -> str:
    """Return the first readable text of a mail, its own and not that of what it returns."""
    for part in parts(message):
        if kind_of(part) == "text/plain":
            return words(part)
    for part in parts(message):
        if kind_of(part) == "text/html":
            return re.sub(r"<[^>]{0,500}>", " ", words(part))
    return ""


def one_line(text: str) -> str:
    """Return foreign words as one short line without anything that a terminal or page could take for more."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text[: 8 * _LINE_CHARACTERS])
    return " ".join(plain.split())[:_LINE_CHARACTERS]


def address_in(text: str) -> str:
    """Return the address in "rfc822; <ann@example.se>", "" for none."""
    found = re.search(r"[^\s<>;,\"()]{1,64}@[^\s<>;,\"()]{1,255}", text[:1000])
    return found[0] if found else ""
