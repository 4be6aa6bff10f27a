"""The measures of a strategy at the desk: how each stands, values from a table, a new measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from fastapi import APIRouter
from starlette.responses import Response

from campaign.errors import ConfigError, InputError, NotFoundError, SkordError
from campaign.figure_sheet import parse_figures
from campaign.figure_words import area_words, period_words, value_words
from campaign.figures import Direction, Indicator, Origin, Reading, Sex
from campaign.language import Explanation
from campaign.sheet_words import Told
from campaign.strategy import Strategy
from campaign.strategy_edit import ordered
from storage.by_hand import put_many_by_hand, readings_of
from storage.indicators import StoredIndicator, list_indicators
from storage.strategy import StrategyTree
from web.desk.figure_forms import Wording, read_wording, wording
from web.desk.sheet_upload import ValueChanges, as_plain, from_plain, keep, kept, notes, upload_of, value_changes
from web.desk.strategies import get_tree
from web.desk.strategy_saving import Editing, Fault, NewerError, faults_of
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

#: What came or was revised within this time is told as news.
_LATELY = timedelta(days=60)

#: A small chart, in its own units.
_WIDE, _HIGH = 96.0, 28.0

SAID = frozenset(("put", "removed", "brought", "saved", "ended", "same", "asked"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One measure in the list, in words; ``spark`` is the path of a small chart, "" for fewer than two values."""

    stored: StoredIndicator
    value: str
    period: str
    area: str
    target: str
    direction: str
    spark: str
    trouble: Explanation | None
    moved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesLook:
    """What a table of values would do, or why it cannot be saved."""

    name: str
    problems: Sequence[Told]
    warnings: Sequence[Told]
    values: ValueChanges | None
    held: str


@router.get("/desk/strategy/{strategy}/figures")
def figures(desk: AtDesk, strategy: str) -> Response:
    """List every measure in force, in the order of the strategy."""
    return _list(desk, get_tree(desk, strategy))


@router.post("/desk/strategy/{strategy}/figures")
def bring_values(desk: AtDesk, strategy: str) -> Response:
    """Show what a table of values would change, or save what was shown."""
    tree = get_tree(desk, strategy)
    known = list_indicators(desk.store, desk.campaign.id, tree.id)
    try:
        if desk.form["press"] == "save":
            save_values(desk, tree.id)
            return desk.go(desk.url(f"/desk/strategy/{tree.id}/figures", said="brought"))
        return _list(desk, tree, look=look_at(desk, known))
    except (InputError, NotFoundError) as problem:
        return _list(desk, tree, problem=problem)


@router.get("/desk/strategy/{strategy}/figures/new")
def new_figure(desk: AtDesk, strategy: str) -> Response:
    """Show the form of a new measure; a node in the query stands in it already."""
    editing = Editing(desk, get_tree(desk, strategy).id)
    first = Indicator(code="", title="", nodes=tuple(filter(None, [desk.asked("code")[:64]])))
    return form_page(desk, editing, None, wording(first, desk.language))


@router.post("/desk/strategy/{strategy}/figures/new")
def add_figure(desk: AtDesk, strategy: str) -> Response:
    """Save a new measure: a new version of the strategy."""
    editing = Editing(desk, get_tree(desk, strategy).id)
    return save_wording(desk, editing, None)


def look_at(desk: Desk, known: Sequence[StoredIndicator], *, only: str = "") -> ValuesLook:
    """Return what the file of a form would do with values, and keep it. InputError ``file``."""
    upload = upload_of(desk)
    today = desk.now.astimezone(desk.language.zone).date()
    found = parse_figures(upload.sheets(), [each.wording for each in known], today=today, only=only)
    warnings = notes(desk, found.warnings)
    if found.problems:
        return ValuesLook(
            name=upload.name, problems=notes(desk, found.problems), warnings=warnings, values=None, held=""
        )
    values = value_changes(desk, known, found.readings)
    held = keep(desk, {"readings": as_plain(found.readings), "name": upload.name}) if values.stored.changed else ""
    return ValuesLook(name=upload.name, problems=(), warnings=warnings, values=values, held=held)


def save_values(desk: Desk, strategy: str) -> None:
    """Save the values that were shown. NotFoundError ``held_over``, ``indicator_missing``."""
    told = kept(desk)
    reason = desk.form["reason"].strip()[:500] or told["name"]
    put_many_by_hand(
        desk.store, strategy, from_plain(told["readings"]), by=desk.actor, now=desk.now, reason=reason,
        origin=told["name"],
    )  # fmt: skip


