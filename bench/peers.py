"""Programs that take in feeds, ours and its peers, each started as people start it, with the memory that it needed.

A program has a house of its own in a folder; ``begin`` makes an empty one, ``refresh`` asks for every feed once. What
each one stored is counted by its own database afterwards: a program that stored less than there is did not take part.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

RELOAD_THREADS = 8
READER_WORKERS = 10
READER = "SKORD_BENCH_READER"
"""Names the Python of an environment in which `reader` is installed; it is no part of ours."""

_READER = """
import sys
from reader import make_reader
database, urls, what = sys.argv[1:]
with make_reader(database) as reader:
    if what == "add":
        for url in open(urls).read().split():
            reader.add_feed(url)
    else:
        reader.update_feeds(scheduled=False, workers=int(what))
"""

_CONFIG = """
[site]
name = "Prov"
owner = "Prov"
base_url = "http://127.0.0.1:8000"
contact = "prov@example.se"
secret_file = "secret"

[storage]
url = "sqlite:///skord.db"
media = "media"

[campaign.hallandvaxer]
name = "Halland växer"
hashtags = ["#hallandväxer"]
aliases = ["#hallandvaxer"]

[fetch]
allow = ["{host}"]

[fetch.hosts]
"{name}" = "100000/s"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What one refresh took: seconds from start to end, and the most memory of all its processes at once."""

    seconds: float
    mebibytes: float


class Program(Protocol):
    """What takes part in a comparison."""

    name: str

    def begin(self, folder: Path, urls: Sequence[str]) -> None:
        """Make an empty house in a folder that is not there yet, knowing these addresses."""

    def refresh(self, folder: Path) -> Took:
        """Ask for everything once."""

    def stored(self, folder: Path) -> int:
        """Return how many entries it has stored."""


class Skord:
    """Ours: ``skord collect`` as installed, guard and durability on, the pace lifted for the one host."""

    def __init__(self, keep: str) -> None:
        self.name = "skord"
        self._keep = keep
        self._program = Path(sys.executable).with_name("skord")

    def begin(self, folder: Path, urls: Sequence[str]) -> None:
        """Write the configuration and make the database."""
        folder.mkdir()
        host = urls[0].split("/")[2]
        sources = (
            f'[source.flode-{number}]\nkind = "feed"\nurl = "{url}"\nkeep = "{self._keep}"\nevery = "1h"\n'
            for number, url in enumerate(urls)
        )
        head = _CONFIG.format(host=host, name=host.partition(":")[0])
        (folder / "config.toml").write_text(head + "\n".join(sources))
        (folder / "secret").write_text("for benchmarks, never used elsewhere")
        (folder / "secret").chmod(0o600)
        subprocess.run([*self._words(folder), "database", "upgrade"], check=True, capture_output=True)

    def refresh(self, folder: Path) -> Took:
        """Ask every source now."""
        return _timed([*self._words(folder), "--json", "collect"])

    def stored(self, folder: Path) -> int:
        """Count the posts."""
        return _count(folder / "skord.db", "SELECT count(*) FROM post")

    def _words(self, folder: Path) -> list[str | Path]:
        return [self._program, "--config", folder / "config.toml"]


class Newsboat:
    """newsboat, which asks with curl and reads with libxml2 in threads, and stores in SQLite."""

    name = f"newsboat, {RELOAD_THREADS} threads"

    def begin(self, folder: Path, urls: Sequence[str]) -> None:
        """Write its list of addresses."""
        folder.mkdir()
        (folder / "urls").write_text("\n".join(urls) + "\n")
        (folder / "config").write_text(f"reload-threads {RELOAD_THREADS}\n")

    def refresh(self, folder: Path) -> Took:
        """Reload everything."""
        words: list[str | Path] = [
            "newsboat",
            "-u",
            folder / "urls",
            "-c",
            folder / "cache.db",
            "-C",
            folder / "config",
            "-x",
            "reload",
        ]
        return _timed(words, home=folder)

    def stored(self, folder: Path) -> int:
        """Count the items."""
        return _count(folder / "cache.db", "SELECT count(*) FROM rss_item")


class Reader:
    """The library `reader` with its threads, all feeds asked whatever its own schedule says."""

    name = f"reader, {READER_WORKERS} workers"

    def __init__(self, python: str) -> None:
        self._python = python

    def begin(self, folder: Path, urls: Sequence[str]) -> None:
        """Add every feed to its database."""
        folder.mkdir()
        (folder / "urls").write_text("\n".join(urls))
        subprocess.run(self._words(folder, "add"), check=True, capture_output=True)

    def refresh(self, folder: Path) -> Took:
        """Update every feed."""
        return _timed(self._words(folder, str(READER_WORKERS)))

    def stored(self, folder: Path) -> int:
        """Count the entries."""
        return _count(folder / "reader.db", "SELECT count(*) FROM entries")

    def _words(self, folder: Path, what: str) -> list[str | Path]:
        return [self._python, "-c", _READER, folder / "reader.db", folder / "urls", what]


def found() -> list[Program]:
    """Return the peers that are installed here, and say on stderr which are not."""
    peers: list[Program] = []
    if shutil.which("newsboat"):
        peers.append(Newsboat())
    else:
        print("newsboat is not installed and left out", file=sys.stderr)
    if python := os.environ.get(READER):
        peers.append(Reader(python))
    else:
        print(f"{READER} is not set: reader is left out", file=sys.stderr)
    return peers


def _count(database: Path, query: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(query).fetchone()[0])


def _timed(words: Sequence[str | Path], *, home: Path | None = None) -> Took:
    """Run a program to its end and return what that took."""
    environ = {**os.environ, "HOME": str(home)} if home else None
    start = time.perf_counter()
    with subprocess.Popen(
        [str(word) for word in words], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as program:
        memory = _Memory(program.pid)
        said = program.communicate()[1]
        seconds = time.perf_counter() - start
    memory.end()
    if program.returncode:
        raise RuntimeError(f"{words[0]} ended with {program.returncode}: {said[-2000:]}")
    return Took(seconds=seconds, mebibytes=memory.most / 2**20)


class _Memory:
    """Watches a program and its children: the most that they held resident at one moment, shared pages in each."""

    def __init__(self, pid: int) -> None:
        self.most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(pid,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop watching."""
        self._over.set()
        self._thread.join()

    def _watch(self, pid: int) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, _resident(pid))


def _resident(pid: int) -> int:
    total, waiting = 0, [pid]
    while waiting:
        pid = waiting.pop()
        with suppress(OSError, IndexError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            for thread in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
    return total
