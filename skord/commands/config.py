"""``skord config``: is it right, and what holds."""

from __future__ import annotations

from argparse import Namespace

from skord.config import show as shown
from skord.wiring import House


def check(house: House, args: Namespace) -> int:  # noqa: ARG001
    """Read the configuration and say that it is right; problems are told by the caller."""
    settings = house.settings
    if house.as_json:
        house.give({"file": str(settings.file), "problems": []})
    else:
        house.print(
            house.language.t(
                "cli.config_right",
                campaigns=len(settings.campaigns),
                sources=len(settings.sources),
                newsletters=len(settings.newsletters),
            )
        )
    return 0


def show(house: House, args: Namespace) -> int:  # noqa: ARG001
    """Print what holds, as TOML."""
    house.print(shown(house.settings, house.language))
    return 0
