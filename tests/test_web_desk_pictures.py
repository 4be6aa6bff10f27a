"""Pictures at the desk: right, words, crop, asking, taking out; over HTTP as people press."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from builders import approved, picture, story
from campaign.errors import CollectError
from campaign.records import Media, Right, Role, Use
from conftest import NOW
from desk import Running, fields, running
from storage.media import media_due, set_failed, set_file, write_renditions
from storage.rights import set_right
from storage.store import Actor, Store
from storage.stories import find_story

FILE = "d" * 64
GRANT = {"right": "permission", "right_from": "Anna", "proof": "Mejl 3/11", "use_web": "yes", "use_mail": "yes"}


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk that answers."""
    with running(sqlite_store) as site:
        yield site


def pictures(site: Running, story_id: int) -> tuple[Media, ...]:
    """The pictures of a story's leading post."""
    found = find_story(site.store, story_id, public=False)
    assert found is not None
    return found.lead.media


def press(site: Running, media_id: int, what: str = "", *, role: Role = Role.REVIEWER, **form: Any) -> Any:
    """Send the form of a picture as the queue's page has it; return the answer."""
    client = site.client(role)
    path = f"/desk/media/{media_id}{what}"
    page = client.get(form.pop("page", "/desk?pile=all")).text
    return client.post(path, data=fields(page, path) | form)


def undo_offered(site: Running, address: str) -> None:
    """Press undo as the page that the answer leads to offers it."""
    client = site.client()
    form = fields(client.get(address).text, "/desk/undo")
    assert client.post("/desk/undo", data=form).status_code == 303


