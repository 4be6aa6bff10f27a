"""What editors do to the items of an issue: stories and what they wrote themselves, each named by its own id."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from builders import account, approved
from campaign.errors import ConflictError, NotFoundError
from campaign.newsletter import EVENTS, YEAR_AGO, Issue, IssueItem, IssueState, ItemKind, Why
from campaign.periods import Week
from conftest import NOW
from storage import issue_states, schema
from storage.issue_bases import base_of, mark_of, order_of
from storage.issue_edits import (
    NewItem,
    Schedule,
    Written,
    add_item,
    edit,
    edit_item,
    edit_written,
    leave_out,
    move_item,
    save_draft,
    take_back,
    write_item,
    write_note,
)
from storage.issue_states import approve
from storage.issues import candidates, get_issue, items, section_notes
from storage.store import Actor, Store

JOB = Actor(kind="job")
STARTS = datetime(2026, 12, 3, 17, 30, tzinfo=UTC)


@pytest.fixture
def by(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def draft(store: Store, *story_ids: int, section: str = "", newsletter: str = "veckobrevet") -> Issue:
    """A draft with these stories in one section."""
    return save_draft(
        store,
        campaign="hallandvaxer",
        newsletter=newsletter,
        schedule=Schedule(week=Week(year=2026, number=47), selected_to=NOW, send_at=NOW + timedelta(hours=18)),
        new=[
            NewItem(story_id=story_id, section=section, position=number, reason=Why(key="approved"))
            for number, story_id in enumerate(story_ids)
        ],
        selection={},
        by=JOB,
        now=NOW,
    )


def event(store: Store, issue: Issue, by: Actor, *, changes: int | None = None) -> int:
    """An event put into an issue."""
    return write_item(
        store, issue.id, kind=ItemKind.EVENT, section=EVENTS, title=" Frukost ", place="Laholm", starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=1), by=by, now=NOW, changes=changes,
    )  # fmt: skip


def item(store: Store, issue: Issue, item_id: int) -> IssueItem:
    """One item of an issue."""
    return next(each for each in items(store, issue.id) if each.id == item_id)


def trail(store: Store) -> list[tuple[str, str]]:
    """What was done to issues, and by what kind of actor, oldest first."""
    made = schema.decision.c
    with store.read() as connection:
        rows = connection.execute(select(made.action, made.actor).where(made.issue_id.is_not(None)).order_by(made.id))
        return [(row.action, row.actor) for row in rows]


def test_what_an_editor_writes_is_kept_as_written(store: Store, by: Actor) -> None:
    """An event keeps title, place and moments, stands last in its section, and is no story."""
    issue = draft(store, approved(store).id)
    made = item(store, issue, event(store, issue, by))
    assert (made.kind, made.title, made.place, made.story_id) == (ItemKind.EVENT, "Frukost", "Laholm", 0)
    assert (made.starts_at, made.ends_at, made.all_day) == (STARTS, STARTS + timedelta(hours=1), False)
    assert [each.id for each in items(store, issue.id)][-1] == made.id


def test_several_own_items_stand_in_one_issue(store: Store, by: Actor) -> None:
    """Items without a story do not stand in each other's way."""
    issue = draft(store)
    for kind in (ItemKind.LINK, ItemKind.LINK, ItemKind.NUMBER, ItemKind.NOTE):
        write_item(store, issue.id, kind=kind, section="", title="Något", by=by, now=NOW)
    assert [each.kind for each in items(store, issue.id)] == ["link", "link", "number", "note"]


def test_an_own_item_is_written_anew(store: Store, by: Actor) -> None:
    """Every field is taken as given; a story is not written over."""
    issue = draft(store, approved(store).id)
    made = event(store, issue, by)
    edit_written(store, issue.id, made, written=Written(title="Lunch", starts_at=STARTS, all_day=True), by=by, now=NOW)
    now = item(store, issue, made)
    assert (now.title, now.place, now.ends_at, now.all_day) == ("Lunch", "", None, True)
    story = next(each.id for each in items(store, issue.id) if each.story_id)
    with pytest.raises(ConflictError, match="item_is_story"):
        edit_written(store, issue.id, story, written=Written(title="Nej"), by=by, now=NOW)


def test_an_own_item_is_left_out_and_taken_back(store: Store, by: Actor) -> None:
    """What was left out stays in the row with its words, and comes back to its place."""
    issue = draft(store, approved(store).id)
    made = event(store, issue, by)
    leave_out(store, issue.id, made, by=by, now=NOW)
    assert item(store, issue, made).left_out
    take_back(store, issue.id, made, by=by, now=NOW)
    assert (item(store, issue, made).left_out, item(store, issue, made).title) == (False, "Frukost")


