"""YouTube: what named channels upload, and a search for the tags, each video read in full before it is judged.

Two kinds of stream, both newest first: a channel's list of uploads (one unit a page) and a search (one of a hundred
searches a day). A run walks each down to the newest video of the walk before, with two days of overlap since films
are published late; killed in the middle, it goes on with the page it had in hand. The cursor:

    {"channel:@x": {"playlist": "UU…", "newest": "2026-05-04T…", "page": {"token": "CAoQAA", "top": "…"}},
     "search:hallandväxer": {…}}

What was asked today stands in the session, because re-checks count too: {"day": "2026-11-22", "searches": "8", …}.

Source: https://developers.google.com/youtube/v3/docs, the allowances of June 2026. A search is by relevance, no filter
for a tag: what is kept is decided on title, description and the video's own tags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from campaign.collecting import Filled, Forecast, Found, Known, Quota, Rechecked
from campaign.errors import CollectError
from campaign.records import Candidate, CandidateMedia
from campaign.settings import SourceSettings
from collector import html as cleaner
from collector import tidy
from collector.networks.page import Page, Visit, as_json
from collector.networks.since import since
from net.answers import StatusError

API = "https://www.googleapis.com/youtube/v3"
LIMIT = 50
MOST_PAGES = 20
"""Pages of one stream in one run; what is left waits for the next run."""

OVERLAP = timedelta(days=2)
_MOST_EMPTY = 3
SEARCHES_PER_DAY, UNITS_PER_DAY = 100, 10_000
"""What a free key is granted; ``searches_per_day`` and ``units_per_day`` of a source say otherwise."""

_PACIFIC = ZoneInfo("America/Los_Angeles")
_CHANNEL = re.compile(r"UC[\w-]{22}")
_ADDRESS = re.compile(r"(?:https?://)?(?:(?:www|m)\.)?youtube\.com(?=/|$)", re.IGNORECASE)
_BAD_KEY = frozenset({"keyInvalid", "keyExpired", "API_KEY_INVALID"})
_DISABLED = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_BLOCKED = re.compile(r"ipRefererBlocked|API_KEY_\w+_BLOCKED")
_SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
_PRIVATE = frozenset({"private"})
_COUNTED = ("likeCount", "commentCount")


def pages(visit: Visit) -> Iterator[Page]:
    """Yield new videos, one page of one stream at a time.

    A stream that fails does not stop the others. Raises CollectError where nothing could be had:
    ``youtube_no_key``, ``youtube_bad_key``, ``youtube_not_enabled``, ``youtube_key_restricted``, ``youtube_quota``,
    and as ``net.http`` does.
    """
    tube = _Tube(visit)
    back_to = since(visit.source, visit.now)
    state: dict[str, Any] = deepcopy(dict(visit.cursor))
    errors: list[CollectError] = []
    answered = False
    for name in _streams(visit):
        stream = state.setdefault(name, {})
        try:
            for found in _walk(tube, name, stream, back_to):
                answered = True
                yield Page(
                    candidates=found, cursor=deepcopy(state), quotas=tube.spent.quotas(), filled=_filled(state, back_to)
                )
        except CollectError as error:
            errors.append(error)
            if error.permanent and error.key != "youtube_no_channel":
                break
    if errors and not answered:
        raise errors[0]
    yield Page(candidates=(), cursor=state, quotas=tube.spent.quotas(), errors=tuple(errors))


def recheck(visit: Visit, known: Sequence[Known]) -> Iterator[Rechecked]:
    """Yield what became of videos, fifty a question. One that is left out of the answer is gone or private."""
    tube = _Tube(visit)
    for start in range(0, len(known), LIMIT):
        part = known[start : start + LIMIT]
        found = {_number(each): each for each in tube.answered([each.identity for each in part])}
        for each in part:
            given = found.get(each.identity)
            now = candidate(given)
            is_there = Found.LIVE if now else Found.ABSENT if given is None or _is_private(given) else Found.UNKNOWN
            yield Rechecked(identity=each.identity, found=is_there, candidate=now)


def forecast(source: SourceSettings, spellings: tuple[str, ...], per_week: float) -> Forecast:  # noqa: ARG001
    """Return a month's askings; the searches are what is scarce."""
    runs = int(timedelta(days=30) / source.every)
    channels = len(_channels(source))
    searches = len(spellings) if source.options.get("search") else 0
    notes: tuple[str, ...] = ("youtube_searches",) if searches else ()
    if searches and runs * searches > 30 * _limit(source, "searches_per_day", SEARCHES_PER_DAY):
        notes += ("youtube_too_often",)
    allowed = 30 * (
        _limit(source, "units_per_day", UNITS_PER_DAY) + _limit(source, "searches_per_day", SEARCHES_PER_DAY)
    )
    return Forecast(calls=runs * 2 * (channels + searches), allowed=allowed, notes=notes)


