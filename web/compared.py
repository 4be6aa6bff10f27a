"""Two measuring points beside each other, as the desk and the public page tell it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaign.cells import Cell
from campaign.comparison import Comparison, FigureRow, NodeRow, Revised, Way, compare
from campaign.figure_words import area_words, period_words, value_words
from campaign.figures import Sex
from campaign.forecast import Unsaid
from campaign.language import Language
from campaign.snapshots import Content, FrozenNode, FrozenValue
from web.chart_words import as_shown, change_words
from web.forecast_said import labelled, said, short_of_values
from web.goals import OUTCOMES, Goal, Picture, area_of, followed, picture, target_words

_COLUMNS = (
    "area", "code", "goal", "measure", "place", "unit", "then_year", "then", "now_year", "now", "change", "toward",
    "target", "target_year", "direction", "forecast", "status_then", "status_now", "text", "stories_now",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One indicator at both points: what is shown of it. ``row`` None: nothing was measured."""

    row: FigureRow

    def then(self, language: Language) -> str:
        """Return the value then."""
        return self._value(self.row.then, language)

    def now(self, language: Language) -> str:
        """Return the latest value."""
        return self._value(self.row.now, language)

    def year(self, value: FrozenValue | None, language: Language) -> str:
        """Return the period of a value, "" for none."""
        return period_words(value.period, language) if value else ""

    def place(self, language: Language) -> str:
        """Return the name of the area."""
        return area_words(self.row.area, self.row.wording, language)

    def wanted(self, language: Language) -> str:
        """Return the target with its year, "" for none."""
        return target_words(self.row, language)

    def change(self, language: Language) -> str:
        """Return the change with its sign, and why there is none where there is none."""
        if self.row.change is None or self.row.then is None or self.row.now is None:
            return language.t(f"followup.apart.{self.row.apart}")
        # Of the values as they are shown: 31 and then 34 is three more, whatever was rounded.
        change = as_shown(self.row.wording, self.row.now.value or 0) - as_shown(
            self.row.wording, self.row.then.value or 0
        )
        if change == 0:
            return language.t("followup.compare.unchanged")
        told = change_words(self.row.wording, change, language, unit=True)
        return f"{'+' if change > 0 else '−'}{told}"

    def toward(self, language: Language) -> str:
        """Return in words whether the change went where it is wanted, "" where nothing is wished or known."""
        if self.row.way is None or self.row.way is Way.NO_WISH or self.row.change is None:
            return ""
        return language.t(f"followup.way.{self.row.way}")

    def wish(self, language: Language) -> str:
        """Return where the value is wanted to go."""
        return language.t(f"followup.direction.{self.row.wording.direction}")

    def said(self, language: Language) -> str:
        """Return the forecast in a sentence."""
        return said(self.row, language)

    def told(self, language: Language) -> str:
        """Return the forecast as it stands on the page: "" where there is none, too few values are told once."""
        return labelled(self.row, language) if self.row.forecast.why is not Unsaid.TOO_FEW else ""

    def _value(self, value: FrozenValue | None, language: Language) -> str:
        return value_words(value.value if value else None, self.row.wording, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalPair:
    """A goal at both points. ``goal`` None: it has ended since."""

    row: NodeRow
    area: FrozenNode
    goal: Goal | None
    pairs: tuple[Pair, ...]

    @property
    def was(self) -> str:
        """The status that it had then, "" where nobody had said."""
        return str(self.row.analysis_then.status) if self.row.analysis_then else ""

    @property
    def outcome(self) -> str:
        """How it goes at the later point; "ended" where it is not followed any more."""
        return self.goal.outcome if self.goal else "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Everything that the page tells."""

    comparison: Comparison
    before: Picture
    after: Picture
    goals: tuple[GoalPair, ...]
    revised: tuple[Revised, ...]

    @property
    def areas(self) -> list[tuple[FrozenNode, list[GoalPair]]]:
        """The goals by focus area, in their order."""
        found: dict[int, tuple[FrozenNode, list[GoalPair]]] = {}
        for goal in self.goals:
            found.setdefault(goal.area.id, (goal.area, []))[1].append(goal)
        return list(found.values())

    @property
    def counts(self) -> list[tuple[str, int, int]]:
        """How many goals have each outcome, with how many had it then; those that none has at either left out."""
        now, then = dict(self.after.counts), dict(self.before.counts)
        return [(name, now.get(name, 0), then.get(name, 0)) for name in OUTCOMES if now.get(name) or then.get(name)]

    def tells(self, node_id: int) -> bool:
        """Return whether a node has its place on the page."""
        return any(goal.row.id == node_id for goal in self.goals)

    def short_of_values(self, language: Language) -> str:
        """Return in a sentence how many figures have too few values for a forecast, "" where none has."""
        return short_of_values((pair.row for goal in self.goals if goal.goal for pair in goal.pairs), language)

    def revisions(self, language: Language) -> list[tuple[str, str, str, str, str]]:
        """Return what was one value then and is another now: measure, area, period, then, now."""
        return [
            (
                each.wording.title,
                area_words(each.area, each.wording, language),
                period_words(each.period, language),
                value_words(each.then, each.wording, language),
                value_words(each.now, each.wording, language),
            )
            for each in self.revised
        ]


def compared(earlier: Content, later: Content, *, public: bool = False) -> Compared:
    """Set two measuring points beside each other, goal by goal. Raises InputError as ``compare`` does."""
    told = compare(earlier, later)
    before, after = picture(earlier, public=public), picture(later, public=public)
    known = {node.id for content in (earlier, later) for node in followed(content)}
    goals = []
    for row in told.rows:
        if row.id not in known:
            continue
        content = later if row.now is not None else earlier
        pairs = tuple(Pair(row=each) for each in _shown(row.figures, public=public))
        goals.append(GoalPair(row=row, area=area_of(content, row.node), goal=after.find(row.id), pairs=pairs))
    order = [area.node.id for area in after.areas]
    goals.sort(key=lambda goal: order.index(goal.area.id) if goal.area.id in order else len(order))
    revised = tuple(each for each in told.revised if each.wording.public or not public)
    return Compared(comparison=told, before=before, after=after, goals=tuple(goals), revised=revised)


def table(told: Compared, language: Language) -> list[list[Cell]]:
    """Return the comparison as rows of a table, its head first: one a goal and indicator."""
    rows: list[list[Cell]] = [[language.t(f"followup.table.{name}") for name in _COLUMNS]]
    for goal in told.goals:
        rows += [_cells(goal, pair, language) for pair in goal.pairs or (None,)]
    return rows


def _cells(goal: GoalPair, pair: Pair | None, language: Language) -> list[Cell]:
    node, row = goal.row.node, pair.row if pair else None
    figures: list[Cell] = [""] * 13
    if pair and row:
        figures = [
            row.wording.title,
            pair.place(language),
            row.wording.unit,
            pair.year(row.then, language),
            row.then.value if row.then else None,
            pair.year(row.now, language),
            row.now.value if row.now else None,
            row.change if row.change is not None else language.t(f"followup.apart.{row.apart}"),
            pair.toward(language),
            row.target.value if row.target else None,
            row.target.year if row.target else None,
            pair.wish(language),
            pair.said(language),
        ]
    return [
        goal.area.title,
        node.code,
        node.title,
        *figures,
        language.t(f"followup.status.{goal.was or 'none'}"),
        language.t(f"followup.status.{goal.outcome}"),
        goal.row.analysis.text if goal.row.analysis else "",
        goal.row.stories_now,
    ]


def _shown(figures: Sequence[FigureRow], *, public: bool) -> list[FigureRow]:
    """Return one row an indicator: its first area, everybody; without what only the desk sees."""
    found: dict[int, FigureRow] = {}
    for each in figures:
        if each.wording.public or not public:
            kept = found.get(each.indicator)
            if kept is None or (kept.sex is not Sex.TOTAL and each.sex is Sex.TOTAL and each.area == kept.area):
                found[each.indicator] = each
    return list(found.values())
