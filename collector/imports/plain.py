"""Rows that people wrote: from names such as "text" or "datum" to a post."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from campaign.errors import InputError
from campaign.pasted import WEB, Place, place, tidied
from campaign.records import Candidate, CandidateMedia
from collector import html, tidy
from collector.entries import MOST_MEDIA, MOST_TAGS
from collector.imports.rows import How, Row, hashed, moment_of_seconds

MOST_TEXT = 100_000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before it no archive of ours sorts."""

_NAMES = {
    "text": "text texten inlägg inläggstext innehåll meddelande content message body caption",
    "title": "rubrik titel title headline subject",
    "url": "url adress webbadress länk link permalink address",
    "date": "datum date dag publicerad publicerat publiceringsdatum skapad skapat tid tidpunkt published publishedat"
    " published_at created createdat created_at time timestamp",
    "author": "författare avsändare skribent namn author authorname author_name name from by",
    "handle": "konto kontonamn användare användarnamn handle username user account",
    "network": "nätverk nät kanal plattform network platform channel",
    "picture": "bild bilder bildadress foto picture pictures image images imageurl image_url photo media",
    "alt": "alt alttext alt-text alternativtext bildbeskrivning bildtext alttexter",
    "tags": "taggar tagg etiketter hashtag hashtags hashtagg hashtaggar nyckelord tags keywords",
    "language": "språk language lang",
}
FIELDS: dict[str, str] = {
    name: field
    for field, names in _NAMES.items()
    for written in names.split()
    for name in (written, written.translate(str.maketrans("åäö", "aao")))
}
"""What a column may be called, in small letters, with and without dots and rings."""

_NETWORKS = {
    "twitter": "x", "ig": "instagram", "insta": "instagram", "fb": "facebook", "bsky": "bluesky", "yt": "youtube",
    "webb": "web", "webben": "web", "webbplats": "web", "website": "web", "mejl": "mail", "e-post": "mail",
    "press": "press", "pressmeddelande": "press", "rss": "feed",
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar", "apr", "may maj", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec"), start=1
    )
    for name in names.split()
}
_CLOCK = r"(?:[T ,]+(?:kl\.? *)?(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d{1,9})?)?)?"
_ZONE = r"\s*(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?"
_DATES = (
    re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_CLOCK}{_ZONE}"),
    re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"),
    re.compile(
        rf"(?:[^\W\d]{{3,8}}\.?,? +)?(?:den +)?(?P<day>\d{{1,2}})\.? +(?P<name>[^\W\d]{{3,9}})\.?,? +(?P<year>\d{{4}})"
        rf"{_CLOCK}{_ZONE}"
    ),
    re.compile(rf"(?P<name>[^\W\d]{{3,9}})\.? +(?P<day>\d{{1,2}}),? +(?P<year>\d{{4}}){_CLOCK}{_ZONE}"),
    re.compile(rf"(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})[ -](?P<year>\d{{4}}){_CLOCK}{_ZONE}"),
)
_SLASHED = re.compile(rf"(?P<one>\d{{1,2}})[/.](?P<two>\d{{1,2}})[/.](?P<year>\d{{4}}){_CLOCK}{_ZONE}")


class Unreadable(Exception):
    """Why a row is no post; ``why`` has its words under ``import.unreadable``."""

    def __init__(self, why: str, value: str = "") -> None:
        super().__init__(why, value)
        self.why = why
        self.value = value


def field_of(heading: object) -> str:
    """Return which field a heading means, "" for none that is known."""
    name = tidy.line(heading, 60).casefold().strip("#* \"'")
    return FIELDS.get(unicodedata.normalize("NFC", name), "")


def row(number: int, given: Mapping[str, Any], how: How, *, place: str = "") -> Row:
    """Return one row of named fields (see ``FIELDS``) as a post, or why it is none."""
    try:
        return Row(number=number, place=place, candidate=_candidate(given, how))
    except Unreadable as problem:
        return Row(number=number, place=place, unreadable=problem.why, facts={"value": problem.value[:80]})


def _candidate(given: Mapping[str, Any], how: How) -> Candidate:
    text, title = _words(given.get("text")), tidy.line(_words(given.get("title")), 500)
    written_url = tidy.line(_words(given.get("url")), 3000)
    url = _address(written_url)
    media = _media(given.get("picture"), given.get("alt"))
    if not (text or title or media):
        raise Unreadable("empty")
    published_at = moment(given.get("date"), how)
    author = tidy.line(_words(given.get("author")), 200)
    handle = tidy.line(_words(given.get("handle")), 200).lstrip("@")
    found = place(url) if url else None
    body = html.from_text(text)
    return Candidate(
        network=_network(_words(given.get("network")), found),
        # As the network's own collector, or a pasted link, would name the post, where its address tells it.
        identity=tidy.name(found.identity) if found else hashed(author or handle, published_at, title, text),
        url=found.url if found else "",
        published_at=published_at or (found.published_at if found else None),
        title=title,
        text=body.text,
        html=body.html,
        author_name=author or handle,
        author_handle=handle,
        language=_language(_words(given.get("language"))),
        tags=_tags(given.get("tags")),
        media=media,
    )


