"""``skord subscriber``: who gets the newsletter."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from campaign.errors import InputError
from campaign.settings import NewsletterSettings
from skord.commands.issue import newsletter
from skord.wiring import House

if TYPE_CHECKING:
    from digest.lists import Line


def _newsletter(house: House, args: Namespace) -> NewsletterSettings:
    return house.settings.newsletters[newsletter(house, args.newsletter)]


def add(house: House, args: Namespace) -> int:
    """Add an address whose owner has asked for the newsletter in another way."""
    from digest import subscribe

    result = subscribe.add(
        house.store,
        _newsletter(house, args),
        args.address,
        source=house.language.t("cli.subscriber_source"),
        language=house.settings.site.language,
        now=house.clock(),
    )
    house.table(("address", "status"), [(args.address, str(result))])
    return 0


def remove(house: House, args: Namespace) -> int:
    """Take an address away; it gets no letter again, even when it is imported again."""
    from digest import subscribe

    subscribe.remove(house.store, _newsletter(house, args), args.address, now=house.clock())
    house.tell("cli.subscriber_removed", address=args.address)
    return 0


def import_(house: House, args: Namespace) -> int:
    """Add the addresses of a file, or with ``--dry-run`` say what would become of each; a line for each that is not
    added. 1 where there are such.
    """
    from digest import lists
    from storage.subscribers import Added

    try:
        data = args.file.read_bytes()
    except OSError as problem:
        raise InputError("file", "file_unreadable", file=str(args.file)) from problem
    newsletter = _newsletter(house, args)
    lines = lists.look(house.store, newsletter, data, args.file.name)
    if not args.dry_run:
        lines = lists.take(
            house.store,
            newsletter,
            lines,
            source=args.source or house.language.t("cli.subscriber_source_file", file=args.file.name),
            language=house.settings.site.language,
            now=house.clock(),
        )
    kept_out = [line for line in lines if line.result is not Added.ADDED]
    if house.as_json or kept_out:
        shown = lines if house.as_json else kept_out
        house.table(("row", "address", "status"), [(line.row, line.address, _status(line)) for line in shown])
    key = "subscription.cli.would" if args.dry_run else "cli.subscriber_imported"
    house.tell(key, count=len(lines), added=len(lines) - len(kept_out), skipped=len(kept_out))
    return 1 if kept_out else 0


def _status(line: Line) -> str:
    return "twice" if line.twice else str(line.result)


def export(house: House, args: Namespace) -> int:
    """Print every address and its state as CSV."""
    from digest import subscribe

    for line in subscribe.export_csv(house.store, _newsletter(house, args)):
        house.print(line.rstrip("\n"))
    return 0
