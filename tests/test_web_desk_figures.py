"""The measures of a strategy at the desk: how they stand, values by hand, in a file and from the source, wording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest
from sqlalchemy import select

from campaign.figures import Indicator, Origin, Reading, Sex, Target
from campaign.records import Role
from campaign.strategy import Node, NodeKind, Strategy
from conftest import NOW
from desk import Running, fields, running
from storage import schema
from storage.by_hand import put_by_hand
from storage.indicators import get_indicator, list_indicators
from storage.measurements import history, put_readings, series
from storage.store import JOB, Store
from storage.strategy import list_nodes, read_document, save_strategy

PLAN = Strategy(
    id="plan", title="Planen", owner="Region Värmland", period_from=date(2014, 1, 1), period_to=date(2020, 12, 31),
    nodes=(Node(code="1", title="Livskvalitet"), Node(code="1.1", parent="1", kind=NodeKind.GOAL, title="Hälsa")),
    indicators=(
        Indicator(code="halsa", title="God hälsa", nodes=("1.1",), unit="procent", decimals=1, areas=("17",),
                  targets=(Target(value=75, year=2020),)),
        Indicator(code="jobb", title="Jobb", nodes=("1",), origin=Origin.KOLADA, kpi="N00945", areas=("17",)),
    ),
)  # fmt: skip
LIST = "/desk/strategy/plan/figures"


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk with a strategy, two measures and one value that was revised."""
    save_strategy(sqlite_store, "hallandvaxer", PLAN, origin="file", by=JOB, now=NOW)
    one = ids(sqlite_store)["halsa"]
    put_readings(sqlite_store, one, [Reading(area="17", period="2018", value=80.1)], now=NOW - timedelta(days=9))
    put_readings(sqlite_store, one, [Reading(area="17", period="2018", value=80.4)], now=NOW)
    with running(sqlite_store) as made:
        yield made


def ids(store: Store) -> dict[str, int]:
    """The measures in force by code."""
    return {each.code: each.id for each in list_indicators(store, "hallandvaxer", "plan")}


def page(site: Running) -> str:
    """The address of the measure that is brought by hand."""
    return f"/desk/figures/{ids(site.store)['halsa']}"


def press(client: httpx.Client, path: str, press_: str, form_at: str = "", **more: str) -> httpx.Response:
    """Press a button of a page's form."""
    form = fields(client.get(form_at or path).text, path if press_ != "put" else f"{path}#enter")
    return client.post(path, data=form | {"press": press_} | more)


def values(site: Running, area: str = "17") -> dict[tuple[str, str], float | None]:
    """What is known now."""
    found = series(site.store, ids(site.store)["halsa"], area=area, sex=None, missing=True)
    return {(each.period, str(each.sex)): each.value for each in found}


def reasons(site: Running, action: str) -> list[str]:
    """Why, in the trail."""
    decided = schema.decision.c
    with site.store.read() as connection:
        return list(connection.execute(select(decided.reason).where(decided.action == action)).scalars())


def test_the_list_tells_how_each_stands(site: Running) -> None:
    """Latest value and period, target, wish, source and next asking, in the order of the strategy."""
    told = site.client(Role.READER).get(LIST).text
    for words in ("God hälsa", "80,4", "2018", "75,0", "år 2020", "Öka", "Kolada", "aldrig hämtat", "inget värde än"):
        assert words in told
    assert told.index("God hälsa") > told.index("Jobb")
    assert 'type="file"' not in told


def test_a_revision_is_shown_with_its_day(site: Running) -> None:
    """The page of a measure says what a value was before, and since when it is otherwise."""
    told = site.client(Role.READER).get(page(site)).text.replace("\u00a0", " ")
    assert re.search(r"reviderat \d+ november 2026: 80,1 % → 80,4 %", told)
    assert "Rätta" not in told


def test_a_value_is_entered_by_hand(site: Running) -> None:
    """A decimal comma, an area by name and a sex; missing is stored as missing, and a new value needs no reason."""
    client = site.client()
    assert press(client, page(site), "put", period="2019", value="81,25", sex="women").status_code == 303
    assert press(client, page(site), "put", period="2019", value="..", area="Karlstad").status_code == 303
    assert values(site)["2019", "women"] == 81.25
    assert values(site, "1780")["2019", "total"] is None


def test_a_correction_needs_a_reason_and_keeps_what_was_known(site: Running) -> None:
    """Another value without a reason is refused beside the field; with one it is a revision with its reason kept."""
    client = site.client()
    refused = press(client, page(site), "put", period="2018", value="81")
    assert refused.status_code == 422
    assert "Skälet saknas" in refused.text
    assert 'value="81"' in refused.text
    assert press(client, page(site), "put", period="2018", value="81", reason="Skrivfel").status_code == 303
    assert values(site)["2018", "total"] == 81
    assert len(history(site.store, ids(site.store)["halsa"])) == 3
    assert reasons(site, "figures_put") == ["Skrivfel"]


