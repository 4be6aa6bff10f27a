"""Which places a text speaks of. A proposal with the words that led to it, never more.

Names of places are also words ("Vara", "Mark"), people ("Lund", "Nora") and parts of other names, and people write them
in many forms. What counts is held to a table of true ones and false friends in the tests.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from campaign import hashtags
from campaign.place_words import (
    COMPOUNDS,
    COUNTRIES,
    DEMONYMS,
    GIVEN_NAMES,
    NAMES_TOO,
    PREPOSITIONS,
    SURE_PREPOSITIONS,
    TAG_AFTER,
    TAG_BEFORE,
    WORDS_TOO,
)
from campaign.places import Offer, Place, PlaceKind, register, short

#: So many places are proposed for one text.
MOST = 3

#: A text is looked at up to here; what comes after a thousand words is seldom where it takes place.
_LONGEST = 8_000

#: Names from this many letters on are looked for in compounds, and known without a capital letter.
_LONG_NAME = 5

_AWAY = re.compile(r"https?://\S+|www\.\S+|(?<!\S)[^\s@]+@\S+\.\w+|(?<!\w)@[\w.@-]+")
_TOKEN = re.compile(r"#?[^\W_]+")
_SENTENCE_END = re.compile(r"[.!?:;•\n\"”“»«(|–—*]\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A place that a text speaks of. ``words`` are the text's own, ``why`` names how they do.

    ``why`` is "named", "kommun", "tag", "compound", or "source" where only the source belongs there.
    """

    place: Place
    words: str
    why: str
    weight: int


class _Token(NamedTuple):
    """A word: as written, casefolded, and whether a sentence begins with it. ``after`` is what stands behind it."""

    text: str
    key: str
    begins: bool
    after: str

    @property
    def is_capital(self) -> bool:
        return self.text[:1].isupper()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """A place under its name in words. ``around`` is what it lies in, ``twins`` what others of that name lie in."""

    place: Place
    words: tuple[str, ...]
    around: tuple[str, ...]
    twins: tuple[str, ...]


_Index = Mapping[str, tuple[_Name, ...]]


def find_places(text: str, offer: Offer, *, title: str = "", home: str = "") -> list[Mention]:
    """Return the offered places that a text speaks of, the surest first, a few at most.

    ``home`` is the id of the place that the text's source belongs to: a reason where the text itself names none.
    """
    best: dict[str, Mention] = {}
    for part, extra in ((title, 2), (text[:_LONGEST], 0)):
        for mention in _mentions(part, offer, extra):
            known = best.get(mention.place.id)
            if known is None:
                best[mention.place.id] = mention
            else:  # named twice is surer than once
                first = max(known, mention, key=lambda each: each.weight)
                best[mention.place.id] = Mention(
                    place=first.place, words=first.words, why=first.why, weight=first.weight + 1
                )
    found = sorted(best.values(), key=lambda mention: -mention.weight)[:MOST]
    place = offer.register.find(home) if home else None
    if not found and place is not None:
        return [Mention(place=place, words="", why="source", weight=0)]
    return found


def _mentions(text: str, offer: Offer, extra: int) -> Iterator[Mention]:
    index = _index(offer)
    tokens = _tokens(text)
    spoken = {token.key.lstrip("#") for token in tokens}
    at = 0
    while at < len(tokens):
        found = _at(tokens, at, index, spoken) if offer.is_chosen else _exactly(tokens, at, index, spoken)
        if found is None:
            at += 1
            continue
        name, why, weight, used = found
        words = _written(tokens[at : at + used])
        yield Mention(place=name.place, words=words, why=why, weight=weight + extra)
        at += used + _skip_around(tokens, at + used, name, offer)


_Found = tuple[_Name, str, int, int]


def _at(tokens: Sequence[_Token], at: int, index: _Index, spoken: set[str]) -> _Found | None:
    """Return the place that is spoken of at a word, how, how surely, and how many words it takes."""
    token = tokens[at]
    if token.key[0] == "#":
        return _in_tag(token, index, spoken)
    name = _name_at(tokens, at, index, spoken)
    if name is not None:
        return _judged(tokens, at, name)
    return _in_compound(token, index, spoken)


def _exactly(tokens: Sequence[_Token], at: int, index: _Index, spoken: set[str]) -> _Found | None:
    """Return the place where a campaign has chosen none: only by its very name, with a capital."""
    token = tokens[at]
    name = None if token.key[0] == "#" or not token.is_capital else _name_at(tokens, at, index, spoken)
    return _judged(tokens, at, name) if name is not None else None


