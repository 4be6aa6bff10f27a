"""Measuring points: what is frozen, in parts of canonical JSON with a hash each. Pure.

A part is one thing that can be told, and taken away, by itself: the strategy's head, a node, an indicator, its values,
a story's evidence for a node, an analysis. What was frozen is read back by the names written here, whatever the rest of
the house calls things later. ``campaign.comparison`` sets two points beside each other.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from campaign.figures import Direction, Indicator, Origin, Sex, Status, Target, Weight
from campaign.strategy import NodeKind

#: How bodies are written. Rises when it changes; older ones are still read.
FORMAT = 1


class SnapshotKind(StrEnum):
    """What a measuring point is for."""

    BASELINE = "baseline"  # nollmätning
    MIDTERM = "midterm"  # halvtidsmätning
    FINAL = "final"  # slutmätning
    PRESENT = "present"  # nulägesbild


class PartKind(StrEnum):
    """What one part of a measuring point tells of."""

    STRATEGY = "strategy"
    NODE = "node"
    INDICATOR = "indicator"
    VALUE = "value"
    EVIDENCE = "evidence"
    ANALYSIS = "analysis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The point itself, and the strategy that it is of. ``version`` is the strategy's, ``text`` what its maker says."""

    kind: SnapshotKind
    title: str
    text: str = ""
    as_of: date
    strategy: str
    strategy_title: str
    owner: str = ""
    summary: str = ""
    note: str = ""
    names: tuple[tuple[str, str], ...] = ()
    period_from: date
    period_to: date
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenNode:
    """A node as it was; ``parent`` is a node's id. Nodes stand in the strategy's order, depth first."""

    id: int
    code: str
    parent: int | None
    kind: NodeKind
    title: str
    text: str = ""
    why: str = ""
    success: str = ""
    how: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    agenda: tuple[int, ...] = ()
    colour: str = ""
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenIndicator:
    """An indicator as it was; ``nodes`` are the ids of those it measures, ``told`` is what its source calls it."""

    id: int
    nodes: tuple[int, ...]
    wording: Indicator
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenValue:
    """One value as it was known. ``value`` None: the source had none."""

    indicator: int
    area: str
    sex: Sex
    period: str
    value: float | None
    status: str = ""
    preliminary: bool = False
    known_from: datetime

    @property
    def year(self) -> int:
        """The year of its period."""
        return int(self.period[:4])


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenEvidence:
    """A story as evidence for a node, in the words that were approved. ``named`` "" : nobody knows whose it is.

    ``post`` is the one whose words they are: where it goes, they go.
    """

    story: int
    post: int
    node: int
    code: str
    weight: Weight
    reason: str = ""
    title: str = ""
    excerpt: str = ""
    named: str = ""
    network: str = ""
    day: date
    url: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenAnalysis:
    """What a person said of a node, as it stood."""

    node: int
    code: str
    status: Status
    text: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part as kept. ``body`` None: erased on request; ``sha256`` is of the body as it was frozen."""

    position: int
    kind: PartKind
    body: str | None
    sha256: str
    story: int | None = None
    erased_at: datetime | None = None
    erased_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that a measuring point tells. ``hash`` is "" for a picture that was not frozen.

    ``heirs`` are pairs of a node and one that came of it, as known when this is read: it is not frozen.
    ``erased`` are parts taken away on request. ``away`` counts the stories that a public reading leaves out since
    they are not public any more.
    """

    head: Head
    nodes: tuple[FrozenNode, ...] = ()
    indicators: tuple[FrozenIndicator, ...] = ()
    values: tuple[FrozenValue, ...] = ()
    evidence: tuple[FrozenEvidence, ...] = ()
    analyses: tuple[FrozenAnalysis, ...] = ()
    erased: tuple[Part, ...] = ()
    away: int = 0
    hash: str = ""
    heirs: tuple[tuple[int, int], ...] = field(default=(), compare=False)
    # Looked up for every goal and every measure of it: without these, time grows with the cube of their number.
    _known: dict[tuple[int, str, Sex], list[FrozenValue]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    _told: dict[int, list[FrozenValue]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _keys: dict[int, list[tuple[str, Sex]]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _by_id: tuple[dict[int, FrozenNode], dict[int, FrozenIndicator]] = field(
        init=False, repr=False, compare=False, default_factory=lambda: ({}, {})
    )

    def __post_init__(self) -> None:
        self._by_id[0].update((each.id, each) for each in self.nodes)
        self._by_id[1].update((each.id, each) for each in self.indicators)
        for each in sorted(self.values, key=lambda each: each.period):
            self._told.setdefault(each.indicator, []).append(each)
            if each.value is not None:
                self._known.setdefault((each.indicator, each.area, each.sex), []).append(each)
        for indicator, area, sex in self._known:
            self._keys.setdefault(indicator, []).append((area, sex))

    def node(self, node_id: int) -> FrozenNode | None:
        """Return a node, None where there was none of that id."""
        return self._by_id[0].get(node_id)

    def below(self, node_id: int) -> tuple[int, ...]:
        """Return the ids of a node and everything under it."""
        found = {node_id: None}
        for each in self.nodes:
            if each.parent in found:
                found[each.id] = None
        return tuple(found)

    def indicator(self, indicator_id: int) -> FrozenIndicator | None:
        """Return an indicator, None where there was none of that id."""
        return self._by_id[1].get(indicator_id)

    def indicators_of(self, node_id: int) -> tuple[FrozenIndicator, ...]:
        """Return the indicators that measure a node itself."""
        return tuple(each for each in self.indicators if node_id in each.nodes)

    def analysis_of(self, node_id: int) -> FrozenAnalysis | None:
        """Return what was said of a node, None where nobody had."""
        return next((each for each in self.analyses if each.node == node_id), None)

    def evidence_of(self, node_ids: Collection[int]) -> tuple[FrozenEvidence, ...]:
        """Return the evidence of nodes, the newest first, each story once and as what it says most about."""
        best, wanted = dict[int, FrozenEvidence](), set(node_ids)
        for each in self.evidence:
            kept = best.get(each.story)
            if each.node in wanted and (kept is None or each.weight > kept.weight):
                best[each.story] = each
        return tuple(sorted(best.values(), key=lambda each: (-each.day.toordinal(), -each.story)))

    def keys(self, indicator_id: int) -> tuple[tuple[str, Sex], ...]:
        """Return the areas and sexes that an indicator has values for: its own order of areas, everybody first."""
        found = self.indicator(indicator_id)
        areas = list(found.wording.areas) if found else []
        given = self._keys.get(indicator_id, [])
        sexes = list(Sex)
        return tuple(
            sorted(given, key=lambda key: (key[0] not in areas, _place(areas, key[0]), key[0], sexes.index(key[1])))
        )

    def series(self, indicator_id: int, area: str, sex: Sex = Sex.TOTAL) -> tuple[FrozenValue, ...]:
        """Return the values that there are, the oldest period first."""
        return tuple(self._known.get((indicator_id, area, sex), ()))

    def all_of(self, indicator_id: int, area: str, sex: Sex) -> list[FrozenValue]:
        """Return the values and what is missing among them, the oldest period first."""
        return [each for each in self._told.get(indicator_id, ()) if (each.area, each.sex) == (area, sex)]

    def yearly(self, indicator_id: int, area: str, sex: Sex = Sex.TOTAL) -> list[tuple[int, float]]:
        """Return one value a year. Of quarters and months it is the one of the latest value's, every year."""
        found = self.series(indicator_id, area, sex)
        season = found[-1].period[4:] if found else ""
        return [(each.year, each.value) for each in found if each.value is not None and each.period[4:] == season]


# --- what is kept ----------------------------------------------------------------------------------------


def canonical(value: object) -> str:
    """Return the one way in which something is written: sorted keys, no spaces, NFC, each number in one form."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str) -> str:
    """Return the hash of a body's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def whole(parts: Iterable[Part]) -> str:
    """Return the hash of a measuring point: of the lines "position:kind:sha256" of its parts, in order."""
    lines = [f"{each.position}:{each.kind}:{each.sha256}\n" for each in sorted(parts, key=lambda each: each.position)]
    return sha256("".join(lines))


def cut(content: Content) -> tuple[Part, ...]:
    """Return the parts that something is frozen in. The order depends on nothing but what is told."""
    bodies: list[tuple[PartKind, str, int | None]] = [
        (PartKind.STRATEGY, canonical({"format": FORMAT, "head": content.head}), None)
    ]
    bodies += [(PartKind.NODE, canonical({"place": at, "node": each}), None) for at, each in enumerate(content.nodes)]
    for at, each in enumerate(content.indicators):
        bodies.append((PartKind.INDICATOR, canonical({"place": at, "indicator": each}), None))
        values = sorted(
            (value for value in content.values if value.indicator == each.id),
            key=lambda value: (value.area, value.sex, value.period),
        )
        bodies.append((PartKind.VALUE, canonical({"indicator": each.id, "values": values}), None))
    for story in sorted(content.evidence, key=lambda each: (each.story, each.node)):
        bodies.append((PartKind.EVIDENCE, canonical(story), story.story))
    for said in sorted(content.analyses, key=lambda each: each.node):
        bodies.append((PartKind.ANALYSIS, canonical(said), None))
    return tuple(
        Part(position=position, kind=kind, body=body, sha256=sha256(body), story=story)
        for position, (kind, body, story) in enumerate(bodies)
    )


def joined(parts: Sequence[Part]) -> Content:
    """Return what parts tell, those that were erased named apart. ValueError where the head is not among them."""
    told: dict[PartKind, list[Any]] = {kind: [] for kind in PartKind}
    for part in sorted(parts, key=lambda each: each.position):
        if part.body is not None:
            told[part.kind].append(json.loads(part.body))
    if not told[PartKind.STRATEGY]:
        raise ValueError("a measuring point without its head")
    return Content(
        head=_head(told[PartKind.STRATEGY][0]["head"]),
        nodes=tuple(_node(each["node"]) for each in told[PartKind.NODE]),
        indicators=tuple(_indicator(each["indicator"]) for each in told[PartKind.INDICATOR]),
        values=tuple(_value(each) for part in told[PartKind.VALUE] for each in part["values"]),
        evidence=tuple(_evidence(each) for each in told[PartKind.EVIDENCE]),
        analyses=tuple(_analysis(each) for each in told[PartKind.ANALYSIS]),
        erased=tuple(part for part in parts if part.body is None),
        hash=whole(parts),
    )


def differing(parts: Iterable[Part], told: str) -> tuple[int, ...]:
    """Return the positions of parts whose body is not the one that was frozen; (-1,) where their list is not."""
    wrong = [each.position for each in parts if each.body is not None and sha256(each.body) != each.sha256]
    return tuple(wrong) if whole(parts) == told else (*wrong, -1)


def _plain(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if isinstance(value, str):
        return unicodedata.normalize("NFC", str(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)  # 80 and 80.0 and -0.0 are one number, written one way
    return value


def _place(areas: Sequence[str], area: str) -> int:
    return areas.index(area) if area in areas else len(areas)


def _given(kind: type, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a class of today knows of what was written: a field that has gone since is passed over."""
    known = _names(kind)
    return {name: value for name, value in raw.items() if name in known}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _head(raw: Mapping[str, Any]) -> Head:
    return Head(
        kind=SnapshotKind(raw["kind"]),
        title=raw["title"],
        text=raw["text"],
        as_of=date.fromisoformat(raw["as_of"]),
        strategy=raw["strategy"],
        strategy_title=raw["strategy_title"],
        owner=raw["owner"],
        summary=raw["summary"],
        note=raw["note"],
        names=tuple((kind, name) for kind, name in raw["names"]),
        period_from=date.fromisoformat(raw["period_from"]),
        period_to=date.fromisoformat(raw["period_to"]),
        version=raw["version"],
    )


def _node(raw: Mapping[str, Any]) -> FrozenNode:
    lists = {name: tuple(raw[name]) for name in ("how", "responsible", "agenda")}
    return FrozenNode(**{**_given(FrozenNode, raw), **lists, "kind": NodeKind(raw["kind"])})


def _indicator(raw: Mapping[str, Any]) -> FrozenIndicator:
    said = raw["wording"]
    wording = Indicator(
        **{
            **_given(Indicator, said),
            "nodes": tuple(said["nodes"]),
            "direction": Direction(said["direction"]),
            "origin": Origin(said["origin"]),
            "selection": tuple((name, tuple(codes)) for name, codes in said["selection"]),
            "areas": tuple(said["areas"]),
            "area_names": tuple((area, name) for area, name in said["area_names"]),
            "targets": tuple(Target(**{**each, "value": float(each["value"])}) for each in said["targets"]),
        }
    )
    return FrozenIndicator(id=raw["id"], nodes=tuple(raw["nodes"]), wording=wording, told=raw["told"])


def _value(raw: Mapping[str, Any]) -> FrozenValue:
    number = None if raw["value"] is None else float(raw["value"])
    known = datetime.fromisoformat(raw["known_from"])
    return FrozenValue(**{**_given(FrozenValue, raw), "value": number, "sex": Sex(raw["sex"]), "known_from": known})


def _evidence(raw: Mapping[str, Any]) -> FrozenEvidence:
    read = {"weight": Weight(raw["weight"]), "day": date.fromisoformat(raw["day"]), "places": tuple(raw["places"])}
    return FrozenEvidence(**{**_given(FrozenEvidence, raw), **read})


def _analysis(raw: Mapping[str, Any]) -> FrozenAnalysis:
    read = {"status": Status(raw["status"]), "at": datetime.fromisoformat(raw["at"])}
    return FrozenAnalysis(**{**_given(FrozenAnalysis, raw), **read})
