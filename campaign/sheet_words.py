"""What columns and words of people's tables mean, in Swedish and English, and how what is wrong is told. Pure.

The words stand in ``locale/*/sheet.toml``: ``sheet.<group>`` has the word that is written, ``sheet.<group>_also`` what
is understood beside it, parted by commas. Both languages are always understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from campaign.cells import Cell, text
from campaign.errors import Fact
from campaign.language import LANGUAGES, Language, catalogue
from campaign.sheets import Row, Sheet, letter
from campaign.toml_file import nearest

#: The head stands in one of so many first rows with something in them.
_HEAD_WITHIN = 20
#: So much is noted of one file, and so much with what was probably meant; a file that is wrong all over says so soon.
_MOST_NOTES, _MOST_PROPOSALS = 500, 60
_ASIDE = re.compile(r"\([^()]*\)|[*:]")
_EXAMPLE = re.compile(r"(?:exempel|example)(?:\s+[\d.]+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetNote:
    """Something about a cell, a row (``column`` -1) or a sheet (``row`` 0) that a person should know."""

    sheet: str
    row: int
    column: int
    head: str
    key: str
    facts: Mapping[str, Fact]


class Notes:
    """Problems and warnings of one file, gathered while it is read."""

    def __init__(self) -> None:
        self.problems: list[SheetNote] = []
        self.warnings: list[SheetNote] = []

    @property
    def is_many(self) -> bool:
        """Whether so much is wrong that nobody reads proposals any more, which take their time to find."""
        return len(self.problems) >= _MOST_PROPOSALS

    def problem(self, place: Place, key: str, /, **facts: Fact) -> None:
        """Note what must be put right before anything can be saved."""
        if len(self.problems) < _MOST_NOTES:
            self.problems.append(place.note(key, facts))

    def warn(self, place: Place, key: str, /, **facts: Fact) -> None:
        """Note what was understood in a way that its writer should know of."""
        if len(self.warnings) < _MOST_NOTES:
            self.warnings.append(place.note(key, facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A cell, row or sheet that is told of."""

    sheet: str
    row: int = 0
    column: int = -1
    head: str = ""

    def note(self, key: str, facts: Mapping[str, Fact]) -> SheetNote:
        """Return a note about this place."""
        return SheetNote(sheet=self.sheet, row=self.row, column=self.column, head=self.head, key=key, facts=dict(facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a sheet: at which row it stands, which column means what, and what stands over each."""

    sheet: str
    row: int
    columns: Mapping[str, int]
    titles: tuple[str, ...]

    def cell(self, row: Row, key: str) -> Cell:
        """Return what a row has in the column of a key, None where it has none."""
        at = self.columns.get(key, -1)
        return row.cells[at] if 0 <= at < len(row.cells) else None

    def text(self, row: Row, key: str) -> str:
        """Return the words of a cell."""
        return text(self.cell(row, key))

    def at(self, row: Row, key: str = "") -> Place:
        """Return the place of a cell, of the row where no column has the key."""
        column = self.columns.get(key, -1)
        title = self.titles[column] if 0 <= column < len(self.titles) else ""
        return Place(sheet=self.sheet, row=row.number, column=column, head=title)

    def missing(self, keys: Sequence[str]) -> list[str]:
        """Return which of some columns the sheet does not have."""
        return [key for key in keys if key not in self.columns]


def plain(words: str) -> str:
    """Return words as they are compared: no case, no asides, no hyphens, single spaces."""
    return " ".join(_ASIDE.sub(" ", words.casefold()).replace("-", " ").replace("_", " ").split())


@cache
def vocabulary(group: str) -> Mapping[str, str]:
    """Return what each word of a group means; what is written itself wins over what is only understood."""
    found: dict[str, str] = {}
    for kind in (group, f"{group}_also"):
        start = f"sheet.{kind}."
        for code in LANGUAGES:
            for name, words in catalogue(code).items():
                if name.startswith(start):
                    parts = words.split(",") if kind != group else [words]
                    for part in parts:
                        found.setdefault(plain(part), name.removeprefix(start))
    return found


def meaning(words: str, group: str) -> tuple[str, str]:
    """Return what a word of a group means, and the word that was probably meant; both "" where nobody can tell.

    The second is "" too where the word stands as it should.
    """
    known, written = vocabulary(group), plain(words)
    if written in known:
        return known[written], ""
    near = nearest(written, known) if len(written) > 2 else ""
    return (known[near], near) if near else ("", "")


def is_example(words: str) -> bool:
    """Return whether a row is marked as an example, to be left out."""
    return _EXAMPLE.fullmatch(words.strip()) is not None


def find_head(sheet: Sheet, keys: Iterable[str], notes: Notes | None = None) -> Head | None:
    """Return the head of a sheet, None where no row has two columns of these keys.

    What is misspelled is taken for what is near, and told in ``notes``; so is a column that nobody knows.
    """
    wanted = frozenset(keys)
    rows = sheet.rows[:_HEAD_WITHIN]
    best = max(rows, key=lambda row: len(_columns(row, wanted)), default=None)
    if best is None or len(_columns(best, wanted)) < 2:
        return None
    columns = _columns(best, wanted)
    head = Head(sheet=sheet.name, row=best.number, columns=columns, titles=tuple(map(text, best.cells)))
    if notes is not None:
        _tell(head, notes, wanted)
    return head


def body(sheet: Sheet, head: Head) -> list[Row]:
    """Return the rows under a head."""
    return [row for row in sheet.rows if row.number > head.row]


def _columns(row: Row, wanted: frozenset[str]) -> dict[str, int]:
    """Return which columns mean what; what is spelled right comes before what is near, the first before the next."""
    found: dict[str, int] = {}
    for near in (False, True):
        for at, cell in enumerate(row.cells):
            if not isinstance(cell, str) or at in found.values():
                continue
            key, meant = meaning(cell, "column")
            if key in wanted and bool(meant) is near:
                found.setdefault(key, at)
    return found


def _tell(head: Head, notes: Notes, wanted: frozenset[str]) -> None:
    for at, title in enumerate(head.titles):
        place = Place(sheet=head.sheet, row=head.row, column=at, head=title)
        key, meant = meaning(title, "column")
        if title and at not in head.columns.values():
            notes.warn(place, "column_twice" if key in wanted else "column_unknown", value=title[:60])
        elif title and meant:
            notes.warn(place, "column_near", value=title[:60], proposal=meant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A note in a person's words: where, what is so, and what to do."""

    where: str
    what: str
    do: str

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.where}." if self.where else "", self.what, self.do) if part)


def tell(note: SheetNote, language: Language) -> Told:
    """Return a note in words: "Strategi, rad 7, kolumn F (Riktning)"."""
    parts = [note.sheet]
    if note.row:
        parts.append(language.t("sheet.row", row=note.row))
    if note.column >= 0:
        name = {"column": letter(note.column), "head": note.head[:40]}
        parts.append(language.t("sheet.cell" if note.head else "sheet.cell_bare", **name))
    facts = {name: _said(name, value, language) for name, value in note.facts.items()}
    # what holds of every strategy is said with the words of its file
    key = note.key if note.key.startswith("config.") else f"sheet.note.{note.key}"
    what, do = language.t(f"{key}.what", **facts), language.t(f"{key}.do", **facts)
    return Told(where=", ".join(part for part in parts if part), what=what[:1].upper() + what[1:], do=do)


def _said(name: str, value: Fact, language: Language) -> Fact:
    """Return a fact as it is said: ``allowed`` are keys of the catalogue, parted by spaces; others are people's own."""
    if name == "allowed" and isinstance(value, str):
        return ", ".join(language.t(f"sheet.{each}") for each in value.split())
    return value
