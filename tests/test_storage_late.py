"""What comes between a look and a press, and after a letter: nothing slips through, nothing is told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from builders import account, approved, candidate, ingest, newest, picture, story
from campaign.collecting import Signal, Withdrawal
from campaign.errors import ConflictError
from campaign.flags import Flag
from campaign.records import Review, Right
from conftest import NOW
from storage import schema
from storage.cases import CaseState, asked_away, close_case, open_case
from storage.corrections import Kind
from storage.decisions import Action, decide
from storage.flags import set_flag
from storage.issue_states import freeze
from storage.issues import list_issues
from storage.media import set_file
from storage.merging import join, split
from storage.posts import public_query
from storage.rights import set_right
from storage.store import JOB, Actor, Store, public_revision
from storage.stories import find_ids, get_stories
from storage.undoing import undo
from storage.withdrawals import _withdraw
from test_storage_corrections import kinds, sent

LATER = NOW + timedelta(days=2)


def person(store: Store, name: str = "anna") -> Actor:
    return Actor(kind="person", account_id=account(store, name=name))


def seen(store: Store) -> set[int]:
    """The stories that readers see."""
    with store.read() as connection:
        return {row.story_id for row in connection.execute(public_query())}


def gone(store: Store, identity: str, signal: Signal) -> None:
    with store.write() as connection:
        _withdraw(
            connection, [Withdrawal(network="mastodon", identity=identity, signal=signal, reason="deleted")], now=LATER
        )


def test_a_letter_with_what_was_hidden_since_it_was_read_does_not_leave(store: Store) -> None:
    """The decision that comes between reading the letter and sending it is seen."""
    made = approved(store)
    item = {"story_id": made.id, "title": "En rubrik", "post_id": made.lead.id, "version_id": made.lead.version_id}
    letter = {"sections": [{"items": [item]}]}
    first = sent(store, made)
    assert first
    with store.write() as connection:
        values = {"state": "approved", "frozen": None, "approved_hash": "hash"}
        connection.execute(schema.issue.update().values(values))
    decide(store, made.id, Action.HIDE, by=person(store), now=LATER)
    with pytest.raises(ConflictError, match="issue_changed"):
        freeze(store, first, content="hash", letter=letter, renders={}, now=LATER, by=JOB)
    assert [str(each.state) for each in list_issues(store, "veckobrevet")] == ["approved"]


def test_a_mark_that_was_set_anew_is_not_taken_back_by_an_older_undo(store: Store) -> None:
    """Setting and taking away are about the same thing: the older press is overtaken."""
    made, by = story(store), person(store)
    first = decide(store, made.id, Action.FEATURE, by=by, now=NOW).group
    decide(store, made.id, Action.UNFEATURE, by=by, now=NOW)
    with pytest.raises(ConflictError, match="undo_overtaken"):
        undo(store, first, by=by, now=LATER)


def test_an_undo_puts_a_post_back_to_the_date_of_what_readers_see(store: Store) -> None:
    """The approval of a text with another date moved the post; taken back, it stands where its approved text does."""
    made = approved(store, published_at=NOW - timedelta(days=9))
    ingest(
        store,
        candidate(identity=made.lead.identity, text="Ny text. #hallandväxer", published_at=NOW - timedelta(days=1)),
    )
    moved = decide(store, made.id, Action.APPROVE, by=person(store), now=LATER).group
    assert get_stories(store, [made.id], public=False)[0].lead.sort_key > made.lead.sort_key
    undo(store, moved, by=person(store), now=LATER)
    assert get_stories(store, [made.id], public=False)[0].lead.sort_key == made.lead.sort_key


def test_what_is_gone_at_its_source_asks_for_nobody_whatever_is_pressed_next(store: Store) -> None:
    """A story whose only unread post is gone stays out of the queue when another of its posts is decided."""
    by, one, other = person(store), approved(store), story(store)
    join(store, one.id, other.id, by=by, now=NOW)
    gone(store, other.lead.identity, Signal.GONE)
    home = get_stories(store, [one.id], public=False)[0]
    seen_then = {one.lead.id: one.lead.version_id}
    assert not home.waiting
    assert not decide(store, one.id, Action.APPROVE, seen=seen_then, by=by, now=LATER).waiting


def test_what_was_put_off_stays_in_sight_when_a_neighbour_goes(store: Store) -> None:
    """A put-off post in an approved story is asked about there, also after another post of it was removed."""
    by, one, other, third = person(store), approved(store), story(store), story(store)
    decide(store, other.id, Action.LATER, by=by, now=NOW)
    join(store, one.id, other.id, by=by, now=NOW)
    join(store, one.id, third.id, by=by, now=NOW)
    gone(store, third.lead.identity, Signal.GONE)
    assert get_stories(store, [one.id], public=False)[0].waiting


def test_a_request_about_a_story_that_was_taken_up_is_about_the_one_that_stands(store: Store) -> None:
    """The desk sees the request on the card that there is, and can close it."""
    by, one, other = person(store), story(store), story(store)
    into = join(store, one.id, other.id, by=by, now=NOW).story_id
    case = open_case(store, "hallandvaxer", now=NOW, story_id=({one.id, other.id} - {into}).pop(), message="Jag.")
    assert case.story_id == into
    assert asked_away(store, [into]) == {into}
    assert close_case(store, case.id, state=CaseState.DONE, answer="Borta.", by=by, now=NOW).state is CaseState.DONE


def test_a_hidden_flagged_story_that_one_approved_waits_for_the_second_after_an_undo(store: Store) -> None:
    """The first approval is not forgotten because something else about the story was taken back."""
    made, anna, bo = story(store), person(store), person(store, "bo")
    set_flag(store, made.id, Flag.CHILD, on=True, by=anna, now=NOW)
    decide(store, made.id, Action.HIDE, by=anna, now=NOW)
    decide(store, made.id, Action.APPROVE, by=anna, now=NOW)
    marked = decide(store, made.id, Action.COMING, by=anna, now=NOW).group
    undo(store, marked, by=anna, now=NOW)
    with store.read() as connection:
        assert connection.execute(select(schema.story.c.first_by)).scalar_one() == anna.account_id
    assert decide(store, made.id, Action.APPROVE, by=bo, now=NOW).review is Review.APPROVED


def test_a_story_told_in_two_letters_is_put_right_once_in_each(store: Store) -> None:
    """Hidden, back, edited, without its picture, gone, back, joined and split: each change is one line a letter."""
    by = person(store)
    made = approved(store, media=(picture(),))
    media = made.lead.media[0].id
    set_file(store, media, "a" * 64, width=9, height=9)
    set_right(store, media, Right.PERMISSION, right_from="Kim", by=by, now=NOW)
    made = get_stories(store, [made.id], public=False)[0]
    issues = [sent(store, made), sent(store, made)]
    told: list[Kind] = []

    def tells(*more: Kind) -> None:
        told.extend(more)
        assert [kinds(store, each) for each in issues] == [told, told]

    hidden = decide(store, made.id, Action.HIDE, by=by, now=LATER).group
    tells(Kind.WITHDRAWN)
    undo(store, hidden, by=by, now=LATER)
    tells(Kind.BACK)
    refused = set_right(store, media, Right.REFUSED, by=by, now=LATER)
    tells(Kind.PICTURE)
    undo(store, refused, by=by, now=LATER)
    tells(Kind.PICTURE_BACK)
    gone(store, made.lead.identity, Signal.HIDDEN)
    tells(Kind.WITHDRAWN)
    gone(store, made.lead.identity, Signal.HIDDEN)
    gone(store, made.lead.identity, Signal.BACK)
    tells(Kind.BACK)
    other = story(store)
    into = join(store, made.id, other.id, by=by, now=LATER)
    tells()
    apart = split(store, into.story_id, [made.lead.id], by=by, now=LATER)
    tells()
    undo(store, apart.group, by=by, now=LATER)
    undo(store, into.group, by=by, now=LATER)
    tells()
    arrived = candidate(
        identity=made.lead.identity, text="Nya ord. #hallandväxer", media=(picture(url=made.lead.media[0].url),)
    )
    ingest(store, arrived)
    tells()
    worded = decide(store, made.id, Action.APPROVE, by=by, now=LATER).group
    tells(Kind.WORDS)
    undo(store, worded, by=by, now=LATER)
    tells(Kind.WORDS_BACK)
    gone(store, made.lead.identity, Signal.GONE)
    tells(Kind.WITHDRAWN)
    assert made.id not in seen(store)
    assert len(newest(store)) == 2


def test_what_a_rule_s_join_takes_down_is_told_to_readers_and_search(store: Store) -> None:
    """A flagged story whose words become those of a public one takes it down: caches, letter and search follow."""
    words = " ".join(
        f"Invigningen av badhuset nummer {number} i Falkenberg lockade många besökare." for number in range(9)
    )
    shown = approved(store, text=f"{words} #hallandväxer")
    issue = sent(store, shown)
    asked = story(store, network="bluesky", identity="at://b/1")
    set_flag(store, asked.id, Flag.CHILD, on=True, by=person(store), now=NOW)
    before = public_revision(store)
    ingest(store, candidate(network="bluesky", identity="at://b/1", text=f"{words} #hallandväxer"), now=LATER)
    assert len([each for each in newest(store) if each.posts]) == 1
    assert seen(store) == set()
    assert public_revision(store) > before
    assert find_ids(store, "hallandvaxer", review="approved", query="badhuset") == []
    assert kinds(store, issue) == [Kind.WITHDRAWN]
