"""Spreadsheets sent to the desk: read at once, shown as what they would change, kept sealed until that is pressed.

Only what was read is kept, never the file; it belongs to one login, and is saved at most once (``storage.proofs``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaign.errors import InputError, NotFoundError
from campaign.figure_words import area_words, period_words, value_words
from campaign.figures import Indicator, Reading, Sex
from campaign.sheet_words import SheetNote, Told, tell
from campaign.sheets import MOST_BYTES, Sheet, read
from storage.indicators import StoredIndicator
from storage.measurements import Stored, rehearse_readings, series
from storage.proofs import hold, take_held
from web.desk.uploads import PictureForm
from web.desk.visit import Desk

#: So many revised values are told one by one before they are saved.
_MOST_REVISED = 30

Readings = Mapping[str, Sequence[Reading]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came; ``name`` is what its owner calls it, for words alone."""

    name: str
    data: bytes

    def sheets(self) -> list[Sheet]:
        """Return its sheets. InputError ``file``."""
        return read(self.data, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """One value that a file revises, in words."""

    measure: str
    where: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChanges:
    """What values would do: how many are new, revised and alike, and the first of the revised ones."""

    stored: Stored
    revised: tuple[ValueChange, ...]


def upload_of(desk: Desk) -> Upload:
    """Return the file of a form. InputError ``file``: ``file_missing``, ``sheet_large``."""
    files = desk.form.files if isinstance(desk.form, PictureForm) else []
    if not files:
        raise InputError("file", "file_missing")
    data = files[0].file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InputError("file", "sheet_large", most=MOST_BYTES // 1_000_000)
    name = (files[0].filename or "").replace("\\", "/").rpartition("/")[2]
    return Upload(name=" ".join(name.split())[:100] or "?", data=data)


def keep(desk: Desk, told: Mapping[str, Any]) -> str:
    """Keep what was read until its saving is pressed, and return its name."""
    assert desk.login is not None
    fields = {"kept": json.dumps(told, ensure_ascii=False)}
    return hold(desk.store, desk.login.key, desk.view.path, fields, now=desk.now)


def kept(desk: Desk) -> dict[str, Any]:
    """Return what was kept for this page and forget it. NotFoundError ``held_over`` for what is no longer there."""
    assert desk.login is not None
    held = take_held(desk.store, desk.login.key, desk.form["held"], now=desk.now)
    if held.address != desk.view.path or not held.fields or "kept" not in held.fields:
        raise NotFoundError("held_over")
    found: dict[str, Any] = json.loads(held.fields["kept"])
    return found


def as_plain(readings: Readings) -> dict[str, list[list[Any]]]:
    """Return values as they are kept."""
    return {
        code: [[each.area, str(each.sex), each.period, each.value, each.preliminary] for each in told]
        for code, told in readings.items()
    }


def from_plain(kept_: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, list[Reading]]:
    """Return the values that ``as_plain`` made plain."""
    return {
        code: [
            Reading(area=area, sex=Sex(sex), period=period, value=value, preliminary=preliminary)
            for area, sex, period, value, preliminary in told
        ]
        for code, told in kept_.items()
    }


def notes(desk: Desk, found: Iterable[SheetNote]) -> list[Told]:
    """Return notes in the person's words."""
    return [tell(note, desk.language) for note in found]


def value_changes(desk: Desk, known: Iterable[StoredIndicator], readings: Readings) -> ValueChanges:
    """Return what values would do; those of a measure that is not there yet are all new."""
    by_code = {each.code: each for each in known}
    counts = {"new": 0, "revised": 0, "deleted": 0, "unchanged": 0}
    revised: list[ValueChange] = []
    for code, told in readings.items():
        stored = by_code.get(code)
        if stored is None:
            counts["new"] += len(told)
            continue
        found = rehearse_readings(desk.store, stored.id, told, now=desk.now)
        for name in counts:
            counts[name] += getattr(found, name)
        if found.revised:
            revised += _revised(desk, stored, told)
    return ValueChanges(stored=Stored(**counts), revised=tuple(revised[:_MOST_REVISED]))


def _revised(desk: Desk, stored: StoredIndicator, told: Sequence[Reading]) -> list[ValueChange]:
    before = {
        (each.area, each.sex, each.period): each for each in series(desk.store, stored.id, sex=None, missing=True)
    }
    changed = ((each, before.get((each.area, each.sex, each.period))) for each in told)
    return [
        ValueChange(
            measure=stored.wording.title,
            where=where(desk, stored.wording, each.area, each.sex, each.period),
            before=value_words(old.value, stored.wording, desk.language),
            after=value_words(each.value, stored.wording, desk.language),
        )
        for each, old in changed
        if old is not None and not old.says(each)
    ]


def where(desk: Desk, wording: Indicator, area: str, sex: Sex, period: str) -> str:
    """Return what a value is of: "Karlstad, kvinnor, 2024"."""
    parts = [area_words(area, wording, desk.language) if area else ""]
    parts.append(desk.t(f"sheet.sex.{sex}").lower() if sex is not Sex.TOTAL else "")
    parts.append(period_words(period, desk.language))
    return ", ".join(part for part in parts if part)
