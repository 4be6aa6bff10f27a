"""The only way out for mail: one connection to the mail server, and for each letter exactly what became of it.

MailError
├── MailUnreachable    no connection: nothing was sent, the next connection may try again
├── MailRefused        the server said no for good (5xx); ``stage`` says to what
├── MailDeferred       the server said later (4xx); ``stage`` says to what
├── MailLost           the line broke before the letter was complete: not delivered, safe to send again
└── MailUncertain      the line broke after the letter was complete: delivered or not, nobody knows

MAIL, RCPT and DATA are spoken here, because smtplib's own ``sendmail`` does not tell the last two apart.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import NoReturn, Self

from campaign.errors import SkordError
from campaign.mailboxes import ascii_domain, scrubbed
from campaign.settings import MailSettings

ANSWER_SECONDS = 300
"""How long to wait for the answer to a complete letter: giving up early makes letters uncertain."""

_LONGEST_ADDRESS = 254
_LONGEST_TEXT = 500
_LEADING_DOT = re.compile(rb"\n\.")
_LOCAL_PART = re.compile(r"[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f-\x9f]+")
_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-fA-Fipv:.]+\]")


class Stage(StrEnum):
    """What the server was asked when it refused: to take the sender, the recipient, or the letter itself."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    LETTER = "letter"


class MailError(SkordError):
    """A letter was not, or perhaps not, taken by the mail server."""


class MailUnreachable(MailError):
    """There is no usable connection: no server, no greeting, no encryption or no login. Nothing was sent."""


class MailLost(MailError):
    """The connection broke before the letter was complete. It was not delivered, and may be sent again."""


class MailUncertain(MailError):
    """The connection broke after the letter was complete and before the server answered for it."""


class MailAnswered(MailError):
    """The server answered no. ``text`` is its own words, which may hold addresses; the facts have them masked.

    Only ``stage`` RECIPIENT says anything about the recipient: a refused sender or letter is refused for all.
    """

    def __init__(self, key: str, /, *, stage: Stage, code: int, text: str) -> None:
        super().__init__(key, stage=stage.value, code=code, text=scrubbed(text))
        self.stage = stage
        self.code = code
        self.text = text


class MailRefused(MailAnswered):
    """Refused for good (5xx), or an address that no mail can go to (code 0, key ``mail_bad_address``)."""


class MailDeferred(MailAnswered):
    """Refused for now (4xx): the server may take it later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The server's answer to a letter that it took. ``text`` often holds the name it has in the server's queue."""

    code: int
    text: str


def open(  # the module is read as smtp.open
    settings: MailSettings,
    *,
    timeout_seconds: float = 30,
    answer_seconds: float = ANSWER_SECONDS,
    tls: ssl.SSLContext | None = None,
) -> SmtpConnection:
    """Connect, encrypt and log in as the settings say. Close the connection after use, or use it in ``with``.

    ``timeout_seconds`` is for each step, ``answer_seconds`` for the answer to a complete letter; ``tls`` replaces
    which certificates are trusted. Raises MailUnreachable.
    """
    host = _ascii_domain(settings.host)
    smtp: smtplib.SMTP | None = None
    try:
        smtp = _connected(settings, host, timeout_seconds, tls)
        if settings.user:
            _log_in(smtp, settings)
    except ssl.SSLError as error:
        _give_up(smtp, "mail_tls_failed", settings, error, reason=str(getattr(error, "verify_message", "") or ""))
    except (smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
        _give_up(smtp, "mail_turned_away", settings, error, code=error.smtp_code, text=_text(error.smtp_error))
    except OSError as error:  # smtplib's own errors are among these
        _give_up(smtp, "mail_unreachable", settings, error)
    except MailError:
        if smtp is not None:
            smtp.close()
        raise
    return SmtpConnection(smtp, answer_seconds=answer_seconds)


def _connected(settings: MailSettings, host: str, seconds: float, tls: ssl.SSLContext | None) -> smtplib.SMTP:
    name = _own_name()
    if settings.security != "none" and tls is None:
        tls = ssl.create_default_context()  # reads every trusted certificate, 50 ms: only where one is asked for
    if settings.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, settings.port, name, timeout=seconds, context=tls)
    else:
        smtp = smtplib.SMTP(host, settings.port, name, timeout=seconds)
    if smtp.sock is not None:
        # The final dot goes out by itself: it must not wait until the server has confirmed the letter's last piece.
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        smtp.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            if not smtp.has_extn("starttls"):
                raise MailUnreachable("mail_tls_failed", host=settings.host, port=settings.port, reason="not offered")
            smtp.starttls(context=tls)
            smtp.ehlo_or_helo_if_needed()
    except (OSError, MailError):
        smtp.close()
        raise
    return smtp


