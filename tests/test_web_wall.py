"""What stands on the wall, who may pin a message there, and how cheaply it is asked whether anything changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import account, approved
from campaign.errors import InputError
from campaign.records import Role
from conftest import HALLAND, NOW
from desk import Running, fields, running
from storage.decisions import Action, decide
from storage.store import Actor, Store, public_revision, sync_campaigns
from storage.trail import trail
from storage.wall import MESSAGE_MAX, lately_approved, set_wall_message, take_down_wall_message, wall_message
from web.qr import qr_code


def person(store: Store) -> Actor:
    """Somebody at the desk."""
    return Actor(kind="person", account_id=account(store))


def stories(page: str) -> list[int]:
    """The stories on a wall, in its order."""
    return [int(each) for each in re.findall(r'data-story="(\d+)"', page)]


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A site without stories."""
    with running(sqlite_store) as made:
        yield made


# --- storage ---------------------------------------------------------------------------------------------


def test_a_message_stands_until_its_time_or_a_person_ends_it(store: Store) -> None:
    """Each message and each taking down is told in the trail, with its words."""
    by = person(store)
    set_wall_message(store, "hallandvaxer", " Lunch\nkl 12 ", until=NOW + timedelta(hours=1), by=by, now=NOW)
    found = wall_message(store, "hallandvaxer", now=NOW)
    assert found is not None
    assert (found.text, found.who) == ("Lunch kl 12", "Anna")
    assert wall_message(store, "hallandvaxer", now=NOW + timedelta(hours=1)) is None
    set_wall_message(store, "hallandvaxer", "Tack!", until=None, by=by, now=NOW)
    take_down_wall_message(store, "hallandvaxer", by=by, now=NOW)
    take_down_wall_message(store, "hallandvaxer", by=by, now=NOW)
    assert wall_message(store, "hallandvaxer", now=NOW) is None
    told = [(each.action, each.reason) for each in trail(store, campaign="hallandvaxer")]
    assert told == [("wall_message_down", ""), ("wall_message", "Tack!"), ("wall_message", "Lunch kl 12")]


def test_a_message_is_news_to_every_wall_and_a_press_counts_once(store: Store) -> None:
    """The public number rises with it; the same press sent again changes nothing."""
    before = public_revision(store)
    for words in ("Välkomna", "Något annat"):
        set_wall_message(store, "hallandvaxer", words, until=None, by=person(store), now=NOW, press="a" * 32)
    assert public_revision(store) == before + 1
    found = wall_message(store, "hallandvaxer", now=NOW)
    assert found is not None
    assert found.text == "Välkomna"


@pytest.mark.parametrize(
    ("text", "until", "key"),
    [
        (" \n ", None, "wall_message_empty"),
        ("x" * (MESSAGE_MAX + 1), None, "wall_message_long"),
        ("Hej", NOW, "wall_until_past"),
    ],
)
def test_what_cannot_stand_on_a_wall_is_refused(store: Store, text: str, until: object, key: str) -> None:
    """Nothing, too much, and what is over already."""
    with pytest.raises(InputError) as refused:
        set_wall_message(store, "hallandvaxer", text, until=until, by=person(store), now=NOW)  # type: ignore[arg-type]
    assert refused.value.key == key
    assert trail(store, campaign="hallandvaxer") == []


def test_each_campaign_has_its_own_message(store: Store) -> None:
    """What one campaign pins stands on no other's wall."""
    sync_campaigns(store, [HALLAND, replace(HALLAND, id="blekinge")], NOW)
    set_wall_message(store, "blekinge", "Bara här", until=None, by=person(store), now=NOW)
    assert wall_message(store, "hallandvaxer", now=NOW) is None


def test_old_posts_that_were_approved_of_late_are_found(store: Store) -> None:
    """By when they were approved, the last one first; hidden ones are not."""
    first = approved(store, at=NOW, published_at=NOW - timedelta(days=800))
    second = approved(store, at=NOW + timedelta(minutes=2), published_at=NOW - timedelta(days=900))
    hidden = approved(store, at=NOW + timedelta(minutes=3))
    decide(store, hidden.id, Action.HIDE, by=person(store), now=NOW)
    found = lately_approved(store, "hallandvaxer", since=NOW - timedelta(hours=1), limit=5)
    assert found == [second.lead.sort_key, first.lead.sort_key]
    assert lately_approved(store, "hallandvaxer", since=NOW + timedelta(hours=1), limit=5) == []


# --- the page --------------------------------------------------------------------------------------------


