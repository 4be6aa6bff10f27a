"""What a server says about itself: which software, who may read its hashtags, where its streams are.

Read from ``/api/v2/instance``, where that fails from ``/api/v1/instance``, at most once a day, and kept in the cursor.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from collector import tidy

FRESH = timedelta(days=1)
_ACCESS = frozenset({"public", "authenticated", "disabled"})
_COMPATIBLE = re.compile(r"\(compatible;\s*([A-Za-z][\w.-]*)", re.IGNORECASE)

_SPEAKERS = """
    akkoma catodon chuckya ecko fedibird firefish friendica glitch-soc gotosocial hometown iceshrimp iceshrimp.net
    kmyblue mastodon mitra pixelfed pleroma rebased sharkey snac soapbox takahe
"""
SPEAKERS = frozenset(_SPEAKERS.split())
"""Software that speaks Mastodon's interface, by the name it gives itself in nodeinfo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about a server; "" and None stand for what it did not say.

    ``local`` and ``remote`` say who may read hashtags of its own and of others' users: "public", "authenticated" or
    "disabled". ``absent`` means that it answered 404 where every server of this interface tells about itself.
    """

    asked_at: str = ""
    version: str = ""
    local: str = ""
    remote: str = ""
    streaming: str = ""
    absent: bool = False

    @property
    def software(self) -> str:
        """The software in lower case where it says that it is not Mastodon itself, "" otherwise."""
        found = _COMPATIBLE.search(self.version)
        return found.group(1).lower() if found else ""

    @property
    def folds(self) -> bool:
        """Whether its hashtags with and without diacritics are one: Mastodon's are, from version 4 on."""
        found = re.match(r"(\d{1,3})\.", self.version)
        return not self.software and found is not None and int(found.group(1)) >= 4

    def are_fresh(self, now: datetime) -> bool:
        """Return whether the server need not be asked about itself again yet."""
        try:
            # What was asked in the future was so by a clock that has been put right since.
            return bool(self.asked_at) and abs(now - datetime.fromisoformat(self.asked_at)) < FRESH
        except (ValueError, TypeError):
            return False

    def as_cursor(self) -> dict[str, Any]:
        """Return what a cursor keeps: what the server did say."""
        return {name: value for name, value in asdict(self).items() if value}


def from_cursor(kept: object) -> Facts:
    """Return facts as a cursor kept them."""
    if not isinstance(kept, dict):
        return Facts()
    return Facts(**{each.name: kept[each.name] for each in fields(Facts) if each.name in kept})


def parse_instance(told: object) -> Facts | None:
    """Return what an answer of either version says; None where it is not such an answer."""
    if not isinstance(told, dict) or not isinstance(told.get("version"), str):
        return None
    configuration = tidy.mapping(told.get("configuration"))
    feeds = tidy.mapping(tidy.mapping(configuration.get("timelines_access")).get("hashtag_feeds"))
    urls = tidy.mapping(configuration.get("urls"))
    return Facts(
        version=tidy.line(told["version"], 200),
        local=_access(feeds.get("local")),
        remote=_access(feeds.get("remote")),
        streaming=_base(urls.get("streaming")) or _base(tidy.mapping(told.get("urls")).get("streaming_api")),
    )


def nodeinfo_address(told: object) -> str:
    """Return where a server's nodeinfo stands, "" where its index names none."""
    links = tidy.mapping(told).get("links")
    for link in (links if isinstance(links, list) else [])[:20]:
        if "nodeinfo" in tidy.line(tidy.mapping(link).get("rel"), 200) and (
            found := tidy.address(tidy.mapping(link).get("href"))
        ):
            return found
    return ""


def nodeinfo_software(told: object) -> str:
    """Return the software's name as nodeinfo tells it, in lower case; "" where it tells none."""
    return tidy.line(tidy.mapping(tidy.mapping(told).get("software")).get("name"), 50).lower()


def _access(value: object) -> str:
    return value if isinstance(value, str) and value in _ACCESS else ""


def _base(value: object) -> str:
    """Return the address before ``/api`` under which streams are read over HTTP."""
    found = tidy.address(value, schemes=("wss", "ws", "https", "http"))
    parts = urlsplit(found)
    if not parts.netloc or parts.query or parts.fragment or parts.username is not None:
        return ""
    scheme = {"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme)
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/api/v1/streaming')}"
