"""Lists of addresses from files, row by row."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from campaign.errors import InputError
from digest import lists, subscribe
from digest_samples import newsletter
from storage import schema, subscribers
from storage.store import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LETTER = newsletter()
TABLE = (
    ("Namn", "E-post"),
    ("Åke Öst", "ake@växer.se"),
    ("Anna", "ANNA@example.se"),
    ("Anna igen", "anna@example.se"),
    ("Bo", "inte en adress"),
    ("Cia", "cia@example.se"),
    ("Dan", "dan@example.se"),
)


def excel() -> bytes:
    """The table as a spreadsheet."""
    book, out = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in TABLE:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def text(delimiter: str, encoding: str, *, end: str = "\r\n") -> bytes:
    """The table as text."""
    return end.join(delimiter.join(row) for row in TABLE).encode(encoding)


@pytest.mark.parametrize(
    "data",
    [text(";", "latin-1"), text(";", "utf-8-sig"), text(",", "utf-8", end="\n"), text("\t", "utf-16"), excel()],
    ids=["swedish-excel", "with-bom", "commas", "utf-16", "xlsx"],
)
def test_every_row_is_judged_before_and_told_after(store: Store, data: bytes) -> None:
    """Whatever wrote the file: the rows' own numbers, the same answer beforehand as afterwards, nothing before."""
    subscribe.add(store, LETTER, "cia@example.se", source="x", language="sv", now=NOW)
    subscribe.remove(store, LETTER, "dan@example.se", now=NOW)
    expected = [(2, "added"), (3, "added"), (4, "known"), (5, "invalid"), (6, "known"), (7, "suppressed")]
    before = list(subscribe.export_csv(store, LETTER))
    looked = lists.look(store, LETTER, data, "lista")
    assert [(line.row, line.result) for line in looked] == expected
    assert [line.row for line in looked if line.twice] == [4]
    assert list(subscribe.export_csv(store, LETTER)) == before
    taken = lists.take(store, LETTER, looked, source="Mässan", language="sv", now=NOW)
    assert [(line.row, line.result) for line in taken] == expected
    found = subscribers.find_by_address(store, "veckobrevet", "ake@xn--vxer-loa.se")
    assert found is not None
    assert found.email == "ake@växer.se"
    assert [each.wording for each in subscribers.proofs(store, found.id)] == ["Mässan"]


def test_file_without_addresses_is_refused(sqlite_store: Store) -> None:
    """The sentence names the columns that were found."""
    with pytest.raises(InputError, match="no_address_column"):
        lists.look(sqlite_store, LETTER, b"namn;ort\nAnna;Varberg", "lista.csv")


def test_who_left_stays_away_through_erasure_import_and_adding(sqlite_store: Store) -> None:
    """A keyed hash remembers, also when every row about the person has been erased."""
    subscribe.add(sqlite_store, LETTER, "anna@example.se", source="x", language="sv", now=NOW)
    found = subscribers.find_by_address(sqlite_store, "veckobrevet", "anna@example.se")
    assert found is not None
    subscribe.leave(sqlite_store, found.token, now=NOW)
    with sqlite_store.write() as connection:
        connection.execute(schema.consent.delete())
        connection.execute(schema.subscriber.delete())
    (line,) = lists.look(sqlite_store, LETTER, b"anna@example.se\n", "lista")
    assert line.result == "suppressed"
    assert subscribe.add(sqlite_store, LETTER, "Anna@EXAMPLE.se", source="x", language="sv", now=NOW) == "suppressed"
    with sqlite_store.read() as connection:
        assert "anna" not in repr(connection.execute(select(schema.suppression)).all())
