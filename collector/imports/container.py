"""Where the files of an archive lie: a folder, a zip, a tar, or one file by itself. All of it is hostile.

Nothing is unpacked under a name that the archive chose, so that no name can lead anywhere. Every reading is bounded,
whatever the archive says about sizes.
"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from campaign.errors import CollectError

MOST_DATA = 200_000_000
"""Bytes of one file with posts."""

MOST_MEMBERS = 400_000
MOST_UNPACKED = 8_000_000_000
"""Bytes of a packed tar once it is unpacked into a nameless file, which its pictures are read from."""

#: What packs tighter than this, from this size on, was made to harm; the archives of networks pack thirty to one.
_RATIO, _RATIO_FROM = 300, 5_000_000
_PIECE = 1 << 20


class Container(Protocol):
    """The files of an archive by their names, with "/" between folders."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all files, sorted."""

    def read(self, name: str, limit: int = MOST_DATA) -> bytes:
        """Return a file's bytes. Raises CollectError ``import_too_large``, ``import_bomb`` or ``import_damaged``."""


@contextmanager
def opened(path: Path) -> Iterator[Container]:
    """Open a folder or a file; what is packed is looked into. Raises CollectError."""
    if path.is_dir():
        yield Folder(path)
        return
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if start in (b"PK\x03\x04", b"PK\x05\x06"):
                yield Zip(file, path.name)
            elif start[:2] == b"\x1f\x8b" or path.name.endswith((".tar", ".tar.gz", ".tgz")):
                with _unpacked(file, path.name, packed=start[:2] == b"\x1f\x8b") as plain:
                    yield Tar(plain, path.name)
            else:
                yield Single(path)
    except OSError as error:
        raise CollectError("import_unreadable", permanent=True, file=path.name) from error


class Folder:
    """A folder on disk. Links are not followed: they could lead out of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found: list[str] = []
        for folder, folders, files in os.walk(path):
            folders.sort()
            for file in files:
                full = Path(folder) / file
                if stat.S_ISREG(full.lstat().st_mode):
                    found.append(full.relative_to(path).as_posix())
            if len(found) > MOST_MEMBERS:
                raise CollectError("import_too_many", permanent=True, file=path.name, limit=MOST_MEMBERS)
        self._names = tuple(sorted(found))

    def names(self) -> tuple[str, ...]:
        """Return the names of all files below the folder."""
        return self._names

    def read(self, name: str, limit: int = MOST_DATA) -> bytes:
        """Return a file's bytes."""
        with (self._path / name).open("rb") as file:
            return _bounded(file, name, limit)


class Single:
    """One file by itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> tuple[str, ...]:
        """Return the one name."""
        return (self._path.name,)

    def read(self, name: str, limit: int = MOST_DATA) -> bytes:
        """Return the file's bytes."""
        with self._path.open("rb") as file:
            return _bounded(file, name, limit)


class Zip:
    """A zip, read where it lies."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._name = name
        with _damage(name):
            self._zip = zipfile.ZipFile(file)
            infos = self._zip.infolist()
        if len(infos) > MOST_MEMBERS:
            raise CollectError("import_too_many", permanent=True, file=name, limit=MOST_MEMBERS)
        # Of two files with one name the last one counts, as for every program that unpacks.
        self._infos = {info.filename: info for info in infos if not info.is_dir()}

    def names(self) -> tuple[str, ...]:
        """Return the names of all files inside."""
        return tuple(sorted(self._infos))

    def read(self, name: str, limit: int = MOST_DATA) -> bytes:
        """Return the bytes of a file inside."""
        info = self._infos[name]
        if info.flag_bits & 1:
            raise CollectError("import_locked", permanent=True, file=self._name)
        if info.file_size > _RATIO_FROM and info.file_size > _RATIO * max(info.compress_size, 1):
            raise CollectError("import_bomb", permanent=True, file=name)
        with _damage(name), self._zip.open(info) as file:
            return _bounded(file, name, limit)


class Tar:
    """A tar that is not packed, or not any more."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._members: dict[str, tarfile.TarInfo] = {}
        with _damage(name):
            self._tar = tarfile.TarFile(fileobj=_Careful(file), mode="r")  # type: ignore[arg-type] # reads, seeks, tells
            for member in self._tar:
                if member.isreg():
                    self._members[member.name.removeprefix("./")] = member
                if len(self._members) > MOST_MEMBERS:
                    raise CollectError("import_too_many", permanent=True, file=name, limit=MOST_MEMBERS)

    def names(self) -> tuple[str, ...]:
        """Return the names of all files inside."""
        return tuple(sorted(self._members))

    def read(self, name: str, limit: int = MOST_DATA) -> bytes:
        """Return the bytes of a file inside."""
        with _damage(name):
            file = self._tar.extractfile(self._members[name])
            return b"" if file is None else _bounded(file, name, limit)


class _Careful:
    """A file that gives no more than is reasonable at once: a tar's own headers may claim any size."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.name = file.seek, file.tell, ""

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > MOST_DATA:
            raise tarfile.ReadError("too much at once")
        return self._file.read(size)


@contextmanager
def _unpacked(file: IO[bytes], name: str, *, packed: bool) -> Iterator[IO[bytes]]:
    """Give a tar that can be read here and there; a packed one from a nameless file on disk, gone afterwards."""
    if not packed:
        yield file
        return
    size = os.fstat(file.fileno()).st_size
    with tempfile.TemporaryFile() as plain:
        with _damage(name):
            written = 0
            source = gzip.GzipFile(fileobj=file)
            while piece := source.read(_PIECE):
                written += len(piece)
                if written > MOST_UNPACKED or (written > _RATIO_FROM * 20 and written > _RATIO * size):
                    raise CollectError("import_bomb", permanent=True, file=name)
                plain.write(piece)
        plain.seek(0)
        yield plain


def _bounded(file: IO[bytes], name: str, limit: int) -> bytes:
    body = file.read(limit + 1)
    if len(body) > limit:
        raise CollectError("import_too_large", permanent=True, file=name, limit=limit // 1_000_000)
    return body


@contextmanager
def _damage(name: str) -> Iterator[None]:
    """Name what the standard library makes of a damaged archive."""
    try:
        yield
    except CollectError:
        raise
    except RuntimeError as error:  # a password is wanted
        raise CollectError("import_locked", permanent=True, file=name) from error
    except (
        zipfile.BadZipFile, tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError, NotImplementedError, ValueError,
        OverflowError, KeyError, UnicodeError,
    ) as error:  # fmt: skip
        raise CollectError("import_damaged", permanent=True, file=name) from error
