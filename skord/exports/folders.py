"""Where the files of a site go while they are written: into a folder, or into a zip. Both come to their name whole."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from campaign.errors import InputError, SkordError
from skord.exports.bag import STORED, Entries

#: Lies in a folder that is being written, so that what an interrupted export left is known as ours and taken away.
_MARK = "skord-under-way"
_PIECE = 1 << 16


class Sink(Protocol):
    """What takes files. ``files`` and ``size`` count what it has taken, files and bytes."""

    files: int
    size: int

    def put(self, path: str, body: bytes) -> None:
        """Take one file."""

    def copy(self, path: str, source: Path) -> None:
        """Take a copy of a file."""


class Folder:
    """A folder being filled. ``digest`` is of the paths and hashes of all files in the order of their writing."""

    def __init__(self, root: Path) -> None:
        self._root, self._sum, self.files, self.size = root, hashlib.sha256(), 0, 0
        self._made: set[str] = set()

    def put(self, path: str, body: bytes) -> None:
        """Take one file."""
        place = self._place(path)
        place.write_bytes(body)
        self._note(path, hashlib.sha256(body).hexdigest(), len(body))

    def copy(self, path: str, source: Path) -> None:
        """Take a copy of a file."""
        place = self._place(path)
        shutil.copyfile(source, place)
        with place.open("rb") as file:
            self._note(path, hashlib.file_digest(file, "sha256").hexdigest(), place.stat().st_size)

    @property
    def digest(self) -> str:
        """The SHA-256 of everything so far."""
        return self._sum.hexdigest()

    def _place(self, path: str) -> Path:
        place = self._root / path
        above = path.rpartition("/")[0]
        if above not in self._made:
            place.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(above)
        return place

    def _note(self, path: str, digest: str, size: int) -> None:
        self._sum.update(f"{digest}  {path}\n".encode())
        self.files += 1
        self.size += size


class Zip:
    """A zip being filled; everything lies in one folder of it. ``close`` it, or it is none."""

    def __init__(self, out: BinaryIO, name: str, now: datetime) -> None:
        self._name, self._now, self.files, self.size = name, now, 0, 0
        self._zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._entries = Entries()
        self._zip.filelist = self._entries  # type: ignore[assignment] # what a ZipFile asks of a list, it has

    def put(self, path: str, body: bytes) -> None:
        """Take one file."""
        with self._zip.open(self._info(path), "w", force_zip64=True) as out:
            out.write(body)
        self._note(len(body))

    def copy(self, path: str, source: Path) -> None:
        """Take a copy of a file."""
        size = 0
        with source.open("rb") as file, self._zip.open(self._info(path), "w", force_zip64=True) as out:
            while part := file.read(_PIECE):
                out.write(part)
                size += len(part)
        self._note(size)

    def close(self) -> None:
        """End the zip."""
        self._zip.close()

    def abandon(self) -> None:
        """Let go of what the zip needed. One that was broken off must not try to end itself in a file that goes."""
        self._zip.fp = None
        self._entries.close()

    def _info(self, path: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(f"{self._name}/{path}", self._now.timetuple()[:6])
        info.compress_type = zipfile.ZIP_STORED if path.endswith((*STORED, ".woff2")) else zipfile.ZIP_DEFLATED
        info.external_attr = 0o100644 << 16
        return info

    def _note(self, size: int) -> None:
        self._zip.NameToInfo.clear()
        self.files += 1
        self.size += size


def is_free(target: Path) -> bool:
    """Return whether a folder can be made at a place: nothing stands there, or an empty folder."""
    return not target.exists() or (target.is_dir() and not any(target.iterdir()))


def whole_folder(target: Path, fill: Callable[[Folder], None]) -> tuple[str, int]:
    """Fill ``target``.part, give it its name, and return digest and bytes. What is broken off leaves nothing.

    InputError ``export_taken`` where something stands there; SkordError ``export_unwritable``.
    """
    if not is_free(target):
        raise InputError("to", "export_taken", where=str(target))
    part = target.with_name(f"{target.name}.part")
    _forget(part)
    try:
        part.mkdir(parents=True)
        (part / _MARK).touch()
        folder = Folder(part)
        fill(folder)
        (part / _MARK).unlink()
        if target.exists():
            target.rmdir()
        os.replace(part, target)
    except OSError as problem:
        raise SkordError("export_unwritable", where=str(target), why=problem.strerror or "") from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder.digest, folder.size


def _forget(part: Path) -> None:
    """Take away what an export left that was killed. Another's folder stays: InputError ``export_taken``."""
    if (part / _MARK).is_file():
        shutil.rmtree(part, ignore_errors=True)
    if part.exists():
        raise InputError("to", "export_taken", where=str(part))
