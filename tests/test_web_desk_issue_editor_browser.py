"""The editor of an issue in a real browser: moved by mouse, finger and keys, and nothing that was typed is lost."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from builders import approved, node
from campaign.newsletter import EVENTS, IssueItem, IssueState, ItemKind
from campaign.records import Role
from conftest import NOW
from desk import PASSWORD, browser_page
from digest import desk as digest_desk
from moody import Moody, moody
from storage.evidence import attach
from storage.issue_edits import edit, move_item, write_item
from storage.issue_states import set_state
from storage.issues import get_issue, items, section_notes
from storage.people import add_account
from storage.store import Actor, Store

#: What the browser says of a server that is gone, or of a form that was refused.
TROUBLE = r"ERR_|Failed to load|422|409|htmx:|Response Status"
WIDE = {"width": 1440, "height": 900}


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Moody]:
    """A desk with a draft: A, B and C in one section, D in the rest, and an event."""
    made_by = add_account(sqlite_store, "editor", role=Role.EDITOR, password=PASSWORD, now=NOW, email="editor@x.se")
    by = Actor(kind="person", account_id=made_by.id)
    area = node(sqlite_store)
    for number, name in enumerate("ABCD"):
        made = approved(
            sqlite_store,
            at=NOW - timedelta(hours=8 - number),
            by=by,
            author_name=f"Förening {name}",
            text=f"Nummer {name} berättar om skörden. Mer text följer här. #hallandväxer",
        )
        if name != "D":
            attach(sqlite_store, made.id, area, by=by, now=NOW)
    with moody(sqlite_store) as found:
        digest_desk.draft_now(sqlite_store, found.settings, "veckobrevet", by=by, now=NOW)
        write_item(
            sqlite_store,
            1,
            kind=ItemKind.EVENT,
            section=EVENTS,
            title="Frukost i Laholm",
            starts_at=NOW,
            by=by,
            now=NOW,
        )
        yield found


def told(site: Moody, section: str = "attraktiv") -> list[IssueItem]:
    """What stands in a section, in order."""
    return [item for item in items(site.store, 1) if not item.left_out and item.section == section]


def ids(site: Moody, section: str = "attraktiv") -> list[int]:
    """The ids of what stands in a section, in order."""
    return [item.id for item in told(site, section)]


def said(page: Any, words: str) -> None:
    """Wait until something is said."""
    page.locator("#said", has_text=re.compile(words)).wait_for(state="attached")


def middle(page: Any, selector: str) -> tuple[float, float]:
    """The middle of an element on the screen."""
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_row_is_dragged_within_its_section_in_one_press(site: Moody) -> None:
    """The first is dropped after the last by the mouse: said where it landed, the focus stays, one press in all."""
    first, second, third = ids(site)
    changes = get_issue(site.store, 1).changes
    with browser_page(site, viewport=WIDE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.locator(f"#grip-{first}").scroll_into_view_if_needed()
        page.mouse.move(*middle(page, f"#grip-{first}"))
        page.mouse.down()
        x, y = middle(page, f"#item-{third}")
        page.mouse.move(x, y + 30, steps=5)
        page.locator(".drag-label", has_text="Plats 3 i En attraktiv region").wait_for()
        page.mouse.up()
        said(page, "plats 3 av 3 i En attraktiv region")
        assert page.evaluate("document.activeElement.id") == f"grip-{first}"
    assert ids(site) == [second, third, first]
    assert get_issue(site.store, 1).changes == changes + 1


def test_a_row_is_dragged_to_another_section_by_a_finger(site: Moody) -> None:
    """Touch on a phone does the same, and the page does not scroll away under it."""
    first = ids(site)[0]
    with browser_page(site, viewport={"width": 320, "height": 700}, has_touch=True, is_mobile=True) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.locator(f"#grip-{first}").scroll_into_view_if_needed()
        wire = page.context.new_cdp_session(page)
        x, y = middle(page, f"#grip-{first}")
        wire.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        wire.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y + 20}]})
        for _ in range(300):
            # At its edge the page rolls on under the finger, so the aim is taken anew.
            target = page.locator('[data-part=""] > ol').bounding_box()["y"] + 4
            at = max(60, min(target, 670))
            wire.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": at}]})
            if 80 < target < 620 and "Plats 1 i Utan" in page.locator(".drag-label").inner_text():
                break
        wire.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        said(page, "plats 1 av 2 i Utan del")
    assert ids(site, "")[0] == first


def test_escape_leaves_everything_as_it_was(site: Moody) -> None:
    """A drag that is given up sends nothing and says so."""
    before, changes = ids(site), get_issue(site.store, 1).changes
    with browser_page(site, viewport=WIDE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.locator(f"#grip-{before[0]}").scroll_into_view_if_needed()
        page.mouse.move(*middle(page, f"#grip-{before[0]}"))
        page.mouse.down()
        page.mouse.move(*middle(page, f"#item-{before[2]}"), steps=4)
        page.keyboard.press("Escape")
        page.mouse.up()
        said(page, "Flytten avbröts")
        assert page.locator(".drop-line").count() == 0
    assert (ids(site), get_issue(site.store, 1).changes) == (before, changes)


def test_keys_move_within_and_across_sections(site: Moody) -> None:
    """Alt with the arrows, quickly twice, then with Shift into the next section; each is said and the focus stays."""
    first, second, third = ids(site)
    with browser_page(site, viewport=WIDE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.locator(f"#item-{first}").focus()
        page.keyboard.press("Alt+ArrowDown")
        page.keyboard.press("Alt+ArrowDown")
        said(page, "plats 3 av 3 i En attraktiv region")
        assert page.evaluate("document.activeElement.id") == f"item-{first}"
        page.keyboard.press("Alt+Shift+ArrowDown")
        said(page, "plats 1 av 2 i Utan del av strategin")
        assert page.evaluate("document.activeElement.id") == f"item-{first}"
        page.locator(f"#grip-{first}").focus()
        page.keyboard.press("Shift+ArrowUp")
        said(page, "plats 3 av 3 i En attraktiv region")
    assert ids(site) == [second, third, first]


def test_a_move_from_a_stale_page_is_refused_and_the_page_is_up_to_date(site: Moody) -> None:
    """A colleague moved a row meanwhile: words say so where the focus is, nothing moved, the next press works."""
    first, second, third = ids(site)
    by = Actor(kind="person", account_id=1)
    with browser_page(site, viewport=WIDE, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        move_item(site.store, 1, third, by=by, now=NOW, place=1)
        page.locator(f"#item-{first}").focus()
        page.keyboard.press("Alt+ArrowDown")
        page.locator("#issue-refused", has_text="Någon annan har flyttat om i brevet").wait_for()
        assert ids(site) == [first, third, second]
        page.locator(f"#item-{first}").focus()
        page.keyboard.press("Alt+ArrowDown")
        said(page, "plats 2 av 3")
    assert ids(site) == [third, first, second]


def test_what_is_typed_outlives_a_server_that_dies_and_a_reload(site: Moody) -> None:
    """Subject, introduction, a story's words, a note and half an event come back after both died, and are saved."""
    first = ids(site)[0]
    with browser_page(site, viewport=WIDE, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.get_by_label("Ämnesrad").fill("Halva ämnet")
        page.get_by_label("Inledning").fill("Halva inledningen")
        page.locator(f"#edit-{first}").click()
        page.locator(f"#item-{first}-title").fill("Bron")
        page.locator(".part-noting summary").first.click()
        page.locator(".part-noting textarea").first.fill("Över avsnittet")
        page.locator("#adding > summary").click()
        page.locator("#add-event > summary").click()
        page.locator("#new-event-title").fill("Halvt evenemang")
        site.kill()
        page.locator("#save-words").click()
        page.locator("#toasts .toast.bad").wait_for()
        site.start()
        page.goto(f"{site.address}/desk/issues/1")
        page.locator("#unsaved", has_text=re.compile(r"Återställt sedan \d\d:\d\d")).wait_for()
        assert page.get_by_label("Ämnesrad").input_value() == "Halva ämnet"
        assert page.locator(f"#item-{first}-title").input_value() == "Bron"
        assert page.locator("#new-event-title").is_visible()
        page.locator("#new-event-starts_on").fill("2026-12-03")
        page.locator("#new-event-all_day").check()
        page.locator("#unsaved-save").click()
        page.locator("#unsaved").wait_for(state="hidden")
        assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('skord.issue')).length") == 0
    issue = get_issue(site.store, 1)
    assert (issue.subject, issue.intro) == ("Halva ämnet", "Halva inledningen")
    assert told(site)[0].title == "Bron"
    assert section_notes(site.store, 1) == {"attraktiv": "Över avsnittet"}
    assert [(item.title, item.all_day) for item in told(site, EVENTS)][-1] == ("Halvt evenemang", True)


