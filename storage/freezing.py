"""What a measuring point would hold, read in one transaction: the strategy, its figures, its evidence, what is said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from typing import Any

from sqlalchemy import Connection, Row, select

from campaign.credit import named
from campaign.errors import NotFoundError
from campaign.figures import Sex, Status, Weight
from campaign.places import register
from campaign.records import Story
from campaign.settings import SourceSettings
from campaign.snapshots import (
    Content,
    FrozenAnalysis,
    FrozenEvidence,
    FrozenIndicator,
    FrozenNode,
    FrozenValue,
    Head,
    SnapshotKind,
)
from campaign.strategy import NodeKind
from storage import schema
from storage.indicators import _stored
from storage.posts import _slices
from storage.stories import _stories

#: So many letters of a story's words are kept where nobody marked an excerpt.
_WORDS_MAX = 400

_STRATEGY = schema.strategy.c
_NODE = schema.node.c
_INDICATOR = schema.indicator.c
_MEASUREMENT = schema.measurement.c
_EVIDENCE = schema.evidence.c
_ANALYSIS = schema.analysis.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be read. ``sources`` are the configuration's: they tell who is named for what has no author.

    ``zone`` is that in which days are reckoned.
    """

    strategy: str
    kind: SnapshotKind
    title: str
    text: str
    as_of: date
    zone: tzinfo = UTC
    sources: Mapping[str, SourceSettings] = field(default_factory=dict)


def _one_moment(connection: Connection) -> None:
    """Let everything that this transaction reads be of one moment, on PostgreSQL too. Comes before anything else."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _only_points(connection: Connection) -> None:
    """Let one at a time make points, or erase in them: what is erased now must not stand in one that is just made.

    On SQLite nobody else writes anyway. Taken without reading, it may come before ``_one_moment`` has its moment.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE snapshot IN SHARE ROW EXCLUSIVE MODE")


def _picture(connection: Connection, asked: Asked) -> Content:
    """Return what there is to freeze. NotFoundError ``strategy_missing``."""
    row = connection.execute(select(schema.strategy).where(_STRATEGY.id == asked.strategy)).one_or_none()
    if row is None:
        raise NotFoundError("strategy_missing", strategy=asked.strategy)
    nodes = _nodes(connection, asked.strategy)
    codes = {node.id: node.code for node in nodes}
    indicators = _indicators(connection, asked.strategy, codes)
    return Content(
        head=_head(row, asked),
        nodes=tuple(nodes),
        indicators=tuple(indicators),
        values=tuple(_values(connection, [each.id for each in indicators], asked.as_of.year)),
        evidence=tuple(_told(connection, codes, asked)),
        analyses=tuple(_analyses(connection, codes)),
    )


def _head(row: Row[Any], asked: Asked) -> Head:
    names = row.names.items() if isinstance(row.names, Mapping) else row.names
    return Head(
        kind=asked.kind,
        title=asked.title,
        text=asked.text,
        as_of=asked.as_of,
        strategy=row.id,
        strategy_title=row.title,
        owner=row.owner,
        summary=row.summary,
        note=row.note,
        names=tuple(sorted((kind, name) for kind, name in names)),
        period_from=date.fromisoformat(row.period_from),
        period_to=date.fromisoformat(row.period_to),
        version=row.version,
    )


def _nodes(connection: Connection, strategy_id: str) -> list[FrozenNode]:
    """Return the nodes in force, depth first in the order of the document."""
    query = select(schema.node).where(_NODE.strategy_id == strategy_id, _NODE.ended_at.is_(None))
    rows = connection.execute(query.order_by(_NODE.position, _NODE.id)).all()
    standing = {row.id for row in rows}
    under: dict[int | None, list[Row[Any]]] = {}
    for row in rows:
        under.setdefault(row.parent_id if row.parent_id in standing else None, []).append(row)
    found: list[FrozenNode] = []

    def walk(parent: int | None, depth: int) -> None:
        for row in under.get(parent, []):
            found.append(_node(row, parent, depth))
            walk(row.id, depth + 1)

    walk(None, 0)
    return found


