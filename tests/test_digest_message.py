"""The bytes that leave."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from campaign.language import Language
from campaign.settings import NewsletterSettings
from digest.encoding import quoted_printable, soft_break
from digest.keys import delivery_name, fits, keyed, message_id
from digest.letter import Letter
from digest.lint import lint_bytes, lint_content
from digest.marks import marks_of
from digest.message import Master, Recipient, ascii_address, build_master, from_kept
from digest.pictures import rings
from digest.render import render
from digest_samples import letter, newsletter

SV = Language("sv", ZoneInfo("Europe/Stockholm"))
ANNA = Recipient(
    address="anna@example.se",
    message_id="<i42.s981.k3f9@example.se>",
    leave_url="https://hallandvaxer.example.se/u/abcdefghijklmnopqrstuvwxyz",
    leave_mail="mailto:redaktionen@example.se?subject=avsluta%20abc",
    delivery="d77.k3f9",
    sent_at=datetime(2026, 11, 20, 7, 0, 3, tzinfo=UTC),
)


def master(told: Letter | None = None, settings: NewsletterSettings | None = None, *, subject: str = "") -> Master:
    """The letter's message with the ornament embedded."""
    told = told or letter()
    rendered = render(told, SV, picture=lambda _picture, _wide: "cid:rings@skord", ornament="cid:rings@skord")
    pictures = {"rings@skord": rings(told.accent, date(2026, 11, 20))}
    return build_master(told, rendered, settings or newsletter(), pictures=pictures, issue_id=42, subject=subject)


def parsed(message: bytes) -> EmailMessage:
    """The message as a mail program reads it."""
    return message_from_bytes(message, policy=policy.default)


def test_headers_are_byte_correct() -> None:
    """List headers stand as they must, raw, each address short enough never to be folded."""
    head = master().join(ANNA).partition(b"\r\n\r\n")[0]
    assert (
        b"List-Unsubscribe: <https://hallandvaxer.example.se/u/abcdefghijklmnopqrstuvwxyz>,\r\n"
        b" <mailto:redaktionen@example.se?subject=avsluta%20abc>\r\n"
    ) in head
    for line in (
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        b"List-Id: <veckobrevet.example.se>",
        b"Message-ID: <i42.s981.k3f9@example.se>",
        b"Date: Fri, 20 Nov 2026 07:00:03 +0000",
        b"Auto-Submitted: auto-generated",
        b"Content-Language: sv",
        b"Archived-At: <https://hallandvaxer.example.se/issues/veckobrevet/12>",
        b"Feedback-ID: i42:veckobrevet:hallandvaxer:skord",
        b"Reply-To: redaktionen@example.se",
        b"To: <anna@example.se>",
        b"X-Skord-Delivery: d77.k3f9",
    ):
        assert b"\r\n" + line + b"\r\n" in b"\r\n" + head + b"\r\n", line


def test_finished_message_has_no_fault() -> None:
    """The linter finds nothing in a letter of forty stories."""
    assert lint_bytes(master(letter(40)).join(ANNA)) == []


def test_parts_are_text_then_html_with_its_pictures() -> None:
    """Alternatives stand in the order of preference; pictures belong to the HTML."""
    message = parsed(master().join(ANNA))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
    ]  # fmt: skip
    assert all(
        part.get_content_charset() == "utf-8" for part in message.walk() if part.get_content_maintype() == "text"
    )


def test_join_gives_each_subscriber_their_own_link_and_the_same_words() -> None:
    """Only the subscriber's own values differ; the body decodes to what was drawn."""
    told = letter()
    rendered = render(told, SV)
    cut = build_master(told, rendered, newsletter(), pictures={}, issue_id=42)
    for recipient in (ANNA, replace(ANNA, leave_url="https://hallandvaxer.example.se/u/b=c", address="b@example.se")):
        message = parsed(cut.join(recipient))
        for kind, part in (("plain", rendered.text), ("html", rendered.html)):
            body = message.get_body((kind,))
            assert body is not None
            assert body.get_content().replace("\r\n", "\n") == part.replace(marks_of(told).leave, recipient.leave_url)


def test_master_survives_being_kept() -> None:
    """What is frozen in the database is the same master."""
    cut = master()
    assert from_kept(cut.keep()) == cut


def test_a_master_that_was_frozen_long_ago_still_gives_each_reader_their_own_link() -> None:
    """What was kept when every letter had the same mark holds no mark at all, only where the links go."""
    kept = b"bTo: <\x00sto\x00b>\r\nList-Unsubscribe: <\x00sleave\x00b>\r\n\r\nL=C3=A4mna:=\r\n\x00sleave_body\x00bhttps://leave.invalid/"
    joined = from_kept(kept).join(ANNA)
    assert joined.count(ANNA.leave_url.encode()) == 2
    assert joined.endswith(b"https://leave.invalid/")


