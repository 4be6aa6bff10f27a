"""``skord demo``: a year lived through by the real parts, and gone on with."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from urllib.request import urlopen

import pytest

from campaign.errors import InputError
from campaign.newsletter import IssueState, SubscriberState
from campaign.records import Review, Use
from digest.lint import lint_bytes
from letter_checks import faults
from skord.demo import Demo, opened
from skord.sample import calendar, year
from skord.sample.case import find
from storage import issues, subscribers
from storage.queue import Filters, Pile, counts, queue_page
from storage.sources import list_gaps

CAMPAIGN, NEWSLETTER = find("halland").campaign, find("halland").newsletter
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
WEEKS = 6


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def some_weeks(folder: Path, *, now: datetime = NOW) -> Iterator[Demo]:
    """The last weeks of the sample year instead of all of it."""
    since = calendar.year_start(NOW + timedelta(weeks=52 - WEEKS), year.ZONE)
    with opened(folder, host="127.0.0.1", port=free_port(), now=now, since=since) as demo:
        yield demo


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo's folder after some weeks."""
    place = tmp_path_factory.mktemp("demo")
    with some_weeks(place):
        pass
    return place


def test_weeks_end_with_letters_sent_and_something_left_to_do(folder: Path) -> None:
    """Posts are collected and mostly reviewed, letters have gone to every subscriber, and new posts wait."""
    with some_weeks(folder) as demo:
        piles = counts(demo.house.store, Filters(campaign=CAMPAIGN), now=NOW)
        assert piles[Pile.APPROVED] > 25
        filters = Filters(campaign=CAMPAIGN, pile=Pile.APPROVED)
        stories = queue_page(demo.house.store, filters, now=NOW, limit=500).stories
        assert any(len(story.posts) > 1 for story in stories), "cross-posts stand in one story"
        assert piles[Pile.WAITING] >= 10
        sent = [issue for issue in issues.list_issues(demo.house.store, NEWSLETTER) if issue.state is IssueState.SENT]
        assert len(sent) >= WEEKS - 1
        assert all(issue.intro for issue in sent)
        active = subscribers.count(demo.house.store, NEWSLETTER)[SubscriberState.ACTIVE]
        newest = [letter for letter in demo.letters.newest() if letter.subject == sent[0].subject]
        assert len(newest) == sent[0].audience == active
        assert issues.open_issue(demo.house.store, NEWSLETTER) is not None


def test_every_letter_that_left_reads_without_a_fault(folder: Path) -> None:
    """Of each issue: strict HTML, headings, links, contrast by day and night, sound bytes, own pictures."""
    read = set()
    for path in sorted((folder / "letters").glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = message.get_body(("html",))
        if message["List-Id"] is None or body is None or message["Subject"] in read:
            continue
        read.add(message["Subject"])
        own = re.match(r"https?://[^/]+", message["List-Archive"].strip("<>"))
        assert own is not None
        assert faults(body.get_content(), own=own[0]) == [], message["Subject"]
        assert lint_bytes(path.read_bytes()) == [], message["Subject"]
    assert len(read) >= WEEKS - 1


def test_collected_posts_are_those_that_were_written(folder: Path) -> None:
    """Every post of these weeks that belongs came in, on every network that it was on, and nothing else."""
    with some_weeks(folder) as demo:
        wanted = {
            (post.id, network == "mastodon")
            for post in demo.feeds.sample.posts()
            for network in post.written.on
            if not post.written.outside
        }
        stories = queue_page(demo.house.store, Filters(campaign=CAMPAIGN, pile=Pile.ALL), now=NOW, limit=500).stories
        assert sum(len(story.posts) for story in stories) == len(wanted)
        assert all(media.file for story in stories for post in story.posts for media in post.media)


def test_a_second_start_goes_on_and_doubles_nothing(folder: Path) -> None:
    """Started again on the same day, nothing is collected, decided or sent twice."""
    with some_weeks(folder) as demo:
        before = len(demo.letters.newest()), counts(demo.house.store, Filters(campaign=CAMPAIGN), now=NOW)
    with some_weeks(folder) as demo:
        after = len(demo.letters.newest()), counts(demo.house.store, Filters(campaign=CAMPAIGN), now=NOW)
    assert before == after


def test_a_start_in_another_week_has_new_posts(folder: Path) -> None:
    """A demo that is opened a week later goes on with the posts of that week, and sends its letter."""
    later = NOW + timedelta(weeks=1)
    with some_weeks(folder) as demo:
        before = counts(demo.house.store, Filters(campaign=CAMPAIGN), now=NOW)[Pile.ALL]
    with some_weeks(folder, now=later) as demo:
        piles = counts(demo.house.store, Filters(campaign=CAMPAIGN), now=later)
        assert piles[Pile.ALL] > before
        assert issues.list_issues(demo.house.store, NEWSLETTER)[1].state is IssueState.SENT


def test_the_year_that_nobody_watched_leaves_no_gaps(folder: Path) -> None:
    """Living quickly through weeks is not recorded as time when sources could not be asked."""
    with some_weeks(folder) as demo:
        gaps = list_gaps(demo.house.store, since=NOW - timedelta(weeks=60))
        assert [gap for gap in gaps if gap.from_at < NOW] == []


def test_shown_pictures_have_a_right_and_words(folder: Path) -> None:
    """Most approved pictures may be shown; those of organisations that gave no permission may not."""
    with some_weeks(folder) as demo:
        filters = Filters(campaign=CAMPAIGN, pile=Pile.APPROVED)
        stories = queue_page(demo.house.store, filters, now=NOW, limit=500).stories
        approved = [post for story in stories for post in story.posts if post.review is Review.APPROVED]
        pictures = [media for post in approved for media in post.media]
        shown = [media for media in pictures if media.may_be_shown(Use.WEB, NOW)]
        assert 0.5 < len(shown) / len(pictures) < 0.9
        assert all(media.alt and (media.right_from or media.right == "own") for media in shown)


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    """A demo does not settle where something else lies."""
    (tmp_path / "viktigt.txt").write_text("rör inte")
    with (
        pytest.raises(InputError, match="demo_folder_foreign"),
        opened(tmp_path, host="127.0.0.1", port=free_port(), now=NOW),
    ):
        pass


@pytest.mark.timeout(400)
def test_the_command_shows_desk_archive_and_letters(tmp_path: Path) -> None:
    """``skord demo`` lives through the whole year without a network, then serves it at the addresses that it says."""
    command = [
        sys.executable,
        "-m",
        "skord.cli",
        "demo",
        "--folder",
        str(tmp_path / "demo"),
        "--port",
        str(free_port()),
    ]
    told = tmp_path / "told.txt"
    with told.open("w") as out, subprocess.Popen(command, stderr=out, env={**os.environ, "no_proxy": "*"}) as running:
        try:
            deadline = time.monotonic() + 380
            while "Ctrl-C" not in told.read_text(encoding="utf-8"):
                assert running.poll() is None, told.read_text(encoding="utf-8")
                assert time.monotonic() < deadline, told.read_text(encoding="utf-8")
                time.sleep(0.5)
            front, desk, first, letters = re.findall(r"http://\S+", told.read_text(encoding="utf-8"))[:4]
            for address, words in ((front, "Halland växer"), (desk, "Halland växer"), (letters, "Vi bor här")):
                with urlopen(address) as page:
                    assert words in page.read().decode()
            assert "/desk/setup/" in first
        finally:
            running.send_signal(signal.SIGTERM)
    assert running.returncode == 0
