"""What ``config.toml`` says, once read and checked (``skord/config.py`` reads it). Immutable and passed down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from campaign.oidc import Grant

_STOCKHOLM = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The installation as its readers meet it. ``base_url`` has no trailing slash and may have a path."""

    name: str
    owner: str
    base_url: str
    language: str = "sv"
    timezone: ZoneInfo = _STOCKHOLM
    contact: str
    secret: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Where posts and pictures lie. ``url`` is an SQLAlchemy address and may hold a password; paths are absolute."""

    url: str = field(repr=False)
    media: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignSettings:
    """One campaign. ``hashtags`` and ``aliases`` keep their #; ``about`` is Markdown; ``accent`` a CSS colour.

    ``places`` are the names of what ``campaign.places.offer`` makes its places from. ``strategies`` are files: the
    campaign's own first, those after it are what it serves.
    """

    id: str
    name: str
    hashtags: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    strategies: tuple[Path, ...] = ()
    about: str = ""
    accent: str = "#2f6b3c"
    places: tuple[str, ...] = ()

    @property
    def strategy(self) -> Path | None:
        """The file of the campaign's own strategy."""
        return self.strategies[0] if self.strategies else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """One place that is asked. ``campaigns`` are the ids it feeds; ``options`` is what its kind needs (kinds.py).

    ``keep`` is "tagged" or "all"; ``rights`` is "" or "own"; ``timezone`` is used for dates without a zone.
    ``token`` is the secret, never shown or logged. ``place`` is the name of the place that it belongs to, "" for none.
    """

    id: str
    kind: str
    campaigns: tuple[str, ...]
    every: timedelta
    keep: str = "tagged"
    rights: str = ""
    name: str = ""
    place: str = ""
    timezone: ZoneInfo = _STOCKHOLM
    token: str = field(default="", repr=False)
    options: dict[str, str | int | bool | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekTime:
    """A moment that comes back every week, in the site's time zone. ``weekday`` 0 is Monday."""

    weekday: int
    hour: int
    minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterSettings:
    """One newsletter. ``pause`` are first and last day, both included; ``pictures`` is "link" or "embed".

    ``holidays`` says what a Swedish public holiday does to an issue: "move" it to the weekday before, "skip" it,
    or "ignore" the day. ``uncertain`` says what happens to letters of which nobody knows whether they left:
    "hold" lists them for a person, "resend" risks a double. ``approvers`` is how many different people must approve
    an issue, 1 or 2; ``languages`` are those that a subscriber can choose for what stands around the stories.
    """

    id: str
    campaign: str
    name: str
    draft: WeekTime
    send: WeekTime
    sender_name: str
    sender_address: str
    reply_to: str = ""
    min_items: int = 3
    max_items: int = 20
    pause: tuple[tuple[date, date], ...] = ()
    holidays: str = "move"
    editors: tuple[str, ...] = ()
    pictures: str = "embed"
    uncertain: str = "hold"
    approvers: int = 1
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceSettings:
    """The mailbox to which letters come back. ``address`` is the sender of every envelope, with the delivery's name
    after a plus sign; "" where there is none. ``host`` is read over IMAP; "" where somebody else fetches.
    """

    address: str = ""
    host: str = ""
    port: int = 993
    user: str = ""
    password: str = field(default="", repr=False)
    security: str = "tls"
    folder: str = "INBOX"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """The mail server. ``security`` is "none", "starttls" or "tls"; ``per_minute`` 0 means as fast as it takes them.

    ``per_domain`` is the same for each receiving domain, ``domains`` holds exceptions. With ``check`` the first real
    sending waits until ``skord doctor mail`` finds nothing red, or a person says to send all the same; it is helped by
    ``sends_from``, the public addresses that the server sends from, and ``dkim``, the selectors that it signs with.
    """

    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    security: str = "none"
    connections: int = 4
    per_minute: int = 0
    per_domain: int = 0
    domains: Mapping[str, int] = field(default_factory=dict)
    check: bool = True
    sends_from: tuple[str, ...] = ()
    dkim: tuple[str, ...] = ()
    bounces: BounceSettings = field(default_factory=BounceSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How the machine goes out. ``allow`` lists private ``host:port`` that may be asked.

    ``per_host`` is the least time between two requests to one host; ``hosts`` holds exceptions by host name.
    """

    allow: tuple[str, ...] = ()
    per_host: timedelta = timedelta(seconds=1)
    hosts: dict[str, timedelta] = field(default_factory=dict)
    total: timedelta = timedelta(seconds=30)
    max_bytes: int = 10_000_000
    contact_url: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """What people are told about their data. The public side stays closed while a required field is empty."""

    controller: str = ""
    purpose: str = ""
    legal_basis: str = ""
    contact: str = ""
    retention: str = ""
    officer: str = ""
    organisation_number: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of required fields that are empty, in the order of the file."""
        required = ("controller", "purpose", "legal_basis", "contact", "retention")
        return tuple(name for name in required if not getattr(self, name).strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSettings:
    """How people get in. ``local`` lets them log in with a password; ``proxies`` are believed about who asks."""

    local: bool = True
    proxies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """An organisation's own login. ``issuer`` "" means that there is none; ``name`` is what the button calls it.

    ``claim`` names the claim that tells people's roles, ``grants`` what each of its values gives here.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    name: str = ""
    claim: str = "roles"
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSettings:
    """Where jobs run: "local" is in this process."""

    engine: str = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesSettings:
    """How people are told of what waits, beside the mails that each of them chooses.

    ``webhook`` "" means that there is none. ``always`` tells also where nothing waits.
    """

    webhook: str = ""
    webhook_secret: str = field(default="", repr=False)
    webhook_times: tuple[WeekTime, ...] = ()
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorSettings:
    """Where official figures are asked for, "" for a source that is not asked, and how often."""

    kolada: str = "https://api.kolada.se/v3"
    scb: str = "https://statistikdatabasen.scb.se/api/v2"
    every: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedSettings:
    """Which sites may show the campaign's stories in a frame: origins ("https://www.halmstad.se"), none by default."""

    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """How long a file that was taken out at the desk lies there to be fetched."""

    keep: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class WallSettings:
    """How the wall goes: how long a story stands, how long it rests between two old ones, how many it goes through."""

    each: timedelta = timedelta(seconds=12)
    rest: timedelta = timedelta(seconds=4)
    stories: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """How many questions a minute the API takes from one address, and from one token."""

    per_minute: int = 60
    per_minute_token: int = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSettings:
    """Who is told what changed in a campaign's archive; ``secret`` is the key that signs, never shown."""

    url: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One effective value as ``config.toml`` would write it, secrets masked; ``table`` is "source.nyheter".

    ``origin`` is "default", "file", or the name of the environment variable that it came from.
    """

    table: str
    key: str
    text: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration. Dictionaries are keyed by id, ``hooks`` by campaign, and keep the order of the file."""

    file: Path
    site: Site
    storage: StorageSettings
    campaigns: dict[str, CampaignSettings]
    sources: dict[str, SourceSettings]
    newsletters: dict[str, NewsletterSettings]
    mail: MailSettings = MailSettings()
    fetch: FetchSettings = FetchSettings()
    privacy: PrivacySettings = PrivacySettings()
    work: WorkSettings = WorkSettings()
    notices: NoticesSettings = NoticesSettings()
    login: LoginSettings = LoginSettings()
    oidc: OidcSettings = OidcSettings()
    indicators: IndicatorSettings = IndicatorSettings()
    embed: EmbedSettings = EmbedSettings()
    wall: WallSettings = WallSettings()
    export: ExportSettings = ExportSettings()
    api: ApiSettings = ApiSettings()
    hooks: dict[str, HookSettings] = field(default_factory=dict)
    told: tuple[Told, ...] = field(default=(), repr=False)
