"""Two people approve: the first leaves the issue a draft, the second sends the very same letter."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from builders import account, approved
from campaign.errors import ConflictError
from campaign.newsletter import Issue, IssueState
from digest import desk
from digest.work import tick
from digest_samples import DRAFTED, settings
from storage import issue_edits, issue_states, issues
from storage.people import disable
from storage.store import Actor, Store
from storage.trail import TrailFilter, find_trail

LATER = DRAFTED + timedelta(hours=1)


@pytest.fixture
def drafted(store: Store) -> Issue:
    """A draft of two stories."""
    for number in range(2):
        approved(store, at=DRAFTED - timedelta(days=1), text=f"Bron nummer {number} är öppen #hallandväxer")
    made = settings(Path("/nowhere"), approvers=2)
    return desk.draft_now(store, made, "veckobrevet", by=Actor(kind="job"), now=DRAFTED)


def approve(store: Store, issue: Issue, by: Actor) -> Issue:
    """Approve the issue as it is, where two people must."""
    return desk.approve(store, settings(Path("/nowhere"), approvers=2), issue.id, by=by, now=LATER)


def person(store: Store, name: str) -> Actor:
    """Somebody at the desk."""
    return Actor(kind="person", account_id=account(store, name=name))


def test_first_of_two_approvals_sends_nothing(store: Store, drafted: Issue) -> None:
    """After one approval the issue is a draft that names who gave it, and the trail says it was the first."""
    anna = person(store, "anna")
    issue = approve(store, drafted, anna)
    assert (issue.state, issue.first_by, issue.approved_hash) == (IssueState.DRAFT, anna.account_id, None)
    assert "issue_approve_first" in [line.action for line in find_trail(store, TrailFilter()).lines]


def test_the_same_person_is_not_two(store: Store, drafted: Issue) -> None:
    """Who approved first cannot be the second."""
    anna = person(store, "anna")
    approve(store, drafted, anna)
    with pytest.raises(ConflictError) as refused:
        approve(store, drafted, anna)
    assert refused.value.key == "issue_other_person"


def test_second_person_approves_the_same_letter(store: Store, drafted: Issue) -> None:
    """Another person's word about the unchanged letter approves it."""
    approve(store, drafted, person(store, "anna"))
    issue = approve(store, drafted, person(store, "bo"))
    assert (issue.state, issue.approved_hash) == (IssueState.APPROVED, issue.first_hash)


def test_a_change_between_the_two_starts_over(store: Store, drafted: Issue) -> None:
    """What was changed after the first approval has none: the next person is the first again."""
    approve(store, drafted, person(store, "anna"))
    issue_edits.edit(store, drafted.id, by=person(store, "cecilia"), now=LATER, subject="Ett annat ämne")
    bo = person(store, "bo")
    issue = approve(store, drafted, bo)
    assert (issue.state, issue.first_by) == (IssueState.DRAFT, bo.account_id)


def test_first_approval_is_taken_back(store: Store, drafted: Issue) -> None:
    """Withdrawn, the first approval is gone, and another person's is the first again."""
    anna = person(store, "anna")
    approve(store, drafted, anna)
    issue = desk.withdraw(store, drafted.id, by=anna, now=LATER)
    assert (issue.first_by, issue.first_hash) == (None, None)


def test_one_approval_of_two_does_not_leave(store: Store, drafted: Issue) -> None:
    """At the send time an issue with one approval of two is missed, like one with none."""
    approve(store, drafted, person(store, "anna"))
    at = drafted.send_at + timedelta(minutes=1)
    tick(store, settings(Path("/nowhere"), approvers=2), clock=lambda: at)
    assert issues.get_issue(store, drafted.id).state is IssueState.MISSED


def test_another_content_needs_two_again(store: Store, drafted: Issue) -> None:
    """What two approved and then changed by itself (an excerpt, a figure) is not approved anew by one."""
    anna, bo = person(store, "anna"), person(store, "bo")
    approve(store, drafted, anna)
    issue = approve(store, drafted, bo)
    other = issue_states.approve(
        store, drafted.id, "another content", by=bo, now=LATER, changes=issue.changes, approvers=2
    )
    assert (other.state, other.approved_hash, other.first_by) == (IssueState.DRAFT, None, bo.account_id)


def test_who_has_left_the_house_is_no_second_pair_of_eyes(store: Store, drafted: Issue) -> None:
    """The first approval of an account that was closed since counts no more: the next person is the first again."""
    anna, bo = person(store, "anna"), person(store, "bo")
    approve(store, drafted, anna)
    disable(store, anna.account_id or 0, now=LATER)
    issue = approve(store, drafted, bo)
    assert (issue.state, issue.first_by) == (IssueState.DRAFT, bo.account_id)
