"""What is to happen with what came in, and when to ask again. Pure: data and a clock in, a named decision out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from campaign import hashtags
from campaign.collecting import Fate, Found, Standing
from campaign.kinds import KINDS
from campaign.records import Candidate, Judged, PostState, StoredPost, Verdict
from campaign.settings import CampaignSettings, SourceSettings

_EDITS_ARE_DATED = frozenset({"mastodon"})
"""Networks that date every edit: what differs without a later date is the same post as another server tells it."""

_NAMELESS = frozenset({"instagram"})
"""Networks that tell of a post less through one door than another: that its author is left out is no edit."""

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
        # Another server goes on showing what its author took away: it is no witness that the post is there again.
        is_back = stored.state is PostState.MISSING and candidate.network not in _EDITS_ARE_DATED
        return Judged(verdict=Verdict.UNCHANGED, reason="back" if is_back else "same")
    if candidate.network in _NAMELESS and stored.has_author and not candidate.has_author:
        reason = "back" if stored.state is PostState.MISSING else "nameless"
        return Judged(verdict=Verdict.UNCHANGED, reason=reason)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """How often a source is asked. ``reason`` is "configured", "floor", "network", "quiet" or "window"."""

    every: timedelta
    reason: str


#: After how long without anything new a source is asked how many times more seldom.
_QUIET = ((timedelta(weeks=4), 4), (timedelta(weeks=3), 3), (timedelta(weeks=2), 2))

#: Kinds whose networks show a post for a short time only: asked more seldom than this, posts would be lost.
_WINDOWS = {"instagram": timedelta(hours=12), "x": timedelta(days=3), "press": timedelta(days=1)}


def interval(
    kind: str, *, configured: timedelta, floor: timedelta, asked_every: timedelta | None, quiet: timedelta
) -> Interval:
    """Return how often a source is asked, and why.

    ``quiet`` is for how long nothing new has come; a source that has been silent for weeks is asked more seldom, down
    to a fourth, and as always as soon as something comes. Never more often than configured, than its kind allows
    (``floor``) and than the network itself wants (``asked_every``, believed up to a day).
    """
    found = Interval(every=configured, reason="configured")
    if floor > found.every:
        found = Interval(every=floor, reason="floor")
    wanted = min(asked_every or timedelta(0), max(configured, _PERMANENT))
    if wanted > found.every:
        found = Interval(every=wanted, reason="network")
    times = next((times for since, times in _QUIET if quiet >= since), 1)
    stretched = min(found.every * times, max(configured * 4, _PERMANENT))
    if stretched <= found.every:
        return found
    window = _WINDOWS.get(kind)
    if window is not None and stretched > window:
        return Interval(every=max(window, found.every), reason="window")
    return Interval(every=stretched, reason="quiet")


_DAY = timedelta(days=1)

#: What is hidden by the network's own word (a closed account) has time to come back before it counts as gone.
_PATIENCE = timedelta(days=30)

#: What a source says of all its posts at once is believed when it has said it so often, over so long a time.
_DOUBTS = 3
_DOUBTED_FOR = timedelta(days=3)

#: Networks whose terms want stored data renewed or dropped in time, shown or not.
KEPT_FRESH = {kind.network: kind.refresh - timedelta(days=5) for kind in KINDS.values() if kind.refresh is not None}


def recheck_interval(shown: timedelta) -> timedelta:
    """Return how often a post is asked for again that has been public for so long."""
    if shown < timedelta(days=30):
        return timedelta(days=1)
    return timedelta(weeks=1) if shown < timedelta(days=365) else timedelta(days=30)


def after_recheck(standing: Standing, found: Found, *, now: datetime) -> Fate:
    """Return what an answer makes of a post: live, missing at the first explicit absence, gone at the second.

    The second counts 24 hours after the first at the earliest, or thirty days after the network's own word that the
    post is hidden. An absence that is doubted counts as one when it was said three times over three days.
    """
    state = standing.state
    if state is PostState.GONE:
        return Fate(state=state, reason=standing.reason, recheck_at=None)
    if found is Found.DELETED:
        return Fate(state=PostState.GONE, reason="deleted", recheck_at=None)
    if found is Found.UNKNOWN:
        return _as_before(standing, now)
    if found is Found.LIVE:
        return Fate(state=PostState.LIVE, reason="seen", recheck_at=_again_at(standing, now))
    return _doubted(standing, now) if found is Found.DOUBTED else _absent(standing, now)


def _as_before(standing: Standing, now: datetime) -> Fate:
    return Fate(
        state=standing.state,
        reason=standing.reason,
        recheck_at=now + _DAY,
        doubted_at=standing.doubted_at,
        doubts=standing.doubts,
    )


def _doubted(standing: Standing, now: datetime) -> Fate:
    """Return what an absence makes of a post that is not believed at once: the doubt is kept until it is."""
    since, doubts = standing.doubted_at or now, standing.doubts + 1
    is_believed = doubts >= _DOUBTS and now - since >= _DOUBTED_FOR
    fate = _absent(standing, now) if is_believed else _as_before(standing, now)
    return replace(fate, doubted_at=since, doubts=doubts)


def _absent(standing: Standing, now: datetime) -> Fate:
    state = standing.state
    if state is PostState.LIVE or standing.missing_at is None:
        return Fate(state=PostState.MISSING, reason="absent", recheck_at=now + _DAY)
    over = standing.missing_at + (_DAY if standing.reason == "absent" else _PATIENCE)
    if now >= over:
        return Fate(state=PostState.GONE, reason="absent", recheck_at=None)
    return Fate(state=state, reason=standing.reason, recheck_at=min(over, now + _DAY))


def untold(standing: Standing, found: Found, *, now: datetime) -> Fate:  # noqa: ARG001 - a fate like the others
    """Return what becomes of a post about which nobody can be asked: nothing, and it is looked at in a month."""
    return replace(_as_before(standing, now), recheck_at=now + _PATIENCE)


def _again_at(standing: Standing, now: datetime) -> datetime | None:
    """Return when a post that stands is asked for again; None where nobody sees it and no network wants it."""
    waits = [recheck_interval(now - standing.shown_since)] if standing.shown_since is not None else []
    waits += [KEPT_FRESH[standing.network]] if standing.network in KEPT_FRESH else []
    return now + min(waits) if waits else None
