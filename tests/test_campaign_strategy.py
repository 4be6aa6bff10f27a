"""Reading a strategy file: what it becomes, and everything wrong with it told at once with its line."""

from __future__ import annotations

import json
import random
import string
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from campaign.errors import ConfigError, Problem
from campaign.figures import Direction, Indicator, Origin, Target
from campaign.language import LANGUAGES, catalogue
from campaign.strategy import Node, NodeKind, Strategy, as_json, as_toml, coloured, from_json, parse
from campaign.strategy_check import check

ROOT = Path(__file__).parent.parent

HEAD = """\
[strategy]
id = "prov"
title = "Provstrategi"
owner = "Provkommun"
period = "2020-2024"
"""
NODE = '[node.a]\ntitle = "A"\n'


def problems(text: str) -> list[Problem]:
    """Return what is wrong with a strategy."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "strategi.toml")
    return caught.value.problems


def told(found: list[Problem]) -> list[tuple[str, int, str]]:
    """Return path, line and key of each problem."""
    return [(problem.path, problem.line, problem.key) for problem in found]


def test_a_strategy_is_read_with_its_nodes_in_the_order_of_the_file() -> None:
    """Titles, kinds, parents, texts and words arrive as written; a node without kind is an area."""
    text = HEAD + (
        'summary = """\nKort.\n"""\n[node.b]\ntitle = "B"\ncolour = "#3A8C98"\nwords = ["tåg", " skola "]\n'
        '[node."1.1"]\nparent = "b"\nkind = "action"\ntitle = "Hur"\ntext = "Så."\n'
    )
    assert parse(text, "strategi.toml") == Strategy(
        id="prov",
        title="Provstrategi",
        owner="Provkommun",
        period_from=date(2020, 1, 1),
        period_to=date(2024, 12, 31),
        summary="Kort.",
        nodes=(
            Node(code="b", title="B", colour="#3a8c98", words=("tåg", "skola")),
            Node(code="1.1", parent="b", kind=NodeKind.ACTION, title="Hur", text="Så.", colour="#3a8c98"),
        ),
    )


def test_a_node_takes_the_colour_of_the_nearest_parent_that_has_one() -> None:
    """Colour runs down; a colour of its own wins; none above leaves it empty."""
    text = HEAD + (
        '[node.c]\ntitle = "C"\nparent = "b"\n[node.b]\ntitle = "B"\nparent = "a"\n[node.a]\ntitle = "A"\n'
        'colour = "#111111"\n[node.d]\ntitle = "D"\nparent = "a"\ncolour = "#222222"\n[node.e]\ntitle = "E"\n'
    )
    colours = {node.code: node.colour for node in parse(text, "s").nodes}
    assert colours == {"c": "#111111", "b": "#111111", "a": "#111111", "d": "#222222", "e": ""}


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2014-2020", date(2014, 1, 1), date(2020, 12, 31)),
        ("2014–2020", date(2014, 1, 1), date(2020, 12, 31)),
        ("2020-2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("2014-07-01/2020-06-30", date(2014, 7, 1), date(2020, 6, 30)),
    ],
)
def test_a_period_is_years_or_days(written: str, first: date, last: date) -> None:
    """Years mean whole years; days are included."""
    strategy = parse(HEAD.replace("2020-2024", written) + NODE, "s")
    assert (strategy.period_from, strategy.period_to) == (first, last)


# What replaces or follows in HEAD + NODE (lines 6-7), and the one problem.
BAD = [
    (HEAD, "node", 0, "strategy_no_nodes"),
    (HEAD.replace('title = "Provstrategi"\n', "") + NODE, "strategy", 1, "missing"),
    (HEAD.replace('id = "prov"\n', "") + NODE, "strategy", 1, "missing"),
    (HEAD.replace('period = "2020-2024"\n', "") + NODE, "strategy", 1, "missing"),
    (HEAD.replace("title", "titel", 1) + NODE, "strategy.titel", 3, "unknown_key_near"),
    (HEAD.replace('"Provstrategi"', '""') + NODE, "strategy.title", 3, "empty"),
    (HEAD.replace('"prov"', '"Prov å"') + NODE, "strategy.id", 2, "id"),
    (HEAD.replace('"prov"', "5") + NODE, "strategy.id", 2, "type_text"),
    *(
        (HEAD.replace("2020-2024", raw) + NODE, "strategy.period", 5, key)
        for raw, key in (
            ("2020", "strategy_period"),
            ("2020-24", "strategy_period"),
            ("0000-2020", "strategy_period"),
            ("2020-13-01/2024-01-01", "strategy_period"),
            ("2024-2020", "strategy_period_backwards"),
        )
    ),
    (HEAD + NODE + "[nod.b]\n", "nod", 8, "unknown_key_near"),
    (HEAD + NODE + "[indikator]\n", "indikator", 8, "unknown_key_near"),
    (HEAD + NODE + "[text]\n", "text", 8, "unknown_key"),
    (HEAD + "[node]\na = 1\n" + NODE.replace("node.a", "node.b"), "node.a", 7, "strategy_node_not_table"),
    (HEAD + '[node.a]\ntext = "x"\n', "node.a", 6, "missing"),
    (HEAD + NODE + 'titl = "x"\n', "node.a.titl", 8, "unknown_key_near"),
    (HEAD + NODE + 'färg = "x"\n', "", 8, "bare_key"),
    (HEAD + NODE + 'kind = "mål"\n', "node.a.kind", 8, "choice"),
    (HEAD + NODE + 'colour = "green"\n', "node.a.colour", 8, "colour"),
    (HEAD + NODE + 'colour = "red;background:url(//x)"\n', "node.a.colour", 8, "colour"),
    (HEAD + NODE + 'words = "tåg"\n', "node.a.words", 8, "type_list"),
    (HEAD + NODE + 'words = [\n"tåg",\n7,\n]\n', "node.a.words", 10, "type_item"),
    (HEAD + NODE + 'words = [\n"tåg",\n" ",\n]\n', "node.a.words", 10, "empty"),
    (HEAD + NODE + 'parent = "q"\n', "node.a.parent", 8, "strategy_parent"),
    (HEAD + NODE + '[node.bbb]\ntitle = "B"\nparent = "bb"\n', "node.bbb.parent", 10, "strategy_parent_near"),
    (HEAD + NODE + 'parent = "a"\n', "node.a.parent", 8, "strategy_circle"),
    (HEAD + NODE + '[node.A]\ntitle = "B"\n', "node.A", 8, "strategy_duplicate"),
    (HEAD + NODE + NODE, "", 8, "twice"),
    (HEAD + '[node."a b"]\ntitle = "B"\n', "node.a b", 6, "strategy_code"),
    (HEAD + '[node."../x"]\ntitle = "B"\n', 'node."../x"', 6, "strategy_code"),
    (HEAD + "[node.a\n", "", 6, "syntax"),
    (HEAD + 'names = "Ambition"\n' + NODE, "strategy.names", 6, "strategy_pairs"),
    (HEAD + NODE + '[strategy.names]\nmål = "Ambition"\n', "", 9, "bare_key"),
    (HEAD + NODE + '[strategy.names]\nambition = "Ambition"\n', "strategy.names.ambition", 9, "strategy_names_kind"),
    (HEAD + NODE + '[strategy.names]\ngoal = " "\n', "strategy.names.goal", 9, "empty"),
    (HEAD + NODE + "agenda = 4\n", "node.a.agenda", 8, "strategy_number_list"),
    (HEAD + NODE + 'agenda = ["4"]\n', "node.a.agenda", 8, "strategy_number_item"),
    (HEAD + NODE + "agenda = [\n4,\n18,\n]\n", "node.a.agenda", 10, "strategy_agenda"),
    (HEAD + NODE + 'serves = ["annan"]\n', "node.a.serves", 8, "strategy_serves"),
    (HEAD + NODE + 'serves = ["Annan/1.2"]\n', "node.a.serves", 8, "strategy_serves"),
    (HEAD + NODE + 'serves = ["prov/a"]\n', "node.a.serves", 8, "strategy_serves_itself"),
    (HEAD + NODE + '[node.b]\ntitle = "B"\nwas = ["a"]\n', "node.b.was", 10, "strategy_was_here"),
    (HEAD + NODE + 'why = "noll\\u0000"\n', "node.a", 6, "strategy_letter"),
    (HEAD + NODE + 'was = ["å"]\n', "node.a.was", 8, "strategy_code"),
]

MEASURE = NODE + '[indicator.m]\ntitle = "M"\n'

# What follows HEAD + MEASURE (its last line is 9), and the one problem.
BAD += [
    (HEAD + MEASURE + text, path, line, key)
    for text, path, line, key in (
        ('kolada = "N01951"\nscb = "TAB638"\nareas = ["13"]\n', "indicator.m.scb", 11, "strategy_two_origins"),
        ('kolada = "1951"\nareas = ["13"]\n', "indicator.m.kolada", 10, "strategy_kpi"),
        ('scb = "BE0101N1"\nareas = ["13"]\n', "indicator.m.scb", 10, "strategy_table"),
        ('kolada = "N01951"\n', "indicator.m", 8, "strategy_no_areas"),
        ('kolada = "N01951"\nareas = ["0013"]\n', "", 0, ""),
        ('kolada = "N01951"\nareas = ["Halland"]\n', "indicator.m.areas", 11, "strategy_area_official"),
        ('scb = "TAB638"\nareas = ["G39001"]\n', "indicator.m.areas", 11, "strategy_area_group"),
        ('areas = ["138"]\n', "indicator.m.areas", 10, "strategy_area"),
        ('areas = ["norra delen"]\n', "indicator.m.areas", 10, "strategy_area"),
        ('areas = [13]\n', "indicator.m.areas", 10, "type_item"),
        ('areas = ["13", "13"]\n', "indicator.m.areas", 10, "strategy_area_twice"),
        ('[indicator.m.area_names]\nx = "X"\n', "indicator.m.area_names.x", 11, "strategy_area_unknown"),
        ('[indicator.m.selection]\nKon = "1"\n', "indicator.m.selection", 10, "strategy_selection"),
        ('selection = "x"\n', "indicator.m.selection", 10, "strategy_selection_shape"),
        ('nodes = ["q"]\n', "indicator.m.nodes", 10, "strategy_indicator_node"),
        ('decimals = 9\n', "indicator.m.decimals", 10, "strategy_decimals"),
        ('decimals = "1"\n', "indicator.m.decimals", 10, "type_number"),
        ('baseline = 13\n', "indicator.m.baseline", 10, "strategy_year"),
        ('direction = "uppåt"\n', "indicator.m.direction", 10, "choice"),
        ('by_sex = "ja"\n', "indicator.m.by_sex", 10, "type_flag"),
        ('target = 82.5\n', "indicator.m.target", 10, "strategy_target_year"),
        ('target_year = 2020\n', "indicator.m.target_year", 10, "strategy_target_value"),
        ('target = "82,5"\ntarget_year = 2020\n', "indicator.m.target", 10, "strategy_comma"),
        ('target = "högre"\ntarget_year = 2020\n', "indicator.m.target", 10, "strategy_number"),
        ('target = nan\ntarget_year = 2020\n', "indicator.m.target", 10, "strategy_number"),
        ('target = 82,5\n', "", 10, "decimal_comma"),
        ('[[indicator.m.target]]\nvalue = 1\n', "indicator.m.target", 10, "strategy_target_year"),
        ('[[indicator.m.target]]\nyear = 2020\n', "indicator.m.target", 10, "strategy_target_value"),
        ('target_year = 2020\n[[indicator.m.target]]\nvalue = 1\nyear = 2020\n', "indicator.m.target_year", 10,
         "strategy_target_both"),
        ('[[indicator.m.target]]\nvalue = 1\nyear = 2020\n' * 2, "indicator.m.target", 13, "strategy_target_twice"),
        ('[[indicator.m.target]]\nvalue = 1\nyear = 2020\narea = "13"\n', "indicator.m.target.0.area", 13,
         "strategy_area_unknown"),
        ('[indicator.M]\ntitle = "M"\n', "indicator.M", 10, "strategy_duplicate"),
        ('[indicator]\nx = 1\n', "indicator.x", 11, "strategy_indicator_not_table"),
    )
    if key
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "line", "key"), BAD)
def test_each_mistake_is_told_with_its_place(text: str, path: str, line: int, key: str) -> None:
    """One mistake gives one problem, at the path and line where a person finds it."""
    assert told(problems(text)) == [(path, line, key)]


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    """A circle, an unknown key, a bad period and a missing title come in one list sorted by line."""
    text = HEAD.replace("2020-2024", "snart") + (
        '[node.a]\ntitle = "A"\nparent = "b"\n[node.b]\ntitle = "B"\nparent = "a"\ncolor = "#112233"\n[node.c]\n'
    )
    assert told(problems(text)) == [
        ("strategy.period", 5, "strategy_period"),
        ("node.a.parent", 8, "strategy_circle"),
        ("node.b.parent", 11, "strategy_circle"),
        ("node.b.color", 12, "unknown_key_near"),
        ("node.c", 13, "missing"),
    ]


def test_an_empty_file_names_what_it_needs() -> None:
    """An empty strategy is told as its required keys and its missing nodes."""
    assert [(problem.path, problem.facts.get("name")) for problem in problems("")] == [
        ("strategy", "id"),
        ("strategy", "title"),
        ("strategy", "owner"),
        ("strategy", "period"),
        ("node", None),
    ]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_problem_has_words_in_both_languages(code: str) -> None:
    """Each mistake of the table has what is wrong and what to do, with its facts filled in."""
    sentences = catalogue(code)
    for text, *_ in BAD:
        for problem in problems(text):
            for part in ("what", "do"):
                assert "{" not in sentences[f"config.{problem.key}.{part}"].format(**problem.facts)


def test_the_shipped_strategy_has_its_three_directions() -> None:
    """Halland's strategy reads without problem and holds its own three directions, nothing more."""
    file = ROOT / "strategies/halland-2014-2020.toml"
    strategy = parse(file.read_text(encoding="utf-8"), file.name)
    assert strategy.id == file.stem
    assert (strategy.period_from.year, strategy.period_to.year) == (2014, 2020)
    assert [node.code for node in strategy.nodes] == ["attraktiv", "konkurrenskraftig", "inkluderande"]
    assert {node.kind for node in strategy.nodes} == {NodeKind.AREA}
    assert all(node.text and node.words for node in strategy.nodes)


