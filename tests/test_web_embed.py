"""Stories on other sites: a page that may be framed by those alone that the configuration names, and its element."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from builders import approved
from campaign.settings import EmbedSettings
from conftest import NOW
from desk import browser_page, running
from digest.colour import contrast
from storage.decisions import Action, decide
from storage.store import Actor, Store
from web.colours import DARK, LIGHT
from web.public.place_counts import alphabetical
from website import Website, settings

HOST = "https://www.halmstad.se"


def site(store: Store, tmp_path: Path, *hosts: str) -> Website:
    """A site that lets these frame it."""
    return Website(settings(tmp_path, embed=EmbedSettings(hosts=hosts)), store)


def test_nobody_may_frame_it_before_the_configuration_says_so(sqlite_store: Store, tmp_path: Path) -> None:
    """Without hosts the page can be opened, and refuses every frame as all others do."""
    approved(sqlite_store)
    with site(sqlite_store, tmp_path) as made:
        answer = made.get("/embed")
    assert answer.status == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"


def test_it_alone_may_be_framed_and_only_by_the_named(sqlite_store: Store, tmp_path: Path) -> None:
    """The rule is the same on the first answer, on a kept one and on "not modified"; no other page has it."""
    approved(sqlite_store)
    with site(sqlite_store, tmp_path, HOST) as made:
        first = made.get("/embed")
        answers = [first, made.get("/embed"), made.get("/embed", if_none_match=first.headers["etag"])]
        others = [made.get(path) for path in ("/", "/archive", "/wall", "/embed/help", "/stories/1", "/embed/x")]
    assert [each.status for each in answers] == [200, 200, 304]
    for answer in answers:
        assert f"frame-ancestors {HOST} 'self'" in answer.headers["content-security-policy"]
        assert "x-frame-options" not in answer.headers
        assert "set-cookie" not in answer.headers
    for answer in others:
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"


def test_the_plain_frame_has_no_script_and_leads_out_of_it(sqlite_store: Store, tmp_path: Path) -> None:
    """Every link opens beside the page that frames it; the one script comes only when asked for."""
    approved(sqlite_store)
    with site(sqlite_store, tmp_path) as made:
        page, fitting = made.get("/embed").text, made.get("/embed?fit=yes").text
    assert "<script" not in page
    assert fitting.count("<script") == 1
    links = re.findall(r"<a [^>]*>", page)
    assert links
    assert all('target="_blank"' in each and 'rel="noopener"' in each for each in links)
    assert '<html lang="sv">' in page


def test_what_is_asked_is_what_is_shown(sqlite_store: Store, tmp_path: Path) -> None:
    """The archive's query string narrows it, a limit cuts it, and what cannot be is as usual."""
    for number in range(8):
        approved(sqlite_store, text=f"Cykel {number}. #hallandväxer" if number < 6 else "Annat. #hallandväxer", html="")
    with site(sqlite_store, tmp_path) as made:
        counts = {
            query: made.get(f"/embed{query}").text.count("<article>")
            for query in ("", "?limit=2", "?limit=999", "?limit=x&layout=y&theme=z", "?layout=one", "?q=annat")
        }
    assert counts == {
        "": 5, "?limit=2": 2, "?limit=999": 8, "?limit=x&layout=y&theme=z": 5, "?layout=one": 1, "?q=annat": 2,
    }  # fmt: skip


def test_what_is_hidden_is_gone_with_the_next_request(sqlite_store: Store, tmp_path: Path) -> None:
    """A frame on another's site shows nothing that the campaign no longer shows."""
    made = approved(sqlite_store, text="Snart dold. #hallandväxer", html="")
    with site(sqlite_store, tmp_path) as website:
        assert "Snart dold" in website.get("/embed").text
        decide(sqlite_store, made.id, Action.HIDE, by=Actor(kind="job"), now=NOW)
        assert "Snart dold" not in website.get("/embed").text


