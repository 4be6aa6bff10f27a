"""Measuring points in the database: frozen once, never changed. What is erased on request keeps its hash and says so.

The rows of ``snapshot_part`` are only added; a trigger on both databases refuses every change but an erasure.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.settings import SourceSettings
from campaign.snapshots import Content, Part, PartKind, SnapshotKind, cut, differing, joined, whole
from storage import schema
from storage.freezing import Asked, _one_moment, _only_points, _picture
from storage.readable import _for_readers
from storage.store import Actor, Store, _bump

TITLE_MAX, TEXT_MAX = 200, 20_000

_SNAPSHOT = schema.snapshot.c
_PART = schema.snapshot_part.c
_POST = schema.post.c
_STORY = schema.story.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A measuring point without its content. ``who`` is "" where it was frozen by command.

    ``published_at`` None: only the desk sees it. ``withdrawn_at`` None: it stands; else it was made in error.
    """

    id: int
    campaign: str
    strategy: str
    kind: SnapshotKind
    title: str
    text: str
    as_of: date
    hash: str
    at: datetime
    who: str
    published_at: datetime | None
    withdrawn_at: datetime | None
    parts: int
    erased: int

    @property
    def is_public(self) -> bool:
        """Whether readers see it."""
        return self.published_at is not None and self.withdrawn_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a check found. ``wrong`` are the parts that are not what was frozen; ``list_wrong``: their list is not.

    ``head_wrong``: what the point is called, its day or its strategy is not what was frozen.
    """

    snapshot: Snapshot
    wrong: tuple[Part, ...]
    list_wrong: bool
    head_wrong: bool
    erased: int

    @property
    def whole(self) -> bool:
        """Whether it is what was frozen, erasures on request excepted."""
        return not (self.wrong or self.list_wrong or self.head_wrong)


def freeze(
    store: Store, strategy_id: str, *, kind: SnapshotKind, title: str, text: str = "", as_of: date, by: Actor,
    now: datetime, zone: tzinfo = UTC, sources: Mapping[str, SourceSettings] | None = None,
) -> Snapshot:  # fmt: skip
    """Freeze a strategy with its figures, evidence and analyses as they are now, and return the measuring point.

    ``as_of`` is the day it tells of: values of years up to its own, stories up to it, both as known now. Days are
    those of ``zone``; ``sources`` are the configuration's (who is named). InputError ``title`` (``snapshot_title``,
    ``text_long``), ``text`` or ``as_of`` (``snapshot_day``: it is yet to come); NotFoundError
    ``strategy_missing``.
    """
    asked = Asked(
        strategy=strategy_id, kind=kind, title=" ".join(title.split()), text=text.strip(), as_of=as_of, zone=zone,
        sources=sources or {},
    )  # fmt: skip
    _check(asked, now)
    with store.write() as connection:
        _one_moment(connection)
        _only_points(connection)
        content = _picture(connection, asked)
        parts = cut(content)
        id_ = _put(connection, asked, parts, by=by, now=now)
        found = _get(connection, id_)
        _record(connection, found, "snapshot_freeze", by=by, now=now)
        return found


def present(
    store: Store, strategy_id: str, *, as_of: date, now: datetime, kind: SnapshotKind = SnapshotKind.PRESENT,
    title: str = "", text: str = "", zone: tzinfo = UTC, sources: Mapping[str, SourceSettings] | None = None,
) -> Content:  # fmt: skip
    """Return what would be frozen now, not frozen; its parts' hash is that of a point frozen just so."""
    asked = Asked(
        strategy=strategy_id, kind=kind, title=" ".join(title.split()), text=text.strip(), as_of=as_of, zone=zone,
        sources=sources or {},
    )  # fmt: skip
    if as_of > now.astimezone(zone).date():
        raise InputError("as_of", "snapshot_day")
    with store.read() as connection:
        _one_moment(connection)
        return _with_heirs(connection, joined(cut(_picture(connection, asked))))


