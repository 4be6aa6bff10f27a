"""The spreadsheet that planners fill: empty with examples, or filled from a strategy so that it can be edited. Pure.

``campaign.strategy_sheet`` reads it back; what it writes of a strategy, that gives again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from campaign.cells import Cell
from campaign.figure_sheet import area_of
from campaign.figure_words import area_words
from campaign.figures import Direction, Indicator, Origin, Reading, Sex
from campaign.indicator_sheet import MEASURE_COLUMNS
from campaign.language import Language
from campaign.sheets import Sheet, rows_of, write_excel
from campaign.strategy import Node, NodeKind, Strategy
from campaign.strategy_sheet import ABOUT, NODE_COLUMNS, parts

Readings = Mapping[str, Sequence[Reading]]

_COLUMNS = (*NODE_COLUMNS, *MEASURE_COLUMNS)
_VALUES = ("measure", "area", "sex", "period", "value", "preliminary")
_WIDTHS = {
    "code": 9, "kind": 15, "parent": 12, "title": 42, "text": 42, "why": 34, "success": 34, "how": 34,
    "responsible": 28, "measure": 34, "area": 20, "source": 22, "comment": 28, "serves": 18, "words": 24,
}  # fmt: skip
#: Columns that stay text: a spreadsheet would make 1.10 a number and 1-2 a day.
_TEXTS = ("code", "parent", "serves", "was", "measure_code", "measures", "agenda", "area", "kpi", "table", "colour")
_HELP = (
    "title", "rows", "code", "kind", "parent", "lists", "serves", "was", "measure", "direction", "area", "values",
    "missing", "official", "example", "save",
)  # fmt: skip


def template(strategy: Strategy | None, language: Language, readings: Readings | None = None) -> bytes:
    """Return the spreadsheet as an Excel file: empty with three examples, or filled with a strategy and its values."""
    return write_excel(template_sheets(strategy, language, readings))


def template_sheets(strategy: Strategy | None, language: Language, readings: Readings | None = None) -> list[Sheet]:
    """Return the sheets: the nodes with their measures, further values, the strategy itself, and help in words."""
    writing = _Writing(language, readings or {})
    if strategy is None:
        return [writing.examples(), writing.value_examples(), writing.about(None), writing.help()]
    return [writing.tree(strategy), writing.values(strategy), writing.about(strategy), writing.help()]


class _Writing:
    def __init__(self, language: Language, readings: Readings) -> None:
        self.language, self.readings = language, readings

    def t(self, key: str) -> str:
        return self.language.t(f"sheet.{key}")

    def tree(self, strategy: Strategy) -> Sheet:
        rows = []
        codes = {node.code for node in strategy.nodes}
        for node in strategy.nodes:
            own = [each for each in strategy.indicators if each.nodes[:1] == (node.code,)]
            rows.append(self._node(node) | (self._measure(own[0], node.code) if own else {}))
            rows += [self._measure(each, node.code) for each in own[1:]]
        loose = [each for each in strategy.indicators if not each.nodes or each.nodes[0] not in codes]
        rows += [self._measure(each, "") for each in loose]
        return self._sheet(rows)

    def examples(self) -> Sheet:
        mark = self.t("example.row")
        area = {"code": f"{mark} 1", "kind": self.t("kind.area"), "title": self.t("example.area"),
                "text": self.t("example.area_text")}  # fmt: skip
        goal: dict[str, Cell] = {
            "code": f"{mark} 1.1", "kind": self.t("kind.goal"), "parent": f"{mark} 1", "title": self.t("example.goal"),
            "why": self.t("example.goal_why"), "success": self.t("example.goal_success"),
            "how": f"{self.t('example.how_first')}\n{self.t('example.how_second')}",
            "responsible": self.t("example.responsible"), "agenda": "3, 10", "measure": self.t("example.measure"),
            "unit": self.t("example.unit"), "direction": self.t("direction.up"), "area": self.t("example.area_place"),
            "baseline_year": 2014, "baseline_value": 69.5, "latest_year": 2017, "latest_value": 71.2,
            "target_year": 2020, "target_value": 75.0, "source": self.t("example.source"),
        }  # fmt: skip
        action = {"code": f"{mark} 1.1.1", "kind": self.t("kind.action"), "parent": f"{mark} 1.1",
                  "title": self.t("example.action")}  # fmt: skip
        return self._sheet([area, goal, action], faint=frozenset((2, 3, 4)))

    def values(self, strategy: Strategy) -> Sheet:
        """Return the values that stand on no row of the strategy's sheet, of measures that are brought by hand."""
        rows = []
        for indicator in strategy.indicators:
            if indicator.origin is not Origin.TABLE:
                continue
            on_row = {id(each) for each in (self._baseline(indicator), self._latest(indicator)) if each is not None}
            for each in self.readings.get(indicator.code, ()):
                if id(each) not in on_row and not each.deleted:
                    rows.append(self._value(indicator, each))
        return self._values(rows)

    def value_examples(self) -> Sheet:
        row: list[Cell] = [
            f"{self.t('example.row')} 1.1",
            self.t("example.area_place"),
            self.t("sex.women"),
            "2015",
            70.4,
        ]
        return self._values([row], faint=frozenset((2,)))

    def about(self, strategy: Strategy | None) -> Sheet:
        told = dict.fromkeys(ABOUT, "")
        if strategy is not None:
            told |= {key: str(getattr(strategy, key)) for key in ABOUT if key != "period"}
            told["period"] = f"{strategy.period_from.isoformat()}/{strategy.period_to.isoformat()}"
        rows = [[self.t(f"about.{key}"), told[key]] for key in ABOUT]
        return Sheet(
            name=self.t("page.about"), rows=rows_of(rows), widths=(26, 70), texts=frozenset((1,)), has_head=False
        )

    def help(self) -> Sheet:
        kinds = ", ".join(self.t(f"kind.{kind}") for kind in NodeKind)
        directions = ", ".join(self.t(f"direction.{each}") for each in Direction)
        rows = [[self.language.t(f"sheet.help.{key}", kinds=kinds, directions=directions)] for key in _HELP]
        return Sheet(name=self.t("page.help"), rows=rows_of(rows), widths=(110,))

    def _sheet(self, rows: Iterable[Mapping[str, Cell]], faint: frozenset[int] = frozenset()) -> Sheet:
        cells: list[list[Cell]] = [[self.t(f"column.{key}") for key in _COLUMNS]]
        cells += [[row.get(key) for key in _COLUMNS] for row in rows]
        at = {key: number for number, key in enumerate(_COLUMNS)}
        answers = (self.t("answer.yes"), self.t("answer.no"))
        return Sheet(
            name=self.t("page.tree"),
            rows=rows_of(cells),
            widths=tuple(_WIDTHS.get(key, 14) for key in _COLUMNS),
            texts=frozenset(at[key] for key in _TEXTS),
            choices=(
                (at["kind"], tuple(self.t(f"kind.{kind}") for kind in NodeKind)),
                (at["direction"], tuple(self.t(f"direction.{each}") for each in Direction)),
                (at["by_sex"], answers),
                (at["public"], answers),
            ),
            faint=faint,
        )

    def _values(self, rows: Iterable[Sequence[Cell]], faint: frozenset[int] = frozenset()) -> Sheet:
        return Sheet(
            name=self.t("page.values"),
            rows=rows_of([[self.t(f"column.{key}") for key in _VALUES], *rows]),
            widths=(34, 24, 12, 12, 12, 14),
            texts=frozenset((0, 1, 3)),
            choices=((2, tuple(self.t(f"sex.{sex}") for sex in Sex)),),
            faint=faint,
        )

    def _node(self, node: Node) -> dict[str, Cell]:
        return {
            "code": node.code,
            "kind": self.t(f"kind.{node.kind}"),
            "parent": node.parent or "",
            "title": node.title,
            "text": node.text,
            "why": node.why,
            "success": node.success,
            "how": "\n".join(node.how),
            "responsible": _listed(node.responsible),
            "agenda": ", ".join(map(str, node.agenda)),
            "serves": ", ".join(node.serves),
            "was": ", ".join(node.was),
            "words": _listed(node.words),
            "colour": node.colour,
        }

    def _measure(self, indicator: Indicator, node: str) -> dict[str, Cell]:
        first, last, target = self._baseline(indicator), self._latest(indicator), indicator.target()
        of = "" if indicator.nodes == ((node,) if node else ()) else ", ".join(indicator.nodes)
        return {
            "measure": indicator.title,
            "measure_code": indicator.code,
            "measures": of if node or indicator.nodes else "-",
            "unit": indicator.unit,
            "decimals": indicator.decimals,
            "direction": self.t(f"direction.{indicator.direction}"),
            "area": "; ".join(self._area(area, indicator) for area in indicator.areas),
            "by_sex": self.t("answer.yes" if indicator.by_sex else "answer.no"),
            "baseline_year": indicator.baseline or None,
            "baseline_value": first.value if first else None,
            "latest_year": _year(last.period) if last else None,
            "latest_value": last.value if last else None,
            "target_year": target.year if target else None,
            "target_value": target.value if target else None,
            "source": indicator.source,
            "kpi": indicator.kpi,
            "table": indicator.table,
            "comment": indicator.note,
            "public": self.t("answer.yes" if indicator.public else "answer.no"),
        }

    def _value(self, indicator: Indicator, each: Reading) -> list[Cell]:
        return [
            indicator.code,
            self._area(each.area, indicator) if each.area else "",
            self.t(f"sex.{each.sex}"),
            each.period,
            ".." if each.value is None else each.value,
            self.t("answer.yes") if each.preliminary else "",
        ]

    def _area(self, area: str, indicator: Indicator) -> str:
        """Return an area so that both people and programs know it: "Värmlands län (17)"."""
        name = area_words(area, indicator, self.language)
        return area if name == area or area_of(f"{name} ({area})")[0] != area else f"{name} ({area})"

    def _baseline(self, indicator: Indicator) -> Reading | None:
        found = [each for each in self._plain(indicator) if each.period == str(indicator.baseline)]
        return found[0] if found else None

    def _latest(self, indicator: Indicator) -> Reading | None:
        found = [each for each in self._plain(indicator) if each is not self._baseline(indicator)]
        return max(found, key=lambda each: each.period, default=None)

    def _plain(self, indicator: Indicator) -> list[Reading]:
        """Return the values that can stand on a row: of everybody, in the first area, with no remark."""
        first = indicator.areas[0] if indicator.areas else ""
        return [
            each
            for each in self.readings.get(indicator.code, ())
            if each.area == first and each.sex is Sex.TOTAL and each.value is not None
            and not (each.deleted or each.preliminary or each.status)
        ]  # fmt: skip


def _listed(items: Sequence[str]) -> str:
    """Return a list as a cell that is read back as the same list."""
    words = "; ".join(items)
    return words if parts(words) == tuple(items) else f"{words};"


def _year(period: str) -> Cell:
    return int(period) if period.isdecimal() else period
