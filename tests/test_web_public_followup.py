"""Measuring points and comparisons as readers see them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import web
from campaign.figures import Reading, Status
from campaign.records import Role
from campaign.settings import CampaignSettings
from campaign.strategy_edit import split
from conftest import HALLAND, NOW
from desk import Running, running
from digest.colour import contrast
from frozen import PLAN, STRATEGY, Laid, frozen, ids, lay
from storage.analyses import write_analysis
from storage.decisions import Action, decide
from storage.measurements import put_readings
from storage.snapshots import Snapshot, erase_story, publish, unpublish, withdraw
from storage.store import Store, sync_campaigns
from storage.strategy import read_document, save_strategy
from web.colours import DARK, LIGHT, _to_hex

BEFORE = (NOW - timedelta(days=800)).date()


@pytest.fixture
def laid(store: Store) -> Laid:
    """A strategy of two goals with figures, two stories and an analysis."""
    return lay(store)


@pytest.fixture
def site(store: Store, laid: Laid) -> Iterator[Running]:
    """The site over it."""
    with running(store, campaigns={HALLAND.id: replace(HALLAND, strategies=(Path("plan.toml"),))}) as made:
        yield made


def point(site: Running, laid: Laid, **given: object) -> Snapshot:
    """A measuring point that readers see."""
    return publish(site.store, frozen(site.store, **given).id, by=laid.by, now=NOW)  # type: ignore[arg-type]


def get(site: Running, path: str) -> str:
    """A public page that is there."""
    answer = site.client(None).get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.text


def test_one_page_tells_figures_stories_and_gaps(site: Running, laid: Laid) -> None:
    """The page of a measuring point has value, target, status, analysis, stories, gaps, day and hash."""
    made = point(site, laid)
    page = get(site, f"/followup/{made.id}")
    for told in (
        "81,4\xa0%", "82,0\xa0% år 2028", "Om utvecklingen fortsätter", "Det går åt rätt håll.", "På väg", "Milstolpe",
        "Ingen berättelse handlar om det här området ännu.", "Luckor", "20 november 2026", made.hash,
    ):  # fmt: skip
        assert told in page, told
    assert re.search(r"Ingen bedömning.*?Lägre utsläpp", page, re.DOTALL)


def test_search_engines_learn_of_measures_and_published_points(site: Running, laid: Laid) -> None:
    """The site map names each public measure, and a measuring point from the moment it is published."""
    before = get(site, "/sitemaps/pages.xml")
    assert "/figures/" in before
    assert "/followup" not in before
    made = point(site, laid)
    assert f"/followup/{made.id}<" in get(site, "/sitemaps/pages.xml")


def test_a_comparison_tells_then_now_and_the_change_in_words_and_sign(site: Running, laid: Laid) -> None:
    """Per goal stand both values, the change with its sign and whether it is wanted, status, and a forecast or none."""
    gone = [Reading(area="17", period=str(year), value=None, deleted=True) for year in range(2018, 2023)]
    put_readings(site.store, laid.indicators["utslapp"], gone, now=NOW + timedelta(minutes=1))
    first, second = point(site, laid, as_of=BEFORE), point(site, laid, title="Halvtidsmätning")
    page = get(site, f"/followup/{second.id}/{first.id}")
    for told in ("81,1\xa0%", "81,4\xa0%", "+0,3 procentenheter", "åt rätt håll", "På väg"):
        assert told in page, told


def test_a_forecast_is_called_one_and_too_few_values_are_told_once(site: Running, laid: Laid) -> None:
    """The word stands before what a forecast says; where it takes more values one sentence says so for the page."""
    gone = [Reading(area="17", period=str(year), value=None, deleted=True) for year in range(2018, 2023)]
    put_readings(site.store, laid.indicators["utslapp"], gone, now=NOW + timedelta(minutes=1))
    first, second = point(site, laid, as_of=BEFORE), point(site, laid, title="Halvtidsmätning")
    for path in (f"/followup/{second.id}", f"/followup/{second.id}/{first.id}"):
        page = get(site, path)
        assert "Prognos: Om utvecklingen fortsätter" in page
        assert page.count("Prognos saknas för 1 mått: det behövs minst 5 årsvärden.") == 1
        assert "Det går inte att säga" not in page


def test_a_change_has_its_unit(site: Running, laid: Laid) -> None:
    """What is not in per cent is told with its unit, signed."""
    first = point(site, laid, as_of=(NOW - timedelta(days=1200)).date())
    second = point(site, laid, title="Halvtidsmätning")
    assert "−20\xa0kton" in get(site, f"/followup/{second.id}/{first.id}")


def test_the_comparison_as_a_table_says_the_same(site: Running, laid: Laid) -> None:
    """The CSV has one row a goal and indicator, with decimal commas and the status in words."""
    first, second = point(site, laid, as_of=BEFORE), point(site, laid, title="Halvtidsmätning")
    answer = site.client(None).get(f"/followup/{second.id}/{first.id}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    work = next(row for row in rows if row["Nummer"] == "1.1")
    assert (work["Värde då"], work["Värde nu"], work["Förändring"]) == ("81,1", "81,4", "0,3")
    assert work["Bedömning nu"] == "På väg"


def test_a_goal_that_was_split_is_linked_to_what_came_of_it_and_they_to_it(site: Running, laid: Laid) -> None:
    """The one that ended names its heirs, also those of its heirs, and each of these where it comes from."""
    first = point(site, laid, as_of=BEFORE)
    for hours, parted in enumerate(
        (
            ("1.1", (("1.1a", "Fler unga i arbete"), ("1.1b", "Fler äldre i arbete"))),
            ("1.1b", (("1.1c", "Nytt"), ("1.1d", "Annat"))),
        )
    ):
        now = NOW + timedelta(hours=hours + 1)
        document = split(read_document(site.store, STRATEGY.id), *parted)
        save_strategy(site.store, HALLAND.id, document, origin="desk", by=laid.by, now=now)
    second = point(site, laid, title="Halvtidsmätning")
    page = get(site, f"/followup/{second.id}/{first.id}")
    nodes = ids(site.store)
    one, two, three = (f'<a href="#goal-{nodes[code]}">{code}</a>' for code in ("1.1a", "1.1c", "1.1d"))
    assert f"Delades i {one}, {two} och {three}." in page
    assert (
        page.count(f'Kommer ur <a href="#goal-{laid.nodes["1.1"]}">1.1</a>.') == 2 * 3
    )  # at the goal and in the table
    assert "Nytt mål sedan dess." not in page


@pytest.mark.parametrize("state", ["frozen", "unpublished", "withdrawn"])
def test_what_is_not_public_is_not_there(site: Running, laid: Laid, state: str) -> None:
    """A point that was never published, was taken back or withdrawn answers 404 on each of its addresses."""
    made, shown = frozen(site.store, as_of=BEFORE), point(site, laid)
    if state != "frozen":
        publish(site.store, made.id, by=laid.by, now=NOW)
        (unpublish if state == "unpublished" else withdraw)(site.store, made.id, by=laid.by, now=NOW)
    client = site.client(None)
    for path in (f"{made.id}", f"{made.id}.json", f"{shown.id}/{made.id}", f"{shown.id}/{made.id}.csv"):
        assert client.get(f"/followup/{path}").status_code == 404
    assert f"/followup/{made.id}" not in get(site, "/followup")


def test_every_page_leads_to_the_followup_where_there_is_one(site: Running, laid: Laid) -> None:
    """The foot of every page has it as soon as a point is published, and no more when it is taken back."""

    def menu() -> str:
        page = get(site, "/archive")
        return page[page.index("<footer") :]

    assert 'href="/followup"' not in menu()
    made = point(site, laid)
    assert 'href="/followup"' in menu()
    unpublish(site.store, made.id, by=laid.by, now=NOW)
    assert 'href="/followup"' not in menu()


def test_later_values_never_change_the_page(site: Running, laid: Laid) -> None:
    """A revised value and a new analysis leave the frozen page as it was, and are told by the comparison after them."""
    first = point(site, laid)
    before = get(site, f"/followup/{first.id}")
    put_readings(
        site.store, laid.indicators["sysselsatta"], [Reading(area="17", period="2025", value=70.0)],
        now=NOW + timedelta(hours=1),
    )  # fmt: skip
    write_analysis(site.store, laid.nodes["1.1"], status=Status.MISSED, text="Nya ord", by=laid.by, now=NOW)
    second = publish(site.store, frozen(site.store, title="Ny").id, by=laid.by, now=NOW)
    page = get(site, f"/followup/{first.id}")
    assert body(page) == body(before)
    told = get(site, f"/followup/{second.id}/{first.id}")
    assert "då 81,4\xa0%, nu 70,0\xa0%" in told


def body(page: str) -> str:
    """A page without what changes with every public revision."""
    return re.sub(r"\?v=\d+", "", page)


def test_a_hidden_story_shows_nowhere(site: Running, laid: Laid) -> None:
    """A story that is hidden later is gone from the frozen page and from its parts, and is counted as not shown."""
    made = point(site, laid)
    assert "Berättelse 1 om arbete" in get(site, f"/followup/{made.id}")
    decide(site.store, laid.stories[0], Action.HIDE, by=laid.by, now=NOW)
    page = get(site, f"/followup/{made.id}")
    assert "Berättelse 1 om arbete" not in page
    assert "1 berättelse visas inte längre." in page
    assert "Berättelse 1 om arbete" not in get(site, f"/followup/{made.id}.json")


def test_what_was_erased_on_request_is_marked(site: Running, laid: Laid) -> None:
    """An erased story leaves a mark in its place and its hash among the parts."""
    made = point(site, laid)
    erase_story(site.store, laid.stories[0], why="begäran", by=laid.by, now=NOW)
    page = get(site, f"/followup/{made.id}")
    assert "Berättelse 1 om arbete" not in page
    assert "borttagen på begäran" in page
    assert made.hash in page


def test_anybody_can_compute_the_hash(site: Running, laid: Laid) -> None:
    """The parts, hashed as the page says, give the hash that the page shows; the desk's own words stand as a hash."""
    made = point(site, laid)
    told = json.loads(get(site, f"/followup/{made.id}.json"))
    assert [part["kind"] for part in told["parts"] if part["body"] is None] == ["evidence"]
    for part in (each for each in told["parts"] if each["body"] is not None):
        assert hashlib.sha256(part["body"].encode()).hexdigest() == part["sha256"]
    lines = "".join(f"{each['position']}:{each['kind']}:{each['sha256']}\n" for each in told["parts"])
    assert hashlib.sha256(lines.encode()).hexdigest() == made.hash


