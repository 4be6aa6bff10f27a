"""The records of the newsletter: issues, what they tell, who gets them, and how each letter fared.

Frozen; every moment is aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from campaign.errors import Fact
from campaign.periods import Week


class IssueState(StrEnum):
    """Where an issue stands.

    draft ⇄ approved → sending ⇄ paused → sent; a draft can be held (too few stories at its send time) or missed
    (nobody approved, or the send time is long past), and is given a new time by a person or goes on with the
    next week's draft. Cancelled before, stopped during sending: both for good.
    """

    DRAFT = "draft"
    APPROVED = "approved"
    HELD = "held"
    MISSED = "missed"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    STOPPED = "stopped"
    CANCELLED = "cancelled"

    @property
    def open(self) -> bool:
        """Whether people can still change what the issue says."""
        return self in (IssueState.DRAFT, IssueState.APPROVED, IssueState.HELD, IssueState.MISSED)

    @property
    def out(self) -> bool:
        """Whether letters have begun to leave, so that the web copy is public."""
        return self in (IssueState.SENDING, IssueState.PAUSED, IssueState.SENT, IssueState.STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """An explanation kept with a row: a catalogue key and the facts that fill it."""

    key: str
    facts: dict[str, Fact] = field(default_factory=dict)


class IssueKind(StrEnum):
    """What an issue is: the regular letter, or the book of a year."""

    LETTER = "letter"
    YEARBOOK = "yearbook"


class ItemKind(StrEnum):
    """What stands in an issue: a story, or something an editor wrote for the letter alone."""

    STORY = "story"
    EVENT = "event"
    LINK = "link"
    NUMBER = "number"
    NOTE = "note"


#: Sections that are no focus area. What stands in ``YEAR_AGO`` is told again, and counts as told by nobody.
YEAR_AGO, EVENTS = "@year-ago", "@events"
SPECIAL_SECTIONS = (EVENTS, YEAR_AGO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One number of a newsletter. ``subject``, ``preview`` and ``intro`` (Markdown) are the editors' words, "" where
    they wrote none.

    ``selected_to`` is the moment up to which approved stories were asked; ``approved_hash`` is of the content that
    was approved; ``audience`` is None until all deliveries are planned; ``changes`` rises with every change.
    """

    id: int
    campaign: str
    newsletter: str
    number: int
    week: Week
    state: IssueState
    subject: str
    preview: str
    intro: str
    selected_to: datetime
    drafted_at: datetime
    send_at: datetime
    announced_at: datetime | None
    reminded_at: datetime | None
    missed_told_at: datetime | None
    approved_at: datetime | None
    approved_by: int | None
    approved_hash: str | None
    sent_from: datetime | None
    sent_at: datetime | None
    audience: int | None
    why: Why | None
    changes: int
    kind: IssueKind = IssueKind.LETTER
    first_by: int | None = None
    first_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueItem:
    """A story's place in an issue, or something written for it. ``title`` and ``text`` are the editors' own words, ""
    for the story's. ``story_id`` is 0 for what is no story.

    ``section`` is the code of a focus area, one of ``SPECIAL_SECTIONS``, or "" for what has none. ``left_out`` items
    stay in the row so that the editor can take them back; with ``for_good`` the story is not proposed to a later issue
    either.
    """

    id: int
    issue_id: int
    story_id: int
    section: str
    position: int
    left_out: bool
    title: str
    text: str
    reason: Why
    kind: ItemKind = ItemKind.STORY
    url: str = ""
    value: str = ""
    place: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: bool = False

    @property
    def for_good(self) -> bool:
        """Whether the editor wants the story in no letter at all."""
        return self.left_out and self.reason.key == "for_good"


class SubscriberState(StrEnum):
    """Whether an address gets letters: only ``ACTIVE`` does."""

    PENDING = "pending"
    ACTIVE = "active"
    LEFT = "left"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One address of one newsletter. ``token`` names it in links; it logs nobody in. ``asked`` counts the
    confirmations sent to a pending address. ``areas`` are the nodes of the chosen focus areas, none for all.
    """

    id: int
    campaign: str
    newsletter: str
    email: str
    state: SubscriberState
    language: str
    token: str
    created_at: datetime
    asked_at: datetime | None
    asked: int
    confirmed_at: datetime | None
    left_at: datetime | None
    areas: tuple[int, ...] = ()


class DeliveryState(StrEnum):
    """How one issue fared on its way to one subscriber.

    ``CLAIMED`` is held by a worker but not begun, ``SENDING`` may or may not have reached the server,
    ``UNCERTAIN`` was in that state when its worker died: a person decides.
    """

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    SKIPPED = "skipped"
    SUPPRESSED = "suppressed"
    UNCERTAIN = "uncertain"

    @property
    def open(self) -> bool:
        """Whether it is still to be sent without anybody's doing."""
        return self in (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One issue to one subscriber. ``not_before_at`` is when it may be tried (again). ``language`` is "" for the
    site's; ``areas`` are the nodes of the chosen focus areas, none for all; ``domain`` is the address's, in ASCII.
    """

    id: int
    issue_id: int
    subscriber_id: int
    address: str
    state: DeliveryState
    attempt: int
    not_before_at: datetime
    message_id: str
    token: str
    reply_code: int | None = None
    reply_text: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    language: str = ""
    areas: tuple[int, ...] = ()
    domain: str = ""


class EventKind(StrEnum):
    """What came back about a letter that had left."""

    HARD = "hard"
    """The address does not exist: no more letters."""
    SOFT = "soft"
    """It was not taken this time: a full mailbox, a server that could not."""
    COMPLAINED = "complained"
    LEFT = "left"
    """Its reader asked by mail to be taken off the list."""
    REPLIED = "replied"
    """A person, or an absence note, answered; nothing follows from it."""
    REVERSED = "reversed"
    """An editor let letters go to the address again: what came back before counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What became of an issue's letters, counted from the rows. ``audience`` is None until all are planned."""

    audience: int | None
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    suppressed: int = 0
    uncertain: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        """How many deliveries there are rows for."""
        return self.sent + self.failed + self.skipped + self.suppressed + self.uncertain + self.open

    @property
    def holds(self) -> bool:
        """Whether every subscriber of the audience is accounted for."""
        return self.audience == self.total
