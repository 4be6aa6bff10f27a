"""WordPress: a site's tag by REST, whatever spelling it made of it, and by its feed where REST is closed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import collecting
from campaign.collecting import Found, Known
from campaign.errors import CollectError
from campaign.settings import FetchSettings
from collector.networks import wordpress, wordpress_feeds
from collector.networks.page import Forgetful, Page, Visit
from collector.networks.wordpress_posts import candidate, terms
from conftest import NOW
from faults import FAULTS, Fault
from net.http import Fetcher
from servers import Reply, Request, Server
from storage.store import Store

DATA = Path(__file__).parent / "data/networks/wordpress"
TAGS = ("hallandväxer", "hallandvaxer")
TERM = 27


def post(number: int, *, days: float = 0, tags: tuple[int, ...] = (TERM,), **changes: Any) -> dict[str, Any]:
    """A published post, as old as this, on a site an hour before UTC."""
    at = NOW - timedelta(days=days)
    local = (at + timedelta(hours=1)).replace(tzinfo=None)
    made = {
        "id": number,
        "guid": {"rendered": f"https://byalag.example.se/?p={number}"},
        "link": f"https://byalag.example.se/{number}/",
        "date": local.isoformat(),
        "date_gmt": at.replace(tzinfo=None).isoformat(),
        "modified": local.isoformat(),
        "modified_gmt": at.replace(tzinfo=None).isoformat(),
        "status": "publish",
        "title": {"rendered": f"Nyhet {number}"},
        "content": {"rendered": f"<p>Text {number}.</p>", "protected": False},
        "tags": list(tags),
    }
    return made | changes


def edited(given: dict[str, Any], *, minutes: int) -> dict[str, Any]:
    """The same post, changed so long after it was published."""
    moved = {
        name: (datetime.fromisoformat(given[source]) + timedelta(minutes=minutes)).isoformat()
        for name, source in (("modified", "date"), ("modified_gmt", "date_gmt"))
    }
    return given | moved | {"content": {"rendered": "<p>Ny text.</p>", "protected": False}}


class Site:
    """Plays WordPress: tags by slug and search, posts by tag, search, dates and pages, as the real one answers."""

    def __init__(self, *posts: dict[str, Any], name: str = "HallandVäxer", slug: str = "hallandvaxer") -> None:
        self.posts = list(posts)
        self.terms = [{"id": TERM, "name": name, "slug": slug, "taxonomy": "post_tag"}]
        self.ignores: set[str] = set()

    def routes(self, root: str = "/wp-json") -> dict[str, Any]:
        """The paths of the site."""
        return {
            "/": Reply(headers={"Content-Type": "text/html"}),
            f"{root}/wp/v2/tags": self.tags,
            f"{root}/wp/v2/posts": self.list,
        }

    def tags(self, request: Request) -> Any:
        """Answer a look-up."""
        asked = request.query.get("slug", "").split(",")
        return [term for term in self.terms if term["slug"] in asked or request.query.get("search")]

    def list(self, request: Request) -> Any:
        """Answer a page of posts."""
        query = {name: value for name, value in request.query.items() if name not in self.ignores}
        found = [each for each in self.posts if self._is_asked(each, query)]
        by = query.get("orderby", "date")
        found.sort(key=lambda each: (each[by], each["id"]), reverse=query.get("order", "desc") == "desc")
        size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
        pages = -(-len(found) // size)
        if page > max(pages, 1):
            body = (DATA / "past_the_end.json").read_bytes()
            return Reply(status=400, body=body, headers={"Content-Type": "application/json"})
        part = found[(page - 1) * size : page * size]
        headers = {"Content-Type": "application/json", "X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        return Reply(body=json.dumps(part), headers=headers)

    def _is_asked(self, each: dict[str, Any], query: dict[str, str]) -> bool:
        text = f"{each['title']['rendered']} {each['content']['rendered']}"
        return (
            ("tags" not in query or int(query["tags"]) in each["tags"])
            and ("search" not in query or query["search"] in text)
            and ("include" not in query or str(each["id"]) in query["include"].split(","))
            and each["date"] > query.get("after", "")
            and each["date"] < query.get("before", "9")
            and each["modified"] > query.get("modified_after", "")
        )


@contextmanager
def visiting(server: Server, cursor: dict[str, Any] | None = None, **options: Any) -> Iterator[Visit]:
    """A visit as a run makes it."""
    settings = FetchSettings(allow=(server.address,), per_host=timedelta(0), total=timedelta(seconds=0.7))
    with Fetcher(settings, version="0", clock=lambda: NOW) as ask:
        now = options.pop("now", NOW)
        given = collecting.source("byalaget", "wordpress", **({"url": server.url("")} | options))
        yield Visit(source=given, ask=ask, cursor=cursor or {}, spellings=TAGS, now=now, session=Forgetful())


def ask(server: Server, cursor: dict[str, Any] | None = None, **options: Any) -> list[Page]:
    """Ask once and return all pages."""
    with visiting(server, cursor, **options) as visit:
        return list(wordpress.pages(visit))


def titles(pages: list[Page]) -> list[str]:
    """The headlines of all pages."""
    return [found.title for page in pages for found in page.candidates]


@pytest.mark.parametrize("name", ["posts", "made"])
def test_answers_become_posts(name: str) -> None:
    """A recorded answer, and one with everything odd in it, become the records beside them."""
    answer = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    belongs = {2: TAGS, TERM: TAGS}
    found = [candidate(each, site="https://byalag.example.se", belongs=belongs) for each in answer]
    made = [json.loads(json.dumps(asdict(each), default=str)) for each in found if each is not None]
    assert made == json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))


def test_one_term_serves_every_spelling() -> None:
    """The real site's term, named after the first spelling, stands for the tag with and without the ä."""
    answer = json.loads((DATA / "tags.json").read_text(encoding="utf-8"))
    assert terms(answer, TAGS) == {2: TAGS}
    odd = [{"id": 3, "name": "Halland v&auml;xer", "slug": "halland-vaxer"}, {"id": True, "name": 3}, None]
    escaped = [{"id": 4, "name": "#HallandV&auml;xer", "slug": "taggen-2"}]
    assert terms([*odd, *escaped], TAGS) == {4: ("hallandväxer",)}


