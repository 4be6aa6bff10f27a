"""What came back over HTTP: the answer, the refusal, and the reading of both within bounds."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from campaign.errors import CollectError, Fact

LONGEST_WAIT = timedelta(days=7)
"""However long a server asks us to stay away, it is asked again after this."""

LONGEST_SPENT = timedelta(hours=1)
"""However far away it says that its allowance is renewed, unless it refuses to be asked."""

_PIECE_BYTES = 256 * 1024
_MOST_MEMBERS = 100

_REFUSALS = {
    401: "http_unauthorized",
    403: "http_forbidden",
    404: "http_not_found",
    410: "http_gone",
    429: "http_too_many",
}
_PERMANENT = frozenset({401, 410})
_ASKS_FOR_TIME = frozenset({429, 503})
_RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A usable answer. ``headers`` finds names in any case; ``body`` is decoded from its transport encoding.

    ``not_modified`` means that the server kept to our ``etag`` or ``last_modified``: the body is empty and the
    answer before stands. ``moved_to`` is the new address where every hop on the way was a permanent one. ``etag``
    and ``last_modified`` are what to give next time, empty where the server offered none.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    not_modified: bool
    moved_to: str | None
    etag: str
    last_modified: str
    fetched_at: datetime


class StatusError(CollectError):
    """The server answered, but not with what was asked for.

    ``body`` is at most 64 kB of its own words (a network's JSON error), foreign text like all else.
    """

    def __init__(
        self,
        key: str,
        /,
        *,
        status: int,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        permanent: bool = False,
        retry_at: datetime | None = None,
        **facts: Fact,
    ) -> None:
        super().__init__(key, permanent=permanent, retry_at=retry_at, status=status, **facts)
        self.status = status
        self.body = body
        self.headers: Mapping[str, str] = headers or {}


def refusal(status: int, headers: Mapping[str, str], body: bytes, *, host: str, now: datetime) -> StatusError:
    """Return the named error of a status that is neither a success nor a redirect."""
    key = _REFUSALS.get(status)
    if key is None:
        key = "http_client" if 400 <= status < 500 else "http_server" if status >= 500 else "bad_answer"
    return StatusError(
        key,
        status=status,
        body=body,
        headers=headers,
        permanent=status in _PERMANENT,
        retry_at=retry_at(headers, status=status, now=now),
        host=host,
    )


def retry_at(headers: Mapping[str, str], *, status: int, now: datetime) -> datetime | None:
    """Return when the server wants to be asked again, from now to a week ahead; None where it does not say.

    Reads ``Retry-After`` (seconds or a date) and, for 429 only, the reset header in its three spellings, which
    networks write as an ISO moment, as seconds since 1970, or as seconds from now.
    """
    told = _moment(headers.get("retry-after", ""), now)
    if told is None and status == 429:
        spoken = (_moment(headers.get(name, ""), now) for name in _RESETS)
        told = next((moment for moment in spoken if moment is not None), None)
    return told and min(max(told, now), now + LONGEST_WAIT)


def wanted_until(refused: StatusError) -> datetime | None:
    """Return until when a server that refused wants to be left alone by everybody; None where it does not say so."""
    return refused.retry_at if refused.status in _ASKS_FOR_TIME else None


def spent_until(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """Return until when an answer, good as it is, leaves nothing to ask, an hour at most; None where some is left."""
    for name in _RESETS:
        if headers.get(name.replace("reset", "remaining"), "").strip() == "0":
            until = _moment(headers.get(name, ""), now)
            return min(until, now + LONGEST_SPENT) if until is not None and until > now else None
    return None


def _moment(text: str, now: datetime) -> datetime | None:
    text = text.strip()[:64]
    try:
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
            seconds = float(text)
            since = datetime(1970, 1, 1, tzinfo=UTC) if seconds > 1_000_000_000 else now
            return since + timedelta(seconds=seconds)
        read = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_body(chunks: Iterable[bytes], *, encoding: str, limit: int, host: str) -> bytes:
    """Return the whole decoded body; neither what is sent nor what it unpacks to may exceed ``limit`` bytes.

    Raises CollectError ``too_large``, or ``bad_encoding`` for anything but gzip, once, unbroken to its end.
    """
    body = bytearray()
    for piece in _decoded(_bounded(chunks, limit, host), encoding, host):
        body += piece
        if len(body) > limit:
            raise too_large(limit, host)
    return bytes(body)


def read_start(chunks: Iterable[bytes], *, encoding: str, limit: int, host: str) -> bytes:
    """Return the first ``limit`` bytes of a body that nothing depends on; what cannot be read is left out."""
    body = bytearray()
    try:
        for piece in _decoded(chunks, encoding, host):
            body += piece
            if len(body) >= limit:
                break
    except CollectError:
        pass  # the status has already said what failed; the words after it are an extra
    return bytes(body[:limit])


def too_large(limit: int, host: str) -> CollectError:
    """Return the error of an answer of more than ``limit`` bytes."""
    megabytes = round(limit / 1_000_000, 1)
    return CollectError("too_large", host=host, limit_mb=int(megabytes) if megabytes.is_integer() else megabytes)


def _bounded(chunks: Iterable[bytes], limit: int, host: str) -> Iterator[bytes]:
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > limit:
            raise too_large(limit, host)
        yield chunk


def _decoded(chunks: Iterable[bytes], encoding: str, host: str) -> Iterator[bytes]:
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return iter(chunks)
    if encoding in ("gzip", "x-gzip"):
        return _unzipped(chunks, host)
    raise CollectError("bad_encoding", host=host)


def _unzipped(chunks: Iterable[bytes], host: str) -> Iterator[bytes]:
    """Unpack in pieces of bounded size: a bomb is met by the caller's limit after one piece, not after all."""
    decoder, members, received = zlib.decompressobj(31), 1, False
    for chunk in chunks:
        data, full = chunk, False
        while data or full:
            received = True
            if decoder.eof:
                if not data.startswith(b"\x1f\x8b"):
                    return  # padding after the end, which everyone ignores
                decoder, members = zlib.decompressobj(31), members + 1
                if members > _MOST_MEMBERS:
                    raise CollectError("bad_encoding", host=host)
            try:
                piece = decoder.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise CollectError("bad_encoding", host=host) from error
            data = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
            full = len(piece) == _PIECE_BYTES and not decoder.eof  # zlib may hold more without more input
            yield piece
    if received and not decoder.eof:
        raise CollectError("bad_encoding", host=host)
