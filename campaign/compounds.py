"""Words inside words: "cykel" is in "cykelväg" and "elcykel", and "land" is not in "Halland".

Pure: storage looks up which roots begin or end so; what of them is a compound is judged here, by what is left when the
word is taken away: it must be a known word itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

from campaign import hashtags
from campaign.known_words import known_words
from campaign.parts import COMMON, JOINTS, SHORT, taken_apart
from campaign.places import register
from campaign.roots import VERBS, root
from campaign.words import SMALL, split

#: A word of fewer letters is never looked for inside others.
SHORTEST = 3

#: So many compounds of a word at most are looked for along with it.
MOST = 24

#: What is left must have as many letters: more where the word itself is short.
_LEFT = 3
_LEFT_OF_SHORT = 4

#: A word of so many letters is itself wherever it stands, beside whatever may be a word.
_LONG, _LEFT_OF_LONG = 7, 4
_VOWEL = re.compile("[aeiouyåäöé]")

#: Beginnings and endings that make another word of a word: "svar" is not in "ansvar", nor "bildning" in "utbildning".
_NO_PARTS = frozenset(form for word in known_words("no_parts") for form in (root(word), hashtags.fold(root(word))))


@cache
def names() -> frozenset[str]:
    """Return the roots of what no other word is looked for in: no "stad" in "Halmstad", no "rum" in "centrum"."""
    found = {root(word) for place in register() for word in split(place.name)} | {
        root(word) for word in known_words("lands")
    }
    found -= {root(word) for word in ["län", "kommun", "stad", "strand", "hamn", "berg", "dal", "sjö", "mark", "ö"]}
    found |= {root(word) for word in known_words("whole")}
    return frozenset(found | {hashtags.fold(each) for each in found})


def forms(typed: str) -> tuple[str, ...]:
    """Return how a word may stand at the beginning of a compound, apart from joints."""
    own = root(typed)
    found = [own, typed]
    if own.endswith("l") and len(own) > 3 and own[-2] in "bdfgkptv":
        found.append(f"{own[:-1]}el")
    if own.endswith("a") and own not in VERBS:
        found.append(own[:-1])
    return tuple(dict.fromkeys(each for each in found if len(each) >= SHORTEST))


def is_fit(typed: str) -> bool:
    """Return whether compounds of a word are looked for at all."""
    return typed not in SMALL and len(typed) >= SHORTEST and len(root(typed)) >= SHORTEST and typed.isalpha()


def left(typed: str, compound: str) -> tuple[str, ...]:
    """Return what may be left of a root when a word at one of its ends is taken away: roots of which one must be known.

    None for what is no compound at all: too little left, a place's name, a mere ending.
    """
    if compound in names() or compound == root(typed):
        return ()
    return tuple(dict.fromkeys((*_behind(typed, compound), *_before(typed, compound))))


def _behind(typed: str, compound: str) -> Iterable[str]:
    """Yield what stands behind a word at the beginning."""
    for form in forms(typed):
        if compound.startswith(form) and not _begins_with_a_name(compound, form):
            rest = compound[len(form) :]
            for joint in JOINTS:
                if rest.startswith(joint) and _is_part(typed, rest[len(joint) :]):
                    yield rest[len(joint) :]


def _begins_with_a_name(compound: str, form: str) -> bool:
    """Return whether what begins with a word begins with a longer name: no "hal" in "hallandsgård"."""
    return any(compound[:at] in names() for at in range(len(form) + 1, len(compound)))


def _before(typed: str, compound: str) -> Iterable[str]:
    """Yield what stands before a word at the end."""
    own = root(typed)
    if not compound.endswith(own):
        return
    rest = compound[: -len(own)]
    for joint in JOINTS:
        if rest.endswith(joint) and _is_part(typed, rest[: len(rest) - len(joint)]):
            yield root(rest[: len(rest) - len(joint)])


def _is_part(typed: str, rest: str) -> bool:
    if rest in SHORT:
        return True
    least = _LEFT_OF_SHORT if len(root(typed)) == SHORTEST else _LEFT
    return len(rest) >= least and root(rest) not in _NO_PARTS and rest not in _NO_PARTS


def chosen(typed: str, candidates: Iterable[str], known: Callable[[set[str]], set[str]]) -> tuple[str, ...]:
    """Return the compounds of a word among roots that begin or end with it, the shortest first, at most ``MOST``.

    ``known`` says which of a set of roots are words of the archive.
    """
    rests = {compound: left(typed, compound) for compound in set(candidates)}
    asked = {rest for found in rests.values() for rest in found}
    words = {rest for rest in asked if rest in COMMON or taken_apart(rest)}
    words |= {
        rest for rest in asked if len(root(typed)) >= _LONG and len(rest) >= _LEFT_OF_LONG and _VOWEL.search(rest)
    }
    words |= known(asked - words)
    found = [compound for compound, parts in rests.items() if words.intersection(parts)]
    return tuple(sorted(found, key=lambda each: (len(each), each))[:MOST])


def parts(typed: str, known: Callable[[set[str]], set[str]]) -> tuple[tuple[str, str], ...]:
    """Return the two words that a compound is made of, where both are known: they may stand beside each other."""
    cuts = []
    for at in range(SHORTEST, len(typed) - SHORTEST + 1):
        for joint in ("", "s"):
            head, tail = typed[:at], typed[at:]
            if head.endswith(joint) and len(head) - len(joint) >= SHORTEST:
                cuts.append((root(head[: len(head) - len(joint)]), root(tail)))
    cuts = [cut for cut in dict.fromkeys(cuts) if not _NO_PARTS.intersection(cut) and min(map(len, cut)) >= SHORTEST]
    asked = {part for cut in cuts for part in cut}
    words = known(asked - COMMON) | (asked & COMMON) if cuts else set()
    return tuple(cut for cut in cuts if words.issuperset(cut))[:3]
