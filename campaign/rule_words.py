"""Which of a rule's words stand in a text: whole words in every form, phrases, "exact ones", beginnings* and #tags.

Words are compared as ``campaign.words`` splits and stems them, so that "rabatt" finds "rabatter" and never "rabattkod",
and å, ä and ö are letters of their own. What nobody sees (soft hyphens, marks of direction, joiners) is dropped
first: it neither hides a word nor makes one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from campaign import hashtags, words

#: Letters of one entry that count.
LONGEST = 200

#: So many of a text's own words are told as a reason.
_MOST_TOLD = 5

#: A word inside another is looked for from this many letters on.
_NEAR_FROM = 3

_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u2033", '"'))
_ENTRY = re.compile(r'"[^"\n]*"?|[^",\n]+')


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A word of a text that holds a rule's word as a part of it, and that the rule did therefore not take."""

    entry: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text as entries are looked for in it; made once for all rules."""

    tokens: tuple[str, ...]
    stems: tuple[str, ...]
    tags: frozenset[str]
    plain: str


@dataclass(slots=True, kw_only=True)
class _Index:
    """Entries, ready to be looked for: what a word must be, or what must follow it, by the word itself."""

    stems: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    exact: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    starts: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    signs: tuple[str, ...] = ()


def entries(text: str) -> tuple[str, ...]:
    """Return what a person typed, one entry a line or between commas, each once; empty ones are left out."""
    typed = (" ".join(visible(part).split()) for part in _ENTRY.findall(text.translate(_QUOTES)))
    found: dict[str, str] = {}
    for entry in (part[:LONGEST].strip() for part in typed):
        if entry.strip('"#* '):
            found.setdefault(unicodedata.normalize("NFKC", entry).casefold(), entry)
    return tuple(found.values())


def visible(text: str) -> str:
    """Return a text in NFC without the signs that nobody sees; line breaks stay."""
    return "".join(sign for sign in unicodedata.normalize("NFC", text) if unicodedata.category(sign) != "Cf")


def read(text: str, tags: Iterable[str] = ()) -> Text:
    """Return a text with its words and tags, ready for ``found`` and ``near``."""
    seen = visible(text)
    tokens = tuple(words.split(seen)[: words.MOST_WORDS])
    keys = {hashtags.key(visible(tag)) for tag in (*tags, *hashtags.find(seen))}
    plain = unicodedata.normalize("NFKC", seen).casefold()
    return Text(tokens=tokens, stems=tuple(map(words.stem, tokens)), tags=frozenset(keys), plain=plain)


def found(wanted: Sequence[str], text: Text) -> tuple[str, ...]:
    """Return the text's own words that entries stand for, in their order; () when none of them stands there."""
    index = _index(tuple(wanted))
    told: dict[str, None] = {}
    for at, (token, stem) in enumerate(zip(text.tokens, text.stems, strict=True)):
        for phrase in index.exact.get(token, ()):
            if text.tokens[at : at + len(phrase)] == phrase:
                told[" ".join(phrase)] = None
        for phrase in index.stems.get(stem, ()):
            if text.stems[at : at + len(phrase)] == phrase:
                told[" ".join(text.tokens[at : at + len(phrase)])] = None
        if index.starts and token.startswith(index.starts):
            told[token] = None
        if len(told) >= _MOST_TOLD:
            break
    told |= {entry: None for key, entry in index.tags.items() if key in text.tags}
    told |= {sign: None for sign in index.signs if sign in text.plain}
    return tuple(told)[:_MOST_TOLD]


def near(wanted: Sequence[str], text: Text) -> tuple[Near, ...]:
    """Return the text's words that hold an entry's word inside them without being it, each word once."""
    pattern = _inside(tuple(wanted))
    if pattern is None:
        return ()
    told: dict[str, Near] = {}
    for token in text.tokens:
        met = pattern.search(token)
        if met is not None and token not in told and not found(wanted, read(token)):
            told[token] = Near(entry=met.group(), word=token)
    return tuple(told.values())


@lru_cache(maxsize=256)
def _inside(wanted: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return what finds single words of a rule inside longer ones; None where there are none to look for."""
    single = (words.split(entry.strip('"*')) for entry in wanted if not entry.startswith("#"))
    parts = {part[0] for part in single if len(part) == 1 and len(part[0]) >= _NEAR_FROM}
    longest_first = sorted(parts, key=lambda part: (-len(part), part))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


@lru_cache(maxsize=256)
def _index(wanted: tuple[str, ...]) -> _Index:
    index = _Index()
    for entry in wanted:
        _sort_in(index, entry)
    return index


def _sort_in(index: _Index, entry: str) -> None:
    tokens = tuple(words.split(entry))
    if entry.startswith("#") and tokens:
        index.tags[hashtags.key(entry)] = entry
    elif not tokens:
        index.signs += (unicodedata.normalize("NFKC", entry.strip('"')).casefold(),)
    elif entry.startswith('"'):
        index.exact.setdefault(tokens[0], []).append(tokens)
    elif entry.endswith("*") and len(tokens) == 1:
        index.starts += tokens
    else:
        stems = tuple(map(words.stem, tokens))
        index.stems.setdefault(stems[0], []).append(stems)
