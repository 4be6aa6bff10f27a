"""One measure: its values with every revision, entered, corrected or brought by hand, asked for, reworded, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConfigError, InputError, NotFoundError, SkordError
from campaign.figure_words import area_words, period_words, value_words
from campaign.figures import Measurement, Origin, Reading, Sex
from storage.by_hand import put_by_hand
from storage.indicators import StoredIndicator, get_indicator
from storage.measurements import history, series
from storage.strategy import StrategyTree
from storage.tasks import Task, add_task, get_task
from web.desk.answers import number
from web.desk.figure_forms import area_code, area_field, figure, read_value, wording
from web.desk.figures import SAID, ValuesLook, form_page, look_at, save_values, save_wording, trouble_of
from web.desk.strategies import get_tree
from web.desk.strategy_saving import Editing, NewerError, faults_of
from web.desk.visit import AtDesk, Desk, DeskRoute
from web.figures import figure as drawn

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

_TASK = "refresh_indicator"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """One value in words. ``revised`` are sentences, the latest first; ``edit`` fills the form that corrects it."""

    area: str
    sex: str
    period: str
    value: str
    known: str
    origin: str
    preliminary: bool
    deleted: bool
    revised: tuple[str, ...]
    edit: dict[str, str]


@router.get("/desk/figures/{indicator_id}")
def figure_page(desk: AtDesk, indicator_id: Id) -> Response:
    """Show a measure with its values, or the form of its wording."""
    stored = get_indicator(desk.store, indicator_id)
    if desk.asked("edit") == "wording":
        editing = Editing(desk, get_tree(desk, stored.strategy).id)
        return form_page(desk, editing, stored, wording(stored.wording, desk.language))
    return _page(desk, stored)


@router.post("/desk/figures/{indicator_id}")
def change_figure(desk: AtDesk, indicator_id: Id) -> Response:
    """Save a value, values of a file, or the wording; take a value away; ask the source."""
    stored = get_indicator(desk.store, indicator_id)
    try:
        match desk.form["press"]:
            case "put":
                said = _put(desk, stored)
            case "remove":
                said = _remove(desk, stored)
            case "look":
                return _page(desk, stored, look=look_at(desk, [stored], only=stored.code))
            case "store":
                save_values(desk, stored.strategy)
                said = "brought"
            case "ask":
                return _ask(desk, stored)
            case "wording":
                return save_wording(desk, Editing(desk, stored.strategy), stored)
            case "end":
                return _end(desk, stored)
            case _:
                raise NotFoundError("press_unknown")
    except InputError as problem:
        return _page(desk, stored, problem=problem)
    return desk.go(desk.url(f"/desk/figures/{stored.id}", said=said) + "#values")


def _put(desk: Desk, stored: StoredIndicator) -> str:
    told = read_value(desk.form, stored.wording)
    before = _standing(desk, stored, told)
    if before is not None and before.value != told.value:
        _reason(desk)
    done = put_by_hand(desk.store, stored.id, [told], by=desk.actor, now=desk.now, reason=desk.form["reason"][:500])
    return "put" if done.changed else "same"


def _remove(desk: Desk, stored: StoredIndicator) -> str:
    """Take a value away: what was known is kept, and it can be entered again."""
    reason = _reason(desk)
    sex = Sex(desk.form["sex"]) if desk.form["sex"] in list(Sex) else Sex.TOTAL
    area = area_code(desk.form["area"], stored.wording)
    told = Reading(area=area, sex=sex, period=desk.form["period"].strip(), value=None, deleted=True)
    if _standing(desk, stored, told) is None:
        raise InputError("period", "figure_gone")
    put_by_hand(desk.store, stored.id, [told], by=desk.actor, now=desk.now, reason=reason)
    return "removed"


def _reason(desk: Desk) -> str:
    reason = desk.form["reason"].strip()[:500]
    if not reason:
        raise InputError("reason", "figure_reason")
    return reason


def _standing(desk: Desk, stored: StoredIndicator, told: Reading) -> Measurement | None:
    found = series(desk.store, stored.id, area=told.area, sex=told.sex, missing=True)
    return next((each for each in found if each.period == told.period), None)


def _ask(desk: Desk, stored: StoredIndicator) -> Response:
    if stored.wording.origin is Origin.TABLE or stored.ended_at is not None:
        raise NotFoundError("press_unknown")
    task = add_task(
        desk.store, _TASK, {"indicator": stored.id}, now=desk.now, account_id=desk.account.id, campaign=stored.campaign
    )
    return desk.go(desk.url(f"/desk/figures/{stored.id}", task=task, said="asked"))


def _end(desk: Desk, stored: StoredIndicator) -> Response:
    editing = Editing(desk, stored.strategy)
    reason = _reason(desk)
    left = tuple(each for each in editing.document.indicators if each.code != stored.code)
    try:
        editing.check_seen()
        editing.save(replace(editing.document, indicators=left), reason=reason)
    except ConfigError as error:
        return form_page(desk, editing, stored, wording(stored.wording, desk.language), faults=faults_of(desk, error))
    except NewerError:
        told = editing.told_newer()
        return form_page(
            desk, Editing(desk, stored.strategy), stored, wording(stored.wording, desk.language), told=told
        )
    return desk.go(desk.url(f"/desk/strategy/{stored.strategy}/figures", said="ended"))


def _page(
    desk: Desk, stored: StoredIndicator, *, look: ValuesLook | None = None, problem: SkordError | None = None
) -> Response:
    tree: StrategyTree = get_tree(desk, stored.strategy)
    told = desk.explain(problem) if problem else None
    wrong = {problem.field: f"{told.what} {told.do}"} if told and isinstance(problem, InputError) else {}
    values = series(desk.store, stored.id, sex=None)
    today = desk.now.astimezone(desk.language.zone).date()
    task = _task(desk, stored)
    return desk.page(
        "desk/figure.html",
        status=422 if problem or (look and look.problems) else 200,
        tree=tree,
        stored=stored,
        figure=drawn(stored, values, desk.language, today=today) if values else None,
        rows=_rows(desk, stored),
        nodes=[node for node in tree.nodes if node.id in stored.nodes],
        trouble=trouble_of(desk, stored),
        task=task,
        look=look,
        w=_filled(desk, stored) if not problem else desk.form,
        wrong=wrong,
        sexes=[(str(sex), desk.t(f"sheet.sex.{sex}")) for sex in Sex],
        areas=[area_field(area, stored.wording, desk.language) for area in _areas(stored, values)],
        version=tree.version,
        said=desk.asked("said") if desk.asked("said") in SAID else "",
        Origin=Origin,
    )


def _areas(stored: StoredIndicator, values: Sequence[Measurement]) -> list[str]:
    return list(dict.fromkeys([*stored.wording.areas, *(each.area for each in values if each.area)]))


def _filled(desk: Desk, stored: StoredIndicator) -> dict[str, str]:
    """Return what the form of a value has at first: the value that is to be corrected, where the address names one."""
    sex = Sex(desk.asked("sex")) if desk.asked("sex") in list(Sex) else Sex.TOTAL
    area, period = desk.asked("area")[:100], desk.asked("period")[:10]
    found = series(desk.store, stored.id, area=area, sex=sex, missing=True) if period else []
    known = next((each for each in found if each.period == period), None)
    return {
        "area": area_field(area, stored.wording, desk.language) if area else "",
        "sex": str(sex),
        "period": period,
        "value": "" if known is None else ".." if known.value is None else figure(known.value),
        "preliminary": "yes" if known is not None and known.preliminary else "",
        "reason": "",
    }


def _task(desk: Desk, stored: StoredIndicator) -> Task | None:
    """Return the asking that this page was led to, None for none or another's."""
    asked = number(desk.asked("task"))
    if asked is None:
        return None
    try:
        task = get_task(desk.store, asked)
    except NotFoundError:
        return None
    return task if task.kind == _TASK and task.payload.get("indicator") == stored.id else None


