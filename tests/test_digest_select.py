"""Which stories an issue tells."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from campaign.records import Review, Story
from digest.select import Selection, select
from digest_samples import AREAS, DRAFTED, GOAL, story

SATURDAY = datetime(2026, 11, 14, 10, 0, tzinfo=UTC)
LAST_DRAFT = DRAFTED - timedelta(weeks=1)
AREA_OF = {**{area.id: area for area in AREAS}, GOAL.id: AREAS[0]}


def chosen(stories: list[Story], **changed: Any) -> Selection:
    """Select for the draft of week 47, one thing changed."""
    values: dict[str, Any] = {
        "areas": AREA_OF, "told": {}, "until": DRAFTED, "limit": 20, "previous": LAST_DRAFT, **changed,
    }  # fmt: skip
    return select(stories, **values)


def ids(selection: Selection) -> list[int]:
    """The stories in reading order."""
    return [pick.story_id for pick in selection.picks]


def test_story_approved_on_saturday_after_the_last_draft_is_told() -> None:
    """What is approved after one draft is in the next."""
    assert ids(chosen([story(1, approved_at=SATURDAY)])) == [1]


def test_old_post_approved_today_is_told() -> None:
    """The day of the decision counts, not the day of the post."""
    old = story(1, approved_at=DRAFTED - timedelta(hours=1), published_at=DRAFTED - timedelta(weeks=3))
    assert ids(chosen([old])) == [1]


def test_story_is_told_once() -> None:
    """A story that an issue has told is in no other, and one handed over twice is told once."""
    selection = chosen([story(1), story(2), story(2)], told={1: 11})
    assert ids(selection) == [2]
    assert selection.omitted[0].reason.key == "told"
    assert selection.omitted[0].reason.facts == {"number": 11}
    assert not selection.omitted[0].kept


def test_approved_at_the_draft_time_belongs_to_this_issue_and_later_to_the_next() -> None:
    """Every moment belongs to exactly one draft."""
    at, after = DRAFTED, DRAFTED + timedelta(microseconds=1)
    selection = chosen([story(1, approved_at=at), story(2, approved_at=after)])
    assert ids(selection) == [1]
    assert (selection.omitted[0].reason.key, selection.omitted[0].kept) == ("late", True)
    assert ids(chosen([story(2, approved_at=after)], until=DRAFTED + timedelta(weeks=1), previous=DRAFTED)) == [2]


def test_unapproved_story_is_left_out() -> None:
    """Only approved stories can be told."""
    selection = chosen([story(1, review=Review.NEW, approved_at=None), story(2, review=Review.HIDDEN)])
    assert ids(selection) == []
    assert {omitted.reason.key for omitted in selection.omitted} == {"unapproved"}


def test_sections_follow_the_strategy_and_end_with_those_without_area() -> None:
    """Stories are grouped by focus area in its order; a goal counts as its area; no area comes last."""
    stories = [story(1), story(2, nodes=(AREAS[2],)), story(3, nodes=(GOAL,)), story(4, nodes=(AREAS[1],))]
    picks = chosen(stories).picks
    assert [(pick.story_id, pick.section) for pick in picks] == [(3, "1"), (4, "2"), (2, "3"), (1, None)]
    assert [pick.position for pick in picks] == [0, 1, 2, 3]


def test_story_in_two_areas_evens_them_out() -> None:
    """A story under two areas is told once, under the one with fewer stories."""
    stories = [story(1, nodes=(AREAS[0],), featured=True), story(2, nodes=(AREAS[0], AREAS[1]))]
    assert [(pick.story_id, pick.section) for pick in chosen(stories).picks] == [(1, "1"), (2, "2")]


def test_coming_and_featured_are_first_and_never_crowded_out() -> None:
    """What a person asked for has its place before all else."""
    stories = [story(number) for number in range(1, 9)]
    stories += [story(9, featured=True), story(10, coming=True)]
    selection = chosen(stories, limit=3)
    assert ids(selection)[:2] == [10, 9]
    assert [pick.reason.key for pick in selection.picks[:2]] == ["coming", "featured"]


def test_what_does_not_fit_is_kept_and_comes_first_next_time() -> None:
    """Beyond the limit a story is kept with its reason; having waited, it goes before new ones."""
    first = chosen([story(number) for number in range(1, 6)], limit=3)
    kept = [omitted.story_id for omitted in first.omitted if omitted.kept]
    assert len(kept) == 2
    waiting = [story(number) for number in kept]
    new = [story(number, approved_at=DRAFTED + timedelta(days=1)) for number in range(20, 30)]
    told = dict.fromkeys(ids(first), 12)
    following = chosen(waiting + new, told=told, until=DRAFTED + timedelta(weeks=1), previous=DRAFTED, limit=3)
    assert set(kept) <= set(ids(following))
    assert {pick.reason.key for pick in following.picks if pick.story_id in kept} == {"waited"}


def test_one_voice_does_not_fill_the_issue() -> None:
    """With a place for each voice, a sender with ten stories gets one of three."""
    loud = [story(number, author_handle="@loud@x") for number in range(1, 11)]
    quiet = [story(number) for number in range(11, 13)]
    assert len({11, 12} & set(ids(chosen(loud + quiet, limit=3)))) == 2


def test_networks_and_areas_are_spread() -> None:
    """Among equals an unheard area and network go first."""
    stories = [story(number, nodes=(AREAS[0],)) for number in range(1, 6)]
    stories += [story(6, nodes=(AREAS[1],)), story(7, nodes=(AREAS[2],), network="feed")]
    assert {6, 7} <= set(ids(chosen(stories, limit=3)))


def test_order_of_the_stories_does_not_matter() -> None:
    """The same stories in any order give the same issue."""
    stories = [
        story(number, nodes=(AREAS[number % 3],), author_handle=f"@v{number % 4}", featured=number == 7)
        for number in range(1, 20)
    ]
    once = chosen(stories, limit=8)
    shuffled = random.Random(3).sample(stories, len(stories))
    assert chosen(shuffled, limit=8) == once


def test_every_story_is_either_in_or_out_with_a_reason() -> None:
    """Nothing is lost on the way: picks and omissions together are all stories."""
    stories = [story(number, approved_at=DRAFTED + timedelta(hours=number - 5)) for number in range(1, 10)]
    selection = chosen(stories, limit=2, told={1: 3})
    assert sorted(ids(selection) + [omitted.story_id for omitted in selection.omitted]) == list(range(1, 10))


def test_strangers_whom_one_search_found_are_a_voice_each() -> None:
    """Two posts without authors from one source do not count as one sender who tells twice."""
    nobody = {"network": "instagram", "source": "sok", "author_name": "", "author_handle": ""}
    told = [story(1, nodes=(AREAS[0],), **nobody), story(2, nodes=(AREAS[0],), **nobody)]
    assert {pick.reason.key for pick in chosen(told, previous=None).picks} == {"first_in_area", "new_voice"}
