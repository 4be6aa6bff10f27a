"""What comes through connections that stay open: lines of server-sent events, and the messages of a WebSocket.

The same guard and names of errors as ``net/http.py``, which is the door to this room; what differs is that a stream
has no end to wait for. h11 and websockets read and write the bytes of their protocols and never touch a socket: every
wait is ours, at most a second long, so that whoever reads can stop.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import h11
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidMessage, InvalidStatus, PayloadTooBig
from websockets.frames import DATA_OPCODES, Frame
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import WebSocketURI

from campaign.errors import CollectError
from net.wire import SLICE_SECONDS, Door, Stopped, Wire, connect

MOST_BYTES = 2_000_000
"""Of one line; what is longer ends the stream."""

MOST_MESSAGE_BYTES = 16_000_000
"""Of one message; what is longer ends the stream, and a stream that is replayed would meet it again each time.

A record of Bluesky has at most a megabyte, which is six where every character is written as an escape.
"""

_PING_SECONDS = 30.0
_FAREWELL_SECONDS = 1.0
_REFUSED_BYTES = 64_000

_quiet = logging.getLogger("skord.net.websocket")
_quiet.setLevel(logging.CRITICAL)  # it would tell headers and what strangers send


@contextmanager
def open_lines(door: Door) -> Iterator[Iterator[bytes | None]]:
    """Yield the lines of a server-sent event stream, without their ends."""
    with _opened(door) as wire:
        yield iter(()) if wire is None else _until_stop(door, _lines(door, wire))


@contextmanager
def open_messages(door: Door) -> Iterator[Iterator[bytes | None]]:
    """Yield the messages of a WebSocket, text ones as UTF-8 bytes."""
    with _opened(door) as wire:
        if wire is None:
            yield iter(())
            return
        protocol = _protocol(door)
        try:
            yield _until_stop(door, _messages(door, wire, protocol))
        finally:
            _farewell(wire, protocol)


def _until_stop(door: Door, found: Iterator[bytes | None]) -> Iterator[bytes | None]:
    """Open at once, so that a refusal is met there and not at the first line; then yield until told to stop."""
    try:
        next(found)
    except Stopped:
        return iter(())
    return _going(door, found)


def _going(door: Door, found: Iterator[bytes | None]) -> Iterator[bytes | None]:
    if door.stopping():
        return
    for each in found:
        yield each
        if each is None and door.stopping():
            return


@contextmanager
def _opened(door: Door) -> Iterator[Wire | None]:
    try:
        wire = connect(door)
    except Stopped:
        yield None
        return
    try:
        yield wire
    finally:
        wire.close()


# Server-sent events


def _lines(door: Door, wire: Wire) -> Iterator[bytes | None]:
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_REFUSED_BYTES)
    request = h11.Request(method="GET", target=door.target, headers=door.headers)
    wire.write((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
    try:
        _head(door, wire, http)
        yield None  # the stream stands
        yield from _split(door, _body(door, wire, http))
    except h11.RemoteProtocolError as error:
        raise CollectError("cut_off" if door.trip.ended else "bad_answer", host=door.host) from error


def _head(door: Door, wire: Wire, http: h11.Connection) -> None:
    """Read the answer's head. Raises StatusError, or CollectError ``stream_other`` for what is no stream."""
    event = _next(door, wire, http)
    while isinstance(event, h11.InformationalResponse):
        event = _next(door, wire, http)
    if not isinstance(event, h11.Response):
        raise CollectError("bad_answer", host=door.host)
    headers = dict(event.headers)
    if event.status_code != 200:
        words = bytearray()
        with suppress(CollectError, h11.RemoteProtocolError):  # the status has said what failed
            while len(words) < _REFUSED_BYTES and isinstance(data := _next(door, wire, http), h11.Data):
                words += data.data
        raise door.refused(event.status_code, list(event.headers), bytes(words[:_REFUSED_BYTES]))
    if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"", b"identity"):
        raise CollectError("bad_encoding", host=door.host)
    if not headers.get(b"content-type", b"").strip().lower().startswith(b"text/event-stream"):
        raise CollectError("stream_other", host=door.host)


def _next(door: Door, wire: Wire, http: h11.Connection) -> object:
    while (event := http.next_event()) is h11.NEED_DATA:
        data = wire.read_start()
        door.trip.ended = not data
        http.receive_data(data)
    return event


def _body(door: Door, wire: Wire, http: h11.Connection) -> Iterator[bytes | None]:
    """Yield the body as it comes, None for each second without any. Raises CollectError at its end."""
    while True:
        event = http.next_event()
        if isinstance(event, h11.Data):
            yield bytes(event.data)
        elif event is h11.NEED_DATA:
            data = wire.read()
            if data is not None:
                door.trip.ended = not data
                http.receive_data(data)
            yield None if data is None else b""
        else:
            raise CollectError("stream_ended", host=door.host)