def snapshots(store: Store, strategy_id: str, *, public: bool = False) -> list[Snapshot]:
    """Return the measuring points of a strategy, the latest day last; with ``public`` those that readers may see."""
    with store.read() as connection:
        rows = connection.execute(_query().where(_SNAPSHOT.strategy_id == strategy_id)).all()
    found = sorted((_snapshot(row) for row in rows), key=lambda each: (each.as_of, each.id))
    return [each for each in found if each.is_public or not public]


def any_published(store: Store, campaign: str) -> bool:
    """Return whether readers see a measuring point of a campaign."""
    query = select(_SNAPSHOT.id).where(
        _SNAPSHOT.campaign == campaign, _SNAPSHOT.published_at.is_not(None), _SNAPSHOT.withdrawn_at.is_(None)
    )
    with store.read() as connection:
        return connection.execute(query.limit(1)).first() is not None


def get_snapshot(store: Store, snapshot_id: int, *, public: bool = False) -> Snapshot:
    """Return a measuring point. NotFoundError ``snapshot_missing``, with ``public`` for what readers may not see."""
    with store.read() as connection:
        return _get(connection, snapshot_id, only_public=public)


def content(store: Store, snapshot_id: int, *, public: bool = False) -> Content:
    """Return what was frozen.

    With ``public`` what readers may see of a published point (NotFoundError ``snapshot_missing`` for another): stories
    that are not public any more are left out and counted in ``away``; left out are indicators that are kept from
    readers, then or now, and why somebody chose a story, which is said to the desk alone.
    """
    with store.read() as connection:
        _one_moment(connection)
        _get(connection, snapshot_id, only_public=public)
        found = _with_heirs(connection, joined(_parts(connection, snapshot_id)))
        return _for_readers(connection, found) if public else found


def for_readers(store: Store, told: Content) -> Content:
    """Return of a content what readers may see now: for a page shown before it is published, or of the present."""
    with store.read() as connection:
        return _for_readers(connection, told)


def parts(store: Store, snapshot_id: int) -> tuple[Part, ...]:
    """Return the parts as they are kept, for a copy that anybody can check. For the desk: nothing is left out."""
    with store.read() as connection:
        _get(connection, snapshot_id)
        return _parts(connection, snapshot_id)


def publish(store: Store, snapshot_id: int, *, by: Actor, now: datetime) -> Snapshot:
    """Let readers see a measuring point. ConflictError ``snapshot_withdrawn``. Twice changes nothing."""
    return _turn(store, snapshot_id, "snapshot_publish", {"published_at": now}, by=by, now=now)


def unpublish(store: Store, snapshot_id: int, *, by: Actor, now: datetime) -> Snapshot:
    """Keep a measuring point from readers again; it can be published anew."""
    return _turn(store, snapshot_id, "snapshot_unpublish", {"published_at": None}, by=by, now=now)


def withdraw(store: Store, snapshot_id: int, *, by: Actor, now: datetime, reason: str = "") -> Snapshot:
    """Say for good that a measuring point was made in error: readers see it no more, the desk keeps it."""
    return _turn(store, snapshot_id, "snapshot_withdraw", {"withdrawn_at": now}, by=by, now=now, reason=reason)


def verify(store: Store, snapshot_id: int) -> Verified:
    """Compute every hash anew and say what differs."""
    with store.read() as connection:
        _one_moment(connection)
        found = _get(connection, snapshot_id)
        kept = _parts(connection, snapshot_id)
    wrong = differing(kept, found.hash)
    return Verified(
        snapshot=found,
        wrong=tuple(part for part in kept if part.position in wrong),
        list_wrong=-1 in wrong,
        head_wrong=not _says(found, kept),
        erased=sum(part.body is None for part in kept),
    )


