"""Reads feeds in a second process where many come at once: Python reads one at a time, however many threads ask.

The process begins after some feeds in a row and ends when nothing came for a while, or when we are gone: what it
reads from is then closed, however we ended. It knows no secrets and asks nobody. Where it is late or gone, or where
there is one processor only, a feed is read here.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import select
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import IO, Any
from zoneinfo import ZoneInfo

from campaign.errors import CollectError
from collector import feeds, glance
from collector.entries import Parsed

#: Feeds in so many seconds that make a process worth its start.
_MANY, _WITHIN_SECONDS = 16, 10.0

#: A smaller body is read sooner than handed over.
_SMALL_BYTES = 8_000

#: So long is waited for the process to be free; it ends by itself after so long without a feed.
_PATIENCE_SECONDS = 0.5
_IDLE_SECONDS = 20.0

_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is to be read, and how, as for ``collector.feeds.parse``.

    Where ``tags`` are given, only a feed that may hold one of them is read.
    """

    content: bytes = field(repr=False)
    url: str
    content_type: str
    zone: str
    final_url: str
    tags: tuple[str, ...] = ()


def parse(body: Body) -> Parsed | None:
    """Return the feed; None where it certainly holds none of the tags. Raises what ``collector.feeds.parse`` raises."""
    if len(body.content) >= _SMALL_BYTES and _SECOND.is_wanted():
        found = _SECOND.ask(body)
        if isinstance(found, Parsed):
            return found
        if isinstance(found, tuple):
            key, permanent, facts = found
            raise CollectError(key, permanent=permanent, **facts)
        if found is False:
            return None
    return _parse(body)


def _parse(body: Body) -> Parsed | None:
    if body.tags and not glance.may_hold(body.content, body.content_type, body.tags):
        return None
    return feeds.parse(
        body.content,
        url=body.url,
        content_type=body.content_type,
        zone=ZoneInfo(body.zone),
        final_url=body.final_url,
    )


class _Second:
    """The second process. Safe to share between threads; it serves one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: deque[float] = deque(maxlen=_MANY)
        self._process: subprocess.Popen[bytes] | None = None
        self._processors = os.cpu_count() or 1

    def is_wanted(self) -> bool:
        """Note that a feed has come, and return whether so many have that two should read."""
        now = time.monotonic()
        self._times.append(now)
        return self._processors > 1 and len(self._times) == _MANY and now - self._times[0] <= _WITHIN_SECONDS

    def ask(self, question: Any) -> Any:
        """Return the answer of the process, None where there is none."""
        if not self._lock.acquire(timeout=_PATIENCE_SECONDS):
            return None
        try:
            if self._process is None or self._process.poll() is not None:
                self._end()
                self._process = _begun()
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            _send(self._process.stdin, question)
            return _receive(self._process.stdout)
        except (OSError, EOFError):
            self._end()
            return None
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.wait()


_SECOND = _Second()
atexit.register(_SECOND.close)


def _begun() -> subprocess.Popen[bytes]:
    """Start the process: in a session of its own, without what our environment may hold."""
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": os.environ.get("PATH", "")},
        start_new_session=True,
    )


def _send(pipe: IO[bytes], value: Any) -> None:
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    """Return the next message. Raises EOFError where the other side has gone."""
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    return pickle.loads(_exactly(pipe, length))  # noqa: S301 - our own process, over a pipe that nobody else has


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = pipe.read(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def _answer(body: Body) -> Any:
    """Return what ``parse`` makes of an answer: the feed, an error's parts, False for a glance that was enough."""
    try:
        return _parse(body) or False
    except CollectError as error:
        return error.key, error.permanent, error.facts
    except Exception:  # noqa: BLE001 - it happens again where it is logged
        return None


def serve(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nothing has come for a while, or nobody is there any more."""
    with contextlib.suppress(EOFError, OSError):
        while select.select([asked], [], [], _IDLE_SECONDS)[0]:
            _send(answers, _answer(_receive(asked)))


if __name__ == "__main__":
    # Unbuffered, so that select sees all that has come.
    with open(0, "rb", buffering=0) as asked:
        serve(asked, sys.stdout.buffer)