def test_a_story_is_taken_back_under_the_terms_it_was_added(store: Store, by: Actor) -> None:
    """One that another issue of the newsletter tells meanwhile stays out."""
    told = approved(store).id
    issue = draft(store, told)
    mine = items(store, issue.id)[0].id
    leave_out(store, issue.id, mine, by=by, now=NOW)
    with store.write() as connection:
        connection.execute(schema.issue.update().values(state="held"))
        connection.execute(schema.issue.update().values(newsletter="annat"))
    other = draft(store, told)
    with store.write() as connection:
        connection.execute(schema.issue.update().where(schema.issue.c.id == other.id).values(state="sent"))
        connection.execute(
            schema.issue.update().values(newsletter="veckobrevet", number=9).where(schema.issue.c.id == other.id)
        )
        connection.execute(schema.issue.update().values(newsletter="veckobrevet").where(schema.issue.c.id == issue.id))
    with pytest.raises(ConflictError, match="story_told"):
        take_back(store, issue.id, mine, by=by, now=NOW)


def test_a_story_that_goes_on_is_taken_back(store: Store, by: Actor) -> None:
    """What an earlier issue told and this one took in all the same can be left out and taken back."""
    story = approved(store)
    first = draft(store, story.id)
    issue_states.set_state(store, first.id, IssueState.SENT, expect=(IssueState.DRAFT,), by=JOB, now=NOW)
    second = draft(store, story.id)
    mine = items(store, second.id)[0].id
    leave_out(store, second.id, mine, by=by, now=NOW)
    take_back(store, second.id, mine, by=by, now=NOW)
    assert not item(store, second, mine).left_out


def test_words_over_a_section_are_kept_and_taken_away(store: Store, by: Actor) -> None:
    """A note belongs to its section; an empty one is none; the same words again change nothing."""
    issue = draft(store)
    write_note(store, issue.id, "attraktiv", " **Mycket** hände. ", by=by, now=NOW)
    assert section_notes(store, issue.id) == {"attraktiv": "**Mycket** hände."}
    before = get_issue(store, issue.id).changes
    write_note(store, issue.id, "attraktiv", "**Mycket** hände.", by=by, now=NOW)
    assert get_issue(store, issue.id).changes == before
    write_note(store, issue.id, "attraktiv", "", by=by, now=NOW)
    assert section_notes(store, issue.id) == {}


def test_every_press_ends_an_approval_and_stands_in_the_trail(store: Store, by: Actor) -> None:
    """After writing, rewriting, moving, leaving out, taking back or a note nobody has approved, and a person did it."""
    issue = draft(store, approved(store).id)
    made = event(store, issue, by)
    presses: tuple[tuple[str, Callable[[], object]], ...] = (
        ("issue_write", lambda: event(store, issue, by)),
        (
            "issue_edit_written",
            lambda: edit_written(store, issue.id, made, written=Written(title="x", starts_at=STARTS), by=by, now=NOW),
        ),
        ("issue_move", lambda: move_item(store, issue.id, made, place=0, section="", by=by, now=NOW)),
        ("issue_left_out", lambda: leave_out(store, issue.id, made, by=by, now=NOW)),
        ("issue_add", lambda: take_back(store, issue.id, made, by=by, now=NOW)),
        ("issue_note", lambda: write_note(store, issue.id, "", "Ord", by=by, now=NOW)),
    )
    for action, press in presses:
        approve(store, issue.id, "h", by=by, now=NOW, changes=get_issue(store, issue.id).changes)
        press()
        assert get_issue(store, issue.id).state is IssueState.DRAFT, action
        assert trail(store)[-1] == (action, "person")


def test_a_move_to_where_it_stands_changes_nothing(store: Store, by: Actor) -> None:
    """Dropped where it was taken, an item leaves an approval as it is."""
    issue = draft(store, approved(store).id, approved(store).id)
    first = items(store, issue.id)[0].id
    approve(store, issue.id, "h", by=by, now=NOW, changes=issue.changes)
    assert move_item(store, issue.id, first, place=0, section="", by=by, now=NOW).state is IssueState.APPROVED


