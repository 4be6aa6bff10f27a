"""The five cases of the demo: what is written of each is sound, and each lives through its year and can be read."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from campaign import hashtags
from campaign.errors import InputError
from campaign.figures import Status, Weight
from campaign.places import PlaceKind, offer
from campaign.records import Review
from campaign.snapshots import SnapshotKind
from campaign.strategy import NodeKind
from skord.demo import Demo, State, default_folder, opened
from skord.sample import calendar, documents, figures, year
from skord.sample.case import CASES, Case, find
from skord.sample.pictures import HOURS, MOTIFS, SEASONS
from storage import analyses, evidence, indicators, measurements, schema, snapshots
from storage.queue import Filters, Pile, counts, queue_page
from storage.strategy import list_nodes
from storage.trust import trusted_sources
from website import Website

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
SINCE = calendar.year_start(NOW, ZoneInfo("Europe/Stockholm"))
SMALL = [name for name in CASES if name != "halland"]
MUNICIPALITIES = {"sjuharad": 8, "halmstad": 1, "varmland": 16, "blekinge": 5}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    """Every case in turn."""
    return find(request.param)


# --- what is written -----------------------------------------------------------------------------------------


def test_every_node_that_is_named_is_in_its_strategy(case: Case) -> None:
    """Posts, indicators and analyses name codes that the case's own strategy has."""
    codes = {node.code for node in documents.strategy(case, case.strategies[0], since=SINCE).nodes}
    named = {code for post in case.posts for code in post.focus}
    named |= {code for each in figures.of(case, SINCE) for code in each.indicator.nodes}
    named |= {code for point in case.points for code in point["says"]}
    assert named - codes == set()


def test_every_place_is_one_that_the_campaign_offers(case: Case) -> None:
    """Organisations and posts lie in places that the desk would offer."""
    places = offer(tuple(case.head["campaign"]["places"]))
    named = {who.place for who in case.organisations.values()} | {post.place for post in case.posts}
    assert [name for name in named if not any(each.id in places.ids for each in places.named(name))] == []


@pytest.mark.parametrize("name", SMALL)
def test_every_municipality_has_a_post(name: str) -> None:
    """No municipality of a small case is silent in its sample."""
    places = offer(tuple(find(name).head["campaign"]["places"]))
    found = set()
    for post in find(name).posts:
        (place, *_) = places.named(post.place)
        around = (place, *places.register.above(place.id))
        found |= {each.id for each in around if each.kind is PlaceKind.MUNICIPALITY}
    assert len(found) == MUNICIPALITIES[name]


@pytest.mark.parametrize("name", SMALL)
def test_a_small_case_has_thirty_to_forty_five_posts_with_names_of_their_own(name: str) -> None:
    """Enough to see a year, few enough to be ready soon."""
    posts = find(name).posts
    assert 30 <= len(posts) <= 45
    assert len({post.id for post in posts}) == len(posts)


def test_posts_that_are_to_be_collected_belong(case: Case) -> None:
    """A post holds one of its campaign's hashtags or aliases; those from outside hold none."""
    head = case.head["campaign"]
    tags = {"hashtags": head["hashtags"], "aliases": head["aliases"]}
    told = [post for post in case.posts if post.who.keep != "all"]
    assert [post.id for post in told if hashtags.belongs(post.text, (), **tags) == post.outside] == []


def test_pictures_are_drawable_and_described(case: Case) -> None:
    """A picture has a motif that can be drawn and words that say what it shows."""
    shown = [post for post in case.posts if post.picture]
    assert [post.id for post in shown if post.picture.split()[0] not in MOTIFS or len(post.alt) < 15] == []
    assert not any(set(post.picture.split()[1:]) - {*HOURS, *SEASONS} for post in shown)


def test_posts_stand_where_their_organisations_are(case: Case) -> None:
    """A post is on networks that its organisation has; what stands in a feed has a title."""
    assert [post.id for post in case.posts if not set(post.on) <= set(post.who.networks)] == []
    assert [post.id for post in case.posts if set(post.on) & set(year.FEEDS) and not post.title] == []


