"""Tables as spreadsheets save them (CSV), and lines of JSON. Encoding, separator and headings are found out.

A Swedish Excel writes semicolons and Windows-1252, or UTF-8 with a mark, or UTF-16 with tabs; all are read.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator
from typing import Any

from campaign.errors import CollectError
from collector import tidy
from collector.imports import plain
from collector.imports.rows import How, Reading, Row, as_json, fingerprint

MOST_COLUMNS = 200
_SEPARATORS = ";,\t|"
_MOST_LINES, _FEW_LINES = 2000, 50
_MOST_CELL = 12_000_000
_MOST_BROKEN = 100


def table(body: bytes, name: str, how: How) -> Reading:
    """Return a table's rows. Raises CollectError where it has no headings that are known."""
    lines = _lines(decoded(body))
    start = 0
    separator = ""
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:
        separator, start = lines[0][4], 1
    while start < len(lines) and not lines[start].strip():
        start += 1
    if start >= len(lines):
        raise CollectError("import_empty", permanent=True, file=name)
    separator = separator or _separator(lines[start])
    reader = _Reader(lines, start, separator)
    try:
        _, heading = next(reader.records())
    except (csv.Error, StopIteration) as error:
        raise CollectError("import_damaged", permanent=True, file=name) from error
    fields = [plain.field_of(each) for each in heading or []]
    if not {"text", "title", "picture"} & set(fields):
        shown = ", ".join(tidy.line(each, 30) for each in (heading or [])[:8])
        raise CollectError("import_headings", permanent=True, file=name, found=shown)
    return Reading(
        format="csv",
        total=len(lines) - start - 1,
        fingerprint=fingerprint(body),
        rows=_rows(reader, fields, how),
    )


def decoded(body: bytes) -> str:
    """Return a table's text: by its mark, as UTF-8, or as Windows-1252."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if body[1:2] == b"\0" and body[:1] != b"\0":
        return body.decode("utf-16-le", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _lines(text: str) -> list[str]:
    """Return the lines without their ends; only what ends a line in a file counts (not U+2028 or form feeds)."""
    found = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return found[:-1] if found and not found[-1] else found


def _separator(heading: str) -> str:
    """Return the sign between columns: the one that makes most known headings, else the one that makes most."""

    def worth(sign: str) -> tuple[int, int]:
        cells = heading.split(sign)
        return sum(bool(plain.field_of(cell.strip(' "'))) for cell in cells), len(cells)

    return max(_SEPARATORS, key=worth)


class _Reader:
    """Cuts lines into records, and finds its way again after a quotation mark that is never closed."""

    def __init__(self, lines: list[str], start: int, separator: str) -> None:
        self._lines = lines
        self._at = start
        self._separator = separator
        self._broken = 0

    def records(self) -> Iterator[tuple[int, list[str] | None]]:
        """Pass over (line number from 1, cells), cells None where the line cannot be read."""
        # The limit belongs to the whole process; ours is the only reader of foreign tables, and bounds cells itself.
        csv.field_size_limit(_MOST_CELL)
        while self._at < len(self._lines):
            number = self._at + 1
            if not self._lines[self._at].strip():
                self._at += 1
                continue
            yield number, self._record()

    def _record(self) -> list[str] | None:
        most = _MOST_LINES if self._broken < _MOST_BROKEN else _FEW_LINES
        taken = 0

        def feed() -> Iterator[str]:
            nonlocal taken
            for line in self._lines[self._at : self._at + most]:
                taken += 1
                yield line + "\n"

        try:
            cells = next(csv.reader(feed(), delimiter=self._separator, strict=True))
        except (csv.Error, StopIteration):
            # This line alone is given up: the next one may be whole.
            self._broken += 1
            self._at += 1
            return None
        self._at += taken
        return cells


def _rows(reader: _Reader, fields: list[str], how: How) -> Iterator[Row]:
    for number, cells in reader.records():
        if cells is None:
            yield Row(number=number, unreadable="quotes")
        elif len(cells) > MOST_COLUMNS or any(cell.strip() for cell in cells[len(fields) :]):
            yield Row(number=number, unreadable="columns", facts={"value": str(len(cells))})
        elif any(cell.strip() for cell in cells):
            given: dict[str, Any] = {}
            for field, cell in zip(fields, cells, strict=False):
                if field and not given.get(field):  # of two columns that mean one thing the first that is filled
                    given[field] = cell
            yield plain.row(number, given, how)


def lines(body: bytes, name: str, how: How) -> Reading:
    """Return the rows of a file with one JSON object a line."""
    found = _lines(decoded(body))
    if not any(line.strip() for line in found):
        raise CollectError("import_empty", permanent=True, file=name)
    return Reading(format="jsonl", total=len(found), fingerprint=fingerprint(body), rows=_line_rows(found, how))


def _line_rows(found: list[str], how: How) -> Iterator[Row]:
    for number, line in enumerate(found, start=1):
        if not line.strip():
            continue
        if len(line) > _MOST_CELL:
            yield Row(number=number, unreadable="long", facts={"value": str(len(line))})
            continue
        try:
            given = as_json(line.encode("utf-8", "surrogatepass"))
        except (ValueError, json.JSONDecodeError):
            yield Row(number=number, unreadable="json")
            continue
        yield _object_row(number, given, how)


def objects(found: list[Any], body: bytes, how: How) -> Reading:
    """Return the rows of a JSON list of such objects."""
    rows = (_object_row(number, given, how) for number, given in enumerate(found, start=1))
    return Reading(format="jsonl", total=len(found), fingerprint=fingerprint(body), rows=rows)


def _object_row(number: int, given: Any, how: How) -> Row:
    if not isinstance(given, dict):
        return Row(number=number, unreadable="object")
    named: dict[str, Any] = {}
    for name, value in list(given.items())[:MOST_COLUMNS]:
        field = plain.field_of(name)
        if field and named.get(field) in (None, "", []):
            named[field] = value
    return plain.row(number, named, how)
