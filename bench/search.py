"""How long the archive takes to answer: newest first, a page of fifty, beside PostgreSQL and tantivy.

All hold the same million posts (``bench.million``). Ours is what pages, feeds and the API go through
(``storage.archive``), asked on a connection that is open, as in a page that asks more than once. PostgreSQL is asked
in the words of its own Swedish analyser with a GIN index and an index on the key, prepared, by psycopg; tantivy, where
``SKORD_BENCH_PEERS`` names the Python of an environment that has it, with its Swedish stemmer and a fast field to sort
by. Then everything else that a page asks, beside the tenth of a second that it may take. Times are medians.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measure import Result
from bench.million import CAMPAIGN, archive, folder, sqlite_archive
from storage.archive import Wanted, _keys, browse, neighbours
from storage.counts import tally
from storage.facets_public import facet_counts
from storage.store import Store

POSTS = int(os.environ.get("SKORD_BENCH_POSTS", "1000000"))
PEERS = "SKORD_BENCH_PEERS"
POSTGRES = "SKORD_BENCH_POSTGRES"
"""Names an empty PostgreSQL database's address; without it one is started and thrown away."""

PAGE, TIMES = 50, 60
LIMIT = 0.1
WORDS = ("region", "hallandväxer", "kompetens", "klimat skog", "fjärrvärme")
NETWORK = "bluesky"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: words, whether one network alone is asked for, and the key that its page begins beyond."""

    words: str
    narrowed: bool
    end: int | None

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"“{self.words}”{', one network' if self.narrowed else ''}, page {1 if self.end is None else 50}"


def run() -> list[Result]:
    """Return ours beside the peers for every question, and the slowest of what pages ask beside the limit."""
    home = folder()
    store = sqlite_archive(home, POSTS)
    questions = [
        Question(words=words, narrowed=narrowed, end=end)
        for words in WORDS
        for narrowed in (False, True)
        for end in dict.fromkeys((None, _fiftieth(store, words, narrowed)))
    ]
    with _postgres() as url, _tantivy(home, store) as tantivy:
        other = archive(url, home / "media", POSTS)
        _bare(other)
        results = [each for question in questions for each in _beside(store, other, tantivy, question)]
        other.close()
    results += _limits(store)
    store.close()
    return results


def _wanted(question: Question) -> Wanted:
    return Wanted(text=question.words, networks=(NETWORK,) if question.narrowed else None)


def _fiftieth(store: Store, words: str, narrowed: bool) -> int | None:
    """Return the key of the last hit of page 49, None where there are fewer pages."""
    wanted = Wanted(text=words, networks=(NETWORK,) if narrowed else None)
    with store.read() as connection:
        keys = _keys(connection, CAMPAIGN.id, wanted, limit=PAGE * 49, first=None, end=None)
    return keys[-1] if len(keys) == PAGE * 49 else None


def _beside(
    store: Store, other: Store, tantivy: Callable[[Question], float] | None, question: Question
) -> list[Result]:
    with store.read() as connection, other.read() as elsewhere:
        ours = _median(
            lambda: _keys(connection, CAMPAIGN.id, _wanted(question), limit=PAGE, first=None, end=question.end)
        )
        on_postgres = _median(
            lambda: _keys(elsewhere, CAMPAIGN.id, _wanted(question), limit=PAGE, first=None, end=question.end)
        )
        bare = _median(lambda: _ask_bare(elsewhere, question))
    results = [
        _result(question.name, "PostgreSQL by itself", ours, bare, "≥ 2"),
        _result(f"{question.name}, ours on PostgreSQL", "PostgreSQL by itself", on_postgres, bare, "≥ 0.67"),
    ]
    if tantivy is not None:
        results.append(_result(question.name, "tantivy", ours, tantivy(question), "≥ 5"))
    return results


def _median(work: Callable[[], object], times: int = TIMES) -> float:
    """Return the median seconds of one asking; the first ones warm up."""
    taken = []
    for _ in range(times + 5):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[5:])


def _result(what: str, peer: str, ours: float, theirs: float, goal: str) -> Result:
    ratio = theirs / ours
    return Result(what=what, peer=peer, ours=1 / ours, theirs=1 / theirs, ratio=ratio, low=ratio, high=ratio, goal=goal)


# --- what pages ask beside the limit ------------------------------------------------------------------------


def _limits(store: Store) -> list[Result]:
    asked: list[tuple[str, Callable[[], object]]] = []
    for words in (*WORDS, "närings*", "reg"):
        wanted = Wanted(text=words)
        asked += [
            (f"page of stories, “{words}”", _call(browse, store, CAMPAIGN.id, wanted, limit=30)),
            (f"facets and counts, “{words}”", _call(facet_counts, store, CAMPAIGN.id, wanted)),
        ]
    every = Wanted(networks=(NETWORK,))
    asked += [
        ("page of stories, one network", _call(browse, store, CAMPAIGN.id, every, limit=30)),
        ("facets and counts, one network", _call(facet_counts, store, CAMPAIGN.id, every)),
        ("weeks by nodes", _call(tally, store, CAMPAIGN.id, "nodes")),
        ("before and after a story", _call(neighbours, store, CAMPAIGN.id, POSTS // 2)),
    ]
    return [_result(name, "a tenth of a second", _median(work, 9), LIMIT, "≥ 1") for name, work in asked]


def _call(work: Callable[..., object], *given: Any, **named: Any) -> Callable[[], object]:
    return lambda: work(*given, **named)


# --- PostgreSQL by itself ---------------------------------------------------------------------------------


def _bare(store: Store) -> None:
    """Give PostgreSQL a table as somebody would make it who knows it well."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.exec_driver_sql("SELECT to_regclass('bare')").scalar() is not None:
            return
        connection.exec_driver_sql(
            "CREATE TABLE bare AS SELECT post.sort_key AS key, post.network, "
            "to_tsvector('swedish', version.text) AS said "
            "FROM post JOIN version ON version.id = post.approved_version_id"
        )
        connection.exec_driver_sql("ALTER TABLE bare ADD PRIMARY KEY (key)")
        connection.exec_driver_sql("CREATE INDEX ON bare USING gin (said)")
        connection.exec_driver_sql("CREATE INDEX ON bare (network, key)")
        connection.exec_driver_sql("VACUUM ANALYZE")