def test_restored_words_are_dropped_when_asked(site: Moody) -> None:
    """Dropped, the fields show what is saved, and nothing comes back with the next load."""
    with browser_page(site, viewport=WIDE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.get_by_label("Inledning").fill("Ett infall")
        page.reload()
        page.locator("#unsaved-drop").click()
        page.locator("#unsaved").wait_for(state="hidden")
        assert page.get_by_label("Inledning").input_value() == ""
        page.reload()
        page.locator("#save-words").wait_for()
        assert page.get_by_label("Inledning").input_value() == ""
        assert page.locator("#unsaved").is_hidden()


def test_a_refused_saving_keeps_the_words_and_shows_the_others(site: Moody) -> None:
    """A colleague saved first: mine stay in the field, theirs stand beside, and saving again takes mine."""
    by = Actor(kind="person", account_id=1)
    with browser_page(site, viewport=WIDE, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.get_by_label("Inledning").fill("Min inledning")
        edit(site.store, 1, by=by, now=NOW, intro="Deras inledning")
        page.locator("#save-words").click()
        page.locator(".theirs", has_text="Deras inledning").wait_for()
        assert page.get_by_label("Inledning").input_value() == "Min inledning"
        assert page.locator("#unsaved").is_visible()
        page.locator("#save-words").click()
        said(page, "Orden är sparade")
        assert page.locator("#unsaved").is_hidden()
    assert get_issue(site.store, 1).intro == "Min inledning"


def test_nobody_approves_without_the_words_on_their_screen(site: Moody) -> None:
    """Approving with unsaved words is stopped with a sentence; an approved issue is not touched by typing alone."""
    with browser_page(site, viewport=WIDE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.get_by_label("Inledning").fill("Viktigt")
        page.locator("#approve").click()
        page.locator("#unsaved", has_text="Spara eller släng dem först").wait_for()
        assert get_issue(site.store, 1).state is IssueState.DRAFT
        page.locator("#unsaved-save").click()
        said(page, "Orden är sparade")
        page.locator("#approve").click()
        page.locator("#state", has_text="Godkänd").wait_for()
        page.get_by_label("Ämnesrad").fill("Ett annat")
        page.locator("#unsaved", has_text="Inte sparat än").wait_for()
        assert get_issue(site.store, 1).state is IssueState.APPROVED


def test_the_inbox_line_and_markdown_follow_the_typing(site: Moody) -> None:
    """The subject is cut where an inbox cuts it, and counted; the introduction is shown as the letter has it."""
    with browser_page(site, viewport=WIDE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.get_by_label("Ämnesrad").fill("Å" * 70)
        assert page.locator('[data-inbox-shows="subject"]').inner_text() == "Å" * 59 + "…"
        page.locator('[data-inbox-count="subject"].over', has_text="70 tecken").wait_for()
        page.get_by_label("Inledning").fill("**Hej** <b>x</b> [länk](javascript:alert(1))")
        page.locator('[data-looks="words-intro"] strong', has_text="Hej").wait_for()
        assert page.locator('[data-looks="words-intro"] b, [data-looks="words-intro"] a[href]').count() == 0


def test_a_wrong_field_is_told_beside_it_and_has_the_focus(site: Moody) -> None:
    """An end before the start: the sentence stands at the field, what was typed stays."""
    with browser_page(site, viewport=WIDE, expected=TROUBLE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.locator("#adding > summary").click()
        page.locator("#add-event > summary").click()
        page.locator("#new-event-title").fill("Kväll")
        page.locator("#new-event-starts_on").fill("2026-12-03")
        page.locator("#new-event-starts_time").fill("18:00")
        page.locator("#new-event-ends_time").fill("17:00")
        page.locator("#add-event [data-saves]").click()
        page.locator("#new-event-ends_time-error", has_text="Det slutar innan det har börjat").wait_for()
        assert page.evaluate("document.activeElement.id") == "new-event-ends_time"
        assert page.locator("#new-event-title").input_value() == "Kväll"
        page.locator("#new-event-ends_time").fill("19:00")
        page.locator("#add-event [data-saves]").click()
        said(page, "Tillagd i brevet")
        assert page.evaluate("document.activeElement.id") == f"item-{ids(site, EVENTS)[-1]}"
    assert told(site, EVENTS)[-1].title == "Kväll"


def test_words_for_an_issue_that_was_closed_meanwhile_can_still_be_copied(site: Moody) -> None:
    """Where there is no field any more, what was typed is shown until somebody drops it."""
    with browser_page(site, viewport=WIDE) as page:
        page.goto(f"{site.address}/desk/issues/1")
        page.get_by_label("Inledning").fill("Mitt långa arbete")
        by = Actor(kind="person", account_id=1)
        set_state(site.store, 1, IssueState.CANCELLED, expect=(IssueState.DRAFT,), by=by, now=NOW)
        page.reload()
        kept = page.locator("#unsaved [data-unsaved-text]")
        kept.wait_for()
        assert kept.input_value() == "Mitt långa arbete"
        page.reload()
        kept.wait_for()
        page.locator("#unsaved-drop").click()
        page.reload()
        page.locator("#state").wait_for()
        assert page.locator("#unsaved").is_hidden()
