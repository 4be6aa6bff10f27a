"""The charts of the whole: drawing, sentence, table and file are made of the same numbers, and gaps are gaps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import pairwise
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from campaign.language import Language
from digest.growth import grown_weeks
from storage.counts import Tally
from web.alone import Sheet, alone
from web.charts_whole import NARROW, WIDE
from web.marks import Drawing, joined, runs, steps, wrapped
from web.png import png
from web.rings import draw
from web.whole import Row, Time, by_value, heard, quiet_weeks, row, times
from web.whole_charts import (
    Chart,
    Quiet,
    activity_chart,
    evidence_chart,
    networks_chart,
    places_chart,
    rings_chart,
    silence_chart,
)

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SV, EN = Language("sv", ZONE), Language("en", ZONE)
#: From the first of May to the end of July.
SILENT = [(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 7, 31, tzinfo=UTC))]


def months(first: date = date(2026, 1, 1), *, silent: bool = False) -> list[Time]:
    """The months from one day to now."""
    return heard(times(first, NOW.date(), weekly=False), SILENT if silent else [], now=NOW, zone=ZONE)


def told(name: str, counts: Mapping[str, int], known: list[Time], **more: str) -> Row:
    """A row of so many stories by month."""
    return row(more.pop("key", name), name, counts, known, **more)


def numbers(chart: Chart) -> list[int]:
    """Every number of a table that counts stories: the cells of columns of numbers."""
    return [
        cell
        for line in chart.table.lines
        for head, cell in zip(chart.table.heads, line.cells, strict=True)
        if head.number and isinstance(cell, int)
    ]


def rects(drawing: Drawing, role: str = "bar") -> list[tuple[float, float, float, float]]:
    """Every rectangle of a role: (x, y, width, height)."""
    paths = "".join(each.path for each in drawing.shapes if each.role == role)
    found = re.findall(r"M([\d.-]+) ([\d.-]+)h([\d.-]+)v([\d.-]+)", paths)
    return [(float(x), float(y), float(w), float(h)) for x, y, w, h in found]


def words(drawing: Drawing) -> list[str]:
    """Everything that is written in a drawing."""
    return [each.text for each in drawing.words]


def every(known: list[Time], *, count: int = 3) -> list[Chart]:
    """Every chart of one little campaign, in which each thing was told in the newest time alone."""
    now = {known[-1].key: count}
    rows = [told("Skola", now, known, colour="#2f6b3c"), told("Jobb", {}, known)]
    goals = [told("Skola", now, known, group="Område", code="1.1"), told("Jobb", {}, known, group="Område")]
    quiet = {"Skola": Quiet(weeks=0, last="2026-11-16", unheard=0), "Jobb": Quiet(weeks=None, last="", unheard=2)}
    weeks = grown_weeks([Tally(period="2026-W47", value="1", count=count)], {1: 1}, (), (), zone=ZONE, now=NOW)
    return [
        rings_chart(draw(weeks), {1: ("Skola", "#2f6b3c")}, SV),
        activity_chart(rows[:1], known, SV),
        places_chart(rows, known, SV, unplaced=0, chosen=True),
        networks_chart(rows[:1], known, SV, total=count),
        evidence_chart(goals, SV),
        silence_chart(goals, known, quiet, SV),
    ]


def sheet(chart: Chart, **changes: str) -> Sheet:
    """What stands round a chart in its file."""
    return Sheet(
        title=changes.get("title", chart.title),
        about=chart.name,
        legend=chart.legend,
        source=["Källa: Halland växer, räknat 22 november 2026."],
        says=chart.says,
        language="sv",
    )


def test_weeks_and_months_follow_each_other_without_holes() -> None:
    """Each begins where the one before ends, over the ends of years too, and knows its ISO name."""
    for weekly in (True, False):
        known = times(date(2014, 12, 30), date(2026, 11, 22), weekly=weekly)
        assert all(after.first == before.end for before, after in pairwise(known))
    assert [each.key for each in times(date(2020, 12, 30), date(2021, 1, 5), weekly=True)] == ["2020-W53", "2021-W01"]
    assert [each.key for each in times(date(2025, 12, 30), date(2026, 1, 5), weekly=False)] == ["2025-12", "2026-01"]


def test_what_was_not_heard_for_more_than_half_is_open() -> None:
    """Three months of silence are open; a month of which a third was lost is not, nor one that has not begun."""
    known = months(silent=True)
    assert [each.key for each in known if each.open] == ["2026-05", "2026-06", "2026-07"]
    lost = [(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 11, tzinfo=UTC))]
    assert not any(each.open for each in heard(months(), lost, now=NOW, zone=ZONE))


def test_a_set_is_counted_once_for_each_thing_that_it_is_in() -> None:
    """Two towns of one municipality are one story of it, and a second tally of the same month adds to the first."""
    home = {"skogaby": "laholm", "veinge": "laholm", "getinge": "halmstad"}
    found = by_value(
        [
            Tally(period="2026-11", value="skogaby+veinge", count=2),
            Tally(period="2026-11", value="getinge+skogaby", count=1),
        ],
        lambda value: [home[each] for each in value.split("+")],
    )
    assert found == {"laholm": {"2026-11": 3}, "halmstad": {"2026-11": 1}}


def test_columns_stand_on_each_other_to_the_height_of_their_numbers() -> None:
    """Two areas of one month: the second begins where the first ends, and twice as many are twice as high."""
    known = months()
    chart = activity_chart(
        [told("Skola", {"2026-03": 4}, known, colour="#2f6b3c"), told("Jobb", {"2026-03": 2}, known, colour="#993322")],
        known,
        SV,
    )
    (one, two) = rects(chart.wide)
    assert one[3] == pytest.approx(2 * two[3], abs=0.2)
    assert two[1] + two[3] == pytest.approx(one[1], abs=0.2)
    assert one[0] == two[0]
    assert chart.title == "Flest berättelser kom i mars 2026: 6"
    assert "Mest handlar de om Skola: 4 berättelser." in chart.says


def test_sentence_table_file_and_drawing_tell_the_same() -> None:
    """The total of the table is what the sentence says; there are as many columns as cells above zero; the file too."""
    known = months()
    counts = {"2026-02": 3, "2026-06": 1, "2026-11": 5}
    chart = activity_chart([told("Skola", counts, known, colour="#2f6b3c")], known, SV)
    totals = [line.cells[-1] for line in chart.table.lines]
    assert sum(each for each in totals if isinstance(each, int)) == 9
    assert chart.says.startswith("9 berättelser i allt.")
    assert len(rects(chart.wide)) == len(rects(chart.narrow)) == sum(bool(each) for each in totals) == 3
    lines = chart.table.csv().removeprefix("\ufeff").splitlines()
    assert lines[0] == "Månad;Från;Skola;Alla"
    assert lines[1] == "November 2026;2026-11-01;5;5"
    assert len(lines) == 1 + len(known)


def test_a_gap_is_a_gap_in_drawing_table_sentence_and_file() -> None:
    """Months that could not be heard have a pale field, no ground, no number, and are told in words."""
    known = months(silent=True)
    chart = activity_chart([told("Skola", {"2026-01": 2, "2026-09": 1}, known)], known, SV)
    (field,) = rects(chart.wide, "open")
    slot = field[2] / 3
    grounds = [each.path for each in chart.wide.shapes if each.role == "ground"]
    assert "".join(grounds).count("M") == 2
    assert slot > 0
    assert "Under 3 månader kunde inget hämtas. De är lämnade öppna." in chart.says
    june = next(line for line in chart.table.lines if line.cells[0] == "Juni 2026")
    assert june.cells[2:] == (None, "ej hämtat")
    assert "Juni 2026;2026-06-01;;ej hämtat" in chart.table.csv()
    assert [each.words for each in chart.legend] == ["Skola", "Inget kunde hämtas"]


def test_a_month_that_has_stories_all_the_same_is_no_gap() -> None:
    """What an import brought later fills the gap: it is drawn and counted."""
    known = months(silent=True)
    chart = activity_chart([told("Skola", {"2026-05": 1, "2026-06": 1, "2026-07": 2}, known)], known, SV)
    assert rects(chart.wide, "open") == []
    assert "kunde inget hämtas" not in chart.says


def test_a_network_has_gaps_of_its_own_and_tells_when_it_came_and_went() -> None:
    """One that could not be heard is open where another goes on; one without stories for a quarter has gone."""
    calm, lost = months(), months(silent=True)
    first = told("Webbflöde", {each.key: 2 for each in calm}, calm)
    second = told("Mastodon", {"2026-04": 1, "2026-08": 2, "2026-11": 1}, lost)
    gone = told("X", {"2026-02": 1}, calm)
    chart = networks_chart([second, gone, first], calm, SV, total=22)
    assert [head.words for head in chart.table.heads[2:]] == ["Webbflöde", "X", "Mastodon"]
    assert chart.title == "Mest berättas på Webbflöde: 22 av 22"
    assert "Mastodon kom till i april 2026." in chart.says
    assert "X har varit tyst sedan februari 2026." in chart.says
    assert "Mastodon kunde inte hämtas under 3 månader." in chart.says
    assert len(rects(chart.wide, "open")) == 1
    june = next(line for line in chart.table.lines if line.cells[0] == "Juni 2026")
    assert june.cells[2:] == (2, 0, "ej hämtat")


def test_places_name_those_of_which_nothing_is_told() -> None:
    """Every municipality of the campaign has its row; the silent ones are named, and what has no place is counted."""
    known = months()
    rows = [told("Halmstad", {"2026-03": 4}, known), told("Hylte", {}, known), told("Laholm", {"2026-04": 1}, known)]
    chart = places_chart(rows, known, SV, unplaced=2, chosen=True)
    assert chart.title == "2 av 3 kommuner har berättelser, flest Halmstad"
    assert chart.says == "Inga berättelser än från Hylte. 2 berättelser har ingen plats."
    assert [text for text in words(chart.wide) if text in ("4", "0", "1")] == ["4", "0", "1"]
    everywhere = places_chart(rows[:1], known, SV, unplaced=0, chosen=True)
    assert everywhere.title == "Berättelserna kommer från Halmstad"


def test_evidence_has_a_bar_as_long_as_its_number_and_a_ring_for_none() -> None:
    """Half as many stories are half as long; a goal without any is hollow and said so."""
    known = months()
    rows = [
        told("Skola", {"2026-03": 8}, known, group="Ett", code="1.1"),
        told("Jobb", {"2026-03": 4}, known, group="Ett", code="1.2"),
        told("Natur", {}, known, group="Två", code="2.1"),
    ]
    chart = evidence_chart(rows, SV)
    one, two = rects(chart.wide)
    assert one[2] == pytest.approx(2 * two[2], abs=0.2)
    assert sum(each.role == "hollow" for each in chart.wide.shapes) == 1
    assert chart.title == "2 av 3 mål har belägg"
    assert chart.says == "Flest har Skola: 8 berättelser. Inga belägg än: Natur."
    assert [line.cells for line in chart.table.lines][2] == ("Två", "2.1", "Natur", 0)
    assert [text for text in words(chart.wide) if text in ("Ett", "Två")] == ["Ett", "Två"]


def test_silence_puts_the_longest_first_and_dots_what_is_quiet() -> None:
    """Never told stands over long silent over just told; the dotted line goes from the last mark to now."""
    known = months()
    rows = [
        told(name, counts, known)
        for name, counts in (("Nyss", {"2026-11": 1}), ("Länge", {"2026-02": 1}), ("Aldrig", {}))
    ]
    quiet = {
        "Nyss": Quiet(weeks=0, last="2026-11-16", unheard=0),
        "Länge": Quiet(weeks=37, last="2026-02-23", unheard=3),
        "Aldrig": Quiet(weeks=None, last="", unheard=3),
    }
    chart = silence_chart(rows, known, quiet, SV)
    assert [line.cells[1] for line in chart.table.lines] == ["Aldrig", "Länge", "Nyss"]
    assert [line.cells[2:5] for line in chart.table.lines][1] == ("2026-02-23", 37, 3)
    assert chart.title == "2 av 3 mål har varit tysta i minst ett kvartal"
    assert chart.says == "Längst tyst är Länge: 37 veckor. Aldrig berättat om: Aldrig."
    assert sum(each.path.count("M") for each in chart.wide.shapes if each.role == "silent") == 2
    assert [text for text in words(chart.wide) if text in ("aldrig", "37 veckor", "nyss")] == [
        "aldrig",
        "37 veckor",
        "nyss",
    ]


def test_quiet_is_counted_in_whole_weeks() -> None:
    """This week and the last are no quiet; two weeks ago is one whole week."""
    assert [quiet_weeks(counts) for counts in ([0, 1], [1, 0], [1, 0, 0], [0, 0])] == [0, 0, 1, None]


def test_focus_areas_are_called_so_where_a_strategy_has_no_goals() -> None:
    """The same sentences with another noun, and a table without a column of areas over areas."""
    known = months()
    rows = [told("Skola", {"2026-03": 8}, known), told("Jobb", {}, known)]
    chart = evidence_chart(rows, SV, kind="area")
    assert chart.title == "1 av 2 fokusområden har belägg"
    assert [head.words for head in chart.table.heads] == ["Nummer", "Fokusområde", "Berättelser"]
    assert evidence_chart(rows, EN, kind="area").title == "1 of 2 focus areas has evidence"


def test_one_story_and_none_are_drawn_and_told() -> None:
    """A campaign of one month with one story has every chart; one without any says so and draws no bar."""
    for chart in every(months(date(2026, 11, 1)), count=1):
        assert chart.title
        assert chart.table.lines, chart.key
        for drawing in (chart.wide, chart.narrow):
            assert drawing.shapes
            assert "nan" not in str(drawing)
    known = months()
    empty = told("Skola", {}, known)
    for chart in (
        activity_chart([empty], known, SV),
        places_chart([empty], known, SV, unplaced=0, chosen=True),
        evidence_chart([empty], SV),
    ):
        assert chart.title
        assert rects(chart.wide) == []


def test_twelve_years_stay_inside_and_apart() -> None:
    """Every shape and word is inside of its drawing, and no word of the axis stands on another."""
    known = times(date(2014, 3, 1), NOW.date(), weekly=False)
    counts = {each.key: 1 + at % 9 for at, each in enumerate(known)}
    rows = [told(name, counts, known) for name in ("Kungsbacka", "Upplands-Bro och hela Mälardalen", "Å")]
    goals = [
        told("Ett mål med ett namn som aldrig riktigt vill ta slut " * 3, counts, known, key=str(at))
        for at in range(33)
    ]
    quiet = {str(at): Quiet(weeks=at, last="2026-01-05", unheard=0) for at in range(33)}
    charts = [
        activity_chart(rows, known, SV),
        networks_chart(rows, known, SV, total=9),
        evidence_chart(goals, SV),
        silence_chart(goals, known, quiet, SV),
    ]
    for chart in charts:
        for drawing, width in ((chart.wide, WIDE), (chart.narrow, NARROW)):
            for x, y, wide, high in rects(drawing):
                assert -0.1 <= x <= x + wide <= width + 1, chart.key
                assert -0.1 <= y <= y + high <= drawing.height + 0.1, chart.key
            axis = sorted(each.x for each in drawing.words if each.role == "axis" and len(each.text) == 4)
            assert all(after - before >= 35 for before, after in pairwise(axis)), chart.key
            assert all(0 <= each.y <= drawing.height for each in drawing.words), chart.key


def test_a_file_stands_by_itself() -> None:
    """Colours, title, source and words for those who do not see are in it; no style, script or other file is."""
    for chart in every(months(silent=True)):
        made = alone(chart.wide, sheet(chart), own="#2f6b3c", centred=chart.key == "rings")
        root = ElementTree.fromstring(made)
        names = {each.tag.partition("}")[2] for each in root.iter()}
        assert names <= {"svg", "title", "desc", "rect", "g", "path", "text"}
        assert root[0].text == chart.title
        text = " ".join("".join(each.itertext()) for each in root.iter() if each.tag.endswith("text"))
        assert "Källa: Halland växer" in text
        for path in (each for each in root.iter() if each.tag.endswith("path")):
            assert path.get("fill") or path.get("stroke"), chart.key
        assert not re.search(r"class=|style=|href|<script|var\(", made)


def test_hostile_words_stay_words() -> None:
    """Marks, ends of elements and letters that XML does not know can neither break a file nor add to it."""
    known = months()
    nasty = "</text><script>alert(1)</script>\x00\x08\"'&"
    chart = evidence_chart([told(nasty, {"2026-03": 1}, known, group=nasty)], SV)
    made = alone(chart.wide, sheet(chart, title=nasty), own="#2f6b3c")
    root = ElementTree.fromstring(made)
    assert not any(each.tag.endswith("script") for each in root.iter())
    assert png(made).startswith(b"\x89PNG")


def test_formulas_are_words_in_the_file_for_excel() -> None:
    """A title that begins as a formula is text, numbers are numbers."""
    chart = evidence_chart([told("=1+1", {"2026-03": 1}, months())], SV)
    assert "'=1+1;1" in chart.table.csv()


def test_the_picture_is_the_drawing_twice_as_large_with_our_letters() -> None:
    """Its size is twice the drawing's, and å is drawn: the same words without it look otherwise."""
    chart = every(months())[1]
    made = alone(chart.wide, sheet(chart, title="Så växer Halland"), own="#2f6b3c")
    size = re.search(r'width="(\d+)" height="(\d+)"', made)
    assert size is not None
    with Image.open(BytesIO(png(made))) as picture:
        assert picture.size == (2 * int(size[1]), 2 * int(size[2]))
        with_ring = picture.convert("L").crop((80, 80, 800, 180)).tobytes()
    plain = alone(chart.wide, sheet(chart, title="Sa växer Halland"), own="#2f6b3c")
    nothing = alone(chart.wide, sheet(chart, title=" "), own="#2f6b3c")
    for other in (plain, nothing):
        with Image.open(BytesIO(png(other))) as picture:
            assert picture.convert("L").crop((80, 80, 800, 180)).tobytes() != with_ring


def test_small_parts_hold() -> None:
    """Runs, steps of an axis, wrapped words and joined shapes at their ends."""
    assert runs([True, True, False, True]) == [(0, 2), (3, 4)]
    assert [steps(most) for most in (0, 1, 3, 10, 28, 1000)] == [
        [0, 1], [0, 1], [0, 1, 2, 3], [0, 5, 10], [0, 10, 20, 30], [0, 500, 1000],
    ]  # fmt: skip
    assert wrapped("", 100, 14) == []
    assert wrapped("en två tre fyra fem sex sju åtta nio tio", 100, 14)[-1].endswith("…")
    assert all(len(each) <= 13 for each in wrapped("Kommunikationsdepartementet" * 2, 100, 14))
    assert len(joined(every(months())[1].wide.shapes)) <= len(every(months())[1].wide.shapes)
