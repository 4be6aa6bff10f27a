"""Judging one mail that came back. Mails from ``corpus`` are real, their names replaced; the others are made here."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from campaign.newsletter import EventKind
from digest.bounces import MOST_BYTES, Judged, judge
from digest.causes import Cause, cause, is_for_good
from digest.keys import delivery_name, message_id, return_path

SECRET = b"the installation's own"
STUDS = "studs@nyhetsbrev.example.se"


def verp(delivery: int = 12, *, secret: bytes = SECRET) -> str:
    """Where a bounce about a delivery comes to."""
    return return_path(secret, STUDS, delivery)


def made(body: str, **headers: str) -> bytes:
    """A mail made for a test; header names with underscores for hyphens."""
    given = {"From": "Mail Delivery System <MAILER-DAEMON@mx.example.se>", "Subject": "Undeliverable", "Date": "today"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return ("".join(f"{name}: {value}\r\n" for name, value in given.items()) + "\r\n" + body).encode()


def dsn(*groups: str, returned: str = "Subject: Veckobrevet\r\n", **headers: str) -> bytes:
    """A delivery report made for a test, with groups of fields about recipients and the header of the letter."""
    parts = [
        "Content-Type: text/plain; charset=utf-8\r\n\r\nBrevet kunde inte levereras.\r\n",
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.se\r\n\r\n" + "\r\n".join(groups),
        "Content-Type: text/rfc822-headers\r\n\r\n" + returned,
    ]
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    return made(body, Content_Type=kind, **headers)


def group(address: str = "ann@example.se", action: str = "failed", status: str = "5.1.1", text: str = "") -> str:
    """What a report says about one recipient."""
    told = f"Diagnostic-Code: smtp; {text}\r\n" if text else ""
    return f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n{told}"


def one(mail: bytes, **given: str) -> Judged:
    """The only thing that a mail says."""
    found = judge(mail, secret=SECRET, **given)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To", "To"])
def test_the_address_it_came_to_says_which_letter(header: str) -> None:
    """Whichever header a server writes the envelope recipient in, its hash names the delivery."""
    found = one(dsn(group(), **{header: verp()}))
    assert (found.kind, found.delivery, found.status, found.address) == (EventKind.HARD, 12, "5.1.1", "ann@example.se")


def test_a_pipe_may_name_the_recipient() -> None:
    """An envelope recipient given beside the mail counts as one in its header."""
    assert one(dsn(group()), to=verp(7)).delivery == 7


def test_small_or_large_letters_in_the_address_do_not_matter() -> None:
    """A server that writes addresses in capitals still brings the letter home."""
    assert one(dsn(group(), To=verp().upper())).delivery == 12


@pytest.mark.parametrize(
    "forged",
    [
        f"studs+12.{'a' * 12}@nyhetsbrev.example.se",
        "studs+12.a@nyhetsbrev.example.se",
        return_path(b"another installation", STUDS, 12),
        verp(13).replace("+13.", "+12."),
        verp(12).replace("+12.", "+012."),
    ],
)
def test_a_forged_name_is_nobodys(forged: str) -> None:
    """A hash that was guessed, cut short, taken from another letter or installation proves nothing."""
    found = one(dsn(group(), To=forged))
    assert (found.delivery, found.letter) == (None, None)


def test_the_returned_header_names_the_letter_where_the_address_does_not() -> None:
    """A relay that changed the envelope sender leaves the letter's own header."""
    returned = f"X-Skord-Delivery: {delivery_name(SECRET, 44)}\r\n"
    found = one(dsn(group(), returned=returned, To=STUDS))
    assert (found.kind, found.delivery) == (EventKind.HARD, 44)
    assert one(dsn(group(), returned=f"X-Skord-Delivery: 44.{'b' * 12}\r\n", To=STUDS)).delivery is None


