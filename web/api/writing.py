"""Stories as the API writes them. Each is written once for every public revision and kept as bytes: a search that is
answered anew asks for keys alone.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from campaign.credit import named
from campaign.figures import Weight
from campaign.places import offer
from campaign.records import Media, Post, Story, Use
from digest.excerpt import cut
from storage.beside import Beside, beside
from storage.stories import get_stories
from web.api import models
from web.api.call import Call

_TITLE = 200
_WIDTHS = (480, 960, 1600)
_WORDS = {Weight.TOUCHES: "touches", Weight.SHOWS: "shows", Weight.MILESTONE: "milestone"}

#: So many stories are kept, of all campaigns together: about 50 MB where they are long.
_MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is kept for one public revision and day: stories as JSON by (campaign, id), and ids by key."""

    stories: dict[tuple[str, int], bytes] = field(default_factory=dict)
    ids: dict[int, int] = field(default_factory=dict)


class Kept:
    """The stories that were written for the present public revision and day. Threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mark: object = None
        self._page = Page()

    def at(self, mark: object) -> Page:
        """Return what was kept at a mark, to be read and added to; a new mark begins with nothing."""
        with self._lock:
            if mark != self._mark or len(self._page.stories) > _MOST or len(self._page.ids) > 10 * _MOST:
                self._mark, self._page = mark, Page()
            return self._page


def kept_for(call: Call, kept: Kept) -> Page:
    """Return what is kept for a question.

    The mark is taken before anything is read: what changes meanwhile is written anew for the next question.
    """
    return kept.at((call.view.revision, call.now.astimezone(call.settings.site.timezone).date()))


def written(call: Call, kept: Kept, story_ids: Sequence[int]) -> list[msgspec.Raw]:
    """Return stories as JSON, in the order of their ids; those that nobody may see (any more) are left out."""
    known = kept_for(call, kept).stories
    campaign = call.campaign.id
    lacking = [each for each in story_ids if (campaign, each) not in known]
    if lacking:
        found = [each for each in get_stories(call.store, lacking, public=True) if each.campaign == campaign]
        around = beside(call.store, [each.id for each in found])
        for each in found:
            known[campaign, each.id] = msgspec.json.encode(story_of(call, each, around))
    told = (known.get((campaign, each)) for each in story_ids)
    return [msgspec.Raw(each) for each in told if each is not None]


def story_of(call: Call, story: Story, around: Beside) -> models.Story:
    """Return a story as the API tells it."""
    lead = story.lead
    register = offer(call.campaign.places).register
    return models.Story(
        id=story.id,
        url=call.site(f"/stories/{story.id}"),
        title=lead.warning or cut(lead.title, lead.text, _TITLE).title,
        text=lead.text,
        language=lead.language or "",
        author=named(lead, call.settings.sources.get(lead.source)),
        network=lead.network,
        published_at=lead.published_at,
        tags=list(dict.fromkeys(tag for post in story.posts for tag in post.tags)),
        places=[models.PlaceRef(id=each, name=register.label_of(each)) for each in story.places],
        nodes=_nodes(call, story, around),
        told_in=[_told(call, *each) for each in around.told.get(story.id, ())],
        posts=[_post(call, post) for post in story.posts],
        licence=licence(call),
    )


def licence(call: Call) -> str:
    """Return what may be done with what people wrote, in the site's language."""
    return call.view.language.t("api.licence")


def _nodes(call: Call, story: Story, around: Beside) -> list[models.Evidence]:
    return [
        models.Evidence(
            id=node.id,
            strategy=node.strategy,
            code=node.code,
            title=node.title,
            weight=_WORDS[around.weights.get((story.id, node.id), Weight.SHOWS)],  # type: ignore[arg-type] # as typed
            url=call.site(f"/strategy/{node.strategy}/{node.code}"),
        )
        for node in story.nodes
    ]


def _told(call: Call, newsletter: str, number: int) -> models.IssueRef:
    return models.IssueRef(newsletter=newsletter, number=number, url=call.site(f"/issues/{newsletter}/{number}"))


def _post(call: Call, post: Post) -> models.Post:
    author = named(post, call.settings.sources.get(post.source))
    # As on its page: what its author put behind a warning is not laid open with its pictures.
    shown = () if post.warning or post.sensitive else post.media
    return models.Post(
        id=post.id,
        network=post.network,
        address=post.url,
        author=author,
        published_at=post.published_at,
        language=post.language or "",
        warning=post.warning,
        title=post.title,
        text=post.text,
        tags=list(post.tags),
        pictures=[_picture(call, each, author) for each in shown if each.may_be_shown(Use.WEB, call.now)],
    )


def _picture(call: Call, media: Media, author: str) -> models.Picture:
    whole = media.width or _WIDTHS[-1]
    wide = [width for width in _WIDTHS if width < whole] + [each for each in _WIDTHS if each >= whole][:1]
    return models.Picture(
        alt="" if media.decorative else media.alt or "",
        decorative=media.decorative,
        credit=media.right_from or author,
        width=media.width,
        height=media.height,
        sizes=[
            models.PictureSize(
                url=call.plain(f"/media/{media.file}-{width}.jpg"), width=min(width, whole), type="image/jpeg"
            )
            for width in wide
        ],
    )
