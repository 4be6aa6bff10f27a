"""The register of places, what a campaign offers of it, and which places a text speaks of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from campaign.mentions import MOST, find_places
from campaign.places import PlaceKind, genitive, offer, register, unknown

HALLAND = offer(("Hallands län",))
WEST = offer(("Västra Götalands län", "Värmlands län", "Örebro län", "Jämtlands län", "Skåne län", "Västmanlands län"))


def test_the_register_has_every_county_and_municipality() -> None:
    """All 21 counties and 290 municipalities stand in it with their official codes, each once."""
    codes = {kind: [place.code for place in register() if place.kind is kind] for kind in PlaceKind}
    assert len(set(codes[PlaceKind.COUNTY])) == 21
    assert len(set(codes[PlaceKind.MUNICIPALITY])) == 290
    assert all(place.code == "" for place in register() if place.kind is PlaceKind.TOWN)
    halmstad = register().find("halmstad")
    assert halmstad is not None
    assert (halmstad.code, halmstad.parent) == ("1380", "halland-lan")


def test_every_place_lies_in_one_that_stands_there() -> None:
    """A municipality lies in the county of its code, a town in a municipality."""
    for place in register():
        around = register().find(place.parent)
        if place.kind is PlaceKind.MUNICIPALITY:
            assert around is not None, place
            assert around.code == place.code[:2]
        elif place.kind is PlaceKind.TOWN:
            assert around is not None, place
            assert around.kind is PlaceKind.MUNICIPALITY


def test_no_id_stands_for_two_places() -> None:
    """Every line of the register has an id of its own, of a to z, digits and hyphens."""
    text = (Path(__file__).parents[1] / "campaign/data/places.tsv").read_text(encoding="utf-8")
    ids = [line.split("\t")[0] for line in text.splitlines() if line and not line.startswith("#")]
    assert len(ids) == len(set(ids))
    assert all(set(each) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for each in ids)


def test_the_register_says_whose_it_is() -> None:
    """Origin and licence stand beside the data."""
    text = (Path(__file__).parents[1] / "campaign/data/places.tsv").read_text(encoding="utf-8")
    assert "GeoNames" in text[:900]
    assert "CC BY 4.0" in text[:900]


def test_places_are_found_in_each_other() -> None:
    """A town is found below its county, and its county above it."""
    assert "getinge" in register().below("halland-lan")
    assert [place.id for place in register().above("getinge")] == ["halmstad", "halland-lan"]
    assert "getinge" in [place.id for place in register().children("halmstad")]


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("Laholm", ["laholm"]),
        ("laholms  KOMMUN", ["laholm"]),
        ("Alingsås kommun", ["alingsas"]),
        ("Hallands län", ["halland-lan"]),
        ("Halland", ["halland-lan"]),
        ("Kalmar", ["kalmar"]),
        ("Getinge, Halmstad", ["getinge"]),
        ("Getinge, Laholm", []),
        ("Järna", ["jarna-sodertalje", "jarna-vansbro"]),
        ("Håbo", ["habo-uppsala"]),
        ("Habo", ["habo-jonkoping"]),
        ("Ingenstans", []),
    ],
)
def test_a_place_is_found_by_the_name_that_people_write(name: str, ids: list[str]) -> None:
    """Municipality forms, counties with and without the word, and a town with where it lies all lead to the place."""
    assert [place.id for place in register().named(name)] == ids


def test_a_county_brings_its_municipalities_and_towns() -> None:
    """A campaign that names Hallands län offers the county, its six municipalities and their towns, in that order."""
    kinds = [place.kind for place in HALLAND.places]
    assert kinds == sorted(kinds, key=["county", "municipality", "town"].index)
    assert [place.name for place in HALLAND.municipalities] == [
        "Hylte", "Halmstad", "Laholm", "Falkenberg", "Varberg", "Kungsbacka",
    ]  # fmt: skip
    assert {"getinge", "ullared", "onsala"} <= HALLAND.ids


def test_a_campaign_may_have_places_of_its_own() -> None:
    """A name that the register has not, with its municipality, becomes a place with a stable id."""
    ours = offer(("Hallands län", "Tylösand, Halmstad"))
    found = ours.register.find("tylosand-halmstad")
    assert found is not None
    assert (found.kind, found.parent, ours.register.label(found)) == (PlaceKind.OWN, "halmstad", "Tylösand, Halmstad")
    assert "tylosand-halmstad" in ours.ids


def test_without_a_choice_every_municipality_is_offered() -> None:
    """A campaign that names no places offers the 290 municipalities and no towns."""
    assert [place.kind for place in offer(()).places] == [PlaceKind.MUNICIPALITY] * 290


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("Hallands län", None),
        ("Tylösand, Halmstad", None),
        ("Halmstd", ("place_unknown", "Halmstad")),
        ("Tylösand", ("place_unknown", "")),
        ("Tylösand, Atlantis", ("place_unknown", "")),
        ("Järna", ("place_many", "Järna, Södertälje; Järna, Vansbro")),
    ],
)
def test_what_is_wrong_with_a_name_is_said(name: str, wrong: tuple[str, str] | None) -> None:
    """A name that means no place or several is told with advice; one that means one is not."""
    assert unknown(name) == wrong


def test_the_genitive_of_a_name() -> None:
    """Names that end in s stay as they are."""
    assert [genitive(name) for name in ("Laholm", "Alingsås")] == ["Laholms", "Alingsås"]


def test_the_program_starts_without_the_register() -> None:
    """Importing the modules that speak of places reads no register."""
    code = (
        "import sys; opened = []\n"
        "sys.addaudithook(lambda name, args: opened.append(str(args[0])) if name == 'open' else None)\n"
        "import campaign.places, campaign.mentions, campaign.settings, skord.cli\n"
        "assert not [path for path in opened if path.endswith('places.tsv')], opened\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


#: Texts that speak of places in Halland, with the ids and how.
TRUE = [
    ("Halmstads hamn bygger ut kajen.", ["halmstad:named"]),
    ("Nu växer vi i Falkenberg!", ["falkenberg:named"]),
    ("Falkenbergs nya badhus är klart", ["falkenberg:named"]),
    ("Laholms kommun söker en näringslivsutvecklare.", ["laholm:kommun"]),
    ("I Hylte kommun planteras det skog", ["hylte:kommun"]),
    ("Vi ses på torget #halmstad #hallandväxer", ["halmstad:tag"]),
    ("Sommar #visitvarberg", ["varberg:tag"]),
    ("Jobba hos oss #laholmskommun", ["laholm:tag"]),
    ("Rött hus till salu #oskarstrom", ["oskarstrom:tag"]),
    ("Fisk #glommen", ["glommen:tag"]),
    ("Varje halmstadbo kan vara med", ["halmstad:compound"]),
    ("Halmstadsborna säger sitt om planen", ["halmstad:compound"]),
    ("Varbergsföretag tar hem pris", ["varberg:compound"]),
    ("Kungsbackaungdomar tog över fullmäktige", ["kungsbacka:compound"]),
    ("söndag i halmstad med regn och kaffe", ["halmstad:named"]),
    ("SEGER FÖR FALKENBERG", ["falkenberg:named"]),
    ("Getinge, Halmstad: ny bygata", ["getinge:named"]),
    ("Ny bygata i Getinge i Halmstads kommun", ["getinge:named"]),
    ("Skolan i Åsa i Kungsbacka får solceller", ["asa:named"]),
    ("Lilla Tjärby firar hundra år", ["lilla-tjarby:named"]),
    ("Fjärås kyrkby har fått gatljus", ["fjaras-kyrkby:named"]),
    ("Torup i Hylte får ett nytt äldreboende", ["torup:named"]),
    ("Tåget stannar i Veinge och Knäred", ["veinge:named", "knared:named"]),
    ("Halmstad-Laholm på tjugo minuter", ["halmstad:named", "laholm:named"]),
    ("New jobs in Varberg, says the mayor of Falkenberg", ["varberg:named", "falkenberg:named"]),
    ("The municipality of Halmstad invests", ["halmstad:named"]),
    ("Hylte's forests", ["hylte:named"]),
    ("Fa\u030agelliv i A\u030asa och i Tva\u030aa\u030aker", ["tvaaker:named", "asa:named"]),
]

#: Texts that only look as if they spoke of places in Halland.
FALSE = [
    "Anna Falkenberg tar över som vd",
    "Åsa berättar om sin resa",
    "Vi mötte Åsa Karlsson på mässan",
    "Ett brev till Åsa",
    "Berättat av Holm & Söner",
    "Maria Holm och Erik Vinberg fick stipendium",
    "Torup i Svedala har ett slott",
    "Påarp utanför Helsingborg",
    "Falkenberg i Tyskland är något annat",
    "Falkenberg in Germany",
    "Läs mer på https://www.halmstad.se/nyheter och www.varberg.se",
    "Skriv till kontakt@falkenberg.se eller @halmstadskommun",
    "Halmstadsvägen är avstängd vid Varbergsgatan",
    "Hallands län och Region Halland växer",
    "Bua-bua, sa barnen",
    "Vinberg blir till vin",
    "",
    "🌊🌊🌊",
]


@pytest.mark.parametrize(("text", "wanted"), TRUE, ids=[text[:40] for text, _ in TRUE])
def test_places_that_a_text_speaks_of_are_found(text: str, wanted: list[str]) -> None:
    """Genitives, compounds, municipality forms, tags and plain names are found, each with how."""
    assert [f"{found.place.id}:{found.why}" for found in find_places(text, HALLAND)] == wanted


@pytest.mark.parametrize("text", FALSE, ids=[text[:40] or "empty" for text in FALSE])
def test_false_friends_are_not_taken_for_places(text: str) -> None:
    """Surnames, given names, streets, addresses, and places elsewhere that share a name propose nothing."""
    assert [found.place.id for found in find_places(text, HALLAND)] == []


#: Names that are words or people too: what is meant, and what is not.
FRIENDS = [
    ("Ale", "Företagen i Ale anställer", "ale"),
    ("Ale", "Ale kommun bygger", "ale"),
    ("Ale", "A pint of ale. Ale is good. #ale", ""),
    ("Mark", "Textilen lever i Mark", "mark"),
    ("Mark", "Marks kommun ritar om", "mark"),
    ("Mark", "Mark- och miljödomstolen dömde. Det var i mark ingen ägde.", ""),
    ("Mark", "Tal av Mark Levengood", ""),
    ("Mark", "En god mark för idéer #mark", ""),
    ("Vara", "Konserthuset i Vara fyller år", "vara"),
    ("Vara", "Vara med i klubben! Det kan vara roligt. Ta vara på dagen.", ""),
    ("Vara", "VARA I TID", ""),
    ("Kil", "Tåget från Kil", "kil"),
    ("Kil", "Slå in en kil. Kil är ett redskap.", ""),
    ("Lund", "Forskare i Lund hittade felet", "lund"),
    ("Lund", "Anna Lund och Lund & Co skrev. Fråga professor Lund.", ""),
    ("Åre", "Skidåkarna i Åre", "are"),
    ("Åre", "We are here. #are Åre är kallt.", ""),
    ("Berg", "Kommunen i Berg satsar", "berg"),
    ("Berg", "Ulf Berg och berg och dal. Berg sprack.", ""),
    ("Sala", "Silvergruvan i Sala", "sala"),
    ("Sala", "De ska sala till pizza. Sala ihop!", ""),
    ("Nora", "Glassen i Nora är berömd", "nora"),
    ("Nora", "Nora skrev till Nora. Ett brev från Nora.", ""),
    ("Eda", "Glasbruket i Eda", "eda"),
    ("Eda", "Farmor Eda bakade", ""),
    ("Orust", "Båtbyggarna på Orust", "orust"),
    ("Alingsås", "Potatisfestivalen i Alingsås", "alingsas"),
    ("Alingsås", "Alingsås kommun", "alingsas"),
    ("Trosa", "En trosa låg kvar", ""),
    ("Skara", "En skara barn. Skara sommarland", ""),
    ("Nacka", "Nacka är en brutal handling", ""),
    ("Bor", "Bor du här? Jag bor på landet.", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "wanted"), FRIENDS, ids=[f"{name}-{text[:25]}" for name, text, _ in FRIENDS])
def test_names_that_are_words_too_need_evidence(name: str, text: str, wanted: str) -> None:
    """A name that is also a word or a person counts only where the text makes it a place."""
    assert [found.place.id for found in find_places(text, WEST)] == [wanted] * bool(wanted), name


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hjo är vackert. Tranås kommun bygger.", ["tranas", "hjo"]),
        ("Vi ses i Halmstad", ["halmstad"]),
        ("vi ses i halmstad #halmstad, halmstadbo!", []),
        ("Getinge växer", []),
    ],
)
def test_without_a_choice_only_exact_names_are_proposed(text: str, wanted: list[str]) -> None:
    """A campaign that names no places gets municipalities by their very name, and neither tags nor compounds."""
    assert [found.place.id for found in find_places(text, offer(()))] == wanted


def test_the_title_and_repetition_weigh_more() -> None:
    """What the title names comes before what the text names once, and few are proposed at all."""
    text = "Laholm, Varberg, Falkenberg och Hylte var också där."
    found = find_places(text, HALLAND, title="Kungsbacka vann")
    assert found[0].place.id == "kungsbacka"
    assert len(found) == MOST


def test_a_proposal_tells_the_words_that_led_to_it() -> None:
    """The words are the text's own, as they stand there."""
    found = find_places("Nytt i Laholms kommun. FALKENBERGS bryggeri.", HALLAND)
    assert [mention.words for mention in found] == ["Laholms kommun", "FALKENBERGS"]


def test_where_the_source_belongs_is_the_weakest_reason() -> None:
    """The source's own place is proposed only where the text names none."""
    assert [(found.place.id, found.why) for found in find_places("Nu är det höst", HALLAND, home="laholm")] == [
        ("laholm", "source")
    ]
    assert [found.place.id for found in find_places("Höst i Varberg", HALLAND, home="laholm")] == ["varberg"]


def test_any_text_is_survived(corpus: Path) -> None:
    """Hostile strings, one endless word and a very long text give an answer."""
    strings = (corpus / "xss/blns/blns.json").read_text(encoding="utf-8")
    for text in (strings, "Halmstad" * 5000, "i Halmstad " * 5000, "#" * 5000, "\x00\ud7ff\u202e"):
        assert len(find_places(text, HALLAND, title=text)) <= MOST
