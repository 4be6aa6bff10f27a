"""The archive's list: what narrows it and how much, what was looked for marked, what to do where nothing is found."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from builders import account, approved, candidate, judge, newest, node
from campaign.settings import SourceSettings
from campaign.strategy import Node, Strategy
from conftest import NOW
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.ingest import _ingest
from storage.sources import sync_sources
from storage.store import Actor, Store
from storage.strategy import save_strategy
from website import Website, settings


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site with two organisations on the store of the test."""
    sources = {
        each: SourceSettings(
            id=each, kind="feed", campaigns=("hallandvaxer",), every=timedelta(hours=1), name=name,
            options={"url": f"https://{each}.exempel.se/nyheter.rss"},
        )
        for each, name in (("laholm", "Laholms kommun"), ("hylte", "Hylte kommun"))
    }  # fmt: skip
    made = settings(tmp_path, sources=sources)
    sync_sources(sqlite_store, made, now=NOW)
    with Website(made, sqlite_store) as website:
        yield website


def person(store: Store) -> Actor:
    """An editor."""
    return Actor(kind="person", account_id=account(store))


def shown(page: str) -> list[int]:
    """The ids of the stories that a list links to, in order, each once."""
    return list(dict.fromkeys(int(number) for number in re.findall(r'href="/stories/(\d+)"', page)))


def choices(page: str, group: str) -> dict[str, str]:
    """What a group offers, each choice in words with its number."""
    found = re.search(rf'<section aria-labelledby="f-{group}">(.*?)</section>', page, re.DOTALL)
    if found is None:
        return {}
    lines = re.findall(r"<li><a [^>]*><span[^>]*>(.*?)</span><span class=\"count\">(.*?)</span></a>", found[1])
    return {html.unescape(re.sub(r"<span.*?</span>", "", words)): count for words, count in lines}


def on(year: int, month: int) -> datetime:
    """A moment in the middle of a month."""
    return datetime(year, month, 15, 12, tzinfo=UTC)


# --- what narrows it --------------------------------------------------------------------------------------


def test_choices_say_how_much_each_would_show(site: Website, sqlite_store: Store) -> None:
    """Years, networks, focus areas and organisations stand with their numbers, and lead to just as many."""
    may = approved(sqlite_store, published_at=on(2026, 5), network="mastodon")
    approved(sqlite_store, published_at=on(2026, 6), network="feed")
    approved(sqlite_store, published_at=on(2025, 6), network="feed")
    attach(sqlite_store, may.id, node(sqlite_store), by=person(sqlite_store), now=NOW)
    page = site.get("/archive").text
    assert choices(page, "year") == {"2026": "2", "2025": "1"}
    assert choices(page, "network") == {"Webbflöde": "2", "Mastodon": "1"}
    page = site.get("/archive?year=2026").text
    assert choices(page, "month") == {"Juni": "1", "Maj": "1"}
    assert choices(page, "network") == {"Mastodon": "1", "Webbflöde": "1"}
    assert "2 berättelser" in page


def test_what_words_find_is_counted_too(site: Website, sqlite_store: Store) -> None:
    """Under a search the numbers are those of its hits, not of the archive."""
    approved(sqlite_store, text="Nya cyklar i Hylte. #hallandväxer", network="feed", published_at=on(2026, 5))
    approved(sqlite_store, text="Fler cyklar till alla. #hallandväxer", published_at=on(2025, 5))
    approved(sqlite_store, text="Något helt annat. #hallandväxer", published_at=on(2024, 5))
    page = site.get("/archive?q=cykel").text
    assert '<h1 class="as-line">2 träffar på ”cykel”</h1>' in page
    assert choices(page, "year") == {"2026": "1", "2025": "1"}


def test_a_hidden_story_is_counted_nowhere(site: Website, sqlite_store: Store) -> None:
    """What the desk hides leaves the numbers with the list."""
    kept = approved(sqlite_store, published_at=on(2026, 5))
    gone = approved(sqlite_store, published_at=on(2025, 5), network="feed")
    decide(sqlite_store, gone.id, Action.HIDE, by=person(sqlite_store), now=NOW)
    page = site.get("/archive").text
    assert shown(page) == [kept.id]
    assert "2025" not in choices(page, "year")
    assert "Webbflöde" not in page


