"""Mails made to break their reader: none of them keeps the mails behind it from being read."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from campaign.newsletter import SubscriberState
from digest.returning import MAILBOX, take_mail
from imap_server import ImapServer
from storage.mailboxes import progress
from storage.returns import Taken
from storage.store import Store
from test_digest_returning import NOW, bounce, folder, read
from test_storage_returns import reader, sent, state


def plain(head: str, body: bytes = b"\xc3\xa5\r\n") -> bytes:
    """A stranger's mail with a header that says odd things about its text."""
    return b"From: a@b.se\r\nSubject: hej\r\nMessage-ID: <odd@b.se>\r\n" + head.encode("latin-1") + b"\r\n\r\n" + body


POISON = {
    "language": plain("Content-Type: text/plain; charset*=utf-8''foo"),
    "nul": plain('Content-Type: text/plain; charset="a\x00b"'),
    "idna": plain("Content-Type: text/plain; charset=idna", b"a\xc3-" * 400),
    "undefined": plain("Content-Type: text/plain; charset=undefined"),
    "report": plain("Content-Type: message/feedback-report; charset*=utf-8''foo", b"Feedback-Type: \xff\r\n\r\n\xc3"),
    "status": plain(
        'Content-Type: multipart/report; boundary="x"',
        b"--x\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"Content-Type: text/plain; charset*=utf-8''foo\r\n\r\n\xc3\xa5\r\n\r\n--x--\r\n",
    ),
    "uu": plain("Content-Transfer-Encoding: x-uuencode", b"begin 666 x\r\n" + b"M" * 100 + b"\xff\r\nend\r\n"),
    "subject": plain("Auto-Submitted: =?idna?b?w6U=?= =?undefined?q?aaa-bbb?= =?\x00?q?a?=\r\nReferences: \xff\xfe"),
    "deep": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)),
    "bytes": bytes(range(256)) * 20,
}


@pytest.mark.parametrize("name", POISON)
def test_no_mail_stops_the_mailbox(store: Store, name: str) -> None:
    """Behind a mail made to break its reader the next bounce is read, and the reading goes on after both."""
    ann = reader(store)
    with ImapServer(folders=folder(POISON[name], bounce(store, sent(store, ann)))) as server:
        report = read(store, server)
    assert (report.error, report.read) == (None, 2)
    assert state(store, ann) is SubscriberState.BOUNCED
    assert progress(store, MAILBOX).cursor["last"] == 2


def test_a_bounce_in_an_odd_coding_is_read_all_the_same(store: Store) -> None:
    """A report beside text whose coding cannot be told still stops its letters."""
    ann = reader(store)
    odd = bounce(store, sent(store, ann)).replace(
        b"Content-Type: text/plain\n\nThe", b"Content-Type: text/plain; charset*=utf-8''foo\n\n\xc3\xa5 The"
    )
    assert take_mail(store, odd, now=NOW) == {Taken.STOPPED: 1}


@pytest.fixture
def unforeseen() -> Iterator[str]:
    """The name of a coding that fails in a way which no reader of mails expects."""

    def find(name: str) -> codecs.CodecInfo | None:
        return codecs.CodecInfo(bytes.hex, _raising, name=name) if name == "skord_odd" else None  # type: ignore[arg-type]

    codecs.register(find)
    yield "skord_odd"
    codecs.unregister(find)


def _raising(*_: object) -> tuple[str, int]:
    raise ArithmeticError("text of a stranger")


def test_what_cannot_be_read_is_counted_told_and_passed(
    store: Store, caplog: pytest.LogCaptureFixture, unforeseen: str
) -> None:
    """An error that nobody foresaw leaves one mail unread, tells where it broke, and loses none of the others."""
    ann = reader(store)
    poison = plain(f"Content-Type: text/plain; charset={unforeseen}")
    with ImapServer(folders=folder(poison, bounce(store, sent(store, ann)))) as server:
        report = read(store, server)
        assert read(store, server).read == 0
    assert report.counts == {Taken.UNREAD: 1, Taken.STOPPED: 1}
    assert state(store, ann) is SubscriberState.BOUNCED
    assert [each.levelname for each in caplog.records] == ["WARNING"]
    assert "ArithmeticError at mail_parts.py:" in caplog.text
    assert "stranger" not in caplog.text


def test_a_failing_database_is_no_broken_mail(sqlite_store: Store) -> None:
    """Where a judgement cannot be kept, the mail is not passed over: it is read again."""
    mail = bounce(sqlite_store, sent(sqlite_store, reader(sqlite_store)))
    with ImapServer(folders=folder(mail)) as server:
        with sqlite_store.write() as connection:
            connection.execute(text("ALTER TABLE delivery_event RENAME TO away"))
        with pytest.raises(OperationalError):
            read(sqlite_store, server)
        with sqlite_store.write() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO delivery_event"))
        assert not progress(sqlite_store, MAILBOX).cursor
        assert read(sqlite_store, server).counts == {Taken.STOPPED: 1}
