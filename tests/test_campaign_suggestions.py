"""What is proposed for a text: nodes of the strategy, its language, and what in it may be private."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from campaign.sensitive import sensitive
from campaign.suggestions import suggest
from campaign.tongues import disagrees, guess

NODES = {1: ("konst", "natur", "cykel", "kultur"), 2: ("företag", "högskola", "jobb"), 3: ("skola", "hälsa", "cykel")}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Naturskolan öppnar", {1: ("naturskolan",), 3: ("naturskolan",)}),
        ("Högskolan växer", {2: ("högskolan",)}),
        ("Elevföretagen säljer", {2: ("elevföretagen",)}),
        ("Konstnärer målar", {1: ("konstnärer",)}),
        ("Konstigt nog, naturligtvis, konstaterar konstruktören", {}),
        ("Vi hälsar välkommen, det blev jobbigt", {}),
        ("", {}),
    ],
)
def test_compounds_count_at_both_ends_and_look_alikes_do_not(text: str, found: dict[int, tuple[str, ...]]) -> None:
    """A planner's word is known at the end of a compound too, and what only begins like it is not."""
    assert {each.node_id: each.found for each in suggest(text, NODES)} == found


def test_a_word_of_one_node_tells_more_than_one_of_two() -> None:
    """Of two nodes with one word each in the text, the one that has its word alone comes first."""
    assert suggest("Cykel till företag", NODES)[0].node_id == 2


def test_the_title_counts_more() -> None:
    """The same words weigh more in the title than below it."""
    assert [each.node_id for each in suggest("Kultur", NODES, title="Företag")] == [2, 1]
    assert [each.node_id for each in suggest("Företag", NODES, title="Kultur")] == [1, 2]


def test_what_is_far_behind_is_not_proposed() -> None:
    """One weak word beside many strong ones of another node is left out."""
    text = "Konst, kultur och natur; det blev jobb"
    assert [each.node_id for each in suggest(text, NODES)] == [1]


def test_the_most_telling_word_is_told_first() -> None:
    """The reason begins with the word that weighs most."""
    assert suggest("jobb i småföretag", NODES, title="Högskolan")[0].found[0] == "högskolan"


SENTENCES = [
    ("Vi har öppnat en ny butik på torget och hoppas att alla vill komma hit", "sv"),
    ("Nu är det klart: vår förening får stöd för att bygga en lekplats som är till för alla", "sv"),
    ("We have opened a new shop and hope that all of you will come to the square", "en"),
    ("Vi har åbnet en ny butik på torvet, og nu håber vi ikke at I bliver væk, men kommer og får noget", "da"),
    ("Vi har åpnet en ny butikk, og nå håper vi ikke at dere blir borte, men kommer og får noe av oss", "nb"),
    ("Wir haben einen neuen Laden eröffnet und hoffen, dass ihr alle zu uns auf den Platz kommt, das ist schön", "de"),
    ("Olemme avanneet uuden kaupan ja se on nyt auki, mutta kaikki eivät ole vielä käyneet, joka on sääli", "fi"),
    ("Nous avons ouvert une boutique sur la place et nous espérons que vous viendrez avec des amis", "fr"),
    ("Waa maalin wanaagsan oo aan ku soo dhaweyno dadka cusub ee ka yimid, waxaa jira shaah iyo cunto badan", "so"),
    ("افتتحنا متجرا جديدا في الساحة ونرحب بالجميع يوم السبت", "ar"),
    ("ما یک فروشگاه جدید در میدان باز کرده‌ایم و همه خوش آمدید", "fa"),
    ("Ми відкрили нову крамницю на площі і запрошуємо всіх у суботу", "uk"),
    ("Мы открыли новый магазин на площади и приглашаем всех", "ru"),
    ("Halmstad!", None),
    ("#hallandväxer #halmstad #varberg", None),
    ("https://example.se/the-of-and-to-is-that-for-it", None),
    ("Hej och hello", None),
    ("🌊🌊🌊", None),
    ("", None),
]


@pytest.mark.parametrize(
    ("text", "language"), SENTENCES, ids=[f"{language}-{text[:20]}" for text, language in SENTENCES]
)
def test_the_language_of_a_text_is_told_or_not_known(text: str, language: str | None) -> None:
    """A sentence tells its language; what is short, mixed, tags or addresses does not."""
    found = guess(text)
    assert (found.language if found else None) == language


def test_the_words_that_tell_a_language_are_the_text_s_own() -> None:
    """The reason names little words that stand in the text."""
    found = guess("We have opened a new shop and hope that all of you will come to the square")
    assert found is not None
    assert found.words
    assert all(
        word in "we have opened a new shop and hope that all of you will come to the square" for word in found.words
    )


@pytest.mark.parametrize(
    ("said", "other"),
    [("sv", False), ("sv-SE", False), ("en", True), (None, True), ("", True)],
)
def test_what_a_source_says_is_compared(said: str | None, other: bool) -> None:
    """A source that says nothing, or something else, disagrees; one that names a region does not."""
    found = guess("Vi har öppnat en ny butik på torget och hoppas att alla vill komma hit")
    assert found is not None
    assert disagrees(said, found) is other


def test_norwegian_has_three_codes() -> None:
    """What a source calls no or nn is no other language than what is found as nb."""
    found = guess("Vi har åpnet en ny butikk, og nå håper vi ikke at dere blir borte, men kommer og får noe av oss")
    assert found is not None
    assert not any(disagrees(said, found) for said in ("no", "nn", "nb", "nb-NO"))


def test_real_swedish_is_never_taken_for_another_language(corpus: Path) -> None:
    """Of thousands of real Swedish sentences and posts none is told to be foreign, and most long ones are known."""
    talbanken = (corpus / "text/talbanken/sv_talbanken-ud-dev.conllu").read_text(encoding="utf-8")
    sentences = re.findall(r"# text = (.*)", talbanken)
    posts = (corpus / "text/swe-sentiment/swe-sentiment-dataset.csv").read_text(encoding="utf-8").splitlines()
    found = Counter(known.language for text in (*sentences, *posts) if (known := guess(text)))
    assert set(found) == {"sv"}
    long = [text for text in sentences if len(text.split()) > 20]
    assert sum(guess(text) is not None for text in long) > 0.9 * len(long)


def test_english_among_swedish_events_is_found(corpus: Path) -> None:
    """Of 719 real events nearly all are told to be Swedish or English, and none to be anything else."""
    events = json.loads((corpus / "text/almedalsdata/2021 - events.json").read_text(encoding="utf-8"))
    rows = events if isinstance(events, list) else next(each for each in events.values() if isinstance(each, list))
    found = Counter(known.language if (known := guess(str(row["description"]))) else "" for row in rows)
    assert set(found) <= {"sv", "en", ""}
    assert found[""] < 0.03 * len(rows)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ring Kalle på 070-123 45 67", ["phone:070-123 45 67"]),
        ("Sms:a +46 73 123 45 67!", ["phone:+46 73 123 45 67"]),
        ("Familjen bor på Storgatan 12 B i Laholm", ["home:Storgatan 12 B"]),
        ("Hennes nummer är 19811218-9876", ["number:"]),
        ("Växeln har 035-13 48 00", []),
        ("Butiken på Storgatan 12 öppnar", []),
        ("Order 0701234567890 av 2024", []),
        ("Org.nr 556016-0680", []),
        ("", []),
    ],
)
def test_what_may_be_private_is_pointed_out(text: str, found: list[str]) -> None:
    """Identity numbers, mobile telephones and homes are found; offices, shops and orders are not."""
    assert [f"{each.why}:{each.words}" for each in sensitive(text)] == found
