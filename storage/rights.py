"""What is known of a picture: why it may be shown, and its words. Recorded by people, in the trail, undoable."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.records import SHOWING, Right, Use
from storage import schema
from storage.columns import as_json
from storage.deciding import _after, _record, _story
from storage.pairs import _in_turn
from storage.store import JOB, Actor, Store

_POST = schema.post.c
_MEDIA = schema.media.c
_DECISION = schema.decision.c

#: What is changed of a picture: the action of the trail and the columns.
Changes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Why a picture may be shown or may not, by whom, with what proof, for what, and until when (None: for good)."""

    right: Right
    right_from: str = ""
    proof: str = ""
    uses: Collection[Use] = tuple(Use)
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A picture's alt text as written at the desk, None for the author's own; or the choice that it needs none."""

    alt: str | None
    decorative: bool = False


def describe(
    store: Store,
    media_id: int,
    *,
    by: Actor,
    now: datetime,
    grant: Grant | None = None,
    words: Words | None = None,
    focus: tuple[int, int] | None = None,
    also: Collection[int] = (),
    press: str = "",
) -> str:
    """Record right, words and what stays in view of a picture in one press; return what undoes it, "" for no change.

    What is None stays. The right holds for the pictures ``also`` as well. InputError ``right_from`` (a permission names
    who gave it), ``right_uses`` (a right is for something), ``right_until`` (it has not ended already), ``focus``;
    NotFoundError ``media_missing``. A refusal is one of the file, wherever it stands.
    """
    if grant is not None:
        _check_grant(grant, now)
    if focus is not None and not all(0 <= each <= 100 for each in focus):
        raise InputError("focus", "focus_outside")
    changes: dict[str, dict[str, Any]] = {}
    if words is not None:
        alt = words.alt.strip() if words.alt is not None else None
        changes["alt"] = {"alt": alt, "decorative": words.decorative}
    if focus is not None:
        changes["focus"] = dict(zip(("focus_x", "focus_y"), focus, strict=True))
    with store.write() as connection:
        _in_turn(connection)
        own = _row(connection, media_id)
        wanted: list[tuple[Row[Any], Changes]] = [(own, changes)]
        if grant is not None:
            right = {"right": _right(grant, now)}
            others = [_row(connection, each) for each in also if each != media_id]
            shared = _sharing(connection, own) if grant.right is Right.REFUSED else []
            known = {row.id: row for row in (own, *others, *shared)}
            wanted = [(own, changes | right), *((row, right) for row in known.values() if row.id != own.id)]
        return _change(connection, wanted, by=by, now=now, press=press)


def set_right(
    store: Store,
    media_id: int,
    right: Right,
    *,
    by: Actor,
    now: datetime,
    right_from: str = "",
    proof: str = "",
    uses: Collection[Use] = tuple(Use),
    until: datetime | None = None,
    press: str = "",
) -> str:
    """Record why a picture may be shown, or that it may not; see ``describe``."""
    grant = Grant(right=right, right_from=right_from, proof=proof, uses=uses, until=until)
    return describe(store, media_id, grant=grant, by=by, now=now, press=press)


def set_alt(
    store: Store,
    media_id: int,
    alt: str | None,
    *,
    by: Actor,
    now: datetime,
    decorative: bool = False,
    press: str = "",
) -> str:
    """Write a picture's alt text at the desk, or choose that it needs none; see ``describe``."""
    return describe(store, media_id, words=Words(alt=alt, decorative=decorative), by=by, now=now, press=press)


def set_asked(store: Store, media_ids: Collection[int], *, by: Actor, now: datetime, press: str = "") -> str:
    """Record that the owner of pictures was asked for them just now; return the press that undoes it."""
    asked = {"asked": {"asked_at": now, "asked_by": by.account_id}}
    with store.write() as connection:
        return _change(connection, [(_row(connection, each), asked) for each in media_ids], by=by, now=now, press=press)


def withdraw(store: Store, media_id: int, *, by: Actor, now: datetime, press: str = "") -> str:
    """Take a picture out everywhere at once: no post that shares its file shows it; return the press that undoes it."""
    with store.write() as connection:
        _in_turn(connection)  # before it is asked who shares the file: a copy that is kept at this moment counts
        own = _row(connection, media_id)
        gone = {"withdraw": {"right": str(Right.REFUSED), "right_at": now, "right_until": None}}
        rows = {row.id: row for row in (own, *_sharing(connection, own))}
        return _change(connection, [(row, gone) for row in rows.values()], by=by, now=now, press=press)


