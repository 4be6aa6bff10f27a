"""Connections that stay open, against real servers on this machine."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server as WebSockets
from websockets.sync.server import ServerConnection, serve

from campaign.errors import CollectError
from campaign.settings import FetchSettings
from net.http import Fetcher, StatusError
from servers import CERTIFICATE, RawServer, reset

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


@contextmanager
def fetcher(*allow: str, **changed: Any) -> Iterator[Fetcher]:
    """Yield a fetcher that may ask ``allow``, without pace; ``changed`` are settings or arguments of Fetcher."""
    arguments = {name: changed.pop(name) for name in ("resolve", "tls", "silence") if name in changed}
    settings = FetchSettings(allow=allow, **{"per_host": timedelta(0), "total": timedelta(seconds=5), **changed})
    with Fetcher(settings, version="9.9", clock=lambda: NOW, **arguments) as made:
        yield made


@contextmanager
def websockets(handler: Callable[[ServerConnection], None], **more: Any) -> Iterator[tuple[str, int]]:
    """A WebSocket server whose connections go to ``handler``."""
    with serve(handler, "127.0.0.1", 0, **more) as server:
        assert isinstance(server, WebSockets)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield "127.0.0.1", server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()


def events(body: bytes, *, head: bytes = HEAD, then: Callable[[socket.socket], object] = reset) -> RawServer:
    """A server that answers with a head and a body, and then does what it was told."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head + b"\r\n" + body)
        then(connection)

    return RawServer(talk)


def wait(connection: socket.socket) -> None:
    """Say nothing until the other side hangs up."""
    while connection.recv(65536):
        pass


def first(found: Iterator[bytes | None], count: int) -> list[bytes]:
    """The first ``count`` lines or messages, the pauses left out."""
    given = (each for each in found if each is not None)
    return [next(given) for _ in range(count)]


def failure(address: str, url: str, **changed: Any) -> CollectError:
    """The error in which a stream ends."""
    with fetcher(address, **changed) as client, pytest.raises(CollectError) as caught:
        read_all(client, url)
    return caught.value


def read_all(client: Fetcher, url: str) -> None:
    """Read a stream until it ends."""
    with (client.messages if url.startswith("ws") else client.lines)(url) as found:
        for _ in found:
            pass


# Server-sent events


