"""Signing up and leaving: double opt-in with its proof, one-click leaving, and lists brought by an administrator.

A visitor is told the same whether an address is known or not, and just as fast: the confirmation mail leaves with
the next round of ``digest.work``, not while they wait.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from campaign.errors import InputError
from campaign.language import Language
from campaign.newsletter import Subscriber, SubscriberState
from campaign.settings import NewsletterSettings, Settings
from digest.addresses import Addresses
from digest.guard import Answer, Asked, look
from digest.notices import Mail, Post
from storage import signing_up, subscribers
from storage.addresses import Home
from storage.store import Store
from storage.subscribers import Added, Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of one line of an import. ``line`` counts from 1, the head included."""

    line: int
    address: str
    result: Added


def wording(settings: Settings, newsletter: NewsletterSettings, language: Language, *, page: str = "") -> Wording:
    """Return the sentence that a person agrees to when signing up, as the form must show it; ``page`` is where."""
    campaign = settings.campaigns[newsletter.campaign]
    text = language.t("digest.subscribe.wording", name=newsletter.name or campaign.name, owner=settings.site.owner)
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Wording(text=text, version=version, language=language.code, page=page)


def sign_up(
    store: Store,
    settings: Settings,
    newsletter: NewsletterSettings,
    address: str,
    *,
    language: Language,
    now: datetime,
    asked: Asked | None = None,
) -> Answer:
    """Take a sign-up; its owner gets a mail that asks for confirmation.

    ``asked`` is what came with a form of the public's, which is not always taken at once. Raises InputError ``email``
    for what is no address, DigestError ``sign_ups_too_many``; nothing ever differs for an address that is known.
    """
    answer = look(store, address, asked, now=now) if asked is not None else Answer.TAKEN
    if answer is Answer.TAKEN:
        agreed = wording(settings, newsletter, language, page=asked.page if asked is not None else "")
        signing_up.ask(store, _home(newsletter), address, wording=agreed, now=now)
    return answer


def confirm(store: Store, settings: Settings, token: str, *, now: datetime, page: str = "") -> Subscriber | None:
    """Confirm a sign-up, by POST only; repeating it changes nothing. None for a token that is nobody's."""
    found = subscribers.find_by_token(store, token)
    newsletter = settings.newsletters.get(found.newsletter) if found else None
    if found is None or newsletter is None:
        return None
    language = Language(found.language, settings.site.timezone)
    return subscribers.confirm(store, token, wording=wording(settings, newsletter, language, page=page), now=now)


def leave(store: Store, token: str, *, now: datetime) -> bool:
    """Let a subscriber go, by POST only and at once; no login, no cookie, any number of times.

    Return whether the token was ever anybody's; the answer to a mail program is 200 all the same.
    """
    return subscribers.leave(store, token, now=now)


def ask_pending(post: Post, store: Store, settings: Settings, newsletter: NewsletterSettings, *, now: datetime) -> int:
    """Send the confirmations that are due; return how many left. One that certainly did not leave is due again."""
    sent = 0
    for subscriber in signing_up.to_ask(store, newsletter.id):
        # Counted first: a crash in between costs a mail, never sends one too many.
        if post.unreachable or not signing_up.mark_asked(store, subscriber.id, now):
            continue
        if post.send(newsletter, _confirmation(settings, newsletter, subscriber), now=now):
            sent += 1
        elif post.unreachable:
            signing_up.unmark_asked(store, subscriber.id)
    return sent


def _confirmation(settings: Settings, newsletter: NewsletterSettings, subscriber: Subscriber) -> Mail:
    language = Language(subscriber.language, settings.site.timezone)
    campaign = settings.campaigns[newsletter.campaign]
    facts = {
        "name": newsletter.name or campaign.name,
        "owner": settings.site.owner,
        "link": Addresses(settings, newsletter.campaign, language.code).confirm(subscriber.token),
    }
    return Mail(
        to=subscriber.email,
        subject=language.t("digest.subscribe.mail.subject", **facts),
        body=language.t("digest.subscribe.mail.body", **facts) + "\n",
        mark=f"confirm-{subscriber.id}-{subscriber.asked}",
    )


# --- lists -----------------------------------------------------------------------------------------------


def add(
    store: Store, newsletter: NewsletterSettings, address: str, *, source: str, language: str, now: datetime
) -> Added:
    """Add one address whose owner has asked in another way; ``source`` says how, and is kept as the proof."""
    proof = Wording(text=source, version="", language=language)
    return subscribers.add(store, _home(newsletter), address, wording=proof, now=now)


def remove(store: Store, newsletter: NewsletterSettings, address: str, *, now: datetime) -> bool:
    """Take an address away for good, whether it is known or not; return whether it was. Raises InputError ``email``."""
    return subscribers.remove(store, _home(newsletter), address, now=now)


def import_csv(
    store: Store, newsletter: NewsletterSettings, text: str, *, source: str, language: str, now: datetime
) -> Iterator[Row]:
    """Add the addresses of a CSV file, yielding what became of each line.

    The column is that called "email", "e-post" or "address"; a file of one column needs no head. Comma, semicolon
    and tab divide. InputError ``file`` where no such column is found.
    """
    for line, address in _addresses(text):
        proof = Wording(text=source, version="", language=language)
        result = subscribers.add(store, _home(newsletter), address, wording=proof, now=now, kind="imported")
        yield Row(line=line, address=address, result=result)


def export_csv(store: Store, newsletter: NewsletterSettings) -> Iterator[str]:
    """Yield a CSV file line by line: every known address, its state, and when it was confirmed, in UTC."""
    yield _csv(["email", "state", "language", "created_at", "confirmed_at", "left_at"])
    for each in subscribers.iter_subscribers(store, newsletter.id):
        moments = (each.created_at, each.confirmed_at, each.left_at)
        yield _csv([each.email, str(each.state), each.language, *(at.isoformat() if at else "" for at in moments)])


def count(store: Store, newsletter: NewsletterSettings) -> dict[SubscriberState, int]:
    """Return how many subscribers are in each state."""
    return subscribers.count(store, newsletter.id)


_HEADS = ("email", "e-mail", "e-post", "epost", "e-postadress", "epostadress", "mail", "address", "adress")


def _addresses(text: str) -> Iterator[tuple[int, str]]:
    lines = text.removeprefix("\ufeff").splitlines()
    head = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t", key=head.count)
    rows = list(csv.reader(lines, delimiter=delimiter))
    names = [name.strip().lower() for name in next((row for row in rows if any(row)), [])]
    column = next((number for number, name in enumerate(names) if name in _HEADS), None)
    if column is None and (len(names) != 1 or "@" not in names[0]):
        raise InputError("file", "no_address_column", columns=", ".join(names)[:200])
    skip = column is not None
    for number, row in enumerate(rows, 1):
        address = row[column or 0].strip() if len(row) > (column or 0) else ""
        if not address:
            continue
        if skip:
            skip = False
            continue
        yield number, address


def _csv(cells: Iterable[str]) -> str:
    """Return one line of CSV; a cell that a spreadsheet would take for a formula is made text."""
    safe = [f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in cells]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(safe)
    return out.getvalue()


def _home(newsletter: NewsletterSettings) -> Home:
    return Home(campaign=newsletter.campaign, newsletter=newsletter.id)
