"""Words that were made to act, on every page and in every file about a strategy; forms and copies that are too old."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from builders import approved
from campaign.figures import Indicator, Reading, Sex, Status, Target, Weight
from campaign.language import Language
from campaign.newsletter import IssueState
from campaign.records import Role
from campaign.settings import CampaignSettings
from campaign.snapshots import SnapshotKind
from campaign.strategy import Node, NodeKind, Strategy
from conftest import HALLAND, NOW
from desk import Running, running
from digest import desk as digest_desk
from digest import edition
from digest.letter import to_json
from digest.render import render
from frozen import PLAN, STRATEGY, Laid, frozen, ids, lay, person
from storage import schema
from storage.analyses import write_analysis
from storage.decisions import Action, decide
from storage.evidence import attach, detach
from storage.indicators import list_indicators
from storage.measurements import put_readings
from storage.snapshots import erase_story, freeze, publish, unpublish, withdraw
from storage.store import Store
from storage.strategy import list_nodes, read_document, save_strategy
from test_web_roles import filled, routes, row, things, token_of
from web.auth import ROLES

#: Begins as a formula, ends elements that text stands in, and has a link that runs, as HTML and as Markdown.
RUNS = "<script>alert(1)</script>"
BAD = (
    f'=HYPERLINK("http://x") "\'>{RUNS}</title></textarea></script>{RUNS}<img src=x onerror=alert(1)>'
    '<a href="javascript:alert(1)">x</a> [x](javascript:alert(1)) [y](data:text/html,alert(1))'
)
SHORT = f'=HYPERLINK("http://x") "\'>{RUNS}</title></textarea></script> [x](javascript:alert(1))'
#: What an area may be called: no blanks, quotes, slashes.
AREA = "=<script>alert(1)"


def _hostile(strategy: str, **changes: object) -> Strategy:
    goal = Node(
        code="1.1", parent="1", kind=NodeKind.GOAL, title=BAD, text=BAD, why=BAD, success=BAD, how=(BAD, BAD),
        responsible=(BAD,), words=(BAD,), agenda=(4,),
    )  # fmt: skip
    made = Strategy(
        id=strategy, title=BAD, owner=BAD, summary=BAD, note=BAD, period_from=date(2014, 1, 1),
        period_to=date(2030, 12, 31), names=tuple((str(kind), BAD) for kind in NodeKind),
        nodes=(
            Node(code="1", title=BAD, text=BAD, why=BAD, success=BAD, how=(BAD,), responsible=(BAD,), words=(BAD,)),
            goal,
            Node(code="T", kind=NodeKind.THEME, title=BAD, text=BAD),
        ),
        indicators=(
            Indicator(
                code="m.1", title=BAD, nodes=("1.1",), unit=BAD, source=BAD, note=BAD, by_sex=True,
                areas=(AREA, "17"), area_names=((AREA, BAD), ("17", BAD)),
                targets=(Target(value=82, year=2028), Target(value=9, year=2028, area="17")),
            ),
        ),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was put into the store, by id."""

    nodes: dict[str, int]
    indicator: int
    earlier: int
    later: int
    issue: int


