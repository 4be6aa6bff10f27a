"""What happens with what came in, and when to ask again: every named decision once."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from builders import candidate, picture
from campaign.records import Candidate, PostState, Review, StoredPost
from campaign.settings import SourceSettings
from collector.decide import Outcome, decide, next_attempt
from conftest import HALLAND, NOW


def source(**changes: Any) -> SourceSettings:
    made: dict[str, Any] = {"id": "s", "kind": "feed", "campaigns": ("hallandvaxer",), "every": timedelta(hours=1)}
    return SourceSettings(**(made | changes))


def stored(known: Candidate, **changes: Any) -> StoredPost:
    """What is known of a candidate after it was stored."""
    made: dict[str, Any] = {
        "id": 1,
        "story_id": 1,
        "digest": known.digest,
        "edited_at": known.edited_at,
        "review": Review.NEW,
        "state": PostState.LIVE,
        "version_id": 1,
    }
    return StoredPost(**(made | changes))


def verdict(known: StoredPost | None, arrived: Candidate, **changes: Any) -> tuple[str, str]:
    judged = decide(known, arrived, campaign=HALLAND, source=source(**changes))
    return judged.verdict.value, judged.reason


TAGGED = [
    ({"text": "Nu växer det #HALLANDVÄXER"}, "add"),
    ({"text": "", "title": "#hallandväxer i dag"}, "add"),
    ({"text": "x", "warning": "#hallandväxer"}, "add"),
    ({"text": "x", "tags": ("Hallandväxer",)}, "add"),
    ({"text": "x", "tags": ("hallandvaxer",), "tags_folded": True}, "add"),  # a listed alias
    ({"text": "Nu växer det", "tags": ()}, "skip"),
    ({"text": "#hallandväxerinte", "tags": ()}, "skip"),
]


@pytest.mark.parametrize(("changes", "expected"), TAGGED)
def test_a_new_post_is_taken_by_its_tag(changes: dict[str, Any], expected: str) -> None:
    """Text, title, warning and the network's list can hold the tag; without it the post stays out."""
    assert verdict(None, candidate(**changes)) == (expected, "new" if expected == "add" else "no_tag")


def test_everything_is_taken_from_a_source_that_keeps_all() -> None:
    """A press room of one's own needs no tag."""
    assert verdict(None, candidate(text="Utan tagg", tags=()), keep="all") == ("add", "new")


def test_a_post_of_nothing_is_left_out() -> None:
    """Without words, pictures and link there is nothing to show, tag or no tag; a picture or a link is enough."""
    assert verdict(None, candidate(text="", url="", tags=("hallandväxer",))) == ("skip", "empty")
    assert verdict(None, candidate(text="", tags=("hallandväxer",))) == ("add", "new")
    assert verdict(None, candidate(text="", tags=("hallandväxer",), media=(picture(),))) == ("add", "new")


def test_the_same_again_changes_nothing() -> None:
    """A repeated page is all unchanged."""
    arrived = candidate()
    assert verdict(stored(arrived), arrived) == ("unchanged", "same")


def test_a_dated_edit_is_a_revision() -> None:
    """A later date of edit is a new version, even where the tag went with it: a person is to see that."""
    arrived = candidate()
    edited = candidate(identity=arrived.identity, text="Utan tagg nu", tags=(), edited_at=NOW)
    assert verdict(stored(arrived), edited) == ("revise", "edited")
    again = candidate(identity=arrived.identity, edited_at=NOW + timedelta(hours=1))
    assert verdict(stored(edited), again) == ("revise", "edited")


@pytest.mark.parametrize("edited_at", [None, NOW - timedelta(hours=1), NOW])
def test_what_another_server_tells_otherwise_is_no_edit(edited_at: Any) -> None:
    """Without a later date of edit, a Mastodon post that looks different is the same post."""
    known = stored(candidate(), edited_at=NOW)
    assert verdict(known, candidate(edited_at=edited_at)) == ("unchanged", "not_edited")


def test_feeds_do_not_date_their_edits() -> None:
    """In a feed any visible change is an edit."""
    arrived = candidate(network="feed")
    assert verdict(stored(arrived), candidate(network="feed")) == ("revise", "edited")


def test_what_is_gone_is_not_collected_again() -> None:
    """A tombstone keeps a removed post away, edited or not."""
    arrived = candidate()
    assert verdict(stored(arrived, state=PostState.GONE), arrived) == ("skip", "gone")


HOUR = timedelta(hours=1)
WAITS = [
    (Outcome(failures=0), HOUR, HOUR),
    (Outcome(failures=1), HOUR, timedelta(minutes=15)),
    (Outcome(failures=2), HOUR, timedelta(minutes=30)),
    (Outcome(failures=3), HOUR, HOUR),
    (Outcome(failures=9), HOUR, 6 * HOUR),
    (Outcome(failures=5000), HOUR, 6 * HOUR),
    (Outcome(failures=1), timedelta(minutes=5), timedelta(minutes=5)),
    (Outcome(failures=50), timedelta(days=7), timedelta(days=7)),
    (Outcome(failures=1, permanent=True), HOUR, timedelta(days=1)),
    (Outcome(failures=1, permanent=True), timedelta(days=7), timedelta(days=7)),
    (Outcome(failures=1, retry_at=NOW + timedelta(hours=3)), HOUR, timedelta(hours=3)),
    (Outcome(failures=1, retry_at=NOW + timedelta(days=400)), HOUR, timedelta(days=7)),
    (Outcome(failures=1, retry_at=NOW - timedelta(days=1)), HOUR, timedelta(minutes=15)),
]


@pytest.mark.parametrize(("outcome", "every", "wait"), WAITS)
def test_the_next_asking_is_planned(outcome: Outcome, every: timedelta, wait: timedelta) -> None:
    """The interval, a growing delay, a day, or the server's own word; up to a tenth later, never sooner."""
    for seed in range(20):
        planned = next_attempt(outcome, NOW, every=every, rng=Random(seed)) - NOW
        assert wait <= planned <= wait * 1.1
