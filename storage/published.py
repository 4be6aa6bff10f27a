"""Issues that have left the house, as readers find their way between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from campaign.newsletter import IssueKind, IssueState
from storage import schema
from storage.store import Store

_ISSUE = schema.issue.c
_OUT = [str(state) for state in IssueState if state.out]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The numbers of the issues before and after one, None at an end."""

    previous: int | None
    following: int | None


def around(store: Store, newsletter: str, number: int) -> Around:
    """Return which issues of a newsletter that have left stand before and after a number."""
    before = _out(newsletter).where(_ISSUE.number < number).order_by(_ISSUE.number.desc()).limit(1)
    after = _out(newsletter).where(_ISSUE.number > number).order_by(_ISSUE.number).limit(1)
    with store.read() as connection:
        return Around(
            previous=connection.execute(before).scalar_one_or_none(),
            following=connection.execute(after).scalar_one_or_none(),
        )


def yearbooks(store: Store, newsletter: str) -> dict[int, int]:
    """Return the number of the yearbook that has left for each year that has one, the latest where there are two."""
    query = select(_ISSUE.number, _ISSUE.frozen).where(_ISSUE.newsletter == newsletter, _ISSUE.state.in_(_OUT))
    query = query.where(_ISSUE.kind == IssueKind.YEARBOOK, _ISSUE.frozen.is_not(None)).order_by(_ISSUE.number)
    with store.read() as connection:
        found = [(row.number, (row.frozen or {}).get("book")) for row in connection.execute(query)]
    return {int(book["year"]): number for number, book in found if book}


def _out(newsletter: str) -> Select[Any]:
    return select(_ISSUE.number).where(
        _ISSUE.newsletter == newsletter, _ISSUE.state.in_(_OUT), _ISSUE.frozen.is_not(None)
    )
