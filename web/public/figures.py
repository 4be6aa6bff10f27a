"""One measure on its own page: charts by area and by sex, every value and when it was known, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from campaign.cells import BOM, as_csv, csv_line
from campaign.errors import NotFoundError
from campaign.figure_words import area_words, period_words, sex_words, value_words
from campaign.figures import Measurement, Sex, Target
from campaign.language import Language
from storage.goal_story import revised_of, values_of
from storage.indicators import StoredIndicator, list_indicators
from storage.strategy import StrategyTree
from web.axes import when
from web.figures import areas_of, as_id, cell_words, figure
from web.house import KEEP, Visit
from web.public.growth import trees

#: So many values stand in the page's long table; the file has them all.
_MOST_ROWS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One value as the long table has it; ``before`` are what it was earlier, each until when, the latest first."""

    period: str
    area: str
    sex: str
    value: str
    since: datetime
    before: tuple[str, ...]


def indicator(visit: Visit) -> Response:
    """Show a measure that readers may see; one that has ended stays, and says so."""
    tree, stored = _find(visit)
    language = visit.view.language
    values = values_of(visit.store, [stored.id])[stored.id]
    today = visit.view.now.astimezone(visit.house.settings.site.timezone).date()
    divided = any(each.sex is not Sex.TOTAL for each in values)
    nodes = [node for node in tree.nodes if node.id in stored.nodes]
    known = _known(visit, stored, values)
    return visit.page(
        "public/figure.html",
        tree=tree,
        stored=stored,
        nodes=nodes,
        area=tree.area_of(nodes[0].id) if nodes else None,
        by_area=figure(stored, values, language, today=today, by_sex=False, wide=True, ahead=True),
        by_sex=figure(stored, values, language, today=today, by_sex=True, wide=True, name=f"f-{stored.id}-sex")
        if divided
        else None,
        targets=[_target_words(target, stored, language) for target in stored.wording.targets],
        known=known[:_MOST_ROWS],
    )


def csv(visit: Visit) -> Response:
    """Answer with every value as a table that opens right in a Swedish Excel."""
    _, stored = _find(visit)
    language = visit.view.language
    values = values_of(visit.store, [stored.id])[stored.id]
    body = BOM + "".join(csv_line(cells) for cells in _lines(stored, values, language))
    headers = {"Content-Disposition": f'attachment; filename="{as_id(stored.code) or "matt"}.csv"', KEEP: "1"}
    return Response(body.encode(), headers=headers, media_type="text/csv; charset=utf-8")


def _find(visit: Visit) -> tuple[StrategyTree, StoredIndicator]:
    """Return the measure of the address. NotFoundError ``page`` for none, or one that is kept from readers."""
    strategy, code = visit.request.path_params["strategy"], visit.request.path_params["code"]
    tree = next((each for each in trees(visit.house, visit.campaign.id) if each.id == strategy), None)
    if tree is not None:
        for each in list_indicators(visit.store, visit.campaign.id, tree.id, ended=True, public=True):
            if each.code.casefold() == code.casefold():
                return tree, each
    raise NotFoundError("page")


def _ordered(stored: StoredIndicator, values: Sequence[Measurement]) -> list[Measurement]:
    """Return values, newest period first, then by area and sex as the measure has them."""
    areas = {area: place for place, area in enumerate(areas_of(stored.wording, values))}
    sexes = {sex: place for place, sex in enumerate(Sex)}
    return sorted(values, key=lambda each: (-when(each.period), areas[each.area], sexes[each.sex]))


def _known(visit: Visit, stored: StoredIndicator, values: Sequence[Measurement]) -> list[Known]:
    language, revised = visit.view.language, revised_of(visit.store, stored.id)
    return [
        Known(
            period=period_words(each.period, language),
            area=area_words(each.area, stored.wording, language),
            sex=sex_words(each.sex, language),
            value=cell_words(each, stored.wording, language),
            since=each.known_from,
            before=tuple(_before(revised.get((each.area, each.sex, each.period), ()), stored, language)),
        )
        for each in _ordered(stored, values)
    ]


def _before(known: Sequence[Measurement], stored: StoredIndicator, language: Language) -> Iterator[str]:
    """Give what a value was earlier, the latest first."""
    for each in reversed(known):
        if each.known_to is None:
            continue
        if each.deleted:
            yield language.t("figures.taken", date=language.date(each.known_from))
        else:
            told = cell_words(each, stored.wording, language)
            yield language.t("figures.was", value=told, date=language.date(each.known_to))


def _target_words(target: Target, stored: StoredIndicator, language: Language) -> str:
    value = value_words(target.value, stored.wording, language)
    if not target.area:
        return language.t("figures.target_is", value=value, year=target.year)
    area = area_words(target.area, stored.wording, language)
    return language.t("figures.target_of", area=area, value=value, year=target.year)


def _lines(stored: StoredIndicator, values: Sequence[Measurement], language: Language) -> Iterator[list[str]]:
    wording = stored.wording
    names = ("indicator", "code", "area", "area_code", "sex", "period", "value", "unit", "status", "preliminary")
    yield [language.t(f"figures.column.{name}") for name in (*names, "known_from", "source")]
    source = wording.source or language.t(f"chart.origin.{wording.origin}")
    for each in _ordered(stored, values):
        yield [
            wording.title,
            stored.code,
            area_words(each.area, wording, language),
            each.area,
            sex_words(each.sex, language),
            each.period,
            as_csv(each.value),
            wording.unit,
            each.status,
            language.t("figures.word.yes" if each.preliminary else "figures.word.no"),
            each.known_from.astimezone(language.zone).date().isoformat(),
            source,
        ]