def _log_in(smtp: smtplib.SMTP, settings: MailSettings) -> None:
    try:
        smtp.login(settings.user, settings.password)
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPResponseException as error:
        raise MailUnreachable("mail_login_failed", host=settings.host, code=error.smtp_code) from error
    except smtplib.SMTPException as error:
        raise MailUnreachable("mail_login_failed", host=settings.host, code=0) from error
    except UnicodeError:
        # Its message would hold the password.
        raise MailUnreachable("mail_login_failed", host=settings.host, code=0) from None


def _give_up(
    smtp: smtplib.SMTP | None, key: str, settings: MailSettings, error: Exception, **facts: str | int
) -> NoReturn:
    if smtp is not None:
        smtp.close()
    raise MailUnreachable(key, host=settings.host, port=settings.port, **facts) from error


class SmtpConnection:
    """An open connection that sends one letter after the other. Not to be shared between threads."""

    def __init__(self, smtp: smtplib.SMTP, *, answer_seconds: float) -> None:
        self._smtp = smtp
        self._answer_seconds = answer_seconds
        self.usable = True
        """Whether another letter may be sent over it; False once the line broke or the server said goodbye."""

    def send(self, envelope_from: str, to: str, message: bytes, *, whole_lines: bool = False) -> Reply:
        """Send a letter to one recipient and return the server's answer once it has taken it.

        ``message`` is complete, headers and all, in any line ends. ``whole_lines`` says that ``has_whole_lines`` is
        known of it, which takes long to find out again for each of many letters.

        Raises MailRefused, MailDeferred, MailLost or MailUncertain; after the first two the connection can be used
        on, unless ``usable`` says otherwise.
        """
        if not self.usable:
            raise MailLost("mail_lost")
        sender, recipient = _mailbox(envelope_from, Stage.SENDER), _mailbox(to, Stage.RECIPIENT)
        options = self._options(sender, recipient, message)
        try:
            self._introduce((f"MAIL FROM:<{sender}>{options}", f"RCPT TO:<{recipient}>", "DATA"))
            self._smtp.send(_stuffed(message, whole_lines=whole_lines))
        except MailAnswered:
            self._reset()
            raise
        except OSError as error:  # smtplib's own errors are among these
            self._drop()
            raise MailLost("mail_lost") from error
        return self._finish()

    def close(self) -> None:
        """Say goodbye where somebody still listens, and close."""
        if self.usable:
            self.usable = False
            try:
                self._smtp.quit()
            except OSError:
                self._smtp.close()  # every letter has had its answer; a goodbye changes none of them

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _options(self, sender: str, recipient: str, message: bytes) -> str:
        options = ""
        if self._smtp.has_extn("size"):
            options += f" SIZE={len(message)}"
        if not message.isascii() and self._smtp.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        if not (sender + recipient).isascii():
            if not self._smtp.has_extn("smtputf8"):
                stage = Stage.SENDER if not sender.isascii() else Stage.RECIPIENT
                raise MailRefused("mail_bad_address", stage=stage, code=0, text="")
            options += " SMTPUTF8"
        return options

    def _introduce(self, commands: Sequence[str]) -> None:
        """Ask for sender, recipient and letter; at once where the server takes several commands (RFC 2920)."""
        if self._smtp.has_extn("pipelining"):
            self._smtp.send("".join(f"{command}\r\n" for command in commands).encode())
            self._hear_all()
            return
        for stage, command in zip(Stage, commands, strict=True):
            self._smtp.send(f"{command}\r\n".encode())
            self._hear(stage)

    def _hear(self, stage: Stage) -> None:
        code, text = self._smtp.getreply()
        if code not in ((354,) if stage is Stage.LETTER else (250, 251, 252)):
            self._refuse(stage, code, _text(text))

    def _hear_all(self) -> None:
        """Hear the answers to the three commands. The first refusal counts; the answers after it follow from it.

        A server that still waits for the letter after a refusal gets none, not even an empty one: the line is dropped.
        """
        refusal: MailAnswered | None = None
        for stage in Stage:
            if refusal is None:
                try:
                    self._hear(stage)
                except MailAnswered as answer:
                    refusal = answer
            elif self.usable:
                try:
                    waits = self._smtp.getreply()[0] == 354
                except OSError:
                    waits = True
                if waits:
                    self._drop()
        if refusal is not None:
            raise refusal

    def _refuse(self, stage: Stage, code: int, text: str) -> NoReturn:
        if code == 421:
            self._drop()
        if 500 <= code < 600:
            raise MailRefused("mail_refused", stage=stage, code=code, text=text)
        if 400 <= code < 500:
            raise MailDeferred("mail_deferred", stage=stage, code=code, text=text)
        # No mail server speaks so. What it would make of the rest is unknown, so this line is not used on.
        self._drop()
        raise MailLost("mail_lost")

    def _finish(self) -> Reply:
        """Send the final dot and wait for the answer. From here on a broken line leaves the letter in doubt."""
        sock = self._smtp.sock
        if sock is None:
            raise MailLost("mail_lost")
        try:
            sock.sendall(b".\r\n")
        except ConnectionError as error:
            self._drop()  # the line was already down: the dot has not left the machine
            raise MailLost("mail_lost") from error
        except OSError as error:
            self._drop()
            raise MailUncertain("mail_uncertain") from error
        before = sock.gettimeout()
        try:
            sock.settimeout(self._answer_seconds)
            code, answer = self._smtp.getreply()
            sock.settimeout(before)
        except OSError as error:
            self._drop()
            raise MailUncertain("mail_uncertain") from error
        if 200 <= code < 300:
            return Reply(code=code, text=_text(answer))
        if not 400 <= code < 600:
            self._drop()
            raise MailUncertain("mail_uncertain")
        self._refuse(Stage.LETTER, code, _text(answer))

    def _reset(self) -> None:
        """Make the server forget the letter that it refused, so that the next one starts clean."""
        if self.usable:
            try:
                if self._smtp.rset()[0] != 250:
                    self._drop()
            except OSError:
                self._drop()  # the refusal that is being raised says what matters about this letter

    def _drop(self) -> None:
        self.usable = False
        self._smtp.close()


