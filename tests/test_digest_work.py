"""What happens by itself, from draft time to send time, and what a person can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from builders import account, approved, candidate, ingest, picture, story
from campaign.errors import ConflictError, DigestError, InputError
from campaign.newsletter import Issue, IssueState
from campaign.records import Right
from campaign.settings import MailSettings, PrivacySettings, Settings
from digest import desk, edition
from digest.work import Event, due_plan, tick
from digest_samples import settings
from servers import MailSink
from storage import issue_edits, issue_states, issues
from storage.decisions import Action, decide
from storage.media import set_file, write_renditions
from storage.rights import set_right, withdraw
from storage.store import Actor, Store

DRAFT_TIME = datetime(2026, 11, 19, 13, 0, tzinfo=UTC)
SEND_TIME = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)


class House:
    """A store, a mail server and a clock that a test moves."""

    def __init__(self, store: Store, sink: MailSink, made: Settings) -> None:
        self.store = store
        self.sink = sink
        self.settings = made
        self.now = DRAFT_TIME
        self.by = Actor(kind="person", account_id=account(store))

    def tick(self, at: datetime | None = None) -> list[Event]:
        """Do what is due at a moment."""
        self.now = at or self.now
        return tick(self.store, self.settings, clock=lambda: self.now)

    def issue(self) -> Issue:
        """The latest issue."""
        return issues.list_issues(self.store, "veckobrevet")[0]

    def told(self) -> list[int]:
        """The stories that the latest issue tells."""
        return [item.story_id for item in issues.items(self.store, self.issue().id) if not item.left_out]

    def approve(self) -> Issue:
        """Approve the latest issue."""
        return desk.approve(self.store, self.settings, self.issue().id, by=self.by, now=self.now)

    def mails(self) -> list[str]:
        """The subjects of the mails so far, and forget them."""
        subjects = [str(letter.message["Subject"]) for letter in self.sink.letters]
        self.sink.letters.clear()
        return subjects


@pytest.fixture
def make(sqlite_store: Store, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Make a house with a newsletter that has one thing changed."""
    sinks: list[MailSink] = []

    def made(**changed: Any) -> House:
        sink = MailSink()
        sink.__enter__()
        sinks.append(sink)
        mail = MailSettings(host=sink.host, port=sink.port)
        return House(sqlite_store, sink, settings(tmp_path, mail=mail, **changed))

    yield made
    for sink in sinks:
        sink.__exit__(None, None, None)


def kinds(events: list[Event]) -> list[str]:
    """What happened."""
    return [event.kind for event in events]


def test_saturday_story_and_old_post_approved_today_are_told_once(make: Callable[..., House]) -> None:
    """What was approved after one draft, however old it is, is in the next issue, and in no later one."""
    house = make()
    first = approved(house.store, at=DRAFT_TIME - timedelta(days=7, hours=2))
    house.tick(DRAFT_TIME - timedelta(days=7))
    house.approve()
    house.tick(SEND_TIME - timedelta(days=7))
    saturday = approved(house.store, at=datetime(2026, 11, 14, 10, 0, tzinfo=UTC))
    old = approved(
        house.store,
        at=DRAFT_TIME - timedelta(hours=1),
        published_at=DRAFT_TIME - timedelta(weeks=3),
    )
    house.tick(DRAFT_TIME)
    assert sorted(house.told()) == sorted([saturday.id, old.id])
    assert first.id not in house.told()
    house.approve()
    house.tick(SEND_TIME)
    house.tick(DRAFT_TIME + timedelta(days=7))
    assert house.told() == []


