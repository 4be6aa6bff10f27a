"""How a foreign text is cut to a letter's measure."""

from __future__ import annotations

import random
import time

import pytest

from digest.excerpt import cut, shorten, tidy


def test_first_sentence_becomes_the_title() -> None:
    """A post without a title lends its first sentence, and the text goes on after it."""
    told = cut("", "Nu är bron klar! Välkommen på lördag.\n\n#hallandväxer", 200)
    assert (told.title, told.text, told.tags) == ("Nu är bron klar!", "Välkommen på lördag.", "#hallandväxer")
    assert not told.opened
    assert not told.shortened


def test_abbreviation_does_not_end_a_sentence() -> None:
    """ "kl. 14" stays together."""
    assert cut("", "Vi ses kl. 14 i Varberg. Kaffe finns.", 200).title == "Vi ses kl. 14 i Varberg."


def test_long_sentence_is_broken_at_a_clause_and_marked() -> None:
    """A long first sentence goes on in the text, and says so."""
    text = "I dag flyttade vi in i den gamla brandstationen, fem ateljéer och en verkstad, och nu är alla välkomna."
    told = cut("", text, 200)
    assert told.opened
    assert told.title == "I dag flyttade vi in i den gamla brandstationen, fem ateljéer och en verkstad"
    assert told.text == "och nu är alla välkomna."


def test_shortened_text_is_a_beginning_of_the_original() -> None:
    """Nothing is altered: what is shown is the beginning of what was written, and the cut is marked."""
    words = random.Random(1)
    for _ in range(200):
        text = " ".join(words.choice(["Halland", "växer.", "och", "frodas,", "åäö", "#tag"]) for _ in range(80))
        told = cut("Rubrik", text, 120)
        assert tidy(text).startswith(told.text)
        assert told.shortened
        assert len(told.text) <= 120


def test_tag_that_is_a_word_of_the_sentence_stays() -> None:
    """Only tags after the end of the text stand apart."""
    assert cut("", "Stolt över #hallandväxer", 100).title == "Stolt över #hallandväxer"


def test_post_of_tags_alone_has_them_as_title() -> None:
    """Even a post without words has something to be called."""
    assert cut("", "#hallandväxer #halmstad", 100).title == "#hallandväxer #halmstad"


def test_title_is_not_repeated_in_the_text() -> None:
    """A feed's summary that begins with the title loses that beginning."""
    assert cut("Ny bro", "Ny bro. Den är av trä.", 100).text == "Den är av trä."


def test_emoji_families_are_not_split() -> None:
    """A cut never leaves half of a joined emoji."""
    family = "👩\u200d👩\u200d👧"
    shown = shorten(family * 60, 100)
    assert shown.replace(family, "") == ""


def test_letters_that_turn_the_reading_direction_are_dropped() -> None:
    """A quote cannot turn around what stands beside it, nor hold control characters."""
    assert tidy("a\u202eb\u2066c\x00\x07d\r\ne") == "abcd\ne"


@pytest.mark.parametrize(
    "text", ["#a " * 30_000 + "x", "a." * 50_000, "(" * 100_000, "t.ex. " * 20_000, "\n" * 100_000]
)
def test_hostile_text_is_cut_quickly(text: str) -> None:
    """No text makes the cut slow."""
    start = time.perf_counter()
    cut("", text, 270)
    assert time.perf_counter() - start < 1


def test_a_long_sentence_is_not_broken_at_an_early_comma() -> None:
    """A title that ends after a few words at a comma says too little: it goes on to a whole word near its end."""
    text = "Birgit hittade en bugg i kommunens, bankens och skidortens bokningssystem på en och samma novemberkväll."
    assert (
        cut("", text, 200).title
        == "Birgit hittade en bugg i kommunens, bankens och skidortens bokningssystem på en och samma"
    )
