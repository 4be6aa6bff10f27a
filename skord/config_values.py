"""What one setting's value may look like, and what it becomes. Each ``_check`` takes what the shape let through."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from campaign import hashtags
from campaign.errors import Fact
from campaign.oidc import Grant
from campaign.records import Role
from campaign.settings import WeekTime

_DAYS = {
    name: number
    for names in (
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    )
    for number, name in enumerate(names)
}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PACE_UNITS = {"s": 1, "m": 60, "h": 3600}
_SIZES = {"b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_GRANT = re.compile(r"(?P<value>.*\S)\s*=\s*(?P<role>[a-z]+)(?::(?P<campaign>[a-z0-9-]+))?")
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


class Wrong(Exception):
    """A value that cannot be used; ``item`` counts from 0 where one item of a list is meant."""

    def __init__(self, key: str, /, *, item: int | None = None, **facts: Fact) -> None:
        super().__init__(key)
        self.key = key
        self.item = item
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Reader:
    """How a value is written (``shape``: text, number, flag, list, text_or_list) and what is checked in it.

    In a list every item is a text and is checked by itself.
    """

    shape: str
    check: Callable[[Any], Any]

    def read(self, raw: object) -> tuple[Any, list[Wrong]]:
        """Return the value, and everything wrong with it; the value is None where anything is."""
        if self.shape == "text_or_list":
            raw = [raw] if isinstance(raw, str) else raw
        elif self.shape != "list":
            try:
                return self._single(raw), []
            except Wrong as wrong:
                return None, [wrong]
        if not isinstance(raw, list):
            return None, [Wrong(f"type_{self.shape}", value=shown(raw))]
        return self._many(raw)

    def _single(self, raw: object) -> Any:
        wanted = {"text": str, "number": int, "flag": bool}[self.shape]
        if not isinstance(raw, wanted) or (wanted is int and isinstance(raw, bool)):
            raise Wrong(f"type_{self.shape}", value=shown(raw))
        return self.check(raw)

    def _many(self, items: list[object]) -> tuple[tuple[Any, ...] | None, list[Wrong]]:
        values: list[Any] = []
        problems: list[Wrong] = []
        for number, item in enumerate(items):
            try:
                if not isinstance(item, str):
                    raise Wrong("type_item", value=shown(item))
                values.append(self.check(item))
            except Wrong as wrong:
                problems.append(Wrong(wrong.key, item=number, **wrong.facts))
        return (None, problems) if problems else (tuple(values), [])


def shown(raw: object) -> str:
    """Return a value as a message may quote it: short and on one line."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    text = " ".join(_CONTROL.sub(" ", str(raw)).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _line(text: str) -> str:
    if not text.strip():
        raise Wrong("empty")
    return _maybe_line(text)


def _maybe_line(text: str) -> str:
    if _CONTROL.search(text):
        raise Wrong("line_break")
    return text.strip()


def duration_of(text: str) -> timedelta:
    """Return "15m" as a timedelta. Raises Wrong."""
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])", text.strip())
    if match is None or int(match[1]) == 0:
        raise Wrong("duration", value=shown(text))
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def _duration_or_none(text: str) -> timedelta:
    return timedelta(0) if re.fullmatch(r"0+\s*[smhd]", text.strip()) else duration_of(text)


def duration_text(value: timedelta) -> str:
    """Return a whole number of seconds as it would be written: "15m", "1h", "30s"."""
    seconds = int(value.total_seconds())
    unit, length = next(pair for pair in reversed(_UNITS.items()) if seconds % pair[1] == 0)
    return f"{seconds // length}{unit}"


def _pace(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,6})\s*/\s*([smh])", text.strip())
    if match is None or int(match[1]) == 0:
        raise Wrong("pace", value=shown(text))
    return timedelta(seconds=_PACE_UNITS[match[2]]) / int(match[1])


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d{1,6})\s*([kmg]?b)", text.strip().casefold())
    if match is None or int(match[1]) == 0:
        raise Wrong("size", value=shown(text))
    return int(match[1]) * _SIZES[match[2]]


