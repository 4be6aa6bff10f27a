from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from builders import account, approved, candidate, ingest, node
from campaign.issue_looks import Seen, changes, seen_of
from campaign.newsletter import Issue, IssueState, Why
from campaign.periods import Week
from campaign.records import PostState, Story
from conftest import NOW
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.issue_edits import NewItem, Schedule, edit, save_draft
from storage.issue_looks import hands, look, saw
from storage.issue_sources import Turn, turned
from storage.issue_voices import attached, told_lately, waiting_words
from storage.issues import get_issue, items
from storage.store import Actor, Store

TODAY = NOW.replace(hour=0, minute=0)


def made(store: Store, *stories: Story, week: int = 48, section: str = "") -> Issue:
    schedule = Schedule(week=Week(year=2026, number=week), selected_to=NOW, send_at=NOW + timedelta(days=2))
    new = [
        NewItem(story_id=story.id, section=section, position=at, reason=Why(key="by_hand"))
        for at, story in enumerate(stories)
    ]
    return save_draft(
        store, campaign="hallandvaxer", newsletter="veckobrevet", schedule=schedule, new=new, selection={},
        by=Actor(kind="job"), now=NOW,
    )  # fmt: skip


def sent(store: Store, issue: Issue) -> None:
    """Let an issue have left, with what it told."""
    told = items(store, issue.id)
    with store.write() as connection:
        connection.execute(
            update(schema.issue).where(schema.issue.c.id == issue.id).values(state=str(IssueState.SENT), sent_at=NOW)
        )
        for item in told:
            post = connection.execute(
                schema.post.select().where(schema.post.c.story_id == item.story_id).with_only_columns(schema.post.c.id)
            ).scalar()
            connection.execute(update(schema.issue_item).where(schema.issue_item.c.id == item.id).values(post_id=post))


def now_seen(store: Store, issue: Issue) -> Seen:
    return seen_of(get_issue(store, issue.id), items(store, issue.id), {})


def looked(store: Store, issue: Issue, who: int, *, at: datetime = NOW, today: datetime = TODAY) -> int:
    """Let a person look, and return how many changes they are shown."""
    kept = look(store, get_issue(store, issue.id), who, now_seen(store, issue), now=at, today=today)
    return changes(kept.seen, now_seen(store, issue)).count


@pytest.fixture
def issue(store: Store) -> Issue:
    return made(store, approved(store), approved(store))


def test_the_first_look_marks_nothing(store: Store, issue: Issue) -> None:
    """Whoever opens an issue for the first time has missed nothing."""
    assert looked(store, issue, account(store)) == 0


def test_marks_stay_over_reloads_until_they_are_said_to_be_seen(store: Store, issue: Issue) -> None:
    """A change by somebody else is shown at each look of the day, and not any more once the button was pressed."""
    anna, bo = account(store), account(store, name="bo")
    looked(store, issue, anna)
    edit(store, issue.id, by=Actor(kind="person", account_id=bo), now=NOW, subject="Nytt")
    assert looked(store, issue, anna, at=NOW + timedelta(minutes=1)) == 1
    assert looked(store, issue, anna, at=NOW + timedelta(hours=1)) == 1
    assert saw(store, issue.id, anna, changes=get_issue(store, issue.id).changes, now=NOW)
    assert looked(store, issue, anna, at=NOW + timedelta(hours=2)) == 0


def test_marks_go_on_the_next_day(store: Store, issue: Issue) -> None:
    """What was shown yesterday counts as seen, what came after that look does not."""
    anna, by = account(store), Actor(kind="person", account_id=account(store, name="bo"))
    looked(store, issue, anna)
    edit(store, issue.id, by=by, now=NOW, subject="Nytt")
    looked(store, issue, anna, at=NOW + timedelta(hours=1))
    edit(store, issue.id, by=by, now=NOW, preview="Nytt också")
    tomorrow = TODAY + timedelta(days=1)
    found = look(
        store, get_issue(store, issue.id), anna, now_seen(store, issue), now=tomorrow + timedelta(hours=9),
        today=tomorrow,
    )  # fmt: skip
    assert found.at == NOW + timedelta(hours=1)
    assert [each.field for each in changes(found.seen, now_seen(store, issue)).words] == ["preview"]


