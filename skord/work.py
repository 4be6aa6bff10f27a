"""What is done on schedule. Each job finds its own work in the database and can be repeated at any time.

Each takes the house and a question ``stopping`` that long work asks between its steps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from random import SystemRandom
from typing import TYPE_CHECKING

from campaign.errors import SkordError
from skord.wiring import House

if TYPE_CHECKING:
    from collector.run import RunResult

log = logging.getLogger("skord.work")

Stopping = Callable[[], bool]


def sources(house: House, stopping: Stopping) -> None:
    """Ask every source that is due."""
    from collector.run import collect

    results = collect(
        house.store, house.fetcher, house.settings, clock=house.clock, rng=SystemRandom(), stopping=stopping
    )
    for result in results:
        _tell(house, result)


def streams(house: House, stopping: Stopping) -> None:
    """Keep the streams open; returns only when the house stops."""
    from collector.streams import keep_streams

    keep_streams(
        house.store,
        house.fetcher,
        house.settings,
        clock=house.clock,
        rng=SystemRandom(),
        stopping=stopping,
        ended=lambda result: _tell(house, result),
    )


def _tell(house: House, result: RunResult) -> None:
    told = {"action": "collected", "source": result.source, "status": str(result.status)}
    if result.error is not None:
        log.warning("%s: %s", result.source, house.language.explain(result.error), extra=told)
    elif result.new or result.revised:
        log.info("%s: %d new, %d revised", result.source, result.new, result.revised, extra=told)


def rechecks(house: House, stopping: Stopping) -> None:
    """Ask for published posts again, to notice what was taken away at its source."""
    from collector.recheck import recheck

    for result in recheck(house.store, house.fetcher, house.settings, clock=house.clock, stopping=stopping):
        told = {"action": "rechecked", "source": result.source, "asked": result.asked, "unknown": result.unknown}
        if result.held:
            words = house.language.t("recheck.held", source=result.source, count=result.held)
            log.warning("%s", words, extra=told | {"held": result.held})
        elif result.error is not None:
            log.warning("%s: %s", result.source, house.language.explain(result.error), extra=told)
        elif result.missing or result.gone or result.back:
            log.info(
                "%s: %d hidden, %d gone, %d back", result.source, result.missing, result.gone, result.back, extra=told
            )


def indicators(house: House, stopping: Stopping) -> None:
    """Ask for the official figures that are due."""
    from collector.indicators.refresh import refresh

    for result in refresh(
        house.store, house.fetcher, house.settings, clock=house.clock, rng=SystemRandom(), stopping=stopping
    ):
        told = {"action": "figures_asked", "indicator": result.indicator, "status": result.status}
        if result.error is not None:
            log.warning("%s: %s", result.code, house.language.explain(result.error), extra=told)
        elif result.stored.changed:
            counts = (result.stored.new, result.stored.revised, result.stored.deleted)
            log.info("%s: %d new, %d revised, %d deleted", result.code, *counts, extra=told)


def letters(house: House, stopping: Stopping) -> None:  # noqa: ARG001 - every job has the same shape
    """Draft, announce, remind, freeze and hold whatever is due; ask new subscribers to confirm."""
    from digest.work import tick

    for event in tick(house.store, house.settings, clock=house.clock):
        log.info(
            "%s: %s %d",
            event.newsletter,
            event.kind,
            event.number,
            extra={"action": f"issue_{event.kind}", "newsletter": event.newsletter, "number": event.number},
        )


def outbox(house: House, stopping: Stopping) -> None:
    """Send the letters that are due."""
    from digest.outbox import send_due

    report = send_due(house.store, house.settings, clock=house.clock, stopping=stopping)
    if report.counts:
        log.info("letters: %s", dict(report.counts), extra={"action": "letters_sent"})
    if report.problem is not None:
        log.warning("letters wait: %s", report.problem, extra={"action": "letters_wait", "lasting": True})


def returns(house: House, stopping: Stopping) -> None:
    """Take in what came back to the mailbox of bounces: failures, complaints, wishes to leave."""
    from digest.returning import MAILBOX, read_mailbox
    from net.guard import Guard
    from storage.mailboxes import progress

    settings = house.settings.mail.bounces
    if not settings.host:
        return
    before = progress(house.store, MAILBOX).error
    report = read_mailbox(
        house.store, settings, guard=Guard(house.settings.fetch.allow), clock=house.clock, stopping=stopping
    )
    if report.error is not None:
        told = {"action": "bounces_unread", "key": report.error.key, "lasting": before is not None}
        log.warning("bounces: %s", house.language.explain(report.error), extra=told)
    elif report.read:
        counts = {str(each): count for each, count in report.counts.items()}
        log.info("%d mails came back: %s", report.read, counts, extra={"action": "bounces_read", "counts": counts})


def tasks(house: House, stopping: Stopping) -> None:
    """Do what pages asked for, one after the other."""
    from skord.tasks import do
    from storage.tasks import end_task, take_task

    while not stopping():
        task = take_task(house.store, now=house.clock())
        if task is None:
            return
        try:
            result = do(house, task, stopping)
        except SkordError as error:
            end_task(house.store, task.id, now=house.clock(), error=error)
        else:
            end_task(house.store, task.id, now=house.clock(), result=result)


def troubles(house: House, stopping: Stopping) -> None:  # noqa: ARG001 - every job has the same shape
    """Mail once a day which sources need somebody."""
    from digest.troubles import tell

    count = tell(house.store, house.settings, clock=house.clock)
    if count:
        log.info("told of %d sources that need somebody", count, extra={"action": "troubles_told", "count": count})


def waiting(house: House, stopping: Stopping) -> None:  # noqa: ARG001 - every job has the same shape
    """Tell people what waits, at the times they chose, and the webhook at its own."""
    from digest.waiting import tell
    from digest.webhook import call

    count = tell(house.store, house.settings, clock=house.clock)
    if count:
        log.info("told %d people what waits", count, extra={"action": "waiting_told", "count": count})
    if house.settings.notices.webhook and call(house.store, house.settings, house.fetcher, clock=house.clock):
        log.info("called the webhook", extra={"action": "webhook_called"})


def hooks(house: House, stopping: Stopping) -> None:
    """Tell the receivers of changes what came, changed and went."""
    from skord.hooks import tell

    calls = tell(house, stopping) if house.settings.hooks else 0
    if calls:
        log.info("told receivers of changes in %d calls", calls, extra={"action": "hooks_told", "count": calls})


def pictures(house: House, stopping: Stopping) -> None:
    """Fetch the pictures of posts that have none of our own yet."""
    from collector.media import fetch_pictures

    for result in fetch_pictures(house.store, house.fetcher, clock=house.clock, stopping=stopping):
        if result.error is not None:
            log.info(
                "picture %d: %s",
                result.media_id,
                result.error.key,
                extra={"action": "picture_failed", "media": result.media_id, "error": result.error.key},
            )


def rights(house: House, stopping: Stopping) -> None:  # noqa: ARG001 - every job has the same shape
    """End the rights to pictures whose time is over."""
    from storage.rights import end_rights

    for media_id in end_rights(house.store, now=house.clock()):
        log.info("picture %d: its right ended", media_id, extra={"action": "right_ended", "media": media_id})


def tidy(house: House, stopping: Stopping) -> None:  # noqa: ARG001 - every job has the same shape
    """Remove what has had its time: logins that ended, sign-ups that nobody confirmed, pictures of no post."""
    from storage.logins import forget_ended
    from storage.media import sweep
    from storage.subscribers import forget_unconfirmed
    from storage.uploads import sweep_uploads

    forget_ended(house.store, now=house.clock())
    forget_unconfirmed(house.store, now=house.clock())
    sweep(house.store, now=house.clock())
    sweep_uploads(house.store, now=house.clock())
    _remove_exports(house)


def _remove_exports(house: House) -> None:
    """Remove the files of exports whose time is over, and what was left half made; who took them out stays."""
    from storage.exports import files_before, forget_files
    from web.desk.exports import folder

    end = house.clock() - house.settings.export.keep
    place = folder(house.settings.storage.media)
    over = files_before(house.store, end)
    for each in over:
        (place / each.file).unlink(missing_ok=True)
    forget_files(house.store, [each.id for each in over])
    for part in place.glob("*.part"):
        if part.stat().st_mtime < end.timestamp():
            part.unlink(missing_ok=True)
