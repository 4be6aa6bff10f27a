"""Five years of two weekly letters: ten clock changes, holidays, pauses, quiet weeks, stops of the machine.

What should have left is reckoned here by itself: Easter after Gauss, the feasts by hand, local times by ``zoneinfo``.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from builders import account, approved
from campaign.newsletter import Issue, IssueState
from campaign.periods import Week, week_of
from campaign.settings import MailSettings, NewsletterSettings, Settings, WeekTime
from digest import desk
from digest.outbox import send_due
from digest.work import tick
from digest_samples import newsletter, settings
from servers import MailSink
from storage import issues
from storage.addresses import Home
from storage.store import Actor, Store
from storage.subscribers import Wording, add

STOCKHOLM = ZoneInfo("Europe/Stockholm")
FIRST, YEARS = date(2026, 1, 5), 5
READERS = ("a@example.se", "b@example.se")

#: July is quiet every year.
PAUSES = tuple((date(year, 7, 6), date(year, 8, 2)) for year in range(2026, 2032))


def easter(year: int) -> date:
    """Return Easter Sunday, after Gauss in Butcher's form."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def closed(day: date) -> bool:
    """Return whether a Swedish authority is closed on a weekday for a feast or its eve."""
    fixed = {(1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)}
    moving = {easter(day.year) + timedelta(days=days) for days in (-2, 0, 1, 39, 49)}
    midsummer = day.month == 6 and 19 <= day.day <= 25 and day.isoweekday() == 5
    return (day.month, day.day) in fixed or day in moving or midsummer


def local(day: date, clock: time) -> datetime:
    """Return when a Swedish clock shows this, the first time where it does so twice, in UTC."""
    return datetime.combine(day, clock, STOCKHOLM).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a week's letter should do. ``fate`` is sent, late (within the grace), moved by a person, or none."""

    week: Week
    draft_at: datetime
    send_at: datetime
    fate: str


@dataclass(slots=True)
class World:
    """One installation, a clock that runs through five years, and who acts in it."""

    store: Store
    settings: Settings
    sink: MailSink
    by: Actor
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    sent_at: dict[tuple[str, str, str], list[datetime]] = field(default_factory=dict)

    def look(self, at: datetime) -> None:
        """Do at a moment what the schedule does: everything that is due, then the letters."""
        self.now = max(self.now, at)
        tick(self.store, self.settings, clock=lambda: self.now)
        send_due(self.store, self.settings, clock=lambda: self.now)
        for letter in self.sink.letters:
            list_id = str(letter.message["List-Id"] or "")
            if list_id:
                key = (list_id, letter.recipients[0], str(letter.message["X-Skord-Issue"]))
                self.sent_at.setdefault(key, []).append(self.now)
        self.sink.letters.clear()

    def open(self, which: NewsletterSettings) -> Issue | None:
        """The issue that people work on."""
        return issues.open_issue(self.store, which.id)


@pytest.fixture
def world(sqlite_store: Store, tmp_path: Path) -> Iterator[World]:
    """Two letters a week: Friday morning around holidays, and Sunday night in the hour that comes and goes."""
    friday = newsletter(pause=PAUSES, min_items=1, max_items=100)
    sunday = replace(
        friday, id="nattbrevet", name="Nattbrevet", holidays="ignore",
        draft=WeekTime(weekday=5, hour=2, minute=30), send=WeekTime(weekday=6, hour=2, minute=30),
    )  # fmt: skip
    with MailSink() as sink:
        made = settings(tmp_path, mail=MailSettings(host=sink.host, port=sink.port, connections=1))
        made = replace(made, newsletters={each.id: each for each in (friday, sunday)})
        by = Actor(kind="person", account_id=account(sqlite_store))
        words = Wording(text="Ja", version="1", language="sv")
        for each in made.newsletters.values():
            home = Home(campaign=each.campaign, newsletter=each.id)
            for reader in READERS:
                add(sqlite_store, home, reader, wording=words, now=datetime(2025, 12, 1, tzinfo=UTC))
        yield World(store=sqlite_store, settings=made, sink=sink, by=by)


