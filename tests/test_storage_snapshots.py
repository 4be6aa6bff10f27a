"""Measuring points in the database: frozen once, read back, published, checked, and never changed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from builders import candidate, ingest
from campaign.errors import ConflictError, InputError, NotFoundError
from campaign.figures import Reading, Status, Weight
from campaign.snapshots import SnapshotKind, cut, whole
from conftest import NOW
from frozen import PLAN, STRATEGY, frozen, lay, person
from storage import schema
from storage.analyses import write_analysis
from storage.decisions import Action, decide
from storage.evidence import attach
from storage.measurements import put_readings
from storage.merging import join
from storage.snapshots import (
    content,
    erase_story,
    for_readers,
    freeze,
    get_snapshot,
    parts,
    present,
    publish,
    snapshots,
    unpublish,
    verify,
    withdraw,
)
from storage.store import Store
from storage.strategy import save_strategy
from storage.trail import trail

LATER = NOW + timedelta(days=30)


def test_a_point_holds_what_stood(store: Store) -> None:
    """A frozen point tells the strategy, the figures, the evidence and the analyses as they were."""
    laid = lay(store)
    made = frozen(store)
    told = content(store, made.id)
    assert [node.code for node in told.nodes] == ["1", "1.1", "2", "2.1"]
    assert told.node(laid.nodes["1.1"]).parent == laid.nodes["1"]  # type: ignore[union-attr]
    assert [each.wording.code for each in told.indicators] == ["sysselsatta", "utslapp"]
    assert told.yearly(laid.indicators["sysselsatta"], "17")[-1] == (2025, 81.4)
    assert [(each.story, each.weight, each.reason) for each in told.evidence_of([laid.nodes["1.1"]])] == [
        (laid.stories[0], Weight.MILESTONE, "Hundra nya jobb"), (laid.stories[1], Weight.SHOWS, ""),
    ]  # fmt: skip
    assert told.evidence[0].named == "Västkustens cykelförening"
    assert told.analysis_of(laid.nodes["1.1"]).text == "Det går åt rätt håll."  # type: ignore[union-attr]
    assert told.analysis_of(laid.nodes["1.1"]).who == "Anna"  # type: ignore[union-attr]
    assert told.hash == made.hash


def test_a_missing_value_is_frozen_as_missing(store: Store) -> None:
    """A value that the source has not is kept as none, and no series takes it for a number."""
    laid = lay(store)
    told = content(store, frozen(store).id)
    missing = [each for each in told.values if each.indicator == laid.indicators["utslapp"] and each.value is None]
    assert [each.period for each in missing] == ["2025"]
    assert told.series(laid.indicators["utslapp"], "17")[-1].period == "2024"


def test_the_day_decides_what_is_in_it(store: Store) -> None:
    """A point of an earlier day holds values of years up to its own, and stories up to it."""
    laid = lay(store)
    made = frozen(store, as_of=(NOW - timedelta(days=2)).date())
    told = content(store, made.id)
    assert {each.story for each in told.evidence} == {laid.stories[1]}
    early = content(store, frozen(store, as_of=date(2020, 6, 30)).id)
    assert [year for year, _ in early.yearly(laid.indicators["sysselsatta"], "17")] == [2018, 2019, 2020]
    assert early.evidence == ()


def test_what_is_not_public_is_not_frozen(store: Store) -> None:
    """A story that was hidden before the point was frozen is not in it."""
    laid = lay(store)
    decide(store, laid.stories[0], Action.HIDE, by=laid.by, now=NOW)
    assert {each.story for each in content(store, frozen(store).id).evidence} == {laid.stories[1]}


def test_the_same_again_has_the_same_hash(store: Store) -> None:
    """What is frozen twice without a change between has one hash, whenever and by whomever it was frozen."""
    lay(store)
    assert frozen(store).hash == frozen(store, now=LATER).hash


def test_the_present_is_what_would_be_frozen(store: Store) -> None:
    """The present picture has the hash that a point frozen from it gets, and is kept nowhere."""
    lay(store)
    told = present(
        store, PLAN, kind=SnapshotKind.BASELINE, title="Nollmätning", as_of=NOW.date(), now=NOW,
    )  # fmt: skip
    assert snapshots(store, PLAN) == []
    assert frozen(store).hash == told.hash == whole(cut(told))


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"title": "  "}, "snapshot_title"),
        ({"title": "a" * 201}, "text_long"),
        ({"as_of": date(2026, 11, 21)}, "snapshot_day"),
    ],
)
def test_a_point_needs_a_title_and_a_day_that_has_come(store: Store, given: dict[str, str], key: str) -> None:
    """Without a title, or for a day yet to come, nothing is frozen."""
    by = lay(store).by
    asked = {"kind": SnapshotKind.FINAL, "title": "Slutmätning", "as_of": NOW.date(), "by": by, "now": NOW} | given
    with pytest.raises(InputError) as told:
        freeze(store, PLAN, **asked)  # type: ignore[arg-type]
    assert told.value.key == key
    assert snapshots(store, PLAN) == []


def test_an_unknown_strategy_is_told(store: Store) -> None:
    """A strategy that was never loaded cannot be frozen."""
    with pytest.raises(NotFoundError):
        freeze(
            store, "ingen", kind=SnapshotKind.FINAL, title="Slut", as_of=NOW.date(), by=person(store), now=NOW,
        )  # fmt: skip


def test_only_publishing_makes_it_public(store: Store) -> None:
    """A frozen point is the desk's until it is published; unpublishing takes it back, and both stand in the trail."""
    by = lay(store).by
    made = frozen(store)
    assert snapshots(store, PLAN, public=True) == []
    with pytest.raises(NotFoundError):
        content(store, made.id, public=True)
    publish(store, made.id, by=by, now=NOW)
    publish(store, made.id, by=by, now=LATER)
    assert [each.published_at for each in snapshots(store, PLAN, public=True)] == [NOW]
    assert content(store, made.id, public=True).hash == made.hash
    unpublish(store, made.id, by=by, now=LATER)
    assert snapshots(store, PLAN, public=True) == []
    done = [line.action for line in trail(store, campaign="hallandvaxer") if line.action.startswith("snapshot")]
    assert done == ["snapshot_unpublish", "snapshot_publish", "snapshot_freeze"]


