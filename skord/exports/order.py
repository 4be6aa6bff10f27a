"""One export: what was asked for, what it works with, and how it comes to its name whole or not at all.

A format is a function that writes to an open file; ``FORMATS`` names them. What is being written has ``.part`` after
its name, and is renamed when it is finished: what was broken off leaves nothing.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl

from campaign.errors import InputError, NotFoundError, SkordError
from campaign.exported import Around, Telling
from campaign.language import Language
from campaign.records import Story
from campaign.settings import Settings
from skord.wiring import House
from storage.archive import Wanted
from storage.beside import beside
from storage.exporting import Still, count_stories, inner_slices, public_slices, standing_still
from storage.exporting_beside import campaigns
from storage.exports import Numbers, begin_export, end_export
from storage.store import Actor, Store
from web.public.asked import NAMES, asked_from, wanted_from
from web.public.exported import around_of, telling_of

Progress = Callable[[int, int], None]
Stopping = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """``run`` is "module:function" below ``skord.exports``, called with a Work and an open file; ``passes`` is how
    often it goes through the stories. ``folder`` is the same for what is a folder unless it is asked for as a zip:
    called with a Work and where the folder goes, it returns digest and bytes.
    """

    run: str
    ending: str
    type: str
    passes: int = 1
    folder: str = ""


#: Every format. One more is one line.
FORMATS: dict[str, Format] = {
    "jsonl": Format(run="stories:write_jsonl", ending="jsonl", type="application/jsonl; charset=utf-8"),
    "csv": Format(run="stories:write_csv", ending="csv", type="text/csv; charset=utf-8"),
    "package": Format(run="package:write", ending="zip", type="application/zip", passes=3),
    "html": Format(run="site:write", ending="zip", type="application/zip", passes=2, folder="site:write_folder"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for. ``campaign`` None is every campaign, which only a package can hold; ``asked`` are the parts of
    the archive's own query string; ``inner`` takes out what the public may not see. ``house`` takes out what is of the
    whole installation with it, the accounts among it: it is an administrator's.
    ``language`` is that of our own words, "" for the site's.
    """

    format: str
    campaign: str | None
    asked: Mapping[str, str] = field(default_factory=dict)
    inner: bool = False
    reason: str = ""
    house: bool = True
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of it. ``digest`` is the file's SHA-256, of a folder that of all its files'."""

    number: int
    counts: dict[str, int]
    digest: str
    bytes: int


@dataclass(slots=True, kw_only=True)
class Work:
    """What a format works with, at one moment of the database."""

    still: Still
    settings: Settings
    language: Language
    order: Order
    now: datetime
    version: str
    who: str
    total: int
    progress: Progress | None
    stopping: Stopping
    every: tuple[str, ...]
    counts: Counter[str] = field(default_factory=Counter)
    stories: Numbers = field(default_factory=Numbers)
    done: int = 0

    def step(self, count: int = 1) -> None:
        """Tell how far it has come. SkordError ``export_stopped`` where somebody wants it to end."""
        self.done += count
        if self.progress is not None:
            self.progress(self.done, self.total)
        if self.stopping():
            raise SkordError("export_stopped")

    def wanted(self, campaign: str) -> Wanted:
        """Return what storage is asked for in a campaign."""
        return wanted_of(self.still, self.settings, campaign, self.order.asked)

    def slices(self, campaign: str) -> Iterator[list[tuple[Story, Around]]]:
        """Yield the stories of a campaign with what stands beside them, newest first, a slice at a time."""
        read = inner_slices if self.order.inner else public_slices
        for some in read(self.still, campaign, self.wanted(campaign)):
            known = beside(self.still, [story.id for story in some])
            yield [(story, around_of(story, known.weights, known.told)) for story in some]
            self.step(len(some))

    def telling(self, campaign: str) -> Telling:
        """Return what a campaign's stories are told with."""
        return telling_of(self.settings, campaign, self.now)

    def is_whole(self) -> bool:
        """Whether everything there is is asked for: then the package can be taken in again."""
        order = self.order
        return order.inner and order.house and not order.asked and set(self.every) == set(campaigns(self.still))


