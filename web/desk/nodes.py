"""One part of a strategy: seen with its coverage, written, renamed, moved, split, ended, taken up again.

What ends or splits a part is shown before it is done. Every change is a new version of the whole strategy.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from campaign.errors import ConfigError, NotFoundError
from campaign.language import Explanation
from campaign.records import Role
from campaign.strategy import Node, NodeKind, Strategy
from campaign.strategy_edit import add, below, end, find, move, put, reinstate, split
from storage.coverage import coverage
from storage.evidence import Evidence, evidence_at
from storage.stories import get_stories
from storage.strategy import StrategyTree, TreeNode, read_strategies
from storage.strategy_ended import ending
from web.desk.node_forms import AGENDA, MOST_HEIRS, Clash, Heir, clashes, merged, read_heirs, read_node, texts
from web.desk.strategies import covered, get_tree, kind_name, said
from web.desk.strategy_saving import Editing, Fault, NewerError, faults_of
from web.desk.trail import headline
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

#: What stands before a part in a list of choices, for each part above it.
_INDENT = "\u2003"

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


class NodePage:
    """One person's look at one part, or at the form of a new one (``here`` None)."""

    def __init__(self, desk: Desk, tree: StrategyTree, here: TreeNode | None) -> None:
        self.desk = desk
        self.tree = tree
        self.here = here

    @cached_property
    def others(self) -> list[StrategyTree]:
        """The campaign's other strategies, whose parts this one may serve."""
        return [each for each in read_strategies(self.desk.store, self.tree.campaign) if each.id != self.tree.id]

    @cached_property
    def served(self) -> dict[int, str]:
        """The parts of other strategies by number, as a document names them."""
        return {node.id: f"{tree.id}/{node.code}" for tree in self.others for node in tree.nodes}

    def read(self, document: Strategy, before: Node) -> Node:
        """Return the part that the form describes."""
        colours = {each.code: each.colour for each in document.nodes}
        return read_node(self.desk.form, before, self.served, colours)

    def standing(self) -> list[TreeNode]:
        """Return the parts in force."""
        return [node for node in self.tree.nodes if node.ended_at is None]

    def parents(self, document: Strategy) -> list[tuple[str, str]]:
        """Return what this part may lie under: not itself, nor anything below it."""
        own = {self.here.code, *below(document, self.here.code)} if self.here else set[str]()
        free = [("", self.desk.t("strategy.desk.node.top"))]
        for node in self.standing():
            if node.code not in own:
                free.append((node.code, f"{_INDENT * node.depth}{node.code} {node.title}"))
        return free

    def colour_above(self, document: Strategy | None, node: Node) -> str:
        """Return the colour of what a part lies under, "" where there is none."""
        over = find(document, node.parent) if document is not None and node.parent else None
        return over.colour if over else ""

    def show(
        self,
        document: Strategy | None,
        node: Node,
        *,
        version: int,
        told: Explanation | None = None,
        faults: list[Fault] | None = None,
        clashing: list[Clash] | None = None,
        heirs: list[Heir] | None = None,
        status: int = 200,
    ) -> Response:
        """Return the page with a part as it stands, or as it was written."""
        desk, here = self.desk, self.here
        shown: dict[str, Any] = {}
        if here is not None:
            found = coverage(desk.store, self.tree.campaign, self.tree.id, now=desk.now, places=desk.campaign.places)
            shown = covered(found, here.id) | {"evidence": _evidence(desk, here.id)}
        may_edit = desk.may(Role.EDITOR) and document is not None
        return desk.page(
            "desk/node.html" if here is not None else "desk/node_new.html",
            status=status,
            tree=self.tree,
            here=here,
            above=self.tree.above(here.id) if here else (),
            under=[each for each in self.standing() if here and each.parent_id == here.id],
            node=node,
            texts=texts(node),
            kinds=[(str(kind), kind_name(desk, self.tree, kind)) for kind in NodeKind],
            own_colour=node.colour and node.colour != self.colour_above(document, node),
            kind_name=kind_name(desk, self.tree, node.kind),
            parents=self.parents(document) if document else [],
            agenda=AGENDA,
            others=self.others,
            served=self.served,
            heirs=[*(heirs or []), *[Heir(code="", title="")] * MOST_HEIRS][: max(3, len(heirs or []) + 1)],
            version=version,
            told_newer=told,
            faults=faults or [],
            clashing=clashing or [],
            may_edit=may_edit,
            said=said(desk),
            **shown,
        )


