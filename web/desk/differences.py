"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Beyond so many words a text is compared line by line: word by word would take seconds.
_MOST_WORDS = 3_000

#: So many pairs of equal words, or lines, are weighed at most: a text of one sign only would take minutes.
_MOST_PAIRS = 300_000

_WORD = re.compile(r"\s+|[\w#@]+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text: ``how`` is "same", "gone" or "new"."""

    how: str
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """Return both texts as one: what stayed, what went and what came, in reading order."""
    cuts = (_WORD, _LINE) if max(len(before), len(after)) < _MOST_WORDS * 6 else (_LINE,)
    for cut in cuts:
        found = _compared(cut.findall(before), cut.findall(after))
        if found is not None:
            return _joined(found)
    return [Piece(how=how, text=text) for how, text in (("gone", before), ("new", after)) if text]


def _compared(old: list[str], new: list[str]) -> list[Piece] | None:
    """Return what became of the parts of a text, None where too many of them are alike to be compared in time."""
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    old_end, new_end = len(old) - end, len(new) - end
    inner, other = old[start:old_end], new[start:new_end]
    pieces = [Piece(how="same", text="".join(old[:start]))] if start else []
    matcher = _matcher(inner, other)
    if matcher is None:
        return None
    for how, i, j, k, m in matcher.get_opcodes():
        if how == "equal":
            pieces.append(Piece(how="same", text="".join(inner[i:j])))
            continue
        pieces += [Piece(how="gone", text="".join(inner[i:j]))] if j > i else []
        pieces += [Piece(how="new", text="".join(other[k:m]))] if m > k else []
    return [*pieces, Piece(how="same", text="".join(old[old_end:]))] if end else pieces


def _matcher(old: list[str], new: list[str]) -> SequenceMatcher[str] | None:
    """Return what compares two lists, the commonest parts as others where they may, else passed over; else None."""
    ours, theirs = Counter(old), Counter(new)
    if sum(times * theirs[part] for part, times in ours.items()) <= _MOST_PAIRS:
        return SequenceMatcher(None, old, new, autojunk=False)
    # As difflib does it: of 200 parts or more those that make up over a hundredth begin no match.
    rare = len(new) // 100 + 1 if len(new) >= 200 else len(new)
    if sum(times * theirs[part] for part, times in ours.items() if theirs[part] <= rare) <= _MOST_PAIRS:
        return SequenceMatcher(None, old, new, autojunk=True)
    return None


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """Return with how many equal parts two lists begin."""
    return next(
        (at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with a lone blank between two changes taken into them, so that phrases are read whole."""
    found: list[Piece] = []
    held: dict[str, str] = {"gone": "", "new": ""}

    def put() -> None:
        found.extend(Piece(how=how, text=text) for how, text in held.items() if text)
        held.update(gone="", new="")

    for number, piece in enumerate(pieces):
        between = 0 < number < len(pieces) - 1 and any(held.values())
        if piece.how == "same" and not (piece.text.isspace() and between):
            put()
            found.append(piece)
        elif piece.how == "same":
            held["gone"] += piece.text
            held["new"] += piece.text
        else:
            held[piece.how] += piece.text
    put()
    return found
