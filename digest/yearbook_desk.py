"""Drafts a yearbook from what stands in the database. What it says is decided in ``digest.yearbook``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from campaign.credit import named
from campaign.errors import DigestError, InputError
from campaign.language import Language
from campaign.newsletter import Issue, IssueItem, IssueKind
from campaign.periods import next_planned, next_working_time, week_of
from campaign.places import offer
from campaign.records import NodeRef, Story
from campaign.settings import NewsletterSettings, Settings
from digest import figures, yearbook
from digest.growth import RingWeek, grown_weeks
from digest.letter import Book, _plain, book_from_json
from digest.yearbook import Candidate, Told
from storage import stories
from storage.archive import Entry, Outline, outline, silences
from storage.areas import areas as areas_of
from storage.counts import Tally
from storage.indicators import list_indicators
from storage.issue_changing import NewItem
from storage.issue_figures import NewFigure, put_figures
from storage.issues import get_issue
from storage.keys import key_range, moment_of
from storage.measurements import moved_since
from storage.shelf import periods_of
from storage.store import Actor, Store
from storage.strategy import list_nodes
from storage.yearbook import NewBook, book_kept, letters_of, retold, save_yearbook, strongest

#: People have at least so long to make a book of the draft.
_TIME_TO_EDIT = timedelta(days=14)
#: So many figures a yearbook has at most.
_MOST_FIGURES = 12


def draft_yearbook(
    store: Store, settings: Settings, newsletter_id: str, year: int, *, by: Actor, now: datetime
) -> Issue:
    """Draft the yearbook of a year from the letters that left in it, as an ordinary draft for an editor.

    DigestError ``yearbook_empty`` where no letter told anything that may still be read; ConflictError
    ``yearbook_open`` where one of the newsletter is still worked on.
    """
    newsletter = settings.newsletters[newsletter_id]
    span = _span(settings, year)
    making = _Year(store, settings, newsletter, year, now)
    candidates = making.candidates(*span)
    if not candidates:
        raise DigestError("yearbook_empty", year=year)
    send_at = _send_at(newsletter, settings, now)
    issue = save_yearbook(
        store,
        campaign=newsletter.campaign,
        newsletter=newsletter.id,
        week=week_of(send_at.astimezone(settings.site.timezone)),
        send_at=send_at,
        book=making.book(candidates, letters=letters_of(store, newsletter.id, *span), send_at=send_at),
        by=by,
        now=now,
    )
    put_figures(store, issue.id, _figures(store, newsletter.campaign, span[0]), by=by, now=now)
    return get_issue(store, issue.id)


def book_year(today: date) -> int:
    """Return the year whose yearbook is made now: in spring still that of the year before."""
    return today.year if today.month > 6 else today.year - 1


def year_named(text: str) -> int:
    """Return the year that somebody wrote. InputError ``year`` for what is none."""
    written = text.strip()
    if not (written.isascii() and written.isdigit() and len(written) == 4 and 1990 <= int(written) <= 2200):
        raise InputError("year", "yearbook_year", year=written[:20])
    return int(written)


def kept_book(store: Store, issue_id: int, language: Language) -> tuple[Book | None, dict[str, tuple[str, ...]]]:
    """Return what a yearbook counted, and the counts of its chapters in words; nothing for a letter."""
    kept = book_kept(store, issue_id)
    if not kept:
        return None, {}
    lines = {code: tuple(_line(each, language) for each in told) for code, told in kept.pop("lines").items()}
    return book_from_json(kept), lines


def told_in(issue: Issue, items: Iterable[IssueItem]) -> dict[int, int]:
    """Return the number of the letter that told each story of a yearbook, by story; nothing for a letter."""
    if issue.kind is not IssueKind.YEARBOOK:
        return {}
    numbers = {item.story_id: item.reason.facts.get("number") for item in items if item.story_id}
    return {story_id: number for story_id, number in numbers.items() if isinstance(number, int)}


def _line(kept: Mapping[str, Any], language: Language) -> str:
    return language.t(f"yearbook.line.{kept['key']}", **kept["facts"])


class _Year:
    """One year of a campaign, read once for everything that the book says of it."""

    def __init__(
        self, store: Store, settings: Settings, newsletter: NewsletterSettings, year: int, now: datetime
    ) -> None:
        self.store, self.settings, self.newsletter, self.year = store, settings, newsletter, year
        self.campaign, self.zone = settings.campaigns[newsletter.campaign], settings.site.timezone
        self.now, self.today = now, now.astimezone(settings.site.timezone).date()
        self.by_node: dict[int, NodeRef] = areas_of(store, newsletter.campaign)
        self.areas = list(dict.fromkeys(self.by_node.values()))
        start, end = (datetime(each, 1, 1, tzinfo=self.zone).astimezone(UTC) for each in (year, year + 1))
        first_key, end_key = key_range(start, end)
        self.outline: Outline = outline(store, newsletter.campaign, first_key=first_key, end_key=end_key)

    def candidates(self, first: datetime, end: datetime) -> list[Candidate]:
        """Return the stories that letters told in a time and that may still be read."""
        told = {each.story_id: each for each in retold(self.store, self.newsletter.id, first, end)}
        weights = strongest(self.store, self.newsletter.campaign)
        return [
            Candidate(
                story=story,
                area=self._area(story),
                number=told[story.id].number,
                day=told[story.id].at.astimezone(self.zone).date(),
                weight=weights.get(story.id, 0),
                voice=self._voice(story),
            )
            for story in stories.get_stories(self.store, list(told), public=True)
        ]

    def book(self, candidates: Sequence[Candidate], *, letters: int, send_at: datetime) -> NewBook:
        """Return the draft: the chosen stories, what was counted, and words made from that."""
        language = Language(self.settings.site.language, self.zone)
        told, growth = self._told(), self._growth()
        counted = yearbook.count(self.year, told, growth, issues=letters, as_of=self.today)
        chapters = {area.code: [each for each in told if area.id in each.areas] for area in self.areas}
        rest = [each for each in told if not each.areas]
        lines = {code: yearbook.lines(inside) for code, inside in chapters.items()}
        if rest:
            lines[""] = yearbook.lines(rest)
        picks = yearbook.choose(candidates, order=[area.code for area in self.areas], at=send_at)
        kept = {name: _json(value) for name, value in asdict(counted).items()}
        kept["lines"] = {
            code: [{"key": each.key, "facts": dict(each.facts)} for each in of] for code, of in lines.items()
        }
        return NewBook(
            subject=language.t("yearbook.subject", year=self.year, name=self.campaign.name),
            intro=yearbook.opening(counted, language),
            notes={
                area.code: yearbook.note(area.title, chapters[area.code], growth, language, as_of=self.today)
                for area in self.areas
            },
            items=[
                NewItem(story_id=each.story_id, section=each.area, position=each.position, reason=each.reason)
                for each in picks
            ],
            kept=kept,
        )

    def _area(self, story: Story) -> str:
        return next((self.by_node[node.id].code for node in story.nodes if node.id in self.by_node), "")

    def _voice(self, story: Story) -> str:
        return named(story.lead, self.settings.sources.get(story.lead.source))

    def _told(self) -> list[Told]:
        """Return every public story of the year, for counting."""
        inside = {entry.story_id: entry for entry in self.outline.entries}
        register = offer(self.campaign.places).register
        return [
            Told(
                day=self._day(inside[story.id]),
                places=tuple(register.label_of(place) for place in story.places),
                voice=self._voice(story),
                areas=frozenset(self.by_node[node].id for node in inside[story.id].nodes if node in self.by_node),
                evidence=len(inside[story.id].nodes),
            )
            for story in stories.get_stories(self.store, list(inside), public=True)
        ]

    def _day(self, entry: Entry) -> date:
        return moment_of(entry.key).astimezone(self.zone).date()

    def _in_weeks(self, entry: Entry) -> int:
        """Return an entry's key within the year's weeks: its first and last days can belong to another year's."""
        first = date.fromisocalendar(self.year, 1, 1)
        last = date.fromisocalendar(self.year, date(self.year, 12, 28).isocalendar().week, 7)
        day = self._day(entry)
        if first <= day <= last:
            return entry.key
        at = datetime.combine(min(max(day, first), last), time(12), self.zone).astimezone(UTC)
        return key_range(at, at)[0]

    def _growth(self) -> tuple[RingWeek, ...]:
        sources = [each.id for each in self.settings.sources.values() if self.campaign.id in each.campaigns]
        return grown_weeks(
            [
                Tally(
                    period=periods_of(self._in_weeks(entry), self.zone)[0],
                    value="+".join(map(str, entry.nodes)),
                    count=1,
                )
                for entry in self.outline.entries
            ],
            {node: area.id for node, area in self.by_node.items()},
            silences(self.store, sources),
            sources,
            zone=self.zone,
            now=self.now,
            only=self.year,
        )


