"""One person at one page of the desk, and the door that every request to the desk goes through.

The door refuses what ``web.auth.ROLES`` does not name, asks for a login, checks the role, and takes a form only
with the token of that login. Handlers get a ``Desk`` and never look at cookies themselves.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from campaign.credit import named
from campaign.errors import ConflictError, InputError, LoginError, NotFoundError, SkordError, StorageError
from campaign.language import LANGUAGES, Explanation, Language
from campaign.records import Post, Role
from campaign.settings import CampaignSettings, Settings
from storage.cases import open_cases
from storage.logins import Login, find_login
from storage.people import Account
from storage.picture_desk import count_ending
from storage.proofs import hold
from storage.queue import waiting
from storage.store import Actor, Store
from web.auth import EVERYWHERE, ROLES, VISITOR_COOKIE, bind_visitor, login_token, safe_next
from web.csrf import FIELD, HEADER, is_ours, make_token, new_binding
from web.desk.reach import Reach, reach_of
from web.desk.uploads import PICTURES_AT, SHEETS_AT, PictureForm, read_pictures, read_sheet, read_upload
from web.forms import Form, read_form
from web.house import House, house_of
from web.rendering import View, as_query

_log = logging.getLogger("skord.web.desk")

#: Tells a script which press an answer is about, so that nothing between takes the desk's part.
PRESS = "X-Skord-Press"

_ONCE = re.compile(r"[0-9a-f]{32}")

#: Nothing of the desk stays in a browser's or proxy's memory.
_HEADERS = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a handler of the desk works with. ``login`` is None only on pages that need none."""

    house: House
    request: Request
    view: View
    login: Login | None
    form: Form
    binding: str
    reach: Reach

    @property
    def store(self) -> Store:
        """The database."""
        return self.house.store

    @property
    def settings(self) -> Settings:
        """The configuration."""
        return self.house.settings

    @property
    def now(self) -> datetime:
        """The moment of the request."""
        return self.view.now

    @property
    def language(self) -> Language:
        """The language of the person."""
        return self.view.language

    @property
    def account(self) -> Account:
        """Who is here."""
        assert self.login is not None
        return self.login.account

    @property
    def actor(self) -> Actor:
        """Who is here, for the trail."""
        return Actor(kind="person", account_id=self.account.id)

    @property
    def campaign(self) -> CampaignSettings:
        """The campaign that the person works with."""
        assert self.view.campaign is not None
        return self.view.campaign

    @property
    def language_choices(self) -> list[tuple[str, str]]:
        """The languages to choose from, each by its own name."""
        return [
            (code, str(language.locale.get_language_name(code)).capitalize())
            for code, language in self.house.languages.items()
        ]

    @property
    def role_choices(self) -> list[tuple[str, str]]:
        """The roles to choose from, with what each may do; the first is none at all."""
        return [(str(role), self.t(f"auth.role_can.{role}")) for role in Role]

    @property
    def has_newsletters(self) -> bool:
        """Whether the campaign sends letters."""
        return bool(self.view.newsletters)

    @property
    def campaigns(self) -> list[CampaignSettings]:
        """The campaigns to choose from: those in which the person has a role."""
        return [each for each in self.settings.campaigns.values() if self.account.may(Role.READER, each.id)]

    @property
    def is_htmx(self) -> bool:
        """Whether a script asks for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def once(self) -> str:
        """The name that a script gave this press, the same however often it is sent; "" where it has none."""
        given = self.form["once"]
        return given if _ONCE.fullmatch(given) else ""

    @property
    def token(self) -> str:
        """What forms on this page must carry."""
        return make_token(self.store.secret, self.binding)

    def t(self, key: str, /, **facts: Any) -> str:
        """Return a sentence in the person's language."""
        return self.language.t(key, **facts)

    def may(self, role: Role) -> bool:
        """Return whether the person may do what a role may in the campaign that the page is about."""
        campaign = self.view.campaign.id if self.view.campaign else ""
        return self.login is not None and self.account.may(role, campaign)

    def may_everywhere(self, role: Role) -> bool:
        """Return whether the person may do what a role may in the whole installation."""
        return self.login is not None and self.account.may(role)

    def sees(self, campaigns: Sequence[str]) -> bool:
        """Return whether the person has a role in any of these campaigns; for none, in the whole installation."""
        return any(self.account.may(Role.READER, campaign) for campaign in campaigns or ("",))

    def asked(self, name: str) -> str:
        """Return one part of the query string, stripped; "" where it is missing."""
        return self.request.query_params.get(name, "").strip()

    def url(self, path: str, /, **query: str | int | None) -> str:
        """Return an address of the desk in the same campaign."""
        campaigns = list(self.settings.campaigns)
        chosen = self.view.campaign.id if self.view.campaign else ""
        if chosen and chosen != campaigns[0]:
            query.setdefault("campaign", chosen)
        return self.view.plain(path, **query)

    def ago(self, moment: datetime) -> str:
        """Return how long ago, or how far ahead, a moment is, in words."""
        if abs(self.now - moment) < timedelta(seconds=50):
            return self.t("desk.just_now" if moment <= self.now else "desk.at_once")
        return self.language.ago(moment, self.now)

    def author_of(self, post: Post) -> str:
        """Return who is named for a post, in words also where nobody knows."""
        return named(post, self.settings.sources.get(post.source)) or self.t("credit.nobody")

    def page(self, template: str, /, *, status: int = 200, **told: Any) -> HTMLResponse:
        """Return a rendered page or part of one."""
        return HTMLResponse(self.render(template, **told), status, _HEADERS)

    def render(self, template: str, /, **told: Any) -> str:
        """Return a rendered template."""
        own: dict[str, Any] = {
            "desk": self,
            "token": self.token,
            "desk_url": self.url,
            "may": self.may,
            "Role": Role,
            "ago": self.ago,
            "author_of": self.author_of,
        }
        if self.login is not None and "nav" not in told:
            own["nav"] = self.nav()
        return self.house.renderer.page(template, self.view, **own | told)

    def go(self, address: str) -> Response:
        """Return the way to another page after a form was taken (so that reloading repeats nothing)."""
        if self.is_htmx:
            return Response(status_code=204, headers=_HEADERS | {"HX-Redirect": address})
        return RedirectResponse(address, 303, _HEADERS)

    def back(self, **query: str | int | None) -> Response:
        """Return the way to the page whose form this was, with something to say there."""
        path, _, asked = safe_next(self.form["back"]).partition("?")
        kept = [part for part in asked.split("&") if part and part.partition("=")[0] not in _SAID]
        more = as_query(query).removeprefix("?")
        whole = "&".join([*kept, *([more] if more else [])])
        return self.go(self.view.base + path + (f"?{whole}" if whole else ""))

    def prove(self, *, minutes: int = 10) -> None:
        """Let go on only who has proved within so many minutes who they are; call it before a risky step.

        Others are asked; what they were about to do is kept and carried out once they have (``web.desk.proving``).
        """
        assert self.login is not None
        if self.now - self.login.proved_at >= timedelta(minutes=minutes):
            raise ProofNeeded

    def explain(self, error: SkordError) -> Explanation:
        """Return an error in the person's words."""
        return self.language.explain(error)

    def nav(self, *, queue: int | None = None) -> dict[str, int]:
        """Return the numbers in the desk's head; ``queue`` is how many stories wait, where that is known already."""
        counts = {"queue": 0, "cases": 0, "pictures": 0}
        if self.view.campaign is not None and self.may(Role.READER):
            counts["queue"] = self._waiting() if queue is None else queue
            counts["pictures"] = count_ending(self.store, self.view.campaign.id, now=self.now)
            if self.may(Role.EDITOR):
                counts["cases"] = open_cases(self.store, self.view.campaign.id)
        return counts

    def _waiting(self) -> int:
        """Return how many stories this person can act on: not those that wait for another's approval after theirs."""
        return waiting(self.store, self.campaign.id, now=self.now, person=self.account.id)


