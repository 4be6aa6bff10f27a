"""``skord subscriber``: who gets the newsletter."""

from __future__ import annotations

from argparse import Namespace

from campaign.errors import InputError
from campaign.settings import NewsletterSettings
from skord.commands.issue import newsletter
from skord.wiring import House


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
    """Add the addresses of a CSV file, with a line for each that was not added. 1 where there are such."""
    from digest import subscribe
    from storage.subscribers import Added

    try:
        text = args.file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError("file", "file_unreadable", file=str(args.file)) from problem
    rows = list(
        subscribe.import_csv(
            house.store,
            _newsletter(house, args),
            text,
            source=house.language.t("cli.subscriber_source_file", file=args.file.name),
            language=house.settings.site.language,
            now=house.clock(),
        )
    )
    kept_out = [row for row in rows if row.result is not Added.ADDED]
    if house.as_json or kept_out:
        shown = rows if house.as_json else kept_out
        house.table(("row", "address", "status"), [(row.line, row.address, str(row.result)) for row in shown])
    house.tell("cli.subscriber_imported", count=len(rows), added=len(rows) - len(kept_out), skipped=len(kept_out))
    return 1 if kept_out else 0


def export(house: House, args: Namespace) -> int:
    """Print every address and its state as CSV."""
    from digest import subscribe

    for line in subscribe.export_csv(house.store, _newsletter(house, args)):
        house.print(line.rstrip("\n"))
    return 0
