"""What of a post is compared with others, and the buckets in which posts that are alike find each other. Pure.

A post is reduced to the words that a person would compare (without mentions, links, closing hashtags and signs), its
links, who tells it, what its pictures look like. ``campaign.alike`` compares two posts.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from rensa import RMinHash

from campaign.hashtags import fold
from campaign.links import canonical, is_page, outward

#: So many letters of a text are looked at.
_LETTERS = 800

#: The signatures: of the whole text and of its first words, since a copy may be cut short. Each band of three is a
#: bucket: of texts of which 0.8 of the pairs of words are equal 99 in 100 share one, of which 0.3 are 17.
_WHOLE, _HEAD, _ROWS = 4, 3, 3
_HEAD_WORDS = 16

_LINK = re.compile(r"https?://|www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}/", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_OPENING = "([{<\"'”»„“*_–-→👉"
_ELLIPSES = ("…", "...")
_MORE = ("läs mer", "läs hela", "läs artikeln", "läs vidare", "mer info", "mer information", "read more", "länk i bio")

#: So many words at the end are searched for the mark of a cut or an invitation to read on.
_TAIL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What of a post is compared. ``account`` names who posts within its network, ``names`` who that is anywhere."""

    network: str
    account: str
    names: frozenset[str]
    words: tuple[str, ...]
    written: tuple[str, ...]
    title: tuple[str, ...]
    cut: bool
    own: str
    outside: tuple[str, ...]
    at: datetime
    looks: tuple[int, ...] = ()

    @property
    def is_article(self) -> bool:
        """Whether it has a title of its own, as what stands on a web page has."""
        return bool(self.title)


def traits(
    *,
    network: str,
    account: str,
    at: datetime,
    title: str = "",
    text: str = "",
    html: str = "",
    url: str = "",
    author_name: str = "",
    author_handle: str = "",
    looks: Iterable[int] = (),
) -> Traits:
    """Return what of a post is compared. ``account`` is the source of what comes by feeds, else "" for the handle."""
    head = _plain(title)
    body = _plain(text[:_LETTERS])
    is_cut = len(text) > _LETTERS
    if not is_cut:
        body, is_cut = _without_end(body)
    written = tuple(_WORD.findall(" ".join(body)))
    words = tuple(word.casefold() for word in written)
    named = tuple(_WORD.findall(" ".join(head)))
    heading = tuple(word.casefold() for word in named)
    if words[: len(heading)] != heading:
        written, words = named + written, heading + words
    return Traits(
        network=network,
        account=account or fold(author_handle or author_name),
        names=_names(author_name, author_handle),
        words=words,
        written=written,
        title=heading,
        cut=is_cut,
        own=canonical(url),
        outside=() if heading else outward(text, html),
        at=at,
        looks=tuple(looks),
    )


def _plain(text: str) -> list[str]:
    """Return a text in pieces, without what differs from network to network: links, mentions, closing hashtags."""
    pieces = [
        piece
        for piece in (text if text.isascii() else unicodedata.normalize("NFKC", text)).split()
        if not (("@" in piece or "/" in piece or "." in piece) and _is_address(piece.lstrip(_OPENING)))
    ]
    if pieces and pieces[0] == "RT":
        del pieces[0]
    while pieces and (pieces[-1].startswith("#") or not _WORD.search(pieces[-1])):
        if pieces[-1] in _ELLIPSES:
            break
        pieces.pop()
    return pieces


def _is_address(piece: str) -> bool:
    return piece.startswith("@") or _LINK.match(piece) is not None


def _without_end(pieces: list[str]) -> tuple[list[str], bool]:
    """Return pieces without the mark of a cut and the word before it, or an invitation to read on; was it cut?"""
    start = max(0, len(pieces) - _TAIL)
    for at in range(start, len(pieces)):
        is_last = at == len(pieces) - 1 or pieces[at + 1].startswith(("[", "("))
        if pieces[at].endswith(_ELLIPSES) and is_last:
            return pieces[:at], True
    for at in range(start, len(pieces)):
        if " ".join(pieces[at : at + 2]).casefold().lstrip(_OPENING).startswith(_MORE):
            return pieces[:at], False
    return pieces, False


@lru_cache(maxsize=4_096)
def _names(name: str, handle: str) -> frozenset[str]:
    """Return the ways in which an account may be called elsewhere, squeezed: "regionhalland" for @RegionHalland."""
    local = handle.strip().lstrip("@").split("@")[0]
    parts = local.split(".")
    found = {"".join(_WORD.findall(fold(each))) for each in (name, local, parts[0])}
    return frozenset(each for each in found if len(each) >= 2)


def buckets(it: Traits, *, within: str = "") -> list[int]:
    """Return the buckets of a post, each of 63 bits; posts that are alike share at least one, almost surely.

    Posts share none with those of another campaign than ``within``.
    """
    names = [f"link {link}" for link in dict.fromkeys((it.own, *it.outside)) if is_page(link)]
    if len(it.words) >= 2:
        names.append(f"text {' '.join(it.words)}")
        heading = it.title if len(it.title) >= 4 else it.words if 4 <= len(it.words) <= _HEAD_WORDS else ()
        names += [f"title {' '.join(heading)}"] if heading else []
        pairs = [f"{one} {two}" for one, two in pairwise(it.words)]
        names += _bands("whole", pairs, _WHOLE)
        names += _bands("head", pairs[:_HEAD_WORDS], _HEAD)
    return [_bucket(within, name) for name in names] + look_buckets(it.looks, within=within)


def look_buckets(looks: Iterable[int], *, within: str = "") -> list[int]:
    """Return the buckets of pictures, eight each; those that differ in seven bits still share one."""
    names = [f"look {part} {look >> 16 * part & 0xFFFF}" for look in looks for part in range(8)]
    return [_bucket(within, name) for name in dict.fromkeys(names)]


def _bands(kind: str, pieces: list[str], count: int) -> list[str]:
    signature = RMinHash(num_perm=count * _ROWS, seed=1)
    signature.update(pieces)
    digest = signature.digest()
    version = RMinHash.ALGORITHM_VERSION
    return [f"{kind} {version} {at} {digest[at : at + _ROWS]}" for at in range(0, count * _ROWS, _ROWS)]


def _bucket(within: str, name: str) -> int:
    made = hashlib.blake2b(f"{within} {name}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(made) >> 1
