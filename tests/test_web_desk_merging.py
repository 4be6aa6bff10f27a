"""The desk where posts become one story: proposals, joining, taking out, undoing, by keyboard and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from builders import approved, ingest, picture
from campaign.records import Role
from conftest import NOW
from desk import Running, browser_page, fields, running
from digest import desk, edition
from storage.decisions import Action, decide
from storage.finding import note_look
from storage.store import JOB, Store, _bump
from test_storage_merging import LOOK, TEXT, pair_of_approved, post, standing


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A running site."""
    with running(sqlite_store) as made:
        yield made


def maybe_same(store: Store) -> tuple[int, int]:
    """The ids of two stories that a rule proposes to join."""
    ingest(store, post(author_name="Anna", author_handle="anna"), post("bluesky", author_name="Bo", author_handle="bo"))
    one, other = standing(store)
    return one.id, other.id


SURFACES = (
    "/", "/archive", "/archive?q=till%C3%A4gg", "/archive?network=bluesky", "/feed.atom", "/sitemaps/2026-1.xml",
    "/years/2026", "/en/archive",
)  # fmt: skip


def test_no_public_surface_shows_a_near_copy_before_a_person_decided(site: Running) -> None:
    """A near-copy of an approved post joins its story; page, front, archive, search, feeds and draft do without it."""
    store = site.store
    by = {"author_name": "Region Halland", "author_handle": "regionhalland"}
    first = approved(store, at=NOW - timedelta(days=1), text=TEXT, published_at=NOW - timedelta(days=2), **by)
    copy = post(
        "bluesky", f"Hemligt tillägg. {TEXT}", url="https://bsky.app/hemlig", published_at=NOW - timedelta(days=2),
        media=(picture(alt="Hemlig bild"),), author_url="https://bsky.app/hemlig",
    )  # fmt: skip
    ingest(store, copy)
    (made,) = standing(store)
    assert len(made.posts) == 2
    client = site.client(None)
    surfaces = (*SURFACES, f"/stories/{first.id}")
    before = {where: client.get(where) for where in surfaces}
    assert {where: found.status_code for where, found in before.items()} == dict.fromkeys(surfaces, 200)
    # The words that were searched for stand in the search field.
    assert [where for where, found in before.items() if re.search('hemlig(?!t"|t”|t&)', found.text, re.I)] == []
    issue = desk.draft_now(store, site.settings, "veckobrevet", by=JOB, now=NOW)
    letter = edition.load(store, site.settings, issue.id).letter
    assert [item.story_id for item in letter.items] == [first.id]
    assert "tillägg" not in repr(letter)
    decide(store, first.id, Action.APPROVE, by=JOB, now=NOW)
    assert "Hemligt tillägg" in client.get(f"/stories/{first.id}").text
    assert "Bluesky" in client.get(f"/stories/{first.id}").text
    assert len(edition.load(store, site.settings, issue.id).letter.items) == 1


def test_a_waiting_copy_changes_nothing_that_is_public(site: Running) -> None:
    """A newer copy of an old approved post moves nothing, shows nothing and lets no approval of a letter fall.

    Feeds may say that the story was looked at again.
    """
    store = site.store
    by = {"author_name": "Region Halland", "author_handle": "regionhalland"}
    first = approved(store, at=NOW - timedelta(days=1), text=TEXT, published_at=NOW - timedelta(days=3), **by)
    other = approved(
        store, at=NOW - timedelta(days=1), text="Något om fiber i Torup", published_at=NOW - timedelta(days=2)
    )
    issue = desk.draft_now(store, site.settings, "veckobrevet", by=JOB, now=NOW)
    client = site.client(None)
    surfaces = (*SURFACES, "/feed.json", "/wall", "/embed", f"/stories/{first.id}", f"/stories/{other.id}")

    def seen() -> list[str]:
        with store.write() as connection:
            _bump(connection)  # nothing comes from a cache
        marks = r'\?v=\d+|[?&;]v=\d+|<updated>[^<]*|"date_modified": ?"[^"]*"|data-revision="\d+"|data-mark="[^"]*"'
        return [re.sub(marks, "", client.get(where).text) for where in surfaces]

    before, letter = seen(), edition.load(store, site.settings, issue.id).content
    ingest(store, post("bluesky", f"{TEXT} Hemligt tillägg."))
    assert len(standing(store)) == 2
    after = seen()
    assert [where for where, one, two in zip(surfaces, before, after, strict=True) if one != two] == []
    assert edition.load(store, site.settings, issue.id).content == letter


