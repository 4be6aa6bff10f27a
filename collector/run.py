"""Runs: asks sources in threads, each by itself, and stores page by page what came."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random

from campaign import hashtags
from campaign.errors import CollectError, ConflictError, InputError, SkordError, StorageError
from campaign.kinds import KINDS, Way
from campaign.records import Candidate, Judged, StoredPost, Verdict
from campaign.settings import Settings, SourceSettings
from collector.decide import Interval, Outcome, decide, interval, next_attempt
from collector.networks.page import Ask, Cursor, Page, Visit, is_stream, network
from collector.results import Progress, RunResult, Tally, ended, is_empty, says_nothing
from collector.rounds import Round
from collector.watch import Watch
from storage import pages as stored_pages
from storage import sources as stored
from storage.ingest import Counts, Judge
from storage.rounds import Ending
from storage.sessions import SourceSession
from storage.sources import Claim
from storage.store import Store

__all__ = [
    "Progress",
    "RunResult",
    "Tried",
    "TriedEntry",
    "Work",
    "collect",
    "judges",
    "run_source",
    "try_source",
    "visit",
]

log = logging.getLogger("skord.collector")

#: How soon a stream that broke is opened again; twice as long each time, unless it stood for a while.
STREAM_AGAIN = timedelta(seconds=30)
_STOOD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedEntry:
    """What would happen with one candidate in one campaign, and why."""

    campaign: str
    candidate: Candidate
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a source gave when it was tried. ``error`` is None where everything answered."""

    entries: tuple[TriedEntry, ...]
    error: SkordError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every run of one collecting shares. ``live`` keeps streams open until ``stopping`` says yes.

    ``paging`` hears of each page as it is stored, in the run's own thread.
    """

    store: Store
    ask: Ask
    settings: Settings
    clock: Callable[[], datetime]
    rng: Random
    stopping: Callable[[], bool]
    dry_run: bool = False
    live: bool = False
    paging: Callable[[Progress], None] = lambda _: None


def collect(
    store: Store,
    fetcher: Ask,
    settings: Settings,
    *,
    sources: Sequence[str] | None = None,
    dry_run: bool = False,
    clock: Callable[[], datetime],
    rng: Random,
    workers: int = 8,
    progress: Callable[[RunResult], None] | None = None,
    paging: Callable[[Progress], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> list[RunResult]:
    """Ask the named sources now, or those that are due, and return how each run ended, in the order they were named.

    One source's failure, slowness or fault stops no other; ``progress`` hears of each as it ends, in this thread,
    ``paging`` of each page in threads of their own. A stream that is named is read until it has caught up; without
    names streams are left to ``collector.streams``. With ``dry_run`` nothing is stored. Once ``stopping`` says yes,
    runs end after the page in hand and go on at the next asking. Raises InputError ``source_unknown``, and
    StorageError once all others are done.
    """
    work = Work(
        store=store, ask=fetcher, settings=settings, clock=clock, rng=rng, stopping=stopping, dry_run=dry_run,
        paging=paging,
    )  # fmt: skip
    names = _wanted(work, sources)
    if not names:
        return []
    with (
        closing(Round(store, names, settings, clock=clock, workers=workers)) as round_,
        ThreadPoolExecutor(max_workers=min(workers, len(names)), thread_name_prefix="source") as pool,
    ):
        running = {pool.submit(run_source, work, settings.sources[name], round_): name for name in names}
        found: dict[str, RunResult] = {}
        broken: StorageError | None = None
        for done in as_completed(running):
            try:
                result = done.result()
            except StorageError as error:
                broken = error
                continue
            found[running[done]] = result
            if progress is not None:
                progress(result)
    if broken is not None:
        raise broken
    return [found[name] for name in names]


def _wanted(work: Work, sources: Sequence[str] | None) -> list[str]:
    known = work.settings.sources
    now = work.clock()
    if sources is None:
        stored.free_dead_claims(work.store, now=now)
        due = stored.due_sources(work.store, now=now)
        return [name for name in due if name in known and not is_stream(known[name])]
    for name in sources:
        if name not in known:
            raise InputError("source", "source_unknown", source=name, known=", ".join(known))
    stored.sync_sources(work.store, work.settings, now=now)
    return list(dict.fromkeys(sources))


def run_source(work: Work, source: SourceSettings, together: Round | None = None) -> RunResult:
    """Run one source and record how it went. Only StorageError leaves it.

    In a round, ``together``, claims are taken and quiet ends are written with those of others.
    """
    if KINDS[source.kind].way is Way.BROUGHT:
        refused = CollectError("source_brought", permanent=True, kind=source.kind)
        return RunResult(source=source.id, status="failed", error=refused)
    if work.dry_run:
        return _rehearse(work, source)
    claim = None if work.stopping() else _claim(work, source, together)
    if claim is None:
        return RunResult(source=source.id, status="busy", error=CollectError("source_busy", source=source.id))
    ending = None
    try:
        result, ending = _claimed(work, source, claim, together)
    finally:
        if ending is None:
            stored.drop_claim(work.store, claim)
    if ending is not None and together is not None:
        together.end(ending)
    return result


def _claim(work: Work, source: SourceSettings, together: Round | None) -> Claim | None:
    if together is not None:
        return together.claim(source.id)
    return stored.claim_source(work.store, source.id, now=work.clock())


def _claimed(
    work: Work, source: SourceSettings, claim: Claim, together: Round | None
) -> tuple[RunResult, Ending | None]:
    """Return how a run went, and its end where that is still to be written with others."""
    tally = Tally(asked_every=claim.asked_every)
    failure: CollectError | None = None
    began = work.clock()
    watch = Watch(work.store, claim, clock=work.clock, stopping=work.stopping, live=work.live)

    def save(page: Page) -> Counts:
        watch.hear(page.errors)
        return _save(work, source, claim, page)

    try:
        _read(replace(work, stopping=watch), source, claim.cursor, tally, save, defer=together is not None)
    except CollectError as error:
        failure = error
    except ConflictError:
        return ended(source, "busy", tally, CollectError("source_busy", source=source.id), None), None
    except StorageError:
        raise
    except Exception:
        # A fault of ours in one source must leave the others alone, and must not leave the source claimed.
        log.exception("the run of %s failed", source.id, extra={"action": "run_crashed", "source": source.id})
        failure = CollectError("source_crashed", source=source.id)
    return _finish(work, source, claim, tally, failure=failure, began=began, together=together)


def _read(
    work: Work,
    source: SourceSettings,
    cursor: Cursor,
    tally: Tally,
    save: Callable[[Page], Counts],
    *,
    defer: bool = False,
) -> None:
    """Go through a source's pages and save each; stop after the page in hand when told to.

    With ``defer`` a page that brings nothing but its cursor is left to the end of the run, in the tally; one at most.
    """
    for page in network(source.kind).pages(visit(work, source, cursor)):
        if says_nothing(page, cursor, tally):
            counts = Counts()
        elif defer and tally.cursor is None and is_empty(page, tally):
            counts, tally.cursor = Counts(), page.cursor
        else:
            counts, tally.cursor = save(page), None
        tally.add(counts, page)
        work.paging(Progress(source=source.id, new=tally.counts.new, filled=tally.filled))
        if work.stopping():
            break
    tally.stopped = work.stopping()


def visit(work: Work, source: SourceSettings, cursor: Cursor) -> Visit:
    """Return the visit that asks a source from a cursor on, for its campaigns' hashtags."""
    campaigns = [work.settings.campaigns[name] for name in source.campaigns]
    spellings = hashtags.spellings(
        [tag for campaign in campaigns for tag in campaign.hashtags],
        [tag for campaign in campaigns for tag in campaign.aliases],
    )
    return Visit(
        source=source,
        ask=work.ask,
        cursor=cursor,
        spellings=spellings,
        now=work.clock(),
        session=SourceSession(work.store, source.id, work.clock),
        live=work.live,
        stopping=work.stopping,
        clock=work.clock,
    )


