"""The figures of an issue: put in when it is drafted, left out or told in own words by an editor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from campaign.errors import NotFoundError
from campaign.newsletter import Issue, IssueState, Why
from storage import schema
from storage.issue_bases import _merged
from storage.issue_changing import _changed, _editable
from storage.issues import _issue, _why, _why_json
from storage.store import Actor, Store

_FIGURE = schema.issue_figure.c
_ISSUE = schema.issue.c

#: A figure is not shown again beside its goal before so many issues have passed.
_RECENT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFigure:
    """A figure to put into an issue. ``measurement`` is the value that moved, None for one beside its goal."""

    indicator: int
    measurement: int | None
    reason: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFigure:
    """A figure of an issue. ``text`` is an editor's sentence, "" for the made one."""

    id: int
    issue_id: int
    indicator: int
    measurement: int | None
    left_out: bool
    text: str
    reason: Why


def issue_figures(store: Store, issue_id: int) -> list[IssueFigure]:
    """Return an issue's figures in their order, those left out too."""
    query = select(schema.issue_figure).where(_FIGURE.issue_id == issue_id)
    with store.read() as connection:
        return [
            IssueFigure(
                id=row.id,
                issue_id=row.issue_id,
                indicator=row.indicator_id,
                measurement=row.measurement_id,
                left_out=row.left_out,
                text=row.text,
                reason=_why(row.reason) or Why(key="figure_beside"),
            )
            for row in connection.execute(query.order_by(_FIGURE.position, _FIGURE.id))
        ]


def shown_lately(store: Store, newsletter: str, *, drafting: int | None = None) -> set[int]:
    """Return the indicators that one of a newsletter's latest issues had, but for the one that is drafted."""
    latest = (
        select(_ISSUE.id)
        .where(_ISSUE.newsletter == newsletter, _ISSUE.state != IssueState.CANCELLED, _ISSUE.id != (drafting or 0))
        .order_by(_ISSUE.number.desc())
        .limit(_RECENT)
    )
    query = select(_FIGURE.indicator_id).where(_FIGURE.issue_id.in_(latest), _FIGURE.left_out.is_(False))
    with store.read() as connection:
        return set(connection.execute(query).scalars())


def put_figures(store: Store, issue_id: int, new: Sequence[NewFigure], *, by: Actor, now: datetime) -> None:
    """Put figures into an open issue, after those that it has; one that it has already, or left out, stays as it is."""
    with store.write() as connection:
        row = _editable(connection, issue_id, None)
        had = list(connection.execute(select(_FIGURE.indicator_id).where(_FIGURE.issue_id == issue_id)).scalars())
        fresh = [each for each in new if each.indicator not in had]
        if not fresh:
            return
        rows = [
            {
                "campaign": row.campaign, "issue_id": issue_id, "indicator_id": each.indicator,
                "measurement_id": each.measurement, "position": position, "reason": _why_json(each.reason),
            }
            for position, each in enumerate(fresh, len(had))
        ]  # fmt: skip
        connection.execute(insert(schema.issue_figure), rows)
        _changed(connection, issue_id, "issue_figures", by=by, now=now, facts={"count": len(fresh)})


def change_figure(
    store: Store,
    issue_id: int,
    figure_id: int,
    *,
    by: Actor,
    now: datetime,
    left_out: bool | None = None,
    text: str | None = None,
    changes: int | None = None,
    bases: Mapping[str, str] | None = None,
) -> Issue:
    """Leave a figure out or take it back, or tell it in own words ("" for the made ones); None leaves it as it is."""
    with store.write() as connection:
        row = _editable(connection, issue_id, changes)
        kept = _figure(connection, issue_id, figure_id)
        indicator = int(kept["indicator_id"])
        values = {"left_out": left_out, "text": None if text is None else text.strip()}
        given = {name: value for name, value in values.items() if value is not None}
        given = _merged(given, kept, bases, number=row.number)
        if not given:
            return _issue(row)
        connection.execute(update(schema.issue_figure).where(_FIGURE.id == figure_id).values(given))
        facts = {"indicator": indicator, **given}
        return _changed(connection, issue_id, "issue_figure", by=by, now=now, facts=facts)


def _figure(connection: Connection, issue_id: int, figure_id: int) -> dict[str, Any]:
    query = select(schema.issue_figure).where(_FIGURE.id == figure_id, _FIGURE.issue_id == issue_id)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFoundError("indicator_missing")
    return dict(found._mapping)
