"""``skord strategy``: load a strategy file, show what holds and what held, print it as a file."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from campaign.errors import ConfigError, ConflictError, Fact, InputError, NotFoundError, Problem
from skord.wiring import House

if TYPE_CHECKING:
    from campaign.snapshots import Content
    from campaign.strategy import Strategy
    from storage.strategy import StrategyTree

#: The columns of the follow-up table.
REPORT = (
    "responsible", "code", "goal", "indicator", "baseline", "latest", "target", "judged", "analysis", "stories_year",
)  # fmt: skip


def load(house: House, args: Namespace) -> int:
    """Read strategy files into the database. Raises ConfigError with everything that is wrong with one.

    ConflictError ``strategy_desk_later`` where the desk has gone on from a file, unless it is to be replaced.
    """
    campaign = house.campaign(args.campaign)
    known = house.settings.campaigns[campaign].strategies
    files = (args.file,) if args.file else known
    if not files:
        raise InputError("file", "strategy_none", campaign=campaign)
    places = {file.resolve(): place for place, file in enumerate(known)}
    for file in files:
        position = places.get(file.resolve())
        strategy = load_file(house, campaign, file, position=position, replace=args.replace)
        house.tell("cli.strategy_loaded", title=strategy.title, count=len(strategy.nodes))
    return 0


def load_file(
    house: House, campaign: str, file: Path, *, position: int | None = None, replace: bool = False
) -> Strategy:
    """Load one file and return what it says; one that is as it was when it was last loaded changes nothing.

    Raises ConfigError, and ConflictError ``strategy_desk_later`` unless it is to ``replace`` what the desk made.
    """
    from campaign.strategy import parse
    from storage.store import JOB
    from storage.strategy import find_strategy, place_strategy, save_strategy

    text = _text(file)
    strategy = parse(text, str(file))
    file_hash = hashlib.sha256(text.encode()).hexdigest()
    known = find_strategy(house.store, strategy.id)
    if known is not None and known.campaign == campaign and not replace:
        if known.file_hash == file_hash:
            if position is not None:
                place_strategy(house.store, strategy.id, position)
            return strategy
        if known.version > known.file_version:
            raise ConflictError("strategy_desk_later", strategy=strategy.title, version=known.version, file=str(file))
    save_strategy(
        house.store, campaign, strategy, origin="file", by=JOB, now=house.clock(), file_hash=file_hash,
        position=position,
    )  # fmt: skip
    return strategy


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = (problem.strerror if isinstance(problem, OSError) else problem.reason) or type(problem).__name__
        facts: dict[str, Fact] = {"file": str(file), "reason": reason}
        raise ConfigError([Problem(file=str(file), line=0, path="", key="file_unreadable", facts=facts)]) from problem


def show(house: House, args: Namespace) -> int:
    """Print the nodes of a campaign's strategies, and how many stories each has; of an old version only the nodes."""
    from storage.strategy import read_document

    trees = _wanted(house, args)
    if args.version is None:
        nodes = [node for tree in trees for node in tree.nodes]
        rows = [(node.strategy, node.code, node.kind, node.title, node.stories) for node in nodes]
        house.table(("strategy", "code", "kind", "title", "stories"), rows)
        return 0
    documents = [read_document(house.store, tree.id, args.version) for tree in _one(trees)]
    house.table(
        ("strategy", "code", "kind", "title"),
        [(each.id, node.code, node.kind, node.title) for each in documents for node in each.nodes],
    )
    return 0


def versions(house: House, args: Namespace) -> int:
    """Print every version of the strategies: when, from where, by whom, and what it changed, in codes."""
    from storage.strategy import versions as read

    rows = [
        (
            each.strategy,
            each.number,
            each.at,
            house.language.t(f"cli.strategy_origin.{each.origin}"),
            each.who,
            *(" ".join(each.changes.get(name, ())) for name in ("added", "changed", "ended")),
            each.reason,
        )
        for tree in _wanted(house, args)
        for each in read(house.store, tree.id)
    ]
    house.table(("strategy", "version", "at", "origin", "who", "added", "changed", "ended", "reason"), rows)
    return 0


