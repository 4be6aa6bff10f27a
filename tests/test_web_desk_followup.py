"""Following up at the desk: analyses goal by goal, and the table for ordinary reporting."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from campaign.figures import Status
from campaign.records import Role
from conftest import NOW
from desk import Running, fields, running
from frozen import PLAN, STRATEGY, Laid, lay
from storage.analyses import analyses, history, write_analysis
from storage.store import Actor, Store

PAGE = f"/desk/strategy/{PLAN}/followup"


@pytest.fixture
def laid(store: Store) -> Laid:
    """A strategy of two goals, one of them with an analysis."""
    return lay(store)


@pytest.fixture
def site(store: Store, laid: Laid) -> Iterator[Running]:
    """The desk over it."""
    with running(store) as made:
        yield made


def form(page: str, node: int) -> dict[str, str]:
    """The hidden fields of one goal's form."""
    article = page[page.index(f'id="goal-{node}"') :]
    return fields(article[: article.index("</article>")], f"/followup#goal-{node}")


def test_every_goal_has_its_figures_and_its_form(site: Running, laid: Laid) -> None:
    """A goal shows baseline, latest value, target, forecast and stories, and how many are judged stands above."""
    page = site.client().get(PAGE).text
    assert "1 av 2 mål har bedömning" in page
    for told in (
        "78,0\xa0%",
        "81,4\xa0%",
        "82,0\xa0% år 2028",
        "ska öka",
        "Om utvecklingen fortsätter",
        "2 berättelser",
    ):
        assert told in page
    assert form(page, laid.nodes["2.1"])["seen"] == "0"


def test_an_analysis_is_saved_without_scripts(site: Running, laid: Laid) -> None:
    """A plain form saves one goal and leads back to it; with the other button to the next one."""
    client, goal = site.client(), laid.nodes["1.1"]
    sent = form(client.get(PAGE).text, goal) | {"status": "unsure", "text": "Det går långsammare.", "press": "next"}
    answer = client.post(PAGE, data=sent)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"#goal-{laid.nodes['2.1']}")
    made = analyses(site.store, PLAN)[goal]
    assert (made.status, made.text, made.who) == (Status.UNSURE, "Det går långsammare.", "editor")


