"""What an editor typed for an issue, read and checked; everything that is wrong is told at once, each at its field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from campaign.errors import InputError
from campaign.newsletter import IssueItem, ItemKind
from storage.issue_edits import Written
from web.forms import Form
from web.rendering import web_address

#: The longest words that an issue takes, in letters.
MOST = {
    "subject": 200, "preview": 300, "intro": 10_000, "title": 300, "text": 5_000, "url": 2_000, "value": 60,
    "place": 200, "note": 5_000,
}  # fmt: skip

#: What an editor may write for one issue alone, in the order of the menu.
KINDS = (ItemKind.EVENT, ItemKind.LINK, ItemKind.NUMBER, ItemKind.NOTE)

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[.:]?([0-5][0-9])")
_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)
_LINE_END = re.compile("\r\n?|\u2028|\u2029")
#: Characters that nobody sees and that turn the direction of what stands beside them.
_TRICKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class WrongFields(InputError):
    """Fields of one form that cannot be taken as they are, each with why; the error itself tells the first."""

    def __init__(self, faults: Mapping[str, InputError]) -> None:
        first = next(iter(faults.values()))
        super().__init__(first.field, first.key, **first.facts)
        self.faults = dict(faults)


class Reading:
    """Reads one form, field by field; ``done`` raises WrongFields where anything was wrong. ``zone`` is the site's."""

    def __init__(self, form: Form, zone: ZoneInfo) -> None:
        self._form = form
        self._zone = zone
        self._faults: dict[str, InputError] = {}

    def line(self, name: str, *, needed: bool = False) -> str:
        """Return a field as one line."""
        return " ".join(self._clean(name, needed=needed).split())

    def words(self, name: str, *, needed: bool = False, most: str = "") -> str:
        """Return a field of several lines."""
        return _LINE_END.sub("\n", self._clean(name, needed=needed, most=most, lines=True)).strip()

    def address(self, name: str, *, needed: bool = False) -> str:
        """Return the address of a web page; one without "https://" gets it."""
        text = self._clean(name, needed=needed).strip()
        if re.fullmatch(r"[\w-]+(\.[\w-]+)+([/?#]\S*)?", text):
            text = f"https://{text}"
        if text and (not web_address(text) or re.search(r"[\s\\<>\"]", text)):
            self._wrong(name, "address_unknown")
        elif text:
            self._read_host(name, urlsplit(text))
        return text

    def _read_host(self, name: str, parts: SplitResult) -> None:
        """Look at what stands before the path of an address: no login of somebody's, and a port that there is."""
        if "@" in parts.netloc:
            self._wrong(name, "address_login")
        try:
            found = parts.port
        except ValueError:
            found = 0
        if found == 0 or parts.netloc.endswith(":"):
            self._wrong(name, "address_port")

    def moments(self) -> tuple[datetime | None, datetime | None, bool]:
        """Return when an event begins and ends, and whether it lasts all day; as ``Written`` keeps them."""
        first, last = self._day("starts_on", needed=True), self._day("ends_on")
        if first and last and last < first:
            self._wrong("ends_on", "end_before_start")
        if self._form["all_day"] == "yes":
            if first is None:
                return None, None, True
            until = self._midnight(last) if last and last > first else None
            return self._midnight(first), until, True
        begins, ends = self._clock("starts_time"), self._clock("ends_time")
        if begins is None and "starts_time" not in self._faults:
            self._wrong("starts_time", "clock_missing")
        if ends is None and last and first and last > first and "ends_time" not in self._faults:
            self._wrong("ends_time", "end_clock_missing")
        start = self._local(first, begins, "starts_time")
        end = self._local(last or first, ends, "ends_time", after=start)
        if start and end and end <= start and "ends_on" not in self._faults:
            self._wrong("ends_time", "end_before_start")
        return start, end, False

    def done(self) -> None:
        """Raise WrongFields where a field could not be taken."""
        if self._faults:
            raise WrongFields(self._faults)

    def _clean(self, name: str, *, needed: bool = False, most: str = "", lines: bool = False) -> str:
        text = unicodedata.normalize("NFC", self._form[name])
        longest = MOST[most or name]
        if len(text) > longest:
            self._wrong(name, "words_too_long", most=longest, count=len(text))
        if any(_is_odd(each, lines=lines) for each in text):
            self._wrong(name, "control_characters")
        if needed and not text.strip():
            self._wrong(name, "words_missing")
        return text

    def _day(self, name: str, *, needed: bool = False) -> date | None:
        text = self._form[name].strip()
        if not text:
            if needed:
                self._wrong(name, "day_missing")
            return None
        try:
            found = date.fromisoformat(text)
        except ValueError:
            found = _LATEST
        if not _EARLIEST <= found < _LATEST:
            self._wrong(name, "day_wrong")
            return None
        return found

    def _clock(self, name: str) -> time | None:
        text = self._form[name].strip()
        found = _CLOCK.fullmatch(text) if text.isascii() else None
        if text and found is None:
            self._wrong(name, "clock_wrong")
        return time(int(found[1]), int(found[2])) if found else None

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    def _local(
        self, day: date | None, clock: time | None, name: str, *, after: datetime | None = None
    ) -> datetime | None:
        """Return a moment of the zone: of an hour that comes twice the first, unless only the second is ``after``."""
        if day is None or clock is None:
            return None
        naive = datetime.combine(day, clock)
        first, second = (naive.replace(tzinfo=self._zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if first.astimezone(self._zone).replace(tzinfo=None) != naive:
            self._wrong(name, "hour_lost")
            return None
        return second if after is not None and first <= after < second else first

    def _wrong(self, name: str, key: str, **facts: int) -> None:
        self._faults.setdefault(name, InputError(name, key, **facts))


def _is_odd(sign: str, *, lines: bool) -> bool:
    """Return whether a character may not stand in a letter; in one line all that parts words becomes a space."""
    parts = sign in "\t\r\n" if lines else sign.isspace()
    return sign in _TRICKS or (unicodedata.category(sign) == "Cc" and not parts)


def read_written(kind: ItemKind, form: Form, zone: ZoneInfo) -> Written:
    """Return what was typed into the form of an item. WrongFields where it cannot stand in a letter."""
    reading = Reading(form, zone)
    start = end = None
    title = value = place = url = ""
    all_day = False
    if kind is ItemKind.NUMBER:
        value = reading.line("value", needed=True)
    title = reading.line("title", needed=kind is not ItemKind.NOTE)
    if kind is ItemKind.EVENT:
        start, end, all_day = reading.moments()
        place = reading.line("place")
    if kind is not ItemKind.NOTE:
        url = reading.address("url", needed=kind is ItemKind.LINK)
    text = reading.words("text", needed=kind is ItemKind.NOTE)
    reading.done()
    return Written(
        title=title, text=text, url=url, value=value, place=place, starts_at=start, ends_at=end, all_day=all_day
    )


def typed(item: IssueItem, zone: ZoneInfo) -> dict[str, str]:
    """Return an item as its form shows it, field by field."""
    start = item.starts_at.astimezone(zone) if item.starts_at else None
    end = item.ends_at.astimezone(zone) if item.ends_at else None
    clocks = not item.all_day
    return {
        "title": item.title,
        "text": item.text,
        "url": item.url,
        "value": item.value,
        "place": item.place,
        "all_day": "yes" if item.all_day else "",
        "starts_on": start.date().isoformat() if start else "",
        "starts_time": f"{start:%H:%M}" if start and clocks else "",
        "ends_on": end.date().isoformat() if end and start and end.date() != start.date() else "",
        "ends_time": f"{end:%H:%M}" if end and clocks else "",
    }
