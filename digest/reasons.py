"""Why a story is in an issue or not, in a person's words."""

from __future__ import annotations

from campaign.errors import Fact
from campaign.language import Language
from campaign.newsletter import Why

_UNDER = "digest.reason"


def in_words(why: Why, language: Language, **facts: Fact) -> str:
    """Return all that was decided by, one sentence each; its own facts win over those given."""
    known = facts | why.facts
    if network := known.get("network"):
        named = f"network.{network}"
        known["network"] = language.t(named) if language.has(named) else str(network).capitalize()
    keys = [why.key, *str(known.pop("also", "") or "").split()]
    return " ".join(_sentence(key, language, known) for key in keys)


def _sentence(key: str, language: Language, facts: dict[str, Fact]) -> str:
    named = f"{_UNDER}.{key}"
    return language.t(named, **facts) if language.has(named) else key
