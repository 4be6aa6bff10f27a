"""Which hits answer best, in the same order on both databases: neither's own ranking is asked, only what matches.

The newest hits alone are ordered, so that a common word costs no more than a rare one. Each feature is one more
question over the same span of keys: is the word in the title, does it stand there itself and not only inside another
word, do the words stand beside each other. Rare words weigh more; what is as good stands newest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
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
    for weight, asked in _features(connection, ask):
        for key in found(connection, asked, limit=MOST):
            points[key] += weight
    return sorted(keys, key=lambda key: (-points[key], -key))


def _features(connection: Connection, ask: Ask) -> Iterator[tuple[int, Ask]]:
    """Yield what makes a hit better, with how much, as a question each."""
    wanted = [term for term in ask.terms if not term.without]
    plain = [term for term in wanted if term.typed]
    for term in wanted[:_WORDS]:
        rare = _rarity(connection, ask, term) if len(wanted) > 1 else 1
        yield _TITLE * rare, _with(ask, words.title(term))
        if term.others:
            yield _ITSELF * rare, _with(ask, replace(term, others=()))
    if 1 < len(plain) <= _WORDS * 2:
        yield _BESIDE, _with(ask, Term(stems=tuple(stem for term in plain for stem in term.stems)))


def _with(ask: Ask, term: Term) -> Ask:
    return replace(ask, terms=(*ask.terms, term))


def _rarity(connection: Connection, ask: Ask, term: Term) -> int:
    """Return 1 for a word that stands in most of what is new, up to 4 for one that stands nearly nowhere."""
    few = MOST // 64
    standing = len(found(connection, Ask(terms=[term], facets=ask.facets, end_key=ask.end_key), limit=MOST // 4))
    return 4 if standing <= few // 8 else 3 if standing <= few else 2 if standing < MOST // 4 else 1
