"""Which tags a text holds, and whether one of them is the campaign's.

A tag has three forms: ``raw`` as typed, ``key`` (NFKC, casefold) which decides what belongs, and ``fold``
(diacritics dropped) which only builds queries and proposes aliases: å, ä and ö are letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_FOLD = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "đ": "d", "ł": "l", "œ": "oe", "þ": "th", "ð": "d"})

# A tag starts at # where nothing word-like, slash, ampersand or other # stands before it ("x#y", "/#y" and "&#228;"
# are no tags), and takes letters, marks, digits, underscore and the middle dots that Mastodon allows inside.
# \w lacks combining marks, which NFD text and some scripts need. What stands before is looked at after the # has been
# met: the other way round every letter of the text is asked what stands before it, which takes three times as long.
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_INSIDE = rf"[\w{_MARKS}]"
_TAG = re.compile(rf"[#\uff03](?<![\w{_MARKS}/&#\uff03][#\uff03])({_INSIDE}+(?:[\u00b7\u30fb\u200c]{_INSIDE}+)*)")


def key(tag: str) -> str:
    """Return what makes two spellings one tag: without #, NFKC, casefolded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tag).casefold()).strip().lstrip("#")


def fold(tag: str) -> str:
    """Return the key with diacritics dropped ("hallandvaxer"). For queries and proposals, never for matching."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", key(tag)) if not unicodedata.combining(letter))
    return bare.translate(_FOLD)


def find(text: str) -> tuple[str, ...]:
    """Return the raw tags of a plain text in their order, each spelling once, without #.

    A tag of digits and underscores alone ("#1") is none.
    """
    found = (match.group(1) for match in _TAG.finditer(text))
    return tuple(dict.fromkeys(tag for tag in found if any(letter.isalpha() for letter in tag)))


def shown(text: str, tags: Iterable[str], hashtags: Iterable[str] = (), aliases: Iterable[str] = ()) -> tuple[str, ...]:
    """Return a post's tags as readers know them, each once, without #.

    As its text spells them where a network dropped the dots of its list; a campaign's tag as the campaign spells it
    where the post has an alias of it or its fold.
    """
    own = [tag.lstrip("#\uff03") for tag in hashtags]
    keys, folds = {key(tag) for tag in own}, {fold(tag): tag for tag in reversed(own)}
    others = {key(tag) for tag in aliases}
    written = {key(tag): tag for tag in reversed(find(text))}
    unfolded = {fold(tag): tag for at, tag in written.items() if fold(tag) != at}
    found: dict[str, str] = {}
    for tag in tags:
        bare = tag.lstrip("#\uff03")
        at = key(bare)
        if at in keys:
            spelt = written.get(at, bare)
        elif own and (at in others or at in folds):
            spelt = folds.get(fold(bare), own[0])
            spelt = written.get(key(spelt), spelt)
        else:
            spelt = written.get(at) or unfolded.get(at, bare)
        found.setdefault(key(spelt), spelt)
    return tuple(found.values())


def spellings(hashtags: Iterable[str], aliases: Iterable[str] = ()) -> tuple[str, ...]:
    """Return every form a network should be asked for, NFC and without #: keys first, then their folds."""
    keys = list(dict.fromkeys(key(tag) for tag in (*hashtags, *aliases)))
    forms = [*keys, *(fold(tag) for tag in keys)]
    return tuple(dict.fromkeys(unicodedata.normalize("NFC", form) for form in forms))


def belongs(text: str, tags: Iterable[str], hashtags: Iterable[str], aliases: Iterable[str] = ()) -> bool:
    """Return whether a post belongs to a campaign with these hashtags and listed aliases.

    ``tags`` is the network's own list. Keys are compared, never folds: "hallandvaxer" in a list that the network
    folds says nothing about the ä, so it counts only where the visible text holds a matching key or the
    folded form is a listed alias.
    """
    wanted = {key(tag) for tag in (*hashtags, *aliases)}
    visible = {key(tag) for tag in find(text)}
    if visible & wanted:
        return True
    # A folded list cannot hold a key with diacritics: what matches here is the alias itself.
    return bool({key(tag) for tag in tags} & wanted)


def ascii_run(tag: str) -> str:
    """Return the longest ASCII run of a tag's key, lower case ("hallandv"); "" when shorter than three letters.

    A body in an ASCII-compatible encoding that lacks this run in its lower-cased bytes cannot hold the tag
    as text; it may still hold it as character references, so XML and HTML bodies with "&#" must be parsed.
    """
    runs = re.findall(r"[a-z0-9_]+", key(tag))
    longest = max(runs, key=len, default="")
    return longest if len(longest) >= 3 else ""
