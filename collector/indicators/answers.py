"""What the sources of figures share: what is wanted, what was told, and answers read without trusting them.

A value is a number or it is none. What is neither (a text, "12,5", NaN, a number that no table means) spoils its whole
answer: a figure that was read wrongly is worse than one that came a day late.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn

from campaign.errors import CollectError
from campaign.figures import Indicator, Reading
from net.answers import Answer, StatusError

PERIOD = re.compile(r"(?:19|20|21)\d\d(?:K[1-4]|M(?:0[1-9]|1[0-2]))?")

#: No official figure is larger; what is, is a fault.
_LARGEST = 1e15

#: Digits of one number that are read at all.
_MOST_DIGITS = 40


#: Errors of a whole place, not of one question to it.
_DOWN = frozenset(
    {
        *("connect_failed", "connect_refused", "dns_failed", "timed_out", "dripped"),
        *("server_waits", "tls_failed", "private_address"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An indicator to be asked for. ``since`` None: everything it has; else only what changed from that day on.

    ``cursor`` is what its last asking left.
    """

    id: int
    wording: Indicator
    cursor: Mapping[str, Any] = field(default_factory=dict)
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a source told of one indicator.

    ``whole``: everything it has of ``areas``. ``unchanged``: it has nothing new and was not even read. ``title`` is
    what it calls the indicator, ``cursor`` what the next asking wants to know.
    """

    readings: tuple[Reading, ...] = ()
    areas: tuple[str, ...] = ()
    whole: bool = False
    unchanged: bool = False
    discontinued: bool = False
    title: str = ""
    cursor: Mapping[str, Any] = field(default_factory=dict)


def read_json(answer: Answer, host: str) -> Mapping[str, Any]:
    """Return an answer's JSON object. Raises CollectError ``not_json`` for anything else."""
    try:
        found = json.loads(answer.body, parse_int=_whole, parse_constant=_none)
    except (ValueError, RecursionError) as error:
        raise CollectError("not_json", host=host) from error
    if not isinstance(found, dict):
        raise CollectError("not_json", host=host)
    return found


def value_of(given: object, host: str) -> float | None:
    """Return a value, None where the source has none. Raises CollectError ``figures_malformed`` for what is neither."""
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float):
        malformed(host, "value", given)
    found = float(given)
    if not math.isfinite(found) or abs(found) > _LARGEST:
        malformed(host, "value", given)
    return found


def malformed(host: str, part: str, given: object = "") -> NoReturn:
    """Raise CollectError ``figures_malformed``: an answer of another shape than agreed."""
    raise CollectError("figures_malformed", host=host, part=part, given=str(given)[:60])


def is_down(error: CollectError) -> bool:
    """Return whether an error says that its source cannot be asked for anything just now."""
    if isinstance(error, StatusError):
        return error.status in (429, 502, 503, 504)
    return error.key in _DOWN


def _whole(digits: str) -> int | float:
    # Python refuses to read more than 4,300 digits, and with them everything beside them.
    return int(digits) if len(digits) <= _MOST_DIGITS else math.inf


def _none(word: str) -> float:  # noqa: ARG001 - NaN and both infinities
    return math.nan
