"""What a channel says beside its posts: how much may still be asked, how far back it is read, what is gone.

These records travel from the collector to the database and from there to the desk. Every moment is UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaign.records import Candidate, PostState


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How much of an allowance is used. ``name`` has its words under ``quota.<name>`` in the catalogues.

    ``used`` is None where the network does not tell; ``resets_at`` None where nobody knows.
    """

    name: str
    used: int | None
    limit: int
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """How far back the past of a source has been read. ``goal`` is None where it is read as far as there is any."""

    reached: datetime
    goal: datetime | None
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A time whose posts the network no longer gives, because it was asked too late. ``reason`` is ``gap.<reason>``."""

    from_at: datetime
    to_at: datetime
    reason: str


class Signal(StrEnum):
    """What a channel said about posts that are known already.

    ``GONE`` is an explicit word that a post was deleted; ``HIDDEN`` that it cannot be seen for now (its account is
    closed, it was made private); ``BACK`` that it can be seen again.
    """

    GONE = "gone"
    HIDDEN = "hidden"
    BACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A signal about one post, or about every post of one author.

    Exactly one of the three says which: ``identity`` of one post, ``prefix`` of the identities of many
    ("at://did:plc:…/"), ``local`` (place, name there) as in ``Candidate.local``. Unknown posts are passed over.
    ``reason`` has its words under ``withdrawal.<reason>``.
    """

    network: str
    signal: Signal
    reason: str
    identity: str = ""
    prefix: str = ""
    local: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored post that is asked for again. ``local`` are its names in single places (server, id there)."""

    network: str
    identity: str
    url: str
    local: Mapping[str, str]


class Found(StrEnum):
    """What became of a post that was asked for again.

    ``LIVE`` and ``ABSENT`` are the network's own answer; ``DELETED`` its explicit word; ``UNKNOWN`` means that nobody
    could say: a server that is down, a refusal, an answer that fits no pattern. Only the first three change anything.
    ``DOUBTED`` is never a network's answer: an absence that is not believed yet, since nothing at all was found.
    """

    LIVE = "live"
    ABSENT = "absent"
    DELETED = "deleted"
    UNKNOWN = "unknown"
    DOUBTED = "doubted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """The answer about one post; ``candidate`` is the post as it stands now, where the answer holds it."""

    identity: str
    found: Found
    candidate: Candidate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a post when an answer about it comes. ``shown_since`` is None where it is not public.

    ``doubts`` counts answers since ``doubted_at`` that said it was gone and were not believed.
    """

    network: str
    state: PostState
    missing_at: datetime | None
    reason: str
    shown_since: datetime | None
    doubted_at: datetime | None = None
    doubts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a post that was asked for again. ``recheck_at`` is None where it is not asked for any more."""

    state: PostState
    reason: str
    recheck_at: datetime | None
    doubted_at: datetime | None = None
    doubts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a source will cost in a month of thirty days. ``usd`` is None where nothing is paid for.

    ``calls`` are askings of the network; ``allowed`` what it grants in that time, None where it names no number.
    ``notes`` are catalogue keys under ``forecast.<note>`` with what is not certain.
    """

    calls: int
    allowed: int | None = None
    usd: float | None = None
    notes: tuple[str, ...] = ()