def test_joining_is_fast() -> None:
    """A letter is a join of ready pieces: many hundreds a second, where building one takes some milliseconds."""
    cut = master(letter(40))
    start = time.perf_counter()
    for _ in range(500):
        cut.join(ANNA)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "subject",
    ["Å" * 90, "Hej\r\nBcc: x@example.se", "Växer " * 30, "a\u2028b\x00c", "🎉" * 40, "x" * 300],
)
def test_subject_is_one_sound_header(subject: str) -> None:
    """Whatever the subject holds, it is one header, without glued encoded words, lines short."""
    message = master(replace(letter(), subject=subject)).join(ANNA)
    assert lint_bytes(message) == []
    assert parsed(message)["Bcc"] is None
    assert "".join(parsed(message)["Subject"].split()) == "".join(
        "".join(each if each.isprintable() else " " for each in subject).split()
    )


def test_sender_with_swedish_domain_is_written_in_ascii() -> None:
    """An IDN domain becomes punycode, never an encoded word."""
    message = master(settings=newsletter(sender_address="brev@växer.se")).join(ANNA)
    assert b"<brev@xn--vxer-loa.se>" in message
    assert ascii_address("a@växer.se") == "a@xn--vxer-loa.se"
    with pytest.raises(UnicodeError):
        ascii_address("å@växer.se")


def test_message_id_is_the_same_on_each_retry_and_cannot_be_guessed() -> None:
    """It depends on issue, subscriber and secret, and on nothing else."""
    assert message_id(b"s", 1, 2, "x.se") == message_id(b"s", 1, 2, "x.se")
    assert len({message_id(s, i, p, "x.se") for s in (b"s", b"t") for i in (1, 2) for p in (1, 2)}) == 8


def test_name_of_a_delivery_cannot_be_forged() -> None:
    """What names a delivery in its headers carries a keyed hash that fits no other."""
    number, _, mark = delivery_name(b"s", 42).partition(".")
    assert fits(b"s", "delivery", mark, int(number))
    assert not fits(b"s", "delivery", mark, 43)
    assert not fits(b"s", "delivery", "", 42)
    assert keyed(b"s", "delivery", 42) != keyed(b"s", "message", 42)


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (lambda m: m.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""), "no_one_click"),
        (lambda m: m.replace(b"/u/abc", b"/u/" + b"x" * 80), "long_leave_link"),
        (lambda m: m.replace(b"List-Id: <", b"List-Id: =?utf-8?q?x?= <"), "encoded_list_header"),
        (lambda m: b"From: x@example.se\r\n" + m, "header_not_once"),
        (lambda m: re.sub(rb"Date: [^\r]*\r\n", b"", m), "header_not_once"),
        (lambda m: m.replace(b"Subject: ", b"Subject: =?utf-8?q?a?==?utf-8?q?b?= "), "glued_words"),
        (lambda m: m.replace(b"Subject: ", b"Subject: =?utf-8?q?" + b"x" * 70 + b"?= "), "long_word"),
        (lambda m: m.replace(b"To: <", b"To: <b@example.se>, <"), "not_one_recipient"),
        (lambda m: m + b"x" * 1200, "long_line"),
        (lambda m: m.replace(b"\r\n\r\n", b"\r\n\n", 2), "bare_line_end"),
        (lambda m: m.replace(b"prefers-color-scheme", b"prefers-colour"), "no_dark_sheet"),
        (lambda m: m.replace(b"Content-ID: <rings", b"Content-ID: <wrong"), "picture_missing"),
        (lambda m: m.replace(b"PaPpa", b"x") + b"\xc3\xa5", "not_ascii"),
    ],
)
def test_linter_names_each_fault(wrong: object, key: str) -> None:
    """Each fault that breaks delivery, reading or leaving is found and named."""
    assert callable(wrong)
    assert key in {fault.key for fault in lint_bytes(wrong(master().join(ANNA)))}


def test_content_linter_asks_for_what_is_missing() -> None:
    """Too few stories and links that lead nowhere from a mail are named before approval."""
    keys = [fault.key for fault in lint_content(replace(letter(2), intro="[x](/sida)"), min_items=3)]
    assert keys == ["too_few", "relative_link"]
    assert lint_content(letter(3), min_items=3) == []


@pytest.mark.parametrize("length", [60, 74, 75, 76, 77, 78, 79, 150, 151, 152, 153])
def test_soft_break_never_makes_a_line_too_long_and_changes_nothing(length: int) -> None:
    """However long the last line is, the pieces decode to the text they came from."""
    import quopri

    for text in ("a" * length, "å" * length, "a" * (length - 1) + "ö", "b" * length + " "):
        encoded = soft_break(quoted_printable(text))
        assert encoded.endswith(b"=\r\n")
        assert max(len(line) for line in encoded.split(b"\r\n")) <= 76
        assert quopri.decodestring(encoded).decode() == text
