"""The way into a mailbox: encrypted, read-only, and bounded whatever the server does."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaign.errors import CollectError
from imap_server import ImapServer, Stored
from net import imap
from net.guard import Guard
from servers import CERTIFICATE, RawServer

BODY = b"From: Anna <anna@partner.example>\r\nSubject: Hej\r\n\r\nEn text.\r\n"


def trusting() -> ssl.SSLContext:
    """A context that trusts the test certificate alone."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def login(server: Any, **changes: Any) -> imap.Login:
    """A login that the server takes."""
    made: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": "skord@region.example",
        "secret": "hemligt lösenord",
        "security": "none",
    }
    return imap.Login(**(made | changes))


def opened(server: Any, folder: str = "INBOX", *, given: imap.Login | None = None, **how: Any) -> imap.Mailbox:
    """The folder, opened through a guard that allows this server."""
    how = dict[str, Any](total_seconds=5.0, step_seconds=2.0, tls=trusting()) | how
    return imap.open(given or login(server), folder, guard=Guard([f"127.0.0.1:{server.port}"]), **how)


def messages(count: int) -> list[Stored]:
    """So many messages, numbered from 1."""
    return [Stored(uid=number, body=BODY) for number in range(1, count + 1)]


def test_reading_marks_nothing() -> None:
    """A folder is opened for reading alone, and every fetch peeks."""
    with ImapServer(folders={"INBOX": messages(3)}) as server:
        with opened(server) as box:
            assert box.uids_after(1) == [2, 3]
            assert box.message(2) is not None
            assert len(box.headers([1, 3])) == 2
        assert any(command.startswith("EXAMINE") for command in server.commands)
        assert not any(command.startswith(("SELECT", "STORE", "UID STORE")) for command in server.commands)
        assert all("PEEK" in command for command in server.commands if "BODY" in command)


def test_the_last_message_is_not_new_again() -> None:
    """A search for what comes after the last one finds nothing, although the server names the last one."""
    with ImapServer(folders={"INBOX": messages(3)}) as server, opened(server) as box:
        assert box.uids_after(3) == []


def test_what_is_fetched_is_whole() -> None:
    """A message comes with its number, its size, its words and the moment in UTC when it arrived."""
    with ImapServer(folders={"INBOX": messages(1)}) as server, opened(server) as box:
        item = box.message(1)
    assert item is not None
    assert item.content == BODY
    assert item.size == len(BODY)
    assert item.arrived_at is not None
    assert item.arrived_at.isoformat() == "2026-11-20T07:00:00+00:00"


def test_a_message_that_is_gone_is_none() -> None:
    """What was deleted between search and fetch is passed over."""
    with ImapServer(folders={"INBOX": messages(1)}) as server, opened(server) as box:
        assert box.message(7) is None
        assert box.headers([7]) == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encrypted(security: str) -> None:
    """Both ways of encrypting lead into the mailbox, and no password crosses the line in clear."""
    with (
        ImapServer(folders={"INBOX": messages(1)}, tls=security == "tls", starttls=security == "starttls") as server,
        opened(server, given=login(server, security=security)) as box,
    ):
        assert box.uids_after(0) == [1]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_strangers_certificate_is_refused(security: str) -> None:
    """A certificate that nobody trusts ends the attempt before the password is sent."""
    with ImapServer(tls=security == "tls", starttls=security == "starttls") as server:
        with pytest.raises(CollectError) as caught:
            opened(server, given=login(server, security=security), tls=ssl.create_default_context())
        assert caught.value.key == "mailbox_tls"
        assert not any(command.startswith(("LOGIN", "AUTHENTICATE")) for command in server.commands)


def test_no_starttls_no_password() -> None:
    """Where the server offers no encryption the password is not sent after all."""
    with ImapServer() as server:
        with pytest.raises(CollectError) as caught:
            opened(server, given=login(server, security="starttls"))
        assert caught.value.key == "mailbox_no_starttls"
        assert not any(command.startswith(("LOGIN", "AUTHENTICATE")) for command in server.commands)


def test_words_slipped_in_before_encryption_are_refused() -> None:
    """Bytes that come in clear behind the answer to STARTTLS are not read as if they had been encrypted."""
    slipped = b"{tag} OK begin\r\n* CAPABILITY IMAP4rev1\r\n"
    with ImapServer(starttls=True, override={"STARTTLS": slipped}) as server, pytest.raises(CollectError) as caught:
        opened(server, given=login(server, security="starttls"))
    assert caught.value.key == "mailbox_no_starttls"


def test_private_addresses_need_leave() -> None:
    """A mailbox on this machine is not asked unless the configuration lists it."""
    with ImapServer() as server:
        with pytest.raises(CollectError) as caught:
            imap.open(login(server), "INBOX", guard=Guard())
        assert caught.value.key == "private_address"
        assert server.commands == []


