"""Logging in with an organisation's own accounts (OpenID Connect): the records, and what a way there must do.

A person is who their issuer says, under the name that the issuer gives them (``subject``). An address is never an
identity: addresses are handed on to others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from campaign.records import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a value of the roles claim gives. ``campaign`` "" is everywhere."""

    value: str
    role: Role
    campaign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What somebody may do, as their organisation says: a role everywhere, and higher ones in single campaigns."""

    everywhere: Role = Role.NONE
    campaigns: Mapping[str, Role] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        """Whether no role was given at all."""
        return self.everywhere is Role.NONE and not self.campaigns


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person as their organisation vouches for them. ``proved_at`` is when they last logged in there, where told."""

    issuer: str
    subject: str
    name: str = ""
    username: str = ""
    email: str = ""
    roles: tuple[str, ...] = ()
    proved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What is made for one way to the organisation and back, and compared when the person returns.

    ``state`` binds the answer to the browser, ``nonce`` the identity to the question, ``verifier`` the code to us.
    ``again`` asks for a login now, not one of this morning.
    """

    state: str
    nonce: str
    verifier: str
    back: str
    again: bool = False


class Provider(Protocol):
    """The way to an organisation's login. Every method may raise LoginError, which is told to the person."""

    def address(self, passage: Passage) -> str:
        """Return where the browser is sent to log in."""
        ...

    def identify(self, passage: Passage, code: str, *, issuer: str = "") -> Identity:
        """Return who came back with a code; ``issuer`` is what the answer's own ``iss`` says, "" where it says none."""
        ...

    def farewell(self, back: str) -> str:
        """Return where the browser ends its login at the organisation, "" where that is not offered."""
        ...


def granted(values: Sequence[str], grants: Sequence[Grant], campaigns: Sequence[str]) -> Granted:
    """Return what the values of a roles claim give, the highest of several.

    Without any grant in the configuration the values are read as roles themselves: "editor", "editor:hallandvaxer".
    """
    given = [grant for grant in grants if grant.value in values] if grants else _plain(values, campaigns)
    order = list(Role)
    everywhere = max((each.role for each in given if not each.campaign), key=order.index, default=Role.NONE)
    single: dict[str, Role] = {}
    for each in given:
        best = max(single.get(each.campaign, everywhere), each.role, key=order.index)
        if each.campaign and best is not everywhere:
            single[each.campaign] = best
    return Granted(everywhere=everywhere, campaigns=single)


def _plain(values: Sequence[str], campaigns: Sequence[str]) -> list[Grant]:
    found = []
    for value in values:
        role, mark, campaign = value.partition(":")
        if role in list(Role) and (campaign in campaigns or not mark):
            found.append(Grant(value=value, role=Role(role), campaign=campaign))
    return found