def candidate(given: object) -> Candidate | None:
    """Return a video of ``videos.list`` as a candidate; None for a private one and for what has no id."""
    video = tidy.mapping(given)
    number, told = _number(video), tidy.mapping(video.get("snippet"))
    if not number or not told or _is_private(video):
        return None
    body = cleaner.from_text(tidy.lines(told.get("description")))
    channel = tidy.line(told.get("channelId"), 50)
    return Candidate(
        network="youtube",
        identity=tidy.name(number),
        url=f"https://www.youtube.com/watch?v={number}",
        published_at=tidy.moment(told.get("publishedAt")),
        title=tidy.line(told.get("title"), 300),
        text=body.text,
        html=body.html,
        author_name=tidy.line(told.get("channelTitle"), 200),
        author_url=f"https://www.youtube.com/channel/{channel}" if channel else "",
        language=_language(told),
        tags=tuple(
            dict.fromkeys(
                tag for each in tidy.items(told.get("tags"))[:100] if (tag := tidy.line(each, 200).lstrip("#"))
            )
        ),
        media=_still(tidy.mapping(told.get("thumbnails"))),
        engagement=tidy.counted(*(tidy.mapping(video.get("statistics")).get(name) for name in _COUNTED)),
    )


def _number(video: object) -> str:
    return tidy.line(tidy.mapping(video).get("id"), 50)


def _is_private(video: object) -> bool:
    return tidy.mapping(tidy.mapping(video).get("status")).get("privacyStatus") in _PRIVATE


def _streams(visit: Visit) -> list[str]:
    searches = [f"search:{tag}" for tag in visit.spellings] if visit.source.options.get("search") else []
    return [*(f"channel:{each}" for each in _channels(visit.source)), *searches]


def _walk(tube: _Tube, name: str, stream: dict[str, Any], back_to: datetime) -> Iterator[tuple[Candidate, ...]]:
    """Yield a stream's videos page by page; ``stream`` then says where it stands after each."""
    newest = tidy.moment(stream.get("newest"))
    stop = max(back_to, newest - OVERLAP) if newest else back_to
    empty = 0
    for _ in range(MOST_PAGES):
        under_way = tidy.mapping(stream.get("page"))
        ids, moments, token = tube.listed(name, stream, str(under_way.get("token") or ""), stop)
        found = tuple(each for each in tube.videos(ids) if each.published_at is None or each.published_at >= stop)
        told = [str(under_way["top"])] if under_way.get("top") else []
        # A date in the future would make everything before it look read.
        top = max(
            [*told, *(min(moment, tube.visit.now).isoformat() for moment in moments)], default=stream.get("newest")
        )
        if moments and newest is None:
            stream["reached"] = min(moments).isoformat()
        empty = 0 if ids else empty + 1
        leads_on = token not in ("", under_way.get("token")) and empty < _MOST_EMPTY
        if leads_on and (not moments or max(moments) >= stop):
            stream["page"] = {"token": token, "top": top}
        else:
            stream |= {"newest": top or back_to.isoformat(), "page": None, "reached": None}
        yield found
        if stream["page"] is None:
            return


def _filled(state: Mapping[str, Any], back_to: datetime) -> Filled | None:
    """Return how far the past is read: as far as the stream that lags most."""
    reached = [moment for each in state.values() if (moment := tidy.moment(tidy.mapping(each).get("reached")))]
    if not reached:
        return Filled(reached=back_to, goal=back_to, done=True)
    return Filled(reached=max(reached), goal=back_to, done=False)