def _week_time(text: str) -> WeekTime:
    match = re.fullmatch(r"(\w+)\s+([01]?\d|2[0-3])[:.]([0-5]\d)", text.strip().casefold())
    if match is None or match[1] not in _DAYS:
        raise Wrong("week_time", value=shown(text))
    return WeekTime(weekday=_DAYS[match[1]], hour=int(match[2]), minute=int(match[3]))


def _hashtag(text: str) -> str:
    found = hashtags.find(text)
    if len(found) != 1 or text[1:] != found[0]:
        raise Wrong("hashtag", value=shown(text))
    return text


def _address(text: str) -> str:
    local, at, domain = text.strip().rpartition("@")
    if not at or len(text) > 254 or not _ATOM.fullmatch(local) or not _is_domain(domain):
        raise Wrong("address", value=shown(text))
    return text.strip()


def _is_domain(domain: str) -> bool:
    try:
        plain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return re.fullmatch(_HOST, plain) is not None


def _sender(text: str) -> tuple[str, str]:
    _line(text)
    name, address = parseaddr(text)
    if not address or not (text.rstrip().endswith(f"<{address}>") or text.strip() == address):
        raise Wrong("sender", value=shown(text))
    try:
        return name, _address(address)
    except Wrong:
        raise Wrong("sender", value=shown(text)) from None


def _web_address(text: str) -> str:
    """Accept http(s) with a host and no name or password in it, which would end up in logs and on pages."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if usable and parts.username is not None:
        raise Wrong("url_user")
    if not usable or _CONTROL.search(text) or re.search(r"[\s\\<>\"]", text):
        raise Wrong("url", value=shown(text))
    return text


def _origin(text: str) -> str:
    """Accept scheme, host and port of a site, and nothing behind them: a path would be taken for a part of the rule."""
    parts = urlsplit(_web_address(text))
    try:
        # Browsers compare hosts as they travel: "växjö.se" is written in the rule as "xn--vxj-qla7h.se".
        host = (parts.hostname or "").encode("idna").decode()
    except UnicodeError:
        host = ""
    origin = f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"
    if parts.path or parts.query or parts.fragment or not is_host(host):
        raise Wrong("origin", value=shown(text), proposal=origin)
    return origin


def _base_url(text: str) -> str:
    _web_address(text)
    if text.endswith("/"):
        raise Wrong("url_slash", proposal=text.rstrip("/"))
    if "?" in text or "#" in text:
        raise Wrong("url", value=shown(text))
    return text


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Wrong("zone", value=shown(text)) from None


def _pause(text: str) -> tuple[date, date]:
    first, _, last = text.strip().partition("/")
    try:
        days = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError:
        raise Wrong("pause", value=shown(text)) from None
    if days[1] < days[0]:
        raise Wrong("pause_backwards", value=shown(text))
    return days


def _colour(text: str) -> str:
    if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", text):
        raise Wrong("colour", value=shown(text))
    digits = text.lower().removeprefix("#")
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def _storage_url(text: str) -> str:
    """Accept a database's address. Messages never quote it: it may hold a password."""
    scheme, _, rest = text.partition("://")
    if scheme not in ("sqlite", "postgresql", "postgresql+psycopg"):
        raise Wrong("storage_scheme")
    if scheme == "sqlite" and (not re.match(r"/[^?]", rest) or rest.startswith("/:memory:")):
        raise Wrong("storage_memory")
    if scheme != "sqlite" and not rest.strip("/"):
        raise Wrong("storage_scheme")
    return text


def _host_port(text: str) -> str:
    match = re.fullmatch(rf"(?:{_HOST}|\[[0-9A-Fa-f:.]+\]):(\d{{1,5}})", text.strip())
    if match is None or not 1 <= int(match[1]) <= 65535:
        raise Wrong("host_port", value=shown(text))
    return text.strip()


