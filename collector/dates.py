"""When an entry was written: what feedparser reads, corrected where it is known to read wrong.

Wrong are: summer time of Europe and other zone names it does not know (taken as UTC), times without a zone (taken as
UTC; they are local to the source), Swedish names of months (not read at all), and years that no calendar has.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from time import struct_time
from zoneinfo import ZoneInfo

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar", "apr", "may maj", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec"), start=1
    )
    for name in names.split()
}
_SWEDISH = frozenset({"maj", "okt"})
_SWEDISH_DAYS = frozenset({"mån", "tis", "ons", "tor", "fre", "lör", "sön"})

# Minutes east of Greenwich for names that feedparser takes as UTC. Names with several meanings (IST) are left out.
_ZONES = {
    "cet": 60, "cest": 120, "eet": 120, "eest": 180, "west": 60, "bst": 60, "msk": 180, "jst": 540, "kst": 540,
    "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "hst": -600, "akst": -540, "akdt": -480, "brt": -180,
    "met": 60, "mest": 120,
}  # fmt: skip
_UTC_NAMES = frozenset({"z", "ut", "utc", "gmt"})

_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d{1,9})?)?"
_ZONE = r"(?P<zone>[+-]\d\d:?\d\d|[A-Za-z]{1,5})"
_FORMS = (
    re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T ]+{_CLOCK} ?{_ZONE}?"),
    re.compile(
        r"(?:(?P<weekday>[^\W\d]{2,9})\.?,? +)?(?P<day>\d{1,2})\.? +(?P<name>[^\W\d]{3,9})\.?,? +(?P<year>\d{4})"
        rf",? +(?:kl\.? *)?{_CLOCK} ?{_ZONE}?"
    ),
    re.compile(
        rf"(?P<weekday>[^\W\d]{{3}}) +(?P<name>[^\W\d]{{3}}) +(?P<day>\d{{1,2}}) +{_CLOCK} +"
        r"(?P<zone>[A-Za-z]{1,5}) +(?P<year>\d{4})"
    ),
)


def moment(written: object, parsed: struct_time | None, zone: ZoneInfo) -> datetime | None:
    """Return the moment that a feed wrote, in UTC; None where there is none or no calendar has it.

    ``parsed`` is feedparser's reading, used unless it is known to be wrong; ``zone`` is the source's own.
    """
    if isinstance(written, str):
        part = _misread(" ".join(written[:80].split()))
        if part is not None:
            return _read(part, zone)
    try:
        return None if not isinstance(parsed, struct_time) else datetime(*parsed[:6], tzinfo=UTC)
    except ValueError:
        return None


def rfc3339(written: object, zone: ZoneInfo) -> datetime | None:
    """Return the moment of a JSON document's date, in UTC; without an offset it is local to the source."""
    if not isinstance(written, str):
        return None
    try:
        found = datetime.fromisoformat(written.strip()[:40].upper())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _misread(written: str) -> dict[str, str | None] | None:
    """Return the parts of a date that feedparser is known to read wrong, or not at all; None for all others."""
    match = next((found for form in _FORMS if (found := form.fullmatch(written))), None)
    if match is None:
        return None
    part = match.groupdict()
    month, weekday, name = ((part.get(key) or "").lower() for key in ("name", "weekday", "zone"))
    if month and month[:3] not in _MONTHS:
        return None
    swedish = month[:3] in _SWEDISH or weekday[:3] in _SWEDISH_DAYS
    return part if swedish or not name or name in _ZONES else None


def _read(part: dict[str, str | None], zone: ZoneInfo) -> datetime | None:
    named = part.get("name")
    month = _MONTHS[named[:3].lower()] if named else part["month"]
    offset = _offset(part["zone"], zone)
    if offset is None:
        return None
    year, month_number, day, hour, minute = (
        int(value or 0) for value in (part["year"], month, part["day"], part["hour"], part["minute"])
    )
    second = min(int(part["second"] or 0), 59)
    try:
        return datetime(year, month_number, day, hour, minute, second, tzinfo=offset).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _offset(name: str | None, zone: ZoneInfo) -> ZoneInfo | timezone | None:
    """Return what a written zone means: the source's where none is written, None where it is not known."""
    if not name:
        return zone
    if name.lower() in _UTC_NAMES:
        return UTC
    if name.lower() in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name.lower()]))
    if name[0] in "+-":
        minutes = int(name[1:3]) * 60 + int(name[-2:])
        return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes)) if minutes < 1440 else None
    return None
