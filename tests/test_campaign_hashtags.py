"""Which texts belong to #hallandväxer, as a table of cases."""

from __future__ import annotations

import unicodedata

import pytest

from campaign import hashtags

TAG = ("#hallandväxer",)
ALIAS = ("#hallandvaxer",)

# text, whether it belongs to #hallandväxer without aliases
BELONGS = [
    ("#hallandväxer", True),
    ("Nu växer det! #hallandväxer.", True),
    ("#HALLANDVÄXER", True),
    ("#HallandVäxer på torget", True),
    ("#hallandväxer-2026", True),
    ("#hallandväxer_2", False),
    ("#hallandväxer2026", False),
    ("#hallandväxerinte", False),
    ("#inte-hallandväxer", False),
    ("x#hallandväxer", False),
    ("1#hallandväxer", False),
    ("å#hallandväxer", False),
    ("/#hallandväxer", False),
    ("https://example.se/sida#hallandväxer", False),
    ("https://example.se/#hallandväxer", False),
    ("＃hallandväxer", True),
    ("##hallandväxer", False),
    ("&#hallandväxer", False),
    ("# hallandväxer", False),
    ("#\u200bhallandväxer", False),
    (unicodedata.normalize("NFD", "#hallandväxer"), True),
    ("#hallandva\u0308xer idag", True),
    ("#ｈａｌｌａｎｄväxer", True),
    ("#hallandväxer🌱", True),
    ("🌱#hallandväxer", True),
    ("#hallandväxer❤️ och #tylösand", True),
    ("#hallandväxer\U0001f1f8\U0001f1ea", True),
    ("(#hallandväxer)", True),
    ("[#hallandväxer]", True),
    ("«#hallandväxer»", True),
    ("”#hallandväxer”", True),
    ("#hallandväxer:", True),
    ("#hallandväxer's", True),
    ("#hallandväxer,#tylösand", True),
    ("#tylösand,#hallandväxer", True),
    ("#tylösand#hallandväxer", False),
    ("en rad\n#hallandväxer\nen till", True),
    ("fast\u00a0mellanslag\u00a0#hallandväxer", True),
    ("#hallandvaxer", False),
    ("#hallandvåxer", False),
    ("hallandväxer utan tecken", False),
    ("#Halland växer", False),
    ("", False),
]


@pytest.mark.parametrize(("text", "expected"), BELONGS)
def test_a_text_belongs_by_the_key_of_its_tags(text: str, expected: bool) -> None:
    """A text belongs exactly when one of its tags has the key of the campaign's hashtag."""
    assert hashtags.belongs(text, (), TAG) is expected


# text, the network's own list, aliases, belongs
LISTS = [
    ("Utan tagg i texten", ("hallandväxer",), (), True),
    ("Utan tagg i texten", ("#HallandVäxer",), (), True),
    ("Utan tagg i texten", ("Halland växer",), (), False),
    ("Utan tagg i texten", ("tylösand",), (), False),
    # Mastodon drops the diacritics from its list: the visible text decides.
    ("Fint på #HallandVäxer", ("hallandvaxer",), (), True),
    ("Fint på stranden", ("hallandvaxer",), (), False),
    ("Fint på #hallandvaxer", ("hallandvaxer",), (), False),
    ("Fint på stranden", ("hallandvaxer",), ALIAS, True),
    ("Fint på #hallandvaxer", (), ALIAS, True),
    ("Fint på #hallandväxer", (), ALIAS, True),
    ("Fint på #hållandvaxer", ("hallandvaxer",), (), False),
]


@pytest.mark.parametrize(("text", "tags", "aliases", "expected"), LISTS)
def test_the_networks_own_list_counts_by_key(
    text: str, tags: tuple[str, ...], aliases: tuple[str, ...], expected: bool
) -> None:
    """A tag that the network folded counts only by the visible text or a listed alias."""
    assert hashtags.belongs(text, tags, TAG, aliases) is expected


FOUND = [
    ("#ett #två#tre (#fyra)", ("ett", "två", "fyra")),
    ("#1 #2026 #_ #2026växer", ("2026växer",)),
    ("#Halland #halland #Halland", ("Halland", "halland")),
    ("#halland·växer", ("halland·växer",)),
    ("#halland·", ("halland",)),
    ("pris&#228;t #c", ("c",)),
    ("C# och F#", ()),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_tags_are_found_in_their_order(text: str, expected: tuple[str, ...]) -> None:
    """Tags come out as typed, each spelling once; bare numbers are none."""
    assert hashtags.find(text) == expected


def test_a_network_is_asked_for_every_spelling_in_nfc() -> None:
    """Keys stand first, then their folds, composed and without #."""
    forms = hashtags.spellings([unicodedata.normalize("NFD", "#HallandVäxer")], ["#hallandvaxer", "#Västerås"])
    assert forms == ("hallandväxer", "hallandvaxer", "västerås", "vasteras")
    assert all(unicodedata.is_normalized("NFC", form) for form in forms)


@pytest.mark.parametrize(
    ("tag", "run"),
    [("#hallandväxer", "hallandv"), ("#Växjö", ""), ("#åäö", ""), ("#Live_in", "live_in"), ("#ＡＢＣ", "abc")],
)
def test_the_ascii_run_is_what_a_raw_body_must_hold(tag: str, run: str) -> None:
    """The run is the longest ASCII part of the key, and empty where it would be too short to tell anything."""
    assert hashtags.ascii_run(tag) == run


def test_tags_are_shown_as_readers_know_them() -> None:
    """What a network folded is spelt as in the text, an alias as the campaign's own tag, and each stands once."""
    own, aliases = ("#hallandväxer",), ("#hallandvaxer", "#växhalland")
    text = "Ny bro i #Åsa! #HallandVäxer"
    assert hashtags.shown(text, ["hallandvaxer", "asa", "broar"], own, aliases) == ("HallandVäxer", "Åsa", "broar")
    assert hashtags.shown("Bro", ["hallandvaxer", "hallandväxer", "växhalland"], own, aliases) == ("hallandväxer",)
    assert hashtags.shown("Bro i #asa", ["asa"], own) == ("asa",)