class ProofNeeded(Exception):
    """The person must say again who they are before this step."""


#: What an address says about the form that led to it; it is not carried along to the next one.
_SAID = ("done", "said", "problem", "bulk")


def at_desk(request: Request) -> Desk:
    """Return who is here, as the door let them in."""
    found = request.state.desk
    assert isinstance(found, Desk)
    return found


AtDesk = Annotated[Desk, Depends(at_desk)]


class DeskRoute(APIRoute):
    """A route of the desk: nothing behind it runs before the door has let the request in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with the door in front and the desk's error pages behind."""
        inside = super().get_route_handler()
        path = self.path

        async def through_the_door(request: Request) -> Response:
            house = house_of(request)
            if (request.method, path) not in ROLES:
                raise HTTPException(403)
            form = await _read(request, path) if request.method == "POST" else Form()
            try:
                return await answer(house, request, form)
            finally:
                if isinstance(form, PictureForm):
                    form.close()

        async def answer(house: House, request: Request, form: Form) -> Response:
            desk = await asyncio.to_thread(_enter, house, request, form)
            refused = await asyncio.to_thread(_refusal, desk, path)
            if refused is not None:
                return refused
            request.state.desk = desk
            try:
                response = await inside(request)
            except ProofNeeded:
                response = await asyncio.to_thread(_ask_for_proof, desk)
            except (SkordError, RequestValidationError) as error:
                response = await asyncio.to_thread(error_page, desk, error)
            response.headers.setdefault("Cache-Control", "no-store")
            if desk.once:
                response.headers[PRESS] = desk.once
            is_bound = request.cookies.get(VISITOR_COOKIE) == desk.binding or hasattr(request.state, "formless")
            if desk.login is None and not is_bound:
                bind_visitor(response, house.settings, desk.binding)
            return response

        return through_the_door


async def _read(request: Request, path: str) -> Form:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await read_form(request)
    # Files are large: of somebody who may not send any here nothing is taken in at all.
    if not await asyncio.to_thread(_may_send, request, path):
        return Form()
    if path in SHEETS_AT:
        return await read_sheet(request)
    return await (read_pictures(request) if path in PICTURES_AT else read_upload(request))


