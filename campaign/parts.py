"""Words of which every part is a word that is known beforehand: "havs-vatten-temperatur". Pure, and asks no archive.

A compound's first and last part are found by where they stand; what stands in its middle only by taking it apart, which
is done when a text is indexed.
"""

from __future__ import annotations

from functools import cache, lru_cache

from campaign.known_words import known_words
from campaign.roots import root

#: Letters that join the parts of a compound.
JOINTS = ("", "s", "e", "o", "u")

#: Words of two or three letters that compounds begin or end with all the same.
SHORT = frozenset(known_words("short"))

#: Roots of words that stand in many compounds, known even where an archive is small.
COMMON = frozenset(root(word) for word in known_words("common"))

#: Letters of a word that three parts are looked for in.
LONG = 12

#: Letters of a part, and of the longest word that is taken apart.
_LEAST, _LONGEST = 3, 40


@cache
def _beginnings() -> dict[str, str]:
    """Return roots of the common words by how they stand before another part: "gatu" is "gat" and a joint."""
    found = {word: root(word) for word in known_words("common") if len(word) >= _LEAST}
    return found | {word[:-1]: root(word) for word in found if word[-1] in "ae" and len(word) > _LEAST + 1}


@lru_cache(maxsize=20_000)
def taken_apart(word: str) -> tuple[str, ...]:
    """Return the roots of the common words that a word is made of, the fewest from its beginning; none if it is not."""
    if len(word) > _LONGEST:
        return ()
    own = root(word)
    if own in COMMON or word in SHORT:
        return (own,)
    for at in range(len(word) - _LEAST, _LEAST - 1, -1):
        head = _beginnings().get(word[:at])
        for joint in JOINTS if head else ():
            rest = taken_apart(word[at + len(joint) :]) if word.startswith(joint, at) else ()
            if head and rest:
                return (head, *rest)
    return ()


def middle(word: str) -> tuple[str, ...]:
    """Return the roots of the parts of a word that neither begin nor end it."""
    return taken_apart(word)[1:-1] if len(word) >= LONG else ()
