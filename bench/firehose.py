"""How many events of a whole network are looked through a second, on one core, for the campaign's tags.

The events are made as Jetstream writes them: about 640 bytes each, over half of them likes, reposts and follows (asked
for posts alone the network sends none of those), two in a hundred in Swedish, one in a thousand with the tag: in the
text, in a facet alone, in ``tags`` alone, composed or not, in three cases, a third of all lines with ``\\u00e4``
escapes; near misses, deletions and closed accounts beside them. Ours is the shipped matcher; the peer is the standard
library's json with a regular expression, which is what one writes first. Both must give every planted event and
nothing else, or there is no figure.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from bench.measure import Result, compare, rate
from collector.networks.jetstream_match import Matcher

EVENTS = 100_000
TURNS = 5
TAG = "hallandväxer"

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ENGLISH = ("the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "then", "some", "more", "words")
_SWEDISH = ("vi", "ses", "i", "halland", "där", "bygden", "växer", "så", "det", "knakar", "och", "åkrarna", "år")
_NEAR = (
    "#hallandväxerinte",
    "#halland",
    "hallandväxer",
    "#hallandvaxer",
    "#ihallandväxer",
    "#halland_växer",
    "#Halland",
)


def run() -> list[Result]:
    """Return the rates with one tag and with fifty."""
    rng = Random(1177)
    fifty = [TAG, *(_tag(rng) for _ in range(49))]
    results = []
    for tags, goal in (([TAG], "≥ 5"), (fifty, "≥ 3")):
        events, planted = _stream(rng, tags)
        matcher, other = Matcher(tags), _standard(tags)
        for name, concerns in (("ours", matcher.concerns), ("the peer", other)):
            _check(name, events, planted, concerns)
        words = "one tag" if len(tags) == 1 else f"{len(tags)} tags"
        ours, theirs = _turn(events, matcher.concerns), _turn(events[: EVENTS // 4], other)
        results.append(
            compare(f"events of a network matched, {words}", "stdlib json + re", ours, theirs, turns=TURNS, goal=goal)
        )
    return results


def _turn(events: Sequence[bytes], concerns: Callable[[bytes], bool]) -> Callable[[], float]:
    def work() -> None:
        for event in events:
            concerns(event)

    return lambda: rate(work, len(events))


def _check(name: str, events: Sequence[bytes], planted: frozenset[int], concerns: Callable[[bytes], bool]) -> None:
    found = {number for number, event in enumerate(events) if concerns(event)}
    if found != planted:
        missed, wrong = planted - found, found - planted
        example = events[min(missed or wrong)].decode()
        raise AssertionError(f"{name}: {len(missed)} events missed, {len(wrong)} too many, such as {example}")


def _standard(tags: Sequence[str]) -> Callable[[bytes], bool]:
    """Return what one writes first: read every event, then look for the tags with a regular expression."""
    composed = [unicodedata.normalize("NFC", tag).casefold() for tag in tags]
    wanted, pattern = frozenset(composed), re.compile(rf"(?<!\w)[#＃](?:{'|'.join(map(re.escape, composed))})(?!\w)")

    def concerns(event: bytes) -> bool:
        read = json.loads(event)
        commit = read.get("commit")
        if commit is None:
            return bool(read["kind"] == "account")
        if commit["collection"] != "app.bsky.feed.post":
            return False
        if commit["operation"] != "create":
            return True
        record = commit["record"]
        tags = [*record.get("tags", ())]
        tags += [each["tag"] for facet in record.get("facets", ()) for each in facet["features"] if "tag" in each]
        if any(unicodedata.normalize("NFC", tag).casefold() in wanted for tag in tags):
            return True
        return pattern.search(unicodedata.normalize("NFC", record["text"]).casefold()) is not None

    return concerns


# The events


def _stream(rng: Random, tags: Sequence[str]) -> tuple[list[bytes], frozenset[int]]:
    """Return events and the numbers of those that must be found."""
    events, planted = [], set()
    for number in range(EVENTS):
        event, concerns = _event(rng, number, tags)
        if concerns:
            planted.add(number)
        events.append(json.dumps(event, ensure_ascii=rng.random() < 0.3, separators=(",", ":")).encode())
    return events, frozenset(planted)


def _event(rng: Random, number: int, tags: Sequence[str]) -> tuple[dict[str, Any], bool]:
    dice = rng.random()
    made: dict[str, Any] = {"did": f"did:plc:{_word(rng, 24)}", "time_us": 1_779_719_009_132_431 + number}
    if dice < 0.001:
        account = {"active": False, "did": made["did"], "seq": number, "status": "deactivated"}
        return made | {"kind": "account", "account": account}, True
    commit: dict[str, Any] = {"rev": _word(rng, 13), "operation": "create", "collection": "app.bsky.feed.post"}
    made |= {"kind": "commit", "commit": commit | {"rkey": _word(rng, 13)}}
    if dice < 0.01:
        made["commit"]["operation"] = "delete"
        return made, True
    if dice < 0.55:
        made["commit"] |= {"collection": "app.bsky.feed.like", "record": _like(rng), "cid": f"bafyrei{_word(rng, 52)}"}
        return made, False
    made["commit"] |= {"record": _post(rng), "cid": f"bafyrei{_word(rng, 52)}"}
    record = made["commit"]["record"]
    if dice > 0.999:
        _plant(rng, record, rng.choice(tags))
        return made, True
    if dice > 0.997:
        record["text"] += f" {rng.choice(_NEAR)} "
    return made, False


def _plant(rng: Random, record: dict[str, Any], tag: str) -> None:
    """Put a tag in: some case, composed or not; in the text, in a facet alone, or in ``tags`` alone."""
    shown = rng.choice((tag, tag.upper(), tag.capitalize()))
    shown = unicodedata.normalize(rng.choice(("NFC", "NFD")), shown)
    place = rng.choice(("text", "text", "facet", "tags"))
    if place == "text":
        record["text"] = f"{rng.choice(_SWEDISH)} {rng.choice('#＃')}{shown}{rng.choice((' ', '!', ''))}"
    elif place == "facet":
        feature = {"$type": "app.bsky.richtext.facet#tag", "tag": shown}
        record["facets"] = [{"index": {"byteStart": 0, "byteEnd": 9}, "features": [feature]}]
    else:
        record["tags"] = ["annat", shown]


def _like(rng: Random) -> dict[str, Any]:
    subject = {
        "cid": f"bafyrei{_word(rng, 52)}",
        "uri": f"at://did:plc:{_word(rng, 24)}/app.bsky.feed.post/{_word(rng, 13)}",
    }
    return {"$type": "app.bsky.feed.like", "createdAt": "2026-05-25T14:23:28.778Z", "subject": subject}


def _post(rng: Random) -> dict[str, Any]:
    swedish = rng.random() < 0.045  # two in a hundred of all events
    words = " ".join(rng.choices(_SWEDISH if swedish else _ENGLISH, k=rng.randrange(5, 45)))
    record: dict[str, Any] = {"$type": "app.bsky.feed.post", "createdAt": "2026-05-25T14:23:28.757Z"}
    record |= {
        "langs": ["sv" if swedish else "en"],
        "text": words + rng.choice(("", " 🌱", " ✨", " #bluesky", " #konst")),
    }
    if rng.random() < 0.5:
        there = {
            "cid": f"bafyrei{_word(rng, 52)}",
            "uri": f"at://did:plc:{_word(rng, 24)}/app.bsky.feed.post/{_word(rng, 13)}",
        }
        record["reply"] = {"parent": there, "root": there}
    if rng.random() < 0.4:
        blob = {
            "$type": "blob",
            "ref": {"$link": f"bafkrei{_word(rng, 52)}"},
            "mimeType": "image/jpeg",
            "size": 474_482,
        }
        image = {"alt": " ".join(rng.choices(_ENGLISH, k=12)), "aspectRatio": {"height": 3, "width": 4}, "image": blob}
        record["embed"] = {"$type": "app.bsky.embed.images", "images": [image]}
    if rng.random() < 0.2:
        feature = {"$type": "app.bsky.richtext.facet#tag", "tag": rng.choice(("bluesky", "konst", "sweden", "växter"))}
        record["facets"] = [{"index": {"byteStart": 0, "byteEnd": 9}, "features": [feature]}]
    return record


def _tag(rng: Random) -> str:
    """Return a tag as campaigns have them: two words, often with a Swedish letter."""
    return _word(rng, rng.randrange(4, 9)) + rng.choice(("växer", "bygd", "året", "framåt", "lyfter", "läge"))


def _word(rng: Random, length: int) -> str:
    return "".join(rng.choices(_LETTERS, k=length))
