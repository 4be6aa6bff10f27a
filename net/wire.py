"""A connection that stays open: made to a checked address, read a second at a time, closed when told to stop."""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from campaign.errors import CollectError
from net.answers import StatusError
from net.guard import Guard
from net.trip import Trip

SILENCE_SECONDS = 90.0
"""After this long without a single byte, heartbeats and pongs included, nobody is at the other end."""

SLICE_SECONDS = 1.0
_READ_BYTES = 65_536

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where a stream is opened. ``target`` is path and query, ``headers`` what is sent, the token among them.

    ``silence`` is how many seconds may pass without a byte. ``refused`` names a status that is no success.
    """

    host: str
    raw_host: str
    port: int
    target: str
    headers: Headers = field(repr=False)
    tls: ssl.SSLContext | None
    guard: Guard
    trip: Trip
    stopping: Callable[[], bool]
    refused: Callable[[int, Headers, bytes], StatusError]
    silence: float = SILENCE_SECONDS


class Stopped(Exception):
    """Reading was to stop while the connection was being made."""


class Wire:
    """A connected socket that is read a second at a time."""

    def __init__(self, sock: socket.socket, door: Door) -> None:
        self._socket = sock
        self._door = door
        self.heard_at = time.monotonic()

    def read(self) -> bytes | None:
        """Return what has come, b"" at the end, None when nothing came within a second."""
        self._socket.settimeout(SLICE_SECONDS)
        try:
            data = self._socket.recv(_READ_BYTES)
        except TimeoutError:
            if time.monotonic() - self.heard_at > self._door.silence:
                raise CollectError("stream_silent", host=self._door.host, seconds=int(self._door.silence)) from None
            return None
        except OSError as error:
            raise CollectError("cut_off", host=self._door.host) from error
        self.heard_at = time.monotonic()
        return data

    def read_start(self) -> bytes:
        """Return what has come of the answer's head, b"" at the end, within the time for opening a stream."""
        while True:
            if self._door.stopping():
                raise Stopped
            self._door.trip.left()
            data = self.read()
            if data is not None:
                self._door.trip.received = self._door.trip.received or bool(data)
                return data

    def write(self, data: bytes, seconds: float = 10.0) -> None:
        """Send all of ``data``."""
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise CollectError("cut_off", host=self._door.host) from error

    def close(self) -> None:
        """Close the connection at once."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def connect(door: Door) -> Wire:
    """Look the host up, check what it leads to, and connect to the first address that answers."""
    try:
        addresses = door.guard.addresses(door.raw_host, door.port, seconds=door.trip.left())[:4]
    except TimeoutError as error:
        raise door.trip.late() from error
    failure: OSError | None = None
    for number, address in enumerate(addresses):
        try:
            sock = _dialled(door, address, door.trip.left() / (len(addresses) - number))
        except OSError as error:
            failure = error
            continue
        return Wire(sock if door.tls is None else _encrypted(door, sock, door.tls), door)
    if isinstance(failure, TimeoutError):
        raise door.trip.late() from failure
    key = "connect_refused" if isinstance(failure, ConnectionRefusedError) else "connect_failed"
    raise CollectError(key, host=door.host) from failure


def _dialled(door: Door, address: str, seconds: float) -> socket.socket:
    """Return a socket connected to ``address``. Raises OSError, TimeoutError among them."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        with suppress(BlockingIOError):
            sock.connect((address, door.port))
        _wait_until_connected(door, sock, time.monotonic() + seconds)
        if number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(number, "connect")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _wait_until_connected(door: Door, sock: socket.socket, ends_at: float) -> None:
    with selectors.DefaultSelector() as waiting:
        waiting.register(sock, selectors.EVENT_WRITE)
        while not waiting.select(SLICE_SECONDS):
            if door.stopping():
                raise Stopped
            if time.monotonic() > ends_at:
                raise TimeoutError


def _encrypted(door: Door, sock: socket.socket, tls: ssl.SSLContext) -> socket.socket:
    """Return the connection, encrypted, the server's certificate having been checked."""
    sock.settimeout(SLICE_SECONDS)
    wrapped = None
    try:
        wrapped = tls.wrap_socket(sock, server_hostname=door.raw_host, do_handshake_on_connect=False)
        while True:
            if door.stopping():
                raise Stopped
            door.trip.left()
            try:
                wrapped.do_handshake()
            except TimeoutError:
                continue
            return wrapped
    except BaseException as error:
        (wrapped or sock).close()
        if isinstance(error, OSError):
            reason = getattr(error, "verify_message", "") or getattr(error, "reason", "") or ""
            raise CollectError("tls_failed", host=door.host, reason=str(reason)) from error
        raise
