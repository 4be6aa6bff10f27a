"""The one analyser: what of a text is indexed, and what of a query is looked for. Both databases find the same.

Words are NFKC and casefolded, å, ä and ö kept, then brought to their roots (``campaign.roots``). Behind the text's own
words stand the folded forms of those with diacritics, so that "vaxer" finds "växer" while "växer" never finds "vax",
and the tags, so that "#klimat" finds what is tagged and not every text with the word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise

import snowballstemmer

from campaign import hashtags
from campaign.known_words import known_words
from campaign.parts import LONG, middle
from campaign.places import register
from campaign.roots import CHANGED, root, steps

_WORD = re.compile(r"[^\W_]+(?:_[^\W_]+)*")

#: Words that a hyphen joins, and tags.
_HYPHENED = re.compile(r"(?<!\w)\w+(?:-\w+)+")
#: What stands between two words that are asked for each for itself: "Halmstad/Tylösand".
_SLASH = re.compile(r"(?<=\w)/(?=\w)")
_HASH = re.compile(r"[#＃](\S+)")

#: Long words of a text that are taken apart.
_MOST_LONG = 500

#: Names of places of so few letters stand inside other words.
_SHORT_NAME = 4

_QUOTES = '"”“„»«'
_PART = re.compile(rf"(?<!\S)([-–−]?)(?:[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]?|([^\s{_QUOTES}]+))")

#: No text is indexed beyond this many words; a feed article has a few thousand at most.
MOST_WORDS = 16_000

#: Letters of one word that count; PostgreSQL takes no word of more than 2,046 bytes.
LONGEST_WORD = 200

#: Bytes of all words of a text together, and as many for their folded forms; PostgreSQL takes 1,048,575 in all.
MOST_BYTES = 400_000

#: Parts of a query that are looked for; who asks for more has pasted a text.
MOST_TERMS = 24

#: Letters that an open end needs; with fewer nearly every word of the archive would be looked for.
_OPEN = 3

#: Words that nearly every text has: left out of a query that has others, when they are not in a phrase.
SMALL = frozenset(known_words("small"))

#: What stands before the tokens of tags and of a title's words; no word of a text can be the same.
#: And before those of a compound's middle parts.
_TAG, _TITLE, _MIDDLE = "_t_", "_r_", "_m_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One part of a query: roots that must stand in a row one after the other, or must not.

    ``prefix`` lets the last one go on. ``others`` are rows of roots that do as well. ``typed`` is the word of a term
    that is one plain word, "" for phrases, tags and open ends: of such a word compounds are looked for.
    """

    stems: tuple[str, ...]
    without: bool = False
    prefix: bool = False
    typed: str = ""
    others: tuple[tuple[str, ...], ...] = ()


def split(text: str) -> list[str]:
    """Return the words of a text, NFKC and casefolded, in order; of a word that goes on for ever its beginning."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold())]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the Swedish stem of one casefolded word by snowball ("kommunerna" → "kommun"), for comparing texts."""
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("swedish")


def index(text: str, *, tags: Iterable[str] = (), title: str = "") -> list[str]:
    """Return the tokens to store: the roots in their order, then what stands for no place in the text.

    Those are the folded forms that differ, tags, the title's words, compounds' middle parts, and "etjänst" for
    "e-tjänst".
    """
    words = split(text)[:MOST_WORDS]
    roots = _bounded([root(word) for word in words])
    found = set(roots)
    long = [word for word in dict.fromkeys(words) if len(word) >= LONG][:_MOST_LONG]
    found |= {inside(part) for word in long for part in middle(word)}
    found |= {root("".join(split(each))[:LONGEST_WORD]) for each in _HYPHENED.findall(text[: 10 * MOST_WORDS])}
    found |= {_TAG + _tag(tag) for tag in (*tags, *hashtags.find(text[: 10 * MOST_WORDS])) if _tag(tag)}
    found |= {_TITLE + root(word) for word in split(title)[:50]}
    folded = {_folded(token) for token in found if not token.isascii()}
    return roots + _bounded(sorted((found | folded) - set(roots)))


