"""A hundred stories of the sample year reviewed with keys alone, while the server is killed twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import review


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> review.Walked:
    """The walk, made once for all facts about it."""
    if not Path(review.CHROMIUM).exists():
        pytest.skip("chromium: no browser is installed")
    with review.sample_desk(tmp_path_factory.mktemp("desk")) as desk, review.browser(desk) as page:
        done = review.walk(desk, page)
    print(review.told(done))
    return done


@pytest.mark.timeout(400)
def test_no_decision_is_lost_or_doubled_while_the_server_is_killed_twice(walked: review.Walked) -> None:
    """Each of a hundred presses stands in the trail exactly once, as pressed, though the server was killed twice."""
    assert walked.wrong == []
    assert len(walked.pressed) == 100


def test_a_decision_takes_one_key(walked: review.Walked) -> None:
    """A hundred decisions take a hundred keys, the focus being on the next card each time."""
    assert walked.keys["decide"] == 100
    assert walked.keys["move"] == 1


def test_attaching_takes_at_most_three_keys(walked: review.Walked) -> None:
    """Twenty stories are attached to the strategy with at most three keys each."""
    assert len(walked.attached) == 20
    assert walked.keys["attach"] <= 3 * 20


def test_pictures_get_their_words_by_key(walked: review.Walked) -> None:
    """Five pictures get alt text with two keys each beside the letters."""
    assert walked.described == 5
    assert walked.keys["alt text"] == 2 * 5