def test_a_withdrawn_point_stays_and_is_never_public_again(store: Store) -> None:
    """Withdrawing keeps the point and its reason, and it cannot be published any more."""
    by = lay(store).by
    made = frozen(store)
    publish(store, made.id, by=by, now=NOW)
    withdraw(store, made.id, by=by, now=LATER, reason="Fel år")
    assert snapshots(store, PLAN, public=True) == []
    assert content(store, made.id).hash == made.hash
    unpublish(store, made.id, by=by, now=LATER)
    with pytest.raises(ConflictError):
        publish(store, made.id, by=by, now=LATER)
    assert "Fel år" in [line.reason for line in trail(store, campaign="hallandvaxer")]


def test_readers_never_see_what_was_hidden_since(store: Store) -> None:
    """A story hidden after freezing is left out of a public reading and counted, and the point itself is unchanged."""
    laid = lay(store)
    made = frozen(store)
    publish(store, made.id, by=laid.by, now=NOW)
    decide(store, laid.stories[0], Action.HIDE, by=laid.by, now=LATER)
    seen = content(store, made.id, public=True)
    assert {each.story for each in seen.evidence} == {laid.stories[1]}
    assert seen.away == 1
    assert len(content(store, made.id).evidence) == 2
    assert verify(store, made.id).whole


def test_a_post_that_moved_is_hidden_wherever_it_went(store: Store) -> None:
    """A story that another took up, and that was hidden there, is not seen in an old point either."""
    laid = lay(store)
    made = frozen(store)
    publish(store, made.id, by=laid.by, now=NOW)
    one = join(store, laid.stories[0], laid.stories[1], by=laid.by, now=LATER).story_id
    assert len(content(store, made.id, public=True).evidence) == 2
    decide(store, one, Action.HIDE, by=laid.by, now=LATER)
    assert content(store, made.id, public=True).evidence == ()
    assert content(store, made.id, public=True).away == 2


def test_readers_see_only_public_figures(store: Store) -> None:
    """An indicator kept from the public, and its values, are in the point and in no public reading of it."""
    from dataclasses import replace

    kept = replace(STRATEGY, indicators=(replace(STRATEGY.indicators[0], public=False), STRATEGY.indicators[1]))
    laid = lay(store, strategy=kept)
    made = frozen(store)
    publish(store, made.id, by=laid.by, now=NOW)
    seen = content(store, made.id, public=True)
    assert [each.wording.code for each in seen.indicators] == ["utslapp"]
    assert {each.indicator for each in seen.values} == {laid.indicators["utslapp"]}
    assert len(content(store, made.id).indicators) == 2
    assert for_readers(store, content(store, made.id)) == seen


