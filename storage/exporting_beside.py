"""What stands beside the stories of a campaign and leaves with them: strategies, figures, letters, the trail, the runs.

Each is read row by row from a store that stands still; nobody's address is among it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from campaign.newsletter import IssueState
from storage import schema
from storage.exporting import Still
from storage.exports import Numbers
from storage.keys import moment_of

_SLICE = 500
_OUT = [str(state) for state in IssueState if state.out]

_Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A span of time: ``start`` is inside, ``end`` is not; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def within(self, query: Select[Any], column: Any) -> Select[Any]:
        """Narrow a query to rows of this time."""
        if self.start is not None:
            query = query.where(column >= self.start)
        return query if self.end is None else query.where(column < self.end)


def time_of(first_key: int | None, end_key: int | None) -> Time:
    """Return the time that keys of stories span."""
    return Time(
        start=None if first_key is None else moment_of(first_key), end=None if end_key is None else moment_of(end_key)
    )


def campaigns(still: Still) -> list[str]:
    """Return the campaigns that the database has."""
    with still.read() as connection:
        return list(connection.execute(select(schema.campaign.c.id).order_by(schema.campaign.c.id)).scalars())


def nodes(still: Still, campaign: str) -> Iterator[_Row]:
    """Yield the nodes of every strategy, ended ones too, each with the code of the node that it lies under."""
    node, above = schema.node.c, schema.node.alias("above")
    query = (
        select(schema.node, above.c.code.label("parent"))
        .outerjoin(above, above.c.id == node.parent_id)
        .where(node.campaign == campaign)
        .order_by(node.strategy_id, node.position, node.id)
    )
    yield from _rows(still, query)


def measurements(still: Still, campaign: str) -> Iterator[_Row]:
    """Yield every value that was ever known, with what it measures."""
    measured, indicator = schema.measurement.c, schema.indicator.c
    query = (
        select(schema.measurement, indicator.strategy_id, indicator.code, indicator.title)
        .join(schema.indicator, indicator.id == measured.indicator_id)
        .where(measured.campaign == campaign)
        .order_by(measured.indicator_id, measured.area, measured.period, measured.id)
    )
    yield from _rows(still, query)


def strategy_versions(still: Still, campaign: str) -> Iterator[_Row]:
    """Yield every wording of the campaign's strategies."""
    made = schema.strategy_version.c
    query = select(schema.strategy_version).where(made.campaign == campaign).order_by(made.strategy_id, made.number)
    yield from _rows(still, query)


def snapshots(still: Still, campaign: str, *, public: bool) -> Iterator[tuple[_Row, Iterator[_Row]]]:
    """Yield measuring points, each with its parts; with ``public`` those alone that readers can see."""
    made, part = schema.snapshot.c, schema.snapshot_part.c
    query = select(schema.snapshot).where(made.campaign == campaign).order_by(made.id)
    if public:
        query = query.where(made.published_at.is_not(None), made.withdrawn_at.is_(None))
    for row in list(_rows(still, query)):
        parts = select(schema.snapshot_part).where(part.snapshot_id == row["id"]).order_by(part.position)
        yield row, _rows(still, parts)


def decisions(still: Still, campaign: str, time: Time, *, house: bool) -> Iterator[_Row]:
    """Yield the trail of a campaign, and with ``house`` of the house, the oldest first, each line with who it was."""
    account, decision = schema.account.c, schema.decision.c
    query = (
        select(schema.decision, account.display_name, account.name.label("account"))
        .outerjoin(schema.account, account.id == decision.account_id)
        .where(
            (decision.campaign == campaign) | decision.campaign.is_(None) if house else decision.campaign == campaign
        )
        .order_by(decision.id)
    )
    yield from _rows(still, time.within(query, decision.at))


def sources(still: Still, campaign: str) -> list[_Row]:
    """Return the sources that feed a campaign, removed ones too."""
    found = _rows(still, select(schema.source).order_by(schema.source.c.id))
    return [row for row in found if campaign in row["campaigns"]]


def runs(still: Still, source_ids: list[str], time: Time) -> Iterator[_Row]:
    """Yield when sources were asked, and how it went."""
    run = schema.run.c
    query = select(schema.run).where(run.source_id.in_(source_ids)).order_by(run.id)
    yield from _rows(still, time.within(query, run.started_at))


def gaps(still: Still, source_ids: list[str], time: Time) -> Iterator[_Row]:
    """Yield when sources could not be asked, and why."""
    gap = schema.gap.c
    query = select(schema.gap).where(gap.source_id.in_(source_ids)).order_by(gap.from_at, gap.id)
    yield from _rows(still, time.within(query, gap.from_at))


def letters(still: Still, campaign: str, time: Time) -> list[_Row]:
    """Return the issues that have left, the oldest first, with how many letters came how far."""
    issue, account = schema.issue.c, schema.account.c
    kept = [column for column in issue if column.name not in ("frozen", "selection")]
    query = (
        select(*kept, account.display_name, account.name.label("account"))
        .outerjoin(schema.account, account.id == issue.approved_by)
        .where(issue.campaign == campaign, issue.state.in_(_OUT))
        .order_by(issue.sent_from, issue.id)
    )
    found = list(_rows(still, time.within(query, issue.sent_from)))
    for row in found:
        row["deliveries"] = _deliveries(still, row["id"])
    return found


def _deliveries(still: Still, issue_id: int) -> dict[str, int]:
    delivery = schema.delivery.c
    query = select(delivery.state, func.count().label("count")).where(delivery.issue_id == issue_id)
    return {row["state"]: row["count"] for row in _rows(still, query.group_by(delivery.state).order_by(delivery.state))}


def picture_files(still: Still, media: Numbers | None) -> Iterator[str]:
    """Yield the names of our own copies, each once; of these pictures, or of all."""
    column = schema.media.c
    query = select(column.id, column.file).where(column.file.is_not(None)).order_by(column.file, column.id)
    last = ""
    for row in _rows(still, query):
        if row["file"] != last and (media is None or row["id"] in media):
            last = row["file"]
            yield last


def _rows(still: Still, query: Select[Any]) -> Iterator[_Row]:
    with still.read() as connection:
        for row in connection.execution_options(yield_per=_SLICE).execute(query).mappings():
            yield {str(name): value for name, value in row.items()}