def test_what_was_a_year_ago_stays_in_its_own_section(store: Store, by: Actor) -> None:
    """A story told again counts as told by nobody there, so it is neither moved out nor another one in."""
    again, new = approved(store).id, approved(store).id
    issue = draft(store, again, section=YEAR_AGO)
    old = items(store, issue.id)[0].id
    add_item(store, issue.id, new, section="", by=by, now=NOW)
    fresh = next(each.id for each in items(store, issue.id) if each.story_id == new)
    for moved, target in ((old, ""), (fresh, YEAR_AGO)):
        with pytest.raises(ConflictError, match="year_ago_fixed"):
            move_item(store, issue.id, moved, place=0, section=target, by=by, now=NOW)
    assert again in candidates(store, "hallandvaxer", "veckobrevet").story_ids


def test_an_item_of_another_issue_is_not_reached(store: Store, by: Actor) -> None:
    """Every press that names an item refuses one that stands in another issue, and changes neither."""
    mine, theirs = draft(store, approved(store).id), draft(store, approved(store).id, newsletter="annat")
    strange = items(store, theirs.id)[0].id
    presses: tuple[Callable[[], object], ...] = (
        lambda: edit_item(store, mine.id, strange, title="x", by=by, now=NOW),
        lambda: edit_written(store, mine.id, strange, written=Written(title="x"), by=by, now=NOW),
        lambda: leave_out(store, mine.id, strange, by=by, now=NOW),
        lambda: take_back(store, mine.id, strange, by=by, now=NOW),
        lambda: move_item(store, mine.id, strange, place=0, by=by, now=NOW),
    )
    for press in presses:
        with pytest.raises(NotFoundError, match="item_missing"):
            press()
    assert (get_issue(store, mine.id).changes, get_issue(store, theirs.id).changes) == (mine.changes, theirs.changes)


def test_a_stale_page_writes_nothing(store: Store, by: Actor) -> None:
    """An item and a note from a page that knows an older state are refused."""
    issue = draft(store)
    event(store, issue, by)
    with pytest.raises(ConflictError, match="issue_changed"):
        event(store, issue, by, changes=issue.changes)
    with pytest.raises(ConflictError, match="issue_changed"):
        write_note(store, issue.id, "", "Ord", by=by, now=NOW, changes=issue.changes)
    assert len(items(store, issue.id)) == 1


def test_words_by_two_are_both_kept_and_none_written_over(store: Store, by: Actor) -> None:
    """Each field is judged by what it was written from: other fields go together, the same one is refused."""
    issue = draft(store)
    began = {"subject": mark_of(""), "intro": mark_of("")}
    edit(store, issue.id, by=by, now=NOW, subject="", intro="Deras", bases=began)
    edit(store, issue.id, by=by, now=NOW, subject="Mitt", intro="", bases=began)
    assert (get_issue(store, issue.id).subject, get_issue(store, issue.id).intro) == ("Mitt", "Deras")
    with pytest.raises(ConflictError, match="issue_words_changed"):
        edit(store, issue.id, by=by, now=NOW, subject="Mitt", intro="Också mitt", bases=began)
    assert get_issue(store, issue.id).intro == "Deras"


def test_an_event_moved_in_time_by_two_is_refused(store: Store, by: Actor) -> None:
    """Its times are one field; its place is another, and goes beside them."""
    issue = draft(store)
    event_id = event(store, issue, by)
    began = base_of(item(store, issue, event_id))
    kept = item(store, issue, event_id)
    same = Written(
        title=kept.title, text=kept.text, url=kept.url, place=kept.place, starts_at=STARTS, ends_at=kept.ends_at
    )
    later = replace(same, starts_at=STARTS + timedelta(days=1), ends_at=None)
    edit_written(store, issue.id, event_id, written=later, by=by, now=NOW, bases=began)
    edit_written(store, issue.id, event_id, written=replace(same, place="Falkenberg"), by=by, now=NOW, bases=began)
    found = item(store, issue, event_id)
    assert (found.place, found.starts_at) == ("Falkenberg", later.starts_at)
    with pytest.raises(ConflictError, match="issue_words_changed"):
        edit_written(store, issue.id, event_id, written=replace(same, ends_at=None), by=by, now=NOW, bases=began)


def test_a_move_is_refused_only_where_the_order_is_another(store: Store, by: Actor) -> None:
    """Words that changed do not hinder a move; a row that somebody moved does."""
    ids = [approved(store).id for _ in range(3)]
    issue = draft(store, *ids)
    seen = order_of(items(store, issue.id))
    first, second, _ = [each.id for each in items(store, issue.id)]
    edit(store, issue.id, by=by, now=NOW, intro="Nytt")
    move_item(store, issue.id, first, by=by, now=NOW, place=1, order=seen)
    with pytest.raises(ConflictError, match="issue_order_changed"):
        move_item(store, issue.id, second, by=by, now=NOW, place=2, order=seen)
