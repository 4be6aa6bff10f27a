"""An address as a QR code, drawn as one path. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import segno

#: White space around the code, in its own squares: readers need it.
_QUIET = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A drawn code: squares a side with the white around it, and the path of the dark ones."""

    size: int
    path: str


def qr_code(text: str) -> Code:
    """Return the code of a text; a quarter of it may be covered or worn and it is still read."""
    made = segno.make_qr(text, error="q", boost_error=False)
    runs = []
    for y, row in enumerate(made.matrix):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                runs.append(f"M{x + _QUIET} {y + _QUIET}h{end - x}v1h-{end - x}z")
            x = end + 1
    return Code(size=len(made.matrix) + 2 * _QUIET, path="".join(runs))