def test_no_word_of_the_shipped_strategy_points_two_ways() -> None:
    """A word that proposes two directions would propose none."""
    file = ROOT / "strategies/halland-2014-2020.toml"
    nodes = parse(file.read_text(encoding="utf-8"), file.name).nodes
    words = [word for node in nodes for word in node.words]
    assert len(words) == len(set(words))


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_shipped_colours_are_seen_on_light_and_dark() -> None:
    """Each direction's colour has a contrast of 3:1 on white and on the dark page, and no two are alike."""
    file = ROOT / "strategies/halland-2014-2020.toml"
    colours = [node.colour for node in parse(file.read_text(encoding="utf-8"), file.name).nodes]
    assert [colour for colour in colours if min(_contrast(colour, page) for page in ("#ffffff", "#1b1a17")) < 3] == []
    for one, other in combinations(colours, 2):
        distance = sum((int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) ** 2 for at in (1, 3, 5)) ** 0.5
        assert distance > 80


def test_a_measure_is_read_with_what_its_source_is_asked() -> None:
    """Kolada's and SCB's ids, the selection, areas with names, targets with and without an area arrive as written."""
    text = HEAD + NODE + (
        '[indicator.b]\ntitle = "Befolkning"\nnodes = ["a"]\nscb = "tab638"\nareas = ["13", "00"]\nbaseline = 2013\n'
        '[indicator.b.selection]\nContentsCode = "BE0101N1"\nKon = ["1", "2"]\n'
        '[[indicator.b.target]]\nvalue = 350_000\nyear = 2030\narea = "13"\n'
        '[indicator.k]\ntitle = "K"\nkolada = "n01951"\nareas = ["1380", "G39001"]\ndirection = "down"\n'
        'public = false\ntarget = 82.5\ntarget_year = 2020\n[indicator.e]\ntitle = "E"\nareas = ["centralorten"]\n'
        '[indicator.e.area_names]\ncentralorten = "Centralorten"\n'
    )  # fmt: skip
    assert parse(text, "s").indicators == (
        Indicator(
            code="b", title="Befolkning", nodes=("a",), origin=Origin.SCB, table="TAB638", areas=("13", "00"),
            baseline=2013, selection=(("ContentsCode", ("BE0101N1",)), ("Kon", ("1", "2"))),
            targets=(Target(value=350_000.0, year=2030, area="13"),),
        ),
        Indicator(
            code="k", title="K", origin=Origin.KOLADA, kpi="N01951", areas=("1380", "G39001"),
            direction=Direction.DOWN, public=False, targets=(Target(value=82.5, year=2020),),
        ),
        Indicator(code="e", title="E", areas=("centralorten",), area_names=(("centralorten", "Centralorten"),)),
    )  # fmt: skip


