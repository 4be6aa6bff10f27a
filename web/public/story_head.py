"""What a story's page says to those who link to it and cite it: description, picture, data, and the source to name.

A warning stands before everything: of a story that has one, or that its author calls sensitive, neither words nor
picture leave its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from campaign.credit import speaks
from campaign.records import Media, Post, Story, Use
from campaign.writing import NETWORK
from storage.keys import moment_of
from web.head import Data, Meta, Preview, article, described, without_nothing
from web.house import Visit
from web.public.cards import Card
from web.public.citing import Source, titled
from web.rendering import network_name, web_address

#: Networks whose posts are articles; what is told elsewhere is a posting.
_ARTICLES = ("feed", "press", "wordpress", "mailbox", NETWORK)

#: Wide enough for every preview that is drawn beside a link.
_PREVIEW = 1600


def is_guarded(found: Story) -> bool:
    """Return whether any post of a story has a warning or is called sensitive."""
    return any(post.warning or post.sensitive for post in found.posts)


def key_of(found: Story) -> int:
    """Return a public story's place in time: that of its newest post."""
    return max(post.sort_key for post in found.posts)


def head(visit: Visit, found: Story, card: Card) -> Meta:
    """Return what a story's page says of itself."""
    view, language, post = visit.view, visit.view.language, found.lead
    guarded = is_guarded(found)
    told = language.t(
        "story.head.story",
        author=card.author or language.t("credit.nobody"),
        date=language.date(post.published_at),
        archive=view.name,
    )
    # A preview shows the title above: it is not said twice.
    words = "" if guarded else post.text.strip().removeprefix(card.title).strip() or post.text
    title = card.title + ("…" if card.broken else "")
    if card.warned:
        title = language.t("story.head.warned", text=card.title)
    year = moment_of(key_of(found)).astimezone(visit.house.settings.site.timezone).year
    picture = preview(visit, found)
    return Meta(
        title=titled(title),
        description=described(words or told),
        kind="article",
        picture=picture,
        published_at=post.published_at,
        data=(_posting(visit, found, card, title=titled(title), picture=picture),),
        crumbs=((language.t("story.head.archive"), "/archive"), (str(year), f"/years/{year}")),
    )


def preview(visit: Visit, found: Story) -> Preview | None:
    """Return the picture that may be drawn beside a link to a story, None where there is none."""
    if is_guarded(found):
        return None
    media = next(_shown(found.posts, visit), None)
    if media is None:
        return None
    width = min(media.width or 0, _PREVIEW)
    height = round(width * media.height / media.width) if media.width and media.height else 0
    view = visit.view
    origin = view.absolute("").removesuffix(view.prefix(view.language.code))
    return Preview(
        url=f"{origin}{view.base}/media/{media.file}-{_PREVIEW}.jpg",
        alt="" if media.decorative else media.alt or "",
        width=width,
        height=height,
    )


def source_of(visit: Visit, found: Story, card: Card) -> Source:
    """Return what is cited when somebody cites a story."""
    view, post = visit.view, found.lead
    zone = visit.house.settings.site.timezone
    is_own = post.network == NETWORK
    return Source(
        key=f"{found.campaign}-{found.id}",
        author=card.author,
        title=titled(card.title),
        network=view.language.t("story.cite.desk") if is_own else network_name(view.language)(post.network),
        own=is_own,
        published_on=post.published_at.astimezone(zone).date(),
        read_on=view.now.astimezone(zone).date(),
        archive=view.name,
        owner=visit.house.settings.site.owner,
        address=view.absolute(f"/stories/{found.id}"),
        language=post.language or "",
    )


def _shown(posts: Iterable[Post], visit: Visit) -> Iterator[Media]:
    media = (each for post in posts for each in post.media)
    return (each for each in media if each.may_be_shown(Use.WEB, visit.view.now))


def _posting(visit: Visit, found: Story, card: Card, *, title: str, picture: Preview | None) -> Data:
    """Return a story in the words of schema.org. An author who wants to be left alone is not named to machines."""
    view, post = visit.view, found.lead
    source = visit.house.settings.sources.get(post.source)
    is_shy = any(each.shy for each in found.posts)
    return article(
        view,
        "Article" if post.network in _ARTICLES else "SocialMediaPosting",
        published_at=post.published_at,
        headline=title,
        author=None if is_shy else _author(card.author, is_organisation=source is not None and speaks(source)),
        inLanguage=post.language,
        isBasedOn=[address for each in found.posts if (address := web_address(each.url))],
        about=[
            {"@type": "DefinedTerm", "name": node.title, "url": view.absolute(f"/strategy/{node.strategy}/{node.code}")}
            for node in found.nodes
        ],
        contentLocation=[{"@type": "Place", "name": name} for name in card.places],
        keywords=list(card.tags),
        image=without_nothing(at_type="ImageObject", url=picture.url, caption=picture.alt) if picture else None,
    )


def _author(name: str, *, is_organisation: bool) -> Data | None:
    return {"@type": "Organization" if is_organisation else "Person", "name": name} if name else None
