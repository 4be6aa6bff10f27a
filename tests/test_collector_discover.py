"""What an address is, by its letters or by asking it, and the table that ``skord source add`` writes."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import collecting
from campaign.errors import CollectError, InputError
from campaign.language import LANGUAGES, Language
from campaign.settings import FetchSettings
from collector.discover import Discovery, Suggestion, discover, recognise
from conftest import NOW
from net.http import Fetcher
from servers import Reply, Request, Server
from skord.cli import main
from test_skord_cli import CONFIG, run

HTML = {"Content-Type": "text/html; charset=utf-8"}
PORTLET = "/4.3f2a/12.9c1b.portlet?state=rss&amp;sv.contenttype=text/xml;charset=UTF-8"


def find(server: Server, path: str = "/") -> Discovery:
    """Ask what an address of the server is."""
    settings = FetchSettings(allow=(server.address,), per_host=timedelta(0), total=timedelta(seconds=2))
    with Fetcher(settings, version="0", clock=lambda: NOW) as ask:
        return discover(ask, server.url(path))


def kinds(found: Discovery) -> list[tuple[str, dict[str, Any]]]:
    """What is suggested."""
    return [(each.kind, dict(each.options)) for each in found.suggestions]


@pytest.mark.parametrize(
    ("url", "told", "expected"),
    [
        ("https://bsky.app/profile/anna.example.se", "bluesky", [("bluesky", {"accounts": ("anna.example.se",)})]),
        (
            "https://www.youtube.com/channel/UCabc",
            "youtube",
            [
                ("youtube", {"channels": ("UCabc",)}),
                ("feed", {"url": "https://www.youtube.com/feeds/videos.xml?channel_id=UCabc"}),
            ],
        ),
        ("https://youtube.com/@RegionHalland", "youtube", [("youtube", {"channels": ("@RegionHalland",)})]),
        (
            "https://www.mynewsdesk.com/se/rss/source/71234/pressrelease",
            "press",
            [("press", {"service": "mynewsdesk", "room": "71234/pressrelease"})],
        ),
        ("https://news.cision.com/se/exempel-ab", "press", [("press", {"service": "cision", "room": "exempel-ab"})]),
        (
            "https://news.google.com/search?q=%22halland%20v%C3%A4xer%22&hl=sv",
            "google",
            [("press", {"service": "google-news", "query": '"halland växer"'})],
        ),
        ("https://www.facebook.com/RegionHalland", "facebook", [("facebook", {"pages": ("RegionHalland",)})]),
        ("https://www.facebook.com/profile.php?id=100", "facebook", [("facebook", {"pages": ("100",)})]),
        ("https://www.facebook.com/groups/skogaby", "facebook_closed", []),
        ("https://www.instagram.com/hallandvaxer/", "instagram", []),
        ("https://www.instagram.com/explore/tags/hallandv%C3%A4xer/", "instagram", []),
        ("https://x.com/regionhalland", "x", [("x", {"posts_per_month": 200})]),
        ("https://www.linkedin.com/company/region-halland", "linkedin", []),
        ("https://www.tiktok.com/@halland", "tiktok", []),
        ("https://www.threads.net/@halland", "threads", []),
        ("https://x.com/anna/status/2050000000000000001", "post", []),
        ("https://youtu.be/dQw4w9WgXcQ", "post", []),
    ],
)
def test_letters_alone_tell(url: str, told: str, expected: list[Any]) -> None:
    """Accounts, rooms and closed networks are known without asking, and each has its own sentence."""
    found = recognise(url)
    assert found is not None
    assert (found.told, kinds(found)) == (told, expected)


def test_every_answer_has_its_sentence() -> None:
    """Whatever is told has words in both languages."""
    told = {
        "feed", "feeds", "wordpress", "mastodon", "bluesky", "youtube", "press", "google", "facebook",
        "facebook_closed", "instagram", "x", "linkedin", "tiktok", "threads", "post", "nothing",
    }  # fmt: skip
    for code in LANGUAGES:
        assert all(Language(code, ZoneInfo("Europe/Stockholm")).has(f"discover.told.{each}") for each in told)


def test_a_feed_is_a_feed() -> None:
    """An address that answers with a feed is one, by the feed's own title."""
    with Server({"/rss": collecting.rss(collecting.item(1), title="Nyheter från Laholm")}) as server:
        found = find(server, "/rss")
        assert found.suggestions == (
            Suggestion(kind="feed", title="Nyheter från Laholm", options={"url": server.url("/rss")}),
        )
    assert found.told == "feed"


