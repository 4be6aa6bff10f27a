"""Mails to the editors: a draft is ready, nobody approved it, something stopped. And any other plain mail of ours."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from campaign.errors import Fact
from campaign.language import Language
from campaign.newsletter import Issue
from campaign.periods import iter_plans, words
from campaign.settings import NewsletterSettings, Settings
from digest import desk
from digest.addresses import Addresses
from digest.edition import Edition, faults, language_of
from digest.keys import keyed
from digest.message import ascii_address, sender
from net import smtp
from storage import senders
from storage.store import Store

log = logging.getLogger("skord.digest.notices")

Opener = Callable[[], smtp.SmtpConnection]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A plain mail to one person. ``mark`` makes its Message-ID, so that the same mail is the same mail.

    ``html`` says the same as ``body``, "" where there is no need.
    """

    to: str
    subject: str
    body: str
    mark: str
    html: str = ""


class Post:
    """One round's way to the mail server. The connection is opened when the first mail leaves; ``close`` it.

    Once the server could not be reached the round tries no more, and says so by False. From what looks like a copy of
    the database nothing leaves at all: whom it would write to may have been written to already, or have left since.
    """

    def __init__(self, store: Store, open_mail: Opener) -> None:
        self._store = store
        self._open = open_mail
        self._mail: smtp.SmtpConnection | None = None
        self._copy = senders.is_copy(store)
        self.problem: smtp.MailError | None = None

    @property
    def unreachable(self) -> bool:
        """Whether nothing can leave in this round: the server could not be reached, or this may be a copy."""
        return self._copy or isinstance(self.problem, smtp.MailUnreachable)

    def send(self, newsletter: NewsletterSettings, mail: Mail, *, now: datetime) -> bool:
        """Send a mail; False, and told in the log, where it did not leave for certain."""
        if not self._may_leave(now):
            return False
        try:
            if self._mail is None or not self._mail.usable:
                self._mail = self._open()
            message = build(mail, newsletter, secret=self._store.secret, now=now)
            self._mail.send(sender(newsletter).addr_spec, ascii_address(mail.to), message)
        except smtp.MailUncertain as problem:
            # Perhaps it has arrived. A reminder more would be worse than one less.
            self.problem = problem
        except smtp.MailError as problem:
            self.problem = problem
            log.warning("a mail could not be sent: %s", problem.key, extra={"action": "notice_failed", "lasting": True})
            return False
        return True

    def _may_leave(self, now: datetime) -> bool:
        """Return whether a mail may be tried; the first one makes this the installation that sends."""
        if self._mail is None and not self.unreachable:
            self._copy = not senders.may_send(self._store, now=now)
        if self._copy:
            log.warning(
                "no mail leaves from what looks like a copy of the database: an administrator must confirm it",
                extra={"action": "notice_from_copy", "lasting": True},
            )
        return not self.unreachable

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._mail is not None:
            self._mail.close()
            self._mail = None


def build(mail: Mail, newsletter: NewsletterSettings, *, secret: bytes, now: datetime) -> bytes:
    """Return the bytes of a plain mail from the newsletter's sender."""
    message = EmailMessage(policy=policy.SMTP)
    origin = sender(newsletter)
    message["From"] = origin
    message["To"] = Address(addr_spec=ascii_address(mail.to))
    if newsletter.reply_to:
        message["Reply-To"] = Address(addr_spec=ascii_address(newsletter.reply_to))
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{keyed(secret, 'mail', mail.mark, mail.to, now.isoformat(), length=20)}@{origin.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body, charset="utf-8", cte="quoted-printable")
    if mail.html:
        message.add_alternative(mail.html, subtype="html", charset="utf-8", cte="quoted-printable")
    return message.as_bytes()


def editors(settings: Settings, newsletter: NewsletterSettings) -> tuple[str, ...]:
    """Return who is told about a newsletter: its editors, else the site's contact."""
    return newsletter.editors or (settings.site.contact,)


def announce(
    post: Post, store: Store, settings: Settings, edition: Edition, *, now: datetime, reminder: bool = False
) -> bool:
    """Tell the editors that a draft is ready, or remind them that nobody has approved it; False if none was reached."""
    language = language_of(settings)
    issue = edition.issue
    facts = _facts(edition.letter.name, issue, settings, language)
    kind = "reminder" if reminder else "ready"
    lines = [language.t(f"digest.mail.{kind}.body", **facts, count=edition.letter.count)]
    wrong = [language.t(f"digest.lint.{fault.key}", **fault.facts) for fault in faults(store, settings, edition)]
    if wrong:
        lines.append("\n".join([language.t("digest.mail.wrong"), *(f"- {line}" for line in wrong)]))
    lines.append(language.t("digest.mail.link", **facts))
    if not reminder:
        lines.append(_plans(settings, issue, language, now))
    subject = language.t(f"digest.mail.{kind}.subject", **facts)
    return _tell(post, settings, issue, subject=subject, lines=lines, kind=kind, now=now)


def explain(post: Post, settings: Settings, edition: Edition, *, now: datetime) -> bool:
    """Tell the editors why an issue stands still, with the times it could be sent at instead."""
    language = language_of(settings)
    issue = edition.issue
    why = issue.why
    if why is None:
        return True
    facts = _facts(edition.letter.name, issue, settings, language)
    lines = [language.t(f"digest.why.{why.key}", **{**facts, **why.facts})]
    if issue.state in ("held", "missed"):
        times = [
            f"- {language.t(f'digest.offer.{offer.key}')}: {language.day(offer.send_at)} {language.time(offer.send_at)}"
            for offer in desk.offers(settings, issue, now=now)
        ]
        lines.append("\n".join([language.t("digest.mail.offers"), *times]))
    lines.append(language.t("digest.mail.link", **facts))
    subject = language.t(f"digest.mail.stopped.{issue.state}", **facts)
    return _tell(post, settings, issue, subject=subject, lines=lines, kind=f"{issue.state}-{why.key}", now=now)


def _tell(
    post: Post, settings: Settings, issue: Issue, *, subject: str, lines: list[str], kind: str, now: datetime
) -> bool:
    newsletter = settings.newsletters[issue.newsletter]
    body = "\n\n".join(lines) + "\n"
    sent = [
        post.send(newsletter, Mail(to=to, subject=subject, body=body, mark=f"{issue.id}-{kind}"), now=now)
        for to in editors(settings, newsletter)
    ]
    return any(sent)


def _facts(name: str, issue: Issue, settings: Settings, language: Language) -> dict[str, Fact]:
    return {
        "name": name,
        "number": issue.number,
        "week": issue.week.number,
        "day": language.day(issue.send_at),
        "time": language.time(issue.send_at),
        "link": Addresses(settings, issue.campaign, language.code).desk_issue(issue.id),
    }


def _plans(settings: Settings, issue: Issue, language: Language, now: datetime) -> str:
    """Return the coming weeks in words, through the next one that has a letter, so that no pause is a surprise."""
    newsletter = settings.newsletters[issue.newsletter]
    coming = []
    for planned in iter_plans(newsletter, settings.site.timezone, max(issue.send_at, now)):
        coming.append(words(planned, language))
        if planned.goes_out or len(coming) == 6:
            break
    return "\n".join([language.t("digest.mail.then"), *(f"- {line}" for line in coming)])
