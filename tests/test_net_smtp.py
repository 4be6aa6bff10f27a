"""Handing letters to a mail server, and knowing what became of each."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaign.errors import SkordError
from campaign.language import LANGUAGES, Language
from campaign.settings import MailSettings
from net import smtp
from net.smtp import MailDeferred, MailError, MailLost, MailRefused, MailUncertain, MailUnreachable, Stage
from servers import CERTIFICATE, MailSink, RawServer, reset

LETTER = b"Subject: Hej\r\nFrom: a@example.se\r\n\r\nHej\r\n"


def settings(server: MailSink | RawServer, **changed: Any) -> MailSettings:
    """Return the settings that lead to a test server."""
    return MailSettings(host=server.host, port=server.port, **changed)


def trusting() -> ssl.SSLContext:
    """Return a context that trusts the test servers' certificate."""
    return ssl.create_default_context(cafile=CERTIFICATE)


def test_letters() -> None:
    """Letters arrive as given, over one connection, and the server's answer is returned."""
    with MailSink() as sink:
        with smtp.open(settings(sink)) as connection:
            reply = connection.send("brev@example.se", "anna@example.se", LETTER)
            connection.send("", "bo@example.se", LETTER)
        assert (reply.code, reply.text) == (250, "2.0.0 Ok: queued as 1")
        assert [(letter.sender, letter.recipients) for letter in sink.letters] == [
            ("brev@example.se", ["anna@example.se"]),
            ("", ["bo@example.se"]),
        ]
        assert sink.letters[0].data == LETTER
        assert sink.sessions == 1


@pytest.mark.parametrize(
    ("given", "arrived"),
    [
        (b"A: b\n\nett\n.\ntv\xc3\xa5\n", b"A: b\r\n\r\nett\r\n.\r\ntv\xc3\xa5\r\n"),
        (b".\r\n..\r\n.", b".\r\n..\r\n.\r\n"),
        (b"A: b\r\n\r\nett\n.\r\nMAIL FROM:<x@y.se>\r\n", b"A: b\r\n\r\nett\r\n.\r\nMAIL FROM:<x@y.se>\r\n"),
        (b"A: b\r\n\r\nett\r.\rtre\r\r\n", b"A: b\r\n\r\nett\r\n.\r\ntre\r\n\r\n"),
    ],
)
def test_dots_and_line_ends(given: bytes, arrived: bytes) -> None:
    """No dot or line end within a letter ends it, and each letter stays one letter."""
    with MailSink() as sink:
        with smtp.open(settings(sink)) as connection:
            connection.send("brev@example.se", "anna@example.se", given)
        assert [letter.data for letter in sink.letters] == [arrived]


def test_swedish_domain() -> None:
    """A domain with Swedish letters goes out in punycode."""
    with MailSink() as sink:
        with smtp.open(settings(sink)) as connection:
            connection.send("brev@växer.se", "anna@Exämple.se", LETTER)
        assert (sink.letters[0].sender, sink.letters[0].recipients) == (
            "brev@xn--vxer-loa.se",
            ["anna@xn--exmple-cua.se"],
        )


def test_swedish_name() -> None:
    """A name with Swedish letters before the @ is sent where the server can take it."""
    with MailSink() as sink:
        with smtp.open(settings(sink)) as connection:
            connection.send("brev@example.se", "åsa@example.se", LETTER)
        assert sink.letters[0].recipients == ["åsa@example.se"]


