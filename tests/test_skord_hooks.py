"""The receiver of changes: what it is told, in which order, how often, how it knows us, and never more than public."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import account, approved, story
from campaign.errors import ConfigError
from campaign.settings import HookSettings
from conftest import NOW
from servers import Reply, Request, Server
from skord.cli import main
from skord.hooks import BATCH, PATIENCE, delay, tell
from skord.wiring import House
from storage.decisions import Action, decide
from storage.hooks import HookState, hook_state, start_hook
from storage.store import Actor, Store

SECRET = "en nyckel som ingen annan har"
CONFIG = """
[site]
name = "Halland växer"
owner = "Region Halland"
base_url = "https://hallandvaxer.example.se"
contact = "infomaster@example.se"

[storage]
url = "{database}"

[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
aliases = ["#hallandvaxer"]

[fetch]
allow = ["{allowed}"]
per_host = "1000/s"

[hook.hallandvaxer]
url = "{url}"
"""


@dataclass
class Receiver:
    """A real server that takes calls, and the house that makes them. ``answer`` is what the next calls get."""

    server: Server
    house: House
    store: Store
    now: list[datetime]
    answer: int = 200
    seen: list[dict[str, Any]] = field(default_factory=list)

    def take(self, request: Request) -> Reply:
        """Check a call as a receiver does, with nothing of ours, and remember it."""
        stamp, given = request.headers["Skord-Timestamp"], request.headers["Skord-Signature"]
        mine = hmac.new(SECRET.encode(), stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(given, f"v1={mine}")
        assert abs(self.now[0].timestamp() - int(stamp)) < 300
        body = json.loads(request.body)
        assert request.headers["Skord-Delivery"] == body["id"]
        self.seen.append(body)
        return Reply(status=self.answer)

    def tell(self) -> int:
        """Let the job run once."""
        return tell(self.house, lambda: False)

    def state(self) -> HookState:
        """How the telling goes."""
        found = hook_state(self.store, "hallandvaxer")
        assert found is not None
        return found

    def changes(self) -> list[tuple[int, bool]]:
        """Everything that was told, in order."""
        return [(each["id"], each["gone"]) for body in self.seen for each in body["changes"]]


@pytest.fixture
def receiver(store: Store, tmp_path: Path) -> Iterator[Receiver]:
    """A receiver that has been told everything so far."""
    now = [NOW]
    with Server() as server:
        text = CONFIG.format(database="sqlite:///none.db", allowed=server.address, url=server.url("/changes"))
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")
        environ = {"SKORD_HOOK__HALLANDVAXER__SECRET": SECRET}
        house = House(tmp_path / "config.toml", environ=environ, clock=lambda: now[0])
        house.__dict__["store"] = store
        found = Receiver(server=server, house=house, store=store, now=now)
        server.routes["/changes"] = found.take
        found.tell()
        yield found
        house.fetcher.close()


def hide(store: Store, story_id: int) -> None:
    """Hide a story."""
    decide(store, story_id, Action.HIDE, by=Actor(kind="person", account_id=account(store)), now=NOW, reason="prov")


def test_what_came_and_went_is_told_in_order(receiver: Receiver) -> None:
    """Each change is told once, oldest first; what stood there before the receiver came is not."""
    assert receiver.seen == []
    first, second = approved(receiver.store), approved(receiver.store)
    assert receiver.tell() == 1
    hide(receiver.store, first.id)
    receiver.tell()
    assert receiver.tell() == 0
    assert receiver.changes() == [(first.id, False), (second.id, False), (first.id, True)]
    assert receiver.seen[1]["after"] == receiver.seen[0]["since"]


def test_nobodys_words_are_sent(receiver: Receiver) -> None:
    """A call holds kinds, numbers, moments and addresses: no text, no name."""
    found = approved(receiver.store, text="Hemligt nog #hallandväxer")
    story(receiver.store, text="Väntar ännu #hallandväxer")
    receiver.tell()
    [change] = receiver.seen[0]["changes"]
    assert set(change) == {"kind", "id", "revision", "at", "gone", "url"}
    assert change["url"] == f"https://hallandvaxer.example.se/stories/{found.id}"
    assert "Hemligt" not in json.dumps(receiver.seen)
    assert "Västkustens" not in json.dumps(receiver.seen)


def test_what_was_hidden_before_the_call_is_told_as_gone(receiver: Receiver) -> None:
    """What is public is judged when the call is made: a story that was hidden while it waited is told as gone alone."""
    receiver.answer = 500
    found = approved(receiver.store)
    receiver.tell()
    hide(receiver.store, found.id)
    receiver.answer = 200
    receiver.now[0] += delay(1)
    receiver.tell()
    assert [(each["id"], each["gone"]) for each in receiver.seen[-1]["changes"]] == [(found.id, True)]


def test_a_call_that_fails_is_made_again_later_and_later(receiver: Receiver) -> None:
    """Nothing goes forward before the receiver has answered 2xx; the same call has the same name."""
    receiver.answer = 500
    approved(receiver.store)
    before = receiver.state().changed
    assert receiver.tell() == 0
    assert receiver.tell() == 0
    assert len(receiver.seen) == 1
    for tries in (1, 2):
        assert receiver.state().retry_at == receiver.now[0] + delay(tries)
        receiver.now[0] += delay(tries)
        receiver.tell()
    state = receiver.state()
    assert (state.changed, state.tries, state.stopped) == (before, 3, False)
    assert state.error is not None
    receiver.answer = 204
    receiver.now[0] += delay(3)
    assert receiver.tell() == 1
    assert len({each["id"] for each in receiver.seen}) == 1
    assert receiver.state() == HookState(
        campaign="hallandvaxer", changed=receiver.seen[0]["since"], told_at=receiver.now[0]
    )


def test_after_a_day_it_stops_until_a_person_starts_it(receiver: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    """A receiver that has answered nothing for a day is left alone; started again it is told everything it missed."""
    receiver.answer = 503
    found = approved(receiver.store)
    began = receiver.now[0]
    while not receiver.state().stopped:
        receiver.now[0] = max(receiver.now[0], receiver.state().retry_at or receiver.now[0])
        receiver.tell()
        assert receiver.now[0] - began < PATIENCE + timedelta(hours=2)
    assert receiver.now[0] - began >= PATIENCE
    calls = len(receiver.seen)
    receiver.now[0] += timedelta(days=3)
    receiver.answer = 200
    assert receiver.tell() == 0
    assert len(receiver.seen) == calls
    from skord.commands.doctor import _hooks

    assert [well for well, _, _ in _hooks(receiver.house)] == [False]
    start_hook(receiver.store, "hallandvaxer", now=receiver.now[0])
    assert receiver.tell() == 1
    assert receiver.changes()[-1] == (found.id, False)
    assert [well for well, _, _ in _hooks(receiver.house)] == [True]


def test_many_changes_come_in_several_calls(receiver: Receiver) -> None:
    """A long list is told in parts that follow each other, each thing once."""
    made = [approved(receiver.store).id for _ in range(BATCH + 5)]
    assert receiver.tell() == 2
    assert [each for each, _ in receiver.changes()] == made
    assert receiver.seen[1]["after"] == receiver.seen[0]["since"]


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    """What is signed for one address is never sent on to another."""
    receiver.server.routes["/changes"] = Reply(status=307, headers={"Location": receiver.server.url("/other")})
    approved(receiver.store)
    assert receiver.tell() == 0
    assert "/other" not in [each.path for each in receiver.server.requests]
    assert receiver.state().error is not None


def test_a_private_address_must_be_allowed(receiver: Receiver, tmp_path: Path) -> None:
    """The call goes out through the same guard as everything: an address inside the network is refused unless named."""
    with Server({"/inside": b""}) as inside:
        receiver.house.settings.hooks["hallandvaxer"] = HookSettings(url=inside.url("/inside"), secret=SECRET)
        approved(receiver.store)
        assert receiver.tell() == 0
        assert inside.requests == []
    error = receiver.state().error
    assert error is not None
    assert error.key == "private_address"


_TELL = """
import sys
from pathlib import Path
from skord.hooks import tell
from skord.wiring import House
print(tell(House(Path(sys.argv[1])), lambda: False))
"""


def test_a_death_between_call_and_note_repeats_one_call_with_the_same_name(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    """A process killed after the receiver has the call and before that is noted makes it once more, not otherwise."""
    seen: list[str] = []
    kill: list[Callable[[], None]] = []

    def take(request: Request) -> Reply:
        seen.append(request.headers["Skord-Delivery"])
        if kill:
            kill.pop()()
        return Reply()

    with Server({"/changes": take}) as server:
        config = tmp_path / "config.toml"
        config.write_text(
            CONFIG.format(database=sqlite_url, allowed=server.address, url=server.url("/changes")), encoding="utf-8"
        )
        environ = os.environ | {"SKORD_HOOK__HALLANDVAXER__SECRET": SECRET}

        def run() -> subprocess.Popen[str]:
            return subprocess.Popen(
                [sys.executable, "-c", _TELL, str(config)], env=environ, stdout=subprocess.PIPE, text=True
            )

        assert run().communicate()[0].strip() == "0"
        approved(sqlite_store)
        killed = run()
        kill.append(lambda: os.kill(killed.pid, signal.SIGKILL))
        killed.communicate()
        assert killed.returncode == -signal.SIGKILL
        state = hook_state(sqlite_store, "hallandvaxer")
        assert state is not None
        assert (state.tries, state.error is not None and state.error.key) == (1, "hook_died")
        start_hook(sqlite_store, "hallandvaxer", now=NOW)
        assert run().communicate()[0].strip() == "1"
        assert run().communicate()[0].strip() == "0"
    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_a_receiver_needs_a_key_and_a_campaign(tmp_path: Path) -> None:
    """The configuration is refused where nobody could tell our calls from others', or where no such campaign is."""
    text = CONFIG.format(database="sqlite:///none.db", allowed="127.0.0.1:1", url="https://exempel.se/in")
    (tmp_path / "config.toml").write_text(text + '\n[hook.halland]\nurl = "https://exempel.se"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        _ = House(tmp_path / "config.toml", environ={}).settings
    assert sorted(each.key for each in refused.value.problems) == ["hook_unsigned", "hook_unsigned", "reference_near"]


def test_the_key_is_never_shown(receiver: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the configuration as shown nor the settings themselves tell the key."""
    os.environ["SKORD_HOOK__HALLANDVAXER__SECRET"] = SECRET
    try:
        assert main(["--config", str(receiver.house.config), "config", "show"]) == 0
    finally:
        del os.environ["SKORD_HOOK__HALLANDVAXER__SECRET"]
    assert SECRET not in capsys.readouterr().out
    assert SECRET not in repr(receiver.house.settings)
