"""The analyser of the search: roots, compounds, slips of the finger, marks, and what a query is made of."""

from __future__ import annotations

import pytest

from campaign import compounds, hashtags, spelling
from campaign.roots import root
from campaign.words import Term, index, inside, marked, query, vocabulary

#: Forms of one word a line.
_FORMS = """
städer städerna städers stad staden stadens
kuststäder kuststad
städa städar städade städat
boka bokar bokade
handla handlar handlade
växa växer växte
hand händerna handen
halmstadsbo halmstadsbor halmstadsborna halmstadsbon
marknad marknaden marknader marknadens
cykelbana cykelbanan cykelbanor
arbetsplats arbetsplatsen arbetsplatser
språkkafé språkkaféer språkkaféet
bok böcker böckerna bokens
handbok handböcker
cykel cyklar cykeln cyklarna cykelns
elcykel elcyklar
kompetens kompetensen kompetenser kompetensens
referens referenser
licens licensen licenser
leverans leveranser leveransen
chans chansen chanser
provins provinsen provinser
kompetensförsörjning kompetensförsörjningen
regel regler reglerna regeln
klimat klimatet klimatets
utveckling utvecklingen utvecklingar
utvecklar utvecklas utveckla
vinter vintrar vintern
land landet länder ländernas landets
skola skolor skolan skolans skolorna
förskola förskolan
miljö miljön miljöer miljöerna
öppen öppna öppet öppnar
hållbar hållbart hållbara hållbarhet hållbarheten
region regionen regionens regioner
plan planer planen
handlingsplan handlingsplaner handlingsplanen
museum museet museer
energi energin
invånare invånarna invånarnas
program programmet
medlem medlemmar medlemmen
vatten vattnet
fågel fåglar fågeln
barn barnen barnens barns
idé idéer idén ide
plats platser platsen
resa resor resan resa
kurs kurser
gymnasium gymnasiet gymnasier
turist turister turisten
åtgärd åtgärder
kvinna kvinnor kvinnorna
sommar sommaren somrar
matematik matematiken
motor motorer
lärare lärarna läraren
student studenter studenterna
digital digitala digitalt
cirkulär cirkulära cirkulärt
fisk fiskar fisken
fiske fisket
jobb jobbet jobben jobba
skog skogar skogen skogens skogarna
möte möten mötet mötena
gata gator gatan gatorna
nät nätet näten
hamn hamnen hamnar
buss bussar bussen bussarna
station stationen
pendlare pendlarna pendla
bostad bostäder bostaden bostäderna
nattåg nattågen
strand stränder stranden
laddstolpe laddstolpar laddstolparna
besökare besöka besök besöken
solcell solceller solcellerna
jordbruk jordbruket
äpple äpplen äpplet
vind vinden vindar
konstnär konstnärer konstnären
elev elever eleverna
försäljning försäljningen
våg vågor vågen
ö öar ön öarna
företagande företagare
rörelse rörelser rörelsen
berättelse berättelser
finansiering finansieringen
innovation innovationer innovationen
innovativ innovativa innovativt
forskare forskaren forskarna forskarnas
attraktiv attraktivt attraktiva
nätverk nätverket nätverken
kaffe kaffet
kafé kaféer kafét café
mat maten matens
"""


@pytest.mark.parametrize("line", _FORMS.strip().splitlines())
def test_the_forms_of_a_word_have_one_root(line: str) -> None:
    """Every form of a word has the same root, and that root is its own."""
    roots = {root(word) for word in line.split()}
    assert len(roots) == 1, roots
    assert {root(each) for each in roots} == roots


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("stad", "städa"), ("modern", "mod"), ("motor", "mot"), ("plan", "plåt"), ("hav", "havre"), ("sol", "söl"),
        ("halland", "hall"), ("format", "form"), ("station", "stat"), ("under", "und"), ("region", "regi"),
        ("kort", "ko"),
        ("bok", "bokar"), ("handel", "handlar"), ("lag", "lagas"), ("mark", "marknad"),
        ("hand", "handel"), ("växa", "vaxa"), ("sommar", "som"), ("museum", "mus"),
    ],
)  # fmt: skip
def test_other_words_have_other_roots(first: str, second: str) -> None:
    """Words that only look alike are kept apart."""
    assert root(first) != root(second)


