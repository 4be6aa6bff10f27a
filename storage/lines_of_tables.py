"""What a package holds of the database: which tables, which columns are left empty, and a row as one line of JSON.

A line is the same whichever database it was read from: columns in the order of the schema, moments in UTC, bytes in
base64. What lets somebody in, what is only of this machine, and who subscribes never leave in a package.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Integer, LargeBinary, Table, Text

from campaign.newsletter import IssueState
from storage import schema
from storage.columns import Moment

#: Tables that are not in a package, and why.
LEFT_OUT: Mapping[str, str] = {
    # What lets somebody in.
    "login": "secret",
    "token": "secret",
    "session": "secret",
    # What is of this machine and this moment.
    "lease": "machine",
    "presence": "machine",
    "attempt": "machine",
    "task": "machine",
    "told": "machine",
    "sender": "machine",
    "mailbox": "machine",
    "mail_check": "machine",
    "domain_pause": "machine",
    "hook": "machine",
    "issue_look": "machine",
    # Who subscribes: moved by themselves, with their own proof (``skord subscriber export``), or by a backup.
    "subscriber": "subscribers",
    "consent": "subscribers",
    "suppression": "subscribers",
    "delivery": "subscribers",
    "delivery_event": "subscribers",
    # Drawn anew from the others.
    "shelf": "drawn",
    "shelf_count": "drawn",
    "shelf_drawn": "drawn",
    "word": "drawn",
}

#: The tables of a package, those first that others point to.
TABLES: tuple[Table, ...] = tuple(each for each in schema.metadata.sorted_tables if each.name not in LEFT_OUT)

#: Columns that leave empty: what lets somebody in, who asked for their own to be removed, and who holds what just now.
BLANK: Mapping[str, Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "account": {
        "password": lambda _: None,
        "issuer": lambda _: None,
        "subject": lambda _: None,
        "failed": lambda _: 0,
        "locked_until": lambda _: None,
    },
    "person_case": {"receipt": lambda row: f"package-{row['id']}", "contact": lambda _: ""},
    "source": {"claimed_by": lambda _: None, "claimed_at": lambda _: None},
    "indicator": {"claimed_until": lambda _: None},
    # A file that was made here does not lie there.
    "export": {"file": lambda _: ""},
}

#: A whole number beyond these is no number of a column.
_SMALL, _LARGE = 2**31, 2**63


def as_line(table: Table, row: Mapping[str, Any]) -> bytes:
    """Return a row as one line of JSON, its end included."""
    blank = BLANK.get(table.name, {})
    told = {name: _plain(blank[name](row) if name in blank else row[name]) for name in table.c.keys()}  # noqa: SIM118
    try:
        return _dump(told, readable=True).encode()
    except UnicodeEncodeError:  # half a letter, which JSON can hold and text cannot
        return _dump(told, readable=False).encode()


def _dump(told: Mapping[str, Any], *, readable: bool) -> str:
    return json.dumps(told, ensure_ascii=not readable, separators=(",", ":"), allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value


class Unfit(ValueError):
    """A line is not what its table holds. ``column`` is "" where the line as a whole is not."""

    def __init__(self, column: str = "") -> None:
        super().__init__(column)
        self.column = column


def from_line(table: Table, line: bytes) -> dict[str, Any]:
    """Return a line as its table takes it. Raises Unfit for all but exactly its columns, each of its type."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise Unfit from problem
    if not isinstance(told, dict):
        raise Unfit
    names = set(table.c.keys())
    for name in sorted(map(str, told.keys() ^ names)):
        raise Unfit(name[:60])
    return {column.name: _typed(column, told[column.name]) for column in table.c}


def _typed(column: Column[Any], value: Any) -> Any:
    if value is None and (column.nullable or isinstance(column.type, JSON)):
        return None
    for kind, read in _READ:
        if isinstance(column.type, kind):
            try:
                return read(value)
            except (ValueError, TypeError, OverflowError) as problem:
                raise Unfit(column.name) from problem
    raise Unfit(column.name)


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None:
        raise ValueError("a moment without a zone")
    return found.astimezone(UTC)


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("no text")
    value.encode()
    return value


def _whole(most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not -most <= value < most:
            raise ValueError("no such number")
        return value

    return read


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("no number")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("no yes or no")
    return value


def _bytes(value: Any) -> bytes:
    return base64.b64decode(_text(value), validate=True)


def _json(value: Any) -> Any:
    json.dumps(value, allow_nan=False)
    return value


_READ: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (Moment, _moment),
    (JSON, _json),
    (Boolean, _flag),
    (BigInteger, _whole(_LARGE)),
    (Integer, _whole(_SMALL)),
    (Float, _number),
    (LargeBinary, _bytes),
    (Text, _text),
)


def arriving(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as it stands after its arrival: nobody is let in by it, and a letter that was about to leave there
    waits here for a person.
    """
    row = row | {name: empty(row) for name, empty in BLANK.get(table.name, {}).items()}
    if table.name != "issue" or row["state"] not in (IssueState.APPROVED, IssueState.SENDING):
        return row
    if row["state"] == IssueState.SENDING:
        return row | {"state": str(IssueState.PAUSED), "why": {"key": "copy", "facts": {}}}
    return row | {"state": str(IssueState.DRAFT), "approved_at": None, "approved_by": None, "approved_hash": None}