def test_clear_text_stays_at_home() -> None:
    """Without encryption no address of the open internet is even connected to."""
    given = imap.Login(host="mail.partner.example", port=143, user="a", secret="b", security="none")
    with pytest.raises(CollectError) as caught:
        imap.open(given, "INBOX", guard=Guard(resolve=lambda _host, _port: ["93.184.216.34"]))
    assert caught.value.key == "mailbox_unencrypted"


def test_login_without_plain() -> None:
    """A server that only knows LOGIN gets it, quotes and all."""
    with ImapServer(capabilities="IMAP4rev1", password='a"b\\c') as server:
        server.override["LOGIN"] = b"{tag} OK in\r\n"
        with opened(server, given=login(server, secret='a"b\\c')) as box:
            assert box.uids_after(0) == []
        assert 'LOGIN skord@region.example "a\\"b\\\\c"' in server.commands


@pytest.mark.parametrize(
    ("capabilities", "key"),
    [
        ("IMAP4rev1 AUTH=PLAIN", "mailbox_bad_login"),
        ("IMAP4rev1", "mailbox_no_password_login"),
        ("IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2", "mailbox_wants_oauth"),
        ("IMAP4rev1 LOGINDISABLED", "mailbox_no_password_login"),
    ],
)
def test_each_refusal_has_its_own_sentence(capabilities: str, key: str) -> None:
    """A wrong password, a server that wants OAuth and one that takes no password are told apart; none tells it."""
    with ImapServer(capabilities=capabilities) as server, pytest.raises(CollectError) as caught:
        opened(server, given=login(server, secret="fel lösenörd"))
    assert (caught.value.key, caught.value.permanent) == (key, True)
    assert "lösenörd" not in str(caught.value)


def test_access_token() -> None:
    """An access token is given by XOAUTH2; a refused one is a refused login."""
    with ImapServer(capabilities="IMAP4rev1 AUTH=XOAUTH2", bearer="ya29.abc") as server:
        with opened(server, given=login(server, secret="ya29.abc", bearer=True)) as box:
            assert box.validity == server.validity
        with pytest.raises(CollectError) as caught:
            opened(server, given=login(server, secret="old", bearer=True))
    assert caught.value.key == "mailbox_bad_login"


def test_swedish_folder() -> None:
    """A folder with å, ä or ö goes out in the protocol's own UTF-7."""
    assert imap.quoted("Nyhetsbrev från län & region") == '"Nyhetsbrev fr&AOU-n l&AOQ-n &- region"'
    with ImapServer(folders={"H&AOQ-lsa": messages(1)}) as server, opened(server, "Hälsa") as box:
        assert box.uids_after(0) == [1]


def test_missing_folder() -> None:
    """A folder that does not exist is named."""
    with ImapServer() as server, pytest.raises(CollectError) as caught:
        opened(server, "Borta")
    assert caught.value.key == "mailbox_no_folder"
    assert caught.value.facts["folder"] == "Borta"


