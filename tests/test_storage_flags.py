"""Two pairs of eyes: nothing flagged is public by one person's approval, whatever the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import account, candidate, ingest, newest, story
from campaign.errors import ConflictError
from campaign.flags import Flag
from campaign.records import Review, Story
from conftest import NOW
from storage.decisions import Action, decide, decide_together
from storage.flags import firsts, has_colleague, set_flag
from storage.merging import join, split
from storage.store import JOB, Actor, Store
from storage.stories import find_story
from storage.trail import trail
from storage.undoing import undo


def person(store: Store, name: str) -> Actor:
    return Actor(kind="person", account_id=account(store, name=name))


class People:
    """Three colleagues."""

    def __init__(self, store: Store) -> None:
        self.anna, self.bo, self.cia = (person(store, name) for name in ("anna", "bo", "cia"))


@pytest.fixture
def people(store: Store) -> People:
    """Three colleagues of the store under test."""
    return People(store)


def flagged(store: Store, by: Actor, flag: Flag = Flag.CHILD) -> Story:
    """A story that somebody flagged."""
    made = story(store)
    set_flag(store, made.id, flag, on=True, by=by, now=NOW)
    return made


def is_public(store: Store, story_id: int) -> bool:
    """Whether anybody may see anything of a story."""
    return find_story(store, story_id, public=True) is not None


def approve(store: Store, story_id: int, by: Actor) -> str:
    """Approve a story; return what was done."""
    return decide(store, story_id, Action.APPROVE, by=by, now=NOW).action


def first_of(store: Store, story_id: int) -> str:
    """Who approved a story first, as its card says it; "" for nobody."""
    found = find_story(store, story_id, public=False)
    assert found is not None
    given = firsts(store, [found]).get(story_id)
    return given.who if given else ""


def test_a_flagged_story_is_public_when_two_people_have_approved_it(store: Store, people: People) -> None:
    """The first approval is recorded and publishes nothing; the second, by another, publishes."""
    one = flagged(store, people.anna)
    assert approve(store, one.id, people.anna) == "approve_first"
    assert (is_public(store, one.id), first_of(store, one.id)) == (False, "Anna")
    assert approve(store, one.id, people.bo) == "approve"
    assert (is_public(store, one.id), first_of(store, one.id)) == (True, "")
    assert trail(store, story_id=one.id)[0].facts["first"] == people.anna.account_id


def test_the_same_person_is_no_second(store: Store, people: People) -> None:
    """Whoever approved first is told that a colleague must, and nothing is public."""
    one = flagged(store, people.anna)
    approve(store, one.id, people.anna)
    with pytest.raises(ConflictError) as refused:
        approve(store, one.id, people.anna)
    assert (refused.value.key, is_public(store, one.id)) == ("second_same", False)


def test_many_at_once_hold_what_is_flagged(store: Store, people: People) -> None:
    """Approving many publishes the plain ones; a flagged one has its first approval, and again changes nothing."""
    plain, one = story(store), flagged(store, people.anna)
    for _ in range(2):
        decide_together(store, [plain.id, one.id], Action.APPROVE, by=people.anna, now=NOW)
        assert (is_public(store, plain.id), is_public(store, one.id)) == (True, False)
    decide_together(store, [plain.id, one.id], Action.APPROVE, by=people.bo, now=NOW)
    assert is_public(store, one.id)


@pytest.mark.parametrize("by", [JOB, Actor(kind="rule")])
def test_no_rule_and_no_job_gives_an_approval(store: Store, people: People, by: Actor) -> None:
    """What is no person is refused at a flagged story, before and after a person's approval."""
    one = flagged(store, people.anna)
    for _ in range(2):
        with pytest.raises(ConflictError) as refused:
            approve(store, one.id, by)
        assert refused.value.key == "flagged_alone"
        if first_of(store, one.id) == "":
            approve(store, one.id, people.anna)
    assert not is_public(store, one.id)


def test_a_flag_is_set_by_people_alone(store: Store, people: People) -> None:
    """No rule sets a flag."""
    one = story(store)
    with pytest.raises(ConflictError) as refused:
        set_flag(store, one.id, Flag.CRIME, on=True, by=Actor(kind="rule"), now=NOW)
    assert refused.value.key == "flag_by_person"


