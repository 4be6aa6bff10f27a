"""What the forms of a measure say: its wording as people write it, read back with the field of what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from campaign.cells import is_missing, number
from campaign.errors import InputError
from campaign.figure_sheet import area_of, period_of
from campaign.figure_words import area_words
from campaign.figures import Direction, Indicator, Origin, Reading, Sex, Target
from campaign.language import Language
from campaign.sheet_words import plain
from campaign.strategy import Strategy
from web.forms import Form

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_TARGET = re.compile(r"(\d{4})\s*[:=]([^;]*)(?:;(.*))?")
_MOST_LINE = 300
_MOST_TEXT = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """An indicator as the fields of its form."""

    fields: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


def wording(indicator: Indicator, language: Language) -> Wording:
    """Return the fields that say what an indicator says."""
    targets = [
        f"{each.year}: {figure(each.value)}" + (f"; {area_field(each.area, indicator, language)}" if each.area else "")
        for each in indicator.targets
    ]
    return Wording(
        fields={
            "title": indicator.title,
            "code": indicator.code,
            "nodes": ", ".join(indicator.nodes),
            "unit": indicator.unit,
            "decimals": str(indicator.decimals),
            "direction": str(indicator.direction),
            "areas": "; ".join(area_field(area, indicator, language) for area in indicator.areas),
            "by_sex": "yes" if indicator.by_sex else "",
            "baseline": str(indicator.baseline or ""),
            "targets": "\n".join(targets),
            "kpi": indicator.kpi,
            "table": indicator.table,
            "selection": "\n".join(f"{variable} = {', '.join(codes)}" for variable, codes in indicator.selection),
            "source": indicator.source,
            "note": indicator.note,
            "public": "yes" if indicator.public else "",
        }
    )


def read_wording(form: Form, before: Indicator | None, document: Strategy) -> Indicator:
    """Return the indicator that a form describes. InputError with the field of the first thing that is wrong."""
    title = " ".join(form["title"].split())[:_MOST_LINE]
    if not title:
        raise InputError("title", "figure_title")
    nodes = tuple(dict.fromkeys(part for part in re.split(r"[,;\s]+", form["nodes"]) if part))
    made = before or Indicator(code=_code(form, nodes, document), title=title)
    kpi, table = form["kpi"].strip().upper()[:20], form["table"].strip().upper()[:20]
    areas, names = _areas(form["areas"], made)
    made = replace(
        made,
        title=title,
        nodes=nodes,
        unit=form["unit"].strip()[:60],
        decimals=_whole(form, "decimals", 0, 6),
        direction=Direction(form["direction"]) if form["direction"] in list(Direction) else made.direction,
        areas=areas,
        area_names=names,
        by_sex=form["by_sex"] == "yes",
        baseline=_whole(form, "baseline", 0, 2100),
        kpi=kpi,
        table=table,
        origin=Origin.KOLADA if kpi else Origin.SCB if table else Origin.TABLE,
        selection=_selection(form["selection"]),
        source=form["source"].strip()[:_MOST_LINE],
        note=form["note"].strip()[:_MOST_TEXT],
        public=form["public"] == "yes",
    )
    return replace(made, targets=_targets(form["targets"], made))


def read_value(form: Form, indicator: Indicator) -> Reading:
    """Return the value that a form tells. InputError ``value``, ``period``."""
    period = period_of(form["period"].strip())
    if not period:
        raise InputError("period", "figure_period", value=form["period"].strip()[:40])
    written = form["value"].strip()
    try:
        value = number(written)
    except ValueError as problem:
        raise InputError("value", "figure_number", value=written[:40]) from problem
    if not written:
        raise InputError("value", "figure_number", value="")
    sex = Sex(form["sex"]) if form["sex"] in list(Sex) else Sex.TOTAL
    return Reading(
        area=area_code(form["area"], indicator), sex=sex, period=period, value=value,
        preliminary=form["preliminary"] == "yes",
    )  # fmt: skip


def area_code(words: str, indicator: Indicator) -> str:
    """Return the code of an area as a form names it; "" is the indicator's first."""
    words = words.strip()[:_MOST_LINE]
    if not words:
        return indicator.areas[0] if indicator.areas else ""
    own = {plain(name): code for code, name in indicator.area_names}
    if words in indicator.areas or words in dict(indicator.area_names):
        return words
    return own.get(plain(words)) or area_of(words)[0]


def area_field(area: str, indicator: Indicator, language: Language) -> str:
    """Return an area as a form names it: "Värmlands län (17)"."""
    name = area_words(area, indicator, language)
    return area if name == area else f"{name} ({area})"


def figure(value: float) -> str:
    """Return a number as a form has it, with a decimal comma and no more decimals than it has."""
    return f"{value:.10f}".rstrip("0").rstrip(".").replace(".", ",")


def _code(form: Form, nodes: tuple[str, ...], document: Strategy) -> str:
    taken = {each.code.casefold() for each in document.indicators}
    code = form["code"].strip()[:64]
    if not code and nodes:
        offered = (nodes[0] if at == 1 else f"{nodes[0]}-{at}" for at in range(1, 10_000))
        code = next(each for each in offered if each.casefold() not in taken)
    if not _CODE.fullmatch(code) or code.casefold() in taken:
        raise InputError("code", "figure_code", value=code)
    return code


def _whole(form: Form, name: str, least: int, most: int) -> int:
    written = form[name].strip()
    if not written:
        return 0
    if not written.isascii() or not written.isdigit() or len(written) > 4 or not least <= int(written) <= most:
        raise InputError(name, "figure_number", value=written[:40])
    return int(written)


def _areas(words: str, before: Indicator) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    names = dict(before.area_names)
    found = []
    for part in (each.strip()[:_MOST_LINE] for each in re.split(r"[;\n]", words)):
        if not part:
            continue
        code = area_code(part, before)
        found.append(code)
        name = area_of(part)[1]
        if name and code not in names:
            names[code] = name
    return tuple(dict.fromkeys(found)), tuple(names.items())


def _targets(words: str, made: Indicator) -> tuple[Target, ...]:
    found = []
    for line in words.split("\n"):
        if not line.strip():
            continue
        written = _TARGET.fullmatch(line.strip())
        try:
            value = number(written[2]) if written else None
        except ValueError:
            value = None
        if written is None or value is None or is_missing(written[2]):
            raise InputError("targets", "figure_target", value=line.strip()[:60])
        area = (written[3] or "").strip()
        found.append(Target(value=value, year=int(written[1]), area=area_code(area, made) if area else ""))
    return tuple(found)


def _selection(words: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for line in words.split("\n"):
        if not line.strip():
            continue
        variable, mark, codes = (part.strip() for part in line.partition("="))
        chosen = tuple(part for part in re.split(r"[,;\s]+", codes) if part)
        if not mark or not variable or not chosen:
            raise InputError("selection", "figure_selection", value=line.strip()[:60])
        found.append((variable[:100], chosen))
    return tuple(found)