def test_the_wall_shows_what_its_address_asks(site: Running, sqlite_store: Store) -> None:
    """Newest first, narrowed by the archive's query string."""
    for number, word in enumerate(("cykel", "buss", "cykel")):
        approved(sqlite_store, text=f"En {word}. #hallandväxer", html="", published_at=NOW - timedelta(days=number + 1))
    client = site.client(None)
    assert stories(client.get("/wall").text) == [1, 2, 3]
    assert stories(client.get("/wall?q=cykel").text) == [1, 3]
    assert stories(client.get("/wall?network=feed").text) == []


def test_nothing_with_a_warning_comes_before_a_room(site: Running, sqlite_store: Store) -> None:
    """What its author warns of, or marks as sensitive, is left to those who choose to read it."""
    approved(sqlite_store, warning="Sjukdom", text="Om en sjukdom. #hallandväxer", html="")
    approved(sqlite_store, sensitive=True)
    plain = approved(sqlite_store)
    page = site.client(None).get("/wall").text
    assert stories(page) == [plain.id]
    assert "jukdom" not in page


def test_the_pulse_rises_with_what_readers_see(site: Running, sqlite_store: Store) -> None:
    """It tells one number, keeps nothing, and is another after every public change."""
    client = site.client(None)
    first = client.get("/wall/pulse")
    assert first.json() == client.get("/wall/pulse").json()
    assert first.headers["cache-control"] == "no-store"
    assert "set-cookie" not in first.headers
    made = approved(sqlite_store)
    second = client.get("/wall/pulse").json()["revision"]
    assert second > first.json()["revision"]
    decide(sqlite_store, made.id, Action.HIDE, by=person(sqlite_store), now=NOW)
    assert client.get("/wall/pulse").json()["revision"] > second


def test_the_code_leads_to_the_campaign() -> None:
    """Every dark square of the drawn path is one of the code, with white around it."""
    import segno

    made, code = segno.make_qr("https://hallandvaxer.se/", error="q", boost_error=False), None
    code = qr_code("https://hallandvaxer.se/")
    dark = set()
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", code.path):
        dark |= {(int(x) + step, int(y)) for step in range(int(width))}
    wanted = {(x + 4, y + 4) for y, row in enumerate(made.matrix) for x, square in enumerate(row) if square}
    assert dark == wanted
    assert code.size == len(made.matrix) + 8


# --- the desk --------------------------------------------------------------------------------------------


def test_an_editor_pins_a_message_and_takes_it_down(site: Running, sqlite_store: Store) -> None:
    """The page shows what stands there, and who wrote what in the trail; the wall has it at once."""
    client = site.client(Role.EDITOR)
    form = fields(client.get("/desk/wall").text, "/desk/wall")
    done = client.post(
        "/desk/wall", data=form | {"message": "Fika i foajén", "until": "2026-11-20T15:30", "press": "show"}
    )
    assert done.status_code == 303
    page = client.get(done.headers["location"]).text
    assert "till " in page
    assert "skrev ett meddelande på väggen" in page
    assert "Fika i foajén" in site.client(None).get("/wall").text
    client.post("/desk/wall", data=form | {"press": "down"})
    assert "Fika i foajén" not in site.client(None).get("/wall").text


@pytest.mark.parametrize(
    ("until", "words"), [("i morgon", "gick inte att förstå"), ("2026-11-20T11:00", "redan varit")]
)
def test_a_time_that_cannot_be_is_told_beside_its_field(site: Running, until: str, words: str) -> None:
    """What was written stays in the form, and nothing is shown."""
    client = site.client(Role.EDITOR)
    form = fields(client.get("/desk/wall").text, "/desk/wall")
    answer = client.post("/desk/wall", data=form | {"message": "Fika", "until": until, "press": "show"})
    assert answer.status_code == 422
    assert words in answer.text
    assert ">Fika</textarea>" in answer.text.replace("\n", "")
    assert wall_message(site.store, "hallandvaxer", now=NOW) is None


def test_who_may_only_review_pins_nothing(site: Running) -> None:
    """A reviewer sees the page without its form, and is refused where it is sent all the same."""
    client = site.client(Role.REVIEWER)
    page = client.get("/desk/wall")
    assert page.status_code == 200
    assert 'name="message"' not in page.text
    token = fields(client.get("/desk").text, "/desk/logout")["token"]
    assert client.post("/desk/wall", data={"token": token, "message": "Hej", "press": "show"}).status_code == 403
