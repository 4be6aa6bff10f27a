"""Meta's Graph interface, as Instagram and Facebook are both asked through it: address, token, refusals, allowance.

The token travels in a header only. Addresses of next pages, which Meta hands out with the token inside, are never
used: paging is built from cursors.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from campaign.collecting import Quota
from campaign.errors import CollectError
from campaign.settings import SourceSettings
from collector import tidy
from collector.networks.graph_errors import problem, told
from collector.networks.page import Ask, Visit, as_json
from net.answers import LONGEST_WAIT, Answer, StatusError

API = "https://graph.facebook.com"
VERSION = "v25.0"
ENOUGH = 90
"""Percent of the allowance after which a run asks no more than it must."""

_VERSION = re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}")
_DAY = timedelta(days=1)
_SHARES = ("call_count", "total_time", "total_cputime")


@dataclass(slots=True)
class Usage:
    """How much of Meta's allowance is used, as its answers tell: the highest share, and when it is back."""

    percent: int | None = None
    wait: timedelta | None = None

    def read(self, headers: Mapping[str, str]) -> None:
        """Take in the headers of one answer."""
        shares = [_header(headers, name) for name in ("x-app-usage", "x-page-usage")]
        for each in tidy.mapping(_header(headers, "x-business-use-case-usage")).values():
            shares += tidy.items(each)
        told = [tidy.mapping(share) for share in shares]
        percents = [_count(share.get(name)) for share in told for name in _SHARES if name in share]
        minutes = max((_count(share.get("estimated_time_to_regain_access")) for share in told), default=0)
        if percents:
            self.percent = max(percents)
        self.wait = min(timedelta(minutes=minutes), LONGEST_WAIT) if minutes else None


@dataclass(slots=True, kw_only=True)
class Graph:
    """One way to ask Meta: an address with its version, and a token."""

    ask: Ask
    base: str
    token: str = field(repr=False)
    now: datetime
    usage: Usage = field(default_factory=Usage)

    @property
    def host(self) -> str:
        """The server's name, as errors tell it."""
        return urlsplit(self.base).netloc

    @property
    def spent(self) -> bool:
        """Whether so much of the allowance is used that the rest is left for later."""
        return self.usage.percent is not None and self.usage.percent >= ENOUGH

    def get(self, path: str, *, needs: str = "", what: str = "", **parameters: str) -> Mapping[str, Any]:
        """Return an answer, read by its content: Meta also refuses with status 200.

        ``needs`` names the right that the question takes, ``what`` it asks for, for the sentence of a refusal.
        """
        query = f"?{urlencode(parameters)}" if parameters else ""
        url = f"{self.base}/{quote(path, safe='/')}{query}"
        try:
            answer = self.ask.fetch(url, token=self.token, accept="application/json")
        except StatusError as error:
            self.usage.read(error.headers)
            found = problem(_maybe_json(error.body))
            if found is None:
                raise
            raise self._told(found, needs=needs, what=what, retry_at=error.retry_at) from error
        found = self._read(answer)
        if not isinstance(found, dict):
            raise CollectError("answer_odd", host=self.host)
        if (refused := problem(found)) is not None:
            raise self._told(refused, needs=needs, what=what, retry_at=None)
        return found

    def token_expires_at(self) -> datetime | None:
        """Return when the token, or the right to read data with it, ends; None where it does not, or nobody says.

        The token is asked about inside a batch: the plain question would carry it in its address.
        """
        asked = f"debug_token?{urlencode({'input_token': self.token})}"
        form = {"batch": json.dumps([{"method": "GET", "relative_url": asked}]), "include_headers": "false"}
        try:
            found = self._read(self.ask.fetch(f"{self.base}/", token=self.token, accept="application/json", form=form))
        except CollectError:
            return None  # it is an extra, and not every token may ask about itself; posts are read all the same
        first = tidy.mapping(found[0]) if isinstance(found, list) and found else {}
        about = tidy.mapping(tidy.mapping(_maybe_json(first.get("body"))).get("data"))
        ends = [_unix(about.get(name)) for name in ("expires_at", "data_access_expires_at")]
        return min((end for end in ends if end is not None), default=None)

    def quotas(self) -> tuple[Quota, ...]:
        """Return how much of the allowance is used, in percent; nothing where no answer has told."""
        if self.usage.percent is None:
            return ()
        back_at = self.now + self.usage.wait if self.usage.wait else None
        return (Quota(name="graph_calls", used=self.usage.percent, limit=100, resets_at=back_at),)

    def as_page(self, token: str) -> Graph:
        """Return the same way with a Page's own token."""
        return replace(self, token=token)

    def _read(self, answer: Answer) -> Any:
        self.usage.read(answer.headers)
        return as_json(answer, host=self.host)

    def _told(self, error: Mapping[str, Any], *, needs: str, what: str, retry_at: datetime | None) -> CollectError:
        regained = self.now + self.usage.wait if self.usage.wait else retry_at
        return told(error, host=self.host, needs=needs, what=what, retry_at=regained)