def test_the_returned_message_id_names_the_letter() -> None:
    """Where only the Message-ID came back, it names issue and subscriber."""
    returned = f"Message-ID: {message_id(SECRET, 5, 981, 'example.se')}\r\n"
    assert one(dsn(group(), returned=returned, To=STUDS)).letter == (5, 981)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (group(status="5.1.1", text="550 5.1.1 User unknown"), EventKind.HARD),
        (group(status="5.0.0", text="550 No such user"), EventKind.HARD),
        (group(status="5.2.1", text="550 5.2.1 The account is disabled"), EventKind.HARD),
        (group(status="5.2.2", text="552 5.2.2 Mailbox full"), EventKind.SOFT),
        (group(status="5.7.1", text="550 5.7.1 Message content rejected as spam"), EventKind.SOFT),
        (group(status="5.1.1", text="550 5.7.1 IP address blacklisted"), EventKind.SOFT),
        (group(status="4.4.7", text="Message expired"), EventKind.SOFT),
        (group(action="delayed", status="4.4.1"), None),
        (group(action="delivered", status="2.0.0"), None),
        (group(action="relayed", status="2.0.0"), None),
        (group(action="expanded", status="2.0.0"), None),
    ],
)
def test_a_report_says_what_became_of_the_letter(fields: str, kind: EventKind | None) -> None:
    """No such address is hard, anything about us or the moment soft; what may still arrive is nothing yet."""
    assert one(dsn(fields, To=verp())).kind == kind


def test_a_report_about_several_says_so() -> None:
    """An address that sends on to several brings one judgement for each, none of them alone."""
    found = judge(dsn(group("ann@example.se"), group("bo@example.se", status="5.2.2"), To=verp()), secret=SECRET)
    assert [(each.address, each.kind, each.alone) for each in found] == [
        ("ann@example.se", EventKind.HARD, False),
        ("bo@example.se", EventKind.SOFT, False),
    ]


def test_a_report_in_base64_is_read() -> None:
    """A server that encodes the report's part is understood all the same."""
    encoded = base64.encodebytes(f"Reporting-MTA: dns; mx\r\n\r\n{group()}".encode()).decode()
    part = f"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"
    mail = made(f"--b\r\n{part}\r\n--b--\r\n", Content_Type='multipart/report; boundary="b"', To=verp())
    assert one(mail).kind is EventKind.HARD


def test_a_complaint_is_one() -> None:
    """A feedback report about a letter of ours is a complaint by its reader."""
    report = "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: x/1\r\n"
    letter = (
        f"Content-Type: message/rfc822\r\n\r\nX-Skord-Delivery: {delivery_name(SECRET, 9)}\r\nSubject: Brev\r\n\r\nHej"
    )
    body = f"--b\r\n{report}\r\n--b\r\n{letter}\r\n--b--\r\n"
    kind = 'multipart/report; report-type=feedback-report; boundary="b"'
    found = one(made(body, Content_Type=kind, From="fbl@isp.example", To=STUDS))
    assert (found.kind, found.delivery) == (EventKind.COMPLAINED, 9)
    other = body.replace("Feedback-Type: abuse", "Feedback-Type: not-spam")
    assert one(made(other, Content_Type=kind, From="fbl@isp.example", To=STUDS)).kind is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ditt meddelande kunde inte levereras. Adressen finns inte.", EventKind.HARD),
        ("Ditt meddelande kunde inte levereras.\r\nOkänd mottagare: ann", EventKind.HARD),
        ("Meddelandet kunde inte levereras eftersom brevlådan är full.", EventKind.SOFT),
        ("Meddelandet kunde inte levereras. Försök igen.", EventKind.SOFT),
    ],
)
def test_free_swedish_words_count_only_with_the_address(text: str, kind: EventKind) -> None:
    """A bounce in plain Swedish is judged where its address proves whose it is, else nothing follows."""
    plain = {"Content_Type": "text/plain; charset=utf-8", "Subject": "Olevererat brev"}
    found = one(made(text, To=verp(), **plain))
    assert (found.kind, found.delivery) == (kind, 12)
    assert one(made(text, To=STUDS, **plain)).kind is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied", "Subject": "Re: Veckobrevet"},
        {"Subject": "=?utf-8?q?Fr=C3=A5nvaro=3A?= Veckobrevet"},
        {"Subject": "Automatiskt svar: Veckobrevet"},
        {"X_Autoreply": "yes", "Subject": "Hej"},
        {"Subject": "Sv: Veckobrevet"},
    ],
)
def test_absence_notes_and_answers_are_replies(headers: dict[str, str]) -> None:
    """From an absence note, or a person's answer, nothing follows, whatever it says of addresses that are gone."""
    mail = made("Adressen finns inte längre, 550 5.1.1", To=verp(), From="Ann <ann@example.se>", **headers)
    assert one(mail).kind is EventKind.REPLIED


