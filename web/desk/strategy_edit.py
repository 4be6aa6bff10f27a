"""The head of a strategy, and what its parts serve in the campaign's other strategies."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from campaign.errors import ConfigError, InputError
from campaign.language import Explanation
from campaign.strategy import NodeKind, Strategy
from campaign.strategy_edit import ordered, serve
from storage.strategy import StrategyTree, read_strategies
from web.desk.strategies import said
from web.desk.strategy_saving import Editing, Fault, NewerError, faults_of
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

_LINE, _TEXT = 300, 8000
_YEARS = re.compile(r"(\d{4})\s*[-–]\s*(\d{4})")


@router.get("/desk/strategy/{strategy}/edit")
def edit_head(desk: AtDesk, strategy: str) -> Response:
    """Show the form of a strategy's head."""
    editing = Editing(desk, strategy)
    return _head(editing, _texts(editing.document))


@router.post("/desk/strategy/{strategy}/edit")
def save_head(desk: AtDesk, strategy: str) -> Response:
    """Save title, owner, period, summary, note and what kinds are called."""
    editing = Editing(desk, strategy)
    try:
        if editing.is_overtaken and _texts(editing.seen) != _texts(editing.document):
            raise NewerError
        editing.save(_read_head(desk, editing.document))
    except InputError as error:
        told = desk.explain(error)
        return _head(editing, dict(desk.form), faults=[Fault(path="period", what=told.what, do=told.do)], status=422)
    except ConfigError as error:
        return _head(editing, dict(desk.form), faults=faults_of(desk, error), status=422)
    except NewerError:
        again = Editing(desk, strategy)
        return _head(again, dict(desk.form), told=again.told_newer(), here=_texts(again.document), status=409)
    return desk.go(desk.url(f"/desk/strategy/{strategy}", said="saved"))


@router.get("/desk/strategy/{strategy}/mapping")
def edit_mapping(desk: AtDesk, strategy: str) -> Response:
    """Show what each part serves in the campaign's other strategies."""
    editing = Editing(desk, strategy)
    return _mapping(editing, {node.code: set(node.serves) for node in editing.document.nodes})


@router.post("/desk/strategy/{strategy}/mapping")
def save_mapping(desk: AtDesk, strategy: str) -> Response:
    """Save what each part serves in one other strategy."""
    editing = Editing(desk, strategy)
    other = next((each for each in _others(editing) if each.id == desk.form["other_strategy"]), None)
    ids = {node.id: node.code for node in editing.tree.nodes if node.ended_at is None}
    if other is None:
        return desk.go(desk.url(f"/desk/strategy/{strategy}/mapping"))
    chosen = {
        code: [target.code for target in other.nodes if desk.form[f"serves-{node_id}-{target.id}"]]
        for node_id, code in ids.items()
    }
    try:
        if editing.is_overtaken and _served(editing.seen) != _served(editing.document):
            raise NewerError
        editing.save(serve(editing.document, other.id, chosen))
    except NewerError:
        again = Editing(desk, strategy)
        kept = {code: {f"{other.id}/{each}" for each in found} for code, found in chosen.items()}
        return _mapping(again, kept, told=again.told_newer(), status=409)
    return desk.go(desk.url(f"/desk/strategy/{strategy}/mapping", said="saved"))


def _others(editing: Editing) -> list[StrategyTree]:
    return [each for each in read_strategies(editing.desk.store, editing.tree.campaign) if each.id != editing.tree.id]


def _served(document: Strategy) -> dict[str, tuple[str, ...]]:
    return {node.code: node.serves for node in document.nodes}


def _mapping(
    editing: Editing, served: dict[str, set[str]], *, told: Explanation | None = None, status: int = 200
) -> Response:
    by_code = {node.code: node for node in editing.tree.nodes if node.ended_at is None}
    return editing.desk.page(
        "desk/strategy_mapping.html",
        status=status,
        tree=editing.tree,
        nodes=[by_code[node.code] for node in ordered(editing.document) if node.code in by_code],
        others=_others(editing),
        served=served,
        version=editing.tree.version,
        told_newer=told,
        said=said(editing.desk),
    )


def _texts(document: Strategy) -> dict[str, str]:
    """Return a head as its form shows it."""
    whole = document.period_from.isoformat()[4:] == "-01-01" and document.period_to.isoformat()[4:] == "-12-31"
    period = (
        f"{document.period_from.year}-{document.period_to.year}"
        if whole
        else f"{document.period_from.isoformat()}/{document.period_to.isoformat()}"
    )
    names = {f"name-{kind}": word for kind, word in document.names}
    kept = {name: getattr(document, name) for name in ("title", "owner", "summary", "note")}
    return {**kept, "period": period, **{f"name-{kind}": names.get(f"name-{kind}", "") for kind in NodeKind}}


def _read_head(desk: Desk, before: Strategy) -> Strategy:
    """Return a document with the head that the form holds. InputError ``period`` for one that is no period."""
    form = desk.form
    first, last = _period(form["period"])
    names = ((str(kind), " ".join(form[f"name-{kind}"].split())[:40]) for kind in NodeKind)
    return replace(
        before,
        title=" ".join(form["title"].split())[:_LINE],
        owner=" ".join(form["owner"].split())[:_LINE],
        period_from=first,
        period_to=last,
        summary=form["summary"].strip()[:_TEXT],
        note=form["note"].strip()[:_LINE],
        names=tuple((kind, word) for kind, word in names if word),
    )


def _period(text: str) -> tuple[date, date]:
    years = _YEARS.fullmatch(text.strip())
    first, _, last = text.partition("/")
    try:
        if years:
            return date(int(years[1]), 1, 1), date(int(years[2]), 12, 31)
        return date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
    except ValueError as error:
        raise InputError("period", "period_unknown") from error


def _head(
    editing: Editing,
    written: dict[str, str],
    *,
    faults: list[Fault] | None = None,
    told: Explanation | None = None,
    here: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    shown: dict[str, Any] = {name: written.get(name, "") for name in _texts(editing.document)}
    return editing.desk.page(
        "desk/strategy_head.html",
        status=status,
        tree=editing.tree,
        texts=shown,
        kinds=[str(kind) for kind in NodeKind],
        faults=faults or [],
        told_newer=told,
        clashing={name: value for name, value in (here or {}).items() if value != shown[name]},
        version=editing.tree.version,
    )
