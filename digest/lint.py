"""Looks at a finished letter and says what would keep it from being delivered, read or left.

Two looks: at the content, before a person approves it, and at the bytes, before the first one leaves.
"""

from __future__ import annotations

import re
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage

from campaign.newsletter import Why
from digest.colour import as_hex
from digest.letter import Letter
from digest.markdown import to_html

GMAIL_CLIPS_BYTES = 102_000
STYLE_MAX_BYTES = 8_000

_ONCE = (b"from", b"to", b"date", b"message-id", b"subject", b"list-id", b"list-unsubscribe", b"list-unsubscribe-post",
         b"mime-version", b"content-type", b"reply-to")  # fmt: skip
_ENCODED_WORD = re.compile(rb"=\?[!-~]+?\?[bq]\?[!-~]*?\?=", re.IGNORECASE)
_ONE_MAILBOX = re.compile(rb"<[!-;=?-~]+@[A-Za-z0-9.-]+>")
_HREF = re.compile(r'href="([^"]*)"')


def lint_content(letter: Letter, *, min_items: int) -> list[Why]:
    """Return what a person must mend before the letter can be approved, as keys under ``digest.lint``."""
    found = []
    told = [item for item in letter.items if not item.removed]
    if letter.count < min_items:
        found.append(Why(key="too_few", facts={"count": letter.count, "least": min_items}))
    if not letter.subject:
        found.append(Why(key="no_subject"))
    links = _HREF.findall(to_html(letter.intro))
    found += [
        Why(key="relative_link", facts={"link": link}) for link in links if not re.match(r"(https?://|mailto:)", link)
    ]
    found += [
        Why(key="no_title", facts={"story": item.story_id}) for item in told if not item.title and item.kind != "note"
    ]
    if not as_hex(letter.accent):
        found.append(Why(key="accent_unknown", facts={"accent": letter.accent}))
    return found


def lint_bytes(message: bytes) -> list[Why]:
    """Return what is wrong with a finished message, as keys under ``digest.lint``; nothing where all is well."""
    head, _, body = message.partition(b"\r\n\r\n")
    found = _lint_lines(message) + _lint_headers(head)
    if not body:
        return [*found, Why(key="no_body")]
    parsed = message_from_bytes(message, policy=policy.default)
    return found + _lint_parts(parsed)


def _lint_lines(message: bytes) -> list[Why]:
    found = []
    longest = max(len(line) for line in message.split(b"\r\n"))
    if longest > 998:
        found.append(Why(key="long_line", facts={"octets": longest}))
    if re.search(rb"(?<!\r)\n|\r(?!\n)", message):
        found.append(Why(key="bare_line_end"))
    if b"\x00" in message or not message.isascii():
        found.append(Why(key="not_ascii"))
    return found


def _lint_headers(head: bytes) -> list[Why]:
    found = []
    unfolded = re.sub(rb"\r\n[ \t]+", b" ", head)
    fields = [line.partition(b":") for line in unfolded.split(b"\r\n")]
    count = Counter(name.lower() for name, _, _ in fields)
    for name in _ONCE:
        if count[name] != 1:
            found.append(Why(key="header_not_once", facts={"header": name.decode(), "count": count[name]}))
    if b"?==?" in head:
        found.append(Why(key="glued_words"))
    if any(len(word) > 75 for word in _ENCODED_WORD.findall(head)):
        found.append(Why(key="long_word"))
    to = [value.strip() for name, _, value in fields if name.lower() == b"to"]
    if to and not _ONE_MAILBOX.fullmatch(to[0]):
        found.append(Why(key="not_one_recipient"))
    for name, _, value in fields:
        if name.lower().startswith((b"list-", b"archived-at")):
            if b"=?" in value:
                found.append(Why(key="encoded_list_header", facts={"header": name.decode()}))
            if name.lower() == b"list-unsubscribe" and any(len(uri) > 76 for uri in re.findall(rb"<[^>]*>", value)):
                found.append(Why(key="long_leave_link"))
    if not re.search(rb"(?im)^list-unsubscribe-post: List-Unsubscribe=One-Click\r?$", head):
        found.append(Why(key="no_one_click"))
    return found


def _lint_parts(message: EmailMessage) -> list[Why]:
    found = []
    parts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    if "text/plain" not in parts or "text/html" not in parts:
        return [Why(key="part_missing")]
    encoded = parts["text/html"].get_payload()
    size = len(encoded) if isinstance(encoded, str) else 0
    if size >= GMAIL_CLIPS_BYTES:
        found.append(Why(key="too_big", facts={"octets": size}))
    html = parts["text/html"].get_content()
    style = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL))
    if "prefers-color-scheme: dark" not in style or "[data-ogsc]" not in style:
        found.append(Why(key="no_dark_sheet"))
    if len(style.encode()) > STYLE_MAX_BYTES:
        found.append(Why(key="big_sheet", facts={"octets": len(style.encode())}))
    if re.search(r"<img(?![^>]*\salt=)", html):
        found.append(Why(key="no_alt"))
    contained = {str(part["Content-ID"] or "").strip("<>") for part in message.walk()}
    wanted = set(re.findall(r'src="cid:([^"]+)"', html))
    if wanted - contained:
        found.append(Why(key="picture_missing", facts={"count": len(wanted - contained)}))
    return found
