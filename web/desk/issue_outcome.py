"""How a sending fared, in words that a communicator can act on: the balance, what was refused, what came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from campaign.newsletter import Balance, EventKind, Issue
from digest.causes import Cause, cause
from digest.returning import MAILBOX
from storage.mailboxes import progress
from storage.outcomes import Complaints, Refused, Waiting, came_back, complaints, events_by_kind, refused, waiting
from web.desk.visit import Desk

#: What Gmail wants to see at most, and where it begins to refuse; Yahoo says the same.
GMAIL_GOOD, GMAIL_BAD = 0.001, 0.003
#: Of so few letters one complaint says nothing.
_ENOUGH = 1000
_MOST_DOMAINS = 4
_MOST_LINES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of the balance: its name in the catalogue and how many letters it counts."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Letters that were not taken for the same cause. ``domains`` are the most frequent, with how many each."""

    cause: Cause
    count: int
    domains: tuple[tuple[str, int], ...]
    others: int
    lines: tuple[Refused, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one issue's sending fared."""

    desk: Desk
    issue: Issue
    balance: Balance

    @property
    def terms(self) -> list[Term]:
        """The terms of the balance, those that count nothing left out but for the letters sent."""
        b = self.balance
        found = {
            "sent": b.sent, "failed": b.failed, "skipped": b.skipped, "suppressed": b.suppressed,
            "uncertain": b.uncertain, "open": b.open,
        }  # fmt: skip
        return [Term(name=name, count=count) for name, count in found.items() if count or name == "sent"]

    @cached_property
    def refused(self) -> list[Group]:
        """The letters that our mail server did not take, by cause."""
        return grouped(refused(self.desk.store, self.issue.id))

    @cached_property
    def back(self) -> list[Group]:
        """The letters that came back later, by cause."""
        return grouped(came_back(self.desk.store, self.issue.id))

    @property
    def back_count(self) -> int:
        """How many letters came back."""
        return sum(group.count for group in self.back)

    @cached_property
    def events(self) -> dict[EventKind, int]:
        """About how many letters each kind of thing came back."""
        return events_by_kind(self.desk.store, self.issue.id)

    @cached_property
    def waiting(self) -> list[Waiting]:
        """The domains that letters wait for."""
        return waiting(self.desk.store, self.issue.id, now=self.desk.now)

    @cached_property
    def complaints(self) -> Complaints:
        """The complaints of the last month about the newsletter."""
        return complaints(self.desk.store, self.issue.newsletter, now=self.desk.now)

    @property
    def complaint_level(self) -> str:
        """How the complaints stand against what Gmail asks: none, few (too few letters to say), good, warn or bad."""
        found = self.complaints
        if not found.count:
            return "none"
        if found.sent < _ENOUGH:
            return "few"
        if found.share >= GMAIL_BAD:
            return "bad"
        return "warn" if found.share >= GMAIL_GOOD else "good"

    @cached_property
    def unread(self) -> str:
        """Why what comes back is not seen, "" where it is."""
        return mailbox_trouble(self.desk)


def mailbox_trouble(desk: Desk) -> str:
    """Return why the mailbox of bounces tells nothing, "" where it does."""
    settings = desk.settings.mail.bounces
    if not settings.address:
        return desk.t("returns.unread.none")
    error = progress(desk.store, MAILBOX).error if settings.host else None
    if error is None:
        return ""
    told = desk.explain(error)
    return desk.t("returns.unread.error", why=f"{told.what} {told.do}".strip())


def grouped(letters: Iterable[Refused]) -> list[Group]:
    """Return letters that were not taken by cause, the most frequent first."""
    by_cause: dict[Cause, list[Refused]] = defaultdict(list)
    for each in letters:
        by_cause[cause(each.code, each.status, each.text)].append(each)
    return sorted((_group(kind, found) for kind, found in by_cause.items()), key=lambda group: -group.count)


def _group(kind: Cause, found: list[Refused]) -> Group:
    by_domain: dict[str, int] = defaultdict(int)
    for each in found:
        if each.domain:
            by_domain[each.domain] += 1
    domains = sorted(by_domain.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = domains[:_MOST_DOMAINS]
    return Group(
        cause=kind,
        count=len(found),
        domains=tuple(shown),
        others=sum(count for _, count in domains[_MOST_DOMAINS:]),
        lines=tuple(found[:_MOST_LINES]),
    )