TOKEN = "dGhpc19pc19hX3Rva2Vu-w"


@pytest.mark.parametrize(
    "headers",
    [
        {"To": f"studs+leave.{TOKEN}@nyhetsbrev.example.se", "Subject": "unsubscribe"},
        {"To": STUDS, "Subject": f"leave {TOKEN}"},
        {"To": STUDS, "Subject": f"Leave  {TOKEN} "},
    ],
)
def test_a_wish_to_leave_is_read_from_address_or_subject(headers: dict[str, str]) -> None:
    """Both forms that a letter proposes carry the token of who wants to leave."""
    found = one(made("", From="Ann <ann@example.se>", **headers))
    assert (found.kind, found.token) == (EventKind.LEFT, TOKEN)


def test_a_bounce_of_a_wish_to_leave_is_none() -> None:
    """A report, or an answer by machine, never leaves for anybody."""
    assert one(dsn(group(), To=STUDS, Subject=f"leave {TOKEN}")).kind is not EventKind.LEFT
    robot = made("", From="a@example.se", To=STUDS, Subject=f"leave {TOKEN}", Auto_Submitted="auto-generated")
    assert one(robot).kind is not EventKind.LEFT


def _nested(depth: int) -> bytes:
    head = f"To: {verp()}\r\nMIME-Version: 1.0\r\n".encode()
    inner = b"".join(
        f'Content-Type: multipart/mixed; boundary="b{number}"\r\n\r\n--b{number}\r\n'.encode()
        for number in range(depth)
    )
    return head + inner + b"Content-Type: text/plain\r\n\r\nhej\r\n"


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\x00\xff" * 5000,
        _nested(100),
        _nested(3000),
        made("x" * 20_000_000, To=verp()),
        made("hej", To=verp(), **{f"X-{number}": "y" * 500 for number in range(20_000)}),
        made("hej", To=verp(), Subject="=?unknown-8bit?b?//8=?=", Content_Type="text/plain; charset=nonsense"),
        made("hej", To=verp(), Subject="=?utf-8?b?=?=?="),
        made("\r\n" * 400_000, To=verp()),
        dsn(*[group(f"a{number}@example.se") for number in range(2000)], To=verp()),
        dsn("Final-Recipient: \x01\r\nAction: \u2028failed\r\nStatus: 999.999999.1\r\n", To=verp()),
        made("Content-Type: message/rfc822\r\n\r\n" * 500, Content_Type="message/rfc822", To=verp()),
    ],
    ids=[
        "empty",
        "binary",
        "deep",
        "deeper",
        "large",
        "headers",
        "charset",
        "words",
        "lines",
        "crowd",
        "odd",
        "inside",
    ],
)
def test_hostile_mails_do_no_harm(mail: bytes) -> None:
    """Whatever comes, the judgement is bounded and on one line, and no address is called gone for it."""
    found = judge(mail, secret=SECRET)
    assert 1 <= len(found) <= 20
    assert all(len(each.text) <= 300 and each.text.isprintable() for each in found)
    assert len(found) > 1 or found[0].kind is not EventKind.HARD