def test_nobody_there() -> None:
    """A port where nobody listens is an unreachable server."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    given = imap.Login(host="127.0.0.1", port=port, user="a", secret="b", security="none")
    with pytest.raises(CollectError) as caught:
        imap.open(given, "INBOX", guard=Guard([f"127.0.0.1:{port}"]), total_seconds=2)
    assert caught.value.key == "mailbox_unreachable"


ODD = {
    "a web server": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "goodbye": b"* BYE not today\r\n",
    "nothing": b"",
    "zeros": b"\0" * 3000 + b"\r\n",
    "a literal without end": b"* OK {99999999999}\r\n",
    "not this protocol": b"* OK ready\r\n* CAPABILITY POP3\r\n",
}


@pytest.mark.parametrize("greeting", ODD.values(), ids=ODD.keys())
def test_odd_servers_end_in_words(greeting: bytes) -> None:
    """Whatever answers in place of a mail server, the failure has a name and comes in time."""

    def script(connection: socket.socket) -> None:
        connection.sendall(greeting)
        connection.recv(1000)

    began = time.monotonic()
    with RawServer(script) as server:
        port = int(server.address.rpartition(":")[2])
        given = imap.Login(host="127.0.0.1", port=port, user="a", secret="b", security="none")
        with pytest.raises(CollectError) as caught:
            imap.open(given, "INBOX", guard=Guard([server.address]), total_seconds=1.5, step_seconds=0.5)
    assert caught.value.key in {"mailbox_lost", "mailbox_flood", "mailbox_slow", "mailbox_unreachable"}
    assert time.monotonic() - began < 20


LIES = {
    "no": b"{tag} NO later\r\n",
    "bad": b"{tag} BAD what\r\n",
    "no number": b"* 1 FETCH (FLAGS (\\Seen))\r\n{tag} OK done\r\n",
    "no content": b"* 1 FETCH (UID 1 BODY[] NIL)\r\n{tag} OK done\r\n",
    "another's number": b"* 1 FETCH (UID 9 BODY[] {3}\r\nabc)\r\n{tag} OK done\r\n",
    "nonsense": b"* 1 FETCH \xff\xfe ((((\r\n{tag} OK done\r\n",
    "a number that no computer means": b"* 1 FETCH (UID " + b"9" * 6000 + b" BODY[] {1}\r\na)\r\n{tag} OK done\r\n",
    "a promise of gigabytes": b"* 1 FETCH (UID 1 BODY[] {9999999999}\r\nabc",
    "the line cut": b"* 1 FETCH (UID 1 BODY[] {100}\r\nabc",
}


@pytest.mark.parametrize("answer", LIES.values(), ids=LIES.keys())
def test_lies_in_an_answer(answer: bytes) -> None:
    """No answer to a fetch gives a message that was not asked for, or anything but a named failure."""
    with ImapServer(folders={"INBOX": messages(1)}, override={"UID FETCH": answer}) as server:
        try:
            with opened(server, total_seconds=1.5, step_seconds=0.5) as box:
                found = "nothing" if box.message(1) is None else "something"
        except CollectError as error:
            found = error.key
    assert found in {"nothing", "mailbox_lost", "mailbox_flood", "mailbox_slow"}


def test_drip() -> None:
    """A server that drips one byte at a time is left when the time is up."""

    def script(connection: socket.socket) -> None:
        for letter in b"* OK " + b"x" * 1000:
            connection.sendall(bytes([letter]))
            time.sleep(0.05)

    began = time.monotonic()
    with RawServer(script) as server:
        port = int(server.address.rpartition(":")[2])
        given = imap.Login(host="127.0.0.1", port=port, user="a", secret="b", security="none")
        with pytest.raises(CollectError) as caught:
            imap.open(given, "INBOX", guard=Guard([server.address]), total_seconds=1.0, step_seconds=0.5)
    assert caught.value.key == "mailbox_slow"
    assert time.monotonic() - began < 20


def test_too_much() -> None:
    """More than a connection may bring is refused, however small the pieces."""
    stored = [Stored(uid=number, body=BODY + b"x" * 10_000) for number in range(1, 40)]
    with (
        ImapServer(folders={"INBOX": stored}) as server,
        opened(server, most_bytes=100_000) as box,
        pytest.raises(CollectError) as caught,
    ):
        list(map(box.message, range(1, 40)))
    assert caught.value.key == "mailbox_flood"


_MAIL = 8
"""The user "mail" of every Debian."""

_DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{certificate}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
passdb {{
  driver = static
  args = password=hemligt
}}
userdb {{
  driver = static
  args = uid={id} gid={id} home={folder}
}}
"""


@pytest.fixture
def dovecot() -> Iterator[tuple[int, Path]]:
    """A real Dovecot of our own on loopback, its mail folder beside it; skipped where it is not installed."""
    program = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
    if program is None or os.geteuid() != 0:
        pytest.skip("dovecot: the mail server is not installed, or this is not its user")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="skord-dovecot-"))
    folder.chmod(0o755)  # its parts run as users of their own
    mail = folder / "mail"
    for name in ("new", "cur", "tmp"):
        (mail / name).mkdir(parents=True)
    for path in (mail, *mail.iterdir()):
        os.chown(path, _MAIL, _MAIL)
    config = folder / "dovecot.conf"
    config.write_text(_DOVECOT.format(folder=folder, port=port, certificate=CERTIFICATE, id=_MAIL), encoding="utf-8")
    running = subprocess.Popen([program, "-F", "-c", str(config)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        _wait_for(port, running, folder / "log")
        yield port, mail
    finally:
        running.terminate()
        running.wait(10)
        if running.stdout is not None:
            running.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, running: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
        if running.poll() is not None:
            break
    said = log.read_text() if log.exists() else ""
    pytest.fail(f"dovecot did not start: {said}")


def test_real_server(dovecot: tuple[int, Path]) -> None:
    """A real Dovecot gives its messages, and they stay unread."""
    port, mail = dovecot
    for number in range(1, 4):
        path = mail / "new" / f"{1_700_000_000 + number}.{number}.host"
        path.write_bytes(f"From: a@b.example\r\nSubject: Nummer {number}\r\n\r\nText {number}.\r\n".encode())
        os.chown(path, _MAIL, _MAIL)
    given = imap.Login(host="127.0.0.1", port=port, user="skord", secret="hemligt")
    with imap.open(given, "INBOX", guard=Guard([f"127.0.0.1:{port}"]), tls=trusting()) as box:
        uids = box.uids_after(0)
        assert len(uids) == 3
        assert box.uids_after(uids[-1]) == []
        assert [b"Subject: Nummer" in item.content and b"Text" not in item.content for item in box.headers(uids)] == [
            True
        ] * 3
        whole = box.message(uids[0])
        assert whole is not None
        assert b"Text" in whole.content
        assert whole.arrived_at is not None
        assert box.validity > 0
    assert not any("S" in path.name.rpartition(",")[2] for path in (mail / "cur").iterdir())
    wrong = imap.Login(host="127.0.0.1", port=port, user="skord", secret="fel")
    with pytest.raises(CollectError) as caught:
        imap.open(wrong, "INBOX", guard=Guard([f"127.0.0.1:{port}"]), tls=trusting())
    assert caught.value.key == "mailbox_bad_login"
