"""The pace: per host, per credential, and for as long as a server wants to be left alone, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from campaign.errors import CollectError
from campaign.settings import FetchSettings
from conftest import NOW
from net.http import Fetcher
from net.pace import Pace
from servers import Reply, Route, Server


class Time:
    """A clock that moves when somebody sleeps, or when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let the seconds pass at once."""
        self.slept.append(round(seconds, 3))
        self.seconds += seconds

    def pace(self, seconds: float) -> Pace:
        """A pace of so many seconds."""
        return Pace(timedelta(seconds=seconds), {}, clock=self.now, monotonic=lambda: self.seconds, sleep=self.sleep)

    def now(self) -> Any:
        """The moment."""
        return NOW + timedelta(seconds=self.seconds - 1000)


@contextmanager
def asking(routes: dict[str, Route], **pace: Any) -> Iterator[tuple[Server, Fetcher, Time]]:
    """A server, somebody who asks it, and the time in which that happens."""
    time = Time()
    with Server(routes) as server:
        settings = FetchSettings(allow=(server.address,), per_host=timedelta(0), **pace)
        made = Fetcher(settings, version="0", clock=time.now, monotonic=lambda: time.seconds, sleep=time.sleep)
        with made as fetcher:
            yield server, fetcher, time


def refused(fetcher: Fetcher, url: str, **more: Any) -> CollectError:
    """The error of an asking that fails."""
    with pytest.raises(CollectError) as found:
        fetcher.fetch(url, **more)
    return found.value


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=429, headers={"Retry-After": "600"}),
        Reply(status=503, headers={"Retry-After": "600"}),
        Reply(status=429, headers={"X-RateLimit-Reset": (NOW + timedelta(minutes=10)).isoformat()}),
        Reply(status=429, headers={"x-rate-limit-reset": str(int((NOW + timedelta(minutes=10)).timestamp()))}),
    ],
)
def test_a_server_that_wants_time_is_asked_by_nobody(reply: Reply) -> None:
    """Other pages of it, with other tokens: told at once and not sent; after its time it is asked again."""
    with asking({"/a": reply, "/b": "ja"}) as (server, fetcher, time):
        refused(fetcher, server.url("/a"))
        told = refused(fetcher, server.url("/b"), token="annan")
        assert (told.key, told.retry_at) == ("server_waits", NOW + timedelta(minutes=10))
        assert (len(server.requests), time.slept) == (1, [])
        time.seconds += 601
        assert fetcher.fetch(server.url("/b")).body == b"ja"


def test_a_moment_is_waited() -> None:
    """Two seconds are no reason to come back later."""
    with asking({"/a": Reply(status=429, headers={"Retry-After": "2"}), "/b": "ja"}) as (server, fetcher, time):
        refused(fetcher, server.url("/a"))
        assert fetcher.fetch(server.url("/b")).body == b"ja"
    assert time.slept == [2]


@pytest.mark.parametrize("status", [400, 403, 500])
def test_other_refusals_hold_up_nobody(status: int) -> None:
    """Only who says that it was asked too often, or cannot serve just now, is left alone by all."""
    reply = Reply(status=status, headers={"Retry-After": "600"})
    with asking({"/a": reply, "/b": "ja"}) as (server, fetcher, _):
        refused(fetcher, server.url("/a"))
        assert fetcher.fetch(server.url("/b")).body == b"ja"


def test_an_allowance_that_is_used_up_is_not_tried() -> None:
    """The last good answer says that nothing is left: the next asking waits for the renewal, an hour at most."""
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": (NOW + timedelta(minutes=5)).isoformat()}
    far = {"ratelimit-remaining": "0", "ratelimit-reset": "999999"}
    some = {"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": (NOW + timedelta(minutes=5)).isoformat()}
    for headers, until in ((spent, timedelta(minutes=5)), (far, timedelta(hours=1)), (some, None)):
        with asking({"/": Reply(body="ja", headers=headers)}) as (server, fetcher, _):
            fetcher.fetch(server.url("/"))
            if until is None:
                fetcher.fetch(server.url("/"))
            else:
                assert refused(fetcher, server.url("/")).retry_at == NOW + until


def test_one_server_of_a_machine_does_not_speak_for_another() -> None:
    """The port belongs to the word."""
    with (
        asking({"*": Reply(status=429, headers={"Retry-After": "600"})}) as (busy, fetcher, _),
        Server({"/": "ja"}) as other,
        Fetcher(FetchSettings(allow=(busy.address, other.address)), version="0", clock=lambda: NOW) as both,
    ):
        refused(both, busy.url("/"))
        assert both.fetch(other.url("/")).body == b"ja"
        assert fetcher is not both


def test_one_credential_has_one_pace_on_all_hosts() -> None:
    """Two sources that share a token take turns, though they ask different hosts; another token has its own turn."""
    time = Time()
    pace = time.pace(10)
    pace.wait("a.example", credential="hemlig")
    pace.wait("b.example", credential="hemlig")
    assert time.slept == [10]
    pace.wait("c.example", credential="annan")
    pace.wait("d.example")
    assert time.slept == [10]


def test_a_token_is_kept_nowhere() -> None:
    """Whoever sees the inside of the pace learns no token, nor a hash that another process could make."""
    time = Time()
    one, two = time.pace(10), time.pace(10)
    for pace in (one, two):
        pace.wait("a.example", credential="hemlig")
    assert "hemlig" not in repr([vars(one), vars(two)])
    assert set(one._free_at) & set(two._free_at) == {"a.example"}


def test_a_longer_word_stands() -> None:
    """A host that asked for an hour and then for a minute is left alone for the hour."""
    time = Time()
    pace = time.pace(0)
    pace.heed("a.example", NOW + timedelta(hours=1))
    pace.heed("a.example", NOW + timedelta(minutes=1))
    with pytest.raises(CollectError) as told:
        pace.wait("a.example", place="A.example")
    assert told.value.retry_at == NOW + timedelta(hours=1)
