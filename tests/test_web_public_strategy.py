"""The strategy for readers: a goal's story over time, its measures, and two strategies read through each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import account, approved
from campaign.figures import Indicator, Origin, Reading, Sex, Target, Weight
from campaign.newsletter import IssueState
from campaign.snapshots import SnapshotKind
from campaign.strategy import Node, NodeKind, Strategy
from conftest import NOW
from storage.coverage import coverage
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.indicators import list_indicators
from storage.measurements import put_readings
from storage.places import set_place
from storage.snapshots import freeze, publish
from storage.store import JOB, Actor, Store
from storage.strategy import read_strategies, save_strategy
from test_storage_goal_story import LARGER, TIME, sent
from website import Website, settings

GOAL = Node(
    code="1.2",
    kind=NodeKind.GOAL,
    parent="1",
    title="Fler i arbete",
    text="Fler ska ha ett arbete.",
    why="För att *alla* behövs.",
    success="Skola och företag måste mötas.",
    how=("Praktik åt alla", "Mässa varje höst"),
    responsible=("Utbildningsnämnden",),
    agenda=(4, 8),
    serves=("vgr/kompetens",),
)
PLAN = Strategy(
    id="plan",
    title="Halmstads plan",
    **TIME,
    note="Påhittat exempel",
    names=(("goal", "Ambition"),),
    nodes=(
        Node(code="1", kind=NodeKind.PART, title="Attraktivitet"),
        GOAL,
        Node(code="1.3", kind=NodeKind.GOAL, parent="1", title="Levande centrum"),
        Node(code="digitalt", kind=NodeKind.THEME, title="Digitalisering"),
    ),
    indicators=(
        Indicator(
            code="arbete",
            title="Andel i arbete",
            nodes=("1.2",),
            unit="procent",
            decimals=1,
            areas=("1380", "00"),
            by_sex=True,
            targets=(Target(value=80, year=2030),),
            origin=Origin.KOLADA,
            kpi="N15504",
        ),
        Indicator(code="inne", title="Bara för oss", nodes=("1.2",), public=False),
    ),
)


@pytest.fixture
def site(sqlite_store: Store, tmp_path: Path) -> Iterator[Website]:
    """An open site with two strategies, of which the first serves the second."""
    for each in (PLAN, LARGER):
        save_strategy(sqlite_store, "hallandvaxer", each, origin="file", by=JOB, now=NOW)
    with Website(settings(tmp_path), sqlite_store) as website:
        yield website


def node_id(store: Store, code: str) -> int:
    """The id of a node of either strategy."""
    trees = read_strategies(store, "hallandvaxer", ended=True)
    return next(node.id for tree in trees for node in tree.nodes if node.code == code)


def told(store: Store, code: str, at: datetime, *, weight: Weight = Weight.SHOWS, text: str = "") -> int:
    """A public story of a day that is evidence for a node; its id."""
    words = {"text": text, "html": ""} if text else {}
    made = approved(store, published_at=at, **words)
    by = Actor(kind="person", account_id=account(store))
    attach(store, made.id, node_id(store, code), by=by, now=NOW, weight=weight, reason="Bara vi vet")
    return made.id


def renew(store: Store, **changes: Any) -> None:
    """Save the strategy anew, otherwise than it was."""
    save_strategy(store, "hallandvaxer", replace(PLAN, **changes), origin="desk", by=JOB, now=NOW)


def links(page: str) -> list[int]:
    """The stories that a page links to, each once."""
    return list(dict.fromkeys(int(number) for number in re.findall(r'href="/stories/(\d+)"', page)))


def measured(store: Store) -> int:
    """The id of the public measure, with values of two areas and both sexes."""
    found = next(each for each in list_indicators(store, "hallandvaxer") if each.code == "arbete")
    values = {("1380", Sex.TOTAL): 71.3, ("1380", Sex.WOMEN): 70.1, ("1380", Sex.MEN): 72.5, ("00", Sex.TOTAL): 69.0}
    readings = [
        Reading(area=area, sex=sex, period=str(year), value=value + (year - 2023))
        for (area, sex), value in values.items()
        for year in (2023, 2024, 2025)
    ]
    put_readings(store, found.id, readings, now=NOW)
    return found.id


def test_a_goal_says_what_it_wants_and_who_answers_for_it(site: Website) -> None:
    """Name and number, why, what must succeed, how, bodies, global goals in words, and what it serves."""
    page = site.get("/strategy/plan/1.2").text
    assert re.search(r"<span>Ambition</span> 1\.2", page)
    assert "Påhittat exempel" in page
    assert "För att <em>alla</em> behövs." in page
    assert "Praktik åt alla" in page
    assert "Utbildningsnämnden" in page
    assert "Mål 8: Anständiga arbetsvillkor och ekonomisk tillväxt" in page
    assert 'href="/strategy/vgr/kompetens"' in page
    english = site.get("/en/strategy/plan/1.2").text
    assert "Goal 8: Decent work and economic growth" in english
    assert 'lang="sv"' in english


def test_the_story_of_a_goal_goes_by_quarters_with_its_quiet_times(site: Website, sqlite_store: Store) -> None:
    """Newest first, milestones large, and a long silence said as one."""
    old = told(sqlite_store, "1.2", datetime(2026, 2, 1, 12, tzinfo=UTC), weight=Weight.MILESTONE)
    new = told(sqlite_store, "1.2", datetime(2026, 6, 1, 12, tzinfo=UTC), weight=Weight.TOUCHES)
    page = site.get("/strategy/plan/1.2").text
    assert links(page) == [new, old]
    assert re.findall(r"<h4>([^<]+)</h4>", page) == ["april–juni", "januari–mars"]
    assert page.count('<article class="milestone') == 1
    assert page.count("touching") == 1
    assert "Tyst i 17 veckor våren 2026." in page
    assert "Tyst sedan juni 2026, i 24 veckor." in page
    assert "2 berättelser sedan februari 2026." in page
    assert "Bara vi vet" not in page


def test_silence_is_as_long_for_readers_as_at_the_desk(site: Website, sqlite_store: Store) -> None:
    """The weeks since the newest story are one number in both places, when the strategy's time is over too."""
    told(sqlite_store, "1.2", datetime(2026, 6, 1, 12, tzinfo=UTC))
    renew(sqlite_store, period_from=date(2014, 1, 1), period_to=date(2026, 8, 31))
    found = coverage(sqlite_store, "hallandvaxer", "plan", now=NOW).nodes
    weeks = next(each.whole.weeks for each in found if each.node.code == "1.2")
    assert f"Tyst sedan juni 2026, i {weeks} veckor." in site.get("/strategy/plan/1.2").text


