from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from builders import account, approved, candidate, ingest, newest, node, story
from campaign.records import Review, Role
from conftest import NOW
from desk import Running, browser_page, fields, running
from storage import bulk, schema
from storage.decisions import Action, decide
from storage.store import Actor, Store
from test_web_corrections import sent


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store, on a socket."""
    with running(sqlite_store) as found:
        yield found


def boxes(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(story-\d+)" value="([0-9a-f]+)" form="bulk-form"', page))


def asked(client: httpx.Client, look: str, press: str, **chosen: str) -> str:
    page = client.get(look).text
    ticked = chosen or boxes(page)
    answer = client.post(
        "/desk/bulk", data=fields(page, "/desk/bulk") | ticked | {"press": press}, follow_redirects=True
    )
    assert answer.status_code == 200
    return answer.text


def done(client: httpx.Client, page: str, press: str, **more: str) -> httpx.Response:
    name = re.search(r'action="(/desk/bulk/[0-9a-f]{32})"', page)
    assert name is not None
    return client.post(name[1], data=fields(page, name[1]) | {"press": press} | more, follow_redirects=True)


def reviews(store: Store) -> list[Review]:
    return [each.review for each in newest(store)]


def test_chosen_cards_are_asked_about_before_anything_is_done(site: Running) -> None:
    """The page says how many and shows the first; only its own button does it, and one undo takes all back."""
    for number in range(7):
        story(site.store, title=f"Nyhet {number}", published_at=NOW - timedelta(hours=number))
    client = site.client(Role.REVIEWER)
    page = asked(client, "/desk", "approve")
    assert "Godkänna 7 berättelser?" in page
    assert "Nyhet 0" in page
    assert "Nyhet 4" in page
    assert "och 2 till" in page
    assert set(reviews(site.store)) == {Review.NEW}
    result = done(client, page, "approve")
    assert "7 berättelser är godkända" in result.text
    assert set(reviews(site.store)) == {Review.APPROVED}
    name = re.search(r"/desk/bulk/[0-9a-f]{32}/undo", result.text)
    assert name is not None
    undone = client.post(name[0], data=fields(result.text, name[0]), follow_redirects=True)
    assert "7 berättelser står som förut" in undone.text
    assert set(reviews(site.store)) == {Review.NEW}


def test_all_of_a_look_are_taken_across_its_pages(site: Running) -> None:
    """With the box for all, what the filters show is meant: more than the page has, and nothing else."""
    ingest(site.store, *(candidate(network="bluesky") for _ in range(25)))
    other = story(site.store, network="feed")
    client = site.client(Role.REVIEWER)
    page = asked(client, "/desk?network=bluesky", "hide", all="1")
    assert "Dölja 25 berättelser?" in page
    done(client, page, "hide:advert")
    found = {each.id: each.review for each in newest(site.store)}
    assert found.pop(other.id) is Review.NEW
    assert set(found.values()) == {Review.HIDDEN}


def test_too_many_are_said_so_in_words(site: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says how many are taken at once and how many are left."""
    monkeypatch.setattr("web.desk.bulk.MOST", 3)
    for _ in range(5):
        story(site.store)
    page = asked(site.client(Role.REVIEWER), "/desk", "approve", all="1")
    assert "Högst 3 berättelser tas på en gång." in page
    assert "2 blir kvar" in page
    assert "Godkänna 3 berättelser?" in page


def test_what_somebody_else_decided_meanwhile_is_named_and_left(site: Running) -> None:
    """Between the question and the answer a colleague hides one: the result names it, and it stays hidden."""
    made = story(site.store, title="Kollegans berättelse")
    story(site.store)
    client = site.client(Role.REVIEWER)
    page = asked(client, "/desk", "approve")
    actor = Actor(kind="person", account_id=account(site.store))
    decide(site.store, made.id, Action.HIDE, by=actor, now=NOW)
    result = done(client, page, "approve").text
    assert "En berättelse är godkänd" in result
    assert "har ändrats sedan listan visades" in result
    assert "Kollegans berättelse" in result


def test_what_two_must_read_is_named_and_left(site: Running) -> None:
    """The question says which flagged stories an approval leaves out."""
    made = story(site.store, title="Barn på bild")
    story(site.store)
    with site.store.write() as connection:
        connection.execute(schema.story.update().where(schema.story.c.id == made.id).values(flags=["child"]))
    page = asked(site.client(Role.REVIEWER), "/desk", "approve")
    assert "Godkänna en berättelse?" in page
    assert "Barn på bild" in page
    assert "två personer ska läsa den" in page


def test_many_are_put_off_to_a_day_or_told_that_it_cannot_be(site: Running) -> None:
    """A day that is over is refused with the form as it was; a good one carries."""
    story(site.store)
    client = site.client(Role.REVIEWER)
    page = asked(client, "/desk", "later")
    refused = done(client, page, "later:day", until="2020-01-01")
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    done(client, refused.text, "later:day", until="2026-12-01")
    until = newest(site.store)[0].later_until
    assert until is not None
    assert until.date().isoformat() == "2026-12-01"