def _save(work: Work, source: SourceSettings, claim: Claim, page: Page) -> Counts:
    return stored_pages.save_page(
        work.store,
        claim,
        _stored(source, page),
        judge=judges(work.settings, source),
        now=work.clock(),
        own=source.rights == "own",
    )


def _stored(source: SourceSettings, page: Page) -> stored_pages.Page:
    return stored_pages.Page(
        candidates=page.candidates,
        campaigns=source.campaigns,
        cursor=page.cursor,
        withdrawals=page.withdrawals,
        quotas=page.quotas,
        missed=page.missed,
        filled=page.filled,
        token_expires_at=page.token_expires_at,
        every=page.every,
    )


def judges(settings: Settings, source: SourceSettings) -> dict[str, Judge]:
    """Return what judges a source's candidates, by campaign."""
    return {name: partial(decide, campaign=settings.campaigns[name], source=source) for name in source.campaigns}


def _finish(
    work: Work,
    source: SourceSettings,
    claim: Claim,
    tally: Tally,
    *,
    failure: CollectError | None,
    began: datetime,
    together: Round | None,
) -> tuple[RunResult, Ending | None]:
    errors = [*([failure] if failure else []), *tally.errors]
    error = errors[0] if errors else None
    status = "failed" if failure else tally.status
    now = work.clock()
    # A stream that stood for a while before it broke did not fail again: it is opened as after a first failure.
    before = 0 if work.live and now - began >= _STOOD else claim.failures
    outcome = Outcome(
        failures=before + 1 if failure else 0,
        permanent=failure is not None and failure.permanent,
        retry_at=failure.retry_at if failure else None,
    )
    planned = _interval(source, claim, tally, now)
    every = STREAM_AGAIN if work.live and failure else planned.every
    next_attempt_at = now if tally.stopped and not failure else next_attempt(outcome, now, every=every, rng=work.rng)
    result = ended(source, status, tally, error, next_attempt_at)
    if together is not None and status in ("ok", "unchanged"):
        return result, Ending(
            claim=claim, status=status, next_attempt_at=next_attempt_at, now=now, interval=planned.every,
            interval_reason=planned.reason, cursor=tally.cursor,
        )  # fmt: skip
    if tally.cursor is not None:
        with suppress(ConflictError):
            _save(work, source, claim, Page(candidates=(), cursor=tally.cursor))
    stored.finish_run(
        work.store,
        claim,
        status=status,
        next_attempt_at=next_attempt_at,
        now=now,
        error=error,
        permanent=error is not None and error.permanent,
        beside=errors[1:],
        failures=outcome.failures,
        # What stands open is not asked at intervals, unless it could not be opened and was asked as usual.
        interval=None if work.live and (failure or not errors) else planned.every,
        interval_reason=planned.reason,
    )
    return result, None


