"""An issue as its editor sees it: what it tells, in which order and why, how it looks, where it stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from campaign.errors import Fact, NotFoundError
from campaign.language import Language
from campaign.newsletter import (
    EVENTS,
    SPECIAL_SECTIONS,
    YEAR_AGO,
    Balance,
    Delivery,
    DeliveryState,
    Issue,
    IssueItem,
    ItemKind,
    Why,
)
from campaign.records import NodeRef, Story
from campaign.settings import NewsletterSettings
from digest import desk as digest_desk
from digest.edition import Edition, language_of, load, public_letter, without_words
from digest.excerpt import shorten
from digest.letter import Figure, Item, Letter, Picture
from digest.lint import lint_content
from digest.mail_check import Finding, known_red
from digest.markdown import to_text
from digest.pictures import Frame, copy_of
from digest.reasons import in_words
from digest.render import Rendered, render
from storage.deliveries import audience_size, balance, list_deliveries
from storage.indicators import list_indicators
from storage.issue_figures import IssueFigure, issue_figures
from storage.issues import get_issue, section_notes
from storage.people import Account, list_accounts
from storage.senders import is_copy
from web.desk.issue_found import Findable, Proposal, findable, proposals
from web.desk.issue_outcome import Outcome
from web.desk.trail import headline
from web.desk.visit import Desk

#: Where Gmail stops showing a letter and hides the rest behind a link.
GMAIL_BYTES = 102_000

_IMAGE = re.compile(r'(<img\b[^>]*?\bsrc=")[^"]*(")')
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A story of the issue. ``told`` is how the letter tells it, None while it is left out or cannot be seen."""

    item: IssueItem
    story: Story | None
    title: str
    told: Item | None
    why: str
    first: bool
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the issue with what stands in it, in order. ``area`` is None for those that are no focus area;
    ``note`` is what the editors wrote over it, in Markdown.
    """

    code: str
    title: str
    area: NodeRef | None
    lines: tuple[Line, ...]
    note: str = ""

    @property
    def key(self) -> str:
        """The section's name where only letters and figures may stand, as in the ids of a page."""
        return hashlib.sha256(self.code.encode()).hexdigest()[:8] if self.code else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """A figure of the issue. ``told`` is how the letter tells it, None while it is left out or has no value."""

    figure: IssueFigure
    title: str
    told: Figure | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What stands in the way of an approval; ``story_id`` leads to the story that it is about, 0 for none."""

    words: str
    story_id: int


@dataclass(frozen=True, kw_only=True)
class IssueView:
    """One issue for one person at the desk."""

    desk: Desk
    edition: Edition
    newsletter: NewsletterSettings

    @property
    def issue(self) -> Issue:
        """The issue."""
        return self.edition.issue

    @property
    def name(self) -> str:
        """What the newsletter is called."""
        return self.newsletter.name or self.desk.campaign.name

    @property
    def letter(self) -> Letter:
        """The letter as it would be sent now, or as it was sent without what was hidden since."""
        issue = self.issue
        sent = (
            public_letter(self.desk.store, issue.newsletter, issue.number, now=self.desk.now)
            if issue.state.out
            else None
        )
        return sent or self.edition.letter

    @cached_property
    def rendered(self) -> Rendered:
        """The letter drawn, its pictures from this site."""
        folder, base = self.desk.store.media, self.desk.view.base

        def address(picture: Picture, frame: Frame) -> str:
            if not picture.web:
                return f"{base}/desk/media/{picture.id}?size=large"
            path = copy_of(folder, picture.file, 2 * frame.width)
            return f"{base}/media/{path.name}" if path else ""

        return render(self.letter, language_of(self.desk.settings), picture=address, leave="#")

    @cached_property
    def parts(self) -> list[Part]:
        """The sections with what is in them, as the letter has them; focus areas and the rest also where empty."""
        told = {item.item_id: item for item in self.edition.letter.items}
        shown = [item for item in self.edition.items if not item.left_out]
        found = []
        for code, title in self.sections.items():
            mine = [item for item in shown if (item.section if item.section in self.sections else "") == code]
            lines = tuple(
                self._line(item, told.get(item.id), first=at == 0, last=at == len(mine) - 1)
                for at, item in enumerate(mine)
            )
            area = next((area for area in self.edition.areas if area.code == code), None)
            if lines or code not in SPECIAL_SECTIONS:
                found.append(Part(code=code, title=title, area=area, lines=lines, note=self._notes.get(code, "")))
        return found

    @cached_property
    def sections(self) -> dict[str, str]:
        """The titles of all sections that an item may stand in, by their codes, as the letter orders them."""
        t = self.desk.t
        areas = {area.code: area.title for area in self.edition.areas}
        return areas | {"": t("issues.selection.no_area"), EVENTS: t("letter.events"), YEAR_AGO: t("letter.year_ago")}

    @property
    def open_sections(self) -> dict[str, str]:
        """The sections that an item may be put into by hand."""
        return {code: title for code, title in self.sections.items() if code != YEAR_AGO}

    @cached_property
    def _notes(self) -> dict[str, str]:
        return section_notes(self.desk.store, self.issue.id)

    def landed(self, item_id: int) -> str:
        """Return in words where an item stands, "" for one that is not shown."""
        for part in self.parts:
            for at, line in enumerate(part.lines, 1):
                if line.item.id == item_id:
                    return self.desk.t(
                        "editor.landed", title=shorten(line.title, 60), place=at, count=len(part.lines), area=part.title
                    )
        return ""

    @cached_property
    def left_out(self) -> list[Line]:
        """The stories that an editor left out."""
        return [self._line(item, None, first=True, last=True) for item in self.edition.items if item.left_out]

    @cached_property
    def figures(self) -> list[FigureLine]:
        """The figures that the draft took, those left out last."""
        kept = issue_figures(self.desk.store, self.issue.id)
        told = {figure.indicator: figure for figure in self.edition.letter.figures}
        indicators = list_indicators(self.desk.store, self.issue.campaign, ended=True) if kept else []
        titles = {each.id: each.wording.title for each in indicators}
        return [
            FigureLine(
                figure=each,
                title=titles[each.indicator],
                told=told.get(each.indicator),
                why=why_words(each.reason, self.desk.language, "digest.reason"),
            )
            for each in sorted(kept, key=lambda each: each.left_out)
        ]

    @property
    def count(self) -> int:
        """How many stories the issue tells as news, as an approval counts them."""
        return sum(not item.removed for item in self.edition.letter.news)

    @cached_property
    def proposals(self) -> list[Proposal]:
        """The stories that the draft did not take, with the reason for each; what was added since is not named."""
        inside = {item.story_id for item in self.edition.items if item.story_id}
        return proposals(self.desk, self.issue.id, inside)

    def findable(self, words: str) -> Findable:
        """Return approved stories to add by hand, each with why it is not in the issue where that is known."""
        why = {proposal.story.id: proposal.why for proposal in self.proposals}
        why |= {line.item.story_id: line.why for line in self.left_out if line.item.story_id}
        return findable(self.desk, self.issue.id, words, why)

    @cached_property
    def faults(self) -> list[Fault]:
        """What can be seen at a glance to stand in the way of an approval; approving looks closer."""
        found = lint_content(self.edition.letter, min_items=self.newsletter.min_items)
        found += [Why(key="alt_missing", facts={"story": story_id}) for story_id in without_words(self.edition)]
        return [fault(why, self.desk.language) for why in found]

    @cached_property
    def balance(self) -> Balance:
        """What became of the letters."""
        return balance(self.desk.store, self.issue.id)

    @cached_property
    def outcome(self) -> Outcome:
        """How the sending fared."""
        return Outcome(desk=self.desk, issue=self.issue, balance=self.balance)

    @cached_property
    def uncertain(self) -> list[Delivery]:
        """The letters of which nobody knows whether they arrived."""
        return list_deliveries(self.desk.store, self.issue.id, DeliveryState.UNCERTAIN, limit=200)

    @cached_property
    def failed(self) -> list[Delivery]:
        """The letters that were refused."""
        return list_deliveries(self.desk.store, self.issue.id, DeliveryState.FAILED, limit=50)

    @cached_property
    def audience(self) -> int:
        """To how many the letter goes, or would go now."""
        planned = self.issue.audience
        return planned if planned is not None else audience_size(self.desk.store, self.issue.newsletter)

    @property
    def approver(self) -> str:
        """What the person who approved is called, "" where nobody did."""
        found: Mapping[int, Account] = {account.id: account for account in list_accounts(self.desk.store)}
        account = found.get(self.issue.approved_by or 0)
        return account.called if account else ""

    @cached_property
    def mail_red(self) -> list[Finding]:
        """What of the sender's domain keeps the first letters back, as it was looked up last."""
        return known_red(self.desk.store, self.desk.settings, self.newsletter) if self.can_edit else []

    @cached_property
    def is_copy(self) -> bool:
        """Whether letters have left from another place than this database, so that none leaves from here."""
        return is_copy(self.desk.store)

    @property
    def first_approver(self) -> str:
        """What the first of two who must approve is called, "" where nobody has."""
        found = {account.id: account for account in list_accounts(self.desk.store)} if self.issue.first_by else {}
        account = found.get(self.issue.first_by or 0)
        return account.called if account else ""

    @property
    def first_stands(self) -> bool:
        """Whether the first approval is of the letter as it is now."""
        return self.issue.first_hash == self.edition.content

    @property
    def offers(self) -> list[digest_desk.Offer]:
        """Other times at which it could be sent."""
        return digest_desk.offers(self.desk.settings, self.issue, now=self.desk.now)

    @property
    def why(self) -> str:
        """Why the issue stands where it stands, "" where there is nothing to explain."""
        why = self.issue.why
        return why_words(why, self.desk.language, "digest.why", **self.facts) if why else ""

    @property
    def facts(self) -> dict[str, Fact]:
        """What sentences about the issue name: number, newsletter, week, day and time."""
        issue, language = self.issue, self.desk.language
        return {
            "name": self.name,
            "number": issue.number,
            "week": issue.week.number,
            "day": language.day(issue.send_at),
            "time": language.time(issue.send_at),
        }

    @property
    def can_edit(self) -> bool:
        """Whether the issue can still be changed."""
        return self.issue.state.open

    @property
    def is_late(self) -> bool:
        """Whether its time has passed too long ago for it to leave by itself."""
        return self.desk.now > self.issue.send_at + digest_desk.GRACE

    def _line(self, item: IssueItem, told: Item | None, *, first: bool, last: bool) -> Line:
        story = self.edition.stories.get(item.story_id)
        title = (
            item.title
            or self._written_title(item)
            or (told.title if told else "")
            or (headline(story.lead, self.desk.language) if story else "")
        )
        return Line(
            item=item,
            story=story,
            title=title,
            told=told,
            why=why_words(item.reason, self.desk.language, "digest.reason"),
            first=first,
            last=last,
        )

    def _written_title(self, item: IssueItem) -> str:
        """Return what a note without a title is called: its first words, as they are read."""
        if item.kind is ItemKind.STORY:
            return ""
        return shorten(" ".join(to_text(item.text).split()), 80)


