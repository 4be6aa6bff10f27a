"""Asking Meta for stored posts again. Its word for "deleted" is also its word for "not for you"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from campaign.collecting import Found, Known, Rechecked
from campaign.errors import CollectError
from campaign.records import Candidate
from collector import tidy
from collector.networks.facebook_posts import is_hidden
from collector.networks.graph import Graph
from collector.networks.graph_errors import OF_ONE

BATCH = 50
_ID = re.compile(r"[0-9]{1,25}(_[0-9]{1,25})?")

Reads = Callable[[object], Candidate | None]


def again(
    way: Graph, known: Sequence[Known], *, account: str, mine: Callable[[Known], bool], fields: str, candidate: Reads
) -> Iterator[Rechecked]:
    """Yield what became of posts, fifty at a time, and one by one where Meta refuses a batch for one of them.

    A post counts as absent only where it is ``mine`` and the same token has just been given ``account``: then no
    right is missing, and the post is what is not there. All else is unknown.
    """
    known = [each for each in known if _ID.fullmatch(each.identity)]
    works = bool(known) and _works(way, account)
    for start in range(0, len(known), BATCH):
        part = known[start : start + BATCH]
        together = _together(way, part, fields) if works else {}
        for each in part:
            if works:
                yield _one(way, each, together, fields, candidate, mine=mine(each))
            else:
                yield Rechecked(identity=each.identity, found=Found.UNKNOWN)


def _works(way: Graph, account: str) -> bool:
    try:
        return isinstance(way.get(account, what=account, fields="id").get("id"), str)
    except CollectError as error:
        if error.key not in OF_ONE:
            raise
        return False


def _together(way: Graph, part: Sequence[Known], fields: str) -> Mapping[str, Any]:
    """Return what a batch gives, nothing where it is refused as a whole."""
    try:
        return way.get("", ids=",".join(each.identity for each in part), fields=fields)
    except CollectError as error:
        if error.key not in OF_ONE:
            raise
        return {}


def _one(
    way: Graph, known: Known, together: Mapping[str, Any], fields: str, candidate: Reads, *, mine: bool
) -> Rechecked:
    found = together.get(known.identity)
    if not isinstance(found, dict):
        try:
            found = way.get(known.identity, what=known.identity, fields=fields)
        except CollectError as error:
            if error.key not in OF_ONE:
                raise
            absent = mine and error.key == "graph_not_there"
            return Rechecked(identity=known.identity, found=Found.ABSENT if absent else Found.UNKNOWN)
    if tidy.line(found.get("id"), 200) != known.identity:
        return Rechecked(identity=known.identity, found=Found.UNKNOWN)
    now = candidate(found)
    # What stands but is no longer shown to the public is not to be seen.
    verdict = Found.LIVE if now is not None else Found.ABSENT if is_hidden(found) else Found.UNKNOWN
    return Rechecked(identity=known.identity, found=verdict, candidate=now)