def test_a_choice_is_taken_away_where_it_stands(site: Website, sqlite_store: Store) -> None:
    """Each chosen part is a chip that leads to the same without it, and a chosen line leads back too."""
    approved(sqlite_store, published_at=on(2026, 5), network="feed")
    page = site.get("/archive?year=2026&month=5&network=feed").text
    chips = re.findall(r'<a class="chip" href="([^"]+)">', page)
    assert [html.unescape(each) for each in chips] == [
        "/archive?network=feed",
        "/archive?year=2026&network=feed",
        "/archive?year=2026&month=5",
    ]
    assert "maj 2026" in page
    assert "Förfina, 3 val gjorda" in page
    assert re.search(r'<a href="/archive\?year=2026&amp;month=5" aria-current="true">', page)


def test_a_search_stays_under_the_choices(site: Website, sqlite_store: Store) -> None:
    """Searching keeps what is chosen; emptying the field keeps it too."""
    approved(sqlite_store, text="Nya cyklar. #hallandväxer", published_at=on(2026, 5))
    page = site.get("/archive?q=cykel&year=2026").text
    assert '<input type="hidden" name="year" value="2026">' in page
    assert '<a class="search-clear" href="/archive?year=2026">' in page


def test_what_is_asked_may_be_hostile(site: Website, sqlite_store: Store) -> None:
    """Whatever stands in the address is shown as words and never as markup."""
    approved(sqlite_store)
    for query in (
        "q=%3Cscript%3E", "q=%22%3E%3Cimg", "place=%3Cb%3E", "from=%22onload", "network=%3Ci%3E", "area=%3Cu%3E",
        "q=plats%3A%3Cs%3E",
    ):  # fmt: skip
        answer = site.get(f"/archive?{query}")
        assert answer.status == 200, query
        for bad in ("<script>", "<img", "<b>", "<i>", "<u>", "<s>", '"onload'):
            assert bad not in answer.text, query


# --- hits -------------------------------------------------------------------------------------------------


def test_what_was_looked_for_is_marked_in_all_its_forms(site: Website, sqlite_store: Store) -> None:
    """A hit shows the word that was found, in the words around it where it stands far down in a text."""
    filler = "Mycket annat hände i byn den här veckan och alla hjälptes åt med stort och smått. " * 8
    approved(
        sqlite_store,
        title="En lång berättelse",
        text=f"{filler}Sedan kom kommunerna hit. {filler}#hallandväxer",
        html="",
    )
    page = site.get("/archive?q=kommun").text
    assert "<mark>kommunerna</mark>" in page
    assert re.search(r'<p class="excerpt"[^>]*>… .*<mark>.* …</p>', page, re.DOTALL)


def test_the_order_is_in_the_address(site: Website, sqlite_store: Store) -> None:
    """The newest stand first unless relevance is asked for; both are links, and lists by relevance have no months."""
    both = approved(
        sqlite_store, title="Cykelväg", text="Cykelväg här och cykelväg där. #hallandväxer", published_at=on(2025, 5)
    )
    one = approved(
        sqlite_store, title="Stort och smått", text="Till sist: en cykelväg. #hallandväxer", published_at=on(2026, 5)
    )
    newest, best = site.get("/archive?q=cykelv%C3%A4g").text, site.get("/archive?q=cykelv%C3%A4g&sort=relevance").text
    assert shown(newest) == [one.id, both.id]
    assert shown(best) == [both.id, one.id]
    assert 'id="m-2026-05"' in newest
    assert 'id="m-2026-05"' not in best
    assert 'href="/archive?q=cykelv%C3%A4g&amp;sort=relevance"' in newest


def test_a_goal_is_found_and_says_what_it_is(site: Website, sqlite_store: Store) -> None:
    """Words find more than stories, and each says its kind; one kind can be chosen."""
    approved(sqlite_store, text="Solceller på skolans tak. #hallandväxer", published_at=on(2026, 5))
    plan = Strategy(
        id="plan",
        title="Plan för Halland",
        owner="Region Halland",
        period_from=date(2026, 1, 1),
        period_to=date(2030, 12, 31),
        nodes=(Node(code="energi", title="Solceller på alla tak", text="Taken ska ge el."),),
    )
    save_strategy(sqlite_store, "hallandvaxer", plan, origin="file", by=person(sqlite_store), now=NOW)
    page = site.get("/archive?q=solceller").text
    assert '<p class="hit-kind">Fokusområde</p>' in page
    assert '<a href="/strategy/plan/energi"><mark>Solceller</mark> på alla tak</a>' in page
    assert choices(page, "kind") == {"Berättelser": "1", "Mål och fokusområden": "1"}
    assert shown(site.get("/archive?q=solceller&kind=node").text) == []


