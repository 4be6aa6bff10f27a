"""Pasting a link: it is looked at outside, what was found is shown to be corrected, and saved it waits in the queue.

Where nothing can be read the same form is empty, and says why. A link that the campaign has leads to its story.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Path
from markupsafe import escape
from starlette.responses import Response

from campaign import hashtags, pasted
from campaign.errors import InputError, NotFoundError, SkordError
from campaign.language import Explanation
from campaign.pasted import Place
from campaign.records import Candidate, CandidateMedia
from storage.links import Brought, bring, find_brought
from storage.tasks import Task, add_task, get_task
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]

#: What is read by itself, and what a person types: for the page that says so.
READ = ("mastodon", "bluesky", "x", "youtube", "tiktok", "vimeo", "flickr", "web")
TYPED = ("instagram", "facebook", "linkedin", "threads")

_MOST_TEXT = 20_000
_MOST_LINE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands in the form: as found, or as a person left it."""

    title: str
    text: str
    author: str
    day: str
    picture: bool
    alt: str
    credit: str


@router.get("/desk/links/new")
def paste(desk: AtDesk) -> Response:
    """Show the form for a link; an address in the query stands in it already."""
    return _paste(desk, desk.asked("url"))


@router.post("/desk/links/new")
def look_up(desk: AtDesk) -> Response:
    """Have a link looked at, or lead to the post that it is."""
    try:
        url = pasted.tidied(desk.form["url"])
        known = find_brought(desk.store, desk.campaign.id, _empty(pasted.place(url)))
    except InputError as problem:
        return _paste(desk, desk.form["url"], problem)
    if known is not None:
        return _to_story(desk, desk.campaign.id, known)
    task = add_task(
        desk.store, "link", {"url": url}, now=desk.now, account_id=desk.account.id, campaign=desk.campaign.id
    )
    return desk.go(desk.url(f"/desk/links/{task}"))


@router.get("/desk/links/{task_id}")
def found(desk: AtDesk, task_id: Id) -> Response:
    """Show that a link is being looked at, then what was found."""
    task = _task(desk, task_id)
    by_hand = desk.asked("by_hand") == "yes"
    if not task.ended and not by_hand:
        return Response(status_code=204) if desk.is_htmx else desk.page("desk/link_wait.html", **_about(task))
    if desk.is_htmx:
        return desk.go(desk.url(f"/desk/links/{task_id}"))
    candidate = _candidate(task)
    try:
        known = find_brought(desk.store, _campaign(desk, task), candidate)
    except InputError as problem:
        return _paste(desk, candidate.url, problem)
    if known is not None:
        return _to_story(desk, _campaign(desk, task), known)
    return _edit(desk, task, candidate, _words(desk, candidate))


@router.post("/desk/links/{task_id}")
def save(desk: AtDesk, task_id: Id) -> Response:
    """Store what a link leads to, in the words that the person left in the form."""
    task = _task(desk, task_id)
    candidate, words = _candidate(task), _read(desk)
    try:
        made = _corrected(desk, candidate, words)
        brought = bring(
            desk.store, _campaign(desk, task), made, by=desk.actor, now=desk.now, typed=_typed(candidate, made),
            alt=_own_alt(candidate, words), credit=words.credit if made.media else "",
        )  # fmt: skip
    except InputError as problem:
        return _edit(desk, task, candidate, words, problem)
    return _to_story(desk, _campaign(desk, task), brought)


def _paste(desk: Desk, url: str, problem: InputError | None = None) -> Response:
    told = desk.explain(problem) if problem else None
    return desk.page(
        "desk/link_new.html", status=422 if problem else 200, link=url, read=READ, typed=TYPED,
        wrong=f"{told.what} {told.do}" if told else "",
    )  # fmt: skip


def _edit(desk: Desk, task: Task, candidate: Candidate, words: Words, problem: InputError | None = None) -> Response:
    wrong = {}
    if problem is not None:
        told = desk.explain(problem)
        wrong[problem.field] = f"{told.what} {told.do}"
    return desk.page(
        "desk/link_edit.html", status=422 if problem else 200, candidate=candidate, words=words, wrong=wrong,
        picture=next(iter(candidate.media), None), told=_failure(desk, task), **_about(task),
    )  # fmt: skip


def _about(task: Task) -> dict[str, Any]:
    """Return what every page of one link is told."""
    where = pasted.place(str(task.payload["url"]))
    return {"task": task, "where": where, "closed": where.network in pasted.CLOSED}


