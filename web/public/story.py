"""A story on its own page, and the way to ask that it be taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.responses import RedirectResponse, Response

from campaign.errors import InputError, NotFoundError
from campaign.figures import Weight
from campaign.language import Language
from campaign.records import Media, Post, Story, Use
from campaign.writing import NETWORK
from storage.archive import Wanted, browse, neighbours, was_removed, weights
from storage.cases import CONTACT_MAX, MESSAGE_MAX, find_case, open_case
from storage.keys import moment_of
from storage.mapping import larger
from storage.stories import find_story, merged_into
from storage.tombstones import left_its_source
from web.drawings import Field, field
from web.errors import Gone
from web.forms import Form
from web.house import KEEP, Visit
from web.public.cards import Card, author
from web.public.citing import Source, bibtex, harvard, plain, ris
from web.public.growth import shown, ties, trees
from web.public.node import Linked, homes_of
from web.public.organisations import organisations
from web.public.story_head import head, key_of, source_of
from web.rendering import network_name, web_address

_SHORT, _LONG = 140, 1200
_MOST_AROUND = 3
_MOST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One post of a story as its page shows it. ``size`` is "short", "" or "long" and sets the type.

    ``author`` is "" where nobody knows it. ``again``: the same words stand above.
    """

    post: Post
    author: str
    size: str
    shown: tuple[Media, ...]
    drawing: Field | None
    hidden: int
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """A node that the story is evidence for: where it stands, how much the story says, and what that serves in turn.

    Why it is, as written at the desk, is for those who work there and is not shown.
    """

    home: Linked
    above: str
    weight: Weight
    serves: list[Linked]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place where a story was told; ``address`` is "" where it cannot be seen there."""

    network: str
    author: str
    published_at: datetime
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """The stories just before and just after one: in the archive, or under ``home``."""

    older: Card | None
    newer: Card | None
    home: Linked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """How a story is cited."""

    plain: str
    harvard: str
    address: str


def story(visit: Visit, *, form: Form | None = None, error: InputError | None = None) -> Response:
    """Show a story; with ``form`` and ``error`` its request form again as it was filled in."""
    found = _find(visit)
    if isinstance(found, Response):
        return found
    language = visit.view.language
    lead, card = found.lead, shown(visit, found)
    source = source_of(visit, found, card)
    under = _under(visit, found)
    return visit.page(
        "public/story.html",
        status=400 if error else 200,
        meta=head(visit, found, card),
        story=found,
        card=card,
        told=_told(visit, found),
        day=moment_of(key_of(found)).astimezone(visit.house.settings.site.timezone).date(),
        places=list(zip(found.places, card.places, strict=True)),
        organisations=_organisations(visit, found),
        citation=Citation(plain=plain(source, language), harvard=harvard(source, language), address=source.address),
        lead=_telling(visit, lead, found.id),
        others=_others(visit, found),
        under=under,
        around=_around(visit, found, under),
        shy=any(post.shy for post in found.posts),
        form=form or Form(),
        error={error.field: language.explain(error).what} if error else {},
        limits={"message": MESSAGE_MAX, "contact": CONTACT_MAX},
    )


def as_bibtex(visit: Visit) -> Response:
    """Answer with a story's record for BibTeX."""
    return _record(visit, bibtex, "bib", "application/x-bibtex")


def as_ris(visit: Visit) -> Response:
    """Answer with a story's record for reference managers."""
    return _record(visit, ris, "ris", "application/x-research-info-systems")


def _record(visit: Visit, write: Callable[[Source, Language], str], suffix: str, kind: str) -> Response:
    found = _find(visit)
    if isinstance(found, Response):
        return found
    source = source_of(visit, found, shown(visit, found))
    headers = {KEEP: "1", "Content-Disposition": f'attachment; filename="{source.key}.{suffix}"'}
    return Response(write(source, visit.view.language), headers=headers, media_type=f"{kind}; charset=utf-8")


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
        at_source = left_its_source(visit.store, story_id)
        raise Gone("story_left" if at_source else "story_gone")
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


def _told(visit: Visit, found: Story) -> list[Place]:
    """Return every place where a story was told, the first one first."""
    name = network_name(visit.view.language)
    return [
        Place(
            network=visit.view.language.t("story.where.own") if post.network == NETWORK else name(post.network),
            author=author(post, visit.house.settings),
            published_at=post.published_at,
            address=web_address(post.url),
        )
        for post in sorted(found.posts, key=lambda post: post.sort_key)
    ]


def _organisations(visit: Visit, found: Story) -> list[tuple[str, str]]:
    """Return the organisations whose own channels told a story: the ids of their sources and what they are called."""
    known = organisations(visit)
    told = dict.fromkeys(post.source for post in found.posts)
    return [(each, known[each].name) for each in told if each in known]


def _around(visit: Visit, found: Story, under: Sequence[Under]) -> list[Nearby]:
    """Return what stands before and after a story: in the archive, and under what it is evidence for."""
    older, newer = neighbours(visit.store, visit.campaign.id, found.id)
    result = [Nearby(older=_card(visit, older), newer=_card(visit, newer))]
    result += [_within(visit, found, each.home) for each in under[:_MOST_AROUND]]
    return [each for each in result if each.older or each.newer]


def _within(visit: Visit, found: Story, home: Linked) -> Nearby:
    """Return the stories just before and after one under a node or what stands below it."""
    wanted, key = Wanted(nodes=home.tree.below(home.node.id)), key_of(found)
    before = browse(visit.store, visit.campaign.id, wanted, limit=1, older_than=key).stories
    after = browse(visit.store, visit.campaign.id, wanted, limit=1, newer_than=key).stories
    return Nearby(
        older=_card(visit, before[0] if before else None), newer=_card(visit, after[0] if after else None), home=home
    )


def _card(visit: Visit, found: Story | None) -> Card | None:
    return shown(visit, found) if found else None


def _others(visit: Visit, found: Story) -> list[Telling]:
    """Return the other posts of a story; what was said or shown in the same way before is not shown twice."""
    said, shown = {_bare(found.lead)}, {media.file for media in found.lead.media}
    result = []
    for post in found.posts:
        if post.id == found.lead.id:
            continue
        made = _telling(visit, post, found.id)
        fresh = tuple(media for media in made.shown if media.file not in shown)
        is_again = _bare(post) in said
        drawing = None if is_again else made.drawing
        result.append(replace(made, shown=fresh, again=is_again, drawing=drawing))
        said.add(_bare(post))
        shown |= {media.file for media in fresh}
    return result


def _bare(post: Post) -> str:
    """Return a post's letters alone, its title first and its tags left out: what two networks show alike is alike."""
    title, words = (_letters(each) for each in (post.title, post.text))
    return words if words.startswith(title) else title + words


def _letters(words: str) -> str:
    told = (word for word in words.casefold().split() if not word.startswith(("#", "http")))
    return "".join(letter for letter in "".join(told) if letter.isalnum())


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
