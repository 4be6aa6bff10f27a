"""What a reader gets in a second: searches and pages over HTTP, one worker, beside Datasette and bare Starlette.

Ours is ``skord serve`` over an archive of ``bench.million`` (``SKORD_BENCH_POSTS`` of them), copied so that nothing is
written to it; the API's limit per minute is lifted. Datasette, by the Python that ``SKORD_BENCH_PEERS`` names, has the
same posts in a plain table with a full text of its own, and answers the bare question. Both are asked the same pairs of
words in the same order, each pair once: nothing was answered before, except where that is what is measured. Starlette
renders our own templates in its thread pool, with what they tell found beforehand; "ok" is a plain answer of the same
server. One client with eight connections kept open, as in ``bench.pages``; it shares the machine with the servers.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

from bench.measure import Peer, Result, beside, compare, port_told, running
from bench.million import folder, sqlite_archive
from bench.pages import _asking, _plain
from campaign.words import SMALL

POSTS = int(os.environ.get("SKORD_BENCH_POSTS", "1000000"))
PEERS = "SKORD_BENCH_PEERS"
TURNS = int(os.environ.get("SKORD_BENCH_TURNS", "7"))
PAGE = 50
_OFTEN, _COMMON, _LOOKED_AT = 30, 200, 4_000

#: What Datasette is asked: newest first, as our own archive finds it.
_SQL = (
    "select posts.key, posts.network, posts.author, posts.url, posts.published_at, posts.text from said "
    "join posts on posts.key = said.rowid where said match :q order by said.rowid desc limit 50"
)
_COPY = """
CREATE TABLE posts (key INTEGER PRIMARY KEY, network TEXT, author TEXT, url TEXT, published_at TEXT, text TEXT);
INSERT INTO posts SELECT post.sort_key, post.network, version.author_name, version.url, version.published_at,
    version.text FROM ours.post JOIN ours.version ON version.id = post.approved_version_id ORDER BY post.sort_key;
