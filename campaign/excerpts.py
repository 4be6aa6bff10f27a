"""Where in a text an editor's excerpt stands. Pure: the words are found in the text, never put into it."""

from __future__ import annotations

import re

from campaign.errors import InputError

#: So long an excerpt is at most, in letters: a list has room for no more.
EXCERPT_MAX = 500


def picked_span(text: str, picked: str, at: int) -> tuple[int, int]:
    """Return where words that somebody selected stand in a text, nearest to ``at`` where they stand there twice.

    Spaces and line breaks need not be the same: a browser changes them. InputError ``excerpt``.
    """
    found = [match.span() for match in _words(picked).finditer(text)]
    if not found:
        raise InputError("excerpt", "excerpt_unfound")
    return checked(min(found, key=lambda span: abs(span[0] - at)))


def span_between(text: str, first: str, last: str) -> tuple[int, int]:
    """Return where the excerpt stands that begins with some words and ends with others, capitals or not.

    Without first words it begins where the text does, without last ones it ends where that does; with neither it is
    none. InputError ``first`` or ``last`` for words that do not stand there.
    """
    if not first.strip() and not last.strip():
        raise InputError("first", "excerpt_empty")
    start, after = len(text) - len(text.lstrip()), 0
    if first.strip():
        match = _words(first, folded=True).search(text)
        if match is None:
            raise InputError("first", "excerpt_unfound")
        start, after = match.start(), match.start()
    end = len(text.rstrip())
    if last.strip():
        match = _words(last, folded=True).search(text, after)
        if match is None:
            raise InputError("last", "excerpt_unfound")
        end = match.end()
    return checked((start, end))


def checked(span: tuple[int, int]) -> tuple[int, int]:
    """Return a span that a list has room for. InputError ``excerpt``."""
    if span[1] - span[0] > EXCERPT_MAX:
        raise InputError("excerpt", "excerpt_long", most=EXCERPT_MAX)
    return span


def _words(text: str, *, folded: bool = False) -> re.Pattern[str]:
    """Return what finds words one after the other; no words are found nowhere, more than fit are not looked for."""
    words = [re.escape(word) for word in text.split()]
    if len(words) > EXCERPT_MAX:
        raise InputError("excerpt", "excerpt_long", most=EXCERPT_MAX)
    return re.compile(r"\s+".join(words) if words else r"(?!)", re.IGNORECASE if folded else 0)
