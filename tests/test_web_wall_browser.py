"""The wall in a real browser: it follows what is decided, and keeps its last good picture when nobody answers.

Nothing here waits for a time of day: each wait is for what the wall itself says, and gives up after a while.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import uvicorn

from builders import account, approved, story
from conftest import NOW
from desk import Running, browser_page, running
from storage.decisions import Action, decide
from storage.store import Actor, Store
from storage.wall import set_wall_message, take_down_wall_message

SHOWN = "#wall-stories .slide.shown"
LONG = 20_000

#: Counts what the wall says of itself from its first moment on.
COUNTING = """
window.said = [];
for (const name of ["shown", "left", "came", "lost", "back", "renewed", "rest", "paused", "goes"])
  document.addEventListener(`wall:${name}`, (event) => window.said.push([name, event.detail]));
"""


def person(store: Store) -> Actor:
    """Somebody at the desk."""
    return Actor(kind="person", account_id=account(store))


@contextmanager
def open_wall(site: Running, query: str = "?each=600&rest=0", **context: Any) -> Iterator[Any]:
    """A wall on a screen. What the browser itself says of a network that is gone is no fault of the page."""
    with browser_page(site, expected=r"Failed to load resource|ERR_CONNECTION|503", **context) as page:
        page.add_init_script(COUNTING)
        page.goto(f"{site.address}/wall{query}")
        page.wait_for_selector("html.live")
        yield page


def wait_said(page: Any, name: str, story_id: int | None = None) -> None:
    """Wait until the wall has said something, of a story where one is named."""
    wait_until(page, lambda said: any(each == name and story_id in (None, int(of or 0)) for each, of in said))


def wait_until(page: Any, enough: Callable[[list[list[str]]], bool]) -> None:
    """Wait until what the wall has said is enough. Asked from outside: the page's own policy lets no code be made."""
    for _ in range(LONG // 100):
        if enough(page.evaluate("window.said")):
            return
        page.wait_for_timeout(100)
    raise AssertionError(page.evaluate("window.said"))


def stands(page: Any) -> str:
    """The story on the wall."""
    return page.locator(SHOWN).get_attribute("data-story")


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A site with three stories, the first one newest."""
    for number in range(3):
        approved(
            sqlite_store, text=f"Berättelse {number} växer. #hallandväxer", html="",
            published_at=NOW - timedelta(days=number + 1),
        )  # fmt: skip
    with running(sqlite_store) as made:
        yield made


def test_what_is_approved_comes_and_what_is_hidden_leaves(site: Running) -> None:
    """Without anybody touching it: approval at the desk shows the story at once, though an older one has its turn."""
    with open_wall(site) as page:
        assert stands(page) == "1"
        made = story(site.store, text="Nyss skriven på konferensen. #hallandväxer", html="")
        decide(site.store, made.id, Action.APPROVE, by=person(site.store), now=NOW)
        wait_said(page, "shown", made.id)
        assert stands(page) == str(made.id)
        assert page.locator(f"{SHOWN} .slide-new").is_visible()
        decide(site.store, made.id, Action.HIDE, by=person(site.store), now=NOW)
        wait_said(page, "left", made.id)
        assert stands(page) != str(made.id)
        assert page.locator(f"[data-story='{made.id}']").count() == 0


def test_an_old_post_that_is_approved_now_is_news(site: Running) -> None:
    """What was written a year ago and approved a moment ago is shown, though many are newer."""
    with open_wall(site) as page:
        made = approved(site.store, text="Från i fjol. #hallandväxer", html="", published_at=NOW - timedelta(days=400))
        wait_said(page, "shown", made.id)
        assert stands(page) == str(made.id)


def test_hiding_works_on_a_paused_wall_too(site: Running) -> None:
    """Pausing keeps the story from changing by itself, not from being taken away."""
    with open_wall(site) as page:
        page.keyboard.press("Space")
        wait_said(page, "paused")
        assert page.locator("[data-do=pause]").get_attribute("aria-pressed") == "true"
        decide(site.store, 1, Action.HIDE, by=person(site.store), now=NOW)
        wait_said(page, "left", 1)
        assert stands(page) == "2"


def test_keys_and_buttons_step_through_the_stories(site: Running) -> None:
    """Arrows and buttons change the story, round and round in both directions."""
    with open_wall(site) as page:
        page.keyboard.press("ArrowRight")
        assert stands(page) == "2"
        page.locator("[data-do=after]").click()
        assert stands(page) == "3"
        page.keyboard.press("ArrowRight")
        assert stands(page) == "1"
        page.locator("[data-do=before]").click()
        assert stands(page) == "3"


def test_old_stories_go_round_with_a_rest_between(site: Running) -> None:
    """While nothing comes the wall goes through what it has; between two it shows the hashtag and the code."""
    with open_wall(site, "?each=3&rest=1") as page:
        wait_until(page, lambda said: sum(name == "shown" for name, _ in said) >= 3)
        said = [name for name, _ in page.evaluate("said") if name in ("shown", "rest")]
        assert said[:5] == ["shown", "rest", "shown", "rest", "shown"]


def test_the_wall_holds_no_more_than_its_stories(site: Running) -> None:
    """However much comes and goes, the page has as many elements as it has stories, and as many timers as before."""
    with open_wall(site, "?each=3&rest=0") as page:
        before = page.evaluate("document.querySelectorAll('*').length")
        for _ in range(4):
            made = approved(site.store, text="Kommer och går. #hallandväxer", html="")
            wait_said(page, "came", made.id)
            decide(site.store, made.id, Action.HIDE, by=person(site.store), now=NOW)
            wait_said(page, "left", made.id)
        assert page.evaluate("document.querySelectorAll('*').length") == before


def test_a_message_comes_changes_and_goes(site: Running) -> None:
    """What the desk pins stands on every wall until it is taken down."""
    with open_wall(site) as page:
        message = page.locator("#wall-message")
        assert message.is_hidden()
        set_wall_message(site.store, "hallandvaxer", "Lunch <i foajén>", until=None, by=person(site.store), now=NOW)
        page.get_by_text("Lunch <i foajén>").wait_for(timeout=LONG)
        take_down_wall_message(site.store, "hallandvaxer", by=person(site.store), now=NOW)
        message.wait_for(state="hidden", timeout=LONG)


def test_a_message_with_an_end_leaves_by_itself(site: Running) -> None:
    """The screen takes it down when its time is over, whether or not anything else changes."""
    until = NOW + timedelta(seconds=2)
    set_wall_message(site.store, "hallandvaxer", "Strax börjar det", until=until, by=person(site.store), now=NOW)
    with open_wall(site) as page:
        message = page.locator("#wall-message")
        assert message.is_visible()
        message.wait_for(state="hidden", timeout=LONG)


@contextmanager
def serving(site: Running, port: int) -> Iterator[None]:
    """The same application on a port, until the block ends."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(site.app, log_config=None, access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    end = time.monotonic() + 20
    while not server.started and time.monotonic() < end:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_the_last_good_picture_stays_when_nobody_answers(site: Running) -> None:
    """The server goes: the story stays, a small sign says so. It comes back: the sign goes, and news arrives."""
    port = free_port()
    with browser_page(site, expected=r"Failed to load resource|ERR_CONNECTION") as page:
        page.add_init_script(COUNTING)
        with serving(site, port):
            page.goto(f"http://127.0.0.1:{port}/wall?each=600&rest=0")
            wait_said(page, "shown")
        wait_said(page, "lost")
        assert stands(page) == "1"
        assert page.locator(f"{SHOWN} h2").is_visible()
        assert page.locator("#wall-lost").inner_text() == "Ingen kontakt. Försöker igen."
        page.keyboard.press("ArrowRight")
        assert stands(page) == "2"
        made = approved(site.store, text="Medan ingen såg. #hallandväxer", html="")
        with serving(site, port):
            wait_said(page, "back")
            wait_said(page, "shown", made.id)
            page.locator("#wall-lost").wait_for(state="hidden", timeout=LONG)


def test_another_answer_is_no_wall(site: Running) -> None:
    """A page of errors in place of the wall changes nothing on the screen."""
    with open_wall(site) as page:
        page.route("**/wall?*", lambda route: route.fulfill(status=200, content_type="text/html", body="<p>Proxy</p>"))
        approved(site.store, text="Kommer inte fram. #hallandväxer", html="")
        wait_said(page, "lost")
        assert stands(page) == "1"
        page.unroute("**/wall?*")
        wait_said(page, "back")


SCREENS = ((1920, 1080), (3840, 2160), (1080, 1920), (390, 844), (320, 568), (844, 390))


@pytest.mark.parametrize("layout", ["one", "mosaic"])
def test_words_fit_on_every_screen(site: Running, layout: str) -> None:
    """The longest words stay on the screen, on a projector, four thousand pixels, standing on end and on a phone."""
    longest = "Utvecklingssamtal om kompetensförsörjning och besöksnäring " * 12
    approved(site.store, text=longest + "#hallandväxer", html="")
    approved(site.store, title=longest[:180], text=longest, html="")
    query = f"?each=600&rest=0&layout={layout}"
    with open_wall(site, query) as page:
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(200)
            outside = page.evaluate(
                """() => [...document.querySelectorAll('.slide.shown .slide-words, .wall-head, .wall-foot, .qr')]
                .map((each) => each.getBoundingClientRect())
                .filter((box) => box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.top < -1).length"""
            )
            assert outside == 0, (width, height)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.keyboard.press("ArrowRight")


def test_nothing_moves_for_those_who_want_it_so(site: Running) -> None:
    """With reduced motion the stories change without any movement."""
    with open_wall(site, reduced_motion="reduce") as page:
        assert page.locator(SHOWN).evaluate("each => getComputedStyle(each).animationName") == "none"


def test_without_scripts_the_wall_is_a_page_that_renews_itself(site: Running) -> None:
    """Every story stands there, the newest first, and the browser asks again by itself."""
    with browser_page(site, scripts=False) as page:
        page.goto(f"{site.address}/wall")
        assert [each.get_attribute("data-story") for each in page.locator(".slide").all()] == ["1", "2", "3"]
        assert page.locator(".slide h2").first.is_visible()
        assert page.locator("#wall-controls").is_hidden()
        assert page.locator("noscript").first.text_content() is not None