def test_the_site_decides_what_belongs() -> None:
    """A post whose term is named without ä belongs to the campaign with ä: for the site they are one."""
    made = post(1, _embedded={"wp:term": [[{"id": TERM, "name": "hallandvaxer", "taxonomy": "post_tag"}]]})
    with Server(Site(made, name="hallandvaxer").routes()) as server:
        assert ask(server)[0].candidates[0].tags == ("hallandvaxer", "hallandväxer")


def test_paging_is_followed_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every post of the past comes once, the newest first, and progress says when it is done."""
    monkeypatch.setattr(wordpress, "PER_PAGE", 3)
    with Server(Site(*(post(number, days=number) for number in range(1, 12))).routes()) as server:
        pages = ask(server)
        assert list(dict.fromkeys(titles(pages))) == [f"Nyhet {number}" for number in range(1, 12)]
        assert [page.filled is not None and page.filled.done for page in pages[:: len(pages) - 1]] == [False, True]
        assert titles(ask(server, pages[-1].cursor)) == ["Nyhet 2", "Nyhet 1"] * 2  # the overlap, and nothing else


def test_going_on_from_any_page_misses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is cut after any of its pages goes on there, whatever was published meanwhile."""
    monkeypatch.setattr(wordpress, "PER_PAGE", 3)
    site = Site(*(post(number, days=number) for number in range(1, 12)))
    with Server(site.routes()) as server:
        whole = ask(server)
        for cut in range(1, len(whole)):
            site.posts = [*(post(number, days=number) for number in range(1, 12)), post(20, days=0.1)]
            first = {found.identity for page in whole[:cut] for found in page.candidates}
            rest = {found.identity for page in ask(server, whole[cut - 1].cursor) for found in page.candidates}
            assert len(first | rest) == 12, cut
            site.posts.pop()