def issue_view(desk: Desk, issue_id: int) -> IssueView:
    """Return an issue for its editor. NotFoundError ``issue_missing``."""
    found = get_issue(desk.store, issue_id)
    newsletter = desk.settings.newsletters.get(found.newsletter)
    if newsletter is None:
        raise NotFoundError("issue_missing", issue=issue_id)
    return IssueView(desk=desk, edition=load(desk.store, desk.settings, issue_id, now=desk.now), newsletter=newsletter)


def why_words(why: Why, language: Language, under: str, **facts: Fact) -> str:
    """Return an explanation in a person's words; its own facts win over those given."""
    if under == "digest.reason":
        return in_words(why, language, **facts)  # several may hold at once
    key = f"{under}.{why.key}"
    return language.t(key, **(facts | why.facts)) if language.has(key) else why.key


def fault(why: Why, language: Language) -> Fault:
    """Return what a look at the letter found, in a person's words."""
    return Fault(words=why_words(why, language, "digest.lint"), story_id=int(why.facts.get("story") or 0))


def as_shown(html: str, *, dark: bool, images: bool) -> str:
    """Return a letter as a mail program in dark mode, or one that loads no pictures, would show it."""
    shown = _DARK.sub("@media all" if dark else "@media not all", html)
    return shown if images else _IMAGE.sub(r"\1data:,\2", shown)