def _lay_hostile(site: Running) -> Made:
    store = site.store
    by = person(store)
    larger = _hostile("larger", indicators=())
    served = _hostile(PLAN)
    served = replace(
        served, nodes=(*served.nodes[:1], replace(served.nodes[1], serves=("larger/1.1",)), *served.nodes[2:])
    )
    old = replace(served, title=f"{BAD} 0", note="", nodes=tuple(replace(n, text=f"{BAD} 0") for n in served.nodes))
    for each in (larger, old, served):
        save_strategy(store, HALLAND.id, each, origin="desk", by=by, now=NOW, reason=BAD, file_hash="")
    nodes = ids(store)
    (measured,) = list_indicators(store, HALLAND.id, PLAN)
    for turn in range(2):
        readings = [
            Reading(area=area, sex=sex, period=str(year), value=70.0 + year - 2015 + turn, status=BAD)
            for area in (AREA, "17")
            for sex in Sex
            for year in range(2016, 2026)
        ]
        readings.append(Reading(area=AREA, period="2015", value=None, status=BAD))
        at = NOW - timedelta(days=40) + timedelta(minutes=turn)
        put_readings(store, measured.id, readings, now=at, origin=BAD, by=by)
    for number in range(4):
        made = approved(
            store, at=NOW - timedelta(days=2), title=BAD, text=f"{BAD} {number}", html="", author_name=BAD,
            published_at=NOW - timedelta(days=number + 3),
        )  # fmt: skip
        attach(store, made.id, nodes["1.1"], by=by, now=NOW, weight=Weight.MILESTONE, reason=BAD)
    other = {node.code: node.id for node in list_nodes(store, HALLAND.id) if node.strategy == "larger"}
    attach(store, made.id, other["1"], by=by, now=NOW, reason=BAD)
    write_analysis(store, nodes["1.1"], status=Status.UNSURE, text=f"{BAD} 0", by=by, now=NOW)
    write_analysis(store, nodes["1.1"], status=Status.ON_TRACK, text=BAD, by=by, now=NOW)
    points = [
        freeze(store, PLAN, kind=kind, title=SHORT, text=BAD, as_of=day, by=by, now=NOW).id
        for kind, day in (
            (SnapshotKind.BASELINE, (NOW - timedelta(days=800)).date()),
            (SnapshotKind.PRESENT, NOW.date()),
        )
    ]
    for point in points:
        publish(store, point, by=by, now=NOW)
    issue = digest_desk.draft_now(store, site.settings, "veckobrevet", by=by, now=NOW).id
    return Made(nodes=nodes, indicator=measured.id, earlier=points[0], later=points[1], issue=issue)


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A site whose campaign follows a strategy."""
    campaign: CampaignSettings = replace(HALLAND, strategies=(Path("plan.toml"),))
    with running(sqlite_store, campaigns={HALLAND.id: campaign}) as made:
        yield made


class _Looking(HTMLParser):
    """What a browser would find in a page that acts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep scripts without an address of ours, handlers, and addresses that run."""
        told = dict(attrs)
        if tag == "script" and not (told.get("src") or "").startswith("/"):
            self.found.append(f"script {attrs}")
        for name, value in attrs:
            runs = re.match(r"[\s\0]*(javascript|data|vbscript)\s*:", value or "", re.IGNORECASE)
            if tag == "img" and re.match(r"data:image/(png|jpeg);base64,[\w+/=]+$", value or ""):
                runs = None  # a picture of the letter's own, which the preview carries with it
            if name.startswith("on") or (runs and name in ("href", "src", "action", "formaction", "xlink:href")):
                self.found.append(f"{tag} {name}={value}")


def acts(page: str) -> list[str]:
    """What in a page would act."""
    looking = _Looking()
    looking.feed(page)
    plain = [each for each in ("<script>alert", "</title></textarea>", "<img src=x") if each in page]
    # What search engines read is data, and no browser runs it.
    return [each for each in (*looking.found, *plain) if each != "script [('type', 'application/ld+json')]"]


def formulas(data: bytes) -> list[str]:
    """The cells of a CSV file that a spreadsheet would reckon."""
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")
    number = re.compile(r"[+-]?[\d ]+([.,]\d+)?")
    return [cell for each in rows for cell in each if re.match(r"[=+\-@\t\r]", cell) and not number.fullmatch(cell)]


def excel_formulas(data: bytes) -> list[str]:
    """The cells of an Excel file that are reckoned."""
    book = load_workbook(io.BytesIO(data))
    return [str(c.value) for page in book for each in page.iter_rows() for c in each if c.data_type == "f"]


def looked_at(client: httpx.Client, paths: list[str]) -> None:
    """Every one of these is there, has the words, and nothing in it acts."""
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        kind = answer.headers["content-type"].partition(";")[0]
        if kind == "text/html":
            assert "alert(1)" in answer.text, f"{path} does not have the words that it is asked about"
            assert not acts(answer.text), path
            policy = dict(each.split(None, 1) for each in answer.headers["content-security-policy"].split("; "))
            assert policy.get("script-src", policy["default-src"]) in ("'self'", "'none'"), path
        elif kind == "text/csv":
            assert b"alert(1)" in answer.content, path
            assert not formulas(answer.content), path
            assert "attachment" in answer.headers["content-disposition"], path
        elif kind.endswith("spreadsheetml.sheet"):
            assert not excel_formulas(answer.content), path
            assert "attachment" in answer.headers["content-disposition"], path
        else:
            assert kind in ("application/json", "application/toml"), (path, kind)


def test_what_was_written_to_act_acts_on_no_public_page_about_a_strategy(site: Running) -> None:
    """Every text of a strategy, its measures, points and stories stands as words on readers' pages and in files."""
    made = _lay_hostile(site)
    loaded = edition.load(site.store, site.settings, made.issue, now=NOW).letter
    frozen_letter = to_json(replace(loaded, intro=BAD, subject=BAD, preview=BAD))
    with site.store.write() as connection:
        connection.execute(
            update(schema.issue)
            .where(schema.issue.c.id == made.issue)
            .values(state=str(IssueState.SENT), number=1, sent_from=NOW, frozen=frozen_letter)
        )
        connection.execute(schema.revision.update().values(public=schema.revision.c.public + 1))
    assert loaded.figures
    client = site.client(None)
    paths = [
        "/", "/strategy", f"/strategy/{PLAN}/1", f"/strategy/{PLAN}/1.1", f"/strategy/{PLAN}/T", "/strategy/larger/1.1",
        f"/figures/{PLAN}/m.1", f"/figures/{PLAN}/m.1.csv", "/followup", f"/followup/{made.later}",
        f"/followup/{made.earlier}", f"/followup/{made.later}.json", f"/followup/{made.later}/{made.earlier}",
        f"/followup/{made.later}/{made.earlier}.csv", "/issues", "/issues/veckobrevet/1",
    ]  # fmt: skip
    looked_at(client, [*paths, *(f"/en{path}" for path in paths)])
    told = client.get(f"/followup/{made.later}.json")
    assert json.loads(told.text)["title"]
    assert told.headers["content-type"].startswith("application/json")


