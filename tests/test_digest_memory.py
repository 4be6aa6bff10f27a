"""What a newsletter remembers: stories that go on, what was a year ago, events still ahead, silent goals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from builders import account, approved, candidate, ingest, node
from campaign.newsletter import EVENTS, YEAR_AGO, Issue, IssueItem, IssueState, ItemKind, Why
from campaign.periods import Week, week_of
from campaign.settings import Settings
from digest import desk, drafting, edition, memory
from digest.letter import to_json
from digest_samples import AREAS, media, post, settings, story
from storage import issue_edits, issue_states, issues, schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.follows import follow
from storage.merging import join
from storage.store import JOB, Actor, Store
from storage.tellings import Telling

DRAFT_TIME = datetime(2026, 11, 19, 13, 0, tzinfo=UTC)
BEFORE = DRAFT_TIME - timedelta(days=1)
WEEK_LATER = DRAFT_TIME + timedelta(weeks=1)
BEGUN = "I dag tas första spadtaget för den nya bron över Nissan i centrala Halmstad. #hallandväxer"
OPEN = "Nu är bron färdig: hundratals cyklister följde med när bandet klipptes på lördagen. #hallandväxer"
LETTER = "veckobrevet"


class Desk:
    """A store with a newsletter, and what an editor does with it."""

    def __init__(self, store: Store, made: Settings) -> None:
        self.store = store
        self.settings = made
        self.by = Actor(kind="person", account_id=account(store))

    def draft(self, at: datetime) -> Issue:
        """Draft an issue, or bring the open one up to a moment."""
        local = at.astimezone(self.settings.site.timezone)
        return desk.draft_now(self.store, self.settings, LETTER, by=self.by, now=at, week=week_of(local))

    def send(self, issue: Issue, at: datetime) -> Issue:
        """Send an issue as it is."""
        letter = edition.load(self.store, self.settings, issue.id).letter
        changes = issues.get_issue(self.store, issue.id).changes
        issue_states.approve(self.store, issue.id, "hash", by=self.by, now=at, changes=changes)
        issue_states.freeze(self.store, issue.id, content="hash", letter=to_json(letter), renders={}, now=at, by=JOB)
        return issue_states.set_state(
            self.store, issue.id, IssueState.SENT, expect=(IssueState.SENDING,), by=JOB, now=at
        )

    def items(self, issue: Issue, section: str | None = None) -> list[IssueItem]:
        """What stands in an issue, or in one of its sections."""
        shown = [each for each in issues.items(self.store, issue.id) if not each.left_out]
        return [each for each in shown if section is None or each.section == section]

    def approve(self, story_id: int, at: datetime) -> None:
        """Approve all of a story."""
        decide(self.store, story_id, Action.APPROVE, by=self.by, now=at)

    def add_post(self, story_id: int, text: str, at: datetime, **changes: Any) -> None:
        """Let a later post join a story, and approve it an hour after."""
        made = candidate(text=text, html="", published_at=at, author_handle=f"sen-{at:%d%H%M}", **changes)
        ingest(self.store, made, now=at)
        with self.store.read() as connection:
            home = select(schema.post.c.story_id).where(schema.post.c.identity == made.identity)
            other = connection.execute(home).scalar_one()
        if other != story_id:
            join(self.store, story_id, other, by=self.by, now=at)
        self.approve(story_id, at + timedelta(hours=1))


@pytest.fixture
def house(store: Store, tmp_path: Path) -> Desk:
    """A desk on each database."""
    return Desk(store, settings(tmp_path))


# --- what is decided -------------------------------------------------------------------------------------


def telling(**changed: Any) -> Telling:
    """A letter of week 47 that told post 1; posts 2 and 3 were approved a week later."""
    values: dict[str, Any] = {
        "story_id": 1, "number": 17, "selected_to": DRAFT_TIME, "told": frozenset({1}),
        "since": {2: WEEK_LATER, 3: WEEK_LATER},
    }  # fmt: skip
    return Telling(**{**values, **changed})


def posts(*later: tuple[str, datetime]) -> tuple[Any, ...]:
    """The told post and those that came after it."""
    first = post(1, text=BEGUN, published_at=DRAFT_TIME - timedelta(days=2))
    return (first, *(post(number, text=text, published_at=at) for number, (text, at) in enumerate(later, 2)))


def test_new_post_that_says_something_of_its_own_goes_on() -> None:
    """Published after the draft, approved after the letter, in words of its own: that is what the next letter tells."""
    told = story(1, posts=posts((OPEN, WEEK_LATER)))
    assert [each.id for each in memory.more_to_tell(told, telling())] == [2]
    further = memory.gone_on(told, telling())
    assert further is not None
    assert ([each.id for each in further.posts], further.approved_at) == ([2], WEEK_LATER)


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        (BEGUN, WEEK_LATER, "a copy on another network, a week late"),
        ("I dag tas första spadtaget för nya bron över Nissan! #hallandväxer #halmstad", WEEK_LATER, "cut short"),
        (f"{BEGUN} Läs mer på vår webb.", WEEK_LATER, "a copy with an invitation"),
        (OPEN, DRAFT_TIME - timedelta(hours=1), "it stood there when the letter was drafted"),
        ("Fint! #hallandväxer", WEEK_LATER, "nothing to tell"),
    ],
)
def test_mere_copy_is_not_told_again(text: str, at: datetime, why: str) -> None:
    """What repeats the told words, was there before, or says nothing is no reason to tell a story again."""
    assert memory.gone_on(story(1, posts=posts((text, at))), telling()) is None, why


def test_copy_of_what_goes_on_is_told_once() -> None:
    """Of two new posts of which one copies the other the first is told."""
    told = story(1, posts=posts((OPEN, WEEK_LATER), (OPEN, WEEK_LATER + timedelta(hours=2))))
    assert [each.id for each in memory.more_to_tell(told, telling())] == [2]


def test_week_53_remembers_the_last_week_of_a_year_without_one() -> None:
    """Every week has one a year earlier."""
    assert memory.year_before(Week(year=2026, number=53)) == Week(year=2025, number=52)
    assert memory.year_before(Week(year=2027, number=53 - 1)) == Week(year=2026, number=52)
    assert memory.year_before(Week(year=2026, number=47)) == Week(year=2025, number=47)


def test_stars_then_pictures_then_evidence_stand_for_a_week() -> None:
    """Among equals the letter's own order holds; a picture counts only with a right that lasts."""
    shown = post(2, media=(media(),))
    ended = post(5, media=(replace(media(), right_until=DRAFT_TIME),))
    stories = [
        story(5, posts=(ended,)), story(1), story(2, posts=(shown,)), story(3, featured=True),
        story(4, nodes=(AREAS[0],)),
    ]  # fmt: skip
    assert [each.id for each in memory.best(stories, at=DRAFT_TIME)] == [3, 2, 4, 5, 1]


