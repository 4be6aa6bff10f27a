"""One WordPress site and how its REST interface is asked: where it stands, what its refusals mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from campaign.errors import CollectError
from campaign.settings import SourceSettings
from collector import heads, tidy
from collector.networks.page import Ask, as_json
from net.answers import Answer, StatusError

API_REL = "https://api.w.org/"
_HOSTED = ".wordpress.com"


class ClosedError(CollectError):
    """The site does not let programs ask its REST interface; its feeds may still be read."""


class PastEnd(Exception):
    """The page asked for lies behind the last."""


def address(source: SourceSettings) -> str:
    """Return the site's address without a slash at its end. Raises CollectError ``bad_url``."""
    written = str(source.options.get("url") or "").strip()
    found = tidy.address(written if "://" in written else f"https://{written}")
    if not found:
        raise CollectError("bad_url", permanent=True)
    parts = urlsplit(found)
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/").removesuffix("/wp-json")


def named_root(headers: Mapping[str, str], head: heads.Head | None = None) -> str:
    """Return the address of the interface that a page names, in its headers or its head; "" where it names none."""
    for part in headers.get("link", "").split(","):
        target, _, told = part.partition(";")
        if API_REL in told and target.strip().startswith("<"):
            return tidy.address(target.strip()[1:].partition(">")[0])
    return head.link(API_REL) if head is not None else ""


@dataclass(slots=True, kw_only=True)
class Site:
    """A site while it is asked. ``root`` is where its interface stands, "" until it is known."""

    ask: Ask
    url: str
    root: str = ""

    @property
    def host(self) -> str:
        """The site's name, as errors tell it."""
        return urlsplit(self.url).netloc

    def get(self, path: str, **query: str | int) -> tuple[list[Any], Answer]:
        """Return a list from the interface and the answer that it came in; finds the interface first where needed.

        Raises ClosedError where programs are kept out, PastEnd behind the last page, and CollectError.
        """
        if self.root:
            return self._list(self.root, path, query)
        closed: CollectError | None = None
        for root in self._roots():
            try:
                found = self._list(root, path, query)
            except ClosedError as error:
                closed = closed or error
                continue
            self.root = root
            return found
        raise closed or ClosedError("wordpress_closed", host=self.host)

    def one(self, path: str) -> tuple[int, str]:
        """Return the status of one thing of the interface and the code of its error ("" where it is there)."""
        try:
            self.ask.fetch(_address(self.root, path, {"_fields": "id"}), accept="application/json")
        except StatusError as error:
            return error.status, _code(error.body)
        return 200, ""

    def _roots(self) -> list[str]:
        """Return where the interface may stand: where the front page says, else at the usual places."""
        if self.host.endswith(_HOSTED):
            return [f"https://public-api.wordpress.com/wp/v2/sites/{self.host}/"]
        usual = [f"{self.url}/wp-json/", f"{self.url}/?rest_route=/"]
        try:
            answer = self.ask.fetch(f"{self.url}/", accept="text/html,*/*;q=0.5")
        except StatusError as error:
            if error.status == 429 or error.status >= 500:
                raise
            return usual
        head = heads.read(answer.body, answer.headers.get("content-type", ""), answer.url)
        return list(dict.fromkeys(filter(None, (named_root(answer.headers, head), *usual))))

    def _list(self, root: str, path: str, query: Mapping[str, str | int]) -> tuple[list[Any], Answer]:
        try:
            answer = self.ask.fetch(_address(root, path, query), accept="application/json")
        except StatusError as error:
            raise self._told(error) from error
        try:
            found = as_json(answer, host=self.host)
        except CollectError as error:
            if not self.root:
                # A page for people where the interface would be: it stands elsewhere, or nowhere.
                raise ClosedError("wordpress_closed", host=self.host) from error
            raise
        if not isinstance(found, list):
            raise CollectError("wordpress_odd", host=self.host)
        return found, answer

    def _told(self, error: StatusError) -> Exception:
        """Return what a refusal means here."""
        code = _code(error.body)
        if error.status == 400 and code == "rest_post_invalid_page_number":
            return PastEnd()
        if error.status == 400 and code:
            return CollectError("wordpress_refused", host=self.host, code=tidy.line(code, 60))
        if error.status in (401, 403, 404, 405, 410):
            return ClosedError("wordpress_closed", host=self.host, status=error.status)
        return error


def _address(root: str, path: str, query: Mapping[str, str | int]) -> str:
    hosted = "/wp/v2/sites/" in root
    whole = f"{root.rstrip('/')}/{path if hosted else f'wp/v2/{path}'}"
    return f"{whole}{'&' if '?' in whole else '?'}{urlencode(query)}"


def _code(body: bytes) -> str:
    """Return the name of an error of WordPress's, "" where the refusal is somebody else's."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    code = found.get("code") if isinstance(found, dict) else None
    return code if isinstance(code, str) else ""
