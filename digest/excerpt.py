"""Cuts a foreign text to a letter's measure without changing a word of it. Pure.

What is left out is always marked with "…"; hashtags that only stand at the end are kept apart, so that a quote reads
like one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

ELLIPSIS = "…"
#: Stands where an editor left something out.
LEFT_OUT = "[…]"

_TITLE_MAX = 90
_TITLE_MIN = 12
#: A clause that ends before this says too little to stand as a title; a whole word near the end says more.
_CLAUSE_MIN = 50

# Not a sentence's end although a full stop stands there.
_SHORT = frozenset(
    [
        "t.ex.",
        "bl.a.",
        "m.m.",
        "m.fl.",
        "osv.",
        "o.s.v.",
        "dvs.",
        "d.v.s.",
        "s.k.",
        "f.d.",
        "fr.o.m.",
        "t.o.m.",
        "kl.",
        "ca.",
        "nr.",
        "st.",
        "tel.",
        "jfr.",
        "resp.",
        "inkl.",
        "dr.",
        "e.g.",
        "i.e.",
        "etc.",
        "mr.",
        "mrs.",
        "no.",
        "vs.",
    ]
)
_END = re.compile(r"[.!?…]+[\"”»’)\]]*(?=\s|$)")
_TAG = re.compile(r"[#＃][\w·]+[,.]?")
_CLAUSE = re.compile(r"[,;:]\s|\s[–—-]\s")
# Invisible letters that could turn the reading direction of what stands around the quote, and control characters.
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A text as a letter shows it. ``opened`` and ``shortened``: the text goes on before, or after, what is shown."""

    title: str
    text: str
    opened: bool = False
    shortened: bool = False
    tags: str = ""


def tidy(text: str) -> str:
    """Return a foreign text with one kind of line break and without control characters and direction marks."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    plain = plain.replace("\u2028", "\n").replace("\u2029", "\n\n").replace("\u00ad", "")
    kept = _UNSEEN.sub("", plain)
    lines = [" ".join(line.split()) for line in kept.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def cut(title: str, text: str, limit: int) -> Cut:
    """Return title and text of at most about ``limit`` letters.

    A post without a title lends its first sentence; where that is too long for one it is broken at a clause, and the
    text goes on where the title ended. Hashtags at the very end are given apart, unless the cut took them.
    """
    title, body = " ".join(tidy(title).split()), tidy(text)
    body, tags = _without_last_tags(body)
    opened = False
    if title:
        body = body.removeprefix(title).lstrip(" \n.:–—-") if body.startswith(title) else body
    elif body:
        title, body, opened = _first_words(body)
    else:
        title, tags = tags, ""
    shown = shorten(body, limit)
    whole = shown == body
    return Cut(title=title, text=shown, opened=opened, shortened=not whole, tags=tags if whole else "")


def marked(title: str, text: str, start: int, end: int) -> Cut:
    """Return title and the words that an editor marked in a text, unaltered, with "[…]" where others were left out.

    A post without a title lends the first of these words, as ``cut`` does.
    """
    title, words, opened = " ".join(tidy(title).split()), tidy(text[start:end]), False
    before, after = (LEFT_OUT if tidy(rest) else "" for rest in (text[:start], text[end:]))
    if not title:
        title, words, opened = _first_words(words)
        title = f"{before} {title}".lstrip()
        before = ""
        if not words:
            return Cut(title=f"{title} {after}".rstrip(), text="", opened=opened)
    return Cut(title=title, text=f"{before} {words} {after}".strip(), opened=opened)


def _without_last_tags(text: str) -> tuple[str, str]:
    at = len(text)
    while at:
        start = max(text.rfind(" ", 0, at), text.rfind("\n", 0, at)) + 1
        if not _TAG.fullmatch(text[start:at]):
            break
        at = len(text[:start].rstrip())
    tags = text[at:].split()
    before = text[:at]
    # A sentence may end in a tag that is one of its words ("… i #halmstad"): only tags after an end stand apart.
    if not tags or (before and before[-1].isalnum() and not text[at:].startswith("\n")):
        return text, ""
    return before, " ".join(tags)


def _first_words(text: str) -> tuple[str, str, bool]:
    """Split a text into what can serve as its title and what follows; the flag says that a sentence was broken."""
    end = _first_sentence_end(text)
    if end <= _TITLE_MAX:
        return " ".join(text[:end].split()), text[end:].lstrip(), False
    head = text[:_TITLE_MAX]
    clauses = [match.start() + 1 for match in _CLAUSE.finditer(head) if match.start() >= _CLAUSE_MIN]
    at = clauses[-1] if clauses else head.rfind(" ", _TITLE_MIN)
    if at < _TITLE_MIN:
        at = _safe_end(text, _TITLE_MAX)
    return " ".join(text[:at].rstrip(" ,;:–—-").split()), text[at:].lstrip(" ,;:–—-"), True


def _first_sentence_end(text: str) -> int:
    line = text.find("\n")
    line = len(text) if line < _TITLE_MIN else line
    for match in _END.finditer(text[:line]):
        word = text[: match.end()].rsplit(maxsplit=1)[-1].lower().lstrip('("”»')
        follows = text[match.end() :].lstrip()[:1]
        if match.end() >= _TITLE_MIN and word not in _SHORT and not follows.islower():
            return match.end()
    return line


def shorten(text: str, limit: int) -> str:
    """Return the text, or its beginning: up to a sentence's end near the limit, else to the last whole word."""
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    ends = [match.end() for match in _END.finditer(head) if match.end() <= limit]
    if ends and ends[-1] >= limit * 0.6:
        return head[: ends[-1]].rstrip()
    breaks = [match.start() for match in re.finditer(r"\s", head)]
    at = breaks[-1] if breaks and breaks[-1] >= limit * 0.4 else _safe_end(text, limit)
    return text[:at].rstrip(" \n,;:–—-")


def _safe_end(text: str, at: int) -> int:
    """Return a place at or before ``at`` that splits no letter from its marks and no joined emoji."""
    while at > 1 and (
        unicodedata.combining(text[at])
        or text[at] in "\u200d\ufe0e\ufe0f"
        or text[at - 1] == "\u200d"
        or 0x1F3FB <= ord(text[at]) <= 0x1F3FF
        or 0x1F1E6 <= ord(text[at]) <= 0x1F1FF
    ):
        at -= 1
    return at
