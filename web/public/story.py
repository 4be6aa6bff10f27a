"""A story on its own page, and the way to ask that it be taken away."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from campaign.errors import InputError, NotFoundError
from campaign.figures import Weight
from campaign.records import Media, Post, Story, Use
from campaign.writing import NETWORK
from storage.archive import neighbours, was_removed, weights
from storage.cases import CONTACT_MAX, MESSAGE_MAX, find_case, open_case
from storage.mapping import larger
from storage.stories import find_story, merged_into
from web.drawings import Field, field
from web.errors import Gone
from web.forms import Form
from web.house import Visit
from web.public.cards import author
from web.public.growth import shown, ties, trees
from web.public.node import Linked, homes_of

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
    """A node that the story is evidence for: where it stands, how much the story says, and what that serves in turn.

    Why it is, as written at the desk, is for those who work there and is not shown.
    """

    home: Linked
    above: str
    weight: Weight
    serves: list[Linked]


def story(visit: Visit, *, form: Form | None = None, error: InputError | None = None) -> Response:
    """Show a story; with ``form`` and ``error`` its request form again as it was filled in."""
    found = _find(visit)
    if isinstance(found, Response):
        return found
    language = visit.view.language
    older, newer = neighbours(visit.store, visit.campaign.id, found.id)
    lead = found.lead
    others = [post for post in found.posts if post.id != lead.id]
    return visit.page(
        "public/story.html",
        status=400 if error else 200,
        story=found,
        card=shown(visit, found),
        lead=_telling(visit, lead, found.id),
        others=[_telling(visit, post, found.id) for post in others],
        under=_under(visit, found),
        older=shown(visit, older) if older else None,
        newer=shown(visit, newer) if newer else None,
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
    """Return what a story is evidence for, the campaign's own strategy first."""
    known = trees(visit.house, visit.campaign.id)
    homes, weighed = homes_of(known), weights(visit.store, found.id)
    serves = larger(known, ties(visit.house, visit.campaign.id), [node.id for node in found.nodes])
    own = {node.id for node in found.nodes}
    result = [
        Under(
            home=homes[node.id],
            above=" / ".join(each.title for each in homes[node.id].tree.above(node.id)),
            weight=weighed.get(node.id, Weight.SHOWS),
            serves=[homes[each] for each in serves.get(node.id, ()) if each not in own],
        )
        for node in found.nodes
        if node.id in homes
    ]
    return sorted(result, key=lambda each: (each.home.tree.position, -each.weight))
