"""The page of one story in a site: all that the archive's own page tells, without what only a server can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaign.credit import named
from campaign.exported import Around
from campaign.figures import Weight
from campaign.records import Media, Post, Story, Use
from campaign.writing import NETWORK
from skord.exports.site_counts import Standing
from skord.exports.site_pages import Site
from storage.strategy import StrategyTree, TreeNode
from web.drawings import Field, field
from web.public.cards import Card
from web.public.citing import Source, harvard, plain, titled
from web.rendering import network_name

_SHORT, _LONG = 140, 1200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A story with all that its page and its rows are made of."""

    story: Story
    around: Around
    standing: Standing
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One post of a story. ``again``: the same words stand above it. ``shown`` are the pictures that may be seen."""

    post: Post
    author: str
    size: str
    shown: tuple[Media, ...]
    drawing: Field | None
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """A node that the story is evidence for."""

    tree: StrategyTree
    node: TreeNode
    above: str
    weight: Weight


def write_story(site: Site, told: Told, *, newer: Told | None, older: Told | None) -> None:
    """Write the page of a story."""
    story, work = told.story, site.work
    posts = [story.lead, *(post for post in story.posts if post.id != story.lead.id)]
    source = _source(site, told)
    names = {each.id: each.name or site.campaign.name for each in work.settings.newsletters.values()}
    site.page(
        f"stories/{story.id}.html",
        f"/stories/{story.id}",
        "folder/story.html",
        story=story,
        card=told.card,
        tellings=_tellings(site, posts),
        under=_under(site, told),
        places=list(zip(story.places, told.card.places, strict=True)),
        standing=told.standing,
        told=[
            (f"/issues/{each}/{number}", f"{names[each]} {number}")
            for each, number in told.around.told
            if each in names
        ],
        lasting=source.address,
        cited=(plain(source, work.language), harvard(source, work.language)),
        newer=newer.card if newer else None,
        older=older.card if older else None,
        shy=any(post.shy for post in story.posts),
    )


def _tellings(site: Site, posts: Sequence[Post]) -> list[Telling]:
    said: set[str] = set()
    seen: set[str | None] = set()
    found: list[Telling] = []
    for post in posts:
        bare = "".join(each for each in f"{post.title} {post.text}".casefold() if each.isalnum())
        pictures = [media for media in post.media if media.kind == "image"]
        may = [media for media in pictures if media.may_be_shown(Use.WEB, site.work.now)]
        shown = tuple(media for media in may if media.file not in seen)
        is_own = post.network == NETWORK
        length = len(post.text)
        found.append(
            Telling(
                post=post,
                author=named(post, site.work.settings.sources.get(post.source)),
                size="short" if length < _SHORT else "long" if length > _LONG else "",
                shown=shown,
                drawing=field(post.story_id) if pictures and not may and not found and not is_own else None,
                again=bare in said,
            )
        )
        said.add(bare)
        seen |= {media.file for media in shown}
    return found


def _under(site: Site, told: Told) -> list[Under]:
    homes = {node.id: (tree, node) for tree in site.trees for node in tree.nodes}
    found: list[Under] = []
    for each in told.story.nodes:
        if each.id in homes:
            tree, node = homes[each.id]
            above = " / ".join(over.title for over in tree.above(node.id))
            weight = told.around.weights.get(each.id, Weight.SHOWS)
            found.append(Under(tree=tree, node=node, above=above, weight=weight))
    return sorted(found, key=lambda each: (each.tree.position, -each.weight))


def _source(site: Site, told: Told) -> Source:
    """Return what is cited when somebody cites the story: its lasting address in the archive."""
    post, language = told.story.lead, site.work.language
    is_own = post.network == NETWORK
    return Source(
        key=f"{told.story.campaign}-{told.story.id}",
        author=told.card.author,
        title=titled(told.card.title),
        network=language.t("story.cite.desk") if is_own else network_name(language)(post.network),
        own=is_own,
        published_on=post.published_at.astimezone(language.zone).date(),
        read_on=site.today(),
        archive=site.campaign.name,
        owner=site.work.settings.site.owner,
        address=site.full_address(f"/stories/{told.story.id}"),
        language=post.language or "",
    )