def test_flagging_what_is_public_takes_it_down_until_two_approved_again(store: Store, people: People) -> None:
    """The approval from before the flag counts for nothing."""
    one = story(store)
    approve(store, one.id, people.anna)
    set_flag(store, one.id, Flag.PATIENT, on=True, by=people.bo, now=NOW, reason="Avdelning 4")
    assert not is_public(store, one.id)
    assert approve(store, one.id, people.bo) == "approve_first"
    assert approve(store, one.id, people.anna) == "approve"
    assert is_public(store, one.id)


def test_whoever_set_a_flag_can_undo_it_and_nobody_else(store: Store, people: People) -> None:
    """Undoing one's own flag brings back what was public; a colleague's flag is not undone."""
    one = story(store)
    approve(store, one.id, people.anna)
    set_ = set_flag(store, one.id, Flag.CHILD, on=True, by=people.bo, now=NOW)
    with pytest.raises(ConflictError) as refused:
        undo(store, set_.group, by=people.anna, now=NOW)
    assert (refused.value.key, is_public(store, one.id)) == ("flag_of_another", False)
    undo(store, set_.group, by=people.bo, now=NOW)
    found = find_story(store, one.id, public=False)
    assert found is not None
    assert (found.flags, is_public(store, one.id)) == ((), True)


def test_who_cleared_a_colleagues_flag_does_not_approve_alone(store: Store, people: People) -> None:
    """Clearing makes the clearer the first of two; any other person publishes."""
    one = flagged(store, people.anna)
    set_flag(store, one.id, Flag.CHILD, on=False, by=people.bo, now=NOW, reason="Inga barn syns")
    assert approve(store, one.id, people.bo) == "approve_first"
    assert not is_public(store, one.id)
    assert first_of(store, one.id) == "Bo"
    assert approve(store, one.id, people.cia) == "approve"
    assert is_public(store, one.id)


def test_a_flag_cleared_by_one_lets_another_approve(store: Store, people: People) -> None:
    """Two people stand behind it: one cleared, the other approved."""
    one = flagged(store, people.anna)
    set_flag(store, one.id, Flag.CHILD, on=False, by=people.bo, now=NOW)
    assert approve(store, one.id, people.anna) == "approve"
    assert is_public(store, one.id)


def test_ones_own_doubt_is_ones_own_to_clear(store: Store, people: People) -> None:
    """Who set a flag and clears it decides as if it had never been."""
    one = flagged(store, people.anna)
    set_flag(store, one.id, Flag.CHILD, on=False, by=people.anna, now=NOW)
    assert approve(store, one.id, people.anna) == "approve"


def test_clearing_and_taking_out_is_no_way_round(store: Store, people: People) -> None:
    """A post taken out of a story, whose flag the same person cleared, still wants a colleague."""
    one, other = story(store), story(store)
    joined = join(store, one.id, other.id, by=people.bo, now=NOW)
    set_flag(store, joined.story_id, Flag.CHILD, on=True, by=people.anna, now=NOW)
    set_flag(store, joined.story_id, Flag.CHILD, on=False, by=people.bo, now=NOW)
    parted = split(store, joined.story_id, [other.lead.id], by=people.bo, now=NOW)
    assert approve(store, parted.story_id, people.bo) == "approve_first"
    assert not is_public(store, parted.story_id)


def test_an_edit_between_the_two_begins_anew(store: Store, people: People) -> None:
    """The second approves another text than the first saw: that is a first approval of it."""
    arrived = candidate()
    ingest(store, arrived)
    (one,) = newest(store)
    set_flag(store, one.id, Flag.CRIME, on=True, by=people.anna, now=NOW)
    approve(store, one.id, people.anna)
    ingest(store, candidate(identity=arrived.identity, url=arrived.url, text="Ny text #hallandväxer"))
    assert first_of(store, one.id) == ""
    assert approve(store, one.id, people.bo) == "approve_first"
    assert not is_public(store, one.id)
    assert approve(store, one.id, people.anna) == "approve"


