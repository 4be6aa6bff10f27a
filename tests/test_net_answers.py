"""Reading answers within bounds, and when to come back."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from campaign.errors import CollectError
from net.answers import read_body, read_start, refusal, retry_at

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def body(*chunks: bytes, encoding: str = "gzip", limit: int = 1_000_000) -> bytes:
    """Return what a body that comes in these chunks reads as."""
    return read_body(chunks, encoding=encoding, limit=limit, host="example.se")


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " x-gzip "])
def test_gzip(encoding: str) -> None:
    """A gzipped body is unpacked, however it is cut on the way."""
    packed = gzip.compress("Växtkraft i Halland".encode() * 1000)
    pieces = [packed[at : at + 7] for at in range(0, len(packed), 7)]
    assert body(*pieces, encoding=encoding) == "Växtkraft i Halland".encode() * 1000


@pytest.mark.parametrize("size", [262_144, 262_145, 524_288, 900_000])
def test_gzip_of_zeros(size: int) -> None:
    """Nothing is lost where the unpacker fills its piece exactly and still holds more."""
    assert len(body(gzip.compress(bytes(size)))) == size


def test_gzip_of_several_members() -> None:
    """Several gzip members in a row are one body, and padding after them is ignored."""
    assert body(gzip.compress(b"ett "), gzip.compress(b"flera") + bytes(8)) == b"ett flera"


def test_empty_gzip() -> None:
    """An empty body is empty whatever it says it is packed in."""
    assert body() == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "compress", "gzip, gzip", "gzip, br", "påhitt"])
def test_other_encodings(encoding: str) -> None:
    """Every encoding that was not asked for is refused, stacked ones too."""
    with pytest.raises(CollectError) as caught:
        body(b"data", encoding=encoding)
    assert caught.value.key == "bad_encoding"


@pytest.mark.parametrize(
    "data",
    [
        b"<rss/>",
        gzip.compress(b"a" * 1000, mtime=0)[:-9],
        zlib.compress(b"a"),
        gzip.compress(b"a", mtime=0)[:-8] + bytes(8),
    ],
    ids=["text", "cut", "zlib", "wrong sum"],
)
def test_broken_gzip(data: bytes) -> None:
    """Data that is not gzip, or ends too early, or fails its check sum, is refused."""
    with pytest.raises(CollectError) as caught:
        body(data)
    assert caught.value.key == "bad_encoding"


def test_gzip_of_endless_members() -> None:
    """A body of thousands of empty gzip members is refused instead of being worked through."""
    with pytest.raises(CollectError) as caught:
        body(gzip.compress(b"") * 5000)
    assert caught.value.key == "bad_encoding"


def test_bomb_is_met_early() -> None:
    """A bomb of 300 MB is refused at its limit, never being in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(300)) + packer.flush()
    tracemalloc.start()
    with pytest.raises(CollectError) as caught:
        body(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.key == "too_large"
    assert peak < 5_000_000


def test_raw_bytes_are_counted() -> None:
    """What is sent counts against the limit too, not only what it unpacks to."""
    with pytest.raises(CollectError) as caught:
        body(*[b"a" * 1000] * 3, encoding="", limit=2500)
    assert caught.value.facts == {"host": "example.se", "limit_mb": 0}


def test_start_of_broken_body() -> None:
    """Of a refusal's words as much is kept as can be read."""
    assert read_start([b"a" * 70_000], encoding="", limit=64_000, host="x") == b"a" * 64_000
    assert read_start([b"no gzip"], encoding="gzip", limit=64_000, host="x") == b""


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("1.5", 1.5),
        ("Fri, 20 Nov 2026 12:05:00 GMT", 300),
        ("Friday, 20-Nov-26 12:05:00 GMT", 300),
        ("Fri Nov 20 12:05:00 2026", 300),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("99999999", 7 * 86400),
        ("Fri, 20 Nov 2099 11:00:00 GMT", 7 * 86400),
    ],
)
def test_retry_after(text: str, seconds: float) -> None:
    """Retry-After is read as seconds or date and kept between now and a week ahead."""
    assert retry_at({"retry-after": text}, status=503, now=NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "snart", "-5", "1e9", "٣", "²", "nan", "9" * 60, "Fri, 99 Nov 2026 12:05:00 GMT"])
def test_unreadable_retry_after(text: str) -> None:
    """A Retry-After that says nothing is nothing."""
    assert retry_at({"retry-after": text}, status=503, now=NOW) is None


@pytest.mark.parametrize(
    "text",
    ["2026-11-20T12:05:00.000000Z", "2026-11-20T13:05:00+01:00", "2026-11-20T12:05:00", "1795176300", "300"],
)
def test_rate_limit_reset(text: str) -> None:
    """X-RateLimit-Reset is read in each form networks use, and only after a 429."""
    headers = {"x-ratelimit-reset": text}
    assert retry_at(headers, status=429, now=NOW) == NOW + timedelta(minutes=5)
    assert retry_at(headers, status=500, now=NOW) is None


@pytest.mark.parametrize(
    ("status", "key", "permanent"),
    [
        (401, "http_unauthorized", True),
        (403, "http_forbidden", False),
        (404, "http_not_found", False),
        (410, "http_gone", True),
        (429, "http_too_many", False),
        (400, "http_client", False),
        (418, "http_client", False),
        (500, "http_server", False),
        (503, "http_server", False),
        (599, "http_server", False),
        (999, "http_server", False),
        (304, "bad_answer", False),
        (300, "bad_answer", False),
    ],
)
def test_refusal(status: int, key: str, permanent: bool) -> None:
    """Each status has its name, and only those that a person must act on are permanent."""
    error = refusal(status, {}, b"ord", host="example.se", now=NOW)
    assert (error.key, error.permanent, error.status, error.body) == (key, permanent, status, b"ord")
    assert error.facts == {"host": "example.se", "status": status}


@pytest.mark.parametrize("name", ["X-RateLimit-Reset", "x-rate-limit-reset", "RateLimit-Reset"])
def test_every_spelling_of_the_reset_header_is_read(name: str) -> None:
    """Mastodon, X and Bluesky each spell it in a way of their own."""
    told = retry_at(httpx.Headers({name: str(int(NOW.timestamp()) + 90)}), status=429, now=NOW)
    assert told == NOW + timedelta(seconds=90)