def _address(written: str) -> str:
    """Return an address as it can be opened; a scheme may be missing. Raises Unreadable for what is none."""
    try:
        url = tidy.address(tidied(written)) if written else ""
    except InputError as error:
        raise Unreadable("url", written) from error
    if written and not url:
        raise Unreadable("url", written)
    return url


def _words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise Unreadable("type", type(value).__name__)
    if len(value) > MOST_TEXT:
        raise Unreadable("long", str(len(value)))
    return tidy.lines(value).strip()


def moment(value: object, how: How) -> datetime | None:
    """Return a date as people write it, in UTC; None where there is none. A day alone is taken at noon.

    Raises Unreadable for what is no date, for one that can be read in two ways, and for one that no archive has.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unreadable("date", str(value))
    found = moment_of_seconds(value) if not isinstance(value, str) or _is_seconds(value) else _written(value, how)
    if found is None:
        raise Unreadable("date", str(value))
    if not EARLIEST <= found <= how.now + timedelta(days=1):
        raise Unreadable("date_range", str(value))
    return found


def _is_seconds(value: str) -> bool:
    return value.strip().isdigit() and len(value.strip()) in (10, 13)


def _written(value: str, how: How) -> datetime | None:
    written = " ".join(tidy.line(value, 80).split())
    match = next((found for form in _DATES if (found := form.fullmatch(written))), None)
    if match is None and (slashed := _SLASHED.fullmatch(written)):
        return _slashed(slashed, how, written)
    if match is None:
        return None
    part = match.groupdict()
    name = (part.get("name") or "").lower()[:3]
    month = _MONTHS.get(name, 0) if name else int(part["month"])
    return _made(part, month, int(part["day"]), how)


def _slashed(match: re.Match[str], how: How, written: str) -> datetime | None:
    """Return a date such as 31/12/2014 or 12/31/2014. What could be either is not guessed."""
    part = match.groupdict()
    one, two = int(part["one"]), int(part["two"])
    if one <= 12 and two <= 12 and one != two:
        raise Unreadable("date_two_ways", written)
    return _made(part, min(one, two) if one > 12 else one, max(one, two) if one > 12 else two, how)


def _made(part: Mapping[str, str | None], month: int, day: int, how: How) -> datetime | None:
    hour, minute, second = (int(part.get(name) or 0) for name in ("hour", "minute", "second"))
    zone = part.get("zone") or ""
    try:
        if part.get("hour") is None:
            hour = 12  # a day alone stays that day wherever it is read
        text = f"{part['year']}-{month:02}-{day:02}T{hour:02}:{minute:02}:{min(second, 59):02}"
        found = datetime.fromisoformat(text + zone.upper().replace("UTC", "Z"))
        return (found if found.tzinfo else found.replace(tzinfo=how.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _network(written: str, found: Place | None) -> str:
    """Return the network: as the address tells it, else as the row says."""
    if found is not None and found.network != WEB:
        return found.network
    name = re.sub(r"[^a-z0-9åäö-]", "", written.lower())[:30]
    return _NETWORKS.get(name, name) if name else WEB if found is not None else "import"


def _language(written: str) -> str | None:
    found = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", written)
    return found.group().lower() if found else None


def _tags(value: object) -> tuple[str, ...]:
    pieces = value if isinstance(value, list) else re.split(r"[\s,;|]+", _words(value))
    tags = (tidy.line(piece, 200).lstrip("#") for piece in pieces if isinstance(piece, str))
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MOST_TAGS]


def _media(value: object, alt: object) -> tuple[CandidateMedia, ...]:
    pieces = value if isinstance(value, list) else re.split(r"[\s|]+", _words(value))
    alts = alt if isinstance(alt, list) else re.split(r"\s*\|\s*", _words(alt))
    made: dict[str, CandidateMedia] = {}
    for number, piece in enumerate(pieces[:MOST_MEDIA]):
        told = tidy.mapping(piece)
        url = tidy.address(told.get("url") if told else piece)
        if url:
            words = told.get("alt") if told else (alts[number] if number < len(alts) else None)
            made[url] = CandidateMedia(url=url, alt=tidy.line(words, 1500) or None)
    return tuple(made.values())
