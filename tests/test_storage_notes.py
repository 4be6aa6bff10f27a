"""Notes between colleagues: written, read, taken away, moved with their story, told in the trail without words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import account, story
from campaign.errors import ConflictError, InputError, NotFoundError
from conftest import NOW
from storage.decisions import Action, decide
from storage.merging import join, split
from storage.notes import TEXT_MAX, add_note, find_note, notes_of, remove_note
from storage.store import Actor, Store
from storage.stories import find_story
from storage.trail import trail
from storage.undoing import undo


def anna(store: Store) -> Actor:
    return Actor(kind="person", account_id=account(store))


def bo(store: Store) -> Actor:
    return Actor(kind="person", account_id=account(store, name="bo"))


def words(store: Store, story_id: int) -> list[str]:
    """The notes of a story, the newest last."""
    return [note.text for note in notes_of(store, [story_id]).get(story_id, [])]


def test_notes_stand_with_writer_and_time_the_newest_last(store: Store) -> None:
    """What two colleagues wrote is read in the order they wrote it, with who and when."""
    one = story(store)
    add_note(store, one.id, "  Ring kommunen först.\n", by=anna(store), now=NOW)
    add_note(store, one.id, "Ringt. Det är klart.", by=bo(store), now=NOW + timedelta(minutes=5))
    found = notes_of(store, [one.id])[one.id]
    assert [(note.who, note.at, note.text) for note in found] == [
        ("Anna", NOW, "Ring kommunen först."),
        ("Bo", NOW + timedelta(minutes=5), "Ringt. Det är klart."),
    ]


def test_the_trail_tells_of_a_note_without_its_words(store: Store) -> None:
    """The trail says who wrote a note and never what stands in it."""
    one = story(store)
    add_note(store, one.id, "Hemligt ord", by=anna(store), now=NOW)
    line = trail(store, story_id=one.id)[0]
    assert (line.action, line.who) == ("noted", "Anna")
    assert "Hemligt" not in f"{line.facts}{line.reason}"


def test_a_note_makes_no_card_stale(store: Store) -> None:
    """A colleague who has the card open can decide although somebody wrote a note meanwhile."""
    one = story(store)
    add_note(store, one.id, "Hej", by=anna(store), now=NOW)
    done = decide(store, one.id, Action.APPROVE, by=bo(store), now=NOW, changes=one.changes)
    assert done.review == "approved"


def test_a_note_that_is_sent_again_is_written_once(store: Store) -> None:
    """The same press twice makes one note."""
    one = story(store)
    for _ in range(2):
        add_note(store, one.id, "En gång", by=anna(store), now=NOW, press="a" * 32)
    assert words(store, one.id) == ["En gång"]


@pytest.mark.parametrize(("text", "key"), [("  \n ", "note_empty"), ("x" * (TEXT_MAX + 1), "text_long")])
def test_an_empty_or_endless_note_is_refused(store: Store, text: str, key: str) -> None:
    """A note has words, two thousand letters at most."""
    one = story(store)
    with pytest.raises(InputError) as refused:
        add_note(store, one.id, text, by=anna(store), now=NOW)
    assert (refused.value.field, refused.value.key, words(store, one.id)) == ("note", key, [])


def test_ones_own_note_can_be_taken_away_within_a_day(store: Store) -> None:
    """The words are gone, and the trail says that they were taken away."""
    one = story(store)
    add_note(store, one.id, "Fel berättelse", by=anna(store), now=NOW)
    note = notes_of(store, [one.id])[one.id][0]
    remove_note(store, note.id, by=anna(store), now=NOW + timedelta(hours=23))
    assert find_note(store, note.id) is None
    assert [line.action for line in trail(store, story_id=one.id)] == ["note_removed", "noted"]
    with pytest.raises(NotFoundError):
        remove_note(store, note.id, by=anna(store), now=NOW)


def test_a_note_stays_for_others_and_after_a_day(store: Store) -> None:
    """Nobody takes away a colleague's note, nor one's own when a day has passed."""
    one = story(store)
    add_note(store, one.id, "Viktigt", by=anna(store), now=NOW)
    note = notes_of(store, [one.id])[one.id][0]
    for by, hours, key in ((bo(store), 1, "note_of_another"), (anna(store), 24, "note_old")):
        with pytest.raises(ConflictError) as refused:
            remove_note(store, note.id, by=by, now=NOW + timedelta(hours=hours))
        assert refused.value.key == key
    assert words(store, one.id) == ["Viktigt"]


def test_notes_follow_their_story_when_two_are_joined_and_come_back_with_it(store: Store) -> None:
    """Joining brings both stories' notes together; undoing and taking out again part them as they were."""
    one, other = story(store), story(store)
    add_note(store, one.id, "om den ena", by=anna(store), now=NOW)
    add_note(store, other.id, "om den andra", by=anna(store), now=NOW)
    joined = join(store, one.id, other.id, by=anna(store), now=NOW)
    gone = other.id if joined.story_id == one.id else one.id
    assert words(store, joined.story_id) == ["om den ena", "om den andra"]
    undo(store, joined.group, by=anna(store), now=NOW)
    assert (words(store, one.id), words(store, other.id)) == (["om den ena"], ["om den andra"])
    again = join(store, one.id, other.id, by=anna(store), now=NOW)
    whole = find_story(store, again.story_id, public=False)
    assert whole is not None
    left = one if gone == one.id else other
    parted = split(store, again.story_id, [left.lead.id], by=anna(store), now=NOW)
    assert parted.story_id == left.id
    assert len(words(store, one.id)) == len(words(store, other.id)) == 1


def test_no_note_is_written_on_a_story_that_another_took_up(store: Store) -> None:
    """What was shown before a colleague joined it is refused, so that no note lands where nobody reads it."""
    one, other = story(store), story(store)
    joined = join(store, one.id, other.id, by=anna(store), now=NOW)
    gone = other.id if joined.story_id == one.id else one.id
    with pytest.raises(ConflictError):
        add_note(store, gone, "Hej", by=anna(store), now=NOW)
