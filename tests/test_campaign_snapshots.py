"""What a measuring point is made of, how two compare, and the follow-up table: pure, on contents written by hand."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from campaign.comparison import Apart, Comparison, Fate, FigureRow, Way, compare, figure_now
from campaign.errors import InputError
from campaign.figures import Direction, Indicator, Sex, Status, Target, Weight
from campaign.followup import followup
from campaign.forecast import Chance
from campaign.snapshots import (
    Content,
    FrozenAnalysis,
    FrozenEvidence,
    FrozenIndicator,
    FrozenNode,
    FrozenValue,
    Head,
    PartKind,
    SnapshotKind,
    canonical,
    cut,
    differing,
    joined,
    whole,
)
from campaign.strategy import NodeKind

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORKING = Indicator(
    code="arbete", title="I arbete", nodes=("1.1",), unit="procent", decimals=1, areas=("17",),
    targets=(Target(value=82, year=2028),),
)  # fmt: skip


def head(**changes: Any) -> Head:
    """The head of a baseline."""
    made = Head(
        kind=SnapshotKind.BASELINE, title="Nollmätning", as_of=date(2020, 12, 31), strategy="plan",
        strategy_title="Planen", period_from=date(2014, 1, 1), period_to=date(2030, 12, 31), version=1,
    )  # fmt: skip
    return replace(made, **changes)


def goal(id_: int = 2, **changes: Any) -> FrozenNode:
    """A goal under the only area."""
    made = FrozenNode(id=id_, code="1.1", parent=1, kind=NodeKind.GOAL, title="Fler i arbete", depth=1)
    return replace(made, **changes)


AREA = FrozenNode(id=1, code="1", parent=None, kind=NodeKind.AREA, title="Livskvalitet", responsible=("Regionen",))


def figure(**changes: Any) -> FrozenIndicator:
    """The indicator of the goal."""
    return FrozenIndicator(id=7, nodes=(2,), wording=replace(WORKING, **changes))


def values(*given: float, first: int = 2013, indicator: int = 7, sex: Sex = Sex.TOTAL) -> tuple[FrozenValue, ...]:
    """Yearly values of Värmland."""
    return tuple(
        FrozenValue(indicator=indicator, area="17", sex=sex, period=str(first + at), value=value, known_from=AT)
        for at, value in enumerate(given)
    )


def evidence(story: int = 1, **changes: Any) -> FrozenEvidence:
    """A story for the goal."""
    made = FrozenEvidence(
        story=story, post=story, node=2, code="1.1", weight=Weight.SHOWS, day=date(2020, 5, story), title="Åre"
    )
    return replace(made, **changes)


def said(status: Status = Status.ON_TRACK, text: str = "Bra.") -> FrozenAnalysis:
    """An analysis of the goal."""
    return FrozenAnalysis(node=2, code="1.1", status=status, text=text, who="Anna", at=AT)


EARLIER = Content(
    head=head(), nodes=(AREA, goal()), indicators=(figure(),), values=values(76, 76.5, 77, 77.4, 78, 78.6, 79, 80.1),
    evidence=(evidence(1),), analyses=(said(),),
)  # fmt: skip
LATER = replace(
    EARLIER,
    head=head(kind=SnapshotKind.MIDTERM, title="Halvtid", as_of=date(2025, 12, 31), version=2),
    values=values(76, 76.5, 77, 77.4, 78, 78.6, 79, 80.4, 80.6, 80.9, 81.2, 81.5, 81.9),
    evidence=(evidence(1), evidence(2, day=date(2025, 3, 1))),
    analyses=(said(Status.UNSURE, "Långsammare."),),
)


def only(told: Comparison) -> FigureRow:
    """The only figure of a comparison."""
    return next(row for node in told.rows for row in node.figures)


def test_parts_give_back_what_was_cut() -> None:
    """Cutting and joining changes nothing that is told, whatever its kind."""
    kept = replace(
        EARLIER,
        indicators=(
            FrozenIndicator(
                id=7, nodes=(2,), told="Sysselsatta",
                wording=replace(
                    WORKING, selection=(("Kon", ("1", "2")),), area_names=(("C", "Centralorten"),),
                    direction=Direction.KEEP,
                ),
            ),
        ),
        values=(*EARLIER.values, replace(EARLIER.values[0], sex=Sex.MEN, value=None, status="..")),
    )  # fmt: skip
    back = joined(cut(kept))
    assert sorted(back.values, key=str) == sorted(kept.values, key=str)
    assert replace(back, values=(), hash="") == replace(kept, values=())


def test_each_number_and_letter_is_written_one_way() -> None:
    """80 and 80.0, and a letter composed or not, give the same bytes; keys stand in order and nothing is spaced."""
    assert canonical({"b": 80.0, "a": -0.0}) == canonical({"a": 0, "b": 80}) == '{"a":0,"b":80}'
    assert canonical("a\u030a") == canonical("å") == '"å"'
    assert unicodedata.is_normalized("NFC", canonical({"a\u030a": ["o\u0308"]}))
    assert canonical(80.1) == "80.1"
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


def test_the_hash_can_be_checked_by_anybody() -> None:
    """The hash is SHA-256 of the lines position:kind:hash, each hash that of the body's bytes."""
    parts = cut(EARLIER)
    lines = ""
    for part in parts:
        assert part.body is not None
        lines += f"{part.position}:{part.kind}:{hashlib.sha256(part.body.encode()).hexdigest()}\n"
    assert whole(parts) == hashlib.sha256(lines.encode()).hexdigest()
    assert [json.loads(part.body or "") for part in parts][1]["node"]["title"] == "Livskvalitet"