def test_what_was_written_to_act_acts_in_no_letter(site: Running) -> None:
    """A letter with figures, their sources and what an editor wrote about them has the words alone."""
    made = _lay_hostile(site)
    language = Language("sv", site.settings.site.timezone)
    for text in ("", BAD):
        letter = edition.load(site.store, site.settings, made.issue, now=NOW).letter
        figures = tuple(replace(each, sentence=text or each.sentence) for each in letter.figures)
        drawn = render(replace(letter, intro=BAD, figures=figures), language)
        assert figures
        assert "alert(1)" in drawn.html
        assert not acts(drawn.html)


def test_what_was_written_to_act_acts_on_no_page_of_the_desk_about_a_strategy(site: Running) -> None:
    """The desk's pages and files about a strategy show the same words as words."""
    made = _lay_hostile(site)
    at = f"/desk/strategy/{PLAN}"
    goal = made.nodes["1.1"]
    looked_at(
        site.client(Role.EDITOR),
        [
            "/desk/strategy", at, f"{at}/edit", f"{at}/mapping", f"{at}/nodes/new", f"{at}/versions",
            f"{at}/versions/1", f"{at}/versions/2", f"/desk/nodes/{goal}", f"/desk/nodes/{made.nodes['1']}",
            f"{at}/figures", f"{at}/figures/new", f"/desk/figures/{made.indicator}", f"{at}/sheet",
            f"{at}/sheet/file?as=csv", f"{at}/sheet/file?as=xlsx", f"{at}/sheet/file?as=toml", f"{at}/snapshots",
            f"/desk/snapshots/{made.later}", f"/desk/snapshots/{made.later}/preview",
            f"/desk/snapshots/{made.later}/compare?earlier={made.earlier}",
            f"/desk/snapshots/{made.earlier}/compare?later=now", f"{at}/followup", f"{at}/followup/table",
            f"{at}/followup/file?format=csv", f"{at}/followup/file?format=xlsx", f"/desk/issues/{made.issue}",
            f"/desk/issues/{made.issue}/preview", "/desk", "/desk/log",
        ],
    )  # fmt: skip


def test_a_broken_sheet_tells_its_words_as_words(site: Running) -> None:
    """What a file that somebody sends says, right or wrong, stands on the page that looks at it and does not act."""
    _lay_hostile(site)
    client = site.client(Role.EDITOR)
    rows = f'Kod;Typ;Rubrik;Ligger under\r\n"{RUNS}";"{RUNS}";"{RUNS}";"{RUNS}"\r\n1.1;mål;"{RUNS} ny";1\r\n'
    for name in ("x.csv", f"{RUNS}.csv"):
        answer = client.post(
            f"/desk/strategy/{PLAN}/sheet",
            data={"token": token_of(client), "press": "look"},
            files={"file": (name, rows.encode(), "text/csv")},
        )
        assert answer.status_code in (200, 422), answer.status_code
        assert "alert(1)" in answer.text
        assert not acts(answer.text)


# --- forms -------------------------------------------------------------------------------------------------