def vocabulary(text: str) -> set[str]:
    """Return the roots of a text's words, and their folded forms, as parts of compounds are looked for among them.

    Handles are no words, nor are tags with the name of a place: a campaign's own tag stands in every text.
    """
    plain = re.sub(r"@\S+|(?<!\S)\S+@\S+|https?://\S+", " ", text)
    plain = _HASH.sub(lambda tag: " " if _names_a_place(tag[1]) else tag[1], plain)
    roots = {root(word) for word in split(plain)[:MOST_WORDS] if 1 < len(word) < 50 and not word.isdecimal()}
    return roots | {_folded(each) for each in roots if not each.isascii()}


@lru_cache(maxsize=2_000)
def _names_a_place(tag: str) -> bool:
    """Return whether a tag begins or ends with the name of a place: "hallandväxer"."""
    bare = "".join(split(tag))
    return any(bare.startswith(name) or bare.endswith(name) for name in _place_names())


@cache
def _place_names() -> frozenset[str]:
    found = {word for place in register() for word in split(place.name)} | set(known_words("lands"))
    found |= {word.removesuffix("s") for word in found}
    return frozenset(each for each in found if len(each) > _SHORT_NAME)


def inside(own: str) -> str:
    """Return the token of what has a word of this root in the middle of a compound."""
    return _MIDDLE + own


def _tag(tag: str) -> str:
    """Return a tag as it stands in a token: its words' letters only."""
    return "".join(_WORD.findall(hashtags.key(tag))).replace("_", "")[:LONGEST_WORD]


@lru_cache(maxsize=20_000)
def _folded(token: str) -> str:
    return hashtags.fold(token)[:LONGEST_WORD]


def _bounded(tokens: list[str]) -> list[str]:
    """Return tokens until they are more than one text may give to the index; a letter has at most four bytes."""
    if 4 * sum(map(len, tokens)) <= MOST_BYTES:
        return tokens
    left = MOST_BYTES
    for count, token in enumerate(tokens):
        left -= len(token.encode())
        if left < 0:
            return tokens[:count]
    return tokens


# --- what is asked ---------------------------------------------------------------------------------------


def query(text: str) -> list[Term]:
    """Return what a person asks for: words, "phrases", #tags, -without, and open* ends.

    Parts without a letter are left out, small words too unless nothing else is asked for.
    """
    terms: list[Term] = []
    text = _SLASH.sub(" ", text[: 100 * MOST_TERMS])
    for minus, phrase, word in _PART.findall(text):
        term = _phrase(phrase) if phrase else _one(word)
        if term is not None:
            terms.append(replace(term, without=bool(minus)))
    # ("vad händer i Laholm": what is meant is Laholm.)
    meant = [term for term in terms if term.typed not in SMALL or term.without]
    if any(not term.without for term in meant):
        terms = meant
    return _together(terms[:MOST_TERMS])


def title(term: Term) -> Term:
    """Return the term that finds the same word in titles only."""
    return Term(stems=(_TITLE + term.stems[-1],))


def _phrase(text: str) -> Term | None:
    roots = tuple(root(word) for word in split(text)[:MOST_TERMS])
    return Term(stems=roots) if roots else None


def _one(word: str) -> Term | None:
    """Return the term of what stands between two spaces."""
    if word.startswith(("#", "＃")) and _tag(word):
        return Term(stems=(_TAG + _tag(word.rstrip("*")),), prefix=word.endswith("*"))
    parts = split(word)[:MOST_TERMS]
    if not parts:
        return None
    if word.endswith("*") and len(parts[-1]) >= _OPEN:
        before = tuple(root(part) for part in parts[:-1])
        return Term(stems=(*before, parts[-1]), prefix=True, others=((*before, root(parts[-1])),))
    if len(parts) == 1:
        return Term(stems=(root(parts[0]),), typed=parts[0], others=_spellings(parts[0]))
    # "e-handel", "cykel-väg": with or without what stands between.
    return Term(stems=tuple(root(part) for part in parts), others=((root("".join(parts)),),))


