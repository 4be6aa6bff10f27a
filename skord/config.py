"""Reads ``config.toml`` and the environment into Settings, or says everything that is wrong at once.

A value comes from the environment, else the file, else its default. What a key may hold stands in
``config_schema`` and ``config_values``; ``config_reading`` lays file and environment together; what one key
demands of another is checked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from campaign.errors import ConfigError, Fact, Problem
from campaign.kinds import KINDS, brings_strangers
from campaign.settings import (
    ApiSettings,
    BounceSettings,
    CampaignSettings,
    EmbedSettings,
    ExportSettings,
    FetchSettings,
    HookSettings,
    IndicatorSettings,
    MailSettings,
    NewsletterSettings,
    NoticesSettings,
    PrivacySettings,
    Settings,
    Site,
    SourceSettings,
    StorageSettings,
    WallSettings,
    WorkSettings,
)
from campaign.toml_file import Written, nearest, parse
from skord.config_login import check_login, read_login, read_oidc
from skord.config_reading import Reading, Values, variable_name
from skord.config_schema import SOURCE, TABLES, known_keys
from skord.config_values import duration_text
from skord.config_words import describe, show

__all__ = ["describe", "known_keys", "load", "show"]

_SECRET_LENGTH = 32


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Return the configuration, its paths made absolute from the file's folder. Raises ConfigError."""
    folder = path.resolve().parent
    reading = Reading(_written(path), folder, environ)
    reading.root()
    plain = {
        "site": reading.plain("site"),
        "storage": reading.plain("storage"),
        "mail": reading.plain("mail", inner=("bounces", "domains")),
        "mail.bounces": reading.plain("mail.bounces"),
        "fetch": reading.plain("fetch", inner=("hosts",)),
        "privacy": reading.plain("privacy"),
        "work": reading.plain("work"),
        "notices": reading.plain("notices"),
        "indicators": reading.plain("indicators"),
        "login": reading.plain("login"),
        "oidc": reading.plain("oidc"),
        "embed": reading.plain("embed"),
        "wall": reading.plain("wall"),
        "export": reading.plain("export"),
        "api": reading.plain("api"),
    }
    hosts, domains = reading.hosts(), reading.domains()
    keyed = {table: reading.keyed(table) for table in ("campaign", "source", "newsletter", "hook")}
    _check_site(reading, plain["site"])
    _check_campaigns(reading, keyed["campaign"])
    _check_sources(reading, keyed["source"])
    _check_newsletters(reading, keyed["newsletter"])
    _check_notices(reading, plain["notices"])
    _check_hooks(reading, keyed["hook"])
    _check_bounces(reading, plain["mail.bounces"])
    check_login(reading, plain["login"], plain["oidc"])
    if reading.problems:
        raise ConfigError(sorted(reading.problems, key=lambda problem: (problem.file != str(path), problem.line)))
    site = Site(**{**plain["site"], "secret": plain["site"].get("secret", "").encode()})
    return Settings(
        file=path.resolve(),
        site=site,
        storage=_storage(plain["storage"], folder),
        campaigns={id_: _campaign(id_, values, folder) for id_, values in keyed["campaign"].items()},
        sources={id_: _source(id_, values, site, tuple(keyed["campaign"])) for id_, values in keyed["source"].items()},
        newsletters={id_: _newsletter(id_, values, keyed["campaign"]) for id_, values in keyed["newsletter"].items()},
        mail=MailSettings(**plain["mail"], bounces=_bounces(plain["mail.bounces"]), domains=domains),
        fetch=FetchSettings(**plain["fetch"], hosts=hosts, contact_url=site.base_url, contact=site.contact),
        privacy=PrivacySettings(**plain["privacy"]),
        work=WorkSettings(**plain["work"]),
        notices=NoticesSettings(**plain["notices"]),
        indicators=IndicatorSettings(**plain["indicators"]),
        embed=EmbedSettings(**plain["embed"]),
        wall=WallSettings(**plain["wall"]),
        export=ExportSettings(**plain["export"]),
        api=ApiSettings(**plain["api"]),
        hooks={id_: HookSettings(**values) for id_, values in keyed["hook"].items()},
        login=read_login(plain["login"]),
        oidc=read_oidc(plain["oidc"], owner=site.owner),
        told=tuple(sorted(reading.told, key=lambda told: TABLES.index(told.table.partition(".")[0]))),
    )


