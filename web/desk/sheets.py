"""A strategy out of and into a spreadsheet: taken out filled or empty, brought in, shown as what changes, saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from campaign.errors import ConfigError, ConflictError, InputError, NotFoundError, SkordError
from campaign.figures import Reading
from campaign.sheet_changes import Changes, changes
from campaign.sheet_words import Told
from campaign.sheets import write_csv, write_excel
from campaign.strategy import Strategy, as_json, as_toml, from_json, parse
from campaign.strategy_sheet import SheetResult, new_strategy, parse_sheet, period, slug
from campaign.strategy_template import template, template_sheets
from storage.by_hand import put_many_by_hand, readings_of
from storage.indicators import list_indicators
from storage.strategy import StrategyTree, find_strategy, read_document, save_strategy
from web.desk.sheet_upload import (
    Upload,
    ValueChanges,
    as_plain,
    from_plain,
    keep,
    kept,
    notes,
    upload_of,
    value_changes,
)
from web.desk.strategies import get_tree
from web.desk.strategy_saving import faults_of
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_KINDS = {"xlsx": _EXCEL, "csv": "text/csv; charset=utf-8", "toml": "application/toml; charset=utf-8", "empty": _EXCEL}

#: Groups of changes in the order in which they are told.
GROUPS = ("renamed", "added", "changed", "ended", "measures_added", "measures_changed", "measures_ended")

_MOST_LINE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLine:
    """One thing that is said otherwise of the strategy itself; ``new`` is "" where it is taken away."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file would change, or why it cannot be saved. ``held`` names what saving it takes.

    ``note`` is a remark about the strategy that the file leaves standing.
    """

    name: str
    problems: Sequence[Told]
    warnings: Sequence[Told]
    changes: Changes
    values: ValueChanges | None
    held: str
    head: Sequence[HeadLine] = ()
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the file says what is known already."""
        return self.changes.is_empty and not (self.values and self.values.stored.changed)


@router.get("/desk/strategy/new")
def begin(desk: AtDesk) -> Response:
    """Show the form for a first strategy, or a further one."""
    return _page(desk, None)


@router.post("/desk/strategy/new")
def begin_from(desk: AtDesk) -> Response:
    """Show what a file would make, or make it."""
    if desk.form["press"] == "save":
        return _save(desk, None)
    try:
        return _look(desk, None)
    except InputError as problem:
        return _page(desk, None, problem=problem)


@router.get("/desk/strategy/new/file")
def empty_file(desk: AtDesk) -> Response:
    """Answer with the empty spreadsheet."""
    return _file(desk, template(None, desk.language), "xlsx", "strategi")


@router.get("/desk/strategy/{strategy}/sheet")
def sheet(desk: AtDesk, strategy: str) -> Response:
    """Show the ways out and in."""
    return _page(desk, get_tree(desk, strategy))


@router.get("/desk/strategy/{strategy}/sheet/file")
def sheet_file(desk: AtDesk, strategy: str) -> Response:
    """Answer with the strategy as Excel, CSV or TOML, or with the empty spreadsheet."""
    tree = get_tree(desk, strategy)
    kind = desk.asked("as")
    if kind not in _KINDS:
        raise NotFoundError("page_missing")
    if kind == "empty":
        return _file(desk, template(None, desk.language), kind, "strategi")
    document = read_document(desk.store, tree.id)
    if kind == "toml":
        return _file(desk, as_toml(document).encode(), kind, tree.id)
    sheets = template_sheets(document, desk.language, readings_of(desk.store, tree.id))
    body = write_csv([row.cells for row in sheets[0].rows]) if kind == "csv" else write_excel(sheets)
    return _file(desk, body, kind, tree.id)


@router.post("/desk/strategy/{strategy}/sheet")
def bring(desk: AtDesk, strategy: str) -> Response:
    """Show what a file would change, or save what was shown."""
    tree = get_tree(desk, strategy)
    if desk.form["press"] == "save":
        return _save(desk, tree)
    try:
        return _look(desk, tree)
    except InputError as problem:
        return _page(desk, tree, problem=problem)


def _look(desk: Desk, tree: StrategyTree | None) -> Response:
    upload = upload_of(desk)
    before = read_document(desk.store, tree.id) if tree else None
    base = before or _begun(desk)
    if upload.name.casefold().endswith(".toml"):
        try:
            result = _from_toml(upload, tree)
        except ConfigError as error:
            told = [Told(where=each.path, what=each.what, do=each.do) for each in faults_of(desk, error)]
            return _page(desk, tree, preview=_refused(upload.name, told, ()))
    else:
        result = parse_sheet(upload.sheets(), base, desk.now.astimezone(desk.language.zone).date())
    warnings = notes(desk, result.warnings)
    if result.problems or result.strategy is None:
        return _page(desk, tree, preview=_refused(upload.name, notes(desk, result.problems), warnings))
    document = result.strategy
    if tree is None and find_strategy(desk.store, document.id) is not None:
        raise InputError("title", "sheet_title_there", title=document.title)
    known = list_indicators(desk.store, desk.campaign.id, tree.id) if tree else []
    values = value_changes(desk, known, result.readings)
    held = keep(desk, {
        "document": as_json(document), "readings": as_plain(result.readings), "name": upload.name,
        "version": tree.version if tree else 0,
    })  # fmt: skip
    found = changes(before, document)
    preview = Preview(
        name=upload.name, problems=(), warnings=warnings, changes=found, values=values, held=held,
        head=_head_lines(desk, before, document, found.head) if before else (),
        note=before.note if before and before.note == document.note else "",
    )  # fmt: skip
    return _page(desk, tree, preview=preview, document=document)


