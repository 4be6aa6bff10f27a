"""The API's addresses, and what every answer of it has in common."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from campaign.errors import NotFoundError, StorageError
from campaign.language import LANGUAGES
from web.api import campaign
from web.api.call import MOST, Call
from web.api.description import describe
from web.api.docs import page
from web.api.operations import OPERATIONS, Operation
from web.api.problems import Trouble, problem
from web.api.writing import Kept
from web.house import KEEP, House, house_of

_log = logging.getLogger("skord.web.api")

_JSON = "application/json"

Endpoint = Callable[[Request], Response]


def install(app: FastAPI, house: House) -> None:
    """Give the application every address of the API, and the page that describes them."""
    kept = Kept()
    for code in LANGUAGES:
        language = "" if code == house.settings.site.language else f"/{code}"
        app.add_route(f"{language}/api/docs", page(code), methods=["GET"])
    app.add_route("/api/v1/openapi.json", _safe(_described), methods=["GET"])
    app.add_route("/api/v1/campaigns", _safe(_campaigns), methods=["GET"])
    prefix = "/c/{campaign}/api/v1" if len(house.settings.campaigns) != 1 else "/api/v1"
    for operation in OPERATIONS:
        app.add_route(prefix + operation.path, _safe(_endpoint(operation, kept)), methods=["GET"])
    for start in dict.fromkeys(("/api/v1", "/c/{campaign}/api/v1", prefix)):
        for rest in ("", "/", "/{rest:path}"):
            app.add_route(start + rest, _safe(_nothing), methods=["GET"])


def _endpoint(operation: Operation, kept: Kept) -> Endpoint:
    def endpoint(request: Request) -> Response:
        call = _call(request, operation)
        return _answered(call, operation.answer(call, kept))

    return endpoint


def _safe(answer: Endpoint) -> Endpoint:
    """Return an endpoint that tells whatever goes wrong as Problem Details."""

    def endpoint(request: Request) -> Response:
        house = house_of(request)
        try:
            return answer(request)
        except Trouble as error:
            trouble = error
        except NotFoundError:
            trouble = Trouble("missing")
        except StorageError as error:
            _log.error("the API failed", extra={"action": "api.failed", "key": error.key})
            trouble = Trouble("busy")
        except Exception:  # noqa: BLE001 - every bug, whatever it is
            # A bug of one answer: told as any other problem, so that a program which asks can read it.
            _log.exception("the API failed", extra={"action": "api.bug", "path": request.url.path})
            trouble = Trouble("broken")
        return problem(trouble, docs=house.settings.site.base_url + "/api/docs")

    return endpoint


def _call(request: Request, operation: Operation) -> Call:
    house = house_of(request)
    asked = request.path_params.get("campaign")
    chosen = house.settings.campaigns.get(asked) if asked is not None else house.only_campaign
    if chosen is None:
        raise Trouble("missing")
    if not house.is_open:
        raise Trouble("closed")
    params = dict(request.query_params)
    for name in params:
        if name not in operation.query:
            raise Trouble("parameter", parameter=name[:100])
    view = house.view(request, house.settings.site.language, chosen, "/api/docs")
    return Call(house=house, request=request, campaign=chosen, view=view, params=params)


def _answered(call: Call, told: object) -> Response:
    """Return what is told as JSON; what anybody may ask is kept until something public changes."""
    body = msgspec.json.encode(told)
    more = getattr(told, "next", None)
    headers = {"Link": f'<{more}>; rel="next"'} if more else {}
    if "limit" not in call.params or call.limit <= MOST:
        return Response(body, headers={**headers, KEEP: "1"}, media_type=_JSON)
    headers |= {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if "gzip" in call.request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 6, mtime=0), "gzip"
    return Response(body, headers=headers, media_type=_JSON)


def _described(request: Request) -> Response:
    house = house_of(request)
    body = msgspec.json.encode(describe(house.settings, version=house.version))
    return Response(body, headers={KEEP: "1"}, media_type="application/vnd.oai.openapi+json;version=3.1")


def _campaigns(request: Request) -> Response:
    house = house_of(request)
    if not house.is_open:
        raise Trouble("closed")
    return Response(msgspec.json.encode(campaign.campaigns(house)), headers={KEEP: "1"}, media_type=_JSON)


def _nothing(request: Request) -> Response:  # noqa: ARG001 - Starlette hands it over
    raise Trouble("missing")