def parts_of(query: str) -> dict[str, str]:
    """Return the parts of a query string, the archive's own. InputError ``export_query`` for others."""
    found = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=False))
    for name in found:
        if name not in NAMES:
            raise InputError("query", "export_query", name=name[:40])
    return found


def wanted_of(store: Store, settings: Settings, campaign: str, asked: Mapping[str, str]) -> Wanted:
    """Return what storage is asked for. InputError ``export_query`` for what cannot be."""
    try:
        return wanted_from(settings, store, settings.campaigns[campaign], asked_from({**asked, "kind": "", "sort": ""}))
    except NotFoundError as problem:
        raise InputError("query", "export_query", name=" ".join(asked)[:80]) from problem


def carry_out(
    house: House,
    order: Order,
    target: Path | BinaryIO,
    *,
    by: Actor,
    who: str = "",
    progress: Progress | None = None,
    stopping: Stopping = lambda: False,
    kept_as: str = "",
) -> Made:
    """Take out what is asked for and record it. ``kept_as`` is the file's name in the folder of exports.

    Raises InputError ``export_query``, ``export_several``, ``export_public``, ``export_taken``; SkordError
    ``export_stopped``, ``export_unwritable``.
    """
    if order.inner and order.format == "html":
        raise InputError("format", "export_public")
    every = _campaigns(house, order)
    for campaign in every:
        wanted_of(house.store, house.settings, campaign, order.asked)
    number = begin_export(
        house.store, every[0] if len(every) == 1 else None, format=order.format, asked=order.asked, inner=order.inner,
        reason=order.reason, by=by, now=house.clock(),
    )  # fmt: skip
    with standing_still(house.store) as still:
        work = Work(
            still=still, settings=house.settings, language=_language(house, order), order=order, now=house.clock(),
            version=house.version, who=who, total=0, progress=progress, stopping=stopping, every=every,
        )  # fmt: skip
        counted = sum(count_stories(still, each, work.wanted(each), inner=order.inner) for each in every)
        work.total = counted * FORMATS[order.format].passes
        digest, size = _write(work, target)
    end_export(
        house.store, number, counts=work.counts, stories=work.stories, digest=digest, file=kept_as, now=house.clock()
    )
    return Made(number=number, counts=dict(work.counts), digest=digest, bytes=size)


def _language(house: House, order: Order) -> Language:
    return Language(order.language, house.settings.site.timezone) if order.language else house.language


def _campaigns(house: House, order: Order) -> tuple[str, ...]:
    if order.campaign is not None:
        return (house.campaign(order.campaign),)
    if len(house.settings.campaigns) > 1 and order.format != "package":
        raise InputError("campaign", "campaign_unknown", known=", ".join(house.settings.campaigns))
    return tuple(house.settings.campaigns)


def _write(work: Work, target: Path | BinaryIO) -> tuple[str, int]:
    form = FORMATS[work.order.format]
    if form.folder and isinstance(target, Path) and target.suffix.lower() != f".{form.ending}":
        found = _function(form.folder)(work, target)
        assert isinstance(found, tuple)
        return found
    run = _function(form.run)
    if not isinstance(target, Path):
        out = _Hashing(target)
        run(work, out)
        return out.digest, out.size
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as file:
            run(work, file)
            file.flush()
            os.fsync(file.fileno())
        digest = _hash(part)
        size = part.stat().st_size
        part.replace(target)
    except OSError as problem:
        raise SkordError("export_unwritable", where=str(target), why=problem.strerror or "") from problem
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return digest, size


def _function(named: str) -> Callable[..., object]:
    module, _, function = named.partition(":")
    found: Callable[..., object] = getattr(import_module(f"skord.exports.{module}"), function)
    return found


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Hashing:
    """A file that is only written to, and knows the hash of what went through."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._sum, self.size = out, hashlib.sha256(), 0

    def write(self, part: bytes) -> int:
        """Let bytes through."""
        self._sum.update(part)
        self.size += len(part)
        return self._out.write(part)

    @property
    def digest(self) -> str:
        """The SHA-256 of everything so far."""
        return self._sum.hexdigest()


def spool() -> BinaryIO:
    """Return a nameless file for what must wait."""
    return tempfile.TemporaryFile()
