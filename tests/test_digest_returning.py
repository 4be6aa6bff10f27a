"""Mails taken in from the mailbox of bounces and from a pipe."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaign.newsletter import SubscriberState
from campaign.settings import BounceSettings, FetchSettings, MailSettings
from digest.bounces import MOST_BYTES
from digest.keys import return_path
from digest.message import leave_mail
from digest.outbox import send_due
from digest.returning import MAILBOX, PER_STEP, Report, read_mailbox, take_mail
from digest_samples import settings as site_settings
from imap_server import ImapServer, Stored
from net.guard import Guard
from servers import MailSink, RawServer
from skord import work
from skord.wiring import House
from storage import subscribers
from storage.deliveries import balance
from storage.mailboxes import advance, progress
from storage.returns import Taken
from storage.store import Store
from test_digest_outbox import ready
from test_storage_returns import ANN, events, reader, sent, state

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
STUDS = "studs@nyhetsbrev.example.se"


def settings(server: Any, **changed: Any) -> BounceSettings:
    """A mailbox on this machine."""
    values: dict[str, Any] = {
        "address": STUDS, "host": "127.0.0.1", "port": server.port, "user": "skord@region.example",
        "password": "hemligt lösenord", "security": "none",
    }  # fmt: skip
    return BounceSettings(**{**values, **changed})


def read(store: Store, server: Any, **changed: Any) -> Report:
    """Read the mailbox once."""
    guard = Guard([f"127.0.0.1:{server.port}"])
    return read_mailbox(store, settings(server, **changed), guard=guard, clock=lambda: NOW)


def bounce(store: Store, delivery: int, *, name: str = "b1", to: str = "") -> bytes:
    """A bounce made for a test, as Postfix writes it."""
    return f"""\
Return-Path: <>
Delivered-To: {to or return_path(store.secret, STUDS, delivery)}
From: MAILER-DAEMON@mx.example.se
To: {STUDS}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{name}@mx.example.se>
Date: Fri, 20 Nov 2026 08:00:00 +0100
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.se

Final-Recipient: rfc822; {ANN}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{ANN}>: Recipient address rejected: User unknown

