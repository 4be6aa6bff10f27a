"""Sources at the desk: those that need somebody, everything about one, asking and trying it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

import desk
from builders import approved
from campaign.errors import CollectError
from campaign.kinds import KINDS
from campaign.language import Language
from campaign.records import Role
from conftest import NOW
from desk import Running, fields, running
from storage import schema
from storage.sources import claim_source, finish_run, sync_sources
from storage.store import Store
from storage.tasks import end_task, take_task

SWEDISH = Language("sv", ZoneInfo("Europe/Stockholm"))


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The web of a store whose one source is known and was never asked."""
    with running(sqlite_store) as found:
        sync_sources(sqlite_store, found.settings, now=NOW)
        yield found


def ran(site: Running, error: CollectError | None = None, name: str = "nyheter") -> None:
    """Let a run of the source end well, or with an error."""
    claim = claim_source(site.store, name, now=NOW)
    assert claim is not None
    finish_run(
        site.store,
        claim,
        status="failed" if error else "ok",
        next_attempt_at=NOW + timedelta(hours=1),
        now=NOW,
        error=error,
    )


def knows(site: Running, **values: object) -> None:
    """Write what a network said of the source."""
    with site.store.write() as connection:
        connection.execute(update(schema.source).where(schema.source.c.id == "nyheter").values(values))


def test_a_source_that_fails_stands_first_in_words_with_what_to_do(site: Running) -> None:
    """What happened, whether waiting helps and what to do next, without the error's name."""
    ran(site, CollectError("http_not_found", host="www.example.se", status=404))
    page = site.client().get("/desk/sources").text
    assert "1 källa behöver någon" in page
    assert "http_not_found" not in page
    assert SWEDISH.explain(CollectError("http_not_found", host="www.example.se", status=404)).do in page


def test_a_token_that_ends_soon_is_told_of_in_time(site: Running) -> None:
    """Ten days ahead the source needs somebody; forty days ahead it does not."""
    ran(site)
    knows(site, token_expires_at=NOW + timedelta(days=40))
    assert "Nyckeln går ut om" not in site.client().get("/desk/sources").text
    knows(site, token_expires_at=NOW + timedelta(days=10, hours=1))
    assert "Nyckeln går ut om 10 dagar" in site.client().get("/desk/sources").text


def test_a_token_that_ends_today_or_has_ended_is_not_told_in_days(site: Running) -> None:
    """On its last day a token ends within a day, and afterwards it has ended: nothing ends in 0 days."""
    for left, words in (
        (timedelta(hours=3), "Nyckeln går ut inom ett dygn"),
        (-timedelta(days=3), "Nyckeln har gått ut"),
    ):
        knows(site, token_expires_at=NOW + left)
        page = site.client().get("/desk/sources").text
        assert words in page
        assert "0 dagar" not in page


def test_its_page_tells_allowance_past_and_history(site: Running) -> None:
    """What is left of the allowance, how far back the past is read, and the last runs."""
    ran(site)
    knows(
        site,
        quotas=[{"name": "x_posts", "used": 120, "limit": 500, "resets_at": None}],
        filled={
            "reached": (NOW - timedelta(days=15)).isoformat(),
            "goal": (NOW - timedelta(days=30)).isoformat(),
            "done": False,
        },
    )
    page = site.client().get("/desk/sources/nyheter").text
    assert "120 av 500" in page
    assert '<progress value="50" max="100"' in page
    assert "hämtad" in page


def test_asking_a_source_is_queued_and_its_end_is_told(site: Running) -> None:
    """The press leads to the source's page, which shows the work going on, and then what came of it."""
    client = site.client()
    page = client.get("/desk/sources/nyheter").text
    answer = client.post("/desk/sources/nyheter/collect", data=fields(page, "/desk/sources/nyheter/collect"))
    task = take_task(site.store, now=NOW)
    assert task is not None
    assert (task.kind, task.payload) == ("collect", {"source": "nyheter"})
    assert "Källan frågas nu." in client.get(answer.headers["location"]).text
    result = {"source": "nyheter", "status": "ok", "new": 3, "revised": 1, "error": None}
    end_task(site.store, task.id, now=NOW, result={"results": [result]})
    assert "3 nya och 1 ändrade" in client.get(f"/desk/sources/nyheter?task={task.id}").text


