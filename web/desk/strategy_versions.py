"""The wordings of a strategy: who saved each, when and why, what it changed, and the way back to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConfigError, NotFoundError
from campaign.strategy import Strategy
from campaign.strategy_changes import Change, changes
from campaign.strategy_edit import ordered, restored
from storage.strategy import Version, read_document, versions
from web.desk.strategies import get_tree, kind_name, said
from web.desk.strategy_saving import Editing, NewerError, faults_of
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]

#: So many changes are told one by one in the list; the version's own page tells all.
_TOLD = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One version with its first changes in words, and how many more there are."""

    version: Version
    told: tuple[str, ...]
    more: int


@router.get("/desk/strategy/{strategy}/versions")
def all_versions(desk: AtDesk, strategy: str) -> Response:
    """List the wordings, the latest first."""
    tree = get_tree(desk, strategy)
    found = [_wording(desk, each) for each in versions(desk.store, strategy)]
    return desk.page("desk/strategy_versions.html", tree=tree, wordings=found, said=said(desk))


@router.get("/desk/strategy/{strategy}/versions/{number}")
def one_version(desk: AtDesk, strategy: str, number: Number) -> Response:
    """Show one wording whole, what it changed, and what taking it back would change."""
    return _page(desk, strategy, number)


@router.post("/desk/strategy/{strategy}/versions/{number}")
def take_back(desk: AtDesk, strategy: str, number: Number) -> Response:
    """Save an earlier wording as a new version."""
    editing = Editing(desk, strategy)
    wanted = restored(read_document(desk.store, strategy, number), editing.document)
    try:
        editing.check_seen()
        reason = desk.form["reason"].strip() or desk.t("strategy.desk.version.back_reason", number=number)
        editing.save(wanted, reason=reason)
    except NewerError:
        return _page(desk, strategy, number, told=Editing(desk, strategy).told_newer(), status=409)
    except ConfigError as error:
        return _page(desk, strategy, number, faults=faults_of(desk, error), status=422)
    return desk.go(desk.url(f"/desk/strategy/{strategy}/versions", said="taken_back"))


def in_words(desk: Desk, change: Change) -> str:
    """Return one change as a sentence."""
    named = f"{change.code} {change.title}".strip()
    fields = desk.language.listed([field_name(desk, each) for each in change.fields])
    into = desk.language.listed(list(change.into))
    return desk.t(f"strategy.desk.change.{change.kind}", what=named, was=change.was, into=into, fields=fields)


def field_name(desk: Desk, field: str) -> str:
    """Return what a field of a part, of a head or of a measure is called."""
    key = f"strategy.desk.field.{field}"
    return desk.t(key) if desk.language.has(key) else desk.t("strategy.desk.field.other")


def _wording(desk: Desk, version: Version) -> Wording:
    """Return a version with what its row says it changed."""
    told = [
        desk.t(f"strategy.desk.change.short.{kind}", codes=desk.language.listed(codes[:_TOLD]), count=len(codes))
        for kind in ("added", "changed", "ended")
        if (codes := [str(code) for code in version.changes.get(kind, ())])
    ]
    told += [
        desk.t("strategy.desk.change.renamed", what=str(new), was=str(old), into="", fields="")
        for old, new in version.changes.get("renamed", ())
    ][:_TOLD]
    if version.changes.get("reordered"):
        told.append(desk.t("strategy.desk.change.order"))
    return Wording(version=version, told=tuple(told), more=0)


def _page(desk: Desk, strategy: str, number: int, *, status: int = 200, **told: Any) -> Response:
    tree = get_tree(desk, strategy)
    known = {each.number: each for each in versions(desk.store, strategy)}
    if number not in known:
        raise NotFoundError("page_missing")
    document = read_document(desk.store, strategy, number)
    before = read_document(desk.store, strategy, number - 1) if number - 1 in known else None
    latest = read_document(desk.store, strategy, tree.version)
    return desk.page(
        "desk/strategy_version.html",
        status=status,
        tree=tree,
        version=known[number],
        document=document,
        nodes=_depths(document),
        changed=[in_words(desk, each) for each in changes(before, document)] if before else [],
        back=[in_words(desk, each) for each in changes(latest, restored(document, latest))]
        if number != tree.version
        else [],
        kind_name=lambda kind: kind_name(desk, tree, kind),
        faults=told.get("faults", []),
        told_newer=told.get("told"),
    )


def _depths(document: Strategy) -> list[tuple[int, Any]]:
    depth: dict[str, int] = {}
    found = []
    for node in ordered(document):
        depth[node.code] = depth.get(node.parent or "", -1) + 1
        found.append((min(depth[node.code], 3), node))
    return found
