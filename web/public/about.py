"""Pages made from the configuration: about, personal data, accessibility, channels."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from campaign.settings import SourceSettings
from storage.counts import total
from web.house import Visit
from web.rendering import web_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One place that is asked, as readers are told about it. ``address`` is "" where it has none to open."""

    name: str
    kind: str
    address: str
    accounts: tuple[str, ...]
    keeps_all: bool


def about(visit: Visit) -> Response:
    """Show what the campaign is and how it works."""
    return visit.page("public/about.html", total=total(visit.store, visit.campaign.id))


def privacy(visit: Visit) -> Response:
    """Show what people must be told about their data."""
    return visit.page("public/privacy.html", privacy=visit.house.settings.privacy, channels=_channels(visit))


def accessibility(visit: Visit) -> Response:
    """Show how accessible the pages are, honestly, and how to report a fault."""
    return visit.page("public/accessibility.html")


def channels(visit: Visit) -> Response:
    """Show every place that the campaign's posts come from."""
    return visit.page("public/channels.html", channels=_channels(visit))


def _channels(visit: Visit) -> list[Channel]:
    sources = visit.house.settings.sources.values()
    return [_channel(source) for source in sources if visit.campaign.id in source.campaigns]


def _channel(source: SourceSettings) -> Channel:
    options = source.options
    addresses = [str(options[name]) for name in ("url", "server") if options.get(name)]
    servers, accounts = options.get("servers", ()), options.get("accounts", ())
    addresses += list(servers) if isinstance(servers, tuple) else []
    return Channel(
        name=source.name or source.id,
        kind=source.kind,
        address=next((found for found in map(web_address, addresses) if found), ""),
        accounts=accounts if isinstance(accounts, tuple) else (),
        keeps_all=source.keep == "all",
    )
