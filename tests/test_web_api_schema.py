"""The description of the API is true: an outside validator takes it, and every answer keeps to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from builders import account, approved, picture
from campaign.language import LANGUAGES, catalogue
from campaign.newsletter import EVENTS, ItemKind, Why
from campaign.periods import Week
from conftest import HALLAND, NOW
from digest import edition as editions
from digest.letter import to_json
from storage.issue_edits import NewItem, Schedule, save_draft, write_item
from storage.issue_states import approve, freeze
from storage.issues import find_issue
from storage.places import set_place
from storage.store import JOB, Actor, Store
from storage.strategy import save_strategy
from test_web_public_strategy import PLAN, measured, told
from web.api.description import field_words, schemas
from web.api.operations import OPERATIONS, PARAMETERS
from web.api.problems import STATUS, anchor
from website import Website, settings


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site with everything that the API tells of: stories, a place, a strategy, a measure, an issue."""
    save_strategy(sqlite_store, "hallandvaxer", PLAN, origin="file", by=JOB, now=NOW)
    by = Actor(kind="person", account_id=account(sqlite_store))
    first = told(sqlite_store, "1.2", NOW, text="Praktik åt alla i Laholm #hallandväxer")
    set_place(sqlite_store, first, "laholm", by=by, now=NOW)
    for number in range(4):
        approved(sqlite_store, text=f"Praktik nummer {number} #hallandväxer", media=(picture(),))
    measured(sqlite_store)
    made = settings(tmp_path)
    draft = save_draft(
        sqlite_store, campaign="hallandvaxer", newsletter="veckobrevet", selection={}, by=JOB, now=NOW,
        schedule=Schedule(week=Week(year=2026, number=47), selected_to=NOW, send_at=NOW),
        new=[NewItem(story_id=first, section="", position=0, reason=Why(key="approved"))],
    )  # fmt: skip
    write_item(
        sqlite_store, draft.id, kind=ItemKind.EVENT, section=EVENTS, by=by, now=NOW, title="Praktikmässa",
        place="Halmstad", starts_at=NOW, text="**Kom!**",
    )  # fmt: skip
    edition = editions.load(sqlite_store, made, draft.id)
    now = find_issue(sqlite_store, "veckobrevet", draft.number)
    assert now is not None
    approve(sqlite_store, draft.id, edition.content, by=by, now=NOW, changes=now.changes)
    letter = to_json(edition.letter)
    freeze(sqlite_store, draft.id, content=edition.content, letter=letter, renders={"master": b"m"}, now=NOW, by=JOB)
    with Website(made, sqlite_store) as running:
        yield running


def described(site: Website) -> Any:
    """The description as it is served."""
    answer = site.get("/api/v1/openapi.json")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "*")
    return json.loads(answer.text)


def strict(description: Any, name: str) -> Draft202012Validator:
    """A validator of one type that lets through no field which the description does not name."""
    parts = {
        each: {**schema, "additionalProperties": False} for each, schema in description["components"]["schemas"].items()
    }
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": parts}}
    return Draft202012Validator(whole, format_checker=FormatChecker())


#: An answer of each address that has something in it, and one with all that can be asked of it.
ASKED = {
    "campaign": ["/campaign"],
    "stories": ["/stories", "/stories?limit=2", "/stories?q=praktik&year=2026&month=11&area=1.2&place=laholm"],
    "story": ["/stories/1"],
    "search": ["/search?q=praktik", "/search?q=praktik&limit=1", "/search?q=praktik&kind=node"],
    "issues": ["/issues", "/issues?limit=1"],
    "issue": ["/issues/veckobrevet/1"],
    "strategies": ["/strategies"],
    "nodes": ["/strategies/plan/nodes"],
    "indicators": ["/indicators"],
    "indicator": ["/indicators/plan/arbete"],
    "places": ["/places"],
    "networks": ["/networks"],
    "counts": ["/counts", "/counts?facet=nodes&period=month"],
    "changes": ["/changes", "/changes?limit=1"],
}


def test_an_outside_validator_takes_the_description(site: Website) -> None:
    """The description is OpenAPI 3.1 to whoever did not write it."""
    found = described(site)
    OpenAPIV31SpecValidator(found).validate()
    assert found["openapi"].startswith("3.1")


def test_every_answer_keeps_to_the_description(site: Website) -> None:
    """Each address answers with what the description says: no field more, none fewer, none of another type."""
    found = described(site)
    assert set(ASKED) == {each.name for each in OPERATIONS}
    for operation in OPERATIONS:
        model = found["paths"][operation.template]["get"]["responses"]["200"]["content"]["application/json"]
        validator = strict(found, model["schema"]["$ref"].rpartition("/")[2])
        for path in ASKED[operation.name]:
            answer = site.get(f"/api/v1{path}")
            assert answer.status == 200, (path, answer.text)
            told_ = json.loads(answer.text)
            assert [each.message for each in validator.iter_errors(told_)] == [], path
            assert told_.get("items", [1]), f"{path} shows nothing"