def _rows(desk: Desk, stored: StoredIndicator) -> list[ValueRow]:
    """Return the values, the latest period first, each with what was known of it before."""
    of: dict[tuple[str, str, str], list[Measurement]] = {}
    for each in history(desk.store, stored.id):
        of.setdefault((each.period, each.area, str(each.sex)), []).append(each)
    return [
        _value_row(desk, stored, of[key]) for key in sorted(of, key=lambda key: (key[0], *_backwards(key, stored)))
    ][::-1]


def _backwards(key: tuple[str, str, str], stored: StoredIndicator) -> tuple[int, int]:
    """Return what puts the first area and everybody's value first in a list that is turned round."""
    areas = stored.wording.areas
    return (-areas.index(key[1]) if key[1] in areas else -len(areas), -list(Sex).index(Sex(key[2])))


def _value_row(desk: Desk, stored: StoredIndicator, known: Sequence[Measurement]) -> ValueRow:
    ordered = sorted(known, key=lambda each: each.known_from)
    last, told, say = ordered[-1], stored.wording, desk.language
    revised = []
    for before, after in pairwise(ordered):
        facts = {"day": say.date(after.known_from), "before": value_words(before.value, told, say)}
        if after.deleted:
            revised.append(desk.t("sheet.figures.removed_at", **facts))
        elif not before.deleted and before.value != after.value:
            revised.append(desk.t("sheet.figures.revised", after=value_words(after.value, told, say), **facts))
    return ValueRow(
        area=area_words(last.area, told, say) if last.area else "",
        sex=desk.t(f"sheet.sex.{last.sex}"),
        period=period_words(last.period, say),
        value="" if last.deleted else value_words(last.value, told, say),
        known=say.date(last.known_from),
        origin=last.origin,
        preliminary=last.preliminary,
        deleted=last.deleted,
        revised=tuple(reversed(revised)),
        edit={"area": last.area, "sex": str(last.sex), "period": last.period},
    )
