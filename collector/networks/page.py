"""What every network file gives and takes: pages of candidates, each with the cursor that stands after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from campaign.errors import CollectError
from campaign.records import Candidate
from collector import tidy
from net.answers import Answer

Cursor = Mapping[str, Any]


class Ask(Protocol):
    """The way out, as a network file needs it; ``net.http.Fetcher`` is one."""

    def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = ...,
        token: str = ...,
        etag: str = ...,
        last_modified: str = ...,
        max_bytes: int | None = ...,
        accept: str = ...,
    ) -> Answer:
        """Return the answer to a GET. Raises CollectError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some candidates of one source, to be stored together with ``cursor``, from where the next asking goes on.

    ``unchanged`` says that the source has nothing new and was not even read. ``errors`` are what went wrong
    beside it: a source of several servers goes on where one of them fails.
    """

    candidates: tuple[Candidate, ...]
    cursor: dict[str, Any]
    unchanged: bool = False
    errors: tuple[CollectError, ...] = ()


def as_json(answer: Answer, *, host: str) -> Any:
    """Return an answer's JSON. Raises CollectError ``not_json`` for a web page in its place, or any other nonsense."""
    try:
        return json.loads(answer.body, parse_int=tidy.json_number)
    except (ValueError, RecursionError) as error:
        raise CollectError("not_json", host=host) from error