def test_swedish_name_to_an_old_server() -> None:
    """Where the server cannot take such a name, the letter is refused before anything is sent, and the next goes."""
    with script() as server, smtp.open(settings(server)) as connection:
        with pytest.raises(MailRefused) as caught:
            connection.send("brev@example.se", "åsa@example.se", LETTER)
        assert (caught.value.key, caught.value.stage) == ("mail_bad_address", Stage.RECIPIENT)
        assert connection.send("brev@example.se", "anna@example.se", LETTER).code == 250


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@example.se",
        "anna@",
        "a b@example.se",
        "anna@example.se>\r\nRCPT TO:<x@y.se",
        "anna@exam ple.se",
        "<a@b.se>",
        "a@b@c.se",
        "a" * 250 + "@example.se",
        "anna@ex..se",
        "anna@" + "å" * 64 + ".se",
    ],
)
def test_bad_address(address: str) -> None:
    """What is no address is refused here, so that nothing in it can become a command."""
    with MailSink() as sink, smtp.open(settings(sink)) as connection:
        with pytest.raises(MailRefused) as caught:
            connection.send("brev@example.se", address, LETTER)
        assert (caught.value.key, caught.value.stage) == ("mail_bad_address", Stage.RECIPIENT)
        assert connection.usable
        assert sink.letters == []


@pytest.mark.parametrize(("command", "stage"), [("MAIL", "sender"), ("RCPT", "recipient"), ("DATA", "letter")])
@pytest.mark.parametrize(("answer", "kind"), [("550 5.1.1 Nej", MailRefused), ("451 4.7.1 Senare", MailDeferred)])
def test_refusal(command: str, stage: str, answer: str, kind: type[MailRefused]) -> None:
    """A refusal says for good or for now, and to what; the connection can be used on."""
    with MailSink() as sink, smtp.open(settings(sink)) as connection:
        sink.refuse(command, answer)
        with pytest.raises(MailError) as caught:
            connection.send("brev@example.se", "anna@example.se", LETTER)
        error = caught.value
        assert isinstance(error, kind)
        assert (error.stage, f"{error.code} {error.text}") == (stage, answer)
        sink.accept()
        connection.send("brev@example.se", "bo@example.se", LETTER)
        assert [letter.recipients for letter in sink.letters] == [["bo@example.se"]]


def test_addresses_are_masked() -> None:
    """The facts of a refusal, which may be logged, hold no addresses; its text does."""
    with MailSink() as sink, smtp.open(settings(sink)) as connection:
        sink.refuse("RCPT", "550 5.1.1 <anna@example.se>: No such user")
        with pytest.raises(MailRefused) as caught:
            connection.send("brev@example.se", "anna@example.se", LETTER)
    assert "anna@example.se" in caught.value.text
    assert "anna" not in str(caught.value)


# Broken lines


def script(cut: str = "", *, answer: bytes = b"", cut_with: Callable[[socket.socket], None] = reset) -> RawServer:
    """Return a mail server that breaks the line, or gives ``answer``, when a line begins with ``cut``.

    ``cut`` may be "connect", a command, "body" (in the middle of the letter) or "." (after its end).
    """

    def talk(connection: socket.socket) -> None:
        if cut == "connect":
            cut_with(connection)
            return
        connection.sendall(b"220 test ESMTP\r\n")
        lines = connection.makefile("rb")
        inside = False
        for line in lines:
            word = line.split()[0].decode().upper() if line.split() else ""
            if word == "." or (cut == "body" and inside) or (cut and not inside and word == cut):
                reached = (cut == "body" and inside) or word == cut
                if reached and not answer:
                    lines.close()
                    cut_with(connection)
                    return
                connection.sendall(answer if reached else b"250 2.0.0 taken\r\n")
                inside = False
            elif not inside:
                inside = word == "DATA"
                connection.sendall(b"354 go on\r\n" if inside else b"250 ok\r\n")
        lines.close()

    return RawServer(talk)


def hang_up(connection: socket.socket) -> None:
    """Close the connection in good order."""
    connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("cut_with", [reset, hang_up])
@pytest.mark.parametrize("cut", ["MAIL", "RCPT", "DATA"])
def test_line_breaks_before_the_letter(cut: str, cut_with: Callable[[socket.socket], None]) -> None:
    """A line that breaks before the letter leaves it unsent and safe to send again."""
    with script(cut, cut_with=cut_with) as server, smtp.open(settings(server)) as connection:
        with pytest.raises(MailLost):
            connection.send("brev@example.se", "anna@example.se", LETTER)
        assert not connection.usable
        with pytest.raises(MailLost):
            connection.send("brev@example.se", "anna@example.se", LETTER)


