"""What in a story's words speaks for a second pair of eyes: true and false friends, personal numbers, marks."""

from __future__ import annotations

import pytest

from campaign.flags import Flag, has_number, propose, propose_for_text
from digest_samples import post

TRUE = [
    ("Eleverna på Söndrumsskolan planterade träd", "sv", Flag.CHILD),
    ("Vi besökte förskolan Ekorren i dag", "sv", Flag.CHILD),
    ("Grundskoleelever bygger en bro", "sv", Flag.CHILD),
    ("Barnen i Laholm fick nya cyklar", "sv", Flag.CHILD),
    ("Noor börjar i förskoleklass", "sv", Flag.CHILD),
    ("Femåringarna på Ekorren sådde morötter", "sv", Flag.CHILD),
    ("The pupils of the village school", "en", Flag.CHILD),
    ("Patienterna på avdelning 4 fick konst på väggarna", "sv", Flag.PATIENT),
    ("Ny cancerpatient i studien", "sv", Flag.PATIENT),
    ("Sjukhuset i Varberg invigde entrén", "sv", Flag.PATIENT),
    ("Äldreboendet Solgården fyller år", "sv", Flag.PATIENT),
    ("Patients at the hospital", "en", Flag.PATIENT),
    ("Hon lever med skyddade personuppgifter", "sv", Flag.PROTECTED),
    ("Stöd till kvinnojouren i Falkenberg", "sv", Flag.PROTECTED),
    ("Min pappa, 640823-3234, odlar äpplen", "sv", Flag.PROTECTED),
    ("Han fick en cancerdiagnos i våras", "sv", Flag.SENSITIVE),
    ("Fackförbundet samlade sina medlemmar", "sv", Flag.SENSITIVE),
    ("Moskén öppnade för besök", "sv", Flag.SENSITIVE),
    ("En asylsökande familj berättar", "sv", Flag.SENSITIVE),
    ("The trade union met on Monday", "en", Flag.SENSITIVE),
    ("Inbrott i bygdegården i natt", "sv", Flag.CRIME),
    ("En man är misstänkt för misshandel", "sv", Flag.CRIME),
    ("Han dömdes, och den dömde överklagar brottet", "sv", Flag.CRIME),
    ("A man was arrested", "en", Flag.CRIME),
]

FALSE = [
    ("Genombrott för cirkulär textil i Borås", "sv"),
    ("Stenbrottet blev en konserthall", "sv"),
    ("Utan avbrott i tio år", "sv"),
    ("Brottning: Laholm vann guld", "sv"),
    ("Naturvård och landskapsvård vid Nissan", "sv"),
    ("Eleven won the race of eleven miles", "en"),
    ("The old barn was painted red", "en"),
    ("Impatient to begin", "en"),
    ("Elevator pitch för nya bolag", "sv"),
    ("Föreningen fyller fem år", "sv"),
    ("Bolaget fyller fem", "sv"),
    ("En femårig plan för fem årstider", "sv"),
    ("En 75-åring cyklade till Torup", "sv"),
    ("Barnarp får fiber", "sv"),
    ("Partihandeln växer, ett parti skruv", "sv"),
    ("Fackverksbron över Lagan", "sv"),
    ("Fackhandeln i Kungsbacka", "sv"),
    ("Nulägesdiagnosen av landsbygden är klar", "sv"),
    ("Ring 035-123 45 67 eller 0701234567", "sv"),
    ("Organisationsnummer 232100-0115", "sv"),
    ("Ordernummer 640823-3235", "sv"),
    ("640231-3230 och 641323-3237 är inga dagar", "sv"),
    ("Kristianstad, Kristinehamn och Kristdala", "sv"),
    ("Rån och våfflor till kaffet", "sv"),
    ("Ny cykelväg invigd i Skogaby! #hallandväxer", "sv"),
]


@pytest.mark.parametrize(("text", "language", "flag"), TRUE)
def test_true_friends_are_proposed(text: str, language: str, flag: Flag) -> None:
    """A text that speaks of somebody who needs care is proposed for a second pair of eyes."""
    assert flag in propose_for_text(text, language=language)


@pytest.mark.parametrize(("text", "language"), FALSE)
def test_false_friends_are_left_alone(text: str, language: str) -> None:
    """Words that only look alike propose nothing."""
    assert propose_for_text(text, language=language) == []


@pytest.mark.parametrize(
    "number", ["640823-3234", "6408233234", "19640823-3234", "196408233234", "640823+3234", "640883-3231"]
)
def test_personal_numbers_are_known_in_every_way_of_writing(number: str) -> None:
    """With and without century and hyphen, and co-ordination numbers."""
    assert has_number(f"Nummer {number}.")


def test_a_personal_number_is_never_repeated_as_a_reason() -> None:
    """The proposal says that a number stands there, and not which."""
    (found,) = [each for each in propose([post(text="Bo 640823-3234")]) if each.flag is Flag.PROTECTED]
    assert (found.why, found.found) == ("number", ())


def test_the_authors_own_marks_are_reasons() -> None:
    """A warning or a mark by the author proposes sensitive content, and says which it was."""
    (warned,) = propose([post(text="Hej", warning="Mat")])
    (marked,) = propose([post(text="Hej", sensitive=True)])
    assert [(each.flag, each.why) for each in (warned, marked)] == [
        (Flag.SENSITIVE, "warning"),
        (Flag.SENSITIVE, "marked"),
    ]


def test_the_words_found_are_told_a_few_of_them() -> None:
    """The reason names the text's own words, each once, three at most."""
    text = "Eleverna, barnen, förskolan, skolklassen och eleverna"
    (found,) = propose([post(text=text)])
    assert (found.flag, found.why, found.found) == (Flag.CHILD, "words", ("eleverna", "barnen", "förskolan"))


def test_a_post_in_english_is_read_as_english() -> None:
    """What a source says of the language decides which words count."""
    assert propose([post(text="The barn by the sea", language="en")]) == []
    assert [each.flag for each in propose([post(text="The barn by the sea", language="sv")])] == [Flag.CHILD]
