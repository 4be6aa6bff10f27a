"""Plays Meta's Graph interface on loopback: lists with cursors, single things, batches, refusals, and its oddities."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, fields
from datetime import datetime
from random import Random
from typing import Any
from urllib.parse import parse_qs

from campaign.records import Candidate
from servers import Reply, Request, Route

TOKEN = "EAAhemlig"

Item = dict[str, Any]


def refusal(code: int, subcode: int = 0, *, status: int = 400, message: str = "", **headers: str) -> Reply:
    """An error as Meta writes it, repeating the token as Meta may."""
    error: Item = {
        "message": message or f"(#{code}) Malformed access token {TOKEN}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "A1",
    }
    error |= {"error_subcode": subcode} if subcode else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(
        status=status, body=json.dumps({"error": error}), headers={"Content-Type": "application/json", **named}
    )


class Meta:
    """The interface. ``lists`` and ``things`` go by their path without the version, newest items first.

    ``ignores`` names parameters that are accepted and ignored; with ``same_cursor`` every page has the same ``after``,
    which still leads on. ``refuses`` answers paths that begin so, or any question that holds such a parameter.
    """

    def __init__(self, *, size: int = 100, same_cursor: bool = False) -> None:
        self.lists: dict[str, list[Item]] = {}
        self.things: dict[str, Item] = {}
        self.refuses: dict[str, Reply] = {}
        self.ignores: set[str] = set()
        self.usage: dict[str, str] = {}
        self.token: Item = {"expires_at": 0, "data_access_expires_at": 0, "is_valid": True}
        self.size = size
        self.same_cursor = same_cursor
        self.targets: list[str] = []
        self._places: dict[str, int] = defaultdict(int)

    def __call__(self, request: Request) -> Reply:
        """Answer one question."""
        assert request.headers["authorization"].startswith("Bearer "), "the token travels in its header"
        assert not any(word in request.target for word in ("access_token=", TOKEN)), "and nowhere else"
        path = request.path.removeprefix("/").partition("/")[2]
        self.targets.append(path)
        for start, reply in self.refuses.items():
            if (start and path.startswith(start)) or start in request.query:
                return reply
        if request.method == "POST":
            return self._ok(self._batch(request))
        return self._ok(self._found(path, request.query))

    def asked(self, ending: str) -> int:
        """How many questions went to paths that end so."""
        return sum(path.endswith(ending) for path in self.targets)

    def _batch(self, request: Request) -> Any:
        (question,) = json.loads(parse_qs(request.body.decode())["batch"][0])
        assert question["relative_url"].startswith("debug_token?input_token=")
        return [{"code": 200, "body": json.dumps({"data": self.token})}]

    def _found(self, path: str, query: dict[str, str]) -> Any:
        if "ids" in query:
            names = query["ids"].split(",")
            known = {name: self.things[name] for name in names if name in self.things}
            return known if len(known) == len(names) else refusal(100, 33)
        if path == "ig_hashtag_search":
            return self.things.get(f"tag:{query['q']}") or refusal(24)
        if "business_discovery" in query.get("fields", ""):
            return self._discovered(query["fields"])
        if path in self.lists:
            return self._page(path, query, query.get("after", ""))
        return self.things.get(path) or refusal(100, 33)

    def _discovered(self, wanted: str) -> Any:
        handle = wanted.partition("username(")[2].partition(")")[0]
        if handle not in self.lists:
            return refusal(110)
        after = wanted.partition(".after(")[2].partition(")")[0]
        page = self._page(handle, {"limit": wanted.partition(".limit(")[2].partition(")")[0]}, after)
        page["paging"].pop("next", None)
        return {"business_discovery": {"username": handle, "name": "Partnern", "media": page}, "id": "1"}

    def _page(self, path: str, query: dict[str, str], after: str) -> Item:
        given = {name: value for name, value in query.items() if name not in self.ignores}
        items = [item for item in self.lists[path] if _is_between(item, given)]
        size = min(int(given.get("limit", 25)), self.size)
        if not after or "after" in self.ignores:
            start = 0
        else:
            start = self._places[path] if self.same_cursor else int(after.removeprefix("c"))
        self._places[path] = start + size
        part, more = items[start : start + size], start + size < len(items)
        cursor = "SAMMA" if self.same_cursor else f"c{start + size}"
        paging: Item = {"cursors": {"before": "b", "after": cursor}} if more else {"cursors": {"before": "b"}}
        if more:
            paging["next"] = f"https://graph.facebook.com/v25.0/{path}?access_token={TOKEN}&after={cursor}"
        return {"data": part, "paging": paging}

    def _ok(self, answer: Any) -> Reply:
        if isinstance(answer, Reply):
            return Reply(status=answer.status, body=answer.body, headers={**self.usage, **answer.headers})
        return Reply(body=json.dumps(answer), headers={"Content-Type": "application/json", **self.usage})


_ODD: list[Any] = [None, True, 0, -1, 10**30, 1.5, float("1e308"), "", "x", "\x00\ud800", [], [None], {}, {"data": 3}]


def spoiling(meta: Meta, rng: Random) -> Route:
    """Answer as ``meta`` does, with one part of each answer in another shape than it should have."""

    def answer(request: Request) -> Reply:
        given = meta(request)
        return Reply(status=given.status, body=json.dumps(_spoilt(json.loads(given.body), rng)), headers=given.headers)

    return answer


def _spoilt(value: Any, rng: Random) -> Any:
    if not isinstance(value, dict | list) or not value or rng.random() < 0.1:
        return rng.choice(_ODD)
    keys = list(value) if isinstance(value, dict) else range(len(value))
    key = rng.choice(list(keys))
    value[key] = _spoilt(value[key], rng)
    return value


def _is_between(item: Item, query: dict[str, str]) -> bool:
    if not isinstance(item, dict) or "created_time" not in item:
        return True
    born = datetime.fromisoformat(item["created_time"]).timestamp()
    changed = datetime.fromisoformat(item.get("updated_time") or item["created_time"]).timestamp()
    return int(query.get("since", 0)) <= changed and born <= int(query.get("until", 10**11))


def written(found: Candidate) -> Item:
    """A candidate as the expected records have it: without the fields that are empty."""
    empty = asdict(Candidate(network="", identity="", url=""))
    named = asdict(found)
    full = {each.name: named[each.name] for each in fields(found) if named[each.name] != empty[each.name]}
    read: Item = json.loads(json.dumps(full, default=lambda moment: moment.isoformat()))
    return read