def erase_story(store: Store, story_id: int, *, why: str, by: Actor, now: datetime) -> int:
    """Erase, on request, what every measuring point tells of a story, and return how many parts that was."""
    with store.write() as connection:
        _only_points(connection)
        story = connection.execute(select(schema.story).where(_STORY.id == story_id)).one_or_none()
        if story is None:
            raise NotFoundError("story_missing", story=story_id)
        count = _erase_story(connection, story_id, why=why, now=now)
        if count:
            connection.execute(
                insert(schema.decision).values(
                    campaign=story.campaign, at=now, actor=by.kind, account_id=by.account_id, group=uuid.uuid4().hex,
                    action="snapshot_erase", story_id=story_id, reason=why.strip(), facts={"parts": count},
                )
            )  # fmt: skip
        return count


def _erase_story(connection: Connection, story_id: int, *, why: str, now: datetime) -> int:
    """Erase what measuring points tell of a story, of those that it took up, and of its posts wherever they were.

    The words go, their hash stays: the point as a whole still verifies. Returns how many parts went.
    """
    taken_up = {story_id}
    while more := set(
        connection.execute(
            select(_STORY.id).where(_STORY.merged_into.in_(taken_up), _STORY.id.not_in(taken_up))
        ).scalars()
    ):
        taken_up |= more
    posts = connection.execute(select(_POST.id).where(_POST.story_id.in_(taken_up))).scalars().all()
    whole_ = (_PART.kind == PartKind.EVIDENCE) & _PART.body.is_not(None)
    wanted: list[ColumnElement[bool]] = [_PART.story_id.in_(taken_up)]
    # A quotation mark inside a told text is written \": what stands between bare ones is a name of ours.
    wanted += [_PART.body.contains(f'"post":{post_id},') for post_id in posts]
    count = 0
    for condition in wanted:
        done = connection.execute(
            update(schema.snapshot_part)
            .where(whole_ & condition)
            .values(body=None, erased_at=now, erased_why=why.strip())
        )
        count += done.rowcount
    if count:
        _bump(connection)
    return count


def _check(asked: Asked, now: datetime) -> None:
    if not asked.title:
        raise InputError("title", "snapshot_title")
    for field, text, most in (("title", asked.title, TITLE_MAX), ("text", asked.text, TEXT_MAX)):
        if len(text) > most:
            raise InputError(field, "text_long", most=most)
    if asked.as_of > now.astimezone(asked.zone).date():
        raise InputError("as_of", "snapshot_day")


def _put(connection: Connection, asked: Asked, kept: Sequence[Part], *, by: Actor, now: datetime) -> int:
    campaign = connection.execute(
        select(schema.strategy.c.campaign).where(schema.strategy.c.id == asked.strategy)
    ).scalar_one()
    done = connection.execute(
        insert(schema.snapshot).values(
            campaign=campaign, strategy_id=asked.strategy, kind=asked.kind, title=asked.title, text=asked.text,
            as_of=asked.as_of.isoformat(), hash=whole(kept), at=now, account_id=by.account_id,
        )
    )  # fmt: skip
    id_ = int(done.inserted_primary_key[0])  # type: ignore[index] # an insert of one row has one
    rows = [
        {
            "snapshot_id": id_,
            "position": part.position,
            "campaign": campaign,
            "kind": str(part.kind),
            "body": part.body,
            "sha256": part.sha256,
            "story_id": part.story,
        }
        for part in kept
    ]
    connection.execute(insert(schema.snapshot_part), rows)
    return id_


def _turn(
    store: Store, snapshot_id: int, action: str, values: Mapping[str, Any], *, by: Actor, now: datetime,
    reason: str = "",
) -> Snapshot:  # fmt: skip
    """Publish, unpublish or withdraw a point; what stands so already is left as it is."""
    with store.write() as connection:
        lock = select(_SNAPSHOT.id).where(_SNAPSHOT.id == snapshot_id).with_for_update()
        connection.execute(lock).one_or_none()
        before = _get(connection, snapshot_id)
        if before.withdrawn_at is not None and values.get("published_at") is not None:
            raise ConflictError("snapshot_withdrawn")
        if all((getattr(before, name) is None) == (value is None) for name, value in values.items()):
            return before
        connection.execute(update(schema.snapshot).where(_SNAPSHOT.id == snapshot_id).values(values))
        _record(connection, before, action, by=by, now=now, reason=reason)
        _bump(connection)
        return _get(connection, snapshot_id)