def test_hidden_evidence_is_nowhere(site: Website, sqlite_store: Store) -> None:
    """A story that was hidden leaves the goal, its counts and its places at once."""
    gone = told(sqlite_store, "1.2", NOW - timedelta(days=3), text="Hemligt möte i Harplinge.")
    by = Actor(kind="person", account_id=account(sqlite_store))
    set_place(sqlite_store, gone, "laholm", by=by, now=NOW)
    before = site.get("/strategy/plan/1.2").text
    assert "Harplinge" in before
    assert "/archive?place=laholm" in before
    decide(sqlite_store, gone, Action.HIDE, by=by, now=NOW)
    for path in ("/strategy/plan/1.2", "/strategy", "/strategy/vgr/kompetens"):
        page = site.get(path).text
        assert "Harplinge" not in page, path
        assert "1 berättelse" not in page, path
    assert "laholm" not in site.get("/strategy/plan/1.2").text


def test_a_larger_strategy_is_seen_through_what_serves_it(site: Website, sqlite_store: Store) -> None:
    """Its node shows the stories of ours and where each came from, and counts them on the strategy's page.

    Where there are none yet it says nothing of how many.
    """
    assert "0 berättelser" not in site.get("/strategy/vgr/kompetens").text
    made = told(sqlite_store, "1.2", NOW - timedelta(days=2))
    page = site.get("/strategy/vgr/kompetens").text
    assert links(page) == [made]
    assert "genom Halmstads plan 1.2" in page
    assert "Än finns inga berättelser här" not in page
    assert "Än finns inga berättelser här" in site.get("/strategy/vgr/x").text
    whole = site.get("/strategy").text
    served = whole[whole.index("Större strategier") :]
    assert re.search(r"Kompetens</a> <span[^>]*>1 berättelse<", served)
    assert "Fler i arbete" in served
    assert "Inget hos oss är kopplat hit." in served


def test_a_part_of_a_larger_strategy_counts_what_comes_through_ours(site: Website, sqlite_store: Store) -> None:
    """Over its parts too, where each stands with its number: a story of ours is a story there, and counted once."""
    part = Node(code="b", title="Bygga", kind=NodeKind.AREA)
    nodes = (part, *(replace(node, parent="b") for node in LARGER.nodes))
    save_strategy(sqlite_store, "hallandvaxer", replace(LARGER, nodes=nodes), origin="file", by=JOB, now=NOW)
    made = told(sqlite_store, "1.2", NOW - timedelta(days=2))
    page = site.get("/strategy/vgr/b").text
    assert links(page) == [made]
    assert "Än finns inga berättelser här" not in page
    assert re.search(r"Kompetens</a> <span[^>]*>1 berättelse<", page)
    assert re.search(r"X</a> <span[^>]*>0 berättelser<", page)


