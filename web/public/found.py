"""What a list shows of each hit: its kind, its words with what was looked for marked, when, where it leads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from digest.excerpt import tidy
from storage.archive import Hit
from storage.keys import moment_of
from storage.shelf import Kind
from web.house import Visit
from web.public.cards import Card
from web.public.growth import shown, trees
from web.public.titles import issue_name, title_of_hit

#: Words in pieces; what was looked for is True.
Pieces = list[tuple[str, bool]]
Mark = Callable[[str], Pieces]

_BEFORE, _LONGEST = 70, 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One hit of a list. ``card`` is a story's; ``path`` is below language and campaign.

    ``excerpt`` is empty where nothing more is told. ``name`` is a letter's newsletter and number where its title does
    not say them, and what the strategy calls a node: focus area, goal. ``opens`` and ``goes_on``:
    it begins or ends inside its text.
    """

    kind: str
    path: str
    at: datetime
    card: Card | None
    title: Pieces
    excerpt: Pieces
    opens: bool = False
    goes_on: bool = False
    name: str = ""


def row_of(visit: Visit, hit: Hit, mark: Mark) -> Row:
    """Return a hit as a list shows it."""
    at = moment_of(hit.key)
    if hit.story is None:
        row = _row(visit, hit, at, mark)
    else:
        card = shown(visit, hit.story)
        row = Row(
            kind=hit.kind,
            path=f"/stories/{hit.story.id}",
            at=at,
            card=card,
            title=mark(card.title),
            excerpt=mark(card.excerpt),
            goes_on=card.shortened,
        )
        if card.warned or _is_marked(row):
            return row
        return _around(row, "\n".join(post.text for post in hit.story.posts), mark)
    return row


def _row(visit: Visit, hit: Hit, at: datetime, mark: Mark) -> Row:
    settings, language = visit.house.settings, visit.view.language
    title = title_of_hit(settings, language, hit)
    row = Row(
        kind=hit.kind,
        path=hit.path,
        at=at,
        card=None,
        title=mark(title),
        excerpt=[],
        name=_name(visit, hit),
    )
    around = _around(row, hit.text, mark)
    if around.excerpt or not hit.text.strip():
        return around
    text = " ".join(tidy(hit.text).split())
    return replace(row, excerpt=[(_cut(text, _LONGEST), False)], goes_on=len(text) > _LONGEST)


def _name(visit: Visit, hit: Hit) -> str:
    language = visit.view.language
    if hit.kind is Kind.NODE:
        known = (node for tree in trees(visit.house, visit.campaign.id) for node in tree.nodes)
        node = next((node for node in known if node.id == hit.subject), None)
        return language.t(f"node.kind.{node.kind}") if node else ""
    return issue_name(visit.house.settings, language, hit.path) if hit.title.strip() else ""


def _is_marked(row: Row) -> bool:
    return any(on for _, on in (*row.title, *row.excerpt))


def _around(row: Row, text: str, mark: Mark) -> Row:
    """Return the row with the words around the first hit in a text, as it is where there is none."""
    words = " ".join(tidy(text).split())
    before = 0
    for piece, on in mark(words):
        if on:
            break
        before += len(piece)
    else:
        return row
    start = max(0, before - _BEFORE)
    if start:
        start = words.find(" ", start, before) + 1 or before
    told = _cut(words[start:], _LONGEST)
    return replace(row, excerpt=mark(told), opens=start > 0, goes_on=start + len(told) < len(words))


def _cut(text: str, longest: int) -> str:
    """Return the beginning of a text, cut at a word where one ends there."""
    if len(text) <= longest:
        return text
    found = re.match(rf"(?s)(.{{1,{longest}}})\s", text)
    return (found[1] if found else text[:longest]).rstrip(",.;:–- ")