def test_a_measure_of_the_desk_alone_stays_there(site: Running, laid: Laid) -> None:
    """An indicator that is not public shows on no public page, though its goal does."""
    from frozen import EMISSIONS, EMPLOYED, STRATEGY
    from storage.strategy import save_strategy

    secret = replace(STRATEGY, indicators=(EMPLOYED, replace(EMISSIONS, public=False)))
    save_strategy(site.store, "hallandvaxer", secret, origin="desk", by=laid.by, now=NOW)
    first, second = point(site, laid, as_of=BEFORE), point(site, laid, title="Halvtid")
    for path in (f"{second.id}", f"{second.id}/{first.id}", f"{second.id}.json", f"{second.id}/{first.id}.csv"):
        page = get(site, f"/followup/{path}")
        assert "växthusgaser" not in page
        assert "Lägre utsläpp" in page


def test_both_languages_and_the_cache(site: Running, laid: Laid) -> None:
    """The pages are there in English too, and are kept with an ETag until something public changes."""
    made = point(site, laid)
    client = site.client(None)
    assert "On track" in client.get(f"/en/followup/{made.id}").text
    first = client.get(f"/followup/{made.id}")
    again = client.get(f"/followup/{made.id}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    unpublish(site.store, made.id, by=laid.by, now=NOW)
    assert client.get(f"/followup/{made.id}", headers={"If-None-Match": first.headers["etag"]}).status_code == 404


def test_another_campaigns_point_is_not_there(store: Store, laid: Laid) -> None:
    """With several campaigns a point is found under its own alone."""
    other = CampaignSettings(id="annan", name="Den andra", hashtags=("#annan",))
    sync_campaigns(store, [HALLAND, other], NOW)
    made = publish(store, frozen(store).id, by=laid.by, now=NOW)
    with running(store, campaigns={HALLAND.id: HALLAND, other.id: other}) as site:
        client = site.client(None)
        assert client.get(f"/c/{HALLAND.id}/followup/{made.id}").status_code == 200
        assert client.get(f"/c/{other.id}/followup/{made.id}").status_code == 404


@pytest.mark.parametrize("path", ["/followup/0", "/followup/99999999999999", "/followup/1/1", "/followup/1/99"])
def test_addresses_of_nothing_are_not_found(site: Running, path: str) -> None:
    """Numbers that name no point answer 404."""
    assert site.client(None).get(path).status_code == 404


def test_the_desk_leads_to_the_public_page(site: Running, laid: Laid) -> None:
    """A published point is linked from the desk, from the list of points, and in the foot of every public page."""
    made = point(site, laid)
    assert f"/followup/{made.id}" in site.client(Role.READER).get(f"/desk/snapshots/{made.id}").text
    assert f'href="/followup/{made.id}"' in get(site, "/followup")
    assert PLAN in get(site, "/followup") or "Värmlandsstrategin" in get(site, "/followup")


def tokens() -> dict[str, dict[str, str]]:
    """The colours of the statuses as the sheet says, for light and dark."""
    sheet = Path(web.__file__).with_name("static").joinpath("skord.css").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = {"light": {}, "dark": {}}
    for name, lightness, chroma, hue in re.findall(
        r"--status-(\w+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)", sheet
    ):  # fmt: skip
        import math

        shade = _to_hex(float(lightness), float(chroma), math.radians(float(hue)))
        found["light" if name not in found["light"] else "dark"][name] = shade
    return found


@pytest.mark.parametrize(("scheme", "papers"), [("light", LIGHT), ("dark", DARK)])
def test_statuses_can_be_read(scheme: str, papers: tuple[str, str]) -> None:
    """Each status keeps 4.5:1 on both papers in light and dark; its shape and word say the same without colour."""
    shades = tokens()[scheme]
    assert set(shades) == {"reached", "on_track", "unsure", "missed"}
    assert all(contrast(shade, paper) >= 4.5 for shade in shades.values() for paper in papers)
