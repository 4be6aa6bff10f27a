"""Passwords: argon2 hashes, checked a few at a time.

The hasher's own defaults (argon2id, 64 MiB, three rounds, four lanes: RFC 9106's second choice) lie above what OWASP
asks for (19 MiB, two rounds). A hash made with weaker ones is renewed when its owner logs in.
"""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from campaign.errors import InputError

PASSWORD_MIN = 12
PASSWORD_MAX = 500

# Each check takes 64 MiB: without a limit a flood of logins would take the machine's memory.
_checks = threading.BoundedSemaphore(2)
# And without one on those who wait for their turn, the flood would take every thread that answers pages.
_turns = threading.BoundedSemaphore(8)


def account_key(name: str) -> str:
    """Return what makes two spellings of a name one: NFKC, casefolded, without blanks around."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """Return the hash of a password that nobody has: checking it takes as long as checking a real one."""
    return _hasher().hash(secrets.token_hex(16))


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for a check's turn. InputError ``password``, ``login_busy`` where too many wait already."""
    if not _turns.acquire(blocking=False):
        raise InputError("password", "login_busy")
    try:
        with _checks:
            yield
    finally:
        _turns.release()


def _matches(stored: str, password: str) -> bool:
    if len(password) > PASSWORD_MAX:
        return False
    try:
        with _turn():
            return _hasher().verify(stored, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


def _renewed(stored: str, password: str) -> str | None:
    """Return a new hash of the right password where the stored one was made with weaker figures, else None."""
    if not _hasher().check_needs_rehash(stored):
        return None
    with _turn():
        return _hasher().hash(password.encode("utf-8", "surrogatepass"))


def _hashed(name: str, password: str) -> str:
    if len(password) < PASSWORD_MIN:
        raise InputError("password", "password_short", least=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        raise InputError("password", "password_long", most=PASSWORD_MAX)
    if account_key(password) == account_key(name) or len(set(password)) < 4:
        raise InputError("password", "password_name")
    with _turn():
        return _hasher().hash(password.encode("utf-8", "surrogatepass"))
