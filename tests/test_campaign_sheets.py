"""Tables as people bring them: what is read of them, and what is refused."""

from __future__ import annotations

import io
import random
from collections import Counter
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook

from campaign.cells import number
from campaign.errors import InputError
from campaign.language import Language
from campaign.sheets import MOST_ROWS, Sheet, read, rows_of, write_csv, write_excel

SWEDISH = Language("sv", ZoneInfo("Europe/Stockholm"))


def excel(*rows: list[object], title: str = "Blad1") -> bytes:
    """An Excel file with one sheet, as a spreadsheet program writes it."""
    book = Workbook()
    page = book.active
    page.title = title
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, change: object) -> bytes:
    """An Excel file with one part changed by a function, or added as bytes."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            body = old.read(part)
            new.writestr(part.filename, change(body) if part.filename == name and callable(change) else body)
        if isinstance(change, bytes):
            new.writestr(name, change)
    return out.getvalue()


def refusal(data: bytes, name: str = "mål.xlsx") -> str:
    """The key of the error that a file is refused with."""
    with pytest.raises(InputError) as refused:
        read(data, name)
    assert refused.value.field == "file"
    return refused.value.key


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("80,1", 80.1), ("80.1", 80.1), ("1 234,5", 1234.5), ("1\u00a0234", 1234), ("1\u202f234", 1234),
        ("80,1 %", 80.1), ("-0,3", -0.3), ("\u22120,3", -0.3), ("1.234,5", 1234.5), ("1,234.5", 1234.5),
        ("1,234,567", 1234567), ("0", 0), ("0,0", 0), (17, 17), (0.5, 0.5),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_in_sweden_write_them(written: str | float, meant: float) -> None:
    """A decimal comma, spaces between thousands, a minus sign and a per cent sign are understood."""
    assert number(written) == meant


@pytest.mark.parametrize("written", ["", " ", "-", "–", "..", "…", ".", "saknas", "#N/A", None])
def test_what_is_missing_is_not_zero(written: str | None) -> None:
    """A cell that says that there is no value gives none."""
    assert number(written) is None


@pytest.mark.parametrize("written", ["abc", "nan", "inf", "1e999", "0x1f", "1_000", "5,,3", "12 procent", "#DIV/0!"])
def test_what_is_no_number_is_said(written: str) -> None:
    """Nothing is guessed of a cell that is no number."""
    with pytest.raises(ValueError):
        number(written)


@pytest.mark.parametrize(
    "body",
    [
        "kod;rubrik\n1.10;Fler jobb, bättre villkor\n".encode(),
        "\ufeffkod;rubrik\r\n1.10;Fler jobb, bättre villkor\r\n".encode(),
        "kod;rubrik\n1.10;Fler jobb, bättre villkor\n".encode("cp1252"),
        "kod\trubrik\n1.10\tFler jobb, bättre villkor\n".encode(),
        'kod,rubrik\n1.10,"Fler jobb, bättre villkor"\n'.encode(),
        "kod;rubrik\n1.10;Fler jobb, bättre villkor\n".encode("utf-16"),
        "sep=;\nkod;rubrik\n1.10;Fler jobb, bättre villkor\n".encode(),
    ],
)
def test_csv_is_read_however_it_was_saved(body: bytes) -> None:
    """Encoding, byte order mark and what parts the cells are found out."""
    (sheet,) = read(body, "mål.csv")
    assert [row.cells for row in sheet.rows] == [("kod", "rubrik"), ("1.10", "Fler jobb, bättre villkor")]


def test_rows_have_the_numbers_that_excel_shows() -> None:
    """Empty rows are left out and the others keep their numbers, in both kinds of file."""
    (made,) = read(excel(["kod"], [], [None], ["1"]), "a.xlsx")
    (told,) = read(b"kod\n\n;\n1\n", "a.csv")
    assert [row.number for row in made.rows] == [row.number for row in told.rows] == [1, 4]


def test_a_percentage_is_the_number_that_is_shown() -> None:
    """A cell that Excel shows as 80,1 % is 80.1."""
    book = Workbook()
    book.active.append([0.801])
    book.active["A1"].number_format = "0.0%"
    out = io.BytesIO()
    book.save(out)
    (sheet,) = read(out.getvalue(), "a.xlsx")
    assert sheet.rows[0].cells == (80.1,)


def test_what_a_formula_gave_is_read_and_never_the_formula() -> None:
    """A formula that nobody has reckoned gives nothing."""
    (sheet,) = read(excel(["kod", "=1+1"], ["x"]), "a.xlsx")
    assert sheet.rows[0].cells == ("kod",)


def test_hidden_sheets_are_left_out() -> None:
    """What a planner has hidden is not read."""
    book = Workbook()
    book.active.append(["syns"])
    hidden = book.create_sheet("Gömt")
    hidden.append(["syns inte"])
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert len(read(out.getvalue(), "a.xlsx")) == 1


@pytest.mark.parametrize("start", ["=1+1", "+46", "-1", "@SUM(A1)", "\t=1", " =1"])
def test_nothing_that_is_written_is_a_formula(start: str) -> None:
    """A text that begins as a formula stays text in Excel and in CSV, and comes back as it was."""
    rows = rows_of([["huvud", "värde"], [start, "x"]])
    made = write_excel([Sheet(name="B", rows=rows)])
    cell = load_workbook(io.BytesIO(made)).active["A2"]
    assert cell.data_type == "s"
    assert read(made, "a.xlsx")[0].rows[1].cells[0] == start
    told = write_csv([row.cells for row in rows])
    assert f"'{start}" in told.decode("utf-8-sig")
    assert read(told, "a.csv")[0].rows[1].cells[0] == start


def test_numbers_are_numbers_in_a_written_csv() -> None:
    """A negative number is no formula and has a decimal comma."""
    assert write_csv([["a", -80.1, 5, None]]) == "\ufeffa;-80,1;5;\r\n".encode()


def test_a_code_stays_text() -> None:
    """1.10 that was written as text is not 1.1 when it is read."""
    made = write_excel([Sheet(name="B", rows=rows_of([["Kod"], ["1.10"]]), texts=frozenset((0,)))])
    assert read(made, "a.xlsx")[0].rows[1].cells == ("1.10",)
    assert load_workbook(io.BytesIO(made)).active["A2"].number_format == "@"


def test_entities_are_refused_before_anything_is_parsed() -> None:
    """A sheet that declares a document type, in whatever encoding, is not read."""
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'

    def declare(body: bytes) -> bytes:
        return bomb.encode() + body.partition(b"?>")[2]

    def declare_wide(body: bytes) -> bytes:
        words = bomb.replace('"1.0"', '"1.0" encoding="utf-16"') + body.decode().partition("?>")[2]
        return words.encode("utf-16")

    data = excel(["a"])
    for change in (declare, declare_wide):
        assert refusal(with_part(data, "xl/worksheets/sheet1.xml", change)) == "sheet_unsafe"


def test_a_file_that_unpacks_to_much_is_refused() -> None:
    """Fifty megabytes of nothing in a small file are not unpacked."""
    assert refusal(with_part(excel(["a"]), "xl/media/image1.bin", b"\0" * 50_000_000)) == "sheet_large"


def test_many_small_parts_are_refused() -> None:
    """A file with more parts than any spreadsheet has is not opened."""
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for number_ in range(2_500):
            archive.writestr(f"xl/{number_}.xml", b"<a/>")
    assert refusal(out.getvalue()) == "sheet_large"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "sheet_empty"),
        (b" \n ", "sheet_empty"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "sheet_old"),
        (b"PK\x03\x04 half a file", "sheet_unreadable"),
        (b"%PDF-1.4\0\0\0", "sheet_not_text"),
        (b"a" * 5_000_001, "sheet_large"),
        (("a;" * 300 + "b\n").encode(), "sheet_columns"),
        (b"a;b\n" * (MOST_ROWS + 1), "sheet_rows"),
        (with_part(excel(["a"]), "xl/vbaProject.bin", b"x"), "sheet_macros"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(data: bytes, key: str) -> None:
    """Each kind of wrong file is refused by name."""
    assert refusal(data) == key


def test_an_opendocument_file_is_told_from_excel() -> None:
    """LibreOffice's own format is recognised and not called broken."""
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    assert refusal(out.getvalue()) == "sheet_open_document"