# --- drafting --------------------------------------------------------------------------------------------


def test_told_story_comes_back_when_it_goes_on_and_the_letter_tells_only_what_is_new(house: Desk) -> None:
    """The next draft proposes it with the earlier number, its item has the new words and points to that number."""
    bridge = approved(
        house.store, at=DRAFT_TIME - timedelta(days=1), text=BEGUN, published_at=DRAFT_TIME - timedelta(days=2)
    )
    first = house.draft(DRAFT_TIME)
    house.send(first, DRAFT_TIME + timedelta(hours=18))
    house.add_post(bridge.id, OPEN, DRAFT_TIME + timedelta(days=3))
    second = house.draft(WEEK_LATER)
    (kept,) = house.items(second)
    assert (kept.story_id, kept.reason.key, kept.reason.facts["number"]) == (bridge.id, "goes_on", first.number)
    (told,) = edition.load(house.store, house.settings, second.id).letter.items
    assert told.text.startswith("Nu är bron") or told.title.startswith("Nu är bron")
    assert (told.earlier, told.earlier_url.rsplit("/", 1)[-1]) == (first.number, str(first.number))
    house.send(second, WEEK_LATER + timedelta(hours=18))
    third = house.draft(WEEK_LATER + timedelta(weeks=1))
    assert house.items(third) == []


def test_story_taken_out_of_a_letter_says_so_in_the_next_draft(house: Desk) -> None:
    """The next draft proposes it again, with who took it out of which letter and not for want of room."""
    taken = approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    first = house.draft(DRAFT_TIME)
    kept = next(each for each in house.items(first) if each.story_id == taken.id)
    issue_edits.leave_out(house.store, first.id, kept.id, by=house.by, now=DRAFT_TIME)
    house.send(first, DRAFT_TIME + timedelta(hours=18))
    (again,) = house.items(house.draft(WEEK_LATER), "")
    assert (again.story_id, again.reason.key, again.reason.facts["number"]) == (taken.id, "was_left_out", first.number)


