"""The pages of rules: tried before saved, in plain sentences, on the cards, and only by those who may."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from builders import account, candidate, ingest, newest, node, story
from campaign.records import Review, Role
from campaign.rules import Conditions, Effect, Rule
from conftest import NOW
from desk import PASSWORD, Running, fields, running, settings
from storage import schema
from storage.decisions import Action, decide
from storage.rules import add_rule, get_rule, list_rules
from storage.store import Actor, Store
from storage.trust import trusted_sources

CAMPAIGN = "hallandvaxer"


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A running site whose one source is a channel of its own."""
    source = replace(settings().sources["nyheter"], rights="own")
    with sqlite_store.write() as connection:
        connection.execute(
            insert(schema.source).values(
                id="nyheter", kind="feed", campaigns=[CAMPAIGN], settings_hash="", cursor={}, next_attempt_at=NOW,
                created_at=NOW,
            )
        )  # fmt: skip
    with running(sqlite_store, sources={"nyheter": source}) as made:
        yield made


def person(store: Store) -> Actor:
    return Actor(kind="person", account_id=account(store))


def kept(store: Store, effect: Effect = Effect.HIDE, *, name: str = "Reklam", facts: Any = None, **asked: Any) -> int:
    conditions = Conditions(**(asked or {"words": ("rabatt",)}))
    rule = Rule(id=0, name=name, conditions=conditions, effect=effect, facts=facts or {})
    return add_rule(store, CAMPAIGN, rule, by=person(store), now=NOW)


def send(client: httpx.Client, address: str, page: str, **form: str) -> httpx.Response:
    return client.post(address, data=fields(client.get(page).text, address) | form, follow_redirects=True)


