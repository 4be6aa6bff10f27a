"""What rules made of a card's posts: in words, and as proposals beside the strategy's and the texts' own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from campaign.mentions import Mention
from campaign.places import Offer
from campaign.rules import MET, Effect
from storage.rules import HitRecord
from web.desk.place_cards import PlaceRow, as_place
from web.desk.rule_words import RuleWords


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """One rule that met a story: what it did, why, and why it did no more (``held``)."""

    rule_id: int
    name: str
    did: str
    why: str
    held: str
    undone: bool


def rule_lines(hits: Iterable[HitRecord], words: RuleWords) -> list[RuleLine]:
    """Return what rules did with a story, each rule once, those that acted first."""
    found: dict[int, RuleLine] = {}
    for hit in sorted(hits, key=lambda hit: hit.did == MET):
        if hit.rule.id not in found:
            found[hit.rule.id] = RuleLine(
                rule_id=hit.rule.id,
                name=hit.rule.name,
                did=words.language.t(f"rules.did.{hit.did}", target=words.target(hit.rule)),
                why=words.why(hit.why),
                held=words.held(hit.why),
                undone=hit.undone,
            )
    return list(found.values())


def suggested_nodes(hits: Iterable[HitRecord]) -> Mapping[int, str]:
    """Return the nodes that rules suggest, with the name of the first rule that does."""
    found: dict[int, str] = {}
    for hit in hits:
        if hit.did == Effect.SUGGEST and hit.rule.facts.get("node"):
            found.setdefault(int(hit.rule.facts["node"]), hit.rule.name)
    return found


def with_suggested(row: PlaceRow, hits: Sequence[HitRecord], known: Offer) -> PlaceRow:
    """Return a card's places with those that rules suggest among the proposed ones."""
    standing = {place.id for place in row.attached} | {each.place.id for each in row.proposed}
    added: dict[str, Mention] = {}
    for hit in hits:
        place_id = str(hit.rule.facts.get("place") or "")
        if hit.did == Effect.SUGGEST and place_id and place_id not in standing:
            place = as_place(known, place_id)
            added.setdefault(place_id, Mention(place=place, why="rule", words=hit.rule.name, weight=0))
    return replace(row, proposed=(*row.proposed, *added.values()))
