"""Two measuring points of a strategy beside each other: then, now, what came between, and where it goes. Pure.

Nodes and indicators are the same where their ids are, whatever they are called. What cannot be compared is told as
such, and never as a change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from campaign.errors import InputError
from campaign.figures import Direction, Indicator, Sex, Target
from campaign.forecast import Forecast, band, forecast
from campaign.snapshots import (
    Content,
    FrozenAnalysis,
    FrozenEvidence,
    FrozenIndicator,
    FrozenNode,
    FrozenValue,
    Head,
)


class Fate(StrEnum):
    """What became of something between two points."""

    SAME = "same"
    NEW = "new"
    ENDED = "ended"
    RENAMED = "renamed"  # code or title


class Way(StrEnum):
    """Whether a change went where it is wanted."""

    WANTED = "wanted"
    UNWANTED = "unwanted"
    STILL = "still"  # no change, or kept where it is wanted
    NO_WISH = "no_wish"


class Apart(StrEnum):
    """Why two values are not compared."""

    NO_THEN = "no_then"
    NO_NOW = "no_now"
    SAME_PERIOD = "same_period"  # no newer value has come
    DEFINED_ANEW = "defined_anew"  # what is measured, its unit or its source is another
    SEASON = "season"  # a quarter or month beside another one


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One indicator for one area and sex. ``apart`` says why there is no ``change``, None where there is one.

    ``left`` is how far the latest value is from the target, in the wanted direction; 0 where it is met, None without
    a target. ``forecast`` is made from the later point's values, as on its day.
    """

    indicator: int
    wording: Indicator
    area: str
    sex: Sex
    then: FrozenValue | None
    now: FrozenValue | None
    change: float | None
    way: Way | None
    apart: Apart | None
    target: Target | None
    left: float | None
    forecast: Forecast
    fate: Fate = Fate.SAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """A value that was one thing when it was frozen and is another now. None: there was, or is, none."""

    indicator: int
    wording: Indicator
    area: str
    sex: Sex
    period: str
    then: float | None
    now: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """One node at both points; ``then`` None for a new one, ``now`` None for one that ended.

    Evidence is that of the node and everything under it, each story once; ``fresh`` was not there then. ``heirs`` are
    what one that ended was split into or taken up by, at the later point; ``came_from``
    is what it came of, at the earlier.
    """

    id: int
    then: FrozenNode | None
    now: FrozenNode | None
    fate: Fate
    figures: tuple[FigureRow, ...]
    analysis: FrozenAnalysis | None
    analysis_then: FrozenAnalysis | None
    stories_then: int
    stories_now: int
    fresh: tuple[FrozenEvidence, ...]
    heirs: tuple[FrozenNode, ...] = ()
    came_from: tuple[FrozenNode, ...] = ()

    @property
    def node(self) -> FrozenNode:
        """The node as the later point calls it, one that ended as the earlier did."""
        found = self.now or self.then
        if found is None:
            raise ValueError("a row of no node")
        return found

    @property
    def silent(self) -> bool:
        """Whether the later point has neither a figure nor a story for it."""
        return self.now is not None and not self.stories_now and not any(each.now for each in self.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything between two points. ``rows`` stand in the later strategy's order, ended nodes last."""

    earlier: Head
    later: Head
    rows: tuple[NodeRow, ...]
    revised: tuple[Revised, ...]
    loose: tuple[FigureRow, ...]  # of indicators that measure no node
    erased: int  # parts of either that were taken away on request
    away: int  # stories of either that are not shown any more

    @property
    def silent(self) -> tuple[NodeRow, ...]:
        """The nodes with neither figure nor story, without those that have others under them."""
        parents = {row.now.parent for row in self.rows if row.now is not None}
        return tuple(row for row in self.rows if row.silent and row.id not in parents)


def compare(earlier: Content, later: Content) -> Comparison:
    """Set two points of one strategy beside each other.

    InputError ``later``: ``snapshot_other_strategy``, or ``snapshot_order`` where the later one tells of an earlier
    day.
    """
    if earlier.head.strategy != later.head.strategy:
        raise InputError("later", "snapshot_other_strategy", one=earlier.head.strategy, other=later.head.strategy)
    if later.head.as_of < earlier.head.as_of:
        raise InputError("later", "snapshot_order", one=str(earlier.head.as_of), other=str(later.head.as_of))
    gone = [each for each in earlier.nodes if later.node(each.id) is None]
    tied = {node for content in (earlier, later) for each in content.indicators for node in each.nodes}
    loose = [each for each in _indicators(earlier, later) if not tied & set(each.nodes)]
    return Comparison(
        earlier=earlier.head,
        later=later.head,
        rows=_related([_row(earlier, later, each.id) for each in (*later.nodes, *gone)], earlier, later),
        revised=tuple(_revised(earlier, later)),
        loose=tuple(row for each in loose for row in _figures(earlier, later, each.id)),
        erased=len(earlier.erased) + len(later.erased),
        away=earlier.away + later.away,
    )


def figure_now(content: Content, indicator: FrozenIndicator, area: str, sex: Sex) -> FigureRow:
    """Return what one point alone tells of a figure: since its indicator's baseline year, or its first value."""
    series = content.series(indicator.id, area, sex)
    wanted = indicator.wording.baseline
    then = next((each for each in series if not wanted or each.year == wanted), None)
    return _figure(content, indicator, (area, sex), then, series[-1] if series else None)


def met_by(left: float | None) -> bool:
    """Return whether nothing is left to a target."""
    return left is not None and left <= 0


def _indicators(earlier: Content, later: Content) -> list[FrozenIndicator]:
    gone = [each for each in earlier.indicators if later.indicator(each.id) is None]
    return [*later.indicators, *gone]


def _row(earlier: Content, later: Content, node_id: int) -> NodeRow:
    then, now = earlier.node(node_id), later.node(node_id)
    told_then = earlier.evidence_of(earlier.below(node_id))
    told_now = later.evidence_of(later.below(node_id))
    known = {each.story for each in told_then}
    near = {each.id for content in (earlier, later) for each in content.indicators_of(node_id)}
    order = [each for each in _indicators(earlier, later) if each.id in near] if near else []
    measures = [each for each in order if _measures(earlier, later, each.id, node_id)]
    return NodeRow(
        id=node_id,
        then=then,
        now=now,
        fate=_fate((then.code, then.title) if then else None, (now.code, now.title) if now else None),
        figures=tuple(row for each in measures for row in _figures(earlier, later, each.id)),
        analysis=later.analysis_of(node_id),
        analysis_then=earlier.analysis_of(node_id),
        stories_then=len(told_then),
        stories_now=len(told_now),
        fresh=tuple(each for each in told_now if each.story not in known),
    )


def _related(rows: Sequence[NodeRow], earlier: Content, later: Content) -> tuple[NodeRow, ...]:
    """Return the rows, those that ended with what came of them, and these with what they came of."""
    after: dict[int, list[int]] = {}
    for one, heir in sorted({*earlier.heirs, *later.heirs}):
        after.setdefault(one, []).append(heir)
    heirs = {row.id: _standing(row.id, after, later) for row in rows if row.fate is Fate.ENDED}
    came_from: dict[int, list[FrozenNode]] = {}
    for row in rows:
        for node in heirs.get(row.id, ()):
            came_from.setdefault(node.id, []).append(row.node)
    return tuple(replace(row, heirs=heirs.get(row.id, ()), came_from=tuple(came_from.get(row.id, ()))) for row in rows)


def _standing(node_id: int, after: Mapping[int, Sequence[int]], later: Content) -> tuple[FrozenNode, ...]:
    """Return what came of a node and stands at the later point, in its order, also by way of what ended between."""
    found, seen, waiting = set[int](), {node_id}, list(after.get(node_id, ()))
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            found.add(each)
            waiting += () if later.node(each) else after.get(each, ())
    return tuple(node for node in later.nodes if node.id in found)


def _measures(earlier: Content, later: Content, indicator_id: int, node_id: int) -> bool:
    """Return whether an indicator measures a node: as the later point says, where it has both; else the earlier."""
    found = later.indicator(indicator_id)
    if found is None or later.node(node_id) is None:
        found = earlier.indicator(indicator_id)
    return found is not None and node_id in found.nodes


def _fate(then: object, now: object) -> Fate:
    if then is None:
        return Fate.NEW
    if now is None:
        return Fate.ENDED
    return Fate.SAME if then == now else Fate.RENAMED


def _figures(earlier: Content, later: Content, indicator_id: int) -> list[FigureRow]:
    before, after = earlier.indicator(indicator_id), later.indicator(indicator_id)
    shown = after or before
    if shown is None:
        return []
    keys = dict.fromkeys((*later.keys(indicator_id), *earlier.keys(indicator_id)))
    first = shown.wording.areas[0] if shown.wording.areas else ""
    fate = _fate(_name(before), _name(after))
    rows = []
    for area, sex in keys or {(first, Sex.TOTAL): None}:
        then, now = _last(earlier, indicator_id, area, sex), _last(later, indicator_id, area, sex)
        anew = before is not None and after is not None and _meaning(before) != _meaning(after)
        rows.append(_figure(later, shown, (area, sex), then, now, anew=anew, fate=fate))
    return rows


def _name(indicator: FrozenIndicator | None) -> object:
    return (indicator.wording.code, indicator.wording.title) if indicator else None


def _last(content: Content, indicator_id: int, area: str, sex: Sex) -> FrozenValue | None:
    series = content.series(indicator_id, area, sex)
    return series[-1] if series else None


def _meaning(indicator: FrozenIndicator) -> object:
    """Return what makes an indicator's values comparable over time; its title and target do not."""
    wording = indicator.wording
    return (
        wording.unit, wording.origin, wording.kpi, wording.table, wording.selection, wording.region, wording.time
    )  # fmt: skip


def _figure(
    later: Content, indicator: FrozenIndicator, key: tuple[str, Sex], then: FrozenValue | None,
    now: FrozenValue | None, *, anew: bool = False, fate: Fate = Fate.SAME,
) -> FigureRow:  # fmt: skip
    wording, (area, sex) = indicator.wording, key
    target = wording.target(area)
    apart = _apart(then, now, anew=anew)
    change = None
    if apart is None and then is not None and now is not None and then.value is not None and now.value is not None:
        change = exact(now.value, then.value)
    current = now.value if now is not None else None
    return FigureRow(
        indicator=indicator.id,
        wording=wording,
        area=area,
        sex=sex,
        then=then,
        now=now,
        change=change,
        way=None if change is None else _way(change, then, now, target, wording.direction),
        apart=apart,
        target=target,
        left=_left(current, target, wording.direction),
        forecast=forecast(
            later.yearly(indicator.id, area, sex), target, wording.direction, today=later.head.as_of, unit=wording.unit
        ),
        fate=fate,
    )


def _apart(then: FrozenValue | None, now: FrozenValue | None, *, anew: bool) -> Apart | None:
    if now is None:
        return Apart.NO_NOW
    if then is None:
        return Apart.NO_THEN
    if anew:
        return Apart.DEFINED_ANEW
    if then.period == now.period:
        return Apart.SAME_PERIOD
    return Apart.SEASON if then.period[4:] != now.period[4:] else None


def exact(one: float, less: float) -> float:
    """Return a difference without the dust of binary numbers: 80.4 less 80.1 is 0.3."""
    return round(one - less, 9) + 0.0


def _way(
    change: float, then: FrozenValue | None, now: FrozenValue | None, target: Target | None, direction: Direction
) -> Way:
    if direction is Direction.NONE:
        return Way.NO_WISH
    if change == 0:
        return Way.STILL
    if direction is not Direction.KEEP:
        return Way.WANTED if (change > 0) == (direction is Direction.UP) else Way.UNWANTED
    wanted = target.value if target else (then.value if then else None)
    if wanted is None or now is None or now.value is None:
        return Way.NO_WISH
    low, high = band(wanted)
    return Way.STILL if low <= now.value <= high else Way.UNWANTED


def _left(value: float | None, target: Target | None, direction: Direction) -> float | None:
    if value is None or target is None or direction is Direction.NONE:
        return None
    if direction is Direction.KEEP:
        low, high = band(target.value)
        return max(exact(low, value), exact(value, high), 0.0)
    ahead = exact(target.value, value) if direction is Direction.UP else exact(value, target.value)
    return max(ahead, 0.0)


def _revised(earlier: Content, later: Content) -> list[Revised]:
    """Return what the earlier point froze and the later one knows otherwise."""
    now = {(each.indicator, each.area, each.sex, each.period): each.value for each in later.values}
    found = []
    for each in earlier.values:
        indicator = later.indicator(each.indicator)
        before = earlier.indicator(each.indicator)
        if indicator is None or before is None or _meaning(indicator) != _meaning(before):
            continue
        value = now.get((each.indicator, each.area, each.sex, each.period))
        if value != each.value:
            found.append(
                Revised(
                    indicator=each.indicator, wording=indicator.wording, area=each.area, sex=each.sex,
                    period=each.period, then=each.value, now=value,
                )
            )  # fmt: skip
    return found