def test_many_posts_of_one_second_are_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that gave ten posts the same second is read by page numbers, and the reading ends."""
    monkeypatch.setattr(wordpress, "PER_PAGE", 3)
    same = [post(number, days=3) for number in range(1, 11)]
    with Server(Site(post(40, days=1), *same, post(50, days=9)).routes()) as server:
        assert len(set(titles(ask(server)))) == 12


def test_new_posts_and_edits_come_in_the_next_run() -> None:
    """What was published, planned for an earlier moment, or edited since is read; a later date marks the edit."""
    site = Site(post(1, days=5), post(2, days=400))
    with Server(site.routes()) as server:
        cursor = ask(server)[-1].cursor
        site.posts = [post(1, days=5), edited(post(2, days=400), minutes=60 * 24 * 399), post(3), post(4, days=6)]
        found = {each.title: each for page in ask(server, cursor) for each in page.candidates}
    assert set(found) == {"Nyhet 1", "Nyhet 2", "Nyhet 3", "Nyhet 4"}
    assert found["Nyhet 2"].text == "Ny text."
    assert found["Nyhet 2"].edited_at is not None
    assert found["Nyhet 3"].edited_at is None


@pytest.mark.parametrize("ignored", ["tags", "after", "before", "modified_after", "search"])
def test_a_question_that_is_passed_over_is_noticed(ignored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that takes a part of the question and ignores it gives no post of other tags, and the reading ends."""
    monkeypatch.setattr(wordpress, "PER_PAGE", 3)
    tagged = [post(number, days=number) for number in range(1, 8)]
    site = Site(*tagged, post(90, days=2, tags=(5,)))
    site.ignores = {ignored}
    with Server(site.routes()) as server:
        pages = ask(server)
        again = ask(server, pages[-1].cursor)
    lists = {found.title for page in (*pages, *again) for found in page.candidates}
    assert {f"Nyhet {number}" for number in range(1, 8)} <= lists
    assert len(server.requests) < 150
    if ignored == "tags":
        assert "Nyhet 90" not in lists


def test_the_hashtag_in_the_text_is_searched_for() -> None:
    """A post without the tag that writes the hashtag is found, one that only names the word is not."""
    written = post(1, tags=(), content={"rendered": "<p>Vi skriver #hallandväxer.</p>", "protected": False})
    named = post(2, tags=(), content={"rendered": "<p>hallandväxer utan tecken</p>", "protected": False})
    with Server(Site(written, named).routes()) as server:
        assert set(titles(ask(server))) == {"Nyhet 1"}


def test_everything_can_be_kept() -> None:
    """With keep = "all" no tag is asked for, and the past is read for a month."""
    site = Site(post(1, tags=()), post(2, days=20, tags=(5,)), post(3, days=40))
    with Server(site.routes()) as server:
        assert titles(ask(server, keep="all")) == ["Nyhet 1", "Nyhet 2"]
        assert not any("tags" in request.path for request in server.requests)


def test_what_stands_behind_a_password_is_not_taken() -> None:
    """A protected post is left out, its neighbours are not."""
    hidden = post(1, content={"rendered": "", "protected": True})
    with Server(Site(hidden, post(2)).routes()) as server:
        assert titles(ask(server)) == ["Nyhet 2"]


@pytest.mark.parametrize("how", ["header", "head", "usual", "without pretty links"])
def test_the_interface_is_found(how: str) -> None:
    """Where the front page names it, at its usual place, or behind a question mark; the cursor remembers it."""
    site = Site(post(1))
    with Server() as server:
        link = f'<{server.url("/api/")}>; rel="https://api.w.org/"'
        page = f'<html><head><link rel="https://api.w.org/" href="{server.url("/api/")}"></head></html>'
        html = {"Content-Type": "text/html"}
        if how == "header":
            server.routes = site.routes("/api") | {"/": Reply(headers=html | {"Link": link})}
        elif how == "head":
            server.routes = site.routes("/api") | {"/": Reply(body=page, headers=html)}
        elif how == "usual":
            server.routes = site.routes()
        else:
            paths = {"/wp/v2/tags": site.tags, "/wp/v2/posts": site.list}
            server.routes = {
                "/": lambda request: paths.get(request.query.get("rest_route", ""), lambda _: Reply())(request)
            }
        cursor = ask(server)[-1].cursor
        before = len(server.requests)
        assert titles(ask(server, cursor)) == ["Nyhet 1", "Nyhet 1"]
        assert all(request.target != "/" for request in server.requests[before:])