# --- nothing found ----------------------------------------------------------------------------------------


def test_a_mistyped_word_is_met_with_what_was_meant(site: Website, sqlite_store: Store) -> None:
    """Where nothing is found the page proposes the spelling that finds something, as a link."""
    approved(sqlite_store, text="En ny cykelväg genom byn. #hallandväxer")
    page = site.get("/archive?q=cyckelv%C3%A4g").text
    assert "Inga träffar på ”cyckelväg”" in page
    assert re.search(r'Menade du <a href="/archive\?q=cykelv%C3%A4g">”cykelväg”</a>\?', page)


def test_a_named_part_that_means_nothing_is_explained(site: Website, sqlite_store: Store) -> None:
    """An unknown place is told as such, with the name that comes nearest as a link."""
    approved(sqlite_store, text="En ny cykelväg genom byn. #hallandväxer")
    page = site.get("/archive?q=plats%3ALaholmm").text
    assert "Platsen ”Laholmm” känner arkivet inte till." in page
    assert '<a href="/archive?q=plats%3ALaholm">Laholm</a>' in page


def test_nothing_found_leads_on(site: Website, sqlite_store: Store) -> None:
    """Each choice can be taken away, and the whole archive and its years are one press away."""
    approved(sqlite_store, published_at=on(2026, 5))
    page = site.get("/archive?q=rymdfart&year=2026").text
    assert '<a class="chip" href="/archive?q=rymdfart">' in page
    for href in ("/archive?year=2026", "/archive", "/years"):
        assert f'<a href="{href}">' in page, href


def test_nothing_found_offers_one_part_less(site: Website, sqlite_store: Store) -> None:
    """Where two words find nothing together, each that finds something alone is a way on, with how many it finds."""
    for text in ("Nya cyklar i byn.", "Fler cyklar till alla.", "En bro av trä."):
        approved(sqlite_store, text=f"{text} #hallandväxer", published_at=on(2026, 5))
    page = site.get("/archive?q=cyklar+rymdfart+bro").text
    assert "Sök på ”cyklar bro”" not in page
    page = site.get("/archive?q=cyklar+bro").text
    assert '<a href="/archive?q=cyklar">Sök på ”cyklar”</a> <span class="fine quiet">2 träffar</span>' in page
    assert '<a href="/archive?q=bro">Sök på ”bro”</a> <span class="fine quiet">1 träff</span>' in page
    page = site.get("/archive?q=cyklar+bro+rymdfart").text
    assert page.count("Sök på") == 2


def test_a_year_before_the_archive_is_said_to_be_one(site: Website, sqlite_store: Store) -> None:
    """What was typed with a name can be taken away, and a year before the first story says when the archive begins."""
    approved(sqlite_store, text="Nya cyklar. #hallandväxer", published_at=on(2026, 5))
    page = site.get("/archive?q=%C3%A5r%3A2024+cyklar").text
    assert "Arkivet börjar i maj 2026." in page
    assert re.search(r'<a class="chip" href="/archive\?q=cyklar">.*?år:2024', page)
    assert '<a href="/archive?q=cyklar">Sök på ”cyklar”</a> <span class="fine quiet">1 träff</span>' in page
    assert "Arkivet börjar" not in site.get("/archive?q=%C3%A5r%3A2026+rymdfart").text
    assert "Arkivet börjar i maj 2026." in site.get("/archive?year=2025").text


def test_an_unknown_part_says_that_it_is_searched_as_words(site: Website, sqlite_store: Store) -> None:
    """Hits of an area that the strategy lacks stand with the word that they are hits of an ordinary word."""
    story = approved(sqlite_store, text="Mer kompetens till byn. #hallandväxer", published_at=on(2026, 5))
    page = site.get("/archive?q=omr%C3%A5de%3Akompetens").text
    assert shown(page) == [story.id]
    assert "finns inte i strategin. Det söks som vanliga ord i stället." in page


