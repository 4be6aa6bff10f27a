"""Why the API gives no answer, as Problem Details (RFC 9457). Its words stand in the catalogue, in English."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from campaign.errors import Fact
from campaign.language import catalogue
from web.api.models import Problem

TYPE = "application/problem+json"

#: The problems that there are, with their statuses; each has an anchor in the documentation.
STATUS: Mapping[str, int] = {
    "parameter": 422,
    "too_many_asked": 422,
    "token": 401,
    "missing": 404,
    "gone": 410,
    "method": 405,
    "ahead": 409,
    "too_often": 429,
    "closed": 503,
    "busy": 503,
    "broken": 500,
}


class Trouble(Exception):
    """There is no answer. ``kind`` is one of ``STATUS``; ``parameter`` names what was wrong with the question."""

    def __init__(self, kind: str, /, *, parameter: str = "", **facts: Fact) -> None:
        self.kind = kind
        self.parameter = parameter
        self.facts = facts
        super().__init__(kind, parameter, facts)


def problem(trouble: Trouble, *, docs: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer to a question that has none. ``docs`` is where the documentation stands."""
    words, status = catalogue("en"), STATUS[trouble.kind]
    told = Problem(
        type=f"{docs}#{anchor(trouble.kind)}",
        title=words[f"api.problem.{trouble.kind}.title"],
        status=status,
        detail=words[f"api.problem.{trouble.kind}.detail"].format(parameter=trouble.parameter, **trouble.facts),
        parameter=trouble.parameter or msgspec.UNSET,
    )
    whole = {"Cache-Control": "no-store", **(headers or {})}
    if status == 503:
        whole["Retry-After"] = "120"
    if status == 401:
        whole["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(told), status, whole, media_type=TYPE)


def anchor(kind: str) -> str:
    """Return where a problem is told of in the documentation."""
    return "problem-" + kind.replace("_", "-")
