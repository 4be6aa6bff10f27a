"""How long the archive takes to answer: newest first, a page of fifty, beside PostgreSQL and tantivy.

All hold the same million posts (``bench.million``). The same question is the words with the compounds in which ours
finds them, as an "or"; beside it PostgreSQL's and tantivy's time for the words alone. Ours is what pages, feeds and the
API go through (``storage.archive``), asked on a connection that is open, as in a page that asks more than once.
PostgreSQL is asked in the words of its own Swedish analyser with a GIN index and an index on the key, prepared, by
psycopg; tantivy, where ``SKORD_BENCH_PEERS`` names the Python of an environment that has it, with its Swedish stemmer
and a fast field to sort by. Then everything else that a page asks, beside the tenth of a second that it may take.
Times are medians.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.measure import Result
from bench.million import CAMPAIGN, archive, folder, sqlite_archive
from bench.sending import postgres
from campaign.words import query
from storage.archive import Wanted, _keys, browse, neighbours
from storage.counts import tally
from storage.facets_public import facet_counts
from storage.matches import tsquery
from storage.store import Store
from storage.vocabulary import widened

POSTS = int(os.environ.get("SKORD_BENCH_POSTS", "1000000"))
PEERS = "SKORD_BENCH_PEERS"
POSTGRES = "SKORD_BENCH_POSTGRES"
"""Names an empty PostgreSQL database's address; without it one is started and thrown away."""

OURS_TOO = "SKORD_BENCH_OURS_ON_POSTGRES"
"""Set to anything: the archive is made on PostgreSQL too, which takes as long as on SQLite, and asked there as well."""

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
        other = archive(url, home / "media", POSTS) if os.environ.get(OURS_TOO) else None
        with psycopg.connect(url, autocommit=True) as bare:
            _bare(bare, store)
            results = [each for question in questions for each in _beside(store, other, bare, tantivy, question)]
        if other is not None:
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
    store: Store,
    other: Store | None,
    bare: psycopg.Connection[Any],
    tantivy: Callable[[Question], float] | None,
    question: Question,
) -> list[Result]:
    same = _same(store, question)
    theirs = _median(lambda: _ask_bare(bare, question, same))
    alone = _median(lambda: _ask_bare(bare, question, ""))
    results = [
        _result(question.name, "PostgreSQL, the same question", _ours(store, question), theirs, "≥ 2"),
        _result(question.name, "PostgreSQL, no compounds", _ours(store, question), alone, ""),
    ]
    if other is not None:
        ours = _ours(other, question)
        name = f"{question.name}, ours on PostgreSQL"
        results.append(_result(name, "PostgreSQL, the same question", ours, theirs, "≥ 0.67"))
    if tantivy is not None:
        results.append(
            _result(question.name, "tantivy, no compounds", _ours(store, question), tantivy(question), "≥ 5")
        )
    return results


def _ours(store: Store, question: Question) -> float:
    with store.read() as connection:
        wanted = _wanted(question)
        return _median(lambda: _keys(connection, CAMPAIGN.id, wanted, limit=PAGE, first=None, end=question.end))


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


def _bare(bare: psycopg.Connection[Any], store: Store) -> None:
    """Give PostgreSQL a table as somebody would make it who knows it well."""
    if bare.execute("SELECT to_regclass('bare')").fetchone() != (None,):
        return
    bare.execute("CREATE TABLE said (key BIGINT, network TEXT, words TEXT)")
    joined = "post JOIN version ON version.id = post.approved_version_id"
    with store.read() as connection, bare.cursor() as cursor, cursor.copy("COPY said FROM STDIN") as copy:
        for row in connection.exec_driver_sql(f"SELECT post.sort_key, post.network, version.text FROM {joined}"):
            copy.write_row(tuple(row))
    bare.execute("CREATE TABLE bare AS SELECT key, network, to_tsvector('swedish', words) AS said FROM said")
    bare.execute("ALTER TABLE bare ADD PRIMARY KEY (key)")
    bare.execute("CREATE INDEX ON bare USING gin (said)")
    bare.execute("CREATE INDEX ON bare (network, key)")
    bare.execute("VACUUM ANALYZE bare")


def _same(store: Store, question: Question) -> str:
    """Return the question with the compounds that ours finds too, as ``to_tsquery`` reads it."""
    with store.read() as connection:
        return tsquery(widened(connection, query(question.words)))


def _ask_bare(bare: psycopg.Connection[Any], question: Question, same: str) -> Sequence[Any]:
    """Ask PostgreSQL for the words and their compounds, or where ``same`` is "" for the words alone."""
    conditions: list[str] = [f"said @@ {'to' if same else 'plainto'}_tsquery('swedish', %s)"]
    given: list[str | int] = [same or question.words]
    if question.narrowed:
        conditions.append("network = %s")
        given.append(NETWORK)
    if question.end is not None:
        conditions.append("key < %s")
        given.append(question.end)
    statement = f"SELECT key FROM bare WHERE {' AND '.join(conditions)} ORDER BY key DESC LIMIT {PAGE}"
    return bare.execute(statement, given, prepare=True).fetchall()  # type: ignore[arg-type] # built of our own words


@contextmanager
def _postgres() -> Iterator[str]:
    named = os.environ.get(POSTGRES)
    if named:
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="skord-bench-pg-") as home:
        Path(home).chmod(0o755)
        with postgres(Path(home) / "postgres") as url:
            yield url


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
