"""Measuring points at the desk: what will be frozen is looked at first, and so is the public page before it is public.

What is frozen is never changed here. Publishing, taking back and withdrawing are decisions in the trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConflictError, InputError, NotFoundError, SkordError
from campaign.snapshots import Content, SnapshotKind
from storage.snapshots import (
    Snapshot,
    content,
    for_readers,
    freeze,
    get_snapshot,
    present,
    publish,
    snapshots,
    unpublish,
    verify,
    withdraw,
)
from storage.strategy import StrategyTree, find_strategy
from web.compared import compared
from web.desk.answers import number
from web.desk.visit import AtDesk, Desk, DeskRoute
from web.goals import Picture, picture
from web.public.followup import point_told

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Name = Annotated[str, Path(max_length=64)]

_SAID = frozenset(("frozen", "published", "unpublished", "withdrawn"))
_TITLE_MAX, _TEXT_MAX, _REASON_MAX = 120, 4_000, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A measuring point as its form asks for it."""

    kind: SnapshotKind
    title: str
    text: str
    as_of: date


@router.get("/desk/strategy/{strategy}/snapshots")
def all_snapshots(desk: AtDesk, strategy: Name) -> Response:
    """List the measuring points of a strategy, with the form to freeze one; two chosen ones are compared."""
    tree = tree_of(desk, strategy)
    if desk.asked("earlier") and desk.asked("later"):
        return _chosen(desk, tree)
    return _list(desk, tree, wanted=_offered(desk, tree))


@router.post("/desk/strategy/{strategy}/snapshots")
def make_snapshot(desk: AtDesk, strategy: Name) -> Response:
    """Show what will be frozen; freeze it when it has been seen as it is."""
    tree = tree_of(desk, strategy)
    try:
        wanted = _read(desk)
    except InputError as problem:
        return _list(desk, tree, wanted=_offered(desk, tree), problem=problem)
    seen = desk.form["seen"]
    shown = picture(as_known(desk, tree, wanted.as_of))
    if desk.form["press"] != "freeze" or seen != shown.content.hash:
        is_late = desk.form["press"] == "freeze"
        return _list(desk, tree, wanted=wanted, look=shown, pressed=("changed" if seen else "look_first") * is_late)
    made = freeze(
        desk.store, tree.id, kind=wanted.kind, title=wanted.title, text=wanted.text, as_of=wanted.as_of, by=desk.actor,
        now=desk.now, zone=desk.settings.site.timezone, sources=desk.settings.sources,
    )  # fmt: skip
    return desk.go(desk.url(f"/desk/snapshots/{made.id}", said="frozen"))


@router.get("/desk/snapshots/{snapshot_id}")
def one_snapshot(desk: AtDesk, snapshot_id: Id) -> Response:
    """Show a measuring point as it was frozen, checked against its hash where that is asked."""
    return _page(desk, _find(desk, snapshot_id))


@router.post("/desk/snapshots/{snapshot_id}")
def press_snapshot(desk: AtDesk, snapshot_id: Id) -> Response:
    """Publish a measuring point that has been looked at, take it back from the public, or withdraw it with a reason."""
    point, press, store = _find(desk, snapshot_id), desk.form["press"], desk.store
    try:
        if press == "publish":
            if desk.form["seen"] != point.hash:
                raise InputError("seen", "snapshot_unseen")
            publish(store, point.id, by=desk.actor, now=desk.now)
        elif press == "unpublish":
            unpublish(store, point.id, by=desk.actor, now=desk.now)
        elif press == "withdraw":
            reason = desk.form["reason"].strip()[:_REASON_MAX]
            if not reason:
                raise InputError("reason", "withdraw_reason")
            withdraw(store, point.id, reason=reason, by=desk.actor, now=desk.now)
        else:
            raise NotFoundError("press_unknown")
    except (InputError, ConflictError) as problem:
        return _page(desk, point, problem=problem)
    said = {"publish": "published", "unpublish": "unpublished", "withdraw": "withdrawn"}[press]
    return desk.go(desk.url(f"/desk/snapshots/{snapshot_id}", said=said))


@router.get("/desk/snapshots/{snapshot_id}/preview")
def preview(desk: AtDesk, snapshot_id: Id) -> Response:
    """Show the page that readers would see, with the press that makes it public."""
    point = _find(desk, snapshot_id)
    shown = for_readers(desk.store, content(desk.store, point.id))
    told = point_told(desk.house, desk.view, desk.campaign, point, shown)
    return desk.page("desk/snapshot_preview.html", **told)


@router.get("/desk/snapshots/{snapshot_id}/compare")
def compare_snapshots(desk: AtDesk, snapshot_id: Id) -> Response:
    """Show a measuring point beside an earlier one, or beside what is known now."""
    point = _find(desk, snapshot_id)
    if desk.asked("later") == "now":
        earlier, later = point, None
    else:
        earlier, later = _find(desk, number(desk.asked("earlier")) or 0), point
    tree = tree_of(desk, point.strategy)
    before = content(desk.store, earlier.id)
    after = content(desk.store, later.id) if later else as_known(desk, tree, local_day(desk))
    try:
        told = compared(before, after)
    except InputError as problem:
        return _list(desk, tree, wanted=_offered(desk, tree), problem=problem)
    return desk.page("desk/snapshot_compare.html", tree=tree, earlier=earlier, later=later, compared=told)


