"""The archive as a site in a folder: opened by a double click, read and searched without any server or network.

Stories pass by twice, a slice at a time: first they are counted, so that every page knows what the others have; then
each is written, and the lists and the index beside it. The same archive gives the same bytes at the same moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from campaign.exported import Around
from campaign.records import Story
from skord.exports.beside import plain
from skord.exports.folders import Sink, Zip, whole_folder
from skord.exports.order import Work
from skord.exports.site_counts import Counted, Sorting, Standing
from skord.exports.site_index import Index
from skord.exports.site_issues import write_issues
from skord.exports.site_lists import Lists, Row
from skord.exports.site_lists_pages import ListPages
from skord.exports.site_pages import Site, begin, open_addresses
from skord.exports.site_search import kinds_of, story_doc, write_search
from skord.exports.site_stories import Told, write_story
from skord.exports.site_tops import write_tops
from storage.exporting_beside import picture_files
from storage.media import path_of
from storage.strategy import read_strategies

#: Widths in which pictures come along: beside a row, and on a page.
WIDTHS = (480, 960)


def write(work: Work, out: BinaryIO) -> None:
    """Write the site as a zip."""
    found = Zip(out, _name(work), work.now.astimezone(work.language.zone))
    try:
        fill(work, found)
        found.close()
    finally:
        found.abandon()


def write_folder(work: Work, target: Path) -> tuple[str, int]:
    """Write the site into a folder that is made for it; return its digest and bytes."""
    return whole_folder(target, lambda folder: fill(work, folder))


def _name(work: Work) -> str:
    return f"skord-{plain(work.every[0])}-{work.now.astimezone(work.language.zone):%Y-%m-%d}"


def fill(work: Work, sink: Sink) -> None:
    """Write every file of the site."""
    campaign = work.every[0]
    trees = read_strategies(work.still, campaign, ended=True)
    sorting = Sorting(work.telling(campaign).register, trees, work.language.zone)
    counted = Counted()
    for some in work.slices(campaign):
        for story, _ in some:
            counted.add(story, sorting.standing(story))
    addresses = open_addresses(work, campaign, trees, counted)
    with Index(sink) as index:
        site = begin(work, sink, index, trees=trees, counted=counted, addresses=addresses)
        _write_stories(site, sorting)
        issues = write_issues(site)
        kinds = kinds_of(site, issues)
        write_tops(site, issues)
        write_search(site, kinds)
        work.counts["index"] = index.bytes
    _write_pictures(site)
    work.counts["files"] = sink.files
    work.counts["bytes"] = sink.size


def _write_stories(site: Site, sorting: Sorting) -> None:
    pages = ListPages(site)
    lists = Lists(pages.total, pages.write)
    newer: Told | None = None
    for told, older in _with_next(_told(site, sorting)):
        write_story(site, told, newer=newer, older=older)
        _list(site, lists, told)
        site.index.add(story_doc(site, told))
        if len(site.newest) < site.most_newest:
            site.newest.append(told.card)
        newer = told
    lists.finish()
    pages.finish()


def _told(site: Site, sorting: Sorting) -> Iterator[Told]:
    for some in site.work.slices(site.campaign.id):
        for story, around in some:
            site.work.stories.add(story.id)
            site.work.counts["stories"] += 1
            yield _tell(site, story, around, sorting.standing(story))


def _tell(site: Site, story: Story, around: Around, standing: Standing) -> Told:
    return Told(story=story, around=around, standing=standing, card=site.card(story))


def _with_next(every: Iterator[Told]) -> Iterator[tuple[Told, Told | None]]:
    """Yield each with the one after it."""
    last = next(every, None)
    for each in every:
        assert last is not None
        yield last, each
        last = each
    if last is not None:
        yield last, None


def _list(site: Site, lists: Lists, told: Told) -> None:
    """Put a story on every list that it belongs to."""
    where = told.standing
    row = Row(day=where.day, html=site.row(told.card))
    lists.add("months", where.month, row)
    lists.add("weeks", where.week, row)
    for kind, values in (("places", where.places), ("networks", where.networks), ("nodes", where.nodes)):
        for value in values:
            lists.add(kind, str(value), row)
    for node in where.nodes:
        heads = site.heads.setdefault(node, [])
        if len(heads) < site.most_heads:
            heads.append(told.card)


def _write_pictures(site: Site) -> None:
    """Copy the pictures that pages show, each once."""
    for name in picture_files(site.work.still, site.media):
        for path in dict.fromkeys(path_of(site.work.still, name, width) for width in WIDTHS):
            if path is not None:
                site.sink.copy(f"pictures/{path.name}", path)
        site.work.counts["pictures"] += 1
        site.work.step(0)
