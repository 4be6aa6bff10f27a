"""Corrections: what changes of a story after its letter has left is told beside it, with its day, for good."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from builders import account, approved, candidate, ingest, picture
from campaign.collecting import Signal, Withdrawal
from campaign.errors import InputError, NotFoundError
from campaign.newsletter import Why
from campaign.periods import Week
from campaign.records import Right, Story
from conftest import NOW
from storage import schema
from storage.corrections import Correction, Kind, corrections, corrections_of, write_correction
from storage.decisions import Action, decide
from storage.issue_edits import NewItem, Schedule, save_draft
from storage.issue_states import approve, freeze
from storage.issues import frozen
from storage.media import set_file
from storage.merging import split
from storage.rights import set_right
from storage.store import JOB, Actor, Store, public_revision
from storage.stories import get_stories
from storage.trail import trail
from storage.undoing import undo
from storage.withdrawals import _withdraw

LATER = NOW + timedelta(days=2)
_weeks = itertools.count(1)


def person(store: Store, name: str = "anna") -> Actor:
    """Somebody with an account."""
    return Actor(kind="person", account_id=account(store, name=name))


def sent(store: Store, *stories: Story, keeps: bool = True) -> int:
    """The id of an issue that has left with these stories; ``keeps`` whose words it told."""
    issue = save_draft(
        store, campaign="hallandvaxer", newsletter="veckobrevet", selection={}, by=JOB, now=NOW,
        schedule=Schedule(week=Week(year=2027, number=next(_weeks)), selected_to=NOW, send_at=NOW),
        new=[NewItem(story_id=each.id, section="", position=0, reason=Why(key="approved")) for each in stories],
    )  # fmt: skip
    approve(store, issue.id, "hash", by=person(store), now=NOW, changes=issue.changes)
    letter = {"sections": [{"items": [_item(each, keeps=keeps) for each in stories]}]}
    freeze(store, issue.id, content="hash", letter=letter, renders={"master": b"m"}, now=NOW, by=JOB)
    return issue.id


def _item(story: Story, *, keeps: bool) -> dict[str, Any]:
    shown = next((media for media in story.lead.media if media.file), None)
    item = {"story_id": story.id, "title": story.lead.title or "En rubrik som stod i brevet"}
    item["picture"] = {"file": shown.file, "web": True} if shown else None
    return item | ({"post_id": story.lead.id, "version_id": story.lead.version_id} if keeps else {})


def kinds(store: Store, issue_id: int) -> list[Kind]:
    """What an issue's corrections tell, in order."""
    return [each.kind for each in corrections(store, issue_id)]


def act(store: Store, story: Story, action: Action, name: str = "anna") -> str:
    """Decide two days later; return the press."""
    return decide(store, story.id, action, by=person(store, name), now=LATER).group


def only(store: Store, issue_id: int) -> Correction:
    """The only correction of an issue."""
    (found,) = corrections(store, issue_id)
    return found


def test_what_is_hidden_is_told_with_its_day(store: Store) -> None:
    """Hiding a story that was told makes a line by who hid it; hiding one that was not makes none."""
    told, other = approved(store), approved(store)
    issue = sent(store, told)
    act(store, other, Action.HIDE)
    assert kinds(store, issue) == []
    act(store, told, Action.HIDE, "bertil")
    line = only(store, issue)
    assert (line.kind, line.at, line.who, line.story_id) == (Kind.WITHDRAWN, LATER, "Bertil", told.id)


def test_an_undo_adds_and_removes_nothing(store: Store) -> None:
    """What comes back gets a line of its own; the first one stays."""
    told = approved(store)
    issue = sent(store, told)
    undo(store, act(store, told, Action.HIDE), by=person(store), now=LATER)
    assert kinds(store, issue) == [Kind.WITHDRAWN, Kind.BACK]
    act(store, told, Action.HIDE)
    act(store, told, Action.APPROVE)
    assert kinds(store, issue) == [Kind.WITHDRAWN, Kind.BACK] * 2


