"""Opening a package that somebody hands over: nothing in it is believed before it was looked at.

It is a zip, and zips lie: about paths, links, sizes, how often a name stands in them. Whatever is not a plain bag of
ours is refused by name, before anything is written anywhere.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from campaign.errors import InputError

#: Bounds that no package of ours comes near: entries, bytes of the directory, how far a file may have been packed.
_MOST_ENTRIES, _MOST_DIRECTORY, _MOST_PACKED = 3_000_000, 600_000_000, 200
_SMALL = 10_000_000
_MOST_LINE = 64_000_000
_PIECE = 1 << 18

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_SUM = re.compile(r"([0-9a-f]{64})  (\S+)")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")


class Package:
    """An open package. Raises InputError with a key that begins "package_" for whatever is wrong; ``close`` it."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb")
        except OSError as problem:
            raise InputError("file", "package_unreadable", file=str(path)) from problem
        try:
            _check_directory(self._file)
            self._zip = zipfile.ZipFile(self._file)
            self._entries = _entries(self._zip, path.stat().st_size)
            self.manifest = self._manifest()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error) as problem:
            self._file.close()
            raise InputError("file", "package_none", file=path.name) from problem
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()

    @property
    def files(self) -> list[str]:
        """The names of everything under ``data/``, in order."""
        return sorted(name.removeprefix("data/") for name in self._entries if name.startswith("data/"))

    def check(self, progress: Callable[[int, int], None]) -> None:
        """Read every byte and compare it with its checksum; what is not listed, or lacking, is wrong too."""
        listed = dict(self._sums("manifest-sha256.txt"))
        if listed.keys() != {name for name in self._entries if name.startswith("data/")}:
            raise InputError("file", "package_list")
        tags = dict(self._sums("tagmanifest-sha256.txt"))
        if not {"bagit.txt", "bag-info.txt", "manifest-sha256.txt"} <= tags.keys() <= self._entries.keys():
            raise InputError("file", "package_list")
        for done, (name, expected) in enumerate({**tags, **listed}.items(), 1):
            found = hashlib.sha256()
            for part in self._parts(name):
                found.update(part)
            if found.hexdigest() != expected:
                raise InputError("file", "package_checksum", file=name)
            progress(done, len(tags) + len(listed))

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of a file under ``data/``."""
        with self._open(f"data/{name}") as file:
            while line := file.readline(_MOST_LINE):
                if len(line) == _MOST_LINE:
                    raise InputError("file", "package_long", file=name)
                yield line

    def read(self, name: str, *, most: int) -> bytes:
        """Return a file under ``data/`` that has at most so many bytes."""
        if self._entry(f"data/{name}").file_size > most:
            raise InputError("file", "package_long", file=name)
        return b"".join(self._parts(f"data/{name}"))

    def _entry(self, name: str) -> zipfile.ZipInfo:
        if name not in self._entries:
            raise InputError("file", "package_lacks", file=name)
        return self._entries[name]

    def _open(self, name: str) -> BinaryIO:
        entry = self._entry(name)
        try:
            return self._zip.open(entry)  # type: ignore[return-value] # it is read, no more
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, RuntimeError) as problem:
            raise InputError("file", "package_checksum", file=name) from problem

    def _parts(self, name: str) -> Iterator[bytes]:
        with self._open(name) as file:
            while True:
                try:
                    part = file.read(_PIECE)
                except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as problem:
                    raise InputError("file", "package_checksum", file=name) from problem
                if not part:
                    return
                yield part

    def _sums(self, name: str) -> Iterator[tuple[str, str]]:
        with self._open(name) as file:
            while line := file.readline(5_000):
                match = _SUM.fullmatch(line.decode("utf-8", "replace").rstrip("\n"))
                if match is None:
                    raise InputError("file", "package_list")
                yield match[2], match[1]

    def _manifest(self) -> dict[str, Any]:
        try:
            told = json.loads(self.read("manifest.json", most=_SMALL))
        except (ValueError, RecursionError) as problem:
            raise InputError("file", "package_none", file="manifest.json") from problem
        if not isinstance(told, dict):
            raise InputError("file", "package_none", file="manifest.json")
        return told


def _check_directory(file: BinaryIO) -> None:
    """Refuse a directory that would fill the memory before ``zipfile`` reads it whole."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise zipfile.BadZipFile("no end of the directory")
    _, _, _, _, count, length, _, _ = _END.unpack_from(tail, at)
    far = tail.rfind(b"PK\x06\x06", 0, at)
    if far >= 0 and len(tail) - far >= _END64.size:
        count, length = max(count, _END64.unpack_from(tail, far)[7]), max(length, _END64.unpack_from(tail, far)[8])
    elif count == 0xFFFF or length == 0xFFFFFFFF:
        raise zipfile.BadZipFile("no end of a large directory")
    if count > _MOST_ENTRIES or length > _MOST_DIRECTORY:
        raise InputError("file", "package_bomb", file="")
    file.seek(0)


def _entries(zip_: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """Return what a zip holds, by its name below the bag's own folder."""
    found: dict[str, zipfile.ZipInfo] = {}
    tops: set[str] = set()
    packed = 0
    for entry in zip_.infolist():
        top, _, name = entry.filename.partition("/")
        if entry.filename.endswith("/") and _NAME.fullmatch(entry.filename.rstrip("/")) and not entry.file_size:
            continue  # a folder, as other programs write them
        _check_entry(entry)
        tops.add(top)
        if len(tops) > 1 or not name or name in found:
            raise InputError("file", "package_path", file=entry.filename[:100])
        found[name] = entry
        packed += entry.compress_size
    if packed > size:  # several entries that are the same bytes
        raise InputError("file", "package_bomb", file="")
    return found


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if entry.orig_filename != name or not _NAME.fullmatch(name) or kind not in (0, stat.S_IFREG):
        raise InputError("file", "package_path", file=name[:100])
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError("file", "package_none", file=name[:100])
    if entry.file_size > _SMALL and entry.file_size > _MOST_PACKED * max(entry.compress_size, 1):
        raise InputError("file", "package_bomb", file=name[:100])
