"""What was approved since an issue was drafted is put into it, without a word of what stands there being touched."""

from __future__ import annotations

from datetime import datetime

from campaign.errors import DigestError, NotFoundError
from campaign.newsletter import Issue, IssueKind, IssueState
from campaign.periods import Planned, PlanStatus, next_planned
from campaign.settings import Settings
from digest.desk import save_draft
from digest.drafting import choose
from digest.edition import newsletter_of
from storage import issues
from storage.store import Actor, Store

_FILLABLE = (IssueState.DRAFT, IssueState.HELD, IssueState.MISSED)


def waiting(store: Store, settings: Settings, issue: Issue, *, now: datetime) -> int:
    """Return how many approved stories filling up would put into an issue; 0 for one that is not a draft."""
    if issue.kind is not IssueKind.LETTER or issue.state not in _FILLABLE:
        return 0
    return len(choose(store, newsletter_of(settings, issue), until=now, current=issue).picks)


def fill_up(store: Store, settings: Settings, issue_id: int, *, by: Actor, now: datetime) -> Issue:
    """Put the stories approved since into an open draft. It keeps a time that is still ahead, else gets the next.

    NotFoundError ``press_unknown`` for a yearbook, DigestError ``no_week_planned`` where the pauses leave no time.
    """
    issue = issues.get_issue(store, issue_id)
    if issue.kind is not IssueKind.LETTER:
        raise NotFoundError("press_unknown")
    newsletter, zone = newsletter_of(settings, issue), settings.site.timezone
    planned = next_planned(newsletter, zone, now)
    if issue.send_at > now:
        planned = Planned(week=issue.week, draft_at=now, send_at=issue.send_at, status=PlanStatus.NORMAL)
    if planned is None:
        raise DigestError("no_week_planned", newsletter=newsletter.id)
    return save_draft(store, newsletter, planned, until=now, current=issue, by=by, now=now, zone=zone)