def test_late_copy_of_a_told_story_is_not_told_again(house: Desk) -> None:
    """A cross-post that is approved after the letter brings nothing into the next draft."""
    bridge = approved(
        house.store, at=DRAFT_TIME - timedelta(days=1), text=BEGUN, published_at=DRAFT_TIME - timedelta(days=2)
    )
    house.send(house.draft(DRAFT_TIME), DRAFT_TIME + timedelta(hours=18))
    house.add_post(bridge.id, BEGUN, DRAFT_TIME + timedelta(days=3), network="bluesky")
    assert house.items(house.draft(WEEK_LATER)) == []


def test_story_that_follows_a_told_one_says_in_which_number(house: Desk) -> None:
    """A later story that goes on from a told one is proposed for that reason, and its item leads back."""
    begun = approved(house.store, at=DRAFT_TIME - timedelta(days=1), text=BEGUN)
    first = house.send(house.draft(DRAFT_TIME), DRAFT_TIME + timedelta(hours=18))
    opened = approved(house.store, at=WEEK_LATER - timedelta(days=1), text=OPEN)
    plain = approved(house.store, at=WEEK_LATER - timedelta(days=1), text="Något helt annat i Laholm. #hallandväxer")
    follow(house.store, opened.id, begun.id, by=house.by, now=WEEK_LATER)
    second = house.draft(WEEK_LATER)
    reasons = {each.story_id: each.reason for each in house.items(second)}
    assert (reasons[opened.id].key, reasons[opened.id].facts["number"]) == ("goes_on", first.number)
    letter = edition.load(house.store, house.settings, second.id).letter
    assert {each.story_id: each.earlier for each in letter.items} == {opened.id: first.number, plain.id: 0}


def test_what_no_letter_is_to_tell_is_not_proposed_because_it_goes_on(house: Desk) -> None:
    """A person's word against a story holds for what comes of it too."""
    bridge = approved(house.store, at=DRAFT_TIME - timedelta(days=1), text=BEGUN)
    house.send(house.draft(DRAFT_TIME), DRAFT_TIME + timedelta(hours=18))
    house.add_post(bridge.id, OPEN, DRAFT_TIME + timedelta(days=3))
    second = house.draft(WEEK_LATER)
    (kept,) = house.items(second)
    issue_edits.leave_out(house.store, second.id, kept.id, by=house.by, now=WEEK_LATER, for_good=True)
    house.send(second, WEEK_LATER + timedelta(hours=18))
    assert house.items(house.draft(WEEK_LATER + timedelta(weeks=1))) == []


def test_same_week_a_year_later_reminds_of_two_and_counts_neither_as_told(house: Desk) -> None:
    """Best first, in a section of their own, each with its number; a year on they can be reminded of no more."""
    ago = DRAFT_TIME - timedelta(weeks=52)
    old = [approved(house.store, at=ago - timedelta(days=1)).id for _ in range(3)]
    decide(house.store, old[1], Action.FEATURE, by=house.by, now=ago)
    first = house.send(house.draft(ago), ago + timedelta(hours=18))
    decide(house.store, old[0], Action.HIDE, by=house.by, now=DRAFT_TIME)
    new = approved(house.store, at=DRAFT_TIME - timedelta(hours=1)).id
    made = house.draft(DRAFT_TIME)
    assert [each.story_id for each in house.items(made, "")] == [new]
    reminded = house.items(made, YEAR_AGO)
    assert [each.story_id for each in reminded] == [old[1], old[2]]
    assert reminded[0].reason == Why(key="year_ago", facts={"number": first.number})
    assert edition.load(house.store, house.settings, made.id).letter.news[0].story_id == new
    assert len(edition.load(house.store, house.settings, made.id).letter.news) == 1
    assert house.items(house.draft(DRAFT_TIME + timedelta(hours=1)), YEAR_AGO) == reminded
    house.send(made, DRAFT_TIME + timedelta(hours=18))
    later = house.draft(DRAFT_TIME + timedelta(weeks=53))
    assert [each.story_id for each in house.items(later, YEAR_AGO)] == [new]


