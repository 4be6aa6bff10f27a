"""Killed at any moment of a long history, and started again: every post once, nothing passed over."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from collecting import Timeline, posts, rows, run, settings, source, status
from servers import Request, Server
from storage.store import Store

CHILD = """
import sys
sys.path[:0] = {paths!r}
from collecting import run, settings, source
from storage.store import open_store
from pathlib import Path
store = open_store({url!r}, media=Path({media!r}), secret=b"x")
given = settings(source("m", "mastodon", server={server!r}, since="12w"), allow=({address!r},))
print("ready", flush=True)
result = run(store, given)["m"]
print(result.status, flush=True)
"""

MOST = 460


def test_a_backfill_survives_every_kill(store: Store, tmp_path: Path) -> None:
    """Four hundred and sixty posts, killed after a random number of questions, new posts arriving meanwhile."""
    here = Path(__file__).parent
    timeline = Timeline(*(status(number) for number in range(1, MOST - 60)))
    dice = random.Random(3)
    asked: Counter[str] = Counter()
    victim: list[tuple[subprocess.Popen[bytes], int]] = []

    def answer(request: Request) -> object:
        """Answer as Mastodon does, and kill who asks in the middle of it when its time has come."""
        asked[request.path.rpartition("/")[2]] += 1
        if victim and asked.total() >= victim[0][1]:
            os.kill(victim.pop()[0].pid, signal.SIGKILL)
        time.sleep(0.005)
        return timeline(request)

    with Server({"*": answer}) as server:  # type: ignore[dict-item]  # a page or an object
        code = CHILD.format(
            paths=[str(here.parent), str(here)], url=store.engine.url.render_as_string(hide_password=False),
            media=str(tmp_path / "media"), server=server.url(""), address=server.address,
        )  # fmt: skip
        killed = 0
        for round_ in range(8):
            timeline.posts["hallandväxer"] += [
                status(number) for number in range(MOST - 60 + round_ * 7, MOST - 60 + (round_ + 1) * 7)
            ]
            child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            if round_ % 2:
                time.sleep(dice.uniform(0, 0.25))
                os.kill(child.pid, signal.SIGKILL)
            else:
                victim.append((child, asked.total() + dice.randint(1, 6)))
            killed += child.wait() == -signal.SIGKILL
            child.stdout.close()
            victim.clear()
        given = settings(source("m", "mastodon", server=server.url(""), since="12w"), allow=(server.address,))
        last = run(store, given)["m"]
        again = run(store, given)["m"]
    assert killed >= 4
    assert (last.status, again.new) == ("ok", 0)
    expected = {f"https://social.example.se/users/anna/statuses/{number}" for number in range(1, MOST - 60 + 56)}
    found = [row.identity for row in posts(store)]
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert len(rows(store, "version")) == len(rows(store, "story")) == len(expected)
    assert "killed" in {row["status"] for row in rows(store, "run")}


CONFIG = """
[site]
name = "Halland växer"
owner = "Region Exempel"
base_url = "http://127.0.0.1:8000"
contact = "info@example.se"
[storage]
url = "sqlite:///skord.db"
media = "media"
[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
[source.m]
kind = "mastodon"
server = "{server}"
since = "12w"
[fetch]
allow = ["{address}"]
per_host = "10/s"
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_friendly_end_stops_after_the_page_in_hand(sqlite_url: str, tmp_path: Path, number: int) -> None:
    """``skord collect`` says how far back it came, in words and in JSON, and goes on from there the next time."""
    assert sqlite_url.endswith("skord.db")
    timeline = Timeline(*(status(each) for each in range(1, 401)))
    running: list[subprocess.Popen[str]] = []

    def answer(request: Request) -> object:
        if "max_id" in request.query and running:
            running.pop().send_signal(number)
            time.sleep(0.3)
        return timeline(request)

    def collect() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "skord.cli", "--config", str(tmp_path / "config.toml"), "--json", "collect", "m"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip

    with Server({"*": answer}) as server:  # type: ignore[dict-item]  # a page or an object
        (tmp_path / "config.toml").write_text(
            CONFIG.format(server=server.url(""), address=server.address), encoding="utf-8"
        )
        running.append(child := collect())
        out, talk = child.communicate(timeout=60)
        first = json.loads(out)
        assert (child.returncode, first["status"]) == (0, "ok")
        assert 0 < first["new"] < 400
        assert (first["filled"]["done"], "sidan" in talk) == (False, True)
        out, _ = collect().communicate(timeout=60)
        rest = json.loads(out)
    assert first["new"] + rest["new"] == 400
    assert rest["filled"]["done"] is True
