"""The strategy at the desk over HTTP: evidence weighed, coverage seen, parts written, versions taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import httpx
import pytest

from builders import account, approved, story
from campaign.figures import Indicator, Weight
from campaign.records import Role
from campaign.rules import Conditions, Effect, Rule
from campaign.strategy import Node, NodeKind, Strategy
from campaign.strategy_edit import find
from conftest import NOW
from desk import Running, fields, running
from storage.evidence import attach, evidence_of
from storage.rules import add_rule
from storage.store import Actor, Store
from storage.strategy import find_strategy, read_document, save_strategy

OWN, OTHER = "halland", "vastra"


def document(id_: str = OWN, **changes: object) -> Strategy:
    """A strategy with an area, two goals, an action and a theme."""
    made: dict[str, object] = {
        "id": id_,
        "title": "Strategi för Halland" if id_ == OWN else "Den större strategin",
        "owner": "Region Halland",
        "period_from": date(2021, 1, 1),
        "period_to": date(2030, 12, 31),
        "nodes": (
            Node(code="1", title="Attraktiv region", colour="#2f6b3c"),
            Node(code="1.1", parent="1", kind=NodeKind.GOAL, title="Fler bostäder", why="För att många flyttar hit"),
            Node(code="1.1.1", parent="1.1", kind=NodeKind.ACTION, title="Bygga i trä"),
            Node(code="1.2", parent="1", kind=NodeKind.GOAL, title="Levande städer"),
            Node(code="D", kind=NodeKind.THEME, title="Digitalisering"),
        ),
        "indicators": (Indicator(code="hus", title="Färdiga bostäder", nodes=("1.1",)),),
    }
    return Strategy(**(made | changes))  # type: ignore[arg-type]


def save(store: Store, made: Strategy, *, by: str = "bo", reason: str = "") -> None:
    """Save a strategy as a colleague."""
    actor = Actor(kind="person", account_id=account(store, name=by))
    save_strategy(store, "hallandvaxer", made, origin="desk", by=actor, now=NOW, reason=reason)


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A desk whose campaign has one strategy."""
    save(sqlite_store, document())
    with running(sqlite_store) as found:
        yield found


def node_id(site: Running, code: str, strategy: str = OWN) -> int:
    """The number of a part."""
    tree = find_strategy(site.store, strategy)
    assert tree is not None
    found = tree.find(code)
    assert found is not None
    return found.id


def person(site: Running) -> Actor:
    """Who attaches evidence here."""
    return Actor(kind="person", account_id=account(site.store))


