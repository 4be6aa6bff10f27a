"""Makes a letter's content out of an issue and its stories. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from campaign.credit import named
from campaign.language import Language
from campaign.newsletter import Issue, IssueItem
from campaign.records import NodeRef, Post, Story, Use
from campaign.settings import Settings
from digest.addresses import Addresses
from digest.excerpt import Cut, cut, marked, tidy
from digest.letter import Figure, Item, Letter, Links, Picture, Section, preview_line

LEAD_LENGTH = 460
ITEM_LENGTH = 270
SUBJECT_LENGTH = 60


def compose(
    issue: Issue,
    items: Iterable[IssueItem],
    stories: Mapping[int, Story],
    areas: Sequence[NodeRef],
    settings: Settings,
    *,
    figures: Sequence[Figure] = (),
    touched: Sequence[str] = (),
    now: datetime | None = None,
) -> Letter:
    """Return what the issue says, with the editors' words where they wrote some.

    ``stories`` are those that may be seen now, with their approved words; an item whose story is not among them is
    silently absent (``missing`` names it). ``areas`` are the focus areas in the strategy's order. A picture is in it
    whose right lasts until the letter leaves: at its time, or ``now`` where that has passed. ``touched`` are the
    goals that the stories are evidence for, in words.
    """
    at = max(now or issue.send_at, issue.send_at)
    campaign = settings.campaigns[issue.campaign]
    newsletter = settings.newsletters[issue.newsletter]
    language = Language(settings.site.language, settings.site.timezone)
    addresses = Addresses(settings, issue.campaign, language.code)
    shown = [item for item in items if not item.left_out and item.story_id in stories]
    rest = "letter.more_from" if {item.section for item in shown} & {area.code for area in areas} else "letter.all"
    sections = _sections(
        shown, stories, areas, addresses, rest=language.t(rest, name=campaign.name),
        author=partial(_author, settings), wordless=language.t("desk.card.wordless"), at=at,
    )  # fmt: skip
    titles = [item.title for section in sections for item in section.items if item.title]
    return Letter(
        language=language.code,
        campaign=issue.campaign,
        campaign_name=campaign.name,
        newsletter=issue.newsletter,
        name=newsletter.name or campaign.name,
        number=issue.number,
        year=issue.week.year,
        week=issue.week.number,
        sent_on=issue.send_at.astimezone(settings.site.timezone).date(),
        subject=_line(issue.subject) or _subject(newsletter.name or campaign.name, issue, titles, language),
        plain_subject=_subject(newsletter.name or campaign.name, issue, [], language),
        preview=_line(issue.preview) or preview_line(titles),
        intro=issue.intro.strip(),
        accent=campaign.accent,
        hashtags=campaign.hashtags,
        owner=settings.site.owner,
        contact=newsletter.reply_to or settings.site.contact,
        links=_links(addresses, issue),
        sections=sections,
        touched=tuple(touched),
        figures=tuple(figures),
    )


def _links(addresses: Addresses, issue: Issue) -> Links:
    return Links(
        web=addresses.issue(issue.newsletter, issue.number),
        archive=addresses.page("archive"),
        subscribe=addresses.page("subscribe"),
        privacy=addresses.page("privacy"),
        about=addresses.page("about"),
    )


def missing(items: Iterable[IssueItem], stories: Mapping[int, Story]) -> tuple[int, ...]:
    """Return the stories that the issue holds but nobody may see (any more)."""
    return tuple(item.story_id for item in items if not item.left_out and item.story_id not in stories)


def _sections(
    shown: list[IssueItem],
    stories: Mapping[int, Story],
    areas: Sequence[NodeRef],
    addresses: Addresses,
    *,
    rest: str,
    author: Callable[[Post], str],
    wordless: str,
    at: datetime,
) -> tuple[Section, ...]:
    tops = {area.id for area in areas}
    sections = []
    for number, (area, inside) in enumerate(_grouped(shown, areas)):
        lengths = [ITEM_LENGTH] * len(inside)
        lengths[0] = ITEM_LENGTH if number else LEAD_LENGTH
        told = tuple(
            _item(item, stories[item.story_id], tops, addresses, length=length, author=author, wordless=wordless, at=at)
            for item, length in zip(inside, lengths, strict=True)
        )
        sections.append(
            Section(
                code=area.code if area else "",
                title=area.title if area else rest,
                colour=area.colour if area else "",
                items=told,
            )
        )
    return tuple(sections)


def _grouped(items: list[IssueItem], areas: Sequence[NodeRef]) -> list[tuple[NodeRef | None, list[IssueItem]]]:
    """Return the items by focus area in the strategy's order, those without one last, each in the editors' order."""
    known = {area.code for area in areas}
    ordered = sorted(items, key=lambda item: (item.position, item.id))
    groups: list[tuple[NodeRef | None, list[IssueItem]]] = [
        (area, [item for item in ordered if item.section == area.code]) for area in areas
    ]
    groups.append((None, [item for item in ordered if item.section not in known]))
    return [(area, inside) for area, inside in groups if inside]


def _item(
    item: IssueItem, story: Story, tops: set[int], addresses: Addresses, *, length: int, author: Callable[[Post], str],
    wordless: str, at: datetime,
) -> Item:  # fmt: skip
    post = story.lead
    who = author(post)
    title = _line(item.title) or _line(post.title)
    shown = _shown(story, title, length)
    own = tidy(item.text)
    return Item(
        story_id=story.id,
        title=shown.title or _line(post.warning) or who or wordless,
        text=own or shown.text,
        quoted=not own,
        opened=shown.opened and not own,
        shortened=shown.shortened and not own,
        tags="" if own else shown.tags,
        warning=_line(post.warning),
        author=who,
        network=post.network,
        published_at=post.published_at,
        language=post.language,
        url=addresses.story(story.id),
        original_url=post.url if re.match(r"https?://", post.url, re.IGNORECASE) else "",
        picture=None if post.sensitive or post.warning else _picture(story, at),
        goals=tuple(f"{node.code} {node.title}" for node in story.nodes if node.id not in tops),
        post_id=post.id,
        version_id=post.version_id,
        own_title=bool(_line(item.title)),
    )


def _shown(story: Story, title: str, length: int) -> Cut:
    """Return the words that tell a story: those that an editor marked, else its beginning."""
    post, chosen = story.lead, story.marked
    if chosen is not None and not post.warning:
        return marked(title, post.text, chosen.start, chosen.end)
    return cut(title, "" if post.warning else post.text, length)


def _author(settings: Settings, post: Post) -> str:
    """Return who is named for a post, "" where nobody knows."""
    return _line(named(post, settings.sources.get(post.source)))


def _picture(story: Story, at: datetime) -> Picture | None:
    """Return the first picture that may be mailed then, the lead post's before the others'."""
    posts = (story.lead, *(post for post in story.posts if post.id != story.lead.id))
    for media in (media for post in posts if not post.sensitive for media in post.media):
        if media.may_be_shown(Use.MAIL, at) and media.file:
            return Picture(
                file=media.file,
                alt="" if media.decorative else _line(media.alt or ""),
                width=media.width,
                height=media.height,
                credit=_line(media.right_from),
                web=media.may_be_shown(Use.WEB, at),
                id=media.id,
            )
    return None


def _line(text: str) -> str:
    return " ".join(tidy(text).split())


def _subject(name: str, issue: Issue, titles: list[str], language: Language) -> str:
    """Return a subject that tells of the first story, where that is short enough."""
    if titles:
        full = language.t("letter.subject_with", name=name, number=issue.number, title=titles[0])
        if len(full) <= SUBJECT_LENGTH:
            return full
    return language.t("letter.subject", name=name, number=issue.number)
