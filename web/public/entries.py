"""What a feed tells of a story, or of another thing that a search finds: once, for every format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape

from campaign.places import offer
from campaign.records import Story
from storage.archive import Hit
from storage.keys import moment_of
from web.house import Visit
from web.public.cards import Card
from web.public.growth import shown
from web.public.titles import title_of_hit
from web.rendering import safe_html, web_address

_WIDTH = 960


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A focus area, a place or a hashtag. ``scheme`` says which; "" for hashtags, which nobody keeps a list of."""

    term: str
    label: str
    scheme: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. ``id`` is the same in every language and for ever; ``html`` is safe; ``via`` is the post itself.

    ``author`` is "" where nobody knows it. ``picture`` is the address of one that may be shown, "" for none.
    """

    id: str
    address: str
    title: str
    published: datetime
    updated: datetime
    author: str
    html: str
    language: str
    via: str = ""
    picture: str = ""
    categories: tuple[Category, ...] = ()


def entry_of(visit: Visit, hit: Hit, *, drawn: datetime | None) -> Entry:
    """Return what a feed tells of a hit. ``drawn`` is when readers last saw it change."""
    return _story(visit, hit.story, hit.key, drawn) if hit.story is not None else _other(visit, hit, drawn)


def _story(visit: Visit, story: Story, key: int, drawn: datetime | None) -> Entry:
    made, post = shown(visit, story), story.lead
    published = moment_of(key)
    changed = max(each for each in (drawn, story.approved_at, published) if each is not None)
    categories = _categories(visit, made)
    base = visit.house.settings.site.base_url
    return Entry(
        id=f"{base}/stories/{story.id}",
        address=visit.view.absolute(f"/stories/{story.id}"),
        title=title_of(visit, made),
        published=published,
        updated=changed,
        author=made.author,
        html=_body(visit, made, categories),
        language=post.language or "",
        via=web_address(post.url),
        picture=f"{base}/media/{made.picture.file}-{_WIDTH}.jpg" if made.picture else "",
        categories=categories,
    )


def _other(visit: Visit, hit: Hit, drawn: datetime | None) -> Entry:
    """Return the entry of an issue, a yearbook or a node: its title and its words."""
    published = moment_of(hit.key)
    parts = [f"<p>{escape(part)}</p>" for part in hit.text.split("\n") if part.strip()]
    return Entry(
        id=f"{visit.house.settings.site.base_url}{hit.path}",
        address=visit.view.absolute(hit.path),
        title=title_of_hit(visit.house.settings, visit.view.language, hit),
        published=published,
        updated=max(drawn or published, published),
        author=visit.house.settings.site.owner,
        html="".join(parts),
        language=hit.language,
    )


def title_of(visit: Visit, card: Card) -> str:
    """Return a story's title as plain text; a warning in its place is said to be one."""
    if card.warned:
        return visit.view.language.t("public.story.warning", text=card.title)
    return card.title + ("…" if card.broken or (card.shortened and not card.excerpt) else "")


def _categories(visit: Visit, card: Card) -> tuple[Category, ...]:
    view = visit.view
    areas = [
        Category(term=each.code, label=each.title, scheme=view.absolute(f"/strategy/{each.strategy}"))
        for each in card.areas
    ]
    register = offer(visit.campaign.places).register
    places = [
        Category(term=each, label=register.label_of(each), scheme=view.absolute("/places"))
        for each in card.story.places
    ]
    tags = [Category(term=each, label=f"#{each}", scheme="") for each in card.tags]
    return (*areas, *places, *tags)


def _body(visit: Visit, card: Card, categories: Iterable[Category]) -> str:
    """Return what a reader's program shows: the words, a picture that may be shown, what the story is about.

    Most programs show no categories, so they stand in the text too.
    """
    post, t = card.story.lead, visit.view.language.t
    words = post.html if post.html.strip() else escape(post.text).replace("\n", "<br>")
    parts = [str(safe_html(escape(post.warning) if post.warning else words))]
    if card.picture:
        source = f"{visit.house.settings.site.base_url}/media/{card.picture.file}-{_WIDTH}.jpg"
        alt = "" if card.picture.decorative else card.picture.alt or ""
        parts.append(f'<p><img src="{escape(source)}" alt="{escape(alt)}"></p>')
    parts += [
        f'<p lang="{visit.view.language.code}">{escape(t(key, names=", ".join(names)))}</p>'
        for key, names in _named(categories)
        if names
    ]
    return "\n".join(parts)


def _named(categories: Iterable[Category]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {"out.feed.about": [], "out.feed.places": []}
    for each in categories:
        if each.scheme:
            found["out.feed.places" if each.scheme.endswith("/places") else "out.feed.about"].append(each.label)
    return list(found.items())
