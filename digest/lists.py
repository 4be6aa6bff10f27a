"""A list of addresses from a file: what would become of each row, and then, where that is wanted, what became of it.

Excel, and CSV as Swedish Excel writes it (semicolons, Latin-1, a mark at the beginning), commas or tabs as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from campaign.errors import InputError
from campaign.settings import NewsletterSettings
from campaign.sheets import Sheet, read
from storage import subscribers
from storage.addresses import Home
from storage.store import Store
from storage.subscriber_lists import rehearse
from storage.subscribers import Added, Wording

HEADS = frozenset(
    ("email", "e-mail", "e-post", "epost", "e-postadress", "epostadress", "mail", "mejl", "address", "adress")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row. ``row`` is the number that its file shows beside it; ``twice`` says that it stood in the file before."""

    row: int
    address: str
    result: Added
    twice: bool = False


def look(store: Store, newsletter: NewsletterSettings, data: bytes, name: str) -> list[Line]:
    """Return what would become of each row of a file; nothing is written.

    InputError ``file``: as ``campaign.sheets.read``, and ``no_address_column``.
    """
    found = list(_addresses(read(data, name)))
    results = rehearse(store, newsletter.id, [address for _, address in found])
    seen: set[str] = set()
    lines = []
    for (row, address), result in zip(found, results, strict=True):
        folded = address.casefold()
        lines.append(Line(row=row, address=address, result=result, twice=folded in seen))
        seen.add(folded)
    return lines


def take(
    store: Store, newsletter: NewsletterSettings, lines: list[Line], *, source: str, language: str, now: datetime
) -> list[Line]:
    """Add what was looked at, and return what became of it; ``source`` is kept as the proof of each."""
    home = Home(campaign=newsletter.campaign, newsletter=newsletter.id)
    proof = Wording(text=source, version="", language=language)
    return [
        replace(line, result=subscribers.add(store, home, line.address, wording=proof, now=now, kind="imported"))
        for line in lines
    ]


def _addresses(sheets: list[Sheet]) -> Iterator[tuple[int, str]]:
    """Yield row numbers and addresses; the column is the one that is called so, or the only one with addresses."""
    sheet = next((sheet for sheet in sheets if sheet.rows), None)
    names = [str(cell or "").strip().casefold() for cell in sheet.rows[0].cells] if sheet else []
    column = next((at for at, name in enumerate(names) if name in HEADS), None)
    rows = sheet.rows if sheet else ()
    if column is not None:
        rows = rows[1:]
    else:
        with_at = {at for row in rows[:20] for at, cell in enumerate(row.cells) if "@" in str(cell or "")}
        if len(with_at) != 1:
            raise InputError("file", "no_address_column", columns=", ".join(names)[:200])
        column = with_at.pop()
    for row in rows:
        address = str(row.cells[column] or "").strip(" \t") if len(row.cells) > column else ""
        if address:
            yield row.number, address[:320]
