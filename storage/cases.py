"""Person cases: somebody asks that a post about or by them is taken away. The receipt is what they hold."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from campaign.errors import ConflictError, InputError, NotFoundError
from storage import schema
from storage.deciding import _story
from storage.pairs import _in_turn
from storage.store import Actor, Store

#: The law gives a month; a case is due before it is over.
DUE = timedelta(days=30)

MESSAGE_MAX = 5_000
CONTACT_MAX = 300
ANSWER_MAX = 5_000

# No letters or digits that are mistaken for each other when read out on the telephone.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

_CASE = schema.person_case.c


class CaseState(StrEnum):
    """Where a case stands. ``DONE`` did what was asked, ``REFUSED`` did not; both hold an answer."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCase:
    """One request. ``closed_by`` is what the person who closed it is called, "" while it is open."""

    id: int
    campaign: str
    receipt: str
    story_id: int | None
    message: str
    contact: str
    state: CaseState
    created_at: datetime
    due_at: datetime
    closed_at: datetime | None
    closed_by: str
    answer: str


def open_case(
    store: Store, campaign: str, *, now: datetime, story_id: int | None = None, message: str = "", contact: str = ""
) -> PersonCase:
    """Take in a request and return it with its receipt ("K7M2-9QXD").

    InputError ``message`` or ``contact`` where one is longer than we keep, ``message_missing`` where neither a
    story nor a message says what it is about; NotFoundError ``story_missing``.
    """
    if story_id is None and not message.strip():
        raise InputError("message", "message_missing")
    for field, text, most in (("message", message, MESSAGE_MAX), ("contact", contact, CONTACT_MAX)):
        if len(text) > most:
            raise InputError(field, "text_long", most=most)
    with store.write() as connection:
        if story_id is not None:
            story_id = _home(connection, campaign, story_id)
        done = connection.execute(
            insert(schema.person_case).values(
                campaign=campaign,
                receipt=_receipt(connection),
                story_id=story_id,
                message=message.strip(),
                contact=contact.strip(),
                state=CaseState.OPEN,
                created_at=now,
                due_at=now + DUE,
            )
        )
        case = _get(connection, int(done.inserted_primary_key[0]))  # type: ignore[index] # an insert of one row has one
        _record(connection, case, "case_open", by=Actor(kind="visitor"), now=now)
        return case


def get_case(store: Store, case_id: int) -> PersonCase:
    """Return a case. NotFoundError ``case_missing``."""
    with store.read() as connection:
        return _get(connection, case_id)


def find_case(store: Store, receipt: str) -> PersonCase | None:
    """Return the case of a receipt, however its letters were typed."""
    letters = "".join(letter for letter in receipt.upper() if letter.isalnum())
    with store.read() as connection:
        row = connection.execute(_query().where(_CASE.receipt == f"{letters[:4]}-{letters[4:]}")).one_or_none()
    return _case(row) if row else None


def list_cases(store: Store, campaign: str, *, is_open: bool, limit: int = 200) -> list[PersonCase]:
    """Return the open cases, the one due first at the top; or the closed ones, the latest at the top."""
    query = _query().where(_CASE.campaign == campaign, (_CASE.state == CaseState.OPEN).is_(is_open))
    order = (_CASE.due_at, _CASE.id) if is_open else (_CASE.closed_at.desc(), _CASE.id.desc())
    with store.read() as connection:
        return [_case(row) for row in connection.execute(query.order_by(*order).limit(limit))]


def cases_of(store: Store, story_id: int) -> list[PersonCase]:
    """Return every case about a story, the latest first."""
    with store.read() as connection:
        rows = connection.execute(_query().where(_CASE.story_id == story_id).order_by(_CASE.id.desc()))
        return [_case(row) for row in rows]


def open_cases(store: Store, campaign: str) -> int:
    """Return how many cases wait for an answer."""
    query = select(func.count()).where(_CASE.campaign == campaign, _CASE.state == CaseState.OPEN)
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())


