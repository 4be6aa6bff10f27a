"""Brings a file in: its rows in batches, each batch with the place that stands after it, and the pictures beside.

The cursor is ``{"file": fingerprint, "at": rows done, "done": false}``: what is killed in the middle goes on there, and
every post comes in once. Bringing the same file again adds nothing, since a post is known by its name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from campaign.errors import CollectError, InputError
from campaign.kinds import KINDS, Way
from campaign.records import Candidate, Judged, StoredPost, Verdict
from campaign.settings import CampaignSettings, Settings, SourceSettings
from collector.decide import decide
from collector.imports.container import Container, opened
from collector.imports.recognise import read
from collector.imports.rows import How, Reading, Row
from collector.media import MOST_BYTES
from collector.picture import prepare
from storage import media as stored_media
from storage import pages as stored_pages
from storage import sources as stored
from storage.finding import note_look
from storage.ingest import Counts, Judge
from storage.sources import Claim
from storage.store import Store
from storage.wanted import WantedFile, wanted_files

BATCH = 200
MOST_TOLD = 1000
"""Unreadable rows that are told one by one; of more, their number."""

_ASKED = frozenset(kind.network for kind in KINDS.values() if kind.way is not Way.BROUGHT)
_DATED = frozenset({"mastodon"})


@dataclass(slots=True, kw_only=True)
class Brought:
    """How it went with a file. ``passed`` counts by reason what is no post; ``skipped`` what was not wanted.

    ``unreadable`` are rows nobody can read, at most 1,000 of ``unreadable_count``. ``began_at`` is the row at which an
    earlier try had ended, 0 where none had.
    """

    format: str
    rows: int = 0
    counts: Counts = field(default_factory=Counts)
    passed: Counter[str] = field(default_factory=Counter)
    unreadable: list[Row] = field(default_factory=list)
    unreadable_count: int = 0
    pictures: int = 0
    pictures_failed: Counter[str] = field(default_factory=Counter)
    began_at: int = 0
    undated: int = 0


Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What the steps of one import share. ``claim`` is None in a rehearsal."""

    store: Store
    settings: Settings
    source: SourceSettings
    container: Container
    clock: Callable[[], datetime]
    claim: Claim | None
    told: Brought


