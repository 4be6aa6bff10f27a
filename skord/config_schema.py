"""Every table and key that ``config.toml`` may hold. What stands here must stand in ``docs/settings.md`` too."""

from __future__ import annotations

from dataclasses import dataclass, replace

from campaign.kinds import KINDS, Kind, Option
from campaign.language import LANGUAGES
from skord import config_values as v

Raw = str | int | bool | list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting. ``default`` is written as in the file; None means that leaving it out is a value of its own.

    A ``secret`` is never written in the file: it comes from the environment or from the file that its
    neighbour ``<name>_file`` names. ``filled`` refuses an empty list.
    """

    name: str
    reader: v.Reader
    default: Raw | None = None
    required: bool = False
    secret: bool = False
    filled: bool = False


PLAIN: dict[str, tuple[Key, ...]] = {
    "site": (
        Key(name="name", reader=v.LINE, required=True),
        Key(name="owner", reader=v.LINE, required=True),
        Key(name="base_url", reader=v.BASE_URL, required=True),
        Key(name="language", reader=v.choice("sv", "en"), default="sv"),
        Key(name="timezone", reader=v.ZONE, default="Europe/Stockholm"),
        Key(name="contact", reader=v.ADDRESS, required=True),
        Key(name="secret", reader=v.LINE, secret=True),
    ),
    "storage": (
        Key(name="url", reader=v.STORAGE_URL, default="sqlite:///data/skord.db"),
        Key(name="media", reader=v.LINE, default="data/media"),
    ),
    "mail": (
        Key(name="host", reader=v.LINE, default="localhost"),
        Key(name="port", reader=v.number(1, 65535), default=25),
        Key(name="user", reader=v.MAYBE_LINE, default=""),
        Key(name="password", reader=v.LINE, secret=True),
        Key(name="security", reader=v.choice("none", "starttls", "tls"), default="none"),
        Key(name="connections", reader=v.number(1, 20), default=4),
        Key(name="per_minute", reader=v.number(0, 1_000_000), default=0),
        Key(name="per_domain", reader=v.number(0, 1_000_000), default=0),
        Key(name="check", reader=v.FLAG, default=True),
        Key(name="sends_from", reader=v.IP_ADDRESSES, default=[]),
        Key(name="dkim", reader=v.LINES, default=[]),
    ),
    "mail.bounces": (
        Key(name="address", reader=v.or_empty(v.ADDRESS), default=""),
        Key(name="host", reader=v.MAYBE_LINE, default=""),
        Key(name="port", reader=v.number(0, 65535), default=0),
        Key(name="user", reader=v.MAYBE_LINE, default=""),
        Key(name="password", reader=v.LINE, secret=True),
        Key(name="security", reader=v.choice("tls", "starttls", "none"), default="tls"),
        Key(name="folder", reader=v.LINE, default="INBOX"),
    ),
    "fetch": (
        Key(name="allow", reader=v.HOST_PORTS, default=[]),
        Key(name="per_host", reader=v.PACE, default="1/s"),
        Key(name="total", reader=v.DURATION, default="30s"),
        Key(name="max_bytes", reader=v.SIZE, default="10MB"),
    ),
    "privacy": tuple(
        Key(name=name, reader=v.PROSE, default="")
        for name in (
            "controller",
            "organisation_number",
            "purpose",
            "legal_basis",
            "contact",
            "officer",
            "retention",
        )
    ),
    "work": (Key(name="engine", reader=v.ENGINE, default="local"),),
    "notices": (
        Key(name="webhook", reader=v.or_empty(v.URL), default=""),
        Key(name="webhook_secret", reader=v.LINE, secret=True),
        Key(
            name="webhook_times",
            reader=v.WEEK_TIMES,
            default=[f"{day} 08:00" for day in ("monday", "tuesday", "wednesday", "thursday", "friday")],
        ),
        Key(name="always", reader=v.FLAG, default=False),
    ),
    "indicators": (
        Key(name="kolada", reader=v.or_empty(v.URL), default="https://api.kolada.se/v3"),
        Key(name="scb", reader=v.or_empty(v.URL), default="https://statistikdatabasen.scb.se/api/v2"),
        Key(name="every", reader=v.DURATION, default="24h"),
    ),
    "embed": (Key(name="hosts", reader=v.ORIGINS, default=[]),),
    "api": (
        Key(name="per_minute", reader=v.number(1, 1_000_000), default=60),
        Key(name="per_minute_token", reader=v.number(1, 1_000_000), default=600),
    ),
    "export": (Key(name="keep", reader=v.DURATION, default="14d"),),
    "wall": (
        Key(name="each", reader=v.DURATION, default="12s"),
        Key(name="rest", reader=v.DURATION_OR_NONE, default="4s"),
        Key(name="stories", reader=v.number(1, 60), default=30),
    ),
    "login": (
        Key(name="local", reader=v.FLAG, default=True),
        Key(name="proxies", reader=v.PROXIES, default=[]),
    ),
    "oidc": (
        Key(name="issuer", reader=v.or_empty(v.URL), default=""),
        Key(name="client_id", reader=v.MAYBE_LINE, default=""),
        Key(name="client_secret", reader=v.LINE, secret=True),
        Key(name="name", reader=v.MAYBE_LINE, default=""),
        Key(name="claim", reader=v.LINE, default="roles"),
        Key(name="roles", reader=v.GRANTS, default=[]),
    ),
}

CAMPAIGN: tuple[Key, ...] = (
    Key(name="name", reader=v.LINE, required=True),
    Key(name="hashtags", reader=v.HASHTAGS, required=True, filled=True),
    Key(name="aliases", reader=v.HASHTAGS, default=[]),
    Key(name="strategy", reader=v.IDS, default=[]),
    Key(name="about", reader=v.PROSE, default=""),
    Key(name="accent", reader=v.COLOUR, default="#2f6b3c"),
    Key(name="places", reader=v.LINES, default=[]),
)

SOURCE: tuple[Key, ...] = (
    Key(name="kind", reader=v.choice(*KINDS), required=True),
    Key(name="name", reader=v.MAYBE_LINE, default=""),
    Key(name="every", reader=v.DURATION),
    Key(name="keep", reader=v.choice("tagged", "all"), default="tagged"),
    Key(name="campaign", reader=v.IDS, filled=True),
    Key(name="rights", reader=v.choice("", "own"), default=""),
    Key(name="place", reader=v.MAYBE_LINE, default=""),
    Key(name="timezone", reader=v.ZONE),
    Key(name="token", reader=v.LINE, secret=True),
)

NEWSLETTER: tuple[Key, ...] = (
    Key(name="name", reader=v.LINE),
    Key(name="campaign", reader=v.LINE, required=True),
    Key(name="draft", reader=v.WEEK_TIME, required=True),
    Key(name="send", reader=v.WEEK_TIME, required=True),
    Key(name="from", reader=v.SENDER, required=True),
    Key(name="reply_to", reader=v.or_empty(v.ADDRESS), default=""),
    Key(name="editors", reader=v.ADDRESSES, default=[]),
    Key(name="min_items", reader=v.number(1, 100), default=3),
    Key(name="max_items", reader=v.number(1, 100), default=20),
    Key(name="pause", reader=v.PAUSES, default=[]),
    Key(name="holidays", reader=v.choice("skip", "move", "ignore"), default="move"),
    Key(name="pictures", reader=v.choice("embed", "link"), default="embed"),
    Key(name="uncertain", reader=v.choice("hold", "resend"), default="hold"),
    Key(name="approvers", reader=v.number(1, 2), default=1),
    Key(name="languages", reader=v.choices(*LANGUAGES), default=[]),
)

HOOK: tuple[Key, ...] = (
    Key(name="url", reader=v.URL, required=True),
    Key(name="secret", reader=v.LINE, secret=True),
)

KEYED: dict[str, tuple[Key, ...]] = {
    "campaign": CAMPAIGN,
    "source": SOURCE,
    "newsletter": NEWSLETTER,
    "hook": HOOK,
}
TABLES: tuple[str, ...] = (
    *("site", "storage", "campaign", "source", "newsletter", "mail"),
    *("fetch", "privacy", "work", "login", "oidc", "notices", "indicators", "embed", "wall", "export", "api", "hook"),
)

_OPTION_READERS = {
    "url": v.URL,
    "urls": v.URLS,
    "text": v.MAYBE_LINE,
    "list": v.LINES,
    "flag": v.FLAG,
    "number": v.NUMBER,
}


def source_keys(kind: Kind | None) -> tuple[Key, ...]:
    """Return the keys of a source of this kind; of an unknown kind every key that any kind knows, none required."""
    if kind is None:
        options = {option.name: replace(option, required=False) for each in KINDS.values() for option in each.options}
        return (*SOURCE, *map(_option_key, options.values()))
    common = [replace(key, default=v.duration_text(kind.every)) if key.name == "every" else key for key in SOURCE]
    return (*common, *map(_option_key, kind.options))


def _option_key(option: Option) -> Key:
    return Key(name=option.name, reader=_OPTION_READERS[option.type], required=option.required, filled=True)


def names(keys: tuple[Key, ...]) -> tuple[str, ...]:
    """Return every name that may stand in a table: the keys, and beside each secret its ``_file``."""
    return tuple(name for key in keys for name in ((key.name, f"{key.name}_file") if key.secret else (key.name,)))


def known_keys() -> dict[str, Raw | None]:
    """Return every setting with its default, as "site.name", "source.ID.every", "fetch.hosts.HOST"."""
    tables = {**PLAIN, **{f"{table}.ID": keys for table, keys in KEYED.items()}, "source.ID": source_keys(None)}
    found: dict[str, Raw | None] = {}
    for table, keys in tables.items():
        defaults = {key.name: key.default for key in keys}
        found |= {f"{table}.{name}": defaults.get(name) for name in names(keys)}
    return {**found, "fetch.hosts.HOST": None}
