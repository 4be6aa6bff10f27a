"""``skord strategy template/import/export`` and ``skord indicator import``: strategies and figures as spreadsheets."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from campaign.errors import InputError, SkordError
from campaign.figures import Reading
from skord.wiring import House

if TYPE_CHECKING:
    from campaign.sheet_words import SheetNote
    from campaign.sheets import Sheet
    from campaign.strategy import Strategy


def template(house: House, args: Namespace) -> int:
    """Write the spreadsheet that planners fill, empty or filled with a strategy; a file that stands there is kept."""
    from campaign.strategy_template import template as made

    strategy = _document(house, args.strategy) if args.strategy else None
    readings = _readings(house, strategy) if strategy else {}
    _write(args.file, made(strategy, house.language, readings), force=args.force)
    house.tell("cli.sheet.written", file=str(args.file))
    return 0


def export(house: House, args: Namespace) -> int:
    """Write a strategy as a file: .toml, .xlsx, or .csv with the sheet of the strategy alone."""
    from campaign.sheets import write_csv, write_excel
    from campaign.strategy import as_toml
    from campaign.strategy_template import template_sheets
    from skord.commands.strategy import one_strategy

    strategy = _document(house, one_strategy(house, args).id)
    sheets = template_sheets(strategy, house.language, _readings(house, strategy))
    match args.file.suffix.casefold():
        case ".toml":
            body = as_toml(strategy).encode()
        case ".xlsx":
            body = write_excel(sheets)
        case ".csv":
            body = write_csv([row.cells for row in sheets[0].rows])
        case ending:
            raise InputError("file", "sheet_ending", ending=ending)
    _write(args.file, body, force=args.force)
    house.tell("cli.sheet.written", file=str(args.file))
    return 0


def import_(house: House, args: Namespace) -> int:
    """Save what a spreadsheet says of a strategy, with the values in it; 2 with every problem, and nothing is saved."""
    from campaign.sheet_changes import changes
    from campaign.strategy_sheet import parse_sheet
    from storage.store import JOB
    from storage.strategy import find_strategy, read_document, save_strategy

    campaign = house.campaign(args.campaign)
    sheets = _sheets(args.file)
    known = find_strategy(house.store, args.strategy) if args.strategy else None
    base = read_document(house.store, known.id) if known else _begun(args)
    result = parse_sheet(sheets, base, _today(house))
    _tell(house, result.warnings, "cli.sheet.warning")
    if result.problems or result.strategy is None:
        _tell(house, result.problems, "cli.sheet.problem")
        return 2
    strategy = result.strategy
    if known is None and (there := find_strategy(house.store, strategy.id)) is not None:
        raise InputError("strategy", "sheet_strategy_there", strategy=there.id)
    found = changes(base if known else None, strategy)
    rows = [
        (name if house.as_json else house.language.t(f"sheet.change.{name}"), change.code, change.title, change.old)
        for name in ("added", "changed", "renamed", "ended", "measures_added", "measures_changed", "measures_ended")
        for change in getattr(found, name)
    ]
    house.table(("change", "code", "title", "was"), rows)
    house.tell("cli.sheet.values", count=sum(map(len, result.readings.values())))
    if args.dry_run:
        house.tell("cli.sheet.dry")
        return 0
    save_strategy(
        house.store, campaign, strategy, origin="sheet", by=JOB, now=house.clock(), reason=args.file.name,
        expected=known.version if known else 0,
    )  # fmt: skip
    _put(house, strategy.id, result.readings, args.file.name)
    house.tell("cli.sheet.saved", title=strategy.title)
    return 0


def figures(house: House, args: Namespace) -> int:
    """Save the values of a table, of one or many indicators of a strategy."""
    from campaign.figure_sheet import parse_figures

    strategy = _document(house, args.strategy)
    result = parse_figures(
        _sheets(args.file), strategy.indicators, today=_today(house), only=_only(strategy, args.indicator)
    )
    _tell(house, result.warnings, "cli.sheet.warning")
    if result.problems:
        _tell(house, result.problems, "cli.sheet.problem")
        return 2
    stored = _put(house, strategy.id, result.readings, args.file.name, dry_run=args.dry_run)
    house.table(("indicator", "new", "revised", "unchanged"), stored)
    if args.dry_run:
        house.tell("cli.sheet.dry")
    return 0


def _only(strategy: Strategy, code: str) -> str:
    if code and code not in [each.code for each in strategy.indicators]:
        raise InputError("indicator", "indicator_unknown_here", code=code, strategy=strategy.id)
    return code


def _put(
    house: House, strategy: str, readings: Mapping[str, Sequence[Reading]], name: str, *, dry_run: bool = False
) -> list[tuple[object, ...]]:
    from storage.by_hand import put_many_by_hand
    from storage.indicators import list_indicators
    from storage.measurements import rehearse_readings
    from storage.store import JOB
    from storage.strategy import find_strategy

    tree = find_strategy(house.store, strategy)
    if dry_run and tree is not None:
        known = {each.code: each.id for each in list_indicators(house.store, tree.campaign, strategy)}
        stored = {
            code: rehearse_readings(house.store, known[code], told, now=house.clock())
            for code, told in readings.items()
        }
    else:
        stored = put_many_by_hand(house.store, strategy, readings, by=JOB, now=house.clock(), origin=name)
    return [(code, each.new, each.revised, each.unchanged) for code, each in stored.items()]


def _begun(args: Namespace) -> Strategy | None:
    """Return a new strategy as the command line tells of it; None where the file itself must."""
    from campaign.strategy_sheet import new_strategy, period, slug

    if not args.title and not args.period:
        return None
    days = period(args.period)
    if not args.title or not args.owner or days is None:
        raise InputError("title", "sheet_new_needs")
    return new_strategy(args.strategy or slug(args.title), args.title, args.owner, *days)


def _document(house: House, strategy: str) -> Strategy:
    from storage.strategy import read_document

    return read_document(house.store, strategy)


def _readings(house: House, strategy: Strategy) -> dict[str, list[Reading]]:
    from storage.by_hand import readings_of

    return readings_of(house.store, strategy.id)


def _sheets(file: Path) -> list[Sheet]:
    from campaign.sheets import MOST_BYTES, read

    try:
        with file.open("rb") as body:
            return read(body.read(MOST_BYTES + 1), file.name)
    except OSError as problem:
        raise InputError("file", "sheet_file", name=str(file), reason=problem.strerror or "") from problem


def _write(file: Path, body: bytes, *, force: bool) -> None:
    if file.exists() and not force:
        raise InputError("file", "sheet_file_there", name=str(file))
    try:
        file.write_bytes(body)
    except OSError as problem:
        raise SkordError("sheet_file", name=str(file), reason=problem.strerror or "") from problem


def _tell(house: House, notes: Iterable[SheetNote], key: str) -> None:
    from campaign.sheet_words import tell

    for note in notes:
        house.tell(key, told=str(tell(note, house.language)))


def _today(house: House) -> date:
    return house.clock().astimezone(house.settings.site.timezone).date()