def test_what_is_hidden_says_why_and_letters_lead_with_what_was_approved(case: Case) -> None:
    """The editors give reasons, and lift only stories that readers may see."""
    assert [post.id for post in case.posts if post.review is Review.HIDDEN and not post.reason] == []
    approved = {post.id for post in case.posts if post.review is Review.APPROVED and not post.outside}
    assert {words.lead for words in case.editorials.values()} <= approved


def test_partners_decide_through_an_editor_that_there_is(case: Case) -> None:
    """Who decides alone about an organisation's posts is one of the case's editors."""
    assert {who.decides for who in case.organisations.values()} - {"", *case.people["editors"]} == set()


def test_everything_invented_says_so(case: Case) -> None:
    """The site, every strategy and every indicator say that they are a sample."""
    assert "exempel" in case.head["site"]["name"] + case.head["campaign"]["about"]
    for name in case.strategies:
        told = documents.strategy(case, name, since=SINCE)
        assert "exempel" in told.note
        assert all("påhitta" in f"{each.title} {each.note}".casefold() for each in told.indicators)


def test_a_milestone_has_a_reason(case: Case) -> None:
    """Every case has milestones, and each says why it is one."""
    ties = [tie for post in case.posts for tie in post.ties if tie.weight is Weight.MILESTONE]
    assert len(ties) >= 4
    assert all(tie.reason for tie in ties)


def test_figures_grow_with_the_year(case: Case) -> None:
    """Each indicator has values when the year begins, and one more year's when it ends."""
    for each in figures.of(case, SINCE):
        before, after = (each.readings(day) for day in (SINCE.date(), NOW.date()))
        assert {reading.period for reading in after} - {reading.period for reading in before} in (
            {str(figures.newest_year(SINCE))},
            set(),
        ), each.indicator.code
        assert str(figures.newest_year(SINCE)) in {reading.period for reading in after}, each.indicator.code


def test_varmland_says_of_all_thirty_three_goals_how_they_go_twice() -> None:
    """Each goal is measured, and judged at the baseline and at mid-term."""
    case = find("varmland")
    told = documents.strategy(case, case.strategies[0], since=SINCE)
    goals = {node.code for node in told.nodes if node.kind is NodeKind.GOAL}
    assert len(goals) == 33
    assert {code for each in told.indicators for code in each.nodes} == goals
    assert [set(point["says"]) for point in case.points] == [goals, goals]
    assert {Status(said.partition(": ")[0]) for said in case.points[1]["says"].values()} == set(Status)
    assert told.period_from <= NOW.date() <= told.period_to


@pytest.mark.parametrize("month", range(1, 13))
def test_a_year_may_begin_in_any_month(month: int) -> None:
    """Whenever a demo starts, values of the newest year are published in its year and not before."""
    since = calendar.year_start(datetime(2027, month, 9, tzinfo=UTC), year.ZONE)
    (at,) = [at for at in figures.published(since, since) if at.year - 1 == figures.newest_year(since)]
    assert since < at <= since + figures._YEAR


# --- which case ----------------------------------------------------------------------------------------------


def test_a_case_that_there_is_not_is_refused_with_the_five() -> None:
    """Who mistypes a case reads which there are."""
    with pytest.raises(InputError) as refused:
        find("skane")
    assert (refused.value.key, refused.value.facts["known"]) == ("demo_case_unknown", ", ".join(CASES))


def test_a_folder_remembers_its_case(tmp_path: Path) -> None:
    """Another case is not begun where one lies, and an older folder without a name is Halland's."""
    State(case="halmstad", since=SINCE, until=SINCE).write(tmp_path)
    with pytest.raises(InputError, match="demo_folder_case"):
        State.read(tmp_path, "blekinge", NOW)
    assert State.read(tmp_path, "halmstad", NOW).case == "halmstad"
    old = (tmp_path / "demo.json").read_text(encoding="utf-8").replace('"case": "halmstad", ', "")
    (tmp_path / "demo.json").write_text(old, encoding="utf-8")
    assert State.read(tmp_path, "halland", NOW).case == "halland"


def test_each_case_has_a_folder_of_its_own() -> None:
    """Started one after the other, cases do not meet."""
    assert len({default_folder(name) for name in CASES}) == len(CASES)
    assert default_folder("halland") == Path("data/demo")