def graph(visit: Visit) -> Graph:
    """Return the way to ask for a source. Raises CollectError ``graph_no_token`` or ``graph_version_bad``."""
    source = visit.source
    version = str(source.options.get("version") or VERSION).strip()
    if not source.token:
        raise CollectError("graph_no_token", permanent=True, source=source.id)
    if not _VERSION.fullmatch(version):
        raise CollectError("graph_version_bad", permanent=True, version=tidy.line(version, 40), usual=VERSION)
    base = str(source.options.get("api") or API).strip().rstrip("/")
    return Graph(ask=visit.ask, base=f"{base}/{version}", token=source.token, now=visit.now)


def token_word(way: Graph, state: dict[str, Any]) -> datetime | None:
    """Return when the token ends, asked about once a day and whenever it has been changed; ``state`` keeps the word."""
    kept = tidy.mapping(state.get("token"))
    mark = hashlib.sha256(way.token.encode()).hexdigest()[:8]
    asked = tidy.moment(kept.get("asked"))
    if kept.get("mark") != mark or asked is None or not timedelta(0) <= way.now - asked < _DAY:
        ends = way.token_expires_at()
        kept = {"mark": mark, "asked": way.now.isoformat(), "ends": ends.isoformat() if ends else ""}
        state["token"] = kept
    return tidy.moment(kept.get("ends"))


def check_wait(way: Graph, state: dict[str, Any]) -> None:
    """Raise CollectError ``server_waits`` where Meta asked us, in an earlier run, to stay away until later."""
    until = tidy.moment(state.get("until"))
    if until is not None and until > way.now:
        raise CollectError("server_waits", retry_at=until, host=way.host)
    state.pop("until", None)


def listed(source: SourceSettings, name: str) -> tuple[str, ...]:
    """Return the words of a list in the source's options, without empty ones."""
    given = source.options.get(name)
    return tuple(each.strip() for each in given if each.strip()) if isinstance(given, tuple) else ()


def check_rights(source: SourceSettings, wanted: tuple[str, ...]) -> None:
    """Raise CollectError where a source that vouches for its pictures would read those of others too."""
    if source.rights == "own" and (others := [each for each in wanted if each != "own"]):
        raise CollectError("graph_rights_mixed", permanent=True, source=source.id, others=", ".join(others))


def _header(headers: Mapping[str, str], name: str) -> Any:
    return _maybe_json(headers.get(name, ""))


def _maybe_json(text: object) -> Any:
    """Return what a text says as JSON, None where it is none."""
    try:
        return json.loads(text, parse_int=tidy.json_number) if isinstance(text, str | bytes) else None
    except (ValueError, RecursionError):
        return None


def _count(value: object) -> int:
    """Return a number of percent or minutes, 0 for anything else; shares may be told in parts of one percent."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10**7:
        return 0
    return round(value)


def _unix(value: object) -> datetime | None:
    """Return a moment told in seconds since 1970; 0 means never."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 32_503_680_000:
        return None
    return datetime.fromtimestamp(value, UTC)