def test_every_problem_keeps_to_the_description(site: Website) -> None:
    """What goes wrong is told as the description says, with an address that leads to its words."""
    validator = strict(described(site), "Problem")
    page = site.get("/api/docs").text
    for path in ("/stories?year=x", "/stories/0", "/nothing", "/changes?since=99999", "/stories?limit=900"):
        problem = json.loads(site.get(f"/api/v1{path}").text)
        assert list(validator.iter_errors(problem)) == []
        start, _, mark = problem["type"].partition("#")
        assert start == "https://hallandvaxer.example.se/api/docs"
        assert f'id="{mark}"' in page
    assert {anchor(kind) for kind in STATUS} <= set(re.findall(r'id="(problem-[a-z-]+)"', page))


def test_the_description_names_exactly_what_may_be_asked(site: Website) -> None:
    """Every part of a query string that the description names is taken, and no other."""
    found = described(site)
    for operation in OPERATIONS:
        told_ = found["paths"][operation.template]["get"].get("parameters", [])
        assert [each["name"] for each in told_ if each["in"] == "query"] == list(operation.query)
        assert site.get(f"/api/v1{ASKED[operation.name][0].partition('?')[0]}?unheard=1").status == 422


def test_nothing_of_a_person_is_told_but_the_name(site: Website) -> None:
    """No answer has a field for handles, profiles, likes, accounts of the desk or reasons."""
    names = {field for schema in schemas(catalogue("en")).values() for field in schema["properties"]}
    assert names.isdisjoint({"handle", "author_url", "engagement", "likes", "account", "reason", "first_seen_at"})
    assert "Bara vi vet" not in site.get("/api/v1/stories").text


def test_indicators_that_are_kept_from_readers_are_not_told(site: Website) -> None:
    """What the strategy measures for its own eyes is in no list and at no address."""
    assert [each["code"] for each in json.loads(site.get("/api/v1/indicators").text)["items"]] == ["arbete"]
    assert site.get("/api/v1/indicators/plan/inne").status == 404


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_field_and_parameter_has_words(code: str) -> None:
    """Each field, part of a question and address is explained in both languages."""
    words = catalogue(code)
    for name, schema in schemas(words).items():
        assert all(field_words(words, name, field) for field in schema["properties"])
    assert all(words[f"api.parameter.{name}"] for name in PARAMETERS)
    assert all(words[f"api.operation.{each.name}.text"] for each in OPERATIONS)


def test_the_page_tells_the_same_in_both_languages(site: Website) -> None:
    """The page names every address and type, needs no script, and has an example for each."""
    for address in ("/api/docs", "/en/api/docs"):
        answer = site.get(address)
        page = answer.text
        assert answer.status == 200
        assert "access-control-allow-origin" not in answer.headers
        for operation in OPERATIONS:
            assert f"GET {operation.template}" in page
        assert page.count("curl ") == len(OPERATIONS) + 2
        assert "<script src" not in page
        links = set(re.findall(r'href="#([\w-]+)"', page))
        assert links <= set(re.findall(r'id="([\w-]+)"', page)) | {"main", "content"}


def test_the_examples_can_be_asked(site: Website) -> None:
    """What the page says to copy is an address of the API."""
    page = site.get("/api/docs").text
    for told_ in re.findall(r"curl (?:-H [^&]*&#39;[^&]*&#39; )?(?:'|&#39;)(https://[^'&]+(?:&amp;[^'&]+)*)", page):
        path = told_.replace("&amp;", "&").removeprefix("https://hallandvaxer.example.se")
        assert site.get(path).status in (200, 404, 410, 422), path


def test_the_campaigns_are_described_where_there_are_several(sqlite_store: Store, tmp_path: Path) -> None:
    """With several campaigns the description names them as what can stand in the server's address."""
    from dataclasses import replace

    campaigns = {"hallandvaxer": HALLAND, "blekinge": replace(HALLAND, id="blekinge", name="Blekinge")}
    with Website(settings(tmp_path, campaigns=campaigns, newsletters={}), sqlite_store) as site:
        found = described(site)
        OpenAPIV31SpecValidator(found).validate()
        assert found["servers"][0]["variables"]["campaign"]["enum"] == ["hallandvaxer", "blekinge"]
        listed = json.loads(site.get("/api/v1/campaigns").text)
        assert list(strict(found, "CampaignList").iter_errors(listed)) == []
        assert site.get("/api/docs").status == 200
