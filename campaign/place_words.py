# ruff: noqa: SIM905 - tables of words read better as words
"""Words that tell whether a name in a text is a place: tables, held to their cases in the tests."""

from __future__ import annotations

#: Names of places that are Swedish or English words too. They count behind a preposition and with a capital alone.
WORDS_TOO = frozenset(
    """
    ale backa bara boden boo bor bro brunn bua deje ed fristad grums göta hammar handen hova kil kinda kisa
    kista klippan kode köping lagan lit mark nacka or sala skara strömma säter trekanten trosa töre valla vara
    vi viken ås älta ärla åre sandarne majorna
    """.split()
)

#: Names of places that people bear too. They count behind a preposition that no person stands behind.
NAMES_TOO = frozenset(
    """
    berg eda holm lund mora nora salem vinberg åsa alby rosvik
    """.split()
)

#: What stands before a place. "till Nora" may be a letter, "i Nora" is not.
PREPOSITIONS = frozenset(
    "i från till utanför kring runt vid nära in from to near at outside around genom via mot omkring".split()
)
SURE_PREPOSITIONS = frozenset("i utanför kring runt in near outside around genom via omkring".split())

#: What people from a place are called, behind its name.
DEMONYMS = frozenset(("bo", "bon", "bor", "borna", "bornas", "bos", "bors"))

#: What follows the name of a place in a compound: "Varbergsföretag", not "Varbergsgatan".
COMPOUNDS = (
    "företag", "skol", "elev", "klubb", "förening", "politiker", "bygd", "trakt", "område", "region", "kust", "hamn",
    "festival", "dag", "mässa", "projekt", "besökare", "bolag", "bibliotek", "ungdom", "sjukhus", "profil", "butik",
)  # fmt: skip

#: What people put before and behind the name of a place in a hashtag.
TAG_BEFORE = ("visit", "upplev", "besök", "destination", "iloveu", "ilove", "love", "vi", "mitt", "i", "discover")
TAG_AFTER = ("kommun", "city", "stad", "centrum", "län", "bo", "bor", "borna")

#: Countries, behind whose name in "Falkenberg i Tyskland" no place of ours is meant.
COUNTRIES = frozenset(
    """
    tyskland germany danmark denmark norge norway finland österrike austria schweiz switzerland frankrike france
    usa polen poland estland estonia belgien belgium nederländerna england skottland scotland brandenburg bayern
    bavaria
    """.split()
)

#: The commonest given names; behind one of them the name of a place is a surname: "Anna Lund", "Erik Falkenberg".
GIVEN_NAMES = frozenset(
    """
    maria anna margareta elisabeth eva kristina birgitta karin elisabet marie ingrid christina linnéa linnea
    sofia kerstin marianne lena helena emma inger johanna sara elin anita cecilia ulla susanne viktoria gunilla
    ida hanna jenny monica irene ann malin carina louise annika linda anneli astrid julia katarina camilla moa
    anette ellen sandra jessica lisa agneta caroline emelie alice frida lovisa amanda barbro maja therese mona
    olivia angelica rut siv pia ebba berit lars erik karl anders johan per nils mikael jan hans lennart olof
    peter gunnar sven fredrik bengt bo daniel gustav göran alexander åke magnus martin andreas stefan john leif
    björn mattias thomas henrik ulf mats bertil david patrik christer jonas ingemar arne christian stig robert
    håkan kjell niklas rolf oskar viktor simon marcus joakim kent mohammed ali ahmed tommy emil roger oscar hugo
    rickard roland axel hampus jakob isak filip william lucas oliver elias liam noah malte ludvig theo vincent
    samuel adam leo albin anton linus kurt jörgen jesper sebastian tobias rikard majken birgit karim samira
    fatima amina hassan mustafa omar yusuf leila maryam elsa vera wilma signe stina klara clara james michael
    mary jennifer elizabeth george paul kate alex chris
    """.split()
)