def test_many_are_attached_to_a_part_of_the_strategy(site: Running) -> None:
    """The question offers the strategy; without a choice nothing is done."""
    area = node(site.store)
    story(site.store)
    story(site.store)
    client = site.client(Role.REVIEWER)
    page = asked(client, "/desk", "attach")
    assert done(client, page, "attach", node="").status_code == 422
    result = done(client, page, "attach", node=str(area)).text
    assert "2 berättelser är kopplade till strategin" in result
    assert [len(each.nodes) for each in newest(site.store)] == [1, 1]


def test_without_a_choice_nothing_is_asked(site: Running) -> None:
    """The person is back at the queue and reads what to do."""
    story(site.store)
    client = site.client(Role.REVIEWER)
    page = client.get("/desk").text
    answer = client.post("/desk/bulk", data=fields(page, "/desk/bulk") | {"press": "approve"}, follow_redirects=True)
    assert "Ingen berättelse är vald." in answer.text


@pytest.mark.parametrize("marks", ["", "x", "1", "1.", "1.zzz", "~~~", "99.0123456789ab", "1.0123456789ab~" * 3])
def test_a_form_that_was_made_up_does_nothing(site: Running, marks: str) -> None:
    """Marks that no page has given change no story, and are no error."""
    story(site.store)
    client = site.client(Role.REVIEWER)
    page = asked(client, "/desk", "approve")
    assert done(client, page, "approve", marks=marks).status_code == 200
    assert reviews(site.store) == [Review.NEW]


def test_a_reader_chooses_nothing(site: Running) -> None:
    """No boxes, no form, and a refusal where one is sent."""
    story(site.store)
    client = site.client(Role.READER)
    page = client.get("/desk").text
    assert not boxes(page)
    assert "bulk-form" not in page


def test_a_mark_is_as_long_as_its_form_takes(site: Running) -> None:
    """Five hundred marks of the highest ids stay far below what a form may hold."""
    made = story(site.store)
    one = f"999999999.{bulk.mark(made)}~"
    assert len(one) * bulk.MOST < 32_000


def test_the_keyboard_chooses_cards_and_says_how_many(site: Running) -> None:
    """x ticks the card one stands on, the choice opens by itself, and closing it chooses nothing."""
    for _ in range(3):
        story(site.store)
    with browser_page(site, role=Role.REVIEWER) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("x")
        assert page.locator("#bulk-count").inner_text() == "2 valda"
        page.locator("#bulk > summary").click()
        assert page.locator(".queue-choice input:checked").count() == 0
        page.keyboard.press("j")
        page.keyboard.press("x")
        page.get_by_role("button", name="Dölj…").click()
        page.get_by_role("button", name="Reklam").click()
        page.get_by_text("En berättelse är dold").wait_for()
    assert sorted(reviews(site.store)) == [Review.HIDDEN, Review.NEW, Review.NEW]


def test_many_are_decided_without_scripts(site: Running) -> None:
    """The choice opens, boxes are ticked and the whole way is walked by plain forms."""
    story(site.store)
    story(site.store)
    with browser_page(site, role=Role.REVIEWER, scripts=False) as page:
        page.goto(f"{site.address}/desk")
        page.locator("#bulk > summary").click()
        page.locator(".queue-choice input").first.check()
        page.get_by_role("button", name="Godkänn…").click()
        page.get_by_role("button", name="Godkänn en").click()
        page.get_by_text("En berättelse är godkänd").wait_for()
    assert sorted(reviews(site.store)) == [Review.APPROVED, Review.NEW]


def test_what_stood_in_a_letter_is_warned_of_before_it_is_hidden(site: Running) -> None:
    """The question says how many readers were told of in a letter that left; other deeds say nothing of it."""
    told = [approved(site.store), approved(site.store)]
    approved(site.store)
    sent(site, *told)
    client = site.client(Role.REVIEWER)
    page = asked(client, "/desk?pile=approved", "hide")
    assert "Dölja 3 berättelser?" in page
    assert "2 av dem har stått i ett brev: brevets webbsida får en rättelse." in page
    assert "har stått i ett brev" not in asked(client, "/desk?pile=approved", "restore")


def test_after_the_press_one_is_back_in_the_list_that_it_came_from(site: Running) -> None:
    """The list says what was done, with its undo, and the next page of it says nothing of it any more."""
    story(site.store, network="bluesky")
    story(site.store)
    client = site.client(Role.REVIEWER)
    result = done(client, asked(client, "/desk?network=bluesky", "hide"), "hide:advert")
    assert (result.url.path, result.url.params["network"]) == ("/desk", "bluesky")
    assert 'id="queue"' in result.text
    name = re.search(r"/desk/bulk/[0-9a-f]{32}/undo", result.text)
    assert name is not None
    undone = client.post(name[0], data=fields(result.text, name[0]), follow_redirects=True)
    assert undone.url.params["network"] == "bluesky"
    assert "Ångrat: en berättelse står som förut" in undone.text
    assert reviews(site.store) == [Review.NEW, Review.NEW]