def test_only_what_was_shown_can_be_seen(store: Store, issue: Issue) -> None:
    """A button on a page that is older than what was shown last takes nothing away."""
    anna = account(store)
    looked(store, issue, anna)
    edit(store, issue.id, by=Actor(kind="person", account_id=account(store, name="bo")), now=NOW, subject="Nytt")
    old = issue.changes
    looked(store, issue, anna)
    assert not saw(store, issue.id, anna, changes=old, now=NOW)
    assert looked(store, issue, anna) == 1


def test_each_person_has_looks_of_their_own(store: Store, issue: Issue) -> None:
    """What Anna has seen is news to Bo, who looked before the change."""
    anna, bo = account(store), account(store, name="bo")
    looked(store, issue, bo)
    edit(store, issue.id, by=Actor(kind="person", account_id=anna), now=NOW, subject="Nytt")
    assert looked(store, issue, anna) == 0
    assert looked(store, issue, bo) == 1


def test_it_is_known_who_changed_what(store: Store, issue: Issue) -> None:
    """The latest hand comes first, with its name and what it touched."""
    edit(store, issue.id, by=Actor(kind="person", account_id=account(store)), now=NOW, subject="Nytt")
    first, second = hands(store, issue.id)
    assert (first.who, first.action, first.facts["subject"]) == ("Anna", "issue_edit", True)
    assert (second.who, second.action) == ("", "issue_draft")


def test_an_edit_at_the_source_is_pointed_out_until_it_is_approved(store: Store) -> None:
    """A newer version than the approved one is a sign; approving it takes the sign away."""
    first = candidate()
    ingest(store, first)
    story = approved(store, identity=first.identity, text=first.text)
    assert turned(store, [story.id]) == {}
    ingest(store, candidate(identity=first.identity, text="Rättat. #hallandväxer"), now=NOW + timedelta(hours=1))
    [found] = turned(store, [story.id])[story.id]
    assert (found.turn, found.at) == (Turn.EDITED, NOW + timedelta(hours=1))
    decide(store, story.id, Action.APPROVE, by=Actor(kind="person", account_id=account(store)), now=NOW)
    assert turned(store, [story.id]) == {}


@pytest.mark.parametrize(
    ("values", "turn"),
    [
        ({"state": PostState.MISSING, "missing_at": NOW}, Turn.MISSING),
        ({"state": PostState.GONE, "missing_at": NOW}, Turn.GONE),
        ({"doubted_at": NOW}, Turn.DOUBTED),
    ],
)
def test_what_is_away_at_its_source_is_pointed_out(store: Store, values: dict[str, object], turn: Turn) -> None:
    """Missing, gone and doubted are told apart, each with when it was seen."""
    story = approved(store)
    with store.write() as connection:
        connection.execute(update(schema.post).where(schema.post.c.story_id == story.id).values(**values))
    assert [(each.turn, each.at) for each in turned(store, [story.id])[story.id]] == [(turn, NOW)]


def test_the_latest_issues_that_left_are_counted(store: Store) -> None:
    """Who told what in the issues before, not in those that are still worked on, and no more issues than asked for."""
    first, second, third = (approved(store, author_handle=f"{name}@exempel.se") for name in "abc")
    sent(store, made(store, first, week=46, section="1"))
    sent(store, made(store, second, week=47))
    draft = made(store, third)
    count, told = told_lately(store, "veckobrevet", before=draft.number)
    assert (count, {each.post.author_handle: each.section for each in told}) == (
        2,
        {"a@exempel.se": "1", "b@exempel.se": ""},
    )
    count, told = told_lately(store, "veckobrevet", before=draft.number, issues=1)
    assert (count, [each.post.story_id for each in told]) == (1, [second.id])


def test_stories_at_a_node_and_words_that_wait(store: Store) -> None:
    """Evidence among the stories asked for, by node; waiting stories by their words."""
    story, other = approved(store), approved(store)
    area = node(store)
    for each in (story, other):
        attach(store, each.id, area, by=Actor(kind="person", account_id=account(store)), now=NOW)
    assert attached(store, [area], {story.id}) == {area: {story.id}}
    ingest(store, candidate(text="Äpplen i Getinge #hallandväxer"))
    assert [text.strip() for text in waiting_words(store, "hallandvaxer", now=NOW).values()] == [
        "Äpplen i Getinge #hallandväxer"
    ]