@router.get("/desk/strategy/{strategy}/nodes/new")
def new_node(desk: AtDesk, strategy: str) -> Response:
    """Show an empty form, below the part that was asked for."""
    editing = Editing(desk, strategy)
    above = find(editing.document, desk.asked("below"))
    kind = NodeKind.GOAL if above is not None else NodeKind.AREA
    kind = NodeKind.ACTION if above is not None and above.kind is NodeKind.GOAL else kind
    blank = Node(code="", title="", parent=above.code if above else None, kind=kind)
    return NodePage(desk, editing.tree, None).show(editing.document, blank, version=editing.tree.version)


@router.post("/desk/strategy/{strategy}/nodes/new")
def add_node(desk: AtDesk, strategy: str) -> Response:
    """Add a part; what a colleague saved meanwhile stays."""
    editing = Editing(desk, strategy)
    page = NodePage(desk, editing.tree, None)
    written = page.read(editing.document, Node(code="", title=""))
    version = editing.tree.version
    if find(editing.document, written.code) is not None:
        known = [Fault(path="code", what=desk.t("strategy.desk.code_taken", code=written.code), do="")]
        return page.show(editing.document, written, faults=known, version=version, status=422)
    try:
        editing.save(add(editing.document, written))
    except ConfigError as error:
        return page.show(editing.document, written, faults=faults_of(desk, error), version=version, status=422)
    except NewerError:
        return page.show(editing.document, written, told=editing.told_newer(), version=_now(editing), status=409)
    made = get_tree(desk, strategy).find(written.code)
    return desk.go(desk.url(f"/desk/nodes/{made.id}" if made else f"/desk/strategy/{strategy}", said="added"))


@router.get("/desk/nodes/{node_id}")
def node(desk: AtDesk, node_id: Id) -> Response:
    """Show a part with what is told of it, and to who may change it its form."""
    tree, here = _find(desk, node_id)
    if not tree.version:  # no document is kept: there is nothing to write in
        return NodePage(desk, tree, here).show(None, _as_node(tree, here), version=0)
    editing = Editing(desk, tree.id)
    standing = find(editing.document, here.code) or _as_node(tree, here)
    return NodePage(desk, tree, here).show(editing.document, standing, version=tree.version)


@router.post("/desk/nodes/{node_id}")
def change_node(desk: AtDesk, node_id: Id) -> Response:
    """Save a part, move it, or show what ending or splitting it means and then do it."""
    tree, here = _find(desk, node_id)
    editing = Editing(desk, tree.id)
    page = NodePage(desk, editing.tree, here)
    press = desk.form["press"]
    written = page.read(editing.document, find(editing.document, here.code) or _as_node(tree, here))
    try:
        if press == "save":
            return _save(page, editing)
        document = _changed(page, editing, press)
        if document is None:
            return _ask(page, editing, press)
        editing.check_seen()
        editing.save(document)
    except ConfigError as error:
        if press.startswith("split"):
            written = find(editing.document, here.code) or written
        return page.show(
            editing.document, written, version=editing.tree.version, faults=faults_of(desk, error),
            heirs=read_heirs(desk.form), status=422,
        )  # fmt: skip
    except NewerError:
        standing = find(editing.document, here.code) or _as_node(editing.tree, here)
        kept = written if press == "save" else standing
        return page.show(
            editing.document, kept, version=_now(editing), told=editing.told_newer(), heirs=read_heirs(desk.form),
            status=409,
        )  # fmt: skip
    return desk.go(desk.url(f"/desk/nodes/{here.id}", said=press.removesuffix("_now")))


def _save(page: NodePage, editing: Editing) -> Response:
    """Save a part as it was written, upon what a colleague wrote of other parts or in other fields of it."""
    desk, here = page.desk, page.here
    assert here is not None
    standing, seen = find(editing.document, here.code), _seen(page, editing)
    if standing is None:
        raise NewerError  # it has ended meanwhile
    written = page.read(editing.seen, seen or standing)
    found = clashes(seen, standing, written) if editing.is_overtaken else []
    if found:
        return page.show(
            editing.document, written, version=editing.tree.version, told=editing.told_newer(), clashing=found,
            status=409,
        )  # fmt: skip
    if editing.is_overtaken and seen is not None:
        written = merged(seen, standing, written)
    if written.code != here.code and find(editing.document, written.code) is not None:
        known = [Fault(path="code", what=desk.t("strategy.desk.code_taken", code=written.code), do="")]
        return page.show(editing.document, written, version=editing.tree.version, faults=known, status=422)
    editing.save(put(editing.document, here.code, written))
    return desk.go(desk.url(f"/desk/nodes/{here.id}", said="saved"))


