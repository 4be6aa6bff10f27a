"""A small IMAP server on 127.0.0.1 for tests: it speaks as much as reading takes, and misbehaves as it is told.

>>> with ImapServer(folders={"INBOX": [Stored(uid=1, body=b"...")]}) as server: ...

``override`` maps the beginning of a command to raw bytes that are sent in place of the answer ("{tag}" is filled in),
or to a callable from (tag, line) to bytes. ``commands`` remembers everything that was asked, secrets included.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from servers import CERTIFICATE

Override = bytes | Callable[[str, str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One message of a folder."""

    uid: int
    body: bytes
    arrived: str = "20-Nov-2026 08:00:00 +0100"


@dataclass
class ImapServer:
    """The server; folders may be changed between connections."""

    folders: dict[str, list[Stored]] = field(default_factory=lambda: {"INBOX": []})
    validity: int = 1700000000
    user: str = "skord@region.example"
    password: str = "hemligt lösenord"
    bearer: str = ""
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    tls: bool = False
    starttls: bool = False
    greeting: bytes = b"* OK ready\r\n"
    override: dict[str, Override] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            if self.tls:
                connection = self._encrypted(connection)
            _Talk(self, connection).run()
        except (OSError, ValueError):
            pass  # the client went away, which many tests make it do
        finally:
            connection.close()

    def _encrypted(self, connection: socket.socket) -> socket.socket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        made = context.wrap_socket(connection, server_side=True)
        self._open.append(made)
        return made


class _Talk:
    def __init__(self, server: ImapServer, connection: socket.socket) -> None:
        self.server = server
        self.connection = connection
        self.file = connection.makefile("rb")
        self.folder: list[Stored] = []

    def run(self) -> None:
        self.connection.sendall(self.server.greeting)
        while line := self.file.readline():
            tag, _, command = line.decode("utf-8", "replace").rstrip("\r\n").partition(" ")
            self.server.commands.append(command)
            override = next((found for start, found in self.server.override.items() if command.startswith(start)), None)
            if override is not None:
                sent = override(tag, command) if callable(override) else override.replace(b"{tag}", tag.encode())
                self.connection.sendall(sent)
            elif not self._answer(tag, command):
                return

    def _answer(self, tag: str, command: str) -> bool:
        name = command.split(" ", maxsplit=1)[0].upper()
        sub = command.split(" ")[1].upper() if name == "UID" else ""
        if name == "STARTTLS" and self.server.starttls:
            self._say(f"{tag} OK begin")
            self.connection = self.server._encrypted(self.connection)
            self.file = self.connection.makefile("rb")
            return True
        answers = {
            "CAPABILITY": self._capability, "LOGIN": self._login, "AUTHENTICATE": self._authenticate,
            "EXAMINE": self._examine, "SEARCH": self._search, "FETCH": self._fetch, "LOGOUT": self._logout,
        }  # fmt: skip
        found = answers.get(sub or name)
        if found is None:
            self._say(f"{tag} BAD not here")
            return True
        return found(tag, command)

    def _say(self, *lines: str) -> None:
        self.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def _capability(self, tag: str, _: str) -> bool:
        extra = " STARTTLS" if self.server.starttls else ""
        self._say(f"* CAPABILITY {self.server.capabilities}{extra}", f"{tag} OK done")
        return True

    def _login(self, tag: str, command: str) -> bool:
        right = command.endswith(f'"{self.server.password}"') and self.server.user in command
        self._say(f"{tag} OK in" if right else f"{tag} NO [AUTHENTICATIONFAILED] no: {command}")
        return True

    def _authenticate(self, tag: str, command: str) -> bool:
        self._say("+ ")
        given = base64.b64decode(self.file.readline().strip()).decode()
        wanted = (
            f"user={self.server.user}\1auth=Bearer {self.server.bearer}\1\1"
            if "XOAUTH2" in command
            else f"\0{self.server.user}\0{self.server.password}"
        )
        if given != wanted and "XOAUTH2" in command:
            self._say("+ eyJzdGF0dXMiOiI0MDAifQ==")
            self.file.readline()
        self._say(f"{tag} OK in" if given == wanted else f"{tag} NO [AUTHENTICATIONFAILED] no")
        return True

    def _examine(self, tag: str, command: str) -> bool:
        name = command.split(" ", 1)[1].strip('"')
        if name not in self.server.folders:
            self._say(f"{tag} NO [NONEXISTENT] no such folder")
            return True
        self.folder = self.server.folders[name]
        self._say(
            f"* {len(self.folder)} EXISTS",
            f"* OK [UIDVALIDITY {self.server.validity}] valid",
            f"{tag} OK [READ-ONLY] done",
        )
        return True

    def _search(self, tag: str, command: str) -> bool:
        found = re.search(r"UID (\d+):\*", command)
        first = int(found[1]) if found else 1
        uids = [each.uid for each in self.folder]
        # As the protocol says: "n:*" holds the last message whatever n is.
        wanted = [uid for uid in uids if uid >= first] or uids[-1:]
        self._say(f"* SEARCH {' '.join(map(str, wanted))}".rstrip(), f"{tag} OK done")
        return True

    def _fetch(self, tag: str, command: str) -> bool:
        wanted = {int(each) for each in command.split(" ")[2].split(",")}
        for number, each in enumerate(self.folder, start=1):
            if each.uid not in wanted:
                continue
            head = "BODY.PEEK[HEADER]" in command
            body = each.body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            content = body.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if head else body
            section = "BODY[HEADER]" if head else "BODY[]"
            if partial := re.search(r"BODY\.PEEK\[\]<0\.(\d+)>", command):
                content, section = body[: int(partial[1])], "BODY[]<0>"
            self.connection.sendall(
                f'* {number} FETCH (UID {each.uid} RFC822.SIZE {len(body)} INTERNALDATE "{each.arrived}"'
                f" {section} {{{len(content)}}}\r\n".encode()
                + content
                + b")\r\n"
            )
        self._say(f"{tag} OK done")
        return True

    def _logout(self, tag: str, _: str) -> bool:
        self._say("* BYE", f"{tag} OK done")
        return False
