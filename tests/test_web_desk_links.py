"""Pasting a link at the desk: looked at outside, corrected by a person, waiting in the queue with who brought it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from builders import candidate, ingest, newest
from campaign import pasted
from campaign.errors import SkordError
from campaign.records import PostState, Review, Right, Role
from campaign.settings import FetchSettings
from conftest import NOW
from desk import Running, browser_page, fields, running
from net.http import Fetcher
from servers import Reply, Server
from skord.tasks import do
from storage import schema
from storage.store import Store
from storage.tasks import end_task, take_task
from storage.trail import trail

PAGE = """<!doctype html><html lang="sv"><head><title>Tre mil cykelväg | Exempelposten</title>
<meta property="og:title" content="Tre mil cykelväg i Laholm">
<meta property="og:description" content="Bandet klipptes på söndagen.
Alla fick saft.">
<meta property="og:image" content="/bild.jpg"><meta property="og:image:alt" content="Barn med band">
<meta name="author" content="Anna Ek"><meta property="article:published_time" content="2026-11-15T09:30:00+01:00">
<link rel="canonical" href="/nyheter/cykelvag"></head><body>Hela artikeln</body></html>"""


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store, on a socket."""
    with running(sqlite_store) as found:
        yield found


@pytest.fixture
def paper() -> Iterator[Server]:
    """A newspaper with one article."""
    html_ = {"Content-Type": "text/html; charset=utf-8"}
    page = Reply(body=PAGE, headers=html_)
    with Server(
        {"/nyheter/cykelvag": page, "/borta": Reply(status=404), "/tom": Reply(body="<p>", headers=html_)}
    ) as server:
        yield server


def work(site: Running, server: Server) -> None:
    """Do what pages asked for, as the schedule does."""
    with Fetcher(FetchSettings(allow=(server.address,)), version="0", clock=lambda: site.now) as fetcher:
        house: Any = SimpleNamespace(store=site.store, fetcher=fetcher, settings=site.settings, clock=lambda: site.now)
        while (task := take_task(site.store, now=site.now)) is not None:
            try:
                result = do(house, task, lambda: False)
            except SkordError as error:
                end_task(site.store, task.id, now=site.now, error=error)
            else:
                end_task(site.store, task.id, now=site.now, result=result)


def paste(client: httpx.Client, url: str) -> httpx.Response:
    """Send the form of a link."""
    token = fields(client.get("/desk/links/new").text, "/desk/links/new")
    return client.post("/desk/links/new", data=token | {"url": url})