def test_all_feeds_of_a_page_are_offered_with_their_titles() -> None:
    """Relative addresses are resolved against the base, press rooms stand as such, and each stands once."""
    page = (
        "<html><head><base href='/sv/'><title>Laholm</title>"
        "<link rel='alternate' type='application/rss+xml' title='Nyheter' href='nyheter.rss'>"
        "<link rel='alternate' type='application/atom+xml' title='Lediga jobb' href='/jobb.atom'>"
        "<link rel='alternate' type='application/rss+xml' title='Nyheter' href='nyheter.rss'>"
        f"<link rel='alternate' type='application/rss+xml' title='Pressmeddelanden' href='{PORTLET}'>"
        "<link rel='alternate' type='application/rss+xml' href='https://www.mynewsdesk.com/se/rss/current_news/7'>"
        "<link rel='stylesheet' href='x.css'></head></html>"
    )
    with Server({"/": Reply(body=page, headers=HTML)}) as server:
        found = find(server)
        sitevision = server.url(PORTLET.replace("&amp;", "&"))
        assert kinds(found) == [
            ("press", {"service": "sitevision", "url": sitevision}),
            ("press", {"service": "mynewsdesk", "room": "7"}),
            ("feed", {"url": server.url("/sv/nyheter.rss")}),
            ("feed", {"url": server.url("/jobb.atom")}),
        ]
    assert [each.title for each in found.suggestions] == ["Pressmeddelanden", "Laholm", "Nyheter", "Lediga jobb"]


@pytest.mark.parametrize("link", ["/wp-json/", "/blogg/wp-json/", "/blogg/?rest_route=/"])
def test_wordpress_is_known_by_its_interface(link: str) -> None:
    """The site's own address is offered before its feeds, wherever on the host it lives."""
    feed = "<link rel='alternate' type='application/rss+xml' title='Flöde' href='/feed/'>"
    with Server() as server:
        head = {"Link": f'<{server.url(link)}>; rel="https://api.w.org/"'}
        server.routes = {"/": Reply(body=f"<title>Byalaget</title>{feed}", headers=HTML | head)}
        found = find(server)
        site = server.url("/blogg" if "blogg" in link and "wp-json" in link else "/blogg" if "blogg" in link else "")
        assert (found.told, kinds(found)[0]) == ("wordpress", ("wordpress", {"url": site.rstrip("/")}))
    assert [each.kind for each in found.suggestions] == ["wordpress", "feed"]


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/", {}),
        ("/tags/hallandv%C3%A4xer", {}),
        ("/@byalaget", {"accounts": ("@byalaget@{host}",)}),
        ("/@anna@annan.example.se", {"accounts": ("@anna@annan.example.se",)}),
    ],
)
def test_a_server_is_known_by_its_software(path: str, more: dict[str, Any]) -> None:
    """A server of Mastodon's kin is offered with the account that the address names."""
    with Server() as server:
        link = {
            "links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": server.url("/nodeinfo/2.0")}]
        }
        server.routes = {
            "/.well-known/nodeinfo": link,
            "/nodeinfo/2.0": {"software": {"name": "Pixelfed", "version": "1"}},
            "*": Reply(body="<title>Sidan</title>", headers=HTML),
        }
        found = find(server, path)
        named = {name: tuple(each.format(host=server.address) for each in value) for name, value in more.items()}
        assert kinds(found) == [("mastodon", {"server": server.url("").rstrip("/"), **named})]


def test_the_usual_places_are_tried_last() -> None:
    """A page that names no feed is asked where feeds use to stand; without one the sentence says what to do."""
    with Server({"/nytt": Reply(body="<p>Hej", headers=HTML), "/atom.xml": collecting.rss(title="Gömt")}) as server:
        assert kinds(find(server, "/nytt")) == [("feed", {"url": server.url("/atom.xml")})]
        del server.routes["/atom.xml"]
        found = find(server, "/nytt")
        assert (found.told, found.suggestions) == ("nothing", ())


@pytest.mark.parametrize("body", ["", "[]", "{", "\x00", "<rss", '{"links": [null, {"href": 7}], "software": []}'])
def test_hostile_answers_are_survived(body: str) -> None:
    """Whatever stands in every place, the answer is that nothing is there."""
    with Server({"*": Reply(body=body, headers={"Content-Type": "application/json"})}) as server:
        assert find(server, "/").told in ("nothing", "feed")


