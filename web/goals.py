"""The goals of a strategy as pages tell them: figures, forecast, how it goes, the strongest stories, what is missing.

Made of what a measuring point holds, frozen or not, so that the desk, the public page and a table tell the same. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from campaign.comparison import FigureRow, figure_now
from campaign.figure_words import area_words, period_words, value_words
from campaign.figures import Indicator, Sex
from campaign.forecast import Chance, Unsaid
from campaign.language import Language
from campaign.snapshots import Content, FrozenAnalysis, FrozenEvidence, FrozenIndicator, FrozenNode, FrozenValue
from campaign.strategy import NodeKind
from web.chart_words import sentence
from web.charts import Chart, Outlook, Point, line_chart
from web.forecast_said import labelled, made, short_of_values

#: What people say of goals, and what figures alone can say, in the order of a summary.
OUTCOMES = ("reached", "on_track", "unsure", "missed", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What stands round a drawing, as ``parts/charts.html`` asks for it."""

    name: str
    title: str
    sentence: str
    indicator: Indicator


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One indicator of a goal, as its first area with values tells it of everybody.

    ``row.then`` is the baseline, ``row.now`` the latest value; None: there is none.
    """

    indicator: FrozenIndicator
    row: FigureRow
    points: tuple[Point, ...]
    chart: Chart

    def drawn(self, language: Language, *, ahead: bool = True) -> Drawn:
        """Return what stands round the drawing: a name for its parts, a title, and what it shows in words."""
        wording, area = self.row.wording, self.place(language)
        return Drawn(
            name=f"figure-{self.indicator.id}-{self.row.area}",
            title=wording.title,
            sentence=sentence(
                wording, self.points, language, area=area, target=self.row.target,
                ahead=self.row.forecast if ahead else None,
            ),
            indicator=wording,
        )  # fmt: skip

    @property
    def reached(self) -> bool:
        """Whether the target was met, by a value of its year."""
        return self.row.forecast.chance is Chance.REACHED

    def place(self, language: Language) -> str:
        """Return the name of the area."""
        return area_words(self.row.area, self.row.wording, language)

    def words(self, value: FrozenValue | None, language: Language) -> str:
        """Return a value with its unit, a dash for none."""
        return value_words(value.value if value else None, self.row.wording, language)

    def when(self, value: FrozenValue, language: Language) -> str:
        """Return the period of a value."""
        return period_words(value.period, language)

    def wanted(self, language: Language) -> str:
        """Return the target with its year, "" for none."""
        return target_words(self.row, language)

    def wish(self, language: Language) -> str:
        """Return where the value is wanted to go, in words."""
        return language.t(f"followup.direction.{self.row.wording.direction}")

    def said(self, language: Language, *, alone: bool = True) -> str:
        """Return the forecast in a sentence, "" where there is nothing to say it of.

        Not ``alone``: that there are too few values is said elsewhere, once for them all.
        """
        return labelled(self.row, language) if alone or self.row.forecast.why is not Unsaid.TOO_FEW else ""

    def made(self, language: Language) -> str:
        """Return how the forecast was made, "" where none was."""
        return " ".join(made(self.row, language))


def target_words(row: FigureRow, language: Language) -> str:
    """Return a target with its year, "" for none."""
    if row.target is None:
        return ""
    told = value_words(row.target.value, row.wording, language)
    return language.t("followup.point.target_year", value=told, year=row.target.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One goal. ``stories`` are those of everything under it too, what says most about it first."""

    node: FrozenNode
    area: FrozenNode
    figures: tuple[Figure, ...]
    analysis: FrozenAnalysis | None
    stories: tuple[FrozenEvidence, ...]

    @property
    def status(self) -> str:
        """What a person said of it, "" where nobody has."""
        return str(self.analysis.status) if self.analysis else ""

    @property
    def outcome(self) -> str:
        """One of ``OUTCOMES``: reached where every figure with a target says so, else what a person said."""
        aimed = [figure for figure in self.figures if figure.row.target is not None]
        if aimed and all(figure.reached for figure in aimed):
            return "reached"
        return self.status or "none"

    @property
    def valueless(self) -> bool:
        """Whether it has an indicator, but none of a value."""
        return bool(self.figures) and all(figure.row.now is None for figure in self.figures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A focus area with its goals, and the stories that say most about it."""

    node: FrozenNode
    goals: tuple[Goal, ...]
    stories: tuple[FrozenEvidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Goals that something is missing of."""

    value: tuple[Goal, ...]
    figure: tuple[Goal, ...]
    analysis: tuple[Goal, ...]
    story: tuple[Goal, ...]

    @property
    def any(self) -> bool:
        """Whether there is a gap at all."""
        return bool(self.value or self.figure or self.analysis or self.story)

    def named(self, *names: str) -> list[tuple[str, tuple[Goal, ...]]]:
        """Return the gaps that there are, by name, in the order of the names."""
        return [(name, found) for name in names if (found := getattr(self, name))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A whole strategy at one day."""

    content: Content
    areas: tuple[Area, ...]

    @property
    def goals(self) -> tuple[Goal, ...]:
        """Every goal, in the strategy's order."""
        return tuple(goal for area in self.areas for goal in area.goals)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many goals have each outcome, those that none has left out."""
        goals = self.goals
        counted = [(name, sum(goal.outcome == name for goal in goals)) for name in OUTCOMES]
        return [pair for pair in counted if pair[1]]

    @property
    def values(self) -> int:
        """How many values there are."""
        return sum(each.value is not None for each in self.content.values)

    @property
    def stories(self) -> int:
        """How many stories there are, each once."""
        return len({each.story for each in self.content.evidence})

    @property
    def gaps(self) -> Gaps:
        """What is missing."""
        goals = self.goals
        return Gaps(
            value=tuple(goal for goal in goals if goal.valueless),
            figure=tuple(goal for goal in goals if not goal.figures),
            analysis=tuple(goal for goal in goals if goal.analysis is None),
            story=tuple(goal for goal in goals if not goal.stories),
        )

    def short_of_values(self, language: Language) -> str:
        """Return in a sentence how many figures have too few values for a forecast, "" where none has."""
        return short_of_values((figure.row for goal in self.goals for figure in goal.figures), language)

    def find(self, node_id: int) -> Goal | None:
        """Return a goal by its node, None where it is none."""
        return next((goal for goal in self.goals if goal.node.id == node_id), None)


def picture(content: Content, *, public: bool = False) -> Picture:
    """Return what a page tells of a measuring point. With ``public`` without the indicators that only the desk sees."""
    goals = [_goal(content, node, public=public) for node in followed(content)]
    areas: list[Area] = []
    for goal in goals:
        if not any(area.node.id == goal.area.id for area in areas):
            own = tuple(each for each in goals if each.area.id == goal.area.id)
            stories = strongest(content.evidence_of(content.below(goal.area.id)))
            areas.append(Area(node=goal.area, goals=own, stories=stories))
    return Picture(content=content, areas=tuple(areas))


def followed(content: Content) -> list[FrozenNode]:
    """Return the nodes that are followed up: goals, and whatever else has an indicator or an analysis.

    Where there are none the lowest nodes are, so that a strategy of focus areas alone can be followed up too.
    """
    measured = {node for each in content.indicators for node in each.nodes} | {each.node for each in content.analyses}
    found = [node for node in content.nodes if node.kind is NodeKind.GOAL or node.id in measured]
    if found:
        return found
    parents = {node.parent for node in content.nodes}
    return [node for node in content.nodes if node.id not in parents]


def strongest(stories: Collection[FrozenEvidence]) -> tuple[FrozenEvidence, ...]:
    """Return stories by how much they say, the newest of equals first."""
    return tuple(sorted(stories, key=lambda each: (-each.weight, -each.day.toordinal(), -each.story)))


def area_of(content: Content, node: FrozenNode) -> FrozenNode:
    """Return the focus area of a node: the highest over it, or itself, that is no part; else the highest."""
    path = [node]
    while path[0].parent is not None and (above := content.node(path[0].parent)) is not None and above not in path:
        path.insert(0, above)
    return next((each for each in path if each.kind is not NodeKind.PART), path[0])


def _goal(content: Content, node: FrozenNode, *, public: bool) -> Goal:
    indicators = [each for each in content.indicators_of(node.id) if each.wording.public or not public]
    return Goal(
        node=node,
        area=area_of(content, node),
        figures=tuple(figure(content, each) for each in indicators),
        analysis=content.analysis_of(node.id),
        stories=strongest(content.evidence_of(content.below(node.id))),
    )


def figure(content: Content, indicator: FrozenIndicator) -> Figure:
    """Return what one indicator tells: its first area, everybody."""
    wording = indicator.wording
    total = [area for area, sex in content.keys(indicator.id) if sex is Sex.TOTAL]
    area = next(iter(total), wording.areas[0] if wording.areas else "")
    row = figure_now(content, indicator, area, Sex.TOTAL)
    points = _points(content, row)
    return Figure(indicator=indicator, row=row, points=points, chart=chart_of(points, row))


def chart_of(points: Sequence[Point], row: FigureRow) -> Chart:
    """Return the drawing of a figure: its values, its target and where it seems to be going."""
    told = row.forecast
    outlook: list[Outlook] = []
    if told.ahead and told.year is not None and told.value is not None:
        low, high = (told.low, told.high) if told.low is not None and told.high is not None else (told.value,) * 2
        outlook = [Outlook(year=told.year, value=told.value, low=low, high=high)]
    return line_chart(points, target=row.target, baseline=row.wording.baseline, forecast=outlook)


def _points(content: Content, row: FigureRow) -> tuple[Point, ...]:
    found = content.all_of(row.indicator, row.area, row.sex)
    return tuple(Point(period=each.period, value=each.value, preliminary=each.preliminary) for each in found)
