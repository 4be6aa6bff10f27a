"""``skord strategy``: load a strategy file, show its nodes."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from campaign.errors import ConfigError, InputError, Problem
from skord.wiring import House


def load(house: House, args: Namespace) -> int:
    """Read a strategy file into the database. Raises ConfigError with everything that is wrong with it."""
    campaign = house.campaign(args.campaign)
    file = args.file or house.settings.campaigns[campaign].strategy
    if file is None:
        raise InputError("file", "strategy_none", campaign=campaign)
    strategy, nodes = load_file(house, campaign, file)
    house.tell("cli.strategy_loaded", title=strategy, count=nodes)
    return 0


def load_file(house: House, campaign: str, file: Path) -> tuple[str, int]:
    """Load one file and return its title and how many nodes it has."""
    from campaign.strategy import parse
    from storage.strategy import load_strategy

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            [Problem(file=str(file), line=0, path="", key="file_unreadable", facts={"why": str(problem.args[-1])})]
        ) from problem
    strategy = parse(text, str(file))
    load_strategy(house.store, campaign, strategy, now=house.clock())
    return strategy.title, len(strategy.nodes)


def show(house: House, args: Namespace) -> int:
    """Print the nodes of a campaign's strategies, and how many stories each has as evidence."""
    from storage.strategy import list_nodes

    campaign = house.campaign(args.campaign)
    house.table(
        ("strategy", "code", "kind", "title", "stories"),
        [(node.strategy, node.code, node.kind, node.title, node.stories) for node in list_nodes(house.store, campaign)],
    )
    return 0
