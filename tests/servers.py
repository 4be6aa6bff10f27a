"""Real servers on 127.0.0.1, port 0, for tests: HTTP, bare sockets, and mail. ``from servers import Server``.

>>> with Server({"/feed": b"<rss/>", "/post": {"id": 1}, "/slow": handler, "*": fallback}) as server:
...     fetch(server.url("/feed"))
...     assert server.requests[0].headers["user-agent"].startswith("Skord/")

A route is bytes, str, a dict or list (sent as JSON), a Reply, or a callable from Request to any of these.
"*" answers every path without a route of its own; otherwise it is 404. ``server.routes`` may be changed
between requests. Allow the server in the fetch settings with ``allow=(server.address,)``.

>>> with MailSink() as sink:
...     sink.refuse("RCPT", "550 5.1.1 No such user", address="borta@example.se")
...     send(sink.host, sink.port)
...     assert sink.letters[0].recipients == ["anna@example.se"]
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""Key and self-signed certificate for localhost, 127.0.0.1 and *.skord.test, valid for a hundred years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it arrived. ``target`` is the raw path with query; ``query`` keeps the last of equal names."""

    method: str
    target: str
    headers: Message
    body: bytes
    at: float

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query, decoded."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a route answers. With ``chunks`` the pieces are written as they come and the connection then closes."""

    status: int = 200
    body: bytes | str = b""
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Iterable[bytes] | None = None


Answering = bytes | str | dict[str, Any] | list[Any] | Reply
Route = Answering | Callable[[Request], Answering]


def redirect(location: str, status: int = 302) -> Reply:
    """Return an answer that sends the client elsewhere."""
    return Reply(status=status, headers={"Location": location})


def drip(data: bytes, seconds: float, size: int = 1) -> Iterator[bytes]:
    """Yield ``data`` in pieces of ``size`` bytes with a pause after each."""
    for start in range(0, len(data), size):
        yield data[start : start + size]
        time.sleep(seconds)


def _as_reply(answer: Answering) -> Reply:
    if isinstance(answer, Reply):
        return answer
    if isinstance(answer, dict | list):
        return Reply(body=json.dumps(answer), headers={"Content-Type": "application/json; charset=utf-8"})
    return Reply(body=answer)


class Server:
    """An HTTP server (HTTPS with ``tls=True``) that answers from a table and remembers what it was asked."""

    def __init__(self, routes: dict[str, Route] | None = None, *, tls: bool = False) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.requests: list[Request] = []
        self._http = _HTTPServer(self)
        self._scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.host = "127.0.0.1"
        self.port: int = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def address(self) -> str:
        """``host:port``, as the allow-list of the fetch settings wants it."""
        return f"{self.host}:{self.port}"

    def url(self, path: str = "/", *, host: str = "") -> str:
        """Return the full address of a path, under another host name where one is given."""
        return f"{self._scheme}://{host or self.host}:{self.port}{path}"

    def answer(self, request: Request) -> Reply:
        """Return what the table says about a request, and remember the request."""
        self.requests.append(request)
        route = self.routes.get(request.path, self.routes.get("*", Reply(status=404, body=b"not found")))
        return _as_reply(route(request) if callable(route) else route)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.hang_up()
        self._http.server_close()
        self._thread.join()


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = False  # server_close then waits for every request thread, and no socket outlives its test

    def __init__(self, owner: Server) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.owner = owner
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that hangs up is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes; the second would wait 40 ms for the first
    server: _HTTPServer

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(method=self.command, target=self.path, headers=self.headers, body=body, at=time.monotonic())
        reply = self.server.owner.answer(request)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.chunks is not None:
            self._pour(reply.chunks)
            return
        data = reply.body.encode() if isinstance(reply.body, str) else reply.body
        if "Content-Length" not in reply.headers and reply.status not in (204, 304):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _pour(self, chunks: Iterable[bytes]) -> None:
        self.close_connection = True
        self.send_header("Connection", "close")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(chunk)
            self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: pytest shows what matters."""


class RawServer:
    """A listening socket; each connection is given to ``script`` in a thread of its own and closed after it."""

    def __init__(self, script: Callable[[socket.socket], None]) -> None:
        self._script = script
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.host = "127.0.0.1"
        self.port: int = self._socket.getsockname()[1]
        self.connections = 0
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"{self.host}:{self.port}"

    def url(self, path: str = "/", *, scheme: str = "http") -> str:
        """Return an address of this server."""
        return f"{scheme}://{self.address}{path}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._script(connection)

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for listening in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            if listening is self._socket:
                listening.close()
        for thread in self._threads:
            thread.join()


def reset(connection: socket.socket) -> None:
    """Close a connection with a reset instead of a farewell, as a crashed server does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One accepted message with its envelope."""

    sender: str
    recipients: list[str]
    data: bytes

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return message_from_bytes(self.data, policy=policy.default)


class MailSink:
    """An SMTP server that keeps what it accepts in ``letters`` and refuses what it was told to refuse.

    With ``user`` and ``password`` a login is required; with ``starttls=True`` STARTTLS is offered and required,
    with ``tls=True`` the connection is encrypted from the first byte (certificate: ``CERTIFICATE``).
    """

    def __init__(self, *, user: str = "", password: str = "", starttls: bool = False, tls: bool = False) -> None:
        self.letters: list[Letter] = []
        self.host = "127.0.0.1"
        self.sessions = 0
        self._refusals: dict[tuple[str, str], list[str]] = {}
        self._login = (user.encode(), password.encode())
        context = None
        if starttls or tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
        self._controller = _Controller(
            self,
            hostname=self.host,
            port=0,
            ssl_context=context if tls else None,
            tls_context=context if starttls else None,
            require_starttls=starttls,
            auth_require_tls=False,
            authenticator=self._authenticate,
            enable_SMTPUTF8=True,
        )

    @property
    def port(self) -> int:
        """The port the server listens on."""
        return int(self._controller.port)

    def refuse(self, command: str, answer: str, *, address: str = "", times: int = 1_000_000) -> None:
        """Answer MAIL, RCPT or DATA with ``answer`` ("450 4.7.1 Later"), for one address or for all."""
        self._refusals[command, address.lower()] = [answer] * min(times, 1000)

    def accept(self) -> None:
        """Refuse nothing any more."""
        self._refusals.clear()

    def _refusal(self, command: str, address: str) -> str | None:
        for key in ((command, address.lower()), (command, "")):
            if self._refusals.get(key):
                return self._refusals[key].pop()
        return None

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == self._login, handled=False)

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a sender."""
        if self._login[0] and not session.authenticated:
            return "530 5.7.0 Authentication required"
        refusal = self._refusal("MAIL", address)
        if refusal is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 2.1.0 Ok"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient."""
        refusal = self._refusal("RCPT", address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return refusal or "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take a message."""
        refusal = self._refusal("DATA", (envelope.rcpt_tos or [""])[0])
        if refusal is None:
            data = envelope.original_content or b""
            self.letters.append(
                Letter(
                    sender=(envelope.mail_from or "").replace("<>", ""), recipients=list(envelope.rcpt_tos), data=data
                )
            )
        return refusal or f"250 2.0.0 Ok: queued as {len(self.letters)}"

    def __enter__(self) -> Self:
        self._controller.start()
        self.sessions = 0  # starting makes a connection of its own
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()


class _Controller(Controller):
    def factory(self) -> Any:
        self.handler.sessions += 1
        return super().factory()  # type: ignore[no-untyped-call]  # aiosmtpd types only half of itself

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]  # aiosmtpd itself does not learn what port 0 became
        super()._trigger_server()  # type: ignore[no-untyped-call]  # as above