def test_what_readers_do_not_see_makes_no_line(store: Store) -> None:
    """Marks, rights that stay, a second hiding and an approval of the same words change nothing for readers."""
    told = approved(store, media=(picture(),))
    issue = sent(store, told)
    act(store, told, Action.FEATURE)
    act(store, told, Action.APPROVE)
    assert kinds(store, issue) == []
    act(store, told, Action.HIDE)
    act(store, told, Action.LATER)
    assert kinds(store, issue) == [Kind.WITHDRAWN]


def test_a_draft_has_no_corrections(store: Store) -> None:
    """Before a letter has left there is nothing to put right."""
    told = approved(store)
    save_draft(
        store, campaign="hallandvaxer", newsletter="veckobrevet", selection={}, by=JOB, now=NOW,
        schedule=Schedule(week=Week(year=2026, number=47), selected_to=NOW, send_at=NOW),
        new=[NewItem(story_id=told.id, section="", position=0, reason=Why(key="approved"))],
    )  # fmt: skip
    act(store, told, Action.HIDE)
    assert corrections_of(store, told.id) == []


def test_new_words_are_told_once_they_are_approved(store: Store) -> None:
    """An edit that waits changes nothing; its approval is told, and so is going back to the words of the letter."""
    first = candidate(text="Bron öppnar i maj. #hallandväxer")
    ingest(store, first)
    told = approved(store, identity=first.identity, text=first.text, url=first.url, published_at=first.published_at)
    issue = sent(store, told)
    ingest(store, candidate(identity=first.identity, text="Bron öppnar i juni. #hallandväxer"))
    assert kinds(store, issue) == []
    press = act(store, told, Action.APPROVE)
    assert kinds(store, issue) == [Kind.WORDS]
    undo(store, press, by=person(store), now=LATER)
    assert kinds(store, issue) == [Kind.WORDS, Kind.WORDS_BACK]


def test_a_removal_at_the_source_is_told_as_the_job_s(store: Store) -> None:
    """What its author took away is withdrawn from the issue too, by nobody's name; what returns is told."""
    told = approved(store)
    issue = sent(store, told)
    for signal in (Signal.HIDDEN, Signal.BACK, Signal.GONE):
        with store.write() as connection:
            gone = Withdrawal(network="mastodon", identity=told.lead.identity, signal=signal, reason="deleted")
            _withdraw(connection, [gone], now=LATER)
    assert kinds(store, issue) == [Kind.WITHDRAWN, Kind.BACK, Kind.WITHDRAWN]
    assert {line.who for line in corrections(store, issue)} == {""}


def test_an_author_who_keeps_strangers_out_withdraws(store: Store) -> None:
    """An edit by which a post is for those who are logged in alone is told at once."""
    told = approved(store)
    issue = sent(store, told)
    ingest(store, candidate(identity=told.lead.identity, members_only=True), now=LATER)
    assert (only(store, issue).kind, only(store, issue).at) == (Kind.WITHDRAWN, LATER)


def test_a_picture_that_may_not_be_shown_any_more_is_told(store: Store) -> None:
    """The story stays, its picture is told of, away and back; a picture that the letter did not show is not."""
    told = approved(store, media=(picture(),))
    media = told.lead.media[0].id
    set_file(store, media, "a" * 64, width=1, height=1)
    set_right(store, media, Right.OWN, by=person(store), now=NOW)
    story = approved_again(store, told)
    issue = sent(store, story)
    set_right(store, media, Right.NONE, by=person(store), now=LATER)
    set_right(store, media, Right.OWN, by=person(store), now=LATER)
    assert kinds(store, issue) == [Kind.PICTURE, Kind.PICTURE_BACK]


def approved_again(store: Store, told: Story) -> Story:
    """A story as it stands now."""
    return get_stories(store, [told.id], public=False)[0]


