"""Which figures stand in a letter beside its stories, and how they are told. Pure.

A figure that moved since the issue before is news. Beside it, a focus area whose goals the issue tells about shows the
figure of one of them, unless a recent issue did. What an editor leaves out stays out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from campaign.figure_words import area_words, period_words, value_words
from campaign.figures import Indicator, Measurement, Origin, Sex
from campaign.language import Language
from campaign.newsletter import Why
from digest.letter import Bar, Figure
from storage.indicators import StoredIndicator

#: So many figures at most; a letter is no report.
MOST = 4
#: So many years are drawn.
_YEARS = 8
#: The lowest bar, in per cent of the tallest: what is there is seen.
_LEAST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A figure for an issue. ``measurement`` is the value that moved, None for one beside its goal."""

    indicator: int
    measurement: int | None
    reason: Why


def choose(
    indicators: Sequence[StoredIndicator],
    moved: Sequence[Measurement],
    *,
    touched: Collection[int],
    areas: Mapping[int, int],
    shown: Collection[int],
    most: int = MOST,
) -> tuple[Chosen, ...]:
    """Return the figures of an issue, those that moved first, with the reason for each.

    ``touched`` are the nodes that the issue's stories are evidence for, ``areas`` the focus area of every node,
    ``shown`` indicators that a recent issue had. Of an indicator only its first area and both sexes together are told.
    """
    known = {each.id: each for each in indicators}
    found: dict[int, Chosen] = {}
    for value in moved:
        stored = known.get(value.indicator)
        if stored is not None and value.sex is Sex.TOTAL and value.area == _first(stored.wording, value.area):
            found.setdefault(
                stored.id, Chosen(indicator=stored.id, measurement=value.id, reason=Why(key="figure_moved", facts={}))
            )
    told = {areas.get(node) for each in found for node in known[each].nodes[:1]}
    for stored in indicators:
        node = next((node for node in stored.nodes if node in touched), None)
        area = areas.get(node) if node is not None else None
        if node is None or area in told or stored.id in found or stored.id in shown:
            continue
        told.add(area)
        found[stored.id] = Chosen(indicator=stored.id, measurement=None, reason=Why(key="figure_beside", facts={}))
    return tuple(found.values())[:most]


def tell(
    stored: StoredIndicator,
    values: Sequence[Measurement],
    language: Language,
    *,
    moved: bool,
    earlier: Measurement | None = None,
    own_words: str = "",
    goal: str = "",
    section: str = "",
    colour: str = "",
    url: str = "",
) -> Figure | None:
    """Return a figure as the letter tells it, None where it has no value.

    ``values`` are those of its first area, the oldest first; ``earlier`` is what the newest one was before it was
    revised, None where it was not. ``own_words`` are an editor's, in place of the made sentence.
    """
    wording = stored.wording
    known = [each for each in values if each.value is not None]
    if not known:
        return None
    return Figure(
        indicator=stored.id,
        title=wording.title,
        sentence=own_words or _sentence(wording, known, language, moved=moved, earlier=earlier),
        section=section,
        goal=goal,
        colour=colour,
        source=_source(wording, language),
        url=url,
        moved=moved,
        bars=_bars(wording, known[-_YEARS:], language),
    )


def first_area(wording: Indicator, values: Sequence[Measurement]) -> str:
    """Return the area that is told: the indicator's first, else that of its first value, "" where it has none."""
    return _first(wording, values[0].area if values else "")


def _first(wording: Indicator, otherwise: str) -> str:
    return wording.areas[0] if wording.areas else otherwise


def _sentence(
    wording: Indicator, known: Sequence[Measurement], language: Language, *, moved: bool, earlier: Measurement | None
) -> str:
    last = known[-1]
    before = known[-2] if len(known) > 1 else None
    facts = {
        "area": area_words(last.area, wording, language),
        "period": period_words(last.period, language),
        "value": value_words(last.value, wording, language),
    }
    if moved and earlier is not None:
        told = language.t("letter.figure.revised", **facts, before=value_words(earlier.value, wording, language))
    elif before is None or last.value is None or before.value is None:
        told = language.t("letter.figure.latest", **facts)
    elif value_words(before.value, wording, language) == facts["value"]:
        told = language.t("letter.figure.new_same", **facts, earlier=period_words(before.period, language))
    else:
        told = language.t(
            "letter.figure.new",
            **facts,
            change=language.t("letter.figure.up" if last.value > before.value else "letter.figure.down"),
            before=value_words(before.value, wording, language),
            earlier=period_words(before.period, language),
        )
    target = wording.target(last.area)
    if target is None:
        return told
    wanted = value_words(target.value, wording, language)
    return f"{told} {language.t('letter.figure.towards', target=wanted, year=target.year)}"


def _source(wording: Indicator, language: Language) -> str:
    if wording.source:
        return language.t("letter.figure.source", source=wording.source)
    if wording.origin is Origin.TABLE:
        return ""
    return language.t(f"letter.figure.source_{wording.origin}")


def _bars(wording: Indicator, values: Sequence[Measurement], language: Language) -> tuple[Bar, ...]:
    """Return the bars; none where a value is below zero, which bars that all stand on one line cannot show."""
    numbers = [each.value for each in values if each.value is not None]
    if min(numbers) < 0 or max(numbers) == 0:
        return ()
    bare = Indicator(code="", title="", decimals=wording.decimals)  # the sentence says the unit
    return tuple(
        Bar(
            label=period_words(each.period, language),
            value=value_words(each.value, bare, language),
            share=max(_LEAST, round(100 * number / max(numbers))),
        )
        for each, number in zip(values, numbers, strict=True)
    )
