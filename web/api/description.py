"""The API described as OpenAPI 3.1, made from the types and the table that answer: what it says is what is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from campaign.language import catalogue
from campaign.settings import Settings
from web.api import models
from web.api.operations import OPERATIONS, PARAMETERS, Operation
from web.api.problems import STATUS, TYPE

#: What can go wrong with every question; "parameter" and "too_many_asked" only where there is a query string.
_ALWAYS = ("token", "too_often", "broken", "closed")

Words = Mapping[str, str]


def describe(settings: Settings, *, version: str, language: str = "en") -> dict[str, Any]:
    """Return the description, its words in a language."""
    words = catalogue(language)
    paths: dict[str, Any] = {operation.template: {"get": _operation(operation, words)} for operation in OPERATIONS}
    paths["/campaigns"] = {
        "servers": [{"url": f"{settings.site.base_url}/api/v1"}],
        "get": _whole("campaigns", models.CampaignList, (), words),
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": words["api.title"].format(name=settings.site.name),
            "version": "1",
            "summary": words["api.summary"],
            "description": words["api.description"],
            "contact": {"name": settings.site.owner, "email": settings.site.contact},
            "x-skord-version": version,
        },
        "servers": [_server(settings)],
        "paths": paths,
        "components": {
            "schemas": schemas(words),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": words["api.token"]}},
        },
        "security": [{}, {"token": []}],
    }


def _server(settings: Settings) -> dict[str, Any]:
    if len(settings.campaigns) == 1:
        return {"url": f"{settings.site.base_url}/api/v1"}
    known = list(settings.campaigns)
    chosen = {"enum": known, "default": known[0]} if known else {"default": "campaign"}
    return {"url": f"{settings.site.base_url}/c/{{campaign}}/api/v1", "variables": {"campaign": chosen}}


def schemas(words: Words) -> dict[str, Any]:
    """Return every type as JSON Schema, with the words of its fields."""
    types = [*(operation.model for operation in OPERATIONS), models.CampaignList, models.Problem]
    _, found = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    for name, schema in found.items():
        schema["description"] = words[f"api.type.{name}"]
        schema["properties"] = {
            field: {**told, "description": field_words(words, name, field)}
            for field, told in schema["properties"].items()
        }
    return found


def field_words(words: Words, name: str, field: str) -> str:
    """Return what a field of a type means: its own words, else those of its name."""
    return words.get(f"api.field.{name}_{field}") or words[f"api.field.{field}"]


def _operation(operation: Operation, words: Words) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": kind}, "description": _of(words, name)}
        for name, kind in operation.parts.items()
    ]
    parameters += [
        {"name": name, "in": "query", "required": name in operation.needs, "schema": PARAMETERS[name],
         "description": _of(words, name)}
        for name in operation.query
    ]  # fmt: skip
    asked = ("parameter", "too_many_asked") if operation.query else ("parameter",)
    told = _whole(operation.name, operation.model, (*asked, *operation.problems), words)
    return {**told, "parameters": parameters} if parameters else told


def _of(words: Words, name: str) -> str:
    return words[f"api.parameter.{name}"]


def _whole(name: str, model: type, problems: tuple[str, ...], words: Words) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "200": {
            "description": words[f"api.type.{model.__name__}"],
            "headers": {"ETag": {"schema": {"type": "string"}, "description": words["api.header.etag"]}},
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}},
        },
        "304": {"description": words["api.unchanged"]},
    }
    for status in sorted({STATUS[each] for each in (*problems, *_ALWAYS)}):
        mine = [each for each in (*problems, *_ALWAYS) if STATUS[each] == status]
        answers[str(status)] = {
            "description": " / ".join(words[f"api.problem.{each}.title"] for each in mine),
            "content": {TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return {
        "operationId": name,
        "summary": words[f"api.operation.{name}.title"],
        "description": words[f"api.operation.{name}.text"],
        "responses": answers,
    }
