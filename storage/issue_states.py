"""An issue's way from draft to sent: approved by a person, frozen, sent, or told why not.

When each step is due is decided in ``digest/work.py``; here each is one transaction that refuses to run from a state
it does not start in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from campaign.errors import ConflictError
from campaign.newsletter import DeliveryState, Issue, IssueState, Why
from campaign.periods import Week
from storage import schema
from storage.issues import UNAPPROVED, _check_changes, _expect, _issue, _record, _row, _why_json
from storage.leases import OUTBOX, _hush
from storage.pairs import _in_turn
from storage.posts import public
from storage.store import Actor, Store, _mark

_ISSUE = schema.issue.c
_ITEM = schema.issue_item.c
_STORY = schema.story.c
_POST = schema.post.c


def approve(
    store: Store, issue_id: int, content: str, *, by: Actor, now: datetime, changes: int, approvers: int = 1
) -> Issue:
    """Record that a person wants exactly this content (its hash) sent.

    Where two ``approvers`` are needed the first leaves the issue a draft that waits for another person's word about
    the very same content. ConflictError ``issue_changed`` where the issue is not what they saw, ``issue_state`` where
    it is not open, ``issue_other_person`` where the first would be the second too.
    """
    with store.write() as connection:
        row = _row(connection, issue_id)
        _expect(row, IssueState.DRAFT, IssueState.HELD, IssueState.MISSED, IssueState.APPROVED)
        _check_changes(row, changes)
        # Also where it stands approved: two approved another content then.
        if approvers > 1 and row.approved_hash != content:
            if row.first_by is None or row.first_hash != content or not _is_open(connection, row.first_by):
                return _approve_first(connection, row, content, by=by, now=now)
            if row.first_by == by.account_id:
                raise ConflictError("issue_other_person", number=row.number)
        values = {"approved_at": now, "approved_by": by.account_id, "approved_hash": content}
        connection.execute(
            update(schema.issue).where(_ISSUE.id == issue_id).values(state=str(IssueState.APPROVED), why=None, **values)
        )
        _record(connection, row, "issue_approve", by=by, now=now, facts={"hash": content})
        return _issue(_row(connection, issue_id))


def _is_open(connection: Connection, account_id: int) -> bool:
    """Return whether an account still stands: who has left the house is no second pair of eyes."""
    account = schema.account.c
    standing = select(account.id).where(account.id == account_id, account.disabled_at.is_(None))
    return connection.execute(standing).scalar() is not None


def _approve_first(connection: Connection, row: Row[Any], content: str, *, by: Actor, now: datetime) -> Issue:
    values: dict[str, Any] = {**UNAPPROVED, "first_by": by.account_id, "first_hash": content}
    if row.state == IssueState.APPROVED:
        values["state"] = str(IssueState.DRAFT)
    connection.execute(update(schema.issue).where(_ISSUE.id == row.id).values(values))
    _record(connection, row, "issue_approve_first", by=by, now=now, facts={"hash": content})
    return _issue(_row(connection, row.id))


def set_state(
    store: Store,
    issue_id: int,
    state: IssueState,
    *,
    expect: Sequence[IssueState],
    by: Actor,
    now: datetime,
    why: Why | None = None,
) -> Issue:
    """Move an issue from one of the expected states. ConflictError ``issue_state`` where it is in none of them.

    A state that is not approved or being sent forgets the approval, except ``MISSED``: a new time alone revives it.
    """
    with store.write() as connection:
        row = _row(connection, issue_id)
        _expect(row, *expect)
        values: dict[str, Any] = {"state": str(state), "why": _why_json(why) if why else None}
        if state in (IssueState.DRAFT, IssueState.HELD, IssueState.CANCELLED):
            values |= UNAPPROVED
        if state in (IssueState.HELD, IssueState.MISSED, IssueState.PAUSED):
            # The editors are told of it by mail, unless it was one of them.
            values["missed_told_at"] = now if by.kind == "person" else None
        if state is IssueState.SENT:
            values["sent_at"] = now
        if state is IssueState.CANCELLED:
            connection.execute(delete(schema.issue_look).where(schema.issue_look.c.issue_id == issue_id))
        connection.execute(update(schema.issue).where(_ISSUE.id == issue_id).values(values))
        _record(connection, row, f"issue_{state}", by=by, now=now, facts=dict(why.facts) if why else {})
        _mark(connection, "issue", [issue_id])
        return _issue(_row(connection, issue_id))


def reschedule(store: Store, issue_id: int, send_at: datetime, week: Week, *, by: Actor, now: datetime) -> Issue:
    """Give an unsent issue a new time. What was approved stays so; held and missed issues become drafts again."""
    with store.write() as connection:
        row = _row(connection, issue_id)
        _expect(row, IssueState.DRAFT, IssueState.HELD, IssueState.MISSED, IssueState.APPROVED)
        state = IssueState.APPROVED if row.approved_hash else IssueState.DRAFT
        connection.execute(
            update(schema.issue)
            .where(_ISSUE.id == issue_id)
            .values(
                send_at=send_at,
                year=week.year,
                week=week.number,
                state=str(state),
                why=None,
                reminded_at=None,
                missed_told_at=None,
            )
        )
        _record(connection, row, "issue_reschedule", by=by, now=now, facts={"send_at": send_at.isoformat()})
        return _issue(_row(connection, issue_id))


def mark_told(store: Store, issue_id: int, what: str, now: datetime) -> None:
    """Remember that the editors were told: "announced", "reminded" or "missed_told"."""
    column = {"announced": _ISSUE.announced_at, "reminded": _ISSUE.reminded_at, "missed_told": _ISSUE.missed_told_at}
    with store.write() as connection:
        connection.execute(update(schema.issue).where(_ISSUE.id == issue_id).values({column[what]: now}))


def explain(store: Store, issue_id: int, why: Why | None) -> None:
    """Write beside an issue what keeps it, or that nothing does any more; its state stays."""
    with store.write() as connection:
        connection.execute(
            update(schema.issue).where(_ISSUE.id == issue_id).values(why=_why_json(why) if why else None)
        )


def freeze(
    store: Store,
    issue_id: int,
    *,
    content: str,
    letter: Mapping[str, Any],
    renders: Mapping[str, bytes],
    now: datetime,
    by: Actor,
) -> Issue:
    """Begin sending: keep content and renders for ever, and make the web copy public, in one transaction.

    ConflictError ``issue_changed`` unless exactly this content is approved, and may be seen at this very moment.
    """
    with store.write() as connection:
        _in_turn(connection)
        row = _row(connection, issue_id)
        _expect(row, IssueState.APPROVED)
        if row.approved_hash != content:
            raise ConflictError("issue_changed", issue=issue_id)
        _check_told(connection, issue_id, letter)
        _put_renders(connection, row, renders, now)
        connection.execute(
            update(schema.issue)
            .where(_ISSUE.id == issue_id)
            .values(state=str(IssueState.SENDING), frozen=dict(letter), sent_from=now, why=None)
        )
        _keep_told(connection, issue_id, letter)
        # What people saw of the draft holds its words: it has had its time.
        connection.execute(delete(schema.issue_look).where(schema.issue_look.c.issue_id == issue_id))
        told = select(_ITEM.story_id).where(_ITEM.issue_id == issue_id, _ITEM.left_out.is_(False))
        connection.execute(update(schema.story).where(_STORY.id.in_(told)).values(coming=False))
        _record(connection, row, "issue_send", by=by, now=now, facts={"hash": content})
        _mark(connection, "issue", [issue_id])
        return _issue(_row(connection, issue_id))


def _check_told(connection: Connection, issue_id: int, letter: Mapping[str, Any]) -> None:
    """Refuse a letter with words that somebody has taken away since they were read: no correction would tell of it."""
    items = [item for section in letter["sections"] for item in section["items"]]
    for story_id in sorted({item["story_id"] for item in items if item["story_id"]}):
        connection.execute(select(_STORY.id).where(_STORY.id == story_id).with_for_update())
    told = {item["post_id"]: item["version_id"] for item in items if item.get("post_id")}
    seen = select(_POST.id, _POST.approved_version_id).where(_POST.id.in_(told), public())
    if {row.id: row.approved_version_id for row in connection.execute(seen)} != told:
        raise ConflictError("issue_changed", issue=issue_id)


def _keep_told(connection: Connection, issue_id: int, letter: Mapping[str, Any]) -> None:
    """Note which post of each story was told, so that what becomes of it is told too."""
    for item in (item for section in letter["sections"] for item in section["items"]):
        if item.get("post_id"):
            mine = (_ITEM.issue_id == issue_id) & (_ITEM.story_id == item["story_id"])
            connection.execute(update(schema.issue_item).where(mine).values(post_id=item["post_id"]))


def replace_renders(store: Store, issue_id: int, renders: Mapping[str, bytes], now: datetime) -> None:
    """Put new renders in place of a paused issue's, for the letters that have not left.

    Those that a sending process has claimed go back: it holds the old ones.
    """
    held = (schema.delivery.c.issue_id == issue_id) & (schema.delivery.c.state == DeliveryState.CLAIMED)
    back = {"state": str(DeliveryState.QUEUED), "worker": None, "epoch": None}
    with store.write() as connection:
        _hush(connection, OUTBOX)  # a process that claims at this moment would read the old ones next
        row = _row(connection, issue_id)
        _expect(row, IssueState.PAUSED)
        connection.execute(update(schema.delivery).where(held).values(back))
        connection.execute(schema.issue_render.delete().where(schema.issue_render.c.issue_id == issue_id))
        _put_renders(connection, row, renders, now)


def _put_renders(connection: Connection, row: Row[Any], renders: Mapping[str, bytes], now: datetime) -> None:
    for kind, body in renders.items():
        connection.execute(
            insert(schema.issue_render).values(
                issue_id=row.id,
                kind=kind,
                campaign=row.campaign,
                body=body,
                sha256=hashlib.sha256(body).hexdigest(),
                made_at=now,
            )
        )