@pytest.mark.parametrize(("field", "value"), [("value", "många"), ("value", ""), ("period", "i fjol")])
def test_what_is_no_value_is_refused(site: Running, field: str, value: str) -> None:
    """Words and an empty field are no number, and nothing is stored."""
    told = {"period": "2019", "value": "5"} | {field: value}
    assert press(site.client(), page(site), "put", **told).status_code == 422
    assert ("2019", "total") not in values(site)


def test_a_value_is_removed_with_a_reason_and_can_be_entered_again(site: Running) -> None:
    """Removed it is not among what is known; its history stays, and it can come back."""
    client = site.client()
    assert press(client, page(site), "remove", period="2018").status_code == 422
    assert press(client, page(site), "remove", period="2018", reason="Fel enkät").status_code == 303
    assert values(site) == {}
    assert "borttaget" in client.get(page(site)).text
    assert reasons(site, "figures_removed") == ["Fel enkät"]
    assert press(client, page(site), "remove", period="2018", reason="igen").status_code == 422
    assert press(client, page(site), "put", period="2018", value="80,4").status_code == 303
    assert values(site)["2018", "total"] == 80.4


def test_values_of_a_file_are_shown_before_they_are_saved(site: Running) -> None:
    """What is revised is told with before and after; saved, the file's name stands as where it came from."""
    client = site.client()
    form = fields(client.get(LIST).text, LIST) | {"press": "look"}
    body = "Mått;År;Värde\nGod hälsa;2018;82,0\nGod hälsa;2019;83,0\n".encode("cp1252")
    shown = client.post(LIST, data=form, files={"file": ("v.csv", body)}).text.replace("\u00a0", " ")
    assert "1 nya, 1 ändrade" in shown
    assert "80,4 %" in shown
    assert values(site)["2018", "total"] == 80.4
    assert client.post(LIST, data=fields(shown, LIST) | {"press": "save"}).status_code == 303
    assert values(site) == {("2018", "total"): 82, ("2019", "total"): 83}
    assert history(site.store, ids(site.store)["halsa"])[-1].origin == "v.csv"


def test_a_wrong_table_is_told_row_by_row(site: Running) -> None:
    """Everything wrong at once, and no button that saves."""
    client = site.client()
    form = fields(client.get(LIST).text, LIST) | {"press": "look"}
    body = "Mått;År;Värde\nNågot;2018;1\nGod hälsa;2018;x\n".encode()
    answer = client.post(LIST, data=form, files={"file": ("v.csv", body)})
    assert answer.status_code == 422
    assert "rad 2" in answer.text
    assert "rad 3" in answer.text
    assert 'value="save"' not in answer.text


def test_a_table_for_one_measure_needs_no_name_of_it(site: Running) -> None:
    """On a measure's own page period and value are enough."""
    client, path = site.client(), page(site)
    form = fields(client.get(path).text, path) | {"press": "look"}
    shown = client.post(path, data=form, files={"file": ("v.csv", b"2019;2020\n83,5;84\n")}).text
    assert client.post(path, data=fields(shown, path) | {"press": "store"}).status_code == 303
    assert values(site)["2020", "total"] == 84


def test_the_source_is_asked_as_a_task(site: Running) -> None:
    """Asking now is a row for the schedule; a measure that is brought by hand has nobody to ask."""
    client, path = site.client(), f"/desk/figures/{ids(site.store)['jobb']}"
    answer = press(client, path, "ask")
    assert answer.status_code == 303
    assert "Hämtas nu" in client.get(answer.headers["location"]).text
    with site.store.read() as connection:
        (task,) = connection.execute(select(schema.task)).all()
    assert (task.kind, task.payload) == ("refresh_indicator", {"indicator": ids(site.store)["jobb"]})
    form = fields(client.get(page(site)).text, page(site)) | {"press": "ask"}
    assert client.post(page(site), data=form).status_code == 404


def test_the_wording_is_changed_as_a_new_version(site: Running) -> None:
    """Name, target, area and Kolada's id are written in a form; values stay where they are."""
    client, path = site.client(), page(site)
    edit = f"{path}?edit=wording"
    told = {"title": "Mycket god hälsa", "nodes": "1.1, 1", "unit": "procent", "decimals": "1", "direction": "keep",
            "areas": "Värmlands län; Karlstad", "public": "yes",
            "targets": "2020: 76,5\n2020: 77; Karlstad"}  # fmt: skip
    assert press(client, path, "wording", edit, **told).status_code == 303
    made = get_indicator(site.store, ids(site.store)["halsa"]).wording
    assert (made.title, made.nodes, made.areas) == ("Mycket god hälsa", ("1.1", "1"), ("17", "1780"))
    assert made.targets == (Target(value=76.5, year=2020), Target(value=77, year=2020, area="1780"))
    assert values(site)["2018", "total"] == 80.4