def test_two_nodes_may_change_codes_with_each_other_in_one_file() -> None:
    """What both were is no mistake, though both codes are still there."""
    text = HEAD + '[node.a]\ntitle = "B"\nwas = ["b"]\n[node.b]\ntitle = "A"\nwas = ["a"]\n'
    assert [node.was for node in parse(text, "s").nodes] == [("b",), ("a",)]


def test_a_document_that_no_file_was_read_for_is_held_to_the_same_rules() -> None:
    """A form or a spreadsheet with an empty title, a lost parent and the same code twice is told all three."""
    strategy = Strategy(
        id="prov", title="P", owner="O", period_from=date(2020, 1, 1), period_to=date(2024, 12, 31),
        nodes=(Node(code="a", title=""), Node(code="b", title="B", parent="q"), Node(code="b", title="B")),
    )  # fmt: skip
    with pytest.raises(ConfigError) as caught:
        check(strategy)
    assert [(each.path, each.key) for each in caught.value.problems] == [
        ("node.a.title", "empty"),
        ("node.b", "strategy_code_twice"),
        ("node.b.parent", "strategy_parent"),
    ]


_LETTERS = string.ascii_letters + "åäöÅÄÖé -–\"'\\#=[]{}\n\t" + "\x7f\u2028\U0001f33e"


