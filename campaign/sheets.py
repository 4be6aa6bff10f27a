"""Tables as people keep them: Excel and CSV, read without trusting them and written so that nothing in them runs.

``read`` takes bytes and gives sheets; ``write_excel`` and ``write_csv`` go the other way. What the rows mean is said
by ``campaign.strategy_sheet`` and ``campaign.figure_sheet``.
"""

from __future__ import annotations

import csv
import io
import re
import threading
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation

from campaign.cells import BOM, Cell, as_csv, csv_line, is_formula
from campaign.errors import InputError

#: The largest file that is read, in bytes, and what an Excel file may hold: bytes unpacked, parts, sheets.
MOST_BYTES = 5_000_000
MOST_UNPACKED = 40_000_000
MOST_PARTS = 2_000
MOST_SHEETS = 30

#: Rows and columns with something in them, and letters in one cell.
MOST_ROWS = 20_000
MOST_COLUMNS = 256
_MOST_LETTERS = 32_000

#: Excel itself has no more; a file that claims more would only keep us counting.
_LAST_ROW = 1_048_576
#: Cells with or without something in them.
_MOST_CELLS = 4_000_000

#: Tags in all of a file, and in what becomes one tree in memory: a row, a text, a part that has neither.
_MOST_TAGS = 2_500_000
_MOST_TAGS_AT_ONCE = 150_000
_UNIT = re.compile(rb"<(?:[\w.-]+:)?(?:row|si)[\s/>]")

_DELIMITERS = ";\t,"
#: One file at a time: reading is heavy, and what openpyxl warns of is silenced for the whole process meanwhile.
_READING = threading.Lock()