def test_draft_is_made_once_and_told(make: Callable[..., House]) -> None:
    """At its time the draft is made and the editors get one mail, however often we look."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    assert house.tick(DRAFT_TIME - timedelta(seconds=1)) == []
    assert kinds(house.tick(DRAFT_TIME)) == ["drafted", "announced"]
    assert house.tick(DRAFT_TIME + timedelta(minutes=1)) == []
    assert house.mails() == ["Utkast klart: Halland växer nr 1"]
    assert (house.issue().week.number, house.issue().send_at) == (47, SEND_TIME)


def test_announcement_says_what_is_wrong_and_what_comes_then(make: Callable[..., House]) -> None:
    """The mail to the editors has time, link, what stands in the way, and pauses to come."""
    house = make(min_items=3, pause=((date(2026, 11, 23), date(2026, 11, 29)),))
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick(DRAFT_TIME)
    body = house.sink.letters[0].message.get_content()
    assert "fredag 20 november kl. 08:00" in body
    assert f"/desk/issues/{house.issue().id}" in body
    assert "behöver minst 3" in body
    assert "vilar" in body
    assert house.sink.letters[0].recipients == ["karin@example.se"]


def test_approved_issue_is_frozen_at_its_time(make: Callable[..., House]) -> None:
    """Nothing leaves before the time; then content and renders are kept and the web copy is public."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.approve()
    assert edition.public_letter(house.store, "veckobrevet", 1, now=house.now) is None
    assert house.tick(SEND_TIME - timedelta(seconds=1)) == []
    assert kinds(house.tick(SEND_TIME)) == ["frozen"]
    assert house.issue().state is IssueState.SENDING
    assert edition.public_letter(house.store, "veckobrevet", 1, now=house.now) is not None


def test_unapproved_issue_does_not_leave_and_new_times_are_offered(make: Callable[..., House]) -> None:
    """A reminder two hours before, nothing at the time, and a mail with other times."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.mails()
    assert house.tick(SEND_TIME - timedelta(hours=2, seconds=1)) == []
    assert kinds(house.tick(SEND_TIME - timedelta(hours=2))) == ["reminded"]
    assert house.tick(SEND_TIME - timedelta(hours=1)) == []
    assert kinds(house.tick(SEND_TIME)) == ["missed", "told"]
    assert house.mails() == ["Inte godkänt än: Halland växer nr 1", "Skickades inte: Halland växer nr 1"]
    assert house.issue().state is IssueState.MISSED
    offered = desk.offers(house.settings, house.issue(), now=SEND_TIME)
    assert [(offer.key, offer.send_at) for offer in offered] == [
        ("soon", datetime(2026, 11, 20, 8, 15, tzinfo=UTC)),
        ("morning", datetime(2026, 11, 23, 7, 0, tzinfo=UTC)),
        ("planned", datetime(2026, 11, 27, 7, 0, tzinfo=UTC)),
    ]


def test_missed_issue_leaves_at_the_time_a_person_chose(make: Callable[..., House]) -> None:
    """Given another time and approved, it goes; no second draft is made for its week."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.tick(SEND_TIME)
    monday = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    desk.reschedule(house.store, house.settings, house.issue().id, monday, by=house.by, now=house.now)
    house.approve()
    assert kinds(house.tick(monday)) == ["frozen"]
    assert house.issue().number == 1
    assert house.issue().week.number == 48


def test_missed_issue_goes_on_with_next_weeks_draft(make: Callable[..., House]) -> None:
    """If nobody decides, its stories are not lost: the same number takes up what is new."""
    house = make()
    one = approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.tick(SEND_TIME)
    two = approved(house.store, at=SEND_TIME + timedelta(days=1))
    assert "drafted" in kinds(house.tick(DRAFT_TIME + timedelta(days=7)))
    assert (house.issue().number, house.issue().week.number) == (1, 48)
    assert house.told() == [one.id, two.id]


def test_too_small_issue_is_held_and_told(make: Callable[..., House]) -> None:
    """Below the least number of stories nothing goes, and the editors learn why."""
    house = make(min_items=2)
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    with pytest.raises(desk.NotReady) as refused:
        house.approve()
    assert [fault.key for fault in refused.value.faults] == ["too_few"]
    house.mails()
    house.tick(SEND_TIME)
    assert house.issue().state is IssueState.HELD
    assert house.mails() == ["För få berättelser: Halland växer nr 1 skickades inte"]


