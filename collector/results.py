"""How a run goes and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from campaign.collecting import Filled
from campaign.errors import CollectError, SkordError
from campaign.settings import SourceSettings
from collector.networks.page import Cursor, Page
from storage.ingest import Counts

#: How many different errors of one run are told.
MOST_ERRORS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run ended. ``status`` is "ok", "unchanged", "partial", "failed", "killed" (it was stopped before anything
    was answered) or "busy" (another run is under way).

    ``error`` is None after "ok" and "unchanged"; ``next_attempt_at`` None where nothing was recorded. ``filled`` says
    how far back the past has been read, None where the network did not say.
    """

    source: str
    status: str
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    skipped: int = 0
    skipped_why: Mapping[str, int] = field(default_factory=dict)
    error: SkordError | None = None
    next_attempt_at: datetime | None = None
    filled: Filled | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come, after a page of it. ``filled`` is None where the network does not say."""

    source: str
    new: int
    filled: Filled | None


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a run has seen so far. ``cursor`` is that of an empty page whose storing is left to the end of the run."""

    counts: Counts = field(default_factory=Counts)
    answered: bool = False
    read: bool = False
    stopped: bool = False
    errors: list[CollectError] = field(default_factory=list)
    filled: Filled | None = None
    asked_every: timedelta | None = None
    cursor: dict[str, Any] | None = None

    @property
    def status(self) -> str:
        """How a run ended that raised no error."""
        if self.stopped and not self.answered:
            return "killed"  # nobody knows how it would have gone
        return "partial" if self.errors else "ok" if self.read else "unchanged"

    def add(self, counts: Counts, page: Page) -> None:
        """Count a page, and remember what it said."""
        self.answered = True
        self.counts.new += counts.new
        self.counts.revised += counts.revised
        self.counts.unchanged += counts.unchanged
        self.counts.skipped += counts.skipped
        self.counts.skipped_why += counts.skipped_why
        self.read = self.read or not page.unchanged
        self.filled = page.filled or self.filled
        self.asked_every = page.every or self.asked_every
        known = {str(error) for error in self.errors}
        self.errors += [error for error in page.errors if str(error) not in known][: MOST_ERRORS - len(self.errors)]


def ended(
    source: SourceSettings, status: str, tally: Tally, error: SkordError | None, next_attempt_at: datetime | None
) -> RunResult:
    """Return a run's result from what it has seen."""
    counts = tally.counts
    return RunResult(
        source=source.id,
        status=status,
        new=counts.new,
        revised=counts.revised,
        unchanged=counts.unchanged,
        skipped=counts.skipped,
        skipped_why=dict(Counter(counts.skipped_why)),
        error=error,
        next_attempt_at=next_attempt_at,
        filled=tally.filled,
    )


def says_nothing(page: Page, cursor: Cursor, tally: Tally) -> bool:
    """Return whether a page leaves everything as it is, so that it need not be written."""
    return page.unchanged and page.cursor == cursor and is_empty(page, tally)


def is_empty(page: Page, tally: Tally) -> bool:
    """Return whether a page brings nothing but its cursor."""
    beside = any((page.withdrawals, page.quotas, page.missed, page.filled, page.token_expires_at))
    return not page.candidates and not beside and page.every in (None, tally.asked_every)
