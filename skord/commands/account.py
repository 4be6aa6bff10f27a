"""``skord account``: who works at the desk."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from campaign.errors import InputError
from campaign.records import Role
from skord.wiring import House

if TYPE_CHECKING:
    from storage.people import Account
    from storage.tokens import Token


def add(house: House, args: Namespace) -> int:
    """Add an account, with a role everywhere or in one campaign; the password comes from a file, or is asked for."""
    from storage.memberships import set_membership
    from storage.people import add_account

    campaign = house.campaign(args.campaign) if args.campaign is not None else ""
    made = add_account(
        house.store,
        args.name,
        role=Role.NONE if campaign else Role(args.role),
        password=_password(house, args),
        now=house.clock(),
        display_name=args.display_name,
        email=args.email,
    )
    role = house.language.t(f"cli.role.{args.role}")
    if campaign:
        set_membership(house.store, made.id, campaign, Role(args.role), now=house.clock())
        house.tell("cli.account_added_in", name=made.name, role=role, campaign=house.settings.campaigns[campaign].name)
    else:
        house.tell("cli.account_added", name=made.name, role=role)
    return 0


def _password(house: House, args: Namespace) -> str:
    if args.password_file is not None:
        try:
            lines = args.password_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as problem:
            raise InputError("password_file", "password_file_unreadable", file=str(args.password_file)) from problem
        return lines[0] if lines else ""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return getpass.getpass(house.language.t("cli.password") + " ")


def list_(house: House, args: Namespace) -> int:  # noqa: ARG001
    """Print every account."""
    from storage.people import list_accounts

    house.table(
        ("name", "role", "campaigns", "called", "disabled"),
        [
            (entry.name, entry.role, _campaigns(entry), entry.called, entry.disabled_at)
            for entry in list_accounts(house.store)
        ],
    )
    return 0


def _campaigns(account: Account) -> str:
    return ", ".join(f"{campaign}: {role}" for campaign, role in sorted(account.memberships.items()))


def disable(house: House, args: Namespace) -> int:
    """End an account and its logins."""
    from storage.people import disable as end

    end(house.store, find(house, args.name).id, now=house.clock())
    house.tell("cli.account_disabled", name=args.name)
    return 0


def token(house: House, args: Namespace) -> int:
    """Make a token for the API and print it, this once; or list tokens, or take one back."""
    from storage.tokens import end_token, list_tokens, make_token

    if args.listed and args.revoke is not None:
        raise InputError("revoke", "token_asks_twice")
    account = find(house, args.account) if args.account is not None else None
    if args.listed:
        heads = ("token", "account", "name", "created", "used", "ends", "taken_back")
        rows = list_tokens(house.store, account.id if account else None)
        house.table(heads, [
            (row.id, row.account, row.name, row.created_at, row.used_at, _ends(house, row), row.ended_at)
            for row in rows
        ])  # fmt: skip
        return 0
    if args.revoke is not None:
        end_token(house.store, args.revoke, now=house.clock(), account_id=account.id if account else None)
        house.tell("cli.token.taken", number=args.revoke)
        return 0
    made, row = make_token(
        house.store,
        (account or find(house, None)).id,
        name=args.name,
        ends_at=_end(house, args.ends),
        now=house.clock(),
    )
    if house.as_json:
        house.give({"token": made, "id": row.id, "account": row.account, "ends_at": row.ends_at})
    else:
        house.tell("cli.token.made")
        house.print(made)
    return 0


def _ends(house: House, row: Token) -> object:
    """Return the last day of a token for people, the moment for programs, None for good."""
    return row.ends_at if house.as_json or row.last_at is None else house.language.date(row.last_at)


def _end(house: House, day: str) -> datetime | None:
    """Return the end of a day in the site's zone, None for no day. InputError ``ends``, ``day_unknown``."""
    if not day:
        return None
    try:
        after = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError) as problem:
        raise InputError("ends", "day_unknown") from problem
    return datetime.combine(after, time(), house.settings.site.timezone)


def find(house: House, name: str | None) -> Account:
    """Return the account of a name, or the only one. Raises InputError account_unknown, _needed, _none."""
    from storage.people import find_account, list_accounts

    if name is None:
        active = [entry for entry in list_accounts(house.store) if entry.active]
        if not active:
            raise InputError("account", "account_none")
        if len(active) != 1:
            raise InputError("account", "account_needed", known=", ".join(entry.name for entry in active))
        return active[0]
    found = find_account(house.store, name)
    if found is None or not found.active:
        raise InputError("account", "account_unknown", name=name)
    return found


def administrator(house: House, name: str) -> Account:
    """Return the account of an administrator. Raises InputError as ``find``, and account_not_administrator."""
    account = find(house, name)
    if account.role is not Role.ADMINISTRATOR:
        raise InputError("account", "account_not_administrator", name=name)
    return account