def test_a_form_that_changes_nothing_changes_nothing(site: Running) -> None:
    """Saved as it was shown, the form gives the very same measure."""
    from web.desk.figure_forms import read_wording, wording
    from web.forms import Form

    english = site.app.state.house.languages["en"]
    rich = Indicator(
        code="x", title="X", nodes=("1",), unit="st", decimals=2, areas=("17", "byn"), area_names=(("byn", "Vår by"),),
        by_sex=True, baseline=2014, targets=(Target(value=75.25, year=2020), Target(value=7, year=2030, area="byn")),
        origin=Origin.SCB, table="TAB638", selection=(("ContentsCode", ("A1", "A2")),), source="S", note="N\n\nM",
        public=False,
    )  # fmt: skip
    assert read_wording(Form(wording(rich, english).fields), rich, PLAN) == rich


def test_what_is_wrong_with_the_wording_comes_back_with_the_words(site: Running) -> None:
    """A target that is none stands beside its field, and what was written is still there."""
    answer = press(site.client(), page(site), "wording", f"{page(site)}?edit=wording", title="Nytt", targets="snart")
    assert answer.status_code == 422
    assert "snart" in answer.text
    assert 'value="Nytt"' in answer.text
    answer = press(site.client(), page(site), "wording", f"{page(site)}?edit=wording", title="Nytt", nodes="9.9")
    assert answer.status_code == 422


def test_a_new_measure_is_added(site: Running) -> None:
    """Its code is that of its goal where none is written."""
    client, path = site.client(), f"{LIST}/new"
    form = fields(client.get(f"{path}?code=1.1").text, path)
    told = {"title": "Sömn", "nodes": "1.1", "direction": "up", "press": "wording"}
    assert client.post(path, data=form | told).status_code == 303
    assert ids(site.store).keys() == {"halsa", "jobb", "1.1"}


def test_who_was_slower_is_told_and_keeps_the_words(site: Running) -> None:
    """A version that somebody saved meanwhile is not written over."""
    client, path = site.client(), page(site)
    form = fields(client.get(f"{path}?edit=wording").text, path) | {"press": "wording", "title": "Mitt namn"}
    press(site.client(Role.ADMINISTRATOR), path, "wording", f"{path}?edit=wording", title="Deras", nodes="1.1")
    answer = client.post(path, data=form)
    assert answer.status_code == 409
    assert "Mitt namn" in answer.text
    assert read_document(site.store, "plan").indicators[0].title == "Deras"


def test_a_measure_is_ended_and_keeps_its_values(site: Running) -> None:
    """Ended with a reason it is no longer in the list, and its page stays."""
    client, path, one = site.client(), page(site), ids(site.store)["halsa"]
    form = fields(client.get(f"{path}?edit=wording").text, path) | {"press": "end"}
    assert client.post(path, data=form | {"reason": ""}).status_code == 422
    assert client.post(path, data=form | {"reason": "Mäts inte mer"}).status_code == 303
    assert "halsa" not in ids(site.store)
    assert "80,4" in client.get(f"/desk/figures/{one}").text


def test_values_by_hand_that_say_the_same_leave_no_line(site: Running) -> None:
    """The trail has no line for what changed nothing."""
    one = ids(site.store)["halsa"]
    same = Reading(area="17", period="2018", value=80.4, sex=Sex.TOTAL)
    assert not put_by_hand(site.store, one, [same], by=JOB, now=NOW).changed
    assert reasons(site, "figures_put") == []


def test_measures_stand_in_the_order_of_the_goals_with_the_way_to_bring_values_above_them(site: Running) -> None:
    """A measure of the area comes before one of its goal, wherever the document has them."""
    shown = site.client().get(LIST).text
    assert shown.index('id="figure-jobb"') < shown.index('id="figure-halsa"')
    assert shown.index('href="#bring"') < shown.index('id="figure-jobb"') < shown.index('id="bring"')


def test_a_next_asking_is_no_promise(site: Running) -> None:
    """When a source is asked next is the earliest moment: who runs no schedule asks by hand."""
    assert "nästa gång tidigast" in site.client().get(LIST).text


def test_an_area_is_called_as_in_the_spreadsheet(site: Running) -> None:
    """One word for one thing: what the template calls a focus area is called so at the desk."""
    assert "Fokusområde" in site.client().get(f"/desk/nodes/{list_nodes(site.store, 'hallandvaxer')[0].id}").text