def _split(door: Door, pieces: Iterator[bytes | None]) -> Iterator[bytes | None]:
    """Yield whole lines, whichever of CR, LF and both ends them, and None about every second."""
    rest, told_at = bytearray(), time.monotonic()
    for piece in pieces:
        rest += piece or b""
        if piece and (b"\n" in piece or b"\r" in piece):
            # A CR at the very end waits: an LF may follow that belongs to it.
            ready = len(rest) - 1 if rest.endswith(b"\r") else len(rest)
            lines = bytes(rest[:ready]).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
            rest = bytearray(lines.pop()) + rest[ready:]
            yield from lines
        if len(rest) > MOST_BYTES:
            raise _too_large(MOST_BYTES, door)
        if piece is None or time.monotonic() - told_at > SLICE_SECONDS:
            told_at = time.monotonic()
            yield None


# WebSocket


def _protocol(door: Door) -> ClientProtocol:
    path, _, query = door.target.partition("?")
    uri = WebSocketURI(door.tls is not None, door.raw_host, door.port, path, query)
    return ClientProtocol(uri, max_size=MOST_MESSAGE_BYTES, logger=_quiet)


def _messages(door: Door, wire: Wire, protocol: ClientProtocol) -> Iterator[bytes | None]:
    request = protocol.connect()
    for name, value in door.headers:
        if name != b"Host":
            request.headers[name.decode("ascii")] = value.decode()
    protocol.send_request(request)
    _flush(wire, protocol)
    while protocol.state is State.CONNECTING and protocol.handshake_exc is None:
        _receive(door, protocol, wire.read_start())
    if protocol.handshake_exc is not None:
        raise _unwanted(door, protocol.handshake_exc)
    yield None  # the stream stands
    yield from _joined(door, wire, protocol)


def _joined(door: Door, wire: Wire, protocol: ClientProtocol) -> Iterator[bytes | None]:
    parts, told_at, pinged_at = bytearray(), time.monotonic(), time.monotonic()
    while True:
        for event in protocol.events_received():
            if not isinstance(event, Frame) or event.opcode not in DATA_OPCODES:
                continue
            parts += event.data
            if event.fin:
                yield bytes(parts)
                parts.clear()
        _flush(wire, protocol)
        if protocol.state is not State.OPEN:
            raise _ended(door, protocol)
        data = wire.read()
        now = time.monotonic()
        if data is not None:
            _receive(door, protocol, data)
        elif now - max(wire.heard_at, pinged_at) > min(_PING_SECONDS, door.silence / 3):
            pinged_at = now
            protocol.send_ping(b"skord")
        if data is None or now - told_at > SLICE_SECONDS:
            told_at = now
            yield None


def _receive(door: Door, protocol: ClientProtocol, data: bytes) -> None:
    door.trip.ended = not data
    if data:
        protocol.receive_data(data)
    else:
        protocol.receive_eof()


def _flush(wire: Wire, protocol: ClientProtocol) -> None:
    data = b"".join(protocol.data_to_send())
    if data:
        wire.write(data)


def _unwanted(door: Door, error: Exception) -> CollectError:
    """Return why a server did not become a WebSocket."""
    if isinstance(error, InvalidStatus):
        response: Response = error.response
        headers = [(name.lower().encode(), value.encode()) for name, value in response.headers.raw_items()]
        return door.refused(response.status_code, headers, bytes(response.body)[:_REFUSED_BYTES])
    if door.trip.ended:
        return CollectError("cut_off", host=door.host)
    return CollectError("bad_answer" if isinstance(error, InvalidMessage) else "stream_other", host=door.host)


def _ended(door: Door, protocol: ClientProtocol) -> CollectError:
    if isinstance(protocol.parser_exc, PayloadTooBig):
        return _too_large(MOST_MESSAGE_BYTES, door)
    if isinstance(protocol.parser_exc, EOFError):
        return CollectError("cut_off", host=door.host)
    if protocol.parser_exc is not None:
        return CollectError("bad_answer", host=door.host)
    return CollectError("stream_ended", host=door.host)


def _too_large(limit: int, door: Door) -> CollectError:
    return CollectError("stream_too_large", host=door.host, limit_mb=limit // 1_000_000)


def _farewell(wire: Wire, protocol: ClientProtocol) -> None:
    """Say goodbye without waiting for an answer; a server that is gone needs none."""
    with suppress(CollectError):
        if protocol.state is State.OPEN:
            protocol.send_close(1000)
            wire.write(b"".join(protocol.data_to_send()), _FAREWELL_SECONDS)
