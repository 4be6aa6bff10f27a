"""What a draft is made of: the stories chosen for it, and beside them what was a year ago and what is still ahead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from campaign.newsletter import EVENTS, SPECIAL_SECTIONS, YEAR_AGO, Issue, IssueItem, Why
from campaign.periods import Planned
from campaign.places import register
from campaign.records import Story
from campaign.settings import NewsletterSettings
from digest import memory
from digest.select import Selection, select
from storage import issues, stories
from storage.areas import areas as areas_of
from storage.follows import told_before
from storage.issue_edits import NewItem
from storage.store import Store
from storage.tellings import events_ahead, told_with_more

#: Greater than the number of any issue: a draft that has none yet comes after all of them.
_NO_NUMBER = 2**31 - 1


def choose(store: Store, newsletter: NewsletterSettings, *, until: datetime, current: Issue | None) -> Selection:
    """Return what a draft would take now; an open issue keeps what it has, and room is left for that."""
    drafting = current.id if current else None
    found = issues.candidates(store, newsletter.campaign, newsletter.id, drafting=drafting)
    kept = issues.items(store, drafting) if drafting else []
    known = {item.story_id for item in kept if item.story_id}
    new = stories.get_stories(store, [story_id for story_id in found.story_ids if story_id not in known], public=True)
    more, told = _more(store, newsletter, drafting, known)
    number = current.number if current else _NO_NUMBER
    inside = _inside(store, kept)
    return select(
        [*new, *more],
        areas=areas_of(store, newsletter.campaign),
        told=told,
        goes_on=told | told_before(store, newsletter.id, [story.id for story in new], number),
        until=until,
        limit=max(0, newsletter.max_items - len(inside)),
        previous=found.previous,
        left_out=found.left_out,
        inside=inside,
        places=register(),
    )


def _more(
    store: Store, newsletter: NewsletterSettings, drafting: int | None, known: set[int]
) -> tuple[list[Story], dict[int, int]]:
    """Return told stories that go on, as what is new of them, and the number that told each before."""
    tellings = told_with_more(store, newsletter.id, drafting=drafting)
    told = stories.get_stories(store, [story_id for story_id in tellings if story_id not in known], public=True)
    found = [further for story in told if (further := memory.gone_on(story, tellings[story.id])) is not None]
    return found, {story.id: tellings[story.id].number for story in found}


def _inside(store: Store, kept: Sequence[IssueItem]) -> list[tuple[Story, str | None]]:
    """Return the stories that an issue shows, each with its section; what is told again takes no room."""
    sections = {
        item.story_id: item.section or None
        for item in kept
        if item.story_id and not item.left_out and item.section not in SPECIAL_SECTIONS
    }
    return [(story, sections[story.id]) for story in stories.get_stories(store, list(sections), public=True)]


def beside(
    store: Store,
    newsletter: NewsletterSettings,
    planned: Planned,
    *,
    current: Issue | None,
    chosen: Selection,
    zone: tzinfo = UTC,
) -> list[NewItem]:
    """Return what stands in a draft beside its new stories: events still ahead, and what was told a year ago.

    Events are taken over when an issue is begun, once: what becomes of them in it is the editors' business. A year ago
    reminds where nothing of it was put in, or taken out, before; of nothing that waits to be told as news.
    """
    kept = issues.items(store, current.id) if current else []
    events = [] if current else events_ahead(store, newsletter.id, after=planned.send_at)
    start = len(chosen.picks)
    made = [_carried(item, number, start + place) for place, (item, number) in enumerate(events)]
    if any(item.section == YEAR_AGO for item in kept):
        return made
    news = {item.story_id for item in kept} | {pick.story_id for pick in chosen.picks}
    news |= {each.story_id for each in chosen.omitted}
    reminded = memory.year_ago(store, newsletter, planned.week, at=planned.send_at, zone=zone, without=news)
    return made + [_reminding(each, start + len(made) + place) for place, each in enumerate(reminded)]


def _carried(item: IssueItem, number: int, position: int) -> NewItem:
    return NewItem(
        story_id=0,
        section=EVENTS,
        position=position,
        reason=Why(key="carried", facts={"number": number}),
        kind=item.kind,
        title=item.title,
        text=item.text,
        url=item.url,
        value=item.value,
        place=item.place,
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        all_day=item.all_day,
    )


def _reminding(each: memory.Remembered, position: int) -> NewItem:
    why = Why(key="year_ago", facts={"number": each.number}) if each.number else Why(key="year_ago_then")
    return NewItem(story_id=each.story_id, section=YEAR_AGO, position=position, reason=why)
