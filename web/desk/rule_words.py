"""Rules and what they saw, in plain sentences of either language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaign.language import Language
from campaign.rules import Author, Effect, Rule, Why
from web.rendering import language_name, network_name

#: So many words, names or sources a sentence lists; of the others it tells how many.
_LISTED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWords:
    """Says rules in one language. ``sources`` and ``nodes`` are what ids are called, ``places`` those of places."""

    language: Language
    sources: Mapping[str, str]
    nodes: Mapping[int, str]
    places: Mapping[str, str]

    def rule(self, rule: Rule) -> str:
        """Return what a rule does and with which posts, as one sentence."""
        days = int(rule.facts.get("days") or 0)
        key = "rules.says.later_days" if rule.effect is Effect.LATER and days else f"rules.says.{rule.effect}"
        about = " ".join(self._clauses(rule))
        return self.language.t(key, about=about, target=self.target(rule), count=days)

    def target(self, rule: Rule) -> str:
        """Return what a rule suggests, "" for one that suggests nothing."""
        if rule.effect is not Effect.SUGGEST:
            return ""
        node, place = rule.facts.get("node"), str(rule.facts.get("place") or "")
        if node is not None:
            return self.nodes.get(int(node)) or self.language.t("desk.node.ended")
        return self.places.get(place, place)

    def why(self, why: Why) -> str:
        """Return what a rule saw in a post, "" where it asked nothing that can be told."""
        t = self.language.t
        told = [
            t("rules.why.words", count=len(why.words), words=self._quoted(why.words)) if why.words else "",
            t("rules.why.author", author=why.author) if why.author else "",
            t("rules.why.network", network=network_name(self.language)(why.network)) if why.network else "",
            t("rules.why.source", source=self.sources.get(why.source, why.source)) if why.source else "",
            t("rules.why.language", language=self._language(why.language)) if why.language else "",
            *(
                t(f"rules.why.{name}.{'yes' if value else 'no'}")
                for name, value in (("reply", why.reply), ("repost", why.repost), ("media", why.media))
                if value is not None
            ),
            t("rules.why.count", count=why.count) if why.count else "",
            t("rules.why.own") if why.own else "",
        ]
        return ", ".join(part for part in told if part)

    def held(self, why: Why) -> str:
        """Return why a rule that would publish only proposes, "" where it may."""
        if not why.held:
            return ""
        reasons = [self.language.t(f"rules.held.{name}") for name in why.held]
        return self.language.t("rules.held_for", reasons=self._and(reasons))

    def _clauses(self, rule: Rule) -> list[str]:
        """Return the parts of a sentence that say which posts a rule means, in the order of a sentence."""
        t, asked = self.language.t, rule.conditions
        name = network_name(self.language)
        parts = [
            (asked.authors, "authors", [self._author(author) for author in asked.authors]),
            (asked.networks, "networks", [name(network) for network in asked.networks]),
            (asked.sources, "sources", [self.sources.get(source, source) for source in asked.sources]),
            (asked.words, "words", [self._quote(entry) for entry in asked.words]),
            (asked.without, "without", [self._quote(entry) for entry in asked.without]),
            (asked.languages, "languages", [self._language(code) for code in asked.languages]),
        ]
        clauses = [t(f"rules.clause.{key}", names=self._or(names)) for asks, key, names in parts if asks]
        for key, value in (("reply", asked.reply), ("repost", asked.repost), ("media", asked.media)):
            if value is not None:
                clauses.append(t(f"rules.clause.{key}.{'yes' if value else 'no'}"))
        if asked.own:
            clauses.append(t("rules.clause.own"))
        if asked.more_than:
            clauses.append(t("rules.clause.more_than", count=asked.more_than))
        return clauses

    def _author(self, author: Author) -> str:
        if not author.network:
            return author.name
        network = network_name(self.language)(author.network)
        return self.language.t("rules.author_on", name=author.name, network=network)

    def _language(self, code: str) -> str:
        return language_name(self.language)(code) or code

    def _quote(self, entry: str) -> str:
        return self.language.t("rules.quoted", word=entry.strip('"'))

    def _quoted(self, entries: Sequence[str]) -> str:
        return ", ".join(self._quote(entry) for entry in entries)

    def _or(self, names: Sequence[str]) -> str:
        return self._joined(names, "rules.or")

    def _and(self, names: Sequence[str]) -> str:
        return self._joined(names, "rules.and")

    def _joined(self, names: Sequence[str], key: str) -> str:
        if len(names) > _LISTED:
            more = self.language.t("rules.more", count=len(names) - _LISTED)
            return f"{', '.join(names[:_LISTED])} {more}"
        if len(names) < 2:
            return "".join(names)
        return self.language.t(key, before=", ".join(names[:-1]), last=names[-1])
