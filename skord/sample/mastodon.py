"""A server that speaks Mastodon's interface: tag timelines with folded names, accounts, paging by id."""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlencode

from campaign import hashtags
from skord.sample import pages
from skord.sample.servers import NOTHING, Answer, Site, query
from skord.sample.year import Dated, Organisation

HOST = "exempel.social"
_DEFAULT, _LARGEST = 20, 40
_TAG = re.compile(r"(?<![\w/&#])#(\w*[^\W\d_]\w*)")
_LINK = re.compile(r"https?://\S+")


def folded(tag: str) -> str:
    """Return a tag as Mastodon keeps it: lower case, å and ä and ö without their marks."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", tag).lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def status_id(post: Dated) -> int:
    """Return a post's id: its milliseconds and 16 bits of its name, as Mastodon's own ids grow."""
    return (int(post.at.timestamp() * 1000) << 16) | (zlib.crc32(post.id.encode()) & 0xFFFF)


class Mastodon(Site):
    """The server. Accounts are told as ``name@exempel.social``, pages stand on this machine."""

    def answer(self, path: SplitResult) -> Answer:
        """Answer for the interface, the pages of posts and accounts, and pictures."""
        parts = [unquote(part) for part in path.path.strip("/").split("/")]
        match parts:
            case ["api", "v1", "timelines", "tag", tag]:
                wanted = folded(tag)
                return self._page(path, [post for post in self._posts() if wanted in _tags(post)])
            case ["api", "v2", "instance"]:
                return _json(self._instance())
            case ["api", "v1", "accounts", "lookup"]:
                found = self._account_named(query(path).get("acct", ""))
                return _json(self._account(found)) if found else _json({"error": "Record not found"}, status=404)
            case ["api", "v1", "accounts", number, "statuses"]:
                return self._page(path, [post for post in self._posts() if _number(post.written.who) == number])
            case ["api", "v1", "statuses", number]:
                post = next((post for post in self._posts() if str(status_id(post)) == number), None)
                return _json(self._status(post)) if post else _json({"error": "Record not found"}, status=404)
            case ["tags", tag]:
                return self._list(folded(tag))
            case [name] if name.startswith("@"):
                return self._profile(name)
            case [name, number] if name.startswith("@"):
                post = next((post for post in self._posts() if str(status_id(post)) == number), None)
                if post is None:
                    return NOTHING
                return pages.post(self.language, post, self.sample.clock(), picture=self._picture(post), brief=True)
        return super().answer(path)

    def _posts(self) -> list[Dated]:
        return [post for post in self.sample.posts() if "mastodon" in post.written.on]

    def _page(self, path: SplitResult, found: list[Dated]) -> Answer:
        """Return one page of statuses, newest first, as the ids in the question say."""
        asked = query(path)
        limit = min(_LARGEST, int(asked.get("limit", _DEFAULT)))
        if "max_id" in asked:
            found = [post for post in found if status_id(post) < int(asked["max_id"])]
        if "since_id" in asked:
            found = [post for post in found if status_id(post) > int(asked["since_id"])]
        if "min_id" in asked:
            found = [post for post in found if status_id(post) > int(asked["min_id"])][:limit]
        page = sorted(found, key=status_id)[-limit:][::-1]
        headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "299"}
        if page:
            here = f"{self.url}{quote(path.path)}"
            older = urlencode({"limit": limit, "max_id": status_id(page[-1])})
            newer = urlencode({"limit": limit, "min_id": status_id(page[0])})
            headers["Link"] = f'<{here}?{older}>; rel="next", <{here}?{newer}>; rel="prev"'
        return _json([self._status(post) for post in page], headers=headers)

    def _status(self, post: Dated) -> dict[str, Any]:
        now = self.sample.clock()
        number, who = status_id(post), post.written.who
        edited_at = post.edited_at(now)
        likes = zlib.crc32(post.id.encode()) % 40
        return {
            "id": str(number),
            "uri": f"https://{HOST}/users/{who.id}/statuses/{number}",
            "url": f"{self.url}/@{who.id}/{number}",
            "created_at": _stamp(post.at),
            "edited_at": _stamp(edited_at) if edited_at else None,
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": post.written.language,
            "replies_count": likes % 5,
            "reblogs_count": likes // 4,
            "favourites_count": likes,
            "content": self._content(pages.short(post, now)),
            "reblog": None,
            "quote": None,
            "card": None,
            "poll": None,
            "account": self._account(who),
            "media_attachments": self._media(post),
            "mentions": [],
            "emojis": [],
            "tags": [{"name": tag, "url": f"{self.url}/tags/{quote(tag)}"} for tag in _tags(post)],
        }

    def _content(self, text: str) -> str:
        def tag(found: re.Match[str]) -> str:
            address = f"{self.url}/tags/{quote(found[1])}"
            return f'<a href="{address}" class="mention hashtag" rel="tag">#<span>{found[1]}</span></a>'

        def link(found: re.Match[str]) -> str:
            return f'<a href="{found[0]}" rel="nofollow noopener">{found[0]}</a>'

        paragraphs = [_TAG.sub(tag, _LINK.sub(link, escape(part, quote=False))) for part in text.split("\n\n")]
        return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in paragraphs)

    def _media(self, post: Dated) -> list[dict[str, Any]]:
        picture = post.picture
        if picture is None:
            return []
        width, height = picture.size
        return [
            {
                "id": str(status_id(post) + 1),
                "type": "image",
                "url": self._picture(post),
                "preview_url": self._picture(post),
                "remote_url": None,
                "description": post.alt or None,
                "blurhash": None,
                "meta": {"original": {"width": width, "height": height, "aspect": round(width / height, 4)}},
            }
        ]

    def _picture(self, post: Dated) -> str:
        return f"{self.url}/media/{post.id}.jpg" if post.picture else ""

    def _account(self, who: Organisation) -> dict[str, Any]:
        return {
            "id": _number(who),
            "username": who.id,
            "acct": f"{who.id}@{HOST}",
            "display_name": who.name,
            "url": f"{self.url}/@{who.id}",
            "uri": f"https://{HOST}/users/{who.id}",
            "note": f"<p>{escape(who.about)}</p>",
            "bot": False,
            "group": False,
            "locked": False,
            "discoverable": True,
            "indexable": True,
            "created_at": "2024-01-01T00:00:00.000Z",
            "emojis": [],
            "fields": [],
        }

    def _account_named(self, name: str) -> Organisation | None:
        who = self.sample.case.organisations.get(name.lstrip("@").partition("@")[0])
        return who if who and "mastodon" in who.networks else None

    def _instance(self) -> dict[str, Any]:
        return {
            "domain": HOST,
            "title": HOST,
            "version": "4.5.0",
            "source_url": "",
            "description": self.language.t("demo.page.note"),
            "languages": ["sv"],
            "configuration": {
                "urls": {},
                "timelines_access": {"hashtag_feeds": {"local": "public", "remote": "public"}},
            },
            "rules": [],
        }

    def _profile(self, name: str) -> Answer:
        who = self._account_named(name)
        if who is None:
            return NOTHING
        return pages.listing(
            self.language, who, [post for post in self._posts() if post.written.who is who][::-1], self._link
        )

    def _list(self, tag: str) -> Answer:
        found = [post for post in self._posts() if tag in _tags(post)]
        return pages.listing(self.language, None, found[:-41:-1], self._link, heading=f"#{tag}")

    def _link(self, post: Dated) -> str:
        return f"{self.url}/@{post.written.who.id}/{status_id(post)}"


def _tags(post: Dated) -> tuple[str, ...]:
    return _folded_tags(pages.short(post, post.at))


@lru_cache(maxsize=1000)
def _folded_tags(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folded(tag) for tag in hashtags.find(text)))


def _number(who: Organisation) -> str:
    return str(109_000_000_000_000_000 + zlib.crc32(who.id.encode()))


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(body=body, kind="application/json; charset=utf-8", status=status, headers=headers or {})
