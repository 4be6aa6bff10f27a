"""What the queue can be narrowed by: the filters in use, the choices of each, and the numbers beside the cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from campaign.places import PlaceKind, Places, offer
from storage.facets import Choice, Facets, languages
from storage.queue import Lack
from storage.strategy import TreeNode
from web.desk.asked import NARROWING, UNATTACHED, Asked
from web.desk.visit import Desk
from web.rendering import language_name, network_name

#: So many values of a dimension are shown at once; the rest open.
SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A value with its number. ``query`` is the look that a press on it opens, ``chosen`` whether it narrows now."""

    value: str
    name: str
    count: int
    query: dict[str, str]
    chosen: bool
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One dimension: its parameter in an address and its values, the most frequent first."""

    name: str
    lines: tuple[Line, ...]

    @property
    def shown(self) -> tuple[Line, ...]:
        """The values that stand there at once, a chosen one always among them."""
        chosen = tuple(line for line in self.lines[SHOWN:] if line.chosen)
        return self.lines[: SHOWN - len(chosen)] + chosen

    @property
    def rest(self) -> tuple[Line, ...]:
        """The values that open."""
        return tuple(line for line in self.lines if line not in self.shown)


@dataclass(frozen=True, kw_only=True)
class Narrow:
    """The filters of one look, in one person's words."""

    desk: Desk
    asked: Asked
    tree: Sequence[TreeNode]
    facets: Facets

    @cached_property
    def panels(self) -> list[Panel]:
        """The numbers beside the queue; a dimension that tells nothing apart is left out."""
        none = {"area": self.facets.unattached, "place": self.facets.unplaced}
        panels = [self._panel(name, found, none.get(name)) for name, found in self._found.items()]
        return [panel for panel in panels if len(panel.lines) > 1 or any(line.chosen for line in panel.lines)]

    def choices(self, name: str) -> list[tuple[str, str]]:
        """Return the values and the words of a menu by their words, the chosen one always among them."""
        values = list(self.numbers(name))
        chosen = getattr(self.asked, name)
        if chosen and chosen not in (*values, UNATTACHED):
            values.append(chosen)
        return sorted(((value, self._said(name, value)) for value in values), key=lambda each: each[1].casefold())

    @property
    def areas(self) -> list[tuple[str, str]]:
        """The nodes of the strategy as a menu has them, indented by their depth."""
        return [(node.code, "\u2003" * node.depth + node.title) for node in self.tree]

    @property
    def languages(self) -> list[tuple[str, str]]:
        """The languages that stories are written in."""
        found = dict.fromkeys([*languages(self.desk.store, self.desk.campaign.id), self.asked.language])
        return [(code, self._said("language", code)) for code in found if code]

    def numbers(self, name: str) -> dict[str, int]:
        """Return how many stories each value of a dimension would show."""
        return {each.value: each.count for each in self._found[name]}

    @cached_property
    def _found(self) -> dict[str, Sequence[Choice]]:
        facets = self.facets
        codes = {str(node.id): node.code for node in self.tree}
        nodes = [Choice(value=codes[each.value], count=each.count) for each in facets.nodes if each.value in codes]
        return {"area": nodes, "place": facets.places, "network": facets.networks, "source": facets.sources}

    @property
    def lacks(self) -> list[tuple[str, str]]:
        """What a picture can lack, as value and words."""
        return [(str(lack), self.desk.t(f"list.lacks.{lack}")) for lack in Lack]

    @property
    def chosen(self) -> list[tuple[str, str]]:
        """The filters in use, as the name that takes each away and its words."""
        return [(name, self._said(name, getattr(self.asked, name))) for name in NARROWING if getattr(self.asked, name)]

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """What the sources of the configuration are called."""
        return {source.id: source.name or source.id for source in self.desk.settings.sources.values()}

    def _said(self, name: str, value: str) -> str:
        t = self.desk.t
        match name:
            case "words":
                return t("desk.filter.search", words=value)
            case "area" | "place" if value == UNATTACHED:
                return t("desk.filter.unattached" if name == "area" else "list.unplaced")
            case "area":
                return next((node.title for node in self.tree if node.code == value), value)
            case "place":
                return offer(self.desk.campaign.places).register.label_of(value)
            case "network":
                return network_name(self.desk.language)(value)
            case "source":
                return self.sources.get(value, value)
            case "language":
                return language_name(self.desk.language)(value) or value
            case "first" | "last":
                key = "desk.filter.since" if name == "first" else "desk.filter.until"
                return t(key, day=self.desk.language.date(date.fromisoformat(value)))
            case "lacks":
                return t(f"list.lacks.{value}")
            case _:
                return t(f"list.chosen.{name}", value=value)

    def _panel(self, name: str, found: Sequence[Choice], none: int | None) -> Panel:
        lines = [self._line(name, each.value, each.count) for each in found]
        chosen = getattr(self.asked, name)
        if chosen and chosen != UNATTACHED and all(line.value != chosen for line in lines):
            lines.append(self._line(name, chosen, 0))
        if none is not None and (none or chosen == UNATTACHED):
            lines.append(self._line(name, UNATTACHED, none))
        return Panel(name=name, lines=tuple(lines))

    def _line(self, name: str, value: str, count: int) -> Line:
        chosen = getattr(self.asked, name) == value
        words = self.desk.t("list.none") if (name, value) == ("area", UNATTACHED) else self._said(name, value)
        colour = next((node.colour for node in self.tree if node.code == value), "") if name == "area" else ""
        query = self.asked.query(**{name: "" if chosen else value})
        return Line(value=value, name=words, count=count, query=query, chosen=chosen, colour=colour)


def tops(tree: Sequence[TreeNode]) -> dict[int, int]:
    """Return at the top of which part of the strategy each node stands."""
    found: dict[int, int] = {}
    for node in tree:
        found[node.id] = found.get(node.parent_id, node.id) if node.parent_id is not None else node.id
    return found


def around(known: Places, places: Iterable[str]) -> dict[str, str]:
    """Return as which municipality each of these towns is counted; places that are none are left out."""
    found: dict[str, str] = {}
    for place in places:
        above = (each.id for each in known.above(place) if each.kind is PlaceKind.MUNICIPALITY)
        if municipality := next(above, None):
            found[place] = municipality
    return found
