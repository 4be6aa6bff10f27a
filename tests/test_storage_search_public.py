"""The public search on both databases: what words find, what stands beside it, what is proposed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from builders import account, approved, story
from campaign import words
from conftest import NOW
from storage import schema
from storage.archive import Wanted, browse
from storage.decisions import Action, decide
from storage.facets_public import facet_counts
from storage.matches import Ask, found, statement_of
from storage.places import set_place
from storage.relevance import MOST, ranked
from storage.search import facet_token, propose, terms_of
from storage.shelf import draw_all
from storage.store import Actor, Store
from storage.stories import find_ids

CAMPAIGN = "hallandvaxer"

#: What no test is about: invented, and without the words that tests ask for.
PLAIN = "Vi ses på torget"


def told(store: Store, *texts: str, **changes: object) -> list[int]:
    """Store and approve one story a text, the first the newest; return their ids in the order of the texts."""
    return [
        approved(store, text=text, html="", published_at=NOW - timedelta(hours=at + 1), **changes).id
        for at, text in enumerate(texts)
    ]


def asked(store: Store, text: str, **changes: object) -> list[int]:
    """Return the ids of the stories that words find."""
    wanted = Wanted(text=text, **changes)  # type: ignore[arg-type]
    return [each.id for each in browse(store, CAMPAIGN, wanted, limit=100).stories]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("stad", "Nya hus i våra städer"),
        ("städerna", "En stad vid havet"),
        ("klimat", "Klimatets gränser"),
        ("cyklar", "Cykeln är lagad"),
        ("vaxer", "Staden växer"),
        ("foersoerjning", "Försörjning av energi"),
        ("idé", "Två idéer på bordet"),
        ("cykel", "En ny cykelväg är klar"),
        ("cykel", "Elcykel att låna"),
        ("kompetens", "Kompetensförsörjningen är vår största fråga"),
        ("närings liv", "Näringslivet samlas"),
        ("kompetensförsörjning", "Kompetens försörjning skrevs isär"),
        ("e-handel", "Ehandel för små butiker"),
        ("ehandel", "E-handeln ökar"),
        ("cykel*", "Cykelvägarna byggs ut"),
        ("kompetens*", "Kompetensen finns här"),
        ('"ny cykelväg"', "Invigning av en ny cykelväg"),
        ("”ny cykelväg”", "Invigning av en ny cykelväg"),
        ("vad händer i kommunen", "Kommuner händer mycket i"),
        ("#skördefest", "Årets #skördefest"),
        ("#skordefest", "Årets #skördefest"),
    ],
)
def test_words_find_their_forms(store: Store, query: str, text: str) -> None:
    """What a person types finds the text that they mean, and nothing else."""
    wanted, _ = told(store, text, PLAIN)
    assert asked(store, query) == [wanted]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("land", "Hela Halland och Småland"),
        ("stad", "Halmstad vid havet"),
        ("berg", "Falkenberg och Varberg"),
        ("svar", "Ett gemensamt ansvar"),
        ("växer", "Vax till båten"),
        ("#klimat", "Om klimat utan märke"),
        ('"väg ny"', "En ny väg"),
        ("cykel -väg", "En cykelväg"),
        ("cykel -elcykel", "Elcykel att låna"),
        ("!!!", "Utropstecken!!!"),
        ("\0", "Ingenting"),
    ],
)
def test_words_do_not_find_what_only_looks_alike(store: Store, query: str, text: str) -> None:
    """A name of a place is no compound, an opposite no part, a word no tag."""
    told(store, text)
    assert asked(store, query) == []


def test_only_leaving_out_finds_the_rest(store: Store) -> None:
    """A query of nothing but "-word" finds everything that lacks it."""
    first, _ = told(store, "Vi bygger hus", "Vi odlar skog")
    assert asked(store, "-skog") == [first]


def test_a_story_is_found_by_the_place_where_it_is(store: Store) -> None:
    """A place that the desk set finds the story though its text does not name it."""
    (made,) = told(store, PLAIN)
    set_place(store, made, "varberg", by=Actor(kind="person", account_id=account(store)), now=NOW)
    assert asked(store, "varberg") == [made]


def test_facets_can_be_left_out(store: Store) -> None:
    """What has a token that is left out is not found, with words and without."""
    here, there = told(store, "Skog i norr", "Skog i söder")
    set_place(store, there, "laholm", by=Actor(kind="person", account_id=account(store)), now=NOW)
    without = (facet_token("place", "laholm"),)
    assert asked(store, "skog", without=without) == [here]
    assert asked(store, "", without=without) == [here]


def test_a_hidden_story_is_found_and_proposed_no_more(store: Store) -> None:
    """The word of a story that was taken away neither finds nor is proposed, though the vocabulary remembers it."""
    first, second = told(store, "Om kompetensförsörjning här", "Mera kompetensförsörjning")
    assert propose(store, CAMPAIGN, "kompetensförsörning") == "kompetensförsörjning"
    for each in (first, second):
        decide(store, each, Action.HIDE, by=Actor(kind="person", account_id=account(store)), now=NOW)
    assert asked(store, "kompetensförsörjning") == []
    assert propose(store, CAMPAIGN, "kompetensförsörning") is None
    with store.read() as connection:
        assert connection.execute(select(schema.word.c.stem).where(schema.word.c.stem.like("komp%"))).first()


def test_what_waits_is_not_proposed(store: Store) -> None:
    """A word that stands only in what nobody approved is no proposal."""
    story(store, text="Havregrynsgröt serveras, havregrynsgröt till alla", html="")
    assert propose(store, CAMPAIGN, "havregrynsgrot") is None
    assert propose(store, CAMPAIGN, "havregrynsgöt") is None


@pytest.mark.parametrize("name", ["Ottiliana", "ottiliana"])
def test_names_of_persons_are_not_proposed(store: Store, name: str) -> None:
    """A word that is always written with a capital is a name, and a handle or a tag is none of the text's words."""
    told(
        store, "Ottiliana invigde bron", "Tack till Ottiliana för i dag", "Foto @ottiliana och #ottiliana",
        author_name="Ottiliana Vennersgard", author_handle="ottiliana@exempel.social",
    )  # fmt: skip
    assert propose(store, CAMPAIGN, name.replace("lian", "lain")) is None
    assert propose(store, CAMPAIGN, "Vennersgrad") is None