def tree_of(desk: Desk, strategy: str) -> StrategyTree:
    """Return a strategy of the campaign. NotFoundError ``page_missing`` for any other."""
    tree = find_strategy(desk.store, strategy)
    if tree is None or tree.campaign != desk.campaign.id:
        raise NotFoundError("page_missing")
    return tree


def local_day(desk: Desk) -> date:
    """Return today where the installation stands."""
    return desk.now.astimezone(desk.settings.site.timezone).date()


def as_known(desk: Desk, tree: StrategyTree, day: date) -> Content:
    """Return what a measuring point of a day would hold if it were frozen now."""
    zone, sources = desk.settings.site.timezone, desk.settings.sources
    return present(desk.store, tree.id, as_of=day, now=desk.now, zone=zone, sources=sources)


def _chosen(desk: Desk, tree: StrategyTree) -> Response:
    earlier, later = desk.asked("earlier"), desk.asked("later")
    if earlier == later:
        return _list(desk, tree, wanted=_offered(desk, tree), problem=InputError("later", "snapshot_same"))
    if later == "now":
        return desk.go(desk.url(f"/desk/snapshots/{number(earlier) or 0}/compare", later="now"))
    return desk.go(desk.url(f"/desk/snapshots/{number(later) or 0}/compare", earlier=earlier))


def _find(desk: Desk, snapshot_id: int) -> Snapshot:
    point = get_snapshot(desk.store, snapshot_id)
    if point.campaign != desk.campaign.id:
        raise NotFoundError("snapshot_missing")
    return point


def _read(desk: Desk) -> Wanted:
    """Return what the form asks for. InputError for a day that cannot be, or a name that is missing."""
    given = desk.form["kind"]
    kind = SnapshotKind(given) if given in list(SnapshotKind) else SnapshotKind.PRESENT
    title = " ".join(desk.form["title"].split())[:_TITLE_MAX]
    try:
        as_of = date.fromisoformat(desk.form["as_of"].strip())
    except ValueError as error:
        raise InputError("as_of", "snapshot_day") from error
    if as_of.year < 1990 or as_of > local_day(desk):
        raise InputError("as_of", "snapshot_day")
    title = title or _title(desk, kind, as_of)
    return Wanted(kind=kind, title=title, text=desk.form["text"].strip()[:_TEXT_MAX], as_of=as_of)


def _offered(desk: Desk, tree: StrategyTree) -> Wanted:
    """Return what the form begins with: a baseline where there is none yet, else a picture of the present."""
    standing = [each for each in snapshots(desk.store, tree.id) if each.withdrawn_at is None]
    kind = SnapshotKind.PRESENT if standing else SnapshotKind.BASELINE
    return Wanted(kind=kind, title="", text="", as_of=local_day(desk))


def _title(desk: Desk, kind: SnapshotKind, day: date) -> str:
    return desk.t(f"followup.title_offer.{kind}", year=day.year, month=desk.language.month(day))


def _list(
    desk: Desk, tree: StrategyTree, *, wanted: Wanted, look: Picture | None = None, pressed: str = "",
    problem: SkordError | None = None,
) -> Response:  # fmt: skip
    points = snapshots(desk.store, tree.id)[::-1]
    checked = number(desk.asked("check"))
    told = desk.explain(problem) if problem else None
    if problem and desk.form["press"]:
        wanted = _kept(desk, wanted)
    return desk.page(
        "desk/snapshots.html",
        status=422 if problem else 200,
        tree=tree,
        points=points,
        points_choices=[(each.id, f"{each.title} ({each.as_of})") for each in points if each.withdrawn_at is None],
        checked=verify(desk.store, checked) if checked and any(each.id == checked for each in points) else None,
        checked_id=checked,
        wanted=wanted,
        offers=[(str(kind), _title(desk, kind, wanted.as_of)) for kind in SnapshotKind],
        look=look,
        pressed=pressed,
        wrong={problem.field: f"{told.what} {told.do}"} if isinstance(problem, InputError) and told else {},
        said=_said(desk),
    )


def _kept(desk: Desk, wanted: Wanted) -> Wanted:
    """Return the form as it was filled in, its day apart, which could not be read."""
    given = desk.form["kind"]
    kind = SnapshotKind(given) if given in list(SnapshotKind) else wanted.kind
    return Wanted(
        kind=kind, title=desk.form["title"][:_TITLE_MAX], text=desk.form["text"][:_TEXT_MAX], as_of=wanted.as_of
    )


def _page(desk: Desk, point: Snapshot, *, problem: SkordError | None = None) -> Response:
    told = desk.explain(problem) if problem else None
    is_input = isinstance(problem, InputError)
    frozen = content(desk.store, point.id)
    return desk.page(
        "desk/snapshot.html",
        status=(422 if is_input else 409) if problem else 200,
        tree=tree_of(desk, point.strategy),
        point=point,
        content=frozen,
        picture=picture(frozen),
        checked=verify(desk.store, point.id) if desk.asked("check") else None,
        others=[each for each in snapshots(desk.store, point.strategy) if _before(each, point)],
        told=told if not is_input else None,
        wrong={problem.field: f"{told.what} {told.do}"} if isinstance(problem, InputError) and told else {},
        said=_said(desk),
    )


def _before(other: Snapshot, point: Snapshot) -> bool:
    return other.id != point.id and other.withdrawn_at is None and (other.as_of, other.id) < (point.as_of, point.id)


def _said(desk: Desk) -> str:
    said = desk.asked("said")
    return desk.t(f"followup.said.{said}") if said in _SAID else ""
