"""Every error that Skörd raises on purpose.

SkordError                a catalogue key and facts
├── CollectError          a source could not be asked, or answered something unusable
├── StorageError          the database cannot be used
├── DigestError           an issue cannot be drafted, approved or sent as asked
├── ConfigError           all problems of a configuration or strategy file at once
├── InputError            one field of what a person gave is wrong
├── LoginError            an organisation's login did not come to a good end
├── NotFoundError         what was asked for is not there (or not for this reader)
└── ConflictError         somebody else changed it first

The words that people read stand in ``campaign/locale/*/errors.toml`` under ``error.<key>``:
``what`` happened, whether waiting helps (``wait``), and what to ``do`` next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

Fact = str | int | float | bool | None


class SkordError(Exception):
    """Something that a person can be told, as a catalogue key and the facts that fill it."""

    def __init__(self, key: str, /, **facts: Fact) -> None:
        self.key = key
        self.facts = facts
        super().__init__(key, facts)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.key} ({told})" if told else self.key


class CollectError(SkordError):
    """A source could not be asked, or its answer cannot be used.

    ``permanent`` means that asking again will not help before a person has done something;
    ``retry_at`` (UTC) is the network's own word on when to come back, where it gave one.
    """

    def __init__(
        self, key: str, /, *, permanent: bool = False, retry_at: datetime | None = None, **facts: Fact
    ) -> None:
        super().__init__(key, **facts)
        self.permanent = permanent
        self.retry_at = retry_at


class StorageError(SkordError):
    """The database cannot be used: missing, damaged, foreign, newer than the program, or busy."""


class DigestError(SkordError):
    """An issue cannot be drafted, approved or sent as asked."""


class InputError(SkordError):
    """One field of what a person gave is wrong; ``field`` names it as the form does."""

    def __init__(self, field: str, key: str, /, **facts: Fact) -> None:
        super().__init__(key, **facts)
        self.field = field


class LoginError(SkordError):
    """Logging in by way of an organisation did not come to a good end."""


class NotFoundError(SkordError):
    """What was asked for is not there, or not for this reader."""


class ConflictError(SkordError):
    """Somebody else changed it since it was read; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in a file that a person wrote. ``line`` counts from 1; 0 where no line can be named."""

    file: str
    line: int
    path: str
    key: str
    facts: dict[str, Fact]


class ConfigError(SkordError):
    """All problems of a configuration or strategy file at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("config", count=len(problems))
        self.problems = problems
