"""Which nodes of a strategy a story may belong to, by the words that the planner gave them. A proposal, no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from campaign import words

#: Compounds are looked into from this many letters on: "cykel" is found in "cykelväg", "mat" not in "matematik".
_COMPOUND_FROM = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A node and why it is proposed: the text's own words, as they stand there."""

    node_id: int
    found: tuple[str, ...]


def suggest(text: str, nodes: Mapping[int, Iterable[str]]) -> list[Suggestion]:
    """Return the nodes whose words stand in a text, the one with most of them first; equals keep their order."""
    tokens = {word: words.stem(word) for word in dict.fromkeys(words.split(text))}
    found = []
    for node_id, wanted in nodes.items():
        hits = _hits(tokens, wanted)
        if hits:
            found.append(Suggestion(node_id=node_id, found=hits))
    return sorted(found, key=lambda suggestion: -len(suggestion.found))


def _hits(tokens: Mapping[str, str], wanted: Iterable[str]) -> tuple[str, ...]:
    hits: list[str] = []
    for phrase in wanted:
        stems = [words.stem(part) for part in words.split(phrase)]
        if len(stems) > 1:
            if set(stems) <= set(tokens.values()):
                hits.append(phrase)
        elif stems:
            hits += [word for word, stem in tokens.items() if _same(word, stem, stems[0])][:1]
    return tuple(dict.fromkeys(hits))


def _same(word: str, stem: str, wanted: str) -> bool:
    if stem == wanted:
        return True
    # "naturligtvis" says nothing about nature: -lig makes another word, no compound.
    rest = word.removeprefix(wanted)
    return len(wanted) >= _COMPOUND_FROM and rest != word and not rest.startswith("lig")