def print_(house: House, args: Namespace) -> int:
    """Print a strategy as a file, as it holds or as a version said it."""
    from campaign.strategy import as_toml
    from storage.strategy import read_document

    for tree in _one(_wanted(house, args)):
        house.print(as_toml(read_document(house.store, tree.id, args.version)).rstrip("\n"))
    return 0


def report(house: House, args: Namespace) -> int:
    """Print the follow-up table of a strategy, by responsible body; as CSV or Excel the very file of the desk.

    InputError ``output``: ``report_output`` where an Excel file has no place to go, ``report_unwritable``.
    """
    from storage.snapshots import present

    tree = one_strategy(house, args)
    zone = house.settings.site.timezone
    told = present(
        house.store, tree.id, as_of=house.clock().astimezone(zone).date(), now=house.clock(), zone=zone,
        sources=house.settings.sources,
    )  # fmt: skip
    if args.format == "table":
        house.table(REPORT, _report_rows(house, told))
        return 0
    body = _report_file(house, told, args.format)
    if args.output:
        try:
            args.output.write_bytes(body)
        except OSError as problem:
            raise InputError("output", "report_unwritable", file=str(args.output)) from problem
    elif args.format == "excel":
        raise InputError("output", "report_output")
    else:
        house.print(body.decode().rstrip("\r\n"))
    return 0


def _report_rows(house: House, told: Content) -> list[tuple[object, ...]]:
    from campaign.figure_words import value_words
    from campaign.followup import followup

    rows: list[tuple[object, ...]] = []
    for row in followup(told):
        figure, said = row.figure, row.analysis
        values = [each.value if each else None for each in ((figure.then, figure.now) if figure else (None, None))]
        values.append(figure.target.value if figure and figure.target else None)
        cells: list[object] = [*values]
        if figure is not None and not house.as_json:
            wording = figure.wording
            cells = ["" if each is None else value_words(each, wording, house.language) for each in values]
        judged = house.language.t(f"followup.status.{said.status}") if said else ""
        rows.append(
            (
                row.body, row.node.code, row.node.title, figure.wording.title if figure else "", *cells,
                (str(said.status) if said else "") if house.as_json else judged,
                _shortened(said.text if said else "", house), row.stories,
            )
        )  # fmt: skip
    return rows


def _shortened(text: str, house: House) -> str:
    """Return an analysis for one line of a table; as JSON it is whole."""
    words = " ".join(text.split())
    return text if house.as_json else words if len(words) <= 60 else f"{words[:59]}…"


def _report_file(house: House, told: Content, format_: str) -> bytes:
    from campaign.sheets import Sheet, rows_of, write_csv, write_excel
    from web.desk.followup_table import TEXTS, WIDTHS, sections, table

    cells = table(sections(told), house.language)
    if format_ == "csv":
        return write_csv(cells)
    title = house.language.t("followup.form.files")
    return write_excel([Sheet(name=title, rows=rows_of(cells), widths=WIDTHS, texts=TEXTS)])


def one_strategy(house: House, args: Namespace) -> StrategyTree:
    """Return the strategy that is named, or the only one of the campaign."""
    trees = _one(_wanted(house, args))
    if not trees:
        raise InputError("strategy", "strategy_none", campaign=house.campaign(args.campaign))
    return trees[0]


def _wanted(house: House, args: Namespace) -> list[StrategyTree]:
    """Return the strategy that is named, else all of the campaign. NotFoundError ``strategy_unknown``."""
    from storage.strategy import read_strategies

    trees = read_strategies(house.store, house.campaign(args.campaign))
    if args.strategy is None:
        return trees
    found = [tree for tree in trees if tree.id == args.strategy]
    if not found:
        raise NotFoundError("strategy_unknown", strategy=args.strategy, known=", ".join(tree.id for tree in trees))
    return found


def _one(trees: list[StrategyTree]) -> list[StrategyTree]:
    """Return the only strategy. InputError ``strategy_unnamed`` where one of several must be named."""
    if len(trees) > 1:
        raise InputError("strategy", "strategy_unnamed", known=", ".join(tree.id for tree in trees))
    return trees