def _written(path: Path) -> Written:
    """Read the file; a byte order mark, as Windows editors write it, is let through."""

    def fail(key: str, line: int = 0, **facts: Fact) -> ConfigError:
        return ConfigError([Problem(file=str(path), line=line, path="", key=key, facts=facts)])

    try:
        body = path.read_bytes()
    except FileNotFoundError as error:
        raise fail("file_missing", file=str(path)) from error
    except OSError as error:
        raise fail("file_unreadable", file=str(path), reason=error.strerror or type(error).__name__) from error
    try:
        return parse(body.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise fail("encoding", body.count(b"\n", 0, error.start) + 1) from error


def _check_site(reading: Reading, values: Values) -> None:
    if "secret" in values and len(values["secret"]) < _SECRET_LENGTH:
        place = ("site", "secret") if ("site", "secret") in reading.variables else ("site", "secret_file")
        reading.report(place, "secret_short", least=_SECRET_LENGTH)


def _check_campaigns(reading: Reading, campaigns: dict[str, Values]) -> None:
    if not campaigns and isinstance(reading.written.data.get("campaign", {}), dict):
        reading.report(("campaign",), "no_campaign")
    for id_, values in campaigns.items():
        for item, file in enumerate(values.get("strategy", ())):
            if not (reading.folder / file).is_file():
                path, named = ("campaign", id_, "strategy"), str(reading.folder / file)
                reading.report(path, "strategy_missing", item=item, file=named)
        for item, name in enumerate(values.get("places", ())):
            _check_place(reading, ("campaign", id_, "places"), name, item)


def _check_sources(reading: Reading, sources: dict[str, Values]) -> None:
    for id_, values in sources.items():
        path = ("source", id_)
        for item, name in enumerate(values.get("campaign", ())):
            _check_reference(reading, (*path, "campaign"), name, item)
        if values.get("place"):
            _check_place(reading, (*path, "place"), values["place"])
        kind = KINDS.get(values.get("kind", ""))
        if kind is None:
            continue
        if "every" in values and values["every"] < kind.floor:
            floor, written = duration_text(kind.floor), duration_text(values["every"])
            reading.report((*path, "every"), "every_floor", value=written, floor=floor, kind=kind.name)
        if kind.any_of and not any(_given(reading, path, name) for name in kind.any_of):
            reading.report(path, "missing_any", names=", ".join(f"«{name}»" for name in kind.any_of), kind=kind.name)
        if values.get("rights") == "own" and brings_strangers(kind.name, values):
            reading.report((*path, "rights"), "rights_strangers", kind=kind.name)
        if "token" in values and kind.token == "no":  # noqa: S105 - says whether one is wanted
            place = (*path, "token") if (*path, "token") in reading.variables else (*path, "token_file")
            reading.report(place, "token_unused", kind=kind.name)


def _given(reading: Reading, path: tuple[str, ...], name: str) -> bool:
    """Return whether a key stands there at all, be it wrong."""
    return (*path, name) in reading.written.lines or (*path, name) in reading.variables


def _check_newsletters(reading: Reading, newsletters: dict[str, Values]) -> None:
    for id_, values in newsletters.items():
        path = ("newsletter", id_)
        if "campaign" in values:
            _check_reference(reading, (*path, "campaign"), values["campaign"])
        if {"min_items", "max_items"} <= values.keys() and values["max_items"] < values["min_items"]:
            key = "max_items" if _given(reading, path, "max_items") else "min_items"
            reading.report((*path, key), "items_crossed", least=values["min_items"], most=values["max_items"])
        if {"draft", "send"} <= values.keys() and values["draft"] == values["send"]:
            reading.report((*path, "send"), "draft_is_send")


def _check_notices(reading: Reading, values: Values) -> None:
    if values.get("webhook") and not values.get("webhook_secret"):
        reading.report(("notices", "webhook"), "webhook_unsigned", variable="SKORD_NOTICES__WEBHOOK_SECRET")


def _check_hooks(reading: Reading, hooks: dict[str, Values]) -> None:
    """Say which receivers are of no campaign, and which calls nobody could tell from others'."""
    for id_, values in hooks.items():
        _check_reference(reading, ("hook", id_), id_)
        if values.get("url") and not values.get("secret"):
            reading.report(("hook", id_, "url"), "hook_unsigned", variable=variable_name(("hook", id_, "secret")))


def _check_bounces(reading: Reading, values: Values) -> None:
    """Say what a mailbox lacks: one that is read needs a user, and letters need its address to come back to it."""
    path = ("mail", "bounces")
    if values.get("host") and not values.get("user"):
        reading.report((*path, "host"), "bounces_user")
    if values.get("host") and not values.get("address"):
        reading.report((*path, "host"), "bounces_address")
    # The delivery's name goes after a plus sign of its own; what leaves is at most 64 letters before the @.
    local = values.get("address", "").rpartition("@")[0]
    if "+" in local or len(local) > 30 or not local.isascii():
        reading.report((*path, "address"), "bounces_plus")


def _check_reference(reading: Reading, path: tuple[str, ...], name: str, item: int | None = None) -> None:
    campaigns = reading.written.data.get("campaign")
    known = list(campaigns) if isinstance(campaigns, dict) else []
    if name in known:
        return
    proposal = nearest(name, known)
    if proposal:
        reading.report(path, "reference_near", item=item, value=name, proposal=proposal)
    else:
        reading.report(path, "reference", item=item, value=name, known=", ".join(known))


def _check_place(reading: Reading, path: tuple[str, ...], name: str, item: int | None = None) -> None:
    from campaign.places import unknown  # no register is read where no place is named

    wrong = unknown(name)
    if wrong is None:
        return
    key, advice = wrong
    if key == "place_many":
        reading.report(path, "place_many", item=item, value=name, advice=advice)
    elif advice:
        reading.report(path, "place_unknown_near", item=item, value=name, advice=advice)
    else:
        reading.report(path, "place_unknown", item=item, value=name)


def _bounces(values: Values) -> BounceSettings:
    port = values.pop("port", 0) or {"tls": 993}.get(values["security"], 143)
    return BounceSettings(**values, port=port)


def _storage(values: Values, folder: Path) -> StorageSettings:
    url: str = values["url"]
    if url.startswith("sqlite:///"):
        file, mark, query = url.removeprefix("sqlite:///").partition("?")
        url = f"sqlite:///{folder / file}{mark}{query}"
    return StorageSettings(url=url, media=folder / values["media"])


def _campaign(id_: str, values: Values, folder: Path) -> CampaignSettings:
    strategies = tuple(folder / file for file in values.pop("strategy", ()))
    return CampaignSettings(id=id_, strategies=strategies, **values)


def _source(id_: str, values: Values, site: Site, every_campaign: tuple[str, ...]) -> SourceSettings:
    own = {key.name for key in SOURCE}
    options: dict[str, Any] = {name: value for name, value in values.items() if name not in own}
    elsewhere = ("name", "campaign", "timezone")
    common = {name: value for name, value in values.items() if name in own and name not in elsewhere}
    return SourceSettings(
        id=id_,
        name=values["name"] or id_,
        campaigns=values.get("campaign", every_campaign),
        timezone=values.get("timezone", site.timezone),
        options=options,
        **common,
    )


def _newsletter(id_: str, values: Values, campaigns: dict[str, Values]) -> NewsletterSettings:
    sender_name, sender_address = values.pop("from")
    name = values.pop("name", campaigns[values["campaign"]]["name"])
    return NewsletterSettings(
        id=id_, name=name, sender_name=sender_name or name, sender_address=sender_address, **values
    )
