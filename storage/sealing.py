"""Sealing what is handed out or laid aside: nobody reads or changes it without the installation's secret."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.store import Store


def seal(store: Store, purpose: str, values: Mapping[str, Any], *, now: datetime) -> str:
    """Return values as text that only this installation opens, and only for the same purpose."""
    body = json.dumps(dict(values)).encode()
    # Without its padding, which a cookie would have to put in quotation marks.
    return _box(store, purpose).encrypt_at_time(body, int(now.timestamp())).decode().rstrip("=")


def unseal(store: Store, purpose: str, text: str, *, now: datetime, lasts: timedelta) -> dict[str, Any] | None:
    """Return what was sealed, None where it is not ours, was changed, or is older than ``lasts``."""
    try:
        body = _box(store, purpose).decrypt_at_time(
            (text + "=" * (-len(text) % 4)).encode("ascii", "replace"), int(lasts.total_seconds()), int(now.timestamp())
        )
    except InvalidToken:
        return None
    values: dict[str, Any] = json.loads(body)
    return values


def _box(store: Store, purpose: str) -> Fernet:
    info = f"skord {purpose}".encode()
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(store.secret)
    return Fernet(base64.urlsafe_b64encode(key))