def _head_lines(desk: Desk, before: Strategy, after: Strategy, names: Sequence[str]) -> list[HeadLine]:
    """Return what changes of the strategy itself, in words; both ends of the period are one thing."""

    def words(strategy: Strategy, name: str) -> str:
        if name == "period":
            return " – ".join(desk.language.date(day) for day in (strategy.period_from, strategy.period_to))
        if name == "names":
            return ", ".join(f"{desk.t(f'sheet.kind.{kind}')}: {word}" for kind, word in strategy.names)
        return str(getattr(strategy, name))

    told = dict.fromkeys("period" if name.startswith("period") else name for name in names)
    titles = {name: desk.t("sheet.desk.names" if name == "names" else f"sheet.about.{name}") for name in told}
    return [HeadLine(name=titles[name], old=words(before, name), new=words(after, name)) for name in told]


def _save(desk: Desk, tree: StrategyTree | None) -> Response:
    """Save what was shown, and nothing else; told again where somebody was faster."""
    try:
        told = kept(desk)
        document: Strategy = from_json(told["document"])
        readings: dict[str, list[Reading]] = from_plain(told["readings"])
        reason = desk.form["reason"].strip()[:500] or told["name"]
        save_strategy(
            desk.store, desk.campaign.id, document, origin="sheet", by=desk.actor, now=desk.now, reason=reason,
            expected=int(told["version"]),
        )  # fmt: skip
        put_many_by_hand(
            desk.store, document.id, readings, by=desk.actor, now=desk.now, reason=reason, origin=told["name"]
        )
    except (ConflictError, NotFoundError) as problem:
        return _page(desk, tree, problem=problem)
    except ConfigError as error:
        found = [Told(where=each.path, what=each.what, do=each.do) for each in faults_of(desk, error)]
        return _page(desk, tree, preview=_refused("", found, ()))
    return desk.go(desk.url(f"/desk/strategy/{document.id}/sheet", said="saved"))


def _begun(desk: Desk) -> Strategy | None:
    """Return a new strategy with the head that the form has; None where the file must say it all."""
    title, owner, years = (desk.form[name].strip()[:_MOST_LINE] for name in ("title", "owner", "period"))
    if not title and not years:
        return None
    if not title:
        raise InputError("title", "sheet_title_missing")
    days = period(years)
    if days is None:
        raise InputError("period", "sheet_period_bad")
    return new_strategy(slug(title), title, owner or desk.settings.site.owner, *days)


def _from_toml(upload: Upload, tree: StrategyTree | None) -> SheetResult:
    strategy = parse(upload.data.decode("utf-8", "replace"), upload.name)
    strategy = replace(strategy, id=tree.id) if tree else strategy
    return SheetResult(strategy=strategy, readings={}, problems=(), warnings=())


def _refused(name: str, problems: Sequence[Told], warnings: Sequence[Told]) -> Preview:
    return Preview(name=name, problems=problems, warnings=warnings, changes=Changes(), values=None, held="")


def _file(desk: Desk, body: bytes, kind: str, name: str) -> Response:
    day = desk.now.astimezone(desk.language.zone)
    ending = "xlsx" if kind == "empty" else kind
    named = f"{name}-mall.xlsx" if kind == "empty" else f"{name}-{day:%Y-%m-%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{named}"', "Cache-Control": "no-store"}
    return Response(body, media_type=_KINDS[kind], headers=headers)


def _page(
    desk: Desk,
    tree: StrategyTree | None,
    *,
    problem: SkordError | None = None,
    preview: Preview | None = None,
    document: Strategy | None = None,
) -> Response:
    told = desk.explain(problem) if problem else None
    wrong = {problem.field: f"{told.what} {told.do}"} if told and isinstance(problem, InputError) else {}
    refused = bool(preview and preview.problems)
    shown: dict[str, Any] = {"groups": GROUPS, "preview": preview, "document": document}
    return desk.page(
        "desk/sheet.html",
        status=409 if problem and not wrong else 422 if problem or refused else 200,
        tree=tree,
        told=None if wrong else told,
        wrong=wrong,
        form=desk.form,
        said=desk.asked("said") == "saved",
        owner=desk.settings.site.owner,
        **shown,
    )
