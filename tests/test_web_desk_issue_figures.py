"""The figures of an issue at the desk: shown with their reason, left out, taken back, told in own words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from builders import account, approved, node
from campaign.figures import Indicator, Origin, Reading
from campaign.records import Role
from conftest import NOW
from desk import Running, running
from digest import desk as digest_desk
from measured import add_indicator
from storage import schema
from storage.evidence import attach
from storage.issue_figures import issue_figures
from storage.measurements import put_readings
from storage.store import Actor, Store


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Running]:
    """A running site."""
    with running(sqlite_store) as made:
        yield made


def drafted(site: Running) -> int:
    """The id of an issue with one figure."""
    store = site.store
    by = Actor(kind="person", account_id=account(store))
    goal = node(store, code="1.2", title="Ett stärkt företagsklimat")
    for number in range(4):
        made = approved(store, at=NOW, title=f"Berättelse {number}")
        attach(store, made.id, goal, by=by, now=NOW)
    wording = Indicator(code="jobb", title="Andel med <b>jobb</b>", unit="procent", origin=Origin.KOLADA, areas=("13",))
    indicator = add_indicator(store, wording)
    with store.write() as connection:
        connection.execute(
            schema.indicator_node.insert().values(indicator_id=indicator, node_id=goal, campaign="hallandvaxer")
        )
    put_readings(store, indicator, [Reading(area="13", period="2024", value=79.0)], now=NOW)
    put_readings(store, indicator, [Reading(area="13", period="2025", value=82.0)], now=NOW)
    return digest_desk.draft_now(store, site.settings, "veckobrevet", by=by, now=NOW).id


def press(site: Running, issue: int, name: str, **fields: str) -> str:
    """Press a button of the issue's page as an editor and return the page after it."""
    client = site.client(Role.EDITOR)
    (figure,) = issue_figures(site.store, issue)
    page = client.get(f"/desk/issues/{issue}").text
    token = page.split('name="token" value="')[1].split('"')[0]
    changes = page.split('name="changes" value="')[1].split('"')[0]
    form = {"token": token, "changes": changes, "press": name, "figure": str(figure.id), **fields}
    done = client.post(f"/desk/issues/{issue}", data=form, follow_redirects=True)
    assert done.status_code == 200
    return done.text


def test_a_figure_is_shown_with_its_reason(site: Running) -> None:
    """The editor reads the sentence, why it is there, and a title with markup as words."""
    page = site.client(Role.EDITOR).get(f"/desk/issues/{drafted(site)}").text
    assert "Andel med &lt;b&gt;jobb&lt;/b&gt;" in page
    assert "upp från 79" in page
    assert "Mäter ett mål som brevets berättelser handlar om." in page


def test_a_figure_is_left_out_and_taken_back(site: Running) -> None:
    """One press takes it out of the letter, one brings it back; both say so."""
    issue = drafted(site)
    assert "Siffran är borttagen ur brevet." in press(site, issue, "figure_out")
    assert issue_figures(site.store, issue)[0].left_out
    assert "Siffran är tillbaka i brevet." in press(site, issue, "figure_back")
    assert not issue_figures(site.store, issue)[0].left_out


def test_a_figure_is_told_in_own_words(site: Running) -> None:
    """What the editor writes stands in the letter, as text."""
    issue = drafted(site)
    page = press(site, issue, "figure_words", text="Fler <i>jobbar</i>\nnu.")
    assert "Orden om siffran är sparade." in page
    assert issue_figures(site.store, issue)[0].text == "Fler <i>jobbar</i> nu."
    shown = site.client(Role.EDITOR).get(f"/desk/issues/{issue}/preview").text
    assert "Fler &lt;i&gt;jobbar&lt;/i&gt; nu." in shown