#: What openpyxl raises on a file that is broken in one way or another.
_BROKEN = (
    BadZipFile, zlib.error, InvalidFileException, ParseError, LookupError, ValueError, TypeError, AttributeError,
    EOFError, OSError, NotImplementedError, RuntimeError, ArithmeticError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; ``number`` is the one that Excel shows beside it."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return all(cell is None or cell == "" for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet. Empty rows are left out when it is read, the numbers of the others stay.

    The rest is for writing alone: ``widths`` of columns in letters, columns (from 0) whose cells stay text
    (``texts``: "1.10" is no number), what may be chosen in a column (``choices``), whether the first row is a head,
    and the numbers of rows that are only examples.
    """

    name: str
    rows: tuple[Row, ...]
    widths: tuple[int, ...] = ()
    texts: frozenset[int] = frozenset()
    choices: tuple[tuple[int, tuple[str, ...]], ...] = ()
    has_head: bool = True
    faint: frozenset[int] = frozenset()


def rows_of(cells: Iterable[Sequence[Cell]]) -> tuple[Row, ...]:
    """Return rows numbered from 1."""
    return tuple(Row(number=number, cells=tuple(each)) for number, each in enumerate(cells, start=1))


def letter(column: int) -> str:
    """Return the letter of a column, counted from 0."""
    return str(get_column_letter(column + 1))


def read(data: bytes, name: str) -> list[Sheet]:
    """Return the sheets of an Excel or CSV file; what it is, is seen by its content, ``name`` is for words.

    InputError ``file``: ``sheet_large``, ``sheet_empty``, ``sheet_old``, ``sheet_open_document``, ``sheet_macros``,
    ``sheet_unreadable``, ``sheet_unsafe``, ``sheet_rows``, ``sheet_columns``, ``sheet_sheets``, ``sheet_not_text``.
    """
    if len(data) > MOST_BYTES:
        raise InputError("file", "sheet_large", most=MOST_BYTES // 1_000_000)
    if not data.strip():
        raise InputError("file", "sheet_empty", name=name)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError("file", "sheet_old", name=name)
    sheets = _excel(data, name) if data.startswith(b"PK") else [_csv(data, name)]
    if not any(sheet.rows for sheet in sheets):
        raise InputError("file", "sheet_empty", name=name)
    return sheets


def write_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows as CSV for a Swedish Excel: byte order mark, semicolons, decimal commas, no formulas."""
    return (BOM + "".join(csv_line(map(as_csv, cells)) for cells in rows)).encode()


def write_excel(sheets: Sequence[Sheet]) -> bytes:
    """Return sheets as an Excel file. Text is never a formula; the head is bold and stays in sight."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- reading Excel ---------------------------------------------------------------------------------------


def _excel(data: bytes, name: str) -> list[Sheet]:
    with _READING, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="openpyxl")
        try:
            _check(data, name)
            return _sheets(data)
        except _BROKEN as problem:
            raise InputError("file", "sheet_unreadable", name=name) from problem


def _check(data: bytes, name: str) -> None:
    """Refuse what must not be unpacked or parsed: bombs, entities, macros, other programs' files."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        names = {part.filename.casefold() for part in parts}
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise InputError("file", "sheet_large", most=MOST_BYTES // 1_000_000)
        if "mimetype" in names and "content.xml" in names:
            raise InputError("file", "sheet_open_document", name=name)
        if any(part.endswith("vbaproject.bin") for part in names):
            raise InputError("file", "sheet_macros", name=name)
        tags = 0
        for part in parts:
            body = archive.read(part)
            if _has_doctype(body):
                raise InputError("file", "sheet_unsafe", name=name)
            tags += body.count(b"<")
            if tags > _MOST_TAGS or _is_tree_too_large(body):
                raise InputError("file", "sheet_large", most=MOST_BYTES // 1_000_000)


def _is_tree_too_large(body: bytes) -> bool:
    """Return whether something that is held in memory as a tree has too many tags; letters weigh little beside them."""
    starts = [0, *(found.start() for found in _UNIT.finditer(body)), len(body)]
    return any(body.count(b"<", first, last) > _MOST_TAGS_AT_ONCE for first, last in pairwise(starts))


class _Root(Exception):
    """The first element came: no document type can follow."""


def _has_doctype(body: bytes) -> bool:
    """Return whether XML declares a document type, where alone entities can be declared. Excel never writes one."""
    found = False

    def doctype(*_: object) -> None:
        nonlocal found
        found = True
        raise _Root

    def root(*_: object) -> None:
        raise _Root

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = root
    with suppress(_Root, expat.ExpatError, ValueError):  # a picture, or broken: openpyxl tells of what it needs
        parser.Parse(body, True)
    return found


def _sheets(data: bytes) -> list[Sheet]:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        pages = [page for page in book.worksheets if getattr(page, "sheet_state", "visible") == "visible"]
        if len(pages) > MOST_SHEETS:
            raise InputError("file", "sheet_sheets", most=MOST_SHEETS)
        return [Sheet(name=str(page.title), rows=tuple(_rows(page))) for page in pages]
    finally:
        book.close()


def _rows(page: Any) -> Iterator[Row]:
    page.reset_dimensions()  # what a file says of its own size is not to be relied on
    taken = seen = 0
    for at, cells in enumerate(page.iter_rows(max_row=_LAST_ROW), start=1):
        seen += len(cells)
        if seen > _MOST_CELLS:
            raise InputError("file", "sheet_large", most=MOST_BYTES // 1_000_000)
        row = Row(number=at, cells=_trimmed(_cell(each) for each in cells))
        if row.is_empty:
            continue
        taken += 1
        if taken > MOST_ROWS:
            raise InputError("file", "sheet_rows", sheet=str(page.title)[:40], most=MOST_ROWS)
        if len(row.cells) > MOST_COLUMNS:
            raise InputError("file", "sheet_columns", sheet=str(page.title)[:40], row=at, most=MOST_COLUMNS)
        yield row


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None or isinstance(value, str):
        return value[:_MOST_LETTERS] if value else None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, (int, float)):
        # 0,801 shown as "80,1 %" is 80,1 to whoever wrote it
        return round(value * 100, 10) if "%" in str(cell.number_format or "") else value
    return value if isinstance(value, date) and not isinstance(value, time) else str(value)


def _trimmed(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    kept = list(cells)
    while kept and (kept[-1] is None or kept[-1] == ""):
        kept.pop()
    return tuple(kept)


# --- reading CSV -----------------------------------------------------------------------------------------


def _csv(data: bytes, name: str) -> Sheet:
    words = _decoded(data, name)
    named = words.partition("\n")[0].strip()
    asked = named[4:5] if named.casefold().startswith("sep=") else ""
    delimiter = asked or _delimiter(words)
    rows = []
    try:
        for at, cells in enumerate(csv.reader(io.StringIO(words, newline=""), delimiter=delimiter), start=1):
            row = Row(number=at, cells=_trimmed(_unquoted(cell) for cell in cells))
            if row.is_empty or (asked and at == 1):
                continue
            rows.append(row)
            if len(rows) > MOST_ROWS:
                raise InputError("file", "sheet_rows", sheet=name[:40], most=MOST_ROWS)
            if len(row.cells) > MOST_COLUMNS:
                raise InputError("file", "sheet_columns", sheet=name[:40], row=at, most=MOST_COLUMNS)
    except (csv.Error, TypeError) as problem:
        raise InputError("file", "sheet_unreadable", name=name) from problem
    return Sheet(name=name.rpartition(".")[0] or name, rows=tuple(rows))


def _decoded(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text", as Excel saves it
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        raise InputError("file", "sheet_not_text", name=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _delimiter(words: str) -> str:
    """Return what parts the cells: what gives the head the most of them, the semicolon where they are alike."""

    def width(delimiter: str) -> int:
        try:
            for cells in csv.reader(io.StringIO(words[:200_000], newline=""), delimiter=delimiter):
                if any(cell.strip() for cell in cells):
                    return len(cells)
        except csv.Error:
            return 0  # parts nothing; what is wrong is told when the file is read with the one that is chosen
        return 0

    return max(_DELIMITERS, key=width)


def _unquoted(cell: str) -> Cell:
    """Return a cell without the apostrophe that ``csv_line`` put before what looks like a formula."""
    if cell.startswith("'") and is_formula(cell[1:]):
        cell = cell[1:]
    return cell[:_MOST_LETTERS] or None


# --- writing ---------------------------------------------------------------------------------------------

_HEAD = PatternFill("solid", fgColor="E8E4DA")
_SHADE = Font(italic=True, color="6B6B6B")


def _write(book: Workbook, sheet: Sheet) -> None:
    page: Any = book.create_sheet(title=_title(sheet.name))
    for column, width in enumerate(sheet.widths):
        page.column_dimensions[letter(column)].width = width
    if sheet.has_head:
        page.freeze_panes = "A2"
    for column, choices in sheet.choices:
        # what is not among them may be written all the same: words are forgiven when they are read
        rule = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True, showErrorMessage=False)
        rule.add(f"{letter(column)}2:{letter(column)}1000")
        page.data_validations.append(rule)
    at = 1
    for row in sheet.rows:
        while at < row.number:
            page.append([])
            at += 1
        page.append([_made(page, sheet, row, column) for column in range(len(row.cells))])
        at += 1


def _made(page: Any, sheet: Sheet, row: Row, column: int) -> Any:
    value: Any = row.cells[column]
    if isinstance(value, str):
        value = "".join(letter for letter in value if letter in "\n\t" or ord(letter) >= 32)[:_MOST_LETTERS]
    cell = WriteOnlyCell(page, value=value)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if isinstance(value, str):
        if is_formula(value):
            cell.quotePrefix = True
        cell.data_type = "s"  # openpyxl would make "=…" a formula
    if column in sheet.texts:
        cell.number_format = "@"
    if sheet.has_head and row.number == 1:
        cell.font, cell.fill = Font(bold=True), _HEAD
    elif row.number in sheet.faint:
        cell.font = _SHADE
    return cell


def _title(name: str) -> str:
    """Return a name that Excel takes for a sheet."""
    return "".join(" " if each in "[]:*?/\\" else each for each in name).strip("'")[:31] or "1"