def test_a_goal_stands_under_no_month(site: Website, sqlite_store: Store) -> None:
    """What stands in the strategy has no day: it has a heading of its own among the hits."""
    plan = Strategy(
        id="plan", title="Planen", owner="Region Halland", period_from=date(2026, 1, 1), period_to=date(2030, 12, 31),
        nodes=(Node(code="energi", title="Solceller på alla tak"),),
    )  # fmt: skip
    save_strategy(sqlite_store, "hallandvaxer", plan, origin="file", by=person(sqlite_store), now=NOW)
    approved(sqlite_store, text="Solceller till skolan. #hallandväxer", published_at=on(2026, 5))
    page = site.get("/archive?q=solceller").text
    headings = re.findall(r'<h2 id="m-[^"]+"><span>(.*?)</span>', page)
    assert headings == ["I strategin", "Maj 2026"]


def test_organisations_are_no_searches(sqlite_store: Store, tmp_path: Path) -> None:
    """A server that is asked for a hashtag is no organisation, whatever it is called."""
    told = (("laholm", "feed", "Laholms kommun"), ("hylte", "feed", "Hylte"), ("social", "mastodon", "exempel.social"))
    sources = {
        each: SourceSettings(
            id=each, kind=kind, campaigns=("hallandvaxer",), every=timedelta(hours=1), name=name,
            options={"url": f"https://{each}.exempel.se/"} if kind == "feed" else {"server": "https://exempel.social"},
        )
        for each, kind, name in told
    }  # fmt: skip
    made = settings(tmp_path, sources=sources)
    sync_sources(sqlite_store, made, now=NOW)
    for source in sources:
        with sqlite_store.write() as connection:
            _ingest(
                connection, campaign="hallandvaxer", source_id=source, candidates=[candidate()], judge=judge, now=NOW,
                own=False,
            )  # fmt: skip
    for each in newest(sqlite_store):
        decide(sqlite_store, each.id, Action.APPROVE, by=person(sqlite_store), now=NOW)
    with Website(made, sqlite_store) as website:
        page = website.get("/archive").text
    assert choices(page, "from") == {"Hylte": "1", "Laholms kommun": "1"}


def test_a_text_goes_on_from_a_cut_title_with_dots(site: Website, sqlite_store: Store) -> None:
    """Where the title stops inside a sentence, what stands below it does not look like a beginning."""
    text = "Birgit hittade kartan över alla vägar som gick här när hennes farfar var ung på en och samma kväll. Fint!"
    approved(sqlite_store, text=f"{text} #hallandväxer", published_at=on(2026, 5), title="")
    page = html.unescape(site.get("/archive").text)
    assert re.search(r'<p class="excerpt"[^>]*>… \w', page)
    assert re.search(r'<p class="excerpt"[^>]*>… \w', html.unescape(site.get("/embed").text))


def test_an_empty_archive_has_nothing_to_search(site: Website) -> None:
    """Before the first story the archive says so, without a field that could find nothing."""
    page = site.get("/archive").text
    assert "Arkivet är tomt ännu" in page
    assert 'type="search"' not in page


# --- what machines read -----------------------------------------------------------------------------------


def test_search_engines_are_kept_out_of_searches(site: Website, sqlite_store: Store) -> None:
    """A plain list and one choice may be indexed, words and piles of choices not."""
    approved(sqlite_store, published_at=on(2026, 5), network="feed", text="Nya cyklar. #hallandväxer")
    kept_out = {path: "noindex" in site.get(path).text for path in (
        "/archive", "/archive?year=2026", "/archive?q=cykel", "/archive?year=2026&network=feed", "/archive?q=zzz",
    )}  # fmt: skip
    assert list(kept_out.values()) == [False, False, True, True, True]


def test_pages_name_their_neighbours_and_feeds(site: Website, sqlite_store: Store) -> None:
    """A long list says in its head where it goes on, and every search is a feed."""
    for number in range(31):
        approved(sqlite_store, published_at=on(2026, 5) - timedelta(hours=number))
    page = site.get("/archive?year=2026").text
    older = re.search(r'<link rel="next" href="(/archive\?year=2026&amp;older=\d+)">', page)
    assert older is not None
    second = site.get(html.unescape(older[1])).text
    assert len(shown(second)) == 1
    assert '<link rel="prev" href="/archive?year=2026&amp;newer=' in second
    assert 'href="/feed.atom?year=2026"' in page