def asked_away(store: Store, story_ids: Sequence[int]) -> set[int]:
    """Return those of the stories that somebody has asked to have taken away, and nobody has answered."""
    query = select(_CASE.story_id).where(_CASE.story_id.in_(story_ids), _CASE.state == CaseState.OPEN)
    with store.read() as connection:
        return {story_id for story_id in connection.execute(query).scalars() if story_id is not None}


def close_case(store: Store, case_id: int, *, state: CaseState, answer: str, by: Actor, now: datetime) -> PersonCase:
    """Answer a case and close it. InputError ``answer`` (``answer_missing``); ConflictError ``case_closed``."""
    if not answer.strip():
        raise InputError("answer", "answer_missing")
    if len(answer) > ANSWER_MAX:
        raise InputError("answer", "text_long", most=ANSWER_MAX)
    if state is CaseState.OPEN:
        raise ValueError("closing needs an end")
    values = {"state": state, "answer": answer.strip(), "closed_at": now, "closed_by": by.account_id}
    with store.write() as connection:
        _hold(connection, case_id)
        still_open = (_CASE.id == case_id) & (_CASE.state == CaseState.OPEN)
        if connection.execute(update(schema.person_case).where(still_open).values(values)).rowcount == 0:
            raise ConflictError("case_closed")
        case = _get(connection, case_id)
        _record(connection, case, f"case_{state}", by=by, now=now)
        return case


def reopen_case(store: Store, case_id: int, *, by: Actor, now: datetime) -> PersonCase:
    """Open a closed case again; its answer stays to be rewritten."""
    values = {"state": CaseState.OPEN, "closed_at": None, "closed_by": None}
    with store.write() as connection:
        _hold(connection, case_id)
        closed = (_CASE.id == case_id) & (_CASE.state != CaseState.OPEN)
        changed = connection.execute(update(schema.person_case).where(closed).values(values)).rowcount
        case = _get(connection, case_id)
        if changed:
            _record(connection, case, "case_reopen", by=by, now=now)
        return case


def _query() -> Any:
    account = schema.account.c
    return select(schema.person_case, account.display_name, account.name).outerjoin(
        schema.account, account.id == _CASE.closed_by
    )


def _get(connection: Connection, case_id: int) -> PersonCase:
    row = connection.execute(_query().where(_CASE.id == case_id)).one_or_none()
    if row is None:
        raise NotFoundError("case_missing")
    return _case(row)


def _case(row: Row[Any]) -> PersonCase:
    return PersonCase(
        id=row.id,
        campaign=row.campaign,
        receipt=row.receipt,
        story_id=row.story_id,
        message=row.message,
        contact=row.contact,
        state=CaseState(row.state),
        created_at=row.created_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        closed_by=row.display_name or row.name or "",
        answer=row.answer,
    )


def _home(connection: Connection, campaign: str, story_id: int) -> int:
    """Return the story that a request is about: where another took it up meanwhile, that one."""
    _in_turn(connection)
    story = _story(connection, story_id)
    if story.campaign != campaign:
        raise NotFoundError("story_missing", story=story_id)
    return int(story.merged_into or story_id)


def _hold(connection: Connection, case_id: int) -> None:
    """Take the case's story before the case, as whoever moves stories does, so that two never wait for each other."""
    _in_turn(connection)
    case = _get(connection, case_id)
    if case.story_id is not None:
        _story(connection, case.story_id)


def _receipt(connection: Connection) -> str:
    while True:
        letters = "".join(secrets.choice(_LETTERS) for _ in range(10))
        receipt = f"{letters[:4]}-{letters[4:]}"
        if connection.execute(select(_CASE.id).where(_CASE.receipt == receipt)).scalar() is None:
            return receipt


def _record(connection: Connection, case: PersonCase, action: str, *, by: Actor, now: datetime) -> None:
    """Add to the trail that it happened; what the person wrote stays in the case alone."""
    connection.execute(
        insert(schema.decision).values(
            campaign=case.campaign,
            at=now,
            actor=by.kind,
            account_id=by.account_id,
            group=uuid.uuid4().hex,
            action=action,
            story_id=case.story_id,
            facts={"case": case.id},
        )
    )
