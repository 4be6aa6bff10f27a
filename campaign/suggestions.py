"""Which nodes of a strategy a story may belong to, by the words that the planner gave them. A proposal, no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from campaign import words

#: Compounds are looked into from this many letters on: "cykel" is found in "cykelväg", "mat" not in "matematik".
_COMPOUND_FROM = 5

#: So many letters stand before the end of a compound at least.
_BEFORE = 3

#: What begins like a word and is another: "naturligtvis" says nothing about nature, "konstig" nothing about art.
_OTHER_WORDS = ("lig", "ig", "rukt", "rued", "ater", "anter")

#: Forms that look like a planner's word and are something else: greetings for health, trouble for work.
_FALSE_FRIENDS = frozenset(("hälsar", "hälsade", "hälsat", "hälsning", "hälsningar", "jobbig", "jobbigt", "jobbiga"))

#: What a hit weighs: a word as it is, one inside a compound, several words that all stand there; a short word less.
_WHOLE, _PART, _PHRASE, _SHORT = 1.0, 0.8, 2.0, 0.6

#: How a word goes on that is still the same.
_ENDINGS = ("a", "an", "ans", "or", "orna", "ar", "arna", "er", "erna", "en", "ens", "et", "ets", "e", "s")

#: What stands in the title says twice as much.
_TITLE = 2.0

#: What weighs less than this part of the best is not proposed beside it.
_BESIDE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A node and why it is proposed: the text's own words, as they stand there. ``weight`` orders proposals."""

    node_id: int
    found: tuple[str, ...]
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """What planners listed, ready to be looked for: phrases by form, by stem, by how compounds with them begin."""

    nodes: Mapping[int, tuple[str, ...]]
    shared: Mapping[str, int]
    by_form: Mapping[str, str]
    by_stem: Mapping[str, str]
    by_start: Mapping[str, tuple[tuple[str, str], ...]]
    several: tuple[tuple[str, frozenset[str]], ...]


def suggest(text: str, nodes: Mapping[int, Iterable[str]], *, title: str = "") -> list[Suggestion]:
    """Return the nodes whose words stand in a text, the most telling first; equals keep their order.

    A word of several nodes tells less of each; one in the title tells more.
    """
    known = _listed(tuple((node_id, tuple(listed)) for node_id, listed in nodes.items()))
    heads = set(words.split(title))
    hits = _hits(_tokens(f"{title}\n{text}"), known)
    found = []
    for node_id, listed in known.nodes.items():
        mine: dict[str, float] = {}
        for phrase in listed:
            if phrase in hits:
                word, weight = hits[phrase]
                told = weight * (_TITLE if word in heads else 1.0) / known.shared[phrase]
                mine[word] = max(mine.get(word, 0.0), told)
        if mine:
            telling = sorted(mine, key=lambda word: -mine[word])
            found.append(Suggestion(node_id=node_id, found=tuple(telling), weight=sum(mine.values())))
    best = max((suggestion.weight for suggestion in found), default=0.0)
    near = [suggestion for suggestion in found if suggestion.weight >= best * _BESIDE]
    return sorted(near, key=lambda suggestion: -suggestion.weight)


@lru_cache(maxsize=32)
def _listed(nodes: tuple[tuple[int, tuple[str, ...]], ...]) -> _Listed:
    wanted = {node_id: tuple(dict.fromkeys(phrase.casefold() for phrase in listed)) for node_id, listed in nodes}
    shared = Counter(phrase for listed in wanted.values() for phrase in listed)
    parts = {phrase: words.split(phrase) for phrase in shared}
    single = {phrase: words.stem(found[0]) for phrase, found in parts.items() if len(found) == 1}
    by_start: dict[str, tuple[tuple[str, str], ...]] = {}
    for phrase, stem in single.items():
        if len(stem) >= _COMPOUND_FROM:
            start = stem[:_COMPOUND_FROM]
            by_start[start] = (*by_start.get(start, ()), (stem, phrase))
    return _Listed(
        nodes=wanted,
        shared=shared,
        by_form={form: phrase for phrase, stem in single.items() for form in _forms(phrase, stem)},
        by_stem={stem: phrase for phrase, stem in single.items()},
        by_start=by_start,
        several=tuple((phrase, frozenset(map(words.stem, found))) for phrase, found in parts.items() if len(found) > 1),
    )


def _tokens(text: str) -> dict[str, str]:
    """Return the words of a text, each once, with their stems."""
    return {word: words.stem(word) for word in dict.fromkeys(words.split(text)) if word not in _FALSE_FRIENDS}


def _hits(tokens: Mapping[str, str], known: _Listed) -> dict[str, tuple[str, float]]:
    """Return which listed phrases a text meets, each with the first word that does and what it weighs."""
    whole: dict[str, tuple[str, float]] = {}
    part: dict[str, tuple[str, float]] = {}
    for word, stem in tokens.items():
        phrase = known.by_form.get(word) or ("" if _other(word, stem) else known.by_stem.get(stem, ""))
        if phrase:
            whole.setdefault(phrase, (word, _SHORT if len(phrase) < _COMPOUND_FROM - 1 else _WHOLE))
            continue  # "högskola" is a word of its own where it is listed: it is no kind of "skola" then
        for phrase in _compounds(word, known):
            part.setdefault(phrase, (word, _PART))
    stems = set(tokens.values())
    several = {phrase: (phrase, _PHRASE) for phrase, wanted in known.several if wanted <= stems}
    return part | whole | several


def _compounds(word: str, known: _Listed) -> Iterator[str]:
    """Yield the listed words that a compound begins or ends with."""
    for stem, phrase in known.by_start.get(word[:_COMPOUND_FROM], ()):
        if word.startswith(stem) and not _other(word, stem):
            yield phrase
    for start in range(_BEFORE, len(word) - _COMPOUND_FROM + 1):
        phrase = known.by_form.get(word[start:], "")
        if phrase:
            yield phrase
            return


def _forms(phrase: str, stem: str) -> tuple[str, ...]:
    """Return a long word with the endings that the stemmer leaves on short ones: "skolan", "skolor"."""
    return (phrase, *(stem + ending for ending in _ENDINGS)) if len(phrase) >= _COMPOUND_FROM else ()


def _other(word: str, stem: str) -> bool:
    """Return whether a word only begins like another."""
    return word.startswith(stem) and word.removeprefix(stem).startswith(_OTHER_WORDS)