def test_lines_whatever_ends_them() -> None:
    """CR, LF and both end a line, a line may come in pieces, and an empty one is told."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD + b"\r\n:thump\n")
        for piece in (b"event: up", b"date\r", b"\ndata: \xc3\xa5\r\r", b"\n", b"x\n"):
            time.sleep(0.02)
            connection.sendall(piece)
        wait(connection)

    with RawServer(talk) as server, fetcher(server.address) as client, client.lines(server.url()) as found:
        assert first(found, 5) == [b":thump", b"event: update", "data: å".encode(), b"", b"x"]


def test_lines_in_chunks_and_who_asks() -> None:
    """A chunked stream reads the same; the request says who asks, and carries the token as a bearer."""
    heard: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\na\nb\r\n2\r\nc\n\r\n")
        wait(connection)

    with (
        RawServer(talk) as server,
        fetcher(server.address) as client,
        client.lines(server.url("/ström?tag=ä"), token="hemlig\n") as found,
    ):
        assert first(found, 2) == [b"a", b"bc"]
    assert heard[0].startswith(b"GET /str%C3%B6m?tag=%C3%A4 HTTP/1.1\r\n")
    assert b"Authorization: Bearer hemlig\r\n" in heard[0]
    assert b"User-Agent: Skord/9.9\r\n" in heard[0]


def test_lines_stop_promptly() -> None:
    """A silent stream gives None about every second, and ends soon after it was told to stop."""
    stop = threading.Event()
    with events(b"", then=wait) as server, fetcher(server.address) as client:
        began = time.monotonic()
        with client.lines(server.url(), stopping=stop.is_set) as found:
            assert next(found) is None
            stop.set()
            assert list(found) in ([], [None])
        assert time.monotonic() - began < 20


def test_stop_while_connecting() -> None:
    """A server that never answers holds up nobody who wants to stop."""
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with RawServer(wait) as server, fetcher(server.address, total=timedelta(seconds=30)) as client:
        began = time.monotonic()
        for opened in (
            client.lines(server.url(), stopping=stop.is_set),
            client.messages(server.url(scheme="ws"), stopping=stop.is_set),
        ):
            with opened as found:
                assert list(found) == []
        assert time.monotonic() - began < 20


def test_closing_the_fetcher_ends_streams() -> None:
    """No stream outlives the fetcher that opened it."""
    with events(b"", then=wait) as server, fetcher(server.address) as client, client.lines(server.url()) as found:
        client.close()
        assert list(found) in ([], [None])


@pytest.mark.parametrize(
    ("head", "key"),
    [
        (b"HTTP/1.1 401 No\r\nContent-Length: 3\r\n", "http_unauthorized"),
        (b"HTTP/1.1 403 No\r\nContent-Length: 3\r\n", "http_forbidden"),
        (b"HTTP/1.1 404 No\r\n", "http_not_found"),
        (b"HTTP/1.1 503 No\r\n", "http_server"),
        (b"HTTP/1.1 302 No\r\nLocation: http://127.0.0.1:1/\r\n", "bad_redirect"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", "stream_other"),
        (HEAD + b"Content-Encoding: br\r\n", "bad_encoding"),
        (b"nonsense\r\n", "bad_answer"),
    ],
)
def test_refused_lines(head: bytes, key: str) -> None:
    """Each refusal has the name that it has when it is fetched, and nobody is followed elsewhere."""
    with events(b"no!", head=head) as server:
        assert failure(server.address, server.url()).key == key


def test_refusal_carries_its_words() -> None:
    """A refused stream keeps status, body, headers in any case, and when to come back."""
    head = b"HTTP/1.1 429 No\r\nRetry-After: 60\r\nX-Why: pace\r\n"
    with events(b'{"error": "slow"}', head=head, then=lambda connection: connection.shutdown(1)) as server:
        error = failure(server.address, server.url())
    assert isinstance(error, StatusError)
    assert (error.status, error.body, error.headers["x-wHy"]) == (429, b'{"error": "slow"}', "pace")
    assert error.retry_at == NOW + timedelta(seconds=60)


def test_lines_that_end() -> None:
    """A server that ends its stream politely, and one that vanishes, are told apart."""
    with events(b"a\n", head=HEAD + b"Content-Length: 2\r\n") as server:
        assert failure(server.address, server.url()).key == "stream_ended"
    with events(b"3\r\na\n", head=HEAD + b"Transfer-Encoding: chunked\r\n") as server:
        assert failure(server.address, server.url()).key == "cut_off"


def test_a_line_without_end() -> None:
    """A line that never ends is not kept for ever."""

    def pour(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"a" * 100_000)

    with events(b"", then=pour) as server:
        assert failure(server.address, server.url()).key == "stream_too_large"


def test_a_record_of_a_megabyte_in_escapes_ends_no_stream() -> None:
    """A stream that is replayed would meet it again each time; what is longer than any record ends it."""

    def talk(connection: ServerConnection) -> None:
        connection.send("x" * 7_000_000)
        connection.send("x" * 17_000_000)

    sizes: list[int] = []
    with (
        websockets(talk) as (host, port),
        fetcher(f"{host}:{port}") as client,
        pytest.raises(CollectError) as caught,
        client.messages(f"ws://{host}:{port}/") as found,
    ):
        sizes.extend(len(each) for each in found if each is not None)
    assert caught.value.key == "stream_too_large"
    assert sizes == [7_000_000]


def test_silence_is_an_error() -> None:
    """A connection of which nothing at all is heard has failed; a heartbeat keeps it."""
    with events(b"", then=wait) as server:
        error = failure(server.address, server.url(), silence=timedelta(seconds=1))
        assert (error.key, error.facts["seconds"]) == ("stream_silent", 1)
    with RawServer(_websocket_that_sleeps) as server:
        assert failure(server.address, server.url(scheme="ws"), silence=timedelta(seconds=1)).key == "stream_silent"


def _websocket_that_sleeps(connection: socket.socket) -> None:
    from websockets.utils import accept_key

    head = connection.recv(65536).decode()
    key = next(line.split(": ")[1] for line in head.splitlines() if line.lower().startswith("sec-websocket-key"))
    connection.sendall(
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept_key(key).encode() + b"\r\n\r\n"
    )
    wait(connection)


def test_private_addresses_are_refused() -> None:
    """Nothing on this machine is connected to unless the configuration lists it, by whatever name."""
    with RawServer(wait) as server, fetcher(resolve=lambda _host, _port: ["127.0.0.1"]) as client:
        for opened in (
            client.lines(server.url()),
            client.messages(server.url(scheme="ws")),
            client.messages(f"ws://jetstream.example.se:{server.port}/"),
        ):
            with pytest.raises(CollectError) as caught, opened:
                pass
            assert caught.value.key == "private_address"
        assert server.connections == 0


def test_nobody_there() -> None:
    """A port where nobody listens is named as such."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/", f"ws://127.0.0.1:{port}/"):
        assert failure(f"127.0.0.1:{port}", url).key == "connect_refused"