def test_line_breaks_within_the_letter() -> None:
    """A line that breaks in the middle of a letter leaves it unsent: the server never saw its end."""
    long_letter = LETTER + b"Text. " * 2_000_000
    with script("body") as server, smtp.open(settings(server)) as connection, pytest.raises(MailLost):
        connection.send("brev@example.se", "anna@example.se", long_letter)


@pytest.mark.parametrize("cut_with", [reset, hang_up])
def test_line_breaks_after_the_letter(cut_with: Callable[[socket.socket], None]) -> None:
    """A line that breaks after the final dot leaves the letter in doubt."""
    with script(".", cut_with=cut_with) as server, smtp.open(settings(server)) as connection:
        with pytest.raises(MailUncertain):
            connection.send("brev@example.se", "anna@example.se", LETTER)
        assert not connection.usable


@pytest.mark.parametrize("answer", [b"hallo\r\n", b"354 more\r\n", b"2" * 9000 + b"\r\n", b"\xff\r\n"])
def test_nonsense_after_the_letter(answer: bytes) -> None:
    """An answer that says neither yes nor no leaves the letter in doubt too."""
    with script(".", answer=answer) as server, smtp.open(settings(server)) as connection:
        with pytest.raises(MailUncertain):
            connection.send("brev@example.se", "anna@example.se", LETTER)
        assert not connection.usable


def test_nonsense_before_the_letter() -> None:
    """An answer that is none before the letter leaves it unsent."""
    server = script("DATA", answer=b"250 what?\r\n")
    with server, smtp.open(settings(server)) as connection, pytest.raises(MailLost):
        connection.send("brev@example.se", "anna@example.se", LETTER)


@pytest.mark.parametrize(("cut", "stage"), [("RCPT", "recipient"), (".", "letter")])
def test_goodbye(cut: str, stage: str) -> None:
    """A server that says 421 defers the letter, and its connection is not used on."""
    with script(cut, answer=b"421 4.7.0 Too many\r\n") as server, smtp.open(settings(server)) as connection:
        with pytest.raises(MailDeferred) as caught:
            connection.send("brev@example.se", "anna@example.se", LETTER)
        assert (caught.value.stage, caught.value.code) == (stage, 421)
        assert not connection.usable


def test_failed_reset() -> None:
    """Where the server does not forget a refused letter, the refusal is told and the connection not used on."""

    def talk(connection: socket.socket) -> None:
        answers = {b"EHLO": b"250 ok\r\n", b"MAIL": b"550 5.7.1 no\r\n", b"RSET": b"500 no\r\n"}
        connection.sendall(b"220 test\r\n")
        while asked := connection.recv(1000):
            connection.sendall(answers[asked[:4].upper()])

    with RawServer(talk) as server, smtp.open(settings(server)) as connection:
        with pytest.raises(MailRefused):
            connection.send("brev@example.se", "anna@example.se", LETTER)
        assert not connection.usable


def test_slow_answer_is_waited_for() -> None:
    """The answer to a complete letter is waited for longer than other answers, but not for ever."""
    stop = threading.Event()

    def pause(connection: socket.socket) -> None:
        stop.wait(0.4)
        with suppress(OSError):
            connection.sendall(b"250 at last\r\n")
        stop.wait(5)

    with script(".", cut_with=pause) as server:
        with smtp.open(settings(server), timeout_seconds=0.2) as connection:
            assert connection.send("brev@example.se", "anna@example.se", LETTER).text == "at last"
        with smtp.open(settings(server), answer_seconds=0.1) as connection, pytest.raises(MailUncertain):
            connection.send("brev@example.se", "anna@example.se", LETTER)
        stop.set()


# Connecting


