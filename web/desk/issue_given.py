"""What a refused form of the editor had: it is shown again as it was typed, each fault at its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaign.errors import ConflictError, InputError, SkordError
from campaign.language import Language
from storage.issue_bases import mark_of
from web.desk.issue_fields import WrongFields
from web.forms import Form

#: Refused because somebody else was first.
_STALE = ("issue_changed", "issue_words_changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The form ``name`` with what was typed into it, and a sentence for each field that is wrong.

    ``stale`` says that it was refused because somebody else had changed the issue: what stands saved is shown beside.
    """

    name: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    stale: bool = False

    def is_of(self, form: str) -> bool:
        """Whether it was this form that was refused."""
        return bool(self.name) and self.name == form

    def value(self, form: str, name: str, kept: str) -> str:
        """Return what a field shows: what was typed into the refused form, else what is kept."""
        if not self.is_of(form) or (self.stale and self._is_untouched(name)):
            return kept
        return self.fields.get(name, kept)

    def ticked(self, form: str, name: str, kept: str) -> bool:
        """Whether a box is ticked: one that is not is not sent."""
        if not self.is_of(form) or (self.stale and self._is_untouched(name)):
            return kept == "yes"
        return self.fields.get(name) == "yes"

    def _is_untouched(self, name: str) -> bool:
        """Whether a field was sent as it was shown: what somebody else has written there since stands."""
        return self.fields.get(f"base-{name}") == mark_of(self.fields.get(name, ""))

    def unsaved(self, form: str, name: str, kept: str) -> bool:
        """Whether a field shows something else than what is kept."""
        return self.value(form, name, kept).replace("\r\n", "\n") != kept

    def fault(self, form: str, name: str) -> str:
        """Return what is wrong with a field, "" for nothing."""
        return self.faults.get(name, "") if self.is_of(form) else ""


def given_in(form: Form, problem: SkordError | None, language: Language) -> Given:
    """Return a form as it has to be shown again after ``problem``; nothing to show where there was none."""
    name = form["form"]
    if problem is None or not name:
        return Given()
    wrong: Mapping[str, InputError] = {}
    if isinstance(problem, WrongFields):
        wrong = problem.faults
    elif isinstance(problem, InputError):
        wrong = {problem.field: problem}
    said = {}
    for key, fault in wrong.items():
        told = language.explain(fault)
        said[key] = f"{told.what} {told.do}".strip()
    stale = isinstance(problem, ConflictError) and problem.key in _STALE
    return Given(name=name, fields=dict(form), faults=said, stale=stale)
