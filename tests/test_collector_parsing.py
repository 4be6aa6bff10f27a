"""Feeds read by a second process: the same as here, whatever becomes of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bench.material import feed
from campaign.errors import CollectError
from collector import feeds, parsing

ZONE = ZoneInfo("Europe/Stockholm")
LONG = feed(1)


def _body(content: bytes, *tags: str) -> parsing.Body:
    return parsing.Body(content=content, url="http://a.se/", content_type="", zone=ZONE.key, final_url="", tags=tags)


@pytest.fixture(autouse=True)
def second(monkeypatch: pytest.MonkeyPatch) -> Iterator[parsing._Second]:
    """A second process that is wanted from the beginning, ended after the test."""
    made = parsing._Second()
    made._processors = 2
    made._times.extend([time.monotonic()] * parsing._MANY)
    monkeypatch.setattr(parsing, "_SECOND", made)
    yield made
    made.close()


def test_a_second_process_reads_what_we_would_read(second: parsing._Second) -> None:
    """A feed comes back from another process as the very candidates that it gives here."""
    found = parsing.parse(_body(LONG))
    assert second._process is not None
    assert found == feeds.parse(LONG, url="http://a.se/", zone=ZONE)


def test_what_is_no_feed_is_told_from_the_second_process(second: parsing._Second) -> None:
    """An error keeps its name on the way back."""
    with pytest.raises(CollectError) as told:
        parsing.parse(_body(b"<html><p>" + b"ord " * 5_000))
    assert (told.value.key, second._process is not None) == ("feed_is_html", True)


def test_the_second_process_glances_before_it_reads(second: parsing._Second) -> None:
    """A feed without the wanted tag is not read; one that may hold it is."""
    assert parsing.parse(_body(LONG, "hallandväxer")) is None
    assert parsing.parse(_body(feed(2, tagged=True), "hallandväxer"))
    assert second._process is not None


def test_a_killed_second_process_costs_no_feed(second: parsing._Second) -> None:
    """Killed between two feeds it is begun anew; the feed in hand is read here."""
    parsing.parse(_body(LONG))
    first = second._process
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    for _ in range(3):
        found = parsing.parse(_body(LONG))
        assert found is not None
        assert len(found.candidates) >= 20
    assert second._process is not None
    assert second._process.pid != first.pid


def test_a_few_feeds_start_no_process() -> None:
    """Fifteen feeds in a row are read here."""
    fresh = parsing._Second()
    assert not any(fresh.is_wanted() for _ in range(parsing._MANY - 1))


def test_the_second_process_ends_with_us_however_we_end(tmp_path: Path) -> None:
    """Killed without a chance to say so, we leave no process behind."""
    program = (
        "import time\nfrom collector import parsing\nfrom bench.material import feed\n"
        "s = parsing._SECOND\ns._processors = 2\ns._times.extend([time.monotonic()] * parsing._MANY)\n"
        "parsing.parse(parsing.Body(content=feed(1), url='http://a.se/', "
        "content_type='', zone='UTC', final_url=''))\nprint(s._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        parent.kill()
    for _ in range(100):
        if not _is_running(pid):
            return
        time.sleep(0.05)
    raise AssertionError("the second process is still there")


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
