"""Marks in a drawn letter where a reader's own values go and around what only some get, so that it can be cut there.

A mark holds a hash of the whole letter: no text in the letter can hold its own hash, so that nobody who is quoted can
write one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from markupsafe import Markup

from digest.letter import Letter

#: For every reader.
ALL = 0
#: For those who chose areas: the line that says so.
CHOSEN = -1
#: For those who chose areas of which this letter tells nothing.
QUIET = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a part. ``area`` is the focus area's node whose choosers get it, or one of the numbers above."""

    text: str
    area: int = ALL


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one letter."""

    key: str

    @property
    def names(self) -> str:
        """Stands where the names of the chosen areas go."""
        return f"[areas {self.key}]"

    @property
    def leave(self) -> str:
        """Stands where the address goes by which a reader leaves the list: theirs alone."""
        return f"https://leave.invalid/{self.key}"

    def begin(self, area: int) -> Markup:
        """Return what stands before a piece; nothing for what every reader gets."""
        return Markup(f"<!--[{self.key} {area}]-->") if area else Markup()  # noqa: S704 - two values of ours

    def end(self, area: int) -> Markup:
        """Return what stands after it."""
        return Markup(f"<!--[{self.key} /]-->") if area else Markup()  # noqa: S704 - a value of ours

    def cut(self, drawn: str) -> tuple[Piece, ...]:
        """Return a drawn part as pieces without marks, empty ones left out."""
        pieces: list[Piece] = []
        area = ALL
        for number, found in enumerate(re.split(rf"<!--\[{self.key} (-?\d+|/)\]-->", drawn)):
            if number % 2:
                area = ALL if found == "/" else int(found)
            elif found:
                pieces.append(Piece(text=found, area=area))
        return tuple(pieces)

    def lines(self, drawn: str) -> tuple[Piece, ...]:
        """Return a drawn plain text as pieces of whole lines, with no more than two empty lines between any two."""
        pieces: list[Piece] = []
        for piece in self.cut(drawn):
            body = re.sub(r"\n{4,}", "\n\n\n", piece.text).rstrip()
            if body.strip():
                before = len(body) - len(body.lstrip("\n")) if pieces else 0
                pieces.append(Piece(text="\n" * min(before, 2) + body.lstrip("\n") + "\n", area=piece.area))
        return tuple(pieces)


def marks_of(letter: Letter) -> Marks:
    """Return the marks of a letter, the same whenever it is drawn."""
    return Marks(hashlib.sha256(repr(letter).encode("utf-8", "surrogatepass")).hexdigest()[:24])


def for_everybody(pieces: tuple[Piece, ...]) -> str:
    """Return a part as those who chose nothing get it."""
    return "".join(piece.text for piece in pieces if piece.area >= ALL)