def test_nobody_there_is_an_error() -> None:
    """A host that refuses is said as such, a server in trouble too."""
    with Server({"*": Reply(status=503)}) as server, pytest.raises(CollectError) as caught:
        find(server, "/nytt")
    assert caught.value.key == "http_server"
    with Fetcher(FetchSettings(), version="0", clock=lambda: NOW) as ask, pytest.raises(InputError):
        discover(ask, "hej på dig")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A small configuration, with a comment that must stay, and lines as Windows ends them."""
    path = tmp_path / "config.toml"
    path.write_bytes(CONFIG.replace("[source.nyheter]", "# Så här vill vi ha det\n[source.nyheter]").encode())
    return path


def allowing(config: Path, server: Server) -> Path:
    """The configuration, with a server that may be asked."""
    config.write_text(config.read_text() + f'\n[fetch]\nallow = ["{server.address}"]\nper_host = "1000/s"\n')
    return config


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_source_is_written_and_nothing_else_changes(
    config: Path, newline: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table stands at the end, valid; all before it is kept letter for letter, and the rights of the file too."""
    evil = 'Nyheter "x"\n[site]\\ från å'
    feed = collecting.rss(collecting.item(1), title=evil.replace("\n", "&#10;"))
    with Server({"/rss": feed}) as server:
        allowing(config, server)
        config.write_bytes(config.read_bytes().replace(b"\n", newline))
        config.chmod(0o640)
        before = config.read_bytes()
        code, out, err = run(config, "source", "add", server.url("/rss"), capsys=capsys)
        assert (code, config.read_bytes()) == (0, before)
        assert "Ett webbflöde." in err
        printed = tomllib.loads(out)["source"]
        code, out, err = run(config, "source", "add", server.url("/rss"), "--write", "--id", "laholm", capsys=capsys)
        after = config.read_bytes()
        assert (code, after.startswith(before), config.stat().st_mode & 0o777) == (0, True, 0o640)
        assert b"\n" not in after.replace(b"\r\n", b"") if newline == b"\r\n" else b"\r" not in after
        written = tomllib.loads(after.decode())["source"]
        assert written["laholm"] == next(iter(printed.values()))
        assert written["laholm"] == {"kind": "feed", "name": 'Nyheter "x" [site]\\ från å', "url": server.url("/rss")}
        assert run(config, "config", "check", capsys=capsys)[0] == 0
        again = run(config, "source", "add", server.url("/rss"), "--write", "--id", "laholm", capsys=capsys)
        assert (again[0], config.read_bytes()) == (2, after)
    assert [path.name for path in config.parent.iterdir() if path.name.startswith(".config")] == []


def test_one_of_several_must_be_picked(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Several are printed with numbers and ids of their own; writing without a number changes nothing."""
    page = "".join(
        f"<link rel='alternate' type='application/rss+xml' title='Nyheter' href='/{name}.rss'>" for name in "ab"
    )
    with Server({"/": Reply(body=page, headers=HTML)}) as server:
        allowing(config, server)
        before = config.read_bytes()
        code, out, _ = run(config, "--json", "source", "add", server.url("/"), capsys=capsys)
        found = [json.loads(line) for line in out.splitlines()]
        assert (code, [each["id"] for each in found]) == (0, ["nyheter-2", "nyheter-3"])
        assert run(config, "source", "add", server.url("/"), "--write", capsys=capsys)[0] == 2
        assert run(config, "source", "add", server.url("/"), "--write", "--pick", "3", capsys=capsys)[0] == 2
        assert config.read_bytes() == before
        assert run(config, "source", "add", server.url("/"), "--write", "--pick", "2", capsys=capsys)[0] == 0
        assert tomllib.loads(config.read_text())["source"]["nyheter-3"]["url"] == server.url("/b.rss")


def test_what_needs_a_token_waits_for_it(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file for the token is named first; once it stands there, the source is written and the file is valid."""
    address = "https://www.facebook.com/RegionHalland"
    code, _, err = run(config, "source", "add", address, "--write", capsys=capsys)
    assert (code, str(config.parent / "secrets/facebook-regionhalland") in err) == (2, True)
    (config.parent / "secrets").mkdir()
    (config.parent / "secrets/facebook-regionhalland").write_text("nyckel\n")
    assert run(config, "source", "add", address, "--write", capsys=capsys)[0] == 0
    assert run(config, "config", "check", capsys=capsys)[0] == 0


@pytest.mark.parametrize(
    ("address", "code"),
    [("https://www.linkedin.com/company/x", 1), ("hej", 2), ("https://x.com/a/status/1", 1)],
)
def test_what_cannot_be_a_source_is_no_success(
    config: Path, address: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A closed network and a single post end with 1 and a sentence, nonsense with 2."""
    found, out, err = run(config, "source", "add", address, "--write", capsys=capsys)
    assert (found, out) == (code, "")
    assert len(err) > 20


def test_the_command_is_in_the_parser() -> None:
    """Asked for help, it tells of itself."""
    with pytest.raises(SystemExit) as ended:
        main(["source", "add", "--help"])
    assert ended.value.code == 0


def test_the_page_is_asked_once(config: Path) -> None:
    """A plain page with feeds costs the server no more than one question."""
    asked: list[str] = []

    def page(request: Request) -> Reply:
        asked.append(request.path)
        return Reply(body="<link rel='alternate' type='application/rss+xml' href='/a.rss'>", headers=HTML)

    with Server({"*": page}) as server:
        find(server, "/nyheter/")
    assert asked == ["/nyheter/"]