def _query() -> Any:
    account = schema.account.c
    counted = (
        select(func.count(_PART.position), func.count(_PART.erased_at))
        .where(_PART.snapshot_id == _SNAPSHOT.id)
        .correlate(schema.snapshot)
    )
    all_of_them = counted.with_only_columns(func.count(_PART.position)).scalar_subquery()
    gone = counted.with_only_columns(func.count(_PART.erased_at)).scalar_subquery()
    return select(
        schema.snapshot, account.display_name, account.name, all_of_them.label("parts"), gone.label("erased")
    ).outerjoin(schema.account, account.id == _SNAPSHOT.account_id)


def _get(connection: Connection, snapshot_id: int, *, only_public: bool = False) -> Snapshot:
    row = connection.execute(_query().where(_SNAPSHOT.id == snapshot_id)).one_or_none()
    found = _snapshot(row) if row is not None else None
    if found is None or (only_public and not found.is_public):
        raise NotFoundError("snapshot_missing")
    return found


def _snapshot(row: Row[Any]) -> Snapshot:
    return Snapshot(
        id=row.id,
        campaign=row.campaign,
        strategy=row.strategy_id,
        kind=SnapshotKind(row.kind),
        title=row.title,
        text=row.text,
        as_of=date.fromisoformat(row.as_of),
        hash=row.hash,
        at=row.at,
        who=row.display_name or row.name or "",
        published_at=row.published_at,
        withdrawn_at=row.withdrawn_at,
        parts=row.parts,
        erased=row.erased,
    )


def _parts(connection: Connection, snapshot_id: int) -> tuple[Part, ...]:
    query = select(schema.snapshot_part).where(_PART.snapshot_id == snapshot_id).order_by(_PART.position)
    return tuple(
        Part(
            position=row.position,
            kind=PartKind(row.kind),
            body=row.body,
            sha256=row.sha256,
            story=row.story_id,
            erased_at=row.erased_at,
            erased_why=row.erased_why,
        )
        for row in connection.execute(query)
    )


def _with_heirs(connection: Connection, told: Content) -> Content:
    """Return a content with what came of nodes of its strategy since, and before."""
    heir, node = schema.node_heir.c, schema.node.c
    query = select(heir.node_id, heir.heir_id).join(schema.node, node.id == heir.node_id)
    rows = connection.execute(query.where(node.strategy_id == told.head.strategy)).all()
    return replace(told, heirs=tuple((row.node_id, row.heir_id) for row in rows))


def _says(found: Snapshot, kept: Sequence[Part]) -> bool:
    """Return whether a point's row says what its frozen head says."""
    try:
        head = joined([part for part in kept if part.kind is PartKind.STRATEGY]).head
    except (ValueError, KeyError, TypeError):
        return False  # the head itself is gone, or no longer what it was
    return (head.kind, head.title, head.text, head.as_of, head.strategy) == (
        found.kind, found.title, found.text, found.as_of, found.strategy,
    )  # fmt: skip


def _record(
    connection: Connection, found: Snapshot, action: str, *, by: Actor, now: datetime, reason: str = ""
) -> None:
    connection.execute(
        insert(schema.decision).values(
            campaign=found.campaign, at=now, actor=by.kind, account_id=by.account_id, group=uuid.uuid4().hex,
            action=action, reason=reason.strip(),
            facts={
                "snapshot": found.id, "strategy": found.strategy, "name": found.title, "kind": str(found.kind),
                "as_of": found.as_of.isoformat(), "hash": found.hash,
            },
        )
    )  # fmt: skip
