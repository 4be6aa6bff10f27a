"""A strategy as planners keep it in a spreadsheet: one row a node, a goal's measure on the same row. Pure.

An empty cell takes away what stood there; a column that is empty all the way down, or not there, changes nothing.
``parse_sheet`` reads it, all problems at once, each with its place; ``campaign.strategy_template`` writes it.
What a sheet cannot say (how SCB's table is asked, targets of other areas) is kept as the document before said it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from campaign.cells import is_missing, text
from campaign.errors import Fact
from campaign.figure_sheet import COLUMNS as VALUE_COLUMNS
from campaign.figure_sheet import Figures
from campaign.figures import Reading
from campaign.indicator_sheet import MEASURE_COLUMNS, Measures
from campaign.sheet_words import Head, Notes, Place, SheetNote, body, find_head, is_example, meaning, plain
from campaign.sheets import Row, Sheet
from campaign.strategy import Node, NodeKind, Strategy, above, coloured
from campaign.strategy_check import MOST_PARTS, faults
from campaign.toml_file import nearest

NODE_COLUMNS = (
    "code", "kind", "parent", "title", "text", "why", "success", "how", "responsible", "agenda", "serves", "was",
    "words", "colour",
)  # fmt: skip
_ALL = (*NODE_COLUMNS, *MEASURE_COLUMNS)
_NEEDED = ("code", "kind", "title")

#: What a column of measures says is kept as, where its name is another.
_SAID_AS = {
    "measure": "title", "measure_code": "", "measures": "nodes", "area": "areas", "baseline_year": "baseline",
    "baseline_value": "baseline", "target_year": "targets", "target_value": "targets", "comment": "note",
    "direction": "", "public": "", "decimals": "",
}  # fmt: skip

#: What the sheet about the strategy itself says, in two columns.
ABOUT = ("title", "owner", "period", "summary", "note")

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_SERVES = re.compile(r"[a-z0-9-]{1,64}/[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_YEARS = re.compile(r"(\d{4})\s*[-\u2013]\s*(\d{4})")
_BULLET = re.compile(r"^\s*[-\u2013\u2022*]\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetResult:
    """What a spreadsheet says. ``strategy`` is None where it says none; with ``problems`` it may not be saved.

    ``readings`` are values by the code of their indicator.
    """

    strategy: Strategy | None
    readings: Mapping[str, tuple[Reading, ...]]
    problems: tuple[SheetNote, ...]
    warnings: tuple[SheetNote, ...]


def parse_sheet(sheets: Sequence[Sheet], base: Strategy | None, today: date) -> SheetResult:
    """Return the strategy and the values of a spreadsheet.

    ``base`` is the document that it changes, or, for a new strategy, one that has a head and nothing else; without it
    the sheet about the strategy must say its title, owner and period.
    """
    return _Reading(base, today).read(sheets)


def new_strategy(id_: str, title: str, owner: str, first: date, last: date) -> Strategy:
    """Return a strategy with nothing in it yet, to be filled from a spreadsheet."""
    return Strategy(id=id_, title=title, owner=owner, period_from=first, period_to=last)


def period(words: str) -> tuple[date, date] | None:
    """Return the days of "2014-2020" or "2014-07-01/2020-12-31", None for what is no period."""
    years = _YEARS.fullmatch(words.strip())
    first, _, last = words.partition("/")
    try:
        if years:
            days = date(int(years[1]), 1, 1), date(int(years[2]), 12, 31)
        else:
            days = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
    except ValueError:
        return None
    return days if days[0] <= days[1] else None


def parts(words: str) -> tuple[str, ...]:
    """Return the parts of a cell that lists: one a line, or parted by semicolons, else by commas."""
    marks = r"[;\n]" if ";" in words or "\n" in words else r","
    return tuple(dict.fromkeys(part.strip() for part in re.split(marks, words) if part.strip()))


def lines(words: str) -> tuple[str, ...]:
    """Return the action points of a cell, one a line, without what was drawn before them."""
    return tuple(_BULLET.sub("", line).strip() for line in words.split("\n") if line.strip(" \t-\u2013\u2022*"))


class _Reading:
    def __init__(self, base: Strategy | None, today: date) -> None:
        self.base, self.today, self.notes = base, today, Notes()
        self.nodes: list[Node] = []
        self.places: dict[str, tuple[Head, Row]] = {}
        self.kinds = {plain(word): kind for kind, word in (base.names if base else ())}

    def read(self, sheets: Sequence[Sheet]) -> SheetResult:
        trees, values, about = self._sorted(sheets)
        measures = Measures(self.base, self.notes, self.today)
        for sheet in trees:
            self._tree(sheet, measures)
        if not trees:
            self.notes.problem(Place(sheet=sheets[0].name if sheets else ""), "tree_missing", allowed=_named(_NEEDED))
        elif not self.nodes and not self.notes.problems:
            self.notes.problem(Place(sheet=trees[0].name), "tree_empty")
        self._check()
        indicators = measures.done({node.code: node for node in self.nodes})
        figures = Figures(indicators, today=self.today, notes=self.notes)
        for sheet in values:
            figures.take(sheet)
        for code, reading, place in measures.readings:
            figures.put(code, reading, place)
        head = self._about(about)
        found = figures.result()
        strategy = None
        if head is not None and self.nodes:
            named = measures.named(indicators, found.areas)
            strategy = replace(head, nodes=coloured(self.nodes), indicators=named)
            if not self.notes.problems:
                self._check_whole(strategy, measures, trees[0].name)
                found = figures.result()
        readings = {code: readings for code, readings in found.readings.items() if readings}
        return SheetResult(strategy=strategy, readings=readings, problems=found.problems, warnings=found.warnings)

    def _sorted(self, sheets: Sequence[Sheet]) -> tuple[list[Sheet], list[Sheet], Sheet | None]:
        """Return the sheets with nodes, those with values, and the one about the strategy; tell of what is not read."""
        trees, values, about = [], [], None
        for sheet in sheets:
            head = find_head(sheet, _ALL)
            if head is not None and not head.missing(("title",)) and len(head.columns) > 2:
                trees.append(sheet)
            elif (found := find_head(sheet, VALUE_COLUMNS)) is not None and not found.missing(("measure", "value")):
                values.append(sheet)
            elif about is None and len(_facts(sheet)) > 1:
                about = sheet
            elif meaning(sheet.name, "page")[0] != "help":
                self.notes.warn(Place(sheet=sheet.name), "sheet_unread")
        return trees, values, about

    def _tree(self, sheet: Sheet, measures: Measures) -> None:
        head = find_head(sheet, _ALL, self.notes)
        if head is None:
            return
        if lacking := head.missing(_NEEDED):
            self.notes.problem(Place(sheet=sheet.name, row=head.row), "columns_missing", allowed=_named(lacking))
            return
        rows = [row for row in body(sheet, head) if not is_example(head.text(row, "code"))]
        head = self._filled(head, rows)
        if len(rows) > 2 * MOST_PARTS:  # a node takes a row, and so does each further measure of it
            place = Place(sheet=sheet.name)
            self.notes.problem(place, "config.strategy_too_many", count=len(rows), most=MOST_PARTS)
            return
        guesses = all(not head.text(row, "parent") for row in rows)
        codes = {head.text(row, "code") for row in rows}
        before = len(self.nodes)
        last = ""
        for row in rows:
            code = head.text(row, "code")
            if code or head.text(row, "title"):
                node = self._node(head, row)
                if node is None:
                    continue
                last = node.code
                self.nodes.append(self._guessed(node, codes) if guesses else node)
            measures.take(head, row, last)
        guessed = sum(1 for node in self.nodes[before:] if guesses and node.parent)
        if guessed:
            self.notes.warn(Place(sheet=sheet.name), "parent_guessed", count=guessed)

    def _filled(self, head: Head, rows: Sequence[Row]) -> Head:
        """Return the head without the columns that are empty all the way down: whoever left them said nothing.

        Told where the document before has something there, for whoever meant to take it away.
        """
        if self.base is None or not self.base.nodes:
            return head
        empty = [key for key in head.columns if key not in _NEEDED and not any(head.text(row, key) for row in rows)]
        for key in empty:
            things = self.base.nodes if key in NODE_COLUMNS else self.base.indicators
            if rows and any(getattr(each, _SAID_AS.get(key, key), None) for each in things):
                column = head.columns[key]
                place = Place(sheet=head.sheet, row=head.row, column=column, head=head.titles[column])
                self.notes.warn(place, "column_empty", value=head.titles[column][:60])
        return replace(head, columns={key: at for key, at in head.columns.items() if key not in empty})

    def _guessed(self, node: Node, codes: set[str]) -> Node:
        """Return a node under the one that its code begins with: 1.2 under 1, where no row says what it lies under.

        One that the document before has lies where it lay.
        """
        before = self._before(node)
        if before is not None and (before.parent is None or before.parent in codes):
            return node
        start = _start_of(node.code, codes)
        return replace(node, parent=start) if start else node

    def _node(self, head: Head, row: Row) -> Node | None:
        code = self._code(head, row)
        if not code:
            return None
        title = head.text(row, "title")
        if not title:
            self.notes.problem(head.at(row, "title"), "title_missing", code=code)
        colour = head.text(row, "colour")
        if colour and not _COLOUR.fullmatch(colour):
            self.notes.problem(head.at(row, "colour"), "colour_bad", value=colour[:20])
        self.places[code] = (head, row)
        made = Node(
            code=code,
            parent=head.text(row, "parent") or None,
            kind=self._kind(head, row),
            title=" ".join(title.split()),
            text=head.text(row, "text"),
            colour=colour.lower(),
            words=parts(head.text(row, "words")),
            why=head.text(row, "why"),
            success=head.text(row, "success"),
            how=lines(head.text(row, "how")),
            responsible=parts(head.text(row, "responsible")),
            agenda=self._agenda(head, row),
            serves=self._codes(head, row, "serves", _SERVES),
            was=self._codes(head, row, "was", _CODE),
        )
        return self._kept(head, made)

    def _kept(self, head: Head, made: Node) -> Node:
        """Return a node with what the document before said of it, where the sheet has no column for that."""
        before = self._before(made)
        if before is None:
            return made
        kept: dict[str, Any] = {key: getattr(before, key) for key in NODE_COLUMNS if key not in head.columns}
        return replace(made, **kept)

    def _before(self, made: Node) -> Node | None:
        """Return a node as the document before has it, by its code or by one that it says it had."""
        known = {node.code: node for node in (self.base.nodes if self.base else ())}
        return next((known[code] for code in (made.code, *made.was) if code in known), None)

    def _code(self, head: Head, row: Row) -> str:
        code, place = head.text(row, "code"), head.at(row, "code")
        if not code:
            self.notes.problem(place, "code_missing", title=head.text(row, "title")[:60])
        elif isinstance(head.cell(row, "code"), date):
            self.notes.problem(place, "code_date", value=code)
        elif not _CODE.fullmatch(code):
            self.notes.problem(place, "code_bad", value=code[:60])
        else:
            other = next((each for each in self.places if each.casefold() == code.casefold()), "")
            if not other:
                return code
            self.notes.problem(place, "code_twice", value=code, row=self.places[other][1].number)
        return ""

    def _kind(self, head: Head, row: Row) -> NodeKind:
        words, place = head.text(row, "kind"), head.at(row, "kind")
        if plain(words) in self.kinds:
            return NodeKind(self.kinds[plain(words)])
        found, meant = meaning(words, "kind") if words else ("", "")
        facts: dict[str, Fact] = {"value": words[:60], "allowed": " ".join(f"kind.{kind}" for kind in NodeKind)}
        if not words:
            self.notes.problem(place, "kind_missing", allowed=facts["allowed"])
        elif not found:
            self.notes.problem(place, "kind_unknown", **facts)
        elif meant:
            self.notes.warn(place, "word_near", value=words[:60], proposal=meant)
        return NodeKind(found) if found else NodeKind.GOAL

    def _agenda(self, head: Head, row: Row) -> tuple[int, ...]:
        found = []
        for part in re.split(r"[,;\s]+", head.text(row, "agenda")):
            if part.isdecimal() and 1 <= int(part) <= 17:
                found.append(int(part))
            elif part and not is_missing(part):
                self.notes.problem(head.at(row, "agenda"), "agenda_bad", value=part[:40])
        return tuple(dict.fromkeys(found))

    def _codes(self, head: Head, row: Row, key: str, shape: re.Pattern[str]) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(part for part in re.split(r"[,;\s]+", head.text(row, key)) if not is_missing(part)))
        for part in found:
            if not shape.fullmatch(part):
                self.notes.problem(head.at(row, key), f"{key}_bad", value=part[:60])
        return found

    def _check(self) -> None:
        """Look at what only the whole can tell: parents, circles, codes that were left."""
        nodes = {node.code: node for node in self.nodes}
        before = {node.code: node for node in (self.base.nodes if self.base else ())}
        for node in self.nodes:
            head, row = self.places[node.code]
            if node.parent is not None and node.parent not in nodes:
                others = [code for code in nodes if code != node.code]
                near = nearest(node.parent, nodes) and (_start_of(node.code, nodes) or nearest(node.parent, others))
                key = "parent_near" if near else "parent_unknown"
                self.notes.problem(head.at(row, "parent"), key, value=node.parent[:60], proposal=near)
            elif node.code in above(node, nodes):
                self.notes.problem(head.at(row, "parent"), "circle", value=node.code)
        named = {code for node in self.nodes for code in node.was}
        left = {plain(node.title): node for code, node in before.items() if code not in nodes and code not in named}
        for node in self.nodes:
            old = left.get(plain(node.title)) if node.code not in before else None
            if old is not None:
                head, row = self.places[node.code]
                facts: dict[str, Fact] = {"value": node.code, "old": old.code, "title": node.title[:60]}
                self.notes.warn(head.at(row, "was"), "was_proposed", **facts)

    def _check_whole(self, strategy: Strategy, measures: Measures, sheet: str) -> None:
        """Tell at its row what holds of every document, however it is written."""
        for fault in faults(strategy):
            kind, code = (str(fault.path[0]), str(fault.path[1])) if len(fault.path) > 1 else ("", "")
            place = measures.place(code) if kind == "indicator" else None
            if kind == "node" and code in self.places:
                head, row = self.places[code]
                place = head.at(row, str(fault.path[2]) if len(fault.path) > 2 else "code")
            self.notes.problem(place or Place(sheet=sheet), f"config.{fault.key}", **fault.facts)

    def _about(self, sheet: Sheet | None) -> Strategy | None:
        told = _facts(sheet) if sheet is not None else {}
        if self.base is not None and not any(words for words, _ in told.values()):
            return self.base  # nobody filled it in
        if self.base is None:
            lacking = [key for key in ("title", "owner", "period") if not told.get(key, ("", 0))[0]]
            if lacking:
                name = sheet.name if sheet is not None else ""
                self.notes.problem(Place(sheet=name), "about_missing", allowed=_named(lacking, "about"))
                return None
        days = None
        if sheet is not None and told.get("period", ("", 0))[0]:
            words, at = told["period"]
            days = period(words)
            if days is None:
                self.notes.problem(Place(sheet=sheet.name, row=at, column=1), "period_of_strategy", value=words[:40])
        said = {
            key: words for key, (words, _) in told.items() if key != "period" and (words or key in ("summary", "note"))
        }
        base = self.base or new_strategy(slug(said["title"]), "", "", date.min, date.max)
        changes: dict[str, Any] = dict(said)
        if days is not None:
            changes |= {"period_from": days[0], "period_to": days[1]}
        return replace(base, **changes)


def _start_of(code: str, codes: Collection[str]) -> str:
    """Return the longest code that a code begins with, up to a dot; "" where there is none."""
    start = code
    while "." in start:
        start = start.rpartition(".")[0]
        if start in codes:
            return start
    return ""


def slug(title: str) -> str:
    """Return an id made of a title: "Värmlandsstrategin 2014-2020" gives "varmlandsstrategin-2014-2020"."""
    plainly = title.casefold().translate(str.maketrans("åäöéü", "aaoeu"))
    return re.sub(r"[^a-z0-9]+", "-", plainly).strip("-")[:64].strip("-") or "strategi"


def _facts(sheet: Sheet) -> dict[str, tuple[str, int]]:
    """Return what a sheet of two columns says of a strategy, each with its row."""
    found: dict[str, tuple[str, int]] = {}
    for row in sheet.rows[:40]:
        key = meaning(text(row.cells[0]), "about")[0] if row.cells and row.cells[0] else ""
        if key:
            found.setdefault(key, (text(row.cells[1]) if len(row.cells) > 1 else "", row.number))
    return found


def _named(keys: Sequence[str], group: str = "column") -> str:
    return " ".join(f"{group}.{key}" for key in keys)