@pytest.mark.parametrize("url", ["ftp://example.se/", "ws://", "ws://a@example.se/", "wss://exa mple.se/", "\x00"])
def test_bad_addresses(url: str) -> None:
    """An address that is none is refused before anything is asked."""
    assert failure("127.0.0.1:1", url).key == "bad_url"


# WebSocket


def test_messages() -> None:
    """Text and binary messages come whole and in order, however they were cut, and the server hears who asks."""
    agents: list[str | None] = []

    def talk(connection: ServerConnection) -> None:
        assert connection.request is not None
        agents.append(connection.request.headers.get("User-Agent"))
        agents.append(connection.request.path)
        connection.send("å")
        connection.send([b"a", b"b", b"c"])
        connection.ping()
        connection.send("x" * 1_900_000)
        for _ in connection:
            pass

    with (
        websockets(talk) as (host, port),
        fetcher(f"{host}:{port}") as client,
        client.messages(f"ws://{host}:{port}/subscribe?a=1&a=%C3%A4") as found,
    ):
        assert first(found, 3) == ["å".encode(), b"abc", b"x" * 1_900_000]
    assert agents == ["Skord/9.9", "/subscribe?a=1&a=%C3%A4"]


def test_messages_stop_promptly() -> None:
    """A WebSocket ends soon after it was told to stop, silent or talking, and says goodbye."""
    codes: list[int | None] = []

    def talk(connection: ServerConnection) -> None:
        try:
            while True:
                connection.send("more")
                time.sleep(0.01)
        except ConnectionClosed:
            codes.append(connection.close_code)

    stop = threading.Event()
    with (
        websockets(talk) as (host, port),
        fetcher(f"{host}:{port}") as client,
        client.messages(f"ws://{host}:{port}/", stopping=stop.is_set) as found,
    ):
        first(found, 3)
        stop.set()
        began = time.monotonic()
        assert all(each in (None, b"more") for each in found)
        assert time.monotonic() - began < 20
    assert codes == [1000]


def test_message_too_large() -> None:
    """A message beyond the bound ends the stream without being taken in."""

    def talk(connection: ServerConnection) -> None:
        connection.send([b"x" * 500_000] * 33)

    with websockets(talk) as (host, port):
        assert failure(f"{host}:{port}", f"ws://{host}:{port}/").key == "stream_too_large"


def test_messages_that_end() -> None:
    """A WebSocket that says goodbye and one that vanishes are told apart."""
    with websockets(lambda connection: connection.close(1001)) as (host, port):
        assert failure(f"{host}:{port}", f"ws://{host}:{port}/").key == "stream_ended"
    with websockets(lambda connection: reset(connection.socket)) as (host, port):
        assert failure(f"{host}:{port}", f"ws://{host}:{port}/").key == "cut_off"


def test_refused_messages() -> None:
    """A refused WebSocket is the same error as a refused fetch, with the server's words."""

    def refuse(connection: ServerConnection, _request: Any) -> Any:
        response = connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "slow down")
        response.headers["Retry-After"] = "30"
        return response

    with websockets(lambda _: None, process_request=refuse) as (host, port):
        error = failure(f"{host}:{port}", f"ws://{host}:{port}/")
    assert isinstance(error, StatusError)
    assert (error.key, error.status, error.body) == ("http_too_many", 429, b"slow down")
    assert error.retry_at == NOW + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "bad_redirect"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhej!", "bad_answer"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "stream_other"),
        (b"220 mail.example.se ESMTP\r\n", "bad_answer"),
    ],
)
def test_no_websocket(answer: bytes, key: str) -> None:
    """What answers as something else is named, and no redirect is followed."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)
        wait(connection)

    with RawServer(talk) as server:
        assert failure(server.address, server.url(scheme="ws")).key == key


def test_encryption() -> None:
    """An encrypted stream is read when its certificate is trusted, and refused by name when it is not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    trusted = ssl.create_default_context(cafile=CERTIFICATE)
    with websockets(lambda connection: connection.send("hemligt"), ssl=context) as (host, port):
        with fetcher(f"{host}:{port}", tls=trusted) as client, client.messages(f"wss://{host}:{port}/") as found:
            assert first(found, 1) == [b"hemligt"]
        assert failure(f"{host}:{port}", f"wss://{host}:{port}/").key == "tls_failed"


def test_a_slow_handshake_ends() -> None:
    """A server that answers byte by byte does not hold the connection open for ever."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        while True:
            connection.sendall(b"H")
            time.sleep(0.05)

    with RawServer(talk) as server:
        error = failure(server.address, server.url(), total=timedelta(seconds=0.5))
        assert error.key in ("dripped", "bad_answer")
        error = failure(server.address, server.url(scheme="ws"), total=timedelta(seconds=0.5))
        assert error.key in ("dripped", "bad_answer")