@pytest.mark.parametrize("colour", ["ffff00", "%23000000", "ffffff", "004f9f", "red;}body{display:none"])
@pytest.mark.parametrize(("theme", "papers"), [("light", LIGHT), ("dark", DARK)])
def test_any_colour_can_be_read(
    sqlite_store: Store, tmp_path: Path, colour: str, theme: str, papers: tuple[str, str]
) -> None:
    """A site's own colour is made darker or lighter until it can be read, and nothing else gets into the sheet."""
    with site(sqlite_store, tmp_path) as made:
        sheet = made.get(f"/colours.css?theme={theme}&accent={colour}").text
    tokens = dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", sheet))
    assert all(contrast(tokens["accent-text"], paper) >= 4.5 for paper in papers)
    assert contrast(tokens["on-accent"], tokens["accent"]) >= 4.5
    assert "display" not in sheet


def test_the_help_makes_code_that_works(sqlite_store: Store, tmp_path: Path) -> None:
    """The code holds the address of what was chosen, for a frame and for the element."""
    with site(sqlite_store, tmp_path, HOST) as made:
        page = made.get("/embed/help?layout=cards&limit=3&accent=%23004f9f&q=cykel").text
    codes = [unescape(each) for each in re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)]
    address = "https://hallandvaxer.example.se/embed?q=cykel&amp;limit=3&amp;layout=cards&amp;accent=004f9f"
    assert f'<iframe src="{address}"' in codes[0]
    assert f'<skord-stories src="{address}"' in codes[1]
    assert HOST in page


def test_the_help_offers_places_by_name(sqlite_store: Store, tmp_path: Path) -> None:
    """Places stand as a reader looks for them, not by the code that the country gives them."""
    with site(sqlite_store, tmp_path, HOST) as made:
        page = made.get("/embed/help").text
    names = re.findall(r"<option[^>]*>([^<]+)", page.split('name="place"')[1].split("</select>")[0])[1:]
    assert len(names) > 1
    assert names == sorted(names, key=alphabetical)


def test_the_element_is_small_and_may_be_loaded_by_any_page(sqlite_store: Store, tmp_path: Path) -> None:
    """Under 3 kB, at an address that stays, as a module of another site's page too."""
    with site(sqlite_store, tmp_path) as made:
        answer = made.get("/embed.js")
        again = made.get("/embed.js", if_none_match=answer.headers["etag"])
    assert len(answer.body) < 3_000
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert again.status == 304


def test_the_element_becomes_a_frame_as_high_as_its_stories(sqlite_store: Store) -> None:
    """On another site's page: the frame gets a name and the height of what is in it, and nothing is stored."""
    approved(sqlite_store, text="Syns hos grannen. #hallandväxer", html="")
    neighbour = _Neighbour(("127.0.0.1", 0), _Page)
    other = f"http://localhost:{neighbour.server_port}"
    with _answering(neighbour), running(sqlite_store, embed=EmbedSettings(hosts=(other,))) as made:
        body = (
            f'<!doctype html><script type="module" src="{made.address}/embed.js"></script>'
            f'<skord-stories src="{made.address}/embed" title="Berättelser"><a href="/">Utan skript</a></skord-stories>'
        )
        neighbour.body = body.encode()
        with browser_page(made, expected="favicon") as page:
            page.goto(f"{other}/")
            frame = page.frame_locator("skord-stories iframe")
            frame.get_by_text("Syns hos grannen").first.wait_for(timeout=20_000)
            assert page.locator("iframe").get_attribute("title") == "Berättelser"
            inside = frame.locator(".embed")
            for _ in range(100):
                height, wanted = (each.bounding_box()["height"] for each in (page.locator("iframe"), inside))
                if abs(height - wanted) <= 1:
                    break
                page.wait_for_timeout(50)
            assert abs(height - wanted) <= 1
            assert page.evaluate("document.cookie + localStorage.length + sessionStorage.length") == "00"


class _Neighbour(ThreadingHTTPServer):
    """Another site, with one page."""

    body = b""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with the page, whatever is asked."""
        assert isinstance(self.server, _Neighbour)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def _answering(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("query", ["", "?layout=cards", "?layout=one", "?theme=dark"])
def test_it_fits_the_narrowest_column(sqlite_store: Store, query: str) -> None:
    """At 250 px nothing is wider than the frame."""
    approved(sqlite_store, text="Kompetensförsörjningsstrategiarbetsgruppen " * 4 + "#hallandväxer", html="")
    with running(sqlite_store) as made, browser_page(made, viewport={"width": 250, "height": 600}) as page:
        page.goto(f"{made.address}/embed{query}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 250