def _seen(page: NodePage, editing: Editing) -> Node | None:
    """Return the part as the form showed it, under the code that it had then."""
    assert page.here is not None
    code = page.desk.form["was"].strip() or page.here.code
    return find(editing.seen, code)


def _changed(page: NodePage, editing: Editing, press: str) -> Strategy | None:
    """Return the document that a press makes, None for one that is shown first. NotFoundError ``press_unknown``."""
    here, document, form = page.here, editing.document, page.desk.form
    assert here is not None
    match press:
        case "up" | "down":
            return move(document, here.code, up=press == "up")
        case "end_now":
            return end(document, here.code, with_below=form["below"] == "end")
        case "split_now":
            return split(document, here.code, [(each.code, each.title) for each in read_heirs(form)])
        case "reinstate":
            return _reinstated(page, document)
        case "end" | "split":
            return None
    raise NotFoundError("press_unknown")


def _reinstated(page: NodePage, document: Strategy) -> Strategy:
    """Return the document with a part in force again: as it was, where it was, measured by what measured it."""
    assert page.here is not None
    node, end_of = _as_node(page.tree, page.here), ending(page.desk.store, page.here.id)
    if end_of is None:
        return add(document, node)
    node = replace(node, serves=end_of.node.serves)
    return reinstate(document, node, end_of.node.code, end_of.before, end_of.after)


def _ask(page: NodePage, editing: Editing, press: str) -> Response:
    """Show what ending or splitting a part means before anything is done."""
    desk, here = page.desk, page.here
    assert here is not None
    heirs = read_heirs(desk.form)
    standing = find(editing.document, here.code)
    if standing is None or (press == "split" and len(heirs) < 2):
        faults = [Fault(path="split", what=desk.t("strategy.desk.split.two"), do="")]
        shown = standing or _as_node(editing.tree, here)
        return page.show(editing.document, shown, version=editing.tree.version, faults=faults, heirs=heirs, status=422)
    found = coverage(desk.store, page.tree.campaign, page.tree.id, now=desk.now)
    told = next(each for each in found.nodes if each.node.id == here.id)
    return desk.page(
        "desk/node_ask.html",
        tree=page.tree,
        here=here,
        press=press,
        heirs=heirs,
        told=told,
        stories=here.stories,
        under=below(editing.document, here.code),
        parent=find(editing.document, standing.parent) if standing.parent else None,
        reason=desk.form["reason"],
        version=editing.tree.version,
        issues=told.own.issue,
    )


def _evidence(desk: Desk, node_id: int) -> list[tuple[Evidence, str]]:
    """Return what is evidence for a part, each with what its story is called."""
    found = evidence_at(desk.store, node_id)
    stories = {story.id: story for story in get_stories(desk.store, [each.story_id for each in found], public=False)}
    return [(each, headline(stories[each.story_id].lead, desk.language)) for each in found if each.story_id in stories]


def _find(desk: Desk, node_id: int) -> tuple[StrategyTree, TreeNode]:
    """Return a part with its strategy, also one that has ended. NotFoundError ``node_missing``."""
    for tree in read_strategies(desk.store, desk.campaign.id, ended=True):
        for each in tree.nodes:
            if each.id == node_id:
                return tree, each
    raise NotFoundError("node_missing")


def _as_node(tree: StrategyTree, here: TreeNode) -> Node:
    """Return a part of the tree as a document has it, below what is in force."""
    over = next((each for each in tree.nodes if each.id == here.parent_id and each.ended_at is None), None)
    return Node(
        code=here.code,
        parent=over.code if over else None,
        kind=here.kind,
        title=here.title,
        text=here.text,
        colour=here.colour,
        words=here.words,
        why=here.why,
        success=here.success,
        how=here.how,
        responsible=here.responsible,
        agenda=here.agenda,
    )


def _now(editing: Editing) -> int:
    """Return the number of the version that holds, also after somebody was faster."""
    newest = editing.newest()
    return newest.number if newest else editing.tree.version
