"""Asks for stored posts again, to learn what their authors took away: politely, in batches, a little at a time.

A network that can say so itself is asked in its own way; of pages on the web the address is looked up. What nobody can
say for certain changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from urllib.parse import urlsplit

from campaign.collecting import Found, Known, Rechecked
from campaign.errors import CollectError, SkordError
from campaign.kinds import KINDS, Door, Way
from campaign.records import PostState
from campaign.settings import Settings, SourceSettings
from collector.decide import KEPT_FRESH, after_recheck, untold
from collector.networks.page import Ask, Recheck, network
from collector.run import Work, judges, visit
from net.answers import StatusError
from storage.rechecks import DuePost, Moved, due_posts, find_witnesses, save_rechecks
from storage.sources import get_cursor
from storage.store import Store

log = logging.getLogger("skord.collector")

#: Kinds whose posts are pages on the web: their own addresses tell whether they stand.
LINKED = frozenset({"feed", "press", "wordpress", "link"})

#: Whom to ask about posts that came by a way on which nothing can be asked.
_ALSO = {"jetstream": "bluesky"}

#: So many posts missing at once, and none that stands, look like a fault of the source and not like deletions.
SUSPICIOUS = 5

_MOST_OF_ONE_SOURCE = 100
_GONE = frozenset({404, 410})
_HEAD_BYTES = 64_000
_PAGE_BYTES = 2_000_000
_WITNESS_AGE = timedelta(days=30)

#: So many witnesses are called, in one question: one of them may have been taken away as well.
_WITNESSES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckResult:
    """How the posts of one source were found. ``held`` counts absences not believed yet, since all were absent.

    ``error`` is None unless the source could not be asked, or not to the end.
    """

    source: str
    asked: int
    missing: int = 0
    gone: int = 0
    back: int = 0
    unknown: int = 0
    held: int = 0
    error: SkordError | None = None


@dataclass(slots=True)
class _Heard:
    """What was answered so far, by identity."""

    answers: dict[str, Rechecked] = field(default_factory=dict)
    error: SkordError | None = None
    stopped: bool = False


def recheck(
    store: Store,
    fetcher: Ask,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
    limit: int = 200,
    workers: int = 4,
) -> list[RecheckResult]:
    """Ask for up to ``limit`` posts that are due and return how those of each source were found.

    Each source's answers are stored before the next begins; what was not asked when ``stopping`` said yes stays due.
    """
    due: dict[tuple[str, str], list[DuePost]] = {}
    for post in due_posts(store, now=clock(), limit=limit, fresh=KEPT_FRESH):
        due.setdefault((post.source_id, post.known.network), []).append(post)
    work = Work(
        store=store, ask=fetcher, settings=settings, clock=clock, rng=Random(0), stopping=stopping  # noqa: S311 - unused
    )  # fmt: skip
    if not due:
        return []
    with ThreadPoolExecutor(max_workers=min(workers, len(due)), thread_name_prefix="recheck") as pool:
        found = pool.map(lambda posts: _source(work, posts[:_MOST_OF_ONE_SOURCE]), due.values())
        return [result for result in found if result is not None]


def _source(work: Work, posts: Sequence[DuePost]) -> RecheckResult | None:
    """Ask one source for its posts of one network and store the answers. None where there was no time to."""
    if work.stopping():
        return None
    source_id = posts[0].source_id
    source = work.settings.sources.get(source_id)
    heard = _Heard()
    can_tell = _can_tell(source, source_id)
    if can_tell:
        _ask(work, source, posts, heard)
    if not heard.stopped:
        # Those that nobody answered for are asked about again tomorrow.
        for post in posts:
            heard.answers.setdefault(post.known.identity, Rechecked(identity=post.known.identity, found=Found.UNKNOWN))
    stands = _weigh(work, source, posts, heard) if source is not None else False
    answers = list(heard.answers.values())
    moved = save_rechecks(
        work.store,
        source_id,
        posts[0].known.network,
        answers,
        fate=partial(after_recheck if can_tell else untold, now=work.clock()),
        judge=judges(work.settings, source) if source is not None else {},
        now=work.clock(),
        own=source is not None and source.rights == "own",
        stands=stands,
    )
    return _result(source_id, answers, moved, error=heard.error)


def _can_tell(source: SourceSettings | None, source_id: str) -> bool:
    """Return whether anybody can be asked: what people brought from the web has an address, and no source."""
    if source is None:
        return source_id == ""
    return source.kind in LINKED or _asks(source) is not None


def _asks(source: SourceSettings) -> Recheck | None:
    if KINDS[source.kind].way is Way.BROUGHT:
        return None
    return network(source.kind).recheck or (network(_ALSO[source.kind]).recheck if source.kind in _ALSO else None)


def _result(source_id: str, answers: Sequence[Rechecked], moved: Moved, *, error: SkordError | None) -> RecheckResult:
    return RecheckResult(
        source=source_id,
        asked=len(answers),
        missing=moved.entered[PostState.MISSING],
        gone=moved.entered[PostState.GONE],
        back=moved.entered[PostState.LIVE],
        unknown=sum(answer.found is Found.UNKNOWN for answer in answers),
        held=moved.doubted,
        error=error,
    )


def _ask(work: Work, source: SourceSettings | None, posts: Sequence[DuePost], heard: _Heard) -> None:
    """Collect what a source answers, as far as it does."""
    asked = {post.known.identity for post in posts}
    try:
        for answer in _answers(work, source, posts):
            if answer.identity in asked:
                heard.answers[answer.identity] = answer
            if work.stopping():
                heard.stopped = True
                return
    except CollectError as error:
        heard.error = error
    except Exception:
        # A fault of ours in one source must leave the others alone; what it answered before stands.
        name = source.id if source is not None else ""
        log.exception("re-checking %s failed", name, extra={"action": "recheck_crashed", "source": name})
        heard.error = CollectError("source_crashed", source=name)


def _answers(work: Work, source: SourceSettings | None, posts: Sequence[DuePost]) -> Iterator[Rechecked]:
    if source is not None and (asks := _asks(source)) is not None:
        # With what its runs have learnt: an account's name, which version of an interface a server has.
        yield from asks(visit(work, source, get_cursor(work.store, source.id)), [post.known for post in posts])
    else:
        yield from _looked_up(work, posts)


def _looked_up(work: Work, posts: Sequence[DuePost]) -> Iterator[Rechecked]:
    """Look up the address of each post; a host that cannot be asked is left alone for this time."""
    silent: set[str] = set()
    for post in posts:
        host = urlsplit(post.known.url).netloc.lower()
        if host in silent:
            continue
        try:
            found = _stands(work.ask, post)
        except CollectError as error:
            log.info("%s could not be asked", host, extra={"action": "recheck_silent", "error": error.key})
            silent.add(host)
            continue
        yield Rechecked(identity=post.known.identity, found=found)


def _stands(ask: Ask, post: DuePost) -> Found:
    """Return what a post's own address says. Raises CollectError where the host says nothing at all.

    Only 404 and 410 are an absence. That something is there proves little (a page may say "not found" in words), so
    it is believed only of a post that was missing: the whole of its own address has to answer again.
    """
    url = post.known.url
    try:
        answer = ask.fetch(url, max_bytes=_PAGE_BYTES if post.missing else _HEAD_BYTES)
    except StatusError as error:
        if error.status in _GONE:
            return Found.ABSENT
        if error.status == 429 or error.status >= 500:
            raise
        return Found.UNKNOWN
    except CollectError as error:
        if error.key == "too_large":
            return Found.UNKNOWN if post.missing else Found.LIVE
        raise
    return Found.LIVE if _plain(answer.url) == _plain(url) else Found.UNKNOWN


def _plain(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc.lower().removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"


def _weigh(work: Work, source: SourceSettings, posts: Sequence[DuePost], heard: _Heard) -> bool:
    """Turn absences that cannot be believed yet into doubts, and return whether the source showed a post that stands.

    Posts that were collected not long ago are asked for beside them: where one stands, the source knows what it says.
    An asking that failed half way says nothing, neither for the doubt nor against it.
    """
    if _any_stands(heard):
        return True
    absent = [answer for answer in heard.answers.values() if answer.found is Found.ABSENT]
    in_doubt = any(post.doubted for post in posts)
    many = in_doubt or len(absent) >= SUSPICIOUS
    if not absent or not (many or _left_out(source)):
        return False
    witnesses = _witnesses(work, source, posts[0].known.network, heard)
    if not witnesses and not many:
        return False
    if witnesses and not work.stopping() and _any_stands(_asked_beside(work, source, witnesses)):
        return True
    found = Found.DOUBTED if heard.error is None else Found.UNKNOWN
    for answer in absent:
        heard.answers[answer.identity] = replace(answer, found=found)
    return False


def _left_out(source: SourceSettings) -> bool:
    """Return whether a network may answer well and leave everything out, and a second question costs nothing."""
    return _asks(source) is not None and KINDS[source.kind].door is not Door.PAID


def _any_stands(heard: _Heard) -> bool:
    return any(answer.found is Found.LIVE for answer in heard.answers.values())


def _asked_beside(work: Work, source: SourceSettings, known: Sequence[Known]) -> _Heard:
    heard = _Heard()
    _ask(work, source, [DuePost(source_id=source.id, known=each, missing=False) for each in known], heard)
    return heard


def _witnesses(work: Work, source: SourceSettings, network_name: str, heard: _Heard) -> list[Known]:
    return find_witnesses(
        work.store,
        source.id,
        network_name,
        without=heard.answers,
        since=work.clock() - _WITNESS_AGE,
        limit=1 if KINDS[source.kind].door is Door.PAID else _WITNESSES,
    )
