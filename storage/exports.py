"""What was taken out of the house: by whom, when, what of it, and in which of it a story stands.

Recorded before the first byte leaves, and in the trail, so that a later removal can be told to whoever has a copy.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, or_, select, update

from campaign.errors import NotFoundError
from storage import schema
from storage.store import Actor, Store

_EXPORT = schema.export.c


class Numbers:
    """Which of many went out, by their ids: one bit each, so that a million are 125 kB."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """Note one."""
        at = number >> 3
        if at >= len(self._bits):
            self._bits.extend(bytes(at + 1 - len(self._bits)))
        self._bits[at] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        at = number >> 3
        return at < len(self._bits) and bool(self._bits[at] & 1 << (number & 7))

    def packed(self) -> bytes:
        """Return them as they are kept."""
        return zlib.compress(bytes(self._bits), 9)


def holds(packed: bytes, story_id: int) -> bool:
    """Return whether a story is among those that were kept."""
    # No more is unpacked than where the story would stand.
    bits = zlib.decompressobj().decompress(packed, (story_id >> 3) + 1)
    at = story_id >> 3
    return at < len(bits) and bool(bits[at] & 1 << (story_id & 7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export. ``who`` is "" for the command line; ``finished_at`` None while it is under way, or broken off.

    ``file`` is its name in the folder of exports, "" where it was written elsewhere or was removed.
    """

    id: int
    campaign: str | None
    account_id: int | None
    who: str
    at: datetime
    finished_at: datetime | None
    format: str
    asked: dict[str, str]
    inner: bool
    counts: dict[str, int]
    file: str
    digest: str
    reason: str


def begin_export(
    store: Store,
    campaign: str | None,
    *,
    format: str,
    asked: Mapping[str, str],
    inner: bool,
    reason: str = "",
    by: Actor,
    now: datetime,
) -> int:
    """Record that something is about to leave, in the trail too, and return its number."""
    facts: dict[str, Any] = {"format": format, "filters": dict(asked), "inner": inner}
    with store.write() as connection:
        done = connection.execute(
            insert(schema.export).values(
                campaign=campaign, account_id=by.account_id, at=now, format=format, asked=dict(asked), inner=inner,
                reason=reason.strip(),
            )
        )  # fmt: skip
        key = done.inserted_primary_key
        number = int(key[0]) if key is not None else 0
        connection.execute(
            insert(schema.decision).values(
                campaign=campaign, at=now, actor=by.kind, account_id=by.account_id, group=uuid.uuid4().hex,
                action="export_inner" if inner else "export", reason=reason.strip(), facts=facts | {"export": number},
            )
        )  # fmt: skip
    return number


def end_export(
    store: Store,
    number: int,
    *,
    counts: Mapping[str, int],
    stories: Numbers,
    digest: str,
    file: str = "",
    now: datetime,
) -> None:
    """Record that it has left whole."""
    with store.write() as connection:
        connection.execute(
            update(schema.export)
            .where(_EXPORT.id == number)
            .values(counts=dict(counts), stories=stories.packed(), digest=digest, file=file, finished_at=now)
        )


def list_exports(store: Store, campaign: str | None, *, limit: int = 50) -> list[Export]:
    """Return the exports that concern a campaign, those of the whole installation among them; the newest first."""
    with store.read() as connection:
        rows = connection.execute(_asked().where(_of(campaign)).limit(limit)).all()
    return [_export(row) for row in rows]


def exports_with(store: Store, campaign: str, story_id: int) -> list[Export]:
    """Return the exports in which a story has left, the newest first: who has it must be told when it is removed."""
    with store.read() as connection:
        rows = connection.execute(
            _asked().add_columns(_EXPORT.stories).where(_of(campaign), _EXPORT.stories.is_not(None))
        )
        return [_export(row) for row in rows if holds(row.stories, story_id)]


def get_export(store: Store, number: int) -> Export:
    """Return an export. NotFoundError ``export_missing``."""
    with store.read() as connection:
        row = connection.execute(_asked().where(_EXPORT.id == number)).one_or_none()
    if row is None:
        raise NotFoundError("export_missing")
    return _export(row)


def files_before(store: Store, moment: datetime) -> list[Export]:
    """Return the exports from before a moment whose file still lies in the folder."""
    with store.read() as connection:
        rows = connection.execute(_asked().where(_EXPORT.file != "", _EXPORT.at < moment)).all()
    return [_export(row) for row in rows]


def forget_files(store: Store, numbers: Iterable[int]) -> None:
    """Record that files were removed; that they were taken stays."""
    ids = list(numbers)
    if ids:
        with store.write() as connection:
            connection.execute(update(schema.export).where(_EXPORT.id.in_(ids)).values(file=""))


def _of(campaign: str | None) -> ColumnElement[bool]:
    return or_(_EXPORT.campaign == campaign, _EXPORT.campaign.is_(None))


def _asked() -> Any:
    account = schema.account.c
    told = [column for column in _EXPORT if column.name != "stories"]
    return (
        select(*told, account.display_name, account.name.label("account"))
        .outerjoin(schema.account, account.id == _EXPORT.account_id)
        .order_by(_EXPORT.id.desc())
    )


def _export(row: Row[Any]) -> Export:
    return Export(
        id=row.id,
        campaign=row.campaign,
        account_id=row.account_id,
        who=row.display_name or row.account or "",
        at=row.at,
        finished_at=row.finished_at,
        format=row.format,
        asked=dict(row.asked),
        inner=row.inner,
        counts=dict(row.counts),
        file=row.file,
        digest=row.digest,
        reason=row.reason,
    )
