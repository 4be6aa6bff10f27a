"""What networks renew by themselves (login tokens), kept encrypted with the installation's secret.

Whoever gets hold of the database or its backup alone cannot read them. Where the secret has changed they are
forgotten, and the network is logged in to anew.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, insert, select

from storage import schema
from storage.store import Store

_SESSION = schema.session.c


@dataclass(frozen=True, slots=True)
class SourceSession:
    """The session of one source, read and written each time: other runs of the source may have renewed it."""

    store: Store
    source_id: str
    clock: Callable[[], datetime]

    def get(self) -> dict[str, str]:
        """Return what was kept last; empty where nothing was, or where it was sealed with another secret."""
        with self.store.read() as connection:
            sealed = connection.execute(
                select(_SESSION.sealed).where(_SESSION.source_id == self.source_id)
            ).scalar_one_or_none()
        if sealed is None:
            return {}
        try:
            opened = _box(self.store.secret).decrypt(bytes(sealed))
        except InvalidToken:
            return {}
        return {str(name): str(value) for name, value in json.loads(opened).items()}

    def put(self, values: Mapping[str, str]) -> None:
        """Keep these values, at once; none forgets the session. A source that is not stored keeps none."""
        sealed = _box(self.store.secret).encrypt(json.dumps(dict(values)).encode())
        with self.store.write() as connection:
            connection.execute(delete(schema.session).where(_SESSION.source_id == self.source_id))
            known = connection.execute(select(schema.source.c.id).where(schema.source.c.id == self.source_id)).first()
            if values and known is not None:
                row = {"source_id": self.source_id, "sealed": sealed, "at": self.clock()}
                connection.execute(insert(schema.session).values(row))


def _box(secret: bytes) -> Fernet:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"skord session").derive(secret)
    return Fernet(base64.urlsafe_b64encode(key))
