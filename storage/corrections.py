"""What is put right after a letter has left: dated lines beside the stories that an issue told.

Whatever changes a story goes through ``_correct`` in its own transaction: what readers may see of it now is compared
with what the issue, or its latest correction, told them. The letter as it was sent is never changed, and no line is
ever taken away: what comes back gets a line of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from campaign.errors import InputError, NotFoundError
from campaign.newsletter import IssueState
from campaign.records import Post, Use
from storage import schema
from storage.posts import _load, public_query
from storage.store import Actor, Store, _bump

TEXT_MAX = 1_000

#: A shorter title says nothing by standing in a sentence.
_TELLING = 8

_CORRECTION = schema.correction.c
_DECISION = schema.decision.c
_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_POST = schema.post.c

_OUT = [str(state) for state in IssueState if state.out]


class Kind(StrEnum):
    """What a correction tells."""

    WITHDRAWN = "withdrawn"
    BACK = "back"
    WORDS = "words"
    WORDS_BACK = "words_back"
    PICTURE = "picture"
    PICTURE_BACK = "picture_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What readers see of a story that was told. ``version`` is 0 where nobody knows which words were told.

    ``picture`` says whether its picture is shown; False too where it was told without one.
    """

    shown: bool
    version: int
    picture: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One line. ``text`` is what a person wrote, "" where the made sentence stands; ``who`` is "" for a job.

    ``post_id`` is the post whose words were told, 0 where that was not kept; ``story_id`` its story when the line was
    made.
    """

    id: int
    campaign: str
    issue_id: int
    newsletter: str
    number: int
    story_id: int
    post_id: int
    kind: Kind
    text: str
    at: datetime
    who: str


def corrections(store: Store, issue_id: int) -> list[Correction]:
    """Return the corrections of an issue, the oldest first.

    Words that a person wrote while a story could be seen are not told of it when it cannot be: they may name it.
    """
    with store.read() as connection:
        rows = connection.execute(_query().where(_CORRECTION.issue_id == issue_id)).all()
        latest = {(row.post_id, row.story_id): bool(row.standing["shown"]) for row in rows}
        return [_line(row, latest[row.post_id, row.story_id]) for row in rows]


def corrections_of(store: Store, story_id: int) -> list[Correction]:
    """Return the corrections about a story in every issue that told it, the oldest first, as the desk sees them."""
    posts = select(_POST.id).where(_POST.story_id == story_id)
    query = _query().where(or_(_CORRECTION.post_id.in_(posts), _CORRECTION.story_id == story_id))
    with store.read() as connection:
        return [_line(row, seen=True) for row in connection.execute(query)]


def find_correction(store: Store, correction_id: int) -> Correction | None:
    """Return a correction as the desk sees it, None where there is none."""
    with store.read() as connection:
        row = connection.execute(_query().where(_CORRECTION.id == correction_id)).one_or_none()
    return _line(row, seen=True) if row is not None else None


def write_correction(store: Store, correction_id: int, text: str, *, by: Actor, now: datetime) -> Correction:
    """Put a person's words in place of the made sentence, "" takes that again.

    InputError ``text``: ``text_long``, or ``correction_title`` where they hold the title of what was taken away.
    NotFoundError ``correction_missing``.
    """
    words = " ".join(text.split())
    if len(words) > TEXT_MAX:
        raise InputError("text", "text_long", most=TEXT_MAX)
    with store.write() as connection:
        row = connection.execute(_query().where(_CORRECTION.id == correction_id)).one_or_none()
        if row is None:
            raise NotFoundError("correction_missing")
        if row.kind == Kind.WITHDRAWN and _names(row, words):
            raise InputError("text", "correction_title")
        if words == row.text:
            return _line(row, seen=True)
        connection.execute(update(schema.correction).where(_CORRECTION.id == correction_id).values(text=words))
        _record(connection, row, words, by=by, now=now)
        _bump(connection)
        return _line(connection.execute(_query().where(_CORRECTION.id == correction_id)).one(), seen=True)


def _correct(connection: Connection, story_id: int, *, now: datetime | None = None) -> None:
    """Note what has changed of a story for the readers of issues that told it. Who and when is the latest decision's.

    ``now`` is the moment of a change that no decision is about.
    """
    told = _told(connection, story_id)
    if not told:
        return
    at, account_id = (now, None) if now is not None else _latest(connection, story_id)
    for row in told:
        before = _before(connection, row)
        home = _home(connection, row, story_id)
        after = _now(connection, row, home, before, at)
        for kind in _changes(before, after, _as_sent(row)):
            connection.execute(
                insert(schema.correction).values(
                    campaign=row.campaign,
                    issue_id=row.issue_id,
                    story_id=home,
                    post_id=row.post_id,
                    kind=str(kind),
                    standing=asdict(after),
                    account_id=account_id,
                    at=at,
                )
            )


def _changes(before: Standing, after: Standing, sent: Standing) -> list[Kind]:
    """Return what readers are told of, in the order of telling. Pure."""
    if before.shown and not after.shown:
        return [Kind.WITHDRAWN]
    found = [Kind.BACK] if after.shown and not before.shown else []
    if after.shown and before.version != after.version:
        found.append(Kind.WORDS if after.version != sent.version else Kind.WORDS_BACK)
    if after.shown and before.picture != after.picture:
        found.append(Kind.PICTURE_BACK if after.picture else Kind.PICTURE)
    return found


def _told(connection: Connection, story_id: int) -> list[Any]:
    """Return where issues that have left tell a story, or a post that is in it now."""
    posts = select(_POST.id).where(_POST.story_id == story_id)
    mine = or_(_ITEM.post_id.in_(posts), and_(_ITEM.post_id.is_(None), _ITEM.story_id == story_id))
    query = (
        select(_ITEM.issue_id, _ITEM.story_id, _ITEM.post_id, _ISSUE.campaign, _ISSUE.frozen)
        .join(schema.issue, _ISSUE.id == _ITEM.issue_id)
        .where(mine, _ITEM.left_out.is_(False), _ISSUE.state.in_(_OUT), _ISSUE.frozen.is_not(None))
        .order_by(_ITEM.issue_id, _ITEM.id)
    )
    return list(connection.execute(query))


def _latest(connection: Connection, story_id: int) -> tuple[datetime, int | None]:
    posts = select(_POST.id).where(_POST.story_id == story_id)
    query = select(_DECISION.at, _DECISION.account_id).where(
        or_(_DECISION.story_id == story_id, _DECISION.post_id.in_(posts))
    )
    row = connection.execute(query.order_by(_DECISION.id.desc()).limit(1)).one()
    return row.at, row.account_id


def _before(connection: Connection, row: Row[Any]) -> Standing:
    """Return what readers were told last: by the latest correction, else by the issue."""
    query = select(_CORRECTION.standing).where(_CORRECTION.issue_id == row.issue_id, _place(row))
    last = connection.execute(query.order_by(_CORRECTION.id.desc()).limit(1)).scalar()
    return Standing(**last) if last is not None else _as_sent(row)


def _place(row: Row[Any]) -> ColumnElement[bool]:
    if row.post_id is not None:
        return and_(_CORRECTION.post_id == row.post_id)
    return and_(_CORRECTION.post_id.is_(None), _CORRECTION.story_id == row.story_id)


def _as_sent(row: Row[Any]) -> Standing:
    item = _frozen(row)
    picture = item.get("picture") or {}
    return Standing(
        shown=True, version=item.get("version_id", 0), picture=bool(picture) and bool(picture.get("web", True))
    )


def _frozen(row: Row[Any]) -> dict[str, Any]:
    """Return how the letter told it; nothing of a place that the letter does not have."""
    items = [item for section in row.frozen["sections"] for item in section["items"]]
    by_post = [item for item in items if row.post_id is not None and item.get("post_id") == row.post_id]
    return dict(next(iter(by_post or [item for item in items if item["story_id"] == row.story_id]), {}))


def _home(connection: Connection, row: Row[Any], story_id: int) -> int:
    """Return the story that tells it now."""
    if row.post_id is None:
        return story_id
    return int(connection.execute(select(_POST.story_id).where(_POST.id == row.post_id)).scalar_one())


def _now(connection: Connection, row: Row[Any], home: int, before: Standing, at: datetime) -> Standing:
    posts = _load(connection, public_query().where(_POST.story_id == home))
    told = [post for post in posts if post.id == row.post_id] if row.post_id is not None else posts
    if not told:
        return Standing(shown=False, version=before.version, picture=before.picture)
    version = told[0].version_id if before.version else 0
    return Standing(shown=True, version=version, picture=_pictured(row, posts, at))


def _pictured(row: Row[Any], posts: Sequence[Post], at: datetime) -> bool:
    """Return whether the picture that the letter showed may be shown on the web."""
    if not _as_sent(row).picture:
        return False
    file = _frozen(row)["picture"]["file"]
    return any(media.file == file and media.may_be_shown(Use.WEB, at) for post in posts for media in post.media)


def _names(row: Row[Any], words: str) -> bool:
    """Return whether words hold the title under which a story was told."""
    title = str(_frozen(row).get("title", "")).casefold()
    return len(title) >= _TELLING and title in words.casefold()


def _query() -> Any:
    account = schema.account.c
    return (
        select(
            schema.correction, _ISSUE.newsletter, _ISSUE.number, _ISSUE.frozen, account.display_name, account.name
        )
        .join(schema.issue, _ISSUE.id == _CORRECTION.issue_id)
        .outerjoin(schema.account, account.id == _CORRECTION.account_id)
        .order_by(_CORRECTION.id)
    )  # fmt: skip


def _line(row: Row[Any], seen: bool) -> Correction:
    """Return a line; of what cannot be ``seen`` without what was written while it could."""
    is_safe = seen or row.kind == Kind.WITHDRAWN
    return Correction(
        id=row.id,
        campaign=row.campaign,
        issue_id=row.issue_id,
        newsletter=row.newsletter,
        number=row.number,
        story_id=row.story_id or 0,
        post_id=row.post_id or 0,
        kind=Kind(row.kind),
        text=row.text if is_safe else "",
        at=row.at,
        who=row.display_name or row.name or "",
    )


def _record(connection: Connection, row: Row[Any], words: str, *, by: Actor, now: datetime) -> None:
    connection.execute(
        insert(schema.decision).values(
            campaign=row.campaign,
            at=now,
            actor=by.kind,
            account_id=by.account_id,
            group=uuid.uuid4().hex,
            action="correction_words",
            story_id=row.story_id,
            issue_id=row.issue_id,
            reason=words,
            facts={"correction": row.id, "number": row.number},
        )
    )
