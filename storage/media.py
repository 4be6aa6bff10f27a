"""Our own copies of pictures: which are still to be fetched, how it went, and where the files lie.

A picture's copies stand beside each other in ``media/ab/abcd….-480.jpg``: the SHA-256 of the widest, then the width
in pixels; beside most of them the same as ``.webp``, for browsers. Posts that show the same picture share them. A file
appears whole or not at all.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, case, func, null, or_, select, update

from campaign.errors import CollectError, Fact, StorageError
from campaign.records import PostState, Right
from storage import schema
from storage.deciding import _record, _story
from storage.pairs import _in_turn
from storage.store import JOB, Store, _bump

#: How often a picture is tried, and how long it rests in between.
MOST_TRIES = 3
PAUSES = (timedelta(minutes=10), timedelta(hours=6))
LONGEST_PAUSE = timedelta(days=2)

_MEDIA = schema.media.c
_POST = schema.post.c
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"([0-9a-f]{64})-(\d{1,4})\.(jpg|webp)")

#: Addresses that hold for hours or days only: signed ones, and those of hosts that sign all of theirs.
_EXPIRING = (
    "%?oe=%", "%&oe=%", "%x-amz-expires=%", "%?expires=%", "%&expires=%", "%.cdninstagram.com/%", "%.fbcdn.net/%",
    "%.fbsbx.com/%", "%.tiktokcdn%", "%media.licdn.com/%",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMedia:
    """A picture that is to be fetched now."""

    id: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFailure:
    """Why there is no copy of a picture. ``retry_at`` is None when it is not tried again."""

    key: str
    facts: dict[str, Fact]
    tries: int
    retry_at: datetime | None


def media_due(store: Store, *, now: datetime, limit: int) -> list[DueMedia]:
    """Return up to ``limit`` pictures to fetch: those whose addresses expire first, before all others; then second and
    third tries whose pause is over, then the newest.

    Pictures of posts that are gone at their source are left alone.
    """
    address = func.lower(_MEDIA.url)
    lasting = case((or_(*(address.like(pattern) for pattern in _EXPIRING)), 0), else_=1)
    query = (
        select(_MEDIA.id, _MEDIA.url)
        .join(schema.post, _POST.id == _MEDIA.post_id)
        .where(
            _MEDIA.file.is_(None),
            _MEDIA.kind == "image",
            _MEDIA.tries < MOST_TRIES,
            or_(_MEDIA.retry_at.is_(None), _MEDIA.retry_at <= now),
            _POST.state != PostState.GONE,
        )
        .order_by(lasting, _MEDIA.tries.desc(), _MEDIA.id.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return [DueMedia(id=row.id, url=row.url) for row in connection.execute(query)]


def set_file(store: Store, media_id: int, sha256: str, *, width: int, height: int) -> bool:
    """Record our copy of a picture, and that readers may see a change where they may see the post.

    A copy that somebody has refused to have shown is refused here as well. Return False, and record nothing, where the
    picture or its post went away in the meantime.
    """
    query = (
        select(_MEDIA.file, _MEDIA.right, _MEDIA.post_id, _POST.story_id, _POST.approved_version_id)
        .join(schema.post, _POST.id == _MEDIA.post_id)
        .where(_MEDIA.id == media_id, _POST.state != PostState.GONE)
    )
    values = {"file": sha256, "width": width, "height": height, "error": None, "retry_at": None}
    with store.write() as connection:
        _in_turn(connection)  # a refusal of the same file at this moment must be seen
        row = connection.execute(query).one_or_none()
        if row is None:
            return False
        if row.file != sha256:
            _follow_refusal(connection, row, media_id, sha256)
            connection.execute(update(schema.media).where(_MEDIA.id == media_id).values(values))
            if row.approved_version_id is not None and row.right != Right.NONE:
                _bump(connection)
        return True


def _follow_refusal(connection: Connection, row: Any, media_id: int, sha256: str) -> None:
    """Let a picture share the refusal of its file: what was taken out everywhere does not come back by another post."""
    shared = select(_MEDIA.right_at).where(_MEDIA.file == sha256, _MEDIA.right == Right.REFUSED)
    refused = connection.execute(shared.order_by(_MEDIA.id).limit(1)).first()
    if refused is None or row.right == Right.REFUSED:
        return
    story = _story(connection, row.story_id)
    connection.execute(
        update(schema.media).where(_MEDIA.id == media_id).values(right=str(Right.REFUSED), right_at=refused.right_at)
    )
    _record(
        connection, story, "withdraw", by=JOB, now=refused.right_at, facts={"from": {"right": row.right}},
        post_id=row.post_id, media_id=media_id,
    )  # fmt: skip


def set_failed(store: Store, media_id: int, error: CollectError, *, now: datetime) -> None:
    """Record why there is no copy, and when it is tried again; a permanent error is not tried again.

    The pause grows with each try and is longer where the server asks for it.
    """
    with store.write() as connection:
        tries = connection.execute(select(_MEDIA.tries).where(_MEDIA.id == media_id)).scalar_one_or_none()
        if tries is None:
            return
        tries = MOST_TRIES if error.permanent else tries + 1
        values = {
            "tries": tries,
            "error": {"key": error.key, "facts": error.facts},
            "retry_at": _retry_at(tries, error, now),
        }
        connection.execute(update(schema.media).where(_MEDIA.id == media_id).values(values))


def _retry_at(tries: int, error: CollectError, now: datetime) -> datetime | None:
    if tries >= MOST_TRIES:
        return None
    ours = now + PAUSES[tries - 1]
    return min(max(ours, error.retry_at or ours), now + LONGEST_PAUSE)


def retry_media(store: Store, media_id: int) -> bool:
    """Let a picture without a copy be fetched again at once, all its tries unused; False where there is no such."""
    untried = {"tries": 0, "retry_at": None, "error": null()}
    with store.write() as connection:
        tried = update(schema.media).where(_MEDIA.id == media_id, _MEDIA.file.is_(None)).values(untried)
        return connection.execute(tried).rowcount > 0


def media_failures(store: Store, media_ids: Sequence[int]) -> dict[int, MediaFailure]:
    """Return why those of the pictures that could not be fetched have no copy, by picture."""
    query = select(_MEDIA.id, _MEDIA.error, _MEDIA.tries, _MEDIA.retry_at).where(_MEDIA.id.in_(media_ids))
    with store.read() as connection:
        return {
            row.id: MediaFailure(key=row.error["key"], facts=row.error["facts"], tries=row.tries, retry_at=row.retry_at)
            for row in connection.execute(query)
            if row.error is not None
        }


def write_renditions(
    store: Store, sha256: str, renditions: Mapping[int, bytes], modern: Mapping[int, bytes] | None = None
) -> None:
    """Write a picture's copies, the bytes of each by its width in pixels: JPEG, and ``modern`` as WebP.

    Writing them again changes nothing. Whatever ends the program in between, a name never leads to half a file.
    StorageError ``disk_full`` or ``media_unwritable``.
    """
    folder = _folder(store, sha256)
    copies = [(f"{sha256}-{width}.webp", body) for width, body in sorted((modern or {}).items())]
    # The widest JPEG names them all and comes last: where it stands, the others do.
    copies += [(f"{sha256}-{width}.jpg", body) for width, body in sorted(renditions.items())]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in copies:
            path = folder / name
            if path.exists() and path.stat().st_size == len(body):
                os.utime(path)  # seen as new by ``sweep``, which may be looking just now
            else:
                _write_whole(path, body)
        _sync_folder(folder)
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError("disk_full") from problem
        raise StorageError("media_unwritable", where=str(store.media)) from problem


def _write_whole(path: Path, body: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)  # a web server in front of us may hand them out
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Make the new names as lasting as what they name."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def renditions(store: Store, sha256: str, *, kind: str = "jpg") -> tuple[int, ...]:
    """Return the widths in pixels in which we have a picture, the narrowest first; none for what is no name.

    ``kind`` is "jpg", which every picture has, or "webp".
    """
    if not _SHA256.fullmatch(sha256):
        return ()
    found = (_NAME.fullmatch(path.name) for path in _folder(store, sha256).glob(f"{sha256}-*.{kind}"))
    return tuple(sorted(int(match[2]) for match in found if match))


def path_of(store: Store, sha256: str, width: int, *, modern: bool = False) -> Path | None:
    """Return the file to show at ``width`` pixels: the narrowest that is wide enough, else the widest we have.

    With ``modern`` the same as WebP, where it was worth having. None where there is no copy. Safe with a name that a
    visitor wrote.
    """
    widths = renditions(store, sha256)
    if not widths:
        return None
    fitting = next((known for known in widths if known >= width), widths[-1])
    path = _folder(store, sha256) / f"{sha256}-{fitting}.jpg"
    webp = path.with_suffix(".webp")
    return webp if modern and webp.exists() else path


def sweep(store: Store, *, now: datetime, older: timedelta = timedelta(days=1)) -> int:
    """Remove files that no picture names any more and return how many: of erased posts, and of work cut short.

    What was written or confirmed more recently than ``older`` stays, since its record may be about to follow.
    """
    query = select(_MEDIA.file).where(_MEDIA.file.is_not(None)).distinct()
    with store.read() as connection:
        wanted = set(connection.execute(query).scalars())
    removed = 0
    for path in _own_files(store.media):
        match = _NAME.fullmatch(path.name)
        if match and match[1] in wanted:
            continue
        try:
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - older:
                path.unlink()
                removed += 1
        except FileNotFoundError:
            continue  # another process swept it
    return removed


def _own_files(media: Path) -> Iterator[Path]:
    """Pass over the copies and the left-overs of cut writing; nothing else in the folder is ours to remove."""
    folders: Iterable[Path] = sorted(media.glob("[0-9a-f][0-9a-f]"))
    for folder in folders:
        yield from (path for path in folder.iterdir() if _NAME.fullmatch(path.name) or path.suffix == ".part")


def _folder(store: Store, sha256: str) -> Path:
    return store.media / sha256[:2]
