from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from builders import candidate, ingest, newest, story
from campaign.records import Role
from conftest import NOW
from desk import Running, running
from storage.decisions import Action, decide
from storage.store import Actor, Store


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk that answers."""
    with running(sqlite_store) as found:
        yield found


def pulse(client: httpx.Client, *, back: str = "/desk", **form: Any) -> dict[str, Any]:
    """Ask as an open page does."""
    token = client.get("/desk/pulse").json()["token"]
    answer = client.post("/desk/pulse", data={"token": token, "back": back, **form})
    assert answer.status_code == 200
    return dict(answer.json())


def shown(site: Running) -> str:
    return ",".join(f"{story.id}:{story.changes}" for story in newest(site.store))


def test_a_colleague_is_told_which_card_is_open_until_it_is_not_renewed(site: Running) -> None:
    """The other person reads a sentence with the name, the first does not, and after fifteen seconds nobody."""
    made = story(site.store)
    mine, theirs = site.client(Role.EDITOR), site.client(Role.REVIEWER)
    assert pulse(mine, story=made.id, shown=shown(site))["looking"] == {}
    assert pulse(theirs, shown=shown(site))["looking"] == {str(made.id): "editor tittar på den här"}
    site.now = NOW + timedelta(seconds=16)
    assert pulse(theirs, shown=shown(site))["looking"] == {}


def test_what_others_decided_is_told_with_who_and_how_the_card_is_now(site: Running) -> None:
    """A story that left the pile comes without a card, one that is still there with it, both with who did what."""
    one, two = story(site.store), story(site.store)
    client = site.client(Role.EDITOR)
    before = shown(site)
    since = pulse(client, shown=before)["since"]
    by = Actor(kind="person", account_id=site.person(Role.REVIEWER).id)
    decide(site.store, one.id, Action.APPROVE, by=by, now=NOW)
    decide(site.store, two.id, Action.FEATURE, by=by, now=NOW)
    told = {each["id"]: each for each in pulse(client, shown=before, since=since)["changed"]}
    assert (told[one.id]["said"], told[one.id]["card"]) == ("reviewer har godkänt den här.", "")
    assert told[two.id]["said"] == "reviewer har lyft fram den här."
    assert f'id="story-{two.id}"' in told[two.id]["card"]
    assert pulse(client, shown=shown(site), since=since)["changed"] == []


def test_a_new_text_from_the_network_is_told_without_a_name(site: Running) -> None:
    """The author edited the post: the page is told that it changed, and nobody of the desk is blamed."""
    first = candidate(text="Som det var #hallandväxer")
    ingest(site.store, first)
    client, before = site.client(), shown(site)
    edited = candidate(identity=first.identity, published_at=first.published_at, text="Som det blev #hallandväxer")
    ingest(site.store, edited)
    told = pulse(client, shown=before, since=0)["changed"]
    assert [each["said"] for each in told] == ["Den här har ändrats sedan den visades."]


def test_what_comes_in_is_told_as_the_filters_want_it(site: Running) -> None:
    """A new story stands in the answer with its card; one that the filters leave out does not."""
    client = site.client()
    old = story(site.store, text="Cykelvägen i Skogaby #hallandväxer")
    before = shown(site)
    made = story(site.store, text="Badplatsen i Laholm #hallandväxer", published_at=NOW)
    told = pulse(client, shown=before)
    assert [each["id"] for each in told["new"]] == [made.id]
    assert f'id="story-{made.id}"' in told["new"][0]["card"]
    assert pulse(client, shown=f"{old.id}:0", back="/desk?words=skogaby")["new"] == []


def test_a_page_that_goes_on_is_not_told_what_its_next_page_has(site: Running) -> None:
    """Of forty stories the first page shows twenty: the other twenty are not new to it."""
    ingest(site.store, *(candidate() for _ in range(40)))
    first = newest(site.store)[:20]
    before = f"0.{first[-1].sort_key}"
    numbers = ",".join(f"{story.id}:{story.changes}" for story in first)
    assert pulse(site.client(), shown=numbers, more="yes", before=before)["new"] == []


def test_the_counts_follow(site: Running) -> None:
    """The tabs and the number beside the queue's name come with every answer."""
    client = site.client()
    story(site.store)
    around = pulse(client, shown="")["around"]
    assert 'id="nav-desk"' in around
    assert 'id="piles"' in around


def test_a_pulse_asks_the_database_as_often_for_many_cards_as_for_few(site: Running) -> None:
    """Forty cards on the page cost no more questions than four."""
    client = site.client()
    token = client.get("/desk/pulse").json()["token"]

    def questions() -> int:
        asked: list[str] = []

        def note(*details: Any) -> None:
            asked.extend([details[2]] if details[2] != "BEGIN" else [])

        form = {"token": token, "back": "/desk", "shown": shown(site), "since": "0"}
        event.listen(site.store.engine, "before_cursor_execute", note)
        assert client.post("/desk/pulse", data=form).status_code == 200
        event.remove(site.store.engine, "before_cursor_execute", note)
        return len(asked)

    ingest(site.store, *(candidate() for _ in range(4)))
    few = questions()
    ingest(site.store, *(candidate() for _ in range(36)))
    assert questions() == few
    assert few <= 20


def test_nonsense_in_a_pulse_is_no_error(site: Running) -> None:
    """What cannot be read narrows nothing and breaks nothing."""
    story(site.store)
    assert pulse(site.client(), shown="a:b,,1", story="-4", since="x", before="..", more="?")["changed"] == []


def test_a_pulse_without_a_login_or_a_token_is_refused(site: Running) -> None:
    """Nobody learns who looks at what without being let in."""
    script = {"HX-Request": "true"}
    outside = site.client(None).post("/desk/pulse", data={}, headers=script)
    assert "/desk/login" in outside.headers["HX-Redirect"]
    assert site.client().post("/desk/pulse", data={}).status_code == 403
