"""Asking again who somebody is, before a risky step; then the step is carried out, once, as it was pressed."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from campaign.errors import InputError, SkordError
from storage.proofs import Held, find_held, prove_password, take_held
from web.desk.visit import AtDesk, Desk, DeskRoute

router = APIRouter(route_class=DeskRoute)

_OWN_HEADERS = frozenset((b"content-length", b"content-type", b"transfer-encoding", b"sec-fetch-site"))


@router.get("/desk/prove")
def ask(desk: AtDesk) -> Response:
    """Show what to prove oneself with."""
    return _page(desk, desk.asked("held"))


@router.post("/desk/prove")
def prove(desk: AtDesk) -> Response:
    """Check the person's own password and do what they were about to do."""
    assert desk.login is not None
    named = desk.form["held"]
    try:
        prove_password(desk.store, desk.login.key, desk.form["own_password"], now=desk.now)
    except InputError as problem:
        return _page(desk, named, problem)
    return go_on(desk, named)


def go_on(desk: Desk, named: str) -> Response:
    """Return what was about to be done: a page is opened, a form is sent again. NotFoundError ``held_over``."""
    assert desk.login is not None
    held = take_held(desk.store, desk.login.key, named, now=desk.now)
    if held.fields is None:
        return RedirectResponse(desk.view.base + held.address, 303)
    return _Again(held)


def _page(desk: Desk, named: str, problem: SkordError | None = None) -> Response:
    assert desk.login is not None
    is_there = find_held(desk.store, desk.login.key, named, now=desk.now) is not None
    told = desk.explain(problem) if problem else None
    return desk.page(
        "desk/prove.html",
        status=422 if problem else 200 if is_there else 410,
        held=named,
        is_there=is_there,
        elsewhere=desk.settings.oidc.name if desk.house.oidc else "",
        wrong=" ".join(filter(None, (told.what, told.wait, told.do))) if told else "",
    )


class _Again(Response):
    """Sends a form anew through the whole application, its door included, and answers what that answers."""

    def __init__(self, held: Held) -> None:
        super().__init__()
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as if the form had been sent now."""
        path, _, query = self._held.address.partition("?")
        body = urlencode(self._held.fields or {}).encode()
        own = [(name, value) for name, value in scope["headers"] if _is_kept(name)]
        names = ("type", "asgi", "http_version", "scheme", "server", "client", "state")
        whole = scope.get("root_path", "") + path
        again: Scope = {name: scope[name] for name in names if name in scope} | {
            "method": "POST",
            "path": whole,
            "raw_path": whole.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                *own,
                (b"content-type", b"application/x-www-form-urlencoded"),
                (b"content-length", str(len(body)).encode()),
                (b"sec-fetch-site", b"same-origin"),
            ],
        }
        given = [{"type": "http.request", "body": body, "more_body": False}]

        async def taken() -> dict[str, object]:
            return given.pop() if given else dict(await receive())

        await scope["app"](again, taken, send)


def _is_kept(name: bytes) -> bool:
    """Return whether a header of the request that proved is one of the form's, too; scripts' own are not."""
    return name not in _OWN_HEADERS and not name.startswith((b"hx-", b"x-skord-"))
