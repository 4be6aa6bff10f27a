"""What people say of a goal: each wording a row, the one before it ended, no colleague's overwritten unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import account
from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.figures import Status
from conftest import NOW
from frozen import PLAN, lay
from storage.analyses import NOTHING, analyses, history, write_analysis
from storage.store import Actor, Store
from storage.trail import trail

LATER = NOW + timedelta(hours=1)


def test_a_new_wording_ends_the_old(store: Store) -> None:
    """What was said before stays with its end; what stands is the latest alone."""
    laid = lay(store)
    goal = laid.nodes["1.1"]
    written = write_analysis(store, goal, status=Status.UNSURE, text="Ovisst nu.", by=laid.by, now=LATER)
    assert analyses(store, PLAN) == {goal: written}
    assert [(each.text, each.ended_at) for each in history(store, goal)] == [
        ("Ovisst nu.", None), ("Det går åt rätt håll.", LATER),
    ]  # fmt: skip


def test_the_trail_tells_it(store: Store) -> None:
    """Who said what of which goal, and what it was before, is a line of the trail."""
    laid = lay(store)
    write_analysis(store, laid.nodes["1.1"], status=Status.MISSED, text="Nej.", by=laid.by, now=LATER)
    line = trail(store, campaign="hallandvaxer", actions=["analysis"])[0]
    assert (line.who, line.facts["code"], line.facts["status"], line.facts["from"]) == (
        "Anna", "1.1", "missed", "on_track",
    )  # fmt: skip


def test_the_same_again_changes_nothing(store: Store) -> None:
    """Saving what stands, whatever was expected, makes no new row."""
    laid = lay(store)
    goal = laid.nodes["1.1"]
    again = write_analysis(
        store, goal, status=Status.ON_TRACK, text=" Det går åt rätt håll.\r\n", by=laid.by, now=LATER, expected=NOTHING
    )
    assert again.at == NOW
    assert len(history(store, goal)) == 1


def test_a_colleagues_words_are_not_overwritten_unseen(store: Store) -> None:
    """Who saw another analysis than the one that stands is refused, and told whose stands."""
    laid = lay(store)
    goal = laid.nodes["1.1"]
    seen = analyses(store, PLAN)[goal].id
    bea = Actor(kind="person", account_id=account(store, name="bea"))
    write_analysis(store, goal, status=Status.UNSURE, text="Beas.", by=bea, now=LATER, expected=seen)
    with pytest.raises(ConflictError) as told:
        write_analysis(store, goal, status=Status.MISSED, text="Annas.", by=laid.by, now=LATER, expected=seen)
    assert (told.value.key, told.value.facts["who"]) == ("analysis_moved", "Bea")
    assert analyses(store, PLAN)[goal].text == "Beas."


def test_who_saw_none_expects_none(store: Store) -> None:
    """With nothing expected the first analysis is written, and a second by another who saw none is refused."""
    laid = lay(store)
    goal = laid.nodes["2.1"]
    write_analysis(store, goal, status=Status.UNSURE, text="Först.", by=laid.by, now=LATER, expected=NOTHING)
    with pytest.raises(ConflictError):
        write_analysis(store, goal, status=Status.MISSED, text="Sedan.", by=laid.by, now=LATER, expected=NOTHING)


def test_what_cannot_be_kept_is_told(store: Store) -> None:
    """Too long a text and a goal that is not there are told, and nothing is written."""
    laid = lay(store)
    with pytest.raises(InputError):
        write_analysis(store, laid.nodes["1.1"], status=Status.UNSURE, text="a" * 10_001, by=laid.by, now=NOW)
    with pytest.raises(NotFoundError):
        write_analysis(store, 999_999, status=Status.UNSURE, text="a", by=laid.by, now=NOW)
    assert len(history(store, laid.nodes["1.1"])) == 1