def test_places_are_proposed_with_their_capital(store: Store) -> None:
    """A place is a name that may be proposed, where something public is about it."""
    told(store, "Torget i Kungsbacka", "Mera om Kungsbacka")
    assert propose(store, CAMPAIGN, "kungsbaka") == "Kungsbacka"
    assert propose(store, CAMPAIGN, "Falkenbreg") is None


def test_a_proposal_keeps_what_is_right(store: Store) -> None:
    """One word of a query is exchanged, everything else stays as it was typed, and the whole finds something."""
    told(store, "Ny cykelväg till stranden", "Stranden städas")
    assert propose(store, CAMPAIGN, 'cykelvg "till stranden"') == 'cykelväg "till stranden"'
    assert propose(store, CAMPAIGN, "cykelväg -stranden") is None
    assert propose(store, CAMPAIGN, "cykelvg städas") is None


def test_relevance_puts_titles_and_phrases_first(store: Store) -> None:
    """By relevance a word in the title comes first, and words beside each other come before scattered ones."""
    newest, titled, beside = (
        approved(store, text="Skog och nu en ny plan för allt", html="", published_at=NOW - timedelta(hours=1)).id,
        approved(store, title="Skog", text="Plan", html="", published_at=NOW - timedelta(hours=2)).id,
        approved(store, text="En skog plan", html="", published_at=NOW - timedelta(hours=3)).id,
    )
    assert asked(store, "skog plan") == [newest, titled, beside]
    assert asked(store, "skog", order="relevance") == [titled, newest, beside]
    assert asked(store, "skog plan", order="relevance")[-1] == newest