--b--
""".encode()


def folder(*mails: bytes, first: int = 1) -> dict[str, list[Stored]]:
    """An inbox with these mails."""
    return {"INBOX": [Stored(uid=number, body=mail) for number, mail in enumerate(mails, first)]}


def test_a_bounce_in_the_mailbox_stops_the_letters(store: Store) -> None:
    """What came to the mailbox is judged, its subscriber gets no more letters, and nothing there is changed."""
    ann = reader(store)
    with ImapServer(folders=folder(bounce(store, sent(store, ann)))) as server:
        report = read(store, server)
        assert not any("STORE" in command or command.startswith("SELECT") for command in server.commands)
    assert report.error is None
    assert report.counts == {Taken.STOPPED: 1}
    assert state(store, ann) is SubscriberState.BOUNCED
    assert progress(store, MAILBOX).read_at == NOW


def test_only_what_is_new_is_read(store: Store) -> None:
    """The next reading begins behind the last mail that was kept."""
    delivery = sent(store, reader(store))
    with ImapServer(folders=folder(bounce(store, delivery))) as server:
        read(store, server)
        server.folders = folder(bounce(store, delivery), b"From: a@b.se\n\nhej\n")
        assert read(store, server).read == 1
        assert read(store, server).read == 0


def test_a_mailbox_numbered_anew_counts_nothing_twice(store: Store) -> None:
    """With a new UIDVALIDITY everything is read again, and each mail is known."""
    with ImapServer(folders=folder(bounce(store, sent(store, reader(store))))) as server:
        read(store, server)
        server.validity += 1
        assert read(store, server).counts == {Taken.KNOWN: 1}
    assert events(store) == ["hard"]


def test_a_pipe_and_the_mailbox_bring_the_same_mail_once(store: Store) -> None:
    """Headers that each way adds do not make it another mail."""
    mail = bounce(store, sent(store, reader(store)))
    take_mail(store, b"Received: from mx by pipe\n" + mail.replace(b"\n", b"\r\n"), now=NOW)
    with ImapServer(folders=folder(mail)) as server:
        assert read(store, server).counts == {Taken.KNOWN: 1}


def test_a_crash_between_mail_and_cursor_repeats_harmlessly(store: Store) -> None:
    """Where the process died before the cursor moved, the mails are read again and change nothing."""
    with ImapServer(folders=folder(bounce(store, sent(store, reader(store))))) as server:
        read(store, server)
        advance(store, MAILBOX, {}, now=NOW)
        assert read(store, server).counts == {Taken.KNOWN: 1}
    assert events(store) == ["hard"]


def test_what_was_read_before_the_line_broke_is_kept(store: Store) -> None:
    """The cursor moves step by step, so that a mailbox that breaks off is not begun anew for ever."""
    mails = [b"From: a@b.se\n\nhej\n"] * (PER_STEP + 5)
    with ImapServer(folders=folder(*mails)) as server:
        server.override = {f"UID FETCH {PER_STEP + 3} ": b"garbage\r\n"}
        report = read(store, server)
    assert report.error is not None
    assert progress(store, MAILBOX).cursor["last"] == PER_STEP
    assert progress(store, MAILBOX).error is not None


def test_a_huge_mail_is_read_to_its_bound(store: Store) -> None:
    """Of a mail of many megabytes only the beginning is taken in."""
    delivery = sent(store, reader(store))
    mail = bounce(store, delivery) + b"x" * (3 * MOST_BYTES)
    with ImapServer(folders=folder(mail)) as server:
        report = read(store, server)
        assert any(f"BODY.PEEK[]<0.{MOST_BYTES}>" in command for command in server.commands)
    assert report.counts == {Taken.STOPPED: 1}


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"password": ""}, "mailbox_no_password"),
        ({"password": "fel"}, "mailbox_bad_login"),
        ({"folder": "Studsar"}, "mailbox_no_folder"),
    ],
)
def test_what_goes_wrong_is_told(store: Store, changed: dict[str, Any], key: str) -> None:
    """A mailbox that cannot be read keeps its place, and why is kept until a reading goes well."""
    advance(store, MAILBOX, {"last": 7}, now=NOW - timedelta(hours=1))
    with ImapServer(folders=folder()) as server:
        report = read(store, server, **changed)
        found = progress(store, MAILBOX)
        assert report.error is not None
        assert found.error is not None
        assert (report.error.key, found.error.key, found.cursor) == (key, key, {"last": 7})
        read(store, server)
    assert progress(store, MAILBOX).error is None


def test_a_server_that_cuts_the_line_is_told(store: Store) -> None:
    """Nothing is raised where the other side goes away."""
    with RawServer(lambda connection: connection.close()) as server:
        report = read(store, server)
    assert report.error is not None
    assert report.error.key.startswith("mailbox_")


def test_the_address_in_the_letter_leaves(store: Store) -> None:
    """A mail to the address that List-Unsubscribe names takes its reader off the list."""
    ann = reader(store)
    found = subscribers.find_by_address(store, "veckobrevet", ANN)
    assert found is not None
    to = leave_mail("infomaster@example.se", found.token, bounces=STUDS).removeprefix("mailto:")
    taken = take_mail(store, f"From: {ANN}\r\nTo: {to}\r\nSubject: Avsluta\r\n\r\n".encode(), now=NOW)
    assert taken == {Taken.STOPPED: 1}
    assert state(store, ann) is SubscriberState.LEFT


def test_the_address_to_leave_fits_its_header() -> None:
    """In brackets it has at most 76 letters; a mailbox with too long a name leaves it to a person."""
    token = "x" * 22
    assert len(leave_mail("info@example.se", token, bounces="studs@nyhetsbrev.regionhalland.se")) <= 74
    long = "studsar-och-klagomal@nyhetsbrev.utveckling.regionhalland.se"
    assert leave_mail("info@example.se", token, bounces=long) == f"mailto:info@example.se?subject=leave%20{token}"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A configuration with an empty database beside it."""
    made = tmp_path / "config.toml"
    made.write_text(
        '[site]\nname = "S"\nowner = "R"\nbase_url = "http://127.0.0.1:8000"\ncontact = "a@example.se"\n'
        '[campaign.hallandvaxer]\nname = "Halland växer"\nhashtags = ["#hallandväxer"]\n'
    )
    return made


