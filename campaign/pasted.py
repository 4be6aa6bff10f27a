"""A link that a person pastes: which network it belongs to, and the name of the post there.

What a network that we also collect calls the post is read from the address, so that one post that was pasted and
collected is one. Pure; what only the page itself knows, ``collector.links`` adds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from campaign.errors import InputError
from campaign.links import canonical, is_counting
from campaign.records import Candidate, CandidateMedia

WEB = "web"

MOST_LETTERS = 1_800
"""Letters of an address; a longer one is no link that anybody meant."""

_HOSTS = {
    "x": ("x.com", "twitter.com"),
    "youtube": ("youtube.com", "youtu.be", "youtube-nocookie.com"),
    "instagram": ("instagram.com", "instagr.am"),
    "facebook": ("facebook.com", "fb.com", "fb.watch", "fb.me"),
    "linkedin": ("linkedin.com", "lnkd.in"),
    "tiktok": ("tiktok.com",),
    "threads": ("threads.net", "threads.com"),
    "bluesky": ("bsky.app",),
    "vimeo": ("vimeo.com",),
    "flickr": ("flickr.com", "flic.kr"),
}

#: Networks that show a post only to those who are logged in, to programs nearly always.
CLOSED = frozenset({"instagram", "facebook", "linkedin", "threads"})

_SNOWFLAKE_MS = 1_288_834_974_657
#: Posts of X up to November 2010 were counted; their numbers hold no moment.
_COUNTED = 100_000_000_000
_FIRST = datetime(2006, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a link leads: a network's name ("web" for all that is none), the post's name there, its usual address.

    ``published_at`` is set where the network's own number tells it.
    """

    network: str
    identity: str
    url: str
    published_at: datetime | None = None

    @property
    def is_named(self) -> bool:
        """Whether the address itself says which post of its network it is."""
        return self.identity != canonical(self.url)

    @property
    def host(self) -> str:
        """The host, as people say it."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


def tidied(written: str) -> str:
    """Return a pasted address as it can be asked for. Raises InputError ``link_wrong`` for anything else.

    A scheme may be missing; words around the address may not.
    """
    bare = "".join(letter for letter in written.strip().strip("<>\"'”’") if letter.isprintable())
    if bare and "://" not in bare[:12]:
        bare = f"https://{bare}"
    try:
        parts = urlsplit(bare)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise InputError("url", "link_wrong") from error
    is_name = "." in host or ":" in host
    if parts.scheme.lower() not in ("http", "https") or not is_name or " " in bare or len(bare) > MOST_LETTERS:
        raise InputError("url", "link_wrong")
    if "@" in parts.netloc:
        raise InputError("url", "link_wrong")
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()))


def place(url: str) -> Place:
    """Return where an address leads. ``url`` is one that ``tidied`` returned, or that a server named."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    network = next((name for name, hosts in _HOSTS.items() for each in hosts if _is_at(host, each)), WEB)
    if (read := _READERS.get(network)) is not None:
        steps = [step for step in parts.path.split("/") if step]
        found = read(host, steps, dict(parse_qsl(parts.query)))
        if found is not None:
            return found
    bare = _bare(url)
    return Place(network=network, identity=canonical(url) or bare, url=bare)


def _is_at(host: str, known: str) -> bool:
    return host == known or host.endswith(f".{known}")