def test_a_row_far_down_does_not_keep_anybody_waiting() -> None:
    """A file that claims a cell in row ten thousand million is read or refused, not counted to."""

    def far(body: bytes) -> bytes:
        return body.replace(b'<row r="2"', b'<row r="10000000000"')

    (sheet,) = read(with_part(excel(["a"], ["b"]), "xl/worksheets/sheet1.xml", far), "a.xlsx")
    assert sheet.rows[0].cells == ("a",)


def test_broken_files_are_refused_and_never_fall_over() -> None:
    """Whatever is wrong inside a file, it is read or refused in words."""
    whole, chance = excel(["kod", "rubrik"], ["1", "Ett"], ["2", 2.5]), random.Random(5)
    parts = ZipFile(io.BytesIO(whole)).namelist()

    def spoil(body: bytes) -> bytes:
        at = chance.randrange(max(1, len(body)))
        return body[:at] + bytes(chance.randrange(256) for _ in range(4)) + body[at + chance.randrange(9) :]

    ended: Counter[str] = Counter()
    for turn in range(150):
        name = parts[turn % len(parts)]
        data = spoil(whole) if turn % 3 == 0 else with_part(whole, name, spoil)
        try:
            read(data, "a.xlsx")
        except InputError as refused:
            ended[refused.key] += 1
        else:
            ended["read"] += 1
    # Both happen, each many times, and a refusal has its words.
    assert ended["read"] > 10
    assert ended.total() - ended["read"] > 10
    assert all(SWEDISH.has(f"error.{key}.what") for key in ended if key != "read")
