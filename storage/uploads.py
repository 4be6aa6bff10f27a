"""Pictures that people upload at the desk: kept whole as they came until the job has made our own copies of them.

They lie in ``media/incoming/<SHA-256>``, are shown to nobody, and go as soon as no picture waits for them. The name is
made of the content: what somebody called the file is never a path of ours.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import ColumnElement, select

from campaign.errors import InputError, StorageError
from campaign.writing import UploadKind, is_file_name, kind_of, upload_address, uploaded
from storage import schema
from storage.media import MOST_TRIES
from storage.store import Store

#: The largest file that is taken in, in bytes; what phones and cameras make today, with room.
MOST_BYTES = 25_000_000

_CHUNK = 1 << 18
_MEDIA = schema.media.c

#: Why a file was not taken in; all concern the field ``pictures``.
_REFUSED = {UploadKind.HEIC: "upload_heic", UploadKind.SVG: "upload_svg", UploadKind.OTHER: "upload_kind"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Our own copy of a picture that was uploaded before."""

    file: str
    width: int
    height: int


def take_upload(store: Store, body: BinaryIO, *, name: str) -> str:
    """Keep a file and return its SHA-256; the same file again is kept once. ``name`` is for words alone.

    InputError ``pictures``: ``upload_large``, ``upload_empty``, ``upload_kind``, ``upload_heic``, ``upload_svg``.
    StorageError ``disk_full``, ``media_unwritable``.
    """
    start = body.read(2_048)
    if not start:
        raise InputError("pictures", "upload_empty", name=name)
    kind = kind_of(start)
    if not kind.taken:
        raise InputError("pictures", _REFUSED[kind], name=name)
    try:
        return _keep(_folder(store), start, body, name)
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError("disk_full") from problem
        raise StorageError("media_unwritable", where=str(store.media)) from problem


def _keep(folder: Path, start: bytes, body: BinaryIO, name: str) -> str:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, part = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        seen, size, chunk = hashlib.sha256(), 0, start
        with os.fdopen(handle, "wb") as file:
            while chunk:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise InputError("pictures", "upload_large", name=name, most=MOST_BYTES // 1_000_000)
                seen.update(chunk)
                file.write(chunk)
                chunk = body.read(_CHUNK)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(folder / seen.hexdigest())
        return seen.hexdigest()
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def read_upload(store: Store, file: str) -> bytes | None:
    """Return a file as it came, None where it is not (any more) there."""
    try:
        return (_folder(store) / file).read_bytes() if is_file_name(file) else None
    except FileNotFoundError:
        return None


def has_upload(store: Store, file: str) -> bool:
    """Return whether a picture can be made of a file: it lies here, or it was made already."""
    return is_file_name(file) and ((_folder(store) / file).exists() or find_copy(store, file) is not None)


def find_copy(store: Store, file: str) -> Copy | None:
    """Return our own copy that was made of a file for another story, None where there is none."""
    query = select(_MEDIA.file, _MEDIA.width, _MEDIA.height).where(
        _MEDIA.url == upload_address(file), _MEDIA.file.is_not(None)
    )
    with store.read() as connection:
        row = connection.execute(query.limit(1)).first()
    return Copy(file=row.file, width=row.width, height=row.height) if row else None


def drop_upload(store: Store, file: str) -> None:
    """Remove a file that no picture waits for any more."""
    if is_file_name(file) and not _awaited(store, _MEDIA.url == upload_address(file)):
        (_folder(store) / file).unlink(missing_ok=True)


def sweep_uploads(store: Store, *, now: datetime, older: timedelta = timedelta(days=1)) -> int:
    """Remove files of stories that were never saved, and of writing cut short, and return how many."""
    folder = _folder(store)
    wanted = _awaited(store, _MEDIA.url.startswith(upload_address("")))
    removed = 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in wanted or not (is_file_name(path.name) or path.suffix == ".part"):
            continue
        with suppress(FileNotFoundError):  # another process swept it
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - older:
                path.unlink()
                removed += 1
    return removed


def _awaited(store: Store, which: ColumnElement[bool]) -> set[str]:
    """Return the files of pictures that have no copy yet and are still to be tried."""
    query = select(_MEDIA.url).where(which, _MEDIA.file.is_(None), _MEDIA.tries < MOST_TRIES).distinct()
    with store.read() as connection:
        return {uploaded(url) for url in connection.execute(query).scalars()}


def _folder(store: Store) -> Path:
    return store.media / "incoming"