#: Letters that a word with an e before it has.
_ELECTRONIC = 7

#: How the sound of å, ä and ö is written where a keyboard lacks them.
_GERMAN = (("ae", "ä"), ("oe", "ö"), ("aa", "å"))


def _spellings(word: str) -> tuple[tuple[str, ...], ...]:
    """Return the roots of a word that was typed without å, ä and ö where they are not the same without."""
    # "ehandel", "etjänst": the e stands for itself, before a word.
    electronic = [("e", root(word[1:]))] if word.startswith("e") and len(word) >= _ELECTRONIC else []
    if not word.isascii():
        return (*electronic, *_ALSO.get(word, ()))
    swedish = word
    for typed, letter in _GERMAN:
        swedish = swedish.replace(typed, letter)
    found = [root(swedish)] if swedish != word else []
    if word in _unmarked():
        found.append(_unmarked()[word])
    found += [each for each in steps(word)[1:-1] if len(each) >= _OPEN]
    if word.endswith("os"):
        found.append(word)
    return (*electronic, *((each,) for each in found))


#: Forms of two words: what happens ("händer") is seldom about hands, which are rather "händerna" in a text.
_ALSO = {"händer": (("hand",),)}


@cache
def _unmarked() -> dict[str, str]:
    """Return the words that change inside by how their forms are typed without å, ä and ö ("stader" is "stad")."""
    found = {hashtags.fold(form): base for form, base in CHANGED.items() if not form.isascii()}
    return found | {hashtags.fold(base): base for base in CHANGED.values() if not base.isascii()} | {"miljon": "miljö"}


def _together(terms: list[Term]) -> list[Term]:
    """Let two words that follow each other be one as well: "närings liv" finds "näringsliv"."""
    made = list(terms)
    for at, (first, second) in enumerate(pairwise(terms)):
        if first.typed and second.typed and not first.without and not second.without and len(second.typed) > 2:
            whole = (root(first.typed + second.typed),)
            made[at] = replace(made[at], others=(*made[at].others, whole))
            made[at + 1] = replace(made[at + 1], others=(*made[at + 1].others, whole))
    return made


# --- what is shown ---------------------------------------------------------------------------------------


def marked(text: str, terms: Sequence[Term]) -> list[tuple[str, bool]]:
    """Return a text in pieces, each with whether it is what was asked for; put together they are the text again.

    ``terms`` are those of ``query``, or as the search widened them. The words of a phrase are marked where it stands.
    """
    wanted = [(_visible(term.stems), term.prefix) for term in terms if not term.without]
    wanted += [(_visible(row), False) for term in terms if not term.without for row in term.others]
    found = [(match.start(), match.end(), _forms(match[0])) for match in _WORD.finditer(text)]
    hits: set[int] = set()
    for row, prefix in wanted:
        for at in range(len(found) - len(row) + 1):
            if all(_is(found[at + step][2], each, prefix and step == len(row) - 1) for step, each in enumerate(row)):
                hits |= set(range(at, at + len(row)))
    return _pieces(text, [(start, end) for at, (start, end, _) in enumerate(found) if at in hits])


def _visible(row: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.removeprefix(_TAG) for each in row)


def _forms(word: str) -> frozenset[str]:
    """Return every token that a word of a text is found by, and the word itself for open ends and tags."""
    forms = set()
    for part in split(word):
        own = root(part)
        forms |= {own, part, _folded(own), _tag(part), _folded(_tag(part))}
    return frozenset(forms)


def _is(forms: frozenset[str], wanted: str, prefix: bool) -> bool:
    return wanted in forms or (prefix and any(form.startswith(wanted) for form in forms))


def _pieces(text: str, hits: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    pieces, at = [], 0
    for start, end in hits:
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in (*pieces, (text[at:], False)) if piece[0]]