def test_no_form_of_the_desk_is_taken_without_its_own_token(site: Running) -> None:
    """Every address that takes a form refuses an administrator's browser with no token, and with somebody else's."""
    site.person(Role.ADMINISTRATOR)
    row(site.store, schema.account, name="chef", role="administrator", created_at=NOW)
    given = things(site.store, HALLAND.id)
    mine, theirs = site.client(Role.ADMINISTRATOR), site.client(Role.EDITOR)
    tokens = ("", token_of(theirs))
    walked = [path for method, path in routes(site) if method == "POST" and ROLES[method, path] is not None]
    assert len(walked) > 40
    before = _decisions(site.store)
    for path in walked:
        address = filled(path, given)
        for token in tokens:
            assert mine.post(address, data={"token": token}).status_code == 403, path
        sent = mine.post(address, data={"token": tokens[1]}, files={"file": ("a.csv", b"a;b", "text/csv")})
        assert sent.status_code == 403, (path, sent.status_code)
        away = mine.post(address, data={"token": token_of(mine)}, headers={"Sec-Fetch-Site": "cross-site"})
        assert away.status_code == 403, path
    assert _decisions(site.store) == before


def _decisions(store: Store) -> int:
    with store.read() as connection:
        return len(connection.execute(schema.decision.select()).all())


# --- copies ------------------------------------------------------------------------------------------------


def _hide(site: Running, laid: Laid, point: int) -> None:
    decide(site.store, laid.stories[1], Action.HIDE, by=laid.by, now=NOW)


def _detach(site: Running, laid: Laid, point: int) -> None:
    detach(site.store, laid.stories[1], laid.nodes["1.1"], by=laid.by, now=NOW)


def _erase(site: Running, laid: Laid, point: int) -> None:
    erase_story(site.store, laid.stories[1], why="begärt", by=laid.by, now=NOW)


def _unpublish(site: Running, laid: Laid, point: int) -> None:
    unpublish(site.store, point, by=laid.by, now=NOW)


def _withdraw(site: Running, laid: Laid, point: int) -> None:
    withdraw(site.store, point, by=laid.by, now=NOW)


def _keep(site: Running, laid: Laid, point: int) -> None:
    """Keep the measure of work from readers."""
    document = read_document(site.store, PLAN)
    kept = tuple(replace(each, public=each.code != "sysselsatta") for each in document.indicators)
    save_strategy(site.store, HALLAND.id, replace(document, indicators=kept), origin="desk", by=laid.by, now=NOW)


Act = Callable[[Running, Laid, int], None]
POINT, PARTS, TABLE, GOAL, FIGURE, VALUES = range(6)


@pytest.mark.parametrize(
    ("act", "gone", "missing", "words"),
    [
        (_unpublish, (POINT, PARTS, TABLE), (GOAL,), "Halvtid"),
        (_withdraw, (POINT, PARTS, TABLE), (GOAL,), "Halvtid"),
        (_hide, (), (POINT, PARTS, GOAL), "Berättelse 2 om arbete"),
        (_detach, (), (GOAL,), "Berättelse 2 om arbete"),
        (_erase, (), (POINT, PARTS), "Berättelse 2 om arbete"),
        (_keep, (FIGURE, VALUES), (POINT, PARTS, TABLE, GOAL), "Sysselsatta 20–64 år"),
    ],
)
def test_a_copy_that_a_reader_kept_does_not_outlive_what_it_shows(
    site: Running,
    act: Act,
    gone: tuple[int, ...],
    missing: tuple[int, ...],
    words: str,
) -> None:
    """Whoever asks again, with the mark of what they have or without, gets the new page or none, never "as before"."""
    laid = lay(site.store, strategy=STRATEGY)
    first = publish(
        site.store, frozen(site.store, as_of=(NOW - timedelta(days=800)).date()).id, by=laid.by, now=NOW
    )  # fmt: skip
    point = publish(site.store, frozen(site.store, title="Halvtid").id, by=laid.by, now=NOW)
    paths = (
        f"/followup/{point.id}", f"/followup/{point.id}.json", f"/followup/{point.id}/{first.id}.csv",
        f"/strategy/{PLAN}/1.1", f"/figures/{PLAN}/sysselsatta", f"/figures/{PLAN}/sysselsatta.csv",
    )  # fmt: skip
    client = site.client(None)
    before = [client.get(path) for path in paths]
    for path, answer in zip(paths, before, strict=True):
        again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (answer.status_code, again.status_code) == (200, 304), path
        assert answer.headers["cache-control"] == "no-cache", path
    act(site, laid, point.id)
    for place, (path, answer) in enumerate(zip(paths, before, strict=True)):
        for headers in ({"If-None-Match": answer.headers["etag"]}, {}):
            after = client.get(path, headers=headers)
            if place in gone:
                assert after.status_code == 404, path
            elif place in missing:
                assert words in answer.text, (path, "never had the words")
                assert after.status_code == 200, path
                assert words not in after.text, path