def test_nobody_listens() -> None:
    """A server that is not there is unreachable."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(MailUnreachable) as caught:
        smtp.open(MailSettings(host="127.0.0.1", port=port))
    assert (caught.value.key, caught.value.facts) == ("mail_unreachable", {"host": "127.0.0.1", "port": port})


@pytest.mark.parametrize("cut", ["connect", "EHLO"])
def test_line_breaks_while_greeting(cut: str) -> None:
    """A server that hangs up before the first letter is unreachable."""
    with script(cut) as server, pytest.raises(MailUnreachable) as caught:
        smtp.open(settings(server))
    assert caught.value.key == "mail_unreachable"


def test_silent_server() -> None:
    """A server that does not greet is not waited for for ever."""
    stop = threading.Event()

    def talk(_connection: socket.socket) -> None:
        stop.wait(5)

    with RawServer(talk) as server:
        started = time.monotonic()
        with pytest.raises(MailUnreachable):
            smtp.open(settings(server), timeout_seconds=0.2)
        stop.set()
        assert time.monotonic() - started < 3


def test_turned_away() -> None:
    """A server that greets with a refusal is told with its own words."""
    server = RawServer(lambda connection: connection.sendall(b"554 5.7.1 Blocked\r\n"))
    with server, pytest.raises(MailUnreachable) as caught:
        smtp.open(settings(server))
    assert (caught.value.key, caught.value.facts["code"]) == ("mail_turned_away", 554)


def test_login() -> None:
    """With user and password the connection is logged in."""
    with MailSink(user="skord", password="hemligt") as sink:
        with smtp.open(settings(sink, user="skord", password="hemligt")) as connection:
            connection.send("brev@example.se", "anna@example.se", LETTER)
        assert len(sink.letters) == 1


@pytest.mark.parametrize("password", ["fel-lösenord", "fel"])
def test_wrong_login(password: str) -> None:
    """A wrong password is told as such, without being told."""
    with MailSink(user="skord", password="hemligt") as sink, pytest.raises(MailUnreachable) as caught:
        smtp.open(settings(sink, user="skord", password=password))
    assert caught.value.key == "mail_login_failed"
    assert password not in repr(caught.value)
    assert caught.value.__cause__ is None or password not in repr(caught.value.__cause__)


def test_login_not_offered() -> None:
    """A server that knows no logins cannot be logged in to."""
    with script() as server, pytest.raises(MailUnreachable) as caught:
        smtp.open(settings(server, user="skord", password="hemligt"))
    assert caught.value.key == "mail_login_failed"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encryption(security: str) -> None:
    """Both ways to encrypt send letters to a server whose certificate is trusted, and none to another."""
    with MailSink(starttls=security == "starttls", tls=security == "tls") as sink:
        with smtp.open(settings(sink, security=security), tls=trusting()) as connection:
            connection.send("brev@example.se", "anna@example.se", LETTER)
        assert len(sink.letters) == 1
        with pytest.raises(MailUnreachable) as caught:
            smtp.open(settings(sink, security=security))
        assert caught.value.key == "mail_tls_failed"


def test_encryption_not_offered() -> None:
    """Where STARTTLS is asked for and not offered, nothing is sent in the clear."""
    with script() as server, pytest.raises(MailUnreachable) as caught:
        smtp.open(settings(server, security="starttls", user="skord", password="hemligt"))
    assert caught.value.key == "mail_tls_failed"


# Words


def keys() -> list[str]:
    """Return every key that the mail code names."""
    return sorted(set(re.findall(r'"(mail_[a-z_]+)"', Path(smtp.__file__).read_text())))


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("key", keys())
def test_words(code: str, key: str) -> None:
    """Each error says in each language what failed, whether to wait and what to do, with its facts filled in."""
    told = Language(code, ZoneInfo("Europe/Stockholm")).explain(
        SkordError(key, host="mail.example.se", port=25, code=550, text="Nej", stage="recipient", reason="")
    )
    assert told.what
    assert told.wait
    assert told.do
    assert "{" not in str(told)
