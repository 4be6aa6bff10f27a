"""What a person does with an issue, at the desk or on the command line. Each step is recorded with who did it.

Editing itself (words, order, leaving out) is ``storage.issue_edits``; every such change ends an approval.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from campaign.errors import DigestError, Fact, InputError
from campaign.mailboxes import split
from campaign.newsletter import Issue, IssueState, Why
from campaign.periods import Planned, Week, next_planned, next_working_time, plan, week_of
from campaign.records import Use
from campaign.settings import NewsletterSettings, Settings
from digest import edition as editions
from digest import figures, variants
from digest.drafting import beside, choose
from digest.edition import draw, faults, newsletter_of, nobody
from net import smtp
from storage import deliveries, issue_edits, issue_states, issues, stories
from storage.areas import areas as areas_of
from storage.indicators import list_indicators
from storage.issue_edits import NewItem, Schedule
from storage.issue_figures import NewFigure, put_figures, shown_lately
from storage.measurements import moved_since
from storage.store import Actor, Store

#: An issue that could not leave at its time leaves by itself only so much later; after that a person decides.
GRACE = timedelta(hours=2)

#: What a person who let a paused sending go on has taken into account.
ACCEPTED = ("gaps_accepted", "pictures_accepted")

#: How far back the first issue looks for figures that moved.
_FIRST_LOOK = timedelta(days=14)


class NotReady(DigestError):
    """The issue cannot be approved as it is; ``faults`` say why, as keys under ``digest.lint``."""

    def __init__(self, found: list[Why]) -> None:
        super().__init__("issue_not_ready", count=len(found))
        self.faults = found


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A time at which an issue could be sent instead: ``key`` under ``digest.offer`` says what kind of time."""

    key: str
    send_at: datetime


def draft_now(
    store: Store,
    settings: Settings,
    newsletter_id: str,
    *,
    by: Actor,
    now: datetime,
    week: Week | None = None,
) -> Issue:
    """Draft an issue by hand, or bring the open draft up to now with the stories approved since.

    Without a week it is that of the next planned sending. DigestError ``no_week_planned`` where the pauses leave
    none; ConflictError ``issue_open`` where an approved issue waits to be sent.
    """
    newsletter = settings.newsletters[newsletter_id]
    planned = _planned(newsletter, settings, now, week)
    current = issues.open_issue(store, newsletter_id)
    zone = settings.site.timezone
    return save_draft(store, newsletter, planned, until=now, current=current, by=by, now=now, zone=zone)


def _planned(newsletter: NewsletterSettings, settings: Settings, now: datetime, week: Week | None) -> Planned:
    if week is not None:
        return plan(newsletter, settings.site.timezone, week)
    following = next_planned(newsletter, settings.site.timezone, now)
    if following is None:
        raise DigestError("no_week_planned", newsletter=newsletter.id)
    return following


def save_draft(
    store: Store,
    newsletter: NewsletterSettings,
    planned: Planned,
    *,
    until: datetime,
    current: Issue | None,
    by: Actor,
    now: datetime,
    zone: tzinfo = UTC,
) -> Issue:
    """Choose stories up to a moment and put them into a new draft, or after those that the open one has.

    Beside them stand the events that are still ahead and what was told a year ago, in weeks of this ``zone``.
    """
    items = issues.items(store, current.id) if current else []
    selection = choose(store, newsletter, until=until, current=current)
    new = [
        NewItem(
            story_id=pick.story_id,
            section=pick.section or "",
            position=pick.position,
            reason=Why(key=pick.reason.key, facts=pick.reason.facts),
        )
        for pick in selection.picks
    ]
    new += beside(store, newsletter, planned, current=current, chosen=selection, zone=zone)
    omitted = [
        {"story": each.story_id, "key": each.reason.key, "facts": each.reason.facts, "kept": each.kept}
        for each in selection.omitted
    ]
    issue = issue_edits.save_draft(
        store,
        campaign=newsletter.campaign,
        newsletter=newsletter.id,
        schedule=Schedule(week=planned.week, selected_to=until, send_at=planned.send_at),
        new=new,
        selection={"omitted": omitted, "kept_items": sum(bool(item.story_id) for item in items)},
        by=by,
        now=now,
        issue_id=current.id if current else None,
        announced=by.kind == "person",
    )
    put_figures(store, issue.id, choose_figures(store, newsletter, issue.id, until=until), by=by, now=now)
    return issues.get_issue(store, issue.id)


