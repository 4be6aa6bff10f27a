"""A strategy with goals, figures, stories and analyses to freeze, the short way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from builders import account, approved
from campaign.figures import Direction, Indicator, Reading, Sex, Status, Target, Weight
from campaign.snapshots import SnapshotKind
from campaign.strategy import Node, NodeKind, Strategy
from conftest import NOW
from storage.analyses import write_analysis
from storage.evidence import attach
from storage.indicators import list_indicators
from storage.measurements import put_readings
from storage.snapshots import Snapshot, freeze
from storage.store import Actor, Store
from storage.strategy import list_nodes, save_strategy

PLAN = "varmland-2014-2020"
TODAY = NOW.date()

EMPLOYED = Indicator(
    code="sysselsatta", title="Sysselsatta 20–64 år", nodes=("1.1",), unit="procent", decimals=1, by_sex=True,
    areas=("17",), targets=(Target(value=82, year=2028),),
)  # fmt: skip
EMISSIONS = Indicator(
    code="utslapp", title="Utsläpp av växthusgaser", nodes=("2.1",), unit="kton", direction=Direction.DOWN,
    areas=("17",), targets=(Target(value=900, year=2028),),
)  # fmt: skip

STRATEGY = Strategy(
    id=PLAN,
    title="Värmlandsstrategin",
    owner="Region Värmland",
    period_from=date(2014, 1, 1),
    period_to=date(2030, 12, 31),
    nodes=(
        Node(code="1", title="Livskvalitet för alla", responsible=("Regionen",)),
        Node(code="1.1", parent="1", kind=NodeKind.GOAL, title="Fler i arbete"),
        Node(code="2", title="Bättre kommunikationer"),
        Node(code="2.1", parent="2", kind=NodeKind.GOAL, title="Lägre utsläpp", responsible=("Kommunerna",)),
    ),
    indicators=(EMPLOYED, EMISSIONS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What was put into a store: ids by code, and who did it."""

    nodes: dict[str, int]
    indicators: dict[str, int]
    stories: tuple[int, ...]
    by: Actor


def person(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def ids(store: Store) -> dict[str, int]:
    """The ids of the nodes in force, by code."""
    return {node.code: node.id for node in list_nodes(store, "hallandvaxer") if node.strategy == PLAN}


def lay(store: Store, *, strategy: Strategy = STRATEGY) -> Laid:
    """Put a strategy into a store with values of eight years, two stories and an analysis."""
    by = person(store)
    save_strategy(store, "hallandvaxer", strategy, origin="file", by=by, now=NOW)
    nodes = ids(store)
    measured = {each.code: each.id for each in list_indicators(store, "hallandvaxer", PLAN)}
    put_readings(store, measured["sysselsatta"], employed(), now=NOW)
    put_readings(store, measured["utslapp"], emissions(), now=NOW)
    told = tuple(
        approved(store, text=f"Berättelse {number} om arbete. #hallandväxer", published_at=NOW - timedelta(days=number))
        for number in (1, 2)
    )
    attach(store, told[0].id, nodes["1.1"], by=by, now=NOW, weight=Weight.MILESTONE, reason="Hundra nya jobb")
    attach(store, told[1].id, nodes["1.1"], by=by, now=NOW)
    write_analysis(store, nodes["1.1"], status=Status.ON_TRACK, text="Det går åt rätt håll.", by=by, now=NOW)
    return Laid(nodes=nodes, indicators=measured, stories=tuple(each.id for each in told), by=by)


def employed() -> list[Reading]:
    """Values that rise by half a per cent a year, with noise; women's too."""
    values = (78.0, 78.6, 78.9, 79.6, 80.1, 80.4, 81.1, 81.4)
    total = [Reading(area="17", period=str(2018 + at), value=value) for at, value in enumerate(values)]
    return total + [replace(each, sex=Sex.WOMEN, value=(each.value or 0) - 1) for each in total]


def emissions() -> list[Reading]:
    """Values that fall, the last of them missing."""
    values = (1300.0, 1275.0, 1230.0, 1190.0, 1170.0, 1120.0, 1100.0, None)
    return [Reading(area="17", period=str(2018 + at), value=value) for at, value in enumerate(values)]


def frozen(store: Store, *, now: datetime = NOW, title: str = "Nollmätning", as_of: date = TODAY) -> Snapshot:
    """A baseline, frozen."""
    return freeze(store, PLAN, kind=SnapshotKind.BASELINE, title=title, as_of=as_of, by=person(store), now=now)
