"""The header of a letter: who sent it, what it is about, and whether our own server vouches for the sender.

Anybody can write anything into a letter. Only what our own mail server found when it took the letter in
(``Authentication-Results``, RFC 8601) says who really sent it, and only the topmost such line can be its own.
"""

from __future__ import annotations

import codecs
import quopri
import re
from binascii import Error as NotBase64
from binascii import a2b_base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_tz
from enum import StrEnum

from collector import tidy

MOST_BYTES = 256_000
"""Of a header; what stands behind is not read."""

NO_VERIFIER = "none"
"""As ``verified_by``: nobody vouches for senders, and the list of senders alone decides."""

MICROSOFT = "microsoft365"
"""As ``verified_by``: Exchange Online, whose own line names no server."""

# Never taken on a sender's word: they take quadratic time, or read letters as commands.
_REFUSED = frozenset(
    {"idna", "punycode", "unicode_escape", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"}
)
_WORD = re.compile(r"=\?([\w.:-]{1,40})(?:\*[\w-]{1,20})?\?([bBqQ])\?([^?\s]*|[^?]{0,200})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?[\w.:*-]{1,60}\?[bBqQ]\?)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@]{1,64}@[^\s<>()\[\]\\,;:\"@]{1,255}")
_IN_ANGLES = re.compile(r"<([^<>]*)>")


class Trust(StrEnum):
    """What is to become of a letter. ``AUTOMATIC`` is one that a machine wrote in answer: a bounce, an absence."""

    WELCOME = "welcome"
    UNLISTED = "unlisted"
    UNVERIFIED = "unverified"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a header says. ``sender`` is a bare address in lower case, "" where it cannot be told for certain.

    ``verdict`` is the topmost Authentication-Results, as it stands. ``recipients`` are addresses of ours that may
    stand in the letter. ``written_at`` is the sender's word, None where no calendar has it.
    """

    message_id: str
    sender: str
    sender_name: str
    list_id: str
    subject: str
    written_at: datetime | None
    verdict: str
    recipients: frozenset[str]
    leave: frozenset[str]
    archived_at: str
    language: str
    automatic: bool

    @property
    def domain(self) -> str:
        """The part of the sender behind the @."""
        return self.sender.rpartition("@")[2]


def read(raw: bytes) -> Header:
    """Return what stands in the header of a letter. Never fails: what cannot be read is empty."""
    lines = list(_lines(raw))
    found: dict[str, list[str]] = {}
    for name, value in lines:
        found.setdefault(name, []).append(value)

    def first(name: str) -> str:
        return found.get(name, [""])[0]

    name, sender = _sender(found.get("from", []))
    ours = (value for key in ("delivered-to", "x-original-to", "envelope-to", "to") for value in found.get(key, [])[:5])
    return Header(
        message_id=tidy.line(first("message-id"), 900).strip("<> "),
        sender=sender,
        sender_name=name,
        list_id=_list_id(first("list-id")),
        subject=tidy.line(decoded(first("subject")), 500),
        written_at=_moment(first("date")),
        verdict=first("authentication-results")[:20_000],
        recipients=frozenset(each.lower() for value in ours for each in _ADDRESS.findall(value[:5000])),
        leave=frozenset(re.findall(r"<(https?://[^<>\s]{1,2000})>", first("list-unsubscribe")[:9000])),
        archived_at=next(iter(re.findall(r"<(https?://[^<>\s]{1,2000})>", first("archived-at")[:3000])), ""),
        language=first("content-language"),
        automatic=_automatic(found),
    )


def judge(header: Header, senders: Iterable[str], verified_by: str) -> Trust:
    """Return what is to become of a letter: its sender must be listed, and our own server must vouch for it.

    ``senders`` are addresses, "@domain" (its sub-domains too), or the List-Id of a newsletter.
    """
    entries = [entry.strip().lower().strip("<>") for entry in senders if entry.strip()]
    listed = _is_listed(header, entries)
    by_list = bool(header.list_id) and header.list_id in entries
    if not header.sender or not (listed or by_list):
        return Trust.UNLISTED
    if header.automatic:
        return Trust.AUTOMATIC
    if verified_by.strip().lower() == NO_VERIFIER:
        return Trust.WELCOME
    proven = vouched_domains(header.verdict, verified_by)
    if listed and any(related(domain, header.domain) for domain in proven):
        return Trust.WELCOME
    # Anybody with a domain of their own could write somebody else's List-Id: the domain must be the list's.
    if by_list and any(related(domain, header.list_id) for domain in proven):
        return Trust.WELCOME
    return Trust.UNVERIFIED


def server_of(verdict: str) -> str:
    """Return which server an Authentication-Results names, in lower case; "" where it names none."""
    first = next(iter(_clauses(verdict)), [])
    return first[0].lower() if first and "=" not in first[0] else ""


def vouched_domains(verdict: str, verified_by: str) -> frozenset[str]:
    """Return the domains that our own server found to be the true senders; none where another server says so."""
    clauses = _clauses(verdict)
    if verified_by.strip().lower() == MICROSOFT:
        if server_of(verdict):
            return frozenset()
    elif not verified_by.strip() or server_of(verdict) != verified_by.strip().lower():
        return frozenset()
    else:
        clauses = clauses[1:]
    return frozenset(domain for clause in clauses if (domain := _proven(clause)))


def decoded(written: str) -> str:
    """Return a header's text with its encoded words (RFC 2047) read."""
    joined = _BETWEEN_WORDS.sub(r"\1", written)
    out, end, bytes_before, charset_before = [], 0, b"", ""
    for match in _WORD.finditer(joined):
        gap = joined[end : match.start()]
        charset, content = match.group(1).lower(), _bytes(match.group(2), match.group(3))
        if gap or charset != charset_before:
            out += [text_of(bytes_before, charset_before), gap]
            bytes_before = b""
        # A letter of several bytes may begin in one word and end in the next.
        bytes_before, charset_before, end = bytes_before + content, charset, match.end()
    return "".join([*out, text_of(bytes_before, charset_before), joined[end:]])


def text_of(body: bytes, charset: str) -> str:
    """Return bytes as text: by their charset where it is known and fits, else UTF-8, else Windows-1252."""
    for name in (charset, "utf-8"):
        try:
            codec = codecs.lookup({"iso-8859-1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8"}.get(name, name)).name
            if name and codec not in _REFUSED:
                return body.decode(codec)
        except (LookupError, UnicodeError, ValueError):
            continue
    return body.decode("cp1252", "replace")


def _bytes(kind: str, content: str) -> bytes:
    raw = content.encode("utf-8", "surrogateescape")
    if kind in "qQ":
        return quopri.decodestring(raw.replace(b"_", b"=20"))
    try:
        return a2b_base64(raw + b"=" * (-len(raw) % 4))
    except NotBase64:
        return b""


def _lines(raw: bytes) -> Iterator[tuple[str, str]]:
    """Pass over the lines of a header, unfolded: (name in lower case, value)."""
    bounded = raw[:MOST_BYTES].replace(b"\r\n", b"\n")
    if bounded.startswith(b"From "):
        bounded = bounded.partition(b"\n")[2]  # how a mail file separates its letters
    name, pieces = "", list[str]()
    for line in bounded.split(b"\n"):
        text = text_of(line, "utf-8")
        if text[:1] in (" ", "\t") and text.strip():
            pieces.append(text)
            continue
        if name:
            yield name, "".join(pieces).strip()
        if not text.strip():
            return
        before, colon, value = text.partition(":")
        name, pieces = (before.strip().lower(), [value]) if colon else ("", [])
    if name:
        yield name, "".join(pieces).strip()


def _sender(lines: list[str]) -> tuple[str, str]:
    """Return name and address of the one sender; ("", "") where there are none or several, or two ways to read it."""
    if len(lines) != 1:
        return "", ""
    written = lines[0][:2000]
    quoted = _QUOTED.findall(written)
    bare = re.sub(r"\([^()]*\)", " ", _QUOTED.sub(" ", written))
    angles = _IN_ANGLES.findall(bare)
    found = [each.strip() for each in angles] if angles else [bare.strip()]
    if len(found) != 1 or not _ADDRESS.fullmatch(found[0]) or "," in bare or "<" in _IN_ANGLES.sub("", bare):
        return "", ""
    name = _IN_ANGLES.sub("", bare).strip() if angles else ""
    if quoted and not name:
        name = re.sub(r"\\(.)", r"\1", quoted[0][1:-1])
    return tidy.line(decoded(name), 200).strip("\"' "), found[0].lower()


def _list_id(written: str) -> str:
    inside = _IN_ANGLES.findall(written[:2000])
    return tidy.line(inside[-1] if inside else written, 300).lower()


def _moment(written: str) -> datetime | None:
    try:
        parts = parsedate_tz(written[:200])
        if parts is None:
            return None
        moment = datetime(*parts[:6], tzinfo=UTC).timestamp() - (parts[9] or 0)
        return datetime.fromtimestamp(moment, UTC)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _automatic(found: dict[str, list[str]]) -> bool:
    """Return whether a machine wrote it in answer to a letter. What a mailing list sends is no answer."""
    auto = found.get("auto-submitted", ["no"])[0].strip().lower()
    report = any("multipart/report" in value.lower() for value in found.get("content-type", []))
    return auto.startswith("auto-replied") or report or found.get("return-path", [""])[0].strip() == "<>"


def _is_listed(header: Header, entries: list[str]) -> bool:
    for entry in entries:
        if entry.startswith("@") and (header.domain == entry[1:] or header.domain.endswith("." + entry[1:])):
            return True
        if "@" in entry[1:] and header.sender == entry:
            return True
    return False


def related(one: str, other: str) -> bool:
    """Return whether two domains belong together: equal, or one below the other, never a top domain alone."""
    short, long = sorted((one, other), key=len)
    return "." in short and (long == short or long.endswith("." + short))


def _clauses(verdict: str) -> list[list[str]]:
    """Return an Authentication-Results as clauses of words; what stands in quotes or brackets says nothing."""
    clauses: list[list[str]] = []
    depth = 0
    word, words = "", list[str]()
    for piece in re.findall(r'"(?:[^"\\]|\\.)*"|\\.|[();]|\s+|[^\s();"\\]+|.', verdict[:20_000], re.DOTALL):
        depth += (piece == "(") - (piece == ")" and depth > 0)
        if depth or piece == ")" or piece.isspace() or piece == ";":
            if word and not (piece == "(" and word.endswith("=")):
                words.append(word)
                word = ""
            if piece == ";" and not depth:
                clauses.append(words)
                words = []
        else:
            word += '"' if piece.startswith('"') else piece
    clauses.append([*words, word] if word else words)
    return clauses


def _proven(clause: list[str]) -> str:
    """Return the domain that one clause proves: of a signature, a policy or the sending server; "" for none."""
    if not clause or not clause[0].lower().endswith("=pass"):
        return ""
    method = clause[0].lower().removesuffix("=pass").partition("/")[0]
    facts = dict(word.lower().split("=", 1) for word in clause[1:] if "=" in word)
    named = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}.get(method, ())
    value = next((facts[name] for name in named if facts.get(name)), "")
    domain = value.rpartition("@")[2].strip(".")
    return domain if re.fullmatch(r"[a-z0-9_.-]{3,255}", domain) else ""
