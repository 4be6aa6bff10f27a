"""What is to happen with what came in, and when to ask again. Pure: data and a clock in, a named decision out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from campaign import hashtags
from campaign.records import Candidate, Judged, PostState, StoredPost, Verdict
from campaign.settings import CampaignSettings, SourceSettings

_EDITS_ARE_DATED = frozenset({"mastodon"})
"""Networks that date every edit: what differs without a later date is the same post as another server tells it."""

_SOON = timedelta(minutes=15)
_PERMANENT = timedelta(days=1)
_LONGEST = timedelta(hours=6)


def decide(
    stored: StoredPost | None, candidate: Candidate, *, campaign: CampaignSettings, source: SourceSettings
) -> Judged:
    """Return what is to happen with a candidate in a campaign, and why.

    A post that was stored once is kept up to date even if an edit took its hashtag away: a person sees the edit
    and decides.
    """
    if stored is not None:
        return _again(stored, candidate)
    if not (candidate.text or candidate.title or candidate.media or candidate.url):
        return Judged(verdict=Verdict.SKIP, reason="empty")
    if source.keep != "all" and not belongs(candidate, campaign):
        return Judged(verdict=Verdict.SKIP, reason="no_tag")
    return Judged(verdict=Verdict.ADD, reason="new")


def belongs(candidate: Candidate, campaign: CampaignSettings) -> bool:
    """Return whether the words or tags of a candidate hold one of the campaign's hashtags."""
    words = f"{candidate.title}\n{candidate.warning}\n{candidate.text}"
    return hashtags.belongs(words, candidate.tags, campaign.hashtags, campaign.aliases)


def _again(stored: StoredPost, candidate: Candidate) -> Judged:
    if stored.state is PostState.GONE:
        return Judged(verdict=Verdict.SKIP, reason="gone")
    if stored.digest == candidate.digest:
        return Judged(verdict=Verdict.UNCHANGED, reason="same")
    if candidate.network not in _EDITS_ARE_DATED:
        return Judged(verdict=Verdict.REVISE, reason="edited")
    if candidate.edited_at is None or (stored.edited_at is not None and candidate.edited_at <= stored.edited_at):
        return Judged(verdict=Verdict.UNCHANGED, reason="not_edited")
    return Judged(verdict=Verdict.REVISE, reason="edited")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended. ``failures`` counts failed runs in a row, this one included; 0 after a good one."""

    failures: int
    permanent: bool = False
    retry_at: datetime | None = None


def next_attempt(outcome: Outcome, now: datetime, *, every: timedelta, rng: Random) -> datetime:
    """Return when the source may be asked again, in UTC.

    After a good run its interval later. After a failure sooner than that at first, then twice as long each time,
    at most six hours or its interval; a day where asking again cannot help before a person has acted. What the
    server asks for wins over all, up to a week. Up to a tenth is added by chance, so that
    sources spread.
    """
    if outcome.failures == 0:
        delay = every
    elif outcome.permanent:
        delay = max(_PERMANENT, every)
    else:
        delay = min(min(every, _SOON) * 2 ** min(outcome.failures - 1, 16), max(every, _LONGEST))
    planned = now + delay * rng.uniform(1.0, 1.1)
    if outcome.retry_at is not None:
        planned = max(planned, min(outcome.retry_at, now + timedelta(days=7)))
    return planned
