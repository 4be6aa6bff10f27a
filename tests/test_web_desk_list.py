from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event

from builders import account, candidate, ingest, newest, node, picture, story
from campaign.records import Role
from conftest import NOW
from desk import Running, fields, running
from storage import schema
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.places import set_place
from storage.store import Actor, Store
from storage.views import Keeper, list_views, save_view


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store, on a socket."""
    with running(sqlite_store) as found:
        yield found


def person(store: Store) -> Actor:
    return Actor(kind="person", account_id=account(store))


def facets_of(page: str) -> str:
    found = re.search(r'<nav class="facets".*?</nav>', page, re.DOTALL)
    return found[0] if found else ""


def shown(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'<li class="queue-item" id="story-(\d+)"', page)]


def test_the_numbers_beside_the_queue_open_what_they_count(site: Running) -> None:
    """A press on a network's number shows as many stories as it says; one more press takes it away again."""
    for network in ("bluesky", "bluesky", "mastodon"):
        story(site.store, network=network)
    client = site.client(Role.REVIEWER)
    found = re.search(
        r'<a href="([^"]*network=bluesky)".*?class="number quiet">(\d+)', facets_of(client.get("/desk").text)
    )
    assert found is not None
    narrowed = client.get(found[1]).text
    assert len(shown(narrowed)) == int(found[2]) == 2
    away = re.search(r'<a href="([^"]*)" aria-current="true">', facets_of(narrowed))
    assert away is not None
    assert len(shown(client.get(away[1]).text)) == 3


def test_stories_of_no_part_have_a_number_too(site: Running) -> None:
    """Beside the parts of the strategy stands how many belong to none, and leads there."""
    made = story(site.store)
    left = story(site.store)
    attach(site.store, made.id, node(site.store), by=person(site.store), now=NOW)
    page = facets_of(site.client().get("/desk").text)
    assert "Ingen del" in page
    assert shown(site.client().get("/desk?area=none").text) == [left.id]


@pytest.mark.parametrize(
    "query",
    [
        "pile=nonsense", "before=x", "before=1.2.3", "rule=x", "rule=-1", "rule=٣", "lacks=everything", "place=nowhere",
        "author=%F0%9F%A6%94", "first=2026-02-31", "last=0001-01-01", "area=nothing", "flagged=perhaps",
    ],
)  # fmt: skip
def test_whatever_an_address_asks_for_is_answered(site: Running, query: str) -> None:
    """What cannot be understood does not narrow or finds nothing; it is never an error."""
    story(site.store)
    assert site.client(Role.READER).get(f"/desk?{query}").status_code == 200


def test_older_cards_follow_in_the_order_of_the_queue(site: Running) -> None:
    """The way to older cards carries rank and time, so that none is met twice and none left out."""
    ingest(site.store, *(candidate(published_at=NOW - timedelta(hours=number)) for number in range(45)))
    made = newest(site.store)
    with site.store.write() as connection:
        last = schema.story.update().where(schema.story.c.id == made[0].id)
        connection.execute(last.values(rank=-1))
    client = site.client(Role.REVIEWER)
    met, address = [], "/desk"
    while address:
        page = client.get(address).text
        met += shown(page)
        more = re.search(r'href="([^"]+)" hx-get="[^"]+" hx-target="#pager"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert met == [entry.id for entry in made[1:]] + [made[0].id]


def test_a_look_is_kept_under_a_name_and_opened_by_it(site: Running) -> None:
    """What the address narrows by stands as a chip above the queue, and as such again when it was removed."""
    story(site.store, network="bluesky")
    client = site.client(Role.REVIEWER)
    page = client.get("/desk?network=bluesky&before=0.5").text
    saved = client.post("/desk/views", data=fields(page, "/desk/views") | {"name": "Bara <b>blått</b>"})
    assert saved.status_code == 303
    page = client.get("/desk").text
    assert "Bara &lt;b&gt;blått&lt;/b&gt;" in page
    view = list_views(site.store, Keeper(campaign="hallandvaxer", account_id=site.person(Role.REVIEWER).id))[0]
    assert (view.query, view.shared) == ("network=bluesky", False)
    gone = client.post(f"/desk/views/{view.id}", data=fields(page, f"/desk/views/{view.id}") | {"press": "remove"})
    assert gone.headers["location"] == "/desk?network=bluesky&said=view_removed"


def test_an_editors_look_is_everybodys_and_a_reviewer_cannot_change_it(site: Running) -> None:
    """A reviewer sees it, has no form for it, and is refused where they send one."""
    story(site.store)
    editor = site.client(Role.EDITOR)
    page = editor.get("/desk?pile=hidden").text
    editor.post("/desk/views", data=fields(page, "/desk/views") | {"name": "Alla dolda", "shared": "1"})
    reviewer = site.client(Role.REVIEWER)
    page = reviewer.get("/desk?pile=hidden").text
    assert "Alla dolda" in page
    assert 'action="/desk/views/1"' not in page
    token = {"token": fields(page, "/desk/logout")["token"], "press": "remove"}
    assert reviewer.post("/desk/views/1", data=token).status_code == 404


def test_a_name_that_stands_already_is_told(site: Running) -> None:
    """The person is back on the same look, and reads what to do."""
    own = Keeper(campaign="hallandvaxer", account_id=site.person(Role.REVIEWER).id)
    save_view(site.store, own, name="Mitt", query="network=feed", shared=False, now=NOW)
    client = site.client(Role.REVIEWER)
    page = client.get("/desk?network=bluesky").text
    answer = client.post("/desk/views", data=fields(page, "/desk/views") | {"name": "mitt"}, follow_redirects=True)
    assert "Det finns redan ett urval med det namnet." in answer.text
    assert answer.url.params["network"] == "bluesky"


def test_a_page_of_the_queue_asks_the_database_as_often_for_many_cards_as_for_few(site: Running) -> None:
    """Twenty cards with pictures cost as many queries as two: nothing is looked up card by card."""
    client = site.client(Role.EDITOR)
    asked: list[str] = []
    event.listen(site.store.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    def queries() -> int:
        client.get("/desk")
        asked.clear()
        client.get("/desk")
        return len([each for each in asked if not each.startswith("BEGIN")])

    for _ in range(2):
        story(site.store, media=(picture(), picture(alt=None)))
    few = queries()
    ingest(site.store, *(candidate(media=(picture(alt=None),)) for _ in range(18)))
    assert queries() == few
    assert few < 60


def test_the_name_of_a_place_finds_what_lies_there(site: Running) -> None:
    """A search that is a county's name finds a story of a town in it; with one word more it is only words."""
    made, _ = story(site.store, text="Höst"), story(site.store, text="Vår")
    set_place(site.store, made.id, "varberg", by=person(site.store), now=NOW)
    client = site.client(Role.READER)
    for words in ("Varberg", "varbergs kommun", "Hallands län"):
        assert shown(client.get("/desk", params={"words": words}).text) == [made.id], words
    assert shown(client.get("/desk?words=Varberg+höst").text) == []


def test_a_tick_leaves_out_what_is_hidden(site: Running) -> None:
    """Of all piles what waits and what is approved is shown together; the tick stands there and can be taken away."""
    hidden, made = story(site.store), story(site.store)
    decide(site.store, hidden.id, Action.HIDE, by=person(site.store), now=NOW)
    page = site.client(Role.READER).get("/desk?pile=all&visible=1").text
    assert shown(page) == [made.id]
    assert '<input type="checkbox" name="visible" value="1" checked> Inte dolda' in page
    assert '<a class="chip" href="/desk?pile=all">Inte dolda' in page