def test_what_one_letter_told_again_the_next_does_not(house: Desk) -> None:
    """Two letters that remind of one week share it out; what an editor took out, or wants in none, is left alone."""
    ago = DRAFT_TIME - timedelta(weeks=52)
    old = [approved(house.store, at=ago - timedelta(days=1)).id for _ in range(6)]
    first = house.send(house.draft(ago), ago + timedelta(hours=18))
    week = Week(year=2026, number=47)
    made = house.draft(DRAFT_TIME)
    shown = house.items(made, YEAR_AGO)
    issue_edits.leave_out(house.store, made.id, shown[0].id, by=house.by, now=DRAFT_TIME)
    (told,) = edition.load(house.store, house.settings, made.id).letter.items
    assert (told.earlier, told.stood_in, told.earlier_url.rsplit("/", 1)[-1]) == (0, first.number, str(first.number))
    house.send(made, DRAFT_TIME + timedelta(hours=18))
    letter = house.settings.newsletters[LETTER]
    again = memory.year_ago(house.store, letter, week, at=DRAFT_TIME + timedelta(days=7))
    assert len(again) == memory.REMINDED
    assert not {each.story_id for each in again} & {each.story_id for each in shown}
    assert {each.story_id for each in again} < set(old)


def test_cancelled_letter_has_told_nothing_again(house: Desk) -> None:
    """What it would have reminded of, the next letter of that week may."""
    ago = DRAFT_TIME - timedelta(weeks=52)
    old = approved(house.store, at=ago - timedelta(days=1)).id
    house.send(house.draft(ago), ago + timedelta(hours=18))
    desk.cancel(house.store, house.draft(DRAFT_TIME).id, by=house.by, now=DRAFT_TIME)
    assert [each.story_id for each in house.items(house.draft(DRAFT_TIME), YEAR_AGO)] == [old]


def test_without_a_letter_that_week_what_was_published_then_is_reminded_of(house: Desk) -> None:
    """Of the same ISO week in the site's zone; what is new in this letter is not both."""
    ago = DRAFT_TIME - timedelta(weeks=52)
    monday = datetime(2025, 11, 17, tzinfo=house.settings.site.timezone)
    inside = approved(house.store, at=ago, published_at=monday + timedelta(minutes=1))
    before = approved(house.store, at=ago, published_at=monday - timedelta(minutes=1))
    remembered = memory.year_ago(
        house.store, house.settings.newsletters[LETTER], Week(year=2026, number=47), at=DRAFT_TIME,
        zone=house.settings.site.timezone,
    )  # fmt: skip
    assert remembered == [memory.Remembered(story_id=inside.id, number=0)]
    made = house.draft(DRAFT_TIME)
    assert {each.story_id for each in house.items(made, "")} == {inside.id, before.id}
    assert house.items(made, YEAR_AGO) == []


def event(house: Desk, issue: Issue, title: str, starts_at: datetime, **more: Any) -> None:
    """Let the editor write an event into an issue."""
    issue_edits.write_item(
        house.store, issue.id, kind=ItemKind.EVENT, section=EVENTS, title=title, starts_at=starts_at, by=house.by,
        now=DRAFT_TIME, **more,
    )  # fmt: skip


def test_events_still_ahead_are_taken_over_once_as_they_were_mended(house: Desk) -> None:
    """What is over, or wanted in no letter, stays behind; what was left out only once is proposed again."""
    approved(house.store, at=DRAFT_TIME - timedelta(hours=1))
    first = house.draft(DRAFT_TIME)
    ahead = DRAFT_TIME + timedelta(days=20)
    for title, starts_at in (
        ("Fokus", ahead),
        ("Förbi", DRAFT_TIME + timedelta(days=2)),
        ("Aldrig", ahead),
        ("Sedan", ahead + timedelta(days=1)),
    ):  # fmt: skip
        event(house, first, title, starts_at, place="Borås", url="https://example.se/fokus")
    named = {each.title: each.id for each in house.items(first, EVENTS)}
    issue_edits.leave_out(house.store, first.id, named["Aldrig"], by=house.by, now=DRAFT_TIME, for_good=True)
    issue_edits.leave_out(house.store, first.id, named["Sedan"], by=house.by, now=DRAFT_TIME)
    house.send(first, DRAFT_TIME + timedelta(hours=18))
    second = house.draft(WEEK_LATER)
    carried = house.items(second, EVENTS)
    assert [(each.title, each.place, each.starts_at) for each in carried] == [
        ("Fokus", "Borås", ahead), ("Sedan", "Borås", ahead + timedelta(days=1)),
    ]  # fmt: skip
    assert carried[0].reason == Why(key="carried", facts={"number": first.number})
    issue_edits.leave_out(house.store, second.id, carried[0].id, by=house.by, now=WEEK_LATER)
    again = house.draft(WEEK_LATER + timedelta(hours=1))
    assert (again.id, [each.title for each in house.items(again, EVENTS)]) == (second.id, ["Sedan"])


