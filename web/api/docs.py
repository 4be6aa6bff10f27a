"""The page that describes the API, made from the same table and types as its description for programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from campaign.language import catalogue
from campaign.settings import Settings
from web.api.call import MOST, MOST_WITH_TOKEN, base
from web.api.description import Words, field_words, schemas
from web.api.operations import OPERATIONS, PARAMETERS, Operation
from web.api.problems import STATUS, anchor
from web.errors import Closed
from web.house import Visit, house_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A parameter or a field: its name, what it may hold, what it means. ``link`` is the type it is made of, "" for
    none.
    """

    name: str
    holds: str
    words: str
    needed: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One address as the page tells it."""

    name: str
    path: str
    title: str
    text: str
    parameters: list[Row]
    answers: str
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """One type with its fields."""

    name: str
    words: str
    fields: list[Row]


def page(code: str) -> Callable[[Request], Response]:
    """Return the endpoint of the page in a language."""

    def endpoint(request: Request) -> Response:
        house = house_of(request)
        if not house.is_open:
            raise Closed("closed")
        settings, words = house.settings, catalogue(code)
        first = next(iter(settings.campaigns.values()))
        view = house.view(request, code, house.only_campaign, "/api/docs")
        visit = Visit(house=house, request=request, view=view, campaign=first)
        return visit.page(
            "public/api.html",
            base=base(settings, first),
            several=len(settings.campaigns) > 1,
            description=settings.site.base_url + "/api/v1/openapi.json",
            operations=[_told(each, words, base(settings, first)) for each in OPERATIONS],
            types=_types(words),
            problems=[(anchor(kind), status, kind) for kind, status in STATUS.items()],
            limits=_limits(settings),
        )

    return endpoint


def _limits(settings: Settings) -> dict[str, int]:
    api = settings.api
    return {"plain": api.per_minute, "token": api.per_minute_token, "most": MOST, "most_token": MOST_WITH_TOKEN}


def _told(operation: Operation, words: Words, start: str) -> Told:
    rows = [
        Row(name=name, holds=words[f"api.holds.{kind}"], words=words[f"api.parameter.{name}"], needed=True)
        for name, kind in operation.parts.items()
    ]
    rows += [
        Row(
            name=name,
            holds=_holds(PARAMETERS[name], words),
            words=words[f"api.parameter.{name}"],
            needed=name in operation.needs,
        )
        for name in operation.query
    ]
    return Told(
        name=operation.name,
        path=operation.template,
        title=words[f"api.operation.{operation.name}.title"],
        text=words[f"api.operation.{operation.name}.text"],
        parameters=rows,
        answers=operation.model.__name__,
        example=start + quote(operation.example or operation.path, safe="/?&="),
    )


def _types(words: Words) -> list[Type]:
    return [
        Type(
            name=name,
            words=schema["description"],
            fields=[
                Row(name=field, holds=_holds(told, words), words=field_words(words, name, field), link=_link(told))
                for field, told in schema["properties"].items()
            ],
        )
        for name, schema in sorted(schemas(words).items())
    ]


def _link(told: dict[str, Any]) -> str:
    """Return the type that a field is made of, "" for none."""
    inner = told.get("items", told)
    parts = [inner, *inner.get("anyOf", ())]
    return next((each["$ref"].rpartition("/")[2] for each in parts if "$ref" in each), "")


def _holds(told: dict[str, Any], words: Words) -> str:
    """Return what a schema lets through, in words."""
    if "anyOf" in told:
        return words["api.holds.or"].join(_holds(each, words) for each in told["anyOf"])
    if "$ref" in told:
        return str(told["$ref"]).rpartition("/")[2]
    if "enum" in told:
        return ", ".join(f"“{each}”" for each in told["enum"])
    if told.get("type") == "array":
        return words["api.holds.list"].format(of=_holds(told["items"], words))
    kind = told.get("format") or told["type"]
    said = words[f"api.holds.{kind}"]
    if "minimum" in told and "maximum" in told:
        said += f" {told['minimum']}–{told['maximum']}"
    return said