def test_relevance_has_pages(store: Store) -> None:
    """Pages of the order by relevance follow each other, and lead back."""
    made = told(store, *(f"Skog nummer {number}" for number in range(5)))
    wanted = Wanted(text="skog", order="relevance")
    first = browse(store, CAMPAIGN, wanted, limit=2)
    second = browse(store, CAMPAIGN, wanted, limit=2, older_than=first.older)
    third = browse(store, CAMPAIGN, wanted, limit=2, older_than=second.older)
    assert [each.id for page in (first, second, third) for each in page.stories] == made
    assert (first.newer, third.older) == (None, None)
    assert browse(store, CAMPAIGN, wanted, limit=2, newer_than=third.newer).stories == second.stories


def test_facets_are_counted_over_the_hits(store: Store) -> None:
    """Each value has as many as its filter would show, and the years are of the site's zone."""
    first, second, _ = told(store, "Skog ett", "Skog två", PLAIN)
    set_place(store, first, "laholm", by=Actor(kind="person", account_id=account(store)), now=NOW)
    counted = facet_counts(store, CAMPAIGN, Wanted(text="skog"))
    assert (counted.total, counted.capped) == (2, False)
    assert (counted.places, counted.networks, counted.kinds) == ({"laholm": 1}, {"mastodon": 2}, {"story": 2})
    assert counted.years == {2026: 2}
    assert facet_counts(store, CAMPAIGN, Wanted(text="!!")).total == 0
    assert second


# --- the same on both ---------------------------------------------------------------------------------------

_WORDS = [
    "skog",
    "skogen",
    "cykelväg",
    "elcykel",
    "cykel",
    "cyklar",
    "kompetens",
    "kompetensförsörjning",
    "försörjning",
    "stad",
    "städer",
    "Halmstad",
    "Varberg",
    "växer",
    "hållbar",
    "hållbarhet",
    "klimat",
    "klimatet",
    "energi",
    "vindkraft",
    "näringsliv",
    "näring",
    "bad",
    "badplats",
    "hamn",
    "hamnen",
    "företag",
    "företagare",
    "jobb",
    "ungdomar",
    "bibliotek",
    "böcker",
    "bok",
    "e-handel",
    "handel",
    "invigning",
    "2024",
    "tåg",
    "tågresa",
    "miljö",
    "miljöer",
]


def _texts(number: int) -> list[str]:
    rng = random.Random(2027)
    return [" ".join(rng.choices(_WORDS, k=rng.randrange(3, 12))) for _ in range(number)]


def _queries(number: int) -> list[str]:
    rng = random.Random(4711)
    made = []
    for _ in range(number):
        word, other = rng.sample(_WORDS, 2)
        made.append(
            rng.choice(
                [word, f"{word} {other}", f'"{word} {other}"', f"{word} -{other}", f"{word[:4]}*", f"-{word}",
                 word.replace("ä", "a").replace("ö", "o").replace("å", "a"), f"#{word}", f"{word}{other}", word.upper()]
            )
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def answers() -> dict[str, object]:
    """What each database answered, to be compared when both have."""
    return {}


def test_both_databases_find_the_same(store: Store, answers: dict[str, object]) -> None:
    """A generated archive and random queries give the same hits in the same orders, numbers and proposals on both."""
    ids = {each: at for at, each in enumerate(told(store, *_texts(60)))}
    got = []
    for query in _queries(150):
        newest = [ids[each] for each in asked(store, query)]
        best = [ids[each] for each in asked(store, query, order="relevance")]
        assert sorted(newest) == sorted(best)
        counted = facet_counts(store, CAMPAIGN, Wanted(text=query))
        assert counted.total == len(newest)
        got.append((query, newest, best, propose(store, CAMPAIGN, query)))
    assert sum(bool(newest) for _, newest, _, _ in got) > 50
    assert answers.setdefault("random", got) == got


_HOSTILE: Sequence[str] = (
    '"', '""', '"a', "'", "''", "*", "a*", "***", "-", "--", "- -", "-*", '-"', "AND", "OR NOT", "NEAR(a b)",
    "a AND (b", "words : skog", "facets : k_story", "{words}", "^skog", "skog + väg", "a | b & !c", "a <-> b", "a:*",
    "\\", "\\'", "';--", "%", "_", "__", "_t_skog", "\0", "skog\0väg", "\ud800", "\u202e",
    "🌲", "skog🌲", "０１", "ﬁsk",
    "a" * 10_000, "a " * 5_000, '"' + "a " * 5_000 + '"', "-a " * 500, "(" * 200, "ﷺ" * 300, "e\u0301" * 300,
    "#", "##", "#-", "# skog", "k_story", "http://a.b/c?d=e",
)  # fmt: skip


def test_nothing_typed_breaks_the_search(store: Store) -> None:
    """Operators, quotes, control characters and endless texts are words or nothing, and no column is asked by name."""
    told(store, PLAIN)
    for query in _HOSTILE:
        _every_way(store, query)
    assert asked(store, "facets : k_story") == []


def _every_way(store: Store, query: str) -> None:
    newest = asked(store, query)
    assert sorted(newest) == sorted(asked(store, query, order="relevance"))
    assert facet_counts(store, CAMPAIGN, Wanted(text=query)).total == len(newest)
    propose(store, CAMPAIGN, query)
    assert "".join(piece for piece, _ in words.marked(query, terms_of(store, query))) == query


def test_a_page_asks_the_index_by_its_order(sqlite_store: Store) -> None:
    """FTS5 gives a page in the order of its rows: nothing is sorted, and the index alone is read."""
    statement, given = statement_of("sqlite", Ask(terms=words.query("skog väg"), facets=[("k_story",)]), limit=31)
    with sqlite_store.read() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)]
    assert len(plan) == 1
    assert "VIRTUAL TABLE INDEX" in plan[0]


