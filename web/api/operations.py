"""What can be asked of the API: the addresses are made from this table, and so is their description."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from storage.counts import FACETS
from storage.shelf import Kind
from web.api import campaign, changes, counted, issues, models, stories, strategies
from web.api.call import MOST_WITH_TOKEN, PLAIN, Call
from web.api.writing import Kept

#: Every part of a query string, as JSON Schema; its words are ``api.parameter.<name>``.
PARAMETERS: Mapping[str, dict[str, Any]] = {
    "q": {"type": "string", "maxLength": 200},
    "year": {"type": "integer", "minimum": 1990, "maximum": 2200},
    "month": {"type": "integer", "minimum": 1, "maximum": 12},
    "week": {"type": "string", "pattern": r"^\d{4}-W\d{2}$"},
    "day": {"type": "string", "format": "date"},
    "area": {"type": "string"},
    "network": {"type": "string"},
    "place": {"type": "string"},
    "from": {"type": "string"},
    "kind": {"type": "string", "enum": [str(each) for each in Kind]},
    "facet": {"type": "string", "enum": list(FACETS), "default": "all"},
    "period": {"type": "string", "enum": ["week", "month"], "default": "week"},
    "since": {"type": "integer", "minimum": 0, "default": 0},
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST_WITH_TOKEN, "default": PLAIN},
    "cursor": {"type": "string"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One address. ``name`` leads to its words (``api.operation.<name>``), ``model`` is what it answers with, ``needs``
    what its query string cannot be without. ``example`` is a query string, or an address, that shows it.
    """

    name: str
    path: str
    answer: Callable[[Call, Kept], object]
    model: type
    query: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    example: str = ""

    @property
    def parts(self) -> dict[str, str]:
        """The parts of the address, each "integer" or "string"."""
        found = re.findall(r"{(\w+)(:int)?}", self.path)
        return {name: "integer" if kind else "string" for name, kind in found}

    @property
    def template(self) -> str:
        """The address as a description writes it."""
        return self.path.replace(":int", "")


_PAGED = ("limit", "cursor")

OPERATIONS: tuple[Operation, ...] = (
    Operation(name="campaign", path="/campaign", answer=campaign.campaign, model=models.Campaign),
    Operation(
        name="stories", path="/stories", answer=stories.stories, model=models.StoryPage,
        query=(*stories.FILTERS, *_PAGED), example="/stories?q=cykel&year=2026",
    ),
    Operation(
        name="story", path="/stories/{id:int}", answer=stories.story, model=models.Story, problems=("missing", "gone"),
        example="/stories/1",
    ),
    Operation(
        name="search", path="/search", answer=stories.search, model=models.FoundPage,
        query=(*stories.FILTERS, "kind", *_PAGED), needs=("q",), example="/search?q=kompetens",
    ),
    Operation(name="issues", path="/issues", answer=issues.issues, model=models.IssuePage, query=_PAGED),
    Operation(
        name="issue", path="/issues/{newsletter}/{number:int}", answer=issues.issue, model=models.Issue,
        problems=("missing",), example="/issues/veckobrevet/1",
    ),
    Operation(name="strategies", path="/strategies", answer=strategies.strategies, model=models.StrategyList),
    Operation(
        name="nodes", path="/strategies/{id}/nodes", answer=strategies.nodes, model=models.NodeTree,
        problems=("missing",), example="/strategies/tillvaxtstrategi/nodes",
    ),
    Operation(name="indicators", path="/indicators", answer=strategies.indicators, model=models.IndicatorList),
    Operation(
        name="indicator", path="/indicators/{strategy}/{code}", answer=strategies.indicator, model=models.Indicator,
        problems=("missing",), example="/indicators/tillvaxtstrategi/M1",
    ),
    Operation(name="places", path="/places", answer=counted.places, model=models.PlaceList),
    Operation(name="networks", path="/networks", answer=counted.networks, model=models.NetworkList),
    Operation(
        name="counts", path="/counts", answer=counted.counts, model=models.CountList,
        query=("facet", "period", "year"), example="/counts?facet=network&period=month&year=2026",
    ),
    Operation(
        name="changes", path="/changes", answer=changes.changes, model=models.ChangePage, query=("since", "limit"),
        problems=("ahead",), example="/changes?since=0",
    ),
)  # fmt: skip
