"""What the invented planners do: they bring figures, say how each goal goes, and freeze measuring points.

``followup.toml`` tells it. A point stands in a week of the case's year, counted from its first (0) and before it
(negative), with what is said of the goals in the days before:

    [[point]]
    kind = "baseline"
    week = -104
    title = "Nollmätning"
    publish = true

    [point.says]
    "1.1" = "on_track: Ökar sedan tre år."
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from campaign.figures import Origin, Status
from campaign.snapshots import SnapshotKind
from skord.sample import figures
from skord.sample.editors import Editors
from skord.sample.servers import Year
from skord.sample.year import ZONE
from skord.wiring import House
from storage import analyses, indicators, measurements, snapshots, strategy

#: The hour of a Wednesday at which a point is frozen, and how long before the goals are judged.
_FROZEN = timedelta(days=2, hours=10)
_BEFORE = timedelta(days=1)


class Planners:
    """The second of a case's editors, when planning."""

    def __init__(self, house: House, sample: Year, editors: Editors) -> None:
        self.house, self.sample, self.case, self.editors = house, sample, sample.case, editors
        self._figures = {each.indicator.code: each for each in figures.of(self.case, sample.since)}
        self._random = Random(2)

    def events(self) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Yield what they do, and when."""
        since, begins = self.sample.since, self.case.begins(self.sample.since)
        if self._figures:
            for at in (begins + timedelta(hours=1), *figures.published(since, begins)):
                yield at, self._bring
        for point in self.case.points:
            at = since + timedelta(weeks=point["week"]) + _FROZEN
            yield at - _BEFORE, lambda point=point: self._judge(point)  # type: ignore[misc]
            yield at, lambda point=point: self._freeze(point)  # type: ignore[misc]

    def _bring(self) -> None:
        """Ask the sources of official figures, and copy the rest from the planners' own tables."""
        from collector.indicators.refresh import refresh

        house, now = self.house, self.house.clock()
        known = indicators.list_indicators(house.store, self.case.campaign)
        asked = [each.id for each in known if each.wording.origin is not Origin.TABLE]
        if asked:
            refresh(
                house.store,
                house.fetcher,
                house.settings,
                indicators=asked,
                clock=house.clock,
                rng=self._random,
                sleep=lambda _: None,
            )
        for each in known:
            if each.wording.origin is Origin.TABLE:
                told = self._figures[each.code].readings(now.astimezone(ZONE).date())
                measurements.put_readings(house.store, each.id, told, now=now, by=self.editors.second)

    def _judge(self, point: Mapping[str, Any]) -> None:
        now = self.house.clock()
        known = strategy.list_nodes(self.house.store, self.case.campaign)
        nodes = {node.code: node.id for node in known if node.strategy == self.case.strategies[0]}
        for place, (code, said) in enumerate(point.get("says", {}).items()):
            status, _, text = said.partition(": ")
            analyses.write_analysis(
                self.house.store,
                nodes[code],
                status=Status(status),
                text=text,
                by=self.editors.second,
                now=now + timedelta(minutes=3 * place),
            )

    def _freeze(self, point: Mapping[str, Any]) -> None:
        store, now = self.house.store, self.house.clock()
        frozen = snapshots.freeze(
            store,
            self.case.strategies[0],
            kind=SnapshotKind(point["kind"]),
            title=point["title"],
            text=point.get("text", ""),
            as_of=now.astimezone(ZONE).date(),
            by=self.editors.second,
            now=now,
            zone=ZONE,
            sources=self.house.settings.sources,
        )
        if point.get("publish"):
            snapshots.publish(store, frozen.id, by=self.editors.first, now=now + timedelta(hours=1))