def test_every_issue_that_told_it_is_put_right(store: Store) -> None:
    """Two letters that told a story have a line each, and the story's page has both."""
    told = approved(store)
    issues = [sent(store, told), sent(store, told)]
    act(store, told, Action.HIDE)
    assert [kinds(store, issue) for issue in issues] == [[Kind.WITHDRAWN]] * 2
    assert [line.issue_id for line in corrections_of(store, told.id)] == issues


def test_a_story_told_before_words_were_kept_is_put_right_too(store: Store) -> None:
    """An issue of an older installation tells what is hidden and what returns; of words it knows nothing."""
    told = approved(store)
    issue = sent(store, told, keeps=False)
    ingest(store, candidate(identity=told.lead.identity, text="Andra ord. #hallandväxer"))
    act(store, told, Action.APPROVE)
    assert kinds(store, issue) == []
    undo(store, act(store, told, Action.HIDE), by=person(store), now=LATER)
    assert kinds(store, issue) == [Kind.WITHDRAWN, Kind.BACK]


def test_the_told_post_counts_wherever_it_is(store: Store) -> None:
    """A post that was told and split off afterwards is put right where it is now; the others are not what was told."""
    first = approved(store, text="En lång text om den nya bron vid Laholm, som berättades i brevet. #hallandväxer")
    issue = sent(store, first)
    other = candidate(text="Kort. #hallandväxer")
    ingest(store, other)
    with store.write() as connection:
        post = schema.post.c
        moved = connection.execute(select(post.id).where(post.identity == other.identity)).scalar_one()
        connection.execute(update(schema.post).where(post.id == moved).values(story_id=first.id))
    act(store, first, Action.APPROVE)
    done = split(store, first.id, [first.lead.id], by=person(store), now=LATER)
    assert kinds(store, issue) == []
    decide(store, done.story_id, Action.HIDE, by=person(store), now=LATER)
    assert kinds(store, issue) == [Kind.WITHDRAWN]


def test_a_person_may_write_the_words(store: Store) -> None:
    """They take the made sentence's place, in the trail and for readers at once; empty ones take it back."""
    told = approved(store)
    issue = sent(store, told)
    act(store, told, Action.HIDE)
    line, revision = only(store, issue), public_revision(store)
    write_correction(store, line.id, "  Uppgiften om\nöppettiderna var fel. ", by=person(store), now=LATER)
    assert only(store, issue).text == "Uppgiften om öppettiderna var fel."
    assert public_revision(store) > revision
    assert trail(store, story_id=told.id)[0].action == "correction_words"
    write_correction(store, line.id, "", by=person(store), now=LATER)
    assert only(store, issue).text == ""


def test_words_never_name_what_was_taken_away(store: Store) -> None:
    """The title of a hidden story is refused in its correction; words about it while it was seen fall silent."""
    first = approved(store, title="Annas långa rubrik", text="Ett.")
    issue = sent(store, first)
    ingest(store, candidate(identity=first.lead.identity, title="Annas långa rubrik", text="Två."))
    act(store, first, Action.APPROVE)
    write_correction(store, only(store, issue).id, "I «Annas långa rubrik» stod fel år.", by=person(store), now=LATER)
    act(store, first, Action.HIDE)
    words, withdrawn = corrections(store, issue)
    assert (words.kind, words.text) == (Kind.WORDS, "")
    with pytest.raises(InputError, match="correction_title"):
        write_correction(store, withdrawn.id, "ANNAS LÅNGA RUBRIK är borta.", by=person(store), now=LATER)
    with pytest.raises(InputError, match="text_long"):
        write_correction(store, withdrawn.id, "x" * 1001, by=person(store), now=LATER)
    with pytest.raises(NotFoundError):
        write_correction(store, 4711, "x", by=person(store), now=LATER)


def test_the_letter_itself_never_changes(store: Store) -> None:
    """Whatever is put right, what was sent is kept as it was."""
    told = approved(store)
    issue = sent(store, told)
    before = frozen(store, issue)
    act(store, told, Action.HIDE)
    assert frozen(store, issue) == before
