"""A subscriber's own page: choices, proof, the way out; and what signing up answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest

from builders import node
from campaign.newsletter import Subscriber, SubscriberState
from conftest import NOW
from digest import guard
from digest.guard import form_mark, is_work
from digest_samples import newsletter
from storage import schema, subscribers
from storage.store import Store
from website import Website, settings


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site whose newsletter offers English too, with a strategy of three areas."""
    made = settings(tmp_path, newsletters={"veckobrevet": newsletter(languages=("en",))})
    with Website(made, sqlite_store) as running:
        yield running


def reader(site: Website, store: Store, address: str = "anna.andersson@hallandvaxer.se") -> Subscriber:
    """Somebody who has signed up and confirmed."""
    site.sign_up(address)
    found = subscribers.find_by_address(store, "veckobrevet", address)
    assert found is not None
    site.post(f"/subscribe/confirm/{found.token}")
    return again(store, found)


def areas(store: Store) -> tuple[int, int, int]:
    """Three focus areas."""
    named = enumerate(("attraktiv", "konkurrenskraftig", "inkluderande"))
    first, second, third = (node(store, code=code, title=code.title(), position=at) for at, code in named)
    return first, second, third


def again(store: Store, who: Subscriber) -> Subscriber:
    """The same subscriber as they are now."""
    found = subscribers.find_by_token(store, who.token)
    assert found is not None
    return found


def test_page_shows_choices_and_tells_no_address(site: Website, sqlite_store: Store) -> None:
    """Only a mask of the address stands on it; nothing about it is kept, found or told on."""
    areas(sqlite_store)
    anna = reader(site, sqlite_store)
    answer = site.get(f"/u/{anna.token}")
    assert "a•••@h•••.se" in answer.text
    assert "anna.andersson" not in answer.text
    assert "hallandvaxer.se" not in answer.text.replace("hallandvaxer.example.se", "")
    assert answer.text.count('type="checkbox"') == 3
    assert answer.text.count('type="radio"') == 2
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    html5lib.HTMLParser(strict=True).parse(answer.text)


def test_choices_are_kept_and_looking_changes_nothing(site: Website, sqlite_store: Store) -> None:
    """A form of its own saves; every area chosen is as none, and what does not exist is no choice."""
    first, second, third = areas(sqlite_store)
    anna = reader(site, sqlite_store)
    answer = site.post(f"/u/{anna.token}/choices", **{f"area-{third}": "yes", f"area-{first}": "yes", "language": "en"})
    assert (answer.status, answer.headers["location"]) == (303, f"/u/{anna.token}?saved=1")
    assert (again(sqlite_store, anna).areas, again(sqlite_store, anna).language) == ((first, third), "en")
    page = site.get(f"/u/{anna.token}?saved=1").text
    assert "Saved" in page
    assert page.count("checked") == 3
    assert again(sqlite_store, anna).areas == (first, third)
    site.post(f"/u/{anna.token}/choices", **{"area-9999": "yes", "language": "de"})
    assert (again(sqlite_store, anna).areas, again(sqlite_store, anna).language) == ((), "en")
    site.post(f"/u/{anna.token}/choices", **{f"area-{each}": "yes" for each in (first, second, third)})
    assert again(sqlite_store, anna).areas == ()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"", ""),
    ],
)
def test_one_click_leaves_at_once_and_choices_never_do(
    site: Website, sqlite_store: Store, body: bytes, kind: str
) -> None:
    """A mail program's post, in either form that RFC 8058 allows, is answered 200 without cookie or redirect."""
    anna = reader(site, sqlite_store)
    assert site.post(f"/u/{anna.token}/choices", **{"List-Unsubscribe": "One-Click"}).status == 303
    assert again(sqlite_store, anna).state is SubscriberState.ACTIVE
    answer = site.ask("POST", f"/u/{anna.token}", body, **({"content_type": kind} if kind else {}))
    assert answer.status == 200
    assert {"set-cookie", "location"}.isdisjoint(answer.headers)
    assert again(sqlite_store, anna).state is SubscriberState.LEFT
    assert again(sqlite_store, anna).email == ""
    page = site.get(f"/u/{anna.token}").text
    assert "kodat fingeravtryck" in page
    assert 'href="/subscribe"' in page
    assert site.post(f"/u/{anna.token}/choices", language="en").status == 404
    assert site.get(f"/u/{anna.token}/proof.json").status == 404


