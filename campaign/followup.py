"""The follow-up table for ordinary reporting: one row a responsible body, goal and indicator. Pure.

The page, the files and the command line show the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaign.comparison import FigureRow, figure_now
from campaign.figures import Sex
from campaign.snapshots import Content, FrozenAnalysis, FrozenIndicator, FrozenNode
from campaign.strategy import NodeKind

#: Nodes that are followed up even with nothing below them to measure.
_FOLLOWED = (NodeKind.GOAL, NodeKind.ACTION, NodeKind.INITIATIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupRow:
    """One line. ``body`` "" : nobody is named as responsible. ``figure`` None: the goal has no indicator.

    ``stories`` are those of the year of the content's day, attached to the node or anything under it.
    """

    body: str
    node: FrozenNode
    figure: FigureRow | None
    analysis: FrozenAnalysis | None
    stories: int


def followup(content: Content) -> list[FollowupRow]:
    """Return the rows by responsible body in the order of the strategy, those that nobody answers for last.

    A node without bodies of its own has those of the nearest one above. Goals, actions and initiatives are followed
    up, and what else has an indicator, an analysis, or bodies of its own and nothing under it.
    """
    rows: list[FollowupRow] = []
    for node in content.nodes:
        if not _is_followed(content, node):
            continue
        figures: Sequence[FigureRow | None] = _figures(content, content.indicators_of(node.id)) or [None]
        told = content.evidence_of(content.below(node.id))
        stories = sum(each.day.year == content.head.as_of.year for each in told)
        analysis = content.analysis_of(node.id)
        rows += [
            FollowupRow(body=body, node=node, figure=figure, analysis=analysis, stories=stories)
            for body in _bodies(content, node) or ("",)
            for figure in figures
        ]
    order = list(dict.fromkeys(row.body for row in rows if row.body))
    return sorted(rows, key=lambda row: order.index(row.body) if row.body else len(order))


def _is_followed(content: Content, node: FrozenNode) -> bool:
    return (
        node.kind in _FOLLOWED
        or bool(content.indicators_of(node.id))
        or content.analysis_of(node.id) is not None
        or (bool(node.responsible) and content.below(node.id) == (node.id,))
    )


def _bodies(content: Content, node: FrozenNode) -> tuple[str, ...]:
    here: FrozenNode | None = node
    while here is not None:
        if here.responsible:
            return here.responsible
        here = content.node(here.parent) if here.parent is not None else None
    return ()


def _figures(content: Content, indicators: Sequence[FrozenIndicator]) -> list[FigureRow]:
    """Return one row an indicator: its first area that has values, everybody."""
    rows = []
    for each in indicators:
        keys = content.keys(each.id)
        first = each.wording.areas[0] if each.wording.areas else ""
        area = next((area for area, sex in keys if sex is Sex.TOTAL), keys[0][0] if keys else first)
        sex = Sex.TOTAL if (area, Sex.TOTAL) in keys or not keys else keys[0][1]
        rows.append(figure_now(content, each, area, sex))
    return rows
