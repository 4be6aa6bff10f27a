"""Every kind of page before an automated accessibility engine: both languages, wide and narrow, light, dark, forced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import axe_playwright_python
import pytest
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from builders import account, approved, candidate, ingest, node, picture, story
from campaign.records import Right, Role
from conftest import NOW
from desk import CHROMIUM, Running, running
from digest.desk import draft_now
from hard_cases import LONG_WORD, Things, hard_desk
from storage.cases import open_case
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.media import set_file
from storage.merging import join
from storage.places import set_place
from storage.rights import set_right
from storage.snapshots import publish
from storage.sources import sync_sources
from storage.store import Actor, Store
from web.public.routes import PAGES

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

LOOKS = [
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    {"viewport": {"width": 320, "height": 800}, "color_scheme": "dark"},
    {"viewport": {"width": 768, "height": 900}, "color_scheme": "light", "forced_colors": "active"},
]

PUBLIC = [
    "/", "/archive", "/archive?q=cykelv%C3%A4g", "/archive?q=zzz", "/stories/1", "/years/2026", "/whole", "/years",
    "/weeks/2026-W47", "/weeks/2026-W46", "/days/2026-11-19", "/days/2026-11-18", "/archive?year=2026&kind=issue",
    "/strategy", "/strategy/halland-2014-2020/attraktiv",
    "/issues", "/subscribe", "/about", "/api/docs", "/privacy", "/accessibility",
    "/channels", "/report", "/nothing-here",
    "/places", "/places/halmstad", "/places/laholm", "/networks", "/networks/mastodon", "/networks/feed", "/from",
    "/from/nyheter", "/whole", "/embed", "/embed/help", "/wall", "/followup#nothing", "/subscribe/sent",
    "/archive?q=%22", "/archive?year=1987&network=bluesky#nothing", "/years/2019#nothing",
    "/weeks/2020-W01#nothing", "/days/2020-01-01#nothing",
    "/places/hylte",
]  # fmt: skip

#: Addresses that answer with something else than a page.
FILES = (
    ".jsonl", ".csv", ".bib", ".ris", ".svg", ".png", ".json", ".css", ".ics", ".atom", ".xml"
)  # fmt: skip
DESK = [
    "/desk", "/desk?pile=approved", "/desk/stories/1", "/desk/stories/4", "/desk/cases", "/desk/sources",
    "/desk/sources/nyheter", "/desk/channels",
    "/desk/account",
    "/desk/accounts", "/desk/issues", "/desk/issues/1", "/desk/subscribers",
]  # fmt: skip


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A site with stories in every state, a picture that may be shown, a draft, and somebody who wants out."""
    by = Actor(kind="person", account_id=account(sqlite_store))
    area = node(sqlite_store)
    for number in range(3):
        made = approved(
            sqlite_store,
            title="" if number else "Ny cykelväg genom Skogaby",
            media=(picture(alt="En cykelväg i höstsol."),),
            published_at=NOW - timedelta(days=20 * number + 1),
        )
        attach(sqlite_store, made.id, area, by=by, now=NOW)
        set_place(sqlite_store, made.id, "halmstad", by=by, now=NOW)
    with_picture(sqlite_store, made.lead.media[0].id, by)
    edited = candidate(text="Före ändringen #hallandväxer", media=(picture(alt=None),))
    ingest(sqlite_store, edited)
    story(sqlite_store, warning="Blod syns", sensitive=True)
    open_case(sqlite_store, "hallandvaxer", story_id=1, message="Ta bort oss, tack.", contact="a@example.org", now=NOW)
    with running(sqlite_store) as found:
        sync_sources(sqlite_store, found.settings, now=NOW)
        draft_now(sqlite_store, found.settings, "veckobrevet", by=by, now=NOW)
        yield found