def test_a_story_tells_what_it_is_evidence_for(site: Website, sqlite_store: Store) -> None:
    """Node and weight, and which larger priority it serves thereby; why is for those who work there."""
    made = told(sqlite_store, "1.2", NOW - timedelta(days=2), weight=Weight.MILESTONE)
    page = site.get(f"/stories/{made}").text
    side = page[page.index("Belägg för") :]
    assert 'href="/strategy/plan/1.2"' in side
    assert "Milstolpe" in side
    assert re.search(r'Därmed också för <a href="/strategy/vgr/kompetens"', side)
    assert "Bara vi vet" not in page


def test_the_rings_have_the_colours_of_the_own_strategys_areas(site: Website, sqlite_store: Store) -> None:
    """Ambitions and not the part that holds them; nothing of the larger strategy, nothing of what runs through."""
    for code in ("1.2", "1.2", "1.3", "kompetens", "digitalt"):
        told(sqlite_store, code, NOW - timedelta(days=2))
    front = site.get("/").text
    legend = front[front.index('<ul class="legend">') :].split("</ul>")[0]
    assert re.findall(r'<span class="area-mark[^"]*">([^<]+)<', legend) == [
        "Fler i arbete",
        "Levande centrum",
        "Utan fokusområde",
    ]
    assert "Mest om ”Fler i arbete”, med 2 berättelser." in front


def test_an_old_code_leads_on_and_an_ended_goal_says_what_came(site: Website, sqlite_store: Store) -> None:
    """A renamed goal answers at its old address with the new one; one that was split names its heirs and keeps its
    stories.
    """
    made = told(sqlite_store, "1.2", NOW - timedelta(days=2))
    nodes = [replace(node, code="1.4", was=("1.2",)) if node.code == "1.2" else node for node in PLAN.nodes]
    renew(sqlite_store, nodes=tuple(nodes), indicators=())
    answer = site.get("/strategy/plan/1.2")
    assert answer.status == 301
    assert answer.headers["location"].endswith("/strategy/plan/1.4")
    assert "Hette till 20 november 2026 1.2 Fler i arbete." in site.get("/strategy/plan/1.4").text
    split = [node for node in nodes if node.code != "1.4"]
    heir = Node(code="1.5", kind=NodeKind.GOAL, parent="1", title="Ny 1.5", was=("1.4",))
    split += [heir, replace(heir, code="1.6", title="Ny 1.6")]
    renew(sqlite_store, nodes=tuple(split), indicators=())
    page = site.get("/strategy/plan/1.4").text
    assert "Det här gäller inte sedan 20 november 2026. Berättelserna ligger kvar." in page
    assert "Ny 1.5" in page
    assert links(page) == [made]
    assert "Det här har vuxit fram ur:" in site.get("/strategy/plan/1.5").text
    assert site.get("/strategy/plan/9.9").status == 404


def test_an_ended_goal_keeps_its_chart_and_its_points_and_asks_for_no_stories(
    site: Website, sqlite_store: Store
) -> None:
    """Its measures stay with their values, also one that ended with it, and the public points that hold it are linked;
    nobody is told that more will come.
    """
    measured(sqlite_store)
    by = Actor(kind="person", account_id=account(sqlite_store))
    frozen = freeze(sqlite_store, "plan", kind=SnapshotKind.BASELINE, title="Noll", as_of=NOW.date(), by=by, now=NOW)
    publish(sqlite_store, frozen.id, by=by, now=NOW)
    before = node_id(sqlite_store, "1.2")
    loose = tuple(replace(each, nodes=()) for each in PLAN.indicators)
    gone = tuple(node for node in PLAN.nodes if node.code != "1.2")
    for kept in (loose, ()):
        renew(sqlite_store, nodes=gone, indicators=kept)
        page = site.get("/strategy/plan/1.2").text
        assert 'href="/figures/plan/arbete"' in page
        assert f'href="/followup/{frozen.id}#goal-{before}"' in page
        assert "Inga berättelser kopplades hit medan det gällde." in page
        assert "När redaktionen kopplar" not in page
        assert "ligger kvar" not in page
        assert 'href="/figures/plan/arbete"' not in site.get("/strategy/plan/1").text


def test_issues_and_organisations_that_told_it_are_named(site: Website, sqlite_store: Store) -> None:
    """The letters with number and link; single persons are never picked out."""
    made = told(sqlite_store, "1.2", NOW - timedelta(days=2))
    sent(sqlite_store, 7, IssueState.SENT, made)
    page = site.get("/strategy/plan/1.2").text
    side = page[page.index('<aside class="node-side"') :]
    assert 'href="/issues/veckobrevet/7"' in side
    assert "Västkustens cykelförening" not in side.split("</aside>")[0]


