"""Which stories an issue tells."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaign.language import Language
from campaign.newsletter import Why
from campaign.records import Review, Story
from digest.reasons import in_words
from digest.select import Selection, select
from digest_samples import AREAS, DRAFTED, GOAL, post, story

ZONE = ZoneInfo("Europe/Stockholm")
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
    assert {pick.reason.key for pick in chosen(told, previous=None).picks} == {"first_area", "new_voice"}


def reason(selection: Selection, story_id: int) -> tuple[str, dict[str, Any]]:
    """Why a story is in or out."""
    found = next(each for each in (*selection.picks, *selection.omitted) if each.story_id == story_id)
    return found.reason.key, found.reason.facts


def test_three_hundred_likes_on_one_network_do_not_beat_five_on_another() -> None:
    """A post is measured against its own network: of posts met alike well there, the newer one is told."""
    instagram = [
        story(number, network="instagram", engagement=300 + number, author_handle="@i") for number in range(1, 5)
    ]
    mastodon = [
        story(number, network="mastodon", engagement=number - 10, author_handle="@m") for number in range(11, 15)
    ]
    first = chosen(instagram + mastodon, limit=1, previous=None)
    assert ids(first) == [14]
    assert reason(first, 14) == ("new_voice", {"also": "well_met", "network": "mastodon"})


def test_standing_depends_on_order_within_the_network_alone() -> None:
    """Ten times as many likes on a whole network change nothing about what is told."""
    stories = [story(number, engagement=number % 7, author_handle="@m") for number in range(1, 9)]
    stories += [story(number, network="bluesky", engagement=number % 5, author_handle="@b") for number in range(9, 17)]
    louder = [
        replace(each, posts=tuple(replace(one, engagement=(one.engagement or 0) * 10) for one in each.posts))
        if each.lead.network == "bluesky"
        else each
        for each in stories
    ]
    assert chosen(louder, limit=5) == chosen(stories, limit=5)


def test_network_that_does_not_tell_leaves_its_posts_in_the_middle() -> None:
    """Between a post met better than most and one met worse stands one of which nobody knows."""
    told = [story(number, engagement=number, author_handle="@m") for number in (1, 2, 3)]
    unknown = story(4, network="feed", author_handle="@m", engagement=None)
    order = [pick.story_id for pick in sorted(chosen([*told, unknown], limit=4).picks, key=lambda pick: pick.position)]
    assert order.index(3) < order.index(4) < order.index(1)


def test_two_posts_of_a_network_are_too_few_to_say_which_was_met_better() -> None:
    """With less than three that tell, newest wins and nothing is said of reactions."""
    selection = chosen([story(1, engagement=900, author_handle="@m"), story(2, engagement=1, author_handle="@m")])
    assert ids(selection) == [2, 1]
    assert all("well_met" not in str(pick.reason) for pick in selection.picks)


def test_copies_of_a_story_do_not_add_their_reactions_up() -> None:
    """A story on two networks stands where its posts stand in the middle of each, not above one met best on one."""
    both = story(
        1,
        posts=(
            post(1, network="mastodon", engagement=2, author_handle="@m"),
            post(101, network="bluesky", engagement=2, author_handle="@m"),
        ),
    )
    others = [story(2, engagement=1, author_handle="@m"), story(3, engagement=3, author_handle="@m")]
    others += [
        story(number, network="bluesky", engagement=likes, author_handle="@m") for number, likes in ((4, 1), (5, 3))
    ]
    picks = {pick.story_id: pick.position for pick in chosen([both, *others]).picks}
    assert picks[3] < picks[1]


def test_stars_come_before_engagement() -> None:
    """What an editor lifted has its place before what most people reacted to."""
    stories = [story(number, engagement=number * 100) for number in range(2, 8)]
    assert ids(chosen([*stories, story(1, engagement=0, featured=True)], limit=1)) == [1]


def test_places_are_spread_and_towns_count_as_their_municipality() -> None:
    """A town of a municipality that is told of already brings no new place; another municipality does, and is named."""
    stories = [
        story(1, places=("falkenberg",)),
        story(2, places=("halmstad",)),
        story(3, places=("halmstad",)),
        story(4, places=("halmstad",)),
    ]
    selection = chosen(stories, limit=2, previous=None)
    assert set(ids(selection)) == {1, 4}
    assert reason(selection, 1) == ("first_place", {"place": "Falkenberg", "also": "new_voice"})
    assert reason(selection, 2)[0] == "full_place"
    assert reason(selection, 2)[1]["place"] == "Halmstad"


def test_voice_that_has_some_already_is_named_as_the_reason_for_what_is_left_out() -> None:
    """What a loud sender has left is out because of what it has in, with the number, whoever got the last place."""
    loud = [story(number, author_handle="@loud@x") for number in range(1, 10)]
    quiet = [story(10), story(11)]
    last_is_theirs = chosen([*loud, *quiet], limit=5, previous=None)
    assert reason(last_is_theirs, 1) == ("full_voice", {"limit": 5, "count": 3})
    heard = [(story(number, author_handle="@loud@x"), None) for number in range(20, 23)]
    others_are_new = chosen([*loud, *quiet], limit=2, previous=None, inside=heard)
    assert reason(others_are_new, 1) == ("full_voice", {"limit": 5, "count": 3})


def test_story_that_an_editor_left_out_says_so_and_has_not_waited() -> None:
    """It was not for want of room: the reason names the letter, and it does not go before what is new."""
    old = {"approved_at": LAST_DRAFT - timedelta(days=1)}
    selection = chosen([story(1, **old), story(2, **old)], left_out={1: 45})
    assert reason(selection, 1)[0] == "was_left_out"
    assert reason(selection, 1)[1]["number"] == 45
    assert reason(selection, 2)[0] == "waited"
    assert "waited" not in str(reason(selection, 1)[1].get("also"))
    assert ids(chosen([story(1, **old), story(2, **old)], left_out={1: 45}, limit=1)) == [2]
    told = in_words(Why(key="was_left_out", facts={"number": 45}), Language("sv", ZONE))
    assert told == "Togs bort ur nr 45 av redaktionen."


def test_a_full_issue_names_all_its_places_and_not_those_that_were_free() -> None:
    """A draft of four that was filled up with one had room for five, and says so."""
    inside = [(story(number), None) for number in range(10, 14)]
    selection = chosen([story(1), story(2)], limit=1, inside=inside)
    assert selection.omitted[0].reason.facts["limit"] == 5


def test_loud_sender_that_has_waited_does_not_fill_the_next_issue() -> None:
    """Having waited is worth one place: of ten left over from one sender at most two go before unheard voices."""
    waiting = [story(number, author_handle="@loud@x", approved_at=LAST_DRAFT) for number in range(1, 11)]
    fresh = [story(number) for number in range(20, 30)]
    assert len(set(ids(chosen(waiting + fresh, limit=8))) & set(range(1, 11))) == 2


def test_what_the_open_issue_shows_already_counts() -> None:
    """A draft that is brought up to date goes on spreading from what it has."""
    inside = [(story(1, places=("falkenberg",), author_handle="@a"), None)]
    stories = [story(3, places=("falkenberg",), author_handle="@a"), story(2, places=("laholm",), author_handle="@b")]
    assert ids(chosen(stories, limit=1, previous=None, inside=inside)) == [2]


def test_told_story_is_told_again_only_where_it_goes_on() -> None:
    """What an issue has told comes back when there is more to tell, with the earlier number as its reason."""
    selection = chosen([story(1), story(2)], told={1: 17, 2: 17}, goes_on={2: 17}, previous=None)
    assert ids(selection) == [2]
    assert reason(selection, 2)[0] == "goes_on"
    assert reason(selection, 2)[1]["number"] == 17


def some(rng: random.Random) -> list[Story]:
    """Any stories: told or not, from few voices, places, networks and areas, of any state."""
    made = []
    for number in range(1, rng.randint(2, 40)):
        network = rng.choice(("mastodon", "bluesky", "instagram", "feed"))
        made.append(
            story(
                number,
                network=network,
                engagement=None if network == "feed" else rng.choice((None, 0, 3, 40, 900)),
                author_handle=rng.choice(("@a", "@b", "@c", "")),
                author_name="",
                nodes=tuple(rng.sample((*AREAS, GOAL), rng.randint(0, 2))),
                places=tuple(rng.sample(("falkenberg", "halmstad", "laholm", "okand-ort"), rng.randint(0, 2))),
                featured=rng.random() < 0.1,
                coming=rng.random() < 0.05,
                review=rng.choice((Review.APPROVED,) * 9 + (Review.NEW,)),
                approved_at=DRAFTED + timedelta(hours=rng.randint(-400, 20)),
                sort_key=rng.randint(1, 30),
            )
        )
    return made


def test_whatever_comes_the_selection_keeps_its_promises() -> None:
    """Of any stories: each is in or out once and with words for its reason, the limit holds, what is told without more
    to tell is never in, and neither order nor repetition of the stories matters.
    """
    for seed in range(300):
        rng = random.Random(seed)
        stories = some(rng)
        told = {each.id: rng.randint(1, 20) for each in stories if rng.random() < 0.2}
        more = {each.id: told.get(each.id, 3) for each in stories if rng.random() < 0.1}
        limit = rng.randint(0, 12)
        result = chosen(stories, told=told, goes_on=more, limit=limit)
        everything = [each.story_id for each in (*result.picks, *result.omitted)]
        assert sorted(everything) == sorted(each.id for each in stories), seed
        assert len(result.picks) <= limit, seed
        assert not {pick.story_id for pick in result.picks} & (told.keys() - more.keys()), seed
        for each in (*result.picks, *result.omitted):
            for code in ("sv", "en"):
                words = in_words(Why(key=each.reason.key, facts=each.reason.facts), Language(code, ZONE))
                assert words.endswith("."), (seed, words)
                assert not {"_", "{"} & set(words), (seed, words)
        shuffled = rng.sample(stories, len(stories)) + rng.sample(stories, len(stories) // 2)
        assert chosen(shuffled, told=told, goes_on=more, limit=limit) == result, seed


def test_reasons_name_what_was_decided_by() -> None:
    """All that spoke for a story is told in one line, with its place and its network by their names."""
    why = Why(key="first_place", facts={"place": "Falkenberg", "network": "mastodon", "also": "new_voice well_met"})
    assert in_words(why, Language("sv", ZONE)) == (
        "Första berättelsen från Falkenberg. En röst som inte hörs i brevet ännu. "
        "Fler har reagerat på den än på de flesta från Mastodon."
    )