def choose_figures(store: Store, newsletter: NewsletterSettings, issue_id: int, *, until: datetime) -> list[NewFigure]:
    """Return the figures that a draft would take: those that moved since the issue before, then some beside goals."""
    indicators = list_indicators(store, newsletter.campaign, public=True)
    if not indicators:
        return []
    before = issues.candidates(store, newsletter.campaign, newsletter.id, drafting=issue_id).previous
    items = [item.story_id for item in issues.items(store, issue_id) if not item.left_out]
    told = stories.get_stories(store, items, public=True)
    chosen = figures.choose(
        indicators,
        moved_since(store, newsletter.campaign, before or until - _FIRST_LOOK),
        touched={node.id for story in told for node in story.nodes},
        areas={node: area.id for node, area in areas_of(store, newsletter.campaign).items()},
        shown=shown_lately(store, newsletter.id, drafting=issue_id),
    )
    return [NewFigure(indicator=each.indicator, measurement=each.measurement, reason=each.reason) for each in chosen]


def approve(
    store: Store, settings: Settings, issue_id: int, *, by: Actor, now: datetime, changes: int | None = None
) -> Issue:
    """Record a person's approval of the issue as it is now; where two must, the first leaves it a draft.

    NotReady with every reason where something must be mended first; DigestError ``issue_needs_time`` where its time
    has passed; InputError ``by`` for anybody but a person; ConflictError where it changed since it was read.
    """
    if by.kind != "person":
        raise InputError("by", "person_needed")
    edition = editions.load(store, settings, issue_id, now=now)
    found = faults(store, settings, edition)
    if found:
        raise NotReady(found)
    if now > edition.issue.send_at + GRACE:
        raise DigestError("issue_needs_time", number=edition.issue.number)
    seen = edition.issue.changes if changes is None else changes
    approvers = newsletter_of(settings, edition.issue).approvers
    return issue_states.approve(store, issue_id, edition.content, by=by, now=now, changes=seen, approvers=approvers)


def withdraw(store: Store, issue_id: int, *, by: Actor, now: datetime) -> Issue:
    """Take an approval back, or the first of two: nothing leaves until somebody approves again."""
    given = (IssueState.APPROVED, IssueState.DRAFT)
    return issue_states.set_state(store, issue_id, IssueState.DRAFT, expect=given, by=by, now=now)


def reschedule(
    store: Store, settings: Settings, issue_id: int, send_at: datetime, *, by: Actor, now: datetime
) -> Issue:
    """Give an unsent issue another time. InputError ``send_at`` for one that has passed."""
    if send_at <= now:
        raise InputError("send_at", "time_passed")
    week = week_of(send_at.astimezone(settings.site.timezone))
    return issue_states.reschedule(store, issue_id, send_at, week, by=by, now=now)


def send_now(store: Store, settings: Settings, issue_id: int, *, by: Actor, now: datetime) -> Issue:
    """Let an approved issue leave at the next round. DigestError ``issue_unapproved`` without an approval."""
    issue = issues.get_issue(store, issue_id)
    if issue.approved_hash is None:
        raise DigestError("issue_unapproved", number=issue.number)
    week = week_of(now.astimezone(settings.site.timezone))
    return issue_states.reschedule(store, issue_id, now, week, by=by, now=now)


def offers(settings: Settings, issue: Issue, *, now: datetime) -> list[Offer]:
    """Return the times to offer for an issue that did not leave: soon, the next mornings, the next planned one."""
    newsletter, zone = newsletter_of(settings, issue), settings.site.timezone
    later = now + timedelta(minutes=60)
    soon = (later + timedelta(minutes=14 - later.minute % 15)).replace(second=0, microsecond=0) + timedelta(minutes=1)
    found = [Offer(key="soon", send_at=soon)] if 7 <= soon.astimezone(zone).hour < 20 else []
    found.append(Offer(key="morning", send_at=next_working_time(newsletter, zone, later)))
    regular = next_planned(newsletter, zone, now)
    if regular is not None and regular.send_at not in [offer.send_at for offer in found]:
        found.append(Offer(key="planned", send_at=regular.send_at))
    return found