def _judged(tokens: Sequence[_Token], at: int, name: _Name) -> _Found | None:
    """Decide whether a name as it stands there means the place."""
    used = len(name.words)
    first, last = tokens[at], tokens[at + used - 1]
    behind = tokens[at + used] if at + used < len(tokens) and last.after.isspace() else None
    before = tokens[at - 1] if at and not first.begins else None
    if behind is not None and behind.key in ("kommun", "kommuns", "municipality"):
        return name, "kommun", 5, used + 1
    if before is not None and before.key in ("kommunen", "tätorten", "orten", "byn"):
        return name, "named", 4, used
    if _is_abroad(tokens, at + used, name):
        return None
    placed = before is not None and before.key in PREPOSITIONS
    surely = before is not None and before.key in SURE_PREPOSITIONS
    if before is not None and before.is_capital and before.key in GIVEN_NAMES:
        return None
    risk = _risk(name)
    if risk:
        is_alone = behind is None or not behind.is_capital or behind.begins
        shouted = first.text.isupper()
        good = surely if risk == "name" else placed
        fits = good and first.is_capital and is_alone and not shouted and not last.after.startswith("-")
        return (name, "named", 3, used) if fits else None
    if not first.is_capital and len(name.place.name) < _LONG_NAME and not placed:
        return None
    return name, "named", 3 + placed + first.is_capital, used


def _is_abroad(tokens: Sequence[_Token], at: int, name: _Name) -> bool:
    """Return whether the text says that the name lies elsewhere: "Torup i Svedala", "Falkenberg in Germany"."""
    if at + 1 >= len(tokens) or tokens[at].key not in ("i", "in"):
        return False
    there = tokens[at + 1]
    if there.key in COUNTRIES:
        return True
    if not there.is_capital or name.place.kind not in (PlaceKind.TOWN, PlaceKind.OWN):
        return False
    keys = set(_bare(there.key))
    return not keys & set(name.around) and bool(keys & _municipalities())


@cache
def _municipalities() -> frozenset[str]:
    return frozenset(place.name.casefold() for place in register() if place.kind is PlaceKind.MUNICIPALITY)


def _risk(name: _Name) -> str:
    """Return "name" for what people are called too, "word" for what is a word too, "" for neither."""
    if len(name.words) > 1:
        return ""
    if name.words[0] in NAMES_TOO:
        return "name"
    return "word" if name.words[0] in WORDS_TOO else ""


def _name_at(tokens: Sequence[_Token], at: int, index: _Index, spoken: set[str]) -> _Name | None:
    """Return the longest name that begins at a word, its last word perhaps in the genitive."""
    best: _Name | None = None
    for key in _bare(tokens[at].key):
        for name in index.get(key, ()):
            if (best is None or len(name.words) > len(best.words)) and _fits(tokens, at, name, spoken):
                best = name
    return best


def _fits(tokens: Sequence[_Token], at: int, name: _Name, spoken: set[str]) -> bool:
    length = len(name.words)
    here = tokens[at : at + length]
    if len(here) < length or _is_elsewhere(name, spoken):
        return False
    keys = [token.key for token in here]
    return keys[:-1] == list(name.words[:-1]) and name.words[-1] in _bare(keys[-1])


def _bare(key: str) -> tuple[str, ...]:
    """Return a word as it is, and without the s of a genitive."""
    return (key, key[:-1]) if key.endswith("s") and len(key) > 2 else (key,)


def _is_elsewhere(name: _Name, spoken: set[str]) -> bool:
    """Return whether the text speaks of where another place of that name lies, and not of where this one does."""
    return bool(name.twins) and any(set(_bare(word)) & set(name.twins) for word in spoken)


def _in_tag(token: _Token, index: _Index, spoken: set[str]) -> _Found | None:
    """Find "#halmstad", "#visithalmstad", "#halmstadskommun". A name that is a word too is none in a tag."""
    tag = token.key[1:]
    starts = (tag, *(tag.removeprefix(start) for start in TAG_BEFORE if tag.startswith(start)))
    ends = [(word, "") for word in starts]
    ends += [(word.removesuffix(end), end) for word in starts for end in TAG_AFTER if word.endswith(end)]
    for word, end in ends:
        for key in _bare(word) if end else (word,):
            for name in _tagged(index, key):
                is_sure = end == "kommun" or not _risk(name)
                if is_sure and not _is_elsewhere(name, spoken):
                    return name, "tag", 4, 1
    return None


