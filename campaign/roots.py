"""What is one word in all its forms: "klimat" and "klimatets", "stad" and "städerna", "cykel" and "cyklar".

Snowball's Swedish leaves too much apart for a search field ("klimat" and "klimatet", "skola" and "skolan", "cykel" and
"cykeln" are two words to it), so endings are taken off until none is left, and the words that change inside stand in a
table. A root is a name for a word, not a word: it is only ever compared with other roots.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from campaign.known_words import known_words

#: Words that change inside, by what they are told as; their compounds change with them ("kuststäder").
_FORMS = {
    "stad": "städer städerna",
    "bok": "böcker böckerna boken",
    "land": "länder länderna",
    "strand": "stränder stränderna",
    "natt": "nätter nätterna",
    "bonde": "bönder bönderna bonden",
    "fot": "fötter fötterna",
    "rot": "rötter rötterna",
    "ledamot": "ledamöter ledamöterna",
    "brand": "bränder bränderna",
    "tand": "tänderna",
    "son": "söner sönerna",
    "dotter": "döttrar döttrarna dottern",
    "mor": "mödrar mödrarna",
    "bror": "bröder bröderna brodern",
    "mannen": "män männen",
    "gås": "gäss gässen",
    "åker": "åkern åkrar åkrarna",
    "sommar": "sommaren somrar somrarna",
    "museum": "museet museer museerna museets",
    "centrum": "centret centra centrumet centrumets",
    "forum": "forumet",
    "gata": "gator gatorna",
    "bro": "bron broar broarna",
    "by": "byn byar byarna",
    "sjö": "sjön sjöar sjöarna",
    "ö": "ön öar öarna",
    "å": "ån åar åarna",
    "ko": "kon korna",
    "el": "elen",
    "bi": "bin bina bit",
    "rum": "rummet rummen",
    "hem": "hemmet hemmen",
    "stor": "större störst störste största stora stort",
    "lång": "längre längst längsta långa långt",
    "ung": "yngre yngst yngsta unga ungas ungt",
    "liten": "litet lilla små mindre minst minsta",
    "gammal": "gamla gammalt äldre äldst äldsta",
    "hög": "högre högst högsta höga högt",
    "ny": "nya nytt nyare nyast nyaste",
    "grön": "gröna grönt grönare",
    "blå": "blåa blått",
    "modern": "moderna modernt",
    "växa": "växer växte vuxit",
    "hand": "handen händerna",
    "bo": "bon bor borna",
    "inviga": "invigd invigda invigt invigde invigdes",
    "bygga": "byggd byggda byggt byggde byggdes",
    "ide": "iden ideer ideerna",
    "kafe": "kafeer kafeerna kafeet kafet cafe cafeer cafeerna cafeet cafet",
    "data": "dator datorer datorn datorerna",
}
#: Those whose compounds are too rare, or whose forms end other words, stand for themselves alone.
_ALONE = frozenset(known_words("alone"))

#: Verbs whose forms would be forms of another word, without those that are a noun's too.
VERBS = frozenset(known_words("verbs"))
_VERB_FORMS = {
    verb[:-1] + ending: verb
    for verb in VERBS
    for ending in ("a", "ar", "ade", "at", "ad", "as", "ats", "ades", "ande")
    if verb[:-1] + ending not in known_words("nouns")
}

#: Every form of the words that are told, by what they are told as.
CHANGED = _VERB_FORMS | {form: base for base, forms in _FORMS.items() for form in forms.split()}
_TAILS = {form: base for form, base in CHANGED.items() if base not in _ALONE and base not in VERBS}
_TAILS |= {base: base for base in _FORMS if base not in _ALONE}
#: Who lives somewhere: "halmstadsbor". Behind few letters it ends other words ("labor").
_DWELLER = re.compile("(?<=.....)bo(?:n|r|rna)$")
_TAIL = re.compile("(?<=..)(" + "|".join(sorted(_TAILS, key=len, reverse=True)) + ")$")

#: Words of few letters or odd ends that are no forms of another.
_FIXED = frozenset(_FORMS) | VERBS | frozenset(known_words("fixed"))

#: Ends of words that belong to the word: of "handlingsplan" no "an" is taken, as none is of "plan".
_KEPT = re.compile(
    "(?:stad|plan|(?<!han)(?<!me)(?<!se)del|spel|mat|åker|sommar|blad|grad|plat|medlem|hem|rum|(?<=..[^b])ban"
    "|(?:bygg|kost|lev|mark|må|skill)nad)$"
)

#: Endings, the longest first.
_ENDINGS = tuple(known_words("endings"))
_VOWEL = re.compile("[aeiouyåäö]")
_TORS = re.compile("(?:mo|da|kon|k|es|men|ni|ra|ri|ta|vi|si|la|fa)tor$")
_ADJECTIVE = re.compile("(?:bar|ig|isk|iv|ell|sam|tal|nal|lär|när|ör)t$")
#: A slip rather than an ending: "buktne".
_NO_END = re.compile("[bdfgkpt]ne$")
_GENITIVE = re.compile("(?:[bcdfghjklmnoprtvyåäö]|na)s$")

#: Words whose end looks like the genitive of a definite form ("kommunens") and belongs to the word.
_LOANS = re.compile(
    "((?:kompet|refer|konfer|prefer|differ|konkurr|konsekv|frekv|sekv|lic|intellig|tend|exist|assist|resid|evid|audi"
    "|incid|kongru|transpar)ens|(?:bal|dist|ambul|fin|ch|lever|relev|alli|toler|inst|subst|reson|ny)ans|provins)"
    "(ens?|ers?|ernas?|s)?$"
)

#: No ending is taken that would leave fewer letters than these.
_LEAST = 3


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """Return the root of one casefolded word ("kommunernas" → "kommun"); the root of a root is itself."""
    found = _plain(word)
    if len(found) < _LEAST or found in _FIXED:
        return _known(found) or found
    return _joined(_steps(found)[-1])


def steps(word: str) -> tuple[str, ...]:
    """Return what a word becomes ending by ending, its root not among them unless it has none.

    Of a word that was typed without å, ä and ö one ending too many may go: "ungdomsradet" is "ungdomsråd".
    """
    return tuple(_steps(_plain(word)))


def _steps(word: str) -> list[str]:
    found = [word]
    for _ in range(8):
        known = _known(found[-1])
        shorter = _shortened(found[-1]) if known is None else known
        if shorter == found[-1]:
            break
        found.append(shorter)
        if known is not None:
            break
    return found


def _plain(word: str) -> str:
    """Return a word without the diacritics that are no Swedish letters: "idé" is "ide", "müller" is "muller"."""
    if word.isascii():
        return word
    marked = unicodedata.normalize("NFD", word)
    kept = re.sub(
        "(?<![ao])[\u0300-\u036f]|(?<=a)[\u0300-\u0307\u0309\u030b-\u036f]|(?<=o)[\u0300-\u0307\u0309-\u036f]",
        "",
        marked,
    )
    return unicodedata.normalize("NFC", kept)


def _known(word: str) -> str | None:
    """Return the root of a word in the table or of a compound that ends with one, None for all others."""
    bare = word[:-1] if word.endswith("s") and len(word) > _LEAST else word
    for form in (word, bare):
        if form in _FORMS or form in VERBS:
            return form
        if form in CHANGED:
            return CHANGED[form]
        if _DWELLER.search(form):
            return _DWELLER.sub("bo", form)
        tail = _TAIL.search(form)
        if tail:
            return form[: tail.start()] + _TAILS[tail[1]]
    return None


def _shortened(word: str) -> str:
    """Return a word without its last ending."""
    loan = _LOANS.search(word)
    if loan:
        return word[: loan.end(1)]
    if len(word) > _LEAST + 1 and _GENITIVE.search(word):
        return word[:-1]
    if _KEPT.search(word):
        return word
    if _ADJECTIVE.search(word):
        return word[:-1]
    if word.endswith("n") and len(word) > 4 and word[-3:-1] in ("el", "er"):
        return word[:-1]
    if re.search("(?:...[ai]|..j?ö)n$", word) and len(word) > 4 and not word.endswith(("grön", "skön")):
        return word[:-1]
    if word.endswith(("eum", "ium")):
        return word[:-2]
    if word.endswith("or") and _TORS.search(word):
        return word
    for ending in _ENDINGS:
        if ending == "e" and _NO_END.search(word):
            break
        if (
            word.endswith(ending)
            and len(word) - len(ending) >= _LEAST
            and _VOWEL.search(word, 0, len(word) - len(ending))
        ):
            return word[: -len(ending)]
    return word


def _joined(word: str) -> str:
    """Return one root for those that lose a vowel in some forms: "cykel" and "cykl(ar)", "vatten" and "vattn(et)"."""
    if len(word) > 4 and re.search("[bdfgkptv]el$", word):
        return word[:-2] + "l"
    if len(word) > _LEAST and re.search("[dtkgp]r$|[tkpd]n$", word):
        return word[:-1]
    if len(word) > 5 and word.endswith("mm"):
        return word[:-1]
    return word