def test_later_changes_leave_it_alone(store: Store) -> None:
    """Revised values, new evidence, new analyses and a new version of the strategy change nothing frozen."""
    from dataclasses import replace

    laid = lay(store)
    made = frozen(store)
    before = [(part.body, part.sha256) for part in parts(store, made.id)]
    put_readings(store, laid.indicators["sysselsatta"], [Reading(area="17", period="2025", value=70.0)], now=LATER)
    attach(store, laid.stories[0], laid.nodes["2.1"], by=laid.by, now=LATER)
    write_analysis(store, laid.nodes["1.1"], status=Status.MISSED, text="Nej.", by=laid.by, now=LATER)
    save_strategy(
        store, "hallandvaxer", replace(STRATEGY, title="Ny"), origin="desk", by=laid.by, now=LATER,
    )  # fmt: skip
    assert [(part.body, part.sha256) for part in parts(store, made.id)] == before
    assert verify(store, made.id).whole


def test_an_erased_story_is_gone_and_marked(store: Store) -> None:
    """Erasing takes the words and leaves the hash: the point verifies as a whole and says what was taken away."""
    laid = lay(store)
    made = frozen(store)
    assert erase_story(store, laid.stories[0], why="Begärt av personen", by=laid.by, now=LATER) == 1
    told = content(store, made.id)
    assert {each.story for each in told.evidence} == {laid.stories[1]}
    assert [(each.story, each.erased_at, each.erased_why) for each in told.erased] == [
        (laid.stories[0], LATER, "Begärt av personen")
    ]
    checked = verify(store, made.id)
    assert checked.whole
    assert checked.erased == 1
    assert get_snapshot(store, made.id).erased == 1
    assert "Hundra nya jobb" not in "".join(part.body or "" for part in parts(store, made.id))


def test_erasing_follows_the_post(store: Store) -> None:
    """What a point tells of a post is erased though its story was taken up by another since."""
    laid = lay(store)
    frozen(store)
    one = join(store, laid.stories[0], laid.stories[1], by=laid.by, now=LATER).story_id
    assert erase_story(store, one, why="Begärt", by=laid.by, now=LATER) == 2


def test_the_database_refuses_changes(store: Store) -> None:
    """Neither a part's words nor its hash can be changed, nor a part removed, by any statement."""
    lay(store)
    made = frozen(store)
    part = schema.snapshot_part
    here = part.c.snapshot_id == made.id
    for statement in (
        update(part).where(here).values(body="{}"),
        update(part).where(here).values(body=None, sha256="0"),
        delete(part).where(here),
    ):
        with pytest.raises(IntegrityError), store.write() as connection:
            connection.execute(statement)
    assert verify(store, made.id).whole


def test_a_change_behind_our_back_is_found(store: Store) -> None:
    """A point whose row, list or words were changed outside the program does not verify, and the part is named."""
    lay(store)
    made = frozen(store)
    with store.write() as connection:
        connection.execute(update(schema.snapshot).values(title="Annat"))
    assert verify(store, made.id).head_wrong
    with store.write() as connection:
        connection.execute(update(schema.snapshot).values(title=made.title, hash="0"))
    assert verify(store, made.id).list_wrong
    with store.write() as connection:
        connection.execute(update(schema.snapshot).values(hash=made.hash))
        name = "snapshot_part" if store.dialect == "postgresql" else ""
        drop = "DROP TRIGGER snapshot_part_stays" + (f" ON {name}" if name else "")
        connection.exec_driver_sql(drop)
        body = connection.execute(select(schema.snapshot_part.c.body).where(schema.snapshot_part.c.position == 3))
        changed = str(body.scalar_one()).replace("Bättre", "Sämre")
        connection.execute(
            update(schema.snapshot_part).where(schema.snapshot_part.c.position == 3).values(body=changed)
        )
    checked = verify(store, made.id)
    assert [part.position for part in checked.wrong] == [3]
    assert not checked.whole


def test_an_edit_that_waits_is_not_frozen(store: Store) -> None:
    """The words that were approved are frozen, not an edit that nobody has seen yet."""
    from storage.stories import get_stories

    laid = lay(store)
    post = get_stories(store, [laid.stories[0]], public=False)[0].lead
    edited = candidate(identity=post.identity, url=post.url, text="Ändrat. #hallandväxer", published_at=NOW)
    ingest(store, edited, now=LATER)
    told = content(store, frozen(store, now=LATER).id)
    assert "Berättelse 1 om arbete. #hallandväxer" in [each.excerpt for each in told.evidence]