def test_order_is_that_of_what_is_told() -> None:
    """Values, evidence and analyses read in another order are cut into the very same parts."""
    shuffled = replace(LATER, values=LATER.values[::-1], evidence=LATER.evidence[::-1])
    assert cut(shuffled) == cut(LATER)
    assert whole(cut(LATER)) != whole(cut(EARLIER))


def test_an_erased_part_keeps_the_whole() -> None:
    """Without a body the point still has its hash, tells the rest, and names what is missing."""
    parts = cut(LATER)
    at = next(part.position for part in parts if part.kind is PartKind.EVIDENCE)
    kept = [replace(part, body=None) if part.position == at else part for part in parts]
    told = joined(kept)
    assert told.hash == whole(parts)
    assert [part.position for part in told.erased] == [at]
    assert [each.story for each in told.evidence] == [2]
    assert differing(kept, whole(parts)) == ()


def test_what_was_changed_is_named() -> None:
    """A body, a hash or a missing part that is not as frozen is told by its place; -1 stands for the list."""
    parts = cut(LATER)
    told = whole(parts)
    other = [replace(part, body=(part.body or "") + " ") if part.position == 2 else part for part in parts]
    assert differing(other, told) == (2,)
    assert differing(parts[:-1], told) == (-1,)


def test_a_comparison_tells_then_now_and_the_way() -> None:
    """Value then, value now, change, its direction, what is left, the forecast and the statuses stand in one row."""
    told = compare(EARLIER, LATER)
    row, node = only(told), told.rows[1]
    assert (row.then.value, row.now.value, row.change, row.way) == (80.1, 81.9, 1.8, Way.WANTED)  # type: ignore[union-attr]
    assert (row.left, row.apart, row.forecast.chance) == (0.1, None, Chance.LIKELY)
    assert (node.analysis.status, node.analysis_then.status) == (Status.UNSURE, Status.ON_TRACK)  # type: ignore[union-attr]
    assert (node.stories_then, node.stories_now, [each.story for each in node.fresh]) == (1, 2, [2])


def test_a_revised_value_is_told() -> None:
    """What was 80.1 when it was frozen and is 80.4 for the same year now is told, with its year."""
    (found,) = compare(EARLIER, LATER).revised
    assert (found.period, found.then, found.now) == ("2020", 80.1, 80.4)


def test_a_value_taken_away_is_told_as_revised() -> None:
    """A frozen value that its source has no more is told as gone."""
    gone = replace(LATER, values=LATER.values[1:])
    assert ("2013", 76, None) in [(each.period, each.then, each.now) for each in compare(EARLIER, gone).revised]


@pytest.mark.parametrize(
    ("changes", "apart"),
    [({"unit": "antal"}, Apart.DEFINED_ANEW), ({"kpi": "N1"}, Apart.DEFINED_ANEW), ({"title": "Annat namn"}, None)],
)
def test_a_new_definition_is_not_compared(changes: dict[str, str], apart: Apart | None) -> None:
    """Another unit or source is told as not comparable, with no change and no revisions; a new title alone is not."""
    told = compare(EARLIER, replace(LATER, indicators=(figure(**changes),)))
    row = only(told)
    assert row.apart is apart
    assert (row.change is None) == (apart is not None)
    assert (told.revised == ()) == (apart is not None)


def test_the_same_value_twice_is_no_change() -> None:
    """Where no newer value has come the row says so and tells no change."""
    same = replace(LATER, values=EARLIER.values)
    assert (only(compare(EARLIER, same)).apart, only(compare(EARLIER, same)).change) == (Apart.SAME_PERIOD, None)


def test_what_is_missing_is_told() -> None:
    """A figure with no value then, now, or at all keeps its row."""
    empty = replace(EARLIER, values=())
    assert only(compare(empty, LATER)).apart is Apart.NO_THEN
    assert only(compare(EARLIER, replace(LATER, values=()))).apart is Apart.NO_NOW
    none = compare(empty, replace(LATER, values=()))
    assert (only(none).area, only(none).now, only(none).left) == ("17", None, None)


