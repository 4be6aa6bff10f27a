"""Puts the house together, in one place: configuration, store, the way out, languages, talk."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from campaign.errors import InputError
from campaign.language import Language
from campaign.settings import Settings, StorageSettings
from skord.config import load

if TYPE_CHECKING:
    from net.http import Fetcher
    from net.oidc import OidcProvider
    from storage.store import Store


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


#: From so many stories on drawing the archive anew is told as it goes.
_LONG_DRAWING = 5_000


@dataclass
class House:
    """What a command works with. Parts are made when they are first asked for, so that each command stays quick."""

    config: Path
    as_json: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], datetime] = utc_now

    @cached_property
    def settings(self) -> Settings:
        """The configuration. Raises ConfigError."""
        return load(self.config, self.environ)

    @cached_property
    def language(self) -> Language:
        """The language that the site's people read, in the site's time zone."""
        return Language(self.settings.site.language, self.settings.site.timezone)

    @cached_property
    def store(self) -> Store:
        """The open database, its campaigns as the configuration has them. Raises StorageError."""
        return self.open_store(create=False)

    def open_store(self, *, create: bool) -> Store:
        """Open the database, making it where none stands if ``create``. Raises StorageError."""
        from storage.shelf import bring_up
        from storage.store import open_store, sync_campaigns

        settings = self.settings
        store = open_store(
            settings.storage.url,
            media=settings.storage.media,
            secret=settings.site.secret or installation_secret(settings.storage),
            create=create,
            zone=settings.site.timezone,
        )
        sync_campaigns(store, list(settings.campaigns.values()), self.clock())
        # Of a database from before there was a shelf, or of a site whose clock is another one now.
        bring_up(store, progress=self._drawing)
        self.__dict__["store"] = store
        return store

    def _drawing(self, done: int, total: int) -> None:
        """Say how far the archive is drawn, where it takes so long that somebody waits."""
        if total >= _LONG_DRAWING and (done % _LONG_DRAWING == 0 or done == total):
            self.tell("cli.drawing", done=self.language.number(done), total=self.language.number(total))

    @cached_property
    def fetcher(self) -> Fetcher:
        """The way out over HTTP."""
        from net.http import Fetcher

        return Fetcher(self.settings.fetch, version=self.version, clock=self.clock)

    @cached_property
    def oidc(self) -> OidcProvider | None:
        """The way to the organisation's own login, None where none is set."""
        from net.http import Fetcher
        from net.oidc import OidcProvider

        if not self.settings.oidc.issuer:
            return None
        # A person waits: three quick questions to one host, not one a second, and no half minute for a dead one.
        quick = replace(self.settings.fetch, per_host=timedelta(0), hosts={}, total=timedelta(seconds=10))
        return OidcProvider(
            self.settings.oidc, Fetcher(quick, version=self.version, clock=self.clock), clock=self.clock
        )

    @property
    def version(self) -> str:
        """The program's version."""
        return version("skord")

    def close(self) -> None:
        """Close what was opened."""
        for name in ("oidc", "fetcher", "store"):
            part = self.__dict__.pop(name, None)
            if part is not None:
                part.close()

    def campaign(self, wanted: str | None) -> str:
        """Return the id of the wanted campaign, or of the only one. Raises InputError where it must be named."""
        known = self.settings.campaigns
        if wanted is None and len(known) == 1:
            return next(iter(known))
        if wanted not in known:
            raise InputError("campaign", "campaign_unknown", known=", ".join(known))
        return wanted

    def tell(self, key: str, /, **facts: str | int | float) -> None:
        """Say a sentence on stderr: talk, never results."""
        print(shown(self.language.t(key, **facts)), file=sys.stderr, flush=True)

    def print(self, text: str) -> None:
        """Print a line of the result on stdout."""
        print(shown(text))

    def give(self, value: object) -> None:
        """Print one JSON object on stdout."""
        text = json.dumps(value, ensure_ascii=False, default=_plain)
        # JSON leaves what steers a terminal (C1, the signs of direction) as it stands in foreign words.
        print("".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text))

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print rows in columns; with --json one object a row, keyed by the heads."""
        if self.as_json:
            for row in rows:
                self.give(dict(zip(heads, row, strict=True)))
            return
        lines = [[self.language.t(f"cli.head.{head}") for head in heads]]
        lines += [["" if value is None else shown(self._cell(value), one_line=True) for value in row] for row in rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
        for line in lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

    def _cell(self, value: object) -> str:
        return self.language.moment(value) if isinstance(value, datetime) else str(value)


_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")


def shown(text: str, *, one_line: bool = False) -> str:
    """Return words as a terminal may show them: what it would take as a command, or read backwards, is a mark."""
    plain = _COMMANDS.sub("\ufffd", text)
    return " ".join(plain.split("\n")) if one_line else plain


def installation_secret(storage: StorageSettings) -> bytes:
    """Return the installation's own secret from beside the pictures, made at first use and readable by us alone."""
    from storage.engine import put_in_place

    path = storage.media.parent / "secret"
    kept = path.read_bytes() if path.exists() else b""
    if kept:
        return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as folder:
        made = Path(folder) / "secret"
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        # Whole or not at all, and the first wins: an empty one would make every token easy to guess.
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size == 0:
                path.unlink()
        put_in_place(made, path)
    return path.read_bytes()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