def test_with_scripts_one_goal_and_the_count_come_back(site: Running, laid: Laid) -> None:
    """The answer to a script holds the goal as it stands and the progress, and no other goal."""
    client, goal = site.client(), laid.nodes["2.1"]
    sent = form(client.get(PAGE).text, goal) | {"status": "missed", "text": "", "press": "save"}
    answer = client.post(PAGE, data=sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "2 av 2 mål har bedömning" in answer.text
    assert answer.text.count("<article") == 1
    assert "Sparat." in answer.text


def test_a_colleagues_newer_analysis_is_told_and_nothing_is_lost(site: Running, laid: Laid) -> None:
    """Saving over what somebody else saved since shows both; saving again keeps theirs in the history."""
    client, goal = site.client(), laid.nodes["1.1"]
    old = form(client.get(PAGE).text, goal)
    them = Actor(kind="person", account_id=site.person(Role.ADMINISTRATOR).id)
    write_analysis(site.store, goal, status=Status.MISSED, text="Kollegans ord", by=them, now=NOW)
    told = client.post(PAGE, data=old | {"status": "unsure", "text": "Mina ord", "press": "save"})
    assert told.status_code == 409
    assert "administrator har sparat en annan bedömning" in told.text
    assert "Kollegans ord" in told.text
    assert "Mina ord</textarea>" in told.text
    assert analyses(site.store, PLAN)[goal].text == "Kollegans ord"
    again = client.post(PAGE, data=form(told.text, goal) | {"status": "unsure", "text": "Mina ord", "press": "save"})
    assert again.status_code == 303
    assert [each.text for each in history(site.store, goal)] == ["Mina ord", "Kollegans ord", "Det går åt rätt håll."]
    assert "Kollegans ord" in client.get(f"{PAGE}?history={goal}").text


def test_a_text_without_a_status_is_kept_and_asked_about(site: Running, laid: Laid) -> None:
    """A form without a choice saves nothing, says so at the choice, and keeps the words."""
    client, goal = site.client(), laid.nodes["2.1"]
    sent = form(client.get(PAGE).text, goal) | {"text": "Väntar på statistik", "press": "save"}
    answer = client.post(PAGE, data=sent, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Välj hur det går" in answer.text
    assert "Väntar på statistik</textarea>" in answer.text
    assert goal not in analyses(site.store, PLAN)


def test_goals_are_chosen_by_body_and_by_what_is_left(site: Running, laid: Laid) -> None:
    """The page narrows to one responsible body, inherited ones too, and to goals that nobody has judged."""
    client = site.client()
    body = client.get(PAGE, params={"body": "Regionen"}).text
    assert f'id="goal-{laid.nodes["1.1"]}"' in body
    assert f'id="goal-{laid.nodes["2.1"]}"' not in body
    left = client.get(PAGE, params={"left": "1"}).text
    assert f'id="goal-{laid.nodes["1.1"]}"' not in left
    assert f'id="goal-{laid.nodes["2.1"]}"' in left


def test_the_table_is_a_csv_that_a_swedish_excel_opens(site: Running) -> None:
    """The file has a byte order mark, semicolons and decimal commas, one row a body, goal and indicator."""
    answer = site.client().get(f"{PAGE}/file?format=csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["Ansvarig"], row["Nummer"], row["Senaste värde"]) for row in rows if row["Nummer"] == "1.1"] == [
        ("Regionen", "1.1", "81,4")
    ]
    assert next(row for row in rows if row["Nummer"] == "2.1")["Bedömning"] == "Ingen bedömning"


def test_the_table_is_an_excel_file_with_numbers_and_codes(site: Running) -> None:
    """Values are numbers, a code such as 1.1 stays text, and only the chosen body's rows are there."""
    answer = site.client().get(f"{PAGE}/file?format=xlsx&body=Kommunerna")
    page = load_workbook(io.BytesIO(answer.content)).active
    head, *rows = page.iter_rows(values_only=True)
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert {row["Ansvarig"] for row in found} == {"Kommunerna"}
    assert [(row["Nummer"], row["Målvärde"]) for row in found if row["Mått"] == "Utsläpp av växthusgaser"] == [
        ("2.1", 900)
    ]


def test_no_cell_of_the_table_is_a_formula(site: Running, laid: Laid) -> None:
    """A body and an analysis that begin like formulas are text in the file."""
    nodes = tuple(
        replace(each, responsible=('=HYPERLINK("http://x")',)) if each.code == "2.1" else each
        for each in STRATEGY.nodes
    )
    from storage.strategy import save_strategy

    save_strategy(site.store, "hallandvaxer", replace(STRATEGY, nodes=nodes), origin="desk", by=laid.by, now=NOW)
    write_analysis(site.store, laid.nodes["2.1"], status=Status.UNSURE, text="=1+1", by=laid.by, now=NOW)
    answer = site.client().get(f"{PAGE}/file?format=xlsx")
    page = load_workbook(io.BytesIO(answer.content)).active
    assert not any(cell.data_type == "f" for row in page.iter_rows() for cell in row)


def test_paper_has_a_section_for_each_body_with_shape_and_word(site: Running) -> None:
    """The print view tells each status by a shape and a word, under the body that answers for the goal."""
    page = site.client(Role.READER).get(f"{PAGE}/table").text
    assert re.findall(r'<h2 id="part-\d+">([^<]+)</h2>', page) == ["Regionen", "Kommunerna"]
    assert re.search(r'status-on_track"><svg class="status-shape".{0,120}</svg><span>På väg</span>', page)


def test_a_reader_reads_analyses_without_forms(site: Running, laid: Laid) -> None:
    """Somebody who may only read sees what was said, and can send nothing."""
    client = site.client(Role.READER)
    page = client.get(PAGE).text
    assert "Det går åt rätt håll." in page
    assert "<textarea" not in page
    assert client.post(PAGE, data={"node": str(laid.nodes["1.1"]), "status": "missed"}).status_code == 403
