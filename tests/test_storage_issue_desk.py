"""What can be put into an issue by hand, and what is told already."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import account, approved
from campaign.errors import ConflictError
from campaign.newsletter import YEAR_AGO, Issue, IssueState, Why
from campaign.periods import Week
from conftest import NOW
from storage.decisions import Action, decide
from storage.issue_desk import addable, told_elsewhere
from storage.issue_edits import NewItem, Schedule, add_item, save_draft
from storage.issue_states import set_state
from storage.store import JOB, Actor, Store


def drafted(store: Store, *stories: int, week: int = 47, section: str = "") -> Issue:
    """A draft with these stories."""
    return save_draft(
        store, campaign="hallandvaxer", newsletter="veckobrevet", selection={}, by=JOB, now=NOW,
        schedule=Schedule(week=Week(year=2026, number=week), selected_to=NOW, send_at=NOW),
        new=[NewItem(story_id=each, section=section, position=0, reason=Why(key="approved")) for each in stories],
    )  # fmt: skip


def over(store: Store, issue: Issue, state: IssueState) -> None:
    """Let an issue come to an end."""
    set_state(store, issue.id, state, expect=(IssueState.DRAFT,), by=JOB, now=NOW)


def test_all_that_is_offered_can_be_added_and_nothing_else_can(store: Store) -> None:
    """Told in a letter, shown here and hidden are not offered; told again, cancelled and new are, newest first."""
    by = Actor(kind="person", account_id=account(store))
    made = [approved(store, title=f"Svanarna {number}", at=NOW + timedelta(minutes=number)) for number in range(6)]
    sent, again, cancelled, here, hidden, new = (story.id for story in made)
    over(store, drafted(store, sent), IssueState.STOPPED)
    over(store, drafted(store, again, section=YEAR_AGO), IssueState.STOPPED)
    over(store, drafted(store, cancelled), IssueState.CANCELLED)
    issue = drafted(store, here, week=48)
    decide(store, hidden, Action.HIDE, by=by, now=NOW)
    found = addable(store, issue.id, "")
    assert {story.id for story in found.stories} == {again, cancelled, new}
    assert [story.sort_key for story in found.stories] == sorted((s.sort_key for s in found.stories), reverse=True)
    assert (found.count, found.told) == (3, ())
    assert told_elsewhere(store, issue.id) == {sent: 1, here: issue.number}
    with pytest.raises(ConflictError, match="story_told"):
        add_item(store, issue.id, sent, section="", by=by, now=NOW)
    for story in found.stories:
        add_item(store, issue.id, story.id, section="", by=by, now=NOW)
    assert addable(store, issue.id, "").count == 0


def test_a_search_finds_titles_and_words_also_of_what_is_told(store: Store) -> None:
    """What matches and is told stands beside what can be added, with its letter's number; counts go past the limit."""
    told = approved(store, title="Svanarna är tillbaka", text="De är fler. #hallandväxer").id
    over(store, drafted(store, told), IssueState.STOPPED)
    issue = drafted(store, week=48)
    for number in range(3):
        approved(store, title=f"Nummer {number}", text="Fler svanar vid sjön. #hallandväxer")
    for words in ("Svanarna", "svanar"):
        found = addable(store, issue.id, words, limit=2)
        assert (len(found.stories), found.count, found.told_count) == (2, 3, 1)
        assert [(story.id, number) for story, number in found.told] == [(told, 1)]
    assert addable(store, issue.id, "tillbaka").count == 0
    assert addable(store, issue.id, "-svanar").count == 0
