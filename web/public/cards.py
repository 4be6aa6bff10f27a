"""What a story looks like in a list: a title or a quote, a few words, a picture that may be shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from campaign import hashtags
from campaign.credit import named
from campaign.language import Language
from campaign.places import offer
from campaign.records import Media, NodeRef, Post, Story, Use
from campaign.settings import Settings
from digest.excerpt import cut, marked
from web.drawings import Field, field
from web.rendering import host, network_name

EXCERPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A story in a list.

    ``spoken``: the title is the author's own first words, to be shown as a quote; ``broken``: it stops inside a
    sentence, and ``excerpt`` goes on with "…" before it; ``shortened``: the text goes on after the excerpt.
    ``drawing`` stands for a picture that may not be shown. ``warned`` carries the author's content warning in place
    of title and text. ``author`` is "" where nobody knows it.
    """

    story: Story
    title: str
    excerpt: str
    spoken: bool
    broken: bool
    shortened: bool
    warned: bool
    author: str
    network: str
    language: str | None
    published_at: datetime
    picture: Media | None
    drawing: Field | None
    areas: tuple[NodeRef, ...]
    tags: tuple[str, ...]
    places: tuple[str, ...]


def card(
    story: Story,
    settings: Settings,
    language: Language,
    *,
    now: datetime,
    excerpt: int = EXCERPT,
    areas: Mapping[int, NodeRef] | None = None,
) -> Card:
    """Return a story as a list shows it at a moment: rights to pictures end.

    ``areas`` are the focus area of every node (``storage.areas``).
    """
    post = story.lead
    warned = bool(post.warning)
    chosen = story.marked if not warned else None
    made = (
        marked(post.title, post.text, chosen.start, chosen.end)
        if chosen
        else cut(post.warning if warned else post.title, "" if warned else post.text, excerpt)
    )
    spoken = not post.title.strip() and not warned
    hidden = warned or any(each.sensitive for each in story.posts)
    pictures = [media for each in (post, *story.posts) for media in each.media if media.kind == "image"]
    shown = next((media for media in pictures if media.may_be_shown(Use.WEB, now)), None) if not hidden else None
    return Card(
        story=story,
        title=made.title or host(post.url),
        excerpt=f"… {made.text}" if made.opened and made.text else made.text,
        spoken=spoken,
        broken=made.opened,
        shortened=made.shortened,
        warned=warned,
        author=author(post, settings),
        network=network_name(language)(post.network),
        language=post.language if post.language and not post.language.startswith(language.code) else None,
        published_at=post.published_at,
        picture=shown,
        drawing=field(story.id) if pictures and shown is None else None,
        areas=areas_of(story.nodes, areas or {}),
        tags=tags_of(story, settings),
        places=place_names(story, settings),
    )


def place_names(story: Story, settings: Settings) -> tuple[str, ...]:
    """Return what the places of a story are called."""
    if not story.places:
        return ()
    campaign = settings.campaigns.get(story.campaign)
    known = offer(campaign.places if campaign else ()).register
    return tuple(known.label_of(place) for place in story.places)


def tags_of(story: Story, settings: Settings) -> tuple[str, ...]:
    """Return the hashtags of a story as readers know them, each once."""
    campaign = settings.campaigns.get(story.campaign)
    own, aliases = (campaign.hashtags, campaign.aliases) if campaign else ((), ())
    found = [tag for each in story.posts for tag in hashtags.shown(each.text, each.tags, own, aliases)]
    return tuple({hashtags.key(tag): tag for tag in reversed(found)}.values())[::-1]


def author(post: Post, settings: Settings) -> str:
    """Return who is named for a post, "" where nobody knows."""
    return named(post, settings.sources.get(post.source))


def areas_of(nodes: Iterable[NodeRef], areas: Mapping[int, NodeRef]) -> tuple[NodeRef, ...]:
    """Return the focus areas that nodes stand in, each once; the nodes themselves where none stands in any."""
    own = list(nodes)
    found = [areas[node.id] for node in own if node.id in areas] or own
    return tuple({node.id: node for node in found}.values())
