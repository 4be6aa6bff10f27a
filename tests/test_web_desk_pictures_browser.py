"""Pictures and excerpts at the desk in a real browser, by keyboard."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image

from builders import approved, picture, story
from campaign.records import Media, Right, Role
from desk import Running, browser_page, running
from storage.media import set_file, write_renditions
from storage.store import Store
from storage.stories import find_story

FILE = "a" * 64


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk that answers."""
    with running(sqlite_store) as site:
        yield site


def with_copy(site: Running, media: Media) -> None:
    """Give a picture a copy of ours."""
    out = io.BytesIO()
    Image.new("RGB", (480, 320), "green").save(out, "JPEG")
    write_renditions(site.store, FILE, {480: out.getvalue()})
    set_file(site.store, media.id, FILE, width=480, height=320)


def kept(site: Running, story_id: int) -> tuple[Media, ...]:
    """The pictures of a story as they are stored."""
    found = find_story(site.store, story_id, public=False)
    assert found is not None
    return found.lead.media


def test_t_opens_the_picture_that_lacks_words_and_the_words_are_written_at_once(site: Running) -> None:
    """One key to open, words, Ctrl and Enter to save; u takes them back."""
    made = story(site.store, media=(picture(), picture(alt=None)))
    lacking = made.lead.media[1]
    with browser_page(site, role=Role.REVIEWER) as page:
        page.goto(f"{site.address}/desk")
        page.keyboard.press("j")
        page.keyboard.press("t")
        page.locator(f"#alt-{lacking.id}:focus").wait_for()
        page.keyboard.type("En traktor på ett fält.")
        assert page.locator(f"#alt-{lacking.id}-count").inner_text().startswith("23 tecken")
        page.keyboard.press("Control+Enter")
        page.locator("#said", has_text="Bildens uppgifter är sparade").wait_for(state="attached")
        assert kept(site, made.id)[1].alt == "En traktor på ett fält."
        page.keyboard.press("u")
        page.locator("#said", has_text="tillbaka sin bildtext").wait_for(state="attached")
    assert kept(site, made.id)[1].alt is None


def test_only_the_fields_that_a_right_needs_are_shown(site: Running) -> None:
    """None for no right, whose and where for our own, proof too for a permission."""
    made = story(site.store, media=(picture(),))
    number = made.lead.media[0].id
    with browser_page(site, role=Role.REVIEWER) as page:
        page.goto(f"{site.address}/desk")
        page.locator(f"#picture-{number}-open").click()
        shown = {name: page.locator(f"#{name}-{number}") for name in ("from", "proof", "uses", "until")}
        assert [each.is_visible() for each in shown.values()] == [False] * 4
        page.locator(f"#right-{number}-own").check()
        assert [each.is_visible() for each in shown.values()] == [True, False, True, True]
        page.locator(f"#right-{number}-permission").check()
        assert [each.is_visible() for each in shown.values()] == [True] * 4
        page.locator(f"#from-{number}").fill("Anna")
        page.locator(f"#use-{number}-web").check()
        page.locator(f"#picture-{number} .button.main").click()
        page.locator("#said", has_text="Bildens uppgifter är sparade").wait_for(state="attached")
    assert kept(site, made.id)[0].right is Right.PERMISSION


