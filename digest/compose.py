"""Makes a letter's content out of an issue and its stories. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from campaign.credit import named
from campaign.language import Language
from campaign.newsletter import EVENTS, SPECIAL_SECTIONS, YEAR_AGO, Issue, IssueItem, ItemKind
from campaign.places import Places, offer
from campaign.records import NodeRef, Post, Story, Use
from campaign.settings import Settings
from digest.addresses import Addresses
from digest.excerpt import Cut, cut, marked, tidy
from digest.letter import Book, Figure, Item, Letter, Links, Picture, Section, preview_line

LEAD_LENGTH = 460
ITEM_LENGTH = 270
SUBJECT_LENGTH = 60
#: So many places of a story are named; who reads looks for their own.
PLACES = 2


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
    notes: Mapping[str, str] | None = None,
    lines: Mapping[str, Sequence[str]] | None = None,
    earlier: Mapping[int, int] | None = None,
    language: str = "",
    book: Book | None = None,
) -> Letter:
    """Return what the issue says, with the editors' words where they wrote some.

    ``stories`` are those that may be seen now, with their approved words; an item whose story is not among them is
    silently absent (``missing`` names it). ``areas`` are the focus areas in the strategy's order. A picture is in it
    whose right lasts until the letter leaves: at its time, or ``now`` where that has passed. ``touched`` are the
    goals that the stories are evidence for, in words. ``notes`` are the editors' words over sections, ``lines`` counts
    in words, both by the section's code; ``earlier`` the number of the issue that told what a story goes on from, by
    the story's id. ``language`` is that of what stands around the stories, the site's where it is "".
    ``book`` is what a yearbook counted; its chapters stand even where no story is told.
    """
    at = max(now or issue.send_at, issue.send_at)
    campaign = settings.campaigns[issue.campaign]
    newsletter = settings.newsletters[issue.newsletter]
    words = Language(language or settings.site.language, settings.site.timezone)
    addresses = Addresses(settings, issue.campaign, words.code)
    shown = [
        item for item in items if not item.left_out and (item.kind is not ItemKind.STORY or item.story_id in stories)
    ]
    making = _Making(
        issue=issue, stories=stories, areas=areas, addresses=addresses, language=words, campaign=campaign.name,
        author=partial(_author, settings), at=at, notes=notes or {}, lines=lines or {}, earlier=earlier or {},
        places=offer(campaign.places).register,
    )  # fmt: skip
    sections = _sections(shown, making)
    titles = _titles(sections)
    return Letter(
        language=words.code,
        campaign=issue.campaign,
        campaign_name=campaign.name,
        newsletter=issue.newsletter,
        name=newsletter.name or campaign.name,
        number=issue.number,
        year=issue.week.year,
        week=issue.week.number,
        sent_on=issue.send_at.astimezone(settings.site.timezone).date(),
        subject=_line(issue.subject) or _subject(newsletter.name or campaign.name, issue, titles, words),
        plain_subject=_subject(newsletter.name or campaign.name, issue, [], words),
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
        kind=str(issue.kind),
        book=book,
    )


def _titles(sections: Iterable[Section]) -> list[str]:
    """Return the titles of what is news, in reading order: what subject and preview line can tell of."""
    news = (section for section in sections if section.code not in SPECIAL_SECTIONS)
    return [item.title for section in news for item in section.items if item.title]


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
    return tuple(
        item.story_id for item in items if item.story_id and not item.left_out and item.story_id not in stories
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    """What all items of one letter are made with."""

    issue: Issue
    stories: Mapping[int, Story]
    areas: Sequence[NodeRef]
    addresses: Addresses
    language: Language
    campaign: str
    author: Callable[[Post], str]
    at: datetime
    notes: Mapping[str, str]
    lines: Mapping[str, Sequence[str]]
    earlier: Mapping[int, int]
    places: Places


def _sections(shown: list[IssueItem], making: _Making) -> tuple[Section, ...]:
    in_areas = {item.section for item in shown} & {area.code for area in making.areas}
    rest = making.language.t("letter.more_from" if in_areas else "letter.all", name=making.campaign)
    titles = {
        "": rest,
        EVENTS: making.language.t("letter.events"),
        YEAR_AGO: making.language.t("letter.year_ago"),
    }
    sections: list[Section] = []
    for code, area, inside in _grouped(shown, making.areas, making.lines):
        longest = LEAD_LENGTH if not sections and code != YEAR_AGO else ITEM_LENGTH
        told = tuple(
            _item(item, making, length=ITEM_LENGTH if number else longest) for number, item in enumerate(inside)
        )
        sections.append(
            Section(
                code=code,
                title=area.title if area else titles[code],
                colour=area.colour if area else "",
                items=told,
                node=area.id if area else 0,
                intro=making.notes.get(code, "").strip(),
                lines=tuple(making.lines.get(code, ())),
            )
        )
    return tuple(sections)


def _grouped(
    items: list[IssueItem], areas: Sequence[NodeRef], lines: Mapping[str, Sequence[str]]
) -> list[tuple[str, NodeRef | None, list[IssueItem]]]:
    """Return the items by focus area in the strategy's order, those without one after them, what comes and what was a
    year ago last; each in the editors' order. A section with counts stands without items too.
    """
    ordered = sorted(items, key=lambda item: (item.position, item.id))
    known: dict[str, NodeRef | None] = {area.code: area for area in areas}
    order = [*known, "", *SPECIAL_SECTIONS]
    groups = [
        (code, known.get(code), [item for item in ordered if (item.section if item.section in order else "") == code])
        for code in order
    ]
    return [group for group in groups if group[2] or group[0] in lines]


def _item(item: IssueItem, making: _Making, *, length: int) -> Item:
    if item.kind is not ItemKind.STORY:
        return _written(item, making)
    story = making.stories[item.story_id]
    post = story.lead
    who = making.author(post)
    title = _line(item.title) or _line(post.title)
    shown = _shown(story, title, length)
    own = tidy(item.text)
    tops = {area.id for area in making.areas}
    again = item.section == YEAR_AGO
    number = _stood_in(item) if again else making.earlier.get(item.story_id, 0)
    return Item(
        story_id=story.id,
        title=shown.title or _line(post.warning) or who or making.language.t("desk.card.wordless"),
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
        url=making.addresses.story(story.id),
        original_url=post.url if re.match(r"https?://", post.url, re.IGNORECASE) else "",
        picture=None if post.sensitive or post.warning else _picture(story, making.at),
        goals=tuple(f"{node.code} {node.title}" for node in story.nodes if node.id not in tops),
        post_id=post.id,
        version_id=post.version_id,
        own_title=bool(_line(item.title)),
        item_id=item.id,
        place=_places(story, making),
        earlier=0 if again else number,
        stood_in=number if again else 0,
        earlier_url=making.addresses.issue(making.issue.newsletter, number) if number else "",
    )


def _stood_in(item: IssueItem) -> int:
    """Return the number of the letter that told a story of a year ago, 0 where none did."""
    number = item.reason.facts.get("number") if item.reason.key == "year_ago" else 0
    return number if isinstance(number, int) else 0


def _places(story: Story, making: _Making) -> str:
    """Return where a story happened, its first places by name; "" where nobody said."""
    names = [_line(making.places.label_of(place)) for place in story.places]
    told = ", ".join(names[:PLACES])
    return making.language.t("letter.places_more", places=told) if len(names) > PLACES else told


def _written(item: IssueItem, making: _Making) -> Item:
    """Return what an editor wrote for the letter alone."""
    is_event = item.kind is ItemKind.EVENT and item.starts_at is not None
    issue = making.issue
    return Item(
        story_id=0,
        title=_line(item.title),
        text=tidy(item.text),
        quoted=False,
        url=item.url,
        kind=str(item.kind),
        item_id=item.id,
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        all_day=item.all_day,
        place=_line(item.place),
        value=_line(item.value),
        calendar=making.addresses.event(issue.newsletter, issue.number, item.id) if is_event else "",
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
                focus=media.focus,
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
