"""What the interface says, in Swedish and English, from the catalogues in ``campaign/locale``.

A catalogue is every ``*.toml`` of a language's folder, merged; nested tables become dotted keys. A sentence
has named places, ``{count}``. Where a key has the children ``one`` and ``other``, the fact ``count`` chooses.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Day
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

from campaign.errors import Fact, SkordError

LANGUAGES = ("sv", "en")


@cache
def catalogue(code: str) -> dict[str, str]:
    """Return every sentence of a language by its dotted key. Raises ValueError where two files give one key."""
    found: dict[str, str] = {}
    for file in sorted(files("campaign").joinpath("locale", code).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            for key, text in _flat(tomllib.loads(file.read_text(encoding="utf-8")), ""):
                if key in found:
                    raise ValueError(f"locale/{code}/{file.name}: {key} stands in another file too")
                found[key] = text
    return found


def _flat(table: dict[str, object], prefix: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in table.items():
        if isinstance(value, dict):
            pairs += _flat(value, f"{prefix}{name}.")
        else:
            pairs.append((prefix + name, str(value)))
    return pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An error in a person's words: what happened, whether waiting helps, what to do next."""

    what: str
    wait: str
    do: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.wait, self.do) if part)


class Language:
    """One language in one time zone: sentences, dates and numbers."""

    def __init__(self, code: str, zone: ZoneInfo) -> None:
        self.code = code
        self.zone = zone
        self.locale = Locale.parse("en_GB" if code == "en" else code)
        self._texts = catalogue(code)

    def t(self, key: str, /, **facts: Fact) -> str:
        """Return the sentence of ``key`` with its places filled. Raises KeyError for an unknown key."""
        text = self._texts.get(key)
        if text is None and "count" in facts:
            plural = self.locale.plural_form(float(facts["count"] or 0))
            text = self._texts.get(f"{key}.{plural}") or self._texts.get(f"{key}.other")
        if text is None:
            raise KeyError(key)
        return text.format(**facts) if facts else text

    def has(self, key: str, /) -> bool:
        """Return whether the catalogue has a sentence under this key, in one form or in plural forms."""
        return key in self._texts or f"{key}.other" in self._texts

    def explain(self, error: SkordError) -> Explanation:
        """Return an error's three sentences; missing ones are empty, facts are filled in."""

        def part(name: str) -> str:
            key = f"error.{error.key}.{name}"
            return self.t(key, **error.facts) if self.has(key) else ""

        return Explanation(what=part("what") or str(error), wait=part("wait"), do=part("do"))

    def date(self, value: Day | datetime, style: str = "long") -> str:
        """Return a day in words ("22 november 2026"), a moment's day being that of the zone."""
        return format_date(self._local_day(value), style, locale=self.locale)

    def day(self, value: Day | datetime) -> str:
        """Return a day with its week day ("söndag 22 november")."""
        skeleton = "EEEE d MMMM"
        return format_date(self._local_day(value), skeleton, locale=self.locale)

    def month(self, value: Day | datetime) -> str:
        """Return month and year ("november 2026")."""
        return format_date(self._local_day(value), "MMMM y", locale=self.locale)

    def days(self, first: Day, last: Day) -> str:
        """Return the days from one to another ("16–22 november 2026"), saying month and year once where they can."""
        start = "d" if (first.year, first.month) == (last.year, last.month) else "d MMMM"
        start = start if first.year == last.year else "d MMMM y"
        return f"{format_date(first, start, locale=self.locale)}–{format_date(last, 'long', locale=self.locale)}"

    def time(self, value: datetime) -> str:
        """Return the clock in the zone ("08:00")."""
        return format_time(value, "HH:mm", tzinfo=self.zone, locale=self.locale)

    def moment(self, value: datetime) -> str:
        """Return day and clock in the zone ("22 november 2026 08:00")."""
        return format_datetime(value, "d MMMM y HH:mm", tzinfo=self.zone, locale=self.locale)

    def ago(self, value: datetime, now: datetime) -> str:
        """Return how long ago, roughly ("för 3 timmar sedan"); "om 3 timmar" for what is to come."""
        return format_timedelta(value - now, add_direction=True, locale=self.locale)

    def number(self, value: float) -> str:
        """Return a number as the language writes it ("1 234,5")."""
        return format_decimal(value, locale=self.locale)

    def decimal(self, value: float, places: int) -> str:
        """Return a number with so many decimals ("1 234,50")."""
        digits = "#,##0." + "0" * places if places else "#,##0"
        return format_decimal(value, format=f"{digits};\u2212{digits}", locale=self.locale)

    def listed(self, parts: Iterable[str]) -> str:
        """Return parts as one sentence lists them ("1.2, 2.1 och 3")."""
        return format_list(list(parts), locale=self.locale)

    def _local_day(self, value: Day | datetime) -> Day:
        return value.astimezone(self.zone).date() if isinstance(value, datetime) else value
