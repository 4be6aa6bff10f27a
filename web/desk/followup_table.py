"""The follow-up table for ordinary reporting, a section for each responsible body: on a page, on paper, in a file."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from campaign.cells import Cell
from campaign.figure_words import area_words, period_words
from campaign.followup import FollowupRow, followup
from campaign.language import Language
from campaign.snapshots import Content, FrozenNode
from web.forecast_said import said
from web.goals import area_of

_COLUMNS = (
    "body", "area", "code", "goal", "measure", "place", "unit", "baseline_year", "baseline", "latest_year", "latest",
    "target_year", "target", "direction", "forecast", "status", "text", "by", "at", "stories",
)  # fmt: skip
#: How wide they are in a spreadsheet, in letters; codes stay text ("1.10" is no number).
WIDTHS = (22, 24, 8, 36, 36, 16, 14, 10, 12, 10, 12, 10, 12, 14, 44, 14, 60, 18, 12, 12)
TEXTS = frozenset((2,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The rows of one body, "" for those that nobody answers for."""

    body: str
    rows: tuple[tuple[FrozenNode, FollowupRow], ...]


def sections(content: Content) -> list[Section]:
    """Return the rows by responsible body, each with its focus area."""
    found = []
    for body, rows in groupby(followup(content), key=lambda row: row.body):
        found.append(Section(body=body, rows=tuple((area_of(content, row.node), row) for row in rows)))
    return found


def table(parts: list[Section], language: Language) -> list[list[Cell]]:
    """Return the table with its head first."""
    rows: list[list[Cell]] = [[language.t(f"followup.table.{name}") for name in _COLUMNS]]
    return rows + [_cells(area, row, language) for part in parts for area, row in part.rows]


def _cells(area: FrozenNode, row: FollowupRow, language: Language) -> list[Cell]:
    said = row.analysis
    return [
        row.body,
        area.title,
        row.node.code,
        row.node.title,
        *_figure(row, language),
        language.t(f"followup.status.{said.status if said else 'none'}"),
        said.text if said else "",
        said.who if said else "",
        said.at.astimezone(language.zone).date() if said else None,
        row.stories,
    ]


def _figure(row: FollowupRow, language: Language) -> list[Cell]:
    figure = row.figure
    if figure is None:
        return [language.t("followup.point.no_figure"), *[None] * 10]
    wording = figure.wording
    return [
        wording.title,
        area_words(figure.area, wording, language),
        wording.unit,
        period_words(figure.then.period, language) if figure.then else None,
        figure.then.value if figure.then else None,
        period_words(figure.now.period, language) if figure.now else None,
        figure.now.value if figure.now else None,
        figure.target.year if figure.target else None,
        figure.target.value if figure.target else None,
        language.t(f"followup.direction.{wording.direction}"),
        said(figure, language),
    ]
