"""``skord import PACKAGE``: a package of ``skord export`` into an empty installation, or compared with one."""

from __future__ import annotations

from argparse import Namespace

from skord.commands.bar import Bar
from skord.wiring import House


def import_package(house: House, args: Namespace) -> int:
    """Take a package in, or with ``--verify`` compare it with what stands. 1 where something differs."""
    from skord.exports.taking_in import take_in, verify

    bar = Bar(house, "")

    def step(what: str, done: int, total: int) -> None:
        bar.name = house.language.t(f"export.step.{what}")
        bar.step(done, total)

    store = house.store if args.verify else house.open_store(create=True)
    try:
        told = (verify if args.verify else take_in)(store, args.file, step)
    finally:
        bar.end()
    for each in told.campaigns:
        if each not in house.settings.campaigns:
            house.tell("export.campaign_unset", campaign=each)
    house.table(
        ("table", "rows", "hash", "equal"),
        [
            (each.table, each.found.rows, each.found.sha256[:16], _equal(house, equal=each.equal))
            for each in told.compared
        ],
    )
    if not args.verify:
        house.tell("export.taken_in", pictures=told.pictures)
    return 0 if all(each.equal for each in told.compared) else 1


def _equal(house: House, *, equal: bool) -> object:
    return equal if house.as_json else house.language.t("export.equal" if equal else "export.differs")
