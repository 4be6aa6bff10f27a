"""Figures that a source and a person tell at odds, on both databases: nothing is lost, nothing changes unsaid."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from builders import account, approved, node
from campaign.figures import Indicator, Origin, Reading, Sex
from campaign.newsletter import IssueState
from campaign.settings import MailSettings
from conftest import NOW
from digest import desk, edition, work
from digest_samples import settings
from measured import add_indicator
from servers import MailSink
from storage import issue_states, issues, schema
from storage.by_hand import put_by_hand
from storage.evidence import attach
from storage.measurements import Stored, moved_since, put_readings, rehearse_readings, revisions, series
from storage.store import Actor, Store
from test_digest_work import DRAFT_TIME, SEND_TIME

DAY = timedelta(days=1)

PEOPLE = Indicator(code="M1", title="Invånare", origin=Origin.KOLADA, kpi="N01951", areas=("1380",))


def reading(period: str, value: float | None, **changes: Any) -> Reading:
    return Reading(**({"area": "1380", "period": period, "value": value} | changes))


def values(store: Store, indicator: int) -> list[tuple[str, float | None]]:
    return [(each.period, each.value) for each in series(store, indicator)]


def corrected(store: Store) -> int:
    """An official figure of two years of which a person corrected the last."""
    number = add_indicator(store, PEOPLE)
    put_readings(store, number, [reading("2023", 1.0), reading("2024", 2.0)], now=NOW, whole=True, areas=("1380",))
    by_hand(store, number, reading("2024", 2.2))
    return number


def by_hand(store: Store, number: int, *told: Reading) -> None:
    by = Actor(kind="person", account_id=account(store))
    put_by_hand(store, number, told, by=by, now=NOW + DAY, reason="Skrivfel hos källan")


def overruled(store: Store) -> list[Any]:
    decision = schema.decision.c
    query = select(decision.facts).where(decision.action == "figures_overruled")
    with store.read() as connection:
        return [facts["values"] for facts in connection.execute(query).scalars()]


def test_what_a_person_corrected_stands_against_the_same_again(store: Store) -> None:
    """Reading everything anew does not put back the value that somebody corrected."""
    number = corrected(store)
    told = [reading("2023", 1.0), reading("2024", 2.0)]
    same = Stored(unchanged=2)
    assert rehearse_readings(store, number, told, now=NOW + 2 * DAY, whole=True, areas=("1380",)) == same
    assert put_readings(store, number, told, now=NOW + 2 * DAY, whole=True, areas=("1380",)) == same
    assert values(store, number) == [("2023", 1.0), ("2024", 2.2)]
    assert overruled(store) == []


def test_a_revision_is_not_hidden_by_a_correction_and_is_told(store: Store) -> None:
    """What the source says anew holds, the correction stays in the history, and the trail tells both values."""
    number = corrected(store)
    assert put_readings(store, number, [reading("2024", 2.1)], now=NOW + 2 * DAY) == Stored(revised=1)
    assert [each.value for each in revisions(store, number, "1380", Sex.TOTAL, "2024")] == [2.0, 2.2, 2.1]
    assert overruled(store) == [[["1380", "total", "2024", 2.2, 2.1]]]


def test_a_whole_answer_takes_nothing_away_that_it_never_had(store: Store) -> None:
    """A year that a person added to an official figure stays when the source tells all it has."""
    number = corrected(store)
    by_hand(store, number, reading("2019", 0.5))
    told = [reading("2023", 1.0), reading("2024", 2.0)]
    put_readings(store, number, told, now=NOW + 2 * DAY, whole=True, areas=("1380",))
    assert values(store, number) == [("2019", 0.5), ("2023", 1.0), ("2024", 2.2)]


def test_what_a_person_took_away_does_not_come_back_by_itself(store: Store) -> None:
    """A value that somebody removed stays removed while the source only repeats it; the source may still take away."""
    number = corrected(store)
    by_hand(store, number, reading("2023", None, deleted=True))
    put_readings(store, number, [reading("2023", 1.0), reading("2024", 2.0)], now=NOW + 2 * DAY, whole=True)
    assert values(store, number) == [("2024", 2.2)]
    put_readings(store, number, [reading("2022", 1.0)], now=NOW + 3 * DAY, whole=True, areas=("1380",))
    assert values(store, number) == [("2022", 1.0)]
    assert overruled(store) == [[["1380", "total", "2024", 2.2, None]]]


def test_a_number_that_stands_as_before_has_not_moved(store: Store) -> None:
    """A value that is only no longer preliminary, or that was away for a night, is no news in a letter."""
    number = add_indicator(store, PEOPLE)
    put_readings(store, number, [reading("2024", 2.0, preliminary=True)], now=NOW)
    put_readings(store, number, [reading("2024", 2.0)], now=NOW + DAY)
    assert moved_since(store, "hallandvaxer", NOW) == []
    put_readings(store, number, [reading("2024", None, deleted=True)], now=NOW + 2 * DAY)
    put_readings(store, number, [reading("2024", 2.0)], now=NOW + 3 * DAY)
    assert moved_since(store, "hallandvaxer", NOW) == []
    put_readings(store, number, [reading("2024", 2.5)], now=NOW + 4 * DAY)
    assert [each.value for each in moved_since(store, "hallandvaxer", NOW)] == [2.5]


@pytest.mark.parametrize("change", ["revised", "private", "ended"])
def test_an_approved_letter_whose_figure_changes_before_it_leaves_is_approved_anew(
    sqlite_store: Store, tmp_path: Path, change: str
) -> None:
    """A figure that is revised, kept from readers or ended after the approval ends it, and nothing leaves unsaid."""
    store, by = sqlite_store, Actor(kind="person", account_id=account(sqlite_store))
    made = settings(tmp_path)
    goal = node(store, code="1.2", title="Ett stärkt företagsklimat")
    for number in range(4):
        told = approved(store, at=DRAFT_TIME - 2 * DAY, title=f"Berättelse {number}")
        attach(store, told.id, goal, by=by, now=DRAFT_TIME - DAY)
    indicator = add_indicator(store, PEOPLE)
    with store.write() as connection:
        tie = {"indicator_id": indicator, "node_id": goal, "campaign": "hallandvaxer"}
        connection.execute(schema.indicator_node.insert().values(tie))
    put_readings(store, indicator, [reading(str(year), float(year)) for year in range(2016, 2026)], now=NOW - 40 * DAY)
    issue = desk.draft_now(store, made, "veckobrevet", by=by, now=DRAFT_TIME)
    assert edition.load(store, made, issue.id, now=DRAFT_TIME).letter.figures
    issue_states.approve(
        store, issue.id, edition.load(store, made, issue.id, now=DRAFT_TIME).content, by=by, now=DRAFT_TIME,
        changes=issue.changes,
    )  # fmt: skip
    if change == "revised":
        put_readings(store, indicator, [reading("2025", 2000.0)], now=DRAFT_TIME + timedelta(hours=1))
    else:
        wording = asdict(replace(PEOPLE, public=change != "private"))
        ended = DRAFT_TIME if change == "ended" else None
        with store.write() as connection:
            connection.execute(schema.indicator.update().values(wording=wording, ended_at=ended))
    with MailSink() as sink:
        made = replace(made, mail=MailSettings(host=sink.host, port=sink.port, check=False))
        events = work.tick(store, made, clock=lambda: SEND_TIME)
    assert [each.kind for each in events if each.why is not None and each.why.key == "approval_fell"][:1] == ["fell"]
    assert issues.get_issue(store, issue.id).state not in (IssueState.SENDING, IssueState.SENT, IssueState.APPROVED)
    assert issues.frozen(store, issue.id) is None
