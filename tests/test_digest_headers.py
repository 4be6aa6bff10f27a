"""The headers of a letter, to the byte, whatever people write in subjects, names and addresses."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest

from digest.letter import Letter, Links
from digest.lint import lint_bytes
from digest.message import Recipient, build_master
from digest_samples import letter, newsletter
from letter_samples import drawn

ANNA = Recipient(
    address="anna@example.se",
    message_id="<i42.s981.k3f9@example.se>",
    leave_url="https://hallandvaxer.example.se/u/abcdefghijklmnopqrstuvwxyz",
    leave_mail="mailto:redaktionen@example.se?subject=leave%20abc",
    delivery="d77.k3f9",
    sent_at=datetime(2026, 11, 20, 7, 0, 3, tzinfo=UTC),
)
KNOWN = """\
From: =?utf-8?q?Halland_v=C3=A4xer?= <nyhetsbrev@example.se>
Reply-To: redaktionen@example.se
Subject: =?utf-8?q?Halland_v=C3=A4xer_nr_12=3A_Bron_=C3=B6ver_Nissan_=C3=A4r?=
 =?utf-8?q?_=C3=B6ppen?=
To: <anna@example.se>
Date: Fri, 20 Nov 2026 07:00:03 +0000
Message-ID: <i42.s981.k3f9@example.se>
List-Unsubscribe: <https://hallandvaxer.example.se/u/abcdefghijklmnopqrstuvwxyz>,
 <mailto:redaktionen@example.se?subject=leave%20abc>
X-Skord-Delivery: d77.k3f9
MIME-Version: 1.0
Content-Language: sv
List-Id: <veckobrevet.example.se>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
List-Archive: <https://hallandvaxer.example.se/archive>
List-Help: <https://hallandvaxer.example.se/about>
List-Subscribe: <https://hallandvaxer.example.se/subscribe>
List-Owner: <mailto:redaktionen@example.se>
Archived-At: <https://hallandvaxer.example.se/issues/veckobrevet/12>
Auto-Submitted: auto-generated
Precedence: bulk
Feedback-ID: i42:veckobrevet:hallandvaxer:skord
X-Skord-Issue: 42
Content-Type: multipart/alternative; boundary="=_skord-42-a"
"""
#: What people, and people who mean harm, put into a line.
PIECES = (
    "Bron är öppen", "\r\nBcc: x@example.se", "\n\n<html>", "\r", "\x00", "\u2028", "\u2029", "\x85", "\x0b\x0c",
    "🎉🌾", "👩🏽‍🌾", "\u202egnirts", "\u200f\u200e", "å" * 90, "x" * 120, "=?utf-8?q?x?=", "?==?", '"', "\\",
    "<a@b.se>", ",", ";", ":", "()", "@", "növember", "日本語", "е́", "\ufeff", "\t", " ", "{{7*7}}", "%0d%0aBcc:",
)  # fmt: skip


def built(told: Letter | None = None, subject: str = "", **settings: object) -> bytes:
    """The letter to Anna as it leaves."""
    told = told or letter()
    return build_master(
        told, drawn(told, ornament="", picture=None), newsletter(**settings), pictures={}, issue_id=42, subject=subject
    ).join(ANNA)


def head(message: bytes) -> bytes:
    """The headers alone."""
    return message.partition(b"\r\n\r\n")[0] + b"\r\n"


def parsed(message: bytes) -> EmailMessage:
    """The message as a mail program reads it."""
    return message_from_bytes(message, policy=policy.default)


def hostile(seed: int) -> str:
    """A line of hostile pieces, the same for the same seed."""
    choose = random.Random(seed)
    return "".join(choose.choice(PIECES) for _ in range(choose.randint(1, 9)))


def test_headers_of_a_known_letter_are_these_bytes() -> None:
    """Every header, its order, its folds and its line ends."""
    assert head(built()).decode("ascii") == KNOWN.replace("\n", "\r\n")


@pytest.mark.parametrize("seed", range(60))
def test_no_subject_does_harm(seed: int) -> None:
    """One header, no new ones, nothing glued, short lines, and the words come back but for control characters."""
    subject = hostile(seed)
    message = built(replace(letter(), subject=subject))
    assert lint_bytes(message) == []
    assert [name for name, _ in parsed(message).items()] == [name for name, _ in parsed(built()).items()]
    assert max(map(len, head(message).partition(b"To: ")[0].split(b"\r\n"))) <= 78
    kept = "".join(each for each in subject if each.isprintable() and not each.isspace())
    assert "".join(parsed(message)["Subject"].split()) == kept


@pytest.mark.parametrize("seed", range(60, 100))
def test_no_name_of_a_sender_does_harm(seed: int) -> None:
    """The sender's address stays the only one, whatever the name holds."""
    message = built(sender_name=hostile(seed), name=hostile(seed + 1000))
    assert lint_bytes(message) == []
    assert [name for name, _ in parsed(message).items()] == [name for name, _ in parsed(built()).items()]
    addresses = parsed(message)["From"].addresses
    assert [each.addr_spec for each in addresses] == ["nyhetsbrev@example.se"]


@pytest.mark.parametrize(
    "words", ["växer på åkern och ängen " * 8, "ö" * 200, "🌾 skörd " * 20, "a" * 70 + "å" + "b" * 70]
)
def test_encoded_words_are_never_glued_and_short_enough(words: str) -> None:
    """Each encoded word has at most 75 letters and white space before the next, in subject and sender."""
    top = head(built(replace(letter(), subject=words), sender_name=words.strip()))
    assert b"?==?" not in top
    found = re.findall(rb"=\?utf-8\?[qb]\?[^?]*\?=", top)
    assert found
    assert all(len(each) <= 75 for each in found)
    unfolded = re.sub(rb"\r\n ", b" ", top).decode("ascii")
    line = next(each for each in unfolded.split("\r\n") if each.startswith("Subject: "))
    assert str(make_header(decode_header(line.removeprefix("Subject: ")))).split() == words.split()


def test_addresses_of_pages_with_other_letters_are_written_in_ascii() -> None:
    """A site of its own spelling, or a newsletter's name in an address, never stops a letter."""
    links = Links(
        web="https://växer.se/issues/brevet/1",
        archive="https://växer.se/arkiv?år=2026",
        subscribe="https://växer.se/subscribe",
        privacy="https://växer.se/privacy",
        about="https://växer.se/om oss",
    )
    message = built(replace(letter(), links=links))
    assert lint_bytes(message) == []
    assert b"\r\nList-Archive: <https://xn--vxer-loa.se/arkiv?%C3%A5r=2026>\r\n" in message
    assert b"\r\nList-Help: <https://xn--vxer-loa.se/om%20oss>\r\n" in message


def test_an_address_too_long_for_a_header_is_left_out() -> None:
    """What some mail programs would fold into ruins is not there; the letter leaves all the same."""
    message = built(replace(letter(), links=replace(letter().links, archive="https://x.example/" + "a" * 60)))
    assert lint_bytes(message) == []
    assert b"List-Archive" not in head(message)
    assert b"List-Help" in head(message)


@pytest.mark.parametrize(
    "wrong",
    [
        b"To: <anna@example.se>, <b@example.se>",
        b"To: undisclosed-recipients:;",
        b"To: <anna@v\\xc3\\xa4xer.se>",
    ],
)
def test_linter_refuses_any_but_one_plain_recipient(wrong: bytes) -> None:
    """One letter, one reader."""
    message = built().replace(b"To: <anna@example.se>", wrong, 1)
    assert "not_one_recipient" in [fault.key for fault in lint_bytes(message)]