def test_what_stands_beyond_the_bound_is_not_read() -> None:
    """A name behind the first megabyte proves nothing: reading ends there."""
    late = made("x" * MOST_BYTES + f"\r\nX-Skord-Delivery: {delivery_name(SECRET, 3)}\r\n", To=STUDS)
    assert one(late).delivery is None


@pytest.mark.parametrize(
    ("file", "kind", "status"),
    [
        ("lhost-sendmail-01", EventKind.HARD, "5.1.1"),
        ("lhost-office365-13", EventKind.HARD, "5.1.10"),
        ("lhost-exchange2007-02", EventKind.SOFT, "5.2.2"),
        ("rhost-google-05", EventKind.SOFT, "5.2.2"),
        ("rhost-godaddy-03", EventKind.SOFT, "5.1.1"),
        ("lhost-sendmail-04", EventKind.SOFT, "5.1.8"),
        ("lhost-messagingserver-07", None, "4.4.7"),
        ("rfc3464-28", None, "2.1.5"),
        ("lhost-gmail-01", EventKind.HARD, "5.1.1"),
        ("lhost-exchange2003-04", EventKind.HARD, ""),
        ("lhost-mimecast-01", EventKind.HARD, "5.4.1"),
        ("arf-11", EventKind.COMPLAINED, ""),
        ("arf-14", EventKind.COMPLAINED, ""),
        ("arf-22", EventKind.COMPLAINED, ""),
        ("arf-18", None, ""),
        ("rfc3834-01", EventKind.REPLIED, ""),
        ("rfc3834-02", EventKind.REPLIED, ""),
    ],
)
def test_real_mails_are_judged(corpus: Path, file: str, kind: EventKind | None, status: str) -> None:
    """Real bounces, complaints and absence notes of many servers say what their writers meant."""
    mail = (corpus / "mail" / "sisimai" / "bsd" / f"{file}.eml").read_bytes()
    found = judge(mail, secret=SECRET, to=verp())[0]
    assert (found.kind, found.status, found.delivery) == (kind, status, 12)


def test_every_real_mail_is_bounded_and_none_of_them_is_ours(corpus: Path) -> None:
    """No mail of the collection proves a letter of ours, and each is judged."""
    for file in sorted((corpus / "mail" / "sisimai" / "bsd").glob("*.eml")):
        for each in judge(file.read_bytes(), secret=SECRET):
            assert (each.delivery, each.letter, each.token) == (None, None, ""), file.name


@pytest.mark.parametrize(
    ("code", "status", "text", "wanted"),
    [
        (550, "", "550 5.1.1 <ann@example.se>: Recipient address rejected: User unknown", Cause.NO_ADDRESS),
        (550, "", "Recipient address rejected: Access denied. AS(201806281)", Cause.NO_ADDRESS),
        (None, "5.4.4", "Host or domain name not found. Name service error", Cause.NO_DOMAIN),
        (552, "", "552 disk quota exceeded", Cause.FULL),
        (None, "", "Inkorgen är full", Cause.FULL),
        (550, "", "550-5.7.26 Unauthenticated email from example.se is not accepted", Cause.PROOF),
        (554, "", "554 Service unavailable; blocked using zen.spamhaus.org", Cause.SPAM),
        (421, "", "421 4.7.0 Try again later", Cause.BUSY),
        (None, "4.4.1", "", Cause.UNREACHABLE),
        (552, "5.3.4", "", Cause.TOO_BIG),
        (550, "", "550 no", Cause.REFUSED),
        (None, "", "", Cause.UNKNOWN),
    ],
)
def test_causes_are_told_apart(code: int | None, status: str, text: str, wanted: Cause) -> None:
    """Codes and words of servers become few causes that a person can act on."""
    assert cause(code, status, text) is wanted


def test_a_sender_that_is_refused_is_no_missing_address() -> None:
    """When a server says that *our* address does not exist, the reader's is left in peace."""
    assert not is_for_good(553, "5.1.8", "Domain of sender address studs@example.se does not exist")
    assert not is_for_good(550, "4.1.1", "user unknown")
