"""A letter as a candidate: its subject, its words and pictures, and when it was written, for everybody to read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message

from campaign.records import Candidate
from collector import html, mail_body, mail_header, tidy
from collector.entries import MOST_MEDIA, _each_once
from collector.mail_body import Body, Traces
from collector.mail_header import Header, text_of

MOST_PARTS = 400
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter as read. ``inside`` counts pictures that travelled inside it and are therefore not kept."""

    header: Header
    candidate: Candidate
    inside: int


def read(raw: bytes, *, arrived_at: datetime | None = None, ours: str = "") -> Letter:
    """Return a letter as a candidate. Never fails: of what no program could read, header and date remain.

    ``arrived_at`` is when our server took it: a letter is as old as the older of its two dates says. ``ours`` is
    the address of our mailbox, which is taken out of the words.
    """
    header = mail_header.read(raw)
    traces = Traces((*header.recipients, ours), header.leave)
    body = _body(raw, traces)
    moments = [each for each in (header.written_at, arrived_at) if each is not None]
    title = traces.without(header.subject)
    return Letter(
        header=header,
        inside=body.inside,
        candidate=Candidate(
            network="mail",
            identity=_identity(header, body),
            url=body.online or mail_body.public_link(header.archived_at, traces),
            published_at=min(moments, default=None),
            title=title,
            text=body.cleaned.text,
            html=body.cleaned.html,
            author_name=header.sender_name or header.domain,
            author_handle=header.domain,
            language=_language(header.language),
            media=_each_once(body.cleaned.images)[:MOST_MEDIA],
        ),
    )


def _identity(header: Header, body: Body) -> str:
    """Return a letter's Message-ID, which only its sender can give it: another's stands behind the sender's domain.

    Without that, one sender could rewrite what another had sent. A letter without any is known by what is in it.
    """
    own = tidy.name(header.message_id)
    if own:
        theirs = mail_header.related(own.rpartition("@")[2].lower(), header.domain)
        return own if theirs else tidy.name(f"{header.domain} {own}")
    said = "\n".join((header.sender, str(header.written_at), header.subject, body.cleaned.text))
    return f"sha256:{hashlib.sha256(said.encode()).hexdigest()}"


def _body(raw: bytes, traces: Traces) -> Body:
    empty = Body(cleaned=html.Cleaned(html="", text=""), online="", inside=0)
    try:
        parts = list(_texts(message_from_bytes(raw)))
        rich = next((text for kind, text in parts if kind == "text/html" and text.strip()), None)
        plain = "\n\n".join(text for kind, text in parts if kind == "text/plain")
        body = mail_body.from_html(rich, traces) if rich is not None else empty
        if body.cleaned.text or not plain.strip():
            return body
        return mail_body.from_text(plain, traces)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        # The standard library's reader lets these through for letters that are broken in ways it did not expect.
        return empty


def _texts(message: Message) -> Iterator[tuple[str, str]]:
    """Pass over the readable parts of a letter; what is attached, other letters included, is no part of it."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind.startswith("message/"):
            continue
        inner = part.get_payload()
        if part.is_multipart() and isinstance(inner, list):
            waiting = [each for each in inner if isinstance(each, Message)] + waiting
        elif kind in ("text/plain", "text/html"):
            yield kind, _text(part, kind)


def _text(part: Message, kind: str) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    given = part.get_param("charset", "")
    charset = given if isinstance(given, str) else str(given[2])
    if not charset and kind == "text/html" and (found := _META.search(content[:4000])):
        charset = found[1].decode()
    return text_of(content, charset.strip().strip("\"'").lower())


def _language(written: str) -> str | None:
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", written.strip())
    return found.group().lower() if found else None
