"""What the page of a goal asks about its stories, beyond the stories themselves. Few statements however many there are.

Everything goes through ``storage.posts.public()``: what nobody may read is not counted either.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select

from campaign.figures import Measurement, Weight
from campaign.newsletter import IssueState
from storage import schema
from storage.measurements import _measurement
from storage.posts import public
from storage.store import Store

_POST = schema.post.c
_NODE = schema.node.c
_EVIDENCE = schema.evidence.c
_SHELF = schema.shelf.c
_OUT = [str(state) for state in IssueState if state.out]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An issue that has gone out and told stories of a goal."""

    newsletter: str
    number: int
    year: int
    week: int
    subject: str
    sent_at: datetime
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Was:
    """What a node was called before, until when, and by which code."""

    code: str
    title: str
    until_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Where a node comes from and what came after it: earlier names, the newest first, and ids of nodes."""

    was: tuple[Was, ...]
    heirs: tuple[int, ...]
    came_from: tuple[int, ...]


def weights_of(store: Store, node_ids: Collection[int], story_ids: Collection[int]) -> dict[int, Weight]:
    """Return the heaviest weight that each of these stories has at any of these nodes. One statement."""
    query = (
        select(_EVIDENCE.story_id, func.max(_EVIDENCE.weight).label("weight"))
        .where(_EVIDENCE.story_id.in_(list(story_ids)), _EVIDENCE.node_id.in_(list(node_ids)))
        .group_by(_EVIDENCE.story_id)
    )
    with store.read() as connection:
        return {row.story_id: Weight(row.weight) for row in connection.execute(query)}


def milestones(store: Store, node_ids: Collection[int], *, limit: int) -> list[int]:
    """Return the newest stories in the archive that are milestones of any of these nodes. One statement."""
    own = select(_EVIDENCE.story_id).where(
        _EVIDENCE.weight == int(Weight.MILESTONE), _EVIDENCE.node_id.in_(list(node_ids))
    )
    query = select(_SHELF.subject).where(_SHELF.kind == "story", _SHELF.subject.in_(own))
    with store.read() as connection:
        return list(connection.execute(query.order_by(_SHELF.key.desc()).limit(limit)).scalars())


def tellings(store: Store, node_ids: Collection[int]) -> tuple[Telling, ...]:
    """Return the issues that have told public stories of any of these nodes, the newest first. One statement.

    Issues are few beside stories: each of their items is looked up, not each story.
    """
    with store.read() as connection:
        return _issues(connection, node_ids)


def past(store: Store, node_id: int) -> Past:
    """Return where a node comes from and what came after it. Two statements.

    A name stands only with the remark that stood beside it: one that a strategy had under a remark which it has no
    longer, such as that it is an invented example, is no name that the node ever had in earnest.
    """
    heir = schema.node_heir.c
    with store.read() as connection:
        known = connection.execute(_names(node_id)).all()
        names = [row for row in known if (row.then or {}).get("note", "") in ("", row.note)]
        query = select(heir.node_id, heir.heir_id).join(schema.node, _NODE.id == heir.heir_id)
        query = query.where((heir.node_id == node_id) | (heir.heir_id == node_id)).order_by(_NODE.position, _NODE.id)
        ties = connection.execute(query).all()
    return Past(
        was=tuple(Was(code=row.code, title=row.title, until_at=row.until_at) for row in names),
        heirs=tuple(row.heir_id for row in ties if row.node_id == node_id),
        came_from=tuple(row.node_id for row in ties if row.heir_id == node_id),
    )


def values_of(store: Store, indicator_ids: Collection[int]) -> dict[int, list[Measurement]]:
    """Return what is known now of some indicators: every area and sex, missing values too, oldest period first.

    One statement.
    """
    value = schema.measurement.c
    query = select(schema.measurement).where(
        value.indicator_id.in_(list(indicator_ids)), value.known_to.is_(None), ~value.deleted
    )
    found: dict[int, list[Measurement]] = {indicator_id: [] for indicator_id in indicator_ids}
    with store.read() as connection:
        for row in connection.execute(query.order_by(value.indicator_id, value.period, value.id)):
            found[row.indicator_id].append(_measurement(row))
    return found


def revised_of(store: Store, indicator_id: int) -> dict[tuple[str, str, str], list[Measurement]]:
    """Return every value of an indicator that was otherwise before, by (area, sex, period), the first known first.

    One statement.
    """
    value = schema.measurement.c
    query = select(schema.measurement).where(value.indicator_id == indicator_id).order_by(value.known_from)
    found: dict[tuple[str, str, str], list[Measurement]] = {}
    with store.read() as connection:
        for row in connection.execute(query):
            found.setdefault((row.area, row.sex, row.period), []).append(_measurement(row))
    return {key: known for key, known in found.items() if len(known) > 1}


def _names(node_id: int) -> Select[Any]:
    """Return what a node was called, the newest first, with its strategy's remark of now and its document of then."""
    was, version, strategy = schema.node_was.c, schema.strategy_version.c, schema.strategy.c
    return (
        select(schema.node_was, strategy.note, version.document.label("then"))
        .join(schema.node, _NODE.id == was.node_id)
        .join(schema.strategy, strategy.id == _NODE.strategy_id)
        .join(
            schema.strategy_version,
            (version.strategy_id == _NODE.strategy_id) & (version.number == was.version),
            isouter=True,
        )
        .where(was.node_id == node_id)
        .order_by(was.id.desc())
    )


def _issues(connection: Connection, node_ids: Collection[int]) -> tuple[Telling, ...]:
    item, issue = schema.issue_item.c, schema.issue.c
    number = func.count(_POST.story_id.distinct())
    names = (issue.newsletter, issue.number, issue.year, issue.week, issue.subject, issue.sent_from)
    query = (
        select(*names, number.label("stories"))
        .join(schema.issue_item, item.issue_id == issue.id)
        # The post that was told may stand in another story since.
        .join(schema.post, _POST.id == item.post_id)
        .where(issue.state.in_(_OUT), issue.sent_from.is_not(None), ~item.left_out, public())
        .where(exists().where(_EVIDENCE.story_id == _POST.story_id, _EVIDENCE.node_id.in_(list(node_ids))))
        .group_by(*names)
        .order_by(issue.sent_from.desc(), issue.newsletter, issue.number.desc())
    )
    return tuple(
        Telling(
            newsletter=row.newsletter,
            number=row.number,
            year=row.year,
            week=row.week,
            subject=row.subject,
            sent_at=row.sent_from,
            stories=row.stories,
        )
        for row in connection.execute(query)
    )
