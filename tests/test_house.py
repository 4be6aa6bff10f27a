"""The house keeps its plan: who imports whom, which library lives where, both languages, words for every error."""

from __future__ import annotations

import ast
import re
import string
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from campaign.language import LANGUAGES, catalogue

HOUSE = Path(__file__).parents[1]

ROOMS = {
    "campaign": set(),
    "storage": {"campaign"},
    "net": {"campaign"},
    "collector": {"campaign", "storage", "net"},
    "digest": {"campaign", "storage", "net"},
    "web": {"campaign", "storage", "net", "digest"},
    "skord": {"campaign", "storage", "net", "collector", "digest", "web"},
}

PINNED = {
    "httpx": ["net/http.py"],
    "httpcore": ["net/http.py"],
    "h11": ["net/streams.py"],
    "websockets": ["net/streams.py"],
    "msgspec": ["collector/networks/jetstream_match.py", "web/api/"],
    "smtplib": ["net/smtp.py"],
    "imaplib": ["net/imap.py"],
    "dns": ["net/dns.py"],
    "flufl": ["digest/bounces.py"],
    "feedparser": ["collector/feeds.py"],
    "authlib": ["net/oidc.py"],
    "joserfc": ["net/oidc.py"],
    "apscheduler": ["skord/schedule.py"],
    "rensa": ["campaign/traits.py"],
    "segno": ["web/qr.py"],
    "openpyxl": ["campaign/sheets.py"],
    "resvg_py": ["web/png.py"],
    "sqlalchemy": ["storage/"],
    "alembic": ["storage/"],
    "fastapi": ["web/"],
    "starlette": ["web/"],
}


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Every node of a module, read once."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def modules() -> Iterator[tuple[str, str, set[str]]]:
    """Every module of the house: its room, its path, and the top names that it imports."""
    for room in ROOMS:
        for path in sorted((HOUSE / room).rglob("*.py")):
            names: set[str] = set()
            for node in nodes(path):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    assert node.level == 0, f"{path}: a relative import"
                    names.add((node.module or "").split(".")[0])
            yield room, str(path.relative_to(HOUSE)), names


def test_imports_run_one_way() -> None:
    """No room imports one above it or beside it."""
    wrong = [
        f"{path} imports {name}"
        for room, path, names in modules()
        for name in sorted(names & ROOMS.keys())
        if name != room and name not in ROOMS[room]
    ]
    assert wrong == []


def test_outside_libraries_stay_in_their_room() -> None:
    """Each outside library is imported only where the plan says."""
    wrong = [
        f"{path} imports {name}"
        for _, path, names in modules()
        for name in sorted(names & PINNED.keys())
        if not any(path.startswith(start) for start in PINNED[name])
    ]
    assert wrong == []


def places(text: str) -> set[str]:
    """The named places of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_every_key() -> None:
    """What can be said in Swedish can be said in English, and the other way."""
    swedish, english = (catalogue(code) for code in LANGUAGES)
    assert sorted(swedish.keys() ^ english.keys()) == []


def test_both_languages_name_the_same_places() -> None:
    """A fact that one language tells is not lost in the other."""
    swedish, english = (catalogue(code) for code in LANGUAGES)
    different = [key for key in swedish if places(swedish[key]) != places(english.get(key, swedish[key]))]
    assert different == []


def raised() -> set[str]:
    """The keys of all errors that the code raises by a literal."""
    errors = re.compile(r"(?:Error|Refused|Lost|Failed)$")
    found: set[str] = set()
    for room in ROOMS:
        for path in (HOUSE / room).rglob("*.py"):
            for node in nodes(path):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                if node.func.id in {"InputError"}:
                    arguments = node.args[1:2]
                elif errors.search(node.func.id) and node.func.id in OURS:
                    arguments = node.args[:1]
                else:
                    continue
                found |= {
                    argument.value
                    for argument in arguments
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                }
    return found


OURS = {
    "CollectError",
    "StorageError",
    "DigestError",
    "LoginError",
    "NotFoundError",
    "ConflictError",
    "StatusError",
}


def test_every_error_has_words() -> None:
    """Whatever is raised on purpose says what happened, in both languages."""
    missing = [
        f"{code}: error.{key}.what"
        for code in LANGUAGES
        for key in sorted(raised())
        if f"error.{key}.what" not in catalogue(code)
    ]
    assert missing == []


def test_every_test_says_its_fact() -> None:
    """Each test function has a docstring."""
    silent = [
        f"{path.name}: {node.name}"
        for path in sorted((HOUSE / "tests").glob("test_*.py"))
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_works_at_import(room: str) -> None:
    """Importing every module of a room opens no file for writing, no socket and no thread."""
    import subprocess

    watch = (
        "import sys, pkgutil, importlib, threading\n"
        "seen = []\n"
        "def hook(name, args):\n"
        "    if name in ('socket.connect', 'socket.bind') or (name == 'open' and args[1] and 'w' in str(args[1])):\n"
        "        seen.append((name, str(args[0])))\n"
        "sys.dont_write_bytecode = True\n"
        "sys.addaudithook(hook)\n"
        f"room = importlib.import_module({room!r})\n"
        "count = 0\n"
        "for found in pkgutil.walk_packages(room.__path__, room.__name__ + '.'):\n"
        "    if 'migrations' not in found.name:\n"
        "        importlib.import_module(found.name)\n"
        "        count += 1\n"
        "assert count > 4 and not seen and threading.active_count() == 1, (count, seen, threading.enumerate())\n"
    )
    done = subprocess.run([sys.executable, "-c", watch], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