def test_a_card_says_what_is_in_the_story(site: Running) -> None:
    """A card with several posts names their networks and says which are new."""
    ingest(site.store, post(), post("bluesky"))
    page = site.client().get("/desk").text
    assert "2 inlägg:" in page
    assert "Mastodon: nytt" in page
    assert "Bluesky: nytt" in page


def test_a_card_takes_nothing_from_readers_unasked(site: Running) -> None:
    """Where a copy waits in an approved story, hiding says that it hides all, and nothing can be put off by mistake."""
    by = {"author_name": "Region Halland", "author_handle": "regionhalland"}
    approved(site.store, text=TEXT, published_at=NOW - timedelta(hours=1), **by)
    ingest(site.store, post("bluesky"))
    page = site.client().get("/desk").text
    assert "Nytt i godkänd berättelse" in page
    assert "Dölj alla" in page
    card = page[page.index('<article class="queue-card"') : page.index("</article>")]
    assert 'value="hide"' in card
    assert 'value="later"' not in card


def test_a_hidden_post_leads_no_card(site: Running) -> None:
    """The copy of a hidden post stands first on the card: it is what is asked about, and all that an approval takes."""
    ingest(site.store, post(author_name="Anna", text=TEXT + " tillägg"))
    (made,) = standing(site.store)
    decide(site.store, made.id, Action.HIDE, by=JOB, now=NOW)
    ingest(site.store, post("bluesky", author_name="Anna", text=TEXT))
    client = site.client()
    page = client.get("/desk").text
    assert standing(site.store)[0].lead.network == "bluesky"
    address = f"/desk/stories/{made.id}/decide"
    client.post(address, data=fields(page, address) | {"press": "approve"})
    assert "tillägg" not in site.client(None).get(f"/stories/{made.id}").text


def test_pictures_alone_are_told_without_words_in_common(site: Running) -> None:
    """Two posts without words that show the same picture are proposed for the picture, not for none of their words."""
    made = [post(network, "", author_name=network, media=(picture(),)) for network in ("facebook", "instagram")]
    ingest(site.store, *made)
    for each in standing(site.store):
        note_look(site.store, each.posts[0].media[0].id, LOOK, now=NOW)
    page = site.client().get("/desk").text
    assert page.count("samma bild") == 2
    assert "0 % av orden" not in page


def test_a_proposal_is_accepted_with_one_press(site: Running) -> None:
    """Both cards propose the other; one press joins them, the page says so, and the next press takes it back."""
    one, other = maybe_same(site.store)
    client = site.client()
    page = client.get("/desk").text
    assert page.count("Samma sak?") == 2
    press = fields(page, f"/desk/stories/{one}/join") | {"press": "join"}
    told = client.post(f"/desk/stories/{one}/join", data=press, follow_redirects=True).text
    assert [len(each.posts) for each in standing(site.store)] == [2]
    assert "editor slog ihop två berättelser" in told
    assert "Samma sak?" not in told
    client.post("/desk/undo", data=fields(told, "/desk/undo"))
    assert [each.id for each in standing(site.store)] == [one, other]


def test_a_proposal_is_refused_for_good(site: Running) -> None:
    """No is an answer: neither card asks again."""
    one, _ = maybe_same(site.store)
    client = site.client()
    press = fields(client.get("/desk").text, f"/desk/stories/{one}/join") | {"press": "apart"}
    told = client.post(f"/desk/stories/{one}/join", data=press, follow_redirects=True).text
    assert "Samma sak?" not in told
    assert len(standing(site.store)) == 2


def test_posts_are_taken_out_by_ticking_them(site: Running) -> None:
    """The story's page lists its posts; the ticked ones leave, and an empty or a full choice is explained."""
    ingest(site.store, post(), post("bluesky"))
    (made,) = standing(site.store)
    client = site.client()
    where = f"/desk/stories/{made.id}"
    hidden = fields(client.get(where).text, f"{where}/split")
    assert "Inget inlägg är markerat" in client.post(f"{where}/split", data=hidden, follow_redirects=True).text
    both = hidden | {f"post-{each.id}": "yes" for each in made.posts}
    assert "Alla inlägg är markerade" in client.post(f"{where}/split", data=both, follow_redirects=True).text
    told = client.post(f"{where}/split", data=hidden | {f"post-{made.posts[0].id}": "yes"}, follow_redirects=True).text
    assert "editor tog ut inlägg ur en berättelse" in told
    assert len(standing(site.store)) == 2