def _ask_bare(connection: Any, question: Question) -> Sequence[Any]:
    conditions, given = ["said @@ plainto_tsquery('swedish', %s)"], [question.words]
    if question.narrowed:
        conditions.append("network = %s")
        given.append(NETWORK)
    if question.end is not None:
        conditions.append("key < %s")
        given.append(question.end)  # type: ignore[arg-type] # a number beside words
    statement = f"SELECT key FROM bare WHERE {' AND '.join(conditions)} ORDER BY key DESC LIMIT {PAGE}"
    return connection.exec_driver_sql(statement, tuple(given)).all()  # type: ignore[no-any-return]


@contextmanager
def _postgres() -> Iterator[str]:
    named = os.environ.get(POSTGRES)
    if named:
        yield named
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="skord-bench-pg-") as home:
        data = Path(home) / "data"
        subprocess.run(
            ["initdb", "-D", data, "-A", "trust", "-U", "skord", "--no-sync", "--locale=C.UTF-8"],
            check=True,
            capture_output=True,
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={home} -c shared_buffers=1GB -c work_mem=64MB"
        subprocess.run(["pg_ctl", "-D", data, "-o", options, "-w", "start"], check=True, capture_output=True)
        try:
            yield f"postgresql://skord@/postgres?host={home}"
        finally:
            subprocess.run(["pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, capture_output=True)


# --- tantivy ------------------------------------------------------------------------------------------------

_TANTIVY = """
import json, statistics, sqlite3, sys, time
from pathlib import Path
import tantivy
home, database = Path(sys.argv[1]), sys.argv[2]
made = tantivy.SchemaBuilder()
made.add_text_field("said", tokenizer_name="sv")
made.add_text_field("network", tokenizer_name="raw")
made.add_integer_field("key", stored=True, indexed=True, fast=True)
fresh = not home.exists()
home.mkdir(exist_ok=True)
index = tantivy.Index(made.build(), path=str(home))
analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
analyser = analyser.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("swedish"))
index.register_tokenizer("sv", analyser.build())
if fresh:
    writer = index.writer(heap_size=500_000_000)
    joined = "post JOIN version ON version.id = post.approved_version_id"
    rows = sqlite3.connect(database).execute(f"SELECT post.sort_key, post.network, version.text FROM {joined}")
    for key, network, said in rows:
        writer.add_document(tantivy.Document(key=key, network=network, said=said))
    writer.commit()
    writer.wait_merging_threads()
index.reload()
searcher = index.searcher()
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    words = " AND ".join(asked["words"].split())
    if asked["network"]:
        words += f' AND network:"{asked["network"]}"'
    query = index.parse_query(words, ["said"])
    taken = []
    for _ in range(asked["times"] + 5):
        start = time.perf_counter()
        found = searcher.search(query, asked["limit"], offset=asked["offset"], order_by_field="key", count=False)
        taken.append(time.perf_counter() - start)
    print(json.dumps({"took": statistics.median(taken[5:]), "found": len(found.hits)}), flush=True)
"""


@contextmanager
def _tantivy(home: Path, store: Store) -> Iterator[Callable[[Question], float] | None]:
    python = os.environ.get(PEERS)
    if not python:
        yield None
        return
    words = [python, "-c", _TANTIVY, str(home / f"tantivy-{POSTS}"), str(store.engine.url.database)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        stdin, stdout = program.stdin, program.stdout
        if stdout.readline().strip() != "ready":
            raise RuntimeError("tantivy did not begin")

        def ask(question: Question) -> float:
            asked = {
                "words": question.words, "network": NETWORK if question.narrowed else "", "times": TIMES, "limit": PAGE,
                "offset": 0 if question.end is None else PAGE * 49,
            }  # fmt: skip
            stdin.write(json.dumps(asked) + "\n")
            stdin.flush()
            return float(json.loads(stdout.readline())["took"])

        yield ask
        stdin.close()
