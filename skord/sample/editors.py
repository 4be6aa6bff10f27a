"""What the invented editors do: they review, record rights, attach to the strategy, write and approve the letter.

Everything goes through the same functions as the desk. What they decide stands beside each post; of the last two
weeks they have got through half, so that there is something left to do.
"""

from __future__ import annotations

import re
import zlib
from datetime import datetime, timedelta

from campaign.errors import DigestError
from campaign.language import Language
from campaign.newsletter import EVENTS, Issue, IssueState, ItemKind
from campaign.places import offer
from campaign.records import Post, Review, Right, Role, Story
from campaign.settings import Settings
from digest import desk
from skord.sample import calendar, mastodon
from skord.sample.case import Case, Editorial
from skord.sample.year import ZONE, Dated, Written
from storage import decisions, evidence, follows, issue_edits, issue_written, issues, people, places, rights, strategy
from storage.decisions import Action
from storage.queue import Filters, queue_page
from storage.store import Actor, Store
from storage.trust import trust_source

_WEEK = re.compile(r"W\d\d")
_ACTIONS = {Review.APPROVED: Action.APPROVE, Review.HIDDEN: Action.HIDE, Review.LATER: Action.LATER}


class Editors:
    """The first of a case's editors, who decides, and the second, who attaches and approves the letter.

    Partners' own editors come after them, and decide alone about what their organisations post.
    """

    def __init__(self, case: Case, store: Store, settings: Settings, language: Language, *, now: datetime) -> None:
        self.case, self.store, self.settings, self.language = case, store, settings, language
        self.by_name = {name: _actor(store, name, table, now) for name, table in case.people["editors"].items()}
        self.first, self.second, *_ = self.by_name.values()
        self._nodes = {
            node.code: node.id
            for node in strategy.list_nodes(store, case.campaign)
            if node.strategy == case.strategies[0]
        }
        leads = {words.lead for words in case.editorials.values()}
        self._leads = {lead for lead in leads if lead}
        self._lifted: dict[str, int] = {}
        self._continued = {
            name for words in case.editorials.values() for pair in words.goes_on.items() for name in pair
        }
        self._known: dict[str, int] = {}

    def trust(self, *, now: datetime) -> None:
        """Let an administrator say which partners' sources are trusted, as the organisations' file has it."""
        for name, table in self.case.people.get("administrators", {}).items():
            by = _actor(self.store, name, table, now, role=Role.ADMINISTRATOR)
            for who in self.case.organisations.values():
                if who.trusted:
                    trust_source(self.store, who.id, trusted=True, campaign=self.case.campaign, by=by, now=now)

    def review(self, known: list[Dated], *, now: datetime, today: datetime) -> int:
        """Go through what waits, newest first, and return how many stories were decided.

        ``known`` are the posts that exist now; ``today`` is the real day, by which posts are new or old.
        """
        by_place = {dated.id: dated for dated in known} | {str(mastodon.status_id(dated)): dated for dated in known}
        done, before = 0, None
        while True:
            page = queue_page(self.store, Filters(campaign=self.case.campaign), now=now, before=before, limit=100)
            for story in page.stories:
                dated = by_place.get(story.lead.url.rsplit("/", 1)[-1])
                if dated is not None and self._decide(story, dated, now=now, today=today):
                    done += 1
            if page.before is None:
                return done
            before = page.before

    def _decide(self, story: Story, dated: Dated, *, now: datetime, today: datetime) -> bool:
        """Record what was decided about a story, unless the editors have not come to it yet."""
        written = dated.written
        if dated.at > today - self.case.unseen and (story.review is Review.APPROVED or not self._has_seen(dated)):
            return False
        if written.review is Review.LATER and story.review is Review.LATER:
            return False
        action = _ACTIONS.get(written.review)
        if action is None:
            return False
        by = self._whose(written)
        again = story.review is Review.APPROVED
        decisions.decide(self.store, story.id, action, by=by, now=now, reason=written.reason)
        if action is Action.APPROVE and not again:
            self._tend(story, dated, now)
        return True

    def _whose(self, written: Written) -> Actor:
        """Return who decides about a post: its partner's own editor, else mostly the first of ours."""
        if written.who.decides:
            return self.by_name[written.who.decides]
        return self.first if zlib.crc32(written.id.encode()) % 3 else self.second

    def _has_seen(self, dated: Dated) -> bool:
        """Return whether the editors have come to a post of the last weeks: surely to what the letter leads with."""
        wanted = dated.written.corrected is not None or dated.written.id in self._leads
        return wanted or zlib.crc32(dated.id.encode()) % 100 < self.case.seen

    def _tend(self, story: Story, dated: Dated, now: datetime) -> None:
        """Attach an approved story to strategy and place, record its pictures' rights, lift it if it leads a letter."""
        for tie in dated.written.ties:
            node, by = self._nodes[tie.code], self.second
            evidence.attach(self.store, story.id, node, by=by, now=now, weight=tie.weight, reason=tie.reason)
        for place in offer(self.settings.campaigns[self.case.campaign].places).named(dated.written.place):
            places.set_place(self.store, story.id, place.id, name=place.name, by=self.second, now=now)
        for post in story.posts:
            self._rights(post, dated, now)
        if dated.written.id in self._continued:
            self._known[dated.written.id] = story.id
        if dated.written.id in self._leads:
            decisions.decide(self.store, story.id, Action.FEATURE, by=self.first, now=now)
            self._lifted[dated.written.id] = story.id

    def _rights(self, post: Post, dated: Dated, now: datetime) -> None:
        who = dated.written.who
        for media in post.media:
            if not media.alt and not media.decorative:
                rights.set_alt(self.store, media.id, dated.written.alt, by=self.first, now=now)
            if who.permission and media.right is Right.NONE:
                rights.set_right(
                    self.store,
                    media.id,
                    Right.PERMISSION,
                    by=self.first,
                    now=now,
                    right_from=who.name,
                    proof=who.permission,
                )

    def edit(self, issue: Issue, *, now: datetime) -> None:
        """Write the week's words, put the lifted story first, and approve; a draft that is not ready stays one."""
        told = {item.story_id: item.id for item in issues.items(self.store, issue.id) if item.story_id}
        words = self._words(issue, set(told))
        if words.subject or words.intro:
            issue_edits.edit(
                self.store,
                issue.id,
                by=self.first,
                now=now,
                subject=words.subject,
                intro=words.intro,
            )
        lead = self._lifted.get(words.lead)
        if lead in told and lead is not None:
            issue_edits.move_item(self.store, issue.id, told[lead], by=self.first, now=now, place=0)
        self._add(issue, words, now=now)
        try:
            desk.approve(self.store, self.settings, issue.id, by=self.second, now=now + timedelta(minutes=20))
        except DigestError:
            # Too few stories, or too late: the week's letter waits, as it would for anybody.
            return

    def _add(self, issue: Issue, words: Editorial, *, now: datetime) -> None:
        """Write what stands in the letter alone, and say what its stories go on from."""
        for story, earlier in words.goes_on.items():
            if story in self._known and earlier in self._known:
                follows.follow(self.store, self._known[story], self._known[earlier], by=self.first, now=now)
        for section, note in words.notes.items():
            issue_written.write_note(self.store, issue.id, section, note, by=self.first, now=now)
        for told in words.written:
            kind = ItemKind(told["kind"])
            issue_written.write_item(
                self.store,
                issue.id,
                kind=kind,
                section=EVENTS if kind is ItemKind.EVENT else told["section"],
                by=self.second,
                now=now,
                title=told["title"],
                text=told.get("text", ""),
                url=told.get("url", ""),
                value=told.get("value", ""),
                place=told.get("place", ""),
                starts_at=_moment(told.get("starts"), issue),
                ends_at=_moment(told.get("ends"), issue),
            )

    def _words(self, issue: Issue, told: set[int]) -> Editorial:
        """Return what was written for a week, else for a letter that tells the story which it leads with."""
        week = self.case.editorials.get(f"W{issue.week.number:02}")
        named = (words for name, words in self.case.editorials.items() if not _WEEK.fullmatch(name))
        return week or next((words for words in named if self._lifted.get(words.lead) in told), Editorial())

    def approve_open(self, *, now: datetime) -> None:
        """Edit and approve the draft that is open, if there is one."""
        open_issue = issues.open_issue(self.store, self.case.newsletter)
        if open_issue is not None and open_issue.state is IssueState.DRAFT:
            self.edit(open_issue, now=now)

    def begin_next(self, *, now: datetime) -> None:
        """Leave a draft of the coming letter on the table."""
        if issues.open_issue(self.store, self.case.newsletter) is None:
            desk.draft_now(self.store, self.settings, self.case.newsletter, by=self.first, now=now)


def _moment(when: str | None, issue: Issue) -> datetime | None:
    """Return a moment of the issue's own year."""
    return calendar.in_year(when, issue.week.year, ZONE) if when else None


def _actor(store: Store, name: str, table: dict[str, str], now: datetime, *, role: Role = Role.EDITOR) -> Actor:
    account = people.find_account(store, name)
    if account is None:
        account = people.add_account(
            store,
            name,
            role=role,
            password=None,
            now=now,
            display_name=table["display_name"],
            email=table["email"],
        )
    return Actor(kind="person", account_id=account.id)
