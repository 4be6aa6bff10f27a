"""One mail about the sources that need somebody: at most once a day, and only when something has changed.

A short failure is no news: a source is told of when it has failed for six hours, or when waiting cannot help. What
was told is told again after a week if nobody has done anything, with the gaps that came and went meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaign.language import Language
from campaign.settings import NewsletterSettings, Settings
from digest import notices
from digest.addresses import Addresses
from digest.edition import language_of
from net import smtp
from storage.sources import Gap, Health, list_gaps, list_health
from storage.store import Store
from storage.told import Told, last_told, set_told

SUBJECT = "sources"

#: A failure shorter than this is nobody's business.
PATIENCE = timedelta(hours=6)
TOKEN_SOON = timedelta(days=14)
AGAIN = timedelta(days=7)
#: The mail is there when people come to work, in the site's time zone.
HOUR = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is to be told of one source. ``mark`` is what makes it news: the same mark was told already."""

    source: str
    mark: str
    lines: tuple[str, ...]


def tell(
    store: Store, settings: Settings, *, clock: Callable[[], datetime], open_mail: notices.Opener | None = None
) -> int:
    """Mail what needs somebody to whoever looks after the letters, and return how many sources were told of.

    Nothing happens before eight in the morning, twice on one day, where nothing is wrong, where nothing is new, or
    where no newsletter is set up: its editors are who is told (the site's contact, where it names none), and its
    sender is who tells.
    """
    now = clock()
    before = last_told(store, SUBJECT)
    local = now.astimezone(settings.site.timezone)
    newsletter = next(iter(settings.newsletters.values()), None)
    if newsletter is None or local.hour < HOUR or (before is not None and _same_day(before, local)):
        return 0
    since = before.at if before is not None else now - AGAIN
    found = troubles(settings, list_health(store, now=now), list_gaps(store, since=since), since=since, now=now)
    content = _hash(found)
    if not found or (before is not None and before.content == content and now - before.at < AGAIN):
        return 0
    if not _send(store, settings, newsletter, found, now=now, open_mail=open_mail):
        return 0
    set_told(store, Told(subject=SUBJECT, at=now, content=content))
    return len(found)


def troubles(
    settings: Settings, health: list[Health], gaps: list[Gap], *, since: datetime, now: datetime
) -> list[Trouble]:
    """Return what needs somebody, source by source, in the order of the configuration."""
    known = {each.id: each for each in health}
    language = language_of(settings)
    found = []
    for source in settings.sources.values():
        each = known.get(source.id)
        if each is None or each.paused:
            continue
        marks, lines = _failure(each, language, now)
        more_marks, more_lines = _warnings(each, language, now)
        closed = [gap for gap in gaps if gap.source_id == source.id and _is_news(gap, since)]
        lines += more_lines + [language.t("troubles.gap", **_span(gap, language)) for gap in closed]
        marks += more_marks + [f"gap {gap.from_at.isoformat()}" for gap in closed]
        if lines:
            name = source.name or source.id
            found.append(Trouble(source=source.id, mark=f"{source.id}: {marks}", lines=(name, *lines)))
    return found


def _failure(health: Health, language: Language, now: datetime) -> tuple[list[str], list[str]]:
    failing_for = now - (health.gap_from or now)
    if health.error is None or not health.failures or (failing_for < PATIENCE and not health.permanent):
        return [], []
    told = language.explain(health.error)
    lines = [f"{told.what} {told.wait} {told.do}".strip()]
    if health.gap_from is not None:
        lines.append(language.t("troubles.since", when=language.moment(health.gap_from)))
    return [health.error.key], lines


def _warnings(health: Health, language: Language, now: datetime) -> tuple[list[str], list[str]]:
    marks, lines = [], []
    ends = health.token_expires_at
    if ends is not None and ends - now < TOKEN_SOON:
        days = max(0, (ends - now).days)
        # Told when two weeks are left, one, and on the last days: not every morning.
        marks.append(f"token {next(step for step in (0, 1, 3, 7, 14) if days <= step)}")
        lines.append(_ends(language, days, is_over=ends <= now))
    if health.doubted and health.doubted_since is not None:
        marks.append(f"doubted {health.doubted_since.isoformat()}")
        lines.append(language.t("troubles.doubted", count=health.doubted, when=language.moment(health.doubted_since)))
    return marks, lines


def _ends(language: Language, days: int, *, is_over: bool) -> str:
    if is_over:
        return language.t("troubles.token_over")
    return language.t("troubles.token", count=days) if days else language.t("troubles.token_today")


def _is_news(gap: Gap, since: datetime) -> bool:
    return gap.to_at is not None and gap.to_at > since and gap.to_at - gap.from_at >= PATIENCE


def _span(gap: Gap, language: Language) -> dict[str, str]:
    assert gap.to_at is not None
    return {"from_at": language.moment(gap.from_at), "to_at": language.moment(gap.to_at)}


def _send(
    store: Store,
    settings: Settings,
    newsletter: NewsletterSettings,
    found: list[Trouble],
    *,
    now: datetime,
    open_mail: notices.Opener | None,
) -> bool:
    language = language_of(settings)
    addresses = Addresses(settings, newsletter.campaign, language.code)
    parts = [language.t("troubles.lead", count=len(found))]
    parts += ["\n".join([*each.lines, addresses.desk_source(each.source)]) for each in found]
    parts.append(language.t("troubles.foot"))
    subject = language.t("troubles.subject", count=len(found), name=settings.site.name)
    readers = dict.fromkeys(
        to for each in settings.newsletters.values() for to in notices.editors(settings, each) if "@" in to
    )
    post = notices.Post(store, open_mail or (lambda: smtp.open(settings.mail)))
    try:
        body = "\n\n".join(parts) + "\n"
        mails = [notices.Mail(to=to, subject=subject, body=body, mark=f"sources-{now:%Y-%m-%d}") for to in readers]
        sent = [post.send(newsletter, mail, now=now) for mail in mails]
        return any(sent)
    finally:
        post.close()


def _same_day(before: Told, local: datetime) -> bool:
    return before.at.astimezone(local.tzinfo).date() == local.date()


def _hash(found: list[Trouble]) -> str:
    return hashlib.sha256("\n".join(each.mark for each in found).encode()).hexdigest()