def test_compounds_are_looked_up_by_spans_of_an_index(sqlite_store: Store) -> None:
    """Words that begin or end like one are found in the index of words, not by reading them all."""
    with sqlite_store.read() as connection:
        for column in ("stem", "back"):
            statement = f"SELECT stem FROM word WHERE {column} >= 'a' AND {column} < 'b' ORDER BY {column}"
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
            assert all("SEARCH" in row[3] and "TEMP B-TREE" not in row[3] for row in plan)


def test_relevance_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the newest hits are ordered: of a common word no more rows are asked for than the bound."""
    assert MOST == 5_000
    monkeypatch.setattr("storage.relevance.MOST", 3)
    told(store, *(f"Skog nummer {number}" for number in range(5)))
    with store.read() as connection:
        ask = Ask(terms=words.query("skog"), facets=[("k_story",)])
        assert set(ranked(connection, ask)) == set(found(connection, ask, limit=3))


def test_capped_numbers_say_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are more hits than are counted, that is told, and each year is counted by itself."""
    monkeypatch.setattr("storage.facets_public.MOST", 3)
    told(store, *(f"Skog nummer {number}" for number in range(4)))
    approved(store, text="Skog förr", html="", published_at=NOW - timedelta(days=700))
    counted = facet_counts(store, CAMPAIGN, Wanted(text="skog"))
    assert (counted.total, counted.capped, counted.years) == (3, True, {2026: 4, 2024: 1})


def test_drawing_anew_mends_what_an_older_program_wrote(store: Store) -> None:
    """The desk finds forms of words in posts that were indexed before words had roots."""
    made = story(store, text="Klimatets gränser", html="")
    key = "rowid" if store.dialect == "sqlite" else "sort_key"
    with store.write() as connection:
        connection.execute(sql(f"DELETE FROM search_desk WHERE {key} = :key"), {"key": made.lead.sort_key})
    assert find_ids(store, CAMPAIGN, query="klimat") == []
    draw_all(store)
    assert find_ids(store, CAMPAIGN, query="klimat") == [made.id]


def test_a_word_is_learnt_once(store: Store) -> None:
    """Drawing a story again adds no word twice, and handles and tags of places are no words."""
    (made,) = told(store, "Ovanligt #laholmväxer av @nagonsson")
    decide(store, made, Action.FEATURE, by=Actor(kind="person", account_id=account(store)), now=NOW)
    with store.read() as connection:
        stems = list(connection.execute(select(schema.word.c.stem)).scalars())
    assert stems.count("ovan") + stems.count("ovanlig") == 1
    assert not {"laholmväx", "laholmvax", "nagonsson"} & set(stems)