def test_an_edit_of_a_published_one_wants_two_again(store: Store, people: People) -> None:
    """The approved text stays while the new one waits for two."""
    arrived = candidate()
    ingest(store, arrived)
    (one,) = newest(store)
    set_flag(store, one.id, Flag.CRIME, on=True, by=people.anna, now=NOW)
    approve(store, one.id, people.anna)
    approve(store, one.id, people.bo)
    ingest(store, candidate(identity=arrived.identity, url=arrived.url, text="Ny text #hallandväxer"))
    assert approve(store, one.id, people.bo) == "approve_first"
    shown = find_story(store, one.id, public=True)
    assert shown is not None
    assert shown.lead.text == arrived.text
    assert approve(store, one.id, people.anna) == "approve"
    shown = find_story(store, one.id, public=True)
    assert shown is not None
    assert shown.lead.text == "Ny text #hallandväxer"


@pytest.mark.parametrize("between", [Action.HIDE, Action.LATER, Action.RESTORE])
def test_a_first_approval_falls_when_somebody_decides_otherwise(store: Store, people: People, between: Action) -> None:
    """Hidden, put off or taken up again: what was approved before has to be approved by two anew."""
    one = flagged(store, people.anna)
    approve(store, one.id, people.anna)
    decide(store, one.id, between, by=people.bo, now=NOW)
    decide(store, one.id, Action.RESTORE, by=people.bo, now=NOW)
    assert first_of(store, one.id) == ""
    assert approve(store, one.id, people.bo) == "approve_first"
    assert not is_public(store, one.id)


def test_undoing_a_hide_brings_back_what_two_approved(store: Store, people: People) -> None:
    """What two stood behind is public again when its hiding is undone."""
    one = flagged(store, people.anna)
    approve(store, one.id, people.anna)
    approve(store, one.id, people.bo)
    hidden = decide(store, one.id, Action.HIDE, by=people.cia, now=NOW)
    undo(store, hidden.group, by=people.cia, now=NOW)
    assert is_public(store, one.id)


def test_undoing_a_hide_from_before_the_flag_publishes_nothing(store: Store, people: People) -> None:
    """Approved by one, hidden, then flagged: the hiding cannot be undone over the flag."""
    one = story(store)
    approve(store, one.id, people.anna)
    hidden = decide(store, one.id, Action.HIDE, by=people.anna, now=NOW)
    set_flag(store, one.id, Flag.CHILD, on=True, by=people.bo, now=NOW)
    with pytest.raises(ConflictError):
        undo(store, hidden.group, by=people.anna, now=NOW)
    assert not is_public(store, one.id)


def test_the_second_approval_can_be_undone_and_the_first_stands_again(store: Store, people: People) -> None:
    """Undoing the second leaves the first; the first cannot be undone while the second stands."""
    one = flagged(store, people.anna)
    first = decide(store, one.id, Action.APPROVE, by=people.anna, now=NOW)
    second = decide(store, one.id, Action.APPROVE, by=people.bo, now=NOW)
    with pytest.raises(ConflictError) as refused:
        undo(store, first.group, by=people.anna, now=NOW)
    assert refused.value.key == "undo_overtaken"
    undo(store, second.group, by=people.bo, now=NOW)
    assert (is_public(store, one.id), first_of(store, one.id)) == (False, "Anna")
    undo(store, first.group, by=people.anna, now=NOW)
    assert first_of(store, one.id) == ""
    assert approve(store, one.id, people.bo) == "approve_first"


def test_undoing_a_clearing_puts_the_flag_back(store: Store, people: People) -> None:
    """The flag stands again and two are needed."""
    one = flagged(store, people.anna)
    cleared = set_flag(store, one.id, Flag.CHILD, on=False, by=people.bo, now=NOW)
    undo(store, cleared.group, by=people.cia, now=NOW)
    assert approve(store, one.id, people.cia) == "approve_first"


def test_a_clearing_is_not_undone_over_a_later_approval(store: Store, people: People) -> None:
    """What was published since is not flagged behind the back of whoever approved it: a new flag says so."""
    one = flagged(store, people.anna)
    cleared = set_flag(store, one.id, Flag.CHILD, on=False, by=people.bo, now=NOW)
    approve(store, one.id, people.cia)
    with pytest.raises(ConflictError) as refused:
        undo(store, cleared.group, by=people.bo, now=NOW)
    assert refused.value.key == "undo_overtaken"