def expectations(which: NewsletterSettings, rng: random.Random) -> list[Expected]:
    """Return what each of the weeks should bring, by a reckoning of our own."""
    found = []
    for number in range(52 * YEARS):
        monday = FIRST + timedelta(weeks=number)
        send_on = monday + timedelta(days=which.send.weekday)
        draft_on = monday + timedelta(days=which.draft.weekday)
        if any(first <= send_on <= last for first, last in PAUSES):
            continue
        if which.holidays == "move":
            if closed(send_on):
                days = [monday + timedelta(days=day) for day in range(5)]
                before = [day for day in days if day < send_on and not closed(day)]
                if not before:
                    continue
                draft_on, send_on = draft_on + (before[-1] - send_on), before[-1]
            while closed(draft_on) or (
                closed(monday + timedelta(days=which.draft.weekday)) and draft_on.isoweekday() > 5
            ):
                draft_on -= timedelta(days=1)
        clock = time(which.send.hour, which.send.minute)
        fate = (
            "sent"
            if not found
            else rng.choices(("sent", "late", "missed", "moved", "unapproved", "quiet"), weights=(78, 6, 3, 4, 5, 4))[0]
        )
        found.append(
            Expected(
                week=week_of(monday),
                draft_at=local(draft_on, time(which.draft.hour, which.draft.minute)),
                send_at=local(send_on, clock),
                fate=fate,
            )
        )
    return found


def live(world: World, which: NewsletterSettings, each: Expected, rng: random.Random) -> Issue | None:
    """Live through one week of one letter; return the issue that should have left in it, None for none."""
    approved(world.store, at=each.draft_at - timedelta(hours=1), text=f"{which.id} {each.week} #hallandväxer")
    asked = replace(which, min_items=50) if each.fate == "quiet" else which
    world.settings = replace(world.settings, newsletters={**world.settings.newsletters, which.id: asked})
    for minutes in (-1, 0, 10, rng.randrange(60, 300)):
        world.look(each.draft_at + timedelta(minutes=minutes))
    draft = world.open(which)
    assert draft is not None, f"no draft in {each.week}"
    assert draft.send_at == each.send_at, f"{each.week}: {draft.send_at} instead of {each.send_at}"
    if each.fate not in ("unapproved", "quiet"):
        world.now = max(world.now, each.send_at - timedelta(hours=2))
        desk.approve(world.store, world.settings, draft.id, by=world.by, now=world.now)
    if each.fate == "late":
        world.look(each.send_at + timedelta(minutes=rng.randrange(20, 110)))
    elif each.fate in ("missed", "moved"):
        world.look(each.send_at + timedelta(hours=rng.randrange(3, 20)))
        if each.fate == "moved":
            at = world.now + timedelta(minutes=30)
            desk.reschedule(world.store, world.settings, draft.id, at, by=world.by, now=world.now)
            for minutes in (0, 29, 30, 31):
                world.look(at + timedelta(minutes=minutes - 30))
    else:
        for seconds in (-61, -1, 0, 1, 60, 3600, 3660, 7200):
            world.look(each.send_at + timedelta(seconds=seconds))
    for hours in (21, 30):
        world.look(each.send_at + timedelta(hours=hours))
    return draft


@pytest.mark.timeout(900)
def test_five_years_of_letters(world: World) -> None:
    """No letter is missing but those that nobody approved, were empty or too late, none comes twice, none early."""
    rng = random.Random(20261122)
    planned = [
        (each.draft_at, each.send_at, which, each)
        for which in world.settings.newsletters.values()
        for each in expectations(which, rng)
    ]
    fates: Counter[str] = Counter()
    for _, _, which, each in sorted(planned, key=lambda entry: entry[:2]):
        draft = live(world, which, each, rng)
        assert draft is not None
        issue = issues.get_issue(world.store, draft.id)
        fates[each.fate] += 1
        keys = [key for key in world.sent_at if key[2] == str(issue.id)]
        if each.fate in ("sent", "late", "moved"):
            assert issue.state is IssueState.SENT, f"{each.week}: {issue.state} {issue.why}"
            assert sorted(key[1] for key in keys) == sorted(READERS), f"{each.week}: {keys}"
            if each.fate == "sent":
                assert {world.sent_at[key][0] for key in keys} == {each.send_at}
        else:
            assert (issue.state, keys) in ((IssueState.MISSED, []), (IssueState.HELD, [])), f"{each.week}: {issue}"
    assert all(len(times) == 1 for times in world.sent_at.values())
    assert fates["sent"] > 300, fates
    changes = [day for day in (FIRST + timedelta(days=n) for n in range(365 * YEARS)) if _changes_clock(day)]
    assert len(changes) == 10
    nights = {each.send_at.astimezone(STOCKHOLM).date() for _, _, which, each in planned if which.id == "nattbrevet"}
    assert set(changes) <= nights, "the letter of the night goes in every night when the clock changes"


def _changes_clock(day: date) -> bool:
    """Return whether Swedish clocks change on a day."""
    at = datetime.combine(day, time(0, 30), STOCKHOLM)
    return at.utcoffset() != (datetime.combine(day, time(12, 0), STOCKHOLM)).utcoffset()
