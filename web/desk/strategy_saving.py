"""One person's change to a strategy: the document that they saw, the one that holds, and the saving of a new one.

Every change is a new version. Whoever saved in between is told by name, and nothing that was written is lost: a part
that nobody else touched is saved on top of the newer version, else the form comes back with what differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from campaign.errors import ConfigError, ConflictError, NotFoundError
from campaign.language import Explanation
from campaign.strategy import Strategy
from storage.strategy import Loaded, StrategyTree, Version, find_strategy, read_document, save_strategy, versions
from web.desk.answers import number
from web.desk.visit import Desk

_REASON_MAX = 500


class NewerError(Exception):
    """Somebody saved another version since the form was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a document: the part of it, as a path, and the words for it."""

    path: str
    what: str
    do: str


class Editing:
    """A strategy as somebody at the desk changes it."""

    def __init__(self, desk: Desk, strategy: str) -> None:
        self.desk = desk
        found = find_strategy(desk.store, strategy)
        if found is None or found.campaign != desk.campaign.id:
            raise NotFoundError("strategy_missing", strategy=strategy)
        self.tree: StrategyTree = found
        self.document: Strategy = read_document(desk.store, strategy, found.version)

    @cached_property
    def seen(self) -> Strategy:
        """The document that the form was made of."""
        asked = number(self.desk.form["version"])
        if asked is None or asked == self.tree.version:
            return self.document
        return read_document(self.desk.store, self.tree.id, asked)

    @property
    def is_overtaken(self) -> bool:
        """Whether somebody saved another version since the form was shown."""
        asked = number(self.desk.form["version"])
        return asked is not None and asked != self.tree.version

    def check_seen(self) -> None:
        """Let go on only who saw the version that holds. Raises NewerError."""
        if self.is_overtaken:
            raise NewerError

    def save(self, document: Strategy, *, reason: str = "") -> Loaded:
        """Save a new version. ConfigError with every fault; NewerError where somebody was faster just now."""
        desk = self.desk
        reason = (reason or desk.form["reason"]).strip()[:_REASON_MAX]
        try:
            return save_strategy(
                desk.store, self.tree.campaign, document, origin="desk", by=desk.actor, now=desk.now, reason=reason,
                expected=self.tree.version,
            )  # fmt: skip
        except ConflictError as error:
            if error.key == "strategy_newer":
                raise NewerError from error
            raise

    def newest(self) -> Version | None:
        """Return the version that holds, with who saved it."""
        return next(iter(versions(self.desk.store, self.tree.id)), None)

    def told_newer(self) -> Explanation:
        """Return in words that, and by whom, another version was saved."""
        newest = self.newest()
        who = (newest.who if newest else "") or self.desk.t("strategy.desk.nobody")
        return Explanation(
            what=self.desk.t("strategy.desk.newer", who=who, number=newest.number if newest else 0),
            wait="",
            do=self.desk.t("strategy.desk.newer_do"),
        )


def faults_of(desk: Desk, error: ConfigError) -> list[Fault]:
    """Return what is wrong with a document, in the person's words."""
    found = []
    for problem in error.problems:
        what, do = (desk.t(f"config.{problem.key}.{part}", **problem.facts) for part in ("what", "do"))
        found.append(Fault(path=problem.path, what=what[:1].upper() + what[1:], do=do))
    return found
