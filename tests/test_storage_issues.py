"""Issues in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from builders import account, approved, node, story
from campaign.errors import ConflictError, NotFoundError
from campaign.newsletter import Issue, IssueState, Why
from campaign.periods import Week
from storage import schema
from storage.areas import areas
from storage.evidence import attach
from storage.issue_edits import NewItem, Schedule, add_item, edit, edit_item, leave_out, move_item, save_draft
from storage.issue_states import approve, freeze, reschedule, set_state
from storage.issues import candidates, find_issue, frozen, get_issue, items, list_public, open_issue, render
from storage.store import JOB, Actor, Store, public_revision

NOW = datetime(2026, 11, 19, 13, 0, tzinfo=UTC)
WEEK = Week(year=2026, number=47)


def person(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def draft(store: Store, *story_ids: int, issue_id: int | None = None, week: Week = WEEK) -> Issue:
    """A draft of week 47 with these stories."""
    return save_draft(
        store,
        campaign="hallandvaxer",
        newsletter="veckobrevet",
        schedule=Schedule(week=week, selected_to=NOW, send_at=NOW + timedelta(hours=18)),
        new=[
            NewItem(story_id=story_id, section="", position=number, reason=Why(key="approved"))
            for number, story_id in enumerate(story_ids)
        ],
        selection={},
        by=JOB,
        now=NOW,
        issue_id=issue_id,
    )


def order(store: Store, issue: Issue) -> list[int]:
    """The stories of an issue in order, those left out left out."""
    return [item.story_id for item in items(store, issue.id) if not item.left_out]


def of(store: Store, issue: Issue, story_id: int) -> int:
    """The item that tells a story."""
    return next(item.id for item in items(store, issue.id) if item.story_id == story_id)


def send(store: Store, issue: Issue) -> Issue:
    """Approve and freeze an issue."""
    approve(store, issue.id, "hash", by=person(store), now=NOW, changes=get_issue(store, issue.id).changes)
    return freeze(store, issue.id, content="hash", letter={"sections": []}, renders={"master": b"m"}, now=NOW, by=JOB)


def test_numbers_rise_and_are_never_used_again(store: Store) -> None:
    """A cancelled issue keeps its number; the next one takes the next."""
    first = draft(store)
    set_state(store, first.id, IssueState.CANCELLED, expect=(IssueState.DRAFT,), by=JOB, now=NOW)
    assert draft(store).number == first.number + 1


def test_there_is_one_open_issue_at_a_time(store: Store) -> None:
    """A second draft is refused while people work on the first."""
    first = draft(store)
    with pytest.raises(ConflictError, match="issue_open"):
        draft(store)
    assert open_issue(store, "veckobrevet") == first


def test_told_story_is_no_candidate_and_a_cancelled_issue_gives_it_back(store: Store) -> None:
    """What an issue tells is not proposed again; what was never sent is."""
    told, untold = approved(store).id, approved(store).id
    story(store)
    issue = draft(store, told)
    assert candidates(store, "hallandvaxer", "veckobrevet").story_ids == (untold,)
    assert candidates(store, "hallandvaxer", "veckobrevet", drafting=issue.id).story_ids == (told, untold)
    set_state(store, issue.id, IssueState.CANCELLED, expect=(IssueState.DRAFT,), by=JOB, now=NOW)
    assert candidates(store, "hallandvaxer", "veckobrevet").story_ids == (told, untold)


def test_left_out_story_comes_back_unless_it_was_for_good(store: Store) -> None:
    """An editor chooses between not now and not at all, and "not at all" outlives the issue."""
    now_not, never = approved(store).id, approved(store).id
    issue = draft(store, now_not, never)
    leave_out(store, issue.id, of(store, issue, now_not), by=person(store), now=NOW)
    leave_out(store, issue.id, of(store, issue, never), by=person(store), now=NOW, for_good=True)
    assert candidates(store, "hallandvaxer", "veckobrevet").story_ids == (now_not,)
    set_state(store, issue.id, IssueState.CANCELLED, expect=(IssueState.DRAFT,), by=JOB, now=NOW)
    assert candidates(store, "hallandvaxer", "veckobrevet").story_ids == (now_not,)


def test_story_told_under_another_that_took_it_up_is_told(store: Store) -> None:
    """A story that took up a told one is not proposed as new."""
    told, into = approved(store).id, approved(store).id
    send(store, draft(store, told))
    with store.write() as connection:
        connection.execute(update(schema.story).where(schema.story.c.id == told).values(merged_into=into))
    assert candidates(store, "hallandvaxer", "veckobrevet").story_ids == ()


def test_every_change_ends_an_approval(store: Store) -> None:
    """Words, order, additions and omissions: after any of them nobody has approved the issue."""
    by = person(store)
    one, two, three = (approved(store).id for _ in range(3))
    issue = draft(store, one, two)
    changes: tuple[Callable[[], Issue], ...] = (
        lambda: edit(store, issue.id, by=by, now=NOW, subject="Nytt ämne"),
        lambda: edit(store, issue.id, by=by, now=NOW, intro="Ny inledning"),
        lambda: edit_item(store, issue.id, of(store, issue, one), by=by, now=NOW, title="Ny rubrik"),
        lambda: move_item(store, issue.id, of(store, issue, one), by=by, now=NOW, place=1),
        lambda: leave_out(store, issue.id, of(store, issue, two), by=by, now=NOW),
        lambda: add_item(store, issue.id, three, section="", by=by, now=NOW),
    )
    for change in changes:
        before = approve(store, issue.id, "h", by=by, now=NOW, changes=get_issue(store, issue.id).changes)
        assert before.state is IssueState.APPROVED
        after = change()
        assert (after.state, after.approved_hash, after.approved_by) == (IssueState.DRAFT, None, None)
        assert after.changes == before.changes + 1


def test_saving_the_same_words_changes_nothing(store: Store) -> None:
    """A form saved unchanged keeps the approval."""
    by = person(store)
    issue = draft(store)
    edit(store, issue.id, by=by, now=NOW, subject="Ämne")
    approve(store, issue.id, "h", by=by, now=NOW, changes=get_issue(store, issue.id).changes)
    assert edit(store, issue.id, by=by, now=NOW, subject=" Ämne ").state is IssueState.APPROVED


def test_change_from_a_stale_page_is_refused(store: Store) -> None:
    """Two editors do not overwrite each other unseen, and nobody approves what they have not seen."""
    by = person(store)
    issue = draft(store)
    edit(store, issue.id, by=by, now=NOW, subject="Först", changes=issue.changes)
    with pytest.raises(ConflictError, match="issue_changed"):
        edit(store, issue.id, by=by, now=NOW, subject="Sedan", changes=issue.changes)
    with pytest.raises(ConflictError, match="issue_changed"):
        approve(store, issue.id, "h", by=by, now=NOW, changes=issue.changes)


def test_items_move_within_and_between_sections(store: Store) -> None:
    """A place is counted among those shown in the section."""
    by = person(store)
    ids = [approved(store).id for _ in range(4)]
    issue = draft(store, *ids)
    move_item(store, issue.id, of(store, issue, ids[3]), by=by, now=NOW, place=0)
    assert order(store, issue) == [ids[3], *ids[:3]]
    leave_out(store, issue.id, of(store, issue, ids[0]), by=by, now=NOW)
    move_item(store, issue.id, of(store, issue, ids[3]), by=by, now=NOW, place=1)
    assert order(store, issue) == [ids[1], ids[3], ids[2]]
    move_item(store, issue.id, of(store, issue, ids[2]), by=by, now=NOW, place=0, section="1")
    assert {item.story_id: item.section for item in items(store, issue.id)}[ids[2]] == "1"
    move_item(store, issue.id, of(store, issue, ids[1]), by=by, now=NOW, place=99)
    assert [story_id for story_id in order(store, issue) if story_id != ids[2]] == [ids[3], ids[1]]


def test_added_story_must_be_approved_and_told_nowhere(store: Store) -> None:
    """A person pulls in what may be told, once."""
    by = person(store)
    told, new = approved(store).id, story(store).id
    send(store, draft(store, told))
    issue = draft(store)
    with pytest.raises(ConflictError, match="story_told"):
        add_item(store, issue.id, told, section="", by=by, now=NOW)
    with pytest.raises(NotFoundError, match="story_missing"):
        add_item(store, issue.id, new, section="", by=by, now=NOW)


def test_freezing_needs_exactly_what_was_approved(store: Store) -> None:
    """Content with another hash than the approved one never leaves."""
    issue = draft(store)
    approve(store, issue.id, "seen", by=person(store), now=NOW, changes=issue.changes)
    with pytest.raises(ConflictError, match="issue_changed"):
        freeze(store, issue.id, content="other", letter={}, renders={}, now=NOW, by=JOB)
    assert get_issue(store, issue.id).state is IssueState.APPROVED
    assert frozen(store, issue.id) is None


def test_frozen_issue_is_public_and_cannot_be_edited(store: Store) -> None:
    """Sending makes the web copy public in the same transaction, clears the wish, and ends all editing."""
    by = person(store)
    story_id = approved(store).id
    with store.write() as connection:
        connection.execute(update(schema.story).values(coming=True))
    before = public_revision(store)
    issue = send(store, draft(store, story_id))
    assert issue.state is IssueState.SENDING
    assert public_revision(store) > before
    assert [shown.id for shown, _ in list_public(store, "veckobrevet")] == [issue.id]
    assert render(store, issue.id, "master") == b"m"
    with store.read() as connection:
        assert connection.execute(select(schema.story.c.coming)).scalar_one() is False
    with pytest.raises(ConflictError, match="issue_state"):
        edit(store, issue.id, by=by, now=NOW, subject="För sent")


def test_unsent_issues_are_not_public(store: Store) -> None:
    """A draft is in no list that readers see."""
    issue = draft(store)
    assert list_public(store, "veckobrevet") == []
    assert find_issue(store, "veckobrevet", issue.number) == issue
    assert find_issue(store, "veckobrevet", 99) is None


def test_new_time_keeps_the_approval_of_a_missed_issue(store: Store) -> None:
    """What was approved and came too late needs a time, not another approval."""
    issue = draft(store)
    approve(store, issue.id, "h", by=person(store), now=NOW, changes=issue.changes)
    set_state(store, issue.id, IssueState.MISSED, expect=(IssueState.APPROVED,), by=JOB, now=NOW, why=Why(key="late"))
    again = reschedule(store, issue.id, NOW + timedelta(days=4), WEEK.plus(1), by=person(store), now=NOW)
    assert (again.state, again.week, again.why) == (IssueState.APPROVED, WEEK.plus(1), None)


def test_open_issue_goes_on_with_what_is_new(store: Store) -> None:
    """An unsent issue taken to the next week keeps its number, words and stories, and gains the new ones last."""
    by = person(store)
    old, new = approved(store).id, approved(store).id
    issue = draft(store, old)
    edit(store, issue.id, by=by, now=NOW, intro="Hej")
    on = draft(store, old, new, issue_id=issue.id, week=WEEK.plus(1))
    assert (on.number, on.week, on.intro) == (issue.number, WEEK.plus(1), "Hej")
    assert order(store, on) == [old, new]


def test_what_people_did_is_in_the_trail(store: Store) -> None:
    """Each step of an issue names who did it."""
    by = person(store)
    issue = draft(store)
    edit(store, issue.id, by=by, now=NOW, subject="Ämne")
    with store.read() as connection:
        rows = connection.execute(select(schema.decision).where(schema.decision.c.issue_id == issue.id)).all()
    assert [(row.action, row.actor, row.account_id) for row in rows] == [
        ("issue_draft", "job", None),
        ("issue_edit", "person", by.account_id),
    ]


def test_goals_count_as_their_focus_area(store: Store) -> None:
    """Every node leads to the top of its tree, in the strategy's order."""
    second, first = node(store, code="b", position=1), node(store, code="a", position=0)
    goal = node(store, code="b.1", position=2)
    with store.write() as connection:
        connection.execute(update(schema.node).where(schema.node.c.id == goal).values(parent_id=second))
    found = areas(store, "hallandvaxer")
    assert found[goal].code == "b"
    assert list(dict.fromkeys(area.code for area in found.values())) == ["a", "b"]
    assert found[first].code == "a"
    attach(store, approved(store).id, goal, by=person(store), now=NOW)
