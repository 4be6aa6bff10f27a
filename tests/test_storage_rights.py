"""Rights to pictures: what they are for, when they end, how a picture is taken out everywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from builders import account, approved, ingest, picture, story
from builders import candidate as made_candidate
from campaign.errors import ConflictError, InputError
from campaign.records import Media, Right, Use
from conftest import NOW
from storage import schema
from storage.archive import public_picture
from storage.media import set_file
from storage.rights import Grant, Words, describe, end_rights, set_alt, set_asked, set_right, withdraw
from storage.store import Actor, Store, public_revision
from storage.stories import find_story
from storage.trail import trail
from storage.undoing import undo

FILE = "c" * 64
LATER = NOW + timedelta(days=10)


def person(store: Store) -> Actor:
    """Somebody at the desk."""
    return Actor(kind="person", account_id=account(store))


def shown(store: Store, story_id: int) -> Media:
    """The first picture of a story as the desk sees it."""
    found = find_story(store, story_id, public=False)
    assert found is not None
    return found.lead.media[0]


def pictured(store: Store, **changes: Any) -> tuple[int, Media]:
    """An approved story with a picture of which we have a copy and words, but no right."""
    made = approved(store, media=(picture(),), **changes)
    set_file(store, made.lead.media[0].id, FILE, width=960, height=640)
    return made.id, shown(store, made.id)


def grant(**changes: Any) -> Grant:
    """A permission from Anna for everything, for good, with one thing changed."""
    values: dict[str, Any] = {"right": Right.PERMISSION, "right_from": "Anna", "proof": "Mejl 3/11"}
    return Grant(**(values | changes))


def test_a_right_holds_for_its_uses_alone(store: Store) -> None:
    """What is for mail only is not on the web, and the file's address answers nobody."""
    story_id, media = pictured(store)
    describe(store, media.id, grant=grant(uses=(Use.MAIL,)), by=person(store), now=NOW)
    now = shown(store, story_id)
    assert [now.may_be_shown(use, NOW) for use in Use] == [False, True, False]
    assert not public_picture(store, FILE, now=NOW)
    describe(store, media.id, grant=grant(uses=(Use.WEB,)), by=person(store), now=NOW)
    assert public_picture(store, FILE, now=NOW)


def test_a_right_ends_at_its_moment(store: Store) -> None:
    """Before it the picture may be shown, from it on not, whether or not the job has come."""
    story_id, media = pictured(store)
    describe(store, media.id, grant=grant(until=LATER), by=person(store), now=NOW)
    now = shown(store, story_id)
    assert now.may_be_shown(Use.WEB, LATER - timedelta(seconds=1))
    assert not now.may_be_shown(Use.WEB, LATER)
    assert not public_picture(store, FILE, now=LATER)


def test_the_job_ends_a_right_once_and_says_so(store: Store) -> None:
    """One row of the trail by a job, and every cached page is made anew; who gave it stays known."""
    story_id, media = pictured(store)
    describe(store, media.id, grant=grant(until=LATER), by=person(store), now=NOW)
    assert end_rights(store, now=LATER - timedelta(seconds=1)) == []
    before = public_revision(store)
    assert end_rights(store, now=LATER) == [media.id]
    assert public_revision(store) > before
    assert end_rights(store, now=LATER) == []
    ended = shown(store, story_id)
    assert (ended.right, ended.right_from, ended.right_until) == (Right.ENDED, "Anna", LATER)
    last = trail(store, story_id=story_id)[0]
    assert (last.action, last.actor, last.media_id) == ("right_ended", "job", media.id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"right_from": " "}, "right_from"),
        ({"uses": ()}, "right_uses"),
        ({"until": NOW}, "right_until"),
    ],
)
def test_a_right_that_says_too_little_is_refused(store: Store, changes: dict[str, Any], field: str) -> None:
    """Nothing is recorded, and the field is named."""
    story_id, media = pictured(store)
    with pytest.raises(InputError) as refused:
        describe(store, media.id, grant=grant(**changes), words=Words(alt="Nytt"), by=person(store), now=NOW)
    assert refused.value.field == field
    assert shown(store, story_id) == media


def test_one_press_writes_everything_and_undo_takes_all_of_it(store: Store) -> None:
    """Right, words and crop of one form are one press; sent again it changes nothing."""
    story_id, media = pictured(store)
    press = "d" * 32
    given = {"grant": grant(until=LATER), "words": Words(alt="Ett band."), "focus": (20, 80)}
    assert describe(store, media.id, **given, by=person(store), now=NOW, press=press) == press  # type: ignore[arg-type]
    assert describe(store, media.id, **given, by=person(store), now=NOW, press=press) == press  # type: ignore[arg-type]
    assert len(trail(store, group=press)) == 3
    done = shown(store, story_id)
    assert (done.right_until, done.alt, done.focus) == (LATER, "Ett band.", (20, 80))
    undo(store, press, by=person(store), now=NOW)
    assert shown(store, story_id) == media