def test_proof_is_shown_and_comes_as_a_file(site: Website, sqlite_store: Store) -> None:
    """The exact sentence, when and where, on the page and as JSON; neither holds the address or the link's secret."""
    anna = reader(site, sqlite_store)
    page, answer = site.get(f"/u/{anna.token}").text, site.get(f"/u/{anna.token}/proof.json")
    told = json.loads(answer.text)
    assert "attachment" in answer.headers["content-disposition"]
    assert [each["kind"] for each in told["events"]] == ["asked", "confirmed"]
    assert [each["page"] for each in told["events"]] == [
        "https://hallandvaxer.example.se/subscribe",
        "https://hallandvaxer.example.se/subscribe/confirm",
    ]
    for event in told["events"]:
        assert event["wording"] in page
        assert (event["language"], event["at"]) == ("sv", NOW.isoformat())
    assert told["address"] == "a•••@h•••.se"
    assert anna.token not in answer.text
    assert "anna.andersson" not in answer.text


def test_confirming_shows_the_way_to_choices_and_a_second_press_is_harmless(site: Website, sqlite_store: Store) -> None:
    """Welcome is said again, and nothing is written twice."""
    anna = reader(site, sqlite_store)
    before = subscribers.proofs(sqlite_store, anna.id)
    page = site.post(f"/subscribe/confirm/{anna.token}").text
    assert f'href="/u/{anna.token}"' in page
    assert subscribers.proofs(sqlite_store, anna.id) == before


@pytest.mark.parametrize(("state", "told"), [("bounced", "har kommit tillbaka"), ("complained", "inte vill ha")])
def test_old_confirmation_of_a_stopped_address_says_so_and_shows_the_way_back(
    site: Website, sqlite_store: Store, state: str, told: str
) -> None:
    """No welcome where nothing will come; only a new sign-up, confirmed, brings the letters back."""
    anna = reader(site, sqlite_store)
    with sqlite_store.write() as connection:
        connection.execute(schema.subscriber.update().values(state=state, asked_at=None))
    for answer in (site.get(f"/subscribe/confirm/{anna.token}"), site.post(f"/subscribe/confirm/{anna.token}")):
        assert answer.status == 410
        assert told in answer.text
        assert "Välkommen" not in answer.text
        assert "<form" not in answer.text
        assert 'href="/subscribe"' in answer.text
        assert again(sqlite_store, anna).state == state
    site.sign_up(anna.email)
    assert "Välkommen" in site.post(f"/subscribe/confirm/{anna.token}").text
    assert again(sqlite_store, anna).state is SubscriberState.ACTIVE


def test_known_and_unknown_addresses_are_answered_byte_for_byte_alike(site: Website, sqlite_store: Store) -> None:
    """Taken, asked once more, asked for work: whatever is answered is the same for both."""
    reader(site, sqlite_store, "anna@exempel.se")

    def answers() -> list[set[tuple[int, bytes]]]:
        found = []
        for more in ({}, {"form": ""}):
            both = [site.sign_up(address, **more) for address in ("anna@exempel.se", "osma@exempel.se")]
            found.append({(each.status, each.body.replace(b"osma@", b"anna@")) for each in both})
        return found

    assert [len(each) for each in answers()] == [1, 1]


def test_wrong_address_is_told_at_its_field_in_the_words_of_the_mistake(site: Website) -> None:
    """Letters before the @, and signs that belong to no address, are told apart."""
    for email, told in (("åke@exempel.se", "före @"), ("Anna <a@exempel.se>", "hör inte hemma")):
        answer = site.sign_up(email)
        assert answer.status == 400
        assert told.split()[0] in answer.text
        assert 'aria-invalid="true"' in answer.text


def test_flood_is_met_with_work_that_a_form_can_bring(site: Website, sqlite_store: Store) -> None:
    """The page says why, keeps what was typed, and takes the address when the work is done."""
    for number in range(guard.DOMAIN):
        site.sign_up(f"a{number}@exempel.se")
    answer = site.sign_up("anna@exempel.se")
    assert answer.status == 429
    assert 'value="anna@exempel.se"' in answer.text
    assert "Låt sidan räkna färdigt" in answer.text
    mark = answer.text.partition('name="later" value="')[2].partition('"')[0]
    number = next(str(each) for each in range(10_000_000) if is_work(mark, str(each)))
    assert site.sign_up("anna@exempel.se", later=mark, work=number).status == 303
    assert subscribers.find_by_address(sqlite_store, "veckobrevet", "anna@exempel.se") is not None


def test_form_shown_this_second_is_asked_for_once_more(site: Website, sqlite_store: Store) -> None:
    """What a program fills in at once comes back with the address in it; the second press is taken."""
    shown = form_mark(sqlite_store.secret, NOW)
    answer = site.sign_up("anna@exempel.se", form=shown)
    assert answer.status == 200
    assert "Tryck en gång till" in answer.text
    assert 'value="anna@exempel.se"' in answer.text
    assert subscribers.find_by_address(sqlite_store, "veckobrevet", "anna@exempel.se") is None
    assert site.sign_up("anna@exempel.se").status == 303
