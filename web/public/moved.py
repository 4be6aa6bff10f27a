"""Addresses that were right once: where what they named stands now.

An address is printed, mailed and cited, and outlives what decides its form: the site's first language, whether there is
one campaign or several, how a mail program ends a link. What only the house itself changed leads on.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse

from storage.archive import was_removed
from storage.strategy import find_strategy
from web.house import House

#: Addresses that are nobody's to keep: the desk's, programs', secrets and files.
_NOT_OURS = ("desk", "api", "static", "media", "colours", "u", "receipts", "healthz", "readyz", "metrics")

#: What stood at the root while there was one campaign: the first of several is the one that was there.
_PAGES = (
    "archive", "years", "weeks", "days", "places", "networks", "from", "whole", "strategy", "followup", "issues",
    "subscribe", "about", "privacy", "accessibility", "channels", "report", "feed.atom", "feed.json", "calendar.ics",
    "sitemap.xml", "wall", "embed",
)  # fmt: skip

#: What a writer or a program puts after an address and takes for a part of it.
_AFTER = "/.,;:!?)]}>\"'’”»…"

_MOST_ID = 2**31 - 1


def lasting(address: str) -> RedirectResponse:
    """Lead on for good. Search engines move; browsers ask again each time, for a code or a prefix may be given anew."""
    return RedirectResponse(address, 301, headers={"Cache-Control": "no-cache"})


def moved(house: House, request: Request) -> RedirectResponse | None:
    """Return the way to where an address that no page has leads now, None where it leads nowhere."""
    path = re.sub("/{2,}", "/", request.url.path.removeprefix(house.renderer.base))
    parts = path.removeprefix("/").split("/")
    # A backslash is a slash to some browsers: nobody is led to another host.
    if request.method not in ("GET", "HEAD") or not house.is_open or parts[0] in _NOT_OURS or "\\" in path:
        return None
    now = _without_ending(path) or _in_language(house, parts) or _in_campaign(house, parts)
    if now is None:
        return None
    address = house.renderer.base + now + (f"?{request.url.query}" if request.url.query else "")
    return lasting(address)


def _without_ending(path: str) -> str | None:
    bare = path.rstrip(_AFTER)
    return bare if bare and bare != path else None


def _in_language(house: House, parts: list[str]) -> str | None:
    """Return an address without the site's own language before it: it was written while another was the first."""
    return "/" + "/".join(parts[1:]) if parts[0] == house.settings.site.language else None


def _in_campaign(house: House, parts: list[str]) -> str | None:
    """Return an address with or without its campaign, as it must be now."""
    language = [parts[0]] if parts[0] in house.languages else []
    inner = parts[len(language) :]
    if not inner:
        return None
    if house.only_campaign is not None:
        is_ours = len(inner) > 1 and inner[0] == "c" and inner[1] == house.only_campaign.id
        return "/" + "/".join([*language, *inner[2:]]) if is_ours else None
    campaign = _campaign_of(house, inner) if inner[0] != "c" else None
    return "/" + "/".join([*language, "c", campaign, *inner]) if campaign else None


def _campaign_of(house: House, parts: list[str]) -> str | None:
    """Return the campaign that an address is about. What was never public names none."""
    name = parts[1] if len(parts) > 1 else ""
    known = house.settings.campaigns
    if parts[0] == "stories" and name.isascii() and name.isdigit() and len(name) < 11 and int(name) <= _MOST_ID:
        return next((each for each in known if was_removed(house.store, each, int(name))), None)
    if parts[0] == "issues" and name in house.settings.newsletters:
        return house.settings.newsletters[name].campaign
    if parts[0] in ("strategy", "figures") and name:
        tree = find_strategy(house.store, name)
        return tree.campaign if tree is not None and tree.campaign in known else None
    return next(iter(known), None) if parts[0] in _PAGES else None
