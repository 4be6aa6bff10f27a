"""Stories that go on from earlier ones: recorded, undoable, kept when stories are joined, told in letters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from builders import account, approved
from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.newsletter import YEAR_AGO, Issue, IssueState, Why
from campaign.periods import Week
from conftest import NOW
from storage import schema
from storage.decisions import Action, decide
from storage.follows import earlier_of, follow, later_of, told_before, unfollow, went_on
from storage.issue_edits import NewItem, Schedule, leave_out, save_draft
from storage.issue_states import approve, freeze, set_state
from storage.issues import get_issue, items
from storage.merging import join
from storage.store import JOB, Actor, Store, public_revision
from storage.trail import trail
from storage.undoing import undo

LETTER = "veckobrevet"


def anna(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def draft(store: Store, *story_ids: int, section: str = "") -> Issue:
    """A draft with these stories."""
    return save_draft(
        store,
        campaign="hallandvaxer",
        newsletter=LETTER,
        schedule=Schedule(week=Week(year=2026, number=47), selected_to=NOW, send_at=NOW + timedelta(hours=18)),
        new=[
            NewItem(story_id=story_id, section=section, position=number, reason=Why(key="approved"))
            for number, story_id in enumerate(story_ids)
        ],
        selection={},
        by=JOB,
        now=NOW,
    )


def send(store: Store, issue: Issue) -> Issue:
    """Send an issue to the end."""
    approve(store, issue.id, "hash", by=anna(store), now=NOW, changes=get_issue(store, issue.id).changes)
    freeze(store, issue.id, content="hash", letter={"sections": []}, renders={"master": b"m"}, now=NOW, by=JOB)
    return set_state(store, issue.id, IssueState.SENT, expect=(IssueState.SENDING,), by=JOB, now=NOW)


def sent(store: Store, *story_ids: int, section: str = "") -> int:
    """Send an issue with these stories and return its number."""
    return send(store, draft(store, *story_ids, section=section)).number


def three(store: Store) -> tuple[int, int, int]:
    """Three approved stories."""
    first, second, third = (approved(store).id for _ in range(3))
    return first, second, third


def test_story_goes_on_from_another_and_the_trail_says_who_said_so(store: Store) -> None:
    """Set once however often; recorded with the press, and the public number rises."""
    later, earlier, _ = three(store)
    before = public_revision(store)
    group = follow(store, later, earlier, by=anna(store), now=NOW)
    assert (earlier_of(store, later), later_of(store, earlier)) == ([earlier], [later])
    assert follow(store, later, earlier, by=anna(store), now=NOW) == ""
    (line,) = [each for each in trail(store, story_id=later) if each.action == "follow"]
    assert (line.group, line.who, line.facts["earlier"], line.undoable) == (group, "Anna", earlier, True)
    assert public_revision(store) > before


def test_press_that_is_sent_again_changes_nothing(store: Store) -> None:
    """The name of a press stands for one taking of it."""
    later, earlier, _ = three(store)
    press = "a" * 32
    assert follow(store, later, earlier, by=anna(store), now=NOW, press=press) == press
    unfollow(store, later, earlier, by=anna(store), now=NOW)
    assert follow(store, later, earlier, by=anna(store), now=NOW, press=press) == press
    assert earlier_of(store, later) == []


def test_both_presses_can_be_undone(store: Store) -> None:
    """Undoing puts back exactly what was, and is refused once somebody has pressed again."""
    later, earlier, _ = three(store)
    by = anna(store)
    first = follow(store, later, earlier, by=by, now=NOW)
    undo(store, first, by=by, now=NOW)
    assert earlier_of(store, later) == []
    second = follow(store, later, earlier, by=by, now=NOW)
    third = unfollow(store, later, earlier, by=by, now=NOW)
    with pytest.raises(ConflictError, match="undo_overtaken"):
        undo(store, second, by=by, now=NOW)
    undo(store, third, by=by, now=NOW)
    assert earlier_of(store, later) == [earlier]
    assert unfollow(store, earlier, later, by=by, now=NOW) == ""


def test_story_goes_on_neither_from_itself_nor_in_a_circle_nor_from_none(store: Store) -> None:
    """Each is refused with its own sentence, also over a third story and by an undo."""
    one, two, three_ = three(store)
    by = anna(store)
    follow(store, two, one, by=by, now=NOW)
    follow(store, three_, two, by=by, now=NOW)
    for _, earlier, key in (
        (one, one, "follow_itself"),
        (one, two, "follow_circle"),
        (one, three_, "follow_circle"),
    ):
        with pytest.raises(InputError) as refused:
            follow(store, one, earlier, by=by, now=NOW)
        assert (refused.value.field, refused.value.key) == ("other", key)
    with pytest.raises(NotFoundError, match="story_missing"):
        follow(store, one, 9999, by=by, now=NOW)
    gone = unfollow(store, two, one, by=by, now=NOW)
    follow(store, one, two, by=by, now=NOW)
    with pytest.raises(ConflictError, match="undo_overtaken"):
        undo(store, gone, by=by, now=NOW)


def test_joined_stories_keep_what_they_go_on_from_and_a_parting_puts_it_back(store: Store) -> None:
    """Whatever either went on from, or went on from either, holds for the one that stands; undone, each has its own."""
    old, mid, new = three(store)
    twin = approved(store).id
    by = anna(store)
    follow(store, mid, old, by=by, now=NOW)
    follow(store, new, twin, by=by, now=NOW)
    done = join(store, mid, twin, by=by, now=NOW)
    assert done.story_id == mid
    assert (earlier_of(store, mid), earlier_of(store, new)) == ([old], [mid])
    undo(store, done.group, by=by, now=NOW)
    assert (earlier_of(store, mid), earlier_of(store, new), later_of(store, mid)) == ([old], [twin], [])


def test_story_that_takes_up_what_it_goes_on_from_goes_on_from_nothing(store: Store) -> None:
    """No story goes on from itself by way of a joining, directly or round about."""
    one, two, three_ = three(store)
    by = anna(store)
    follow(store, two, one, by=by, now=NOW)
    follow(store, three_, two, by=by, now=NOW)
    done = join(store, one, three_, by=by, now=NOW)
    with store.read() as connection:
        pairs = {tuple(row)[:2] for row in connection.execute(select(schema.story_follows))}
    assert pairs == {(two, one)}
    undo(store, done.group, by=by, now=NOW)
    assert (earlier_of(store, two), earlier_of(store, three_)) == ([one], [two])


def test_parting_does_not_bring_back_what_somebody_took_away_meanwhile(store: Store) -> None:
    """A word taken back about the joined story stays taken back."""
    old, mid, twin = three(store)
    by = anna(store)
    follow(store, twin, old, by=by, now=NOW)
    done = join(store, mid, twin, by=by, now=NOW)
    unfollow(store, mid, old, by=by, now=NOW)
    undo(store, done.group, by=by, now=NOW)
    assert (earlier_of(store, mid), earlier_of(store, twin)) == ([], [])


def test_letter_knows_which_number_told_the_beginning(store: Store) -> None:
    """The nearest told story counts, through one that no letter told; the issue itself and later ones do not."""
    first, between, last = three(store)
    by = anna(store)
    follow(store, between, first, by=by, now=NOW)
    follow(store, last, between, by=by, now=NOW)
    number = sent(store, first)
    assert told_before(store, LETTER, [first, between, last], number + 1) == {
        first: number, between: number, last: number,
    }  # fmt: skip
    assert told_before(store, LETTER, [last], number) == {}
    assert told_before(store, "annat", [last], number + 1) == {}
    assert told_before(store, LETTER, [], number + 1) == {}
    second = sent(store, between)
    assert told_before(store, LETTER, [last], second + 1) == {last: second}


def test_letter_points_to_nothing_that_readers_cannot_find(store: Store) -> None:
    """What was left out, only told again a year later, not sent, or hidden since was told in no number."""
    earlier, later, other = three(store)
    by = anna(store)
    follow(store, later, earlier, by=by, now=NOW)
    without = draft(store, earlier, other)
    item = next(each for each in items(store, without.id) if each.story_id == earlier)
    leave_out(store, without.id, item.id, by=by, now=NOW)
    send(store, without)
    sent(store, earlier, section=YEAR_AGO)
    unsent = draft(store, earlier)
    assert told_before(store, LETTER, [later], 99) == {}
    send(store, unsent)
    assert told_before(store, LETTER, [later], 99) == {later: unsent.number}
    decide(store, earlier, Action.HIDE, by=by, now=NOW)
    assert told_before(store, LETTER, [later], 99) == {}


def test_old_issue_learns_how_its_story_went_on(store: Store) -> None:
    """By all later numbers that told it, of public stories in letters that have left, also for ids taken up since."""
    first, second, third = three(store)
    by = anna(store)
    follow(store, second, first, by=by, now=NOW)
    follow(store, third, second, by=by, now=NOW)
    started = sent(store, first)
    assert went_on(store, LETTER, [first, second, 9999]) == {}
    goes_on = sent(store, second)
    open_ = draft(store, third)
    assert went_on(store, LETTER, [first, second]) == {first: (goes_on,)}
    ended = send(store, open_).number
    assert (started, went_on(store, LETTER, [first, second])) == (1, {first: (goes_on, ended), second: (ended,)})
    twin = approved(store).id
    with store.write() as connection:
        connection.execute(update(schema.story).where(schema.story.c.id == twin).values(merged_into=first))
    assert went_on(store, LETTER, [twin]) == {twin: (goes_on, ended)}
    decide(store, third, Action.HIDE, by=by, now=NOW)
    assert went_on(store, LETTER, [first]) == {first: (goes_on,)}
