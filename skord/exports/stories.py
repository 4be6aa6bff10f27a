"""Stories as lines of JSON and as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO

from campaign.exported import head_line, inner_story, public_story, story_rows
from skord.exports.order import Work
from storage.exporting import histories


def write_jsonl(work: Work, out: BinaryIO) -> None:
    """Write one story a line."""
    for line in jsonl(work, work.every[0]):
        out.write(line)


def write_csv(work: Work, out: BinaryIO) -> None:
    """Write one post a line, for a Swedish Excel."""
    for line in csv(work, work.every[0]):
        out.write(line)


def jsonl(work: Work, campaign: str) -> Iterator[bytes]:
    """Yield one story a line, newest first, and count what goes out."""
    telling, inner = work.telling(campaign), work.order.inner
    for some in work.slices(campaign):
        known = histories(work.still, [story for story, _ in some]) if inner else {}
        for story, around in some:
            work.stories.add(story.id)
            work.counts["stories"] += 1
            work.counts["posts"] += len(story.posts)
            told = (
                inner_story(telling, story, around, known[story.id]) if inner else public_story(telling, story, around)
            )
            yield json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def csv(work: Work, campaign: str) -> Iterator[bytes]:
    """Yield the table's lines."""
    telling, inner = work.telling(campaign), work.order.inner
    alone = work.order.format == "csv"
    yield head_line(work.language, inner=inner).encode()
    for some in work.slices(campaign):
        known = histories(work.still, [story for story, _ in some]) if inner else {}
        for story, _ in some:
            if alone:
                work.stories.add(story.id)
                work.counts["stories"] += 1
                work.counts["posts"] += len(story.posts)
            for line in story_rows(telling, work.language, story, known.get(story.id)):
                yield line.encode("utf-8", "replace")
