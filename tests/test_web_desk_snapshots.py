"""Measuring points at the desk: looked at, frozen, checked, compared, published, withdrawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from campaign.figures import Status
from campaign.records import Role
from conftest import NOW
from desk import Running, fields, running
from frozen import PLAN, STRATEGY, frozen, lay
from storage.analyses import write_analysis
from storage.snapshots import get_snapshot, snapshots
from storage.store import Store
from storage.trail import trail

LIST = f"/desk/strategy/{PLAN}/snapshots"


@pytest.fixture
def site(store: Store) -> Iterator[Running]:
    """A desk with a strategy of two goals."""
    lay(store)
    with running(store) as made:
        yield made


def seen(page: str) -> str:
    """What the form says was looked at."""
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def asked(page: str, **more: str) -> dict[str, str]:
    """The form of a new measuring point, filled in."""
    given = {"kind": "baseline", "title": "", "as_of": NOW.date().isoformat(), "text": "", "press": "look"}
    return {"token": fields(page, "/snapshots#new")["token"]} | given | more


def test_what_will_be_frozen_is_looked_at_before_it_is(site: Running) -> None:
    """The first press freezes nothing and tells how much there is, and which goals lack something; the second does."""
    client = site.client()
    page = client.get(LIST).text
    looked = client.post(LIST, data=asked(page, press="freeze"))
    assert "2 mål, 23 mätvärden, 2 berättelser, 1 bedömning" in looked.text
    assert "1 mål saknar bedömning: 2.1" in looked.text
    assert snapshots(site.store, PLAN) == []
    client.post(LIST, data=asked(page, press="freeze", seen=seen(looked.text)))
    (made,) = snapshots(site.store, PLAN)
    assert (made.title, made.who, made.published_at) == ("Nollmätning 2026", "editor", None)


def test_what_changed_since_the_look_is_looked_at_again(site: Running) -> None:
    """An analysis written between the look and the press is told, and nothing is frozen unseen."""
    client = site.client()
    page = client.get(LIST).text
    looked = seen(client.post(LIST, data=asked(page)).text)
    goal = next(each for each in lay_ids(site.store).items() if each[0] == "2.1")[1]
    write_analysis(site.store, goal, status=Status.MISSED, text="", by=actor(site), now=NOW)
    answer = client.post(LIST, data=asked(page, press="freeze", seen=looked))
    assert "Något har ändrats sedan du såg efter" in answer.text
    assert snapshots(site.store, PLAN) == []


def lay_ids(store: Store) -> dict[str, int]:
    """The nodes by code."""
    from frozen import ids

    return ids(store)


def actor(site: Running):  # type: ignore[no-untyped-def]
    """Somebody else at the desk."""
    from storage.store import Actor

    return Actor(kind="person", account_id=site.person(Role.ADMINISTRATOR).id)


@pytest.mark.parametrize("day", ["2026-11-21", "igår", "", "0001-01-01"])
def test_a_day_that_cannot_be_is_told_beside_its_field(site: Running, day: str) -> None:
    """A day to come or none at all freezes nothing, and what was typed stands."""
    client = site.client()
    page = client.get(LIST).text
    answer = client.post(LIST, data=asked(page, as_of=day, title="Mitt namn", kind="final"))
    assert answer.status_code == 422
    assert "Välj en dag till och med idag." in answer.text
    assert 'value="Mitt namn"' in answer.text
    assert re.search(r'value="final" checked', answer.text)


def test_nothing_is_published_before_its_page_was_seen(site: Running) -> None:
    """A press without what the preview hands on is refused; from the preview it publishes."""
    made, client = frozen(site.store), site.client()
    address = f"/desk/snapshots/{made.id}"
    token = fields(client.get(address).text, address)["token"]
    refused = client.post(address, data={"token": token, "press": "publish"})
    assert refused.status_code == 422
    assert get_snapshot(site.store, made.id).published_at is None
    preview = client.get(f"{address}/preview")
    assert "Så här ser läsarna sidan" in preview.text
    client.post(address, data=fields(preview.text, address) | {"press": "publish"})
    assert get_snapshot(site.store, made.id).is_public
    assert site.client(None).get(f"/followup/{made.id}").status_code == 200


def test_taken_back_it_is_gone_for_readers_at_once(site: Running) -> None:
    """What was public answers 404 the moment it is taken back, and the trail names who did both."""
    made, client = frozen(site.store), site.client()
    address = f"/desk/snapshots/{made.id}"
    client.post(address, data=fields(client.get(f"{address}/preview").text, address) | {"press": "publish"})
    assert site.client(None).get(f"/followup/{made.id}").status_code == 200
    client.post(address, data=fields(client.get(address).text, address) | {"press": "unpublish"})
    assert site.client(None).get(f"/followup/{made.id}").status_code == 404
    actions = [each.action for each in trail(site.store, campaign="hallandvaxer") if "snapshot" in each.action]
    assert actions == ["snapshot_unpublish", "snapshot_publish", "snapshot_freeze"]


def test_withdrawing_asks_for_a_reason_that_is_kept(site: Running) -> None:
    """Without a reason nothing is withdrawn; with one it stands in the trail and no publishing is offered."""
    made, client = frozen(site.store), site.client()
    address = f"/desk/snapshots/{made.id}"
    token = fields(client.get(address).text, address)["token"]
    assert client.post(address, data={"token": token, "press": "withdraw", "reason": " "}).status_code == 422
    client.post(address, data={"token": token, "press": "withdraw", "reason": "Fel år i kalkylbladet"})
    assert get_snapshot(site.store, made.id).withdrawn_at is not None
    assert trail(site.store, campaign="hallandvaxer")[0].reason == "Fel år i kalkylbladet"
    assert "Titta och publicera" not in client.get(address).text


def test_the_check_says_that_all_is_whole(site: Running) -> None:
    """The list answers on demand whether a measuring point is what was frozen."""
    made = frozen(site.store)
    page = site.client().get(f"{LIST}?check={made.id}").text
    assert "Allt stämmer" in page
    assert made.hash[:10] in page


def test_two_chosen_points_are_compared(site: Running) -> None:
    """The two boxes lead to a page that tells the change; the same point twice is told kindly."""
    first = frozen(site.store, as_of=(NOW - timedelta(days=800)).date())
    second = frozen(site.store, title="Halvtidsmätning")
    client = site.client()
    client.follow_redirects = True
    page = client.get(LIST, params={"earlier": first.id, "later": second.id})
    assert page.url.path == f"/desk/snapshots/{second.id}/compare"
    assert "+0,3 procentenheter" in page.text
    assert "åt rätt håll" in page.text
    now = client.get(LIST, params={"earlier": first.id, "later": "now"})
    assert "Läget nu är inte fryst" in now.text
    same = client.get(LIST, params={"earlier": first.id, "later": first.id})
    assert same.status_code == 422
    assert "samma mätpunkt två gånger" in same.text


def test_points_the_wrong_way_round_are_told(site: Running) -> None:
    """Comparing a later day with an earlier one as the later says what to do instead of failing."""
    first = frozen(site.store, as_of=(NOW - timedelta(days=800)).date())
    second = frozen(site.store, title="Halvtidsmätning")
    page = site.client().get(f"/desk/snapshots/{first.id}/compare?earlier={second.id}")
    assert page.status_code == 422
    assert "Byt plats på dem." in page.text


def test_a_reader_sees_and_changes_nothing(site: Running) -> None:
    """Somebody who may read sees the points without any press to freeze, publish or withdraw."""
    made, client = frozen(site.store), site.client(Role.READER)
    assert "Frys en mätpunkt" not in client.get(LIST).text
    page = client.get(f"/desk/snapshots/{made.id}").text
    assert "press" not in page
    assert client.post(LIST, data={"press": "look"}).status_code == 403


def test_hostile_words_are_only_words(site: Running) -> None:
    """Markup in a goal's title and in a comment is shown as text on every page of a measuring point."""
    from storage.strategy import save_strategy

    nodes = tuple(
        replace(each, title="<script>alert(1)</script>") if each.code == "1.1" else each for each in STRATEGY.nodes
    )
    save_strategy(site.store, "hallandvaxer", replace(STRATEGY, nodes=nodes), origin="desk", by=actor(site), now=NOW)
    made, client = frozen(site.store, title="<img src=x onerror=alert(1)>"), site.client()
    for path in (LIST, f"/desk/snapshots/{made.id}", f"/desk/snapshots/{made.id}/preview"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