def test_a_measure_stands_at_its_goal_with_chart_sentence_table_and_source(site: Website, sqlite_store: Store) -> None:
    """Only what is public; what the chart shows stands in words, and where it is from."""
    measured(sqlite_store)
    page = site.get("/strategy/plan/1.2").text.replace("\u00a0", " ")
    assert "Halmstad: 73,3 % år 2025, upp 2,0 procentenheter sedan år 2023." in page
    assert "Målet är 80,0 % år 2030. Det går åt rätt håll." in page
    assert "Kvinnor 72,1 %, män 74,5 %." in page
    assert "Källa: Kolada, hämtat 20 november 2026. Jämförelser och beräkningar är våra egna." in page
    assert 'role="img"' in page
    assert "Bara för oss" not in page
    assert 'href="/figures/plan/arbete.csv"' in page


def test_a_measures_own_page_tells_every_value_and_what_it_was(site: Website, sqlite_store: Store) -> None:
    """Charts by area and by sex; a revised value stands with what was known before and until when."""
    measure = measured(sqlite_store)
    put_readings(sqlite_store, measure, [Reading(area="1380", period="2024", value=75.0)], now=NOW + timedelta(days=1))
    page = site.get("/figures/plan/arbete").text.replace("\u00a0", " ")
    assert "72,3 % till 21 november 2026" in page
    assert "Riket" in page
    assert page.count("Kvinnor och män") == 1
    assert site.get("/figures/plan/inne").status == 404
    assert site.get("/figures/plan/inne.csv").status == 404
    assert site.get("/figures/vgr/arbete").status == 404


def test_an_ended_measure_stays_and_says_so(site: Website, sqlite_store: Store) -> None:
    """Its page and its file are there; the goal shows it no more."""
    measured(sqlite_store)
    renew(sqlite_store, indicators=())
    assert "Måttet gäller inte längre." in site.get("/figures/plan/arbete").text
    assert site.get("/figures/plan/arbete.csv").status == 200
    assert "/figures/plan/arbete" not in site.get("/strategy/plan/1.2").text


def test_the_file_opens_right_in_a_swedish_excel(site: Website, sqlite_store: Store) -> None:
    """A mark for UTF-8, semicolons, decimal commas, and no cell that would run."""
    measure = measured(sqlite_store)
    put_readings(sqlite_store, measure, [Reading(area="=1+1", period="2025", value=-2.5, status="@x")], now=NOW)
    answer = site.get("/figures/plan/arbete.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="arbete.csv"' in answer.headers["content-disposition"]
    assert answer.text.startswith("\ufeffMått;Kod;Område;")
    lines = answer.text.splitlines()
    assert "Andel i arbete;arbete;Halmstad;1380;Kvinnor;2025;72,1;procent;;nej;2026-11-20;Kolada" in lines
    hostile = next(line for line in lines if "1+1" in line)
    assert ";'=1+1;'=1+1;" in hostile
    assert ";-2,5;" in hostile
    assert ";'@x;" in hostile


def test_the_archive_shows_one_place(site: Website, sqlite_store: Store) -> None:
    """A goal's places lead to their stories, and the filter can be taken away."""
    by = Actor(kind="person", account_id=account(sqlite_store))
    here, _ = told(sqlite_store, "1.2", NOW - timedelta(days=2)), told(sqlite_store, "1.2", NOW - timedelta(days=3))
    set_place(sqlite_store, here, "laholm", by=by, now=NOW)
    page = site.get("/archive?place=laholm").text
    assert links(page) == [here]
    assert 'class="chip"' in page
    assert links(site.get("/archive?place=ingenstans").text) == []


def test_pages_of_the_strategy_answer_that_nothing_has_changed(site: Website, sqlite_store: Store) -> None:
    """They are kept like every public page, until a new value comes."""
    measure = measured(sqlite_store)
    for path in ("/strategy", "/strategy/plan/1.2", "/figures/plan/arbete", "/figures/plan/arbete.csv"):
        tag = site.get(path).headers["etag"]
        assert site.get(path).headers["etag"] == tag
        put_readings(sqlite_store, measure, [Reading(area="1380", period="2022", value=float(len(path)))], now=NOW)
        assert path == "/strategy" or site.get(path).headers["etag"] != tag, path


def test_a_code_that_is_a_word_is_for_addresses_only(site: Website) -> None:
    """Readers see numbers, and no words of machines."""
    assert '<p class="kicker"><span>Fokusområde</span></p>' in site.get("/strategy/vgr/kompetens").text
