"""The newsletter at the desk: its issues, and the editor of one with its live preview."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, Response

from campaign.errors import ConflictError, DigestError, InputError, NotFoundError, SkordError
from campaign.language import Explanation
from campaign.newsletter import Balance, Issue, IssueState
from campaign.periods import iter_plans, words
from campaign.settings import NewsletterSettings
from digest import desk as digest_desk
from digest.desk import NotReady
from digest.filling import waiting
from digest.yearbook_desk import book_year, draft_yearbook, year_named
from net.smtp import MailError
from storage.deliveries import audience_size, balance
from storage.issue_bases import base_of, mark_of, order_of
from storage.issues import get_issue, list_issues, open_issue
from storage.yearbook import open_yearbook
from web.desk.corrections import of_issue
from web.desk.issue_fields import KINDS, MOST, typed
from web.desk.issue_given import Given, given_in
from web.desk.issue_item_signs import ItemSigns
from web.desk.issue_preview import Preview, shown_as
from web.desk.issue_signs import signs_of
from web.desk.issue_view import IssueView, fault, issue_view
from web.desk.visit import AtDesk, Desk, DeskRoute
from web.errors import SECURITY_HEADERS
from web.rendering import markdown

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

#: After these it is told where an item landed.
MOVES = frozenset(("up", "down", "section"))

#: Seconds: an open page asks so often while something happens, and not about what is further away than this.
_EVERY, _DAY = 3, 86_400

#: A press is told only while the issue stands as the press left it.
_AFTER = {
    "approve": (IssueState.APPROVED,),
    "approve_first": (IssueState.DRAFT,),
    "send_now": (IssueState.APPROVED,),
    "withdraw": (IssueState.DRAFT,),
    "pause": (IssueState.PAUSED,),
    "resume": (IssueState.SENDING,),
    "stop": (IssueState.STOPPED,),
    "cancel": (IssueState.CANCELLED,),
    "reschedule": tuple(state for state in IssueState if state.open),
}

_FRAMING_POLICY = SECURITY_HEADERS["Content-Security-Policy"] + "; frame-src 'self'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A newsletter with its issues and what is planned."""

    newsletter: NewsletterSettings
    issues: list[tuple[Issue, Balance]]
    plans: list[str]
    readers: int
    open: Issue | None
    book: Issue | None
    book_year: int


@router.get("/desk/issues")
def issues(desk: AtDesk) -> Response:
    """List the newsletters of the campaign with their issues, and say in words what comes next."""
    return _list(desk)


@router.post("/desk/issues")
def draft(desk: AtDesk) -> Response:
    """Draft an issue now, or bring the open draft up to now; with a year, draft its yearbook."""
    newsletter = desk.settings.newsletters.get(desk.form["newsletter"])
    if newsletter is None or newsletter.campaign != desk.campaign.id:
        raise NotFoundError("page_missing")
    try:
        if desk.form["year"]:
            year = year_named(desk.form["year"])
            made = draft_yearbook(desk.store, desk.settings, newsletter.id, year, by=desk.actor, now=desk.now)
        else:
            made = digest_desk.draft_now(desk.store, desk.settings, newsletter.id, by=desk.actor, now=desk.now)
    except (DigestError, ConflictError, InputError) as problem:
        return _list(desk, problem=problem)
    return desk.go(desk.url(f"/desk/issues/{made.id}", said="drafted"))


@router.get("/desk/issues/{issue_id}")
def editor(desk: AtDesk, issue_id: Id) -> Response:
    """Show an issue to its editor."""
    view = issue_view(desk, issue_id)
    if desk.is_htmx and desk.request.headers.get("hx-target") == "issue-standing":
        return _live(desk, view)
    if view.issue.campaign != desk.campaign.id:
        return desk.go(desk.view.plain(f"/desk/issues/{issue_id}", campaign=view.issue.campaign))
    return issue_page(desk, view)


def _live(desk: Desk, view: IssueView) -> Response:
    """Return where the issue stands, for a page that is open; asking is no look at its content."""
    return desk.page(
        "desk/issue_live.html", v=view, issue=view.issue, shown=shown_as(desk, view), find="", given=Given(), order="",
        wait=_wait(desk, view.issue),
    )  # fmt: skip


