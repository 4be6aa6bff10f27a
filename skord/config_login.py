"""What ``[login]`` and ``[oidc]`` demand of each other and of the rest of the configuration."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from campaign.settings import LoginSettings, OidcSettings
from skord.config_reading import Reading, Values

#: Addresses of Entra ID that let in people of every organisation in the world.
_MANY_TENANTS = re.compile(r"^/(common|organizations|consumers|\{tenantid\})(/|$)", re.IGNORECASE)


def read_login(login: Values) -> LoginSettings:
    """Return the settings of ``[login]``."""
    return LoginSettings(**login)


def read_oidc(oidc: Values, *, owner: str) -> OidcSettings:
    """Return the settings of ``[oidc]``; without a name of its own the login is called after the site's owner."""
    values = {**oidc, "name": oidc.get("name") or owner}
    return OidcSettings(grants=values.pop("roles", ()), **values)


def check_login(reading: Reading, login: Values, oidc: Values) -> None:
    """Note what is missing or unsafe."""
    issuer = oidc.get("issuer", "")
    if issuer:
        _check_issuer(reading, issuer)
        if not oidc.get("client_id") and "client_id" in oidc:
            reading.report(("oidc", "client_id"), "missing", name="client_id", table="oidc")
    elif not login.get("local", True) and "issuer" in oidc:
        reading.report(("login", "local"), "login_shut")
    known = reading.written.data.get("campaign")
    campaigns = list(known) if isinstance(known, dict) else []
    for item, grant in enumerate(oidc.get("roles", ())):
        if grant.campaign and grant.campaign not in campaigns:
            facts = {"value": grant.campaign, "known": ", ".join(campaigns)}
            reading.report(("oidc", "roles"), "reference", item=item, **facts)


def _check_issuer(reading: Reading, issuer: str) -> None:
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        reading.report(("oidc", "issuer"), "issuer_plain")
    if parts.hostname == "login.microsoftonline.com" and _MANY_TENANTS.match(parts.path):
        reading.report(("oidc", "issuer"), "issuer_tenants")
