"""Writing at the desk in a real browser: nothing is lost on the way, and everything works without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from campaign.records import Role
from desk import Running, browser_page, running
from storage.store import Store
from test_web_desk_write import only, photo


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """The whole web of an empty store, on a socket."""
    with running(sqlite_store) as found:
        yield found


def _wait(page: Any, condition: str) -> None:
    """Wait until something holds on the page, whose policy lets no condition run by itself."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def _gone(route: Any) -> None:
    """A server that takes no form any more."""
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


def test_nothing_written_is_lost_in_the_browser(site: Running) -> None:
    """A reload, a login that ended and a server that is gone: words and pictures are there again, until saved once."""
    with browser_page(site, role=Role.REVIEWER, expected="ERR_|Failed to load") as page:
        page.goto(f"{site.address}/desk/stories/new")
        page.fill("#f-title", "Bron")
        page.fill("#f-text", "En lång text om bron.")
        upload = {"name": "bro.jpg", "mimeType": "image/jpeg", "buffer": photo()}
        page.set_input_files("#f-pictures", upload)
        page.fill(".write-picture textarea", "En bro.")
        _wait(page, "Object.values(localStorage).some((each) => each.includes('En bro.'))")
        page.reload()
        assert page.input_value("#f-title") == "Bron"
        assert page.input_value(".write-picture textarea") == "En bro."
        assert page.is_visible("#write-kept")
        cookies = page.context.cookies()
        page.context.clear_cookies()
        page.fill("#f-text", "En ännu längre text.")
        page.click(".write-go .main")
        page.wait_for_url("**/desk/login**")
        page.context.add_cookies(cookies)
        page.goto(f"{site.address}/desk/stories/new")
        assert page.input_value("#f-text") == "En ännu längre text."
        page.route(
            "**/desk/stories/new", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
        )
        page.click(".write-go .main")
        page.unroute("**/desk/stories/new")
        page.goto(f"{site.address}/desk/stories/new")
        page.click(".write-go .main")
        page.wait_for_url("**said=wrote**")
        _wait(page, "!Object.keys(localStorage).some((each) => each.startsWith('skord.writing.'))")
    story = only(site)
    assert (story.lead.text, story.lead.media[0].alt) == ("En ännu längre text.", "En bro.")


def test_starting_over_forgets_what_was_kept(site: Running) -> None:
    """One press throws away what was restored, and it does not come back."""
    with browser_page(site) as page:
        page.goto(f"{site.address}/desk/stories/new")
        page.fill("#f-title", "Ångrad")
        page.reload()
        page.click("#write-over")
        _wait(page, "document.getElementById('f-title')?.value === ''")
        page.reload()
        assert page.input_value("#f-title") == ""


def test_the_form_works_without_scripts(site: Running) -> None:
    """Choosing, uploading, describing and saving, one step a page; the hint says that nothing is kept by itself."""
    with browser_page(site, scripts=False) as page:
        page.goto(f"{site.address}/desk/stories/new")
        assert "Utan skript" in page.inner_text("main")
        page.fill("#f-title", "Utan skript")
        page.set_input_files("#f-pictures", {"name": "bro.jpg", "mimeType": "image/jpeg", "buffer": photo()})
        page.click("#write-upload")
        page.fill(".write-picture textarea", "En bro.")
        page.click(".write-go .main")
        page.wait_for_url("**said=wrote**")
    assert only(site).lead.media[0].alt == "En bro."