def with_picture(store: Store, media_id: int, by: Actor) -> None:
    """Give a stored picture an own copy and a right."""
    name = "ab" * 32
    folder = store.media / name[:2]
    folder.mkdir(parents=True)
    for width in (480, 960, 1600):
        Image.new("RGB", (width, width * 2 // 3), "#7a9a7e").save(folder / f"{name}-{width}.jpg")
    set_file(store, media_id, name, width=1600, height=1066)
    set_right(store, media_id, Right.OWN, by=by, now=NOW)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for all pages."""
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium: no browser on this machine")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


def faults(browser: Browser, site: Running, paths: list[str], look: dict[str, object], token: str = "") -> list[str]:
    """What axe finds on these pages, and which of them scroll sideways, ask other hosts or set cookies."""
    # Nothing moves: what is on its way in is not yet seen.
    context = browser.new_context(locale="sv-SE", bypass_csp=True, reduced_motion="reduce", **look)  # type: ignore[arg-type]
    if token:
        context.add_cookies([{"name": "skord", "value": token, "domain": "127.0.0.1", "path": "/desk"}])
    page = context.new_page()
    found: list[str] = []
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    for path in paths:
        answer = page.goto(site.address + path)
        status = answer.status if answer else 0
        if status != (404 if "nothing" in path else 410 if path.endswith("#gone") else 200):
            found.append(f"{path}: answers {status}")
        page.evaluate(AXE)
        report = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        found += [f"{path}: {each['id']} {each['nodes'][0]['target']}" for each in report["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            found.append(f"{path}: scrolls sideways")
    found += [f"asks {url}" for url in sorted(asked) if not url.startswith((site.address, "data:"))]
    if not token and context.cookies():
        found.append("sets a cookie")
    context.close()
    return found


@pytest.mark.timeout(240)
@pytest.mark.parametrize("look", LOOKS, ids=["wide", "narrow-dark", "forced"])
def test_public_pages_have_no_known_fault(browser: Browser, site: Running, look: dict[str, object]) -> None:
    """Axe finds nothing on any public page, none scrolls sideways, asks another host or sets a cookie."""
    english = ["/en" + path.rstrip("/") for path in PUBLIC[:6]] if look is LOOKS[0] else []
    assert faults(browser, site, PUBLIC + english, look) == []


@pytest.fixture
def hard(sqlite_store: Store) -> Iterator[tuple[Running, dict[str, list[str]]]]:
    """A site whose readers see all that is hard to lay out, and the addresses of every kind of page on it."""
    with hard_desk(sqlite_store) as (found, things):
        yield found, hard_pages(sqlite_store, things)


def hard_pages(store: Store, things: Things) -> dict[str, list[str]]:
    """Let hard cases out, take some back, and return the addresses of each kind of page, in each of its states."""
    by = Actor(kind="person", account_id=account(store))
    shown = ("long", "arabic", "empty", "essay", "ten", "warned", "plain")
    for name in shown:
        decide(store, things.stories[name], Action.APPROVE, by=by, now=NOW)
    with_picture(store, things.media[3], by)
    taken, one, other = approved(store), approved(store), approved(store, network="bluesky", identity="at://x/1")
    decide(store, taken.id, Action.HIDE, by=by, now=NOW)
    joined = join(store, one.id, other.id, by=by, now=NOW).story_id
    receipt = open_case(store, "hallandvaxer", story_id=one.id, message=LONG_WORD, contact="", now=NOW).receipt
    publish(store, things.points[0], by=by, now=NOW)
    number = NOW.isocalendar().week
    return {
        "/": ["/"],
        "/archive": ["/archive", f"/archive?q={LONG_WORD}", "/archive?q=%C3%A5kermark%20nej", "/archive?place=laholm"],
        "/stories/{story_id:int}": [
            *(f"/stories/{things.stories[name]}" for name in shown),
            *(f"/stories/{each}" for each in (one.id, other.id, joined)),
            f"/stories/{taken.id}#gone",
        ],
        "/years": ["/years"],
        "/years/{year:int}": ["/years/2026"],
        "/weeks/{week}": [f"/weeks/2026-W{number}"],
        "/days/{day}": [f"/days/{NOW.date()}"],
        "/strategy": ["/strategy"],
        "/strategy/{strategy}/{code}": ["/strategy/halland-2014-2020/attraktiv"],
        "/figures/{strategy}/{code}": [f"/figures/{things.strategy}/langt"],
        "/places": ["/places"],
        "/places/{place}": ["/places/laholm", "/places/hylte"],
        "/whole": ["/whole"],
        "/networks": ["/networks"],
        "/networks/{network}": ["/networks/mastodon"],
        "/from": ["/from"],
        "/from/{source}": [f"/from/{things.sources[0]}"],
        "/followup": ["/followup"],
        "/followup/{snapshot:int}": [f"/followup/{things.points[1]}"],
        "/followup/{later:int}/{earlier:int}": [f"/followup/{things.points[1]}/{things.points[0]}"],
        "/issues": ["/issues"],
        "/issues/{newsletter}/{number:int}": ["/issues/veckobrevet/1"],
        "/subscribe": ["/subscribe"],
        "/subscribe/sent": ["/subscribe/sent"],
        "/about": ["/about"],
        "/privacy": ["/privacy"],
        "/accessibility": ["/accessibility"],
        "/channels": ["/channels"],
        "/report": ["/report"],
        "/receipts/{receipt}": [f"/receipts/{receipt}"],
        "/embed": ["/embed", "/embed?layout=cards&theme=dark", "/embed?q=zzzz"],
        "/embed/help": ["/embed/help", "/embed/help?height=abc"],
        "/wall": ["/wall", "/wall?layout=mosaic", "/wall?place=hylte"],
    }


@pytest.mark.timeout(300)
@pytest.mark.parametrize("look", LOOKS, ids=["wide", "narrow-dark", "forced"])
def test_hard_cases_do_not_break_what_readers_see(
    browser: Browser, hard: tuple[Running, dict[str, list[str]]], look: dict[str, object]
) -> None:
    """Axe finds nothing where words are long, foreign or missing, and nothing makes a page wider than the screen."""
    site, pages = hard
    kinds = {path for path, _ in PAGES if not path.endswith(FILES)}
    assert kinds == set(pages), "a kind of page that nobody looks at"
    paths = [path for each in pages.values() for path in each]
    english = [f"/en{path.rstrip('/')}" for path in paths] if look is LOOKS[1] else []
    assert faults(browser, site, paths + english, look) == []


@pytest.mark.timeout(240)
def test_the_desk_has_no_known_fault_in_forced_colours(browser: Browser, site: Running) -> None:
    """Axe finds nothing at the desk in forced colours, none of its pages scrolls sideways or asks another host.

    Wide, narrow, light and dark stand beside the desk's own tests.
    """
    assert faults(browser, site, DESK, LOOKS[2], site.token(Role.ADMINISTRATOR)) == []


def test_every_page_says_its_language(site: Running) -> None:
    """A Swedish page is marked as Swedish, its English twin as English."""
    client = site.client(None)
    for path in ("/", "/archive", "/about"):
        for prefix, language in (("", "sv"), ("/en", "en")):
            page = client.get(prefix + path.rstrip("/") or "/").text
            assert re.search(rf'<html[^>]* lang="{language}"', page), prefix + path
