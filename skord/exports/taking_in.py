"""Taking a package in: its checksums first, then its pictures, then its tables in one transaction, then the shelf."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign.errors import InputError
from skord.exports.opening import Package
from skord.exports.package import EDITION, KIND
from storage.exporting import schema_version
from storage.importing import Compared, check_empty, compare_tables, import_tables
from storage.lines_of_tables import TABLES
from storage.media import write_renditions
from storage.shelf import draw_all
from storage.store import Store

#: What it is doing, how far, of how much.
Progress = Callable[[str, int, int], None]

_PICTURE = re.compile(r"pictures/([0-9a-f]{2})/(\1[0-9a-f]{62})-([1-9]\d{0,3})\.(jpg|webp)")
_MOST_PICTURE = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What came of it. ``campaigns`` are those of the package."""

    compared: list[Compared]
    campaigns: list[str]
    pictures: int


def is_package(path: Path) -> bool:
    """Return whether a file is a zip that says it is one of our packages: it has a bag's own file in it."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as found:
            return any(name.count("/") == 1 and name.endswith("/bagit.txt") for name in found.namelist()[-8:])
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return False


def take_in(store: Store, path: Path, progress: Progress) -> TakenIn:
    """Fill an empty installation from a package, or raise InputError with nothing written.

    A process that dies leaves at most picture files that nothing names, which are swept away.
    """
    with closing(Package(path)) as package:
        tables = _checked(store, package, progress)
        check_empty(store)
        pictures, written = _pictures(package), list[Path]()
        try:
            for done, name in enumerate(pictures, 1):
                written += _write(store, package, name)
                progress("pictures", done, len(pictures))
            total = sum(int(each["rows"]) for each in tables.values())
            compared = import_tables(
                store, _lines(package), _highest(package.manifest), total=total,
                progress=lambda done, of: progress("tables", done, of),
            )  # fmt: skip
        except BaseException:
            for each in written:
                each.unlink(missing_ok=True)
            raise
        draw_all(store, progress=lambda done, of: progress("shelf", done, of))
        return TakenIn(compared=compared, campaigns=list(package.manifest["campaigns"]), pictures=len(pictures))


def verify(store: Store, path: Path, progress: Progress) -> TakenIn:
    """Compare an installation with a package, table by table and picture by picture; nothing is written."""
    with closing(Package(path)) as package:
        _checked(store, package, progress)
        compared = compare_tables(store, _lines(package))
        pictures = _pictures(package)
        found = sum((store.media / name.removeprefix("pictures/")).is_file() for name in pictures)
        return TakenIn(compared=compared, campaigns=list(package.manifest["campaigns"]), pictures=found)


def _checked(store: Store, package: Package, progress: Progress) -> dict[str, Any]:
    """Check that a package is one that this program can take in here, and every checksum; return its tables."""
    told = package.manifest
    if told.get("kind") != KIND:
        raise InputError("file", "package_none", file="manifest.json")
    if told.get("edition") != EDITION or told.get("schema") != schema_version(store):
        made = f"{str(told.get('program', ''))[:20]} ({str(told.get('schema', ''))[:20]})"
        raise InputError("file", "package_version", made=made, here=schema_version(store))
    if told.get("whole") is not True:
        raise InputError("file", "package_part")
    tables, campaigns = told.get("tables"), told.get("campaigns")
    if not isinstance(campaigns, list) or not all(isinstance(each, str) for each in campaigns):
        raise InputError("file", "package_none", file="manifest.json")
    if not isinstance(tables, dict) or tables.keys() != {table.name for table in TABLES}:
        raise InputError("file", "package_tables")
    for name, each in tables.items():
        if not (isinstance(each, dict) and type(each.get("rows")) is int and isinstance(each.get("sha256"), str)):
            raise InputError("file", "package_lacks", file=name)
    package.check(lambda done, of: progress("checking", done, of))
    return tables


def _highest(told: dict[str, Any]) -> dict[str, int]:
    found = told.get("highest_ids")
    if not isinstance(found, dict):
        raise InputError("file", "package_none", file="manifest.json")
    if not all(type(each) is int and 0 <= each < 2**31 for each in found.values()):
        raise InputError("file", "package_none", file="manifest.json")
    return found


def _lines(package: Package) -> Callable[[str], Iterator[bytes]]:
    return lambda table: package.lines(f"tables/{table}.jsonl")


def _pictures(package: Package) -> list[str]:
    found = [name for name in package.files if name.startswith("pictures/")]
    for name in found:
        if not _PICTURE.fullmatch(name):
            raise InputError("file", "package_path", file=name[:100])
    # The widest JPEG of a picture names the others and comes last.
    return sorted(found, key=lambda name: (name.endswith(".jpg"), name.partition("-")[0], len(name), name))


def _write(store: Store, package: Package, name: str) -> list[Path]:
    """Write one picture file and return it, none where it stood there already: another database may name that."""
    match = _PICTURE.fullmatch(name)
    assert match is not None
    path = store.media / name.removeprefix("pictures/")
    stood = path.exists()
    body = {int(match[3]): package.read(name, most=_MOST_PICTURE)}
    modern = match[4] == "webp"
    write_renditions(store, match[2], {} if modern else body, body if modern else None)
    return [] if stood else [path]