def words(page: str) -> str:
    """The words of a page, as they are read."""
    text = re.sub(r"<(script|style|head)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_a_rule_is_tried_then_saved(site: Running) -> None:
    """Trying shows hits, false friends and words nearby and keeps nothing; saving makes a rule that acts."""
    for text in ("Rabatt på allt", "Rabatter för cyklister", "Rabattkoden gäller"):
        story(site.store, text=text, author_handle=text)
    decide(site.store, newest(site.store)[0].id, Action.APPROVE, by=person(site.store), now=NOW)
    approved_words = newest(site.store)[0].lead.text
    client = site.client()
    form = {"name": "Reklam", "effect": "hide", "words": "rabatt"}
    tried = send(client, "/desk/rules/new", "/desk/rules/new", press="try", **form)
    told = words(tried.text)
    assert "3 sparade inlägg provades" in told
    assert "Träffar (2)" in told
    assert "rabattkoden (innehåller rabatt)" in told
    assert ("Felträffar (1)" in told) is ("koden" not in approved_words)
    assert list_rules(site.store, CAMPAIGN) == []
    saved = send(client, "/desk/rules/new", "/desk/rules/new", press="save", **form)
    assert "Dölj inlägg som innehåller ”rabatt”" in words(saved.text)
    assert story(site.store, text="Årets rabatt").review is Review.HIDDEN


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"effect": "hide", "words": "rea"}, "Regeln saknar namn."),
        ({"name": "R", "effect": "hide"}, "Regeln har inget villkor"),
        ({"name": "R", "effect": "hide", "words": "\n".join(f"o{n}" for n in range(1100))}, "högst 1000"),
        ({"name": "R", "effect": "hide", "words": "rea", "more_than": "många"}, "Gränsen måste vara ett helt tal"),
        ({"name": "R", "effect": "suggest", "words": "rea"}, "vad den ska föreslå"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(site: Running, form: dict[str, str], told: str) -> None:
    """The form comes back with what was typed, and nothing is kept."""
    answer = send(site.client(), "/desk/rules/new", "/desk/rules/new", press="save", **form)
    assert answer.status_code == 422
    assert told in words(answer.text)
    assert list_rules(site.store, CAMPAIGN) == []


def test_the_list_says_rules_in_plain_sentences(site: Running) -> None:
    """What a rule does, how often it met and how often people took it back, in both languages."""
    kept(site.store)
    for number in range(4):
        story(site.store, text=f"Rabatt {number} på allt i Laholm", author_handle=str(number))
    decide(site.store, newest(site.store)[0].id, Action.APPROVE, by=person(site.store), now=NOW)
    told = words(site.client().get("/desk/rules").text)
    assert "Dölj inlägg som innehåller ”rabatt”" in told
    assert "4 träffar på 30 dagar" in told
    assert "Tveksam: 1 av 4 ångrad" in told


@pytest.mark.parametrize("effect", list(Effect))
@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_rule_can_be_said_and_opened(site: Running, effect: Effect, language: str) -> None:
    """Each effect and each condition has words in both languages, on the list, on its page and tried."""
    every = {
        "sources": ("nyheter", "borta"),
        "networks": ("mastodon", "x"),
        "words": ("rabatt", '"köp nu"'),
        "without": ("cykel",),
        "languages": ("sv", "en"),
        "reply": False,
        "repost": False,
        "media": False,
        "more_than": 1,
    }
    facts = {"node": node(site.store)} if effect is Effect.SUGGEST else {"days": 7}
    for number, (name, value) in enumerate(every.items()):
        rest = {"own": True} if name == "without" else {}
        kept(site.store, effect, name=f"R{number}", facts=facts, **{name: value, **rest})
    with site.store.write() as connection:
        connection.execute(schema.account.update().values(language=language))
    client = site.client(Role.EDITOR)
    with site.store.write() as connection:
        connection.execute(schema.account.update().values(language=language))
    for text in ("rabatt", "köp nu", "cykel"):
        ingest(site.store, candidate(text=text, author_handle="en"), candidate(text=f"{text} igen", author_handle="en"))
    assert client.get("/desk/rules").status_code == 200
    assert client.get("/desk?pile=all").status_code == 200
    for record in list_rules(site.store, CAMPAIGN):
        address = f"/desk/rules/{record.rule.id}"
        form = {"name": "R", "effect": str(effect), "words": "rabatt\nköp", "node": str(facts.get("node", ""))}
        answer = send(client, address, address, press="try", **form)
        assert answer.status_code == 200
        assert ("Nuvarande ordalydelse" if language == "sv" else "Present wording") in answer.text


def test_a_card_says_which_rule_did_what(site: Running) -> None:
    """Hidden by which rule and for which word, with the way to the rule; a suggestion stands among the nodes."""
    rule_id = kept(site.store)
    other = kept(site.store, Effect.SUGGEST, name="Odling", words=("laholm",), facts={"node": node(site.store)})
    made = story(site.store, text="Rabatt på allt i Laholm")
    page = site.client().get(f"/desk/stories/{made.id}").text
    told = words(page)
    assert "Dold av regeln Reklam : ordet ”rabatt”" in told
    assert "Regeln ”Reklam” dolde: ordet ”rabatt”" in told
    assert f'href="/desk/rules/{rule_id}"' in page
    assert f'href="/desk/rules/{other}"' in page
    assert "regeln ”Odling”" in told


def test_a_rule_about_an_author_is_two_presses_from_a_card(site: Running) -> None:
    """The form stands filled in; the next author is added to the same rule."""
    first = story(site.store, text="Ett", author_handle="spam", network="x", identity="1")
    second = story(site.store, text="Två", author_handle="@annan", network="bluesky", identity="2")
    client = site.client()
    page = client.get(f"/desk/rules/new?post={first.lead.id}&effect=hide").text
    assert ">\nx: @spam</textarea>" in page
    form = {"name": "Blockerade", "effect": "hide", "authors": "x: @spam"}
    send(client, "/desk/rules/new", "/desk/rules/new", press="save", **form)
    again = client.get(f"/desk/rules/new?post={second.lead.id}&effect=hide", follow_redirects=True).text
    assert ">\nx: @spam\nbluesky: @annan</textarea>" in again


def test_hostile_names_and_words_stay_text(site: Running) -> None:
    """A name with HTML, words from right to left and an address-like author are shown as they are typed."""
    name = "<script>alert(1)</script>"
    form = {"name": name, "effect": "last", "words": "عرض\n<b>rea", "authors": "https://x.se/<i>"}
    answer = send(site.client(), "/desk/rules/new", "/desk/rules/new", press="save", **form)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert html.escape(name) in answer.text
    (record,) = list_rules(site.store, CAMPAIGN)
    assert record.rule.conditions.words == ("عرض", "<b>rea")
    assert "<b>rea" not in site.client().get("/desk/rules").text


def test_a_channel_is_trusted_by_an_administrator_who_says_what_it_means(site: Running) -> None:
    """Unticked it is refused; ticked it is recorded, shown with who and when, and ended by one press."""
    client = site.client(Role.ADMINISTRATOR)
    address = "/desk/sources/nyheter/trust"
    refused = send(client, address, "/desk/rules", press="trust")
    assert refused.status_code == 422
    assert "Du har inte bekräftat" in words(refused.text)
    done = send(client, address, "/desk/rules", press="trust", understood="yes")
    assert "Betrodd av administrator" in words(done.text)
    assert "nyheter" in trusted_sources(site.store)
    send(client, address, "/desk/rules", press="distrust")
    assert trusted_sources(site.store) == {}


def test_only_own_channels_can_be_trusted_and_only_by_administrators(site: Running) -> None:
    """An editor finds no button and is refused; a source that is not own cannot be trusted."""
    editor = site.client()
    assert "/trust" not in editor.get("/desk/rules").text
    token = fields(editor.get("/desk/rules/new").text, "/desk/rules/new")["token"]
    assert editor.post("/desk/sources/nyheter/trust", data={"token": token, "press": "trust"}).status_code == 403
    admin = site.client(Role.ADMINISTRATOR)
    token = fields(admin.get("/desk/rules").text, "/trust")["token"]
    form = {"token": token, "press": "trust", "understood": "yes"}
    assert admin.post("/desk/sources/borta/trust", data=form).status_code == 404
    assert trusted_sources(site.store) == {}


@pytest.mark.parametrize("press", ["rule", "trust"])
def test_publishing_without_a_person_asks_who_is_there(site: Running, press: str) -> None:
    """An hour after the login the password is asked for, and the step is carried out once it is right."""
    client = site.client(Role.ADMINISTRATOR)
    client.get("/desk/rules")
    site.now = NOW + timedelta(hours=1)
    if press == "rule":
        address, form = "/desk/rules/new", {"name": "Egna", "effect": "publish", "own": "yes", "press": "save"}
        page = address
    else:
        address, page, form = "/desk/sources/nyheter/trust", "/desk/rules", {"press": "trust", "understood": "yes"}
    asked = send(client, address, page, **form)
    assert 'name="own_password"' in asked.text
    assert (list_rules(site.store, CAMPAIGN), trusted_sources(site.store)) == ([], {})
    client.post(
        "/desk/prove", data=fields(asked.text, "/desk/prove") | {"own_password": PASSWORD}, follow_redirects=True
    )
    assert bool(list_rules(site.store, CAMPAIGN)) is (press == "rule")
    assert bool(trusted_sources(site.store)) is (press == "trust")


def test_putting_a_rule_to_what_waits_is_a_press_of_its_own(site: Running) -> None:
    """It says what it did and is taken back by one press."""
    made = story(site.store, text="Rabatt på allt")
    rule_id = kept(site.store)
    client, address = site.client(), f"/desk/rules/{rule_id}"
    done = send(client, address, address, press="apply")
    assert "1 inlägg av 1 stämmer med regeln." in words(done.text)
    assert newest(site.store)[0].review is Review.HIDDEN
    group = re.findall(r'name="group" value="([0-9a-f]{32})"', done.text)[0]
    back = send(client, address, address, press="undo", group=group)
    assert "Ångrat: 1." in words(back.text)
    assert newest(site.store)[0].id == made.id
    assert newest(site.store)[0].review is Review.NEW


def test_pausing_moving_and_ending(site: Running) -> None:
    """Each press leads back to the list and is told there."""
    one, two = kept(site.store), kept(site.store, name="Annan")
    client = site.client()
    assert "Regeln är flyttad." in send(client, f"/desk/rules/{two}", "/desk/rules", press="up").text
    assert [record.rule.id for record in list_rules(site.store, CAMPAIGN)] == [two, one]
    send(client, f"/desk/rules/{one}", "/desk/rules", press="pause")
    assert get_rule(site.store, one).paused
    send(client, f"/desk/rules/{one}", f"/desk/rules/{one}", press="end")
    assert [record.rule.id for record in list_rules(site.store, CAMPAIGN)] == [two]
    stale = client.post(f"/desk/rules/{one}", data=fields(client.get("/desk/rules").text, f"/{two}") | {"press": "up"})
    assert stale.status_code == 409


def test_an_edit_sets_old_and_new_hits_side_by_side(site: Running) -> None:
    """Which hits come and which go is shown before the new wording is saved as a rule of its own."""
    story(site.store, text="Rabatt nu", author_handle="a")
    story(site.store, text="Rea nu", author_handle="b")
    rule_id = kept(site.store)
    client, address = site.client(), f"/desk/rules/{rule_id}"
    form = {"name": "Reklam", "effect": "hide", "words": "rea"}
    told = words(send(client, address, address, press="try", **form).text)
    assert "Träffar som försvinner (1) Rabatt nu" in told
    assert "Nya träffar (1) Rea nu" in told
    saved = send(client, address, address, press="save", **form)
    assert "Tidigare ordalydelser Dölj inlägg som innehåller ”rabatt”" in words(saved.text)


def test_a_reader_reads_rules_and_changes_none(site: Running) -> None:
    """No form to make, move or pause stands there, and the addresses refuse."""
    rule_id = kept(site.store)
    client = site.client(Role.READER)
    assert "Reklam" in client.get("/desk/rules").text
    page = client.get(f"/desk/rules/{rule_id}").text
    assert 'value="pause"' not in page
    assert client.get("/desk/rules/new").status_code == 403
