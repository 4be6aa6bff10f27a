"""Cells of tables: what people write for a number or for nothing, and cells written so that nothing runs. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date

Cell = str | int | float | date | None

#: Put first, it tells Excel that a CSV file is UTF-8.
BOM = "\ufeff"

#: Nothing that people measure is larger; what is, is a slip, and no drawing could hold it.
LARGEST = 1e15

_SPACES = dict.fromkeys(map(ord, " \u00a0\u202f\u2009\t"))


def number(cell: Cell) -> float | None:
    """Return the number of a cell as people in Sweden write it, None where it has none (which is not zero).

    ValueError for what is no number. "1 234,5", "80,1 %", "1.234,5", "-0,3", "−0,3" are.
    """
    if cell is None:
        return None
    if isinstance(cell, (int, float)):
        return float(_possible(cell))
    if isinstance(cell, date):
        raise ValueError("a date")
    written = cell.strip()
    if is_missing(written):
        return None
    plain = written.removesuffix("%").translate(_SPACES).replace("\u2212", "-").replace("\u2013", "-")
    found = _possible(float(_decimal(plain)))
    if "_" in plain or not plain.lstrip("+-")[:1].isdigit():
        raise ValueError(f"no number: {written[:40]}")
    return found


def _possible(found: float) -> float:
    if not -LARGEST <= found <= LARGEST:  # nor is what is no number at all
        raise ValueError("too large")
    return found


def is_missing(cell: Cell) -> bool:
    """Return whether a cell says that there is no value: empty, "-", "..", "…", "saknas"."""
    if not isinstance(cell, str):
        return cell is None
    return cell.strip().casefold() in _MISSING


_MISSING = frozenset(
    ("", "-", "\u2013", "\u2014", "\u2212", ".", "..", "...", "\u2026", "saknas", "uppgift saknas", "missing", "n/a",
     "#n/a", "#saknas!", "null")
)  # fmt: skip


def text(cell: Cell) -> str:
    """Return a cell as the words that stand in it; a number as it is read aloud ("1.2", "17")."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip()


class Figure(str):
    """A number written as text: no formula, whatever sign it begins with."""

    __slots__ = ()


def as_csv(cell: Cell) -> str:
    """Return a cell as a Swedish table has it: a number with a decimal comma."""
    if isinstance(cell, (int, float)):
        return Figure(text(cell).replace(".", ","))
    return cell if isinstance(cell, str) else text(cell)


def csv_line(cells: Iterable[str]) -> str:
    """Return one line of a table for a Swedish Excel: semicolons, and what would be a formula is made text."""
    safe = [f"'{cell}" if is_formula(cell) and not isinstance(cell, Figure) else cell for cell in cells]
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(safe)
    return out.getvalue()


def is_formula(cell: str) -> bool:
    """Return whether a spreadsheet would take a text for something to reckon or run."""
    return cell.lstrip(_UNSEEN).startswith(_BEGINS) or cell.startswith(("\t", "\r"))


#: What begins a formula; spreadsheets set up for East Asia take the wide forms too.
_BEGINS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: What may stand before it and not be seen: white space, marks without width, marks of direction, control letters.
_UNSEEN = (
    "".join(map(chr, range(0x21)))
    + "\x7f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
    + "".join(map(chr, (*range(0x2000, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))))
)


def _decimal(plain: str) -> str:
    """Return digits with a decimal point. Where both marks stand, the last one parts the decimals."""
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma >= 0 and point >= 0:
        thousands = "," if point > comma else "."
        return plain.replace(thousands, "").replace(",", ".")
    mark = "," if comma >= 0 else "."
    groups = plain.split(mark)
    if len(groups) > 2 and all(len(group) == 3 for group in groups[1:]):
        return "".join(groups)
    return plain.replace(",", ".")