def test_one_form_records_words_right_uses_day_and_crop(site: Running) -> None:
    """All of it in one press, the day itself inside, and one undo takes it back."""
    made = story(site.store, media=(picture(alt=None),))
    before = made.lead.media[0]
    done = press(site, before.id, **GRANT, until="2027-06-30", alt="Tre barn på en ny bro.", focus_x="20", focus_y="70")
    assert done.status_code == 303
    (media,) = pictures(site, made.id)
    assert (media.right, media.right_from, media.right_proof) == (Right.PERMISSION, "Anna", "Mejl 3/11")
    assert media.right_uses == (Use.WEB, Use.MAIL)
    assert media.right_until == datetime(2027, 6, 30, 22, tzinfo=UTC)
    assert (media.alt, media.focus) == ("Tre barn på en ny bro.", (20, 70))
    undo_offered(site, done.headers["location"])
    assert pictures(site, made.id) == (before,)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"right_from": ""}, "from"),
        ({"use_web": "", "use_mail": ""}, "uses"),
        ({"until": "2020-01-01"}, "until"),
        ({"until": "i morgon"}, "until"),
        ({"alt": "å" * 2001}, "alt"),
        ({"focus_x": "120", "focus_y": "10"}, "cut"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(
    site: Running, changes: dict[str, str], field: str
) -> None:
    """The form comes back filled in, open, with the sentence beside the field; nothing was recorded."""
    made = story(site.store, media=(picture(alt=None),))
    media = made.lead.media[0]
    set_file(site.store, media.id, FILE, width=960, height=640)
    before = pictures(site, made.id)
    form = GRANT | {"alt": "Egna ord som inte får gå förlorade."} | changes
    answer = press(site, media.id, **form)
    assert answer.status_code == 422
    assert f'id="{field}-{media.id}-error"' in answer.text
    assert re.search(rf'<details class="picture-form" id="picture-{media.id}" open', answer.text)
    assert form["alt"] in html.unescape(answer.text)
    assert pictures(site, made.id) == before


def test_no_use_is_chosen_until_a_person_chooses(site: Running) -> None:
    """A picture without a right has nothing ticked, and saying that there is a right asks for what; then until when."""
    made = story(site.store, media=(picture(alt="En bro."),))
    media = made.lead.media[0]
    set_file(site.store, media.id, FILE, width=960, height=640)
    answer = press(site, media.id, right="permission", right_from="Anna")
    assert answer.status_code == 422
    assert f'id="uses-{media.id}-error"' in answer.text
    press(site, media.id, right="permission", right_from="Anna", use_web="yes", until="2027-06-30")
    assert "Får visas på webben till 30 juni 2027" in site.client().get("/desk?pile=all").text


def test_the_authors_words_are_taken_over_in_one_press(site: Running) -> None:
    """Also after somebody wrote others, or called the picture decorative."""
    made = story(site.store, media=(picture(alt="Författarens ord."),))
    media = made.lead.media[0]
    press(site, media.id, right="none", alt="Våra ord.", decorative="yes")
    assert pictures(site, made.id)[0].decorative
    page = site.client().get("/desk?pile=all").text
    assert "Författarens ord." in page
    press(site, media.id, right="none", alt="Våra ord.", decorative="yes", press="authors")
    (taken,) = pictures(site, made.id)
    assert (taken.alt, taken.decorative) == ("Författarens ord.", False)


def test_words_like_the_authors_stay_the_authors(site: Running) -> None:
    """Saving the form with the author's words in it does not make them ours."""
    made = story(site.store, media=(picture(alt="Författarens\n ord."),))
    before = made.lead.media[0]
    press(site, before.id, right="none", alt="Författarens ord.")
    assert pictures(site, made.id) == (before,)


def test_a_right_for_all_of_the_same_sender_leaves_the_others_alone(site: Running) -> None:
    """The two pictures of one sender get it in one press, with one undo."""
    made = story(site.store, media=(picture(), picture()))
    one, two = made.lead.media
    done = press(site, one.id, **GRANT, alt=one.alt or "", all="yes")
    assert [each.right for each in pictures(site, made.id)] == [Right.PERMISSION] * 2
    undo_offered(site, done.headers["location"])
    assert pictures(site, made.id) == (one, two)


def test_without_the_tick_only_the_one_picture_gets_it(site: Running) -> None:
    """Nothing is granted that nobody granted."""
    made = story(site.store, media=(picture(), picture()))
    press(site, made.lead.media[0].id, **GRANT)
    assert [each.right for each in pictures(site, made.id)] == [Right.PERMISSION, Right.NONE]


def test_taking_out_everywhere_is_one_press_and_one_undo(site: Running) -> None:
    """The public page and the file's address lose it at once, and get it back."""
    made = approved(site.store, media=(picture(),))
    media = made.lead.media[0]
    write_renditions(site.store, FILE, {480: b"small", 960: b"large"})
    set_file(site.store, media.id, FILE, width=960, height=640)
    set_right(site.store, media.id, Right.OWN, by=Actor(kind="person"), now=NOW)
    reader = site.client(None)
    address = f"/media/{FILE}-960.jpg"
    assert reader.get(address).status_code == 200
    done = press(site, media.id, "/withdraw")
    assert reader.get(address).status_code == 404
    assert FILE not in reader.get(f"/stories/{made.id}").text
    assert "Visas inte: ägaren har sagt nej" in site.client().get("/desk?pile=all").text
    undo_offered(site, done.headers["location"])
    assert reader.get(address).status_code == 200


def test_the_words_that_ask_are_ready_and_asking_is_noted(site: Running) -> None:
    """The page has both texts without scripts; noting it moves the picture in the list."""
    made = story(site.store, media=(picture(), picture()), language="sv")
    for number, media in enumerate(made.lead.media):
        set_file(site.store, media.id, f"{number}" * 64, width=960, height=640)
    client = site.client(Role.REVIEWER)
    path = f"/desk/media/{made.lead.media[0].id}/ask"
    page = html.unescape(client.get(path, params={"use_mail": "yes", "until": "2027-06-30"}).text)
    assert "@vastkusten@exempel.social" in page
    assert "i vårt nyhetsbrev till och med 30 juni 2027" in page
    assert "på vår webbplats" not in page
    assert "av högst 500 tecken" in page
    assert "Frågan gäller även 1 annan bild" in page
    press(site, made.lead.media[0].id, "/asked", page=path, all="yes")
    assert [each.asked_at for each in pictures(site, made.id)] == [NOW, NOW]
    listed = client.get("/desk/pictures?show=asked").text
    assert listed.count('class="picture-list') == 1
    assert listed.count("frågad 20 november 2026") == 2


def test_who_writes_english_is_asked_in_english(site: Running) -> None:
    """With the English page about personal data."""
    made = story(site.store, media=(picture(),), language="en")
    page = site.client().get(f"/desk/media/{made.lead.media[0].id}/ask").text
    assert "May Region Halland show it on our website" in html.unescape(page)
    assert "/en/privacy" in page


def test_a_day_that_cannot_be_read_is_told_on_the_asking_page(site: Running) -> None:
    """The words stand there all the same."""
    made = story(site.store, media=(picture(),))
    answer = site.client().get(f"/desk/media/{made.lead.media[0].id}/ask?until=aldrig")
    assert answer.status_code == 422
    assert 'id="until-error"' in answer.text


def test_the_list_warns_thirty_days_before_a_right_ends(site: Running) -> None:
    """With its day, and a number in the head of every page; one that ends later is not in it."""
    soon, later = story(site.store, media=(picture(),)), story(site.store, media=(picture(),))
    by = Actor(kind="person")
    for number, (made, days) in enumerate(((soon, 30), (later, 31))):
        media = made.lead.media[0]
        set_file(site.store, media.id, f"{number}" * 64, width=960, height=640)
        set_right(site.store, media.id, Right.OWN, until=NOW + timedelta(days=days), by=by, now=NOW)
    page = site.client(Role.READER).get("/desk/pictures?show=ending").text
    assert f"/desk/stories/{soon.id}#media-" in page
    assert f"/desk/stories/{later.id}#media-" not in page
    assert "till 20 december 2026" in page
    assert re.search(r'id="nav-pictures">1<', page)


def test_why_a_picture_could_not_be_fetched_is_told_and_tried_again(site: Running) -> None:
    """In words on the card, with a press that makes it due at once."""
    made = story(site.store, media=(picture(),))
    media = made.lead.media[0]
    error = CollectError("picture_gone", permanent=True, host="exempel.social")
    set_failed(site.store, media.id, error, now=NOW)
    assert media_due(site.store, now=NOW, limit=9) == []
    assert "Bilden finns inte längre hos exempel.social." in site.client().get("/desk?pile=all").text
    press(site, media.id, "/fetch")
    assert [due.id for due in media_due(site.store, now=NOW, limit=9)] == [media.id]
    assert "finns inte längre" not in site.client().get("/desk?pile=all").text


def test_the_first_picture_without_words_has_the_key(site: Running) -> None:
    """One picture of a card opens by t, and it is the one that lacks something."""
    made = story(site.store, media=(picture(), picture(alt=None)))
    page = site.client().get("/desk?pile=all").text
    assert re.findall(r'id="picture-(\d+)-open" data-key="t"', page) == [str(made.lead.media[1].id)]


def test_a_picture_of_nothing_is_not_found(site: Running) -> None:
    """An id that never was answers kindly."""
    made = story(site.store, media=(picture(),))
    client = site.client()
    form = fields(client.get("/desk?pile=all").text, f"/desk/media/{made.lead.media[0].id}")
    assert client.post("/desk/media/4711", data=form | GRANT).status_code == 404
    assert client.get("/desk/media/4711/ask").status_code == 404


def test_readers_see_what_is_known_and_press_nothing(site: Running) -> None:
    """Without the role there is no form and no way around it."""
    made = story(site.store, media=(picture(),))
    client = site.client(Role.READER)
    assert "/desk/media/" + str(made.lead.media[0].id) + '"' not in client.get("/desk?pile=all").text
    assert client.post(f"/desk/media/{made.lead.media[0].id}/withdraw").status_code == 403
