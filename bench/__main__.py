"""Runs the benchmarks, all or those named, and prints the table: ``python -m bench [startup pages letters …]``."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import time
from importlib import import_module

from bench.measure import Result, table

NAMES = ("startup", "pages", "letters", "sending", "feeds", "firehose", "review", "desk")
#: Those over an archive of a million posts, which takes half an hour to make: run by their names.
LARGE = ("search", "serving")


def main() -> int:
    """Print each file's results as they come, then all of them in one table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Speed, as ratios to peers and limits.")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of {', '.join((*NAMES, *LARGE))}; all but {' and '.join(LARGE)} where none is named",
    )
    names = parser.parse_args().names or NAMES
    if unknown := set(names) - {*NAMES, *LARGE}:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    results: list[Result] = []
    for name in names:
        start = time.monotonic()
        found = import_module(f"bench.{name}").run()
        results += found
        print(f"{name}: {len(found)} ratios in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    print(machine(), table(results), sep="\n\n")
    return 0


def machine() -> str:
    """Return what the figures were read on."""
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores {platform.machine()}, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