def _known(*words: str) -> set[str]:
    return {root(word) for word in words}


@pytest.mark.parametrize(
    ("typed", "compound", "vocabulary"),
    [
        ("cykel", "cykelväg", "väg"), ("cyklar", "elcyklar", ""), ("kompetens", "kompetensförsörjning", "försörjning"),
        ("försörjning", "kompetensförsörjning", "kompetens"), ("kvinna", "kvinnojour", "jour"),
        ("gata", "gatukontor", "kontor"), ("skog", "skogsbruk", "bruk"), ("klimat", "klimatomställning", ""),
        ("bil", "elbil", ""), ("företag", "småföretag", "små"), ("bygd", "landsbygd", "land"),
        ("produktion", "livsmedelsproduktion", ""), ("havsvatten", "havsvattentemperatur", ""),
        ("försörjning", "xyloförsörjning", ""), ("plats", "arbetsplats", ""),
    ],
)  # fmt: skip
def test_a_word_is_found_inside_a_compound(typed: str, compound: str, vocabulary: str) -> None:
    """What is left of a compound is a known word, whatever joins the parts."""
    words = _known(*vocabulary.split())
    assert compounds.chosen(typed, [root(compound)], lambda asked: asked & words) == (root(compound),)


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("land", "halland"), ("land", "småland"), ("stad", "halmstad"), ("berg", "varberg"), ("holm", "laholm"),
        ("svar", "ansvar"), ("bildning", "utbildning"), ("bil", "mobil"), ("natt", "övernattning"), ("hus", "husera"),
        ("mat", "format"), ("rand", "strand"), ("region", "religion"), ("kommun", "kommunikation"),
        ("rum", "centrum"), ("hal", "hallandsgård"), ("mark", "marknad"), ("kol", "förskola"), ("hus", "hushåll"),
    ],
)  # fmt: skip
def test_a_word_is_not_found_inside_what_is_no_compound(typed: str, other: str) -> None:
    """Names of places, prefixes, and letters that are no word make no compound, though all words are known."""
    words = _known("hal", "halm", "var", "la", "an", "ut", "mo", "över", "för", "st", "reli", "små", "svar", "strand")
    assert compounds.chosen(typed, [root(other)], lambda asked: asked & words) == ()


def test_compounds_are_capped_in_one_order() -> None:
    """Of very many compounds the shortest are taken, the same ones whatever order they come in."""
    many = [f"kommun{'x' * (at % 40)}väg{at:04}" for at in range(500)]
    words = {each.removeprefix("kommun") for each in many}
    found = compounds.chosen("kommun", many, lambda asked: asked & words)
    assert found == compounds.chosen("kommun", reversed(many), lambda asked: asked & words)
    assert len(found) == compounds.MOST


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kompetensförsörning", "kompetensförsörjning"), ("cylkel", "cykel"), ("naringslif", "näringsliv"),
        ("ykelväg", "cykelväg"), ("klimaat", "klimat"), ("biblotek", "bibliotek"),
    ],
)  # fmt: skip
def test_slips_lead_to_what_was_meant(typed: str, meant: str) -> None:
    """A letter too few, too many, another, or two turned round: the nearest word is the one that was meant."""
    words = ["kompetensförsörjning", "cykel", "näringsliv", "cykelväg", "klimat", "bibliotek", "havet", "skola"]
    assert spelling.nearest(typed, words)[0][1] == meant
    starts, ends = spelling.beginnings(typed), spelling.endings(typed)
    assert any(each.startswith(starts) or each.endswith(ends) for each in (meant, hashtags.fold(meant)))


