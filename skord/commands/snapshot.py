"""``skord snapshot``: freeze measuring points, set two beside each other, publish and check them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from campaign.errors import InputError
from skord.commands.account import find as find_account
from skord.commands.strategy import one_strategy
from skord.wiring import House

if TYPE_CHECKING:
    from campaign.comparison import Comparison, FigureRow, NodeRow
    from campaign.figures import Indicator
    from campaign.snapshots import Content, FrozenAnalysis, FrozenValue
    from storage.snapshots import Snapshot, Verified
    from storage.store import Actor

#: What stands for the present in ``snapshot compare``: not frozen.
NOW = "now"


def create(house: House, args: Namespace) -> int:
    """Freeze a strategy as it is now."""
    from campaign.snapshots import SnapshotKind
    from storage.snapshots import freeze

    tree = one_strategy(house, args)
    kind = SnapshotKind(args.kind)
    day = _day(house, args.as_of)
    made = freeze(
        house.store,
        tree.id,
        kind=kind,
        title=args.title or f"{house.language.t(f'followup.kind.{kind}')} {day.year}",
        text=args.text,
        as_of=day,
        by=_actor(house, args.account),
        now=house.clock(),
        zone=house.settings.site.timezone,
        sources=house.settings.sources,
    )
    if house.as_json:
        house.give(_object(made))
    else:
        house.print(house.language.t("cli.snapshot_frozen", number=made.id, parts=made.parts))
    return 0


def list_(house: House, args: Namespace) -> int:
    """Print the measuring points of a strategy, the latest day last."""
    from storage.snapshots import snapshots

    found = snapshots(house.store, one_strategy(house, args).id)
    if house.as_json:
        for each in found:
            house.give(_object(each))
        return 0
    house.table(
        ("number", "kind", "title", "as_of", "public_at", "withdrawn", "parts", "erased", "hash"),
        [
            (
                each.id, house.language.t(f"followup.kind.{each.kind}"), each.title, each.as_of, each.published_at,
                each.withdrawn_at, each.parts, each.erased, each.hash[:12],
            )
            for each in found
        ],
    )  # fmt: skip
    return 0


def show(house: House, args: Namespace) -> int:
    """Print what was frozen: goal by goal to people, every part with its hash as JSON."""
    from storage.snapshots import content, get_snapshot, parts

    found = get_snapshot(house.store, args.number)
    if house.as_json:
        house.give(_object(found))
        for part in parts(house.store, found.id):
            house.give({name: getattr(part, name) for name in part.__slots__})
        return 0
    told = content(house.store, found.id)
    house.print(f"{found.title}, {found.as_of}, {found.hash}")
    if found.text:
        house.print(found.text)
    house.table(("code", "title", "indicator", "latest", "target", "judged", "stories"), _goals(house, told))
    return 0


def compare(house: House, args: Namespace) -> int:
    """Print two measuring points beside each other; ``now`` stands for the present, not frozen."""
    from campaign.comparison import compare as beside

    earlier = _content(house, args.earlier)
    told = beside(earlier, _content(house, args.later, strategy=earlier.head.strategy))
    heads = (
        "code", "title", "fate", "indicator", "area", "sex", "then", "now", "change", "toward", "target", "left",
        "forecast", "judged_then", "judged", "stories_then", "stories",
    )  # fmt: skip
    house.table(heads, [cells for row in told.rows for cells in _compared(house, row)])
    _tell_revised(house, told)
    return 0


def publish(house: House, args: Namespace) -> int:
    """Let readers see a measuring point, in the name of an account."""
    from storage.snapshots import publish as record

    made = record(house.store, args.number, by=_person(house, args.account), now=house.clock())
    house.tell("cli.snapshot_published", number=made.id)
    return 0


def verify(house: House, args: Namespace) -> int:
    """Compute every hash anew; 1 where a point is not what was frozen."""
    from storage.snapshots import snapshots
    from storage.snapshots import verify as check
    from storage.strategy import read_strategies

    if args.number is not None:
        numbers = [args.number]
    else:
        trees = [tree for campaign in house.settings.campaigns for tree in read_strategies(house.store, campaign)]
        numbers = [each.id for tree in trees for each in snapshots(house.store, tree.id)]
        if not numbers and not house.as_json:
            house.tell("cli.snapshot_none")
    found = [check(house.store, number) for number in numbers]
    for each in found:
        if house.as_json:
            house.give({"number": each.snapshot.id, "whole": each.whole, "erased": each.erased, "wrong": _wrong(each)})
        else:
            house.print(_verified(house, each))
    return 0 if all(each.whole for each in found) else 1


def erase(house: House, args: Namespace) -> int:
    """Erase a story from every measuring point, on request, in the name of an account."""
    from storage.snapshots import erase_story

    by = _person(house, args.account)
    count = erase_story(house.store, args.story, why=args.why, by=by, now=house.clock())
    house.tell("cli.snapshot_erased", count=count)
    return 0


def _actor(house: House, account: str | None) -> Actor:
    from storage.store import JOB

    return _person(house, account) if account else JOB


def _person(house: House, account: str | None) -> Actor:
    from storage.store import Actor

    return Actor(kind="person", account_id=find_account(house, account).id)


def _day(house: House, given: str) -> date:
    """Return the day that was typed, today where none was. InputError ``as_of``."""
    if not given:
        return house.clock().astimezone(house.settings.site.timezone).date()
    try:
        return date.fromisoformat(given)
    except ValueError as problem:
        raise InputError("as_of", "snapshot_day") from problem


def _content(house: House, given: str, *, strategy: str = "") -> Content:
    """Return a point by its number, or the present of a strategy. InputError ``number`` (``snapshot_missing``)."""
    from storage.snapshots import content, present

    if given == NOW and strategy:
        zone = house.settings.site.timezone
        return present(
            house.store, strategy, as_of=_day(house, ""), now=house.clock(), zone=zone,
            sources=house.settings.sources,
        )  # fmt: skip
    if not given.isdecimal():
        raise InputError("number", "snapshot_missing")
    return content(house.store, int(given))


def _object(found: Snapshot) -> Mapping[str, object]:
    told = {name: getattr(found, name) for name in found.__slots__ if name != "id"}
    return {"number": found.id} | told


def _goals(house: House, told: Content) -> list[Sequence[object]]:
    from campaign.figures import Sex

    rows: list[Sequence[object]] = []
    for node in told.nodes:
        judged = _judged(house, told.analysis_of(node.id))
        stories = len(told.evidence_of(told.below(node.id)))
        measured = told.indicators_of(node.id)
        for each in measured:
            keys = told.keys(each.id)
            area = keys[0][0] if keys else ""
            series = told.series(each.id, area, keys[0][1] if keys else Sex.TOTAL)
            target = each.wording.target(area)
            rows.append(
                (
                    node.code, node.title, each.wording.title, _value(house, series[-1] if series else None,
                    each.wording), _number(house, target.value if target else None, each.wording), judged, stories,
                )
            )  # fmt: skip
        if not measured:
            rows.append((node.code, node.title, "", "", "", judged, stories))
    return rows


def _compared(house: House, row: NodeRow) -> list[Sequence[object]]:
    node = row.node
    fate = "" if row.fate == "same" else row.fate if house.as_json else house.language.t(f"cli.fate.{row.fate}")
    ends = (
        _judged(house, row.analysis_then), _judged(house, row.analysis), row.stories_then, row.stories_now,
    )  # fmt: skip
    if not row.figures:
        return [(node.code, node.title, fate, *[None if house.as_json else ""] * 10, *ends)]
    return [(node.code, node.title, fate, *_figure(house, figure), *ends) for figure in row.figures]


def _figure(house: House, row: FigureRow) -> Sequence[object]:
    from campaign.figure_words import area_words

    wording, t = row.wording, house.language.t
    chance = row.forecast.chance
    if house.as_json:
        toward: object = row.way or row.apart
        return (
            wording.code, row.area, row.sex, row.then.value if row.then else None, row.now.value if row.now else None,
            row.change, toward, row.target.value if row.target else None, row.left, chance,
        )  # fmt: skip
    return (
        wording.title,
        area_words(row.area, wording, house.language),
        "" if row.sex == "total" else t(f"cli.sex.{row.sex}"),
        _value(house, row.then, wording),
        _value(house, row.now, wording),
        _number(house, row.change, wording),
        t(f"cli.way.{row.way}") if row.way else t(f"cli.apart.{row.apart}"),
        _number(house, row.target.value if row.target else None, wording),
        _number(house, row.left, wording),
        t(f"forecast.chance.{chance}"),
    )


def _tell_revised(house: House, told: Comparison) -> None:
    for each in told.revised:
        if house.as_json:
            house.give(
                {
                    "revised": each.wording.code, "area": each.area, "sex": each.sex, "period": each.period,
                    "then": each.then, "now": each.now,
                }
            )  # fmt: skip
        else:
            house.tell(
                "cli.snapshot_revised", code=each.wording.code, area=each.area, period=each.period,
                then=_number(house, each.then, each.wording) or "–", now=_number(house, each.now, each.wording) or "–",
            )  # fmt: skip


def _judged(house: House, said: FrozenAnalysis | None) -> str:
    if said is None:
        return ""
    return str(said.status) if house.as_json else house.language.t(f"followup.status.{said.status}")


def _value(house: House, value: FrozenValue | None, wording: Indicator) -> str:
    return "" if value is None else f"{_number(house, value.value, wording)} ({value.period})"


def _number(house: House, value: float | None, wording: Indicator) -> str:
    from campaign.figure_words import value_words

    return "" if value is None else value_words(value, wording, house.language)


def _wrong(found: Verified) -> list[str]:
    told = [f"part {part.position} ({part.kind})" for part in found.wrong]
    return [*told, *["list"] * found.list_wrong, *["head"] * found.head_wrong]


def _verified(house: House, found: Verified) -> str:
    t, number = house.language.t, found.snapshot.id
    if found.whole:
        key = "cli.snapshot_whole_erased" if found.erased else "cli.snapshot_whole"
        facts = {"count": found.erased} if found.erased else {}
        return t(key, number=number, **facts)
    what = [t("cli.snapshot_part", position=part.position, kind=str(part.kind)) for part in found.wrong]
    what += [t("cli.snapshot_list")] * found.list_wrong + [t("cli.snapshot_head")] * found.head_wrong
    return t("cli.snapshot_wrong", number=number, what=", ".join(what))