def issue_page(
    desk: Desk, view: IssueView, *, problem: SkordError | None = None, said: str = "", status: int | None = None
) -> Response:
    """Return the editor's page; ``problem`` is why the last press was refused."""
    shown = shown_as(desk, view)
    signs = signs_of(view)
    words_asked = (desk.form["find"] or desk.asked("find"))[:200]
    found = problem.faults if isinstance(problem, NotReady) else []
    response = desk.page(
        "desk/issue.html",
        status=status or (422 if problem and not desk.is_htmx else 200),
        v=view,
        issue=view.issue,
        shown=shown,
        p=Preview(view=view, shown=shown),
        signs=signs,
        at_item=ItemSigns(view=view, hands=signs.hands),
        find=words_asked,
        told=_told(desk, problem),
        refused_for=problem.key if problem else "",
        wait=_wait(desk, view.issue),
        waiting=waiting(desk.store, desk.settings, view.issue, now=desk.now),
        order=order_of(view.edition.items),
        mark_of=mark_of,
        base_of=base_of,
        refused=[fault(why, desk.language) for why in found],
        said_now=said,
        said_words=_said(desk, view, said or desk.asked("said")),
        given=given_in(desk.form, problem, desk.language),
        kinds=KINDS,
        typed=typed,
        sender=_sender(view),
        corrections=of_issue(desk, view.issue.id),
    )
    response.headers["Content-Security-Policy"] = _FRAMING_POLICY
    return response


def _said(desk: Desk, view: IssueView, press: str) -> str:
    """Return what a press did, in words; of a move, where the item landed; "" once the issue stands otherwise."""
    if view.issue.state not in _AFTER.get(press, tuple(IssueState)):
        return ""
    item = desk.form["item"] or desk.asked("item")
    landed = view.landed(int(item)) if press in MOVES and item.isascii() and item.isdigit() and len(item) < 10 else ""
    key = f"issues.said.{press}"
    return landed or (desk.t(key) if press and desk.language.has(key) else "")


def _wait(desk: Desk, issue: Issue) -> str:
    """Return after how many seconds an open page should ask what became of the issue, "" for never."""
    if issue.state is IssueState.SENDING:
        return str(_EVERY)
    if issue.state is not IssueState.APPROVED:
        return ""
    left = int((issue.send_at - desk.now).total_seconds())
    return str(max(_EVERY, left)) if left < _DAY else ""


def _sender(view: IssueView) -> str:
    """Return whom a mail program names as the sender."""
    return view.newsletter.sender_name or view.newsletter.sender_address or view.name


@router.post("/desk/issues/{issue_id}/markdown")
def as_markdown(desk: AtDesk, issue_id: Id) -> Response:
    """Show what is being written as the letter will; nothing is kept."""
    get_issue(desk.store, issue_id)
    return HTMLResponse(str(markdown(desk.form["text"][: MOST["intro"]])), headers={"Cache-Control": "no-store"})


def _told(desk: Desk, problem: SkordError | None) -> Explanation | None:
    if problem is None:
        return None
    if isinstance(problem, MailError):
        told = desk.explain(problem)
        return replace(told, what=desk.t("issues.test.failed", why=told.what))
    return desk.explain(problem)


def _list(desk: Desk, problem: SkordError | None = None) -> Response:
    told = desk.explain(problem) if problem else None
    return desk.page("desk/issues.html", status=409 if problem else 200, listed=_listed(desk), told=told)


def _listed(desk: Desk) -> list[Listed]:
    zone = desk.settings.site.timezone
    return [
        Listed(
            newsletter=newsletter,
            issues=[(issue, balance(desk.store, issue.id)) for issue in list_issues(desk.store, newsletter.id)],
            plans=[words(planned, desk.language) for planned in islice(iter_plans(newsletter, zone, desk.now), 3)],
            readers=audience_size(desk.store, newsletter.id),
            open=open_issue(desk.store, newsletter.id),
            book=open_yearbook(desk.store, newsletter.id),
            book_year=book_year(desk.now.astimezone(zone).date()),
        )
        for newsletter in desk.view.newsletters
    ]
