"""A bare Starlette application with our templates and what they tell, found beforehand.

``python -m bench.serving_templates CONFIG``. It renders in its thread pool, as ours does; what ours does besides, it
does not: ask the database, keep and pack the page, put the headers on.
"""

from __future__ import annotations

import itertools
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from skord.wiring import House as Program
from storage.archive import findable_page
from web.house import House, Visit
from web.public import archive, story
from web.rendering import Renderer, View

#: So many pages of each kind are found beforehand, and shown again and again.
PAGES = 200

Prepared = tuple[str, View, dict[str, Any]]


class _Catching(Renderer):
    """Renders nothing: keeps what a page tells its template."""

    caught: Prepared

    def page(self, template: str, view: View, /, **told: Any) -> str:
        self.caught = (template, view, told)
        return ""


class _Pages:
    """Our house, with nobody in it, and what its pages tell."""

    def __init__(self, config: str) -> None:
        program = Program(config=Path(config))
        self.store = program.store
        self.house = House(program.settings, self.store, clock=program.clock, version=program.version)
        self.renderer = self.house.renderer
        self._catching = _Catching(program.settings, version=program.version, secret=self.store.secret)
        self.house.renderer = self._catching
        campaign = self.house.only_campaign
        assert campaign is not None
        self._campaign = campaign

    def told(self, page: Callable[[Visit], Response], path: str, query: str = "", **parts: Any) -> Prepared:
        """Return what a page tells its template."""
        scope = {
            "type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": [],
            "path_params": parts, "scheme": "http", "server": ("bench", 80), "root_path": "",
        }  # fmt: skip
        request = Request(scope)
        view = self.house.view(request, self.house.settings.site.language, self._campaign, path)
        page(Visit(house=self.house, request=request, view=view, campaign=self._campaign))
        return self._catching.caught

    def route(self, path: str, prepared: Sequence[Prepared]) -> Route:
        """Return a route that renders one of the pages after the other."""
        turn = itertools.cycle(prepared)

        def answer(request: Request) -> Response:  # noqa: ARG001 - Starlette hands it over
            template, view, told = next(turn)
            return HTMLResponse(self.renderer.page(template, view, **told))

        return Route(path, answer)


def _app(config: str) -> Starlette:
    pages = _Pages(config)
    found = findable_page(pages.store, next(iter(pages.house.settings.campaigns)), limit=PAGES * 30)
    lists = [pages.told(archive.archive, "/archive", f"older={key}") for _, key in found[::30]]
    stories = [pages.told(story.story, f"/stories/{each}", story_id=each) for each, _ in found[::30]]
    return Starlette(routes=[pages.route("/list", lists), pages.route("/story", stories)])


def main() -> None:
    """Say where it listens, and serve."""
    config = uvicorn.Config(_app(sys.argv[1]), access_log=False, log_level="error", server_header=False, lifespan="off")
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
