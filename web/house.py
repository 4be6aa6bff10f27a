"""What every page of this process shares: settings, database, renderer, clock. And one reader's visit to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse

from campaign.errors import NotFoundError
from campaign.language import LANGUAGES, Language
from campaign.oidc import Provider
from campaign.settings import CampaignSettings, Settings
from storage.revision import PublicRevision
from storage.snapshots import any_published
from storage.store import Store
from web.forms import Throttle
from web.guesses import Guesses
from web.head import Meta, page_graph
from web.rendering import Renderer, View

_Value = TypeVar("_Value")

#: Requests for removal and reports that are taken in an hour, so that nobody fills the disk with them.
_MOST_REQUESTS = 200

#: Marks a response that the page cache may keep until something public changes; it never leaves the house.
KEEP = "x-skord-keep"


class House:
    """Made once by ``create_app`` and found at ``request.app.state.house``."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        clock: Callable[[], datetime],
        version: str,
        oidc: Provider | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.version = version
        self.oidc = oidc
        self.guesses = Guesses(settings.login.proxies)
        self.renderer = Renderer(settings, version=version, secret=store.secret)
        self.languages = {code: Language(code, settings.site.timezone) for code in LANGUAGES}
        self.revision = PublicRevision(store)
        self.requests = Throttle(_MOST_REQUESTS)
        self._kept: dict[object, tuple[int, object]] = {}
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether the public side may be shown: everything is told that people must be told about their data."""
        return not self.settings.privacy.missing

    def keep(self, key: object, make: Callable[[], _Value]) -> _Value:
        """Return what ``make`` gives, made once for each public revision. ``key`` must name it fully."""
        revision = self.revision.now()
        with self._lock:
            found = self._kept.get(key)
        if found is not None and found[0] == revision:
            return found[1]  # type: ignore[return-value] # the key says what it is
        made = make()
        with self._lock:
            if len(self._kept) > 200:
                self._kept.clear()
            self._kept[key] = (revision, made)
        return made

    def view(self, request: Request, code: str, campaign: CampaignSettings | None, path: str) -> View:
        """Return the view of a page at ``path`` (below language and campaign)."""
        return View(
            settings=self.settings,
            language=self.languages[code],
            path=path,
            query=request.url.query,
            now=self.clock(),
            campaign=campaign,
            revision=self.revision.now(),
            followed=campaign is not None and self.is_followed(campaign.id),
        )

    def is_followed(self, campaign: str) -> bool:
        """Return whether readers can see how it goes for a campaign's goals, at any measuring point."""
        return self.keep(("followed", campaign), lambda: any_published(self.store, campaign))

    @property
    def only_campaign(self) -> CampaignSettings | None:
        """The campaign whose pages stand at the root, None where there are several."""
        campaigns = list(self.settings.campaigns.values())
        return campaigns[0] if len(campaigns) == 1 else None


def house_of(request: Request) -> House:
    """Return the house that answers a request."""
    found = request.app.state.house
    assert isinstance(found, House)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One reader at one public page of one campaign."""

    house: House
    request: Request
    view: View
    campaign: CampaignSettings

    @property
    def store(self) -> Store:
        """The database."""
        return self.house.store

    def page(
        self, template: str, /, *, status: int = 200, keep: bool = True, meta: Meta | None = None, **told: object
    ) -> HTMLResponse:
        """Return a rendered page; with ``keep`` it stands in the cache until something public changes.

        ``meta`` is what it says of itself to those who link to it, beyond what its template does.
        """
        if keep and status == 200:
            # What nobody else can open, and what answers a form, says nothing to those who link.
            told |= {"meta": meta or Meta(), "page_graph": page_graph, "languages": LANGUAGES}
        body = self.house.renderer.page(template, self.view, **told)
        headers = {KEEP: "1"} if keep and status == 200 else {"Cache-Control": "no-store"}
        return HTMLResponse(body, status, headers)

    def asked(self, name: str) -> str:
        """Return one part of the query string, stripped; "" where it is missing."""
        return self.request.query_params.get(name, "").strip()

    def asked_number(self, name: str, first: int, last: int) -> int | None:
        """Return a number of the query string, None where it is missing. NotFoundError ``page`` outside its bounds."""
        text = self.asked(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 19 and first <= int(text) <= last):
            raise NotFoundError("page")
        return int(text)
