"""A story on its own page, and the way to ask that it be taken away."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from campaign.errors import InputError, NotFoundError
from campaign.records import Media, NodeRef, Post, Story, Use
from campaign.writing import NETWORK
from storage.archive import neighbours, reasons, was_removed
from storage.cases import CONTACT_MAX, MESSAGE_MAX, find_case, open_case
from storage.stories import find_story, merged_into
from web.drawings import Field, field
from web.errors import Gone
from web.forms import Form
from web.house import Visit
from web.public.cards import author, card
from web.public.growth import trees

_SHORT, _LONG = 140, 1200
_MOST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One post of a story as its page shows it. ``size`` is "short", "" or "long" and sets the type.

    ``author`` is "" where nobody knows it.
    """

    post: Post
    author: str
    size: str
    shown: tuple[Media, ...]
    drawing: Field | None
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """A node that the story is evidence for, with the focus area it stands in and why."""

    node: NodeRef
    area: str
    reason: str


def story(visit: Visit, *, form: Form | None = None, error: InputError | None = None) -> Response:
    """Show a story; with ``form`` and ``error`` its request form again as it was filled in."""
    found = _find(visit)
    if isinstance(found, Response):
        return found
    settings, language, now = visit.house.settings, visit.view.language, visit.view.now
    older, newer = neighbours(visit.store, visit.campaign.id, found.id)
    lead = found.lead
    others = [post for post in found.posts if post.id != lead.id]
    return visit.page(
        "public/story.html",
        status=400 if error else 200,
        story=found,
        card=card(found, settings, language, now=now),
        lead=_telling(visit, lead, found.id),
        others=[_telling(visit, post, found.id) for post in others],
        under=_under(visit, found),
        older=card(older, settings, language, now=now) if older else None,
        newer=card(newer, settings, language, now=now) if newer else None,
        shy=any(post.shy for post in found.posts),
        form=form or Form(),
        error={error.field: language.explain(error).what} if error else {},
        limits={"message": MESSAGE_MAX, "contact": CONTACT_MAX},
    )


def ask_removal(visit: Visit, form: Form) -> Response:
    """Take in a request that a story be taken away, and lead to its receipt."""
    found = _find(visit)
    if isinstance(found, Response):
        return found
    if form.is_trapped:
        return RedirectResponse(visit.view.url(f"/stories/{found.id}"), 303)
    visit.house.requests.take(visit.view.now)
    try:
        case = open_case(
            visit.store,
            visit.campaign.id,
            now=visit.view.now,
            story_id=found.id,
            message=form["message"],
            contact=form["contact"],
        )
    except InputError as error:
        return story(visit, form=form, error=error)
    return RedirectResponse(visit.view.url(f"/receipts/{case.receipt}"), 303)


def report(visit: Visit, form: Form) -> Response:
    """Take in what somebody writes about accessibility or personal data, and lead to its receipt."""
    if form.is_trapped:
        return RedirectResponse(visit.view.url("/"), 303)
    visit.house.requests.take(visit.view.now)
    try:
        case = open_case(
            visit.store, visit.campaign.id, now=visit.view.now, message=form["message"], contact=form["contact"]
        )
    except InputError as error:
        told = visit.view.language.explain(error).what
        return visit.page("public/report.html", status=400, form=form, error={error.field: told})
    return RedirectResponse(visit.view.url(f"/receipts/{case.receipt}"), 303)


def write(visit: Visit) -> Response:
    """Show the form for what concerns no single story."""
    return visit.page("public/report.html", form=Form(), error={})


def receipt(visit: Visit) -> Response:
    """Show what has become of a request. The receipt is a secret: the page is kept nowhere and found by nobody."""
    case = find_case(visit.store, visit.request.path_params["receipt"])
    if case is None or case.campaign != visit.campaign.id:
        raise NotFoundError("page")
    return visit.page("public/receipt.html", keep=False, case=case)


def _find(visit: Visit) -> Story | Response:
    """Return the story of the address, or the way to the one that took it up."""
    story_id = int(visit.request.path_params["story_id"])
    if story_id > _MOST_ID:
        raise NotFoundError("page")
    found = find_story(visit.store, story_id, public=True)
    if found is not None and found.campaign == visit.campaign.id:
        return found
    into = merged_into(visit.store, story_id)
    if into is not None and find_story(visit.store, into, public=True) is not None:
        # Not for good: an editor may take the stories apart again.
        return RedirectResponse(visit.view.url(f"/stories/{into}"), 302)
    if was_removed(visit.store, visit.campaign.id, story_id):
        raise Gone("story_gone")
    raise NotFoundError("page")


def _telling(visit: Visit, post: Post, seed: int) -> Telling:
    pictures = [media for media in post.media if media.kind == "image"]
    shown = tuple(media for media in pictures if media.may_be_shown(Use.WEB, visit.view.now))
    length = len(post.text)
    is_own = post.network == NETWORK
    return Telling(
        post=post,
        author=author(post, visit.house.settings),
        size="short" if length < _SHORT else "long" if length > _LONG else "",
        shown=shown,
        drawing=field(seed) if pictures and not shown and not is_own else None,
        # What was written at the desk has no original where the others could be seen.
        hidden=0 if is_own else len(post.media) - len(shown),
    )


def _under(visit: Visit, found: Story) -> list[Under]:
    why = reasons(visit.store, found.id)
    known = {tree.id: tree for tree in trees(visit.house, visit.campaign.id)}
    result = []
    for node in found.nodes:
        tree = known.get(node.strategy)
        above = tree.above(node.id) if tree else ()
        area = " / ".join(each.title for each in above)
        result.append(Under(node=node, area=area, reason=why.get(node.id, "")))
    return result
