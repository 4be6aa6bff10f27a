"""A better spelling for words that find nothing, from words that readers can find: proposed, never searched unasked.

A proposal is a word as it stands in something public now. Words that are always written with a capital are names:
of those only places are proposed, so that nobody is led to a private person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from sqlalchemy import Connection, select

from campaign import hashtags, spelling, words
from campaign.places import register
from campaign.roots import root
from campaign.words import Term
from storage import schema
from storage.matches import Ask, facet_token, facet_values, found
from storage.posts import public
from storage.store import Store
from storage.vocabulary import alike, widened

_SHELF = schema.shelf.c
_POST = schema.post.c
_VERSION = schema.version.c

#: Candidates that are looked up, nearest first, and rows of each in which its spelling is read.
_TRIED, _READ = 12, 8

#: A word stands in so many rows at least, or in one where the archive has no better.
_ROWS = 2

_SPELT = re.compile(r"(?<![#@＃\w.])[^\W\d_]+(?:-[^\W\d_]+)*")

_TAGGED = re.compile(r"[#＃]([^\W\d_]+)")
_CAPITAL = re.compile(r"(?<=[\w,;] )[A-ZÅÄÖ][^\W\d_]+")

#: Letters of a place's name that no person's name begins with by chance.
_PLACE = 6


def propose(store: Store, campaign: str, asked: str) -> str | None:
    """Return what was probably meant by words that find nothing, such that it finds something; None for no better.

    ``asked`` are words as typed. What is in quotes, negated, or finds something by itself stays as it is.
    """
    facets = [(facet_token("campaign", campaign),)]
    with store.read() as connection:
        better = asked
        for term in words.query(asked):
            if not term.typed or term.without or len(term.typed) < spelling.SHORTEST:
                continue
            if found(connection, Ask(terms=widened(connection, [term]), facets=facets), limit=1):
                continue
            spelt = _nearest(connection, term.typed, facets)
            if spelt is None:
                return None
            better = _exchanged(better, term.typed, spelt)
        ask = Ask(terms=widened(connection, words.query(better)), facets=facets)
        return better if better != asked and found(connection, ask, limit=1) else None


def _exchanged(text: str, typed: str, spelt: str) -> str:
    """Return a query with one of its words written otherwise, everything else as it was typed."""
    for match in re.finditer(r"\w+", text):
        if words.split(match[0]) == [typed]:
            return text[: match.start()] + spelt + text[match.end() :]
    return text


def _nearest(connection: Connection, typed: str, facets: Sequence[Sequence[str]]) -> str | None:
    """Return the word nearest to what was typed that stands in something public."""
    own = root(typed)
    candidates: set[str] = set()
    for beginning in spelling.beginnings(own):
        candidates |= set(alike(connection, beginning=beginning))
    for ending in spelling.endings(own):
        candidates |= set(alike(connection, ending=ending))
    candidates |= {root(name) for name in _place_names()}
    tried = []
    for distance, candidate in spelling.nearest(own, candidates)[:_TRIED]:
        keys = found(connection, Ask(terms=[Term(stems=(candidate,))], facets=facets), limit=_READ)
        spelt = _spelt(connection, keys, typed, candidate)
        if spelt:
            tried.append((distance, len(keys) < _ROWS, -len(keys), spelt))
    return min(tried)[-1] if tried else None


def _spelt(connection: Connection, keys: Sequence[int], typed: str, wanted: str) -> str | None:
    """Return how a word is written in the newest of these rows, most like what was typed; None where it is a name that
    is no place's. A tag is a spelling of a word, or a word itself where several rows have it.
    """
    texts = [_text(connection, key) for key in keys]
    found = [word for told in texts for word in _SPELT.findall(told) if _has_root(word, wanted)]
    tagged = [{tag.casefold() for tag in _TAGGED.findall(told) if _has_root(tag, wanted)} for told in texts]
    small = [word for word in found if word == word.lower()]
    several = sum(map(bool, tagged)) >= _ROWS and not any(_is_name(told, wanted) for told in texts)
    if small or several:
        small += [tag for tags in tagged for tag in tags]
        near: str = min(set(small), key=lambda word: (_apart(typed, word), -small.count(word), len(word), word))
        return near
    named = (_place_names().get(word.casefold()) or (word if _is_of_a_place(word) else None) for word in found)
    return next((name for name in named if name), None)


def _has_root(word: str, wanted: str) -> bool:
    forms = {root(part) for part in words.split(word)}
    return wanted in forms or wanted in {hashtags.fold(form) for form in forms}


def _is_name(told: str, wanted: str) -> bool:
    """Return whether a text has a word with a capital where no sentence begins."""
    return any(_has_root(word, wanted) for word in _CAPITAL.findall(told))


def _apart(typed: str, word: str) -> int:
    return spelling.distance(hashtags.fold(typed), hashtags.fold(word), spelling.allowed(typed) + 1)


def _is_of_a_place(word: str) -> bool:
    """Return whether a name begins with a place's: "Laholmsbukten" is no person."""
    bare = word.casefold()
    return any(bare[at] == "s" and bare[:at] in _place_names() for at in range(_PLACE, len(bare) - 4))


def _text(connection: Connection, key: int) -> str:
    """Return what readers may see now of what stands at a key, tags with their # and names of its places included."""
    row = connection.execute(
        select(_SHELF.kind, _SHELF.subject, _SHELF.title, _SHELF.text, _SHELF.facets).where(_SHELF.key == key)
    ).one_or_none()
    if row is None:
        return ""
    if row.kind != "story":
        return f"{row.title}\n{row.text}"
    query = (
        select(_VERSION.title, _VERSION.text, _VERSION.tags)
        .join(schema.post, _POST.approved_version_id == _VERSION.id)
        .where(_POST.story_id == row.subject, public())
    )
    posts = connection.execute(query).all()
    told = [part for post in posts for part in (post.title, post.text, *(f"#{tag.lstrip('#')}" for tag in post.tags))]
    places = (register().find(place) for place in facet_values(row.facets.split())["place"])
    return "\n".join([*told, *(place.name for place in places if place)])


@cache
def _place_names() -> dict[str, str]:
    return {place.name.casefold(): place.name for place in register() if " " not in place.name}
