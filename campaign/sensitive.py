"""What in a text may be a private person's own: a number that names them, a telephone, a home. A hint, never more.

Flags for a second pair of eyes are ``campaign.flags``; this says which words a person should look at first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from campaign.flags import has_number

#: A Swedish mobile telephone, as people write it; the numbers of offices begin otherwise.
_PHONE = re.compile(r"(?<![\d+])(?:\+46[ -]?|0046[ -]?|0)7[02369](?:[ -]?\d){7}(?!\d)")

#: An address of a street with a number, behind words that say that somebody lives there.
_HOME = re.compile(
    r"\b(?:bor på|bor i|hemma på|hemma hos oss på|hemadress:?|min adress:?|adressen hem:?|lives? at|home address:?)\s+"
    r"((?:[A-ZÅÄÖ][\wåäöé]*\s){0,2}[A-ZÅÄÖa-zåäö][\wåäöé]*(?:gatan|vägen|gränd|stigen|torget|backen|allén|street|road)"
    r"\s\d{1,3}\s?[A-Za-z]?)\b"
)

#: So many of each are told.
_MOST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Private:
    """What may be a private person's. ``why`` is "number" (never repeated), "phone" or "home"; ``words`` the text's."""

    why: str
    words: str = ""


def sensitive(text: str) -> list[Private]:
    """Return what in a text looks like a personal identity number, a private telephone or somebody's home."""
    found = [Private(why="number")] if has_number(text) else []
    for why, pattern in (("phone", _PHONE), ("home", _HOME)):
        matches = dict.fromkeys((match[1] if match.re.groups else match[0]).strip() for match in pattern.finditer(text))
        found += [Private(why=why, words=words) for words in list(matches)[:_MOST]]
    return found
