"""Every page of the desk with hard cases on it, before axe: both languages, wide, narrow and dark, forced colours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from campaign.records import Role
from conftest import NOW
from desk import CHROMIUM, PASSWORD, Running, running
from hard_cases import LONG_WORD, PLAN, Things, hard_desk
from storage.logins import begin_login, find_login, make_setup_token
from storage.people import add_account, set_preferences
from storage.proofs import hold
from storage.store import Store
from web.auth import ROLES

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")

#: What is asked of every page: the law's rules, the size of what is pressed, and good practice.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}

#: 320 is also what 1280 is when it is zoomed to 400 per cent.
LOOKS: dict[str, tuple[int, dict[str, str]]] = {
    "wide": (1440, {"color_scheme": "light", "forced_colors": "none"}),
    "narrow-dark": (320, {"color_scheme": "dark", "forced_colors": "none"}),
    "forced": (768, {"color_scheme": "light", "forced_colors": "active"}),
}

#: In how many parts the pages of a language are walked, so that several processes share them.
PARTS = 2

#: Addresses that answer with something else than a page: what they answer with, as the walk finds it.
NO_PAGE = {
    "/desk/login/oidc": 404,
    "/desk/login/oidc/back": 404,
    "/desk/pulse": 200,
    "/desk/media/{media_id}": 200,
    "/desk/media/{media_id}/copy": 200,
    "/desk/issues/{issue_id}/preview": 200,
    "/desk/subscribers/export": 200,
    "/desk/export/{export_id}/file": 404,
    "/desk/subscribers/import/report": 404,
    "/desk/strategy/{strategy}/followup/file": 200,
    "/desk/strategy/new/file": 200,
    "/desk/strategy/{strategy}/sheet/file": 200,
}

#: What a page holds, to be compared with what every page must hold.
LOOKED = """() => ({
  wide: document.documentElement.scrollWidth > innerWidth + 1,
  headings: document.querySelectorAll('h1').length,
  wordless: [...document.images].filter((each) => !each.hasAttribute('alt')).map((each) => each.src),
  twice: [...document.querySelectorAll('[id]')].map((each) => each.id).filter((id, at, all) => all.indexOf(id) !== at),
  language: document.documentElement.lang,
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all pages."""
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium: no browser on this machine")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def desk(sqlite_store: Store) -> Iterator[tuple[Running, Things]]:
    """The desk with hard cases of everything."""
    with hard_desk(sqlite_store) as found:
        yield found


def pages(things: Things, held: str) -> dict[str, list[str]]:
    """The addresses of every route that answers with a page, with the states that it can be in."""
    # What the piles show is not opened once more alone, but for those whose page has more to tell.
    apart = ("long", "ten", "edited", "joined", "told")
    stories = [f"/desk/stories/{things.stories[name]}" for name in apart]
    own = f"/desk/strategy/{things.strategy}"
    piles = [f"/desk?pile={pile}" for pile in ("second", "later", "approved", "hidden")]
    return {
        "/desk": ["/desk", *piles, "/desk?words=zzzz&network=mastodon&first=2026-01-01"],
        "/desk/stories/new": ["/desk/stories/new"],
        "/desk/posts/{post_id}/write": [f"/desk/posts/{things.written}/write"],
        "/desk/stories/{story_id}": stories,
        "/desk/media/{media_id}/ask": [f"/desk/media/{things.media[3]}/ask"],
        "/desk/pictures": ["/desk/pictures"],
        "/desk/bulk/{bulk}": [f"/desk/bulk/{things.bulk}"],
        "/desk/links/new": ["/desk/links/new"],
        "/desk/links/{task_id}": [f"/desk/links/{task}" for task in things.tasks],
        "/desk/export": ["/desk/export", "/desk/export?inner=yes&q=ny", "/desk/export?year=abc"],
        "/desk/log": ["/desk/log", "/desk/log?who=rule", "/desk/log?words=zzzz"],
        "/desk/sources": ["/desk/sources"],
        "/desk/channels": ["/desk/channels"],
        "/desk/sources/{source_id}": [f"/desk/sources/{source}" for source in things.sources],
        "/desk/rules": ["/desk/rules"],
        "/desk/wall": ["/desk/wall", "/desk/wall?layout=mosaic"],
        "/desk/rules/new": ["/desk/rules/new", f"/desk/rules/new?post={things.stories['long']}&effect=hide"],
        "/desk/rules/{rule_id}": [f"/desk/rules/{rule}" for rule in things.rules],
        "/desk/strategy": ["/desk/strategy"],
        "/desk/strategy/{strategy}": [
            own,
            f"{own}?show=bare&place=hylte",
            f"{own}?sort=silent",
            "/desk/strategy/halland-2014-2020",
        ],
        "/desk/strategy/{strategy}/edit": [f"{own}/edit"],
        "/desk/strategy/{strategy}/mapping": [f"{own}/mapping"],
        "/desk/strategy/{strategy}/nodes/new": [f"{own}/nodes/new?below=1"],
        "/desk/strategy/{strategy}/versions": [f"{own}/versions"],
        "/desk/strategy/{strategy}/versions/{number}": [f"{own}/versions/{each}" for each in (1, 2)],
        "/desk/nodes/{node_id}": [f"/desk/nodes/{each}" for each in things.nodes],
        "/desk/strategy/new": ["/desk/strategy/new"],
        "/desk/strategy/{strategy}/sheet": [f"{own}/sheet"],
        "/desk/strategy/{strategy}/figures": [f"{own}/figures"],
        "/desk/strategy/{strategy}/figures/new": [f"{own}/figures/new"],
        "/desk/figures/{indicator_id}": [f"/desk/figures/{each}" for each in things.indicators],
        "/desk/strategy/{strategy}/snapshots": [f"/desk/strategy/{PLAN}/snapshots?check={things.points[0]}"],
        "/desk/snapshots/{snapshot_id}": [f"/desk/snapshots/{point}" for point in things.points],
        "/desk/snapshots/{snapshot_id}/preview": [f"/desk/snapshots/{things.points[0]}/preview"],
        "/desk/snapshots/{snapshot_id}/compare": [
            f"/desk/snapshots/{things.points[1]}/compare?earlier={things.points[0]}"
        ],
        "/desk/strategy/{strategy}/followup": [
            f"/desk/strategy/{PLAN}/followup",
            f"/desk/strategy/{PLAN}/followup?by=body&left=1",
        ],
        "/desk/strategy/{strategy}/followup/table": [f"/desk/strategy/{PLAN}/followup/table"],
        "/desk/cases": ["/desk/cases"],
        "/desk/issues": ["/desk/issues"],
        "/desk/issues/{issue_id}": [f"/desk/issues/{issue}" for issue in things.issues],
        "/desk/subscribers": ["/desk/subscribers", "/desk/subscribers?state=bounced"],
        "/desk/subscribers/import": ["/desk/subscribers/import"],
        "/desk/subscribers/{subscriber_id}": ["/desk/subscribers/1", "/desk/subscribers/2"],
        "/desk/account": ["/desk/account"],
        "/desk/account/tokens": ["/desk/account/tokens"],
        "/desk/accounts": ["/desk/accounts"],
        "/desk/prove": [f"/desk/prove?held={held}", "/desk/prove?held=over"],
        "/desk/setup/{secret}": ["/desk/setup/over"],
        "/desk/login": ["/desk/login"],
    }


def routes(site: Running) -> set[str]:
    """Every address of the desk that can be opened."""
    found: set[str] = set()
    rest = list(site.app.routes)
    while rest:
        route = rest.pop()
        inside = getattr(route, "original_router", None)
        rest += inside.routes if inside is not None else []
        if "GET" in (getattr(route, "methods", None) or ()) and route.path.startswith("/desk"):
            found.add(route.path)
    return found


def person(site: Running, language: str) -> tuple[str, str]:
    """Somebody who reads this language and may everything: the login's token, and a step that waits for a password."""
    store = site.store
    made = add_account(store, f"läsare-{language}", role=Role.ADMINISTRATOR, password=PASSWORD, now=NOW)
    set_preferences(
        store, made.id, display_name=f"Åsa {LONG_WORD}", email="asa@exempel.se", language=language, shortcuts=True
    )
    token = begin_login(store, made.id, now=NOW)
    login = find_login(store, token, now=NOW)
    assert login is not None
    return token, hold(store, login.key, "/desk/accounts", {"name": "bo"}, now=NOW)


class Walk:
    """One person's way through all pages, and what was wrong with them."""

    def __init__(self, page: Page, site: Running, language: str) -> None:
        self.site, self.page, self.language = site, page, language
        self.faults: list[str] = []
        self.at = ""
        page.on("pageerror", lambda error: self.tell("script", str(error)))
        page.on("console", lambda line: line.type == "error" and self.console(line.text))
        page.on("request", lambda request: self.asked(request.url))

    def tell(self, what: str, where: object = "") -> None:
        """Keep a fault."""
        self.faults.append(f"{self.language} {self.at}: {what} {where}".strip())

    def console(self, text: str) -> None:
        """Keep what the browser complains of; that a page is not there is what some of them say."""
        if "status of 4" not in text:
            self.tell("console", text)

    def asked(self, url: str) -> None:
        """Keep requests to others."""
        if not url.startswith((self.site.address, "data:", "blob:")):
            self.tell("asks", url)

    def open(self, path: str) -> None:
        """Open a page once, and look at it in every way."""
        self.at = path
        answer = self.page.goto(self.site.address + path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            self.tell("is no page", answer and answer.status)
            return
        if answer.status >= 500:
            self.tell("fails")
        self.page.evaluate(AXE)
        # What stays at the thumb covers what is scrolled below it: sizes are measured beside it.
        self.page.add_style_tag(content=".decide { position: static !important; }")
        for look, (width, media) in LOOKS.items():
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.emulate_media(**media)  # type: ignore[arg-type]
            self.at = f"{path} {look}"
            self.judge()

    def judge(self) -> None:
        """Look at the page as it is."""
        looked: dict[str, Any] = self.page.evaluate(LOOKED)
        for fault in ("wide", "wordless", "twice"):
            if looked[fault]:
                self.tell(fault, looked[fault])
        if looked["headings"] != 1:
            self.tell("headings", looked["headings"])
        if looked["language"] != self.language:
            self.tell("language", looked["language"])
        report = self.page.evaluate("rules => axe.run(rules)", RULES)
        for each in report["violations"]:
            for node in each["nodes"][:2]:
                self.tell(each["id"], f"{node['target']} {node['html'][:120]}")


def walk(browser: Browser, desk: tuple[Running, Things], language: str, part: int) -> list[str]:
    """Open a part of the desk's pages in a language, every second or the others: return what is wrong with them."""
    site, things = desk
    token, held = person(site, language)
    context = browser.new_context(locale="sv-SE" if language == "sv" else "en-GB", bypass_csp=True)
    context.add_cookies([{"name": "skord", "value": token, "domain": "127.0.0.1", "path": "/desk"}])
    context.set_default_timeout(20_000)
    found = Walk(context.new_page(), site, language)
    # Each state of a page once; in the other language, whose words alone differ, each page once.
    states = [path for paths in pages(things, held).values() for path in (paths if language == "sv" else paths[:1])]
    for path in states[part::PARTS]:
        found.open(path)
    context.close()
    return found.faults


def test_every_address_of_the_desk_is_walked(desk: tuple[Running, Things]) -> None:
    """A new page of the desk stands in the walk, or is said to be none."""
    site, things = desk
    assert set(pages(things, "")) | set(NO_PAGE) == routes(site)
    assert routes(site) == {path for method, path in ROLES if method == "GET"}


def test_the_way_in_has_no_known_fault(browser: Browser, sqlite_store: Store) -> None:
    """Neither the first account's page, nor the login."""
    secret = make_setup_token(sqlite_store, now=NOW)
    with running(sqlite_store) as site:
        context = browser.new_context(locale="sv-SE", bypass_csp=True)
        found = Walk(context.new_page(), site, "sv")
        found.open(f"/desk/setup/{secret}")
        found.open("/desk/login")
        found.open("/desk/login?next=/desk/log")
        context.close()
    assert found.faults == []


@pytest.mark.timeout(400)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("language", ["sv", "en"])
def test_no_page_of_the_desk_has_a_known_fault(
    browser: Browser, desk: tuple[Running, Things], language: str, part: int
) -> None:
    """Axe finds nothing, nothing scrolls sideways, no other host is asked, with the hardest things on every page."""
    assert walk(browser, desk, language, part) == []
