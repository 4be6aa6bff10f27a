"""How far two words are apart for a finger that slips: letters left out, doubled, exchanged, or turned round. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from campaign import hashtags

#: Words of fewer letters are too near to too many others.
SHORTEST = 4

#: Letters of a word that are compared.
_LONGEST = 60


def allowed(word: str) -> int:
    """Return how many slips a word of this length may have."""
    return 1 if len(word) <= 5 else 2 if len(word) <= 11 else 3


def beginnings(word: str) -> tuple[str, ...]:
    """Return beginnings of which a word with few slips has one: whole as far as the first slip."""
    half = max(2, len(word) // 2)
    turned = word[1] + word[0] + word[2:half] if len(word) > 2 else word
    return tuple(dict.fromkeys((word[:half], word[: max(2, len(word) // 3)], turned)))


def endings(word: str) -> tuple[str, ...]:
    """Return endings of which a word with few slips has one, when its beginning is wrong."""
    return tuple(dict.fromkeys((word[-max(2, len(word) // 2) :], word[-max(3, len(word) // 3) :])))


def nearest(typed: str, candidates: Iterable[str]) -> list[tuple[int, str]]:
    """Return the candidates that are near enough with their distances, the nearest first; never the word itself.

    Letters that differ in their marks alone count as the same slip as any other, but come before others as near.
    """
    most = allowed(typed)
    plain = hashtags.fold(typed)
    found = []
    for each in set(candidates):
        if each == typed or abs(len(each) - len(typed)) > most or len(each) > _LONGEST or len(each) < SHORTEST - 1:
            continue
        apart = distance(plain, hashtags.fold(each), most)
        if apart <= most and (apart < most or len(typed) > 3):
            found.append((apart, _beginning(plain, hashtags.fold(each)), each))
    return [(apart, each) for apart, _, each in sorted(found)]


def _beginning(first: str, second: str) -> int:
    """Return how little two words have in common at their beginning, where few slip: smaller is nearer."""
    return 0 if first[:2] == second[:2] else 1 if first[:1] == second[:1] else 2


def distance(first: str, second: str, most: int) -> int:
    """Return in how many slips one word becomes another, two letters turned round being one; ``most`` + 1 for more."""
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for at, letter in enumerate(first, 1):
        older, before, row = before, row, [at]
        for to, other in enumerate(second, 1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != other))
            if older and to > 1 and letter == second[to - 2] and first[at - 2] == other:
                cost = min(cost, older[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