def _may_send(request: Request, path: str) -> bool:
    """Return whether somebody has, in any campaign at all, the role that an address asks for."""
    house, token, role = house_of(request), login_token(request), ROLES["POST", path]
    login = find_login(house.store, token, now=house.clock()) if token else None
    if login is None or role is None:
        return False
    return any(login.account.may(role, campaign) for campaign in ("", *house.settings.campaigns))


def _enter(house: House, request: Request, form: Form) -> Desk:
    now = house.clock()
    token = login_token(request)
    login = find_login(house.store, token, now=now) if token else None
    binding = login.key if login else request.cookies.get(VISITOR_COOKIE) or new_binding()
    asked = form["language"] if login is None else ""
    code = _language(house, login, asked or request.query_params.get("language", ""))
    reach = reach_of(house.store, request.path_params, {**request.query_params, **form}) if login else _NOWHERE
    campaign = _campaign(house, login, form["campaign"] or request.query_params.get("campaign", ""), reach)
    view = house.view(request, code, campaign, request.url.path.removeprefix(house.renderer.base))
    return Desk(house=house, request=request, view=view, login=login, form=form, binding=binding, reach=reach)


_NOWHERE = Reach(address=None, fields=())


def _language(house: House, login: Login | None, asked: str) -> str:
    wanted = login.account.language if login else asked
    return wanted if wanted in LANGUAGES else house.settings.site.language


def _campaign(house: House, login: Login | None, asked: str, reach: Reach) -> CampaignSettings | None:
    """Return the campaign that a request is about: that of what its address names, else as asked, else one's own."""
    campaigns = house.settings.campaigns
    own = login.account.campaigns(list(campaigns)) if login else tuple(campaigns)
    named = [each for each in reach.address or () if each in own]
    if named:
        return campaigns[asked if asked in named else named[0]]
    return campaigns.get(asked) or next((campaigns[each] for each in (*own, *campaigns)), None)


def _refusal(desk: Desk, path: str) -> Response | None:
    """Return why the request is not let in, None where it is."""
    request = desk.request
    role = ROLES[request.method, path]
    if role is not None and desk.login is None:
        query = f"?{request.url.query}" if request.url.query else ""
        # After a form that came too late the person is led back to it, where the browser has kept what was written.
        wanted = desk.view.path + query if request.method == "GET" or ("GET", path) in ROLES else ""
        return desk.go(desk.view.plain("/desk/login", next=wanted))
    if role is not None and role is not Role.NONE:
        refused = _out_of_reach(desk, role, everywhere=path in EVERYWHERE)
        if refused is not None:
            return refused
    if request.method == "POST":
        given = request.headers.get(HEADER, "") or desk.form[FIELD]
        if not is_ours(request, given, secret=desk.store.secret, bound_to=desk.binding):
            return desk.page("desk/refused.html", status=403, why="form", role=None)
    return None


def _out_of_reach(desk: Desk, role: Role, *, everywhere: bool) -> Response | None:
    """Refuse what is another campaign's as if it were not there, and what asks for more than the person's role."""
    lacking = desk.reach.may(desk.account, role)
    if lacking is Role.NONE:
        return error_page(desk, NotFoundError("page_missing"))
    if not desk.account.campaigns(list(desk.settings.campaigns)) and not desk.may_everywhere(Role.READER):
        return desk.page("desk/refused.html", status=403, why="nowhere", role=role)
    enough = desk.may_everywhere(role) if everywhere else desk.may(role)
    if lacking is not None or not enough:
        return desk.page("desk/refused.html", status=403, why="role", role=role)
    return None


def _ask_for_proof(desk: Desk) -> Response:
    """Keep what the person was about to do, and lead to the page that asks who they are."""
    assert desk.login is not None
    query = f"?{desk.request.url.query}" if desk.request.url.query else ""
    fields = desk.form if desk.request.method == "POST" else None
    named = hold(desk.store, desk.login.key, desk.view.path + query, fields, now=desk.now)
    return desk.go(desk.url("/desk/prove", held=named))


def error_page(desk: Desk, error: Exception) -> Response:
    """Return the desk's page for an error: what happened, whether waiting helps, what to do."""
    if isinstance(error, RequestValidationError):
        error = NotFoundError("page_missing")
    assert isinstance(error, SkordError)
    status = _status(error)
    if status >= 500:
        _log.error("a desk page failed", extra={"action": "desk.failed", "key": error.key})
    template = "desk/failed.html" if desk.is_htmx else "desk/problem.html"
    return desk.page(template, status=status, told=desk.explain(error))


def _status(error: SkordError) -> int:
    if isinstance(error, NotFoundError):
        return 404
    if isinstance(error, LoginError):
        return 403
    if isinstance(error, InputError):
        return 422
    if isinstance(error, ConflictError):
        return 409
    return 503 if isinstance(error, StorageError) else 500
