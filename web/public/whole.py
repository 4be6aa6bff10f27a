"""The whole over time: growth rings, activity, places, networks, evidence and silence, each as page, SVG, PNG and CSV.

Everything is reckoned from the counts that are kept by week and month: it costs the same with a million stories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from campaign.errors import NotFoundError
from web.alone import Sheet, alone
from web.head import Meta
from web.house import KEEP, Visit
from web.png import png
from web.public.growth import area_nodes, rings, trees
from web.public.whole_numbers import CHARTS, Span, Whole, read
from web.rings import Rings, draw
from web.whole_charts import (
    Chart,
    activity_chart,
    evidence_chart,
    networks_chart,
    places_chart,
    rings_chart,
    silence_chart,
)

_FIRST_YEAR, _LAST_YEAR = 1990, 2200


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictured:
    """What the page shows: its charts in their order, the rings that the script reads, and the years that it spans."""

    charts: tuple[Chart, ...]
    rings: Rings
    whole: Whole

    def chart(self, key: str) -> Chart:
        """Return a chart by its key. NotFoundError ``page`` for one that is not there."""
        found = next((each for each in self.charts if each.key == key), None)
        if found is None:
            raise NotFoundError("page")
        return found


def whole(visit: Visit) -> Response:
    """Show the campaign over time, all of it or some years."""
    made = _made(visit, _span(visit))
    told = made.whole
    return visit.page(
        "public/whole.html",
        meta=Meta(description=visit.view.language.t("whole.description")),
        charts=made.charts,
        rings=made.rings,
        whole=told,
        asked=_asked(told),
        since=told.known[0].first if told.known else None,
    )


def svg(visit: Visit) -> Response:
    """Answer with a chart as a drawing that stands by itself."""
    return _file(visit, "svg", lambda made, chart: _alone(visit, made, chart).encode(), "image/svg+xml")


def picture(visit: Visit) -> Response:
    """Answer with a chart as a picture."""
    return _file(visit, "png", lambda made, chart: _picture(visit, made, chart), "image/png")


def csv(visit: Visit) -> Response:
    """Answer with exactly what a chart draws, as a table."""
    return _file(visit, "csv", lambda _, chart: chart.table.csv().encode(), "text/csv; charset=utf-8")


def _file(visit: Visit, ending: str, make: Callable[[Pictured, Chart], bytes], kind: str) -> Response:
    key = visit.request.path_params["chart"]
    if key not in CHARTS:
        raise NotFoundError("page")
    made = _made(visit, _span(visit))
    chart = made.chart(key)
    years = f"-{made.whole.first_year}-{made.whole.last_year}" if made.whole.is_narrowed else ""
    shown = "attachment" if ending == "csv" else "inline"
    name = f'{shown}; filename="{visit.campaign.id}-{key}{years}.{ending}"'
    return Response(make(made, chart), headers={"Content-Disposition": name, KEEP: "1"}, media_type=kind)


def _span(visit: Visit) -> Span:
    """Return the years that are asked for. NotFoundError ``page`` for what are none, or the wrong way round."""
    since = visit.asked_number("since", _FIRST_YEAR, _LAST_YEAR)
    until = visit.asked_number("until", _FIRST_YEAR, _LAST_YEAR)
    if since is not None and until is not None and since > until:
        since, until = until, since
    return Span(since=since, until=until)


def _asked(told: Whole) -> dict[str, int | None]:
    """Return the query string of a narrowed page, for its files."""
    if not told.is_narrowed:
        return {}
    return {"since": told.first_year, "until": told.last_year}


def _made(visit: Visit, span: Span) -> Pictured:
    """Return everything that the page shows, made once for every change and day."""
    today = visit.view.now.astimezone(visit.house.settings.site.timezone).date()
    # The names of networks and places are the language's.
    language = visit.view.language.code
    told = visit.house.keep(("whole", visit.campaign.id, span, language, today), lambda: read(visit, span, today))
    key = ("whole charts", visit.campaign.id, told.first_year, told.last_year, language, today)
    return visit.house.keep(key, lambda: _charts(visit, told))


def _charts(visit: Visit, told: Whole) -> Pictured:
    language = visit.view.language
    drawn = rings(visit)
    if told.is_narrowed:
        inside = tuple(each for each in drawn.weeks if told.first_year <= each.year <= told.last_year)
        drawn = draw(inside)
    areas = {area.id: (area.title, area.colour) for area in area_nodes(visit.house, visit.campaign.id).values()}
    charts: list[Chart] = []
    if told.total:
        charts = [
            rings_chart(drawn, areas, language),
            activity_chart(told.areas, told.known, language),
            places_chart(told.places, told.known, language, unplaced=told.unplaced, chosen=told.places_chosen),
            networks_chart(told.networks, told.known, language, total=told.total),
        ]
        if told.goals:
            charts.append(evidence_chart(told.goals, language, kind=told.goal_kind))
            charts.append(silence_chart(told.goals, told.known, told.quiet, language, kind=told.goal_kind))
    return Pictured(charts=tuple(each for each in charts if each.table.lines), rings=drawn, whole=told)


def _alone(visit: Visit, made: Pictured, chart: Chart) -> str:
    """Return a chart as a file of its own, with title, span, source and date."""
    language, view = visit.view.language, visit.view
    told = made.whole
    span = language.t("whole.span", **{"from": told.first_year, "to": told.last_year})
    if told.first_year == told.last_year:
        span = str(told.first_year)
    source = language.t(
        "whole.source", name=view.name, owner=visit.house.settings.site.owner, date=language.date(view.now)
    )
    notes = [tree.note for tree in trees(visit.house, visit.campaign.id)[:1] if tree.note]
    sheet = Sheet(
        title=chart.title,
        about=language.t("whole.subtitle", name=chart.name, span=span),
        legend=chart.legend,
        source=[source, *notes[:1], view.absolute("/whole", **_asked(told))],
        says=" ".join(filter(None, (chart.says, chart.explain))),
        language=language.code,
    )
    return alone(chart.wide, sheet, own=visit.campaign.accent, centred=chart.key == "rings")


def _picture(visit: Visit, made: Pictured, chart: Chart) -> bytes:
    told, today = made.whole, visit.view.now.date()
    key = ("whole png", visit.campaign.id, chart.key, told.first_year, told.last_year, visit.view.language.code, today)
    return visit.house.keep(key, lambda: png(_alone(visit, made, chart)))