def test_trying_shows_the_verdict_on_each_and_foreign_text_as_text(site: Running) -> None:
    """What would be kept and what would be passed over stand with their reasons; a script is words."""
    client = site.client()
    page = client.get("/desk/sources/nyheter").text
    client.post("/desk/sources/nyheter/try", data=fields(page, "/desk/sources/nyheter/try"))
    task = take_task(site.store, now=NOW)
    assert task is not None
    entry = {
        "verdict": "skip",
        "why": "saknar kampanjens hashtag",
        "author": "Åsa",
        "at": "",
        "text": "<script>x</script>",
    }
    end_task(site.store, task.id, now=NOW, result={"error": None, "entries": [entry]})
    page = client.get(f"/desk/sources/nyheter?task={task.id}").text
    assert "Hoppas över" in page
    assert "saknar kampanjens hashtag" in page
    assert "&lt;script&gt;" in page


def test_a_task_that_failed_is_told_in_words(site: Running) -> None:
    """An error of the task itself stands on the page with what to do."""
    client = site.client()
    page = client.get("/desk/sources/nyheter").text
    client.post("/desk/sources/nyheter/try", data=fields(page, "/desk/sources/nyheter/try"))
    task = take_task(site.store, now=NOW)
    assert task is not None
    end_task(site.store, task.id, now=NOW, error=CollectError("timed_out", host="www.example.se", seconds=30))
    told = SWEDISH.explain(CollectError("timed_out", host="www.example.se", seconds=30))
    assert told.what in client.get(f"/desk/sources/nyheter?task={task.id}").text


@pytest.mark.parametrize("task", ["7", "x", "9" * 30, "-1"])
def test_a_task_that_is_not_there_changes_nothing(site: Running, task: str) -> None:
    """An address with somebody's odd number shows the source as it is."""
    assert site.client().get(f"/desk/sources/nyheter?task={task}").status_code == 200


def test_a_source_that_is_not_there_is_said(site: Running) -> None:
    """An unknown source is a page of its own kind, not a crash."""
    assert site.client().get("/desk/sources/saknas").status_code == 404


def test_a_reader_sees_and_does_not_press(site: Running) -> None:
    """Who may only read gets no buttons."""
    page = site.client(Role.READER).get("/desk/sources/nyheter").text
    assert "/collect" not in page


def test_the_truth_table_tells_every_channel(site: Running) -> None:
    """The page names each channel, which of them are in use, and what cannot be had."""
    page = site.client().get("/desk/channels").text
    assert page.count('class="channel"') == len(KINDS)
    assert page.count("1 källa") == 2  # in the table, and where the channel is told of
    assert "LinkedIn" in page


def test_a_trouble_that_many_share_is_told_once(sqlite_store: Store) -> None:
    """With the network down, three sources that cannot be reached are one notice with their names."""
    one = desk.settings().sources["nyheter"]
    many = {name: replace(one, id=name, name=name.capitalize()) for name in ("nyheter", "halmstad", "laholm")}
    with running(sqlite_store, sources=many) as site:
        sync_sources(sqlite_store, site.settings, now=NOW)
        for name in many:
            ran(site, CollectError("connect_failed", host="www.exempel.se"), name)
        page = site.client().get("/desk/sources").text
    assert page.count(SWEDISH.explain(CollectError("connect_failed", host="www.exempel.se")).what) == 1
    assert all(name.capitalize() in page for name in many)


def test_what_a_source_says_is_gone_needs_somebody(site: Running) -> None:
    """How many posts, since when, what will happen and which they are; every step in words, on list and page."""
    ran(site)
    story = approved(site.store, text="Fiskmåsen har flyttat till <b>Laholm</b>")
    client = site.client()
    assert "behöver någon" not in client.get("/desk/sources").text
    with site.store.write() as connection:
        told = {"source_id": "nyheter", "doubted_at": NOW - timedelta(days=1), "doubts": 2}
        connection.execute(update(schema.post).values(told))
    page = client.get("/desk/sources").text
    assert "1 källa behöver någon" in page
    assert "1 publicerat inlägg finns inte kvar, enligt källan" in page
    page = client.get("/desk/sources/nyheter").text
    assert SWEDISH.moment(NOW - timedelta(days=1)) in page
    assert "säger källan samma sak i tre dygn döljs de" in page
    assert f'href="/desk/stories/{story.id}"' in page
    assert "&lt;b&gt;Laholm" in page