def _made(chance: random.Random) -> Strategy:
    """Return any strategy that could be written."""

    def text(least: int = 0) -> str:
        letters = [chance.choice(_LETTERS) for _ in range(chance.randint(least, 60))]
        return "".join(letters).strip() or ("x" if least else "")

    def texts() -> tuple[str, ...]:
        return tuple(text(1) for _ in range(chance.choice((0, 0, 1, 3))))

    codes = [f"{chance.choice('abcABC')}{number}.{chance.randint(0, 9)}" for number in range(chance.randint(1, 6))]

    def node(number: int) -> Node:
        return Node(
            code=codes[number],
            parent=chance.choice((None, *codes[:number])),
            kind=chance.choice(list(NodeKind)),
            title=text(1),
            colour=chance.choice(("", "", "#3a8c98", "#b37a1e")),
            **{name: text() for name in ("text", "why", "success")},
            **{name: texts() for name in ("words", "how", "responsible")},  # type: ignore[arg-type]
            agenda=tuple(chance.sample(range(1, 18), chance.randint(0, 3))),
            serves=tuple(f"annan/{code}" for code in codes[: chance.randint(0, 2)]),
            was=tuple(f"gammal.{each}" for each in range(chance.randint(0, 2))),
        )

    def indicator(number: int) -> Indicator:
        origin = chance.choice(list(Origin))
        asked: dict[str, Any] = {"kpi": "N01951"} if origin is Origin.KOLADA else {}
        if origin is Origin.SCB:
            asked = {"table": "TAB638", "selection": (("Kön", ("1", "2")), ("ContentsCode", (text(1),)))}
        areas = tuple(chance.sample(("13", "1380", "00"), chance.randint(1, 3)))
        years = chance.sample(range(2015, 2050), chance.randint(0, 3))
        place = chance.choice(("", areas[-1]))
        return Indicator(
            code=f"m{number}",
            **{name: text(1) for name in ("title", "region", "time")},  # type: ignore[arg-type]
            **{name: text() for name in ("unit", "source", "note")},  # type: ignore[arg-type]
            nodes=tuple(chance.sample(codes, chance.randint(0, len(codes)))),
            decimals=chance.randint(0, 3),
            direction=chance.choice(list(Direction)),
            origin=origin,
            areas=areas,
            area_names=tuple((area, text(1)) for area in areas[:1]),
            by_sex=chance.random() < 0.5,
            baseline=chance.choice((0, 2014)),
            targets=tuple(Target(value=chance.uniform(-1e6, 1e6), year=year, area=place) for year in years),
            public=chance.random() < 0.5,
            **asked,
        )

    first = date(chance.randint(1900, 2100), chance.choice((1, 7)), 1)
    indicators = [indicator(number) for number in range(chance.randint(0, 3))]
    return Strategy(
        id="prov",
        title=text(1),
        owner=text(1),
        summary=text(),
        note=text(),
        period_from=first,
        period_to=date(first.year + 5, 12, 31),
        names=tuple((str(kind), text(1)) for kind in chance.sample(list(NodeKind), 2)),
        nodes=coloured(node(number) for number in range(len(codes))),
        indicators=tuple(
            each if each.origin is Origin.SCB else replace(each, region="Region", time="Tid") for each in indicators
        ),
    )


def test_what_is_written_as_a_file_reads_back_to_the_same() -> None:
    """300 made strategies with quotes, line breaks and odd letters come through file and JSON unchanged."""
    for seed in range(300):
        strategy = _made(random.Random(seed))
        assert parse(as_toml(strategy), f"seed {seed}") == strategy
        assert from_json(json.loads(json.dumps(as_json(strategy)))) == strategy
