"""The one analyser: what of a text is indexed, and what of a query is looked for. Both databases find the same.

Words are NFKC and casefolded, å, ä and ö kept, then stemmed as Swedish. Behind the text's own words stand the
folded forms of those with diacritics, so that "vaxer" finds "växer" while "växer" never finds "vax".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from campaign import hashtags

_WORD = re.compile(r"[^\W_]+(?:_[^\W_]+)*")
_PART = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')

#: No text is indexed beyond this many words; a feed article has a few thousand at most.
MOST_WORDS = 16_000

#: Letters of one word that count; PostgreSQL takes no word of more than 2,046 bytes.
LONGEST_WORD = 200

#: Bytes of all words of a text together, and as many for their folded forms; PostgreSQL takes 1,048,575 in all.
MOST_BYTES = 400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One part of a query: stems that must stand in a row, or must not. ``prefix`` lets the last one go on."""

    stems: tuple[str, ...]
    without: bool = False
    prefix: bool = False


def split(text: str) -> list[str]:
    """Return the words of a text, NFKC and casefolded, in order; of a word that goes on for ever its beginning."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold())]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the Swedish stem of one casefolded word ("kommunerna" → "kommun")."""
    return str(_stemmer().stemWord(word))


@lru_cache(maxsize=1)
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("swedish")


def index(text: str) -> list[str]:
    """Return the tokens to store: the stems in their order, then the folded forms that differ."""
    stems = _bounded([stem(word) for word in split(text)[:MOST_WORDS]])
    found = set(stems)
    folded = {_folded(token) for token in found if not token.isascii()}
    return stems + _bounded(sorted(folded - found))


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


def query(text: str) -> list[Term]:
    """Return what a person asks for: words, "phrases", -without, and open* ends. Unreadable parts are left out."""
    terms = []
    for minus, phrase, word in _PART.findall(text):
        stems = tuple(stem(part) for part in split(phrase or word.rstrip("*")))
        if not stems:
            continue
        is_open = word.endswith("*")
        if is_open:
            stems = (*stems[:-1], split(word.rstrip("*"))[-1])
        terms.append(Term(stems=stems, without=bool(minus), prefix=is_open))
    return terms
