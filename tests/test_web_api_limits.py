"""How much may be asked of the API: an address's minute, a token's own, and what a token is let to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from builders import account, approved
from campaign.settings import ApiSettings, LoginSettings
from conftest import NOW
from storage.people import disable
from storage.store import Store
from storage.tokens import end_token, list_tokens, make_token
from web.api.limits import Limits
from website import Answer, Website, settings

#: An address of the public net; the server believes what a proxy on its own machine says.
READER, OTHER = "81.170.10.5", "81.170.10.6"


@dataclass
class Asking:
    """A site whose clock stands still until it is turned."""

    site: Website
    store: Store
    now: list[datetime] = field(default_factory=lambda: [NOW])

    def get(self, path: str = "/campaign", *, who: str = READER, token: str = "") -> Answer:
        """Ask as somebody."""
        headers = {"X-Forwarded-For": who} | ({"Authorization": f"Bearer {token}"} if token else {})
        return self.site.get(f"/api/v1{path}", **headers)


@pytest.fixture
def asking(store: Store, tmp_path: Path) -> Iterator[Asking]:
    """A site that takes three questions a minute from an address, five from a token."""
    now = [NOW]
    made = settings(tmp_path, api=ApiSettings(per_minute=3, per_minute_token=5))
    with Website(made, store, clock=lambda: now[0]) as site:
        yield Asking(site, store, now)


def test_an_address_has_its_minute(asking: Asking) -> None:
    """After so many questions comes 429 with when to ask again; others are not touched, and the next minute is new."""
    told = [asking.get() for _ in range(4)]
    assert [each.status for each in told] == [200, 200, 200, 429]
    assert [each.headers["x-ratelimit-remaining"] for each in told] == ["2", "1", "0", "0"]
    assert told[0].headers["ratelimit-policy"] == '"minute";q=3;w=60'
    assert told[3].headers["retry-after"] == "60"
    assert told[3].headers["content-type"] == "application/problem+json"
    assert told[3].headers["access-control-allow-origin"] == "*"
    assert json.loads(told[3].text)["status"] == 429
    assert asking.get(who=OTHER).status == 200
    asking.now[0] += timedelta(seconds=30)
    assert asking.get().headers["retry-after"] == "30"
    asking.now[0] += timedelta(seconds=30)
    assert asking.get().status == 200


def test_a_kept_answer_counts_as_any_other(asking: Asking) -> None:
    """What is answered from memory, or as not modified, is counted too."""
    tag = asking.get().headers["etag"]
    unchanged = asking.site.get("/api/v1/campaign", X_Forwarded_For=READER, If_None_Match=tag)
    assert (unchanged.status, unchanged.headers["x-ratelimit-remaining"]) == (304, "1")
    assert asking.get().headers["x-ratelimit-remaining"] == "0"


def test_pages_are_not_counted(asking: Asking) -> None:
    """Reading the archive's pages takes nothing from an address's minute."""
    for _ in range(5):
        assert asking.site.get("/archive", X_Forwarded_For=READER).status == 200
    assert asking.get().headers["x-ratelimit-remaining"] == "2"


def test_a_network_of_ipv6_has_one_minute(asking: Asking) -> None:
    """Somebody with a whole network of addresses has no more than one who has one."""
    told = [asking.get(who=f"2a00:801:1:2::{number}").status for number in range(1, 5)]
    assert told == [200, 200, 200, 429]


def test_nobody_is_counted_where_it_cannot_be_told_who_asks(asking: Asking) -> None:
    """Behind a proxy that the configuration does not name everybody would share one minute: nobody has any then."""
    for _ in range(5):
        answer = asking.get(who="10.0.0.7")
        assert (answer.status, "ratelimit" in answer.headers) == (200, False)


def test_behind_named_proxies_private_addresses_are_counted(sqlite_store: Store, tmp_path: Path) -> None:
    """Inside an organisation's net, with the proxy named, each machine has its own minute."""
    made = settings(tmp_path, api=ApiSettings(per_minute=1), login=LoginSettings(proxies=("10.0.0.1",)))
    with Website(made, sqlite_store, clock=lambda: NOW) as site:
        asking = Asking(site, sqlite_store)
        assert [asking.get(who=who).status for who in ("10.0.0.7", "10.0.0.7", "10.0.0.8")] == [200, 429, 200]


def test_a_token_has_a_minute_of_its_own_and_longer_answers(asking: Asking) -> None:
    """With a token more may be asked, and as many as a thousand at once; nothing more is told by it."""
    for _ in range(3):
        approved(asking.store)
    token, _ = make_token(asking.store, account(asking.store), name="", ends_at=None, now=NOW)
    told = [asking.get("/stories?limit=1000", token=token) for _ in range(6)]
    assert [each.status for each in told] == [200] * 5 + [429]
    assert told[0].headers["x-ratelimit-limit"] == "5"
    plain = asking.get("/stories?limit=100")
    assert json.loads(told[0].text) == json.loads(plain.text)
    assert asking.get("/stories?limit=1000").status == 422


def test_what_was_answered_to_a_token_is_not_answered_to_others(asking: Asking) -> None:
    """A long answer is made for who may have it, and kept for nobody."""
    token, _ = make_token(asking.store, account(asking.store), name="", ends_at=None, now=NOW)
    first = asking.get("/stories?limit=500", token=token)
    assert (first.status, first.headers["cache-control"]) == (200, "no-store")
    assert asking.get("/stories?limit=500").status == 422


@pytest.mark.parametrize("how", ["unknown", "taken back", "ended", "disabled", "basic"])
def test_a_token_that_does_not_hold_is_told(asking: Asking, how: str) -> None:
    """A token that is none, was taken back, has ended, or whose account is closed opens nothing, and says so."""
    owner = account(asking.store)
    token, row = make_token(asking.store, owner, name="", ends_at=NOW + timedelta(hours=1), now=NOW)
    assert asking.get(token=token).status == 200
    if how == "unknown":
        token = f"{token}x"
    elif how == "taken back":
        end_token(asking.store, row.id, now=NOW)
    elif how == "ended":
        asking.now[0] += timedelta(hours=1)
    elif how == "disabled":
        disable(asking.store, owner, now=NOW)
    if how == "basic":
        answer = asking.site.get("/api/v1/campaign", Authorization=f"Basic {token}", X_Forwarded_For=READER)
    else:
        answer = asking.get(token=token)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert json.loads(answer.text)["type"].endswith("#problem-token")


def test_guessing_tokens_uses_up_the_minute(asking: Asking) -> None:
    """Each wrong token counts as a question of the address that sent it."""
    told = [asking.get(token=f"skord_{number}").status for number in range(4)]
    assert told == [401, 401, 401, 429]


def test_the_use_of_a_token_is_noted_once_an_hour(asking: Asking) -> None:
    """Its owner sees when it was last used, without a write for every question."""
    token, row = make_token(asking.store, account(asking.store), name="", ends_at=None, now=NOW)
    asking.get(token=token)
    asking.now[0] += timedelta(minutes=59)
    asking.get(token=token)
    assert [each.used_at for each in list_tokens(asking.store)] == [NOW]
    asking.now[0] += timedelta(minutes=1)
    asking.get(token=token)
    assert [each.used_at for each in list_tokens(asking.store)] == [NOW + timedelta(hours=1)]
    assert row.used_at is None


def test_who_is_forgotten_began_first() -> None:
    """However many ask, only so many are remembered, and those who asked of late are."""
    limits = Limits()
    for number in range(20_001):
        limits.take(str(number), 2, NOW)
    assert limits.take("0", 2, NOW).left == 1
    assert limits.take("20000", 2, NOW).left == 0
