"""A list of subscribers brought to the desk: what would become of each row, and nothing added before that is pressed.

What was read is kept sealed for the login that brought it, and forgotten when it is added or another list is brought.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from campaign.errors import InputError, NotFoundError, SkordError
from campaign.settings import NewsletterSettings
from campaign.sheets import Sheet, read, write_csv
from digest.subscribe import import_csv
from storage.proofs import find_held, hold, take_held
from storage.subscriber_lists import rehearse
from storage.subscribers import Added
from web.desk.sheet_upload import upload_of
from web.desk.subscribers import chosen_newsletter, source_of
from web.desk.uploads import PictureForm
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

#: The page shows so many rows that were not simply added; the file has all.
_MOST_SHOWN = 200
_HEADS = ("email", "e-mail", "e-post", "epost", "e-postadress", "epostadress", "mail", "address", "adress", "mejl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a list. ``row`` is the number that its file shows beside it."""

    row: int
    address: str
    result: Added


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A list that was brought. ``done`` says that it has been added; ``held`` names it for the next press."""

    lines: tuple[Line, ...]
    source: str
    newsletter: str
    done: bool
    held: str = ""

    @property
    def counts(self) -> Counter[str]:
        """How many rows came to what."""
        return Counter(str(line.result) for line in self.lines)

    @property
    def others(self) -> list[Line]:
        """The rows that are not simply added, the first of them."""
        return [line for line in self.lines if line.result is not Added.ADDED][:_MOST_SHOWN]

    @property
    def firsts(self) -> list[Line]:
        """The first of those that are added, so that the wrong column is seen."""
        return [line for line in self.lines if line.result is Added.ADDED][:5]


@router.get("/desk/subscribers/import")
def begin(desk: AtDesk) -> Response:
    """Show where a list is brought."""
    return _page(desk, chosen_newsletter(desk))


@router.post("/desk/subscribers/import")
def bring(desk: AtDesk) -> Response:
    """Say what would become of each row, or add what was said."""
    newsletter = chosen_newsletter(desk)
    if desk.form["press"] == "add":
        return _add(desk, newsletter)
    try:
        source = source_of(desk)
        found = addresses_in(_sheets(desk))
    except InputError as problem:
        return _page(desk, newsletter, problem=problem)
    results = rehearse(desk.store, newsletter.id, [address for _, address in found])
    lines = tuple(
        Line(row=row, address=address, result=result) for (row, address), result in zip(found, results, strict=True)
    )
    return _page(desk, newsletter, brought=_keep(desk, lines, source, newsletter, done=False))


@router.get("/desk/subscribers/import/report")
def report(desk: AtDesk) -> Response:
    """Answer with what became, or would become, of every row, as CSV."""
    brought = _kept(desk, desk.asked("held"), forget=False)
    words = [desk.t(f"returns.list.head.{name}") for name in ("row", "address", "result")]
    rows: Iterable[Sequence[Any]] = (
        (line.row, line.address, desk.t(f"returns.list.result.{line.result}")) for line in brought.lines
    )
    headers = {"Content-Disposition": f'attachment; filename="{brought.newsletter}-rader.csv"'}
    return Response(write_csv([words, *rows]), media_type="text/csv; charset=utf-8", headers=headers)


def _add(desk: Desk, newsletter: NewsletterSettings) -> Response:
    """Add the list that was looked at; what has changed meanwhile is told row by row."""
    brought = _kept(desk, desk.form["held"], forget=True)
    if brought.newsletter != newsletter.id or brought.done:
        raise NotFoundError("held_over")
    wanted = [line for line in brought.lines if line.result is not Added.INVALID]
    text = "email\n" + "".join(f'"{line.address}"\n' for line in wanted)
    taken = import_csv(
        desk.store, newsletter, text, source=brought.source, language=desk.settings.site.language, now=desk.now
    )
    results = {wanted[row.line - 2].row: row.result for row in taken}
    lines = tuple(
        Line(row=line.row, address=line.address, result=results.get(line.row, line.result)) for line in brought.lines
    )
    return _page(desk, newsletter, brought=_keep(desk, lines, brought.source, newsletter, done=True))


def addresses_in(sheets: Iterable[Sheet]) -> list[tuple[int, str]]:
    """Return row numbers and addresses of a list. The column is the one called e-post, or the only one.

    InputError ``file`` ``no_address_column`` where there is none.
    """
    sheet = next((sheet for sheet in sheets if sheet.rows), None)
    if sheet is None:
        raise InputError("file", "no_address_column", columns="")
    names = [str(cell or "").strip().casefold() for cell in sheet.rows[0].cells]
    column = next((at for at, name in enumerate(names) if name in _HEADS), None)
    body = sheet.rows[1:] if column is not None else sheet.rows
    if column is None:
        with_at = {at for row in body[:20] for at, cell in enumerate(row.cells) if "@" in str(cell or "")}
        if len(with_at) != 1:
            raise InputError("file", "no_address_column", columns=", ".join(names)[:200])
        column = with_at.pop()
    found = ((row.number, _plain(row.cells[column]) if len(row.cells) > column else "") for row in body)
    return [(number, address) for number, address in found if address]


def _plain(cell: object) -> str:
    """Return a cell's address on one line, without what only a mail program writes around it."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(cell or "")).split())
    if text.endswith(">") and "<" in text:
        text = text.rpartition("<")[2][:-1]
    return text.removeprefix("mailto:").replace('"', "").strip()[:300]


def _sheets(desk: Desk) -> list[Sheet]:
    """Return what was brought: a file, or rows pasted from a spreadsheet."""
    files = desk.form.files if isinstance(desk.form, PictureForm) else []
    if files and files[0].filename:
        return upload_of(desk).sheets()
    pasted = desk.form["rows"]
    if not pasted.strip():
        raise InputError("file", "file_missing")
    return read(pasted.encode(), desk.t("returns.list.pasted"))


def _keep(desk: Desk, lines: Sequence[Line], source: str, newsletter: NewsletterSettings, *, done: bool) -> Brought:
    assert desk.login is not None
    told = {
        "lines": [[line.row, line.address, str(line.result)] for line in lines],
        "source": source,
        "newsletter": newsletter.id,
        "done": done,
    }
    fields = {"kept": json.dumps(told, ensure_ascii=False)}
    held = hold(desk.store, desk.login.key, "/desk/subscribers/import", fields, now=desk.now)
    return Brought(lines=tuple(lines), source=source, newsletter=newsletter.id, done=done, held=held)


def _kept(desk: Desk, named: str, *, forget: bool) -> Brought:
    assert desk.login is not None
    take = take_held if forget else find_held
    held = take(desk.store, desk.login.key, named, now=desk.now)
    if held is None or not held.fields or held.address != "/desk/subscribers/import":
        raise NotFoundError("held_over")
    told = json.loads(held.fields["kept"])
    lines = tuple(Line(row=row, address=address, result=Added(result)) for row, address, result in told["lines"])
    return Brought(lines=lines, source=told["source"], newsletter=told["newsletter"], done=told["done"], held=named)


def _page(
    desk: Desk, newsletter: NewsletterSettings, *, brought: Brought | None = None, problem: SkordError | None = None
) -> Response:
    told = desk.explain(problem) if problem else None
    return desk.page(
        "desk/subscriber_import.html",
        status=422 if problem else 200,
        newsletter=newsletter,
        brought=brought,
        results=list(Added),
        wrong={problem.field: f"{told.what} {told.do}"} if told and isinstance(problem, InputError) else {},
        form=desk.form,
    )