def bring(
    store: Store,
    settings: Settings,
    source_id: str,
    path: Path,
    *,
    clock: Callable[[], datetime],
    format: str = "",
    dry_run: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> Brought:
    """Bring a file or an archive in as posts of a source of kind "import", and return how it went.

    ``progress`` hears how many rows are done, and of about how many. With ``dry_run`` nothing is stored. Raises
    InputError ``source_unknown``, ``import_not_source``, ``import_missing``, ``import_format``; CollectError for what
    cannot be read at all, and ``source_busy``.
    """
    source = _source(settings, source_id)
    if not path.exists():
        raise InputError("file", "import_missing", file=str(path))
    how = How(zone=source.timezone, now=clock())
    with opened(path) as container:
        reading = read(container, path.name, how, format=format)
        stored.sync_sources(store, settings, now=clock())
        told = Brought(format=reading.format)
        if dry_run:
            work = _Work(
                store=store, settings=settings, source=source, container=container, clock=clock, claim=None, told=told
            )
            _go_through(work, reading, progress)
            return told
        claim = stored.claim_source(store, source_id, now=clock())
        if claim is None:
            raise CollectError("source_busy", source=source_id)
        work = _Work(
            store=store, settings=settings, source=source, container=container, clock=clock, claim=claim, told=told
        )
        _claimed(work, claim, reading, progress)
        return told


def _source(settings: Settings, source_id: str) -> SourceSettings:
    source = settings.sources.get(source_id)
    if source is None:
        raise InputError("source", "source_unknown", source=source_id, known=", ".join(settings.sources))
    if source.kind != "import":
        raise InputError("source", "import_not_source", source=source_id, kind=source.kind)
    return source


def _claimed(work: _Work, claim: Claim, reading: Reading, progress: Progress) -> None:
    status, error = "partial", None
    try:
        _go_through(work, reading, progress)
        if work.told.unreadable_count:
            error = CollectError("import_rows", permanent=True, count=work.told.unreadable_count)
        else:
            status = "ok"
    except CollectError as broken:
        error = broken
        raise
    finally:
        now = work.clock()
        # A file that cannot be read is no time in which posts were missed: never "failed", which opens a gap.
        stored.finish_run(
            work.store,
            claim,
            status=status,
            next_attempt_at=now + work.source.every,
            now=now,
            error=error,
            permanent=error is not None,
        )
        stored.drop_claim(work.store, claim)


def _go_through(work: _Work, reading: Reading, progress: Progress) -> None:
    told = work.told
    cursor = work.claim.cursor if work.claim else {}
    begun = cursor.get("file") == reading.fingerprint and not cursor.get("done")
    told.began_at = int(cursor.get("at", 0)) if begun else 0
    seen: set[tuple[str, str]] = set()
    progress(0, reading.total)
    rows = iter(reading.rows)
    while batch := list(islice(rows, BATCH)):
        told.rows += len(batch)
        fresh = [row for row in batch if _is_fresh(row, seen, told)]
        if told.rows > told.began_at:
            place = {"file": reading.fingerprint, "at": told.rows, "done": False}
            told.counts.add(_save(work, [row.candidate for row in fresh if row.candidate], place))
        if work.claim is not None:
            # Of what came in before a kill too: its pictures may have been still to come.
            _fill(work, fresh)
        progress(told.rows, max(reading.total, told.rows))
    _save(work, [], {"file": reading.fingerprint, "at": told.rows, "done": True})


def _is_fresh(row: Row, seen: set[tuple[str, str]], told: Brought) -> bool:
    """Return whether a row is a post that this file has not told before; count what it is otherwise."""
    if row.unreadable:
        told.unreadable_count += 1
        if len(told.unreadable) < MOST_TOLD:
            told.unreadable.append(row)
        return False
    if row.candidate is None:
        told.passed[row.passed] += 1
        return False
    name = (row.candidate.network, row.candidate.identity)
    if name in seen:
        told.passed["double"] += 1
        return False
    seen.add(name)
    told.undated += row.candidate.published_at is None
    return True


def _save(work: _Work, candidates: list[Candidate], place: dict[str, object]) -> Counts:
    page = stored_pages.Page(candidates=candidates, campaigns=work.source.campaigns, cursor=place)
    judges = {name: _judge(work.settings.campaigns[name], work.source) for name in work.source.campaigns}
    now = work.clock()
    if work.claim is None:
        return stored_pages.rehearse_page(work.store, work.source.id, page, judge=judges, now=now)
    return stored_pages.save_page(work.store, work.claim, page, judge=judges, now=now, own=work.source.rights == "own")


def _judge(campaign: CampaignSettings, source: SourceSettings) -> Judge:
    judged = partial(decide, campaign=campaign, source=source)

    def judge(known: StoredPost | None, candidate: Candidate) -> Judged:
        found = judged(known, candidate)
        if found.verdict is Verdict.REVISE and candidate.network in _ASKED - _DATED:
            # The network itself told the post better: an archive of ours is no edit of its author's.
            return Judged(verdict=Verdict.UNCHANGED, reason="same")
        return found

    return judge


def _fill(work: _Work, rows: list[Row]) -> None:
    """Give the stored posts of these rows their pictures from the archive."""
    by_name = {(row.candidate.network, row.candidate.identity): row for row in rows if row.candidate and row.files}
    for network in sorted({network for network, _ in by_name}):
        names = [identity for each, identity in by_name if each == network]
        for wanted in wanted_files(work.store, network, names):
            member = by_name[(wanted.network, wanted.identity)].files.get(wanted.url)
            if member is not None:
                _fill_one(work, wanted, member)


def _fill_one(work: _Work, wanted: WantedFile, member: str) -> None:
    try:
        prepared = prepare(work.container.read(member, MOST_BYTES))
    except CollectError as error:
        work.told.pictures_failed[error.key] += 1
        error.permanent = True  # the archive stays as it is
        stored_media.set_failed(work.store, wanted.media_id, error, now=work.clock())
        return
    stored_media.write_renditions(work.store, prepared.sha256, prepared.renditions, prepared.modern)
    kept = stored_media.set_file(
        work.store, wanted.media_id, prepared.sha256, width=prepared.width, height=prepared.height
    )
    if kept and prepared.look is not None:
        note_look(work.store, wanted.media_id, prepared.look, now=work.clock())
    work.told.pictures += kept


def unreadable_rows(told: Brought) -> Iterator[Row]:
    """Pass over the rows that nobody could read, in the order of the file."""
    yield from sorted(told.unreadable, key=lambda row: (row.place, row.number))
