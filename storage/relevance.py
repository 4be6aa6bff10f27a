"""Which hits answer best, in the same order on both databases: neither's own ranking is asked, only what matches.

The newest hits alone are ordered, so that a common word costs no more than a rare one. Each feature is one more
question over the same span of keys: is the word in the title, does it stand there itself and not only inside another
word, do the words stand beside each other. What few have weighs more; what is as good stands newest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from campaign import words
from campaign.words import Term
from storage.matches import Ask, found

#: So many of the newest hits are ordered; older ones are left to newest first.
MOST = 5_000

#: Words whose features are asked for; a longer query is a text that somebody pasted.
_WORDS = 3

_TITLE, _ITSELF, _BESIDE, _NEW = 6, 3, 8, 4


def ranked(connection: Connection, ask: Ask) -> list[int]:
    """Return the keys of the newest ``MOST`` hits, the best first."""
    keys = found(connection, ask, limit=MOST)
    if not keys:
        return []
    ask = replace(ask, first_key=keys[-1], end_key=keys[0] + 1)
    # The newest hit has nearly a whole feature's weight more than the oldest.
    points: Counter[int] = Counter({key: _NEW * (len(keys) - at) // len(keys) for at, key in enumerate(keys)})
    for weight, terms in _features(ask):
        # Asked without the words of the query, which a set of keys knows faster than the full text.
        having = found(connection, replace(ask, terms=terms), limit=MOST)
        better = points.keys() & set(having)
        for key in better:
            points[key] += weight * _rarity(len(having))
    return sorted(keys, key=lambda key: (-points[key], -key))


def _features(ask: Ask) -> Iterator[tuple[int, Sequence[Term]]]:
    """Yield what makes a hit better, with how much, as terms: words as they are, never what they stand inside of."""
    wanted = [replace(term, others=()) for term in ask.terms if not term.without]
    plain = [term for term in wanted if term.typed]
    yield _ITSELF, wanted
    for term in wanted[:_WORDS]:
        yield _TITLE, [words.title(term)]
    if 1 < len(plain) <= _WORDS * 2:
        yield _BESIDE, [Term(stems=tuple(stem for term in plain for stem in term.stems))]


def _rarity(standing: int) -> int:
    """Return 1 for what many of the newest have, up to 4 for what hardly any has."""
    few = MOST // 64
    return 4 if standing <= few // 8 else 3 if standing <= few else 2 if standing < MOST // 4 else 1