def test_paused_week_has_no_draft(make: Callable[..., House]) -> None:
    """In a pause nothing is drafted and nobody is asked."""
    house = make(pause=((date(2026, 11, 20), date(2026, 11, 20)),))
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    assert house.tick() == []
    assert house.tick(SEND_TIME) == []
    assert due_plan(house.settings.newsletters["veckobrevet"], house.settings, DRAFT_TIME + timedelta(days=7))


def test_holiday_moves_draft_and_sending(make: Callable[..., House]) -> None:
    """The issue of Easter week is drafted on Wednesday and leaves on Thursday."""
    house = make()
    approved(house.store, at=datetime(2026, 3, 30, 8, 0, tzinfo=UTC))
    house.tick(datetime(2026, 4, 1, 12, 0, tzinfo=UTC))
    assert house.issue().send_at == datetime(2026, 4, 2, 6, 0, tzinfo=UTC)


def test_hidden_story_ends_the_approval_and_is_told(make: Callable[..., House]) -> None:
    """What changes after the approval is never sent without a person having seen it."""
    house = make()
    one = approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.approve()
    house.mails()
    decide(house.store, one.id, Action.HIDE, by=house.by, now=house.now)
    assert kinds(house.tick(DRAFT_TIME + timedelta(hours=1))) == ["fell", "told"]
    assert house.mails() == ["Behöver godkännas igen: Halland växer nr 1"]
    house.tick(SEND_TIME)
    assert house.issue().state is IssueState.MISSED


