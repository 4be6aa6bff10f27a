"""Looks what is due for every newsletter and does it: drafts, tells, reminds, freezes, holds back.

``tick`` can be called at any time and any number of times: what is due, and what was done, stands in the database.
Nothing leaves here; frozen issues are sent by ``digest.outbox``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaign.errors import ConflictError
from campaign.newsletter import Issue, IssueKind, IssueState, Why
from campaign.periods import Planned, plan, week_of
from campaign.settings import NewsletterSettings, Settings
from digest import desk, drafting, edition, notices, subscribe, variants
from digest.desk import GRACE
from digest.edition import Edition, is_ours
from digest.letter import to_json
from digest.mail_check import keeps_back
from net import smtp
from net.dns import Lookup
from storage import deliveries, issue_states, issues, senders
from storage.store import JOB, Store

REMIND_BEFORE = timedelta(hours=2)
#: A sending that nobody has touched for so long was interrupted by more than a restart: a person decides.
STALE_AFTER = timedelta(hours=12)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened: drafted, announced, reminded, frozen, held, missed, fell, paused, cancelled, told, asked."""

    kind: str
    newsletter: str
    number: int = 0
    why: Why | None = None


def tick(
    store: Store,
    settings: Settings,
    *,
    clock: Clock,
    open_mail: notices.Opener | None = None,
    lookup: Lookup | None = None,
) -> list[Event]:
    """Do everything that is due now for every newsletter, and return what happened.

    ``lookup`` replaces whom to ask about the domain that letters come from.
    """
    now = clock()
    events = _drop_strangers(store, settings, now)
    for newsletter in settings.newsletters.values():
        events += _draft(store, settings, newsletter, now)
    for issue in issues.issues_in(store, IssueState.APPROVED, IssueState.DRAFT):
        if is_ours(settings, issue):
            events += _send_or_hold(store, settings, issue, now, lookup)
    for issue in issues.issues_in(store, IssueState.SENDING):
        events += _look_after(store, issue, now)
    post = notices.Post(store, open_mail or (lambda: smtp.open(settings.mail)))
    try:
        events += _tell(post, store, settings, now)
        for newsletter in settings.newsletters.values():
            asked = subscribe.ask_pending(post, store, settings, newsletter, now=now)
            events += [Event(kind="asked", newsletter=newsletter.id)] * asked
    finally:
        post.close()
    return events


def _drop_strangers(store: Store, settings: Settings, now: datetime) -> list[Event]:
    """Cancel the open issues of a newsletter that tells of another campaign now: they would keep the next one away."""
    events = []
    for issue in issues.issues_in(store, *(state for state in IssueState if state.open)):
        if issue.newsletter in settings.newsletters and not is_ours(settings, issue):
            why = Why(key="campaign_gone", facts={"campaign": issue.campaign})
            with contextlib.suppress(ConflictError):  # a person did something with it at this very moment
                events.append(_set(store, issue, IssueState.CANCELLED, kind="cancelled", why=why, now=now))
    return events


# --- drafting --------------------------------------------------------------------------------------------


def due_plan(newsletter: NewsletterSettings, settings: Settings, now: datetime) -> Planned | None:
    """Return the latest plan whose draft time has come, None where pauses leave none in the last weeks."""
    zone = settings.site.timezone
    this_week = week_of(now.astimezone(zone))
    plans = [plan(newsletter, zone, this_week.plus(number)) for number in range(-3, 3)]
    due = [planned for planned in plans if planned.goes_out and planned.draft_at <= now]
    return max(due, key=lambda planned: planned.draft_at) if due else None


def _draft(store: Store, settings: Settings, newsletter: NewsletterSettings, now: datetime) -> list[Event]:
    planned = due_plan(newsletter, settings, now)
    if planned is None:
        return []
    known = [each for each in issues.list_issues(store, newsletter.id, limit=20) if each.kind is IssueKind.LETTER]
    if any(issue.selected_to >= planned.draft_at for issue in known):
        return []
    if any(issue.week == planned.week and not issue.state.open for issue in known):
        return []
    if not known and (now >= planned.send_at or not _anything(store, newsletter, planned)):
        return []  # a newsletter that has never had an issue does not begin with one that is late or empty
    current = issues.open_issue(store, newsletter.id)
    if current is not None and current.state is IssueState.APPROVED:
        return []
    try:
        made = desk.save_draft(
            store, newsletter, planned, until=planned.draft_at, current=current, by=JOB, now=now,
            zone=settings.site.timezone,
        )  # fmt: skip
    except ConflictError:
        return []  # somebody drafted, or approved, at this very moment
    return [Event(kind="drafted", newsletter=newsletter.id, number=made.number)]


def _anything(store: Store, newsletter: NewsletterSettings, planned: Planned) -> bool:
    return bool(drafting.choose(store, newsletter, until=planned.draft_at, current=None).picks)


# --- the send time ---------------------------------------------------------------------------------------


def _send_or_hold(store: Store, settings: Settings, issue: Issue, now: datetime, lookup: Lookup | None) -> list[Event]:
    """Freeze an approved issue at its time, or say why nothing goes."""
    try:
        if issue.state is IssueState.APPROVED:
            return _approved(store, settings, issue, now, lookup)
        if now >= issue.send_at:
            return [_unsent(store, settings, issue, now)]
    except ConflictError:
        return []  # a person did something with it at this very moment; the next tick sees what
    return []