@pytest.mark.parametrize("status", [401, 403, 404])
def test_where_rest_is_closed_the_feed_is_read(status: int) -> None:
    """The recorded tag feed gives the same posts under the same names, and the page says that it is second best."""
    closed = Reply(status=status, body='{"code":"rest_forbidden"}', headers={"Content-Type": "application/json"})
    feed = Reply(
        body=(DATA / "tag_feed.xml").read_bytes(), headers={"Content-Type": "application/rss+xml", "ETag": '"1"'}
    )
    routes: dict[str, Any] = {"/": Reply(), "/wp-json/wp/v2/tags": closed}
    path = "/tag/hallandvaxer/feed/"
    routes[path] = lambda request: Reply(status=404) if "paged" in request.query else feed
    with Server(routes) as server:
        pages = ask(server)
        assert len(titles(pages)) == 9
        assert [error.key for error in pages[-1].errors] == ["wordpress_only_feed"]
        assert pages[-1].errors[0].facts["status"] == status
        assert {"hallandväxer", "hallandvaxer"} <= set(pages[0].candidates[0].tags)
        server.routes[path] = Reply(status=304)
        again = ask(server, pages[-1].cursor)
        assert (titles(again), again[-1].unchanged) == ([], True)
    by_rest = json.loads((DATA / "posts.expected.json").read_text(encoding="utf-8"))
    names = {found.identity.partition(" ")[2] for page in pages for found in page.candidates}
    assert {each["identity"].partition(" ")[2] for each in by_rest} <= names


def test_the_feed_is_paged_back_and_goes_on_where_it_was() -> None:
    """Older pages of the feed are read to the end; a run cut in between goes on with the next page."""

    def feed(request: Request) -> Any:
        number = int(request.query.get("paged", 1))
        items = [collecting.item(number * 10 + each) for each in range(3)] if number < 4 else []
        return collecting.rss(*items) if items else Reply(status=404)

    routes: dict[str, Any] = {"/": Reply(), "/tag/hallandvaxer/feed/": feed}
    with Server(routes) as server:
        whole = ask(server)
        assert len(set(titles(whole))) == 9
        for cut in (1, 2, 3):
            first, rest = whole[:cut], ask(server, whole[cut - 1].cursor)
            assert len(set(titles(first)) | set(titles(rest))) == 9
    assert wordpress_feeds.MOST_PAGES > 4


def test_a_site_without_anything_says_what_to_do() -> None:
    """No interface and no feed is one error, which names the site; a site in trouble is its own."""
    with Server({"*": Reply(status=404, body="<html>nej</html>")}) as server, pytest.raises(CollectError) as caught:
        ask(server)
    assert (caught.value.key, caught.value.facts["host"]) == ("wordpress_closed", server.address)
    with Server({"*": Reply(status=503)}) as server, pytest.raises(CollectError) as caught:
        ask(server)
    assert caught.value.key == "http_server"