def _mailbox(address: str, stage: Stage) -> str:
    """Return an address as the server wants it, its domain in ASCII; "" is the empty sender of bounces."""
    if not address and stage is Stage.SENDER:
        return ""
    local, _, domain = address.rpartition("@")
    domain = _ascii_domain(domain)
    mailbox = f"{local}@{domain}"
    if len(mailbox.encode()) > _LONGEST_ADDRESS or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise MailRefused("mail_bad_address", stage=stage, code=0, text="")
    return mailbox


def _ascii_domain(domain: str) -> str:
    """Return a domain in punycode and lower case; as it stands where it cannot be one."""
    try:
        return ascii_domain(domain)
    except UnicodeError:
        return domain


def _own_name() -> str:
    """Return the name to greet with; asking the network for it, as smtplib does, may take half a minute."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def has_whole_lines(text: bytes) -> bool:
    """Return whether every line ends in CRLF, and neither CR nor LF stands alone."""
    return text.count(b"\r\n") == text.count(b"\n") == text.count(b"\r")


def _stuffed(message: bytes, *, whole_lines: bool = False) -> bytes:
    """Return a message as it goes over the line, all but the final dot: CRLF everywhere, leading dots doubled.

    A lone CR or LF would let a text end the letter in the eyes of some servers and smuggle in another one.
    """
    if not whole_lines and not has_whole_lines(message):
        message = re.sub(rb"\r\n|\r|\n", b"\r\n", message)
    if _LEADING_DOT.search(message):  # many times faster than to replace what is not there
        message = message.replace(b"\r\n.", b"\r\n..")
    if message.startswith(b"."):
        message = b"." + message
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_LONGEST_TEXT]