def shown(page: str) -> dict[str, str]:
    """What stands in the form."""
    inputs = re.findall(r'<input id="f-[^"]+" name="([^"]+)"[^>]*? value="([^"]*)"', page)
    text = re.findall(r'<textarea id="f-text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in (*inputs, ("text", text[0]))}


def looked_up(site: Running, server: Server, client: httpx.Client, url: str) -> str:
    """Paste a link, let it be looked at, and return the address of what was found."""
    answer = paste(client, url)
    assert answer.status_code == 303
    work(site, server)
    return answer.headers["location"]


def test_a_link_becomes_a_post_that_waits(site: Running, paper: Server) -> None:
    """What the page tells stands in the form; corrected and saved it waits, with who brought it and what they typed."""
    client = site.client(Role.REVIEWER)
    address = looked_up(site, paper, client, paper.url("/nyheter/cykelvag?utm_source=brev#x"))
    page = client.get(address).text
    given = shown(page)
    assert given == {
        "title": "Tre mil cykelväg i Laholm", "text": "Bandet klipptes på söndagen.\nAlla fick saft.",
        "author": "Anna Ek", "day": "2026-11-15", "picture": "yes", "alt": "Barn med band", "credit": "",
    }  # fmt: skip
    form = fields(page, address) | given | {"text": "Rättat <b>av</b> mig #hallandväxer", "credit": "Foto: Bo Ek"}
    saved = client.post(address, data=form | {"alt": "Tre barn klipper ett band"})
    (story,) = newest(site.store)
    assert saved.headers["location"] == f"/desk/stories/{story.id}?said=brought"
    post = story.lead
    assert (post.network, post.source, post.review, story.waiting) == ("web", "", Review.NEW, True)
    assert (post.title, post.author_name) == ("Tre mil cykelväg i Laholm", "Anna Ek")
    assert (post.text, post.html) == (
        "Rättat <b>av</b> mig #hallandväxer", "<p>Rättat &lt;b&gt;av&lt;/b&gt; mig #hallandväxer</p>",
    )  # fmt: skip
    assert post.published_at == datetime.fromisoformat("2026-11-15T08:30:00+00:00")
    assert post.url == paper.url("/nyheter/cykelvag")
    (picture,) = post.media
    assert (picture.right, picture.right_from, picture.alt) == (Right.NONE, "Foto: Bo Ek", "Tre barn klipper ett band")
    assert picture.alt_by_author == "Barn med band"
    (line,) = trail(site.store, story_id=story.id)
    assert (line.action, line.actor, line.facts["typed"]) == ("brought", "person", "text")
    told = client.get(saved.headers["location"]).text
    assert "Inlagt. Det väntar på granskning." in told
    assert "lade in en länk" in told
    assert site.client(None).get("/archive").text.count("cykelväg") == 0


def test_nothing_is_stored_before_it_is_saved(site: Running, paper: Server) -> None:
    """Looking at a link leaves the archive as it was."""
    client = site.client(Role.REVIEWER)
    client.get(looked_up(site, paper, client, paper.url("/nyheter/cykelvag")))
    assert newest(site.store) == []


def test_the_same_link_leads_to_the_post_that_exists(site: Running, paper: Server) -> None:
    """Pasted again, with another tail, saved twice: one post, and the person is led to it."""
    client = site.client(Role.REVIEWER)
    address = looked_up(site, paper, client, paper.url("/nyheter/cykelvag"))
    page = client.get(address).text
    form = fields(page, address) | shown(page)
    first = client.post(address, data=form).headers["location"]
    assert client.post(address, data=form).headers["location"] == first.replace("brought", "known")
    again = paste(client, paper.url("/nyheter/cykelvag?fbclid=1"))
    assert again.headers["location"] == first.replace("brought", "known")
    assert client.get(address).headers["location"] == first.replace("brought", "known")
    assert len(newest(site.store)) == 1
    assert "Inlägget finns redan här." in client.get(again.headers["location"]).text


@pytest.mark.parametrize(
    ("link", "changes"),
    [
        (
            "https://twitter.com/i/web/status/2050000000000000001?s=20",
            {"network": "x", "identity": "2050000000000000001"},
        ),
        ("youtu.be/dQw4w9WgXcQ?si=abc", {"network": "youtube", "identity": "dQw4w9WgXcQ"}),
        (
            "https://www.instagram.com/byalaget/p/Cxyz_1/?igsh=1",
            {"network": "instagram", "identity": "17900", "url": "https://www.instagram.com/p/Cxyz_1/"},
        ),
        ("https://www.facebook.com/100/posts/200", {"network": "facebook", "identity": "100_200"}),
    ],
)
def test_a_post_that_a_source_collected_is_found_by_its_link(site: Running, link: str, changes: dict[str, str]) -> None:
    """By the network's own name for it, or by its address: the link leads to the post, and nothing is asked."""
    ingest(site.store, candidate(**changes))
    (story,) = newest(site.store)
    assert paste(site.client(), link).headers["location"] == f"/desk/stories/{story.id}?said=known"
    assert take_task(site.store, now=NOW) is None


def test_what_was_removed_is_not_taken_in_again(site: Running) -> None:
    """A post that its author deleted comes back by no link."""
    ingest(site.store, candidate(network="x", identity="205"))
    with site.store.write() as connection:
        connection.execute(schema.post.update().values(state=PostState.GONE))
    answer = paste(site.client(), "https://x.com/anna/status/205")
    assert answer.status_code == 422
    assert "tas inte in igen" in answer.text


@pytest.mark.parametrize(
    "written", ["", "hej", "javascript:alert(1)", "file:///etc/passwd", "https://", "http://[", "https://a b.se"]
)
def test_what_is_no_address_is_said_beside_the_field(site: Running, written: str) -> None:
    """The form comes back with what was typed, and nothing is queued."""
    answer = paste(site.client(), written)
    assert answer.status_code == 422
    assert "Det där är ingen webbadress." in answer.text
    assert f'value="{html.escape(written)}"' in answer.text
    assert take_task(site.store, now=NOW) is None


@pytest.mark.parametrize(
    ("path", "words"), [("/borta", "har ingenting på den här adressen."), ("/tom", "säger inget om sig själv")]
)
def test_where_nothing_is_found_the_form_is_there_to_type_in(
    site: Running, paper: Server, path: str, words: str
) -> None:
    """The error stands in words above an empty form, and what is typed is kept whole."""
    client = site.client(Role.REVIEWER)
    address = looked_up(site, paper, client, paper.url(path))
    page = client.get(address).text
    assert words in page
    assert "ändra källan" not in page
    assert shown(page)["text"] == ""
    form = fields(page, address) | {"text": "Skrivet\nför hand", "author": "Bo", "day": "2026-11-01"}
    assert client.post(address, data=form).status_code == 303
    post = newest(site.store)[0].lead
    assert (post.text, post.html, post.author_name) == ("Skrivet\nför hand", "<p>Skrivet<br>för hand</p>", "Bo")
    assert post.published_at.isoformat() == "2026-11-01T11:00:00+00:00"
    assert post.url == paper.url(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": "", "title": " "}, "varken rubrik eller text"),
        ({"day": "2031-01-01"}, "Dagen går inte att använda."),
        ({"day": "i går"}, "Dagen går inte att använda."),
        ({"day": "0001-01-01"}, "Dagen går inte att använda."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    site: Running, paper: Server, changes: dict[str, str], words: str
) -> None:
    """The form comes back with everything in it and one sentence beside the field."""
    client = site.client(Role.REVIEWER)
    address = looked_up(site, paper, client, paper.url("/borta"))
    form = fields(client.get(address).text, address) | {"text": "Mina ord", "author": "Bo <i>Ek</i>", "day": ""}
    answer = client.post(address, data=form | changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert shown(answer.text)["author"] == "Bo <i>Ek</i>"
    assert newest(site.store) == []


def test_waiting_is_shown_with_and_without_scripts(site: Running, paper: Server) -> None:
    """A page that is still asked says so and looks again by itself; typing need not wait; a script is told when."""
    client = site.client(Role.REVIEWER)
    address = paste(client, paper.url("/nyheter/cykelvag")).headers["location"]
    page = client.get(address).text
    assert '<noscript><meta http-equiv="refresh"' in page
    assert f'hx-get="{address}"' in page
    script = {"HX-Request": "true"}
    assert (client.get(address, headers=script).status_code, client.get(address + "?by_hand=yes").status_code) == (
        204,
        200,
    )
    work(site, paper)
    assert client.get(address, headers=script).headers["HX-Redirect"] == address
    assert "Stämmer det här?" in client.get(address).text


def test_only_links_are_shown_and_readers_may_not(site: Running, paper: Server) -> None:
    """Another task's number is no page, and somebody who only reads brings nothing."""
    client = site.client(Role.REVIEWER)
    from storage.tasks import add_task

    other = add_task(site.store, "collect", {"source": "nyheter"}, now=NOW)
    assert client.get(f"/desk/links/{other}").status_code == 404
    assert site.client(Role.READER).get("/desk/links/new").status_code == 403
    assert "/desk/links/new" in client.get("/desk").text
    assert "/desk/links/new" not in site.client(Role.READER).get("/desk").text


def test_what_pages_send_is_shown_as_text(site: Running, paper: Server) -> None:
    """Markup in every field of a hostile page is text in the form, and its link is none that acts."""
    evil = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    paper.routes["/ond"] = Reply(
        body=f'<meta property="og:title" content="{evil}"><meta name="description" content="{evil}</textarea>">'
        f'<meta name="author" content="{evil}"><meta property="og:image" content="javascript:alert(1)">'
        '<link rel="canonical" href="javascript:alert(2)">',
        headers={"Content-Type": "text/html"},
    )
    client = site.client(Role.REVIEWER)
    page = client.get(looked_up(site, paper, client, paper.url("/ond"))).text
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert shown(page)["title"] == '"><script>alert(1)</script>'


def test_the_pages_speak_english(site: Running, paper: Server) -> None:
    """Somebody who chose English reads the pages in it."""
    client = site.client(Role.REVIEWER)
    form = fields(client.get("/desk/account").text, "/desk/account")
    client.post("/desk/account", data=form | {"language": "en", "shortcuts": "yes"})
    assert "Paste a link" in client.get("/desk/links/new").text
    page = client.get(looked_up(site, paper, client, paper.url("/nyheter/cykelvag"))).text
    assert "Is this right?" in page


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_does_it_in_a_browser(site: Running, paper: Server, scripts: bool) -> None:
    """Paste, wait, correct, save, on a phone of 320 pixels, with scripts and without; nothing scrolls sideways."""
    with browser_page(site, role=Role.REVIEWER, scripts=scripts, viewport={"width": 320, "height": 640}) as page:
        page.goto(f"{site.address}/desk")
        page.click(".chrome-fold > summary")
        page.click("text=Klistra in länk")
        page.fill("#f-url", paper.url("/nyheter/cykelvag"))
        page.click("button:has-text('Hämta')")
        page.wait_for_selector("text=Läser länken")
        work(site, paper)
        page.wait_for_selector("text=Stämmer det här?")
        if scripts:
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        page.fill("#f-text", "Så här skrev de.")
        page.click("button:has-text('Lägg i granskningen')")
        page.wait_for_selector("text=Inlagt. Det väntar på granskning.")
    assert newest(site.store)[0].lead.text == "Så här skrev de."


def test_a_candidate_survives_its_way_as_json() -> None:
    """What was fetched is what a person sees: every field, moments and pictures too."""
    import json

    from builders import picture

    made = candidate(media=(picture(width=3),), edited_at=NOW, local=(("https://a", "1"),))
    assert pasted.from_json(json.loads(json.dumps(pasted.as_json(made)))) == made
