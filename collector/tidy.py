"""Foreign strings made fit to keep: no control characters, no broken Unicode, bounded, addresses of the web only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

# Control characters (PostgreSQL refuses NUL), lone surrogates (no encoding takes them), the soft hyphen that would
# split a hashtag unseen, the byte order mark, and the overrides that make a text read otherwise than it is.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\ufeff\u202d\u202e\ud800-\udfff\ufffe\uffff]")
_SPACE = re.compile(r"\s+")
_INSIDE_URL = re.compile(r"[\x00-\x20\x7f]+")
_ENDS = re.compile(r"^[\x00-\x20\x7f]+|[\x00-\x20\x7f]+$")

# An address that resolving and splitting would leave as it is: most are, and that costs a hundredth.
_PLAIN_URL = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,4})?"
    r"(?:/[A-Za-z0-9._~/%@:+,=&!*-]*)?(?:\?[A-Za-z0-9._~/%@:+,=&!*-]+)?(?:#[A-Za-z0-9._~/%@:+,=&!*-]+)?"
)

URL_LIMIT = 2000

COUNT_LIMIT = 2**31 - 1
"""What both databases keep as a whole number."""

NAME_LIMIT = 2000
"""Bytes of a post's global name; PostgreSQL refuses more than 2,704 in an index, with network and campaign."""


def lines(value: object, limit: int = 100_000) -> str:
    """Return a text with its line breaks, cut at ``limit`` characters; "" for what is no string."""
    if not isinstance(value, str):
        return ""
    # A printable text has neither what is unwanted nor line breaks.
    if value.isprintable():
        return value[:limit]
    return _UNWANTED.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))[:limit]


def line(value: object, limit: int = 500) -> str:
    """Return a text on one line, white space collapsed, cut at ``limit`` characters; "" for what is no string."""
    if not isinstance(value, str):
        return ""
    if value.isprintable() and "  " not in value:
        return value.strip()[:limit]
    return _SPACE.sub(" ", _UNWANTED.sub("", value)).strip()[:limit]


def address(value: object, base: str = "", schemes: tuple[str, ...] = ("http", "https")) -> str:
    """Return an absolute address, resolved against ``base``; "" for any other scheme, no host, or over 2 000 bytes.

    White space and control characters around it are dropped, those inside are percent-encoded or, where a browser
    drops them (tabs, line breaks), dropped.
    """
    if not isinstance(value, str):
        return ""
    if len(value) <= URL_LIMIT and _PLAIN_URL.fullmatch(value) and value.partition(":")[0] in schemes:
        return value
    bare = _ENDS.sub("", _UNWANTED.sub("", value)).replace("\n", "").replace("\t", "").replace("\r", "")
    if not bare or len(bare) > URL_LIMIT:
        return ""
    try:
        parts = urlsplit(urljoin(base, bare))
        found = urlunsplit(parts)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return ""
    if parts.scheme not in schemes or (parts.scheme in ("http", "https") and not host):
        return ""
    found = _INSIDE_URL.sub(lambda gap: "%20" * len(gap.group()), found)
    # In bytes: PostgreSQL keeps at most 2,704 of them in an index.
    return found if len(found.encode()) <= URL_LIMIT else ""


def name(text: str) -> str:
    """Return a post's global name short enough for an index; one that is too long keeps its beginning and its hash."""
    if len(text.encode()) <= NAME_LIMIT:
        return text
    beginning = text.encode()[: NAME_LIMIT // 2].decode(errors="ignore")
    return f"{beginning}…{hashlib.sha256(text.encode()).hexdigest()}"


def counted(*values: object) -> int | None:
    """Return the sum of what readers did, None where nothing of it is a count. Numbers may be written as text."""
    found = [count for value in values if (count := _count(value)) is not None]
    return min(sum(found), COUNT_LIMIT) if found else None


def _count(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def json_number(digits: str) -> int | None:
    """Return a whole number as JSON writes it, None for one so long that no computer means it.

    For ``parse_int``: Python refuses to read more than 4,300 digits, and with them all that stands beside them.
    """
    return int(digits) if len(digits) <= 40 else None


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object of JSON, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Return a list of JSON, an empty one for anything else."""
    return value if isinstance(value, list) else []


def moment(value: object) -> datetime | None:
    """Return a moment as interfaces write it (ISO 8601, UTC where no zone stands), None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value[:40])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def number(value: object) -> int | None:
    """Return a positive whole number of pixels from what a network sent, None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value == value and abs(value) < 1e6:  # noqa: PLR0124 - NaN is not itself
        value = int(value)
    if isinstance(value, str) and value.strip().removesuffix("px").isascii():
        digits = value.strip().removesuffix("px")
        value = int(digits) if digits.isdigit() and len(digits) < 7 else None
    return value if isinstance(value, int) and 0 < value < 1_000_000 else None
