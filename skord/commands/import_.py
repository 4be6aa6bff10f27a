"""``skord import``: a table, lines of JSON, or the archive that a network gives its users."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from campaign.errors import InputError
from skord.wiring import House

if TYPE_CHECKING:
    from collector.imports.rows import Row
    from collector.imports.run import Brought

_BAR = 30
_MOST_SHOWN = 50


def import_(house: House, args: Namespace) -> int:
    """Bring a file in and say how it went, with a line for each row that nobody can read. 1 where there are such."""
    from collector.imports.run import bring

    if args.source is None:
        return _package(house, args)
    bar = _Bar(house, args.file.name)
    try:
        told = bring(
            house.store,
            house.settings,
            args.source,
            args.file,
            clock=house.clock,
            format=args.format or "",
            dry_run=args.dry_run,
            progress=bar.step,
        )
    finally:
        bar.end()
    if house.as_json:
        house.give(_as_object(house, args, told))
    else:
        _print(house, args, told)
    return 1 if told.unreadable_count else 0


def _package(house: House, args: Namespace) -> int:
    """Take in a package, which needs no source. InputError ``import_source`` for anything else."""
    from skord.commands.import_package import import_package
    from skord.exports.taking_in import is_package

    if not is_package(args.file):
        raise InputError("source", "import_source", file=args.file.name)
    return import_package(house, args)


def _as_object(house: House, args: Namespace, told: Brought) -> dict[str, Any]:
    counts = told.counts
    return {
        "file": args.file.name,
        "source": args.source,
        "format": told.format,
        "dry_run": args.dry_run,
        "rows": told.rows,
        "new": counts.new,
        "revised": counts.revised,
        "unchanged": counts.unchanged,
        "skipped": dict(counts.skipped_why),
        "passed": dict(told.passed),
        "undated": told.undated,
        "pictures": told.pictures,
        "pictures_failed": dict(told.pictures_failed),
        "began_at": told.began_at,
        "unreadable": told.unreadable_count,
        "unreadable_rows": [
            {"file": row.place or args.file.name, "row": row.number, "key": row.unreadable, "why": _why(house, row)}
            for row in told.unreadable
        ],
    }


def _print(house: House, args: Namespace, told: Brought) -> None:
    counts, t = told.counts, house.language.t
    if args.dry_run:
        house.tell("import.rehearsed")
    if told.began_at:
        house.tell("import.went_on", row=told.began_at)
    house.table(
        ("file", "format", "new", "revised", "unchanged", "skipped", "unreadable"),
        [
            (
                args.file.name,
                t(f"import.format.{told.format}"),
                counts.new,
                counts.revised,
                counts.unchanged,
                counts.skipped + told.passed.total(),
                told.unreadable_count,
            )
        ],
    )
    for reason, count in counts.skipped_why.most_common():
        key = f"collect.skipped.{reason}"
        house.print(f"  {count}  {t(key) if house.language.has(key) else reason}")
    for reason, count in told.passed.most_common():
        house.print(f"  {count}  {t(f'import.passed.{reason}')}")
    if told.undated:
        house.print(f"  {told.undated}  {t('import.undated')}")
    _print_pictures(house, told)
    for row in told.unreadable[:_MOST_SHOWN]:
        place = f"{row.place} " if row.place else ""
        house.print(t("import.row", place=place, row=row.number, why=_why(house, row)))
    if told.unreadable_count > _MOST_SHOWN:
        house.print(t("import.more_rows", count=told.unreadable_count - _MOST_SHOWN))


def _print_pictures(house: House, told: Brought) -> None:
    if told.pictures:
        house.print(house.language.t("import.pictures", count=told.pictures))
    for key, count in told.pictures_failed.most_common():
        named = f"import.picture.{key}"
        words = house.language.t(named if house.language.has(named) else "import.picture.other")
        house.print(f"  {count}  {words}")


def _why(house: House, row: Row) -> str:
    return house.language.t(f"import.unreadable.{row.unreadable}", value=str(row.facts.get("value", "")))


class _Bar:
    """How many rows are done, on stderr, where somebody is looking."""

    def __init__(self, house: House, name: str) -> None:
        self._name = name
        self._shown = sys.stderr.isatty() and not house.as_json
        self._drawn = False

    def step(self, done: int, total: int) -> None:
        """Say how far it has come."""
        if not self._shown:
            return
        self._drawn = True
        filled = _BAR * min(done, total) // max(total, 1)
        line = f"\r[{'█' * filled}{'░' * (_BAR - filled)}] {done}/{total} {self._name}"
        print(f"{line[:100]:<100}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._drawn:
            print(file=sys.stderr)
