"""The charts of the whole as page and file show them: sentence, drawings, signs and table from the same rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaign.cells import BOM, as_csv, csv_line
from campaign.language import Language
from digest.growth import RingWeek, WeekState
from web.charts_rings import ring_drawing
from web.charts_whole import Words, bars, columns, strips, tracks
from web.marks import Drawing, Legend
from web.rings import Rings
from web.whole import Row, Time
from web.whole_words import (
    activity_words,
    evidence_words,
    networks_words,
    places_words,
    quiet_words,
    rings_words,
    silence_words,
    time_words,
    unit,
    when_words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column of a table. ``number``: its cells are numbers; ``own``: its words are in the site's own language."""

    words: str
    number: bool = False
    path: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table; ``path`` leads on from its first cell, or from the one that is ``name``.

    ``key`` names a week for the script of the rings.
    """

    cells: tuple[str | int | None, ...]
    path: str = ""
    key: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a chart draws, in cells. None is nothing to say, which is not zero."""

    heads: tuple[Head, ...]
    lines: tuple[Line, ...]

    def csv(self) -> str:
        """Return the table as a file that opens right in a Swedish Excel."""
        told = [[each.words for each in self.heads], *([as_csv(cell) for cell in line.cells] for line in self.lines)]
        return BOM + "".join(csv_line(cells) for cells in told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: ``title`` is what it shows in a sentence, ``says`` more of it, ``explain`` how it is read."""

    key: str
    name: str
    title: str
    says: str
    explain: str
    wide: Drawing
    narrow: Drawing
    legend: tuple[Legend, ...]
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """How long a goal has been silent: whole weeks, the Monday of the last week told, and the weeks not heard since."""

    weeks: int | None
    last: str
    unheard: int


def rings_chart(rings: Rings, areas: Mapping[int, tuple[str, str]], language: Language) -> Chart:
    """Return the growth rings. ``areas`` are titles and colours of the focus areas by their ids."""
    title, says = rings_words(rings, language)
    drawing = ring_drawing(
        rings,
        {area: colour for area, (_, colour) in areas.items()},
        months=_months(language),
        total=language.number(rings.total),
        under=language.t("public.rings.core", count=rings.total),
    )
    told = {area for week in rings.weeks for area, _ in week.counts if area is not None}
    legend = [
        Legend(role="grain", colour=colour, words=name, own=True)
        for area, (name, colour) in areas.items()
        if area in told
    ]
    if rings.has_unattached:
        legend.append(Legend(role="grain", colour="", words=language.t("whole.sign.none")))
    heads = [language.t(f"whole.column.{each}") for each in ("week", "from", "count", "areas")]
    return Chart(
        key="rings",
        name=language.t("whole.rings.name"),
        title=title,
        says=says,
        explain=language.t("whole.rings.explain"),
        wide=drawing,
        narrow=drawing,
        legend=tuple(legend),
        table=Table(
            heads=tuple(Head(words=each, number=at == 2) for at, each in enumerate(heads)),
            lines=tuple(
                _week(week, areas, language)
                for week in reversed(rings.weeks)
                if week.total or week.state is WeekState.OPEN
            ),
        ),
    )


def activity_chart(rows: Sequence[Row], known: Sequence[Time], language: Language) -> Chart:
    """Return activity by time and focus area; the row without a key stands for stories in none."""
    title, says = activity_words(rows, known, language)
    words = _words(language)
    legend = [Legend(role=_role(row), colour=row.colour, words=row.name, own=row.own) for row in rows]
    totals = [sum(row.counts[at] for row in rows) for at in range(len(known))]
    gaps = [each.open and not count for each, count in zip(known, totals, strict=True)]
    lines = [
        Line(
            cells=(
                time_words(each, language),
                each.first.isoformat(),
                *(None if gaps[at] else row.counts[at] for row in rows),
                language.t("whole.open_cell") if gaps[at] else totals[at],
            ),
            path=f"/weeks/{each.key}" if each.is_week and totals[at] else "",
        )
        for at, each in enumerate(known)
    ]
    every = Head(words=language.t("whole.column.all"), number=True)
    return Chart(
        key="activity",
        name=language.t(f"whole.activity.name.{unit(known)}"),
        title=title,
        says=says,
        explain=language.t(f"whole.activity.explain.{unit(known)}"),
        wide=columns(rows, known, words, wide=True),
        narrow=columns(rows, known, words, wide=False),
        legend=(*legend, *_gap(any(gaps), language)),
        table=Table(
            heads=(
                *_when(known, language),
                *(Head(words=row.name, number=True, path=row.path, own=row.own) for row in rows),
                every,
            ),
            lines=tuple(reversed(lines)),
        ),
    )


def places_chart(
    rows: Sequence[Row], known: Sequence[Time], language: Language, *, unplaced: int, chosen: bool
) -> Chart:
    """Return the spread over places."""
    told = places_words([row for row in rows if row.key], known, unplaced, language, chosen=chosen)
    return _strips("places", rows, known, told, language)


def networks_chart(rows: Sequence[Row], known: Sequence[Time], language: Language, *, total: int) -> Chart:
    """Return the networks in the order in which they came; ``total`` are all stories."""
    ordered = sorted(rows, key=lambda row: (row.first or 0, -row.total))
    return _strips("networks", ordered, known, networks_words(ordered, known, total, language), language)


def evidence_chart(rows: Sequence[Row], language: Language, *, kind: str = "goal") -> Chart:
    """Return how many stories each goal has, in the order of the strategy. ``kind`` "area": they are focus areas."""
    title, says = evidence_words(rows, language, kind)
    words = _words(language)
    heads = ("area", "code", "goal", "count") if any(row.group for row in rows) else ("code", "area", "count")
    cells = [(row.group,) if heads[0] == "area" else () for row in rows]
    return Chart(
        key="evidence",
        name=language.t(f"whole.evidence.name.{kind}"),
        title=title,
        says=says,
        explain=language.t(f"whole.evidence.explain.{kind}"),
        wide=bars(rows, words, wide=True),
        narrow=bars(rows, words, wide=False),
        legend=(),
        table=Table(
            heads=tuple(Head(words=language.t(f"whole.column.{each}"), number=each == "count") for each in heads),
            lines=tuple(
                Line(cells=(*first, row.code, row.name, row.total), path=row.path, name=row.name)
                for first, row in zip(cells, rows, strict=True)
            ),
        ),
    )


def silence_chart(
    rows: Sequence[Row], known: Sequence[Time], quiet: Mapping[str, Quiet], language: Language, *, kind: str = "goal"
) -> Chart:
    """Return which goals are silent since when, those first that have been so longest."""
    ordered = sorted(rows, key=lambda row: -_length(quiet[row.key]))
    weeks = [quiet[row.key].weeks for row in ordered]
    title, says = silence_words(ordered, weeks, language, kind)
    words = _words(language)
    heads = ("code", kind, "last_week", "weeks", "unheard", "count")
    gaps = any(row.is_gap(at) for row in ordered for at in range(len(known)))
    return Chart(
        key="silence",
        name=language.t("whole.silence.name"),
        title=title,
        says=says,
        explain=language.t("whole.silence.explain"),
        wide=tracks(ordered, known, words, weeks, wide=True),
        narrow=tracks(ordered, known, words, weeks, wide=False),
        legend=(
            Legend(role="bar-none", colour="", words=language.t(f"whole.sign.bar_{unit(known)}")),
            Legend(role="silent", colour="", words=language.t("whole.sign.silent")),
            *_gap(gaps, language),
        ),
        table=Table(
            heads=tuple(Head(words=language.t(f"whole.column.{each}"), number=each in heads[3:]) for each in heads),
            lines=tuple(_silent(row, quiet[row.key], language) for row in ordered),
        ),
    )


def _strips(key: str, rows: Sequence[Row], known: Sequence[Time], told: tuple[str, str], language: Language) -> Chart:
    words = _words(language)
    gaps = any(row.is_gap(at) for row in rows for at in range(len(known)))
    lines = [
        Line(
            cells=(
                time_words(each, language),
                each.first.isoformat(),
                *(language.t("whole.open_cell") if row.is_gap(at) else row.counts[at] for row in rows),
            )
        )
        for at, each in enumerate(known)
    ]
    return Chart(
        key=key,
        name=language.t(f"whole.{key}.name"),
        title=told[0],
        says=told[1],
        explain=language.t(f"whole.{key}.explain"),
        wide=strips(rows, known, words, wide=True),
        narrow=strips(rows, known, words, wide=False),
        legend=_gap(gaps, language),
        table=Table(
            heads=(
                *_when(known, language),
                *(Head(words=row.name, number=True, path=row.path, own=row.own) for row in rows),
            ),
            lines=tuple(reversed(lines)),
        ),
    )


def _week(week: RingWeek, areas: Mapping[int, tuple[str, str]], language: Language) -> Line:
    none = language.t("whole.sign.none")
    parts = [f"{areas.get(area or 0, (none, ''))[0]} {count}" for area, count in week.counts]
    key = f"{week.year}-W{week.week:02}"
    return Line(
        cells=(
            language.t("whole.week", week=week.week, year=week.year),
            week.monday.isoformat(),
            week.total if week.total else language.t("whole.open_cell"),
            ", ".join(parts),
        ),
        path=f"/weeks/{key}" if week.total else "",
        key=key,
    )


def _silent(row: Row, quiet: Quiet, language: Language) -> Line:
    never = language.t("whole.silence.never")
    weeks = quiet.weeks if quiet.weeks is not None else never
    return Line(
        cells=(row.code, row.name, quiet.last or never, weeks, quiet.unheard, row.total), path=row.path, name=row.name
    )


def _length(quiet: Quiet) -> int:
    return 10**6 if quiet.weeks is None else quiet.weeks


def _words(language: Language) -> Words:
    def tip(row: Row, time: Time, count: int) -> str:
        when = when_words(time, language)
        return language.t("whole.evidence.tip", name=row.name, when=when, count=count)

    return Words(
        number=language.number,
        months=_months(language),
        tip=tip,
        quiet=lambda weeks: quiet_words(weeks, language),
        none=language.t("whole.sign.hollow"),
    )


def _when(known: Sequence[Time], language: Language) -> tuple[Head, Head]:
    named = language.t(f"whole.column.{unit(known)}")
    return Head(words=named), Head(words=language.t("whole.column.from"))


def _gap(gaps: bool, language: Language) -> tuple[Legend, ...]:
    return (Legend(role="open", colour="", words=language.t("whole.sign.open")),) if gaps else ()


def _role(row: Row) -> str:
    return "bar" if row.key else "bar-none"


def _months(language: Language) -> list[str]:
    names = language.locale.months["format"]["abbreviated"]
    return [names[number].rstrip(".") for number in range(1, 13)]