def test_a_story_that_takes_up_a_flagged_one_is_taken_down_and_comes_back_with_undo(
    store: Store, people: People
) -> None:
    """Joining carries the flag; what one approved before is public again only when the joining is undone."""
    shown, one = story(store), flagged(store, people.anna)
    approve(store, shown.id, people.anna)
    joined = join(store, shown.id, one.id, by=people.bo, now=NOW)
    found = find_story(store, joined.story_id, public=False)
    assert found is not None
    assert (found.flags, is_public(store, joined.story_id)) == (("child",), False)
    undo(store, joined.group, by=people.bo, now=NOW)
    flags = {each: find_story(store, each, public=False).flags for each in (shown.id, one.id)}  # type: ignore[union-attr]
    assert flags == {shown.id: (), one.id: ("child",)}
    assert (is_public(store, shown.id), is_public(store, one.id)) == (True, False)


def test_what_two_approved_stays_public_when_a_new_post_joins(store: Store, people: People) -> None:
    """A copy that joins a flagged, published story waits for two; what stands there stays."""
    one, copy = flagged(store, people.anna), story(store)
    approve(store, one.id, people.anna)
    approve(store, one.id, people.bo)
    joined = join(store, one.id, copy.id, by=people.cia, now=NOW)
    shown = find_story(store, joined.story_id, public=True)
    assert shown is not None
    assert len(shown.posts) == 1
    assert approve(store, joined.story_id, people.cia) == "approve_first"
    assert approve(store, joined.story_id, people.anna) == "approve"


def test_what_is_taken_out_of_a_flagged_story_keeps_the_flag(store: Store, people: People) -> None:
    """Taking a post out is no way round the second pair of eyes."""
    arrived = [candidate(), candidate()]
    ingest(store, *arrived)
    one, other = newest(store)
    joined = join(store, one.id, other.id, by=people.anna, now=NOW)
    set_flag(store, joined.story_id, Flag.PROTECTED, on=True, by=people.anna, now=NOW)
    parted = split(store, joined.story_id, [other.lead.id], by=people.bo, now=NOW)
    for story_id in (joined.story_id, parted.story_id):
        assert approve(store, story_id, people.bo) == "approve_first"
        assert not is_public(store, story_id)


def test_a_flag_set_twice_and_a_press_sent_twice_change_nothing(store: Store, people: People) -> None:
    """What stands already makes no row in the trail."""
    one = story(store)
    for _ in range(2):
        set_flag(store, one.id, Flag.CHILD, on=True, by=people.anna, now=NOW, press="b" * 32)
    set_flag(store, one.id, Flag.CHILD, on=True, by=people.bo, now=NOW)
    assert [line.action for line in trail(store, story_id=one.id)] == ["flag"]


def test_marks_do_not_pass_for_approvals(store: Store, people: People) -> None:
    """Featuring and choosing for the letter leave a flagged story as unpublished as it was."""
    one = flagged(store, people.anna)
    for action in (Action.FEATURE, Action.COMING):
        decide(store, one.id, action, by=people.bo, now=NOW)
    assert not is_public(store, one.id)


def test_one_person_alone_has_no_colleague(store: Store) -> None:
    """Readers and closed accounts are no second pair of eyes."""
    account(store)
    account(store, name="rut", role="reader")
    assert not has_colleague(store)
    account(store, name="bo", role="reviewer")
    assert has_colleague(store)


def test_a_first_approval_keeps_the_story_waiting_where_it_was(store: Store, people: People) -> None:
    """It is neither decided nor lost: it stands in the queue, and a card from before is stale."""
    one = flagged(store, people.anna)
    before = find_story(store, one.id, public=False)
    assert before is not None
    decide(store, one.id, Action.APPROVE, by=people.anna, now=NOW + timedelta(minutes=1), changes=before.changes)
    after = find_story(store, one.id, public=False)
    assert after is not None
    assert (after.review, after.waiting) == (Review.NEW, True)
    with pytest.raises(ConflictError) as refused:
        decide(store, one.id, Action.APPROVE, by=people.bo, now=NOW, changes=before.changes)
    assert refused.value.key == "story_changed"
