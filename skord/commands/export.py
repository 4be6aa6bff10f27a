"""``skord export``: the archive as lines, as a table, as a package, as a site in a folder."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from campaign.errors import InputError
from skord.commands.bar import Bar
from skord.wiring import House

_NAMES = ("q", "year", "month", "week", "day", "area", "network", "place", "from_")


def export(house: House, args: Namespace) -> int:
    """Take out what is asked for, to a file or, lines and tables, to stdout where none is named."""
    from skord.exports.order import FORMATS, Order, carry_out
    from storage.store import Actor

    order = Order(
        format=args.format, campaign=args.campaign, asked=_asked(args), inner=args.inner, reason=args.reason,
        language=args.language,
    )  # fmt: skip
    account = _account(house, args.account)
    by = Actor(kind="person" if account else "job", account_id=account[0] if account else None)
    target = _target(house, args, FORMATS[args.format].ending)
    bar = Bar(house, target.name if target else args.format)
    try:
        made = carry_out(
            house, order, target or sys.stdout.buffer, by=by, who=account[1] if account else "", progress=bar.step
        )
    finally:
        bar.end()
    if target is None:
        sys.stdout.flush()
        return 0
    if house.as_json:
        told = {"file": str(target), "sha256": made.digest, "bytes": made.bytes, "export": made.number}
        house.give({**told, "format": args.format, "inner": args.inner, **made.counts})
        return 0
    for name, count in made.counts.items():
        house.print(f"{house.language.t(f'export.counted.{name}')}: {house.language.number(count)}")
    house.print(f"{made.digest}  {target}")
    return 0


def _asked(args: Namespace) -> dict[str, str]:
    from skord.exports.order import parts_of

    own = {name.rstrip("_"): str(getattr(args, name)) for name in _NAMES if getattr(args, name)}
    return {**(parts_of(args.query) if args.query else {}), **own}


def _account(house: House, name: str | None) -> tuple[int, str] | None:
    """Return who takes it out, None for the command itself."""
    if name is None:
        return None
    from skord.commands.account import find

    found = find(house, name)
    return found.id, found.called


def _target(house: House, args: Namespace, ending: str) -> Path | None:
    """Return the file to write; a package has a name of its own where none is given. None is stdout."""
    if args.format == "html":
        return _site(house, args)
    if args.to is None and args.format == "package":
        day = house.clock().astimezone(house.settings.site.timezone)
        who = args.campaign or next(iter(house.settings.campaigns))
        return Path(f"skord-{who}-{'inner' if args.inner else 'public'}-{day:%Y-%m-%d}.{ending}")
    if args.to is None or str(args.to) == "-":
        if args.format == "package":
            raise InputError("to", "export_place")
        return None
    target = Path(args.to)
    if target.is_dir():
        raise InputError("to", "export_folder", where=str(target))
    return target


def _site(house: House, args: Namespace) -> Path:
    """Return the folder of a site, or the zip; one with a name of its own where none is given."""
    from skord.exports.folders import is_free

    if str(args.to) == "-":
        raise InputError("to", "export_site_place")
    day = house.clock().astimezone(house.settings.site.timezone)
    target = Path(args.to or f"skord-{args.campaign or next(iter(house.settings.campaigns))}-{day:%Y-%m-%d}")
    if target.suffix.lower() != ".zip" and not is_free(target):
        raise InputError("to", "export_taken", where=str(target))
    return target