CREATE VIRTUAL TABLE said USING fts5(text, content='posts', content_rowid='key');
INSERT INTO said(said) VALUES ('rebuild');
"""

Turn = Callable[[], float]


def _again(turn: Turn) -> Turn:
    """Ask once before anything is measured: what is unchanged was asked for before."""
    turn()
    return turn


def run() -> list[Result]:
    """Return searches beside Datasette, and pages beside the plain server and bare Starlette."""
    home = folder()
    made = home / f"archive-{POSTS}" / "skord.db"
    if not made.exists():
        sqlite_archive(home, POSTS).close()
    with tempfile.TemporaryDirectory(prefix="skord-bench-") as place, contextlib.ExitStack() as stack:
        config = _installation(Path(place), made)
        ours = stack.enter_context(_ours(config))
        results = _searches(ours, made, Path(place), stack)
        results += _cached(ours, stack.enter_context(_plain()))
        return results + _rendered(ours, config, made, stack)


# --- searches ----------------------------------------------------------------------------------------------


def _searches(ours: int, made: Path, place: Path, stack: contextlib.ExitStack) -> list[Result]:
    python = os.environ.get(PEERS)
    if not python:
        return []
    theirs = stack.enter_context(_datasette(python, _plain_copy(made, place)))
    pairs = _pairs(made)
    as_json, as_html = f"/plain.json?_shape=objects&{urlencode({'sql': _SQL})}", f"/plain?{urlencode({'sql': _SQL})}"

    def asking(port: int, path: str) -> Turn:
        own = iter(pairs)
        return _asking(port, lambda: path + quote(next(own)))

    same, again = f"/api/v1/stories?limit={PAGE}&q={quote(pairs[0])}", f"{as_json}&q={quote(pairs[0])}"
    json = asking(theirs, f"{as_json}&q=")
    return [
        compare("search as JSON", "Datasette, JSON", asking(ours, f"/api/v1/stories?limit={PAGE}&q="), json,
                turns=TURNS, goal="≥ 1"),
        compare("search as a page", "Datasette, HTML", asking(ours, "/archive?q="), asking(theirs, f"{as_html}&q="),
                turns=TURNS, goal="≥ 2"),
        compare("search as JSON, unchanged", "Datasette, JSON", _again(_asking(ours, lambda: same)),
                _asking(theirs, lambda: again), turns=TURNS, goal="≥ 10"),
    ]  # fmt: skip


def _pairs(made: Path) -> list[str]:
    """Return pairs of words, one of them said by many posts, then threes of such, each once; always the same."""
    with contextlib.closing(sqlite3.connect(f"file:{made}?mode=ro", uri=True)) as ours:
        texts = ours.execute("SELECT text FROM version ORDER BY id DESC LIMIT ?", (_LOOKED_AT,))
        said = Counter(word for (text,) in texts for word in set(text.lower().replace(".", " ").split()))
    words = [word for word, _ in said.most_common(_COMMON + 100) if word.isalpha() and word not in SMALL]
    often, seldom = words[:_OFTEN], words[_OFTEN:_COMMON]
    pairs = [" ".join(pair) for pair in (*itertools.combinations(often, 2), *itertools.product(often, seldom))]
    threes = [" ".join(three) for three in itertools.combinations(often, 3)]
    choose = random.Random(7)
    choose.shuffle(pairs)
    choose.shuffle(threes)
    return pairs + threes


def _plain_copy(made: Path, place: Path) -> Path:
    """Return the same posts as somebody would put them up for Datasette."""
    file = place / "plain.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as copy:
        copy.execute("ATTACH ? AS ours", (str(made),))
        copy.execute("BEGIN")
        for statement in _COPY.split(";\n"):
            copy.execute(statement)
        copy.execute("COMMIT")
    return file


@contextlib.contextmanager
def _datasette(python: str, file: Path) -> Iterator[int]:
    with running([python, Path(__file__).with_name("serving_datasette.py"), file]) as serving:
        yield port_told(serving, "")


# --- pages -------------------------------------------------------------------------------------------------


def _cached(ours: int, plain: int) -> list[Result]:
    limit = Peer(name="uvicorn, “ok” (limit)", turn=_asking(plain, lambda: "/"), goal="≥ 0.8")
    front, whole = (_again(_asking(ours, path, _PACKED)) for path in (lambda: "/", lambda: "/archive"))
    return [
        *beside("front page, unchanged", front, [limit], turns=TURNS),
        *beside("list, unchanged", whole, [limit], turns=TURNS),
    ]


def _rendered(ours: int, config: Path, made: Path, stack: contextlib.ExitStack) -> list[Result]:
    theirs = stack.enter_context(_templates(config))
    with contextlib.closing(sqlite3.connect(f"file:{made}?mode=ro", uri=True)) as own:
        rows = own.execute(
            "SELECT key, subject FROM shelf WHERE kind = 'story' ORDER BY key DESC LIMIT 60000"
        ).fetchall()
    random.Random(7).shuffle(rows)
    keys, ids = itertools.cycle(key for key, _ in rows), itertools.cycle(subject for _, subject in rows)
    return [
        compare("list, rendered anew", "Starlette, same template and data",
                _asking(ours, lambda: f"/archive?older={next(keys)}"), _asking(theirs, lambda: "/list"),
                turns=TURNS, goal="≥ 0.8"),
        compare("story, rendered anew", "Starlette, same template and data",
                _asking(ours, lambda: f"/stories/{next(ids)}"), _asking(theirs, lambda: "/story"),
                turns=TURNS, goal="≥ 0.8"),
    ]  # fmt: skip


_PACKED = "Accept-Encoding: gzip\r\n"


@contextlib.contextmanager
def _templates(config: Path) -> Iterator[int]:
    words: list[str | Path] = [sys.executable, "-m", "bench.serving_templates", config]
    with running(words, _environ()) as serving:
        yield port_told(serving, "")


# --- ours --------------------------------------------------------------------------------------------------


def _environ() -> dict[str, str]:
    fields = ("CONTROLLER", "PURPOSE", "LEGAL_BASIS", "CONTACT", "RETENTION")
    told = {f"SKORD_PRIVACY__{field}": "för provet" for field in fields}
    return {**os.environ, **told, "SKORD_API__PER_MINUTE": "1000000"}


def _installation(place: Path, made: Path) -> Path:
    """Return the configuration of an installation around a copy of an archive."""
    subprocess.run([_program(), "config", "new", place], check=True, capture_output=True)
    (place / "data").mkdir(exist_ok=True)
    shutil.copyfile(made, place / "data" / "skord.db")
    upgrade: list[str | Path] = [_program(), "--config", place / "config.toml", "database", "upgrade"]
    subprocess.run(upgrade, check=True, capture_output=True, env=_environ())
    return place / "config.toml"


@contextlib.contextmanager
def _ours(config: Path) -> Iterator[int]:
    words: list[str | Path] = [_program(), "--config", config, "serve", "--no-schedule", "--port", "0"]
    with running(words, _environ()) as serving:
        yield port_told(serving, r"http://127\.0\.0\.1:")


def _program() -> Path:
    return Path(sys.executable).with_name("skord")