def test_what_does_not_change_leaves_no_row(store: Store) -> None:
    """A form saved as it was is no decision."""
    _, media = pictured(store)
    describe(store, media.id, grant=grant(), by=person(store), now=NOW)
    assert describe(store, media.id, grant=grant(), by=person(store), now=LATER) == ""


def test_a_right_can_hold_for_more_pictures_at_once(store: Store) -> None:
    """Those named with it get the right and keep their own words, and one undo takes it from all."""
    made = approved(store, media=(picture(), picture()))
    one, two = made.lead.media
    press = describe(
        store, one.id, grant=grant(), words=Words(alt="Bara den."), also=(two.id,), by=person(store), now=NOW
    )
    found = find_story(store, made.id, public=False)
    assert found is not None
    assert [each.right for each in found.lead.media] == [Right.PERMISSION] * 2
    assert found.lead.media[1].alt == two.alt
    undo(store, press, by=person(store), now=NOW)
    found = find_story(store, made.id, public=False)
    assert found is not None
    assert found.lead.media == (one, two)


def test_asking_is_recorded_with_its_day_and_undone(store: Store) -> None:
    """Who asked and when stands with the picture."""
    story_id, media = pictured(store)
    press = set_asked(store, [media.id], by=person(store), now=NOW)
    assert shown(store, story_id).asked_at == NOW
    undo(store, press, by=person(store), now=NOW)
    assert shown(store, story_id).asked_at is None


def test_taking_out_reaches_every_post_with_the_same_file(store: Store) -> None:
    """In one press, whatever right each had; undo gives each its own back."""
    one, media = pictured(store)
    two, other = pictured(store, network="bluesky", text="Samma bild #hallandväxer")
    set_right(store, media.id, Right.OWN, by=person(store), now=NOW)
    set_right(store, other.id, Right.PERMISSION, right_from="Anna", by=person(store), now=NOW)
    assert public_picture(store, FILE, now=NOW)
    press = withdraw(store, media.id, by=person(store), now=NOW)
    assert [shown(store, each).right for each in (one, two)] == [Right.REFUSED] * 2
    assert not public_picture(store, FILE, now=NOW)
    undo(store, press, by=person(store), now=NOW)
    assert [shown(store, each).right for each in (one, two)] == [Right.OWN, Right.PERMISSION]
    assert public_picture(store, FILE, now=NOW)


def test_a_picture_taken_out_does_not_come_back_by_another_post(store: Store) -> None:
    """Also a source of our own that shows the same file later shows it not, and the trail says why."""
    _, media = pictured(store)
    withdraw(store, media.id, by=person(store), now=NOW)
    ours = story(store, own=True, media=(picture(),), text="Vår bild #hallandväxer")
    assert ours.lead.media[0].right is Right.OWN
    set_file(store, ours.lead.media[0].id, FILE, width=960, height=640)
    assert shown(store, ours.id).right is Right.REFUSED
    assert trail(store, story_id=ours.id)[0].action == "withdraw"


def test_what_was_taken_out_and_then_granted_is_not_undone_past_the_grant(store: Store) -> None:
    """An older press about the same columns waits for the newer one; one about the words does not."""
    _, media = pictured(store)
    alt = set_alt(store, media.id, "Andra ord.", by=person(store), now=NOW)
    gone = withdraw(store, media.id, by=person(store), now=NOW)
    set_right(store, media.id, Right.OWN, by=person(store), now=NOW)
    with pytest.raises(ConflictError):
        undo(store, gone, by=person(store), now=NOW)
    undo(store, alt, by=person(store), now=NOW)


def test_a_prolonged_right_is_not_ended(store: Store) -> None:
    """The job ends what is over when it writes, not what was when it looked."""
    _, media = pictured(store)
    describe(store, media.id, grant=grant(until=LATER), by=person(store), now=NOW)
    describe(store, media.id, grant=grant(until=LATER + timedelta(days=1)), by=person(store), now=NOW)
    assert end_rights(store, now=LATER) == []


def test_pictures_of_new_posts_are_for_everything_for_good(store: Store) -> None:
    """What nobody limited is not limited."""
    ingest(store, made_candidate(media=(picture(),)), own=True)
    with store.read() as connection:
        row = connection.execute(select(schema.media)).one()
    assert (row.right, row.right_uses, row.right_until) == ("own", ["web", "mail", "print"], None)


def test_a_right_that_lapsed_before_the_job_came_is_not_prolonged_by_undo(store: Store) -> None:
    """Undo puts a permission back with its day, and a day that has been shows nothing."""
    story_id, media = pictured(store)
    describe(store, media.id, grant=grant(until=LATER), by=person(store), now=NOW)
    press = withdraw(store, media.id, by=person(store), now=NOW)
    undo(store, press, by=person(store), now=LATER)
    assert shown(store, story_id).right_until == LATER
    assert not shown(store, story_id).may_be_shown(Use.WEB, LATER)