def _approved(store: Store, settings: Settings, issue: Issue, now: datetime, lookup: Lookup | None) -> list[Event]:
    now_told = edition.load(store, settings, issue.id, now=now)
    if now_told.content != issue.approved_hash:
        why = Why(key="approval_fell", facts={"hidden": len(now_told.missing)})
        return [_set(store, issue, IssueState.DRAFT, kind="fell", why=why, now=now)]
    # Looked up hours before the time too, so that the editors see at the desk what stands in the way.
    red = keeps_back(store, settings, settings.newsletters[issue.newsletter], now=now, lookup=lookup)
    if now < issue.send_at:
        return []
    if red and now <= issue.send_at + GRACE:
        language = edition.language_of(settings)
        what = language.listed(dict.fromkeys(language.t(f"mailcheck.name.{each.what}") for each in red))
        why = Why(key="mail_red", facts={"what": what})
        return [_set(store, issue, IssueState.MISSED, kind="missed", why=why, now=now)]
    if now > issue.send_at + GRACE:
        return [_set(store, issue, IssueState.MISSED, kind="missed", why=Why(key="late"), now=now)]
    if senders.is_copy(store):
        return [_set(store, issue, IssueState.MISSED, kind="missed", why=Why(key="copy"), now=now)]
    drawn = edition.draw(store, settings, now_told.letter, issue)
    others = variants.renders(store, settings, issue, now=now)
    if edition.load(store, settings, issue.id, now=now).content != now_told.content:
        return []  # changed while the other languages were read, which must tell the same: the next tick looks again
    issue_states.freeze(
        store,
        issue.id,
        content=now_told.content,
        letter=to_json(now_told.letter),
        renders=desk.renders(drawn) | others,
        now=now,
        by=JOB,
    )
    return [Event(kind="frozen", newsletter=issue.newsletter, number=issue.number)]


def _unsent(store: Store, settings: Settings, issue: Issue, now: datetime) -> Event:
    count = len(edition.load(store, settings, issue.id).letter.news)
    least = settings.newsletters[issue.newsletter].min_items
    if count < least:
        why = Why(key="too_few", facts={"count": count, "least": least})
        return _set(store, issue, IssueState.HELD, kind="held", why=why, now=now)
    return _set(store, issue, IssueState.MISSED, kind="missed", why=Why(key="unapproved"), now=now)


def _look_after(store: Store, issue: Issue, now: datetime) -> list[Event]:
    """Pause a sending whose story has been hidden or whose picture may not be mailed any more, or that stood still for
    so long that a person must look.
    """
    why = desk.lost(store, issue, now=now)
    if why is None and deliveries.idle_since(store, issue.id) < now - STALE_AFTER:
        why = Why(key="interrupted")
    if why is None:
        return []
    try:
        changed = issue_states.set_state(
            store, issue.id, IssueState.PAUSED, expect=(IssueState.SENDING,), by=JOB, now=now, why=why
        )
    except ConflictError:
        return []
    return [Event(kind="paused", newsletter=changed.newsletter, number=changed.number, why=why)]


def _set(store: Store, issue: Issue, state: IssueState, *, kind: str, why: Why, now: datetime) -> Event:
    issue_states.set_state(store, issue.id, state, expect=(issue.state,), by=JOB, now=now, why=why)
    return Event(kind=kind, newsletter=issue.newsletter, number=issue.number, why=why)


# --- telling ---------------------------------------------------------------------------------------------


def _tell(post: notices.Post, store: Store, settings: Settings, now: datetime) -> list[Event]:
    events = []
    states = (IssueState.DRAFT, IssueState.HELD, IssueState.MISSED, IssueState.PAUSED)
    for issue in issues.issues_in(store, *states):
        if not is_ours(settings, issue):
            continue
        what = _untold(issue, now)
        if what is None:
            continue
        shown = edition.load(store, settings, issue.id, now=now)
        if _mail(post, store, settings, shown, what=what, now=now):
            issues_told = {"announced": "announced", "reminded": "reminded", "missed_told": "told"}
            issue_states.mark_told(store, issue.id, what, now)
            events.append(
                Event(kind=issues_told[what], newsletter=issue.newsletter, number=issue.number, why=issue.why)
            )
    return events


def _untold(issue: Issue, now: datetime) -> str | None:
    """Return what the editors have still to be told about an issue, None where they know."""
    if issue.why is not None and issue.missed_told_at is None:
        return "missed_told"
    if issue.state is not IssueState.DRAFT or now >= issue.send_at:
        return None
    if issue.announced_at is None:
        return "announced"
    near = now >= issue.send_at - REMIND_BEFORE
    fresh = now - issue.announced_at < REMIND_BEFORE / 4
    return "reminded" if near and not fresh and issue.reminded_at is None else None


def _mail(post: notices.Post, store: Store, settings: Settings, shown: Edition, *, what: str, now: datetime) -> bool:
    if what == "missed_told":
        return notices.explain(post, settings, shown, now=now)
    return notices.announce(post, store, settings, shown, now=now, reminder=what == "reminded")
