"""Which language a text is written in, by its commonest words and its letters. Honest: None where it cannot tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: The little words that a text in a language cannot do without.
_WORDS: Mapping[str, frozenset[str]] = {
    code: frozenset(words.split())
    for code, words in {
        "sv": "och att det är som för på med av inte jag till den har en ett de om så vi men var från kan när hur nu"
        " eller också ska alla oss er mer vill där här bara något dig mig sig efter under mot blir blev vår våra sin"
        " sina denna detta många mycket idag måste varit hade skulle få får gör än vid",
        "en": "the and of to in is that for it with as was on are be this have from at by not you we they or but an"
        " which their has will can our your all were there been more when who about what so if out up into its my me",
        "da": "og at det er som for på med af ikke jeg til den har en et de om så vi men var fra kan når hvordan nu"
        " eller også skal alle os jer mere vil der her bare noget dig mig sig efter under mod bliver blev vores sin"
        " denne dette mange meget hvad hvor været havde skulle få får gør end ved nogle kun også",
        "nb": "og at det er som for på med av ikke jeg til den har en et de om så vi men var fra kan når hvordan nå"
        " eller også skal alle oss dere mer vil der her bare noe deg meg seg etter under mot blir ble vår våre sin"
        " denne dette mange mye hva hvor vært hadde skulle få får gjør enn ved noen kun",
        "de": "der die und das ist nicht ich zu mit den von sie es ein eine für auf im dem wir auch als an sich bei"
        " wie oder aber nach aus wird sind war haben hat werden zum zur über nur noch mehr kann uns ihr man",
        "fi": "ja on ei että se hän oli mutta ovat kun niin myös kuin joka tai jos vain nyt olla sen tämä minä mitä"
        " ole kanssa hyvä me te he mukaan jo sekä ollut ennen vielä kaikki siitä",
        "fr": "le la les et de des un une est que qui dans pour pas sur avec ce il elle nous vous je ne au aux par plus"
        " mais ou sont se son sa ses cette du en",
        "es": "el la los las y de un una es que en por para con no se su lo como más pero sus le ya este sí porque esta"
        " entre cuando muy del al son",
        "nl": "de het een en van is dat niet in op te zijn voor met die er aan ook als maar om dan bij uit naar nog"
        " wel ik je we deze wordt door over heeft",
        "pl": "i w na z do się nie to jest że o jak po co tak za od ale czy dla ten są już tylko przez może jego przy",
        "so": "waa iyo oo ka ku ee in uu ay waxa waxaa ayaa aan soo la si kale isaga iyada kuwa wuxuu badan dad mid"
        " inuu ahaa kasta qof",
        "tr": "ve bir bu da de için çok ile ne gibi daha var olan olarak ama kadar sonra ben en mi ki her şey değil",
        "et": "ja on ei et see oli ka kui aga mis oma ning või ta siis mida nii veel meie kes seda üks",
        "bs": "i je u na se da su za od sa kao ali što bi to koji ili nije sve ima može kako te samo smo",
    }.items()
}  # fmt: skip

#: Letters that a language does not have: one of them in a common word speaks against it.
_NOT = {"sv": "æøßñçł", "da": "äößñł", "nb": "äößñł", "en": "åäöæøß", "de": "åæø", "fi": "æøß", "nl": "åæøß"}

#: Alphabets of one language, or told apart by letters that only one of several has.
_SCRIPTS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (r"[\u0600-\u06ff\u0750-\u077f]", "ar", (("ckb", "ێۆڕڵڤ"), ("ur", "ٹڈڑے"), ("fa", "پچژگیک"))),
    (r"[\u0400-\u04ff]", "ru", (("uk", "іїєґ"), ("sr", "ђћџљњј"), ("bg", ""))),
    (r"[\u0370-\u03ff]", "el", ()),
    (r"[\u0590-\u05ff]", "he", ()),
    (r"[\u1200-\u137f]", "ti", (("am", "ኸኽኻ"),)),
    (r"[\u0e00-\u0e7f]", "th", ()),
    (r"[\u3040-\u30ff]", "ja", ()),
    (r"[\uac00-\ud7af]", "ko", ()),
    (r"[\u4e00-\u9fff]", "zh", ()),
)

_AWAY = re.compile(r"https?://\S+|www\.\S+|(?<!\S)[^\s@]+@\S+|[#@]\w+")
_WORD = re.compile(r"[^\W\d_]+")

#: A text needs so many different little words of its language, and so many times as many in all as of any other.
_LEAST, _FAR = 4, 1.3

#: Or, beside a relative: so many words that the other has not, and so many times as many as that one has alone.
_OWN, _AHEAD = 2, 1.5

#: So many letters of another alphabet are enough, and such a part of all letters.
_LEAST_LETTERS, _PART = 12, 0.6

_LONGEST = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A language by its code, and the text's own words that tell it; for an alphabet of its own there are none."""

    language: str
    words: tuple[str, ...] = ()


def guess(text: str) -> Guess | None:
    """Return the language of a text, None where it is too short or too mixed to tell. Tags are left out."""
    plain = _AWAY.sub(" ", text[:_LONGEST])
    script = _by_script(plain)
    if script:
        return Guess(language=script)
    words = [word.casefold() for word in _WORD.findall(plain)]
    own = dict.fromkeys(words)
    hits = {code: [word for word in own if word in little] for code, little in _WORDS.items()}
    letters = set("".join(own))
    scores = {
        code: sum(words.count(word) for word in found) * (0.4 if letters & set(_NOT.get(code, "")) else 1.0)
        for code, found in hits.items()
    }
    first, second = sorted(scores, key=lambda code: -scores[code])[:2]
    if len(hits[first]) < _LEAST or scores[first] * 8 < len(words):
        return None
    is_far = scores[first] >= scores[second] * _FAR
    if not is_far and not all(_is_ahead(hits[first], hits[other]) for other in hits if other != first):
        return None
    telling = [word for word in hits[first] if word not in _WORDS[second]] or hits[first]
    return Guess(language=first, words=tuple(telling[:4]))


def _is_ahead(mine: list[str], theirs: list[str]) -> bool:
    """Return whether the words that only one of two languages has speak for the first: relatives share the rest."""
    only_mine, only_theirs = len(set(mine) - set(theirs)), len(set(theirs) - set(mine))
    return only_mine >= _OWN and only_mine >= only_theirs * _AHEAD


def disagrees(said: str | None, found: Guess) -> bool:
    """Return whether a source says another language than was found, or none. Norwegian has three codes."""
    if not said:
        return True
    code = said.partition("-")[0].casefold()
    return {"no": "nb", "nn": "nb"}.get(code, code) != found.language


def _by_script(text: str) -> str:
    letters = sum(letter.isalpha() for letter in text)
    for pattern, plain, others in _SCRIPTS:
        count = len(re.findall(pattern, text))
        if count >= _LEAST_LETTERS and count > letters * _PART:
            return next((code for code, marks in others if marks and any(mark in text for mark in marks)), plain)
    return ""