def test_nodes_are_the_same_by_id() -> None:
    """A renamed node is one row with both codes, one that ended stands last, and a new one has no then."""
    nodes = (AREA, goal(code="1.2", title="Fler i jobb"), goal(3, code="1.3", title="Ny"))
    before = replace(EARLIER, nodes=(AREA, goal(), goal(4, code="1.9", title="Slutar")))
    told = compare(before, replace(LATER, nodes=nodes))
    assert [(row.node.code, row.fate) for row in told.rows] == [
        ("1", Fate.SAME), ("1.2", Fate.RENAMED), ("1.3", Fate.NEW), ("1.9", Fate.ENDED),
    ]  # fmt: skip
    assert told.rows[1].then.code == "1.1"  # type: ignore[union-attr]
    assert [row.node.code for row in told.silent] == ["1.3"]


def test_down_and_keep_have_their_own_right_way() -> None:
    """A fall is wanted where down is, unwanted where up is; what is kept stands still inside its band."""
    falling = replace(LATER, values=values(*(90 - at for at in range(13))))
    earlier = replace(EARLIER, values=values(*(90 - at for at in range(8))))
    for direction, way in (
        (Direction.UP, Way.UNWANTED), (Direction.DOWN, Way.WANTED), (Direction.KEEP, Way.STILL),
        (Direction.NONE, Way.NO_WISH),
    ):  # fmt: skip
        shown = (figure(direction=direction),)
        told = compare(replace(earlier, indicators=shown), replace(falling, indicators=shown))
        assert only(told).way is way


def test_sexes_have_their_own_rows() -> None:
    """Everybody stands first, women and men after, each compared with itself."""
    both = replace(LATER, values=(*LATER.values, *values(*range(70, 83), sex=Sex.WOMEN)))
    rows = compare(EARLIER, both).rows[1].figures
    assert [(row.sex, row.apart) for row in rows] == [(Sex.TOTAL, None), (Sex.WOMEN, Apart.NO_THEN)]


def test_quarters_are_set_against_the_same_quarter() -> None:
    """One value a year is taken from quarters, that of the latest value's; another quarter is not compared."""
    quarters = tuple(
        replace(EARLIER.values[0], period=f"{year}K{quarter}", value=float(year * 10 + quarter))
        for year in range(2019, 2026)
        for quarter in (1, 3)
    )
    told = replace(LATER, values=quarters)
    assert told.yearly(7, "17") == [(year, year * 10 + 3.0) for year in range(2019, 2026)]
    early = replace(EARLIER, values=tuple(each for each in quarters if each.period <= "2020K1"))
    assert only(compare(early, told)).apart is Apart.SEASON


@pytest.mark.parametrize(
    ("later", "key"),
    [
        (replace(LATER, head=head(strategy="annan")), "snapshot_other_strategy"),
        (replace(LATER, head=head(as_of=date(2019, 1, 1))), "snapshot_order"),
    ],
)
def test_only_points_of_one_strategy_in_order_compare(later: Content, key: str) -> None:
    """Another strategy, or the later point first, is told instead of compared."""
    with pytest.raises(InputError) as told:
        compare(EARLIER, later)
    assert told.value.key == key


def test_stories_below_count_once() -> None:
    """A story tied to a goal and its area counts once for the area, and as what it says most about."""
    both = replace(LATER, evidence=(evidence(1), evidence(1, node=1, code="1", weight=Weight.MILESTONE)))
    (found,) = both.evidence_of(both.below(1))
    assert found.weight is Weight.MILESTONE
    assert compare(EARLIER, both).rows[0].stories_now == 1


def test_a_figure_alone_starts_at_its_baseline() -> None:
    """One point alone sets its latest value against the baseline year, or against the first value it has."""
    assert figure_now(LATER, figure(), "17", Sex.TOTAL).then.year == 2013  # type: ignore[union-attr]
    shown = figure_now(LATER, figure(baseline=2020), "17", Sex.TOTAL)
    assert (shown.then.year, shown.change) == (2020, 1.5)  # type: ignore[union-attr]
    assert figure_now(LATER, figure(baseline=1999), "17", Sex.TOTAL).apart is Apart.NO_THEN


def test_the_follow_up_stands_by_body() -> None:
    """Each goal stands under each body that answers for it, its parent's where it has none; nobody's stand last."""
    nodes = (
        AREA,
        goal(),
        goal(3, code="1.2", title="Annat", responsible=("Kommunerna", "Regionen")),
        FrozenNode(id=4, code="2", parent=None, kind=NodeKind.AREA, title="Utan"),
        goal(5, code="2.1", parent=4, title="Ingens"),
    )
    rows = followup(replace(LATER, nodes=nodes))
    assert [(row.body, row.node.code) for row in rows] == [
        ("Regionen", "1.1"), ("Regionen", "1.2"), ("Kommunerna", "1.2"), ("", "2.1"),
    ]  # fmt: skip
    told = rows[0]
    assert (told.figure.now.value, told.analysis.status, told.stories) == (81.9, Status.UNSURE, 1)  # type: ignore[union-attr]
    assert rows[-1].figure is None
