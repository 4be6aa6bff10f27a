"""What every reader of a file gives: rows, each a post, or the reason why it is none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from campaign.errors import Fact
from campaign.records import Candidate
from collector import tidy

ARCHIVED = "archive:"
"""Begins the address of a picture that has none on the web: the rest is its place in the archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry of a file. ``number`` is its line or its place in a list, from 1; ``place`` the file in an archive.

    Exactly one of ``candidate``, ``passed`` and ``unreadable`` says what it is: a post, something that is none on
    purpose (a repost, a private letter), or something that nobody can read. ``files`` says where in the archive the
    pictures lie, by their addresses.
    """

    number: int
    place: str = ""
    candidate: Candidate | None = None
    passed: str = ""
    unreadable: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file about to be read. ``total`` is about how many rows it has; ``fingerprint`` tells it from every other."""

    format: str
    total: int
    fingerprint: str
    rows: Iterator[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What a reader must know: the zone of dates that name none, and the present moment."""

    zone: ZoneInfo
    now: datetime


def fingerprint(*bodies: bytes) -> str:
    """Return a name for what was read: equal for equal bytes alone."""
    whole = hashlib.sha256()
    for body in bodies:
        whole.update(hashlib.sha256(body).digest())
    return whole.hexdigest()


def as_json(body: bytes) -> Any:
    """Return the JSON in ``body``. Raises ValueError for anything else, too deeply nested included."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_int=tidy.json_number)
    except RecursionError as error:
        raise ValueError("too deep") from error


def moment_of_seconds(value: object) -> datetime | None:
    """Return a moment counted in seconds, or thousandths, since 1970; None for what no network counts."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 15:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN
        return None
    seconds = value / 1000 if value > 1e11 else value
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1e10 else None


def hashed(*words: object) -> str:
    """Return a name for a post that has none: made of what it says."""
    said = "\n".join(str(word) for word in words)
    return f"sha256:{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()}"
