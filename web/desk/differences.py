"""What changed between two texts, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Beyond so many words a text is compared line by line: word by word would take seconds.
_MOST_WORDS = 3_000

_WORD = re.compile(r"\s+|[\w#@]+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text: ``how`` is "same", "gone" or "new"."""

    how: str
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """Return both texts as one: what stayed, what went and what came, in reading order."""
    cut = _WORD if max(len(before), len(after)) < _MOST_WORDS * 6 else _LINE
    old, new = cut.findall(before), cut.findall(after)
    pieces: list[Piece] = []
    for how, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            pieces.append(Piece(how="same", text="".join(old[i:j])))
            continue
        pieces += [Piece(how="gone", text="".join(old[i:j]))] if j > i else []
        pieces += [Piece(how="new", text="".join(new[k:m]))] if m > k else []
    return _joined(pieces)


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
