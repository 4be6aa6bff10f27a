"""Reading a strategy file: what it becomes, and everything wrong with it told at once with its line."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from campaign.errors import ConfigError, Problem
from campaign.language import LANGUAGES, catalogue
from campaign.strategy import Node, NodeKind, Strategy, parse

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
]


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
