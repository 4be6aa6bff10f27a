"""The form of a rule: what a person chose becomes a rule, and a rule the form that made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from campaign.errors import InputError
from campaign.rule_words import entries, visible
from campaign.rules import CAP_HOURS, NAME_MAX, Author, Conditions, Effect, Rule
from web.desk.answers import number
from web.forms import Form

#: Days after which a rule may let what it put off come back.
DAYS = (1, 7, 30)

_YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleForm:
    """A rule as its form shows it: lists as lines, choices as their values."""

    rule: Rule

    @property
    def words(self) -> str:
        """The words, one a line."""
        return "\n".join(self.rule.conditions.words)

    @property
    def without(self) -> str:
        """The words that must not stand there, one a line."""
        return "\n".join(self.rule.conditions.without)

    @property
    def authors(self) -> str:
        """The authors, one a line, with their network where one is meant."""
        named = self.rule.conditions.authors
        return "\n".join(f"{author.network}: {author.name}" if author.network else author.name for author in named)

    @property
    def more_than(self) -> str:
        """The cap, "" where there is none."""
        return str(self.rule.conditions.more_than or "")

    @property
    def node(self) -> int:
        """The node that is suggested, 0 for none."""
        return int(self.rule.facts.get("node") or 0)

    @property
    def place(self) -> str:
        """The place that is suggested, "" for none."""
        return str(self.rule.facts.get("place") or "")

    @property
    def days(self) -> int:
        """After how many days what was put off comes back."""
        return int(self.rule.facts.get("days") or 0)

    def chosen(self, name: str) -> str:
        """Return "yes", "no" or "" for a condition that may not matter."""
        return {True: "yes", False: "no"}.get(getattr(self.rule.conditions, name), "")


def read_rule(form: Form, *, networks: Mapping[str, str], places: Iterable[str]) -> Rule:
    """Return the rule that a form describes, checked no further than that. ``networks`` are what ids are called.

    InputError ``more_than`` (``rule_cap``) for what is no number.
    """
    effect = Effect(form["effect"]) if form["effect"] in list(Effect) else Effect.LAST
    cap = form["more_than"].strip()
    if cap and number(cap) is None:
        raise InputError("more_than", "rule_cap", most=1000, hours=CAP_HOURS)
    conditions = Conditions(
        sources=_ticked(form, "source-"),
        networks=_ticked(form, "network-"),
        authors=read_authors(form["authors"], networks),
        words=entries(form["words"]),
        without=entries(form["without"]),
        languages=_ticked(form, "language-"),
        reply=_YES_NO.get(form["reply"]),
        repost=_YES_NO.get(form["repost"]),
        media=_YES_NO.get(form["media"]),
        more_than=number(cap) or 0,
        own=form["own"] == "yes",
    )
    name = " ".join(visible(form["name"]).split())[:NAME_MAX]
    return Rule(id=0, name=name, conditions=conditions, effect=effect, facts=_facts(form, effect, set(places)))


def read_authors(text: str, networks: Mapping[str, str]) -> tuple[Author, ...]:
    """Return the authors that a person named, one a line, each once: "@name", "Name", "x: @name"."""
    ids = {each.casefold(): network for network, called in networks.items() for each in (network, called)}
    found: dict[tuple[str, str], Author] = {}
    for line in text.splitlines():
        before, colon, after = line.partition(":")
        network = ids.get(before.strip().casefold(), "") if colon else ""
        name = " ".join(visible(after if network else line).split())[:200]
        if name.strip("@ "):
            found.setdefault((network, name.casefold()), Author(name=name, network=network))
    return tuple(found.values())


def _ticked(form: Form, start: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(start) for name, value in form.items() if name.startswith(start) and value == "yes")


def _facts(form: Form, effect: Effect, places: set[str]) -> dict[str, object]:
    if effect is Effect.LATER and number(form["days"]) in DAYS:
        return {"days": number(form["days"])}
    if effect is not Effect.SUGGEST:
        return {}
    node = number(form["node"])
    if node:
        return {"node": node}
    return {"place": form["place"]} if form["place"] in places else {}