def end_rights(store: Store, *, now: datetime) -> list[int]:
    """End the rights whose time is over, each with a row of the trail, and return the pictures."""
    over = (_MEDIA.right.in_(SHOWING), _MEDIA.right_until.is_not(None), _MEDIA.right_until <= now)
    with store.read() as connection:
        found = list(connection.execute(select(_MEDIA.id).where(*over).order_by(_MEDIA.id)).scalars())
    ended = []
    for media_id in found:
        with store.write() as connection:
            _in_turn(connection)
            row = connection.execute(select(schema.media).where(_MEDIA.id == media_id)).one_or_none()
            if row is None:
                continue
            story = _story(connection, _story_of(connection, row.post_id))
            # Read again under the story's lock: somebody may have prolonged it at this very moment.
            changed = update(schema.media).where(_MEDIA.id == media_id, *over).values(right=str(Right.ENDED))
            if connection.execute(changed).rowcount:
                facts = as_json({"from": row.right, "until": row.right_until})
                _record(
                    connection, story, "right_ended", by=JOB, now=now, facts=facts, post_id=row.post_id,
                    media_id=media_id,
                )  # fmt: skip
                _after(connection, story.id)
                ended.append(media_id)
    return ended


def _check_grant(grant: Grant, now: datetime) -> None:
    if grant.right is Right.PERMISSION and not grant.right_from.strip():
        raise InputError("right_from", "right_from_missing")
    if grant.right in SHOWING and not grant.uses:
        raise InputError("right_uses", "right_uses_missing")
    if grant.right in SHOWING and grant.until is not None and grant.until <= now:
        raise InputError("right_until", "right_until_passed")


def _right(grant: Grant, now: datetime) -> dict[str, Any]:
    return {
        "right": str(grant.right),
        "right_from": grant.right_from.strip(),
        "right_proof": grant.proof.strip(),
        "right_at": now if grant.right is not Right.NONE else None,
        "right_uses": [str(use) for use in Use if use in grant.uses],
        "right_until": grant.until if grant.right in SHOWING else None,
    }


def _row(connection: Connection, media_id: int) -> Row[Any]:
    row = connection.execute(select(schema.media).where(_MEDIA.id == media_id)).one_or_none()
    if row is None:
        raise NotFoundError("media_missing")
    return row


def _sharing(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    """Return every picture with the same file, of whichever post and campaign."""
    if row.file is None:
        return []
    return list(connection.execute(select(schema.media).where(_MEDIA.file == row.file).order_by(_MEDIA.id)).all())


def _story_of(connection: Connection, post_id: int) -> int:
    return int(connection.execute(select(_POST.story_id).where(_POST.id == post_id)).scalar_one())


def _change(
    connection: Connection, wanted: Sequence[tuple[Row[Any], Changes]], *, by: Actor, now: datetime, press: str
) -> str:
    """Change pictures in one press, with a row of the trail for each change of each; what stays leaves no row."""
    if not wanted:
        return ""
    _in_turn(connection)  # several stories are taken, and no post leaves its story meanwhile
    homes = {row.id: _story_of(connection, row.post_id) for row, _ in wanted}
    stories = {story_id: _story(connection, story_id) for story_id in sorted(set(homes.values()))}
    if press and _is_taken(connection, press, list(homes)):
        return press
    group = press or uuid.uuid4().hex
    touched = set()
    for known, changes in wanted:
        row = _row(connection, known.id)  # as it is under the lock
        for action, values in changes.items():
            before = {name: getattr(row, name) for name in values}
            if _is_same(before, values):
                continue
            connection.execute(update(schema.media).where(_MEDIA.id == row.id).values(values))
            facts = {"from": as_json(before), "to": as_json(values)}
            _record(
                connection, stories[homes[row.id]], action, by=by, now=now, facts=facts, post_id=row.post_id,
                media_id=row.id, group=group, before=as_json(before),
            )  # fmt: skip
            touched.add(homes[row.id])
    for story_id in sorted(touched):
        _after(connection, story_id)
    return group if touched else ""


def _is_taken(connection: Connection, press: str, media_ids: Collection[int]) -> bool:
    """Return whether a press about these pictures was taken before, wherever their posts are now.

    Of the pictures of one press some may have been as wanted already and have no row. ConflictError ``press_elsewhere``
    where its name stands for something else.
    """
    found = set(connection.execute(select(_DECISION.media_id).where(_DECISION.group == press)).scalars())
    if found and not found & set(media_ids):
        raise ConflictError("press_elsewhere")
    return bool(found)


def _is_same(before: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Return whether nothing changes; when it was written down is no change of its own."""
    return all(before[name] == values[name] for name in values if name != "right_at")
