"""A digest of what waits at the desk: by mail at the times that each person chose, and by one signed webhook.

Each time is one moment, also in the weeks when the clocks change, and is told once: whoever tells it takes its row in
``told`` first, so that neither a restart nor a second process tells it again. A time that was missed for half a day
is not told late. Where nothing waits nothing is sent, unless the settings want it always.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from campaign.language import LANGUAGES, Language
from campaign.newsletter import Issue
from campaign.periods import moment
from campaign.records import Role
from campaign.settings import CampaignSettings, NewsletterSettings, Settings, WeekTime
from digest import notices
from net import smtp
from storage.issues import open_issue
from storage.people import Account, list_accounts
from storage.store import Store
from storage.told import Told, last_told, swap_told
from storage.waiting import Waiting, notice_times, what_waits

log = logging.getLogger("skord.digest.waiting")

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: So long after its time a digest is still sent.
LATE = timedelta(hours=12)

_MOST_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What is told of one campaign. ``issue`` is the draft that stands open, None where there is none."""

    campaign: CampaignSettings
    waiting: Waiting
    issue: Issue | None
    link: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that anybody must do."""
        waiting = self.waiting
        needs = self.issue is not None and self.issue.state in ("draft", "held", "missed")
        return not (waiting.stories or waiting.rights_ending or needs)


def tell(
    store: Store, settings: Settings, *, clock: Callable[[], datetime], open_mail: notices.Opener | None = None
) -> int:
    """Mail what waits to everybody whose time has come, and return how many mails left."""
    now = clock()
    times = notice_times(store)
    zone = settings.site.timezone
    post = notices.Post(store, open_mail or (lambda: smtp.open(settings.mail)))
    sent = 0
    try:
        for account in list_accounts(store):
            due = latest([parse_time(each) for each in times.get(account.id, ())], zone, now)
            if account.active and "@" in account.email and due is not None:
                sent += _tell_one(store, settings, post, account, due, now=now)
    finally:
        post.close()
    return sent


def digests(store: Store, settings: Settings, campaigns: Iterable[CampaignSettings], *, now: datetime) -> list[Digest]:
    """Return what waits in each campaign."""
    several = len(settings.campaigns) > 1
    found = []
    for campaign in campaigns:
        letters = [each.id for each in settings.newsletters.values() if each.campaign == campaign.id]
        issues = [issue for issue in (open_issue(store, each) for each in letters) if issue is not None]
        found.append(
            Digest(
                campaign=campaign,
                waiting=what_waits(store, campaign.id, now=now),
                issue=min(issues, key=lambda issue: issue.send_at, default=None),
                link=f"{settings.site.base_url}/desk" + (f"?campaign={campaign.id}" if several else ""),
            )
        )
    return found


def parse_time(text: str) -> WeekTime | None:
    """Return the time of the week that "monday 08:00" means, None for what is none."""
    day, _, clock = text.partition(" ")
    try:
        at = time.fromisoformat(clock)
    except ValueError:
        return None
    return WeekTime(weekday=DAYS.index(day), hour=at.hour, minute=at.minute) if day in DAYS else None


def latest(times: Iterable[WeekTime | None], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return the last moment that any of these times of the week had, None where that is too long ago, or for none."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    moments = [
        moment(monday + timedelta(days=each.weekday - back), time(each.hour, each.minute), zone)
        for each in times
        if each is not None
        for back in (0, 7)
    ]
    return max((each for each in moments if now - LATE < each <= now), default=None)


def _tell_one(
    store: Store, settings: Settings, post: notices.Post, account: Account, due: datetime, *, now: datetime
) -> int:
    """Tell one person, if nobody has told them of this time yet; return how many mails left."""
    subject = f"waiting-{account.id}"
    before = last_told(store, subject)
    taken = Told(subject=subject, at=due, content="taken")
    if (before is not None and before.at >= due) or not swap_told(store, before, taken):
        return 0
    campaigns = [each for each in settings.campaigns.values() if account.may(Role.READER, each.id)]
    found = digests(store, settings, campaigns, now=now)
    if not settings.notices.always and all(each.is_empty for each in found):
        return 0
    mail = compose(settings, found, account, now=now, mark=f"{subject}-{due:%Y%m%d%H%M}")
    if post.send(_sender(settings), mail, now=now):
        return 1
    # It has not left for certain: the next look tries again, until it is too late.
    swap_told(store, taken, before or Told(subject=subject, at=due - LATE, content="failed"))
    return 0


def compose(settings: Settings, found: list[Digest], account: Account, *, now: datetime, mark: str) -> notices.Mail:
    """Return the mail in the person's language, as text and as simple HTML that says the same."""
    code = account.language if account.language in LANGUAGES else settings.site.language
    language = Language(code, settings.site.timezone)
    total = sum(each.waiting.stories for each in found)
    parts = [(each, _lines(each, settings, language, now)) for each in found]
    subject = language.t("notices.subject", count=total, name=settings.site.name)
    own = f"{settings.site.base_url}/desk/account"
    text = ["\n".join([each.campaign.name, *(f"- {line}" for line in lines), each.link]) for each, lines in parts]
    foot = language.t("notices.foot")
    return notices.Mail(
        to=account.email,
        subject=subject,
        body="\n\n".join([*text, f"{foot}\n{own}"]) + "\n",
        mark=mark,
        html=_html(parts, language, subject=subject, foot=foot, own=own),
    )