def test_a_question_that_the_site_does_not_understand_names_its_word() -> None:
    """A recorded refusal becomes an error with the site's own code."""
    refused = Reply(status=400, body=(DATA / "refused.json").read_bytes())
    with (
        Server(Site(post(1)).routes() | {"/wp-json/wp/v2/posts": refused}) as server,
        pytest.raises(CollectError) as caught,
    ):
        ask(server)
    assert (caught.value.key, caught.value.facts["code"]) == ("wordpress_refused", "rest_invalid_param")


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_faults_have_names_and_lose_no_cursor(fault: Fault) -> None:
    """However a site fails in the middle, the error has its name and the next run reads everything."""
    site = Site(post(1), post(2, days=3))
    with Server(site.routes()) as server:
        cursor = ask(server)[-1].cursor
        kept = json.dumps(cursor)
        server.routes["/wp-json/wp/v2/posts"] = fault.make()
        try:
            pages = ask(server, cursor)
            found = [error for page in pages for error in page.errors]
        except CollectError as error:
            found = [error]
        keys = {error.key for error in found}
        if fault.name == "another shape":
            assert not found
        else:
            assert keys <= fault.keys | {"wordpress_closed", "wordpress_only_feed", "wordpress_refused"}
            assert [error.retry_at for error in found][:1] == [fault.retry_at]
        assert json.dumps(cursor) == kept
        server.routes |= site.routes()
        site.posts.append(post(3))
        assert "Nyhet 3" in titles(ask(server, cursor))


def test_two_runs_store_every_post_once(store: Store) -> None:
    """Through the real run: all new at first, nothing new the second time, an edit is a version."""
    site = Site(post(1), post(2, days=50))
    with Server(site.routes()) as server:
        given = collecting.settings(
            collecting.source("byalaget", "wordpress", url=server.url("")), allow=(server.address,)
        )
        assert collecting.run(store, given)["byalaget"].new == 2
        assert collecting.run(store, given)["byalaget"].new == 0
        site.posts[0] = edited(post(1), minutes=30)
        result = collecting.run(store, given)["byalaget"]
        assert (result.status, result.new, result.revised >= 1) == ("ok", 0, True)
    assert [row.text for row in collecting.posts(store)] == ["Text 2.", "Ny text."]


def known(server: Server, *numbers: int) -> list[Known]:
    """Stored posts of the site."""
    return [
        Known(network="wordpress", identity=f"post {number}", url="", local={server.url("").rstrip("/"): str(number)})
        for number in numbers
    ]


def test_what_became_of_posts() -> None:
    """Shown posts live, unpublished, deleted and protected ones are absent, and a refusal says nothing."""
    hidden = post(5, content={"rendered": "", "protected": True})
    json_ = {"Content-Type": "application/json"}
    with Server(Site(post(1), edited(post(2), minutes=9), hidden).routes()) as server:
        server.routes["/wp-json/wp/v2/posts/3"] = Reply(
            status=404, body=(DATA / "missing.json").read_bytes(), headers=json_
        )
        server.routes["/wp-json/wp/v2/posts/4"] = Reply(
            status=401, body=(DATA / "unpublished.json").read_bytes(), headers=json_
        )
        server.routes["/wp-json/wp/v2/posts/6"] = Reply(status=404, body="<html>borta</html>")
        server.routes["/wp-json/wp/v2/posts/7"] = Reply(status=503)
        asked = [*known(server, 1, 2, 3, 4, 5, 6, 7), Known(network="wordpress", identity="x", url="", local={})]
        with visiting(server) as visit:
            found = {each.identity: each for each in wordpress.recheck(visit, asked)}
    states = {identity.removeprefix("post "): each.found for identity, each in found.items()}
    assert states == {
        "1": Found.LIVE, "2": Found.LIVE, "3": Found.ABSENT, "4": Found.ABSENT, "5": Found.ABSENT,
        "6": Found.UNKNOWN, "7": Found.UNKNOWN, "x": Found.UNKNOWN,
    }  # fmt: skip
    assert found["post 2"].candidate is not None
    assert (found["post 2"].candidate.identity, found["post 2"].candidate.text) == ("post 2", "Ny text.")


def test_a_month_can_be_told_beforehand() -> None:
    """An hourly source with two spellings asks six times an hour and looks its terms up once a day."""
    found = wordpress.forecast(collecting.source("w", "wordpress", url="https://x.example.se"), TAGS, 3.0)
    assert (found.calls, found.usd, found.notes) == (4380, None, ("wordpress",))