def test_edit_of_an_approved_post_does_not_end_the_approval_until_it_is_seen(make: Callable[..., House]) -> None:
    """The public sees the approved words; the letter says those."""
    house = make()
    made = candidate(text="Så här var det först. Mer om det.")
    ingest(house.store, made, now=DRAFT_TIME - timedelta(days=2))
    found = story(house.store, identity=made.identity, text="Så här var det först. Mer om det.")
    decide(house.store, found.id, Action.APPROVE, by=house.by, now=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.approve()
    ingest(house.store, replace(made, text="Så här blev det sedan. Mer om det."), now=house.now)
    assert house.tick() == []
    assert edition.load(house.store, house.settings, house.issue().id).letter.items[0].title == "Så här var det först."


def test_approved_issue_that_is_late_waits_for_a_person(make: Callable[..., House]) -> None:
    """More than two hours late nothing leaves by itself; a new time is enough."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.approve()
    late = SEND_TIME + timedelta(hours=2, seconds=1)
    assert kinds(house.tick(late)) == ["missed", "told"]
    monday = SEND_TIME + timedelta(days=3)
    desk.reschedule(house.store, house.settings, house.issue().id, monday, by=house.by, now=late)
    assert kinds(house.tick(monday)) == ["frozen"]


def test_approved_issue_a_little_late_leaves(make: Callable[..., House]) -> None:
    """A restart around the sending time delays the letter and does not lose it."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.approve()
    assert kinds(house.tick(SEND_TIME + timedelta(hours=2))) == ["frozen"]


def test_only_a_person_approves(make: Callable[..., House]) -> None:
    """No job can let anything leave."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    with pytest.raises(InputError, match="person_needed"):
        desk.approve(house.store, house.settings, house.issue().id, by=Actor(kind="job"), now=house.now)


def test_approval_waits_until_readers_can_be_told_about_their_data(make: Callable[..., House]) -> None:
    """While the public side is closed, letters that would point to it cannot be approved."""
    house = make()
    house.settings = replace(house.settings, privacy=PrivacySettings())
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    with pytest.raises(desk.NotReady) as refused:
        house.approve()
    assert "privacy_missing" in [fault.key for fault in refused.value.faults]


def test_mail_server_that_is_down_delays_the_telling_only(make: Callable[..., House]) -> None:
    """The draft stands although nobody could be told; the mail leaves as soon as it can."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    right = house.settings
    house.settings = replace(right, mail=MailSettings(host="127.0.0.1", port=1))
    assert kinds(house.tick()) == ["drafted"]
    house.settings = right
    assert kinds(house.tick()) == ["announced"]


def test_new_installation_does_not_begin_with_an_empty_or_late_issue(make: Callable[..., House]) -> None:
    """Without a story, or after the send time, the first issue waits for the next draft time."""
    house = make()
    assert house.tick() == []
    approved(house.store, at=DRAFT_TIME)
    assert house.tick(SEND_TIME) == []
    assert kinds(house.tick(DRAFT_TIME + timedelta(days=7))) == ["drafted", "announced"]


def test_draft_by_hand_takes_stories_up_to_now_and_can_be_taken_further(make: Callable[..., House]) -> None:
    """A person drafts when they like; drafting again adds what came since, and the schedule adds the rest."""
    house = make()
    house.now = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
    one = approved(house.store, at=house.now)
    made = desk.draft_now(house.store, house.settings, "veckobrevet", by=house.by, now=house.now)
    assert (made.week.number, house.told()) == (47, [one.id])
    two = approved(house.store, at=house.now + timedelta(hours=1))
    again = desk.draft_now(house.store, house.settings, "veckobrevet", by=house.by, now=house.now + timedelta(hours=2))
    assert (again.id, house.told()) == (made.id, [one.id, two.id])
    three = approved(house.store, at=DRAFT_TIME)
    assert kinds(house.tick(DRAFT_TIME)) == ["drafted", "announced"]
    assert house.told() == [one.id, two.id, three.id]


def test_issue_sent_early_is_not_drafted_again_for_its_week(make: Callable[..., House]) -> None:
    """A letter sent on Wednesday by hand is that week's letter."""
    house = make()
    house.now = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
    approved(house.store, at=house.now)
    made = desk.draft_now(house.store, house.settings, "veckobrevet", by=house.by, now=house.now)
    with pytest.raises(DigestError, match="issue_unapproved"):
        desk.send_now(house.store, house.settings, made.id, by=house.by, now=house.now)
    house.approve()
    desk.send_now(house.store, house.settings, made.id, by=house.by, now=house.now)
    assert kinds(house.tick()) == ["frozen"]
    issue_states.set_state(
        house.store, made.id, IssueState.SENT, expect=(IssueState.SENDING,), by=house.by, now=house.now
    )
    approved(house.store, at=DRAFT_TIME)
    assert house.tick(DRAFT_TIME) == []


def test_cancelled_issue_is_not_drafted_again_in_its_week(make: Callable[..., House]) -> None:
    """Who cancels this week's letter gets none; its stories come next week."""
    house = make()
    one = approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    desk.cancel(house.store, house.issue().id, by=house.by, now=house.now)
    assert house.tick(DRAFT_TIME + timedelta(hours=1)) == []
    house.tick(DRAFT_TIME + timedelta(days=7))
    assert (house.issue().number, house.told()) == (2, [one.id])


def test_test_letter_is_marked_and_reaches_only_its_address(make: Callable[..., House]) -> None:
    """A test letter says that it is one, in subject and text."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.mails()
    desk.send_test(house.store, house.settings, house.issue().id, "karin@example.se", now=house.now)
    (letter,) = house.sink.letters
    assert letter.recipients == ["karin@example.se"]
    assert str(letter.message["Subject"]).startswith("[Prov]")
    plain = letter.message.get_body(("plain",))
    assert plain is not None
    assert "Provutskick" in plain.get_content()
    assert house.issue().state is IssueState.DRAFT


def test_hiding_a_story_while_the_letter_leaves_pauses_it_and_the_rest_get_a_gap(make: Callable[..., House]) -> None:
    """Hidden is hidden: the sending stops, and what is sent afterwards tells nothing of the story."""
    house = make()
    one = approved(house.store, at=DRAFT_TIME - timedelta(days=1), text="Hemlig sak. Mer om den.")
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.approve()
    house.tick(SEND_TIME)
    house.mails()
    decide(house.store, one.id, Action.HIDE, by=house.by, now=house.now)
    assert kinds(house.tick()) == ["paused", "told"]
    assert b"Hemlig" in issues.render(house.store, house.issue().id, "master")
    desk.resume(house.store, house.settings, house.issue().id, by=house.by, now=house.now)
    assert b"Hemlig" not in issues.render(house.store, house.issue().id, "master")
    assert house.tick() == []
    shown = edition.public_letter(house.store, "veckobrevet", 1, now=house.now)
    assert shown is not None
    assert [item.removed for item in shown.items].count(True) == 1
    assert edition.public_letters(house.store, "veckobrevet", now=house.now) == [(house.issue(), shown)]
    assert "Hemlig" not in repr(shown)


def test_sending_that_stood_still_for_half_a_day_waits_for_a_person(make: Callable[..., House]) -> None:
    """A letter interrupted on Friday does not go on by itself on Monday."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    house.approve()
    house.tick(SEND_TIME)
    events = house.tick(SEND_TIME + timedelta(hours=13))
    assert kinds(events) == ["paused", "told"]
    assert events[0].why is not None
    assert events[0].why.key == "interrupted"


def test_editor_pulls_in_a_later_story(make: Callable[..., House]) -> None:
    """Until the approval a story approved after the draft time can be added by hand."""
    house = make()
    approved(house.store, at=DRAFT_TIME - timedelta(days=1))
    house.tick()
    later = approved(house.store, at=DRAFT_TIME + timedelta(hours=1))
    issue_edits.add_item(house.store, house.issue().id, later.id, section="", by=house.by, now=house.now)
    assert later.id in house.told()
    house.approve()
    with pytest.raises(ConflictError):
        desk.approve(house.store, house.settings, house.issue().id, by=house.by, now=house.now, changes=0)


def test_taking_out_a_picture_while_the_letter_leaves_pauses_it_and_the_rest_go_without_it(
    make: Callable[..., House],
) -> None:
    """The letters that have not left carry the picture no more, and going on takes one press."""
    house = make()
    made = approved(house.store, at=DRAFT_TIME - timedelta(days=1), media=(picture(),))
    media_id, out = made.lead.media[0].id, BytesIO()
    Image.new("RGB", (960, 640), "green").save(out, "JPEG")
    write_renditions(house.store, "f" * 64, {960: out.getvalue()})
    set_file(house.store, media_id, "f" * 64, width=960, height=640)
    set_right(house.store, media_id, Right.OWN, by=house.by, now=DRAFT_TIME)
    house.tick()
    house.approve()
    house.tick(SEND_TIME)
    assert b"f" * 20 + b"w@skord" in issues.render(house.store, house.issue().id, "master")
    house.mails()
    withdraw(house.store, media_id, by=house.by, now=house.now)
    assert kinds(house.tick()) == ["paused", "told"]
    desk.resume(house.store, house.settings, house.issue().id, by=house.by, now=house.now)
    assert b"f" * 20 + b"w@skord" not in issues.render(house.store, house.issue().id, "master")
    assert house.tick() == []
    assert house.issue().state is IssueState.SENDING


def test_accepting_one_gap_says_nothing_of_another(make: Callable[..., House]) -> None:
    """Who let the sending go on without one story has not accepted that another one, hidden later, is told."""
    house = make()
    first = approved(house.store, at=DRAFT_TIME - timedelta(days=1), text="Den första nyheten #hallandväxer")
    other = approved(house.store, at=DRAFT_TIME - timedelta(days=1), text="Den andra nyheten #hallandväxer")
    house.tick()
    house.approve()
    house.tick(SEND_TIME)
    issue = house.issue()
    desk.pause(house.store, issue.id, by=house.by, now=house.now)
    decide(house.store, first.id, Action.HIDE, by=house.by, now=house.now)
    desk.resume(house.store, house.settings, issue.id, by=house.by, now=house.now)
    assert kinds(house.tick()) == []
    decide(house.store, first.id, Action.APPROVE, by=house.by, now=house.now)
    decide(house.store, other.id, Action.HIDE, by=house.by, now=house.now)
    assert "paused" in kinds(house.tick())