def _tagged(index: _Index, key: str) -> tuple[_Name, ...]:
    """Return the places of a tag; one without its dots is known where it is long enough to be nothing else."""
    found = index.get(f"={key}", ())
    if not found and len(key) > _LONG_NAME and key.isascii():
        found = index.get(f"~{key}", ())
    return found


def _in_compound(token: _Token, index: _Index, spoken: set[str]) -> _Found | None:
    """Find "Halmstadbo", "Varbergsföretag": a long name, and behind it one of the words that follow names of places."""
    key = token.key
    for name in index.get(f"+{key[:_LONG_NAME]}", ()):
        rest = key.removeprefix(name.words[0])
        if rest == key:
            continue
        tail = rest.removeprefix("s")
        is_person = tail in DEMONYMS or (name.words[0].endswith("borg") and rest in ("are", "arna"))
        is_compound = token.is_capital and tail.startswith(COMPOUNDS)
        if (is_compound or is_person) and not _risk(name) and not _is_elsewhere(name, spoken):
            return name, "compound", 3 if is_person else 2, 1
    return None


def _skip_around(tokens: Sequence[_Token], at: int, name: _Name, offer: Offer) -> int:
    """Return how many words to pass over that only say where a town lies: "Getinge, Halmstad", "Getinge i Halmstad"."""
    if name.place.kind not in (PlaceKind.TOWN, PlaceKind.OWN):
        return 0
    around = offer.register.find(name.place.parent)
    names = tuple(_split(around.name)) if around else ()
    begin = at + 1 if at < len(tokens) and tokens[at].key in ("i", "in") else at
    here = [token.key for token in tokens[begin : begin + len(names)]]
    if not names or here[:-1] != list(names[:-1]) or not here or names[-1] not in _bare(here[-1]):
        return 0
    return begin + len(names) - at


def _written(tokens: Sequence[_Token]) -> str:
    return "".join(token.text + (token.after if token is not tokens[-1] else "") for token in tokens)


def _tokens(text: str) -> list[_Token]:
    """Cut a text into words and tags; addresses and @names are none."""
    plain = _AWAY.sub(" . ", unicodedata.normalize("NFKC", text))
    found = list(_TOKEN.finditer(plain))
    tokens: list[_Token] = []
    for at, match in enumerate(found):
        after = plain[match.end() : found[at + 1].start() if at + 1 < len(found) else len(plain)]
        begins = not tokens or bool(_SENTENCE_END.search(tokens[-1].after))
        tokens.append(_Token(match[0], match[0].casefold(), begins, after))
    return tokens


def _split(name: str) -> list[str]:
    return [match[0].casefold() for match in _TOKEN.finditer(name)]


@lru_cache(maxsize=16)
def _index(offer: Offer) -> _Index:
    """Return the names of places by their first word; behind "=" whole, behind "~" whole without dots, behind "+" by
    their first letters.
    """
    homes = {place.id: place for place in offer.register}
    called: dict[str, list[Place]] = defaultdict(list)
    for place in homes.values():
        called[place.name.casefold()].append(place)
    found: dict[str, list[_Name]] = defaultdict(list)
    for place in offer.places:
        if place.kind is PlaceKind.COUNTY:
            continue  # every text of a region names it
        others = [each for each in called[place.name.casefold()] if each.id != place.id]
        mine = tuple(_around(place, homes))
        twins = {word for other in others for word in _around(other, homes)} - set(mine)
        name = _Name(place=place, words=tuple(_split(place.name)), around=mine, twins=tuple(twins))
        found[name.words[0]].append(name)
        joined = "".join(name.words)
        for mark, key in (("=", joined), ("~", hashtags.fold(joined))):
            found[mark + key].append(name)
        if len(name.words) == 1 and len(joined) >= _LONG_NAME:
            found["+" + joined[:_LONG_NAME]].append(name)
    return {key: tuple(names) for key, names in found.items()}


def _around(place: Place, homes: Mapping[str, Place]) -> Iterator[str]:
    """Yield the names of what a place lies in that are one word."""
    while place.parent and place.parent in homes:
        place = homes[place.parent]
        words = _split(short(place) if place.kind is PlaceKind.COUNTY else place.name)
        if len(words) == 1:
            yield words[0]