def test_another_story_is_found_and_joined(site: Running) -> None:
    """On the story's page a person looks for another one by words or number and joins them; old addresses lead on."""
    first, second = pair_of_approved(site.store)
    client = site.client()
    where = f"/desk/stories/{second.id}"
    for words in (first.lead.text.split()[3].strip("!,"), f"#{first.id}"):
        page = client.get(where, params={"find": words}).text
        assert f"berättelse {first.id}" in page
    assert "Ingen annan berättelse" in client.get(where, params={"find": "finnsinte"}).text
    press = fields(page, f"{where}/join") | {"press": "join"}
    assert press["other"] == str(first.id)
    told = client.post(f"{where}/join", data=press, follow_redirects=True)
    assert told.url.path == f"/desk/stories/{first.id}"
    public = client.get(f"/stories/{second.id}")
    assert public.headers["location"].endswith(f"/stories/{first.id}")
    text = client.get(f"/stories/{first.id}").text
    assert "Mastodon" in text
    assert "Bluesky" in text


def test_an_old_card_joins_nothing(site: Running) -> None:
    """A card that somebody was faster than says so."""
    one, _ = maybe_same(site.store)
    client = site.client()
    press = fields(client.get("/desk").text, f"/desk/stories/{one}/join") | {"press": "join", "changes": "99"}
    told = client.post(f"/desk/stories/{one}/join", data=press, follow_redirects=True)
    assert "problem=story_changed" in str(told.url)
    assert len(standing(site.store)) == 2


def test_readers_of_the_desk_move_nothing(site: Running) -> None:
    """Who may only read sees the proposal and has no buttons, and a forged press is refused."""
    one, other = maybe_same(site.store)
    client = site.client(Role.READER)
    page = client.get("/desk").text
    assert "Samma sak?" in page
    assert "/join" not in page
    assert client.post(f"/desk/stories/{one}/join", data={"other": str(other)}).status_code == 403
    assert client.post(f"/desk/stories/{one}/split", data={"post-1": "yes"}).status_code == 403


def test_the_trail_tells_why_a_rule_joined(site: Running) -> None:
    """The story's page says that a rule did it, by what, how sure it was, and lets a person take it back."""
    ingest(site.store, post(), post("bluesky", TEXT))
    (made,) = standing(site.store)
    client = site.client()
    where = f"/desk/stories/{made.id}"
    page = client.get(where).text
    assert "En regel slog ihop två berättelser: 100 % av orden är lika" in page
    client.post("/desk/undo", data=fields(page, "/desk/undo"))
    assert len(standing(site.store)) == 2


def test_rules_do_not_fill_the_list_of_latest_presses(site: Running) -> None:
    """What rules did stands in each story's trail, not among what people just pressed."""
    ingest(site.store, post(), post("bluesky", TEXT))
    assert "En regel" not in site.client().get("/desk").text


def test_joining_works_by_keyboard_and_on_a_phone(site: Running) -> None:
    """At 320 pixels nothing is wider than the screen; M joins what is proposed, and the page tells it."""
    maybe_same(site.store)
    with browser_page(site, viewport={"width": 320, "height": 640}) as page:
        page.goto(f"{site.address}/desk")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.keyboard.press("j")
        page.keyboard.press("m")
        page.wait_for_selector("text=Berättelserna är en nu.")
        assert len(standing(site.store)) == 1
        (made,) = standing(site.store)
        page.goto(f"{site.address}/desk/stories/{made.id}?find=stationen")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.locator(".parting input[type=checkbox]").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector(".notice.said")
        assert len(standing(site.store)) == 2


def test_joining_needs_no_scripts(site: Running) -> None:
    """Without scripts the same buttons do the same."""
    maybe_same(site.store)
    with browser_page(site, scripts=False) as page:
        page.goto(f"{site.address}/desk")
        page.get_by_role("button", name=re.compile("^Slå ihop")).first.click()
        page.wait_for_selector(".notice.said")
        assert len(standing(site.store)) == 1