def _engine(text: str) -> str:
    if text == "procrastinate":
        raise Wrong("engine_unbuilt")
    return _choice(text, ("local",))


def _grant(text: str) -> Grant:
    """Accept "Skord.Redaktor = editor" and "Skord.Redaktor = editor:hallandvaxer"."""
    match = _GRANT.fullmatch(text.strip())
    if match is None or match["role"] not in list(Role)[1:]:
        raise Wrong("grant", value=shown(text), known=", ".join(list(Role)[1:]))
    return Grant(value=match["value"], role=Role(match["role"]), campaign=match["campaign"] or "")


def _proxy(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise Wrong("proxy", value=shown(text)) from None


def _ip(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        raise Wrong("ip", value=shown(text)) from None


def _choice(text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise Wrong("choice", value=shown(text), allowed=", ".join(f"«{word}»" for word in allowed if word))
    return text


def choice(*allowed: str) -> Reader:
    """Return a reader that takes one of these words."""
    return Reader("text", lambda text: _choice(text, allowed))


def choices(*allowed: str) -> Reader:
    """Return a reader that takes a list of some of these words."""
    return Reader("list", lambda text: _choice(text, allowed))


def number(least: int, most: int) -> Reader:
    """Return a reader that takes a whole number between two, both included."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise Wrong("range", value=value, least=least, most=most)
        return value

    return Reader("number", check)


def or_empty(reader: Reader) -> Reader:
    """Return a reader that takes "" too, as the empty text."""
    return Reader("text", lambda text: reader.check(text) if text else "")


def is_host(text: str) -> bool:
    """Return whether a text is a host name alone, without scheme, port or path."""
    return re.fullmatch(_HOST, text) is not None


def from_environment(text: str, shape: str) -> object:
    """Return an environment variable's text as the raw value of a shape; lists are parted by commas."""
    if shape == "number" and re.fullmatch(r"-?\d{1,18}", text.strip()):
        return int(text)
    if shape == "flag" and text.strip().casefold() in ("true", "false"):
        return text.strip().casefold() == "true"
    if shape in ("list", "text_or_list"):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def to_toml(raw: object) -> str:
    """Return a text, number, flag or list of texts as TOML."""
    if isinstance(raw, bool | int):
        return shown(raw)
    if isinstance(raw, str):
        letters = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
        return '"' + "".join(letters.get(letter, _escaped(letter)) for letter in raw) + '"'
    if isinstance(raw, Iterable):
        return "[" + ", ".join(to_toml(item) for item in raw) + "]"
    raise TypeError(raw)


def _escaped(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if letter < " " or letter == "\x7f" else letter


LINE = Reader("text", _line)
MAYBE_LINE = Reader("text", _maybe_line)
PROSE = Reader("text", lambda text: text.strip())
LINES = Reader("list", _line)
FLAG = Reader("flag", bool)
NUMBER = Reader("number", int)
DURATION = Reader("text", duration_of)
DURATION_OR_NONE = Reader("text", _duration_or_none)
PACE = Reader("text", _pace)
SIZE = Reader("text", _size)
WEEK_TIME = Reader("text", _week_time)
WEEK_TIMES = Reader("list", _week_time)
HASHTAGS = Reader("list", _hashtag)
ADDRESS = Reader("text", _address)
ADDRESSES = Reader("list", _address)
SENDER = Reader("text", _sender)
URL = Reader("text", _web_address)
URLS = Reader("list", _web_address)
ORIGINS = Reader("list", _origin)
BASE_URL = Reader("text", _base_url)
ZONE = Reader("text", _zone)
PAUSES = Reader("list", _pause)
COLOUR = Reader("text", _colour)
STORAGE_URL = Reader("text", _storage_url)
HOST_PORTS = Reader("list", _host_port)
IDS = Reader("text_or_list", _line)
ENGINE = Reader("text", _engine)
GRANTS = Reader("list", _grant)
PROXIES = Reader("list", _proxy)
IP_ADDRESSES = Reader("list", _ip)