@dataclass(slots=True)
class _Spent:
    """What was asked since midnight on the Pacific coast, where the day of the allowance begins."""

    visit: Visit
    day: str = field(init=False)
    counts: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        kept = self.visit.session.get()
        self.day = f"{self.visit.now.astimezone(_PACIFIC):%Y-%m-%d}"
        today = kept if kept.get("day") == self.day else {}
        self.counts = {name: _count(today.get(name)) for name in ("searches", "units")}

    def spend(self, name: str) -> None:
        """Note one asking before it is made. Raises CollectError ``youtube_quota`` where none is left."""
        if self.counts[name] >= self.limit(name):
            raise CollectError("youtube_quota", retry_at=self.resets_at, limit=self.limit(name))
        self.counts[name] += 1
        self.visit.session.put({"day": self.day, **{name: str(count) for name, count in self.counts.items()}})

    def limit(self, name: str) -> int:
        usual = SEARCHES_PER_DAY if name == "searches" else UNITS_PER_DAY
        return _limit(self.visit.source, f"{name}_per_day", usual)

    def quotas(self) -> tuple[Quota, ...]:
        wanted = ("searches", "units") if self.visit.source.options.get("search") else ("units",)
        return tuple(
            Quota(name=f"youtube_{name}", used=self.counts[name], limit=self.limit(name), resets_at=self.resets_at)
            for name in wanted
        )

    @property
    def resets_at(self) -> datetime:
        local = self.visit.now.astimezone(_PACIFIC) + timedelta(days=1)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return midnight.astimezone(self.visit.now.tzinfo)