# --- living through ------------------------------------------------------------------------------------------


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def living(name: str, folder: Path) -> Iterator[Demo]:
    """A case's year that has been lived through."""
    with opened(folder, host="127.0.0.1", port=free_port(), case_id=name, now=NOW) as demo:
        yield demo


@pytest.fixture(scope="module", params=SMALL)
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Case, Demo]]:
    """Each small case, lived through once."""
    with living(request.param, tmp_path_factory.mktemp(request.param)) as demo:
        yield find(request.param), demo


@pytest.fixture
def pages(lived: tuple[Case, Demo]) -> Iterator[Website]:
    """The case's site."""
    house = lived[1].house
    with Website(house.settings, house.store, clock=lambda: NOW) as site:
        yield site


def read(pages: Website, address: str) -> str:
    """Return a page's words. It must be there."""
    answer = pages.get(address)
    assert answer.status == 200, address
    return unescape(answer.text)


@pytest.mark.timeout(300)
def test_a_year_ends_with_stories_letters_and_something_left_to_do(lived: tuple[Case, Demo]) -> None:
    """Posts are collected and decided, letters went out, and new posts wait."""
    case, demo = lived
    piles = counts(demo.house.store, Filters(campaign=case.campaign), now=NOW)
    assert piles[Pile.APPROVED] >= 25
    assert piles[Pile.WAITING] >= 1
    assert len({letter.subject for letter in demo.letters.newest()}) >= 4


def test_evidence_stands_as_the_editors_weighed_it(lived: tuple[Case, Demo]) -> None:
    """What is attached has the weight and the reason that are written, by a person."""
    case, demo = lived
    store = demo.house.store
    stories = queue_page(store, Filters(campaign=case.campaign, pile=Pile.APPROVED), now=NOW, limit=100).stories
    found = [each for ties in evidence.evidence_of(store, [story.id for story in stories]).values() for each in ties]
    wanted = {
        (tie.code, tie.weight, tie.reason)
        for post in case.posts
        for tie in post.ties
        if post.review is Review.APPROVED and tie.weight is Weight.MILESTONE
    }
    old = {(each.code, each.weight, each.reason) for each in found}
    assert len(wanted - old) <= 2, "what came in the last days waits"
    assert {each.who for each in found} == {list(case.people["editors"].values())[1]["display_name"]}


def test_figures_came_by_the_program_s_own_ways(lived: tuple[Case, Demo]) -> None:
    """Every indicator has values of the newest year, and none of the sources failed."""
    case, demo = lived
    known = indicators.list_indicators(demo.house.store, case.campaign)
    assert len(known) >= 4
    assert [each.code for each in known if each.error] == []
    newest = str(figures.newest_year(SINCE))
    assert all(measurements.series(demo.house.store, each.id)[-1].period == newest for each in known)


def test_measuring_points_are_whole_and_published(lived: tuple[Case, Demo]) -> None:
    """What was frozen in the year is what it was, and readers see it."""
    case, demo = lived
    store = demo.house.store
    frozen = snapshots.snapshots(store, case.strategies[0], public=True)
    assert [str(each.kind) for each in frozen] == [point["kind"] for point in case.points]
    assert all(snapshots.verify(store, each.id).whole for each in frozen)
    assert all(each.who for each in frozen)
    assert len(analyses.analyses(store, case.strategies[0])) >= len(case.points[-1]["says"])


def test_the_pages_that_the_demo_names_are_there(lived: tuple[Case, Demo], pages: Website) -> None:
    """Front page, strategy and everything that the first lines of talk point to can be read, and say what they are."""
    case, demo = lived
    points = {str(each.kind): str(each.id) for each in snapshots.snapshots(demo.house.store, case.strategies[0])}
    assert case.head["campaign"]["name"] in read(pages, "/")
    assert "exempel" in read(pages, "/strategy")
    for look in case.look:
        if not look.at.startswith("/desk"):
            read(pages, look.at.format_map(points))


