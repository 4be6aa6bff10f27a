"""What the desk does by itself with a post that comes in: rules people made, judged here without any database.

A rule has conditions, which must all hold, and one effect. What several rules say of one post is settled so:

1. What a person has decided about the post stands; no rule touches it.
2. Hiding goes before putting off, that before publishing, that before proposing to approve.
3. Of rules that say the same, the first in order is the one that acts. First and last in the queue are one question,
   answered by the first rule that asks it. Suggestions of a place in the strategy all stand.

A rule publishes only what comes from a channel of one's own that a person has said they trust, and only where nothing
speaks against it (``Outcome.held``); else it proposes the approval and says why.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from campaign import rule_words
from campaign.rule_words import Near, Text

#: So many words, or authors, one rule may have.
MOST_ENTRIES = 1000

#: So many letters a rule's name may have.
NAME_MAX = 80

#: What is counted of one author: as many posts in so many hours.
CAP_HOURS = 24


class Effect(StrEnum):
    """What a rule does with a post that it meets."""

    FIRST = "first"
    LAST = "last"
    SUGGEST = "suggest"
    PROPOSE = "propose"
    LATER = "later"
    HIDE = "hide"
    PUBLISH = "publish"


#: The effects that decide about a post, the one that goes before all others first.
DECIDING = (Effect.HIDE, Effect.LATER, Effect.PUBLISH, Effect.PROPOSE)

#: What the effects that are settled away leave behind: the rule was met, another one acted.
MET = "met"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Somebody as a rule names them. With "@" the handle alone is meant; ``network`` "" means any."""

    name: str
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What must hold, all of it; of a list any one. Empty fields ask nothing.

    ``words`` are entries of ``campaign.rule_words``; ``without`` must not stand there. ``reply``, ``repost`` and
    ``media`` are None where it does not matter. ``more_than`` is how many posts of one author within a day are let
    be before the rule takes the next ones, 0 for no such limit. ``own`` asks for a channel of one's own.
    """

    sources: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    authors: tuple[Author, ...] = ()
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    reply: bool | None = None
    repost: bool | None = None
    media: bool | None = None
    more_than: int = 0
    own: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it would take every post. Words that must not stand there alone are no condition either."""
        asked = (self.sources, self.networks, self.authors, self.words, self.languages, self.more_than, self.own)
        return not any(asked) and self.reply is self.repost is self.media is None

    def as_data(self) -> dict[str, Any]:
        """Return what is stored: JSON, without the fields that ask nothing."""
        return _told(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Conditions:
        """Return the conditions that were stored."""
        made: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        if "authors" in made:
            made["authors"] = tuple(Author(**author) for author in made["authors"])
        return cls(**made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule in force. Rules are given to ``judge`` in their order. ``facts`` holds what an effect is about."""

    id: int
    name: str
    conditions: Conditions
    effect: Effect
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a rule may know of a post. ``that_day`` counts its author's posts of the last 24 hours, this one too.

    ``own`` and ``trusted`` are about its source; ``against`` names what speaks against publishing without a person
    (flagged, may_flag, sensitive, edited, among_others); ``decided`` says that a person has decided about the post.
    """

    text: str
    tags: tuple[str, ...] = ()
    source: str = ""
    network: str = ""
    author_name: str = ""
    author_handle: str = ""
    language: str | None = None
    reply: bool = False
    pictures: int = 0
    that_day: int = 1
    own: bool = False
    trusted: bool = False
    against: tuple[str, ...] = ()
    decided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What a rule saw in a post: for each condition that the rule has, what met it. Data, to be said in any language.

    ``held`` names why a rule that would publish only proposes.
    """

    source: str = ""
    network: str = ""
    author: str = ""
    words: tuple[str, ...] = ()
    language: str = ""
    reply: bool | None = None
    repost: bool | None = None
    media: bool | None = None
    count: int = 0
    own: bool = False
    held: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return what is stored: JSON, without what the rule did not ask."""
        return _told(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Why:
        """Return what was stored."""
        return cls(**_read_back(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A rule that a post met. ``did`` is its effect, PROPOSE where it may not publish, ``MET`` where another acted."""

    rule: Rule
    did: str
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What rules say of a post. ``hits`` stand in the order of the rules; ``rank`` is 1 first, -1 last, 0 by time."""

    hits: tuple[Hit, ...] = ()
    rank: int = 0

    @property
    def decision(self) -> Hit | None:
        """The rule that hides, puts off or publishes; None where none does."""
        acting = (Effect.HIDE, Effect.LATER, Effect.PUBLISH)
        return next((hit for hit in self.hits if hit.did in acting), None)


def judge(rules: Sequence[Rule], facts: Facts) -> Outcome:
    """Return what rules, in their order, do with a post."""
    if facts.decided or not rules:
        return Outcome()
    text = rule_words.read(facts.text, facts.tags)
    met = [(rule, why) for rule in rules if (why := _meets(rule.conditions, facts, text)) is not None]
    hits = [_hit(rule, why, facts) for rule, why in met]
    return _settled(hits)


def meets(conditions: Conditions, facts: Facts) -> Why | None:
    """Return what met each condition, None where one does not hold."""
    return _meets(conditions, facts, rule_words.read(facts.text, facts.tags))


def nearly(conditions: Conditions, facts: Facts) -> tuple[Near, ...]:
    """Return the words for which a post was nearly met: all but its words hold, and those stand inside longer ones."""
    if not conditions.words or _around(conditions, facts) is None:
        return ()
    text = rule_words.read(facts.text, facts.tags)
    is_met = rule_words.found(conditions.words, text) or rule_words.found(conditions.without, text)
    return () if is_met else rule_words.near(conditions.words, text)


def author_key(name: str) -> str:
    """Return what makes two names of authors one: NFKC, casefolded, without "@". Letters that look alike differ."""
    return unicodedata.normalize("NFKC", rule_words.visible(name)).casefold().strip().lstrip("@").strip()


def is_repost(text: str) -> bool:
    """Return whether a text says of itself that it repeats another's."""
    return text.lstrip().startswith("RT @")


def put_off_until(rule: Rule, now: datetime) -> datetime | None:
    """Return when a post that a rule puts off comes back; None for no day."""
    days = int(rule.facts.get("days") or 0)
    return None if not days else now + timedelta(days=days)


def _hit(rule: Rule, why: Why, facts: Facts) -> Hit:
    if rule.effect is not Effect.PUBLISH:
        return Hit(rule=rule, did=rule.effect, why=why)
    held = (*_untrusted(facts), *facts.against)
    if not held:
        return Hit(rule=rule, did=Effect.PUBLISH, why=why)
    return Hit(rule=rule, did=Effect.PROPOSE, why=replace(why, held=held))


def _settled(hits: Sequence[Hit]) -> Outcome:
    deciding = [hit for effect in DECIDING for hit in hits if hit.did == effect][:1]
    ranking = [hit for hit in hits if hit.did in (Effect.FIRST, Effect.LAST)][:1]
    stands = [*deciding, *ranking, *(hit for hit in hits if hit.did == Effect.SUGGEST)]
    told = tuple(hit if hit in stands else Hit(rule=hit.rule, did=MET, why=hit.why) for hit in hits)
    rank = {Effect.FIRST.value: 1, Effect.LAST.value: -1}[str(ranking[0].did)] if ranking else 0
    return Outcome(hits=told, rank=rank)


def _untrusted(facts: Facts) -> tuple[str, ...]:
    """Return what keeps a source's posts from being published by a rule, () where nothing does."""
    if not facts.own:
        return ("not_own",)
    return () if facts.trusted else ("not_trusted",)


def _meets(conditions: Conditions, facts: Facts, text: Text) -> Why | None:
    around = _around(conditions, facts)
    if around is None or conditions.is_empty:
        return None
    if rule_words.found(conditions.without, text):
        return None
    words = rule_words.found(conditions.words, text)
    if conditions.words and not words:
        return None
    return replace(around, words=words)


def _around(conditions: Conditions, facts: Facts) -> Why | None:
    """Return what met the conditions beside the words, None where one does not hold."""
    language = (facts.language or "").lower().partition("-")[0]
    author = _author(conditions, facts) if conditions.authors else ""
    holds = (
        not conditions.sources or facts.source in conditions.sources,
        not conditions.networks or facts.network in conditions.networks,
        author is not None,
        not conditions.languages or language in conditions.languages,
        conditions.reply is None or conditions.reply is facts.reply,
        conditions.repost is None or conditions.repost is is_repost(facts.text),
        conditions.media is None or conditions.media is (facts.pictures > 0),
        not conditions.more_than or facts.that_day > conditions.more_than,
        not conditions.own or facts.own,
    )
    if not all(holds):
        return None
    return Why(
        source=facts.source if conditions.sources else "",
        network=facts.network if conditions.networks else "",
        author=author or "",
        language=language if conditions.languages else "",
        reply=conditions.reply,
        repost=conditions.repost,
        media=conditions.media,
        count=facts.that_day if conditions.more_than else 0,
        own=conditions.own,
    )


def _author(conditions: Conditions, facts: Facts) -> str | None:
    """Return the name of the post's author that a rule holds, as the post has it; None for somebody else."""
    handle, name = author_key(facts.author_handle), author_key(facts.author_name)
    for author in conditions.authors:
        key = author_key(author.name)
        if not key or author.network not in ("", facts.network):
            continue
        if key == handle:
            return f"@{facts.author_handle.lstrip('@')}"
        if key == name and not author.name.strip().startswith("@"):
            return facts.author_name
    return None


def _told(record: Conditions | Why) -> dict[str, Any]:
    """Return the fields of a record that say something, as JSON."""
    kept = {name: value for name, value in asdict(record).items() if value not in ((), None, "") and value != 0}
    kept |= {name: False for name in ("reply", "repost", "media") if getattr(record, name) is False}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


def _read_back(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