class _Tube:
    """How YouTube is asked: the key in a header, and what it says when it refuses."""

    def __init__(self, visit: Visit) -> None:
        if not visit.source.token:
            raise CollectError("youtube_no_key", permanent=True, source=visit.source.id)
        self.visit = visit
        self.spent = _Spent(visit)
        self.base = str(visit.source.options.get("api") or API).rstrip("/")
        self.host = urlsplit(self.base).netloc

    def listed(
        self, name: str, stream: dict[str, Any], token: str, stop: datetime
    ) -> tuple[list[str], list[datetime], str]:
        """Return the ids on a page of a stream, when they were published, and the token of the page after it.

        A token that the network does not know any more is given up: the walk begins at the top again.
        """
        kind, _, what = name.partition(":")
        more = {"pageToken": token} if token else {}
        try:
            answer = self._searched(what, stop, more) if kind == "search" else self._uploads(what, stream, more)
        except StatusError as error:
            if error.status != 400 or not token or _reason(error.body) != "invalidPageToken":
                raise
            return self.listed(name, stream, "", stop)
        ids, moments = [], []
        for each in tidy.items(answer.get("items")):
            given = tidy.mapping(each)
            told, details = tidy.mapping(given.get("snippet")), tidy.mapping(given.get("contentDetails"))
            held = tidy.mapping(given.get("id")) or details or tidy.mapping(told.get("resourceId"))
            number = held.get("videoId") or tidy.mapping(told.get("resourceId")).get("videoId")
            if isinstance(number, str) and number:
                ids.append(number)
                at = tidy.moment(details.get("videoPublishedAt")) or tidy.moment(told.get("publishedAt"))
                moments += [at] if at else []
        after = answer.get("nextPageToken")
        return ids, moments, after if isinstance(after, str) else ""

    def videos(self, ids: Sequence[str]) -> list[Candidate]:
        """Return up to fifty videos in full; deleted and private ones are not among them."""
        return [found for each in self.answered(ids) if (found := candidate(each)) is not None]

    def answered(self, ids: Sequence[str]) -> list[Any]:
        """Return what the interface says about up to fifty videos, as it says it."""
        if not ids:
            return []
        part = "snippet,status,statistics"
        answer = self._get("units", "videos", {"part": part, "id": ",".join(ids), "maxResults": str(LIMIT)})
        return tidy.items(answer.get("items"))

    def _searched(self, tag: str, stop: datetime, more: Mapping[str, str]) -> Mapping[str, Any]:
        asked = {"part": "snippet", "type": "video", "order": "date", "q": f"#{tag}", "maxResults": str(LIMIT)}
        asked |= {"publishedAfter": f"{stop:%Y-%m-%dT%H:%M:%SZ}", "regionCode": "SE"}
        return self._get("searches", "search", {**asked, **more})

    def _uploads(self, channel: str, stream: dict[str, Any], more: Mapping[str, str]) -> Mapping[str, Any]:
        if not stream.get("playlist"):
            stream["playlist"] = self._playlist(channel)
        asked = {"part": "snippet,contentDetails", "playlistId": str(stream["playlist"]), "maxResults": str(LIMIT)}
        try:
            return self._get("units", "playlistItems", {**asked, **more})
        except StatusError as error:
            if error.status != 404:
                raise
            raise CollectError("youtube_no_channel", permanent=True, channel=channel) from error

    def _playlist(self, channel: str) -> str:
        by = {"id": channel} if _CHANNEL.fullmatch(channel) else {"forHandle": channel}
        answer = self._get("units", "channels", {"part": "contentDetails", **by})
        for each in tidy.items(answer.get("items")):
            related = tidy.mapping(tidy.mapping(tidy.mapping(each).get("contentDetails")).get("relatedPlaylists"))
            if uploads := tidy.line(related.get("uploads"), 100):
                return uploads
        raise CollectError("youtube_no_channel", permanent=True, channel=channel)

    def _get(self, allowance: str, path: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        self.spent.spend(allowance)
        url = f"{self.base}/{path}?{urlencode(asked)}"
        key = {"X-Goog-Api-Key": self.visit.source.token}
        try:
            answer = self.visit.ask.fetch(url, headers=key, accept="application/json")
        except StatusError as error:
            raise self._told(error.status, error.body, allowance) or error from error
        found = as_json(answer, host=self.host)
        if isinstance(found, dict) and "error" in found:
            raise self._told(200, answer.body, allowance) or CollectError("answer_odd", host=self.host)
        if not isinstance(found, dict) or not isinstance(found.get("items"), list):
            raise CollectError("answer_odd", host=self.host)
        return found

    def _told(self, status: int, body: bytes, allowance: str) -> CollectError | None:
        """Return what a refusal means, None where it says nothing of its own."""
        reason = _reason(body)
        if reason in _BAD_KEY or (status == 400 and b"api key not valid" in body.lower()):
            return CollectError("youtube_bad_key", permanent=True, host=self.host)
        if reason in _DISABLED:
            return CollectError("youtube_not_enabled", permanent=True, host=self.host)
        if _BLOCKED.fullmatch(reason):
            return CollectError("youtube_key_restricted", permanent=True, host=self.host)
        if reason in _SPENT or (status == 429 and b"per day" in body.lower()):
            return CollectError("youtube_quota", retry_at=self.spent.resets_at, limit=self.spent.limit(allowance))
        return None


def _reason(body: bytes) -> str:
    """Return the name that Google gives a refusal, in either of its two shapes; "" where there is none."""
    try:
        told = tidy.mapping(tidy.mapping(json.loads(body, parse_int=tidy.json_number)).get("error"))
    except (ValueError, RecursionError):
        return ""
    named = [*tidy.items(told.get("details")), *tidy.items(told.get("errors"))]
    reasons = (tidy.mapping(each).get("reason") for each in named)
    return next((reason for reason in reasons if isinstance(reason, str) and reason), "")


def _channels(source: SourceSettings) -> tuple[str, ...]:
    """Return the channels as the interface names them, "@handle" or "UC…", whichever way they were written.

    Raises CollectError ``youtube_no_channel`` for an address that does not say which handle or number it has.
    """
    given = source.options.get("channels")
    found = []
    for written in given if isinstance(given, tuple) else ():
        bare = _ADDRESS.sub("", unquote(written.strip())).partition("?")[0].strip("/")
        first, _, second = bare.partition("/")
        name = second.partition("/")[0] if first == "channel" else first
        # "/c/name" and "/user/name" are no handles: "@c" and "@user" belong to somebody else.
        if not name or (second and first in ("c", "user", "watch", "playlist", "shorts")):
            raise CollectError("youtube_no_channel", permanent=True, channel=tidy.line(written, 100))
        found.append(name if name.startswith("@") or _CHANNEL.fullmatch(name) else f"@{name}")
    return tuple(dict.fromkeys(found))


def _limit(source: SourceSettings, name: str, usual: int) -> int:
    given = source.options.get(name)
    return given if isinstance(given, int) and not isinstance(given, bool) else usual


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _language(told: Mapping[str, Any]) -> str | None:
    written = tidy.line(told.get("defaultAudioLanguage") or told.get("defaultLanguage"), 35).partition("-")[0].lower()
    return written if written.isascii() and written.isalpha() and written not in ("zxx", "und") else None


def _still(thumbnails: Mapping[str, Any]) -> tuple[CandidateMedia, ...]:
    """Return the largest still of a video: the film itself stays at YouTube."""
    stills = [tidy.mapping(each) for each in thumbnails.values()]
    stills = [each for each in stills if tidy.address(each.get("url"))]
    best = max(stills, key=lambda each: tidy.number(each.get("width")) or 0, default={})
    url = tidy.address(best.get("url"))
    if not url:
        return ()
    return (CandidateMedia(url=url, width=tidy.number(best.get("width")), height=tidy.number(best.get("height"))),)