def _task(desk: Desk, task_id: int) -> Task:
    task = get_task(desk.store, task_id)
    if task.kind != "link" or _campaign(desk, task) not in desk.settings.campaigns:
        raise NotFoundError("task_missing")
    return task


def _campaign(desk: Desk, task: Task) -> str:
    return task.campaign or desk.campaign.id


def _failure(desk: Desk, task: Task) -> Explanation | None:
    """Return why nothing was found, in words; None where something was."""
    if task.error is None:
        return None
    told = desk.explain(SkordError(str(task.error["key"]), **task.error["facts"]))
    if str(task.error["key"]).startswith("link_"):
        return told
    # What to do about a source does not fit a link.
    return Explanation(what=told.what, wait="", do=desk.t("links.failed_do"))


def _candidate(task: Task) -> Candidate:
    """Return what was found; where nothing was, the place alone, for a person to fill."""
    if task.result and isinstance(task.result.get("found"), dict):
        return pasted.from_json(task.result["found"])
    return _empty(pasted.place(str(task.payload["url"])))


def _empty(where: Place) -> Candidate:
    return Candidate(
        network=where.network, identity=where.identity, url=where.url, published_at=where.published_at,
        author_handle=where.host,
    )  # fmt: skip


def _words(desk: Desk, candidate: Candidate) -> Words:
    picture = next(iter(candidate.media), None)
    return Words(
        title=candidate.title,
        text=candidate.text,
        author=candidate.author_name,
        day=_day(desk, candidate.published_at),
        picture=picture is not None,
        alt=(picture.alt or "") if picture else "",
        credit="",
    )


def _read(desk: Desk) -> Words:
    form = desk.form
    return Words(
        title=" ".join(form["title"].split())[:_MOST_LINE],
        text=form["text"].strip()[:_MOST_TEXT],
        author=" ".join(form["author"].split())[:200],
        day=form["day"].strip(),
        picture=form["picture"] == "yes",
        alt=" ".join(form["alt"].split())[:1500],
        credit=" ".join(form["credit"].split())[:200],
    )


def _corrected(desk: Desk, found: Candidate, words: Words) -> Candidate:
    """Return what was found with a person's corrections. InputError beside the field that is wrong."""
    if not (words.title or words.text):
        raise InputError("text", "link_wordless")
    same_author = words.author == found.author_name
    media = found.media[:1] if words.picture else ()
    return replace(
        found,
        title=words.title,
        text=words.text,
        html=found.html if words.text == found.text else _as_html(words.text),
        author_name=words.author,
        author_handle=found.author_handle if same_author else pasted.place(found.url).host,
        author_url=found.author_url if same_author else "",
        published_at=_published(desk, found, words.day),
        tags=hashtags.find(words.text),
        media=media,
    )


def _published(desk: Desk, found: Candidate, day: str) -> datetime | None:
    """Return when it was published: the exact moment where the day was left as found, else the middle of the day."""
    if not day:
        return None
    if day == _day(desk, found.published_at):
        return found.published_at
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise InputError("day", "link_day_wrong") from error
    today = desk.now.astimezone(desk.language.zone).date()
    if not date(1990, 1, 1) <= wanted <= today:
        raise InputError("day", "link_day_wrong")
    return min(datetime.combine(wanted, time(12), desk.language.zone).astimezone(UTC), desk.now)


def _day(desk: Desk, moment: datetime | None) -> str:
    return moment.astimezone(desk.language.zone).date().isoformat() if moment else ""


def _typed(found: Candidate, made: Candidate) -> tuple[str, ...]:
    """Return the names of what a person wrote or corrected."""
    return tuple(
        name for name in ("title", "text", "author_name", "published_at") if getattr(found, name) != getattr(made, name)
    )


def _own_alt(found: Candidate, words: Words) -> str:
    """Return a person's own text for the picture, "" where it is still the author's."""
    given: CandidateMedia | None = next(iter(found.media), None)
    return words.alt if words.picture and given is not None and words.alt != (given.alt or "") else ""


def _as_html(text: str) -> str:
    """Return typed words as paragraphs and lines."""
    blocks = [block.strip("\n") for block in text.split("\n\n") if block.strip()]
    return "".join(f"<p>{str(escape(block)).replace(chr(10), '<br>')}</p>" for block in blocks)


def _to_story(desk: Desk, campaign: str, brought: Brought) -> Response:
    several = len(desk.settings.campaigns) > 1
    said = "brought" if brought.is_new else "known"
    address = f"/desk/stories/{brought.story_id}"
    return desk.go(desk.view.plain(address, campaign=campaign if several else "", said=said))