def _lines(digest: Digest, settings: Settings, language: Language, now: datetime) -> list[str]:
    waiting = digest.waiting
    lines = [language.t("notices.stories", count=waiting.stories)]
    if waiting.oldest_at is not None:
        lines.append(language.t("notices.oldest", when=language.moment(waiting.oldest_at)))
    for key in ("second", "due", "rights_ending"):
        count = getattr(waiting, key)
        if count:
            lines.append(language.t(f"notices.{key}", count=count))
    names = {source.id: source.name or source.id for source in settings.sources.values()}
    for key, counts in (("areas", waiting.areas), ("sources", waiting.sources)):
        if counts:
            told = ", ".join(f"{names.get(name, name)} {count}" for name, count in counts[:_MOST_NAMED])
            lines.append(language.t(f"notices.{key}", counts=told))
    if digest.issue is not None:
        lines.append(_issue_line(digest.issue, language, now))
    return lines


def _issue_line(issue: Issue, language: Language, now: datetime) -> str:
    at = f"{language.day(issue.send_at)} {language.time(issue.send_at)}"
    key = f"notices.issue.{issue.state}" if issue.send_at > now or issue.state != "draft" else "notices.issue.late"
    return language.t(key, number=issue.number, when=at)


def _html(parts: list[tuple[Digest, list[str]]], language: Language, *, subject: str, foot: str, own: str) -> str:
    """Return a page without pictures, styles from elsewhere or anything that tells whether it was opened."""
    sections = []
    for digest, lines in parts:
        items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
        link = f'<p><a href="{html.escape(digest.link)}">{html.escape(language.t("notices.open"))}</a></p>'
        sections.append(f"<h2>{html.escape(digest.campaign.name)}</h2><ul>{items}</ul>{link}")
    style = "font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:36em;margin:0 auto;padding:16px"
    return (
        f'<!doctype html><html lang="{language.code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<title>{html.escape(subject)}</title></head>"
        f'<body style="{style}">{"".join(sections)}'
        f'<p><small>{html.escape(foot)} <a href="{html.escape(own)}">{html.escape(own)}</a></small></p></body></html>'
    )


def _sender(settings: Settings) -> NewsletterSettings:
    """Return who tells: the first newsletter's sender, the site's contact where there is none."""
    known = next(iter(settings.newsletters.values()), None)
    at = WeekTime(weekday=0, hour=0, minute=0)
    return known or NewsletterSettings(
        id="", campaign="", name=settings.site.name, draft=at, send=at, sender_name=settings.site.name,
        sender_address=settings.site.contact,
    )  # fmt: skip
