"""Calendar files (RFC 5545) of the events that issues tell of. Pure: events in, bytes out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from digest.letter import Item
from digest.markdown import to_text

KIND = "text/calendar; charset=utf-8"

_PRODUCT = "-//Skord//Skord//SV"
_OCTETS = 75
#: A calendar file must hold something; one without events says what clock it would have them by.
_NOTHING = ["BEGIN:VTIMEZONE", "TZID:UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000",
            "TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE"]  # fmt: skip
#: RFC 5545 has no place for control characters but the tab; line ends are escaped before.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """An event for a calendar. ``uid`` never changes; ``sequence`` rises with each correction; ``text`` is plain.

    ``ends_at`` is None where nobody told it; with ``all_day`` the days are those of ``zone``.
    """

    uid: str
    stamp: datetime
    sequence: int
    starts_at: datetime
    ends_at: datetime | None
    all_day: bool
    zone: ZoneInfo
    title: str
    text: str
    place: str
    url: str


def occasion(item: Item, *, stamp: datetime, sequence: int, zone: ZoneInfo, page: str) -> Occasion | None:
    """Return the event that an item of an issue tells of, None for one that is none.

    ``stamp`` is when the issue left, ``page`` the address of its web copy, for an event that leads nowhere itself.
    """
    if item.kind != "event" or item.starts_at is None or not item.item_id:
        return None
    # The host as it was when the issue was frozen, so that a site that moves keeps its events.
    host = urlsplit(item.calendar).hostname or "skord.invalid"
    return Occasion(
        uid=f"event-{item.item_id}@{host}",
        stamp=stamp,
        sequence=sequence,
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        all_day=item.all_day,
        zone=zone,
        title=item.title,
        text=to_text(item.text),
        place=item.place,
        url=item.url if re.match(r"https?://", item.url, re.IGNORECASE) else page,
    )


def calendar(occasions: Iterable[Occasion], *, name: str = "") -> bytes:
    """Return a calendar file. ``name`` is what a calendar that is subscribed to is called, "" for a single event."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{_PRODUCT}", "CALSCALE:GREGORIAN"]
    if name:
        lines += [f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT12H"]
    body = [line for each in occasions for line in _lines(each)]
    lines += body or _NOTHING
    return b"".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _lines(each: Occasion) -> list[str]:
    optional = (("DESCRIPTION", _text(each.text)), ("LOCATION", _text(each.place)))
    return [
        "BEGIN:VEVENT",
        f"UID:{_text(each.uid)}",
        f"DTSTAMP:{_utc(each.stamp)}",
        f"SEQUENCE:{each.sequence}",
        *_when(each),
        f"SUMMARY:{_text(each.title)}",
        *(f"{name}:{value}" for name, value in optional if value),
        *([f"URL:{_NOT_IN_ADDRESS.sub('', each.url)}"] if each.url else []),
        *(["TRANSP:TRANSPARENT"] if each.all_day else []),
        "END:VEVENT",
    ]


def _when(each: Occasion) -> list[str]:
    if not each.all_day:
        ends = [f"DTEND:{_utc(each.ends_at)}"] if each.ends_at and each.ends_at > each.starts_at else []
        return [f"DTSTART:{_utc(each.starts_at)}", *ends]
    first = each.starts_at.astimezone(each.zone).date()
    last = max(first, each.ends_at.astimezone(each.zone).date()) if each.ends_at else first
    # A calendar's last day is the first that is over.
    return [f"DTSTART;VALUE=DATE:{_day(first)}", f"DTEND;VALUE=DATE:{_day(last + timedelta(days=1))}"]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _text(value: str) -> str:
    """Return text with everything escaped that means something in a calendar file."""
    plain = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    escaped = plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Return a line in pieces of at most 75 octets that never cut a character, each ended by CR LF."""
    pieces, piece = [], b""
    for letter in line:
        made = letter.encode()
        if len(piece) + len(made) > _OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += made
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
