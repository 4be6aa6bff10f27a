"""One question to the API: whose campaign, what was asked, how much may be asked."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.requests import Request

from campaign.settings import CampaignSettings, Settings
from storage.store import Store
from storage.tokens import Token
from web.api.problems import Trouble
from web.house import House
from web.rendering import View

#: So many things stand in one answer where nothing is asked, at most, and at most for those with a token.
PLAIN, MOST, MOST_WITH_TOKEN = 30, 100, 1_000

#: Where the door leaves the token that a question came with.
TOKEN = "skord.token"  # noqa: S105 - a name

_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """``params`` is the query string, each name once; ``path`` the address of the question below the API's own."""

    house: House
    request: Request
    campaign: CampaignSettings
    view: View
    params: Mapping[str, str]

    @property
    def store(self) -> Store:
        """The database."""
        return self.house.store

    @property
    def settings(self) -> Settings:
        """The configuration."""
        return self.house.settings

    @property
    def now(self) -> datetime:
        """The moment of the question."""
        return self.view.now

    @property
    def token(self) -> Token | None:
        """The token that the question came with, None for none."""
        found = self.request.scope.get(TOKEN)
        return found if isinstance(found, Token) else None

    @property
    def part(self) -> Mapping[str, str]:
        """The parts of the address."""
        return self.request.path_params

    def number(self, name: str, first: int, last: int, default: int) -> int:
        """Return a number of the question. Trouble ``parameter`` for none, or one outside its bounds."""
        text = self.params.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 19 and first <= int(text) <= last):
            raise Trouble("parameter", parameter=name)
        return int(text)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return one of several words, the first where none is given. Trouble ``parameter``."""
        text = self.params.get(name, "") or allowed[0]
        if text not in allowed:
            raise Trouble("parameter", parameter=name)
        return text

    @property
    def limit(self) -> int:
        """How many things are asked for. Trouble ``too_many_asked`` for more than who asks may have at once."""
        found = self.number("limit", 1, MOST_WITH_TOKEN, PLAIN)
        if found > MOST and self.token is None:
            raise Trouble("too_many_asked", parameter="limit", most=MOST)
        return found

    def cursor(self, parts: int) -> tuple[int, ...] | None:
        """Return the numbers that a cursor of ours holds, None for none. Trouble ``parameter`` for what is not ours."""
        text = self.params.get("cursor", "")
        if not text:
            return None
        found = opened(text)
        if found is None or len(found) != parts:
            raise Trouble("parameter", parameter="cursor")
        return found

    def site(self, path: str) -> str:
        """Return the whole address of a page of the campaign."""
        return self.view.absolute(path)

    def plain(self, path: str) -> str:
        """Return the whole address of what has no language and no campaign ("/media/…")."""
        return self.settings.site.base_url + path

    def api(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Return the whole address of an answer of the API."""
        whole = base(self.settings, self.campaign) + path
        return f"{whole}?{urlencode(query)}" if query else whole

    def onward(self, cursor: str) -> str:
        """Return the address of the same question from a cursor on."""
        below = self.request.url.path.partition("/api/v1")[2]
        return self.api(below, {**self.params, "cursor": cursor})


def base(settings: Settings, campaign: CampaignSettings) -> str:
    """Return where the API of a campaign stands: with several campaigns each has its own."""
    inner = f"/c/{campaign.id}" if len(settings.campaigns) > 1 else ""
    return f"{settings.site.base_url}{inner}/api/v1"


def sealed(*parts: int) -> str:
    """Return a cursor: text that says nothing to who gets it."""
    return base64.urlsafe_b64encode(".".join(map(str, parts)).encode()).decode().rstrip("=")


def opened(cursor: str) -> tuple[int, ...] | None:
    """Return what a cursor holds, None for one that is not ours."""
    if not _CURSOR.fullmatch(cursor):
        return None
    try:
        told = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split(".")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not all(part.isdigit() and len(part) < 19 for part in told):
        return None
    return tuple(map(int, told))
