"""``skord config``: is it right, what holds, and a first one to begin with."""

from __future__ import annotations

import shutil
from argparse import Namespace
from pathlib import Path

from campaign.errors import InputError
from skord.config import show as shown
from skord.files import shipped
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


def new(house: House, args: Namespace) -> int:  # noqa: ARG001
    """Copy the shipped configuration and strategies into a folder; nothing that stands there is touched.

    Raises InputError ``install_taken``, ``install_refused``.
    """
    folder: Path = args.folder
    taken = next((folder / name for name in ("config.toml", "strategies") if (folder / name).exists()), None)
    if taken is not None:
        raise InputError("folder", "install_taken", path=str(taken))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(shipped("strategies"), folder / "strategies", copy_function=shutil.copyfile)
        shutil.copyfile(shipped("config.toml"), folder / "config.toml")
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise InputError("folder", "install_refused", path=str(folder), reason=reason) from problem
    made = House(config=folder / "config.toml")
    made.tell("install.made", path=str(made.config))
    return 0
