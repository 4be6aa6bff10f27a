"""How soon the command line answers.

Beside: ``python -c pass``, the floor that no Python program can go below. What a command imports decides; the whole
of our libraries would be 27 times the floor. ``config check`` reads the shipped configuration, ``database status``
opens a database, so both import more than ``--help``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.measure import Result, compare, rate

TURNS = 7


def run() -> list[Result]:
    """Return the start-up of three commands beside the bare interpreter."""
    program = Path(sys.executable).with_name("skord")
    with tempfile.TemporaryDirectory(prefix="skord-bench-") as folder:
        subprocess.run([program, "config", "new", folder], check=True, capture_output=True)
        config = Path(folder) / "config.toml"
        subprocess.run([program, "--config", config, "database", "upgrade"], check=True, capture_output=True)
        commands: dict[str, tuple[list[str | Path], str]] = {
            "skord --help": ([program, "--help"], "≥ 0.33"),
            "skord config check": ([program, "--config", config, "config", "check"], ""),
            "skord database status": ([program, "--config", config, "database", "status"], ""),
        }
        return [
            compare(
                what,
                "`python -c pass` (limit)",
                _once(*words),
                _once(sys.executable, "-c", "pass"),
                turns=TURNS,
                goal=goal,
            )
            for what, (words, goal) in commands.items()
        ]


def _once(*words: str | Path) -> Callable[[], float]:
    def call() -> None:
        subprocess.run(words, check=True, capture_output=True, stdin=subprocess.DEVNULL)

    return lambda: rate(call, 1)