def piped(site: Path, *words: str, mail: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command as a mail server does."""
    command = [sys.executable, "-m", "skord.cli", "--config", str(site), "bounce", *words]
    return subprocess.run(command, input=mail, capture_output=True, timeout=60, check=False)


def test_a_pipe_is_told_to_come_again_while_there_is_no_database(site: Path) -> None:
    """75 makes a mail server keep the mail; any other failure would make it send a bounce about a bounce."""
    assert piped(site, "-", mail=b"From: a@example.se\n\nhej\n").returncode == 75
    site.write_text("nonsense")
    assert piped(site, "-", mail=b"From: a@example.se\n\nhej\n").returncode == 75


def test_a_pipe_takes_what_means_nothing(site: Path) -> None:
    """A stranger's mail ends here with 0, and a missing file with 66."""
    upgraded = [sys.executable, "-m", "skord.cli", "--config", str(site), "database", "upgrade"]
    subprocess.run(upgraded, check=True, capture_output=True, timeout=60)
    done = piped(site, "-", mail=b"From: a@example.se\n\nhej\n")
    assert (done.returncode, "rör" in done.stderr.decode()) == (0, True)
    assert piped(site, "/nonexistent").returncode == 66


def test_a_letter_comes_home_all_the_way(store: Store, tmp_path: Path) -> None:
    """What a real server took, and another sends back to the envelope's sender, stops exactly that reader's letters."""
    with MailSink() as sink:
        mail = MailSettings(host="127.0.0.1", port=sink.port, bounces=BounceSettings(address=STUDS))
        made = site_settings(tmp_path, mail=mail)
        issue = ready(store, made, readers=3)
        assert send_due(store, made, clock=lambda: NOW).finished == [issue.id]
    letter = next(each for each in sink.letters if each.recipients == ["reader1@example.se"])
    assert letter.sender.startswith("studs+")
    assert "mailto:studs+leave." in letter.message["List-Unsubscribe"]
    head = letter.data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    sent_back = bounce(store, 0, to=letter.sender).replace(b"--b--", b"--b\nContent-Type: message/rfc822\n\n" + head)
    assert take_mail(store, sent_back, now=NOW) == {Taken.STOPPED: 1}
    stopped = [each.email for each in subscribers.iter_subscribers(store, "veckobrevet", SubscriberState.BOUNCED)]
    assert stopped == ["reader1@example.se"]
    assert balance(store, issue.id).holds


def test_the_returned_letter_alone_names_its_reader(store: Store, tmp_path: Path) -> None:
    """A relay that replaced the envelope's sender still returns the letter's own header."""
    with MailSink() as sink:
        made = site_settings(tmp_path, mail=MailSettings(host="127.0.0.1", port=sink.port))
        ready(store, made, readers=1)
        send_due(store, made, clock=lambda: NOW)
    (letter,) = sink.letters
    head = letter.data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    sent_back = bounce(store, 0, to=STUDS).replace(b"--b--", b"--b\nContent-Type: message/rfc822\n\n" + head)
    assert take_mail(store, sent_back, now=NOW) == {Taken.STOPPED: 1}


def test_the_job_reads_the_mailbox_and_tells_what_failed(store: Store, tmp_path: Path) -> None:
    """The scheduled job stops letters; where it cannot get in, it keeps why and raises nothing."""
    ann = reader(store)
    with ImapServer(folders=folder(bounce(store, sent(store, ann)))) as server:
        house = House(config=tmp_path / "none.toml")
        made = site_settings(tmp_path, mail=MailSettings(bounces=settings(server)))
        allowed = FetchSettings(allow=(f"127.0.0.1:{server.port}",))
        house.__dict__ |= {"settings": replace(made, fetch=allowed), "store": store, "clock": lambda: NOW}
        work.returns(house, lambda: False)
        assert state(store, ann) is SubscriberState.BOUNCED
        server.password = "ett annat"
        work.returns(house, lambda: False)
        found = progress(store, MAILBOX)
    assert found.error is not None
    assert found.error.key == "mailbox_bad_login"
