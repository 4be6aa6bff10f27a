"""``skord database``: its state, upgrade, backup and restore."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from skord.wiring import House


def status(house: House, args: Namespace) -> int:  # noqa: ARG001
    """Say what stands at the database's address. Raises StorageError where it cannot be used."""
    from storage.engine import make_engine, sqlite_path, standing

    engine = make_engine(house.settings.storage.url)
    found = standing(engine)
    path = sqlite_path(engine.url)
    where = str(path) if path else engine.url.render_as_string(hide_password=True)
    engine.dispose()
    if house.as_json:
        house.give({"where": where, "standing": found})
    else:
        house.print(house.language.t(f"cli.database_{found}", where=where))
    return 0 if found == "current" else 1


def upgrade(house: House, args: Namespace) -> int:  # noqa: ARG001
    """Bring the database to the program's schema. A copy of an SQLite database is laid beside it first."""
    from storage.engine import Standing, make_engine, sqlite_path, standing
    from storage.engine import upgrade as migrate

    engine = make_engine(house.settings.storage.url)
    found = standing(engine)
    path = sqlite_path(engine.url)
    if found is Standing.OLDER and path is not None:
        house.print(str(_backup(house, path.parent / "backup")))
    if found is not Standing.CURRENT:
        migrate(engine)
    engine.dispose()
    # What is drawn from the rest is drawn now, not when the first reader comes.
    house.open_store(create=False)
    house.tell("cli.database_current", where=house.settings.storage.url.rpartition("@")[2])
    return 0


def backup(house: House, args: Namespace) -> int:
    """Make a consistent copy of database and pictures while everything runs."""
    made = _backup(house, args.folder)
    if house.as_json:
        house.give({"backup": str(made)})
    else:
        house.print(str(made))
    return 0


def restore(house: House, args: Namespace) -> int:
    """Prove a backup, and put it in place of the database unless ``--verify``."""
    from storage.backup import restore as put_back
    from storage.backup import verify

    proof = verify(args.backup)
    house.tell("cli.backup_proved", posts=proof.posts, stories=proof.stories, pictures=proof.pictures)
    if not args.verify:
        kept = put_back(args.backup, house.settings.storage, now=house.clock())
        house.tell("cli.backup_restored", kept=str(kept) if kept else "–")
    return 0


def _backup(house: House, folder: Path) -> Path:
    from storage.backup import backup as copy

    return copy(house.settings.storage, folder, now=house.clock())