def _node(row: Row[Any], parent: int | None, depth: int) -> FrozenNode:
    return FrozenNode(
        id=row.id,
        code=row.code,
        parent=parent,
        kind=NodeKind(row.kind),
        title=row.title,
        text=row.text,
        why=row.why,
        success=row.success,
        how=tuple(row.how),
        responsible=tuple(row.responsible),
        agenda=tuple(row.agenda),
        colour=row.colour,
        depth=depth,
    )


def _indicators(connection: Connection, strategy_id: str, nodes: Collection[int]) -> list[FrozenIndicator]:
    query = select(schema.indicator).where(_INDICATOR.strategy_id == strategy_id, _INDICATOR.ended_at.is_(None))
    rows = connection.execute(query.order_by(_INDICATOR.position, _INDICATOR.id)).all()
    return [
        FrozenIndicator(
            id=each.id,
            nodes=tuple(node for node in each.nodes if node in nodes),
            wording=each.wording,
            told=each.told,
        )
        for each in _stored(connection, rows)
    ]


def _values(connection: Connection, indicator_ids: list[int], year: int) -> list[FrozenValue]:
    """Return what is known now of the years up to one."""
    found = []
    for part in _slices(indicator_ids):
        query = select(schema.measurement).where(
            _MEASUREMENT.indicator_id.in_(part), _MEASUREMENT.known_to.is_(None), ~_MEASUREMENT.deleted
        )
        rows = connection.execute(query.order_by(_MEASUREMENT.indicator_id, _MEASUREMENT.id))
        found += [_value(row) for row in rows if int(row.period[:4]) <= year]
    return found


def _value(row: Row[Any]) -> FrozenValue:
    return FrozenValue(
        indicator=row.indicator_id,
        area=row.area,
        sex=Sex(row.sex),
        period=row.period,
        value=row.value,
        status=row.status,
        preliminary=row.preliminary,
        known_from=row.known_from,
    )


def _told(connection: Connection, codes: Mapping[int, str], asked: Asked) -> list[FrozenEvidence]:
    """Return the evidence that anybody may see, of stories up to the day."""
    rows: list[Row[Any]] = []
    for part in _slices(codes):
        rows += connection.execute(select(schema.evidence).where(_EVIDENCE.node_id.in_(part))).all()
    ids = sorted({row.story_id for row in rows})
    stories = {story.id: story for story in _stories(connection, ids, public=True)}
    found = []
    for row in sorted(rows, key=lambda row: (row.story_id, row.node_id)):
        story = stories.get(row.story_id)
        day = story.lead.published_at.astimezone(asked.zone).date() if story else None
        if story is not None and day is not None and day <= asked.as_of:
            found.append(_evidence(row, codes[row.node_id], story, day, asked.sources))
    return found


def _evidence(
    row: Row[Any], code: str, story: Story, day: date, sources: Mapping[str, SourceSettings]
) -> FrozenEvidence:
    lead, marked, places = story.lead, story.marked, register()
    words = lead.text[marked.start : marked.end] if marked else _begun(lead.text)
    return FrozenEvidence(
        story=story.id,
        post=lead.id,
        node=row.node_id,
        code=code,
        weight=Weight(row.weight),
        reason=row.reason,
        title=" ".join(lead.title.split()),
        excerpt=words.strip(),
        named=named(lead, sources.get(lead.source)),
        network=lead.network,
        day=day,
        url=lead.url,
        places=tuple(places.label_of(each) for each in story.places),
    )


def _begun(text: str) -> str:
    """Return how a text begins, cut between words."""
    plain = " ".join(text.split())
    if len(plain) <= _WORDS_MAX:
        return plain
    cut = plain[:_WORDS_MAX]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut else cut} …"


def _analyses(connection: Connection, codes: Mapping[int, str]) -> list[FrozenAnalysis]:
    account = schema.account.c
    found = []
    for part in _slices(codes):
        query = (
            select(schema.analysis, account.display_name, account.name)
            .outerjoin(schema.account, account.id == _ANALYSIS.account_id)
            .where(_ANALYSIS.node_id.in_(part), _ANALYSIS.ended_at.is_(None))
        )
        found += [
            FrozenAnalysis(
                node=row.node_id, code=codes[row.node_id], status=Status(row.status), text=row.text,
                who=row.display_name or row.name or "", at=row.at,
            )
            for row in connection.execute(query)
        ]  # fmt: skip
    return sorted(found, key=lambda each: each.node)