def test_events_of_a_cancelled_issue_are_not_lost(house: Desk) -> None:
    """As its stories, they are proposed to the next one, beside those of the last letter, each once."""
    ahead = DRAFT_TIME + timedelta(days=20)
    first = house.draft(DRAFT_TIME)
    event(house, first, "Fokus", ahead)
    house.send(first, DRAFT_TIME + timedelta(hours=18))
    second = house.draft(WEEK_LATER)
    event(house, second, "Webbinarium", ahead + timedelta(days=1))
    desk.cancel(house.store, second.id, by=house.by, now=WEEK_LATER)
    third = house.draft(WEEK_LATER + timedelta(hours=2))
    assert [each.title for each in house.items(third, EVENTS)] == ["Fokus", "Webbinarium"]


def test_whole_day_is_ahead_until_it_is_over(house: Desk) -> None:
    """An event that lasts all day is still taken over by the letter of its morning."""
    first = house.draft(DRAFT_TIME)
    day = datetime(2026, 11, 26, 23, 0, tzinfo=UTC)
    event(house, first, "Öppet hus", day, all_day=True)
    event(house, first, "Invigning", day)
    house.send(first, DRAFT_TIME + timedelta(hours=18))
    assert [each.title for each in house.items(house.draft(WEEK_LATER), EVENTS)] == ["Öppet hus"]


def test_brought_up_to_date_draft_leaves_room_for_what_it_shows_and_no_less(house: Desk) -> None:
    """Events and what was a year ago take no story's place."""
    for number in range(4):
        approved(house.store, at=DRAFT_TIME - timedelta(hours=number + 1))
    few = replace(house.settings.newsletters[LETTER], max_items=3)
    issue = house.draft(DRAFT_TIME)
    shown = house.items(issue)
    assert len(shown) == 4
    issue_edits.leave_out(house.store, issue.id, shown[0].id, by=house.by, now=DRAFT_TIME)
    issue_edits.leave_out(house.store, issue.id, shown[1].id, by=house.by, now=DRAFT_TIME)
    event(house, issue, "Fokus", DRAFT_TIME + timedelta(days=9))
    for number in range(3):
        approved(house.store, at=DRAFT_TIME + timedelta(minutes=number + 1))
    current = issues.get_issue(house.store, issue.id)
    chosen = drafting.choose(house.store, few, until=WEEK_LATER, current=current)
    assert (len(chosen.picks), len(chosen.omitted)) == (1, 2)


# --- silence ---------------------------------------------------------------------------------------------


def test_silent_areas_are_told_with_the_weeks_since_their_last_story(house: Desk) -> None:
    """Longer than asked is silent, never is silent without a day, and what was just told about is not."""
    now = DRAFT_TIME
    codes = [node(house.store, code=code, title=code, position=place) for place, code in enumerate(("a", "b", "c"))]
    for code, weeks in ((codes[0], 2), (codes[1], 11)):
        told = approved(house.store, at=now, published_at=now - timedelta(weeks=weeks))
        attach(house.store, told.id, code, by=house.by, now=now)
    found = memory.silent(house.store, "hallandvaxer", now=now)
    assert [(each.node.code, each.weeks, each.last) for each in found] == [
        ("b", 11, (now - timedelta(weeks=11)).date()), ("c", None, None),
    ]  # fmt: skip
    assert [each.node.code for each in memory.silent(house.store, "hallandvaxer", now=now, weeks=12)] == ["c"]
    assert memory.silent(house.store, "annan", now=now) == []
