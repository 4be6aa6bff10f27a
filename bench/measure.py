"""Turns of ours and of a peer, the ratio between them, and the table that tells it."""

from __future__ import annotations

import contextlib
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How ours did beside a peer. Rates are per second; a ratio of 2 means twice as fast as the peer.

    ``goal`` says what we want the ratio to be, in words; "" where there is only something to know.
    """

    what: str
    peer: str
    ours: float
    theirs: float
    ratio: float
    low: float
    high: float
    goal: str = ""


def compare(
    what: str,
    peer: str,
    ours: Callable[[], float],
    theirs: Callable[[], float],
    *,
    turns: int,
    goal: str = "",
) -> Result:
    """Let both take turns; each call returns its rate. Every second turn the peer begins."""
    return beside(what, ours, [Peer(name=peer, turn=theirs, goal=goal)], turns=turns)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One of several that ours stands beside; ``goal`` is as in ``Result``."""

    name: str
    turn: Callable[[], float]
    goal: str = ""


def beside(what: str, ours: Callable[[], float], peers: Sequence[Peer], *, turns: int) -> list[Result]:
    """Let ours and several peers take turns, forth and back; each call returns its rate."""
    everybody = [ours, *(peer.turn for peer in peers)]
    rates: list[list[float]] = [[] for _ in everybody]
    for turn in range(turns):
        order = list(enumerate(everybody))
        for place, work in reversed(order) if turn % 2 else order:
            rates[place].append(work())
    return [_result(what, peer, rates[0], theirs) for peer, theirs in zip(peers, rates[1:], strict=True)]


def _result(what: str, peer: Peer, ours: Sequence[float], theirs: Sequence[float]) -> Result:
    ratios = [our_rate / their_rate for our_rate, their_rate in zip(ours, theirs, strict=True)]
    return Result(
        what=what,
        peer=peer.name,
        ours=statistics.median(ours),
        theirs=statistics.median(theirs),
        ratio=statistics.median(ratios),
        low=min(ratios),
        high=max(ratios),
        goal=peer.goal,
    )


def rate(work: Callable[[], object], count: int) -> float:
    """Do the work once and return how many of its ``count`` parts it did a second."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


@contextlib.contextmanager
def running(words: Sequence[str | Path], environ: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a program beside us, its output and talk in one pipe, and end it whatever happens here."""
    with subprocess.Popen(
        [str(word) for word in words],
        env=dict(environ) if environ is not None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as program:
        try:
            yield program
        finally:
            program.terminate()


def port_told(program: subprocess.Popen[str], line: str) -> int:
    """Read what a program says up to the line that ends in its port, and return the port. ``line`` is a pattern."""
    assert program.stdout is not None
    for said in program.stdout:
        if found := re.search(line + r"(\d+)$", said.strip()):
            return int(found.group(1))
    raise RuntimeError("the program ended before it told its port")


def table(results: Iterable[Result]) -> str:
    """Return the results as lines of a Markdown table."""
    lines = [
        "| what | beside | ratio | lowest to highest | ours/s | theirs/s | wanted |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.what} | {each.peer} | **{_short(each.ratio)}** | {_short(each.low)} to {_short(each.high)} "
        f"| {_short(each.ours)} | {_short(each.theirs)} | {each.goal} |"
        for each in results
    ]
    return "\n".join(lines)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
