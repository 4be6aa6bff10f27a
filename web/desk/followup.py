"""Following up at the desk: how each goal goes, said by a person; and the table for ordinary reporting.

A goal is saved by itself, so that nobody loses their place or another's words: who saves over a colleague's newer
analysis is told of it first, and both stand in the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.comparison import FigureRow
from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.figure_words import period_words, value_words
from campaign.figures import Status
from campaign.followup import followup
from campaign.language import Explanation
from campaign.sheets import Sheet, rows_of, write_csv, write_excel
from campaign.snapshots import FrozenValue
from storage.analyses import NOTHING, Analysis, analyses, history, write_analysis
from storage.strategy import StrategyTree
from web.desk.answers import number
from web.desk.followup_table import TEXTS, WIDTHS, Section, sections, table
from web.desk.snapshots import as_known, local_day, tree_of
from web.desk.visit import AtDesk, Desk, DeskRoute
from web.forecast_said import said, worth_telling
from web.goals import Goal, Picture, picture, target_words

router = APIRouter(route_class=DeskRoute)

Name = Annotated[str, Path(max_length=64)]

_TEXT_MAX = 4_000
_KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the page is looked at. ``body`` None: every body."""

    by: str
    body: str | None
    left: bool

    @property
    def query(self) -> dict[str, str]:
        """The same as an address has it."""
        chosen = {"by": self.by if self.by == "body" else "", "left": "1" if self.left else ""}
        return chosen | ({} if self.body is None else {"body": self.body or "-"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One goal with the form of its analysis: what stands, what was typed and could not be saved, and why."""

    goal: Goal
    standing: Analysis | None
    status: str
    text: str
    theirs: Analysis | None = None
    problem: Explanation | None = None
    saved: bool = False
    earlier: tuple[Analysis, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Goals under one heading; ``colour`` is the focus area's, "" for a body."""

    name: str
    colour: str
    entries: tuple[Entry, ...]


@router.get("/desk/strategy/{strategy}/followup")
def follow_up(desk: AtDesk, strategy: Name) -> Response:
    """Show every goal with its figures, and the form to say how it goes."""
    return _page(desk, tree_of(desk, strategy))


@router.post("/desk/strategy/{strategy}/followup")
def save_analysis(desk: AtDesk, strategy: Name) -> Response:
    """Save what somebody says of one goal, and go on where they were."""
    tree = tree_of(desk, strategy)
    told = _picture(desk, tree)
    goal = told.find(number(desk.form["node"]) or 0)
    if goal is None:
        raise NotFoundError("page_missing")
    entry = _save(desk, tree, goal)
    if desk.is_htmx:
        status = 200 if entry.saved else 422 if entry.theirs is None else 409
        return desk.page("desk/followup_goal.html", status=status, **_told(desk, tree, _picture(desk, tree), entry))
    if not entry.saved:
        return _page(desk, tree, entry)
    at = number(desk.form["next"]) if desk.form["press"] == "next" else None
    address = desk.url(f"/desk/strategy/{tree.id}/followup", said="saved", node=goal.node.id, **_asked(desk).query)
    return desk.go(f"{address}#goal-{at or goal.node.id}")


@router.get("/desk/strategy/{strategy}/followup/table")
def followup_page(desk: AtDesk, strategy: Name) -> Response:
    """Show the follow-up table by responsible body, for reading and for paper."""
    tree = tree_of(desk, strategy)
    language = desk.language

    def words(row: FigureRow, value: FrozenValue | None) -> str:
        told = value_words(value.value if value else None, row.wording, language)
        return f"{told} ({period_words(value.period, language)})" if value else told

    return desk.page(
        "desk/followup_table.html",
        tree=tree,
        parts=_sections(desk, tree),
        asked=_asked(desk),
        day=local_day(desk),
        words=words,
        wanted=lambda row: target_words(row, language) or "–",
        forecast=lambda row: said(row, language) if worth_telling(row.forecast) else "",
    )


@router.get("/desk/strategy/{strategy}/followup/file")
def followup_file(desk: AtDesk, strategy: Name) -> Response:
    """Answer with the follow-up table as CSV or Excel."""
    tree, format_ = tree_of(desk, strategy), desk.asked("format")
    if format_ not in _KINDS:
        raise NotFoundError("page_missing")
    rows = table(_sections(desk, tree), desk.language)
    title = desk.t("followup.form.files")
    sheet = Sheet(name=title, rows=rows_of(rows), widths=WIDTHS, texts=TEXTS)
    body = write_csv(rows) if format_ == "csv" else write_excel([sheet])
    name = f"{desk.t('followup.form.file_name')}-{tree.id}-{local_day(desk).isoformat()}.{format_}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=_KINDS[format_], headers=headers)


def _save(desk: Desk, tree: StrategyTree, goal: Goal) -> Entry:
    """Write the analysis of the form, or say why it was not written."""
    standing = analyses(desk.store, tree.id).get(goal.node.id)
    status, text = desk.form["status"], desk.form["text"].replace("\r\n", "\n").strip()[:_TEXT_MAX]
    if status not in list(Status):
        told = desk.explain(InputError("status", "analysis_status"))
        return Entry(goal=goal, standing=standing, status="", text=text, problem=told)
    try:
        standing = write_analysis(
            desk.store, goal.node.id, status=Status(status), text=text, by=desk.actor, now=desk.now,
            expected=number(desk.form["seen"]) or NOTHING,
        )  # fmt: skip
    except ConflictError as error:
        if error.key != "analysis_moved":
            raise
        return Entry(goal=goal, standing=standing, status=status, text=text, theirs=standing)
    return Entry(goal=goal, standing=standing, status=status, text=text, saved=True)


def _page(desk: Desk, tree: StrategyTree, entry: Entry | None = None) -> Response:
    told = _told(desk, tree, _picture(desk, tree), entry)
    status = 200 if entry is None else 409 if entry.theirs else 422
    return desk.page("desk/followup.html", status=status, **told)


def _told(desk: Desk, tree: StrategyTree, told: Picture, entry: Entry | None) -> dict[str, object]:
    asked, written = _asked(desk), analyses(desk.store, tree.id)
    here = entry.goal.node.id if entry else None
    entries = [
        entry if entry and goal.node.id == here else _entry(desk, goal, written.get(goal.node.id))
        for goal in told.goals
        if not asked.left or goal.node.id not in written or goal.node.id == here
    ]
    groups = _grouped(told, asked, entries, desk.t("followup.form.no_body"))
    shown = [each.goal.node.id for group in groups for each in group.entries]
    return {
        "tree": tree,
        "picture": told,
        "asked": asked,
        "bodies": sorted({body for found in _bodies(told).values() for body in found if body}, key=str.casefold),
        "groups": groups,
        "entry": entry,
        "next_of": dict(zip(shown, [*shown[1:], 0], strict=True)),
        "done": sum(goal.node.id in written for goal in told.goals),
        "saved_id": number(desk.asked("node")) if desk.asked("said") == "saved" else None,
    }


def _entry(desk: Desk, goal: Goal, standing: Analysis | None) -> Entry:
    is_opened = number(desk.asked("history")) == goal.node.id
    earlier = tuple(history(desk.store, goal.node.id)[1:]) if is_opened else None
    status, text = (str(standing.status), standing.text) if standing else ("", "")
    return Entry(goal=goal, standing=standing, status=status, text=text, earlier=earlier)


def _grouped(told: Picture, asked: Asked, entries: list[Entry], no_body: str) -> list[Group]:
    """Return the goals under their focus areas or their bodies; one of several bodies stands with the first."""
    bodies = _bodies(told)
    kept = [each for each in entries if asked.body is None or asked.body in bodies[each.goal.node.id]]
    found: dict[str, list[Entry]] = {}
    if asked.by != "body":
        for each in kept:
            found.setdefault(each.goal.area.title, []).append(each)
        colours = {area.node.title: area.node.colour for area in told.areas}
        return [Group(name=name, colour=colours[name], entries=tuple(own)) for name, own in found.items()]
    for each in kept:
        own = bodies[each.goal.node.id]
        found.setdefault(asked.body if asked.body is not None and asked.body in own else own[0], []).append(each)
    names = sorted(found, key=lambda name: not name)
    return [Group(name=name or no_body, colour="", entries=tuple(found[name])) for name in names]


def _bodies(told: Picture) -> dict[int, tuple[str, ...]]:
    """Return who answers for each goal; ("",) where nobody does."""
    found: dict[int, dict[str, None]] = {}
    for row in followup(told.content):
        found.setdefault(row.node.id, {})[row.body] = None
    return {goal.node.id: tuple(found.get(goal.node.id, {"": None})) for goal in told.goals}


def _sections(desk: Desk, tree: StrategyTree) -> list[Section]:
    body = _asked(desk).body
    found = sections(as_known(desk, tree, local_day(desk)))
    return [each for each in found if body is None or each.body == body]


def _picture(desk: Desk, tree: StrategyTree) -> Picture:
    return picture(as_known(desk, tree, local_day(desk)))


def _asked(desk: Desk) -> Asked:
    def given(name: str) -> str:
        return desk.form[name] or desk.asked(name)

    body = given("body")
    return Asked(
        by="body" if given("by") == "body" or body else "area",
        body=None if not body else "" if body == "-" else body,
        left=given("left") == "1",
    )