def _interval(source: SourceSettings, claim: Claim, tally: Tally, now: datetime) -> Interval:
    return interval(
        source.kind,
        configured=source.every,
        floor=KINDS[source.kind].floor,
        asked_every=tally.asked_every or claim.asked_every,
        quiet=timedelta(0) if tally.counts.new or claim.news_at is None else now - claim.news_at,
    )


def _rehearse(work: Work, source: SourceSettings) -> RunResult:
    """Ask a source from where it stands, and say what would be stored."""
    tally = Tally()

    def save(page: Page) -> Counts:
        return stored_pages.rehearse_page(
            work.store, source.id, _stored(source, page), judge=judges(work.settings, source), now=work.clock()
        )

    try:
        _read(work, source, stored.get_cursor(work.store, source.id), tally, save)
    except CollectError as failure:
        return ended(source, "failed", tally, failure, None)
    error = tally.errors[0] if tally.errors else None
    return ended(source, "partial" if error else "ok" if tally.read else "unchanged", tally, error, None)


def try_source(
    store: Store, fetcher: Ask, settings: Settings, source_id: str, *, clock: Callable[[], datetime], most: int = 100
) -> Tried:
    """Ask a source from its beginning, for at least one page and about ``most`` entries, and store nothing.

    Raises InputError ``source_unknown``.
    """
    work = Work(
        store=store, ask=fetcher, settings=settings, clock=clock, rng=Random(0), dry_run=True,  # noqa: S311 - unused
        stopping=lambda: len(entries) >= most,
    )  # fmt: skip
    entries: list[TriedEntry] = []
    _wanted(work, [source_id])
    source = settings.sources[source_id]

    def listening(campaign: str, judge: Judge) -> Judge:
        def judged(known: StoredPost | None, candidate: Candidate) -> Judged:
            found = judge(known, candidate)
            entries.append(
                TriedEntry(campaign=campaign, candidate=candidate, verdict=found.verdict, reason=found.reason)
            )
            return found

        return judged

    listeners = {campaign: listening(campaign, judge) for campaign, judge in judges(settings, source).items()}

    def save(page: Page) -> Counts:
        return stored_pages.rehearse_page(store, source_id, _stored(source, page), judge=listeners, now=clock())

    tally = Tally()
    try:
        _read(work, source, {}, tally, save)
    except CollectError as failure:
        return Tried(entries=tuple(entries), error=failure)
    return Tried(entries=tuple(entries), error=tally.errors[0] if tally.errors else None)