def test_what_stays_in_view_is_chosen_with_arrows_or_a_press(site: Running) -> None:
    """The fields, the previews and what is spoken follow; a saved choice shows on the card."""
    made = story(site.store, media=(picture(),))
    media = made.lead.media[0]
    with_copy(site, media)
    with browser_page(site, role=Role.REVIEWER) as page:
        page.goto(f"{site.address}/desk")
        page.locator(f"#picture-{media.id}-open").click()
        page.locator(f"#cut-{media.id} > summary").click()
        page.locator(f"#cut-{media.id} [data-cut-pick]").focus()
        for key in ("ArrowLeft", "ArrowLeft", "ArrowDown"):
            page.keyboard.press(key)
        assert page.locator(f"#cut-x-{media.id}").input_value() == "30"
        assert page.locator(f"#cut-y-{media.id}").input_value() == "60"
        said = page.locator(f"#cut-{media.id}-said").inner_text()
        assert said == "30 procent från vänster, 60 procent uppifrån"
        preview = page.locator(f"#cut-{media.id} .cut-list")
        assert preview.evaluate("each => getComputedStyle(each).objectPosition") == "30% 60%"
        box = page.locator(f"#cut-{media.id} [data-cut-pick]").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.1)
        assert page.locator(f"#cut-x-{media.id}").input_value() == "90"
        page.locator(f"#picture-{media.id} .button.main").click()
        page.locator("#said", has_text="Bildens uppgifter är sparade").wait_for(state="attached")
        shown = page.locator(f"#media-{media.id} > figure img")
        assert shown.evaluate("each => getComputedStyle(each).objectPosition") == "90% 10%"
    assert kept(site, made.id)[0].focus == (90, 10)


def test_an_excerpt_is_marked_by_selecting_in_the_text(site: Running) -> None:
    """In the form's own text, which cannot be changed; what is chosen stands beside it, and is cut where it was."""
    text = "Först 🚜 kom traktorn. Sedan kom alla andra och firade. " + "Mer om dagen. " * 20
    made = approved(site.store, title="Dagen", text=text, html="")
    with browser_page(site, role=Role.REVIEWER) as page:
        page.goto(f"{site.address}/desk?pile=approved")
        page.locator(f"#excerpt-{made.id}-open").click()
        field = page.locator(f"#excerpt-{made.id}-text")
        field.evaluate(
            "(each, words) => each.setSelectionRange(...[0, words.length].map((n) => n + each.value.indexOf(words)))",
            "Sedan kom all",
        )
        field.focus()
        page.keyboard.press("Shift+ArrowRight")
        assert page.locator(f"#excerpt-{made.id} [data-excerpt-shown]").inner_text() == "Sedan kom alla"
        page.locator(f"#excerpt-{made.id} .button").click()
        page.locator("#said", has_text="Utdraget är valt").wait_for(state="attached")
        assert page.locator(".excerpt-shown q").inner_text() == "Sedan kom alla"
        page.goto(f"{site.address}/archive")
        assert "[…] Sedan kom alla […]" in page.locator(".story-row .excerpt").inner_text()


def test_an_excerpt_is_marked_with_the_keyboard_by_its_first_and_last_words(site: Running) -> None:
    """What is typed counts instead of what was selected before."""
    text = "Först kom traktorn. Sedan kom alla andra och firade. " + "Mer om dagen. " * 20
    made = approved(site.store, title="Dagen", text=text, html="")
    with browser_page(site, role=Role.REVIEWER) as page:
        page.goto(f"{site.address}/desk?pile=approved")
        page.locator(f"#excerpt-{made.id}-open").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.locator(f"#excerpt-{made.id}-text:focus").wait_for()
        page.locator(f"#excerpt-{made.id}-text").evaluate("each => each.setSelectionRange(0, 5)")
        page.locator("[data-excerpt-shown]", has_text="Först").wait_for()
        page.keyboard.press("Tab")
        page.keyboard.type("sedan kom")
        page.keyboard.press("Tab")
        page.keyboard.type("firade.")
        page.keyboard.press("Enter")
        page.locator("#said", has_text="Utdraget är valt").wait_for(state="attached")
        assert page.locator(".excerpt-shown q").inner_text() == "Sedan kom alla andra och firade."


def test_the_words_that_ask_can_be_copied(site: Running) -> None:
    """The button says that it did, to the eye and to the ear."""
    made = story(site.store, media=(picture(),))
    with browser_page(site, role=Role.REVIEWER, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"{site.address}/desk/media/{made.lead.media[0].id}/ask")
        page.locator("[data-copy=short]").click()
        page.locator("#said", has_text="Kopierat.").wait_for(state="attached")
        words = page.locator("#short").input_value()
        assert re.match(r"Hej @", words)
        assert page.evaluate("navigator.clipboard.readText()") == words
