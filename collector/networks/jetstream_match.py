"""Which of a network's events concern us: every post of Bluesky passes by, and one in a million is ours.

Nearly all are thrown away unread: a new post whose bytes, in lower case, lack the longest ASCII run of every tag
("hallandv") cannot hold the tag, however it is spelled, escaped or composed. What may hold it is decoded, as far as
its words and tags only, and the decision is made on those: the whole tag, NFKC and casefolded. Deletions, edits and
accounts always pass. With many tags, or one without three ASCII letters in a row, decoding everything is cheaper
than looking for all of them.

One limit, for the sake of speed: letters that are ASCII only after folding (mathematical or full-width ones) and
ASCII letters written as escapes are not found. No application of the network writes either by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from campaign import hashtags
from collector import tidy
from collector.networks import atproto

MOST_RUNS = 2
"""With more different runs to look for than this, decoding everything is faster."""

#: As the servers write it, without spaces. An event without it is not a new post, and is looked at whatever it is.
_CREATED = b'"operation":"create"'


class _Feature(msgspec.Struct, gc=False):
    tag: str | None = None


class _Facet(msgspec.Struct, gc=False):
    features: list[_Feature] | None = None


class _Record(msgspec.Struct, gc=False):
    text: str = ""
    facets: list[_Facet] | None = None
    tags: list[str] | None = None


class _Commit(msgspec.Struct, gc=False):
    operation: str = ""
    collection: str = ""
    record: _Record | None = None


class _Event(msgspec.Struct, gc=False):
    kind: str = ""
    commit: _Commit | None = None


@lru_cache(maxsize=10_000)
def _key(tag: str) -> str:
    """Return a tag's key; the same few thousand tags are most of what a network writes."""
    return hashtags.key(tag)


class Matcher:
    """Says of raw events whether they concern us. ``wanted`` are tags in any spelling; ``everything`` wants all posts.

    >>> Matcher(["#hallandväxer"]).concerns(event)
    """

    def __init__(self, wanted: Iterable[str], *, everything: bool = False) -> None:
        self._keys = frozenset(filter(None, map(hashtags.key, wanted)))
        self._everything = everything
        self._decode = msgspec.json.Decoder(_Event).decode
        runs = [hashtags.ascii_run(tag) for tag in self._keys]
        shortest = sorted({run.encode() for run in runs if run}, key=len)
        # A run that holds a shorter one is found with it.
        needed = [run for number, run in enumerate(shortest) if not any(each in run for each in shortest[:number])]
        usable = all(runs) and len(needed) <= MOST_RUNS and not everything
        self.runs: tuple[bytes, ...] = tuple(needed) if usable else ()
        self.concerns: Callable[[bytes], bool] = self._prefiltered() if self.runs else self._decoded

    def _prefiltered(self) -> Callable[[bytes], bool]:
        """Return the matcher for few tags. A closure: what it looks up for every event of a network adds up."""
        decoded, created = self._decoded, _CREATED
        first, second = self.runs[0], self.runs[-1]

        def one(event: bytes) -> bool:
            return (first in event.lower() or created not in event) and decoded(event)

        def two(event: bytes) -> bool:
            small = event.lower()
            return (first in small or second in small or created not in event) and decoded(event)

        return one if len(self.runs) == 1 else two

    def _decoded(self, event: bytes) -> bool:
        """Return whether an event concerns us, read as far as its words and tags."""
        try:
            read = self._decode(event)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return self._odd(event)
        commit = read.commit
        if commit is None:
            return read.kind == "account"
        if commit.collection != atproto.COLLECTION:
            return False
        record = commit.record
        if commit.operation != "create" or self._everything:
            return True
        if record is None:
            return False
        text = record.text
        if record.facets is None and record.tags is None and "#" not in text and "\uff03" not in text:
            return False
        return self._holds(record)

    def _holds(self, record: _Record) -> bool:
        keys = self._keys
        for facet in record.facets or ():
            for feature in facet.features or ():
                if feature.tag is not None and _key(feature.tag) in keys:
                    return True
        return any(_key(tag) in keys for tag in (*(record.tags or ()), *hashtags.find(record.text)))

    def _odd(self, event: bytes) -> bool:
        """Return the same for an event that has another shape than expected, as far as there is any sense in it."""
        read = parsed(event)
        commit = read.get("commit")
        if not isinstance(commit, dict):
            return read.get("kind") == "account"
        record = commit.get("record")
        if commit.get("collection") != atproto.COLLECTION or commit.get("operation") != "create":
            return commit.get("collection") == atproto.COLLECTION
        if not isinstance(record, dict) or not isinstance(record.get("text", ""), str):
            return False
        tags = (*atproto.tags(record), *hashtags.find(record.get("text", "")))
        return self._everything or any(hashtags.key(tag) in self._keys for tag in tags)


def parsed(event: bytes) -> Mapping[str, Any]:
    """Return a whole event; empty for what is no JSON object."""
    try:
        read = json.loads(event, parse_int=tidy.json_number)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