def save_wording(desk: Desk, editing: Editing, before: StoredIndicator | None) -> Response:
    """Save what a form says of a measure; the form comes back with what is wrong, nothing of it lost."""
    document = editing.document
    written = Wording(fields=dict(desk.form))
    try:
        editing.check_seen()
        made = read_wording(desk.form, before.wording if before else None, document)
        kept_ = tuple(made if before and each.code == before.code else each for each in document.indicators)
        changed = editing.save(_with(document, kept_ if before else (*kept_, made)))
    except InputError as problem:
        return form_page(desk, editing, before, written, problem=problem)
    except ConfigError as error:
        return form_page(desk, editing, before, written, faults=faults_of(desk, error))
    except NewerError:
        return form_page(desk, Editing(desk, editing.tree.id), before, written, told=editing.told_newer())
    said = "saved" if changed.is_new else "same"
    if before is not None:
        return desk.go(desk.url(f"/desk/figures/{before.id}", said=said))
    return desk.go(desk.url(f"/desk/strategy/{editing.tree.id}/figures", said=said) + f"#figure-{made.code}")


def form_page(
    desk: Desk,
    editing: Editing,
    before: StoredIndicator | None,
    written: Wording,
    *,
    problem: InputError | None = None,
    faults: Sequence[Fault] = (),
    told: Explanation | None = None,
) -> Response:
    """Return the form of a measure's wording."""
    said = desk.explain(problem) if problem else None
    return desk.page(
        "desk/figure_form.html",
        status=409 if told else 422 if problem or faults else 200,
        tree=editing.tree,
        stored=before,
        w=written,
        version=editing.tree.version,
        directions=[(str(each), desk.t(f"sheet.direction.{each}")) for each in Direction],
        codes=", ".join(node.code for node in ordered(editing.document))[:400],
        wrong={problem.field: f"{said.what} {said.do}"} if said and problem else {},
        faults=faults,
        told=told,
    )


def trouble_of(desk: Desk, stored: StoredIndicator) -> Explanation | None:
    """Return why the last asking failed, None where it went well."""
    if stored.error is None:
        return None
    return desk.explain(SkordError(str(stored.error["key"]), **dict(stored.error.get("facts") or {})))


def spark(values: Sequence[float]) -> str:
    """Return the path of a small chart of values, oldest first."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = _WIDE / (len(values) - 1)
    dots = (f"{at * step:.1f} {_HIGH - 2 - (value - low) / span * (_HIGH - 4):.1f}" for at, value in enumerate(values))
    return "M" + "L".join(dots)


def _with(document: Strategy, indicators: Sequence[Indicator]) -> Strategy:
    return replace(document, indicators=tuple(indicators))


def _list(
    desk: Desk, tree: StrategyTree, *, look: ValuesLook | None = None, problem: SkordError | None = None
) -> Response:
    known = list_indicators(desk.store, desk.campaign.id, tree.id)
    at = {node.id: number for number, node in enumerate(tree.nodes)}
    # The document's own order settles several of one goal; what measures nothing in force stands last.
    known.sort(key=lambda each: min((at[node_id] for node_id in each.nodes if node_id in at), default=len(at)))
    readings = readings_of(desk.store, tree.id)
    told = desk.explain(problem) if problem else None
    refused = bool(problem or (look and look.problems))
    return desk.page(
        "desk/figures.html",
        status=422 if refused else 200,
        tree=tree,
        rows=[_row(desk, each, readings.get(each.code, [])) for each in known],
        codes={node.id: node for node in tree.nodes},
        look=look,
        told=told if not isinstance(problem, InputError) else None,
        wrong={problem.field: f"{told.what} {told.do}"} if told and isinstance(problem, InputError) else {},
        said=desk.asked("said") if desk.asked("said") in SAID else "",
        Origin=Origin,
    )


def _row(desk: Desk, stored: StoredIndicator, readings: Sequence[Reading]) -> FigureRow:
    told = stored.wording
    first = told.areas[0] if told.areas else next((each.area for each in readings), "")
    main = [each for each in readings if each.area == first and each.sex is Sex.TOTAL and each.value is not None]
    main.sort(key=lambda each: each.period)
    last = main[-1] if main else None
    target = told.target()
    facts = {"value": value_words(target.value, told, desk.language), "year": target.year} if target else {}
    return FigureRow(
        stored=stored,
        value=value_words(last.value, told, desk.language) if last else "",
        period=period_words(last.period, desk.language) if last else "",
        area=area_words(first, told, desk.language) if first else "",
        target=desk.t("sheet.figures.target_in", **facts) if target else "",
        direction=desk.t(f"sheet.direction.{told.direction}"),
        spark=spark([each.value for each in main if each.value is not None]),
        trouble=trouble_of(desk, stored),
        moved=stored.changed_at is not None and desk.now - stored.changed_at < _LATELY,
    )