def test_short_and_far_words_are_not_near() -> None:
    """A short word has few slips, so that every other word is not its neighbour."""
    assert spelling.nearest("hav", ["hal", "har"]) == []
    assert spelling.nearest("skola", ["stole", "skolan"])[0][1] == "skolan"
    assert spelling.distance("abcdef", "uvwxyz", 2) == 3


def test_tags_and_titles_have_tokens_of_their_own() -> None:
    """A tag is found as a tag, folded too, and no text can be written that looks like one."""
    tokens = index("En #skördefest. _t_falsk t_falsk", tags=("Höst",), title="Årets fest")
    assert {"_t_skördefest", "_t_skordefest", "_t_höst", "_r_fest"} <= set(tokens)
    assert "_t_falsk" not in tokens


def test_the_vocabulary_has_words_only() -> None:
    """Handles, addresses, numbers and tags with a place's name are no words that others stand inside of."""
    found = vocabulary("Växer #hallandväxer #demokrati @anna a@b.se https://a.se/stig 2024 bra")
    assert found == {"växa", "vaxa", "demokrati", "bra"}


def test_the_middle_of_a_compound_is_a_token() -> None:
    """What stands in the middle of a compound of known words is found by a token of its own, an end is not."""
    assert {each for each in index("havsvattentemperaturer") if each.startswith("_m_")} == {inside(root("vatten"))}
    assert not [each for each in index("bibliotekarierna trafikverket") if each.startswith("_m_")]


def test_what_a_hyphen_joins_is_found_as_one_word_too() -> None:
    """ "E-tjänster" is found by "etjänst", with and without its dots."""
    assert {"etjänst", "etjanst"} <= set(index("Våra e-tjänster"))


def test_a_query_is_read_into_terms() -> None:
    """Words, phrases in any quotes, what is left out, open ends and tags; small words are left out."""
    assert query("vad händer i laholm")[-1].stems == ("laholm",)
    assert [term.typed for term in query("vad händer i laholm")] == ["händer", "laholm"]
    assert query("i")[0].stems == ("i",)
    assert query("”ny väg”") == query('"ny väg"') == [Term(stems=("ny", "väg"))]
    assert [term.without for term in query('skog -"ny väg" –bil')] == [False, True, True]
    assert query("cyk*")[0].prefix
    assert not query("c*")[0].prefix
    assert query('!! "" - *') == []


@pytest.mark.parametrize(
    ("text", "asked", "hits"),
    [
        ("Cykelvägen till Växjö", "vaxjo", ["Växjö"]),
        ("Ny väg. Vägen är ny väg", '"ny väg"', ["Ny", "väg", "ny", "väg"]),
        ("Om #hallandväxer här", "#hallandvaxer", ["hallandväxer"]),
        ("KOMPETENSEN och kompetens", "kompetenser", ["KOMPETENSEN", "kompetens"]),
        ("Skog och bil", "skog -bil", ["Skog"]),
        ("Skogarna", "sko*", ["Skogarna"]),
    ],
)
def test_hits_are_marked(text: str, asked: str, hits: list[str]) -> None:
    """What is marked is what the search found, and the pieces are the whole text."""
    pieces = marked(text, query(asked))
    assert [piece for piece, on in pieces if on] == hits
    assert "".join(piece for piece, _ in pieces) == text


@pytest.mark.parametrize(
    ("word", "whole"), [("kompetens", "kompetens"), ("konferensen", "konferens"), ("finanser", "finans")]
)
def test_a_loan_words_own_end_is_no_ending(word: str, whole: str) -> None:
    """What is left of "kompetens" is that word, not the beginning of "kompost"."""
    assert root(word) == whole


def test_a_genitive_is_still_one() -> None:
    """The end of "kommunens" and "processens" is an ending, though "licens" has the same."""
    assert [root(word) for word in ("kommunens", "processens", "dagens")] == ["kommun", "process", "dag"]