def _bare(url: str) -> str:
    """Return an address without what only counts readers."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not is_counting(name)]
    changed = len(kept) != len(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit(parts._replace(query=urlencode(kept) if changed else parts.query, fragment=""))


_Query = Mapping[str, str]


def _x(host: str, steps: Sequence[str], query: _Query) -> Place | None:  # noqa: ARG001 - every reader has one shape
    for at, step in enumerate(steps[:-1]):
        number = steps[at + 1]
        if step in ("status", "statuses") and _is_number(number):
            who = steps[0] if at == 1 and steps[0] != "i" else "i/web"
            return Place(
                network="x", identity=number, url=f"https://x.com/{quote(who)}/status/{number}",
                published_at=_moment((int(number) >> 22) + _SNOWFLAKE_MS) if int(number) > _COUNTED else None,
            )  # fmt: skip
    return None


def _youtube(host: str, steps: Sequence[str], query: _Query) -> Place | None:
    number = query.get("v", "") if steps[:1] == ["watch"] else ""
    if host.endswith("youtu.be") and steps:
        number = steps[0]
    elif len(steps) > 1 and steps[0] in ("shorts", "live", "embed", "v"):
        number = steps[1]
    if not _is_code(number, 11):
        return None
    return Place(network="youtube", identity=number, url=f"https://www.youtube.com/watch?v={number}")


def _instagram(host: str, steps: Sequence[str], query: _Query) -> Place | None:  # noqa: ARG001
    for at, step in enumerate(steps[:-1][:2]):
        code = steps[at + 1]
        if step in ("p", "reel", "reels", "tv") and _is_code(code):
            sort = "p" if step == "p" else "reel"
            # The same whether it was shared as a post or as a reel, with the account's name before it or without.
            url = f"https://www.instagram.com/{sort}/{code}/"
            return Place(network="instagram", identity=f"instagram.com/p/{code}", url=url)
    return None


def _facebook(host: str, steps: Sequence[str], query: _Query) -> Place | None:  # noqa: ARG001
    story, page = query.get("story_fbid", ""), query.get("id", "")
    if steps[:1] in (["permalink.php"], ["story.php"]) and story and page:
        both = _is_number(story) and _is_number(page)
        url = f"https://www.facebook.com/{steps[0]}?{urlencode({'story_fbid': story, 'id': page})}"
        # Page and post with numbers are how its interface names it.
        return Place(network="facebook", identity=f"{page}_{story}" if both else canonical(url), url=url)
    if len(steps) > 2 and steps[1] == "posts" and _is_number(steps[0]) and _is_number(steps[-1]):
        url = f"https://www.facebook.com/{steps[0]}/posts/{steps[-1]}"
        return Place(network="facebook", identity=f"{steps[0]}_{steps[-1]}", url=url)
    return None


def _linkedin(host: str, steps: Sequence[str], query: _Query) -> Place | None:  # noqa: ARG001
    for step in steps:
        if step.startswith("urn:li:"):
            return Place(network="linkedin", identity=step, url=f"https://www.linkedin.com/feed/update/{step}/")
    if len(steps) > 1 and steps[0] == "posts":
        parts = steps[1].split("-")
        for sort, number in pairwise(parts):
            if sort in ("activity", "share", "ugcPost") and _is_number(number):
                url = f"https://www.linkedin.com/posts/{steps[1]}"
                return Place(network="linkedin", identity=f"urn:li:{sort}:{number}", url=url)
    return None


def _tiktok(host: str, steps: Sequence[str], query: _Query) -> Place | None:  # noqa: ARG001
    if len(steps) > 2 and steps[0].startswith("@") and steps[1] in ("video", "photo") and _is_number(steps[2]):
        url = f"https://www.tiktok.com/{quote(steps[0], safe='@')}/{steps[1]}/{steps[2]}"
        return Place(network="tiktok", identity=steps[2], url=url, published_at=_moment((int(steps[2]) >> 32) * 1000))
    return None


def _threads(host: str, steps: Sequence[str], query: _Query) -> Place | None:  # noqa: ARG001
    if len(steps) > 2 and steps[0].startswith("@") and steps[1] == "post" and _is_code(steps[2]):
        url = f"https://www.threads.com/{quote(steps[0], safe='@')}/post/{steps[2]}"
        return Place(network="threads", identity=f"threads.com/post/{steps[2]}", url=url)
    return None


def _bluesky(host: str, steps: Sequence[str], query: _Query) -> Place | None:  # noqa: ARG001
    if len(steps) > 3 and steps[0] == "profile" and steps[2] == "post" and _is_code(steps[3]):
        who, key = steps[1], steps[3]
        identity = f"at://{who}/app.bsky.feed.post/{key}" if who.startswith("did:") else f"bsky.app/{who}/{key}"
        return Place(
            network="bluesky", identity=identity, url=f"https://bsky.app/profile/{quote(who, safe=':')}/post/{key}"
        )
    return None


def _vimeo(host: str, steps: Sequence[str], query: _Query) -> Place | None:  # noqa: ARG001
    number = next((step for step in reversed(steps) if _is_number(step)), "")
    return Place(network="vimeo", identity=number, url=f"https://vimeo.com/{number}") if number else None


def _flickr(host: str, steps: Sequence[str], query: _Query) -> Place | None:  # noqa: ARG001
    if len(steps) > 2 and steps[0] == "photos" and _is_number(steps[2]):
        url = f"https://www.flickr.com/photos/{quote(steps[1], safe='@')}/{steps[2]}/"
        return Place(network="flickr", identity=steps[2], url=url)
    return None


_READERS: dict[str, Callable[[str, Sequence[str], _Query], Place | None]] = {
    "x": _x,
    "youtube": _youtube,
    "instagram": _instagram,
    "facebook": _facebook,
    "linkedin": _linkedin,
    "tiktok": _tiktok,
    "threads": _threads,
    "bluesky": _bluesky,
    "vimeo": _vimeo,
    "flickr": _flickr,
}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 30


def _is_code(text: str, length: int = 0) -> bool:
    plain = text.replace("-", "").replace("_", "")
    return text.isascii() and bool(text) and (plain.isalnum() or not plain) and len(text) in _lengths(length)


def _lengths(length: int) -> range:
    return range(length, length + 1) if length else range(1, 65)


def _moment(milliseconds: int) -> datetime | None:
    """Return the moment that a number holds; None where the number is from a time before there were such."""
    try:
        found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
    return found if _FIRST < found < datetime(2100, 1, 1, tzinfo=UTC) else None


def as_json(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate as JSON can carry it from where it was fetched to where a person sees it."""
    made = asdict(candidate)
    for name in ("published_at", "edited_at"):
        made[name] = made[name].isoformat() if made[name] else None
    return made


def from_json(kept: Mapping[str, Any]) -> Candidate:
    """Return the candidate that ``as_json`` wrote."""
    moments = {
        name: datetime.fromisoformat(kept[name]) if kept[name] else None for name in ("published_at", "edited_at")
    }
    lists = {
        "tags": tuple(kept["tags"]),
        "media": tuple(CandidateMedia(**each) for each in kept["media"]),
        "local": tuple((name, value) for name, value in kept["local"]),
    }
    return Candidate(**{**kept, **moments, **lists})
