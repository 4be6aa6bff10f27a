"""How fast feeds are taken in, from the network to the database, and how much memory that needs.

A thousand feeds of some 56 kB and 20 to 50 entries, RSS and Atom, from nginx on loopback; each program is started for
each refresh and timed from its start to its end. Beside: newsboat with eight threads, and the library `reader` with
ten workers, which store every entry and know no hashtags; ours runs as ``skord collect``, with each connection guarded
and each post stored durably, the pace lifted for the one host. Ours keeps every entry, or only those with the hashtag,
which stands in every twentieth feed. `reader` gets a fifth of the feeds, since it is slow; its rate is what counts.
Then all is asked again unchanged: nginx answers 304, or, where it gives no ETag and no date, the same body.

Everything lies in memory (/dev/shm, where there is one): newsboat waits for a disk so often that only that would be
measured. Ours keeps its ``synchronous=FULL`` and is asked for durability all the same.

A peer that is not installed is left out, and said: newsboat is looked for on the path, the Python of an environment
with `reader` in SKORD_BENCH_READER. Without nginx there is nothing to measure. SKORD_BENCH_FEEDS asks for fewer
feeds, SKORD_BENCH_TURNS for other than three turns.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import material
from bench.measure import Peer, Result, beside, running
from bench.peers import Program, Reader, Skord, Took, found

FEEDS = int(os.environ.get("SKORD_BENCH_FEEDS", "1000"))
TURNS = int(os.environ.get("SKORD_BENCH_TURNS", "3"))
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"

_NGINX = """
{user}daemon off;
pid nginx.pid;
error_log stderr;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
    types {{ application/xml xml; }}
    server {{
        listen 127.0.0.1:{port};
        location /kept/ {{ alias {files}/; }}
        location /bare/ {{ alias {files}/; etag off; if_modified_since off; add_header Last-Modified ""; }}
    }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """Where everything is."""

    folder: Path
    port: int

    def urls(self, kind: str, feeds: int) -> list[str]:
        """Return the addresses of the first so many feeds, with what tells whether they changed, or without."""
        return [f"http://127.0.0.1:{self.port}/{kind}/{number}.xml" for number in range(feeds)]


class _House:
    """One program with what it has stored of one kind of feeds, and what each of its refreshes took."""

    def __init__(self, bench: _Bench, program: Program, kind: str, feeds: int) -> None:
        self.program = program
        self.feeds = feeds
        self._bench = bench
        self._kind = kind
        self._folder = bench.folder / f"{type(program).__name__}-{kind}-{id(self)}"
        self.most = 0.0

    def cold(self) -> float:
        """Begin anew, ask for everything, and return feeds a second."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self.program.begin(self._folder, self._bench.urls(self._kind, self.feeds))
        return self._rate(self.program.refresh(self._folder))

    def again(self) -> float:
        """Ask for everything again, and return feeds a second."""
        return self._rate(self.program.refresh(self._folder))

    def check(self, expected: int) -> None:
        """Refuse a program that has not stored what there is."""
        if (stored := self.program.stored(self._folder)) != expected:
            raise RuntimeError(f"{self.program.name} stored {stored} entries of {expected}")

    def _rate(self, took: Took) -> float:
        self.most = max(self.most, took.mebibytes)
        return self.feeds / took.seconds


def run() -> list[Result]:
    """Return four kinds of refresh beside each peer, and the memory of the largest."""
    nginx = shutil.which("nginx", path=PATH)
    if nginx is None:
        print("feeds: nginx is not installed, nothing is measured", file=sys.stderr)
        return []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="skord-bench-", dir=_MEMORY)))
        entries = _write(folder / "files")
        bench = _Bench(folder=folder, port=stack.enter_context(_serving(nginx, folder)))
        return _measured(
            bench, entries, [(peer, FEEDS // 5 if isinstance(peer, Reader) else FEEDS) for peer in found()]
        )


def _measured(bench: _Bench, entries: list[int], peers: Sequence[tuple[Program, int]]) -> list[Result]:
    every, tagged, bare = (
        _House(bench, Skord(keep), kind, FEEDS) for keep, kind in (("all", "kept"), ("tagged", "kept"), ("all", "bare"))
    )
    kept_theirs, bare_theirs = (
        [_House(bench, program, kind, feeds) for program, feeds in peers] for kind in ("kept", "bare")
    )
    results = _lines("first time, every entry kept", every.cold, kept_theirs, (1, 5), cold=True)
    _check([every, *kept_theirs], entries)
    results += _lines("first time, the hashtag in 1 of 20 feeds", tagged.cold, kept_theirs, (4, 20), cold=True)
    tagged.check(len(range(0, FEEDS, 20)))
    results += _lines("unchanged, 304", every.again, kept_theirs, (4, 4))
    for house in (bare, *bare_theirs):
        house.cold()
    results += _lines("the same body, no ETag", bare.again, bare_theirs, (8, 20))
    _check([every, bare, *kept_theirs, *bare_theirs], entries)
    ours = max(every.most, tagged.most, bare.most)
    return results + [_memory(ours, house) for house in kept_theirs if isinstance(house.program, Reader)]


def _lines(
    what: str, ours: Callable[[], float], theirs: Sequence[_House], goals: tuple[int, int], *, cold: bool = False
) -> list[Result]:
    """Return one kind of refresh beside each peer. ``goals`` are those beside newsboat and beside reader."""
    peers = [
        Peer(
            name=house.program.name,
            turn=house.cold if cold else house.again,
            goal=f"≥ {goals[isinstance(house.program, Reader)]}",
        )
        for house in theirs
    ]
    found = beside(f"feeds, {what}", ours, peers, turns=TURNS)
    for each in found:
        print(f"{each.what}: {each.ratio:.3g} × {each.peer} ({each.ours:.3g}/s)", file=sys.stderr, flush=True)
    return found


def _check(houses: Sequence[_House], entries: list[int]) -> None:
    for house in houses:
        house.check(sum(entries[: house.feeds]))


def _memory(ours: float, theirs: _House) -> Result:
    """Return the peaks in the place of rates: half the ratio is twice the memory."""
    ratio = theirs.most / ours
    return Result(
        what="feeds, most memory of all processes at once, MiB",
        peer=theirs.program.name,
        ours=ours,
        theirs=theirs.most,
        ratio=ratio,
        low=ratio,
        high=ratio,
        goal="≥ 0.33",
    )


def _write(folder: Path) -> list[int]:
    """Write the feeds, and return how many entries each has."""
    folder.mkdir()
    entries = []
    for number in range(FEEDS):
        body = material.feed(number, tagged=number % 20 == 0)
        (folder / f"{number}.xml").write_bytes(body)
        entries.append(len(re.findall(rb"<(?:item|entry)>", body)))
    return entries


@contextlib.contextmanager
def _serving(nginx: str, folder: Path) -> Iterator[int]:
    """Serve the feeds with nginx, and give its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX.format(user=user, port=port, files=folder / "files"))
    with running([nginx, "-p", folder, "-c", "nginx.conf", "-e", "stderr"]) as serving:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            if serving.poll() is not None:
                raise RuntimeError(serving.stdout.read() if serving.stdout else "nginx ended")
            time.sleep(0.05)
        yield port