def test_a_node_page_tells_its_evidence(lived: tuple[Case, Demo], pages: Website) -> None:
    """The page of a node shows the stories that are milestones of it, and its figures."""
    case, _ = lived
    (node,) = [look.at for look in case.look if look.says == "node"]
    code = node.rsplit("/", 1)[-1]
    told = [
        (post.title or post.text)[:12]  # how it begins: a card makes a heading of the first sentence
        for post in case.posts
        if post.review is Review.APPROVED and (code, Weight.MILESTONE) in {(tie.code, tie.weight) for tie in post.ties}
    ]
    page = read(pages, node)
    assert told
    assert [words for words in told if words not in page] == []
    assert "/figures/" in page


def test_the_letter_can_be_read_on_the_web(lived: tuple[Case, Demo], pages: Website) -> None:
    """The first letter has its web page with the editors' subject."""
    case, _ = lived
    first = next(iter(case.editorials.values()))
    assert first.subject in read(pages, f"/issues/{case.newsletter}/1")


@pytest.mark.parametrize("lived", ["sjuharad"], indirect=True)
def test_sjuharad_is_read_through_the_larger_strategy(lived: tuple[Case, Demo], pages: Website) -> None:
    """A priority of Västra Götaland shows what happened in Sjuhärad."""
    page = read(pages, "/strategy/vastra-gotaland-2021-2030/bygga-kompetens")
    assert "Strategisk kompetensförsörjning" in page
    assert "Tjugosex nya undersköterskor" in page


@pytest.mark.parametrize("lived", ["blekinge"], indirect=True)
def test_blekinge_s_partners_decided_themselves(lived: tuple[Case, Demo]) -> None:
    """What a partner posts was approved by the partner's own editor, and its source is trusted by an administrator."""
    store = lived[1].house.store
    decision, account, post = schema.decision.c, schema.account.c, schema.post.c
    query = select(post.source_id, account.name).join(schema.decision, decision.post_id == post.id)
    query = query.join(schema.account, account.id == decision.account_id).where(decision.action == "approve")
    with store.read() as connection:
        approved = set(connection.execute(query.where(post.source_id.in_(("smedjan", "ytterskar")))))
    assert approved == {("smedjan", "kim"), ("ytterskar", "sanna")}
    trusted = trusted_sources(store)
    assert {name: each.who for name, each in trusted.items()} == dict.fromkeys(
        ("smedjan", "ytterskar"), "Lena (administratör, exempel)"
    )


@pytest.mark.parametrize("lived", ["varmland"], indirect=True)
def test_varmland_s_comparison_has_every_goal_and_every_verdict(lived: tuple[Case, Demo], pages: Website) -> None:
    """The published comparison of baseline and mid-term tells all 33 goals."""
    case, demo = lived
    found = {str(each.kind): each.id for each in snapshots.snapshots(demo.house.store, case.strategies[0])}
    page = read(pages, f"/followup/{found[SnapshotKind.MIDTERM]}/{found[SnapshotKind.BASELINE]}")
    titles = [node.title for node in list_nodes(demo.house.store, case.campaign) if node.kind is NodeKind.GOAL]
    assert [title for title in titles if title not in page] == []


@pytest.mark.timeout(300)
def test_the_command_says_where_the_case_s_own_thing_is(tmp_path: Path) -> None:
    """``skord demo --case halmstad`` is ready at the addresses that it says; another case is refused in its folder."""
    folder = str(tmp_path / "demo")
    command = [sys.executable, "-m", "skord.cli", "demo", "--folder", folder, "--port", str(free_port()), "--case"]
    told = tmp_path / "told.txt"
    environment = {**os.environ, "no_proxy": "*"}
    with (
        told.open("w") as out,
        subprocess.Popen([*command, "halmstad"], stderr=out, env=environment) as running,
    ):
        try:
            deadline = time.monotonic() + 280
            while "Ctrl-C" not in told.read_text(encoding="utf-8"):
                assert running.poll() is None, told.read_text(encoding="utf-8")
                assert time.monotonic() < deadline, told.read_text(encoding="utf-8")
                time.sleep(0.5)
            assert re.search(r"nulägesbilden +http://\S+/followup/\d+\n", told.read_text(encoding="utf-8"))
        finally:
            running.send_signal(signal.SIGTERM)
    assert running.returncode == 0
    other = subprocess.run([*command, "blekinge"], capture_output=True, text=True, env=environment, check=False)
    assert (other.returncode, "--case halmstad" in other.stderr) == (2, True), other.stderr