def send_test(store: Store, settings: Settings, issue_id: int, address: str, *, now: datetime) -> None:
    """Send the issue as it is now to one address, marked as a test. Raises net.smtp.MailError where it cannot leave.

    InputError ``email`` as ``campaign.mailboxes.split``.
    """
    to = "@".join(split(address))
    edition = editions.load(store, settings, issue_id, now=now)
    language = editions.language_of(settings)
    drawn = draw(
        store,
        settings,
        edition.letter,
        edition.issue,
        subject=language.t("letter.test_subject", subject=edition.letter.subject),
        banner=language.t("letter.test_banner"),
    )
    recipient = nobody(store, settings, edition.issue, now=now, address=to)
    newsletter = newsletter_of(settings, edition.issue)
    with smtp.open(settings.mail) as mail:
        mail.send(newsletter.sender_address, recipient.address, drawn.master.join(recipient))


def pause(store: Store, issue_id: int, *, by: Actor, now: datetime) -> Issue:
    """Stop sending for now; letters that have begun to leave are finished."""
    why = Why(key="by_hand")
    return issue_states.set_state(
        store, issue_id, IssueState.PAUSED, expect=(IssueState.SENDING,), by=by, now=now, why=why
    )


def resume(store: Store, settings: Settings, issue_id: int, *, by: Actor, now: datetime) -> Issue:
    """Go on sending. Stories hidden since it was frozen, and pictures that may not be mailed any more, are gaps in the
    letters that have not left.
    """
    issue = issues.get_issue(store, issue_id)
    letter = editions.public_letter(store, issue.newsletter, issue.number, now=now, use=Use.MAIL)
    gone: frozenset[int] = frozenset()
    pictures: frozenset[int] = frozenset()
    if letter is not None and issue.state is IssueState.PAUSED:
        others = variants.redrawn(store, settings, issue, now=now)
        issue_states.replace_renders(store, issue_id, renders(draw(store, settings, letter, issue)) | others, now)
        gone, pictures = editions.gaps(letter)
    why = None
    if gone or pictures:
        facts: dict[str, Fact] = {"count": len(gone), "stories": _names(gone), "pictured": _names(pictures)}
        why = Why(key="gaps_accepted" if gone else "pictures_accepted", facts=facts | {"pictures": len(pictures)})
    return issue_states.set_state(
        store, issue_id, IssueState.SENDING, expect=(IssueState.PAUSED,), by=by, now=now, why=why
    )


def _names(story_ids: frozenset[int]) -> str:
    return " ".join(map(str, sorted(story_ids)))


def _named(kept: Fact) -> frozenset[int]:
    """Return the stories that a person's acceptance of gaps names."""
    return frozenset(int(part) for part in str(kept or "").split())


def lost(store: Store, issue: Issue, *, now: datetime) -> Why | None:
    """Return why an issue being sent must wait: a story in it was hidden, or a picture may not be mailed any more, and
    nobody has accepted it. None where its letters may leave.
    """
    letter = editions.public_letter(store, issue.newsletter, issue.number, now=now, use=Use.MAIL)
    gone, pictures = editions.gaps(letter) if letter is not None else (frozenset(), frozenset())
    accepted = issue.why.facts if issue.why and issue.why.key in ACCEPTED else {}
    # Named, not counted: who accepted that one story is missing has said nothing of another.
    if gone - _named(accepted.get("stories", "")):
        return Why(key="story_hidden", facts={"count": len(gone)})
    if pictures - _named(accepted.get("pictured", "")):
        return Why(key="picture_withdrawn", facts={"count": len(pictures)})
    return None


def stop(store: Store, issue_id: int, *, by: Actor, now: datetime) -> int:
    """End a sending for good; return how many subscribers will not get the letter."""
    return deliveries.stop(store, issue_id, by=by, now=now)


def cancel(store: Store, issue_id: int, *, by: Actor, now: datetime) -> Issue:
    """Drop an issue that has not left. Its stories are proposed to the next one."""
    expected = (IssueState.DRAFT, IssueState.APPROVED, IssueState.HELD, IssueState.MISSED)
    return issue_states.set_state(store, issue_id, IssueState.CANCELLED, expect=expected, by=by, now=now)


def renders(drawn: editions.Drawn) -> dict[str, bytes]:
    """Return what is kept of a drawn letter for as long as the issue stands."""
    return {
        "master": drawn.master.keep(),
        "html": drawn.rendered.html.encode(),
        "text": drawn.rendered.text.encode(),
    }
