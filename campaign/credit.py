"""Who is named for a post, on every surface. Pure.

An author whom nobody knows is a real state (what Instagram's hashtag search finds has none): then no other name is put
in its place, least of all that of the source which found the post, and the reader is led to the post itself.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from campaign.kinds import KINDS, brings_strangers
from campaign.records import Candidate, Post
from campaign.settings import SourceSettings

CREDIT_MAX = 200

#: Kinds whose sources speak for themselves: what a site, a press room or a newsletter publishes is its own.
_SPEAKING = ("feed", "press", "wordpress", "mailbox")

#: Options that name single accounts.
_CHOSEN = ("accounts", "channels")

_NETWORKS = frozenset(KINDS[kind].network for kind in _SPEAKING)

#: Networks whose posts have the host of a site for their author's handle.
_HOSTED = _NETWORKS | {KINDS["link"].network}

#: What turns the direction of the text around a name.
_BIDI = dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def named(post: Post | Candidate, source: SourceSettings | None) -> str:
    """Return who is named for a post, "" where nobody knows.

    The credit that a person typed, else the author's name, else the handle; of what a source publishes itself the
    source's name, else its host. ``source`` is None where the configuration has it no longer, or never had.
    """
    known = (post.credit if isinstance(post, Post) else "") or post.author_name.strip() or post.author_handle.strip()
    if known or not _speaks(post.network, source):
        return known
    return (source.name if source else "") or _host(post.url)


def voice(post: Post) -> str:
    """Return what tells two voices apart, "" for a post whose author nobody knows: it is nobody else's either."""
    return voice_key(
        network=post.network,
        source=post.source,
        credit=post.credit,
        name=post.author_name,
        handle=post.author_handle,
    )


def voice_key(*, network: str, source: str, credit: str, name: str, handle: str) -> str:
    """Return the same for what is known of a post.

    What a site publishes has the site's host for a handle, and one host carries many senders: there it is the author,
    told apart from one of the same name elsewhere, else the source.
    """
    if credit or network not in _HOSTED:
        return (credit or handle or name).casefold()
    if name.strip():
        return f"{name} {handle}".strip().casefold()
    return source.casefold() if network in _NETWORKS else ""


def speaks(source: SourceSettings) -> bool:
    """Return whether a source is a voice of its own: an organisation's channel, no search among what others say."""
    return source.rights == "own" or (source.kind in _SPEAKING and not source.options.get("query"))


def picks_out(source: SourceSettings) -> bool:
    """Return whether a source reads accounts that were chosen one by one and are not the organisation's own.

    Whoever asks for it alone asks for who writes there, and the public archive picks out no persons.
    """
    chosen = any(source.options.get(name) for name in _CHOSEN)
    return chosen and not speaks(source) and not brings_strangers(source.kind, source.options)


def as_credit(text: str) -> str:
    """Return a name as a person typed it, on one line, without what no reader sees."""
    plain = unicodedata.normalize("NFC", text).translate(_BIDI)
    return " ".join("".join(" " if unicodedata.category(each)[0] == "C" else each for each in plain).split())


def _speaks(network: str, source: SourceSettings | None) -> bool:
    """Return whether a source is itself the author of what has none. A search for news finds what others write."""
    if source is None:
        return network in _NETWORKS
    return source.rights == "own" or (
        network in _NETWORKS and source.kind in _SPEAKING and not source.options.get("query")
    )


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
