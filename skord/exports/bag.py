"""A BagIt bag (RFC 8493) written as a zip while it is made: files under ``data/`` and a checksum for each.

Nothing but the file under way is held: what the zip's directory needs of each entry waits in a nameless file.
"""

from __future__ import annotations

import hashlib
import pickle
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from skord.exports.order import spool

#: Already packed: packing again costs time and wins nothing.
STORED = (".jpg", ".jpeg", ".webp", ".png", ".zip")
_PIECE = 1 << 16


class Writer:
    """One file of a bag while it is written."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self.sum, self.size = out, hashlib.sha256(), 0

    def write(self, part: bytes) -> None:
        """Add bytes."""
        self.sum.update(part)
        self.size += len(part)
        self._out.write(part)


class Bag:
    """A bag that is being filled, as a context: ``close`` it, or it is none."""

    def __init__(self, out: BinaryIO, name: str, now: datetime) -> None:
        self._name, self._now = name, now
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._entries = Entries()
        self._zip.filelist = self._entries  # type: ignore[assignment] # what a ZipFile asks of a list, it has
        self._sums = spool()
        self._files, self._bytes = 0, 0

    def __enter__(self) -> Bag:
        return self

    def __exit__(self, *_: object) -> None:
        # One that was broken off must not try to end its zip in a file that is being taken away.
        self._zip.fp = None
        self._sums.close()
        self._entries.close()

    @property
    def files(self) -> int:
        """How many files lie under ``data/`` so far."""
        return self._files

    @contextmanager
    def file(self, path: str) -> Iterator[Writer]:
        """Write one file under ``data/``."""
        with self._open(f"data/{path}") as writer:
            yield writer
        self._sums.write(f"{writer.sum.hexdigest()}  data/{path}\n".encode())
        self._files += 1
        self._bytes += writer.size

    def put(self, path: str, parts: Iterable[bytes] | bytes) -> Writer:
        """Write one file from what is given, and return what is known of it."""
        with self.file(path) as writer:
            for part in [parts] if isinstance(parts, bytes) else parts:
                writer.write(part)
        return writer

    def copy(self, path: str, source: Path) -> None:
        """Copy a file into the bag."""
        with source.open("rb") as file, self.file(path) as writer:
            while part := file.read(_PIECE):
                writer.write(part)

    def close(self, info: Iterable[tuple[str, str]]) -> None:
        """Write what makes it a bag: what it is, and the checksums."""
        tags = [self._tag("bagit.txt", [b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"])]
        told = [*info, ("Bagging-Date", f"{self._now:%Y-%m-%d}"), ("Payload-Oxum", f"{self._bytes}.{self._files}")]
        lines = [f"{name}: {' '.join(value.split())}\n".encode() for name, value in told if value.split()]
        tags.append(self._tag("bag-info.txt", lines))
        self._sums.seek(0)
        tags.append(self._tag("manifest-sha256.txt", iter(lambda: self._sums.read(_PIECE), b"")))
        self._tag("tagmanifest-sha256.txt", tags)
        self._zip.close()

    def _tag(self, name: str, parts: Iterable[bytes]) -> bytes:
        with self._open(name) as writer:
            for part in parts:
                writer.write(part)
        return f"{writer.sum.hexdigest()}  {name}\n".encode()

    @contextmanager
    def _open(self, path: str) -> Iterator[Writer]:
        info = zipfile.ZipInfo(f"{self._name}/{path}", self._now.timetuple()[:6])
        info.compress_type = zipfile.ZIP_STORED if path.lower().endswith(STORED) else zipfile.ZIP_DEFLATED
        info.external_attr = 0o100644 << 16
        with self._zip.open(info, "w", force_zip64=True) as out:
            yield Writer(out)  # type: ignore[arg-type] # it is written to, no more
        self._zip.NameToInfo.clear()


class Entries:
    """What a zip must remember of its entries, in a file instead of a list."""

    def __init__(self) -> None:
        self._file, self._count = spool(), 0

    def append(self, info: zipfile.ZipInfo) -> None:
        """Remember one."""
        pickle.dump(info, self._file)
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        self._file.seek(0)
        for _ in range(self._count):
            found = pickle.load(self._file)  # noqa: S301 - our own, from a file without a name
            assert isinstance(found, zipfile.ZipInfo)
            yield found
        self._file.seek(0, 2)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