def filled(page: str, action: str) -> dict[str, str]:
    """Every field of the first form to an address, as a browser would send it."""
    for form in re.findall(r"<form\b.*?</form>", page, re.DOTALL):
        if f'action="{action}"' not in form[: form.index(">")]:
            continue
        found: dict[str, str] = {}
        for tag in re.findall(r"<input\b[^>]*>", form):
            told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            if told.get("type") in ("checkbox", "radio") and "checked" not in tag:
                continue
            found[told["name"]] = told.get("value", "")
        for name, text in re.findall(r'<textarea\b[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
            found[name] = text
        for name, options in re.findall(r'<select\b[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
            chosen = re.search(r'<option value="([^"]*)" selected', options)
            found[name] = chosen[1] if chosen else re.findall(r'<option value="([^"]*)"', options)[0]
        return found
    raise AssertionError(f"no form to {action}")


def send(client: httpx.Client, address: str, press: str, **changes: str) -> httpx.Response:
    """Press a button of a part's own form, with some fields changed."""
    form = filled(client.get(address).text, address)
    return client.post(address, data=form | {"press": press} | changes)


# --- evidence ---------------------------------------------------------------------------------------------


def test_a_card_tells_and_changes_the_weight(site: Running) -> None:
    """The fold of a card makes evidence a milestone with its reason, and the card says so."""
    made, goal = story(site.store), node_id(site, "1.1")
    attach(site.store, made.id, goal, by=person(site), now=NOW)
    client = site.client(Role.REVIEWER)
    address = f"/desk/stories/{made.id}/nodes"
    data = fields(client.get("/desk").text, address)
    answer = client.post(address, data=data | {"press": f"weigh:{goal}", "weight": "3", "reason": "Första spadtaget"})
    assert answer.status_code == 303
    found = evidence_of(site.store, [made.id])[made.id][0]
    assert (found.weight, found.reason) == (Weight.MILESTONE, "Första spadtaget")
    page = client.get("/desk").text
    assert "<small>milstolpe</small>" in page
    assert "som milstolpe: Första spadtaget" in client.get(f"/desk/stories/{made.id}").text


def test_a_weight_that_is_none_is_refused(site: Running) -> None:
    """A form with a made-up weight changes nothing."""
    made, goal = story(site.store), node_id(site, "1.1")
    attach(site.store, made.id, goal, by=person(site), now=NOW)
    client = site.client(Role.REVIEWER)
    address = f"/desk/stories/{made.id}/nodes"
    data = fields(client.get("/desk").text, address)
    assert client.post(address, data=data | {"press": f"weigh:{goal}", "weight": "9"}).status_code == 422
    assert evidence_of(site.store, [made.id])[made.id][0].weight is Weight.SHOWS


def test_what_a_rule_proposed_keeps_the_rule_as_its_reason(site: Running) -> None:
    """One press accepts a rule's proposal, and the evidence says which rule it was."""
    goal = node_id(site, "1.2")
    rule = Rule(
        id=0,
        name="Torghandel",
        effect=Effect.SUGGEST,
        conditions=Conditions(words=("torghandel",)),
        facts={"node": goal},
    )
    add_rule(site.store, "hallandvaxer", rule, by=person(site), now=NOW)
    made = story(site.store, text="Torghandel i Laholm #hallandväxer")
    client = site.client(Role.REVIEWER)
    page = client.get("/desk").text
    assert "regeln ”Torghandel”" in page
    address = f"/desk/stories/{made.id}/nodes"
    client.post(address, data=fields(page, address) | {"press": f"attach:{goal}"})
    assert evidence_of(site.store, [made.id])[made.id][0].reason == "Föreslaget av regeln ”Torghandel”"


def test_an_ended_part_is_shown_on_the_card_with_its_heirs(site: Running) -> None:
    """Evidence of a split part says what it was split into, and one press moves it there."""
    made, goal = story(site.store), node_id(site, "1.2")
    attach(site.store, made.id, goal, by=person(site), now=NOW, weight=Weight.MILESTONE)
    editor = site.client()
    split_into(editor, goal, ("1.3", "Torg"), ("1.4", "Handel"))
    page = editor.get("/desk").text
    assert "Avslutad, delades i 1.3 Torg, 1.4 Handel" in page
    assert f'value="attach:{goal}"' not in page
    heir = node_id(site, "1.4")
    address = f"/desk/stories/{made.id}/nodes"
    editor.post(address, data=fields(page, address) | {"press": f"move:{goal}:{heir}"})
    found = evidence_of(site.store, [made.id])[made.id]
    assert [(each.code, each.weight) for each in found] == [("1.4", Weight.MILESTONE)]


def test_a_press_for_a_part_that_has_just_ended_is_answered_kindly(site: Running) -> None:
    """A card from before the part ended gets back to its page with what happened."""
    made, goal = story(site.store), node_id(site, "1.2")
    client = site.client(Role.REVIEWER)
    page = client.get("/desk").text
    press(site.client(), f"/desk/nodes/{goal}", "end_now")
    address = f"/desk/stories/{made.id}/nodes"
    answer = client.post(address, data=fields(page, address) | {"press": f"attach:{goal}"})
    assert "problem=node_ended" in answer.headers["location"]
    assert "Den delen av strategin är avslutad" in client.get(answer.headers["location"]).text


# --- the overview -----------------------------------------------------------------------------------------


def test_one_strategy_is_gone_to_and_several_are_listed(site: Running) -> None:
    """The entry leads straight to the only strategy; of two both are named, the own one first."""
    client = site.client(Role.READER)
    assert client.get("/desk/strategy").headers["location"].endswith("/desk/strategy/halland")
    save(site.store, document(OTHER))
    page = client.get("/desk/strategy").text
    assert page.index("Strategi för Halland") < page.index("Den större strategin")


def test_without_a_strategy_the_page_tells_how_to_begin(sqlite_store: Store) -> None:
    """An empty desk names the spreadsheet and the ready files."""
    with running(sqlite_store) as site:
        page = site.client(Role.READER).get("/desk/strategy").text
    assert "strategy template" in page
    assert "strategies/" in page


def test_the_overview_says_what_is_told_and_what_is_silent(site: Running) -> None:
    """A goal with a story says when, one without says never, in words."""
    attach(site.store, approved(site.store).id, node_id(site, "1.1"), by=person(site), now=NOW)
    page = site.client(Role.READER).get("/desk/strategy/halland").text
    rows = dict(re.findall(r'<th scope="row">.*?<span>([\w.]+) (.*?)</tr>', page, re.DOTALL))
    assert "Aldrig" not in rows["1.1"]
    assert "Aldrig" in rows["1.2"]
    assert "Genomgående teman" in page


@pytest.mark.parametrize(
    ("query", "codes"),
    [("show=silent", ["1.2", "D"]), ("show=figures", ["1.2"]), ("show=bare", ["1.2"]), ("show=annat", None)],
)
def test_the_overview_is_narrowed(site: Running, query: str, codes: list[str] | None) -> None:
    """Silent parts, goals without a measure, and those with neither; anything else shows all."""
    for code in ("1.1", "1.1.1"):
        attach(site.store, approved(site.store).id, node_id(site, code), by=person(site), now=NOW)
    page = site.client(Role.READER).get(f"/desk/strategy/halland?{query}").text
    assert re.findall(r'<th scope="row">.*?<span>([\w.]+) ', page) == (codes or ["1", "1.1", "1.1.1", "1.2", "D"])


def test_a_strategy_of_nobody_is_not_there(site: Running) -> None:
    """An unknown strategy or part is a page that says so."""
    client = site.client()
    assert client.get("/desk/strategy/annan").status_code == 404
    assert client.get("/desk/nodes/99999").status_code == 404


# --- writing ----------------------------------------------------------------------------------------------


def press(client: httpx.Client, address: str, name: str, **more: str) -> httpx.Response:
    """Press a button that needs only the version that the page showed."""
    return client.post(address, data=fields(client.get(address).text, address) | {"press": name} | more)


def split_into(client: httpx.Client, goal: int, *heirs: tuple[str, str]) -> httpx.Response:
    """Split a part as the page that asks does."""
    told = {f"heir_code-{at}": code for at, (code, _) in enumerate(heirs, 1)}
    told |= {f"heir_title-{at}": title for at, (_, title) in enumerate(heirs, 1)}
    return press(client, f"/desk/nodes/{goal}", "split_now", **told)


def test_a_part_is_written_as_a_new_version(site: Running) -> None:
    """What an editor writes is in the document, with who and why among the versions, and nothing else changed."""
    client, goal = site.client(), node_id(site, "1.1")
    answer = send(
        client, f"/desk/nodes/{goal}", "save", title="Många bostäder", how="- Planera\nBygga",
        responsible="Halmstads kommun", words="hus, bostad", reason="Beslut i fullmäktige", **{"agenda-11": "1"},
    )  # fmt: skip
    assert answer.status_code == 303
    made = find(read_document(site.store, OWN), "1.1")
    assert made is not None
    assert (made.title, made.how, made.responsible, made.words, made.agenda) == (
        "Många bostäder", ("Planera", "Bygga"), ("Halmstads kommun",), ("hus", "bostad"), (11,),
    )  # fmt: skip
    assert made.why == "För att många flyttar hit"
    page = client.get("/desk/strategy/halland/versions").text
    assert "Beslut i fullmäktige" in page
    assert "1 del ändrad: 1.1." in page


def test_a_form_that_is_sent_unchanged_changes_nothing(site: Running) -> None:
    """Opening a part and saving it makes no new version."""
    client = site.client()
    for code in ("1", "1.1", "1.1.1", "D"):
        assert send(client, f"/desk/nodes/{node_id(site, code)}", "save").status_code == 303
    tree = find_strategy(site.store, OWN)
    assert tree is not None
    assert tree.version == 1


def test_a_renamed_part_keeps_its_number_and_its_evidence(site: Running) -> None:
    """Another code is the same part: its stories stay, and what lies below follows."""
    client, goal = site.client(), node_id(site, "1.1")
    made = story(site.store)
    attach(site.store, made.id, goal, by=person(site), now=NOW)
    send(client, f"/desk/nodes/{goal}", "save", code="1.7")
    assert node_id(site, "1.7") == goal
    assert evidence_of(site.store, [made.id])[made.id][0].code == "1.7"
    below = find(read_document(site.store, OWN), "1.1.1")
    assert below is not None
    assert below.parent == "1.7"
    assert find(read_document(site.store, OWN), "1.7").was == ("1.1",)  # type: ignore[union-attr]


def test_a_code_that_is_taken_is_refused_with_what_was_written(site: Running) -> None:
    """Two parts cannot have one code; the form comes back as it was sent."""
    client, goal = site.client(), node_id(site, "1.1")
    answer = send(client, f"/desk/nodes/{goal}", "save", code="1.2", title="Mitt nya namn")
    assert answer.status_code == 422
    assert "används redan" in answer.text
    assert "Mitt nya namn" in answer.text


def test_a_colleagues_change_of_another_part_stays(site: Running) -> None:
    """A form from before a colleague's version is saved on top of it where they touched something else."""
    client, goal = site.client(), node_id(site, "1.1")
    address = f"/desk/nodes/{goal}"
    form = filled(client.get(address).text, address)
    changed = document()
    nodes = tuple(
        Node(code="1.2", parent="1", kind=NodeKind.GOAL, title="Deras namn") if node.code == "1.2" else node
        for node in changed.nodes
    )
    save(site.store, document(nodes=nodes))
    assert client.post(address, data=form | {"press": "save", "title": "Mitt namn"}).status_code == 303
    held = read_document(site.store, OWN)
    assert [node.title for node in held.nodes if node.code in ("1.1", "1.2")] == ["Mitt namn", "Deras namn"]


def test_a_colleagues_change_of_the_same_field_comes_back_beside_mine(site: Running) -> None:
    """Nothing is overwritten: what was written stands in the form, what the colleague wrote beside it, by name."""
    client, goal = site.client(), node_id(site, "1.2")
    address = f"/desk/nodes/{goal}"
    form = filled(client.get(address).text, address)
    nodes = tuple(
        Node(code="1.2", parent="1", kind=NodeKind.GOAL, title="Deras namn", success="Att bygga")
        if node.code == "1.2" else node for node in document().nodes
    )  # fmt: skip
    save(site.store, document(nodes=nodes))
    answer = client.post(address, data=form | {"press": "save", "title": "Mitt namn"})
    assert answer.status_code == 409
    assert "Bo sparade version 2" in answer.text
    assert 'value="Mitt namn"' in answer.text
    assert "Nu står det: Deras namn" in answer.text
    again = filled(answer.text, address)
    assert client.post(address, data=again | {"press": "save"}).status_code == 303


def test_ending_is_shown_before_it_is_done(site: Running) -> None:
    """The first press tells how many stories stay, the second ends; the story is still evidence."""
    client, goal = site.client(), node_id(site, "1.2")
    made = approved(site.store)
    attach(site.store, made.id, goal, by=person(site), now=NOW)
    asked = press(client, f"/desk/nodes/{goal}", "end")
    assert "1 berättelse blir kvar som belägg hos 1.2" in asked.text
    tree = find_strategy(site.store, OWN)
    assert tree is not None
    assert tree.version == 1
    data = fields(asked.text, f"/desk/nodes/{goal}") | {"press": "end_now", "reason": "Målet är nått"}
    assert client.post(f"/desk/nodes/{goal}", data=data).status_code == 303
    page = client.get(f"/desk/nodes/{goal}").text
    assert "Avslutad" in page
    assert evidence_of(site.store, [made.id])[made.id][0].node_id == goal
    assert "Målet är nått" in client.get("/desk/strategy/halland/versions").text


def test_ending_with_what_lies_below(site: Running) -> None:
    """The choice decides whether what lies below moves up or ends too."""
    client = site.client()
    press(client, f"/desk/nodes/{node_id(site, '1.1')}", "end_now", below="up")
    moved = find(read_document(site.store, OWN), "1.1.1")
    assert moved is not None
    assert moved.parent == "1"
    press(client, f"/desk/nodes/{node_id(site, '1')}", "end_now", below="end")
    assert [node.code for node in read_document(site.store, OWN).nodes] == ["D"]


def test_an_ended_part_is_taken_up_again(site: Running) -> None:
    """Reinstated it is the same part, with its evidence and its place below its area."""
    client, goal = site.client(), node_id(site, "1.2")
    press(client, f"/desk/nodes/{goal}", "end_now")
    assert press(client, f"/desk/nodes/{goal}", "reinstate").status_code == 303
    back = find(read_document(site.store, OWN), "1.2")
    assert back is not None
    assert (back.title, back.parent, node_id(site, "1.2")) == ("Levande städer", "1", goal)


def test_what_is_taken_up_again_is_measured_and_stands_where_it_was(site: Running) -> None:
    """A reinstated goal has its measure, its place before its sibling and what it served, also by a newer code."""
    save(site.store, document(OTHER))
    made = read_document(site.store, OWN)
    served = tuple(replace(node, serves=("vastra/D",)) if node.code == "1.1" else node for node in made.nodes)
    save(site.store, replace(made, nodes=served))
    client, goal = site.client(Role.EDITOR), node_id(site, "1.1")
    assert press(client, f"/desk/nodes/{goal}", "end_now", below="end").status_code == 303
    ended = read_document(site.store, OWN)
    assert ended.indicators[0].nodes == ()
    other = read_document(site.store, OTHER)
    digital = tuple(replace(each, code="E", was=("D",)) if each.code == "D" else each for each in other.nodes)
    save(site.store, replace(other, nodes=digital))
    assert press(client, f"/desk/nodes/{goal}", "reinstate").status_code == 303
    back = read_document(site.store, OWN)
    assert [node.code for node in back.nodes] == ["1", "1.1", "1.2", "D"]
    assert back.nodes[1].serves == ("vastra/E",)
    assert back.indicators[0].nodes == ("1.1",)
    assert node_id(site, "1.1") == goal


def test_splitting_needs_two_and_is_shown_first(site: Running) -> None:
    """One new part is no split; two are shown with what happens to stories and measures."""
    client, goal = site.client(), node_id(site, "1.1")
    address = f"/desk/nodes/{goal}"
    first = {"heir_code-1": "1.3", "heir_title-1": "Bo i stad"}
    refused = press(client, address, "split", **first)
    assert refused.status_code == 422
    assert 'value="Bo i stad"' in refused.text
    asked = press(client, address, "split", **first, **{"heir_code-2": "1.4", "heir_title-2": "Bo på land"})
    assert "1.3 Bo i stad, 1.4 Bo på land" in asked.text
    assert "1 mått hör till den." in asked.text
    data = fields(asked.text, address) | {"press": "split_now"}
    assert client.post(address, data=data).status_code == 303
    held = read_document(site.store, OWN)
    assert held.indicators[0].nodes == ("1.3", "1.4")
    assert find(held, "1.1") is None


def test_a_press_from_before_a_colleagues_version_ends_nothing(site: Running) -> None:
    """Who did not see the newest version is told instead of ending a part of it."""
    client, goal = site.client(), node_id(site, "1.2")
    data = fields(client.get(f"/desk/nodes/{goal}").text, f"/desk/nodes/{goal}")
    save(site.store, document(title="Ny titel"))
    answer = client.post(f"/desk/nodes/{goal}", data=data | {"press": "end_now"})
    assert answer.status_code == 409
    assert find(read_document(site.store, OWN), "1.2") is not None


def test_a_part_is_added_and_moved(site: Running) -> None:
    """A new goal stands last below its area, and one press moves it before its sibling."""
    client = site.client()
    address = "/desk/strategy/halland/nodes/new"
    form = filled(client.get(f"{address}?below=1").text, address)
    assert (form["parent"], form["kind"]) == ("1", "goal")
    made = client.post(address, data=form | {"code": "1.3", "title": "Ny", "press": "save"})
    assert made.headers["location"].startswith("/desk/nodes/")
    press(client, f"/desk/nodes/{node_id(site, '1.3')}", "up")
    codes = [node.code for node in read_document(site.store, OWN).nodes]
    assert codes.index("1.3") < codes.index("1.2")


def test_what_cannot_be_is_told_beside_what_was_written(site: Running) -> None:
    """A code with blanks and an empty heading are told together; nothing is saved."""
    client = site.client()
    address = "/desk/strategy/halland/nodes/new"
    form = filled(client.get(address).text, address)
    answer = client.post(address, data=form | {"code": "a b", "title": "", "press": "save"})
    assert answer.status_code == 422
    assert answer.text.count('<li dir="auto">') == 2
    assert 'value="a b"' in answer.text


def test_the_head_is_written(site: Running) -> None:
    """Title, period, note and what kinds are called; a period that is none comes back."""
    client = site.client()
    address = "/desk/strategy/halland/edit"
    form = filled(client.get(address).text, address)
    assert form["period"] == "2021-2030"
    assert client.post(address, data=form | {"period": "snart"}).status_code == 422
    done = client.post(address, data=form | {"period": "2022-2032", "name-goal": "Ambition", "note": "Påhittat"})
    assert done.status_code == 303
    held = read_document(site.store, OWN)
    assert (held.period_to.year, held.names, held.note) == (2032, (("goal", "Ambition"),), "Påhittat")
    assert "Påhittat" in client.get("/desk/strategy/halland").text


def test_what_parts_serve_is_ticked_for_one_strategy_at_a_time(site: Running) -> None:
    """Many to many: a part serves several, and one is served by several; the overview counts through it."""
    save(site.store, document(OTHER))
    client = site.client()
    address = "/desk/strategy/halland/mapping"
    form = fields(client.get(address).text, address)
    own, other = (node_id(site, "1.1"), node_id(site, "1.2")), (node_id(site, "1", OTHER), node_id(site, "1.2", OTHER))
    ticked = {
        f"serves-{own[0]}-{other[0]}": "1",
        f"serves-{own[0]}-{other[1]}": "1",
        f"serves-{own[1]}-{other[0]}": "1",
    }
    assert client.post(address, data=form | ticked).status_code == 303
    held = {node.code: node.serves for node in read_document(site.store, OWN).nodes if node.serves}
    assert held == {"1.1": ("vastra/1", "vastra/1.2"), "1.2": ("vastra/1",)}
    attach(site.store, approved(site.store).id, own[0], by=person(site), now=NOW)
    assert "+1 genom andra strategier" in client.get("/desk/strategy/vastra").text


# --- versions ---------------------------------------------------------------------------------------------


def test_the_list_of_versions_counts_what_changed_and_not_what_moved_up(site: Running) -> None:
    """Ending the first goal is one end in the list, and a part that moves is told as another order."""
    client = site.client()
    press(client, f"/desk/nodes/{node_id(site, '1.1')}", "end_now", below="end")
    page = client.get("/desk/strategy/halland/versions").text
    assert "2 delar avslutade" in page
    assert "ändrad" not in page
    press(client, f"/desk/nodes/{node_id(site, 'D')}", "up")
    assert "Ordningen ändrades." in client.get("/desk/strategy/halland/versions").text


def test_an_earlier_version_is_taken_back_with_the_same_parts(site: Running) -> None:
    """After a new code and a split, taking back gives the old codes to the parts that had them, evidence and all."""
    client = site.client()
    goal, other = node_id(site, "1.1"), node_id(site, "1.2")
    made = story(site.store)
    attach(site.store, made.id, goal, by=person(site), now=NOW)
    send(client, f"/desk/nodes/{goal}", "save", code="1.7")
    split_into(client, other, ("1.8", "Torg"), ("1.9", "Handel"))
    address = "/desk/strategy/halland/versions/1"
    page = client.get(address).text
    assert "1.7 heter nu 1.1 Fler bostäder." in page
    assert client.post(address, data=fields(page, address)).status_code == 303
    held = read_document(site.store, OWN)
    assert [node.code for node in held.nodes] == [node.code for node in document().nodes]
    assert (node_id(site, "1.1"), node_id(site, "1.2")) == (goal, other)
    tree = find_strategy(site.store, OWN)
    assert tree is not None
    assert tree.version == 4
    assert "Tog tillbaka version 1" in client.get("/desk/strategy/halland/versions").text


def test_a_version_is_not_taken_back_over_a_colleagues(site: Running) -> None:
    """Who saw another newest version is told what differs now."""
    client = site.client()
    send(client, f"/desk/nodes/{node_id(site, '1.2')}", "save", title="Ny")
    address = "/desk/strategy/halland/versions/1"
    data = fields(client.get(address).text, address)
    save(site.store, document(title="Annan"))
    assert client.post(address, data=data).status_code == 409


def test_readers_see_and_cannot_write(site: Running) -> None:
    """A reader gets every page without its forms, and is refused when sending one."""
    client, goal = site.client(Role.READER), node_id(site, "1.1")
    page = client.get(f"/desk/nodes/{goal}").text
    assert 'name="title"' not in page
    assert "För att många flyttar hit" in page
    assert client.get("/desk/strategy/halland/nodes/new").status_code == 403
    assert client.get("/desk/strategy/halland/versions/1").status_code == 200


def test_hostile_words_in_a_part_are_only_words(site: Running) -> None:
    """Markup in a title, a reason and a note is shown as text wherever the strategy is."""
    client, goal = site.client(), node_id(site, "1.1")
    evil = "<img src=x onerror=alert(1)>"
    send(client, f"/desk/nodes/{goal}", "save", title=evil, reason=evil)
    for path in ("/desk/strategy/halland", f"/desk/nodes/{goal}", "/desk/strategy/halland/versions", "/desk/log"):
        assert "<img src=x" not in client.get(path).text, path


def test_a_part_lists_its_evidence_with_weight_and_reason(site: Running) -> None:
    """What says most stands first, with who said so and why; markup in a reason is words."""
    by = person(site)
    goal = node_id(site, "1.1")
    small, large = (approved(site.store, title=title) for title in ("Liten sak", "Stort steg"))
    attach(site.store, small.id, goal, by=by, now=NOW, weight=Weight.TOUCHES)
    attach(site.store, large.id, goal, by=by, now=NOW, weight=Weight.MILESTONE, reason="Bron <b>står</b>")
    page = site.client(Role.READER).get(f"/desk/nodes/{goal}").text
    assert page.index("Stort steg") < page.index("Liten sak")
    assert "Milstolpe" in page
    assert "Bron &lt;b&gt;står&lt;/b&gt;" in page