def _figures(store: Store, campaign: str, since: datetime) -> list[NewFigure]:
    """Return the figures of a year: those that moved in it, and one for each area that has none of those."""
    indicators = list_indicators(store, campaign, public=True)
    chosen = figures.choose(
        indicators,
        moved_since(store, campaign, since),
        touched={node.id for node in list_nodes(store, campaign)},
        areas={node: area.id for node, area in areas_of(store, campaign).items()},
        shown=(),
        most=_MOST_FIGURES,
    )
    return [NewFigure(indicator=each.indicator, measurement=each.measurement, reason=each.reason) for each in chosen]


def _span(settings: Settings, year: int) -> tuple[datetime, datetime]:
    zone = settings.site.timezone
    first, end = (datetime.combine(date(each, 1, 1), time(), zone).astimezone(UTC) for each in (year, year + 1))
    return first, end


def _send_at(newsletter: NewsletterSettings, settings: Settings, now: datetime) -> datetime:
    """Return a time to propose: a working day in two weeks or so, not the one on which the letter leaves."""
    zone = settings.site.timezone
    found = next_working_time(newsletter, zone, now + _TIME_TO_EDIT)
    letter = next_planned(newsletter, zone, found - timedelta(hours=1))
    if letter is not None and letter.send_at.astimezone(zone).date() == found.astimezone(zone).date():
        return next_working_time(newsletter, zone, found + timedelta(hours=1))
    return found


def _json(value: object) -> object:
    return _plain(value) if isinstance(value, date | datetime) else value
